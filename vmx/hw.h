/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intel VMX as the hardware has it: Intel SDM vol. 3 chapters 24 to 28 and
 * appendices A to C. Names are the manual's.
 */
#ifndef VMX_HW_H
#define VMX_HW_H

#include "core/types.h"
#include "core/extable.h"

#define MSR_IA32_APIC_BASE		0x1b
#define MSR_IA32_FEATURE_CONTROL	0x3a
#define MSR_IA32_BIOS_SIGN_ID		0x8b
#define MSR_IA32_SYSENTER_CS		0x174
#define MSR_IA32_SYSENTER_ESP		0x175
#define MSR_IA32_SYSENTER_EIP		0x176
#define MSR_IA32_PERF_GLOBAL_CTRL	0x38f
#define MSR_IA32_VMX_BASIC		0x480
#define MSR_IA32_VMX_PINBASED_CTLS	0x481
#define MSR_IA32_VMX_PROCBASED_CTLS	0x482
#define MSR_IA32_VMX_EXIT_CTLS		0x483
#define MSR_IA32_VMX_ENTRY_CTLS		0x484
#define MSR_IA32_VMX_MISC		0x485
#define MSR_IA32_VMX_CR0_FIXED0		0x486
#define MSR_IA32_VMX_CR0_FIXED1		0x487
#define MSR_IA32_VMX_CR4_FIXED0		0x488
#define MSR_IA32_VMX_CR4_FIXED1		0x489
#define MSR_IA32_VMX_PROCBASED_CTLS2	0x48b
#define MSR_IA32_VMX_EPT_VPID_CAP	0x48c
#define MSR_IA32_VMX_TRUE_PINBASED_CTLS	0x48d
#define MSR_IA32_VMX_TRUE_PROCBASED_CTLS 0x48e
#define MSR_IA32_VMX_TRUE_EXIT_CTLS	0x48f
#define MSR_IA32_VMX_TRUE_ENTRY_CTLS	0x490
#define MSR_IA32_VMX_PROCBASED_CTLS3	0x492
#define MSR_IA32_VMX_LAST		0x493
#define MSR_IA32_RTIT_OUTPUT_BASE	0x560
#define MSR_IA32_RTIT_OUTPUT_MASK	0x561
#define MSR_IA32_RTIT_CTL		0x570
#define MSR_IA32_HW_FEEDBACK_PTR	0x17d0
#define MSR_FS_BASE			0xc0000100
#define MSR_GS_BASE			0xc0000101

/* IA32_FEATURE_CONTROL, section 23.7 */
#define FEATURE_CONTROL_LOCK		BIT_ULL(0)
#define FEATURE_CONTROL_VMX_SMX		(GENMASK_ULL(2, 1) | GENMASK_ULL(15, 8))

/* IA32_XSS: the MSRs of Intel PT are part of what XRSTORS loads (vol. 1 section 13.5.6) */
#define XSS_PT				BIT_ULL(8)

/* IA32_VMX_BASIC, appendix A.1 */
#define VMX_BASIC_REVISION		GENMASK_ULL(30, 0)
#define VMX_BASIC_TRUE_CTLS		BIT_ULL(55)

/* IA32_VMX_MISC, appendix A.6 */
#define VMX_MISC_WAIT_FOR_SIPI		BIT_ULL(8)

/* IA32_VMX_EPT_VPID_CAP, appendix A.10 */
#define EPT_CAP_WALK_4			BIT_ULL(6)
#define EPT_CAP_WB			BIT_ULL(14)
#define EPT_CAP_2M			BIT_ULL(16)
#define EPT_CAP_1G			BIT_ULL(17)
#define EPT_CAP_INVEPT			BIT_ULL(20)
#define EPT_CAP_INVEPT_ALL		BIT_ULL(26)
#define EPT_CAP_INVVPID			BIT_ULL(32)
#define EPT_CAP_INVVPID_ALL		BIT_ULL(42)

/* Pin-based VM-execution controls, section 24.6.1 */
#define PIN_EXTERNAL_INTERRUPT		BIT(0)
#define PIN_NMI				BIT(3)
#define PIN_VIRTUAL_NMIS		BIT(5)
#define PIN_PREEMPTION_TIMER		BIT(6)
#define PIN_POSTED_INTERRUPTS		BIT(7)

