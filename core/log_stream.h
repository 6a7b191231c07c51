/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log's text as one stream of bytes: the VMM's own ring, and the guest's buffer.
 * For core/log.c alone, whose lock is held at each call.
 */
#ifndef CORE_LOG_STREAM_H
#define CORE_LOG_STREAM_H

#include "core/addr.h"

/* Bytes of a line, the newline among them */
#define LOG_LINE_MAX	512

/* Lines about the VMM's protection that are kept beside the ring */
#define LOG_KEPT_LINES	32

/**
 * struct stream_stats - the stream's account
 * @written: bytes ever put in
 * @lost: bytes that readers missed
 * @ring: size of the own ring, 0 before stream_init()
 * @attached: whether a guest's buffer gets the stream
 */
struct stream_stats {
	u64 written;
	u64 lost;
	u32 ring;
	bool attached;
};

/**
 * stream_init() - give the stream its ring
 * @ring: memory that nobody else uses
 * @size: bytes, a power of two, above LOG_LINE_MAX
 */
void stream_init(void *ring, u32 size);

/* Whether there is a ring; may be asked without the lock */
bool stream_ready(void);

/**
 * stream_put() - add one line
 * @text: the line, its newline among it
 * @len: bytes, at most LOG_LINE_MAX
 * @keep: whether it is to outlive what comes after it
 */
void stream_put(const char *text, u32 len, bool keep);

/* Gives the reader the kept lines for which there was no room, as far as there is now */
void stream_catch_up(void);

/**
 * stream_attach() - give the stream to a buffer in the guest's memory
 * @buf: the VMM's pointer to it
 * @size: bytes, above VMMLOG_HEADER_SIZE
 */
void stream_attach(u8 *buf, u32 size);
void stream_detach(void);

/**
 * stream_read() - copy from what the VMM itself has of the stream
 * @pos: position in the stream; moved to the first byte at or behind it that is still
 *	there, then forward by what was copied
 * Return: bytes copied, 0 at the end.
 */
size_t stream_read(u64 *pos, char *buf, size_t size);

void stream_get_stats(struct stream_stats *stats);

#endif /* CORE_LOG_STREAM_H */
