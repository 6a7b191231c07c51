// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Lines edited with libedit.
 *
 * libedit's own handling of signals sends each to the whole process group. Here
 * a signal sets a flag, which is looked at where a key is waited for: nowhere
 * else does it arrive while the terminal has libedit's settings.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <histedit.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dbgsh.h"
#include "dbgsh_edit.h"
#include "dbgsh_secure.h"

#define HISTORY_LINES	1000

static const int signals[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU,
	SIGVTALRM, SIGPROF, SIGTSTP, SIGCONT, SIGWINCH,
};

#define NR_SIGNALS	(sizeof(signals) / sizeof(signals[0]))

static struct {
	EditLine *el;
	History *history;
	FILE *nowhere;
	const char *prompt;
	const char *history_file;
	void (*complete)(struct candidates *candidates, const char *before,
			 const char *word);
	struct sigaction former[NR_SIGNALS];
	sigset_t former_mask;
	int is_reading;
	int no_more;		/* the terminal is gone, or said that it's the end */
} edit;

static volatile sig_atomic_t pending[NSIG];
static volatile sig_atomic_t any_pending;

static void on_signal(int sig)
{
	pending[sig] = 1;
	any_pending = 1;
}

/* From here on they arrive only where a key is waited for. */
static void take_signals(void)
{
	struct sigaction ours;
	sigset_t mask;
	size_t i;

	memset(&ours, 0, sizeof(ours));
	ours.sa_handler = on_signal;
	sigemptyset(&mask);
	for (i = 0; i < NR_SIGNALS; i++) {
		sigaddset(&mask, signals[i]);
		sigaction(signals[i], NULL, &edit.former[i]);
		/* nohup and the like ignore signals on purpose. */
		if (edit.former[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &ours, NULL);
	}
	sigprocmask(SIG_BLOCK, &mask, &edit.former_mask);
}

static void give_signals_back(void)
{
	size_t i;

	for (i = 0; i < NR_SIGNALS; i++)
		sigaction(signals[i], &edit.former[i], NULL);
	sigprocmask(SIG_SETMASK, &edit.former_mask, NULL);
}

/* Stops, if that is what the signal does by default, and comes back. */
static void stop(void)
{
	struct sigaction action, ours;
	sigset_t mask;

	el_set(edit.el, EL_PREP_TERM, 0);
	memset(&action, 0, sizeof(action));
	action.sa_handler = SIG_DFL;
	sigaction(SIGTSTP, &action, &ours);
	raise(SIGTSTP);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTSTP);
	/* Stops here. */
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	sigaction(SIGTSTP, &ours, NULL);
	/* SIGCONT has come too, unless the kernel found nobody to send it. */
	el_set(edit.el, EL_PREP_TERM, 1);
}

/* Also after a SIGSTOP, when somebody else may have set the terminal. */
static void resume(void)
{
	el_set(edit.el, EL_PREP_TERM, 0);
	el_set(edit.el, EL_PREP_TERM, 1);
	el_set(edit.el, EL_REFRESH);
}

static int take(int sig)
{
	int was = pending[sig];

	pending[sig] = 0;
	return was;
}

/* Return: 0 if the line ends here; what is pending is then acted upon later */
static int handle_signals(void)
{
	size_t i;

	if (take(SIGTSTP))
		stop();
	if (take(SIGCONT))
		resume();
	if (take(SIGWINCH))
		el_resize(edit.el);
	any_pending = 0;
	for (i = 0; i < NR_SIGNALS; i++)
		if (pending[signals[i]])
			return 0;
	return 1;
}

/* Return: 1 when there is something to read, 0 if the line is to end */
static int wait_for_key(void)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };

	for (;;) {
		if (ppoll(&fd, 1, NULL, &edit.former_mask) > 0)
			return 1;
		if (any_pending && !handle_signals())
			return 0;
	}
}

/* The shell's language is ASCII: other keys are not taken. */
static int get_key(EditLine *el, wchar_t *key)
{
	unsigned char c;
	ssize_t length;

	(void)el;
	do {
		if (!wait_for_key())
			return -1;
		length = read(STDIN_FILENO, &c, 1);
		if (!length || (length < 0 && errno != EINTR && errno != EAGAIN)) {
			edit.no_more = 1;
			return -1;
		}
	} while (length < 0 || c >= 0x80);
	*key = c;
	return 1;
}

