// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checks of VM entry (SDM vol. 3 sections 26.2 and 26.3), done in software before
 * the first one: silicon says little more than that one failed, and emulators
 * check less than silicon does. Left out is what our controls make impossible: the
 * fields of features that are off, SMM, PAE paging, virtual-8086 mode.
 */
#include "vmx/vmx.h"
#include "core/x86.h"

#define EFER_DEFINED	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)
#define DEBUGCTL_DEFINED (GENMASK_ULL(2, 0) | GENMASK_ULL(15, 6))
/* Linear-address masking, by the running process; a CPU without it holds no such CR3 */
#define CR3_LAM		GENMASK_ULL(62, 61)
#define RFLAGS_RESERVED	(GENMASK_ULL(63, 22) | BIT_ULL(15) | BIT_ULL(5) | \
			 BIT_ULL(3))
#define RFLAGS_VM	BIT_ULL(17)
#define SELECTOR_RPL	3
#define SELECTOR_TI	4
#define DR7_HIGH	GENMASK_ULL(63, 32)

/* struct rule - "FIELD: what the manual demands of it" */
struct rule {
	bool broken;
	const char *text;
};

/* Where the checks stand: rules are numbered through, from 1 */
struct checker {
	const struct vmcs_image *v;
	const struct vmx_caps *caps;
	u32 maxphyaddr;
	u32 number;
};

static const char *first_broken(struct checker *c, const struct rule *rules,
				u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		c->number++;
		if (rules[i].broken)
			return rules[i].text;
	}
	return NULL;
}

#define V(name)		VMCS(c->v, name)

/* Appendix A.3: the lower half says what must be 1, the upper what may be */
static bool not_allowed(u64 control, u64 caps)
{
	return ~control & (u32)caps || control & ~(caps >> 32);
}

static bool canonical(const struct checker *c, u64 addr)
{
	u32 bits = VMCS(c->v, HOST_CR4) & CR4_LA57 ? 57 : 48;
	u64 sign = addr >> (bits - 1);

	return !sign || sign == ~0ULL >> (bits - 1);
}

static bool bad_page(const struct checker *c, u64 addr)
{
	return addr & 0xfff || addr >> c->maxphyaddr;
}

static bool bad_pat(u64 pat)
{
	u32 i;

	for (i = 0; i < 64; i += 8) {
		u64 type = pat >> i & 0xff;

		if (type > 7 || type == 2 || type == 3)
			return true;
	}
	return false;
}

