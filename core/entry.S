/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a CPU comes out of the switch page (driver/switch.S): in the VMM's page
 * tables, on its own stack, with Linux's GDT, IDT and TR still loaded and every
 * interrupt, NMI and machine check held back (SVM: GIF is 0).
 */
	.text
	.globl	vmm_cpu_entry
	.type	vmm_cpu_entry, @function
vmm_cpu_entry:
	endbr64				/* Linux may have IBT on */
	cld
	xorl	%ebp, %ebp		/* end of any stack trace */
	call	vmm_cpu_main		/* the stack pointer finds the CPU */
	ud2				/* it does not return */
	.size	vmm_cpu_entry, . - vmm_cpu_entry

/*
 * void switch_to_linux(u64 cr3, u64 leave_va, u64 frame_linux_va)
 *
 * Into the VMM's copy of the switch page, which knows the rest of the way. The
 * registers are those that uv_switch_leave expects.
 */
	.globl	switch_to_linux
	.type	switch_to_linux, @function
switch_to_linux:
	movq	%rdi, %rax		/* rax: Linux's CR3 */
	movq	%rdx, %rdi		/* rdi: the frame, as Linux maps it */
	jmp	*%rsi
	.size	switch_to_linux, . - switch_to_linux

/*
 * void load_segments(void)
 *
 * CS, SS, DS, ES from the GDT that was just loaded. FS and GS are left alone: a
 * load would zero their bases, and the VMM uses neither.
 */
	.globl	load_segments
	.type	load_segments, @function
load_segments:
	movl	$0x18, %eax		/* SEL_DATA */
	movl	%eax, %ss
	movl	%eax, %ds
	movl	%eax, %es
	popq	%rax			/* return address */
	pushq	$0x10			/* SEL_CODE */
	pushq	%rax
	lretq				/* a far return loads CS */
	.size	load_segments, . - load_segments

	.section .note.GNU-stack, "", @progbits
