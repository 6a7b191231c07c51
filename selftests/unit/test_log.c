// SPDX-License-Identifier: GPL-2.0-only
/* The log's lines, its stream and its readers */
#include "log_client.h"

static void test_line(void **state)
{
	struct text text = { 0 };

	(void)state;
	mock_set_cpu(1);
	vmm_log(LOG_INFO, "first %d", 1);
	mock_clock += 1234567;
	vmm_log(LOG_WARNING, "second");
	mock_clock += 123456ULL * 1000000;
	mock_set_cpu(3);
	vmm_log(LOG_ERROR, "third");
	mock_clock = 0;
	vmm_log((enum log_level)7, "a clock that lags");
	own_text(&text);
	assert_text(&text,
		    "[    0.000000] cpu1 info: first 1\n"
		    "[    1.234567] cpu1 warning: second\n"
		    "[123457.234567] cpu3 error: third\n"
		    "[    0.000000] cpu3 ?: a clock that lags\n");
}

static void test_line_without_rate(void **state)
{
	struct text text = { 0 };

	(void)state;
	boot_info.tsc_khz = 0;
	mock_clock = 0xfedcba9876543210ULL;
	vmm_log(LOG_INFO, "text");
	own_text(&text);
	assert_text(&text, "[0xfedcba9876543210] cpu0 info: text\n");
}

/* The largest tick counts, at a slow and at a fast clock */
static void test_time_limits(void **state)
{
	(void)state;
	assert_int_equal(clock_us(~0ULL, 1000), 18446744073709551615ULL);
	assert_int_equal(clock_us(~0ULL, 4000000), 4611686018427387ULL);
	assert_int_equal(clock_us(3999, 4000), 999);
	assert_int_equal(clock_us(~0ULL, 0xffffffff), 4294967297000ULL);
}

/* Text of a guest's making must not look like lines of its own */
static void test_sanitized(void **state)
{
	struct text text = { 0 };

	(void)state;
	vmm_log(LOG_INFO, "%s", "a\nb\x1b[2J\r\t\x7f\xc3\xa4");
	own_text(&text);
	assert_text(&text,
		    "[    0.000000] cpu0 info: a?b?[2J???\xc3\xa4\n");
}

/* Every byte at every place among others, against the plain rule */
static void test_sanitized_everywhere(void **state)
{
	struct line line;
	char text[24];
	u32 at, c, i, base;

	(void)state;
	for (base = 0; base < 256; base += 17) {
		for (at = 0; at < sizeof(text); at++) {
			for (c = 0; c < 256; c++) {
				memset(text, (int)base, sizeof(text));
				text[at] = (char)c;
				line.len = at % 3;
				line.cut = false;
				line_put(&line.sink, text, sizeof(text));
				assert_int_equal(line.len, at % 3 + sizeof(text));
				for (i = 0; i < sizeof(text); i++) {
					u8 b = (u8)text[i];

					assert_int_equal((u8)line.text[at % 3 + i],
							 b < 0x20 || b == 0x7f ?
							 '?' : b);
				}
			}
		}
	}
}

static void test_long_line(void **state)
{
	struct text text = { 0 };

	(void)state;
	vmm_log(LOG_INFO, "%600d", 1);
	own_text(&text);
	assert_int_equal(text.len, LOG_LINE_MAX);
	assert_memory_equal(text.bytes + LOG_LINE_MAX - 6, "  ...\n", 6);
	free(text.bytes);
}

static void test_own_ring_keeps_newest(void **state)
{
	struct text text = { 0 };
	struct log_stats stats;
	char want[64];
	u32 i;

	(void)state;
	for (i = 0; i < 5000; i++)
		vmm_log(LOG_INFO, "%09u", i);
	own_text(&text);
	assert_int_equal(text.len, MOCK_LOG_SIZE);
	snprintf(want, sizeof(want), "[    0.000000] cpu0 info: %09u\n", 4999);
	assert_memory_equal(text.bytes + text.len - LINE_BYTES, want, LINE_BYTES);
	log_get_stats(&stats);
	assert_int_equal(stats.written, 5000 * LINE_BYTES);
	assert_int_equal(stats.lost, 0);
	assert_int_equal(stats.started, 1000);
	assert_false(stats.attached);
	free(text.bytes);
}

