// SPDX-License-Identifier: GPL-2.0-only
/*
 * A CPU comes in. The driver brings CPUs one at a time, on each of them the same
 * steps run; the first one also sets up what all share.
 */
#include "core/backend.h"
#include "core/fault.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "core/window.h"
#include "core/x86.h"
#include "hypercall/vmmcall.h"

/* In the image's data, not bss: the driver writes it through the image's header */
struct uv_boot_info boot_info __section(".data");

extern const char __image_end[];		/* core/vmm.lds */

static struct spinlock boot_lock;
static bool boot_done;

bool cpu_present(u32 number)
{
	return number < boot_info.nr_cpus &&
	       boot_info.cpu_present[number / 64] >> (number % 64) & 1;
}

static int boot_fail(struct cpu *cpu, enum uv_reason reason, u64 detail,
		     int error)
{
	cpu->frame.reason = reason;
	cpu->frame.detail = detail;
	return error;
}

/*
 * The log's ring lies between the image and the pool, whole pages, so that nothing
 * else can be at the same place.
 */
static int start_log(struct cpu *cpu)
{
	u64 start = boot_info.log_start, size = boot_info.log_size;
	bool ok = start % UV_PAGE_SIZE == 0 && start >= (u64)__image_end &&
		  start <= boot_info.pool_start &&
		  size <= boot_info.pool_start - start &&
		  boot_info.pool_start <= boot_info.pool_end &&
		  boot_info.pool_end - UV_IMAGE_BASE <= boot_info.shared_size;

	if (!ok || log_init((void *)start, size))
		return boot_fail(cpu, UV_REASON_BAD_BOOT_INFO, 2, -EINVAL);
	return 0;
}

static int check_boot_info(struct cpu *cpu)
{
	bool ok = boot_info.magic == UV_BOOT_MAGIC &&
		  boot_info.version == UV_BOOT_VERSION &&
		  boot_info.nr_cpus <= UV_MAX_CPUS &&
		  boot_info.nr_ram <= UV_MAX_RAM_RANGES &&
		  boot_info.nr_blocks <= UV_MAX_BLOCKS &&
		  boot_info.maxphyaddr >= 32 && boot_info.maxphyaddr <= 52;

	return ok ? 0 : boot_fail(cpu, UV_REASON_BAD_BOOT_INFO, 0, -EINVAL);
}

/* What all CPUs share; on the first of them */
static int boot_shared(struct cpu *cpu)
{
	u32 bad = 0;
	int err = check_boot_info(cpu);

	if (!err)
		err = start_log(cpu);
	if (err)
		return err;
	descriptors_init();
	descriptors_load(cpu);
	err = window_init();
	if (err == -ENOMEM)
		return boot_fail(cpu, UV_REASON_NO_POOL, 0, err);
	if (err)
		return boot_fail(cpu, UV_REASON_BAD_BOOT_INFO, 1, err);
	err = vmmcall_init(&bad);
	if (err)
		return boot_fail(cpu, UV_REASON_REGISTRATION, bad, err);
	err = backend_init(cpu);
	if (!err)
		vmm_log(LOG_INFO, "%s, %u bits of physical address, %u ranges of RAM",
			backend_name, boot_info.maxphyaddr, boot_info.nr_ram);
	return err;
}

static int boot_once(struct cpu *cpu)
{
	int err = 0;

	spin_lock(&boot_lock);
	if (!boot_done) {
		err = boot_shared(cpu);
		boot_done = !err;
	}
	spin_unlock(&boot_lock);
	return err;
}

/*
 * CR4 in root mode: what long mode needs, and what makes a defect of ours a fault
 * instead of a hole (SMEP, SMAP). PGE and PCIDE off: clearing them drops every
 * translation of Linux's. PKE stays as it is, for RDPKRU.
 */
#define ROOT_CR4_KEPT	(CR4_PAE | CR4_MCE | CR4_LA57 | CR4_VMXE | CR4_SMEP | \
			 CR4_SMAP | CR4_PKE)

/* Called by core/entry.S; its stack is this CPU's */
void vmm_cpu_main(void)
{
	struct cpu *cpu = this_cpu();
	struct guest_regs regs = { 0 };
	int err;

	cpu->number = (u32)cpu->frame.number;
	backend_capture(cpu);
	write_cr4(read_cr4() & ROOT_CR4_KEPT);
	err = boot_once(cpu);
	if (!err) {
		descriptors_load(cpu);
		vmm_log(LOG_INFO, "enters");
		err = backend_enter(cpu);
	}
	cpu->frame.error = err;
	regs.rax = (u64)(s64)err;
	backend_return(cpu, &regs, cpu->frame.rip);
}

void cpu_leave(struct cpu *cpu, u64 cr3)
{
	cpu->state = CPU_OUT;
	switch_to_linux(cr3, boot_info.switch_va + boot_info.switch_leave_off,
			cpu->frame.linux_va);
}
