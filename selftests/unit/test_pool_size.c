// SPDX-License-Identifier: GPL-2.0-only
/*
 * uv_pool_pages(): the pool that the driver donates is enough for the NPT and the window, on
 * machines no emulator offers: 48 and more bits of physical address, many CPUs whose
 * blocks lie far apart, maps with many unaligned ranges of RAM.
 */
#include "unit.h"

#include "core/fault.h"
#include "core/log.h"
#include "core/window.h"
#include "svm/svm.h"

#define POOL_MAX	40000
#define POOL_PHYS	0x100000ULL
#define GIB		(1ULL << 30)

struct uv_boot_info boot_info;
struct svm_machine svm_machine;

static u64 (*pool)[512];
static u64 pool_used;
static u64 pool_limit;

void *pool_alloc_page(void)
{
	if (pool_used >= pool_limit)
		return NULL;
	memset(pool[pool_used], 0, UV_PAGE_SIZE);
	return pool[pool_used++];
}

hpa_t pool_to_phys(const void *page)
{
	return hpa(POOL_PHYS + (((uintptr_t)page - (uintptr_t)pool) &
				RADIX_ADDR_MASK));
}

void *pool_from_phys(hpa_t addr)
{
	return (u8 *)pool + (hpa_raw(addr) - POOL_PHYS);
}

void *window_pointer(gpa_t addr)
{
	(void)addr;
	return NULL;
}

void inject_exception(struct vmcb *vmcb, u32 vector, bool has_error, u32 error)
{
	(void)vmcb;
	(void)vector;
	(void)has_error;
	(void)error;
}

void vmm_log_guest(enum log_level level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}

void vmm_log_protect(enum log_level level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}

void vmm_guest_shutdown(u64 rip)
{
	(void)rip;
	abort();
}

void vmm_panic(const char *reason, u64 a, u64 b)
{
	(void)reason;
	(void)a;
	(void)b;
	abort();
}

/* RAM in @n pieces of @size bytes each, @step apart, from @start */
static void set_ram(u32 n, u64 start, u64 size, u64 step)
{
	u32 i;

	boot_info.nr_ram = n;
	for (i = 0; i < n; i++) {
		boot_info.ram[i].start = start + i * step;
		boot_info.ram[i].end = start + i * step + size;
	}
}

/* The shared block at @shared, and a CPU's block every @step from @start */
static void set_blocks(u32 cpus, u64 shared, u64 start, u64 step)
{
	u32 i;

	boot_info.nr_blocks = cpus + 1;
	boot_info.shared_pa = shared;
	boot_info.block[0].start = shared;
	for (i = 0; i < cpus; i++) {
		boot_info.block[i + 1].start = start + i * step;
		boot_info.block[i + 1].size = UV_CPU_BLOCK_SIZE;
	}
}

/* Builds all tables, with exactly the pool that the formula gives */
static void build(u32 maxphyaddr, bool la57)
{
	u64 top = boot_info.ram[boot_info.nr_ram - 1].end;
	struct radix window = {
		.levels = la57 ? 5 : 4,
		.max_leaf = RADIX_1G,
		.table_flags = 0x23,
	};
	struct cpu cpu = { .number = 0 };

	boot_info.maxphyaddr = maxphyaddr;
	boot_info.flags = la57 ? UV_BOOT_LA57 : 0;
	pool_used = 0;
	pool_limit = uv_pool_pages(maxphyaddr, boot_info.nr_ram,
				   boot_info.nr_blocks, top);
	assert_true(pool_limit < POOL_MAX);
	boot_info.block[0].size = (pool_limit << UV_PAGE_SHIFT) + 0x40000;
	/* The driver brings the root of the VMM's tables along */
	window.root = pool[POOL_MAX - 1];
	memset(window.root, 0, UV_PAGE_SIZE);

	assert_int_equal(nested_init(&cpu), 0);
	assert_int_equal(window_sort_ram(), 0);
	assert_int_equal(window_map_ram(&window), 0);
}

static void test_small(void **state)
{
	(void)state;
	set_ram(2, 0x1000, GIB, GIB + 0x1000);
	set_blocks(4, 0x40000000 - 0x200000, 0x2000000, UV_CPU_BLOCK_SIZE);
	build(36, false);
	set_ram(2, 0x1000, GIB, GIB + 0x1000);
	set_blocks(4, 0x40000000 - 0x200000, 0x2000000, UV_CPU_BLOCK_SIZE);
	build(40, true);
}

static void test_wide(void **state)
{
	u32 bits;

	(void)state;
	for (bits = 43; bits <= 52; bits++) {
		set_ram(4, 0x1000, 500 * GIB, 512 * GIB + 0x5000);
		/* Blocks are aligned to the power of two that holds them */
		set_blocks(64, 3 * GIB - 0x800000, 6 * GIB, 2 * GIB);
		build(bits, bits > 48);
	}
}

static void test_many_cpus(void **state)
{
	(void)state;
	/* Each CPU's block is alone in its GiB, as on a machine of many nodes */
	set_ram(1, 0x100000, 2000 * GIB, 0);
	set_blocks(UV_MAX_CPUS, GIB, 4 * GIB + 0x1f8000, 3 * GIB);
	build(48, false);
}

static void test_ragged_ram(void **state)
{
	(void)state;
	/* No end is aligned to 2M, no two ranges share a GiB */
	set_ram(UV_MAX_RAM_RANGES, 0x3000, GIB + 0x7000, 3 * GIB + 0x9000);
	set_blocks(16, 0x10000000, 0x30000000, 0x400000);
	build(46, false);
}

static int setup(void **state)
{
	(void)state;
	pool = aligned_alloc(UV_PAGE_SIZE, POOL_MAX * UV_PAGE_SIZE);
	return pool ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	free(pool);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_many_cpus),
		cmocka_unit_test(test_ragged_ram),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
