// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmx/nested.c: the EPT maps all physical addresses with the MTRRs' types, follows their
 * changes, and shows the VMM's memory as zeros throughout. The MTRRs are MSRs of a CPU
 * made of arrays; what a page's type has to be is core/mtrr.c's to say, which has
 * tests of its own.
 */
#include "unit.h"
#include "vmx/vmx.h"
#include "core/log.h"
#include "core/mtrr.h"
#include "core/radix.h"
#include "core/spinlock.h"
#include "core/vmm_memory.h"
#include "core/x86.h"
#include "mock/hw.h"

#include "vmx/nested.c"

#define WIDTH		46
#define KB		1024ULL
#define MB		(1024 * KB)
#define GB		(1024 * MB)
#define BLOCK_A		(2 * GB - 3 * MB)
#define BLOCK_B		(5 * GB + 0x8000)
#define BLOCK_B_SIZE	0x8000ULL
#define VARIABLE(i)	(MSR_IA32_MTRR_PHYSBASE0 + 2 * (i))

struct vmx_machine vmx_machine;

static u32 injected;

void inject_exception(u32 vector, bool has_error, u32 error)
{
	assert_true(has_error);
	assert_int_equal(error, 0);
	injected = vector;
}

static void set_variable(u32 i, u64 base, u64 size, u64 type)
{
	u64 mask = ((1ULL << WIDTH) - 1) & ~(size - 1);

	hw_set_msr(VARIABLE(i), base | type, 64);
	hw_set_msr(VARIABLE(i) + 1, size ? mask | MTRR_MASK_VALID : 0, 64);
}

/* A PC: ROM and video memory, a hole below 4 GiB, RAM behind it */
static int setup(void **state)
{
	u32 i;

	(void)state;
	hw_reset();
	boot_info.maxphyaddr = WIDTH;
	boot_info.nr_blocks = 2;
	boot_info.block[0] = (struct uv_block){ BLOCK_A, 5 * MB };
	boot_info.block[1] = (struct uv_block){ BLOCK_B, BLOCK_B_SIZE };
	hw_set_cpuid(1, 0, 0, 0, 0, BIT(12));
	hw_set_msr(MSR_IA32_MTRRCAP, MTRRCAP_FIX | 8, 64);
	hw_set_msr(MSR_IA32_MTRR_DEF_TYPE, MTRR_DEF_E | MTRR_DEF_FE | 6, 64);
	for (i = 0; i < MTRR_NR_FIXED; i++)
		hw_set_msr(mtrr_fixed_msr(i), i < 2 ? 0x0606060606060606ULL :
			   i == 2 ? 0 : 0x0505050505050505ULL, 64);
	for (i = 0; i < 8; i++)
		set_variable(i, 0, 0, 0);
	set_variable(0, 3 * GB, GB, MEMORY_UC);
	assert_int_equal(nested_init(hw_cpu()), 0);
	return 0;
}

/*
 * A mask that matches every other page: too many ranges, which are told, and a set that is
 * better is followed again. The pool has pages enough, so it isn't that.
 */
static void test_masks_with_holes(void **state)
{
	(void)state;
	hw_set_msr(VARIABLE(1), MEMORY_WB, 64);
	hw_set_msr(VARIABLE(1) + 1, UV_PAGE_SIZE | MTRR_MASK_VALID, 64);
	nested_follow_mtrrs();
	assert_int_equal(hw.logged, 1);
	set_variable(1, 16 * GB, GB, MEMORY_WC);
	nested_follow_mtrrs();
	assert_int_equal(hw.logged, 1);
	assert_int_equal(mtrrs.variable[1].base, 16 * GB | MEMORY_WC);
}

static u64 entry_at(u64 addr)
{
	u32 shift = 0;
	u64 entry = radix_lookup(&ept, addr, &shift);

	return entry ? (entry & ~RADIX_ADDR_MASK & ~RADIX_LARGE) |
		((entry & RADIX_ADDR_MASK) + (addr & ((1ULL << shift) - 1) &
					      UV_PAGE_MASK)) : 0;
}

