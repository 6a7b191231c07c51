/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest of kvm-peer.c, in real mode, at GUEST_CODE: fills GUEST_SAMPLES with the
 * TSC's differences over an instruction, or over none, and halts. KVM preserves all
 * registers but eax over a hypercall; CPUID changes ecx, so bp counts.
 */
#include "kvm-guest.h"

	.section .rodata

.macro define_guest name bytes:vararg
	.globl	guest_\name, guest_\name\()_end
guest_\name:
	.code16
	movw	$SAMPLES, %bp
	movw	$GUEST_SAMPLES, %di
1:	rdtsc
	movl	%eax, %esi
	movl	$FREE_NUMBER, %eax
	.byte	\bytes
	rdtsc
	subl	%esi, %eax
	movl	%eax, (%di)
	addw	$4, %di
	decw	%bp
	jnz	1b
	hlt
	.code64
guest_\name\()_end:
.endm

define_guest empty	0x90
define_guest vmcall	0x0f, 0x01, 0xc1
define_guest vmmcall	0x0f, 0x01, 0xd9
define_guest cpuid	0x0f, 0xa2

	.section .note.GNU-stack, "", @progbits
