// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * call_vmm_get_function_by_name() above a fake VMM that, as any VMM may, reads a name in
 * the page where it begins and no further: wherever the stack happens to be, the longest
 * name is found.
 */
#include <alloca.h>
#include <string.h>

#include "kselftest.h"
#include "call_vmm.h"
#include "../../uapi/vmmcall_abi.h"

#define PAGE	4096
#define STEP	16		/* what the stack is aligned to */

static char name[VMMCALL_NAME_MAX + 1];

/* With that much more on the stack */
static int __attribute__((noinline)) is_found(size_t depth)
{
	volatile char *pad = alloca(depth + STEP);
	call_vmm_function_t function;

	pad[0] = 0;
	call_vmm_get_function_by_name(name, &function);
	return call_vmm_function_callable(&function);
}

int main(void)
{
	unsigned int found = 0, depth;

	ksft_print_header();
	ksft_set_plan(1);
	memset(name, 'n', VMMCALL_NAME_MAX);
	for (depth = 0; depth < PAGE; depth += STEP)
		found += is_found(depth);
	ksft_test_result(found == PAGE / STEP,
			 "a name of %d bytes is found at %u of %d depths\n",
			 VMMCALL_NAME_MAX, found, PAGE / STEP);
	ksft_finished();
}
