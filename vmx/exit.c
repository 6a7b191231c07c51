// SPDX-License-Identifier: GPL-2.0-only
/* VM exits: what the guest did that needs the VMM. */
#include "vmx/vmx.h"
#include "vmx/rip.h"
#include "core/clock.h"
#include "core/fault.h"
#include "core/log.h"
#include "core/x86.h"
#include "hypercall/vmmcall.h"

static const char * const exit_names[] = {
	[EXIT_EXCEPTION_NMI] = "NMI",
	[EXIT_TRIPLE_FAULT] = "TRIPLE_FAULT",
	[EXIT_INIT] = "INIT",
	[EXIT_SIPI] = "SIPI",
	[EXIT_NMI_WINDOW] = "NMI_WINDOW",
	[EXIT_TASK_SWITCH] = "TASK_SWITCH",
	[EXIT_CPUID] = "CPUID",
	[EXIT_GETSEC] = "GETSEC",
	[EXIT_INVD] = "INVD",
	[EXIT_VMCALL] = "VMCALL",
	[EXIT_VMCLEAR] = "VMCLEAR",
	[EXIT_VMLAUNCH] = "VMLAUNCH",
	[EXIT_VMPTRLD] = "VMPTRLD",
	[EXIT_VMPTRST] = "VMPTRST",
	[EXIT_VMREAD] = "VMREAD",
	[EXIT_VMRESUME] = "VMRESUME",
	[EXIT_VMWRITE] = "VMWRITE",
	[EXIT_VMXOFF] = "VMXOFF",
	[EXIT_VMXON] = "VMXON",
	[EXIT_CR_ACCESS] = "CR_ACCESS",
	[EXIT_RDMSR] = "RDMSR",
	[EXIT_WRMSR] = "WRMSR",
	[EXIT_GUEST_STATE] = "GUEST_STATE",
	[EXIT_MSR_LOADING] = "MSR_LOADING",
	[EXIT_MACHINE_CHECK_ENTRY] = "MACHINE_CHECK",
	[EXIT_EPT_VIOLATION] = "EPT_VIOLATION",
	[EXIT_EPT_MISCONFIG] = "EPT_MISCONFIG",
	[EXIT_INVEPT] = "INVEPT",
	[EXIT_INVVPID] = "INVVPID",
	[EXIT_XSETBV] = "XSETBV",
	[EXIT_XSAVES] = "XSAVES",
	[EXIT_XRSTORS] = "XRSTORS",
	[EXIT_SEAMCALL] = "SEAMCALL",
	[EXIT_TDCALL] = "TDCALL",
	[EXIT_RDMSRLIST] = "RDMSRLIST",
	[EXIT_WRMSRLIST] = "WRMSRLIST",
	[EXIT_INDEX_OTHER] = "OTHER",
};

const char *backend_exit_name(u32 index)
{
	return index < ARRAY_SIZE(exit_names) ? exit_names[index] : NULL;
}

void backend_get_mmu(struct cpu *cpu, struct guest_mmu *mmu)
{
	(void)cpu;
	mmu->cr0 = vmread(GUEST_CR0);
	mmu->cr3 = vmread(GUEST_CR3);
	mmu->cr4 = vmread(GUEST_CR4);
	mmu->efer = vmread(GUEST_EFER);
	mmu->rflags = vmread(GUEST_RFLAGS);
	/* PKRU is not switched: the register holds the guest's */
	mmu->pkru = mmu->cr4 & read_cr4() & CR4_PKE ? rdpkru() : 0;
	mmu->cpl = AR_DPL(vmread(GUEST_SS_AR));
}

u64 backend_guest_rip(struct cpu *cpu)
{
	(void)cpu;
	return vmread(GUEST_RIP);
}

bool backend_last_rip(struct cpu *cpu, u64 *rip)
{
	*rip = READ_ONCE(vmx_cpu(cpu)->last_rip);
	return *rip;
}

u8 backend_guest_cpl(struct cpu *cpu)
{
	(void)cpu;
	return AR_DPL(vmread(GUEST_SS_AR));
}

u64 backend_guest_cr3(struct cpu *cpu)
{
	(void)cpu;
	return vmread(GUEST_CR3);
}

static __always_inline void vmcall_exit(struct cpu *cpu,
					struct guest_regs *regs)
{
	advance_rip_inline();
	vmmcall_dispatch(cpu, regs, AR_DPL(vmread(GUEST_SS_AR)), is_64bit());
}

#define CPUID_1_ECX_OSXSAVE	BIT_ULL(27)
#define CPUID_7_ECX_OSPKE	BIT_ULL(4)
#define CPUID_80000001_EDX_SYSCALL BIT_ULL(11)

static void follow_cr4(u64 *reg, u64 feature, u64 cr4_bit)
{
	*reg &= ~feature;
	if (vmread(GUEST_CR4) & cr4_bit)
		*reg |= feature;
}

/*
 * Two bits say what CR4 is, and one, whether 64-bit code asks (SDM vol. 2, CPUID, table
 * 3-8): these are the guest's. (Leaf 19H follows CR4.KL, which no Linux sets.)
 */