/* Section 26.2.1.1 */
static const char *check_execution(struct checker *c)
{
	u64 pin = V(PIN_CONTROLS), proc = V(PROC_CONTROLS);
	u64 proc2 = V(PROC2_CONTROLS), eptp = V(EPT_POINTER);
	const struct rule rules[] = {
		{ not_allowed(pin, c->caps->pin),
		  "PIN_CONTROLS: a bit that IA32_VMX_TRUE_PINBASED_CTLS does not allow" },
		{ not_allowed(proc, c->caps->proc),
		  "PROC_CONTROLS: a bit that IA32_VMX_TRUE_PROCBASED_CTLS does not allow" },
		{ proc & PROC_SECONDARY && not_allowed(proc2, c->caps->proc2),
		  "PROC2_CONTROLS: a bit that IA32_VMX_PROCBASED_CTLS2 does not allow" },
		{ proc & PROC_TERTIARY && c->v->proc3 & ~c->caps->proc3,
		  "PROC3_CONTROLS: a bit that IA32_VMX_PROCBASED_CTLS3 does not allow" },
		{ V(CR3_TARGET_COUNT) > 4, "CR3_TARGET_COUNT: more than 4" },
		{ proc & PROC_IO_BITMAPS || proc & PROC_TPR_SHADOW,
		  "PROC_CONTROLS: I/O bitmaps or a TPR shadow, of which nothing is set up" },
		{ proc & PROC_MSR_BITMAPS && bad_page(c, V(MSR_BITMAPS)),
		  "MSR_BITMAPS: not a page below the physical address width" },
		{ !(pin & PIN_NMI) && pin & PIN_VIRTUAL_NMIS,
		  "PIN_CONTROLS: virtual NMIs without NMI exiting" },
		{ !(pin & PIN_VIRTUAL_NMIS) && proc & PROC_NMI_WINDOW,
		  "PROC_CONTROLS: NMI-window exiting without virtual NMIs" },
		{ pin & PIN_POSTED_INTERRUPTS,
		  "PIN_CONTROLS: posted interrupts without interrupt delivery" },
		{ proc2 & PROC2_VPID && !V(VPID), "VPID: zero" },
		{ proc2 & PROC2_EPT && (eptp & 7) != 6 && (eptp & 7) != 0,
		  "EPT_POINTER: memory type neither WB nor UC" },
		{ proc2 & PROC2_EPT && (eptp & 7) == 6 &&
		  !(c->caps->ept_vpid & EPT_CAP_WB),
		  "EPT_POINTER: WB, which IA32_VMX_EPT_VPID_CAP does not allow" },
		{ proc2 & PROC2_EPT && (eptp >> 3 & 7) != 3,
		  "EPT_POINTER: page-walk length not 4" },
		{ proc2 & PROC2_EPT && (eptp & 0xf80 || eptp >> c->maxphyaddr),
		  "EPT_POINTER: a reserved bit is set" },
		{ proc2 & PROC2_UNRESTRICTED && !(proc2 & PROC2_EPT),
		  "PROC2_CONTROLS: unrestricted guest without EPT" },
		{ proc2 & (PROC2_VMCS_SHADOWING | PROC2_PML | PROC2_VM_FUNCTIONS),
		  "PROC2_CONTROLS: shadowing, PML or VM functions, of which nothing is set up" },
	};

	return first_broken(c, rules, ARRAY_SIZE(rules));
}

/* Sections 26.2.1.2 and 26.2.1.3 */
static const char *check_exit_entry(struct checker *c)
{
	u64 exit = V(EXIT_CONTROLS), entry = V(ENTRY_CONTROLS);
	u64 event = V(ENTRY_INTERRUPTION_INFO);
	const struct rule rules[] = {
		{ not_allowed(exit, c->caps->exit),
		  "EXIT_CONTROLS: a bit that IA32_VMX_TRUE_EXIT_CTLS does not allow" },
		{ V(VM_EXIT_MSR_STORE_COUNT) &&
		  (V(VM_EXIT_MSR_STORE_ADDR) & 0xf ||
		   V(VM_EXIT_MSR_STORE_ADDR) >> c->maxphyaddr),
		  "VM_EXIT_MSR_STORE_ADDR: not aligned to 16, or too high" },
		{ V(VM_EXIT_MSR_LOAD_COUNT) &&
		  (V(VM_EXIT_MSR_LOAD_ADDR) & 0xf ||
		   V(VM_EXIT_MSR_LOAD_ADDR) >> c->maxphyaddr),
		  "VM_EXIT_MSR_LOAD_ADDR: not aligned to 16, or too high" },
		{ not_allowed(entry, c->caps->entry),
		  "ENTRY_CONTROLS: a bit that IA32_VMX_TRUE_ENTRY_CTLS does not allow" },
		{ entry & (ENTRY_SMM | ENTRY_NO_DUAL_MONITOR),
		  "ENTRY_CONTROLS: a control that is for SMM" },
		{ V(VM_ENTRY_MSR_LOAD_COUNT) &&
		  (V(VM_ENTRY_MSR_LOAD_ADDR) & 0xf ||
		   V(VM_ENTRY_MSR_LOAD_ADDR) >> c->maxphyaddr),
		  "VM_ENTRY_MSR_LOAD_ADDR: not aligned to 16, or too high" },
		{ event & EVENT_VALID && (event & EVENT_TYPE_MASK) == 1 << 8,
		  "ENTRY_INTERRUPTION_INFO: reserved type" },
		{ event & EVENT_VALID &&
		  (event & EVENT_TYPE_MASK) == EVENT_TYPE_NMI &&
		  (event & 0xff) != VECTOR_NMI,
		  "ENTRY_INTERRUPTION_INFO: an NMI whose vector isn't 2" },
		{ event & EVENT_VALID &&
		  (event & EVENT_TYPE_MASK) == EVENT_TYPE_EXCEPTION &&
		  (event & 0xff) > 31,
		  "ENTRY_INTERRUPTION_INFO: an exception above vector 31" },
		{ event & EVENT_VALID && event & 0x7ffff000,
		  "ENTRY_INTERRUPTION_INFO: a reserved bit is set" },
	};

	return first_broken(c, rules, ARRAY_SIZE(rules));
}

