// SPDX-License-Identifier: GPL-2.0-only
/* "dbgsh_bulk" through the dispatcher, and what it has in common with "dbgsh". */
#include "dbgsh_state.h"
#include "core/log.h"

#define IN_VA	0x400000ULL	/* a page, readable */
#define OUT_VA	0x500000ULL	/* two pages, writable, then one that isn't */
#define OUT_END	(OUT_VA + 2 * UV_PAGE_SIZE)
#define HIGHS	0xaaaaaaaa00000000ULL

static u8 *const in_page = mock_ram;
static char *const out_pages = (char *)mock_ram + UV_PAGE_SIZE;

static void map_pages(void)
{
	mock_map(IN_VA, 0, MOCK_USER);
	mock_map(OUT_VA, 1, MOCK_USER | MOCK_WRITABLE);
	mock_map(OUT_VA + UV_PAGE_SIZE, 2, MOCK_USER | MOCK_WRITABLE);
	mock_map(OUT_END, 3, MOCK_USER);
	mock_map(0xfffff000, 4, MOCK_USER | MOCK_WRITABLE);
	mock_map(0x100000000, 5, MOCK_USER | MOCK_WRITABLE);
	mock_map(~0xfffULL, 6, MOCK_USER | MOCK_WRITABLE);
}

static int setup(void **state)
{
	(void)state;
	dbgsh_reset();
	map_pages();
	return 0;
}

static struct guest_regs regs;

/* Return: eax, as 64-bit code at level 3 finds it */
static s64 call_with(u64 in, u64 in_len, u64 out, u64 size, u64 flags)
{
	regs = (struct guest_regs) {
		.rax = mock_number(VMMCALL_NAME_DBGSH_BULK),
		.rbx = in, .rcx = in_len, .rdx = out, .rsi = size, .rdi = flags,
		.rbp = 1, .r8 = 2, .r15 = 3,
	};
	mock_call(&regs, 3, true);
	assert_int_equal(regs.rbx, in);
	assert_int_equal(regs.rdx, out);
	if ((s32)regs.rax == DBGSH_BULK_REFUSED || flags == DBGSH_BULK_VISIT)
		assert_int_equal(regs.rdi, flags);
	else
		assert_in_range(regs.rdi, 0, DBGSH_BULK_FAILED);
	assert_int_equal(regs.rbp, 1);
	return (s64)regs.rax;
}

/* Gives @in, room for @size bytes; checks that nothing is written behind the result */
static s64 give(const char *in, u32 size)
{
	s64 ret;

	memset(out_pages, 0x55, 2 * UV_PAGE_SIZE);
	memcpy(in_page, in, strlen(in));
	ret = call_with(IN_VA, strlen(in), OUT_VA, size, 0);
	assert_true(regs.rsi <= size);
	assert_true(regs.rcx <= strlen(in));
	assert_int_equal((u8)out_pages[regs.rsi], 0x55);
	return ret;
}

static bool says(const char *in, u64 taken, const char *want, s64 eax)
{
	return give(in, 4096) == eax && regs.rcx == taken &&
	       regs.rsi == strlen(want) &&
	       !memcmp(out_pages, want, strlen(want));
}

/* A call that takes @taken bytes of a text, or all, and answers with another text */
#define EXPECT_TAKEN(in, taken, want, eax) \
	assert_true(says(in, taken, want, eax))
#define EXPECT(in, want, eax) do {					\
	const char *in_ = (in);						\
									\
	assert_true(says(in_, strlen(in_), want, eax));			\
} while (0)

static s64 byte_call(s32 in)
{
	struct guest_regs r = { .rbx = (u32)in };

	r.rax = mock_number(VMMCALL_NAME_DBGSH);
	mock_call(&r, 3, true);
	return (s64)r.rax;
}

static const char help_exit[] = "exit - leave the shell\n";
static const char unknown[] = "x: unknown command, try help\n";

static void test_lines(void **state)
{
	(void)state;
	EXPECT("", "", 0);
	EXPECT("help exit\n", help_exit, 0);
	EXPECT("help exit\rx\n\n", "exit - leave the shell\n"
	       "x: unknown command, try help\n", 0);
	/* A line in parts, and bytes that edit it as they did byte by byte */
	EXPECT("he", "", 0);
	EXPECT("lx\bp ", "", 0);
	EXPECT("exit\n", help_exit, 0);
	EXPECT("a\x1b[1m\xc3\xa4\n", "a?[1m\xc3\xa4: unknown command, try help\n", 0);
}

