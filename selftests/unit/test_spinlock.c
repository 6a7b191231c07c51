// SPDX-License-Identifier: GPL-2.0-only
/*
 * The lock between CPUs: tickets are served in their order, waits are counted, and an
 * exception on a CPU that is at the lock doesn't wait for it.
 */
#include "unit.h"
#include "core/spinlock.h"

#include <pthread.h>
#include <unistd.h>

#define THREADS	8
#define ROUNDS	20000

static struct spinlock lock;
static struct nested_lock nested;
static u32 order[THREADS], nr_served;
static u32 inside;

static void *wait_in_line(void *arg)
{
	spin_lock(&lock);
	order[nr_served++] = (u32)(uintptr_t)arg;
	spin_unlock(&lock);
	return NULL;
}

/* Threads come while the lock is held, one behind the other, and are served so */
static void test_order(void **state)
{
	pthread_t threads[THREADS];
	uintptr_t i;
	u32 round;

	(void)state;
	for (round = 0; round < 20; round++) {
		lock = (struct spinlock){ .next = ~0U - 3, .served = ~0U - 3 };
		nr_served = 0;
		spin_lock(&lock);
		for (i = 0; i < THREADS; i++) {
			assert_int_equal(pthread_create(&threads[i], NULL,
							wait_in_line, (void *)i), 0);
			/* It has its ticket, and time to look who is served */
			while (READ_ONCE(lock.next) - READ_ONCE(lock.served) < i + 2)
				usleep(10);
			usleep(500);
		}
		spin_unlock(&lock);
		for (i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		for (i = 0; i < THREADS; i++)
			assert_int_equal(order[i], i);
		assert_int_equal(lock.next, lock.served);
	}
	/* The first to wait saw the holder's turn, the last one those of all others too */
	assert_int_equal(spin_longest_wait(&lock), THREADS);
}

static void *hammer(void *arg)
{
	u32 i;

	(void)arg;
	for (i = 0; i < ROUNDS; i++) {
		spin_lock(&lock);
		if (inside++)
			abort();
		inside--;
		spin_unlock(&lock);
		/* Where there are few CPUs, others come only so */
		if (i % 64 == 0)
			usleep(0);
	}
	return NULL;
}

/* However they come: one at a time, and nobody waits for more than all others once */
static void test_waits(void **state)
{
	pthread_t threads[4];
	u32 i;

	(void)state;
	memset(&lock, 0, sizeof(lock));
	spin_lock(&lock);
	spin_unlock(&lock);
	assert_int_equal(spin_longest_wait(&lock), 0);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, NULL), 0);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(lock.served, ARRAY_SIZE(threads) * ROUNDS + 1);
	assert_true(spin_longest_wait(&lock) < ARRAY_SIZE(threads));
}

static void *take_nested(void *arg)
{
	(void)arg;
	assert_true(nested_lock(&nested, 2));
	nested_unlock(&nested, 2);
	return NULL;
}

static void test_nested(void **state)
{
	pthread_t thread;

	(void)state;
	assert_true(nested_lock(&nested, 1));
	assert_false(nested_lock(&nested, 1));
	/* An exception on a CPU that waits goes without as well */
	assert_int_equal(pthread_create(&thread, NULL, take_nested, NULL), 0);
	while (READ_ONCE(nested.lock.next) != 2)
		usleep(10);
	assert_false(nested_lock(&nested, 2));
	assert_int_equal(nested.lock.next, 2);
	nested_unlock(&nested, 1);
	pthread_join(thread, NULL);
	assert_true(nested_lock(&nested, 1));
	nested_unlock(&nested, 1);
	assert_int_equal(nested.lock.next, nested.lock.served);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_waits),
		cmocka_unit_test(test_nested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
