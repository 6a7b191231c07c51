// SPDX-License-Identifier: GPL-2.0-only
/*
 * "get_status", "get_status_part" and "get_functions": text into the caller's buffer.
 * Shows that rcx is always the length needed, that rax is 0 only if all of it was
 * written, that buffers which are short, read-only, unmapped or the kernel's fail without
 * harm and without a byte behind their end, and what the texts contain; that the parts
 * make up a report of all CPUs in buffers of any size.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "kselftest.h"
#include "common.h"

#define PAGE	4096UL
#define ROOM	(64 * PAGE)
#define GUARD	0x5a

/* Room for the text, then a page that can't be read, then a read-only one */
static char *area;

struct answer {
	unsigned long rax;
	unsigned long rcx;
};

static struct answer ask(long number, void *addr, unsigned long size)
{
	struct vmm_regs regs = { .rax = number, .rbx = (unsigned long)addr,
				 .rcx = size };

	if (vmm_call(&regs))
		ksft_exit_fail_msg("the VMM is gone\n");
	return (struct answer){ regs.rax, regs.rcx };
}

static bool guard_intact(const char *from, const char *to)
{
	for (; from < to; from++)
		if (*from != GUARD)
			return false;
	return true;
}

static void test_sizes(const char *name, long number)
{
	struct answer a = ask(number, area, 0), b;
	unsigned long needed = a.rcx;

	ksft_test_result(a.rax == 1 && needed && needed < ROOM,
			 "%s: size 0: fails, %lu bytes needed\n", name, needed);
	/* The text may have grown by a digit or a line with each call. */
	memset(area, GUARD, ROOM);
	a = ask(number, area, needed / 2);
	ksft_test_result(a.rax == 1 && a.rcx >= needed &&
			 guard_intact(area + needed / 2, area + ROOM),
			 "%s: half the room: fails, nothing behind it\n", name);
	memset(area, GUARD, ROOM);
	b = ask(number, area, ROOM);
	ksft_test_result(b.rax == 0 && b.rcx >= needed &&
			 guard_intact(area + b.rcx, area + ROOM) &&
			 !memchr(area, GUARD, b.rcx - 1),
			 "%s: enough room: all of it, nothing behind it\n", name);
}

static void fails(const char *name, long number, const char *what, void *addr,
		  unsigned long size)
{
	struct answer a = ask(number, addr, size);

	ksft_test_result(a.rax == 1 && a.rcx && a.rcx < ROOM,
			 "%s: %s: fails, %lu bytes needed\n", name, what, a.rcx);
}

static void test_bad_buffers(const char *name, long number)
{
	struct answer a;

	fails(name, number, "null", NULL, ROOM);
	fails(name, number, "no access", area + ROOM, PAGE);
	fails(name, number, "read-only", area + ROOM + PAGE, PAGE);
	fails(name, number, "runs onto such", area + ROOM - 16, 2 * PAGE);
	fails(name, number, "kernel", (void *)0xffff888000000000UL, ROOM);
	fails(name, number, "not canonical", (void *)(1UL << 55), ROOM);
	fails(name, number, "wraps", (void *)-16UL, ROOM);
	a = ask(number, area, ~0UL);
	ksft_test_result(a.rax == 0, "%s: an enormous size is no lie\n", name);
	ksft_test_result(!*(area + ROOM + PAGE),
			 "%s: the read-only page is as it was\n", name);
}

static void test_functions_text(void)
{
	struct answer a = ask(vmm_lookup(VMMCALL_NAME_GET_FUNCTIONS), area,
			      ROOM);
	char *line, *save = NULL;
	bool dbgsh = false, level0 = false, ok = !a.rax;
	char levels[8], name[256];
	unsigned int number;

	area[a.rcx] = 0;
	for (line = strtok_r(area, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		ok &= sscanf(line, "%u %7s %255s", &number, levels, name) == 3 &&
		      vmm_lookup(name) == (long)number;
		dbgsh |= !strcmp(name, VMMCALL_NAME_DBGSH) &&
			 !strcmp(levels, "0123");
		level0 |= !strcmp(name, VMMCALL_NAME_LOG_SET_BUF) &&
			  !strcmp(levels, "0");
	}
	ksft_test_result(ok && dbgsh && level0,
			 "get_functions: each line is number, levels, name\n");
}

/* struct seen - what stands in a text */
struct seen {
	int in;			/* CPUs */
	int exits;		/* counts */
	int more;		/* CPU at which the report was cut, or -1 */
};

static struct seen look_at(char *text)
{
	struct seen seen = { .more = -1 };
	char *line, *save = NULL;
	unsigned long long n;
	char name[64];
	int cpu;

	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		seen.in += sscanf(line, "cpu %d %63s", &cpu, name) == 2 &&
			   !strcmp(name, "in");
		seen.exits += sscanf(line, "cpu %d exits %63s %llu", &cpu, name,
				     &n) == 3;
		if (sscanf(line, "more cpu %d function %63s", &cpu, name) == 2 &&
		    !strcmp(name, VMMCALL_NAME_GET_STATUS_PART))
			seen.more = cpu;
	}
	return seen;
}

