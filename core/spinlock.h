/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks between CPUs in root mode. In root mode nothing interrupts, so a holder
 * never waits for anything but another lock, in the one order that
 * Documentation/architecture.md gives; waiting is bounded by the holders' work.
 *
 * Whoever comes takes the next ticket, and tickets are served in their order: nobody
 * waits longer than every other CPU holds the lock once. A CPU that dies with a ticket
 * holds up those behind it for ever; but none dies without the machine being reset.
 */
#ifndef CORE_SPINLOCK_H
#define CORE_SPINLOCK_H

#include "core/boot.h"

#ifdef UV_HOST
#include <sched.h>

/* Threads in place of CPUs: the one whose turn it is may not be running */
#define spin_pause()	((void)sched_yield())
#else
#define spin_pause()	__builtin_ia32_pause()
#endif

/**
 * struct spinlock - a lock; all zeroes is a free one
 * @next: the next ticket to be taken
 * @served: the ticket whose owner holds the lock; @next if it is free
 * @longest: the longest wait so far: how often others released the lock meanwhile
 */
struct spinlock {
	u32 next;
	u32 served;
	u32 longest;
};

/* How often the lock was released; what a wait is measured by, whatever the order */
static inline u32 spin_releases(const struct spinlock *lock)
{
	return __atomic_load_n(&lock->served, __ATOMIC_ACQUIRE);
}

static inline void spin_lock(struct spinlock *lock)
{
	u32 ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
	u32 start = spin_releases(lock);
	u32 turns;

	while (spin_releases(lock) != ticket)
		spin_pause();
	turns = spin_releases(lock) - start;
	if (turns > lock->longest)
		WRITE_ONCE(lock->longest, turns);
}

static inline void spin_unlock(struct spinlock *lock)
{
	__atomic_store_n(&lock->served, lock->served + 1, __ATOMIC_RELEASE);
}

static inline u32 spin_longest_wait(const struct spinlock *lock)
{
	return READ_ONCE(lock->longest);
}

/**
 * struct nested_lock - a lock that exceptions want as well
 * @lock: the lock
 * @inside: by CPU: whether it holds the lock or waits for it
 *
 * An NMI, a machine check or a fault may come while its very CPU has a ticket, and
 * would wait behind that for ever.
 */
struct nested_lock {
	struct spinlock lock;
	u8 inside[UV_MAX_CPUS];
};

/**
 * nested_lock() - take the lock, unless this CPU is at it already
 * @lock: the lock
 * @cpu: this CPU's number
 *
 * What interrupts this function before the mark is made has come and gone with the
 * lock; behind the mark it goes without.
 *
 * Return: whether it was taken.
 */
static inline bool nested_lock(struct nested_lock *lock, u32 cpu)
{
	if (READ_ONCE(lock->inside[cpu]))
		return false;
	WRITE_ONCE(lock->inside[cpu], 1);
	barrier();
	spin_lock(&lock->lock);
	return true;
}

static inline void nested_unlock(struct nested_lock *lock, u32 cpu)
{
	spin_unlock(&lock->lock);
	barrier();
	WRITE_ONCE(lock->inside[cpu], 0);
}

#endif /* CORE_SPINLOCK_H */
