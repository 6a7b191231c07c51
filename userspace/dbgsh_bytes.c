// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A session by the byte-wise call: BitVisor's VMM, or one of ours without the
 * bulk call. Prompt, echo and editing are the shell's; this carries bytes to and
 * fro.
 *
 * A shell that doesn't echo is taken as well: then echo and editing are left to
 * the terminal's driver.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "dbgsh.h"
#include "dbgsh_term.h"
#include "dbgsh_vmm.h"

/* How long to sleep while the shell is idle: it grows from the first value. */
#define MIN_SLEEP_US	50
#define MAX_SLEEP_US	20000

/* How many bytes of output may pass before Ctrl-C is looked for. */
#define OUTPUT_BURST	64

/* How often to tell a shell to exit that goes on asking for input. */
#define MAX_EXITS	3

static const char prompt[] = "> ";
static const char exit_command[] = "exit\n";

/* What to do with the output until input is wanted: none of it, or not the newline */
enum drop {
	DROP_NOTHING,
	DROP_ALL,
	DROP_NEWLINE,
};

struct session {
	int value;		/* what the shell has to say: DBGSH_... */
	long sleep_us;

	/* Input: a queue that is filled from fd, or from nowhere if fd is -1 */
	int fd;
	int is_terminal;
	int interrupted;	/* Ctrl-C was typed */
	int in_line;		/* the last byte given was not a newline */
	int exits;		/* how often "exit" was sent by us */
	const char *queue;
	size_t queued;
	char buffer[1024];

	/* Output */
	int echoes;		/* the shell does */
	enum drop drop;		/* of the echo */
	int hide_prompts;
	size_t held;		/* bytes of a prompt that are held back */
	int burst;
	int last_char;
};

static void give(struct session *s, int input)
{
	s->value = vmm_byte(input);
	if (s->value != DBGSH_IDLE)
		s->sleep_us = MIN_SLEEP_US;
}

static void put(struct session *s, int c)
{
	putchar(c);
	s->last_char = c;
}

static void release_held(struct session *s)
{
	size_t i;

	for (i = 0; i < s->held; i++)
		put(s, prompt[i]);
	s->held = 0;
}

/* Return: whether a byte is the echo of one that was not typed on a terminal */
static int is_echo(struct session *s, int c)
{
	if (s->drop == DROP_NEWLINE && c != '\r')
		s->drop = DROP_NOTHING;
	else if (s->drop != DROP_NOTHING)
		return 1;
	else
		return 0;
	return c == '\n';
}

/* What looks like a prompt is one if the shell then waits for input. */
static void show(struct session *s, int c)
{
	if (s->exits || is_echo(s, c))
		return;
	if (!s->hide_prompts) {
		put(s, c);
		return;
	}
	/* A NUL is not the one at the end of the prompt. */
	if (!c || prompt[s->held] != c)
		release_held(s);
	if (c && prompt[s->held] == c)
		s->held++;
	else
		put(s, c);
}

static void flush_output(void)
{
	if (fflush(stdout) || ferror(stdout))
		fail(STATUS_FAILED, "cannot write the output");
}

/*
 * Adds input to the queue, waiting for it if need be. On a terminal, Ctrl-C
 * discards what was typed before it.
 */
static void fill_queue(struct session *s)
{
	const char *last;
	ssize_t length;

	if (s->queued)
		memmove(s->buffer, s->queue, s->queued);
	s->queue = s->buffer;
	do {
		length = read(s->fd, s->buffer + s->queued,
			      sizeof(s->buffer) - s->queued);
	} while (length < 0 && errno == EINTR);
	if (length <= 0) {
		s->fd = -1;
		return;
	}

	s->queued += length;
	last = s->is_terminal ? memrchr(s->queue, CTRL_C, s->queued) : NULL;
	if (last) {
		s->interrupted = 1;
		s->queued -= last + 1 - s->queue;
		s->queue = last + 1;
	}
}

/*
 * While the shell is busy, only a terminal is listened to, for Ctrl-C. A full
 * queue would make the wait return at once.
 */
static int listens_for_interrupt(const struct session *s)
{
	return s->is_terminal && s->fd >= 0 && s->queued < sizeof(s->buffer);
}

/* Waits until so much time is over, or there is input on the terminal. */
static void wait_for_interrupt(struct session *s, const struct timespec *time)
{
	struct pollfd fd = { .fd = s->fd, .events = POLLIN };

	if (ppoll(&fd, 1, time, NULL) > 0)
		fill_queue(s);
}

static void rest(struct session *s)
{
	struct timespec time = { .tv_nsec = s->sleep_us * 1000 };

	flush_output();
	if (listens_for_interrupt(s))
		wait_for_interrupt(s, &time);
	else
		nanosleep(&time, NULL);
	s->sleep_us *= 2;
	if (s->sleep_us > MAX_SLEEP_US)
		s->sleep_us = MAX_SLEEP_US;
}

static void look_for_interrupt(struct session *s)
{
	static const struct timespec now;

	if (!listens_for_interrupt(s) || ++s->burst < OUTPUT_BURST)
		return;
	s->burst = 0;
	flush_output();
	wait_for_interrupt(s, &now);
}

