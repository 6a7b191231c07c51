// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmx/inject.c on a CPU made of arrays: what moving over an instruction does to shadow
 * and single step, how an interrupted event is delivered again, and that each NMI and
 * each machine check that came in root mode is injected once, whenever it comes and
 * whatever the guest does.
 */
#include "unit.h"
#include "vmx/vmx.h"
#include "core/log.h"
#include "core/x86.h"
#include "mock/hw.h"

#include "vmx/inject.c"

struct vmx_machine vmx_machine;

#define PIN	0x16u
#define PROC	0x8401e172u

static struct vmx_cpu *vmx;
static struct vmx_stack *stack;

static int setup(void **state)
{
	(void)state;
	hw_reset();
	vmx = vmx_cpu(hw_cpu());
	stack = vmx_stack(hw_cpu());
	vmx_machine = (struct vmx_machine){ .pin = PIN, .proc = PROC };
	vmwrite(PIN_CONTROLS, PIN);
	vmwrite(PROC_CONTROLS, PROC);
	vmwrite(GUEST_CS_AR, 0xa09b);
	vmwrite(GUEST_EFER, EFER_LMA | EFER_LME);
	vmwrite(GUEST_RIP, 0x1000);
	vmwrite(EXIT_INSTRUCTION_LENGTH, 3);
	vmwrite(GUEST_RFLAGS, RFLAGS_FIXED);
	return 0;
}

static void test_rip(void **state)
{
	(void)state;
	advance_rip();
	assert_int_equal(vmread(GUEST_RIP), 0x1003);
	assert_int_equal(vmread(GUEST_PENDING_DBG), 0);
	/* 64-bit code knows no end at 4 GiB, other code begins again at 0 */
	vmwrite(GUEST_RIP, 0xfffffffeULL);
	advance_rip();
	assert_int_equal(vmread(GUEST_RIP), 0x100000001ULL);
	vmwrite(GUEST_CS_AR, 0xc09b);
	vmwrite(GUEST_RIP, 0xfffffffeULL);
	advance_rip();
	assert_int_equal(vmread(GUEST_RIP), 1);
	/* Outside of long mode CS.L means nothing */
	vmwrite(GUEST_CS_AR, 0xa09b);
	vmwrite(GUEST_EFER, 0);
	vmwrite(GUEST_RIP, 0xfffffffeULL);
	advance_rip();
	assert_int_equal(vmread(GUEST_RIP), 1);
}

static void test_shadow(void **state)
{
	static const u64 shadows[] = { BLOCKING_STI, BLOCKING_MOV_SS };
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(shadows); i++) {
		vmwrite(GUEST_INTERRUPTIBILITY, shadows[i]);
		advance_rip();
		assert_int_equal(vmread(GUEST_INTERRUPTIBILITY), 0);
		/* An NMI's handler goes on being one */
		vmwrite(GUEST_INTERRUPTIBILITY, shadows[i] | BLOCKING_NMI);
		advance_rip();
		assert_int_equal(vmread(GUEST_INTERRUPTIBILITY), BLOCKING_NMI);
	}
}

static void test_single_step(void **state)
{
	(void)state;
	vmwrite(GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_TF);
	advance_rip();
	assert_int_equal(vmread(GUEST_PENDING_DBG), PENDING_DBG_BS);
	/* A breakpoint that is pending stays so */
	vmwrite(GUEST_PENDING_DBG, PENDING_DBG_ENABLED_BP | 2);
	advance_rip();
	assert_int_equal(vmread(GUEST_PENDING_DBG),
			 PENDING_DBG_ENABLED_BP | 2 | PENDING_DBG_BS);
	/* Branches only */
	vmwrite(GUEST_PENDING_DBG, 0);
	vmwrite(GUEST_DEBUGCTL, DEBUGCTL_BTF);
	advance_rip();
	assert_int_equal(vmread(GUEST_PENDING_DBG), 0);
}

/* RF is for one instruction, and nothing else of the flags changes */
static void test_resume_flag(void **state)
{
	(void)state;
	vmwrite(GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_RF | RFLAGS_IF);
	advance_rip();
	assert_int_equal(vmread(GUEST_RFLAGS), RFLAGS_FIXED | RFLAGS_IF);
	assert_int_equal(vmread(GUEST_PENDING_DBG), 0);
}

static void test_inject(void **state)
{
	(void)state;
	vmwrite(ENTRY_ERROR_CODE, 77);
	inject_exception(VECTOR_UD, false, 5);
	assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0x80000306);
	assert_int_equal(vmread(ENTRY_ERROR_CODE), 77);
	inject_exception(VECTOR_GP, true, 5);
	assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0x80000b0d);
	assert_int_equal(vmread(ENTRY_ERROR_CODE), 5);
}

