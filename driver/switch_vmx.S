/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The switch page for Intel: the only code that two address spaces share. Linux has
 * it as text of this module; the VMM has a copy of its own at the same address, which
 * no guest can write.
 *
 * Nothing holds NMIs back on VT-x. On the way in, IDT, GDT and stack are those of the
 * bridge (core/bridge.h), which both address spaces map at one address: an NMI or
 * a machine check that comes in between is counted, and given to Linux later. TR is
 * left alone, no gate of the bridge uses it. The way out is a VM exit, which loads
 * Linux's CR3, RSP, GDTR, IDTR and TR at once (Intel SDM vol. 3 section 27.5).
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/asm.h>
#include <asm/msr-index.h>
#include <asm/nospec-branch.h>
#include <asm/unwind_hints.h>
#include "core/boot_offsets.h"
#include "core/bridge.h"
#include "core/regs.h"
#include "driver/compat.h"
#include "driver/switch_macros.S"

#define VMCALL		.byte 0x0f, 0x01, 0xc1

/* VMCS fields, SDM vol. 3 appendix B */
#define GUEST_CS_SELECTOR	0x0802
#define GUEST_SS_SELECTOR	0x0804
#define GUEST_DEBUGCTL		0x2802
#define GUEST_DR7		0x681a
#define GUEST_RSP		0x681c
#define GUEST_RIP		0x681e
#define GUEST_RFLAGS		0x6820

#define CR4_PGE_BIT		7

	.section .text.undervisor_switch_vmx, "ax"
	.balign	4096
SYM_DATA_START(uv_vmx_switch_page)
	ANNOTATE_NOENDBR
SYM_DATA_END(uv_vmx_switch_page)

/* s64 uv_vmx_switch_enter(struct uv_switch_frame *frame) */
SYM_FUNC_START(uv_vmx_switch_enter)
	ENDBR
	pushfq
	push_callee_saved
	save_linux .Lentered
	movw	%fs, UV_FRAME_FS(%rdi)
	movw	%gs, UV_FRAME_GS(%rdi)
	sldt	UV_FRAME_LDTR(%rdi)
	str	UV_FRAME_TR(%rdi)

	/*
	 * The bridge: the stack first, then the IDT, whose gates are good with Linux's GDT
	 * too; Linux's own gates need Linux's GDT.
	 */
	leaq	UV_FRAME_TO_BRIDGE(%rdi), %rcx
	movq	UV_FRAME_VMM_CR3(%rdi), %rax
	movq	UV_FRAME_VMM_ENTRY(%rdi), %rdx
	movq	UV_FRAME_VMM_RSP(%rdi), %rsi
	leaq	UV_BRIDGE_STACK_TOP(%rcx), %rsp
	lidt	UV_BRIDGE_IDTR(%rcx)
	lgdt	UV_BRIDGE_GDTR(%rcx)
	movq	%rax, %cr3
	/* The VMM's address space */
	movq	%rsi, %rsp
	ANNOTATE_RETPOLINE_SAFE
	jmp	*%rdx

.Lentered:
	ANNOTATE_NOENDBR
	/* Linux again: a guest with 0 in RAX, or bare metal with an error in it */
	pop_callee_saved
	popfq
	RET
SYM_FUNC_END(uv_vmx_switch_enter)
_ASM_NOKPROBE(uv_vmx_switch_enter)
STACK_FRAME_NON_STANDARD uv_vmx_switch_enter

/*
 * The gates of the bridge's IDT. The stack is the bridge's or the VMM's; the IDT is
 * the bridge's in any case, and tells where the counts are.
 */
	.macro	count_event offset
	pushq	%rax
	subq	$16, %rsp
	sidt	6(%rsp)			/* the base is aligned then */
	movq	8(%rsp), %rax
	incl	\offset - UV_BRIDGE_IDT(%rax)
	addq	$16, %rsp
	popq	%rax
	iretq
	.endm

