// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/window.c: what is the guest's RAM, byte by byte, and that the window's
 * tables say the same of every page.
 */
#include "unit.h"
#include "core/cpu.h"
#include "core/paging.h"
#include "core/window.h"

#define POOL_PAGES	4096
#define POOL_PHYS	0x800000000ULL

/* The random machines: some pages of RAM around each of a few places */
#define PLACES		6
#define PLACE_PAGES	48

struct uv_boot_info boot_info;

static u64 pool[POOL_PAGES][512] __aligned(4096);
static u32 pool_used;

/* One byte a quarter of a page: whether RAM, and whether the VMM's */
static bool is_ram[PLACES][PLACE_PAGES * 4];
static bool is_block[PLACES][PLACE_PAGES];

void *pool_alloc_page(void)
{
	if (pool_used == POOL_PAGES)
		return NULL;
	memset(pool[pool_used], 0, UV_PAGE_SIZE);
	return pool[pool_used++];
}

hpa_t pool_to_phys(const void *page)
{
	return hpa(POOL_PHYS + ((uintptr_t)page - (uintptr_t)pool));
}

void *pool_from_phys(hpa_t addr)
{
	u64 offset = hpa_raw(addr) - POOL_PHYS;

	if (offset % UV_PAGE_SIZE || offset >= sizeof(pool))
		return NULL;
	return pool[offset / UV_PAGE_SIZE];
}

void *window_pointer(gpa_t addr)
{
	return (void *)(uintptr_t)(UV_WINDOW_BASE + gpa_raw(addr));
}

/* core/window.h's inline functions ask for it; nothing here calls them */
bool window_load64(gpa_t addr, u64 *value)
{
	(void)addr;
	(void)value;
	fail();
	return false;
}

/* Each place straddles a limit: of 2M, of 1G, of 512G, or is somewhere */
static const u64 place_base[PLACES] = {
	0x0, 0x1f0000, 0x3ffe8000, 0x7fffff0000, 0x123456000,
	UV_WINDOW_SIZE - PLACE_PAGES * UV_PAGE_SIZE,
};

static void add_ram(u64 start, u64 end)
{
	boot_info.ram[boot_info.nr_ram].start = start;
	boot_info.ram[boot_info.nr_ram++].end = end;
}

static void add_block(u64 start, u64 size)
{
	boot_info.block[boot_info.nr_blocks].start = start;
	boot_info.block[boot_info.nr_blocks++].size = size;
}

static void reset(void)
{
	memset(&boot_info, 0, sizeof(boot_info));
	boot_info.shared_pa = 0x40000000000;
	boot_info.shared_size = 0x10000;
	boot_info.vmm_cr3 = POOL_PHYS;
	pool_used = 1;
	memset(pool[0], 0, sizeof(pool[0]));
	add_ram(0x40000000000, 0x40000010000);
	add_block(0x40000000000, 0x10000);
}

/* Ranges in quarters of pages, some of which touch; blocks in pages */
static void random_place(u32 place)
{
	u64 base = place_base[place];
	u32 i = 0, end;

	memset(is_ram[place], 0, sizeof(is_ram[place]));
	memset(is_block[place], 0, sizeof(is_block[place]));
	while (i < PLACE_PAGES * 4) {
		if (random() % 2)
			i += random() % 9;
		end = i + 1 + random() % 60;
		if (end > PLACE_PAGES * 4)
			end = PLACE_PAGES * 4;
		if (i >= end || boot_info.nr_ram >= UV_MAX_RAM_RANGES)
			break;
		add_ram(base + i * 1024, base + end * 1024);
		memset(&is_ram[place][i], true, end - i);
		i = end;
	}
	for (i = 0; i < PLACE_PAGES; i = end) {
		i += random() % 8;
		end = i + 1 + random() % 4;
		if (end > PLACE_PAGES)
			break;
		add_block(base + i * UV_PAGE_SIZE, (end - i) * UV_PAGE_SIZE);
		memset(&is_block[place][i], true, end - i);
	}
}

static void shuffle(void)
{
	u32 i;

	for (i = 1; i < boot_info.nr_ram; i++) {
		u32 j = random() % (i + 1);
		struct uv_ram_range range = boot_info.ram[i];

		boot_info.ram[i] = boot_info.ram[j];
		boot_info.ram[j] = range;
	}
	for (i = 1; i < boot_info.nr_blocks; i++) {
		u32 j = random() % (i + 1);
		struct uv_block block = boot_info.block[i];

		boot_info.block[i] = boot_info.block[j];
		boot_info.block[j] = block;
	}
}

