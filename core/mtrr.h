/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the MTRRs say of a physical address: Intel SDM vol. 3 section 11.11. Pure
 * functions of a saved set of registers, for the EPT and for the unit tests.
 */
#ifndef CORE_MTRR_H
#define CORE_MTRR_H

#include "core/boot.h"

#define MSR_IA32_MTRRCAP		0xfe
#define MSR_IA32_MTRR_PHYSBASE0		0x200
#define MSR_IA32_MTRR_FIX64K_00000	0x250
#define MSR_IA32_MTRR_FIX16K_80000	0x258
#define MSR_IA32_MTRR_FIX16K_A0000	0x259
#define MSR_IA32_MTRR_FIX4K_C0000	0x268
#define MSR_IA32_MTRR_DEF_TYPE		0x2ff

#define MTRRCAP_VCNT			0xff
#define MTRRCAP_FIX			BIT_ULL(8)
#define MTRR_DEF_FE			BIT_ULL(10)
#define MTRR_DEF_E			BIT_ULL(11)
#define MTRR_MASK_VALID			BIT_ULL(11)
#define MTRR_TYPE_MASK			0xff

#define MTRR_NR_FIXED			11

/*
 * Places where types may change: as many as a set without holes in its masks has (88 from
 * the fixed ranges, two from each variable one), and to spare. With holes there can be
 * one in each page, and only a guest that means harm makes so many.
 */
#define MTRR_STEPS_MAX			256

enum memory_type {
	MEMORY_UC = 0,
	MEMORY_WC = 1,
	MEMORY_WT = 4,
	MEMORY_WP = 5,
	MEMORY_WB = 6,
};

/**
 * struct mtrr_set - a CPU's MTRRs
 * @present: whether the CPU has any (CPUID.1:EDX.MTRR)
 * @cap: IA32_MTRRCAP
 * @def_type: IA32_MTRR_DEF_TYPE
 * @fixed: FIX64K_00000, FIX16K_80000 and _A0000, FIX4K_C0000 to _F8000
 * @variable: IA32_MTRR_PHYSBASE and PHYSMASK; those behind the CPU's number are 0
 */
struct mtrr_set {
	bool present;
	u64 cap;
	u64 def_type;
	u64 fixed[MTRR_NR_FIXED];
	struct {
		u64 base;
		u64 mask;
	} variable[UV_MTRR_VARIABLE];
};

/**
 * mtrr_is_msr() - whether an MSR is one of a set's, IA32_MTRRCAP left out
 */
bool mtrr_is_msr(u32 msr);

/**
 * mtrr_fixed_msr() - number of a fixed-range MSR
 * @index: of struct mtrr_set's fixed
 */
u32 mtrr_fixed_msr(u32 index);

/**
 * mtrr_type() - the memory type of an address
 * @set: the registers
 * @addr: physical address
 * @maxphyaddr: physical address width, bits
 * @end: set to where the type may change next, at least @addr + 1 and at a multiple of
 *	4 KiB; 0 if it doesn't below 2^64
 *
 * By the rules of section 11.11.4.1: fixed ranges before variable ones, UC before all
 * others, WT before WB, the default type where nothing matches, UC everywhere while
 * the MTRRs are off. Other overlaps are undefined: UC, the safe choice.
 */
enum memory_type mtrr_type(const struct mtrr_set *set, u64 addr, u32 maxphyaddr,
			   u64 *end);

/**
 * mtrr_run() - the memory type of an address, and how far it reaches
 * @limit: an address behind @addr
 * @end: set to the end of the run, @limit at most; or to where MTRR_STEPS_MAX places had
 *	been looked at: then another run of the same type may follow
 */
enum memory_type mtrr_run(const struct mtrr_set *set, u64 addr, u64 limit,
			  u32 maxphyaddr, u64 *end);

#endif /* CORE_MTRR_H */
