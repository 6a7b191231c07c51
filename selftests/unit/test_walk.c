// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/walk.c against a model: one rule of the manuals after another, each
 * asked by itself of a list of entries, with no thought for speed. The walker
 * folds the same rules into masks; where the two differ, one of them is wrong.
 * Besides, some cases are written out, so that a mistake common to both shows.
 */
#include "unit.h"
#include "core/cpu.h"
#include "core/paging.h"
#include "core/window.h"
#include "core/x86.h"

/*
 * The guest's RAM. It begins at a multiple of 1G, so that large leaves can map
 * it, and has holes: every eighth page.
 */
#define RAM_BASE	0x40000000ULL
#define RAM_PAGES	16
#define IS_HOLE(n)	((n) % 8 == 7)

struct uv_boot_info boot_info;
bool window_1g_pages;

static u64 ram[RAM_PAGES][512];
static u64 expected[RAM_PAGES][512];

/* Races: what a compare-exchange finds */
static u32 cmpxchg_calls;
static u32 cmpxchg_failures;		/* still to come */
static void (*cmpxchg_race)(void);	/* another CPU of the guest */

static bool is_ram(u64 addr)
{
	u64 page = (addr - RAM_BASE) / UV_PAGE_SIZE;

	return addr >= RAM_BASE && page < RAM_PAGES && !IS_HOLE(page);
}

void *window_pointer(gpa_t addr)
{
	return (char *)ram + (gpa_raw(addr) - RAM_BASE);
}

bool window_load64(gpa_t addr, u64 *value)
{
	assert_int_equal(gpa_raw(addr) % 8, 0);
	assert_true(gpa_raw(addr) < UV_WINDOW_SIZE);
	if (!is_ram(gpa_raw(addr)))
		return false;
	memcpy(value, window_pointer(addr), sizeof(*value));
	return true;
}

bool window_cmpxchg64(gpa_t addr, u64 old, u64 new)
{
	u64 *slot = window_pointer(addr);

	assert_true(is_ram(gpa_raw(addr)));
	cmpxchg_calls++;
	if (cmpxchg_race)
		cmpxchg_race();
	if (cmpxchg_failures) {
		cmpxchg_failures--;
		return false;
	}
	if (*slot != old)
		return false;
	*slot = new;
	return true;
}

static u64 random64(void)
{
	return (u64)random() << 42 ^ (u64)random() << 21 ^ (u64)random();
}

static bool one_in(u32 n)
{
	return random() % n == 0;
}

/* ---- the model ---- */

/* struct visit - an entry that the processor has used */
struct visit {
	u64 where;
	u64 value;
	int level;		/* 5: PML5E ... 1: PTE */
};

static bool bit(u64 value, int nr)
{
	return value >> nr & 1;
}

/* SDM vol. 3 section 4.5.4: what is reserved where */
static bool model_reserved(const struct guest_mmu *mmu, const struct visit *v)
{
	int low, i;

	for (i = (int)boot_info.maxphyaddr; i <= 51; i++)
		if (bit(v->value, i))
			return true;
	if (bit(v->value, 63) && !bit(mmu->efer, 11))
		return true;
	if (!bit(v->value, 7) || v->level == 1)
		return false;
	if (v->level > 3)
		return true;
	if (v->level == 3 && !window_1g_pages)
		return true;
	low = v->level == 3 ? 29 : 20;
	for (i = 13; i <= low; i++)
		if (bit(v->value, i))
			return true;
	return false;
}

static u64 model_field(u64 value, int high, int low)
{
	u64 result = 0;
	int i;

	for (i = low; i <= high; i++)
		if (bit(value, i))
			result += 1ULL << i;
	return result;
}

