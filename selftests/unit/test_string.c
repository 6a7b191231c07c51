// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/string.c, under other names (see the Makefile), against loops that are too
 * simple to be wrong.
 */
#include "unit.h"

void *vmm_memcpy(void *dst, const void *src, size_t len);
void *vmm_memmove(void *dst, const void *src, size_t len);
void *vmm_memset(void *dst, int byte, size_t len);
int vmm_memcmp(const void *a, const void *b, size_t len);
size_t vmm_strlen(const char *text);

#define SIZE	64

static void fill(u8 *buf)
{
	int i;

	for (i = 0; i < SIZE; i++)
		buf[i] = (u8)rand();
}

/* All lengths and alignments; nothing outside the range may change */
static void test_copy(void **state)
{
	u8 a[SIZE], b[SIZE], want[SIZE];
	int from, to, len, i;

	(void)state;
	for (from = 0; from < 10; from++)
		for (to = 0; to < 10; to++)
			for (len = 0; len < 40; len++) {
				fill(a);
				fill(b);
				for (i = 0; i < SIZE; i++)
					want[i] = i >= to && i < to + len ?
						a[i - to + from] : b[i];
				assert_ptr_equal(vmm_memcpy(b + to, a + from, len), b + to);
				assert_memory_equal(b, want, SIZE);
			}
}

static void test_move(void **state)
{
	u8 a[SIZE], want[SIZE];
	int from, to, len, i;

	(void)state;
	for (from = 0; from < 24; from++)
		for (to = 0; to < 24; to++)
			for (len = 0; len < 40; len++) {
				fill(a);
				for (i = 0; i < SIZE; i++)
					want[i] = i >= to && i < to + len ?
						a[i - to + from] : a[i];
				assert_ptr_equal(vmm_memmove(a + to, a + from, len), a + to);
				assert_memory_equal(a, want, SIZE);
			}
}

static void test_set(void **state)
{
	u8 a[SIZE], want[SIZE];
	int to, len, i;

	(void)state;
	for (to = 0; to < 10; to++)
		for (len = 0; len < 40; len++) {
			fill(a);
			for (i = 0; i < SIZE; i++)
				want[i] = i >= to && i < to + len ? 0xa5 : a[i];
			assert_ptr_equal(vmm_memset(a + to, 0x3a5, len), a + to);
			assert_memory_equal(a, want, SIZE);
		}
}

static void test_compare(void **state)
{
	(void)state;
	assert_int_equal(vmm_memcmp("abc", "abc", 3), 0);
	assert_int_equal(vmm_memcmp("abc", "abd", 2), 0);
	assert_int_equal(vmm_memcmp("a", "b", 0), 0);
	assert_true(vmm_memcmp("abc", "abd", 3) < 0);
	assert_true(vmm_memcmp("abd", "abc", 3) > 0);
	assert_true(vmm_memcmp("\x80", "\x7f", 1) > 0);
	assert_true(vmm_memcmp("ba", "ab", 2) > 0);
}

static void test_length(void **state)
{
	(void)state;
	assert_int_equal(vmm_strlen(""), 0);
	assert_int_equal(vmm_strlen("a"), 1);
	assert_int_equal(vmm_strlen("\xff\x80 abcdefghij"), 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
