// SPDX-License-Identifier: GPL-2.0-only
/* The VMM's log: its lines and its lock. Where they go: core/log_stream.c. */
#include "core/log.h"
#include "core/clock.h"
#include "core/cpu.h"
#include "core/log_stream.h"
#include "core/spinlock.h"
#include "core/string.h"
#include "uapi/vmmcall_abi.h"

/* Lines that a guest can cause, of each kind: so many at once, and so many a second */
#define GUEST_BURST	16
#define GUEST_PER_SEC	8
/* Where the TSC's rate is not known: one for so many that were left out */
#define GUEST_PER_COUNT	128

/* struct line - a line while it is put together */
struct line {
	struct sink sink;
	char text[LOG_LINE_MAX];
	u32 len;
	bool cut;
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
	u64 suppressed;
	struct limit limit[NR_LIMITS];
	struct line line;
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

	if (!stream_ready())
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
	if (line->cut)
		memcpy(line->text + line->len - 3, "...", 3);
	line->text[line->len++] = '\n';
	stream_put(line->text, line->len);
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
	stream_init(ring, (u32)size);
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
	u8 *buf;

	if (size <= VMMLOG_HEADER_SIZE || size > 0xffffffffULL ||
	    gpa_raw(addr) % sizeof(u32))
		return -EINVAL;
	buf = guest_ram(addr, size);
	if (!buf)
		return -EFAULT;
	if (!log_lock())
		return -EBUSY;
	stream_attach(buf, (u32)size);
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
	stream_detach();
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
	size_t len;

	if (!log_lock())
		return 0;
	len = stream_read(pos, buf, size);
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
	struct stream_stats text;
	bool locked = log_lock();

	stream_get_stats(&text);
	*stats = (struct log_stats){
		.started = vmmlog.started,
		.written = text.written,
		.lost = text.lost,
		.suppressed = vmmlog.suppressed,
		.ring = text.ring,
		.attached = text.attached,
	};
	if (locked)
		log_unlock();
}
