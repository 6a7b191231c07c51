// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmx/exit.c, msr.c and reset.c on a CPU made of arrays: what an exit does to the
 * guest's registers and its VMCS, what it injects, and what ends the machine. XSETBV and
 * INVD are executed by the VMM itself, and so are Bochs' to show.
 */
#include "unit.h"
#include "vmx/vmx.h"
#include "core/clock.h"
#include "core/fault.h"
#include "core/log.h"
#include "core/mtrr.h"
#include "core/radix.h"
#include "core/x86.h"
#include "hypercall/vmmcall.h"
#include "mock/hw.h"

#include "core/phys_msr.c"
#include "vmx/inject.c"
#include "vmx/msr.c"
#include "vmx/reset.c"
#include "vmx/exit.c"

#define GP	0x80000b0dULL
#define UD	0x80000306ULL
#define RIP	0x401000ULL
#define LENGTH	3
#define HIGH	0xdeadbeef00000000ULL
#define MSR_SOME	0x50000000u	/* beyond the bitmap's ranges */

struct vmx_machine vmx_machine;

static struct guest_regs *regs;

/* What the stubs were asked */
static u32 faults, follows, failed_entries;
static struct {
	u32 calls;
	u64 rip;
	u8 cpl;
	bool is64;
} dispatched;

void nested_fault(void)
{
	faults++;
}

void nested_follow_mtrrs(void)
{
	follows++;
}

void vmx_entry_failed(struct cpu *cpu, u32 reason)
{
	assert_ptr_equal(cpu, hw_cpu());
	failed_entries = reason;
}

void vmmcall_dispatch(struct cpu *cpu, struct guest_regs *r, u8 cpl, bool is64)
{
	assert_ptr_equal(cpu, hw_cpu());
	assert_ptr_equal(r, regs);
	dispatched.calls++;
	dispatched.rip = vmread(GUEST_RIP);
	dispatched.cpl = cpl;
	dispatched.is64 = is64;
}

static void fill_regs(void)
{
	u64 *p = (u64 *)regs;
	u32 i;

	for (i = 0; i < sizeof(*regs) / sizeof(*p); i++)
		p[i] = HIGH + 0x1111 * i;
}

static int setup(void **state)
{
	(void)state;
	hw_reset();
	regs = &vmx_stack(hw_cpu())->regs;
	fill_regs();
	vmx_machine = (struct vmx_machine){
		.caps = {
			.cr0_fixed0 = CR0_PG | CR0_NE | CR0_PE,
			.cr0_fixed1 = 0xffffffff,
			.cr4_fixed0 = CR4_VMXE,
			.cr4_fixed1 = 0x3767ff,
			.misc = VMX_MISC_WAIT_FOR_SIPI,
		},
		.pin = 0x16,
	};
	faults = 0;
	follows = 0;
	failed_entries = 0;
	memset(&dispatched, 0, sizeof(dispatched));
	vmwrite(GUEST_RIP, RIP);
	vmwrite(EXIT_INSTRUCTION_LENGTH, LENGTH);
	vmwrite(GUEST_CS_AR, 0xa09b);
	vmwrite(GUEST_SS_AR, 0xc093);
	vmwrite(GUEST_EFER, EFER_LMA | EFER_LME);
	vmwrite(ENTRY_CONTROLS, ENTRY_IA32E);
	vmwrite(GUEST_RFLAGS, RFLAGS_FIXED);
	vmwrite(GUEST_CR0, CR0_PG | CR0_NE | CR0_PE);
	vmwrite(GUEST_CR4, CR4_PAE | CR4_VMXE);
	vmwrite(CR4_READ_SHADOW, CR4_PAE);
	vmwrite(CR0_MASK, CR0_NE);
	vmwrite(CR4_MASK, CR4_VMXE);
	return 0;
}

/* Return: 0 if the guest goes on, else how the machine ended */
static int run_exit(u32 reason)
{
	int end = setjmp(hw.end);

	if (end)
		return end;
	vmwrite(EXIT_REASON, reason);
	vmwrite(ENTRY_INTERRUPTION_INFO, 0);
	vmx_exit(regs);
	return 0;
}

