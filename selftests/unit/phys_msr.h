/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What test_svm_msr.c and test_vmx_msr.c share: writes to the MSRs of core/phys_msr.h, each
 * into the VMM's memory, just beside it, and switched off. The values are written out, so
 * that a wrong mask in the table is found; a row of which nothing stands here fails.
 */
#ifndef PHYS_MSR_H
#define PHYS_MSR_H

#include "core/phys_msr.h"
#include "core/vmm_memory.h"
#include "mock/hw.h"

#include "core/phys_msr.c"

#define RIP		0x401000ULL

/* A CPU's block beneath 4 GiB, and the shared one above, at no round address */
#define LOW		0x12348000ULL
#define LOW_END		0x12350000ULL
#define HIGH		0x156703000ULL
#define HIGH_END	0x156788000ULL

#define NONE		0x1234567812345678ULL	/* no such case */

/**
 * struct phys_case - writes to one MSR
 * @msr: its number
 * @old: what it holds
 * @other: another MSR that counts, or 0
 * @held: what that one holds
 * @bad: values that touch the VMM's memory
 * @good: values that don't, as near as can be, or aren't enabled
 */
struct phys_case {
	u32 msr;
	u64 old;
	u32 other;
	u64 held;
	u64 bad[4];
	u64 good[4];
};

static const struct phys_case shared_cases[] = {
	{ .msr = 0x1b, .old = 0xfee00900,
	  .bad = { LOW | 0x800, LOW | 0x900, HIGH_END - 0x1000 + 0xc00,
		   (LOW_END - 0x1000) | 0x800 },
	  .good = { (LOW - 0x1000) | 0x800, LOW_END | 0x800, LOW | 0x100, 0xfee00900 } },
	{ .msr = 0x11, .bad = { LOW, LOW - 8, HIGH_END - 4 },
	  .good = { LOW - 12, LOW_END, HIGH_END } },
	{ .msr = 0x12, .bad = { LOW | 1, (LOW - 28) | 1 },
	  .good = { LOW, (LOW - 32) | 1, LOW_END | 1 } },
	{ .msr = 0x4b564d00, .bad = { HIGH, HIGH - 8 }, .good = { HIGH - 12, HIGH_END } },
	{ .msr = 0x4b564d01, .bad = { HIGH | 1, (HIGH - 4) | 1 },
	  .good = { HIGH, (HIGH - 32) | 1, HIGH_END | 1 } },
	{ .msr = 0x4b564d02, .bad = { LOW | 0xd, (LOW_END - 64) | 1 },
	  .good = { LOW | 0xc, (LOW - 64) | 1, LOW_END | 1 } },
	{ .msr = 0x4b564d03, .bad = { LOW | 1, (LOW_END - 64) | 1 },
	  .good = { LOW, (LOW - 64) | 1, LOW_END | 1 } },
	{ .msr = 0x4b564d04, .bad = { LOW | 1, (LOW_END - 4) | 1 },
	  .good = { LOW, (LOW - 4) | 1, LOW_END | 1 } },
	/* A page for Xen, and what Linux 6.1 tells Hyper-V of itself */
	{ .msr = 0x40000000, .bad = { LOW, LOW | 5, HIGH },
	  .good = { LOW - 0x1000, LOW_END, 0x8100000000000000 | LOW } },
	{ .msr = 0x40000200, .bad = { LOW, LOW | 5, HIGH }, .good = { LOW - 1, LOW_END } },
	{ .msr = 0x40000001, .bad = { LOW | 1 }, .good = { LOW, (LOW - 0x1000) | 1 } },
	{ .msr = 0x40000021, .bad = { LOW | 1 }, .good = { LOW, LOW_END | 1 } },
	{ .msr = 0x40000073, .bad = { HIGH | 1 }, .good = { HIGH, (HIGH - 0x1000) | 1 } },
	{ .msr = 0x40000082, .bad = { HIGH | 1 }, .good = { HIGH, HIGH_END | 1 } },
	{ .msr = 0x40000083, .bad = { LOW | 1 }, .good = { LOW, LOW_END | 1 } },
};

static void reset_machine(void)
{
	hw_reset();
	boot_info.maxphyaddr = 40;
	boot_info.nr_blocks = 2;
	boot_info.block[0] = (struct uv_block){ LOW, LOW_END - LOW };
	boot_info.block[1] = (struct uv_block){ HIGH, HIGH_END - HIGH };
}

/* The program's: WRMSR as an exit. Return: whether the guest goes on behind it; else #GP */
static bool guest_wrmsr(u32 msr, u64 value);

