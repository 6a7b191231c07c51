// SPDX-License-Identifier: GPL-2.0-only
/*
 * The EPT: every guest-physical address is the same host-physical one, but for the
 * VMM's own memory, which shows as a page of zeros that can't be written.
 *
 * With EPT the MTRRs don't count for the guest's accesses: the EPT's memory types stand
 * in their place, combined with the guest's PAT as theirs would be (SDM vol. 3 section
 * 28.3.7.2). So they are the MTRRs', and follow them.
 *
 * Large leaves are executable. Parts with the iTLB multihit erratum can be made
 * to fail by a guest that changes its own page sizes in the wrong way; Linux on bare
 * metal could as well, and nobody else is in this guest.
 */
#include "vmx/vmx.h"
#include "core/vmm_memory.h"
#include "core/log.h"
#include "core/mtrr.h"
#include "core/radix.h"
#include "core/spinlock.h"
#include "core/x86.h"

/* Accessed and dirty flags are off: nobody would look at them */
#define EPT_TABLE	(EPT_R | EPT_W | EPT_X)
#define EPT_RAM(type)	(EPT_R | EPT_W | EPT_X | (u64)(type) << EPT_TYPE_SHIFT)
#define EPT_HIDDEN	(EPT_R | (u64)MEMORY_WB << EPT_TYPE_SHIFT)

/*
 * 4 levels translate 48 bits. Linux with 4-level paging has no RAM above them; with 5
 * as much is mapped. An access above it is logged and faults in the guest.
 */
#define EPT_MAX_BITS	48

static struct spinlock ept_lock;	/* the tables and the set they follow */
static struct radix ept;
static struct mtrr_set mtrrs;

const char backend_nested_name[] = "ept";

static u32 ept_bits(void)
{
	return boot_info.maxphyaddr > EPT_MAX_BITS ? EPT_MAX_BITS :
						     boot_info.maxphyaddr;
}

static void read_mtrrs(struct mtrr_set *set)
{
	u32 regs[4], i, nr;

	__builtin_memset(set, 0, sizeof(*set));
	cpuid(1, 0, regs);
	set->present = regs[3] & BIT(12);
	if (!set->present)
		return;
	set->cap = rdmsr(MSR_IA32_MTRRCAP);
	set->def_type = rdmsr(MSR_IA32_MTRR_DEF_TYPE);
	for (i = 0; set->cap & MTRRCAP_FIX && i < MTRR_NR_FIXED; i++)
		set->fixed[i] = rdmsr(mtrr_fixed_msr(i));
	nr = set->cap & MTRRCAP_VCNT;
	for (i = 0; i < nr && i < UV_MTRR_VARIABLE; i++) {
		set->variable[i].base = rdmsr(MSR_IA32_MTRR_PHYSBASE0 + 2 * i);
		set->variable[i].mask =
			rdmsr(MSR_IA32_MTRR_PHYSBASE0 + 2 * i + 1);
	}
}

/* Around the VMM's blocks, which must not be seen even for a moment */
static int map_around_blocks(u64 start, u64 end, enum memory_type type)
{
	u32 i;
	int err;

	for (i = 0; i < boot_info.nr_blocks && start < end; i++) {
		const struct uv_block *block = &boot_info.block[i];
		u64 block_end = block->start + block->size;

		if (block_end <= start)
			continue;
		if (block->start >= end)
			break;
		if (block->start > start) {
			err = radix_map(&ept, start, hpa(start),
					block->start - start, EPT_RAM(type));
			if (err)
				return err;
		}
		start = block_end;
	}
	if (start >= end)
		return 0;
	return radix_map(&ept, start, hpa(start), end - start, EPT_RAM(type));
}

/* Two sets have at most twice the steps of one */
#define RUNS_MAX	(2 * MTRR_STEPS_MAX)

