// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * CALL_VMM_GET_FUNCTION wherever it may be written, and many times: the name
 * has to share the page of the instruction every time.
 */
#include <stdio.h>
#include <string.h>

#include "kselftest.h"
#include "result.h"
#include "test_macro.h"

/* As many uses as asked for since the last time, all of them sound. */
static int used(int times)
{
	struct uses uses = take_uses();

	if (uses.nr != times || uses.faulty)
		ksft_print_msg("%d uses of %d, %d of them faulty\n", uses.nr,
			       times, uses.faulty);
	return uses.nr == times && !uses.faulty;
}

static inline __attribute__((always_inline)) int in_inlined(void)
{
	call_vmm_function_t f;

	CALL_VMM_GET_FUNCTION("inlined", &f);
	return call_vmm_function_callable(&f);
}

/* A compiler clones it for each constant, and unrolls the loop. */
static int in_cloned(int times)
{
	call_vmm_function_t f;
	int i, sum = 0;

	for (i = 0; i < times; i++) {
		CALL_VMM_GET_FUNCTION("cloned", &f);
		sum += call_vmm_function_callable(&f);
	}
	return sum;
}

static int recursive(int depth)
{
	call_vmm_function_t f;

	CALL_VMM_GET_FUNCTION("recursive", &f);
	if (depth > 1)
		return recursive(depth - 1) + call_vmm_function_callable(&f);
	return call_vmm_function_callable(&f);
}

/* A leaf keeps data below the stack pointer: the block must not hurt it. */
static __attribute__((noinline)) int in_leaf(int a, int b)
{
	volatile int data[8] = { a, b, a + 1, b + 1, a + 2, b + 2, a + 3, b + 3 };
	const void *block;

	__asm__ __volatile__(CALL_VMM_BLOCK("leaf")
			     : "=r" (block)
			     : "i" (CALL_VMM_BLOCK_SIZE(sizeof("leaf")) - 1));
	return data[0] == a && data[1] == b && data[2] == a + 1 &&
	       data[3] == b + 1 && data[4] == a + 2 && data[5] == b + 2 &&
	       data[6] == a + 3 && data[7] == b + 3 &&
	       !memcmp((const char *)block + CALL_VMM_NAME_OFFSET, "leaf", 5);
}

#define GET	CALL_VMM_GET_FUNCTION

static void test_places(void)
{
	call_vmm_function_t f, g, h;
	int sum;

	GET("a", &f); GET("b", &g); GET("a", &h);
	result(used(3) && !strcmp(last_name(), "a"), "thrice in a line");
	if (call_vmm_function_callable(&f))
		CALL_VMM_GET_FUNCTION("then", &f);
	else
		CALL_VMM_GET_FUNCTION("else", &f);
	result(used(1) && !strcmp(last_name(), "else"),
	       "as the only statement of if and else");
	CALL_VMM_GET_FUNCTION("", &f);
	result(used(1) && !strcmp(last_name(), ""), "with an empty name");
	sum = in_inlined() + in_inlined() + in_inlined();
	result(used(3) && !sum, "in an inlined function");
	sum = in_cloned(2) + in_cloned(5);
	result(used(7) && !sum, "in a loop, in a function to be cloned");
	sum = recursive(4);
	result(used(4) && !sum, "in a recursive function");
	result(in_leaf(1, 1000) && in_leaf(-5, 77), "in a leaf function");
}

#define NAME_50 "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN"

/* Four sizes, none of which divides a page. */
#define USE_4 do { \
	GET("log_set_buf", f); \
	GET(NAME_50 NAME_50 NAME_50 NAME_50 NAME_50, f); \
	GET(NAME_50, f); \
	GET(NAME_50 NAME_50 NAME_50 NAME_50 NAME_50 "+", f); \
} while (0)
#define USE_32 do { \
	USE_4; USE_4; USE_4; USE_4; USE_4; USE_4; USE_4; USE_4; \
} while (0)
#define USE_256 do { \
	USE_32; USE_32; USE_32; USE_32; USE_32; USE_32; USE_32; USE_32; \
} while (0)

/* 50 KiB in one function: a dozen borders of pages to be met. */
static __attribute__((noinline)) void use_many(call_vmm_function_t *f)
{
	USE_256;
}

int main(void)
{
	call_vmm_function_t f;

	setbuf(stdout, NULL);
	ksft_print_header();
	ksft_set_plan(10);
	result(used(1), "before main(), in C++");
	test_places();
	use_many(&f);
	result(used(256), "256 times in a function");
	result(uses_in_cxx() == 9 && used(8), "in C++");
	ksft_finished();
}
