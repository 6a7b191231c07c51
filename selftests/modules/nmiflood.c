// SPDX-License-Identifier: GPL-2.0-only
/*
 * nmiflood - NMIs against a CPU that does nothing but exit to the VMM
 *
 * For tests only. While it is loaded, CPU 0 loops over instructions that exit, and
 * another CPU sends it NMIs, one at a time, each when the last one has arrived. It
 * says how many were sent and how many came, and refuses to stay:
 *
 *	insmod nmiflood.ko rounds=1000; dmesg | grep nmiflood:
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <asm/apic.h>
#include <asm/nmi.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/tsc.h>

#include "driver/compat.h"

#define TARGET		0
#define PATIENCE	2000000000ULL	/* ticks of the TSC until an NMI is lost */

static unsigned int rounds = 1000;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "How many NMIs are sent");

/* What the target does besides CPUID: 1 has a #GP injected each time as well */
static bool faults;
module_param(faults, bool, 0444);
MODULE_PARM_DESC(faults, "Whether the target has faults injected, too");

/* What no VMM lets its guest write, so each attempt exits and faults. Only under one! */
#define MSR_AMD		MSR_VM_HSAVE_PA
#define MSR_INTEL	MSR_IA32_FEAT_CTL
#define FORBIDDEN_VALUE	0x1000

static atomic_t received;
static bool stop;
static DECLARE_COMPLETION(target_done);
static DECLARE_COMPLETION(sender_done);
static unsigned int sent, lost, twice, injected;

static int on_nmi(unsigned int type, struct pt_regs *regs)
{
	if (raw_smp_processor_id() != TARGET)
		return NMI_DONE;
	/* An exit within the handler, where NMIs are blocked */
	cpuid_eax(0);
	atomic_inc(&received);
	return NMI_HANDLED;
}

/* Not "complete, then return": the module may be gone before the thread has left it */
static void __noreturn end_thread(struct completion *done)
{
	kthread_complete_and_exit(done, 0);
}

static int target(void *unused)
{
	u32 msr = boot_cpu_data.x86_vendor == X86_VENDOR_INTEL ? MSR_INTEL :
								  MSR_AMD;

	while (!READ_ONCE(stop)) {
		int i;

		for (i = 0; i < 1000; i++) {
			cpuid_eax(0);
			if (faults && wrmsr_safe(msr, FORBIDDEN_VALUE, 0))
				injected++;
		}
		cond_resched();
	}
	end_thread(&target_done);
}

static bool wait_for(unsigned int count)
{
	u64 start = rdtsc();

	while (atomic_read(&received) < count) {
		if (rdtsc() - start > PATIENCE)
			return false;
		cpu_relax();
	}
	return true;
}

static int sender(void *unused)
{
	for (sent = 0; sent < rounds; sent++) {
		unsigned int before = atomic_read(&received);

		apic->send_IPI(TARGET, NMI_VECTOR);
		if (!wait_for(before + 1))
			lost++;
		else if (atomic_read(&received) != before + 1)
			twice++;
		cond_resched();
	}
	end_thread(&sender_done);
}

/* Not one long wait: a slow emulator is no hung task */
static void wait_for_thread(struct completion *done)
{
	while (!wait_for_completion_timeout(done, 5 * HZ))
		;
}

static int start(int (*what)(void *), unsigned int cpu)
{
	struct task_struct *task = kthread_create_on_cpu(what, NULL, cpu,
							 "nmiflood/%u");

	if (IS_ERR(task))
		return PTR_ERR(task);
	wake_up_process(task);
	return 0;
}

static int __init nmiflood_init(void)
{
	unsigned int cpu = cpumask_next(TARGET, cpu_online_mask);
	int err;

	if (cpu >= nr_cpu_ids) {
		pr_err("needs two CPUs\n");
		return -ENODEV;
	}
	err = register_nmi_handler(NMI_LOCAL, on_nmi, 0, "nmiflood");
	if (err)
		return err;
	err = start(target, TARGET);
	if (!err) {
		err = start(sender, cpu);
		if (!err)
			wait_for_thread(&sender_done);
		WRITE_ONCE(stop, true);
		wait_for_thread(&target_done);
	}
	unregister_nmi_handler(NMI_LOCAL, "nmiflood");
	pr_info("sent %u received %d lost %u twice %u faults %s\n", sent,
		atomic_read(&received), lost, twice, injected ? "some" : "none");
	return err ? err : -EAGAIN;
}

module_init(nmiflood_init);

MODULE_DESCRIPTION("Undervisor's test of NMIs in root mode");
MODULE_LICENSE("GPL");
