// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * dbgsh --pty: a pseudo-terminal for others to attach to.
 *
 * Each time somebody attaches, a process is started that is an ordinary dbgsh on
 * an inner pseudo-terminal, which makes Ctrl-C, Ctrl-Z and hang-up what they are
 * everywhere. This process carries the bytes between the two terminals and calls
 * the VMM not once, so that the one that does can also be the one that the VMM
 * admits. When the last one detaches, the inner terminal hangs up.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "dbgsh.h"

/* How often to look whether somebody has attached, or set the window's size */
#define LOOK_MS		100

/* How long a session may take to end when its terminal hangs up */
#define END_MS		2000

static const int ending_signals[] = { SIGHUP, SIGINT, SIGTERM };

static volatile sig_atomic_t ended_by;

/*
 * The terminal that others attach to
 * @slave: our own descriptor of it, without which it would stay exclusive, and be shut to
 *	all but root, when one has left that made it so (TIOCEXCL), as screen does
 */
struct outer {
	int master, slave;
};

/* Bytes on their way from one terminal to the other */
struct flow {
	int from, to;
	char bytes[4096];
	size_t length;
};

static void on_end(int sig)
{
	ended_by = sig;
}

static void set_handlers(void (*handler)(int))
{
	struct sigaction action, former;
	size_t i;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	for (i = 0; i < sizeof(ending_signals) / sizeof(ending_signals[0]); i++)
		if (handler == SIG_DFL ||
		    (!sigaction(ending_signals[i], NULL, &former) &&
		     former.sa_handler != SIG_IGN))
			sigaction(ending_signals[i], &action, NULL);
}

/* On Linux, the master's settings are those of the terminal. */
static void make_raw(int master)
{
	struct termios settings;

	if (tcgetattr(master, &settings))
		return;
	cfmakeraw(&settings);
	tcsetattr(master, TCSANOW, &settings);
}

static int open_slave(int master)
{
	return open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
}

static int open_pair(int *slave)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0)
		return -1;
	if (!grantpt(master) && !unlockpt(master)) {
		*slave = open_slave(master);
		/* Not for the group tty either: what is written there are commands. */
		if (*slave >= 0 && !fchmod(*slave, 0600)) {
			fcntl(master, F_SETFL, O_NONBLOCK);
			return master;
		}
		if (*slave >= 0)
			close(*slave);
	}
	close(master);
	return -1;
}

/* A terminal that nobody else has open hangs up when we close it. */
static int is_attached(struct outer *outer)
{
	struct pollfd fd = { .fd = outer->master };
	int exclusive = 0, attached;

	ioctl(outer->slave, TIOCGEXCL, &exclusive);
	ioctl(outer->slave, TIOCNXCL);
	close(outer->slave);
	attached = poll(&fd, 1, 0) < 0 || !(fd.revents & POLLHUP);
	outer->slave = open_slave(outer->master);
	if (attached && exclusive)
		ioctl(outer->slave, TIOCEXCL);
	return attached;
}

/* What the last one left unread isn't for the next one, nor are its settings. */
static void clean_up(const struct outer *outer)
{
	tcflush(outer->master, TCIOFLUSH);
	tcflush(outer->slave, TCIOFLUSH);
	make_raw(outer->master);
}

static void wait_until_attached(struct outer *outer)
{
	if (is_attached(outer))
		return;
	clean_up(outer);
	while (!ended_by && !is_attached(outer))
		poll(NULL, 0, LOOK_MS);
}

static void copy_size(int from, int to)
{
	struct winsize size, former;

	if (!ioctl(from, TIOCGWINSZ, &size) &&
	    !ioctl(to, TIOCGWINSZ, &former) &&
	    memcmp(&size, &former, sizeof(size)))
		ioctl(to, TIOCSWINSZ, &size);
}

