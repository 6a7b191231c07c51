// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU becomes a guest. The guest's first state is what the switch stub saved of
 * Linux, field for field.
 */
#include "vmx/vmx.h"
#include "core/fault.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "core/x86.h"

#define GUEST_VPID	1	/* one guest; 0 is root mode's (section 28.1) */

/* The VMM's own tables use entry 0 of the PAT only: write-back, as after a reset */
#define HOST_PAT_VALUE	0x0007040600070406ULL

/* One at a time: an image is too large for a stack */
static struct spinlock image_lock;
static struct vmcs_image image;

static const u16 field_encoding[] = {
#define FIELD_ENCODING(name, encoding)	(encoding),
	VMX_FIELDS(FIELD_ENCODING)
};

static u64 cpu_page_pa(struct cpu *cpu, u32 page)
{
	return boot_info.cpu_pa[cpu->number] + page * UV_PAGE_SIZE;
}

void backend_capture(struct cpu *cpu)
{
	struct vmx_cpu *vmx = vmx_cpu(cpu);

	*vmx = (struct vmx_cpu) {
		.vmcs_pa = cpu_page_pa(cpu, UV_CPU_VMCB_PAGE),
		.vmxon_pa = cpu_page_pa(cpu, UV_CPU_HOST_PAGE),
		.cr2 = read_cr2(),
		.dr7 = read_dr7(),
		.debugctl = rdmsr(MSR_DEBUGCTL),
		.pat = rdmsr(MSR_PAT),
		.fs_base = rdmsr(MSR_FS_BASE),
		.gs_base = rdmsr(MSR_GS_BASE),
		.sysenter_cs = rdmsr(MSR_IA32_SYSENTER_CS),
		.sysenter_esp = rdmsr(MSR_IA32_SYSENTER_ESP),
		.sysenter_eip = rdmsr(MSR_IA32_SYSENTER_EIP),
	};
	*vmx_stack(cpu) = (struct vmx_stack) { 0 };
}

/* LAR gives descriptor bits 23:8 of the high half; 19:16 are the limit's */
static u64 access_rights(u16 ar)
{
	return ar ? ar & 0xf0ff : AR_UNUSABLE;
}

static u64 segment_limit(u16 ar)
{
	return ar & AR_G ? 0xffffffff : ar ? 0xfffff : 0;
}

/* In the order in which the VMCS has the segments' fields */
enum segment { ES, CS, SS, DS, FS, GS };

static void set_segment(struct vmcs_image *v, enum segment n, u16 selector, u16 ar)
{
	v->value[INDEX_GUEST_ES_SELECTOR + n] = selector;
	v->value[INDEX_GUEST_ES_AR + n] = access_rights(ar);
	v->value[INDEX_GUEST_ES_LIMIT + n] = segment_limit(ar);
}

static_assert(INDEX_GUEST_GS_SELECTOR - INDEX_GUEST_ES_SELECTOR == GS);
static_assert(INDEX_GUEST_GS_AR - INDEX_GUEST_ES_AR == GS);
static_assert(INDEX_GUEST_GS_LIMIT - INDEX_GUEST_ES_LIMIT == GS);

static void set_guest_tables(struct vmcs_image *v,
			     const struct uv_switch_frame *frame)
{
	struct pseudo_descriptor desc;

	__builtin_memcpy(&desc, frame->gdtr + 6, sizeof(desc));
	VMCS(v, GUEST_GDTR_BASE) = desc.base;
	VMCS(v, GUEST_GDTR_LIMIT) = desc.limit;
	__builtin_memcpy(&desc, frame->idtr + 6, sizeof(desc));
	VMCS(v, GUEST_IDTR_BASE) = desc.base;
	VMCS(v, GUEST_IDTR_LIMIT) = desc.limit;
	VMCS(v, GUEST_TR_SELECTOR) = frame->tr;
	VMCS(v, GUEST_TR_BASE) = frame->tr_base;
	VMCS(v, GUEST_TR_LIMIT) = frame->tr_limit;
	VMCS(v, GUEST_TR_AR) = access_rights(frame->tr_ar);
	VMCS(v, GUEST_LDTR_SELECTOR) = frame->ldtr;
	VMCS(v, GUEST_LDTR_BASE) = frame->ldtr_base;
	VMCS(v, GUEST_LDTR_LIMIT) = frame->ldtr_limit;
	VMCS(v, GUEST_LDTR_AR) = access_rights(frame->ldtr_ar);
}

