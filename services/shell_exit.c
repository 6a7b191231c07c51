// SPDX-License-Identifier: GPL-2.0-only
/* Shell command "exit": the client ends; the next one finds a fresh shell. */
#include "services/shell.h"

static bool next(struct shell *shell)
{
	shell->ending = true;
	return false;
}

SHELL_COMMAND(exit) = {
	.name = "exit",
	.usage = "",
	.help = "leave the shell",
	.work = 200,
	.next = next,
};
