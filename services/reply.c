// SPDX-License-Identifier: GPL-2.0-only
/* How calls whose answer is a text give it to their caller. */
#include "core/string.h"
#include "services/reply.h"

#define CHUNK	256	/* bytes collected before the caller's tables are walked */

/* A sink that only counts */
struct counter {
	struct sink sink;
	u64 len;
};

/* A sink that writes to the caller's memory */
struct writer {
	struct sink sink;
	struct guest_mmu mmu;
	gva_t start;
	u64 size;		/* bytes that may be written */
	u64 len;		/* of the text so far, whether it fits or not */
	u64 written;
	bool failed;
	u32 fill;
	char chunk[CHUNK];
};

static void counter_put(struct sink *sink, const char *text, size_t len)
{
	(void)text;
	container_of(sink, struct counter, sink)->len += len;
}

static void writer_flush(struct writer *w)
{
	gva_t to = gva(gva_raw(w->start) + w->written);

	if (w->fill && !w->failed)
		w->failed = guest_write(&w->mmu, to, w->chunk, w->fill) != 0;
	w->written += w->fill;
	w->fill = 0;
}

static void writer_put(struct sink *sink, const char *text, size_t len)
{
	struct writer *w = container_of(sink, struct writer, sink);
	u64 room = w->len < w->size ? w->size - w->len : 0;
	size_t part;

	w->len += len;
	if (len > room)
		len = room;
	for (; len; len -= part, text += part) {
		part = CHUNK - w->fill < len ? CHUNK - w->fill : len;
		memcpy(w->chunk + w->fill, text, part);
		w->fill += part;
		if (w->fill == CHUNK)
			writer_flush(w);
	}
}

void reply_text(struct vmmcall *call, void (*print)(struct sink *sink))
{
	struct counter counter = { .sink.put = counter_put };
	struct writer w;

	print(&counter.sink);

	w.sink.put = writer_put;
	w.start = gva(vmmcall_rbx(call));
	w.size = vmmcall_rcx(call);
	w.len = 0;
	w.written = 0;
	w.failed = false;
	w.fill = 0;
	/* 32-bit code has nothing above 4 GiB that it could write to */
	if (w.size && w.size - 1 > call->mask - gva_raw(w.start))
		w.size = call->mask - gva_raw(w.start) + 1;
	if (counter.len > w.size) {
		vmmcall_set_rcx(call, counter.len);
		vmmcall_set_rax(call, 1);
		return;
	}
	vmmcall_mmu(call, &w.mmu);
	print(&w.sink);
	writer_flush(&w);
	vmmcall_set_rcx(call, w.len);
	vmmcall_set_rax(call, w.failed || w.len > w.size);
}
