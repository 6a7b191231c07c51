/* SPDX-License-Identifier: GPL-2.0-only */
/* Faults in root mode, and the end of the machine when there is no way on. */
#ifndef CORE_FAULT_H
#define CORE_FAULT_H

#include "core/types.h"

/* struct fault_frame - what core/fault_stubs.S leaves on the stack */
struct fault_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rdi, rsi, rbp, rbx, rdx, rcx, rax;
	u64 vector;
	u64 error_code;
	u64 rip, cs, rflags, rsp, ss;
};

/**
 * vmm_fault() - an exception was raised in root mode
 * @frame: the interrupted state; RIP is changed when the exception table knows it
 *
 * A fault at an instruction that touches what the guest named (window, MSRs) continues
 * at its fixup. Any other is a defect of the VMM and ends in vmm_panic().
 */
void vmm_fault(struct fault_frame *frame);

/**
 * vmm_panic() - the VMM has no way on for this CPU
 *
 * Says the reason and where each CPU was (core/last_words.h), so that a crash dump or
 * another CPU's reader still finds it, and resets the machine: a guest without its VMM
 * must not run on.
 */
void vmm_panic(const char *reason, u64 a, u64 b) __noreturn;

/**
 * vmm_guest_shutdown() - the guest had a triple fault: reset the machine, as it would have
 * @rip: of the guest
 *
 * Says so, and where each CPU was (core/last_words.h): nobody else is left to tell.
 */
void vmm_guest_shutdown(u64 rip) __noreturn;

#endif /* CORE_FAULT_H */
