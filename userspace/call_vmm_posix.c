// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * libvmmcall on GNU/Linux: how to try an instruction that may raise a fault.
 *
 * Signal dispositions belong to the process, so a trial is visible to every
 * thread. While one runs, other threads must notice nothing:
 *
 * - One trial at a time, under a mutex. fork() waits for it, so that a child
 *   inherits neither our handlers nor a locked mutex.
 * - Our handler is installed with the flags and the mask of the one that it
 *   stands in for. The kernel then prepares the mask, the stack and the
 *   restart of system calls as the caller asked, and what our handler can't
 *   claim it passes on by a plain call.
 * - Our handler claims a fault only in the thread of the trial and only at the
 *   address of the instruction that is tried.
 * - Signals that somebody sends to the thread of the trial are kept back until
 *   it is over: a handler of the caller's must not run in the middle of it,
 *   since it could jump out of it for good.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "call_vmm_private.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM	(1U << 31)
#endif

/* VMCALL raises SIGILL without a VMM, and SIGSEGV beneath some of them. */
static const int trial_signals[] = { SIGILL, SIGSEGV };
#define NR_SIGNALS	(sizeof(trial_signals) / sizeof(trial_signals[0]))

/*
 * Of each signal, one that was sent to the thread and one that was sent to the
 * process can be kept back. The kernel keeps no more than that either.
 */
enum sent_to { SENT_TO_THREAD, SENT_TO_PROCESS, NR_SENT_TO };

struct trial {
	sigjmp_buf escape;
	const void *stub;
	stack_t altstack;
	int on_altstack;
	siginfo_t kept[NR_SIGNALS][NR_SENT_TO];
	volatile sig_atomic_t is_kept[NR_SIGNALS][NR_SENT_TO];
};

/*
 * What our handler stands in for, or stood in for last. It counts while ours is
 * what the kernel knows; otherwise, what the kernel knows does.
 */
static struct sigaction replaced[NR_SIGNALS];

static pthread_mutex_t trial_mutex = PTHREAD_MUTEX_INITIALIZER;

/*
 * Held while the above is put in place or put back, and while our handler finds
 * out what to do in its stead: a handler that is to be called once is in one
 * place then, and who takes it from there calls it. The owner blocks signals
 * and waits for nothing, and so a handler may wait for it. That isn't so with
 * trial_mutex, which is held during calls of the VMM and, by fork(), while
 * waiting for other locks.
 */
static pthread_mutex_t action_mutex = PTHREAD_MUTEX_INITIALIZER;

static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

/*
 * The trial of this thread, if any. initial-exec: the first access from a
 * handler must not allocate memory, which the general model does in a shared
 * object.
 */
static __thread struct trial *volatile current_trial
	__attribute__((tls_model("initial-exec")));

static void trial_handler(int sig, siginfo_t *info, void *context);

static void lock_trials(void)
{
	pthread_mutex_lock(&trial_mutex);
}

static void unlock_trials(void)
{
	pthread_mutex_unlock(&trial_mutex);
}

/* A handler in a thread that the child doesn't have may own action_mutex. */
static void unlock_in_child(void)
{
	static const pthread_mutex_t unlocked = PTHREAD_MUTEX_INITIALIZER;

	action_mutex = unlocked;
	unlock_trials();
}

static void guard_fork(void)
{
	pthread_atfork(lock_trials, unlock_trials, unlock_in_child);
}

static unsigned int index_of(int sig)
{
	return sig == trial_signals[0] ? 0 : 1;
}

static const void *instruction_pointer(const void *context)
{
	const ucontext_t *uc = context;

#ifdef __x86_64__
	return (const void *)uc->uc_mcontext.gregs[REG_RIP];
#else
	return (const void *)uc->uc_mcontext.gregs[REG_EIP];
#endif
}

/* Raised by an instruction, not sent by kill() and its relatives. */
static int is_fault(const siginfo_t *info)
{
	return info->si_code > 0;
}

/*
 * With the siginfo of the sender. The kernel lets only the main thread repeat
 * a plain kill() to the process.
 */
static void send_again(int sig, siginfo_t *info, enum sent_to to)
{
	if (to == SENT_TO_THREAD)
		syscall(SYS_rt_tgsigqueueinfo, getpid(),
			(pid_t)syscall(SYS_gettid), sig, info);
	else if (syscall(SYS_rt_sigqueueinfo, getpid(), sig, info))
		kill(getpid(), sig);
}

