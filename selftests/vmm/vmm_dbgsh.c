// SPDX-License-Identifier: GPL-2.0-only
/*
 * The protocol of "dbgsh", spoken by hand. Shows that the shell that is off says so
 * and ends; and of the one that is on, that polls consume nothing, lines are echoed,
 * edited and answered, exit ends it, clients that are killed halfway leave a session
 * that the next one can use, and two clients at once harm nothing but each other's
 * text.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "dbgsh_client.h"

static char text[TEXT_SIZE], prompt[TEXT_SIZE];

static void test_off(void)
{
	long value, first;

	dbgsh_find();
	first = dbgsh_step(DBGSH_NO_INPUT);
	ksft_test_result(first == DBGSH_OFF_TEXT[0] && dbgsh_step(DBGSH_NO_INPUT) == first,
			 "off: a poll consumes nothing\n");
	value = dbgsh_collect(text);
	ksft_test_result(!strcmp(text, DBGSH_OFF_TEXT) && value == DBGSH_ENDED,
			 "off: says so and ends (%#lx)\n", value);
	ksft_test_result(dbgsh_step(DBGSH_NO_INPUT) == DBGSH_ENDED,
			 "off: the end waits to be acknowledged\n");
	dbgsh_step(0);
	value = dbgsh_collect(text);
	ksft_test_result(!strcmp(text, DBGSH_OFF_TEXT) && value == DBGSH_ENDED,
			 "off: the same once more\n");
	dbgsh_step(0);
	dbgsh_step('h');
	value = dbgsh_collect(text);
	ksft_test_result(value == DBGSH_ENDED && strlen(text) < sizeof(DBGSH_OFF_TEXT),
			 "off: input doesn't open it\n");
}

static void test_lines(void)
{
	dbgsh_find();
	ksft_test_result(dbgsh_collect(prompt) == DBGSH_WANT_INPUT && *prompt,
			 "on: a prompt, then input is wanted\n");
	ksft_test_result(dbgsh_step(DBGSH_NO_INPUT) == DBGSH_WANT_INPUT &&
			 dbgsh_step(DBGSH_NO_INPUT) == DBGSH_WANT_INPUT,
			 "on: polls consume nothing\n");
	ksft_test_result(dbgsh_fresh_prompt(prompt), "on: Ctrl-C gives a prompt\n");
	ksft_test_result(dbgsh_say("help\n", text) == DBGSH_WANT_INPUT &&
			 strstr(text, "exit") && strstr(text, prompt),
			 "on: help is answered, then the prompt again\n");
	dbgsh_say("xit", text);
	ksft_test_result(dbgsh_say("\x1b[H", text) == DBGSH_WANT_INPUT &&
			 !strcmp(text, "\b\b\b") &&
			 dbgsh_say("e", text) == DBGSH_WANT_INPUT &&
			 !strcmp(text, "exit\b\b\b") &&
			 dbgsh_say("\x15\x0b", text) == DBGSH_WANT_INPUT,
			 "on: keys are echoed, and edit the line\n");
	ksft_test_result(dbgsh_say("\x10", text) == DBGSH_WANT_INPUT &&
			 !strcmp(text, "help") && dbgsh_say("\x15", text) ==
			 DBGSH_WANT_INPUT,
			 "on: an older line comes back\n");
	ksft_test_result(dbgsh_say("no_such_command\n", text) == DBGSH_WANT_INPUT &&
			 strlen(text) > strlen(prompt),
			 "on: an unknown command is answered\n");
	ksft_test_result(dbgsh_say("exit\n", text) == DBGSH_ENDED &&
			 dbgsh_step(DBGSH_NO_INPUT) == DBGSH_ENDED,
			 "on: exit ends it\n");
	dbgsh_step(0);
	ksft_test_result(dbgsh_collect(text) == DBGSH_WANT_INPUT && *text,
			 "on: behind the end a fresh shell\n");
}

static void test_odd_input(void)
{
	static const int odd[] = { DBGSH_NUL, 1, 0x7f, 0x80, 0xff, 0x101,
				   0x10a, -2, 0x7fffffff, -0x7fffffff - 1 };
	bool ok = dbgsh_fresh_prompt(prompt);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(odd); i++)
		ok &= dbgsh_is_legal(dbgsh_step(odd[i]));
	dbgsh_collect(text);
	ok &= dbgsh_fresh_prompt(text) && !strcmp(text, prompt);
	ksft_test_result(ok, "on: NUL, control bytes and nonsense\n");

	for (i = 0; i < 100000; i++)
		if (dbgsh_step(DBGSH_NO_INPUT) == DBGSH_WANT_INPUT)
			dbgsh_step('a');
		else
			dbgsh_step(0);
	ksft_test_result(dbgsh_say("\n", text) == DBGSH_WANT_INPUT &&
			 strstr(text, prompt),
			 "on: a line of 100000 bytes\n");
}

static void __attribute__((noreturn)) be_killed(void)
{
	raise(SIGKILL);
	_exit(1);
}

/* Leaves in the middle of a line, or of what the shell says */
static void run_killed_client(bool in_output)
{
	pid_t child = fork();
	int i;

	if (!child) {
		dbgsh_fresh_prompt(text);
		dbgsh_say(in_output ? "help" : "hel\x1b[", text);
		if (in_output)
			dbgsh_step('\n');
		for (i = 0; in_output && i < 3; i++)
			dbgsh_step(0);
		be_killed();
	}
	waitpid(child, NULL, 0);
}

