// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input line of the byte-wise debug shell. Each key changes the line; then
 * refresh() compares what the screen shows with what it should show and puts out the
 * difference, so no key needs to know of the screen. A line that is wider than the
 * screen is shown in part: BS doesn't go back over the end of a terminal's row.
 */
#include "core/string.h"
#include "services/shell.h"

#define SCROLL		20	/* columns between the cursor and the edge behind it */

#define CTRL(c)		((c) - '@')
#define KEY_TAB		0x09
#define KEY_LF		0x0a
#define KEY_CR		0x0d
#define KEY_ESC		0x1b
#define KEY_DEL		0x7f
/* Not bytes */
#define KEY_NONE	0x100	/* within an escape sequence */
#define KEY_DELETE	0x101	/* the byte at the cursor */
#define KEY_UNKNOWN	0x102

void line_start(struct line_editor *editor, struct line_history *history)
{
	memset(editor, 0, sizeof(*editor));
	editor->history = history;
}

/* Terminal */

static void put(struct sink *sink, const char *text, u32 len)
{
	if (len)
		sink->put(sink, text, len);
}

static void put_repeated(struct sink *sink, char c, u32 count)
{
	while (count--)
		sink->put(sink, &c, 1);
}

static void bell(struct sink *sink)
{
	put(sink, "\a", 1);
}

/* The terminal's cursor goes right by printing what is there */
static void move(struct sink *sink, const char *row, u32 from, u32 to)
{
	if (from < to)
		put(sink, row + from, to - from);
	else
		put_repeated(sink, '\b', from - to);
}

/* Keeps the cursor, and the byte that it stands at, among the columns that are shown */
static void scroll(struct line_editor *e)
{
	u32 needed = e->cursor < e->len ? e->cursor + 1 : e->cursor;

	if (e->len <= LINE_COLUMNS)
		e->first = 0;
	else if (e->cursor < e->first)
		e->first = e->cursor > SCROLL ? e->cursor - SCROLL : 0;
	else if (needed > e->first + LINE_COLUMNS)
		e->first = e->cursor - LINE_COLUMNS + SCROLL;
}

static void refresh(struct line_editor *e, struct sink *sink)
{
	const char *row;
	u32 at = e->shown_cursor;
	u32 same = 0;
	u32 len;

	scroll(e);
	row = e->text + e->first;
	len = e->len - e->first;
	if (len > LINE_COLUMNS)
		len = LINE_COLUMNS;
	while (same < len && same < e->shown_len && row[same] == e->shown[same])
		same++;
	if (same < len || same < e->shown_len) {
		move(sink, row, at, same);
		put(sink, row + same, len - same);
		at = len;
		if (e->shown_len > len) {
			put_repeated(sink, ' ', e->shown_len - len);
			at = e->shown_len;
		}
	}
	move(sink, row, at, e->cursor - e->first);
	memcpy(e->shown, row, len);
	e->shown_len = len;
	e->shown_cursor = e->cursor - e->first;
}

/* The line again, on a row of its own */
static void redraw(struct line_editor *e, struct sink *sink)
{
	put(sink, "\n", 1);
	put(sink, SHELL_PROMPT, sizeof(SHELL_PROMPT) - 1);
	e->shown_len = 0;
	e->shown_cursor = 0;
}

/* Changes of the line. Return: whether there was something to do */

static bool insert(struct line_editor *e, char c)
{
	char *at = e->text + e->cursor;

	if (e->len == SHELL_LINE_MAX)
		return false;
	memmove(at + 1, at, e->len - e->cursor);
	*at = c;
	e->len++;
	e->cursor++;
	return true;
}

/* Deletes from @start up to @end, where the cursor goes */
static bool delete(struct line_editor *e, u32 start, u32 end)
{
	if (start >= end || end > e->len)
		return false;
	memmove(e->text + start, e->text + end, e->len - end);
	e->len -= end - start;
	e->cursor = start;
	return true;
}

static u32 word_start(const struct line_editor *e)
{
	u32 pos = e->cursor;

	while (pos && e->text[pos - 1] == ' ')
		pos--;
	while (pos && e->text[pos - 1] != ' ')
		pos--;
	return pos;
}

static void set_text(struct line_editor *e, const char *text)
{
	e->len = (u32)strlen(text);
	e->cursor = e->len;
	memcpy(e->text, text, e->len);
}

static bool recall(struct line_editor *e, u32 which)
{
	if (which > e->history->count)
		return false;
	if (!e->recalled) {
		e->text[e->len] = '\0';
		memcpy(e->typed, e->text, e->len + 1);
	}
	e->recalled = which;
	set_text(e, which ? e->history->line[which - 1] : e->typed);
	return true;
}

static bool same_text(const char *a, const char *b)
{
	return strlen(a) == strlen(b) && !memcmp(a, b, strlen(a));
}

/* A line that is there already becomes the newest */
static void remember(struct line_history *h, const char *text)
{
	u32 i;

	if (!*text)
		return;
	for (i = 0; i < h->count && !same_text(h->line[i], text); i++)
		;
	if (i == h->count) {
		if (h->count < LINE_HISTORY)
			h->count++;
		i = h->count - 1;
	}
	memmove(h->line + 1, h->line, i * sizeof(h->line[0]));
	memcpy(h->line[0], text, strlen(text) + 1);
}

/*
 * What all commands that begin as the word does have in common.
 * Return: how many these are
 */
