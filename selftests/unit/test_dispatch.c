// SPDX-License-Identifier: GPL-2.0-only
/* hypercall/dispatch.c: numbers, names, levels, widths. */
#include "unit.h"
#include "core/log.h"
#include "core/nospec.h"
#include "hypercall/table.h"
#include "mock/mock.h"

#define FIRST	VMMCALL_FIRST_NUMBER
#define VA	0x400000ULL
#define HIGH	0xdeadbeef00000000ULL

/* Set by the handlers */
static struct vmmcall last;
static u64 last_rbx, last_rcx;
static int calls;
static s64 result;

static void handler(struct vmmcall *call)
{
	calls++;
	last = *call;
	last_rbx = vmmcall_rbx(call);
	last_rcx = vmmcall_rcx(call);
	vmmcall_set_rax(call, result);
}

static void handler_rcx(struct vmmcall *call)
{
	vmmcall_set_rcx(call, 0x1122334455667788ULL);
}

static int setup(void **state)
{
	(void)state;
	mock_reset();
	memset(&vmmcall_table, 0, sizeof(vmmcall_table));
	vmmcall_register("any", handler);			/* 64 */
	vmmcall_register_levels("kernel", handler, 1);		/* 65 */
	vmmcall_register_levels("user", handler, 8);		/* 66 */
	vmmcall_register("rcx", handler_rcx);			/* 67 */
	calls = 0;
	result = 0;
	mock_map(VA, 0, MOCK_USER);
	mock_map(VA + 0x1000, 1, MOCK_USER);
	mock_map(VA + 0x3000, 3, 0);
	mock_map(0xfffff000ULL, 4, MOCK_USER);
	mock_map(0x100000000ULL, 5, MOCK_USER);
	mock_map(0xfffffffffffff000ULL, 6, MOCK_USER);
	mock_map(0, 7, MOCK_USER);
	return 0;
}

static struct guest_regs some_regs(u64 rax)
{
	struct guest_regs regs;
	u64 *p = (u64 *)&regs;
	u32 i;

	for (i = 0; i < sizeof(regs) / 8; i++)
		p[i] = 0xa5a5000000000000ULL + i * 0x100010001ULL;
	regs.rax = rax;
	return regs;
}

/* Makes a call. Return: rax; all else must be as it was */
static u64 call(u64 rax, u64 rbx, u8 cpl, bool is64)
{
	struct guest_regs regs = some_regs(rax);
	struct guest_regs before;
	u64 out;

	regs.rbx = rbx;
	before = regs;
	mock_call(&regs, cpl, is64);
	out = regs.rax;
	regs.rax = before.rax;
	assert_memory_equal(&regs, &before, sizeof(regs));
	return out;
}

static u64 look_up(u64 addr, u8 cpl, bool is64)
{
	return call(0, addr, cpl, is64);
}

static void test_unregistered(void **state)
{
	static const u32 numbers[] = {
		68, 69, 64 + VMMCALL_MAX_FUNCTIONS, 1000, 0x40000000,
		0x7fffffff, 0x80000000, 0xffffffff,
	};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		assert_int_equal(call(numbers[i], 1, 3, true), 0);
		assert_int_equal(call(HIGH | numbers[i], 1, 0, true), 0);
		assert_int_equal(call(HIGH | numbers[i], 1, 3, false), 0);
	}
	assert_int_equal(calls, 0);
	assert_int_equal(mock_outer_calls, 0);
	assert_int_equal(mock_cpu[0].refused, 0);
}

static void put_name(u32 offset, const char *name)
{
	memcpy(mock_ram + offset, name, strlen(name) + 1);
}

static void test_number_is_eax(void **state)
{
	(void)state;
	result = 5;
	assert_int_equal(call(HIGH | FIRST, 1, 3, true), 5);
	assert_int_equal(call(HIGH | FIRST, 1, 3, false), 5);
	assert_int_equal(calls, 2);
	put_name(100, "user");
	assert_int_equal(call(HIGH, VA + 100, 3, true), FIRST + 2);
	assert_int_equal(call(HIGH, VA + 100, 3, false), FIRST + 2);
	boot_info.flags = UV_BOOT_OUTER_KVM;
	assert_int_equal(call(HIGH | 5, 1, 0, true), 0x123456789abcdef);
	assert_int_equal(mock_outer_calls, 1);
}

