/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>

static inline bool strstarts(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}
