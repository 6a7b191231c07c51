// SPDX-License-Identifier: GPL-2.0-only
/*
 * What loading and unloading cost: the time that each takes as a whole, how long
 * interrupts are off on a CPU (as the driver tells in debugfs), memory taken.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/syscall.h>
#include <fcntl.h>
#include <time.h>

#include "kselftest.h"
#include "common.h"
#include "measure.h"

#define CYCLES	11
#define KLOG_READ_ALL	3
#define STATUS	"/sys/kernel/debug/undervisor/status"

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* The largest of the numbers behind @word in the status, 0 if there is none */
static uint64_t status_max(const char *word)
{
	char *text = read_file(STATUS), *at = text;
	uint64_t value, max = 0;

	while (at && (at = strstr(at, word))) {
		at += strlen(word);
		value = strtoull(at, NULL, 0);
		if (value > max)
			max = value;
	}
	free(text);
	return max;
}

/*
 * How long a CPU had interrupts off while leaving is told in the kernel's log: by then
 * the driver's files are gone. The last such line counts.
 */
static uint64_t leave_ns_from_log(void)
{
	const char *words = "interrupts off for ";
	static char log[1 << 20];
	long len = klogctl(KLOG_READ_ALL, log, sizeof(log) - 1);
	char *at = log, *last = NULL;

	if (len < 0)
		return 0;
	log[len] = '\0';
	while ((at = strstr(at, words))) {
		at += strlen(words);
		last = at;
	}
	return last ? strtoull(last, NULL, 10) : 0;
}

static void tell(const char *name, uint64_t value, const char *unit)
{
	if (value)
		printf("%s %llu %s\n", name, (unsigned long long)value, unit);
	else
		printf("%s not reported\n", name);
}

static uint64_t time_unload(void)
{
	uint64_t start = now_ns();

	if (syscall(SYS_delete_module, "undervisor", O_NONBLOCK)) {
		fprintf(stderr, "rmmod: %s\n", strerror(errno));
		exit(1);
	}
	return now_ns() - start;
}

static uint64_t time_load(void)
{
	uint64_t start = now_ns();

	need_vmm("");
	return now_ns() - start;
}

static void print_times(const char *name, uint64_t *samples)
{
	printf("%s_min %.2f ms\n", name, minimum(samples, CYCLES) / 1e6);
	printf("%s_median %.2f ms\n", name, median(samples, CYCLES) / 1e6);
}

int main(void)
{
	uint64_t load[CYCLES], unload[CYCLES], enter[CYCLES], leave[CYCLES];
	int cpus[MAX_CPUS];
	int i;

	need_vmm(NULL);
	printf("cpus %d cpus\n", list_cpus(cpus));
	tell("memory", status_max("memory_bytes "), "bytes");
	for (i = 0; i < CYCLES; i++) {
		unload[i] = time_unload();
		leave[i] = leave_ns_from_log();
		load[i] = time_load();
		enter[i] = status_max("enter_ns ");
	}
	print_times("insmod", load);
	print_times("rmmod", unload);
	tell("irqs_off_entering_worst_cpu_min", minimum(enter, CYCLES), "ns");
	tell("irqs_off_entering_worst_cpu_median", median(enter, CYCLES), "ns");
	tell("irqs_off_leaving_worst_cpu_min", minimum(leave, CYCLES), "ns");
	tell("irqs_off_leaving_worst_cpu_median", median(leave, CYCLES), "ns");
	return 0;
}
