/* SPDX-License-Identifier: GPL-2.0-only */
/* Moving the guest over an instruction that was carried out, for the fast exits. */
#ifndef VMX_RIP_H
#define VMX_RIP_H

#include "core/x86.h"
#include "vmx/vmx.h"

/* Whether the guest executes 64-bit code: else CS.L is just a bit of the descriptor */
static __always_inline bool is_64bit(void)
{
	return vmread(GUEST_CS_AR) & AR_L &&
	       likely(vmread(GUEST_EFER) & EFER_LMA);
}

/* advance_rip(), inlined, for the exits that have to be fast */
static __always_inline void advance_rip_inline(void)
{
	u64 rip = vmread(GUEST_RIP);
	u64 next = rip + vmread(EXIT_INSTRUCTION_LENGTH);
	u64 shadow = vmread(GUEST_INTERRUPTIBILITY);
	u64 rflags = vmread(GUEST_RFLAGS);

	if (unlikely((rip ^ next) >> 32) && !is_64bit())
		next = (u32)next;
	vmwrite(GUEST_RIP, next);
	if (unlikely(shadow & (BLOCKING_STI | BLOCKING_MOV_SS)))
		vmwrite(GUEST_INTERRUPTIBILITY,
			shadow & ~(u64)(BLOCKING_STI | BLOCKING_MOV_SS));
	if (unlikely(rflags & (RFLAGS_TF | RFLAGS_RF)))
		end_instruction(rflags);
}

#endif /* VMX_RIP_H */
