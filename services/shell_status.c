// SPDX-License-Identifier: GPL-2.0-only
/* Shell command "status": the report that get_status gives. */
#include "services/shell.h"

static bool next(struct shell *shell)
{
	return report_line(&shell->state.report, &shell->sink);
}

const struct shell_command shell_status = {
	.name = "status",
	.usage = "",
	.help = "show the VMM's state and the exits of all CPUs",
	.next = next,
};
