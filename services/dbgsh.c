// SPDX-License-Identifier: GPL-2.0-only
/*
 * "dbgsh": the debug shell, a byte a call. This file is the protocol, shell.c is
 * the shell.
 *
 * There is one session for the whole machine. Its state towards clients is the
 * pending value, which is what a call returns:
 *
 *	DBGSH_WANT_INPUT	the shell waits for a byte
 *	1..0xff, DBGSH_NUL	an output byte
 *	DBGSH_ENDED		the shell ended; a fresh one starts behind it
 *
 * What ebx does to it:
 *
 *	-1		nothing: a poll reads the pending value, without any lock
 *	3 (Ctrl-C)	drops the line and all output; a fresh shell prompts. A client
 *			that begins with it finds a prompt whatever the last one
 *			left behind
 *	0		acknowledges an output byte or the end. Nothing if input is
 *			wanted: the byte NUL is sent as 0x100
 *	1..0x100	the input if that is wanted, else acknowledges as 0 does
 *	other		no input, only counted; acknowledges as 0 does
 *
 * The call that consumed a value returns the next one. The shell always has
 * output or wants input, so DBGSH_IDLE is never seen here. It doesn't echo:
 * the client's terminal does.
 *
 * When the shell is off, the session is the line "dbgsh is disabled" and the end,
 * over and over.
 */
#include "core/cpu_note.h"
#include "core/spinlock.h"
#include "hypercall/vmmcall.h"
#include "services/dbgsh.h"
#include "services/shell.h"

#define KEY_CTRL_C	3

/* Not a value of the protocol: no client has called yet */
#define PENDING_FRESH	(-2)

static const char off_text[] = "dbgsh is disabled\n";

static struct {
	struct spinlock lock;
	s32 pending;
	u32 off_pos;		/* next byte of off_text */
	u64 ignored;
} session = {
	.pending = PENDING_FRESH,
};

static struct shell shell;

bool dbgsh_enabled(void)
{
	return boot_info.dbgsh_mode == UV_DBGSH_ALL;
}

u64 dbgsh_ignored(void)
{
	return READ_ONCE(session.ignored);
}

static s32 off_next(void)
{
	char c = off_text[session.off_pos];

	if (!c)
		return DBGSH_ENDED;
	session.off_pos++;
	return c;
}

static s32 session_next(void)
{
	int byte;

	if (!dbgsh_enabled())
		return off_next();
	byte = shell_output(&shell);
	switch (byte) {
	case SHELL_WANTS_INPUT:
		return DBGSH_WANT_INPUT;
	case SHELL_ENDED:
		return DBGSH_ENDED;
	case 0:
		return DBGSH_NUL;
	default:
		return byte;
	}
}

static void session_start(void)
{
	session.off_pos = 0;
	shell_start(&shell);
}

/* Return: whether the value was used up, so that the next one is due */
static bool session_take(s32 in)
{
	bool valid = in >= 0 && in <= DBGSH_NUL;

	if (!valid)
		WRITE_ONCE(session.ignored, session.ignored + 1);
	if (in == KEY_CTRL_C || session.pending == DBGSH_ENDED) {
		session_start();
		return true;
	}
	if (session.pending != DBGSH_WANT_INPUT)
		return true;
	if (!valid || in == 0)
		return false;
	shell_input(&shell, (u8)in);
	return true;
}

/* All but a poll. Return: the value that is pending then */
static noinline s32 session_step(s32 in)
{
	s32 out;

	spin_lock(&session.lock);
	if (session.pending == PENDING_FRESH) {
		/* Nobody can have seen a value that this would be the answer to */
		session_start();
		WRITE_ONCE(session.pending, session_next());
	} else if (in != DBGSH_NO_INPUT && session_take(in)) {
		WRITE_ONCE(session.pending, session_next());
	}
	out = session.pending;
	spin_unlock(&session.lock);
	return out;
}

/* Apart, so that a poll saves no register for it */
static noinline void dbgsh_step(struct vmmcall *call, s32 in)
{
	/* The end of a line starts a command, which may want to show this CPU */
	if (in == '\n' || in == '\r')
		cpu_note_state(this_cpu(), call->regs);
	vmmcall_set_rax(call, session_step(in));
}

static void dbgsh(struct vmmcall *call)
{
	s32 in = (s32)call->regs->rbx;	/* 32 bits at any width of the caller */
	s32 out = READ_ONCE(session.pending);

	if (unlikely(in != DBGSH_NO_INPUT || out == PENDING_FRESH))
		dbgsh_step(call, in);
	else
		vmmcall_set_rax(call, out);
}

VMMCALL_DEFINE(dbgsh, VMMCALL_NAME_DBGSH, dbgsh, VMMCALL_LEVEL_ANY);
