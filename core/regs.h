/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For assembly: the general registers on the stack, in the order of struct guest_regs
 * (core/cpu.h) from below: R15 to R8, RDI, RSI, RBP, RBX, RDX, RCX; RAX above them is
 * each stub's own matter. The driver's switch page, the VMM's stubs and the tests use
 * the same ones.
 */
#ifndef CORE_REGS_H
#define CORE_REGS_H

	.macro	push_regs_below_rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rbx
	pushq	%rbp
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	.endm

	.macro	pop_regs_below_rax
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rdi
	popq	%rsi
	popq	%rbp
	popq	%rbx
	popq	%rdx
	popq	%rcx
	.endm

	/* Those that a function keeps for its caller (System V ABI for x86-64) */
	.macro	push_callee_saved
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	.endm

	.macro	pop_callee_saved
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	.endm

#endif /* CORE_REGS_H */
