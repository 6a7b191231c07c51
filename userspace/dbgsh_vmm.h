/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The calls that reach the debug shell; Documentation/vmm-call-abi.md. */
#ifndef DBGSH_VMM_H
#define DBGSH_VMM_H

#include <stddef.h>

#include "../uapi/vmmcall_abi.h"

#define CTRL_C	0x03

/**
 * vmm_find_shell() - look the functions up
 *
 * Ends the program if there is no shell.
 *
 * Return: 1 if there is a bulk call, else 0.
 */
int vmm_find_shell(void);

/**
 * vmm_byte() - one byte-wise call
 * @input: DBGSH_NO_INPUT, or what to give
 *
 * This and the following end the program if the VMM was unloaded.
 *
 * Return: what the shell has to say: DBGSH_...
 */
int vmm_byte(int input);

/**
 * struct vmm_bulk - a bulk call
 * @flags: DBGSH_BULK_...
 * @in: the input
 * @in_length: its length; what was consumed is taken off both
 * @out: the output
 * @out_length: its length
 * @failed: the shell says that a command failed
 */
struct vmm_bulk {
	int flags;
	const char *in;
	size_t in_length;
	char *out;
	size_t out_length;
	int failed;
};

/**
 * vmm_bulk() - one bulk call
 * @bulk: what goes in and comes out; flags are cleared
 *
 * Return: DBGSH_WANT_INPUT, DBGSH_BULK_MORE or DBGSH_ENDED.
 */
int vmm_bulk(struct vmm_bulk *bulk);

/**
 * vmm_visit_cpus() - let the VMM note the state of every CPU that we may run on
 *
 * The affinity of the process is as before then.
 */
void vmm_visit_cpus(void);

#endif /* DBGSH_VMM_H */
