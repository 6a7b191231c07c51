/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions of the VMM that may fault, and where to go on when they do. The
 * handlers of #PF and #GP ask extable_find(); a fault that isn't listed is a
 * bug of the VMM.
 *
 * The linker script gathers .rodata.extable between __extable_start and
 * __extable_end. Entries are absolute addresses: the image has a fixed place.
 */
#ifndef CORE_EXTABLE_H
#define CORE_EXTABLE_H

#ifdef __ASSEMBLER__

.macro EXTABLE from, to
	.pushsection .rodata.extable, "a"
	.balign 8
	.quad \from, \to
	.popsection
.endm

#else

#include "core/types.h"

/* struct extable_entry - an instruction and its fixup, VMM addresses */
struct extable_entry {
	u64 fault;
	u64 fixup;
};

extern const struct extable_entry __extable_start[];
extern const struct extable_entry __extable_end[];

/*
 * EXTABLE() - within an asm template: a fault at label @from goes on at @to
 * @from, @to: string literals, as "1b"
 *
 * Registers and memory are as they were before the faulting instruction, so an
 * output that tells success must be set before it and changed behind it.
 */
#define EXTABLE(from, to)				\
	"\t.pushsection .rodata.extable, \"a\"\n"	\
	"\t.balign 8\n"					\
	"\t.quad " from ", " to "\n"			\
	"\t.popsection\n"

/**
 * extable_find() - where to go on after a fault
 * @rip: address of the instruction that faulted
 *
 * Context: root mode, in the handler of #PF or #GP, any CPU.
 * Return: address of the fixup, 0 if the instruction isn't listed.
 */
u64 extable_find(u64 rip);

#endif /* __ASSEMBLER__ */

#endif /* CORE_EXTABLE_H */
