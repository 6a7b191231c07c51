// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an Intel guest sees of VMX while the VMM uses it. Shows, on every CPU, that
 * IA32_FEATURE_CONTROL reads locked with VMX off and takes nothing, that the capability
 * MSRs allow no control (KVM then gives up) and are read-only, that an MSR which
 * doesn't exist is a #GP as on bare metal, and that VMX's instructions and GETSEC raise
 * what they raise where the firmware locked VMX and SMX off, or a signal in a program.
 * No mask of an MTRR keeps the VMM busy.
 * CR4.VMXE is the guest's to set and clear, to no effect; CR0.NE is its own, also where
 * it changes with bits of paging or caching; a CR0 or CR4 that no CPU takes is a #GP.
 */
#define _GNU_SOURCE
#include <cpuid.h>

#include "off.h"

#define MSR_IA32_FEATURE_CONTROL	0x3a
#define MSR_IA32_VMX_BASIC		0x480
#define MSR_IA32_VMX_PROCBASED_CTLS3	0x492
#define MSR_IA32_MTRR_PHYSBASE7		0x20e
#define MSR_BEYOND_THE_BITMAP		0x80000000
#define MSR_IA32_MTRR_DEF_TYPE		0x2ff
#define MTRR_DEF_E			0x800
#define MTRR_DEF_TYPE			0xff
#define MTRR_MASK_VALID			0x800
#define MTRR_WB				6
#define FEATURE_CONTROL_LOCK		1
#define FEATURE_CONTROL_VMX		6	/* inside and outside SMX */
#define CR0_NE		(1ULL << 5)
#define CR0_NW		(1ULL << 29)
#define CR0_CD		(1ULL << 30)
#define CR4_VMXE	(1ULL << 13)
#define CR4_SMXE	(1ULL << 14)
#define CR4_RESERVED	(1ULL << 31)
#define CPUID_1_ECX_SMX	(1u << 6)

static uint64_t operand;	/* level 0's address of a page */

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

/*
 * A mask that matches every other page of all, which the EPT can't follow: the VMM gives
 * up soon, and holds no CPU up. The type is the default one, so nothing changes.
 */
static bool mtrr_with_holes(void)
{
	uint32_t vector;
	uint64_t base = read_msr(MSR_IA32_MTRR_PHYSBASE7, &vector);
	uint64_t mask = read_msr(MSR_IA32_MTRR_PHYSBASE7 + 1, &vector);
	bool ok = !vector && !(mask & MTRR_MASK_VALID) &&
		  !write_msr(MSR_IA32_MTRR_PHYSBASE7, MTRR_WB) &&
		  !write_msr(MSR_IA32_MTRR_PHYSBASE7 + 1, 0x1000 | MTRR_MASK_VALID) &&
		  vmm_lookup(VMMCALL_NAME_DBGSH) > 0;

	return !write_msr(MSR_IA32_MTRR_PHYSBASE7 + 1, mask) &&
	       !write_msr(MSR_IA32_MTRR_PHYSBASE7, base) && ok;
}

static void test_mtrrs(void)
{
	uint32_t vector;
	uint64_t def_type = read_msr(MSR_IA32_MTRR_DEF_TYPE, &vector);

	if ((def_type & (MTRR_DEF_E | MTRR_DEF_TYPE)) == (MTRR_DEF_E | MTRR_WB))
		on_every_cpu(mtrr_with_holes, "a mask with holes in an MTRR");
	else
		ksft_test_result_skip("the MTRRs' default isn't write-back (%#jx)\n",
				      (uintmax_t)def_type);
}

static unsigned int run(uint32_t insn)
{
	return run_with(insn, operand);
}

static uint64_t read_cr(uint32_t insn)
{
	uint64_t value = 0;

	if (uvtest_run(uvtest, insn, &value))
		ksft_exit_fail_msg("can't read CR0 or CR4\n");
	return value;
}

static uint64_t read_cr0(void)
{
	return read_cr(UVTEST_READ_CR0);
}

static unsigned int write_cr0(uint64_t value)
{
	return run_with(UVTEST_WRITE_CR0, value);
}

static uint64_t read_cr4(void)
{
	return read_cr(UVTEST_READ_CR4);
}

static unsigned int write_cr4(uint64_t value)
{
	return run_with(UVTEST_WRITE_CR4, value);
}

