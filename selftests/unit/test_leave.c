// SPDX-License-Identifier: GPL-2.0-only
/*
 * services/leave.c: a CPU leaves from the driver's switch page only, and only in a state
 * that bare metal takes; else the caller is told, and goes on as a guest. With
 * services/lock.c, only if all CPUs have come.
 */
#include "unit.h"
#include "mock/mock.h"
#include "core/gather.h"
#include "hypercall/vmmcall.h"

#define SWITCH_VA	0xffffffffc0001000ULL
#define CALL_START	0x100
#define CALL_END	0x103

static const char *broken;
static bool locked, all_come;
static u32 gathered;
static jmp_buf bare_metal;

const char *backend_check_return(struct cpu *cpu)
{
	assert_ptr_equal(cpu, &mock_cpu[0]);
	return broken;
}

void gather_lock(void)
{
	locked = true;
}

bool gather_locked(void)
{
	return locked;
}

bool gather(void)
{
	gathered++;
	return all_come;
}

void backend_return(struct cpu *cpu, const struct guest_regs *regs, u64 to)
{
	assert_ptr_equal(cpu, &mock_cpu[0]);
	assert_int_equal(regs->rax, 1);
	assert_int_equal(to, mock_rip);
	longjmp(bare_metal, 1);
}

static int register_calls(void **state)
{
	u32 bad;

	(void)state;
	mock_reset();
	return vmmcall_init(&bad);
}

static int setup(void **state)
{
	(void)state;
	mock_reset();
	boot_info.switch_va = SWITCH_VA;
	boot_info.switch_call_start = CALL_START;
	boot_info.switch_call_end = CALL_END;
	mock_rip = SWITCH_VA + CALL_END;
	broken = NULL;
	locked = false;
	all_come = false;
	gathered = 0;
	return 0;
}

/* Return: rax of a caller that is still a guest, or 1 on bare metal. */
static s64 leave(u8 cpl)
{
	static struct guest_regs regs;

	memset(&regs, 0, sizeof(regs));
	regs.rax = mock_number(UV_CALL_LEAVE);
	if (setjmp(bare_metal))
		return 1;
	mock_call(&regs, cpl, true);
	assert_int_not_equal(regs.rax, 1);
	return (s64)regs.rax;
}

static void test_leaves(void **state)
{
	(void)state;
	assert_int_equal(leave(0), 1);
}

static void test_bad_state(void **state)
{
	(void)state;
	broken = "HOST_TR_SELECTOR: RPL or TI not 0";
	assert_int_equal(leave(0), -EINVAL);
	broken = NULL;
	assert_int_equal(leave(0), 1);
}

static s64 lock(u8 cpl)
{
	struct guest_regs regs = { .rax = mock_number(UV_CALL_LOCK) };

	mock_call(&regs, cpl, true);
	return (s64)regs.rax;
}

static void test_locked(void **state)
{
	(void)state;
	assert_int_equal(leave(0), 1);
	assert_int_equal(gathered, 0);
	/* Not by anybody else, and not from elsewhere */
	assert_int_not_equal(lock(3), 1);
	mock_rip = 0;
	assert_int_equal(lock(0), -EPERM);
	assert_false(locked);
	mock_rip = SWITCH_VA + CALL_END;
	assert_int_equal(lock(0), 1);
	assert_true(locked);
	assert_int_equal(leave(0), -EAGAIN);
	assert_int_equal(leave(0), -EAGAIN);
	assert_int_equal(gathered, 2);
	/* A CPU that can't leave keeps nobody waiting, and nobody comes from elsewhere */
	broken = "HOST_TR_SELECTOR: RPL or TI not 0";
	assert_int_equal(leave(0), -EINVAL);
	broken = NULL;
	mock_rip = 0;
	assert_int_equal(leave(0), -EPERM);
	assert_int_equal(gathered, 2);
	mock_rip = SWITCH_VA + CALL_END;
	all_come = true;
	assert_int_equal(leave(0), 1);
}

static void test_elsewhere(void **state)
{
	(void)state;
	mock_rip = SWITCH_VA + CALL_START;
	assert_int_equal(leave(0), -EPERM);
	mock_rip = SWITCH_VA + CALL_END + 1;
	assert_int_equal(leave(0), -EPERM);
	mock_rip = 0;
	assert_int_equal(leave(0), -EPERM);
}

static void test_other_levels(void **state)
{
	u8 cpl;

	(void)state;
	for (cpl = 1; cpl < 4; cpl++)
		assert_int_not_equal(leave(cpl), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_leaves, setup),
		cmocka_unit_test_setup(test_bad_state, setup),
		cmocka_unit_test_setup(test_locked, setup),
		cmocka_unit_test_setup(test_elsewhere, setup),
		cmocka_unit_test_setup(test_other_levels, setup),
	};

	return cmocka_run_group_tests(tests, register_calls, NULL);
}
