// SPDX-License-Identifier: GPL-2.0-only
/*
 * logreader/lines.c: what becomes of the VMM's lines in the kernel's log, and the losses
 * that they tell of. The kernel's functions are those of mock/linux.
 */
#include "unit.h"
#include "logreader/lines.h"

#include <stdarg.h>

#define ERR	3
#define WARN	4
#define INFO	6

static char echoed[8192];
static size_t echoed_len;

/* As "dmesg -r" shows it */
void mock_printk(int level, const char *fmt, ...) __printf(2, 3);
void mock_printk(int level, const char *fmt, ...)
{
	va_list args;

	echoed_len += snprintf(echoed + echoed_len, sizeof(echoed) - echoed_len,
			       "<%d>", level);
	va_start(args, fmt);
	echoed_len += vsnprintf(echoed + echoed_len, sizeof(echoed) - echoed_len,
				fmt, args);
	va_end(args);
	assert_in_range(echoed_len, 0, sizeof(echoed) - 1);
}

static int setup(void **state)
{
	(void)state;
	echoed_len = 0;
	memset(echoed, 0, sizeof(echoed));
	return 0;
}

static void feed(struct lines *lines, const char *text, bool echo)
{
	lines_feed(lines, text, strlen(text), echo);
}

/* Each line that the VMM can write, and some that only look like it */
static void test_levels(void **state)
{
	static const struct {
		int level;
		const char *line;
	} cases[] = {
		{ ERR, "[    0.000934] cpu0 error: can't leave: HOST_TR_SELECTOR" },
		{ ERR, "[12345.678901] cpu511 error: " },
		{ WARN, "[    0.000934] cpu1 warning: refused at level 3" },
		{ INFO, "[    0.000934] cpu1 info: 3 ranges of RAM" },
		{ INFO, "[    0.000934] cpu1 info: guest: ] cpu0 error: mine" },
		{ INFO, "[    0.000934] cpu1 info: error: warning: none" },
		{ INFO, "[    0.000934] cpu1 errors: of another kind" },
		{ INFO, "[    0.000934] cpu1" },
		{ INFO, "error: without the rest" },
		{ WARN, "[17 bytes of log lost]" },
		{ INFO, "[17 bytes of log lost] " },
		{ INFO, "[x bytes of log lost]" },
	};
	struct lines lines = { 0 };
	char text[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		setup(state);
		snprintf(text, sizeof(text), "%s\n", cases[i].line);
		feed(&lines, text, true);
		snprintf(text, sizeof(text), "<%d>vmmlog: %s\n", cases[i].level,
			 cases[i].line);
		assert_string_equal(echoed, text);
	}
	assert_int_equal(lines.lost, 17);
}

static void test_silence(void **state)
{
	struct lines lines = { 0 };

	(void)state;
	feed(&lines, "[    0.1] cpu0 error: x\n[5 bytes of log lost]\n", false);
	feed(&lines, "\n\n[    0.1] cpu0 error: no end", true);
	assert_string_equal(echoed, "");
	assert_int_equal(lines.lost, 5);
}

/* The VMM's text comes in pieces, which may end anywhere. */
static void test_pieces(void **state)
{
	static const char text[] = "[ 0.1] cpu0 error: a\n[9 bytes of log lost]\n"
				   "[ 0.2] cpu1 warning: b\n[ 0.3] cpu2 info: c\n";
	static const char want[] = "<3>vmmlog: [ 0.1] cpu0 error: a\n"
				   "<4>vmmlog: [9 bytes of log lost]\n"
				   "<4>vmmlog: [ 0.2] cpu1 warning: b\n"
				   "<6>vmmlog: [ 0.3] cpu2 info: c\n";
	const size_t len = sizeof(text) - 1;
	size_t first, second;

	for (first = 0; first <= len; first++) {
		for (second = first; second <= len; second++) {
			struct lines lines = { 0 };

			setup(state);
			lines_feed(&lines, text, first, true);
			lines_feed(&lines, text + first, second - first, true);
			lines_feed(&lines, text + second, len - second, true);
			assert_string_equal(echoed, want);
			assert_int_equal(lines.lost, 9);
		}
	}
}

/* Longer than any of the VMM's: nothing of it is dropped, and the next is itself */
static void test_long_line(void **state)
{
	struct lines lines = { 0 };
	char text[2 * LINE_ROOM], want[3 * LINE_ROOM];
	const int room = LINE_ROOM - 1;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "[ 0.1] cpu0 error: ", 19);
	strcpy(text + LINE_ROOM + 100, "\n[ 0.2] cpu0 error: b\n");
	feed(&lines, text, true);
	snprintf(want, sizeof(want), "<3>vmmlog: %.*s\n<6>vmmlog: %.*s\n"
		 "<3>vmmlog: [ 0.2] cpu0 error: b\n", room, text, 101, text + room);
	assert_string_equal(echoed, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_levels, setup),
		cmocka_unit_test_setup(test_silence, setup),
		cmocka_unit_test_setup(test_pieces, setup),
		cmocka_unit_test_setup(test_long_line, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
