/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the VMX backend share. */
#ifndef VMX_VMX_H
#define VMX_VMX_H

#include "core/backend.h"
#include "core/bridge.h"
#include "vmx/hw.h"

/* Fields of the VMCS that have a name, fields.c */
#define VMX_NR_NOTED	181

/* Index of an exit in struct cpu's counters: the basic reason, others in one */
#define EXIT_INDEX_OTHER	100

/* struct vmx_msr - an entry of a list of MSRs, section 24.7.2 */
struct vmx_msr {
	u32 index;
	u32 reserved;
	u64 value;
} __aligned(16);

/**
 * struct vmx_cpu - the backend's part of struct cpu
 * @guest_perf: IA32_PERF_GLOBAL_CTRL: what VM exits store and VM entries load,
 * @host_perf: and what VM exits load
 * @vmcs_pa: host-physical address of this CPU's VMCS
 * @vmxon_pa: and of its VMXON region
 * @on: whether the CPU is in VMX operation
 * @window: whether the controls ask for an NMI-window exit
 * @leaving: whether the next VM exit ends in Linux
 * @nmis: NMIs that came in root mode and the guest has not got yet
 * @mces: machine checks, the same
 * @cr2: Linux's registers as they were before root mode could change them
 * @last_rip: where the guest was at the last exit that was neither VMCALL nor CPUID, or 0
 * @noted: whether there are notes of the VMCS's fields, in the order of backend_field(),
 * @note_lacks: a bit for each that the CPU hasn't got,
 * @note: and their values
 */
struct vmx_cpu {
	struct vmx_msr guest_perf;
	struct vmx_msr host_perf;
	u64 vmcs_pa;
	u64 vmxon_pa;
	bool on;
	bool window;
	bool leaving;
	u32 nmis;
	u32 mces;
	u64 cr2;
	u64 dr7;
	u64 debugctl;
	u64 pat;
	u64 fs_base;
	u64 gs_base;
	u64 sysenter_cs;
	u64 sysenter_esp;
	u64 sysenter_eip;
	u64 last_rip;
	bool noted;
	u64 note_lacks[(VMX_NR_NOTED + 63) / 64];
	u64 note[VMX_NR_NOTED];
};

static_assert(sizeof(struct vmx_cpu) <= sizeof(((struct cpu *)0)->arch), "arch");

/* struct vmx_caps - the capability MSRs, appendix A; controls: the TRUE ones */
struct vmx_caps {
	u64 basic;
	u64 pin;
	u64 proc;
	u64 proc2;
	u64 proc3;
	u64 exit;
	u64 entry;
	u64 misc;
	u64 cr0_fixed0;
	u64 cr0_fixed1;
	u64 cr4_fixed0;
	u64 cr4_fixed1;
	u64 ept_vpid;
};

/* What backend_init() found out about the machine; the same on all CPUs */
struct vmx_machine {
	struct vmx_caps caps;
	u32 pin;		/* VM-execution, VM-exit and VM-entry controls */
	u32 proc;
	u32 proc2;
	u64 proc3;
	u32 exit;
	u32 entry;
	u64 eptp;
	u64 msr_bitmap_pa;
	bool xsave;
};

extern struct vmx_machine vmx_machine;

static inline struct vmx_cpu *vmx_cpu(struct cpu *cpu)
{
	return (struct vmx_cpu *)cpu->arch;
}

/**
 * struct vmx_stack - the top of a CPU's stack while the guest runs
 * @regs: the guest's general registers
 * @cr2: the guest's CR2, which no VM exit saves and a fault in root mode changes
 * @nmis: NMIs that came in root mode since exit_stub.S looked last
 * @mces: machine checks, the same
 */
struct vmx_stack {
	struct guest_regs regs;
	u64 cr2;
	u32 nmis;
	u32 mces;
	u64 unused;
};

static_assert(sizeof(struct vmx_stack) == 144, "exit_stub.S");
static_assert(offsetof(struct vmx_stack, cr2) == 120, "exit_stub.S");
static_assert(offsetof(struct vmx_stack, nmis) == 128, "exit_stub.S");

static inline struct vmx_stack *vmx_stack(struct cpu *cpu)
{
	return (struct vmx_stack *)((u64)cpu + UV_CPU_SLOT) - 1;
}

/* At Linux's address, which the VMM maps also */
static inline struct uv_bridge *vmx_bridge(struct cpu *cpu)
{
	return (struct uv_bridge *)(cpu->frame.linux_va + UV_FRAME_TO_BRIDGE);
}

/* exit_stub.S */
void vmx_launch(struct vmx_stack *stack) __noreturn;
void vmx_resume(struct vmx_stack *stack) __noreturn;
void vmx_exit_entry(void);
extern const char vmx_nmi_entry[], vmx_mce_entry[];

/* exit.c */
void vmx_exit(struct guest_regs *regs);

/* enter.c: VMLAUNCH or VMRESUME came back */
void vmx_launch_failed(void) __noreturn;
void vmx_resume_failed(void) __noreturn;
void vmx_entry_failed(struct cpu *cpu, u32 reason);

/* nested.c: the EPT */
int nested_init(struct cpu *cpu);
void nested_fault(void);
void nested_follow_mtrrs(void);

/* msr.c */
void msr_init(void);
void msr_exit(struct guest_regs *regs, bool write);

/* inject.c: events for the guest, and moving it over an instruction */
void inject_exception(u32 vector, bool has_error, u32 error);
void advance_rip(void);
void end_instruction(u64 rflags);
void reinject(void);
void leave_to_bridge(struct cpu *cpu);
void vmx_events(struct vmx_stack *stack);
void deliver_events(struct cpu *cpu);

/* reset.c: INIT and SIPI */
void init_exit(struct guest_regs *regs);
void sipi_exit(void);

/* check.c */
const char *vmx_check_vmcs(const struct vmcs_image *v,
			   const struct vmx_caps *caps, u32 maxphyaddr,
			   u32 *index);
const char *vmx_check_host(const struct vmcs_image *v,
			   const struct vmx_caps *caps, u32 maxphyaddr);

#endif /* VMX_VMX_H */
