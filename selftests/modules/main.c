// SPDX-License-Identifier: GPL-2.0-only
/*
 * uvtest - privilege level 0 for test programs, through /dev/uvtest
 *
 * For tests only: it hands out the whole machine to whoever may open the device (root).
 * The requests are in uvtest.h.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/build_bug.h>
#include <linux/cpu.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/uaccess.h>
#include <asm/asm.h>
#include <asm/desc.h>
#include <asm/trapnr.h>
#include <asm/tsc.h>

#include "logreader/vmm.h"
#include "run.h"
#include "uvtest.h"

#define MAX_ORDER_HERE	10

/* How long a CPU waits for the others before it begins alone, in loops */
#define GATHER_LOOPS	100000000u

static_assert(offsetof(struct uvtest_regs, rflags) == UVTEST_OFF_RFLAGS);
static_assert(offsetof(struct uvtest_regs, vector) == UVTEST_OFF_VECTOR);

static const run_func_t run_funcs[UVTEST_NR_INSNS] = {
	[UVTEST_VMMCALL] = uvtest_run_vmmcall,
	[UVTEST_VMCALL] = uvtest_run_vmcall,
	[UVTEST_VMRUN] = uvtest_run_vmrun,
	[UVTEST_VMLOAD] = uvtest_run_vmload,
	[UVTEST_VMSAVE] = uvtest_run_vmsave,
	[UVTEST_STGI] = uvtest_run_stgi,
	[UVTEST_CLGI] = uvtest_run_clgi,
	[UVTEST_SKINIT] = uvtest_run_skinit,
	[UVTEST_INVLPGA] = uvtest_run_invlpga,
	[UVTEST_VMXON] = uvtest_run_vmxon,
	[UVTEST_VMXOFF] = uvtest_run_vmxoff,
	[UVTEST_VMLAUNCH] = uvtest_run_vmlaunch,
	[UVTEST_VMPTRLD] = uvtest_run_vmptrld,
	[UVTEST_VMREAD] = uvtest_run_vmread,
	[UVTEST_XSETBV] = uvtest_run_xsetbv,
	[UVTEST_READ_CR4] = uvtest_run_read_cr4,
	[UVTEST_WRITE_CR4] = uvtest_run_write_cr4,
	[UVTEST_GETSEC] = uvtest_run_getsec,
	[UVTEST_INVD] = uvtest_run_invd,
	[UVTEST_READ_CR0] = uvtest_run_read_cr0,
	[UVTEST_WRITE_CR0] = uvtest_run_write_cr0,
};

/**
 * struct session - one open file
 * @lock: one request at a time
 * @pages: what UVTEST_IOC_PAGES allocated, or NULL
 * @order: of @pages
 */
struct session {
	struct mutex lock;		/* one request at a time */
	struct page *pages;
	unsigned int order;
};

/**
 * struct gathering - all CPUs doing the same
 * @order: what to do
 * @run: by which function
 * @expected: CPUs that will come
 * @here: CPUs that have arrived
 * @result: of each CPU's last round, by the order of arrival
 * @bad: by the same: a round differed from the one before
 */
struct gathering {
	const struct uvtest_everywhere *order;
	run_func_t run;
	unsigned int expected;
	atomic_t here;
	struct uvtest_regs *result;
	bool *bad;
};

/* Only one gathering at a time: two would wait for each other's CPUs. */
static DEFINE_MUTEX(gathering_lock);

static run_func_t run_func(u32 insn)
{
	if (insn >= UVTEST_NR_INSNS)
		return NULL;
	return run_funcs[array_index_nospec(insn, UVTEST_NR_INSNS)];
}

static long do_run(struct uvtest_regs *regs)
{
	run_func_t run = run_func(regs->insn);

	if (!run)
		return -EINVAL;
	run(regs);
	return 0;
}

static bool same_result(const struct uvtest_regs *a,
			const struct uvtest_regs *b)
{
	return a->vector == b->vector &&
	       !memcmp(a->gpr, b->gpr, sizeof(a->gpr)) &&
	       !((a->rflags ^ b->rflags) & UVTEST_FLAGS);
}

static void gathered(void *data)
{
	struct gathering *g = data;
	unsigned int me = atomic_fetch_inc(&g->here);
	unsigned int loops = GATHER_LOOPS;
	struct uvtest_regs regs;
	u32 n;

	while (atomic_read(&g->here) < g->expected && loops--)
		cpu_relax();
	for (n = 0; n < g->order->rounds; n++) {
		regs = g->order->regs;
		g->run(&regs);
		if (n && !same_result(&regs, &g->result[me]))
			g->bad[me] = true;
		g->result[me] = regs;
	}
}

static void summarize(const struct gathering *g, struct uvtest_everywhere *e)
{
	unsigned int n;

	e->cpus = atomic_read(&g->here);
	e->differing = 0;
	for (n = 0; n < e->cpus; n++)
		if (g->bad[n] || !same_result(&g->result[n], &g->result[0]))
			e->differing++;
	e->regs = g->result[0];
}

