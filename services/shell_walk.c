// SPDX-License-Identifier: GPL-2.0-only
/* Shell command "walk": the guest's page tables, step by step, then the nested ones. */
#include "core/paging.h"
#include "services/shell_args.h"
#include "services/shell_space.h"

/* struct flag - a bit of an entry, and where it means that */
struct flag {
	u64 bit;
	bool leaf;		/* in leaves only */
	const char *name;
};

static const struct flag flags[] = {
	{ PTE_RW, false, "write" },
	{ PTE_US, false, "user" },
	{ PTE_PWT, false, "write-through" },
	{ PTE_PCD, false, "cache-disable" },
	{ PTE_A, false, "accessed" },
	{ PTE_D, true, "dirty" },
	{ PTE_G, true, "global" },
	{ PTE_NX, false, "no-execute" },
};

static void print_flags(struct sink *sink, u64 entry, u32 shift, bool leaf)
{
	u64 key = entry >> PTE_PKEY_SHIFT & PTE_PKEY_MASK;
	u32 i;

	if (!(entry & PTE_P)) {
		sink_printf(sink, " not present");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		if (entry & flags[i].bit && (leaf || !flags[i].leaf))
			sink_printf(sink, " %s", flags[i].name);
	if (shift > 12 && entry & PTE_PS)
		sink_printf(sink, " large");
	/* PAT: bit 7 of a PTE, bit 12 of a large leaf */
	if (leaf && entry & (shift > 12 ? BIT_ULL(12) : PTE_PS))
		sink_printf(sink, " pat");
	if (leaf && key)
		sink_printf(sink, " key=%llu", key);
}

static void print_step(struct sink *sink, const struct guest_walk *walk, u32 i)
{
	static const char * const names[] = {
		"PTE", "PDE", "PDPTE", "PML4E", "PML5E",
	};
	u32 shift = walk->shift + 9 * (walk->nr - 1 - i);
	bool last = i == walk->nr - 1;

	sink_printf(sink, "%-5s %#llx = 0x%016llx", names[(shift - 12) / 9],
		    walk->at[i], walk->entry[i]);
	if (last && walk->end == WALK_NO_TABLE)
		sink_printf(sink, " not RAM");
	else
		print_flags(sink, walk->entry[i], shift,
			    last && walk->end == WALK_MAPPED);
	sink_printf(sink, "\n");
}

/* What all levels together allow */
static void print_result(struct sink *sink, u64 addr,
			 const struct guest_walk *walk)
{
	u64 all = ~0ULL, any = 0;
	u32 i;

	if (walk->end != WALK_MAPPED) {
		sink_printf(sink, "%#llx: %s\n", addr,
			    shell_walk_text(walk->end));
		return;
	}
	for (i = 0; i < walk->nr; i++) {
		all &= walk->entry[i];
		any |= walk->entry[i];
	}
	sink_printf(sink, "%#llx is guest-physical %#llx, page of %s, read%s%s%s\n",
		    addr, gpa_raw(walk->result),
		    walk->shift == 12 ? "4K" : walk->shift == 21 ? "2M" : "1G",
		    all & PTE_RW ? " write" : "",
		    any & PTE_NX ? "" : " execute",
		    all & PTE_US ? " user" : "");
}

static bool start(struct shell *shell)
{
	struct walk_print *print = &shell->state.walk;
	struct guest_mmu mmu;

	if (!shell_space(shell, &mmu) || !shell_positional(shell, 1, 1) ||
	    !shell_number(shell, shell->args[0], &print->addr))
		return false;
	guest_walk(&mmu, gva(print->addr), &print->walk);
	print->nested.addr = gpa_raw(print->walk.result);
	sink_printf(&shell->sink, "CR3   0x%016llx\n", mmu.cr3);
	return true;
}

static bool next(struct shell *shell)
{
	struct walk_print *print = &shell->state.walk;
	const struct guest_walk *walk = &print->walk;
	u32 step = print->step++;

	if (!step)
		return start(shell);
	if (step <= walk->nr) {
		print_step(&shell->sink, walk, step - 1);
		return true;
	}
	if (step == walk->nr + 1) {
		print_result(&shell->sink, print->addr, walk);
		return walk->end == WALK_MAPPED;
	}
	return shell_print_nested(&shell->sink, &print->nested);
}

SHELL_COMMAND(walk) = {
	.name = "walk",
	.usage = " ADDR [cr3=X | cpu=N]",
	.help = "walk the guest's page tables, then the NPT or EPT",
	.details =
		"ADDR is virtual: of the caller's address space, of that with root X, or of\n"
		"what CPU N had when it made a call last. A line an entry: guest-physical\n"
		"address of the entry, its value, its flags. The walk reads as the kernel\n"
		"does, and sets no accessed flag.\n",
	.max_args = 2,
	.work = 7000,
	.next = next,
};
