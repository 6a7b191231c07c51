// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pool of pages for page tables: the end of the shared block. Pages are
 * given out once and never come back, so two pointers are all there is to it.
 */
#include "core/cpu.h"
#include "core/radix.h"
#include "core/string.h"

static u64 pool_used;		/* bytes given out */

/**
 * pool_alloc_page() - a zeroed page out of the donated memory
 *
 * Context: root mode, any CPU, no lock needed.
 * Return: the page's VMM address, NULL when there is none left.
 */
void *pool_alloc_page(void)
{
	u64 used = __atomic_load_n(&pool_used, __ATOMIC_RELAXED);
	void *page;

	do {
		if (boot_info.pool_start + used + UV_PAGE_SIZE >
		    boot_info.pool_end)
			return NULL;
	} while (!__atomic_compare_exchange_n(&pool_used, &used,
					      used + UV_PAGE_SIZE, false,
					      __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	page = (void *)(boot_info.pool_start + used);
	/* An old entry that survives would be a hole in the VMM */
	memset(page, 0, UV_PAGE_SIZE);
	return page;
}

/**
 * pool_used_bytes() - how much has been given out, from the pool's start on
 */
u64 pool_used_bytes(void)
{
	return __atomic_load_n(&pool_used, __ATOMIC_RELAXED);
}

/**
 * pool_to_phys() - host-physical address of a page in the shared block
 */
hpa_t pool_to_phys(const void *page)
{
	return hpa((u64)page - UV_IMAGE_BASE + boot_info.shared_pa);
}

/**
 * pool_from_phys() - VMM address of a page in the shared block
 * @addr: host-physical address, page-aligned
 *
 * Return: the address, NULL if @addr is no page of the shared block.
 */
void *pool_from_phys(hpa_t addr)
{
	u64 offset = hpa_raw(addr) - boot_info.shared_pa;

	if (hpa_raw(addr) < boot_info.shared_pa ||
	    hpa_raw(addr) % UV_PAGE_SIZE ||
	    offset >= boot_info.shared_size ||
	    boot_info.shared_size - offset < UV_PAGE_SIZE)
		return NULL;
	return (void *)(UV_IMAGE_BASE + offset);
}
