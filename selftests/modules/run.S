/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * void uvtest_run_NAME(struct uvtest_regs *regs) - execute one instruction with
 * all general registers but rsp taken from *regs, and put there what they are
 * afterwards; or the vector alone if it raised an exception.
 */
#include <linux/cfi_types.h>
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/extable_fixup_types.h>

#include "core/regs.h"
#include "uvtest.h"

#define GPR(n)	(8 * (n))

.macro load_gprs
	movq	GPR(UVTEST_RBX)(%rdi), %rbx
	movq	GPR(UVTEST_RCX)(%rdi), %rcx
	movq	GPR(UVTEST_RDX)(%rdi), %rdx
	movq	GPR(UVTEST_RSI)(%rdi), %rsi
	movq	GPR(UVTEST_RBP)(%rdi), %rbp
	movq	GPR(7)(%rdi), %r8
	movq	GPR(8)(%rdi), %r9
	movq	GPR(9)(%rdi), %r10
	movq	GPR(10)(%rdi), %r11
	movq	GPR(11)(%rdi), %r12
	movq	GPR(12)(%rdi), %r13
	movq	GPR(13)(%rdi), %r14
	movq	GPR(14)(%rdi), %r15
	movq	GPR(UVTEST_RAX)(%rdi), %rax
	movq	GPR(UVTEST_RDI)(%rdi), %rdi
.endm

/* All but rax to the structure that rax points to */
.macro store_gprs
	movq	%rbx, GPR(UVTEST_RBX)(%rax)
	movq	%rcx, GPR(UVTEST_RCX)(%rax)
	movq	%rdx, GPR(UVTEST_RDX)(%rax)
	movq	%rsi, GPR(UVTEST_RSI)(%rax)
	movq	%rdi, GPR(UVTEST_RDI)(%rax)
	movq	%rbp, GPR(UVTEST_RBP)(%rax)
	movq	%r8, GPR(7)(%rax)
	movq	%r9, GPR(8)(%rax)
	movq	%r10, GPR(9)(%rax)
	movq	%r11, GPR(10)(%rax)
	movq	%r12, GPR(11)(%rax)
	movq	%r13, GPR(12)(%rax)
	movq	%r14, GPR(13)(%rax)
	movq	%r15, GPR(14)(%rax)
.endm

.macro define_run name bytes:vararg
SYM_TYPED_FUNC_START(uvtest_run_\name)
	push_callee_saved
	pushq	%rdi
	/* The flags wanted, in what the kernel has */
	pushfq
	popq	%rax
	andq	$~UVTEST_FLAGS, %rax
	movq	UVTEST_OFF_RFLAGS(%rdi), %rcx
	andq	$UVTEST_FLAGS, %rcx
	orq	%rcx, %rax
	pushq	%rax
	popfq
	load_gprs
1:	.byte	\bytes
	/* Nothing until PUSHFQ changes a flag. */
	pushq	%rax
	movq	8(%rsp), %rax
	store_gprs
	popq	GPR(UVTEST_RAX)(%rax)
	pushfq
	popq	UVTEST_OFF_RFLAGS(%rax)
	movl	$0, UVTEST_OFF_VECTOR(%rax)
	jmp	3f
2:	/* The exception table's entry has put the vector in eax. */
	movq	(%rsp), %rcx
	movl	%eax, UVTEST_OFF_VECTOR(%rcx)
3:	popq	%rdi
	pop_callee_saved
	RET
	_ASM_EXTABLE_TYPE(1b, 2b, EX_TYPE_FAULT)
SYM_FUNC_END(uvtest_run_\name)
.endm

define_run vmmcall	0x0f, 0x01, 0xd9
define_run vmcall	0x0f, 0x01, 0xc1
define_run vmrun	0x0f, 0x01, 0xd8
define_run vmload	0x0f, 0x01, 0xda
define_run vmsave	0x0f, 0x01, 0xdb
define_run stgi		0x0f, 0x01, 0xdc
define_run clgi		0x0f, 0x01, 0xdd
define_run skinit	0x0f, 0x01, 0xde
define_run invlpga	0x0f, 0x01, 0xdf
define_run vmxon	0xf3, 0x0f, 0xc7, 0x30
define_run vmxoff	0x0f, 0x01, 0xc4
define_run vmlaunch	0x0f, 0x01, 0xc2
define_run vmptrld	0x0f, 0xc7, 0x30
define_run vmread	0x0f, 0x78, 0xc1
define_run xsetbv	0x0f, 0x01, 0xd1
define_run read_cr4	0x0f, 0x20, 0xe0
define_run write_cr4	0x0f, 0x22, 0xe0
define_run getsec	0x0f, 0x37
define_run invd		0x0f, 0x08
define_run read_cr0	0x0f, 0x20, 0xc0
define_run write_cr0	0x0f, 0x22, 0xc0
