// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmx/init.c: the controls that are chosen from what a CPU's capability MSRs allow. What
 * CPUID shows of instructions that need one gets it, or the CPU is refused by name; and
 * nothing exits that we didn't ask for.
 */
#include "unit.h"
#include "vmx/vmx.h"
#include "core/log.h"
#include "core/x86.h"
#include "mock/hw.h"

/* cmocka's */
#undef fail
#include "vmx/init.c"

#define PIN_MUST	0x16u
#define PROC_MUST	0x04006172u
#define EXIT_MUST	0x36dfbu
#define ENTRY_MUST	0x11fbu

const char vmx_nmi_entry[1], vmx_mce_entry[1];

static bool nested_ready, msrs_ready;

int nested_init(struct cpu *cpu)
{
	assert_ptr_equal(cpu, hw_cpu());
	nested_ready = true;
	return 0;
}

void msr_init(void)
{
	msrs_ready = true;
}

static u64 allow(u32 may, u32 must)
{
	return (u64)may << 32 | must;
}

/* A CPU that allows everything and shows no optional instruction */
static int setup(void **state)
{
	u32 msr;

	(void)state;
	hw_reset();
	memset(&vmx_machine, 0, sizeof(vmx_machine));
	nested_ready = false;
	msrs_ready = false;
	for (msr = MSR_IA32_VMX_BASIC; msr <= MSR_IA32_VMX_LAST; msr++)
		hw_set_msr(msr, 0, 64);
	/* The plain ones force exits that the TRUE ones don't */
	hw_set_msr(MSR_IA32_VMX_PROCBASED_CTLS, allow(~0u, 0x0401e172), 64);
	hw_set_msr(MSR_IA32_VMX_TRUE_PINBASED_CTLS, allow(0xff, PIN_MUST), 64);
	hw_set_msr(MSR_IA32_VMX_TRUE_PROCBASED_CTLS, allow(~0u, PROC_MUST), 64);
	hw_set_msr(MSR_IA32_VMX_PROCBASED_CTLS2, allow(~0u, 0), 64);
	hw_set_msr(MSR_IA32_VMX_PROCBASED_CTLS3, ~0ULL, 64);
	hw_set_msr(MSR_IA32_VMX_TRUE_EXIT_CTLS, allow(~0u, EXIT_MUST), 64);
	hw_set_msr(MSR_IA32_VMX_TRUE_ENTRY_CTLS, allow(~0u, ENTRY_MUST), 64);
	hw_set_cpuid(0, 0, 0x20, 0, 0, 0);
	hw_set_cpuid(0x80000000, 0, 0x80000008, 0, 0, 0);
	return 0;
}

/* Return: the control that is missing, NULL if all is well */
static const char *init(void)
{
	int err = backend_init(hw_cpu());

	assert_int_equal(nested_ready, !err);
	assert_int_equal(msrs_ready, !err);
	if (!err)
		return NULL;
	assert_int_equal(err, -EOPNOTSUPP);
	assert_int_equal(hw_cpu()->frame.reason, UV_REASON_CONTROL);
	return (const char *)hw_cpu()->frame.reason_text;
}

static void test_plain(void **state)
{
	(void)state;
	assert_null(init());
	assert_int_equal(vmx_machine.pin, PIN_MUST);
	assert_int_equal(vmx_machine.proc, PROC_MUST | PROC_MSR_BITMAPS |
			 PROC_SECONDARY);
	assert_int_equal(vmx_machine.proc2, PROC2_EPT | PROC2_VPID |
			 PROC2_UNRESTRICTED);
	assert_int_equal(vmx_machine.proc3, 0);
	assert_int_equal(vmx_machine.exit, EXIT_MUST | EXIT_SAVE_DEBUG |
			 EXIT_HOST_64 | EXIT_SAVE_PAT | EXIT_LOAD_PAT |
			 EXIT_SAVE_EFER | EXIT_LOAD_EFER);
	assert_int_equal(vmx_machine.entry, ENTRY_MUST | ENTRY_LOAD_DEBUG |
			 ENTRY_LOAD_PAT | ENTRY_LOAD_EFER);
	assert_false(vmx_machine.xsave);
	hw_set_cpuid(1, 0, 0, 0, BIT(26), 0);
	assert_null(init());
	assert_true(vmx_machine.xsave);
}

/* Where CPUID has an instruction, and its control */
static const struct {
	u32 leaf, subleaf, regs[4];
	u32 proc2;
	u64 proc3;
	const char *name;
} shown[] = {
	{ 0x80000001, 0, { 0, 0, 0, BIT(27) }, BIT(3), 0, "RDTSCP" },
	{ 7, 0, { 1, BIT(10), 0, 0 }, BIT(12), 0, "INVPCID" },
	{ 0xd, 1, { BIT(3), 0, 0, 0 }, BIT(20), 0, "XSAVES" },
	{ 7, 0, { 1, 0, BIT(5), 0 }, BIT(26), 0, "user wait" },
	{ 7, 0, { 1, 0, 0, BIT(18) }, BIT(27), 0, "PCONFIG" },
	{ 7, 1, { BIT(27), 0, 0, 0 }, 0, BIT_ULL(6), "MSR-list" },
};

static void show(u32 i)
{
	hw_set_cpuid(7, 0, 1, 0, 0, 0);
	hw_set_cpuid(shown[i].leaf, shown[i].subleaf, shown[i].regs[0],
		     shown[i].regs[1], shown[i].regs[2], shown[i].regs[3]);
}

