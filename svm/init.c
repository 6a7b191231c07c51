// SPDX-License-Identifier: GPL-2.0-only
/* What the SVM backend sets up once for all CPUs. */
#include "svm/svm.h"
#include "core/log.h"
#include "core/x86.h"

const char backend_name[] = "svm";

struct svm_machine svm_machine;

/* GIF is 0 in root mode: nothing comes in that Linux could want */
const char *backend_fault_entry(u32 vector)
{
	(void)vector;
	return NULL;
}

int backend_init(struct cpu *cpu)
{
	u32 regs[4];
	int err;

	cpuid(0x8000000a, 0, regs);
	svm_machine.nrips = regs[3] & SVM_FEATURE_NRIPS;
	svm_machine.spec_ctrl = regs[3] & SVM_FEATURE_SPEC_CTRL;
	err = nested_init(cpu);
	if (err)
		return err;
	msr_init();
	return 0;
}
