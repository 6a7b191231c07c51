// SPDX-License-Identifier: GPL-2.0-only
/* The VMM's state as text; services/report.h describes the lines. */
#include "core/backend.h"
#include "core/clock.h"
#include "core/log.h"
#include "services/dbgsh.h"
#include "services/report.h"
#include "services/version.h"

enum report_step {
	STEP_VERSION,
	STEP_VENDOR,
	STEP_CPUS,
	STEP_UPTIME,
	STEP_LOG,
	STEP_DBGSH,
	STEP_CPU_STATE,		/* from here on for each CPU */
	STEP_CPU_EXITS,
	STEP_CPU_TICKS,
	STEP_CPU_REFUSED,
};

u32 report_next_cpu(u32 number)
{
	while (number < boot_info.nr_cpus && !cpu_present(number))
		number++;
	return number;
}

const char *cpu_state_name(const struct cpu *cpu)
{
	return READ_ONCE(cpu->state) == CPU_IN ? "in" : "out";
}

static void print_cpus(struct sink *sink)
{
	u32 count = 0;
	u32 number;

	for (number = report_next_cpu(0); number < boot_info.nr_cpus;
	     number = report_next_cpu(number + 1))
		count++;
	sink_printf(sink, "cpus %u\n", count);
}

static void print_uptime(struct sink *sink)
{
	struct log_stats stats;
	u64 now = log_clock();

	log_get_stats(&stats);
	sink_printf(sink, "uptime ticks %llu khz %u\n",
		    stats.started && stats.started < now ?
		    now - stats.started : 0, boot_info.tsc_khz);
}

static void print_log(struct sink *sink)
{
	struct log_stats stats;
	const u64 *suppressed = stats.suppressed;

	log_get_stats(&stats);
	sink_printf(sink,
		    "log written %llu lost %llu suppressed %llu attached %d ring %u",
		    stats.written, stats.lost,
		    suppressed[LOG_BY_VMM] + suppressed[LOG_BY_USER] +
		    suppressed[LOG_BY_KERNEL] + suppressed[LOG_PROTECTION],
		    stats.attached, stats.ring);
	sink_printf(sink, " user %llu kernel %llu protection %llu repeated %llu\n",
		    suppressed[LOG_BY_USER], suppressed[LOG_BY_KERNEL],
		    suppressed[LOG_PROTECTION], stats.repeated);
}

/* The machine's lines, one each */
static void print_machine(struct sink *sink, u32 step)
{
	switch (step) {
	case STEP_VERSION:
		sink_printf(sink, "version %s\n", UV_VERSION);
		break;
	case STEP_VENDOR:
		sink_printf(sink, "vendor %s\n", backend_name);
		break;
	case STEP_CPUS:
		print_cpus(sink);
		break;
	case STEP_UPTIME:
		print_uptime(sink);
		break;
	case STEP_LOG:
		print_log(sink);
		break;
	case STEP_DBGSH:
		sink_printf(sink, "dbgsh %s ignored %llu refused %llu\n",
			    dbgsh_mode_name(), dbgsh_ignored(), dbgsh_refused());
		break;
	}
}

/* Return: whether there was another exit to print */
static bool print_exit(struct report *report, struct sink *sink,
		       const struct cpu *cpu)
{
	while (report->exit < CPU_NR_EXIT_COUNTS) {
		u32 index = report->exit++;
		u64 count = READ_ONCE(cpu->exits[index]);
		const char *name;

		if (!count)
			continue;
		name = backend_exit_name(index);
		if (name)
			sink_printf(sink, "cpu %u exits %s %llu\n", report->cpu,
				    name, count);
		else
			sink_printf(sink, "cpu %u exits %#x %llu\n",
				    report->cpu, index, count);
		return true;
	}
	return false;
}

bool report_line(struct report *report, struct sink *sink)
{
	const struct cpu *cpu;

	if (report->step < STEP_CPU_STATE) {
		print_machine(sink, report->step++);
		return true;
	}
	report->cpu = report_next_cpu(report->cpu);
	if (report->cpu >= boot_info.nr_cpus)
		return false;
	cpu = cpu_by_number(report->cpu);

	if (report->step == STEP_CPU_STATE) {
		sink_printf(sink, "cpu %u %s\n", report->cpu,
			    cpu_state_name(cpu));
		report->exit = 0;
		report->step = STEP_CPU_EXITS;
		return true;
	}
	if (report->step == STEP_CPU_EXITS) {
		if (print_exit(report, sink, cpu))
			return true;
		report->step = STEP_CPU_TICKS;
	}
	if (report->step == STEP_CPU_TICKS) {
		sink_printf(sink, "cpu %u ticks %llu\n", report->cpu,
			    READ_ONCE(cpu->ticks));
		report->step = STEP_CPU_REFUSED;
		return true;
	}

	sink_printf(sink, "cpu %u refused %llu\n", report->cpu,
		    READ_ONCE(cpu->refused));
	report->cpu++;
	report->step = STEP_CPU_STATE;
	return true;
}

void report_print(struct sink *sink)
{
	struct report report = { 0 };

	while (report_line(&report, sink))
		;
}
