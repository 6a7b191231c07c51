// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A VMM for the tests of the tools: takes the place of the library's part that
 * executes the instructions. What the environment variable FAKE_VMM says, in words
 * with commas between them:
 *
 *	none		there is no VMM
 *	foreign		another VMM answers -1 to everything
 *	disabled	the debug shell is disabled
 *	half		a client left a half-typed line in the shell
 *	output		a client left the shell in the midst of some output
 *	ended		a client left before it acknowledged the end
 *	gone=N		the VMM is unloaded after N calls, 40 if it isn't said
 *	nobulk		there is no dbgsh_bulk
 *	noecho		the byte-wise shell doesn't echo
 *	small		dbgsh_bulk takes and gives 3 bytes a call
 *	sym		the shell has a command of the name sym
 *	brief		the report is short, and in an order of its own
 *	nopart		there is no get_status_part
 *	badpart		it never comes to an end
 *	both		it answers to VMCALL as well
 *	odd		the status has bytes that aren't ASCII's
 *	denied		"add" is for level 0 alone: no register changes
 *	same		"add" changes no register, and any level may call it
 *	nolist		there is no get_functions
 *	badresult, badin, badout	dbgsh_bulk gives such a result or length
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../uapi/vmmcall_abi.h"
#include "../../userspace/call_vmm_private.h"

enum {
	NUMBER_DBGSH = 100,
	NUMBER_STATUS,
	NUMBER_FUNCTIONS,
	NUMBER_ADD,
	NUMBER_BULK,
	NUMBER_PART,
};

#define CTRL_C	0x03

static struct {
	int ended, idle;
	int lines;		/* line mode: no prompt and no echo */
	int failed;		/* the last command did */
	int visits;
	char line[256];
	size_t length;
	char out[200000];
	size_t head, tail;
} shell;

/* Return: what stands behind the word, or NULL if it isn't there */
static const char *find_mode(const char *word)
{
	const char *modes = getenv("FAKE_VMM");
	size_t length = strlen(word);

	while (modes && *modes) {
		if (!strncmp(modes, word, length) &&
		    strchr(",=", modes[length]))
			return modes + length;
		modes = strchr(modes, ',');
		modes += !!modes;
	}
	return NULL;
}

static int is_mode(const char *word)
{
	return !!find_mode(word);
}

