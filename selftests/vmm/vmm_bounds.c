// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a call may take at most. Interrupts are off while the VMM works, so each call has a
 * bound in instructions, for any caller and on any number of CPUs. Shows the most that
 * any call took of what is known to be long, and fails above the bound.
 *
 * It has to know that the TSC counts instructions here, which the word rig_counts on the
 * kernel's command line says; else it skips. One CPU is online; the more are present, the
 * more there is to report. Guest's interrupts between two time stamps count as well: each
 * series of calls is made several times, and of the same call the least counts.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>

#include "kselftest.h"
#include "common.h"

#define RUNS		5
#define MAX_CALLS	6000	/* of a series; what comes behind them isn't counted */
#define PAGE		4096UL
#define ROOM		(64 * PAGE)
#define NOPS		1000

#define SHELL_BOUND	100000
#define STATUS_BOUND	50000
#define FUNCTIONS_BOUND	10000
#define LOOKUP_BOUND	3000
#define REFUSED_BOUND	10000
#define LOG_BOUND	100000

static long byte_call, bulk_call;
static char *area;		/* the caller's memory */
static uint32_t least[MAX_CALLS];
static unsigned int nr_calls;	/* of this run */
static double scale;		/* ticks an instruction */

static inline uint64_t rdtsc(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a" (low), "=d" (high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static void count(uint64_t ticks)
{
	if (nr_calls < MAX_CALLS && ticks < least[nr_calls])
		least[nr_calls] = ticks;
	nr_calls++;
}

/* A call that counts */
static void call(struct vmm_regs *regs)
{
	uint64_t start = rdtsc();
	int failed = vmm_call(regs);

	count(rdtsc() - start);
	if (failed)
		ksft_exit_fail_msg("the VMM is gone\n");
}

static void calibrate(void)
{
	uint64_t best = ~0ULL, start, ticks;
	int i;

	for (i = 0; i < 100; i++) {
		start = rdtsc();
		asm volatile(".rept %c0\n\tnop\n\t.endr" : : "i" (NOPS));
		ticks = rdtsc() - start;
		if (ticks < best)
			best = ticks;
	}
	scale = (double)best / NOPS;
}

/* Makes a series of calls, and says what the longest of them took */
static void bounded(const char *what, unsigned int bound,
		    void (*series)(const void *arg), const void *arg)
{
	unsigned int i, calls = 0;
	uint32_t most = 0;
	double insns;

	memset(least, 0xff, sizeof(least));
	for (i = 0; i < RUNS; i++) {
		nr_calls = 0;
		series(arg);
		if (nr_calls > calls)
			calls = nr_calls;
	}
	for (i = 0; i < calls && i < MAX_CALLS; i++)
		if (least[i] > most)
			most = least[i];
	insns = most / scale;
	ksft_test_result(calls && insns < bound,
			 "%s: %.0f instructions at most, of %u (%u calls)\n",
			 what, insns, bound, calls);
}

/* The shell */

/* struct input - @count times a text */
struct input {
	const char *text;
	unsigned int count;
};

static void bulk(const void *arg)
{
	const struct input *input = arg;
	size_t len = strlen(input->text), i, left, pos = 0;
	char *in = area + PAGE - 100, *out = area + 3 * PAGE - 1000;
	struct vmm_regs regs;

	for (i = 0; i < input->count; i++)
		memcpy(in + i * len, input->text, len);
	left = input->count * len;
	regs = (struct vmm_regs){ .rdi = DBGSH_BULK_RESET };
	do {
		regs = (struct vmm_regs){
			.rax = bulk_call, .rdi = pos ? 0 : regs.rdi,
			.rbx = (long)in + pos, .rcx = left,
			.rdx = (long)out, .rsi = DBGSH_BULK_OUT_MAX,
		};
		call(&regs);
		if ((int)regs.rax == DBGSH_BULK_REFUSED)
			ksft_exit_fail_msg("a bulk call was refused\n");
		pos += (uint32_t)regs.rcx;
		left -= (uint32_t)regs.rcx;
		regs.rdi = 0;
	} while (nr_calls < MAX_CALLS &&
		 ((int)regs.rax == DBGSH_BULK_MORE ||
		  ((int)regs.rax == DBGSH_WANT_INPUT && left)));
}

static long byte(long in)
{
	struct vmm_regs regs = { .rax = byte_call, .rbx = in };

	call(&regs);
	return (long)regs.rax;
}

/* Keys, and what they make the shell say, as far as it is counted */
static void bytewise(const void *arg)
{
	const struct input *input = arg;
	unsigned int i;
	const char *c;
	long value;

	value = byte(3);
	for (i = 0; i < input->count; i++)
		for (c = input->text; *c; c++) {
			while (nr_calls < MAX_CALLS &&
			       value != DBGSH_WANT_INPUT && value != DBGSH_ENDED)
				value = byte(value == DBGSH_IDLE ? -1 : 0);
			value = byte((unsigned char)*c);
		}
	while (nr_calls < MAX_CALLS && value != DBGSH_WANT_INPUT &&
	       value != DBGSH_ENDED)
		value = byte(value == DBGSH_IDLE ? -1 : 0);
}

static void shell(const char *text, unsigned int times)
{
	struct input input = { text, times };
	char what[96];
	int len = (int)strcspn(text, "\n");

	snprintf(what, sizeof(what), "bulk, %u x '%.*s'", times, len, text);
	bounded(what, SHELL_BOUND, bulk, &input);
	input.count = times > 4 ? 4 : times;
	snprintf(what, sizeof(what), "bytewise, %u x '%.*s'", input.count, len, text);
	bounded(what, SHELL_BOUND, bytewise, &input);
}

/* A line with one number in it, as often as there is room for it */
static void shell_number(const char *format, uint64_t number)
{
	char line[96];

	snprintf(line, sizeof(line), format, (unsigned long long)number);
	shell(line, DBGSH_BULK_IN_MAX / strlen(line));
}

static void test_shell(void)
{
	struct block blocks[MAX_CPUS + 1];
	int nr = list_blocks(blocks, MAX_CPUS + 1);
	const char *block = vmm_is_amd() ? "vmcb\n" : "vmcs\n";
	const char *no_field = vmm_is_amd() ? "vmcb x\n" : "vmcs x\n";

	shell("dump phys 3G 1M\n", 16);
	shell("dump vmm 0 1M\n", 18);
	shell("exits\n", 42);
	shell("cpus\n", 51);
	shell("status\n", 36);
	shell("map\n", 64);
	shell("log\n", 64);
	shell("regs\n", 51);
	shell("regs all\n", 28);
	shell("regs cpu=0\n", 23);
	shell("help\n", 51);
	shell("help dump\n", 25);
	shell(block, 51);
	shell(no_field, 36);
	shell("\n", 256);
	shell("x\n", 128);
	shell("exit\n", 51);
	shell("nested 0\n", 28);
	shell_number("walk %#llx\n", (uint64_t)(unsigned long)area);
	shell_number("dump virt %#llx 4K\n", (uint64_t)(unsigned long)area);
	shell_number("dump virt %#llx 1M cpu=0\n", 0);
	shell_number("dump vmm %#llx 1M 8\n", 0xffffff8000000000ULL);
	shell_number("dump vmm %#llx 1M\n", 0xffffff9000000000ULL);
	if (nr) {
		shell_number("owner %#llx\n", blocks[nr - 1].start);
		shell_number("nested %#llx\n", blocks[nr - 1].start);
		shell_number("dump phys %#llx 1M\n", blocks[nr - 1].start);
	}
	ksft_test_result(nr > 0, "the VMM's blocks are known\n");
}

/* The longest line there can be, and keys that change it */
static void test_editing(void)
{
	static char line[700];
	struct input input = { line, 1 };

	memset(line, 'a', 254);
	strcpy(line + 254, "\001bc\005\027\025\020\016\020\020\t\n");
	bounded("bytewise, a long line edited", SHELL_BOUND, bytewise, &input);
	memset(line, 'b', 253);
	strcpy(line + 253, "\n\020\020\020\020\020\020\020\020\020\001\004\n\020\020\n");
	bounded("bytewise, long lines remembered", SHELL_BOUND, bytewise, &input);
	memset(line, 'c', 256);
	line[256] = 0;
	bounded("bulk, a line that is too long", SHELL_BOUND, bulk, &input);
}

static void visit(const void *arg)
{
	struct vmm_regs regs = { .rax = bulk_call, .rdi = DBGSH_BULK_VISIT };

	(void)arg;
	call(&regs);
}

/* The texts. The argument is a name, and the size is in @text_size. */

static unsigned long text_size;

static void text(const void *arg)
{
	struct vmm_regs regs = { .rax = vmm_lookup(arg), .rcx = text_size,
				 .rbx = (long)area };

	call(&regs);
}

/* A buffer of just the size that is told, so that the text is printed twice */
static void text_that_fits(const void *arg)
{
	long number = vmm_lookup(arg);
	struct vmm_regs regs = { .rax = number };

	call(&regs);
	regs.rax = number;
	regs.rbx = (long)area;
	call(&regs);
}

static void status_parts(const void *arg)
{
	struct vmm_regs regs = { 0 };
	long number = vmm_lookup(VMMCALL_NAME_GET_STATUS_PART);

	(void)arg;
	do {
		regs.rax = number;
		regs.rbx = (long)area;
		regs.rcx = text_size;
		call(&regs);
		if (regs.rax)
			ksft_exit_fail_msg("a part of the status was refused\n");
	} while (regs.rdx);
}

/* Positions that no call gave, or that some other machine's did */
static void status_anywhere(const void *arg)
{
	struct vmm_regs regs;
	unsigned long position;

	(void)arg;
	for (position = 1; position < 1UL << 24; position += 0x1235) {
		regs = (struct vmm_regs){
			.rax = vmm_lookup(VMMCALL_NAME_GET_STATUS_PART),
			.rbx = (long)area, .rcx = ROOM, .rdx = position,
		};
		call(&regs);
	}
}

static void test_texts(void)
{
	static const unsigned long sizes[] = { 0, 1000, ROOM };
	char what[64];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		text_size = sizes[i];
		snprintf(what, sizeof(what), "get_status, size %lu", text_size);
		bounded(what, STATUS_BOUND, text, VMMCALL_NAME_GET_STATUS);
		snprintf(what, sizeof(what), "get_functions, size %lu", text_size);
		bounded(what, FUNCTIONS_BOUND, text, VMMCALL_NAME_GET_FUNCTIONS);
	}
	bounded("get_status, size as needed", STATUS_BOUND, text_that_fits,
		VMMCALL_NAME_GET_STATUS);
	bounded("get_functions, size as needed", FUNCTIONS_BOUND, text_that_fits,
		VMMCALL_NAME_GET_FUNCTIONS);
	bounded("get_status_part", STATUS_BOUND, status_parts, NULL);
	text_size = STATUS_PART_MIN;
	bounded("get_status_part, the smallest buffer", STATUS_BOUND, status_parts,
		NULL);
	bounded("get_status_part, any position", STATUS_BOUND, status_anywhere,
		NULL);
}

