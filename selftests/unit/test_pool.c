// SPDX-License-Identifier: GPL-2.0-only
/* core/pool.c: pages are zeroed, given out once, and the end is the end */
#include "unit.h"
#include "core/cpu.h"
#include "core/radix.h"

#include <pthread.h>

#define PAGES		64
#define THREADS		4
#define SHARED_PA	0x12340000ULL
#define SHARED_SIZE	0x8000ULL

struct uv_boot_info boot_info;

static u8 memory[PAGES + 1][4096] __aligned(4096);
static u32 given[PAGES];

static void *take_all(void *unused)
{
	u8 *page;

	for (;;) {
		page = pool_alloc_page();
		if (!page)
			return unused;
		__atomic_add_fetch(&given[(page - memory[0]) / 4096], 1,
				   __ATOMIC_RELAXED);
		if (page[0] || page[4095] || memcmp(page, page + 1, 4095))
			given[0] = 1000;
	}
}

static void test_each_page_once(void **state)
{
	pthread_t thread[THREADS];
	u32 i;

	(void)state;
	memset(memory, 0xee, sizeof(memory));
	boot_info.pool_start = (uintptr_t)memory;
	/* A rest that is less than a page is no page */
	boot_info.pool_end = (uintptr_t)memory + PAGES * 4096 + 4095;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, take_all,
						NULL), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	for (i = 0; i < PAGES; i++)
		assert_int_equal(given[i], 1);
	assert_int_equal(memory[PAGES][0], 0xee);
	assert_null(pool_alloc_page());
}

static void test_addresses(void **state)
{
	(void)state;
	boot_info.shared_pa = SHARED_PA;
	boot_info.shared_size = SHARED_SIZE;
	assert_int_equal(hpa_raw(pool_to_phys((void *)(UV_IMAGE_BASE + 0x3000))),
			 SHARED_PA + 0x3000);
	assert_ptr_equal(pool_from_phys(hpa(SHARED_PA)), UV_IMAGE_BASE);
	assert_ptr_equal(pool_from_phys(hpa(SHARED_PA + SHARED_SIZE - 4096)),
			 UV_IMAGE_BASE + SHARED_SIZE - 4096);
	assert_null(pool_from_phys(hpa(SHARED_PA + SHARED_SIZE)));
	assert_null(pool_from_phys(hpa(SHARED_PA - 4096)));
	assert_null(pool_from_phys(hpa(SHARED_PA + 8)));
	assert_null(pool_from_phys(hpa(0)));
	assert_null(pool_from_phys(hpa(~0xfffULL)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_page_once),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
