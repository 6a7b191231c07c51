// SPDX-License-Identifier: GPL-2.0-only
/*
 * svm/exit.c, inject.c, msr.c and the faults of nested.c on a CPU made of arrays: what an
 * exit does to the guest's registers and its VMCB, what it injects, and what ends the
 * machine. Both ways to the next instruction: told by the CPU, and from the bytes. INVD
 * is executed by the VMM itself, and so is an emulator's to show.
 */
#include "unit.h"
#include "svm/svm.h"
#include "core/clock.h"
#include "core/fault.h"
#include "core/log.h"
#include "core/radix.h"
#include "core/vmm_memory.h"
#include "core/x86.h"
#include "hypercall/vmmcall.h"
#include "mock/hw.h"

#include "core/phys_msr.c"
#include "svm/inject.c"
#include "svm/msr.c"
#include "svm/nested.c"
#include "svm/exit.c"

#define GP	0x80000b0dULL
#define UD	0x80000306ULL
#define DB	0x80000301ULL
#define RIP	0x401000ULL
#define HIGH	0xdeadbeef00000000ULL
#define BLOCK	0x12340000ULL
#define MSR_SOME	0x50000000u	/* beyond the map's ranges */
#define CODE_PAGES	2

struct svm_machine svm_machine;

static struct vmcb vmcb __aligned(4096);
static struct guest_regs *regs;
static struct svm_cpu *svm;

/* What is at RIP's page and the next one; the guest can't execute beyond */
static u8 code[CODE_PAGES * UV_PAGE_SIZE] __aligned(4096);
static u64 code_va;
static u32 walks;

static struct {
	u32 calls;
	u64 rip;
	u8 cpl;
	bool is64;
} dispatched;

static bool returned;

void vmmcall_dispatch(struct cpu *cpu, struct guest_regs *r, u8 cpl, bool is64)
{
	assert_ptr_equal(cpu, hw_cpu());
	dispatched.calls++;
	dispatched.rip = vmcb.rip;
	dispatched.cpl = cpl;
	dispatched.is64 = is64;
	r->rax = 0x5a;
}

int guest_translate(const struct guest_mmu *mmu, gva_t addr,
		    enum guest_access access, void **host)
{
	u64 offset = gva_raw(addr) - code_va;

	assert_int_equal(access, GUEST_FETCH);
	assert_int_equal(mmu->cr3, vmcb.cr3);
	walks++;
	if (offset >= sizeof(code))
		return -EFAULT;
	*host = code + offset;
	return 0;
}

void backend_return(struct cpu *cpu, const struct guest_regs *r, u64 rip)
{
	assert_ptr_equal(cpu, hw_cpu());
	assert_int_equal(r->rax, -EIO);
	assert_int_equal(rip, RIP);
	returned = true;
	longjmp(hw.end, 99);
}

static int setup(void **state)
{
	(void)state;
	hw_reset();
	memset(&vmcb, 0, sizeof(vmcb));
	memset(code, 0x90, sizeof(code));
	memset(&dispatched, 0, sizeof(dispatched));
	svm_machine = (struct svm_machine){ .nrips = true };
	regs = (struct guest_regs *)(void *)(hw_slot + UV_CPU_SLOT - 256);
	memset(regs, 0x11, sizeof(*regs));
	svm = svm_cpu(hw_cpu());
	svm->vmcb = &vmcb;
	svm->memo_cr3 = ~0ULL;
	code_va = RIP;
	walks = 0;
	returned = false;
	boot_info.maxphyaddr = 40;
	boot_info.nr_blocks = 1;
	boot_info.block[0] = (struct uv_block){ BLOCK, 0x10000 };
	vmcb.rip = RIP;
	vmcb.nrip = RIP + 3;
	vmcb.rax = HIGH | 0x77;
	vmcb.cr0 = CR0_PE | CR0_PG;
	vmcb.cr3 = 0x7000;
	vmcb.efer = EFER_SVME | EFER_LME | EFER_LMA | EFER_SCE;
	vmcb.cs.attrib = SEG_ATTRIB_L;
	vmcb.tlb_control = TLB_CONTROL_FLUSH_ALL;
	hw_set_msr(MSR_EFER, EFER_SVME | EFER_LME | EFER_LMA | EFER_NXE, 16);
	return 0;
}

/* Return: 0 if the guest goes on, else how the machine ended */
static int run_exit(u64 code_of_exit)
{
	int end = setjmp(hw.end);

	if (end)
		return end;
	vmcb.exitcode = code_of_exit;
	vmcb.eventinj = 0;
	svm_exit(regs);
	return 0;
}

