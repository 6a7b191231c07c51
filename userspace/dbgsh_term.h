/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The terminal of a byte-wise session. */
#ifndef DBGSH_TERM_H
#define DBGSH_TERM_H

/**
 * term_begin() - take the terminal on standard input over
 * @lines: its driver goes on to echo and to edit lines; else neither
 *
 * Ctrl-C becomes an input byte, which ends a read like a newline does; job
 * control stays with the terminal. From now on, every way out puts the former
 * settings back: exit(), a stop by Ctrl-Z, and all signals whose default is to
 * end the process, SIGKILL excepted.
 *
 * Return: 1 if standard input is a terminal, else 0.
 */
int term_begin(int lines);

#endif /* DBGSH_TERM_H */
