/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The instructions and register bits that both vendors share. Names are those of
 * the Intel SDM vol. 3 ch. 2 and AMD APM vol. 2 ch. 3.
 */
#ifndef CORE_X86_H
#define CORE_X86_H

#include "core/types.h"
#include "core/extable.h"

#define CR0_PE			BIT_ULL(0)
#define CR0_NE			BIT_ULL(5)
#define CR0_WP			BIT_ULL(16)
#define CR0_NW			BIT_ULL(29)
#define CR0_CD			BIT_ULL(30)
#define CR0_PG			BIT_ULL(31)

#define CR4_PAE			BIT_ULL(5)
#define CR4_MCE			BIT_ULL(6)
#define CR4_PGE			BIT_ULL(7)
#define CR4_LA57		BIT_ULL(12)
#define CR4_VMXE		BIT_ULL(13)
#define CR4_PCIDE		BIT_ULL(17)
#define CR4_OSXSAVE		BIT_ULL(18)
#define CR4_SMEP		BIT_ULL(20)
#define CR4_SMAP		BIT_ULL(21)
#define CR4_PKE			BIT_ULL(22)
#define CR4_CET			BIT_ULL(23)

#define EFER_SCE		BIT_ULL(0)
#define EFER_LME		BIT_ULL(8)
#define EFER_LMA		BIT_ULL(10)
#define EFER_NXE		BIT_ULL(11)
#define EFER_SVME		BIT_ULL(12)

#define RFLAGS_FIXED		BIT_ULL(1)
#define RFLAGS_TF		BIT_ULL(8)
#define RFLAGS_IF		BIT_ULL(9)
#define RFLAGS_RF		BIT_ULL(16)

#define DR6_BS			BIT_ULL(14)
#define DEBUGCTL_BTF		BIT_ULL(1)

/* Events, injected or interrupted: SDM vol. 3 section 24.8.3, APM vol. 2 section 15.20 */
#define EVENT_VECTOR		0xffu
#define EVENT_TYPE_MASK		(7u << 8)
#define EVENT_TYPE_EXCEPTION	(3u << 8)
#define EVENT_ERROR_VALID	BIT(11)
#define EVENT_VALID		BIT(31)

#define MSR_EFER		0xc0000080
#define MSR_STAR		0xc0000081
#define MSR_LSTAR		0xc0000082
#define MSR_CSTAR		0xc0000083
#define MSR_SFMASK		0xc0000084
#define MSR_KERNEL_GS_BASE	0xc0000102
#define MSR_SPEC_CTRL		0x48
#define MSR_DEBUGCTL		0x1d9
#define MSR_PAT			0x277
#define MSR_S_CET		0x6a2
#define MSR_ISST_ADDR		0x6a8

#define VECTOR_DB		1
#define VECTOR_NMI		2
#define VECTOR_UD		6
#define VECTOR_DF		8
#define VECTOR_GP		13
#define VECTOR_PF		14
#define VECTOR_MC		18

/* The VMM's selectors are Linux's __KERNEL_CS and __KERNEL_DS: on the way out an
 * NMI can return into the switch page through Linux's GDT.
 */
#define SEL_CODE		0x10
#define SEL_DATA		0x18
#define SEL_TSS			0x20

struct pseudo_descriptor {
	u16 limit;
	u64 base;
} __packed;

