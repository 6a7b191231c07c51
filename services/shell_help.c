// SPDX-License-Identifier: GPL-2.0-only
/* Shell command "help": all commands, or what one of them does. */
#include "services/shell.h"

static void print_one(struct shell *shell, const struct shell_command *command)
{
	sink_printf(&shell->sink, "%s%s - %s\n", command->name, command->usage,
		    command->help);
}

/* Return: whether there is a second piece */
static bool print_help(struct shell *shell)
{
	const struct shell_command *command = shell_find(shell->args[0]);

	if (!command) {
		shell_fail(shell, "unknown command: %s", shell->args[0]);
		return false;
	}
	if (shell->state.index++) {
		shell->work += 6 * SHELL_OUT_MAX;
		sink_printf(&shell->sink, "%s", command->details);
		return false;
	}
	print_one(shell, command);
	return command->details;
}

static bool next(struct shell *shell)
{
	const struct shell_command *command;

	if (shell->nr_args)
		return print_help(shell);
	command = shell_command_at(shell->state.index++);
	if (!command)
		return false;
	print_one(shell, command);
	return true;
}

SHELL_COMMAND(help) = {
	.name = "help",
	.usage = " [command]",
	.help = "list the commands, or tell what one does",
	.max_args = 1,
	.work = 1500,
	.next = next,
};
