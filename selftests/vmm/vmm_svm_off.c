// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an AMD guest sees of SVM while the VMM uses it. Shows, on every CPU, that
 * EFER.SVME reads 1 and stays so (SVM is "in use": kvm_amd then says so and goes),
 * VM_CR reads disabled and locked, VM_HSAVE_PA reads 0 and takes nothing else, and
 * that SVM's instructions raise #UD in the kernel and a signal in a program.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "kselftest.h"
#include "common.h"

#define MSR_EFER	0xc0000080
#define MSR_VM_CR	0xc0010114
#define MSR_VM_HSAVE_PA	0xc0010117
#define EFER_SVME	0x1000
#define VM_CR_LOCK	0x08
#define VM_CR_SVMDIS	0x10
#define VECTOR_UD	6
#define VECTOR_GP	13

static int fd;
static int cpus[MAX_CPUS];
static int nr_cpus;

static uint64_t read_msr(uint32_t msr, uint32_t *vector)
{
	struct uvtest_msr m = { .msr = msr };

	uvtest_request(fd, UVTEST_IOC_MSR, &m);
	*vector = m.vector;
	return m.value;
}

static uint32_t write_msr(uint32_t msr, uint64_t value)
{
	struct uvtest_msr m = { .msr = msr, .write = 1, .value = value };

	uvtest_request(fd, UVTEST_IOC_MSR, &m);
	return m.vector;
}

static bool efer_in_use(void)
{
	uint32_t vector;

	return (read_msr(MSR_EFER, &vector) & EFER_SVME) && !vector;
}

static bool efer_stays(void)
{
	uint32_t vector;
	uint64_t efer = read_msr(MSR_EFER, &vector);

	/* Whether the write is ignored or faults is not the point. */
	write_msr(MSR_EFER, efer & ~(uint64_t)EFER_SVME);
	return efer_in_use() && vmm_lookup(VMMCALL_NAME_DBGSH) > 0 &&
	       !write_msr(MSR_EFER, efer) &&
	       read_msr(MSR_EFER, &vector) == efer;
}

static bool vm_cr_locked(void)
{
	const uint64_t off = VM_CR_SVMDIS | VM_CR_LOCK;
	uint32_t vector;

	if ((read_msr(MSR_VM_CR, &vector) & off) != off || vector)
		return false;
	write_msr(MSR_VM_CR, 0);
	return (read_msr(MSR_VM_CR, &vector) & off) == off;
}

static bool hsave_reads_0(void)
{
	uint32_t vector;

	return !read_msr(MSR_VM_HSAVE_PA, &vector) && !vector;
}

static bool hsave_takes_0_only(void)
{
	return !write_msr(MSR_VM_HSAVE_PA, 0) &&
	       write_msr(MSR_VM_HSAVE_PA, 0x1000) == VECTOR_GP &&
	       hsave_reads_0();
}

static void on_every_cpu(bool (*holds)(void), const char *what)
{
	int i, bad = 0;

	for (i = 0; i < nr_cpus; i++) {
		pin_to(cpus[i]);
		bad += !holds();
	}
	ksft_test_result(!bad, "%s (%d of %d CPUs)\n", what, nr_cpus - bad,
			 nr_cpus);
}

static const struct {
	const char *name;
	uint32_t insn;
	uint8_t last;		/* of 0f 01 xx */
} insns[] = {
	{ "VMRUN", UVTEST_VMRUN, 0xd8 }, { "VMLOAD", UVTEST_VMLOAD, 0xda },
	{ "VMSAVE", UVTEST_VMSAVE, 0xdb }, { "STGI", UVTEST_STGI, 0xdc },
	{ "CLGI", UVTEST_CLGI, 0xdd }, { "SKINIT", UVTEST_SKINIT, 0xde },
	{ "INVLPGA", UVTEST_INVLPGA, 0xdf }, { "VMCALL", UVTEST_VMCALL, 0xc1 },
};

static void test_kernel_insns(uint64_t page)
{
	struct uvtest_regs regs;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		memset(&regs, 0, sizeof(regs));
		regs.insn = insns[i].insn;
		regs.gpr[UVTEST_RAX] = page;
		uvtest_request(fd, UVTEST_IOC_RUN, &regs);
		ksft_test_result(regs.vector == VECTOR_UD,
				 "%s in the kernel: exception %u\n",
				 insns[i].name, regs.vector);
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

/* Bare metal gives #UD with EFER.SVME clear and #GP with it set. */
static void test_user_insns(void)
{
	unsigned int i;
	int sig;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		sig = signal_of(insns[i].last);
		ksft_test_result(sig == SIGILL || sig == SIGSEGV,
				 "%s in a program: signal %d\n", insns[i].name,
				 sig);
	}
}

int main(void)
{
	struct uvtest_pages pages;
	int kmsg;

	ksft_print_header();
	if (!vmm_is_amd())
		ksft_exit_skip("SVM is AMD's\n");
	need_vmm(NULL);
	fd = need_uvtest();
	kmsg = kmsg_open();
	nr_cpus = list_cpus(cpus);
	uvtest_pages(fd, 0, &pages);
	ksft_set_plan(7 + 2 * ARRAY_SIZE(insns));
	on_every_cpu(efer_in_use, "EFER.SVME reads 1");
	on_every_cpu(efer_stays, "EFER.SVME can't be cleared");
	on_every_cpu(vm_cr_locked, "VM_CR reads disabled and locked");
	on_every_cpu(hsave_reads_0, "VM_HSAVE_PA reads 0");
	on_every_cpu(hsave_takes_0_only, "VM_HSAVE_PA takes 0 only");
	test_kernel_insns(pages.phys);
	test_user_insns();
	ksft_test_result(vmm_lookup(VMMCALL_NAME_DBGSH) > 0,
			 "VM calls work as before\n");
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