/* What the exit interrupted comes with the next entry, SDM vol. 3 section 26.2.3 ff. */
static void test_reinject(void **state)
{
	static const struct {
		u32 info;
		u32 injected;
		bool length, error;
	} events[] = {
		{ 0x80000030, 0x80000030, false, false },	/* interrupt */
		{ 0x80000202, 0x80000202, false, false },	/* NMI */
		{ 0x80000b0e, 0x80000b0e, false, true },	/* #PF */
		{ 0x80000306, 0x80000306, false, false },	/* #UD */
		{ 0x80000480, 0x80000480, true, false },	/* INT n */
		{ 0x80000501, 0x80000501, true, false },	/* INT1 */
		{ 0x80000603, 0x80000603, true, false },	/* INT3 */
		{ 0x80001b0e, 0x80000b0e, false, true },	/* bit 12 is undefined */
		{ 0x80001030, 0x80000030, false, false },
	};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		vmwrite(IDT_VECTORING_INFO, events[i].info);
		vmwrite(IDT_VECTORING_ERROR, 0x1234);
		vmwrite(ENTRY_ERROR_CODE, 0);
		vmwrite(ENTRY_INSTRUCTION_LENGTH, 0);
		vmwrite(ENTRY_INTERRUPTION_INFO, 0);
		vmwrite(GUEST_INTERRUPTIBILITY, BLOCKING_NMI);
		reinject();
		assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO),
				 events[i].injected);
		assert_int_equal(vmread(ENTRY_INSTRUCTION_LENGTH),
				 events[i].length ? 3 : 0);
		assert_int_equal(vmread(ENTRY_ERROR_CODE),
				 events[i].error ? 0x1234 : 0);
		/* Delivering an NMI under this blocking would fail the entry */
		assert_int_equal(vmread(GUEST_INTERRUPTIBILITY),
				 events[i].info == 0x80000202 ? 0 : BLOCKING_NMI);
	}
	vmwrite(IDT_VECTORING_INFO, 0x30);
	vmwrite(ENTRY_INTERRUPTION_INFO, 0);
	reinject();
	assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0);
}

static bool window_is_open(void)
{
	bool open = vmread(PROC_CONTROLS) & PROC_NMI_WINDOW;

	/* The three controls go together (section 26.2.1.1); nothing else changes */
	assert_int_equal(vmread(PIN_CONTROLS),
			 open ? PIN | PIN_NMI | PIN_VIRTUAL_NMIS : PIN);
	assert_int_equal(vmread(PROC_CONTROLS),
			 open ? PROC | PROC_NMI_WINDOW : PROC);
	return open;
}

static void test_nmi(void **state)
{
	(void)state;
	stack->nmis = 1;
	vmx_events(stack);
	assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0x80000202);
	assert_int_equal(stack->nmis, 0);
	assert_int_equal(vmx->nmis, 0);
	assert_false(window_is_open());
}

/* An NMI can't be injected under any of these, nor over another event */
static void test_nmi_waits(void **state)
{
	static const u64 blocked[] = {
		BLOCKING_STI, BLOCKING_MOV_SS, BLOCKING_NMI,
	};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(blocked); i++) {
		setup(NULL);
		vmwrite(GUEST_INTERRUPTIBILITY, blocked[i]);
		stack->nmis = 1;
		vmx_events(stack);
		assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0);
		assert_true(window_is_open());
		vmwrite(GUEST_INTERRUPTIBILITY, 0);
		deliver_events(hw_cpu());
		assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0x80000202);
		assert_false(window_is_open());
	}
	setup(NULL);
	inject_exception(VECTOR_GP, true, 0);
	stack->nmis = 1;
	vmx_events(stack);
	assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0x80000b0d);
	assert_true(window_is_open());
}

static void test_machine_check(void **state)
{
	(void)state;
	stack->mces = 1;
	stack->nmis = 1;
	vmwrite(GUEST_INTERRUPTIBILITY, BLOCKING_STI);
	vmx_events(stack);
	assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0x80000312);
	assert_int_equal(stack->mces, 0);
	assert_int_equal(hw.logged, 1);
	/* The NMI comes behind it */
	assert_true(window_is_open());
	vmwrite(ENTRY_INTERRUPTION_INFO, 0);
	vmwrite(GUEST_INTERRUPTIBILITY, 0);
	deliver_events(hw_cpu());
	assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0x80000202);
	assert_false(window_is_open());
	/* One that finds another event waits as well */
	vmwrite(ENTRY_INTERRUPTION_INFO, 0x80000b0d);
	stack->mces = 1;
	vmx_events(stack);
	assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0x80000b0d);
	assert_true(window_is_open());
	assert_int_equal(vmx->mces, 1);
}

