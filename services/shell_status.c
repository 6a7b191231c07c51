// SPDX-License-Identifier: GPL-2.0-only
/* Shell command "status": the report that get_status gives. */
#include "services/shell.h"

static bool next(struct shell *shell)
{
	return report_line(&shell->state.report, &shell->sink);
}

SHELL_COMMAND(status) = {
	.name = "status",
	.usage = "",
	.help = "show the VMM's state and the exits of all CPUs",
	.work = 1500,
	.next = next,
};
