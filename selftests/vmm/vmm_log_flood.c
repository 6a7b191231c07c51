// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a flood of lines does to the log's records of attacks on the VMM: nothing.
 *
 * On each CPU a program of user 1000 makes calls that are refused, by turns so that no
 * line is like the one before. When the log leaves out such lines, the kernel (uvtest.ko)
 * writes to the VMM's memory, ten times while the flood goes on, and then writes ordinary
 * lines until the VMM's ring has been turned over. What is done is counted in calls, as
 * the log's limits go by the TSC. Shown for two sizes of the ring: that all ten records
 * are there for the debug shell, for a reader that comes later, for one that reads all
 * the time, and for one that looks only when the VMM goes. FLOOD_CALLS: calls at
 * least (20000).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"
#include "common.h"
#include "dbgsh_client.h"

#define RECORDS		10
#define TURNS		4	/* of the ring, at least */
#define LINE		200
#define USER		1000
#define MAX_FLOODERS	4
#define VMMLOG_FILE	"/sys/kernel/debug/vmmlog/log"

struct shared {
	unsigned long calls[MAX_FLOODERS];
	bool stop;
};

static struct shared *shared;
static pid_t flooders[MAX_FLOODERS];
static int nr_flooders;
static struct block blocks[MAX_CPUS + 1];
static int fd;

static void flood(int index, int cpu, const long *numbers)
{
	struct vmm_regs regs = { 0 };

	pin_to(cpu);
	if (setgid(USER) || setuid(USER))
		_exit(2);
	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED)) {
		regs.rax = numbers[shared->calls[index] & 1];
		if (vmm_call(&regs))
			_exit(1);
		__atomic_fetch_add(&shared->calls[index], 1, __ATOMIC_RELAXED);
	}
	_exit(0);
}

static void start_flood(void)
{
	const long numbers[] = { vmm_lookup(VMMCALL_NAME_LOG_SET_BUF),
				 vmm_lookup(VMMCALL_NAME_LOG_WRITE) };
	int cpus[MAX_CPUS], i;

	memset(shared, 0, sizeof(*shared));
	nr_flooders = list_cpus(cpus);
	if (nr_flooders > MAX_FLOODERS)
		nr_flooders = MAX_FLOODERS;
	fflush(stdout);
	for (i = 0; i < nr_flooders; i++) {
		flooders[i] = fork();
		if (!flooders[i])
			flood(i, cpus[i], numbers);
	}
}

static unsigned long calls(void)
{
	unsigned long sum = 0;
	int i;

	for (i = 0; i < nr_flooders; i++)
		sum += __atomic_load_n(&shared->calls[i], __ATOMIC_RELAXED);
	return sum;
}

static void wait_for_calls(unsigned long number)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	while (calls() < number)
		nanosleep(&ms, NULL);
}

/* Return: whether all of them were what they should be to the end */
static bool stop_flood(void)
{
	bool ok = true;
	int i, status;

	__atomic_store_n(&shared->stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < nr_flooders; i++)
		ok &= waitpid(flooders[i], &status, 0) == flooders[i] && !status;
	return ok;
}

static uint64_t record_address(int i)
{
	return blocks[0].start + 8 * i;
}

/* Return: how many of the writes were refused */
static int make_records(void)
{
	int i, refused = 0;

	for (i = 0; i < RECORDS; i++) {
		struct uvtest_access access = { .phys = record_address(i),
						.width = 8, .write = 1 };

		uvtest_request(fd, UVTEST_IOC_ACCESS, &access);
		refused += access.vector != 0;
		wait_for_calls(calls() + 100);
	}
	return refused;
}

/* Ordinary lines, which no rate limits */
static void turn_over(unsigned int bytes)
{
	struct uvtest_log log;
	char line[LINE];
	unsigned int i;

	memset(line, '.', sizeof(line));
	for (i = 0; i < bytes; i += LINE)
		uvtest_log(fd, &log, line, LINE);
}

