// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one VM call costs, from a program, there and back: RDTSC, the call, RDTSC,
 * less the same with nothing between. Where the TSC counts instructions (QEMU with
 * -icount; BENCH=icount says so, and makes a missed target a failure), these are the
 * VMM's instructions and the call's own; on hardware they are multiples of a NOP's
 * time.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"
#include "dbgsh_client.h"
#include "measure.h"

#define SAMPLES		2001
#define LOG_SAMPLES	9	/* the VMM takes 16 such lines at once */
#define FREE_NUMBER	0x12345678

static uint64_t samples[SAMPLES];
static uint64_t empty;
static bool missed;
static char out_text[TEXT_SIZE];

static inline void vmmcall(unsigned long number, unsigned long rbx)
{
	asm volatile("vmmcall" : "+a" (number) : "b" (rbx) : "memory");
}

static inline void vmcall(unsigned long number, unsigned long rbx)
{
	asm volatile("vmcall" : "+a" (number) : "b" (rbx) : "memory");
}

static uint64_t time_empty(void)
{
	uint64_t start = rdtsc();

	return rdtsc() - start;
}

/* Inlined twice, so that no branch stands between the time stamps */
static inline void time_call(bool amd, unsigned long number, unsigned long rbx,
			     int n)
{
	uint64_t start;
	int i;

	for (i = 0; i < n; i++) {
		if (amd) {
			start = rdtsc();
			vmmcall(number, rbx);
			samples[i] = rdtsc() - start;
		} else {
			start = rdtsc();
			vmcall(number, rbx);
			samples[i] = rdtsc() - start;
		}
	}
}

static void measure(const char *name, unsigned long number, unsigned long rbx,
		    int n, unsigned int target)
{
	/* What the first call brings in, it brings in for all. */
	if (n == SAMPLES)
		time_call(vmm_is_amd(), number, rbx, 10);
	time_call(vmm_is_amd(), number, rbx, n);
	if (!report(name, samples, n, empty, target))
		missed = true;
}

static void measure_cpuid(const char *name)
{
	unsigned int a, b, c, d;
	uint64_t start;
	int i;

	for (i = 0; i < SAMPLES; i++) {
		start = rdtsc();
		__cpuid(0, a, b, c, d);
		samples[i] = rdtsc() - start;
	}
	report(name, samples, SAMPLES, empty, NO_TARGET);
}

static void calibrate(void)
{
	int i;

	for (i = 0; i < SAMPLES; i++)
		samples[i] = time_empty();
	empty = minimum(samples, SAMPLES);
	printf("ticks_per_instruction %.2f ticks\n", ticks_per_insn());
	printf("empty_measurement %llu ticks\n", (unsigned long long)empty);
}

/*
 * Exits, which is to say VM calls, that a dump of 4 KiB takes, a byte each and in
 * bulk. Return: whether bulk takes a twentieth at most
 */
static bool count_dump_exits(void)
{
	static char page[8192] __attribute__((aligned(4096)));
	static char out[DBGSH_BULK_OUT_MAX];
	unsigned long in_bytes = 0, in_bulk = 1, len = 0;
	char line[64];
	long value;
	int more;

	memset(page, 1, sizeof(page));
	memset(out, 1, sizeof(out));
	snprintf(line, sizeof(line), "dump virt %#lx 4096\n",
		 (unsigned long)page);
	dbgsh_find();
	more = dbgsh_bulk(line, strlen(line), out, sizeof(out), DBGSH_BULK_RESET);
	for (len = dbgsh_regs.rsi; more == DBGSH_BULK_MORE; in_bulk++) {
		more = dbgsh_bulk(NULL, 0, out, sizeof(out), 0);
		len += dbgsh_regs.rsi;
	}
	/* Without the line's own echo: the output is what counts */
	dbgsh_fresh_prompt(out_text);
	line[strlen(line) - 1] = 0;
	dbgsh_say(line, out_text);
	for (value = dbgsh_step('\n'); value != DBGSH_WANT_INPUT; in_bytes++)
		value = dbgsh_step(value == DBGSH_IDLE ? DBGSH_NO_INPUT : 0);
	printf("dump_4k_bytewise %lu exits\n", in_bytes);
	printf("dump_4k_bulk %lu exits (for %lu bytes; target 1/20)\n", in_bulk,
	       len);
	return len > 4096 && in_bulk * 20 <= in_bytes;
}

/* The poll once more, by the one process that dbgsh=root admits */
static void measure_poll_as_root(void)
{
	int admission;

	need_vmm("dbgsh=root");
	admission = open("/proc/undervisor/dbgsh", O_RDONLY | O_CLOEXEC);
	if (admission < 0) {
		perror("/proc/undervisor/dbgsh");
		exit(1);
	}
	measure("call_dbgsh_poll_root", vmm_lookup(VMMCALL_NAME_DBGSH),
		(unsigned long)DBGSH_NO_INPUT, SAMPLES, 160);
	close(admission);
}

int main(void)
{
	const char *mode = getenv("BENCH");
	const struct timespec second = { .tv_sec = 1 };
	int cpus[MAX_CPUS];

	list_cpus(cpus);
	pin_to(cpus[0]);
	calibrate();
	measure_cpuid("cpuid_before_load");
	need_vmm("dbgsh=all");
	measure("call_unregistered", FREE_NUMBER, 0, SAMPLES, 120);
	measure("call_lookup_dbgsh", 0, (unsigned long)VMMCALL_NAME_DBGSH,
		SAMPLES, 700);
	measure("call_lookup_unknown", 0, (unsigned long)"no such function",
		SAMPLES, NO_TARGET);
	measure("call_dbgsh_poll", vmm_lookup(VMMCALL_NAME_DBGSH),
		(unsigned long)DBGSH_NO_INPUT, SAMPLES, 160);
	measure("call_dbgsh_step", vmm_lookup(VMMCALL_NAME_DBGSH), 0, SAMPLES,
		NO_TARGET);
	missed |= !count_dump_exits();
	nanosleep(&second, NULL);
	measure("call_log_line", vmm_lookup(VMMCALL_NAME_LOG_SET_BUF), 0,
		LOG_SAMPLES, NO_TARGET);
	measure_cpuid("cpuid_loaded");
	measure_poll_as_root();
	/* Elsewhere the unit is a NOP's time, and no target is meant so. */
	return missed && mode && !strcmp(mode, "icount");
}
