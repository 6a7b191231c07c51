// SPDX-License-Identifier: GPL-2.0-only
/* Shell command "log": the VMM's own log ring, as it is when the command starts. */
#include "core/log.h"
#include "services/shell.h"

#define CHUNK	256

static bool next(struct shell *shell)
{
	char buf[CHUNK];
	struct log_stats stats;
	size_t len;

	if (!shell->state.log.started) {
		/* An end, or a busy log would never let the shell prompt again */
		log_get_stats(&stats);
		shell->state.log.end = stats.written;
		shell->state.log.started = true;
	}
	len = log_read(&shell->state.log.pos, buf, sizeof(buf));
	if (shell->state.log.pos > shell->state.log.end) {
		/* Logged since, and so not ours to show */
		u64 excess = shell->state.log.pos - shell->state.log.end;

		len = excess < len ? len - excess : 0;
	}
	if (!len)
		return false;
	shell->sink.put(&shell->sink, buf, len);
	return true;
}

SHELL_COMMAND(log) = {
	.name = "log",
	.usage = "",
	.help = "show the VMM's log",
	.work = 1500,
	.next = next,
};