/* Names, and numbers */

static void lookup(const void *arg)
{
	struct vmm_regs regs = { .rax = VMMCALL_GET_FUNCTION, .rbx = (long)arg };

	call(&regs);
}

static void number(const void *arg)
{
	const char *name = arg;
	struct vmm_regs regs = { .rbx = (long)area, .rcx = 400 };

	regs.rax = name ? vmm_lookup(name) : 63;
	call(&regs);
}

static void test_names(void)
{
	char *name = area + PAGE - 128;

	memset(area, 'n', 2 * PAGE);
	bounded("look-up, 256 bytes without a NUL, two pages", LOOKUP_BOUND,
		lookup, name);
	name[255] = 0;
	bounded("look-up, 255 bytes, two pages", LOOKUP_BOUND, lookup, name);
	memset(area, 0, 2 * PAGE);
	bounded("look-up, nothing there", LOOKUP_BOUND, lookup, (void *)8);
	bounded("an outer hypervisor's number", LOOKUP_BOUND, number, NULL);
	bounded("log_write, refused", REFUSED_BOUND, number,
		VMMCALL_NAME_LOG_WRITE);
	bounded("log_set_buf, refused", REFUSED_BOUND, number,
		VMMCALL_NAME_LOG_SET_BUF);
}

/* Level 0: the module's part and the kernel's are in what is counted */

