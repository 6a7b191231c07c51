// SPDX-License-Identifier: GPL-2.0-only
/*
 * "log_set_buf": gives the VMM's log to the guest's kernel. In: rbx is the
 * guest-physical address of a buffer, ecx its size in bytes; an address or a size
 * of 0 detaches. Out: nothing. A refused buffer leaves the former one attached,
 * and the line that says so goes there.
 */
#include "core/log.h"
#include "hypercall/vmmcall.h"

static void log_set_buf(struct vmmcall *call)
{
	u64 addr = vmmcall_rbx(call);
	u32 size = (u32)vmmcall_rcx(call);
	int ret;

	if (!addr || !size) {
		log_detach();
		return;
	}
	ret = log_attach(gpa(addr), size);
	if (ret)
		vmm_log_guest(LOG_WARNING,
			      "log_set_buf: buffer of %u bytes at %#llx refused: %s",
			      size, addr, ret == -EINVAL ?
			      "size or alignment" : "not RAM of the guest");
}

VMMCALL_DEFINE(log_set_buf, VMMCALL_NAME_LOG_SET_BUF, log_set_buf,
	       VMMCALL_LEVEL_KERNEL);
