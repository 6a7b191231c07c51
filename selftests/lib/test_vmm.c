// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Look-ups and calls with Undervisor present, which the caller vouches for by
 * the argument --vmm: a test that looked for itself would pass without one.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../uapi/vmmcall_abi.h"
#include "call_vmm.h"
#include "kselftest.h"
#include "result.h"
#include "state.h"

#ifdef __x86_64__
#define RBX "rbx"
#else
#define RBX "ebx"
#endif

static int is_function_of_ours(call_vmm_function_t *f)
{
	return call_vmm_function_callable(f) &&
	       call_vmm_function_found_vmm(f) &&
	       call_vmm_function_number(f) >= VMMCALL_FIRST_NUMBER &&
	       call_vmm_function_number(f) == call_vmm_function_no_vmm(f);
}

static int by_name(const char *name)
{
	call_vmm_function_t f;

	call_vmm_get_function_by_name(name, &f);
	return call_vmm_function_number(&f);
}

static void test_known(void)
{
	call_vmm_function_t dbgsh, status, log;
	struct state before;
	int same;

	errno = 4711;
	get_state(&before);
	CALL_VMM_GET_FUNCTION("dbgsh", &dbgsh);
	CALL_VMM_GET_FUNCTION("get_status", &status);
	CALL_VMM_GET_FUNCTION("log_set_buf", &log);
	same = same_state(&before);
	result(is_function_of_ours(&dbgsh), "dbgsh is callable");
	result(is_function_of_ours(&status), "get_status is callable");
	result(is_function_of_ours(&log), "log_set_buf is callable");
	result(dbgsh.number != status.number && status.number != log.number &&
	       log.number != dbgsh.number, "their numbers differ");
	result(by_name("dbgsh") == dbgsh.number &&
	       by_name("get_status") == status.number &&
	       by_name("log_set_buf") == log.number,
	       "names known at run time give the same numbers");
	result(same, "handlers, mask and errno are as before");
}

static void test_unknown(void)
{
	call_vmm_function_t f;
	char name[256];

	CALL_VMM_GET_FUNCTION("no such function", &f);
	result(!call_vmm_function_callable(&f) && !f.number &&
	       call_vmm_function_found_vmm(&f), "an unknown name gives 0");
	CALL_VMM_GET_FUNCTION("", &f);
	result(!call_vmm_function_callable(&f) && !f.number,
	       "an empty name gives 0");
	result(!by_name("dbgs") && !by_name("dbgsh ") && !by_name("DBGSH"),
	       "similar names give 0");
	memset(name, 'd', sizeof(name));
	name[255] = 0;
	result(!by_name(name), "a name of 255 bytes gives 0");
}

static int is_same_everywhere(int number)
{
	int cpu, checked = 0;
	cpu_set_t all, one;

	if (sched_getaffinity(0, sizeof(all), &all))
		return 0;
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		call_vmm_function_t f;

		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		if (sched_setaffinity(0, sizeof(one), &one))
			return 0;
		CALL_VMM_GET_FUNCTION("dbgsh", &f);
		if (!is_function_of_ours(&f) || f.number != number) {
			ksft_print_msg("CPU %d: %d\n", cpu, f.number);
			return 0;
		}
		checked++;
	}
	sched_setaffinity(0, sizeof(all), &all);
	return checked > 0;
}

/* The instruction that works, around a name wherever the test wants it. */
static intptr_t look_up_at(const call_vmm_function_t *model, const void *name)
{
	intptr_t number = VMMCALL_GET_FUNCTION, rbx = (intptr_t)name;

	/* xchg: 32-bit position-independent code keeps ebx for itself. */
	if (call_vmm_function_instruction(model) == CALL_VMM_INSN_VMCALL)
		__asm__ __volatile__("xchg %1, %%" RBX "\n\tvmcall\n\t"
				     "xchg %1, %%" RBX
				     : "+a" (number), "+S" (rbx) : : "memory");
	else
		__asm__ __volatile__("xchg %1, %%" RBX "\n\tvmmcall\n\t"
				     "xchg %1, %%" RBX
				     : "+a" (number), "+S" (rbx) : : "memory");
	return rbx == (intptr_t)name ? number : -1;
}

