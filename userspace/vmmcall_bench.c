// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * vmmcall bench: what a call costs, there and back, on one CPU: RDTSC, the call, RDTSC,
 * less the same with a stub that does nothing.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../uapi/vmmcall_abi.h"
#include "call_vmm_private.h"
#include "vmmcall.h"

#define SAMPLES		1000
#define MAX_SAMPLES	10000000
#define WARM_UP		10
#define FREE_NUMBER	0x7ffffff0	/* never registered */
#define CALIBRATION_NS	20000000

struct bench {
	long samples;
	int json, cpu;
	double ticks_per_ns;
	uint64_t *ticks;
	uint64_t empty;
	const void *stub;
	const char *separator;
};

/* Calls that change nothing: a poll, a visit, and questions for a length */
static const struct harmless {
	const char *name;
	call_vmm_arg_t arg;
} harmless[] = {
	{ VMMCALL_NAME_DBGSH, { .rbx = DBGSH_NO_INPUT } },
	{ VMMCALL_NAME_DBGSH_BULK, { .rdi = DBGSH_BULK_VISIT } },
	{ VMMCALL_NAME_GET_STATUS, { 0 } },
	{ VMMCALL_NAME_GET_FUNCTIONS, { 0 } },
};

/* Laid out as the library's stubs: an instruction of three bytes, and "ret" */
__asm__(".pushsection .text\n\t.p2align 3\nvmmcall_empty_stub:\n\t"
	".byte 0x0f, 0x1f, 0x00\n\tret\n\t.popsection");	/* nopl (%eax) */
extern const char vmmcall_empty_stub[];

