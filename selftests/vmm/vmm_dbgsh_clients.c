// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients of the debug shell as they are out there. First as BitVisor's published one
 * behaves, on a pseudo-terminal with a person at the other end: no echo, no lines, Enter
 * is LF; a look-up before each call, garbage in all registers that the call doesn't use
 * and in the upper halves; it begins with a poll, prints what comes, and quits at 0x10a,
 * or takes that for a newline and goes on. Then two at once, one byte-wise and one in
 * bulk, on two CPUs. Then KILLS (1000) sessions that are killed anywhere. Built for 64 and for
 * 32 bits.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

#include "kselftest.h"
#include "dbgsh_client.h"

#define SECONDS		20	/* more than a person would wait */

static char text[TEXT_SIZE];
static uint64_t seed = 0x2545f4914f6cdd1dULL;

/* The client's side */

static unsigned long garbage(void)
{
	return rnd(&seed);
}

/* One call with as little care for registers as a client may have */
static int careless_call(int in)
{
	char name[] = VMMCALL_NAME_DBGSH;
	struct vmm_regs regs;
	unsigned long *r = &regs.rax;
	unsigned int n;

	for (n = 0; n < sizeof(regs) / sizeof(*r); n++)
		r[n] = garbage();
	regs.rax = VMMCALL_GET_FUNCTION;
	regs.rbx = (unsigned long)name;
	if (vmm_call(&regs) || (int)regs.rax <= 0)
		_exit(3);
	/* The number is 32 bits wide, and so is what ebx holds. */
	for (n = 1; n < sizeof(regs) / sizeof(*r); n++)
		r[n] = garbage();
#ifdef __x86_64__
	regs.rax = (unsigned int)regs.rax | garbage() << 32;
	regs.rbx = (unsigned int)in | garbage() << 32;
#else
	regs.rbx = in;
#endif
	if (vmm_call(&regs))
		_exit(3);
	return (int)regs.rax;
}

static int read_key(void)
{
	unsigned char key;

	if (read(STDIN_FILENO, &key, 1) != 1)
		_exit(4);
	return key ? key : DBGSH_NUL;
}

/* @knows_end: whether it has learned of 0x10a */
static void __attribute__((noreturn)) old_client(bool knows_end)
{
	struct termios term;
	unsigned char c;
	int in = DBGSH_NO_INPUT;
	int out;

	tcgetattr(STDIN_FILENO, &term);
	term.c_lflag &= ~(ECHO | ICANON);
	tcsetattr(STDIN_FILENO, TCSANOW, &term);
	for (;;) {
		out = careless_call(in);
		if (out == 0) {
			in = read_key();
		} else if (out > 0) {
			c = out;
			(void)!write(STDOUT_FILENO, &c, 1);
			in = 0;
		} else {
			in = DBGSH_NO_INPUT;
		}
		if (knows_end && out == DBGSH_ENDED) {
			careless_call(0);
			_exit(0);
		}
	}
}

/* The person's side */

static pid_t client;
static int tty = -1;

static void start_client(bool knows_end)
{
	const struct timespec wait = { .tv_nsec = 10000000 };
	struct termios term;
	int i;

	client = forkpty(&tty, NULL, NULL, NULL);
	if (client < 0)
		ksft_exit_fail_msg("no pseudo-terminal: %s\n", strerror(errno));
	if (!client)
		old_client(knows_end);
	/* What is typed before that, the terminal would edit itself. */
	for (i = 0; i < SECONDS * 100; i++) {
		if (!tcgetattr(tty, &term) && !(term.c_lflag & ICANON))
			return;
		nanosleep(&wait, NULL);
	}
}

/* Reads what is on the screen until @end ends it. Return: whether that came */
static bool see(const char *end)
{
	size_t len = 0, end_len = strlen(end);
	struct pollfd fd = { .fd = tty, .events = POLLIN };
	ssize_t n;

	text[0] = 0;
	while (poll(&fd, 1, SECONDS * 1000) == 1) {
		n = read(tty, text + len, 1);
		if (n != 1 || len == TEXT_SIZE - 2)
			break;
		text[++len] = 0;
		if (len >= end_len && !strcmp(text + len - end_len, end))
			return true;
	}
	ksft_print_msg("instead of '%s': '%s'\n", end, text);
	return false;
}

