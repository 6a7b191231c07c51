/* SPDX-License-Identifier: GPL-2.0-only */
/* A CPU's state as the guest has it, whatever the vendor: for who looks at it. */
#ifndef CORE_GUEST_STATE_H
#define CORE_GUEST_STATE_H

#include "core/types.h"

/* General registers of the guest, in the order in which the exit stub pushes them */
struct guest_regs {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rdi, rsi, rbp, rbx, rdx, rcx, rax;
};

enum guest_segment {
	SEGMENT_ES, SEGMENT_CS, SEGMENT_SS, SEGMENT_DS, SEGMENT_FS, SEGMENT_GS,
	SEGMENT_LDTR, SEGMENT_TR, SEGMENT_GDTR, SEGMENT_IDTR,
	NR_SEGMENTS
};

#define SEGMENT_UNUSABLE	BIT(16)

/**
 * struct segment_state - a segment register, or GDTR or IDTR
 * @selector: 0 for the tables
 * @access: bits 23:8 of the descriptor's upper half without the limit's, as LAR gives
 *	them shifted down by 8, and SEGMENT_UNUSABLE; 0 for the tables
 * @limit: bytes less 1
 * @base: linear address
 */
struct segment_state {
	u16 selector;
	u32 access;
	u32 limit;
	u64 base;
};

/* What holds events back: Intel SDM vol. 3 section 24.4.2, AMD APM vol. 2 section 15.21.5 */
#define BLOCKED_BY_STI		BIT(0)
#define BLOCKED_BY_MOV_SS	BIT(1)
#define BLOCKED_BY_SMI		BIT(2)
#define BLOCKED_BY_NMI		BIT(3)
#define BLOCKED_BY_SHADOW	BIT(4)	/* SVM: STI's or MOV SS's, it doesn't tell */

enum guest_activity {
	GUEST_ACTIVE,
	GUEST_HALTED,
	GUEST_SHUT_DOWN,
	GUEST_WAITS_FOR_SIPI,
};

/**
 * struct guest_state - all but the general registers
 * @cr4: without CR4.VMXE, as the guest reads it; @efer without SVME
 * @blocked: BLOCKED_BY_*
 * @activity: enum guest_activity
 * @event: what the next VM entry injects, EVENT_*
 * @event_error: its error code
 * @interrupted: the event whose delivery the last exit interrupted
 * @exit: index of the last exit's counter (backend_exit_name())
 * @exit_info: exit qualification, or EXITINFO1
 * @segment: by enum guest_segment
 */
struct guest_state {
	u64 rip, rsp, rflags;
	u64 cr0, cr2, cr3, cr4, cr8;
	u64 dr[4], dr6, dr7;
	u64 efer, pat, debugctl;
	u64 star, lstar, cstar, sfmask, kernel_gs_base;
	u64 sysenter_cs, sysenter_esp, sysenter_eip;
	u32 pkru;
	u32 cpl;
	u32 blocked;
	u32 activity;
	u32 event;
	u32 event_error;
	u32 interrupted;
	u32 exit;
	u64 exit_info;
	struct segment_state segment[NR_SEGMENTS];
};

/**
 * struct cpu_note - a CPU's state at the last call that noted it
 * @sequence: odd while it is written
 * @ticks: log_clock() then, 0 if there was no such call
 * @regs: general registers as they came in
 * @state: all else
 */
struct cpu_note {
	u32 sequence;
	u64 ticks;
	struct guest_regs regs;
	struct guest_state state;
};

#endif /* CORE_GUEST_STATE_H */
