// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmx/check.c: a VMCS as Linux gives one passes; each single thing that the manual
 * forbids is found, and the answer begins with the field's name.
 */
#include "unit.h"
#include "core/x86.h"
#include "vmx/vmx.h"

#define WIDTH	39

/* As a CPU with everything has them, appendix A */
static const struct vmx_caps silicon = {
	.basic = VMX_BASIC_TRUE_CTLS | 4,
	.pin = 0xff00000016ULL,
	.proc = 0xfffbfffe04006172ULL,
	.proc2 = 0xffffffffULL << 32,
	.proc3 = PROC3_MSR_LIST,
	.exit = 0x01ffffff00036dfbULL,
	.entry = 0x0003ffff000011fbULL,
	.misc = 0x1c0,
	.cr0_fixed0 = 0x80000021,
	.cr0_fixed1 = 0xffffffff,
	.cr4_fixed0 = 0x2000,
	.cr4_fixed1 = 0x3767ff,
	.ept_vpid = EPT_CAP_WALK_4 | EPT_CAP_WB | EPT_CAP_2M | EPT_CAP_1G,
};

static struct vmcs_image image;
static struct vmx_caps caps;

#define F(name)	VMCS(&image, name)

static void good_controls(void)
{
	F(PIN_CONTROLS) = 0x16;
	F(PROC_CONTROLS) = 0x04006172 | PROC_MSR_BITMAPS | PROC_SECONDARY;
	F(PROC2_CONTROLS) = PROC2_EPT | PROC2_VPID | PROC2_UNRESTRICTED |
			    PROC2_RDTSCP | PROC2_INVPCID | PROC2_XSAVES;
	F(EXIT_CONTROLS) = 0x36dfb | EXIT_SAVE_DEBUG | EXIT_HOST_64 |
			   EXIT_SAVE_PAT | EXIT_LOAD_PAT | EXIT_SAVE_EFER |
			   EXIT_LOAD_EFER;
	F(ENTRY_CONTROLS) = 0x11fb | ENTRY_LOAD_DEBUG | ENTRY_LOAD_PAT |
			    ENTRY_LOAD_EFER | ENTRY_IA32E;
	F(MSR_BITMAPS) = 0x1234000;
	F(EPT_POINTER) = 0x4321000 | EPTP_WALK_4 | 6;
	F(VPID) = 1;
}

static void good_host(void)
{
	F(HOST_CR0) = 0x80050033;
	F(HOST_CR3) = 0x12345000;
	F(HOST_CR4) = 0x3426e0;
	F(HOST_EFER) = 0xd01;
	F(HOST_PAT) = 0x0007040600070406ULL;
	F(HOST_CS_SELECTOR) = 0x10;
	F(HOST_SS_SELECTOR) = 0x18;
	F(HOST_TR_SELECTOR) = 0x20;
	F(HOST_TR_BASE) = 0xffffff9000000800ULL;
	F(HOST_GDTR_BASE) = 0xffffff9000000700ULL;
	F(HOST_IDTR_BASE) = 0xffffff8000010000ULL;
	F(HOST_GS_BASE) = 0xffff88807fc00000ULL;
	F(HOST_RSP) = 0xffffff900000ffe8ULL;
	F(HOST_RIP) = 0xffffff8000001000ULL;
}

