// SPDX-License-Identifier: GPL-2.0-only
/* The VMM's reasons for not taking a CPU, in words. */
#include "driver/driver.h"

static const char * const reason_text[] = {
	[UV_REASON_NONE] = "no reason given",
	[UV_REASON_BAD_BOOT_INFO] = "the driver's description of the machine is inconsistent",
	[UV_REASON_NO_POOL] = "too little memory for page tables",
	[UV_REASON_VM_ENTRY_INVALID] = "VM entry failed: invalid guest state",
	[UV_REASON_GUEST_STATE] = "Linux's state does not satisfy VM entry, rule",
	[UV_REASON_REGISTRATION] = "a VM call could not be registered, entry",
	[UV_REASON_CONTROL] = "an instruction of the CPU, or VMX itself, lacks its control",
	[UV_REASON_VMXON] = "VMXON failed",
};

/* A constant of the image, by its VMM address */
static const char *vmm_text(u64 va)
{
	u64 offset = va - UV_IMAGE_BASE;

	return va && offset < uv.shared_size ? uv.shared + offset : "";
}

/**
 * uv_report_reason() - say why a CPU did not get in
 * @cpu: its number
 * @error: negative errno
 * @frame: its frame, with the VMM's reason
 */
void uv_report_reason(unsigned int cpu, int error,
		      const struct uv_switch_frame *frame)
{
	const char *text = "unknown reason";

	if (frame->reason < ARRAY_SIZE(reason_text))
		text = reason_text[frame->reason];
	pr_err("cpu%u: refused: %s (%llu%s%s), error %d\n", cpu, text,
	       frame->detail, frame->reason_text ? ": " : "",
	       vmm_text(frame->reason_text), error);
}
