// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSRs. Only those exit by which the guest could see VMX, those that the bitmap
 * can't describe, and writes to the MTRRs, which the EPT's memory types follow.
 *
 * IA32_FEATURE_CONTROL reads as locked with VMX and SMX off. The VMX capability MSRs read 0:
 * no control can be set, nor cleared. The CPU shows VMX in CPUID, and so they exist
 * (appendix A); a #GP would be reported by a Linux that reads them without care, as
 * kvm_intel does, while zeros make it give up without a word.
 *
 * IA32_BIOS_UPDT_TRIG doesn't exit: in a guest the CPU ignores it (section 25.3), and
 * Linux finds that the revision has stayed the same.
 */
#include "vmx/vmx.h"
#include "core/log.h"
#include "core/mtrr.h"
#include "core/radix.h"
#include "core/x86.h"

/* The MSR bitmaps, section 24.6.9: read low, read high, write low, write high */
#define BITMAP_READ_LOW		0
#define BITMAP_WRITE_LOW	2048

static u8 msr_bitmap[UV_PAGE_SIZE] __aligned(4096);

static void intercept_read(u32 msr)
{
	msr_bitmap[BITMAP_READ_LOW + msr / 8] |= 1 << (msr % 8);
}

static void intercept_write(u32 msr)
{
	msr_bitmap[BITMAP_WRITE_LOW + msr / 8] |= 1 << (msr % 8);
}

void msr_init(void)
{
	u32 msr;

	intercept_read(MSR_IA32_FEATURE_CONTROL);
	intercept_write(MSR_IA32_FEATURE_CONTROL);
	for (msr = MSR_IA32_VMX_BASIC; msr <= MSR_IA32_VMX_LAST; msr++) {
		intercept_read(msr);
		intercept_write(msr);
	}
	for (msr = 0; msr < 0x1000; msr++)
		if (mtrr_is_msr(msr))
			intercept_write(msr);
	vmx_machine.msr_bitmap_pa = hpa_raw(pool_to_phys(msr_bitmap));
}

static bool is_vmx_capability(u32 msr)
{
	return msr >= MSR_IA32_VMX_BASIC && msr <= MSR_IA32_VMX_LAST;
}

static bool read_msr(u32 msr, u64 *value)
{
	if (msr == MSR_IA32_FEATURE_CONTROL) {
		/* SGX and LMCE, which CPUID and MCG_CAP show, are the guest's */
		*value = (rdmsr(msr) & ~FEATURE_CONTROL_VMX_SMX) |
			 FEATURE_CONTROL_LOCK;
		return true;
	}
	if (is_vmx_capability(msr)) {
		*value = 0;
		return true;
	}
	return rdmsr_safe(msr, value);
}

static bool write_msr(u32 msr, u64 value)
{
	/* Locked, and read-only (section 23.7, appendix A) */
	if (msr == MSR_IA32_FEATURE_CONTROL || is_vmx_capability(msr))
		return false;
	if (!wrmsr_safe(msr, value))
		return false;
	if (mtrr_is_msr(msr))
		nested_follow_mtrrs();
	return true;
}

void msr_exit(struct guest_regs *regs, bool write)
{
	u64 value = (regs->rdx << 32) | (u32)regs->rax;
	u32 msr = (u32)regs->rcx;
	bool ok;

	if (write)
		ok = write_msr(msr, value);
	else
		ok = read_msr(msr, &value);
	if (!ok) {
		vmm_log_guest(LOG_INFO, "guest's access to MSR %#x: #GP",
			      msr);
		inject_exception(VECTOR_GP, true, 0);
		return;
	}
	if (!write) {
		regs->rax = (u32)value;
		regs->rdx = value >> 32;
	}
	advance_rip();
}
