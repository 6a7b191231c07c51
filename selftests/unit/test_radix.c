// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/radix.c against a flat array with one word a page. The array knows nothing
 * of tables or of large leaves, so it can't make the same mistakes.
 */
#include "unit.h"
#include "core/radix.h"

#define POOL_PAGES	8192
#define POOL_PHYS	0x123400000ULL
#define TABLE_FLAGS	0x27ULL
#define FLAGS_A		(0x63ULL | 1ULL << 63)
#define FLAGS_B		0x35ULL

#define MODEL_PAGES	(1u << 20)	/* 4 GiB */

static u64 pool[POOL_PAGES][512] __aligned(4096);
static u32 pool_used;
static u32 pool_limit;

/* Set by pool_to_phys(), which is called just before a table is linked */
static u32 linked_entries;

static u64 *model;

void *pool_alloc_page(void)
{
	if (pool_used >= pool_limit)
		return NULL;
	memset(pool[pool_used], 0, UV_PAGE_SIZE);
	return pool[pool_used++];
}

hpa_t pool_to_phys(const void *page)
{
	const u64 *table = page;
	u32 i;

	linked_entries = 0;
	for (i = 0; i < 512; i++)
		linked_entries += table[i] != 0;
	return hpa(POOL_PHYS + ((uintptr_t)page - (uintptr_t)pool));
}

void *pool_from_phys(hpa_t addr)
{
	u64 offset = hpa_raw(addr) - POOL_PHYS;

	if (offset % UV_PAGE_SIZE || offset >= sizeof(pool))
		return NULL;
	return pool[offset / UV_PAGE_SIZE];
}

static struct radix new_tree(u32 levels, u32 max_leaf)
{
	struct radix tree = {
		.levels = levels, .max_leaf = max_leaf,
		.table_flags = TABLE_FLAGS,
	};

	pool_used = 0;
	pool_limit = POOL_PAGES;
	tree.root = pool_alloc_page();
	return tree;
}

static u64 random64(void)
{
	return (u64)random() << 42 ^ (u64)random() << 21 ^ (u64)random();
}

/* What a look-up says of one page, in the model's terms */
static u64 page_entry(const struct radix *tree, u64 in)
{
	u32 shift = 0;
	u64 entry = radix_lookup(tree, in, &shift);

	assert_true(shift == 12 || shift == 21 || shift == 30 || !entry);
	if (!entry)
		return 0;
	assert_true(shift <= tree->max_leaf);
	if (shift > 12) {
		assert_true(entry & RADIX_LARGE);
		assert_true(!(entry & RADIX_ADDR_MASK & ((1ULL << shift) - 1)));
		entry &= ~RADIX_LARGE;
	} else {
		assert_false(entry & RADIX_LARGE);
	}
	return entry + (in & ((1ULL << shift) - 1) & UV_PAGE_MASK);
}

static void check_all(const struct radix *tree, u64 base)
{
	u64 i;

	for (i = 0; i < MODEL_PAGES; i++)
		assert_int_equal(page_entry(tree, base + i * UV_PAGE_SIZE),
				 model[i]);
}

/* Random numbers of pages: few, around a large leaf, or many */
static u64 random_pages(void)
{
	switch (random() % 4) {
	case 0:
		return 1 + random64() % 16;
	case 1:
		return 512 * (1 + random64() % 8);
	case 2:
		return 262144ULL * (1 + random64() % 2);
	default:
		return 1 + random64() % 400000;
	}
}

static u64 random_start(void)
{
	u64 start = random64() % MODEL_PAGES;

	if (random() % 2)
		start &= ~511ULL;
	if (random() % 3 == 0)
		start &= ~262143ULL;
	return start;
}

static void random_step(struct radix *tree, u64 base)
{
	u64 start = random_start();
	u64 nr = random_pages();
	u64 flags = random() % 3 ? (random() % 2 ? FLAGS_A : FLAGS_B) : 0;
	u64 out = (random() % 2 ? start : random64() % MODEL_PAGES) +
		  (random() % 2 ? 0x40000 : 0);
	bool same = random() % 4 == 0 && nr < 2000;
	u64 i;
	int err;

	if (nr > MODEL_PAGES - start)
		nr = MODEL_PAGES - start;
	if (same)
		err = radix_map_same(tree, base + start * UV_PAGE_SIZE,
				     hpa(out * UV_PAGE_SIZE),
				     nr * UV_PAGE_SIZE, flags);
	else
		err = radix_map(tree, base + start * UV_PAGE_SIZE,
				hpa(out * UV_PAGE_SIZE), nr * UV_PAGE_SIZE,
				flags);
	assert_int_equal(err, 0);
	for (i = 0; i < nr; i++)
		model[start + i] = flags ?
			(out + (same ? 0 : i)) * UV_PAGE_SIZE | flags : 0;
}

