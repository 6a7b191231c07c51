/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few functions of a C library that a compiler takes for granted even in
 * a freestanding program.
 */
#ifndef CORE_STRING_H
#define CORE_STRING_H

#include "core/types.h"

#ifdef UV_HOST
#include <string.h>
#else
void *memcpy(void *dst, const void *src, size_t len);
void *memmove(void *dst, const void *src, size_t len);
void *memset(void *dst, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *text);
#endif

#endif /* CORE_STRING_H */
