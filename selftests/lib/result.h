/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* How a test went, in TAP. */
#ifndef RESULT_H
#define RESULT_H

#include "kselftest.h"

static inline void result(int ok, const char *what)
{
	ksft_test_result(ok, "%s\n", what);
}

#endif /* RESULT_H */