static void test_pages(const call_vmm_function_t *model)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *memory = mmap(NULL, 3 * page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(memory, 'x', 3 * page);
	memcpy(memory + page - 3, "dbgsh", 6);
	result(look_up_at(model, memory + page - 3) == model->number,
	       "a name across two pages is found");
	memcpy(memory + page - 6, "dbgsh", 6);
	munmap(memory + page, page);
	result(look_up_at(model, memory + page - 6) == model->number,
	       "a name before an unmapped page is found");
	memcpy(memory + page - 5, "dbgsh", 5);
	result(!look_up_at(model, memory + page - 5),
	       "a name that runs into an unmapped page gives 0");
	result(!look_up_at(model, memory + page), "an unmapped name gives 0");
	result(!look_up_at(model, NULL), "a null pointer gives 0");
	result(!look_up_at(model, (void *)(INTPTR_MIN | 0x12345)),
	       "a non-canonical or supervisor's address gives 0");
	result(!look_up_at(model, (void *)-3L),
	       "the end of the address space gives 0");
	mprotect(memory, page, PROT_NONE);
	result(!look_up_at(model, memory + page - 6),
	       "what the caller can't read gives 0");
	result(!look_up_at(model, memory + 2 * page),
	       "256 bytes without a NUL give 0");
}

static void test_status(void)
{
	static char buffer[65536];
	call_vmm_arg_t arg = { 0, 0, 0x1111, 0x2222, 0x3333 };
	call_vmm_function_t f;
	call_vmm_ret_t ret;
	int guarded;

	CALL_VMM_GET_FUNCTION("get_status", &f);
	call_vmm_call_function(&f, &arg, &ret);
	result(ret.rax == 1 && ret.rcx > 0, "no buffer: the length is told");
	result(ret.rbx == 0 && ret.rdx == 0x1111 && ret.rsi == 0x2222 &&
	       ret.rdi == 0x3333, "the other registers are preserved");

	memset(buffer, 0, sizeof(buffer));
	arg.rbx = (intptr_t)buffer;
	arg.rcx = sizeof(buffer);
	call_vmm_call_function(&f, &arg, &ret);
	result(ret.rax == 0 && ret.rcx > 0 &&
	       ret.rcx <= (intptr_t)sizeof(buffer) && buffer[0],
	       "a buffer is filled");
	guarded = call_vmm_try_call_function(&f, &arg, &ret);
	result(guarded && ret.rax == 0, "by the guarded call as well");
}

/* Nothing is registered there: rax becomes 0, and the rest stays. */
static void test_unregistered(const call_vmm_function_t *model)
{
	call_vmm_function_t f = { 0x7ffffff0, model->insn };
	call_vmm_arg_t arg = { -1, -2, -3, -4, -5 };
	call_vmm_ret_t ret;

	call_vmm_call_function(&f, &arg, &ret);
	result(ret.rax == 0 && ret.rbx == -1 && ret.rcx == -2 &&
	       ret.rdx == -3 && ret.rsi == -4 && ret.rdi == -5,
	       "a number that is not registered gives 0");
}

int main(int argc, char **argv)
{
	call_vmm_function_t f;

	setbuf(stdout, NULL);
	ksft_print_header();
	if (argc != 2 || strcmp(argv[1], "--vmm"))
		ksft_exit_skip("needs Undervisor, and --vmm to say so\n");
	ksft_set_plan(25);
	CALL_VMM_GET_FUNCTION("dbgsh", &f);
	test_known();
	test_unknown();
	result(is_same_everywhere(f.number), "every CPU gives the same number");
	test_pages(&f);
	test_status();
	test_unregistered(&f);
	ksft_finished();
}
