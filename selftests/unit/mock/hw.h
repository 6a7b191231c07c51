/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU's own instructions, made of arrays: included behind the headers that define
 * them, and before the file of a backend that is tested. VMCS fields are an array by
 * encoding; an MSR that nobody set doesn't exist.
 */
#ifndef HW_H
#define HW_H

#include "core/cpu.h"

#include <setjmp.h>

#define HW_NR_FIELDS	0x7000
#define HW_POOL_PAGES	512
#define HW_POOL_PHYS	0x7700000000ULL

/**
 * struct hw - the CPU, and what the backend asked of its surroundings
 * @vmcs: fields by encoding
 * @cr2: what was written
 * @dr6: what was written
 * @cr3: root mode's
 * @breakpoints_cleared: how often DR0 to DR3 were set to 0
 * @cr4: root mode's
 * @invept: how often
 * @invvpid: how often
 * @logged: lines in the log
 * @log: the last of them, as its format
 * @end: where vmm_panic(), vmm_reset() and vmm_guest_shutdown() go
 */
struct hw {
	u64 vmcs[HW_NR_FIELDS];
	u64 cr2;
	u64 dr6;
	u64 cr3;
	unsigned int breakpoints_cleared;
	u64 cr4;
	unsigned int invept;
	unsigned int invvpid;
	unsigned int logged;
	const char *log;
	jmp_buf end;
};

extern struct hw hw;

enum hw_end { HW_PANIC = 1, HW_RESET, HW_SHUTDOWN };

/* A CPU in its slot: struct cpu at the start, the backend's stack at the end */
extern u8 hw_slot[UV_CPU_SLOT];

static inline struct cpu *hw_cpu(void)
{
	return (struct cpu *)(void *)hw_slot;
}

/* All zero, no MSR, the pool full */
void hw_reset(void);

/* From now on the MSR exists and takes any value below 2^@bits */
void hw_set_msr(u32 msr, u64 value, u32 bits);

/* What CPUID says of a leaf; 0 of all others */
void hw_set_cpuid(u32 leaf, u32 subleaf, u32 a, u32 b, u32 c, u32 d);

/* Pages that the pool gives before it is empty */
void hw_limit_pool(u32 pages);

u64 hw_vmread(u32 field);
void hw_vmwrite(u32 field, u64 value);
bool hw_rdmsr_safe(u32 msr, u64 *value);
bool hw_wrmsr_safe(u32 msr, u64 value);
u64 hw_rdmsr(u32 msr);
void hw_wrmsr(u32 msr, u64 value);
void hw_cpuid(u32 leaf, u32 subleaf, u32 out[4]);

#define vmread(field)		hw_vmread(field)
#define vmwrite(field, value)	hw_vmwrite(field, value)
#define rdmsr(msr)		hw_rdmsr(msr)
#define wrmsr(msr, value)	hw_wrmsr(msr, value)
#define rdmsr_safe(msr, value)	hw_rdmsr_safe(msr, value)
#define wrmsr_safe(msr, value)	hw_wrmsr_safe(msr, value)
#define cpuid(leaf, sub, out)	hw_cpuid(leaf, sub, out)
#define invept_all()		((void)hw.invept++)
#define invvpid_all()		((void)hw.invvpid++)
#define write_cr2(value)	((void)(hw.cr2 = (value)))
#define clear_breakpoints()	((void)hw.breakpoints_cleared++)
#define write_dr6(value)	((void)(hw.dr6 = (value)))
#define read_cr3()		(hw.cr3)
#define read_cr4()		(hw.cr4)
#define rdpkru()		0x55u

#endif /* HW_H */
