// SPDX-License-Identifier: GPL-2.0-only
/* What a guest can cause at will: limits, repeated lines, and the lines that outlive both */
#include "log_client.h"

static u64 suppressed(enum log_class class)
{
	struct log_stats stats;

	log_get_stats(&stats);
	return stats.suppressed[class];
}

typedef void (*log_func)(enum log_level level, const char *fmt, ...);

/* Lines of which none is like the one before. Return: how many are in the log */
static u32 count_lines(log_func func, u32 tries, u64 ticks)
{
	static u32 number;
	u64 before = stream.head;
	u32 passed = 0;

	while (tries--) {
		func(LOG_WARNING, "x%u", number++);
		mock_clock += ticks;
		passed += stream.head != before;
		before = stream.head;
	}
	return passed;
}

static u32 count_guest_lines(u32 tries, u64 ticks)
{
	return count_lines(vmm_log_guest, tries, ticks);
}

static void assert_own_has(const char *words)
{
	struct text text = { 0 };

	own_text(&text);
	append(&text, '\0');
	if (!strstr(text.bytes, words))
		fail_msg("no \"%s\" in:\n%s", words, text.bytes);
	free(text.bytes);
}

static void test_rate_limit(void **state)
{
	(void)state;
	/* 1 MHz: 125000 ticks earn a line */
	assert_int_equal(count_guest_lines(100, 1), LOG_BURST);
	assert_int_equal(suppressed(LOG_BY_KERNEL), 100 - LOG_BURST);
	/* 100 ticks have passed; a tick too few earn nothing */
	mock_clock += 125000 - 100 - 1;
	assert_int_equal(count_guest_lines(1, 0), 0);
	mock_clock++;
	assert_int_equal(count_guest_lines(9, 1), 1);
	assert_own_has(" cpu0 warning: (85 lines suppressed) x101\n");
	/* Lines of the VMM's own pass always */
	vmm_log(LOG_INFO, "own");
	assert_int_equal(suppressed(LOG_BY_KERNEL), 85 + 8);
	/* A long pause earns no more than a burst */
	mock_clock += 1ULL << 60;
	assert_int_equal(count_guest_lines(100, 1), LOG_BURST);
	/* At 8 a second, all pass; a clock set back earns nothing and goes on */
	mock_clock += 10000000;
	assert_int_equal(count_guest_lines(100, 125000), 100);
	mock_clock += 10000000;
	assert_int_equal(count_guest_lines(16, 0), 16);
	mock_clock = 5;
	assert_int_equal(count_guest_lines(10, 1), 0);
	mock_clock += 125000;
	assert_int_equal(count_guest_lines(10, 0), 1);
}

static void test_rate_limit_by_count(void **state)
{
	(void)state;
	boot_info.tsc_khz = 0;
	assert_int_equal(count_guest_lines(LOG_BURST, 0), LOG_BURST);
	assert_int_equal(count_guest_lines(LOG_PER_COUNT, 0), 0);
	assert_int_equal(count_guest_lines(10 * (LOG_PER_COUNT + 1), 0), 10);
}

/* Several CPUs at one bucket: as many tokens as it has, and every line is counted */
static struct log_limit shared_limit;

static void *thread_take(void *arg)
{
	u32 i, *taken = arg;

	for (i = 0; i < 100000; i++)
		*taken += log_limit_take(&shared_limit);
	return NULL;
}

static void test_limit_threads(void **state)
{
	pthread_t threads[4];
	u32 taken[4] = { 0 };
	u32 i, sum = 0;

	(void)state;
	memset(&shared_limit, 0, sizeof(shared_limit));
	for (i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, thread_take, &taken[i]);
	for (i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		sum += taken[i];
	}
	assert_int_equal(sum, LOG_BURST);
	assert_int_equal(shared_limit.suppressed, 400000 - LOG_BURST);
}

