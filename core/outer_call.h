/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM call to the hypervisor beneath us, for the backends. */
#ifndef CORE_OUTER_CALL_H
#define CORE_OUTER_CALL_H

#include "core/extable.h"
#include "core/guest_state.h"

/* The last byte of the instruction, behind 0F 01 */
#define OUTER_VMCALL	0xc1
#define OUTER_VMMCALL	0xd9

/**
 * outer_call() - pass a VM call on
 * @regs: the guest's general registers; rax is the answer's
 * @opcode: OUTER_VMCALL or OUTER_VMMCALL, a constant
 *
 * A hypervisor beneath us that does not know the instruction answers with #UD; the
 * guest finds 0, as for any number that is not registered.
 *
 * Return: whether it answered; @regs is as it was if not.
 */
static __always_inline bool outer_call(struct guest_regs *regs, u8 opcode)
{
	u64 rax = regs->rax;
	u32 ok = 0;

	__asm__ __volatile__("1: .byte 0x0f, 0x01, %c2\n\t"
			     "movl $1, %1\n"
			     "2:\n"
			     EXTABLE("1b", "2b")
			     : "+a"(rax), "+r"(ok)
			     : "i"(opcode), "b"(regs->rbx), "c"(regs->rcx),
			       "d"(regs->rdx), "S"(regs->rsi) : "memory");
	if (ok)
		regs->rax = rax;
	return ok;
}

#endif /* CORE_OUTER_CALL_H */
