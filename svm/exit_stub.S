/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into the guest and out of it. APM vol. 2 sections 15.5 and 15.6: VMRUN and #VMEXIT
 * switch RAX, RSP, RIP, RFLAGS, CR0, CR3, CR4, EFER, the GDTR, IDTR and the
 * segments CS, SS, DS, ES; VMLOAD and VMSAVE the rest of the system state, TR among
 * them, which root mode needs for its IST stacks. The general registers are ours.
 *
 * GIF is 0 all the time that the VMM runs: VMRUN sets it, #VMEXIT clears it.
 */
#include "core/regs.h"

	.text
/*
 * void svm_run(const struct svm_run_args *args, const struct guest_regs *regs)
 *
 * The stack is rebuilt from its top, for good:
 *	+0	guest registers, RAX last
 *	+120	VMCB, host-physical
 *	+128	VMSAVE area of the VMM, host-physical
 *	+136	padding to 16
 */
	.globl	svm_run
	.type	svm_run, @function
svm_run:
	movq	%rsp, %rax
	orq	$0x1fff, %rax		/* the last byte of the 8 KiB stack */
	leaq	-143(%rax), %rdx	/* the frame above ends at the top */
	movq	0(%rdi), %rcx
	movq	%rcx, 120(%rdx)
	movq	8(%rdi), %rcx
	movq	%rcx, 128(%rdx)
	movq	%rdx, %rdi		/* copy the registers, upwards */
	movl	$15, %ecx
	rep movsq
	movq	%rdx, %rsp

.Lenter:
	pop_regs_below_rax
	movq	8(%rsp), %rax		/* the VMCB; guest RAX is in it */
	vmload	%rax
	vmrun	%rax
	vmsave	%rax
	push_regs_below_rax			/* RAX's slot was left where it is */
	movq	128(%rsp), %rax
	vmload	%rax			/* the VMM's TR */
	movq	%rsp, %rdi
	call	svm_exit
	jmp	.Lenter
	.size	svm_run, . - svm_run

	.section .note.GNU-stack, "", @progbits
