/* SPDX-License-Identifier: GPL-2.0-only */
/* First bytes of the image: struct uv_image_header of core/boot.h */
	.section .header, "a"
	.quad	0x31305255444e55	/* magic: UV_BOOT_MAGIC */
	.long	3			/* version: UV_BOOT_VERSION */
	.long	VMM_VENDOR		/* vendor: enum uv_vendor, from the build */
	.quad	vmm_cpu_entry		/* entry */
	.quad	boot_info		/* boot_info */
	.quad	__rodata_end		/* rodata_end */
	.quad	__text_end		/* text_end */
	.quad	__image_end		/* image_end */

	.section .note.GNU-stack, "", @progbits
