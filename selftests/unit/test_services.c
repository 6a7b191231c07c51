// SPDX-License-Identifier: GPL-2.0-only
/* The calls with text, log_set_buf and log_write: through the dispatcher, as a guest sees them. */
#include "unit.h"
#include "core/log.h"
#include "hypercall/table.h"
#include "services/report.h"
#include "mock/mock.h"

#define VA		0x400000ULL
#define BUF_PAGES	4
#define BUF_SIZE	(BUF_PAGES * UV_PAGE_SIZE)

static u8 *const buf = mock_ram + 0x2000;

static int setup(void **state)
{
	u32 bad, i;

	(void)state;
	mock_reset();
	memset(&vmmcall_table, 0, sizeof(vmmcall_table));
	assert_int_equal(vmmcall_init(&bad), 0);
	for (i = 0; i < BUF_PAGES; i++)
		mock_map(VA + i * UV_PAGE_SIZE, 2 + i,
			 MOCK_USER | MOCK_WRITABLE);
	log_detach();
	return 0;
}

struct answer {
	u64 rax;
	u64 rcx;
};

static struct answer call(const char *name, u64 rbx, u64 rcx, u8 cpl, bool is64)
{
	struct guest_regs regs = { .rbx = rbx, .rcx = rcx };

	regs.rax = mock_number(name);
	mock_call(&regs, cpl, is64);
	assert_int_equal(regs.rbx, rbx);
	assert_int_equal(regs.rdx | regs.rsi | regs.rdi | regs.rbp, 0);
	return (struct answer){ regs.rax, regs.rcx };
}

static u64 needed(const char *name)
{
	struct answer a = call(name, 0, 0, 3, true);

	assert_int_equal(a.rax, 1);
	return a.rcx;
}

static void assert_untouched(u32 from)
{
	u32 i;

	for (i = from; i < BUF_SIZE; i++)
		assert_int_equal(buf[i], 0xcc);
}

/* Every size from nothing to one more than needed, for both calls */
static void test_sizes(const char *name)
{
	u64 len = needed(name);
	u64 size;

	assert_true(len > 20 && len < BUF_SIZE);
	for (size = 0; size <= len + 1; size++) {
		struct answer a;

		memset(buf, 0xcc, BUF_SIZE);
		a = call(name, VA, size, 3, true);
		assert_int_equal(a.rcx, len);
		assert_int_equal(a.rax, size < len);
		assert_untouched(size < len ? 0 : len);
		if (size >= len) {
			assert_null(memchr(buf, 0, len));
			assert_int_equal(buf[len - 1], '\n');
		}
	}
}

static void test_status_sizes(void **state)
{
	(void)state;
	test_sizes(VMMCALL_NAME_GET_STATUS);
}

static void test_functions_sizes(void **state)
{
	(void)state;
	test_sizes(VMMCALL_NAME_GET_FUNCTIONS);
}

static void test_status_text(void **state)
{
	struct log_stats stats;
	char want[1024];
	struct answer a;

	(void)state;
	vmm_log(LOG_INFO, "the clock starts");
	log_get_stats(&stats);
	mock_clock = stats.started + 777;
	mock_cpu[0].exits[3] = 12;
	mock_cpu[0].exits[CPU_NR_EXIT_COUNTS - 1] = ~0ULL;
	mock_cpu[1].exits[0] = 5;
	mock_cpu[1].exits[5] = 6;
	mock_cpu[1].refused = 3;
	mock_cpu[1].ticks = 77;
	mock_cpu[2].exits[0] = 99;
	mock_cpu[3].state = CPU_OUT;
	a = call(VMMCALL_NAME_GET_STATUS, VA, BUF_SIZE, 3, true);
	assert_int_equal(a.rax, 0);
	buf[a.rcx] = '\0';
	snprintf(want, sizeof(want),
		 "version 0.1.0\n"
		 "vendor mock\n"
		 "cpus 3\n"
		 "uptime ticks 777 khz 1000\n"
		 "log written %llu lost 0 suppressed 0 attached 0 ring 32768 user 0 kernel 0 protection 0 repeated 0\n"
		 "dbgsh on ignored 0 refused 0\n"
		 "locks log 0 dbgsh 0\n"
		 "cpu 0 in\n"
		 "cpu 0 exits VMMCALL 12\n"
		 "cpu 0 exits LAST 18446744073709551615\n"
		 "cpu 0 ticks 0\n"
		 "cpu 0 refused 0\n"
		 "cpu 1 in\n"
		 "cpu 1 exits CPUID 5\n"
		 "cpu 1 exits 0x5 6\n"
		 "cpu 1 ticks 77\n"
		 "cpu 1 refused 3\n"
		 "cpu 3 out\n"
		 "cpu 3 ticks 0\n"
		 "cpu 3 refused 0\n", stats.written);
	assert_string_equal((char *)buf, want);
}