/* Primary processor-based VM-execution controls, section 24.6.2 */
#define PROC_INTERRUPT_WINDOW		BIT(2)
#define PROC_TPR_SHADOW			BIT(21)
#define PROC_NMI_WINDOW			BIT(22)
#define PROC_IO_BITMAPS			BIT(25)
#define PROC_TERTIARY			BIT(17)
#define PROC_MSR_BITMAPS		BIT(28)
#define PROC_SECONDARY			BIT(31)

/* Secondary processor-based VM-execution controls, section 24.6.2 */
#define PROC2_APIC_ACCESSES		BIT(0)
#define PROC2_EPT			BIT(1)
#define PROC2_RDTSCP			BIT(3)
#define PROC2_X2APIC			BIT(4)
#define PROC2_VPID			BIT(5)
#define PROC2_UNRESTRICTED		BIT(7)
#define PROC2_APIC_REGISTERS		BIT(8)
#define PROC2_INTERRUPT_DELIVERY	BIT(9)
#define PROC2_INVPCID			BIT(12)
#define PROC2_VM_FUNCTIONS		BIT(13)
#define PROC2_VMCS_SHADOWING		BIT(14)
#define PROC2_PML			BIT(17)
#define PROC2_XSAVES			BIT(20)
#define PROC2_USER_WAIT			BIT(26)
#define PROC2_PCONFIG			BIT(27)

/* Tertiary processor-based VM-execution controls, section 24.6.2 */
#define PROC3_MSR_LIST			BIT_ULL(6)

/* VM-exit controls, section 24.7.1 */
#define EXIT_SAVE_DEBUG			BIT(2)
#define EXIT_HOST_64			BIT(9)
#define EXIT_LOAD_PERF_GLOBAL		BIT(12)
#define EXIT_ACK_INTERRUPT		BIT(15)
#define EXIT_SAVE_PAT			BIT(18)
#define EXIT_LOAD_PAT			BIT(19)
#define EXIT_SAVE_EFER			BIT(20)
#define EXIT_LOAD_EFER			BIT(21)

/* VM-entry controls, section 24.8.1 */
#define ENTRY_LOAD_DEBUG		BIT(2)
#define ENTRY_IA32E			BIT(9)
#define ENTRY_SMM			BIT(10)
#define ENTRY_NO_DUAL_MONITOR		BIT(11)
#define ENTRY_LOAD_PERF_GLOBAL		BIT(13)
#define ENTRY_LOAD_PAT			BIT(14)
#define ENTRY_LOAD_EFER			BIT(15)

/* Basic exit reasons, appendix C */
#define EXIT_EXCEPTION_NMI		0
#define EXIT_TRIPLE_FAULT		2
#define EXIT_INIT			3
#define EXIT_SIPI			4
#define EXIT_NMI_WINDOW			8
#define EXIT_TASK_SWITCH		9
#define EXIT_CPUID			10
#define EXIT_GETSEC			11
#define EXIT_INVD			13
#define EXIT_VMCALL			18
#define EXIT_VMCLEAR			19
#define EXIT_VMLAUNCH			20
#define EXIT_VMPTRLD			21
#define EXIT_VMPTRST			22
#define EXIT_VMREAD			23
#define EXIT_VMRESUME			24
#define EXIT_VMWRITE			25
#define EXIT_VMXOFF			26
#define EXIT_VMXON			27
#define EXIT_CR_ACCESS			28
#define EXIT_RDMSR			31
#define EXIT_WRMSR			32
#define EXIT_GUEST_STATE		33
#define EXIT_MSR_LOADING		34
#define EXIT_MACHINE_CHECK_ENTRY	41
#define EXIT_EPT_VIOLATION		48
#define EXIT_EPT_MISCONFIG		49
#define EXIT_INVEPT			50
#define EXIT_INVVPID			53
#define EXIT_XSETBV			55
#define EXIT_XSAVES			63
#define EXIT_XRSTORS			64
#define EXIT_SEAMCALL			76
#define EXIT_TDCALL			77
#define EXIT_RDMSRLIST			78
#define EXIT_WRMSRLIST			79

/* Event fields, sections 24.8.3 and 24.9.2: what SVM doesn't have alike (core/x86.h) */
#define EVENT_TYPE_NMI			(2u << 8)
#define EVENT_TYPE_SOFT_INTERRUPT	(4u << 8)
#define EVENT_TYPE_PRIVILEGED		(5u << 8)
#define EVENT_TYPE_SOFT_EXCEPTION	(6u << 8)
#define EVENT_NMI_UNBLOCKING		BIT(12)