static void set_guest_state(struct cpu *cpu, struct vmcs_image *v)
{
	const struct uv_switch_frame *frame = &cpu->frame;
	const struct vmx_cpu *vmx = vmx_cpu(cpu);

	set_segment(v, CS, frame->cs, frame->cs_ar);
	set_segment(v, SS, frame->ss, frame->ss_ar);
	set_segment(v, DS, frame->ds, frame->ds_ar);
	set_segment(v, ES, frame->es, frame->es_ar);
	set_segment(v, FS, frame->fs, frame->fs_ar);
	set_segment(v, GS, frame->gs, frame->gs_ar);
	VMCS(v, GUEST_FS_BASE) = vmx->fs_base;
	VMCS(v, GUEST_GS_BASE) = vmx->gs_base;
	set_guest_tables(v, frame);
	VMCS(v, GUEST_CR0) = frame->cr0;
	VMCS(v, GUEST_CR3) = frame->cr3;
	VMCS(v, GUEST_CR4) = frame->cr4 | CR4_VMXE;
	VMCS(v, GUEST_EFER) = frame->efer;
	VMCS(v, GUEST_PAT) = vmx->pat;
	VMCS(v, GUEST_DR7) = vmx->dr7;
	VMCS(v, GUEST_DEBUGCTL) = vmx->debugctl;
	VMCS(v, GUEST_SYSENTER_CS) = vmx->sysenter_cs;
	VMCS(v, GUEST_SYSENTER_ESP) = vmx->sysenter_esp;
	VMCS(v, GUEST_SYSENTER_EIP) = vmx->sysenter_eip;
	VMCS(v, GUEST_RFLAGS) = frame->rflags;
	VMCS(v, GUEST_RIP) = frame->rip;
	VMCS(v, GUEST_RSP) = frame->rsp;
	VMCS(v, VMCS_LINK_POINTER) = ~0ULL;
}

/*
 * Where a VM exit goes. FS and GS bases stay Linux's: the VMM uses neither, and a CPU
 * whose first VM entry fails has them back at once.
 */
static void set_host_state(struct cpu *cpu, struct vmcs_image *v)
{
	const struct cpu_descriptors *d = &cpu->descriptors;

	VMCS(v, HOST_CS_SELECTOR) = SEL_CODE;
	VMCS(v, HOST_SS_SELECTOR) = SEL_DATA;
	VMCS(v, HOST_DS_SELECTOR) = SEL_DATA;
	VMCS(v, HOST_ES_SELECTOR) = SEL_DATA;
	VMCS(v, HOST_TR_SELECTOR) = SEL_TSS;
	VMCS(v, HOST_TR_BASE) = (u64)d->tss;
	VMCS(v, HOST_GDTR_BASE) = (u64)d->gdt;
	VMCS(v, HOST_IDTR_BASE) = descriptors_idt();
	VMCS(v, HOST_FS_BASE) = vmx_cpu(cpu)->fs_base;
	VMCS(v, HOST_GS_BASE) = vmx_cpu(cpu)->gs_base;
	VMCS(v, HOST_CR0) = read_cr0();
	VMCS(v, HOST_CR3) = read_cr3();
	VMCS(v, HOST_CR4) = read_cr4();
	VMCS(v, HOST_EFER) = rdmsr(MSR_EFER);
	VMCS(v, HOST_PAT) = HOST_PAT_VALUE;
	VMCS(v, HOST_RSP) = (u64)&vmx_stack(cpu)->cr2;
	VMCS(v, HOST_RIP) = (u64)vmx_exit_entry;
}

/*
 * CR0 and CR4: the guest owns every bit but those that VMX operation wants set
 * (section 23.8). It reads these as it last wrote them; a write that would change one
 * exits. With an unrestricted guest PE and PG are its own.
 */
