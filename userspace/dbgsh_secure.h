/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Who runs this program with another's rights must not get more of them than the
 * program: "sudo dbgsh" isn't meant as a shell of root's.
 */
#ifndef DBGSH_SECURE_H
#define DBGSH_SECURE_H

/**
 * is_secure() - whether the rights are another's than those of the person who types
 *
 * By sudo or its like, or with a user or group id that isn't the caller's.
 *
 * Return: 1 if so. Then no command of the person's is started, and no file of the
 * person's is believed.
 */
int is_secure(void);

/**
 * secure_pager() - a pager that starts no other program
 *
 * Sets the environment for it: nothing in it that names a command is left.
 *
 * Return: what to start, or NULL if there is no such pager.
 */
const char *secure_pager(void);

/**
 * owns_home() - whether files in a directory can be trusted to be ours
 * @home: its name
 *
 * Return: 1 if nobody but its owner, who is the user we run as, can put files there.
 */
int owns_home(const char *home);

#endif /* DBGSH_SECURE_H */
