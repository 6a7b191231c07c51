// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which memory is the guest's, and the window's page tables. The RAM that the
 * firmware's map names, less the blocks that the driver donated: nothing else
 * is ever mapped, so no mistake elsewhere can reach MMIO or the VMM this way.
 */
#include "core/cpu.h"
#include "core/paging.h"
#include "core/window.h"
#include "core/x86.h"

#define CPUID_EXT_FEATURES	0x80000001u
#define CPUID_EXT_EDX_PAGE1G	BIT(26)

/* Accessed and dirty are set beforehand: the processor need not write the entries */
#define WINDOW_FLAGS	(PTE_P | PTE_RW | PTE_A | PTE_D | PTE_NX)
#define TABLE_FLAGS	(PTE_P | PTE_RW | PTE_A)

bool window_1g_pages;

/* By insertion: a few hundred pairs at most, once, and mostly in order already */
static void sort_pairs(u64 *pair, u32 nr)
{
	u32 i, j;

	for (i = 1; i < nr; i++) {
		u64 start = pair[2 * i];
		u64 second = pair[2 * i + 1];

		for (j = i; j && pair[2 * j - 2] > start; j--) {
			pair[2 * j] = pair[2 * j - 2];
			pair[2 * j + 1] = pair[2 * j - 1];
		}
		pair[2 * j] = start;
		pair[2 * j + 1] = second;
	}
}

/*
 * Sort the ranges, join those that touch, and cut them to whole pages. Joining comes
 * first: a page whose halves two ranges name is RAM.
 */
static int sort_ranges(void)
{
	struct uv_ram_range *ram = boot_info.ram;
	u32 i, nr = 0;

	if (!boot_info.nr_ram || boot_info.nr_ram > UV_MAX_RAM_RANGES)
		return -EINVAL;
	for (i = 0; i < boot_info.nr_ram; i++)
		if (ram[i].start >= ram[i].end || ram[i].end > UV_WINDOW_SIZE)
			return -EINVAL;
	sort_pairs((u64 *)ram, boot_info.nr_ram);
	for (i = 1; i < boot_info.nr_ram; i++) {
		if (ram[i].start < ram[nr].end)
			return -EINVAL;
		if (ram[i].start == ram[nr].end)
			ram[nr].end = ram[i].end;
		else
			ram[++nr] = ram[i];
	}
	boot_info.nr_ram = nr + 1;
	nr = 0;
	for (i = 0; i < boot_info.nr_ram; i++) {
		struct uv_ram_range range = {
			.start = (ram[i].start + UV_PAGE_SIZE - 1) & UV_PAGE_MASK,
			.end = ram[i].end & UV_PAGE_MASK,
		};

		if (range.start < range.end)
			ram[nr++] = range;
	}
	boot_info.nr_ram = nr;
	return nr ? 0 : -EINVAL;
}

static int sort_blocks(void)
{
	struct uv_block *block = boot_info.block;
	bool shared = false;
	u32 i;

	if (boot_info.nr_blocks > UV_MAX_BLOCKS)
		return -EINVAL;
	for (i = 0; i < boot_info.nr_blocks; i++) {
		if ((block[i].start | block[i].size) % UV_PAGE_SIZE ||
		    !block[i].size || block[i].size > UV_WINDOW_SIZE ||
		    block[i].start > UV_WINDOW_SIZE - block[i].size)
			return -EINVAL;
		/* Of all blocks, the one with the tables must not be forgotten */
		if (block[i].start <= boot_info.shared_pa &&
		    boot_info.shared_pa - block[i].start < block[i].size &&
		    boot_info.shared_size <= block[i].size -
		    (boot_info.shared_pa - block[i].start))
			shared = true;
	}
	sort_pairs((u64 *)block, boot_info.nr_blocks);
	for (i = 1; i < boot_info.nr_blocks; i++)
		if (block[i].start - block[i - 1].start < block[i - 1].size)
			return -EINVAL;
	return shared ? 0 : -EINVAL;
}

int window_sort_ram(void)
{
	int err = sort_ranges();

	return err ? err : sort_blocks();
}

static int map_piece(struct radix *tree, u64 start, u64 end)
{
	if (start >= end)
		return 0;
	return radix_map(tree, UV_WINDOW_BASE + start, hpa(start), end - start,
			 WINDOW_FLAGS);
}

/*
 * Map a range of RAM around the blocks. They are left out, not taken out later:
 * the processor may load its TLB from any entry that is ever present.
 */
static int map_range(struct radix *tree, const struct uv_ram_range *ram)
{
	u64 pos = ram->start;
	u32 i;
	int err;

	for (i = 0; i < boot_info.nr_blocks; i++) {
		const struct uv_block *block = &boot_info.block[i];

		if (block->start + block->size <= pos)
			continue;
		if (block->start >= ram->end)
			break;
		err = map_piece(tree, pos, block->start);
		if (err)
			return err;
		pos = block->start + block->size;
	}
	return map_piece(tree, pos, ram->end);
}

int window_map_ram(struct radix *tree)
{
	u32 i;
	int err;

	for (i = 0; i < boot_info.nr_ram; i++) {
		err = map_range(tree, &boot_info.ram[i]);
		if (err)
			return err;
	}
	return 0;
}

static bool cpu_has_1g_pages(void)
{
	u32 regs[4];

	cpuid(CPUID_EXT_FEATURES, 0, regs);
	return regs[3] & CPUID_EXT_EDX_PAGE1G;
}

void vmm_tables(struct radix *tree)
{
	*tree = (struct radix) {
		.root = pool_from_phys(hpa(boot_info.vmm_cr3 & PTE_ADDR_MASK)),
		.levels = boot_info.flags & UV_BOOT_LA57 ? 5 : 4,
		.table_flags = TABLE_FLAGS,
	};
}

int window_init(void)
{
	struct radix tree;
	int err;

	vmm_tables(&tree);
	if (!tree.root)
		return -EFAULT;
	window_1g_pages = cpu_has_1g_pages();
	tree.max_leaf = window_1g_pages ? RADIX_1G : RADIX_2M;
	err = window_sort_ram();
	return err ? err : window_map_ram(&tree);
}

void *guest_ram(gpa_t addr, u64 len)
{
	u64 start = gpa_raw(addr);
	const struct uv_block *block;
	u32 n;

	if (!len || len > UV_WINDOW_SIZE || start > UV_WINDOW_SIZE - len)
		return NULL;
	/* Ranges that touch are one, so the last that begins in time has it all */
	n = pairs_up_to((u64 *)boot_info.ram, boot_info.nr_ram, start);
	if (!n || boot_info.ram[n - 1].end < start + len)
		return NULL;
	/* Blocks don't overlap: the last that begins before the end ends last */
	n = pairs_up_to((u64 *)boot_info.block, boot_info.nr_blocks,
			start + len - 1);
	block = &boot_info.block[n ? n - 1 : 0];
	if (n && block->start + block->size > start)
		return NULL;
	return window_pointer(addr);
}
