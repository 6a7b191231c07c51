/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the driver and the VMM image agree on: where the image lies, which
 * memory is donated, how a CPU gets in. The only header of core/ that the
 * driver may include (with the plain types it needs).
 *
 * The VMM's address space (its own page tables, 4 or 5 levels as Linux has):
 *
 *   WINDOW_BASE + physical      guest RAM, 1G/2M/4K leaves, RW+NX, RAM only
 *   IMAGE_BASE                  the shared block: image, boot info, pool
 *   CPU_BASE + n * CPU_SLOT     CPU n's block, with unmapped guards
 *   (Linux's address)           the VMM's own copy of the switch page, RX
 *
 * Linux maps nothing at these addresses in either paging depth
 * (Documentation/arch/x86/x86_64/mm.rst of the kernel: the window is in the
 * user half, whose entries are never global, the rest in the unused hole
 * between the %esp fixup stacks and the EFI runtime mappings), so no TLB entry
 * of Linux, global or not, can shadow one of the VMM's.
 */
#ifndef CORE_BOOT_H
#define CORE_BOOT_H

#include "core/boot_offsets.h"
#include "core/types.h"

#define UV_IMAGE_BASE		0xffffff8000000000ULL
#define UV_CPU_BASE		0xffffff9000000000ULL
#define UV_WINDOW_BASE		0x0000400000000000ULL
#define UV_WINDOW_SIZE		0x0000400000000000ULL	/* 64 TiB of RAM */

#define UV_BOOT_MAGIC		0x31305255444e55ULL
#define UV_BOOT_VERSION		3

#define UV_MAX_CPUS		512
#define UV_MAX_RAM_RANGES	128
#define UV_MAX_BLOCKS		(UV_MAX_CPUS + 1)
#define UV_MTRR_VARIABLE	16	/* variable-range MTRRs that are followed */

/* The log's ring, in the shared block: a power of two, bytes */
#define UV_LOG_MIN		0x1000ULL
#define UV_LOG_MAX		0x100000ULL

/*
 * A CPU's block: 32 KiB, physically contiguous, on the CPU's own node. In the
 * VMM it lies in a slot of 64 KiB at a multiple of 64 KiB, so that the stack
 * pointer finds it. The slot's layout, in pages, the rest unmapped:
 */
#define UV_CPU_SLOT		0x10000ULL
#define UV_CPU_BLOCK_SIZE	0x8000ULL
#define UV_CPU_BLOCK_ORDER	3
#define UV_CPU_DATA_PAGE	0	/* struct cpu: 2 pages */
#define UV_CPU_DATA_PAGES	2
#define UV_CPU_VMCB_PAGE	2	/* VMCB or VMCS */
#define UV_CPU_HOST_PAGE	3	/* SVM: host state for VMSAVE; VMX: VMXON region */
#define UV_CPU_HSAVE_PAGE	4	/* SVM: the CPU's own, never mapped */
#define UV_CPU_BRIDGE_PAGE	4	/* VMX: struct uv_bridge, core/bridge.h */
#define UV_CPU_IST_SLOT_PAGE	8	/* a guard page on either side */
#define UV_CPU_IST_PAGE		5	/* its page within the block */
#define UV_CPU_STACK_SLOT_PAGE	14	/* guard page beneath */
#define UV_CPU_STACK_PAGE	6
#define UV_CPU_STACK_PAGES	2
#define UV_CPU_STACK_TOP	0x100	/* the backend's, above the entry's RSP */

/* struct uv_ram_range - a range of RAM as the firmware's map has it */
struct uv_ram_range {
	u64 start;		/* host-physical, inclusive, bytes */
	u64 end;		/* host-physical, exclusive, bytes */
};

/* struct uv_block - a physically contiguous piece of donated memory */
struct uv_block {
	u64 start;		/* host-physical, page-aligned */
	u64 size;		/* bytes, whole pages */
};

enum uv_dbgsh_mode {
	UV_DBGSH_OFF,		/* the disabled line, for everybody */
	UV_DBGSH_ALL,		/* any program may use the shell */
	UV_DBGSH_ROOT,		/* the one process that the driver vouches for */
};

/* Flags in uv_boot_info.flags */
#define UV_BOOT_LA57		0x1	/* Linux runs with 5-level paging */
#define UV_BOOT_OUTER_KVM	0x2	/* Linux is KVM's guest: small numbers go there */
#define UV_BOOT_PTI		0x4	/* programs have top tables of their own, see below */

/*
 * With page-table isolation, a program's top page table is the second page of a pair
 * aligned to its size; the first one, the kernel's, maps program and kernel.
 */
#define UV_PTI_PROGRAM		0x1000ULL

/*
 * Why a CPU could not get in. Returned through the switch page next to an errno,
 * so that dmesg can name the cause in words (driver/reasons.c).
 */
enum uv_reason {
	UV_REASON_NONE,
	UV_REASON_BAD_BOOT_INFO,
	UV_REASON_NO_POOL,
	UV_REASON_VM_ENTRY_INVALID,	/* detail: the exit information */
	UV_REASON_GUEST_STATE,		/* detail: index of the failed check */
	UV_REASON_REGISTRATION,		/* detail: index of the bad VM call */
	UV_REASON_CONTROL,		/* text: the VM-execution control */
	UV_REASON_VMXON,
};

/*
 * struct uv_switch_frame - what passes between Linux and the VMM on a CPU
 *
 * It lies at the start of the CPU's block, which both address spaces map: Linux
 * through its direct map, the VMM in the CPU's slot. The switch stubs know
 * the offsets (core/boot_offsets.h, checked below).
 */
struct uv_switch_frame {
	/* 0x00: set by the driver before the CPU goes in */
	u64 linux_va;		/* this frame's address in Linux */
	u64 vmm_cr3;		/* the VMM's page tables */
	u64 vmm_rsp;		/* the entry's stack pointer, VMM address */
	u64 vmm_entry;		/* vmm_cpu_entry(), VMM address */
	/* 0x20: Linux's registers, saved by the switch stub */
	u64 rsp;
	u64 rip;		/* where Linux goes on */
	u64 rflags;
	u64 cr0;
	u64 cr3;
	u64 cr4;
	u64 efer;		/* as it was before the stub set SVME */
	u64 number;		/* Linux's number of this CPU */
	/* 0x60: pseudo-descriptors of SGDT, SIDT at +6, so the base is aligned */
	u8 gdtr[16];
	u8 idtr[16];
	/* 0x80 */
	u16 cs, ss, ds, es, fs, gs, ldtr, tr;
	/* 0x90: the answer, when the CPU did not get in */
	s64 error;		/* 0 or a negative errno */
	u64 reason;		/* enum uv_reason */
	u64 detail;
	u16 cs_ar, ss_ar, ds_ar, es_ar; /* access rights: bits 23:8 of LAR's answer */
	/* 0xb0: general registers for the way out, in the order that the stub pops */
	u64 out_gpr[15];	/* r15 r14 r13 r12 r11 r10 r9 r8 rdi rsi rbp rbx rdx rcx rax */
	/* 0x128: the IRETQ frame */
	u64 out_iret[5];	/* rip cs rflags rsp ss */
	/* 0x150: a text to go with the reason: VMM address of a constant, or 0 */
	u64 reason_text;
	/* 0x158: VMX only, what a VM exit destroys and the way out restores */
	u64 vmcs_pa;
	u64 dr7;
	u64 debugctl;
	u64 fs_base;		/* used if the selector isn't null */
	u64 gs_base;
	u64 kernel_gs_base;
	/* 0x188: VMX only, Linux's segments with what only its GDT knows */
	u64 tr_base;
	u64 ldtr_base;
	u32 tr_limit;
	u32 ldtr_limit;
	u16 fs_ar, gs_ar, tr_ar, ldtr_ar;
	/* IA32_PERF_GLOBAL_CTRL, if perf_saved: it was cleared, see driver/vmx.c */
	u64 perf_global;
	u64 perf_saved;
};

#define UV_FRAME_CHECK(off, field)					\
	static_assert((off) == offsetof(struct uv_switch_frame, field), #field)

UV_FRAME_CHECK(UV_FRAME_VMM_CR3, vmm_cr3);
UV_FRAME_CHECK(UV_FRAME_VMM_RSP, vmm_rsp);
UV_FRAME_CHECK(UV_FRAME_VMM_ENTRY, vmm_entry);
UV_FRAME_CHECK(UV_FRAME_RSP, rsp);
UV_FRAME_CHECK(UV_FRAME_RIP, rip);
UV_FRAME_CHECK(UV_FRAME_RFLAGS, rflags);
UV_FRAME_CHECK(UV_FRAME_CR0, cr0);
UV_FRAME_CHECK(UV_FRAME_CR3, cr3);
UV_FRAME_CHECK(UV_FRAME_CR4, cr4);
UV_FRAME_CHECK(UV_FRAME_EFER, efer);
UV_FRAME_CHECK(UV_FRAME_GDTR - 6, gdtr);
UV_FRAME_CHECK(UV_FRAME_IDTR - 6, idtr);
UV_FRAME_CHECK(UV_FRAME_CS, cs);
UV_FRAME_CHECK(UV_FRAME_SS, ss);
UV_FRAME_CHECK(UV_FRAME_DS, ds);
UV_FRAME_CHECK(UV_FRAME_ES, es);
UV_FRAME_CHECK(UV_FRAME_OUT_GPR, out_gpr);
UV_FRAME_CHECK(UV_FRAME_OUT_IRET, out_iret);
static_assert(!(UV_FRAME_TO_BRIDGE - (UV_CPU_BRIDGE_PAGE << 12)), "bridge");
UV_FRAME_CHECK(UV_FRAME_OUT_GPR + 15 * 8, out_iret);
UV_FRAME_CHECK(UV_FRAME_FS, fs);
UV_FRAME_CHECK(UV_FRAME_GS, gs);
UV_FRAME_CHECK(UV_FRAME_LDTR, ldtr);
UV_FRAME_CHECK(UV_FRAME_TR, tr);
UV_FRAME_CHECK(UV_FRAME_VMCS_PA, vmcs_pa);
UV_FRAME_CHECK(UV_FRAME_DR7, dr7);
UV_FRAME_CHECK(UV_FRAME_DEBUGCTL, debugctl);
UV_FRAME_CHECK(UV_FRAME_FS_BASE, fs_base);
UV_FRAME_CHECK(UV_FRAME_GS_BASE, gs_base);
UV_FRAME_CHECK(UV_FRAME_KERNEL_GS_BASE, kernel_gs_base);

/*
 * struct uv_image_header - first bytes of the image, filled by the linker
 */
struct uv_image_header {
	u64 magic;		/* UV_BOOT_MAGIC */
	u32 version;		/* UV_BOOT_VERSION */
	u32 vendor;		/* enum uv_vendor */
	u64 entry;		/* VMM address of vmm_cpu_entry() */
	u64 boot_info;		/* VMM address of the struct uv_boot_info */
	u64 rodata_end;		/* VMM addresses, page-aligned: constants below, */
	u64 text_end;		/* then text, */
	u64 image_end;		/* then data and bss up to here */
};

enum uv_vendor {
	UV_VENDOR_SVM = 1,
	UV_VENDOR_VMX = 2,
};

/*
 * struct uv_boot_info - what the driver tells the VMM, before the first CPU
 *
 * Lies in the image's data. Read by the VMM when the first CPU comes in, at a
 * time when nothing but the driver could have written it; hidden from then on.
 */
struct uv_boot_info {
	u64 magic;
	u32 version;
	u32 flags;		/* UV_BOOT_* */
	u32 nr_cpus;		/* slots in use: CPU numbers below this */
	u32 dbgsh_mode;		/* enum uv_dbgsh_mode */
	u32 nr_ram;
	u32 nr_blocks;
	u32 tsc_khz;		/* 0: not known */
	u32 maxphyaddr;		/* bits */
	u32 reset_port;		/* ACPI's reset register, 0 if it isn't an I/O port; */
	u32 reset_value;	/* and what to write there */
	u64 shared_pa;		/* host-physical address of UV_IMAGE_BASE */
	u64 shared_size;	/* bytes */
	u64 log_start;		/* VMM address of the log's ring, behind the image */
	u64 log_size;		/* bytes */
	u64 pool_start;		/* VMM address of the first free page behind the */
	u64 pool_end;		/* ring and the driver's page tables; and its end */
	u64 vmm_cr3;		/* host-physical address of the VMM's root table */
	u64 switch_va;		/* Linux address of the switch page */
	u64 switch_leave_off;	/* offset of the way out in that page */
	u64 switch_left_off;	/* VMX: where a CPU that left goes on in Linux */
	u64 switch_call_start;	/* offsets between which the driver's call lies */
	u64 switch_call_end;
	u64 cpu_present[UV_MAX_CPUS / 64]; /* CPUs that have a block */
	u64 cpu_pa[UV_MAX_CPUS];	/* host-physical address of its block */
	struct uv_ram_range ram[UV_MAX_RAM_RANGES];
	struct uv_block block[UV_MAX_BLOCKS];
};

/* Names of the calls that only the driver makes, at level 0 */
#define UV_CALL_LEAVE		"undervisor_leave"
#define UV_CALL_VOUCH		"undervisor_vouch"
#define UV_CALL_LOCK		"undervisor_lock"

/**
 * uv_pool_pages() - pages of pool that the VMM will need
 * @maxphyaddr: physical address width, bits
 * @nr_ram: number of RAM ranges
 * @nr_blocks: number of donated blocks
 * @ram_top: end of the highest RAM range, host-physical, bytes
 *
 * One formula for both sides: the driver donates that much, the VMM refuses to
 * start if it is too little. Counted are the NPT or EPT (root, a table
 * per 512G, and for every block a 1G leaf and a 2M leaf split), the same splits
 * and tables in the window, and two split 2M leaves per RAM range, whose
 * ends need not be aligned. The shared block may be larger than a 2M leaf.
 *
 * Return: number of 4 KiB pages.
 */
static inline u64 uv_pool_pages(u32 maxphyaddr, u32 nr_ram, u32 nr_blocks,
				u64 ram_top)
{
	u32 bits = maxphyaddr > 48 ? 48 : maxphyaddr;
	u64 npt = 2 + (bits > 39 ? 1ULL << (bits - 39) : 1);
	u64 window = 2 + (ram_top >> 39) + 1;
	u64 splits = 2 * (2ULL * nr_blocks) + 4ULL * nr_ram;

	return npt + window + splits + 2 * (npt >> 9) + 8;
}

/**
 * uv_ept_pages() - pages of pool that memory types cost, for VMX
 * @nr_variable: variable-range MTRRs of a CPU
 *
 * Two tables for the fixed ranges, two for each end of a variable range, which may lie
 * within a 2M leaf; as much again for what the guest makes of them later.
 *
 * Return: number of 4 KiB pages.
 */
static inline u64 uv_ept_pages(u32 nr_variable)
{
	return 2 * (2 + 4ULL * nr_variable);
}

#endif /* CORE_BOOT_H */
