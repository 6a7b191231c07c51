// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shell command "regs": the state of the guest on each CPU. Of this CPU it is the state
 * that it made the call with; of others, what they noted last (core/cpu_note.h).
 */
#include "core/backend.h"
#include "core/clock.h"
#include "core/cpu_note.h"
#include "core/log.h"
#include "core/x86.h"
#include "services/shell_args.h"
#include "services/shell_space.h"

#define IN_LINE		4

struct reg {
	const char *name;
	u32 where;
};

#define GENERAL(name)	{ #name, offsetof(struct cpu_note, regs.name) }
#define STATE(name)	{ #name, offsetof(struct cpu_note, state.name) }
#define DEBUG(n)	{ "dr" #n, offsetof(struct cpu_note, state.dr[n]) }

/* In lines of IN_LINE */
static const struct reg regs[] = {
	GENERAL(rax), GENERAL(rbx), GENERAL(rcx), GENERAL(rdx),
	GENERAL(rsi), GENERAL(rdi), GENERAL(rbp), STATE(rsp),
	GENERAL(r8), GENERAL(r9), GENERAL(r10), GENERAL(r11),
	GENERAL(r12), GENERAL(r13), GENERAL(r14), GENERAL(r15),
	STATE(rip), STATE(rflags), STATE(cr8), STATE(debugctl),
	STATE(cr0), STATE(cr2), STATE(cr3), STATE(cr4),
	DEBUG(0), DEBUG(1), DEBUG(2), DEBUG(3),
	STATE(dr6), STATE(dr7), STATE(efer), STATE(pat),
	STATE(star), STATE(lstar), STATE(cstar), STATE(sfmask),
	STATE(kernel_gs_base), STATE(sysenter_cs), STATE(sysenter_esp),
	STATE(sysenter_eip),
};

static_assert(ARRAY_SIZE(regs) % IN_LINE == 0, "lines");

enum step {
	STEP_HEAD,
	STEP_REGS,
	STEP_SEGMENTS = STEP_REGS + ARRAY_SIZE(regs) / IN_LINE,
	STEP_MODE = STEP_SEGMENTS + NR_SEGMENTS,
	STEP_EVENTS,
	STEP_EXIT,
	NR_STEPS
};

static void print_head(struct sink *sink, const struct cpu *cpu,
		       const struct cpu_note *note)
{
	u64 now = log_clock();
	u64 ticks = now > note->ticks ? now - note->ticks : 0;

	sink_printf(sink, "cpu %u %s", cpu->number, cpu_state_name(cpu));
	if (cpu == this_cpu())
		sink_printf(sink, " this one,");
	if (boot_info.tsc_khz)
		sink_printf(sink, " noted %llu us ago\n",
			    clock_us(ticks, boot_info.tsc_khz));
	else
		sink_printf(sink, " noted %llu ticks ago\n", ticks);
}

static void print_regs(struct sink *sink, const struct cpu_note *note, u32 line)
{
	const struct reg *reg = &regs[line * IN_LINE];
	u32 i;

	for (i = 0; i < IN_LINE; i++)
		sink_printf(sink, "%s%s 0x%016llx", i ? " " : "", reg[i].name,
			    *(const u64 *)((const u8 *)note + reg[i].where));
	sink_printf(sink, "\n");
}

static void print_segment(struct sink *sink, const struct cpu_note *note, u32 n)
{
	static const char * const names[NR_SEGMENTS] = {
		"es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr", "gdtr", "idtr",
	};
	const struct segment_state *s = &note->state.segment[n];

	sink_printf(sink, "%s base 0x%016llx limit %#x", names[n], s->base,
		    s->limit);
	if (n < SEGMENT_GDTR)
		sink_printf(sink, " selector %#x access %#x%s", s->selector,
			    s->access,
			    s->access & SEGMENT_UNUSABLE ? " unusable" : "");
	sink_printf(sink, "\n");
}