static void is_ram(u64 addr, enum memory_type type)
{
	if (entry_at(addr) != (addr | 7 | (u64)type << 3))
		fail_msg("%#llx: entry %#llx", addr, entry_at(addr));
}

/* A page of zeros that can be read and nothing else */
static void is_hidden_page(u64 addr)
{
	u64 zeros = entry_at(BLOCK_A) & RADIX_ADDR_MASK;

	assert_int_equal(entry_at(addr), zeros | 1 | MEMORY_WB << 3);
	assert_int_not_equal(zeros, addr);
}

static bool is_vmms(u64 addr)
{
	return addr - BLOCK_A < 5 * MB || addr - BLOCK_B < BLOCK_B_SIZE;
}

static void all_hidden(void)
{
	u64 i;

	for (i = 0; i < 5 * MB; i += UV_PAGE_SIZE)
		is_hidden_page(BLOCK_A + i);
	for (i = 0; i < BLOCK_B_SIZE; i += UV_PAGE_SIZE)
		is_hidden_page(BLOCK_B + i);
}

static void test_types(void **state)
{
	u64 addr, end;

	(void)state;
	for (addr = 0; addr < 640 * KB; addr += UV_PAGE_SIZE)
		is_ram(addr, MEMORY_WB);
	for (; addr < 768 * KB; addr += UV_PAGE_SIZE)
		is_ram(addr, MEMORY_UC);
	for (; addr < MB; addr += UV_PAGE_SIZE)
		is_ram(addr, MEMORY_WP);
	is_ram(MB, MEMORY_WB);
	is_ram(3 * GB - UV_PAGE_SIZE, MEMORY_WB);
	is_ram(3 * GB, MEMORY_UC);
	is_ram(4 * GB - UV_PAGE_SIZE, MEMORY_UC);
	is_ram(4 * GB, MEMORY_WB);
	/* To the last page that there can be */
	for (addr = 1ULL << 33; addr < 1ULL << WIDTH; addr *= 2)
		is_ram(addr, MEMORY_WB);
	is_ram((1ULL << WIDTH) - UV_PAGE_SIZE, MEMORY_WB);
	assert_int_equal(entry_at(1ULL << WIDTH), 0);
	/* Everywhere below 8 GiB, against the rules themselves */
	for (addr = 0; addr < 8 * GB; addr += 64 * UV_PAGE_SIZE)
		if (!is_vmms(addr))
			is_ram(addr, mtrr_type(&mtrrs, addr, WIDTH, &end));
	assert_int_equal(vmx_machine.eptp & ~RADIX_ADDR_MASK, 0x1e);
}

static void test_hidden(void **state)
{
	(void)state;
	all_hidden();
	is_ram(BLOCK_A - UV_PAGE_SIZE, MEMORY_WB);
	is_ram(BLOCK_A + 5 * MB, MEMORY_WB);
	is_ram(BLOCK_B - UV_PAGE_SIZE, MEMORY_WB);
	is_ram(BLOCK_B + BLOCK_B_SIZE, MEMORY_WB);
}

/* Without MTRRs page tables decide alone */
static void test_no_mtrrs(void **state)
{
	(void)state;
	hw_set_cpuid(1, 0, 0, 0, 0, 0);
	assert_int_equal(nested_init(hw_cpu()), 0);
	is_ram(0xa0000, MEMORY_WB);
	is_ram(3 * GB, MEMORY_WB);
	all_hidden();
}

