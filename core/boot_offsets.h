/* SPDX-License-Identifier: GPL-2.0-only */
/* Offsets in struct uv_switch_frame (core/boot.h), for the switch page's assembly. */
#ifndef CORE_BOOT_OFFSETS_H
#define CORE_BOOT_OFFSETS_H

#define UV_FRAME_VMM_CR3	0x08
#define UV_FRAME_VMM_RSP	0x10
#define UV_FRAME_VMM_ENTRY	0x18
#define UV_FRAME_RSP		0x20
#define UV_FRAME_RIP		0x28
#define UV_FRAME_RFLAGS		0x30
#define UV_FRAME_CR0		0x38
#define UV_FRAME_CR3		0x40
#define UV_FRAME_CR4		0x48
#define UV_FRAME_EFER		0x50
#define UV_FRAME_GDTR		0x66	/* +6: the base is aligned then */
#define UV_FRAME_IDTR		0x76
#define UV_FRAME_CS		0x80
#define UV_FRAME_SS		0x82
#define UV_FRAME_DS		0x84
#define UV_FRAME_ES		0x86
#define UV_FRAME_OUT_GPR	0xb0

#endif /* CORE_BOOT_OFFSETS_H */
