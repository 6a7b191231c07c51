// SPDX-License-Identifier: GPL-2.0-only
/*
 * "log_write": a line of the guest kernel's own in the VMM's log, a mark among the
 * VMM's lines. In: rbx is the virtual address of the text, ecx its length in bytes.
 * Out: rax is 0, or 1 if the length is 0 or above VMMLOG_WRITE_MAX or the text can't be
 * read. A last newline isn't part of the line, and what follows a NUL isn't either.
 *
 * No rate limit: who may call may read all of the log anyway, and a call does
 * no more work than any other line.
 */
#include "core/log.h"
#include "hypercall/vmmcall.h"

static bool read_text(struct vmmcall *call, char *text, u32 len)
{
	u64 addr = vmmcall_rbx(call);
	struct guest_mmu mmu;

	/* 32-bit code has nothing above 4 GiB */
	if (!len || len > VMMLOG_WRITE_MAX || len - 1 > call->mask - addr)
		return false;
	vmmcall_mmu(call, &mmu);
	return !guest_read(&mmu, text, gva(addr), len);
}

static void log_write(struct vmmcall *call)
{
	u32 len = (u32)vmmcall_rcx(call);
	char text[VMMLOG_WRITE_MAX];

	if (!read_text(call, text, len)) {
		vmmcall_set_rax(call, 1);
		return;
	}
	if (!text[len - 1])
		len--;
	if (len && text[len - 1] == '\n')
		len--;
	vmm_log(LOG_INFO, "guest: %.*s", (int)len, text);
	vmmcall_set_rax(call, 0);
}

VMMCALL_DEFINE(log_write, VMMCALL_NAME_LOG_WRITE, log_write,
	       VMMCALL_LEVEL_KERNEL);