/* The last command's, whatever else the calls do; a fresh shell has none */
static void test_failed(void **state)
{
	(void)state;
	EXPECT("", "", 0);
	assert_int_equal(regs.rdi, 0);
	EXPECT("x\n", unknown, 0);
	assert_int_equal(regs.rdi, DBGSH_BULK_FAILED);
	EXPECT("help", "", 0);
	assert_int_equal(regs.rdi, DBGSH_BULK_FAILED);
	EXPECT(" exit\n", help_exit, 0);
	assert_int_equal(regs.rdi, 0);
	EXPECT("x\nhelp exit\n", "x: unknown command, try help\n"
	       "exit - leave the shell\n", 0);
	assert_int_equal(regs.rdi, 0);
	EXPECT("x\n", unknown, 0);
	assert_int_equal(call_with(IN_VA, 0, OUT_VA, 4096, DBGSH_BULK_RESET), 0);
	assert_int_equal(regs.rdi, 0);
}

static void test_long_line(void **state)
{
	char line[258] = { 0 };

	(void)state;
	memset(line, 'a', 256);
	EXPECT(line, "", 0);
	EXPECT("\n", "shell: line too long, at most 255 bytes\n", 0);
	EXPECT("help exit\n", help_exit, 0);
}

/* The same text whatever the buffer's size; nothing is consumed while output waits */
static void test_small_buffers(void **state)
{
	char whole[4096], got[4096];
	u32 size, len;
	s64 eax;

	(void)state;
	assert_int_equal(give("help\n", 4096), 0);
	len = (u32)regs.rsi;
	assert_in_range(len, 200, 4000);
	memcpy(whole, out_pages, len);
	for (size = 1; size < len + 2; size++) {
		u32 sum = 0;

		eax = give("help\n", 0);
		assert_int_equal(eax, DBGSH_BULK_MORE);
		assert_int_equal(regs.rcx, 5);
		while (eax == DBGSH_BULK_MORE) {
			eax = give("", size);
			assert_true(sum + regs.rsi <= len);
			memcpy(got + sum, out_pages, regs.rsi);
			sum += (u32)regs.rsi;
		}
		assert_int_equal(eax, 0);
		assert_int_equal(sum, len);
		assert_memory_equal(got, whole, len);
	}
	assert_int_equal(give("help\nx\n", 10), DBGSH_BULK_MORE);
	assert_int_equal(regs.rcx, 5);
	assert_int_equal(give("x\n", 10), DBGSH_BULK_MORE);
	assert_int_equal(regs.rcx, 0);
}

static void test_output_bound(void **state)
{
	char *want = malloc(MOCK_LOG_SIZE), *got = malloc(MOCK_LOG_SIZE + 8192);
	u32 i, len = 0, calls = 0;
	u64 pos = 0;

	(void)state;
	for (i = 0; i < 3000; i++)
		vmm_log(LOG_INFO, "line %u", i);
	assert_int_equal(log_read(&pos, want, MOCK_LOG_SIZE), MOCK_LOG_SIZE);
	memcpy(in_page, "log\n", 4);
	while (call_with(IN_VA, calls ? 0 : 4, OUT_VA, ~0ULL, 0) ==
	       DBGSH_BULK_MORE) {
		assert_int_equal(regs.rsi, DBGSH_BULK_OUT_MAX);
		memcpy(got + len, out_pages, regs.rsi);
		len += (u32)regs.rsi;
		assert_true(++calls <= MOCK_LOG_SIZE / DBGSH_BULK_OUT_MAX);
	}
	memcpy(got + len, out_pages, regs.rsi);
	assert_int_equal(len + regs.rsi, MOCK_LOG_SIZE);
	assert_memory_equal(got, want, MOCK_LOG_SIZE);
	free(want);
	free(got);
}

