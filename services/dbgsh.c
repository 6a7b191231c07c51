// SPDX-License-Identifier: GPL-2.0-only
/*
 * "dbgsh": the debug shell, a byte a call. This file is the protocol, shell.c is
 * the shell, dbgsh_session.c knows who may use it.
 *
 * There is one session for the whole machine. Its state towards clients is the
 * pending value, which is what a call returns:
 *
 *	DBGSH_IDLE		a command is still at work, and goes on in the next
 *				call
 *	DBGSH_WANT_INPUT	the shell waits for a byte
 *	1..0xff, DBGSH_NUL	an output byte
 *	DBGSH_ENDED		the shell ended; a fresh one starts behind it
 *
 * What ebx does to it:
 *
 *	-1		nothing: a poll reads the pending value, without any lock;
 *			but a command at work goes on
 *	3 (Ctrl-C)	drops the line and all output; a fresh shell prompts. A client
 *			that begins with it finds a prompt whatever the last one
 *			left behind
 *	0		acknowledges an output byte or the end. Nothing if input is
 *			wanted: the byte NUL is sent as 0x100
 *	1..0x100	the input if that is wanted, else acknowledges as 0 does
 *	other		no input, only counted; acknowledges as 0 does
 *
 * The call that consumed a value returns the next one. The shell echoes and edits
 * (shell_line.c): clients put their terminal into a mode in which it doesn't.
 */
#include "core/cpu_note.h"
#include "services/dbgsh_session.h"

#define KEY_CTRL_C	3

static s32 session_next(struct dbgsh_session *session)
{
	const char *text;
	int len = dbgsh_peek(session, &text);
	u8 byte;

	switch (len) {
	case SHELL_WANTS_INPUT:
		return DBGSH_WANT_INPUT;
	case SHELL_ENDED:
		return DBGSH_ENDED;
	case SHELL_BUSY:
		return DBGSH_IDLE;
	}
	byte = (u8)*text;
	dbgsh_skip(session, 1);
	return byte ? byte : DBGSH_NUL;
}

/* Return: whether the value was used up, so that the next one is due */
static bool session_take(struct dbgsh_session *session, s32 in)
{
	bool valid = in >= 0 && in <= DBGSH_NUL;

	if (in == DBGSH_NO_INPUT)
		return session->pending == DBGSH_IDLE;
	if (!valid)
		WRITE_ONCE(session->ignored, session->ignored + 1);
	if (in == KEY_CTRL_C || session->pending == DBGSH_ENDED) {
		dbgsh_start(session, false);
		return true;
	}
	if (session->pending != DBGSH_WANT_INPUT)
		return true;
	if (!valid || in == 0)
		return false;
	shell_input(session->shell, (u8)in);
	return true;
}

/* All but the plain poll. Apart, so that a poll saves no register for it */
static noinline void dbgsh_step(struct vmmcall *call, s32 in)
{
	struct dbgsh_session *session = dbgsh_lock(call);

	/* The end of a line starts a command, which may want to show this CPU */
	if (session->shell && (in == '\n' || in == '\r'))
		cpu_note_state(call->cpu, call->regs);
	if (session->pending == DBGSH_FRESH) {
		/* Nobody can have seen a value that this would be the answer to */
		dbgsh_start(session, false);
		WRITE_ONCE(session->pending, session_next(session));
	} else if (session_take(session, in)) {
		WRITE_ONCE(session->pending, session_next(session));
	}
	vmmcall_set_rax(call, session->pending);
	dbgsh_unlock(session);
}

static __always_inline void answer(struct vmmcall *call, s32 out)
{
	s32 in = (s32)call->regs->rbx;	/* 32 bits at any width of the caller */

	/* Pending below 0 is a command at work, or nothing yet: no mere poll */
	if (unlikely(in != DBGSH_NO_INPUT || out < 0))
		dbgsh_step(call, in);
	else
		vmmcall_set_rax(call, out);
}

/*
 * Where not everybody may use the shell. The value is read before it is decided who
 * may have it: so it may be that of an earlier process that was vouched for, but
 * never of one after this. Apart, so that a poll by anybody saves no register for it.
 */
static noinline void dbgsh_guarded(struct vmmcall *call)
{
	u64 cr3 = backend_guest_cr3(call->cpu);
	s32 out = READ_ONCE(dbgsh_sessions[1].pending);

	if (unlikely(!dbgsh_is_vouched(call, cr3)))
		out = READ_ONCE(dbgsh_sessions[0].pending);
	answer(call, out);
}

static void dbgsh(struct vmmcall *call)
{
	if (unlikely(boot_info.dbgsh_mode != UV_DBGSH_ALL))
		dbgsh_guarded(call);
	else
		answer(call, READ_ONCE(dbgsh_sessions[1].pending));
}

VMMCALL_DEFINE(dbgsh, VMMCALL_NAME_DBGSH, dbgsh, VMMCALL_LEVEL_ANY);
