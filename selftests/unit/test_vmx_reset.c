// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmx/reset.c: the VMCS and the registers that hold after INIT and SIPI. The instructions
 * are those of mock/hw.h.
 */
#include "unit.h"

#include "vmx/vmx.h"
#include "core/fault.h"
#include "core/log.h"
#include "core/x86.h"
#include "mock/hw.h"

#include "vmx/inject.c"
#include "vmx/reset.c"

#define HIGH	0xdeadbeef00000000ULL

struct vmx_machine vmx_machine;

static struct guest_regs *regs;

static int setup(void **state)
{
	(void)state;
	hw_reset();
	regs = &vmx_stack(hw_cpu())->regs;
	memset(regs, 0xa5, sizeof(*regs));
	vmx_machine = (struct vmx_machine){
		.caps = {
			.cr0_fixed0 = CR0_PG | CR0_NE | CR0_PE,
			.cr4_fixed0 = CR4_VMXE,
			.misc = VMX_MISC_WAIT_FOR_SIPI,
		},
	};
	return 0;
}

/* Return: 0 if the guest goes on, else how the machine ended */
static int init(void)
{
	int end = setjmp(hw.end);

	if (!end)
		init_exit(regs);
	return end;
}

static void before_init(u64 apic_base)
{
	hw_set_cpuid(1, 0, 0x50654, 0, 0, 0);
	hw_set_msr(MSR_IA32_APIC_BASE, apic_base, 64);
	hw.cr2 = 1;
	vmx_stack(hw_cpu())->cr2 = 1;
	vmwrite(GUEST_CR0, CR0_PG | CR0_NE | CR0_PE | CR0_CD);
	vmwrite(GUEST_EFER, EFER_LMA | EFER_LME);
	vmwrite(ENTRY_CONTROLS, ENTRY_IA32E);
	vmwrite(ENTRY_INTERRUPTION_INFO, VECTOR_NMI | EVENT_TYPE_NMI | EVENT_VALID);
	vmwrite(GUEST_INTERRUPTIBILITY, BLOCKING_STI);
	vmwrite(GUEST_PENDING_DBG, PENDING_DBG_BS);
	vmwrite(GUEST_DR7, 0x401);
	vmwrite(GUEST_GS_BASE, HIGH);
	vmwrite(GUEST_RSP, HIGH);
	vmx_cpu(hw_cpu())->nmis = 2;
	vmx_cpu(hw_cpu())->mces = 1;
}

/* SDM vol. 3 table 9-1, and section 26.3.1.5 for what VMX wants of it */
static void expect_state_after_init(void)
{
	struct guest_regs zero = { .rdx = 0x50654 };

	assert_int_equal(vmx_cpu(hw_cpu())->nmis, 0);
	assert_int_equal(vmx_cpu(hw_cpu())->mces, 0);
	assert_memory_equal(regs, &zero, sizeof(zero));
	assert_int_equal(vmread(GUEST_RIP), 0xfff0);
	assert_int_equal(vmread(GUEST_RSP), 0);
	assert_int_equal(vmread(GUEST_CS_SELECTOR), 0xf000);
	assert_int_equal(vmread(GUEST_CS_BASE), 0xffff0000);
	assert_int_equal(vmread(GUEST_CS_LIMIT), 0xffff);
	assert_int_equal(vmread(GUEST_CS_AR), 0x9b);
	assert_int_equal(vmread(GUEST_SS_AR), 0x93);
	assert_int_equal(vmread(GUEST_GS_BASE), 0);
	assert_int_equal(vmread(GUEST_TR_AR), 0x8b);
	assert_int_equal(vmread(GUEST_LDTR_AR), 0x82);
	assert_int_equal(vmread(GUEST_GDTR_LIMIT), 0xffff);
	assert_int_equal(vmread(GUEST_IDTR_LIMIT), 0xffff);
	assert_int_equal(vmread(GUEST_RFLAGS), 2);
	assert_int_equal(vmread(GUEST_DR7), 0x400);
	assert_int_equal(hw.dr6, 0xffff0ff0);
	assert_int_equal(hw.breakpoints_cleared, 1);
	assert_int_equal(hw.cr2 | vmx_stack(hw_cpu())->cr2, 0);
	assert_int_equal(vmread(GUEST_EFER), 0);
	assert_int_equal(vmread(ENTRY_CONTROLS) & ENTRY_IA32E, 0);
	assert_int_equal(vmread(GUEST_CR3), 0);
	/* CD stays, NW was clear; NE and VMXE are VMX's, and aren't seen */
	assert_int_equal(vmread(CR0_READ_SHADOW), 0x40000010);
	assert_int_equal(vmread(GUEST_CR0), 0x40000010 | CR0_NE);
	assert_int_equal(vmread(CR4_READ_SHADOW), 0);
	assert_int_equal(vmread(GUEST_CR4), CR4_VMXE);
	assert_int_equal(vmread(GUEST_INTERRUPTIBILITY), 0);
	assert_int_equal(vmread(GUEST_PENDING_DBG), 0);
	assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0);
	assert_true(hw.invvpid > 0);
}

static void test_init(void **state)
{
	(void)state;
	before_init(0xfee00800);
	assert_int_equal(init(), 0);
	expect_state_after_init();
	assert_int_equal(vmread(GUEST_ACTIVITY), ACTIVITY_WAIT_FOR_SIPI);

	vmwrite(EXIT_QUALIFICATION, 0x9a);
	sipi_exit();
	assert_int_equal(vmread(GUEST_ACTIVITY), ACTIVITY_ACTIVE);
	assert_int_equal(vmread(GUEST_CS_SELECTOR), 0x9a00);
	assert_int_equal(vmread(GUEST_CS_BASE), 0x9a000);
	assert_int_equal(vmread(GUEST_RIP), 0);
}

static void test_init_without_waiting(void **state)
{
	(void)state;
	before_init(0xfee00800);
	vmx_machine.caps.misc = 0;
	assert_int_equal(init(), HW_RESET);
}

/* Section 8.4.2: the boot CPU doesn't wait, and so needn't be able to */
static void test_init_of_boot_cpu(void **state)
{
	(void)state;
	before_init(0xfee00900);
	vmx_machine.caps.misc = 0;
	assert_int_equal(init(), 0);
	expect_state_after_init();
	assert_int_equal(vmread(GUEST_ACTIVITY), ACTIVITY_ACTIVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_init, setup),
		cmocka_unit_test_setup(test_init_without_waiting, setup),
		cmocka_unit_test_setup(test_init_of_boot_cpu, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