/* Rings of other sizes; none that isn't a power of two or is out of range */
static void test_ring_sizes(void **state)
{
	static char ring[UV_LOG_MAX];
	struct text text = { 0 };
	char want[64];
	u64 size;
	u32 i;

	(void)state;
	for (size = 0; size <= 2 * UV_LOG_MAX; size += 1024)
		assert_int_equal(log_init(ring, size),
				 size >= UV_LOG_MIN && size <= UV_LOG_MAX &&
				 !(size & (size - 1)) ? 0 : -EINVAL);
	assert_int_equal(log_init(ring, ~0ULL), -EINVAL);
	for (size = UV_LOG_MIN; size <= UV_LOG_MAX; size *= 4) {
		setup(NULL);
		assert_int_equal(log_init(ring, size), 0);
		for (i = 0; i < 40000; i++)
			vmm_log(LOG_INFO, "%09u", i);
		own_text(&text);
		assert_int_equal(text.len, size);
		for (i = 1; i <= size / LINE_BYTES; i++) {
			snprintf(want, sizeof(want),
				 "[    0.000000] cpu0 info: %09u\n", 40000 - i);
			assert_memory_equal(text.bytes + text.len -
					    i * LINE_BYTES, want, LINE_BYTES);
		}
		free(text.bytes);
		memset(&text, 0, sizeof(text));
	}
}

/* What comes before there is a ring is counted, and nothing else */
static void test_no_ring(void **state)
{
	struct log_stats stats;
	u64 pos = 0;
	char c;

	(void)state;
	memset(&vmmlog, 0, sizeof(vmmlog));
	memset(&stream, 0, sizeof(stream));
	vmm_log(LOG_ERROR, "too early");
	vmm_log_guest(LOG_ERROR, "too early");
	assert_int_equal(log_read(&pos, &c, 1), 0);
	assert_int_equal(log_attach(gpa(MOCK_RAM_START), 64), -EBUSY);
	log_get_stats(&stats);
	assert_int_equal(stats.suppressed[LOG_BY_VMM], 1);
	assert_int_equal(stats.suppressed[LOG_BY_KERNEL], 1);
	assert_int_equal(stats.written, 0);
	assert_int_equal(stats.ring, 0);
}

static void test_read_positions(void **state)
{
	char buf[16];
	u64 pos = ~0ULL;

	(void)state;
	assert_int_equal(log_read(&pos, buf, sizeof(buf)), 0);
	vmm_log(LOG_INFO, "%09u", 1);
	assert_int_equal(log_read(&pos, buf, sizeof(buf)), 0);
	assert_int_equal(pos, ~0ULL);
	pos = LINE_BYTES - 3;
	assert_int_equal(log_read(&pos, buf, sizeof(buf)), 3);
	assert_memory_equal(buf, "01\n", 3);
	assert_int_equal(log_read(&pos, buf, sizeof(buf)), 0);
	pos = 0;
	assert_int_equal(log_read(&pos, buf, 0), 0);
}

/* A fault handler's line, from within the log's own lock, is left out */
static void test_no_deadlock(void **state)
{
	struct log_stats stats;
	u64 pos = 0;
	char c;

	(void)state;
	mock_set_cpu(3);
	assert_true(log_lock());
	vmm_log(LOG_ERROR, "a fault");
	vmm_log_guest(LOG_ERROR, "a fault");
	log_detach();
	assert_int_equal(log_read(&pos, &c, 1), 0);
	assert_int_equal(log_attach(gpa(MOCK_RAM_START), 64), -EBUSY);
	log_get_stats(&stats);
	assert_int_equal(stats.suppressed[LOG_BY_VMM], 1);
	assert_int_equal(stats.suppressed[LOG_BY_KERNEL], 1);
	assert_int_equal(stats.written, 0);
	log_unlock();
	vmm_log(LOG_ERROR, "later");
	assert_true(stream.head > 0);
}

