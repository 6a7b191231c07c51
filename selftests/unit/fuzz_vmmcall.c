// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer target: a guest that makes any VM calls, with any registers, level and
 * width, and that writes to its own memory as it likes. Checked besides what the
 * sanitizers find: the VMM's pages in the window stay as they are, a poll of dbgsh
 * is pure and its values are those of the contract, what dbgsh_bulk says of its buffers
 * fits, and registers that aren't outputs are preserved.
 */
#include "core/types.h"
#include "core/log.h"
#include "hypercall/vmmcall.h"
#include "mock/mock.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VA	0x400000ULL

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of the fuzzer's bytes */
static const u8 *input;
static size_t input_left;

static u64 take(size_t bytes)
{
	u64 value = 0;

	if (bytes > input_left)
		bytes = input_left;
	memcpy(&value, input, bytes);
	input += bytes;
	input_left -= bytes;
	return value;
}

static void require(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "violated: %s\n", what);
	abort();
}

/* A value that is often near something that matters */
static u64 take_address(void)
{
	static const u64 bases[] = {
		VA, VA + 0x1000, VA + 0x3000, MOCK_RAM_START, MOCK_RAM_END,
		0, ~0ULL << 12, 1ULL << 32, 1ULL << 47,
	};
	u8 kind = (u8)take(1);

	if (kind >= ARRAY_SIZE(bases))
		return take(8);
	return bases[kind] + (u64)(s64)(s16)take(2);
}

static void check_dbgsh(void)
{
	struct guest_regs regs = { .rbx = ~0ULL };
	s64 value;

	regs.rax = mock_number(VMMCALL_NAME_DBGSH);
	mock_call(&regs, 3, true);
	value = (s64)regs.rax;
	require((value >= -1 && value <= 0x100) || value == 0x10a,
		"dbgsh's value is one of the contract's");
	regs.rax = mock_number(VMMCALL_NAME_DBGSH);
	mock_call(&regs, 3, true);
	require(value == (s64)regs.rax, "a poll consumes nothing");
}

static void any_call(void)
{
	struct guest_regs regs = { 0 };
	struct guest_regs before;
	u8 how = (u8)take(1);
	u64 mask = how & 4 ? ~0ULL : 0xffffffffULL;
	bool is_bulk, is_part;

	regs.rax = take(1);
	if (regs.rax == 0xff)
		regs.rax = take(8);
	is_bulk = (u32)regs.rax == mock_number(VMMCALL_NAME_DBGSH_BULK);
	is_part = (u32)regs.rax == mock_number(VMMCALL_NAME_GET_STATUS_PART);
	regs.rbx = take_address();
	regs.rcx = how & 8 ? take_address() : take(2);
	regs.rdx = how & 16 ? take_address() : 0;
	regs.rsi = how & 32 ? take(4) : 0;
	regs.rdi = how & 64 ? take(1) : 0;
	before = regs;
	mock_call(&regs, how & 3, how & 4);
	require(regs.rax == before.rax || !(regs.rax & ~mask),
		"results have the caller's width");
	if (is_part && !(u32)regs.rax) {
		require(regs.rcx <= (before.rcx & mask), "a part fits");
		before.rdx = regs.rdx & mask;
	}
	before.rax = regs.rax;
	if (regs.rcx <= mask)
		before.rcx = regs.rcx;
	if (is_bulk && regs.rsi <= mask)
		before.rsi = regs.rsi;
	if (is_bulk && regs.rdi <= 1)
		before.rdi = regs.rdi;
	require(!memcmp(&regs, &before, sizeof(regs)),
		"other registers are preserved");
}

static void key(void)
{
	struct guest_regs regs = { 0 };

	regs.rax = mock_number(VMMCALL_NAME_DBGSH);
	regs.rbx = take(1);
	if (regs.rbx == 0xfe)
		regs.rbx = take(4);
	mock_call(&regs, 3, true);
	check_dbgsh();
}

static void bulk(void)
{
	u8 how = (u8)take(1);
	struct guest_regs regs = {
		.rax = mock_number(VMMCALL_NAME_DBGSH_BULK),
		.rbx = VA + take(1), .rcx = take(1) + (how & 1),
		.rdx = VA + 2 * UV_PAGE_SIZE - take(2) % UV_PAGE_SIZE,
		.rsi = how & 2 ? take(1) : 5000, .rdi = how >> 6,
	};
	struct guest_regs before = regs;

	mock_call(&regs, 3, true);
	require(regs.rax == 0 || regs.rax == DBGSH_BULK_MORE ||
		regs.rax == DBGSH_ENDED || regs.rax == ~0ULL,
		"dbgsh_bulk's result is one of the contract's");
	require(regs.rcx <= before.rcx && regs.rsi <= before.rsi,
		"dbgsh_bulk uses no more than there is");
	require(regs.rax != ~0ULL ||
		(regs.rcx == before.rcx && regs.rsi == before.rsi),
		"a refused call changes nothing");
	require(regs.rax != 0 || before.rdi == DBGSH_BULK_VISIT ||
		regs.rcx == before.rcx,
		"who wants input has taken all there was");
}

static void poke(void)
{
	u64 offset = take(3) % (MOCK_VMM_PAGE * UV_PAGE_SIZE - 8);
	u64 value = take(8);

	memcpy(mock_ram + offset, &value, sizeof(value));
}

static void once(void)
{
	static bool done;
	u32 bad;

	if (done)
		return;
	done = true;
	require(vmmcall_init(&bad) == 0, "all VM calls register");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u32 i;

	once();
	mock_reset();
	log_detach();
	for (i = 0; i < 4; i++)
		mock_map(VA + i * UV_PAGE_SIZE, i,
			 i == 3 ? 0 : MOCK_USER | MOCK_WRITABLE);
	memset(mock_ram + MOCK_VMM_PAGE * UV_PAGE_SIZE, 0x77,
	       (MOCK_PAGES - MOCK_VMM_PAGE) * UV_PAGE_SIZE);
	input = data;
	input_left = size;
	boot_info.flags = take(1) & UV_BOOT_OUTER_KVM;
	boot_info.dbgsh_mode = take(1) % 3;
	mock_cr3[0] = take(1) << 12;

	while (input_left) {
		switch (take(1) % 5) {
		case 0:
			any_call();
			break;
		case 1:
			key();
			break;
		case 2:
			poke();
			break;
		case 3:
			bulk();
			break;
		default:
			mock_clock += take(4) << 8;
			vmm_log(LOG_INFO, "%.*s", (int)take(1), "some text");
			break;
		}
	}
	for (i = MOCK_VMM_PAGE * UV_PAGE_SIZE; i < MOCK_RAM_SIZE; i++)
		require(mock_ram[i] == 0x77, "the VMM's memory is untouched");
	return 0;
}
