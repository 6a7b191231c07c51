// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * dbgsh - client of the debug shell of the VMM. See dbgsh(1).
 *
 * The shell lives in the VMM and advances only inside our calls. The protocol is
 * in Documentation/vmm-call-abi.md.
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call_vmm.h"
#include "dbgsh.h"
#include "dbgsh_edit.h"
#include "dbgsh_output.h"
#include "dbgsh_turn.h"
#include "dbgsh_vmm.h"

enum { OPTION_PTY = 256, OPTION_SYMBOLS };

static void print_message(const char *format, va_list args)
{
	fputs("dbgsh: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void fail(enum status status, const char *format, ...)
{
	va_list args;

	edit_end();
	output_end();
	fflush(stdout);
	va_start(args, format);
	print_message(format, args);
	va_end(args);
	exit(status);
}

void complain(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, format);
	print_message(format, args);
	va_end(args);
}

static void usage(FILE *to)
{
	fputs("usage: dbgsh [-bHnqsP] [-c command]... [--pty] [--symbols=file]\n"
	      "\n"
	      "  -c, --command=COMMAND  run a command, then exit; may be repeated\n"
	      "  -s, --annotate         name the kernel's addresses in the output\n"
	      "      --symbols=FILE     names and addresses (/proc/kallsyms)\n"
	      "      --pty              serve a pseudo-terminal, print its name\n"
	      "  -n, --no-wait          fail if another dbgsh has the shell\n"
	      "  -H, --no-history       keep no history in a file\n"
	      "  -P, --no-pager         don't page long output\n"
	      "  -q, --quiet            no prompts\n"
	      "  -b, --bytes            a byte a call, as with BitVisor's VMM\n"
	      "  -h, --help             print this text\n"
	      "  -V, --version          print the version\n", to);
}

/* Commands are lines; each -c adds one. */
static void add_command(struct options *options, const char *command)
{
	char *former = options->commands;

	if (asprintf(&options->commands, "%s%s%s", former ? former : "",
		     former ? "\n" : "", command) < 0)
		fail(STATUS_FAILED, "out of memory");
	free(former);
}

/* Return: whether the option is known */
static int take_option(struct options *options, int option)
{
	switch (option) {
	case 'b':
		options->bytes = 1;
		break;
	case 'c':
		add_command(options, optarg);
		break;
	case 'H':
		options->no_history = 1;
		break;
	case 'n':
		options->no_wait = 1;
		break;
	case 'P':
		options->no_pager = 1;
		break;
	case 'q':
		options->quiet = 1;
		break;
	case 's':
		options->annotate = 1;
		break;
	case OPTION_SYMBOLS:
		options->symbols = optarg;
		break;
	default:
		return 0;
	}
	return 1;
}

/* The functions are looked up anew: a pseudo-terminal outlives a VMM. */
static enum status run_session(const struct options *options)
{
	int has_bulk = vmm_find_shell();

	take_turn(options->no_wait);
	if (has_bulk && !options->bytes)
		return lines_session(options);
	return bytes_session(options);
}

static const struct option long_options[] = {
	{ "annotate", no_argument, NULL, 's' },
	{ "bytes", no_argument, NULL, 'b' },
	{ "command", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ "no-history", no_argument, NULL, 'H' },
	{ "no-pager", no_argument, NULL, 'P' },
	{ "no-wait", no_argument, NULL, 'n' },
	{ "pty", no_argument, NULL, OPTION_PTY },
	{ "quiet", no_argument, NULL, 'q' },
	{ "symbols", required_argument, NULL, OPTION_SYMBOLS },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

int main(int argc, char **argv)
{
	struct options options = { .commands = NULL };
	int option, pty = 0, ok = 1;

	while ((option = getopt_long(argc, argv, "bc:hHnPqsV", long_options,
				     NULL)) != -1) {
		if (option == 'h') {
			usage(stdout);
			return STATUS_OK;
		}
		if (option == 'V') {
			puts("dbgsh " CALL_VMM_VERSION);
			return STATUS_OK;
		}
		if (option == OPTION_PTY)
			pty = 1;
		else
			ok &= take_option(&options, option);
	}
	if (!ok || optind != argc || (pty && options.commands)) {
		usage(stderr);
		return STATUS_USAGE;
	}
	vmm_find_shell();
	if (pty)
		return pty_serve(run_session, &options);
	return run_session(&options);
}