static void injects(u64 code_of_exit, u64 event)
{
	struct guest_regs before = *regs;
	u64 rax = vmcb.rax;

	vmcb.rip = RIP;
	assert_int_equal(run_exit(code_of_exit), 0);
	if (vmcb.eventinj != event)
		fail_msg("exit %#llx injects %#llx", code_of_exit,
			 vmcb.eventinj);
	assert_int_equal(vmcb.rip, RIP);
	assert_int_equal(vmcb.rax, rax);
	before.rax = regs->rax;
	assert_memory_equal(&before, regs, sizeof(before));
}

static void test_vmmcall(void **state)
{
	(void)state;
	vmcb.cpl = 3;
	vmcb.interrupt_shadow = 1;
	assert_int_equal(run_exit(VMEXIT_VMMCALL), 0);
	assert_int_equal(dispatched.calls, 1);
	assert_int_equal(dispatched.cpl, 3);
	assert_true(dispatched.is64);
	/* The handler finds RIP behind the call */
	assert_int_equal(dispatched.rip, RIP + 3);
	assert_int_equal(vmcb.rip, RIP + 3);
	assert_int_equal(vmcb.rax, 0x5a);
	assert_int_equal(vmcb.interrupt_shadow, 0);
	assert_int_equal(vmcb.eventinj, 0);
	assert_int_equal(vmcb.tlb_control, TLB_CONTROL_NONE);
	assert_int_equal(hw_cpu()->exits[VMEXIT_VMMCALL], 1);
	assert_true(hw_cpu()->ticks > 0);
	/* CS.L without long mode, long mode without CS.L */
	vmcb.efer &= ~EFER_LMA;
	run_exit(VMEXIT_VMMCALL);
	assert_false(dispatched.is64);
	vmcb.efer |= EFER_LMA;
	vmcb.cs.attrib = SEG_ATTRIB_DB;
	run_exit(VMEXIT_VMMCALL);
	assert_false(dispatched.is64);
}

static void test_single_step(void **state)
{
	(void)state;
	hw_set_msr(MSR_DEBUGCTL, 0, 64);
	vmcb.rflags = RFLAGS_TF;
	vmcb.dr6 = 0xffff0ff0;
	assert_int_equal(run_exit(VMEXIT_VMMCALL), 0);
	assert_int_equal(vmcb.eventinj, DB);
	assert_int_equal(vmcb.dr6, 0xffff0ff0 | DR6_BS);
	assert_int_equal(vmcb.rip, RIP + 3);
	/* Branches only */
	hw_set_msr(MSR_DEBUGCTL, DEBUGCTL_BTF, 64);
	vmcb.dr6 = 0xffff0ff0;
	vmcb.eventinj = 0;
	assert_int_equal(run_exit(VMEXIT_VMMCALL), 0);
	assert_int_equal(vmcb.eventinj, 0);
	assert_int_equal(vmcb.dr6, 0xffff0ff0);
}

/* RF is for one instruction, and nothing else of the flags changes */
static void test_resume_flag(void **state)
{
	(void)state;
	vmcb.rflags = RFLAGS_RF | RFLAGS_IF | RFLAGS_FIXED;
	assert_int_equal(run_exit(VMEXIT_VMMCALL), 0);
	assert_int_equal(vmcb.rflags, RFLAGS_IF | RFLAGS_FIXED);
	assert_int_equal(vmcb.eventinj, 0);
}

static void put_code(u32 at, const char *bytes, u32 len)
{
	memcpy(code + at, bytes, len);
}

/* Return: RIP behind a VMMCALL at that offset of the code */
static u64 next_from_bytes(u32 at)
{
	svm_machine.nrips = false;
	vmcb.rip = RIP + at;
	assert_int_equal(run_exit(VMEXIT_VMMCALL), 0);
	return vmcb.rip - RIP - at;
}

