// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nonsense from user level. Shows that no pointer, however bad, and no register
 * value does more than fail: the call returns, the machine lives, the kernel's
 * log is clean. ITER is the number of random register sets (a million).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "kselftest.h"
#include "common.h"

#define PAGE	4096UL

/* Five pages: data, hole, PROT_NONE, never touched, read-only */
static char *arena;
static uint64_t seed = 0x9e3779b97f4a7c15ULL;

static void make_arena(void)
{
	arena = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (arena == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	memset(arena, 'x', PAGE);
	munmap(arena + PAGE, PAGE);
	strcpy(arena + 2 * PAGE, VMMCALL_NAME_DBGSH);
	mprotect(arena + 2 * PAGE, PAGE, PROT_NONE);
	strcpy(arena + 4 * PAGE, VMMCALL_NAME_DBGSH);
	mprotect(arena + 4 * PAGE, PAGE, PROT_READ);
}

static void test_pointers(void)
{
	const struct {
		const char *what;
		unsigned long addr;
	} bad[] = {
		{ "null", 0 },
		{ "first page", 1 },
		{ "unmapped", (unsigned long)arena + PAGE },
		{ "not accessible", (unsigned long)arena + 2 * PAGE },
		{ "never touched", (unsigned long)arena + 3 * PAGE },
		{ "kernel text", 0xffffffff81000000UL },
		{ "kernel's map of RAM", 0xffff888000000000UL },
		{ "the VMM's own image", 0xffffff8000000000UL },
		{ "the VMM's window", 0x0000400000000000UL },
		{ "end of user space", 0x00007ffffffff000UL },
		{ "not canonical", 0x0000800000000000UL },
		{ "not canonical, high", 0x8000000000000000UL },
		{ "end of canonical hole", 0xffff7fffffffffffUL },
		{ "last byte", ~0UL },
		{ "last page", ~0UL - PAGE + 1 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		ksft_test_result(vmm_lookup_at(bad[i].addr) == 0,
				 "name at %#lx: %s\n", bad[i].addr,
				 bad[i].what);
}

static void test_names(void)
{
	unsigned long end = (unsigned long)arena + PAGE;
	const size_t len = sizeof(VMMCALL_NAME_DBGSH);
	long dbgsh = vmm_lookup(VMMCALL_NAME_DBGSH);
	char *last = arena + PAGE - len;
	char *two;

	memcpy(last, VMMCALL_NAME_DBGSH, len);
	ksft_test_result(vmm_lookup_at(end - len) == dbgsh,
			 "name whose NUL is a page's last byte\n");
	memmove(last + 1, last, len - 1);
	ksft_test_result(vmm_lookup_at(end - len + 1) == 0,
			 "name that runs onto an unmapped page\n");
	memset(arena, 'x', PAGE);
	ksft_test_result(vmm_lookup_at((unsigned long)arena) == 0,
			 "name without an end\n");
	arena[255] = 0;
	ksft_test_result(vmm_lookup_at((unsigned long)arena) == 0,
			 "name of 255 bytes\n");
	ksft_test_result(vmm_lookup_at((unsigned long)arena + 4 * PAGE) == dbgsh,
			 "name on a read-only page\n");

	two = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	strcpy(two + PAGE - 2, VMMCALL_NAME_DBGSH);
	ksft_test_result(vmm_lookup_at((unsigned long)two + PAGE - 2) == dbgsh,
			 "name across two pages\n");
	munmap(two, 2 * PAGE);
}

/* Nothing is brought in for the caller: what isn't mapped yet stays so. */
static void test_untouched(void)
{
	unsigned char resident = 1;

	vmm_lookup_at((unsigned long)arena + 3 * PAGE);
	mincore(arena + 3 * PAGE, PAGE, &resident);
	ksft_test_result(!(resident & 1), "a page never touched stays so\n");
}

/* A page that the caller has locked itself out of by a protection key */
static void test_protection_key(void)
{
	static const char what[] = "name behind a protection key";
	int key = syscall(SYS_pkey_alloc, 0, 1 /* PKEY_DISABLE_ACCESS */);

	if (key < 0) {
		ksft_test_result_skip("%s: no protection keys here (%s)\n",
				      what, strerror(errno));
		return;
	}
	syscall(SYS_pkey_mprotect, arena + 4 * PAGE, PAGE, PROT_READ, key);
	ksft_test_result(vmm_lookup_at((unsigned long)arena + 4 * PAGE) == 0,
			 "%s\n", what);
	syscall(SYS_pkey_mprotect, arena + 4 * PAGE, PAGE, PROT_READ, 0);
	syscall(SYS_pkey_free, key);
}

/* Values near what matters are as likely as any others. */
static unsigned long random_value(void)
{
	uint64_t r = rnd(&seed);

	switch (r >> 61) {
	case 0:
		return r & 0xff;
	case 1:
		return -(r & 0xff);
	case 2:
		return (unsigned long)arena + r % (5 * PAGE);
	case 3:
		return 0xffff800000000000UL | r;
	case 4:
		return r & 0xffffffff;
	case 5:
		return 1UL << (r & 63);
	default:
		return r;
	}
}

static void random_call(unsigned long i)
{
	struct vmm_regs regs;
	unsigned long *r = &regs.rax;
	unsigned int n;

	for (n = 0; n < sizeof(regs) / sizeof(*r); n++)
		r[n] = random_value();
	/* Each number from 0 to 127 in turn, every other time any at all */
	if (i & 1)
		regs.rax = i / 2 % 128;
	if (vmm_call(&regs))
		ksft_exit_fail_msg("the VMM is gone after %lu calls\n", i);
}

static void test_random(void)
{
	unsigned long count = env_number("ITER", 1000000);
	unsigned long i;

	for (i = 0; i < count; i++)
		random_call(i);
	ksft_test_result(vmm_lookup(VMMCALL_NAME_DBGSH) > 0,
			 "%lu calls with random registers\n", count);
}

int main(void)
{
	int kmsg;

	ksft_print_header();
	/* The shell would carry out what the random bytes happen to spell. */
	need_vmm("dbgsh=off");
	kmsg = kmsg_open();
	ksft_set_plan(25);
	make_arena();
	test_pointers();
	test_names();
	test_untouched();
	test_protection_key();
	test_random();
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
