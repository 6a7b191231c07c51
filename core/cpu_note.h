/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notes of the guest's state on a CPU, for other CPUs to read: live it can be read
 * on the CPU itself only, at an exit, and exits are rare.
 */
#ifndef CORE_CPU_NOTE_H
#define CORE_CPU_NOTE_H

#include "core/cpu.h"

/**
 * cpu_note_state() - note the guest's state on this CPU
 * @cpu: this CPU
 * @regs: the guest's general registers, as the exit found them
 *
 * Context: root mode, within an exit, before the exit's handler changed @regs.
 * Costs some hundred VMREADs on VT-x: not for calls that have to be fast.
 */
void cpu_note_state(struct cpu *cpu, const struct guest_regs *regs);

/**
 * cpu_note_read() - copy what a CPU noted last
 * @cpu: any CPU
 * @note: the copy, all of it from one call of cpu_note_state()
 *
 * Return: 0; -ENOENT if the CPU never noted anything; -EBUSY if it notes all the time.
 */
int cpu_note_read(const struct cpu *cpu, struct cpu_note *note);

#endif /* CORE_CPU_NOTE_H */
