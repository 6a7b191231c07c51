// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of a kernel that crashed, for the scripts:
 *
 *	vmcore hold FILE	copy the first page of FILE to a page of memory that stays where
 *				it is; print its physical address and wait for the end
 *	vmcore read START SIZE	write this physical memory, as /proc/vmcore has it
 */
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE		4096UL
#define PFN_MASK	((1ULL << 55) - 1)
#define MAX_HEADERS	1024

static char page[PAGE] __attribute__((aligned(PAGE)));

static int fail(const char *what)
{
	perror(what);
	return 1;
}

/* Exactly so many bytes */
static bool read_at(const char *path, void *buf, size_t size, off_t offset)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && pread(fd, buf, size, offset) == (ssize_t)size;

	close(fd);
	return ok;
}

static int hold(const char *path)
{
	off_t entry = (uintptr_t)page / PAGE * sizeof(uint64_t);
	uint64_t pfn;

	if (mlock(page, PAGE))
		return fail("mlock");
	if (!read_at(path, page, PAGE, 0))
		return fail(path);
	if (!read_at("/proc/self/pagemap", &pfn, sizeof(pfn), entry))
		return fail("pagemap");
	printf("%#jx\n", (uintmax_t)((pfn & PFN_MASK) * PAGE));
	fflush(stdout);
	for (;;)
		pause();
}

/* Where a physical address is in the file, -1 if nowhere */
static off_t find(const Elf64_Phdr *headers, int count, uint64_t addr)
{
	int i;

	for (i = 0; i < count; i++)
		if (headers[i].p_type == PT_LOAD &&
		    addr - headers[i].p_paddr < headers[i].p_filesz)
			return headers[i].p_offset + (addr - headers[i].p_paddr);
	return -1;
}

static int read_memory(uint64_t start, uint64_t size)
{
	static Elf64_Phdr headers[MAX_HEADERS];
	const char *vmcore = "/proc/vmcore";
	Elf64_Ehdr elf;
	uint64_t addr;
	off_t offset;

	if (!read_at(vmcore, &elf, sizeof(elf), 0) || elf.e_phnum > MAX_HEADERS ||
	    !read_at(vmcore, headers, elf.e_phnum * sizeof(*headers), elf.e_phoff))
		return fail(vmcore);
	for (addr = start; addr < start + size; addr += PAGE) {
		offset = find(headers, elf.e_phnum, addr);
		if (offset < 0) {
			fprintf(stderr, "%#jx is not in %s\n", (uintmax_t)addr, vmcore);
			return 1;
		}
		if (!read_at(vmcore, page, PAGE, offset))
			return fail(vmcore);
		if (fwrite(page, PAGE, 1, stdout) != 1)
			return fail("write");
	}
	return fflush(stdout) ? fail("write") : 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "hold"))
		return hold(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "read"))
		return read_memory(strtoull(argv[2], NULL, 0),
				   strtoull(argv[3], NULL, 0));
	fprintf(stderr, "usage: vmcore hold FILE | read START SIZE\n");
	return 64;
}