static void test_arguments(void **state)
{
	struct guest_regs regs = some_regs(FIRST);

	(void)state;
	regs.rbx = 0x1234567890abcdefULL;
	regs.rcx = 0xfedcba0987654321ULL;
	mock_call(&regs, 2, true);
	assert_int_equal(last_rbx, 0x1234567890abcdefULL);
	assert_int_equal(last_rcx, 0xfedcba0987654321ULL);
	assert_int_equal(last.cpl, 2);
	assert_ptr_equal(last.cpu, &mock_cpu[0]);
	regs.rax = FIRST;
	mock_call(&regs, 3, false);
	assert_int_equal(last_rbx, 0x90abcdefULL);
	assert_int_equal(last_rcx, 0x87654321ULL);
	assert_int_equal(last.cpl, 3);
}

static void test_result_width(void **state)
{
	struct guest_regs regs = some_regs(FIRST + 3);

	(void)state;
	result = -1;
	assert_int_equal(call(FIRST, 0, 3, true), ~0ULL);
	assert_int_equal(call(FIRST, 0, 3, false), 0xffffffffULL);
	result = 0x10a;
	assert_int_equal(call(FIRST, 0, 3, true), 0x10a);
	assert_int_equal(call(FIRST, 0, 3, false), 0x10a);
	mock_call(&regs, 3, true);
	assert_int_equal(regs.rcx, 0x1122334455667788ULL);
	regs.rax = FIRST + 3;
	mock_call(&regs, 3, false);
	assert_int_equal(regs.rcx, 0x55667788ULL);
}

static void test_levels(void **state)
{
	u32 number, cpl;

	(void)state;
	result = 7;
	for (number = FIRST; number < FIRST + 3; number++)
		for (cpl = 0; cpl < 4; cpl++) {
			u32 levels = vmmcall_table.entry[number - FIRST].levels;
			bool may = levels >> cpl & 1;

			assert_int_equal(call(number, 1, cpl, true),
					 may ? 7 : number);
			assert_int_equal(call(HIGH | number, 1, cpl, false),
					 may ? 7 : HIGH | number);
		}
	assert_int_equal(calls, 2 * (4 + 1 + 1));
	assert_int_equal(mock_cpu[0].refused, 2 * 6);
}

static void test_refusal_is_logged(void **state)
{
	struct log_stats stats;
	char buf[128];
	size_t len;
	u64 pos;

	(void)state;
	log_get_stats(&stats);
	pos = stats.written;
	mock_clock += 100000000;
	call(FIRST + 1, 0, 3, true);
	len = log_read(&pos, buf, sizeof(buf) - 1);
	buf[len] = '\0';
	assert_non_null(strstr(buf, "VM call kernel refused at level 3"));
}

/* KVM's numbers, from Linux's include/uapi/linux/kvm_para.h, that are x86's */
static bool kvm_has(u32 number)
{
	return number == 1 || number == 5 || (number >= 9 && number <= 12);
}

#define KVM_EFAULT	14
#define KVM_ENOSYS	1000
#define OUTER_ANSWER	0x123456789abcdefULL

static void test_outer_numbers(void **state)
{
	unsigned int made = 0;
	u32 number, cpl;

	(void)state;
	for (number = 1; number < 64; number++)
		for (cpl = 0; cpl < 4; cpl++)
			assert_int_equal(call(number, 1, cpl, true), 0);
	assert_int_equal(mock_outer_calls, 0);

	boot_info.flags = UV_BOOT_OUTER_KVM;
	for (number = 1; number < 64; number++) {
		made += kvm_has(number);
		assert_int_equal(call(number, 1, 0, true),
				 kvm_has(number) ? OUTER_ANSWER : (u64)-KVM_ENOSYS);
		assert_int_equal(call(number, 1, 1, true), 0);
		assert_int_equal(call(number, 1, 2, true), 0);
		assert_int_equal(call(number, 1, 3, true), 0);
		assert_int_equal(call(number, 1, 0, false), (u32)-KVM_ENOSYS);
		assert_int_equal(mock_outer_calls, made);
	}
	call(64, 1, 0, true);
	call(0, 1, 0, true);
	assert_int_equal(call(1000, 1, 0, true), 0);
	assert_int_equal(mock_outer_calls, made);
	mock_outer_answers = false;
	assert_int_equal(call(5, 1, 0, true), (u64)-KVM_ENOSYS);
}

