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
 *
 * Lines about the VMM's protection are kept in places of their own as well, which no
 * other line takes, with their positions. So what is lost, for a reader or in the own
 * ring, is what lies between them: a notice is told for that, then the kept line. And
 * the last bytes of a reader's buffer are for them (reader.reserve), so that
 * a buffer full of other lines still takes them at once.
 */
#include "core/log_stream.h"
#include "core/boot.h"
#include "core/format.h"
#include "core/string.h"
#include "uapi/vmmcall_abi.h"

/* Of a buffer that isn't too small for it, half is for kept lines, at most so much */
#define RESERVE_MAX	2048

#define NOTICE_MAX	48	/* "\n[N bytes of log lost]\n" */

static_assert(LOG_LINE_MAX < UV_LOG_MIN);

/* struct reader - the guest's buffer */
struct reader {
	u32 *count;		/* NULL: nobody reads */
	char *ring;
	u32 capacity;		/* bytes */
	u32 reserve;		/* of these, for kept lines alone */
	u32 room;		/* that is left, while something is given */
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

/* struct kept - a line about the VMM's protection */
struct kept {
	u64 start;		/* position in the stream */
	u64 end;
	char text[LOG_LINE_MAX];
};

static struct {
	u64 head;		/* the stream's end */
	u64 told;		/* see the top of this file */
	u64 lost;		/* sum of all notices */
	struct notice notice;
	struct reader reader;
	struct kept kept[LOG_KEPT_LINES];
	u64 nr_kept;		/* ever; the last ones are there */
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

static void keep_line(const char *text, u32 len)
{
	struct kept *kept = &stream.kept[stream.nr_kept++ % LOG_KEPT_LINES];

	kept->start = stream.head;
	kept->end = stream.head + len;
	memcpy(kept->text, text, len);
}

/* The first kept line that ends behind a position, or NULL */
static const struct kept *kept_behind(u64 pos)
{
	u64 i = stream.nr_kept;
	const struct kept *first = NULL, *kept;

	/* From the newest on: mostly there is none */
	while (i && i + LOG_KEPT_LINES > stream.nr_kept) {
		kept = &stream.kept[--i % LOG_KEPT_LINES];
		if (kept->end <= pos)
			break;
		first = kept;
	}
	return first;
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

/* What is left of the room but so much */
static u32 room_beyond(const struct reader *r, u32 reserve)
{
	return r->room > reserve ? r->room - reserve : 0;
}

/*
 * Gives the reader text, as far as there is room. What it ends with is taken from @text,
 * which the guest can't change. Return: bytes given.
 */
static u32 reader_put(struct reader *r, const char *text, u64 len, u32 reserve)
{
	u32 give = (u32)min_u64(len, room_beyond(r, reserve));
	u32 first = (u32)min_u64(give, r->capacity - r->pos);

	if (!give)
		return 0;
	memcpy(r->ring + r->pos, text, first);
	memcpy(r->ring, text + first, give - first);
	r->mid_line = text[give - 1] != '\n';
	r->pos = give == first ? r->pos + give : give - first;
	if (r->pos == r->capacity)
		r->pos = 0;
	r->room -= give;
	return give;
}

/* Return: whether the reader has the whole notice now */
static bool give_notice(struct reader *r, struct notice *n)
{
	n->pos += reader_put(r, n->text + n->pos, n->len - n->pos, 0);
	return n->pos == n->len;
}

/* Return: whether the reader has the whole line now */
static bool give_kept(struct reader *r, const struct kept *kept)
{
	stream.told += reader_put(r, kept->text + (stream.told - kept->start),
				  kept->end - stream.told, 0);
	return stream.told == kept->end;
}

/* As give_kept(), for what the own ring has up to @end */
static bool give_text(struct reader *r, u64 end)
{
	u32 given = 1;

	while (stream.told < end && given) {
		given = reader_put(r, stream.ring + ring_offset(stream.told),
				   ring_piece(stream.told, end - stream.told),
				   r->reserve);
		stream.told += given;
	}
	return stream.told == end;
}

/*
 * A notice waits until it fits as a whole, and in a buffer that it can never fit, until
 * that is empty; no text passes it. Return: whether there is one.
 */
static bool make_notice(struct reader *r, struct notice *n, u64 bytes,
			u32 reserve)
{
	if (room_beyond(r, reserve) < NOTICE_MAX && r->room < r->capacity)
		return false;
	n->len = (u32)vmm_snprintf(n->text, sizeof(n->text),
				   "%s[%llu bytes of log lost]\n",
				   r->mid_line ? "\n" : "", bytes);
	n->pos = 0;
	n->bytes = bytes;
	stream.lost += bytes;
	stream.told += bytes;
	return true;
}

/*
 * One step: a notice, a kept line, or text up to the next one. Return: whether there may
 * be another step.
 */
static bool reader_step(struct reader *r, u64 from, u64 end)
{
	struct notice *n = &stream.notice;
	const struct kept *kept;
	u64 next;

	if (n->pos < n->len)
		return give_notice(r, n);
	if (stream.told >= end)
		return false;
	kept = kept_behind(stream.told);
	if (kept && kept->start >= end)
		kept = NULL;
	if (kept && kept->start <= stream.told)
		return give_kept(r, kept);
	next = kept ? kept->start : end;
	if (stream.told < from)
		return make_notice(r, n, min_u64(from, next) - stream.told,
				   kept ? 0 : r->reserve);
	if (give_text(r, next))
		return true;
	return kept && make_notice(r, n, next - stream.told, 0);
}

/*
 * Gives the reader the stream up to @end, with a notice for what was lost before @from.
 * Bounded: two steps a kept line and two more; and @from lies a line before @end, but
 * for a new reader.
 */
static void reader_push(u64 from, u64 end)
{
	struct reader *r = &stream.reader;
	u32 room;

	if (!r->count)
		return;
	room = reader_room(r);
	r->room = room;
	while (reader_step(r, from, end))
		;
	/* The text must be there before the count says so; this is a full barrier */
	if (room != r->room)
		__atomic_fetch_add(r->count, room - r->room, __ATOMIC_SEQ_CST);
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

void stream_put(const char *text, u32 len, bool keep)
{
	u64 start = stream.head;

	if (keep)
		keep_line(text, len);
	ring_put(text, len);
	reader_push(start, stream.head);
}

void stream_catch_up(void)
{
	const struct kept *last =
		&stream.kept[(stream.nr_kept - 1) % LOG_KEPT_LINES];

	if (kept_behind(stream.told))
		reader_push(last->end, last->end);
}

void stream_attach(u8 *buf, u32 size)
{
	struct notice *n = &stream.notice;

	stream.reader = (struct reader){
		.count = (u32 *)(void *)buf,
		.ring = (char *)buf + VMMLOG_HEADER_SIZE,
		.capacity = size - VMMLOG_HEADER_SIZE,
	};
	if (stream.reader.capacity >= RESERVE_MAX)
		stream.reader.reserve = (u32)min_u64(stream.reader.capacity / 2,
						     RESERVE_MAX);
	/* The last reader got no or half a notice: this one gets the bytes */
	if (n->pos < n->len) {
		stream.told -= n->bytes;
		stream.lost -= n->bytes;
		n->len = 0;
		n->pos = 0;
	}
	reader_push(stream.told >= oldest() ? stream.told : oldest_line(),
		    stream.head);
}

void stream_detach(void)
{
	stream.reader.count = NULL;
}

/* Copies from a kept line that the own ring has dropped, if there is one */
static size_t read_kept(u64 *pos, char *buf, size_t size)
{
	const struct kept *kept = kept_behind(*pos);
	size_t len;

	if (!kept || kept->start >= oldest())
		return 0;
	if (*pos < kept->start)
		*pos = kept->start;
	len = min_u64(kept->end - *pos, size);
	memcpy(buf, kept->text + (*pos - kept->start), len);
	*pos += len;
	return len;
}

size_t stream_read(u64 *pos, char *buf, size_t size)
{
	size_t len;

	if (*pos < oldest()) {
		len = read_kept(pos, buf, size);
		if (len)
			return len;
		*pos = oldest();
	}
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
