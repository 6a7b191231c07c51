// SPDX-License-Identifier: GPL-2.0-only
/* The words of a command's line; see services/shell_args.h. */
#include "services/shell_args.h"
#include "core/cpu.h"
#include "core/string.h"

void shell_fail(struct shell *shell, const char *fmt, ...)
{
	va_list ap;

	shell->failed = true;
	sink_printf(&shell->sink, "%s: ", shell->name);
	va_start(ap, fmt);
	sink_vprintf(&shell->sink, fmt, ap);
	va_end(ap);
	shell->sink.put(&shell->sink, "\n", 1);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool shell_same(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

/* Return: the digit's value, 16 or more if it is none */
static u32 digit(char c)
{
	c = lower(c);
	if (c >= '0' && c <= '9')
		return (u32)(c - '0');
	return c >= 'a' && c <= 'f' ? (u32)(c - 'a' + 10) : 16;
}

/* Return: how far a suffix shifts, 64 if it is none */
static u32 suffix_shift(const char *text)
{
	if (!*text)
		return 0;
	if (text[1])
		return 64;
	switch (lower(*text)) {
	case 'k': return 10;
	case 'm': return 20;
	case 'g': return 30;
	default: return 64;
	}
}

static bool parse_number(const char *text, u64 *value)
{
	u64 base = 10, sum = 0;
	u32 shift;

	if (text[0] == '0' && lower(text[1]) == 'x') {
		base = 16;
		text += 2;
	}
	if (digit(*text) >= base)
		return false;
	for (; digit(*text) < base; text++) {
		if (sum > (~0ULL - digit(*text)) / base)
			return false;
		sum = sum * base + digit(*text);
	}
	shift = suffix_shift(text);
	if (shift == 64 || sum > ~0ULL >> shift)
		return false;
	*value = sum << shift;
	return true;
}

bool shell_number(struct shell *shell, const char *text, u64 *value)
{
	if (parse_number(text, value))
		return true;
	shell_fail(shell, "bad number: %s", text);
	return false;
}

const char *shell_option(struct shell *shell, const char *key)
{
	size_t len = strlen(key);
	const char *value;
	u32 i;

	for (i = 0; i < shell->nr_args; i++)
		if (strlen(shell->args[i]) > len &&
		    !memcmp(shell->args[i], key, len) &&
		    shell->args[i][len] == '=')
			break;
	if (i == shell->nr_args)
		return NULL;
	value = shell->args[i] + len + 1;
	for (shell->nr_args--; i < shell->nr_args; i++)
		shell->args[i] = shell->args[i + 1];
	return value;
}

static bool has_equals(const char *text)
{
	while (*text && *text != '=')
		text++;
	return *text;
}

bool shell_positional(struct shell *shell, u32 min, u32 max)
{
	u32 i;

	for (i = 0; i < shell->nr_args; i++) {
		if (!has_equals(shell->args[i]))
			continue;
		shell_fail(shell, "unknown option: %s", shell->args[i]);
		return false;
	}
	if (shell->nr_args >= min && shell->nr_args <= max)
		return true;
	shell_fail(shell, "too %s words, try help %s",
		   shell->nr_args < min ? "few" : "many", shell->name);
	return false;
}

bool shell_cpu(struct shell *shell, const char *text, struct cpu **cpu)
{
	u64 number;

	if (!shell_number(shell, text, &number))
		return false;
	if (number >= boot_info.nr_cpus || !cpu_present((u32)number)) {
		shell_fail(shell, "no such CPU: %s", text);
		return false;
	}
	*cpu = cpu_by_number((u32)number);
	return true;
}

bool shell_cpu_option(struct shell *shell, struct cpu **cpu)
{
	const char *text = shell_option(shell, "cpu");

	*cpu = NULL;
	return !text || shell_cpu(shell, text, cpu);
}