static long do_everywhere(struct uvtest_everywhere *e)
{
	struct gathering g = { .order = e };
	long err = -ENOMEM;

	g.run = run_func(e->regs.insn);
	if (!g.run || !e->rounds || e->rounds > 1000000)
		return -EINVAL;
	mutex_lock(&gathering_lock);
	g.result = kcalloc(nr_cpu_ids, sizeof(*g.result), GFP_KERNEL);
	g.bad = kcalloc(nr_cpu_ids, sizeof(*g.bad), GFP_KERNEL);
	if (g.result && g.bad) {
		cpus_read_lock();
		g.expected = num_online_cpus();
		on_each_cpu(gathered, &g, 1);
		cpus_read_unlock();
		summarize(&g, e);
		err = 0;
	}
	kfree(g.result);
	kfree(g.bad);
	mutex_unlock(&gathering_lock);
	return err;
}

/* One load or store. On a fault the exception table's entry puts the vector in eax. */
#define DEFINE_TRY(type)						\
static u32 try_load_##type(type const *p, u64 *value)			\
{									\
	unsigned long vector = 0;					\
	type loaded = 0;						\
									\
	asm volatile("1: mov %[mem], %[val]\n"				\
		     "2:\n\t"						\
		     _ASM_EXTABLE_TYPE(1b, 2b, EX_TYPE_FAULT)		\
		     : "+a" (vector), [val] "+r" (loaded)		\
		     : [mem] "m" (*p));					\
	*value = loaded;						\
	return vector;							\
}									\
									\
static u32 try_store_##type(type *p, u64 value)			\
{									\
	unsigned long vector = 0;					\
									\
	asm volatile("1: mov %[val], %[mem]\n"				\
		     "2:\n\t"						\
		     _ASM_EXTABLE_TYPE(1b, 2b, EX_TYPE_FAULT)		\
		     : "+a" (vector), [mem] "+m" (*p)			\
		     : [val] "r" ((type)value));			\
	return vector;							\
}									\
									\
static void try_##type(struct uvtest_access *access, void *address)	\
{									\
	access->vector = access->write ?				\
		try_store_##type(address, access->value) :		\
		try_load_##type(address, &access->value);		\
}

DEFINE_TRY(u8)
DEFINE_TRY(u32)
DEFINE_TRY(u64)

static long do_access_at(struct uvtest_access *access, void *address)
{
	switch (access->width) {
	case 1:
		try_u8(access, address);
		return 0;
	case 4:
		try_u32(access, address);
		return 0;
	case 8:
		try_u64(access, address);
		return 0;
	default:
		return -EINVAL;
	}
}

static long do_access(struct uvtest_access *access)
{
	phys_addr_t page = access->phys & PAGE_MASK;
	size_t offset = access->phys & ~PAGE_MASK;
	void *mapped;
	long err;

	if (!access->width || offset % access->width)
		return -EINVAL;
	if (page_is_ram(PHYS_PFN(page)))
		return do_access_at(access, __va(access->phys));
	mapped = memremap(page, PAGE_SIZE, MEMREMAP_WB);
	if (!mapped)
		return -ENXIO;
	err = do_access_at(access, mapped + offset);
	memunmap(mapped);
	return err;
}

/* By hand: the kernel's helpers for this have changed their names since 6.1. */
static long do_msr(struct uvtest_msr *msr)
{
	u32 low = msr->value, high = msr->value >> 32;
	u32 vector = X86_TRAP_GP;

	if (msr->write)
		asm volatile("1: wrmsr\n\t"
			     "xorl %[vector], %[vector]\n"
			     "2:\n\t"
			     _ASM_EXTABLE(1b, 2b)
			     : [vector] "+r" (vector)
			     : "c" (msr->msr), "a" (low), "d" (high)
			     : "memory", "cc");
	else
		asm volatile("1: rdmsr\n\t"
			     "xorl %[vector], %[vector]\n"
			     "2:\n\t"
			     _ASM_EXTABLE(1b, 2b)
			     : [vector] "+r" (vector), "+a" (low), "+d" (high)
			     : "c" (msr->msr) : "memory", "cc");
	msr->value = (u64)high << 32 | low;
	msr->vector = vector;
	return 0;
}

static long do_pages(struct session *session, struct uvtest_pages *pages)
{
	if (session->pages)
		return -EBUSY;
	if (pages->order > MAX_ORDER_HERE)
		return -EINVAL;
	session->pages = alloc_pages(GFP_KERNEL | __GFP_ZERO, pages->order);
	if (!session->pages)
		return -ENOMEM;
	session->order = pages->order;
	pages->phys = page_to_phys(session->pages);
	pages->virt = (unsigned long)page_address(session->pages);
	return 0;
}

