// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wait for a growing file the way a program does that knows poll():
 *
 *	pollfile FILE SECONDS
 *
 * Goes to the end, where nothing may be ready; says "waiting"; prints what comes.
 * Status 0: woken and read, 1: nothing came, 2: ready before there was anything.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct pollfd p = { .events = POLLIN };
	char text[4096];
	ssize_t n;

	if (argc != 3)
		return 64;
	p.fd = open(argv[1], O_RDONLY);
	if (p.fd < 0) {
		perror(argv[1]);
		return 64;
	}
	while (read(p.fd, text, sizeof(text)) > 0)
		;
	if (poll(&p, 1, 0))
		return 2;
	printf("waiting\n");
	fflush(stdout);
	if (poll(&p, 1, atoi(argv[2]) * 1000) != 1 || !(p.revents & POLLIN))
		return 1;
	n = read(p.fd, text, sizeof(text));
	if (n <= 0)
		return 1;
	fwrite(text, 1, n, stdout);
	return 0;
}
