/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The terminal of dbgsh. */
#ifndef DBGSH_TERM_H
#define DBGSH_TERM_H

#define CTRL_C	0x03

/**
 * term_begin() - take the terminal on standard input over
 *
 * Ctrl-C becomes an input byte, which ends a read like a newline does; all
 * else (echo, editing of the line, job control) stays with the terminal. From
 * now on, every way out puts the former settings back: exit(), a stop by
 * Ctrl-Z, and all signals whose default is to end the process, SIGKILL
 * excepted.
 *
 * Return: 1 if standard input is a terminal, else 0.
 */
int term_begin(void);

#endif /* DBGSH_TERM_H */
