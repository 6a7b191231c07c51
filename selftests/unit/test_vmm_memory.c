// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/vmm_memory.c: what a guest gets that touched the VMM's memory, by the event that it
 * was delivering then, and what the log says of it.
 */
#include "unit.h"

#include "core/boot.h"
#include "core/fault.h"
#include "core/format.h"
#include "core/guest_state.h"
#include "core/log.h"
#include "core/vmm_memory.h"
#include "core/x86.h"

#define BLOCK		0x200000ULL
#define RIP		0x401000ULL

struct uv_boot_info boot_info;

static jmp_buf machine_reset;
static u64 reset_rip;
static char line[200];
static u32 protects;

int radix_map_same(struct radix *tree, u64 in, hpa_t page, u64 size, u64 flags)
{
	(void)tree;
	(void)in;
	(void)page;
	(void)size;
	(void)flags;
	return 0;
}

hpa_t pool_to_phys(const void *page)
{
	(void)page;
	return hpa(0);
}

void vmm_log_guest(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	(void)level;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
}

void vmm_log_protect(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	(void)level;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	protects++;
}

void vmm_guest_shutdown(u64 rip)
{
	reset_rip = rip;
	longjmp(machine_reset, 1);
}

static int setup(void **state)
{
	(void)state;
	boot_info.nr_blocks = 1;
	boot_info.block[0] = (struct uv_block) { BLOCK, UV_PAGE_SIZE };
	reset_rip = 0;
	line[0] = 0;
	protects = 0;
	return 0;
}

static u32 fault(u32 interrupted)
{
	return vmm_memory_fault("write", gpa(BLOCK + 8), RIP, interrupted);
}

static u32 behind(u32 vector)
{
	return fault(EVENT_VALID | EVENT_TYPE_EXCEPTION | vector);
}

static void test_no_event(void **state)
{
	(void)state;
	assert_int_equal(fault(0), VECTOR_GP);
	/* The field holds what it likes where its valid bit is clear */
	assert_int_equal(fault(EVENT_TYPE_EXCEPTION | VECTOR_PF), VECTOR_GP);
	assert_int_equal(fault(EVENT_TYPE_EXCEPTION | VECTOR_DF), VECTOR_GP);
}

/* Interrupts, NMIs, INT n: whatever their vector */
static void test_other_events(void **state)
{
	u32 vector, type;

	(void)state;
	for (type = 0; type < 8; type++)
		for (vector = 0; vector < 256; vector++)
			if (type != 3)
				assert_int_equal(fault(EVENT_VALID |
						       type << 8 | vector),
						 VECTOR_GP);
}

/* SDM vol. 3 table 6-5 */
static void test_exceptions(void **state)
{
	static const u8 contributory[] = { 0, 10, 11, 12, 13, 14, 21 };
	bool doubles[256] = { false };
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(contributory); i++)
		doubles[contributory[i]] = true;
	for (i = 0; i < 256; i++)
		if (i != VECTOR_DF)
			assert_int_equal(behind(i), doubles[i] ? VECTOR_DF :
							 VECTOR_GP);
}

static void test_double_fault(void **state)
{
	(void)state;
	if (!setjmp(machine_reset))
		fail_msg("vector %u behind a double fault", behind(VECTOR_DF));
	assert_int_equal(reset_rip, RIP);
}

static void test_log(void **state)
{
	(void)state;
	fault(0);
	assert_string_equal(line, "guest's write at 0x200008, memory of the VMM");
	assert_int_equal(protects, 1);
	vmm_memory_fault("read", gpa(BLOCK + UV_PAGE_SIZE), RIP, 0);
	assert_string_equal(line, "guest's read at 0x201000, not mapped");
	assert_int_equal(protects, 1);
}

static void test_touches(void **state)
{
	const u64 end = BLOCK + UV_PAGE_SIZE;

	(void)state;
	assert_false(vmm_memory_touches(BLOCK - 64, 64));
	assert_true(vmm_memory_touches(BLOCK - 64, 65));
	assert_true(vmm_memory_touches(BLOCK, 1));
	assert_true(vmm_memory_touches(end - 1, 1));
	assert_true(vmm_memory_touches(0, ~0ULL));
	assert_false(vmm_memory_touches(end, ~0ULL - end));
	assert_false(vmm_memory_touches(BLOCK, 0));
	assert_false(vmm_memory_touches(BLOCK + 1, 0));
	/* Over the end of all addresses */
	assert_false(vmm_memory_touches(-8ULL, 16));
	assert_true(vmm_memory_touches(-8ULL, BLOCK + 9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_no_event, setup),
		cmocka_unit_test_setup(test_other_events, setup),
		cmocka_unit_test_setup(test_exceptions, setup),
		cmocka_unit_test_setup(test_double_fault, setup),
		cmocka_unit_test_setup(test_log, setup),
		cmocka_unit_test_setup(test_touches, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