/* The exit injects that, and the guest's RIP is at the instruction */
static void injects(u32 reason, u64 event)
{
	struct guest_regs before = *regs;

	vmwrite(GUEST_RIP, RIP);
	vmwrite(ENTRY_ERROR_CODE, 99);
	assert_int_equal(run_exit(reason), 0);
	if (vmread(ENTRY_INTERRUPTION_INFO) != event)
		fail_msg("exit %u: event %#llx", reason,
			 vmread(ENTRY_INTERRUPTION_INFO));
	assert_int_equal(vmread(ENTRY_ERROR_CODE), event == GP ? 0 : 99);
	assert_int_equal(vmread(GUEST_RIP), RIP);
	assert_memory_equal(&before, regs, sizeof(before));
}

/* The exit carries the instruction out */
static void goes_on(u32 reason)
{
	vmwrite(GUEST_RIP, RIP);
	assert_int_equal(run_exit(reason), 0);
	assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0);
	assert_int_equal(vmread(GUEST_RIP), RIP + LENGTH);
}

static void test_cpuid(void **state)
{
	struct guest_regs want = *regs;

	(void)state;
	hw_set_cpuid(0xd, 2, 1, 2, 3, 4);
	regs->rax = HIGH | 0xd;
	regs->rcx = HIGH | 2;
	want.rax = 1;
	want.rbx = 2;
	want.rcx = 3;
	want.rdx = 4;
	goes_on(EXIT_CPUID);
	assert_memory_equal(regs, &want, sizeof(want));
	assert_int_equal(hw_cpu()->exits[EXIT_CPUID], 1);
	assert_true(hw_cpu()->ticks > 0);
}

/* Return: ECX of a leaf, with that in the guest's CR4 */
static u32 cpuid_ecx(u32 leaf, u32 subleaf, u64 cr4)
{
	vmwrite(GUEST_CR4, cr4);
	regs->rax = leaf;
	regs->rcx = subleaf;
	goes_on(EXIT_CPUID);
	return (u32)regs->rcx;
}

/* Two bits of CPUID say what the guest's CR4 has, whatever root mode's is */
static void test_cpuid_follows_cr4(void **state)
{
	u32 has;

	(void)state;
	for (has = 0; has < 2; has++) {
		hw_set_cpuid(1, 0, 1, 2, has ? ~0u : 0, 4);
		hw_set_cpuid(7, 0, 1, 2, has ? ~0u : 0, 4);
		hw_set_cpuid(7, 1, 1, 2, has ? ~0u : 0, 4);
		hw_set_cpuid(2, 0, 1, 2, has ? ~0u : 0, 4);
		assert_int_equal(cpuid_ecx(1, 0, ~CR4_OSXSAVE),
				 has ? ~BIT(27) & 0xffffffff : 0);
		assert_int_equal(cpuid_ecx(1, 0, CR4_OSXSAVE),
				 has ? 0xffffffff : BIT(27));
		/* Leaf 1 has no subleaves: ECX doesn't matter */
		hw_set_cpuid(1, 7, 1, 2, has ? ~0u : 0, 4);
		assert_int_equal(cpuid_ecx(1, 7, 0), has ? ~BIT(27) & 0xffffffff : 0);
		assert_int_equal(cpuid_ecx(7, 0, ~CR4_PKE),
				 has ? ~BIT(4) & 0xffffffff : 0);
		assert_int_equal(cpuid_ecx(7, 0, CR4_PKE),
				 has ? 0xffffffff : BIT(4));
		assert_int_equal(cpuid_ecx(7, 1, has ? 0 : ~0ULL),
				 has ? 0xffffffff : 0);
		assert_int_equal(cpuid_ecx(2, 0, has ? 0 : ~0ULL),
				 has ? 0xffffffff : 0);
	}
}

/* Intel's CPUs show SYSCALL to 64-bit code only, and the VMM is such */
static void test_cpuid_syscall(void **state)
{
	(void)state;
	hw_set_cpuid(0x80000001, 0, 1, 2, 3, 0x28100800);
	hw_set_cpuid(0x80000003, 0, 1, 2, 3, 0x28100800);
	regs->rax = 0x80000001;
	goes_on(EXIT_CPUID);
	assert_int_equal(regs->rdx, 0);	/* a subleaf that isn't there */
	regs->rax = 0x80000001;
	regs->rcx = 0;
	goes_on(EXIT_CPUID);
	assert_int_equal(regs->rdx, 0x28100800);
	vmwrite(GUEST_CS_AR, 0xc09b);
	regs->rax = 0x80000001;
	regs->rcx = 0;
	goes_on(EXIT_CPUID);
	assert_int_equal(regs->rdx, 0x28100000);
	assert_int_equal(regs->rcx, 3);
	regs->rax = 0x80000003;
	regs->rcx = 0;
	goes_on(EXIT_CPUID);
	assert_int_equal(regs->rdx, 0x28100800);
}

