/* SPDX-License-Identifier: GPL-2.0-only */
/* core/outer_call.h with instructions that a process can execute: see test_outer_call.c. */
#include "core/outer_call.h"

	.text
	outer_call call_taken call hypervisor

	/* What a CPU has in its registers when the call is made goes to the array seen, and
	 * what the array answer has comes back. Both are in the order of struct guest_regs.
	 */
hypervisor:
	pushq	%rax
	push_regs_below_rax
	leaq	seen(%rip), %rdi
	movq	%rsp, %rsi
	movl	$15, %ecx
	cld
	rep movsq
	leaq	answer(%rip), %rsi
	movq	%rsp, %rdi
	movl	$15, %ecx
	rep movsq
	pop_regs_below_rax
	popq	%rax
	ret

	.section .note.GNU-stack, "", @progbits
