// SPDX-License-Identifier: GPL-2.0-only
/*
 * "get_functions": a list of the VM calls as text, registers as in
 * services/reply.h. A line a function: its number, the privilege levels that
 * may call it, its name.
 *
 *	64 0123 get_status
 *	65 0 log_set_buf
 */
#include "services/reply.h"
#include "services/text_line.h"

static void print_function(struct sink *sink, const struct vmmcall_info *info)
{
	struct text_line line;
	u32 level;

	text_start(&line);
	text_number(&line, info->number);
	text_char(&line, ' ');
	for (level = 0; level < 4; level++)
		if (info->levels & VMMCALL_LEVEL(level))
			text_char(&line, (char)('0' + level));
	text_char(&line, ' ');
	text_add(&line, info->name);
	text_end(&line, sink);
}

static void print_functions(struct sink *sink)
{
	struct vmmcall_info info;
	u32 n;

	for (n = 0; vmmcall_get_info(n, &info); n++)
		print_function(sink, &info);
}

static void get_functions(struct vmmcall *call)
{
	reply_text(call, print_functions);
}

VMMCALL_DEFINE(get_functions, VMMCALL_NAME_GET_FUNCTIONS, get_functions,
	       VMMCALL_LEVEL_ANY);
