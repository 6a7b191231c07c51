// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU becomes a guest, and bare metal again. The guest's first state is what
 * the switch stub saved of Linux, field for field.
 */
#include "svm/svm.h"
#include "core/fault.h"
#include "core/log.h"
#include "core/radix.h"
#include "core/x86.h"

#define GUEST_ASID	1	/* one guest; 0 is the host's (section 15.16) */

static u64 cpu_page_pa(struct cpu *cpu, u32 page)
{
	return boot_info.cpu_pa[cpu->number] + page * UV_PAGE_SIZE;
}

void backend_capture(struct cpu *cpu)
{
	struct svm_cpu *svm = svm_cpu(cpu);

	svm->vmcb = (struct vmcb *)((u8 *)cpu +
				    UV_CPU_VMCB_PAGE * UV_PAGE_SIZE);
	svm->vmcb_pa = cpu_page_pa(cpu, UV_CPU_VMCB_PAGE);
	svm->host_pa = cpu_page_pa(cpu, UV_CPU_HOST_PAGE);
	svm->memo_cr3 = ~0ULL;
	/* FS, GS, TR, LDTR with their hidden parts, and the SYSCALL MSRs */
	vmsave(svm->vmcb_pa);
}

static void set_seg(struct vmcb_seg *seg, u16 selector, u16 ar)
{
	*seg = (struct vmcb_seg) {
		.selector = selector,
		/* LAR gives descriptor bits 23:8 of the high half */
		.attrib = (ar & 0xff) | (ar >> 4 & 0xf00),
		.limit = ar ? 0xffffffff : 0,
	};
}

static void set_table(struct vmcb_seg *seg, const u8 *pseudo)
{
	struct pseudo_descriptor desc;

	__builtin_memcpy(&desc, pseudo, sizeof(desc));
	seg->limit = desc.limit;
	seg->base = desc.base;
}

/*
 * With CR4.CET set, VMRUN loads S_CET, SSP and ISST_ADDR and #VMEXIT saves them
 * (section 15.5.1); root mode has CR4.CET clear. Linux uses shadow stacks at level 3
 * only, whose MSRs are not switched. No emulator has CET with SVM.
 */
static void capture_cet(struct vmcb *vmcb)
{
	if (!(vmcb->cr4 & CR4_CET))
		return;
	rdmsr_safe(MSR_S_CET, &vmcb->s_cet);
	rdmsr_safe(MSR_ISST_ADDR, &vmcb->isst_addr);
}

static void restore_cet(const struct vmcb *vmcb)
{
	if (!(vmcb->cr4 & CR4_CET))
		return;
	wrmsr_safe(MSR_S_CET, vmcb->s_cet);
	wrmsr_safe(MSR_ISST_ADDR, vmcb->isst_addr);
}

/*
 * SPEC_CTRL. Where the CPU keeps the guest's in the VMCB, what the guest runs with is
 * that or the MSR's value (section 15.32.1), so the MSR is cleared: Linux's choice for
 * a task must not stick to all that follow. Elsewhere the MSR is the guest's, also
 * while the VMM runs. No emulator has it.
 */
static void move_spec_ctrl(struct svm_cpu *svm)
{
	if (!svm_machine.spec_ctrl)
		return;
	svm->vmcb->spec_ctrl = rdmsr(MSR_SPEC_CTRL);
	wrmsr(MSR_SPEC_CTRL, 0);
	svm->spec_ctrl_moved = true;
}

static void return_spec_ctrl(struct svm_cpu *svm)
{
	if (svm->spec_ctrl_moved)
		wrmsr(MSR_SPEC_CTRL, svm->vmcb->spec_ctrl);
	svm->spec_ctrl_moved = false;
}

static void set_guest_state(struct cpu *cpu, struct vmcb *vmcb)
{
	const struct uv_switch_frame *frame = &cpu->frame;

	set_seg(&vmcb->cs, frame->cs, frame->cs_ar);
	set_seg(&vmcb->ss, frame->ss, frame->ss_ar);
	set_seg(&vmcb->ds, frame->ds, frame->ds_ar);
	set_seg(&vmcb->es, frame->es, frame->es_ar);
	set_table(&vmcb->gdtr, frame->gdtr + 6);
	set_table(&vmcb->idtr, frame->idtr + 6);
	vmcb->cpl = 0;
	vmcb->efer = frame->efer | EFER_SVME;
	vmcb->cr0 = frame->cr0;
	vmcb->cr2 = read_cr2();
	vmcb->cr3 = frame->cr3;
	vmcb->cr4 = frame->cr4;
	vmcb->dr6 = read_dr6();
	vmcb->dr7 = read_dr7();
	vmcb->rflags = frame->rflags;
	vmcb->rip = frame->rip;
	vmcb->rsp = frame->rsp;
	vmcb->rax = 0;
	vmcb->g_pat = rdmsr(MSR_PAT);
	capture_cet(vmcb);
}

