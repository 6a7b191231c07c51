// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers 1 to 63: a Linux that knew it ran in KVM before we came goes on making its
 * paravirtual calls, and KVM gets them with all registers as they were. It makes them
 * from 64-bit code at level 0, so nobody else can reach the hypervisor below us.
 *
 * KVM is the only one. The driver refuses to load where Linux calls another one: their
 * calls can't be told from ours, as their numbers aren't in eax (driver/refuse.c).
 *
 * Names are those of Linux's include/uapi/linux/kvm_para.h, meanings those of its
 * Documentation/virt/kvm/x86/hypercalls.rst.
 */
#include "core/addr.h"
#include "core/log.h"
#include "core/vmm_memory.h"
#include "hypercall/table.h"

#define KVM_HC_VAPIC_POLL_IRQ	1
#define KVM_HC_KICK_CPU		5
#define KVM_HC_CLOCK_PAIRING	9
#define KVM_HC_SEND_IPI		10
#define KVM_HC_SCHED_YIELD	11
#define KVM_HC_MAP_GPA_RANGE	12

#define KVM_EFAULT		14
#define KVM_ENOSYS		1000

#define CLOCK_PAIRING_BYTES	64	/* struct kvm_clock_pairing */

/* A range that wraps is all that lies behind its start: it is for KVM to refuse */
static bool pages_touch(u64 addr, u64 pages)
{
	u64 bytes = pages << UV_PAGE_SHIFT;

	if (bytes >> UV_PAGE_SHIFT != pages || addr + bytes < addr)
		bytes = ~addr;
	return vmm_memory_touches(addr, bytes);
}

/* Whether a call carries a physical address at which we are */
static bool touches_vmm(const struct guest_regs *regs)
{
	switch ((u32)regs->rax) {
	case KVM_HC_CLOCK_PAIRING:
		return vmm_memory_touches(regs->rbx, CLOCK_PAIRING_BYTES);
	case KVM_HC_MAP_GPA_RANGE:
		return pages_touch(regs->rbx, regs->rcx);
	default:
		return false;
	}
}

/*
 * All that KVM has. A number that it hasn't is answered here as KVM answers it: a later
 * one may carry an address that nobody here knows of.
 */
static bool kvm_has(u32 number)
{
	return number == KVM_HC_VAPIC_POLL_IRQ || number == KVM_HC_KICK_CPU ||
	       (number >= KVM_HC_CLOCK_PAIRING && number <= KVM_HC_MAP_GPA_RANGE);
}

static s64 kvm_call(struct vmmcall *call, bool is64)
{
	struct guest_regs *regs = call->regs;
	u32 number = (u32)regs->rax;

	if (!is64 || !kvm_has(number)) {
		vmm_log_guest(LOG_WARNING, "call %u to KVM: not one that is passed on",
			      number);
		return -KVM_ENOSYS;
	}
	if (touches_vmm(regs)) {
		vmm_log_protect(LOG_WARNING,
				"call %u to KVM at %#llx, memory of the VMM, rip %#llx",
				number, regs->rbx, backend_guest_rip(call->cpu));
		return -KVM_EFAULT;
	}
	if (!backend_outer_call(regs)) {
		vmm_log_guest(LOG_WARNING, "call %u to KVM: #UD", number);
		return -KVM_ENOSYS;
	}
	return (s64)regs->rax;
}

void vmmcall_outer(struct vmmcall *call, bool is64)
{
	s64 answer = 0;

	if (call->cpl == 0 && boot_info.flags & UV_BOOT_OUTER_KVM)
		answer = kvm_call(call, is64);
	vmmcall_set_rax(call, answer);
}