static void by_user(enum log_level level, const char *fmt, ...)
{
	char text[100];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	mock_cpu[0].state = CPU_IN;
	mock_cpl = 3;
	vmm_log_guest(level, "%s", text);
	mock_cpl = 0;
	mock_cpu[0].state = CPU_OUT;
}

/* A flood of one class leaves the others' buckets as they were */
static void test_limits_apart(void **state)
{
	static const log_func funcs[] = { by_user, vmm_log_guest, vmm_log_protect };
	u32 i, j;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(funcs); i++) {
		mock_clock += 10000000;
		for (j = 0; j < ARRAY_SIZE(funcs); j++) {
			assert_int_equal(count_lines(funcs[(i + j) % 3], 1000, 0),
					 LOG_BURST);
			assert_int_equal(suppressed(LOG_BY_USER + (i + j) % 3),
					 (i + 1) * (1000 - LOG_BURST));
		}
	}
}

/* Who finds the bucket empty doesn't touch the lock, even if it is taken */
static void test_limit_before_lock(void **state)
{
	(void)state;
	count_guest_lines(LOG_BURST, 0);
	spin_lock(&vmmlog.lock.lock);
	assert_int_equal(count_guest_lines(1000, 0), 0);
	spin_unlock(&vmmlog.lock.lock);
	assert_int_equal(suppressed(LOG_BY_KERNEL), 1000);
}

/* Where the guest was; nothing of it on a CPU that has none */
static void test_names_guest(void **state)
{
	(void)state;
	mock_cpu[0].state = CPU_IN;
	mock_rip = 0xffffffff81234567;
	mock_cr3[0] = 0x10a000;
	vmm_log_guest(LOG_WARNING, "a");
	vmm_log_protect(LOG_ERROR, "b");
	mock_cpu[0].state = CPU_OUT;
	vmm_log_protect(LOG_ERROR, "c");
	assert_own_has(" cpu0 warning: a, rip 0xffffffff81234567 cr3 0x10a000\n");
	assert_own_has(" cpu0 error: b, rip 0xffffffff81234567 cr3 0x10a000\n");
	assert_own_has(" cpu0 error: c\n");
}

/* The same line again is a number, which whoever reads gets to see */
static void test_repeats(void **state)
{
	struct log_stats stats;
	u64 head;
	u32 i;

	(void)state;
	for (i = 0; i < 5; i++)
		vmm_log_guest(LOG_WARNING, "x");
	assert_int_equal(stream.head, strlen("[    0.000000] cpu0 warning: x\n"));
	assert_own_has("\n[    0.000000] cpu0 warning: (repeated 4 times) x\n");
	log_get_stats(&stats);
	assert_int_equal(stats.repeated, 3);
	/* Once more: there is nothing new to say then, but when it comes */
	head = stream.head;
	assert_own_has("x\n");
	assert_int_equal(stream.head, head);
	vmm_log_guest(LOG_WARNING, "x");
	vmm_log(LOG_INFO, "y");
	assert_own_has("(repeated 4 times) x\n"
		       "[    0.000000] cpu0 warning: x\n"
		       "[    0.000000] cpu0 info: y\n");
	/* Not the same: level, CPU, text, class */
	vmm_log_guest(LOG_INFO, "x");
	mock_set_cpu(1);
	vmm_log_guest(LOG_INFO, "x");
	vmm_log_guest(LOG_INFO, "xx");
	vmm_log_guest(LOG_INFO, "x");
	vmm_log_protect(LOG_INFO, "x");
	assert_own_has("y\n"
		       "[    0.000000] cpu0 info: x\n"
		       "[    0.000000] cpu1 info: x\n"
		       "[    0.000000] cpu1 info: xx\n"
		       "[    0.000000] cpu1 info: x\n"
		       "[    0.000000] cpu1 info: x\n");
	mock_set_cpu(0);
}

