// SPDX-License-Identifier: GPL-2.0-only
/* core/format.c against the C library's snprintf(). */
#include "unit.h"
#include "core/format.h"

/* The formats here are data, and some of them wrong on purpose */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-truncation"
#pragma GCC diagnostic ignored "-Wformat-zero-length"
#pragma GCC diagnostic ignored "-Wformat-overflow"
#pragma GCC diagnostic ignored "-Wformat-extra-args"

static int random_below(int n)
{
	return rand() % n;
}

#define SAME(...) do {							\
	char ours_[256], libc_[256];					\
	int ours_len_ = vmm_snprintf(ours_, sizeof(ours_), __VA_ARGS__);	\
	int libc_len_ = snprintf(libc_, sizeof(libc_), __VA_ARGS__);	\
									\
	assert_string_equal(ours_, libc_);				\
	assert_int_equal(ours_len_, libc_len_);				\
} while (0)

static void test_table(void **state)
{
	(void)state;
	SAME("");
	SAME("plain text");
	SAME("100%%");
	SAME("%d %i %u", -1, 1, 4000000000u);
	SAME("%d %d %d", 0, INT32_MAX, INT32_MIN);
	SAME("%ld %lld", INT64_MIN, (long long)INT64_MAX);
	SAME("%lu %llu %zu", UINT64_MAX, 1ULL << 63, (size_t)-1);
	SAME("%x %X %#x %#X", 0xbeef, 0xbeef, 0xbeef, 0xbeef);
	SAME("%x %#x %#X", 0, 0, 0);
	SAME("%#llx %lX %zx", 0xfedcba9876543210ULL, 255L, (size_t)4096);
	SAME("[%5d] [%-5d] [%05d] [%-05d]", 42, 42, 42, 42);
	SAME("[%5d] [%-5d] [%05d] [%2d]", -42, -42, -42, -12345);
	SAME("[%#10x] [%#010x] [%-#10x]", 0xab, 0xab, 0xab);
	SAME("[%.5d] [%8.5d] [%-8.5d] [%08.5d]", 42, 42, 42, 42);
	SAME("[%.0d] [%5.0d] [%.0x] [%#.0x] [%.d]", 0, 0, 0, 0, 0);
	SAME("[%.0d] [%.3x] [%#.6x] [%.1d]", 7, 0xabcde, 0xab, -123);
	SAME("[%*d] [%*d] [%-*d]", 6, 1, -6, 2, 6, 3);
	SAME("[%.*d] [%.*d] [%*.*x]", 4, 1, -4, 2, 9, 3, 0x1f);
	SAME("[%s] [%10s] [%-10s] [%.2s] [%5.1s]", "abc", "abc", "abc", "abc",
	     "abc");
	SAME("[%s] [%.0s] [%.*s] [%.*s]", "", "abc", 2, "xyz", -1, "xyz");
	SAME("[%20s] [%40d] [%040d]", "wide", 1, 2);
	SAME("[%c] [%3c] [%-3c]", 'a', 'b', 'c');
	SAME("%p %20p %-20p|", (void *)0x1234, (void *)-1L, (void *)1);
}

static void test_null_arguments(void **state)
{
	char buf[32];

	(void)state;
	vmm_snprintf(buf, sizeof(buf), "%s|%p", (char *)NULL, NULL);
	assert_string_equal(buf, "(null)|0x0");
}

/* A text without an end is fine where the precision bounds it */
static void test_unterminated(void **state)
{
	char *text = malloc(3);
	char buf[8];

	(void)state;
	text[0] = 'a';
	text[1] = 'b';
	text[2] = 'c';
	assert_int_equal(vmm_snprintf(buf, sizeof(buf), "%.3s", text), 3);
	assert_string_equal(buf, "abc");
	free(text);
}

/* Unknown conversions take no argument */
static void test_unknown(void **state)
{
	char buf[64];

	(void)state;
	vmm_snprintf(buf, sizeof(buf), "%f %5.2q %lk %d", 7);
	assert_string_equal(buf, "%f %5.2q %lk 7");
	vmm_snprintf(buf, sizeof(buf), "end %");
	assert_string_equal(buf, "end %");
	vmm_snprintf(buf, sizeof(buf), "end %-08.3ll");
	assert_string_equal(buf, "end %-08.3ll");
}

static void test_truncation(void **state)
{
	char buf[16];
	size_t size, i;

	(void)state;
	for (size = 0; size <= sizeof(buf); size++) {
		memset(buf, '#', sizeof(buf));
		assert_int_equal(vmm_snprintf(buf, size, "%s-%d", "abcd", 567),
				 8);
		for (i = 0; i < sizeof(buf); i++) {
			if (i >= size || i > 8)
				assert_int_equal(buf[i], '#');
			else if (i == size - 1 || i == 8)
				assert_int_equal(buf[i], 0);
			else
				assert_int_equal(buf[i], "abcd-567"[i]);
		}
	}
	assert_int_equal(vmm_snprintf(NULL, 0, "%100d", 1), 100);
}

/* Widths that no format has must not overflow */
static void test_huge_width(void **state)
{
	(void)state;
	assert_true(vmm_snprintf(NULL, 0, "%99999999999d", 1) >= 0xffff);
	assert_true(vmm_snprintf(NULL, 0, "%*d", INT32_MIN, 1) >= 0xffff);
	assert_true(vmm_snprintf(NULL, 0, "%.*d", INT32_MAX, 1) >= 0xffff);
	assert_true(vmm_snprintf(NULL, 0, "%.99999999999s", "abc") == 3);
}

static u64 random_value(void)
{
	u64 v = (u64)rand() << 42 ^ (u64)rand() << 21 ^ (u64)rand();

	return v >> random_below(64);
}

static void random_format(char *fmt, char conversion, const char *size)
{
	char *p = fmt;

	*p++ = '%';
	if (random_below(3) == 0)
		*p++ = '-';
	else if (random_below(3) == 0)
		*p++ = '0';
	if (strchr("xX", conversion) && random_below(3) == 0)
		*p++ = '#';
	if (random_below(2))
		p += sprintf(p, "%d", 1 + random_below(30));
	if (random_below(2))
		p += sprintf(p, ".%d", random_below(30));
	sprintf(p, "%s%c", size, conversion);
}

static void test_random(void **state)
{
	static const char conversions[] = "diuxX";
	static const char *const sizes[] = { "", "l", "ll", "z" };
	char fmt[32];
	int i;

	(void)state;
	for (i = 0; i < 200000; i++) {
		int size = random_below(4);
		u64 value = random_value();
		const char *text = "some text of some length" +
				   random_below(24);

		random_format(fmt, conversions[random_below(5)], sizes[size]);
		if (size == 0)
			SAME(fmt, (int)value);
		else
			SAME(fmt, value);
		/* The C library leaves open what 0 does to %s */
		random_format(fmt, 's', "");
		if (fmt[1] != '0')
			SAME(fmt, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_null_arguments),
		cmocka_unit_test(test_unterminated),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_huge_width),
		cmocka_unit_test(test_random),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
