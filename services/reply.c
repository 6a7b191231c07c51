// SPDX-License-Identifier: GPL-2.0-only
/* How calls whose answer is a text give it to their caller. */
#include "core/string.h"
#include "services/reply.h"

/* A sink that only counts */
struct counter {
	struct sink sink;
	u64 len;
};

static void counter_put(struct sink *sink, const char *text, size_t len)
{
	(void)text;
	container_of(sink, struct counter, sink)->len += len;
}

static void reply_flush(struct reply *r)
{
	gva_t to = gva(gva_raw(r->start) + r->written);

	if (r->fill && !r->failed)
		r->failed = guest_write(&r->mmu, to, r->chunk, r->fill) != 0;
	r->written += r->fill;
	r->fill = 0;
}

static void reply_put(struct sink *sink, const char *text, size_t len)
{
	struct reply *r = container_of(sink, struct reply, sink);
	u64 room = r->len < r->size ? r->size - r->len : 0;
	size_t part;

	r->len += len;
	if (len > room)
		len = room;
	for (; len; len -= part, text += part) {
		part = REPLY_CHUNK - r->fill < len ? REPLY_CHUNK - r->fill : len;
		memcpy(r->chunk + r->fill, text, part);
		r->fill += part;
		if (r->fill == REPLY_CHUNK)
			reply_flush(r);
	}
}

void reply_start(struct reply *reply, const struct vmmcall *call)
{
	u64 to_end;

	reply->sink.put = reply_put;
	reply->start = gva(vmmcall_rbx(call));
	reply->size = vmmcall_rcx(call);
	reply->len = 0;
	reply->written = 0;
	reply->failed = false;
	reply->fill = 0;
	/* 32-bit code has nothing above 4 GiB that it could write to */
	to_end = call->mask - gva_raw(reply->start);
	if (reply->size && reply->size - 1 > to_end)
		reply->size = to_end + 1;
	vmmcall_mmu(call, &reply->mmu);
}

bool reply_end(struct reply *reply)
{
	reply_flush(reply);
	return !reply->failed && reply->len <= reply->size;
}

void reply_text(struct vmmcall *call, void (*print)(struct sink *sink))
{
	struct counter counter = { .sink.put = counter_put };
	struct reply reply;
	bool done;

	print(&counter.sink);
	reply_start(&reply, call);
	if (counter.len > reply.size) {
		vmmcall_set_rcx(call, counter.len);
		vmmcall_set_rax(call, 1);
		return;
	}
	print(&reply.sink);
	done = reply_end(&reply);
	vmmcall_set_rcx(call, reply.len);
	vmmcall_set_rax(call, done ? 0 : 1);
}
