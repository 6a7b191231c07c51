/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The debug shell's sessions as they are when the VMM starts. services/dbgsh_session.c
 * is included for the sake of its state.
 */
#ifndef DBGSH_STATE_H
#define DBGSH_STATE_H

#include "unit.h"
#include "services/dbgsh_session.c"
#include "hypercall/table.h"
#include "mock/mock.h"

static inline void dbgsh_reset(void)
{
	u32 bad;

	mock_reset();
	memset(&vmmcall_table, 0, sizeof(vmmcall_table));
	assert_int_equal(vmmcall_init(&bad), 0);
	memset(dbgsh_sessions, 0, sizeof(dbgsh_sessions));
	dbgsh_sessions[0].pending = DBGSH_FRESH;
	dbgsh_sessions[1].pending = DBGSH_FRESH;
	dbgsh_sessions[1].shell = &the_shell;
	/* What is not set up shows */
	memset(&the_shell, 0xee, sizeof(the_shell));
}

#endif /* DBGSH_STATE_H */
