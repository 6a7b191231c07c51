// SPDX-License-Identifier: GPL-2.0-only
/*
 * storm - random VM calls on all CPUs until SIGTERM, with or without a VMM
 *
 * Numbers from 0 to 100, registers with anything in them, pointers among it. Nothing is
 * expected of an answer: the machine has to stand it. Says "running" when all threads do.
 * THREADS (8) says how many.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include "common.h"

#define MAX_NUMBER	100
#define MAX_THREADS	64
#define PAGE		4096ul
#define SCRATCH		(16 * PAGE)

static volatile sig_atomic_t stop;
static pthread_barrier_t started;

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

/* A mapped page, one that isn't, and so on: half of the calls meet a fault in their midst */
static char *map_scratch(void)
{
	char *scratch = mmap(NULL, SCRATCH, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	size_t i;

	if (scratch == MAP_FAILED)
		exit(1);
	for (i = PAGE; i < SCRATCH; i += 4 * PAGE)
		munmap(scratch + i, PAGE);
	return scratch;
}

static unsigned long any_value(uint64_t *seed, char *scratch)
{
	uint64_t value = rnd(seed);

	switch (rnd(seed) % 8) {
	case 0: return value;
	case 1: return value % 256;
	case 2: return value % (2 * PAGE);
	case 3: return -(value % 256);
	case 4: return 0xffff800000000000ul | value;
	default: return (unsigned long)scratch + value % SCRATCH;
	}
}

static void *call_on(void *arg)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	static unsigned long answered[MAX_THREADS];
	uint64_t seed = (unsigned long)arg * 0x9e3779b97f4a7c15ul + 1;
	unsigned long *count = &answered[(unsigned long)arg];
	char *scratch = map_scratch();

	pthread_barrier_wait(&started);
	while (!stop) {
		struct vmm_regs regs = {
			.rax = rnd(&seed) % (MAX_NUMBER + 1),
			.rbx = any_value(&seed, scratch),
			.rcx = any_value(&seed, scratch),
			.rdx = any_value(&seed, scratch),
			.rsi = any_value(&seed, scratch),
			.rdi = any_value(&seed, scratch),
			.flags = VMM_FLAGS & rnd(&seed),
		};

		if (vmm_call(&regs))
			nanosleep(&pause, NULL);
		else
			(*count)++;
		/* Where one thread executes all CPUs, QEMU goes on with the next one here. */
		if (rnd(&seed) % 8 == 0)
			__builtin_ia32_pause();
	}
	return count;
}

int main(void)
{
	unsigned long i, sum = 0, nr = env_number("THREADS", 8);
	pthread_t threads[MAX_THREADS];
	unsigned long *count;

	if (!nr || nr > MAX_THREADS)
		return 64;
	signal(SIGTERM, on_term);
	vmm_catch_faults();
	/* insmod and rmmod are to have their turn. */
	setpriority(PRIO_PROCESS, 0, 19);
	pthread_barrier_init(&started, NULL, nr + 1);
	for (i = 0; i < nr; i++)
		if (pthread_create(&threads[i], NULL, call_on, (void *)i))
			return 1;
	pthread_barrier_wait(&started);
	printf("# running in %lu threads\n", nr);
	fflush(stdout);
	for (i = 0; i < nr; i++) {
		pthread_join(threads[i], (void **)&count);
		sum += *count;
	}
	printf("# %lu calls answered\n", sum);
	return !sum;
}