/* Of 512 CPUs there is room for the first ones, and the work for them has its bound */
static void test_status_of_many(void **state)
{
	struct answer a;
	char *more;
	u32 cpu, i, lines = 0;

	(void)state;
	mock_all_cpus();
	for (cpu = 0; cpu < UV_MAX_CPUS; cpu++)
		for (i = 0; i < CPU_NR_EXIT_COUNTS; i++)
			mock_cpu[cpu].exits[i] = ~0ULL;
	a = call(VMMCALL_NAME_GET_STATUS, VA, BUF_SIZE, 3, true);
	assert_int_equal(a.rax, 0);
	assert_int_equal(a.rcx, needed(VMMCALL_NAME_GET_STATUS));
	buf[a.rcx] = '\0';
	assert_non_null(strstr((char *)buf, "\ncpus 512\n"));
	more = strstr((char *)buf, "\nmore cpu 0 function get_status_part\n");
	assert_non_null(more);
	assert_int_equal(strlen(more), strlen("\nmore cpu 0 function get_status_part\n"));
	for (i = 0; i < a.rcx; i++)
		lines += buf[i] == '\n';
	assert_in_range(lines, 40, 60);
	/* CPUs that have little to tell are shown as a whole */
	for (cpu = 0; cpu < UV_MAX_CPUS; cpu++)
		memset(mock_cpu[cpu].exits, 0, sizeof(mock_cpu[cpu].exits));
	a = call(VMMCALL_NAME_GET_STATUS, VA, BUF_SIZE, 3, true);
	buf[a.rcx] = '\0';
	assert_non_null(strstr((char *)buf, "\ncpu 9 refused 0\nmore cpu 10 "));
	assert_null(strstr((char *)buf, "\ncpu 10 "));
}

/* A part of the report. Return: rax; @size and @position are what the call left there */
static u64 part(u64 va, u64 *size, u64 *position, bool is64)
{
	struct guest_regs regs = { .rbx = va, .rcx = *size, .rdx = *position };

	regs.rax = mock_number(VMMCALL_NAME_GET_STATUS_PART);
	mock_call(&regs, 3, is64);
	assert_int_equal(regs.rbx, va);
	assert_int_equal(regs.rsi | regs.rdi | regs.rbp, 0);
	*size = regs.rcx;
	*position = regs.rdx;
	return regs.rax;
}

/* All parts in a buffer of @size. Return: their sum, to be freed */
static char *all_parts(u64 size, bool is64, u32 *calls)
{
	u64 position = 0, len = 0, got, i;
	char *text = NULL;
	u32 lines;

	*calls = 0;
	do {
		got = size;
		memset(buf, 0xcc, BUF_SIZE);
		assert_int_equal(part(VA, &got, &position, is64), 0);
		assert_in_range(got, 1, size);
		assert_untouched((u32)got);
		assert_int_equal(buf[got - 1], '\n');
		for (i = 0, lines = 0; i < got; i++)
			lines += buf[i] == '\n';
		assert_in_range(lines, 1, 64);
		text = realloc(text, len + got + 1);
		memcpy(text + len, buf, got);
		len += got;
		text[len] = '\0';
		assert_in_range(++*calls, 1, 100000);
	} while (position);
	return text;
}