/* Section 4.6.1: determination of access rights; 4.6.2: protection keys */
static bool model_allowed(const struct guest_mmu *mmu, const struct visit *v,
			  int nr, enum guest_access access)
{
	bool user_page = true, writable = true, no_execute = false;
	bool supervisor = mmu->cpl < 3;
	int i, key;

	for (i = 0; i < nr; i++) {
		if (!bit(v[i].value, 2))
			user_page = false;
		if (!bit(v[i].value, 1))
			writable = false;
		if (bit(v[i].value, 63))
			no_execute = true;
	}
	if (!supervisor && !user_page)
		return false;
	if (access == GUEST_FETCH) {
		if (bit(mmu->efer, 11) && no_execute)
			return false;
		return !(supervisor && user_page && bit(mmu->cr4, 20));
	}
	if (supervisor && user_page && bit(mmu->cr4, 21) &&
	    !bit(mmu->rflags, 18))
		return false;
	if (access == GUEST_WRITE && !writable &&
	    (!supervisor || bit(mmu->cr0, 16)))
		return false;
	if (!user_page || !bit(mmu->cr4, 22))
		return true;
	key = (int)(v[nr - 1].value >> 59 & 15);
	if (bit(mmu->pkru, 2 * key))
		return false;
	return !(access == GUEST_WRITE && bit(mmu->pkru, 2 * key + 1) &&
		 (!supervisor || bit(mmu->cr0, 16)));
}

static bool model_canonical(const struct guest_mmu *mmu, u64 addr)
{
	int top = bit(mmu->cr4, 12) ? 56 : 47;
	int i;

	for (i = top + 1; i < 64; i++)
		if (bit(addr, i) != bit(addr, top))
			return false;
	return true;
}

/*
 * Return: the physical address, or -1 with no memory changed. Changes @memory
 * as the processor would.
 */
static s64 model_translate(const struct guest_mmu *mmu, u64 addr,
			   enum guest_access access, u64 memory[][512])
{
	struct visit v[5];
	u64 table = model_field(mmu->cr3, 51, 12);
	int level = bit(mmu->cr4, 12) ? 5 : 4;
	int nr = 0, low, i;
	u64 result;

	if (!bit(mmu->efer, 10) || !bit(mmu->cr0, 31) ||
	    !model_canonical(mmu, addr))
		return -1;
	for (;; level--) {
		low = 12 + 9 * (level - 1);
		v[nr].where = table + (addr >> low) % 512 * 8;
		v[nr].level = level;
		if (!is_ram(v[nr].where))
			return -1;
		v[nr].value = memory[(v[nr].where - RAM_BASE) / 4096]
				    [v[nr].where % 4096 / 8];
		if (!bit(v[nr].value, 0) || model_reserved(mmu, &v[nr]))
			return -1;
		nr++;
		if (level == 1 || bit(v[nr - 1].value, 7))
			break;
		table = model_field(v[nr - 1].value, 51, 12);
	}
	if (!model_allowed(mmu, v, nr, access))
		return -1;
	result = model_field(v[nr - 1].value, 51, low) + addr % (1ULL << low);
	if (!is_ram(result))
		return -1;
	for (i = 0; i < nr; i++) {
		u64 *entry = &memory[(v[i].where - RAM_BASE) / 4096]
				    [v[i].where % 4096 / 8];

		*entry |= 0x20;
		if (i == nr - 1 && access == GUEST_WRITE)
			*entry |= 0x40;
	}
	return (s64)result;
}

/* ---- comparison ---- */

static u32 nr_good, nr_bad;
static u32 nr_walks[WALK_BEYOND + 1];

static void compare(const struct guest_mmu *mmu, u64 addr,
		    enum guest_access access)
{
	void *host = ram;
	s64 want;
	int err;

	memcpy(expected, ram, sizeof(ram));
	want = model_translate(mmu, addr, access, expected);
	err = guest_translate(mmu, gva(addr), access, &host);
	assert_int_equal(err, want < 0 ? -EFAULT : 0);
	if (!err)
		assert_ptr_equal(host, window_pointer(gpa((u64)want)));
	else
		assert_null(host);
	assert_int_equal(memcmp(ram, expected, sizeof(ram)), 0);
	nr_good += !err;
	nr_bad += !!err;
}

