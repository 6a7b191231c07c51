/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Where the output of commands goes: standard output, or a pager. */
#ifndef DBGSH_OUTPUT_H
#define DBGSH_OUTPUT_H

#include <stddef.h>

/**
 * output_begin() - the output of a command begins
 * @paged: what is longer than the screen goes through a pager
 * @annotate: append the names of addresses to each line
 */
void output_begin(int paged, int annotate);

/**
 * output_write() - add to the output
 * @text: what to add
 * @length: its length
 *
 * Ends the program if it can't be written.
 *
 * Return: 1, or 0 if nobody wants more: the pager was left.
 */
int output_write(const char *text, size_t length);

/**
 * output_end() - the output is complete
 *
 * Waits until the pager is left. Nothing happens if no output was begun.
 */
void output_end(void);

#endif /* DBGSH_OUTPUT_H */