static noinline void correct_cpuid(struct guest_regs *regs, u32 leaf, u32 subleaf)
{
	if (leaf == 1)
		follow_cr4(&regs->rcx, CPUID_1_ECX_OSXSAVE, CR4_OSXSAVE);
	else if (leaf == 7 && subleaf == 0)
		follow_cr4(&regs->rcx, CPUID_7_ECX_OSPKE, CR4_PKE);
	else if (leaf == 0x80000001 && !is_64bit())
		regs->rdx &= ~CPUID_80000001_EDX_SYSCALL;
}

/*
 * All else is the hardware's answer: sizes of the XSAVE area follow XCR0 and XSS, which
 * are the guest's also now. What is corrected has an odd number: even ones pay one test.
 */
static noinline void cpuid_exit(struct guest_regs *regs)
{
	u32 leaf = (u32)regs->rax;
	u32 subleaf = (u32)regs->rcx;
	u32 out[4];

	cpuid(leaf, subleaf, out);
	regs->rax = out[0];
	regs->rbx = out[1];
	regs->rcx = out[2];
	regs->rdx = out[3];
	if (unlikely(leaf & 1))
		correct_cpuid(regs, leaf, subleaf);
	advance_rip();
}

/*
 * The hardware is asked whether the value is good. A #GP of the guest's at a level other
 * than 0, or a #UD without CR4.OSXSAVE, comes before the exit (section 25.1.1).
 */
static void xsetbv_exit(struct guest_regs *regs)
{
	u32 ok = 0;

	__asm__ __volatile__("1: xsetbv\n\t"
			     "movl $1, %0\n"
			     "2:\n"
			     EXTABLE("1b", "2b")
			     : "+r"(ok)
			     : "a"((u32)regs->rax), "d"((u32)regs->rdx),
			       "c"((u32)regs->rcx) : "memory");
	if (ok) {
		advance_rip();
		return;
	}
	vmm_log_guest(LOG_INFO, "guest's XSETBV of register %#x: #GP",
		      (u32)regs->rcx);
	inject_exception(VECTOR_GP, true, 0);
}

/*
 * INVD drops dirty lines, the VMM's own too. WBINVD keeps them, and no guest can tell
 * the difference but by data that it did not lose.
 */
static void invd_exit(void)
{
	__asm__ __volatile__("wbinvd" : : : "memory");
	vmm_log_guest(LOG_INFO, "guest's INVD: done as WBINVD");
	advance_rip();
}

/* MOV to CR exits when it would change a bit that VMX operation needs as it is */
#define CR_ACCESS_NUMBER(q)	((q) & 0xf)
#define CR_ACCESS_TYPE(q)	((q) >> 4 & 3)
#define CR_ACCESS_REGISTER(q)	((q) >> 8 & 0xf)
#define CR_ACCESS_TO_CR		0

#define REGISTER_RSP		4

/* The CPU numbers RAX, RCX, RDX, RBX, RSP...; struct guest_regs ends so, without RSP */
static u64 register_value(const struct guest_regs *regs, u32 number)
{
	if (number == REGISTER_RSP)
		return vmread(GUEST_RSP);
	return (&regs->rax)[-(int)(number < REGISTER_RSP ? number : number - 1)];
}

/*
 * CR0.NE and CR4.VMXE have to be set, and are the guest's as far as it can see: it reads
 * what it wrote, and CR4.VMXE is there on a CPU whose firmware locked VMX off (section
 * 23.7). Then the CPU executes the instruction, to which the bit is no change now, with
 * all its checks and effects: a CPU that starts sets NE and PG at once.
 */
static bool mov_to_cr(u32 mask, u32 read_shadow, u64 bit, u64 value)
{
	u64 shadow = vmread(read_shadow);

	if ((value ^ shadow) & vmread(mask) & ~bit)
		return false;
	vmwrite(read_shadow, (shadow & ~bit) | (value & bit));
	return true;
}

/* What the CPU would refuse must not have changed the shadow before */
static bool may_write_cr(u64 cr, u64 value)
{
	if (cr == 0)
		return !(value >> 32) &&
		       mov_to_cr(CR0_MASK, CR0_READ_SHADOW, CR0_NE, value);
	return cr == 4 && !(value & ~vmx_machine.caps.cr4_fixed1) &&
	       mov_to_cr(CR4_MASK, CR4_READ_SHADOW, CR4_VMXE, value);
}

static void cr_exit(const struct guest_regs *regs)
{
	u64 q = vmread(EXIT_QUALIFICATION);
	u64 value = register_value(regs, CR_ACCESS_REGISTER(q));
	u64 cr = CR_ACCESS_NUMBER(q);

	if (CR_ACCESS_TYPE(q) == CR_ACCESS_TO_CR && may_write_cr(cr, value))
		return;
	vmm_log_guest(LOG_WARNING, "guest's MOV to CR%llu: #GP", cr);
	inject_exception(VECTOR_GP, true, 0);
}

/* An NMI exits only while we wait for the window to give the guest another one */
static void nmi_exit(struct cpu *cpu)
{
	vmx_cpu(cpu)->nmis++;
	reinject();
	deliver_events(cpu);
}

