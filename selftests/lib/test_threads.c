// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Look-ups in eight threads at once, among threads that raise the signals which
 * a look-up takes over for its own use, and have handlers for them.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "call_vmm.h"
#include "kselftest.h"
#include "result.h"
#include "state.h"

#define NR_LOOKERS	8
#define NR_FAULTERS	2	/* of each kind */
#define NR_LOOK_UPS	400
#define NR_SENT		300

static const char *nowhere;
static atomic_int stop, nr_wrong;
static __thread sigjmp_buf escape;
static __thread volatile sig_atomic_t nr_received;

static int look_up(void)
{
	call_vmm_function_t f, g;

	CALL_VMM_GET_FUNCTION("dbgsh", &f);
	call_vmm_get_function_by_name("dbgsh", &g);
	return !call_vmm_function_callable(&f) &&
	       call_vmm_function_number(&f) == call_vmm_function_number(&g) &&
	       call_vmm_function_instruction(&f) ==
	       call_vmm_function_instruction(&g);
}

static void *look_up_often(void *arg)
{
	int i;

	for (i = 0; i < NR_LOOK_UPS; i++)
		if (!look_up())
			nr_wrong++;
	return NULL;
}

static void *look_up_until_stopped(void *arg)
{
	while (!stop)
		if (!look_up())
			nr_wrong++;
	return NULL;
}

static int is_blocked(int sig)
{
	sigset_t mask;

	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	return sigismember(&mask, sig);
}

static int is_on_altstack(void)
{
	stack_t stack;

	return !sigaltstack(NULL, &stack) && stack.ss_flags & SS_ONSTACK;
}

/* With siginfo, a mask and an alternate stack: all must be as asked for. */
static void on_sigsegv(int sig, siginfo_t *info, void *context)
{
	if (sig != SIGSEGV || info->si_addr != (void *)nowhere || !context ||
	    !is_blocked(SIGUSR2) || is_blocked(SIGUSR1) || !is_on_altstack())
		nr_wrong++;
	siglongjmp(escape, 1);
}

/* Plain, and so its own signal is blocked and nothing else. */
static void on_sigill(int sig)
{
	if (sig != SIGILL || is_blocked(SIGUSR2) || !is_blocked(SIGILL) ||
	    is_on_altstack())
		nr_wrong++;
	siglongjmp(escape, 1);
}

static void install_handlers(void)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_sigaction = on_sigsegv;
	action.sa_flags = SA_SIGINFO | SA_ONSTACK;
	sigaddset(&action.sa_mask, SIGUSR2);
	sigaction(SIGSEGV, &action, NULL);
	memset(&action, 0, sizeof(action));
	action.sa_handler = on_sigill;
	sigaction(SIGILL, &action, NULL);
}

/* Returns how many faults came through, or -1 if one didn't. */
static void *raise_until_stopped(void *arg)
{
	int is_sigill = !!arg;
	static __thread char memory[64 * 1024];
	stack_t stack = { .ss_sp = memory, .ss_size = sizeof(memory) };
	volatile long count = 0;

	sigaltstack(&stack, NULL);
	while (!stop) {
		if (!sigsetjmp(escape, 1)) {
			if (is_sigill)
				raise_sigill();
			else
				raise_sigsegv(nowhere);
			nr_wrong++;
		}
		count++;
		sched_yield();
	}
	return (void *)count;
}

static void test_faults(void)
{
	pthread_t lookers[NR_LOOKERS], faulters[2 * NR_FAULTERS];
	struct state before;
	int i, ok = 1;
	void *count;

	install_handlers();
	get_state(&before);
	for (i = 0; i < 2 * NR_FAULTERS; i++)
		pthread_create(&faulters[i], NULL, raise_until_stopped,
			       i < NR_FAULTERS ? NULL : &ok);
	for (i = 0; i < NR_LOOKERS; i++)
		pthread_create(&lookers[i], NULL, look_up_often, NULL);
	for (i = 0; i < NR_LOOKERS; i++)
		pthread_join(lookers[i], NULL);
	stop = 1;
	for (i = 0; i < 2 * NR_FAULTERS; i++) {
		pthread_join(faulters[i], &count);
		ok = ok && (long)count > 0;
	}
	result(ok && !nr_wrong, "faults of other threads reach their handlers");
	result(same_state(&before), "the handlers are back after the crowd");
	stop = 0;
	nr_wrong = 0;
}

