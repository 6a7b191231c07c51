// SPDX-License-Identifier: GPL-2.0-only
/* The VMM's own GDT, IDT and TSS. See core/descriptors.h. */
#include "core/descriptors.h"
#include "core/backend.h"
#include "core/gather.h"
#include "core/x86.h"

#define NR_VECTORS	32
#define FAULT_ENTRY_SIZE 16	/* as core/fault_stubs.S aligns them */

/* Descriptors of APM vol. 2 section 4.8 */
#define GDT_CODE64	0x00af9b000000ffffULL
#define GDT_DATA	0x00cf93000000ffffULL
#define GDT_TSS_FLAGS	(0x89ULL << 40)		/* present, available 64-bit TSS */
#define IDT_GATE	(0x8eULL << 40)		/* present, interrupt gate, DPL 0 */

/*
 * IST numbers: a double fault needs a stack it can trust, NMIs and machine checks one
 * on which they overwrite nothing. All three lie in one page: the handlers
 * of the latter two use a few words.
 */
#define IST_FATAL	1
#define IST_MC		2
#define IST_NMI		3
#define IST_MC_TOP	0x400
#define IST_NMI_TOP	0x200

struct idt_gate {
	u64 low;
	u64 high;
};

/* For the time before TR is the VMM's, and after */
static struct idt_gate early_idt[NR_VECTORS] __aligned(64) __kept_by_wipe;
static struct idt_gate idt[NR_VECTORS] __aligned(64) __kept_by_wipe;

static u32 gate_ist(u32 vector)
{
	switch (vector) {
	case VECTOR_DF: return IST_FATAL;
	case VECTOR_MC: return IST_MC;
	case VECTOR_NMI: return IST_NMI;
	default: return 0;
	}
}

static void set_gate(struct idt_gate *gate, u64 entry)
{
	gate->low = (entry & 0xffff) | (u64)SEL_CODE << 16 | IDT_GATE |
		    (entry >> 16 & 0xffff) << 48;
	gate->high = entry >> 32;
}

void descriptors_init(void)
{
	u32 vector;

	for (vector = 0; vector < NR_VECTORS; vector++) {
		u64 entry = (u64)backend_fault_entry(vector);

		if (!entry)
			entry = (u64)fault_entries + vector * FAULT_ENTRY_SIZE;
		set_gate(&early_idt[vector], entry);
		idt[vector] = early_idt[vector];
		idt[vector].low |= (u64)gate_ist(vector) << 32;
	}
}

static void set_ist(struct cpu_descriptors *d, u32 ist, u64 top)
{
	/* IST1 lies at offset 0x24 of the 64-bit TSS: not aligned to 8 */
	d->tss[7 + 2 * ist] = (u32)top;
	d->tss[8 + 2 * ist] = (u32)(top >> 32);
}

static void fill_tss(struct cpu_descriptors *d, u64 ist_page)
{
	set_ist(d, IST_FATAL, ist_page + UV_PAGE_SIZE);
	set_ist(d, IST_MC, ist_page + IST_MC_TOP);
	set_ist(d, IST_NMI, ist_page + IST_NMI_TOP);
	d->tss[25] = sizeof(d->tss) << 16;	/* no I/O permission map */
}

void descriptors_load(struct cpu *cpu)
{
	struct cpu_descriptors *d = &cpu->descriptors;
	u64 base = (u64)d->tss;
	struct pseudo_descriptor gdtr = {
		.limit = sizeof(d->gdt) - 1, .base = (u64)d->gdt,
	};
	struct pseudo_descriptor idtr = {
		.limit = sizeof(early_idt) - 1, .base = (u64)early_idt,
	};

	fill_tss(d, (u64)cpu + UV_CPU_IST_SLOT_PAGE * UV_PAGE_SIZE);
	d->gdt[SEL_CODE / 8] = GDT_CODE64;
	d->gdt[SEL_DATA / 8] = GDT_DATA;
	d->gdt[SEL_TSS / 8] = (sizeof(d->tss) - 1) | (base & 0xffffff) << 16 |
			      GDT_TSS_FLAGS | (base >> 24 & 0xff) << 56;
	d->gdt[SEL_TSS / 8 + 1] = base >> 32;

	__asm__ __volatile__("lgdt %0" : : "m"(gdtr));
	load_segments();
	__asm__ __volatile__("lidt %0" : : "m"(idtr));
}

void descriptors_load_tr(void)
{
	struct pseudo_descriptor idtr = {
		.limit = sizeof(idt) - 1, .base = descriptors_idt(),
	};

	__asm__ __volatile__("ltr %w0" : : "r"(SEL_TSS));
	__asm__ __volatile__("lidt %0" : : "m"(idtr));
}

void descriptors_load_last_idt(void)
{
	/* Filled by each CPU that comes here, with the same */
	static struct idt_gate last_idt[VECTOR_NMI + 1] __aligned(64);
	u64 entry = (u64)ignore_nmi;
	struct pseudo_descriptor idtr = {
		.limit = sizeof(last_idt) - 1, .base = (u64)last_idt,
	};

	set_gate(&last_idt[VECTOR_NMI], entry);
	__asm__ __volatile__("lidt %0" : : "m"(idtr));
}

u64 descriptors_idt(void)
{
	return (u64)idt;
}

void debug_puts(const char *text)
{
	while (*text) {
		__asm__ __volatile__("outb %b0, %w1" : : "a"(*text), "Nd"(0xe9));
		text++;
	}
}
