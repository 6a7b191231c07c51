// SPDX-License-Identifier: GPL-2.0-only
/*
 * Suspend, hibernate, reboot, kexec. Before a suspend the other CPUs are taken offline, and
 * the callbacks run on the last one with interrupts off. At a shutdown all
 * CPUs still run, and all have to leave: what comes next may be another kernel, which
 * knows nothing of the memory that is the VMM's. A panic comes by none of these: its
 * CPUs stay guests (Documentation/limits.md).
 */
#include "driver/driver.h"

#include <linux/cpu.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/string.h>
#include <linux/suspend.h>
#include <linux/syscore_ops.h>

static int power_suspend(UV_SYSCORE_ARG)
{
	return uv_cpu_suspend();
}

static void power_resume(UV_SYSCORE_ARG)
{
	int err = uv_cpu_resume();

	if (err)
		pr_crit("the CPU that resumed is not under the VMM: %d\n", err);
}

static void power_shutdown(UV_SYSCORE_ARG)
{
	uv_cpus_shutdown();
}

UV_DEFINE_SYSCORE(uv_syscore, power_suspend, power_resume, power_shutdown);

/*
 * Kernels before 6.8 run no syscore callback when kexec starts another kernel. It has these
 * words for those who are told of a restart. CPUs may still come and go then.
 */
static int reboot_notify(struct notifier_block *nb, unsigned long action, void *words)
{
	if (action == SYS_RESTART && words && !strcmp(words, "kexec reboot")) {
		cpus_read_lock();
		uv_cpus_shutdown();
		cpus_read_unlock();
	}
	return NOTIFY_DONE;
}

/* Early, while it is a word to whoever asked; the VMM would refuse it later */
static int pm_notify(struct notifier_block *nb, unsigned long action, void *unused)
{
	switch (action) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		pr_err("no suspend, no hibernation: loaded with lock=1, no CPU leaves alone\n");
		return notifier_from_errno(-EPERM);
	default:
		return NOTIFY_DONE;
	}
}

static struct notifier_block pm_nb = {
	.notifier_call = pm_notify,
};

/* After all others, who may think that nothing has changed yet */
static struct notifier_block reboot_nb = {
	.notifier_call = reboot_notify,
	.priority = INT_MIN,
};

void uv_power_register(void)
{
	uv_syscore_register(&uv_syscore);
	register_reboot_notifier(&reboot_nb);
}

/**
 * uv_power_lock() - suspend and hibernation are refused from now on
 */
void uv_power_lock(void)
{
	register_pm_notifier(&pm_nb);
}

void uv_power_unregister(void)
{
	/* Only by force */
	if (uv.locked)
		unregister_pm_notifier(&pm_nb);
	unregister_reboot_notifier(&reboot_nb);
	uv_syscore_unregister(&uv_syscore);
}