/* What the guest can't get any more, the switch page raises on bare metal */
static void test_leaving(void **state)
{
	const struct uv_bridge *bridge = vmx_bridge(hw_cpu());

	(void)state;
	stack->nmis = 3;
	stack->mces = 2;
	vmx->leaving = true;
	vmx_events(stack);
	/* One of each can't be had: the machine check goes in */
	assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0x80000312);
	assert_int_equal(bridge->nmis, 3);
	assert_int_equal(bridge->mces, 1);
	assert_int_equal(vmx->nmis | vmx->mces, 0);
	assert_false(window_is_open());
	/* What comes later is added to it */
	stack->nmis = 1;
	vmx_events(stack);
	assert_int_equal(bridge->nmis, 4);
}

/* A CPU that waits for its start-up IPI takes nothing else */
static void test_waits_for_sipi(void **state)
{
	(void)state;
	vmwrite(GUEST_ACTIVITY, ACTIVITY_WAIT_FOR_SIPI);
	stack->nmis = 1;
	stack->mces = 1;
	vmx_events(stack);
	assert_int_equal(vmread(ENTRY_INTERRUPTION_INFO), 0);
	assert_int_equal(vmx->nmis | vmx->mces, 0);
	assert_false(window_is_open());
}

/* struct guest - what the guest has seen so far */
struct guest {
	u32 nmis, mces, faults;
};

/* What a VM entry does with the event, section 26.6.1 */
static void enter(struct guest *guest)
{
	u32 info = (u32)vmread(ENTRY_INTERRUPTION_INFO);
	u64 shadow = vmread(GUEST_INTERRUPTIBILITY);

	if (!(info & EVENT_VALID))
		return;
	switch (info) {
	case 0x80000202:
		assert_int_equal(shadow, 0);
		guest->nmis++;
		vmwrite(GUEST_INTERRUPTIBILITY, BLOCKING_NMI);
		break;
	case 0x80000312:
		guest->mces++;
		vmwrite(GUEST_INTERRUPTIBILITY, shadow & BLOCKING_NMI);
		break;
	case 0x80000b0d:
		guest->faults++;
		vmwrite(GUEST_INTERRUPTIBILITY, shadow & BLOCKING_NMI);
		break;
	default:
		fail_msg("an entry with %#x", info);
	}
	vmwrite(ENTRY_INTERRUPTION_INFO, 0);
}

/* The guest executes a little. Return: whether the window makes it exit */
static bool run(void)
{
	u64 shadow = vmread(GUEST_INTERRUPTIBILITY);

	switch (rand() % 4) {
	case 0:			/* IRET */
		vmwrite(GUEST_INTERRUPTIBILITY, 0);
		break;
	case 1:			/* STI, and the exit right behind it */
		vmwrite(GUEST_INTERRUPTIBILITY,
			(shadow & BLOCKING_NMI) | BLOCKING_STI);
		break;
	default:		/* some instructions */
		vmwrite(GUEST_INTERRUPTIBILITY, shadow & BLOCKING_NMI);
		break;
	}
	return window_is_open() && !vmread(GUEST_INTERRUPTIBILITY);
}

static void test_each_once(void **state)
{
	struct guest guest = { 0 };
	u32 nmis = 0, mces = 0, faults = 0, n;
	int i;

	(void)state;
	for (i = 0; i < 200000; i++) {
		if (run()) {
			deliver_events(hw_cpu());
		} else if (rand() % 4 == 0) {
			/* An exit that ends in a fault */
			inject_exception(VECTOR_GP, true, 0);
			faults++;
		}
		if (rand() % 8 == 0) {
			n = 1 + rand() % 2;
			nmis += n;
			stack->nmis += n;
		}
		if (rand() % 64 == 0) {
			mces++;
			stack->mces++;
		}
		/* The way in looks at the counts last */
		if (stack->nmis || stack->mces)
			vmx_events(stack);
		enter(&guest);
	}
	for (i = 0; i < 1000000 && window_is_open(); i++) {
		if (run())
			deliver_events(hw_cpu());
		enter(&guest);
	}
	assert_int_equal(guest.nmis, nmis);
	assert_int_equal(guest.mces, mces);
	assert_int_equal(guest.faults, faults);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_rip, setup),
		cmocka_unit_test_setup(test_shadow, setup),
		cmocka_unit_test_setup(test_single_step, setup),
		cmocka_unit_test_setup(test_resume_flag, setup),
		cmocka_unit_test_setup(test_inject, setup),
		cmocka_unit_test_setup(test_reinject, setup),
		cmocka_unit_test_setup(test_nmi, setup),
		cmocka_unit_test_setup(test_nmi_waits, setup),
		cmocka_unit_test_setup(test_machine_check, setup),
		cmocka_unit_test_setup(test_leaving, setup),
		cmocka_unit_test_setup(test_waits_for_sipi, setup),
		cmocka_unit_test_setup(test_each_once, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
