/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * libvmmcall: calls from a program to the VMM beneath its operating system.
 * See call_vmm(3).
 */
#ifndef CALL_VMM_H
#define CALL_VMM_H

#include <stddef.h>
#include <stdint.h>

#if !defined(__x86_64__) && !defined(__i386__)
#error "VM calls exist on x86 only"
#endif
#if defined(__x86_64__) && defined(__ILP32__)
#error "x32 is not supported: its pointers are narrower than its registers"
#endif

#define CALL_VMM_VERSION	"1.0.0"

#ifdef __cplusplus
extern "C" {
#endif

/* The instruction that a VMM answered. */
enum call_vmm_insn {
	CALL_VMM_INSN_NONE,	/* both raised a fault: no VMM */
	CALL_VMM_INSN_VMCALL,	/* Intel VT-x */
	CALL_VMM_INSN_VMMCALL	/* AMD SVM */
};

/* A function of the VMM. Its members are private: use the functions below. */
typedef struct call_vmm_function {
	int32_t number;
	int32_t insn;
} call_vmm_function_t;

typedef struct call_vmm_arg {
	intptr_t rbx, rcx, rdx, rsi, rdi;
} call_vmm_arg_t;

typedef struct call_vmm_ret {
	intptr_t rax, rbx, rcx, rdx, rsi, rdi;
} call_vmm_ret_t;

/* The published interface; CALL_VMM_GET_FUNCTION is at the end of this file. */
int call_vmm_function_callable(call_vmm_function_t *function);
int call_vmm_function_no_vmm(call_vmm_function_t *function);
void call_vmm_call_function(call_vmm_function_t *function,
			    call_vmm_arg_t *arg, call_vmm_ret_t *ret);

/* Additions of this library. */
int call_vmm_function_number(const call_vmm_function_t *function);
int call_vmm_function_found_vmm(const call_vmm_function_t *function);
enum call_vmm_insn
call_vmm_function_instruction(const call_vmm_function_t *function);
void call_vmm_get_function_by_name(const char *name,
				   call_vmm_function_t *function);
int call_vmm_try_call_function(const call_vmm_function_t *function,
			       const call_vmm_arg_t *arg, call_vmm_ret_t *ret);

/* For CALL_VMM_GET_FUNCTION alone. */
void call_vmm_get_function_at(const void *block, size_t name_size,
			      call_vmm_function_t *function);

#ifdef __cplusplus
}
#endif

/*
 * A look-up block: one stub for each of the two instructions, then the name.
 *
 *	+0	vmcall; ret
 *	+4	vmmcall; ret
 *	+8	name, NUL
 *
 * The VMM reads the name through the caller's page tables and never faults a
 * page in. The page of the instruction that is executing is present by
 * construction, so the name shares it: ".p2align 12,,max" pads the block to
 * the next page only where fewer than its own length of bytes are left in
 * this one. No system call, no locked memory, and no second copy is needed.
 *
 * The stubs return through the stack, so that no register has to survive a
 * VMM which is not ours, and control never reaches the name.
 */
#define CALL_VMM_STUB_SIZE	4
#define CALL_VMM_NAME_OFFSET	8

#define CALL_VMM_STUBS \
	"vmcall\n\tret\n\tvmmcall\n\tret\n\t"

/*
 * Only numeric labels: the compiler may emit the block more than once, where
 * it inlines, unrolls or clones the function around it.
 *
 * 64-bit code must not push anything, because a leaf function keeps data below
 * the stack pointer. 32-bit code has no such red zone and no address relative
 * to the instruction pointer: there, the call that skips the block pushes the
 * block's address.
 */
#ifdef __x86_64__
#define CALL_VMM_BLOCK_SIZE(name_size)	(CALL_VMM_NAME_OFFSET + (name_size))
#define CALL_VMM_BLOCK(name) \
	"jmp 772f\n\t" \
	".p2align 12,,%c1\n" \
	"771:\t" CALL_VMM_STUBS \
	".string \"" name "\"\n" \
	"772:\t" \
	"lea{q 771b(%%rip), %0| %0, 771b[rip]}"
#else
#define CALL_VMM_BLOCK_SIZE(name_size)	(5 + CALL_VMM_NAME_OFFSET + (name_size))
#define CALL_VMM_BLOCK(name) \
	".p2align 12,,%c1\n\t" \
	"call 772f\n\t" \
	CALL_VMM_STUBS \
	".string \"" name "\"\n" \
	"772:\t" \
	"pop %0"
#endif

/**
 * CALL_VMM_GET_FUNCTION() - look a function of the VMM up
 * @name: a string literal of at most 255 bytes, without any of " \ % { | }
 * @function: where to put the result, a call_vmm_function_t *
 */
#define CALL_VMM_GET_FUNCTION(name, function) do { \
	const void *call_vmm__block; \
	__asm__ __volatile__(CALL_VMM_BLOCK(name) \
			     : "=r" (call_vmm__block) \
			     : "i" (CALL_VMM_BLOCK_SIZE(sizeof(name)) - 1)); \
	call_vmm_get_function_at(call_vmm__block, sizeof(name), (function)); \
} while (0)

#endif /* CALL_VMM_H */
