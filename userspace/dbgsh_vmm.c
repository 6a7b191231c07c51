// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The calls of dbgsh to the VMM. */
#define _GNU_SOURCE
#include <sched.h>
#include <string.h>

#include "call_vmm.h"
#include "dbgsh.h"
#include "dbgsh_vmm.h"

/* As many CPUs as any kernel is built for. */
#define MAX_CPUS	8192

/* A page can be swapped out between our touching it and the call. */
#define MAX_TRIES	4

static call_vmm_function_t byte_function, bulk_function;

int vmm_find_shell(void)
{
	CALL_VMM_GET_FUNCTION(VMMCALL_NAME_DBGSH_BULK, &bulk_function);
	CALL_VMM_GET_FUNCTION(VMMCALL_NAME_DBGSH, &byte_function);
	if (call_vmm_function_callable(&byte_function))
		return call_vmm_function_callable(&bulk_function);
	if (call_vmm_function_found_vmm(&byte_function))
		fail(STATUS_NO_SHELL,
		     "the VMM beneath this system has no debug shell");
	fail(STATUS_NO_SHELL, "there is no VMM beneath this system");
}

/* The guarded variant, because a VMM can be unloaded any time. */
static void call(const call_vmm_function_t *function, call_vmm_arg_t *arg,
		 call_vmm_ret_t *ret)
{
	if (!call_vmm_try_call_function(function, arg, ret))
		fail(STATUS_FAILED, "the VMM has gone away");
}

int vmm_byte(int input)
{
	call_vmm_arg_t arg = { .rbx = input };
	call_vmm_ret_t ret;

	call(&byte_function, &arg, &ret);
	return (int)ret.rax;
}

/* The VMM brings no page in, so buffers are written before each call. */
static int bulk_call(const struct vmm_bulk *bulk, size_t in_length,
		     call_vmm_ret_t *ret)
{
	static char in[DBGSH_BULK_IN_MAX] __attribute__((aligned(4096)));
	static char out[DBGSH_BULK_OUT_MAX] __attribute__((aligned(4096)));
	call_vmm_arg_t arg = {
		.rbx = (intptr_t)in,
		.rcx = in_length,
		.rdx = (intptr_t)out,
		.rsi = sizeof(out),
		.rdi = bulk->flags,
	};
	int i;

	for (i = 0; i < MAX_TRIES; i++) {
		if (in_length)
			memcpy(in, bulk->in, in_length);
		out[0] = 0;
		/* The compiler doesn't know who reads them. */
		__asm__ __volatile__("" : : "r" (in), "r" (out) : "memory");
		call(&bulk_function, &arg, ret);
		if ((int)ret->rax != DBGSH_BULK_REFUSED) {
			__asm__ __volatile__("" : : "r" (out) : "memory");
			memcpy(bulk->out, out, sizeof(out));
			return 1;
		}
	}
	return 0;
}

static int is_sane(const call_vmm_ret_t *ret, size_t in_length)
{
	int result = (int)ret->rax;

	return (result == DBGSH_WANT_INPUT || result == DBGSH_BULK_MORE ||
		result == DBGSH_ENDED) &&
	       (uint32_t)ret->rcx <= in_length &&
	       (uint32_t)ret->rsi <= DBGSH_BULK_OUT_MAX;
}

int vmm_bulk(struct vmm_bulk *bulk)
{
	static char out[DBGSH_BULK_OUT_MAX];
	size_t in_length = bulk->in_length;
	call_vmm_ret_t ret;

	if (in_length > DBGSH_BULK_IN_MAX)
		in_length = DBGSH_BULK_IN_MAX;
	bulk->out = out;
	if (!bulk_call(bulk, in_length, &ret))
		fail(STATUS_FAILED, "the VMM refused the call");
	if (!is_sane(&ret, in_length))
		fail(STATUS_FAILED, "the VMM gave an unknown answer");
	/* Of a shell that doesn't tell, the flags come back: then 0. */
	bulk->failed = !bulk->flags && (uint32_t)ret.rdi == DBGSH_BULK_FAILED;
	bulk->flags = 0;
	bulk->in += (uint32_t)ret.rcx;
	bulk->in_length -= (uint32_t)ret.rcx;
	bulk->out_length = (uint32_t)ret.rsi;
	return (int)ret.rax;
}

/* What can't be visited is shown as it was when somebody last came by. */
void vmm_visit_cpus(void)
{
	static cpu_set_t former[MAX_CPUS / CPU_SETSIZE];
	static cpu_set_t one[MAX_CPUS / CPU_SETSIZE];
	call_vmm_arg_t arg = { .rdi = DBGSH_BULK_VISIT };
	call_vmm_ret_t ret;
	int cpu;

	if (sched_getaffinity(0, sizeof(former), former))
		return;
	for (cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (!CPU_ISSET_S(cpu, sizeof(former), former))
			continue;
		CPU_ZERO_S(sizeof(one), one);
		CPU_SET_S(cpu, sizeof(one), one);
		if (!sched_setaffinity(0, sizeof(one), one))
			call(&bulk_function, &arg, &ret);
	}
	sched_setaffinity(0, sizeof(former), former);
}
