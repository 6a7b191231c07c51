// SPDX-License-Identifier: GPL-2.0-only
/* What the VMX backend sets up once for all CPUs: the controls, above all. */
#include "vmx/vmx.h"
#include "core/log.h"
#include "core/x86.h"

const char backend_name[] = "vmx";

struct vmx_machine vmx_machine;

const char *backend_fault_entry(u32 vector)
{
	switch (vector) {
	case VECTOR_NMI: return vmx_nmi_entry;
	case VECTOR_MC: return vmx_mce_entry;
	default: return NULL;
	}
}

enum cpuid_reg { EAX, EBX, ECX, EDX };

/*
 * Instructions that raise #UD in a guest unless a control allows them (section 25.3).
 * Linux looked at CPUID long ago: what it saw has to go on working.
 */
static const struct instruction {
	u32 leaf;
	u32 subleaf;
	u32 reg;
	u32 bit;
	u32 proc2;		/* one of these two */
	u64 proc3;
	const char *name;
} instructions[] = {
	{ 0x80000001, 0, EDX, 27, PROC2_RDTSCP, 0, "enable RDTSCP" },
	{ 7, 0, EBX, 10, PROC2_INVPCID, 0, "enable INVPCID" },
	{ 0xd, 1, EAX, 3, PROC2_XSAVES, 0, "enable XSAVES/XRSTORS" },
	{ 7, 0, ECX, 5, PROC2_USER_WAIT, 0, "enable user wait and pause" },
	{ 7, 0, EDX, 18, PROC2_PCONFIG, 0, "enable PCONFIG" },
	{ 7, 1, EAX, 27, 0, PROC3_MSR_LIST, "enable MSR-list instructions" },
};

static bool cpuid_shows(const struct instruction *i)
{
	u32 regs[4];

	cpuid(i->leaf & 0x80000000, 0, regs);
	if (regs[EAX] < i->leaf)
		return false;
	if (i->subleaf) {
		cpuid(i->leaf, 0, regs);
		if (i->leaf == 7 && regs[EAX] < i->subleaf)
			return false;
	}
	cpuid(i->leaf, i->subleaf, regs);
	return regs[i->reg] >> i->bit & 1;
}

static int fail(struct cpu *cpu, u64 detail, const char *text)
{
	cpu->frame.reason = UV_REASON_CONTROL;
	cpu->frame.detail = detail;
	cpu->frame.reason_text = (u64)text;
	return -EOPNOTSUPP;
}

/*
 * Appendix A.3: the lower half of a capability MSR has the bits that must be 1, the
 * upper half those that may be. The former are reserved ones and none that would make
 * exits, as the TRUE MSRs say; forced ones would show as exits nobody asked for.
 */
static bool choose(u32 msr, u32 wanted, u32 *control)
{
	u64 allowed = rdmsr(msr);

	*control = wanted | (u32)allowed;
	return !(wanted & ~(u32)(allowed >> 32));
}

static int choose_instructions(struct cpu *cpu)
{
	u32 allowed2 = (u32)(rdmsr(MSR_IA32_VMX_PROCBASED_CTLS2) >> 32);
	bool tertiary = rdmsr(MSR_IA32_VMX_TRUE_PROCBASED_CTLS) >> 32 &
			PROC_TERTIARY;
	u64 allowed3 = tertiary ? rdmsr(MSR_IA32_VMX_PROCBASED_CTLS3) : 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(instructions); i++) {
		const struct instruction *in = &instructions[i];

		if (!cpuid_shows(in))
			continue;
		if (in->proc2 & ~allowed2 || in->proc3 & ~allowed3)
			return fail(cpu, i, in->name);
		vmx_machine.proc2 |= in->proc2;
		vmx_machine.proc3 |= in->proc3;
	}
	if (vmx_machine.proc3)
		vmx_machine.proc |= PROC_TERTIARY;
	return 0;
}

/*
 * Who owns what of the state that VM exits and entries can switch:
 *
 * DEBUGCTL, DR7	switched: no breakpoint or branch record of root mode
 * EFER, PAT		switched, so that guest and VMM each have their own
 * PERF_GLOBAL_CTRL	the guest's, also in root mode: what its counters count of
 *			the VMM is part of the price that it wants to know
 * S_CET, SSP, PKRS	the guest's; unused in root mode, whose CR4 has CET and PKS
 *			off
 * XCR0, XSS, XFD, PKRU	the guest's; the VMM has no vector registers and its pages
 *			are the supervisor's
 * SPEC_CTRL		the guest's: root mode runs under what Linux chose
 */
int backend_init(struct cpu *cpu)
{
	u32 regs[4];
	int err;

	vmx_machine.revision = rdmsr(MSR_IA32_VMX_BASIC) & VMX_BASIC_REVISION;
	vmx_machine.cr0_fixed0 = rdmsr(MSR_IA32_VMX_CR0_FIXED0);
	vmx_machine.cr4_fixed0 = rdmsr(MSR_IA32_VMX_CR4_FIXED0);
	cpuid(1, 0, regs);
	vmx_machine.xsave = regs[ECX] & BIT(26);
	vmx_machine.proc = PROC_MSR_BITMAPS | PROC_SECONDARY;
	vmx_machine.proc2 = PROC2_EPT | PROC2_VPID | PROC2_UNRESTRICTED;
	err = choose_instructions(cpu);
	if (err)
		return err;
	if (!choose(MSR_IA32_VMX_TRUE_PINBASED_CTLS, 0, &vmx_machine.pin) ||
	    !(rdmsr(MSR_IA32_VMX_TRUE_PINBASED_CTLS) >> 32 & PIN_VIRTUAL_NMIS))
		return fail(cpu, 0, "virtual NMIs");
	if (!choose(MSR_IA32_VMX_TRUE_PROCBASED_CTLS, vmx_machine.proc,
		    &vmx_machine.proc))
		return fail(cpu, vmx_machine.proc, "primary processor-based");
	if (!choose(MSR_IA32_VMX_PROCBASED_CTLS2, vmx_machine.proc2,
		    &vmx_machine.proc2))
		return fail(cpu, vmx_machine.proc2, "secondary processor-based");
	if (!choose(MSR_IA32_VMX_TRUE_EXIT_CTLS,
		    EXIT_SAVE_DEBUG | EXIT_HOST_64 | EXIT_SAVE_PAT |
		    EXIT_LOAD_PAT | EXIT_SAVE_EFER | EXIT_LOAD_EFER,
		    &vmx_machine.exit))
		return fail(cpu, vmx_machine.exit, "VM-exit");
	if (!choose(MSR_IA32_VMX_TRUE_ENTRY_CTLS,
		    ENTRY_LOAD_DEBUG | ENTRY_LOAD_PAT | ENTRY_LOAD_EFER,
		    &vmx_machine.entry))
		return fail(cpu, vmx_machine.entry, "VM-entry");
	err = nested_init(cpu);
	if (err)
		return err;
	msr_init();
	return 0;
}
