// SPDX-License-Identifier: GPL-2.0-only
/* Shell command "vmcb" or "vmcs": what the CPU runs the guest by, field by field. */
#include "core/backend.h"
#include "services/shell_args.h"

#define FIND_WORK	12000	/* to compare some 170 names */

static void print_field(struct sink *sink, const struct backend_field *field,
			u64 value, int err)
{
	sink_printf(sink, "%-34s 0x%04x ", field->name, field->where);
	if (err)
		sink_printf(sink, "not on this CPU\n");
	else
		sink_printf(sink, "0x%0*llx\n",
			    2 * (int)backend_field_size(field), value);
}

/* Return: index of the field with that name, behind the last one if there is none */
static u32 find_field(const char *name)
{
	const struct backend_field *field;
	u32 i;

	for (i = 0; (field = backend_field(i)); i++)
		if (shell_same(field->name, name))
			break;
	return i;
}

/* Return: whether there is such a state at all */
static bool show(struct shell *shell, struct cpu *cpu, u32 index)
{
	const struct backend_field *field = backend_field(index);
	u64 value = 0;
	int err = backend_read_field(cpu, index, &value);

	if (err == -EAGAIN) {
		shell_fail(shell, "cpu %u never noted its state: it has made no call",
			   cpu->number);
		return false;
	}
	print_field(&shell->sink, field, value, err);
	return true;
}

static void show_one(struct shell *shell, struct cpu *cpu)
{
	u32 index = find_field(shell->args[0]);

	shell->work += FIND_WORK;
	if (backend_field(index))
		show(shell, cpu, index);
	else
		shell_fail(shell, "no such field: %s", shell->args[0]);
}

/* Return: whether all fields are to follow */
static bool start(struct shell *shell)
{
	struct cpu_print *print = &shell->state.cpus;
	struct cpu *cpu;

	print->started = true;
	if (!shell_cpu_option(shell, &cpu) || !shell_positional(shell, 0, 1))
		return false;
	if (!cpu)
		cpu = this_cpu();
	print->cpu = cpu->number;
	if (shell->nr_args) {
		show_one(shell, cpu);
		return false;
	}
	sink_printf(&shell->sink, "cpu %u %s\n", cpu->number,
		    cpu == this_cpu() ? "this one, live" :
		    backend_block_source);
	return true;
}

static bool next(struct shell *shell)
{
	struct cpu_print *print = &shell->state.cpus;

	if (!print->started)
		return start(shell);
	if (!backend_field(print->step))
		return false;
	return show(shell, cpu_by_number(print->cpu), print->step++);
}

SHELL_COMMAND(block) = {
	.name = backend_block_name,
	.usage = " [FIELD] [cpu=N]",
	.help = "show what the CPU runs the guest by, or one field of it",
	.details =
		"A line a field: the manual's name, offset (VMCB) or encoding (VMCS), value.\n"
		"Of another CPU the VMCB is as its last exit left it, the VMCS as its last call\n"
		"to the shell noted it. Capitals don't matter.\n",
	.max_args = 2,
	.work = 2000,
	.next = next,
};
