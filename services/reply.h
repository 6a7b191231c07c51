/* SPDX-License-Identifier: GPL-2.0-only */
/* How calls whose answer is a text give it to their caller. */
#ifndef SERVICES_REPLY_H
#define SERVICES_REPLY_H

#include "hypercall/vmmcall.h"

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
