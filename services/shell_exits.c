// SPDX-License-Identifier: GPL-2.0-only
/* Shell command "exits": how often each CPU left the guest, and why; then the sums. */
#include "core/backend.h"
#include "services/shell_args.h"

static u64 count(const struct cpu *cpu, u32 exit)
{
	return READ_ONCE(cpu->exits[exit]);
}

static u64 count_all(u32 exit)
{
	u64 sum = 0;
	u32 cpu;

	for (cpu = report_next_cpu(0); cpu < boot_info.nr_cpus;
	     cpu = report_next_cpu(cpu + 1))
		sum += count(cpu_by_number(cpu), exit);
	return sum;
}

static void print_count(struct sink *sink, u32 exit, u64 number)
{
	const char *name = backend_exit_name(exit);

	if (name)
		sink_printf(sink, "%s %llu\n", name, number);
	else
		sink_printf(sink, "%#x %llu\n", exit, number);
}

/* Return: whether something was printed */
static bool print_next(struct shell *shell)
{
	struct cpu_print *print = &shell->state.cpus;
	bool total = print->cpu == boot_info.nr_cpus;

	while (print->step < CPU_NR_EXIT_COUNTS) {
		u32 exit = print->step++;
		u64 number = total ? count_all(exit) :
				     count(cpu_by_number(print->cpu), exit);

		if (!number)
			continue;
		if (total)
			sink_printf(&shell->sink, "total ");
		else
			sink_printf(&shell->sink, "cpu %u ", print->cpu);
		print_count(&shell->sink, exit, number);
		return true;
	}
	return false;
}

static bool start(struct shell *shell)
{
	struct cpu_print *print = &shell->state.cpus;
	struct cpu *cpu;

	print->started = true;
	print->cpu = report_next_cpu(0);
	print->last = boot_info.nr_cpus;	/* which stands for the total */
	if (!shell_cpu_option(shell, &cpu))
		return false;
	if (cpu) {
		print->cpu = cpu->number;
		print->last = cpu->number;
	}
	return shell_positional(shell, 0, 0);
}

static bool next(struct shell *shell)
{
	struct cpu_print *print = &shell->state.cpus;

	if (!print->started && !start(shell))
		return false;
	while (!print_next(shell)) {
		if (print->cpu >= print->last)
			return false;
		print->cpu = report_next_cpu(print->cpu + 1);
		print->step = 0;
	}
	return true;
}

SHELL_COMMAND(exits) = {
	.name = "exits",
	.usage = " [cpu=N]",
	.help = "show the exits by CPU and reason, and their sums",
	.max_args = 1,
	.next = next,
};