static void test_refused(void **state)
{
	static const struct {
		u64 in, in_len, out, size, flags;
	} bad[] = {
		{ IN_VA, 1, OUT_VA, 8, 4 },
		{ IN_VA, 1, OUT_VA, 8, DBGSH_BULK_RESET | 0x80000000 },
		{ IN_VA, 1, OUT_VA, 8, DBGSH_BULK_RESET | DBGSH_BULK_VISIT },
		{ IN_VA, 257, OUT_VA, 8, 0 },
		{ IN_VA, 0xffffffff, OUT_VA, 8, DBGSH_BULK_RESET },
		{ IN_VA + 0xfff, 2, OUT_VA, 8, 0 },
		{ IN_VA - 1, 1, OUT_VA, 8, 0 },
		{ 0, 1, OUT_VA, 8, 0 },
		{ ~0ULL, 2, OUT_VA, 8, 0 },
		{ IN_VA, 1, 0, 8, 0 },
		{ IN_VA, 1, IN_VA, 1, 0 },		/* read-only */
		{ IN_VA, 1, OUT_END - 1, 2, 0 },
		{ IN_VA, 1, OUT_END - 4095, 0x10000, 0 },
		{ IN_VA, 1, ~0ULL, 2, 0 },
		{ IN_VA, 1, 1ULL << 47, 1, 0 },
	};
	struct dbgsh_session before[2];
	struct shell shell_before;
	u32 i;

	(void)state;
	EXPECT("x", "", 0);
	assert_int_equal(give("\nhe", 5), DBGSH_BULK_MORE);
	memcpy(before, dbgsh_sessions, sizeof(before));
	memcpy(&shell_before, &the_shell, sizeof(the_shell));
	memset(out_pages, 0x55, 3 * UV_PAGE_SIZE);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(call_with(bad[i].in, bad[i].in_len, bad[i].out,
					   bad[i].size, bad[i].flags), -1);
		assert_int_equal(regs.rcx, bad[i].in_len);
		assert_int_equal(regs.rsi, bad[i].size);
	}
	assert_memory_equal(before, dbgsh_sessions, sizeof(before));
	assert_memory_equal(&shell_before, &the_shell, sizeof(the_shell));
	for (i = 0; i < 3 * UV_PAGE_SIZE; i++)
		assert_int_equal((u8)out_pages[i], 0x55);
	EXPECT("", unknown + 5, 0);
	/* What isn't used may be anything */
	assert_int_equal(call_with(~0ULL, HIGHS, ~0ULL, HIGHS, 0), 0);
	/* The last bytes of the address space don't wrap */
	memcpy(mock_ram + 6 * UV_PAGE_SIZE, "x\n", 2);
	assert_int_equal(call_with(~0xfffULL, 2, ~0xfffULL, 4096, 0), 0);
	assert_int_equal(regs.rsi, strlen(unknown));
}

/* The upper halves of 32-bit code's registers don't count, and it has no 5th GiB */
static void test_32bit(void **state)
{
	struct guest_regs start = {
		.rax = mock_number(VMMCALL_NAME_DBGSH_BULK),
		.rbx = HIGHS | IN_VA, .rcx = HIGHS | 2, .rdx = HIGHS | OUT_VA,
		.rsi = HIGHS | 100, .rdi = HIGHS,
	};
	struct guest_regs r = start;

	(void)state;
	memcpy(in_page, "x\n", 2);
	mock_call(&r, 3, false);
	assert_int_equal(r.rax, 0);
	assert_int_equal(r.rcx, 2);
	assert_int_equal(r.rsi, strlen(unknown));
	assert_int_equal(r.rdi, DBGSH_BULK_FAILED);
	assert_int_equal(r.rdx, HIGHS | OUT_VA);
	r = start;
	r.rdx = 0xffffffff;
	r.rsi = 2;
	mock_call(&r, 3, false);
	assert_int_equal(r.rax, 0xffffffffULL);
	r = start;
	r.rbx = 0xffffffff;
	mock_call(&r, 3, false);
	assert_int_equal(r.rax, 0xffffffffULL);
	assert_int_equal(r.rcx, HIGHS | 2);
	r = start;
	r.rdx = 0xfffffffe;
	r.rsi = 2;
	mock_call(&r, 3, false);
	assert_int_equal(r.rax, DBGSH_BULK_MORE);
	assert_memory_equal(mock_ram + 4 * UV_PAGE_SIZE + 4094, unknown, 2);
}