/* Return: 0 if there is nothing more to come */
static int fill(struct flow *flow)
{
	ssize_t got = read(flow->from, flow->bytes + flow->length,
			   sizeof(flow->bytes) - flow->length);

	if (got > 0)
		flow->length += got;
	return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

static void drain(struct flow *flow)
{
	ssize_t put = write(flow->to, flow->bytes, flow->length);

	if (put <= 0)
		return;
	flow->length -= put;
	memmove(flow->bytes, flow->bytes + put, flow->length);
}

static short events(const struct flow *in, const struct flow *out)
{
	return (in->length < sizeof(in->bytes) ? POLLIN : 0) |
	       (out->length ? POLLOUT : 0);
}

/*
 * Carries bytes until one side is gone.
 *
 * Return: 1 if it was the inner one: the session ended
 */
static int relay(struct outer *outer, int inner)
{
	struct flow typed = { .from = outer->master, .to = inner };
	struct flow shown = { .from = inner, .to = outer->master };
	struct pollfd fds[2];

	while (!ended_by && is_attached(outer)) {
		fds[0] = (struct pollfd){ outer->master, events(&typed, &shown), 0 };
		fds[1] = (struct pollfd){ inner, events(&shown, &typed), 0 };
		copy_size(outer->master, inner);
		if (poll(fds, 2, LOOK_MS) < 0)
			continue;
		if (fds[0].revents & POLLIN)
			fill(&typed);
		if (fds[1].revents & (POLLIN | POLLHUP) &&
		    shown.length < sizeof(shown.bytes) && !fill(&shown)) {
			drain(&shown);
			return 1;
		}
		drain(&typed);
		drain(&shown);
	}
	return 0;
}

/* The one who attaches may be anything: nothing but text and BS is sent to it. */
static void __attribute__((noreturn))
run_session(int slave, enum status (*session)(const struct options *options),
	    const struct options *options)
{
	set_handlers(SIG_DFL);
	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	dup2(slave, STDIN_FILENO);
	dup2(slave, STDOUT_FILENO);
	dup2(slave, STDERR_FILENO);
	/* Who holds a master keeps its terminal from hanging up. */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	setenv("TERM", "dumb", 1);
	setenv("LESS", "dFRX", 0);
	exit(session(options));
}

/* Waits for a session to end. Return: the status of its process */
static int wait_for_end(pid_t pid, int has_ended)
{
	int status = 0, ms;

	for (ms = 0; !has_ended && ms < END_MS; ms += 10) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		poll(NULL, 0, 10);
	}
	if (!has_ended)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* A session that failed would only fail again: wait until a key is typed. */
static void wait_for_key(struct outer *outer)
{
	struct pollfd fd = { .fd = outer->master, .events = POLLIN };
	char key;

	tcflush(fd.fd, TCIFLUSH);
	while (!ended_by && is_attached(outer))
		if (poll(&fd, 1, LOOK_MS) > 0 && read(fd.fd, &key, 1) > 0)
			return;
}

static void serve_one(struct outer *outer,
		      enum status (*session)(const struct options *options),
		      const struct options *options)
{
	int slave, inner = open_pair(&slave), has_ended, status;
	pid_t pid = inner < 0 ? -1 : fork();

	if (pid < 0) {
		complain("cannot start a session: %s", strerror(errno));
		poll(NULL, 0, 10 * LOOK_MS);
		return;
	}
	if (!pid)
		run_session(slave, session, options);
	close(slave);
	has_ended = relay(outer, inner);
	close(inner);
	status = wait_for_end(pid, has_ended);
	if (has_ended && status)
		wait_for_key(outer);
}

/* Who reads the name through a pipe must not wait for more of it. */
static void tell_name(int master)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	puts(ptsname(master));
	if (fflush(stdout))
		fail(STATUS_FAILED, "cannot write the output");
	dup2(fd, STDOUT_FILENO);
	close(fd);
}

enum status pty_serve(enum status (*session)(const struct options *options),
		      const struct options *options)
{
	struct outer outer;

	outer.master = open_pair(&outer.slave);
	if (outer.master < 0)
		fail(STATUS_FAILED, "cannot have a pseudo-terminal: %s",
		     strerror(errno));
	make_raw(outer.master);
	set_handlers(on_end);
	tell_name(outer.master);
	while (!ended_by) {
		wait_until_attached(&outer);
		if (!ended_by)
			serve_one(&outer, session, options);
	}
	signal(ended_by, SIG_DFL);
	raise(ended_by);
	return STATUS_OK;
}