/* The time stamps are next to the call: what they tell is the call and nothing else. */
static long do_log(struct uvtest_log *log)
{
	unsigned long flags;
	u64 start, end;
	int err;

	if (log->len > sizeof(log->text))
		return -EINVAL;
	local_irq_save(flags);
	start = rdtsc();
	err = vmm_call(log->number, (unsigned long)log->text, log->len,
		       &log->result);
	end = rdtsc();
	local_irq_restore(flags);
	log->ticks = end - start;
	return err;
}

/*
 * LTR wants a TSS that isn't busy, and marks it as busy: in a copy of the GDT, as Linux's
 * own is read-only.
 */
static long do_tr(u32 rpl)
{
	u64 *copy = kzalloc(GDT_SIZE, GFP_KERNEL);
	struct desc_ptr own, other = { GDT_SIZE - 1, (unsigned long)copy };
	u16 selector = GDT_ENTRY_TSS * 8 | (rpl & 3);
	unsigned long flags;

	if (!copy)
		return -ENOMEM;
	local_irq_save(flags);
	asm volatile("sgdt %0" : "=m" (own));
	memcpy(copy, (void *)own.address, GDT_SIZE);
	copy[GDT_ENTRY_TSS] &= ~BIT_ULL(41);
	asm volatile("lgdt %0\n\t"
		     "ltr %1\n\t"
		     "lgdt %2" : : "m" (other), "r" (selector), "m" (own));
	local_irq_restore(flags);
	kfree(copy);
	return 0;
}

/* Any kernel code can do this: the function isn't exported, but it has an address. */
static __nocfi long do_switch(struct uvtest_switch *call)
{
	s64 (*func)(u32 number, u64 arg) = (void *)call->address;
	unsigned long flags;

	local_irq_save(flags);
	call->result = func(call->number, 0);
	local_irq_restore(flags);
	return 0;
}

union request {
	u32 rpl;
	struct uvtest_switch call;
	struct uvtest_regs regs;
	struct uvtest_everywhere everywhere;
	struct uvtest_access access;
	struct uvtest_msr msr;
	struct uvtest_pages pages;
	struct uvtest_log log;
};

static long dispatch(struct session *session, unsigned int cmd,
		     union request *request)
{
	switch (cmd) {
	case UVTEST_IOC_RUN:
		return do_run(&request->regs);
	case UVTEST_IOC_EVERYWHERE:
		return do_everywhere(&request->everywhere);
	case UVTEST_IOC_ACCESS:
		return do_access(&request->access);
	case UVTEST_IOC_MSR:
		return do_msr(&request->msr);
	case UVTEST_IOC_PAGES:
		return do_pages(session, &request->pages);
	case UVTEST_IOC_SWITCH:
		return do_switch(&request->call);
	case UVTEST_IOC_TR:
		return do_tr(request->rpl);
	case UVTEST_IOC_LOG:
		return do_log(&request->log);
	default:
		return -ENOTTY;
	}
}

static long uvtest_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct session *session = file->private_data;
	void __user *user = (void __user *)arg;
	union request request;
	long err;

	if (_IOC_SIZE(cmd) > sizeof(request))
		return -ENOTTY;
	if (copy_from_user(&request, user, _IOC_SIZE(cmd)))
		return -EFAULT;
	mutex_lock(&session->lock);
	err = dispatch(session, cmd, &request);
	mutex_unlock(&session->lock);
	if (!err && copy_to_user(user, &request, _IOC_SIZE(cmd)))
		err = -EFAULT;
	return err;
}

static int uvtest_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct session *session = file->private_data;
	unsigned long len = vma->vm_end - vma->vm_start;

	if (!session->pages || vma->vm_pgoff ||
	    len > PAGE_SIZE << session->order)
		return -EINVAL;
	return remap_pfn_range(vma, vma->vm_start, page_to_pfn(session->pages),
			       len, vma->vm_page_prot);
}

static int uvtest_open(struct inode *inode, struct file *file)
{
	struct session *session = kzalloc(sizeof(*session), GFP_KERNEL);

	if (!session)
		return -ENOMEM;
	mutex_init(&session->lock);
	file->private_data = session;
	return 0;
}

/* A test that was killed must not leave the VMM writing to pages that are free. */
static int uvtest_release(struct inode *inode, struct file *file)
{
	struct session *session = file->private_data;

	if (session->pages) {
		vmm_log_set_buf(0, 0);
		__free_pages(session->pages, session->order);
	}
	kfree(session);
	return 0;
}

static const struct file_operations uvtest_fops = {
	.owner = THIS_MODULE,
	.open = uvtest_open,
	.release = uvtest_release,
	.unlocked_ioctl = uvtest_ioctl,
	.mmap = uvtest_mmap,
};

static struct miscdevice uvtest_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "uvtest",
	.fops = &uvtest_fops,
	.mode = 0600,
};

module_misc_device(uvtest_device);
MODULE_DESCRIPTION("Privilege level 0 for Undervisor's test programs");
MODULE_AUTHOR("The Undervisor authors");
MODULE_LICENSE("GPL");
