// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * vmmcall - look at and call the functions of the VMM. See vmmcall(1).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../uapi/vmmcall_abi.h"
#include "call_vmm.h"
#include "vmmcall.h"

/*
 * The text may grow between two calls, and its page may have been taken from
 * us: a few more tries than one.
 */
#define TEXT_TRIES	8
#define TEXT_SLACK	1024

/* The privilege level of programs, as get_functions writes it */
#define PROGRAM_LEVEL	'3'

/* More than any VMM has to say: 512 CPUs' lines, one at a time */
#define MAX_PARTS	1000000

void fail(enum status status, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("vmmcall: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(status);
}

static const char *instruction_name(const call_vmm_function_t *function)
{
	switch (call_vmm_function_instruction(function)) {
	case CALL_VMM_INSN_VMCALL:
		return "VMCALL";
	case CALL_VMM_INSN_VMMCALL:
		return "VMMCALL";
	default:
		return "none";
	}
}

void find(const char *name, call_vmm_function_t *function)
{
	call_vmm_get_function_by_name(name, function);
	if (call_vmm_function_callable(function))
		return;
	if (strlen(name) > VMMCALL_NAME_MAX)
		fail(STATUS_NOT_CALLABLE, "a name has at most %d bytes",
		     VMMCALL_NAME_MAX);
	if (!call_vmm_function_found_vmm(function))
		fail(STATUS_NOT_CALLABLE,
		     "there is no VMM beneath this system");
	fail(STATUS_NOT_CALLABLE,
	     "%s: not a function of the VMM beneath this system (it answered %d)",
	     name, call_vmm_function_number(function));
}

/* Guarded, because a VMM can be unloaded at any time. */
static void call(call_vmm_function_t *function, call_vmm_arg_t *arg,
		 call_vmm_ret_t *ret)
{
	if (!call_vmm_try_call_function(function, arg, ret))
		fail(STATUS_FAILED, "the VMM has gone away");
}

static char *new_buffer(char *old, size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *buffer;

	free(old);
	if (posix_memalign(&buffer, page, size))
		fail(STATUS_FAILED, "no memory for %zu bytes of text", size);
	return buffer;
}

/*
 * In: rbx is the buffer's address and rcx its size. Out: rax is 0 or 1, and rcx the
 * length that is needed.
 */
char *read_text(const char *name)
{
	size_t size = sysconf(_SC_PAGESIZE), length;
	char *buffer = new_buffer(NULL, size);
	call_vmm_function_t function;
	call_vmm_arg_t arg;
	call_vmm_ret_t ret;
	int i;

	find(name, &function);
	for (i = 0; i < TEXT_TRIES; i++) {
		/* The VMM writes only to pages that are there. */
		memset(buffer, 0, size);
		memset(&arg, 0, sizeof(arg));
		arg.rbx = (intptr_t)buffer;
		arg.rcx = size - 1;
		call(&function, &arg, &ret);
		length = ret.rcx;
		if (!ret.rax && length < size)
			return buffer;
		if (length >= size) {
			if (length > SIZE_MAX / 2)
				break;
			size = length + TEXT_SLACK;
			buffer = new_buffer(buffer, size);
		}
	}
	fail(STATUS_FAILED, "%s: the VMM did not fill the buffer", name);
}

/*
 * The next part of the report. In: rbx and rcx, buffer and size; rdx, where to go on.
 * Out: rax is 0 or 1; rcx, the bytes stored, and rdx, where to go on, 0 at the end.
 * Return: the bytes, 0 if the VMM gave none.
 */
static size_t read_part(call_vmm_function_t *function, char *buffer, size_t size,
			intptr_t *position)
{
	call_vmm_arg_t arg;
	call_vmm_ret_t ret;
	int i;

	for (i = 0; i < TEXT_TRIES; i++) {
		memset(buffer, 0, size);
		memset(&arg, 0, sizeof(arg));
		arg.rbx = (intptr_t)buffer;
		arg.rcx = size;
		arg.rdx = *position;
		call(function, &arg, &ret);
		if (ret.rax || (size_t)ret.rcx > size)
			continue;
		*position = ret.rdx;
		return ret.rcx;
	}
	return 0;
}

char *read_status(void)
{
	size_t size = sysconf(_SC_PAGESIZE), length = 0, got;
	call_vmm_function_t function;
	intptr_t position = 0;
	char *text = NULL, *buffer;
	int parts;

	call_vmm_get_function_by_name(VMMCALL_NAME_GET_STATUS_PART, &function);
	/* An older VMM has it in one, and so has whoever has no VMM his message */
	if (!call_vmm_function_callable(&function))
		return read_text(VMMCALL_NAME_GET_STATUS);
	buffer = new_buffer(NULL, size);
	for (parts = 0; parts < MAX_PARTS; parts++) {
		got = read_part(&function, buffer, size, &position);
		text = realloc(text, length + got + 1);
		if (!text)
			fail(STATUS_FAILED, "no memory for the report");
		memcpy(text + length, buffer, got);
		length += got;
		text[length] = 0;
		if (!got)
			break;
		if (!position) {
			free(buffer);
			return text;
		}
	}
	fail(STATUS_FAILED, "%s: the VMM did not give the report's end",
	     VMMCALL_NAME_GET_STATUS_PART);
}

void flush_output(void)
{
	if (fflush(stdout) || ferror(stdout))
		fail(STATUS_FAILED, "cannot write the output");
}

/* A number with a minus sign was read as its two's complement. */
static int fits(const char *text, uintmax_t value)
{
	if (text[strspn(text, " \t\n\v\f\r")] == '-')
		return -value <= (uintmax_t)UINTPTR_MAX / 2 + 1;
	return value <= UINTPTR_MAX;
}

static void parse_register(const char *text, call_vmm_arg_t *arg)
{
	const struct {
		const char *name;
		intptr_t *value;
	} registers[] = {
		{ "rbx", &arg->rbx },
		{ "rcx", &arg->rcx },
		{ "rdx", &arg->rdx },
		{ "rsi", &arg->rsi },
		{ "rdi", &arg->rdi },
	};
	uintmax_t value;
	unsigned int i;
	char *end;

	for (i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		if (strncmp(text, registers[i].name, 3) || text[3] != '=')
			continue;
		errno = 0;
		value = strtoumax(text + 4, &end, 0);
		if (errno || *end || end == text + 4 || !fits(text + 4, value))
			fail(STATUS_USAGE, "%s: not a number of %zu bits",
			     text + 4, 8 * sizeof(intptr_t));
		*registers[i].value = (intptr_t)value;
		return;
	}
	fail(STATUS_USAGE,
	     "%s: not of the form rbx=N, rcx=N, rdx=N, rsi=N or rdi=N", text);
}

static void print_register(const char *name, intptr_t value)
{
	printf("%s 0x%0*" PRIxPTR " %" PRIdPTR "\n", name,
	       (int)(2 * sizeof(value)), (uintptr_t)value, value);
}

static int do_list(int argc, char **argv)
{
	char *text = read_text(VMMCALL_NAME_GET_FUNCTIONS);

	(void)argc;
	(void)argv;
	fputs(text, stdout);
	free(text);
	return STATUS_OK;
}

static int do_lookup(int argc, char **argv)
{
	call_vmm_function_t function;

	(void)argc;
	find(argv[1], &function);
	printf("%d\n", call_vmm_function_number(&function));
	return STATUS_OK;
}

/* Return: the levels that may call a function, as get_functions lists them, or NULL */
static char *levels_of(const char *name, int number)
{
	char *text = read_text(VMMCALL_NAME_GET_FUNCTIONS);
	char *rest = text, *line, *levels = NULL, *end;

	while (!levels && (line = strsep(&rest, "\n"))) {
		if (strtol(line, &end, 10) != number || *end != ' ')
			continue;
		line = end + 1;
		end = strchr(line, ' ');
		if (end && !strcmp(end + 1, name))
			levels = strndup(line, end - line);
	}
	free(text);
	return levels;
}

/*
 * A call from a level that may not make it changes no register, so rax is still the
 * function's number. A function may answer the same: the list of functions decides.
 */
static void check_permission(const char *name,
			     const call_vmm_function_t *function,
			     const call_vmm_arg_t *arg,
			     const call_vmm_ret_t *ret)
{
	call_vmm_function_t list;
	char *levels;

	if (ret->rax != call_vmm_function_number(function) ||
	    ret->rbx != arg->rbx || ret->rcx != arg->rcx ||
	    ret->rdx != arg->rdx || ret->rsi != arg->rsi ||
	    ret->rdi != arg->rdi)
		return;
	call_vmm_get_function_by_name(VMMCALL_NAME_GET_FUNCTIONS, &list);
	if (!call_vmm_function_callable(&list))
		return;
	levels = levels_of(name, call_vmm_function_number(function));
	if (levels && !strchr(levels, PROGRAM_LEVEL))
		fail(STATUS_FAILED,
		     "%s: not permitted at this level: a program's is %c, and the function can be called at %s",
		     name, PROGRAM_LEVEL, *levels ? levels : "none");
	free(levels);
}

static int do_call(int argc, char **argv)
{
	call_vmm_function_t function;
	call_vmm_arg_t arg = { 0 };
	call_vmm_ret_t ret;
	int i;

	for (i = 2; i < argc; i++)
		parse_register(argv[i], &arg);
	find(argv[1], &function);
	call(&function, &arg, &ret);
	check_permission(argv[1], &function, &arg, &ret);
	print_register("rax", ret.rax);
	print_register("rbx", ret.rbx);
	print_register("rcx", ret.rcx);
	print_register("rdx", ret.rdx);
	print_register("rsi", ret.rsi);
	print_register("rdi", ret.rdi);
	return STATUS_OK;
}

static int do_version(int argc, char **argv)
{
	call_vmm_function_t function;

	(void)argc;
	(void)argv;
	call_vmm_get_function_by_name(VMMCALL_NAME_GET_STATUS, &function);
	puts("vmmcall " CALL_VMM_VERSION);
	printf("instruction that a VMM answers: %s\n",
	       instruction_name(&function));
	return STATUS_OK;
}

static const struct command {
	const char *name;
	int min_args, max_args;	/* with the options */
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "list", 0, 0, do_list },
	{ "status", 0, INT_MAX, do_status },
	{ "lookup", 1, 1, do_lookup },
	{ "call", 1, 6, do_call },
	{ "bench", 0, INT_MAX, do_bench },
	{ "version", 0, 0, do_version },
};

