/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The input line of the byte-wise debug shell: editing, history, completion, echo.
 * Keys come in a byte at a time, as a terminal sends them; what is put out are bytes
 * that every terminal knows and that are readable in a file: text, BS, BEL, LF.
 *
 *	Ctrl-A, Home	to the line's beginning		Ctrl-E, End	to its end
 *	Ctrl-B, left	a byte back			Ctrl-F, right	a byte on
 *	BS, DEL		delete the byte before the	Ctrl-D, Delete	delete the byte
 *			cursor						at it
 *	Ctrl-K		delete from it to the end	Ctrl-U		up to it
 *	Ctrl-W		delete the word before it
 *	Ctrl-P, up	an older line			Ctrl-N, down	a newer one
 *	Tab		complete a command's name	Ctrl-L		show it again
 *	CR, LF		the line is complete		Ctrl-D		the end, on an
 *									empty line
 */
#ifndef SERVICES_SHELL_LINE_H
#define SERVICES_SHELL_LINE_H

#include "core/format.h"

#define SHELL_PROMPT	"> "
#define SHELL_LINE_MAX	255	/* bytes in an input line */
#define LINE_COLUMNS	76	/* of it on the screen; with the prompt below 80 */
#define LINE_HISTORY	16	/* lines that are remembered */

/**
 * struct line_history - lines that were entered, each once
 * @count: how many
 * @line: NUL-terminated, the newest first
 */
struct line_history {
	u32 count;
	char line[LINE_HISTORY][SHELL_LINE_MAX + 1];
};

/* Where in an escape sequence the last byte was */
enum line_escape {
	ESCAPE_NONE,
	ESCAPE_BEGUN,		/* ESC */
	ESCAPE_CSI,		/* ESC [ and parameters */
	ESCAPE_SS3,		/* ESC O */
};

/**
 * struct line_editor - a line that is being edited
 * @history: may be shared with editors of other lines
 * @len: bytes in @text
 * @cursor: byte of @text that the cursor stands at
 * @first: first byte of @text on the screen
 * @shown_len: bytes in @shown
 * @shown_cursor: byte of @shown that the terminal's cursor stands at
 * @escape: where in an escape sequence
 * @param: its first parameter
 * @param_done: whether that is complete
 * @recalled: 0 for the line that was typed, else which of the history, from 1
 * @text: the line, NUL-terminated when it is complete
 * @typed: what was typed, while a line of the history is shown
 * @shown: what the screen shows
 */
struct line_editor {
	struct line_history *history;
	u32 len;
	u32 cursor;
	u32 first;
	u32 shown_len;
	u32 shown_cursor;
	enum line_escape escape;
	u32 param;
	bool param_done;
	u32 recalled;
	char text[SHELL_LINE_MAX + 1];
	char typed[SHELL_LINE_MAX + 1];
	char shown[LINE_COLUMNS];
};

enum line_result {
	LINE_GOES_ON,
	LINE_COMPLETE,		/* in @text; line_start() comes next */
	LINE_END,		/* Ctrl-D on an empty line */
};

/**
 * line_start() - an empty line, behind a prompt that was printed
 * @editor: set
 * @history: all zeroes at first
 */
void line_start(struct line_editor *editor, struct line_history *history);

/**
 * line_key() - give the editor a byte from the keyboard
 * @editor: the line
 * @sink: gets what the terminal is to do, at most 3 * LINE_COLUMNS + 8 bytes
 * @byte: any byte: what means nothing here rings the bell
 */
enum line_result line_key(struct line_editor *editor, struct sink *sink,
			  u8 byte);

#endif /* SERVICES_SHELL_LINE_H */
