/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMM's memory as the guest sees it: a page of zeros that can't be written. */
#ifndef CORE_VMM_MEMORY_H
#define CORE_VMM_MEMORY_H

#include "core/radix.h"

/**
 * vmm_memory_hide() - show the page of zeros in place of all donated memory
 * @tree: the NPT or EPT, with the identity map in it
 * @flags: entry flags that allow reading only
 * Return: 0, or -ENOMEM when the pool is empty.
 */
int vmm_memory_hide(struct radix *tree, u64 flags);

/**
 * vmm_memory_touches() - whether a range has a byte of the VMM's memory in it
 * @start: physical address
 * @size: bytes; with 0 it has none
 */
bool vmm_memory_touches(u64 start, u64 size);

/**
 * vmm_memory_fault() - the guest touched what isn't its own, or isn't mapped: log it
 * @what: "read", "write" or "execution"
 * @addr: guest-physical address
 * @rip: guest's RIP
 * @interrupted: the event whose delivery the exit interrupted, EVENT_*
 *
 * The guest gets what the CPU makes of a fault at such a time (SDM vol. 3 section 6.15,
 * APM vol. 2 section 8.2.9): a double fault behind some exceptions, and behind a double
 * fault the shutdown that resets the machine. An interrupt or NMI whose delivery ran
 * into this is lost: its stack or handler is not memory that the guest has.
 *
 * Return: the vector to inject, with an error code of 0.
 */
u32 vmm_memory_fault(const char *what, gpa_t addr, u64 rip, u32 interrupted);

#endif /* CORE_VMM_MEMORY_H */
