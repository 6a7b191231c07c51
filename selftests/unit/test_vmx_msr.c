// SPDX-License-Identifier: GPL-2.0-only
/* vmx/msr.c with core/phys_msr.c: MSRs that could reach the VMM's memory, see phys_msr.h. */
#include "unit.h"
#include "vmx/vmx.h"
#include "core/log.h"
#include "core/mtrr.h"
#include "core/radix.h"
#include "core/x86.h"
#include "phys_msr.h"

#include "vmx/inject.c"
#include "vmx/msr.c"

struct vmx_machine vmx_machine;

void nested_follow_mtrrs(void)
{
	fail();
}

u64 backend_guest_rip(struct cpu *cpu)
{
	assert_ptr_equal(cpu, hw_cpu());
	return vmread(GUEST_RIP);
}

static bool guest_wrmsr(u32 msr, u64 value)
{
	struct guest_regs regs = { .rcx = msr, .rax = (u32)value, .rdx = value >> 32 };

	vmwrite(GUEST_CS_AR, AR_L);
	vmwrite(EXIT_INSTRUCTION_LENGTH, 2);
	vmwrite(ENTRY_INTERRUPTION_INFO, 0);
	vmwrite(GUEST_RIP, RIP);
	msr_exit(&regs, true);
	if (vmread(GUEST_RIP) == RIP + 2)
		return !vmread(ENTRY_INTERRUPTION_INFO);
	assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0x80000b0d);
	return false;
}

#define NEVER_TAKEN(number)	{ .msr = (number), .bad = { 0, LOW | 1 }, .good = { NONE } }

static const struct phys_case vmx_cases[] = {
	/* One range of 128 bytes or 64 KiB, by the other MSRs; a table of them, never */
	{ .msr = 0x570, .other = 0x560, .held = LOW, .bad = { 1, 0x2009, 0x101 },
	  .good = { 0, 0x2008, 0x100 } },
	{ .msr = 0x570, .other = 0x560, .held = LOW - 0x80, .bad = { 0x101 }, .good = { 1 } },
	{ .msr = 0x570, .other = 0x561, .held = 0xffffffff, .bad = { 1 }, .good = { 0 } },
	{ .msr = 0x17d0, .bad = { LOW | 1, (LOW - 0x3000) | 1, (HIGH_END - 0x1000) | 1 },
	  .good = { LOW, (LOW - 0x4000) | 1, LOW_END | 1 } },
	NEVER_TAKEN(0x9b), NEVER_TAKEN(0x9e),
	NEVER_TAKEN(0x1f2), NEVER_TAKEN(0x1f3), NEVER_TAKEN(0x1f4), NEVER_TAKEN(0x1f5),
	NEVER_TAKEN(0x2a0), NEVER_TAKEN(0x2a1), NEVER_TAKEN(0x2a2), NEVER_TAKEN(0x2a3),
	NEVER_TAKEN(0x2a4), NEVER_TAKEN(0x2a5), NEVER_TAKEN(0x2a6), NEVER_TAKEN(0x2a7),
	NEVER_TAKEN(0x2f4), NEVER_TAKEN(0x2f5),
	NEVER_TAKEN(0x982), NEVER_TAKEN(0x983), NEVER_TAKEN(0x984),
	NEVER_TAKEN(0x1400), NEVER_TAKEN(0x1401),
};

static void test_table(void **state)
{
	(void)state;
	reset_machine();
	/* A table of 4 pages for hardware feedback */
	hw_set_cpuid(6, 0, 1 << 19, 0, 0, 3 << 8);
	hw_set_msr(0x561, 0x7f, 64);
	walk_table(vmx_cases, ARRAY_SIZE(vmx_cases));
}

/* 64 KiB from one address, wherever in them it lies */
static void test_trace_size(void **state)
{
	static const struct phys_case touching = { .msr = 0x570, .other = 0x560,
						   .held = LOW - 0x8000 };
	static const struct phys_case beside = { .msr = 0x570, .other = 0x560,
						 .held = LOW - 0x10000 };

	(void)state;
	reset_machine();
	hw_set_msr(0x561, 0x120000ffff, 64);
	is_refused(&touching, 1);
	is_taken(&beside, 1);
}

/* Section 24.6.9: writes of both ranges, and all others exit */
static bool bitmap_bit(u32 offset, u32 msr)
{
	if (msr >= 0x2000 && msr - 0xc0000000 >= 0x2000)
		return true;
	if (msr >= 0xc0000000)
		offset += 1024;
	return msr_bitmap[offset + (msr & 0x1fff) / 8] >> (msr % 8) & 1;
}

static bool read_exits(u32 msr)
{
	return bitmap_bit(0, msr);
}

static bool write_exits(u32 msr)
{
	return bitmap_bit(2048, msr);
}

static void test_bitmap(void **state)
{
	(void)state;
	memset(msr_bitmap, 0, sizeof(msr_bitmap));
	msr_init();
	check_bitmap();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_touches),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_trace_size),
		cmocka_unit_test(test_bitmap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
