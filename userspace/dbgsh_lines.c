// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* A session by the bulk call: a line goes in, its output comes back. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dbgsh.h"
#include "dbgsh_edit.h"
#include "dbgsh_output.h"
#include "dbgsh_secure.h"
#include "dbgsh_symbols.h"
#include "dbgsh_vmm.h"

/* How often the shell may want input and take none */
#define PATIENCE	3

/* How many candidates for a word are looked for */
#define MAX_SYMBOLS	200

static const char prompt[] = "> ";
static const char blanks[] = " \t";

/* Commands of our own. The shell's go first: one of the same name is its. */
static const char local_help[] =
	"sym address... - name the symbols at these addresses (of dbgsh)\n";

static const struct options *options;
static int is_interactive;
static int pages;
static int some_failed;		/* a command did */
static char *names;		/* of the shell's commands, a line each */
static int unwanted;		/* the pager was left */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

static void on_pipe(int sig)
{
	(void)sig;
}

/* A handler, not SIG_IGN: the pager would inherit that. */
static void handle(int sig, void (*handler)(int))
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	sigaction(sig, &action, NULL);
}

/* Gives the output of a call to whoever wants it. Return: 0: nobody does */
typedef int (*taker_t)(const char *text, size_t length);

/*
 * Carries a line into the shell and its output out of it.
 *
 * Return: the last call's result
 */
static int converse(struct vmm_bulk *bulk, taker_t take)
{
	int result, patience = PATIENCE;
	size_t before;

	do {
		if (interrupted || unwanted) {
			bulk->flags = DBGSH_BULK_RESET;
			bulk->in_length = 0;
		}
		before = bulk->in_length;
		result = vmm_bulk(bulk);
		if (bulk->out_length && !take(bulk->out, bulk->out_length))
			unwanted = 1;
		if (bulk->out_length || bulk->in_length < before)
			patience = PATIENCE;
		else if (result == DBGSH_WANT_INPUT && before && !patience--)
			fail(STATUS_FAILED, "the shell takes no input");
	} while (result == DBGSH_BULK_MORE ||
		 (result == DBGSH_WANT_INPUT && bulk->in_length));
	return result;
}

/* Drops what is left of an output that nobody wants. */
static void drop_output(void)
{
	struct vmm_bulk bulk = { .flags = DBGSH_BULK_RESET, .in = "" };

	vmm_bulk(&bulk);
}

/* Return: 0 if the shell ended */
static int send_line(const char *line, taker_t take)
{
	struct vmm_bulk bulk = { .in = line, .in_length = strlen(line) };
	int result;

	interrupted = 0;
	unwanted = 0;
	result = converse(&bulk, take);
	if (interrupted || unwanted)
		drop_output();
	some_failed |= bulk.failed;
	return result != DBGSH_ENDED;
}

static FILE *kept;

static int keep(const char *text, size_t length)
{
	fwrite(text, 1, length, kept);
	return 1;
}

/* Asks the shell for the names of its commands: the first words of its help. */
static void ask_names(void)
{
	size_t size;

	if (names)
		return;
	kept = open_memstream(&names, &size);
	if (!kept)
		fail(STATUS_FAILED, "out of memory");
	send_line("help\n", keep);
	fclose(kept);
}

/* Calls a function with each name. */
static void each_name(void (*function)(void *arg, const char *name), void *arg)
{
	char *copy, *rest, *line;

	ask_names();
	copy = strdup(names);
	rest = copy;
	while ((line = strsep(&rest, "\n"))) {
		line[strcspn(line, blanks)] = 0;
		if (*line)
			function(arg, line);
	}
	free(copy);
}

struct search {
	const char *word;
	int found;
};

static void search(void *arg, const char *name)
{
	struct search *s = arg;

	s->found |= !strcmp(s->word, name);
}

/* Whether a line's first word is ours: the shell has no such command. */
static int is_local(const char *line, const char *name)
{
	struct search s = { .word = name };

	line += strspn(line, blanks);
	if (strncmp(line, name, strlen(name)) ||
	    !strchr(" \t", line[strlen(name)]))
		return 0;
	each_name(search, &s);
	return !s.found;
}

struct completion {
	struct candidates *candidates;
	const char *word;
};

static void add_name(void *arg, const char *name)
{
	struct completion *c = arg;

	if (!strncmp(name, c->word, strlen(c->word)))
		candidates_add(c->candidates, name);
}

static void add_symbol(void *arg, const char *name)
{
	struct completion *c = arg;
	char word[300];

	snprintf(word, sizeof(word), "@%s", name);
	candidates_add(c->candidates, word);
}

/* What could stand at the cursor: a command at the start or after help, @symbol */
static void complete(struct candidates *candidates, const char *before,
		     const char *word)
{
	struct completion c = { candidates, word };

	before += strspn(before, blanks);
	if (!*before || !strcmp(before, "help ")) {
		each_name(add_name, &c);
		add_name(&c, "sym");
	} else if (*word == '@') {
		symbols_complete(word + 1, add_symbol, &c, MAX_SYMBOLS);
	}
}

static void print(const char *text)
{
	output_write(text, strlen(text));
}

