// SPDX-License-Identifier: GPL-2.0-only
/*
 * A token bucket in one word, so that who finds it empty has only read it. The word is
 * the time when the bucket is full again. Each token taken moves it on by what a token
 * takes to come back; a bucket is empty when that is a whole burst ahead.
 *
 * The TSC is the guest's to write, on each CPU. That may give its kernel more lines,
 * never a program's calls alone; and no rate is what keeps a line in the log, see
 * core/log_stream.c.
 */
#include "core/log_limit.h"
#include "core/boot.h"
#include "core/clock.h"
#include "core/cpu.h"

void log_limit_skip(struct log_limit *limit)
{
	__atomic_fetch_add(&limit->suppressed, 1, __ATOMIC_RELAXED);
}

/* Time, or where its rate is unknown what was left out, and what a token takes of it */
static u64 limit_clock(const struct log_limit *limit, u64 *period)
{
	u32 khz = boot_info.tsc_khz;

	*period = khz ? (u64)khz * 1000 / LOG_PER_SEC : LOG_PER_COUNT;
	return khz ? log_clock() : READ_ONCE(limit->suppressed);
}

bool log_limit_take(struct log_limit *limit)
{
	u64 period;
	u64 due = READ_ONCE(limit->due);
	u32 tries;

	for (tries = 0; tries <= LOG_BURST; tries++) {
		u64 now = limit_clock(limit, &period);
		u64 ahead = due > now ? due - now : 0;
		bool take = ahead <= (LOG_BURST - 1) * period;
		u64 next = now + ahead + period;

		/* No honest bucket is that empty: the TSC was set back. It goes on, empty. */
		if (ahead > LOG_BURST * period)
			next = now + LOG_BURST * period;
		else if (!take)
			break;
		if (!__atomic_compare_exchange_n(&limit->due, &due, next, false,
						 __ATOMIC_RELAXED,
						 __ATOMIC_RELAXED))
			continue;
		if (take)
			return true;
		break;
	}
	log_limit_skip(limit);
	return false;
}