/* Linux's 64-bit kernel: flat CS and SS, null data segments */
static void good_guest(void)
{
	F(GUEST_CS_SELECTOR) = 0x10;
	F(GUEST_CS_AR) = 0xa09b;
	F(GUEST_CS_LIMIT) = 0xffffffff;
	F(GUEST_SS_SELECTOR) = 0x18;
	F(GUEST_SS_AR) = 0xc093;
	F(GUEST_SS_LIMIT) = 0xffffffff;
	F(GUEST_DS_AR) = AR_UNUSABLE;
	F(GUEST_ES_AR) = AR_UNUSABLE;
	F(GUEST_FS_AR) = AR_UNUSABLE;
	F(GUEST_GS_AR) = AR_UNUSABLE;
	F(GUEST_LDTR_AR) = AR_UNUSABLE;
	F(GUEST_TR_SELECTOR) = 0x40;
	F(GUEST_TR_BASE) = 0xfffffe0000003000ULL;
	F(GUEST_TR_LIMIT) = 0x4087;
	F(GUEST_TR_AR) = 0x8b;
	F(GUEST_GS_BASE) = 0xffff88807fc00000ULL;
	F(GUEST_GDTR_BASE) = 0xfffffe0000001000ULL;
	F(GUEST_GDTR_LIMIT) = 0x7f;
	F(GUEST_IDTR_BASE) = 0xfffffe0000000000ULL;
	F(GUEST_IDTR_LIMIT) = 0xfff;
	F(GUEST_CR0) = 0x80050033;
	F(GUEST_CR3) = 0x2345000;
	F(GUEST_CR4) = 0x3726e0;
	F(GUEST_EFER) = 0xd01;
	F(GUEST_PAT) = 0x0407050600070106ULL;
	F(GUEST_DR7) = 0x400;
	F(GUEST_SYSENTER_ESP) = 0xfffffe0000003000ULL;
	F(GUEST_SYSENTER_EIP) = 0xffffffff81e01350ULL;
	F(GUEST_RFLAGS) = 0x46;
	F(GUEST_RIP) = 0xffffffffc0001080ULL;
	F(GUEST_RSP) = 0xffffc9000000bd60ULL;
	F(VMCS_LINK_POINTER) = ~0ULL;
}

static int setup(void **state)
{
	(void)state;
	memset(&image, 0, sizeof(image));
	caps = silicon;
	good_controls();
	good_host();
	good_guest();
	return 0;
}

static const char *check(void)
{
	u32 index;

	return vmx_check_vmcs(&image, &caps, WIDTH, &index);
}

static void test_good(void **state)
{
	(void)state;
	assert_null(check());
}

/* What only newer CPUs have set: bus-lock detection, linear-address masking */
static void test_newer_cpus(void **state)
{
	(void)state;
	F(GUEST_DEBUGCTL) = BIT(2);
	F(GUEST_CR3) |= 1ULL << 61 | 1ULL << 62;
	F(HOST_CR3) |= 1ULL << 61 | 1ULL << 62;
	assert_null(check());
	assert_null(vmx_check_host(&image, &caps, WIDTH));
}

/* One field with another value, and the field that is to be named */
struct bad {
	u32 field;
	u64 value;
	const char *named;
};

#define BAD(name, value)	{ INDEX_##name, value, #name }
#define BAD_AS(name, value, as)	{ INDEX_##name, value, as }

static const struct bad bad_controls[] = {
	BAD(PIN_CONTROLS, 0),
	BAD(PIN_CONTROLS, 0x16 | BIT(20)),
	BAD(PIN_CONTROLS, 0x16 | PIN_VIRTUAL_NMIS),
	BAD(PIN_CONTROLS, 0x16 | PIN_POSTED_INTERRUPTS),
	BAD(PROC_CONTROLS, 0),
	BAD(PROC_CONTROLS, 0x84006172 | PROC_NMI_WINDOW),
	BAD(PROC_CONTROLS, 0x84006172 | PROC_IO_BITMAPS),
	BAD(PROC_CONTROLS, 0x84006172 | PROC_TPR_SHADOW),
	BAD(CR3_TARGET_COUNT, 5),
	BAD(MSR_BITMAPS, 0x1234001),
	BAD(MSR_BITMAPS, 1ULL << WIDTH),
	BAD(VPID, 0),
	BAD(EPT_POINTER, 0x432101e ^ 7),
	BAD(EPT_POINTER, 0x4321006),
	BAD(EPT_POINTER, 0x432181e),
	BAD(EPT_POINTER, 1ULL << WIDTH | 0x1e),
	BAD(PROC2_CONTROLS, PROC2_VPID | PROC2_UNRESTRICTED),
	BAD(PROC2_CONTROLS, PROC2_EPT | PROC2_VPID | PROC2_PML),
	BAD(EXIT_CONTROLS, 0),
	BAD(EXIT_CONTROLS, 0x36dfb & ~EXIT_HOST_64),
	BAD(ENTRY_CONTROLS, 0x11fb | BIT(20)),
	BAD(ENTRY_CONTROLS, 0x11fb | ENTRY_SMM),
	BAD_AS(VM_EXIT_MSR_STORE_COUNT, 1, NULL),
	BAD(ENTRY_INTERRUPTION_INFO, EVENT_VALID | 1 << 8),
	BAD(ENTRY_INTERRUPTION_INFO, EVENT_VALID | EVENT_TYPE_NMI | 3),
	BAD(ENTRY_INTERRUPTION_INFO, EVENT_VALID | EVENT_TYPE_EXCEPTION | 32),
	BAD(ENTRY_INTERRUPTION_INFO, EVENT_VALID | EVENT_TYPE_NMI | 2 | BIT(12)),
};

