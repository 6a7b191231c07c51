// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Look-ups in one thread, without Undervisor: on bare metal, in an emulator, or
 * beneath a VMM that is none of ours (a plain KVM answers -1). Nothing may be
 * callable, and nothing that belongs to the caller may change.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "call_vmm.h"
#include "kselftest.h"
#include "result.h"
#include "state.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM	(1U << 31)
#endif

/* Three look-ups, each of which must fail in the way of all others. */
static int look_up(void)
{
	call_vmm_function_t f, g, h;

	CALL_VMM_GET_FUNCTION("dbgsh", &f);
	CALL_VMM_GET_FUNCTION("no such function", &g);
	call_vmm_get_function_by_name("dbgsh", &h);
	if (call_vmm_function_callable(&f) || call_vmm_function_callable(&g) ||
	    call_vmm_function_callable(&h))
		return 0;
	if (call_vmm_function_number(&f) > 0 ||
	    call_vmm_function_number(&f) != call_vmm_function_no_vmm(&f))
		return 0;
	if (!call_vmm_function_found_vmm(&f) && call_vmm_function_number(&f))
		return 0;
	return call_vmm_function_number(&f) == call_vmm_function_number(&h) &&
	       call_vmm_function_instruction(&f) ==
	       call_vmm_function_instruction(&g) &&
	       call_vmm_function_instruction(&f) ==
	       call_vmm_function_instruction(&h) &&
	       call_vmm_function_found_vmm(&f) ==
	       (call_vmm_function_instruction(&f) != CALL_VMM_INSN_NONE);
}

static int look_up_changes_nothing(void)
{
	struct state before;
	int i;

	for (i = 0; i < 3; i++) {
		errno = 4711;
		get_state(&before);
		if (!look_up() || !same_state(&before))
			return 0;
	}
	return 1;
}

#define NAME_64	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_names(void)
{
	call_vmm_function_t f, g;
	char name[300];

	memset(name, 'x', sizeof(name));
	name[255] = 0;
	call_vmm_get_function_by_name("x", &f);
	call_vmm_get_function_by_name(name, &g);
	result(call_vmm_function_instruction(&f) ==
	       call_vmm_function_instruction(&g), "a name of 255 bytes is tried");

	name[255] = 'x';
	name[256] = 0;
	memset(&f, 0x55, sizeof(f));
	call_vmm_get_function_by_name(name, &f);
	result(!call_vmm_function_callable(&f) &&
	       !call_vmm_function_number(&f) &&
	       !call_vmm_function_found_vmm(&f), "a name of 256 bytes is not");

	memset(&f, 0x55, sizeof(f));
	CALL_VMM_GET_FUNCTION(NAME_64 NAME_64 NAME_64 NAME_64, &f);
	result(!call_vmm_function_callable(&f) &&
	       !call_vmm_function_number(&f) &&
	       !call_vmm_function_found_vmm(&f), "nor a literal of 256 bytes");
}

static void test_callable(void)
{
	static const struct {
		call_vmm_function_t function;
		int callable;
	} cases[] = {
		{ { 64, CALL_VMM_INSN_VMCALL }, 1 },
		{ { 64, CALL_VMM_INSN_VMMCALL }, 1 },
		{ { INT32_MAX, CALL_VMM_INSN_VMCALL }, 1 },
		{ { 64, CALL_VMM_INSN_NONE }, 0 },
		{ { 0, CALL_VMM_INSN_VMCALL }, 0 },
		{ { -1, CALL_VMM_INSN_VMCALL }, 0 },
		{ { -1000, CALL_VMM_INSN_VMMCALL }, 0 },
		{ { INT32_MIN, CALL_VMM_INSN_VMMCALL }, 0 },
	};
	unsigned int i;
	int ok = 1;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		call_vmm_function_t f = cases[i].function;

		ok = ok && call_vmm_function_callable(&f) == cases[i].callable;
	}
	result(ok, "callable with an instruction and a positive number only");
}

