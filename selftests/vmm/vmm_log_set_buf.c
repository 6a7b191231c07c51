// SPDX-License-Identifier: GPL-2.0-only
/*
 * "log_set_buf". Shows that from user level nothing at all happens; that at level 0
 * (uvtest.ko) a good buffer gets the log and nothing behind its end is written;
 * that buffers which are too small, crooked, wrap, lie outside of RAM or in the VMM's
 * memory are refused and that the log tells; and that a reader which sets the count to
 * nonsense hurts only itself.
 */
#define _GNU_SOURCE
#include <string.h>
#include <time.h>

#include "kselftest.h"
#include "common.h"

#define ORDER		1		/* the pages of the test: 8 KiB */
#define BUFFER_SIZE	4096
#define GUARD		0xa5

struct buffer {
	uint32_t count;
	char text[BUFFER_SIZE - VMMLOG_HEADER_SIZE];
};

static int fd;
static struct uvtest_pages pages;
static struct buffer *buffer;
static long number;

/* Makes the call at level 0. Return: whether no register changed. */
static bool set_buf(uint64_t phys, uint64_t size)
{
	struct uvtest_regs regs = { .rflags = UVTEST_FLAGS }, before;
	unsigned int i, vector;

	for (i = 0; i < UVTEST_NR_GPRS; i++)
		regs.gpr[i] = 0x0101010101010101ULL * i;
	before = regs;
	vector = uvtest_call(fd, &regs, number, phys, size);
	before.gpr[UVTEST_RAX] = number;
	before.gpr[UVTEST_RBX] = phys;
	before.gpr[UVTEST_RCX] = size;
	return !vector && !memcmp(regs.gpr, before.gpr, sizeof(regs.gpr));
}

static bool attach(uint32_t size)
{
	memset(buffer, GUARD, 2 * BUFFER_SIZE);
	buffer->count = 0;
	return set_buf(pages.phys, size);
}

static uint32_t count(void)
{
	return __atomic_load_n(&buffer->count, __ATOMIC_ACQUIRE);
}

/* Whether the text from that byte on has these words */
static bool text_has(uint32_t from, const char *words)
{
	char copy[sizeof(buffer->text) + 1];
	uint32_t n = count();

	if (n > sizeof(buffer->text) || from > n)
		return false;
	memcpy(copy, buffer->text, n);
	copy[n] = 0;
	return strstr(copy + from, words);
}

static bool guard_intact(size_t from)
{
	const unsigned char *byte = (const unsigned char *)buffer;

	for (; from < 2 * BUFFER_SIZE; from++)
		if (byte[from] != GUARD)
			return false;
	return true;
}

/* Has the VMM write a line: the kernel's own, whose rate isn't limited */
static void provoke(void)
{
	static const char text[] = "provoked";
	struct uvtest_log log;

	uvtest_log(fd, &log, text, sizeof(text) - 1);
}

/* The VMM limits the rate of lines that a guest can cause: 8 a second. */
static void breathe(void)
{
	const struct timespec pause = { .tv_nsec = 300000000 };

	nanosleep(&pause, NULL);
}

static void test_user_level(void)
{
	struct vmm_regs in, out;
	uint64_t seed = 42;
	bool ok = true;
	int i;

	for (i = 0; i < 100; i++) {
		in = (struct vmm_regs){
			.rax = number, .rbx = i & 1 ? pages.phys : rnd(&seed),
			.rcx = i & 2 ? BUFFER_SIZE : rnd(&seed),
			.rdx = rnd(&seed), .rsi = rnd(&seed),
			.rdi = rnd(&seed), .rbp = rnd(&seed), .r8 = rnd(&seed),
			.flags = VMM_FLAGS,
		};
		out = in;
		ok &= !vmm_call(&out) &&
		      !memcmp(&in, &out, offsetof(struct vmm_regs, flags)) &&
		      !((in.flags ^ out.flags) & VMM_FLAGS);
	}
	ksft_test_result(ok && !count(), "user level: no register changes, nothing happens\n");

	attach(BUFFER_SIZE);
	in = (struct vmm_regs){ .rax = number };
	vmm_call(&in);
	i = count();
	provoke();
	ksft_test_result(count() > (uint32_t)i,
			 "user level: can't detach the kernel's buffer\n");
}

