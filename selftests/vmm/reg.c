// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers of level 0 for the scripts, through the uvtest module.
 *
 *	reg CPU cr4		print CR4
 *	reg CPU cr4 VALUE	write it; status 1 if that raises an exception
 *	reg CPU tr RPL		load TR anew, from a selector with this RPL
 *	reg CPU leave		the CPU leaves the VMM, by the driver's own code but not by the
 *				driver: print what the VM call answered
 *
 * The kernel doesn't know of that: it takes a bit of CR4 back when it next changes it
 * itself. TR's RPL is of no use to anybody.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "kselftest.h"
#include "common.h"

static int usage(void)
{
	fprintf(stderr, "usage: reg CPU cr4 [VALUE] | reg CPU tr RPL | reg CPU leave\n");
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

static uint64_t kernel_symbol(const char *name)
{
	char *text = read_file("/proc/kallsyms"), *line, *next = text;
	uint64_t address = 0;
	char symbol[64];

	while (!address && (line = strsep(&next, "\n")))
		if (sscanf(line, "%jx %*c %63s", (uintmax_t *)&address, symbol) != 2 ||
		    strcmp(symbol, name))
			address = 0;
	free(text);
	return address;
}

static int leave(int fd, int cpu)
{
	struct uvtest_switch call = {
		.address = kernel_symbol(vmm_is_amd() ? "uv_switch_call" :
							"uv_vmx_switch_call"),
	};
	static int cpus[MAX_CPUS];
	int i, nr = list_cpus(cpus);

	/* Where a VMM answers */
	for (i = 0; i < nr && (int64_t)call.number <= 0; i++) {
		pin_to(cpus[i]);
		call.number = vmm_lookup("undervisor_leave");
	}
	pin_to(cpu);
	if (!call.address || (int64_t)call.number <= 0)
		return 1;
	uvtest_request(fd, UVTEST_IOC_SWITCH, &call);
	printf("%lld\n", (long long)call.result);
	return 0;
}

int main(int argc, char **argv)
{
	int fd;

	if (argc < 3 || argc > 4)
		return usage();
	vmm_catch_faults();
	fd = need_uvtest();
	if (!strcmp(argv[2], "leave") && argc == 3)
		return leave(fd, atoi(argv[1]));
	pin_to(atoi(argv[1]));
	if (!strcmp(argv[2], "cr4") && argc == 3)
		return print_cr4(fd);
	if (!strcmp(argv[2], "cr4"))
		return write_cr4(fd, strtoull(argv[3], NULL, 0));
	if (!strcmp(argv[2], "tr") && argc == 4)
		return load_tr(fd, strtoul(argv[3], NULL, 0));
	return usage();
}