static const struct bad bad_host[] = {
	BAD(HOST_CR0, 0x50033),
	BAD(HOST_CR0, 0x180050033),
	BAD(HOST_CR4, 0x3406e0),
	BAD(HOST_CR4, 0x3426e0 | BIT(23)),
	BAD(HOST_CR4, 0x3426c0),
	BAD(HOST_CR3, 1ULL << WIDTH),
	BAD(HOST_CR3, 1ULL << 63),
	BAD(HOST_SYSENTER_ESP, 1ULL << 47),
	BAD(HOST_SYSENTER_EIP, 1ULL << 63),
	BAD(HOST_PAT, 0x0207040600070406ULL),
	BAD(HOST_EFER, 0xd03),
	BAD(HOST_EFER, 0x901),
	BAD(HOST_RIP, 0x8000000000001000ULL),
	BAD(HOST_CS_SELECTOR, 0x13),
	BAD(HOST_SS_SELECTOR, 0x1c),
	BAD(HOST_DS_SELECTOR, 1),
	BAD(HOST_ES_SELECTOR, 2),
	BAD(HOST_FS_SELECTOR, 0x63),
	BAD(HOST_GS_SELECTOR, 4),
	BAD(HOST_TR_SELECTOR, 0x44),
	BAD(HOST_CS_SELECTOR, 0),
	BAD(HOST_TR_SELECTOR, 0),
	BAD(HOST_FS_BASE, 1ULL << 48),
	BAD(HOST_GS_BASE, 1ULL << 48),
	BAD(HOST_GDTR_BASE, 1ULL << 48),
	BAD(HOST_IDTR_BASE, 1ULL << 48),
	BAD(HOST_TR_BASE, 1ULL << 48),
};

