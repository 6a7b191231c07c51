// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID and single steps, on bare metal and under the VMM: every leaf and subleaf says
 * the same on every CPU, and a debugger (ptrace) that steps over CPUID and over a VM
 * call stops where it would on bare metal, once behind each instruction.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "common.h"

#define SUBLEAVES	64
#define MAX_LEAVES	64	/* of a range; no CPU has as many */
#define MAX_STEPS	100000

/* Ranges: the CPU's, a hypervisor's beneath us, AMD's */
static const uint32_t ranges[] = { 0, 0x40000000, 0x80000000 };

struct answer {
	uint32_t leaf, subleaf;
	uint32_t a, b, c, d;
};

#define NR_ANSWERS	(ARRAY_SIZE(ranges) * MAX_LEAVES * SUBLEAVES)

/* All leaves of a range and one more, on this CPU. Return: how many answers in all */
static size_t ask_range(struct answer *answers, size_t n, uint32_t start)
{
	uint32_t last, b, c, d, leaf, subleaf;

	__cpuid(start, last, b, c, d);
	if (last < start || last >= start + MAX_LEAVES - 1)
		last = start;
	for (leaf = start; leaf <= last + 1; leaf++)
		for (subleaf = 0; subleaf < SUBLEAVES; subleaf++) {
			struct answer *x = &answers[n++];

			x->leaf = leaf;
			x->subleaf = subleaf;
			__cpuid_count(leaf, subleaf, x->a, x->b, x->c, x->d);
		}
	return n;
}

static size_t ask_all(struct answer *answers)
{
	unsigned int i;
	size_t n = 0;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		n = ask_range(answers, n, ranges[i]);
	return n;
}

/* What each CPU said on bare metal */
static struct answer *before[MAX_CPUS];
static size_t nr_before;
static int cpus[MAX_CPUS], nr_cpus;

static void ask_every_cpu(void)
{
	int i;

	nr_cpus = list_cpus(cpus);
	for (i = 0; i < nr_cpus; i++) {
		pin_to(cpus[i]);
		before[i] = calloc(NR_ANSWERS, sizeof(*before[i]));
		if (!before[i])
			ksft_exit_fail_msg("no memory\n");
		nr_before = ask_all(before[i]);
	}
}

static size_t count_differences(const struct answer *now,
				const struct answer *then, size_t n)
{
	size_t i, bad = 0;

	for (i = 0; i < n; i++) {
		if (!memcmp(&now[i], &then[i], sizeof(*now)))
			continue;
		if (bad++ < 5)
			ksft_print_msg("leaf %#x, %u: %#x %#x %#x %#x, was %#x %#x %#x %#x\n",
				       then[i].leaf, then[i].subleaf, now[i].a,
				       now[i].b, now[i].c, now[i].d, then[i].a,
				       then[i].b, then[i].c, then[i].d);
	}
	return bad;
}

static void test_leaves(void)
{
	struct answer *now = calloc(NR_ANSWERS, sizeof(*now));
	size_t bad = 0;
	int i;

	if (!now)
		ksft_exit_fail_msg("no memory\n");
	for (i = 0; i < nr_cpus; i++) {
		pin_to(cpus[i]);
		if (ask_all(now) != nr_before)
			bad++;
		else
			bad += count_differences(now, before[i], nr_before);
	}
	ksft_test_result(!bad && nr_before,
			 "CPUID says the same: %zu answers on each of %d CPUs\n",
			 nr_before, nr_cpus);
	free(now);
}

/*
 * What is stepped over:
 *	push rbx; xor eax, eax; xor ecx, ecx; CPUID; nop; mov 0x12345678, eax;
 *	the call, or as long a nop; nop; pop rbx; ret
 */
static const uint8_t template[] = {
	0x53, 0x31, 0xc0, 0x31, 0xc9, 0x0f, 0xa2, 0x90, 0xb8, 0x78, 0x56, 0x34,
	0x12, 0x0f, 0x1f, 0x00, 0x90, 0x5b, 0xc3,
};

#define CALL_AT	13

/* Where a debugger stops in it: before the first instruction, then behind each */
static const unsigned int stops[] = { 0, 1, 3, 5, 7, 8, 13, 16, 17, 18 };

static uint8_t *code;

static void make_code(bool with_call)
{
	static const uint8_t vmcall[] = { 0x0f, 0x01, 0xc1 };
	static const uint8_t vmmcall[] = { 0x0f, 0x01, 0xd9 };

	memcpy(code, template, sizeof(template));
	if (with_call)
		memcpy(code + CALL_AT, vmm_is_amd() ? vmmcall : vmcall, 3);
}

static pid_t start_child(void)
{
	pid_t child = fork();

	if (child)
		return child;
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	raise(SIGSTOP);
	((void (*)(void))(void *)code)();
	_exit(0);
}

/* Return: whether the child stopped by a single step's trap */
static bool step(pid_t child)
{
	siginfo_t info;
	int status;

	return !ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) &&
	       waitpid(child, &status, 0) == child && WIFSTOPPED(status) &&
	       WSTOPSIG(status) == SIGTRAP &&
	       !ptrace(PTRACE_GETSIGINFO, child, NULL, &info) &&
	       info.si_code == TRAP_TRACE;
}

/* Return: whether the stops in the code are those of bare metal, and each came once */
static bool stops_are_right(pid_t child)
{
	struct user_regs_struct regs;
	unsigned int seen = 0;
	bool ok = true;
	long i;

	for (i = 0; i < MAX_STEPS && seen < ARRAY_SIZE(stops) && ok; i++) {
		ok = step(child) && !ptrace(PTRACE_GETREGS, child, NULL, &regs);
		if (regs.rip - (unsigned long)code >= sizeof(template))
			continue;
		if (regs.rip - (unsigned long)code != stops[seen]) {
			ksft_print_msg("stop %u is at %#lx\n", seen,
				       (unsigned long)regs.rip -
				       (unsigned long)code);
			ok = false;
		}
		/* Behind the call: no such function */
		if (ok && stops[seen] == CALL_AT + 3 && code[CALL_AT + 1] == 1)
			ok = regs.rax == 0;
		seen++;
	}
	return ok && seen == ARRAY_SIZE(stops);
}

/* A child that a debugger leads through the code */
static bool steps_are_right(bool with_call)
{
	pid_t child;
	int status;
	bool ok;

	make_code(with_call);
	child = start_child();
	if (child < 0 || waitpid(child, &status, 0) != child ||
	    !WIFSTOPPED(status))
		ksft_exit_fail_msg("no child: %s\n", strerror(errno));
	ok = stops_are_right(child);
	ptrace(PTRACE_CONT, child, NULL, NULL);
	ok &= waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	      !WEXITSTATUS(status);
	kill(child, SIGKILL);
	return ok;
}

static void report_steps(const char *what, bool ok)
{
	ksft_test_result(ok, "%s: a debugger stops once behind each instruction\n",
			 what);
}

int main(void)
{
	bool bare;
	int kmsg;

	ksft_print_header();
	code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (code == MAP_FAILED)
		ksft_exit_fail_msg("mmap: %s\n", strerror(errno));
	ask_every_cpu();
	bare = steps_are_right(false);
	need_vmm("");
	kmsg = kmsg_open();
	ksft_set_plan(5);
	report_steps("bare metal, CPUID", bare);
	report_steps("under the VMM, CPUID", steps_are_right(false));
	report_steps("under the VMM, a VM call", steps_are_right(true));
	test_leaves();
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
