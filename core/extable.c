// SPDX-License-Identifier: GPL-2.0-only
/* Look-up of faulting instructions; the table has a handful of entries */
#include "core/extable.h"

u64 extable_find(u64 rip)
{
	const struct extable_entry *entry;

	for (entry = __extable_start; entry < __extable_end; entry++)
		if (entry->fault == rip)
			return entry->fixup;
	return 0;
}