static const struct bad bad_guest[] = {
	BAD(GUEST_CR0, 0x80050013),
	BAD(GUEST_CR0, 0x80050032),
	BAD(GUEST_CR4, 0x3706e0),
	BAD(GUEST_CR4, 0x3726e0 | BIT(12)),
	BAD_AS(GUEST_CR4, 0x3726c0, "GUEST_CR0"),
	BAD_AS(GUEST_CR0, 0x50033, "GUEST_CR0"),
	BAD(GUEST_CR3, 1ULL << WIDTH),
	BAD(GUEST_CR3, 1ULL << 63),
	BAD(GUEST_DEBUGCTL, 8),
	BAD(GUEST_DR7, 0x100000400),
	BAD(GUEST_SYSENTER_ESP, 1ULL << 47),
	BAD(GUEST_SYSENTER_EIP, 1ULL << 47),
	BAD(GUEST_PAT, 8),
	BAD(GUEST_EFER, 0xd03),
	BAD(GUEST_EFER, 0x901),
	BAD(GUEST_EFER, 0xc01),
	BAD(GUEST_CS_AR, AR_UNUSABLE),
	BAD(GUEST_CS_AR, 0xa091),
	BAD(GUEST_CS_AR, 0xa0f3),
	BAD(GUEST_CS_AR, 0xa08b),
	BAD(GUEST_CS_AR, 0xa01b),
	BAD(GUEST_CS_AR, 0xa0fb),
	BAD(GUEST_CS_AR, 0xe09b),
	BAD(GUEST_CS_AR, 0xa19b),
	BAD_AS(GUEST_CS_LIMIT, 0xfffff000, "GUEST_CS_LIMIT"),
	BAD(GUEST_CS_BASE, 1ULL << 32),
	BAD(GUEST_SS_AR, 0xc091),
	BAD(GUEST_SS_AR, 0xc083),
	BAD(GUEST_SS_AR, 0xc013),
	BAD(GUEST_SS_AR, 0xc193),
	BAD_AS(GUEST_SS_LIMIT, 0xfffff, NULL),
	BAD(GUEST_SS_LIMIT, 0xff000000),
	BAD(GUEST_SS_BASE, 1ULL << 32),
	BAD(GUEST_DS_AR, 0),
	BAD(GUEST_DS_AR, 0xc092),
	BAD(GUEST_ES_AR, 0xc099),
	BAD(GUEST_FS_AR, 0xc013),
	BAD(GUEST_GS_AR, 0xc083),
	BAD(GUEST_TR_SELECTOR, 0x44),
	BAD(GUEST_TR_AR, 0x89),
	BAD(GUEST_TR_AR, 0x83),
	BAD(GUEST_TR_AR, 0x1008b),
	BAD(GUEST_TR_AR, 0x0b),
	BAD(GUEST_TR_AR, 0x18b),
	BAD(GUEST_TR_LIMIT, 0x100000),
	BAD(GUEST_TR_BASE, 1ULL << 48),
	BAD(GUEST_LDTR_AR, 0x89),
	BAD(GUEST_LDTR_AR, 0x02),
	BAD(GUEST_FS_BASE, 1ULL << 48),
	BAD(GUEST_GS_BASE, 1ULL << 48),
	BAD(GUEST_GDTR_BASE, 1ULL << 48),
	BAD(GUEST_IDTR_BASE, 1ULL << 48),
	BAD(GUEST_GDTR_LIMIT, 0x10000),
	BAD(GUEST_IDTR_LIMIT, 0x10000),
	BAD(GUEST_RIP, 1ULL << 47),
	BAD(GUEST_RFLAGS, 0x44),
	BAD(GUEST_RFLAGS, 0x4e),
	BAD(GUEST_RFLAGS, 0x20046),
	BAD(GUEST_ACTIVITY, 4),
	BAD(GUEST_INTERRUPTIBILITY, 0x20),
	BAD(GUEST_INTERRUPTIBILITY, 3),
	BAD(GUEST_INTERRUPTIBILITY, BLOCKING_STI),
	BAD(GUEST_INTERRUPTIBILITY, BLOCKING_SMI),
	BAD(GUEST_PENDING_DBG, 0x10),
	BAD(VMCS_LINK_POINTER, 0),
};

/* What takes more than one field: those that differ from a good image */
struct change {
	u32 field;
	u64 value;
};

struct changes {
	const char *named;
	struct change change[4];
};

#define C(name, value)	{ INDEX_##name, value }
#define PROC_GOOD	(0x04006172 | PROC_MSR_BITMAPS | PROC_SECONDARY)
#define PROC2_TIED	(PROC2_EPT | PROC2_VPID)	/* without unrestricted guest */
#define ENTRY_32	(0x11fb | ENTRY_LOAD_DEBUG | ENTRY_LOAD_PAT | ENTRY_LOAD_EFER)

