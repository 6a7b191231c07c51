// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Lines as the terminal's own driver edits them: neither history nor completion. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dbgsh_edit.h"

static const char *prompt = "";

void candidates_add(struct candidates *candidates, const char *word)
{
	(void)candidates;
	(void)word;
}

void edit_begin(const char *text, const char *history,
		void (*complete)(struct candidates *candidates,
				 const char *before, const char *word))
{
	(void)history;
	(void)complete;
	prompt = text;
}

/*
 * Prompts and waits for a line; the driver gives one at a time, so that none is
 * in the buffer of stdin. A Ctrl-C at any time in between is not missed.
 *
 * Return: 0 if it was interrupted
 */
static int wait_for_line(void)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	sigset_t mask, former;
	int ok;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigprocmask(SIG_BLOCK, &mask, &former);
	fputs(prompt, stdout);
	fflush(stdout);
	ok = ppoll(&fd, 1, NULL, &former) > 0;
	sigprocmask(SIG_SETMASK, &former, NULL);
	return ok;
}

enum edit_result edit_line(const char **line)
{
	static char *text;
	static size_t room;

	if (!wait_for_line()) {
		putchar('\n');
		return EDIT_DROPPED;
	}
	if (getline(&text, &room, stdin) < 0) {
		putchar('\n');
		return EDIT_END;
	}
	text[strcspn(text, "\n")] = 0;
	*line = text;
	return EDIT_LINE;
}

void edit_end(void)
{
}