static void test_decoded(void **state)
{
	static const u8 prefixes[] = {
		0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3,
	};
	char bytes[16];
	u32 i;

	(void)state;
	put_code(0, "\x0f\x01\xd9", 3);
	assert_int_equal(next_from_bytes(0), 3);
	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		setup(NULL);
		code[8] = prefixes[i];
		put_code(9, "\x0f\x01\xd9", 3);
		assert_int_equal(next_from_bytes(8), 4);
		/* Prefixes in 32-bit code as well */
		vmcb.cs.attrib = SEG_ATTRIB_DB;
		assert_int_equal(next_from_bytes(8), 4);
	}
	/* REX in 64-bit code only; elsewhere these are INC and DEC */
	setup(NULL);
	for (i = 0x40; i < 0x50; i++) {
		code[8] = (u8)i;
		assert_int_equal(next_from_bytes(8), 4);
		vmcb.cs.attrib = SEG_ATTRIB_DB;
		assert_int_equal(next_from_bytes(8), 3);
		vmcb.cs.attrib = SEG_ATTRIB_L;
	}
	/* No instruction has more than 15 bytes, whatever the guest puts there now */
	memset(bytes, 0x2e, sizeof(bytes));
	put_code(0x20, bytes, sizeof(bytes));
	assert_int_equal(next_from_bytes(0x20), 15);
	put_code(0x20 + 12, "\x0f\x01\xd9", 3);
	assert_int_equal(next_from_bytes(0x20), 15);
	/* Across pages, and at the end of what can be executed */
	put_code(4090, "\x2e\x2e\x2e\x2e\x2e\x2e\x0f\x01\xd9", 9);
	assert_int_equal(next_from_bytes(4090), 9);
	put_code(sizeof(code) - 3, "\x0f\x01\xd9", 3);
	assert_int_equal(next_from_bytes(sizeof(code) - 3), 3);
	assert_int_equal(next_from_bytes(sizeof(code)), 3);
}

/* The memo saves the walk, and no change of what it stands for goes unseen */
static void test_memo(void **state)
{
	(void)state;
	put_code(0, "\x0f\x01\xd9", 3);
	next_from_bytes(0);
	assert_int_equal(walks, 1);
	next_from_bytes(0);
	next_from_bytes(0);
	assert_int_equal(walks, 1);
	/* Other bytes in the same place */
	put_code(0, "\x2e\x0f\x01\xd9", 4);
	assert_int_equal(next_from_bytes(0), 4);
	assert_int_equal(next_from_bytes(0), 4);
	/* Another address space, another address */
	put_code(0, "\x0f\x01\xd9", 3);
	next_from_bytes(0);
	walks = 0;
	vmcb.cr3 = 0x8000;
	next_from_bytes(0);
	assert_int_equal(walks, 1);
	put_code(0x100, "\x2e\x0f\x01\xd9", 4);
	assert_int_equal(next_from_bytes(0x100), 4);
	/* Where the two bytes lie in two pages nothing is kept */
	put_code(4095, "\x0f\x01\xd9", 3);
	next_from_bytes(4095);
	walks = 0;
	next_from_bytes(4095);
	assert_int_equal(walks, 1);
}

/* 32-bit code: CS has a base, and RIP 32 bits */
static void test_narrow_code(void **state)
{
	(void)state;
	svm_machine.nrips = false;
	vmcb.cs.attrib = SEG_ATTRIB_DB;
	vmcb.cs.base = 0x10000;
	code_va = RIP;
	vmcb.rip = RIP - 0x10000;
	put_code(0, "\x67\x0f\x01\xd9", 4);
	assert_int_equal(run_exit(VMEXIT_VMMCALL), 0);
	assert_int_equal(vmcb.rip, RIP - 0x10000 + 4);
	vmcb.cs.base = 0;
	code_va = 0xfffff000;
	put_code(4093, "\x0f\x01\xd9", 3);
	vmcb.rip = 0xfffffffd;
	assert_int_equal(run_exit(VMEXIT_VMMCALL), 0);
	assert_int_equal(vmcb.rip, 0);
}

/* As on a CPU whose EFER.SVME is 0 */
static void test_instructions(void **state)
{
	static const u32 undefined[] = {
		VMEXIT_VMRUN, VMEXIT_VMLOAD, VMEXIT_VMSAVE, VMEXIT_STGI,
		VMEXIT_CLGI, VMEXIT_SKINIT, VMEXIT_INVLPGA,
	};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(undefined); i++) {
		injects(undefined[i], UD);
		assert_int_equal(hw_cpu()->exits[undefined[i]], 1);
	}
	assert_int_equal(hw.logged, ARRAY_SIZE(undefined));
}

static void test_ends(void **state)
{
	(void)state;
	assert_int_equal(run_exit(VMEXIT_SHUTDOWN), HW_SHUTDOWN);
	assert_int_equal(run_exit(0x60), HW_PANIC);
	assert_int_equal(run_exit(0x401), HW_PANIC);
	assert_int_equal(hw_cpu()->exits[EXIT_INDEX_OTHER], 1);
	/* VMRUN refused the guest: at its first instruction it goes back, later not */
	hw_cpu()->frame.rip = RIP;
	hw_cpu()->frame.rsp = vmcb.rsp;
	hw_cpu()->state = CPU_IN;
	assert_int_equal(run_exit(~0ULL), 99);
	assert_true(returned);
	assert_int_equal(hw_cpu()->state, CPU_OUT);
	assert_int_equal(hw_cpu()->frame.reason, UV_REASON_VM_ENTRY_INVALID);
	vmcb.rsp += 8;
	assert_int_equal(run_exit(0xffffffff), HW_PANIC);
	assert_int_equal(hw_cpu()->exits[EXIT_INDEX_INVALID], 2);
}