/* Guest interruptibility state and pending debug exceptions, section 24.4.2 */
#define BLOCKING_STI			BIT(0)
#define BLOCKING_MOV_SS			BIT(1)
#define BLOCKING_SMI			BIT(2)
#define BLOCKING_NMI			BIT(3)
#define PENDING_DBG_ENABLED_BP		BIT_ULL(12)
#define PENDING_DBG_BS			BIT_ULL(14)

#define ACTIVITY_ACTIVE			0
#define ACTIVITY_HLT			1
#define ACTIVITY_SHUTDOWN		2
#define ACTIVITY_WAIT_FOR_SIPI		3

/* Segment access rights, section 24.4.1 */
#define AR_TYPE				0xf
#define AR_S				BIT(4)
#define AR_DPL(ar)			((ar) >> 5 & 3)
#define AR_P				BIT(7)
#define AR_L				BIT(13)
#define AR_DB				BIT(14)
#define AR_G				BIT(15)
#define AR_UNUSABLE			BIT(16)

/* Exit qualification of an EPT violation, section 27.2.1 */
#define EPT_VIOLATION_WRITE		BIT_ULL(1)
#define EPT_VIOLATION_FETCH		BIT_ULL(2)

/* EPT entries and pointer, sections 28.3.2 and 24.6.11 */
#define EPT_R				BIT_ULL(0)
#define EPT_W				BIT_ULL(1)
#define EPT_X				BIT_ULL(2)
#define EPT_TYPE_SHIFT			3
#define EPTP_WALK_4			(3ULL << 3)

/*
 * The VMCS fields that we use, appendix B. VMX_FIELDS(F) gives F(name, encoding)
 * for each that set-up writes, in the manual's groups; struct vmcs_image has them
 * in this order.
 */
