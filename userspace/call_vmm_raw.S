/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The calls themselves, and the library's own copy of the two instructions.
 *
 * In a file of its own because all of eax, ebx, ecx, edx, esi and edi belong
 * to the call: 32-bit position-independent code reserves ebx, and at -O0 a
 * compiler may run out of registers for such an asm statement.
 *
 * The convention is System V's on every operating system (the declaration in
 * call_vmm_private.h says so to a compiler that defaults to another one).
 */
#ifdef __CET__
#include <cet.h>
#endif
#ifndef _CET_ENDBR
#define _CET_ENDBR
#endif

/*
 * What the two formats of object files want to know about a symbol. ELF hides it
 * from other modules; PE/COFF has no such thing, and a DLL exports what it lists.
 */
#ifdef _WIN32
#define JOIN(prefix, name)	prefix ## name
#define SYMBOL_OF(prefix, name)	JOIN(prefix, name)
#define SYMBOL(name)		SYMBOL_OF(__USER_LABEL_PREFIX__, name)
#define GLOBAL_FUNCTION(name)	.globl name; .def name; .scl 2; .type 32; .endef
#define GLOBAL_OBJECT(name)	.globl name
#define SIZE(name)
#else
#define SYMBOL(name)		name
#define GLOBAL_FUNCTION(name)	.globl name; .hidden name; .type name, @function
#define GLOBAL_OBJECT(name)	.globl name; .hidden name; .type name, @object
#define SIZE(name)		.size name, . - name
#endif
#define CALL_VMM_RAW		SYMBOL(call_vmm_raw)
#define CALL_VMM_STUBS		SYMBOL(call_vmm_stubs)

/* How Windows unwinds 64-bit code: by tables of its own instead of .eh_frame's */
#ifdef _WIN64
#define PROC(name)		.seh_proc name
#define PUSHED(reg)		.seh_pushreg reg
#define PUSHED_WORD		.seh_stackalloc 8
#define PROLOGUE_END		.seh_endprologue
#define ENDPROC			.seh_endproc
#else
#define PROC(name)
#define PUSHED(reg)
#define PUSHED_WORD
#define PROLOGUE_END
#define ENDPROC
#endif

	.text

/*
 * void call_vmm_raw(const void *stub, call_vmm_ret_t *regs)
 *
 * Loads the registers from regs, executes the stub (an instruction and a
 * "ret") and stores the registers to regs. Nothing is expected to survive in
 * the six registers: a VMM that is not ours follows rules of its own.
 */
	GLOBAL_FUNCTION(CALL_VMM_RAW)
	.p2align 4
#ifdef __x86_64__
CALL_VMM_RAW:
	PROC(CALL_VMM_RAW)
	.cfi_startproc
	_CET_ENDBR
	push	%rbx			/* callee-saved */
	PUSHED(%rbx)
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
	push	%rsi			/* regs, for afterwards */
	PUSHED_WORD
	PROLOGUE_END
	.cfi_adjust_cfa_offset 8
	mov	%rdi, %r11		/* stub: rdi is about to be loaded */
	mov	%rsi, %r10		/* regs: so is rsi */
	mov	0x00(%r10), %rax
	mov	0x08(%r10), %rbx
	mov	0x10(%r10), %rcx
	mov	0x18(%r10), %rdx
	mov	0x20(%r10), %rsi
	mov	0x28(%r10), %rdi
	notrack call *%r11		/* stubs have no endbr64: they are data too */
	pop	%r10			/* regs */
	.cfi_adjust_cfa_offset -8
	mov	%rax, 0x00(%r10)
	mov	%rbx, 0x08(%r10)
	mov	%rcx, 0x10(%r10)
	mov	%rdx, 0x18(%r10)
	mov	%rsi, 0x20(%r10)
	mov	%rdi, 0x28(%r10)
	pop	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbx
	ret
	.cfi_endproc
	ENDPROC
#else
CALL_VMM_RAW:
	PROC(CALL_VMM_RAW)
	.cfi_startproc
	_CET_ENDBR
	push	%ebp			/* callee-saved: ebp, ebx, esi, edi */
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %ebp, 0
	push	%ebx
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %ebx, 0
	push	%esi
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %esi, 0
	push	%edi
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset %edi, 0
	mov	0x14(%esp), %ebp	/* stub */
	mov	0x18(%esp), %edi	/* regs; edi itself is loaded last */
	mov	0x00(%edi), %eax
	mov	0x04(%edi), %ebx
	mov	0x08(%edi), %ecx
	mov	0x0c(%edi), %edx
	mov	0x10(%edi), %esi
	mov	0x14(%edi), %edi
	notrack call *%ebp
	mov	0x18(%esp), %ebp	/* regs: ebp is the only register left */
	mov	%eax, 0x00(%ebp)
	mov	%ebx, 0x04(%ebp)
	mov	%ecx, 0x08(%ebp)
	mov	%edx, 0x0c(%ebp)
	mov	%esi, 0x10(%ebp)
	mov	%edi, 0x14(%ebp)
	pop	%edi
	.cfi_adjust_cfa_offset -4
	.cfi_restore %edi
	pop	%esi
	.cfi_adjust_cfa_offset -4
	.cfi_restore %esi
	pop	%ebx
	.cfi_adjust_cfa_offset -4
	.cfi_restore %ebx
	pop	%ebp
	.cfi_adjust_cfa_offset -4
	.cfi_restore %ebp
	ret
	.cfi_endproc
#endif
	SIZE(CALL_VMM_RAW)

/*
 * The stubs for all calls but CALL_VMM_GET_FUNCTION, laid out like those of
 * its block: CALL_VMM_STUB_SIZE bytes each, VMCALL first. Aligned, so that
 * they never cross a page.
 */
	GLOBAL_OBJECT(CALL_VMM_STUBS)
	.p2align 3
CALL_VMM_STUBS:
	vmcall
	ret
	vmmcall
	ret
	SIZE(CALL_VMM_STUBS)

#ifndef _WIN32
	.section .note.GNU-stack, "", @progbits
#endif
