// SPDX-License-Identifier: GPL-2.0-only
/* The VMCS for who looks at it: its fields by name, and the guest's state. */
#include "vmx/vmx.h"
#include "core/x86.h"

const char backend_block_name[] = "vmcs";
const char backend_block_source[] = "as its last call noted it";

const char * const backend_page_names[3] = {
	"VMCS", "VMXON region", "bridge",
};

#define F(name)	{ #name, name }

/* SDM vol. 3 appendix B, by encoding */
static const struct backend_field fields[] = {
	/* 16-bit control fields */
	F(VPID),
	{ "POSTED_INTERRUPT_VECTOR", 0x0002 },
	{ "EPTP_INDEX", 0x0004 },
	{ "HLAT_PREFIX_SIZE", 0x0006 },
	{ "LAST_PID_POINTER_INDEX", 0x0008 },
	/* 16-bit guest-state fields */
	F(GUEST_ES_SELECTOR),
	F(GUEST_CS_SELECTOR),
	F(GUEST_SS_SELECTOR),
	F(GUEST_DS_SELECTOR),
	F(GUEST_FS_SELECTOR),
	F(GUEST_GS_SELECTOR),
	F(GUEST_LDTR_SELECTOR),
	F(GUEST_TR_SELECTOR),
	{ "GUEST_INTERRUPT_STATUS", 0x0810 },
	{ "PML_INDEX", 0x0812 },
	{ "GUEST_UINV", 0x0814 },
	/* 16-bit host-state fields */
	F(HOST_ES_SELECTOR),
	F(HOST_CS_SELECTOR),
	F(HOST_SS_SELECTOR),
	F(HOST_DS_SELECTOR),
	F(HOST_FS_SELECTOR),
	F(HOST_GS_SELECTOR),
	F(HOST_TR_SELECTOR),
	/* 64-bit control fields */
	{ "IO_BITMAP_A", 0x2000 },
	{ "IO_BITMAP_B", 0x2002 },
	F(MSR_BITMAPS),
	F(VM_EXIT_MSR_STORE_ADDR),
	F(VM_EXIT_MSR_LOAD_ADDR),
	F(VM_ENTRY_MSR_LOAD_ADDR),
	{ "EXECUTIVE_VMCS_POINTER", 0x200c },
	{ "PML_ADDRESS", 0x200e },
	F(TSC_OFFSET),
	{ "VIRTUAL_APIC_ADDRESS", 0x2012 },
	{ "APIC_ACCESS_ADDRESS", 0x2014 },
	{ "POSTED_INTERRUPT_DESCRIPTOR", 0x2016 },
	{ "VM_FUNCTION_CONTROLS", 0x2018 },
	F(EPT_POINTER),
	{ "EOI_EXIT_BITMAP0", 0x201c },
	{ "EOI_EXIT_BITMAP1", 0x201e },
	{ "EOI_EXIT_BITMAP2", 0x2020 },
	{ "EOI_EXIT_BITMAP3", 0x2022 },
	{ "EPTP_LIST_ADDRESS", 0x2024 },
	{ "VMREAD_BITMAP", 0x2026 },
	{ "VMWRITE_BITMAP", 0x2028 },
	{ "VIRTUALIZATION_EXCEPTION_ADDRESS", 0x202a },
	F(XSS_EXITING_BITMAP),
	{ "ENCLS_EXITING_BITMAP", 0x202e },
	{ "SUB_PAGE_TABLE_POINTER", 0x2030 },
	{ "TSC_MULTIPLIER", 0x2032 },
	F(PROC3_CONTROLS),
	{ "ENCLV_EXITING_BITMAP", 0x2036 },
	{ "LOW_PASID_DIRECTORY", 0x2038 },
	{ "HIGH_PASID_DIRECTORY", 0x203a },
	{ "SHARED_EPT_POINTER", 0x203c },
	F(PCONFIG_EXITING_BITMAP),
	{ "HLAT_POINTER", 0x2040 },
	{ "PID_POINTER_TABLE", 0x2042 },
	{ "SECONDARY_EXIT_CONTROLS", 0x2044 },
	{ "SPEC_CTRL_MASK", 0x204a },
	{ "SPEC_CTRL_SHADOW", 0x204c },
	/* 64-bit read-only data field */
	F(GUEST_PHYSICAL_ADDRESS),
	/* 64-bit guest-state fields */
	F(VMCS_LINK_POINTER),
	F(GUEST_DEBUGCTL),
	F(GUEST_PAT),
	F(GUEST_EFER),
	{ "GUEST_PERF_GLOBAL_CTRL", 0x2808 },
	F(GUEST_PDPTE0),
	{ "GUEST_PDPTE1", 0x280c },
	{ "GUEST_PDPTE2", 0x280e },
	{ "GUEST_PDPTE3", 0x2810 },
	{ "GUEST_BNDCFGS", 0x2812 },
	{ "GUEST_RTIT_CTL", 0x2814 },
	{ "GUEST_LBR_CTL", 0x2816 },
	{ "GUEST_PKRS", 0x2818 },
	/* 64-bit host-state fields */
	F(HOST_PAT),
	F(HOST_EFER),
	{ "HOST_PERF_GLOBAL_CTRL", 0x2c04 },
	{ "HOST_PKRS", 0x2c06 },
	/* 32-bit control fields */
	F(PIN_CONTROLS),
	F(PROC_CONTROLS),
	F(EXCEPTION_BITMAP),
	F(PAGE_FAULT_MASK),
	F(PAGE_FAULT_MATCH),
	F(CR3_TARGET_COUNT),
	F(EXIT_CONTROLS),
	F(VM_EXIT_MSR_STORE_COUNT),
	F(VM_EXIT_MSR_LOAD_COUNT),
	F(ENTRY_CONTROLS),
	F(VM_ENTRY_MSR_LOAD_COUNT),
	F(ENTRY_INTERRUPTION_INFO),
	F(ENTRY_ERROR_CODE),
	F(ENTRY_INSTRUCTION_LENGTH),
	{ "TPR_THRESHOLD", 0x401c },
	F(PROC2_CONTROLS),
	{ "PLE_GAP", 0x4020 },
	{ "PLE_WINDOW", 0x4022 },
	{ "INSTRUCTION_TIMEOUT", 0x4024 },
	/* 32-bit read-only data fields */
	F(VM_INSTRUCTION_ERROR),
	F(EXIT_REASON),
	F(EXIT_INTERRUPTION_INFO),
	{ "EXIT_INTERRUPTION_ERROR", 0x4406 },
	F(IDT_VECTORING_INFO),
	F(IDT_VECTORING_ERROR),
	F(EXIT_INSTRUCTION_LENGTH),
	{ "EXIT_INSTRUCTION_INFO", 0x440e },
	/* 32-bit guest-state fields */
	F(GUEST_ES_LIMIT),
	F(GUEST_CS_LIMIT),
	F(GUEST_SS_LIMIT),
	F(GUEST_DS_LIMIT),
	F(GUEST_FS_LIMIT),
	F(GUEST_GS_LIMIT),
	F(GUEST_LDTR_LIMIT),
	F(GUEST_TR_LIMIT),
	F(GUEST_GDTR_LIMIT),
	F(GUEST_IDTR_LIMIT),
	F(GUEST_ES_AR),
	F(GUEST_CS_AR),
	F(GUEST_SS_AR),
	F(GUEST_DS_AR),
	F(GUEST_FS_AR),
	F(GUEST_GS_AR),
	F(GUEST_LDTR_AR),
	F(GUEST_TR_AR),
	F(GUEST_INTERRUPTIBILITY),
	F(GUEST_ACTIVITY),
	{ "GUEST_SMBASE", 0x4828 },
	F(GUEST_SYSENTER_CS),
	{ "PREEMPTION_TIMER", 0x482e },
	/* 32-bit host-state field */
	F(HOST_SYSENTER_CS),
	/* natural-width control fields */
	F(CR0_MASK),
	F(CR4_MASK),
	F(CR0_READ_SHADOW),
	F(CR4_READ_SHADOW),
	{ "CR3_TARGET0", 0x6008 },
	{ "CR3_TARGET1", 0x600a },
	{ "CR3_TARGET2", 0x600c },
	{ "CR3_TARGET3", 0x600e },
	/* natural-width read-only data fields */
	F(EXIT_QUALIFICATION),
	{ "IO_RCX", 0x6402 },
	{ "IO_RSI", 0x6404 },
	{ "IO_RDI", 0x6406 },
	{ "IO_RIP", 0x6408 },
	{ "GUEST_LINEAR_ADDRESS", 0x640a },
	/* natural-width guest-state fields */
	F(GUEST_CR0),
	F(GUEST_CR3),
	F(GUEST_CR4),
	F(GUEST_ES_BASE),
	F(GUEST_CS_BASE),
	F(GUEST_SS_BASE),
	F(GUEST_DS_BASE),
	F(GUEST_FS_BASE),
	F(GUEST_GS_BASE),
	F(GUEST_LDTR_BASE),
	F(GUEST_TR_BASE),
	F(GUEST_GDTR_BASE),
	F(GUEST_IDTR_BASE),
	F(GUEST_DR7),
	F(GUEST_RSP),
	F(GUEST_RIP),
	F(GUEST_RFLAGS),
	F(GUEST_PENDING_DBG),
	F(GUEST_SYSENTER_ESP),
	F(GUEST_SYSENTER_EIP),
	{ "GUEST_S_CET", 0x6828 },
	{ "GUEST_SSP", 0x682a },
	{ "GUEST_ISST", 0x682c },
	/* natural-width host-state fields */
	F(HOST_CR0),
	F(HOST_CR3),
	F(HOST_CR4),
	F(HOST_FS_BASE),
	F(HOST_GS_BASE),
	F(HOST_TR_BASE),
	F(HOST_GDTR_BASE),
	F(HOST_IDTR_BASE),
	F(HOST_SYSENTER_ESP),
	F(HOST_SYSENTER_EIP),
	F(HOST_RSP),
	F(HOST_RIP),
	{ "HOST_S_CET", 0x6c18 },
	{ "HOST_SSP", 0x6c1a },
	{ "HOST_ISST", 0x6c1c },
};

