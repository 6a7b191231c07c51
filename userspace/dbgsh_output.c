// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The output of commands, and the pager. As long as the output fits on the screen
 * it is kept here; a pager that has nothing to do is never started.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "dbgsh.h"
#include "dbgsh_output.h"
#include "dbgsh_secure.h"
#include "dbgsh_symbols.h"

static struct {
	int is_open;
	FILE *pager;
	FILE *kept;		/* collects in kept_text */
	char *kept_text;
	size_t kept_length;
	int column, rows_left;	/* of the screen */
	int columns;
	int is_unwanted;	/* the pager was left */
	int annotates;
	char line[1024];	/* a line without its end */
	size_t line_length;
} output;

/* Return: what to start, or NULL */
static const char *pager_command(void)
{
	static const char * const commands[] = { "less", "more" };
	const char *own = getenv("PAGER");
	char line[64];
	size_t i;

	if (own && (!*own || !strcmp(own, "cat")))
		return NULL;
	if (is_secure())
		return secure_pager();
	if (own)
		return own;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		snprintf(line, sizeof(line), "command -v %s >/dev/null 2>&1",
			 commands[i]);
		if (!system(line))
			return commands[i];
	}
	return NULL;
}

static int know_screen(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row < 2 ||
	    !size.ws_col)
		return 0;
	/* The last row is the next prompt's. */
	output.rows_left = size.ws_row - 1;
	output.columns = size.ws_col;
	return 1;
}

static void keep(void)
{
	output.kept = open_memstream(&output.kept_text, &output.kept_length);
	if (!output.kept)
		fail(STATUS_FAILED, "out of memory");
}

void output_begin(int paged, int annotate)
{
	memset(&output, 0, sizeof(output));
	output.is_open = 1;
	output.annotates = annotate;
	if (paged && know_screen())
		keep();
}

/* Where the text belongs now */
static FILE *target(void)
{
	if (output.kept)
		return output.kept;
	return output.pager ? output.pager : stdout;
}

/* Writes what is there. A Ctrl-C while a terminal takes nothing is no failure. */
static int can_write(FILE *file)
{
	errno = 0;
	if (fflush(file) && errno == EINTR)
		clearerr(file);
	return !ferror(file);
}

static void put_text(const char *text, size_t length)
{
	FILE *file = target();

	if (output.is_unwanted || !length)
		return;
	errno = 0;
	if (fwrite(text, 1, length, file) < length && errno == EINTR &&
	    !output.pager)
		clearerr(file);
	if (output.pager && (fflush(output.pager) || ferror(output.pager)))
		output.is_unwanted = 1;
}

static void release_kept(void)
{
	FILE *kept = output.kept;

	output.kept = NULL;
	fclose(kept);
	put_text(output.kept_text, output.kept_length);
	free(output.kept_text);
	output.kept_text = NULL;
}

/*
 * As for other programs that start less: colours are passed on, and the text
 * stays on the screen when less is left.
 */
static void start_pager(void)
{
	const char *command = pager_command();

	fflush(stdout);
	if (command) {
		setenv("LESS", "FRX", 0);
		output.pager = popen(command, "we");
	}
	release_kept();
}

/* Return: 1 when the screen is full */
static int fills_screen(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (text[i] != '\n' && ++output.column <= output.columns)
			continue;
		output.column = text[i] != '\n';
		if (!output.rows_left--)
			return 1;
	}
	return 0;
}

static void put_or_page(const char *text, size_t length)
{
	if (output.kept && fills_screen(text, length))
		start_pager();
	put_text(text, length);
}

static void append(const char *text)
{
	put_or_page(text, strlen(text));
}

/* A line of the output is complete but for its newline, or too long. */
static void put_line(void)
{
	output.line[output.line_length] = 0;
	put_or_page(output.line, output.line_length);
	symbols_annotate(output.line, append);
	output.line_length = 0;
}

static void put_annotated(const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (text[i] == '\n') {
			put_line();
			put_or_page("\n", 1);
			continue;
		}
		if (output.line_length == sizeof(output.line) - 1)
			put_line();
		output.line[output.line_length++] = text[i];
	}
}

static void check_stdout(void)
{
	if (!can_write(stdout)) {
		output.is_open = 0;
		fail(STATUS_FAILED, "cannot write the output");
	}
}

int output_write(const char *text, size_t length)
{
	if (output.annotates)
		put_annotated(text, length);
	else
		put_or_page(text, length);
	if (!output.pager && !output.kept)
		check_stdout();
	return !output.is_unwanted;
}

void output_end(void)
{
	if (!output.is_open)
		return;
	output.is_open = 0;
	/* Only annotated output leaves a line here; others mustn't pay for the symbols. */
	if (output.line_length)
		put_line();
	if (output.kept)
		release_kept();
	if (output.pager)
		pclose(output.pager);
	output.pager = NULL;
	check_stdout();
}
