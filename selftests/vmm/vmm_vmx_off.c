// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an Intel guest sees of VMX while the VMM uses it. Shows, on every CPU, that
 * IA32_FEATURE_CONTROL reads locked with VMX off and takes nothing, that the capability
 * MSRs allow no control (KVM then gives up) and are read-only, that an MSR which
 * doesn't exist is a #GP as on bare metal, and that VMX's instructions
 * raise #UD in the kernel and a signal in a program.
 */
#define _GNU_SOURCE
#include "off.h"

#define MSR_IA32_FEATURE_CONTROL	0x3a
#define MSR_IA32_VMX_BASIC		0x480
#define MSR_IA32_VMX_PROCBASED_CTLS3	0x492
#define MSR_BEYOND_THE_BITMAP		0x80000000
#define FEATURE_CONTROL_LOCK		1
#define FEATURE_CONTROL_VMX		6	/* inside and outside SMX */

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

static const struct insn insns[] = {
	{ "VMXON", UVTEST_VMXON, 0 }, { "VMXOFF", UVTEST_VMXOFF, 0xc4 },
	{ "VMLAUNCH", UVTEST_VMLAUNCH, 0xc2 }, { "VMPTRLD", UVTEST_VMPTRLD, 0 },
	{ "VMREAD", UVTEST_VMREAD, 0 }, { "VMMCALL", UVTEST_VMMCALL, 0xd9 },
};

#define NR_USER_INSNS	3	/* of the form 0f 01 xx */

int main(void)
{
	struct uvtest_pages pages;
	uint32_t vector;
	int kmsg;

	ksft_print_header();
	if (vmm_is_amd())
		ksft_exit_skip("VMX is Intel's\n");
	need_vmm(NULL);
	uvtest = need_uvtest();
	kmsg = kmsg_open();
	uvtest_pages(uvtest, 0, &pages);
	ksft_set_plan(7 + ARRAY_SIZE(insns) + NR_USER_INSNS);
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
	test_kernel_insns(insns, ARRAY_SIZE(insns), pages.virt);
	test_user_insns(insns, ARRAY_SIZE(insns));
	test_still_well(kmsg);
	ksft_finished();
}
