// SPDX-License-Identifier: GPL-2.0-only
/* All CPUs leave together, or none. See core/gather.h. */
#include "core/gather.h"

/* About 5 ms where PAUSE takes 140 cycles, and less elsewhere */
#ifndef WAIT_LOOPS
#define WAIT_LOOPS	100000
#endif

/* One word, so that the last one to come and one that gives up can't both be right */
#define CLOSED		BIT(30)		/* all have come */
#define WIPED		BIT(31)

static u32 here __kept_by_wipe;		/* how many have come, or the flags */
static bool locked __kept_by_wipe;

void gather_lock(void)
{
	WRITE_ONCE(locked, true);
}

bool gather_locked(void)
{
	return READ_ONCE(locked);
}

static u32 cpus_in(void)
{
	u32 number, count = 0;

	for (number = 0; number < boot_info.nr_cpus; number++)
		if (cpu_present(number))
			count += READ_ONCE(cpu_by_number(number)->state) == CPU_IN;
	return count;
}

static u32 load_here(void)
{
	return __atomic_load_n(&here, __ATOMIC_ACQUIRE);
}

static bool change(u32 *old, u32 new)
{
	return __atomic_compare_exchange_n(&here, old, new, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

/* Return: whether this CPU is the last one */
static bool come(void)
{
	u32 all = cpus_in();
	u32 old = load_here();
	u32 new;

	do {
		new = old + 1 == all ? CLOSED : old + 1;
	} while (!change(&old, new));
	return new == CLOSED;
}

/* Return: whether it was possible: the last one had not come yet */
static bool give_up(void)
{
	u32 old = load_here();

	do {
		if (old & (CLOSED | WIPED))
			return false;
	} while (!change(&old, old - 1));
	return true;
}

static void wait(u32 loops)
{
	while (loops-- && !(load_here() & (CLOSED | WIPED)))
		__builtin_ia32_pause();
}

bool gather(void)
{
	if (come()) {
		wipe();
		__atomic_store_n(&here, WIPED, __ATOMIC_RELEASE);
		return true;
	}
	wait(WAIT_LOOPS);
	if (give_up())
		return false;
	/* As long as wipe() takes */
	while (!(load_here() & WIPED))
		__builtin_ia32_pause();
	return true;
}
