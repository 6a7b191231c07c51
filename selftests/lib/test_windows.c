// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * test_windows [--vmm | --bare]: the library's trial of the two instructions on Windows.
 * The instructions that really fault are here, because what is beneath may answer both.
 * The caller vouches for Undervisor (--vmm), or for no VMM at all (--bare).
 */
#include <string.h>
#include <windows.h>

#include "../../userspace/call_vmm_private.h"
#include "kselftest.h"
#include "state.h"

#define NR_THREADS	4
#define NR_LOOKUPS	500
#define NR_FAULTS	500
#define UD2_SIZE	2

static int vmm, bare;
static char *code;	/* a page for instructions */

/* Of our own handler: the faults that it got, and those that it let pass */
static volatile LONG nr_handled, nr_passed;

/* Executed by fault() alone; 64-bit code could not jump there from elsewhere. */
static const char ud2_ret[] = { 0x0f, 0x0b, 0xc3 };

static void fault(void)
{
	((void (*)(void))(code + 2048))();
}

static LONG CALLBACK own_handler(struct _EXCEPTION_POINTERS *exception)
{
	if (exception->ExceptionRecord->ExceptionAddress != code + 2048) {
		InterlockedIncrement(&nr_passed);
		return EXCEPTION_CONTINUE_SEARCH;
	}
	InterlockedIncrement(&nr_handled);
#ifdef __x86_64__
	exception->ContextRecord->Rip += UD2_SIZE;
#else
	exception->ContextRecord->Eip += UD2_SIZE;
#endif
	return EXCEPTION_CONTINUE_EXECUTION;
}

static int look_up(void)
{
	call_vmm_function_t f, g, h;

	CALL_VMM_GET_FUNCTION("get_status", &f);
	CALL_VMM_GET_FUNCTION("no such function", &g);
	call_vmm_get_function_by_name("get_status", &h);
	return call_vmm_function_callable(&f) == vmm &&
	       call_vmm_function_number(&f) == call_vmm_function_number(&h) &&
	       call_vmm_function_found_vmm(&f) == call_vmm_function_found_vmm(&g) &&
	       !(call_vmm_function_found_vmm(&f) && bare) &&
	       !call_vmm_function_callable(&g);
}

/* A stub of three bytes and a "ret", where instructions may be executed */
static int try_stub(const char *insn, intptr_t rbx)
{
	call_vmm_ret_t regs = { 1, rbx, 3, 4, 5, 6 };
	const call_vmm_ret_t before = regs;
	int done;

	memcpy(code, insn, 3);
	code[3] = (char)0xc3;
	done = call_vmm_os_try(code, &regs);
	return memcmp(&regs, &before, sizeof(regs)) ? -1 : done;
}

static void test_stubs(void)
{
	ksft_test_result(try_stub("\x90\x90\x90", 2) == 1,
			 "an instruction that raises nothing is carried out\n");
	ksft_test_result(!try_stub("\x0f\x0b\x90", 2),
			 "an illegal instruction is a refusal\n");
	ksft_test_result(!try_stub("\xf4\x90\x90", 2),
			 "a privileged instruction is a refusal\n");
	ksft_test_result(!try_stub("\x8a\x03\x90", 8),
			 "an access violation is a refusal\n");
	ksft_test_result(try_stub("\x90\x90\x90", 2) == 1,
			 "and what is legal is carried out afterwards\n");
}

static void test_handlers(void)
{
	void *handler;

	/* Ours was there before the trial, and first: it must not see a trial. */
	nr_handled = 0;
	nr_passed = 0;
	handler = AddVectoredExceptionHandler(1, own_handler);
	try_stub("\x0f\x0b\x90", 2);
	look_up();
	ksft_test_result(!nr_handled && !nr_passed,
			 "the caller's handler sees no trial\n");
	fault();
	ksft_test_result(nr_handled == 1 && !nr_passed,
			 "the caller's handler gets a fault afterwards\n");
	RemoveVectoredExceptionHandler(handler);
}

static void test_state(void)
{
	struct state before;

	set_errors(4711);
	get_state(&before);
	try_stub("\x0f\x0b\x90", 2);
	look_up();
	ksft_test_result(same_state(&before), "errno and last error are as before\n");
}

static volatile LONG nr_wrong;

static DWORD WINAPI looking_up(void *unused)
{
	int i;

	for (i = 0; i < NR_LOOKUPS; i++)
		if (!look_up())
			InterlockedIncrement(&nr_wrong);
	return 0;
}

static DWORD WINAPI faulting(void *unused)
{
	int i;

	for (i = 0; i < NR_FAULTS; i++)
		fault();
	return 0;
}

static void test_threads(void)
{
	void *handler = AddVectoredExceptionHandler(0, own_handler);
	HANDLE threads[2 * NR_THREADS];
	int i;

	nr_handled = 0;
	for (i = 0; i < 2 * NR_THREADS; i++)
		threads[i] = CreateThread(NULL, 0, i % 2 ? faulting : looking_up,
					  NULL, 0, NULL);
	WaitForMultipleObjects(2 * NR_THREADS, threads, TRUE, INFINITE);
	RemoveVectoredExceptionHandler(handler);
	ksft_test_result(!nr_wrong, "look-ups from %d threads at once\n", NR_THREADS);
	ksft_test_result(nr_handled == NR_THREADS * NR_FAULTS,
			 "the faults of other threads go where they belong\n");
}

static void test_call(void)
{
	call_vmm_arg_t arg = { 0, 0, 0x1111, 0x2222, 0x3333 };
	call_vmm_function_t f;
	call_vmm_ret_t ret;

	CALL_VMM_GET_FUNCTION("get_status", &f);
	call_vmm_call_function(&f, &arg, &ret);
	ksft_test_result(ret.rax == vmm && !ret.rcx == !vmm && !ret.rbx &&
			 ret.rdx == 0x1111 && ret.rsi == 0x2222 &&
			 ret.rdi == 0x3333, "a call, and its registers\n");
}

int main(int argc, char **argv)
{
	vmm = argc == 2 && !strcmp(argv[1], "--vmm");
	bare = argc == 2 && !strcmp(argv[1], "--bare");
	setbuf(stdout, NULL);
	ksft_print_header();
	ksft_set_plan(13);
	code = VirtualAlloc(NULL, 4096, MEM_COMMIT, PAGE_EXECUTE_READWRITE);
	if (!code)
		ksft_exit_fail_msg("no memory for instructions\n");
	memcpy(code + 2048, ud2_ret, sizeof(ud2_ret));
	ksft_test_result(look_up(), "look-ups\n");
	test_stubs();
	test_handlers();
	test_state();
	test_threads();
	test_call();
	ksft_test_result(look_up(), "look-ups, afterwards\n");
	ksft_finished();
}