static void test_call(void)
{
	call_vmm_function_t f = { 0, CALL_VMM_INSN_NONE };
	call_vmm_function_t minus = { -1, CALL_VMM_INSN_VMCALL };
	call_vmm_arg_t arg = { 1, 2, 3, 4, 5 };
	union {
		call_vmm_arg_t arg;
		call_vmm_ret_t ret;
	} u;

	memset(&u, 0x55, sizeof(u));
	call_vmm_call_function(&f, &arg, &u.ret);
	result(u.ret.rax == 0 && u.ret.rbx == 1 && u.ret.rcx == 2 &&
	       u.ret.rdx == 3 && u.ret.rsi == 4 && u.ret.rdi == 5,
	       "a call of what isn't callable gives 0 and the arguments");

	u.arg = arg;
	call_vmm_call_function(&minus, &u.arg, &u.ret);
	result(u.ret.rax == 0 && u.ret.rbx == 1 && u.ret.rcx == 2 &&
	       u.ret.rdx == 3 && u.ret.rsi == 4 && u.ret.rdi == 5,
	       "arg and ret may overlap, a negative number is not called");

	memset(&u, 0x55, sizeof(u));
	result(!call_vmm_try_call_function(&minus, &arg, &u.ret) &&
	       u.ret.rax == 0 && u.ret.rbx == 1 && u.ret.rdi == 5,
	       "nor is it by the guarded call");
}

/* As after a look-up, when the VMM has been unloaded since. */
static void test_gone(void)
{
	static const int insns[] = {
		CALL_VMM_INSN_VMCALL, CALL_VMM_INSN_VMMCALL,
	};
	call_vmm_arg_t arg = { 1, 2, 3, 4, 5 };
	call_vmm_function_t none;
	call_vmm_ret_t ret;
	struct state before;
	int i, ok = 1, done = 0;

	call_vmm_get_function_by_name("x", &none);
	for (i = 0; i < 2; i++) {
		/* A number that no VMM knows. */
		call_vmm_function_t f = { 0x7ffffff0, insns[i] };

		get_state(&before);
		done += call_vmm_try_call_function(&f, &arg, &ret);
		ok = ok && same_state(&before) && ret.rbx == 1 && ret.rdi == 5;
	}
	result(ok && done <= 1 && done == call_vmm_function_found_vmm(&none),
	       "a guarded call survives the instruction's fault");
}

static void quiet_handler(int sig)
{
	(void)sig;
}

static void quiet_action(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
}

static void set_action(int sig, void (*handler)(int), int flags)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	action.sa_flags = flags;
	sigaddset(&action.sa_mask, SIGUSR2);
	sigaddset(&action.sa_mask, sig == SIGILL ? SIGALRM : SIGBUS);
	sigaction(sig, &action, NULL);
}

static void test_handlers(void)
{
	struct sigaction action;

	result(look_up_changes_nothing(), "default actions");

	set_action(SIGILL, SIG_IGN, 0);
	set_action(SIGSEGV, SIG_IGN, SA_RESTART);
	result(look_up_changes_nothing(), "ignored signals");

	set_action(SIGILL, quiet_handler, SA_RESTART | SA_RESETHAND);
	set_action(SIGSEGV, quiet_handler, SA_NODEFER);
	result(look_up_changes_nothing(), "handlers, one to be called once");

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = quiet_action;
	action.sa_flags = SA_SIGINFO | SA_ONSTACK;
	sigfillset(&action.sa_mask);
	sigaction(SIGILL, &action, NULL);
	action.sa_flags |= SA_NODEFER | SA_RESTART;
	sigaction(SIGSEGV, &action, NULL);
	result(look_up_changes_nothing(), "handlers with siginfo");

	set_action(SIGILL, SIG_DFL, 0);
	set_action(SIGSEGV, SIG_DFL, 0);
}

