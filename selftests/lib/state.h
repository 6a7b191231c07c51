/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a look-up must leave as it was, as the kernel itself sees it: the
 * handlers with flags and masks, the mask and the alternate stack of the
 * thread, and errno. On Windows, the thread's last error and errno.
 */
#ifndef STATE_H
#define STATE_H

#include <errno.h>

#ifdef _WIN32
#include <windows.h>

struct state {
	DWORD last_error;
	int error;
};

static inline void get_state(struct state *state)
{
	state->last_error = GetLastError();
	state->error = errno;
}

static inline void set_errors(int error)
{
	errno = error;
	SetLastError(error);
}

static inline int same_state(const struct state *before)
{
	return GetLastError() == before->last_error && errno == before->error;
}

#else
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's layout on x86: the C library's may hide things from us. */
struct kernel_sigaction {
	unsigned long handler, flags, restorer;
	unsigned long mask[8 / sizeof(long)];
};

struct state {
	struct kernel_sigaction sigill, sigsegv;
	unsigned long mask[8 / sizeof(long)];
	stack_t altstack;
	int error;
};

static inline void get_state(struct state *state)
{
	int error = errno;

	memset(state, 0, sizeof(*state));
	state->error = error;
	syscall(SYS_rt_sigaction, SIGILL, NULL, &state->sigill, 8);
	syscall(SYS_rt_sigaction, SIGSEGV, NULL, &state->sigsegv, 8);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, state->mask, 8);
	sigaltstack(NULL, &state->altstack);
	errno = error;
}

static inline void set_errors(int error)
{
	errno = error;
}

static inline int same_state(const struct state *before)
{
	struct state after;

	get_state(&after);
	return !memcmp(before, &after, sizeof(after));
}

#endif /* _WIN32 */

/* An instruction that raises SIGILL, and one that raises SIGSEGV. */
static inline void raise_sigill(void)
{
	__asm__ __volatile__("ud2" : : : "memory");
}

static inline void raise_sigsegv(const volatile void *address)
{
	(void)*(const volatile char *)address;
}

#endif /* STATE_H */
