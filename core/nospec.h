/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest-controlled indices and mispredicted bounds checks. */
#ifndef CORE_NOSPEC_H
#define CORE_NOSPEC_H

#include "core/types.h"

/**
 * nospec_index() - keep an index inside its array on a wrong path as well
 * @index: checked by the caller to be below @size
 * @size: number of elements
 *
 * CMP and SBB depend on data, not on a prediction: where the CPU has run past
 * the caller's check with a bad index, it gets element 0.
 *
 * Return: @index if it is below @size, else 0.
 */
static __always_inline u64 nospec_index(u64 index, u64 size)
{
	u64 mask;

	__asm__ __volatile__("cmpq %2, %1\n\t"
			     "sbbq %0, %0"
			     : "=r" (mask)
			     : "r" (index), "rm" (size)
			     : "cc");
	return index & mask;
}

#endif /* CORE_NOSPEC_H */
