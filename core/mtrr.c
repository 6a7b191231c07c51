// SPDX-License-Identifier: GPL-2.0-only
/* The MTRRs' say on memory types. See core/mtrr.h. */
#include "core/mtrr.h"
#include "core/addr.h"

#define FIXED_END	0x100000ULL
#define FIXED_16K_START	0x80000ULL
#define FIXED_4K_START	0xc0000ULL

bool mtrr_is_msr(u32 msr)
{
	u32 i;

	if (msr == MSR_IA32_MTRR_DEF_TYPE)
		return true;
	if (msr >= MSR_IA32_MTRR_PHYSBASE0 &&
	    msr < MSR_IA32_MTRR_PHYSBASE0 + 2 * UV_MTRR_VARIABLE)
		return true;
	for (i = 0; i < MTRR_NR_FIXED; i++)
		if (msr == mtrr_fixed_msr(i))
			return true;
	return false;
}

u32 mtrr_fixed_msr(u32 index)
{
	if (index == 0)
		return MSR_IA32_MTRR_FIX64K_00000;
	if (index < 3)
		return MSR_IA32_MTRR_FIX16K_80000 + index - 1;
	return MSR_IA32_MTRR_FIX4K_C0000 + index - 3;
}

/* A byte an address range: 8 of 64K, 16 of 16K, 64 of 4K (section 11.11.2.2) */
static enum memory_type fixed_type(const struct mtrr_set *set, u64 addr, u64 *end)
{
	u32 shift, byte;
	u64 start;

	if (addr < FIXED_16K_START) {
		shift = 16;
		byte = 0;
		start = 0;
	} else if (addr < FIXED_4K_START) {
		shift = 14;
		byte = 8;
		start = FIXED_16K_START;
	} else {
		shift = 12;
		byte = 24;
		start = FIXED_4K_START;
	}
	byte += (u32)((addr - start) >> shift);
	*end = ((addr >> shift) + 1) << shift;
	return set->fixed[byte / 8] >> (8 * (byte % 8)) & MTRR_TYPE_MASK;
}

/*
 * The lowest address at or above @addr that a variable range matches, 0 if there is
 * none (then @addr isn't 0: the base itself would be one). A mask may have holes
 * (section 11.11.3.1), so this is arithmetic on bits.
 */
static u64 next_match(u64 base, u64 mask, u64 addr)
{
	u64 different = (addr ^ base) & mask;
	u64 low;

	if (!different)
		return addr;
	/* The highest bit that differs, and all below it */
	low = ~0ULL >> __builtin_clzll(different);
	if (base & (low ^ low >> 1))
		return (addr & ~low) | (base & low);
	/* Count up in the bits above it that the mask leaves free */
	addr = (addr | mask | low) + 1;
	if (!addr)
		return 0;
	return (addr & ~mask & ~low) | base;
}

/* Whether a range matches; @end comes down to where that may change */
static bool variable_matches(u64 base, u64 mask, u64 addr, u64 *end)
{
	u64 next = next_match(base, mask, addr);
	bool match = next == addr;

	if (match)
		/* Below the lowest bit of the mask all addresses are alike */
		next = (addr | ((mask & -mask) - 1)) + 1;
	if (next - 1 < *end - 1)
		*end = next;
	return match;
}

/* Section 11.11.4.1, for two ranges that both match */
static enum memory_type combine(enum memory_type a, enum memory_type b)
{
	if (a == b)
		return a;
	if ((a == MEMORY_WT && b == MEMORY_WB) ||
	    (a == MEMORY_WB && b == MEMORY_WT))
		return MEMORY_WT;
	return MEMORY_UC;
}

static enum memory_type variable_type(const struct mtrr_set *set, u64 addr,
				      u32 maxphyaddr, u64 *end)
{
	u64 bits = ((1ULL << maxphyaddr) - 1) & UV_PAGE_MASK;
	enum memory_type type = set->def_type & MTRR_TYPE_MASK;
	bool found = false;
	u32 i;

	for (i = 0; i < UV_MTRR_VARIABLE; i++) {
		u64 mask = set->variable[i].mask & bits;
		u64 base = set->variable[i].base & mask;
		enum memory_type own;

		if (!(set->variable[i].mask & MTRR_MASK_VALID))
			continue;
		/* An empty mask matches everything, up to the end */
		if (mask && !variable_matches(base, mask, addr, end))
			continue;
		own = set->variable[i].base & MTRR_TYPE_MASK;
		type = found ? combine(type, own) : own;
		found = true;
	}
	return type;
}

/* A type that the CPU doesn't define can't have been written: UC, to be safe */
static enum memory_type defined(enum memory_type type)
{
	switch (type) {
	case MEMORY_WC: case MEMORY_WT: case MEMORY_WP: case MEMORY_WB:
		return type;
	default:
		return MEMORY_UC;
	}
}

enum memory_type mtrr_type(const struct mtrr_set *set, u64 addr, u32 maxphyaddr,
			   u64 *end)
{
	*end = 0;
	/* Without MTRRs the page tables' PCD and PWT decide alone */
	if (!set->present)
		return MEMORY_WB;
	if (!(set->def_type & MTRR_DEF_E))
		return MEMORY_UC;
	if (addr < FIXED_END && set->cap & MTRRCAP_FIX &&
	    set->def_type & MTRR_DEF_FE)
		return defined(fixed_type(set, addr, end));
	return defined(variable_type(set, addr, maxphyaddr, end));
}

enum memory_type mtrr_run(const struct mtrr_set *set, u64 addr, u64 limit,
			  u32 maxphyaddr, u64 *end)
{
	enum memory_type type = mtrr_type(set, addr, maxphyaddr, end);
	u32 steps = 0;
	u64 next;

	while (*end && *end < limit && steps++ < MTRR_STEPS_MAX &&
	       mtrr_type(set, *end, maxphyaddr, &next) == type)
		*end = next;
	if (!*end || *end > limit)
		*end = limit;
	return type;
}