/*
 * Carries output until the shell waits for input or has ended.
 *
 * @out: takes each byte
 */
static void listen_to_shell(struct session *s,
			    void (*out)(struct session *s, int c))
{
	while (s->value != DBGSH_WANT_INPUT && s->value != DBGSH_ENDED) {
		if (s->interrupted) {
			s->interrupted = 0;
			s->in_line = 0;
			give(s, CTRL_C);
		} else if (s->value == DBGSH_IDLE) {
			rest(s);
			give(s, DBGSH_NO_INPUT);
		} else if (s->value > 0 && s->value <= DBGSH_NUL) {
			out(s, s->value & 0xff);
			give(s, 0);
			look_for_interrupt(s);
		} else {
			fail(STATUS_FAILED, "the VMM gave an unknown answer");
		}
	}
}

static int next_byte(struct session *s)
{
	if (!s->queued && !s->interrupted && s->fd >= 0)
		fill_queue(s);
	if (s->interrupted) {
		s->interrupted = 0;
		return CTRL_C;
	}
	if (!s->queued) {
		/* The input is over: finish its last line, and the shell. */
		if (s->in_line)
			return '\n';
		if (s->exits++ == MAX_EXITS)
			fail(STATUS_FAILED, "the shell does not exit");
		s->queue = exit_command;
		s->queued = strlen(exit_command);
	}
	s->queued--;
	return (unsigned char)*s->queue++;
}

static void give_key(struct session *s, int c)
{
	s->drop = DROP_NOTHING;
	if (s->echoes && !s->is_terminal)
		s->drop = c == '\n' || c == '\r' ? DROP_NEWLINE : DROP_ALL;
	give(s, c ? c : DBGSH_NUL);
}

static void converse(struct session *s)
{
	int c;

	for (;;) {
		listen_to_shell(s, show);
		if (s->value == DBGSH_ENDED)
			break;
		if (s->held == strlen(prompt))
			s->held = 0;
		release_held(s);
		flush_output();
		c = next_byte(s);
		s->in_line = c != '\n' && c != CTRL_C;
		give_key(s, c);
	}
	give(s, 0);
	release_held(s);
	/* The prompt that the end of the input came upon. */
	if (s->exits && s->last_char != '\n' && !s->hide_prompts)
		put(s, '\n');
	flush_output();
}

/* What the shell says while it is being brought to a fresh prompt. */
static char greeting[256];
static size_t greeting_length;

static void greet(struct session *s, int c)
{
	(void)s;
	/* A newline in front belongs to the line that was abandoned. */
	if (c == '\n' && !greeting_length)
		return;
	if (greeting_length < sizeof(greeting))
		greeting[greeting_length++] = c;
}

/*
 * A client that was killed has left the shell in the midst of something.
 * Ctrl-C drops that; a second one, given when the shell waits for input, makes
 * sure that the line is dropped as well and the prompt is the last thing said.
 *
 * A shell that ends here may be the killed client's. One that ends twice is
 * disabled: its last words say so.
 *
 * Return: 1 with a fresh prompt in greeting, 0 if there is no shell.
 */
static int reach_prompt(struct session *s)
{
	int ends = 0, fresh;

	give(s, CTRL_C);
	for (fresh = 0; fresh < 2; ) {
		greeting_length = 0;
		listen_to_shell(s, greet);
		if (s->value == DBGSH_ENDED) {
			give(s, 0);
			if (++ends == 2)
				return 0;
			fresh = 0;
		} else if (++fresh < 2) {
			give(s, CTRL_C);
		}
	}
	return 1;
}

static size_t nr_echoed;

static void count(struct session *s, int c)
{
	(void)s;
	(void)c;
	nr_echoed++;
}

/* Types a blank, looks whether something comes back, and takes it away again. */
static int find_echo(struct session *s)
{
	nr_echoed = 0;
	give(s, ' ');
	listen_to_shell(s, count);
	s->echoes = nr_echoed > 0;
	if (s->value != DBGSH_WANT_INPUT)
		return 0;
	give(s, '\b');
	listen_to_shell(s, count);
	return s->value == DBGSH_WANT_INPUT;
}

enum status bytes_session(const struct options *options)
{
	struct session s = { .fd = STDIN_FILENO, .sleep_us = MIN_SLEEP_US };
	size_t i;

	if (options->commands) {
		/* next_byte() adds the last newline. */
		s.queue = options->commands;
		s.queued = strlen(options->commands);
		s.fd = -1;
	}
	s.hide_prompts = options->quiet || s.fd < 0 || !isatty(s.fd);
	if (!reach_prompt(&s) || !find_echo(&s)) {
		complain("the shell ended at once: %.*s",
			 (int)strcspn(greeting, "\n"), greeting);
		return STATUS_DISABLED;
	}
	if (s.fd >= 0)
		s.is_terminal = term_begin(!s.echoes);
	for (i = 0; i < greeting_length; i++)
		show(&s, (unsigned char)greeting[i]);
	converse(&s);
	return STATUS_OK;
}
