/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD SVM as the hardware has it: AMD APM vol. 2 chapter 15 and appendix B. Names
 * are the manual's.
 */
#ifndef SVM_HW_H
#define SVM_HW_H

#include "core/types.h"

#define MSR_SYSCFG		0xc0010010
#define MSR_IORR_BASE0		0xc0010016
#define MSR_IORR_MASK0		0xc0010017
#define MSR_IORR_BASE1		0xc0010018
#define MSR_IORR_MASK1		0xc0010019
#define MSR_TOP_MEM		0xc001001a
#define MSR_TOP_MEM2		0xc001001d
#define MSR_MMIO_CFG_BASE	0xc0010058
#define MSR_SMM_BASE		0xc0010111
#define MSR_SMM_ADDR		0xc0010112
#define MSR_SMM_MASK		0xc0010113
#define MSR_VM_CR		0xc0010114
#define MSR_VM_HSAVE_PA		0xc0010117
#define MSR_SVM_KEY		0xc0010118
#define MSR_RMP_BASE		0xc0010132
#define MSR_RMP_END		0xc0010133
#define MSR_RMP_CFG		0xc0010136

#define VM_CR_LOCK		BIT_ULL(3)
#define VM_CR_SVMDIS		BIT_ULL(4)

/* The MSR permission map, section 15.11 */
#define MSRPM_BYTES		8192

/* CPUID Fn8000_000A EDX */
#define SVM_FEATURE_NP		BIT(0)
#define SVM_FEATURE_NRIPS	BIT(3)
#define SVM_FEATURE_FLUSH_BY_ASID BIT(6)
#define SVM_FEATURE_SPEC_CTRL	BIT(20)

/* Intercepts, offset 00Ch of the VMCB */
#define INTERCEPT1_INVD		BIT(22)
#define INTERCEPT1_INVLPGA	BIT(26)
#define INTERCEPT1_MSR_PROT	BIT(28)
#define INTERCEPT1_SHUTDOWN	BIT(31)
/* offset 010h */
#define INTERCEPT2_VMRUN	BIT(0)
#define INTERCEPT2_VMMCALL	BIT(1)
#define INTERCEPT2_VMLOAD	BIT(2)
#define INTERCEPT2_VMSAVE	BIT(3)
#define INTERCEPT2_STGI		BIT(4)
#define INTERCEPT2_CLGI		BIT(5)
#define INTERCEPT2_SKINIT	BIT(6)

/* Exit codes, appendix C. The 64-bit field of VMEXIT_INVALID reads 0xffffffff in
 * some emulators and -1 on silicon: the low 32 bits are compared.
 */
#define VMEXIT_INVD		0x76
#define VMEXIT_INVLPGA		0x7a
#define VMEXIT_MSR		0x7c
#define VMEXIT_SHUTDOWN		0x7f
#define VMEXIT_VMRUN		0x80
#define VMEXIT_VMMCALL		0x81
#define VMEXIT_VMLOAD		0x82
#define VMEXIT_VMSAVE		0x83
#define VMEXIT_STGI		0x84
#define VMEXIT_CLGI		0x85
#define VMEXIT_SKINIT		0x86
#define VMEXIT_NPF		0x400
#define VMEXIT_INVALID		0xffffffffu

/* TLB_CONTROL, section 15.16.1 */
#define TLB_CONTROL_NONE	0
#define TLB_CONTROL_FLUSH_ALL	1

/* EXITINFO1 of a nested page fault, section 15.25.6 */
#define NPF_PRESENT		BIT_ULL(0)
#define NPF_WRITE		BIT_ULL(1)
#define NPF_FETCH		BIT_ULL(4)

#define NP_ENABLE		BIT_ULL(0)

struct vmcb_seg {
	u16 selector;
	u16 attrib;		/* descriptor bits 55:52 and 47:40 */
	u32 limit;
	u64 base;
};

#define SEG_ATTRIB_L		BIT(9)
#define SEG_ATTRIB_DB		BIT(10)

