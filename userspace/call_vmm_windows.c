// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * libvmmcall on Windows: how to try an instruction that may raise an exception.
 *
 * A vectored exception handler is there during a trial only. It is the first one
 * of the process, sees the exceptions of all threads, and claims one only in the
 * thread of the trial and only at the instruction that is tried; all else goes to
 * whom it would have gone. What it claims goes on at the stub's "ret", as if the
 * instruction had done nothing: no frame is unwound, and no register changes.
 */
#include <windows.h>

#include "call_vmm_private.h"

/* Both instructions have this size; behind them is the stub's "ret". */
#define INSN_SIZE	3

/* One trial at a time. Its owner waits for nothing else. */
static SRWLOCK trial_lock = SRWLOCK_INIT;

/*
 * The trial that runs, while its thread is not 0 (which is nobody's). Written by
 * that thread alone; what others see of it is never their own thread.
 */
static struct {
	volatile DWORD thread;
	const void *volatile stub;
	volatile LONG faulted;
} trial;

/* What the instructions raise, by what the CPU and the VMM beneath make of them */
static int is_refusal(DWORD code)
{
	return code == EXCEPTION_ILLEGAL_INSTRUCTION ||
	       code == EXCEPTION_PRIV_INSTRUCTION ||
	       code == EXCEPTION_ACCESS_VIOLATION;
}

static void set_instruction_pointer(CONTEXT *context, const void *address)
{
#ifdef __x86_64__
	context->Rip = (DWORD64)address;
#else
	context->Eip = (DWORD)address;
#endif
}

static LONG CALLBACK trial_handler(struct _EXCEPTION_POINTERS *exception)
{
	const EXCEPTION_RECORD *record = exception->ExceptionRecord;

	if (trial.thread != GetCurrentThreadId() ||
	    record->ExceptionAddress != trial.stub ||
	    !is_refusal(record->ExceptionCode))
		return EXCEPTION_CONTINUE_SEARCH;
	trial.faulted = 1;
	set_instruction_pointer(exception->ContextRecord,
				(const char *)trial.stub + INSN_SIZE);
	return EXCEPTION_CONTINUE_EXECUTION;
}

static int try_locked(const void *stub, call_vmm_ret_t *regs)
{
	/* 1: before the handlers of others, which might end the process */
	void *handler = AddVectoredExceptionHandler(1, trial_handler);

	if (!handler)
		return 0;
	trial.stub = stub;
	trial.faulted = 0;
	trial.thread = GetCurrentThreadId();
	call_vmm_raw(stub, regs);
	trial.thread = 0;
	RemoveVectoredExceptionHandler(handler);
	return !trial.faulted;
}

int call_vmm_os_try(const void *stub, call_vmm_ret_t *regs)
{
	DWORD saved_error = GetLastError();
	int done;

	AcquireSRWLockExclusive(&trial_lock);
	done = try_locked(stub, regs);
	ReleaseSRWLockExclusive(&trial_lock);
	SetLastError(saved_error);
	return done;
}
