/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the SVM backend share. */
#ifndef SVM_SVM_H
#define SVM_SVM_H

#include "core/backend.h"
#include "core/x86.h"
#include "svm/hw.h"

/**
 * struct svm_cpu - the backend's part of struct cpu
 * @vmcb: this CPU's VMCB
 * @vmcb_pa: host-physical address of it, what VMRUN takes
 * @host_pa: host-physical address of the page where VMSAVE put the VMM's own state
 * @spec_ctrl_moved: the guest's SPEC_CTRL is in the VMCB, the VMM's in the MSR
 * @memo_cr3: key of the last instruction that was decoded: address space,
 * @memo_rip: linear address,
 * @memo_bytes: and where its bytes lie in the window
 */
struct svm_cpu {
	struct vmcb *vmcb;
	u64 vmcb_pa;
	u64 host_pa;
	bool spec_ctrl_moved;
	u64 memo_cr3;
	u64 memo_rip;
	const u16 *memo_bytes;
};

static_assert(sizeof(struct svm_cpu) <= sizeof(((struct cpu *)0)->arch), "arch");

/* Index of an exit in struct cpu's counters: the code, the two large ones behind */
#define EXIT_INDEX_NPF		256
#define EXIT_INDEX_INVALID	257
#define EXIT_INDEX_OTHER	258

static inline u32 exit_index(u32 code)
{
	if (code < 256)
		return code;
	if (code == VMEXIT_NPF)
		return EXIT_INDEX_NPF;
	return code == VMEXIT_INVALID ? EXIT_INDEX_INVALID : EXIT_INDEX_OTHER;
}

/* What backend_init() found out about the machine; the same on all CPUs */
struct svm_machine {
	u64 n_cr3;		/* host-physical address of the NPT's root */
	u64 msrpm_pa;
	bool nrips;
	bool spec_ctrl;		/* the VMCB holds the guest's SPEC_CTRL */
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
void nested_fault(struct vmcb *vmcb);

/* msr.c */
void msr_init(void);
void msr_exit(struct cpu *cpu, struct vmcb *vmcb, struct guest_regs *regs);

/* inject.c: events for the guest, and moving it over an instruction */
void inject_exception(struct vmcb *vmcb, u32 vector, bool has_error, u32 error);
void end_instruction(struct vmcb *vmcb);
u64 decode_next_rip(struct cpu *cpu, struct vmcb *vmcb, u64 linear,
		    u32 opcode_len);

/**
 * next_rip() - RIP behind the instruction that exited
 * @cpu: this CPU
 * @vmcb: its VMCB
 * @opcode: the instruction's first two opcode bytes, as a little-endian number
 * @opcode_len: its length without prefixes, bytes
 *
 * From the VMCB where the CPU saves it (section 15.7.1). Otherwise the bytes are
 * looked at. A walk for each exit would double the cost of a VM call, so the place of
 * the last one's bytes is kept, and they are read again: a guest that maps another
 * instruction at the same address and leaves the old page as it was goes on at the
 * wrong byte of its own code, and harms nobody else.
 */
static __always_inline u64 next_rip(struct cpu *cpu, struct vmcb *vmcb,
				    u16 opcode, u32 opcode_len)
{
	struct svm_cpu *svm = svm_cpu(cpu);
	u64 linear = vmcb->rip;
	u64 next;

	if (svm_machine.nrips)
		return vmcb->nrip;
	if (unlikely(!(vmcb->cs.attrib & SEG_ATTRIB_L)))
		linear = (u32)(linear + vmcb->cs.base);
	if (likely(svm->memo_rip == linear && svm->memo_cr3 == vmcb->cr3 &&
		   *svm->memo_bytes == opcode))
		next = vmcb->rip + opcode_len;
	else
		next = decode_next_rip(cpu, vmcb, linear, opcode_len);
	return likely(vmcb->cs.attrib & SEG_ATTRIB_L) ? next : (u32)next;
}

/* advance_rip() - the instruction is done; an interrupt shadow ends with it (15.21.5) */
static __always_inline void advance_rip(struct vmcb *vmcb, u64 next)
{
	vmcb->rip = next;
	vmcb->interrupt_shadow = 0;
	if (unlikely(vmcb->rflags & (RFLAGS_TF | RFLAGS_RF)))
		end_instruction(vmcb);
}

/* check.c */
const char *svm_check_vmcb(const struct vmcb *vmcb, u32 maxphyaddr,
			   u32 *index);

#endif /* SVM_SVM_H */
