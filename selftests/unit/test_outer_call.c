// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/outer_call.h: all general registers reach the hypervisor beneath as the guest had
 * them, and come back as it left them. SIGILL stands for #UD.
 */
#include "unit.h"
#include "core/extable.h"
#include "core/guest_state.h"

#include <signal.h>
#include <ucontext.h>

#define NR_REGS	(sizeof(struct guest_regs) / sizeof(u64))

bool call_taken(struct guest_regs *regs);
bool call_refused(struct guest_regs *regs);

u64 seen[NR_REGS], answer[NR_REGS];

static void fill(u64 *regs, u64 value)
{
	u32 i;

	for (i = 0; i < NR_REGS; i++)
		regs[i] = value + i * 0x0001000100010001ULL;
}

static void test_registers(void **state)
{
	u64 regs[NR_REGS], before[NR_REGS];

	(void)state;
	fill(regs, 0xa500000000000001ULL);
	memcpy(before, regs, sizeof(before));
	fill(answer, 0x5a00000000000002ULL);
	memset(seen, 0, sizeof(seen));
	assert_true(call_taken((struct guest_regs *)regs));
	assert_memory_equal(seen, before, sizeof(seen));
	assert_memory_equal(regs, answer, sizeof(answer));
}

static void on_sigill(int sig, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	u64 fixup = extable_find((u64)regs[REG_RIP]);

	(void)info;
	if (!fixup)
		signal(sig, SIG_DFL);
	else
		regs[REG_RIP] = (greg_t)fixup;
}

static void test_refused(void **state)
{
	struct sigaction action = { .sa_sigaction = on_sigill, .sa_flags = SA_SIGINFO };
	u64 regs[NR_REGS], before[NR_REGS];

	(void)state;
	assert_int_equal(sigaction(SIGILL, &action, NULL), 0);
	fill(regs, 0xa500000000000001ULL);
	memcpy(before, regs, sizeof(before));
	assert_false(call_refused((struct guest_regs *)regs));
	assert_memory_equal(regs, before, sizeof(before));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
