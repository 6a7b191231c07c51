// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What dbgsh does not do with another's rights. See dbgsh_secure.h. */
#define _GNU_SOURCE
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dbgsh_secure.h"

int is_secure(void)
{
	/* What such programs tell about the person. */
	static const char * const by[] = { "SUDO_UID", "DOAS_USER", "PKEXEC_UID" };
	size_t i;

	for (i = 0; i < sizeof(by) / sizeof(by[0]); i++)
		if (getenv(by[i]))
			return 1;
	return getauxval(AT_SECURE) || geteuid() != getuid() ||
	       getegid() != getgid();
}

/*
 * busybox has a program of this name that knows nothing of LESSSECURE, and more(1)
 * starts a shell by "!".
 */
static int is_real_less(const char *path)
{
	char real[PATH_MAX];
	const char *name;

	if (!realpath(path, real))
		return 0;
	name = strrchr(real, '/');
	return name && !strcmp(name, "/less") && !access(real, X_OK);
}

/* Variables by which less(1) starts a command, or binds keys to one */
static void clean_environment(void)
{
	static const char * const names[] = {
		"EDITOR", "LESSCLOSE", "LESSEDIT", "LESSHISTFILE", "LESSKEY",
		"LESSKEYIN", "LESSKEYIN_SYSTEM", "LESSKEY_CONTENT",
		"LESSKEY_CONTENT_SYSTEM", "LESSKEY_SYSTEM", "LESSMETACHARS",
		"LESSOPEN", "LESSSECURE_ALLOW", "LESS_TERMCAP_DEBUG", "PAGER",
		"SHELL", "VISUAL",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	setenv("LESSSECURE", "1", 1);
	setenv("LESSHISTFILE", "-", 1);
	/* An option may name a file for a log or for keys. */
	setenv("LESS", "FRX", 1);
}

const char *secure_pager(void)
{
	static const char * const paths[] = { "/usr/bin/less", "/bin/less" };
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (is_real_less(paths[i])) {
			clean_environment();
			return paths[i];
		}
	return NULL;
}

int owns_home(const char *home)
{
	struct stat status;

	return !stat(home, &status) && status.st_uid == geteuid() &&
	       !(status.st_mode & 0022);
}