/*
 * guest_walk() is the walk of a read at level 0 that no U/S, SMAP or key stops, leaves
 * all flags alone, and goes where there is no RAM.
 */
static void compare_walk(const struct guest_mmu *mmu, u64 addr)
{
	struct guest_mmu supervisor = *mmu;
	struct guest_walk walk;
	s64 want;
	u32 i;

	supervisor.cpl = 0;
	supervisor.cr4 &= ~(CR4_SMAP | CR4_PKE);
	memcpy(expected, ram, sizeof(ram));
	want = model_translate(&supervisor, addr, GUEST_READ, expected);
	memcpy(expected, ram, sizeof(ram));
	guest_walk(mmu, gva(addr), &walk);
	assert_int_equal(memcmp(ram, expected, sizeof(ram)), 0);
	if (want >= 0) {
		assert_int_equal(walk.end, WALK_MAPPED);
		assert_int_equal(gpa_raw(walk.result), want);
	} else if (walk.end == WALK_MAPPED) {
		assert_false(is_ram(gpa_raw(walk.result)));
	}
	for (i = 0; i < walk.nr; i++) {
		bool last = i == walk.nr - 1;

		if (last && walk.end == WALK_NO_TABLE) {
			assert_false(is_ram(walk.at[i]));
			continue;
		}
		assert_int_equal(walk.entry[i],
				 *(u64 *)window_pointer(gpa(walk.at[i])));
		if (!last || walk.end == WALK_MAPPED)
			assert_true(walk.entry[i] & PTE_P);
	}
	nr_walks[walk.end]++;
}

/* A page of RAM, seldom a hole or something far away */
static u64 random_page(u32 lies)
{
	u64 page = random64() % RAM_PAGES;

	if (!one_in(lies))
		return RAM_BASE + page / 8 * 8 * 4096 + page % 7 * 4096;
	switch (random() % 3) {
	case 0:
		return RAM_BASE + (page | 7) * 4096;
	case 1:
		return random64() % (1ULL << 52) & UV_PAGE_MASK;
	default:
		return (RAM_BASE | 1ULL << (31 + random() % 21));
	}
}

static u64 random_entry(u32 faults, bool large)
{
	u64 entry = PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D;

	if (large) {
		entry |= RAM_BASE | PTE_PS;
		if (one_in(4))
			entry |= BIT_ULL(12);	/* PAT */
		if (one_in(faults))
			entry ^= BIT_ULL(13 + random() % 39);
	} else {
		entry |= random_page(faults);
	}
	if (one_in(faults))
		entry &= ~PTE_P;
	if (one_in(4))
		entry &= ~PTE_RW;
	if (one_in(4))
		entry &= ~PTE_US;
	if (one_in(3))
		entry &= ~PTE_A;
	if (one_in(3))
		entry &= ~PTE_D;
	if (one_in(4))
		entry |= PTE_NX;
	if (one_in(2 * faults))
		entry |= BIT_ULL(40 + random() % 12);
	entry |= (random64() & 0xe18) |		/* ignored, PWT, PCD, G */
		 (random64() & 0x7ff) << 52;	/* ignored, protection key */
	return entry;
}

static void random_mmu(struct guest_mmu *mmu)
{
	static const u32 widths[] = { 36, 39, 40, 46, 48, 52 };

	mmu->cr0 = 0x80000001 | (one_in(2) ? BIT_ULL(16) : 0);
	mmu->cr3 = random_page(100) | (random64() & 0xfff);
	if (one_in(8))
		mmu->cr3 |= 3ULL << 61;		/* LAM, not an address */
	mmu->cr4 = 0x20 | (random64() & 0x701000);
	mmu->efer = 0x501 | (one_in(5) ? 0 : 0x800);
	mmu->rflags = 2 | (random64() & BIT_ULL(18));
	mmu->pkru = (u32)(random64() & random64() & random64());
	mmu->cpl = random() % 4;
	if (one_in(100))
		mmu->efer &= ~BIT_ULL(10);
	if (one_in(100))
		mmu->cr0 &= ~BIT_ULL(31);
	boot_info.maxphyaddr = widths[random() % ARRAY_SIZE(widths)];
	window_1g_pages = !one_in(4);
}

