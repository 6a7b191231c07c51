// SPDX-License-Identifier: GPL-2.0-only
/*
 * "get_status_part": the report of get_status in pieces, all CPUs of any machine. In: rbx
 * and rcx, address and size of a buffer; rdx, where to go on: 0 at the beginning, else
 * what the last call left there. Out: rax, 0, or 1 if the buffer has no room for a line,
 * the caller couldn't write to it or no call gave this rdx; then rcx and rdx stay as they
 * were. Else rcx, the bytes stored, whole lines; rdx, where to go on, 0 at the end.
 */
#include "services/reply.h"
#include "services/report.h"

#define PART_LINES	64	/* at most in a call, which bounds its work */

/* struct part - what a call can take: a line as a whole or not at all */
struct part {
	struct sink sink;
	struct reply reply;
	bool full;
};

static void part_put(struct sink *sink, const char *text, size_t len)
{
	struct part *part = container_of(sink, struct part, sink);
	struct reply *reply = &part->reply;

	part->full = len > reply->size - reply->len;
	if (!part->full)
		reply->sink.put(&reply->sink, text, len);
}

/* Return: whether something was stored; @report is where to go on */
static bool store(struct part *part, struct report *report)
{
	struct report next = *report;
	u32 lines;

	for (lines = 0; lines < PART_LINES; lines++) {
		if (!report_line(&next, &part->sink) || part->full)
			break;
		*report = next;
	}
	return lines && reply_end(&part->reply);
}

static void get_status_part(struct vmmcall *call)
{
	struct report report;
	struct part part;

	part.sink.put = part_put;
	part.full = false;
	reply_start(&part.reply, call);
	if (!report_resume(&report, vmmcall_rdx(call)) ||
	    !store(&part, &report)) {
		vmmcall_set_rax(call, 1);
		return;
	}
	vmmcall_set_rax(call, 0);
	vmmcall_set_rcx(call, part.reply.len);
	vmmcall_set_rdx(call, report_position(&report));
}

VMMCALL_DEFINE(get_status_part, VMMCALL_NAME_GET_STATUS_PART, get_status_part,
	       VMMCALL_LEVEL_ANY);
