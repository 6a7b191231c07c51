// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMM's log: its lines, their limits and its lock. Where they go:
 * core/log_stream.c.
 */
#include "core/log.h"
#include "core/backend.h"
#include "core/clock.h"
#include "core/log_limit.h"
#include "core/log_stream.h"
#include "core/spinlock.h"
#include "core/string.h"
#include "uapi/vmmcall_abi.h"

/* Lines that are the same are written so often, or when there are so many */
#define REPEATS_PER_SEC	1
#define REPEATS_MAX	64

/* struct line - a line while it is put together */
struct line {
	struct sink sink;
	char text[LOG_LINE_MAX];
	u32 len;
	bool cut;
};

/*
 * struct source - the last line of a class. While the same one comes again, it is only
 * counted, and written later with the number.
 */
struct source {
	struct log_limit limit;
	u64 told;		/* of limit.suppressed, what lines have said */
	u64 written;		/* log_clock() when it was written last */
	u64 came;		/* ... when it came last */
	u32 cpu;		/* where it came */
	u32 repeats;		/* that aren't written yet */
	enum log_level level;
	u32 len;		/* of @text; 0: there was no line */
	char text[LOG_LINE_MAX];
};

static struct {
	struct nested_lock lock;
	u64 started;		/* TSC of the first line */
	u64 repeated;		/* lines that are a number in another one */
	struct source source[NR_LOG_CLASSES];
	struct line line;	/* as it goes to the stream */
	struct line text;	/* without what stands before it */
} vmmlog;

/*
 * An NMI, a machine check or a fault may want a line while this very CPU writes one,
 * or waits for its turn to: such a line is left out. So is one that comes before there
 * is a ring.
 */
static bool log_lock(void)
{
	return stream_ready() &&
	       nested_lock(&vmmlog.lock, this_cpu()->number);
}

static void log_unlock(void)
{
	nested_unlock(&vmmlog.lock, this_cpu()->number);
}

/* Counts a line that its CPU, being in the log already, can't write */
static void skip_line(enum log_class class)
{
	log_limit_skip(&vmmlog.source[class].limit);
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

static void line_clear(struct line *line)
{
	line->sink.put = line_put;
	line->len = 0;
	line->cut = false;
}

static void line_start(struct line *line, enum log_level level, u64 now, u32 cpu)
{
	static const char *const names[] = { "error", "warning", "info" };
	u64 us;

	line_clear(line);
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
	sink_printf(&line->sink, " cpu%u %s: ", cpu,
		    level <= LOG_INFO ? names[level] : "?");
}

static void line_end(struct line *line, bool keep)
{
	if (line->cut)
		memcpy(line->text + line->len - 3, "...", 3);
	line->text[line->len++] = '\n';
	stream_put(line->text, line->len, keep);
}

/* What the lines before this one of its class were that are not in the log */
static void print_left_out(struct sink *sink, struct source *source)
{
	u64 suppressed = READ_ONCE(source->limit.suppressed);
	u64 left_out = suppressed - source->told;

	source->told = suppressed;
	if (source->repeats > 1 && left_out)
		sink_printf(sink, "(repeated %u times, %llu lines suppressed) ",
			    source->repeats, left_out);
	else if (source->repeats > 1)
		sink_printf(sink, "(repeated %u times) ", source->repeats);
	else if (left_out)
		sink_printf(sink, "(%llu lines suppressed) ", left_out);
}

static void source_write(struct source *source)
{
	struct line *line = &vmmlog.line;

	line_start(line, source->level, source->came, source->cpu);
	print_left_out(&line->sink, source);
	line_put(&line->sink, source->text, source->len);
	vmmlog.repeated += source->repeats - 1;
	source->repeats = 0;
	source->written = source->came;
	line_end(line, source == &vmmlog.source[LOG_PROTECTION]);
}

/* Each of these took a token when it came, so this can't be made to fill the log */
static void write_repeats(void)
{
	u32 i;

	for (i = 0; i < NR_LOG_CLASSES; i++)
		if (vmmlog.source[i].repeats)
			source_write(&vmmlog.source[i]);
}

/* For a reader, who is to see all that has come */
static void bring_up_to_date(void)
{
	write_repeats();
	stream_catch_up();
}

/* Whether the same line came before, on the same CPU */
static bool is_repeat(const struct source *source, const struct line *text,
		      enum log_level level)
{
	return source->len == text->len && text->len &&
	       source->level == level && source->cpu == this_cpu()->number &&
	       !memcmp(source->text, text->text, text->len);
}

/* Who repeats a line rarely has it written each time. Without a clock, the number decides. */
static bool repeats_are_due(const struct source *source)
{
	u64 second = (u64)boot_info.tsc_khz * 1000 / REPEATS_PER_SEC;

	return source->repeats >= REPEATS_MAX ||
	       (second && source->came - source->written >= second);
}

static void source_take(struct source *source, const struct line *text,
			enum log_level level)
{
	bool repeat = is_repeat(source, text, level);

	if (!repeat) {
		write_repeats();
		memcpy(source->text, text->text, text->len);
		source->len = text->len;
		source->level = level;
		source->cpu = this_cpu()->number;
	}
	source->came = log_clock();
	source->repeats++;
	if (!repeat || repeats_are_due(source))
		source_write(source);
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
		skip_line(LOG_BY_VMM);
		return;
	}
	write_repeats();
	line_start(&vmmlog.line, level, log_clock(), this_cpu()->number);
	va_start(ap, fmt);
	sink_vprintf(&vmmlog.line.sink, fmt, ap);
	va_end(ap);
	line_end(&vmmlog.line, false);
	log_unlock();
}

