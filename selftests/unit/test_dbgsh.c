// SPDX-License-Identifier: GPL-2.0-only
/*
 * "dbgsh" and the shell, byte by byte through the dispatcher. services/dbgsh.c is included
 * for the sake of its state.
 */
#include "dbgsh_state.h"
#include "services/dbgsh.c"
#include "core/log.h"

#define CTRL_C	3
#define EOT	4

static struct dbgsh_session *const session = &dbgsh_sessions[1];

static int setup(void **state)
{
	(void)state;
	dbgsh_reset();
	return 0;
}

/* One call from 64-bit code at level 3 */
static s64 call(s32 in)
{
	struct guest_regs regs = { .rbx = (u32)in };

	regs.rax = mock_number(VMMCALL_NAME_DBGSH);
	mock_call(&regs, 3, true);
	assert_int_equal(regs.rbx, (u32)in);
	return (s64)regs.rax;
}

static s64 poll(void)
{
	s64 value = call(-1);

	assert_int_equal(call(-1), value);
	return value;
}

/*
 * Fetches output as a client does, with polls in between, until something else is
 * pending. Return: that.
 */
static s64 fetch(char *text, size_t size)
{
	size_t len = 0;
	s64 value;

	for (value = poll(); value > 0 && value != DBGSH_ENDED; value = call(0)) {
		assert_int_equal(poll(), value);
		assert_true(len < size - 1);
		text[len++] = (char)value;
	}
	text[len] = '\0';
	return value;
}

#define EXPECT(want) EXPECT_END(want, DBGSH_WANT_INPUT)
#define EXPECT_END(want, end) do {					\
	char text_[2048];						\
	s64 end_ = fetch(text_, sizeof(text_));				\
									\
	assert_string_equal(text_, want);				\
	assert_int_equal(end_, end);					\
} while (0)

static bool ends_line(char key)
{
	return key == '\r' || key == '\n' || key == EOT;
}

/*
 * Types a text; the shell must want each byte of it. Its echo is fetched, and that of
 * a line's end, but not what comes behind it.
 */
static void type(const char *text)
{
	char echo[512];
	s64 value;

	for (; *text; text++) {
		assert_int_equal(poll(), DBGSH_WANT_INPUT);
		value = call((u8)*text);
		if (value == '\n' && ends_line(*text))
			call(0);
		else
			fetch(echo, sizeof(echo));
	}
}

/* What "help" says, and the prompt */
static const char *help_text(void)
{
	static char text[2048];
	const struct shell_command *c;
	size_t len = 0;
	u32 i;

	for (i = 0; (c = shell_command_at(i)); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
					"%s%s - %s\n", c->name, c->usage,
					c->help);
	snprintf(text + len, sizeof(text) - len, "> ");
	return text;
}

static void test_conversation(void **state)
{
	(void)state;
	assert_int_equal(call(-1), '>');
	EXPECT("> ");
	type("help\r");
	EXPECT(help_text());
	type("cpus\n");
	EXPECT("cpu 0 in exits 0 refused 0\n"
	       "cpu 1 in exits 0 refused 0\n"
	       "cpu 3 in exits 0 refused 0\n> ");
}

/* Every return value, call by call */
static void test_byte_by_byte(void **state)
{
	static const struct {
		s32 in;
		s32 out;
	} step[] = {
		{ -1, '>' }, { -1, '>' }, { 0, ' ' }, { -1, ' ' }, { 0, 0 },
		{ -1, 0 }, { -1, 0 }, { 0, 0 }, { 'x', 'x' }, { -1, 'x' },
		{ 0, 0 }, { 0, 0 }, { DBGSH_NUL, '\a' }, { 0, 0 },
		{ '\r', '\n' }, { 0, 'x' }, { 0, ':' }, { -1, ':' },
		/* Any value acknowledges, and is no input then */
		{ '\r', ' ' }, { 0x100, 'u' }, { 0x7ff, 'n' }, { -2, 'k' },
		{ CTRL_C, '>' }, { 0, ' ' }, { 0, 0 },
		{ EOT, '\n' }, { 0, 0x10a }, { -1, 0x10a }, { 0, '>' }, { -1, '>' },
	};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(step); i++)
		assert_int_equal(call(step[i].in), step[i].out);
	assert_int_equal(dbgsh_ignored(), 2);
}

