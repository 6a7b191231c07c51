// SPDX-License-Identifier: GPL-2.0-only
/* See dbgsh_client.h. */
#include <string.h>

#include "kselftest.h"
#include "dbgsh_client.h"

struct vmm_regs dbgsh_regs;

static long byte_number, bulk_number;

void dbgsh_find(void)
{
	byte_number = vmm_lookup(VMMCALL_NAME_DBGSH);
	bulk_number = vmm_lookup(VMMCALL_NAME_DBGSH_BULK);
	if (byte_number <= 0 || bulk_number <= 0)
		ksft_exit_fail_msg("no such VM calls\n");
}

long dbgsh_step(int in)
{
	struct vmm_regs regs = { .rax = byte_number, .rbx = (long)in };

	if (vmm_call(&regs))
		ksft_exit_fail_msg("the VMM is gone\n");
	return regs.rax;
}

bool dbgsh_is_legal(long value)
{
	return value == DBGSH_IDLE || (value >= 0 && value <= DBGSH_NUL) ||
	       value == DBGSH_ENDED;
}

long dbgsh_collect(char *text)
{
	unsigned long patience = 10000000;
	size_t len = 0;
	long value = dbgsh_step(DBGSH_NO_INPUT);

	while (patience-- && value != DBGSH_WANT_INPUT && value != DBGSH_ENDED) {
		if (value == DBGSH_IDLE) {
			value = dbgsh_step(DBGSH_NO_INPUT);
			continue;
		}
		if (len < TEXT_SIZE - 1)
			text[len++] = value;
		value = dbgsh_step(0);
	}
	text[len] = 0;
	return value;
}

long dbgsh_say(const char *keys, char *text)
{
	long value = dbgsh_collect(text);

	for (; *keys && value == DBGSH_WANT_INPUT; keys++) {
		dbgsh_step((unsigned char)*keys);
		value = dbgsh_collect(text);
	}
	return value;
}

bool dbgsh_fresh_prompt(char *text)
{
	dbgsh_step(CTRL_C);
	return dbgsh_collect(text) == DBGSH_WANT_INPUT && *text;
}

int dbgsh_bulk(const void *in, unsigned long in_len, void *out,
	       unsigned long size, unsigned long flags)
{
	dbgsh_regs = (struct vmm_regs){ .rax = bulk_number,
		.rbx = (unsigned long)in, .rcx = in_len,
		.rdx = (unsigned long)out, .rsi = size, .rdi = flags };
	if (vmm_call(&dbgsh_regs))
		ksft_exit_fail_msg("the VMM is gone\n");
	return (int)dbgsh_regs.rax;
}

static char text[TEXT_SIZE];

/* Pages that a child didn't touch since the fork aren't mapped, or are read-only. */
bool dbgsh_admitted(void)
{
	memset(text, 0, 64);
	return dbgsh_bulk(NULL, 0, text, 64, DBGSH_BULK_RESET) == 0 &&
	       dbgsh_regs.rsi == 0 && dbgsh_fresh_prompt(text) &&
	       !strcmp(text, DBGSH_PROMPT);
}

bool dbgsh_disabled(void)
{
	char line[] = "help\n";

	memset(text, 0, 64);
	if (dbgsh_bulk(line, 5, text, 64, DBGSH_BULK_RESET) != DBGSH_ENDED ||
	    dbgsh_regs.rcx || strcmp(text, DBGSH_OFF_TEXT))
		return false;
	dbgsh_step(CTRL_C);
	return dbgsh_collect(text) == DBGSH_ENDED &&
	       !strcmp(text, DBGSH_OFF_TEXT);
}
