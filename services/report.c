// SPDX-License-Identifier: GPL-2.0-only
/* The VMM's state as text; services/report.h describes the lines. */
#include "services/report.h"
#include "core/backend.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/nospec.h"
#include "services/dbgsh.h"
#include "services/text_line.h"
#include "services/version.h"
#include "uapi/vmmcall_abi.h"

enum report_step {
	STEP_VERSION,
	STEP_VENDOR,
	STEP_CPUS,
	STEP_UPTIME,
	STEP_LOG,
	STEP_DBGSH,
	STEP_LOCKS,
	STEP_CPU_STATE,		/* from here on for each CPU */
	STEP_CPU_EXITS,
	STEP_CPU_TICKS,
	STEP_CPU_REFUSED,
	NR_STEPS
};

/* Lines of a report on all, see report_print(); each is printed twice at most */
#define BRIEF_LINES	36	/* behind these no CPU begins */
#define BRIEF_CPU_LINES	12	/* so many more for one that has begun */

/* A position as a number: 4 bits of step, 9 of exit, 10 of CPU */
#define POSITION_EXIT	4
#define POSITION_CPU	13
#define POSITION_END	23

static_assert(NR_STEPS <= 1 << POSITION_EXIT);
static_assert(CPU_NR_EXIT_COUNTS < 1 << (POSITION_CPU - POSITION_EXIT));
static_assert(UV_MAX_CPUS <= 1 << (POSITION_END - POSITION_CPU));

u32 report_next_cpu(u32 number)
{
	while (number < boot_info.nr_cpus) {
		u64 rest = boot_info.cpu_present[number / 64] >> number % 64;

		if (rest)
			return number + (u32)__builtin_ctzll(rest);
		number = (number | 63) + 1;
	}
	return boot_info.nr_cpus;
}

const char *cpu_state_name(const struct cpu *cpu)
{
	return READ_ONCE(cpu->state) == CPU_IN ? "in" : "out";
}

/* Bits that are set: added up within fields of 2, 4 and 8 bits, then all bytes */
static u32 count_bits(u64 bits)
{
	bits -= bits >> 1 & 0x5555555555555555ULL;
	bits = (bits & 0x3333333333333333ULL) +
	       (bits >> 2 & 0x3333333333333333ULL);
	bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return (u32)(bits * 0x0101010101010101ULL >> 56);
}

static u32 count_cpus(void)
{
	u32 count = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(boot_info.cpu_present); i++)
		count += count_bits(boot_info.cpu_present[i]);
	return count;
}

static void add_uptime(struct text_line *line)
{
	struct log_stats stats;
	u64 now = log_clock();

	log_get_stats(&stats);
	text_add(line, "uptime");
	text_pair(line, "ticks", stats.started && stats.started < now ?
		  now - stats.started : 0);
	text_pair(line, "khz", boot_info.tsc_khz);
}

static void add_log(struct text_line *line)
{
	struct log_stats stats;
	const u64 *suppressed = stats.suppressed;

	log_get_stats(&stats);
	text_add(line, "log");
	text_pair(line, "written", stats.written);
	text_pair(line, "lost", stats.lost);
	text_pair(line, "suppressed",
		  suppressed[LOG_BY_VMM] + suppressed[LOG_BY_USER] +
		  suppressed[LOG_BY_KERNEL] + suppressed[LOG_PROTECTION]);
	text_pair(line, "attached", stats.attached);
	text_pair(line, "ring", stats.ring);
	text_pair(line, "user", suppressed[LOG_BY_USER]);
	text_pair(line, "kernel", suppressed[LOG_BY_KERNEL]);
	text_pair(line, "protection", suppressed[LOG_PROTECTION]);
	text_pair(line, "repeated", stats.repeated);
}

static void add_dbgsh(struct text_line *line)
{
	text_add(line, "dbgsh ");
	text_add(line, dbgsh_mode_name());
	text_pair(line, "ignored", dbgsh_ignored());
	text_pair(line, "refused", dbgsh_refused());
}

static void add_locks(struct text_line *line)
{
	struct log_stats stats;

	log_get_stats(&stats);
	text_add(line, "locks");
	text_pair(line, "log", stats.longest_wait);
	text_pair(line, "dbgsh", dbgsh_longest_wait());
}

/* The machine's lines, one each */
static void add_machine(struct text_line *line, u32 step)
{
	switch (step) {
	case STEP_VERSION:
		text_add(line, "version " UV_VERSION);
		break;
	case STEP_VENDOR:
		text_add(line, "vendor ");
		text_add(line, backend_name);
		break;
	case STEP_CPUS:
		text_pair(line, "cpus", count_cpus());
		break;
	case STEP_UPTIME:
		add_uptime(line);
		break;
	case STEP_LOG:
		add_log(line);
		break;
	case STEP_DBGSH:
		add_dbgsh(line);
		break;
	case STEP_LOCKS:
		add_locks(line);
		break;
	}
}

