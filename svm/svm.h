/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the SVM backend share. */
#ifndef SVM_SVM_H
#define SVM_SVM_H

#include "core/backend.h"
#include "svm/hw.h"

/**
 * struct svm_cpu - the backend's part of struct cpu
 * @vmcb: this CPU's VMCB
 * @vmcb_pa: host-physical address of it, what VMRUN takes
 * @host_pa: host-physical address of the page where VMSAVE put the VMM's own state
 * @memo_cr3: key of the last instruction that was decoded: address space,
 * @memo_rip: linear address,
 * @memo_bytes: and where its bytes lie in the window
 */
struct svm_cpu {
	struct vmcb *vmcb;
	u64 vmcb_pa;
	u64 host_pa;
	u64 memo_cr3;
	u64 memo_rip;
	const u8 *memo_bytes;
};

static_assert(sizeof(struct svm_cpu) <= sizeof(((struct cpu *)0)->arch), "arch");

/* What backend_init() found out about the machine; the same on all CPUs */
struct svm_machine {
	u64 n_cr3;		/* host-physical address of the NPT's root */
	u64 msrpm_pa;
	bool nrips;
};

extern struct svm_machine svm_machine;

static inline struct svm_cpu *svm_cpu(struct cpu *cpu)
{
	return (struct svm_cpu *)cpu->arch;
}

/* exit_stub.S: run the guest for good, with the exits going to svm_exit() */
struct svm_run_args {
	u64 vmcb_pa;
	u64 host_pa;
};

void svm_run(const struct svm_run_args *args, const struct guest_regs *regs)
	__noreturn;

/* exit.c */
void svm_exit(struct guest_regs *regs);

/* nested.c: the NPT */
int nested_init(struct cpu *cpu);
void nested_fault(struct cpu *cpu, struct vmcb *vmcb);

/* msr.c */
void msr_init(void);
void msr_exit(struct cpu *cpu, struct vmcb *vmcb, struct guest_regs *regs);

/* inject.c: events for the guest, and moving it over an instruction */
void inject_exception(struct vmcb *vmcb, u32 vector, bool has_error, u32 error);
void advance_rip(struct vmcb *vmcb, u64 next);
u64 next_rip(struct cpu *cpu, struct vmcb *vmcb, u16 opcode, u32 opcode_len);

/* check.c */
const char *svm_check_vmcb(const struct vmcb *vmcb, u32 maxphyaddr,
			   u32 *index);

#endif /* SVM_SVM_H */