static void test_exit(void **state)
{
	(void)state;
	EXPECT_TAKEN("exit\nhelp exit\n", 5, "", DBGSH_ENDED);
	EXPECT("help exit\n", help_exit, 0);
	EXPECT_TAKEN("x\nexit\nx\n", 7, unknown, DBGSH_ENDED);
	/* The next one may as well come byte by byte */
	assert_int_equal(byte_call(-1), '>');
}

static void test_reset(void **state)
{
	(void)state;
	EXPECT("abc", "", 0);
	memcpy(in_page, "x\n", 2);
	assert_int_equal(call_with(IN_VA, 2, OUT_VA, 4096, DBGSH_BULK_RESET), 0);
	assert_int_equal(regs.rsi, strlen(unknown));
	assert_int_equal(give("help\n", 5), DBGSH_BULK_MORE);
	assert_int_equal(call_with(IN_VA, 0, OUT_VA, 4096, DBGSH_BULK_RESET), 0);
	assert_int_equal(regs.rsi, 0);
}

/* Each call finds the session anew if the other one had it */
static void test_both_calls(void **state)
{
	(void)state;
	assert_int_equal(byte_call(-1), '>');
	assert_int_equal(byte_call(0), ' ');
	assert_int_equal(byte_call(0), 0);
	byte_call('a');
	EXPECT("x\n", unknown, 0);
	assert_int_equal(give("x\nabc", 3), DBGSH_BULK_MORE);
	assert_int_equal(byte_call('q'), '>');	/* as a first call: no input */
	assert_int_equal(byte_call(0), ' ');
	assert_int_equal(byte_call(0), 0);
	assert_int_equal(byte_call('y'), 'y');
	assert_int_equal(byte_call(0), 0);
	assert_int_equal(byte_call('\n'), '\n');
	assert_int_equal(byte_call(0), 'y');
	assert_int_equal(byte_call(0), ':');
	EXPECT("", "", 0);
	assert_int_equal(byte_call(-1), '>');
	/* A refused call and a visit aren't uses */
	assert_int_equal(call_with(0, 1, 0, 1, 0), -1);
	assert_int_equal(byte_call(-1), '>');
	assert_int_equal(call_with(0, 0, 0, 0, DBGSH_BULK_VISIT), 0);
	assert_int_equal(byte_call(-1), '>');
}

static void test_visit(void **state)
{
	(void)state;
	assert_int_equal(give("x\nab", 4), DBGSH_BULK_MORE);
	assert_int_equal(call_with(1, 1000, 2, 3, DBGSH_BULK_VISIT), 0);
	assert_int_equal(regs.rcx, 0);
	assert_int_equal(regs.rsi, 0);
	EXPECT("", unknown + 4, 0);
}

static void test_disabled(void **state)
{
	int i;

	(void)state;
	boot_info.dbgsh_mode = UV_DBGSH_OFF;
	for (i = 0; i < 3; i++)
		EXPECT_TAKEN("help\n", 0, "dbgsh is disabled\n", DBGSH_ENDED);
	assert_int_equal(give("help\n", 6), DBGSH_BULK_MORE);
	assert_memory_equal(out_pages, "dbgsh ", 6);
	assert_int_equal(give("help\n", 0), DBGSH_BULK_MORE);
	EXPECT_TAKEN("help\n", 0, "is disabled\n", DBGSH_ENDED);
	assert_int_equal(give("", 6), DBGSH_BULK_MORE);
	assert_int_equal(byte_call(-1), 'd');
	assert_int_equal(byte_call(0), 'b');
	EXPECT_TAKEN("", 0, "dbgsh is disabled\n", DBGSH_ENDED);
	assert_int_equal(call_with(0, 0, 0, 0, DBGSH_BULK_VISIT), DBGSH_ENDED);
}

/* Another CPU unmaps the buffer while the call is at work: nothing is lost */
static void test_buffer_vanishes(void **state)
{
	(void)state;
	mock_after_walk = mock_unmap_all;
	memcpy(in_page, "help exit\n", 10);
	assert_int_equal(call_with(IN_VA, 10, OUT_VA, 4096, 0), DBGSH_BULK_MORE);
	assert_int_equal(regs.rcx, 10);
	assert_int_equal(regs.rsi, 0);
	assert_int_equal(call_with(IN_VA, 0, OUT_VA, 4096, 0), -1);
	mock_after_walk = NULL;
	map_pages();
	EXPECT("", help_exit, 0);
}

