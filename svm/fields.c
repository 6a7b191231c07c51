// SPDX-License-Identifier: GPL-2.0-only
/* The VMCB for who looks at it: its fields by name, and the guest's state. */
#include "svm/svm.h"
#include "core/x86.h"

const char backend_block_name[] = "vmcb";
const char backend_block_source[] = "as its last exit left it";

const char * const backend_page_names[3] = {
	"VMCB", "the VMM's VMSAVE area", "VM_HSAVE_PA area",
};

#define SIZE(member)	sizeof(((struct vmcb *)0)->member)
#define F(name, member)	{ { name, offsetof(struct vmcb, member) }, SIZE(member) }

/* struct vmcb_field - a field and its size in bytes */
struct vmcb_field {
	struct backend_field field;
	u32 size;
};

/* APM vol. 2 appendix B, by offset */
static const struct vmcb_field fields[] = {
	F("INTERCEPT_CR", intercept_cr),
	F("INTERCEPT_DR", intercept_dr),
	F("INTERCEPT_EXCEPTIONS", intercept_exceptions),
	F("INTERCEPT1", intercept1),
	F("INTERCEPT2", intercept2),
	F("INTERCEPT3", intercept3),
	F("PAUSE_FILTER_THRESHOLD", pause_filter_threshold),
	F("PAUSE_FILTER_COUNT", pause_filter_count),
	F("IOPM_BASE_PA", iopm_base_pa),
	F("MSRPM_BASE_PA", msrpm_base_pa),
	F("TSC_OFFSET", tsc_offset),
	F("GUEST_ASID", guest_asid),
	F("TLB_CONTROL", tlb_control),
	F("V_INTR", v_intr),
	F("INTERRUPT_SHADOW", interrupt_shadow),
	F("EXITCODE", exitcode),
	F("EXITINFO1", exitinfo1),
	F("EXITINFO2", exitinfo2),
	F("EXITINTINFO", exitintinfo),
	F("NP_ENABLE", np_enable),
	F("AVIC_APIC_BAR", avic_apic_bar),
	F("GHCB_PA", ghcb_pa),
	F("EVENTINJ", eventinj),
	F("N_CR3", n_cr3),
	F("LBR_VIRTUALIZATION", lbr_virtualization),
	F("VMCB_CLEAN", clean),
	F("NRIP", nrip),
	F("INSTRUCTION_LENGTH", instruction_length),
	F("AVIC_APIC_BACKING_PAGE", avic_apic_backing_page),
	F("AVIC_LOGICAL_TABLE", avic_logical_table),
	F("AVIC_PHYSICAL_TABLE", avic_physical_table),
	F("VMSA_PA", vmsa_pa),
	F("ES_SELECTOR", es.selector),
	F("ES_ATTRIB", es.attrib),
	F("ES_LIMIT", es.limit),
	F("ES_BASE", es.base),
	F("CS_SELECTOR", cs.selector),
	F("CS_ATTRIB", cs.attrib),
	F("CS_LIMIT", cs.limit),
	F("CS_BASE", cs.base),
	F("SS_SELECTOR", ss.selector),
	F("SS_ATTRIB", ss.attrib),
	F("SS_LIMIT", ss.limit),
	F("SS_BASE", ss.base),
	F("DS_SELECTOR", ds.selector),
	F("DS_ATTRIB", ds.attrib),
	F("DS_LIMIT", ds.limit),
	F("DS_BASE", ds.base),
	F("FS_SELECTOR", fs.selector),
	F("FS_ATTRIB", fs.attrib),
	F("FS_LIMIT", fs.limit),
	F("FS_BASE", fs.base),
	F("GS_SELECTOR", gs.selector),
	F("GS_ATTRIB", gs.attrib),
	F("GS_LIMIT", gs.limit),
	F("GS_BASE", gs.base),
	F("GDTR_LIMIT", gdtr.limit),
	F("GDTR_BASE", gdtr.base),
	F("LDTR_SELECTOR", ldtr.selector),
	F("LDTR_ATTRIB", ldtr.attrib),
	F("LDTR_LIMIT", ldtr.limit),
	F("LDTR_BASE", ldtr.base),
	F("IDTR_LIMIT", idtr.limit),
	F("IDTR_BASE", idtr.base),
	F("TR_SELECTOR", tr.selector),
	F("TR_ATTRIB", tr.attrib),
	F("TR_LIMIT", tr.limit),
	F("TR_BASE", tr.base),
	F("CPL", cpl),
	F("EFER", efer),
	F("CR4", cr4),
	F("CR3", cr3),
	F("CR0", cr0),
	F("DR7", dr7),
	F("DR6", dr6),
	F("RFLAGS", rflags),
	F("RIP", rip),
	F("RSP", rsp),
	F("S_CET", s_cet),
	F("SSP", ssp),
	F("ISST_ADDR", isst_addr),
	F("RAX", rax),
	F("STAR", star),
	F("LSTAR", lstar),
	F("CSTAR", cstar),
	F("SFMASK", sfmask),
	F("KERNEL_GS_BASE", kernel_gs_base),
	F("SYSENTER_CS", sysenter_cs),
	F("SYSENTER_ESP", sysenter_esp),
	F("SYSENTER_EIP", sysenter_eip),
	F("CR2", cr2),
	F("G_PAT", g_pat),
	F("DBGCTL", dbgctl),
	F("BR_FROM", br_from),
	F("BR_TO", br_to),
	F("LASTEXCPFROM", lastexcpfrom),
	F("LASTEXCPTO", lastexcpto),
	F("SPEC_CTRL", spec_ctrl),
};

