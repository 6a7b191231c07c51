// SPDX-License-Identifier: GPL-2.0-only
/* Who owns a frame; see core/owner.h. The driver's boot information tells it all. */
#include "core/owner.h"
#include "core/backend.h"
#include "core/radix.h"
#include "core/window.h"

extern const struct uv_image_header __image_start;

/* Part @index of the shared block ends at: */
static u64 shared_end(u32 index)
{
	switch (index) {
	case 0: return __image_start.rodata_end;
	case 1: return __image_start.text_end;
	case 2: return __image_start.image_end;
	case 3: return boot_info.pool_start;
	case 4: return boot_info.pool_start + pool_used_bytes();
	default: return boot_info.pool_end;
	}
}

bool owner_shared_part(u32 index, struct owner *owner)
{
	static const char * const names[] = {
		"constants", "text", "data", "page tables of the start",
		"page tables", "free pool",
	};
	u64 start = index ? shared_end(index - 1) : UV_IMAGE_BASE;

	if (index >= ARRAY_SIZE(names))
		return false;
	*owner = (struct owner) {
		.kind = OWNER_SHARED,
		.start = boot_info.shared_pa + (start - UV_IMAGE_BASE),
		.size = shared_end(index) - start,
		.va = start,
		.part = names[index],
	};
	return true;
}

bool owner_cpu_part(u32 cpu, u32 index, struct owner *owner)
{
	static const struct {
		u32 page;
		u32 count;
		u32 slot_page;		/* 0 but for the first: not mapped there */
	} parts[] = {
		{ UV_CPU_DATA_PAGE, UV_CPU_DATA_PAGES, UV_CPU_DATA_PAGE },
		{ UV_CPU_VMCB_PAGE, 1, UV_CPU_VMCB_PAGE },
		{ UV_CPU_HOST_PAGE, 1, UV_CPU_HOST_PAGE },
		{ UV_CPU_HSAVE_PAGE, 1, 0 },
		{ UV_CPU_IST_PAGE, 1, UV_CPU_IST_SLOT_PAGE },
		{ UV_CPU_STACK_PAGE, UV_CPU_STACK_PAGES, UV_CPU_STACK_SLOT_PAGE },
	};
	const char * const names[ARRAY_SIZE(parts)] = {
		"data", backend_page_names[0], backend_page_names[1],
		backend_page_names[2], "exception stacks", "stack",
	};
	u64 slot = UV_CPU_BASE + cpu * UV_CPU_SLOT;

	if (index >= ARRAY_SIZE(parts))
		return false;
	*owner = (struct owner) {
		.kind = OWNER_CPU,
		.cpu = cpu,
		.start = boot_info.cpu_pa[cpu] + parts[index].page * UV_PAGE_SIZE,
		.size = parts[index].count * UV_PAGE_SIZE,
		.part = names[index],
	};
	if (!index || parts[index].slot_page)
		owner->va = slot + parts[index].slot_page * UV_PAGE_SIZE;
	return true;
}

static bool find_shared(u64 addr, struct owner *owner)
{
	u32 i;

	for (i = 0; owner_shared_part(i, owner); i++)
		if (addr - owner->start < owner->size)
			return true;
	return false;
}

/* Of CPUs that have no block, the address is 0 */
static bool find_cpu(u64 addr, struct owner *owner)
{
	u32 cpu, i;

	for (cpu = 0; cpu < boot_info.nr_cpus; cpu++) {
		if (addr - boot_info.cpu_pa[cpu] >= UV_CPU_BLOCK_SIZE ||
		    !cpu_present(cpu))
			continue;
		for (i = 0; owner_cpu_part(cpu, i, owner); i++)
			if (addr - owner->start < owner->size)
				return true;
	}
	return false;
}

static const struct uv_block *find_block(u64 addr)
{
	u32 n = pairs_up_to((const u64 *)boot_info.block, boot_info.nr_blocks,
			    addr);
	const struct uv_block *block = &boot_info.block[n ? n - 1 : 0];

	return n && addr - block->start < block->size ? block : NULL;
}

static const struct uv_ram_range *find_ram(u64 addr)
{
	u32 n = pairs_up_to((const u64 *)boot_info.ram, boot_info.nr_ram, addr);
	const struct uv_ram_range *ram = &boot_info.ram[n ? n - 1 : 0];

	return n && addr < ram->end ? ram : NULL;
}

enum owner_kind owner_kind(u64 addr)
{
	const struct uv_block *block = find_block(addr);

	if (block)
		return block->start == boot_info.shared_pa ? OWNER_SHARED :
							     OWNER_CPU;
	return find_ram(addr) ? OWNER_GUEST : OWNER_NONE;
}

void owner_find(u64 addr, struct owner *owner)
{
	enum owner_kind kind = owner_kind(addr);
	const struct uv_ram_range *ram;

	if ((kind == OWNER_SHARED && find_shared(addr, owner)) ||
	    (kind == OWNER_CPU && find_cpu(addr, owner)))
		return;
	ram = find_ram(addr);
	*owner = (struct owner) { .kind = OWNER_NONE, .part = "not RAM" };
	if (ram)
		*owner = (struct owner) {
			.kind = OWNER_GUEST,
			.start = ram->start,
			.size = ram->end - ram->start,
			.va = UV_WINDOW_BASE + ram->start,
			.part = "the guest's RAM",
		};
}
