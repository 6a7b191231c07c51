// SPDX-License-Identifier: GPL-2.0-only
/*
 * faulty - each mistake that a debug kernel is there to tell
 *
 * For tests only, and for a machine that is thrown away: it shows that a boot under the
 * debug kernel can fail. It makes the one mistake and refuses to stay:
 *
 *	insmod faulty.ko fault=use-after-free; dmesg
 *
 * The stores by assembly are seen by no compiler's instrumentation, as the VMM's are.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>

#define OBJECT_SIZE	64

static char *fault = "";
module_param(fault, charp, 0444);
MODULE_PARM_DESC(fault, "Which mistake is made");

static DEFINE_MUTEX(lock_a);
static DEFINE_MUTEX(lock_b);
static DEFINE_SPINLOCK(spin);

static void store_unseen(void *where)
{
	asm volatile("movb $0x11, (%0)" : : "r" (where) : "memory");
}

static void *object(void)
{
	void *p = kmalloc(OBJECT_SIZE, GFP_KERNEL);

	/* The compiler is not to know what becomes of it */
	OPTIMIZER_HIDE_VAR(p);
	return p;
}

/* Loads only: a store would spoil KASAN's own list of what is free */
static void use_after_free(void)
{
	u8 *p = object(), *again = p;

	OPTIMIZER_HIDE_VAR(again);
	kfree(p);
	if (again)
		READ_ONCE(*again);
}

static void out_of_bounds(void)
{
	u8 *p = object();

	if (p)
		READ_ONCE(p[OBJECT_SIZE]);
	kfree(p);
}

static void unseen_overrun(void)
{
	u8 *p = object();

	if (p)
		store_unseen(p + OBJECT_SIZE);
	kfree(p);
}

/* Found when the page is given to the next who asks */
static void unseen_after_free(void)
{
	unsigned long p = __get_free_page(GFP_KERNEL);

	if (!p)
		return;
	free_page(p);
	store_unseen((void *)p + OBJECT_SIZE);
	p = __get_free_page(GFP_KERNEL);
	free_page(p);
}

static void shift(void)
{
	int by = 32, bits = 1;

	OPTIMIZER_HIDE_VAR(by);
	bits <<= by;
	OPTIMIZER_HIDE_VAR(bits);
}

static void lock_order(void)
{
	mutex_lock(&lock_a);
	mutex_lock(&lock_b);
	mutex_unlock(&lock_b);
	mutex_unlock(&lock_a);
	mutex_lock(&lock_b);
	mutex_lock(&lock_a);
	mutex_unlock(&lock_a);
	mutex_unlock(&lock_b);
}

static void sleep_in_atomic(void)
{
	spin_lock(&spin);
	mutex_lock(&lock_a);
	mutex_unlock(&lock_a);
	spin_unlock(&spin);
}

static void no_timeout(struct timer_list *unused)
{
}

static void armed_timer(void)
{
	struct timer_list *timer = kmalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, no_timeout, 0);
	mod_timer(timer, jiffies + 60 * HZ);
	kfree(timer);
}

/* Several, as a stack that nobody uses any more may still hold one's address */
static void leak(void)
{
	int i;

	for (i = 0; i < 10; i++)
		if (!object())
			pr_err("no memory to lose\n");
}

static const struct {
	const char *name;
	void (*make)(void);
} faults[] = {
	{ "use-after-free", use_after_free },
	{ "out-of-bounds", out_of_bounds },
	{ "unseen-overrun", unseen_overrun },
	{ "unseen-after-free", unseen_after_free },
	{ "shift", shift },
	{ "sleep", sleep_in_atomic },
	{ "armed-timer", armed_timer },
	{ "leak", leak },
	{ "lock-order", lock_order },
};

static int __init faulty_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(fault, faults[i].name))
			continue;
		pr_info("%s\n", fault);
		faults[i].make();
		return -EAGAIN;
	}
	return -EINVAL;
}

module_init(faulty_init);

MODULE_DESCRIPTION("Mistakes for a debug kernel to find, for Undervisor's tests");
MODULE_AUTHOR("The Undervisor authors");
MODULE_LICENSE("GPL");
