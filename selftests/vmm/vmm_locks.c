// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMM's locks are fair. All CPUs call at once what takes the log's lock and the debug
 * shell's, and the VMM counts how often others had a lock while somebody waited for it:
 * never more often than there are other CPUs. With one CPU nobody waits.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "kselftest.h"
#include "common.h"

#define CALLS	20000	/* of a thread, at most */
#define SECONDS	8

static int cpus[MAX_CPUS];
static int nr_cpus;
static pthread_barrier_t barrier;
static long byte_call, status_call;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/* The shell's lock at each call, and the log's: once a call, or thrice for the report */
static void *caller(void *arg)
{
	static char text[MAX_CPUS][16];
	double end = now() + SECONDS;
	struct vmm_regs regs;
	int i;

	pin_to(cpus[(long)arg]);
	memset(text[(long)arg], 0, sizeof(text[0]));
	pthread_barrier_wait(&barrier);
	for (i = 0; i < CALLS && now() < end; i++) {
		regs = (struct vmm_regs){ .rax = byte_call, .rbx = 3 };
		vmm_call(&regs);
		regs = (struct vmm_regs){ .rax = byte_call, .rbx = 0 };
		vmm_call(&regs);
		regs = (struct vmm_regs){
			.rax = status_call, .rcx = sizeof(text[0]),
			.rbx = (unsigned long)text[(long)arg],
		};
		vmm_call(&regs);
	}
	return NULL;
}

static void call_on_all(void)
{
	pthread_t threads[MAX_CPUS];
	long i;

	pthread_barrier_init(&barrier, NULL, nr_cpus);
	for (i = 0; i < nr_cpus; i++)
		if (pthread_create(&threads[i], NULL, caller, (void *)i))
			ksft_exit_fail_msg("pthread_create\n");
	for (i = 0; i < nr_cpus; i++)
		pthread_join(threads[i], NULL);
}

static void test_waits(const char *parameters)
{
	int log = -1, dbgsh = -1;
	char *text, *line;

	need_vmm(parameters);
	byte_call = vmm_lookup(VMMCALL_NAME_DBGSH);
	status_call = vmm_lookup(VMMCALL_NAME_GET_STATUS);
	call_on_all();
	text = vmm_status();
	line = text ? strstr(text, "\nlocks ") : NULL;
	if (!line || sscanf(line, "\nlocks log %d dbgsh %d", &log, &dbgsh) != 2)
		ksft_exit_fail_msg("the report has no line on locks\n");
	free(text);
	ksft_test_result(log >= 0 && log < nr_cpus,
			 "%s: the log's lock: others had it %d times, %d CPUs\n",
			 parameters, log, nr_cpus);
	ksft_test_result(dbgsh >= 0 && dbgsh < nr_cpus,
			 "%s: the shell's lock: others had it %d times, %d CPUs\n",
			 parameters, dbgsh, nr_cpus);
	/* Where one thread executes all CPUs, they seldom meet */
	if (nr_cpus > 1 && log + dbgsh == 0)
		ksft_print_msg("%s: nobody had to wait\n", parameters);
}

int main(void)
{
	int kmsg;

	ksft_print_header();
	nr_cpus = list_cpus(cpus);
	need_vmm(NULL);
	kmsg = kmsg_open();
	ksft_set_plan(5);
	test_waits("dbgsh=off");
	test_waits("dbgsh=all");
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
