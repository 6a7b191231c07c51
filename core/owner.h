/* SPDX-License-Identifier: GPL-2.0-only */
/* Who owns a frame of physical memory, and what the VMM's own are used for. */
#ifndef CORE_OWNER_H
#define CORE_OWNER_H

#include "core/boot.h"

enum owner_kind {
	OWNER_NONE,		/* not RAM: firmware, devices, nothing */
	OWNER_GUEST,		/* a range of the guest's RAM */
	OWNER_SHARED,		/* a part of the block that all CPUs share */
	OWNER_CPU,		/* a part of a CPU's block */
};

/**
 * struct owner - a stretch of memory with one use
 * @kind: whose
 * @cpu: number of the CPU, for OWNER_CPU
 * @start: host-physical, inclusive, bytes; unset for OWNER_NONE
 * @size: bytes
 * @va: where the VMM has it mapped, 0 if nowhere
 * @part: a name for what it is used for
 */
struct owner {
	enum owner_kind kind;
	u32 cpu;
	u64 start;
	u64 size;
	u64 va;
	const char *part;
};

/**
 * owner_shared_part() - iterate over the shared block
 * @index: which part, from 0, in the order of their addresses
 * Return: false behind the last one.
 */
bool owner_shared_part(u32 index, struct owner *owner);

/**
 * owner_cpu_part() - iterate over a CPU's block
 * @cpu: number of a CPU that has one
 * @index: which part, from 0, in the order of their addresses
 * Return: false behind the last one.
 */
bool owner_cpu_part(u32 cpu, u32 index, struct owner *owner);

/**
 * owner_kind() - whose a byte is, and no more
 * @addr: host-physical address
 *
 * Takes some hundred instructions on any machine; owner_find() has to look for the CPU.
 *
 * Context: as owner_find().
 */
enum owner_kind owner_kind(u64 addr);

/**
 * owner_find() - who owns a byte
 * @addr: host-physical address
 *
 * Context: root mode, after window_init().
 */
void owner_find(u64 addr, struct owner *owner);

#endif /* CORE_OWNER_H */
