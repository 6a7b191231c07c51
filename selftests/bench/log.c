// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the log costs: one line, in instructions from the call at level 0 to behind it
 * (RDTSC on either side, interrupts off), without a reader and with vmmlog.ko; and
 * how many bytes a second get from the VMM through vmmlog.ko to a cat. The writer waits
 * for cat where it falls behind, so that nothing is lost: the slowest part decides.
 * Time is the machine's own; in an emulator that is a hint at most.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "kselftest.h"
#include "common.h"
#include "measure.h"

#define SAMPLES		501
#define TEXT		60		/* bytes of text in the line that is measured */
#define LONG_TEXT	160		/* and in those that are sent in masses */
#define WINDOW		(1 << 19)	/* bytes that may be on their way */
#define FOLLOW		"/sys/kernel/debug/vmmlog/follow"
#define VMMLOG		"size=1048576 keep=2097152 interval_ms=2"

static int uvtest;

static void write_line(struct uvtest_log *log, size_t len)
{
	log->number = log->number ?: (uint64_t)vmm_lookup(VMMCALL_NAME_LOG_WRITE);
	log->len = len;
	uvtest_request(uvtest, UVTEST_IOC_LOG, log);
	if (log->result)
		ksft_exit_fail_msg("the VMM takes no line\n");
}

static uint64_t empty_ticks(void)
{
	uint64_t best = ~0ULL, start, ticks;
	int i;

	for (i = 0; i < SAMPLES; i++) {
		start = rdtsc();
		ticks = rdtsc() - start;
		if (ticks < best)
			best = ticks;
	}
	return best;
}

static void measure_line(const char *name)
{
	static uint64_t samples[SAMPLES];
	uint64_t before = vmm_log_counter(" written ");
	struct uvtest_log log = { 0 };
	int i;

	memset(log.text, 'x', TEXT);
	for (i = 0; i < SAMPLES; i++) {
		write_line(&log, TEXT);
		samples[i] = log.ticks;
	}
	report(name, samples, SAMPLES, empty_ticks(), NO_TARGET);
	printf("%s_size %llu bytes\n", name, (unsigned long long)
	       (vmm_log_counter(" written ") - before) / SAMPLES);
}

/* cat, which writes to a file. Return: its process. */
static pid_t start_cat(const char *path)
{
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, 1);
	execlp("cat", "cat", FOLLOW, NULL);
	_exit(1);
}

static uint64_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_size;
}

/* Until cat has so many bytes, and no longer than a minute. Return: whether it has. */
static bool wait_for_cat(const char *path, uint64_t bytes)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	int i;

	for (i = 0; i < 60000 && size_of(path) < bytes; i++)
		nanosleep(&ms, NULL);
	return size_of(path) >= bytes;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Return: whether cat got all, and nothing else */
static bool throughput(uint64_t bytes)
{
	const char *path = "/tmp/bench-log";
	struct uvtest_log log = { 0 };
	uint64_t sent, started, line;
	pid_t cat = start_cat(path);
	double start, took;
	bool ok = true;

	memset(log.text, 'y', LONG_TEXT);
	/* How long a line is; then what is there already */
	line = vmm_log_counter(" written ");
	write_line(&log, LONG_TEXT);
	started = vmm_log_counter(" written ");
	line = started - line;
	ok = wait_for_cat(path, started);
	start = seconds();
	for (sent = 0; sent < bytes && ok; sent += line) {
		write_line(&log, LONG_TEXT);
		if (sent > WINDOW)
			ok = wait_for_cat(path, started + sent - WINDOW);
	}
	ok = ok && wait_for_cat(path, started + sent);
	took = seconds() - start;
	kill(cat, SIGTERM);
	waitpid(cat, NULL, 0);
	ok = ok && size_of(path) == started + sent &&
	     !vmm_log_counter(" lost ");
	unlink(path);
	printf("log_to_cat %.0f bytes/s (%llu bytes in lines of %llu)\n", sent / took,
	       (unsigned long long)sent, (unsigned long long)line);
	return ok;
}

int main(void)
{
	const char *mode = getenv("BENCH");
	bool counts = mode && !strcmp(mode, "icount");
	int cpus[MAX_CPUS];
	bool ok;

	list_cpus(cpus);
	need_vmm("");
	uvtest = need_uvtest();
	if (counts) {
		pin_to(cpus[0]);
		measure_line("log_line_no_reader");
		/* A fresh one, of whose log nothing is lost */
		need_vmm("");
	}
	need_vmmlog(VMMLOG);
	if (counts)
		measure_line("log_line_reader");
	ok = throughput(env_number("LOG_BYTES", counts ? 1000000 : 10000000));
	if (!ok)
		printf("log_to_cat: not every byte arrived once\n");
	return !ok;
}
