/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a test program can have done at privilege level 0, through /dev/uvtest.
 * Whatever raises an exception there is survived, and the vector is told.
 */
#ifndef UVTEST_H
#define UVTEST_H

#ifndef __ASSEMBLY__
#include <linux/ioctl.h>
#include <linux/types.h>
#endif

/* Instructions for uvtest_regs.insn; the order is that of the table in main.c */
#define UVTEST_VMMCALL		0
#define UVTEST_VMCALL		1
#define UVTEST_VMRUN		2
#define UVTEST_VMLOAD		3
#define UVTEST_VMSAVE		4
#define UVTEST_STGI		5
#define UVTEST_CLGI		6
#define UVTEST_SKINIT		7
#define UVTEST_INVLPGA		8
#define UVTEST_VMXON		9	/* operand at (rax) */
#define UVTEST_VMXOFF		10
#define UVTEST_VMLAUNCH		11
#define UVTEST_VMPTRLD		12	/* operand at (rax) */
#define UVTEST_VMREAD		13	/* field rax to rcx */
#define UVTEST_XSETBV		14
#define UVTEST_READ_CR4		15	/* to rax */
#define UVTEST_WRITE_CR4	16	/* from rax */
#define UVTEST_GETSEC		17	/* leaf in rax */
#define UVTEST_INVD		18
#define UVTEST_READ_CR0		19	/* to rax */
#define UVTEST_WRITE_CR0	20	/* from rax */
#define UVTEST_NR_INSNS		21

/* Indices in uvtest_regs.gpr */
#define UVTEST_RAX		0
#define UVTEST_RBX		1
#define UVTEST_RCX		2
#define UVTEST_RDX		3
#define UVTEST_RSI		4
#define UVTEST_RDI		5
#define UVTEST_RBP		6
#define UVTEST_R8		7	/* and so on to r15 */
#define UVTEST_NR_GPRS		15

#define UVTEST_OFF_RFLAGS	120
#define UVTEST_OFF_VECTOR	132

/* CF PF AF ZF SF OF: the flags that are set before, and told after */
#define UVTEST_FLAGS		0x8d5

#ifndef __ASSEMBLY__

/**
 * struct uvtest_regs - one instruction's registers, in and out
 * @gpr: general registers but rsp, UVTEST_R*; unchanged after an exception
 * @rflags: of these only UVTEST_FLAGS are set; all are told
 * @insn: UVTEST_* instruction
 * @vector: out: 0, or the exception that it raised
 */
struct uvtest_regs {
	__u64 gpr[UVTEST_NR_GPRS];
	__u64 rflags;
	__u32 insn;
	__u32 vector;
};

/**
 * struct uvtest_everywhere - the same on all CPUs at once, interrupts off
 * @regs: in: as above; out: those of the first CPU
 * @rounds: how often each CPU does it
 * @cpus: out: CPUs that did it
 * @differing: out: CPUs on which any round ended otherwise than the first CPU's
 */
struct uvtest_everywhere {
	struct uvtest_regs regs;
	__u32 rounds;
	__u32 cpus;
	__u32 differing;
	__u32 reserved;
};

/**
 * struct uvtest_access - one load from, or store to, physical memory
 * @phys: address, a multiple of @width
 * @value: out of a load, into a store
 * @width: 1, 4 or 8 bytes
 * @write: 1 for a store
 * @vector: out: 0, or the exception that it raised
 */
struct uvtest_access {
	__u64 phys;
	__u64 value;
	__u32 width;
	__u32 write;
	__u32 vector;
	__u32 reserved;
};

/**
 * struct uvtest_msr - RDMSR or WRMSR on the CPU that the caller runs on
 * @vector: out: 0, or 13 if it raised #GP
 */
struct uvtest_msr {
	__u64 value;
	__u32 msr;
	__u32 write;
	__u32 vector;
	__u32 reserved;
};

/**
 * struct uvtest_pages - physically contiguous pages, zeroed; once per open file
 * @order: in: 2^order pages, at most 10
 * @phys: out: their guest-physical address
 * @virt: out: the kernel's own virtual address of them
 *
 * mmap() at offset 0 maps them. Closing the file makes the VMM forget its log
 * buffer first, as it might be these pages.
 */
struct uvtest_pages {
	__u64 phys;
	__u64 virt;
	__u32 order;
	__u32 reserved;
};

/**
 * struct uvtest_log - one line into the VMM's log, by "log_write"
 * @text: the line
 * @len: in: its length, at most sizeof(@text)
 * @number: in: the function's number
 * @result: out: rax
 * @ticks: out: of the TSC that the call took, interrupts off
 */
struct uvtest_log {
	__u64 number;
	__u64 result;
	__u64 ticks;
	__u32 len;
	__u32 reserved;
	char text[400];
};

/**
 * struct uvtest_switch - uv_switch_call(), the driver's, interrupts off
 * @address: of it, or of uv_vmx_switch_call(), from /proc/kallsyms
 * @number: of the VM call
 * @result: out: what it returned
 */
struct uvtest_switch {
	__u64 address;
	__u64 number;
	__s64 result;
};

#define UVTEST_IOC_RUN		_IOWR('u', 1, struct uvtest_regs)
#define UVTEST_IOC_EVERYWHERE	_IOWR('u', 2, struct uvtest_everywhere)
#define UVTEST_IOC_ACCESS	_IOWR('u', 3, struct uvtest_access)
#define UVTEST_IOC_MSR		_IOWR('u', 4, struct uvtest_msr)
#define UVTEST_IOC_PAGES	_IOWR('u', 5, struct uvtest_pages)
#define UVTEST_IOC_LOG		_IOWR('u', 6, struct uvtest_log)
/* LTR on the CPU that the caller runs on, from Linux's selector with this RPL */
#define UVTEST_IOC_TR		_IOW('u', 7, __u32)
#define UVTEST_IOC_SWITCH	_IOWR('u', 8, struct uvtest_switch)

#endif /* __ASSEMBLY__ */
#endif /* UVTEST_H */
