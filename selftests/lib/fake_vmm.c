// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A VMM for the tests of the tools: takes the place of the library's part that
 * executes the instructions. What the environment variable FAKE_VMM says:
 *
 *	none		there is no VMM
 *	foreign		another VMM answers -1 to everything
 *	disabled	the debug shell is disabled
 *	half		a client left a half-typed line in the shell
 *	output		a client left the shell in the midst of some output
 *	ended		a client left before it acknowledged the end
 *	gone		the VMM is unloaded after 40 calls
 *	(other)		all is well
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../uapi/vmmcall_abi.h"
#include "../../userspace/call_vmm_private.h"

enum { NUMBER_DBGSH = 100, NUMBER_STATUS, NUMBER_FUNCTIONS, NUMBER_ADD };

#define CTRL_C	0x03

static struct {
	int ended, idle;
	char line[64];
	size_t length;
	char out[200000];
	size_t head, tail;
} shell;

static const char *mode(void)
{
	const char *value = getenv("FAKE_VMM");

	return value ? value : "";
}

static int is_mode(const char *value)
{
	return !strcmp(mode(), value);
}

static void say(const char *text, size_t length)
{
	if (shell.head == shell.tail) {
		shell.head = 0;
		shell.tail = 0;
	}
	memcpy(shell.out + shell.tail, text, length);
	shell.tail += length;
}

static void start_shell(void)
{
	static const char disabled[] = "dbgsh is disabled\n";

	shell.length = 0;
	if (is_mode("disabled")) {
		say(disabled, strlen(disabled));
		shell.ended = 1;
	} else {
		say("> ", 2);
	}
}

static void leave_behind(void)
{
	static int done;

	if (done++)
		return;
	start_shell();
	if (is_mode("half")) {
		shell.head = shell.tail;
		shell.length = 4;
		memcpy(shell.line, "garb", shell.length);
	} else if (is_mode("output")) {
		say("old\n> ", 6);
	} else if (is_mode("ended")) {
		shell.head = shell.tail;
		shell.ended = 1;
	}
}

static void run_line(void)
{
	int i;

	shell.line[shell.length] = 0;
	if (!strcmp(shell.line, "exit")) {
		shell.ended = 1;
		return;
	} else if (!strcmp(shell.line, "nul")) {
		say("a\0b\n", 4);
	} else if (!strcmp(shell.line, "high")) {
		say("\xff\x80\n", 3);
	} else if (!strcmp(shell.line, "prompts")) {
		say("> a > b\n>\nc> ", 13);
	} else if (!strcmp(shell.line, "long")) {
		for (i = 0; i < 4000; i++)
			say("0123456789abcdef0123456789abcdef\n", 33);
	} else if (!strcmp(shell.line, "idle")) {
		shell.idle = 50;
		say("idle over\n", 10);
	} else if (shell.length) {
		say("[", 1);
		say(shell.line, shell.length);
		say("]\n", 2);
	}
	shell.length = 0;
	say("> ", 2);
}

static void feed(int c)
{
	if (c == DBGSH_NUL)
		c = '@';
	if (c == '\n' || c == '\r')
		run_line();
	else if (shell.length < sizeof(shell.line) - 1)
		shell.line[shell.length++] = c;
}

static int dbgsh(int input)
{
	int restart = 0;

	leave_behind();
	if (input == CTRL_C && !is_mode("disabled") && !shell.ended) {
		shell.head = shell.tail;
		shell.length = 0;
		shell.idle = 0;
		say("> ", 2);
	} else if (input != DBGSH_NO_INPUT) {
		if (shell.idle)
			shell.idle = 0;
		else if (shell.head < shell.tail)
			shell.head++;
		else if (shell.ended)
			restart = 1;
		else if (input > 0)
			feed(input);
	}
	if (restart) {
		shell.ended = 0;
		start_shell();
	}
	if (shell.idle && --shell.idle)
		return DBGSH_IDLE;
	if (shell.head < shell.tail)
		return shell.out[shell.head] ?
		       (unsigned char)shell.out[shell.head] : DBGSH_NUL;
	return shell.ended ? DBGSH_ENDED : DBGSH_WANT_INPUT;
}

