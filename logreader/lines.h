/* SPDX-License-Identifier: GPL-2.0-only */
/* The VMM's text, line by line: the echo to the kernel's log, and the VMM's own losses. */
#ifndef LOGREADER_LINES_H
#define LOGREADER_LINES_H

#include <linux/types.h>

/* The VMM's lines have 512 bytes at most; a longer one counts as several. */
#define LINE_ROOM	520

/**
 * struct lines - a line on its way
 * @text: its bytes so far
 * @len: how many
 * @lost: sum of the numbers in all lines "[N bytes of log lost]"
 */
struct lines {
	char text[LINE_ROOM];
	size_t len;
	u64 lost;
};

void lines_feed(struct lines *lines, const char *text, size_t len, bool echo);

#endif /* LOGREADER_LINES_H */
