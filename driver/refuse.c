// SPDX-License-Identifier: GPL-2.0-only
/* Machines and CPUs that the VMM can't run on, each with its errno and its line. */
#include "driver/driver.h"

#include <linux/cc_platform.h>
#include <asm/cpufeature.h>
#include <asm/hypervisor.h>
#include <asm/msr.h>
#include <asm/processor.h>

#define VM_CR_SVMDIS		BIT(4)
#define SVM_CPUID_LEAF		0x8000000a
#define SVM_FEATURE_NP		BIT(0)

static int refuse(int err, const char *reason)
{
	pr_err("refused: %s\n", reason);
	return err;
}

static int refuse_svm_machine(void)
{
	if (!(cpuid_ecx(0x80000001) & BIT(2)))
		return refuse(-ENODEV, "the CPU has no SVM");
	if (!(cpuid_edx(SVM_CPUID_LEAF) & SVM_FEATURE_NP))
		return refuse(-ENODEV, "the CPU has no nested paging (NPT)");
	/*
	 * #UD in a guest that isn't allowed it; in one that is, it reaches the guest's ASID
	 * alone, and so no CPU that is still, or again, on bare metal.
	 */
	if (UV_HAS_INVLPGB)
		return refuse(-EOPNOTSUPP,
			      "Linux flushes TLBs by INVLPGB; boot with clearcpuid=419");
	return 0;
}

/* struct outer - a hypervisor that Linux makes VM calls to, and why they can't be passed on */
struct outer {
	enum x86_hypervisor_type type;
	const char *name;
	const char *reason;
};

/*
 * Linux calls the hypervisor that it found when it booted. KVM's calls have their number
 * in EAX, where ours have it, and it is known what they carry: hypercall/outer.c. Of all
 * others the VMM would take some for its own, and its 0 means success to most of them.
 */
static int refuse_outer(void)
{
	static const struct outer others[] = {
		{ X86_HYPER_MS_HYPERV, "Hyper-V", "their number is in RCX, not in EAX" },
		{ X86_HYPER_VMWARE, "VMware", "their number is in ECX, not in EAX" },
		{ X86_HYPER_ACRN, "ACRN", "their number is in R8, not in EAX" },
		{ X86_HYPER_XEN_HVM, "Xen", "their pointers are Linux's virtual addresses" },
		{ X86_HYPER_JAILHOUSE, "Jailhouse", "number 0 is one of them, and ours" },
	};
	const struct outer unknown = { .name = "a hypervisor", .reason = "they aren't known" };
	const struct outer *outer = others;

	if (hypervisor_is_type(X86_HYPER_NATIVE) || hypervisor_is_type(X86_HYPER_KVM))
		return 0;
	while (outer < others + ARRAY_SIZE(others) && !hypervisor_is_type(outer->type))
		outer++;
	if (outer == others + ARRAY_SIZE(others))
		outer = &unknown;
	pr_err("refused: Linux runs beneath %s, and its calls to that can't be passed on: %s\n",
	       outer->name, outer->reason);
	return -EOPNOTSUPP;
}

static int choose_vendor(void)
{
	switch (boot_cpu_data.x86_vendor) {
	case X86_VENDOR_AMD:
	case X86_VENDOR_HYGON:
		uv.vendor = UV_VENDOR_SVM;
		return refuse_svm_machine();
	case X86_VENDOR_INTEL:
	case X86_VENDOR_CENTAUR:
	case X86_VENDOR_ZHAOXIN:
		uv.vendor = UV_VENDOR_VMX;
		return uv_vmx_refuse_machine();
	default:
		return refuse(-ENODEV, "the CPU's vendor is unknown: neither SVM nor VT-x");
	}
}

/**
 * uv_refuse_machine() - check what is the same for all CPUs, and choose the vendor
 * Return: 0; -ENODEV without SVM or VT-x and nested paging; -EOPNOTSUPP for a machine
 * that has them in a way we can't use. The reason is in dmesg.
 */
int uv_refuse_machine(void)
{
	int err;

	/* First what explains more than a missing feature would */
	if (boot_cpu_has(X86_FEATURE_XENPV))
		return refuse(-EOPNOTSUPP, "Linux runs as a Xen PV guest");
	if (cc_platform_has(CC_ATTR_MEM_ENCRYPT))
		return refuse(-EOPNOTSUPP, "memory encryption (SME, SEV or TDX) is active");
	err = refuse_outer();
	if (err)
		return err;
	err = choose_vendor();
	if (err)
		return err;
	if (!boot_cpu_has(X86_FEATURE_GBPAGES))
		return refuse(-EOPNOTSUPP, "the CPU has no 1-GByte pages");
	if (!boot_cpu_has(X86_FEATURE_NX))
		return refuse(-EOPNOTSUPP, "no-execute (NX) is off");
	if (nr_cpu_ids > UV_MAX_CPUS)
		return refuse(-E2BIG, "more CPUs than the VMM can hold");
	return 0;
}

/* What must be the same on all CPUs: features, address widths, SVM's revision */
static bool cpu_differs(void)
{
	return cpuid_ecx(0x80000001) != uv.features[0] ||
	       cpuid_edx(0x80000001) != uv.features[1] ||
	       cpuid_eax(0x80000008) != uv.features[2] ||
	       cpuid_edx(SVM_CPUID_LEAF) != uv.features[3];
}

/* Remember this CPU's capabilities as those all others are to have */
void uv_refuse_reference(void)
{
	if (uv.vendor == UV_VENDOR_VMX) {
		uv_vmx_refuse_reference();
		return;
	}
	uv.features[0] = cpuid_ecx(0x80000001);
	uv.features[1] = cpuid_edx(0x80000001);
	uv.features[2] = cpuid_eax(0x80000008);
	uv.features[3] = cpuid_edx(SVM_CPUID_LEAF);
}

/**
 * uv_refuse_cpu() - check what may differ from CPU to CPU
 * @cpu: this CPU's number
 *
 * Context: on that CPU, interrupts off.
 * Return: 0; -EOPNOTSUPP if firmware disabled SVM; -EBUSY if somebody uses it;
 * -ENXIO if the CPU differs from the first.
 */
int uv_refuse_cpu(unsigned int cpu)
{
	u64 vm_cr, efer;

	if (uv.vendor == UV_VENDOR_VMX)
		return uv_vmx_refuse_cpu(cpu);
	if (cpu_differs()) {
		pr_err("cpu%u: refused: its capabilities differ from those of the first CPU\n",
		       cpu);
		return -ENXIO;
	}
	if (!uv_rdmsr_safe(MSR_VM_CR, &vm_cr) && vm_cr & VM_CR_SVMDIS) {
		pr_err("cpu%u: refused: SVM is disabled by the firmware (VM_CR.SVMDIS)\n",
		       cpu);
		return -EOPNOTSUPP;
	}
	if (uv_rdmsr_safe(MSR_EFER, &efer) || efer & EFER_SVME) {
		pr_err("cpu%u: refused: SVM is in use. If by kvm_amd: end its guests, and on newer kernels load kvm with enable_virt_at_load=0, or unload kvm_amd\n",
		       cpu);
		return -EBUSY;
	}
	return 0;
}