static void test_vmcall(void **state)
{
	u32 dpl;

	(void)state;
	for (dpl = 0; dpl < 4; dpl++) {
		vmwrite(GUEST_SS_AR, 0xc093 | dpl << 5);
		goes_on(EXIT_VMCALL);
		assert_int_equal(dispatched.cpl, dpl);
		assert_true(dispatched.is64);
		/* The handler finds RIP behind the call */
		assert_int_equal(dispatched.rip, RIP + LENGTH);
	}
	assert_int_equal(dispatched.calls, 4);
	assert_int_equal(hw_cpu()->exits[EXIT_VMCALL], 4);
	vmwrite(GUEST_CS_AR, 0xc09b);
	goes_on(EXIT_VMCALL);
	assert_false(dispatched.is64);
	/* CS.L without long mode */
	vmwrite(GUEST_CS_AR, 0xa09b);
	vmwrite(GUEST_EFER, 0);
	goes_on(EXIT_VMCALL);
	assert_false(dispatched.is64);
}

/* As on a CPU whose firmware locked VMX off */
static void test_instructions(void **state)
{
	static const u32 undefined[] = {
		EXIT_VMCLEAR, EXIT_VMLAUNCH, EXIT_VMPTRLD, EXIT_VMPTRST,
		EXIT_VMREAD, EXIT_VMRESUME, EXIT_VMWRITE, EXIT_VMXOFF,
		EXIT_INVEPT, EXIT_INVVPID, EXIT_VMXON,
	};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(undefined); i++) {
		injects(undefined[i], UD);
		assert_int_equal(hw_cpu()->exits[undefined[i]], 1);
	}
	vmwrite(CR4_READ_SHADOW, CR4_PAE | CR4_VMXE);
	injects(EXIT_VMXON, GP);
	injects(EXIT_VMXOFF, UD);
	injects(EXIT_GETSEC, GP);
	injects(EXIT_TASK_SWITCH, GP);
	assert_int_equal(hw.logged, ARRAY_SIZE(undefined) + 4);
}

/* Instructions that came later exit as well: no guest may end the machine by one */
static void test_later_instructions(void **state)
{
	u32 reason;

	(void)state;
	for (reason = EXIT_XSETBV + 1; reason < EXIT_INDEX_OTHER; reason++) {
		injects(reason, reason == EXIT_RDMSRLIST ||
			reason == EXIT_WRMSRLIST || reason == EXIT_XSAVES ||
			reason == EXIT_XRSTORS ? GP : UD);
		assert_int_equal(hw_cpu()->exits[reason], 1);
	}
	injects(0xffff, UD);
	assert_int_equal(hw_cpu()->exits[EXIT_INDEX_OTHER], 1);
}

static void test_ends(void **state)
{
	(void)state;
	assert_int_equal(run_exit(EXIT_TRIPLE_FAULT), HW_SHUTDOWN);
	assert_int_equal(run_exit(EXIT_EPT_MISCONFIG), HW_PANIC);
	assert_int_equal(run_exit(1), HW_PANIC);
	assert_int_equal(run_exit(12), HW_PANIC);
	assert_int_equal(run_exit(54), HW_PANIC);
	assert_int_equal(run_exit(BIT(31) | EXIT_GUEST_STATE), 0);
	assert_int_equal(failed_entries, EXIT_GUEST_STATE);
	assert_int_equal(run_exit(BIT(31) | EXIT_MSR_LOADING), 0);
	assert_int_equal(failed_entries, EXIT_MSR_LOADING);
	assert_int_equal(run_exit(BIT(31) | EXIT_MACHINE_CHECK_ENTRY), 0);
	assert_int_equal(failed_entries, EXIT_MACHINE_CHECK_ENTRY);
	assert_int_equal(run_exit(EXIT_EPT_VIOLATION), 0);
	assert_int_equal(faults, 1);
}

