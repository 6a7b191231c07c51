/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A lock between CPUs in root mode. In root mode nothing interrupts, so a holder
 * never waits for anything but another lock, in the one order that
 * Documentation/architecture.md gives; waiting is bounded by the holders' work.
 */
#ifndef CORE_SPINLOCK_H
#define CORE_SPINLOCK_H

#include "core/types.h"

struct spinlock {
	u32 taken;
};

static inline void spin_lock(struct spinlock *lock)
{
	while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&lock->taken, __ATOMIC_RELAXED))
			__builtin_ia32_pause();
}

static inline void spin_unlock(struct spinlock *lock)
{
	__atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}

#endif /* CORE_SPINLOCK_H */
