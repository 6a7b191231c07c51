// SPDX-License-Identifier: GPL-2.0-only
/* core/reset.c: what is tried for a reset, in which order, on a machine that goes on. */
#include "unit.h"
#include "core/backend.h"
#include "core/boot.h"
#include "core/descriptors.h"
#include "core/x86.h"

#include <setjmp.h>

#define MAX_EVENTS	16

enum { IDT = 0x10000, OFF, TRIPLE_FAULT };

struct uv_boot_info boot_info;

static struct {
	u32 event[MAX_EVENTS];	/* port and value, or one of the above */
	u32 nr;
	u32 delays;
	u32 busy;		/* reads until the keyboard controller is ready */
	u8 control;		/* port 0xcf9 */
	char text[512];
	jmp_buf end;
} machine;

static void happens(u32 what)
{
	assert_true(machine.nr < MAX_EVENTS);
	machine.event[machine.nr++] = what;
}

static void mock_out8(u16 port, u8 value)
{
	happens((u32)port << 8 | value);
}

static u8 mock_in8(u16 port)
{
	switch (port) {
	case 0x80:
		machine.delays++;
		assert_true(machine.delays < 100000);
		return 0;
	case 0x64:
		return machine.busy && machine.busy-- ? 0x03 : 0x01;
	case 0xcf9:
		return machine.control;
	default:
		fail_msg("IN of port %#x", port);
		return 0;
	}
}

static void __noreturn mock_triple_fault(void)
{
	happens(TRIPLE_FAULT);
	longjmp(machine.end, 1);
}

void descriptors_load_last_idt(void)
{
	happens(IDT);
}

void backend_off(struct cpu *cpu)
{
	assert_non_null(cpu);
	happens(OFF);
}

struct cpu *this_cpu(void)
{
	return (struct cpu *)(void *)&machine;
}

void debug_puts(const char *text)
{
	strcat(machine.text, text);
}

#define in8		mock_in8
#define out8		mock_out8
#define triple_fault	mock_triple_fault
#include "core/reset.c"

static void run(const u32 *wanted, u32 nr)
{
	u32 i;

	if (!setjmp(machine.end))
		vmm_reset();
	assert_int_equal(machine.nr, nr);
	for (i = 0; i < nr; i++)
		assert_int_equal(machine.event[i], wanted[i]);
}

static int setup(void **state)
{
	(void)state;
	memset(&machine, 0, sizeof(machine));
	memset(&boot_info, 0, sizeof(boot_info));
	return 0;
}

static void test_all(void **state)
{
	static const u32 wanted[] = {
		IDT, OFF, 0xb2aa, 0xcf902, 0xcf906, 0x64fe, TRIPLE_FAULT,
	};

	(void)state;
	boot_info.reset_port = 0xb2;
	boot_info.reset_value = 0xaa;
	run(wanted, ARRAY_SIZE(wanted));
	assert_string_equal(machine.text,
			    "reset: by ACPI's register\n"
			    "reset: by port 0xcf9\n"
			    "reset: by the keyboard controller\n"
			    "reset: by a triple fault\n");
	/* Each has the time that a machine needs for it */
	assert_in_range(machine.delays, 40000, 80000);
}

static void test_no_acpi(void **state)
{
	static const u32 wanted[] = {
		IDT, OFF, 0xcf902, 0xcf906, 0x64fe, TRIPLE_FAULT,
	};

	(void)state;
	run(wanted, ARRAY_SIZE(wanted));
}

/* Other bits of the register stay; the one that resets has to rise */
static void test_chipset(void **state)
{
	static const u32 wanted[] = {
		IDT, OFF, 0xcf9fa, 0xcf9fe, 0x64fe, TRIPLE_FAULT,
	};

	(void)state;
	machine.control = 0xfe;
	run(wanted, ARRAY_SIZE(wanted));
}

/* One that never gets ready, or isn't there: port 0x64 gives 0xff then */
static void test_keyboard(void **state)
{
	static const u32 wanted[] = {
		IDT, OFF, 0xcf902, 0xcf906, 0x64fe, TRIPLE_FAULT,
	};

	(void)state;
	machine.busy = 100;
	run(wanted, ARRAY_SIZE(wanted));
	assert_int_equal(machine.busy, 0);
	setup(NULL);
	machine.busy = ~0U;
	run(wanted, ARRAY_SIZE(wanted));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_all, setup),
		cmocka_unit_test_setup(test_no_acpi, setup),
		cmocka_unit_test_setup(test_chipset, setup),
		cmocka_unit_test_setup(test_keyboard, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