static void test_killed(void)
{
	run_killed_client(false);
	ksft_test_result(dbgsh_fresh_prompt(text) && !strcmp(text, prompt) &&
			 dbgsh_say("help\n", text) == DBGSH_WANT_INPUT &&
			 strstr(text, "exit"),
			 "on: a client killed in a line, then the next\n");
	run_killed_client(true);
	ksft_test_result(dbgsh_fresh_prompt(text) && !strcmp(text, prompt) &&
			 dbgsh_say("help\n", text) == DBGSH_WANT_INPUT &&
			 strstr(text, "exit"),
			 "on: a client killed in the output, then the next\n");
}

static int cpus[MAX_CPUS];

/* Does what a client does, with no regard for others. */
static void *concurrent_client(void *arg)
{
	static const char lines[] = "help\nstatus\nnonsense\n";
	size_t pos = 0;
	long i, bad = 0;
	long value;

	pin_to(cpus[(long)arg]);
	for (i = 0; i < 30000; i++) {
		value = dbgsh_step(DBGSH_NO_INPUT);
		bad += !dbgsh_is_legal(value);
		if (value == DBGSH_WANT_INPUT) {
			value = dbgsh_step(lines[pos]);
			pos = (pos + 1) % (sizeof(lines) - 1);
		} else {
			value = dbgsh_step(0);
		}
		bad += !dbgsh_is_legal(value);
	}
	return (void *)bad;
}

static void test_concurrent(void)
{
	int nr_cpus = list_cpus(cpus);
	pthread_t threads[2];
	long i, bad = 0;
	void *result;

	for (i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, concurrent_client,
			       (void *)(i % nr_cpus));
	for (i = 0; i < 2; i++) {
		pthread_join(threads[i], &result);
		bad += (long)result;
	}
	ksft_test_result(!bad && dbgsh_fresh_prompt(text) && !strcmp(text, prompt),
			 "on: two clients at once, %ld values outside of the protocol\n",
			 bad);
}

int main(void)
{
	ksft_print_header();
	need_vmm("dbgsh=off");
	ksft_set_plan(19);
	test_off();
	need_vmm("dbgsh=all");
	test_lines();
	test_odd_input();
	test_killed();
	test_concurrent();
	ksft_finished();
}