/* Whole pages only */
static bool guest_page(u32 place, u32 page)
{
	const bool *quarter = &is_ram[place][page * 4];

	return quarter[0] && quarter[1] && quarter[2] && quarter[3] &&
	       !is_block[place][page];
}

static void check_range(u32 place)
{
	u32 start = random() % (PLACE_PAGES * 4096);
	u32 len = 1 + random() % (random() % 2 ? 64 : 5 * 4096);
	u64 addr = place_base[place] + start;
	bool good = true;
	void *host;
	u32 i;

	/* Half of the time begin or end at a page's end */
	if (random() % 2) {
		addr &= UV_PAGE_MASK;
		start = (u32)(addr - place_base[place]);
	}
	if (random() % 2)
		len = (len + 4095) / 4096 * 4096;
	for (i = start / 4096; i <= (start + len - 1) / 4096; i++)
		good = good && i < PLACE_PAGES && guest_page(place, i);
	/* Places touch nothing else, so what reaches beyond is no RAM */
	host = guest_ram(gpa(addr), len);
	assert_ptr_equal(host, good ? window_pointer(gpa(addr)) : NULL);
}

static void check_tables(u32 place, const struct radix *tree)
{
	u64 base = place_base[place];
	u32 page, shift;

	for (page = 0; page < PLACE_PAGES; page++) {
		u64 addr = base + page * UV_PAGE_SIZE;
		u64 entry = radix_lookup(tree, UV_WINDOW_BASE + addr, &shift);

		if (!guest_page(place, page)) {
			assert_int_equal(entry, 0);
			continue;
		}
		assert_int_equal(entry & ~RADIX_ADDR_MASK & ~RADIX_LARGE,
				 PTE_P | PTE_RW | PTE_A | PTE_D | PTE_NX);
		assert_int_equal((entry & RADIX_ADDR_MASK) +
				 addr % (1ULL << shift), addr);
	}
}

static void test_random_machines(void **state)
{
	u32 machine, place, i;

	(void)state;
	srandom(5);
	for (machine = 0; machine < 1000; machine++) {
		struct radix tree = {
			.root = pool[0], .max_leaf = RADIX_1G,
			.levels = machine % 2 ? 5 : 4,
			.table_flags = PTE_P | PTE_RW,
		};

		reset();
		for (place = 0; place < PLACES; place++)
			random_place(place);
		shuffle();
		assert_int_equal(window_sort_ram(), 0);
		assert_int_equal(window_map_ram(&tree), 0);
		for (place = 0; place < PLACES; place++) {
			for (i = 0; i < 50; i++)
				check_range(place);
			check_tables(place, &tree);
		}
	}
}

static void test_edges(void **state)
{
	(void)state;
	reset();
	add_ram(0x100000, 0x200000);
	add_ram(UV_WINDOW_SIZE - 0x1000, UV_WINDOW_SIZE);
	add_block(0x180000, 0x8000);
	assert_int_equal(window_sort_ram(), 0);
	assert_non_null(guest_ram(gpa(0x100000), 0x80000));
	assert_null(guest_ram(gpa(0x100000), 0x80001));
	assert_null(guest_ram(gpa(0xfffff), 2));
	assert_null(guest_ram(gpa(0x180000), 1));
	assert_null(guest_ram(gpa(0x187fff), 1));
	assert_null(guest_ram(gpa(0x187fff), 2));
	assert_non_null(guest_ram(gpa(0x188000), 0x78000));
	assert_null(guest_ram(gpa(0x188000), 0x78001));
	assert_null(guest_ram(gpa(0x100000), 0));
	assert_null(guest_ram(gpa(0x100000), ~0ULL));
	assert_null(guest_ram(gpa(~0ULL), 1));
	assert_null(guest_ram(gpa(~0ULL), 2));
	assert_null(guest_ram(gpa(~0xfffULL), 0x102000));
	assert_non_null(guest_ram(gpa(UV_WINDOW_SIZE - 1), 1));
	assert_null(guest_ram(gpa(UV_WINDOW_SIZE - 1), 2));
	assert_null(guest_ram(gpa(UV_WINDOW_SIZE), 1));
	assert_null(guest_ram(gpa(UV_WINDOW_SIZE + 0x100000), 1));
}