static u64 random_address(const struct guest_mmu *mmu)
{
	int width = mmu->cr4 & CR4_LA57 ? 57 : 48;
	u64 addr = (u64)((s64)(random64() << (64 - width)) >> (64 - width));

	if (one_in(30))
		addr ^= BIT_ULL(40 + random() % 24);
	if (one_in(20))
		return addr;
	/* Within a large leaf, hit the RAM */
	return (addr & ~0x3fffffffULL) | (random64() % (RAM_PAGES * 4096));
}

/*
 * Write a chain of random entries that @addr goes through, as far as they go.
 * @leaf_level: level of the leaf, 1 to 3
 */
static void random_tables(const struct guest_mmu *mmu, u64 addr, int leaf_level,
			  u32 faults)
{
	int level = mmu->cr4 & CR4_LA57 ? 5 : 4;
	u64 table = mmu->cr3 & PTE_ADDR_MASK;

	for (; level >= leaf_level; level--) {
		bool large = level > 1 && level == leaf_level;
		u64 entry = random_entry(faults, large);
		u64 slot = table + (addr >> (3 + 9 * level) & 511) * 8;

		if (!large && level > 1)
			entry &= ~PTE_PS;
		if (!large && one_in(faults))
			entry ^= PTE_PS;
		if (is_ram(slot))
			memcpy(window_pointer(gpa(slot)), &entry, 8);
		table = entry & PTE_ADDR_MASK;
	}
}

static void test_random_tables(void **state)
{
	struct guest_mmu mmu;
	u32 i;

	(void)state;
	srandom(2);
	nr_good = 0;
	nr_bad = 0;
	for (i = 0; i < 100000; i++) {
		enum guest_access access = random() % 3;
		u64 addr;

		random_mmu(&mmu);
		addr = random_address(&mmu);
		random_tables(&mmu, addr, 1 + random() % 3, one_in(2) ? 200 : 15);
		compare_walk(&mmu, addr);
		compare(&mmu, addr, access);
		/* Again: now the flags may be set */
		if (one_in(2))
			compare(&mmu, addr, access);
	}
	/* Both must be common, or the test says little */
	assert_true(nr_good > 30000);
	assert_true(nr_bad > 30000);
	for (i = 0; i < ARRAY_SIZE(nr_walks); i++)
		assert_true(nr_walks[i] > 20);
}

/* All bits from noise: nothing may be read outside the window */
static void test_noise(void **state)
{
	struct guest_mmu mmu;
	u32 i, j;

	(void)state;
	srandom(3);
	for (i = 0; i < 20000; i++) {
		for (j = 0; j < 64; j++)
			ram[random() % RAM_PAGES][random() % 512] = random64() | 1;
		random_mmu(&mmu);
		mmu.cr3 = one_in(2) ? random64() : mmu.cr3;
		compare(&mmu, one_in(2) ? random64() : random_address(&mmu),
			random() % 3);
	}
}

/* ---- a plain mapping, for the cases that are written out ---- */

#define VA	0x00007f1234567e10ULL
#define VA5	0x00ff7f1234567e10ULL

/* Pages of the tables by level, and the target */
#define PAGE_OF(level)	(RAM_BASE + (u64)(level) * 4096)
#define TARGET		(RAM_BASE + 8 * 4096)

static struct guest_mmu plain_mmu(u8 cpl)
{
	return (struct guest_mmu){
		.cr0 = CR0_PG | CR0_WP, .cr3 = PAGE_OF(4) | 0x18,
		.cr4 = CR4_SMEP | CR4_SMAP, .efer = EFER_LMA | EFER_NXE,
		.rflags = 2, .cpl = cpl,
	};
}

static u64 *entry_of(int level, u64 addr)
{
	return &ram[level][addr >> (3 + 9 * level) & 511];
}