static bool busy_next(struct shell *shell)
{
	if (++shell->state.index % 10)
		return true;
	sink_printf(&shell->sink, "found\n");
	return shell->state.index < 20;
}

SHELL_COMMAND(busy) = {
	.name = "busy",
	.usage = "",
	.help = "work without printing",
	.next = busy_next,
};

/* A command that works without printing holds no call for more than a step */
static void test_busy(void **state)
{
	u32 calls;

	(void)state;
	assert_int_equal(give("busy\n", 4096), DBGSH_BULK_MORE);
	for (calls = 1; give("x\n", 4096) == DBGSH_BULK_MORE; calls++)
		assert_int_equal(regs.rcx, 0);
	assert_int_equal(calls, 18);
	assert_int_equal(regs.rcx, 2);
}

static u32 toiled;

static bool toil_next(struct shell *shell)
{
	toiled++;
	sink_printf(&shell->sink, "t\n");
	return ++shell->state.index < 20;
}

SHELL_COMMAND(toil) = {
	.name = "toil",
	.usage = "",
	.help = "print with much work",
	.work = SHELL_WORK_MAX / 5,
	.next = toil_next,
};

/* A command that prints ends the call when its work is done, not when the buffer is full */
static void test_work(void **state)
{
	u32 calls = 0, sum = 0;
	s64 eax;

	(void)state;
	do {
		toiled = 0;
		eax = give(calls ? "" : "toil\n", 4096);
		assert_in_range(toiled, 1, 5);
		assert_int_equal(regs.rsi, 2 * toiled);
		sum += toiled;
		calls++;
	} while (eax == DBGSH_BULK_MORE);
	assert_int_equal(eax, 0);
	assert_int_equal(sum, 20);
	assert_in_range(calls, 4, 6);
}

/* So do lines of input, of which the next call takes the rest */
static void test_many_lines(void **state)
{
	char lines[257] = { 0 };
	u32 i, most = 0, pos = 0, calls = 0;

	(void)state;
	memset(lines, '\n', 256);
	while (pos < 256) {
		i = (u32)give(lines + pos, 4096);
		assert_int_equal(i, pos + regs.rcx < 256 ? DBGSH_BULK_MORE : 0);
		if (regs.rcx > most)
			most = (u32)regs.rcx;
		pos += (u32)regs.rcx;
		calls++;
	}
	assert_in_range(most, 2, SHELL_WORK_MAX / SHELL_WORK_LINE + 1);
	/* Byte by byte, no call has so much to do: none is cut short */
	assert_int_equal(byte_call(-1), '>');
	for (i = 0; i < 100; i++) {
		assert_int_equal(byte_call(0), ' ');
		assert_int_equal(byte_call(0), 0);
		assert_int_equal(byte_call('\n'), '\n');
		assert_int_equal(byte_call(0), '>');
	}
}

/* Each command says what a step takes, and no step could be too much for a fresh call */
static void test_steps_have_a_price(void **state)
{
	const struct shell_command *command;
	u32 i;

	(void)state;
	for (i = 0; (command = shell_command_at(i)); i++)
		if (strcmp(command->name, "busy"))
			assert_in_range(command->work, 1, SHELL_WORK_MAX / 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lines, setup),
		cmocka_unit_test_setup(test_failed, setup),
		cmocka_unit_test_setup(test_long_line, setup),
		cmocka_unit_test_setup(test_small_buffers, setup),
		cmocka_unit_test_setup(test_output_bound, setup),
		cmocka_unit_test_setup(test_refused, setup),
		cmocka_unit_test_setup(test_32bit, setup),
		cmocka_unit_test_setup(test_exit, setup),
		cmocka_unit_test_setup(test_reset, setup),
		cmocka_unit_test_setup(test_both_calls, setup),
		cmocka_unit_test_setup(test_visit, setup),
		cmocka_unit_test_setup(test_disabled, setup),
		cmocka_unit_test_setup(test_buffer_vanishes, setup),
		cmocka_unit_test_setup(test_busy, setup),
		cmocka_unit_test_setup(test_work, setup),
		cmocka_unit_test_setup(test_many_lines, setup),
		cmocka_unit_test_setup(test_steps_have_a_price, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
