/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMM's own GDT, IDT and TSS. */
#ifndef CORE_DESCRIPTORS_H
#define CORE_DESCRIPTORS_H

#include "core/types.h"

struct cpu;

/**
 * struct cpu_descriptors - a CPU's GDT and TSS, part of its block
 * @gdt: null, unused, code, data, TSS (two entries)
 * @tss: only the IST entries matter: root mode never changes its level
 */
struct cpu_descriptors {
	u64 gdt[6];
	u32 tss[26] __aligned(8);
};

/**
 * descriptors_init() - fill the IDT that all CPUs share; once
 */
void descriptors_init(void);

/**
 * descriptors_load() - give this CPU the VMM's GDT, IDT and segments, but not TR
 * Context: Linux's have been saved. An exception finds a gate without IST: Linux's
 * TSS is still in TR.
 */
void descriptors_load(struct cpu *cpu);

/**
 * descriptors_load_tr() - TR, and the IDT whose gates have stacks of their own
 *
 * For a backend that loads TR itself; a VM exit of VMX does it by descriptors_idt()
 * and the address of the TSS.
 */
void descriptors_load_tr(void);

/**
 * descriptors_idt() - address of the IDT whose gates need TR
 */
u64 descriptors_idt(void);

/**
 * descriptors_load_last_idt() - the IDT for the way to a reset
 *
 * NMIs are ignored; any other exception is a triple fault, and so a reset as well.
 */
void descriptors_load_last_idt(void);

/* core/fault_stubs.S: an entry a vector, 16 bytes each; and one for descriptors_load_last_idt() */
extern const char fault_entries[];
extern const char ignore_nmi[];

/* CS, SS, DS and ES from the GDT just loaded: core/entry.S */
void load_segments(void);

/**
 * debug_puts() - raw text for a defect of the VMM, without any lock
 *
 * To the debug port 0xe9 that emulators offer; nothing happens elsewhere.
 */
void debug_puts(const char *text);

#endif /* CORE_DESCRIPTORS_H */
