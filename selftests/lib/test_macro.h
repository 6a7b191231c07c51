/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A stand-in for the function that CALL_VMM_GET_FUNCTION calls: looks at the
 * block before it is used. Included after nothing else has used the macro.
 */
#ifndef TEST_MACRO_H
#define TEST_MACRO_H

#include "call_vmm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Checks a block, then looks up; counts the uses and the faulty blocks. */
void check_block(const void *block, size_t name_size,
		 call_vmm_function_t *function);

/* The name that check_block() has seen last. */
const char *last_name(void);

/* What check_block() has seen since it was last asked. */
struct uses {
	int nr, faulty;
};

struct uses take_uses(void);

/* The offsets in a page at which blocks began, and those that blocks took up. */
int nr_starts(void);
int nr_covered(void);

/* The uses in C++; returns how many there were. */
int uses_in_cxx(void);

#ifdef __cplusplus
}
#endif

#define call_vmm_get_function_at(block, size, function) \
	check_block(block, size, function)

#endif /* TEST_MACRO_H */