/* Task switches always exit (section 25.2). Linux makes none, nor can 64-bit code. */
static void task_switch_exit(void)
{
	vmm_log_guest(LOG_WARNING, "guest's task switch: #GP");
	inject_exception(VECTOR_GP, true, 0);
}

/* An instruction that the guest can't have */
static void refuse(u32 reason, u32 vector)
{
	const char *name = backend_exit_name(reason);

	vmm_log_guest(LOG_INFO, "guest's %s: %s",
		      name ? name : "unknown instruction",
		      vector == VECTOR_GP ? "#GP" : "#UD");
	inject_exception(vector, vector == VECTOR_GP, 0);
}

/* With CR4.VMXE it is IA32_FEATURE_CONTROL that forbids it (vol. 3 section 30.3) */
static void vmxon_exit(void)
{
	if (vmread(CR4_READ_SHADOW) & CR4_VMXE)
		refuse(EXIT_VMXON, VECTOR_GP);
	else
		refuse(EXIT_VMXON, VECTOR_UD);
}

/* The exits of instructions that a CPU without VMX doesn't have, or not as we do */
static noinline void other_instruction(struct cpu *cpu, u32 reason)
{
	switch (reason) {
	case EXIT_INVD:
		invd_exit();
		break;
	case EXIT_GETSEC:
		/* As with IA32_FEATURE_CONTROL's bits for SMX off (vol. 2 ch. 7) */
		refuse(reason, VECTOR_GP);
		break;
	case EXIT_RDMSRLIST:
	case EXIT_WRMSRLIST:
		/* Of an MSR that exits: the list isn't taken apart here */
	case EXIT_XSAVES:
	case EXIT_XRSTORS:
		/* Of the MSRs of Intel PT, among which IA32_RTIT_CTL is (vmx/msr.c) */
		refuse(reason, VECTOR_GP);
		break;
	case EXIT_TASK_SWITCH:
		task_switch_exit();
		break;
	case EXIT_GUEST_STATE:
	case EXIT_MSR_LOADING:
	case EXIT_MACHINE_CHECK_ENTRY:
		vmx_entry_failed(cpu, reason);
		break;
	case EXIT_VMXON:
		vmxon_exit();
		break;
	case EXIT_VMCLEAR ... EXIT_VMXOFF:
	case EXIT_INVEPT:
	case EXIT_INVVPID:
		/* As outside of VMX operation */
		refuse(reason, VECTOR_UD);
		break;
	default:
		if (reason <= EXIT_XSETBV)
			vmm_panic("exit that was not asked for", reason,
				  vmread(EXIT_QUALIFICATION));
		/*
		 * Of the exits that came later, only instructions make those that no
		 * control asks for: SEAMCALL and TDCALL in any guest, new ways to access
		 * an MSR by the MSR bitmap.
		 */
		refuse(reason, VECTOR_UD);
	}
}

/* The exits that are rare enough to sit behind one more comparison */
static noinline void other_exit(struct cpu *cpu, struct guest_regs *regs,
				u32 reason)
{
	cpu->exits[reason < EXIT_INDEX_OTHER ? reason : EXIT_INDEX_OTHER]++;
	vmx_cpu(cpu)->last_rip = vmread(GUEST_RIP);
	switch (reason) {
	case EXIT_RDMSR:
	case EXIT_WRMSR:
		msr_exit(regs, reason == EXIT_WRMSR);
		break;
	case EXIT_XSETBV:
		xsetbv_exit(regs);
		break;
	case EXIT_CR_ACCESS:
		cr_exit(regs);
		break;
	case EXIT_EPT_VIOLATION:
		nested_fault();
		break;
	case EXIT_EXCEPTION_NMI:
		nmi_exit(cpu);
		break;
	case EXIT_NMI_WINDOW:
		deliver_events(cpu);
		break;
	case EXIT_INIT:
		init_exit(regs);
		break;
	case EXIT_SIPI:
		sipi_exit();
		break;
	case EXIT_TRIPLE_FAULT:
		vmm_guest_shutdown(vmread(GUEST_RIP));
	default:
		other_instruction(cpu, reason);
	}
}

/**
 * vmx_exit() - carry an exit out; called by exit_stub.S
 * @regs: the guest's general registers, on this CPU's stack
 *
 * Context: root mode, NMIs may come at any time; returns to the guest.
 */
void vmx_exit(struct guest_regs *regs)
{
	struct cpu *cpu = (struct cpu *)((u64)regs & ~(UV_CPU_SLOT - 1));
	/* Bit 31 tells of a failed VM entry, but so do its reasons */
	u32 reason = (u16)vmread(EXIT_REASON);
	u32 start = exit_clock();

	if (likely(reason == EXIT_VMCALL)) {
		cpu->exits[EXIT_VMCALL]++;
		vmcall_exit(cpu, regs);
	} else if (likely(reason == EXIT_CPUID)) {
		cpu->exits[EXIT_CPUID]++;
		cpuid_exit(regs);
	} else {
		other_exit(cpu, regs, reason);
	}
	cpu->ticks += exit_clock() - start;
}
