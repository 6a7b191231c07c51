/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The backend contract: what svm/ and vmx/ both define. Exactly one of them is
 * linked into an image, so these are plain functions, and no code that is common
 * asks which vendor it runs on.
 */
#ifndef CORE_BACKEND_H
#define CORE_BACKEND_H

#include "core/cpu.h"
#include "core/format.h"
#include "core/radix.h"

/* "svm" or "vmx" */
extern const char backend_name[];

/* "vmcb" or "vmcs" */
extern const char backend_block_name[];

/* What backend_read_field() gives for other CPUs, in words */
extern const char backend_block_source[];

/**
 * backend_capture() - save what the switch stub could not, with Linux's state loaded
 * Context: first thing on a CPU that comes in, Linux's GDT and TR still in place.
 */
void backend_capture(struct cpu *cpu);

/**
 * backend_check_return() - whether the guest's state can be put on bare metal
 * @cpu: this CPU
 *
 * Return: NULL if so, or what stands against it, in words.
 */
const char *backend_check_return(struct cpu *cpu);

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
 * backend_off() - turn virtualization off on this CPU, for good
 * @cpu: this CPU
 *
 * Context: ahead of a reset (core/reset.h): nothing of the guest or of Linux is loaded.
 * INITs, NMIs and SMIs that were held back come.
 */
void backend_off(struct cpu *cpu);

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
 * backend_get_state() - the guest's state on this CPU, all but the general registers
 * @cpu: this CPU
 *
 * VMX also notes the VMCS's fields, for backend_read_field() on other CPUs.
 */
void backend_get_state(struct cpu *cpu, struct guest_state *state);

/**
 * backend_guest_rip() - linear address of the guest's next instruction
 */
u64 backend_guest_rip(struct cpu *cpu);

/**
 * backend_last_rip() - where another CPU's guest was when this CPU could last see it
 * @cpu: any CPU that is in
 * @rip: set, the offset in CS
 *
 * SVM has the VMCB's RIP, as of the last exit. On VMX it is that of the last exit other
 * than a VM call or CPUID, or of the last call that noted the state (core/cpu_note.h).
 *
 * Return: false if nothing is known.
 */
bool backend_last_rip(struct cpu *cpu, u64 *rip);

/**
 * backend_guest_cpl() - the guest's privilege level
 */
u8 backend_guest_cpl(struct cpu *cpu);

/**
 * backend_guest_cr3() - the guest's CR3, as the CPU has it
 */
u64 backend_guest_cr3(struct cpu *cpu);

/**
 * backend_outer_call() - pass a VM call on to the hypervisor we run under
 * @regs: the guest's general registers, all of which it gets, and may change
 *
 * Return: whether it answered; else the instruction was #UD, and @regs is as it was.
 */
bool backend_outer_call(struct guest_regs *regs);

/**
 * backend_exit_name() - the manual's name of an exit
 * @index: below CPU_NR_EXIT_COUNTS
 * Return: a constant string, or NULL for an index that no exit has.
 */
const char *backend_exit_name(u32 index);

/* "npt" or "ept" */
extern const char backend_nested_name[];

/**
 * backend_nested() - the nested page tables, which all CPUs share
 */
const struct radix *backend_nested(void);

/**
 * backend_print_nested() - an entry of the nested tables in words
 * @entry: not 0
 * @leaf: whether it maps a page
 *
 * Each word has a space before it: what the guest may do there, memory type, flags.
 */
void backend_print_nested(struct sink *sink, u64 entry, bool leaf);

/* Pages UV_CPU_VMCB_PAGE and up to UV_CPU_HSAVE_PAGE of a CPU's block: what they are */
extern const char * const backend_page_names[3];

/**
 * struct backend_field - a field of the VMCB or VMCS
 * @name: the manual's, capitals and underscores
 * @where: offset in the VMCB in bytes, or encoding
 */
struct backend_field {
	const char *name;
	u32 where;
};

/**
 * backend_field() - iterate over the fields, in the manual's order
 * @index: which, from 0
 * Return: the field, or NULL behind the last one.
 */
const struct backend_field *backend_field(u32 index);

/**
 * backend_field_size() - a field's size
 * Return: bytes, at most 8.
 */
u32 backend_field_size(const struct backend_field *field);

/**
 * backend_read_field() - read a field of a CPU's VMCB or VMCS
 * @cpu: any CPU
 * @index: of backend_field()
 * @value: where to put it
 *
 * Of this CPU it is the live value. SVM reads another CPU's VMCB, which has the guest's
 * state as of the last exit there; VMX what that CPU noted last (core/cpu_note.h).
 *
 * Return: 0; -ENOENT for a field that the CPU hasn't got; -EAGAIN if the CPU noted
 * nothing yet.
 */
int backend_read_field(struct cpu *cpu, u32 index, u64 *value);

#endif /* CORE_BACKEND_H */