/* What ended the line was a signal: is it one that ends the program? */
static int die_of_signal(void)
{
	size_t i;

	for (i = 0; i < NR_SIGNALS; i++) {
		if (signals[i] == SIGINT || !take(signals[i]))
			continue;
		edit_end();
		/* Its former action, which is to end us. */
		raise(signals[i]);
	}
	return 0;
}

static char *get_prompt(EditLine *el)
{
	(void)el;
	return (char *)edit.prompt;
}

void candidates_add(struct candidates *candidates, const char *word)
{
	char **more = reallocarray(candidates->words, candidates->nr + 1,
				   sizeof(*more));

	if (!more)
		return;
	candidates->words = more;
	more[candidates->nr] = strdup(word);
	if (more[candidates->nr])
		candidates->nr++;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char * const *)a, *(char * const *)b);
}

/* Sorts them, and leaves one of a kind. */
static void tidy(struct candidates *c)
{
	size_t i, kept = 0;

	if (!c->nr)
		return;
	qsort(c->words, c->nr, sizeof(*c->words), compare);
	for (i = 0; i < c->nr; i++) {
		if (kept && !strcmp(c->words[i], c->words[kept - 1]))
			free(c->words[i]);
		else
			c->words[kept++] = c->words[i];
	}
	c->nr = kept;
}

static void show_candidates(const struct candidates *c)
{
	struct winsize size = { .ws_col = 80 };
	size_t widest = 0, per_line, i;

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	for (i = 0; i < c->nr; i++)
		if (strlen(c->words[i]) > widest)
			widest = strlen(c->words[i]);
	per_line = size.ws_col / (widest + 2);
	if (!per_line)
		per_line = 1;
	for (i = 0; i < c->nr; i++)
		printf("%s%-*s", i % per_line ? "  " : "\n", (int)widest,
		       c->words[i]);
	putchar('\n');
	fflush(stdout);
}

/* Return: how many bytes all have in common */
static size_t common_length(const struct candidates *c)
{
	size_t length = strlen(c->words[0]), i, j;

	for (i = 1; i < c->nr; i++) {
		for (j = 0; j < length; j++)
			if (c->words[i][j] != c->words[0][j])
				break;
		length = j;
	}
	return length;
}

/* Return: what libedit is to do: CC_... */
static unsigned char use_candidates(const struct candidates *c,
				    size_t length)
{
	size_t common;
	char *rest;

	if (!c->nr)
		return CC_ERROR;
	common = common_length(c);
	if (c->nr > 1 && common == length) {
		show_candidates(c);
		return CC_REDISPLAY;
	}
	rest = strndup(c->words[0] + length, common - length);
	if (rest) {
		el_insertstr(edit.el, rest);
		if (c->nr == 1)
			el_insertstr(edit.el, " ");
		free(rest);
	}
	return CC_REFRESH;
}

static unsigned char complete(EditLine *el, int key)
{
	const LineInfo *info = el_line(el);
	struct candidates candidates = { NULL, 0 };
	const char *start = info->cursor;
	unsigned char result;
	char *before, *word;

	(void)key;
	while (start > info->buffer && start[-1] != ' ')
		start--;
	before = strndup(info->buffer, start - info->buffer);
	word = strndup(start, info->cursor - start);
	if (before && word)
		edit.complete(&candidates, before, word);
	tidy(&candidates);
	result = use_candidates(&candidates, word ? strlen(word) : 0);
	while (candidates.nr)
		free(candidates.words[--candidates.nr]);
	free(candidates.words);
	free(before);
	free(word);
	return result;
}

static void remember(const char *line)
{
	HistEvent event;

	history(edit.history, &event, H_ENTER, line);
}

/*
 * A line a line. Nobody else may read it, since addresses are in it; and what is
 * no file of ours, a link for one, of either kind, is left alone.
 */
static int open_history(int flags)
{
	struct stat status;
	int fd;

	if (!edit.history_file)
		return -1;
	fd = open(edit.history_file, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		  0600);
	if (fd < 0)
		return -1;
	if (!fstat(fd, &status) && S_ISREG(status.st_mode) &&
	    status.st_uid == geteuid() && status.st_nlink == 1)
		return fd;
	close(fd);
	return -1;
}

