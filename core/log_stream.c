// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log's text as one stream. See core/log_stream.h.
 *
 * The own ring holds the newest stream.size bytes: [stream.head - stream.size,
 * stream.head). The reader is a buffer in the guest's memory (log_set_buf). stream.told
 * is how far readers know the stream: each byte before it was either given to a reader
 * or is part of the number in exactly one line "[N bytes of log lost]". So the account
 * is exact by construction:
 *
 * - A line that doesn't fit into the reader's buffer as a whole leaves stream.told
 *   behind stream.head. What lies between is lost, unless the next reader comes
 *   before the next line: then it gets it from the own ring.
 * - The next line for which there is room is preceded by the notice for it.
 * - A new reader continues where the last one stopped, at stream.told; the first one
 *   gets everything. What the own ring doesn't have any more, to the end of a
 *   line, is told in a notice.
 *
 * A text that begins or goes on after a notice starts on a line of its own.
 */
#include "core/log_stream.h"
#include "core/boot.h"
#include "core/format.h"
#include "core/string.h"
#include "uapi/vmmcall_abi.h"

#define NOTICE_MAX	48	/* "\n[N bytes of log lost]\n" */

static_assert(LOG_LINE_MAX < UV_LOG_MIN);

/* struct reader - the guest's buffer */
struct reader {
	u32 *count;		/* NULL: nobody reads */
	char *ring;
	u32 capacity;		/* bytes */
	u32 pos;		/* next byte to be written */
	bool mid_line;		/* the last byte written wasn't a newline */
};

/* struct notice - a line on lost bytes, which a small buffer may get in parts */
struct notice {
	char text[NOTICE_MAX];
	u32 len;
	u32 pos;		/* bytes the reader has got */
	u64 bytes;		/* the number in the text */
};

static struct {
	u64 head;		/* the stream's end */
	u64 told;		/* see the top of this file */
	u64 lost;		/* sum of all notices */
	struct notice notice;
	struct reader reader;
	char *ring;		/* NULL before stream_init() */
	u32 size;		/* of the ring, a power of two */
} stream;

/* The oldest byte that the own ring has */
static u64 oldest(void)
{
	return stream.head > stream.size ? stream.head - stream.size : 0;
}

static u32 ring_offset(u64 pos)
{
	return (u32)pos & (stream.size - 1);
}

static u64 min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

/* Start of the first line that the own ring has as a whole, for it has dropped some */
static u64 oldest_line(void)
{
	u64 pos = oldest();

	while (pos < stream.head && stream.ring[ring_offset(pos)] != '\n')
		pos++;
	return min_u64(pos + 1, stream.head);
}

/* The longest piece of the own ring from a position that doesn't wrap */
static u64 ring_piece(u64 pos, u64 len)
{
	return min_u64(len, stream.size - ring_offset(pos));
}

/* Copies from the stream; the range must be in the own ring */
static void ring_get(char *dst, u64 pos, size_t len)
{
	size_t first = ring_piece(pos, len);

	memcpy(dst, stream.ring + ring_offset(pos), first);
	memcpy(dst + first, stream.ring, len - first);
}

static void ring_put(const char *text, size_t len)
{
	size_t first = ring_piece(stream.head, len);

	memcpy(stream.ring + ring_offset(stream.head), text, first);
	memcpy(stream.ring, text + first, len - first);
	stream.head += len;
}

/*
 * The reader's side. Of the guest's buffer only the count is ever read, once a
 * line: whatever the guest does to it, the positions are our own.
 */

static u32 reader_room(const struct reader *r)
{
	u32 count = __atomic_load_n(r->count, __ATOMIC_ACQUIRE);

	return count < r->capacity ? r->capacity - count : 0;
}

/* The longest piece that doesn't wrap */
static u32 reader_piece(const struct reader *r, u64 len)
{
	return (u32)min_u64(len, r->capacity - r->pos);
}