static void test_instructions(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shown); i++) {
		setup(NULL);
		show(i);
		assert_null(init());
		assert_int_equal(vmx_machine.proc2, PROC2_EPT | PROC2_VPID |
				 PROC2_UNRESTRICTED | shown[i].proc2);
		assert_int_equal(vmx_machine.proc3, shown[i].proc3);
		assert_int_equal(!!(vmx_machine.proc & PROC_TERTIARY),
				 !!shown[i].proc3);
	}
}

static void test_missing_control(void **state)
{
	const char *name;
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shown); i++) {
		setup(NULL);
		show(i);
		hw_set_msr(MSR_IA32_VMX_PROCBASED_CTLS2,
			   allow(~shown[i].proc2, 0), 64);
		hw_set_msr(MSR_IA32_VMX_PROCBASED_CTLS3, ~shown[i].proc3, 64);
		name = init();
		assert_non_null(name);
		assert_non_null(strstr(name, shown[i].name));
	}
	/* No tertiary controls at all: their MSR doesn't exist, and isn't read */
	setup(NULL);
	show(5);
	hw_set_msr(MSR_IA32_VMX_TRUE_PROCBASED_CTLS,
		   allow(~(u32)PROC_TERTIARY, PROC_MUST), 64);
	name = init();
	assert_non_null(name);
	assert_non_null(strstr(name, "MSR-list"));
}

/* A leaf that CPUID doesn't have answers with another one's */
static void test_leaf_beyond(void **state)
{
	(void)state;
	hw_set_cpuid(0, 0, 6, 0, 0, 0);
	hw_set_cpuid(7, 0, ~0u, ~0u, ~0u, ~0u);
	hw_set_cpuid(7, 1, ~0u, ~0u, ~0u, ~0u);
	hw_set_cpuid(0xd, 1, ~0u, ~0u, ~0u, ~0u);
	hw_set_cpuid(0x80000000, 0, 0x80000000, 0, 0, 0);
	hw_set_cpuid(0x80000001, 0, ~0u, ~0u, ~0u, ~0u);
	assert_null(init());
	assert_int_equal(vmx_machine.proc2, PROC2_EPT | PROC2_VPID |
			 PROC2_UNRESTRICTED);
	/* Leaf 7 without a subleaf 1 */
	setup(NULL);
	hw_set_cpuid(7, 0, 0, 0, 0, 0);
	hw_set_cpuid(7, 1, ~0u, ~0u, ~0u, ~0u);
	assert_null(init());
	assert_int_equal(vmx_machine.proc3, 0);
}

/* Each control that we can't do without, taken away */
static void test_needed(void **state)
{
	static const struct {
		u32 msr;
		u32 bit;
		const char *text;
	} needed[] = {
		{ MSR_IA32_VMX_TRUE_PINBASED_CTLS, PIN_VIRTUAL_NMIS, "virtual NMIs" },
		{ MSR_IA32_VMX_TRUE_PROCBASED_CTLS, PROC_MSR_BITMAPS, "primary" },
		{ MSR_IA32_VMX_TRUE_PROCBASED_CTLS, PROC_SECONDARY, "primary" },
		{ MSR_IA32_VMX_TRUE_PROCBASED_CTLS, PROC_NMI_WINDOW, "primary" },
		{ MSR_IA32_VMX_PROCBASED_CTLS2, PROC2_EPT, "secondary" },
		{ MSR_IA32_VMX_PROCBASED_CTLS2, PROC2_VPID, "secondary" },
		{ MSR_IA32_VMX_PROCBASED_CTLS2, PROC2_UNRESTRICTED, "secondary" },
		{ MSR_IA32_VMX_TRUE_EXIT_CTLS, EXIT_SAVE_DEBUG, "VM-exit" },
		{ MSR_IA32_VMX_TRUE_EXIT_CTLS, EXIT_HOST_64, "VM-exit" },
		{ MSR_IA32_VMX_TRUE_EXIT_CTLS, EXIT_SAVE_PAT, "VM-exit" },
		{ MSR_IA32_VMX_TRUE_EXIT_CTLS, EXIT_LOAD_PAT, "VM-exit" },
		{ MSR_IA32_VMX_TRUE_EXIT_CTLS, EXIT_SAVE_EFER, "VM-exit" },
		{ MSR_IA32_VMX_TRUE_EXIT_CTLS, EXIT_LOAD_EFER, "VM-exit" },
		{ MSR_IA32_VMX_TRUE_ENTRY_CTLS, ENTRY_LOAD_DEBUG, "VM-entry" },
		{ MSR_IA32_VMX_TRUE_ENTRY_CTLS, ENTRY_LOAD_PAT, "VM-entry" },
		{ MSR_IA32_VMX_TRUE_ENTRY_CTLS, ENTRY_LOAD_EFER, "VM-entry" },
	};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		const char *text;

		setup(NULL);
		hw_set_msr(needed[i].msr, hw_rdmsr(needed[i].msr) &
			   ~((u64)needed[i].bit << 32), 64);
		text = init();
		assert_non_null(text);
		assert_non_null(strstr(text, needed[i].text));
	}
}

static void test_handlers(void **state)
{
	u32 vector;

	(void)state;
	for (vector = 0; vector < 32; vector++)
		assert_ptr_equal(backend_fault_entry(vector),
				 vector == VECTOR_NMI ? vmx_nmi_entry :
				 vector == VECTOR_MC ? vmx_mce_entry : NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_plain, setup),
		cmocka_unit_test_setup(test_instructions, setup),
		cmocka_unit_test_setup(test_missing_control, setup),
		cmocka_unit_test_setup(test_leaf_beyond, setup),
		cmocka_unit_test_setup(test_needed, setup),
		cmocka_unit_test_setup(test_handlers, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