/* Return: whether the VMM was unloaded before this call */
static int is_gone(void)
{
	const char *after = find_mode("gone");
	static int nr_calls;

	return after && nr_calls++ >= (*after == '=' ? atoi(after + 1) : 40);
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

static void say_text(const char *text)
{
	say(text, strlen(text));
}

static void prompt(void)
{
	if (!shell.lines)
		say_text("> ");
}

static void start_shell(void)
{
	static const char disabled[] = "dbgsh is disabled\n";

	shell.length = 0;
	if (is_mode("disabled")) {
		say(disabled, strlen(disabled));
		shell.ended = 1;
	} else {
		prompt();
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

static void run_command(void)
{
	char text[64];
	int i;

	if (!strcmp(shell.line, "nul")) {
		say("a\0b\n", 4);
	} else if (!strcmp(shell.line, "prompt-nul")) {
		say("> \0x\n", 5);
	} else if (!strcmp(shell.line, "high")) {
		say_text("\xff\x80\n");
	} else if (!strcmp(shell.line, "prompts")) {
		say_text("> a > b\n>\nc> ");
	} else if (!strcmp(shell.line, "long")) {
		for (i = 0; i < 4000; i++)
			say_text("0123456789abcdef0123456789abcdef\n");
	} else if (!strcmp(shell.line, "addresses")) {
		say_text("0xffffffff81000010 ffffffff81000100, 1234\n"
			 "ffffffffc0000004\n");
	} else if (!strcmp(shell.line, "help")) {
		say_text("help [command] - list the commands\n"
			 "exit - leave\nlong - much\nlonger - more\n");
		if (is_mode("sym"))
			say_text("sym - the shell's own\n");
	} else if (!strcmp(shell.line, "idle")) {
		shell.idle = 50;
		say_text("idle over\n");
	} else if (!strncmp(shell.line, "visits", 6)) {
		snprintf(text, sizeof(text), "visits %d\n", shell.visits);
		say_text(text);
	} else if (!strcmp(shell.line, "fail")) {
		say_text("failed\n");
		shell.failed = 1;
	} else if (shell.length) {
		say_text("[");
		say(shell.line, shell.length);
		say_text("]\n");
	}
}

static void run_line(void)
{
	while (shell.length && shell.line[shell.length - 1] == ' ')
		shell.length--;
	shell.line[shell.length] = 0;
	shell.failed = 0;
	if (!strcmp(shell.line, "exit")) {
		shell.ended = 1;
		return;
	}
	run_command();
	shell.length = 0;
	prompt();
}

static void echo(char c)
{
	if (!shell.lines && !is_mode("noecho"))
		say(&c, 1);
}

static void feed(int c)
{
	if (c == DBGSH_NUL)
		c = '@';
	if (c == '\n' || c == '\r') {
		echo('\n');
		run_line();
	} else if (c == '\b' || c == 0x7f) {
		if (!shell.length)
			return;
		shell.length--;
		if (!shell.lines && !is_mode("noecho"))
			say_text("\b \b");
	} else if (shell.length < sizeof(shell.line) - 1) {
		shell.line[shell.length++] = c;
		echo(c);
	}
}

static void drop_all(void)
{
	shell.head = shell.tail;
	shell.length = 0;
	shell.idle = 0;
	shell.failed = 0;
}

static int dbgsh(int input)
{
	int restart = 0;

	shell.lines = 0;
	leave_behind();
	if (input == CTRL_C && !is_mode("disabled") && !shell.ended) {
		drop_all();
		prompt();
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

static int bulk_result(void)
{
	if (shell.head < shell.tail)
		return DBGSH_BULK_MORE;
	if (!shell.ended)
		return DBGSH_WANT_INPUT;
	shell.ended = 0;
	return DBGSH_ENDED;
}

/* The contract's dbgsh_bulk. */
static void bulk(call_vmm_ret_t *regs)
{
	const char *in = (const char *)regs->rbx;
	char *out = (char *)regs->rdx;
	int flags = (int)regs->rdi;
	size_t most = is_mode("small") ? 3 : DBGSH_BULK_OUT_MAX;
	size_t taken = 0, given = 0;

	regs->rax = DBGSH_BULK_REFUSED;
	if (flags & ~(DBGSH_BULK_RESET | DBGSH_BULK_VISIT) ||
	    regs->rcx > DBGSH_BULK_IN_MAX)
		return;
	shell.lines = 1;
	if (flags & DBGSH_BULK_VISIT) {
		shell.visits++;
		regs->rax = 0;
		return;
	}
	leave_behind();
	if (flags & DBGSH_BULK_RESET || (is_mode("disabled") && !shell.ended)) {
		drop_all();
		shell.ended = 0;
		start_shell();
	}
	while (given < most && given < (size_t)regs->rsi) {
		if (shell.head < shell.tail)
			out[given++] = shell.out[shell.head++];
		else if (taken < (size_t)regs->rcx && taken < most &&
			 !shell.ended)
			feed((unsigned char)in[taken++]);
		else
			break;
	}
	regs->rcx = taken;
	regs->rsi = given;
	regs->rdi = shell.failed ? DBGSH_BULK_FAILED : 0;
	regs->rax = bulk_result();
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
	static const char few[] = "100 0123 dbgsh\n1030 0123 add\n103 0 add\n";
	static size_t length = 5000;
	static char text[16384];
	size_t i;

	if (is_mode("denied")) {
		reply(regs, few, strlen(few));
		return;
	}
	if (length < 9000)
		length += 1500;
	for (i = 0; i < length; i++)
		text[i] = line[i % strlen(line)];
	reply(regs, text, length);
}

/* As services/report.c has it, and some that may be added one day. It grows. */
static size_t status_text(const char **report)
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

	*report = text;
	if (is_mode("brief"))
		return sprintf(text, "cpu 0 in\nlater 1\n");
	calls++;
	n = sprintf(text, machine, nr_cpus, calls);
	for (i = 0; i < nr_cpus; i++)
		n += sprintf(text + n, cpu, i, i, ~0ULL - 1000 + calls, i, 7 * calls,
			     i, i);
	/* No VMM says this, and a client has to be ready for it */
	if (is_mode("odd"))
		n += sprintf(text + n, "odd a\x01\x7f\xe9\n");
	n += sprintf(text + n, "later 1 more 2\n");
	return n;
}

static void status(call_vmm_ret_t *regs)
{
	const char *text;
	size_t length = status_text(&text);

	reply(regs, text, length);
}

/* Some lines at a time. The text is that of the first part's time. */
static void status_part(call_vmm_ret_t *regs)
{
	static size_t length;
	static const char *text;
	size_t from = regs->rdx, room = regs->rcx < 700 ? regs->rcx : 700;

	if (!from)
		length = status_text(&text);
	regs->rax = 1;
	if (from > length)
		return;
	if (room > length - from)
		room = length - from;
	while (room && text[from + room - 1] != '\n')
		room--;
	if (!room)
		return;
	memcpy((void *)regs->rbx, text + from, room);
	regs->rax = 0;
	regs->rcx = room;
	regs->rdx = from + room < length ? from + room : 0;
	if (is_mode("badpart"))
		regs->rdx = 0x12345678;
}

/* What lies in the next page may not be mapped: no name goes on there */
static int is_in_one_page(const char *name)
{
	uintptr_t first = (uintptr_t)name, last = first + strlen(name);

	return first / 4096 == last / 4096;
}

static intptr_t number_of(const char *name)
{
	static const char * const names[] = {
		VMMCALL_NAME_DBGSH, VMMCALL_NAME_GET_STATUS,
		VMMCALL_NAME_GET_FUNCTIONS, "add", VMMCALL_NAME_DBGSH_BULK,
		VMMCALL_NAME_GET_STATUS_PART,
	};
	int i;

	if (!is_in_one_page(name))
		return 0;
	if (is_mode("nobulk") && !strcmp(name, VMMCALL_NAME_DBGSH_BULK))
		return 0;
	if (is_mode("nolist") && !strcmp(name, VMMCALL_NAME_GET_FUNCTIONS))
		return 0;
	if (is_mode("nopart") && !strcmp(name, VMMCALL_NAME_GET_STATUS_PART))
		return 0;
	/* Any name that is as long as one can be */
	if (strlen(name) == VMMCALL_NAME_MAX)
		return NUMBER_ADD;
	for (i = 0; i < (int)(sizeof(names) / sizeof(names[0])); i++)
		if (!strcmp(name, names[i]))
			return NUMBER_DBGSH + i;
	return 0;
}

static void answer(call_vmm_ret_t *regs)
{
	unsigned int in_length;

	switch ((int)regs->rax) {
	case VMMCALL_GET_FUNCTION:
		regs->rax = number_of((const char *)regs->rbx);
		break;
	case NUMBER_DBGSH:
		regs->rax = dbgsh((int)regs->rbx);
		break;
	case NUMBER_BULK:
		in_length = (unsigned int)regs->rcx;
		bulk(regs);
		/* What no VMM may answer */
		if (is_mode("badresult"))
			regs->rax = 2;
		if (is_mode("badin"))
			regs->rcx = in_length + 1;
		if (is_mode("badout"))
			regs->rsi = DBGSH_BULK_OUT_MAX + 1;
		break;
	case NUMBER_STATUS:
		status(regs);
		break;
	case NUMBER_PART:
		status_part(regs);
		break;
	case NUMBER_FUNCTIONS:
		list(regs);
		break;
	case NUMBER_ADD:
		if (is_mode("denied") || is_mode("same"))
			break;
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
	if (stub != call_vmm_stubs + CALL_VMM_STUB_SIZE)
		return;
	/* As if the VMM went away in the midst of a benchmark */
	if (is_gone())
		__asm__ __volatile__("ud2");
	answer(regs);
}

int call_vmm_os_try(const void *stub, call_vmm_ret_t *regs)
{
	int is_vmmcall = ((const unsigned char *)stub)[2] == 0xd9;

	/* As on AMD's CPUs, so that the second instruction is tried too. */
	if ((!is_vmmcall && !is_mode("both")) || is_mode("none"))
		return 0;
	if (is_gone())
		return 0;
	if (is_mode("foreign"))
		regs->rax = -1;
	else
		answer(regs);
	return 1;
}
