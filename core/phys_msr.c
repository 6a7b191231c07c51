// SPDX-License-Identifier: GPL-2.0-only
/* What an MSR could do to the VMM's memory. See core/phys_msr.h. */
#include "core/phys_msr.h"
#include "core/backend.h"
#include "core/log.h"
#include "core/spinlock.h"
#include "core/vmm_memory.h"
#include "core/x86.h"

#define ENABLE		BIT_ULL(0)	/* of the hypervisors' */
#define APIC_BASE_EN	BIT_ULL(11)

/* A page that an MSR of a hypervisor names, and a structure of @bytes */
#define HYPERVISOR_PAGE(number, _name) {				\
	.name = (_name), .first = (number), .form = PHYS_RANGE,		\
	.address = PHYS_PAGE, .enable = ENABLE, .size = UV_PAGE_SIZE }
#define KVM_AREA(number, _name, bits, _enable, bytes) {			\
	.name = (_name), .first = (number), .form = PHYS_RANGE,		\
	.address = ~(u64)(bits), .enable = (_enable), .size = (bytes) }

/*
 * What both vendors have, and what a hypervisor beneath may have, which then writes to the
 * address itself. Those of hypervisors lie outside of what a map of MSRs can describe, but
 * for KVM's old ones, and exit anyway.
 */
static const struct phys_msr shared_msrs[] = {
	/* SDM vol. 3 section 10.4.4, APM vol. 2 section 16.3.1: the APIC's page of registers */
	{ .name = "IA32_APIC_BASE", .first = 0x1b, .form = PHYS_RANGE,
	  .address = PHYS_PAGE_52, .enable = APIC_BASE_EN, .size = UV_PAGE_SIZE },
	/* Linux, Documentation/virt/kvm/x86/msr.rst */
	KVM_AREA(0x11, "MSR_KVM_WALL_CLOCK", 0, 0, 12),
	KVM_AREA(0x12, "MSR_KVM_SYSTEM_TIME", 1, ENABLE, 32),
	KVM_AREA(0x4b564d00, "MSR_KVM_WALL_CLOCK_NEW", 0, 0, 12),
	KVM_AREA(0x4b564d01, "MSR_KVM_SYSTEM_TIME_NEW", 1, ENABLE, 32),
	KVM_AREA(0x4b564d02, "MSR_KVM_ASYNC_PF_EN", 0x3f, ENABLE, 64),
	KVM_AREA(0x4b564d03, "MSR_KVM_STEAL_TIME", 0x3f, ENABLE, 64),
	KVM_AREA(0x4b564d04, "MSR_KVM_PV_EOI_EN", 3, ENABLE, 4),
	/*
	 * Xen, its CPUID leaf 2: a page that it fills with its calls. On Hyper-V the same
	 * number is HV_X64_MSR_GUEST_OS_ID, and then bit 63 says that Linux writes it.
	 */
	{ .name = "XEN_HYPERCALL_PAGE", .first = 0x40000000, .form = PHYS_RANGE,
	  .address = PHYS_PAGE, .size = UV_PAGE_SIZE },
	{ .name = "XEN_HYPERCALL_PAGE", .first = 0x40000200, .form = PHYS_RANGE,
	  .address = PHYS_PAGE, .size = UV_PAGE_SIZE },
	/* Hyper-V's functional specification: 3.13, 12.7, 7.8.7, 11.8 */
	HYPERVISOR_PAGE(0x40000001, "HV_X64_MSR_HYPERCALL"),
	HYPERVISOR_PAGE(0x40000021, "HV_X64_MSR_REFERENCE_TSC"),
	HYPERVISOR_PAGE(0x40000073, "HV_X64_MSR_VP_ASSIST_PAGE"),
	HYPERVISOR_PAGE(0x40000082, "HV_X64_MSR_SIEFP"),
	HYPERVISOR_PAGE(0x40000083, "HV_X64_MSR_SIMP"),
};

