// SPDX-License-Identifier: GPL-2.0-only
/*
 * dbgsh=root. Shows that the shell is its who has /proc/undervisor/dbgsh open, byte-wise
 * and in bulk, on every CPU, and nobody's else: not an unprivileged user's, not root's
 * without the file, not a child's, with the file or without, before or after the parent
 * closed it or ended, not that of processes that come later and get its memory, nor of
 * one that runs at the same time on another CPU. And that rmmod works with the file
 * open, and nothing of it is left behind then. REUSES: short-lived processes (300).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "dbgsh_client.h"

#define GATE		"/proc/undervisor/dbgsh"
#define GATE_DEBUGFS	"/sys/kernel/debug/undervisor/dbgsh"
#define NOBODY		65534

static char text[TEXT_SIZE];

static int open_gate(void)
{
	return open(GATE, O_RDONLY | O_CLOEXEC);
}

static int status_of(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child)
		ksft_exit_fail_msg("no child: %s\n", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Whether a child of ours finds that @check holds */
static bool in_child(bool (*check)(void))
{
	pid_t child = fork();

	if (!child)
		_exit(check() ? 0 : 1);
	return status_of(child) == 0;
}

static bool become_nobody(void)
{
	return !setgid(NOBODY) && !setuid(NOBODY);
}

static bool nobody_is_shut_out(void)
{
	return become_nobody() && open_gate() < 0 && errno == EACCES &&
	       dbgsh_disabled();
}

/* Root by name only */
static bool powerless_root_is_shut_out(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[2] = { 0 };

	return !syscall(SYS_capset, &head, none) && open_gate() < 0 &&
	       errno == EPERM && dbgsh_disabled();
}

static bool gate_is_busy(void)
{
	return open_gate() < 0 && errno == EBUSY;
}

static bool opener_is_admitted(void)
{
	return open_gate() >= 0 && dbgsh_admitted();
}

static void *thread_is_admitted(void *unused)
{
	(void)unused;
	return dbgsh_admitted() ? text : NULL;
}

static bool works_on_all_cpus(void)
{
	int cpus[MAX_CPUS];
	int n = list_cpus(cpus);
	bool ok = true;

	while (n--) {
		pin_to(cpus[n]);
		ok &= dbgsh_admitted();
	}
	return ok;
}

/* With page-table isolation, user mode has a table of its own. */
static void show_isolation(void)
{
	char *info = read_file("/proc/cpuinfo");

	ksft_print_msg("page-table isolation: %s\n",
		       info && strstr(info, " pti ") ? "on" : "off");
	free(info);
}

static void test_files(void)
{
	struct stat st;

	ksft_test_result(!stat(GATE, &st) && st.st_uid == 0 &&
			 (st.st_mode & 07777) == 0600, GATE " has mode 0600\n");
	ksft_test_result(dbgsh_disabled(), "root without the file\n");
	ksft_test_result(in_child(nobody_is_shut_out), "nobody\n");
	ksft_test_result(in_child(powerless_root_is_shut_out),
			 "root without CAP_SYS_RAWIO\n");
}

static void test_open(void)
{
	int gate = open_gate();
	void *thread_ok = NULL;
	pthread_t thread;

	ksft_test_result(gate >= 0 && dbgsh_admitted(), "root with the file\n");
	ksft_test_result(dbgsh_say("help\n", text) == DBGSH_WANT_INPUT &&
			 strstr(text, "exit"), "a command is answered\n");
	pthread_create(&thread, NULL, thread_is_admitted, NULL);
	pthread_join(thread, &thread_ok);
	ksft_test_result(thread_ok, "a thread, which has the same memory\n");
	ksft_test_result(in_child(works_on_all_cpus) == false &&
			 works_on_all_cpus(), "on every CPU\n");
	ksft_test_result(gate_is_busy() && in_child(gate_is_busy),
			 "a second open is refused\n");
	ksft_test_result(in_child(dbgsh_disabled), "a child with the file\n");
	ksft_test_result(in_child(nobody_is_shut_out), "a child as nobody\n");
	/* By then the child's calls have not so much as moved our session. */
	dbgsh_fresh_prompt(text);
	dbgsh_say("ab", text);
	in_child(dbgsh_disabled);
	ksft_test_result(dbgsh_say("\n", text) == DBGSH_WANT_INPUT &&
			 strstr(text, "ab: unknown"),
			 "a child's calls leave the session alone\n");
	close(gate);
	ksft_test_result(dbgsh_disabled(), "once it is closed\n");
	gate = open(GATE_DEBUGFS, O_RDONLY);
	ksft_test_result(gate >= 0 && dbgsh_admitted(), "by " GATE_DEBUGFS "\n");
	close(gate);
}

/* What the gate's opener becomes by exec: argv[1] is "probe" */
static bool probe_after_exec(void)
{
	if (open(GATE, O_RDONLY) < 0 || !dbgsh_admitted())
		return false;
	execl("/proc/self/exe", "vmm_dbgsh_root", "probe", NULL);
	return false;
}

static void test_exec(void)
{
	ksft_test_result(in_child(probe_after_exec),
			 "after exec, with the file open\n");
	ksft_test_result(in_child(opener_is_admitted), "the file is free again\n");
}