static void print_mode(struct sink *sink, const struct guest_state *state)
{
	static const char * const activity[] = {
		"active", "halted", "shut down", "waits for a SIPI",
	};
	static const char * const blocked[] = {
		"STI", "MOV SS", "SMI", "NMI", "STI or MOV SS",
	};
	u32 i;

	sink_printf(sink, "cpl %u pkru %#x activity %s, events held back by:",
		    state->cpl, state->pkru,
		    state->activity < ARRAY_SIZE(activity) ?
		    activity[state->activity] : "unknown");
	for (i = 0; i < ARRAY_SIZE(blocked); i++)
		if (state->blocked >> i & 1)
			sink_printf(sink, " %s", blocked[i]);
	sink_printf(sink, "%s\n", state->blocked ? "" : " nothing");
}

static void print_event(struct sink *sink, const char *name, u32 event)
{
	static const char * const types[] = {
		"interrupt", "type 1", "NMI", "exception", "software interrupt",
		"privileged exception", "software exception", "other event",
	};

	if (event & EVENT_VALID)
		sink_printf(sink, "%s %s %u", name, types[event >> 8 & 7],
			    event & 0xff);
	else
		sink_printf(sink, "%s nothing", name);
}

static void print_events(struct sink *sink, const struct guest_state *state)
{
	print_event(sink, "injects", state->event);
	if (state->event & EVENT_VALID && state->event & EVENT_ERROR_VALID)
		sink_printf(sink, " error %#x", state->event_error);
	print_event(sink, ", the exit interrupted", state->interrupted);
	sink_printf(sink, "\n");
}

static void print_exit(struct sink *sink, const struct guest_state *state)
{
	const char *name = backend_exit_name(state->exit);

	if (name)
		sink_printf(sink, "exit %s", name);
	else
		sink_printf(sink, "exit %#x", state->exit);
	sink_printf(sink, " info %#llx\n", state->exit_info);
}

static void print_step(struct sink *sink, const struct cpu *cpu,
		       const struct cpu_note *note, u32 step)
{
	if (step == STEP_HEAD)
		print_head(sink, cpu, note);
	else if (step < STEP_SEGMENTS)
		print_regs(sink, note, step - STEP_REGS);
	else if (step < STEP_MODE)
		print_segment(sink, note, step - STEP_SEGMENTS);
	else if (step == STEP_MODE)
		print_mode(sink, &note->state);
	else if (step == STEP_EVENTS)
		print_events(sink, &note->state);
	else
		print_exit(sink, &note->state);
}

static bool start(struct shell *shell)
{
	struct cpu_print *print = &shell->state.cpus;
	struct cpu *cpu;

	print->started = true;
	if (!shell_cpu_option(shell, &cpu) ||
	    !shell_positional(shell, 0, cpu ? 0 : 1))
		return false;
	if (!cpu)
		cpu = this_cpu();
	if (shell->nr_args && !shell_same(shell->args[0], "all")) {
		shell_fail(shell, "neither cpu=N nor all: %s", shell->args[0]);
		return false;
	}
	print->cpu = shell->nr_args ? report_next_cpu(0) : cpu->number;
	print->last = shell->nr_args ? boot_info.nr_cpus - 1 : cpu->number;
	return true;
}

static bool next(struct shell *shell)
{
	static const struct cpu_note *note;
	struct cpu_print *print = &shell->state.cpus;
	const struct cpu *cpu;

	if (!print->started && !start(shell))
		return false;
	cpu = cpu_by_number(print->cpu);
	if (print->step == STEP_HEAD)
		note = shell_note(shell, cpu);
	if (note)
		print_step(&shell->sink, cpu, note, print->step++);
	if (note && print->step < NR_STEPS)
		return true;
	print->step = STEP_HEAD;
	print->cpu = report_next_cpu(print->cpu + 1);
	return print->cpu <= print->last && print->cpu < boot_info.nr_cpus;
}

SHELL_COMMAND(regs) = {
	.name = "regs",
	.usage = " [cpu=N | all]",
	.help = "show the registers of this CPU, of another one, or of all",
	.details =
		"Of the CPU that makes the call it is the state that it made it with. Other\n"
		"CPUs' can't be read from outside: shown is what they noted at their last call\n"
		"to the shell, and how long ago that was.\n",
	.max_args = 2,
	.work = 5000,
	.next = next,
};
