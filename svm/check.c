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
#define S_CET_SH_STK_EN	BIT_ULL(0)
#define CR4_DEFINED	(GENMASK_ULL(12, 0) | GENMASK_ULL(18, 16) | \
			 GENMASK_ULL(24, 20))

/**
 * svm_check_vmcb() - the consistency checks of VMRUN, in software
 * @v: the VMCB
 * @maxphyaddr: physical address width, bits
 * @index: set to the number of the rule that is broken, from 1
 *
 * Return: NULL, or the rule in words.
 */
const char *svm_check_vmcb(const struct vmcb *v, u32 maxphyaddr, u32 *index)
{
	const bool long_mode = v->efer & EFER_LME && v->cr0 & CR0_PG;
	const struct {
		bool broken;
		const char *text;
	} rules[] = {
		{ !(v->efer & EFER_SVME), "EFER.SVME is zero" },
		{ !(v->cr0 & CR0_CD) && v->cr0 & CR0_NW,
		  "CR0.CD is zero and CR0.NW is set" },
		{ v->cr0 >> 32, "CR0[63:32] are not zero" },
		{ long_mode && v->cr3 >> maxphyaddr,
		  "an MBZ bit of CR3 is set" },
		{ v->cr4 & ~CR4_DEFINED, "an MBZ bit of CR4 is set" },
		{ v->dr6 >> 32, "DR6[63:32] are not zero" },
		{ v->dr7 >> 32, "DR7[63:32] are not zero" },
		{ v->efer & ~EFER_DEFINED, "an MBZ bit of EFER is set" },
		{ long_mode && !(v->cr4 & CR4_PAE),
		  "EFER.LME and CR0.PG are set and CR4.PAE is zero" },
		{ long_mode && !(v->cr0 & CR0_PE),
		  "EFER.LME and CR0.PG are set and CR0.PE is zero" },
		{ long_mode && v->cs.attrib & SEG_ATTRIB_L &&
		  v->cs.attrib & SEG_ATTRIB_DB,
		  "long mode, and CS.L and CS.D are both set" },
		/* Not VMRUN's rule: the way out could not restore SSP */
		{ v->s_cet & S_CET_SH_STK_EN,
		  "supervisor shadow stacks are on (S_CET.SH_STK_EN)" },
		{ !(v->intercept2 & INTERCEPT2_VMRUN),
		  "the VMRUN intercept is clear" },
		{ !v->guest_asid, "the ASID is zero" },
		{ v->intercept1 & INTERCEPT1_MSR_PROT &&
		  (v->msrpm_base_pa + MSRPM_BYTES - 1) >> maxphyaddr,
		  "the MSR permission map lies above the physical addresses" },
		{ v->np_enable & NP_ENABLE && v->n_cr3 >> maxphyaddr,
		  "N_CR3 lies above the physical addresses" },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		if (rules[i].broken) {
			*index = i + 1;
			return rules[i].text;
		}
	}
	return NULL;
}
