// SPDX-License-Identifier: GPL-2.0-only
/*
 * The line editor: keys in, and on the other side a terminal that knows no more than
 * text, BS, BEL and LF. Tables say what a row of keys must leave on the screen; then
 * random keys drive it beside a second editor, written in the simplest way, and line,
 * cursor and screen must agree after each of them.
 */
#include "unit.h"
#include "services/shell.h"

#define WIDTH	80

/* The commands there are */
static const struct shell_command commands[] = {
	{ .name = "help" }, { .name = "exit" }, { .name = "regs" },
	{ .name = "read8" }, { .name = "read16" }, { .name = "log" },
};

const struct shell_command *shell_command_at(u32 index)
{
	return index < ARRAY_SIZE(commands) ? &commands[index] : NULL;
}

/* The terminal: the row that its cursor is in */
static struct {
	struct sink sink;
	char row[WIDTH + 1];
	u32 column;
	u32 rows;
	u32 bells;
} tty;

static void clear_row(void)
{
	memset(tty.row, ' ', WIDTH);
	tty.column = 0;
}

static void tty_put(struct sink *sink, const char *text, size_t len)
{
	(void)sink;
	for (; len--; text++) {
		switch (*text) {
		case '\b':
			assert_true(tty.column > 2);	/* not into the prompt */
			tty.column--;
			break;
		case '\a':
			tty.bells++;
			break;
		case '\n':
			clear_row();
			tty.rows++;
			break;
		default:
			assert_in_range((u8)*text, ' ', '~');
			assert_true(tty.column < WIDTH - 1);
			tty.row[tty.column++] = *text;
		}
	}
}

static struct line_editor editor;
static struct line_history history;

static void prompt(void)
{
	clear_row();
	line_start(&editor, &history);
	tty_put(&tty.sink, SHELL_PROMPT, 2);
}

static int setup(void **state)
{
	(void)state;
	memset(&tty, 0, sizeof(tty));
	tty.sink.put = tty_put;
	memset(&history, 0, sizeof(history));
	memset(&editor, 0xee, sizeof(editor));
	prompt();
	return 0;
}

static enum line_result type(const char *keys)
{
	enum line_result result = LINE_GOES_ON;

	for (; *keys; keys++) {
		result = line_key(&editor, &tty.sink, (u8)*keys);
		if (result != LINE_GOES_ON)
			prompt();
	}
	return result;
}

/* The row is the prompt and @text with "|" for the cursor; the rest is blank */
static void expect_row(const char *text)
{
	char want[WIDTH + 1];
	const char *mark = strchr(text, '|');

	memset(want, ' ', WIDTH);
	want[WIDTH] = '\0';
	memcpy(want, SHELL_PROMPT, 2);
	memcpy(want + 2, text, mark - text);
	memcpy(want + 2 + (mark - text), mark + 1, strlen(mark + 1));
	assert_string_equal(tty.row, want);
	assert_int_equal(tty.column, 2 + (mark - text));
}

#define UP	"\x1b[A"
#define DOWN	"\x1b[B"
#define RIGHT	"\x1b[C"
#define LEFT	"\x1b[D"
#define CTRL_A	"\x01"
#define CTRL_B	"\x02"
#define CTRL_D	"\x04"
#define CTRL_E	"\x05"
#define CTRL_F	"\x06"
#define CTRL_K	"\x0b"
#define CTRL_L	"\x0c"
#define CTRL_N	"\x0e"
#define CTRL_P	"\x10"
#define CTRL_U	"\x15"
#define CTRL_W	"\x17"
#define ESC	"\x1b"