static void test_parts(void **state)
{
	static const u64 sizes[] = {
		STATUS_PART_MIN, STATUS_PART_MIN + 1, 1000, BUF_SIZE,
	};
	char *want, *got;
	struct answer a;
	u32 i, calls;

	(void)state;
	mock_cpu[0].exits[3] = 12;
	mock_cpu[1].exits[5] = ~0ULL;
	mock_cpu[1].exits[CPU_NR_EXIT_COUNTS - 1] = 1;
	mock_cpu[3].exits[0] = 1;
	a = call(VMMCALL_NAME_GET_STATUS, VA, BUF_SIZE, 3, true);
	want = strndup((char *)buf, a.rcx);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		got = all_parts(sizes[i], i & 1, &calls);
		assert_string_equal(got, want);
		assert_int_equal(calls == 1, i >= 2);
		free(got);
	}
	free(want);
}

/* Each CPU's lines, each exit's line, once and in order; no call has more than 64 lines */
static void test_parts_of_many(void **state)
{
	u32 cpu, i, calls;
	char *text, *at, line[64];

	(void)state;
	mock_all_cpus();
	for (cpu = 0; cpu < UV_MAX_CPUS; cpu++)
		for (i = 0; i < CPU_NR_EXIT_COUNTS; i += 1 + cpu)
			mock_cpu[cpu].exits[i] = 1000 + i;
	text = all_parts(BUF_SIZE, true, &calls);
	at = strstr(text, "\ncpu 0 in\n") + 1;
	for (cpu = 0; cpu < UV_MAX_CPUS; cpu++) {
		snprintf(line, sizeof(line), "cpu %u in\n", cpu);
		assert_memory_equal(at, line, strlen(line));
		for (i = 0; i < CPU_NR_EXIT_COUNTS; i += 1 + cpu) {
			at = strchr(at, '\n') + 1;
			snprintf(line, sizeof(line), " %u\n", 1000 + i);
			assert_memory_equal(strchr(at, '\n') + 1 - strlen(line),
					    line, strlen(line));
		}
		at = strchr(at, '\n') + 1;
		snprintf(line, sizeof(line), "cpu %u ticks 0\ncpu %u refused 0\n",
			 cpu, cpu);
		assert_memory_equal(at, line, strlen(line));
		at += strlen(line);
	}
	assert_int_equal(*at, 0);
	free(text);
}

static void test_bad_parts(void **state)
{
	static const struct {
		u64 va, size, position;
	} bad[] = {
		{ VA, 0, 0 }, { VA, 10, 0 }, { 0, BUF_SIZE, 0 },
		{ VA + BUF_SIZE, BUF_SIZE, 0 }, { ~0ULL, 4096, 0 },
		{ 0x500000, BUF_SIZE, 0 },
		{ VA, BUF_SIZE, 0xf }, { VA, BUF_SIZE, 273 << 4 | 8 },
		{ VA, BUF_SIZE, 4 << 13 | 7 }, { VA, BUF_SIZE, 0x3ff << 13 | 7 },
		{ VA, BUF_SIZE, 1ULL << 32 | 7 }, { VA, BUF_SIZE, ~0ULL },
	};
	u64 size, position;
	u32 i;

	(void)state;
	mock_map(0x500000, 10, MOCK_USER);
	memset(buf, 0xcc, BUF_SIZE);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		size = bad[i].size;
		position = bad[i].position;
		assert_int_equal(part(bad[i].va, &size, &position, true), 1);
		assert_int_equal(size, bad[i].size);
		assert_int_equal(position, bad[i].position);
		assert_untouched(0);
	}
	/* Any other position is harmless: a CPU that has no block, one beyond its exits */
	for (i = 1; i < 4 << 13; i++) {
		size = BUF_SIZE;
		position = i;
		if ((i & 0xf) < 11 && (i >> 4 & 0x1ff) <= CPU_NR_EXIT_COUNTS)
			assert_int_equal(part(VA, &size, &position, true), 0);
	}
}

static void test_functions_text(void **state)
{
	struct vmmcall_info info;
	struct answer a;
	char *line = (char *)buf;
	u32 n;

	(void)state;
	a = call(VMMCALL_NAME_GET_FUNCTIONS, VA, BUF_SIZE, 0, true);
	assert_int_equal(a.rax, 0);
	buf[a.rcx] = '\0';
	for (n = 0; vmmcall_get_info(n, &info); n++) {
		char want[300];
		int len = snprintf(want, sizeof(want), "%u %s %s\n",
				   info.number, info.levels == 1 ? "0" : "0123",
				   info.name);

		assert_memory_equal(line, want, len);
		line += len;
	}
	assert_int_equal(n, 8);
	assert_int_equal(*line, 0);
}