static void run_random(u32 levels, u32 max_leaf, u64 base)
{
	struct radix tree = new_tree(levels, max_leaf);
	int i;

	memset(model, 0, MODEL_PAGES * sizeof(*model));
	for (i = 0; i < 40; i++) {
		random_step(&tree, base);
		if (i % 8 == 7)
			check_all(&tree, base);
	}
	/* Neighbours on either side must not have been touched */
	assert_int_equal(page_entry(&tree, base - UV_PAGE_SIZE), 0);
	assert_int_equal(page_entry(&tree, base + MODEL_PAGES * UV_PAGE_SIZE), 0);
}

static void test_random(void **state)
{
	(void)state;
	srandom(1);
	run_random(4, RADIX_1G, 0x40000000);
	run_random(4, RADIX_1G, 0x0000400000000000ULL);
	run_random(4, RADIX_2M, 0xffffff8000000000ULL + (8ULL << 30));
	run_random(4, RADIX_4K, 0x7fc0000000ULL);
	run_random(5, RADIX_1G, 0x0000400000000000ULL);
	run_random(5, RADIX_2M, 0xff11000000000000ULL);
	run_random(5, RADIX_1G, 0x000ffffe40000000ULL);
}

static void test_leaf_sizes(void **state)
{
	struct radix tree = new_tree(4, RADIX_1G);
	u32 shift = 0;

	(void)state;
	/* 2M before, 1G, 4K behind */
	assert_int_equal(radix_map(&tree, 0x3fe00000, hpa(0x3fe00000),
				   0x40201000, FLAGS_B), 0);
	assert_int_equal(radix_lookup(&tree, 0x3fe00000, &shift),
			 0x3fe00000 | FLAGS_B | RADIX_LARGE);
	assert_int_equal(shift, 21);
	assert_int_equal(radix_lookup(&tree, 0x7fffffff, &shift),
			 0x40000000 | FLAGS_B | RADIX_LARGE);
	assert_int_equal(shift, 30);
	assert_int_equal(radix_lookup(&tree, 0x80000000, &shift),
			 0x80000000 | FLAGS_B);
	assert_int_equal(shift, 12);
	/* Output that isn't aligned as the input is: no large leaf */
	assert_int_equal(radix_map(&tree, 0x100000000, hpa(0x1000), 0x200000,
				   FLAGS_B), 0);
	assert_int_equal(radix_lookup(&tree, 0x1001ff000, &shift),
			 0x200000 | FLAGS_B);
	assert_int_equal(shift, 12);
}

/* The processor may walk at any time: a table is whole before it is linked */
static void test_split_is_complete(void **state)
{
	struct radix tree = new_tree(4, RADIX_1G);
	u32 shift = 0;

	(void)state;
	assert_int_equal(radix_map(&tree, 0, hpa(0), 0x40000000, FLAGS_A), 0);
	assert_int_equal(linked_entries, 0);
	assert_int_equal(radix_map(&tree, 0x1000, hpa(0), 0x1000, 0), 0);
	assert_int_equal(linked_entries, 512);
	assert_int_equal(radix_lookup(&tree, 0x2000, &shift), 0x2000 | FLAGS_A);
	assert_int_equal(shift, 12);
	assert_int_equal(radix_lookup(&tree, 0x3fe00000, &shift),
			 0x3fe00000 | FLAGS_A | RADIX_LARGE);
	assert_int_equal(shift, 21);
}

/* A guest that has its memory remapped for ever takes a bounded number of pages */
static void test_pool_is_bounded(void **state)
{
	struct radix tree = new_tree(4, RADIX_1G);
	u32 used = 0;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		assert_int_equal(radix_map(&tree, 0, hpa(0), 0x80000000,
					   FLAGS_A), 0);
		assert_int_equal(radix_map(&tree, 0x3000, hpa(0), 0x2000, 0), 0);
		assert_int_equal(radix_map(&tree, 0x40000000, hpa(0x40000000),
					   0x5000, FLAGS_B), 0);
		if (!i)
			used = pool_used;
	}
	assert_int_equal(pool_used, used);
	assert_int_equal(page_entry(&tree, 0x3000), 0);
	assert_int_equal(page_entry(&tree, 0x40004000), 0x40004000 | FLAGS_B);
	assert_int_equal(page_entry(&tree, 0x40005000), 0x40005000 | FLAGS_A);
}

