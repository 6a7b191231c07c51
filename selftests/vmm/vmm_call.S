/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Raw VM calls for the tests, in 64-bit and 32-bit code: struct vmm_regs in
 * vmm_call.h gives the registers and gets them back. A signal handler turns a fault of
 * the instruction into the return value -1 by going on at vmm_raw_failed.
 */
#define FLAGS_MASK	0xcd5

	.text

#ifdef __x86_64__

#include "core/regs.h"

#define FLAGS	120

.macro save_callee
	push_callee_saved
	pushq	%rdi			/* the structure, found at (%rsp) later */
.endm

/* The flags wanted, in what we have */
.macro load_flags
	pushfq
	popq	%rax
	andq	$~FLAGS_MASK, %rax
	movq	FLAGS(%rdi), %rcx
	andq	$FLAGS_MASK, %rcx
	orq	%rcx, %rax
	pushq	%rax
	popfq
.endm

.macro load_regs
	movq	8(%rdi), %rbx
	movq	16(%rdi), %rcx
	movq	24(%rdi), %rdx
	movq	32(%rdi), %rsi
	movq	48(%rdi), %rbp
	movq	56(%rdi), %r8
	movq	64(%rdi), %r9
	movq	72(%rdi), %r10
	movq	80(%rdi), %r11
	movq	88(%rdi), %r12
	movq	96(%rdi), %r13
	movq	104(%rdi), %r14
	movq	112(%rdi), %r15
	movq	0(%rdi), %rax
	movq	40(%rdi), %rdi
.endm

/* No flag may change before PUSHFQ. */
.macro store_regs
	pushq	%rax
	movq	8(%rsp), %rax
	movq	%rbx, 8(%rax)
	movq	%rcx, 16(%rax)
	movq	%rdx, 24(%rax)
	movq	%rsi, 32(%rax)
	movq	%rdi, 40(%rax)
	movq	%rbp, 48(%rax)
	movq	%r8, 56(%rax)
	movq	%r9, 64(%rax)
	movq	%r10, 72(%rax)
	movq	%r11, 80(%rax)
	movq	%r12, 88(%rax)
	movq	%r13, 96(%rax)
	movq	%r14, 104(%rax)
	movq	%r15, 112(%rax)
	popq	0(%rax)
	pushfq
	popq	FLAGS(%rax)
.endm

.macro restore_callee
	popq	%rdi
	pop_callee_saved
.endm

#else /* 32-bit */

#define FLAGS	28

.macro save_callee
	pushl	%ebx
	pushl	%ebp
	pushl	%esi
	pushl	%edi
	movl	20(%esp), %edi
	pushl	%edi			/* the structure, found at (%esp) later */
.endm

.macro load_flags
	pushfl
	popl	%eax
	andl	$~FLAGS_MASK, %eax
	movl	FLAGS(%edi), %ecx
	andl	$FLAGS_MASK, %ecx
	orl	%ecx, %eax
	pushl	%eax
	popfl
.endm

.macro load_regs
	movl	4(%edi), %ebx
	movl	8(%edi), %ecx
	movl	12(%edi), %edx
	movl	16(%edi), %esi
	movl	24(%edi), %ebp
	movl	0(%edi), %eax
	movl	20(%edi), %edi
.endm

.macro store_regs
	pushl	%eax
	movl	4(%esp), %eax
	movl	%ebx, 4(%eax)
	movl	%ecx, 8(%eax)
	movl	%edx, 12(%eax)
	movl	%esi, 16(%eax)
	movl	%edi, 20(%eax)
	movl	%ebp, 24(%eax)
	popl	0(%eax)
	pushfl
	popl	FLAGS(%eax)
.endm

.macro restore_callee
	popl	%edi
	popl	%edi
	popl	%esi
	popl	%ebp
	popl	%ebx
.endm

#endif

.macro define_call name bytes:vararg
	.globl	vmm_raw_\name, vmm_raw_\name\()_insn
	.type	vmm_raw_\name, @function
vmm_raw_\name:
	save_callee
	load_flags
	load_regs
vmm_raw_\name\()_insn:
	.byte	\bytes
	store_regs
	cld
	xorl	%eax, %eax
	restore_callee
	ret
	.size	vmm_raw_\name, . - vmm_raw_\name
.endm

define_call vmcall	0x0f, 0x01, 0xc1
define_call vmmcall	0x0f, 0x01, 0xd9

	.globl	vmm_raw_failed
vmm_raw_failed:
	cld
	movl	$-1, %eax
	restore_callee
	ret

#ifdef __x86_64__
/*
 * 32-bit code in a 64-bit program: a far jump through the kernel's 32-bit user code
 * segment and another one back (this program is linked below 4 GiB) keep the upper
 * halves of all registers as they are. No far call: QEMU's pushes as the kernel does,
 * which SMAP forbids. One thread at a time.
 */
#define USER32_CS	0x23
#define USER_CS		0x33

.macro define_compat name bytes:vararg
	.code32
compat_\name\()_code:
	.byte	\bytes
	/* A 64-bit program's DS may be null, which counts in 32-bit code */
	ljmp	*%cs:compat_\name\()_back
	.code64
	.data
compat_\name\()_far:
	.long	compat_\name\()_code
	.word	USER32_CS
compat_\name\()_back:
	.long	compat_\name\()_done
	.word	USER_CS
	.text
	.globl	vmm_compat_\name
	.type	vmm_compat_\name, @function
vmm_compat_\name:
	save_callee
	movq	%rsp, compat_rsp
	load_flags
	load_regs
	ljmp	*compat_\name\()_far
compat_\name\()_done:
	movq	compat_rsp, %rsp
	store_regs
	cld
	xorl	%eax, %eax
	restore_callee
	ret
	.size	vmm_compat_\name, . - vmm_compat_\name
.endm

define_compat vmcall	0x0f, 0x01, 0xc1
define_compat vmmcall	0x0f, 0x01, 0xd9

	.bss
	.balign	8
compat_rsp:
	.quad	0
#endif

	.section .note.GNU-stack, "", @progbits