/* How many of so many processes, one after the other, are not shut out */
static unsigned int count_admitted(unsigned long processes)
{
	unsigned int admitted = 0;

	while (processes--)
		admitted += !in_child(dbgsh_disabled);
	return admitted;
}

static void test_reuse(void)
{
	unsigned long many = env_number("REUSES", 300);
	int ready[2], go[2];
	pid_t opener, heir = 0;
	char c;

	many = many > 3000 ? 3000 : many;
	in_child(opener_is_admitted);
	ksft_test_result(!count_admitted(many),
			 "none of %lu processes after one that closed\n", many);

	/* The opener ends, and its child keeps the file. */
	if (pipe(ready) || pipe(go))
		ksft_exit_fail_msg("pipe: %s\n", strerror(errno));
	opener = fork();
	if (!opener) {
		if (!opener_is_admitted())
			_exit(1);
		heir = fork();
		if (heir)
			_exit(0);
		close(go[1]);
		c = dbgsh_disabled() ? 'y' : 'n';
		(void)!write(ready[1], &c, 1);
		(void)!read(go[0], &c, 1);
		_exit(0);
	}
	close(go[0]);
	status_of(opener);
	(void)!read(ready[0], &c, 1);
	ksft_test_result(c == 'y', "a child that outlives the opener\n");
	ksft_test_result(gate_is_busy() && !count_admitted(many),
			 "none of %lu processes while it keeps the file\n", many);
	close(go[1]);
	for (c = 0; c < 50 && !in_child(opener_is_admitted); c++)
		usleep(100000);
	ksft_test_result(c < 50, "the file is free when it ends\n");
	close(ready[0]);
	close(ready[1]);
}

/* Never anything but the line and the end, however fast and in whatever order */
static void __attribute__((noreturn)) hammer(int cpu)
{
	static const char off[] = DBGSH_OFF_TEXT;
	char line[64] = "help\n";
	unsigned long pos = 0;
	long value;

	pin_to(cpu);
	if (!become_nobody())
		_exit(2);
	dbgsh_step(CTRL_C);
	for (;;) {
		value = dbgsh_step(DBGSH_NO_INPUT);
		if (value != (off[pos] ? off[pos] : DBGSH_ENDED))
			_exit(1);
		pos = off[pos] ? pos + 1 : 0;
		dbgsh_step(pos & 1 ? 0 : 'h');
		if (pos)
			continue;
		if (dbgsh_bulk(line, 5, line, sizeof(line), 0) !=
		    DBGSH_ENDED || strcmp(line, off))
			_exit(1);
		dbgsh_step(CTRL_C);
	}
}

static void test_at_once(void)
{
	int cpus[MAX_CPUS];
	int n = list_cpus(cpus);
	int gate = open_gate();
	bool ok = gate >= 0;
	pid_t child;
	int i, status;

	pin_to(cpus[0]);
	child = fork();
	if (!child)
		hammer(cpus[n - 1]);
	for (i = 0; i < 200; i++) {
		ok &= dbgsh_fresh_prompt(text) &&
		      dbgsh_say("help\n", text) == DBGSH_WANT_INPUT &&
		      strstr(text, "exit - ");
		ok &= dbgsh_bulk("x\n", 2, text, 64, 0) == 0;
	}
	usleep(100000);
	ok &= waitpid(child, &status, WNOHANG) == 0;
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	ksft_test_result(ok && WIFSIGNALED(status),
			 "a process on another CPU at the same time\n");
	close(gate);
}

static void test_rmmod(void)
{
	int gate = open_gate();
	bool ok = gate >= 0 && dbgsh_admitted();

	ok &= !syscall(SYS_delete_module, "undervisor", O_NONBLOCK);
	ksft_test_result(ok && vmm_lookup(VMMCALL_NAME_DBGSH) == NO_VMM,
			 "rmmod while the file is open\n");
	need_vmm("dbgsh=root");
	dbgsh_find();
	ksft_test_result(dbgsh_disabled(), "loaded again: not admitted\n");
	ksft_test_result(in_child(opener_is_admitted),
			 "loaded again: another one opens it\n");
	close(gate);
	ksft_test_result(in_child(opener_is_admitted),
			 "the old file is closed, without effect\n");
	gate = open_gate();
	ksft_test_result(gate >= 0 && dbgsh_admitted(),
			 "and opened again\n");
	close(gate);
}

int main(int argc, char **argv)
{
	int kmsg;

	if (argc > 1 && !strcmp(argv[1], "probe")) {
		vmm_catch_faults();
		dbgsh_find();
		_exit(dbgsh_disabled() ? 0 : 1);
	}
	ksft_print_header();
	need_vmm("dbgsh=root");
	kmsg = kmsg_open();
	ksft_set_plan(29);
	dbgsh_find();
	show_isolation();
	test_files();
	test_open();
	test_exec();
	test_reuse();
	test_at_once();
	test_rmmod();
	need_vmm("dbgsh=all");
	ksft_test_result(open_gate() < 0 && errno == ENOENT,
			 "dbgsh=all: no file\n");
	need_vmm("dbgsh=off");
	dbgsh_find();
	ksft_test_result(open_gate() < 0 && errno == ENOENT &&
			 dbgsh_disabled(), "dbgsh=off: no file, and no shell\n");
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
