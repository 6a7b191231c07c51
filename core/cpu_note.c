// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notes of the guest's state. One writer, the CPU itself, and readers that don't hold it
 * up: a sequence counter tells them that what they copied is of one piece.
 */
#include "core/cpu_note.h"
#include "core/backend.h"
#include "core/clock.h"
#include "core/string.h"

/*
 * A writer is done in a few thousand cycles, and a PAUSE takes tens of them. Who writes
 * for ever gets no more patience than a VM call may have (services/shell.h).
 */
#define READ_TRIES	2000
#define COPY_TRIES	100	/* what a copy costs in vain, in tries */

void cpu_note_state(struct cpu *cpu, const struct guest_regs *regs)
{
	struct cpu_note *note = &cpu->note;
	u32 sequence = note->sequence;

	__atomic_store_n(&note->sequence, sequence + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	note->regs = *regs;
	backend_get_state(cpu, &note->state);
	note->ticks = log_clock();
	__atomic_store_n(&note->sequence, sequence + 2, __ATOMIC_RELEASE);
}

int cpu_note_read(const struct cpu *cpu, struct cpu_note *note)
{
	u32 try;

	for (try = 0; try < READ_TRIES; try++) {
		u32 sequence = __atomic_load_n(&cpu->note.sequence,
					       __ATOMIC_ACQUIRE);

		if (!sequence)
			return -ENOENT;
		if (!(sequence & 1)) {
			memcpy(note, &cpu->note, sizeof(*note));
			__atomic_thread_fence(__ATOMIC_ACQUIRE);
			if (READ_ONCE(cpu->note.sequence) == sequence)
				return 0;
			try += COPY_TRIES;
		}
		__builtin_ia32_pause();
	}
	return -EBUSY;
}