/* Section 26.2.2 and 26.2.4 */
static const char *check_host_registers(struct checker *c)
{
	u64 cr0 = V(HOST_CR0), cr4 = V(HOST_CR4), efer = V(HOST_EFER);
	const struct rule rules[] = {
		{ ~cr0 & c->caps->cr0_fixed0 || cr0 & ~c->caps->cr0_fixed1,
		  "HOST_CR0: a bit that IA32_VMX_CR0_FIXED0 or FIXED1 forbids" },
		{ ~cr4 & c->caps->cr4_fixed0 || cr4 & ~c->caps->cr4_fixed1,
		  "HOST_CR4: a bit that IA32_VMX_CR4_FIXED0 or FIXED1 forbids" },
		{ cr4 & CR4_CET && !(cr0 & CR0_WP),
		  "HOST_CR4: CET is set and CR0.WP is not" },
		{ (V(HOST_CR3) & ~CR3_LAM) >> c->maxphyaddr,
		  "HOST_CR3: beyond the physical address width" },
		{ !canonical(c, V(HOST_SYSENTER_ESP)),
		  "HOST_SYSENTER_ESP: not canonical" },
		{ !canonical(c, V(HOST_SYSENTER_EIP)),
		  "HOST_SYSENTER_EIP: not canonical" },
		{ V(EXIT_CONTROLS) & EXIT_LOAD_PAT && bad_pat(V(HOST_PAT)),
		  "HOST_PAT: not a memory type" },
		{ V(EXIT_CONTROLS) & EXIT_LOAD_EFER && efer & ~EFER_DEFINED,
		  "HOST_EFER: a reserved bit is set" },
		{ V(EXIT_CONTROLS) & EXIT_LOAD_EFER &&
		  (efer & (EFER_LMA | EFER_LME)) != (EFER_LMA | EFER_LME),
		  "HOST_EFER: LMA and LME must be as the host address-space size" },
		{ !(V(EXIT_CONTROLS) & EXIT_HOST_64),
		  "EXIT_CONTROLS: the host address-space size is 0 in IA-32e mode" },
		{ !(cr4 & CR4_PAE), "HOST_CR4: PAE is clear" },
		{ !canonical(c, V(HOST_RIP)), "HOST_RIP: not canonical" },
	};

	return first_broken(c, rules, ARRAY_SIZE(rules));
}

/* Section 26.2.3 */
static const char *check_host_segments(struct checker *c)
{
	const u64 bits = SELECTOR_RPL | SELECTOR_TI;
	const struct rule rules[] = {
		{ V(HOST_CS_SELECTOR) & bits, "HOST_CS_SELECTOR: RPL or TI not 0" },
		{ V(HOST_SS_SELECTOR) & bits, "HOST_SS_SELECTOR: RPL or TI not 0" },
		{ V(HOST_DS_SELECTOR) & bits, "HOST_DS_SELECTOR: RPL or TI not 0" },
		{ V(HOST_ES_SELECTOR) & bits, "HOST_ES_SELECTOR: RPL or TI not 0" },
		{ V(HOST_FS_SELECTOR) & bits, "HOST_FS_SELECTOR: RPL or TI not 0" },
		{ V(HOST_GS_SELECTOR) & bits, "HOST_GS_SELECTOR: RPL or TI not 0" },
		{ V(HOST_TR_SELECTOR) & bits, "HOST_TR_SELECTOR: RPL or TI not 0" },
		{ !V(HOST_CS_SELECTOR), "HOST_CS_SELECTOR: null" },
		{ !V(HOST_TR_SELECTOR), "HOST_TR_SELECTOR: null" },
		{ !canonical(c, V(HOST_FS_BASE)), "HOST_FS_BASE: not canonical" },
		{ !canonical(c, V(HOST_GS_BASE)), "HOST_GS_BASE: not canonical" },
		{ !canonical(c, V(HOST_GDTR_BASE)), "HOST_GDTR_BASE: not canonical" },
		{ !canonical(c, V(HOST_IDTR_BASE)), "HOST_IDTR_BASE: not canonical" },
		{ !canonical(c, V(HOST_TR_BASE)), "HOST_TR_BASE: not canonical" },
	};

	return first_broken(c, rules, ARRAY_SIZE(rules));
}

