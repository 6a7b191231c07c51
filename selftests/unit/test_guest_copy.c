// SPDX-License-Identifier: GPL-2.0-only
/*
 * core/guest.c: copies over page ends, strings that never end, addresses that
 * wrap. The walk itself is a mock, which also counts: one a page.
 */
#include "unit.h"
#include "core/guest.h"

#define NR_PAGES	6
#define BASE		0x00007fff12340000ULL
#define LAST_PAGE	0xfffffffffffff000ULL

/*
 * The guest's pages, each an allocation of its own and out of order: a copy that
 * runs over a page's end is one that the sanitizer sees.
 */
static u8 *pages[NR_PAGES];
static u8 *last_page;
static bool readable[NR_PAGES];
static bool writable[NR_PAGES];
static u32 walks;
static const struct guest_mmu mmu;

int guest_translate(const struct guest_mmu *m, gva_t addr,
		    enum guest_access access, void **host)
{
	u64 raw = gva_raw(addr);
	u64 page = (raw - BASE) / UV_PAGE_SIZE;

	assert_ptr_equal(m, &mmu);
	walks++;
	/* Page 0 is mapped as well: a wrapped address must not get that far */
	if ((raw & UV_PAGE_MASK) == LAST_PAGE || raw < UV_PAGE_SIZE) {
		*host = last_page + raw % UV_PAGE_SIZE;
		return 0;
	}
	if (raw < BASE || page >= NR_PAGES ||
	    !(access == GUEST_WRITE ? writable : readable)[page])
		return -EFAULT;
	*host = pages[page] + raw % UV_PAGE_SIZE;
	return 0;
}

static int setup(void **state)
{
	static const u8 order[NR_PAGES] = { 3, 0, 5, 1, 4, 2 };
	u32 i, j;

	(void)state;
	for (i = 0; i < NR_PAGES; i++)
		pages[order[i]] = malloc(UV_PAGE_SIZE);
	last_page = malloc(UV_PAGE_SIZE);
	memset(last_page, 'z', UV_PAGE_SIZE);
	for (i = 0; i < NR_PAGES; i++) {
		readable[i] = true;
		writable[i] = true;
		for (j = 0; j < UV_PAGE_SIZE; j++)
			pages[i][j] = (u8)(1 + (i * 31 + j * 7) % 255);
	}
	return 0;
}

static int teardown(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < NR_PAGES; i++)
		free(pages[i]);
	free(last_page);
	return 0;
}

static u8 *byte_at(u64 addr)
{
	return &pages[(addr - BASE) / UV_PAGE_SIZE][addr % UV_PAGE_SIZE];
}

static u32 pages_of(u64 addr, u64 len)
{
	return len ? (u32)((addr + len - 1) / UV_PAGE_SIZE -
			   addr / UV_PAGE_SIZE + 1) : 0;
}

static void test_read_write(void **state)
{
	u32 i;

	(void)state;
	srandom(4);
	for (i = 0; i < 2000; i++) {
		u64 addr = BASE + random() % (3 * UV_PAGE_SIZE);
		u64 len = random() % (random() % 2 ? 40 : 3 * UV_PAGE_SIZE - 1);
		u8 *buf = malloc(len ? len : 1);
		u64 j;

		walks = 0;
		assert_int_equal(guest_read(&mmu, buf, gva(addr), len), 0);
		assert_int_equal(walks, pages_of(addr, len));
		for (j = 0; j < len; j++)
			assert_int_equal(buf[j], *byte_at(addr + j));
		for (j = 0; j < len; j++)
			buf[j] = (u8)random();
		assert_int_equal(guest_write(&mmu, gva(addr), buf, len), 0);
		for (j = 0; j < len; j++)
			assert_int_equal(buf[j], *byte_at(addr + j));
		free(buf);
	}
}

static void test_bad_page(void **state)
{
	u8 buf[3 * UV_PAGE_SIZE];

	(void)state;
	readable[2] = false;
	writable[3] = false;
	memset(buf, 'w', sizeof(buf));
	assert_int_equal(guest_read(&mmu, buf, gva(BASE + 0x1fff), 1), 0);
	assert_int_equal(guest_read(&mmu, buf, gva(BASE + 0x1fff), 2), -EFAULT);
	assert_int_equal(guest_read(&mmu, buf, gva(BASE - 1), 2), -EFAULT);
	/* What lies before the bad page is written, nothing behind it */
	memset(buf, 'w', sizeof(buf));
	*byte_at(BASE + 0x4000) = 'o';
	assert_int_equal(guest_write(&mmu, gva(BASE + 0x2ffe), buf, 0x1010),
			 -EFAULT);
	assert_int_equal(*byte_at(BASE + 0x2ffe), 'w');
	assert_int_equal(*byte_at(BASE + 0x2fff), 'w');
	assert_int_equal(*byte_at(BASE + 0x4000), 'o');
}

