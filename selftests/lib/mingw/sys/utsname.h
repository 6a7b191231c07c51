/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What mingw-w64 lacks and kselftest.h asks for since Linux 6.12: it wants to know the
 * kernel's version, and is told that there is none.
 */
#ifndef SELFTESTS_LIB_UTSNAME_H
#define SELFTESTS_LIB_UTSNAME_H

struct utsname {
	char release[65];
};

static inline int uname(struct utsname *name)
{
	name->release[0] = '\0';
	return -1;
}

#endif
