// SPDX-License-Identifier: GPL-2.0-only
/*
 * svm_check_vmcb(): a VMCB as Linux gives rise to passes; each rule of VMRUN, broken
 * alone, is found and named.
 */
#include "unit.h"

#include "svm/svm.h"

#define MAXPHYADDR	40

static struct vmcb good(void)
{
	return (struct vmcb) {
		.efer = EFER_SVME | EFER_LME | EFER_LMA | EFER_SCE | EFER_NXE,
		.cr0 = CR0_PE | CR0_PG | CR0_WP,
		.cr3 = 0x1234567001ULL,
		.cr4 = CR4_PAE | CR4_PGE | CR4_PCIDE | CR4_SMEP | CR4_SMAP,
		.dr6 = 0xffff0ff0,
		.dr7 = 0x400,
		.cs.attrib = 0xa9b,
		.intercept1 = INTERCEPT1_MSR_PROT,
		.intercept2 = INTERCEPT2_VMRUN,
		.guest_asid = 1,
		.msrpm_base_pa = 0x8000000,
		.np_enable = NP_ENABLE,
		.n_cr3 = 0x9000000,
	};
}

static void finds(struct vmcb vmcb, const char *words)
{
	u32 index = 0;
	const char *text = svm_check_vmcb(&vmcb, MAXPHYADDR, &index);

	assert_non_null(text);
	if (!strstr(text, words))
		fail_msg("found \"%s\", not \"%s\"", text, words);
	assert_int_not_equal(index, 0);
}

#define BREAK(change, words) do {					\
	struct vmcb v = good();						\
									\
	change;								\
	finds(v, words);						\
} while (0)

static void test_good(void **state)
{
	struct vmcb vmcb = good();
	u32 index;

	(void)state;
	assert_null(svm_check_vmcb(&vmcb, MAXPHYADDR, &index));
	vmcb.cr4 |= CR4_LA57 | CR4_CET | CR4_PKE;
	vmcb.cr0 |= CR0_CD | CR0_NW;
	assert_null(svm_check_vmcb(&vmcb, MAXPHYADDR, &index));
	/* The last page below the limit is not above it */
	vmcb.msrpm_base_pa = (1ULL << MAXPHYADDR) - 2 * UV_PAGE_SIZE;
	assert_null(svm_check_vmcb(&vmcb, MAXPHYADDR, &index));
}

/* What a rule is not about passes */
static void test_good_as_well(void **state)
{
	struct vmcb vmcb = good();
	u32 index;

	(void)state;
	vmcb.cs.attrib = SEG_ATTRIB_DB;			/* 32-bit code */
	assert_null(svm_check_vmcb(&vmcb, MAXPHYADDR, &index));
	vmcb = good();
	vmcb.intercept1 = 0;
	vmcb.msrpm_base_pa = ~0ULL;
	vmcb.np_enable = 0;
	vmcb.n_cr3 = ~0ULL;
	assert_null(svm_check_vmcb(&vmcb, MAXPHYADDR, &index));
	/* Real mode */
	vmcb = good();
	vmcb.efer = EFER_SVME;
	vmcb.cr0 = 0;
	vmcb.cr3 = 1ULL << MAXPHYADDR;
	vmcb.cr4 = 0;
	vmcb.cs.attrib |= SEG_ATTRIB_DB;
	assert_null(svm_check_vmcb(&vmcb, MAXPHYADDR, &index));
}

static void test_guest_state(void **state)
{
	(void)state;
	BREAK(v.efer &= ~EFER_SVME, "EFER.SVME");
	BREAK(v.cr0 |= CR0_NW, "CR0.NW");
	BREAK(v.cr0 |= 1ULL << 32, "CR0[63:32]");
	BREAK(v.cr3 |= 1ULL << MAXPHYADDR, "CR3");
	BREAK(v.cr3 |= 1ULL << 63, "CR3");
	BREAK(v.cr4 |= BIT_ULL(15), "CR4");
	BREAK(v.cr4 |= 1ULL << 32, "CR4");
	BREAK(v.dr6 |= 1ULL << 32, "DR6");
	BREAK(v.dr7 |= 1ULL << 63, "DR7");
	BREAK(v.efer |= 1ULL << 63, "MBZ bit of EFER");
	BREAK(v.efer |= 1ULL << 1, "MBZ bit of EFER");
	BREAK(v.cr4 &= ~CR4_PAE, "CR4.PAE");
	BREAK(v.cr0 &= ~CR0_PE, "CR0.PE");
	BREAK(v.cs.attrib |= SEG_ATTRIB_DB, "CS.D");
	BREAK(v.s_cet = 1, "S_CET");
}

static void test_controls(void **state)
{
	(void)state;
	BREAK(v.intercept2 = 0, "VMRUN intercept");
	BREAK(v.guest_asid = 0, "ASID");
	BREAK(v.msrpm_base_pa = 1ULL << MAXPHYADDR, "MSR permission");
	BREAK(v.msrpm_base_pa = (1ULL << MAXPHYADDR) - UV_PAGE_SIZE,
	      "MSR permission");
	BREAK(v.n_cr3 = 1ULL << MAXPHYADDR, "N_CR3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_good_as_well),
		cmocka_unit_test(test_guest_state),
		cmocka_unit_test(test_controls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
