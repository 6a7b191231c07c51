// SPDX-License-Identifier: GPL-2.0-only
/* Address spaces that the memory commands look into; see services/shell_space.h. */
#include "services/shell_space.h"
#include "core/backend.h"
#include "core/cpu_note.h"
#include "core/owner.h"
#include "services/shell_args.h"

const struct cpu_note *shell_note(struct shell *shell, const struct cpu *cpu)
{
	/* Commands run one at a time, and it is too large for a stack */
	static struct cpu_note note;
	int err = cpu_note_read(cpu, &note);

	shell->work += SHELL_WORK_NOTE;
	if (!err)
		return &note;
	shell_fail(shell, "cpu %u %s", cpu->number, err == -EBUSY ?
		   "is noting its state all the time" :
		   "never noted its state: it has made no call");
	return NULL;
}

static bool noted_space(struct shell *shell, const char *text,
			struct guest_mmu *mmu)
{
	const struct cpu_note *note;
	struct cpu *cpu;

	if (!shell_cpu(shell, text, &cpu))
		return false;
	if (cpu == this_cpu())
		return true;
	note = shell_note(shell, cpu);
	if (!note)
		return false;
	mmu->cr0 = note->state.cr0;
	mmu->cr3 = note->state.cr3;
	mmu->cr4 = note->state.cr4;
	mmu->efer = note->state.efer;
	return true;
}

bool shell_space(struct shell *shell, struct guest_mmu *mmu)
{
	const char *cr3 = shell_option(shell, "cr3");
	const char *cpu = shell_option(shell, "cpu");

	backend_get_mmu(this_cpu(), mmu);
	if (cr3 && cpu) {
		shell_fail(shell, "either cr3= or cpu=");
		return false;
	}
	if (cr3)
		return shell_number(shell, cr3, &mmu->cr3);
	if (cpu && !noted_space(shell, cpu, mmu))
		return false;
	/* The kernel's table has all that the program's has */
	if (boot_info.flags & UV_BOOT_PTI)
		mmu->cr3 &= ~UV_PTI_PROGRAM;
	return true;
}

const char *shell_walk_text(enum guest_walk_end end)
{
	switch (end) {
	case WALK_NOT_LONG_MODE: return "the CPU is not in long mode";
	case WALK_NOT_CANONICAL: return "not canonical";
	case WALK_BAD_ROOT: return "no valid root in CR3";
	case WALK_NO_TABLE: return "page table not in RAM";
	case WALK_RESERVED: return "reserved bits set in the page tables";
	case WALK_BEYOND: return "not RAM";
	default: return "not mapped";
	}
}

static const char *page_size(u32 shift)
{
	switch (shift) {
	case 12: return "4K";
	case 21: return "2M";
	case 30: return "1G";
	default: return "512G or more";
	}
}

static void print_nested_end(struct sink *sink, u64 addr,
			     const struct radix_walk *walk)
{
	u64 entry = walk->entry[walk->nr - 1];
	u64 offset = (1ULL << walk->shift) - 1;
	struct owner owner;
	u64 at;

	if (!entry) {
		sink_printf(sink, "guest-physical %#llx is not mapped\n", addr);
		return;
	}
	at = (entry & RADIX_ADDR_MASK & ~offset) | (addr & offset);
	sink_printf(sink,
		    "guest-physical %#llx is host-physical %#llx, page of %s",
		    addr, at, page_size(walk->shift));
	owner_find(addr, &owner);
	if (at != addr && owner.kind != OWNER_GUEST)
		sink_printf(sink, ": zeros in place of the VMM's memory");
	sink_printf(sink, "\n");
}

bool shell_print_nested(struct sink *sink, struct nested_print *print)
{
	const struct radix *tree = backend_nested();
	u32 bits = RADIX_4K + 9 * tree->levels;
	struct radix_walk walk;
	u32 i = print->step++;
	u32 level;

	if (print->addr >> bits) {
		sink_printf(sink, "guest-physical %#llx is beyond the %u bits of the %s\n",
			    print->addr, bits, backend_nested_name);
		return false;
	}
	radix_walk(tree, print->addr, &walk);
	if (i >= walk.nr) {
		print_nested_end(sink, print->addr, &walk);
		return false;
	}
	level = tree->levels - i;
	sink_printf(sink, "%s level %u entry %#llx = 0x%016llx",
		    backend_nested_name, level, walk.at[i], walk.entry[i]);
	if (walk.entry[i])
		backend_print_nested(sink, walk.entry[i], i == walk.nr - 1);
	else
		sink_printf(sink, " not present");
	sink_printf(sink, "\n");
	return true;
}