/* Types @keys; then the screen must have shown exactly @want since the last time */
static bool types(const char *keys, const char *want)
{
	if (write(tty, keys, strlen(keys)) != (ssize_t)strlen(keys))
		return false;
	return see(want) && !strcmp(text, want);
}

static bool client_ended(void)
{
	struct timespec wait = { .tv_nsec = 10000000 };
	int i, status;

	for (i = 0; i < SECONDS * 100; i++) {
		if (waitpid(client, &status, WNOHANG) == client)
			return WIFEXITED(status) && !WEXITSTATUS(status);
		nanosleep(&wait, NULL);
	}
	return false;
}

static void end_client(void)
{
	kill(client, SIGKILL);
	waitpid(client, NULL, 0);
	close(tty);
}

#define X_UNKNOWN "x: unknown command, try help\r\n> "

static void test_person(void)
{
	bool ok;

	start_client(true);
	ksft_test_result(see("> "), "old client: a prompt\n");
	ksft_test_result(types("x\n", "x\r\n" X_UNKNOWN),
			 "old client: a line is echoed and answered\n");
	ok = types("xy\x7f", "xy\b \b") && types("\n", "\r\n" X_UNKNOWN);
	ksft_test_result(ok, "old client: a key typed wrong is taken back\n");
	ok = types("\x1b[A", "x") && types("\n", "\r\n" X_UNKNOWN);
	ksft_test_result(ok, "old client: the last line comes back\n");
	ok = write(tty, "help\n", 5) == 5 && see("> ") &&
	     strstr(text, "exit - ") && strstr(text, "help [command] - ");
	ksft_test_result(ok, "old client: help\n");
	ok = write(tty, "exit\n", 5) == 5;
	ksft_test_result(ok && client_ended(), "old client: exit ends it\n");
	close(tty);
}

static void test_never_learned(void)
{
	bool ok;

	start_client(false);
	ok = see("> ");
	/* The end is a newline to it, and then there is a fresh shell. */
	ok &= types("exit\n", "exit\r\n\r\n> ");
	ksft_test_result(ok && types("x\n", "x\r\n" X_UNKNOWN),
			 "a client that never learned 0x10a finds a fresh shell\n");
	end_client();
	/*
	 * Killed at a prompt, and in the middle of a line: the next one types on. The
	 * last byte may come twice, if the one before had no time to acknowledge it.
	 */
	start_client(true);
	ok = write(tty, "abc", 3) == 3 && see("abc");
	end_client();
	start_client(true);
	ok &= write(tty, "\x15x\n", 3) == 3 && see("\bx\r\n" X_UNKNOWN);
	ksft_test_result(ok, "after one that was killed\n");
	end_client();
}

static void test_off(void)
{
	bool ok;

	start_client(true);
	ok = see("dbgsh is disabled\r\n");
	ksft_test_result(ok && client_ended(), "off: an old client ends\n");
	close(tty);
	start_client(false);
	ok = see("dbgsh is disabled\r\n\r\ndbgsh is disabled\r\n");
	ksft_test_result(ok, "off: one that never learned 0x10a sees it again\n");
	end_client();
}

/* Two at once */

static int cpus[MAX_CPUS];
static long rounds;

static void *bytes(void *arg)
{
	static const char keys[] = "help\nx\n\x10\x7f\x1b[Acpus\n";
	long i, value, bad = 0;
	size_t pos = 0;

	pin_to(cpus[(long)arg]);
	for (i = 0; i < rounds; i++) {
		value = dbgsh_step(DBGSH_NO_INPUT);
		bad += !dbgsh_is_legal(value);
		if (value == DBGSH_WANT_INPUT) {
			value = dbgsh_step((unsigned char)keys[pos]);
			pos = (pos + 1) % (sizeof(keys) - 1);
		} else {
			value = dbgsh_step(0);
		}
		bad += !dbgsh_is_legal(value);
		if (i % 64 == 0)
			sched_yield();
	}
	return (void *)bad;
}