static void test_joined_ranges(void **state)
{
	(void)state;
	reset();
	/* Two pieces of RAM that share a page: together it is whole */
	add_ram(0x9fc00, 0xa0000);
	add_ram(0x1000, 0x9fc00);
	/* Less than a page, and a page that is cut: gone */
	add_ram(0x200400, 0x200800);
	add_ram(0x300800, 0x301800);
	assert_int_equal(window_sort_ram(), 0);
	assert_int_equal(boot_info.nr_ram, 2);
	assert_non_null(guest_ram(gpa(0x1000), 0x9f000));
	assert_null(guest_ram(gpa(0x200400), 1));
	assert_null(guest_ram(gpa(0x300800), 1));
	/* The CPU that comes in next, after a failure, finds it sorted already */
	assert_int_equal(window_sort_ram(), 0);
}

/* struct bad_map - a range and a block that are added to a good map */
struct bad_map {
	u64 start, end, block, size;
};

static void test_refused_maps(void **state)
{
	static const struct bad_map bad[] = {
		{ 0x2000, 0x1000, 0, 0 },		/* inverted */
		{ 0x1000, 0x1000, 0, 0 },		/* empty */
		{ 0x80000, 0x100001, 0, 0 },		/* overlaps */
		{ 0x100000, 0x101000, 0, 0 },
		{ 0x120000, 0x130000, 0, 0 },
		{ 0x1ff000, 0x300000, 0, 0 },
		{ 0x300000, UV_WINDOW_SIZE + 1, 0, 0 },
		{ 0x300000, ~0ULL, 0, 0 },
		{ 0, 0, 0x150800, 0x1000 },		/* not whole pages */
		{ 0, 0, 0x150000, 0x1800 },
		{ 0, 0, 0x150000, 0 },
		{ 0, 0, 0x17f000, 0x2000 },		/* overlaps */
		{ 0, 0, 0x180000, 0x1000 },
		{ 0, 0, 0x187000, 0x1000 },
		{ 0, 0, UV_WINDOW_SIZE, 0x1000 },
		{ 0, 0, UV_WINDOW_SIZE - 0x1000, 0x2000 },
		{ 0, 0, 0xfffffffffffff000ULL, 0x2000 },
		{ 0, 0, 0x1000, 0xfffffffffffff000ULL },
	};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		reset();
		add_ram(0x100000, 0x200000);
		add_block(0x180000, 0x8000);
		if (bad[i].block || bad[i].size)
			add_block(bad[i].block, bad[i].size);
		else
			add_ram(bad[i].start, bad[i].end);
		assert_int_equal(window_sort_ram(), -EINVAL);
		assert_int_equal(window_init(), -EINVAL);
	}
}

static void test_refused_counts(void **state)
{
	(void)state;
	reset();
	boot_info.nr_ram = 0;
	assert_int_equal(window_init(), -EINVAL);
	boot_info.nr_ram = UV_MAX_RAM_RANGES + 1;
	assert_int_equal(window_init(), -EINVAL);
	reset();
	boot_info.nr_blocks = UV_MAX_BLOCKS + 1;
	assert_int_equal(window_init(), -EINVAL);
	/* The shared block must be hidden, all of it */
	reset();
	boot_info.nr_blocks = 0;
	assert_int_equal(window_init(), -EINVAL);
	reset();
	boot_info.shared_size += UV_PAGE_SIZE;
	assert_int_equal(window_init(), -EINVAL);
	reset();
	boot_info.vmm_cr3 = 0x1000;
	assert_int_equal(window_init(), -EFAULT);
	reset();
	assert_int_equal(window_init(), 0);
}

/* The driver donates by uv_pool_pages(): it has to be enough */
static void test_pool_is_enough(void **state)
{
	u32 place, machine;

	(void)state;
	srandom(6);
	for (machine = 0; machine < 200; machine++) {
		reset();
		for (place = 0; place < PLACES; place++)
			random_place(place);
		assert_int_equal(window_init(), 0);
		assert_true(pool_used - 1 <=
			    uv_pool_pages(46, boot_info.nr_ram,
					  boot_info.nr_blocks, UV_WINDOW_SIZE));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_joined_ranges),
		cmocka_unit_test(test_refused_maps),
		cmocka_unit_test(test_refused_counts),
		cmocka_unit_test(test_pool_is_enough),
		cmocka_unit_test(test_random_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
