// SPDX-License-Identifier: GPL-2.0-only
/*
 * "undervisor_lock": from now on no CPU leaves alone, until the machine starts anew. Out:
 * rax is 1, or a negative error. Level 0 only, and only from the driver's switch page.
 */
#include "core/gather.h"
#include "services/driver_call.h"

#define DONE	1	/* 0 would be an unregistered number */

static void lock(struct vmmcall *call)
{
	if (driver_call_refuse(call, "lock"))
		return;
	gather_lock();
	vmm_log(LOG_INFO, "locked: CPUs leave together only");
	vmmcall_set_rax(call, DONE);
}

VMMCALL_DEFINE(lock, UV_CALL_LOCK, lock, VMMCALL_LEVEL_KERNEL);