/* Lines from time to time are not held back; a steady flood is a line a second */
static void test_repeats_in_time(void **state)
{
	struct client c;
	struct text text = { 0 };
	u32 i;

	(void)state;
	c = attach(4096);
	for (i = 0; i < 3; i++) {
		vmm_log_guest(LOG_WARNING, "x");
		mock_clock += 1000000;
	}
	collect(&c, &text, ~0U);
	assert_text(&text, "[    0.000000] cpu0 warning: x\n"
			   "[    1.000000] cpu0 warning: x\n"
			   "[    2.000000] cpu0 warning: x\n");
	for (i = 0; i < 80; i++) {
		vmm_log_guest(LOG_WARNING, "y");
		mock_clock += 50000;
	}
	collect(&c, &text, ~0U);
	assert_text(&text,
		    "[    3.000000] cpu0 warning: y\n"
		    "[    4.000000] cpu0 warning: (repeated 20 times) y\n"
		    "[    5.000000] cpu0 warning: (repeated 11 times, 9 lines suppressed) y\n"
		    "[    6.000000] cpu0 warning: (repeated 8 times, 12 lines suppressed) y\n");
	/* The rest comes when the next reader does */
	c = attach(4096);
	collect(&c, &text, ~0U);
	assert_text(&text,
		    "[    6.900000] cpu0 warning: (repeated 7 times, 12 lines suppressed) y\n");
}

/* Without a clock the number decides */
static void test_repeats_by_count(void **state)
{
	u32 i;

	(void)state;
	boot_info.tsc_khz = 0;
	for (i = 0; vmmlog.source[LOG_BY_KERNEL].repeats < REPEATS_MAX - 1; i++) {
		vmm_log_guest(LOG_WARNING, "x");
		assert_true(i <= REPEATS_MAX * (LOG_PER_COUNT + 1));
	}
	assert_int_equal(vmmlog.repeated, 0);
	for (i = 0; vmmlog.source[LOG_BY_KERNEL].repeats; i++) {
		vmm_log_guest(LOG_WARNING, "x");
		assert_true(i <= LOG_PER_COUNT);
	}
	assert_int_equal(vmmlog.repeated, REPEATS_MAX - 1);
}

#define RECORDS		10
#define OTHERS		3000

/* Ten records among ordinary lines of all kinds; each text of its own */
static void flood(struct client *c, struct text *got, u32 speed)
{
	u32 i;

	for (i = 0; i < RECORDS * OTHERS; i++) {
		if (i % OTHERS == OTHERS / 2)
			vmm_log_protect(LOG_WARNING, "record %u", i / OTHERS);
		else if (i % 3)
			by_user(LOG_WARNING, "by a program %u", i);
		else if (i % 2)
			vmm_log_guest(LOG_WARNING, "by the kernel %u", i);
		else
			vmm_log(LOG_INFO, "guest: %u", i);
		mock_clock += 1000;
		if (speed && i % speed == 0)
			collect(c, got, ~0U);
	}
}

/* Each once, in order. Return: how many */
static u32 count_records(struct text *text)
{
	const char *at;
	u32 found = 0;
	char want[32];

	append(text, '\0');
	for (at = text->bytes; (at = strstr(at, ": record ")); at++) {
		snprintf(want, sizeof(want), ": record %u\n", found++);
		assert_memory_equal(at, want, strlen(want));
	}
	free(text->bytes);
	memset(text, 0, sizeof(*text));
	return found;
}

static void test_records_without_reader(void **state)
{
	static char ring[UV_LOG_MIN];
	struct text text = { 0 };
	struct log_stats stats;
	struct client c;

	(void)state;
	assert_int_equal(log_init(ring, sizeof(ring)), 0);
	flood(NULL, NULL, 0);
	log_get_stats(&stats);
	assert_true(stats.written > 20 * sizeof(ring));
	own_text(&text);
	assert_int_equal(count_records(&text), RECORDS);
	/* And a reader that comes then */
	c = attach(16384);
	collect(&c, &text, ~0U);
	assert_int_equal(count_records(&text), RECORDS);
}