static int map_all(void)
{
	u64 top = 1ULL << ept_bits();
	u64 addr, end;
	u32 runs = 0;

	for (addr = 0; addr < top; addr = end) {
		enum memory_type type = mtrr_run(&mtrrs, addr, top,
						 boot_info.maxphyaddr, &end);
		int err = runs++ < RUNS_MAX ? map_around_blocks(addr, end, type) :
					      -E2BIG;

		if (err)
			return err;
	}
	return 0;
}

int nested_init(struct cpu *cpu)
{
	int err = -ENOMEM;

	ept = (struct radix) {
		.root = pool_alloc_page(),
		.levels = 4,
		.max_leaf = RADIX_1G,
		.table_flags = EPT_TABLE,
	};
	read_mtrrs(&mtrrs);
	if (ept.root)
		err = map_all();
	if (!err)
		err = vmm_memory_hide(&ept, EPT_HIDDEN);
	if (err) {
		cpu->frame.reason = UV_REASON_NO_POOL;
		return -ENOMEM;
	}
	vmx_machine.eptp = hpa_raw(pool_to_phys(ept.root)) | EPTP_WALK_4 |
			   MEMORY_WB;
	return 0;
}

const struct radix *backend_nested(void)
{
	return &ept;
}

void backend_print_nested(struct sink *sink, u64 entry, bool leaf)
{
	static const char * const types[] = {
		[MEMORY_UC] = "UC", [MEMORY_WC] = "WC", [2] = "?", [3] = "?",
		[MEMORY_WT] = "WT", [MEMORY_WP] = "WP", [MEMORY_WB] = "WB",
		[7] = "?",
	};

	sink_printf(sink, "%s%s%s", entry & EPT_R ? " read" : "",
		    entry & EPT_W ? " write" : "",
		    entry & EPT_X ? " execute" : "");
	if (leaf)
		sink_printf(sink, " %s", types[entry >> EPT_TYPE_SHIFT & 7]);
}

/*
 * Remap where two sets differ, which mostly is nowhere or in a few places. A guest's masks
 * may make so many that to go on would hold this CPU up for hours.
 */
static int map_changes(const struct mtrr_set *from, const struct mtrr_set *to)
{
	u64 top = 1ULL << ept_bits();
	u64 addr, end, old_end;
	u32 runs = 0;

	for (addr = 0; addr < top; addr = end) {
		enum memory_type old = mtrr_run(from, addr, top,
						boot_info.maxphyaddr, &old_end);
		enum memory_type new = mtrr_run(to, addr, top,
						boot_info.maxphyaddr, &end);
		int err;

		if (runs++ == RUNS_MAX)
			return -E2BIG;
		if (end > old_end)
			end = old_end;
		if (old == new)
			continue;
		err = map_around_blocks(addr, end, new);
		if (err)
			return err;
	}
	return 0;
}

/**
 * nested_follow_mtrrs() - the guest wrote to an MTRR of this CPU
 *
 * All CPUs share the EPT, and the MTRRs have to be the same on all of them (section
 * 11.11.8): software changes them on every CPU in turn, with caches off. So the tables
 * follow whoever writes, and each CPU drops its translations when it has written
 * itself, as its own MTRRs would have taken effect.
 */
void nested_follow_mtrrs(void)
{
	struct mtrr_set now;
	int err;

	read_mtrrs(&now);
	spin_lock(&ept_lock);
	err = map_changes(&mtrrs, &now);
	if (!err)
		mtrrs = now;
	spin_unlock(&ept_lock);
	invept_all();
	if (err)
		vmm_log_guest(LOG_ERROR, "can't follow the MTRRs' types: %s",
			      err == -E2BIG ? "too many ranges" : "no memory");
}

void nested_fault(void)
{
	u64 qualification = vmread(EXIT_QUALIFICATION);
	const char *what = qualification & EPT_VIOLATION_FETCH ? "execution" :
			   qualification & EPT_VIOLATION_WRITE ? "write" : "read";
	u32 vector = vmm_memory_fault(what, gpa(vmread(GUEST_PHYSICAL_ADDRESS)),
				      vmread(GUEST_RIP),
				      (u32)vmread(IDT_VECTORING_INFO));

	inject_exception(vector, true, 0);
}