static const struct changes bad_changes[] = {
	{ "VM_EXIT_MSR_STORE_ADDR", { C(VM_EXIT_MSR_STORE_COUNT, 1),
				      C(VM_EXIT_MSR_STORE_ADDR, 0x1008) } },
	{ "VM_EXIT_MSR_STORE_ADDR", { C(VM_EXIT_MSR_STORE_COUNT, 1),
				      C(VM_EXIT_MSR_STORE_ADDR, 1ULL << WIDTH) } },
	{ "VM_EXIT_MSR_LOAD_ADDR", { C(VM_EXIT_MSR_LOAD_COUNT, 1),
				     C(VM_EXIT_MSR_LOAD_ADDR, 0x1008) } },
	{ "VM_EXIT_MSR_LOAD_ADDR", { C(VM_EXIT_MSR_LOAD_COUNT, 1),
				     C(VM_EXIT_MSR_LOAD_ADDR, 1ULL << WIDTH) } },
	{ "VM_ENTRY_MSR_LOAD_ADDR", { C(VM_ENTRY_MSR_LOAD_COUNT, 1),
				      C(VM_ENTRY_MSR_LOAD_ADDR, 0x1008) } },
	{ "VM_ENTRY_MSR_LOAD_ADDR", { C(VM_ENTRY_MSR_LOAD_COUNT, 1),
				      C(VM_ENTRY_MSR_LOAD_ADDR, 1ULL << WIDTH) } },
	{ "EXIT_CONTROLS", { C(EXIT_CONTROLS, EXIT_HOST_64) } },
	{ "GUEST_CR0", { C(GUEST_CR0, 0x180050033) } },
	{ "GUEST_CR4", { C(ENTRY_CONTROLS, ENTRY_32),
			 C(GUEST_CR4, 0x2020 | CR4_PCIDE), C(GUEST_EFER, 1) } },
	{ "GUEST_EFER", { C(GUEST_EFER, 1) } },
	{ "GUEST_EFER", { C(ENTRY_CONTROLS, ENTRY_32),
			  C(GUEST_CR4, 0x2020) } },
	{ "GUEST_CS_AR", { C(GUEST_CS_AR, 0xa09b | AR_UNUSABLE) } },
	{ "GUEST_CS_AR", { C(GUEST_CS_AR, 0xa0fd) } },
	{ "GUEST_CS_AR", { C(GUEST_CS_AR, 0xa0ff) } },
	{ "GUEST_CS_AR", { C(GUEST_CS_AR, 0xc0f3), C(GUEST_SS_AR, 0xc0f3),
			   C(GUEST_SS_SELECTOR, 0x1b) } },
	{ "GUEST_SS_AR", { C(GUEST_CS_AR, 0xc093), C(GUEST_SS_AR, 0xc0f3),
			   C(GUEST_SS_SELECTOR, 0x1b) } },
	{ "GUEST_SS_SELECTOR", { C(PROC2_CONTROLS, PROC2_TIED),
				 C(GUEST_SS_SELECTOR, 0x1b) } },
	{ "GUEST_SS_AR", { C(PROC2_CONTROLS, PROC2_TIED),
			   C(GUEST_SS_SELECTOR, 0x1b), C(GUEST_CS_SELECTOR, 0x13) } },
	{ "GUEST_CS_AR", { C(PROC2_CONTROLS, PROC2_TIED),
			   C(GUEST_CS_AR, 0xc093) } },
	{ "GUEST_CR0", { C(PROC2_CONTROLS, PROC2_TIED),
			 C(ENTRY_CONTROLS, ENTRY_32), C(GUEST_EFER, 1),
			 C(GUEST_CR0, 0x50033) } },
	{ "GUEST_LDTR_SELECTOR", { C(GUEST_LDTR_AR, 0x82),
				   C(GUEST_LDTR_SELECTOR, 0x54) } },
	{ "GUEST_LDTR_LIMIT", { C(GUEST_LDTR_AR, 0x82),
				C(GUEST_LDTR_LIMIT, 0x100000) } },
	{ "GUEST_LDTR_BASE", { C(GUEST_LDTR_AR, 0x82),
			       C(GUEST_LDTR_BASE, 1ULL << 48) } },
	{ "GUEST_ACTIVITY", { C(GUEST_ACTIVITY, ACTIVITY_HLT),
			      C(GUEST_CS_AR, 0xa0fb), C(GUEST_SS_AR, 0xc0f3),
			      C(GUEST_SS_SELECTOR, 0x1b) } },
	{ "GUEST_ACTIVITY", { C(GUEST_ACTIVITY, ACTIVITY_HLT),
			      C(GUEST_INTERRUPTIBILITY, BLOCKING_STI),
			      C(GUEST_RFLAGS, 0x202) } },
	{ "GUEST_ACTIVITY", { C(GUEST_ACTIVITY, ACTIVITY_SHUTDOWN),
			      C(GUEST_INTERRUPTIBILITY, BLOCKING_MOV_SS) } },
	{ "GUEST_INTERRUPTIBILITY", { C(GUEST_INTERRUPTIBILITY, 3),
				      C(GUEST_RFLAGS, 0x202) } },
};

