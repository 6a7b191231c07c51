/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What all files of dbgsh share. */
#ifndef DBGSH_H
#define DBGSH_H

/* The statuses with which dbgsh ends; dbgsh(1) explains them. */
enum status {
	STATUS_OK,
	STATUS_NO_SHELL,	/* no VMM, or one without a debug shell */
	STATUS_USAGE,
	STATUS_DISABLED,
	STATUS_FAILED,		/* the VMM went away, output can't be written */
	STATUS_COMMAND,		/* a command failed */
	STATUS_BUSY,		/* another dbgsh has the shell, -n was given */
};

/**
 * struct options - what was asked for
 * @commands: the lines to run, or NULL: they come from standard input
 * @symbols: the list of symbols, as /proc/kallsyms
 * @quiet: no prompts
 * @bytes: use the byte-wise call, even if there is a faster one
 * @no_wait: fail if another dbgsh has the shell
 * @no_history: keep no history in a file
 * @no_pager: don't page
 * @annotate: name the addresses in the output
 */
struct options {
	char *commands;
	const char *symbols;
	int quiet;
	int bytes;
	int no_wait;
	int no_history;
	int no_pager;
	int annotate;
};

/**
 * fail() - end with a message
 * @status: what exit() gets
 * @format: of the message, without "dbgsh: " and newline
 *
 * The terminal's settings are put back, and the pager is waited for.
 */
void fail(enum status status, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/**
 * complain() - print a message
 * @format: as above
 */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/**
 * bytes_session() - a session by the byte-wise call
 * @options: what was asked for
 *
 * The shell prompts, echoes and edits; this end is a pipe for bytes.
 *
 * Return: how it went.
 */
enum status bytes_session(const struct options *options);

/**
 * lines_session() - a session by the bulk call
 * @options: what was asked for
 *
 * Prompt, editing, history, symbols and pager are this end's.
 *
 * Return: how it went.
 */
enum status lines_session(const struct options *options);

/**
 * pty_serve() - serve a pseudo-terminal until a signal ends the process
 * @session: run for each terminal that attaches, in a process of its own
 * @options: for it
 *
 * Return: a status if there is no pseudo-terminal to be had.
 */
enum status pty_serve(enum status (*session)(const struct options *options),
		      const struct options *options);

#endif /* DBGSH_H */
