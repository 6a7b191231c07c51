// SPDX-License-Identifier: GPL-2.0-only
/*
 * XSETBV in the guest's kernel, which exits on Intel: shows that a good value is taken,
 * that a bad one and a register that doesn't exist are the guest's #GP, and that without
 * CR4.OSXSAVE it is #UD, as on bare metal: the same answers are had before insmod.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <string.h>

#include "kselftest.h"
#include "common.h"

#define CPUID_1_ECX_OSXSAVE	(1u << 27)
#define VECTOR_UD	6
#define VECTOR_GP	13
#define XCR0_X87	1u

static int fd;

static bool os_uses_xsave(void)
{
	unsigned int a, b, c, d;

	__cpuid(1, a, b, c, d);
	return c & CPUID_1_ECX_OSXSAVE;
}

static uint64_t read_xcr0(void)
{
	uint32_t low, high;

	__asm__ __volatile__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (uint64_t)high << 32 | low;
}

static uint32_t xsetbv(uint32_t number, uint64_t value)
{
	struct uvtest_regs regs;

	memset(&regs, 0, sizeof(regs));
	regs.insn = UVTEST_XSETBV;
	regs.gpr[UVTEST_RCX] = number;
	regs.gpr[UVTEST_RAX] = (uint32_t)value;
	regs.gpr[UVTEST_RDX] = value >> 32;
	uvtest_request(fd, UVTEST_IOC_RUN, &regs);
	return regs.vector;
}

static void test_answers(const char *when)
{
	uint64_t xcr0;
	uint32_t vector;

	if (!os_uses_xsave()) {
		vector = xsetbv(0, XCR0_X87);
		ksft_test_result(vector == VECTOR_UD,
				 "%s: #UD without CR4.OSXSAVE\n", when);
		ksft_test_result_skip("Linux does not use XSAVE here\n");
		ksft_test_result_skip("Linux does not use XSAVE here\n");
		return;
	}
	xcr0 = read_xcr0();
	ksft_test_result(xsetbv(0, xcr0) == 0 && read_xcr0() == xcr0,
			 "%s: XCR0 takes the value that it has\n", when);
	ksft_test_result(xsetbv(0, xcr0 & ~XCR0_X87) == VECTOR_GP &&
			 xsetbv(0, 1ULL << 63) == VECTOR_GP &&
			 read_xcr0() == xcr0, "%s: a bad value is #GP\n", when);
	ksft_test_result(xsetbv(7, xcr0) == VECTOR_GP,
			 "%s: a register that isn't there is #GP\n", when);
}

int main(void)
{
	int kmsg;

	ksft_print_header();
	fd = need_uvtest();
	kmsg = kmsg_open();
	ksft_set_plan(7);
	test_answers("bare metal");
	need_vmm(NULL);
	test_answers("under the VMM");
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
