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

static void print_function(struct sink *sink, const struct vmmcall_info *info)
{
	u32 level;

	sink_printf(sink, "%u ", info->number);
	for (level = 0; level < 4; level++)
		if (info->levels & VMMCALL_LEVEL(level))
			sink_printf(sink, "%u", level);
	sink_printf(sink, " %s\n", info->name);
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
