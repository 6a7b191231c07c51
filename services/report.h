/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMM's state as text, a line at a time, for get_status, get_status_part and the shell.
 * A line is words parted by one space; new words may be added at a line's end and
 * new lines anywhere, the rest is stable:
 *
 *	version 0.1.0
 *	vendor svm			or vmx
 *	cpus 4				CPUs that have a block
 *	uptime ticks N khz N		TSC ticks since the first log line, and
 *					their rate, 0 if it is not known
 *	log written N lost N suppressed N attached 0|1
 *					bytes, bytes, lines
 *	dbgsh on|root|off ignored N refused N
 *					input that no client should send; how often
 *					a client was told that the shell is disabled
 *	locks log N dbgsh N		longest wait for them so far, in times that
 *					others held them
 *	cpu 0 in			or out; then for the same CPU
 *	cpu 0 exits VMMCALL 12		the manual's name; exits never seen are
 *					left out
 *	cpu 0 ticks 1234		TSC ticks spent in exits, the hardware's own
 *					switch left out
 *	cpu 0 refused 0			VM calls refused for their level, writes to MSRs
 *					for the VMM's memory
 *
 *	more cpu 9 function get_status_part
 *					the report was cut at this CPU's lines
 *
 * Numbers are decimal, of up to 64 bits.
 */
#ifndef SERVICES_REPORT_H
#define SERVICES_REPORT_H

#include "core/cpu.h"
#include "core/format.h"
#include "services/text_line.h"

/**
 * struct report - a position in the report; all zeroes is the beginning
 * @step: line of the machine's part, or of a CPU's
 * @cpu: CPU number
 * @exit: index of the next exit counter to look at
 */
struct report {
	u32 step;
	u32 cpu;
	u32 exit;
};

/**
 * report_line() - print the next line
 * @report: position, moved on
 * @sink: gets one line with its newline in one piece, or nothing at the end
 * Return: false at the end.
 */
bool report_line(struct report *report, struct sink *sink);

/**
 * report_print() - print the report, as far as one call may
 * @sink: gets it
 *
 * Work is bounded, whatever the number of CPUs and of their exits: where lines of CPUs
 * are missing, the last line says with which CPU, and who has them.
 */
void report_print(struct sink *sink);

/**
 * report_position() - a position as a number
 * @report: position
 * Return: a number for report_resume(), 0 at the end.
 */
u32 report_position(struct report *report);

/**
 * report_resume() - go on at a position
 * @report: set
 * @position: anything; 0 is the beginning
 * Return: whether it is a position that report_position() could have given.
 */
bool report_resume(struct report *report, u64 position);

/**
 * report_next_exit() - the next exit that a CPU has seen
 * @cpu: the CPU
 * @exit: index where to begin
 * Return: its index, CPU_NR_EXIT_COUNTS if there is none.
 */
u32 report_next_exit(const struct cpu *cpu, u32 exit);

/* report_add_exit() - add an exit's name and count to a line that isn't empty */
void report_add_exit(struct text_line *line, u32 exit, u64 count);

/**
 * report_next_cpu() - the next CPU that has a block
 * @number: where to begin
 * Return: a CPU's number, or boot_info.nr_cpus if there is none.
 */
u32 report_next_cpu(u32 number);

/**
 * cpu_state_name() - a CPU's state in the report's words
 * @cpu: the CPU
 */
const char *cpu_state_name(const struct cpu *cpu);

#endif /* SERVICES_REPORT_H */