#define VMX_FIELDS(F)							\
	/* 16-bit control and guest-state fields */			\
	F(VPID, 0x0000)							\
	F(GUEST_ES_SELECTOR, 0x0800)					\
	F(GUEST_CS_SELECTOR, 0x0802)					\
	F(GUEST_SS_SELECTOR, 0x0804)					\
	F(GUEST_DS_SELECTOR, 0x0806)					\
	F(GUEST_FS_SELECTOR, 0x0808)					\
	F(GUEST_GS_SELECTOR, 0x080a)					\
	F(GUEST_LDTR_SELECTOR, 0x080c)					\
	F(GUEST_TR_SELECTOR, 0x080e)					\
	/* 16-bit host-state fields */					\
	F(HOST_ES_SELECTOR, 0x0c00)					\
	F(HOST_CS_SELECTOR, 0x0c02)					\
	F(HOST_SS_SELECTOR, 0x0c04)					\
	F(HOST_DS_SELECTOR, 0x0c06)					\
	F(HOST_FS_SELECTOR, 0x0c08)					\
	F(HOST_GS_SELECTOR, 0x0c0a)					\
	F(HOST_TR_SELECTOR, 0x0c0c)					\
	/* 64-bit control fields */					\
	F(MSR_BITMAPS, 0x2004)						\
	F(VM_EXIT_MSR_STORE_ADDR, 0x2006)				\
	F(VM_EXIT_MSR_LOAD_ADDR, 0x2008)				\
	F(VM_ENTRY_MSR_LOAD_ADDR, 0x200a)				\
	F(TSC_OFFSET, 0x2010)						\
	F(EPT_POINTER, 0x201a)						\
	/* 64-bit guest-state fields */					\
	F(VMCS_LINK_POINTER, 0x2800)					\
	F(GUEST_DEBUGCTL, 0x2802)					\
	F(GUEST_PAT, 0x2804)						\
	F(GUEST_EFER, 0x2806)						\
	/* 64-bit host-state fields */					\
	F(HOST_PAT, 0x2c00)						\
	F(HOST_EFER, 0x2c02)						\
	/* 32-bit control fields */					\
	F(PIN_CONTROLS, 0x4000)						\
	F(PROC_CONTROLS, 0x4002)					\
	F(EXCEPTION_BITMAP, 0x4004)					\
	F(PAGE_FAULT_MASK, 0x4006)					\
	F(PAGE_FAULT_MATCH, 0x4008)					\
	F(CR3_TARGET_COUNT, 0x400a)					\
	F(EXIT_CONTROLS, 0x400c)					\
	F(VM_EXIT_MSR_STORE_COUNT, 0x400e)				\
	F(VM_EXIT_MSR_LOAD_COUNT, 0x4010)				\
	F(ENTRY_CONTROLS, 0x4012)					\
	F(VM_ENTRY_MSR_LOAD_COUNT, 0x4014)				\
	F(ENTRY_INTERRUPTION_INFO, 0x4016)				\
	F(ENTRY_ERROR_CODE, 0x4018)					\
	F(ENTRY_INSTRUCTION_LENGTH, 0x401a)				\
	F(PROC2_CONTROLS, 0x401e)					\
	/* 32-bit guest-state fields */					\
	F(GUEST_ES_LIMIT, 0x4800)					\
	F(GUEST_CS_LIMIT, 0x4802)					\
	F(GUEST_SS_LIMIT, 0x4804)					\
	F(GUEST_DS_LIMIT, 0x4806)					\
	F(GUEST_FS_LIMIT, 0x4808)					\
	F(GUEST_GS_LIMIT, 0x480a)					\
	F(GUEST_LDTR_LIMIT, 0x480c)					\
	F(GUEST_TR_LIMIT, 0x480e)					\
	F(GUEST_GDTR_LIMIT, 0x4810)					\
	F(GUEST_IDTR_LIMIT, 0x4812)					\
	F(GUEST_ES_AR, 0x4814)						\
	F(GUEST_CS_AR, 0x4816)						\
	F(GUEST_SS_AR, 0x4818)						\
	F(GUEST_DS_AR, 0x481a)						\
	F(GUEST_FS_AR, 0x481c)						\
	F(GUEST_GS_AR, 0x481e)						\
	F(GUEST_LDTR_AR, 0x4820)					\
	F(GUEST_TR_AR, 0x4822)						\
	F(GUEST_INTERRUPTIBILITY, 0x4824)				\
	F(GUEST_ACTIVITY, 0x4826)					\
	F(GUEST_SYSENTER_CS, 0x482a)					\
	/* 32-bit host-state field */					\
	F(HOST_SYSENTER_CS, 0x4c00)					\
	/* natural-width control fields */				\
	F(CR0_MASK, 0x6000)						\
	F(CR4_MASK, 0x6002)						\
	F(CR0_READ_SHADOW, 0x6004)					\
	F(CR4_READ_SHADOW, 0x6006)					\
	/* natural-width guest-state fields */				\
	F(GUEST_CR0, 0x6800)						\
	F(GUEST_CR3, 0x6802)						\
	F(GUEST_CR4, 0x6804)						\
	F(GUEST_ES_BASE, 0x6806)					\
	F(GUEST_CS_BASE, 0x6808)					\
	F(GUEST_SS_BASE, 0x680a)					\
	F(GUEST_DS_BASE, 0x680c)					\
	F(GUEST_FS_BASE, 0x680e)					\
	F(GUEST_GS_BASE, 0x6810)					\
	F(GUEST_LDTR_BASE, 0x6812)					\
	F(GUEST_TR_BASE, 0x6814)					\
	F(GUEST_GDTR_BASE, 0x6816)					\
	F(GUEST_IDTR_BASE, 0x6818)					\
	F(GUEST_DR7, 0x681a)						\
	F(GUEST_RSP, 0x681c)						\
	F(GUEST_RIP, 0x681e)						\
	F(GUEST_RFLAGS, 0x6820)						\
	F(GUEST_PENDING_DBG, 0x6822)					\
	F(GUEST_SYSENTER_ESP, 0x6824)					\
	F(GUEST_SYSENTER_EIP, 0x6826)					\
	/* natural-width host-state fields */				\
	F(HOST_CR0, 0x6c00)						\
	F(HOST_CR3, 0x6c02)						\
	F(HOST_CR4, 0x6c04)						\
	F(HOST_FS_BASE, 0x6c06)						\
	F(HOST_GS_BASE, 0x6c08)						\
	F(HOST_TR_BASE, 0x6c0a)						\
	F(HOST_GDTR_BASE, 0x6c0c)					\
	F(HOST_IDTR_BASE, 0x6c0e)					\
	F(HOST_SYSENTER_ESP, 0x6c10)					\
	F(HOST_SYSENTER_EIP, 0x6c12)					\
	F(HOST_RSP, 0x6c14)						\
	F(HOST_RIP, 0x6c16)

