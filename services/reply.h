/* SPDX-License-Identifier: GPL-2.0-only */
/* How calls whose answer is a text give it to their caller. */
#ifndef SERVICES_REPLY_H
#define SERVICES_REPLY_H

#include "hypercall/vmmcall.h"

#define REPLY_CHUNK	256	/* bytes collected before the caller's tables are walked */

/**
 * struct reply - a sink that writes to the caller's memory
 * @sink: the sink
 * @mmu: how the caller's memory is reached
 * @start: where to
 * @size: bytes that may be written
 * @len: bytes of the text so far, whether they fit or not
 * @written: bytes of it that have been written
 * @failed: whether the caller could not have written some of them
 * @fill: bytes in @chunk
 * @chunk: bytes still to be written
 */
struct reply {
	struct sink sink;
	struct guest_mmu mmu;
	gva_t start;
	u64 size;
	u64 len;
	u64 written;
	bool failed;
	u32 fill;
	char chunk[REPLY_CHUNK];
};

/**
 * reply_start() - begin to write to the caller's buffer
 * @reply: set
 * @call: rbx is the buffer's virtual address, rcx its size in bytes
 */
void reply_start(struct reply *reply, const struct vmmcall *call);

/**
 * reply_end() - write what is still to be written
 * Return: whether all of the text is in the caller's buffer.
 */
bool reply_end(struct reply *reply);

/**
 * reply_text() - write a text to the caller's buffer
 * @call: rbx is the buffer's virtual address, rcx its size in bytes
 * @print: prints the text
 *
 * The text has no NUL. rcx becomes the length of the text in any case, and rax
 * 0 if all of it was written or 1 if nothing or not all was: because the buffer
 * is too small (nothing is written then, so a size of 0 asks for the length), or
 * because the caller itself could not write there. If the text has grown beyond
 * the buffer between counting and writing, it is cut at the buffer's end and
 * rax is 1.
 */
void reply_text(struct vmmcall *call, void (*print)(struct sink *sink));

#endif /* SERVICES_REPLY_H */
