// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * uses [--vmm]: thousands of uses of the macro, at thousands of offsets in a page, and
 * all of them sound. With Undervisor, which the caller vouches for, every known name is
 * found.
 */
#include <stdio.h>
#include <string.h>

#include "kselftest.h"
#include "uses.h"

static int vmm, wrong, number;

void seen(const call_vmm_function_t *function, int is_known)
{
	call_vmm_function_t copy = *function;

	if (call_vmm_function_callable(&copy) != (vmm && is_known))
		wrong++;
	else if (vmm && is_known && number && copy.number != number)
		wrong++;
	else if (vmm && is_known)
		number = copy.number;
}

int main(int argc, char **argv)
{
	struct uses uses;
	int n;

	vmm = argc == 2 && !strcmp(argv[1], "--vmm");
	setbuf(stdout, NULL);
	ksft_print_header();
	ksft_set_plan(3);
	n = use_all();
	uses = take_uses();
	ksft_test_result(n >= 1000 && uses.nr == n && !uses.faulty,
			 "%s: %d uses, %d faulty\n", argv[0], uses.nr,
			 uses.faulty);
	ksft_test_result(nr_starts() > n / 2 && nr_covered() > 4000,
			 "%s: they begin at %d page offsets, take up %d\n",
			 argv[0], nr_starts(), nr_covered());
	ksft_test_result(!wrong, "%s: %d wrong results\n", argv[0], wrong);
	ksft_finished();
}