/* While a window is asked for, NMIs exit: each goes back in */
static void test_nmi_exit(void **state)
{
	(void)state;
	vmwrite(EXIT_INTERRUPTION_INFO, 0x80000202);
	assert_int_equal(run_exit(EXIT_EXCEPTION_NMI), 0);
	assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0x80000202);
	assert_int_equal(vmx_cpu(hw_cpu())->nmis, 0);
	/* One that came while another event was delivered waits for it */
	vmwrite(IDT_VECTORING_INFO, 0x80000b0e);
	vmwrite(IDT_VECTORING_ERROR, 2);
	assert_int_equal(run_exit(EXIT_EXCEPTION_NMI), 0);
	assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0x80000b0e);
	assert_int_equal(vmread(ENTRY_ERROR_CODE), 2);
	assert_int_equal(vmx_cpu(hw_cpu())->nmis, 1);
	assert_true(vmread(PROC_CONTROLS) & PROC_NMI_WINDOW);
	vmwrite(IDT_VECTORING_INFO, 0);
	assert_int_equal(run_exit(EXIT_NMI_WINDOW), 0);
	assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0x80000202);
	assert_false(vmread(PROC_CONTROLS) & PROC_NMI_WINDOW);
}

#define TO_CR(n, reg)	((n) | (reg) << 8)

/* Sets a general register by its number in an instruction */
static void set_register(u32 number, u64 value)
{
	static const u32 offset[] = {
		offsetof(struct guest_regs, rax), offsetof(struct guest_regs, rcx),
		offsetof(struct guest_regs, rdx), offsetof(struct guest_regs, rbx),
		0, offsetof(struct guest_regs, rbp),
		offsetof(struct guest_regs, rsi), offsetof(struct guest_regs, rdi),
		offsetof(struct guest_regs, r8), offsetof(struct guest_regs, r9),
		offsetof(struct guest_regs, r10), offsetof(struct guest_regs, r11),
		offsetof(struct guest_regs, r12), offsetof(struct guest_regs, r13),
		offsetof(struct guest_regs, r14), offsetof(struct guest_regs, r15),
	};

	if (number == 4)
		vmwrite(GUEST_RSP, value);
	else
		memcpy((u8 *)regs + offset[number], &value, sizeof(value));
}

/* CR4.VMXE is the guest's as it sees it; the CPU then executes the MOV itself */
static void test_cr4(void **state)
{
	u32 number;

	(void)state;
	for (number = 0; number < 16; number++) {
		fill_regs();
		vmwrite(CR4_READ_SHADOW, CR4_PAE);
		vmwrite(EXIT_QUALIFICATION, TO_CR(4, number));
		set_register(number, CR4_PAE | CR4_VMXE);
		injects(EXIT_CR_ACCESS, 0);
		assert_int_equal(vmread(CR4_READ_SHADOW), CR4_PAE | CR4_VMXE);
		set_register(number, CR4_PAE);
		injects(EXIT_CR_ACCESS, 0);
		assert_int_equal(vmread(CR4_READ_SHADOW), CR4_PAE);
		assert_true(vmread(GUEST_CR4) & CR4_VMXE);
	}
	vmwrite(EXIT_QUALIFICATION, TO_CR(4, 0));
	regs->rax = CR4_PAE | CR4_VMXE | BIT_ULL(31);
	injects(EXIT_CR_ACCESS, GP);
	regs->rax = CR4_PAE | BIT_ULL(63);
	injects(EXIT_CR_ACCESS, GP);
	assert_int_equal(vmread(CR4_READ_SHADOW), CR4_PAE);
	/* Another bit that VMX wants as it is isn't the guest's */
	vmwrite(CR4_MASK, CR4_VMXE | CR4_PAE);
	regs->rax = CR4_VMXE;
	injects(EXIT_CR_ACCESS, GP);
}

