/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine made of arrays: four CPUs of which number 2 doesn't exist, RAM, address
 * translation by a list of pages, a backend that keeps what it was asked.
 */
#ifndef MOCK_H
#define MOCK_H

#include "core/backend.h"

#define MOCK_CPUS	4
#define MOCK_ABSENT_CPU	2

#define MOCK_PAGES	64
#define MOCK_RAM_SIZE	(MOCK_PAGES * UV_PAGE_SIZE)
#define MOCK_RAM_START	0x10000000ULL	/* guest-physical */
#define MOCK_VMM_PAGE	60		/* pages from here on are the VMM's */
#define MOCK_RAM_END	(MOCK_RAM_START + MOCK_VMM_PAGE * UV_PAGE_SIZE)

#define MOCK_LOG_SIZE	(32 * 1024)	/* the log's ring */

enum mock_map_flags {
	MOCK_USER = 1,
	MOCK_WRITABLE = 2,
};

extern u8 mock_ram[MOCK_RAM_SIZE];
extern struct cpu mock_cpu[UV_MAX_CPUS];
extern struct guest_state mock_state;	/* the same on all CPUs but for TR */
extern struct guest_mmu mock_mmu;	/* the guest's paging state, on all CPUs */
extern u64 mock_clock;
extern u64 mock_clock_step;		/* added at each log_clock() */
extern bool mock_outer_answers;
extern unsigned int mock_outer_calls;
extern struct guest_regs mock_outer_regs;	/* with which the last of them was made */

/* The VMM's memory, for vmm_memory_touches() */
extern u64 mock_vmm_start;
extern u64 mock_vmm_end;		/* exclusive */

extern u64 mock_cr3[MOCK_CPUS];

/* What another CPU does just before this one's CR3 is asked for */
extern void (*mock_before_cr3)(void);
extern u8 mock_cpl;	/* the guest's level, on all CPUs */
extern u64 mock_rip;

/* What another CPU does just after a walk for a write */
extern void (*mock_after_walk)(void);

/* Back to the start: no page mapped, RAM zeroed, all CPUs in and idle */
void mock_reset(void);

/* After mock_reset(): a machine with as many CPUs as there can be, all of them in */
void mock_all_cpus(void);

/* Makes the calling thread run on that CPU */
void mock_set_cpu(u32 number);

/* Maps the page at virtual address @va to page @page of the RAM */
void mock_map(u64 va, u32 page, unsigned int flags);

/* All pages are gone */
void mock_unmap_all(void);

/* A VM call: dispatches it on CPU 0 */
void mock_call(struct guest_regs *regs, u8 cpl, bool is64);

/* Number of a function by vmmcall_get_info(); fails the program if there is none */
u32 mock_number(const char *name);

#endif /* MOCK_H */
