// SPDX-License-Identifier: GPL-2.0-only
/* Events for the guest, and moving it over an instruction that was carried out. */
#include "vmx/vmx.h"
#include "vmx/rip.h"
#include "core/log.h"
#include "core/x86.h"

void inject_exception(u32 vector, bool has_error, u32 error)
{
	u32 info = vector | EVENT_TYPE_EXCEPTION | EVENT_VALID;

	if (has_error) {
		info |= EVENT_ERROR_VALID;
		vmwrite(ENTRY_ERROR_CODE, error);
	}
	vmwrite(ENTRY_INTERRUPTION_INFO, info);
}

/*
 * A breakpoint that was passed by RF is one for the next instruction again, and a single
 * step is reported behind this one, as a debug exception that the VM entry finds pending
 * (SDM vol. 3 sections 17.3.1.1, 24.4.2, 26.7.3). With BTF set only branches are steps.
 */
void end_instruction(u64 rflags)
{
	vmwrite(GUEST_RFLAGS, rflags & ~RFLAGS_RF);
	if (rflags & RFLAGS_TF && !(vmread(GUEST_DEBUGCTL) & DEBUGCTL_BTF))
		vmwrite(GUEST_PENDING_DBG,
			vmread(GUEST_PENDING_DBG) | PENDING_DBG_BS);
}

/* The instruction is done: STI's or MOV SS's shadow ends with it */
void advance_rip(void)
{
	advance_rip_inline();
}

/* What the exit interrupted the delivery of is delivered by the next VM entry */
void reinject(void)
{
	u32 info = (u32)vmread(IDT_VECTORING_INFO);
	u32 type = info & EVENT_TYPE_MASK;

	if (!(info & EVENT_VALID))
		return;
	if (type == EVENT_TYPE_SOFT_INTERRUPT || type == EVENT_TYPE_PRIVILEGED ||
	    type == EVENT_TYPE_SOFT_EXCEPTION)
		vmwrite(ENTRY_INSTRUCTION_LENGTH,
			vmread(EXIT_INSTRUCTION_LENGTH));
	if (info & EVENT_ERROR_VALID)
		vmwrite(ENTRY_ERROR_CODE, vmread(IDT_VECTORING_ERROR));
	/* Its delivery blocked NMIs, and is to do so once more */
	if (type == EVENT_TYPE_NMI)
		vmwrite(GUEST_INTERRUPTIBILITY,
			vmread(GUEST_INTERRUPTIBILITY) & ~(u64)BLOCKING_NMI);
	/* Bit 12 is undefined in one field and reserved in the other */
	vmwrite(ENTRY_INTERRUPTION_INFO, info & ~(u32)EVENT_NMI_UNBLOCKING);
}

/*
 * Ask for a VM exit as soon as the guest can take an NMI. That control wants virtual
 * NMIs, and those want NMIs to exit (section 26.2.1.1): so for this short time,
 * and only then, NMIs make VM exits.
 */
static void set_window(struct vmx_cpu *vmx, bool on)
{
	u32 pin = vmx_machine.pin;
	u32 proc = vmx_machine.proc;

	if (likely(vmx->window == on))
		return;
	vmx->window = on;
	if (on) {
		pin |= PIN_NMI | PIN_VIRTUAL_NMIS;
		proc |= PROC_NMI_WINDOW;
	}
	vmwrite(PIN_CONTROLS, pin);
	vmwrite(PROC_CONTROLS, proc);
}

/* A CPU that leaves gets the rest from the switch page, on bare metal */
void leave_to_bridge(struct cpu *cpu)
{
	struct vmx_cpu *vmx = vmx_cpu(cpu);
	struct uv_bridge *bridge = vmx_bridge(cpu);

	__atomic_fetch_add(&bridge->nmis, vmx->nmis, __ATOMIC_RELAXED);
	__atomic_fetch_add(&bridge->mces, vmx->mces, __ATOMIC_RELAXED);
	vmx->nmis = 0;
	vmx->mces = 0;
}

/**
 * deliver_events() - give the guest what came in root mode, each exactly once
 * @cpu: this CPU
 *
 * The next VM entry can inject one event. What has to wait, for another one that is
 * injected, for STI's or MOV SS's shadow or for the end of an NMI handler (section
 * 26.3.1.5), waits for an NMI window.
 */
void deliver_events(struct cpu *cpu)
{
	struct vmx_cpu *vmx = vmx_cpu(cpu);
	bool busy = vmread(ENTRY_INTERRUPTION_INFO) & EVENT_VALID;
	u32 blocked = (u32)vmread(GUEST_INTERRUPTIBILITY) &
		      (BLOCKING_STI | BLOCKING_MOV_SS | BLOCKING_NMI);

	/* A CPU that waits for a SIPI takes nothing else (section 26.3.1.5) */
	if (vmread(GUEST_ACTIVITY) == ACTIVITY_WAIT_FOR_SIPI) {
		vmx->nmis = 0;
		vmx->mces = 0;
	}
	if (vmx->mces && !busy) {
		vmx->mces--;
		vmm_log_guest(LOG_WARNING, "machine check in root mode: the guest's");
		inject_exception(VECTOR_MC, false, 0);
		busy = true;
	}
	if (vmx->nmis && !busy && !blocked) {
		vmx->nmis--;
		vmwrite(ENTRY_INTERRUPTION_INFO,
			VECTOR_NMI | EVENT_TYPE_NMI | EVENT_VALID);
	}
	if (vmx->leaving)
		leave_to_bridge(cpu);
	set_window(vmx, vmx->nmis || vmx->mces);
}

/**
 * vmx_events() - NMIs or machine checks came since the last exit; by exit_stub.S
 * @stack: where their handlers count them
 */
void vmx_events(struct vmx_stack *stack)
{
	struct cpu *cpu = this_cpu();
	struct vmx_cpu *vmx = vmx_cpu(cpu);

	vmx->nmis += __atomic_exchange_n(&stack->nmis, 0, __ATOMIC_RELAXED);
	vmx->mces += __atomic_exchange_n(&stack->mces, 0, __ATOMIC_RELAXED);
	deliver_events(cpu);
}
