/* SPDX-License-Identifier: GPL-2.0-only */
/* Time as the log and the report see it: TSC ticks. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include "core/types.h"

#define CLOCK_US_PER_SEC	1000000ULL

#ifdef UV_HOST
u64 log_clock(void);		/* the unit tests' mock */

static inline u32 exit_clock(void)
{
	return (u32)log_clock();
}
#else
/**
 * log_clock() - the time stamp counter
 *
 * Not serialised: a log line may be a few instructions early, which no reader
 * can see.
 *
 * Return: ticks.
 */
static inline u64 log_clock(void)
{
	u32 low, high;

	__asm__ __volatile__("rdtsc" : "=a" (low), "=d" (high));
	return (u64)high << 32 | low;
}

/**
 * exit_clock() - the lower half of the time stamp counter, for what is done in an exit
 *
 * None takes 2^32 ticks, and the other half costs instructions.
 */
static __always_inline u32 exit_clock(void)
{
	u32 low;

	__asm__ __volatile__("rdtsc" : "=a" (low) : : "edx");
	return low;
}
#endif

/**
 * clock_us() - microseconds that some ticks took
 * @ticks: difference of two values of log_clock()
 * @khz: ticks in a millisecond, not 0
 *
 * Whole seconds apart from the rest, so that no product can overflow.
 */
static inline u64 clock_us(u64 ticks, u32 khz)
{
	u64 hz = (u64)khz * 1000;

	return ticks / hz * CLOCK_US_PER_SEC + ticks % hz * 1000 / khz;
}

#endif /* CORE_CLOCK_H */
