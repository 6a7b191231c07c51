// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU becomes bare metal again: by a VM exit, or, if it never ran the guest, over the
 * bridge by which it came in.
 */
#include "vmx/vmx.h"
#include "core/spinlock.h"
#include "core/x86.h"

#define MSR_KERNEL_GS_BASE	0xc0000102

/*
 * The guest goes on for a moment with Linux's state as its host's: its next VM exit
 * ends in Linux's address space, behind the frame's general registers, with everything
 * loaded at once that an NMI could need. The rest is driver/switch_vmx.S's.
 *
 * What the host has of the guest. DS, ES, FS and GS are null, with Linux's bases.
 */
static const struct {
	u16 index;		/* of the host's field in struct vmcs_image */
	u16 host;
	u16 guest;
} host_fields[] = {
#define HOST_FIELD(name)	{ INDEX_HOST_##name, HOST_##name, GUEST_##name }
	HOST_FIELD(CS_SELECTOR), HOST_FIELD(SS_SELECTOR),
	HOST_FIELD(TR_SELECTOR), HOST_FIELD(TR_BASE),
	HOST_FIELD(GDTR_BASE), HOST_FIELD(IDTR_BASE),
	HOST_FIELD(FS_BASE), HOST_FIELD(GS_BASE),
	HOST_FIELD(CR0), HOST_FIELD(CR3), HOST_FIELD(CR4),
	HOST_FIELD(EFER), HOST_FIELD(PAT),
	HOST_FIELD(SYSENTER_CS), HOST_FIELD(SYSENTER_ESP),
	HOST_FIELD(SYSENTER_EIP),
};

static u64 left_va(void)
{
	return boot_info.switch_va + boot_info.switch_left_off;
}

/*
 * A host state that breaks a rule makes the VM entry fail (section 26.2), and then the
 * CPU is neither here nor there: so the rules come first.
 */
const char *backend_check_return(struct cpu *cpu)
{
	/* One at a time: an image is too large for a stack */
	static struct spinlock lock;
	static struct vmcs_image image;
	const char *broken;
	u32 i;

	if (cpu->state != CPU_IN)
		return NULL;
	spin_lock(&lock);
	for (i = 0; i < ARRAY_SIZE(host_fields); i++)
		image.value[host_fields[i].index] = vmread(host_fields[i].guest);
	VMCS(&image, HOST_RIP) = left_va();
	VMCS(&image, EXIT_CONTROLS) = vmx_machine.exit;
	broken = vmx_check_host(&image, &vmx_machine.caps, boot_info.maxphyaddr);
	spin_unlock(&lock);
	return broken;
}

static void set_linux_host(struct cpu *cpu)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(host_fields); i++)
		vmwrite(host_fields[i].host, vmread(host_fields[i].guest));
	vmwrite(HOST_DS_SELECTOR, 0);
	vmwrite(HOST_ES_SELECTOR, 0);
	vmwrite(VM_EXIT_MSR_STORE_COUNT, 0);
	vmwrite(VM_EXIT_MSR_LOAD_COUNT, 0);
	vmwrite(HOST_RSP, cpu->frame.linux_va + UV_FRAME_OUT_IRET);
	vmwrite(HOST_RIP, left_va());
}

static void set_pseudo(u8 *pseudo, u64 limit, u64 base)
{
	struct pseudo_descriptor desc = { (u16)limit, base };

	__builtin_memcpy(pseudo + 6, &desc, sizeof(desc));
}

/* What the way out needs besides the VMCS */
static void fill_frame(struct cpu *cpu)
{
	struct uv_switch_frame *frame = &cpu->frame;

	frame->vmcs_pa = vmx_cpu(cpu)->vmcs_pa;
	frame->cr4 = (vmread(GUEST_CR4) & ~CR4_VMXE) |
		     (vmread(CR4_READ_SHADOW) & CR4_VMXE);
	frame->ds = (u16)vmread(GUEST_DS_SELECTOR);
	frame->es = (u16)vmread(GUEST_ES_SELECTOR);
	frame->fs = (u16)vmread(GUEST_FS_SELECTOR);
	frame->gs = (u16)vmread(GUEST_GS_SELECTOR);
	frame->ldtr = (u16)vmread(GUEST_LDTR_SELECTOR);
	frame->tr = (u16)vmread(GUEST_TR_SELECTOR);
	frame->fs_base = vmread(GUEST_FS_BASE);
	frame->gs_base = vmread(GUEST_GS_BASE);
	frame->kernel_gs_base = rdmsr(MSR_KERNEL_GS_BASE);
	set_pseudo(frame->gdtr, vmread(GUEST_GDTR_LIMIT),
		   vmread(GUEST_GDTR_BASE));
	set_pseudo(frame->idtr, vmread(GUEST_IDTR_LIMIT),
		   vmread(GUEST_IDTR_BASE));
}

