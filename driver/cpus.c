// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs in and out. The hotplug core runs the callbacks on each CPU in turn; if one
 * fails, it takes those back out that are in, and so insmod is one transaction, and
 * a CPU that comes online later gets in or doesn't come online.
 */
#include "driver/driver.h"

#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/sched/clock.h>
#include <linux/smp.h>

static int hotplug_state;
static u32 leave_number;
static bool shut_down;

/**
 * uv_access_rights() - what LAR says of a segment
 * @selector: of Linux's GDT or LDT
 * Return: bits 23:8 of the descriptor's upper half, 0 for a null selector.
 */
u16 uv_access_rights(u16 selector)
{
	u32 ar = 0;

	/* LAR leaves its target alone for a null selector */
	asm("lar %1, %0" : "+r" (ar) : "r" ((u32)selector) : "cc");
	return ar >> 8;
}

static u16 read_selector_rights(unsigned int which)
{
	u16 cs, ss, ds, es;

	asm("movw %%cs, %0" : "=r" (cs));
	asm("movw %%ss, %0" : "=r" (ss));
	asm("movw %%ds, %0" : "=r" (ds));
	asm("movw %%es, %0" : "=r" (es));
	return uv_access_rights(which == 0 ? cs : which == 1 ? ss :
			     which == 2 ? ds : es);
}

static int enter_this_cpu(unsigned int cpu)
{
	struct uv_switch_frame *frame = uv.cpu[cpu].block;
	int err = uv_refuse_cpu(cpu);

	if (err)
		return err;
	frame->cs_ar = read_selector_rights(0);
	frame->ss_ar = read_selector_rights(1);
	frame->ds_ar = read_selector_rights(2);
	frame->es_ar = read_selector_rights(3);
	frame->error = 0;
	frame->reason = UV_REASON_NONE;
	frame->reason_text = 0;
	if (uv.vendor == UV_VENDOR_VMX) {
		uv_vmx_capture(frame);
		err = uv_vmx_switch_enter(frame);
		if (err)
			uv_vmx_restore(frame);
	} else {
		err = uv_switch_enter(frame);
	}
	if (err)
		uv_report_reason(cpu, err, frame);
	else if (!leave_number)
		leave_number = uv_call_number(UV_CALL_LEAVE);
	return err;
}

/* On @cpu, in its hotplug thread */
static int bring_in(unsigned int cpu)
{
	unsigned long flags;
	int err = 0;
	u64 start;

	if (cpu >= UV_MAX_CPUS || !uv.cpu[cpu].block) {
		pr_err("cpu%u: refused: it was not present when the module was loaded\n",
		       cpu);
		return -ENODEV;
	}
	local_irq_save(flags);
	/* Whoever sets it sends an interrupt, which finds this CPU before or behind */
	if (!READ_ONCE(shut_down)) {
		start = local_clock();
		err = enter_this_cpu(cpu);
		uv.cpu[cpu].enter_ns = local_clock() - start;
		uv.cpu[cpu].in = !err;
	}
	local_irq_restore(flags);
	return err;
}

/* Context: interrupts off, this CPU is in */
static s64 switch_call(u32 number, u64 arg)
{
	return uv.vendor == UV_VENDOR_VMX ? uv_vmx_switch_call(number, arg) :
					    uv_switch_call(number, arg);
}

/*
 * With the lock the VMM waits for all CPUs to come: some milliseconds each time, so that
 * a call never takes long, and this often.
 */
#define LEAVE_TRIES	200

static s64 leave_call(void)
{
	unsigned int tries = LEAVE_TRIES;
	s64 left;

	do {
		left = switch_call(leave_number, 0);
	} while (left == -EAGAIN && --tries);
	return left;
}

static int leave_this_cpu(unsigned int cpu)
{
	s64 left = leave_call();

	/* Any kernel code can make a CPU leave, as this driver does */
	if (left == -ENODEV) {
		pr_warn("cpu%u: it had left already, by somebody else's doing\n", cpu);
	} else if (left != 1) {
		pr_crit("cpu%u: the VMM does not let go: %lld; its log has the reason\n",
			cpu, left);
		return -EIO;
	}
	uv.cpu[cpu].in = false;
	return 0;
}

static int take_out(unsigned int cpu)
{
	unsigned long flags;
	u64 start;
	int err = 0;

	/* The VMM would say no as well */
	if (uv.locked) {
		pr_err("cpu%u: stays: loaded with lock=1, no CPU leaves alone\n", cpu);
		return cpu_dying(cpu) ? -EPERM : 0;
	}
	local_irq_save(flags);
	start = local_clock();
	if (uv.cpu[cpu].in)
		err = leave_this_cpu(cpu);
	uv.cpu[cpu].leave_ns = local_clock() - start;
	local_irq_restore(flags);
	/*
	 * One that is to go offline stays online then. When the callbacks are removed,
	 * or insmod fails, the hotplug core stands no error: free_memory() sees to it.
	 */
	return cpu_dying(cpu) ? err : 0;
}