static void keep_back(struct trial *trial, int sig, const siginfo_t *info)
{
	unsigned int i = index_of(sig);
	enum sent_to to = info->si_code == SI_TKILL ? SENT_TO_THREAD :
						      SENT_TO_PROCESS;

	if (trial->is_kept[i][to])
		return;
	trial->kept[i][to] = *info;
	trial->is_kept[i][to] = 1;
}

/*
 * The default action: a faulting instruction is executed again and faults
 * again, a signal that was sent is sent again. Whichever it is, the process
 * dies of it now, with the status and the core that it would have had.
 */
static void die_by_default(int sig, siginfo_t *info)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = SIG_DFL;
	sigaction(sig, &action, NULL);
	if (!is_fault(info))
		send_again(sig, info, SENT_TO_THREAD);
}

/*
 * All signals but those that an instruction raises: blocking one of the latter
 * makes it fatal, and takes breakpoints away from a debugger.
 */
static void set_outer_mask(sigset_t *mask)
{
	sigfillset(mask);
	sigdelset(mask, SIGBUS);
	sigdelset(mask, SIGFPE);
	sigdelset(mask, SIGSYS);
	sigdelset(mask, SIGTRAP);
}

/* The kernel leaves SIG_IGN in place, whatever the flags are. */
static int is_once(const struct sigaction *action)
{
	return action->sa_flags & SA_RESETHAND && action->sa_handler != SIG_IGN;
}

/*
 * Takes what is to be done now about a signal that our handler has got. What is
 * to be done once is replaced by the default action, as the kernel does it. If
 * our handler's trial is over, the kernel may have called the other one in the
 * meantime: only who is the one to remove it may call it.
 */
static void take_action(int sig, struct sigaction *action)
{
	struct sigaction *old = &replaced[index_of(sig)];
	struct sigaction reset;

	sigaction(sig, NULL, action);
	if (action->sa_sigaction == trial_handler) {
		*action = *old;
		if (is_once(action))
			old->sa_handler = SIG_DFL;
	} else if (is_once(action)) {
		reset = *action;
		reset.sa_handler = SIG_DFL;
		sigaction(sig, &reset, action);
		/* Installed just now, and to be called often. */
		if (!is_once(action))
			sigaction(sig, action, NULL);
	}
}

/* Does what would have happened to the signal if we weren't there. */
static void pass_on(int sig, siginfo_t *info, void *context)
{
	struct sigaction action;
	sigset_t mask, handlers_mask;

	set_outer_mask(&mask);
	pthread_sigmask(SIG_BLOCK, &mask, &handlers_mask);
	pthread_mutex_lock(&action_mutex);
	take_action(sig, &action);
	pthread_mutex_unlock(&action_mutex);
	pthread_sigmask(SIG_SETMASK, &handlers_mask, NULL);

	/* The kernel doesn't let a fault be ignored either. */
	if (action.sa_handler == SIG_IGN && !is_fault(info))
		return;
	if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN)
		die_by_default(sig, info);
	else if (action.sa_flags & SA_SIGINFO)
		action.sa_sigaction(sig, info, context);
	else
		action.sa_handler(sig);
}

static void trial_handler(int sig, siginfo_t *info, void *context)
{
	struct trial *trial = current_trial;

	if (trial && !is_fault(info)) {
		keep_back(trial, sig, info);
		return;
	}
	if (trial && instruction_pointer(context) == trial->stub)
		siglongjmp(trial->escape, 1);
	pass_on(sig, info, context);
}

/*
 * The loop is for a thread that changes the action between the two calls, be it
 * only by a fault whose handler is to be called once. Our handler waits until
 * that is known.
 *
 * Should ours be there already, somebody has saved it during an earlier trial
 * and restored it later: then what it stood in for is still remembered, and is
 * what has to be put back.
 */
static void replace_handler(unsigned int i)
{
	struct sigaction *old = &replaced[i];
	struct sigaction ours, before;

	sigaction(trial_signals[i], NULL, &before);
	do {
		if (before.sa_sigaction != trial_handler)
			*old = before;
		ours = *old;
		/* An ignored signal does not interrupt a system call. */
		if (ours.sa_handler == SIG_IGN)
			ours.sa_flags |= SA_RESTART;
		ours.sa_flags &= ~SA_RESETHAND;
		ours.sa_flags |= SA_SIGINFO;
		ours.sa_sigaction = trial_handler;
		sigaction(trial_signals[i], &ours, &before);
	} while (before.sa_sigaction != trial_handler &&
		 before.sa_handler != old->sa_handler);
}

