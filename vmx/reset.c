// SPDX-License-Identifier: GPL-2.0-only
/*
 * INIT and start-up IPIs. A Linux that starts this CPU anew, as a crash kernel does: the
 * CPU waits for its SIPI as a guest and starts in real mode as one. A machine that is
 * reset by INIT, as some are by the keyboard controller: the boot CPU goes on in the
 * firmware, as a guest too.
 */
#include "vmx/vmx.h"
#include "core/fault.h"
#include "core/log.h"
#include "core/reset.h"
#include "core/x86.h"

#define APIC_BASE_BSP		BIT_ULL(8)
#define CR0_AFTER_INIT		0x60000010ULL	/* SDM vol. 3 table 9-1 */
#define DR7_AFTER_INIT		0x400ULL
#define CR0_KEPT		(CR0_CD | CR0_NW)
#define AR_CODE_REAL		0x9b
#define AR_DATA_REAL		0x93
#define AR_LDT			0x82
#define AR_TSS_BUSY		0x8b
#define RIP_AFTER_INIT		0xfff0
#define CS_AFTER_INIT		0xf000
#define CS_BASE_AFTER_INIT	0xffff0000ULL

#define RESET_SEGMENT(NAME, ar) do {					\
	vmwrite(GUEST_##NAME##_SELECTOR, 0);				\
	vmwrite(GUEST_##NAME##_BASE, 0);				\
	vmwrite(GUEST_##NAME##_LIMIT, 0xffff);				\
	vmwrite(GUEST_##NAME##_AR, ar);					\
} while (0)

static void reset_segments(void)
{
	RESET_SEGMENT(CS, AR_CODE_REAL);
	vmwrite(GUEST_CS_SELECTOR, CS_AFTER_INIT);
	vmwrite(GUEST_CS_BASE, CS_BASE_AFTER_INIT);
	RESET_SEGMENT(SS, AR_DATA_REAL);
	RESET_SEGMENT(DS, AR_DATA_REAL);
	RESET_SEGMENT(ES, AR_DATA_REAL);
	RESET_SEGMENT(FS, AR_DATA_REAL);
	RESET_SEGMENT(GS, AR_DATA_REAL);
	RESET_SEGMENT(LDTR, AR_LDT);
	RESET_SEGMENT(TR, AR_TSS_BUSY);
	vmwrite(GUEST_GDTR_BASE, 0);
	vmwrite(GUEST_GDTR_LIMIT, 0xffff);
	vmwrite(GUEST_IDTR_BASE, 0);
	vmwrite(GUEST_IDTR_LIMIT, 0xffff);
}

static void reset_control_registers(void)
{
	u64 cr0 = CR0_AFTER_INIT & ~CR0_KEPT;

	/* CD and NW stay what they were; NE has to be set under VMX */
	cr0 |= vmread(GUEST_CR0) & CR0_KEPT;
	vmwrite(CR0_READ_SHADOW, cr0);
	vmwrite(GUEST_CR0, cr0 | (vmx_machine.caps.cr0_fixed0 & ~(CR0_PE | CR0_PG)));
	vmwrite(CR4_READ_SHADOW, 0);
	vmwrite(GUEST_CR4, vmx_machine.caps.cr4_fixed0);
	vmwrite(GUEST_CR3, 0);
	vmwrite(GUEST_EFER, 0);
	vmwrite(ENTRY_CONTROLS, vmread(ENTRY_CONTROLS) & ~(u64)ENTRY_IA32E);
	write_cr2(0);
}

/*
 * Where a CPU goes on behind INIT: the boot CPU at the reset vector at once, any other
 * one by a SIPI (section 8.4.2). Which one it is the guest may have changed.
 */
static u64 activity_after_init(void)
{
	if (rdmsr(MSR_IA32_APIC_BASE) & APIC_BASE_BSP) {
		vmm_log_guest(LOG_INFO, "guest's INIT to the boot CPU: starts at %#llx",
			      CS_BASE_AFTER_INIT + RIP_AFTER_INIT);
		return ACTIVITY_ACTIVE;
	}
	/* A CPU that could not wait for a SIPI: the machine starts anew, then */
	if (!(vmx_machine.caps.misc & VMX_MISC_WAIT_FOR_SIPI)) {
		vmm_log(LOG_ERROR, "guest's INIT: reset");
		vmm_reset();
	}
	vmm_log_guest(LOG_INFO, "guest's INIT: waits for a SIPI");
	return ACTIVITY_WAIT_FOR_SIPI;
}

void init_exit(struct guest_regs *regs)
{
	u64 activity = activity_after_init();
	u32 signature[4];

	cpuid(1, 0, signature);
	*regs = (struct guest_regs) { .rdx = signature[0] };
	vmx_stack(this_cpu())->cr2 = 0;
	reset_segments();
	reset_control_registers();
	vmwrite(GUEST_DR7, DR7_AFTER_INIT);
	clear_breakpoints();
	write_dr6(0xffff0ff0);
	vmwrite(GUEST_DEBUGCTL, 0);
	vmwrite(GUEST_RFLAGS, RFLAGS_FIXED);
	vmwrite(GUEST_RIP, RIP_AFTER_INIT);
	vmwrite(GUEST_RSP, 0);
	vmwrite(GUEST_SYSENTER_CS, 0);
	vmwrite(GUEST_SYSENTER_ESP, 0);
	vmwrite(GUEST_SYSENTER_EIP, 0);
	vmwrite(GUEST_PENDING_DBG, 0);
	vmwrite(GUEST_INTERRUPTIBILITY, 0);
	vmwrite(ENTRY_INTERRUPTION_INFO, 0);
	vmwrite(GUEST_ACTIVITY, activity);
	/* What the guest has not got yet is not for the code that starts anew */
	vmx_cpu(this_cpu())->nmis = 0;
	vmx_cpu(this_cpu())->mces = 0;
	deliver_events(this_cpu());
	invvpid_all();
}

/* The exit qualification is the vector: the page where the CPU starts */
void sipi_exit(void)
{
	u64 vector = vmread(EXIT_QUALIFICATION) & 0xff;

	vmm_log_guest(LOG_INFO, "guest's SIPI: starts at %#llx", vector << 12);
	vmwrite(GUEST_CS_SELECTOR, vector << 8);
	vmwrite(GUEST_CS_BASE, vector << 12);
	vmwrite(GUEST_RIP, 0);
	vmwrite(GUEST_ACTIVITY, ACTIVITY_ACTIVE);
}
