// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSRs by which level 0 could put something else in the place of the VMM's memory. Shows,
 * on every CPU, that each is refused where its address is that of a page of the VMM's, the
 * APIC's base with every page of all of them, and that what Linux itself writes passes.
 * An emulator that doesn't know an MSR takes any value, and so what faults was the VMM.
 */
#define _GNU_SOURCE
#include "off.h"

#define PAGE			4096ULL
#define MSR_IA32_APIC_BASE	0x1b
#define APIC_BASE_EN		0x800
#define MSR_KVM_SYSTEM_TIME	0x4b564d01
#define MSR_IA32_RTIT_CTL	0x570
#define MSR_IA32_HW_FEEDBACK_PTR 0x17d0
#define MSR_IA32_SMRR_PHYSBASE	0x1f2
#define MSR_IA32_VMX_BASIC	0x480
#define MSR_SYSCFG		0xc0010010
#define MSR_IORR_MASK0		0xc0010017
#define MSR_TOP_MEM		0xc001001a
#define MSR_MMIO_CFG_BASE	0xc0010058
#define MSR_SMM_BASE		0xc0010111
#define MSR_SMM_MASK		0xc0010113

static struct block blocks[MAX_CPUS + 1];
static int nr_blocks;

static bool refused(uint32_t msr, uint64_t value)
{
	return write_msr(msr, value) == VECTOR_GP;
}

static bool unchanged(uint64_t apic_base)
{
	uint32_t vector;

	return read_msr(MSR_IA32_APIC_BASE, &vector) == apic_base && !vector;
}

/* The MSR bitmap is one of these pages: with the APIC in its place nothing would exit */
static bool apic_stays(void)
{
	uint32_t vector;
	uint64_t page, base = read_msr(MSR_IA32_APIC_BASE, &vector);
	int i;

	for (i = 0; i < nr_blocks; i++)
		for (page = 0; page < blocks[i].size; page += PAGE)
			if (!refused(MSR_IA32_APIC_BASE, (blocks[i].start + page) |
				     (base & 0x500) | APIC_BASE_EN) ||
			    !unchanged(base))
				return false;
	return vmm_is_amd() || !read_msr(MSR_IA32_VMX_BASIC, &vector);
}

static bool apic_base_is_linuxs(void)
{
	uint32_t vector;
	uint64_t base = read_msr(MSR_IA32_APIC_BASE, &vector);

	return !vector && !write_msr(MSR_IA32_APIC_BASE, base) && unchanged(base);
}

static bool kvm_clock_stays(void)
{
	return refused(MSR_KVM_SYSTEM_TIME, blocks[0].start | 1);
}

static bool hardware_feedback_stays(void)
{
	return refused(MSR_IA32_HW_FEEDBACK_PTR, blocks[0].start | 1) &&
	       refused(MSR_IA32_HW_FEEDBACK_PTR, (blocks[0].start + PAGE) | 1);
}

/* TraceEn with ToPA */
static bool no_table_of_addresses(void)
{
	return refused(MSR_IA32_RTIT_CTL, 0x101);
}

static bool smrr_stays(void)
{
	return refused(MSR_IA32_SMRR_PHYSBASE, 6);
}

/* MtrrVarDramEn and MtrrTom2En, SMEE; a write of what is there already */
static bool routing_stays(void)
{
	uint32_t vector;
	uint64_t now = read_msr(MSR_SYSCFG, &vector);

	return refused(MSR_SYSCFG, now ^ 1 << 20) && refused(MSR_SYSCFG, now ^ 1 << 21) &&
	       refused(MSR_SYSCFG, now ^ 1 << 23) && !write_msr(MSR_SYSCFG, now);
}

/* Valid, and a mask of no bits: all addresses */
static bool ranges_stay(void)
{
	return refused(MSR_IORR_MASK0, 0x800) && refused(MSR_SMM_MASK, 2);
}

static bool top_stays(void)
{
	uint32_t vector;
	uint64_t now = read_msr(MSR_TOP_MEM, &vector);
	/* To the other side of the VMM's first block */
	uint64_t beyond = blocks[0].start < now ? 0 : blocks[0].start + (1 << 30);

	return refused(MSR_TOP_MEM, beyond & ~0x7fffffULL) && !write_msr(MSR_TOP_MEM, now);
}

static bool devices_stay(void)
{
	return refused(MSR_MMIO_CFG_BASE, (blocks[0].start & ~0xfffffULL) | 1) &&
	       refused(MSR_SMM_BASE, blocks[0].start);
}

static void test_amd(void)
{
	on_every_cpu(routing_stays, "SYSCFG: routing and encryption stay");
	on_every_cpu(ranges_stay, "IORR_MASK0 and SMM_MASK take no range with the VMM in it");
	on_every_cpu(top_stays, "TOP_MEM does not move over the VMM");
	on_every_cpu(devices_stay, "MMIO_CFG_BASE and SMM_BASE don't go to the VMM");
}

static void test_intel(void)
{
	on_every_cpu(hardware_feedback_stays, "IA32_HW_FEEDBACK_PTR does not go to the VMM");
	on_every_cpu(no_table_of_addresses, "IA32_RTIT_CTL takes no table of addresses");
	on_every_cpu(smrr_stays, "IA32_SMRR_PHYSBASE takes nothing");
	on_every_cpu(apic_stays, "IA32_APIC_BASE once more");
}

int main(void)
{
	int kmsg;

	ksft_print_header();
	need_vmm(NULL);
	uvtest = need_uvtest();
	kmsg = kmsg_open();
	nr_blocks = list_blocks(blocks, MAX_CPUS + 1);
	if (!nr_blocks)
		ksft_exit_fail_msg("the driver tells no blocks\n");
	ksft_set_plan(9);
	on_every_cpu(apic_base_is_linuxs, "IA32_APIC_BASE takes what Linux writes");
	on_every_cpu(apic_stays, "IA32_APIC_BASE does not go to any page of the VMM");
	on_every_cpu(kvm_clock_stays, "a KVM beneath does not keep its clock in the VMM");
	if (vmm_is_amd())
		test_amd();
	else
		test_intel();
	test_still_well(kmsg);
	ksft_finished();
}