static void set_case(const struct phys_case *c)
{
	hw_set_msr(c->msr, c->old, 64);
	if (c->other)
		hw_set_msr(c->other, c->held, 64);
	hw.logged = 0;
	hw_cpu()->refused = 0;
}

static void is_refused(const struct phys_case *c, u64 value)
{
	set_case(c);
	if (guest_wrmsr(c->msr, value))
		fail_msg("MSR %#x took %#llx", c->msr, value);
	assert_int_equal(hw_rdmsr(c->msr), c->old);
	assert_int_equal(hw_cpu()->refused, 1);
	/* A line that names it, and that of any #GP */
	assert_int_equal(hw.logged, 2);
}

static void is_taken(const struct phys_case *c, u64 value)
{
	set_case(c);
	if (!guest_wrmsr(c->msr, value))
		fail_msg("MSR %#x did not take %#llx", c->msr, value);
	assert_int_equal(hw_rdmsr(c->msr), value);
	assert_int_equal(hw_cpu()->refused, 0);
	assert_int_equal(hw.logged, 0);
}

/* A list ends with the first 0 behind its first value, which may be 0 itself */
static void try_case(const struct phys_case *c)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(c->bad) && (!i || c->bad[i]) && c->bad[i] != NONE; i++)
		is_refused(c, c->bad[i]);
	for (i = 0; i < ARRAY_SIZE(c->good) && (!i || c->good[i]) && c->good[i] != NONE; i++)
		is_taken(c, c->good[i]);
}

static bool has_case(const struct phys_case *cases, u32 nr, u32 msr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (cases[i].msr == msr)
			return true;
	return false;
}

/* Each row of the table has a case, and each case is a row's */
static void walk_table(const struct phys_case *own, u32 nr_own)
{
	const u32 nr_shared = ARRAY_SIZE(shared_cases);
	const struct phys_msr *row;
	u32 i, msr, rows = 0;

	for (i = 0; (row = phys_msr(i)); i++)
		for (msr = row->first; msr <= phys_msr_last(row); msr++, rows++)
			if (!has_case(own, nr_own, msr) &&
			    !has_case(shared_cases, nr_shared, msr))
				fail_msg("no case for %s, %#x", row->name, msr);
	assert_true(rows > nr_shared);
	for (i = 0; i < nr_shared; i++)
		try_case(&shared_cases[i]);
	for (i = 0; i < nr_own; i++)
		try_case(&own[i]);
}

/* The program's: whether the bitmap has writes, or reads, of an MSR exit */
static bool write_exits(u32 msr);
static bool read_exits(u32 msr);

static void check_bitmap(void)
{
	const struct phys_msr *row;
	u32 i, msr;

	for (i = 0; (row = phys_msr(i)); i++)
		for (msr = row->first; msr <= phys_msr_last(row); msr++)
			if (!write_exits(msr) || (read_exits(msr) && msr < 0x40000000))
				fail_msg("%s, %#x: its bits in the map", row->name, msr);
}

/* The lowest match of a pair, against one that tries all addresses */
static void test_pairs(void **state)
{
	u64 base, mask, from, match, expected;

	(void)state;
	for (base = 0; base < 64; base += 5)
		for (mask = 0; mask < 64; mask += 3)
			for (from = 0; from < 128; from++) {
				/* Bit 6 has to be 0: at most 64 matches */
				u64 all = mask | ~63ULL;
				bool found = next_match(base, all, from, &match);

				for (expected = from; expected < 64; expected++)
					if (!((expected ^ base) & all))
						break;
				assert_int_equal(found, expected < 64);
				if (found)
					assert_int_equal(match, expected);
			}
}

static void test_touches(void **state)
{
	(void)state;
	reset_machine();
	assert_true(vmm_memory_touches(LOW, 1));
	assert_true(vmm_memory_touches(LOW_END - 1, 1));
	assert_true(vmm_memory_touches(LOW - 1, 2));
	assert_true(vmm_memory_touches(0, ~0ULL));
	assert_true(vmm_memory_touches(HIGH + 5, 1ULL << 40));
	assert_false(vmm_memory_touches(LOW - 1, 1));
	assert_false(vmm_memory_touches(LOW_END, HIGH - LOW_END));
	assert_false(vmm_memory_touches(LOW, 0));
	assert_false(vmm_memory_touches(HIGH_END, ~0ULL - HIGH_END));
}

#endif /* PHYS_MSR_H */
