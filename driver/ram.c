// SPDX-License-Identifier: GPL-2.0-only
/* Where the machine has RAM, for the VMM's window. */
#include "driver/driver.h"

#include <linux/ioport.h>

static int note_range(struct resource *res, void *arg)
{
	if (uv.nr_ram == UV_MAX_RAM_RANGES)
		return -E2BIG;
	uv.ram[uv.nr_ram].start = res->start;
	uv.ram[uv.nr_ram].end = res->end + 1;
	uv.nr_ram++;
	return 0;
}

/**
 * uv_ram_collect() - collect the RAM ranges of the firmware's map
 * Return: 0; -E2BIG if there are more than the VMM can hold; -EINVAL if RAM lies
 * beyond its window.
 */
int uv_ram_collect(void)
{
	int err;

	uv.nr_ram = 0;
	err = walk_iomem_res_desc(IORES_DESC_NONE,
				  IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY,
				  0, -1, NULL, note_range);
	if (err) {
		pr_err("the memory map has more than %d ranges of RAM\n",
		       UV_MAX_RAM_RANGES);
		return err;
	}
	if (uv_ram_top() > UV_WINDOW_SIZE) {
		pr_err("RAM above %llu TiB is not supported\n",
		       UV_WINDOW_SIZE >> 40);
		return -EINVAL;
	}
	return 0;
}

/* End of the highest RAM range, host-physical */
u64 uv_ram_top(void)
{
	u64 top = 0;
	u32 i;

	for (i = 0; i < uv.nr_ram; i++)
		top = max(top, uv.ram[i].end);
	return top;
}
