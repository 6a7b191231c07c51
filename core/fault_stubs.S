/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions in root mode. All 32 entries push a vector and, where the CPU pushes
 * none, an error code, save the general registers and call vmm_fault() with a
 * pointer to struct fault_frame (core/fault.h).
 */
#include "core/regs.h"

/* Vectors 8, 10 to 14, 17, 21, 29 and 30 push one: APM vol. 2 section 8.2 */
#define ERROR_CODE_VECTORS	0x60227d00

	.text

	.altmacro
	.macro	fault_entry vector, has_error
	.balign	16
	.if	\has_error == 0
	pushq	$0
	.endif
	pushq	$\vector
	jmp	fault_common
	.endm

	.globl	fault_entries
	.balign	16
fault_entries:
	.set	vector, 0
	.rept	32
	.if	(ERROR_CODE_VECTORS >> vector) & 1
	fault_entry %vector, 1
	.else
	fault_entry %vector, 0
	.endif
	.set	vector, vector + 1
	.endr

	.type	fault_common, @function
fault_common:
	cld
	pushq	%rax
	push_regs_below_rax
	movq	%rsp, %rdi		/* struct fault_frame */
	movq	%rsp, %rbp
	andq	$-16, %rsp		/* the ABI's alignment for the call */
	call	vmm_fault
	movq	%rbp, %rsp

	/*
	 * No IRET: it would end the blocking of NMIs that a guest's NMI handler
	 * relies on (SDM vol. 3 section 6.7.1, APM vol. 2 section 8.2.3). What it
	 * would pop is put where the interrupted code's stack ends instead.
	 */
	movq	136(%rsp), %rcx		/* RIP */
	movq	152(%rsp), %rdx		/* RFLAGS */
	movq	160(%rsp), %rax		/* RSP */
	movq	%rcx, -8(%rax)
	movq	%rdx, -16(%rax)
	subq	$16, %rax
	movq	%rax, 128(%rsp)		/* in the error code's place */
	pop_regs_below_rax
	popq	%rax
	movq	8(%rsp), %rsp
	popfq
	ret
	.size	fault_common, . - fault_common

	.globl	ignore_nmi
	.type	ignore_nmi, @function
ignore_nmi:
	iretq
	.size	ignore_nmi, . - ignore_nmi

	.section .note.GNU-stack, "", @progbits