static void test_attach_refused(void **state)
{
	struct client c = attach(4096);
	u32 size;

	(void)state;
	for (size = 0; size < 5; size++)
		assert_int_equal(log_attach(gpa(MOCK_RAM_START), size), -EINVAL);
	assert_int_equal(log_attach(gpa(MOCK_RAM_START), 1ULL << 32), -EINVAL);
	assert_int_equal(log_attach(gpa(MOCK_RAM_START + 1), 64), -EINVAL);
	assert_int_equal(log_attach(gpa(MOCK_RAM_START + 2), 64), -EINVAL);
	assert_int_equal(log_attach(gpa(MOCK_RAM_START - 4), 64), -EFAULT);
	assert_int_equal(log_attach(gpa(MOCK_RAM_END - 60), 64), -EFAULT);
	assert_int_equal(log_attach(gpa(MOCK_RAM_END), 64), -EFAULT);
	assert_int_equal(log_attach(gpa(-4ULL), 64), -EFAULT);
	assert_int_equal(log_attach(gpa(MOCK_RAM_START), 0xffffffff), -EFAULT);
	/* The former buffer is still in use */
	vmm_log(LOG_INFO, "%09u", 1);
	assert_int_equal(*c.count, LINE_BYTES);
	/* One byte of text is the least there can be */
	assert_int_equal(log_attach(gpa(MOCK_RAM_START), 5), 0);
}

static void test_backlog_comes_first(void **state)
{
	struct text text = { 0 };
	struct client c;

	(void)state;
	vmm_log(LOG_INFO, "before");
	c = attach(4096);
	vmm_log(LOG_INFO, "after");
	collect(&c, &text, ~0U);
	assert_text(&text,
		    "[    0.000000] cpu0 info: before\n"
		    "[    0.000000] cpu0 info: after\n");
}

/* A backlog longer than the own ring: what is gone is told first, by whole lines */
static void test_backlog_overrun(void **state)
{
	struct text text = { 0 }, own = { 0 };
	struct client c;
	const u32 cut = MOCK_LOG_SIZE % LINE_BYTES;
	char notice[64];
	u32 i, len;

	(void)state;
	for (i = 0; i < 2000; i++)
		vmm_log(LOG_INFO, "%09u", i);
	own_text(&own);
	c = attach(40000);
	collect(&c, &text, ~0U);
	len = snprintf(notice, sizeof(notice), "[%u bytes of log lost]\n",
		       2000 * LINE_BYTES - MOCK_LOG_SIZE + cut);
	assert_memory_equal(text.bytes, notice, len);
	assert_int_equal(text.len, len + MOCK_LOG_SIZE - cut);
	assert_memory_equal(text.bytes + len, own.bytes + cut,
			    MOCK_LOG_SIZE - cut);
	free(text.bytes);
	free(own.bytes);
}

/* A second reader goes on where the first one stopped */
static void test_reattach(void **state)
{
	struct text text = { 0 };
	struct log_stats stats;
	struct client c;

	(void)state;
	c = attach(4096);
	vmm_log(LOG_INFO, "one");
	log_detach();
	vmm_log(LOG_INFO, "two");
	assert_int_equal(*c.count, strlen("[    0.000000] cpu0 info: one\n"));
	log_get_stats(&stats);
	assert_false(stats.attached);
	assert_int_equal(stats.lost, 0);
	c = attach(4096);
	log_get_stats(&stats);
	assert_true(stats.attached);
	vmm_log(LOG_INFO, "three");
	collect(&c, &text, ~0U);
	assert_text(&text,
		    "[    0.000000] cpu0 info: two\n"
		    "[    0.000000] cpu0 info: three\n");
}

/* The count is the client's to clear: attaching adds to it */
static void test_attach_keeps_count(void **state)
{
	u32 *count = (u32 *)(void *)mock_ram;

	(void)state;
	vmm_log(LOG_INFO, "%09u", 1);
	*count = 1000;
	assert_int_equal(log_attach(gpa(MOCK_RAM_START), 4096), 0);
	assert_int_equal(*count, 1000 + LINE_BYTES);
	assert_int_equal(mock_ram[HEADER], '[');
}

