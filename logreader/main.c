// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmmlog - reads the log of the VMM beneath this kernel
 *
 * Gives the VMM a buffer by the VM call "log_set_buf", collects what comes in
 * there now and then, and shows it in /sys/kernel/debug/vmmlog/log. Needs
 * nothing of the VMM's own module, so it reads the log of any VMM that has the
 * call.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/sizes.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "lines.h"
#include "textring.h"
#include "vmm.h"

/* The VMM's own module, where there is one */
#define VMM_MODULE	"undervisor"

#define MIN_BUFFER	SZ_4K
#define MAX_BUFFER	SZ_4M
#define MIN_KEEP	SZ_4K
#define MAX_KEEP	SZ_64M

static unsigned int size = SZ_128K;
module_param(size, uint, 0444);
MODULE_PARM_DESC(size, "bytes of buffer shared with the VMM, 4096 to 4194304 (131072)");

static unsigned int keep = SZ_256K;
module_param(keep, uint, 0444);
MODULE_PARM_DESC(keep, "bytes of text kept for readers, 4096 to 67108864 (262144)");

static unsigned int interval_ms = 100;
module_param(interval_ms, uint, 0444);
MODULE_PARM_DESC(interval_ms, "milliseconds between two looks into the buffer, 1 to 60000 (100)");

static bool echo;
module_param(echo, bool, 0644);
MODULE_PARM_DESC(echo, "write the VMM's lines to the kernel's log as well, each with its level (0)");

/**
 * struct log_buffer - what the VMM and we share
 * @count: bytes that we have not collected; the VMM adds, we subtract
 * @text: ring, written by the VMM from its start on after each attach
 */
struct log_buffer {
	atomic_t count;
	char text[];
};

/**
 * struct vmmlog - the one instance
 * @lock: guards all below, and makes it one writer to @ring
 * @buffer: physically contiguous, @size bytes
 * @order: its allocation order
 * @tail: offset in @buffer's ring of the first byte not yet collected
 * @attached: a VMM has been given the buffer, and may write to it
 * @lines: the same text, line by line
 * @collected: bytes that came in
 * @ring: the text collected
 * @dir: our debugfs directory
 * @work: the next look into the buffer
 */
struct vmmlog {
	struct mutex lock;		/* all below, and one writer to ring */
	struct log_buffer *buffer;
	unsigned int order;
	u32 tail;
	bool attached;
	struct lines lines;
	u64 collected;
	struct textring ring;
	struct dentry *dir;
	struct delayed_work work;
};

static struct vmmlog vmmlog;

static u32 capacity(void)
{
	return size - VMMLOG_HEADER_SIZE;
}

static void show(const char *text, u32 n)
{
	textring_write(&vmmlog.ring, text, n);
	lines_feed(&vmmlog.lines, text, n, READ_ONCE(echo));
}

struct buffer_call {
	phys_addr_t phys;
	int err;
};

static void set_buffer_here(void *arg)
{
	struct buffer_call *call = arg;

	call->err = vmm_log_set_buf(call->phys, size);
}

/*
 * Any CPU will do that is the VMM's guest, and one may be none: while it comes online or
 * goes offline, or where it couldn't get in. To take its answer for the VMM's end
 * would be to free a buffer that other CPUs write to.
 */
static int set_buffer(phys_addr_t phys)
{
	struct buffer_call call = { .phys = phys, .err = -ENODEV };
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		smp_call_function_single(cpu, set_buffer_here, &call, 1);
		if (!call.err)
			break;
	}
	cpus_read_unlock();
	return call.err;
}

/**
 * attach() - give the VMM the buffer, empty
 * Context: @lock held.
 * Return: 0 or -ENODEV if there is no VMM with the call.
 */
static int attach(void)
{
	int err;

	lockdep_assert_held(&vmmlog.lock);
	/* Never clear the count under a VMM that writes. */
	if (vmmlog.attached)
		set_buffer(0);
	/* Another VMM's text begins on a line of its own. */
	if (vmmlog.lines.len)
		show("\n", 1);
	vmmlog.tail = 0;
	atomic_set(&vmmlog.buffer->count, 0);
	err = set_buffer(virt_to_phys(vmmlog.buffer));
	vmmlog.attached = !err;
	return err;
}

/* Takes @n bytes, which may go round the end of the ring. */
static void collect(u32 n)
{
	u32 first = min(n, capacity() - vmmlog.tail);

	show(vmmlog.buffer->text + vmmlog.tail, first);
	show(vmmlog.buffer->text, n - first);
	vmmlog.collected += n;
	vmmlog.tail = (vmmlog.tail + n) % capacity();
	/* What was read is read before the VMM may write there again. */
	atomic_fetch_sub_release(n, &vmmlog.buffer->count);
}

