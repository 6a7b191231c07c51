/* SPDX-License-Identifier: GPL-2.0-only */
/* Raw VM calls: all registers in, all registers out. See vmm_call.S. */
#ifndef VMM_CALL_H
#define VMM_CALL_H

#include "uapi/vmmcall_abi.h"

/* CF PF AF ZF SF DF OF: the flags that a program can set and see unchanged */
#define VMM_FLAGS	0xcd5

/**
 * struct vmm_regs - registers around one VM call
 *
 * Of @flags only VMM_FLAGS are loaded; all are stored. The order is known to
 * vmm_call.S.
 */
struct vmm_regs {
	unsigned long rax, rbx, rcx, rdx, rsi, rdi, rbp;
#ifdef __x86_64__
	unsigned long r8, r9, r10, r11, r12, r13, r14, r15;
#endif
	unsigned long flags;
};

/*
 * Execute VMCALL or VMMCALL with these registers and tell what they are afterwards.
 * Return: 0, or -1 if the instruction raised SIGILL or SIGSEGV (then *regs is
 * as it was). Needs vmm_catch_faults().
 */
int vmm_raw_vmcall(struct vmm_regs *regs);
int vmm_raw_vmmcall(struct vmm_regs *regs);

/* Where a fault is one of the instruction's, and where to go on then */
extern char vmm_raw_vmcall_insn[], vmm_raw_vmmcall_insn[], vmm_raw_failed[];

#ifdef __x86_64__
/* The same in 32-bit code of this 64-bit program, upper halves as given */
int vmm_compat_vmcall(struct vmm_regs *regs);
int vmm_compat_vmmcall(struct vmm_regs *regs);
#endif

#endif /* VMM_CALL_H */