/* A full ring: exact loss, a line of its own, nothing overwritten */
static void test_full(void **state)
{
	struct client c = attach(HEADER + 2 * LINE_BYTES + 10);
	struct text text = { 0 };
	struct log_stats stats;
	u32 i;

	(void)state;
	for (i = 1; i <= 5; i++)
		vmm_log(LOG_INFO, "%09u", i);
	assert_int_equal(*c.count, c.capacity);
	log_get_stats(&stats);
	assert_int_equal(stats.lost, 3 * LINE_BYTES - 10);

	/* Too little room for a notice: nothing may pass it */
	collect(&c, &text, 40);
	vmm_log(LOG_INFO, "%09u", 6);
	assert_int_equal(*c.count, c.capacity - 40);
	collect(&c, &text, ~0U);
	vmm_log(LOG_INFO, "%09u", 7);
	collect(&c, &text, ~0U);
	assert_text(&text,
		    "[    0.000000] cpu0 info: 000000001\n"
		    "[    0.000000] cpu0 info: 000000002\n"
		    "[    0.000\n"
		    "[134 bytes of log lost]\n"
		    "[    0.000000] cpu0 info: 000000007\n");
	log_get_stats(&stats);
	assert_int_equal(stats.lost, 134);
}

/* What one reader missed and was not told of, the next one gets */
static void test_reattach_after_loss(void **state)
{
	struct client c = attach(HEADER + 40);
	struct text text = { 0 };
	struct log_stats stats;

	(void)state;
	vmm_log(LOG_INFO, "%09u", 1);
	vmm_log(LOG_INFO, "%09u", 2);
	log_get_stats(&stats);
	assert_int_equal(stats.lost, 32);
	c = attach(4096);
	collect(&c, &text, ~0U);
	assert_text(&text, "    0.000000] cpu0 info: 000000002\n" + 3);
	log_get_stats(&stats);
	assert_int_equal(stats.lost, 0);
}

/* A buffer that no notice fits into still gets one, in parts */
static void test_tiny(void **state)
{
	struct client c = attach(HEADER + 7);
	struct text text = { 0 };
	u32 i;

	(void)state;
	for (i = 1; i <= 7; i++) {
		vmm_log(LOG_INFO, "%09u", i);
		collect(&c, &text, ~0U);
	}
	assert_text(&text,
		    "[    0.\n[29 bytes of log lost]\n[144 bytes of ");
	/* Half a notice is not told: the next reader gets the text */
	c = attach(4096);
	collect(&c, &text, ~0U);
	assert_int_equal(text.len, 6 * LINE_BYTES);
	free(text.bytes);
}

/* Counts that no honest reader sets: full, and never a byte out of place */
static void test_hostile_count(void **state)
{
	static u8 before[MOCK_RAM_SIZE];
	struct client c;
	u32 start, i;

	(void)state;
	memset(mock_ram, 0xee, sizeof(mock_ram));
	c = attach(HEADER + 101);
	start = (u32)((u8 *)c.count - mock_ram);
	*c.count = c.capacity + 1;
	vmm_log(LOG_INFO, "%09u", 0);
	assert_int_equal(*c.count, c.capacity + 1);
	*c.count = ~0U;
	vmm_log(LOG_INFO, "%09u", 0);
	assert_int_equal(*c.count, ~0U);
	assert_int_equal(c.ring[0], 0);

	memcpy(before, mock_ram, sizeof(before));
	for (i = 0; i < 20000; i++) {
		*c.count = rand() % 4 ? (u32)rand() % 120 : (u32)rand() * 3;
		vmm_log(LOG_INFO, "%.*s", rand() % 80,
			"this line has some length, and no end that is known to anybody here");
		mock_ram[start + HEADER + rand() % 101] = (u8)rand();
	}
	assert_memory_equal(mock_ram, before, start);
	assert_memory_equal(mock_ram + start + HEADER + 101,
			    before + start + HEADER + 101,
			    sizeof(before) - start - HEADER - 101);
}

/* Return: length of the notice at @text, or 0; @bytes is its number */
static size_t parse_notice(const char *text, u64 *bytes)
{
	static const char tail[] = " bytes of log lost]\n";
	char *end;

	if (text[0] != '[' || text[1] < '0' || text[1] > '9')
		return 0;
	*bytes = strtoull(text + 1, &end, 10);
	if (strncmp(end, tail, strlen(tail)))
		return 0;
	return (size_t)(end - text) + strlen(tail);
}

