// SPDX-License-Identifier: GPL-2.0-only
/*
 * "undervisor_vouch": with dbgsh=root, the driver says which address space may use the
 * debug shell. In: rbx is the guest-physical address of the page table that CR3 has
 * there in user mode, or 0 for nobody. Out: rax is 1, or a negative error. Level 0 only,
 * and only from the driver's switch page.
 */
#include "services/dbgsh_session.h"
#include "services/driver_call.h"

#define DONE	1	/* 0 would be an unregistered number */

static s32 set(u64 table)
{
	if (boot_info.dbgsh_mode != UV_DBGSH_ROOT)
		return -EPERM;
	if (table & ~CR3_TABLE)
		return -EINVAL;
	dbgsh_vouch(table ? table : DBGSH_NOBODY);
	vmm_log(LOG_INFO, table ? "dbgsh: an address space is admitted" :
		"dbgsh: nobody is admitted any more");
	return DONE;
}

static void vouch(struct vmmcall *call)
{
	if (!driver_call_refuse(call, "vouch"))
		vmmcall_set_rax(call, set(vmmcall_rbx(call)));
}

VMMCALL_DEFINE(vouch, UV_CALL_VOUCH, vouch, VMMCALL_LEVEL_KERNEL);