static void set_controls(struct cpu *cpu, struct vmcs_image *v)
{
	const struct uv_switch_frame *frame = &cpu->frame;

	VMCS(v, PIN_CONTROLS) = vmx_machine.pin;
	VMCS(v, PROC_CONTROLS) = vmx_machine.proc;
	VMCS(v, PROC2_CONTROLS) = vmx_machine.proc2;
	v->proc3 = vmx_machine.proc3;
	VMCS(v, EXIT_CONTROLS) = vmx_machine.exit;
	VMCS(v, ENTRY_CONTROLS) = vmx_machine.entry;
	if (frame->efer & EFER_LMA)
		VMCS(v, ENTRY_CONTROLS) |= ENTRY_IA32E;
	VMCS(v, CR0_MASK) = vmx_machine.caps.cr0_fixed0 & ~(CR0_PE | CR0_PG);
	VMCS(v, CR0_READ_SHADOW) = frame->cr0;
	VMCS(v, CR4_MASK) = vmx_machine.caps.cr4_fixed0;
	VMCS(v, CR4_READ_SHADOW) = frame->cr4;
	VMCS(v, VPID) = GUEST_VPID;
	VMCS(v, EPT_POINTER) = vmx_machine.eptp;
	VMCS(v, MSR_BITMAPS) = vmx_machine.msr_bitmap_pa;
}

/*
 * The counters are off in root mode (driver/vmx.c says why), by lists that the CPU
 * works through itself: the guest's writes to the MSR need no exit. The VM-exit
 * control for it can't save the guest's value on all CPUs.
 */
static void set_msr_lists(struct cpu *cpu, struct vmcs_image *v)
{
	struct vmx_cpu *vmx = vmx_cpu(cpu);
	u64 block_pa = boot_info.cpu_pa[cpu->number] - (u64)cpu;

	if (!cpu->frame.perf_saved)
		return;
	vmx->guest_perf = (struct vmx_msr) {
		.index = MSR_IA32_PERF_GLOBAL_CTRL,
		.value = cpu->frame.perf_global,
	};
	vmx->host_perf = (struct vmx_msr) { .index = MSR_IA32_PERF_GLOBAL_CTRL };
	VMCS(v, VM_EXIT_MSR_STORE_ADDR) = block_pa + (u64)&vmx->guest_perf;
	VMCS(v, VM_EXIT_MSR_STORE_COUNT) = 1;
	VMCS(v, VM_EXIT_MSR_LOAD_ADDR) = block_pa + (u64)&vmx->host_perf;
	VMCS(v, VM_EXIT_MSR_LOAD_COUNT) = 1;
	VMCS(v, VM_ENTRY_MSR_LOAD_ADDR) = block_pa + (u64)&vmx->guest_perf;
	VMCS(v, VM_ENTRY_MSR_LOAD_COUNT) = 1;
}

static int fail(struct cpu *cpu, enum uv_reason reason, u64 detail,
		const char *text, int error)
{
	cpu->frame.reason = reason;
	cpu->frame.detail = detail;
	cpu->frame.reason_text = (u64)text;
	return error;
}

static bool write_image(const struct vmcs_image *v)
{
	bool ok = true;
	u32 i;

	for (i = 0; i < VMCS_NR_FIELDS; i++)
		ok &= vmwrite_checked(field_encoding[i], v->value[i]);
	/* What VMCLEAR leaves in a field is the CPU's business (section 24.11.3) */
	if (vmx_machine.proc & PROC_TERTIARY)
		ok &= vmwrite_checked(PROC3_CONTROLS, v->proc3);
	if (vmx_machine.proc2 & PROC2_XSAVES)
		ok &= vmwrite_checked(XSS_EXITING_BITMAP, XSS_PT);
	if (vmx_machine.proc2 & PROC2_PCONFIG)
		ok &= vmwrite_checked(PCONFIG_EXITING_BITMAP, 0);
	return ok;
}

static int fill_vmcs(struct cpu *cpu)
{
	const char *broken;
	u32 rule = 0;
	bool ok;

	spin_lock(&image_lock);
	__builtin_memset(&image, 0, sizeof(image));
	set_guest_state(cpu, &image);
	set_host_state(cpu, &image);
	set_controls(cpu, &image);
	set_msr_lists(cpu, &image);
	broken = vmx_check_vmcs(&image, &vmx_machine.caps, boot_info.maxphyaddr,
				&rule);
	ok = !broken && write_image(&image);
	spin_unlock(&image_lock);
	if (broken)
		return fail(cpu, UV_REASON_GUEST_STATE, rule, broken, -EINVAL);
	return ok ? 0 : fail(cpu, UV_REASON_VM_ENTRY_INVALID,
			     vmread(VM_INSTRUCTION_ERROR),
			     "VMWRITE knows a field of the VMCS not", -EIO);
}

