// SPDX-License-Identifier: GPL-2.0-only
/* Shell command "owner": whose a frame of memory is, and how the guest sees it. */
#include "core/backend.h"
#include "core/owner.h"
#include "services/shell_args.h"

static void print_owner(struct sink *sink, const struct owner *owner)
{
	if (owner->kind == OWNER_SHARED)
		sink_printf(sink, "the VMM's, shared by all CPUs: ");
	else if (owner->kind == OWNER_CPU)
		sink_printf(sink, "the VMM's, CPU %u: ", owner->cpu);
	sink_printf(sink, "%s", owner->part);
	if (owner->kind != OWNER_NONE)
		sink_printf(sink, ", 0x%llx-0x%llx", owner->start,
			    owner->start + owner->size - 1);
	if (owner->va)
		sink_printf(sink, ", mapped at 0x%llx", owner->va);
	sink_printf(sink, "\n");
}

/* By the tables themselves, so that what they say is seen and not what they should */
static void print_view(struct sink *sink, u64 addr)
{
	const struct radix *tree = backend_nested();
	u32 shift;
	u64 entry = 0, at;

	if (!(addr >> (RADIX_4K + 9 * tree->levels)))
		entry = radix_lookup(tree, addr, &shift);
	if (!entry) {
		sink_printf(sink, "the guest sees nothing there\n");
		return;
	}
	at = (entry & RADIX_ADDR_MASK & ~((1ULL << shift) - 1)) |
	     (addr & ((1ULL << shift) - 1));
	if (at == addr)
		sink_printf(sink, "the guest sees it,");
	else
		sink_printf(sink, "the guest sees %#llx in its place,", at);
	backend_print_nested(sink, entry, true);
	sink_printf(sink, "\n");
}

static bool next(struct shell *shell)
{
	struct owner owner;
	u64 addr;

	if (!shell_positional(shell, 1, 1) ||
	    !shell_number(shell, shell->args[0], &addr))
		return false;
	owner_find(addr, &owner);
	print_owner(&shell->sink, &owner);
	print_view(&shell->sink, addr);
	return false;
}

SHELL_COMMAND(owner) = {
	.name = "owner",
	.usage = " ADDR",
	.help = "tell whose a frame of memory is",
	.details =
		"ADDR is host-physical, which is also what it is for the guest. Two lines: whose\n"
		"the frame is, what for, the range of it and where the VMM has it mapped; and\n"
		"what the guest sees there: itself, or a page of zeros in its place.\n",
	.max_args = 1,
	.work = 7000,
	.next = next,
};