/* At any speed, and with any buffer that has a reserve */
static void test_records_with_reader(void **state)
{
	static const u32 speeds[] = { 1, 10, 100, 1000, 10000, 0 };
	struct text text = { 0 };
	struct client c;
	u32 i, size;

	(void)state;
	for (size = 2052; size <= 65536; size *= 2) {
		for (i = 0; i < ARRAY_SIZE(speeds); i++) {
			setup(NULL);
			c = attach(size);
			flood(&c, &text, speeds[i]);
			collect(&c, &text, ~0U);
			/* What had no room yet */
			vmm_log(LOG_INFO, "end");
			collect(&c, &text, ~0U);
			assert_int_equal(count_records(&text), RECORDS);
		}
	}
}

/* A buffer full of other lines still takes a record, at once, and nothing else */
static void test_reserve(void **state)
{
	struct client c = attach(4096);
	struct text text = { 0 };
	struct log_stats stats;
	u32 i, count;

	(void)state;
	for (i = 0; i < 1000; i++)
		vmm_log(LOG_INFO, "%09u", i);
	count = *c.count;
	assert_int_equal(count, c.capacity - c.capacity / 2);
	for (i = 0; i < RECORDS; i++) {
		vmm_log_protect(LOG_WARNING, "record %u", i);
		assert_true(*c.count > count);
		count = *c.count;
		vmm_log(LOG_INFO, "%09u", i);
		assert_int_equal(*c.count, count);
	}
	collect(&c, &text, ~0U);
	assert_int_equal(count_records(&text), RECORDS);
	/* Without room even for them they wait, and get_status brings them out */
	for (i = 0; i < 1000; i++)
		vmm_log(LOG_INFO, "%09u", i);
	mock_clock += 10000000;
	for (i = 0; i < 12; i++)
		vmm_log_protect(LOG_WARNING, "record %u %200s", i, "");
	collect(&c, &text, ~0U);
	log_get_stats(&stats);
	collect(&c, &text, ~0U);
	append(&text, '\0');
	for (i = 0; i < 12; i++) {
		char want[20];

		snprintf(want, sizeof(want), ": record %u ", i);
		assert_non_null(strstr(text.bytes, want));
	}
	free(text.bytes);
}

/* Of too many records the last ones are kept */
static void test_kept_are_the_last(void **state)
{
	struct text text = { 0 };
	char want[32];
	u32 i;

	(void)state;
	for (i = 0; i < 100; i++) {
		mock_clock += 125000;
		vmm_log_protect(LOG_WARNING, "record %u", i);
	}
	for (i = 0; i < 5000; i++)
		vmm_log(LOG_INFO, "%09u", i);
	own_text(&text);
	append(&text, '\0');
	for (i = 0; i < 100; i++) {
		snprintf(want, sizeof(want), ": record %u\n", i);
		assert_int_equal(!!strstr(text.bytes, want),
				 i >= 100 - LOG_KEPT_LINES);
	}
	free(text.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_rate_limit, setup),
		cmocka_unit_test_setup(test_rate_limit_by_count, setup),
		cmocka_unit_test_setup(test_limit_threads, setup),
		cmocka_unit_test_setup(test_limits_apart, setup),
		cmocka_unit_test_setup(test_limit_before_lock, setup),
		cmocka_unit_test_setup(test_names_guest, setup),
		cmocka_unit_test_setup(test_repeats, setup),
		cmocka_unit_test_setup(test_repeats_in_time, setup),
		cmocka_unit_test_setup(test_repeats_by_count, setup),
		cmocka_unit_test_setup(test_records_without_reader, setup),
		cmocka_unit_test_setup(test_records_with_reader, setup),
		cmocka_unit_test_setup(test_reserve, setup),
		cmocka_unit_test_setup(test_kept_are_the_last, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
