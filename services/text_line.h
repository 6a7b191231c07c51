/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line of text, put together piece by piece. Reports are counted in instructions, and
 * printf's conversions take five times as many as this.
 */
#ifndef SERVICES_TEXT_LINE_H
#define SERVICES_TEXT_LINE_H

#include "core/format.h"

#define TEXT_LINE_MAX	320	/* bytes; a function's name has up to 255 */
#define TEXT_DIGITS	20	/* of 2^64 - 1 */

/**
 * struct text_line - a line
 * @len: bytes in @text
 * @text: no NUL behind it
 */
struct text_line {
	u32 len;
	char text[TEXT_LINE_MAX];
};

static inline void text_start(struct text_line *line)
{
	line->len = 0;
}

static inline void text_char(struct text_line *line, char c)
{
	if (line->len < TEXT_LINE_MAX)
		line->text[line->len++] = c;
}

/* What doesn't fit is left out. Inlined, for texts of a length that is known */
static __always_inline void text_add(struct text_line *line, const char *text)
{
	size_t len = __builtin_strlen(text);

	if (len > TEXT_LINE_MAX - line->len)
		len = TEXT_LINE_MAX - line->len;
	__builtin_memcpy(line->text + line->len, text, len);
	line->len += (u32)len;
}

static inline void text_number(struct text_line *line, u64 value)
{
	char digits[TEXT_DIGITS];
	char *at = digits + TEXT_DIGITS;
	char *to = line->text + line->len;
	u32 low;

	while (value >> 32) {
		*--at = (char)('0' + value % 10);
		value /= 10;
	}
	/* Most are short, and what 32 bits take is shorter */
	low = (u32)value;
	do {
		*--at = (char)('0' + low % 10);
		low /= 10;
	} while (low);
	if (digits + TEXT_DIGITS - at > TEXT_LINE_MAX - line->len)
		return;
	line->len += (u32)(digits + TEXT_DIGITS - at);
	while (at < digits + TEXT_DIGITS)
		*to++ = *at++;
}

/* A word and a number, with a space before each but the line's first */
static __always_inline void text_pair(struct text_line *line, const char *word,
				      u64 value)
{
	if (line->len)
		text_char(line, ' ');
	text_add(line, word);
	text_char(line, ' ');
	text_number(line, value);
}

/* The line's end: gives it to a sink */
static inline void text_end(struct text_line *line, struct sink *sink)
{
	text_char(line, '\n');
	sink->put(sink, line->text, line->len);
}

#endif /* SERVICES_TEXT_LINE_H */