/* For pairs: CPUs that share both registers could each write one at the same time */
static struct spinlock pair_lock;

const struct phys_msr *phys_msr(u32 index)
{
	if (index < ARRAY_SIZE(shared_msrs))
		return &shared_msrs[index];
	index -= ARRAY_SIZE(shared_msrs);
	return index < backend_nr_phys_msrs ? &backend_phys_msrs[index] : NULL;
}

static const struct phys_msr *find_row(u32 msr)
{
	const struct phys_msr *row;
	u32 i;

	for (i = 0; (row = phys_msr(i)); i++)
		if (msr >= row->first && msr <= phys_msr_last(row))
			return row;
	return NULL;
}

/* What an MSR that doesn't exist holds doesn't matter: the write faults then */
static u64 current(u32 msr)
{
	u64 value;

	rdmsr_safe(msr, &value);
	return value;
}

/*
 * The lowest address at or above @from of those that a pair takes. Masks may have holes:
 * then the addresses are no range.
 */
static bool next_match(u64 base, u64 mask, u64 from, u64 *match)
{
	u64 differ = (from ^ base) & mask;
	u64 below, raise;

	*match = from;
	if (!differ)
		return true;
	/* The highest bit that is wrong, and all beneath */
	below = ~0ULL >> __builtin_clzll(differ);
	raise = below ^ below >> 1;
	if (!(base & raise)) {
		/* It is 1 and has to be 0: a bit above it that is free goes up */
		raise = ~mask & ~from & ~below;
		if (!raise)
			return false;
		raise &= -raise;
		below = raise << 1;
		below--;
	}
	*match = (from & ~below) | raise | (base & mask & below);
	return true;
}

static bool pair_touches(u64 base, u64 mask)
{
	u64 match;
	u32 i;

	for (i = 0; i < boot_info.nr_blocks; i++) {
		const struct uv_block *block = &boot_info.block[i];

		if (next_match(base, mask, block->start, &match) &&
		    match - block->start < block->size)
			return true;
	}
	return false;
}

static bool range_touches(const struct phys_msr *row, u64 value)
{
	u64 start = value & row->address, size = row->size;

	if ((value & row->enable) != row->enable)
		return false;
	if (row->range)
		row->range(value, &start, &size);
	return vmm_memory_touches(start, size);
}

static bool border_touches(u64 old, u64 new)
{
	return old < new ? vmm_memory_touches(old, new - old) :
			   vmm_memory_touches(new, old - new);
}

static bool touches(const struct phys_msr *row, u32 msr, u64 value)
{
	u64 other;

	switch (row->form) {
	case PHYS_RANGE:
		return range_touches(row, value);
	case PHYS_PAIR_BASE:
		other = current(row->other);
		return (other & row->enable) &&
		       pair_touches(value & row->address, other & row->address);
	case PHYS_PAIR_MASK:
		return (value & row->enable) &&
		       pair_touches(current(row->other) & row->address,
				    value & row->address);
	case PHYS_BORDER:
		return border_touches(current(msr) & row->address,
				      value & row->address);
	case PHYS_BITS:
		return (current(msr) ^ value) & row->address;
	default:
		return true;
	}
}

static bool write_checked(const struct phys_msr *row, u32 msr, u64 value)
{
	struct cpu *cpu = this_cpu();

	if (!touches(row, msr, value))
		return wrmsr_safe(msr, value);
	cpu->refused++;
	vmm_log_protect(LOG_WARNING,
			"guest's write of %#llx to %s, %#x: #GP for the VMM's memory",
			value, row->name, msr);
	return false;
}

bool phys_msr_write(u32 msr, u64 value)
{
	const struct phys_msr *row = find_row(msr);
	bool ok;

	if (!row)
		return wrmsr_safe(msr, value);
	if (!row->other)
		return write_checked(row, msr, value);
	spin_lock(&pair_lock);
	ok = write_checked(row, msr, value);
	spin_unlock(&pair_lock);
	return ok;
}
