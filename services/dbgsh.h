/* SPDX-License-Identifier: GPL-2.0-only */
/* What the rest of the VMM may know about the debug shell's session. */
#ifndef SERVICES_DBGSH_H
#define SERVICES_DBGSH_H

#include "core/types.h"

/* Who may use the shell: "off", "root" or "on" */
const char *dbgsh_mode_name(void);

/* How often somebody who may not use it was told so */
u64 dbgsh_refused(void);

/* How many values came in that are no byte, no NUL and no poll */
u64 dbgsh_ignored(void);

/* The longest wait for a session's lock so far, in times that others held it */
u32 dbgsh_longest_wait(void);

#endif /* SERVICES_DBGSH_H */