static void test_keys(void **state)
{
	static const struct {
		const char *keys;
		const char *row;
		u32 bells;
	} t[] = {
		{ "", "|", 0 },
		{ "abc", "abc|", 0 },
		{ "abc\b", "ab|", 0 },
		{ "abc\x7f\x7f", "a|", 0 },
		{ "a\b\b\b", "|", 2 },
		{ "abc" CTRL_A "x", "x|abc", 0 },
		{ "abc" CTRL_A CTRL_B, "|abc", 1 },
		{ "abc" CTRL_B CTRL_B "x", "ax|bc", 0 },
		{ "abc" LEFT LEFT RIGHT "x", "abx|c", 0 },
		{ "abc" CTRL_A CTRL_F CTRL_F "x", "abx|c", 0 },
		{ "abc" CTRL_F, "abc|", 1 },
		{ "abc" CTRL_A CTRL_E "x", "abcx|", 0 },
		{ "abc" CTRL_A CTRL_D, "|bc", 0 },
		{ "abc" CTRL_D, "abc|", 1 },
		{ "abcd" LEFT LEFT "\b", "a|cd", 0 },
		{ "abcd" LEFT LEFT CTRL_K, "ab|", 0 },
		{ "abcd" CTRL_K, "abcd|", 1 },
		{ "abcd" LEFT CTRL_U, "|d", 0 },
		{ CTRL_U, "|", 1 },
		{ "ab cd  " CTRL_W, "ab |", 0 },
		{ "ab cd" CTRL_W CTRL_W CTRL_W, "|", 1 },
		{ "ab cd" LEFT CTRL_W, "ab |d", 0 },
		{ "abc" LEFT CTRL_L, "ab|c", 0 },
		/* Home, End, Delete as terminals send them */
		{ "abc\x1b[Hx\x1b[Fy", "xabcy|", 0 },
		{ "abc\x1b[1~x\x1b[4~y", "xabcy|", 0 },
		{ "abc\x1b[7~x\x1b[8~y", "xabcy|", 0 },
		{ "abc\x1bOHx\x1bOFy", "xabcy|", 0 },
		{ "abc\x1bOD\x1bODx\x1bOCy", "axby|c", 0 },
		{ "abc" LEFT LEFT "\x1b[3~", "a|c", 0 },
		{ "abc\x1b[1;5Dx", "abx|c", 0 },
		/* What nobody knows */
		{ "a\x1b[5~b", "ab|", 1 },
		{ "a\x1b[Zb", "ab|", 1 },
		{ "a\x1bxb", "ab|", 1 },
		{ "a\x1bOQb", "ab|", 1 },
		{ "a\x1b[3;4;5~b", "ab|", 1 },
		{ "a\x1b[999999999999999999999~b", "ab|", 1 },
		{ "a\x1b[?25hb", "ab|", 1 },
		/* Unfinished: a control byte, or another ESC, ends it */
		{ "abc\x1b[" CTRL_A "x", "x|abc", 0 },
		{ "abc\x1b[3" CTRL_A "x", "x|abc", 0 },
		{ "abc\x1b" CTRL_A "x", "x|abc", 0 },
		{ "abc\x1b[1\x1b[D", "ab|c", 0 },
		{ "abc\x1b\x1b\x1b[D", "ab|c", 0 },
		/* No text */
		{ "a\xc3\xa4\x9b\377b", "ab|", 4 },
		{ "a\x1c\x1f\007b", "ab|", 3 },
		/* Completion */
		{ "he\t", "help |", 0 },
		{ "help\t", "help |", 0 },
		{ "re\t", "re|", 1 },
		{ "rea\t", "read|", 0 },
		{ "rea\t\t", "read|", 1 },
		{ "read1\t", "read16 |", 0 },
		{ "x\t", "x|", 1 },
		{ "\t", "|", 1 },
		{ "  l\tx", "  log x|", 0 },
		{ "help he\t", "help he|", 1 },
		{ "hex" LEFT "\t", "help|x", 0 },
	};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		setup(NULL);
		type(t[i].keys);
		expect_row(t[i].row);
		if (tty.bells != t[i].bells)
			fail_msg("row %u: %u bells", i, tty.bells);
	}
}

static void test_ends(void **state)
{
	(void)state;
	type("abc" LEFT);
	assert_int_equal(line_key(&editor, &tty.sink, '\r'), LINE_COMPLETE);
	assert_string_equal(editor.text, "abc");
	assert_int_equal(tty.rows, 1);
	prompt();
	assert_int_equal(type("\n"), LINE_COMPLETE);
	assert_int_equal(type(CTRL_D), LINE_END);
	assert_int_equal(tty.rows, 3);
	/* Not in a line that has something */
	assert_int_equal(type("a" CTRL_D), LINE_GOES_ON);
	/* Within a sequence */
	assert_int_equal(type("\b\x1b[" CTRL_D), LINE_END);
}

static void test_history(void **state)
{
	(void)state;
	type(UP);
	type(DOWN);
	assert_int_equal(tty.bells, 2);
	type("one\ntwo\n\nthree\n");
	assert_int_equal(history.count, 3);
	type("new" UP);
	expect_row("three|");
	type(CTRL_P);
	expect_row("two|");
	type(UP);
	expect_row("one|");
	type(UP);
	expect_row("one|");
	assert_int_equal(tty.bells, 3);
	type(DOWN CTRL_N DOWN);
	expect_row("new|");
	type(DOWN);
	assert_int_equal(tty.bells, 4);
	/* One that is there already moves to the front */
	type(CTRL_U "one\n");
	assert_int_equal(history.count, 3);
	type(UP UP UP);
	expect_row("two|");
	/* A recalled line may be changed, and is a line like any other */
	type("x\n" UP);
	expect_row("twox|");
	assert_int_equal(history.count, 4);
}

static void test_history_is_bounded(void **state)
{
	char line[32];
	int i;

	(void)state;
	for (i = 0; i < LINE_HISTORY + 5; i++) {
		snprintf(line, sizeof(line), "line %d\n", i);
		type(line);
	}
	assert_int_equal(history.count, LINE_HISTORY);
	for (i = 0; i < LINE_HISTORY; i++)
		type(UP);
	expect_row("line 5|");
	assert_int_equal(tty.bells, 0);
	type(UP);
	assert_int_equal(tty.bells, 1);
}