/* CR0.NE is the guest's in the same way, whatever else the MOV changes */
static void test_cr0(void **state)
{
	const u64 cr0 = CR0_PG | CR0_NE | CR0_PE;

	(void)state;
	vmwrite(EXIT_QUALIFICATION, TO_CR(0, 3));
	regs->rbx = (cr0 & ~CR0_NE) | CR0_WP;
	injects(EXIT_CR_ACCESS, 0);
	assert_int_equal(vmread(CR0_READ_SHADOW) & CR0_NE, 0);
	/* What a CPU does that starts: paging, and NE with it */
	vmwrite(GUEST_CR0, CR0_PE | CR0_NE);
	vmwrite(CR0_READ_SHADOW, CR0_PE);
	regs->rbx = cr0;
	injects(EXIT_CR_ACCESS, 0);
	assert_int_equal(vmread(CR0_READ_SHADOW) & CR0_NE, CR0_NE);
	/* The other bits are for the CPU to change, or to refuse */
	assert_int_equal(vmread(GUEST_CR0), CR0_PE | CR0_NE);
	regs->rbx = (cr0 & ~CR0_NE) | BIT_ULL(32);
	injects(EXIT_CR_ACCESS, GP);
	assert_int_equal(vmread(CR0_READ_SHADOW) & CR0_NE, CR0_NE);
	/* Another bit that VMX wants as it is isn't the guest's */
	vmwrite(CR0_MASK, CR0_NE | CR0_WP);
	regs->rbx = (cr0 & ~CR0_NE) | CR0_WP;
	injects(EXIT_CR_ACCESS, GP);
	assert_int_equal(vmread(CR0_READ_SHADOW) & CR0_NE, CR0_NE);
	/* MOV from CR, CLTS, LMSW, and other registers never asked for an exit */
	vmwrite(EXIT_QUALIFICATION, 0 | 1 << 4);
	injects(EXIT_CR_ACCESS, GP);
	vmwrite(EXIT_QUALIFICATION, TO_CR(3, 0));
	injects(EXIT_CR_ACCESS, GP);
}

static void read_gives(u32 msr, u64 value)
{
	fill_regs();
	regs->rcx = HIGH | msr;
	goes_on(EXIT_RDMSR);
	assert_int_equal(regs->rax, (u32)value);
	assert_int_equal(regs->rdx, value >> 32);
	assert_int_equal(regs->rcx, HIGH | msr);
}

static void set_value(u32 msr, u64 value)
{
	fill_regs();
	regs->rcx = HIGH | msr;
	regs->rax = HIGH | (u32)value;
	regs->rdx = HIGH | value >> 32;
}

static void test_msrs(void **state)
{
	u32 msr;

	(void)state;
	hw_set_msr(MSR_SOME, 0x123456789abcdef0ULL, 62);
	read_gives(MSR_SOME, 0x123456789abcdef0ULL);
	set_value(MSR_SOME, 0x2fedcba987654321ULL);
	goes_on(EXIT_WRMSR);
	assert_int_equal(hw_rdmsr(MSR_SOME), 0x2fedcba987654321ULL);
	/* What the CPU doesn't take, or hasn't got */
	set_value(MSR_SOME, 1ULL << 62);
	injects(EXIT_WRMSR, GP);
	assert_int_equal(hw_rdmsr(MSR_SOME), 0x2fedcba987654321ULL);
	set_value(MSR_SOME + 1, 0);
	injects(EXIT_WRMSR, GP);
	injects(EXIT_RDMSR, GP);
	/* VMX is locked off and allows nothing, whatever the CPU's own say */
	hw_set_msr(MSR_IA32_FEATURE_CONTROL, 0x16ff07, 64);
	read_gives(MSR_IA32_FEATURE_CONTROL, 0x160001);
	hw_set_msr(MSR_IA32_FEATURE_CONTROL, 5, 64);
	read_gives(MSR_IA32_FEATURE_CONTROL, 1);
	set_value(MSR_IA32_FEATURE_CONTROL, 1);
	injects(EXIT_WRMSR, GP);
	assert_int_equal(hw_rdmsr(MSR_IA32_FEATURE_CONTROL), 5);
	for (msr = MSR_IA32_VMX_BASIC; msr <= MSR_IA32_VMX_LAST; msr++) {
		hw_set_msr(msr, ~0ULL, 64);
		read_gives(msr, 0);
		set_value(msr, 0);
		injects(EXIT_WRMSR, GP);
	}
	assert_int_equal(follows, 0);
}

