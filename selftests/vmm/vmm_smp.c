// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM calls on all CPUs. Shows that function numbers are the same everywhere, that
 * calls from all CPUs at once get right answers, also from threads that move from CPU to
 * CPU, and the same at level 0 with interrupts off (needs uvtest.ko), where a number of
 * an outer hypervisor's gets its answer or 0.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <pthread.h>
#include <string.h>

#include "kselftest.h"
#include "common.h"

#define FREE_NUMBER	0x12345678
#define ROUNDS		5000
#define KERNEL_ROUNDS	2000

static int cpus[MAX_CPUS];
static int nr_cpus;
static pthread_barrier_t barrier;
static long dbgsh, get_status;

static void test_same_numbers(void)
{
	bool ok = dbgsh > 0 && get_status > 0;
	int i;

	for (i = 0; i < nr_cpus; i++) {
		pin_to(cpus[i]);
		ok &= vmm_lookup(VMMCALL_NAME_DBGSH) == dbgsh &&
		      vmm_lookup(VMMCALL_NAME_GET_STATUS) == get_status;
	}
	ksft_test_result(ok, "numbers are the same on %d CPUs\n", nr_cpus);
}

/* One round of each kind of call. Return: how many answers were wrong */
static int one_round(uint64_t *seed)
{
	struct vmm_regs regs = { .rax = FREE_NUMBER, .rbx = rnd(seed),
				 .rcx = rnd(seed), .rdx = rnd(seed),
				 .rsi = rnd(seed), .rdi = rnd(seed) };
	struct vmm_regs want = regs;
	int wrong = 0;

	wrong += vmm_lookup(VMMCALL_NAME_DBGSH) != dbgsh;
	wrong += vmm_lookup("no such function") != 0;
	want.rax = 0;
	if (vmm_call(&regs) ||
	    memcmp(&regs, &want, offsetof(struct vmm_regs, flags)))
		wrong++;
	regs.rax = dbgsh;
	regs.rbx = DBGSH_NO_INPUT;
	if (vmm_call(&regs) || ((long)regs.rax != DBGSH_IDLE &&
				regs.rax > DBGSH_ENDED))
		wrong++;
	return wrong;
}

static void *pinned(void *arg)
{
	uint64_t seed = 99 + (long)arg;
	long i, wrong = 0;

	pin_to(cpus[(long)arg]);
	pthread_barrier_wait(&barrier);
	for (i = 0; i < ROUNDS; i++)
		wrong += one_round(&seed);
	return (void *)wrong;
}

static void *wandering(void *arg)
{
	uint64_t seed = 7 + (long)arg;
	long i, wrong = 0;

	pthread_barrier_wait(&barrier);
	for (i = 0; i < ROUNDS / 10; i++) {
		pin_to(cpus[rnd(&seed) % nr_cpus]);
		wrong += one_round(&seed);
	}
	return (void *)wrong;
}

/* Runs a thread for each CPU. Return: the sum of their results */
static long on_all(void *(*func)(void *))
{
	pthread_t threads[MAX_CPUS];
	long sum = 0;
	void *result;
	long i;

	pthread_barrier_init(&barrier, NULL, nr_cpus);
	for (i = 0; i < nr_cpus; i++)
		if (pthread_create(&threads[i], NULL, func, (void *)i))
			ksft_exit_fail_msg("pthread_create\n");
	for (i = 0; i < nr_cpus; i++) {
		pthread_join(threads[i], &result);
		sum += (long)result;
	}
	return sum;
}

/* The same call on all CPUs at once, at level 0 */
static void kernel_test(int fd, uint64_t rax, uint64_t rbx, uint64_t result,
			const char *what)
{
	struct uvtest_everywhere e = { .rounds = KERNEL_ROUNDS };
	unsigned int i;

	for (i = 0; i < UVTEST_NR_GPRS; i++)
		e.regs.gpr[i] = 0x1111111111111111ULL * i;
	e.regs.gpr[UVTEST_RAX] = rax;
	e.regs.gpr[UVTEST_RBX] = rbx;
	e.regs.rflags = UVTEST_FLAGS;
	e.regs.insn = vmm_is_amd() ? UVTEST_VMMCALL : UVTEST_VMCALL;
	uvtest_request(fd, UVTEST_IOC_EVERYWHERE, &e);
	ksft_test_result(!e.regs.vector && (int)e.cpus == nr_cpus &&
			 !e.differing && e.regs.gpr[UVTEST_RAX] == result &&
			 e.regs.gpr[14] == 0x1111111111111111ULL * 14 &&
			 (e.regs.rflags & UVTEST_FLAGS) == UVTEST_FLAGS,
			 "level 0, all CPUs at once: %s (%u CPUs, %u differ, exception %u)\n",
			 what, e.cpus, e.differing, e.regs.vector);
}

#define OUTER_NUMBER	63	/* the last of an outer hypervisor's; none uses it */
#define KVM_ENOSYS	1000
#define KVM_EBX		0x4b4d564b	/* of "KVMKVMKVM" */

/* Where a hypervisor beneath has no VM calls at all, the VMM makes a 0 of its #UD */
static uint64_t outer_answer(void)
{
	unsigned int a, b, c, d;

	__cpuid(1, a, b, c, d);
	if (!(c & 1u << 31))
		return 0;
	__cpuid(0x40000000, a, b, c, d);
	return b == KVM_EBX ? -(uint64_t)KVM_ENOSYS : 0;
}

static void test_level_0(void)
{
	int fd = need_uvtest();
	struct uvtest_pages pages;
	char *text = uvtest_pages(fd, 0, &pages);

	strcpy(text, VMMCALL_NAME_DBGSH);
	kernel_test(fd, FREE_NUMBER, 0, 0, "unregistered number");
	kernel_test(fd, OUTER_NUMBER, 0, outer_answer(),
		    "an outer hypervisor's number");
	kernel_test(fd, 0, pages.virt, dbgsh, "look-up");
	kernel_test(fd, 0, pages.virt + 1, 0, "look-up that fails");
}

int main(void)
{
	long wrong;

	ksft_print_header();
	need_vmm(NULL);
	nr_cpus = list_cpus(cpus);
	dbgsh = vmm_lookup(VMMCALL_NAME_DBGSH);
	get_status = vmm_lookup(VMMCALL_NAME_GET_STATUS);
	ksft_set_plan(7);
	test_same_numbers();
	wrong = on_all(pinned);
	ksft_test_result(!wrong, "%d CPUs at once: %ld wrong answers\n",
			 nr_cpus, wrong);
	wrong = on_all(wandering);
	ksft_test_result(!wrong, "threads that move: %ld wrong answers\n",
			 wrong);
	test_level_0();
	ksft_finished();
}
