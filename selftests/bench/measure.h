/* SPDX-License-Identifier: GPL-2.0-only */
/* Samples of time stamps, and how they are reported. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A target for report() that means: none */
#define NO_TARGET	0

/* RDTSC; 64-bit, as samples are differences */
static inline uint64_t rdtsc(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a" (low), "=d" (high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/**
 * ticks_per_insn() - how many ticks of the TSC an instruction takes
 *
 * Exact in an emulator that derives the one from the other; elsewhere it is the price
 * of a NOP and says little.
 */
double ticks_per_insn(void);

/**
 * report() - print minimum and median of samples as instructions
 * @name: what was measured
 * @samples: ticks; will be sorted
 * @n: how many
 * @empty: ticks of the same measurement with nothing between the time stamps
 * @target: the most it should cost, in instructions, or NO_TARGET
 *
 * Return: whether the target was met, or there is none.
 */
bool report(const char *name, uint64_t *samples, size_t n, uint64_t empty,
	    unsigned int target);

uint64_t minimum(const uint64_t *samples, size_t n);
uint64_t median(uint64_t *samples, size_t n);

#endif /* MEASURE_H */