static_assert(ARRAY_SIZE(fields) == VMX_NR_NOTED, "struct vmx_cpu");

const struct backend_field *backend_field(u32 index)
{
	return index < ARRAY_SIZE(fields) ? &fields[index] : NULL;
}

/* Bits 14:13 of the encoding (section 24.11.2) */
u32 backend_field_size(const struct backend_field *field)
{
	static const u8 size[] = { 2, 8, 4, 8 };

	return size[field->where >> 13 & 3];
}

/* On this CPU by VMREAD, which says which fields the CPU has; elsewhere from its note */
int backend_read_field(struct cpu *cpu, u32 index, u64 *value)
{
	const struct vmx_cpu *vmx = vmx_cpu(cpu);

	if (cpu == this_cpu())
		return vmread_checked(fields[index].where, value) ? 0 : -ENOENT;
	if (!vmx->noted)
		return -EAGAIN;
	*value = READ_ONCE(vmx->note[index]);
	return vmx->note_lacks[index / 64] >> (index % 64) & 1 ? -ENOENT : 0;
}

/*
 * A VMREAD of a field that isn't there leaves its mark in the VM-instruction error, so
 * it is tried once.
 */
static void note_fields(struct vmx_cpu *vmx)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		u64 *lacks = &vmx->note_lacks[i / 64];
		u64 bit = BIT_ULL(i % 64);

		if (*lacks & bit)
			continue;
		if (!vmread_checked(fields[i].where, &vmx->note[i]))
			*lacks |= bit;
	}
	vmx->noted = true;
}

