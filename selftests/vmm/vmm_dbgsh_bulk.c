// SPDX-License-Identifier: GPL-2.0-only
/*
 * "dbgsh_bulk" by hand. Shows that lines are answered without prompt and echo, that
 * an output comes whole through any buffer and never behind its end, that a call with
 * a bad flag, length or address has no effect whatever, that the two calls share one
 * session that either can take over, and that the shell that is off says so.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "kselftest.h"
#include "dbgsh_client.h"

#define PAGE	4096UL
#define GUARD	0x5a
#define UNKNOWN	"x: unknown command, try help\n"

/* Two pages to write to, one to read only, one unmapped, one that's not accessible */
static char *arena;

/* Whether @line gives exactly @want, and @eax */
static bool says(const char *line, const char *want, int eax)
{
	size_t len = strlen(want);

	memset(arena, GUARD, 2 * PAGE);
	return dbgsh_bulk(line, strlen(line), arena, PAGE, 0) == eax &&
	       dbgsh_regs.rsi == len && !memcmp(arena, want, len) &&
	       arena[len] == GUARD;
}

static void make_arena(void)
{
	arena = mmap(NULL, 5 * PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (arena == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	mprotect(arena + 2 * PAGE, PAGE, PROT_READ);
	munmap(arena + 3 * PAGE, PAGE);
	mprotect(arena + 4 * PAGE, PAGE, PROT_NONE);
}

static void test_lines(void)
{
	ksft_test_result(says("", "", 0) && !dbgsh_regs.rdi, "no prompt\n");
	ksft_test_result(says("x\n", UNKNOWN, 0) && dbgsh_regs.rcx == 2 &&
			 dbgsh_regs.rdi == DBGSH_BULK_FAILED,
			 "a line is answered, and that it failed\n");
	ksft_test_result(says("x", "", 0) && says("\rx\n", UNKNOWN UNKNOWN, 0),
			 "parts of lines, and several\n");
	ksft_test_result(says("exit\nx\n", "", DBGSH_ENDED) && dbgsh_regs.rcx == 5,
			 "exit takes nothing of what follows\n");
	ksft_test_result(says("x\n", UNKNOWN, 0), "a fresh shell behind it\n");
}

/* Takes what there is in pieces. Return: its length, 0 if anything was wrong. */
static size_t in_pieces(char *to, size_t room, size_t piece)
{
	size_t len = 0;
	int eax;

	dbgsh_bulk("help\n", 5, NULL, 0, DBGSH_BULK_RESET);
	do {
		memset(arena, GUARD, 2 * PAGE);
		eax = dbgsh_bulk(NULL, 0, arena + PAGE - 5, piece, 0);
		if (dbgsh_regs.rsi > piece || arena[PAGE - 6] != GUARD ||
		    arena[PAGE - 5 + dbgsh_regs.rsi] != GUARD || len + dbgsh_regs.rsi > room)
			return 0;
		memcpy(to + len, arena + PAGE - 5, dbgsh_regs.rsi);
		len += dbgsh_regs.rsi;
	} while (eax == DBGSH_BULK_MORE);
	return eax ? 0 : len;
}

static void test_pieces(void)
{
	static char whole[PAGE], part[PAGE];
	size_t len = in_pieces(whole, sizeof(whole), PAGE);
	size_t piece;

	ksft_test_result(len > 100 && !memcmp(whole + len - 1, "\n", 1),
			 "help: %zu bytes across two pages\n", len);
	for (piece = 1; piece < 20; piece++)
		if (in_pieces(part, sizeof(part), piece) != len ||
		    memcmp(whole, part, len))
			break;
	ksft_test_result(piece == 20, "the same in pieces of 1 to 19 bytes\n");
}

static void refused(const char *what, const void *in, unsigned long in_len,
		    void *out, unsigned long size, unsigned long flags)
{
	bool ok;

	/* A line and 4 bytes of the answer, which must go on as if nothing was */
	dbgsh_bulk("x\n", 2, arena, 4, DBGSH_BULK_RESET);
	memset(arena, GUARD, 2 * PAGE);
	ok = dbgsh_bulk(in, in_len, out, size, flags) == DBGSH_BULK_REFUSED &&
	     dbgsh_regs.rcx == in_len && dbgsh_regs.rsi == size && arena[0] == GUARD &&
	     arena[2 * PAGE - 1] == GUARD;
	ksft_test_result(ok && says("", &UNKNOWN[4], 0), "%s\n", what);
}

static void test_refused(void)
{
	static const char line[300] = "x\n";

	refused("an unknown flag", line, 2, arena, PAGE, 4);
	refused("a visit and more", line, 2, arena, PAGE, 3);
	refused("257 bytes of input", line, 257, arena, PAGE, 0);
	refused("4 GiB of input", line, 0xffffffffUL, arena, PAGE, 0);
	refused("input at 0", NULL, 1, arena, PAGE, 0);
	refused("input that isn't mapped", arena + 3 * PAGE, 1, arena, PAGE, 0);
	refused("input that runs off its page", arena + 3 * PAGE - 1, 2, arena,
		PAGE, 0);
	refused("input that is not accessible", arena + 4 * PAGE, 1, arena,
		PAGE, 0);
	refused("input of the kernel's", (void *)-PAGE, 1, arena, PAGE, 0);
	refused("input that wraps", (void *)-1UL, 2, arena, PAGE, 0);
	refused("output at 0", line, 2, NULL, 1, 0);
	refused("output to a read-only page", line, 2, arena + 2 * PAGE, 1, 0);
	refused("output that runs onto it", line, 2, arena + 2 * PAGE - 9, 10,
		0);
	refused("output that isn't mapped", line, 2, arena + 3 * PAGE, 1, 0);
	refused("output to the kernel", line, 2, (void *)(-1UL - 2 * PAGE),
		PAGE, 0);
	refused("output that wraps", line, 2, (void *)-1UL, 2, 0);
	refused("reset, and an output that isn't mapped", line, 2, NULL, 1,
		DBGSH_BULK_RESET);
}

static void test_both(void)
{
	bool ok;

	ok = says("abc", "", 0) && dbgsh_step('q') == '>' && dbgsh_step(0) == ' ' &&
	     dbgsh_step(0) == DBGSH_WANT_INPUT;
	ksft_test_result(ok, "a byte-wise client finds a prompt\n");
	dbgsh_step('a');
	ksft_test_result(says("x\n", UNKNOWN, 0),
			 "a bulk client finds no line and no prompt\n");
	ok = dbgsh_step(DBGSH_NO_INPUT) == '>' &&
	     dbgsh_bulk(NULL, 77, arena, 3, DBGSH_BULK_VISIT) == 0 &&
	     dbgsh_regs.rcx == 0 && dbgsh_regs.rsi == 0;
	ksft_test_result(ok && dbgsh_step(DBGSH_NO_INPUT) == '>',
			 "a visit leaves the session alone\n");
}

static void test_off(void)
{
	static const char off[] = DBGSH_OFF_TEXT;

	ksft_test_result(says("help\n", off, DBGSH_ENDED) && dbgsh_regs.rcx == 0 &&
			 says("help\n", off, DBGSH_ENDED) && dbgsh_regs.rcx == 0,
			 "off: says so and takes nothing\n");
	ksft_test_result(dbgsh_bulk(NULL, 0, arena, 5, 0) == DBGSH_BULK_MORE &&
			 says("", off + 5, DBGSH_ENDED),
			 "off: in two pieces\n");
	ksft_test_result(dbgsh_bulk(NULL, 0, NULL, 0, DBGSH_BULK_VISIT) == DBGSH_ENDED,
			 "off: a visit\n");
}

int main(void)
{
	int kmsg;

	ksft_print_header();
	need_vmm("dbgsh=off");
	kmsg = kmsg_open();
	ksft_set_plan(31);
	make_arena();
	dbgsh_find();
	test_off();
	need_vmm("dbgsh=all");
	dbgsh_find();
	test_lines();
	test_pieces();
	test_refused();
	test_both();
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
