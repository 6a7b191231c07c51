// SPDX-License-Identifier: GPL-2.0-only
/*
 * Megabytes through the log. Writers on several CPUs put numbered lines into it
 * (LOG_BYTES in all, 10 MB).
 *
 * A fast reader of vmmlog's file gets every byte, once and in each writer's order. The
 * writers wait for it when it falls behind by more than there is room for, which in an
 * emulator says nothing about the log.
 *
 * For a slow one, which looks into a small buffer now and then, what it gets and what
 * the lines "[N bytes of log lost]" say make up what was written, to the byte, at every
 * single gap: all lines have the same length.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "kselftest.h"
#include "common.h"

#define VMMLOG		"/sys/kernel/debug/vmmlog/"
#define MAX_WRITERS	8
#define LINE		200	/* bytes, the newline among them */
#define WINDOW		(1 << 20)	/* bytes that may be on their way */
#define SLOW_SHARE	4	/* of the bytes: 1 in so many */
#define SLOW_MS		50

struct writer {
	int cpu;
	int fd;
	unsigned int number;	/* of lines to write */
};

/* struct account - what a reader's text says */
struct account {
	unsigned long long bytes;	/* of the log, not counting notices */
	unsigned long long lost;	/* sum of all notices */
	unsigned int notices;
	unsigned int next[MAX_WRITERS];	/* number of the next line */
	unsigned int lines;
	unsigned int others;		/* the VMM's own lines */
	unsigned int wrong;
};

static struct writer writers[MAX_WRITERS];
static int nr_writers;
static bool waiting;		/* writers wait for the reader */
static uint64_t sent, received;

static char *text;
static size_t text_len, text_room;

/* A line without what the VMM puts before it; all lines of a CPU get equally long */
static size_t make_payload(char *buf, int writer, int cpu, unsigned int number)
{
	char prefix[80];
	size_t len = LINE - 1, i;

	len -= snprintf(prefix, sizeof(prefix),
			"[    0.000000] cpu%d info: guest: ", cpu);
	i = sprintf(buf, "w%d %08u ", writer, number);
	for (; i < len; i++)
		buf[i] = 'a' + (number * 7 + i * 3 + writer) % 26;
	return len;
}

static void wait_for_reader(void)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	while (waiting && __atomic_load_n(&sent, __ATOMIC_RELAXED) >
	       __atomic_load_n(&received, __ATOMIC_RELAXED) + WINDOW)
		nanosleep(&ms, NULL);
}

