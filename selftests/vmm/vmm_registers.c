// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU's registers on bare metal, under the VMM, after rmmod, and after another insmod:
 * MSRs, CR4, descriptor tables, TR, LDTR and the machine status word are the same on
 * every CPU, and a hardware breakpoint of the kernel's, in DR0 and DR7, stays armed: it
 * counts every write.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest.h"
#include "common.h"

#define MSR_EFER	0xc0000080
#define EFER_SVME	0x1000

/* Those that come and go with a VM entry, an exit, or the way in and out */
static const uint32_t msrs[] = {
	0x174, 0x175, 0x176,	/* SYSENTER_CS, ESP, EIP */
	0x1a0,			/* MISC_ENABLE */
	0x1d9,			/* DEBUGCTL */
	0x277,			/* PAT */
	0x2ff,			/* MTRR_DEF_TYPE */
	0x38f,			/* PERF_GLOBAL_CTRL */
	0xda0,			/* XSS */
	MSR_EFER,
	0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, /* STAR, LSTAR, CSTAR, SFMASK */
	0xc0000100, 0xc0000101, 0xc0000102,	/* FS, GS, KERNEL_GS_BASE */
	0xc0000103,		/* TSC_AUX */
};

struct state {
	uint64_t msr[ARRAY_SIZE(msrs)];
	uint32_t vector[ARRAY_SIZE(msrs)];
	uint64_t cr4;
	uint8_t gdtr[10], idtr[10];
	uint16_t tr, ldtr;
	uint32_t msw;
};

static struct state before[MAX_CPUS], now;
static int cpus[MAX_CPUS], nr_cpus;
static int counters[MAX_CPUS];
static int fd;
static volatile uint64_t watched;

static void read_state(struct state *s)
{
	unsigned int i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < ARRAY_SIZE(msrs); i++) {
		struct uvtest_msr m = { .msr = msrs[i] };

		uvtest_request(fd, UVTEST_IOC_MSR, &m);
		s->vector[i] = m.vector;
		s->msr[i] = m.vector ? 0 : m.value;
		/* SVM is in use, and the guest may know it */
		if (msrs[i] == MSR_EFER)
			s->msr[i] &= ~(uint64_t)EFER_SVME;
	}
	if (uvtest_run(fd, UVTEST_READ_CR4, &s->cr4))
		ksft_exit_fail_msg("can't read CR4\n");
	/* With UMIP they are Linux's to answer */
	__asm__ __volatile__("sgdt %0" : "=m" (s->gdtr));
	__asm__ __volatile__("sidt %0" : "=m" (s->idtr));
	__asm__ __volatile__("str %0" : "=m" (s->tr));
	__asm__ __volatile__("sldt %0" : "=m" (s->ldtr));
	__asm__ __volatile__("smsw %0" : "=r" (s->msw));
}

static void show_difference(int cpu, const struct state *want)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(msrs); i++)
		if (now.msr[i] != want->msr[i] || now.vector[i] != want->vector[i])
			ksft_print_msg("cpu %d MSR %#x: %#llx (%u), was %#llx (%u)\n",
				       cpu, msrs[i],
				       (unsigned long long)now.msr[i],
				       now.vector[i],
				       (unsigned long long)want->msr[i],
				       want->vector[i]);
	ksft_print_msg("cpu %d CR4 %#llx, was %#llx; limits %#x %#x, were %#x %#x\n",
		       cpu, (unsigned long long)now.cr4,
		       (unsigned long long)want->cr4,
		       now.gdtr[0] | now.gdtr[1] << 8,
		       now.idtr[0] | now.idtr[1] << 8,
		       want->gdtr[0] | want->gdtr[1] << 8,
		       want->idtr[0] | want->idtr[1] << 8);
}

static void test_state(const char *when)
{
	int i, bad = 0;

	for (i = 0; i < nr_cpus; i++) {
		pin_to(cpus[i]);
		read_state(&now);
		if (!memcmp(&now, &before[i], sizeof(now)))
			continue;
		show_difference(cpus[i], &before[i]);
		bad++;
	}
	ksft_test_result(!bad, "%s: registers are as they were (%d of %d CPUs)\n",
			 when, nr_cpus - bad, nr_cpus);
}

/* Return: a counter of writes to @watched on that CPU, by whatever process */
static int watch(int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_W,
		.bp_addr = (unsigned long)&watched,
		.bp_len = HW_BREAKPOINT_LEN_8,
	};

	return syscall(SYS_perf_event_open, &attr, -1, cpu, -1, 0UL);
}

static uint64_t count(int counter)
{
	uint64_t value = ~0ULL;

	(void)!read(counter, &value, sizeof(value));
	return value;
}

/* Return: CPUs on which a write was not counted, or twice */
static int count_bad(void)
{
	int i, n, bad = 0;
	uint64_t start;

	for (i = 0; i < nr_cpus; i++) {
		pin_to(cpus[i]);
		start = count(counters[i]);
		for (n = 0; n < 3; n++) {
			watched = n;
			/* A VM call or its fault: an exit in between */
			vmm_lookup(VMMCALL_NAME_DBGSH);
		}
		bad += count(counters[i]) - start != 3;
	}
	return bad;
}

static void report_breakpoint(const char *when, int bad)
{
	if (counters[0] < 0)
		ksft_test_result_skip("no hardware breakpoints here\n");
	else
		ksft_test_result(!bad, "%s: a breakpoint counts each write (%d of %d CPUs)\n",
				 when, nr_cpus - bad, nr_cpus);
}

static void start(void)
{
	int i;

	nr_cpus = list_cpus(cpus);
	for (i = 0; i < nr_cpus; i++) {
		counters[i] = watch(cpus[i]);
		pin_to(cpus[i]);
		read_state(&before[i]);
	}
}

int main(void)
{
	int bare, kmsg;

	ksft_print_header();
	fd = need_uvtest();
	vmm_catch_faults();
	kmsg = kmsg_open();
	start();
	bare = count_bad();
	need_vmm("");
	ksft_set_plan(8);
	report_breakpoint("bare metal", bare);
	test_state("under the VMM");
	report_breakpoint("under the VMM", count_bad());
	if (syscall(SYS_delete_module, "undervisor", O_NONBLOCK))
		ksft_exit_fail_msg("can't unload: %s\n", strerror(errno));
	test_state("after rmmod");
	report_breakpoint("after rmmod", count_bad());
	need_vmm("");
	test_state("under the VMM again");
	report_breakpoint("under the VMM again", count_bad());
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