/* What a rule is not about: each of these passes */
static const struct changes good_changes[] = {
	/* A field whose control is off may hold anything */
	{ "", { C(PROC_CONTROLS, 0x04006172 | PROC_SECONDARY),
		C(MSR_BITMAPS, 5) } },
	{ "", { C(PROC_CONTROLS, 0x04006172 | PROC_MSR_BITMAPS),
		C(PROC2_CONTROLS, 0) } },
	{ "", { C(PROC2_CONTROLS, PROC2_EPT | PROC2_UNRESTRICTED),
		C(VPID, 0) } },
	{ "", { C(PROC2_CONTROLS, PROC2_VPID), C(EPT_POINTER, ~0ULL) } },
	{ "", { C(VM_EXIT_MSR_STORE_ADDR, 5), C(VM_EXIT_MSR_LOAD_ADDR, 5),
		C(VM_ENTRY_MSR_LOAD_ADDR, 5) } },
	{ "", { C(EXIT_CONTROLS, 0x36dfb | EXIT_HOST_64), C(HOST_PAT, ~0ULL),
		C(HOST_EFER, ~0ULL) } },
	{ "", { C(ENTRY_CONTROLS, 0x11fb | ENTRY_IA32E), C(GUEST_DR7, ~0ULL),
		C(GUEST_DEBUGCTL, 4), C(GUEST_EFER, ~0ULL) } },
	{ "", { C(ENTRY_CONTROLS, 0x11fb | ENTRY_IA32E), C(GUEST_PAT, ~0ULL),
		C(GUEST_EFER, EFER_LMA) } },
	{ "", { C(ENTRY_INTERRUPTION_INFO, 0x7ffff1ff) } },
	/* And what is as it should be */
	{ "", { C(PIN_CONTROLS, 0x16 | PIN_NMI | PIN_VIRTUAL_NMIS),
		C(PROC_CONTROLS, PROC_GOOD | PROC_NMI_WINDOW) } },
	{ "", { C(PIN_CONTROLS, 0x16 | PIN_NMI) } },
	{ "", { C(EPT_POINTER, 0x4321000 | EPTP_WALK_4) } },
	{ "", { C(VM_EXIT_MSR_STORE_COUNT, 1), C(VM_EXIT_MSR_STORE_ADDR, 0x1010),
		C(VM_EXIT_MSR_LOAD_COUNT, 1), C(VM_EXIT_MSR_LOAD_ADDR, 0x1010) } },
	{ "", { C(VM_ENTRY_MSR_LOAD_COUNT, 1),
		C(VM_ENTRY_MSR_LOAD_ADDR, 0x1010) } },
	{ "", { C(ENTRY_INTERRUPTION_INFO, EVENT_VALID | 0x80) } },
	{ "", { C(ENTRY_INTERRUPTION_INFO, EVENT_VALID | EVENT_TYPE_NMI | 2) } },
	{ "", { C(ENTRY_INTERRUPTION_INFO, 0x80000b0e) } },
	{ "", { C(GUEST_CS_AR, 0xa09f) } },
	{ "", { C(GUEST_CS_AR, 0xa099) } },
	{ "", { C(GUEST_CS_AR, 0xc09b), C(GUEST_RIP, 0x1000) } },
	{ "", { C(GUEST_CS_AR, 0xa09d), C(GUEST_SS_AR, 0xc0f3),
		C(GUEST_SS_SELECTOR, 0x1b) } },
	{ "", { C(GUEST_CS_AR, 0xa0fb), C(GUEST_SS_AR, 0xc0f3),
		C(GUEST_SS_SELECTOR, 0x1b) } },
	{ "", { C(GUEST_CS_AR, 0xc093), C(GUEST_RIP, 0x1000) } },
	{ "", { C(GUEST_SS_AR, 0xc097) } },
	{ "", { C(GUEST_SS_AR, AR_UNUSABLE), C(GUEST_SS_BASE, 1ULL << 32),
		C(GUEST_SS_LIMIT, 0xff000000) } },
	{ "", { C(GUEST_DS_AR, 0xc093), C(GUEST_DS_LIMIT, 0xffffffff) } },
	{ "", { C(PROC2_CONTROLS, PROC2_TIED) } },
	{ "", { C(GUEST_LDTR_AR, 0x82), C(GUEST_LDTR_SELECTOR, 0x50),
		C(GUEST_LDTR_LIMIT, 0xff) } },
	{ "", { C(GUEST_LDTR_SELECTOR, 4), C(GUEST_LDTR_LIMIT, 0x100000),
		C(GUEST_LDTR_BASE, 1ULL << 48) } },
	{ "", { C(GUEST_ACTIVITY, ACTIVITY_HLT) } },
	{ "", { C(GUEST_ACTIVITY, ACTIVITY_SHUTDOWN), C(GUEST_CS_AR, 0xa0fb),
		C(GUEST_SS_AR, 0xc0f3), C(GUEST_SS_SELECTOR, 0x1b) } },
	{ "", { C(GUEST_RFLAGS, 0x102) } },
	{ "", { C(GUEST_PENDING_DBG, PENDING_DBG_BS) } },
	{ "", { C(ENTRY_CONTROLS, ENTRY_32), C(GUEST_CR4, 0x2020),
		C(GUEST_EFER, 1), C(GUEST_RIP, 0x1000) } },
};