/* Section 26.3.1.1 */
static const char *check_guest_registers(struct checker *c)
{
	u64 cr0 = V(GUEST_CR0), cr4 = V(GUEST_CR4), efer = V(GUEST_EFER);
	u64 entry = V(ENTRY_CONTROLS);
	bool ia32e = entry & ENTRY_IA32E;
	u64 free = V(PROC2_CONTROLS) & PROC2_UNRESTRICTED ? CR0_PE | CR0_PG : 0;
	const struct rule rules[] = {
		{ ~cr0 & c->caps->cr0_fixed0 & ~free || cr0 & ~c->caps->cr0_fixed1,
		  "GUEST_CR0: a bit that IA32_VMX_CR0_FIXED0 or FIXED1 forbids" },
		{ cr0 & CR0_PG && !(cr0 & CR0_PE), "GUEST_CR0: PG without PE" },
		{ ~cr4 & c->caps->cr4_fixed0 || cr4 & ~c->caps->cr4_fixed1,
		  "GUEST_CR4: a bit that IA32_VMX_CR4_FIXED0 or FIXED1 forbids" },
		{ cr4 & CR4_CET && !(cr0 & CR0_WP),
		  "GUEST_CR4: CET is set and CR0.WP is not" },
		{ entry & ENTRY_LOAD_DEBUG && V(GUEST_DEBUGCTL) & ~DEBUGCTL_DEFINED,
		  "GUEST_DEBUGCTL: a reserved bit is set" },
		{ ia32e && !(cr0 & CR0_PG && cr4 & CR4_PAE),
		  "GUEST_CR0: IA-32e mode without CR0.PG and CR4.PAE" },
		{ !ia32e && cr4 & CR4_PCIDE, "GUEST_CR4: PCIDE outside IA-32e mode" },
		{ (V(GUEST_CR3) & ~CR3_LAM) >> c->maxphyaddr,
		  "GUEST_CR3: beyond the physical address width" },
		{ entry & ENTRY_LOAD_DEBUG && V(GUEST_DR7) & DR7_HIGH,
		  "GUEST_DR7: bits 63:32 not 0" },
		{ !canonical(c, V(GUEST_SYSENTER_ESP)),
		  "GUEST_SYSENTER_ESP: not canonical" },
		{ !canonical(c, V(GUEST_SYSENTER_EIP)),
		  "GUEST_SYSENTER_EIP: not canonical" },
		{ entry & ENTRY_LOAD_PAT && bad_pat(V(GUEST_PAT)),
		  "GUEST_PAT: not a memory type" },
		{ entry & ENTRY_LOAD_EFER && efer & ~EFER_DEFINED,
		  "GUEST_EFER: a reserved bit is set" },
		{ entry & ENTRY_LOAD_EFER && !(efer & EFER_LMA) == ia32e,
		  "GUEST_EFER: LMA is not as the IA-32e mode guest control" },
		{ entry & ENTRY_LOAD_EFER && cr0 & CR0_PG &&
		  !(efer & EFER_LMA) != !(efer & EFER_LME),
		  "GUEST_EFER: LMA and LME differ while CR0.PG is set" },
	};

	return first_broken(c, rules, ARRAY_SIZE(rules));
}

/* A segment's fields, for the rules that are alike for several */
struct segment {
	u64 selector, base, limit, ar;
	const char *text;
};

