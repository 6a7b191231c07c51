// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/mtrr.c: tables as machines have them, the rules for overlaps one by one, and
 * random sets against a model that looks at one page at a time.
 */
#include "unit.h"
#include "core/mtrr.h"

#define KB		1024ULL
#define MB		(1024 * KB)
#define GB		(1024 * MB)
#define PAGE		4096ULL
#define E		MTRR_DEF_E
#define FE		MTRR_DEF_FE
#define WB_ALL		0x0606060606060606ULL

static struct mtrr_set set;
static u32 width;

static void start(u32 maxphyaddr, u64 def_type)
{
	memset(&set, 0, sizeof(set));
	set.present = true;
	set.cap = MTRRCAP_FIX | 10;
	set.def_type = def_type;
	width = maxphyaddr;
}

static void add(u32 i, u64 base, u64 size, u64 type)
{
	u64 mask = ((1ULL << width) - 1) & ~(size - 1);

	set.variable[i].base = base | type;
	set.variable[i].mask = mask | MTRR_MASK_VALID;
}

/* A PC's: ROM and video memory below 1M */
static void add_pc_fixed(void)
{
	u32 i;

	set.fixed[0] = WB_ALL;
	set.fixed[1] = WB_ALL;
	set.fixed[2] = 0;
	for (i = 3; i < MTRR_NR_FIXED; i++)
		set.fixed[i] = 0x0505050505050505ULL;
}

static void expect_run(u64 addr, u64 end, enum memory_type type)
{
	u64 found;

	assert_int_equal(mtrr_run(&set, addr, 1ULL << width, width, &found),
			 type);
	assert_int_equal(found, end);
}

static void test_off(void **state)
{
	(void)state;
	start(40, 6);
	add(0, 0, 4 * GB, 6);
	expect_run(0, 1ULL << 40, MEMORY_UC);
	set.present = false;
	expect_run(0, 1ULL << 40, MEMORY_WB);
}

/* QEMU and Bochs: all WB but the hole below 4G */
static void test_hole(void **state)
{
	(void)state;
	start(40, E | FE | 6);
	add_pc_fixed();
	add(0, 3 * GB, GB, 0);
	expect_run(0, 640 * KB, MEMORY_WB);
	expect_run(640 * KB, 768 * KB, MEMORY_UC);
	expect_run(768 * KB, MB, MEMORY_WP);
	expect_run(MB, 3 * GB, MEMORY_WB);
	expect_run(3 * GB, 4 * GB, MEMORY_UC);
	expect_run(4 * GB, 1ULL << 40, MEMORY_WB);
}

/* An older desktop: UC by default, RAM by WB ranges with a UC one inside */
static void test_uc_default(void **state)
{
	(void)state;
	start(36, E | FE);
	add_pc_fixed();
	add(0, 0, 4 * GB, 6);
	add(1, 0xd0000000, 256 * MB, 0);
	add(2, 0xe0000000, 512 * MB, 0);
	add(3, 0xcf800000, 8 * MB, 0);
	add(4, 4 * GB, 4 * GB, 6);
	add(5, 8 * GB, 512 * MB, 6);
	add(6, 0x21f800000, 8 * MB, 0);
	expect_run(MB, 0xcf800000, MEMORY_WB);
	expect_run(0xcf800000, 4 * GB, MEMORY_UC);
	expect_run(4 * GB, 0x21f800000, MEMORY_WB);
	expect_run(0x21f800000, 1ULL << 36, MEMORY_UC);
}

/* A laptop with a frame buffer, write-combining over the default */
static void test_frame_buffer(void **state)
{
	(void)state;
	start(39, E | 6);
	add_pc_fixed();
	add(0, 2 * GB, 2 * GB, 0);
	add(1, 0x4000000000, 256 * MB, 1);
	expect_run(0, 2 * GB, MEMORY_WB);
	expect_run(2 * GB, 4 * GB, MEMORY_UC);
	expect_run(4 * GB, 0x4000000000, MEMORY_WB);
	expect_run(0x4000000000, 0x4010000000, MEMORY_WC);
	expect_run(0x4010000000, 1ULL << 39, MEMORY_WB);
}

