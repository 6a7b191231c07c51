// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM calls for the scripts.
 *
 *	caller probe	try one on each CPU; status 0: a VMM answers on all of them,
 *			1: on none, 2: on some
 *	caller run	make calls on all CPUs until SIGTERM, with or without a VMM,
 *			which may come and go; status 1 if any answer was wrong. Says
 *			"running" when it does so everywhere
 *	caller poke	have the VMM write two lines to its log
 *	caller mark	the same at level 0, with MARK from the environment as its text; needs
 *			uvtest.ko
 *	caller marks	a line for each number from FROM to TO, "mark number MARK"
 *	caller status	print what get_status says
 *	caller cpuid	execute CPUID 100000 times
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "kselftest.h"
#include "common.h"

#define FREE_NUMBER	0x12345678

struct tally {
	unsigned long answered;
	unsigned long missed;
	unsigned long wrong;
};

static int cpus[MAX_CPUS];
static int nr_cpus;
static volatile sig_atomic_t stop;
static pthread_barrier_t started;

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

static int probe(void)
{
	int i, answers = 0;

	for (i = 0; i < nr_cpus; i++) {
		pin_to(cpus[i]);
		answers += vmm_lookup(VMMCALL_NAME_DBGSH) > 0;
	}
	printf("# VM calls are answered on %d of %d CPUs\n", answers, nr_cpus);
	return answers == nr_cpus ? 0 : answers ? 2 : 1;
}

/* Tells of the first few */
static void complain(struct tally *tally, const struct vmm_regs *got,
		     const struct vmm_regs *want)
{
	const unsigned long *g = &got->rax, *w = &want->rax;
	size_t i;

	if (tally->wrong++ >= 3)
		return;
	for (i = 0; i < sizeof(*got) / sizeof(*g); i++)
		if (g[i] != w[i])
			printf("# register %zu is %#lx instead of %#lx\n", i,
			       g[i], w[i]);
}

static void complain_number(struct tally *tally, long number)
{
	if (tally->wrong++ < 3)
		printf("# the look-up gives %#lx\n", number);
}

/*
 * A VMM may leave or come between any two instructions, so each call either faults or
 * has exactly the right result.
 */
static void call_once(struct tally *tally, uint64_t *seed)
{
	struct vmm_regs regs = { .rax = FREE_NUMBER, .rbx = rnd(seed),
				 .rcx = rnd(seed), .rdx = rnd(seed),
				 .rsi = rnd(seed), .rdi = rnd(seed),
				 .r15 = rnd(seed), .flags = VMM_FLAGS };
	struct vmm_regs want = regs;
	long number;

	want.rax = 0;
	if (vmm_call(&regs))
		tally->missed++;
	else if (memcmp(&regs, &want, offsetof(struct vmm_regs, flags)) ||
		 ((regs.flags ^ want.flags) & VMM_FLAGS))
		complain(tally, &regs, &want);
	else
		tally->answered++;
	number = vmm_lookup(VMMCALL_NAME_DBGSH);
	if (number == NO_VMM)
		tally->missed++;
	else if (number < VMMCALL_FIRST_NUMBER || number > 0x7fffffff)
		complain_number(tally, number);
	else
		tally->answered++;
}

/* While there is no VMM, not to be in the way of one that comes */
static void *run_on(void *arg)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	static struct tally tallies[MAX_CPUS];
	struct tally *tally = &tallies[(long)arg];
	uint64_t seed = (long)arg + 1;
	unsigned long missed;

	pin_to(cpus[(long)arg]);
	pthread_barrier_wait(&started);
	while (!stop) {
		missed = tally->missed;
		call_once(tally, &seed);
		if (tally->missed != missed)
			nanosleep(&pause, NULL);
	}
	return tally;
}

static int run(void)
{
	pthread_t threads[MAX_CPUS];
	struct tally sum = { 0 }, *tally;
	long i;

	signal(SIGTERM, on_term);
	/* The point is to have calls in flight, not to slow down what is tested. */
	setpriority(PRIO_PROCESS, 0, 19);
	pthread_barrier_init(&started, NULL, nr_cpus + 1);
	for (i = 0; i < nr_cpus; i++)
		pthread_create(&threads[i], NULL, run_on, (void *)i);
	pthread_barrier_wait(&started);
	printf("# running on %d CPUs\n", nr_cpus);
	fflush(stdout);
	for (i = 0; i < nr_cpus; i++) {
		pthread_join(threads[i], (void **)&tally);
		sum.answered += tally->answered;
		sum.missed += tally->missed;
		sum.wrong += tally->wrong;
	}
	printf("# %lu calls answered, %lu without a VMM, %lu wrong\n",
	       sum.answered, sum.missed, sum.wrong);
	return sum.wrong != 0;
}

/*
 * At user level these are refused, and the VMM notes that. Two lines that differ: one that
 * repeats the last one would be a number, written later.
 */
static int poke(void)
{
	struct vmm_regs set_buf = { .rax = vmm_lookup(VMMCALL_NAME_LOG_SET_BUF) };
	struct vmm_regs write = { .rax = vmm_lookup(VMMCALL_NAME_LOG_WRITE) };

	return vmm_call(&set_buf) || vmm_call(&write) ? 1 : 0;
}

static int mark(void)
{
	const char *text = getenv("MARK") ?: "mark";
	struct uvtest_log log;

	return uvtest_log(need_uvtest(), &log, text, strlen(text)) != 0;
}

static int marks(void)
{
	unsigned long i = env_number("FROM", 1), to = env_number("TO", 1);
	const char *text = getenv("MARK") ?: "";
	struct uvtest_log log;
	char line[VMMLOG_WRITE_MAX + 1];
	int len, fd = need_uvtest();

	for (; i <= to; i++) {
		len = snprintf(line, sizeof(line), "mark %lu %s", i, text);
		if (len > VMMLOG_WRITE_MAX || uvtest_log(fd, &log, line, len))
			return 1;
	}
	return 0;
}

static int print_status(void)
{
	char *text = vmm_status();

	if (!text)
		return 1;
	fputs(text, stdout);
	free(text);
	return 0;
}

static int run_cpuid(void)
{
	unsigned int a, b, c, d;
	int i;

	for (i = 0; i < 100000; i++)
		__cpuid(0, a, b, c, d);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	vmm_catch_faults();
	nr_cpus = list_cpus(cpus);
	if (!strcmp(what, "probe"))
		return probe();
	if (!strcmp(what, "run"))
		return run();
	if (!strcmp(what, "poke"))
		return poke();
	if (!strcmp(what, "mark"))
		return mark();
	if (!strcmp(what, "marks"))
		return marks();
	if (!strcmp(what, "status"))
		return print_status();
	if (!strcmp(what, "cpuid"))
		return run_cpuid();
	fprintf(stderr, "usage: caller probe|run|poke|mark|marks|status|cpuid\n");
	return 64;
}
