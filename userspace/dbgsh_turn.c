// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Clients take turns. The VMM that admits root alone does so to who has a file
 * open, and the driver lets one process at a time open it. Where everybody may
 * call the shell, clients keep the order among themselves: who has bound a name
 * in Linux's abstract namespace of sockets has the shell. The kernel takes either
 * away with the process, so that none is ever left behind.
 *
 * A user can keep the name to himself. He locks out nobody whom the VMM asks for
 * the file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dbgsh.h"
#include "dbgsh_turn.h"

/* Offered by the driver when the module's parameter is dbgsh=root */
#define GATE	"/proc/undervisor/dbgsh"

static const char name[] = "undervisor-dbgsh";

/* How often to try again, if nothing tells when the shell is free */
#define RETRY_MS	200

static socklen_t get_address(struct sockaddr_un *address)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	/* The NUL in front makes it abstract. */
	memcpy(address->sun_path + 1, name, sizeof(name) - 1);
	return offsetof(struct sockaddr_un, sun_path) + sizeof(name);
}

static int try_bind(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	socklen_t length = get_address(&address);
	int taken;

	/* Nothing that would stop it but another client. */
	if (fd < 0)
		return 1;
	if (bind(fd, (struct sockaddr *)&address, length)) {
		taken = errno == EADDRINUSE;
		close(fd);
		return !taken;
	}
	/* The connection tells a waiting client who we are, and when we end. */
	listen(fd, 64);
	return 1;
}

/* Return: a connection to who has the name, or -1 */
static int connect_to_other(pid_t *pid)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;
	socklen_t length = get_address(&address);
	struct ucred credentials;

	*pid = 0;
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&address, length)) {
		close(fd);
		return -1;
	}
	length = sizeof(credentials);
	if (!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length))
		*pid = credentials.pid;
	return fd;
}

static void tell(int no_wait, pid_t pid)
{
	static int told;
	char who[32] = "";

	if (pid)
		snprintf(who, sizeof(who), " (process %d)", (int)pid);
	if (no_wait)
		fail(STATUS_BUSY, "another dbgsh has the shell%s", who);
	if (!told++)
		complain("another dbgsh has the shell%s; waiting for it", who);
}

static void wait_for_name(int no_wait)
{
	struct pollfd fd;
	pid_t pid;

	while (!try_bind()) {
		fd = (struct pollfd){ .fd = connect_to_other(&pid) };
		/* It may have ended just now. */
		if (fd.fd < 0 && try_bind())
			return;
		tell(no_wait, pid);
		/* Nobody accepts or answers: it hangs up when the other ends. */
		poll(&fd, 1, fd.fd < 0 ? RETRY_MS : -1);
		if (fd.fd >= 0)
			close(fd.fd);
	}
}

void take_turn(int no_wait)
{
	while (open(GATE, O_RDONLY | O_CLOEXEC) < 0) {
		if (errno == ENOENT) {
			wait_for_name(no_wait);
			return;
		}
		if (errno != EBUSY)
			fail(STATUS_DISABLED,
			     "the debug shell is not for this user: " GATE ": %s",
			     strerror(errno));
		tell(no_wait, 0);
		poll(NULL, 0, RETRY_MS);
	}
}