/* struct vmcb - appendix B, tables B-1 (control) and B-2 (state save) */
struct vmcb {
	u32 intercept_cr;		/* 000 */
	u32 intercept_dr;
	u32 intercept_exceptions;
	u32 intercept1;			/* 00c */
	u32 intercept2;			/* 010 */
	u32 intercept3;
	u8 reserved018[0x3c - 0x18];
	u16 pause_filter_threshold;	/* 03c */
	u16 pause_filter_count;
	u64 iopm_base_pa;		/* 040 */
	u64 msrpm_base_pa;
	u64 tsc_offset;
	u32 guest_asid;			/* 058 */
	u32 tlb_control;
	u64 v_intr;			/* 060 */
	u64 interrupt_shadow;
	u64 exitcode;			/* 070 */
	u64 exitinfo1;
	u64 exitinfo2;
	u64 exitintinfo;		/* 088 */
	u64 np_enable;			/* 090 */
	u64 avic_apic_bar;
	u64 ghcb_pa;
	u64 eventinj;			/* 0a8 */
	u64 n_cr3;
	u64 lbr_virtualization;
	u64 clean;			/* 0c0 */
	u64 nrip;
	u8 instruction_length;		/* 0d0 */
	u8 instruction_bytes[15];
	u64 avic_apic_backing_page;	/* 0e0 */
	u64 reserved0e8;
	u64 avic_logical_table;		/* 0f0 */
	u64 avic_physical_table;
	u64 reserved100;
	u64 vmsa_pa;			/* 108 */
	u8 reserved110[0x400 - 0x110];

	struct vmcb_seg es, cs, ss, ds;	/* 400 */
	struct vmcb_seg fs, gs, gdtr, ldtr, idtr, tr;
	u8 reserved4a0[0x4cb - 0x4a0];
	u8 cpl;				/* 4cb */
	u32 reserved4cc;
	u64 efer;			/* 4d0 */
	u8 reserved4d8[0x548 - 0x4d8];
	u64 cr4;			/* 548 */
	u64 cr3;
	u64 cr0;
	u64 dr7;			/* 560 */
	u64 dr6;
	u64 rflags;
	u64 rip;
	u8 reserved580[0x5d8 - 0x580];
	u64 rsp;			/* 5d8 */
	u64 s_cet, ssp, isst_addr;
	u64 rax;			/* 5f8 */
	u64 star, lstar, cstar, sfmask, kernel_gs_base;
	u64 sysenter_cs, sysenter_esp, sysenter_eip;
	u64 cr2;			/* 640 */
	u8 reserved648[0x668 - 0x648];
	u64 g_pat;			/* 668 */
	u64 dbgctl;
	u64 br_from, br_to, lastexcpfrom, lastexcpto;
	u8 reserved698[0x6e0 - 0x698];
	u64 spec_ctrl;			/* 6e0 */
	u8 reserved6e8[0x1000 - 0x6e8];
};

static_assert(offsetof(struct vmcb, iopm_base_pa) == 0x40, "VMCB");
static_assert(offsetof(struct vmcb, guest_asid) == 0x58, "VMCB");
static_assert(offsetof(struct vmcb, exitcode) == 0x70, "VMCB");
static_assert(offsetof(struct vmcb, eventinj) == 0xa8, "VMCB");
static_assert(offsetof(struct vmcb, nrip) == 0xc8, "VMCB");
static_assert(offsetof(struct vmcb, vmsa_pa) == 0x108, "VMCB");
static_assert(offsetof(struct vmcb, es) == 0x400, "VMCB");
static_assert(offsetof(struct vmcb, tr) == 0x490, "VMCB");
static_assert(offsetof(struct vmcb, cpl) == 0x4cb, "VMCB");
static_assert(offsetof(struct vmcb, efer) == 0x4d0, "VMCB");
static_assert(offsetof(struct vmcb, cr4) == 0x548, "VMCB");
static_assert(offsetof(struct vmcb, rip) == 0x578, "VMCB");
static_assert(offsetof(struct vmcb, rsp) == 0x5d8, "VMCB");
static_assert(offsetof(struct vmcb, rax) == 0x5f8, "VMCB");
static_assert(offsetof(struct vmcb, cr2) == 0x640, "VMCB");
static_assert(offsetof(struct vmcb, g_pat) == 0x668, "VMCB");
static_assert(offsetof(struct vmcb, spec_ctrl) == 0x6e0, "VMCB");
static_assert(sizeof(struct vmcb) == 0x1000, "VMCB");

static inline void stgi(void)
{
	__asm__ __volatile__("stgi" : : : "memory");
}

static inline void vmsave(u64 vmcb_pa)
{
	__asm__ __volatile__("vmsave %%rax" : : "a"(vmcb_pa) : "memory");
}

static inline void vmload(u64 vmcb_pa)
{
	__asm__ __volatile__("vmload %%rax" : : "a"(vmcb_pa) : "memory");
}

#endif /* SVM_HW_H */