static void *receive_until_stopped(void *arg)
{
	atomic_int *received = arg;

	while (!stop) {
		if (!look_up())
			nr_wrong++;
		*received = nr_received;
	}
	return NULL;
}

static volatile sig_atomic_t raises_sigsegv;

/* Looks up what can't be read, and expects nothing to survive in rax. */
#define raw_call(insn) do { \
	long rax_ = 0; \
	__asm__ __volatile__(#insn : "+a" (rax_) : : "memory"); \
} while (0)

static void on_trial(int sig)
{
	if (sig == SIGSEGV)
		raises_sigsegv = 1;
	siglongjmp(escape, 1);
}

/*
 * The signal that the instructions don't raise on this machine. Of two signals
 * of a kind, the kernel drops the one that was sent while the one that was
 * raised is on its way: no look-up is needed to lose it.
 */
static int unraised_signal(void)
{
	signal(SIGILL, on_trial);
	signal(SIGSEGV, on_trial);
	if (!sigsetjmp(escape, 1))
		raw_call(vmcall);
	if (!sigsetjmp(escape, 1))
		raw_call(vmmcall);
	return raises_sigsegv ? SIGILL : SIGSEGV;
}

static void on_sent(int sig)
{
	nr_received++;
}

/* Each of the signals that somebody sends to a looking thread arrives once. */
static void test_sent(void)
{
	static atomic_int received;
	pthread_t looker;
	int i, patience, sig = unraised_signal();

	signal(SIGILL, on_sent);
	signal(SIGSEGV, on_sent);
	pthread_create(&looker, NULL, receive_until_stopped, &received);
	for (i = 0; i < NR_SENT; i++) {
		pthread_kill(looker, sig);
		for (patience = 0; received <= i && patience < 5000; patience++)
			usleep(200);
		if (received != i + 1)
			break;
	}

	stop = 1;
	pthread_join(looker, NULL);
	result(i == NR_SENT && !nr_wrong,
	       "signals sent to a looking thread arrive, each once");
	stop = 0;
	nr_wrong = 0;
}

/* In a child: runs fn among looking threads; returns the child's status. */
static int status_among_lookers(void (*fn)(void))
{
	pthread_t thread;
	int status = -1, i;
	pid_t child = fork();

	if (!child) {
		alarm(20);
		for (i = 0; i < 2; i++)
			pthread_create(&thread, NULL, look_up_until_stopped,
				       NULL);
		usleep(1000);
		fn();
		_exit(100);
	}
	waitpid(child, &status, 0);
	return status;
}

static void fault(void)
{
	raise_sigsegv(nowhere);
}

static void send_sigsegv(void)
{
	kill(getpid(), SIGSEGV);
	sleep(10);
}

static void send_and_survive(void)
{
	int i;

	for (i = 0; i < 200; i++) {
		kill(getpid(), SIGSEGV);
		usleep(50);
	}
	_exit(42);
}

static int dies_of_sigsegv(void (*fn)(void))
{
	int i, status;

	for (i = 0; i < 10; i++) {
		status = status_among_lookers(fn);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV)
			return 0;
	}
	return 1;
}

static void test_default(void)
{
	signal(SIGILL, SIG_DFL);
	signal(SIGSEGV, SIG_DFL);
	result(dies_of_sigsegv(fault), "without a handler a fault kills");
	result(dies_of_sigsegv(send_sigsegv), "and so does a signal sent");
	signal(SIGSEGV, SIG_IGN);
	result(dies_of_sigsegv(fault), "a fault kills if it is ignored, too");
	result(WEXITSTATUS(status_among_lookers(send_and_survive)) == 42,
	       "a signal that was sent does not");
	signal(SIGSEGV, SIG_DFL);
}

