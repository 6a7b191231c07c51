// SPDX-License-Identifier: GPL-2.0-only
/*
 * The VMM's memory, from the kernel (uvtest.ko). Shows that every page of every
 * block that the driver tells in debugfs reads as zeros, that a write to it faults and
 * is logged but changes nothing, that the driver's own way out can't be taken from
 * elsewhere, and that memory which was given back has nothing of the VMM's in it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"
#include "common.h"

#define PAGE	4096ULL
#define LEAVE	"undervisor_leave"
#define ORDER	0
#define IMAGE_MAGIC	0x31305255444e55ULL	/* UV_BOOT_MAGIC */

static struct block blocks[MAX_CPUS + 1];
static int nr_blocks;
static struct uvtest_pages pages;
static int fd;

static struct uvtest_access access_to(uint64_t phys, bool write)
{
	struct uvtest_access access = { .phys = phys, .width = 8,
					.write = write,
					.value = 0xdeadbeefcafef00dULL };

	uvtest_request(fd, UVTEST_IOC_ACCESS, &access);
	return access;
}

/* Return: words that are not zero, or can't be read */
static int count_visible(void)
{
	struct uvtest_access a;
	uint64_t offset;
	int i, visible = 0;

	for (i = 0; i < nr_blocks; i++) {
		for (offset = 0; offset < blocks[i].size; offset += 520) {
			a = access_to(blocks[i].start + offset, false);
			visible += a.vector || a.value;
		}
	}
	return visible;
}

static int count_writable(void)
{
	struct uvtest_access a;
	uint64_t offset;
	int i, writable = 0;

	for (i = 0; i < nr_blocks; i++) {
		for (offset = 0; offset < blocks[i].size; offset += 16 * PAGE) {
			a = access_to(blocks[i].start + offset, true);
			writable += !a.vector;
		}
	}
	return writable;
}

/* The pages on either side are Linux's: hiding must not reach them. */
static void test_neighbours(void)
{
	volatile uint64_t *word = uvtest_pages(fd, ORDER, &pages);
	struct uvtest_access a;

	*word = 0x1234567890abcdefULL;
	a = access_to(pages.phys, false);
	ksft_test_result(!a.vector && a.value == *word,
			 "other memory is as it was: reads\n");
	a = access_to(pages.phys, true);
	ksft_test_result(!a.vector && *word == 0xdeadbeefcafef00dULL,
			 "other memory is as it was: writes\n");
}

static bool status_says(const char *what)
{
	char *text = vmm_status();
	bool says = text && strstr(text, what);

	free(text);
	return says;
}

/* "undervisor_leave", at level 0 but not by the driver; and at level 3 */
static void test_leave(void)
{
	struct uvtest_regs regs = { .rflags = 0 };
	struct vmm_regs user = { .rax = vmm_lookup(LEAVE) };
	unsigned int vector;

	ksft_test_result(!vmm_call(&user) && vmm_lookup(LEAVE) > 0,
			 "user level can't leave\n");
	vector = uvtest_call(fd, &regs, vmm_lookup(LEAVE), 0, 0);
	ksft_test_result(!vector && (int64_t)regs.gpr[UVTEST_RAX] <= 0 &&
			 vmm_lookup(LEAVE) > 0,
			 "level 0 can't leave but by the driver (rax %#llx)\n",
			 (unsigned long long)regs.gpr[UVTEST_RAX]);
}

/*
 * The image begins with its magic, and a CPU's block with its own address in Linux's map
 * of all RAM. Linux may have used the pages since, but not for that.
 */
static int count_left(uint64_t map)
{
	int i, left = 0;

	for (i = 0; i < nr_blocks; i++) {
		uint64_t word = access_to(blocks[i].start, false).value;

		left += word == (i ? map + blocks[i].start : IMAGE_MAGIC);
	}
	return left;
}

static void test_given_back(void)
{
	uint64_t map = pages.virt - pages.phys;
	int left;

	if (syscall(SYS_delete_module, "undervisor", O_NONBLOCK))
		ksft_exit_fail_msg("can't unload\n");
	left = count_left(map);
	ksft_test_result(nr_blocks && !left,
			 "what is given back was cleared (%d blocks weren't)\n",
			 left);
	need_vmm("");
}

int main(void)
{
	int n, kmsg;

	ksft_print_header();
	need_vmm("");
	fd = need_uvtest();
	kmsg = kmsg_open();
	nr_blocks = list_blocks(blocks, ARRAY_SIZE(blocks));
	ksft_set_plan(11);
	ksft_test_result(nr_blocks >= 2, "debugfs tells of %d blocks\n",
			 nr_blocks);
	n = count_visible();
	ksft_test_result(nr_blocks && !n, "all read as zeros (%d don't)\n", n);
	n = count_writable();
	ksft_test_result(nr_blocks && !n, "all writes fault (%d don't)\n", n);
	n = count_visible();
	ksft_test_result(nr_blocks && !n, "and still all zeros (%d are not)\n",
			 n);
	ksft_test_result(status_says("exits NPF") || status_says("exits EPT"),
			 "the writes are counted\n");
	test_neighbours();
	test_leave();
	test_given_back();
	ksft_test_result(!kmsg_splats(kmsg), "the kernel's log is clean\n");
	ksft_finished();
}
