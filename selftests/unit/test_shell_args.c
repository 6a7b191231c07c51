// SPDX-License-Identifier: GPL-2.0-only
/* The words of a shell command's line; notes of a CPU's state. */
#include "unit.h"
#include "core/cpu_note.h"
#include "mock/mock.h"
#include "services/shell_args.h"

static struct shell shell;
static char said[1024];
static size_t said_len;

static void put(struct sink *sink, const char *text, size_t len)
{
	(void)sink;
	assert_true(said_len + len < sizeof(said));
	memcpy(said + said_len, text, len);
	said_len += len;
	said[said_len] = '\0';
}

static int setup(void **state)
{
	(void)state;
	mock_reset();
	shell = (struct shell){ .sink.put = put, .name = "cmd" };
	said_len = 0;
	said[0] = '\0';
	return 0;
}

static void words(u32 nr, ...)
{
	va_list ap;
	u32 i;

	va_start(ap, nr);
	shell.nr_args = nr;
	for (i = 0; i < nr; i++)
		shell.args[i] = va_arg(ap, const char *);
	va_end(ap);
}

static void good(const char *text, u64 want)
{
	u64 value = ~want;

	assert_true(shell_number(&shell, text, &value));
	assert_true(value == want);
	assert_false(shell.failed);
	assert_string_equal(said, "");
}

static void bad(const char *text)
{
	char want[512];
	u64 value = 42;

	setup(NULL);
	assert_false(shell_number(&shell, text, &value));
	assert_int_equal(value, 42);
	assert_true(shell.failed);
	snprintf(want, sizeof(want), "cmd: bad number: %s\n", text);
	assert_string_equal(said, want);
}

static void test_numbers(void **state)
{
	(void)state;
	good("0", 0);
	good("007", 7);
	good("18446744073709551615", ~0ULL);
	good("0xffffFFFFffffFFFF", ~0ULL);
	good("0X1f", 0x1f);
	good("4k", 4096);
	good("4K", 4096);
	good("0x10M", 16ULL << 20);
	good("17179869183G", 17179869183ULL << 30);
	good("0g", 0);
}

static void test_bad_numbers(void **state)
{
	static const char *const texts[] = {
		"", "x", "0x", "-1", "+1", "1x", "0xg", "12a", "1KK", "1T", "K",
		"18446744073709551616", "0x10000000000000000",
		"99999999999999999999999", "17179869184G", "0xffffffffffffffffK",
		" 1", "1 ", "0x-1", "\xff",
	};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(texts); i++)
		bad(texts[i]);
}

static void test_options(void **state)
{
	(void)state;
	words(3, "a", "cpu=1", "b");
	assert_null(shell_option(&shell, "cr3"));
	assert_null(shell_option(&shell, "cp"));
	assert_string_equal(shell_option(&shell, "cpu"), "1");
	assert_int_equal(shell.nr_args, 2);
	assert_string_equal(shell.args[0], "a");
	assert_string_equal(shell.args[1], "b");
	assert_true(shell_positional(&shell, 2, 2));
	words(1, "cpu=");
	assert_string_equal(shell_option(&shell, "cpu"), "");
	words(1, "cpu");
	assert_null(shell_option(&shell, "cpu"));
	assert_false(shell.failed);
}

static void test_positional(void **state)
{
	(void)state;
	/* An option twice: the second one is left */
	words(2, "cpu=1", "cpu=2");
	assert_non_null(shell_option(&shell, "cpu"));
	assert_false(shell_positional(&shell, 0, 8));
	assert_string_equal(said, "cmd: unknown option: cpu=2\n");
	setup(NULL);
	words(1, "a");
	assert_false(shell_positional(&shell, 2, 3));
	assert_string_equal(said, "cmd: too few words, try help cmd\n");
	assert_true(shell.failed);
	setup(NULL);
	words(2, "a", "b");
	assert_false(shell_positional(&shell, 0, 1));
	assert_string_equal(said, "cmd: too many words, try help cmd\n");
}

static void test_cpu(void **state)
{
	struct cpu *cpu = NULL;

	(void)state;
	assert_true(shell_cpu(&shell, "3", &cpu));
	assert_ptr_equal(cpu, &mock_cpu[3]);
	assert_false(shell_cpu(&shell, "2", &cpu));	/* MOCK_ABSENT_CPU */
	assert_string_equal(said, "cmd: no such CPU: 2\n");
	setup(NULL);
	assert_false(shell_cpu(&shell, "0x100000000", &cpu));
	assert_string_equal(said, "cmd: no such CPU: 0x100000000\n");
	setup(NULL);
	assert_false(shell_cpu(&shell, "all", &cpu));
	assert_string_equal(said, "cmd: bad number: all\n");
}

static void test_same(void **state)
{
	(void)state;
	assert_true(shell_same("Guest_RIP", "gUEST_rip"));
	assert_false(shell_same("RIP", "RIPX"));
	assert_false(shell_same("RIPX", "RIP"));
	assert_false(shell_same("@", "`"));
	assert_true(shell_same("", ""));
}

static void test_note(void **state)
{
	struct guest_regs regs = { .rax = 1, .r15 = 15 };
	struct cpu_note note;

	(void)state;
	assert_int_equal(cpu_note_read(&mock_cpu[1], &note), -ENOENT);
	mock_state.rip = 0x1234;
	mock_clock = 777;
	cpu_note_state(&mock_cpu[1], &regs);
	assert_int_equal(cpu_note_read(&mock_cpu[1], &note), 0);
	assert_int_equal(note.ticks, 777);
	assert_int_equal(note.regs.rax, 1);
	assert_int_equal(note.regs.r15, 15);
	assert_int_equal(note.state.rip, 0x1234);
	assert_int_equal(note.state.segment[SEGMENT_TR].selector, 8);
	/* In the middle of a note for ever */
	mock_cpu[1].note.sequence++;
	assert_int_equal(cpu_note_read(&mock_cpu[1], &note), -EBUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_numbers, setup),
		cmocka_unit_test_setup(test_bad_numbers, setup),
		cmocka_unit_test_setup(test_options, setup),
		cmocka_unit_test_setup(test_positional, setup),
		cmocka_unit_test_setup(test_cpu, setup),
		cmocka_unit_test_setup(test_same, setup),
		cmocka_unit_test_setup(test_note, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
