/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The backend contract: what svm/ and vmx/ both define. Exactly one of them is
 * linked into an image, so these are plain functions, and no code that is common
 * asks which vendor it runs on.
 */
#ifndef CORE_BACKEND_H
#define CORE_BACKEND_H

#include "core/cpu.h"

/* "svm" or "vmx" */
extern const char backend_name[];

/**
 * backend_capture() - save what the switch stub could not, with Linux's state loaded
 * Context: first thing on a CPU that comes in, Linux's GDT and TR still in place.
 */
void backend_capture(struct cpu *cpu);

/**
 * backend_return() - turn virtualization off and go back to bare metal
 * @cpu: this CPU
 * @regs: the general registers that Linux gets
 * @rip: where Linux goes on, in the switch page
 *
 * All other state is the guest's (or, if it never ran, as captured).
 */
void backend_return(struct cpu *cpu, const struct guest_regs *regs, u64 rip)
	__noreturn;

/**
 * backend_init() - once, on the first CPU, before any guest runs
 * Return: 0 or a negative errno, with a reason in @cpu's frame.
 */
int backend_init(struct cpu *cpu);

/**
 * backend_enter() - make this CPU a guest that goes on at the frame's RIP
 * Context: the VMM's address space, nothing can interrupt.
 * Return: only on failure: a negative errno, with a reason in the frame.
 */
int backend_enter(struct cpu *cpu);

/**
 * backend_fault_entry() - the backend's own handler of an exception in root mode
 * @vector: below 32
 * Return: its address, or NULL for vmm_fault().
 */
const char *backend_fault_entry(u32 vector);

/**
 * backend_get_mmu() - the paging state of the guest on this CPU
 */
void backend_get_mmu(struct cpu *cpu, struct guest_mmu *mmu);

/**
 * backend_guest_rip() - linear address of the guest's next instruction
 */
u64 backend_guest_rip(struct cpu *cpu);

/**
 * backend_outer_call() - pass a VM call on to the hypervisor we run under
 * Return: whether it answered; @regs holds the answer then.
 */
bool backend_outer_call(struct guest_regs *regs);

/**
 * backend_exit_name() - the manual's name of an exit
 * @index: below CPU_NR_EXIT_COUNTS
 * Return: a constant string, or NULL for an index that no exit has.
 */
const char *backend_exit_name(u32 index);

#endif /* CORE_BACKEND_H */