/* Writes anew what is remembered, when the file has grown long. */
static void shorten_history(void)
{
	int fd = open_history(O_WRONLY | O_TRUNC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	HistEvent event;
	int more;

	if (!file)
		return;
	for (more = history(edit.history, &event, H_LAST); more >= 0;
	     more = history(edit.history, &event, H_PREV))
		fprintf(file, "%s\n", event.str);
	fclose(file);
	history(edit.history, &event, H_FIRST);
}

static void load_history(void)
{
	int fd = open_history(O_RDONLY);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char *line = NULL;
	size_t room = 0, nr = 0;

	if (!file)
		return;
	while (getline(&line, &room, file) > 0) {
		line[strcspn(line, "\n")] = 0;
		remember(line);
		nr++;
	}
	free(line);
	fclose(file);
	if (nr > 2 * HISTORY_LINES)
		shorten_history();
}

/*
 * Alt-X asks for a command of libedit's, as .editrc has them. By one of these a key
 * can be bound to vi-histedit, which starts vi, and vi starts a shell.
 */
static void read_settings(void)
{
	static const char * const keys[] = {
		"^[x", "^[X", "\\330", "\\370",
	};
	size_t i;

	if (!is_secure()) {
		el_source(edit.el, NULL);
		return;
	}
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (el_set(edit.el, EL_BIND, keys[i], "ed-unassigned", NULL))
			fail(STATUS_FAILED, "cannot set the terminal up");
}

/* In one write: two clients may have the same file. */
static void append_history(const char *line)
{
	int fd = open_history(O_WRONLY | O_APPEND | O_CREAT);

	if (fd < 0)
		return;
	dprintf(fd, "%s\n", line);
	close(fd);
}

void edit_begin(const char *prompt, const char *history_file,
		void (*complete_word)(struct candidates *candidates,
				      const char *before, const char *word))
{
	HistEvent event;

	edit.prompt = prompt;
	edit.history_file = history_file;
	edit.complete = complete_word;
	/* It complains about terminals that it doesn't know. */
	edit.nowhere = fopen("/dev/null", "we");
	edit.history = history_init();
	if (edit.nowhere)
		edit.el = el_init("dbgsh", stdin, stdout, edit.nowhere);
	if (!edit.el || !edit.history)
		fail(STATUS_FAILED, "cannot set the terminal up");
	atexit(edit_end);
	el_set(edit.el, EL_PROMPT, get_prompt);
	el_set(edit.el, EL_EDITOR, "emacs");
	el_set(edit.el, EL_GETCFN, get_key);
	el_set(edit.el, EL_ADDFN, "dbgsh-complete", "complete a word", complete);
	el_set(edit.el, EL_BIND, "^I", "dbgsh-complete", NULL);
	el_set(edit.el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	history(edit.history, &event, H_SETSIZE, HISTORY_LINES);
	history(edit.history, &event, H_SETUNIQUE, 1);
	el_set(edit.el, EL_HIST, history, edit.history);
	load_history();
	read_settings();
}

static enum edit_result got_nothing(int length)
{
	int dropped = take(SIGINT);

	putchar('\n');
	fflush(stdout);
	if (edit.no_more)
		return EDIT_END;
	return dropped || length < 0 ? EDIT_DROPPED : EDIT_END;
}

enum edit_result edit_line(const char **line)
{
	static char *copy;
	const char *text;
	int length = 0;

	take_signals();
	edit.is_reading = 1;
	/* Before the prompt: a key behind it must not be echoed by the driver. */
	el_set(edit.el, EL_PREP_TERM, 1);
	text = el_gets(edit.el, &length);
	edit.is_reading = 0;
	give_signals_back();
	die_of_signal();
	if (!text || length <= 0)
		return got_nothing(length);
	free(copy);
	copy = strdup(text);
	if (!copy)
		fail(STATUS_FAILED, "out of memory");
	copy[strcspn(copy, "\n")] = 0;
	if (copy[strspn(copy, " \t")]) {
		remember(copy);
		append_history(copy);
	}
	*line = copy;
	return EDIT_LINE;
}

void edit_end(void)
{
	if (edit.is_reading)
		el_set(edit.el, EL_PREP_TERM, 0);
	edit.is_reading = 0;
}
