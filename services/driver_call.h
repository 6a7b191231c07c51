/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that the driver alone may make. */
#ifndef SERVICES_DRIVER_CALL_H
#define SERVICES_DRIVER_CALL_H

#include "core/log.h"
#include "hypercall/vmmcall.h"

/**
 * driver_call_refuse() - whether a call doesn't come from the driver's switch page
 * @call: a call at level 0
 * @what: for the log's line
 *
 * Return: true if so; rax is -EPERM then, and the log has a line.
 */
static inline bool driver_call_refuse(struct vmmcall *call, const char *what)
{
	u64 rip = backend_guest_rip(call->cpu);
	u64 offset = rip - boot_info.switch_va;

	if (offset > boot_info.switch_call_start &&
	    offset <= boot_info.switch_call_end)
		return false;
	vmm_log_protect(LOG_WARNING, "%s refused: not the driver's call", what);
	vmmcall_set_rax(call, -EPERM);
	return true;
}

#endif /* SERVICES_DRIVER_CALL_H */