static void test_unmapping_takes_no_page(void **state)
{
	struct radix tree = new_tree(5, RADIX_1G);

	(void)state;
	pool_limit = pool_used;
	assert_int_equal(radix_map(&tree, 0x1000, hpa(0), 1ULL << 40, 0), 0);
	assert_int_equal(pool_used, 1);
}

static void test_empty_pool(void **state)
{
	struct radix tree = new_tree(4, RADIX_4K);
	u32 i;

	(void)state;
	pool_limit = 4;	/* the root and a table for each level below */
	assert_int_equal(radix_map(&tree, 0, hpa(0), 0x201000, FLAGS_A),
			 -ENOMEM);
	for (i = 0; i < 512; i++)
		assert_int_equal(page_entry(&tree, i * UV_PAGE_SIZE),
				 i * UV_PAGE_SIZE | FLAGS_A);
	assert_int_equal(page_entry(&tree, 0x200000), 0);
	/* A split that fails leaves the large leaf */
	tree = new_tree(4, RADIX_2M);
	assert_int_equal(radix_map(&tree, 0, hpa(0), 0x200000, FLAGS_A), 0);
	pool_limit = pool_used;
	assert_int_equal(radix_map(&tree, 0, hpa(0), 0x1000, 0), -ENOMEM);
	assert_int_equal(page_entry(&tree, 0), FLAGS_A);
}

static void test_bad_arguments(void **state)
{
	struct radix tree = new_tree(4, RADIX_1G);
	static const struct {
		u64 in, out, size, flags;
	} bad[] = {
		{ 0x800, 0, 0x1000, FLAGS_A },
		{ 0, 0x800, 0x1000, FLAGS_A },
		{ 0, 0, 0x1800, FLAGS_A },
		{ 0, 0, 0x1000, FLAGS_A | RADIX_LARGE },
		{ 0, 0, 0x1000, FLAGS_A | 0x5000 },
		{ 1ULL << 48, 0, 0x1000, FLAGS_A },
		{ (1ULL << 48) - 0x1000, 0, 0x2000, FLAGS_A },
		{ 0xfffeffffffff0000ULL, 0, 0x1000, FLAGS_A },
		{ 0xfffffffffffff000ULL, 0, 0x2000, FLAGS_A },
		{ 0, (1ULL << 52) - 0x1000, 0x2000, FLAGS_A },
		{ 0, 0xfffffffffffff000ULL, 0x2000, FLAGS_A },
	};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(radix_map(&tree, bad[i].in, hpa(bad[i].out),
					   bad[i].size, bad[i].flags), -EINVAL);
	assert_int_equal(pool_used, 1);
	assert_int_equal(radix_map(&tree, 0, hpa(0), 0, FLAGS_A), 0);
	assert_int_equal(radix_map(&tree, 0xfffffffffffff000ULL, hpa(0),
				   0x1000, FLAGS_A), 0);
	assert_int_equal(radix_map(&tree, (1ULL << 48) - 0x1000,
				   hpa((1ULL << 52) - 0x1000), 0x1000, FLAGS_B),
			 0);
	assert_int_equal(page_entry(&tree, (1ULL << 48) - 0x1000),
			 ((1ULL << 52) - 0x1000) | FLAGS_B);
}

/* A link that leads out of the pool is never followed */
static void test_foreign_table(void **state)
{
	struct radix tree = new_tree(4, RADIX_1G);
	u32 shift = 0;

	(void)state;
	tree.root[0] = 0x7000 | TABLE_FLAGS;
	assert_int_equal(radix_map(&tree, 0, hpa(0), 0x1000, FLAGS_A), -EFAULT);
	assert_int_equal(radix_lookup(&tree, 0, &shift), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leaf_sizes),
		cmocka_unit_test(test_split_is_complete),
		cmocka_unit_test(test_pool_is_bounded),
		cmocka_unit_test(test_unmapping_takes_no_page),
		cmocka_unit_test(test_empty_pool),
		cmocka_unit_test(test_bad_arguments),
		cmocka_unit_test(test_foreign_table),
		cmocka_unit_test(test_random),
	};
	int failed;

	model = malloc(MODEL_PAGES * sizeof(*model));
	if (!model)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(model);
	return failed;
}