static void test_long_line(void **state)
{
	char all[SHELL_LINE_MAX + 1];
	u32 i;

	(void)state;
	for (i = 0; i < SHELL_LINE_MAX; i++) {
		all[i] = (char)('a' + i % 26);
		line_key(&editor, &tty.sink, (u8)all[i]);
	}
	all[i] = '\0';
	assert_int_equal(tty.bells, 0);
	type("x");
	assert_int_equal(tty.bells, 1);
	/* To and fro, byte by byte: the row always shows what is around the cursor */
	for (i = SHELL_LINE_MAX; i; i--) {
		type(LEFT);
		assert_int_equal(tty.row[tty.column], all[i - 1]);
	}
	for (; i < SHELL_LINE_MAX; i++) {
		assert_int_equal(tty.row[tty.column], all[i]);
		type(RIGHT);
	}
	type(CTRL_A "x");
	assert_int_equal(tty.bells, 2);
	assert_int_equal(line_key(&editor, &tty.sink, '\n'), LINE_COMPLETE);
	assert_string_equal(editor.text, all);
	prompt();
	type(UP CTRL_W);
	expect_row("|");
}

/* An editor without a screen, and all in one piece */
static struct {
	char text[SHELL_LINE_MAX + 1];
	u32 len;
	u32 cursor;
} model;

static void model_cut(u32 start, u32 end)
{
	memmove(model.text + start, model.text + end, model.len - end);
	model.len -= end - start;
	model.cursor = start;
}

static void model_key(u8 key)
{
	u32 at = model.cursor;

	if (key == 1)
		model.cursor = 0;
	else if (key == 2 && at)
		model.cursor--;
	else if (key == 4 && at < model.len)
		model_cut(at, at + 1);
	else if (key == 5)
		model.cursor = model.len;
	else if (key == 6 && at < model.len)
		model.cursor++;
	else if (key == 8 && at)
		model_cut(at - 1, at);
	else if (key == 11)
		model_cut(at, model.len);
	else if (key == 21)
		model_cut(0, at);
	if (key < ' ' || model.len == SHELL_LINE_MAX)
		return;
	memmove(model.text + at + 1, model.text + at, model.len - at);
	model.text[at] = (char)key;
	model.len++;
	model.cursor++;
}

static void check_screen(void)
{
	char want[WIDTH + 1];
	u32 first = model.cursor - (tty.column - 2);
	u32 shown = model.len - first;

	assert_int_equal(editor.len, model.len);
	assert_int_equal(editor.cursor, model.cursor);
	assert_memory_equal(editor.text, model.text, model.len);
	assert_true(tty.column >= 2 && first <= model.cursor);
	assert_true(model.len > LINE_COLUMNS || !first);
	if (shown > LINE_COLUMNS)
		shown = LINE_COLUMNS;
	memset(want, ' ', WIDTH);
	memcpy(want, SHELL_PROMPT, 2);
	memcpy(want + 2, model.text + first, shown);
	assert_memory_equal(tty.row, want, WIDTH);
}

static void test_random(void **state)
{
	static const u8 keys[] = { 1, 2, 2, 2, 5, 6, 6, 8, 8, 12 };
	u32 i, n;

	(void)state;
	memset(&model, 0, sizeof(model));
	srand(1);
	for (i = 0; i < 200000; i++) {
		u8 key = (u8)(' ' + rand() % 95);

		n = (u32)rand() % 24;
		if (n < ARRAY_SIZE(keys))
			key = keys[n];
		else if (n == 10 && model.len)
			key = 4;
		else if (n == 11 && !(rand() % 50))
			key = rand() & 1 ? 11 : 21;
		assert_int_equal(line_key(&editor, &tty.sink, key), LINE_GOES_ON);
		model_key(key);
		check_screen();
	}
}

/* Any bytes whatever, and what a line puts out is bounded */
static size_t put_out;

static void count_put(struct sink *sink, const char *text, size_t len)
{
	put_out += len;
	tty_put(sink, text, len);
}

static void test_garbage(void **state)
{
	u32 i;

	(void)state;
	tty.sink.put = count_put;
	srand(2);
	for (i = 0; i < 300000; i++) {
		u8 byte = (u8)rand();

		if (!(rand() % 4))
			byte = (u8)"\x1b[O;13~ABCDHF\t\x10\x0e\x17"[rand() % 18];
		put_out = 0;
		if (line_key(&editor, &tty.sink, byte) != LINE_GOES_ON)
			prompt();
		assert_true(put_out <= 3 * LINE_COLUMNS + 8);
		assert_true(editor.len <= SHELL_LINE_MAX);
		assert_true(editor.cursor <= editor.len);
		memcpy(model.text, editor.text, editor.len);
		model.len = editor.len;
		model.cursor = editor.cursor;
		check_screen();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_keys, setup),
		cmocka_unit_test_setup(test_ends, setup),
		cmocka_unit_test_setup(test_history, setup),
		cmocka_unit_test_setup(test_history_is_bounded, setup),
		cmocka_unit_test_setup(test_long_line, setup),
		cmocka_unit_test_setup(test_random, setup),
		cmocka_unit_test_setup(test_garbage, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
