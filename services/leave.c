// SPDX-License-Identifier: GPL-2.0-only
/*
 * "undervisor_leave": the driver takes a CPU back to bare metal. Level 0 only, and
 * only from the driver's switch page, which alone has the way out mapped at the same
 * address in both address spaces. From anywhere else: -EPERM, and a line in the log.
 */
#include "core/log.h"
#include "hypercall/vmmcall.h"

#define LEFT	1	/* rax on bare metal; 0 would be an unregistered number */

static void leave(struct vmmcall *call)
{
	u64 rip = backend_guest_rip(call->cpu);
	u64 offset = rip - boot_info.switch_va;

	if (offset <= boot_info.switch_call_start ||
	    offset > boot_info.switch_call_end) {
		vmm_log_guest(LOG_WARNING, "leave refused at rip %#llx", rip);
		vmmcall_set_rax(call, -EPERM);
		return;
	}
	vmm_log(LOG_INFO, "leaves");
	vmmcall_set_rax(call, LEFT);
	backend_return(call->cpu, call->regs, rip);
}

VMMCALL_DEFINE(leave, UV_CALL_LEAVE, leave, VMMCALL_LEVEL_KERNEL);