static uint64_t rdtsc(void)
{
	uint32_t low, high;

	__asm__ __volatile__("rdtsc" : "=a" (low), "=d" (high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The calls are not guarded one by one: that would cost more than they do. */
static void on_fault(int sig)
{
	static const char message[] = "vmmcall: the VMM has gone away\n";

	(void)sig;
	if (write(STDERR_FILENO, message, sizeof(message) - 1) < 0)
		_exit(STATUS_FAILED);
	_exit(STATUS_FAILED);
}

static int by_ticks(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Sorts the samples, so that the first is the least and the middle one the median. */
static void sort(struct bench *bench)
{
	qsort(bench->ticks, bench->samples, sizeof(*bench->ticks), by_ticks);
}

static void sample(struct bench *bench, const void *stub, const call_vmm_ret_t *in)
{
	long i;

	for (i = -WARM_UP; i < bench->samples; i++) {
		call_vmm_ret_t regs = *in;
		uint64_t start = rdtsc();

		call_vmm_raw(stub, &regs);
		bench->ticks[i < 0 ? 0 : i] = rdtsc() - start;
	}
	sort(bench);
}

static void sample_cpuid(struct bench *bench)
{
	unsigned int a, b, c, d;
	long i;

	for (i = 0; i < bench->samples; i++) {
		uint64_t start = rdtsc();

		__cpuid(0, a, b, c, d);
		bench->ticks[i] = rdtsc() - start;
	}
	sort(bench);
}

static uint64_t less(uint64_t ticks, uint64_t empty)
{
	return ticks > empty ? ticks - empty : 0;
}

static void report(struct bench *bench, const char *name, uint64_t empty)
{
	uint64_t least = less(bench->ticks[0], empty);
	uint64_t median = less(bench->ticks[bench->samples / 2], empty);

	double least_ns = least / bench->ticks_per_ns;
	double median_ns = median / bench->ticks_per_ns;

	if (!bench->json) {
		printf("%-20s %10" PRIu64 " %10.1f %12" PRIu64 " %10.1f\n",
		       name, least, least_ns, median, median_ns);
		return;
	}
	printf("%s{\"name\":\"%s\"", bench->separator, name);
	printf(",\"min_ticks\":%" PRIu64 ",\"min_ns\":%.1f", least, least_ns);
	printf(",\"median_ticks\":%" PRIu64 ",\"median_ns\":%.1f}", median,
	       median_ns);
	bench->separator = ",";
}

static void measure(struct bench *bench, const char *name, intptr_t number,
		    const call_vmm_arg_t *arg)
{
	call_vmm_ret_t regs = { number, arg->rbx, arg->rcx, arg->rdx,
				arg->rsi, arg->rdi };

	sample(bench, bench->stub, &regs);
	report(bench, name, bench->empty);
}

/* Functions that the VMM doesn't have, or not for this level, are left out. */
static void measure_functions(struct bench *bench)
{
	size_t i;

	for (i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
		call_vmm_function_t function;

		call_vmm_get_function_by_name(harmless[i].name, &function);
		if (call_vmm_function_callable(&function))
			measure(bench, harmless[i].name,
				call_vmm_function_number(&function),
				&harmless[i].arg);
	}
}

static void measure_all(struct bench *bench)
{
	/* Within a page, and touched: the VMM brings nothing in. */
	static char name[sizeof(VMMCALL_NAME_GET_STATUS)]
		__attribute__((aligned(32)));
	call_vmm_arg_t nothing = { 0 }, lookup = { .rbx = (intptr_t)name };

	strcpy(name, VMMCALL_NAME_GET_STATUS);
	sample(bench, vmmcall_empty_stub, &(call_vmm_ret_t){ 0 });
	bench->empty = bench->ticks[0];
	measure(bench, "unregistered", FREE_NUMBER, &nothing);
	measure(bench, "lookup", VMMCALL_GET_FUNCTION, &lookup);
	measure_functions(bench);
	/* Its time stamps have no call of a stub between them. */
	sample_cpuid(bench);
	report(bench, "cpuid", 0);
}

static void calibrate(struct bench *bench)
{
	uint64_t start = nanoseconds(), ticks = rdtsc(), now;

	do {
		now = nanoseconds();
	} while (now - start < CALIBRATION_NS);
	bench->ticks_per_ns = (double)(rdtsc() - ticks) / (now - start);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail(STATUS_FAILED, "CPU %d: %s", cpu, strerror(errno));
}

static const void *stub_that_works(void)
{
	call_vmm_function_t function;

	find(VMMCALL_NAME_GET_STATUS, &function);
	return call_vmm_stubs + CALL_VMM_STUB_SIZE *
	       (call_vmm_function_instruction(&function) - CALL_VMM_INSN_VMCALL);
}

static void run(struct bench *bench)
{
	struct sigaction action = { .sa_handler = on_fault };

	bench->stub = stub_that_works();
	bench->ticks = calloc(bench->samples, sizeof(*bench->ticks));
	if (!bench->ticks)
		fail(STATUS_FAILED, "no memory for %ld samples", bench->samples);
	pin(bench->cpu);
	calibrate(bench);
	sigaction(SIGILL, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	printf(bench->json ?
	       "{\"cpu\":%d,\"samples\":%ld,\"tsc_khz\":%.0f,\"results\":[" :
	       "# cpu %d, samples %ld, TSC kHz %.0f\n",
	       bench->cpu, bench->samples, bench->ticks_per_ns * 1e6);
	if (!bench->json)
		printf("# %-18s %10s %10s %12s %10s\n", "what", "min ticks",
		       "min ns", "median ticks", "median ns");
	measure_all(bench);
	if (bench->json)
		puts("]}");
	free(bench->ticks);
}

static long parse_number(const char *text, long least, long most)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (errno || end == text || *end || number < least || number > most)
		fail(STATUS_USAGE, "%s: not a number from %ld to %ld", text,
		     least, most);
	return number;
}

int do_bench(int argc, char **argv)
{
	static const struct option options[] = {
		{ "cpu", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "samples", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	struct bench bench = { .samples = SAMPLES, .separator = "" };
	int option;

	bench.cpu = sched_getcpu();
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'c':
			bench.cpu = parse_number(optarg, 0, CPU_SETSIZE - 1);
			break;
		case 'j':
			bench.json = 1;
			break;
		case 's':
			bench.samples = parse_number(optarg, 1, MAX_SAMPLES);
			break;
		default:
			usage_error();
		}
	if (optind < argc)
		usage_error();
	run(&bench);
	return STATUS_OK;
}
