/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Radix page tables: one builder for the VMM's own tables, the NPT and the EPT. The
 * three differ in the flags of their entries only: bit 7 makes a 2M or 1G leaf
 * in each, and a zero entry is absent in each.
 */
#ifndef CORE_RADIX_H
#define CORE_RADIX_H

#include "core/addr.h"
#include "core/errno.h"

#define RADIX_LARGE	BIT_ULL(7)
#define RADIX_ADDR_MASK	GENMASK_ULL(51, 12)

/* Leaf sizes that may be used, as the largest shift */
#define RADIX_4K	12
#define RADIX_2M	21
#define RADIX_1G	30

/**
 * struct radix - a tree of tables
 * @root: the root table, an address the VMM can use
 * @levels: 4 or 5
 * @table_flags: flags of entries that point to a table
 * @max_leaf: largest leaf's shift: RADIX_4K, RADIX_2M or RADIX_1G
 */
struct radix {
	u64 *root;
	u32 levels;
	u32 max_leaf;
	u64 table_flags;
};

/**
 * radix_map() - map a range, over whatever is there
 * @tree: the tables
 * @in: input address (guest-physical or VMM-virtual), page-aligned
 * @out: output address, page-aligned
 * @size: bytes, whole pages
 * @flags: flags of the leaf entries, without RADIX_LARGE; 0 unmaps
 *
 * Uses the largest leaves that alignment and @max_leaf allow; splits a larger
 * leaf that is there where the new range covers a part of it. Tables come from
 * the pool; none is ever given back.
 *
 * Return: 0, -EINVAL for alignment, -ENOMEM when the pool is empty (what was mapped so far
 * stays).
 */
int radix_map(struct radix *tree, u64 in, hpa_t out, u64 size, u64 flags);

/**
 * radix_map_same() - map a range of input addresses to one and the same page
 */
int radix_map_same(struct radix *tree, u64 in, hpa_t page, u64 size, u64 flags);

/**
 * radix_lookup() - the leaf entry that maps an address
 * @shift: set to the leaf's shift
 * Return: the entry, 0 if there is none.
 */
u64 radix_lookup(const struct radix *tree, u64 in, u32 *shift);

#define RADIX_LEVELS	5

/**
 * struct radix_walk - the entries that map an address, the root's first
 * @nr: how many, at least 1; the last one is a leaf or 0
 * @at: host-physical addresses of the entries
 * @entry: their values
 * @shift: of the last one: a page has 2^shift bytes
 */
struct radix_walk {
	u32 nr;
	u32 shift;
	u64 at[RADIX_LEVELS];
	u64 entry[RADIX_LEVELS];
};

/**
 * radix_walk() - look an address up, step by step
 * @in: an address of at most as many bits as the tables translate; more are ignored
 */
void radix_walk(const struct radix *tree, u64 in, struct radix_walk *walk);

/* The pool of zeroed pages: core/pool.c in the VMM, a mock in the unit tests */
void *pool_alloc_page(void);
hpa_t pool_to_phys(const void *page);
void *pool_from_phys(hpa_t addr);
u64 pool_used_bytes(void);

#endif /* CORE_RADIX_H */
