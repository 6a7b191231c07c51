/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What vmm_svm_off and vmm_vmx_off share: MSRs, instructions and a look at every
 * CPU. A header, because kselftest's counts belong to one source file.
 */
#ifndef OFF_H
#define OFF_H

#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "kselftest.h"
#include "common.h"

#define VECTOR_UD	6
#define VECTOR_GP	13

static int uvtest;

/* struct insn - an instruction of the vendor's, as uvtest knows it */
struct insn {
	const char *name;
	uint32_t insn;
	uint8_t last;		/* of 0f 01 xx, if it is one of these */
};

static uint64_t read_msr(uint32_t msr, uint32_t *vector)
{
	struct uvtest_msr m = { .msr = msr };

	uvtest_request(uvtest, UVTEST_IOC_MSR, &m);
	*vector = m.vector;
	return m.value;
}

static uint32_t write_msr(uint32_t msr, uint64_t value)
{
	struct uvtest_msr m = { .msr = msr, .write = 1, .value = value };

	uvtest_request(uvtest, UVTEST_IOC_MSR, &m);
	return m.vector;
}

static void on_every_cpu(bool (*holds)(void), const char *what)
{
	/* From before the first look: from then on this program is pinned to one of them */
	static int cpus[MAX_CPUS];
	static int nr;
	int i, bad = 0;

	if (!nr)
		nr = list_cpus(cpus);
	for (i = 0; i < nr; i++) {
		pin_to(cpus[i]);
		bad += !holds();
	}
	ksft_test_result(!bad, "%s (%d of %d CPUs)\n", what, nr - bad, nr);
}

/* One instruction at level 0. Return: 0 or the exception's vector. */
static unsigned int run_with(uint32_t insn, uint64_t rax)
{
	return uvtest_run(uvtest, insn, &rax);
}

/* One test an instruction; RAX is its operand or the operand's address */
static void test_kernel_insns(const struct insn *insns, unsigned int nr,
			      uint64_t rax)
{
	unsigned int i, vector;

	for (i = 0; i < nr; i++) {
		vector = run_with(insns[i].insn, rax);
		ksft_test_result(vector == VECTOR_UD,
				 "%s in the kernel: exception %u\n",
				 insns[i].name, vector);
	}
}

static sigjmp_buf escape;

static void on_signal(int sig)
{
	siglongjmp(escape, sig);
}

static int signal_of(uint8_t last)
{
	uint8_t *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int sig;

	if (code == MAP_FAILED)
		return -1;
	memcpy(code, "\x31\xc0\x0f\x01\x00\xc3", 6);	/* xor eax; ...; ret */
	code[4] = last;
	signal(SIGILL, on_signal);
	signal(SIGSEGV, on_signal);
	sig = sigsetjmp(escape, 1);
	if (!sig)
		((void (*)(void))code)();
	vmm_catch_faults();
	munmap(code, 4096);
	return sig;
}

/*
 * One test an instruction with @last. Bare metal gives #UD, or #GP to SVM's with
 * EFER.SVME set.
 */
static void test_user_insns(const struct insn *insns, unsigned int nr)
{
	unsigned int i;
	int sig;

	for (i = 0; i < nr; i++) {
		if (!insns[i].last)
			continue;
		sig = signal_of(insns[i].last);
		ksft_test_result(sig == SIGILL || sig == SIGSEGV,
				 "%s in a program: signal %d\n", insns[i].name,
				 sig);
	}
}

/* One test: what was written to memory is there when INVD was executed behind it. */
static void test_invd(uint64_t *page)
{
	volatile uint64_t *words = page;
	unsigned int i, kept = 0, vector;

	for (i = 0; i < 512; i++)
		words[i] = ~(uint64_t)i;
	vector = run_with(UVTEST_INVD, 0);
	for (i = 0; i < 512; i++)
		kept += words[i] == ~(uint64_t)i;
	ksft_test_result(!vector && kept == 512,
			 "INVD in the kernel loses nothing: exception %u\n",
			 vector);
}

/* Two tests */
static void test_still_well(int kmsg)
{
	ksft_test_result(vmm_lookup(VMMCALL_NAME_DBGSH) > 0,
			 "VM calls work as before\n");
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
}

#endif /* OFF_H */