/*
 * A notice after a cut line is preceded by a newline. It looks like the line's own,
 * if just that was cut off; but the lost text ends where a line ends.
 */
static bool is_added_newline(const char *got, const struct text *stream,
			     size_t pos)
{
	u64 bytes;

	return *got == '\n' && parse_notice(got + 1, &bytes) &&
	       pos + bytes <= stream->len &&
	       stream->bytes[pos + bytes - 1] == '\n';
}

/*
 * Compares what readers got with the stream of all text: each byte once, in order,
 * or in exactly one notice. Return: sum of the notices.
 */
static u64 check_account(const struct text *got, const struct text *stream)
{
	size_t pos = 0, i = 0, len;
	u64 lost = 0, bytes;

	while (i < got->len) {
		len = parse_notice(got->bytes + i, &bytes);
		if (len) {
			i += len;
			pos += bytes;
			lost += bytes;
			continue;
		}
		if (is_added_newline(got->bytes + i, stream, pos)) {
			i++;
			continue;
		}
		assert_true(pos < stream->len);
		assert_int_equal(got->bytes[i], stream->bytes[pos]);
		i++;
		pos++;
	}
	assert_int_equal(pos, stream->len);
	return lost;
}

static void log_random_line(u32 number)
{
	mock_clock += rand() % 2000;
	if (rand() % 50 == 0)
		vmm_log_protect(LOG_INFO, "%u %*s", number, rand() % 128, ".");
	else
		vmm_log(LOG_INFO, "%u %*s", number, rand() % 128, ".");
}

/* 10 MB with a reader of some speed; now and then it detaches for a while */
static void run_stream(u32 size, u32 speed, u32 detach_every, u32 megabytes)
{
	struct text got = { 0 }, stream = { 0 };
	struct log_stats stats;
	struct client c = attach(size);
	char buf[600];
	u64 pos = 0;
	u32 i, n, detached = 0;
	size_t len, j;

	for (i = 0; stream.len < megabytes << 20; i++) {
		log_random_line(i);
		len = log_read(&pos, buf, sizeof(buf));
		for (j = 0; j < len; j++)
			append(&stream, buf[j]);
		if (detached && !--detached)
			c = attach(size);
		collect(&c, &got, rand() % speed);
		if (detach_every && !detached && rand() % detach_every == 0) {
			log_detach();
			while (collect(&c, &got, ~0U))
				;
			detached = 1 + rand() % 400;
		}
	}
	/* To the end: the last notice needs a line behind it */
	if (detached)
		c = attach(size);
	for (n = 0; n < 2; n++) {
		while (collect(&c, &got, ~0U))
			;
		log_random_line(i);
		len = log_read(&pos, buf, sizeof(buf));
		for (j = 0; j < len; j++)
			append(&stream, buf[j]);
	}
	collect(&c, &got, ~0U);
	append(&got, '\0');
	got.len--;
	log_get_stats(&stats);
	assert_int_equal(stats.written, stream.len);
	assert_int_equal(check_account(&got, &stream), stats.lost);
	free(got.bytes);
	free(stream.bytes);
}

static void test_fast_reader(void **state)
{
	struct log_stats stats;

	(void)state;
	run_stream(4096, 2000, 0, 10);
	log_get_stats(&stats);
	assert_int_equal(stats.lost, 0);
}

static void test_slow_reader(void **state)
{
	struct log_stats stats;

	(void)state;
	run_stream(1027, 100, 0, 10);
	log_get_stats(&stats);
	assert_true(stats.lost > 1 << 20);
}

static void test_changing_readers(void **state)
{
	(void)state;
	run_stream(6000, 250, 300, 10);
	setup(NULL);
	/* Backlogs longer than the buffer, cut in mid-line */
	run_stream(600, 250, 50, 2);
	/* The same with the smallest ring */
	setup(NULL);
	assert_int_equal(log_init(stream.ring, UV_LOG_MIN), 0);
	run_stream(6000, 250, 300, 5);
}

/* The reader on another CPU, for the count's atomicity */
#define THREAD_LINES	60000

