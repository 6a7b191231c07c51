// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSRs. Only those exit by which the guest could see VMX, those that the bitmap
 * can't describe, and writes to the MTRRs, which the EPT's memory types follow, and to
 * those that could reach the VMM's memory (core/phys_msr.h).
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
#include "core/phys_msr.h"
#include "core/radix.h"
#include "core/x86.h"

/* The MSR bitmaps, section 24.6.9: read low, read high, write low, write high */
#define BITMAP_READ_LOW		0
#define BITMAP_WRITE_LOW	2048
#define BITMAP_WRITE_HIGH	3072

static u8 msr_bitmap[UV_PAGE_SIZE] __aligned(4096);

#define RTIT_CTL_TRACE_EN	BIT_ULL(0)
#define RTIT_CTL_TOPA		BIT_ULL(8)
#define RTIT_MASK		GENMASK_ULL(31, 7)
#define HW_FEEDBACK_VALID	BIT_ULL(0)

/*
 * Intel PT writes to physical addresses, past the EPT. Where is fixed while it traces: the
 * other MSRs take no write then (section 32.2.7.1). With a table of addresses (ToPA), which is
 * the guest's memory and may change at any time, there is nothing to compare.
 */
static void rtit_range(u64 value, u64 *start, u64 *size)
{
	u64 base = 0, mask = 0;

	rdmsr_safe(MSR_IA32_RTIT_OUTPUT_BASE, &base);
	rdmsr_safe(MSR_IA32_RTIT_OUTPUT_MASK, &mask);
	*size = (mask & RTIT_MASK) + 0x80;
	*start = base & ~(*size - 1);
	if (value & RTIT_CTL_TOPA) {
		*start = 0;
		*size = ~0ULL;
	}
}

/* CPUID.06H:EDX[11:8]: pages of the table, less one (section 14.6.4) */
static void hw_feedback_range(u64 value, u64 *start, u64 *size)
{
	u32 regs[4];

	cpuid(6, 0, regs);
	*start = value & PHYS_PAGE_52;
	*size = ((regs[3] >> 8 & 15) + 1) * UV_PAGE_SIZE;
}

#define NEVER(_name, _first, _last)					\
	{ .name = (_name), .first = (_first), .last = (_last),		\
	  .form = PHYS_NEVER }

/*
 * SDM vol. 4 table 2-2 and those of models. What may be written in SMM alone, or is the
 * firmware's and locked by it, is refused as a whole: Linux reads these at most.
 */
const struct phys_msr backend_phys_msrs[] = {
	/* Section 32.2.7.2 */
	{ .name = "IA32_RTIT_CTL", .first = MSR_IA32_RTIT_CTL, .form = PHYS_RANGE,
	  .enable = RTIT_CTL_TRACE_EN, .range = rtit_range },
	/* Section 14.6.4: the CPU writes to the table */
	{ .name = "IA32_HW_FEEDBACK_PTR", .first = MSR_IA32_HW_FEEDBACK_PTR,
	  .form = PHYS_RANGE, .enable = HW_FEEDBACK_VALID,
	  .range = hw_feedback_range },
	/* Sections 31.15.5, 31.4.2.1: SMM's own monitor, and SMM's memory */
	NEVER("IA32_SMM_MONITOR_CTL", 0x9b, 0),
	NEVER("IA32_SMBASE", 0x9e, 0),
	NEVER("IA32_SMRR_PHYSBASE, PHYSMASK", 0x1f2, 0x1f3),
	/* The enclaves' memory: accesses to it abort */
	NEVER("MSR_PRMRR_PHYS_BASE, PHYS_MASK", 0x1f4, 0x1f5),
	NEVER("MSR_PRMRR_BASE_n", 0x2a0, 0x2a7),
	NEVER("MSR_UNCORE_PRMRR_PHYS_BASE, PHYS_MASK", 0x2f4, 0x2f5),
	/* Encryption of all memory, and what is left out of it */
	NEVER("IA32_TME_ACTIVATE, EXCLUDE_MASK, EXCLUDE_BASE", 0x982, 0x984),
	/* TDX's module */
	NEVER("IA32_SEAMRR_BASE, MASK", 0x1400, 0x1401),
};

const u32 backend_nr_phys_msrs = ARRAY_SIZE(backend_phys_msrs);

static void intercept_read(u32 msr)
{
	msr_bitmap[BITMAP_READ_LOW + msr / 8] |= 1 << (msr % 8);
}

/* Those outside of the bitmap's ranges exit without a bit */
static void intercept_write(u32 msr)
{
	u32 base = msr >= 0xc0000000 ? BITMAP_WRITE_HIGH : BITMAP_WRITE_LOW;

	if (msr < 0x2000 || msr - 0xc0000000 < 0x2000)
		msr_bitmap[base + (msr & 0x1fff) / 8] |= 1 << (msr % 8);
}

void msr_init(void)
{
	const struct phys_msr *row;
	u32 i, msr;

	intercept_read(MSR_IA32_FEATURE_CONTROL);
	intercept_write(MSR_IA32_FEATURE_CONTROL);
	for (msr = MSR_IA32_VMX_BASIC; msr <= MSR_IA32_VMX_LAST; msr++) {
		intercept_read(msr);
		intercept_write(msr);
	}
	for (msr = 0; msr < 0x1000; msr++)
		if (mtrr_is_msr(msr))
			intercept_write(msr);
	for (i = 0; (row = phys_msr(i)); i++)
		for (msr = row->first; msr <= phys_msr_last(row); msr++)
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
	if (!phys_msr_write(msr, value))
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