/* What a bulk call begins is its own: an answer whole, or its beginning */
static bool well_formed(const char *out, size_t len, int eax)
{
	static const char want[] = "x: unknown command, try help\n";

	if (len > sizeof(want) - 1 || memcmp(out, want, len))
		return false;
	return eax == (len == sizeof(want) - 1 ? 0 : DBGSH_BULK_MORE);
}

static void *bulks(void *arg)
{
	char in[] = "x\n", out[64] = { 0 };
	struct vmm_regs regs;
	long i, bad = 0;
	long number = vmm_lookup(VMMCALL_NAME_DBGSH_BULK);

	pin_to(cpus[(long)arg]);
	for (i = 0; i < rounds / 8; i++) {
		regs = (struct vmm_regs){ .rax = number,
			.rbx = (unsigned long)in, .rcx = 2,
			.rdx = (unsigned long)out,
			.rsi = i % 3 ? sizeof(out) : 5,
			.rdi = DBGSH_BULK_RESET };
		bad += vmm_call(&regs) || regs.rcx != 2 ||
		       !well_formed(out, regs.rsi, (int)regs.rax);
	}
	return (void *)bad;
}

static void test_two(void)
{
	int n = list_cpus(cpus);
	pthread_t byte_thread, bulk_thread;
	void *bad_bytes, *bad_bulks;

	rounds = env_number("ITER", 1000000) / 20;
	pthread_create(&byte_thread, NULL, bytes, (void *)0L);
	pthread_create(&bulk_thread, NULL, bulks, (void *)(long)(n - 1));
	pthread_join(byte_thread, &bad_bytes);
	pthread_join(bulk_thread, &bad_bulks);
	ksft_test_result(!bad_bytes && !bad_bulks && dbgsh_admitted(),
			 "two at once: %ld values and %ld answers are wrong\n",
			 (long)bad_bytes, (long)bad_bulks);
}

/* Sessions that are killed */

static void __attribute__((noreturn)) busy_client(bool bulk)
{
	char line[] = "help\nlog\nstatus\n", out[512] = { 0 };
	size_t pos = 0;

	for (;;) {
		if (bulk) {
			dbgsh_bulk(line, sizeof(line) - 1, out, sizeof(out), 0);
		} else if (dbgsh_step(DBGSH_NO_INPUT) != DBGSH_WANT_INPUT) {
			dbgsh_step(0);
		} else {
			dbgsh_step(line[pos]);
			pos = (pos + 1) % (sizeof(line) - 1);
		}
	}
}

/* Return: whether a new client finds a shell that works */
static bool kill_one(unsigned long n)
{
	struct timespec wait = { .tv_nsec = rnd(&seed) % 1000000 };
	pid_t child = fork();

	if (!child)
		busy_client(n & 1);
	nanosleep(&wait, NULL);
	kill(child, SIGKILL);
	return waitpid(child, NULL, 0) == child;
}

static void test_killed(void)
{
	unsigned long n, sessions = env_number("KILLS", 1000);
	bool ok = true;

	for (n = 0; n < sessions && ok; n++) {
		ok = kill_one(n);
		if (n % 16 == 0)
			ok &= dbgsh_admitted();
	}
	ok &= dbgsh_admitted() && dbgsh_say("help exit\n", text) ==
	      DBGSH_WANT_INPUT && strstr(text, "exit - leave the shell\n> ");
	ksft_test_result(ok, "%lu sessions killed, and a shell that works\n",
			 n);
}

int main(void)
{
	int kmsg;

	ksft_print_header();
	need_vmm("dbgsh=off");
	kmsg = kmsg_open();
	ksft_set_plan(14);
	test_off();
	need_vmm("dbgsh=all");
	dbgsh_find();
	test_person();
	test_never_learned();
	test_two();
	test_killed();
	ksft_test_result(dbgsh_fresh_prompt(text), "a prompt at the end\n");
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
