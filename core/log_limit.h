/* SPDX-License-Identifier: GPL-2.0-only */
/* How many lines may be caused at will: a token bucket that needs no lock. */
#ifndef CORE_LOG_LIMIT_H
#define CORE_LOG_LIMIT_H

#include "core/types.h"

/* So many lines at once, and so many a second */
#define LOG_BURST	16
#define LOG_PER_SEC	8
/* Where the TSC's rate is not known: one for so many that were left out */
#define LOG_PER_COUNT	128

/**
 * struct log_limit - a bucket; all zeros is a full one
 * @due: when it will be full again: TSC ticks, or lines left out
 * @suppressed: lines left out since the VMM was loaded
 */
struct log_limit {
	u64 due;
	u64 suppressed;
};

/**
 * log_limit_take() - take a token
 *
 * Context: any, an NMI handler too. At most LOG_BURST + 1 tries against other CPUs,
 * each of which takes a token when one of ours fails.
 * Return: whether a line may pass. If not, it has been counted.
 */
bool log_limit_take(struct log_limit *limit);

/* Counts a line that is left out for another reason */
void log_limit_skip(struct log_limit *limit);

#endif /* CORE_LOG_LIMIT_H */