/**
 * uv_cpus_enter() - take all online CPUs in, and those that come later
 * Return: 0, or the error of the CPU that failed; then no CPU is in.
 */
int uv_cpus_enter(void)
{
	int state;

	uv_refuse_reference();
	state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "undervisor:online",
				  bring_in, take_out);
	if (state < 0)
		return state;
	hotplug_state = state;
	return 0;
}

/**
 * uv_cpus_lock() - from now on no CPU leaves but with all others
 *
 * Context: may sleep; the CPUs are in.
 * Return: 0, or a negative error; then nothing has changed.
 */
int uv_cpus_lock(void)
{
	u32 number;
	int err;

	cpus_read_lock();	/* see uv_call_text() */
	number = uv_call_number(UV_CALL_LOCK);
	cpus_read_unlock();
	err = uv_cpus_call(number, 0);
	if (err)
		return err;
	uv.locked = true;
	return 0;
}

/**
 * uv_cpus_leave() - put all CPUs back on bare metal
 */
void uv_cpus_leave(void)
{
	cpuhp_remove_state(hotplug_state);
}

struct driver_call {
	u32 number;
	u64 arg;
	s64 answer;
};

static void call_here(void *data)
{
	struct driver_call *call = data;

	s64 answer = -ENODEV;

	if (uv.cpu[smp_processor_id()].in)
		answer = switch_call(call->number, call->arg);
	/* -ENODEV of a CPU that is out in spite of what the driver knows: the next one, then */
	call->answer = answer == -ENODEV ? 0 : answer;
}

/**
 * uv_cpus_call() - a VM call that only the driver may make, on any CPU
 * @number: the function's number
 * @arg: its argument
 *
 * A task may well run on a CPU that is not in: one that goes offline has left
 * before the last of them moves on.
 *
 * Context: may sleep.
 * Return: 0, or the VMM's negative error, or -ENODEV if no CPU is in.
 */
int uv_cpus_call(u32 number, u64 arg)
{
	struct driver_call call = { .number = number, .arg = arg };
	unsigned int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		smp_call_function_single(cpu, call_here, &call, 1);
		if (call.answer)
			break;
	}
	cpus_read_unlock();
	if (!call.answer)
		return -ENODEV;
	return call.answer < 0 ? (int)call.answer : 0;
}

/**
 * uv_cpus_any_in() - whether a CPU is still a guest
 */
bool uv_cpus_any_in(void)
{
	unsigned int cpu;

	for_each_present_cpu(cpu)
		if (uv.cpu[cpu].in)
			return true;
	return false;
}

/**
 * uv_cpus_leave_ns() - longest time that a CPU had interrupts off while leaving
 */
u64 uv_cpus_leave_ns(void)
{
	unsigned int cpu;
	u64 worst = 0;

	for_each_present_cpu(cpu)
		worst = max(worst, uv.cpu[cpu].leave_ns);
	return worst;
}

static int leave_if_in(void)
{
	unsigned int cpu = smp_processor_id();

	return uv.cpu[cpu].in ? leave_this_cpu(cpu) : 0;
}

/**
 * uv_cpu_suspend() - put this CPU back, for a suspend
 * Context: interrupts off, the only CPU that still runs.
 * Return: 0, -EPERM with the lock, or -EIO if it is still a guest.
 */
int uv_cpu_suspend(void)
{
	return uv.locked ? -EPERM : leave_if_in();
}

static void shutdown_this_cpu(void *unused)
{
	leave_if_in();
}

/**
 * uv_cpus_shutdown() - put all CPUs back, for good: reboot, halt or kexec follows
 *
 * Context: interrupts on, all CPUs still run, none comes or goes meanwhile. A CPU that
 * comes online from now on stays on bare metal. Nothing is left for a second call. With
 * the lock, a CPU that doesn't come in time makes all stay.
 */
void uv_cpus_shutdown(void)
{
	bool again = shut_down;

	WRITE_ONCE(shut_down, true);
	on_each_cpu(shutdown_this_cpu, NULL, 1);
	if (uv_cpus_any_in()) {
		pr_crit("shutdown: a CPU is still a guest\n");
	} else if (!again) {
		uv_memory_clear();
		pr_info("shutdown: all CPUs are back on bare metal\n");
	}
}

/**
 * uv_cpu_resume() - take this CPU in again, after a suspend
 * Context: interrupts off, the only CPU that runs.
 */
int uv_cpu_resume(void)
{
	unsigned int cpu = smp_processor_id();
	int err = enter_this_cpu(cpu);

	uv.cpu[cpu].in = !err;
	return err;
}