/* Writes a piece; what it ends with is taken from @text, which the guest can't change */
static void reader_put(struct reader *r, const char *text, u32 len)
{
	if (!len)
		return;
	memcpy(r->ring + r->pos, text, len);
	r->mid_line = text[len - 1] != '\n';
	r->pos += len;
	if (r->pos == r->capacity)
		r->pos = 0;
}

/* Return: bytes given, at most @room */
static u32 give_notice(struct reader *r, struct notice *n, u32 room)
{
	u32 given = 0;

	while (n->pos < n->len && given < room) {
		u32 len = reader_piece(r, min_u64(n->len - n->pos, room - given));

		reader_put(r, n->text + n->pos, len);
		n->pos += len;
		given += len;
	}
	return given;
}

/* As give_notice(), for the stream from stream.told on */
static u32 give_text(struct reader *r, u32 room)
{
	u32 given = 0;

	while (stream.told < stream.head && given < room) {
		u64 left = ring_piece(stream.told, stream.head - stream.told);
		u32 len = reader_piece(r, min_u64(left, room - given));

		reader_put(r, stream.ring + ring_offset(stream.told), len);
		stream.told += len;
		given += len;
	}
	return given;
}

static void make_notice(struct notice *n, u64 bytes, bool mid_line)
{
	n->len = (u32)vmm_snprintf(n->text, sizeof(n->text),
				   "%s[%llu bytes of log lost]\n",
				   mid_line ? "\n" : "", bytes);
	n->pos = 0;
	n->bytes = bytes;
	stream.lost += bytes;
	stream.told += bytes;
}

/*
 * Gives the reader the stream from @from on, with a notice for what was lost
 * before it. A notice waits until it fits as a whole, and in a buffer that it can
 * never fit, until that is empty; no text passes it.
 */
static void reader_push(u64 from)
{
	struct reader *r = &stream.reader;
	struct notice *n = &stream.notice;
	u32 room, given;

	if (!r->count)
		return;
	room = reader_room(r);
	if (n->pos == n->len && stream.told < from &&
	    (room >= NOTICE_MAX || room == r->capacity))
		make_notice(n, from - stream.told, r->mid_line);

	given = give_notice(r, n, room);
	if (n->pos == n->len && stream.told >= from)
		given += give_text(r, room - given);
	/* The text must be there before the count says so; this is a full barrier */
	if (given)
		__atomic_fetch_add(r->count, given, __ATOMIC_SEQ_CST);
}

void stream_init(void *ring, u32 size)
{
	stream.ring = ring;
	stream.size = size;
}

bool stream_ready(void)
{
	return READ_ONCE(stream.ring);
}

void stream_put(const char *text, u32 len)
{
	u64 start = stream.head;

	ring_put(text, len);
	reader_push(start);
}

void stream_attach(u8 *buf, u32 size)
{
	struct notice *n = &stream.notice;

	stream.reader = (struct reader){
		.count = (u32 *)(void *)buf,
		.ring = (char *)buf + VMMLOG_HEADER_SIZE,
		.capacity = size - VMMLOG_HEADER_SIZE,
	};
	/* The last reader got no or half a notice: this one gets the bytes */
	if (n->pos < n->len) {
		stream.told -= n->bytes;
		stream.lost -= n->bytes;
		n->len = 0;
		n->pos = 0;
	}
	reader_push(stream.told >= oldest() ? stream.told : oldest_line());
}

void stream_detach(void)
{
	stream.reader.count = NULL;
}

size_t stream_read(u64 *pos, char *buf, size_t size)
{
	size_t len;

	if (*pos < oldest())
		*pos = oldest();
	if (*pos >= stream.head)
		return 0;
	len = min_u64(stream.head - *pos, size);
	ring_get(buf, *pos, len);
	*pos += len;
	return len;
}

/* Bytes that wait for a notice are lost as long as their reader is attached */
void stream_get_stats(struct stream_stats *stats)
{
	*stats = (struct stream_stats){
		.written = stream.head,
		.lost = stream.lost,
		.ring = stream.size,
		.attached = !!stream.reader.count,
	};
	if (stats->attached)
		stats->lost += stream.head - stream.told;
}
