// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmmlog.ko's files: three readers at once, each at its own speed and position; the end of
 * "log" and of "follow", with and without O_NONBLOCK; poll, select, epoll; seeking; a
 * reader that is overtaken, and the exact count of what it lost.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <time.h>

#include "kselftest.h"
#include "common.h"

#define LOG		"/sys/kernel/debug/vmmlog/log"
#define FOLLOW		"/sys/kernel/debug/vmmlog/follow"
#define LOST		"/sys/kernel/debug/vmmlog/lost"
#define ROOM		(1 << 20)
#define LINES		1500
#define NOTICE		"vmmlog: %llu bytes lost, reader too slow\n"

/* struct client - a reader in a thread of its own */
struct client {
	const char *file;
	size_t chunk;		/* bytes a read */
	long pause_us;		/* after each */
	int cpu;
	size_t want;		/* bytes in all */
	size_t got;
	char *text;
};

static int uvtest;
static uint64_t before;		/* bytes that the VMM wrote before vmmlog came */

static int open_log(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags);

	if (fd < 0)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	return fd;
}

static void pause_us(long us)
{
	const struct timespec t = { .tv_sec = us / 1000000,
				    .tv_nsec = us % 1000000 * 1000 };

	nanosleep(&t, NULL);
}

static void mark(int n)
{
	struct uvtest_log log;
	char text[100];

	snprintf(text, sizeof(text), "line %d %*s.", n, n % 60, "");
	if (uvtest_log(uvtest, &log, text, strlen(text)))
		ksft_exit_fail_msg("the VMM takes no line\n");
}

/* Until all that the VMM has written so far is in the file */
static size_t settle(void)
{
	uint64_t written = vmm_log_counter(" written ") - before;
	int fd = open_log(LOG, 0);
	size_t size = 0;
	int i;

	for (i = 0; i < 1000 && size < written; i++) {
		size = lseek(fd, 0, SEEK_END);
		pause_us(10000);
	}
	close(fd);
	return size;
}

static void *client_run(void *arg)
{
	struct client *c = arg;
	int fd = open_log(c->file, 0);
	ssize_t n = 0;

	pin_to(c->cpu);
	while (c->got < c->want && n >= 0) {
		n = read(fd, c->text + c->got, c->chunk);
		if (n > 0)
			c->got += n;
		if (n == 0)
			pause_us(10000);
		if (c->pause_us)
			pause_us(c->pause_us);
	}
	close(fd);
	return NULL;
}

/*
 * The readers begin before the lines do, and none is too slow for what is kept. How much
 * they are to read is known from a first round of the same lines, from the same CPU,
 * whose number is in them.
 */
static void test_three(void)
{
	struct client clients[] = {
		{ .file = LOG, .chunk = 65536 },
		{ .file = FOLLOW, .chunk = 7 },
		{ .file = FOLLOW, .chunk = 1000, .pause_us = 2000 },
	};
	pthread_t threads[ARRAY_SIZE(clients)];
	size_t start = settle(), want;
	int cpus[MAX_CPUS], nr_cpus = list_cpus(cpus);
	unsigned int i;
	char *all;
	int n;

	pin_to(cpus[0]);
	for (n = 0; n < LINES; n++)
		mark(n);
	want = start + 2 * (settle() - start);
	for (i = 0; i < ARRAY_SIZE(clients); i++) {
		clients[i].want = want;
		clients[i].cpu = cpus[(i + 1) % nr_cpus];
		clients[i].text = malloc(want + 65536);
		pthread_create(&threads[i], NULL, client_run, &clients[i]);
	}
	for (n = 0; n < LINES; n++)
		mark(n);
	for (i = 0; i < ARRAY_SIZE(clients); i++)
		pthread_join(threads[i], NULL);
	all = read_file(LOG);
	for (i = 0; i < ARRAY_SIZE(clients); i++) {
		ksft_test_result(clients[i].got == want &&
				 !memcmp(clients[i].text, all, want),
				 "%zu bytes a read of %s: all %zu bytes\n",
				 clients[i].chunk, clients[i].file, want);
		free(clients[i].text);
	}
	free(all);
}

static int open_at_end(const char *path, int flags)
{
	int fd;

	settle();
	fd = open_log(path, flags);
	lseek(fd, 0, SEEK_END);
	return fd;
}

