/* SPDX-License-Identifier: GPL-2.0-only */
/* Text without a C library: a small printf that writes to a sink. */
#ifndef CORE_FORMAT_H
#define CORE_FORMAT_H

#include "core/types.h"

/* struct sink - where text goes; embed it in what receives */
struct sink {
	void (*put)(struct sink *sink, const char *text, size_t len);
};

/*
 * Conversions: %c %s %d %i %u %x %X %p %% with l, ll, z; flags 0, -, # (0x); width
 * and precision as digits or *. No floating point. Anything else is printed as it
 * stands.
 */
void sink_vprintf(struct sink *sink, const char *fmt, va_list ap);
void sink_printf(struct sink *sink, const char *fmt, ...) __printf(2, 3);

/* Return: length the whole text has, without the NUL, as snprintf() does */
int vmm_snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#endif /* CORE_FORMAT_H */
