// SPDX-License-Identifier: GPL-2.0-only
/* Shell command "exits": how often each CPU left the guest, and why; then the sums. */
#include "core/string.h"
#include "services/shell_args.h"

/* In a step: so many counters of CPUs that have seen nothing more */
#define VISITS_MAX	(4 * CPU_NR_EXIT_COUNTS)

/* The sums of what has been printed. Commands run one at a time; too large for a state */
static u64 total[CPU_NR_EXIT_COUNTS];

static void print_count(struct sink *sink, u32 cpu, u32 exit, u64 number)
{
	struct text_line line;

	text_start(&line);
	if (cpu == boot_info.nr_cpus)
		text_add(&line, "total");
	else
		text_pair(&line, "cpu", cpu);
	report_add_exit(&line, exit, number);
	text_end(&line, sink);
}

static u32 next_total(u32 exit)
{
	while (exit < CPU_NR_EXIT_COUNTS && !total[exit])
		exit++;
	return exit;
}

/* Return: whether the CPU, or the total, had another one to print */
static bool print_next(struct shell *shell)
{
	struct cpu_print *print = &shell->state.cpus;
	const struct cpu *cpu = NULL;
	u32 exit;
	u64 n;

	if (print->cpu < boot_info.nr_cpus)
		cpu = cpu_by_number(print->cpu);
	exit = cpu ? report_next_exit(cpu, print->step) : next_total(print->step);
	print->step = exit + 1;
	if (exit == CPU_NR_EXIT_COUNTS)
		return false;
	n = cpu ? READ_ONCE(cpu->exits[exit]) : total[exit];
	if (cpu)
		total[exit] += n;
	print_count(&shell->sink, print->cpu, exit, n);
	return true;
}

static bool start(struct shell *shell)
{
	struct cpu_print *print = &shell->state.cpus;
	struct cpu *cpu;

	print->started = true;
	memset(total, 0, sizeof(total));
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
	u32 visits;

	if (!print->started && !start(shell))
		return false;
	for (visits = 0; visits < VISITS_MAX; visits += CPU_NR_EXIT_COUNTS) {
		if (print_next(shell))
			break;
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
	.work = 3000,
	.next = next,
};
