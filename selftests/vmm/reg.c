// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers of level 0 for the scripts, through the uvtest module.
 *
 *	reg CPU cr4		print CR4
 *	reg CPU cr4 VALUE	write it; status 1 if that raises an exception
 *	reg CPU tr RPL		load TR anew, from a selector with this RPL
 *
 * The kernel doesn't know of that: it takes a bit of CR4 back when it next changes it
 * itself. TR's RPL is of no use to anybody.
 */
#include <string.h>

#include "kselftest.h"
#include "common.h"

static int usage(void)
{
	fprintf(stderr, "usage: reg CPU cr4 [VALUE] | reg CPU tr RPL\n");
	return 2;
}

static int print_cr4(int fd)
{
	uint64_t value = 0;

	if (uvtest_run(fd, UVTEST_READ_CR4, &value))
		return 1;
	printf("%#jx\n", (uintmax_t)value);
	return 0;
}

static int write_cr4(int fd, uint64_t value)
{
	unsigned int vector = uvtest_run(fd, UVTEST_WRITE_CR4, &value);

	if (vector)
		fprintf(stderr, "exception %u\n", vector);
	return vector ? 1 : 0;
}

static int load_tr(int fd, uint32_t rpl)
{
	uvtest_request(fd, UVTEST_IOC_TR, &rpl);
	return 0;
}

int main(int argc, char **argv)
{
	int fd;

	if (argc < 3 || argc > 4)
		return usage();
	fd = need_uvtest();
	pin_to(atoi(argv[1]));
	if (!strcmp(argv[2], "cr4") && argc == 3)
		return print_cr4(fd);
	if (!strcmp(argv[2], "cr4"))
		return write_cr4(fd, strtoull(argv[3], NULL, 0));
	if (!strcmp(argv[2], "tr") && argc == 4)
		return load_tr(fd, strtoul(argv[3], NULL, 0));
	return usage();
}