static int uvtest;
static struct uvtest_pages pages;
static uint32_t *counter;	/* the log buffer's */

static void log_write(const void *arg)
{
	static struct uvtest_log log;

	(void)arg;
	memset(area, 'l', VMMLOG_WRITE_MAX);
	uvtest_log(uvtest, &log, area, VMMLOG_WRITE_MAX);
	count(log.ticks);
}

static void set_buf(uint64_t addr, uint64_t size)
{
	struct uvtest_regs regs;
	uint64_t start;
	long number = vmm_lookup(VMMCALL_NAME_LOG_SET_BUF);

	memset(&regs, 0, sizeof(regs));
	start = rdtsc();
	uvtest_call(uvtest, &regs, number, addr, size);
	count(rdtsc() - start);
}

/* Fills the VMM's own ring first: the buffer gets it all, once */
static void log_set_buf(const void *arg)
{
	static struct uvtest_log log;
	int i;

	(void)arg;
	for (i = 0; i < 100; i++)
		uvtest_log(uvtest, &log, area, VMMLOG_WRITE_MAX);
	*counter = 0;
	set_buf(pages.phys, PAGE << 4);
	set_buf(pages.phys, 3);
	set_buf(0, 0);
}

static void test_log(void)
{
	uvtest = need_uvtest();
	counter = uvtest_pages(uvtest, 4, &pages);
	bounded("log_write", LOG_BOUND, log_write, NULL);
	bounded("log_set_buf", LOG_BOUND, log_set_buf, NULL);
	bounded("get_status with a full log", STATUS_BOUND, text,
		VMMCALL_NAME_GET_STATUS);
}

