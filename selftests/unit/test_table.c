// SPDX-License-Identifier: GPL-2.0-only
/* hypercall/table.c: registration and look-up. */
#include "unit.h"
#include "hypercall/table.h"
#include "mock/mock.h"

#define FIRST	VMMCALL_FIRST_NUMBER

static void one(struct vmmcall *call)
{
	vmmcall_set_rax(call, 1);
}

/* Three for vmmcall_init(); a test breaks the second one */
static void two(struct vmmcall *call)
{
	vmmcall_set_rax(call, 2);
}

VMMCALL_DEFINE(first, "first", one, VMMCALL_LEVEL_ANY);
VMMCALL_DEFINE(second, "second", two, VMMCALL_LEVEL_KERNEL);
VMMCALL_DEFINE(third, "third", one, VMMCALL_LEVEL(1) | VMMCALL_LEVEL(3));

static int setup(void **state)
{
	(void)state;
	mock_reset();
	memset(&vmmcall_table, 0, sizeof(vmmcall_table));
	return 0;
}

static u32 lookup(const char *name)
{
	return vmmcall_lookup(name, (u32)strlen(name));
}

static void test_register(void **state)
{
	struct vmmcall_info info;

	(void)state;
	assert_false(vmmcall_get_info(0, &info));
	assert_int_equal(lookup("a"), 0);
	assert_int_equal(vmmcall_register("a", one), FIRST);
	assert_int_equal(vmmcall_register_levels("b", two, 5), FIRST + 1);
	assert_int_equal(lookup("a"), FIRST);
	assert_int_equal(lookup("b"), FIRST + 1);
	assert_true(vmmcall_get_info(0, &info));
	assert_string_equal(info.name, "a");
	assert_int_equal(info.number, FIRST);
	assert_int_equal(info.levels, VMMCALL_LEVEL_ANY);
	assert_true(vmmcall_get_info(1, &info));
	assert_string_equal(info.name, "b");
	assert_int_equal(info.number, FIRST + 1);
	assert_int_equal(info.levels, 5);
	assert_false(vmmcall_get_info(2, &info));
	assert_false(vmmcall_get_info(~0U, &info));
}

static void test_bad_arguments(void **state)
{
	(void)state;
	assert_int_equal(vmmcall_register(NULL, one), -EINVAL);
	assert_int_equal(vmmcall_register("", one), -EINVAL);
	assert_int_equal(vmmcall_register("a", NULL), -EINVAL);
	assert_int_equal(vmmcall_register_levels("a", one, 0), -EINVAL);
	assert_int_equal(vmmcall_register_levels("a", one, 0x10), -EINVAL);
	assert_int_equal(vmmcall_table.count, 0);
}

static void test_duplicate(void **state)
{
	(void)state;
	assert_int_equal(vmmcall_register("name", one), FIRST);
	assert_int_equal(vmmcall_register("name", two), -EEXIST);
	assert_int_equal(vmmcall_register("nam", two), FIRST + 1);
	assert_int_equal(vmmcall_register("names", two), FIRST + 2);
	assert_int_equal(vmmcall_register("Name", two), FIRST + 3);
	assert_int_equal(lookup("name"), FIRST);
}

static void test_name_length(void **state)
{
	char *name = malloc(VMMCALL_NAME_MAX + 2);

	(void)state;
	memset(name, 'x', VMMCALL_NAME_MAX + 1);
	name[VMMCALL_NAME_MAX + 1] = '\0';
	assert_int_equal(vmmcall_register(name, one), -ENAMETOOLONG);
	name[VMMCALL_NAME_MAX] = '\0';
	assert_int_equal(vmmcall_register(name, one), FIRST);
	assert_int_equal(lookup(name), FIRST);
	free(name);
}

static void test_full(void **state)
{
	static char names[VMMCALL_MAX_FUNCTIONS + 1][16];
	int i;

	(void)state;
	for (i = 0; i <= VMMCALL_MAX_FUNCTIONS; i++)
		snprintf(names[i], sizeof(names[i]), "f%d", i);
	for (i = 0; i < VMMCALL_MAX_FUNCTIONS; i++)
		assert_int_equal(vmmcall_register(names[i], one), FIRST + i);
	assert_int_equal(vmmcall_register(names[i], one), -ENOSPC);
	for (i = 0; i < VMMCALL_MAX_FUNCTIONS; i++)
		assert_int_equal(lookup(names[i]), FIRST + i);
	assert_int_equal(lookup(names[i]), 0);
}

static void test_lookup(void **state)
{
	(void)state;
	vmmcall_register("dbgsh", one);
	assert_int_equal(lookup(""), 0);
	assert_int_equal(lookup("dbgs"), 0);
	assert_int_equal(lookup("dbgsh "), 0);
	assert_int_equal(lookup("dbgsi"), 0);
	assert_int_equal(lookup("Dbgsh"), 0);
	/* The length is the caller's word: no NUL is needed or heeded */
	assert_int_equal(vmmcall_lookup("dbgshell", 5), FIRST);
	assert_int_equal(vmmcall_lookup("dbgsh\0x", 7), 0);
}

static void test_init(void **state)
{
	u32 bad = 99;

	(void)state;
	assert_int_equal(vmmcall_init(&bad), 0);
	assert_int_equal(bad, 99);
	assert_int_equal(vmmcall_table.count, 3);
	assert_int_equal(vmmcall_table.entry[lookup("second") - FIRST].levels,
			 VMMCALL_LEVEL_KERNEL);
	assert_ptr_equal(vmmcall_table.entry[lookup("second") - FIRST].func,
			 two);
	assert_int_equal(vmmcall_table.entry[lookup("third") - FIRST].levels,
			 0xa);
}

/* Load must fail with the index of the definition at fault */
static void test_init_fails(void **state)
{
	u32 bad = 99;

	(void)state;
	vmmcall_register("second", one);
	assert_int_equal(vmmcall_init(&bad), -EEXIST);
	assert_int_equal(bad, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_register, setup),
		cmocka_unit_test_setup(test_bad_arguments, setup),
		cmocka_unit_test_setup(test_duplicate, setup),
		cmocka_unit_test_setup(test_name_length, setup),
		cmocka_unit_test_setup(test_full, setup),
		cmocka_unit_test_setup(test_lookup, setup),
		cmocka_unit_test_setup(test_init, setup),
		cmocka_unit_test_setup(test_init_fails, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