static void *writer_run(void *arg)
{
	struct writer *w = arg;
	struct uvtest_log log = {
		.number = vmm_lookup(VMMCALL_NAME_LOG_WRITE),
	};
	unsigned int i;

	pin_to(w->cpu);
	for (i = 0; i < w->number; i++) {
		wait_for_reader();
		log.len = make_payload(log.text, w - writers, w->cpu, i);
		uvtest_request(w->fd, UVTEST_IOC_LOG, &log);
		if (log.result)
			ksft_exit_fail_msg("the VMM takes no line\n");
		__atomic_fetch_add(&sent, LINE, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void start_writers(pthread_t *threads, uint64_t bytes)
{
	int i;

	for (i = 0; i < nr_writers; i++) {
		writers[i].number = bytes / LINE / nr_writers;
		pthread_create(&threads[i], NULL, writer_run, &writers[i]);
	}
}

/* All that is in the file now. Return: whether there was anything. */
static bool collect(int fd)
{
	size_t before = text_len;
	ssize_t n;

	while ((n = read(fd, text + text_len, text_room - text_len)) > 0)
		text_len += n;
	return text_len > before;
}

static int open_log(void)
{
	int fd = open(VMMLOG "log", O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		ksft_exit_fail_msg("vmmlog's file: %s\n", strerror(errno));
	return fd;
}

static uint64_t counter(const char *name)
{
	char path[100], *value;
	uint64_t number;

	snprintf(path, sizeof(path), VMMLOG "%s", name);
	value = read_file(path);
	if (!value)
		ksft_exit_fail_msg("no %s\n", path);
	number = strtoull(value, NULL, 0);
	free(value);
	return number;
}

/* Return: length of the notice that begins there, or 0 */
static size_t parse_notice(const char *at, unsigned long long *bytes)
{
	static const char words[] = " bytes of log lost]\n";
	char *end;

	if (at[0] != '[' || at[1] < '0' || at[1] > '9')
		return 0;
	*bytes = strtoull(at + 1, &end, 10);
	if (strncmp(end, words, strlen(words)))
		return 0;
	return end + strlen(words) - at;
}

/* A writer's line, or the start of one, @len bytes without newline */
static void check_line(struct account *a, const char *start, size_t len, bool gaps)
{
	char want[LINE], line[LINE];
	unsigned int writer, number, cpu;
	char *at;

	if (len != LINE - 1 && !gaps) {
		a->others++;
		return;
	}
	/* A copy: sscanf() would measure the whole text each time. */
	snprintf(line, sizeof(line), "%.*s", (int)len, start);
	len = strlen(line);
	at = strstr(line, "info: guest: w");
	if (!at || sscanf(at, "info: guest: w%u %8u ", &writer, &number) != 2 ||
	    sscanf(line, "[%*u.%*u] cpu%u", &cpu) != 1) {
		/* Cut before the number ends: nothing more to be seen */
		a->wrong += len == LINE - 1;
		return;
	}
	if (line + len < at + strlen("info: guest: w0 00000000 "))
		return;
	if (writer >= (unsigned int)nr_writers) {
		a->wrong++;
		return;
	}
	make_payload(want, writer, writers[writer].cpu, number);
	at += strlen("info: guest: ");
	a->lines++;
	if (memcmp(at, want, line + len - at) ||
	    cpu != (unsigned int)writers[writer].cpu ||
	    (gaps ? number < a->next[writer] : number != a->next[writer]))
		a->wrong++;
	a->next[writer] = number + 1;
}

/*
 * A line, and the notice behind it if there is one. A line that was cut has a newline
 * of the notice's before it; that, and not the line's own, if the rest of the line is in
 * the notice's number.
 */
static size_t check_one(struct account *a, const char *at, bool gaps)
{
	size_t len = strcspn(at, "\n"), notice;
	unsigned long long bytes = 0;

	notice = parse_notice(at, &bytes);
	if (notice) {
		a->wrong += bytes % LINE != 0;
		goto lost;
	}
	check_line(a, at, len, gaps);
	a->bytes += len;
	notice = at[len] ? parse_notice(at + len + 1, &bytes) : 0;
	if (!notice || bytes % LINE == 0) {
		a->wrong += gaps && len != LINE - 1;
		a->bytes += at[len] == '\n';
		return len + 1;
	}
	a->wrong += (len + bytes) % LINE != 0;
	notice += len + 1;
lost:
	a->lost += bytes;
	a->notices++;
	return notice;
}

static struct account check_text(bool gaps)
{
	struct account a = { 0 };
	size_t pos = 0;

	text[text_len] = 0;
	while (pos < text_len)
		pos += check_one(&a, text + pos, gaps);
	printf("# %llu bytes in %u lines, %u others, %u notices, %u wrong\n",
	       a.bytes, a.lines, a.others, a.notices, a.wrong);
	return a;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void test_fast(uint64_t bytes)
{
	pthread_t threads[MAX_WRITERS];
	struct pollfd p = { .events = POLLIN };
	uint64_t written;
	struct account a;
	bool all = true;
	double start;
	int i;

	need_vmmlog("size=2097152 keep=4194304 interval_ms=2");
	p.fd = open_log();
	waiting = true;
	start = now();
	start_writers(threads, bytes);
	/* A minute without a byte is too long for any emulator. */
	while (text_len < bytes / LINE / nr_writers * nr_writers * LINE &&
	       poll(&p, 1, 60000) > 0) {
		collect(p.fd);
		__atomic_store_n(&received, text_len, __ATOMIC_RELAXED);
	}
	for (i = 0; i < nr_writers; i++)
		pthread_join(threads[i], NULL);
	written = vmm_log_counter(" written ");
	while (text_len < written && poll(&p, 1, 5000) > 0)
		collect(p.fd);
	printf("# %.0f bytes a second\n", text_len / (now() - start));
	close(p.fd);
	a = check_text(false);
	for (i = 0; i < nr_writers; i++)
		all &= a.next[i] == writers[i].number;
	ksft_test_result(text_len == written && a.bytes == written,
			 "fast reader: as many bytes as the VMM wrote, %llu\n",
			 (unsigned long long)written);
	ksft_test_result(all && !a.wrong,
			 "fast reader: every line of %d writers once, whole, in order\n",
			 nr_writers);
	ksft_test_result(!a.lost && !vmm_log_counter(" lost ") &&
			 !counter("lost") && !counter("lost_by_vmm") &&
			 counter("collected") == written,
			 "fast reader: nothing is lost, by any count\n");
}

/* A last line, when all that came before it has been collected and there is room */
static void write_end(int fd)
{
	const struct timespec pause = { .tv_nsec = 4 * SLOW_MS * 1000000 };
	struct uvtest_log log;
	char payload[LINE];
	size_t len = make_payload(payload, 0, writers[0].cpu, writers[0].number);

	do
		nanosleep(&pause, NULL);
	while (collect(fd));
	pin_to(writers[0].cpu);
	uvtest_log(writers[0].fd, &log, payload, len);
	do
		nanosleep(&pause, NULL);
	while (collect(fd));
}

static void test_slow(uint64_t bytes)
{
	uint64_t written = vmm_log_counter(" written "), lost;
	pthread_t threads[MAX_WRITERS];
	char params[100];
	struct account a;
	int fd, i;

	snprintf(params, sizeof(params), "size=8192 keep=%zu interval_ms=%d",
		 text_room, SLOW_MS);
	need_vmmlog(params);
	fd = open_log();
	text_len = 0;
	waiting = false;
	start_writers(threads, bytes);
	for (i = 0; i < nr_writers; i++)
		pthread_join(threads[i], NULL);
	write_end(fd);
	close(fd);
	written = vmm_log_counter(" written ") - written;
	lost = vmm_log_counter(" lost ");
	a = check_text(true);
	ksft_test_result(a.lost > 0 && a.lines > 1 && !a.wrong,
			 "slow reader: %u gaps, each with its exact count\n",
			 a.notices);
	ksft_test_result(a.bytes + a.lost == written,
			 "slow reader: %llu bytes got and %llu lost are the %llu written\n",
			 a.bytes, a.lost, (unsigned long long)written);
	ksft_test_result(lost == a.lost && counter("lost_by_vmm") == a.lost &&
			 !counter("lost") && counter("collected") == text_len,
			 "slow reader: get_status and debugfs say the same\n");
}

int main(void)
{
	uint64_t bytes = env_number("LOG_BYTES", 10000000);
	int cpus[MAX_CPUS], kmsg, n, i;

	ksft_print_header();
	need_vmm("");
	need_uvtest();
	kmsg = kmsg_open();
	n = list_cpus(cpus);
	nr_writers = n < 2 ? 2 : n > MAX_WRITERS ? MAX_WRITERS : n;
	for (i = 0; i < nr_writers; i++) {
		writers[i].cpu = cpus[i % n];
		writers[i].fd = open("/dev/uvtest", O_RDWR | O_CLOEXEC);
	}
	text_room = bytes + bytes / 2 + (1 << 20);
	text = malloc(text_room + 1);
	ksft_set_plan(7);
	test_fast(bytes);
	test_slow(bytes / SLOW_SHARE);
	for (i = 0; i < nr_writers; i++)
		close(writers[i].fd);
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