/* All CPUs, or the first ones and where the others are */
static void test_status_text(void)
{
	struct answer a = ask(vmm_lookup(VMMCALL_NAME_GET_STATUS), area, ROOM);
	int cpus[MAX_CPUS], nr_cpus = list_cpus(cpus);
	struct seen seen;

	area[a.rcx] = 0;
	seen = look_at(area);
	ksft_test_result(!a.rax &&
			 (seen.more < 0 ? seen.in == nr_cpus && seen.exits > 0 :
			  seen.in >= seen.more && seen.in >= 4),
			 "get_status: %d CPUs in, %d counts of exits, more: %d\n",
			 seen.in, seen.exits, seen.more);
}

static struct vmm_regs part_regs;

static unsigned long ask_part(void *addr, unsigned long size, unsigned long where)
{
	part_regs = (struct vmm_regs){
		.rax = vmm_lookup(VMMCALL_NAME_GET_STATUS_PART),
		.rbx = (unsigned long)addr, .rcx = size, .rdx = where,
	};
	if (vmm_call(&part_regs))
		ksft_exit_fail_msg("the VMM is gone\n");
	return part_regs.rax;
}

/* Collects the parts that come in a buffer of @size bytes. Return: whether all was well */
static bool collect_parts(char *text, size_t room, unsigned long size)
{
	size_t len = 0;

	do {
		memset(area, GUARD, size + 1);
		if (ask_part(area, size, part_regs.rdx) || !part_regs.rcx ||
		    part_regs.rcx > size || area[part_regs.rcx - 1] != '\n' ||
		    !guard_intact(area + part_regs.rcx, area + size + 1) ||
		    len + part_regs.rcx >= room)
			return false;
		memcpy(text + len, area, part_regs.rcx);
		len += part_regs.rcx;
	} while (part_regs.rdx);
	text[len] = 0;
	return true;
}

static void test_parts(void)
{
	static const unsigned long sizes[] = {
		STATUS_PART_MIN, STATUS_PART_MIN + 1, 1000, PAGE, ROOM - 1,
	};
	static char text[1 << 20];
	int cpus[MAX_CPUS], nr_cpus = list_cpus(cpus);
	struct seen seen;
	unsigned int i;
	bool ok;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		part_regs.rdx = 0;
		ok = collect_parts(text, sizeof(text), sizes[i]) &&
		     !strncmp(text, "version ", 8);
		seen = look_at(text);
		ksft_test_result(ok && seen.in == nr_cpus && seen.exits > 0 &&
				 seen.more < 0,
				 "get_status_part: size %lu: %d CPUs in, %d counts of exits\n",
				 sizes[i], seen.in, seen.exits);
	}
}

static void refuses_part(const char *what, void *addr, unsigned long size,
			 unsigned long where)
{
	bool refused = ask_part(addr, size, where) == 1;

	ksft_test_result(refused && part_regs.rcx == size && part_regs.rdx == where,
			 "get_status_part: %s: refused, registers as they were\n",
			 what);
}

static void test_bad_parts(void)
{
	refuses_part("size 0", area, 0, 0);
	refuses_part("no room for a line", area, 5, 0);
	refuses_part("null", NULL, ROOM, 0);
	refuses_part("no access", area + ROOM, PAGE, 0);
	refuses_part("read-only", area + ROOM + PAGE, PAGE, 0);
	refuses_part("kernel", (void *)0xffff888000000000UL, ROOM, 0);
	refuses_part("wraps", (void *)-16UL, ROOM, 0);
	refuses_part("a position of no step", area, ROOM, 0xf);
	refuses_part("a position of no CPU", area, ROOM, 0x3ff << 13 | 7);
	refuses_part("a position of nothing", area, ROOM, ~0UL);
	refuses_part("a position beyond 32 bits", area, ROOM, 1UL << 40 | 1);
}

static void test_function(const char *name)
{
	long number = vmm_lookup(name);

	test_sizes(name, number);
	test_bad_buffers(name, number);
}

int main(void)
{
	int kmsg;

	ksft_print_header();
	need_vmm(NULL);
	kmsg = kmsg_open();
	area = mmap(NULL, ROOM + 2 * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (area == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	mprotect(area + ROOM, PAGE, PROT_NONE);
	mprotect(area + ROOM + PAGE, PAGE, PROT_READ);
	ksft_set_plan(43);
	test_function(VMMCALL_NAME_GET_STATUS);
	test_function(VMMCALL_NAME_GET_FUNCTIONS);
	test_functions_text();
	test_status_text();
	test_parts();
	test_bad_parts();
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
