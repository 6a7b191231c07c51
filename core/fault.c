// SPDX-License-Identifier: GPL-2.0-only
/* Faults in root mode. See core/fault.h. */
#include "core/fault.h"
#include "core/descriptors.h"
#include "core/last_words.h"
#include "core/log.h"
#include "core/reset.h"
#include "core/x86.h"

void vmm_panic(const char *reason, u64 a, u64 b)
{
	char line[160];

	vmm_snprintf(line, sizeof(line), "panic: %s: %#llx %#llx", reason, a, b);
	last_words(line);
	vmm_reset();
}

void vmm_guest_shutdown(u64 rip)
{
	char line[80];

	vmm_snprintf(line, sizeof(line), "guest shut down: reset, rip %#llx", rip);
	last_words(line);
	vmm_reset();
}

/*
 * The log is no help when the fault is in the log's own code or under its lock,
 * so the raw facts go out first by the way that needs no lock.
 */
static void report_fault(const struct fault_frame *frame)
{
	char text[96];

	vmm_snprintf(text, sizeof(text),
		     "vmm fault %llu error %#llx rip %#llx cr2 %#llx\n",
		     frame->vector, frame->error_code, frame->rip, read_cr2());
	debug_puts(text);
}

void vmm_fault(struct fault_frame *frame)
{
	u64 fixup = 0;

	if (frame->vector == VECTOR_GP || frame->vector == VECTOR_PF ||
	    frame->vector == VECTOR_UD)
		fixup = extable_find(frame->rip);
	if (fixup) {
		frame->rip = fixup;
		return;
	}
	if (frame->vector == VECTOR_DB) {
		/*
		 * No debug event of the guest's should get here: an exit clears TF and
		 * DR7. Bochs 2.7 leaves a single step over VMMCALL pending, and what
		 * can be survived without harm is not worth the machine.
		 */
		vmm_log_guest(LOG_WARNING, "#DB in root mode at %#llx: ignored",
			      frame->rip);
		return;
	}
	report_fault(frame);
	vmm_panic("fault in root mode", frame->vector, frame->rip);
}