/* VMX operation (sections 23.7 and 24.2): both regions begin with the revision */
static int vmx_on(struct cpu *cpu)
{
	struct vmx_cpu *vmx = vmx_cpu(cpu);
	u32 *vmcs = (u32 *)((u8 *)cpu + UV_CPU_VMCB_PAGE * UV_PAGE_SIZE);
	u32 *region = (u32 *)((u8 *)cpu + UV_CPU_HOST_PAGE * UV_PAGE_SIZE);

	*vmcs = vmx_machine.caps.basic & VMX_BASIC_REVISION;
	*region = *vmcs;
	write_cr4(read_cr4() | CR4_VMXE |
		  (vmx_machine.xsave ? CR4_OSXSAVE : 0));
	if (!vmxon(vmx->vmxon_pa))
		return fail(cpu, UV_REASON_VMXON,
			    rdmsr(MSR_IA32_FEATURE_CONTROL),
			    "IA32_FEATURE_CONTROL", -EIO);
	vmx->on = true;
	if (!vmclear(vmx->vmcs_pa) || !vmptrld(vmx->vmcs_pa))
		return fail(cpu, UV_REASON_VMXON, 1, "VMPTRLD", -EIO);
	/* Whoever was here before us left translations behind */
	invept_all();
	invvpid_all();
	return 0;
}

/* NMIs and machine checks that came on the way over the bridge */
static void take_bridge_events(struct cpu *cpu)
{
	struct uv_bridge *bridge = vmx_bridge(cpu);
	struct vmx_stack *stack = vmx_stack(cpu);

	__atomic_add_fetch(&stack->nmis,
			   __atomic_exchange_n(&bridge->nmis, 0,
					       __ATOMIC_RELAXED),
			   __ATOMIC_RELAXED);
	__atomic_add_fetch(&stack->mces,
			   __atomic_exchange_n(&bridge->mces, 0,
					       __ATOMIC_RELAXED),
			   __ATOMIC_RELAXED);
}

int backend_enter(struct cpu *cpu)
{
	int err = vmx_on(cpu);

	if (!err)
		err = fill_vmcs(cpu);
	if (err)
		return err;
	vmx_stack(cpu)->cr2 = vmx_cpu(cpu)->cr2;
	take_bridge_events(cpu);
	cpu->state = CPU_IN;
	vmx_launch(vmx_stack(cpu));
}

/*
 * A VM entry that the CPU refused. The guest can only be at its first instruction:
 * later ones are panics.
 */
static void give_up(struct cpu *cpu, u64 detail, const char *text) __noreturn;
static void give_up(struct cpu *cpu, u64 detail, const char *text)
{
	struct guest_regs regs = { .rax = (u64)-EIO };

	cpu->state = CPU_OUT;
	cpu->frame.error = fail(cpu, UV_REASON_VM_ENTRY_INVALID, detail, text,
				-EIO);
	backend_return(cpu, &regs, cpu->frame.rip);
}

void vmx_launch_failed(void)
{
	give_up(this_cpu(), vmread(VM_INSTRUCTION_ERROR),
		"VM-instruction error of VMLAUNCH");
}

void vmx_resume_failed(void)
{
	vmm_panic("VMRESUME failed", vmread(VM_INSTRUCTION_ERROR),
		  vmread(GUEST_RIP));
}

void vmx_entry_failed(struct cpu *cpu, u32 reason)
{
	u64 rip = vmread(GUEST_RIP);

	if (rip == cpu->frame.rip && vmread(GUEST_RSP) == cpu->frame.rsp)
		give_up(cpu, reason, "exit reason of the failed VM entry");
	if (reason != EXIT_MACHINE_CHECK_ENTRY)
		vmm_panic("VM entry failed", reason, rip);
	/* Nothing of the guest was lost: it gets the machine check (section 26.9) */
	vmx_cpu(cpu)->mces++;
	deliver_events(cpu);
}
