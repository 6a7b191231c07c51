// SPDX-License-Identifier: GPL-2.0-only
/*
 * memcpy() and its family. The compiler may emit calls to these wherever it
 * likes, and it recognises such loops: without opaque() it would turn each of
 * them into a call of itself. Words of 8 bytes rather than REP MOVSB, whose
 * start-up costs more than the short texts and structures that are copied here.
 */
#include "core/string.h"

/* 8 bytes at any address, of whatever type */
struct word {
	u64 v;
} __packed __attribute__((may_alias));

/* A value that the compiler can't see through */
static __always_inline u64 opaque(u64 value)
{
	__asm__("" : "+r" (value));
	return value;
}

/**
 * memcpy() - copy bytes between places that don't overlap
 * @dst: where to
 * @src: where from
 * @len: bytes
 *
 * Ascending order: memmove() relies on it.
 *
 * Return: @dst.
 */
void *memcpy(void *dst, const void *src, size_t len)
{
	const u8 *from = src;
	u8 *to = dst;

	for (; len >= sizeof(struct word); len -= sizeof(struct word)) {
		((struct word *)to)->v = opaque(((const struct word *)from)->v);
		to += sizeof(struct word);
		from += sizeof(struct word);
	}
	while (len--)
		*to++ = (u8)opaque(*from++);
	return dst;
}

/**
 * memmove() - copy bytes between places that may overlap
 * @dst: where to
 * @src: where from
 * @len: bytes
 *
 * Return: @dst.
 */
void *memmove(void *dst, const void *src, size_t len)
{
	const u8 *from = src;
	u8 *to = dst;

	/*
	 * A word is read before it is written, and it is written below what is
	 * still to be read: ascending order is right whenever @dst is lower.
	 */
	if (to <= from)
		return memcpy(dst, src, len);
	while (len--)
		to[len] = (u8)opaque(from[len]);
	return dst;
}

/**
 * memset() - fill memory with a byte
 * @dst: where to
 * @byte: its low 8 bits are used
 * @len: bytes
 *
 * Return: @dst.
 */
void *memset(void *dst, int byte, size_t len)
{
	const u64 word = (u8)byte * 0x0101010101010101ULL;
	u8 *to = dst;

	for (; len >= sizeof(struct word); len -= sizeof(struct word)) {
		((struct word *)to)->v = opaque(word);
		to += sizeof(struct word);
	}
	while (len--)
		*to++ = (u8)opaque(word);
	return dst;
}

/**
 * memcmp() - compare bytes
 * @a: one place
 * @b: the other
 * @len: bytes
 *
 * Return: 0 if equal, else the sign of the first difference.
 */
int memcmp(const void *a, const void *b, size_t len)
{
	const u8 *x = a;
	const u8 *y = b;
	size_t i;

	for (i = 0; i < len; i++)
		if (opaque(x[i]) != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

/**
 * strlen() - length of a text
 * @text: NUL-terminated
 *
 * Return: bytes before the NUL.
 */
size_t strlen(const char *text)
{
	size_t len = 0;

	while (opaque((u8)text[len]))
		len++;
	return len;
}
