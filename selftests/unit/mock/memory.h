/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mock machine's memory as the shell's commands see it: the RAM of mock.h with a
 * hole, and another range of RAM with the VMM's blocks. The VMM's own tables and the
 * nested ones are real, in a pool that is an array.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include "core/window.h"
#include "mock/mock.h"

#define MOCK_HOLE_PAGE	50			/* of mock_ram */
#define MOCK_SHARED_PA	0x20000000ULL
#define MOCK_SHARED_PAGES 40
#define MOCK_POOL_PAGE	8			/* of the shared block, first */
#define MOCK_CPU_PA	0x20030000ULL		/* CPU n's block lies n blocks behind */
#define MOCK_RAM2_END	0x20100000ULL
#define MOCK_ZERO_PAGE	(MOCK_SHARED_PA + 4 * UV_PAGE_SIZE)

/* What a word of the VMM's own memory reads as */
#define MOCK_VMM_WORD(va) ((va) ^ 0x5a5a5a5a5a5a5a5aULL)

extern struct radix mock_nested;

/* Words that were loaded through the window, or were sought there in vain */
extern u64 mock_loads;

/* After mock_reset(): the map of memory, the VMM's tables and the nested ones */
void mock_memory_reset(bool la57);

/* Maps a page of the VMM's address space to what is no RAM, which the VMM never does */
void mock_map_device(u64 va, u64 pa);

/* A word of the guest's RAM, by its physical address */
u64 *mock_word(u64 addr);

#endif /* MEMORY_H */