/* @leaf_level 1 to 3; all flags that allow */
static void plain_tables(u64 addr, int leaf_level)
{
	int level;

	memset(ram, 0, sizeof(ram));
	boot_info.maxphyaddr = 46;
	window_1g_pages = true;
	for (level = 5; level > leaf_level; level--)
		*entry_of(level, addr) = PAGE_OF(level - 1) | 0x67;
	*entry_of(leaf_level, addr) =
		leaf_level == 1 ? TARGET | 0x67 : RAM_BASE | 0xe7;
}

static int translate(const struct guest_mmu *mmu, u64 addr,
		     enum guest_access access, void **host)
{
	return guest_translate(mmu, gva(addr), access, host);
}

static void test_plain(void **state)
{
	struct guest_mmu mmu = plain_mmu(3);
	u64 large = (VA & ~0x3fffffffULL) | 0x9123;
	void *host = NULL;

	(void)state;
	plain_tables(VA, 1);
	assert_int_equal(translate(&mmu, VA, GUEST_READ, &host), 0);
	assert_ptr_equal(host, (char *)ram[8] + 0xe10);
	assert_int_equal(translate(&mmu, VA ^ 0x1000, GUEST_READ, &host), -EFAULT);
	assert_int_equal(translate(&mmu, VA | 1ULL << 47, GUEST_READ, &host),
			 -EFAULT);
	plain_tables(large, 2);
	assert_int_equal(translate(&mmu, large, GUEST_WRITE, &host), 0);
	assert_ptr_equal(host, (char *)ram[9] + 0x123);
	plain_tables(large, 3);
	assert_int_equal(translate(&mmu, large, GUEST_FETCH, &host), 0);
	assert_ptr_equal(host, (char *)ram[9] + 0x123);
	mmu.cr4 |= CR4_LA57;
	mmu.cr3 = PAGE_OF(5);
	plain_tables(VA5, 1);
	assert_int_equal(translate(&mmu, VA5, GUEST_READ, &host), 0);
	assert_ptr_equal(host, (char *)ram[8] + 0xe10);
	mmu.cr4 &= ~CR4_LA57;
	assert_int_equal(translate(&mmu, VA5, GUEST_READ, &host), -EFAULT);
}

/* struct rule_case - one bit away from what is allowed, or that bit and its remedy */
struct rule_case {
	u64 set, clear;		/* in the leaf */
	u64 upper_set, upper_clear; /* in the PML4E */
	u64 cr4, no_cr4, no_cr0, no_efer, rflags;
	u32 pkru;
	u8 cpl;
	enum guest_access access;
	bool ok;
};

