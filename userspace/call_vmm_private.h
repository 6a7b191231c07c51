/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the files of libvmmcall share among themselves. */
#ifndef CALL_VMM_PRIVATE_H
#define CALL_VMM_PRIVATE_H

#include "call_vmm.h"

#ifdef __x86_64__
#define CALL_VMM_SYSV	__attribute__((sysv_abi))
#else
#define CALL_VMM_SYSV	__attribute__((cdecl))
#endif

/**
 * call_vmm_raw() - execute one stub, whatever comes of it
 * @stub: an instruction and a "ret"
 * @regs: the registers, in and out
 *
 * Unguarded: without a VMM, the instruction raises a fault in the caller.
 */
CALL_VMM_SYSV void call_vmm_raw(const void *stub, call_vmm_ret_t *regs);

/* The library's own stubs, CALL_VMM_STUB_SIZE bytes each, VMCALL first. */
extern const char call_vmm_stubs[];

/**
 * call_vmm_os_try() - execute one stub, and survive its fault
 * @stub: an instruction and a "ret"
 * @regs: the registers, in and out; unchanged after a fault
 *
 * All that differs between operating systems is behind this one function.
 *
 * Return: 1 if the instruction was carried out, 0 if it raised a fault.
 */
int call_vmm_os_try(const void *stub, call_vmm_ret_t *regs);

#endif /* CALL_VMM_PRIVATE_H */
