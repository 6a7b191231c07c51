// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMM's image: choose it, copy it, describe the machine to it, and build its first
 * page tables, of 4K pages only. The VMM adds the window to them itself.
 */
#include "driver/driver.h"

#include <linux/acpi.h>
#include <linux/vmalloc.h>
#include <asm/hypervisor.h>
#include <asm/pgtable.h>
#include <asm/tsc.h>

extern const char uv_image_svm[], uv_image_svm_end[];
extern const char uv_image_vmx[], uv_image_vmx_end[];

#define PT_TABLE	(_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED)
#define PT_RO		(_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_NX)
#define PT_RX		(_PAGE_PRESENT | _PAGE_ACCESSED)
#define PT_RW		(_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | \
			 _PAGE_DIRTY | _PAGE_NX)

/**
 * uv_image_find() - choose the image by the CPU's vendor
 * Return: 0, or -ENODEV if there is none for this vendor.
 */
int uv_image_find(void)
{
	const struct uv_image_header *header;

	uv.image = uv_image_svm;
	uv.image_size = uv_image_svm_end - uv_image_svm;
	if (uv.vendor == UV_VENDOR_VMX) {
		uv.image = uv_image_vmx;
		uv.image_size = uv_image_vmx_end - uv_image_vmx;
	}
	header = uv.image;
	if (header->magic != UV_BOOT_MAGIC || header->vendor != uv.vendor ||
	    header->version != UV_BOOT_VERSION) {
		pr_err("the module's VMM image is not of its version\n");
		return -ENOEXEC;
	}
	return 0;
}

/**
 * uv_image_tables() - bytes of page tables that the driver will need
 *
 * Root and the two levels beneath it, three for the image, two for the switch
 * page, and a table for every 32 CPUs with the directory above them; one
 * page for the copy of the switch page.
 */
size_t uv_image_tables(void)
{
	size_t cpus = DIV_ROUND_UP(nr_cpu_ids, 32) + 1;
	size_t image = 1 + DIV_ROUND_UP(SZ_8M, PMD_SIZE);
	/* Each CPU's bridge, at Linux's address, can lie in tables of its own */
	size_t bridges = uv.vendor == UV_VENDOR_VMX ?
			 1 + 3 * num_present_cpus() : 0;

	return (3 + image + 2 + cpus + bridges + 1) << PAGE_SHIFT;
}

static void *take_page(void)
{
	void *page = uv.shared + uv.shared_used;

	if (uv.shared_used + PAGE_SIZE > uv.shared_size)
		return NULL;
	uv.shared_used += PAGE_SIZE;
	return page;
}

/* Map a 4K page in the VMM's tables; no large leaf exists yet */
static int map_page(u64 va, u64 pa, u64 flags)
{
	int level = pgtable_l5_enabled() ? 5 : 4;
	u64 *table = uv.root;

	for (; level > 1; level--) {
		u64 *entry = &table[va >> (12 + 9 * (level - 1)) & 511];

		if (!*entry) {
			void *next = take_page();

			if (!next)
				return -ENOMEM;
			*entry = __pa(next) | PT_TABLE;
		}
		table = __va(*entry & GENMASK_ULL(51, 12));
	}
	table[va >> 12 & 511] = pa | flags;
	return 0;
}

static int map_pages(u64 va, const void *addr, size_t size, u64 flags)
{
	size_t i;
	int err = 0;

	for (i = 0; i < size && !err; i += PAGE_SIZE)
		err = map_page(va + i, __pa(addr) + i, flags);
	return err;
}

/* W^X: constants, text and everything else by the image's own account */
static int map_image(const struct uv_image_header *header)
{
	u64 base = UV_IMAGE_BASE;
	size_t rodata = header->rodata_end - base;
	size_t text = header->text_end - base;
	int err;

	err = map_pages(base, uv.shared, rodata, PT_RO);
	if (!err)
		err = map_pages(base + rodata, uv.shared + rodata,
				text - rodata, PT_RX);
	if (!err)
		err = map_pages(base + text, uv.shared + text,
				uv.shared_size - text, PT_RW);
	return err;
}

