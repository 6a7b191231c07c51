// SPDX-License-Identifier: GPL-2.0-only
/*
 * What only Intel CPUs need of the driver: why one can't be taken, the bridge over
 * which it goes in, and what its descriptor tables say of Linux's segments.
 */
#include "driver/driver.h"

#include <asm/cpufeature.h>
#include <asm/desc.h>
#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/trapnr.h>

#include "core/bridge.h"

/* Intel SDM vol. 3 section 23.7 and appendix A; names are the manual's */
#define IA32_FEATURE_CONTROL	0x3a
#define FEATURE_CONTROL_LOCK	BIT(0)
#define FEATURE_CONTROL_VMX	BIT(2)	/* outside SMX */
#define IA32_RTIT_CTL		0x570
#define RTIT_CTL_TRACE_EN	BIT(0)
#define IA32_VMX_BASIC		0x480
#define BASIC_TRUE_CTLS		BIT_ULL(55)
#define IA32_VMX_CR0_FIXED0	0x486
#define IA32_VMX_CR0_FIXED1	0x487
#define IA32_VMX_CR4_FIXED0	0x488
#define IA32_VMX_CR4_FIXED1	0x489
#define IA32_VMX_PROCBASED_CTLS2 0x48b
#define IA32_VMX_EPT_VPID_CAP	0x48c
#define IA32_VMX_TRUE_PROCBASED_CTLS 0x48e
#define PROC_SECONDARY		BIT_ULL(31)	/* secondary controls exist */
#define PROC2_EPT		BIT_ULL(1)
#define PROC2_VPID		BIT_ULL(5)
#define PROC2_UNRESTRICTED	BIT_ULL(7)
#define EPT_NEEDED		(BIT_ULL(6) | BIT_ULL(14) | BIT_ULL(16) | \
				 BIT_ULL(17) | BIT_ULL(20) | BIT_ULL(26))
#define VPID_NEEDED		(BIT_ULL(32) | BIT_ULL(42))
#define CR4_VMXE		BIT_ULL(13)
#define CR4_FRED		BIT_ULL(32)

/* What a capability MSR must be like on all CPUs */
static const u32 capability[] = {
	IA32_VMX_BASIC, 0x48d, 0x48e, 0x48f, 0x490, 0x485, 0x486, 0x487,
	0x488, 0x489, IA32_VMX_PROCBASED_CTLS2, IA32_VMX_EPT_VPID_CAP,
};

static const char locked_off[] = "VT-x is locked off by the firmware (IA32_FEATURE_CONTROL)";

static const char in_use[] =
	"VT-x is in use: end kvm_intel's guests; unload it, or set kvm.enable_virt_at_load=0";

static u64 reference[ARRAY_SIZE(capability)];
static u32 reference_cpuid[5];

static u64 read_msr(u32 msr)
{
	u64 value;

	return uv_rdmsr_safe(msr, &value) ? 0 : value;
}

static int refuse(int err, const char *reason)
{
	pr_err("refused: %s\n", reason);
	return err;
}

/* Allowed 1-settings are the upper half (appendix A.3) */
static bool allows(u32 msr, u64 control)
{
	return (read_msr(msr) >> 32 & control) == control;
}

/**
 * uv_vmx_refuse_machine() - check what is the same for all Intel CPUs
 * Return: 0 or -ENODEV; the reason is in dmesg.
 */
int uv_vmx_refuse_machine(void)
{
	u64 feature;

	/* Not Linux's own flag: it is cleared when the firmware locked VMX off */
	if (!(cpuid_ecx(1) & BIT(5)))
		return refuse(-ENODEV, "the CPU has no VT-x");
	feature = read_msr(IA32_FEATURE_CONTROL);
	if (feature & FEATURE_CONTROL_LOCK && !(feature & FEATURE_CONTROL_VMX))
		return refuse(-EOPNOTSUPP, locked_off);
	if (UV_HAS_TDX)
		return refuse(-EOPNOTSUPP, "TDX is enabled, as host or as guest");
	if (!(read_msr(IA32_VMX_BASIC) & BASIC_TRUE_CTLS))
		return refuse(-ENODEV, "the CPU has no TRUE control MSRs");
	if (!allows(IA32_VMX_TRUE_PROCBASED_CTLS, PROC_SECONDARY) ||
	    !allows(IA32_VMX_PROCBASED_CTLS2, PROC2_EPT))
		return refuse(-ENODEV, "the CPU has no extended page tables (EPT)");
	if (!allows(IA32_VMX_PROCBASED_CTLS2, PROC2_UNRESTRICTED))
		return refuse(-ENODEV, "the CPU has no unrestricted guest");
	if (!allows(IA32_VMX_PROCBASED_CTLS2, PROC2_VPID))
		return refuse(-ENODEV, "the CPU has no VPID");
	if (~read_msr(IA32_VMX_EPT_VPID_CAP) & (EPT_NEEDED | VPID_NEEDED))
		return refuse(-ENODEV, "the EPT lacks WB tables, 1G pages, INVEPT or INVVPID");
	return 0;
}