/* Linux's start-up code sets NE with PG, which can't be changed here: so CD stands for it */
static bool ne_is_the_guests(void)
{
	uint64_t cr0 = read_cr0();
	uint64_t other = (cr0 & ~CR0_NE) | CR0_CD;

	return cr0 & CR0_NE &&
	       !write_cr0(cr0 & ~CR0_NE) && read_cr0() == (cr0 & ~CR0_NE) &&
	       !write_cr0(cr0) && read_cr0() == cr0 &&
	       !write_cr0(other) && read_cr0() == other &&
	       !write_cr0(cr0) && read_cr0() == cr0;
}

static bool bad_cr0_faults(void)
{
	uint64_t cr0 = read_cr0();

	return write_cr0(cr0 | 1ULL << 32) == VECTOR_GP &&
	       write_cr0((cr0 & ~CR0_NE) | 1ULL << 32) == VECTOR_GP &&
	       write_cr0(cr0 | CR0_NW) == VECTOR_GP &&
	       read_cr0() == cr0;
}

static bool vmxe_reads_0(void)
{
	return !(read_cr4() & CR4_VMXE);
}

/* VMXON asks IA32_FEATURE_CONTROL; what else there is wants VMX operation first */
static bool vmxe_is_of_no_effect(void)
{
	uint64_t cr4 = read_cr4();

	return !write_cr4(cr4 | CR4_VMXE) && read_cr4() == (cr4 | CR4_VMXE) &&
	       run(UVTEST_VMXON) == VECTOR_GP &&
	       run(UVTEST_VMXOFF) == VECTOR_UD &&
	       run(UVTEST_VMPTRLD) == VECTOR_UD &&
	       vmm_lookup(VMMCALL_NAME_DBGSH) > 0 &&
	       !write_cr4(cr4) && read_cr4() == cr4 &&
	       run(UVTEST_VMXON) == VECTOR_UD;
}

static bool bad_cr4_faults(void)
{
	uint64_t cr4 = read_cr4();

	return write_cr4(cr4 | CR4_RESERVED) == VECTOR_GP &&
	       write_cr4(cr4 | CR4_RESERVED | CR4_VMXE) == VECTOR_GP &&
	       write_cr4(cr4 | 1ULL << 63) == VECTOR_GP &&
	       read_cr4() == cr4;
}

static bool getsec_is_undefined(void)
{
	return run(UVTEST_GETSEC) == VECTOR_UD;
}

static bool getsec_faults_with_smxe(void)
{
	uint64_t cr4 = read_cr4();

	return !write_cr4(cr4 | CR4_SMXE) && run(UVTEST_GETSEC) == VECTOR_GP &&
	       !write_cr4(cr4) && getsec_is_undefined();
}

static bool has_smx(void)
{
	unsigned int a, b, c, d;

	__cpuid(1, a, b, c, d);
	return c & CPUID_1_ECX_SMX;
}

static void test_msrs(void)
{
	uint32_t vector;

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
}

static void test_cr(void)
{
	on_every_cpu(ne_is_the_guests, "CR0.NE can be cleared, with CR0.CD too");
	on_every_cpu(bad_cr0_faults, "a bad CR0 is #GP");
	on_every_cpu(vmxe_reads_0, "CR4.VMXE reads 0");
	on_every_cpu(vmxe_is_of_no_effect,
		     "CR4.VMXE can be set, VMXON is #GP then");
	on_every_cpu(bad_cr4_faults, "a bad CR4 is #GP");
	on_every_cpu(getsec_is_undefined, "GETSEC is #UD without CR4.SMXE");
	if (has_smx())
		on_every_cpu(getsec_faults_with_smxe, "GETSEC is #GP with it");
	else
		ksft_test_result_skip("this CPU has no SMX\n");
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
	void *page;
	int kmsg;

	ksft_print_header();
	if (vmm_is_amd())
		ksft_exit_skip("VMX is Intel's\n");
	need_vmm(NULL);
	uvtest = need_uvtest();
	kmsg = kmsg_open();
	page = uvtest_pages(uvtest, 0, &pages);
	operand = pages.virt;
	ksft_set_plan(16 + ARRAY_SIZE(insns) + NR_USER_INSNS);
	test_msrs();
	test_mtrrs();
	test_cr();
	test_kernel_insns(insns, ARRAY_SIZE(insns), pages.virt);
	test_user_insns(insns, ARRAY_SIZE(insns));
	test_invd(page);
	test_still_well(kmsg);
	ksft_finished();
}
