// SPDX-License-Identifier: GPL-2.0-only
/* What the VMX backend sets up once for all CPUs: the controls, above all. */
#include "vmx/vmx.h"
#include "core/gather.h"
#include "core/log.h"
#include "core/x86.h"

const char backend_name[] = "vmx";

struct vmx_machine vmx_machine __kept_by_wipe;	/* an NMI window needs the controls */

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
static bool choose(u64 allowed, u32 wanted, u32 *control)
{
	*control = wanted | (u32)allowed;
	return !(wanted & ~(u32)(allowed >> 32));
}

static int choose_instructions(struct cpu *cpu)
{
	u32 allowed2 = (u32)(vmx_machine.caps.proc2 >> 32);
	u64 allowed3 = vmx_machine.caps.proc3;
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
 * PERF_GLOBAL_CTRL	switched where there is PEBS, by lists: set_msr_lists()
 * S_CET, SSP, PKRS	the guest's; unused in root mode, whose CR4 has CET and PKS
 *			off
 * XCR0, XSS, XFD, PKRU	the guest's; the VMM has no vector registers and its pages
 *			are the supervisor's
 * SPEC_CTRL		the guest's: root mode runs under what Linux chose
 */
static void read_caps(struct vmx_caps *caps)
{
	caps->basic = rdmsr(MSR_IA32_VMX_BASIC);
	caps->pin = rdmsr(MSR_IA32_VMX_TRUE_PINBASED_CTLS);
	caps->proc = rdmsr(MSR_IA32_VMX_TRUE_PROCBASED_CTLS);
	caps->proc2 = rdmsr(MSR_IA32_VMX_PROCBASED_CTLS2);
	if (caps->proc >> 32 & PROC_TERTIARY)
		caps->proc3 = rdmsr(MSR_IA32_VMX_PROCBASED_CTLS3);
	caps->exit = rdmsr(MSR_IA32_VMX_TRUE_EXIT_CTLS);
	caps->entry = rdmsr(MSR_IA32_VMX_TRUE_ENTRY_CTLS);
	caps->misc = rdmsr(MSR_IA32_VMX_MISC);
	caps->cr0_fixed0 = rdmsr(MSR_IA32_VMX_CR0_FIXED0);
	caps->cr0_fixed1 = rdmsr(MSR_IA32_VMX_CR0_FIXED1);
	caps->cr4_fixed0 = rdmsr(MSR_IA32_VMX_CR4_FIXED0);
	caps->cr4_fixed1 = rdmsr(MSR_IA32_VMX_CR4_FIXED1);
	caps->ept_vpid = rdmsr(MSR_IA32_VMX_EPT_VPID_CAP);
}

static int choose_controls(struct cpu *cpu)
{
	const struct vmx_caps *caps = &vmx_machine.caps;
	struct vmx_machine *m = &vmx_machine;
	int err;

	m->proc = PROC_MSR_BITMAPS | PROC_SECONDARY;
	m->proc2 = PROC2_EPT | PROC2_VPID | PROC2_UNRESTRICTED;
	err = choose_instructions(cpu);
	if (err)
		return err;
	/* Virtual NMIs aren't on, but an NMI window needs them: inject.c */
	if (!choose(caps->pin, 0, &m->pin) ||
	    !(caps->pin >> 32 & PIN_VIRTUAL_NMIS))
		return fail(cpu, m->pin, "virtual NMIs");
	if (!choose(caps->proc, m->proc, &m->proc) ||
	    !(caps->proc >> 32 & PROC_NMI_WINDOW))
		return fail(cpu, m->proc, "primary processor-based");
	if (!choose(caps->proc2, m->proc2, &m->proc2))
		return fail(cpu, m->proc2, "secondary processor-based");
	if (!choose(caps->exit, EXIT_SAVE_DEBUG | EXIT_HOST_64 | EXIT_SAVE_PAT |
		    EXIT_LOAD_PAT | EXIT_SAVE_EFER | EXIT_LOAD_EFER, &m->exit))
		return fail(cpu, m->exit, "VM-exit");
	if (!choose(caps->entry,
		    ENTRY_LOAD_DEBUG | ENTRY_LOAD_PAT | ENTRY_LOAD_EFER,
		    &m->entry))
		return fail(cpu, m->entry, "VM-entry");
	return 0;
}

int backend_init(struct cpu *cpu)
{
	u32 regs[4];
	int err;

	read_caps(&vmx_machine.caps);
	cpuid(1, 0, regs);
	vmx_machine.xsave = regs[ECX] & BIT(26);
	err = choose_controls(cpu);
	if (!err)
		err = nested_init(cpu);
	if (err)
		return err;
	msr_init();
	return 0;
}
