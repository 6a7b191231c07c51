// SPDX-License-Identifier: GPL-2.0-only
/* Shell command "cpus": a line a CPU, "cpu 0 in exits 12 refused 0". */
#include "services/shell.h"

static u64 all_exits(const struct cpu *cpu)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < CPU_NR_EXIT_COUNTS; i++)
		sum += READ_ONCE(cpu->exits[i]);
	return sum;
}

static bool next(struct shell *shell)
{
	u32 number = report_next_cpu(shell->state.index);
	const struct cpu *cpu;

	if (number >= boot_info.nr_cpus)
		return false;
	cpu = cpu_by_number(number);
	sink_printf(&shell->sink, "cpu %u %s exits %llu refused %llu\n",
		    number, cpu_state_name(cpu), all_exits(cpu),
		    READ_ONCE(cpu->refused));
	shell->state.index = number + 1;
	return true;
}

SHELL_COMMAND(cpus) = {
	.name = "cpus",
	.usage = "",
	.help = "show the CPUs, with the sum of their exits",
	.work = 3000,
	.next = next,
};
