// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A combination, in C: see combo.h. A handful of everything that the library does;
 * test_lookup.c, test_threads.c and test_vmm.c go into the depth.
 */
#include <string.h>

#include "../../uapi/vmmcall_abi.h"
#include "call_vmm.h"
#include "combo.h"
#include "state.h"

#define GET		CALL_VMM_GET_FUNCTION
#define FREE_NUMBER	0x7ffffff0

static combo_failed_t *failed;

static void check(int holds, const char *what)
{
	if (!holds)
		failed(what);
}

static inline __attribute__((always_inline)) int inlined(void)
{
	call_vmm_function_t f;

	GET("get_status", &f);
	return call_vmm_function_number(&f);
}

/* A compiler clones it for each constant, and unrolls the loop. */
static int cloned(int times)
{
	call_vmm_function_t f;
	int i, number = 0;

	for (i = 0; i < times; i++) {
		GET("get_status", &f);
		if (i && call_vmm_function_number(&f) != number)
			return -2;
		number = call_vmm_function_number(&f);
	}
	return number;
}

static int by_name(const char *name)
{
	call_vmm_function_t f;

	call_vmm_get_function_by_name(name, &f);
	return call_vmm_function_number(&f);
}

static void look_up(enum beneath beneath, call_vmm_function_t *dbgsh,
		    call_vmm_function_t *status)
{
	int vmm = beneath == BENEATH_UNDERVISOR, number;
	call_vmm_function_t f, g;

	GET("dbgsh", dbgsh); GET("get_status", status); GET("dbgsh", &f);
	check(call_vmm_function_callable(dbgsh) == vmm &&
	      call_vmm_function_callable(status) == vmm,
	      "callable with Undervisor, not callable without");
	number = call_vmm_function_number(status);
	check(call_vmm_function_number(&f) == call_vmm_function_number(dbgsh) &&
	      (number != call_vmm_function_number(&f)) == vmm,
	      "three on one line");
	check(inlined() == number && inlined() == number, "inlined");
	check(cloned(2) == number && cloned(3) == number, "cloned");
	check(by_name("get_status") == number, "a name known at run time");
	GET("no such function", &g);
	check(!call_vmm_function_callable(&g) &&
	      call_vmm_function_number(&g) <= 0, "an unknown name");
	check(call_vmm_function_found_vmm(&g) || beneath != BENEATH_UNDERVISOR,
	      "a VMM was found");
	check(!call_vmm_function_found_vmm(&g) || beneath != BENEATH_NOTHING,
	      "no VMM was found");
}

static int is_preserved(const call_vmm_arg_t *arg, const call_vmm_ret_t *ret)
{
	return ret->rbx == arg->rbx && ret->rdx == arg->rdx &&
	       ret->rsi == arg->rsi && ret->rdi == arg->rdi;
}

/* Another VMM's answer to everything is no function. */
static void call_negative(const call_vmm_function_t *model)
{
	call_vmm_function_t f = { -1, model->insn };
	call_vmm_arg_t arg = { -1, 2, -3, 4, -5 };
	call_vmm_ret_t ret;

	call_vmm_call_function(&f, &arg, &ret);
	check(!call_vmm_function_callable(&f) && !ret.rax &&
	      is_preserved(&arg, &ret) && ret.rcx == arg.rcx,
	      "a negative number is not callable");
	check(!call_vmm_try_call_function(&f, &arg, &ret) && !ret.rax &&
	      is_preserved(&arg, &ret) && ret.rcx == arg.rcx,
	      "a negative number, guarded");
}

static void call_free(const call_vmm_function_t *model)
{
	call_vmm_function_t f = { FREE_NUMBER, model->insn };
	call_vmm_arg_t arg = { INTPTR_MIN, INTPTR_MAX, -3, 4, -5 };
	call_vmm_ret_t ret;

	call_vmm_call_function(&f, &arg, &ret);
	check(!ret.rax && is_preserved(&arg, &ret) && ret.rcx == arg.rcx,
	      "a number that is not registered");
}

static void call_status(call_vmm_function_t *status)
{
	static char text[65536];
	call_vmm_arg_t arg = { 0, 0, 0x1111, 0x2222, 0x3333 };
	call_vmm_ret_t ret;

	call_vmm_call_function(status, &arg, &ret);
	check(ret.rax == 1 && ret.rcx > 0 && is_preserved(&arg, &ret),
	      "get_status tells how long its text is");
	memset(text, 0, sizeof(text));
	arg.rbx = (intptr_t)text;
	arg.rcx = sizeof(text);
	check(call_vmm_try_call_function(status, &arg, &ret) && !ret.rax &&
	      ret.rcx > 8 && !memcmp(text, "version ", 8) &&
	      is_preserved(&arg, &ret), "get_status");
}

static int is_dbgsh_value(intptr_t value)
{
	return (value >= DBGSH_NO_INPUT && value <= DBGSH_NUL) ||
	       value == DBGSH_ENDED;
}

static void poll_dbgsh(call_vmm_function_t *dbgsh)
{
	call_vmm_arg_t arg = { DBGSH_NO_INPUT, 2, 3, 4, 5 };
	call_vmm_ret_t first, second;

	call_vmm_call_function(dbgsh, &arg, &first);
	call_vmm_call_function(dbgsh, &arg, &second);
	check(is_dbgsh_value(first.rax) && second.rax == first.rax &&
	      is_preserved(&arg, &first) && first.rcx == arg.rcx,
	      "a poll of dbgsh consumes nothing");
}

void combo_c(enum beneath beneath, combo_failed_t *to_tell)
{
	call_vmm_function_t dbgsh, status;
	struct state before;

	failed = to_tell;
	set_errors(4711);
	get_state(&before);
	look_up(beneath, &dbgsh, &status);
	call_negative(&status);
	if (beneath == BENEATH_UNDERVISOR) {
		call_free(&status);
		call_status(&status);
		poll_dbgsh(&dbgsh);
	}
	check(same_state(&before), "handlers, mask and errno are as before");
}
