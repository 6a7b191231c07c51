/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For assembly: a VM call to the hypervisor beneath us, with the guest's registers. All
 * general registers are the guest's but RSP, and what the hypervisor leaves in them is the
 * guest's again; vector registers are never anybody else's.
 */
#ifndef CORE_OUTER_CALL_H
#define CORE_OUTER_CALL_H

#include "core/extable.h"
#include "core/regs.h"

/* struct guest_regs, core/guest_state.h */
#define OUTER_RDI	64
#define OUTER_RAX	112

	/* Those between R15, the first one, and RDI, and those between RDI and the end */
	.macro	outer_move_all from_regs
	outer_move	\from_regs, 0, %r15
	outer_move	\from_regs, 8, %r14
	outer_move	\from_regs, 16, %r13
	outer_move	\from_regs, 24, %r12
	outer_move	\from_regs, 32, %r11
	outer_move	\from_regs, 40, %r10
	outer_move	\from_regs, 48, %r9
	outer_move	\from_regs, 56, %r8
	outer_move	\from_regs, 72, %rsi
	outer_move	\from_regs, 80, %rbp
	outer_move	\from_regs, 88, %rbx
	outer_move	\from_regs, 96, %rdx
	outer_move	\from_regs, 104, %rcx
	outer_move	\from_regs, OUTER_RAX, %rax
	.endm

	.macro	outer_move from_regs, offset, reg
	.if	\from_regs
	movq	\offset(%rdi), \reg
	.else
	movq	\reg, \offset(%rdi)
	.endif
	.endm

	/*
	 * bool \name(struct guest_regs *regs) - make the call by \instruction
	 *
	 * A hypervisor that does not know the instruction answers with #UD: false then,
	 * and the registers are as they were.
	 */
	.macro	outer_call name, instruction:vararg
	.globl	\name
	.type	\name, @function
\name:
	push_callee_saved
	pushq	%rdi
	outer_move_all 1
	movq	OUTER_RDI(%rdi), %rdi
.Louter_call:
	\instruction
	EXTABLE	.Louter_call, .Louter_refused
	xchgq	%rdi, (%rsp)		/* the registers, and the RDI that came back */
	outer_move_all 0
	popq	%rax
	movq	%rax, OUTER_RDI(%rdi)
	movl	$1, %eax
	pop_callee_saved
	ret
.Louter_refused:
	popq	%rdi
	xorl	%eax, %eax
	pop_callee_saved
	ret
	.size	\name, . - \name
	.endm

#endif /* CORE_OUTER_CALL_H */
