// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSRs. Only those exit by which the guest could see or change SVM itself, and those
 * that the permission map can't describe. EFER.SVME reads 1: to the guest, SVM is in
 * use by somebody else, which it is. kvm_amd stops there (an older one already at
 * VM_CR.SVMDIS); a 0 would let it go on to a write that can't be allowed
 * (Documentation/svm.md).
 */
#include "svm/svm.h"
#include "core/log.h"
#include "core/radix.h"
#include "core/x86.h"

/* The MSR permission map, section 15.11: 2 bits an MSR, read and write */
#define MSRPM_RANGE	2048		/* bytes for 8192 MSRs */

static u8 msrpm[MSRPM_BYTES] __aligned(4096);

static void intercept(u32 msr)
{
	u32 base = msr >= 0xc0010000 ? 2 * MSRPM_RANGE :
		   msr >= 0xc0000000 ? MSRPM_RANGE : 0;
	u32 index = msr & 0x1fff;

	msrpm[base + index / 4] |= 3 << (index % 4 * 2);
}

void msr_init(void)
{
	intercept(MSR_EFER);
	intercept(MSR_VM_CR);
	intercept(MSR_VM_HSAVE_PA);
	intercept(MSR_SVM_KEY);
	svm_machine.msrpm_pa = hpa_raw(pool_to_phys(msrpm));
}

static bool read_msr(struct vmcb *vmcb, u32 msr, u64 *value)
{
	switch (msr) {
	case MSR_EFER:
		*value = vmcb->efer;
		return true;
	case MSR_VM_CR:
		*value = VM_CR_SVMDIS | VM_CR_LOCK;
		return true;
	case MSR_VM_HSAVE_PA:
	case MSR_SVM_KEY:
		*value = 0;
		return true;
	default:
		return rdmsr_safe(msr, value);
	}
}

/*
 * Which bits of EFER may be set is the hardware's to say: it is asked, with the
 * bits that root mode lives on left alone. LMA follows CR0.PG and can't be written;
 * LME can't change while paging is on (section 3.1.7).
 */
static bool write_efer(struct vmcb *vmcb, u64 value)
{
	const u64 ours = EFER_SVME | EFER_LME | EFER_LMA | EFER_NXE;
	u64 host = rdmsr(MSR_EFER);

	if ((value ^ vmcb->efer) & EFER_LME && vmcb->cr0 & CR0_PG)
		return false;
	if (!wrmsr_safe(MSR_EFER, (value & ~ours) | (host & ours)))
		return false;
	wrmsr(MSR_EFER, host);
	if (!(value & EFER_SVME))
		vmm_log_protect(LOG_WARNING, "guest clears EFER.SVME: ignored");
	vmcb->efer = (value & ~(EFER_LMA | EFER_SVME)) |
		     (vmcb->efer & EFER_LMA) | EFER_SVME;
	return true;
}

static bool write_msr(struct vmcb *vmcb, u32 msr, u64 value)
{
	switch (msr) {
	case MSR_EFER:
		return write_efer(vmcb, value);
	case MSR_VM_CR:
	case MSR_SVM_KEY:
		/* Locked by "firmware": such writes have no effect (15.30.1) */
		vmm_log_protect(LOG_WARNING, "guest writes MSR %#x: ignored", msr);
		return true;
	case MSR_VM_HSAVE_PA:
		/* 0 is what KVM's crash path writes; anything else would be ours */
		return value == 0;
	default:
		return wrmsr_safe(msr, value);
	}
}

#define OPCODE_RDMSR	0x320f
#define OPCODE_WRMSR	0x300f

void msr_exit(struct cpu *cpu, struct vmcb *vmcb, struct guest_regs *regs)
{
	bool write = vmcb->exitinfo1 & 1;
	u64 next = next_rip(cpu, vmcb, write ? OPCODE_WRMSR : OPCODE_RDMSR, 2);
	u64 value = (regs->rdx << 32) | (u32)regs->rax;
	u32 msr = (u32)regs->rcx;
	bool ok;

	if (write)
		ok = write_msr(vmcb, msr, value);
	else
		ok = read_msr(vmcb, msr, &value);
	if (!ok) {
		vmm_log_guest(LOG_INFO, "guest's access to MSR %#x: #GP", msr);
		inject_exception(vmcb, VECTOR_GP, true, 0);
		return;
	}
	if (!write) {
		regs->rax = (u32)value;
		regs->rdx = value >> 32;
	}
	advance_rip(vmcb, next);
}
