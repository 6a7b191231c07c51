/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Lines typed by a person. dbgsh_edit.c does it with libedit, dbgsh_noedit.c
 * without: the Makefile takes one of them.
 */
#ifndef DBGSH_EDIT_H
#define DBGSH_EDIT_H

#include <stddef.h>

/**
 * struct candidates - words that the one at the cursor can be completed to
 * @words: the words, with what stands before the cursor
 * @nr: how many
 */
struct candidates {
	char **words;
	size_t nr;
};

/**
 * candidates_add() - add a word
 * @candidates: where to
 * @word: is copied
 */
void candidates_add(struct candidates *candidates, const char *word);

/**
 * edit_begin() - be ready to read lines from the terminal on standard input
 * @prompt: what each begins with
 * @history: the file that keeps them, or NULL
 * @complete: adds candidates for @word, behind @before in the line
 */
void edit_begin(const char *prompt, const char *history,
		void (*complete)(struct candidates *candidates,
				 const char *before, const char *word));

enum edit_result {
	EDIT_LINE,
	EDIT_DROPPED,	/* by Ctrl-C */
	EDIT_END,
};

/**
 * edit_line() - read a line
 * @line: set to its text, without newline; valid until the next call
 *
 * A signal that is to end the program does, with the terminal as it was.
 *
 * Return: what came.
 */
enum edit_result edit_line(const char **line);

/**
 * edit_end() - put the terminal's settings back
 *
 * Harmless if there is nothing to put back.
 */
void edit_end(void);

#endif /* DBGSH_EDIT_H */