static u32 common_name(const char *word, u32 len, const char **name,
		       u32 *common)
{
	const struct shell_command *c;
	u32 count = 0;
	u32 i, n;

	for (i = 0; (c = shell_command_at(i)); i++) {
		if (strlen(c->name) < len || memcmp(c->name, word, len))
			continue;
		if (!count++) {
			*name = c->name;
			*common = (u32)strlen(c->name);
		}
		for (n = len; n < *common && c->name[n] == (*name)[n]; n++)
			;
		*common = n;
	}
	return count;
}

static bool complete(struct line_editor *e)
{
	u32 start = word_start(e);
	u32 len = e->cursor - start;
	const char *name = NULL;
	bool changed = false;
	u32 count, common = 0;
	u32 i;

	for (i = 0; i < start; i++)
		if (e->text[i] != ' ')
			return false;	/* not the line's first word */
	count = common_name(e->text + start, len, &name, &common);
	if (!count)
		return false;
	for (i = len; i < common; i++)
		changed |= insert(e, name[i]);
	if (count == 1 && e->cursor == e->len)
		changed |= insert(e, ' ');
	return changed;
}

/* Escape sequences */

/* The last byte of one. Return: the key that does the same */
static u32 escape_key(const struct line_editor *e, u8 last)
{
	switch (last) {
	case 'A':
		return CTRL('P');
	case 'B':
		return CTRL('N');
	case 'C':
		return CTRL('F');
	case 'D':
		return CTRL('B');
	case 'H':
		return CTRL('A');
	case 'F':
		return CTRL('E');
	case '~':
		break;
	default:
		return KEY_UNKNOWN;
	}
	switch (e->param) {
	case 1:
	case 7:
		return CTRL('A');
	case 3:
		return KEY_DELETE;
	case 4:
	case 8:
		return CTRL('E');
	default:
		return KEY_UNKNOWN;
	}
}

static void add_param(struct line_editor *e, u8 byte)
{
	if (byte < '0' || byte > '9')
		e->param_done = true;
	else if (!e->param_done && e->param < 100)
		e->param = e->param * 10 + byte - '0';
}

/* A byte within an escape sequence, no control byte. Return: a key */
static u32 escape_byte(struct line_editor *e, u8 byte)
{
	enum line_escape was = e->escape;

	if (was == ESCAPE_CSI && byte >= ' ' && byte < '@') {
		add_param(e, byte);
		return KEY_NONE;
	}
	e->escape = ESCAPE_NONE;
	if (was != ESCAPE_BEGUN)
		return escape_key(e, byte);
	if (byte != '[' && byte != 'O')
		return KEY_UNKNOWN;
	e->escape = byte == '[' ? ESCAPE_CSI : ESCAPE_SS3;
	e->param = 0;
	e->param_done = false;
	return KEY_NONE;
}

/* Return: the key that a byte is, or that a sequence of them is */
static u32 decode(struct line_editor *e, u8 byte)
{
	if (byte == KEY_ESC) {
		e->escape = ESCAPE_BEGUN;
		return KEY_NONE;
	}
	if (e->escape == ESCAPE_NONE)
		return byte;
	if (byte >= ' ')
		return escape_byte(e, byte);
	/* A control byte ends a sequence that was never finished */
	e->escape = ESCAPE_NONE;
	return byte;
}

static bool go_to(struct line_editor *e, u32 pos)
{
	if (pos > e->len)
		return false;
	e->cursor = pos;
	return true;
}

/* Return: whether the key does something */
static bool edit(struct line_editor *e, struct sink *sink, u32 key)
{
	switch (key) {
	case CTRL('A'):
		return go_to(e, 0);
	case CTRL('B'):
		return go_to(e, e->cursor - 1);
	case CTRL('E'):
		return go_to(e, e->len);
	case CTRL('F'):
		return go_to(e, e->cursor + 1);
	case CTRL('H'):
	case KEY_DEL:
		return delete(e, e->cursor - 1, e->cursor);
	case CTRL('D'):
	case KEY_DELETE:
		return delete(e, e->cursor, e->cursor + 1);
	case CTRL('K'):
		return delete(e, e->cursor, e->len);
	case CTRL('U'):
		return delete(e, 0, e->cursor);
	case CTRL('W'):
		return delete(e, word_start(e), e->cursor);
	case CTRL('P'):
		return recall(e, e->recalled + 1);
	case CTRL('N'):
		return recall(e, e->recalled - 1);
	case CTRL('L'):
		redraw(e, sink);
		return true;
	case KEY_TAB:
		return complete(e);
	case KEY_NONE:
		return true;
	default:
		return key >= ' ' && key < KEY_DEL && insert(e, (char)key);
	}
}

static enum line_result enter(struct line_editor *e, struct sink *sink)
{
	put(sink, "\n", 1);
	e->text[e->len] = '\0';
	remember(e->history, e->text);
	return LINE_COMPLETE;
}

enum line_result line_key(struct line_editor *e, struct sink *sink, u8 byte)
{
	u32 key = decode(e, byte);

	if (key == KEY_CR || key == KEY_LF)
		return enter(e, sink);
	if (key == CTRL('D') && !e->len) {
		put(sink, "\n", 1);
		return LINE_END;
	}
	if (edit(e, sink, key))
		refresh(e, sink);
	else
		bell(sink);
	return LINE_GOES_ON;
}