/* A first call that isn't a poll has nothing to acknowledge */
static void test_first_call(void **state)
{
	(void)state;
	assert_int_equal(call(0), '>');
	EXPECT("> ");
	setup(NULL);
	assert_int_equal(call(CTRL_C), '>');
	EXPECT("> ");
	setup(NULL);
	assert_int_equal(call('h'), '>');
	EXPECT("> ");
	type("\r");
	EXPECT("> ");
}

/* Polls from anywhere change nothing, not a byte of state */
static void test_poll_is_pure(void **state)
{
	struct dbgsh_session before[2];
	struct shell shell_before;
	struct guest_regs regs;
	struct vmmcall late = { .cpu = &mock_cpu[1], .regs = &regs,
				.mask = ~0ULL, .cpl = 3 };
	u8 cpl;

	(void)state;
	call(-1);
	memcpy(before, dbgsh_sessions, sizeof(before));
	memcpy(&shell_before, &the_shell, sizeof(the_shell));
	for (cpl = 0; cpl < 4; cpl++) {
		regs = (struct guest_regs){ .rbx = ~0ULL };
		regs.rax = mock_number(VMMCALL_NAME_DBGSH);
		mock_call(&regs, cpl, true);
		assert_int_equal(regs.rax, '>');
		assert_int_equal(regs.rbx, ~0ULL);
		/* Upper halves don't count: the argument is 32 bits wide */
		regs.rax = mock_number(VMMCALL_NAME_DBGSH);
		regs.rbx = 0x5555ffffffffULL;
		mock_call(&regs, cpl, cpl & 1);
		assert_int_equal(regs.rax, '>');
	}
	assert_memory_equal(before, dbgsh_sessions, sizeof(before));
	assert_memory_equal(&shell_before, &the_shell, sizeof(the_shell));
	/* Without the lock as well: it may be held while another CPU polls */
	spin_lock(&session->lock);
	assert_int_equal(call(-1), '>');
	spin_unlock(&session->lock);
	/* A first poll that another CPU's first call overtook */
	dbgsh_step(&late, -1);
	assert_int_equal(regs.rax, '>');
	assert_int_equal(session->lock.next, session->lock.served);
	before[1].lock = session->lock;
	assert_memory_equal(before, dbgsh_sessions, sizeof(before));
}

static bool busy_next(struct shell *shell)
{
	if (++shell->state.index < 5)
		return true;
	sink_printf(&shell->sink, "done\n");
	return false;
}

static const struct shell_command busy = { .next = busy_next };

/* A command that works without printing: -1, at both widths, and polls let it go on */
static void test_busy(void **state)
{
	struct guest_regs regs = { .rbx = 0xffffffff };

	(void)state;
	call(-1);
	the_shell.running = &busy;
	memset(&the_shell.state, 0, sizeof(the_shell.state));
	assert_int_equal(call(0), ' ');
	assert_int_equal(call(0), -1);
	assert_int_equal(call(-1), -1);
	regs.rax = mock_number(VMMCALL_NAME_DBGSH);
	mock_call(&regs, 3, false);
	assert_int_equal(regs.rax, 0xffffffffULL);
	/* What isn't a poll goes on as well, and is no input */
	assert_int_equal(call('x'), -1);
	assert_int_equal(call(-1), 'd');
	EXPECT("done\n");
}

static void test_garbage_as_input(void **state)
{
	static const s32 garbage[] = {
		0x101, 0x10a, 0x1000, INT32_MAX, INT32_MIN, -2, -256,
	};
	u32 i;

	(void)state;
	EXPECT("> ");
	type("x");
	for (i = 0; i < ARRAY_SIZE(garbage); i++)
		assert_int_equal(call(garbage[i]), DBGSH_WANT_INPUT);
	assert_int_equal(call(0), DBGSH_WANT_INPUT);
	assert_int_equal(dbgsh_ignored(), ARRAY_SIZE(garbage));
	type("\r");
	EXPECT("x: unknown command, try help\n> ");
}

