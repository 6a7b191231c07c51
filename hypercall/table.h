/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of VM calls, as registration fills it and the dispatcher reads it. */
#ifndef HYPERCALL_TABLE_H
#define HYPERCALL_TABLE_H

#include "hypercall/vmmcall.h"

/* struct vmmcall_entry - what the dispatcher needs of a function */
struct vmmcall_entry {
	vmmcall_func_t func;
	u32 levels;
	u32 name_len;		/* bytes, the NUL not counted */
	const char *name;
};

/**
 * struct vmmcall_table - all functions; number VMMCALL_FIRST_NUMBER is entry[0]
 * @count: entries in use
 * @entry: the functions
 *
 * Written at the image's start only, before any guest runs: no lock.
 */
struct vmmcall_table {
	u32 count;
	struct vmmcall_entry entry[VMMCALL_MAX_FUNCTIONS];
};

extern struct vmmcall_table vmmcall_table;

/**
 * vmmcall_lookup() - find a function by its name
 * @name: any bytes
 * @len: their number
 * Return: the function's number, or 0.
 */
u32 vmmcall_lookup(const char *name, u32 len);

/**
 * vmmcall_outer() - a call with a number that is the hypervisor's beneath us
 * @call: the call; rax is its number, 1 to 63, and gets the answer
 * @is64: whether the caller runs 64-bit code
 */
void vmmcall_outer(struct vmmcall *call, bool is64);

#endif /* HYPERCALL_TABLE_H */