static void test_mtrr_writes(void **state)
{
	(void)state;
	hw_set_msr(MSR_IA32_MTRR_DEF_TYPE, 0, 12);
	hw_set_msr(MSR_IA32_MTRR_PHYSBASE0, 0, 40);
	set_value(MSR_IA32_MTRR_DEF_TYPE, 0xc06);
	goes_on(EXIT_WRMSR);
	assert_int_equal(follows, 1);
	set_value(MSR_IA32_MTRR_PHYSBASE0, 6);
	goes_on(EXIT_WRMSR);
	assert_int_equal(follows, 2);
	/* A value that the CPU refused changed nothing */
	set_value(MSR_IA32_MTRR_DEF_TYPE, 1ULL << 12);
	injects(EXIT_WRMSR, GP);
	assert_int_equal(follows, 2);
	read_gives(MSR_IA32_MTRR_PHYSBASE0, 6);
	assert_int_equal(follows, 2);
}

/* Which MSRs exit, of those that the bitmap has (section 24.6.9) */
static void test_msr_bitmap(void **state)
{
	u32 msr;

	(void)state;
	memset(msr_bitmap, 0, sizeof(msr_bitmap));
	msr_init();
	for (msr = 0; msr < 0x2000; msr++) {
		bool reads = msr_bitmap[msr / 8] >> (msr % 8) & 1;
		bool writes = msr_bitmap[2048 + msr / 8] >> (msr % 8) & 1;
		bool hidden = msr == 0x3a || (msr >= 0x480 && msr <= 0x493);
		bool mtrr = (msr >= 0x200 && msr < 0x220) || msr == 0x250 ||
			    msr == 0x258 || msr == 0x259 ||
			    (msr >= 0x268 && msr <= 0x26f) || msr == 0x2ff;
		/* test_vmx_msr.c has more of these */
		bool phys = msr == 0x11 || msr == 0x12 || msr == 0x1b || msr == 0x9b ||
			    msr == 0x9e || (msr >= 0x1f2 && msr <= 0x1f5) ||
			    (msr & ~7u) == 0x2a0 || msr == 0x2f4 || msr == 0x2f5 ||
			    msr == 0x570 || (msr >= 0x982 && msr <= 0x984) ||
			    msr == 0x1400 || msr == 0x1401 || msr == 0x17d0;

		assert_int_equal(reads, hidden);
		assert_int_equal(writes, hidden || mtrr || phys);
		assert_int_equal(msr_bitmap[1024 + msr / 8], 0);
		assert_int_equal(msr_bitmap[3072 + msr / 8], 0);
	}
	assert_int_equal(vmx_machine.msr_bitmap_pa,
			 hpa_raw(pool_to_phys(msr_bitmap)));
}

/* What INIT and SIPI do is shown by test_vmx_reset.c */
static void test_reset_exits(void **state)
{
	(void)state;
	hw_set_msr(MSR_IA32_APIC_BASE, 0xfee00800, 64);
	assert_int_equal(run_exit(EXIT_INIT), 0);
	assert_int_equal(vmread(GUEST_ACTIVITY), ACTIVITY_WAIT_FOR_SIPI);
	vmwrite(EXIT_QUALIFICATION, 0x9a);
	assert_int_equal(run_exit(EXIT_SIPI), 0);
	assert_int_equal(vmread(GUEST_ACTIVITY), ACTIVITY_ACTIVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_cpuid, setup),
		cmocka_unit_test_setup(test_cpuid_follows_cr4, setup),
		cmocka_unit_test_setup(test_cpuid_syscall, setup),
		cmocka_unit_test_setup(test_vmcall, setup),
		cmocka_unit_test_setup(test_instructions, setup),
		cmocka_unit_test_setup(test_later_instructions, setup),
		cmocka_unit_test_setup(test_ends, setup),
		cmocka_unit_test_setup(test_nmi_exit, setup),
		cmocka_unit_test_setup(test_cr4, setup),
		cmocka_unit_test_setup(test_cr0, setup),
		cmocka_unit_test_setup(test_msrs, setup),
		cmocka_unit_test_setup(test_mtrr_writes, setup),
		cmocka_unit_test_setup(test_msr_bitmap, setup),
		cmocka_unit_test_setup(test_reset_exits, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
