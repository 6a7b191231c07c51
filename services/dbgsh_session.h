/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The debug shell's sessions, for the calls that carry them ("dbgsh" and
 * "dbgsh_bulk"). There are two for the whole machine: the shell's, and the one of
 * those who may not use it, which says "dbgsh is disabled" and ends, over and over.
 * Neither sees anything of the other.
 *
 * A session belongs to the call that used it last. When the other call comes, it
 * begins anew: line and output are dropped, as by Ctrl-C.
 */
#ifndef SERVICES_DBGSH_SESSION_H
#define SERVICES_DBGSH_SESSION_H

#include "core/spinlock.h"
#include "hypercall/vmmcall.h"
#include "services/shell.h"

/* Not a value of the protocol: no byte-wise call has used the session yet */
#define DBGSH_FRESH	(-2)

/* The page table's address in CR3; around it are PCID, PWT and PCD, and LAM */
#define CR3_TABLE	GENMASK_ULL(51, 12)

/* No value that CR3_TABLE leaves of a CR3 */
#define DBGSH_NOBODY	1ULL

/**
 * struct dbgsh_session - a session
 * @lock: guards all of it, and the shell
 * @pending: what a byte-wise poll returns, or DBGSH_FRESH; read without the lock
 * @bulk: whether "dbgsh_bulk" used the session last
 * @shell: the shell, or NULL if there is none
 * @off_pos: without a shell: the next byte of the only line
 * @begun: how often the session began
 * @ignored: values that came in and mean nothing
 */
struct dbgsh_session {
	struct spinlock lock;
	s32 pending;
	bool bulk;
	struct shell *shell;
	u32 off_pos;
	u64 begun;
	u64 ignored;
};

/* Indexed by whether the caller may use the shell */
extern struct dbgsh_session dbgsh_sessions[2];

/* With dbgsh=root: the page table of the process that may use the shell */
extern u64 dbgsh_vouched;

/* Whether a caller with that CR3 is the process that was vouched for */
static inline bool dbgsh_is_vouched(const struct vmmcall *call, u64 cr3)
{
	return likely((cr3 & CR3_TABLE) == READ_ONCE(dbgsh_vouched)) &&
	       likely(call->cpl == 3);
}

/* Whether a caller may use the shell */
static inline bool dbgsh_admits(const struct vmmcall *call)
{
	if (boot_info.dbgsh_mode == UV_DBGSH_ALL)
		return true;
	return dbgsh_is_vouched(call, backend_guest_cr3(call->cpu));
}

/**
 * dbgsh_vouch() - say who may use the shell, from now on and on all CPUs
 * @table: physical address of the page table in CR3, or DBGSH_NOBODY
 *
 * The shell's session begins anew.
 */
void dbgsh_vouch(u64 table);

/**
 * dbgsh_lock() - the session that a caller has, locked
 * @call: the caller
 * Return: to be unlocked with dbgsh_unlock().
 */
struct dbgsh_session *dbgsh_lock(const struct vmmcall *call);
void dbgsh_unlock(struct dbgsh_session *session);

/**
 * dbgsh_start() - begin a session anew; line and output are dropped
 * @session: locked
 * @bulk: for which of the calls
 */
void dbgsh_start(struct dbgsh_session *session, bool bulk);

/**
 * dbgsh_peek() - what the session has to say
 * @session: locked and started
 * @text: set to it; valid until dbgsh_skip() and dbgsh_input()
 * Return: its length, or what shell_peek() returns where there is none.
 */
int dbgsh_peek(struct dbgsh_session *session, const char **text);

/* dbgsh_skip() - @len bytes of what dbgsh_peek() gave have been delivered */
void dbgsh_skip(struct dbgsh_session *session, u32 len);

#endif /* SERVICES_DBGSH_SESSION_H */