/* A CPU's slot, see core/boot.h: the stacks have unmapped pages around them */
static int map_cpu(unsigned int cpu, const void *block)
{
	static const struct { u8 slot_page, page, count; } part[] = {
		{ UV_CPU_DATA_PAGE, UV_CPU_DATA_PAGE, UV_CPU_DATA_PAGES },
		{ UV_CPU_VMCB_PAGE, UV_CPU_VMCB_PAGE, 1 },
		{ UV_CPU_HOST_PAGE, UV_CPU_HOST_PAGE, 1 },
		{ UV_CPU_IST_SLOT_PAGE, UV_CPU_IST_PAGE, 1 },
		{ UV_CPU_STACK_SLOT_PAGE, UV_CPU_STACK_PAGE,
		  UV_CPU_STACK_PAGES },
	};
	u64 slot = UV_CPU_BASE + cpu * UV_CPU_SLOT;
	unsigned int i;
	int err = 0;

	for (i = 0; i < ARRAY_SIZE(part) && !err; i++)
		err = map_pages(slot + part[i].slot_page * PAGE_SIZE,
				block + part[i].page * PAGE_SIZE,
				part[i].count * PAGE_SIZE, PT_RW);
	if (!err && uv.vendor == UV_VENDOR_VMX) {
		block += UV_CPU_BRIDGE_PAGE * PAGE_SIZE;
		err = map_pages((u64)block, block, PAGE_SIZE, PT_RW);
	}
	return err;
}

static int map_switch_page(void)
{
	const char *code = uv.vendor == UV_VENDOR_VMX ? uv_vmx_switch_page :
							uv_switch_page;
	u64 va = (u64)code;

	uv.switch_page = take_page();
	if (!uv.switch_page)
		return -ENOMEM;
	/* As data: objtool would take a reference into the text for a call */
	OPTIMIZER_HIDE_VAR(code);
	memcpy(uv.switch_page, code, PAGE_SIZE);
	return map_page(va, __pa(uv.switch_page), PT_RX);
}

static void describe_cpu(struct uv_boot_info *boot, unsigned int cpu)
{
	struct uv_switch_frame *frame = uv.cpu[cpu].block;
	const struct uv_image_header *header = uv.image;
	u64 slot = UV_CPU_BASE + cpu * UV_CPU_SLOT;

	boot->nr_cpus = max(boot->nr_cpus, cpu + 1);
	boot->cpu_present[cpu / 64] |= 1ULL << (cpu % 64);
	boot->cpu_pa[cpu] = __pa(frame);
	boot->block[boot->nr_blocks].start = __pa(frame);
	boot->block[boot->nr_blocks].size = UV_CPU_BLOCK_SIZE;
	boot->nr_blocks++;

	frame->linux_va = (u64)frame;
	frame->vmm_cr3 = __pa(uv.root);
	frame->vmm_rsp = slot + UV_CPU_SLOT - UV_CPU_STACK_TOP;
	frame->vmm_entry = header->entry;
	frame->number = cpu;
	if (uv.vendor == UV_VENDOR_VMX)
		uv_vmx_make_bridge((void *)frame +
				   UV_CPU_BRIDGE_PAGE * PAGE_SIZE);
}

static void describe_switch(struct uv_boot_info *boot)
{
	boot->switch_va = (u64)uv_switch_page;
	boot->switch_leave_off = uv_switch_leave - uv_switch_page;
	boot->switch_call_start = uv_switch_call_begin - uv_switch_page;
	boot->switch_call_end = uv_switch_call_end - uv_switch_page;
}