static void change(const struct changes *b)
{
	u32 i;

	setup(NULL);
	/* Field 0 is VPID, which is good as 1: an entry of zeros is the list's end */
	for (i = 0; i < ARRAY_SIZE(b->change); i++)
		if (b->change[i].field || b->change[i].value || !i)
			image.value[b->change[i].field] = b->change[i].value;
}

static void test_bad_together(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad_changes); i++) {
		const char *named = bad_changes[i].named, *answer;

		change(&bad_changes[i]);
		answer = check();
		if (!answer || strncmp(answer, named, strlen(named)) ||
		    answer[strlen(named)] != ':')
			fail_msg("%s, %u: %s", named, i,
				 answer ? answer : "not found");
	}
	/* What the CPU allows is part of it */
	setup(NULL);
	caps.proc2 &= ~((u64)PROC2_RDTSCP << 32);
	assert_string_equal(check(),
			    "PROC2_CONTROLS: a bit that IA32_VMX_PROCBASED_CTLS2 does not allow");
	setup(NULL);
	F(PROC_CONTROLS) |= PROC_TERTIARY;
	image.proc3 = BIT_ULL(5);
	assert_string_equal(check(),
			    "PROC3_CONTROLS: a bit that IA32_VMX_PROCBASED_CTLS3 does not allow");
	setup(NULL);
	caps.ept_vpid &= ~EPT_CAP_WB;
	assert_string_equal(check(),
			    "EPT_POINTER: WB, which IA32_VMX_EPT_VPID_CAP does not allow");
	setup(NULL);
	caps.misc = ~0ULL;
	F(GUEST_ACTIVITY) = 4;
	assert_string_equal(check(),
			    "GUEST_ACTIVITY: a state that IA32_VMX_MISC does not have");
}

static void test_good_together(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good_changes); i++) {
		change(&good_changes[i]);
		if (check())
			fail_msg("%u: %s", i, check());
	}
	setup(NULL);
	image.proc3 = BIT_ULL(5);
	assert_null(check());
	F(PROC_CONTROLS) |= PROC_TERTIARY;
	image.proc3 = PROC3_MSR_LIST;
	assert_null(check());
	setup(NULL);
	caps.ept_vpid &= ~EPT_CAP_WB;
	F(EPT_POINTER) = 0x4321000 | EPTP_WALK_4;
	assert_null(check());
	F(PROC2_CONTROLS) = PROC2_VPID;
	F(EPT_POINTER) = 0x4321000 | EPTP_WALK_4 | 6;
	assert_null(check());
	/* CET, on a CPU that has it */
	setup(NULL);
	caps.cr4_fixed1 |= CR4_CET;
	F(HOST_CR4) |= CR4_CET;
	F(GUEST_CR4) |= CR4_CET;
	assert_null(check());
	F(HOST_CR0) &= ~CR0_WP;
	assert_string_equal(check(), "HOST_CR4: CET is set and CR0.WP is not");
	F(HOST_CR0) |= CR0_WP;
	F(GUEST_CR0) &= ~CR0_WP;
	assert_string_equal(check(), "GUEST_CR4: CET is set and CR0.WP is not");
	F(GUEST_CR4) &= ~CR4_CET;
	F(HOST_CR4) &= ~CR4_CET;
	F(HOST_CR0) &= ~CR0_WP;
	assert_null(check());
}

static void check_bad(const struct bad *bad, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const char *answer;

		setup(NULL);
		image.value[bad[i].field] = bad[i].value;
		answer = check();
		if (!bad[i].named) {
			assert_null(answer);
			continue;
		}
		if (!answer || strncmp(answer, bad[i].named,
				       strlen(bad[i].named)) ||
		    answer[strlen(bad[i].named)] != ':')
			fail_msg("%s = %#llx: %s", bad[i].named, bad[i].value,
				 answer ? answer : "not found");
	}
}