/* NUL is input as 0x100; neither it nor a control byte comes back, but a bell */
static void test_nul_and_control(void **state)
{
	(void)state;
	EXPECT("> ");
	type("a");
	assert_int_equal(call(DBGSH_NUL), '\a');
	assert_int_equal(call(0), DBGSH_WANT_INPUT);
	assert_int_equal(call(0x80), '\a');
	assert_int_equal(call(0), DBGSH_WANT_INPUT);
	type("b\x1b[1m\xc3\xa4\r");
	EXPECT("ab: unknown command, try help\n> ");
	/* A NUL byte of output is 0x100 */
	the_shell.out[0] = '\0';
	the_shell.out_len = 1;
	the_shell.out_pos = 0;
	assert_int_equal(call('\n'), DBGSH_NUL);
	assert_int_equal(call(0), '\n');
	assert_int_equal(call(0), '>');
}

static void test_editing(void **state)
{
	(void)state;
	EXPECT("> ");
	type("\b\x7f" "hex\x7flp\b\bxx\b\blp ex\x7fxit\r");
	EXPECT("exit - leave the shell\n> ");
	type("   help   exit  \r");
	EXPECT("exit - leave the shell\n> ");
	type("   \r");
	EXPECT("> ");
}

static void test_bad_lines(void **state)
{
	(void)state;
	EXPECT("> ");
	type("hel\r");
	EXPECT("hel: unknown command, try help\n> ");
	type("helper\r");
	EXPECT("helper: unknown command, try help\n> ");
	type("help nothing\r");
	EXPECT("help: unknown command: nothing\n> ");
	type("help exit log\r");
	EXPECT("help: too many words, usage: help [command]\n> ");
	type("exit now\r");
	EXPECT("exit: too many words, usage: exit\n> ");
}

static void test_long_line(void **state)
{
	char line[258], want[400];

	(void)state;
	EXPECT("> ");
	memset(line, 'a', 257);
	line[257] = '\0';
	line[255] = '\r';
	line[256] = '\0';
	type(line);
	snprintf(want, sizeof(want), "%.255s: unknown command, try help\n> ",
		 line);
	EXPECT(want);
	line[255] = 'a';
	line[256] = '\r';
	type(line);
	EXPECT(want);
	type("help exit\r");
	EXPECT("exit - leave the shell\n> ");
}

static void test_exit(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		EXPECT("> ");
		type(i == 1 ? "\x04" : "exit\r");
		EXPECT_END("", DBGSH_ENDED);
		assert_int_equal(poll(), DBGSH_ENDED);
		/* Acknowledged; a client that goes on finds a fresh shell */
		assert_int_equal(call(i == 2 ? CTRL_C : 0), '>');
	}
	EXPECT("> ");
	/* EOT is only special on an empty line */
	type("x\x04\r");
	EXPECT("x: unknown command, try help\n> ");
}

/* A client is killed anywhere; the next one of our own starts with Ctrl-C */
static void test_killed_client(void **state)
{
	char text[64];
	u32 stop;

	(void)state;
	for (stop = 0; stop < 400; stop++) {
		const char *keys = "help\rstat\bus\rlog\rexit\r";
		u32 calls;

		for (calls = 0; calls < stop; calls++) {
			s64 value = call(-1);

			if (value != DBGSH_WANT_INPUT)
				call(0);
			else if (*keys)
				call((u8)*keys++);
		}
		assert_int_equal(call(CTRL_C), '>');
		assert_int_equal(fetch(text, sizeof(text)), DBGSH_WANT_INPUT);
		assert_string_equal(text, "> ");
		type("help exit\r");
		EXPECT("exit - leave the shell\n> ");
	}
}

/* The next client is a foreign one: the output goes on, then there is a prompt */
static void test_killed_client_foreign(void **state)
{
	(void)state;
	EXPECT("> ");
	type("help\r");
	assert_int_equal(call(0), help_text()[1]);
	assert_int_equal(call(0), help_text()[2]);
	EXPECT(help_text() + 2);
	type("he");
	type("\r");
	EXPECT("he: unknown command, try help\n> ");
}

