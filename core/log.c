// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMM's log. All text ever logged is one stream of bytes, numbered from 0.
 *
 * The own ring holds the newest vmmlog.size bytes of it: [vmmlog.head -
 * vmmlog.size, vmmlog.head). The reader is a buffer in the guest's memory
 * (log_set_buf). vmmlog.told is how far readers know the stream: each byte before
 * it was either given to a reader or is part of the number in exactly one line
 * "[N bytes of log lost]". So the account is exact by construction:
 *
 * - A line that doesn't fit into the reader's buffer as a whole leaves vmmlog.told
 *   behind vmmlog.head. What lies between is lost, unless the next reader comes
 *   before the next line: then it gets it from the own ring.
 * - The next line for which there is room is preceded by the notice for it.
 * - A new reader continues where the last one stopped, at vmmlog.told; the first one
 *   gets everything. What the own ring doesn't have any more, to the end of a
 *   line, is told in a notice.
 *
 * A text that begins or goes on after a notice starts on a line of its own.
 */
#include "core/clock.h"
#include "core/cpu.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "core/string.h"
#include "uapi/vmmcall_abi.h"

#define LOG_LINE_MAX	512	/* bytes, the newline among them */
#define NOTICE_MAX	48	/* "\n[N bytes of log lost]\n" */

/* Lines that a guest can cause, of each kind: so many at once, and so many a second */
#define GUEST_BURST	16
#define GUEST_PER_SEC	8
/* Where the TSC's rate is not known: one for so many that were left out */
#define GUEST_PER_COUNT	128

static_assert(LOG_LINE_MAX < UV_LOG_MIN);

/* struct line - a line while it is put together */
struct line {
	struct sink sink;
	char text[LOG_LINE_MAX];
	u32 len;
	bool cut;
};

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

/* struct limit - the token bucket of one kind of lines */
struct limit {
	u64 last;		/* TSC of the last refill */
	u32 tokens;
	u32 skipped;		/* lines left out since the last that passed */
};

/* The kinds of lines that a guest can cause */
enum log_limit {
	LIMIT_GUEST,
	LIMIT_PROTECT,
	NR_LIMITS
};

static struct {
	struct spinlock lock;
	u64 started;		/* TSC of the first line */
	u64 head;		/* the stream's end */
	u64 told;		/* see the top of this file */
	u64 lost;		/* sum of all notices */
	u64 suppressed;
	struct limit limit[NR_LIMITS];
	struct line line;
	struct notice notice;
	struct reader reader;
	char *ring;		/* NULL before log_init(): nothing is logged */
	u32 size;		/* of the ring, a power of two */
} vmmlog = {
	.limit[LIMIT_GUEST].tokens = GUEST_BURST,
	.limit[LIMIT_PROTECT].tokens = GUEST_BURST,
};

/*
 * An NMI, a machine check or a fault may want a line while this very CPU writes
 * one. Waiting would be forever, so such a line is left out: the lock says
 * who holds it, by the CPU's number + 1. So is one that comes before there is a ring.
 */
static bool log_lock(void)
{
	u32 self = this_cpu()->number + 1;
	u32 holder = 0;

	if (!vmmlog.ring)
		return false;
	while (!__atomic_compare_exchange_n(&vmmlog.lock.taken, &holder, self,
					    false, __ATOMIC_ACQUIRE,
					    __ATOMIC_RELAXED)) {
		if (holder == self)
			return false;
		holder = 0;
		__builtin_ia32_pause();
	}
	return true;
}

static void log_unlock(void)
{
	spin_unlock(&vmmlog.lock);
}

/* The oldest byte that the own ring has */
static u64 oldest(void)
{
	return vmmlog.head > vmmlog.size ? vmmlog.head - vmmlog.size : 0;
}

static u32 ring_offset(u64 pos)
{
	return (u32)pos & (vmmlog.size - 1);
}

static u64 min_u64(u64 a, u64 b)
{
	return a < b ? a : b;
}

/* Start of the first line that the own ring has as a whole, for it has dropped some */
static u64 oldest_line(void)
{
	u64 pos = oldest();

	while (pos < vmmlog.head && vmmlog.ring[ring_offset(pos)] != '\n')
		pos++;
	return min_u64(pos + 1, vmmlog.head);
}

/* The longest piece of the own ring from a position that doesn't wrap */
static u64 ring_piece(u64 pos, u64 len)
{
	return min_u64(len, vmmlog.size - ring_offset(pos));
}

/* Copies from the stream; the range must be in the own ring */
static void ring_get(char *dst, u64 pos, size_t len)
{
	size_t first = ring_piece(pos, len);

	memcpy(dst, vmmlog.ring + ring_offset(pos), first);
	memcpy(dst + first, vmmlog.ring, len - first);
}

