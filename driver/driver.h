/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the driver share. The driver alone talks to Linux. */
#ifndef DRIVER_DRIVER_H
#define DRIVER_DRIVER_H

#ifdef pr_fmt
#undef pr_fmt
#endif
#define pr_fmt(fmt) "undervisor: " fmt

#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/percpu.h>

#include "core/boot.h"
#include "driver/compat.h"

#define UNDERVISOR_VERSION	"0.1.0"

/**
 * struct uv_cpu_info - what the driver keeps for a CPU
 * @block: Linux's address of the CPU's block, NULL if it has none
 * @in: whether the CPU runs under the VMM
 * @enter_ns: time with interrupts off on the way in, nanoseconds
 * @leave_ns: the same on the way out
 */
struct uv_cpu_info {
	struct uv_switch_frame *block;
	bool in;
	u64 enter_ns;
	u64 leave_ns;
};

/**
 * struct uv_machine - the one VMM and its memory
 * @vendor: enum uv_vendor
 * @image: the image, first bytes its header
 * @image_size: bytes of the image in the module
 * @shared: Linux's address of the shared block
 * @shared_size: bytes, whole pages
 * @shared_used: bytes of it that the image and its page tables take
 * @log_size: bytes of it that are the VMM's log, a power of two
 * @boot: the boot info, in the shared block
 * @root: the VMM's root page table, in the shared block
 * @switch_page: the VMM's copy of the switch page, in the shared block
 * @features: CPUID words of the first CPU, which all others must have
 * @locked: no CPU leaves but when the machine goes down
 * @nr_ram: RAM ranges
 * @ram: the firmware's map of RAM
 * @cpu: what is kept for each CPU, by number
 */
struct uv_machine {
	enum uv_vendor vendor;
	const void *image;
	size_t image_size;
	void *shared;
	size_t shared_size;
	size_t shared_used;
	size_t log_size;
	struct uv_boot_info *boot;
	u64 *root;
	void *switch_page;
	u32 features[4];
	bool locked;
	u32 nr_ram;
	struct uv_ram_range ram[UV_MAX_RAM_RANGES];
	struct uv_cpu_info cpu[UV_MAX_CPUS];
};

extern struct uv_machine uv;

/* memory.c: donated memory */
int uv_memory_alloc(void);
void uv_memory_clear(void);
void uv_memory_free(void);
u64 uv_memory_bytes(void);

/* image.c: the image and the VMM's first page tables */
int uv_image_find(void);
size_t uv_image_tables(void);
int uv_image_load(enum uv_dbgsh_mode dbgsh);

/* ram.c */
int uv_ram_collect(void);
u64 uv_ram_top(void);

/* cpus.c: CPUs in and out */
int uv_cpus_enter(void);
int uv_cpus_lock(void);
void uv_cpus_leave(void);
bool uv_cpus_any_in(void);
u64 uv_cpus_leave_ns(void);
void uv_cpus_shutdown(void);
int uv_cpus_call(u32 number, u64 arg);
int uv_cpu_suspend(void);
int uv_cpu_resume(void);
u16 uv_access_rights(u16 selector);

/* refuse.c: machines and CPUs that we can't run on, each with its reason */
int uv_refuse_machine(void);
int uv_refuse_cpu(unsigned int cpu);
void uv_refuse_reference(void);

/* vmx.c: the same and more, for Intel's CPUs */
struct uv_bridge;

int uv_vmx_refuse_machine(void);
int uv_vmx_refuse_cpu(unsigned int cpu);
void uv_vmx_refuse_reference(void);
void uv_vmx_make_bridge(struct uv_bridge *bridge);
void uv_vmx_capture(struct uv_switch_frame *frame);
void uv_vmx_restore(const struct uv_switch_frame *frame);

/* reasons.c */
void uv_report_reason(unsigned int cpu, int error,
		      const struct uv_switch_frame *frame);

/* calls.c: VM calls */
s64 uv_call_text(const char *name, char **text);
s64 uv_call_status_part(char *buf, size_t size, u64 *position);
u32 uv_call_number(const char *name);

/* debugfs.c */
void uv_debugfs_create(bool vouch);
void uv_debugfs_remove(void);

/* vouch.c: who may use the debug shell, with dbgsh=root */
int uv_vouch_create(void);
void uv_vouch_remove(void);

/* power.c: suspend, reboot, kexec */
void uv_power_register(void);
void uv_power_unregister(void);
void uv_power_lock(void);

/* switch.S */
extern const char uv_switch_page[];
extern const char uv_switch_leave[];
extern const char uv_switch_call_begin[];
extern const char uv_switch_call_end[];

/**
 * uv_switch_enter() - into the VMM; Linux goes on behind the call
 * @frame: start of this CPU's block
 *
 * Context: interrupts off, the CPU's capabilities checked.
 * Return: 0 as a guest, or a negative errno on bare metal, reason in @frame.
 */
s64 uv_switch_enter(struct uv_switch_frame *frame);

/**
 * uv_switch_call() - a VM call from the switch page, from where a CPU can leave
 * @number: function number
 * @arg: its argument, in rbx
 *
 * Context: interrupts off.
 * Return: rax; -ENODEV on a CPU that has left.
 */
s64 uv_switch_call(u32 number, u64 arg);

/* switch_vmx.S: the same for Intel's CPUs, and the gates of the bridge */
extern const char uv_vmx_switch_page[];
extern const char uv_vmx_switch_leave[];
extern const char uv_vmx_switch_left[];
extern const char uv_vmx_switch_call_begin[];
extern const char uv_vmx_switch_call_end[];
extern const char uv_vmx_bridge_nmi[];
extern const char uv_vmx_bridge_mce[];

s64 uv_vmx_switch_enter(struct uv_switch_frame *frame);
s64 uv_vmx_switch_call(u32 number, u64 arg);

#endif /* DRIVER_DRIVER_H */
