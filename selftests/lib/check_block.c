// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* A look at each block before it is used: see test_macro.h. */
#include <stdint.h>
#include <string.h>

#include "test_macro.h"

#define PAGE_SIZE	4096

enum { COVERED = 1, START = 2 };

static struct uses uses;
static const char *name_seen = "";
static unsigned char offsets[PAGE_SIZE];

/*
 * Not const: a compiler would make a constant in the code of it, which looks
 * like a block to check_page.py.
 */
extern unsigned char expected_stubs[8];
unsigned char expected_stubs[8] = {
	0x0f, 0x01, 0xc1, 0xc3, 0x0f, 0x01, 0xd9, 0xc3,
};

const char *last_name(void)
{
	return name_seen;
}

struct uses take_uses(void)
{
	struct uses taken = uses;

	memset(&uses, 0, sizeof(uses));
	return taken;
}

static int count(int flag)
{
	int i, sum = 0;

	for (i = 0; i < PAGE_SIZE; i++)
		sum += !!(offsets[i] & flag);
	return sum;
}

int nr_starts(void)
{
	return count(START);
}

int nr_covered(void)
{
	return count(COVERED);
}

static uintptr_t page_of(const void *address)
{
	return (uintptr_t)address / PAGE_SIZE;
}

static void note_offsets(const void *block, size_t size)
{
	uintptr_t first = (uintptr_t)block;
	size_t i;

	offsets[first % PAGE_SIZE] |= START;
	for (i = 0; i < size; i++)
		offsets[(first + i) % PAGE_SIZE] |= COVERED;
}

void check_block(const void *block, size_t name_size,
		 call_vmm_function_t *function)
{
	const char *name = (const char *)block + CALL_VMM_NAME_OFFSET;

	uses.nr++;
	if (memcmp(block, expected_stubs, sizeof(expected_stubs)) ||
	    strnlen(name, name_size) != name_size - 1 ||
	    page_of(block) != page_of(name + name_size - 1))
		uses.faulty++;
	note_offsets(block, CALL_VMM_NAME_OFFSET + name_size);
	name_seen = name;
	(call_vmm_get_function_at)(block, name_size, function);
}
