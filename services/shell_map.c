// SPDX-License-Identifier: GPL-2.0-only
/* Shell command "map": the guest's RAM and all memory of the VMM's. */
#include "core/backend.h"
#include "core/owner.h"
#include "services/shell.h"

static void print_range(struct sink *sink, const struct owner *owner)
{
	sink_printf(sink, " 0x%016llx-0x%016llx %lluK ", owner->start,
		    owner->start + owner->size - 1, owner->size / 1024);
	if (owner->va)
		sink_printf(sink, "at 0x%016llx", owner->va);
	else
		sink_printf(sink, "unmapped");
	sink_printf(sink, " %s\n", owner->part);
}

static bool print_ram(struct sink *sink, u32 index)
{
	struct owner owner;

	if (index >= boot_info.nr_ram)
		return false;
	owner = (struct owner) {
		.start = boot_info.ram[index].start,
		.size = boot_info.ram[index].end - boot_info.ram[index].start,
		.va = UV_WINDOW_BASE + boot_info.ram[index].start,
		.part = "RAM, the guest's but for what follows",
	};
	sink_printf(sink, "ram");
	print_range(sink, &owner);
	return true;
}

static bool print_shared(struct sink *sink, u32 index)
{
	struct owner owner;

	if (!owner_shared_part(index, &owner))
		return false;
	sink_printf(sink, "shared");
	print_range(sink, &owner);
	return true;
}

static bool print_cpu(struct sink *sink, struct cpu_print *print)
{
	struct owner owner;

	print->cpu = report_next_cpu(print->cpu);
	if (print->cpu >= boot_info.nr_cpus)
		return false;
	owner_cpu_part(print->cpu, print->step++, &owner);
	sink_printf(sink, "cpu %u", print->cpu);
	print_range(sink, &owner);
	if (!owner_cpu_part(print->cpu, print->step, &owner)) {
		print->step = 0;
		print->cpu++;
	}
	return true;
}

static void print_roots(struct sink *sink)
{
	const struct radix *nested = backend_nested();

	sink_printf(sink, "root 0x%016llx %s, %u levels\n",
		    hpa_raw(pool_to_phys(nested->root)), backend_nested_name,
		    nested->levels);
	sink_printf(sink, "root 0x%016llx the VMM's own, %u levels\n",
		    boot_info.vmm_cr3, boot_info.flags & UV_BOOT_LA57 ? 5 : 4);
}

enum { PART_RAM, PART_SHARED, PART_CPUS, PART_ROOTS };

static bool next(struct shell *shell)
{
	struct map_print *print = &shell->state.map;

	switch (print->part) {
	case PART_RAM:
		if (print_ram(&shell->sink, print->index++))
			return true;
		break;
	case PART_SHARED:
		if (print_shared(&shell->sink, print->index++))
			return true;
		break;
	case PART_CPUS:
		if (print_cpu(&shell->sink, &print->cpus))
			return true;
		break;
	default:
		print_roots(&shell->sink);
		return false;
	}
	print->part++;
	print->index = 0;
	return true;
}

SHELL_COMMAND(map) = {
	.name = "map",
	.usage = "",
	.help = "show the map of memory: the guest's and the VMM's",
	.details =
		"Host-physical ranges, first and last byte; size; where the VMM has it mapped;\n"
		"what it is. ram: the firmware's ranges, which the VMM's blocks lie in; shared:\n"
		"the block of all CPUs; cpu N: the block of that CPU; root: page tables.\n",
	.work = 3000,
	.next = next,
};
