// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suspend, hibernate, reboot, kexec. The other CPUs are taken offline before (suspend) or
 * left where they are (shutdown); these callbacks run on the last CPU with interrupts
 * off, behind all devices.
 */
#include "driver/driver.h"

#include <linux/syscore_ops.h>

static int power_suspend(UV_SYSCORE_ARG)
{
	uv_cpu_shutdown();
	return 0;
}

static void power_resume(UV_SYSCORE_ARG)
{
	int err = uv_cpu_reenter();

	if (err)
		pr_crit("the CPU that resumed is not under the VMM: %d\n", err);
}

static void power_shutdown(UV_SYSCORE_ARG)
{
	unsigned long flags;

	local_irq_save(flags);
	uv_cpu_shutdown();
	local_irq_restore(flags);
}

UV_DEFINE_SYSCORE(uv_syscore, power_suspend, power_resume, power_shutdown);

void uv_power_register(void)
{
	uv_syscore_register(&uv_syscore);
}

void uv_power_unregister(void)
{
	uv_syscore_unregister(&uv_syscore);
}
