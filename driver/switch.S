/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The switch page: the only code that two address spaces share. Linux has it as
 * text of this module; the VMM has a copy of its own at the same address, which
 * no guest can write. The CR3 write takes effect between two instructions that
 * are the same in both.
 *
 * NMIs: CLGI is the first thing on the way in and STGI the last but the EFER write
 * on the way out, so no interrupt, NMI or machine check meets a half-switched CPU
 * (AMD APM vol. 2 section 15.17). At both ends Linux's stack, GDT, IDT and TR are in
 * place.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/asm.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>
#include <asm/unwind_hints.h>
#include "core/boot_offsets.h"
#include "core/regs.h"
#include "driver/compat.h"
#include "driver/switch_macros.S"

#define VMMCALL		.byte 0x0f, 0x01, 0xd9

	.section .text.undervisor_switch, "ax"
	.balign	4096
SYM_DATA_START(uv_switch_page)
	ANNOTATE_NOENDBR
SYM_DATA_END(uv_switch_page)

/* s64 uv_switch_enter(struct uv_switch_frame *frame) */
SYM_FUNC_START(uv_switch_enter)
	ENDBR
	pushfq
	push_callee_saved
	save_linux .Lentered

	/* SVM on: CLGI needs it */
	btsl	$12, %eax		/* EFER.SVME */
	wrmsr
	clgi

	movq	UV_FRAME_VMM_CR3(%rdi), %rax
	movq	UV_FRAME_VMM_ENTRY(%rdi), %rdx
	movq	UV_FRAME_VMM_RSP(%rdi), %rsp
	movq	%rax, %cr3
	/* The VMM's address space */
	ANNOTATE_RETPOLINE_SAFE
	jmp	*%rdx

.Lentered:
	ANNOTATE_NOENDBR
	/* Linux again: a guest with 0 in RAX, or bare metal with an error in it */
	pop_callee_saved
	popfq
	RET
SYM_FUNC_END(uv_switch_enter)
_ASM_NOKPROBE(uv_switch_enter)
STACK_FRAME_NON_STANDARD uv_switch_enter

/*
 * The way out, run in the VMM's copy. RAX: Linux's CR3; RDI: the frame, as Linux
 * maps it. GIF is 0, Linux's CR0, CR4, GDT, IDT, TR, FS, GS are loaded.
 */
SYM_CODE_START(uv_switch_leave)
	ANNOTATE_NOENDBR
	UV_UNWIND_HINT_NONE
	movq	%rax, %cr3
	/* Linux's address space */
	leaq	UV_FRAME_OUT_GPR(%rdi), %rsp
	movw	UV_FRAME_DS(%rdi), %ds
	movw	UV_FRAME_ES(%rdi), %es
	/* Whatever waited comes now, on Linux's IDT, IST and TR: all are in place.
	 * GIF must be 1 before SVME goes (section 15.17).
	 */
	stgi
	movl	$MSR_EFER, %ecx
	movl	UV_FRAME_EFER(%rdi), %eax
	movl	UV_FRAME_EFER+4(%rdi), %edx
	wrmsr
	pop_regs_below_rax
	popq	%rax
	iretq
SYM_CODE_END(uv_switch_leave)
_ASM_NOKPROBE(uv_switch_leave)

/* s64 uv_switch_call(u32 number, u64 arg) */
SYM_FUNC_START(uv_switch_call)
	ENDBR
	pushq	%rbx
	movl	%edi, %eax
	movq	%rsi, %rbx
	xorl	%ecx, %ecx
SYM_INNER_LABEL(uv_switch_call_begin, SYM_L_GLOBAL)
	ANNOTATE_NOENDBR
1:	VMMCALL
SYM_INNER_LABEL(uv_switch_call_end, SYM_L_GLOBAL)
	ANNOTATE_NOENDBR
2:	popq	%rbx
	RET
	no_vmm	1b, 2b
SYM_FUNC_END(uv_switch_call)

	/* Nothing else may share the page. INT3, not a jump over no-ops, for objtool */
	.balign	4096, 0xcc

	.section .note.GNU-stack, "", @progbits
