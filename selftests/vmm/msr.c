// SPDX-License-Identifier: GPL-2.0-only
/*
 * Model-specific registers for the scripts, through the msr module.
 *
 *	msr CPU NUMBER		print its value
 *	msr CPU NUMBER VALUE	write it
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char path[32];
	uint64_t value;
	off_t number;
	int fd;

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: msr CPU NUMBER [VALUE]\n");
		return 2;
	}
	snprintf(path, sizeof(path), "/dev/cpu/%d/msr", atoi(argv[1]));
	number = strtoul(argv[2], NULL, 0);
	fd = open(path, argc == 4 ? O_RDWR : O_RDONLY);
	if (fd < 0) {
		perror(path);
		return 1;
	}
	if (argc == 4) {
		value = strtoull(argv[3], NULL, 0);
		if (pwrite(fd, &value, sizeof(value), number) != sizeof(value)) {
			perror("write");
			return 1;
		}
		return 0;
	}
	if (pread(fd, &value, sizeof(value), number) != sizeof(value)) {
		perror("read");
		return 1;
	}
	printf("%#jx\n", (uintmax_t)value);
	return 0;
}
