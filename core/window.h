/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The window through which the VMM sees the guest's RAM: physical address p lies
 * at UV_WINDOW_BASE + p. What isn't RAM, and what is the VMM's own, isn't mapped
 * there, page by page; so a load that succeeds proves that the whole page is the
 * guest's, and, as all of the window is writable, that a store would succeed too.
 */
#ifndef CORE_WINDOW_H
#define CORE_WINDOW_H

#include "core/boot.h"
#include "core/extable.h"
#include "core/guest.h"
#include "core/radix.h"

/* Physical addresses that the window can hold, without the page offset */
#define WINDOW_PAGE_MASK	((UV_WINDOW_SIZE - 1) & UV_PAGE_MASK)

/* Whether the processor has 1G pages (CPUID 0x80000001 EDX[26]); by window_init() */
extern bool window_1g_pages;

/**
 * window_init() - check the machine's memory map and map the window
 *
 * Sorts boot_info.ram and boot_info.block, joins ranges of RAM that touch and
 * cuts them to whole pages; guest_ram() needs that.
 *
 * Context: the first CPU's way in, on the VMM's tables, before any other
 * CPU and before guest memory is touched. No flush is needed: entries only
 * go from not present to present.
 * Return: 0; -EINVAL for a map with ranges that overlap, are inverted, reach
 * over UV_WINDOW_SIZE, with blocks that aren't whole pages, or without the shared
 * block among them; -EFAULT for a root table outside the shared block; -ENOMEM when
 * the pool is empty.
 */
int window_init(void);

/* The two halves of window_init(), for the unit tests */
int window_sort_ram(void);
int window_map_ram(struct radix *tree);

/**
 * vmm_tables() - the VMM's own page tables
 * @tree: set; usable for looking up, and for mapping by window_init() alone
 */
void vmm_tables(struct radix *tree);

/**
 * vmm_load64() - load from the VMM's own address space
 * @addr: VMM-virtual address, 8-byte aligned
 * @value: where to put it; left alone on failure
 * Return: whether the address is mapped.
 */
bool vmm_load64(u64 addr, u64 *value);

/**
 * window_page_probe() - check that a page is the guest's RAM, by touching it
 * @addr: guest-physical address
 *
 * Return: the VMM's pointer to the byte at @addr, valid to the end of its 4 KiB page for
 * loads and stores; NULL if the page isn't in the window.
 */
void *window_page_probe(gpa_t addr);

#ifdef UV_HOST

/* The unit tests' window is a mock behind the functions of core/guest.h */
static inline u64 window_fetch64(u64 raw)
{
	u64 value;

	return window_load64(gpa(raw), &value) ? value : 0;
}

static inline void *window_touch(u64 raw)
{
	u64 value;

	return window_load64(gpa(raw & ~7ULL), &value) ?
		window_pointer(gpa(raw)) : NULL;
}

#else

/**
 * window_fetch64() - load a paging-structure entry of the guest
 * @raw: guest-physical address, 8-byte aligned, below UV_WINDOW_SIZE
 *
 * Return: the entry; 0, which is not present, where the window has a hole.
 */
static __always_inline u64 window_fetch64(u64 raw)
{
	u64 value = 0;

	asm volatile("1:\tmovq %[mem], %[value]\n"
		     "2:\n"
		     EXTABLE("1b", "2b")
		     : [value] "+r" (value)
		     : [mem] "m" (*(const u64 *)(UV_WINDOW_BASE + raw)));
	return value;
}

/* As window_page_probe(), for an address below UV_WINDOW_SIZE */
static __always_inline void *window_touch(u64 raw)
{
	u8 *page = (u8 *)(UV_WINDOW_BASE + raw);
	u32 byte = ~0U;

	/* MOVZX can't give ~0, so that stays only if it faulted */
	asm volatile("1:\tmovzbl %[mem], %[byte]\n"
		     "2:\n"
		     EXTABLE("1b", "2b")
		     : [byte] "+r" (byte)
		     : [mem] "m" (*page));
	return byte == ~0U ? NULL : page;
}

#endif /* UV_HOST */

/*
 * Ranges of RAM and blocks are pairs of words, the first of which is the start:
 * one sort and one search do for both.
 */
static_assert(sizeof(struct uv_ram_range) == 2 * sizeof(u64));
static_assert(sizeof(struct uv_block) == 2 * sizeof(u64));
static_assert(offsetof(struct uv_ram_range, start) == 0);
static_assert(offsetof(struct uv_block, start) == 0);

/* Number of pairs that start at or below @key; they are sorted */
static inline u32 pairs_up_to(const u64 *pair, u32 nr, u64 key)
{
	u32 low = 0, high = nr;

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (pair[2 * middle] <= key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

#endif /* CORE_WINDOW_H */