/* As a Linux that comes to terms with a frame buffer, and a set that is off for a while */
static void test_follows(void **state)
{
	u64 addr;

	(void)state;
	set_variable(1, 6 * GB, 64 * KB, MEMORY_WC);
	nested_follow_mtrrs();
	assert_int_equal(hw.invept, 1);
	is_ram(6 * GB - UV_PAGE_SIZE, MEMORY_WB);
	for (addr = 6 * GB; addr < 6 * GB + 64 * KB; addr += UV_PAGE_SIZE)
		is_ram(addr, MEMORY_WC);
	is_ram(6 * GB + 64 * KB, MEMORY_WB);
	/* Off: all is UC, but for the VMM's memory, which the guest doesn't see */
	hw_set_msr(MSR_IA32_MTRR_DEF_TYPE, 0, 64);
	nested_follow_mtrrs();
	assert_int_equal(hw.invept, 2);
	is_ram(0, MEMORY_UC);
	is_ram(6 * GB, MEMORY_UC);
	is_ram((1ULL << WIDTH) - UV_PAGE_SIZE, MEMORY_UC);
	all_hidden();
	hw_set_msr(MSR_IA32_MTRR_DEF_TYPE, MTRR_DEF_E | MTRR_DEF_FE | 6, 64);
	set_variable(1, BLOCK_B & ~(GB - 1), GB, MEMORY_WT);
	nested_follow_mtrrs();
	is_ram(6 * GB, MEMORY_WB);
	is_ram(BLOCK_B - UV_PAGE_SIZE, MEMORY_WT);
	is_ram(BLOCK_B + BLOCK_B_SIZE, MEMORY_WT);
	is_ram(0xa0000, MEMORY_UC);
	all_hidden();
	assert_int_equal(hw.logged, 0);
}

/* More ranges than are followed exist on no CPU; a count that says so is no harm */
static void test_too_many_ranges(void **state)
{
	u32 i;

	(void)state;
	for (i = 8; i < UV_MTRR_VARIABLE; i++)
		set_variable(i, 0, 0, 0);
	hw_set_msr(MSR_IA32_MTRRCAP, MTRRCAP_FIX | 255, 64);
	nested_follow_mtrrs();
	is_ram(3 * GB, MEMORY_UC);
}

/* The guest takes the pool's last page: what can't be done is told and tried again */
static void test_empty_pool(void **state)
{
	(void)state;
	hw_limit_pool(0);
	set_variable(1, 6 * GB, 64 * KB, MEMORY_WC);
	nested_follow_mtrrs();
	assert_int_equal(hw.logged, 1);
	is_ram(6 * GB, MEMORY_WB);
	all_hidden();
	hw_limit_pool(8);
	nested_follow_mtrrs();
	assert_int_equal(hw.logged, 1);
	is_ram(6 * GB, MEMORY_WC);
	/* Too little at the start is a failure with its reason */
	hw_limit_pool(4);
	assert_int_equal(nested_init(hw_cpu()), -ENOMEM);
	assert_int_equal(hw_cpu()->frame.reason, UV_REASON_NO_POOL);
}

static u32 fault(u64 qualification, u64 addr, u32 interrupted)
{
	vmwrite(EXIT_QUALIFICATION, qualification);
	vmwrite(GUEST_PHYSICAL_ADDRESS, addr);
	vmwrite(IDT_VECTORING_INFO, interrupted);
	injected = 0;
	nested_fault();
	return injected;
}

/* #GP; a fault in the delivery of an exception is #DF, as two such faults are */
static void test_faults(void **state)
{
	(void)state;
	assert_int_equal(fault(EPT_VIOLATION_WRITE, BLOCK_A, 0), VECTOR_GP);
	assert_int_equal(fault(EPT_VIOLATION_FETCH, BLOCK_B, 0), VECTOR_GP);
	assert_int_equal(fault(1, 1ULL << WIDTH, 0), VECTOR_GP);
	assert_int_equal(fault(EPT_VIOLATION_WRITE, BLOCK_A, 0x80000b0e),
			 VECTOR_DF);
	/* An interrupt's delivery isn't an exception's, nor one that isn't valid */
	assert_int_equal(fault(EPT_VIOLATION_WRITE, BLOCK_A, 0x80000030),
			 VECTOR_GP);
	assert_int_equal(fault(EPT_VIOLATION_WRITE, BLOCK_A, 0xb0e), VECTOR_GP);
	assert_int_equal(hw.logged, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_masks_with_holes, setup),
		cmocka_unit_test_setup(test_types, setup),
		cmocka_unit_test_setup(test_hidden, setup),
		cmocka_unit_test_setup(test_no_mtrrs, setup),
		cmocka_unit_test_setup(test_follows, setup),
		cmocka_unit_test_setup(test_too_many_ranges, setup),
		cmocka_unit_test_setup(test_empty_pool, setup),
		cmocka_unit_test_setup(test_faults, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
