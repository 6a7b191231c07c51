/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into the guest and out of it. SDM vol. 3 sections 26.3 and 27.5: VM entry and VM
 * exit switch RSP, RIP, RFLAGS, CR0, CR3, CR4, the segments, GDTR, IDTR, TR, DR7,
 * DEBUGCTL, EFER, PAT and the SYSENTER MSRs. The general registers and CR2 are ours.
 *
 * NMIs can come at any time. Their handler counts them on the stack, and the way in
 * looks at the count last. Between that look and the guest's first instruction lie
 * the pops: an NMI in there makes the way in start again from the look. The handler
 * has a stack of its own, so what was popped is still there.
 */
#include "core/regs.h"

#define CR2		120		/* struct vmx_stack, vmx/vmx.h */
#define NMIS		128
#define MCES		132
#define STACK_SIZE	144
#define SLOT_MASK	0xffff		/* of a CPU's slot, core/boot.h */

	.text
/* void vmx_launch(struct vmx_stack *stack): the first entry, all registers zero */
	.globl	vmx_launch
	.type	vmx_launch, @function
vmx_launch:
	movq	%rdi, %rsp
.Llaunch_look:
	cmpq	$0, NMIS(%rsp)
	jne	.Llaunch_events
	movq	CR2(%rsp), %rax
	movq	%rax, %cr2
	xorl	%eax, %eax
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xorl	%ebx, %ebx
	xorl	%ebp, %ebp
	xorl	%esi, %esi
	xorl	%edi, %edi
	xorl	%r8d, %r8d
	xorl	%r9d, %r9d
	xorl	%r10d, %r10d
	xorl	%r11d, %r11d
	xorl	%r12d, %r12d
	xorl	%r13d, %r13d
	xorl	%r14d, %r14d
	xorl	%r15d, %r15d
	vmlaunch
.Llaunch_end:
	call	vmx_launch_failed
	ud2
.Llaunch_events:
	movq	%rsp, %rdi
	call	vmx_events
	jmp	.Llaunch_look
	.size	vmx_launch, . - vmx_launch

/* Where a VM exit comes out: RSP is behind the guest's registers in struct vmx_stack */
	.globl	vmx_exit_entry
	.type	vmx_exit_entry, @function
vmx_exit_entry:
	pushq	%rax
	push_regs_below_rax
	movq	%cr2, %rax
	movq	%rax, CR2(%rsp)
	movq	%rsp, %rdi
	call	vmx_exit
.Lenter:
	movq	%cr2, %rax
	cmpq	CR2(%rsp), %rax
	jne	.Lrestore_cr2
.Llook:
	cmpq	$0, NMIS(%rsp)
	jne	.Levents
	pop_regs_below_rax
	popq	%rax
	vmresume
.Lend:
	subq	$CR2, %rsp		/* back to where calls find it aligned */
	call	vmx_resume_failed
	ud2
.Levents:
	movq	%rsp, %rdi
	call	vmx_events
	jmp	.Llook
.Lrestore_cr2:
	movq	CR2(%rsp), %rax
	movq	%rax, %cr2
	jmp	.Llook
	.size	vmx_exit_entry, . - vmx_exit_entry

/* void vmx_resume(struct vmx_stack *stack): as if an exit had been carried out */
	.globl	vmx_resume
	.type	vmx_resume, @function
vmx_resume:
	movq	%rdi, %rsp
	jmp	.Lenter
	.size	vmx_resume, . - vmx_resume

/*
 * An NMI in root mode. Whatever stack this is, it lies in the CPU's slot. IRETQ ends the
 * blocking of NMIs, rightly: one could only come because there was none.
 */
	.globl	vmx_nmi_entry
	.type	vmx_nmi_entry, @function
	.balign	16
vmx_nmi_entry:
	pushq	%rax
	pushq	%rdx
	movq	%rsp, %rax
	orq	$SLOT_MASK, %rax
	subq	$STACK_SIZE - 1, %rax	/* struct vmx_stack */
	incl NMIS(%rax)
	movq	16(%rsp), %rdx		/* RIP */
	call	.Lwas_entering
	popq	%rdx
	popq	%rax
	iretq
	.size	vmx_nmi_entry, . - vmx_nmi_entry

/*
 * RDX: the interrupted RIP; RAX: struct vmx_stack. On the stack: return address, RDX,
 * RAX, RIP, CS, RFLAGS, RSP. The way in starts again if it had looked already.
 */
	.type	.Lwas_entering, @function
.Lwas_entering:
	pushq	%rcx
	leaq	.Llook(%rip), %rcx
	cmpq	%rcx, %rdx
	jb	1f
	leaq	.Lend(%rip), %rcx
	cmpq	%rcx, %rdx
	leaq	.Llook(%rip), %rcx
	jb	2f
1:	leaq	.Llaunch_look(%rip), %rcx
	cmpq	%rcx, %rdx
	jb	3f
	leaq	.Llaunch_end(%rip), %rcx
	cmpq	%rcx, %rdx
	leaq	.Llaunch_look(%rip), %rcx
	jae	3f
2:	movq	%rcx, 32(%rsp)		/* RIP */
	movq	%rax, 56(%rsp)		/* RSP */
3:	popq	%rcx
	ret

/*
 * A machine check in root mode: the guest's, as all memory and all devices are. It goes
 * on where it was, and not by IRETQ: NMIs may have to stay blocked. The words below
 * the interrupted RSP are free; before the first VM exit the frame lies there, but its
 * upper two words are needed no more.
 */
	.globl	vmx_mce_entry
	.type	vmx_mce_entry, @function
	.balign	16
vmx_mce_entry:
	pushq	%rax
	pushq	%rdx
	movq	%rsp, %rax
	orq	$SLOT_MASK, %rax
	subq	$STACK_SIZE - 1, %rax
	incl MCES(%rax)
	movq	16(%rsp), %rdx
	call	.Lwas_entering
	movq	40(%rsp), %rax		/* RSP */
	movq	16(%rsp), %rdx		/* RIP */
	movq	%rdx, -8(%rax)
	movq	32(%rsp), %rdx		/* RFLAGS */
	movq	%rdx, -16(%rax)
	subq	$16, %rax
	movq	%rax, 16(%rsp)		/* in RIP's place */
	popq	%rdx
	popq	%rax
	movq	(%rsp), %rsp
	popfq
	ret
	.size	vmx_mce_entry, . - vmx_mce_entry

	.section .note.GNU-stack, "", @progbits
