// SPDX-License-Identifier: GPL-2.0-only
/* The VMM's text, line by line. See lines.h. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "lines.h"

/* What stands before a line's level: "[    0.000934] cpu1 warning: text" */
static const char *level_of(const char *line)
{
	const char *cpu = strstr(line, "] cpu");
	const char *level = cpu ? strchr(cpu + strlen("] cpu"), ' ') : NULL;

	return level ? level + 1 : "";
}

static void echo_line(const char *line, bool loss)
{
	const char *level = level_of(line);

	if (!loss && strstarts(level, "error: "))
		pr_err("%s\n", line);
	else if (loss || strstarts(level, "warning: "))
		pr_warn("%s\n", line);
	else
		pr_info("%s\n", line);
}

/* No other line can look like this one: the VMM puts the time in front of each. */
static bool is_loss(const char *line, u64 *bytes)
{
	unsigned long long n;
	int end = 0;

	if (sscanf(line, "[%llu bytes of log lost]%n", &n, &end) != 1 ||
	    !end || line[end])
		return false;
	*bytes = n;
	return true;
}

static void end_line(struct lines *lines, bool echo)
{
	u64 bytes = 0;
	bool loss;

	lines->text[lines->len] = 0;
	loss = is_loss(lines->text, &bytes);
	lines->lost += bytes;
	if (echo && lines->len)
		echo_line(lines->text, loss);
	lines->len = 0;
}

/**
 * lines_feed() - take text, line by line
 * @lines: the line on its way
 * @text: bytes as the VMM wrote them
 * @len: how many
 * @echo: whether whole lines go to the kernel's log, each with its level
 *
 * Context: process; printk() may take its time.
 */
void lines_feed(struct lines *lines, const char *text, size_t len, bool echo)
{
	while (len) {
		const char *newline = memchr(text, '\n', len);
		size_t n = newline ? newline - text : len;
		size_t take = min(n, LINE_ROOM - 1 - lines->len);

		memcpy(lines->text + lines->len, text, take);
		lines->len += take;
		text += take;
		len -= take;
		if (newline && take == n) {
			text++;
			len--;
			end_line(lines, echo);
		} else if (lines->len == LINE_ROOM - 1) {
			end_line(lines, echo);
		}
	}
}
