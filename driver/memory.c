// SPDX-License-Identifier: GPL-2.0-only
/*
 * Donated memory: one shared block for the image, its log, its page tables and its pool,
 * and a block for each present CPU on the CPU's own node.
 */
#include "driver/driver.h"

#include <linux/gfp.h>
#include <linux/topology.h>

static size_t shared_bytes(void)
{
	const struct uv_image_header *header = uv.image;
	u64 pool = uv_pool_pages(boot_cpu_data.x86_phys_bits, uv.nr_ram,
				 num_present_cpus() + 1, uv_ram_top());

	if (uv.vendor == UV_VENDOR_VMX)
		pool += uv_ept_pages(UV_MTRR_VARIABLE);

	return PAGE_ALIGN(header->image_end - UV_IMAGE_BASE) + uv.log_size +
	       uv_image_tables() + (pool << PAGE_SHIFT);
}

/* As many pages as needed, contiguous, and not a power of two of them */
static int alloc_shared(void)
{
	size_t size = shared_bytes();
	unsigned int order = get_order(size);
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN,
					order);
	unsigned long i;

	if (!page) {
		pr_err("no %zu bytes of contiguous memory for the VMM\n", size);
		return -ENOMEM;
	}
	split_page(page, order);
	for (i = size >> PAGE_SHIFT; i < 1UL << order; i++)
		__free_page(page + i);
	uv.shared = page_address(page);
	uv.shared_size = size;
	return 0;
}

static int alloc_cpu(unsigned int cpu)
{
	struct page *page = alloc_pages_node(cpu_to_node(cpu),
					     GFP_KERNEL | __GFP_ZERO,
					     UV_CPU_BLOCK_ORDER);

	if (!page) {
		pr_err("cpu%u: no memory for its block\n", cpu);
		return -ENOMEM;
	}
	uv.cpu[cpu].block = page_address(page);
	return 0;
}

/**
 * uv_memory_alloc() - donate memory to the VMM, for all present CPUs
 *
 * The image must have been chosen and the RAM's map collected.
 * Return: 0 or -ENOMEM; what was allocated is freed by uv_memory_free().
 */
int uv_memory_alloc(void)
{
	unsigned int cpu;
	int err = alloc_shared();

	if (err)
		return err;
	for_each_present_cpu(cpu) {
		err = alloc_cpu(cpu);
		if (err)
			return err;
	}
	return 0;
}

/**
 * uv_memory_clear() - no trace of the VMM is left
 *
 * All CPUs have left, for good. Stale page tables that a CPU still walks speculatively,
 * and whatever the VMM knew, end here.
 */
void uv_memory_clear(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < UV_MAX_CPUS; cpu++)
		if (uv.cpu[cpu].block)
			memset(uv.cpu[cpu].block, 0, UV_CPU_BLOCK_SIZE);
	if (uv.shared)
		memset(uv.shared, 0, uv.shared_size);
}

/**
 * uv_memory_free() - take everything back
 *
 * All CPUs have left. The memory is cleared first.
 */
void uv_memory_free(void)
{
	unsigned int cpu;
	size_t i;

	uv_memory_clear();
	for (cpu = 0; cpu < UV_MAX_CPUS; cpu++) {
		if (!uv.cpu[cpu].block)
			continue;
		free_pages((unsigned long)uv.cpu[cpu].block,
			   UV_CPU_BLOCK_ORDER);
		uv.cpu[cpu].block = NULL;
	}
	if (!uv.shared)
		return;
	for (i = 0; i < uv.shared_size; i += PAGE_SIZE)
		free_page((unsigned long)uv.shared + i);
	uv.shared = NULL;
}

/**
 * uv_memory_bytes() - how much memory the VMM has, in bytes
 */
u64 uv_memory_bytes(void)
{
	u64 bytes = uv.shared_size;
	unsigned int cpu;

	for (cpu = 0; cpu < UV_MAX_CPUS; cpu++)
		if (uv.cpu[cpu].block)
			bytes += UV_CPU_BLOCK_SIZE;
	return bytes;
}
