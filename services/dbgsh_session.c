// SPDX-License-Identifier: GPL-2.0-only
/* The debug shell's sessions: who has which, and what they have to say. */
#include "core/log.h"
#include "services/dbgsh.h"
#include "services/dbgsh_session.h"

static const char off_text[] = "dbgsh is disabled\n";

static struct shell the_shell;

struct dbgsh_session dbgsh_sessions[2] = {
	{ .pending = DBGSH_FRESH },
	{ .pending = DBGSH_FRESH, .shell = &the_shell },
};

u64 dbgsh_vouched = DBGSH_NOBODY;

const char *dbgsh_mode_name(void)
{
	switch (boot_info.dbgsh_mode) {
	case UV_DBGSH_ALL:
		return "on";
	case UV_DBGSH_ROOT:
		return "root";
	default:
		return "off";
	}
}

u64 dbgsh_refused(void)
{
	return READ_ONCE(dbgsh_sessions[0].begun);
}

u64 dbgsh_ignored(void)
{
	return READ_ONCE(dbgsh_sessions[0].ignored) +
	       READ_ONCE(dbgsh_sessions[1].ignored);
}

u32 dbgsh_longest_wait(void)
{
	u32 a = spin_longest_wait(&dbgsh_sessions[0].lock);
	u32 b = spin_longest_wait(&dbgsh_sessions[1].lock);

	return a > b ? a : b;
}

struct dbgsh_session *dbgsh_lock(const struct vmmcall *call)
{
	struct dbgsh_session *session = &dbgsh_sessions[1];

	if (dbgsh_admits(call)) {
		spin_lock(&session->lock);
		/* Somebody else may have been vouched for meanwhile */
		if (dbgsh_admits(call)) {
			shell_renew(session->shell);
			return session;
		}
		spin_unlock(&session->lock);
	}
	session = &dbgsh_sessions[0];
	spin_lock(&session->lock);
	return session;
}

void dbgsh_unlock(struct dbgsh_session *session)
{
	spin_unlock(&session->lock);
}

void dbgsh_start(struct dbgsh_session *session, bool bulk)
{
	session->bulk = bulk;
	WRITE_ONCE(session->pending, DBGSH_FRESH);
	session->off_pos = 0;
	WRITE_ONCE(session->begun, session->begun + 1);
	if (session->shell)
		shell_start(session->shell, bulk);
	else if (boot_info.dbgsh_mode == UV_DBGSH_ROOT)
		vmm_log_guest(LOG_WARNING,
			      "dbgsh: a caller who isn't vouched for");
}

void dbgsh_vouch(u64 table)
{
	struct dbgsh_session *session = &dbgsh_sessions[1];

	spin_lock(&session->lock);
	WRITE_ONCE(dbgsh_vouched, table);
	dbgsh_start(session, false);
	spin_unlock(&session->lock);
}

int dbgsh_peek(struct dbgsh_session *session, const char **text)
{
	u32 left = sizeof(off_text) - 1 - session->off_pos;

	if (session->shell)
		return shell_peek(session->shell, text);
	*text = off_text + session->off_pos;
	return left ? (int)left : SHELL_ENDED;
}

void dbgsh_skip(struct dbgsh_session *session, u32 len)
{
	if (session->shell)
		shell_skip(session->shell, len);
	else
		session->off_pos += len;
}
