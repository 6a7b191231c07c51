// SPDX-License-Identifier: GPL-2.0-only
/* The debug shell: its input line, its output buffer, its commands. */
#include "core/string.h"
#include "services/shell.h"

enum key {
	KEY_EOT = 0x04,
	KEY_BACKSPACE = 0x08,
	KEY_TAB = 0x09,
	KEY_LF = 0x0a,
	KEY_CR = 0x0d,
	KEY_DELETE = 0x7f,
};

/* Of all shells, whatever becomes of them */
static struct line_history history;

/* Where the image's linker script collects what SHELL_COMMAND() defined */
extern const struct shell_command __shell_commands_start[];
extern const struct shell_command __shell_commands_end[];

static void shell_put(struct sink *sink, const char *text, size_t len)
{
	struct shell *shell = container_of(sink, struct shell, sink);
	size_t room = sizeof(shell->out) - shell->out_len;

	if (len > room)
		len = room;
	memcpy(shell->out + shell->out_len, text, len);
	shell->out_len += len;
}

void shell_start(struct shell *shell, bool quiet)
{
	shell->sink.put = shell_put;
	shell->running = NULL;
	shell->work = 0;
	shell->failed = false;
	shell->name = "";
	shell->quiet = quiet;
	shell->prompt = !quiet;
	shell->ending = false;
	shell->too_long = false;
	shell->line_len = 0;
	shell->out_pos = 0;
	shell->out_len = 0;
	line_start(&shell->editor, &history);
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

const struct shell_command *shell_find(const char *name)
{
	const struct shell_command *c;

	for (c = __shell_commands_start; c < __shell_commands_end; c++)
		if (same(c->name, name))
			return c;
	return NULL;
}

const struct shell_command *shell_command_at(u32 index)
{
	const struct shell_command *c = __shell_commands_start + index;

	return c < __shell_commands_end ? c : NULL;
}

static void start_command(struct shell *shell,
			  const struct shell_command *command)
{
	shell->running = command;
	memset(&shell->state, 0, sizeof(shell->state));
}

/* Takes the first word off a text, which is made a text of its own */
static char *take_word(char **text)
{
	char *word = *text;
	char *end;

	while (*word == ' ')
		word++;
	for (end = word; *end && *end != ' '; end++)
		;
	*text = end;
	if (*end) {
		*end = '\0';
		*text = end + 1;
	}
	return word;
}

/* Return: whether there are no more words than the command takes */
static bool take_args(struct shell *shell, const struct shell_command *command,
		      char *rest)
{
	const char *word = take_word(&rest);

	shell->nr_args = 0;
	while (*word && shell->nr_args < command->max_args) {
		shell->args[shell->nr_args++] = word;
		word = take_word(&rest);
	}
	return !*word;
}

static void run_line(struct shell *shell)
{
	const struct shell_command *command;
	char *rest = shell->line;

	shell->failed = false;
	shell->name = take_word(&rest);
	if (!*shell->name)
		return;
	command = shell_find(shell->name);
	if (!command) {
		shell_fail(shell, "unknown command, try help");
		return;
	}
	if (!take_args(shell, command, rest)) {
		shell_fail(shell, "too many words, usage: %s%s", command->name,
			   command->usage);
		return;
	}
	start_command(shell, command);
}

static void end_line(struct shell *shell)
{
	shell->work += SHELL_WORK_LINE;
	shell->line[shell->line_len] = '\0';
	shell->prompt = !shell->quiet;
	if (shell->too_long) {
		shell->name = "shell";
		shell_fail(shell, "line too long, at most %u bytes",
			   SHELL_LINE_MAX);
	} else {
		run_line(shell);
	}
	shell->line_len = 0;
	shell->too_long = false;
}

static void add_byte(struct shell *shell, u8 byte)
{
	if (shell->line_len == SHELL_LINE_MAX) {
		shell->too_long = true;
		return;
	}
	if (byte == KEY_TAB)
		byte = ' ';
	/* What isn't text (NUL, escape sequences) must not come back as output */
	if (byte < ' ')
		byte = '?';
	shell->line[shell->line_len++] = (char)byte;
}

static void quiet_input(struct shell *shell, u8 byte)
{
	switch (byte) {
	case KEY_LF:
	case KEY_CR:
		end_line(shell);
		break;
	case KEY_BACKSPACE:
	case KEY_DELETE:
		if (shell->line_len)
			shell->line_len--;
		break;
	case KEY_EOT:
		if (!shell->line_len)
			start_command(shell, shell_find("exit"));
		break;
	default:
		add_byte(shell, byte);
		break;
	}
}

static void edited_input(struct shell *shell, u8 byte)
{
	struct line_editor *editor = &shell->editor;

	switch (line_key(editor, &shell->sink, byte)) {
	case LINE_GOES_ON:
		break;
	case LINE_COMPLETE:
		memcpy(shell->line, editor->text, editor->len);
		shell->line_len = editor->len;
		line_start(editor, &history);
		end_line(shell);
		break;
	case LINE_END:
		start_command(shell, shell_find("exit"));
		break;
	}
}

void shell_input(struct shell *shell, u8 byte)
{
	shell->work += SHELL_WORK_BYTE;
	if (shell->quiet)
		quiet_input(shell, byte);
	else
		edited_input(shell, byte);
}

/* Return: whether the command goes on without having printed anything */
static bool run_on(struct shell *shell)
{
	u32 work = shell->running->work;

	if (shell->work + work > SHELL_WORK_MAX)
		return true;
	shell->work += work;
	if (shell->running->next(shell))
		return !shell->out_len;
	shell->running = NULL;
	return false;
}

int shell_peek(struct shell *shell, const char **text)
{
	while (shell->out_pos == shell->out_len) {
		shell->out_pos = 0;
		shell->out_len = 0;
		if (shell->running) {
			if (run_on(shell))
				return SHELL_BUSY;
		} else if (shell->ending) {
			return SHELL_ENDED;
		} else if (shell->prompt) {
			shell->prompt = false;
			sink_printf(&shell->sink, SHELL_PROMPT);
		} else {
			return SHELL_WANTS_INPUT;
		}
	}
	*text = shell->out + shell->out_pos;
	return (int)(shell->out_len - shell->out_pos);
}

void shell_skip(struct shell *shell, u32 len)
{
	shell->out_pos += len;
}
