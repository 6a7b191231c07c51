// SPDX-License-Identifier: GPL-2.0-only
/* svm/msr.c with core/phys_msr.c: MSRs that could reach the VMM's memory, see phys_msr.h. */
#include "unit.h"
#include "svm/svm.h"
#include "core/log.h"
#include "core/radix.h"
#include "core/x86.h"
#include "phys_msr.h"

#include "svm/inject.c"
#include "svm/msr.c"

struct svm_machine svm_machine = { .nrips = true };

static struct vmcb vmcb __aligned(4096);

int guest_translate(const struct guest_mmu *mmu, gva_t addr,
		    enum guest_access access, void **host)
{
	(void)mmu;
	(void)addr;
	(void)access;
	(void)host;
	return -EFAULT;
}

void backend_get_mmu(struct cpu *cpu, struct guest_mmu *mmu)
{
	(void)cpu;
	memset(mmu, 0, sizeof(*mmu));
}

u64 backend_guest_rip(struct cpu *cpu)
{
	assert_ptr_equal(cpu, hw_cpu());
	return vmcb.rip;
}

static bool guest_wrmsr(u32 msr, u64 value)
{
	struct guest_regs regs = { .rcx = msr, .rax = (u32)value, .rdx = value >> 32 };

	vmcb.cs.attrib = SEG_ATTRIB_L;
	vmcb.exitinfo1 = 1;
	vmcb.eventinj = 0;
	vmcb.rip = RIP;
	vmcb.nrip = RIP + 2;
	msr_exit(hw_cpu(), &vmcb, &regs);
	if (vmcb.rip == RIP + 2)
		return !vmcb.eventinj;
	assert_int_equal(vmcb.eventinj, 0x80000b0d);
	return false;
}

#define MASK(bits)	(GENMASK_ULL(39, 12) & ~((1ULL << (bits)) - 1))
#define V		0x800

static const struct phys_case svm_cases[] = {
	/* Routing and encryption as they are; MtrrFixDramEn and MtrrFixDramModEn may change */
	{ .msr = 0xc0010010, .old = 0x00140000,
	  .bad = { 0x00040000, 0x00340000, 0x00940000, 0x05140000 },
	  .good = { 0x00140000, 0x001c0000, 0x00100000 } },
	{ .msr = 0xc0010010, .old = 0, .bad = { 0x00800000, 0x00100000, 0x02000000 },
	  .good = { 0, 0x000c0000 } },
	/* A page, 32 KiB and 64 KiB of it; addresses with a hole between them */
	{ .msr = 0xc0010016, .other = 0xc0010017, .held = MASK(12) | V,
	  .bad = { LOW | 0x18, LOW_END - 0x1000, HIGH },
	  .good = { LOW - 0x1000, LOW_END, 0 } },
	{ .msr = 0xc0010016, .other = 0xc0010017, .held = MASK(12),
	  .bad = { NONE }, .good = { LOW } },
	{ .msr = 0xc0010017, .other = 0xc0010016, .held = LOW - 0x8000,
	  .bad = { MASK(16) | V, MASK(17) | V, V },
	  .good = { MASK(15) | V, MASK(16), 0 } },
	{ .msr = 0xc0010018, .other = 0xc0010019, .held = (MASK(12) & ~(1ULL << 20)) | V,
	  .bad = { LOW ^ 1ULL << 20, LOW, HIGH ^ 1ULL << 20 },
	  .good = { LOW ^ 1ULL << 21, LOW_END } },
	{ .msr = 0xc0010019, .other = 0xc0010018, .held = 0,
	  .bad = { V, MASK(33) | V }, .good = { MASK(28) | V, MASK(32) } },
	/* Borders that move over memory of the VMM's, up or down */
	{ .msr = 0xc001001a, .old = 0x80000000, .bad = { 0x12000000, 0x127fffff },
	  .good = { 0x80000000, 0x13000000, 0xc0000000 } },
	{ .msr = 0xc001001a, .old = 0x10000000, .bad = { 0x80000000 },
	  .good = { 0x12000000, 0x10000000 } },
	{ .msr = 0xc001001d, .old = 0x280000000, .bad = { 0x100000000, 0x156000000 },
	  .good = { 0x280000000, 0x157000000, 0x300000000 } },
	/* 1 MiB; 256 MiB, from wherever in them */
	{ .msr = 0xc0010058, .bad = { 0x12300001, 0x12300021, 0x10000021, 0x1c000021 },
	  .good = { 0x12300000, 0x12200001, 0x12400001, 0x20000021 } },
	{ .msr = 0xc0010111, .old = 0x30000, .bad = { LOW, LOW - 0x8000, LOW_END - 1 },
	  .good = { LOW - 0x10000, LOW_END, 0x30000 } },
	{ .msr = 0xc0010112, .other = 0xc0010113, .held = 0xfffffe0002,
	  .bad = { 0x12340000 }, .good = { 0x12320000, 0x12360000 } },
	{ .msr = 0xc0010112, .other = 0xc0010113, .held = 0xfffffe0001,
	  .bad = { NONE }, .good = { 0x12340000 } },
	{ .msr = 0xc0010113, .other = 0xc0010112, .held = 0x12200000,
	  .bad = { 0xffffe00002, 2 }, .good = { 0xffffe00001, 0xfffff00002, 0xfffffe0003 } },
	{ .msr = 0xc0010132, .bad = { 0, LOW }, .good = { NONE } },
	{ .msr = 0xc0010133, .bad = { 0, LOW }, .good = { NONE } },
	{ .msr = 0xc0010136, .bad = { 0, 1 }, .good = { NONE } },
};

static void test_table(void **state)
{
	(void)state;
	reset_machine();
	walk_table(svm_cases, ARRAY_SIZE(svm_cases));
}

/* Section 15.11: 2 bits an MSR in three ranges, and all others exit */
static u32 map_bits(u32 msr)
{
	static const u32 bases[] = { 0, 0xc0000000, 0xc0010000 };
	u32 range, i;

	for (range = 0; range < ARRAY_SIZE(bases); range++) {
		i = msr - bases[range];
		if (i < 0x2000)
			return msrpm[range * 2048 + i / 4] >> (i % 4 * 2) & 3;
	}
	return 3;
}

static bool read_exits(u32 msr)
{
	return map_bits(msr) & 1;
}

static bool write_exits(u32 msr)
{
	return map_bits(msr) & 2;
}

static void test_map(void **state)
{
	(void)state;
	memset(msrpm, 0, sizeof(msrpm));
	msr_init();
	check_bitmap();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_touches),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
