// SPDX-License-Identifier: GPL-2.0-only
/* What is said before a reset. See core/last_words.h. */
#include "core/last_words.h"
#include "core/backend.h"
#include "core/descriptors.h"
#include "core/log.h"

#define LINE_SIZE	200

/* How long a CPU waits for another one that is speaking: that one may have died in it */
#define WAIT_TRIES	10000000

static u32 speaker;		/* the CPU's number + 1, or 0 */

/* Return: false if this CPU is speaking already. */
static bool start_to_speak(const struct cpu *cpu)
{
	u32 try;

	for (try = 0; try < WAIT_TRIES; try++) {
		u32 nobody = 0;

		if (__atomic_compare_exchange_n(&speaker, &nobody, cpu->number + 1,
						false, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true;
		if (nobody == cpu->number + 1)
			return false;
		__builtin_ia32_pause();
	}
	__atomic_store_n(&speaker, cpu->number + 1, __ATOMIC_RELAXED);
	return true;
}

static void say(const char *line)
{
	debug_puts(line);
	debug_puts("\n");
	vmm_log(LOG_ERROR, "%s", line);
}

static void say_own_state(struct cpu *cpu, char *line)
{
	struct guest_state state;
	const char *exit;

	backend_get_state(cpu, &state);
	exit = backend_exit_name(state.exit);
	vmm_snprintf(line, LINE_SIZE,
		     "cpu %u: rip %#x:%#llx rsp %#llx cr2 %#llx cr3 %#llx cr4 %#llx",
		     cpu->number, state.segment[SEGMENT_CS].selector, state.rip,
		     state.rsp, state.cr2, state.cr3, state.cr4);
	say(line);
	vmm_snprintf(line, LINE_SIZE,
		     "cpu %u: exit %s (%u), information %#llx, interrupted event %#x, last call %u",
		     cpu->number, exit ? exit : "?", state.exit, state.exit_info,
		     state.interrupted, cpu->last_call);
	say(line);
}

static void say_other(struct cpu *cpu, char *line)
{
	u32 call = READ_ONCE(cpu->last_call);
	u64 rip;

	if (READ_ONCE(cpu->state) != CPU_IN)
		vmm_snprintf(line, LINE_SIZE, "cpu %u: no guest", cpu->number);
	else if (backend_last_rip(cpu, &rip))
		vmm_snprintf(line, LINE_SIZE,
			     "cpu %u: rip %#llx at the last exit that is known, last call %u",
			     cpu->number, rip, call);
	else
		vmm_snprintf(line, LINE_SIZE, "cpu %u: rip not known, last call %u",
			     cpu->number, call);
	say(line);
}

void last_words(const char *reason)
{
	struct cpu *cpu = this_cpu();
	char line[LINE_SIZE];
	u32 i;

	if (!start_to_speak(cpu))
		return;
	say(reason);
	if (cpu->state == CPU_IN)
		say_own_state(cpu, line);
	for (i = 0; i < boot_info.nr_cpus; i++)
		if (i != cpu->number && cpu_present(i))
			say_other(cpu_by_number(i), line);
	__atomic_store_n(&speaker, 0, __ATOMIC_RELEASE);
}