static const struct rule_case rule_cases[] = {
	{ .cpl = 3, .access = GUEST_READ, .ok = true },
	{ .cpl = 3, .access = GUEST_WRITE, .ok = true },
	{ .cpl = 3, .access = GUEST_FETCH, .ok = true },
	/* U/S: every level has a say */
	{ .clear = PTE_US, .cpl = 3, .access = GUEST_READ },
	{ .upper_clear = PTE_US, .cpl = 3, .access = GUEST_READ },
	/* SMAP and SMEP, and the page that isn't a user's */
	{ .cpl = 0, .access = GUEST_READ },
	{ .cpl = 2, .access = GUEST_WRITE },
	{ .cpl = 0, .access = GUEST_READ, .rflags = RFLAGS_AC, .ok = true },
	{ .cpl = 0, .access = GUEST_READ, .no_cr4 = CR4_SMAP, .ok = true },
	{ .cpl = 0, .access = GUEST_FETCH, .rflags = RFLAGS_AC },
	{ .cpl = 0, .access = GUEST_FETCH, .no_cr4 = CR4_SMEP, .ok = true },
	{ .cpl = 0, .access = GUEST_READ, .clear = PTE_US, .ok = true },
	{ .cpl = 1, .access = GUEST_FETCH, .upper_clear = PTE_US, .ok = true },
	/* R/W and CR0.WP */
	{ .clear = PTE_RW, .cpl = 3, .access = GUEST_READ, .ok = true },
	{ .clear = PTE_RW, .cpl = 3, .access = GUEST_WRITE },
	{ .clear = PTE_RW, .cpl = 3, .access = GUEST_WRITE, .no_cr0 = CR0_WP },
	{ .upper_clear = PTE_RW, .cpl = 3, .access = GUEST_WRITE },
	{ .clear = PTE_RW | PTE_US, .cpl = 0, .access = GUEST_WRITE },
	{ .clear = PTE_RW | PTE_US, .cpl = 0, .access = GUEST_WRITE,
	  .no_cr0 = CR0_WP, .ok = true },
	/* NX */
	{ .set = PTE_NX, .cpl = 3, .access = GUEST_READ, .ok = true },
	{ .set = PTE_NX, .cpl = 3, .access = GUEST_FETCH },
	{ .upper_set = PTE_NX, .cpl = 3, .access = GUEST_FETCH },
	{ .set = PTE_NX, .cpl = 3, .access = GUEST_READ, .no_efer = EFER_NXE },
	{ .upper_set = PTE_NX, .cpl = 3, .access = GUEST_READ,
	  .no_efer = EFER_NXE },
	/* Protection key 5: bits 10 and 11 of PKRU */
	{ .set = 5ULL << 59, .pkru = 0x400, .cr4 = CR4_PKE, .cpl = 3,
	  .access = GUEST_READ },
	{ .set = 5ULL << 59, .pkru = 0x400, .cpl = 3, .access = GUEST_READ,
	  .ok = true },
	{ .set = 5ULL << 59, .pkru = 0x400, .cr4 = CR4_PKE, .cpl = 3,
	  .access = GUEST_FETCH, .ok = true },
	{ .set = 5ULL << 59, .pkru = 0x800, .cr4 = CR4_PKE, .cpl = 3,
	  .access = GUEST_READ, .ok = true },
	{ .set = 5ULL << 59, .pkru = 0x800, .cr4 = CR4_PKE, .cpl = 3,
	  .access = GUEST_WRITE },
	{ .set = 5ULL << 59, .pkru = ~0xc00u, .cr4 = CR4_PKE, .cpl = 3,
	  .access = GUEST_WRITE, .ok = true },
	{ .set = 5ULL << 59, .pkru = 0x800, .cr4 = CR4_PKE, .cpl = 0,
	  .access = GUEST_WRITE, .rflags = RFLAGS_AC },
	{ .set = 5ULL << 59, .pkru = 0x800, .cr4 = CR4_PKE, .cpl = 0,
	  .access = GUEST_WRITE, .rflags = RFLAGS_AC, .no_cr0 = CR0_WP,
	  .ok = true },
	{ .set = 5ULL << 59, .clear = PTE_US, .pkru = ~0u, .cr4 = CR4_PKE,
	  .cpl = 0, .access = GUEST_WRITE, .ok = true },
	/* Reserved bits: behind MAXPHYADDR (46 here), PS in a PML4E */
	{ .set = BIT_ULL(46), .cpl = 3, .access = GUEST_READ },
	{ .upper_set = BIT_ULL(51), .cpl = 3, .access = GUEST_READ },
	{ .upper_set = PTE_PS, .cpl = 3, .access = GUEST_READ },
	/* Bit 7 of a PTE is PAT, 52 to 58 are ignored */
	{ .set = PTE_PS | 0x7fULL << 52, .cpl = 3, .access = GUEST_READ,
	  .ok = true },
	{ .clear = PTE_P, .cpl = 0, .access = GUEST_READ, .no_cr4 = CR4_SMAP },
	{ .no_efer = EFER_LMA, .cpl = 3, .access = GUEST_READ },
	{ .no_cr0 = CR0_PG, .cpl = 3, .access = GUEST_READ },
};