static void usage(FILE *to)
{
	fputs("usage: vmmcall list\n"
	      "       vmmcall status [--json] [--watch[=seconds]]\n"
	      "       vmmcall lookup name\n"
	      "       vmmcall call name [rbx=N] [rcx=N] [rdx=N] [rsi=N] [rdi=N]\n"
	      "       vmmcall bench [--json] [--cpu=N] [--samples=N]\n"
	      "       vmmcall version\n"
	      "       vmmcall --help | --version\n", to);
}

void usage_error(void)
{
	usage(stderr);
	exit(STATUS_USAGE);
}

static const struct command *find_command(int argc, char **argv)
{
	unsigned int i;

	if (!argc)
		return NULL;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[0], commands[i].name) &&
		    argc - 1 >= commands[i].min_args &&
		    argc - 1 <= commands[i].max_args)
			return &commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	const struct command *command;
	int option, status;

	/* "+": what follows the command is its own, a negative number too. */
	while ((option = getopt_long(argc, argv, "+hV", options, NULL)) != -1)
		switch (option) {
		case 'h':
			usage(stdout);
			return STATUS_OK;
		case 'V':
			puts("vmmcall " CALL_VMM_VERSION);
			return STATUS_OK;
		default:
			usage_error();
		}

	argc -= optind;
	argv += optind;
	command = find_command(argc, argv);
	if (!command)
		usage_error();
	/* For the command's own options */
	optind = 0;
	status = command->run(argc, argv);
	flush_output();
	return status;
}
