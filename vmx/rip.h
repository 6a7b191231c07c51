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

#endif /* VMX_RIP_H */