/* Memory that the caller could not write isn't written, and the length is told */
static void test_bad_buffers(void **state)
{
	u64 len = needed(VMMCALL_NAME_GET_STATUS);
	struct answer a;
	u32 i;
	const struct {
		u64 va;
		u8 cpl;
	} bad[] = {
		{ 0, 3 }, { 0x12345000, 3 }, { 0x800000000000ULL, 3 },
		{ 0x500000, 3 },			/* read-only */
		{ 0x501000, 3 },			/* the kernel's */
		{ VA + BUF_SIZE - len + 1, 3 },		/* runs out of it */
		{ ~0ULL - len + 2, 3 },			/* wraps */
		{ ~0ULL, 0 },
	};

	(void)state;
	mock_map(0x500000, 10, MOCK_USER);
	mock_map(0x501000, 11, MOCK_WRITABLE);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		a = call(VMMCALL_NAME_GET_STATUS, bad[i].va, BUF_SIZE,
			 bad[i].cpl, true);
		assert_int_equal(a.rax, 1);
		assert_int_equal(a.rcx, len);
	}
	assert_int_equal(mock_ram[10 * 4096], 0);
	assert_int_equal(mock_ram[11 * 4096], 0);
	a = call(VMMCALL_NAME_GET_STATUS, 0x501000, BUF_SIZE, 0, true);
	assert_int_equal(a.rax, 0);
	assert_int_equal(mock_ram[11 * 4096], 'v');
	/* Just enough at the end of what is mapped, and a size beyond all */
	a = call(VMMCALL_NAME_GET_STATUS, VA + BUF_SIZE - len, ~0ULL, 3, true);
	assert_int_equal(a.rax, 0);
}

static void test_narrow_caller(void **state)
{
	u64 len = needed(VMMCALL_NAME_GET_STATUS);
	struct answer a;

	(void)state;
	a = call(VMMCALL_NAME_GET_STATUS, 0xdead00000000ULL + VA,
		 0xbeef00000000ULL + len, 3, false);
	assert_int_equal(a.rax, 0);
	assert_int_equal(a.rcx, len);
	a = call(VMMCALL_NAME_GET_STATUS, VA, 0xbeef00000000ULL + len - 1, 3,
		 false);
	assert_int_equal(a.rax, 1);
	/* 32-bit code can't write above 4 GiB, so neither do we */
	mock_map(0xfffff000ULL, 20, MOCK_USER | MOCK_WRITABLE);
	mock_map(0x100000000ULL, 21, MOCK_USER | MOCK_WRITABLE);
	a = call(VMMCALL_NAME_GET_STATUS, 0xfffffff0ULL, BUF_SIZE, 3, false);
	assert_int_equal(a.rax, 1);
	assert_int_equal(a.rcx, len);
	assert_int_equal(mock_ram[20 * 4096 + 4080], 0);
	assert_int_equal(mock_ram[21 * 4096], 0);
	a = call(VMMCALL_NAME_GET_STATUS, 0x100000000ULL - len, BUF_SIZE, 3,
		 false);
	assert_int_equal(a.rax, 0);
	a = call(VMMCALL_NAME_GET_STATUS, 0xfffffff0ULL, BUF_SIZE, 3, true);
	assert_int_equal(a.rax, 0);
}

/* The uptime gains a digit between counting and writing: nothing is overrun */
static void test_growing_text(void **state)
{
	struct log_stats stats;
	struct answer a;
	u64 len;

	(void)state;
	vmm_log(LOG_INFO, "the clock starts");
	log_get_stats(&stats);
	mock_clock = stats.started + 98;
	len = needed(VMMCALL_NAME_GET_STATUS);
	mock_clock = stats.started + 98;
	mock_clock_step = 1;
	memset(buf, 0xcc, BUF_SIZE);
	a = call(VMMCALL_NAME_GET_STATUS, VA, len, 3, true);
	assert_int_equal(a.rax, 1);
	assert_int_equal(a.rcx, len + 1);
	assert_untouched(len);
	/* With room for it the longer text is right */
	mock_clock = stats.started + 98;
	a = call(VMMCALL_NAME_GET_STATUS, VA, len + 1, 3, true);
	assert_int_equal(a.rax, 0);
	assert_int_equal(a.rcx, len + 1);
	assert_untouched(len + 1);
}