static void read_reference(u32 cpuid_word[5])
{
	cpuid_word[0] = cpuid_eax(1);
	cpuid_word[1] = cpuid_ecx(1) & ~BIT(27);	/* OSXSAVE follows CR4 */
	cpuid_word[2] = cpuid_edx(1);
	cpuid_word[3] = cpuid_ebx(7);
	cpuid_word[4] = cpuid_eax(0x80000008);
}

/* Remember this CPU's capabilities as those all others are to have */
void uv_vmx_refuse_reference(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(capability); i++)
		reference[i] = read_msr(capability[i]);
	read_reference(reference_cpuid);
}

static bool cpu_differs(void)
{
	u32 cpuid_word[5];
	int i;

	for (i = 0; i < ARRAY_SIZE(capability); i++)
		if (read_msr(capability[i]) != reference[i])
			return true;
	read_reference(cpuid_word);
	return memcmp(cpuid_word, reference_cpuid, sizeof(cpuid_word));
}

/* CR0 and CR4 as a guest may have them; VMXE is ours to set (section 23.8) */
static bool fixed_bits_broken(void)
{
	u64 cr0 = read_cr0();
	u64 cr4 = __read_cr4();

	return ~cr0 & read_msr(IA32_VMX_CR0_FIXED0) ||
	       cr0 & ~read_msr(IA32_VMX_CR0_FIXED1) ||
	       ~(cr4 | CR4_VMXE) & read_msr(IA32_VMX_CR4_FIXED0) ||
	       cr4 & ~read_msr(IA32_VMX_CR4_FIXED1);
}

static const char *cpu_reason(int *err)
{
	u64 feature = read_msr(IA32_FEATURE_CONTROL);

	*err = -EOPNOTSUPP;
	if (feature & FEATURE_CONTROL_LOCK && !(feature & FEATURE_CONTROL_VMX))
		return locked_off;
	if (__read_cr4() & CR4_FRED)
		return "Linux uses FRED for its events; boot with fred=off";
	if (read_msr(IA32_RTIT_CTL) & RTIT_CTL_TRACE_EN)
		return "Intel PT is tracing (IA32_RTIT_CTL.TraceEn)";
	*err = -EBUSY;
	if (__read_cr4() & CR4_VMXE)
		return in_use;
	*err = -ENXIO;
	if (cpu_differs())
		return "its capabilities differ from those of the first CPU";
	*err = -EOPNOTSUPP;
	if (fixed_bits_broken())
		return "CR0 or CR4 has bits that VT-x does not allow (CR0_FIXED0...)";
	*err = 0;
	return NULL;
}

/**
 * uv_vmx_refuse_cpu() - check what may differ from CPU to CPU
 * @cpu: this CPU's number
 *
 * A lock that firmware left open is closed with VT-x on, as KVM did before Linux
 * took that over at boot: VMXON asks for the lock (section 23.7).
 *
 * Context: on that CPU, interrupts off.
 * Return: 0 or a negative errno, the reason is in dmesg.
 */
int uv_vmx_refuse_cpu(unsigned int cpu)
{
	int err;
	const char *reason = cpu_reason(&err);
	u64 feature = read_msr(IA32_FEATURE_CONTROL);

	if (reason) {
		pr_err("cpu%u: refused: %s\n", cpu, reason);
		return err;
	}
	if (!(feature & FEATURE_CONTROL_LOCK))
		uv_wrmsr_safe(IA32_FEATURE_CONTROL, feature |
			      FEATURE_CONTROL_LOCK | FEATURE_CONTROL_VMX);
	return 0;
}

/* Pseudo-descriptors lie at +6, so that their base is aligned */
static void set_pseudo(u8 *where, u16 limit, const void *base)
{
	u64 address = (u64)base;

	memcpy(where + 6, &limit, sizeof(limit));
	memcpy(where + 8, &address, sizeof(address));
}

