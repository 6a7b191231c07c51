// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers 1 to 63, which are the hypervisor's beneath us (needs uvtest.ko). Where Linux is
 * a guest of KVM, shows that its calls reach KVM and come back, that what KVM hasn't is
 * answered as KVM would, and that no call can point KVM at the VMM's memory. Elsewhere each
 * number's answer is 0.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <string.h>

#include "kselftest.h"
#include "common.h"

/* Linux's include/uapi/linux/kvm_para.h */
#define KVM_SIGNATURE		"KVMKVMKVM\0\0"
#define KVM_FEATURES		0x40000001
#define KVM_FEATURE_PV_SEND_IPI	(1u << 11)
#define VAPIC_POLL_IRQ		1
#define KICK_CPU		5
#define CLOCK_PAIRING		9
#define SEND_IPI		10
#define SCHED_YIELD		11
#define MAP_GPA_RANGE		12
#define FIRST_FREE		13
#define LAST			63
#define KVM_EFAULT		14
#define KVM_EOPNOTSUPP		95
#define KVM_ENOSYS		1000

#define RESCHEDULE_VECTOR	0xfd	/* Linux's, harmless at any time */
#define IPI_ROUNDS		200
#define PAIRING_BYTES		64

static int fd;
static bool kvm;

static bool is_kvm(void)
{
	unsigned int a, signature[3];

	__cpuid(1, a, signature[0], signature[1], signature[2]);
	if (!(signature[1] & 1u << 31))
		return false;
	__cpuid(0x40000000, a, signature[0], signature[1], signature[2]);
	return !memcmp(signature, KVM_SIGNATURE, sizeof(signature));
}

static bool has_kvm_feature(unsigned int feature)
{
	unsigned int a, b, c, d;

	__cpuid(KVM_FEATURES, a, b, c, d);
	return kvm && a & feature;
}

/* At level 0, all other registers odd. Return: whether rax alone is changed, to that */
static bool answers(uint64_t number, uint64_t rbx, uint64_t rcx, int64_t answer)
{
	struct uvtest_regs regs = { 0 }, before;
	unsigned int i, vector;

	for (i = 0; i < UVTEST_NR_GPRS; i++)
		regs.gpr[i] = 0x0101010101010101ULL * (i + 1);
	regs.gpr[UVTEST_RDX] = 0;
	regs.gpr[UVTEST_RSI] = RESCHEDULE_VECTOR;
	before = regs;
	before.gpr[UVTEST_RBX] = rbx;
	before.gpr[UVTEST_RCX] = rcx;
	before.gpr[UVTEST_RAX] = answer;
	vector = uvtest_call(fd, &regs, number, rbx, rcx);
	if (!vector && !memcmp(regs.gpr, before.gpr, sizeof(regs.gpr)))
		return true;
	ksft_print_msg("call %d: exception %u, rax %lld, not %lld\n", (int)number,
		       vector, (long long)regs.gpr[UVTEST_RAX], (long long)answer);
	return false;
}

/* From programs nothing reaches KVM, which would say -EPERM */
static void test_programs(void)
{
	struct vmm_regs regs;
	int number, wrong = 0;

	for (number = 1; number <= LAST; number++) {
		regs = (struct vmm_regs){ .rax = number };
		wrong += vmm_call(&regs) || regs.rax;
	}
	ksft_test_result(!wrong, "at level 3 all answers are 0: %d are not\n", wrong);
}

static void test_unknown(void)
{
	int number, wrong = 0;

	for (number = FIRST_FREE; number <= LAST; number++)
		wrong += !answers(number, 0, 0, kvm ? -KVM_ENOSYS : 0);
	ksft_test_result(!wrong, "numbers that KVM hasn't: %d wrong answers\n", wrong);
}

static void test_known(void)
{
	bool ok = answers(VAPIC_POLL_IRQ, 0, 0, 0);

	ok &= answers(KICK_CPU, 0, 0, 0);
	ok &= answers(SCHED_YIELD, 0, 0, 0);
	ksft_test_result(ok, "calls without addresses\n");
	if (!has_kvm_feature(KVM_FEATURE_PV_SEND_IPI))
		ksft_test_result(answers(SEND_IPI, 0, 0, kvm ? -KVM_ENOSYS : 0),
				 "SEND_IPI where there is none\n");
	else
		ksft_test_result(answers(SEND_IPI, 1, 0, 1),
				 "SEND_IPI: one CPU gets it\n");
}

static void test_clock(void)
{
	struct uvtest_pages pages;
	uint64_t *page = uvtest_pages(fd, 0, &pages);
	struct uvtest_regs regs = { 0 };
	int64_t rax;

	page[1] = ~0ULL;
	page[PAIRING_BYTES / 8] = 0x1234;
	uvtest_call(fd, &regs, CLOCK_PAIRING, pages.phys, 0);
	rax = (int64_t)regs.gpr[UVTEST_RAX];
	if (!kvm)
		ksft_test_result(!rax && page[1] == ~0ULL, "CLOCK_PAIRING does nothing\n");
	else if (rax == -KVM_EOPNOTSUPP)
		ksft_test_result(page[1] == ~0ULL,
				 "CLOCK_PAIRING reaches KVM, which has no clock for it\n");
	else
		ksft_test_result(!rax && page[1] < 1000000000 &&
				 page[PAIRING_BYTES / 8] == 0x1234,
				 "CLOCK_PAIRING reaches KVM, which writes to the page: %lld\n",
				 (long long)rax);
}

/* Each of the VMM's blocks from before its start to its end */
static void test_hidden(void)
{
	struct block blocks[MAX_CPUS + 1];
	int i, wrong = 0, n = list_blocks(blocks, MAX_CPUS + 1);
	int64_t answer = kvm ? -KVM_EFAULT : 0;

	for (i = 0; i < n; i++) {
		uint64_t start = blocks[i].start, end = start + blocks[i].size;

		wrong += !answers(CLOCK_PAIRING, start - PAIRING_BYTES + 1, 0, answer);
		wrong += !answers(CLOCK_PAIRING, start, 0, answer);
		wrong += !answers(CLOCK_PAIRING, end - 1, 0, answer);
		wrong += !answers(MAP_GPA_RANGE, start - 4096, 2, answer);
		wrong += !answers(MAP_GPA_RANGE, end - 4096, 1, answer);
	}
	wrong += !answers(MAP_GPA_RANGE, 0, 1ULL << 52, answer);
	ksft_test_result(n && !wrong, "none is carried out on the VMM: %d blocks, %d wrong\n",
			 n, wrong);
}

/* IPIs, which Linux may ask KVM for */
static void test_linux(void)
{
	struct uvtest_everywhere e;
	int cpus[MAX_CPUS], i, missing = 0, n = list_cpus(cpus);

	for (i = 0; i < IPI_ROUNDS; i++) {
		e = (struct uvtest_everywhere){ .rounds = 1, .regs.insn = UVTEST_READ_CR0 };
		uvtest_request(fd, UVTEST_IOC_EVERYWHERE, &e);
		missing += (int)e.cpus != n;
	}
	ksft_test_result(!missing, "Linux's IPIs arrive: %d of %d rounds\n",
			 IPI_ROUNDS - missing, IPI_ROUNDS);
}

int main(void)
{
	ksft_print_header();
	need_vmm(NULL);
	fd = need_uvtest();
	kvm = is_kvm();
	ksft_print_msg("Linux is %sKVM's guest\n", kvm ? "" : "not ");
	ksft_set_plan(7);
	test_programs();
	test_unknown();
	test_known();
	test_clock();
	test_hidden();
	test_linux();
	ksft_finished();
}