const struct backend_field *backend_field(u32 index)
{
	return index < ARRAY_SIZE(fields) ? &fields[index].field : NULL;
}

u32 backend_field_size(const struct backend_field *field)
{
	return container_of(field, const struct vmcb_field, field)->size;
}

/* The VMCB is memory: on other CPUs as the last exit there left it */
int backend_read_field(struct cpu *cpu, u32 index, u64 *value)
{
	const struct vmcb *vmcb = READ_ONCE(svm_cpu(cpu)->vmcb);
	const struct vmcb_field *f = &fields[index];

	if (!vmcb)
		return -EAGAIN;
	*value = 0;
	__builtin_memcpy(value, (const u8 *)vmcb + f->field.where, f->size);
	return 0;
}

static void get_segment(struct segment_state *to, const struct vmcb_seg *seg)
{
	*to = (struct segment_state) {
		.selector = seg->selector,
		/* Descriptor bits 55:52 stand where 51:48 would be */
		.access = (seg->attrib & 0xff) | (seg->attrib & 0xf00) << 4,
		.limit = seg->limit,
		.base = seg->base,
	};
}

static void get_table(struct segment_state *to, const struct vmcb_seg *seg)
{
	*to = (struct segment_state) { .limit = seg->limit, .base = seg->base };
}

static void get_segments(struct segment_state *segment, const struct vmcb *vmcb)
{
	get_segment(&segment[SEGMENT_ES], &vmcb->es);
	get_segment(&segment[SEGMENT_CS], &vmcb->cs);
	get_segment(&segment[SEGMENT_SS], &vmcb->ss);
	get_segment(&segment[SEGMENT_DS], &vmcb->ds);
	get_segment(&segment[SEGMENT_FS], &vmcb->fs);
	get_segment(&segment[SEGMENT_GS], &vmcb->gs);
	get_segment(&segment[SEGMENT_LDTR], &vmcb->ldtr);
	get_segment(&segment[SEGMENT_TR], &vmcb->tr);
	get_table(&segment[SEGMENT_GDTR], &vmcb->gdtr);
	get_table(&segment[SEGMENT_IDTR], &vmcb->idtr);
}

void backend_get_state(struct cpu *cpu, struct guest_state *state)
{
	const struct vmcb *vmcb = svm_cpu(cpu)->vmcb;

	*state = (struct guest_state) {
		.rip = vmcb->rip,
		.rsp = vmcb->rsp,
		.rflags = vmcb->rflags,
		.cr0 = vmcb->cr0,
		.cr2 = vmcb->cr2,
		.cr3 = vmcb->cr3,
		.cr4 = vmcb->cr4,
		.cr8 = read_cr8(),
		.dr = { read_dr0(), read_dr1(), read_dr2(), read_dr3() },
		.dr6 = vmcb->dr6,
		.dr7 = vmcb->dr7,
		.efer = vmcb->efer & ~EFER_SVME,
		.pat = vmcb->g_pat,
		.debugctl = rdmsr(MSR_DEBUGCTL),
		.star = vmcb->star,
		.lstar = vmcb->lstar,
		.cstar = vmcb->cstar,
		.sfmask = vmcb->sfmask,
		.kernel_gs_base = vmcb->kernel_gs_base,
		.sysenter_cs = vmcb->sysenter_cs,
		.sysenter_esp = vmcb->sysenter_esp,
		.sysenter_eip = vmcb->sysenter_eip,
		.pkru = vmcb->cr4 & read_cr4() & CR4_PKE ? rdpkru() : 0,
		.cpl = vmcb->cpl,
		.blocked = vmcb->interrupt_shadow & 1 ? BLOCKED_BY_SHADOW : 0,
		.activity = GUEST_ACTIVE,	/* HLT doesn't exit */
		.event = (u32)vmcb->eventinj,
		.event_error = (u32)(vmcb->eventinj >> 32),
		.interrupted = (u32)vmcb->exitintinfo,
		.exit = exit_index((u32)vmcb->exitcode),
		.exit_info = vmcb->exitinfo1,
	};
	get_segments(state->segment, vmcb);
}