static void set_controls(struct vmcb *vmcb)
{
	vmcb->intercept1 = INTERCEPT1_INVD | INTERCEPT1_INVLPGA |
			   INTERCEPT1_MSR_PROT | INTERCEPT1_SHUTDOWN;
	vmcb->intercept2 = INTERCEPT2_VMRUN | INTERCEPT2_VMMCALL |
			   INTERCEPT2_VMLOAD | INTERCEPT2_VMSAVE |
			   INTERCEPT2_STGI | INTERCEPT2_CLGI |
			   INTERCEPT2_SKINIT;
	vmcb->msrpm_base_pa = svm_machine.msrpm_pa;
	vmcb->guest_asid = GUEST_ASID;
	/* Whoever had this ASID before us left translations behind */
	vmcb->tlb_control = TLB_CONTROL_FLUSH_ALL;
	vmcb->np_enable = NP_ENABLE;
	vmcb->n_cr3 = svm_machine.n_cr3;
}

int backend_enter(struct cpu *cpu)
{
	struct svm_cpu *svm = svm_cpu(cpu);
	struct svm_run_args args = {
		.vmcb_pa = svm->vmcb_pa,
		.host_pa = svm->host_pa,
	};
	struct guest_regs regs = { 0 };
	u32 rule;

	set_guest_state(cpu, svm->vmcb);
	set_controls(svm->vmcb);
	if (svm_check_vmcb(svm->vmcb, boot_info.maxphyaddr, &rule)) {
		cpu->frame.reason = UV_REASON_GUEST_STATE;
		cpu->frame.detail = rule;
		return -EINVAL;
	}
	move_spec_ctrl(svm);
	wrmsr(MSR_VM_HSAVE_PA, cpu_page_pa(cpu, UV_CPU_HSAVE_PAGE));
	descriptors_load_tr();
	vmsave(svm->host_pa);
	cpu->state = CPU_IN;
	svm_run(&args, &regs);
}

static void fill_frame(struct uv_switch_frame *frame, const struct vmcb *vmcb,
		       const struct guest_regs *regs, u64 rip)
{
	static_assert(sizeof(*regs) == sizeof(frame->out_gpr), "GPRs");
	__builtin_memcpy(frame->out_gpr, regs, sizeof(frame->out_gpr));
	frame->out_iret[0] = rip;
	frame->out_iret[1] = vmcb->cs.selector;
	frame->out_iret[2] = vmcb->rflags;
	frame->out_iret[3] = vmcb->rsp;
	frame->out_iret[4] = vmcb->ss.selector;
	frame->ds = vmcb->ds.selector;
	frame->es = vmcb->es.selector;
	frame->efer = vmcb->efer & ~EFER_SVME;
}

/* Only with GIF set do INIT and SMI reach the CPU, so that comes first (section 15.17). */
void backend_off(struct cpu *cpu)
{
	u64 efer = rdmsr(MSR_EFER);

	(void)cpu;
	if (!(efer & EFER_SVME))
		return;
	stgi();
	wrmsr(MSR_EFER, efer & ~EFER_SVME);
}

/* The registers are loaded one by one, each as the guest had loaded it itself. */
const char *backend_check_return(struct cpu *cpu)
{
	(void)cpu;
	return NULL;
}

/*
 * Back to bare metal: Linux's registers in an order in which nothing is used before
 * it is there. CR4 comes while CR3 still has PCID 0, as setting PCIDE demands
 * (APM vol. 2 section 5.5.1), and PGE's change drops all translations. GDT and IDT
 * are Linux's addresses already, which nothing reads before the switch page has loaded
 * Linux's CR3; GIF is 0 until then.
 */
void backend_return(struct cpu *cpu, const struct guest_regs *regs, u64 rip)
{
	struct svm_cpu *svm = svm_cpu(cpu);
	struct vmcb *vmcb = svm->vmcb;
	struct pseudo_descriptor gdtr, idtr;

	if (cpu->state != CPU_IN)	/* the guest never ran: as captured */
		set_guest_state(cpu, vmcb);
	fill_frame(&cpu->frame, vmcb, regs, rip);
	gdtr = (struct pseudo_descriptor) { vmcb->gdtr.limit, vmcb->gdtr.base };
	idtr = (struct pseudo_descriptor) { vmcb->idtr.limit, vmcb->idtr.base };

	wrmsr(MSR_VM_HSAVE_PA, 0);
	if (rdmsr(MSR_PAT) != vmcb->g_pat)
		wrmsr(MSR_PAT, vmcb->g_pat);
	return_spec_ctrl(svm);
	restore_cet(vmcb);
	write_cr0(vmcb->cr0);
	write_cr4(vmcb->cr4);
	write_cr2(vmcb->cr2);
	write_dr6(vmcb->dr6);
	__asm__ __volatile__("lidt %0" : : "m"(idtr));
	__asm__ __volatile__("lgdt %0" : : "m"(gdtr));
	vmload(svm->vmcb_pa);
	write_dr7(vmcb->dr7);
	cpu_leave(cpu, vmcb->cr3);
}
