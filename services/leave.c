// SPDX-License-Identifier: GPL-2.0-only
/*
 * "undervisor_leave": the driver takes a CPU back to bare metal. Level 0 only, and
 * only from the driver's switch page, which alone has the way out mapped at the same
 * address in both address spaces. From anywhere else: -EPERM, and a line in the log;
 * -EINVAL, and a line, if bare metal would not take the guest's state; -EAGAIN, and a
 * line, if CPUs leave together only and some have not come (core/gather.h).
 */
#include "core/gather.h"
#include "services/driver_call.h"

#define LEFT	1	/* rax on bare metal; 0 would be an unregistered number */

/* Nothing can be logged when it was good */
static bool may_leave(void)
{
	if (!gather_locked()) {
		vmm_log(LOG_INFO, "leaves");
		return true;
	}
	if (gather())
		return true;
	vmm_log_protect(LOG_WARNING, "can't leave: locked, and not all CPUs have come");
	return false;
}

static void leave(struct vmmcall *call)
{
	const char *broken;

	if (driver_call_refuse(call, "leave"))
		return;
	broken = backend_check_return(call->cpu);
	if (broken) {
		vmm_log_guest(LOG_ERROR, "can't leave: %s", broken);
		vmmcall_set_rax(call, -EINVAL);
		return;
	}
	if (!may_leave()) {
		vmmcall_set_rax(call, -EAGAIN);
		return;
	}
	vmmcall_set_rax(call, LEFT);
	backend_return(call->cpu, call->regs, backend_guest_rip(call->cpu));
}

VMMCALL_DEFINE(leave, UV_CALL_LEAVE, leave, VMMCALL_LEVEL_KERNEL);
