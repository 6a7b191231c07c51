// SPDX-License-Identifier: GPL-2.0-only
/* The VMM's own GDT, IDT and TSS. See core/descriptors.h. */
#include "core/descriptors.h"
#include "core/cpu.h"
#include "core/x86.h"

#define NR_VECTORS	32
#define FAULT_ENTRY_SIZE 16	/* as core/fault_stubs.S aligns them */

/* Descriptors of APM vol. 2 section 4.8 */
#define GDT_CODE64	0x00af9b000000ffffULL
#define GDT_DATA	0x00cf93000000ffffULL
#define GDT_TSS_FLAGS	(0x89ULL << 40)		/* present, available 64-bit TSS */
#define IDT_GATE	(0x8eULL << 40)		/* present, interrupt gate, DPL 0 */

/* IST numbers: a double fault or machine check needs a stack it can trust */
#define IST_FATAL	1

struct idt_gate {
	u64 low;
	u64 high;
};

static struct idt_gate idt[NR_VECTORS] __aligned(64);

static u32 gate_ist(u32 vector)
{
	if (vector == VECTOR_DF || vector == VECTOR_MC || vector == VECTOR_NMI)
		return IST_FATAL;
	return 0;
}

void descriptors_init(void)
{
	u32 vector;

	for (vector = 0; vector < NR_VECTORS; vector++) {
		u64 entry = (u64)fault_entries + vector * FAULT_ENTRY_SIZE;

		idt[vector].low = (entry & 0xffff) | (u64)SEL_CODE << 16 |
				  (u64)gate_ist(vector) << 32 | IDT_GATE |
				  (entry >> 16 & 0xffff) << 48;
		idt[vector].high = entry >> 32;
	}
}

static void fill_tss(struct cpu_descriptors *d, u64 ist_top)
{
	/* IST1 lies at offset 0x24 of the 64-bit TSS: not aligned to 8 */
	d->tss[9] = (u32)ist_top;
	d->tss[10] = (u32)(ist_top >> 32);
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
		.limit = sizeof(idt) - 1, .base = (u64)idt,
	};

	fill_tss(d, (u64)cpu + (UV_CPU_IST_SLOT_PAGE + 1) * UV_PAGE_SIZE);
	d->gdt[SEL_CODE / 8] = GDT_CODE64;
	d->gdt[SEL_DATA / 8] = GDT_DATA;
	d->gdt[SEL_TSS / 8] = (sizeof(d->tss) - 1) | (base & 0xffffff) << 16 |
			      GDT_TSS_FLAGS | (base >> 24 & 0xff) << 56;
	d->gdt[SEL_TSS / 8 + 1] = base >> 32;

	__asm__ __volatile__("lgdt %0" : : "m"(gdtr));
	load_segments();
	__asm__ __volatile__("ltr %w0" : : "r"(SEL_TSS));
	__asm__ __volatile__("lidt %0" : : "m"(idtr));
}

void debug_puts(const char *text)
{
	while (*text) {
		__asm__ __volatile__("outb %b0, %w1" : : "a"(*text), "Nd"(0xe9));
		text++;
	}
}