u32 report_next_exit(const struct cpu *cpu, u32 exit)
{
	const u64 *n = cpu->exits;

	static_assert(CPU_NR_EXIT_COUNTS % 8 == 0, "groups of 8");
	while (exit < CPU_NR_EXIT_COUNTS) {
		/* Nearly all are 0: eight at a time */
		bool none = exit % 8 == 0 &&
			!(n[exit] | n[exit + 1] | n[exit + 2] | n[exit + 3] |
			  n[exit + 4] | n[exit + 5] | n[exit + 6] | n[exit + 7]);

		if (!none && READ_ONCE(n[exit]))
			return exit;
		exit += none ? 8 : 1;
	}
	return CPU_NR_EXIT_COUNTS;
}

static const char hex_digits[] = "0123456789abcdef";

void report_add_exit(struct text_line *line, u32 exit, u64 count)
{
	const char *name = backend_exit_name(exit);
	u32 shift = 8;

	if (name) {
		text_pair(line, name, count);
		return;
	}
	/* An index has 9 bits */
	while (shift && !(exit >> shift))
		shift -= 4;
	text_add(line, " 0x");
	for (;; shift -= 4) {
		text_char(line, hex_digits[exit >> shift & 0xf]);
		if (!shift)
			break;
	}
	text_char(line, ' ');
	text_number(line, count);
}

/* Return: whether there was another exit to print */
static bool add_exit(struct report *report, struct text_line *line,
		     const struct cpu *cpu)
{
	u32 exit = report_next_exit(cpu, report->exit);

	report->exit = exit + 1;
	if (exit == CPU_NR_EXIT_COUNTS)
		return false;
	text_add(line, " exits");
	report_add_exit(line, exit, READ_ONCE(cpu->exits[exit]));
	return true;
}

/* A CPU's lines, one each */
static void add_cpu(struct report *report, struct text_line *line,
		    const struct cpu *cpu)
{
	if (report->step == STEP_CPU_STATE) {
		text_char(line, ' ');
		text_add(line, cpu_state_name(cpu));
		report->exit = 0;
		report->step = STEP_CPU_EXITS;
		return;
	}
	if (report->step == STEP_CPU_EXITS) {
		if (add_exit(report, line, cpu))
			return;
		report->step = STEP_CPU_TICKS;
	}
	report->exit = 0;
	if (report->step == STEP_CPU_TICKS) {
		text_pair(line, "ticks", READ_ONCE(cpu->ticks));
		report->step = STEP_CPU_REFUSED;
		return;
	}
	text_pair(line, "refused", READ_ONCE(cpu->refused));
	report->cpu++;
	report->step = STEP_CPU_STATE;
}

/* Whether the report is at its end */
static bool at_end(struct report *report)
{
	if (report->step < STEP_CPU_STATE)
		return false;
	report->cpu = report_next_cpu(report->cpu);
	return report->cpu >= boot_info.nr_cpus;
}

bool report_line(struct report *report, struct sink *sink)
{
	struct text_line line;

	if (at_end(report))
		return false;
	text_start(&line);
	if (report->step < STEP_CPU_STATE) {
		add_machine(&line, report->step++);
	} else {
		text_pair(&line, "cpu", report->cpu);
		add_cpu(report, &line, cpu_by_number(report->cpu));
	}
	text_end(&line, sink);
	return true;
}

u32 report_position(struct report *report)
{
	if (at_end(report))
		return 0;
	return report->cpu << POSITION_CPU | report->exit << POSITION_EXIT |
	       report->step;
}

bool report_resume(struct report *report, u64 position)
{
	u64 cpu = position >> POSITION_CPU;
	u64 exit = position >> POSITION_EXIT &
		   ((1 << (POSITION_CPU - POSITION_EXIT)) - 1);

	report->step = position & ((1 << POSITION_EXIT) - 1);
	if (report->step >= NR_STEPS || exit > CPU_NR_EXIT_COUNTS ||
	    (cpu && cpu >= boot_info.nr_cpus))
		return false;
	report->exit = (u32)nospec_index(exit, CPU_NR_EXIT_COUNTS + 1);
	report->cpu = (u32)nospec_index(cpu, boot_info.nr_cpus);
	return true;
}

static void print_more(struct sink *sink, u32 cpu)
{
	struct text_line line;

	text_start(&line);
	text_add(&line, "more");
	text_pair(&line, "cpu", cpu);
	text_add(&line, " function " VMMCALL_NAME_GET_STATUS_PART);
	text_end(&line, sink);
}

void report_print(struct sink *sink)
{
	struct report report = { 0 };
	u32 lines = 0;

	while (report_line(&report, sink)) {
		lines++;
		if (lines < BRIEF_LINES ||
		    (lines < BRIEF_LINES + BRIEF_CPU_LINES &&
		     report.step != STEP_CPU_STATE))
			continue;
		if (!at_end(&report))
			print_more(sink, report.cpu);
		break;
	}
}