#define DEFINE_CR(n)							\
static inline u64 read_cr##n(void)					\
{									\
	u64 value;							\
									\
	__asm__ __volatile__("mov %%cr" #n ", %0" : "=r"(value));	\
	return value;							\
}									\
									\
static inline void write_cr##n(u64 value)				\
{									\
	__asm__ __volatile__("mov %0, %%cr" #n : : "r"(value) : "memory"); \
}

DEFINE_CR(0)
DEFINE_CR(2)
DEFINE_CR(3)
DEFINE_CR(4)

static inline u64 read_cr8(void)
{
	u64 value;

	__asm__ __volatile__("mov %%cr8, %0" : "=r"(value));
	return value;
}

#define DEFINE_READ_DR(n)						\
static inline u64 read_dr##n(void)					\
{									\
	u64 value;							\
									\
	__asm__ __volatile__("mov %%dr" #n ", %0" : "=r"(value));	\
	return value;							\
}

DEFINE_READ_DR(0)
DEFINE_READ_DR(1)
DEFINE_READ_DR(2)
DEFINE_READ_DR(3)
DEFINE_READ_DR(6)
DEFINE_READ_DR(7)

/* Addresses of breakpoints: none of them means anything while DR7 has them off */
static inline void clear_breakpoints(void)
{
	__asm__ __volatile__("mov %0, %%dr0\n\t"
			     "mov %0, %%dr1\n\t"
			     "mov %0, %%dr2\n\t"
			     "mov %0, %%dr3" : : "r"(0ULL));
}

static inline void write_dr6(u64 value)
{
	__asm__ __volatile__("mov %0, %%dr6" : : "r"(value));
}

static inline void write_dr7(u64 value)
{
	__asm__ __volatile__("mov %0, %%dr7" : : "r"(value));
}

static inline u8 in8(u16 port)
{
	u8 value;

	__asm__ __volatile__("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static inline void out8(u16 port, u8 value)
{
	__asm__ __volatile__("outb %0, %1" : : "a"(value), "Nd"(port));
}

/**
 * triple_fault() - shut the CPU down
 *
 * An exception without an IDT is a shutdown (APM vol. 2 section 8.2.9, SDM vol. 3 section
 * 6.15 "double fault"), which the chipset may answer with a reset.
 */
static inline void __noreturn triple_fault(void)
{
	static const struct pseudo_descriptor none;

	__asm__ __volatile__("lidt %0\n\tud2" : : "m"(none));
	__builtin_unreachable();
}

static inline u64 rdmsr(u32 msr)
{
	u32 low, high;

	__asm__ __volatile__("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (u64)high << 32 | low;
}

static inline void wrmsr(u32 msr, u64 value)
{
	__asm__ __volatile__("wrmsr" : : "c"(msr), "a"((u32)value),
			     "d"((u32)(value >> 32)) : "memory");
}

/**
 * rdmsr_safe() - read an MSR that may not exist
 * Return: whether it does; a #GP in root mode ends at the fixup.
 */
static inline bool rdmsr_safe(u32 msr, u64 *value)
{
	u32 low = 0, high = 0, ok = 0;

	__asm__ __volatile__("1: rdmsr\n\t"
			     "movl $1, %2\n"
			     "2:\n"
			     EXTABLE("1b", "2b")
			     : "+a"(low), "+d"(high), "+r"(ok) : "c"(msr));
	*value = (u64)high << 32 | low;
	return ok;
}

/**
 * wrmsr_safe() - write an MSR that may not exist or refuse the value
 * Return: whether the write was taken.
 */
static inline bool wrmsr_safe(u32 msr, u64 value)
{
	u32 ok = 0;

	__asm__ __volatile__("1: wrmsr\n\t"
			     "movl $1, %0\n"
			     "2:\n"
			     EXTABLE("1b", "2b")
			     : "+r"(ok) : "c"(msr), "a"((u32)value),
			       "d"((u32)(value >> 32)) : "memory");
	return ok;
}

/* Needs CR4.PKE in root mode */
static inline u32 rdpkru(void)
{
	u32 pkru, high;

	__asm__ __volatile__("rdpkru" : "=a"(pkru), "=d"(high) : "c"(0));
	return pkru;
}

static inline void cpuid(u32 leaf, u32 subleaf, u32 out[4])
{
	__asm__ __volatile__("cpuid" : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]),
			     "=d"(out[3]) : "a"(leaf), "c"(subleaf));
}

#endif /* CORE_X86_H */
