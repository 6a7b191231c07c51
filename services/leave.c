// SPDX-License-Identifier: GPL-2.0-only
/*
 * "undervisor_leave": the driver takes a CPU back to bare metal. Level 0 only, and
 * only from the driver's switch page, which alone has the way out mapped at the same
 * address in both address spaces. From anywhere else: -EPERM, and a line in the log;
 * -EINVAL, and a line, if bare metal would not take the guest's state.
 */
#include "core/log.h"
#include "hypercall/vmmcall.h"

#define LEFT	1	/* rax on bare metal; 0 would be an unregistered number */

static void leave(struct vmmcall *call)
{
	u64 rip = backend_guest_rip(call->cpu);
	u64 offset = rip - boot_info.switch_va;
	const char *broken;

	if (offset <= boot_info.switch_call_start ||
	    offset > boot_info.switch_call_end) {
		vmm_log_guest(LOG_WARNING, "leave refused at rip %#llx", rip);
		vmmcall_set_rax(call, -EPERM);
		return;
	}
	broken = backend_check_return(call->cpu);
	if (broken) {
		vmm_log_guest(LOG_ERROR, "can't leave: %s", broken);
		vmmcall_set_rax(call, -EINVAL);
		return;
	}
	vmm_log(LOG_INFO, "leaves");
	vmmcall_set_rax(call, LEFT);
	backend_return(call->cpu, call->regs, rip);
}

VMMCALL_DEFINE(leave, UV_CALL_LEAVE, leave, VMMCALL_LEVEL_KERNEL);
