// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/last_words.c: each line, whatever the other CPUs do, and no loop: neither when the
 * words themselves fault, nor when another CPU died while it was speaking.
 */
#include "unit.h"
#include "mock/mock.h"

#define UNKNOWN_RIP	1u	/* the CPU of which no RIP is known */

#include "core/last_words.c"

static char words[4096];
static void (*at_first_word)(void);

void debug_puts(const char *text)
{
	void (*hook)(void) = at_first_word;

	strncat(words, text, sizeof(words) - strlen(words) - 1);
	at_first_word = NULL;
	if (hook)
		hook();
}

bool backend_last_rip(struct cpu *cpu, u64 *rip)
{
	*rip = 0xabc0 + cpu->number;
	return cpu->number != UNKNOWN_RIP;
}

static int setup(void **state)
{
	(void)state;
	mock_reset();
	memset(words, 0, sizeof(words));
	speaker = 0;
	at_first_word = NULL;
	mock_state = (struct guest_state) {
		.rip = 0x1234, .rsp = 0x5678, .cr2 = 0x22, .cr3 = 0x33000, .cr4 = 0x44,
		.exit = 3, .exit_info = 0x99, .interrupted = 0x80000b0e,
		.segment[SEGMENT_CS].selector = 0x10,
	};
	mock_cpu[0].last_call = 64;
	mock_cpu[1].last_call = 65;
	mock_cpu[3].last_call = 66;
	return 0;
}

static void test_all(void **state)
{
	(void)state;
	last_words("the reason");
	assert_string_equal(words,
			    "the reason\n"
			    "cpu 0: rip 0x10:0x1234 rsp 0x5678 cr2 0x22 cr3 0x33000 cr4 0x44\n"
			    "cpu 0: exit VMMCALL (3), information 0x99, interrupted event 0x80000b0e, last call 64\n"
			    "cpu 1: rip not known, last call 65\n"
			    "cpu 3: rip 0xabc3 at the last exit that is known, last call 66\n");
	assert_int_equal(speaker, 0);
}

/* A CPU that isn't in has no guest's state to tell */
static void test_out(void **state)
{
	(void)state;
	mock_cpu[0].state = CPU_OUT;
	mock_cpu[3].state = CPU_OUT;
	last_words("the reason");
	assert_string_equal(words,
			    "the reason\n"
			    "cpu 1: rip not known, last call 65\n"
			    "cpu 3: no guest\n");
}

static void fault_in_words(void)
{
	last_words("a fault in the words");
}

static void test_fault(void **state)
{
	(void)state;
	at_first_word = fault_in_words;
	last_words("the reason");
	assert_null(strstr(words, "a fault"));
	assert_non_null(strstr(words, "cpu 3: rip"));
}

static void test_dead_speaker(void **state)
{
	(void)state;
	speaker = 1 + 1;
	at_first_word = fault_in_words;
	last_words("the reason");
	assert_null(strstr(words, "a fault"));
	assert_non_null(strstr(words, "cpu 3: rip"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_all, setup),
		cmocka_unit_test_setup(test_out, setup),
		cmocka_unit_test_setup(test_fault, setup),
		cmocka_unit_test_setup(test_dead_speaker, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
