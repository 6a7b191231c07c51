// SPDX-License-Identifier: GPL-2.0-only
/* Shell command "nested": the NPT or EPT, step by step. */
#include "services/shell_args.h"
#include "services/shell_space.h"

static bool next(struct shell *shell)
{
	struct nested_print *print = &shell->state.nested;

	if (!print->step &&
	    (!shell_positional(shell, 1, 1) ||
	     !shell_number(shell, shell->args[0], &print->addr)))
		return false;
	return shell_print_nested(&shell->sink, print);
}

SHELL_COMMAND(nested) = {
	.name = "nested",
	.usage = " ADDR",
	.help = "walk the NPT or EPT for a guest-physical address",
	.details =
		"ADDR is guest-physical. A line an entry: level, host-physical address of the\n"
		"entry, its value, what the guest may do there, memory type (EPT); then the\n"
		"host-physical address, or that there is none.\n",
	.max_args = 1,
	.work = 7000,
	.next = next,
};
