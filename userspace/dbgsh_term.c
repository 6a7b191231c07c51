// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The terminal of a byte-wise session: its settings, and the signals that end
 * them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "dbgsh_term.h"
#include "dbgsh_vmm.h"

static const int fatal_signals[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2,
	SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGABRT, SIGBUS, SIGFPE,
};

static struct termios former;
static volatile sig_atomic_t is_ours;
static int edits;

/* To be called in handlers too: tcsetattr() is safe there. */
static void put_back(void)
{
	if (!is_ours)
		return;
	is_ours = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &former);
}

static void take_over(void)
{
	struct termios ours;

	/* A background process is stopped for changing the settings. */
	if (tcgetpgrp(STDIN_FILENO) != getpgrp())
		return;
	/*
	 * After a SIGSTOP, which nobody can catch, the settings are still ours
	 * and must not be taken for the former ones.
	 */
	if (!is_ours && tcgetattr(STDIN_FILENO, &former))
		return;
	ours = former;
	ours.c_cc[VINTR] = _POSIX_VDISABLE;
	if (edits) {
		ours.c_cc[VEOL] = CTRL_C;
	} else {
		ours.c_lflag &= ~(ICANON | ECHO);
		ours.c_cc[VMIN] = 1;
		ours.c_cc[VTIME] = 0;
	}
	/* Before the change: a signal in between puts back what is there. */
	is_ours = 1;
	tcsetattr(STDIN_FILENO, TCSANOW, &ours);
}

static void on_fatal(int sig)
{
	put_back();
	/* It is blocked until this returns, and then ends the process. */
	signal(sig, SIG_DFL);
	raise(sig);
}

static void install(int sig, void (*handler)(int))
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	action.sa_flags = SA_RESTART;
	/* No handler interrupts another: they share the settings. */
	sigfillset(&action.sa_mask);
	sigaction(sig, &action, NULL);
}

static void on_stop(int sig)
{
	int saved_errno = errno;
	sigset_t mask;

	put_back();
	signal(sig, SIG_DFL);
	raise(sig);
	sigemptyset(&mask);
	sigaddset(&mask, sig);
	/* Stops here. */
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	install(sig, on_stop);
	errno = saved_errno;
}

static void on_continue(int sig)
{
	int saved_errno = errno;

	(void)sig;
	take_over();
	errno = saved_errno;
}

/* nohup and the like ignore signals on purpose. */
static void install_unless_ignored(int sig, void (*handler)(int))
{
	struct sigaction action;

	if (!sigaction(sig, NULL, &action) && action.sa_handler != SIG_IGN)
		install(sig, handler);
}

int term_begin(int lines)
{
	unsigned int i;

	edits = lines;
	if (!isatty(STDIN_FILENO))
		return 0;
	atexit(put_back);
	for (i = 0; i < sizeof(fatal_signals) / sizeof(fatal_signals[0]); i++)
		install_unless_ignored(fatal_signals[i], on_fatal);
	install_unless_ignored(SIGTSTP, on_stop);
	install(SIGCONT, on_continue);
	take_over();
	return 1;
}
