/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bridge: a page of the CPU's block that the VMM also maps at Linux's address, for
 * a CPU whose vendor has no way to hold NMIs back while it goes from one address
 * space into the other (Intel). Its IDT, GDT and stack are good in both: an NMI or a
 * machine check that comes in between is counted here, and handed to Linux
 * afterwards (driver/switch_vmx.S, vmx/enter.c).
 */
#ifndef CORE_BRIDGE_H
#define CORE_BRIDGE_H

/* Offsets in the page, for assembly */
#define UV_BRIDGE_NMIS		0x000	/* NMIs caught */
#define UV_BRIDGE_MCES		0x004	/* machine checks caught */
#define UV_BRIDGE_GDTR		0x016	/* pseudo-descriptors, +6: the base is */
#define UV_BRIDGE_IDTR		0x026	/* aligned then */
#define UV_BRIDGE_COPY_GDTR	0x036
#define UV_BRIDGE_GDT		0x040
#define UV_BRIDGE_COPY		0x060	/* copy of Linux's GDT, for LTR */
#define UV_BRIDGE_COPY_SIZE	0x100
#define UV_BRIDGE_IDT		0x160
#define UV_BRIDGE_STACK_TOP	0x1000	/* down to 0x290 */

#ifndef __ASSEMBLY__

#include "core/types.h"

#define UV_BRIDGE_VECTORS	19	/* up to the machine check's */

/* struct uv_bridge - the page */
struct uv_bridge {
	u32 nmis;
	u32 mces;
	u64 reserved;
	u8 gdtr[16];
	u8 idtr[16];
	u8 copy_gdtr[16];
	u64 gdt[4];
	u8 copy[UV_BRIDGE_COPY_SIZE];
	u64 idt[2 * UV_BRIDGE_VECTORS];
};

#define UV_BRIDGE_CHECK(off, field)					\
	static_assert((off) == offsetof(struct uv_bridge, field), #field)

UV_BRIDGE_CHECK(UV_BRIDGE_NMIS, nmis);
UV_BRIDGE_CHECK(UV_BRIDGE_MCES, mces);
UV_BRIDGE_CHECK(UV_BRIDGE_GDTR - 6, gdtr);
UV_BRIDGE_CHECK(UV_BRIDGE_IDTR - 6, idtr);
UV_BRIDGE_CHECK(UV_BRIDGE_COPY_GDTR - 6, copy_gdtr);
UV_BRIDGE_CHECK(UV_BRIDGE_GDT, gdt);
UV_BRIDGE_CHECK(UV_BRIDGE_COPY, copy);
UV_BRIDGE_CHECK(UV_BRIDGE_IDT, idt);

#endif /* __ASSEMBLY__ */

#endif /* CORE_BRIDGE_H */