static void test_masks(void)
{
	sigset_t mask;

	sigfillset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	result(look_up_changes_nothing(), "with all signals blocked");

	sigemptyset(&mask);
	sigaddset(&mask, SIGILL);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	result(look_up_changes_nothing(), "with SIGILL blocked");

	sigaddset(&mask, SIGSEGV);
	sigdelset(&mask, SIGILL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	result(look_up_changes_nothing(), "with SIGSEGV blocked");

	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	result(look_up_changes_nothing(), "with no signal blocked");
}

static volatile sig_atomic_t nr_handled;

static void count_action(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
	nr_handled++;
}

/*
 * Signals that were sent and are blocked must not reach a handler because the
 * look-up unblocks them, must not be lost, and keep what came with them.
 */
static void test_pending(int sig, const char *what)
{
	static const long now[2];
	struct sigaction action;
	int value = 0, thread = 0;
	siginfo_t info;
	sigset_t mask;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = count_action;
	action.sa_flags = SA_SIGINFO;
	sigaction(sig, &action, NULL);
	sigemptyset(&mask);
	sigaddset(&mask, sig);
	sigprocmask(SIG_BLOCK, &mask, NULL);

	nr_handled = 0;
	syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), sig);
	sigqueue(getpid(), sig, (union sigval){ .sival_int = 4711 });
	look_up();
	/* The C library's function changes SI_TKILL. */
	while (syscall(SYS_rt_sigtimedwait, &mask, &info, now, 8) == sig) {
		if (info.si_code == SI_TKILL)
			thread++;
		else if (info.si_code == SI_QUEUE && info.si_int == 4711)
			value++;
	}
	result(!nr_handled && thread == 1 && value == 1, what);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	signal(sig, SIG_DFL);
}

static sigjmp_buf escape;

static void escape_handler(int sig)
{
	siglongjmp(escape, sig);
}

static void test_own_handlers(void)
{
	const void *nowhere = mmap(NULL, 1, PROT_NONE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile int caught = 0;

	signal(SIGILL, escape_handler);
	signal(SIGSEGV, escape_handler);
	look_up();
	if (!sigsetjmp(escape, 1))
		raise_sigill();
	else
		caught |= 1;
	look_up();
	if (!sigsetjmp(escape, 1))
		raise_sigsegv(nowhere);
	else
		caught |= 2;
	result(caught == 3 && look_up(), "the caller's handlers work as before");
	signal(SIGILL, SIG_DFL);
	signal(SIGSEGV, SIG_DFL);
}

static void test_altstack(void)
{
	size_t size = 64 * 1024;
	stack_t stack = { .ss_sp = malloc(size), .ss_size = size };

	stack.ss_flags = (int)SS_AUTODISARM;
	sigaltstack(&stack, NULL);
	set_action(SIGILL, quiet_handler, SA_ONSTACK);
	set_action(SIGSEGV, quiet_handler, SA_ONSTACK);
	result(look_up_changes_nothing(),
	       "an alternate stack that disarms itself is armed afterwards");
	set_action(SIGILL, SIG_DFL, 0);
	set_action(SIGSEGV, SIG_DFL, 0);
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
	free(stack.ss_sp);
}

/* A fault after a look-up kills, as it did before. */
static void test_death(void)
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (!child) {
		look_up();
		raise_sigill();
		_exit(1);
	}
	waitpid(child, &status, 0);
	result(WIFSIGNALED(status) && WTERMSIG(status) == SIGILL,
	       "a later fault kills as usual");
}

int main(void)
{
	setbuf(stdout, NULL);
	ksft_print_header();
	ksft_set_plan(22);
	result(look_up(), "no function is callable");
	test_names();
	test_callable();
	test_call();
	test_gone();
	test_handlers();
	test_masks();
	test_pending(SIGILL, "pending SIGILLs stay pending");
	test_pending(SIGSEGV, "pending SIGSEGVs stay pending");
	test_own_handlers();
	test_altstack();
	test_death();
	ksft_finished();
}