/* Where the guest is on this CPU; while it has none, there is nothing to tell */
static void print_guest(struct sink *sink)
{
	struct cpu *cpu = this_cpu();

	if (cpu->state == CPU_IN)
		sink_printf(sink, ", rip %#llx cr3 %#llx", backend_guest_rip(cpu),
			    backend_guest_cr3(cpu));
}

static void log_limited(enum log_class class, enum log_level level,
			const char *fmt, va_list ap)
{
	struct source *source = &vmmlog.source[class];

	if (!log_limit_take(&source->limit))
		return;
	if (!log_lock()) {
		skip_line(class);
		return;
	}
	line_clear(&vmmlog.text);
	sink_vprintf(&vmmlog.text.sink, fmt, ap);
	print_guest(&vmmlog.text.sink);
	source_take(source, &vmmlog.text, level);
	log_unlock();
}

/* At most LOG_BURST lines of a class at once, and LOG_PER_SEC a second, on all CPUs */
void vmm_log_guest(enum log_level level, const char *fmt, ...)
{
	struct cpu *cpu = this_cpu();
	bool user = cpu->state == CPU_IN && backend_guest_cpl(cpu);
	va_list ap;

	va_start(ap, fmt);
	log_limited(user ? LOG_BY_USER : LOG_BY_KERNEL, level, fmt, ap);
	va_end(ap);
}

void vmm_log_protect(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_limited(LOG_PROTECTION, level, fmt, ap);
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
	bring_up_to_date();
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
 * @pos: position in the stream; moved to the first byte at or behind it that is still
 *	kept, then forward by what was copied
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
	bring_up_to_date();
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
	u32 i;

	if (locked)
		bring_up_to_date();
	stream_get_stats(&text);
	*stats = (struct log_stats){
		.started = vmmlog.started,
		.written = text.written,
		.lost = text.lost,
		.repeated = vmmlog.repeated,
		.ring = text.ring,
		.attached = text.attached,
		.longest_wait = spin_longest_wait(&vmmlog.lock.lock),
	};
	for (i = 0; i < NR_LOG_CLASSES; i++)
		stats->suppressed[i] =
			READ_ONCE(vmmlog.source[i].limit.suppressed);
	if (locked)
		log_unlock();
}