static void replace_handlers(void)
{
	unsigned int i;

	pthread_mutex_lock(&action_mutex);
	for (i = 0; i < NR_SIGNALS; i++)
		replace_handler(i);
	pthread_mutex_unlock(&action_mutex);
}

/* Puts back what was there, unless somebody has installed something newer. */
static void restore_handlers(void)
{
	struct sigaction newer;
	unsigned int i;

	pthread_mutex_lock(&action_mutex);
	for (i = 0; i < NR_SIGNALS; i++) {
		sigaction(trial_signals[i], &replaced[i], &newer);
		if (newer.sa_sigaction != trial_handler)
			sigaction(trial_signals[i], &newer, NULL);
	}
	pthread_mutex_unlock(&action_mutex);
}

/* siglongjmp() out of a handler skips the sigreturn that would re-arm it. */
static void save_altstack(struct trial *trial)
{
	trial->on_altstack = (replaced[0].sa_flags | replaced[1].sa_flags) &
			     SA_ONSTACK &&
			     !sigaltstack(NULL, &trial->altstack);
}

static void rearm_altstack(const struct trial *trial)
{
	if (trial->on_altstack &&
	    (unsigned int)trial->altstack.ss_flags & SS_AUTODISARM)
		sigaltstack(&trial->altstack, NULL);
}

static void set_trial_mask(sigset_t *mask)
{
	unsigned int i;

	sigemptyset(mask);
	for (i = 0; i < NR_SIGNALS; i++)
		sigaddset(mask, trial_signals[i]);
}

static void begin_trial(struct trial *trial, sigset_t *callers_mask)
{
	sigset_t mask;

	memset(trial, 0, sizeof(*trial));
	pthread_once(&fork_once, guard_fork);
	/* Before the lock: a handler that looks something up would deadlock. */
	set_outer_mask(&mask);
	pthread_sigmask(SIG_BLOCK, &mask, callers_mask);
	lock_trials();
	replace_handlers();
	save_altstack(trial);
	current_trial = trial;
	/* A blocked signal that is raised by an instruction kills. */
	set_trial_mask(&mask);
	pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
}

/*
 * Sends again what was kept back. Still blocked at this point, it arrives when
 * the caller's mask lets it. What was sent to the process had been given to
 * this thread if the thread let it through; if not, then only our unblocking
 * took it from the process.
 */
static void send_kept(struct trial *trial, unsigned int i,
		      const sigset_t *callers_mask)
{
	siginfo_t *kept = trial->kept[i];
	int sig = trial_signals[i];
	enum sent_to to = SENT_TO_THREAD;

	if (trial->is_kept[i][SENT_TO_THREAD])
		send_again(sig, &kept[SENT_TO_THREAD], SENT_TO_THREAD);
	/* A thread holds one of a kind: a second one would be lost. */
	if (trial->is_kept[i][SENT_TO_THREAD] || sigismember(callers_mask, sig))
		to = SENT_TO_PROCESS;
	if (trial->is_kept[i][SENT_TO_PROCESS])
		send_again(sig, &kept[SENT_TO_PROCESS], to);
}

static void end_trial(struct trial *trial, const sigset_t *callers_mask)
{
	sigset_t mask;
	unsigned int i;

	set_trial_mask(&mask);
	pthread_sigmask(SIG_BLOCK, &mask, NULL);
	current_trial = NULL;
	restore_handlers();
	unlock_trials();
	for (i = 0; i < NR_SIGNALS; i++)
		send_kept(trial, i, callers_mask);
	pthread_sigmask(SIG_SETMASK, callers_mask, NULL);
}

int call_vmm_os_try(const void *stub, call_vmm_ret_t *regs)
{
	struct trial trial;
	sigset_t callers_mask;
	int saved_errno = errno;
	volatile int done = 0;

	begin_trial(&trial, &callers_mask);
	trial.stub = stub;
	/* The mask is not saved here: end_trial() sets it in any case. */
	if (!sigsetjmp(trial.escape, 0)) {
		call_vmm_raw(stub, regs);
		done = 1;
	} else {
		rearm_altstack(&trial);
	}
	end_trial(&trial, &callers_mask);
	errno = saved_errno;
	return done;
}