static void reply(call_vmm_ret_t *regs, const char *text, size_t length)
{
	size_t size = regs->rcx;

	regs->rcx = length;
	regs->rax = size < length;
	if (!regs->rax)
		memcpy((void *)regs->rbx, text, length);
}

/* A text that needs more room each time, until it is over two pages long. */
static void list(call_vmm_ret_t *regs)
{
	static const char line[] = "100 0123 dbgsh\n";
	static size_t length = 5000;
	static char text[16384];
	size_t i;

	if (length < 9000)
		length += 1500;
	for (i = 0; i < length; i++)
		text[i] = line[i % strlen(line)];
	reply(regs, text, length);
}

/* As services/report.c has it, and some that may be added one day. It grows. */
static void status(call_vmm_ret_t *regs)
{
	static const char machine[] =
		"version 0.1.0\nvendor svm\ncpus %d\nuptime ticks %d khz 1000\n"
		"log written 10 lost 0 suppressed 0 attached 1 ring 32768\n"
		"dbgsh on ignored 3\nquote a\"b\\c\nlonely\n";
	static const char cpu[] =
		"cpu %d in\ncpu %d exits VMMCALL %llu\ncpu %d exits 0x7b %d\n"
		"cpu %d ticks 12\ncpu %d refused 0\n";
	static char text[16384];
	static int calls;
	int nr_cpus = calls < 2 ? 40 : 100, n, i;

	calls++;
	n = sprintf(text, machine, nr_cpus, calls);
	for (i = 0; i < nr_cpus; i++)
		n += sprintf(text + n, cpu, i, i, ~0ULL - 1000 + calls, i, 7 * calls,
			     i, i);
	n += sprintf(text + n, "later 1 more 2\n");
	reply(regs, text, n);
}

static intptr_t number_of(const char *name)
{
	static const char * const names[] = {
		VMMCALL_NAME_DBGSH, VMMCALL_NAME_GET_STATUS,
		VMMCALL_NAME_GET_FUNCTIONS, "add",
	};
	int i;

	for (i = 0; i < 4; i++)
		if (!strcmp(name, names[i]))
			return NUMBER_DBGSH + i;
	return 0;
}

static void answer(call_vmm_ret_t *regs)
{
	switch ((int)regs->rax) {
	case VMMCALL_GET_FUNCTION:
		regs->rax = number_of((const char *)regs->rbx);
		break;
	case NUMBER_DBGSH:
		regs->rax = dbgsh((int)regs->rbx);
		break;
	case NUMBER_STATUS:
		status(regs);
		break;
	case NUMBER_FUNCTIONS:
		list(regs);
		break;
	case NUMBER_ADD:
		regs->rax = regs->rbx + regs->rcx + regs->rdx + regs->rsi +
			    regs->rdi;
		regs->rdi = -1;
		break;
	default:
		regs->rax = 0;
	}
}

/* The library's own stubs, of which only AMD's is executed, and an empty one */
const char call_vmm_stubs[] = "\x0f\x01\xc1\xc3\x0f\x01\xd9\xc3";

void call_vmm_raw(const void *stub, call_vmm_ret_t *regs)
{
	static int nr_calls;

	if (stub != call_vmm_stubs + CALL_VMM_STUB_SIZE)
		return;
	/* As if the VMM went away in the midst of a benchmark */
	if (is_mode("gone") && nr_calls++ >= 40)
		__asm__ __volatile__("ud2");
	answer(regs);
}

int call_vmm_os_try(const void *stub, call_vmm_ret_t *regs)
{
	static int nr_calls;
	int is_vmmcall = ((const unsigned char *)stub)[2] == 0xd9;

	/* As on AMD's CPUs, so that the second instruction is tried too. */
	if (!is_vmmcall || is_mode("none"))
		return 0;
	if (is_mode("gone") && nr_calls++ >= 40)
		return 0;
	if (is_mode("foreign"))
		regs->rax = -1;
	else
		answer(regs);
	return 1;
}
