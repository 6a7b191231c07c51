// SPDX-License-Identifier: GPL-2.0-only
/*
 * CR4 for the scripts, through the uvtest module.
 *
 *	cr4 CPU			print its value
 *	cr4 CPU VALUE		write it; status 1 if that raises an exception
 *
 * The kernel doesn't know: it takes a bit back when it next changes CR4 itself.
 */
#include "kselftest.h"
#include "common.h"

int main(int argc, char **argv)
{
	uint64_t value;
	uint32_t vector;
	int fd;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: cr4 CPU [VALUE]\n");
		return 2;
	}
	fd = need_uvtest();
	pin_to(atoi(argv[1]));
	if (argc == 3) {
		value = strtoull(argv[2], NULL, 0);
		vector = uvtest_run(fd, UVTEST_WRITE_CR4, &value);
		if (vector)
			fprintf(stderr, "exception %u\n", vector);
		return !!vector;
	}
	if (uvtest_run(fd, UVTEST_READ_CR4, &value))
		return 1;
	printf("%#jx\n", (uintmax_t)value);
	return 0;
}
