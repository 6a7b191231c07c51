// SPDX-License-Identifier: GPL-2.0-only
/* The debug shell's sessions: who has which, and what they have to say. */
#include "services/dbgsh.h"
#include "services/dbgsh_session.h"

static const char off_text[] = "dbgsh is disabled\n";

static struct shell the_shell;

struct dbgsh_session dbgsh_sessions[2] = {
	{ .pending = DBGSH_FRESH },
	{ .pending = DBGSH_FRESH, .shell = &the_shell },
};

bool dbgsh_enabled(void)
{
	return boot_info.dbgsh_mode == UV_DBGSH_ALL;
}

u64 dbgsh_ignored(void)
{
	return READ_ONCE(dbgsh_sessions[0].ignored) +
	       READ_ONCE(dbgsh_sessions[1].ignored);
}

struct dbgsh_session *dbgsh_lock(const struct vmmcall *call)
{
	struct dbgsh_session *session = dbgsh_session_of(call);

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
	if (session->shell)
		shell_start(session->shell, bulk);
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
