/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VM calls of a log reader, from kernel mode. Each survives that there is no
 * VMM, or none any more: the #UD is caught by the exception table.
 */
#ifndef LOGREADER_VMM_H
#define LOGREADER_VMM_H

#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/types.h>
#include <asm/asm.h>
#include <asm/processor.h>

#include "uapi/vmmcall_abi.h"

/*
 * Number 0 with VMCALL would mean something else to a KVM beneath an AMD guest that
 * replaces the instruction, so the wrong one is never tried.
 */
static inline bool vmm_speaks_vmmcall(void)
{
	return boot_cpu_data.x86_vendor == X86_VENDOR_AMD ||
	       boot_cpu_data.x86_vendor == X86_VENDOR_HYGON;
}

/**
 * vmm_call() - make one VM call
 * @number: function number
 * @rbx: first argument
 * @rcx: second argument
 * @result: what rax is afterwards
 *
 * Context: any CPU, interrupts on or off.
 * Return: 0, or -ENODEV if the instruction raised an exception: no VMM.
 */
static inline int vmm_call(u64 number, u64 rbx, u64 rcx, u64 *result)
{
	int err = -ENODEV;

	if (vmm_speaks_vmmcall())
		asm volatile("1: vmmcall\n\t"
			     "xorl %[err], %[err]\n"
			     "2:\n\t"
			     _ASM_EXTABLE(1b, 2b)
			     : [err] "+r" (err), "+a" (number), "+b" (rbx),
			       "+c" (rcx) : : "memory", "cc");
	else
		asm volatile("1: vmcall\n\t"
			     "xorl %[err], %[err]\n"
			     "2:\n\t"
			     _ASM_EXTABLE(1b, 2b)
			     : [err] "+r" (err), "+a" (number), "+b" (rbx),
			       "+c" (rcx) : : "memory", "cc");
	*result = number;
	return err;
}

/**
 * vmm_log_set_buf() - tell the VMM where its log shall go
 * @phys: guest-physical address of the buffer, 0 to detach
 * @size: its size, bytes
 *
 * A VMM leaves a CPU with an interrupt at the earliest, so with interrupts off the
 * number is that of the VMM that gets the call. A plain KVM answers
 * the look-up with a negative number.
 *
 * Return: 0, or -ENODEV if there is no VMM or it doesn't have the function.
 */
static inline int vmm_log_set_buf(phys_addr_t phys, u32 size)
{
	static const char name[] = VMMCALL_NAME_LOG_SET_BUF;
	unsigned long flags;
	u64 number;
	int err;

	local_irq_save(flags);
	err = vmm_call(VMMCALL_GET_FUNCTION, (unsigned long)name, 0, &number);
	if (!err && (s32)number <= 0)
		err = -ENODEV;
	if (!err)
		err = vmm_call((u32)number, phys, size, &number);
	local_irq_restore(flags);
	return err;
}

#endif /* LOGREADER_VMM_H */