static void set_gate(struct uv_bridge *bridge, unsigned int vector,
		     const char *entry)
{
	u64 address = (u64)entry;

	bridge->idt[2 * vector] = (address & 0xffff) |
				  (u64)__KERNEL_CS << 16 | 0x8eULL << 40 |
				  (address >> 16 & 0xffff) << 48;
	bridge->idt[2 * vector + 1] = address >> 32;
}

/**
 * uv_vmx_make_bridge() - fill a CPU's bridge page
 * @bridge: the page, zeroed
 *
 * Its selectors are Linux's, so that CS and SS are good before and behind LGDT.
 */
void uv_vmx_make_bridge(struct uv_bridge *bridge)
{
	BUILD_BUG_ON(GDT_SIZE > UV_BRIDGE_COPY_SIZE);
	bridge->gdt[__KERNEL_CS / 8] = 0x00af9b000000ffffULL;
	bridge->gdt[__KERNEL_DS / 8] = 0x00cf93000000ffffULL;
	set_pseudo(bridge->gdtr, sizeof(bridge->gdt) - 1, bridge->gdt);
	set_pseudo(bridge->idtr, sizeof(bridge->idt) - 1, bridge->idt);
	set_pseudo(bridge->copy_gdtr, sizeof(bridge->copy) - 1, bridge->copy);
	set_gate(bridge, X86_TRAP_NMI, uv_vmx_bridge_nmi);
	set_gate(bridge, X86_TRAP_MC, uv_vmx_bridge_mce);
}

/* A system descriptor of Linux's GDT: 16 bytes */
static void read_system(u16 selector, u64 *base, u32 *limit, u16 *ar)
{
	const u64 *gdt = (const u64 *)get_current_gdt_ro();
	u64 low, high;

	*base = 0;
	*limit = 0;
	*ar = 0;
	if (!(selector & ~7))
		return;
	low = READ_ONCE(gdt[selector / 8]);
	high = READ_ONCE(gdt[selector / 8 + 1]);
	*base = (low >> 16 & 0xffffff) | (low >> 56 << 24) | high << 32;
	*limit = (low & 0xffff) | (low >> 32 & 0xf0000);
	if (low & BIT_ULL(55))
		*limit = *limit << 12 | 0xfff;
	*ar = low >> 40;
}

/*
 * Performance counters rest in root mode. One that is armed for PEBS would write its
 * record to Linux's address of a buffer, through page tables that don't map it
 * (SDM vol. 3 section 17.4.9: the DS area), and that ends in a fault of the VMM.
 */
static void save_perf(struct uv_switch_frame *frame)
{
	u64 value;

	frame->perf_saved = 0;
	if (!boot_cpu_has(X86_FEATURE_DS) || (cpuid_eax(0xa) & 0xff) < 2 ||
	    uv_rdmsr_safe(MSR_CORE_PERF_GLOBAL_CTRL, &frame->perf_global))
		return;
	/* An emulator may show the counters in CPUID and swallow all writes */
	if (!frame->perf_global &&
	    (uv_wrmsr_safe(MSR_CORE_PERF_GLOBAL_CTRL, 1) ||
	     uv_rdmsr_safe(MSR_CORE_PERF_GLOBAL_CTRL, &value) || !value))
		return;
	frame->perf_saved = !uv_wrmsr_safe(MSR_CORE_PERF_GLOBAL_CTRL, 0);
}

/**
 * uv_vmx_restore() - what a CPU that did not get in is to have back
 * @frame: this CPU's frame
 */
void uv_vmx_restore(const struct uv_switch_frame *frame)
{
	if (frame->perf_saved)
		uv_wrmsr_safe(MSR_CORE_PERF_GLOBAL_CTRL, frame->perf_global);
}

/**
 * uv_vmx_capture() - what the VMM can't read of Linux's segments
 * @frame: this CPU's frame
 *
 * Context: on that CPU, interrupts off.
 */
void uv_vmx_capture(struct uv_switch_frame *frame)
{
	u16 fs, gs, ldtr, tr;

	asm("movw %%fs, %0" : "=r" (fs));
	asm("movw %%gs, %0" : "=r" (gs));
	asm("sldt %0" : "=r" (ldtr));
	asm("str %0" : "=r" (tr));
	frame->fs_ar = uv_access_rights(fs);
	frame->gs_ar = uv_access_rights(gs);
	read_system(tr, &frame->tr_base, &frame->tr_limit, &frame->tr_ar);
	read_system(ldtr, &frame->ldtr_base, &frame->ldtr_limit,
		    &frame->ldtr_ar);
	save_perf(frame);
}
