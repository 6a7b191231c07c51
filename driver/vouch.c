// SPDX-License-Identifier: GPL-2.0-only
/*
 * dbgsh=root: /proc/undervisor/dbgsh, mode 0600. While a process has it open, the VMM
 * admits that process's address space to the debug shell, and nobody else.
 *
 * The VMM knows an address space by its top page table, which is what CR3 holds in
 * user mode. As long as the file is open the mm is pinned, and with it that table:
 * it is freed with the mm's last reference (__mmdrop()), so no other process can come
 * by it, whatever becomes of the opener. A child, or whoever gets the descriptor, has
 * another table.
 *
 * Why a file in /proc: procfs calls the release function of a file that is still open
 * when the module goes, and never calls into the module afterwards. A file in debugfs
 * would have to hold the module, and rmmod could be kept waiting for ever.
 */
#include "driver/driver.h"

#include <linux/capability.h>
#include <linux/cpu.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/sched/mm.h>
#include <linux/security.h>

static struct proc_dir_entry *directory;
static u32 number;
static DEFINE_MUTEX(vouch_lock);	/* guards opener */
static struct mm_struct *opener;

/* What CR3 has in user mode: with page-table isolation the second of two tables */
static u64 user_table(const struct mm_struct *mm)
{
	u64 table = __pa(mm->pgd);

	return boot_cpu_has(X86_FEATURE_PTI) ? table | UV_PTI_PROGRAM : table;
}

static int vouch_for_opener(void)
{
	int err;

	if (opener)
		return -EBUSY;
	err = uv_cpus_call(number, user_table(current->mm));
	if (err)
		return err;
	mmgrab(current->mm);
	opener = current->mm;
	return 0;
}

static int vouch_open(struct inode *inode, struct file *file)
{
	int err;

	if (!capable(CAP_SYS_RAWIO))
		return -EPERM;
	err = security_locked_down(LOCKDOWN_DEV_MEM);
	if (err)
		return err;
	if (!current->mm)
		return -EINVAL;
	mutex_lock(&vouch_lock);
	err = vouch_for_opener();
	mutex_unlock(&vouch_lock);
	return err;
}

/* On the last close, or when the file is removed, whichever is first */
static int vouch_release(struct inode *inode, struct file *file)
{
	int err;

	mutex_lock(&vouch_lock);
	/* Out of the VMM first: only then may the table become somebody else's */
	err = uv_cpus_call(number, 0);
	if (err)
		pr_crit("the VMM does not forget who may use the debug shell: %d\n",
			err);
	else
		mmdrop(opener);
	opener = NULL;
	mutex_unlock(&vouch_lock);
	return 0;
}

static const struct proc_ops vouch_ops = {
	.proc_open = vouch_open,
	.proc_release = vouch_release,
};

/**
 * uv_vouch_create() - make the file
 * Return: 0 or -ENOMEM.
 */
int uv_vouch_create(void)
{
	cpus_read_lock();	/* see uv_call_text() */
	number = uv_call_number(UV_CALL_VOUCH);
	cpus_read_unlock();
	directory = proc_mkdir("undervisor", NULL);
	if (!directory)
		return -ENOMEM;
	if (proc_create("dbgsh", 0600, directory, &vouch_ops))
		return 0;
	uv_vouch_remove();
	return -ENOMEM;
}

/**
 * uv_vouch_remove() - remove the file; nobody is vouched for any more
 * Context: the VMM still runs.
 */
void uv_vouch_remove(void)
{
	proc_remove(directory);
	directory = NULL;
}