static struct client thread_client;
static bool thread_stop;

static void *thread_collect(void *arg)
{
	struct text *got = arg;

	while (!__atomic_load_n(&thread_stop, __ATOMIC_ACQUIRE))
		collect(&thread_client, got, ~0U);
	collect(&thread_client, got, ~0U);
	return NULL;
}

static void *thread_write(void *arg)
{
	u32 cpu = *(u32 *)arg;
	u32 i;

	mock_set_cpu(cpu);
	for (i = 0; i < THREAD_LINES; i++)
		vmm_log(LOG_INFO, "%u", i);
	return NULL;
}

/*
 * Each writer's lines in order; what is missing is in the notices, of which each
 * may come with a newline of its own
 */
static void check_threads(struct text *got, u64 written)
{
	u32 next[MOCK_CPUS] = { 0 };
	u64 lost = 0, seen = 0, notices = 0, bytes;
	const char *line;
	size_t len;

	append(got, '\0');
	for (line = got->bytes; *line; line += len) {
		unsigned int cpu, number;
		char copy[64];

		len = parse_notice(line, &bytes);
		if (len) {
			lost += bytes;
			notices++;
			continue;
		}
		len = strcspn(line, "\n") + 1;
		seen += len;
		snprintf(copy, sizeof(copy), "%.*s", (int)len, line);
		if (sscanf(copy, "[ 0.000000] cpu%u info: %u\n", &cpu,
			   &number) != 2 || parse_notice(line + len, &bytes))
			continue;
		assert_true(cpu < MOCK_CPUS && number >= next[cpu]);
		next[cpu] = number;
	}
	assert_true(seen + lost >= written);
	assert_true(seen + lost <= written + notices);
}

static void test_threads(void **state)
{
	pthread_t reader, writer[2];
	struct text got = { 0 };
	struct log_stats stats;
	u32 cpu[2] = { 1, 3 };
	u32 i;

	(void)state;
	thread_client = attach(8192);
	thread_stop = false;
	pthread_create(&reader, NULL, thread_collect, &got);
	for (i = 0; i < 2; i++)
		pthread_create(&writer[i], NULL, thread_write, &cpu[i]);
	for (i = 0; i < 2; i++)
		pthread_join(writer[i], NULL);
	__atomic_store_n(&thread_stop, true, __ATOMIC_RELEASE);
	pthread_join(reader, NULL);
	vmm_log(LOG_INFO, "end");
	collect(&thread_client, &got, ~0U);
	assert_int_equal(*thread_client.count, 0);
	log_get_stats(&stats);
	check_threads(&got, stats.written);
	free(got.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_line, setup),
		cmocka_unit_test_setup(test_line_without_rate, setup),
		cmocka_unit_test_setup(test_time_limits, setup),
		cmocka_unit_test_setup(test_sanitized, setup),
		cmocka_unit_test_setup(test_sanitized_everywhere, setup),
		cmocka_unit_test_setup(test_long_line, setup),
		cmocka_unit_test_setup(test_own_ring_keeps_newest, setup),
		cmocka_unit_test_setup(test_ring_sizes, setup),
		cmocka_unit_test_setup(test_no_ring, setup),
		cmocka_unit_test_setup(test_read_positions, setup),
		cmocka_unit_test_setup(test_no_deadlock, setup),
		cmocka_unit_test_setup(test_attach_refused, setup),
		cmocka_unit_test_setup(test_backlog_comes_first, setup),
		cmocka_unit_test_setup(test_backlog_overrun, setup),
		cmocka_unit_test_setup(test_reattach, setup),
		cmocka_unit_test_setup(test_attach_keeps_count, setup),
		cmocka_unit_test_setup(test_full, setup),
		cmocka_unit_test_setup(test_reattach_after_loss, setup),
		cmocka_unit_test_setup(test_tiny, setup),
		cmocka_unit_test_setup(test_hostile_count, setup),
		cmocka_unit_test_setup(test_fast_reader, setup),
		cmocka_unit_test_setup(test_slow_reader, setup),
		cmocka_unit_test_setup(test_changing_readers, setup),
		cmocka_unit_test_setup(test_threads, setup),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
