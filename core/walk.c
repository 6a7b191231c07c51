// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's page tables, walked as the processor does: Intel SDM vol. 3
 * sections 4.5 to 4.8, AMD APM vol. 2 sections 5.3 to 5.6. A VM call with a
 * name goes through here once, so the path that finds the accessed flags
 * set is kept short: every rule that an entry can break by itself is one
 * compare a level, with masks worked out beforehand.
 *
 * The tables are the guest's and may change at any time. Each entry is read
 * once, an address in it leads into the window or nowhere, and a hole in the
 * window reads as an entry that isn't present.
 *
 * The window has all of the guest's RAM, the kernel's too, and the CPU may run on past
 * a check that fails. So the check of an entry is also a mask of the address that is
 * made of it: what an entry that fails points to is not loaded, and a large page isn't
 * taken for a table. Behind the walk is a barrier, for what is checked once.
 *
 * Not followed: linear-address masking (a tagged pointer isn't canonical here) and
 * keys for supervisor pages (PKRS), which Linux has no use for.
 */
#include "core/cpu.h"
#include "core/nospec.h"
#include "core/paging.h"
#include "core/window.h"
#include "core/x86.h"

/* A guest that changes entries faster than they can be marked gets no more tries */
#define MARK_TRIES	16

#define SHIFT_PML5E	48
#define SHIFT_PML4E	39
#define SHIFT_PDPTE	30
#define SHIFT_PDE	21
#define SHIFT_PTE	12

/**
 * struct rules - what this access asks of the entries
 * @need: bits that must be set at every level
 * @bad: bits that must be clear at every level: reserved, or forbidding
 * @leaf_flags: what the processor sets in the leaf
 * @pkru: the guest's PKRU
 * @pkru_deny: bits of a key in PKRU that forbid the access, 0 where keys don't apply
 * @no_user_page: whether the access may not be to a user page at all
 */
struct rules {
	u64 need;
	u64 bad;
	u64 leaf_flags;
	u32 pkru;
	u32 pkru_deny;
	bool no_user_page;
};

/**
 * struct leaf - where a walk ended
 * @entry: the leaf entry
 * @mask: all ones if its check said so, 0 where the walk goes on by mistake
 * @common: bits set at every level
 * @at: guest-physical address that is translated to, below UV_WINDOW_SIZE
 */
struct leaf {
	u64 entry;
	u64 mask;
	u64 common;
	u64 at;
};

/* struct trail - the entries that a walk went through, for marking them */
struct trail {
	u64 at[GUEST_WALK_LEVELS];	/* guest-physical addresses */
	u64 entry[GUEST_WALK_LEVELS];
	u32 nr;
};

/*
 * Physical address bits that the processor hasn't got are reserved (SDM vol. 3
 * table 4-14 ff.). RAM above the window there is none, so those bits can be refused with
 * them, and every address that passes is one in the window.
 */
static __always_inline u64 bad_address_bits(void)
{
	return (~0ULL << boot_info.maxphyaddr | ~(UV_WINDOW_SIZE - 1)) &
	       PTE_ADDR_MASK;
}

/* SDM vol. 3 section 4.6: access rights */
static __always_inline void make_rules(struct rules *rules,
				       const struct guest_mmu *mmu,
				       enum guest_access access)
{
	bool user = mmu->cpl == 3;
	bool checks_rw = user || mmu->cr0 & CR0_WP;
	bool write = access == GUEST_WRITE;
	bool fetch = access == GUEST_FETCH;

	rules->need = PTE_P | (user ? PTE_US : 0) |
		      (write && checks_rw ? PTE_RW : 0);
	/* Without EFER.NXE the bit is reserved; with it, it forbids fetches */
	rules->bad = bad_address_bits() |
		     (fetch || !(mmu->efer & EFER_NXE) ? PTE_NX : 0);
	rules->leaf_flags = PTE_A | (write ? PTE_D : 0);
	/* SMEP has no escape; SMAP lets pass what the guest made with AC set */
	if (fetch)
		rules->no_user_page = !user && mmu->cr4 & CR4_SMEP;
	else
		rules->no_user_page = !user && mmu->cr4 & CR4_SMAP &&
				      !(mmu->rflags & RFLAGS_AC);
	rules->pkru = mmu->pkru;
	rules->pkru_deny = 0;
	if (mmu->cr4 & CR4_PKE && !fetch)
		rules->pkru_deny = PKRU_AD |
				   (write && checks_rw ? PKRU_WD : 0);
}

/* Bits 63 down to the highest that is translated must be equal */
static __always_inline bool canonical(u64 addr, u32 width)
{
	return (u64)((s64)(addr << (64 - width)) >> (64 - width)) == addr;
}

/*
 * One level: replace @entry, or CR3, by the entry of the table that it points to.
 * @addr: linear address; @bad: bits reserved at this level besides the rules' own
 */
static __always_inline bool next_entry(const struct rules *rules, u64 addr,
				       u32 shift, u64 bad, struct leaf *leaf,
				       struct trail *trail)
{
	u64 index = addr >> shift & (PTES_PER_TABLE - 1);
	/* Masked, so that a wrong path leads neither out of the window nor far in it */
	u64 at = (leaf->entry & leaf->mask & WINDOW_PAGE_MASK) |
		 index * sizeof(u64);
	u64 entry = window_fetch64(at);

	leaf->entry = entry;
	leaf->common &= entry;
	if (trail) {
		trail->at[trail->nr] = at;
		trail->entry[trail->nr++] = entry;
	}
	return nospec_equal(entry & (rules->need | rules->bad | bad),
			    rules->need, &leaf->mask);
}

/* The rules that hang on the leaf, or on all levels together */
static __always_inline bool finish(const struct rules *rules, u64 addr,
				   u32 shift, struct leaf *leaf)
{
	u64 offset_mask = (1ULL << shift) - 1;
	u32 key;

	/* Bit 12 of a large leaf is PAT, those up to its alignment are reserved */
	if (leaf->entry & offset_mask & PTE_ADDR_MASK & ~BIT_ULL(12))
		return false;
	leaf->at = ((leaf->entry & WINDOW_PAGE_MASK & ~offset_mask) |
		    (addr & offset_mask)) & leaf->mask;
	if (!(leaf->common & PTE_US))
		return true;
	if (rules->no_user_page)
		return false;
	if (!rules->pkru_deny)
		return true;
	key = leaf->entry >> PTE_PKEY_SHIFT & PTE_PKEY_MASK;
	return !(rules->pkru >> (2 * key) & rules->pkru_deny);
}

/*
 * An entry isn't a table's: is it a large page's? PTE_PS was among what the first check
 * refused, so that on a wrong path no bytes of such a page are taken for entries.
 */
static __always_inline bool finish_large(const struct rules *rules, u64 addr,
					 u32 shift, struct leaf *leaf)
{
	return nospec_equal(leaf->entry & (rules->need | rules->bad | PTE_PS),
			    rules->need | PTE_PS, &leaf->mask) &&
	       finish(rules, addr, shift, leaf);
}

static __always_inline bool walk(const struct rules *rules,
				 const struct guest_mmu *mmu, u64 addr,
				 struct leaf *leaf, struct trail *trail)
{
	/* A root behind the window isn't RAM; other high bits of CR3 are flags */
	if (mmu->cr3 & bad_address_bits())
		return false;
	leaf->entry = mmu->cr3;
	leaf->mask = ~0ULL;
	leaf->common = ~0ULL;
	if (!(mmu->cr4 & CR4_LA57)) {
		if (!canonical(addr, 48))
			return false;
	} else if (!canonical(addr, 57) ||
		   !next_entry(rules, addr, SHIFT_PML5E, PTE_PS, leaf, trail)) {
		return false;
	}
	if (!next_entry(rules, addr, SHIFT_PML4E, PTE_PS, leaf, trail))
		return false;
	if (!next_entry(rules, addr, SHIFT_PDPTE, PTE_PS, leaf, trail))
		return window_1g_pages &&
		       finish_large(rules, addr, SHIFT_PDPTE, leaf);
	if (!next_entry(rules, addr, SHIFT_PDE, PTE_PS, leaf, trail))
		return finish_large(rules, addr, SHIFT_PDE, leaf);
	return next_entry(rules, addr, SHIFT_PTE, 0, leaf, trail) &&
	       finish(rules, addr, SHIFT_PTE, leaf);
}

/*
 * Set the accessed flags, and the dirty flag for a write, each only if its entry
 * is still as the walk saw it (SDM vol. 3 section 4.8: by locked operations).
 */
static bool mark_trail(const struct rules *rules, const struct trail *trail)
{
	u32 i;

	for (i = 0; i < trail->nr; i++) {
		u64 old = trail->entry[i];
		u64 new = old | PTE_A;

		if (i == trail->nr - 1)
			new |= rules->leaf_flags;
		if (new != old &&
		    !window_cmpxchg64(gpa(trail->at[i]), old, new))
			return false;
	}
	return true;
}

/*
 * The long way, for a page that hasn't been touched yet. If an entry changes
 * meanwhile, all that was checked is void, and the walk begins anew.
 */
static noinline int translate_and_mark(const struct guest_mmu *mmu, u64 addr,
				       enum guest_access access, void **host)
{
	struct rules rules;
	struct trail trail;
	struct leaf leaf;
	u32 try;

	make_rules(&rules, mmu, access);
	for (try = 0; try < MARK_TRIES; try++) {
		trail.nr = 0;
		if (!walk(&rules, mmu, addr, &leaf, &trail))
			return -EFAULT;
		*host = window_touch(leaf.at);
		if (!*host)
			return -EFAULT;
		if (mark_trail(&rules, &trail))
			return 0;
	}
	return -EFAULT;
}

static __always_inline int translate(const struct guest_mmu *mmu, u64 addr,
				     enum guest_access access, void **host)
{
	struct rules rules;
	struct leaf leaf;

	if (!(mmu->efer & EFER_LMA) || !(mmu->cr0 & CR0_PG))
		return -EFAULT;
	make_rules(&rules, mmu, access);
	if (!walk(&rules, mmu, addr, &leaf, NULL))
		return -EFAULT;
	if (unlikely(~leaf.common & PTE_A || ~leaf.entry & rules.leaf_flags))
		return translate_and_mark(mmu, addr, access, host);
	/* Pages of the window are there or not by 4K: a byte stands for all */
	*host = window_touch(leaf.at);
	return *host ? 0 : -EFAULT;
}

int guest_translate(const struct guest_mmu *mmu, gva_t addr,
		    enum guest_access access, void **host)
{
	int err;

	/* A copy of its own for the access that every look-up makes */
	if (likely(access == GUEST_READ))
		err = translate(mmu, gva_raw(addr), GUEST_READ, host);
	else
		err = translate(mmu, gva_raw(addr), access, host);
	/* For a caller that goes on by mistake: nothing is mapped there */
	if (err)
		*host = NULL;
	nospec_barrier();
	return err;
}

/* Why a walk in long mode ended early */
static enum guest_walk_end walk_end(const struct rules *rules,
				    const struct guest_mmu *mmu, u64 addr,
				    const struct trail *trail)
{
	u64 beyond = ~(UV_WINDOW_SIZE - 1) & ~(~0ULL << boot_info.maxphyaddr);
	u64 last, value;

	if (!canonical(addr, mmu->cr4 & CR4_LA57 ? 57 : 48))
		return WALK_NOT_CANONICAL;
	if (!trail->nr)
		return WALK_BAD_ROOT;
	last = trail->entry[trail->nr - 1];
	if (!last && !window_load64(gpa(trail->at[trail->nr - 1]), &value))
		return WALK_NO_TABLE;
	if (!(last & PTE_P))
		return WALK_NOT_PRESENT;
	if (last & rules->bad && !(last & rules->bad & ~beyond))
		return WALK_BEYOND;
	return WALK_RESERVED;
}

void guest_walk(const struct guest_mmu *mmu, gva_t addr,
		struct guest_walk *out)
{
	u32 levels = mmu->cr4 & CR4_LA57 ? 5 : 4;
	struct guest_mmu supervisor = *mmu;
	struct trail trail = { .nr = 0 };
	struct rules rules;
	struct leaf leaf;
	u32 i;

	*out = (struct guest_walk) { .end = WALK_NOT_LONG_MODE };
	if (!(mmu->efer & EFER_LMA) || !(mmu->cr0 & CR0_PG))
		return;
	supervisor.cpl = 0;
	supervisor.cr4 &= ~(CR4_SMAP | CR4_PKE);
	make_rules(&rules, &supervisor, GUEST_READ);
	if (walk(&rules, &supervisor, gva_raw(addr), &leaf, &trail)) {
		out->end = WALK_MAPPED;
		out->result = gpa(leaf.at);
	} else {
		out->end = walk_end(&rules, mmu, gva_raw(addr), &trail);
	}
	out->nr = trail.nr;
	out->shift = SHIFT_PTE + 9 * (levels - trail.nr);
	for (i = 0; i < trail.nr; i++) {
		out->at[i] = trail.at[i];
		out->entry[i] = trail.entry[i];
	}
}
