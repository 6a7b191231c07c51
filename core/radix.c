// SPDX-License-Identifier: GPL-2.0-only
/*
 * Radix page tables. Intel SDM vol. 3 section 4.5 (paging) and 29.3 (EPT), AMD
 * APM vol. 2 sections 5.3 and 15.25 (NPT): the shape is the same in all.
 *
 * The processor may walk the tables while they change. So each entry is
 * written by one store, a new table is complete before it is linked, and
 * a table once linked stays: mapping a large range over it fills it. That also
 * bounds what a guest can take from the pool by changing its MTRRs for ever.
 * What the TLBs hold is the caller's concern.
 */
#include "core/radix.h"

#define RADIX_BITS	9
#define RADIX_ENTRIES	512

/* struct span - what is left to map */
struct span {
	u64 in;
	u64 out;
	u64 left;
	u64 flags;
	bool same;	/* one page for all of it */
};

static u32 radix_index(u64 in, u32 shift)
{
	return in >> shift & (RADIX_ENTRIES - 1);
}

static u32 radix_root_shift(const struct radix *tree)
{
	return RADIX_4K + RADIX_BITS * (tree->levels - 1);
}

/* Bit 7 is something else in the lowest level: PAT, or ignored in the EPT */
static bool is_table(u64 entry, u32 shift)
{
	return entry && shift > RADIX_4K && !(entry & RADIX_LARGE);
}

/* The processor may read the entry at any time: all of it at once */
static void set_entry(u64 *slot, u64 entry)
{
	__atomic_store_n(slot, entry, __ATOMIC_RELEASE);
}

/*
 * Replace a leaf, or nothing, by a table that maps the same: at no time does a
 * walk see another translation than before.
 */
static u64 *split(const struct radix *tree, u64 *slot, u32 shift)
{
	u32 lower = shift - RADIX_BITS;
	u64 *table = pool_alloc_page();
	u64 entry = *slot;
	u32 i;

	if (!table)
		return NULL;
	if (lower == RADIX_4K)
		entry &= ~RADIX_LARGE;
	if (entry)
		for (i = 0; i < RADIX_ENTRIES; i++)
			table[i] = entry + ((u64)i << lower);
	set_entry(slot, hpa_raw(pool_to_phys(table)) | tree->table_flags);
	return table;
}

static int descend(const struct radix *tree, u64 *slot, u32 shift,
		   u64 **table)
{
	if (is_table(*slot, shift)) {
		*table = pool_from_phys(hpa(*slot & RADIX_ADDR_MASK));
		return *table ? 0 : -EFAULT;
	}
	*table = split(tree, slot, shift);
	return *table ? 0 : -ENOMEM;
}

/* Whether the next piece can be written right here, as one entry */
static bool fits(const struct radix *tree, const struct span *span,
		 u64 entry, u32 shift)
{
	u64 size = 1ULL << shift;

	if (shift == RADIX_4K)
		return true;
	if (is_table(entry, shift))
		return false;
	if (!span->flags && !entry)
		return true;
	if (span->in % size || span->left < size)
		return false;
	if (!span->flags)
		return true;
	return shift <= tree->max_leaf && !span->same && !(span->out % size);
}

static void write_leaf(struct span *span, u64 *slot, u32 shift)
{
	u64 size = 1ULL << shift;
	u64 done = size - span->in % size;
	u64 entry = 0;

	/* Unmapping what isn't there may begin or end within an entry */
	if (done > span->left)
		done = span->left;
	if (span->flags)
		entry = span->out | span->flags;
	if (span->flags && shift > RADIX_4K)
		entry |= RADIX_LARGE;
	set_entry(slot, entry);
	span->in += done;
	span->left -= done;
	if (!span->same)
		span->out += done;
}

static int map_span(struct radix *tree, struct span *span)
{
	while (span->left) {
		u32 shift = radix_root_shift(tree);
		u64 *slot = &tree->root[radix_index(span->in, shift)];
		u64 *table;
		int err;

		while (!fits(tree, span, *slot, shift)) {
			err = descend(tree, slot, shift, &table);
			if (err)
				return err;
			shift -= RADIX_BITS;
			slot = &table[radix_index(span->in, shift)];
		}
		/* As long as it goes in this table, there is no need to walk */
		do {
			write_leaf(span, slot++, shift);
		} while (span->left && radix_index(span->in, shift) &&
			 fits(tree, span, *slot, shift));
	}
	return 0;
}

/*
 * The range must lie in one half of the input addresses, either as a physical
 * address has it or sign-extended: an address that is too long for the tables must
 * not come out as another one.
 */
static bool input_valid(const struct radix *tree, u64 in, u64 size)
{
	u32 width = radix_root_shift(tree) + RADIX_BITS;
	u64 top = in >> width;
	u64 last = in + size - 1;

	if ((in | size) % UV_PAGE_SIZE || last < in)
		return false;
	return (!top || top == ~0ULL >> width) && last >> width == top;
}

static bool output_valid(u64 out, u64 size, u64 flags)
{
	u64 last = out + size - 1;

	if (flags & (RADIX_LARGE | RADIX_ADDR_MASK))
		return false;
	return !(out % UV_PAGE_SIZE) && last >= out &&
	       !((last & UV_PAGE_MASK) & ~RADIX_ADDR_MASK);
}

static int map_checked(struct radix *tree, struct span *span)
{
	u64 out_size = span->same ? UV_PAGE_SIZE : span->left;

	if (!span->left)
		return 0;
	if (!input_valid(tree, span->in, span->left))
		return -EINVAL;
	if (span->flags && !output_valid(span->out, out_size, span->flags))
		return -EINVAL;
	return map_span(tree, span);
}

int radix_map(struct radix *tree, u64 in, hpa_t out, u64 size, u64 flags)
{
	struct span span = {
		.in = in, .out = hpa_raw(out), .left = size, .flags = flags,
	};

	return map_checked(tree, &span);
}

int radix_map_same(struct radix *tree, u64 in, hpa_t page, u64 size, u64 flags)
{
	struct span span = {
		.in = in, .out = hpa_raw(page), .left = size, .flags = flags,
		.same = true,
	};

	return map_checked(tree, &span);
}

void radix_walk(const struct radix *tree, u64 in, struct radix_walk *walk)
{
	const u64 *table = tree->root;
	u64 entry;

	walk->nr = 0;
	walk->shift = radix_root_shift(tree);
	for (;;) {
		const u64 *slot = &table[radix_index(in, walk->shift)];

		entry = READ_ONCE(*slot);
		walk->at[walk->nr] = hpa_raw(pool_to_phys(slot));
		walk->entry[walk->nr++] = entry;
		if (!is_table(entry, walk->shift))
			break;
		table = pool_from_phys(hpa(entry & RADIX_ADDR_MASK));
		if (!table) {
			walk->entry[walk->nr - 1] = 0;
			break;
		}
		walk->shift -= RADIX_BITS;
	}
}

u64 radix_lookup(const struct radix *tree, u64 in, u32 *shift)
{
	struct radix_walk walk;

	radix_walk(tree, in, &walk);
	*shift = walk.shift;
	return walk.entry[walk.nr - 1];
}