/* The local command: sym address... */
static void run_sym(const char *line)
{
	char *copy = strdup(line), *rest = copy, *word, *end;
	unsigned long long address;
	char name[300];

	if (!copy)
		fail(STATUS_FAILED, "out of memory");
	strsep(&rest, blanks);
	while ((word = strsep(&rest, blanks))) {
		if (!*word)
			continue;
		address = strtoull(word, &end, 16);
		if (*end) {
			complain("%s: not an address", word);
			some_failed = 1;
		} else if (!symbols_name(address, name, sizeof(name))) {
			complain("%s: no symbol there", word);
			some_failed = 1;
		} else {
			print(name);
			print("\n");
		}
	}
	free(copy);
}

/* Whether a command may show other CPUs, by its words all and cpu=... */
static int shows_cpus(const char *line)
{
	while (*(line += strspn(line, blanks))) {
		size_t length = strcspn(line, blanks);

		if (!strncmp(line, "cpu=", 4) ||
		    (length == 3 && !strncmp(line, "all", 3)))
			return 1;
		line += length;
	}
	return 0;
}

static int is_word(const char *line, const char *word)
{
	size_t length = strlen(word);

	line += strspn(line, blanks);
	return !strncmp(line, word, length) &&
	       !line[length + strspn(line + length, blanks)];
}

/* Return: 0 if the shell ended */
static int run_in_vmm(const char *line)
{
	char *with_newline;
	int goes_on;

	if (asprintf(&with_newline, "%s\n", line) < 0)
		fail(STATUS_FAILED, "out of memory");
	if (shows_cpus(line))
		vmm_visit_cpus();
	goes_on = send_line(with_newline, output_write);
	free(with_newline);
	if (is_word(line, "help") && !interrupted && !unwanted &&
	    is_local(local_help, "sym"))
		print(local_help);
	return goes_on;
}

/* Without a person who goes on, the signal does what it always does. */
static void die_if_interrupted(void)
{
	if (!interrupted || is_interactive)
		return;
	handle(SIGINT, SIG_DFL);
	raise(SIGINT);
}

/*
 * One line that somebody typed.
 *
 * Return: 0 if the shell ended
 */
static int run_line(const char *line)
{
	int goes_on = 1;
	char *expanded;

	if (!line[strspn(line, blanks)])
		return 1;
	expanded = symbols_expand(line);
	if (!expanded) {
		some_failed = 1;
		return 1;
	}
	output_begin(pages, options->annotate);
	if (is_local(expanded, "sym"))
		run_sym(expanded + strspn(expanded, blanks));
	else
		goes_on = run_in_vmm(expanded);
	output_end();
	free(expanded);
	/* Behind the "^C" that stands in the midst of a line. */
	if (interrupted && is_interactive) {
		putchar('\n');
		fflush(stdout);
	}
	die_if_interrupted();
	return goes_on;
}

/* Return: whether the shell ended */
static int run_commands(void)
{
	char *rest = options->commands, *line;

	while ((line = strsep(&rest, "\n")))
		if (!run_line(line))
			return 1;
	return 0;
}

/* NULs would hide what follows: the shell shows them as it does control bytes. */
static void run_input(void)
{
	char *line = NULL, *nul;
	size_t room = 0;
	ssize_t length;

	while ((length = getline(&line, &room, stdin)) > 0) {
		while ((nul = memchr(line, 0, length)))
			*nul = '?';
		line[strcspn(line, "\n")] = 0;
		if (!run_line(line))
			break;
	}
	free(line);
	/* The wait for a line ended by it */
	die_if_interrupted();
}

static char *history_file(void)
{
	const char *home = getenv("HOME");
	char *name;

	if (options->no_history || !home || !*home)
		return NULL;
	/* Who owns the directory can put another's file there under this name. */
	if ((is_secure() && !owns_home(home)) ||
	    asprintf(&name, "%s/.dbgsh_history", home) < 0)
		return NULL;
	return name;
}

static void run_typed(void)
{
	enum edit_result result;
	const char *line;

	edit_begin(options->quiet ? "" : prompt, history_file(), complete);
	while ((result = edit_line(&line)) != EDIT_END)
		if (result == EDIT_LINE && !run_line(line))
			break;
}

/* Drops what another client left. Return: 0 if the shell doesn't live */
static int begin(void)
{
	struct vmm_bulk bulk = { .flags = DBGSH_BULK_RESET, .in = "" };
	char *words = NULL;
	size_t size;
	int result;

	kept = open_memstream(&words, &size);
	if (!kept)
		fail(STATUS_FAILED, "out of memory");
	result = converse(&bulk, keep);
	fclose(kept);
	if (result == DBGSH_ENDED) {
		complain("the shell ended at once: %.*s",
			 (int)strcspn(words, "\n"), words);
		free(words);
		return 0;
	}
	free(words);
	return 1;
}

enum status lines_session(const struct options *asked)
{
	options = asked;
	is_interactive = !options->commands && isatty(STDIN_FILENO) &&
			 isatty(STDOUT_FILENO);
	pages = !options->no_pager && isatty(STDOUT_FILENO);
	if (options->symbols)
		symbols_set_file(options->symbols);
	if (!begin())
		return STATUS_DISABLED;
	/* The pager has the terminal, and Ctrl-C is for it too. */
	if (is_interactive || pages) {
		handle(SIGPIPE, on_pipe);
		handle(SIGINT, on_interrupt);
	}
	if (options->commands)
		run_commands();
	else if (is_interactive)
		run_typed();
	else
		run_input();
	return some_failed && !is_interactive ? STATUS_COMMAND : STATUS_OK;
}
