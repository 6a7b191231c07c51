// SPDX-License-Identifier: GPL-2.0-only
/* VM exits: what the guest did that needs the VMM. */
#include "svm/svm.h"
#include "core/clock.h"
#include "core/fault.h"
#include "core/log.h"
#include "core/x86.h"
#include "hypercall/vmmcall.h"

const char *backend_exit_name(u32 index)
{
	switch (index) {
	case VMEXIT_INVD: return "INVD";
	case VMEXIT_INVLPGA: return "INVLPGA";
	case VMEXIT_MSR: return "MSR";
	case VMEXIT_SHUTDOWN: return "SHUTDOWN";
	case VMEXIT_VMRUN: return "VMRUN";
	case VMEXIT_VMMCALL: return "VMMCALL";
	case VMEXIT_VMLOAD: return "VMLOAD";
	case VMEXIT_VMSAVE: return "VMSAVE";
	case VMEXIT_STGI: return "STGI";
	case VMEXIT_CLGI: return "CLGI";
	case VMEXIT_SKINIT: return "SKINIT";
	case EXIT_INDEX_NPF: return "NPF";
	case EXIT_INDEX_INVALID: return "INVALID";
	case EXIT_INDEX_OTHER: return "OTHER";
	default: return NULL;
	}
}

void backend_get_mmu(struct cpu *cpu, struct guest_mmu *mmu)
{
	const struct vmcb *vmcb = svm_cpu(cpu)->vmcb;

	mmu->cr0 = vmcb->cr0;
	mmu->cr3 = vmcb->cr3;
	mmu->cr4 = vmcb->cr4;
	mmu->efer = vmcb->efer;
	mmu->rflags = vmcb->rflags;
	/* PKRU is not switched: the register holds the guest's */
	mmu->pkru = vmcb->cr4 & read_cr4() & CR4_PKE ? rdpkru() : 0;
	mmu->cpl = vmcb->cpl;
}

u64 backend_guest_rip(struct cpu *cpu)
{
	return svm_cpu(cpu)->vmcb->rip;
}

bool backend_last_rip(struct cpu *cpu, u64 *rip)
{
	*rip = READ_ONCE(svm_cpu(cpu)->vmcb->rip);
	return true;
}

u8 backend_guest_cpl(struct cpu *cpu)
{
	return svm_cpu(cpu)->vmcb->cpl;
}

u64 backend_guest_cr3(struct cpu *cpu)
{
	return svm_cpu(cpu)->vmcb->cr3;
}

#define OPCODE_0F01	0x010f
#define OPCODE_INVD	0x080f

static __always_inline void vmmcall_exit(struct cpu *cpu, struct vmcb *vmcb,
					 struct guest_regs *regs)
{
	advance_rip(vmcb, next_rip(cpu, vmcb, OPCODE_0F01, 3));
	vmmcall_dispatch(cpu, regs, vmcb->cpl,
			 vmcb->cs.attrib & SEG_ATTRIB_L &&
			 vmcb->efer & EFER_LMA);
}

/*
 * INVD drops dirty lines, the VMM's own too. WBINVD keeps them, and no guest can tell
 * the difference but by data that it did not lose.
 */
static void invd_exit(struct cpu *cpu, struct vmcb *vmcb)
{
	u64 next = next_rip(cpu, vmcb, OPCODE_INVD, 2);

	__asm__ __volatile__("wbinvd" : : : "memory");
	vmm_log_guest(LOG_INFO, "guest's INVD: done as WBINVD");
	advance_rip(vmcb, next);
}

static void invalid_exit(struct cpu *cpu, struct vmcb *vmcb)
{
	u32 rule = 0;
	const char *broken = svm_check_vmcb(vmcb, boot_info.maxphyaddr, &rule);
	struct guest_regs regs = { .rax = (u64)-EIO };

	/* A guest that is still at its first instruction never ran */
	if (vmcb->rip != cpu->frame.rip || vmcb->rsp != cpu->frame.rsp)
		vmm_panic(broken ? broken : "VMRUN refused the guest", rule,
			  vmcb->rip);
	cpu->state = CPU_OUT;
	cpu->frame.error = -EIO;
	cpu->frame.reason = UV_REASON_VM_ENTRY_INVALID;
	cpu->frame.detail = rule;
	backend_return(cpu, &regs, cpu->frame.rip);
}

/* The exits that are rare enough to sit behind one more comparison */
static noinline void other_exit(struct cpu *cpu, struct vmcb *vmcb,
				struct guest_regs *regs, u32 code)
{
	switch (code) {
	case VMEXIT_MSR:
		msr_exit(cpu, vmcb, regs);
		break;
	case VMEXIT_NPF:
		nested_fault(vmcb);
		break;
	case VMEXIT_INVD:
		invd_exit(cpu, vmcb);
		break;
	case VMEXIT_SHUTDOWN:
		vmm_guest_shutdown(vmcb->rip);
	case VMEXIT_INVALID:
		invalid_exit(cpu, vmcb);
		break;
	case VMEXIT_VMRUN ... VMEXIT_SKINIT:
	case VMEXIT_INVLPGA:
		/* As on a CPU whose EFER.SVME is 0 (section 15.4) */
		vmm_log_guest(LOG_INFO, "guest's %s: #UD",
			      backend_exit_name(code));
		inject_exception(vmcb, VECTOR_UD, false, 0);
		break;
	default:
		vmm_panic("exit that was not asked for", code, vmcb->exitinfo1);
	}
}

/**
 * svm_exit() - carry an exit out; called by exit_stub.S
 * @regs: the guest's general registers, on this CPU's stack; RAX is in the VMCB
 *
 * Context: GIF is 0; returns to the guest.
 */
void svm_exit(struct guest_regs *regs)
{
	struct cpu *cpu = (struct cpu *)((u64)regs & ~(UV_CPU_SLOT - 1));
	struct vmcb *vmcb = svm_cpu(cpu)->vmcb;
	u32 code = (u32)vmcb->exitcode;
	u32 start = exit_clock();

	vmcb->tlb_control = TLB_CONTROL_NONE;
	regs->rax = vmcb->rax;
	if (likely(code == VMEXIT_VMMCALL)) {
		cpu->exits[VMEXIT_VMMCALL]++;
		vmmcall_exit(cpu, vmcb, regs);
	} else {
		cpu->exits[exit_index(code)]++;
		other_exit(cpu, vmcb, regs, code);
	}
	vmcb->rax = regs->rax;
	cpu->ticks += exit_clock() - start;
}