static void leave_by_exit(struct cpu *cpu, const struct guest_regs *regs,
			  u64 rip) __noreturn;
static void leave_by_exit(struct cpu *cpu, const struct guest_regs *regs,
			  u64 rip)
{
	struct vmx_cpu *vmx = vmx_cpu(cpu);
	struct vmx_stack *stack = vmx_stack(cpu);

	stack->regs = *regs;
	fill_frame(cpu);
	vmwrite(GUEST_RIP, rip);
	set_linux_host(cpu);
	cpu->state = CPU_OUT;
	/*
	 * An NMI that the guest did not get yet and can't get at once is left on the bridge,
	 * for the switch page to raise.
	 */
	vmx->leaving = true;
	deliver_events(cpu);
	/*
	 * Linux's translations from before it was a guest are tagged as root mode's
	 * (VPID 0). A change of CR4.PGE drops them (section 4.10.4.1).
	 */
	write_cr4(read_cr4() ^ CR4_PGE);
	write_cr4(read_cr4() ^ CR4_PGE);
	vmx_resume(stack);
}

static void load_bridge_tables(struct cpu *cpu)
{
	const struct uv_bridge *bridge = vmx_bridge(cpu);

	__asm__ __volatile__("lidt %0" : : "m"(bridge->idtr[6]));
	__asm__ __volatile__("lgdt %0" : : "m"(bridge->gdtr[6]));
}

/* What root mode, or a failed VM entry, may have changed of Linux's MSRs */
static void restore_msrs(const struct vmx_cpu *vmx)
{
	wrmsr(MSR_PAT, vmx->pat);
	wrmsr(MSR_IA32_SYSENTER_CS, vmx->sysenter_cs);
	wrmsr(MSR_IA32_SYSENTER_ESP, vmx->sysenter_esp);
	wrmsr(MSR_IA32_SYSENTER_EIP, vmx->sysenter_eip);
	wrmsr(MSR_FS_BASE, vmx->fs_base);
	wrmsr(MSR_GS_BASE, vmx->gs_base);
}

/* A CPU that never ran the guest goes back over the bridge it came by */
static void leave_by_bridge(struct cpu *cpu, const struct guest_regs *regs,
			    u64 rip) __noreturn;
static void leave_by_bridge(struct cpu *cpu, const struct guest_regs *regs,
			    u64 rip)
{
	struct uv_switch_frame *frame = &cpu->frame;
	struct vmx_cpu *vmx = vmx_cpu(cpu);
	struct vmx_stack *stack = vmx_stack(cpu);

	__builtin_memcpy(frame->out_gpr, regs, sizeof(frame->out_gpr));
	frame->out_iret[0] = rip;
	frame->out_iret[1] = frame->cs;
	frame->out_iret[2] = frame->rflags;
	frame->out_iret[3] = frame->rsp;
	frame->out_iret[4] = frame->ss;
	frame->dr7 = vmx->dr7;
	frame->debugctl = vmx->debugctl;
	frame->fs_base = vmx->fs_base;
	frame->gs_base = vmx->gs_base;
	frame->kernel_gs_base = rdmsr(MSR_KERNEL_GS_BASE);
	if (vmx->on) {
		vmclear(vmx->vmcs_pa);
		vmxoff();
		vmx->on = false;
	}
	load_bridge_tables(cpu);
	/* From here on events are counted there, and what was before is added */
	vmx->nmis += stack->nmis;
	vmx->mces += stack->mces;
	leave_to_bridge(cpu);
	restore_msrs(vmx);
	write_cr0(frame->cr0);
	write_cr4(frame->cr4);
	write_cr2(vmx->cr2);
	cpu_leave(cpu, frame->cr3);
}

void backend_return(struct cpu *cpu, const struct guest_regs *regs, u64 rip)
{
	if (cpu->state == CPU_IN)
		leave_by_exit(cpu, regs, rip);
	leave_by_bridge(cpu, regs, rip);
}

/* INIT is blocked in VMX root operation (section 25.2) */
void backend_off(struct cpu *cpu)
{
	struct vmx_cpu *vmx = vmx_cpu(cpu);

	if (vmx->on)
		vmxoff();
	vmx->on = false;
}
