/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * core/log.c and core/log_stream.c, which are included for the sake of their state, and
 * a client that collects.
 */
#ifndef LOG_CLIENT_H
#define LOG_CLIENT_H

#include "unit.h"
#include "core/log_stream.c"
#include "core/log.c"
#include "mock/mock.h"

#include <pthread.h>

#define HEADER		VMMLOG_HEADER_SIZE
#define LINE_BYTES	36	/* of "[    0.000000] cpu0 info: NNNNNNNNN\n" */

/* The reader's side of a buffer, as the log reader has it */
struct client {
	u32 *count;
	const char *ring;
	u32 capacity;
	u32 pos;
};

/* Text that a client collected */
struct text {
	char *bytes;
	size_t len;
	size_t room;
};

static int setup(void **state)
{
	u32 i;

	(void)state;
	memset(&vmmlog, 0, sizeof(vmmlog));
	memset(&stream, 0, sizeof(stream));
	mock_reset();
	/* No guest, so that a line has nothing at its end */
	for (i = 0; i < MOCK_CPUS; i++)
		mock_cpu[i].state = CPU_OUT;
	return 0;
}

/* Attaches a buffer that ends at a page's end, with the VMM's memory behind it */
static struct client attach(u32 size)
{
	u32 offset = (u32)((MOCK_RAM_END - MOCK_RAM_START - size) & ~3ULL);
	struct client c = {
		.count = (u32 *)(void *)(mock_ram + offset),
		.ring = (char *)mock_ram + offset + HEADER,
		.capacity = size - HEADER,
	};

	memset(mock_ram + offset, 0, size);
	assert_int_equal(log_attach(gpa(MOCK_RAM_START + offset), size), 0);
	return c;
}

static void append(struct text *text, char c)
{
	if (text->len == text->room) {
		text->room = text->room ? 2 * text->room : 4096;
		text->bytes = realloc(text->bytes, text->room);
		assert_non_null(text->bytes);
	}
	text->bytes[text->len++] = c;
}

/* Takes at most @max bytes out of the buffer. Return: how many */
static u32 collect(struct client *c, struct text *text, u32 max)
{
	u32 count = __atomic_load_n(c->count, __ATOMIC_ACQUIRE);
	u32 i;

	assert_true(count <= c->capacity);
	if (count > max)
		count = max;
	for (i = 0; i < count; i++) {
		append(text, c->ring[c->pos]);
		c->pos = (c->pos + 1) % c->capacity;
	}
	__atomic_fetch_sub(c->count, count, __ATOMIC_SEQ_CST);
	return count;
}

static void assert_text(struct text *text, const char *want)
{
	append(text, '\0');
	assert_string_equal(text->bytes, want);
	free(text->bytes);
	memset(text, 0, sizeof(*text));
}

/* All that the own ring has */
static void own_text(struct text *text)
{
	char buf[7];
	u64 pos = 0;
	size_t len, i;

	while ((len = log_read(&pos, buf, sizeof(buf))) != 0)
		for (i = 0; i < len; i++)
			append(text, buf[i]);
}

#endif /* LOG_CLIENT_H */
