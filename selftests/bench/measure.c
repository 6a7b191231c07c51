// SPDX-License-Identifier: GPL-2.0-only
/* See measure.h. */
#include <stdio.h>
#include <stdlib.h>

#include "measure.h"

#define NOPS	1000

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

uint64_t minimum(const uint64_t *samples, size_t n)
{
	uint64_t least = samples[0];

	while (n--)
		if (samples[n] < least)
			least = samples[n];
	return least;
}

uint64_t median(uint64_t *samples, size_t n)
{
	qsort(samples, n, sizeof(*samples), compare);
	return samples[n / 2];
}

double ticks_per_insn(void)
{
	uint64_t start, best = ~0ULL, ticks;
	int i;

	for (i = 0; i < 100; i++) {
		start = rdtsc();
		asm volatile(".rept %c0\n\tnop\n\t.endr" : : "i" (NOPS));
		ticks = rdtsc() - start;
		if (ticks < best)
			best = ticks;
	}
	/* The two time stamps' own instructions are a few in a thousand. */
	return (double)best / NOPS;
}

bool report(const char *name, uint64_t *samples, size_t n, uint64_t empty,
	    unsigned int target)
{
	static double scale;
	double least, middle;

	if (!scale)
		scale = ticks_per_insn();
	least = ((double)minimum(samples, n) - empty) / scale;
	middle = ((double)median(samples, n) - empty) / scale;
	printf("%s_min %.0f instructions", name, least);
	if (target != NO_TARGET)
		printf(" (target %u%s)", target, least > target ? ", MISSED" : "");
	printf("\n%s_median %.0f instructions\n", name, middle);
	return target == NO_TARGET || least <= target;
}