static void test_disabled(void **state)
{
	int client;

	(void)state;
	boot_info.dbgsh_mode = UV_DBGSH_OFF;
	for (client = 0; client < 3; client++) {
		EXPECT_END("dbgsh is disabled\n", DBGSH_ENDED);
		assert_int_equal(poll(), DBGSH_ENDED);
		assert_int_equal(call(0), 'd');
	}
	/* Killed halfway; the next client's Ctrl-C begins the line anew */
	assert_int_equal(call(0), 'b');
	assert_int_equal(call(CTRL_C), 'd');
	EXPECT_END("dbgsh is disabled\n", DBGSH_ENDED);
	/* No shell runs: input goes nowhere */
	assert_int_equal(call('h'), 'd');
	assert_int_equal(call('\r'), 'b');
	/* Anything that isn't the mode "all" is off */
	setup(NULL);
	boot_info.dbgsh_mode = 77;
	EXPECT_END("dbgsh is disabled\n", DBGSH_ENDED);
}

/* 32 KiB of log stream through the shell's small buffer, whole and in order */
static void test_log_streams(void **state)
{
	static char want[MOCK_LOG_SIZE], got[MOCK_LOG_SIZE + 16];
	u64 pos = 0;
	u32 i;

	(void)state;
	for (i = 0; i < 3000; i++)
		vmm_log(LOG_INFO, "line %u", i);
	assert_int_equal(log_read(&pos, want, sizeof(want)), sizeof(want));
	EXPECT("> ");
	type("log\r");
	assert_int_equal(fetch(got, sizeof(got)), DBGSH_WANT_INPUT);
	assert_int_equal(strlen(got), MOCK_LOG_SIZE + 2);
	assert_memory_equal(got, want, MOCK_LOG_SIZE);
	assert_string_equal(got + MOCK_LOG_SIZE, "> ");
}

/* A log that grows as fast as it is read does not keep the shell from its prompt */
static void test_log_ends(void **state)
{
	struct log_stats stats;
	u32 fetched;
	s64 value;

	(void)state;
	EXPECT("> ");
	type("log\r");
	log_get_stats(&stats);
	for (fetched = 0; (value = poll()) != DBGSH_WANT_INPUT; fetched++) {
		vmm_log(LOG_INFO, "one more");
		call(0);
		assert_true(fetched <= MOCK_LOG_SIZE + 2);
	}
}

static void append_text(struct sink *sink, const char *text, size_t len)
{
	struct {
		struct sink sink;
		char text[2048];
	} *to = (void *)sink;

	strncat(to->text, text, len);
}

static void test_status(void **state)
{
	struct {
		struct sink sink;
		char text[2048];
	} want = { .sink.put = append_text };

	(void)state;
	mock_cpu[1].exits[3] = 12;
	EXPECT("> ");
	report_print(&want.sink);
	strcat(want.text, "> ");
	type("status\r");
	EXPECT(want.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_conversation, setup),
		cmocka_unit_test_setup(test_byte_by_byte, setup),
		cmocka_unit_test_setup(test_first_call, setup),
		cmocka_unit_test_setup(test_poll_is_pure, setup),
		cmocka_unit_test_setup(test_busy, setup),
		cmocka_unit_test_setup(test_garbage_as_input, setup),
		cmocka_unit_test_setup(test_nul_and_control, setup),
		cmocka_unit_test_setup(test_editing, setup),
		cmocka_unit_test_setup(test_bad_lines, setup),
		cmocka_unit_test_setup(test_long_line, setup),
		cmocka_unit_test_setup(test_exit, setup),
		cmocka_unit_test_setup(test_killed_client, setup),
		cmocka_unit_test_setup(test_killed_client_foreign, setup),
		cmocka_unit_test_setup(test_disabled, setup),
		cmocka_unit_test_setup(test_log_streams, setup),
		cmocka_unit_test_setup(test_log_ends, setup),
		cmocka_unit_test_setup(test_status, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
