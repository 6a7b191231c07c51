// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/window_access.c and core/extable.c as the VMM has them, at the window's
 * real address, which is free in a process; the walker on top. SIGSEGV stands
 * for #PF: its handler does what the VMM's does. Compiled without UV_HOST.
 */
#include "unit.h"
#include "core/cpu.h"
#include "core/extable.h"
#include "core/paging.h"
#include "core/window.h"
#include "core/x86.h"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

/* RAM in the window: pages 0 to 15, of which 6 and 9 are holes; and a far one */
#define RAM_PAGES	16
#define HOLE_1		0x6000ULL
#define HOLE_2		0x9000ULL
#define FAR		0x280000000000ULL	/* where a process has nothing else */

struct uv_boot_info boot_info;
bool window_1g_pages = true;

static u32 faults;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	u64 fixup = extable_find((u64)regs[REG_RIP]);

	(void)info;
	if (!fixup) {
		signal(sig, SIG_DFL);
		return;
	}
	faults++;
	regs[REG_RIP] = (greg_t)fixup;
}

static u64 *word(u64 addr)
{
	return (u64 *)(UV_WINDOW_BASE + addr);
}

static bool map_pages(u64 addr, u64 size)
{
	void *want = (void *)(UV_WINDOW_BASE + addr);

	return mmap(want, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		    0) == want;
}

static int setup(void **state)
{
	(void)state;
	boot_info.maxphyaddr = 46;
	if (!map_pages(0, RAM_PAGES * UV_PAGE_SIZE))
		return -1;
	munmap(word(HOLE_1), UV_PAGE_SIZE);
	munmap(word(HOLE_2), UV_PAGE_SIZE);
	return 0;
}

/* In each test: cmocka puts a handler of its own in place before it */
static void catch_faults(void)
{
	struct sigaction action = {
		.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO,
	};

	assert_int_equal(sigaction(SIGSEGV, &action, NULL), 0);
	faults = 0;
}

static void test_extable(void **state)
{
	const struct extable_entry *entry;

	(void)state;
	assert_true(&__extable_end[0] > &__extable_start[0]);
	for (entry = __extable_start; entry < __extable_end; entry++) {
		assert_true(entry->fixup > entry->fault);
		assert_true(entry->fixup < entry->fault + 32);
		assert_int_equal(extable_find(entry->fault), entry->fixup);
		assert_int_equal(extable_find(entry->fault - 1), 0);
	}
	assert_int_equal(extable_find(0), 0);
}

static void test_load(void **state)
{
	u64 value = 5;

	(void)state;
	catch_faults();
	*word(0x5ff8) = 0x1122334455667788;
	assert_true(window_load64(gpa(0x5ff8), &value));
	assert_int_equal(value, 0x1122334455667788);
	assert_int_equal(window_fetch64(0x5ff8), 0x1122334455667788);
	*word(0x5ff8) = 0;
	assert_true(window_load64(gpa(0x5ff8), &value));
	assert_int_equal(value, 0);
	assert_int_equal(faults, 0);
	value = 5;
	assert_false(window_load64(gpa(HOLE_1), &value));
	assert_false(window_load64(gpa(HOLE_2 + 0xff8), &value));
	assert_int_equal(window_fetch64(HOLE_1), 0);
	assert_int_equal(faults, 3);
	/* Outside, or not aligned: refused before anything is touched */
	assert_false(window_load64(gpa(UV_WINDOW_SIZE), &value));
	assert_false(window_load64(gpa(~7ULL), &value));
	assert_false(window_load64(gpa(0x1001), &value));
	assert_int_equal(faults, 3);
	assert_int_equal(value, 5);
}

static void test_cmpxchg(void **state)
{
	(void)state;
	catch_faults();
	*word(0x1008) = 10;
	assert_true(window_cmpxchg64(gpa(0x1008), 10, 11));
	assert_int_equal(*word(0x1008), 11);
	assert_false(window_cmpxchg64(gpa(0x1008), 10, 12));
	assert_int_equal(*word(0x1008), 11);
	assert_int_equal(faults, 0);
	assert_false(window_cmpxchg64(gpa(HOLE_1), 0, 1));
	assert_int_equal(faults, 1);
	assert_false(window_cmpxchg64(gpa(UV_WINDOW_SIZE + 0x1008), 11, 12));
	assert_false(window_cmpxchg64(gpa(0x100c), 0, 1));
	assert_int_equal(*word(0x1008), 11);
	assert_int_equal(faults, 1);
}

static void test_probe(void **state)
{
	(void)state;
	catch_faults();
	memset(word(0x2000), 0xff, UV_PAGE_SIZE);
	assert_ptr_equal(window_page_probe(gpa(0x2fff)), (u8 *)word(0) + 0x2fff);
	assert_ptr_equal(window_page_probe(gpa(0x3000)), word(0x3000));
	assert_null(window_page_probe(gpa(HOLE_1)));
	assert_null(window_page_probe(gpa(HOLE_1 + 0xfff)));
	assert_null(window_page_probe(gpa(UV_WINDOW_SIZE)));
	assert_null(window_page_probe(gpa(~0ULL)));
	assert_ptr_equal(window_pointer(gpa(0x2fff)), (u8 *)word(0) + 0x2fff);
	/* Never out of the window */
	assert_ptr_equal(window_pointer(gpa(UV_WINDOW_SIZE + 8)), word(8));
}

#define VA	0xffff912345678f00ULL

static u64 *entry_of(int level)
{
	return word(level * UV_PAGE_SIZE) + (VA >> (3 + 9 * level) & 511);
}

/* Tables in pages 4 to 1, the target wherever @target says */
static int walk_to(u64 target, int hole_level, void **host)
{
	struct guest_mmu mmu = {
		.cr0 = CR0_PG | CR0_WP, .cr3 = 0x4000, .cr4 = CR4_SMAP,
		.efer = EFER_LMA | EFER_NXE, .cpl = 0,
	};
	int level;

	for (level = 4; level > 1; level--)
		*entry_of(level) = (u64)(level - 1) * UV_PAGE_SIZE |
				   PTE_P | PTE_RW;
	*entry_of(1) = target | PTE_P | PTE_RW;
	if (hole_level == 5)
		mmu.cr3 = HOLE_1;
	else if (hole_level)
		*entry_of(hole_level) = HOLE_2 | PTE_P | PTE_RW;
	return guest_translate(&mmu, gva(VA), GUEST_WRITE, host);
}

static void test_walk(void **state)
{
	void *host;
	int level;

	(void)state;
	catch_faults();
	assert_int_equal(walk_to(0x8000, 0, &host), 0);
	assert_ptr_equal(host, (u8 *)word(0x8000) + 0xf00);
	assert_int_equal(*entry_of(1), 0x8000 | PTE_P | PTE_RW | PTE_A | PTE_D);
	assert_int_equal(*entry_of(4) & (PTE_A | PTE_D), PTE_A);
	assert_int_equal(walk_to(FAR, 0, &host), -EFAULT);
	assert_true(map_pages(FAR, UV_PAGE_SIZE));
	assert_int_equal(walk_to(FAR, 0, &host), 0);
	assert_ptr_equal(host, (u8 *)word(FAR) + 0xf00);
	for (level = 1; level <= 5; level++)
		assert_int_equal(walk_to(0x8000, level, &host), -EFAULT);
	assert_int_equal(walk_to(UV_WINDOW_SIZE, 0, &host), -EFAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_extable),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_cmpxchg),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_walk),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