static void set_msr(u32 msr, u64 value, bool write)
{
	regs->rcx = HIGH | msr;
	regs->rdx = HIGH | value >> 32;
	vmcb.rax = HIGH | (u32)value;
	vmcb.exitinfo1 = write;
	vmcb.nrip = RIP + 2;
}

static u64 read_gives(u32 msr)
{
	set_msr(msr, 0x1111111122222222ULL, false);
	vmcb.rip = RIP;
	assert_int_equal(run_exit(VMEXIT_MSR), 0);
	assert_int_equal(vmcb.eventinj, 0);
	assert_int_equal(vmcb.rip, RIP + 2);
	assert_int_equal(regs->rcx, HIGH | msr);
	assert_int_equal(vmcb.rax >> 32 | regs->rdx >> 32, 0);
	return regs->rdx << 32 | vmcb.rax;
}

static void takes(u32 msr, u64 value)
{
	set_msr(msr, value, true);
	vmcb.rip = RIP;
	assert_int_equal(run_exit(VMEXIT_MSR), 0);
	assert_int_equal(vmcb.eventinj, 0);
	assert_int_equal(vmcb.rip, RIP + 2);
}

static void takes_not(u32 msr, u64 value)
{
	set_msr(msr, value, true);
	injects(VMEXIT_MSR, GP);
}

static void test_msrs(void **state)
{
	(void)state;
	hw_set_msr(MSR_SOME, 0x123456789abcdef0ULL, 62);
	assert_int_equal(read_gives(MSR_SOME), 0x123456789abcdef0ULL);
	takes(MSR_SOME, 0x2fedcba987654321ULL);
	assert_int_equal(hw_rdmsr(MSR_SOME), 0x2fedcba987654321ULL);
	takes_not(MSR_SOME, 1ULL << 62);
	takes_not(MSR_SOME + 1, 0);
	set_msr(MSR_SOME + 1, 0, false);
	injects(VMEXIT_MSR, GP);
	/* SVM is disabled and locked; writes have no effect, or fault */
	hw_set_msr(MSR_VM_CR, 0, 64);
	hw_set_msr(MSR_VM_HSAVE_PA, 0x5000, 64);
	hw_set_msr(MSR_SVM_KEY, 5, 64);
	assert_int_equal(read_gives(MSR_VM_CR), VM_CR_SVMDIS | VM_CR_LOCK);
	assert_int_equal(read_gives(MSR_VM_HSAVE_PA), 0);
	assert_int_equal(read_gives(MSR_SVM_KEY), 0);
	takes(MSR_VM_CR, 0);
	takes(MSR_SVM_KEY, 1);
	takes(MSR_VM_HSAVE_PA, 0);
	takes_not(MSR_VM_HSAVE_PA, 0x1000);
	takes_not(MSR_VM_HSAVE_PA, 1ULL << 32);
	assert_int_equal(hw_rdmsr(MSR_VM_CR), 0);
	assert_int_equal(hw_rdmsr(MSR_VM_HSAVE_PA), 0x5000);
	assert_int_equal(hw_rdmsr(MSR_SVM_KEY), 5);
}

static void test_efer(void **state)
{
	const u64 host = hw_rdmsr(MSR_EFER), guest = vmcb.efer;

	(void)state;
	assert_int_equal(read_gives(MSR_EFER), guest);
	/* SVME is ignored, LMA isn't the guest's to write, the rest is */
	takes(MSR_EFER, EFER_LME);
	assert_int_equal(vmcb.efer, EFER_LME | EFER_LMA | EFER_SVME);
	takes(MSR_EFER, EFER_LME | EFER_NXE | EFER_SCE);
	assert_int_equal(vmcb.efer, EFER_LME | EFER_LMA | EFER_SVME | EFER_NXE |
			 EFER_SCE);
	assert_int_equal(hw.logged, 2);
	takes(MSR_EFER, guest);
	assert_int_equal(vmcb.efer, guest);
	assert_int_equal(hw.logged, 2);
	/* A bit that the CPU hasn't got; LME while paging is on */
	takes_not(MSR_EFER, guest | BIT_ULL(16));
	takes_not(MSR_EFER, guest & ~EFER_LME);
	assert_int_equal(vmcb.efer, guest);
	/* Without paging it may */
	vmcb.cr0 = CR0_PE;
	vmcb.efer = EFER_SVME;
	takes(MSR_EFER, EFER_SVME | EFER_LME | EFER_LMA);
	assert_int_equal(vmcb.efer, EFER_SVME | EFER_LME);
	/* Root mode goes on with its own */
	assert_int_equal(hw_rdmsr(MSR_EFER), host);
}

