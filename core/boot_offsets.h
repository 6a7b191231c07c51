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
#define UV_FRAME_FS		0x88
#define UV_FRAME_GS		0x8a
#define UV_FRAME_LDTR		0x8c
#define UV_FRAME_TR		0x8e
#define UV_FRAME_OUT_GPR	0xb0
#define UV_FRAME_OUT_IRET	0x128
#define UV_FRAME_VMCS_PA	0x158
#define UV_FRAME_DR7		0x160
#define UV_FRAME_DEBUGCTL	0x168
#define UV_FRAME_FS_BASE	0x170
#define UV_FRAME_GS_BASE	0x178
#define UV_FRAME_KERNEL_GS_BASE	0x180

/* From the frame to the bridge page of the same block (core/bridge.h) */
#define UV_FRAME_TO_BRIDGE	0x4000

#endif /* CORE_BOOT_OFFSETS_H */
