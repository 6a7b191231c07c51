/* SPDX-License-Identifier: GPL-2.0-only */
/* Both calls of the debug shell, by hand. A VMM that is gone ends the program. */
#ifndef DBGSH_CLIENT_H
#define DBGSH_CLIENT_H

#include "common.h"

#define DBGSH_OFF_TEXT	"dbgsh is disabled\n"
#define DBGSH_PROMPT	"> "
#define CTRL_C		3
#define TEXT_SIZE	65536

/* Looks the numbers up; the program fails if there are none. */
void dbgsh_find(void);

/* One byte-wise call. Return: eax */
long dbgsh_step(int in);

/* Whether the protocol has such a value */
bool dbgsh_is_legal(long value);

/**
 * dbgsh_collect() - acknowledge output until something else comes
 * @text: TEXT_SIZE bytes for what was said, NUL-terminated
 * Return: the value that ended it, not consumed.
 */
long dbgsh_collect(char *text);

/* Sends keys; collects what the last one made the shell say. Return: as above */
long dbgsh_say(const char *keys, char *text);

/* Ctrl-C, as a new client begins. Return: whether there is a prompt then */
bool dbgsh_fresh_prompt(char *text);

/* One bulk call; the registers after it are in dbgsh_regs. Return: eax */
extern struct vmm_regs dbgsh_regs;
int dbgsh_bulk(const void *in, unsigned long in_len, void *out,
	       unsigned long size, unsigned long flags);

/* Whether both calls work for us, or both say that the shell is disabled */
bool dbgsh_admitted(void);
bool dbgsh_disabled(void);

#endif /* DBGSH_CLIENT_H */
