/* SPDX-License-Identifier: GPL-2.0-only */
/* Address spaces that the memory commands look into. */
#ifndef SERVICES_SHELL_SPACE_H
#define SERVICES_SHELL_SPACE_H

#include "services/shell.h"

/**
 * shell_space() - the guest's address space that the options "cr3=" and "cpu=" name
 * @shell: takes the options from its words
 * @mmu: the caller's paging state; with cr3= another root, with cpu= what that CPU
 *	noted. Where Linux isolates its page tables, the kernel's ones, unless cr3= is
 *	there: they have the program's memory as well
 * Return: whether there is such a space; if not, the shell has said so.
 */
bool shell_space(struct shell *shell, struct guest_mmu *mmu);

/**
 * shell_note() - what a CPU noted last
 * @cpu: any CPU
 * Return: a copy that lasts until the next one is made; NULL if there is none: the
 * shell has said so.
 */
const struct cpu_note *shell_note(struct shell *shell, const struct cpu *cpu);

/**
 * shell_walk_text() - how a walk that found no page ended, in words
 */
const char *shell_walk_text(enum guest_walk_end end);

/**
 * shell_print_nested() - print the next line of a walk of the nested tables
 * @print: its state; step is 0 at the beginning
 * Return: whether there are more lines.
 */
bool shell_print_nested(struct sink *sink, struct nested_print *print);

#endif /* SERVICES_SHELL_SPACE_H */
