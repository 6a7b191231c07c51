/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MSRs that hold a physical address which the CPU, or the hypervisor beneath, then uses
 * past the nested page tables, and those that decide where a physical access goes. By one
 * of them level 0 could put a device, or a table of its own, in the place of the VMM's
 * memory. They exit on writes only.
 */
#ifndef CORE_PHYS_MSR_H
#define CORE_PHYS_MSR_H

#include "core/types.h"

enum phys_form {
	PHYS_RANGE,		/* a base, and a size */
	PHYS_PAIR_BASE,		/* address & mask == base & mask; the mask is another MSR */
	PHYS_PAIR_MASK,		/* that other one */
	PHYS_BORDER,		/* what lies between the old value and the new changes hands */
	PHYS_BITS,		/* bits that route or encrypt: they stay as they are */
	PHYS_NEVER,		/* nothing to compare, and Linux writes none of them */
};

/**
 * struct phys_msr - such an MSR
 * @name: the manual's
 * @first: its number
 * @last: the last one's, where several in a row are alike; else 0
 * @form: what it holds
 * @address: bits of the value that are the address, or the mask, or that may not change
 * @enable: bits that have to be set for it to count, in the mask of a pair; 0: always
 * @size: bytes, of PHYS_RANGE
 * @other: the other MSR of a pair
 * @range: in place of @address and @size where they are not enough: sets @start and @size,
 *	a size of 0 being none and ~0ULL all there is
 */
struct phys_msr {
	const char *name;
	u32 first;
	u32 last;
	enum phys_form form;
	u64 address;
	u64 enable;
	u64 size;
	u32 other;
	void (*range)(u64 value, u64 *start, u64 *size);
};

/* A whole value but for the offset in a page: what reserved bits mean is not our business */
#define PHYS_PAGE	GENMASK_ULL(63, 12)
/* The same of a register whose upper bits are reserved */
#define PHYS_PAGE_52	GENMASK_ULL(51, 12)

/* The backend's own MSRs, in svm/msr.c and vmx/msr.c */
extern const struct phys_msr backend_phys_msrs[];
extern const u32 backend_nr_phys_msrs;

/**
 * phys_msr() - iterate over the table, those of the backend behind those of all
 * @index: which, from 0
 * Return: the row, NULL behind the last one.
 */
const struct phys_msr *phys_msr(u32 index);

/* The last number of a row */
static inline u32 phys_msr_last(const struct phys_msr *row)
{
	return row->last ? row->last : row->first;
}

/**
 * phys_msr_write() - carry out the guest's WRMSR, if it does the VMM's memory no harm
 * @msr: any MSR, in the table or not
 * @value: the guest's
 *
 * A write that touches the VMM's memory is logged and counted.
 *
 * Context: root mode, for an exit of this CPU.
 * Return: whether it was carried out; else it is #GP in the guest.
 */
bool phys_msr_write(u32 msr, u64 value);

#endif /* CORE_PHYS_MSR_H */