static atomic_int *nr_once;

static void on_once(int sig)
{
	(*nr_once)++;
}

static void *fault_thread(void *arg)
{
	fault();
	return NULL;
}

static void fault_in_threads(void)
{
	pthread_t thread;
	int i;

	for (i = 0; i < NR_FAULTERS; i++)
		pthread_create(&thread, NULL, fault_thread, NULL);
	fault();
}

static int calls_at_most_once(void (*fn)(void), int at_least)
{
	int i, status, ok = 1;

	for (i = 0; i < 10; i++) {
		*nr_once = 0;
		status = status_among_lookers(fn);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV ||
		    *nr_once < at_least || *nr_once > 1) {
			ksft_print_msg("status %#x, called %d times\n", status,
				       (int)*nr_once);
			ok = 0;
		}
	}
	return ok;
}

static void test_once(void)
{
	struct sigaction action;

	nr_once = mmap(NULL, sizeof(*nr_once), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(&action, 0, sizeof(action));
	action.sa_handler = on_once;
	action.sa_flags = SA_RESETHAND;
	sigaction(SIGSEGV, &action, NULL);
	result(calls_at_most_once(fault, 1),
	       "a handler to be called once is called once");
	/* The second to fault may kill the process before the first counts. */
	result(calls_at_most_once(fault_in_threads, 0),
	       "and not by two threads that fault at once");
	signal(SIGSEGV, SIG_DFL);
}

static struct sigaction expected;

static void fork_often(void)
{
	struct sigaction action;
	int i, status;

	for (i = 0; i < 100; i++) {
		if (!fork()) {
			alarm(10);
			sigaction(SIGSEGV, NULL, &action);
			_exit(action.sa_handler != expected.sa_handler ||
			      !look_up());
		}
		wait(&status);
		if (status)
			_exit(1);
	}
	_exit(42);
}

static void fork_among_faults(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, raise_until_stopped, NULL);
	fork_often();
}

static void test_fork(void)
{
	sigaction(SIGSEGV, NULL, &expected);
	result(WEXITSTATUS(status_among_lookers(fork_often)) == 42,
	       "children inherit neither a lock nor a handler");
	install_handlers();
	sigaction(SIGSEGV, NULL, &expected);
	result(WEXITSTATUS(status_among_lookers(fork_among_faults)) == 42,
	       "nor do they while another thread faults");
	signal(SIGSEGV, SIG_DFL);
	signal(SIGILL, SIG_DFL);
}

/*
 * A thread that saves the action while ours is in place and restores it later
 * leaves our handler behind. It then has to do what the other one would do,
 * and the next look-up puts the other one back.
 */
static void test_restorer(void)
{
	struct sigaction ours, action;
	pthread_t looker;
	int called;

	signal(SIGSEGV, on_once);
	pthread_create(&looker, NULL, look_up_until_stopped, NULL);
	do {
		sigaction(SIGSEGV, NULL, &ours);
	} while (ours.sa_handler == on_once);
	stop = 1;
	pthread_join(looker, NULL);
	stop = 0;

	sigaction(SIGSEGV, &ours, NULL);
	*nr_once = 0;
	kill(getpid(), SIGSEGV);
	called = *nr_once;
	look_up();
	sigaction(SIGSEGV, NULL, &action);
	result(called == 1 && action.sa_handler == on_once,
	       "our handler, restored by somebody else, does no harm");
	signal(SIGSEGV, SIG_DFL);
}

int main(void)
{
	setbuf(stdout, NULL);
	nowhere = mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ksft_print_header();
	ksft_set_plan(12);
	test_faults();
	test_sent();
	test_default();
	test_once();
	test_fork();
	test_restorer();
	ksft_finished();
}