static struct log_stats log_stats(void)
{
	struct log_stats stats;

	log_get_stats(&stats);
	return stats;
}

/* Gives a buffer to the VMM; eax and all else must be as before */
static void set_buf(u64 addr, u64 size, u8 cpl, bool is64)
{
	struct answer a = call(VMMCALL_NAME_LOG_SET_BUF, addr, size, cpl, is64);

	assert_int_equal(a.rax, mock_number(VMMCALL_NAME_LOG_SET_BUF));
	assert_int_equal(a.rcx, size);
}

static void test_log_set_buf(void **state)
{
	u32 *count = (u32 *)(void *)(mock_ram + 0x8000);
	u64 addr = MOCK_RAM_START + 0x8000;

	(void)state;
	set_buf(addr, 4096, 0, true);
	assert_true(log_stats().attached);
	*count = 0;
	vmm_log(LOG_INFO, "text");
	assert_int_equal(*count, 31);
	set_buf(0, 4096, 0, true);
	assert_false(log_stats().attached);
	set_buf(addr, 4096, 0, true);
	set_buf(addr, 0, 0, true);
	assert_false(log_stats().attached);
	/* The size is ecx; the address is 64-bit rbx, or ebx in 32-bit code */
	set_buf(addr, 0x100000000ULL, 0, true);
	assert_false(log_stats().attached);
	set_buf(addr, 0x100001000ULL, 0, true);
	assert_true(log_stats().attached);
	set_buf(0, 0, 0, true);
	set_buf(0x100000000ULL + addr, 4096, 0, false);
	assert_true(log_stats().attached);
	set_buf(0x100000000ULL, 4096, 0, false);
	assert_false(log_stats().attached);
}

static void test_log_set_buf_levels(void **state)
{
	u8 cpl;

	(void)state;
	for (cpl = 1; cpl < 4; cpl++) {
		set_buf(MOCK_RAM_START, 4096, cpl, true);
		assert_false(log_stats().attached);
	}
	set_buf(MOCK_RAM_START, 4096, 0, true);
	for (cpl = 1; cpl < 4; cpl++) {
		set_buf(0, 0, cpl, true);
		assert_true(log_stats().attached);
	}
	assert_int_equal(mock_cpu[0].refused, 6);
}

static void test_log_set_buf_refused(void **state)
{
	static const struct {
		u64 addr;
		u64 size;
	} bad[] = {
		{ MOCK_RAM_START, 4 },
		{ MOCK_RAM_START + 2, 64 },
		{ MOCK_RAM_END - 4, 64 },
		{ MOCK_RAM_END, 64 },
		{ 4, 64 },
		{ ~3ULL, 64 },
		{ ~3ULL, 0xffffffff },
		{ 0x100000000ULL + MOCK_RAM_START, 64 },
	};
	char line[200];
	u32 i;

	(void)state;
	set_buf(MOCK_RAM_START + 0x8000, 0x4000, 0, true);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		u64 pos = log_stats().written;
		size_t len;

		mock_clock += 10000000;
		set_buf(bad[i].addr, bad[i].size, 0, true);
		len = log_read(&pos, line, sizeof(line) - 1);
		line[len] = '\0';
		assert_non_null(strstr(line, "log_set_buf: buffer of "));
		assert_non_null(strstr(line, " refused: "));
		assert_true(log_stats().attached);
	}
}

/* Return: the line that log_write made of @text, or NULL if it said no */
static const char *write_line(const char *text, u32 len)
{
	static char line[1024];
	u64 pos = log_stats().written;
	struct answer a;

	memcpy(buf, text, len);
	a = call(VMMCALL_NAME_LOG_WRITE, VA, len, 0, true);
	assert_int_equal(a.rcx, len);
	line[log_read(&pos, line, sizeof(line) - 1)] = '\0';
	assert_int_equal(a.rax, line[0] ? 0 : 1);
	return a.rax ? NULL : line;
}

