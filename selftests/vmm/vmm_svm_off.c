// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an AMD guest sees of SVM while the VMM uses it. Shows, on every CPU, that
 * EFER.SVME reads 1 and stays so (SVM is "in use": kvm_amd then says so and goes),
 * VM_CR reads disabled and locked, VM_HSAVE_PA reads 0 and takes nothing else, and
 * that SVM's instructions raise #UD in the kernel and a signal in a program.
 */
#define _GNU_SOURCE
#include "off.h"

#define MSR_EFER	0xc0000080
#define MSR_VM_CR	0xc0010114
#define MSR_VM_HSAVE_PA	0xc0010117
#define EFER_SVME	0x1000
#define VM_CR_LOCK	0x08
#define VM_CR_SVMDIS	0x10

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

static const struct insn insns[] = {
	{ "VMRUN", UVTEST_VMRUN, 0xd8 }, { "VMLOAD", UVTEST_VMLOAD, 0xda },
	{ "VMSAVE", UVTEST_VMSAVE, 0xdb }, { "STGI", UVTEST_STGI, 0xdc },
	{ "CLGI", UVTEST_CLGI, 0xdd }, { "SKINIT", UVTEST_SKINIT, 0xde },
	{ "INVLPGA", UVTEST_INVLPGA, 0xdf }, { "VMCALL", UVTEST_VMCALL, 0xc1 },
};

int main(void)
{
	struct uvtest_pages pages;
	void *page;
	int kmsg;

	ksft_print_header();
	if (!vmm_is_amd())
		ksft_exit_skip("SVM is AMD's\n");
	need_vmm(NULL);
	uvtest = need_uvtest();
	kmsg = kmsg_open();
	page = uvtest_pages(uvtest, 0, &pages);
	ksft_set_plan(8 + 2 * ARRAY_SIZE(insns));
	on_every_cpu(efer_in_use, "EFER.SVME reads 1");
	on_every_cpu(efer_stays, "EFER.SVME can't be cleared");
	on_every_cpu(vm_cr_locked, "VM_CR reads disabled and locked");
	on_every_cpu(hsave_reads_0, "VM_HSAVE_PA reads 0");
	on_every_cpu(hsave_takes_0_only, "VM_HSAVE_PA takes 0 only");
	test_kernel_insns(insns, ARRAY_SIZE(insns), pages.phys);
	test_user_insns(insns, ARRAY_SIZE(insns));
	test_invd(page);
	test_still_well(kmsg);
	ksft_finished();
}
