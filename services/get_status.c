// SPDX-License-Identifier: GPL-2.0-only
/*
 * "get_status": the VMM's state as text, see services/report.h for the lines and
 * services/reply.h for registers. Any level may call: it shows counts only, and
 * it writes where the caller itself could. Its work is bounded, so of many CPUs it shows
 * the first ones; get_status_part has all.
 */
#include "services/reply.h"
#include "services/report.h"

static void get_status(struct vmmcall *call)
{
	reply_text(call, report_print);
}

VMMCALL_DEFINE(get_status, VMMCALL_NAME_GET_STATUS, get_status,
	       VMMCALL_LEVEL_ANY);
