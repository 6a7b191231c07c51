// SPDX-License-Identifier: GPL-2.0-only
/*
 * jiffylog - a log reader that knows nothing of ours, only the published interface
 *
 * For tests. Looks up the empty name first and then "log_set_buf", with VMCALL and then
 * VMMCALL; gives 64 KiB; takes bytes one at a time at each jiffy; detaches with address
 * 0 and whatever size. Registers, and halves of registers, that mean nothing have
 * something in them. Lines go to the kernel's log.
 */
#define pr_fmt(fmt) "jiffylog| " fmt

#include <linux/io.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <asm/asm.h>

#define BUFFER_SIZE	65536
#define RING_SIZE	(BUFFER_SIZE - sizeof(u32))
#define LINE_ROOM	800
#define JUNK		0x5a3c000000000000UL	/* for upper halves */

/* What begins in the first byte that the VMM may write to */
struct buffer {
	u32 count;
	char ring[RING_SIZE];
};

static struct buffer *buffer;
static u32 pos;
static char line[LINE_ROOM];
static u32 line_len;
static bool vmcall;
static u32 number;
static struct delayed_work work;

/* Return: whether the instruction was executed; *rax is the answer then */
static bool call(unsigned long *rax, unsigned long rbx, unsigned long rcx)
{
	unsigned long ok = 0;

	if (vmcall)
		asm volatile("1: vmcall\n\t"
			     "incq %[ok]\n"
			     "2:\n\t"
			     _ASM_EXTABLE(1b, 2b)
			     : [ok] "+r" (ok), "+a" (*rax), "+b" (rbx), "+c" (rcx)
			     : "d" (~0UL), "S" (-2UL), "D" (-3UL) : "memory", "cc");
	else
		asm volatile("1: vmmcall\n\t"
			     "incq %[ok]\n"
			     "2:\n\t"
			     _ASM_EXTABLE(1b, 2b)
			     : [ok] "+r" (ok), "+a" (*rax), "+b" (rbx), "+c" (rcx)
			     : "d" (~0UL), "S" (-2UL), "D" (-3UL) : "memory", "cc");
	return ok;
}

/* Return: the function's number by this instruction, 0 if it isn't to be had */
static u32 look_up(const char *name)
{
	unsigned long rax = 0;

	if (!call(&rax, (unsigned long)"", JUNK))
		return 0;
	rax = 0;
	if (!call(&rax, (unsigned long)name, JUNK))
		return 0;
	return (s32)rax > 0 ? rax : 0;
}

static bool set_buf(unsigned long phys, unsigned long size)
{
	unsigned long rax = JUNK | number;

	return call(&rax, phys, size);
}

static void take_byte(void)
{
	char c = READ_ONCE(buffer->ring[pos]);

	if (++pos == RING_SIZE)
		pos = 0;
	asm volatile("lock decl %0" : "+m" (buffer->count) : : "memory", "cc");
	if (c != '\n' && line_len < LINE_ROOM) {
		line[line_len++] = c;
		return;
	}
	pr_info("%.*s\n", (int)line_len, line);
	line_len = 0;
}

static void each_jiffy(struct work_struct *unused)
{
	while (READ_ONCE(buffer->count))
		take_byte();
	schedule_delayed_work(&work, 1);
}

static int __init jiffylog_init(void)
{
	vmcall = true;
	number = look_up("log_set_buf");
	if (!number) {
		vmcall = false;
		number = look_up("log_set_buf");
	}
	if (!number)
		return -ENODEV;
	buffer = kmalloc(BUFFER_SIZE, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	buffer->count = 0;
	INIT_DELAYED_WORK(&work, each_jiffy);
	set_buf(virt_to_phys(buffer), JUNK | BUFFER_SIZE);
	schedule_delayed_work(&work, 1);
	return 0;
}

static void __exit jiffylog_exit(void)
{
	set_buf(0, JUNK | 0x12345678);
	cancel_delayed_work_sync(&work);
	kfree(buffer);
}

module_init(jiffylog_init);
module_exit(jiffylog_exit);
MODULE_DESCRIPTION("A plain log reader, for Undervisor's tests");
MODULE_AUTHOR("The Undervisor authors");
MODULE_LICENSE("GPL");
