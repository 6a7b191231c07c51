/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included, not built: what the two switch pages (switch.S, switch_vmx.S) do alike on the
 * way in. Both save Linux's registers in the frame (core/boot.h), whose address is
 * in RDI.
 *
 * No kprobes where neither Linux's nor the VMM's world is complete: _ASM_NOKPROBE().
 */
#ifndef DRIVER_SWITCH_MACROS_S
#define DRIVER_SWITCH_MACROS_S

#include <asm/errno.h>

	/*
	 * What Linux has when the guest goes on at \resume. Clobbers RAX, RCX, RDX, and
	 * leaves EFER in EDX:EAX, and its number in ECX.
	 */
	.macro	save_linux resume:req
	movq	%rsp, UV_FRAME_RSP(%rdi)
	leaq	\resume(%rip), %rax
	movq	%rax, UV_FRAME_RIP(%rdi)
	movq	%cr0, %rax
	movq	%rax, UV_FRAME_CR0(%rdi)
	movq	%cr3, %rax
	movq	%rax, UV_FRAME_CR3(%rdi)
	movq	%cr4, %rax
	movq	%rax, UV_FRAME_CR4(%rdi)
	movw	%cs, UV_FRAME_CS(%rdi)
	movw	%ss, UV_FRAME_SS(%rdi)
	movw	%ds, UV_FRAME_DS(%rdi)
	movw	%es, UV_FRAME_ES(%rdi)
	sgdt	UV_FRAME_GDTR(%rdi)
	sidt	UV_FRAME_IDTR(%rdi)
	pushfq
	popq	UV_FRAME_RFLAGS(%rdi)
	movl	$MSR_EFER, %ecx
	rdmsr
	movl	%eax, UV_FRAME_EFER(%rdi)
	movl	%edx, UV_FRAME_EFER+4(%rdi)
	.endm

	/* A call at \insn on a CPU that has left already is #UD: goes on at \to with -ENODEV */
	.macro	no_vmm insn:req to:req
.Lno_vmm:
	movq	$-ENODEV, %rax
	jmp	\to
	_ASM_EXTABLE(\insn, .Lno_vmm)
	.endm

#endif /* DRIVER_SWITCH_MACROS_S */