static void test_wrap(void **state)
{
	char buf[32] = "";

	(void)state;
	assert_int_equal(guest_read(&mmu, buf, gva(~0ULL), 1), 0);
	assert_int_equal(guest_read(&mmu, buf, gva(~0ULL), 2), -EFAULT);
	assert_int_equal(guest_read(&mmu, buf, gva(~0ULL - 15), 16), 0);
	assert_int_equal(guest_write(&mmu, gva(~0ULL - 15), buf, 17), -EFAULT);
	assert_int_equal(guest_write(&mmu, gva(BASE), buf, ~0ULL), -EFAULT);
	assert_int_equal(guest_read_string(&mmu, buf, gva(~0ULL - 3), 16),
			 -EFAULT);
	last_page[5] = 0;	/* where a string that wraps would end */
	assert_int_equal(guest_read_string(&mmu, buf, gva(~0ULL - 3), 16),
			 -EFAULT);
	/* Four bytes without a NUL at the very end, and asked for no more */
	memset(last_page + 4092, 'z', 4);
	assert_int_equal(guest_read_string(&mmu, buf, gva(~0ULL - 3), 4),
			 -ENAMETOOLONG);
	last_page[4095] = 0;
	assert_int_equal(guest_read_string(&mmu, buf, gva(~0ULL - 3), 16), 3);
	assert_string_equal(buf, "zzz");
}

static void test_nothing(void **state)
{
	char byte = 'x';

	(void)state;
	walks = 0;
	assert_int_equal(guest_read(&mmu, &byte, gva(0), 0), 0);
	assert_int_equal(guest_write(&mmu, gva(0), &byte, 0), 0);
	assert_int_equal(guest_read_string(&mmu, &byte, gva(0), 0),
			 -ENAMETOOLONG);
	assert_int_equal(walks, 0);
	assert_int_equal(byte, 'x');
}

/* Every length at every place near a page's end, with a bad page behind or not */
static void test_strings(void **state)
{
	u32 len, before, bad;

	(void)state;
	for (bad = 0; bad < 2; bad++) {
		readable[2] = !bad;
		for (before = 0; before < 30; before++) {
			for (len = 0; len < 40; len++) {
				u64 addr = BASE + 0x2000 - before;
				bool fits = !bad || len < before;
				char *buf = malloc(64);
				u8 old = *byte_at(addr + len);
				int got;

				*byte_at(addr + len) = 0;
				walks = 0;
				got = guest_read_string(&mmu, buf, gva(addr), 64);
				assert_int_equal(got, fits ? (int)len : -EFAULT);
				if (fits) {
					assert_int_equal(walks,
							 pages_of(addr, len + 1));
					assert_int_equal(strlen(buf), len);
				}
				while (fits && len && got--)
					assert_int_equal((u8)buf[got],
							 *byte_at(addr + got));
				*byte_at(addr + len) = old;
				free(buf);
			}
		}
	}
}

/* No NUL in sight: not a byte behind the buffer is touched */
static void test_endless(void **state)
{
	u32 size, offset;

	(void)state;
	for (size = 1; size < 300; size++) {
		for (offset = 0xf00; offset < 0x1000; offset += 13) {
			char *buf = malloc(size);
			u64 addr = BASE + offset;

			assert_int_equal(guest_read_string(&mmu, buf, gva(addr),
							   size),
					 -ENAMETOOLONG);
			/* The NUL as the last byte that there is room for */
			*byte_at(addr + size - 1) = 0;
			assert_int_equal(guest_read_string(&mmu, buf, gva(addr),
							   size),
					 (int)size - 1);
			*byte_at(addr + size - 1) = 0x80;
			free(buf);
		}
	}
}

/* The search for NUL by words must not take any other byte for it */
static void test_byte_values(void **state)
{
	char buf[64];
	u32 first, second, i;

	(void)state;
	for (first = 1; first < 256; first++) {
		for (second = 1; second < 256; second++) {
			for (i = 0; i < 24; i++)
				*byte_at(BASE + i) = (u8)(i % 3 ? first : second);
			*byte_at(BASE + 24) = 0;
			assert_int_equal(guest_read_string(&mmu, buf, gva(BASE),
							   sizeof(buf)), 24);
			assert_int_equal(memcmp(buf, byte_at(BASE), 25), 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_read_write, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_page, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrap, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_strings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_endless, setup, teardown),
		cmocka_unit_test_setup_teardown(test_byte_values, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