/*
 * Which MSRs exit, of those that the map has (section 15.11): both ways or not at all, but
 * that of some the writes could reach the VMM's memory (test_svm_msr.c has more)
 */
static void test_msr_map(void **state)
{
	static const u32 bases[] = { 0, 0xc0000000, 0xc0010000 };
	u32 range, i;

	(void)state;
	memset(msrpm, 0, sizeof(msrpm));
	msr_init();
	for (range = 0; range < ARRAY_SIZE(bases); range++)
		for (i = 0; i < 0x2000; i++) {
			u32 msr = bases[range] + i;
			u32 bits = msrpm[range * 2048 + i / 4] >> (i % 4 * 2) & 3;
			bool ours = msr == 0xc0000080 || msr == 0xc0010114 ||
				    msr == 0xc0010117 || msr == 0xc0010118;
			bool writes = msr == 0x11 || msr == 0x12 || msr == 0x1b ||
				      msr == 0xc0010010 || msr == 0xc0010058 ||
				      (msr >= 0xc0010016 && msr <= 0xc001001a) ||
				      msr == 0xc001001d || msr == 0xc0010132 ||
				      (msr >= 0xc0010111 && msr <= 0xc0010113) ||
				      msr == 0xc0010133 || msr == 0xc0010136;

			assert_int_equal(bits, ours ? 3 : writes ? 2 : 0);
		}
	for (i = 3 * 2048; i < MSRPM_BYTES; i++)
		assert_int_equal(msrpm[i], 0);
}

static u64 fault(u64 info, u64 addr, u64 interrupted)
{
	vmcb.exitinfo1 = info;
	vmcb.exitinfo2 = addr;
	vmcb.exitintinfo = interrupted;
	assert_int_equal(run_exit(VMEXIT_NPF), 0);
	return vmcb.eventinj;
}

/* #GP; a fault in the delivery of an exception is #DF, as two such faults are */
static void test_faults(void **state)
{
	(void)state;
	hw.cr3 = 0x5ca3000;
	assert_int_equal(fault(NPF_WRITE | NPF_PRESENT, BLOCK, 0), GP);
	assert_int_equal(fault(NPF_FETCH | NPF_PRESENT, BLOCK, 0), GP);
	assert_int_equal(fault(0, 1ULL << 41, 0), GP);
	assert_int_equal(fault(NPF_WRITE, BLOCK, 0x80000b0e), 0x80000b08);
	assert_int_equal(fault(NPF_WRITE, BLOCK, 0x80000030), GP);
	assert_int_equal(fault(NPF_WRITE, BLOCK, 0xb0e), GP);
	assert_int_equal(hw_cpu()->exits[EXIT_INDEX_NPF], 6);
	assert_int_equal(hw.logged, 6);
	assert_int_equal(vmcb.rip, RIP);
}

/* As QEMU leaves it when another CPU changes its first CPU's flags */
static void test_lost_state(void **state)
{
	(void)state;
	hw.cr3 = 0x5ca3000;
	vmcb.cr3 = hw.cr3 + UV_PAGE_SIZE;
	assert_int_equal(fault(NPF_WRITE | NPF_PRESENT, BLOCK, 0), GP);
	vmcb.cr3 = hw.cr3;
	assert_int_equal(run_exit(VMEXIT_NPF), HW_PANIC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_vmmcall, setup),
		cmocka_unit_test_setup(test_single_step, setup),
		cmocka_unit_test_setup(test_resume_flag, setup),
		cmocka_unit_test_setup(test_decoded, setup),
		cmocka_unit_test_setup(test_memo, setup),
		cmocka_unit_test_setup(test_narrow_code, setup),
		cmocka_unit_test_setup(test_instructions, setup),
		cmocka_unit_test_setup(test_ends, setup),
		cmocka_unit_test_setup(test_msrs, setup),
		cmocka_unit_test_setup(test_efer, setup),
		cmocka_unit_test_setup(test_msr_map, setup),
		cmocka_unit_test_setup(test_faults, setup),
		cmocka_unit_test_setup(test_lost_state, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
