/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMM images, as they came from the linker: constants, text, data. */
	.section .rodata, "a"
	.balign	8
	.globl	uv_image_svm, uv_image_svm_end
uv_image_svm:
	.incbin	"vmm-svm.bin"
uv_image_svm_end:

	.balign	8
	.globl	uv_image_vmx, uv_image_vmx_end
uv_image_vmx:
	.incbin	"vmm-vmx.bin"
uv_image_vmx_end:

	.section .note.GNU-stack, "", @progbits
