// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/gather.c: with the lock, CPUs leave together or not at all. Threads stand for CPUs.
 * Whoever is told that all have come finds the VMM wiped, once, and with all others here;
 * whoever gives up leaves no trace.
 */
#include "unit.h"
#include "core/gather.h"

#include <pthread.h>
#include <sched.h>

/* As few as make the last one to come and one that gives up meet */
#define WAIT_LOOPS	4
#define __builtin_ia32_pause()	pause_loop()
static void pause_loop(void);
#include "core/gather.c"

#define CPUS		6
#define ABSENT		2
#define ROUNDS		500

struct uv_boot_info boot_info;

static struct cpu cpus[CPUS];
static u32 wipes, gone;

/* One core, and all threads would wait for a whole time slice */
static void pause_loop(void)
{
	sched_yield();
}

bool cpu_present(u32 number)
{
	return number < CPUS && number != ABSENT;
}

struct cpu *cpu_by_number(u32 number)
{
	assert_true(cpu_present(number));
	return &cpus[number];
}

void wipe(void)
{
	/* Nobody may have left, and nobody come later */
	assert_int_equal(__atomic_load_n(&gone, __ATOMIC_SEQ_CST), 0);
	assert_int_equal(here, CLOSED);
	sched_yield();
	wipes++;
}

static int setup(void **state)
{
	u32 i;

	(void)state;
	here = 0;
	locked = false;
	wipes = 0;
	gone = 0;
	boot_info.nr_cpus = CPUS;
	for (i = 0; i < CPUS; i++)
		cpus[i].state = CPU_IN;
	return 0;
}

static void test_lock(void **state)
{
	(void)state;
	assert_false(gather_locked());
	gather_lock();
	assert_true(gather_locked());
}

/* Nobody else comes: it gives up, as often as it tries */
static void test_alone(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_false(gather());
		assert_int_equal(here, 0);
	}
	assert_int_equal(wipes, 0);
}

/* Those that are out aren't waited for */
static void test_last_in(void **state)
{
	u32 i;

	(void)state;
	for (i = 1; i < CPUS; i++)
		cpus[i].state = CPU_OUT;
	assert_true(gather());
	assert_int_equal(wipes, 1);
}

/* A CPU that tries until all are there; each stays away now and then */
static void *leave(void *arg)
{
	u32 seed = (u32)(uintptr_t)arg, tries = 0;

	while (!gather()) {
		assert_int_equal(__atomic_load_n(&gone, __ATOMIC_SEQ_CST), 0);
		seed = seed * 1103515245 + 12345;
		for (tries = seed >> 28; tries; tries--)
			sched_yield();
	}
	assert_int_equal(__atomic_load_n(&wipes, __ATOMIC_SEQ_CST), 1);
	__atomic_add_fetch(&gone, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void test_together(void **state)
{
	pthread_t thread[CPUS];
	u32 round, i;

	for (round = 0; round < ROUNDS; round++) {
		setup(state);
		for (i = 0; i < CPUS; i++)
			if (cpu_present(i))
				pthread_create(&thread[i], NULL, leave,
					       (void *)(uintptr_t)(round * CPUS + i));
		for (i = 0; i < CPUS; i++)
			if (cpu_present(i))
				pthread_join(thread[i], NULL);
		assert_int_equal(gone, CPUS - 1);
		assert_int_equal(wipes, 1);
		assert_int_equal(here, WIPED);
	}
}

/* The last one to come and the first to give up: at the same moment, one of them is right */
static void *come_once(void *arg)
{
	bool *came = arg;

	*came = gather();
	return NULL;
}

static void test_none_alone(void **state)
{
	bool came[2];
	pthread_t thread[2];
	u32 round, i;

	for (round = 0; round < ROUNDS; round++) {
		setup(state);
		for (i = 2; i < CPUS; i++)
			cpus[i].state = CPU_OUT;
		for (i = 0; i < 2; i++)
			pthread_create(&thread[i], NULL, come_once, &came[i]);
		for (i = 0; i < 2; i++)
			pthread_join(thread[i], NULL);
		assert_int_equal(came[0], came[1]);
		assert_int_equal(wipes, came[0]);
		assert_int_equal(here, came[0] ? WIPED : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lock, setup),
		cmocka_unit_test_setup(test_alone, setup),
		cmocka_unit_test_setup(test_last_in, setup),
		cmocka_unit_test_setup(test_together, setup),
		cmocka_unit_test_setup(test_none_alone, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