static void describe_vmx_switch(struct uv_boot_info *boot)
{
	boot->switch_va = (u64)uv_vmx_switch_page;
	boot->switch_leave_off = uv_vmx_switch_leave - uv_vmx_switch_page;
	boot->switch_left_off = uv_vmx_switch_left - uv_vmx_switch_page;
	boot->switch_call_start = uv_vmx_switch_call_begin - uv_vmx_switch_page;
	boot->switch_call_end = uv_vmx_switch_call_end - uv_vmx_switch_page;
}

/* The FADT's register in I/O space; the VMM has neither MMIO nor PCI to reach another */
static void describe_reset(struct uv_boot_info *boot)
{
	const struct acpi_generic_address *reg;

	if (!IS_ENABLED(CONFIG_ACPI) || acpi_disabled ||
	    !(acpi_gbl_FADT.flags & ACPI_FADT_RESET_REGISTER))
		return;
	reg = &acpi_gbl_FADT.reset_register;
	if (reg->space_id != ACPI_ADR_SPACE_SYSTEM_IO ||
	    reg->bit_width != 8 || reg->bit_offset || reg->address > U16_MAX)
		return;
	boot->reset_port = reg->address;
	boot->reset_value = acpi_gbl_FADT.reset_value;
}

static void describe_machine(struct uv_boot_info *boot,
			     enum uv_dbgsh_mode dbgsh)
{
	unsigned int cpu;

	boot->magic = UV_BOOT_MAGIC;
	boot->version = UV_BOOT_VERSION;
	if (pgtable_l5_enabled())
		boot->flags |= UV_BOOT_LA57;
	if (hypervisor_is_type(X86_HYPER_KVM))
		boot->flags |= UV_BOOT_OUTER_KVM;
	if (boot_cpu_has(X86_FEATURE_PTI))
		boot->flags |= UV_BOOT_PTI;
	boot->dbgsh_mode = dbgsh;
	boot->tsc_khz = tsc_khz;
	boot->maxphyaddr = boot_cpu_data.x86_phys_bits;
	boot->shared_pa = __pa(uv.shared);
	boot->shared_size = uv.shared_size;
	boot->vmm_cr3 = __pa(uv.root);
	describe_reset(boot);
	if (uv.vendor == UV_VENDOR_VMX)
		describe_vmx_switch(boot);
	else
		describe_switch(boot);
	boot->nr_ram = uv.nr_ram;
	memcpy(boot->ram, uv.ram, uv.nr_ram * sizeof(uv.ram[0]));
	boot->block[0].start = __pa(uv.shared);
	boot->block[0].size = uv.shared_size;
	boot->nr_blocks = 1;
	for_each_present_cpu(cpu)
		describe_cpu(boot, cpu);
}

/**
 * uv_image_load() - make the image ready to be entered
 * @dbgsh: who may use the shell
 * Return: 0 or -ENOMEM.
 */
int uv_image_load(enum uv_dbgsh_mode dbgsh)
{
	const struct uv_image_header *header = uv.image;
	unsigned int cpu;
	u64 log_start;
	int err;

	memcpy(uv.shared, uv.image, uv.image_size);
	uv.shared_used = PAGE_ALIGN(header->image_end - UV_IMAGE_BASE);
	log_start = UV_IMAGE_BASE + uv.shared_used;
	uv.shared_used += uv.log_size;
	uv.boot = uv.shared + (header->boot_info - UV_IMAGE_BASE);
	uv.root = take_page();
	if (!uv.root)
		return -ENOMEM;
	err = map_image(header);
	if (!err)
		err = map_switch_page();
	for_each_present_cpu(cpu)
		if (!err)
			err = map_cpu(cpu, uv.cpu[cpu].block);
	if (err)
		return err;
	describe_machine(uv.boot, dbgsh);
	uv.boot->log_start = log_start;
	uv.boot->log_size = uv.log_size;
	uv.boot->pool_start = UV_IMAGE_BASE + uv.shared_used;
	uv.boot->pool_end = UV_IMAGE_BASE + uv.shared_size;
	return 0;
}