static void ring_put(const char *text, size_t len)
{
	size_t first = ring_piece(vmmlog.head, len);

	memcpy(vmmlog.ring + ring_offset(vmmlog.head), text, first);
	memcpy(vmmlog.ring, text + first, len - first);
	vmmlog.head += len;
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

/* As give_notice(), for the stream from vmmlog.told on */
static u32 give_text(struct reader *r, u32 room)
{
	u32 given = 0;

	while (vmmlog.told < vmmlog.head && given < room) {
		u64 left = ring_piece(vmmlog.told, vmmlog.head - vmmlog.told);
		u32 len = reader_piece(r, min_u64(left, room - given));

		reader_put(r, vmmlog.ring + ring_offset(vmmlog.told), len);
		vmmlog.told += len;
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
	vmmlog.lost += bytes;
	vmmlog.told += bytes;
}

/*
 * Gives the reader the stream from @from on, with a notice for what was lost
 * before it. A notice waits until it fits as a whole, and in a buffer that it can
 * never fit, until that is empty; no text passes it.
 */
static void reader_push(u64 from)
{
	struct reader *r = &vmmlog.reader;
	struct notice *n = &vmmlog.notice;
	u32 room, given;

	if (!r->count)
		return;
	room = reader_room(r);
	if (n->pos == n->len && vmmlog.told < from &&
	    (room >= NOTICE_MAX || room == r->capacity))
		make_notice(n, from - vmmlog.told, r->mid_line);

	given = give_notice(r, n, room);
	if (n->pos == n->len && vmmlog.told >= from)
		given += give_text(r, room - given);
	/* The text must be there before the count says so; this is a full barrier */
	if (given)
		__atomic_fetch_add(r->count, given, __ATOMIC_SEQ_CST);
}

/* The lines */

static void line_put(struct sink *sink, const char *text, size_t len)
{
	struct line *line = container_of(sink, struct line, sink);
	size_t room = sizeof(line->text) - 1 - line->len;
	size_t i;

	if (len > room) {
		len = room;
		line->cut = true;
	}
	/* Names from a guest may be in it: no new lines, no escape sequences */
	for (i = 0; i < len; i++)
		line->text[line->len++] =
			(u8)text[i] < ' ' || text[i] == 0x7f ? '?' : text[i];
}

static void line_start(struct line *line, enum log_level level)
{
	static const char *const names[] = { "error", "warning", "info" };
	u64 now = log_clock();
	u64 us;

	line->sink.put = line_put;
	line->len = 0;
	line->cut = false;

	if (!vmmlog.started)
		vmmlog.started = now;
	if (!boot_info.tsc_khz) {
		sink_printf(&line->sink, "[%#llx]", now);
	} else {
		/* Another CPU's TSC may be a little behind */
		us = now < vmmlog.started ? 0 :
			clock_us(now - vmmlog.started, boot_info.tsc_khz);
		sink_printf(&line->sink, "[%5llu.%06llu]",
			    us / CLOCK_US_PER_SEC, us % CLOCK_US_PER_SEC);
	}
	sink_printf(&line->sink, " cpu%u %s: ", this_cpu()->number,
		    level <= LOG_INFO ? names[level] : "?");
}

static void line_end(struct line *line)
{
	u64 start = vmmlog.head;

	if (line->cut)
		memcpy(line->text + line->len - 3, "...", 3);
	line->text[line->len++] = '\n';
	ring_put(line->text, line->len);
	reader_push(start);
}

/**
 * log_init() - give the log its ring
 * @ring: memory that nobody else uses
 * @size: bytes: a power of two, UV_LOG_MIN to UV_LOG_MAX
 *
 * Context: the first CPU, before anything is logged.
 * Return: 0 or -EINVAL.
 */
int log_init(void *ring, u64 size)
{
	if (size < UV_LOG_MIN || size > UV_LOG_MAX || size & (size - 1))
		return -EINVAL;
	vmmlog.ring = ring;
	vmmlog.size = (u32)size;
	return 0;
}

/**
 * vmm_log() - write one line to the log
 * @level: severity
 * @fmt: the line, see core/format.h; it is cut at LOG_LINE_MAX bytes in all
 *
 * Context: root mode, any CPU, also an NMI or fault handler: a line is left out
 * there if it interrupted the log itself on its CPU.
 */
void vmm_log(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (!log_lock()) {
		__atomic_fetch_add(&vmmlog.suppressed, 1, __ATOMIC_RELAXED);
		return;
	}
	line_start(&vmmlog.line, level);
	va_start(ap, fmt);
	sink_vprintf(&vmmlog.line.sink, fmt, ap);
	va_end(ap);
	line_end(&vmmlog.line);
	log_unlock();
}

/* Refills the bucket by time, or by what was left out if time is unknown */
static void limit_refill(struct limit *limit, u64 now, u32 khz)
{
	u64 ticks = (u64)khz * 1000 / GUEST_PER_SEC;
	u64 earned;

	if (!khz) {
		limit->tokens += limit->skipped &&
				 limit->skipped % GUEST_PER_COUNT == 0;
		return;
	}
	/* The first time, and when the TSC was set back */
	if (!limit->last || now < limit->last)
		limit->last = now;
	earned = (now - limit->last) / ticks;
	limit->last += earned * ticks;
	if (earned > GUEST_BURST - limit->tokens)
		earned = GUEST_BURST - limit->tokens;
	limit->tokens += (u32)earned;
}

/* Return: whether a line may pass */
static bool limit_take(struct limit *limit)
{
	limit_refill(limit, log_clock(), boot_info.tsc_khz);
	if (limit->tokens) {
		limit->tokens--;
		return true;
	}
	limit->skipped++;
	__atomic_fetch_add(&vmmlog.suppressed, 1, __ATOMIC_RELAXED);
	return false;
}

static void log_limited(enum log_limit kind, enum log_level level,
			const char *fmt, va_list ap)
{
	struct limit *limit = &vmmlog.limit[kind];

	if (!log_lock()) {
		__atomic_fetch_add(&vmmlog.suppressed, 1, __ATOMIC_RELAXED);
		return;
	}
	if (limit_take(limit)) {
		line_start(&vmmlog.line, level);
		if (limit->skipped)
			sink_printf(&vmmlog.line.sink, "(%u lines suppressed) ",
				    limit->skipped);
		limit->skipped = 0;
		sink_vprintf(&vmmlog.line.sink, fmt, ap);
		line_end(&vmmlog.line);
	}
	log_unlock();
}

/* At most GUEST_BURST lines at once and GUEST_PER_SEC a second on the whole machine */
void vmm_log_guest(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_limited(LIMIT_GUEST, level, fmt, ap);
	va_end(ap);
}

void vmm_log_protect(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_limited(LIMIT_PROTECT, level, fmt, ap);
	va_end(ap);
}

/**
 * log_attach() - give the log to a buffer in the guest's memory
 * @addr: guest-physical address, 4-byte aligned
 * @size: bytes, header included, below 4 GiB because the count has 32 bits
 *
 * The buffer replaces the one before it and gets at once, from its ring's start,
 * what no reader has got yet, as far as there is room. The count is added to, not
 * cleared. After an error everything is as before.
 *
 * Context: root mode, any CPU; takes the log's lock.
 * Return: 0, -EINVAL (size, alignment) or -EFAULT (not the guest's RAM).
 */
int log_attach(gpa_t addr, u64 size)
{
	struct notice *n = &vmmlog.notice;
	u8 *buf;

	if (size <= VMMLOG_HEADER_SIZE || size > 0xffffffffULL ||
	    gpa_raw(addr) % sizeof(u32))
		return -EINVAL;
	buf = guest_ram(addr, size);
	if (!buf)
		return -EFAULT;
	if (!log_lock())
		return -EBUSY;

	vmmlog.reader = (struct reader){
		.count = (u32 *)(void *)buf,
		.ring = (char *)buf + VMMLOG_HEADER_SIZE,
		.capacity = (u32)size - VMMLOG_HEADER_SIZE,
	};
	/* The last reader got no or half a notice: this one gets the bytes */
	if (n->pos < n->len) {
		vmmlog.told -= n->bytes;
		vmmlog.lost -= n->bytes;
		n->len = 0;
		n->pos = 0;
	}
	reader_push(vmmlog.told >= oldest() ? vmmlog.told : oldest_line());
	log_unlock();
	return 0;
}

/**
 * log_detach() - stop writing to the guest's memory
 *
 * What is logged from now on is kept for the next reader, in the own ring.
 *
 * Context: root mode, any CPU; takes the log's lock. After it no CPU writes to
 * the buffer any more.
 */
void log_detach(void)
{
	if (!log_lock())
		return;
	vmmlog.reader.count = NULL;
	log_unlock();
}

/**
 * log_read() - copy text from the VMM's own ring
 * @pos: position in the stream; moved to the oldest byte still kept if it lies
 *	before that, then forward by what was copied
 * @buf: where to
 * @size: bytes there
 *
 * Context: root mode, any CPU; takes the log's lock.
 * Return: bytes copied, 0 at the end.
 */
size_t log_read(u64 *pos, char *buf, size_t size)
{
	size_t len = 0;

	if (!log_lock())
		return 0;
	if (*pos < oldest())
		*pos = oldest();
	if (*pos < vmmlog.head) {
		len = min_u64(vmmlog.head - *pos, size);
		ring_get(buf, *pos, len);
		*pos += len;
	}
	log_unlock();
	return len;
}

/**
 * log_get_stats() - the log's account
 * @stats: set. Bytes that wait for a notice are lost as long as their reader is
 *	attached; the next reader may still get them.
 *
 * Context: root mode, any CPU; takes the log's lock.
 */
void log_get_stats(struct log_stats *stats)
{
	bool locked = log_lock();

	*stats = (struct log_stats){
		.started = vmmlog.started,
		.written = vmmlog.head,
		.lost = vmmlog.lost,
		.suppressed = vmmlog.suppressed,
		.ring = vmmlog.size,
		.attached = !!vmmlog.reader.count,
	};
	if (stats->attached)
		stats->lost += vmmlog.head - vmmlog.told;
	if (locked)
		log_unlock();
}
