/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The debug shell: bytes in, text out. A command prints its output in pieces, the
 * next one when the last has been fetched, so the shell's memory doesn't bound the
 * length of an output.
 */
#ifndef SERVICES_SHELL_H
#define SERVICES_SHELL_H

#include "core/format.h"
#include "core/guest.h"
#include "services/report.h"
#include "services/shell_line.h"

#define SHELL_OUT_MAX	512	/* bytes that a command may print at once */
#define SHELL_ARGS_MAX	8	/* words that may follow a command's name */

/*
 * Work is counted in instructions, roughly, and rather too many than too few: so many
 * in a VM call, besides what the call itself takes and one note that is read.
 */
#define SHELL_WORK_MAX	50000
#define SHELL_WORK_BYTE	80	/* a byte of input */
#define SHELL_WORK_LINE	3000	/* the end of a line, and the words in it */
#define SHELL_WORK_NOTE	25000	/* cpu_note_read(), when the other CPU is busy noting */

struct shell;

/**
 * struct shell_command - a command; one file each in services/
 * @name: its first word
 * @usage: arguments, for the help text, or ""
 * @help: one line, without newline
 * @details: what "help NAME" says besides: lines of text, at most SHELL_OUT_MAX bytes,
 *	or NULL
 * @max_args: words that may follow, at most SHELL_ARGS_MAX
 * @work: what a step takes, at most a third of SHELL_WORK_MAX; one that finds more to do
 *	adds that to shell->work
 * @next: prints the next piece of output, at most SHELL_OUT_MAX bytes, to
 *	shell->sink; shell->state is all zeroes at the first call. Returns false when
 *	that was the last one. A command that has much to do before it finds something
 *	to print returns true without having printed, and goes on in a later VM call:
 *	nothing else runs on the CPU while it works.
 */
struct shell_command {
	const char *name;
	const char *usage;
	const char *help;
	const char *details;
	u32 max_args;
	u32 work;
	bool (*next)(struct shell *shell);
};

/* struct nested_print - a walk of the nested page tables that is being printed */
struct nested_print {
	u64 addr;		/* guest-physical */
	u32 step;
};

/* struct walk_print - a walk of the guest's that is being printed */
struct walk_print {
	u64 addr;		/* guest-virtual */
	u32 step;
	struct guest_walk walk;
	struct nested_print nested;
};

/* struct dump - what is left of a dump */
struct dump {
	bool started;
	enum {
		DUMP_NONE,
		DUMP_PHYS,
		DUMP_VIRT,
		DUMP_VMM,
	} space;
	u32 width;		/* bytes of a word */
	u64 addr;
	u64 left;		/* bytes */
	u64 hole;		/* where what can't be shown began */
	const char *why;	/* why it can't; NULL where there is no such thing */
	struct guest_mmu mmu;	/* of the space DUMP_VIRT */
};

/* struct cpu_print - how far a list of CPUs has got, and of something for each */
struct cpu_print {
	bool started;
	u32 cpu;
	u32 last;		/* the last CPU to show */
	u32 step;
};

/* struct map_print - how far the map of memory has got */
struct map_print {
	u32 part;
	u32 index;
	struct cpu_print cpus;
};

/* How far the running command has got */
union shell_state {
	struct {
		u64 pos;
		u64 end;
		bool started;
	} log;
	struct report report;
	struct nested_print nested;
	struct walk_print walk;
	struct dump dump;
	struct cpu_print cpus;
	struct map_print map;
	u32 index;
};

/**
 * struct shell - a shell
 * @sink: where commands print to
 * @running: command that has more to print
 * @work: what this VM call has taken so far
 * @failed: whether the last command failed: its last line says why
 * @name: the command's name as it was typed, in @line
 * @nr_args: words in @args
 * @args: what followed its name, in @line
 * @state: its state
 * @quiet: no prompt, no echo: bytes go to @line as they are
 * @prompt: a prompt is due
 * @ending: the shell ends when all output has been fetched
 * @too_long: the line has more than SHELL_LINE_MAX bytes
 * @line_len: bytes in @line
 * @out_pos: next byte to be fetched
 * @out_len: bytes in @out
 * @editor: the input line until it is complete, if not @quiet
 * @line: the input line, NUL-terminated when it is complete
 * @out: output that waits
 */
struct shell {
	struct sink sink;
	const struct shell_command *running;
	u32 work;
	bool failed;
	const char *name;
	u32 nr_args;
	const char *args[SHELL_ARGS_MAX];
	union shell_state state;
	bool quiet;
	bool prompt;
	bool ending;
	bool too_long;
	u32 line_len;
	u32 out_pos;
	u32 out_len;
	struct line_editor editor;
	char line[SHELL_LINE_MAX + 1];
	char out[SHELL_OUT_MAX];
};

/* What shell_peek() returns where there is no text */
#define SHELL_WANTS_INPUT	(-1)
#define SHELL_ENDED		(-2)
#define SHELL_BUSY		(-3)	/* a command is at work: ask again in another call */

/**
 * shell_start() - a fresh shell
 * @shell: set; what it was before is lost
 * @quiet: for a client that reads whole lines by itself: no prompt, no echo
 */
void shell_start(struct shell *shell, bool quiet);

/**
 * shell_renew() - another VM call begins, which may do as much work as any
 */
static inline void shell_renew(struct shell *shell)
{
	shell->work = 0;
}

/**
 * shell_is_spent() - whether this VM call has done its work
 *
 * What is to be done next, a line or a step of a command, may take as much again as
 * what is in reserve.
 */
static inline bool shell_is_spent(const struct shell *shell)
{
	return shell->work >= SHELL_WORK_MAX;
}

/**
 * shell_input() - give the shell a byte
 * @shell: wants input
 * @byte: CR and LF end the line, BS and DEL remove its last byte, EOT on an
 *	empty line is the command exit; services/shell_line.h has the other keys of a
 *	shell that isn't quiet
 */
void shell_input(struct shell *shell, u8 byte);

/**
 * shell_peek() - what the shell has to say; a command that runs goes on for that
 * @shell: the shell
 * @text: set to it; valid until shell_skip() and shell_input()
 *
 * Takes no longer than one step of a command. Where that could be too much for this VM
 * call there is no text: SHELL_BUSY.
 * Return: its length in bytes, or one of SHELL_WANTS_INPUT, SHELL_ENDED, SHELL_BUSY.
 */
int shell_peek(struct shell *shell, const char **text);

/**
 * shell_skip() - @len bytes of what shell_peek() gave have been delivered
 */
void shell_skip(struct shell *shell, u32 len);

/**
 * shell_fail() - the command failed: say why, and mark it
 * @fmt: one line without newline; the command's name is put before it
 *
 * What it prints must fit in what is left of SHELL_OUT_MAX.
 */
void shell_fail(struct shell *shell, const char *fmt, ...) __printf(2, 3);

/*
 * SHELL_COMMAND() - start the definition of a command, struct shell_command's
 * initialiser follows. The linker collects them; the help text has the order in
 * which their files are linked.
 */
#define SHELL_COMMAND(_id)						\
	static const struct shell_command shell_command_##_id		\
	__used __section(".data.rel.ro.shell_commands") __aligned(8)

/**
 * shell_find() - find a command
 * @name: its name
 * Return: the command or NULL.
 */
const struct shell_command *shell_find(const char *name);

/**
 * shell_command_at() - iterate over the commands
 * @index: which, from 0
 * Return: the command, or NULL behind the last one.
 */
const struct shell_command *shell_command_at(u32 index);

#endif /* SERVICES_SHELL_H */