/* Unchanged, the upper half of rax and those that KVM doesn't look at included */
static void test_outer_registers(void **state)
{
	struct guest_regs regs = some_regs(HIGH | 10), before = regs;

	(void)state;
	boot_info.flags = UV_BOOT_OUTER_KVM;
	mock_call(&regs, 0, true);
	assert_memory_equal(&mock_outer_regs, &before, sizeof(before));
	before.rax = OUTER_ANSWER;
	assert_memory_equal(&regs, &before, sizeof(before));
}

/* A call with an address. Return: whether it reached KVM, and as it was */
static bool passes(u64 number, u64 rbx, u64 rcx)
{
	struct guest_regs regs = some_regs(number), before;
	unsigned int made = mock_outer_calls;

	regs.rbx = rbx;
	regs.rcx = rcx;
	before = regs;
	mock_call(&regs, 0, true);
	if (mock_outer_calls != made) {
		assert_memory_equal(&mock_outer_regs, &before, sizeof(before));
		assert_int_equal(regs.rax, OUTER_ANSWER);
		return true;
	}
	assert_int_equal(regs.rax, (u64)-KVM_EFAULT);
	return false;
}

static void test_outer_addresses(void **state)
{
	(void)state;
	boot_info.flags = UV_BOOT_OUTER_KVM;
	mock_vmm_start = 0x100000;
	mock_vmm_end = 0x140000;
	/* CLOCK_PAIRING: 64 bytes at rbx, whatever rcx is */
	assert_true(passes(9, 0xfffc0, ~0ULL));
	assert_false(passes(9, 0xfffc1, 0));
	assert_false(passes(9, 0x100000, 0));
	assert_false(passes(9, 0x13ffff, 0));
	assert_true(passes(9, 0x140000, 0));
	assert_false(passes(HIGH | 9, 0x120000, 0));
	/* MAP_GPA_RANGE: rcx pages at rbx */
	assert_true(passes(12, 0xff000, 1));
	assert_false(passes(12, 0xff000, 2));
	assert_false(passes(12, 0xff001, 1));
	assert_true(passes(12, 0x120000, 0));
	assert_false(passes(12, 0x13f000, 1));
	assert_true(passes(12, 0x140000, 0x1000));
	/* More than there is, and more than a length can say */
	assert_false(passes(12, 0, ~0ULL));
	assert_false(passes(12, 0, 1ULL << 52));
	assert_false(passes(12, 0x1000, 1ULL << 60));
	assert_true(passes(12, 0x140000, ~0ULL));
	/* The others carry none: numbers of CPUs, and masks of them */
	assert_true(passes(1, 0x120000, 0x120000));
	assert_true(passes(5, 0x120000, 0x120000));
	assert_true(passes(10, 0x120000, 0x120000));
	assert_true(passes(11, 0x120000, 0x120000));
}

static void test_lookup(void **state)
{
	u8 cpl;

	(void)state;
	for (cpl = 0; cpl < 4; cpl++) {
		put_name(100, "kernel");
		assert_int_equal(look_up(VA + 100, cpl, true), FIRST + 1);
		assert_int_equal(look_up(HIGH | (VA + 100), cpl, false),
				 FIRST + 1);
		put_name(100, "kernels");
		assert_int_equal(look_up(VA + 100, cpl, true), 0);
	}
	/* Over the end of a page into the next one */
	put_name(0x1000 - 3, "user");
	assert_int_equal(look_up(VA + 0x1000 - 3, 3, true), FIRST + 2);
	/* Up to the end of what is mapped, with the NUL as the last byte */
	put_name(0x2000 - 4, "rcx");
	assert_int_equal(look_up(VA + 0x2000 - 4, 3, true), FIRST + 3);
}

