// SPDX-License-Identifier: GPL-2.0-only
/* The module: load, unload, parameters. */
#include "driver/driver.h"

#include <linux/cpu.h>
#include <linux/log2.h>
#include <linux/moduleparam.h>
#include <linux/security.h>
#include <linux/sizes.h>
#include <linux/string.h>

struct uv_machine uv;

static char *dbgsh = "off";
module_param(dbgsh, charp, 0444);
MODULE_PARM_DESC(dbgsh, "Who may use the VMM's debug shell: off (default), root (who opens /proc/undervisor/dbgsh) or all");

static unsigned int log_size = SZ_32K;
module_param(log_size, uint, 0444);
MODULE_PARM_DESC(log_size,
		 "Bytes that the VMM keeps of its log, 4096 to 1048576, rounded up to a power of two (32768)");

static bool lock;
module_param(lock, bool, 0444);
MODULE_PARM_DESC(lock, "No CPU leaves until the machine goes down: no rmmod, CPU offline, suspend (off)");

static int parse_dbgsh(enum uv_dbgsh_mode *mode)
{
	static const char * const names[] = {
		[UV_DBGSH_OFF] = "off", [UV_DBGSH_ALL] = "all",
		[UV_DBGSH_ROOT] = "root",
	};
	int i = match_string(names, ARRAY_SIZE(names), dbgsh);

	if (i < 0) {
		pr_err("refused: dbgsh=%s: must be off, root or all\n", dbgsh);
		return -EINVAL;
	}
	/* With root, the file's open function asks the same each time */
	if (i == UV_DBGSH_ALL && security_locked_down(LOCKDOWN_DEV_MEM)) {
		pr_err("refused: dbgsh=all shows all memory, and the kernel is locked down\n");
		return -EPERM;
	}
	*mode = i;
	return 0;
}

static int parse_log_size(void)
{
	if (log_size < UV_LOG_MIN || log_size > UV_LOG_MAX) {
		pr_err("refused: log_size=%u: must be %llu to %llu\n", log_size,
		       UV_LOG_MIN, UV_LOG_MAX);
		return -EINVAL;
	}
	log_size = roundup_pow_of_two(log_size);
	uv.log_size = log_size;
	return 0;
}

/* Better lost than given to somebody else beneath a guest */
static void free_memory(void)
{
	if (uv_cpus_any_in())
		pr_crit("a CPU is still a guest: the VMM's memory stays\n");
	else
		uv_memory_free();
}

static int prepare(enum uv_dbgsh_mode mode)
{
	int err = uv_refuse_machine();

	if (!err)
		err = uv_image_find();
	if (!err)
		err = uv_ram_collect();
	if (!err)
		err = uv_memory_alloc();
	if (!err)
		err = uv_image_load(mode);
	return err;
}

/*
 * For good. rmmod needs no code here to say that the module is in use. CPUs that are
 * offline now come in when they come online; until then they are on bare metal.
 */
static int lock_all(void)
{
	int err = uv_cpus_lock();

	if (err) {
		pr_err("refused: lock=1: the VMM answers %d\n", err);
		return err;
	}
	uv_power_lock();
	__module_get(THIS_MODULE);
	pr_info("lock=1: no CPU leaves until the machine goes down: rmmod, CPU offline, suspend and hibernation are refused\n");
	if (num_online_cpus() < num_present_cpus())
		pr_warn("lock=1: %u CPUs are offline, on bare metal, and see the VMM's memory\n",
			num_present_cpus() - num_online_cpus());
	return 0;
}

/* Without the file nobody can use the shell, and that is all the harm there is */
static void create_files(enum uv_dbgsh_mode mode)
{
	bool vouch = mode == UV_DBGSH_ROOT;

	if (vouch && uv_vouch_create()) {
		pr_warn("no /proc/undervisor/dbgsh: nobody can use the debug shell\n");
		vouch = false;
	}
	uv_debugfs_create(vouch);
}

static int __init undervisor_init(void)
{
	enum uv_dbgsh_mode mode;
	int err = parse_dbgsh(&mode);

	if (!err)
		err = parse_log_size();
	if (err)
		return err;
	err = prepare(mode);
	if (err)
		goto out;
	/* First: a reboot that begins while CPUs go in has to find those that are in */
	uv_power_register();
	err = uv_cpus_enter();
	if (err)
		goto out_power;
	if (lock)
		err = lock_all();
	if (err)
		goto out_cpus;
	create_files(mode);
	pr_info("version %s: %u CPUs are guests now, %llu KiB of memory taken\n",
		UNDERVISOR_VERSION, num_online_cpus(), uv_memory_bytes() >> 10);
	return 0;

out_cpus:
	uv_cpus_leave();
out_power:
	uv_power_unregister();
out:
	free_memory();
	return err;
}

static void __exit undervisor_exit(void)
{
	uv_debugfs_remove();
	uv_vouch_remove();
	uv_cpus_leave();
	uv_power_unregister();
	if (!uv_cpus_any_in())
		pr_info("all CPUs are back on bare metal, each had interrupts off for %llu ns at most\n",
			uv_cpus_leave_ns());
	free_memory();
}

module_init(undervisor_init);
module_exit(undervisor_exit);

MODULE_AUTHOR("The Undervisor authors");
MODULE_DESCRIPTION("Slides a hypervisor under the running Linux (AMD SVM or Intel VT-x)");
MODULE_VERSION(UNDERVISOR_VERSION);
MODULE_LICENSE("GPL v2");
