// SPDX-License-Identifier: GPL-2.0-only
/* The mock machine's memory, see memory.h. */
#include "mock/memory.h"
#include "core/paging.h"

#include <stdlib.h>
#include <string.h>

/* guest_walk() is the real one; guest_translate() is mock.c's */
#define guest_translate not_this_translate
#include "core/walk.c"

#define POOL_PAGES (MOCK_SHARED_PAGES - MOCK_POOL_PAGE)

bool window_1g_pages;
struct radix mock_nested;
u64 mock_loads;
const char backend_nested_name[] = "nest";
const char * const backend_page_names[3] = { "first", "second", "third" };
const struct uv_image_header __image_start = {
	.rodata_end = UV_IMAGE_BASE + 2 * UV_PAGE_SIZE,
	.text_end = UV_IMAGE_BASE + 3 * UV_PAGE_SIZE,
	.image_end = UV_IMAGE_BASE + 5 * UV_PAGE_SIZE,
};

static u64 pool[POOL_PAGES][PTES_PER_TABLE];
static u32 pool_used;
static struct radix vmm;

static u64 pool_pa(void)
{
	return MOCK_SHARED_PA + MOCK_POOL_PAGE * UV_PAGE_SIZE;
}

void *pool_alloc_page(void)
{
	if (pool_used == POOL_PAGES)
		abort();
	return memset(pool[pool_used++], 0, UV_PAGE_SIZE);
}

hpa_t pool_to_phys(const void *page)
{
	return hpa((u64)((const u8 *)page - (const u8 *)pool) + pool_pa());
}

void *pool_from_phys(hpa_t addr)
{
	u64 offset = hpa_raw(addr) - pool_pa();

	return offset < sizeof(pool) ? (u8 *)pool + offset : NULL;
}

u64 pool_used_bytes(void)
{
	return pool_used * UV_PAGE_SIZE;
}

static bool is_ram(u64 addr)
{
	u64 page = (addr - MOCK_RAM_START) / UV_PAGE_SIZE;

	return addr >= MOCK_RAM_START && page < MOCK_VMM_PAGE &&
	       page != MOCK_HOLE_PAGE;
}

u64 *mock_word(u64 addr)
{
	if (!is_ram(addr) || addr % sizeof(u64))
		abort();
	return (u64 *)(mock_ram + (addr - MOCK_RAM_START));
}

void *window_pointer(gpa_t addr)
{
	return mock_word(gpa_raw(addr));
}

bool window_load64(gpa_t addr, u64 *value)
{
	if (gpa_raw(addr) % sizeof(u64))
		abort();
	mock_loads++;
	if (!is_ram(gpa_raw(addr)))
		return false;
	*value = *mock_word(gpa_raw(addr));
	return true;
}

/* Nobody who only looks writes */
bool window_cmpxchg64(gpa_t addr, u64 old, u64 new)
{
	(void)addr;
	(void)old;
	(void)new;
	abort();
}

bool vmm_load64(u64 addr, u64 *value)
{
	u32 shift;

	if (addr % sizeof(u64) || !radix_lookup(&vmm, addr, &shift))
		abort();
	if (addr - UV_WINDOW_BASE < UV_WINDOW_SIZE)
		return window_load64(gpa(addr - UV_WINDOW_BASE), value);
	*value = MOCK_VMM_WORD(addr);
	return true;
}

void mock_map_device(u64 va, u64 pa)
{
	radix_map(&vmm, va, hpa(pa), UV_PAGE_SIZE, PTE_P);
}

void vmm_tables(struct radix *tree)
{
	*tree = vmm;
}

const struct radix *backend_nested(void)
{
	return &mock_nested;
}

void backend_print_nested(struct sink *sink, u64 entry, bool leaf)
{
	sink_printf(sink, " %s %llu", leaf ? "leaf" : "table", entry & 7);
}

static void add_ram(u64 start, u64 end)
{
	boot_info.ram[boot_info.nr_ram++] = (struct uv_ram_range){ start, end };
}

static void add_block(u64 start, u64 size)
{
	boot_info.block[boot_info.nr_blocks++] = (struct uv_block){ start, size };
	radix_map_same(&mock_nested, start, hpa(MOCK_ZERO_PAGE), size, 1);
}

static void map_cpu(u32 cpu)
{
	u64 slot = UV_CPU_BASE + cpu * UV_CPU_SLOT;
	u64 pa = MOCK_CPU_PA + cpu * UV_CPU_BLOCK_SIZE;

	if (cpu == MOCK_ABSENT_CPU)
		return;
	boot_info.cpu_pa[cpu] = pa;
	add_block(pa, UV_CPU_BLOCK_SIZE);
	radix_map(&vmm, slot, hpa(pa), 4 * UV_PAGE_SIZE, PTE_P);
	radix_map(&vmm, slot + UV_CPU_STACK_SLOT_PAGE * UV_PAGE_SIZE,
		  hpa(pa + UV_CPU_STACK_PAGE * UV_PAGE_SIZE),
		  UV_CPU_STACK_PAGES * UV_PAGE_SIZE, PTE_P);
}

static struct radix new_tree(bool la57)
{
	return (struct radix){ .root = pool_alloc_page(),
		.levels = la57 ? 5 : 4, .max_leaf = RADIX_1G, .table_flags = 7 };
}

void mock_memory_reset(bool la57)
{
	u64 hole = MOCK_RAM_START + MOCK_HOLE_PAGE * UV_PAGE_SIZE;
	u32 i;

	pool_used = 0;
	window_1g_pages = true;
	vmm = new_tree(la57);
	mock_nested = new_tree(la57);
	radix_map(&mock_nested, 0, hpa(0), 1ULL << 40, 7);
	boot_info.maxphyaddr = 40;
	boot_info.flags = la57 ? UV_BOOT_LA57 : 0;
	boot_info.shared_pa = MOCK_SHARED_PA;
	boot_info.shared_size = MOCK_SHARED_PAGES * UV_PAGE_SIZE;
	boot_info.pool_start = UV_IMAGE_BASE + MOCK_POOL_PAGE * UV_PAGE_SIZE;
	boot_info.pool_end = UV_IMAGE_BASE + boot_info.shared_size;
	boot_info.vmm_cr3 = hpa_raw(pool_to_phys(vmm.root));
	add_ram(MOCK_RAM_START, hole);
	add_ram(hole + UV_PAGE_SIZE, MOCK_RAM_END);
	add_ram(MOCK_SHARED_PA, MOCK_RAM2_END);
	add_block(MOCK_SHARED_PA, boot_info.shared_size);
	radix_map(&vmm, UV_IMAGE_BASE, hpa(MOCK_SHARED_PA),
		  boot_info.shared_size, PTE_P);
	radix_map(&vmm, UV_WINDOW_BASE + MOCK_RAM_START, hpa(MOCK_RAM_START),
		  MOCK_HOLE_PAGE * UV_PAGE_SIZE, PTE_P);
	for (i = 0; i < MOCK_CPUS; i++)
		map_cpu(i);
}