static void test_lookup_bad_address(void **state)
{
	(void)state;
	put_name(0x3000, "any");
	put_name(0, "");
	/* Unmapped, non-canonical, NULL page with nothing, the kernel's page */
	assert_int_equal(look_up(0x12345000, 3, true), 0);
	assert_int_equal(look_up(0x800000000000ULL, 3, true), 0);
	assert_int_equal(look_up(0, 3, true), 0);
	assert_int_equal(look_up(VA + 0x3000, 3, true), 0);
	assert_int_equal(look_up(VA + 0x3000, 0, true), FIRST);
	/* An empty name */
	assert_int_equal(look_up(VA, 3, true), 0);
	/* Cut off by the end of what is mapped */
	memcpy(mock_ram + 0x2000 - 3, "any", 3);
	assert_int_equal(look_up(VA + 0x2000 - 3, 3, true), 0);
}

static void test_lookup_long_names(void **state)
{
	static char name[VMMCALL_NAME_MAX + 1];

	(void)state;
	memset(name, 'n', VMMCALL_NAME_MAX);
	assert_int_equal(vmmcall_register(name, handler), FIRST + 4);
	put_name(0x800, name);
	assert_int_equal(look_up(VA + 0x800, 3, true), FIRST + 4);
	/* 256 bytes without a NUL */
	memset(mock_ram + 0x800, 'n', VMMCALL_NAME_MAX + 1);
	mock_ram[0x800 + VMMCALL_NAME_MAX + 1] = 0;
	assert_int_equal(look_up(VA + 0x800, 3, true), 0);
}

static void test_lookup_wraps(void **state)
{
	(void)state;
	/* "any" over 4 GiB: fine for a 64-bit caller, wraps for a 32-bit one */
	memcpy(mock_ram + 0x5000 - 2, "an", 2);
	memcpy(mock_ram + 0x5000, "y", 2);
	memcpy(mock_ram + 0x7000, "y", 2);
	assert_int_equal(look_up(0xfffffffeULL, 3, true), FIRST);
	assert_int_equal(look_up(0xfffffffeULL, 3, false), 0);
	/* A name that ends with the address space does not wrap */
	put_name(0x5000 - 4, "any");
	assert_int_equal(look_up(0xfffffffcULL, 3, false), FIRST);
	mock_ram[0x5000 - 1] = 'x';
	assert_int_equal(look_up(0xffffffffULL, 3, false), 0);
	/* The same at 2^64 */
	memcpy(mock_ram + 0x7000 - 2, "an", 2);
	assert_int_equal(look_up(~1ULL, 3, true), 0);
	put_name(0x7000 - 4, "any");
	assert_int_equal(look_up(~3ULL, 3, true), FIRST);
}

/* What a mispredicted check would get: the masked index is always inside */
static void test_nospec(void **state)
{
	u64 i;

	(void)state;
	for (i = 0; i < 10; i++)
		assert_int_equal(nospec_index(i, 5), i < 5 ? i : 0);
	assert_int_equal(nospec_index(~0ULL, 5), 0);
	assert_int_equal(nospec_index(1ULL << 63, 5), 0);
	assert_int_equal(nospec_index(0, 0), 0);

	for (i = 0; i < 64; i++) {
		u64 mask = 1;

		assert_false(nospec_equal(1ULL << i, 0, &mask));
		assert_int_equal(mask, 0);
		assert_true(nospec_equal(~0ULL << i, ~0ULL << i, &mask));
		assert_int_equal(mask, ~0ULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_unregistered, setup),
		cmocka_unit_test_setup(test_number_is_eax, setup),
		cmocka_unit_test_setup(test_arguments, setup),
		cmocka_unit_test_setup(test_result_width, setup),
		cmocka_unit_test_setup(test_levels, setup),
		cmocka_unit_test_setup(test_refusal_is_logged, setup),
		cmocka_unit_test_setup(test_outer_numbers, setup),
		cmocka_unit_test_setup(test_outer_registers, setup),
		cmocka_unit_test_setup(test_outer_addresses, setup),
		cmocka_unit_test_setup(test_lookup, setup),
		cmocka_unit_test_setup(test_lookup_bad_address, setup),
		cmocka_unit_test_setup(test_lookup_long_names, setup),
		cmocka_unit_test_setup(test_lookup_wraps, setup),
		cmocka_unit_test_setup(test_nospec, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