static void test_end(void)
{
	void *nothing = mmap(NULL, 4096, PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char text[256];
	int fd = open_at_end(LOG, 0);

	ksft_test_result(read(fd, text, sizeof(text)) == 0,
			 "log: the end is an end\n");
	close(fd);
	fd = open_at_end(LOG, O_NONBLOCK);
	ksft_test_result(read(fd, text, sizeof(text)) < 0 && errno == EAGAIN,
			 "log, O_NONBLOCK: EAGAIN at the end\n");
	mark(1);
	settle();
	ksft_test_result(read(fd, text, sizeof(text)) > 0,
			 "log, O_NONBLOCK: text when there is some\n");
	close(fd);
	fd = open_at_end(FOLLOW, O_NONBLOCK);
	ksft_test_result(read(fd, text, sizeof(text)) < 0 && errno == EAGAIN,
			 "follow, O_NONBLOCK: EAGAIN at the end\n");
	ksft_test_result(read(fd, text, 0) == 0, "a read of nothing is no error\n");
	ksft_test_result(pread(fd, nothing, 10, 0) < 0 && errno == EFAULT,
			 "a bad address is an error\n");
	close(fd);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void *mark_later(void *arg)
{
	(void)arg;
	pause_us(300000);
	mark(2);
	return NULL;
}

/* What a wait for the text of mark_later() says; that waits 0.3 s */
static int wait_by(int fd, int how, int ms)
{
	struct timeval t = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct epoll_event event = { .events = EPOLLIN };
	int ep, ret;
	fd_set set;

	switch (how) {
	case 0:
		return poll(&p, 1, ms);
	case 1:
		FD_ZERO(&set);
		FD_SET(fd, &set);
		return select(fd + 1, &set, NULL, NULL, &t);
	default:
		ep = epoll_create1(EPOLL_CLOEXEC);
		epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
		ret = epoll_wait(ep, &event, 1, ms);
		close(ep);
		return ret;
	}
}

static void test_waiting(void)
{
	static const char *const names[] = { "poll", "select", "epoll" };
	const struct sigaction sa = { .sa_handler = on_alarm };
	int fd = open_at_end(FOLLOW, 0);
	unsigned int i;
	char text[256];
	pthread_t thread;
	ssize_t n;
	int now, then;

	sigaction(SIGALRM, &sa, NULL);
	alarm(1);
	ksft_test_result(read(fd, text, sizeof(text)) < 0 && errno == EINTR,
			 "a signal ends a read that waits\n");
	pthread_create(&thread, NULL, mark_later, NULL);
	n = read(fd, text, sizeof(text));
	pthread_join(thread, NULL);
	ksft_test_result(n > 0 && memmem(text, n, "guest: line 2 ", 14),
			 "a read that waits gets the next line\n");
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		now = wait_by(fd, i, 0);
		pthread_create(&thread, NULL, mark_later, NULL);
		then = wait_by(fd, i, 10000);
		pthread_join(thread, NULL);
		n = read(fd, text, sizeof(text));
		ksft_test_result(now == 0 && then == 1 && n > 0,
				 "%s: not ready at the end, woken by a line\n",
				 names[i]);
	}
	close(fd);
}

static void test_seek(void)
{
	int a = open_log(LOG, 0), b = open_log(FOLLOW, 0);
	char *all = read_file(LOG), text[300], more[300];
	size_t size = settle();
	bool ok;

	ok = read(a, text, 300) == 300 && read(b, more, 200) == 200 &&
	     !memcmp(text, all, 300) && !memcmp(more, all, 200);
	ksft_test_result(ok && lseek(a, 0, SEEK_CUR) == 300 &&
			 lseek(b, 0, SEEK_CUR) == 200,
			 "two files have two positions\n");
	ksft_test_result(lseek(a, 10, SEEK_SET) == 10 &&
			 read(a, text, 300) == 300 && !memcmp(text, all + 10, 300),
			 "a position can be set\n");
	ksft_test_result(pread(b, text, 300, 77) == 300 &&
			 !memcmp(text, all + 77, 300) &&
			 lseek(b, 0, SEEK_CUR) == 200,
			 "pread leaves the position alone\n");
	ksft_test_result(lseek(b, 0, SEEK_END) == (off_t)size &&
			 lseek(b, -100, SEEK_END) == (off_t)size - 100 &&
			 read(b, text, 300) == 100,
			 "the end is the end of the text\n");
	ksft_test_result(lseek(a, -1, SEEK_SET) < 0 && errno == EINVAL,
			 "a position before the start is refused\n");
	free(all);
	close(a);
	close(b);
}

static unsigned long long lost_counter(void)
{
	char *text = read_file(LOST);
	unsigned long long value = strtoull(text, NULL, 0);

	free(text);
	return value;
}

/* Overtaken in mid-line: a notice on a line of its own, and an exact account */
static void test_overtaken(void)
{
	unsigned long long lost, counted;
	size_t first = 60, n = 0, notice;
	char *text = malloc(ROOM), *at;
	char want[100];
	ssize_t part;
	int fd, i;

	settle();
	before = vmm_log_counter(" written ");
	need_vmmlog("keep=4096 interval_ms=10");
	for (i = 0; i < 30; i++)
		mark(i);
	settle();
	fd = open_log(LOG, 0);
	part = read(fd, text, first);
	for (i = 0; i < 400; i++)
		mark(i);
	settle();
	counted = lost_counter();
	while ((part = read(fd, text + n, ROOM - n - 1)) > 0)
		n += part;
	text[n] = 0;
	counted = lost_counter() - counted;
	at = strstr(text, "vmmlog: ");
	lost = at ? strtoull(at + strlen("vmmlog: "), NULL, 10) : 0;
	notice = snprintf(want, sizeof(want), "\n" NOTICE, lost);
	ksft_test_result(lost && !strncmp(text, want, notice) && text[notice] == '[',
			 "overtaken: told on a line of its own, then a whole line\n");
	ksft_test_result(lost == counted && lost > 4096,
			 "the counter says the same, %llu bytes\n", counted);
	ksft_test_result(lseek(fd, 0, SEEK_CUR) ==
			 (off_t)(lseek(fd, 0, SEEK_END)) &&
			 first + lost + n - notice == settle(),
			 "what was read and what was lost is all there is\n");
	free(text);
	close(fd);
}

int main(void)
{
	int kmsg;

	ksft_print_header();
	need_vmm("");
	uvtest = need_uvtest();
	need_vmmlog("size=1048576 keep=4194304 interval_ms=10");
	kmsg = kmsg_open();
	ksft_set_plan(23);
	test_three();
	test_end();
	test_waiting();
	test_seek();
	test_overtaken();
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