static void test_rules(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rule_cases); i++) {
		const struct rule_case *c = &rule_cases[i];
		struct guest_mmu mmu = plain_mmu(c->cpl);
		void *host;
		int err;

		mmu.cr0 &= ~c->no_cr0;
		mmu.cr4 = (mmu.cr4 | c->cr4) & ~c->no_cr4;
		mmu.efer &= ~c->no_efer;
		mmu.rflags |= c->rflags;
		mmu.pkru = c->pkru;
		plain_tables(VA, 1);
		*entry_of(1, VA) = (*entry_of(1, VA) | c->set) & ~c->clear;
		*entry_of(4, VA) = (*entry_of(4, VA) | c->upper_set) &
				   ~c->upper_clear;
		err = translate(&mmu, VA, c->access, &host);
		if (err != (c->ok ? 0 : -EFAULT))
			fail_msg("case %u: %d", i, err);
		compare(&mmu, VA, c->access);
	}
}

/* RAM's own address bits can be reserved in a test only; then nothing is left */
static void test_maxphyaddr(void **state)
{
	struct guest_mmu mmu = plain_mmu(3);
	void *host;

	(void)state;
	plain_tables(VA, 1);
	boot_info.maxphyaddr = 31;
	assert_int_equal(translate(&mmu, VA, GUEST_READ, &host), 0);
	boot_info.maxphyaddr = 30;
	assert_int_equal(translate(&mmu, VA, GUEST_READ, &host), -EFAULT);
}

static void test_large_leaf_bits(void **state)
{
	struct guest_mmu mmu = plain_mmu(3);
	u64 addr = VA & ~0x3fffffffULL;
	void *host;
	int level, i;

	(void)state;
	for (level = 2; level <= 3; level++) {
		for (i = 12; i < 12 + 9 * (level - 1); i++) {
			plain_tables(addr, level);
			*entry_of(level, addr) |= BIT_ULL(i);
			assert_int_equal(translate(&mmu, addr, GUEST_READ, &host),
					 i == 12 ? 0 : -EFAULT);
		}
	}
	plain_tables(addr, 3);
	window_1g_pages = false;
	assert_int_equal(translate(&mmu, addr, GUEST_READ, &host), -EFAULT);
	plain_tables(addr, 2);
	window_1g_pages = false;
	assert_int_equal(translate(&mmu, addr, GUEST_READ, &host), 0);
}

/* All permission bits with all modes, at each level and size of leaf */
static void all_modes(u64 addr, bool la57)
{
	struct guest_mmu mmu = plain_mmu(0);
	u32 mode;

	mmu.cr3 = PAGE_OF(la57 ? 5 : 4);
	for (mode = 0; mode < 1 << 10; mode++) {
		u32 access;

		mmu.cpl = mode & 3;
		mmu.cr0 = CR0_PG | (mode & 4 ? CR0_WP : 0);
		mmu.cr4 = (mode & 8 ? CR4_SMEP : 0) | (mode & 16 ? CR4_SMAP : 0) |
			  (mode & 32 ? CR4_PKE : 0) | (la57 ? CR4_LA57 : 0);
		mmu.efer = EFER_LMA | (mode & 64 ? EFER_NXE : 0);
		mmu.rflags = mode & 128 ? RFLAGS_AC : 0;
		mmu.pkru = mode >> 8 << 6;	/* key 3 */
		for (access = GUEST_READ; access <= GUEST_FETCH; access++)
			compare(&mmu, addr, access);
	}
}

static void test_all_modes(void **state)
{
	int leaf, level, bits;

	(void)state;
	for (leaf = 1; leaf <= 3; leaf++) {
		for (level = leaf; level <= 5; level++) {
			u64 addr = level == 5 ? VA5 : VA;

			addr = leaf > 1 ? (addr & ~0x3fffffffULL) + 0x9123 : addr;
			for (bits = 0; bits < 8; bits++) {
				plain_tables(addr, leaf);
				*entry_of(leaf, addr) |= 3ULL << 59;
				*entry_of(level, addr) ^=
					(bits & 1 ? PTE_RW : 0) |
					(bits & 2 ? PTE_US : 0) |
					(bits & 4 ? PTE_NX : 0);
				all_modes(addr, level == 5);
			}
		}
	}
}

