/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMM's log: its own ring, which keeps the newest text, and the guest's buffer
 * (log_set_buf), which gets everything from the beginning as far as it has room.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "core/addr.h"
#include "core/format.h"

enum log_level {
	LOG_ERROR,
	LOG_WARNING,
	LOG_INFO,
};

/* Whose doing a line is. Each but the first has a limit of its own. */
enum log_class {
	LOG_BY_VMM,
	LOG_BY_USER,		/* levels 3 to 1 */
	LOG_BY_KERNEL,		/* level 0 */
	LOG_PROTECTION,
	NR_LOG_CLASSES
};

/**
 * log_init() - give the log its ring
 * @ring: memory that nobody else uses
 * @size: bytes: a power of two, UV_LOG_MIN to UV_LOG_MAX (core/boot.h)
 * Return: 0 or -EINVAL.
 */
int log_init(void *ring, u64 size);

/**
 * vmm_log() - write one line to the log
 * @level: severity
 * @fmt: the line, without newline or prefix: time, CPU and level are added
 *
 * Context: root mode, any CPU; takes the log's lock; never blocks on the guest.
 */
void vmm_log(enum log_level level, const char *fmt, ...) __printf(2, 3);

/**
 * vmm_log_guest() - write one line that a guest can cause at will
 * @level: severity
 * @fmt: the line, as for vmm_log(); the guest's RIP and CR3 are added to it
 *
 * Whose doing it is, the guest's level tells. Programs and the kernel have a rate each;
 * what is above it is counted, and the next line that passes tells how many were left
 * out. A line that is the same as the one before of its class is counted too, and
 * written once a second with the count.
 *
 * Context: as vmm_log(). A line that is left out takes no lock.
 */
void vmm_log_guest(enum log_level level, const char *fmt, ...) __printf(2, 3);

/**
 * vmm_log_protect() - the same about an attempt on the VMM itself
 * @level: severity
 * @fmt: the line, as for vmm_log_guest()
 *
 * A refused write to the VMM's memory or to an MSR that leads there, a refused leave:
 * what one looks for in the log after an attack. Such lines have a rate of their own, and
 * the last LOG_KEPT_LINES are kept, whatever else is logged, until a reader has them, and
 * for log_read() also after that.
 *
 * Context: as vmm_log_guest().
 */
void vmm_log_protect(enum log_level level, const char *fmt, ...)
	__printf(2, 3);

/**
 * log_attach() - give the log to a buffer in the guest's memory
 * @addr: guest-physical address, 4-byte aligned
 * @size: bytes, header included
 * Return: 0, -EINVAL (size, alignment) or -EFAULT (not the guest's RAM).
 */
int log_attach(gpa_t addr, u64 size);
void log_detach(void);

/**
 * log_read() - copy text of the VMM's own, for the shell
 * @pos: position in the stream of all text ever logged; moved to the first byte at or
 *       behind it that is still kept, then forward by what was copied
 * Return: bytes copied, 0 at the end.
 */
size_t log_read(u64 *pos, char *buf, size_t size);

/**
 * struct log_stats - the log's account
 * @started: log_clock() at the first line, 0 before it
 * @written: bytes ever logged
 * @lost: bytes that readers missed because their buffer was full, or because the
 *	VMM's own ring had dropped them before a reader came
 * @suppressed: lines left out by the rate limits, by class; of the VMM's own, those
 *	that came while their CPU was in the log already
 * @repeated: lines that are in the log as a number only, being the same as another
 * @ring: size of the VMM's own ring, bytes
 * @attached: whether a guest's buffer gets the log
 * @longest_wait: for the log's lock, see struct spinlock
 */
struct log_stats {
	u64 started;
	u64 written;
	u64 lost;
	u64 suppressed[NR_LOG_CLASSES];
	u64 repeated;
	u32 ring;
	bool attached;
	u32 longest_wait;
};

void log_get_stats(struct log_stats *stats);

#endif /* CORE_LOG_H */