/* Bits 31:20 of a limit want G, bits 11:0 that aren't all 1 forbid it */
static bool bad_granularity(const struct segment *s)
{
	return (s->ar & AR_G && (s->limit & 0xfff) != 0xfff) ||
	       (!(s->ar & AR_G) && s->limit >> 20);
}

static bool bad_data(const struct segment *s)
{
	if (s->ar & AR_UNUSABLE)
		return false;
	/* Accessed, and readable if it is code; a code or data segment, present */
	return !(s->ar & 1) || (s->ar & 8 && !(s->ar & 2)) ||
	       !(s->ar & AR_S) || !(s->ar & AR_P) || s->ar & 0xfffe0f00 ||
	       bad_granularity(s);
}

#define SEGMENT(NAME) {							\
	V(GUEST_##NAME##_SELECTOR), V(GUEST_##NAME##_BASE),		\
	V(GUEST_##NAME##_LIMIT), V(GUEST_##NAME##_AR),			\
	"GUEST_" #NAME "_AR: not an accessed data or readable code segment with its limit" }

/* Section 26.3.1.2, data segments */
static const char *check_guest_data(struct checker *c)
{
	const struct segment segments[] = {
		SEGMENT(DS), SEGMENT(ES), SEGMENT(FS), SEGMENT(GS),
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(segments); i++) {
		struct rule rule = {
			bad_data(&segments[i]), segments[i].text,
		};

		if (first_broken(c, &rule, 1))
			return rule.text;
	}
	return NULL;
}

/* Section 26.3.1.2, CS and SS: the privilege level */
static const char *check_guest_code(struct checker *c)
{
	const struct segment cs = SEGMENT(CS), ss = SEGMENT(SS);
	bool free = V(PROC2_CONTROLS) & PROC2_UNRESTRICTED;
	bool ss_usable = !(ss.ar & AR_UNUSABLE);
	bool ia32e = V(ENTRY_CONTROLS) & ENTRY_IA32E;
	u64 type = cs.ar & AR_TYPE;
	const struct rule rules[] = {
		{ cs.ar & AR_UNUSABLE, "GUEST_CS_AR: unusable" },
		{ type != 9 && type != 11 && type != 13 && type != 15 &&
		  !(free && type == 3), "GUEST_CS_AR: not an accessed code segment" },
		{ !(cs.ar & AR_S) || !(cs.ar & AR_P),
		  "GUEST_CS_AR: a system segment, or not present" },
		{ (type == 9 || type == 11) && AR_DPL(cs.ar) != AR_DPL(ss.ar),
		  "GUEST_CS_AR: non-conforming, and its DPL is not SS's" },
		{ (type == 13 || type == 15) && AR_DPL(cs.ar) > AR_DPL(ss.ar),
		  "GUEST_CS_AR: conforming, and its DPL is above SS's" },
		{ type == 3 && AR_DPL(cs.ar), "GUEST_CS_AR: type 3, and DPL not 0" },
		{ (type == 3 || !(V(GUEST_CR0) & CR0_PE)) && AR_DPL(ss.ar),
		  "GUEST_SS_AR: DPL not 0 in real mode, or with a CS of type 3" },
		{ ia32e && cs.ar & AR_L && cs.ar & AR_DB,
		  "GUEST_CS_AR: L and D are both set" },
		{ cs.ar & 0xfffe0f00, "GUEST_CS_AR: a reserved bit is set" },
		{ bad_granularity(&cs), "GUEST_CS_LIMIT: not as G wants it" },
		{ cs.base >> 32, "GUEST_CS_BASE: bits 63:32 not 0" },
		{ !free && (ss.selector & 3) != (cs.selector & 3),
		  "GUEST_SS_SELECTOR: its RPL is not CS's" },
		{ ss_usable && (ss.ar & AR_TYPE) != 3 && (ss.ar & AR_TYPE) != 7,
		  "GUEST_SS_AR: not an accessed, writable data segment" },
		{ ss_usable && (!(ss.ar & AR_S) || !(ss.ar & AR_P)),
		  "GUEST_SS_AR: a system segment, or not present" },
		{ !free && AR_DPL(ss.ar) != (ss.selector & 3),
		  "GUEST_SS_AR: DPL is not the selector's RPL" },
		{ ss_usable && ss.ar & 0xfffe0f00,
		  "GUEST_SS_AR: a reserved bit is set" },
		{ ss_usable && bad_granularity(&ss),
		  "GUEST_SS_LIMIT: not as G wants it" },
		{ ss_usable && ss.base >> 32, "GUEST_SS_BASE: bits 63:32 not 0" },
	};

	return first_broken(c, rules, ARRAY_SIZE(rules));
}

/* Section 26.3.1.2, TR and LDTR, and 26.3.1.3 */
static const char *check_guest_tables(struct checker *c)
{
	const struct segment tr = SEGMENT(TR), ldtr = SEGMENT(LDTR);
	bool ldtr_usable = !(ldtr.ar & AR_UNUSABLE);
	bool ia32e = V(ENTRY_CONTROLS) & ENTRY_IA32E;
	const struct rule rules[] = {
		{ tr.selector & SELECTOR_TI, "GUEST_TR_SELECTOR: TI is set" },
		{ (tr.ar & AR_TYPE) != 11 && (ia32e || (tr.ar & AR_TYPE) != 3),
		  "GUEST_TR_AR: not a busy TSS" },
		{ tr.ar & (AR_UNUSABLE | AR_S) || !(tr.ar & AR_P),
		  "GUEST_TR_AR: unusable, not a system segment, or not present" },
		{ tr.ar & 0xfffe0f00, "GUEST_TR_AR: a reserved bit is set" },
		{ bad_granularity(&tr), "GUEST_TR_LIMIT: not as G wants it" },
		{ !canonical(c, tr.base), "GUEST_TR_BASE: not canonical" },
		{ ldtr_usable && ldtr.selector & SELECTOR_TI,
		  "GUEST_LDTR_SELECTOR: TI is set" },
		{ ldtr_usable && (ldtr.ar & AR_TYPE) != 2,
		  "GUEST_LDTR_AR: not an LDT" },
		{ ldtr_usable && (ldtr.ar & AR_S || !(ldtr.ar & AR_P)),
		  "GUEST_LDTR_AR: not a system segment, or not present" },
		{ ldtr_usable && bad_granularity(&ldtr),
		  "GUEST_LDTR_LIMIT: not as G wants it" },
		{ ldtr_usable && !canonical(c, ldtr.base),
		  "GUEST_LDTR_BASE: not canonical" },
		{ !canonical(c, V(GUEST_FS_BASE)), "GUEST_FS_BASE: not canonical" },
		{ !canonical(c, V(GUEST_GS_BASE)), "GUEST_GS_BASE: not canonical" },
		{ !canonical(c, V(GUEST_GDTR_BASE)), "GUEST_GDTR_BASE: not canonical" },
		{ !canonical(c, V(GUEST_IDTR_BASE)), "GUEST_IDTR_BASE: not canonical" },
		{ V(GUEST_GDTR_LIMIT) >> 16, "GUEST_GDTR_LIMIT: bits 31:16 not 0" },
		{ V(GUEST_IDTR_LIMIT) >> 16, "GUEST_IDTR_LIMIT: bits 31:16 not 0" },
	};

	return first_broken(c, rules, ARRAY_SIZE(rules));
}

/* Sections 26.3.1.4 and 26.3.1.5 */
static const char *check_guest_rest(struct checker *c)
{
	u64 rflags = V(GUEST_RFLAGS), shadow = V(GUEST_INTERRUPTIBILITY);
	u64 activity = V(GUEST_ACTIVITY), pending = V(GUEST_PENDING_DBG);
	bool long_code = V(ENTRY_CONTROLS) & ENTRY_IA32E && V(GUEST_CS_AR) & AR_L;
	bool stopped = activity == ACTIVITY_HLT ||
		       shadow & (BLOCKING_STI | BLOCKING_MOV_SS);
	bool stepping = rflags & RFLAGS_TF && !(V(GUEST_DEBUGCTL) & DEBUGCTL_BTF);
	const struct rule rules[] = {
		{ long_code ? !canonical(c, V(GUEST_RIP)) : V(GUEST_RIP) >> 32,
		  "GUEST_RIP: not canonical, or above 32 bits" },
		{ rflags & RFLAGS_RESERVED || !(rflags & RFLAGS_FIXED),
		  "GUEST_RFLAGS: a reserved bit is not as it must be" },
		{ rflags & RFLAGS_VM, "GUEST_RFLAGS: VM is set in IA-32e mode" },
		{ activity > ACTIVITY_WAIT_FOR_SIPI ||
		  (activity && !(c->caps->misc >> (5 + activity) & 1)),
		  "GUEST_ACTIVITY: a state that IA32_VMX_MISC does not have" },
		{ activity == ACTIVITY_HLT && AR_DPL(V(GUEST_SS_AR)),
		  "GUEST_ACTIVITY: HLT above level 0" },
		{ activity && shadow & (BLOCKING_STI | BLOCKING_MOV_SS),
		  "GUEST_ACTIVITY: not active under blocking by STI or MOV SS" },
		{ shadow >> 5, "GUEST_INTERRUPTIBILITY: a reserved bit is set" },
		{ (shadow & (BLOCKING_STI | BLOCKING_MOV_SS)) ==
		  (BLOCKING_STI | BLOCKING_MOV_SS),
		  "GUEST_INTERRUPTIBILITY: blocking by both STI and MOV SS" },
		{ shadow & BLOCKING_STI && !(rflags & RFLAGS_IF),
		  "GUEST_INTERRUPTIBILITY: blocking by STI while RFLAGS.IF is 0" },
		{ shadow & BLOCKING_SMI,
		  "GUEST_INTERRUPTIBILITY: blocking by SMI outside SMM" },
		{ pending & ~(GENMASK_ULL(3, 0) | PENDING_DBG_ENABLED_BP |
			      PENDING_DBG_BS | BIT_ULL(11) | BIT_ULL(16)),
		  "GUEST_PENDING_DBG: a reserved bit is set" },
		{ stopped && stepping && !(pending & PENDING_DBG_BS),
		  "GUEST_PENDING_DBG: BS is clear in a shadow with TF set" },
		{ stopped && !stepping && pending & PENDING_DBG_BS,
		  "GUEST_PENDING_DBG: BS is set in a shadow with TF clear" },
		{ V(VMCS_LINK_POINTER) != ~0ULL, "VMCS_LINK_POINTER: not all ones" },
	};

	return first_broken(c, rules, ARRAY_SIZE(rules));
}

/**
 * vmx_check_vmcs() - the checks of VM entry, in software
 * @v: what is to be in the VMCS
 * @caps: the CPU's capability MSRs
 * @maxphyaddr: physical address width, bits
 * @index: set to the number of the rule that is broken, from 1
 *
 * Return: NULL, or the field's name and the rule in words.
 */
const char *vmx_check_vmcs(const struct vmcs_image *v,
			   const struct vmx_caps *caps, u32 maxphyaddr,
			   u32 *index)
{
	static const char *(*const checks[])(struct checker *c) = {
		check_execution, check_exit_entry, check_host_registers,
		check_host_segments, check_guest_registers, check_guest_code,
		check_guest_data, check_guest_tables, check_guest_rest,
	};
	struct checker c = {
		.v = v, .caps = caps, .maxphyaddr = maxphyaddr,
	};
	const char *broken = NULL;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(checks) && !broken; i++)
		broken = checks[i](&c);
	*index = c.number;
	return broken;
}

/**
 * vmx_check_host() - those of the checks that are about the host's state
 * @v: host-state fields and VM-exit controls of a VMCS; the rest doesn't matter
 * @caps: the CPU's capability MSRs
 * @maxphyaddr: physical address width, bits
 *
 * Return: NULL, or the field's name and the rule in words.
 */
const char *vmx_check_host(const struct vmcs_image *v,
			   const struct vmx_caps *caps, u32 maxphyaddr)
{
	struct checker c = {
		.v = v, .caps = caps, .maxphyaddr = maxphyaddr,
	};
	const char *broken = check_host_registers(&c);

	return broken ? broken : check_host_segments(&c);
}