/* Fields that exist on some CPUs only, or that only exits write */
#define XSS_EXITING_BITMAP		0x202c
#define PROC3_CONTROLS			0x2034
#define PCONFIG_EXITING_BITMAP		0x203e
#define GUEST_PHYSICAL_ADDRESS		0x2400
#define GUEST_PDPTE0			0x280a
#define VM_INSTRUCTION_ERROR		0x4400
#define EXIT_REASON			0x4402
#define IDT_VECTORING_INFO		0x4408
#define IDT_VECTORING_ERROR		0x440a
#define EXIT_INTERRUPTION_INFO		0x4404
#define EXIT_INSTRUCTION_LENGTH		0x440c
#define EXIT_QUALIFICATION		0x6400

#define VMX_FIELD_ENCODING(name, encoding)	name = (encoding),
enum vmcs_field {
	VMX_FIELDS(VMX_FIELD_ENCODING)
};

#define VMX_FIELD_INDEX(name, encoding)	INDEX_##name,
enum vmcs_index {
	VMX_FIELDS(VMX_FIELD_INDEX)
	VMCS_NR_FIELDS
};

/**
 * struct vmcs_image - what is to be in a VMCS, before it is written
 * @value: by enum vmcs_index
 * @proc3: the tertiary controls, a field that not every CPU has
 */
struct vmcs_image {
	u64 value[VMCS_NR_FIELDS];
	u64 proc3;
};

/* A field of an image, to read or assign: VMCS(image, GUEST_RIP) */
#define VMCS(image, name)	((image)->value[INDEX_##name])

static __always_inline u64 vmread(u32 field)
{
	u64 value;

	__asm__ __volatile__("vmread %1, %0" : "=rm"(value) : "r"((u64)field)
			     : "cc");
	return value;
}

/* Return: whether the CPU has the field; @value is left alone if not */
static inline bool vmread_checked(u32 field, u64 *value)
{
	u64 loaded = 0;
	bool ok;

	__asm__ __volatile__("vmread %2, %0\n\tseta %1"
			     : "=r"(loaded), "=qm"(ok) : "r"((u64)field)
			     : "cc");
	if (ok)
		*value = loaded;
	return ok;
}

static __always_inline void vmwrite(u32 field, u64 value)
{
	__asm__ __volatile__("vmwrite %1, %0" : : "r"((u64)field), "rm"(value)
			     : "cc", "memory");
}

/* Return: whether the CPU has the field */
static inline bool vmwrite_checked(u32 field, u64 value)
{
	bool ok;

	__asm__ __volatile__("vmwrite %2, %1\n\tseta %0"
			     : "=qm"(ok) : "r"((u64)field), "r"(value)
			     : "cc", "memory");
	return ok;
}

/* VMXON faults when firmware or another user stands in the way */
static inline bool vmxon(u64 region_pa)
{
	bool ok = false;

	__asm__ __volatile__("1: vmxon %1\n\t"
			     "seta %0\n"
			     "2:\n"
			     EXTABLE("1b", "2b")
			     : "+q"(ok) : "m"(region_pa) : "cc", "memory");
	return ok;
}

static inline void vmxoff(void)
{
	__asm__ __volatile__("vmxoff" : : : "cc", "memory");
}

static inline bool vmclear(u64 vmcs_pa)
{
	bool ok;

	__asm__ __volatile__("vmclear %1\n\tseta %0"
			     : "=qm"(ok) : "m"(vmcs_pa) : "cc", "memory");
	return ok;
}

static inline bool vmptrld(u64 vmcs_pa)
{
	bool ok;

	__asm__ __volatile__("vmptrld %1\n\tseta %0"
			     : "=qm"(ok) : "m"(vmcs_pa) : "cc", "memory");
	return ok;
}

#define INV_ALL_CONTEXTS	2	/* INVEPT and INVVPID, section 30.3 */

static inline void invept_all(void)
{
	const u64 descriptor[2] = { 0, 0 };

	__asm__ __volatile__("invept %0, %1"
			     : : "m"(descriptor), "r"((u64)INV_ALL_CONTEXTS)
			     : "cc", "memory");
}

static inline void invvpid_all(void)
{
	const u64 descriptor[2] = { 0, 0 };

	__asm__ __volatile__("invvpid %0, %1"
			     : : "m"(descriptor), "r"((u64)INV_ALL_CONTEXTS)
			     : "cc", "memory");
}

#endif /* VMX_HW_H */
