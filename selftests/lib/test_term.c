// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * dbgsh on a terminal, above a fake VMM: typing, Ctrl-C, and the settings of the
 * terminal on every way out. The argument is the program.
 *
 * A process in between plays the shell that started it: without one, nobody
 * could continue it after Ctrl-Z, and the kernel would not stop it then.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "kselftest.h"
#include "result.h"

#define PATIENCE_MS	5000

static const char *program;

struct run {
	int terminal;		/* the other end of it */
	int reports;		/* one of these for each change: */
	int orders;		/* a byte here continues it */
	pid_t shell, client;
	struct termios before;
	char text[300000];
	size_t length;
};

struct report {
	pid_t client;
	int status;		/* of wait(), or -1: started */
};

static struct run run;

static void play_shell(const char *terminal, int reports, int orders)
{
	struct report report = { .status = -1 };
	char order;
	int fd;

	/* A job in the background is started with some of them ignored. */
	for (fd = 1; fd < NSIG; fd++)
		signal(fd, SIG_DFL);
	setsid();
	fd = open(terminal, O_RDWR);
	ioctl(fd, TIOCSCTTY, 0);
	signal(SIGTTOU, SIG_IGN);
	report.client = fork();
	if (!report.client) {
		setpgid(0, 0);
		tcsetpgrp(fd, getpid());
		signal(SIGTTOU, SIG_DFL);
		dup2(fd, 0);
		dup2(fd, 1);
		dup2(fd, 2);
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	do {
		if (write(reports, &report, sizeof(report)) < 0)
			break;
		if (report.status != -1 &&
		    read(orders, &order, 1) == 1)
			kill(report.client, SIGCONT);
		waitpid(report.client, &report.status, WUNTRACED);
	} while (WIFSTOPPED(report.status));
	if (write(reports, &report, sizeof(report)) < 0)
		_exit(1);
	/* Keep the terminal until its settings were looked at. */
	if (read(orders, &order, 1))
		_exit(1);
	_exit(0);
}

static int get_report(struct report *report)
{
	struct pollfd fd = { .fd = run.reports, .events = POLLIN };

	return poll(&fd, 1, PATIENCE_MS) == 1 &&
	       read(run.reports, report, sizeof(*report)) == sizeof(*report);
}

/* Reads what is on the terminal until it ends with this. */
static int reads(const char *end)
{
	struct pollfd fd = { .fd = run.terminal, .events = POLLIN };
	ssize_t length;

	run.length = 0;
	while (poll(&fd, 1, PATIENCE_MS) == 1) {
		length = read(run.terminal, run.text + run.length,
			      sizeof(run.text) - 1 - run.length);
		if (length <= 0)
			break;
		run.length += length;
		run.text[run.length] = 0;
		if (run.length >= strlen(end) &&
		    !strcmp(run.text + run.length - strlen(end), end))
			return 1;
	}
	ksft_print_msg("read %zu bytes that don't end in what was expected\n",
		       run.length);
	return 0;
}

static void type(const char *text)
{
	if (write(run.terminal, text, strlen(text)) < 0)
		perror("write");
}

static int settings_are_former(void)
{
	struct termios now;

	/* The C library leaves some of it as it was. */
	memset(&now, 0, sizeof(now));
	return !tcgetattr(run.terminal, &now) &&
	       !memcmp(&now, &run.before, sizeof(now));
}

/* Ctrl-C is an input byte, and all else is as before. */
static int settings_are_ours(void)
{
	struct termios now, ours = run.before;

	memset(&now, 0, sizeof(now));
	ours.c_cc[VINTR] = _POSIX_VDISABLE;
	ours.c_cc[VEOL] = 3;
	return !tcgetattr(run.terminal, &now) &&
	       !memcmp(&now, &ours, sizeof(now));
}

/* Returns 1 with a client that has printed its prompt. */
static int start(void)
{
	int reports[2], orders[2], slave;
	struct report report;

	memset(&run, 0, sizeof(run));
	run.terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	grantpt(run.terminal);
	unlockpt(run.terminal);
	/* Kept open: settings are lost with the last user. */
	slave = open(ptsname(run.terminal), O_RDWR | O_NOCTTY | O_CLOEXEC);
	tcgetattr(slave, &run.before);
	if (pipe2(reports, O_CLOEXEC) || pipe2(orders, O_CLOEXEC))
		return 0;
	run.shell = fork();
	if (!run.shell) {
		/* Otherwise, it would never see the end of its orders. */
		close(orders[1]);
		play_shell(ptsname(run.terminal), reports[1], orders[0]);
	}
	close(reports[1]);
	close(orders[0]);
	run.reports = reports[0];
	run.orders = orders[1];
	if (!get_report(&report))
		return 0;
	run.client = report.client;
	return reads("> ");
}

/* Waits for the end of the client, and returns its status. */
static int finish(int *restored)
{
	struct report report = { .status = -1 };

	if (!get_report(&report) || WIFSTOPPED(report.status))
		kill(run.client, SIGKILL);
	*restored = settings_are_former();
	close(run.orders);
	close(run.reports);
	close(run.terminal);
	waitpid(run.shell, NULL, 0);
	return report.status;
}

static void test_typing(void)
{
	int ok = start(), restored, status;

	result(ok && settings_are_ours(), "only Ctrl-C is set otherwise");
	type("hello\n");
	result(reads("> ") && !strcmp(run.text, "hello\r\n[hello]\r\n> "),
	       "a line is echoed and answered");
	type("wrong\x7f\x15right\n");
	result(reads("> ") && strstr(run.text, "[right]"),
	       "the line can be edited");
	type("abc\x03");
	ok = reads("> ");
	type("new\n");
	result(ok && reads("> ") && strstr(run.text, "[new]"),
	       "Ctrl-C drops the line");
	type("\x04");
	status = finish(&restored);
	result(WIFEXITED(status) && !WEXITSTATUS(status) && restored,
	       "Ctrl-D leaves");
}

static void test_exit(void)
{
	int ok = start(), restored, status;

	type("exit\n");
	status = finish(&restored);
	result(ok && WIFEXITED(status) && !WEXITSTATUS(status) && restored,
	       "exit leaves");
}

static void test_long_output(void)
{
	int ok = start(), restored;

	type("long\n");
	/* The client now waits for us to read. */
	usleep(100000);
	type("\x03");
	result(ok && reads("> ") && run.length > 100 && run.length < 100000,
	       "Ctrl-C ends long output");
	type("typed\n");
	result(reads("> ") && strstr(run.text, "[typed]"),
	       "and the shell takes lines again");
	type("idle\n");
	usleep(100000);
	type("\x03");
	result(reads("> ") && !strstr(run.text, "idle over"),
	       "Ctrl-C reaches an idle shell");
	type("exit\n");
	finish(&restored);
}

static void test_signal(int sig, const char *what)
{
	int ok = start() && settings_are_ours(), restored, status;

	kill(run.client, sig);
	status = finish(&restored);
	result(ok && restored && WIFSIGNALED(status) && WTERMSIG(status) == sig,
	       what);
}

static void test_stop(int by_key)
{
	int ok = start(), restored, i, status;
	struct report report;

	for (i = 0; ok && i < 2; i++) {
		if (by_key)
			type("\x1a");
		else
			kill(run.client, SIGTSTP);
		ok = get_report(&report) && WIFSTOPPED(report.status) &&
		     settings_are_former();
		if (write(run.orders, "", 1) < 0)
			ok = 0;
		/* It says nothing when it is continued. */
		usleep(100000);
		ok = ok && settings_are_ours();
		type("again\n");
		ok = ok && reads("> ") && strstr(run.text, "[again]");
	}
	kill(run.client, SIGTERM);
	status = finish(&restored);
	result(ok && restored && WIFSIGNALED(status),
	       by_key ? "Ctrl-Z, twice" : "SIGTSTP, twice");
}

/* SIGSTOP can't be caught: what is put back later must not be our settings. */
static void test_sigstop(void)
{
	struct report report;
	int ok = start(), restored;

	kill(run.client, SIGSTOP);
	ok = ok && get_report(&report) && WIFSTOPPED(report.status) &&
	     write(run.orders, "", 1) == 1;
	usleep(100000);
	ok = ok && settings_are_ours();
	kill(run.client, SIGTERM);
	finish(&restored);
	result(ok && restored, "SIGSTOP and SIGCONT, then SIGTERM");
}

int main(int argc, char **argv)
{
	setbuf(stdout, NULL);
	signal(SIGPIPE, SIG_IGN);
	ksft_print_header();
	if (argc != 2)
		ksft_exit_fail_msg("usage: test_term program\n");
	program = argv[1];
	ksft_set_plan(17);
	test_typing();
	test_exit();
	test_long_output();
	test_signal(SIGINT, "SIGINT");
	test_signal(SIGTERM, "SIGTERM");
	test_signal(SIGHUP, "SIGHUP");
	test_signal(SIGQUIT, "SIGQUIT");
	test_signal(SIGALRM, "SIGALRM");
	test_stop(1);
	test_stop(0);
	test_sigstop();
	ksft_finished();
}