/* Collects what is there; @lock held. Return: whether there was anything. */
static bool drain(void)
{
	u32 n = atomic_read_acquire(&vmmlog.buffer->count);

	lockdep_assert_held(&vmmlog.lock);
	if (n > capacity()) {
		pr_warn_once("count of %u in a buffer of %u, starting over\n",
			     n, capacity());
		attach();
		return false;
	}
	if (n)
		collect(n);
	return n;
}

static void vmmlog_work(struct work_struct *work)
{
	bool more, again;

	mutex_lock(&vmmlog.lock);
	more = vmmlog.attached && drain();
	again = vmmlog.attached;
	mutex_unlock(&vmmlog.lock);
	if (more)
		textring_wake(&vmmlog.ring);
	if (again)
		schedule_delayed_work(&vmmlog.work,
				      msecs_to_jiffies(interval_ms));
}

/*
 * The VMM's module tells by its coming and going when the VMM does, which saves
 * asking for it at each look. One that goes has left all CPUs by now, so
 * what it wrote is complete and will not grow.
 */
static int vmm_module_notify(struct notifier_block *nb, unsigned long state,
			     void *data)
{
	const struct module *mod = data;

	if (strcmp(mod->name, VMM_MODULE))
		return NOTIFY_DONE;
	mutex_lock(&vmmlog.lock);
	if (state == MODULE_STATE_GOING && vmmlog.attached) {
		drain();
		vmmlog.attached = false;
	} else if (state == MODULE_STATE_LIVE && !attach()) {
		schedule_delayed_work(&vmmlog.work, 0);
	}
	mutex_unlock(&vmmlog.lock);
	if (state == MODULE_STATE_GOING)
		textring_wake(&vmmlog.ring);
	return NOTIFY_OK;
}

static struct notifier_block vmm_module_nb = {
	.notifier_call = vmm_module_notify,
};

static int check_parameters(void)
{
	if (size < MIN_BUFFER || size > MAX_BUFFER ||
	    keep < MIN_KEEP || keep > MAX_KEEP ||
	    interval_ms < 1 || interval_ms > 60000) {
		pr_err("parameter out of range, see modinfo\n");
		return -EINVAL;
	}
	return 0;
}

static int allocate(void)
{
	struct page *page;

	vmmlog.order = get_order(size);
	page = alloc_pages(GFP_KERNEL | __GFP_ZERO, vmmlog.order);
	if (!page)
		return -ENOMEM;
	vmmlog.buffer = page_address(page);
	if (textring_init(&vmmlog.ring, keep)) {
		__free_pages(page, vmmlog.order);
		return -ENOMEM;
	}
	return 0;
}

static void release(void)
{
	textring_free(&vmmlog.ring);
	free_pages((unsigned long)vmmlog.buffer, vmmlog.order);
}

/* After this nothing writes to the buffer: no VMM knows it any more. */
static void detach(void)
{
	unregister_module_notifier(&vmm_module_nb);
	mutex_lock(&vmmlog.lock);
	if (vmmlog.attached && set_buffer(0))
		pr_info("the VMM had gone without a word\n");
	vmmlog.attached = false;
	mutex_unlock(&vmmlog.lock);
	cancel_delayed_work_sync(&vmmlog.work);
}

static int __init vmmlog_init(void)
{
	int err = check_parameters();

	if (err)
		return err;
	mutex_init(&vmmlog.lock);
	INIT_DELAYED_WORK(&vmmlog.work, vmmlog_work);
	err = allocate();
	if (err)
		return err;
	err = register_module_notifier(&vmm_module_nb);
	if (err)
		goto out_release;
	mutex_lock(&vmmlog.lock);
	err = attach();
	mutex_unlock(&vmmlog.lock);
	if (err) {
		pr_err("no VMM with the function " VMMCALL_NAME_LOG_SET_BUF "\n");
		goto out_detach;
	}
	vmmlog.dir = debugfs_create_dir(KBUILD_MODNAME, NULL);
	debugfs_create_u64("collected", 0400, vmmlog.dir, &vmmlog.collected);
	debugfs_create_u64("lost_by_vmm", 0400, vmmlog.dir, &vmmlog.lines.lost);
	textring_show(&vmmlog.ring, vmmlog.dir);
	schedule_delayed_work(&vmmlog.work, 0);
	pr_info("reading the VMM's log, buffer of %u bytes\n", size);
	return 0;

out_detach:
	detach();
out_release:
	release();
	return err;
}

static void __exit vmmlog_exit(void)
{
	detach();
	debugfs_remove(vmmlog.dir);
	release();
}

module_init(vmmlog_init);
module_exit(vmmlog_exit);
MODULE_DESCRIPTION("Reader of the log of the VMM beneath this kernel");
MODULE_AUTHOR("The Undervisor authors");
MODULE_LICENSE("GPL");