SYM_CODE_START(uv_vmx_bridge_nmi)
	UV_UNWIND_HINT_NONE
	ENDBR
	count_event UV_BRIDGE_NMIS
SYM_CODE_END(uv_vmx_bridge_nmi)
_ASM_NOKPROBE(uv_vmx_bridge_nmi)

SYM_CODE_START(uv_vmx_bridge_mce)
	UV_UNWIND_HINT_NONE
	ENDBR
	count_event UV_BRIDGE_MCES
SYM_CODE_END(uv_vmx_bridge_mce)
_ASM_NOKPROBE(uv_vmx_bridge_mce)

/*
 * The way back of a CPU that did not get in, run in the VMM's copy. RAX: Linux's CR3;
 * RDI: the frame, as Linux maps it. IDT and GDT are the bridge's, CR0 and CR4 Linux's.
 */
SYM_CODE_START(uv_vmx_switch_leave)
	UV_UNWIND_HINT_NONE
	ENDBR
	leaq	UV_FRAME_TO_BRIDGE+UV_BRIDGE_STACK_TOP(%rdi), %rsp
	movq	%rax, %cr3
	/* Linux's address space */
	jmp	.Lrestore
SYM_CODE_END(uv_vmx_switch_leave)
_ASM_NOKPROBE(uv_vmx_switch_leave)

/*
 * The VM exit by which a CPU leaves comes out here, in Linux's address space, with RSP
 * behind the frame's general registers. Whatever made the guest exit, it did not
 * happen: the guest goes on at that instruction, on bare metal.
 */
SYM_CODE_START(uv_vmx_switch_left)
	UV_UNWIND_HINT_NONE
	ENDBR
	pushq	%rax
	push_regs_below_rax
	leaq	-UV_FRAME_OUT_GPR(%rsp), %rdi
	movl	$GUEST_RIP, %eax
	vmread	%rax, UV_FRAME_OUT_IRET(%rdi)
	movl	$GUEST_CS_SELECTOR, %eax
	vmread	%rax, UV_FRAME_OUT_IRET+8(%rdi)
	movl	$GUEST_RFLAGS, %eax
	vmread	%rax, UV_FRAME_OUT_IRET+16(%rdi)
	movl	$GUEST_RSP, %eax
	vmread	%rax, UV_FRAME_OUT_IRET+24(%rdi)
	movl	$GUEST_SS_SELECTOR, %eax
	vmread	%rax, UV_FRAME_OUT_IRET+32(%rdi)
	movl	$GUEST_DR7, %eax
	vmread	%rax, UV_FRAME_DR7(%rdi)
	movl	$GUEST_DEBUGCTL, %eax
	vmread	%rax, UV_FRAME_DEBUGCTL(%rdi)
	/* What the CPU still holds of the VMCS must not be written back later */
	vmclear	UV_FRAME_VMCS_PA(%rdi)
	vmxoff