static void get_segments(struct segment_state *segment)
{
	static_assert(GUEST_TR_SELECTOR / 2 % 0x400 == SEGMENT_TR, "order");
	u32 i;

	/* All have the order of enum guest_segment */
	for (i = 0; i < NR_SEGMENTS; i++) {
		segment[i].limit = (u32)vmread(GUEST_ES_LIMIT + 2 * i);
		segment[i].base = vmread(GUEST_ES_BASE + 2 * i);
	}
	for (i = 0; i <= SEGMENT_TR; i++) {
		segment[i].selector = (u16)vmread(GUEST_ES_SELECTOR + 2 * i);
		segment[i].access = (u32)vmread(GUEST_ES_AR + 2 * i);
	}
}

/* As the guest reads it: its own bits, and in place of ours what it wrote last */
static u64 guest_cr(u32 cr, u32 mask, u32 shadow)
{
	return (vmread(cr) & ~vmread(mask)) | (vmread(shadow) & vmread(mask));
}

void backend_get_state(struct cpu *cpu, struct guest_state *state)
{
	u32 reason = (u16)vmread(EXIT_REASON);

	*state = (struct guest_state) {
		.rip = vmread(GUEST_RIP),
		.rsp = vmread(GUEST_RSP),
		.rflags = vmread(GUEST_RFLAGS),
		.cr0 = guest_cr(GUEST_CR0, CR0_MASK, CR0_READ_SHADOW),
		.cr2 = vmx_stack(cpu)->cr2,
		.cr3 = vmread(GUEST_CR3),
		.cr4 = guest_cr(GUEST_CR4, CR4_MASK, CR4_READ_SHADOW),
		.cr8 = read_cr8(),
		.dr = { read_dr0(), read_dr1(), read_dr2(), read_dr3() },
		.dr6 = read_dr6(),
		.dr7 = vmread(GUEST_DR7),
		.efer = vmread(GUEST_EFER),
		.pat = vmread(GUEST_PAT),
		.debugctl = vmread(GUEST_DEBUGCTL),
		.star = rdmsr(MSR_STAR),
		.lstar = rdmsr(MSR_LSTAR),
		.cstar = rdmsr(MSR_CSTAR),
		.sfmask = rdmsr(MSR_SFMASK),
		.kernel_gs_base = rdmsr(MSR_KERNEL_GS_BASE),
		.sysenter_cs = vmread(GUEST_SYSENTER_CS),
		.sysenter_esp = vmread(GUEST_SYSENTER_ESP),
		.sysenter_eip = vmread(GUEST_SYSENTER_EIP),
		.pkru = vmread(GUEST_CR4) & read_cr4() & CR4_PKE ? rdpkru() : 0,
		.cpl = AR_DPL(vmread(GUEST_SS_AR)),
		.blocked = (u32)vmread(GUEST_INTERRUPTIBILITY) &
			   (BLOCKING_STI | BLOCKING_MOV_SS | BLOCKING_SMI |
			    BLOCKING_NMI),
		.activity = (u32)vmread(GUEST_ACTIVITY),
		.event = (u32)vmread(ENTRY_INTERRUPTION_INFO),
		.event_error = (u32)vmread(ENTRY_ERROR_CODE),
		.interrupted = (u32)vmread(IDT_VECTORING_INFO),
		.exit = reason < EXIT_INDEX_OTHER ? reason : EXIT_INDEX_OTHER,
		.exit_info = vmread(EXIT_QUALIFICATION),
	};
	get_segments(state->segment);
	vmx_cpu(cpu)->last_rip = state->rip;
	note_fields(vmx_cpu(cpu));
}
