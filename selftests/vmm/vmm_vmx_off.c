// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an Intel guest sees of VMX while the VMM uses it. Shows, on every CPU, that
 * IA32_FEATURE_CONTROL reads locked with VMX off and takes nothing, that the capability
 * MSRs allow no control (KVM then gives up) and are read-only, that an MSR which
 * doesn't exist is a #GP as on bare metal, and that VMX's instructions raise #UD.
 */
#define _GNU_SOURCE
#include <string.h>

#include "kselftest.h"
#include "common.h"

#define MSR_IA32_FEATURE_CONTROL	0x3a
#define MSR_IA32_VMX_BASIC		0x480
#define MSR_IA32_VMX_PROCBASED_CTLS3	0x492
#define MSR_BEYOND_THE_BITMAP		0x80000000
#define FEATURE_CONTROL_LOCK		1
#define FEATURE_CONTROL_VMX		6	/* inside and outside SMX */
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

static bool locked_off(void)
{
	uint32_t vector;
	uint64_t value = read_msr(MSR_IA32_FEATURE_CONTROL, &vector);

	return !vector && value & FEATURE_CONTROL_LOCK &&
	       !(value & FEATURE_CONTROL_VMX);
}

static bool lock_holds(void)
{
	return write_msr(MSR_IA32_FEATURE_CONTROL,
			 FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX) == VECTOR_GP &&
	       locked_off();
}

static bool no_capability(void)
{
	uint32_t msr, vector;

	for (msr = MSR_IA32_VMX_BASIC; msr <= MSR_IA32_VMX_PROCBASED_CTLS3; msr++)
		if (read_msr(msr, &vector) || vector)
			return false;
	return true;
}

static bool capability_read_only(void)
{
	return write_msr(MSR_IA32_VMX_BASIC, 0) == VECTOR_GP;
}

/* Beyond the MSR bitmap's ranges, so the VMM asks the hardware */
static bool missing_msr_faults(void)
{
	uint32_t vector;

	read_msr(MSR_BEYOND_THE_BITMAP, &vector);
	return vector == VECTOR_GP &&
	       write_msr(MSR_BEYOND_THE_BITMAP, 1) == VECTOR_GP;
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
} insns[] = {
	{ "VMXON", UVTEST_VMXON }, { "VMXOFF", UVTEST_VMXOFF },
	{ "VMLAUNCH", UVTEST_VMLAUNCH }, { "VMPTRLD", UVTEST_VMPTRLD },
	{ "VMREAD", UVTEST_VMREAD }, { "VMMCALL", UVTEST_VMMCALL },
};

static void test_insns(uint64_t operand)
{
	struct uvtest_regs regs;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(insns); i++) {
		memset(&regs, 0, sizeof(regs));
		regs.insn = insns[i].insn;
		regs.gpr[UVTEST_RAX] = operand;
		uvtest_request(fd, UVTEST_IOC_RUN, &regs);
		ksft_test_result(regs.vector == VECTOR_UD,
				 "%s in the kernel: exception %u\n",
				 insns[i].name, regs.vector);
	}
}

int main(void)
{
	struct uvtest_pages pages;
	uint32_t vector;
	int kmsg;

	ksft_print_header();
	if (vmm_is_amd())
		ksft_exit_skip("VMX is Intel's\n");
	need_vmm(NULL);
	fd = need_uvtest();
	kmsg = kmsg_open();
	nr_cpus = list_cpus(cpus);
	uvtest_pages(fd, 0, &pages);
	ksft_set_plan(7 + ARRAY_SIZE(insns));
	on_every_cpu(locked_off, "IA32_FEATURE_CONTROL reads locked, VMX off");
	on_every_cpu(lock_holds, "IA32_FEATURE_CONTROL takes nothing");
	on_every_cpu(no_capability, "the capability MSRs allow nothing");
	on_every_cpu(capability_read_only, "the capability MSRs are read-only");
	/* Bochs may be told to let unknown MSRs pass; then it does so on bare metal */
	read_msr(MSR_BEYOND_THE_BITMAP + 1, &vector);
	if (vector)
		on_every_cpu(missing_msr_faults, "an MSR that isn't there is #GP");
	else
		ksft_test_result_skip("this CPU takes any MSR\n");
	test_insns(pages.virt);
	ksft_test_result(vmm_lookup(VMMCALL_NAME_DBGSH) > 0,
			 "VM calls work as before\n");
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