static void test_log_write(void **state)
{
	static char longest[VMMLOG_WRITE_MAX + 1];
	const char *line;
	u32 i;

	(void)state;
	mock_clock = log_stats().started;
	assert_string_equal(write_line("a mark", 6),
			    "[    0.000000] cpu0 info: guest: a mark\n");
	assert_string_equal(write_line("a mark\n", 7),
			    "[    0.000000] cpu0 info: guest: a mark\n");
	assert_string_equal(write_line("a mark\n", 8),
			    "[    0.000000] cpu0 info: guest: a mark\n");
	line = write_line("\n", 2);
	assert_non_null(line);
	assert_string_equal(line + strlen("[    0.000000] cpu0 info: guest: "),
			    "\n");
	assert_string_equal(write_line("\n\n", 2),
			    "[    0.000000] cpu0 info: guest: ?\n");
	assert_string_equal(write_line("[1 bytes of log lost]\n[2\x1b%s\0x", 30),
			    "[    0.000000] cpu0 info: guest: [1 bytes of log lost]?[2?%s\n");
	memset(longest, 'x', sizeof(longest));
	line = write_line(longest, VMMLOG_WRITE_MAX);
	assert_int_equal(strspn(strchr(line, 'x'), "x"), VMMLOG_WRITE_MAX);
	assert_null(write_line(longest, VMMLOG_WRITE_MAX + 1));
	assert_null(write_line("", 0));
	/* Not rate-limited */
	for (i = 0; i < 1000; i++)
		assert_non_null(write_line("x", 1));
	for (i = 0; i < NR_LOG_CLASSES; i++)
		assert_int_equal(log_stats().suppressed[i], 0);
	assert_int_equal(log_stats().repeated, 0);
}

static void test_log_write_refused(void **state)
{
	static const struct {
		u64 addr;
		u64 len;
		bool is64;
		bool good;
	} tries[] = {
		{ VA + BUF_SIZE - 1, 1, true, true },
		{ VA + BUF_SIZE - 1, 2, true, false },
		{ VA - 1, 2, true, false },
		{ 0, 1, true, false },
		{ ~0ULL, 2, true, false },
		{ VA, 0xffffffff, true, false },
		/* The length is ecx; the address is 64-bit rbx, or ebx in 32-bit code */
		{ VA, 0x100000000ULL, true, false },
		{ VA, 0x100000001ULL, true, true },
		{ 0x100000000ULL + VA, 1, true, false },
		{ 0x100000000ULL + VA, 1, false, true },
		{ 0xffffffff, 2, false, false },
	};
	u64 before;
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		before = log_stats().written;
		assert_int_equal(call(VMMCALL_NAME_LOG_WRITE, tries[i].addr,
				      tries[i].len, 0, tries[i].is64).rax,
				 !tries[i].good);
		assert_int_equal(log_stats().written > before, tries[i].good);
	}
	/* Other levels: nothing at all but the refusal */
	for (i = 1; i < 4; i++)
		assert_int_equal(call(VMMCALL_NAME_LOG_WRITE, VA, 1, i, true).rax,
				 mock_number(VMMCALL_NAME_LOG_WRITE));
	assert_int_equal(mock_cpu[0].refused, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_status_sizes, setup),
		cmocka_unit_test_setup(test_functions_sizes, setup),
		cmocka_unit_test_setup(test_status_text, setup),
		cmocka_unit_test_setup(test_status_of_many, setup),
		cmocka_unit_test_setup(test_parts, setup),
		cmocka_unit_test_setup(test_parts_of_many, setup),
		cmocka_unit_test_setup(test_bad_parts, setup),
		cmocka_unit_test_setup(test_functions_text, setup),
		cmocka_unit_test_setup(test_bad_buffers, setup),
		cmocka_unit_test_setup(test_narrow_caller, setup),
		cmocka_unit_test_setup(test_growing_text, setup),
		cmocka_unit_test_setup(test_log_set_buf, setup),
		cmocka_unit_test_setup(test_log_set_buf_levels, setup),
		cmocka_unit_test_setup(test_log_set_buf_refused, setup),
		cmocka_unit_test_setup(test_log_write, setup),
		cmocka_unit_test_setup(test_log_write_refused, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