static void test_good_buffer(void)
{
	bool quiet, printable = true;
	uint32_t i, n;

	set_buf(0, 0);
	quiet = attach(BUFFER_SIZE);
	provoke();
	n = count();
	for (i = 0; i < n && i < sizeof(buffer->text); i++)
		printable &= buffer->text[i] == '\n' ||
			     (buffer->text[i] >= ' ' && buffer->text[i] <= '~');
	ksft_test_result(quiet && n && n <= sizeof(buffer->text) && printable &&
			 buffer->text[n - 1] == '\n',
			 "a buffer gets %u bytes of text\n", n);
	ksft_test_result(guard_intact(BUFFER_SIZE),
			 "nothing is written behind the buffer\n");
	set_buf(0, 12345);
	n = count();
	provoke();
	ksft_test_result(count() == n, "address 0 detaches, whatever the size\n");
	attach(BUFFER_SIZE);
	set_buf(pages.phys, 0);
	n = count();
	provoke();
	ksft_test_result(count() == n, "size 0 detaches\n");
}

static void test_tiny(void)
{
	uint32_t size;
	bool ok = true;

	for (size = 1; size <= 8; size++) {
		set_buf(0, 0);
		attach(size);
		provoke();
		provoke();
		ok &= guard_intact(size < 4 ? 4 : size);
		ok &= size <= 4 ? !count() : count() <= size - 4;
	}
	set_buf(0, 0);
	ksft_test_result(ok, "sizes 1 to 8: refused or filled, never overrun\n");
}

/* Refused while a good buffer is attached, which then gets the line about it */
static void refuse(const char *what, uint64_t phys, uint64_t size)
{
	uint32_t before;
	bool quiet;

	breathe();
	attach(BUFFER_SIZE);
	before = count();
	quiet = set_buf(phys, size);
	ksft_test_result(quiet && text_has(before, "refused"),
			 "refused and logged: %s (%#llx, %#llx bytes)\n", what,
			 (unsigned long long)phys, (unsigned long long)size);
}

static void test_refused(void)
{
	static struct block blocks[MAX_CPUS + 1];
	int n = list_blocks(blocks, ARRAY_SIZE(blocks));

	/* Not the size that was refused last: that line would only be counted */
	refuse("too small for a byte", pages.phys, 3);
	refuse("not aligned", pages.phys + 2, 64);
	refuse("wraps", ~0xfffULL, 0x2000);
	refuse("wraps to 0", ~0xfffULL, 0x1000);
	refuse("above all RAM", 1ULL << 46, BUFFER_SIZE);
	refuse("beyond physical addresses", 1ULL << 62, BUFFER_SIZE);
	refuse("the local APIC", 0xfee00000, BUFFER_SIZE);
	refuse("runs out of RAM", pages.phys, 0xffffffff);
	if (!n) {
		ksft_test_result_fail("no blocks in debugfs status\n");
		ksft_test_result_fail("no blocks in debugfs status\n");
		return;
	}
	refuse("the VMM's memory", blocks[0].start, BUFFER_SIZE);
	refuse("ends in the VMM's memory", blocks[0].start - 64, 128);
}

static void test_nonsense_count(void)
{
	static const uint32_t counts[] = { 0xffffffff, 0x80000000, BUFFER_SIZE,
					   BUFFER_SIZE - 3 };
	bool ok = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		attach(BUFFER_SIZE);
		memset(buffer->text, GUARD, sizeof(buffer->text));
		__atomic_store_n(&buffer->count, counts[i], __ATOMIC_RELEASE);
		provoke();
		/* Taken as full: nothing comes in. */
		ok &= guard_intact(VMMLOG_HEADER_SIZE);
	}
	ksft_test_result(ok, "a nonsense count is taken as full\n");
	attach(BUFFER_SIZE);
	ksft_test_result(text_has(0, "provoked"),
			 "a good buffer gets what that one couldn't take\n");
	i = count();
	provoke();
	ksft_test_result(count() > i && text_has(i, "provoked"),
			 "and what comes then\n");
}

/* Collects as a reader does, across the end of the ring. */
static void test_ring(void)
{
	uint32_t pos = 0, n, total = 0, capacity = 256 - VMMLOG_HEADER_SIZE;
	bool ok = true;
	int i;

	attach(256);
	for (i = 0; i < 30; i++) {
		provoke();
		n = count();
		ok &= n <= capacity;
		total += n;
		pos = (pos + n) % capacity;
		__atomic_fetch_sub(&buffer->count, n, __ATOMIC_RELEASE);
	}
	ksft_test_result(ok && total > 3 * capacity && guard_intact(256),
			 "a small ring goes round and round (%u bytes)\n", total);
}

int main(void)
{
	int kmsg;

	ksft_print_header();
	need_vmm(NULL);
	fd = need_uvtest();
	kmsg = kmsg_open();
	buffer = uvtest_pages(fd, ORDER, &pages);
	number = vmm_lookup(VMMCALL_NAME_LOG_SET_BUF);
	ksft_set_plan(22);
	test_user_level();
	test_good_buffer();
	test_tiny();
	test_refused();
	test_nonsense_count();
	test_ring();
	set_buf(0, 0);
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
