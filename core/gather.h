/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Once locked, no CPU leaves alone: all of them gather in root mode first, what the VMM
 * knows of the guest is wiped, and then they leave. A CPU on bare metal sees all of the
 * VMM's memory, so until then there must be none.
 */
#ifndef CORE_GATHER_H
#define CORE_GATHER_H

#include "core/cpu.h"

/**
 * gather_lock() - from now on CPUs leave together; for good
 */
void gather_lock(void);

/**
 * gather_locked() - whether gather_lock() was called
 */
bool gather_locked(void);

/**
 * gather() - wait until all CPUs that are in have come here, for some milliseconds at most
 *
 * Context: root mode, CPU_IN, no lock held; this CPU's state can be put on bare metal.
 * Return: true if all have come. Nothing but the way out is left of the VMM then, no
 * text can be logged, and the caller has to leave. False if some have not: all is as it was.
 */
bool gather(void);

/**
 * wipe() - clear what the VMM knows of the guest, but for what the ways out need
 *
 * The log, what CPUs noted for each other, and all of .bss. What is left is constants,
 * page tables, and the registers with which each CPU goes back to Linux; the driver clears
 * these when the last CPU has left.
 *
 * Context: all CPUs that are in have gathered.
 */
void wipe(void);

/* Data that the ways out need: not in .bss, so wipe() leaves it */
#define __kept_by_wipe	__section(".data.kept")

#endif /* CORE_GATHER_H */