static void find_calls(void)
{
	byte_call = vmm_lookup(VMMCALL_NAME_DBGSH);
	bulk_call = vmm_lookup(VMMCALL_NAME_DBGSH_BULK);
}

int main(void)
{
	char *words = read_file("/proc/cmdline");
	struct input line = { "help\n", 51 };
	int cpus[MAX_CPUS];

	ksft_print_header();
	if (!words || !strstr(words, "rig_counts"))
		ksft_exit_skip("no rig_counts on the command line: the TSC may count anything\n");
	free(words);
	if (list_cpus(cpus) != 1)
		ksft_exit_fail_msg("more than one CPU is online\n");
	area = mmap(NULL, ROOM, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (area == MAP_FAILED)
		ksft_exit_fail_msg("mmap\n");
	calibrate();
	need_vmm("dbgsh=off");
	find_calls();
	ksft_set_plan(79);
	test_texts();
	test_names();
	bounded("bulk, the shell is off", SHELL_BOUND, bulk, &line);
	bounded("bytewise, the shell is off", SHELL_BOUND, bytewise, &line);
	need_vmm("dbgsh=all");
	find_calls();
	test_shell();
	test_editing();
	bounded("bulk, a visit", SHELL_BOUND, visit, NULL);
	test_log();
	ksft_finished();
}