static void flood_with_records(const char *what, unsigned int ring)
{
	unsigned long least = env_number("FLOOD_CALLS", 20000);
	uint64_t written = vmm_log_counter(" written ");
	int refused;
	bool ok;

	start_flood();
	do
		wait_for_calls(calls() + 100);
	while (!vmm_log_counter(" user "));
	refused = make_records();
	turn_over(TURNS * ring);
	wait_for_calls(least);
	ok = stop_flood();
	written = vmm_log_counter(" written ") - written;
	printf("# %lu calls, %llu lines left out, %llu bytes in a ring of %u\n",
	       calls(), (unsigned long long)vmm_log_counter(" user "),
	       (unsigned long long)written, ring);
	ksft_test_result(ok && refused == RECORDS && written >= TURNS * ring &&
			 !vmm_log_counter(" protection "),
			 "%s: a flood and %d attacks\n", what, refused);
}

static void check_records(const char *what, const char *text)
{
	char want[100];
	const char *at;
	int i, found = 0;

	for (i = 0; text && i < RECORDS; i++) {
		snprintf(want, sizeof(want),
			 "guest's write at %#llx, memory of the VMM, rip 0xffff",
			 (unsigned long long)record_address(i));
		at = strstr(text, want);
		found += at && !strstr(at + 1, want);
	}
	ksft_test_result(found == RECORDS, "%s: %d of %d records\n", what, found,
			 RECORDS);
}

/* The shell's "log" */
static char *shell_log(void)
{
	static char text[512 * 1024], piece[DBGSH_BULK_OUT_MAX];
	const char *line = "log\n";
	size_t len = 0;
	int eax;

	dbgsh_find();
	/* Pages that the flooders share with us since the fork are read-only */
	memset(piece, 0, sizeof(piece));
	do {
		eax = dbgsh_bulk(line, strlen(line), piece, sizeof(piece), 0);
		if (eax < 0 || len + dbgsh_regs.rsi >= sizeof(text))
			return NULL;
		memcpy(text + len, piece, dbgsh_regs.rsi);
		len += dbgsh_regs.rsi;
		line += dbgsh_regs.rcx;
	} while (eax != DBGSH_WANT_INPUT);
	text[len] = 0;
	return text;
}

/* The reader's file, when it has all that the VMM wrote or will be given */
static void check_file(const char *what)
{
	const struct timespec pause = { .tv_nsec = 300000000 };
	char *text;

	nanosleep(&pause, NULL);
	text = read_file(VMMLOG_FILE);
	check_records(what, text);
	free(text);
}

static void load_vmm(unsigned int ring)
{
	char params[100];

	snprintf(params, sizeof(params), "dbgsh=all log_size=%u", ring);
	need_vmm(params);
	if (!list_blocks(blocks, ARRAY_SIZE(blocks)))
		ksft_exit_fail_msg("no blocks in debugfs status\n");
}

static void test_ring(unsigned int ring)
{
	printf("# ring of %u bytes\n", ring);
	/* The other ring's reader */
	syscall(SYS_delete_module, "vmmlog", O_NONBLOCK);
	load_vmm(ring);
	flood_with_records("no reader", ring);
	check_records("debug shell", shell_log());
	need_vmmlog("size=4096 interval_ms=20");
	/* A line, for which there is room when the first ones have been collected */
	turn_over(1);
	check_file("a reader that comes then");

	load_vmm(ring);
	need_vmmlog("size=4096 interval_ms=20");
	flood_with_records("a reader", ring);
	turn_over(1);
	check_file("a reader");
	check_records("debug shell, behind a reader", shell_log());

	load_vmm(ring);
	need_vmmlog("size=4096 interval_ms=60000");
	flood_with_records("a reader that sleeps", ring);
	if (syscall(SYS_delete_module, "undervisor", O_NONBLOCK))
		ksft_exit_fail_msg("can't unload\n");
	check_file("a reader that sleeps until the VMM goes");
}

int main(void)
{
	int kmsg;

	ksft_print_header();
	need_vmm("");
	fd = need_uvtest();
	kmsg = kmsg_open();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ksft_set_plan(17);
	test_ring(4096);
	test_ring(32768);
	need_vmm("");
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
