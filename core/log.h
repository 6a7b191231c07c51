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
 * @fmt: the line, as for vmm_log()
 *
 * Rate-limited; the next line that passes tells how many were left out.
 *
 * Context: as vmm_log().
 */
void vmm_log_guest(enum log_level level, const char *fmt, ...) __printf(2, 3);

/**
 * vmm_log_protect() - the same about an attempt on the VMM itself
 * @level: severity
 * @fmt: the line, as for vmm_log()
 *
 * A refused write to the VMM's memory or to an MSR that leads there, a refused leave:
 * what a look into the log is for after an attack. Such lines have a rate of their own,
 * which no other line uses up.
 *
 * Context: as vmm_log().
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
 * log_read() - copy text from the VMM's own ring, for the shell
 * @pos: position in the stream of all text ever logged; moved to the oldest byte
 *       still kept if it lies before that, then forward by what was copied
 * Return: bytes copied, 0 at the end.
 */
size_t log_read(u64 *pos, char *buf, size_t size);

/**
 * struct log_stats - the log's account
 * @started: log_clock() at the first line, 0 before it
 * @written: bytes ever logged
 * @lost: bytes that readers missed because their buffer was full, or because the
 *	VMM's own ring had dropped them before a reader came
 * @suppressed: lines left out by the rate limit
 * @ring: size of the VMM's own ring, bytes
 * @attached: whether a guest's buffer gets the log
 */
struct log_stats {
	u64 started;
	u64 written;
	u64 lost;
	u64 suppressed;
	u32 ring;
	bool attached;
};

void log_get_stats(struct log_stats *stats);

#endif /* CORE_LOG_H */
