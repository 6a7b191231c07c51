// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSRs. Only those exit by which the guest could see or change SVM itself, writes to those
 * that could reach the VMM's memory (core/phys_msr.h), and those that the permission map
 * can't describe. EFER.SVME reads 1: to the guest, SVM is in
 * use by somebody else, which it is. kvm_amd stops there (an older one already at
 * VM_CR.SVMDIS); a 0 would let it go on to a write that can't be allowed
 * (Documentation/svm.md).
 */
#include "svm/svm.h"
#include "core/log.h"
#include "core/phys_msr.h"
#include "core/radix.h"
#include "core/x86.h"

/* The MSR permission map, section 15.11: 2 bits an MSR, read and write */
#define MSRPM_RANGE	2048		/* bytes for 8192 MSRs */

static u8 msrpm[MSRPM_BYTES] __aligned(4096);

#define MSRPM_READ	1
#define MSRPM_WRITE	2

/* SYSCFG: MtrrVarDramEn, MtrrTom2En, Tom2ForceMemTypeWB, and those that encrypt */
#define SYSCFG_ROUTES	GENMASK_ULL(26, 20)
#define SMM_TSEG_VALID	BIT_ULL(1)
#define IORR_VALID	BIT_ULL(11)
#define SMM_BYTES	0x10000
#define MMIO_CFG_ENABLE	BIT_ULL(0)

/* Bits 5:2: the number of buses, of 1 MiB each, as a power of two; aligned to the whole */
static void mmio_cfg_range(u64 value, u64 *start, u64 *size)
{
	*size = 1ULL << (20 + (value >> 2 & 15));
	*start = value & GENMASK_ULL(51, 20) & ~(*size - 1);
}

#define PAIR(_name, _first, _form, bits, valid, _other) {			\
	.name = (_name), .first = (_first), .form = (_form),			\
	.address = GENMASK_ULL(51, bits), .enable = (valid), .other = (_other) }

/*
 * Linux clears SYSCFG.MtrrFixDramModEn where the firmware left it set. That bit and the
 * RdMem and WrMem bits of the fixed-range MTRRs (section 7.9.1) route the first MiB, of
 * which Linux hands out nothing. The GHCB's address is looked at by software alone.
 */
const struct phys_msr backend_phys_msrs[] = {
	/* Section 3.2.1, and for the bits that encrypt 7.10.1 and 15.36.2 */
	{ .name = "SYSCFG", .first = MSR_SYSCFG, .form = PHYS_BITS,
	  .address = SYSCFG_ROUTES },
	/* Section 7.9.2: to memory or to devices, by range */
	PAIR("IORR_BASE0", MSR_IORR_BASE0, PHYS_PAIR_BASE, 12, IORR_VALID, MSR_IORR_MASK0),
	PAIR("IORR_MASK0", MSR_IORR_MASK0, PHYS_PAIR_MASK, 12, IORR_VALID, MSR_IORR_BASE0),
	PAIR("IORR_BASE1", MSR_IORR_BASE1, PHYS_PAIR_BASE, 12, IORR_VALID, MSR_IORR_MASK1),
	PAIR("IORR_MASK1", MSR_IORR_MASK1, PHYS_PAIR_MASK, 12, IORR_VALID, MSR_IORR_BASE1),
	/* Section 7.9.4: memory below them, and devices above */
	{ .name = "TOP_MEM", .first = MSR_TOP_MEM, .form = PHYS_BORDER,
	  .address = GENMASK_ULL(51, 23) },
	{ .name = "TOP_MEM2", .first = MSR_TOP_MEM2, .form = PHYS_BORDER,
	  .address = GENMASK_ULL(51, 23) },
	/* The PPRs of family 10h and later: the configuration space of PCI Express */
	{ .name = "MMIO_CFG_BASE", .first = MSR_MMIO_CFG_BASE, .form = PHYS_RANGE,
	  .enable = MMIO_CFG_ENABLE, .range = mmio_cfg_range },
	/* Section 10.2.3: where an SMI saves its state; 10.2.5: TSeg */
	{ .name = "SMM_BASE", .first = MSR_SMM_BASE, .form = PHYS_RANGE,
	  .address = GENMASK_ULL(31, 0), .size = SMM_BYTES },
	PAIR("SMM_ADDR", MSR_SMM_ADDR, PHYS_PAIR_BASE, 17, SMM_TSEG_VALID, MSR_SMM_MASK),
	PAIR("SMM_MASK", MSR_SMM_MASK, PHYS_PAIR_MASK, 17, SMM_TSEG_VALID, MSR_SMM_ADDR),
	/* Section 15.36.4: the firmware's, and locked where SNP is on; RMP_CFG since then */
	{ .name = "RMP_BASE", .first = MSR_RMP_BASE, .form = PHYS_NEVER },
	{ .name = "RMP_END", .first = MSR_RMP_END, .form = PHYS_NEVER },
	{ .name = "RMP_CFG", .first = MSR_RMP_CFG, .form = PHYS_NEVER },
};

const u32 backend_nr_phys_msrs = ARRAY_SIZE(backend_phys_msrs);

/* Those outside of the map's ranges exit without a bit */
static void intercept(u32 msr, u32 how)
{
	u32 index = msr & 0x1fff;
	u32 base;

	switch (msr & ~0x1fffu) {
	case 0:
		base = 0;
		break;
	case 0xc0000000:
		base = MSRPM_RANGE;
		break;
	case 0xc0010000:
		base = 2 * MSRPM_RANGE;
		break;
	default:
		return;
	}
	msrpm[base + index / 4] |= how << (index % 4 * 2);
}

void msr_init(void)
{
	const struct phys_msr *row;
	u32 i, msr;

	intercept(MSR_EFER, MSRPM_READ | MSRPM_WRITE);
	intercept(MSR_VM_CR, MSRPM_READ | MSRPM_WRITE);
	intercept(MSR_VM_HSAVE_PA, MSRPM_READ | MSRPM_WRITE);
	intercept(MSR_SVM_KEY, MSRPM_READ | MSRPM_WRITE);
	for (i = 0; (row = phys_msr(i)); i++)
		for (msr = row->first; msr <= phys_msr_last(row); msr++)
			intercept(msr, MSRPM_WRITE);
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
		return phys_msr_write(msr, value);
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
