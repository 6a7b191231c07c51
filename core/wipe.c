// SPDX-License-Identifier: GPL-2.0-only
/* What is left of the VMM when all CPUs leave together. See core/gather.h. */
#include "core/gather.h"
#include "core/string.h"

extern char __bss_start[], __bss_end[];		/* core/vmm.lds */

void wipe(void)
{
	u32 number;

	memset((void *)boot_info.log_start, 0, boot_info.log_size);
	for (number = 0; number < boot_info.nr_cpus; number++)
		if (cpu_present(number))
			memset(&cpu_by_number(number)->note, 0,
			       sizeof(struct cpu_note));
	memset(__bss_start, 0, (u64)(__bss_end - __bss_start));
}