static void test_flags_are_set(void **state)
{
	struct guest_mmu mmu = plain_mmu(3);
	void *host;
	int level;

	(void)state;
	plain_tables(VA, 1);
	for (level = 1; level <= 4; level++)
		*entry_of(level, VA) &= ~0x60ULL;
	/* A refused access leaves no trace */
	*entry_of(4, VA) &= ~PTE_RW;
	assert_int_equal(translate(&mmu, VA, GUEST_WRITE, &host), -EFAULT);
	for (level = 1; level <= 4; level++)
		assert_false(*entry_of(level, VA) & 0x60);
	*entry_of(4, VA) |= PTE_RW;
	assert_int_equal(translate(&mmu, VA, GUEST_READ, &host), 0);
	for (level = 1; level <= 4; level++)
		assert_int_equal(*entry_of(level, VA) & 0x60, 0x20);
	assert_int_equal(translate(&mmu, VA, GUEST_WRITE, &host), 0);
	assert_int_equal(*entry_of(1, VA) & 0x60, 0x60);
	assert_int_equal(*entry_of(2, VA) & 0x60, 0x20);
	/* Nothing left to set: no locked operation */
	cmpxchg_calls = 0;
	assert_int_equal(translate(&mmu, VA, GUEST_WRITE, &host), 0);
	assert_int_equal(cmpxchg_calls, 0);
}

static void test_failing_cmpxchg(void **state)
{
	struct guest_mmu mmu = plain_mmu(3);
	void *host;
	u32 n;

	(void)state;
	for (n = 0; n < 16; n++) {
		plain_tables(VA, 1);
		*entry_of(1, VA) &= ~PTE_A;
		cmpxchg_failures = n;
		assert_int_equal(translate(&mmu, VA, GUEST_READ, &host), 0);
		assert_int_equal(cmpxchg_failures, 0);
		assert_true(*entry_of(1, VA) & PTE_A);
	}
	plain_tables(VA, 1);
	*entry_of(1, VA) &= ~PTE_A;
	cmpxchg_failures = ~0u;
	cmpxchg_calls = 0;
	assert_int_equal(translate(&mmu, VA, GUEST_READ, &host), -EFAULT);
	assert_true(cmpxchg_calls < 100);
	cmpxchg_failures = 0;
}

static void race_unmap(void)
{
	*entry_of(1, VA) = 0;
}

static void race_protect(void)
{
	*entry_of(1, VA) &= ~PTE_US;
}

static void race_move(void)
{
	*entry_of(1, VA) = (TARGET + 4096) | 0x07;
	cmpxchg_race = NULL;
}

static void race_forever(void)
{
	*entry_of(1, VA) ^= BIT_ULL(9);
}

static void test_races(void **state)
{
	static const struct {
		void (*race)(void);
		int err;
	} races[] = {
		{ race_unmap, -EFAULT }, { race_protect, -EFAULT },
		{ race_move, 0 }, { race_forever, -EFAULT },
	};
	struct guest_mmu mmu = plain_mmu(3);
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(races); i++) {
		void *host = NULL;

		plain_tables(VA, 1);
		*entry_of(1, VA) &= ~(PTE_A | PTE_D);
		cmpxchg_race = races[i].race;
		assert_int_equal(translate(&mmu, VA, GUEST_WRITE, &host),
				 races[i].err);
		cmpxchg_race = NULL;
		if (races[i].err)
			assert_false(*entry_of(1, VA) & PTE_D);
		else
			assert_ptr_equal(host, (char *)ram[9] + 0xe10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_maxphyaddr),
		cmocka_unit_test(test_large_leaf_bits),
		cmocka_unit_test(test_flags_are_set),
		cmocka_unit_test(test_failing_cmpxchg),
		cmocka_unit_test(test_races),
		cmocka_unit_test(test_all_modes),
		cmocka_unit_test(test_random_tables),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
