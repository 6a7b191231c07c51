// SPDX-License-Identifier: GPL-2.0-only
/*
 * The consistency checks of VMRUN (APM vol. 2 section 15.5.1, "Canonicalization and
 * Consistency Checks"), done in software before the first VM entry: silicon only
 * says VMEXIT_INVALID, and emulators check less than silicon does.
 */
#include "svm/svm.h"
#include "core/x86.h"

#define EFER_DEFINED	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE | EFER_SVME | \
			 GENMASK_ULL(15, 13) | GENMASK_ULL(21, 17))
#define CR4_DEFINED	(GENMASK_ULL(12, 0) | GENMASK_ULL(18, 16) | \
			 GENMASK_ULL(24, 20))

struct rule {
	const char *text;
	bool (*broken)(const struct vmcb *vmcb, u32 maxphyaddr);
};

#define RULE(name, expression)						\
static bool name(const struct vmcb *v, u32 maxphyaddr)			\
{									\
	(void)maxphyaddr;						\
	return expression;						\
}

RULE(efer_svme, !(v->efer & EFER_SVME))
RULE(cr0_nw, !(v->cr0 & CR0_CD) && v->cr0 & CR0_NW)
RULE(cr0_high, v->cr0 >> 32)
RULE(cr3_mbz, v->efer & EFER_LMA &&
     v->cr3 & GENMASK_ULL(63, 0) & ~GENMASK_ULL(maxphyaddr - 1, 0))
RULE(cr4_mbz, v->cr4 & ~CR4_DEFINED)
RULE(dr6_high, v->dr6 >> 32)
RULE(dr7_high, v->dr7 >> 32)
RULE(efer_mbz, v->efer & ~EFER_DEFINED)
RULE(long_pae, v->efer & EFER_LME && v->cr0 & CR0_PG && !(v->cr4 & CR4_PAE))
RULE(long_pe, v->efer & EFER_LME && v->cr0 & CR0_PG && !(v->cr0 & CR0_PE))
RULE(long_cs, v->efer & EFER_LME && v->cr0 & CR0_PG && v->cr4 & CR4_PAE &&
     v->cs.attrib & SEG_ATTRIB_L && v->cs.attrib & SEG_ATTRIB_DB)
RULE(no_vmrun, !(v->intercept2 & INTERCEPT2_VMRUN))
RULE(asid_zero, !v->guest_asid)
RULE(msrpm_range, v->intercept1 & INTERCEPT1_MSR_PROT &&
     (v->msrpm_base_pa + 0x2000 - 1) >> maxphyaddr)
RULE(ncr3_range, v->np_enable & NP_ENABLE && v->n_cr3 >> maxphyaddr)

static const struct rule rules[] = {
	{ "EFER.SVME is zero", efer_svme },
	{ "CR0.CD is zero and CR0.NW is set", cr0_nw },
	{ "CR0[63:32] are not zero", cr0_high },
	{ "an MBZ bit of CR3 is set", cr3_mbz },
	{ "an MBZ bit of CR4 is set", cr4_mbz },
	{ "DR6[63:32] are not zero", dr6_high },
	{ "DR7[63:32] are not zero", dr7_high },
	{ "an MBZ bit of EFER is set", efer_mbz },
	{ "EFER.LME and CR0.PG are set and CR4.PAE is zero", long_pae },
	{ "EFER.LME and CR0.PG are set and CR0.PE is zero", long_pe },
	{ "long mode, and CS.L and CS.D are both set", long_cs },
	{ "the VMRUN intercept is clear", no_vmrun },
	{ "the ASID is zero", asid_zero },
	{ "the MSR permission map lies above the last physical address",
	  msrpm_range },
	{ "N_CR3 lies above the last physical address", ncr3_range },
};

const char *svm_check_vmcb(const struct vmcb *vmcb, u32 maxphyaddr, u32 *index)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		if (rules[i].broken(vmcb, maxphyaddr)) {
			*index = i + 1;
			return rules[i].text;
		}
	}
	return NULL;
}
