/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the VMM keeps for a CPU. It starts the CPU's slot, and the stack lies in
 * the same slot, so the stack pointer finds it: no GS, no CPUID.
 */
#ifndef CORE_CPU_H
#define CORE_CPU_H

#include "core/boot.h"
#include "core/descriptors.h"
#include "core/guest.h"
#include "core/guest_state.h"

enum cpu_state {
	CPU_OUT,
	CPU_IN,
};

#define CPU_NR_EXIT_COUNTS 272

/**
 * struct cpu - one CPU of the machine
 * @frame: what the switch stubs and the driver see; first, see core/boot.h
 * @number: Linux's CPU number, also the slot's
 * @state: whether the CPU runs the guest
 * @exits: VM exits by the backend's exit index (backend_exit_name())
 * @ticks: TSC ticks spent in the VMM's exit handling
 * @refused: VM calls refused by the dispatcher, and writes to MSRs by phys_msr_write(),
 *	since the VMM was loaded
 * @last_call: number of the last VM call that a function was found for, or of the look-up
 * @descriptors: the CPU's GDT and TSS in root mode
 * @arch: the backend's own part
 * @note: the guest's state here, for other CPUs (core/cpu_note.h)
 */
struct cpu {
	struct uv_switch_frame frame;
	u32 number;
	u32 state;
	u64 exits[CPU_NR_EXIT_COUNTS];
	u64 ticks;
	u64 refused;
	u32 last_call;
	struct cpu_descriptors descriptors;
	u8 arch[2560] __aligned(64);
	struct cpu_note note;
};

static_assert(sizeof(struct cpu) <= UV_CPU_DATA_PAGES * UV_PAGE_SIZE, "slot");

#ifdef UV_HOST
struct cpu *this_cpu(void);		/* the unit tests' mock */
struct cpu *cpu_by_number(u32 number);
#else
static __always_inline struct cpu *this_cpu(void)
{
	u64 slot = (u64)__builtin_frame_address(0) & ~(UV_CPU_SLOT - 1);

	return (struct cpu *)slot;
}

/* Context: @number is below boot_info.nr_cpus and in the boot's CPU list */
static inline struct cpu *cpu_by_number(u32 number)
{
	return (struct cpu *)(UV_CPU_BASE + number * UV_CPU_SLOT);
}
#endif

/* The driver's word on the machine; supplied by core/boot.c or by a mock */
extern struct uv_boot_info boot_info;

/* Whether CPU @number has a block (its slot is mapped) */
bool cpu_present(u32 number);

/**
 * cpu_leave() - last step to bare metal, from the backend
 * @cpu: this CPU; its frame's out_gpr and out_iret are filled in
 * @cr3: Linux's CR3
 *
 * Context: Linux's other registers are back in place. Does not return: the switch
 * page pops the frame in Linux's address space.
 */
void cpu_leave(struct cpu *cpu, u64 cr3) __noreturn;

/* From core/entry.S, on the CPU's own stack */
void vmm_cpu_main(void);

/* core/entry.S */
void switch_to_linux(u64 cr3, u64 leave_va, u64 frame_linux_va) __noreturn;

#endif /* CORE_CPU_H */