static enum memory_type overlap(u64 a, u64 b)
{
	u64 end;

	start(36, E | 5);
	add(0, 16 * MB, 16 * MB, a);
	add(1, 16 * MB, 4 * MB, b);
	return mtrr_type(&set, 17 * MB, 36, &end);
}

static void test_overlaps(void **state)
{
	(void)state;
	assert_int_equal(overlap(6, 0), MEMORY_UC);
	assert_int_equal(overlap(0, 6), MEMORY_UC);
	assert_int_equal(overlap(6, 4), MEMORY_WT);
	assert_int_equal(overlap(4, 6), MEMORY_WT);
	assert_int_equal(overlap(1, 1), MEMORY_WC);
	assert_int_equal(overlap(0, 1), MEMORY_UC);
	/* Undefined by the manual: the safe choice */
	assert_int_equal(overlap(1, 6), MEMORY_UC);
	assert_int_equal(overlap(5, 4), MEMORY_UC);
}

static void test_fixed_precedence(void **state)
{
	(void)state;
	start(36, E | FE);
	add_pc_fixed();
	add(0, 0, 4 * GB, 0);
	expect_run(0, 640 * KB, MEMORY_WB);
	set.def_type = E;		/* fixed ranges off */
	expect_run(0, 1ULL << 36, MEMORY_UC);
	set.def_type = E | FE;
	set.cap = 10;			/* none there */
	expect_run(0, 1ULL << 36, MEMORY_UC);
}

static void test_fixed_granules(void **state)
{
	u32 i;

	(void)state;
	start(36, E | FE | 6);
	for (i = 0; i < MTRR_NR_FIXED; i++)
		set.fixed[i] = 0x0600060006000600ULL;
	for (i = 0; i < 8; i++)
		expect_run(i * 64 * KB, (i + 1) * 64 * KB, i % 2 ? 6 : 0);
	for (i = 0; i < 16; i++)
		expect_run(512 * KB + i * 16 * KB, 512 * KB + (i + 1) * 16 * KB,
			   i % 2 ? 6 : 0);
	for (i = 0; i < 63; i++)
		expect_run(768 * KB + i * 4 * KB, 768 * KB + (i + 1) * 4 * KB,
			   i % 2 ? 6 : 0);
	expect_run(MB - 4 * KB, 1ULL << 36, MEMORY_WB);
}

static void test_invalid_types(void **state)
{
	u64 end;

	(void)state;
	start(36, E | 2);
	assert_int_equal(mtrr_type(&set, 0, 36, &end), MEMORY_UC);
	add(0, 0, MB, 7);
	assert_int_equal(mtrr_type(&set, 0, 36, &end), MEMORY_UC);
}

static void test_mask_with_holes(void **state)
{
	(void)state;
	start(36, E | 6);
	/* Every other 16M of the first 4G */
	set.variable[0].base = 16 * MB | 1;
	set.variable[0].mask = ((1ULL << 36) - 4 * GB) | 16 * MB |
			       MTRR_MASK_VALID;
	expect_run(0, 16 * MB, MEMORY_WB);
	expect_run(16 * MB, 32 * MB, MEMORY_WC);
	expect_run(32 * MB, 48 * MB, MEMORY_WB);
	expect_run(4 * GB - 16 * MB, 4 * GB, MEMORY_WC);
	expect_run(4 * GB, 1ULL << 36, MEMORY_WB);
}

/* A type that seems to begin anew in each page must not keep a CPU busy for hours */
static void test_steps_bounded(void **state)
{
	u64 end;

	(void)state;
	start(52, E | 6);
	set.variable[0].base = 6;
	set.variable[0].mask = PAGE | MTRR_MASK_VALID;
	assert_int_equal(mtrr_run(&set, 0, 1ULL << 52, 52, &end), MEMORY_WB);
	assert_true(end >= MTRR_STEPS_MAX * PAGE);
	assert_true(end < GB);
}

