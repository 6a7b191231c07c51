// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * libvmmcall: looking functions of the VMM up, and calling them. Knows the
 * interface of the VMM, and nothing about the operating system.
 */
#include <string.h>

#include "../uapi/vmmcall_abi.h"
#include "call_vmm_private.h"

/*
 * A name copied to a buffer may lose its page between the copy and the call:
 * the VMM faults nothing in and answers 0, as it does for an unknown name.
 * Twice in a row means that the machine is swapping hard; four times does not
 * happen in practice.
 */
#define LOOKUP_TRIES	4

static void set_nothing(call_vmm_function_t *function)
{
	function->number = 0;
	function->insn = CALL_VMM_INSN_NONE;
}

static const void *stub_of(const void *stubs, int insn)
{
	return (const char *)stubs +
	       (insn - CALL_VMM_INSN_VMCALL) * CALL_VMM_STUB_SIZE;
}

/*
 * Tries one instruction. Only the low half of rax counts: a number is a
 * positive 32-bit int, and a VMM that is not ours may leave anything above.
 */
static int try_lookup(const void *stubs, int insn, const char *name,
		      call_vmm_function_t *function)
{
	call_vmm_ret_t regs = {
		.rax = VMMCALL_GET_FUNCTION,
		.rbx = (intptr_t)name,
	};

	if (!call_vmm_os_try(stub_of(stubs, insn), &regs))
		return 0;
	function->number = (int32_t)regs.rax;
	function->insn = insn;
	return 1;
}

/*
 * VMCALL first, then VMMCALL. The first one that raises no fault is the
 * CPU's own; what a VMM answered to it is not asked again with the other.
 */
static void lookup(const void *stubs, const char *name,
		   call_vmm_function_t *function)
{
	set_nothing(function);
	if (try_lookup(stubs, CALL_VMM_INSN_VMCALL, name, function))
		return;
	try_lookup(stubs, CALL_VMM_INSN_VMMCALL, name, function);
}

void call_vmm_get_function_at(const void *block, size_t name_size,
			      call_vmm_function_t *function)
{
	set_nothing(function);
	if (name_size > VMMCALL_NAME_MAX + 1)
		return;
	lookup(block, (const char *)block + CALL_VMM_NAME_OFFSET, function);
}

void call_vmm_get_function_by_name(const char *name,
				   call_vmm_function_t *function)
{
	/* Aligned to its size, and so within one page. */
	char copy[VMMCALL_NAME_MAX + 1]
		__attribute__((aligned(VMMCALL_NAME_MAX + 1)));
	size_t length = strnlen(name, sizeof(copy));
	int i;

	set_nothing(function);
	if (length >= sizeof(copy))
		return;

	for (i = 0; i < LOOKUP_TRIES; i++) {
		/* Writing touches the page; the compiler must not skip it. */
		memcpy(copy, name, length + 1);
		__asm__ __volatile__("" : : "r" (copy) : "memory");
		lookup(call_vmm_stubs, copy, function);
		if (function->number || !call_vmm_function_found_vmm(function))
			return;
	}
}

int call_vmm_function_callable(call_vmm_function_t *function)
{
	return function->insn != CALL_VMM_INSN_NONE && function->number > 0;
}

int call_vmm_function_no_vmm(call_vmm_function_t *function)
{
	return function->number;
}

int call_vmm_function_number(const call_vmm_function_t *function)
{
	return function->number;
}

int call_vmm_function_found_vmm(const call_vmm_function_t *function)
{
	return function->insn != CALL_VMM_INSN_NONE;
}

enum call_vmm_insn
call_vmm_function_instruction(const call_vmm_function_t *function)
{
	return (enum call_vmm_insn)function->insn;
}

static void load_regs(call_vmm_ret_t *regs, intptr_t number,
		      const call_vmm_arg_t *arg)
{
	regs->rax = number;
	regs->rbx = arg->rbx;
	regs->rcx = arg->rcx;
	regs->rdx = arg->rdx;
	regs->rsi = arg->rsi;
	regs->rdi = arg->rdi;
}

/*
 * The call is made on a copy of the registers, because callers may let arg
 * and ret overlap. A function that isn't callable gives what the VMM would
 * give for an unregistered number: rax is 0, the rest as it was.
 */
void call_vmm_call_function(call_vmm_function_t *function,
			    call_vmm_arg_t *arg, call_vmm_ret_t *ret)
{
	call_vmm_ret_t regs;

	if (call_vmm_function_callable(function)) {
		load_regs(&regs, function->number, arg);
		call_vmm_raw(stub_of(call_vmm_stubs, function->insn), &regs);
	} else {
		load_regs(&regs, 0, arg);
	}
	*ret = regs;
}

int call_vmm_try_call_function(const call_vmm_function_t *function,
			       const call_vmm_arg_t *arg, call_vmm_ret_t *ret)
{
	call_vmm_function_t copy = *function;
	call_vmm_ret_t regs;
	int done = 0;

	load_regs(&regs, function->number, arg);
	if (call_vmm_function_callable(&copy))
		done = call_vmm_os_try(stub_of(call_vmm_stubs, copy.insn),
				       &regs);
	if (!done)
		regs.rax = 0;
	*ret = regs;
	return done;
}
