// SPDX-License-Identifier: GPL-2.0-only
/* A CPU made of arrays, see hw.h. */
#include "unit.h"
#include "mock/hw.h"
#include "core/clock.h"
#include "core/fault.h"
#include "core/log.h"
#include "core/radix.h"

#define NR_MSRS		64
#define NR_LEAVES	32

struct msr {
	u32 number;
	u32 bits;
	u64 value;
};

struct leaf {
	u32 leaf, subleaf;
	u32 regs[4];
};

struct hw hw;
struct uv_boot_info boot_info;
u8 hw_slot[UV_CPU_SLOT] __aligned(UV_CPU_SLOT);

static struct msr msrs[NR_MSRS];
static struct leaf leaves[NR_LEAVES];
static u32 nr_msrs, nr_leaves;
static u64 pool[HW_POOL_PAGES][512] __aligned(4096);
static u32 pool_used, pool_limit;

void hw_reset(void)
{
	memset(&hw, 0, sizeof(hw));
	memset(hw_slot, 0, sizeof(hw_slot));
	memset(&boot_info, 0, sizeof(boot_info));
	hw_cpu()->frame.linux_va = (u64)hw_slot;
	nr_msrs = 0;
	nr_leaves = 0;
	pool_used = 0;
	pool_limit = HW_POOL_PAGES;
}

static struct msr *find_msr(u32 number)
{
	u32 i;

	for (i = 0; i < nr_msrs; i++)
		if (msrs[i].number == number)
			return &msrs[i];
	return NULL;
}

void hw_set_msr(u32 number, u64 value, u32 bits)
{
	struct msr *msr = find_msr(number);

	if (!msr) {
		assert_true(nr_msrs < NR_MSRS);
		msr = &msrs[nr_msrs++];
	}
	*msr = (struct msr){ number, bits, value };
}

bool hw_rdmsr_safe(u32 number, u64 *value)
{
	const struct msr *msr = find_msr(number);

	*value = msr ? msr->value : 0;
	return msr;
}

bool hw_wrmsr_safe(u32 number, u64 value)
{
	struct msr *msr = find_msr(number);

	if (!msr || (msr->bits < 64 && value >> msr->bits))
		return false;
	msr->value = value;
	return true;
}

/* Without a fixup: what faults is a defect of the backend's */
u64 hw_rdmsr(u32 number)
{
	u64 value;

	if (!hw_rdmsr_safe(number, &value))
		fail_msg("RDMSR of %#x", number);
	return value;
}

void hw_wrmsr(u32 number, u64 value)
{
	if (!hw_wrmsr_safe(number, value))
		fail_msg("WRMSR of %#llx to %#x", value, number);
}

void hw_set_cpuid(u32 leaf, u32 subleaf, u32 a, u32 b, u32 c, u32 d)
{
	assert_true(nr_leaves < NR_LEAVES);
	leaves[nr_leaves++] = (struct leaf){ leaf, subleaf, { a, b, c, d } };
}

/* The last word on a leaf counts */
void hw_cpuid(u32 leaf, u32 subleaf, u32 out[4])
{
	u32 i;

	memset(out, 0, 4 * sizeof(*out));
	for (i = 0; i < nr_leaves; i++)
		if (leaves[i].leaf == leaf && leaves[i].subleaf == subleaf)
			memcpy(out, leaves[i].regs, sizeof(leaves[i].regs));
}

u64 hw_vmread(u32 field)
{
	assert_true(field < HW_NR_FIELDS);
	return hw.vmcs[field];
}

void hw_vmwrite(u32 field, u64 value)
{
	assert_true(field < HW_NR_FIELDS);
	hw.vmcs[field] = value;
}

void hw_limit_pool(u32 pages)
{
	pool_limit = pool_used + pages;
}

void *pool_alloc_page(void)
{
	if (pool_used >= pool_limit)
		return NULL;
	memset(pool[pool_used], 0, UV_PAGE_SIZE);
	return pool[pool_used++];
}

/* The image's pages as well, wherever the host has them */
hpa_t pool_to_phys(const void *page)
{
	return hpa(HW_POOL_PHYS + (((uintptr_t)page - (uintptr_t)pool) &
				   0xffffffffULL));
}

void *pool_from_phys(hpa_t addr)
{
	return (u8 *)pool + (hpa_raw(addr) - HW_POOL_PHYS);
}

struct cpu *this_cpu(void)
{
	return hw_cpu();
}

u64 log_clock(void)
{
	static u64 clock;

	return clock += 10;
}

void vmm_log(enum log_level level, const char *fmt, ...)
{
	(void)level;
	hw.logged++;
	hw.log = fmt;
}

void vmm_log_guest(enum log_level level, const char *fmt, ...)
{
	(void)level;
	hw.logged++;
	hw.log = fmt;
}

void vmm_log_protect(enum log_level level, const char *fmt, ...)
{
	(void)level;
	hw.logged++;
	hw.log = fmt;
}

void vmm_panic(const char *reason, u64 a, u64 b)
{
	(void)a;
	(void)b;
	hw.log = reason;
	longjmp(hw.end, HW_PANIC);
}

void vmm_reset(void)
{
	longjmp(hw.end, HW_RESET);
}

void vmm_guest_shutdown(u64 rip)
{
	(void)rip;
	longjmp(hw.end, HW_SHUTDOWN);
}
