/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Names of addresses in the kernel. */
#ifndef DBGSH_SYMBOLS_H
#define DBGSH_SYMBOLS_H

#include <stddef.h>

/**
 * symbols_set_file() - say where the names are
 * @file: in the form of /proc/kallsyms, which is the default
 */
void symbols_set_file(const char *file);

/**
 * symbols_expand() - replace the words @[module:]name[+offset]
 * @line: a command line
 *
 * Return: the line with addresses in their place, to be freed; NULL, after a
 * message, if one can't be replaced.
 */
char *symbols_expand(const char *line);

/**
 * symbols_name() - name an address
 * @address: virtual
 * @text: where to put name+0xoffset [module]
 * @size: of it
 *
 * Return: 1, or 0 if there is no symbol there.
 */
int symbols_name(unsigned long long address, char *text, size_t size);

/**
 * symbols_annotate() - name the addresses in a line of output
 * @line: its text, NUL-terminated, without a newline
 * @put: is called for each piece of text that is to be appended to the line
 */
void symbols_annotate(const char *line, void (*put)(const char *text));

/**
 * symbols_complete() - find the symbols whose names begin with a text
 * @prefix: the text
 * @add: is called with each, at most as often as @max
 * @arg: for @add
 * @max: of those found
 */
void symbols_complete(const char *prefix,
		      void (*add)(void *arg, const char *name), void *arg,
		      size_t max);

#endif /* DBGSH_SYMBOLS_H */