.Lrestore:
	/*
	 * CR4 without VMXE. A change of PGE drops all translations, those from before
	 * the CPU went in (VPID 0) and the VMM's (section 4.10.4.1).
	 */
	cld
	movq	UV_FRAME_CR4(%rdi), %rax
	movq	%rax, %rcx
	btcq	$CR4_PGE_BIT, %rcx
	movq	%rcx, %cr4
	movq	%rax, %cr4

	/*
	 * LTR writes to the descriptor, and Linux's GDT is read-only here: so from
	 * a copy of it, in which the TSS isn't busy. TR gets its limit back, which a
	 * VM exit cuts to 67H.
	 */
	leaq	UV_FRAME_TO_BRIDGE(%rdi), %rdx
	movq	%rdi, %rbx
	movzwl	UV_FRAME_GDTR(%rdi), %ecx
	incl	%ecx
	movq	UV_FRAME_GDTR+2(%rdi), %rsi
	leaq	UV_BRIDGE_COPY(%rdx), %rdi
	rep movsb
	movq	%rbx, %rdi
	movzwl	UV_FRAME_TR(%rdi), %eax
	andb	$0xfd, UV_BRIDGE_COPY+5(%rdx,%rax)
	lgdt	UV_BRIDGE_COPY_GDTR(%rdx)
	ltr	%ax
	lgdt	UV_FRAME_GDTR(%rdi)
	lidt	UV_FRAME_IDTR(%rdi)
	lldt	UV_FRAME_LDTR(%rdi)
	/* From here on NMIs are Linux's, with stacks of their own */
	leaq	UV_FRAME_OUT_GPR(%rdi), %rsp

	movw	UV_FRAME_DS(%rdi), %ds
	movw	UV_FRAME_ES(%rdi), %es
	movzwl	UV_FRAME_FS(%rdi), %eax
	testl	%eax, %eax
	jz	.Lfs_null
	movl	%eax, %fs
	movl	$MSR_FS_BASE, %ecx
	movl	UV_FRAME_FS_BASE(%rdi), %eax
	movl	UV_FRAME_FS_BASE+4(%rdi), %edx
	wrmsr
.Lfs_null:
	/* Linux's NMI handler must never find a user's base in GS */
	movzwl	UV_FRAME_GS(%rdi), %eax
	testl	%eax, %eax
	jz	.Lgs_null
	swapgs
	movl	%eax, %gs
	swapgs
	movl	$MSR_KERNEL_GS_BASE, %ecx
	movl	UV_FRAME_KERNEL_GS_BASE(%rdi), %eax
	movl	UV_FRAME_KERNEL_GS_BASE+4(%rdi), %edx
	wrmsr
.Lgs_null:
	movq	UV_FRAME_DR7(%rdi), %rax
	movq	%rax, %dr7
	movl	$MSR_IA32_DEBUGCTLMSR, %ecx
	movl	UV_FRAME_DEBUGCTL(%rdi), %eax
	movl	UV_FRAME_DEBUGCTL+4(%rdi), %edx
	wrmsr

	/* What came while nobody could take it */
	leaq	UV_FRAME_TO_BRIDGE(%rdi), %rdx
.Lnmis:
	cmpl	$0, UV_BRIDGE_NMIS(%rdx)
	je	.Lmces
	decl	UV_BRIDGE_NMIS(%rdx)
	int	$2
	jmp	.Lnmis
.Lmces:
	cmpl	$0, UV_BRIDGE_MCES(%rdx)
	je	.Lnothing
	decl	UV_BRIDGE_MCES(%rdx)
	int	$18
	jmp	.Lmces
.Lnothing:
	pop_regs_below_rax
	popq	%rax
	iretq
SYM_CODE_END(uv_vmx_switch_left)
_ASM_NOKPROBE(uv_vmx_switch_left)

/* s64 uv_vmx_switch_call(u32 number, u64 arg) */
SYM_FUNC_START(uv_vmx_switch_call)
	ENDBR
	pushq	%rbx
	movl	%edi, %eax
	movq	%rsi, %rbx
	xorl	%ecx, %ecx
SYM_INNER_LABEL(uv_vmx_switch_call_begin, SYM_L_GLOBAL)
	ANNOTATE_NOENDBR
1:	VMCALL
SYM_INNER_LABEL(uv_vmx_switch_call_end, SYM_L_GLOBAL)
	ANNOTATE_NOENDBR
2:	/*
	 * A CPU that leaves is still a guest here. The next VM exit ends that: CPUID
	 * makes one, and does no harm to a CPU on bare metal.
	 */
	pushq	%rax
	xorl	%eax, %eax
	xorl	%ecx, %ecx
	cpuid
	popq	%rax
	popq	%rbx
	RET
	no_vmm	1b, 2b
SYM_FUNC_END(uv_vmx_switch_call)

	/* Nothing else may share the page */
	.balign	4096, 0xcc

	.section .note.GNU-stack, "", @progbits
