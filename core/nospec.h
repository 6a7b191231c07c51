/* SPDX-License-Identifier: GPL-2.0-only */
/* What the guest controls, and checks whose outcome the CPU predicts wrongly. */
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

/**
 * nospec_equal() - compare two words, and get a mask that knows the answer
 * @a: one of them
 * @b: the other
 * @mask: all ones if they are equal, else 0, also where the CPU has predicted wrongly
 *	what the caller does with the answer
 *
 * SUB borrows from 0 alone, and SBB makes a mask of that. Whatever is loaded by a
 * pointer that depends on the check has to go through the mask.
 *
 * Return: whether they are equal.
 */
static __always_inline bool nospec_equal(u64 a, u64 b, u64 *mask)
{
	u64 value = a ^ b;
	bool differ;

	__asm__ __volatile__("subq $1, %0\n\t"
			     "sbbq %0, %0"
			     : "+r" (value), "=@ccz" (differ));
	*mask = value;
	return !differ;
}

/**
 * nospec_barrier() - let no load behind it begin before what is ahead is certain
 *
 * LFENCE: SDM vol. 2 "LFENCE"; AMD's waits so where MSR C0011029H says so (APM vol. 3
 * "LFENCE"), which Linux sets on each CPU that has the bit.
 */
static __always_inline void nospec_barrier(void)
{
	__asm__ __volatile__("lfence" : : : "memory");
}

#endif /* CORE_NOSPEC_H */
