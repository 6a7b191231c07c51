/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the files of vmmcall(1) share. */
#ifndef VMMCALL_H
#define VMMCALL_H

#include <stddef.h>

#include "call_vmm.h"

/* Exit statuses of the tool */
enum status {
	STATUS_OK,
	STATUS_NOT_CALLABLE,	/* no VMM, or one without this function */
	STATUS_USAGE,
	STATUS_FAILED,		/* the function failed or refused, the VMM went away... */
};

/* Prints a message and ends the program. */
void fail(enum status status, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* Prints how the tool is used, and ends it. */
_Noreturn void usage_error(void);

/* Looks a function up; a function that can't be called ends the program. */
void find(const char *name, call_vmm_function_t *function);

/**
 * read_text() - call a function that fills a buffer with text
 * @name: "get_status" or "get_functions"
 *
 * Return: the text, with a NUL. The caller frees it; a failure ends the program.
 */
char *read_text(const char *name);

/**
 * read_status() - the VMM's report, of all CPUs
 *
 * Return: as read_text().
 */
char *read_status(void);

/* Ends the program with a message if the output can't be written. */
void flush_output(void);

/* The commands with a file of their own; argv[0] is the command's name. */
int do_status(int argc, char **argv);
int do_bench(int argc, char **argv);

#endif /* VMMCALL_H */
