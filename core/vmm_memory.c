// SPDX-License-Identifier: GPL-2.0-only
/* The VMM's memory as the guest sees it. See core/vmm_memory.h. */
#include "core/vmm_memory.h"
#include "core/boot.h"
#include "core/cpu.h"
#include "core/fault.h"
#include "core/log.h"
#include "core/x86.h"

static u8 zero_page[UV_PAGE_SIZE] __aligned(4096);

int vmm_memory_hide(struct radix *tree, u64 flags)
{
	u32 i;

	for (i = 0; i < boot_info.nr_blocks; i++) {
		const struct uv_block *block = &boot_info.block[i];
		int err = radix_map_same(tree, block->start,
					 pool_to_phys(zero_page), block->size,
					 flags);

		if (err)
			return err;
	}
	return 0;
}

bool vmm_memory_touches(u64 start, u64 size)
{
	u32 i;

	for (i = 0; i < boot_info.nr_blocks; i++) {
		const struct uv_block *block = &boot_info.block[i];

		/* Whichever begins first reaches the other one's beginning */
		if (block->start - start < size || (size && start - block->start < block->size))
			return true;
	}
	return false;
}

/* Exceptions behind which another one is a double fault: contributory ones and #PF */
#define DOUBLE_FAULT_BEHIND	(BIT(0) | GENMASK_ULL(14, 10) | BIT(21))

u32 vmm_memory_fault(const char *what, gpa_t addr, u64 rip, u32 interrupted)
{
	u32 vector = interrupted & EVENT_VECTOR;
	bool exception = interrupted & EVENT_VALID &&
			 (interrupted & EVENT_TYPE_MASK) == EVENT_TYPE_EXCEPTION;

	if (vmm_memory_touches(gpa_raw(addr), 1))
		vmm_log_protect(LOG_WARNING,
				"guest's %s at %#llx, memory of the VMM",
				what, gpa_raw(addr));
	else
		vmm_log_guest(LOG_WARNING, "guest's %s at %#llx, not mapped",
			      what, gpa_raw(addr));
	if (exception && vector == VECTOR_DF)
		vmm_guest_shutdown(rip);
	return exception && vector < 32 && DOUBLE_FAULT_BEHIND >> vector & 1 ?
		VECTOR_DF : VECTOR_GP;
}