static void test_msrs(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < 2 * UV_MTRR_VARIABLE; i++)
		assert_true(mtrr_is_msr(0x200 + i));
	assert_true(mtrr_is_msr(0x250));
	assert_true(mtrr_is_msr(0x258));
	assert_true(mtrr_is_msr(0x259));
	for (i = 0x268; i <= 0x26f; i++)
		assert_true(mtrr_is_msr(i));
	assert_true(mtrr_is_msr(0x2ff));
	assert_false(mtrr_is_msr(0xfe));
	assert_false(mtrr_is_msr(0x1ff));
	assert_false(mtrr_is_msr(0x277));
}

/* The manual's rules, a page at a time and without any thought of speed */
static enum memory_type model(u64 addr)
{
	bool uc = false, wt = false, wb = false, wc = false, wp = false;
	u32 i, kinds, type;

	if (!(set.def_type & E))
		return MEMORY_UC;
	if (addr < MB && set.cap & MTRRCAP_FIX && set.def_type & FE) {
		u32 n = addr < 512 * KB ? addr / (64 * KB) :
			addr < 768 * KB ? 8 + (addr - 512 * KB) / (16 * KB) :
			24 + (addr - 768 * KB) / (4 * KB);

		return set.fixed[n / 8] >> (n % 8 * 8) & 0xff;
	}
	for (i = 0; i < UV_MTRR_VARIABLE; i++) {
		u64 mask = set.variable[i].mask & ((1ULL << width) - PAGE);

		if (!(set.variable[i].mask & MTRR_MASK_VALID) ||
		    (addr & mask) != (set.variable[i].base & mask))
			continue;
		type = set.variable[i].base & 0xff;
		wc |= type == 1;
		wt |= type == 4;
		wp |= type == 5;
		wb |= type == 6;
		uc |= type == 0;
	}
	kinds = uc + wt + wb + wc + wp;
	if (!kinds)
		return set.def_type & 0xff;
	if (uc || kinds > 2)
		return MEMORY_UC;
	if (kinds == 1)
		return wc ? MEMORY_WC : wt ? MEMORY_WT : wp ? MEMORY_WP : MEMORY_WB;
	return wt && wb ? MEMORY_WT : MEMORY_UC;
}

static u64 random64(void)
{
	return (u64)random() << 42 ^ (u64)random() << 21 ^ (u64)random();
}

static const u8 types[] = { 0, 1, 4, 5, 6 };

static void random_set(void)
{
	u32 i, n = random() % 6;

	start(26, types[random() % 5] | (random() % 8 ? E : 0) |
	      (random() % 2 ? FE : 0));
	for (i = 0; i < MTRR_NR_FIXED * 8; i++)
		set.fixed[i / 8] |= (u64)types[random() % 5] << (i % 8 * 8);
	for (i = 0; i < n; i++) {
		u64 size = PAGE << random() % 14;
		u64 base = random64() & ((1ULL << width) - 1) & ~(size - 1);

		add(i, base, size, types[random() % 5]);
		if (random() % 4 == 0) {	/* with holes */
			u64 hole = random64() & ((1ULL << width) - PAGE);

			set.variable[i].mask &= ~hole;
			set.variable[i].base &= ~hole;
		}
	}
}

static void test_against_model(void **state)
{
	u32 round;

	(void)state;
	srandom(1);
	for (round = 0; round < 300; round++) {
		u64 addr = 0, top, end = 0;

		random_set();
		top = 1ULL << width;
		while (addr < top) {
			enum memory_type type = mtrr_run(&set, addr, top, width,
							 &end);

			assert_true(end > addr && end <= top);
			/* No shorter than has to be, but for the longest of them */
			if (end < top && end - addr < MTRR_STEPS_MAX * PAGE)
				assert_int_not_equal(model(end), type);
			for (; addr < end; addr += PAGE)
				assert_int_equal(model(addr), type);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_hole),
		cmocka_unit_test(test_uc_default),
		cmocka_unit_test(test_frame_buffer),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_fixed_precedence),
		cmocka_unit_test(test_fixed_granules),
		cmocka_unit_test(test_invalid_types),
		cmocka_unit_test(test_mask_with_holes),
		cmocka_unit_test(test_steps_bounded),
		cmocka_unit_test(test_msrs),
		cmocka_unit_test(test_against_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