static void test_bad_controls(void **state)
{
	(void)state;
	check_bad(bad_controls, ARRAY_SIZE(bad_controls));
}

static void test_bad_host(void **state)
{
	(void)state;
	check_bad(bad_host, ARRAY_SIZE(bad_host));
}

static void test_bad_guest(void **state)
{
	(void)state;
	check_bad(bad_guest, ARRAY_SIZE(bad_guest));
}

/* The way out checks the host's state alone, of an image that has no more than that */
static void test_host_alone(void **state)
{
	size_t i;

	(void)state;
	memset(&image, 0, sizeof(image));
	good_host();
	F(EXIT_CONTROLS) = EXIT_HOST_64 | EXIT_LOAD_PAT | EXIT_LOAD_EFER;
	assert_null(vmx_check_host(&image, &caps, WIDTH));
	for (i = 0; i < ARRAY_SIZE(bad_host); i++) {
		u64 good = image.value[bad_host[i].field];
		const char *answer;

		image.value[bad_host[i].field] = bad_host[i].value;
		answer = vmx_check_host(&image, &caps, WIDTH);
		if (!answer || strncmp(answer, bad_host[i].named,
				       strlen(bad_host[i].named)))
			fail_msg("%s = %#llx: %s", bad_host[i].named,
				 bad_host[i].value,
				 answer ? answer : "not found");
		image.value[bad_host[i].field] = good;
	}
}

/* After an INIT: real mode, waiting for the start-up IPI */
static void test_wait_for_sipi(void **state)
{
	(void)state;
	F(ENTRY_CONTROLS) &= ~(u64)ENTRY_IA32E;
	F(GUEST_CR0) = 0x60000030;
	F(GUEST_CR4) = 0x2000;
	F(GUEST_EFER) = 0;
	F(GUEST_CS_AR) = 0x9b;
	F(GUEST_CS_LIMIT) = 0xffff;
	F(GUEST_CS_BASE) = 0xffff0000;
	F(GUEST_SS_AR) = 0x93;
	F(GUEST_SS_LIMIT) = 0xffff;
	F(GUEST_LDTR_AR) = 0x82;
	F(GUEST_RIP) = 0xfff0;
	F(GUEST_RFLAGS) = 2;
	F(GUEST_ACTIVITY) = ACTIVITY_WAIT_FOR_SIPI;
	assert_null(check());
	caps.misc = 0;
	assert_string_equal(check(),
			    "GUEST_ACTIVITY: a state that IA32_VMX_MISC does not have");
}

static void test_shadow_and_step(void **state)
{
	(void)state;
	F(GUEST_RFLAGS) = 0x202;
	F(GUEST_INTERRUPTIBILITY) = BLOCKING_STI;
	assert_null(check());
	F(GUEST_RFLAGS) = 0x302;
	assert_non_null(check());
	F(GUEST_PENDING_DBG) = PENDING_DBG_BS;
	assert_null(check());
	F(GUEST_RFLAGS) = 0x202;
	assert_non_null(check());
}

static void test_rule_numbers(void **state)
{
	u32 first, last;

	(void)state;
	F(PIN_CONTROLS) = 0;
	vmx_check_vmcs(&image, &caps, WIDTH, &first);
	setup(NULL);
	F(VMCS_LINK_POINTER) = 0;
	vmx_check_vmcs(&image, &caps, WIDTH, &last);
	assert_int_equal(first, 1);
	assert_true(last > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, setup),
		cmocka_unit_test_setup(test_newer_cpus, setup),
		cmocka_unit_test_setup(test_bad_controls, setup),
		cmocka_unit_test_setup(test_bad_host, setup),
		cmocka_unit_test_setup(test_bad_guest, setup),
		cmocka_unit_test_setup(test_bad_together, setup),
		cmocka_unit_test_setup(test_good_together, setup),
		cmocka_unit_test_setup(test_host_alone, setup),
		cmocka_unit_test_setup(test_wait_for_sipi, setup),
		cmocka_unit_test_setup(test_shadow_and_step, setup),
		cmocka_unit_test_setup(test_rule_numbers, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
