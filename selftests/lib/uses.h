/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Between uses.c and the source that uses.awk writes. */
#ifndef USES_H
#define USES_H

#include "test_macro.h"

/* Told the result of each use, and whether Undervisor knows the name. */
void seen(const call_vmm_function_t *function, int is_known);

/* Returns how many uses there were. */
int use_all(void);

#endif /* USES_H */
