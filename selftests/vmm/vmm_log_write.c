// SPDX-License-Identifier: GPL-2.0-only
/*
 * "log_write": lines of the kernel's own in the VMM's log. Shows what they look like,
 * which lengths and addresses are refused, that only rax is changed, that nothing happens
 * from user level, and that the VMM's memory can't be read by it.
 */
#define _GNU_SOURCE
#include <string.h>

#include "kselftest.h"
#include "common.h"

#define PAGE		4096
#define TEXT_OFFSET	(2 * PAGE)	/* in the pages: the log's buffer is before it */

static int fd;
static struct uvtest_pages pages;
static char *area;
static long number;

static uint32_t count(void)
{
	return __atomic_load_n((uint32_t *)area, __ATOMIC_ACQUIRE);
}

static void attach(void)
{
	struct uvtest_regs regs = { 0 };

	memset(area, 0, TEXT_OFFSET);
	uvtest_call(fd, &regs, vmm_lookup(VMMCALL_NAME_LOG_SET_BUF), pages.phys,
		    TEXT_OFFSET);
	/* What was logged before is of no interest. */
	__atomic_store_n((uint32_t *)area, 0, __ATOMIC_RELEASE);
	uvtest_call(fd, &regs, vmm_lookup(VMMCALL_NAME_LOG_SET_BUF), pages.phys,
		    TEXT_OFFSET);
}

/* The call at level 0. Return: rax, or -1 if another register was changed. */
static long log_write(uint64_t address, uint64_t len)
{
	struct uvtest_regs regs = { .rflags = UVTEST_FLAGS }, before;
	unsigned int i;

	for (i = 0; i < UVTEST_NR_GPRS; i++)
		regs.gpr[i] = 0x0101010101010101ULL * i;
	before = regs;
	if (uvtest_call(fd, &regs, number, address, len))
		return -1;
	before.gpr[UVTEST_RAX] = regs.gpr[UVTEST_RAX];
	before.gpr[UVTEST_RBX] = address;
	before.gpr[UVTEST_RCX] = len;
	return memcmp(before.gpr, regs.gpr, sizeof(regs.gpr)) ? -1 :
		(long)regs.gpr[UVTEST_RAX];
}

/* Whether the text at that offset becomes one line that ends as told */
static void good(const char *what, size_t offset, uint64_t len, const char *end)
{
	size_t have = strlen(end);
	const char *line;
	uint32_t n;
	long ret;

	attach();
	ret = log_write(pages.virt + offset, len);
	n = count();
	line = area + VMMLOG_HEADER_SIZE;
	ksft_test_result(!ret && n > have &&
			 memchr(line, '\n', n) == line + n - 1 &&
			 !memcmp(line + n - 1 - have, end, have) &&
			 strstr(line, " info: guest: "),
			 "%s: %.*s\n", what, n ? (int)n - 1 : 0, line);
}

static void refused(const char *what, uint64_t address, uint64_t len)
{
	long ret;

	attach();
	ret = log_write(address, len);
	ksft_test_result(ret == 1 && !count(), "refused: %s (%#llx, %llu)\n", what,
			 (unsigned long long)address, (unsigned long long)len);
}

static void test_good(void)
{
	static const char text[] = "a mark";
	char *to = area + TEXT_OFFSET;
	char longest[VMMLOG_WRITE_MAX + 1];

	strcpy(to, text);
	good("a line", TEXT_OFFSET, strlen(text), ": a mark");
	good("the text ends at a NUL", TEXT_OFFSET, strlen(text) + 20, ": a mark");
	good("only ecx counts", TEXT_OFFSET, 0xabc00000000ULL + 6, ": a mark");
	strcpy(to, "a\nb\x1b[1m\n");
	good("control characters", TEXT_OFFSET, 9, ": a?b?[1m");
	strcpy(to, "[77 bytes of log lost]");
	good("no notice of loss", TEXT_OFFSET, 22, ": [77 bytes of log lost]");
	memset(longest, 'x', sizeof(longest));
	longest[VMMLOG_WRITE_MAX] = 0;
	memcpy(to + PAGE - 7, longest, sizeof(longest));
	good("the longest, across pages", TEXT_OFFSET + PAGE - 7,
	     VMMLOG_WRITE_MAX, longest);
}

static void test_refused(void)
{
	static struct block blocks[MAX_CPUS + 1];
	uint64_t text = pages.virt + TEXT_OFFSET;

	refused("nothing", text, 0);
	refused("too long", text, VMMLOG_WRITE_MAX + 1);
	refused("much too long", text, 0xffffffff);
	refused("null", 0, 8);
	refused("not canonical", 1ULL << 63, 8);
	refused("wraps", ~0ULL, 8);
	refused("a user's address, with SMAP or not mapped", 0x1000, 8);
	if (!list_blocks(blocks, ARRAY_SIZE(blocks)))
		ksft_exit_fail_msg("no blocks in debugfs status\n");
	/* The kernel's map of all RAM: where the pages are, less their address */
	refused("the VMM's memory", pages.virt - pages.phys + blocks[0].start, 8);
}

static void test_user_level(void)
{
	struct vmm_regs in = { .rax = number, .rcx = 8, .flags = VMM_FLAGS }, out;
	uint64_t before = vmm_log_counter(" written ");

	in.rbx = (unsigned long)"a user's";
	out = in;
	ksft_test_result(!vmm_call(&out) &&
			 !memcmp(&in, &out, offsetof(struct vmm_regs, flags)) &&
			 !((in.flags ^ out.flags) & VMM_FLAGS),
			 "user level: no register changes\n");
	/* The refusal is a line, but not this one. */
	attach();
	ksft_test_result(vmm_log_counter(" written ") > before &&
			 !strstr(area + VMMLOG_HEADER_SIZE, "a user's"),
			 "user level: nothing is written but the refusal\n");
}

static void test_flood(void)
{
	uint64_t suppressed = vmm_log_counter(" suppressed ");
	uint64_t written = vmm_log_counter(" written ");
	struct uvtest_log log;
	bool ok = true;
	int i;

	for (i = 0; i < 1000; i++)
		ok &= !uvtest_log(fd, &log, "flood", 5);
	ksft_test_result(ok && vmm_log_counter(" suppressed ") == suppressed &&
			 vmm_log_counter(" written ") > written + 1000 * 5,
			 "a thousand at once: none is suppressed\n");
}

int main(void)
{
	int kmsg;

	ksft_print_header();
	need_vmm("");
	fd = need_uvtest();
	kmsg = kmsg_open();
	area = uvtest_pages(fd, 2, &pages);
	number = vmm_lookup(VMMCALL_NAME_LOG_WRITE);
	ksft_set_plan(18);
	test_good();
	test_refused();
	test_user_level();
	test_flood();
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
