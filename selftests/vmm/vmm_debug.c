// SPDX-License-Identifier: GPL-2.0-only
/*
 * The debug shell's commands, through the shell itself. Shows that memory comes out as
 * it is, by every kind of address and in every width; that what isn't there, isn't RAM
 * or is the VMM's is told and not shown; that walks end where the kernel says the page
 * is; that registers and fields are those of the call; and that no line of random words
 * hurts the VMM. ITER: a hundred times the number of such lines.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "kselftest.h"
#include "common.h"

#define PAGE		4096UL
#define TEXT_SIZE	(1024 * 1024)
#define INSN_LEN	3

static long number;
static char text[TEXT_SIZE];
static char piece[DBGSH_BULK_OUT_MAX];

/* Registers of the call that gave a line, and of it alone */
static struct vmm_regs call_regs;

/**
 * say() - give the shell a line and collect what it says
 * Return: whether it wants another one then.
 */
static bool say(const char *line)
{
	size_t len = 0;
	int calls;

	text[0] = 0;
	for (calls = 0; calls < 100000; calls++) {
		struct vmm_regs regs = call_regs;

		regs.rax = number;
		regs.rbx = (unsigned long)line;
		regs.rcx = strlen(line);
		regs.rdx = (unsigned long)piece;
		regs.rsi = sizeof(piece);
		regs.rdi = 0;
		if (vmm_call(&regs))
			ksft_exit_fail_msg("the VMM is gone\n");
		if ((int)regs.rax < 0 || len + regs.rsi >= TEXT_SIZE)
			return false;
		memcpy(text + len, piece, regs.rsi);
		len += regs.rsi;
		text[len] = 0;
		line += regs.rcx;
		if ((int)regs.rax == DBGSH_WANT_INPUT)
			return true;
	}
	return false;
}

static bool sayf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static bool sayf(const char *fmt, ...)
{
	char line[DBGSH_BULK_IN_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return say(line);
}

static bool said(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static bool said(const char *fmt, ...)
{
	char want[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(want, sizeof(want), fmt, ap);
	va_end(ap);
	if (strstr(text, want))
		return true;
	ksft_print_msg("missing: %s\n", want);
	ksft_print_msg("said: %.200s\n", text);
	return false;
}

/* The value that stands behind a name, ~0 if there is none */
static unsigned long value_of(const char *name)
{
	size_t len = strlen(name);
	const char *at = text;

	while ((at = strstr(at, name))) {
		if ((at == text || at[-1] == ' ' || at[-1] == '\n') &&
		    at[len] == ' ')
			return strtoul(at + len, NULL, 0);
		at += len;
	}
	return ~0UL;
}

/* Physical address of a page of ours, by the kernel's word */
static unsigned long physical(const void *page)
{
	unsigned long entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (pread(fd, &entry, 8, (unsigned long)page / PAGE * 8) != 8 ||
	    !(entry >> 63))
		ksft_exit_fail_msg("no page in pagemap\n");
	close(fd);
	return (entry & ((1UL << 55) - 1)) * PAGE +
	       (unsigned long)page % PAGE;
}

static unsigned char *new_pages(int count)
{
	void *pages = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (pages == MAP_FAILED || mlock(pages, count * PAGE))
		ksft_exit_fail_msg("pages: %s\n", strerror(errno));
	return pages;
}

/* What a dump of @len bytes at @bytes has to look like; a multiple of 16 */
static void expect_dump(char *want, unsigned long addr,
			const unsigned char *bytes, size_t len, size_t width)
{
	size_t row, i, k;

	for (row = 0; row < len; row += 16) {
		want += sprintf(want, "%016lx ", addr + row);
		for (i = 0; i < 16; i += width) {
			*want++ = ' ';
			for (k = width; k--;)
				want += sprintf(want, "%02x", bytes[row + i + k]);
		}
		want += sprintf(want, "  |");
		for (i = 0; i < 16; i++)
			*want++ = bytes[row + i] >= 32 && bytes[row + i] < 127 ?
				  bytes[row + i] : '.';
		want += sprintf(want, "|\n");
	}
}

static bool dumps_as(const char *space, unsigned long addr,
		     const unsigned char *bytes, size_t len, int width)
{
	static char want[TEXT_SIZE];

	expect_dump(want, addr, bytes, len, width);
	return sayf("dump %s %#lx %zu %d\n", space, addr, len, width) &&
	       !strcmp(text, want);
}

static void test_dump(unsigned char *page)
{
	unsigned long pa = physical(page);
	unsigned long virt = (unsigned long)page;
	int width;

	for (width = 1; width <= 8; width *= 2) {
		ksft_test_result(dumps_as("virt", virt, page, PAGE, width),
				 "a page by its virtual address, width %d\n", width);
		ksft_test_result(dumps_as("phys", pa, page, PAGE, width),
				 "a page by its physical address, width %d\n",
				 width);
	}
	ksft_test_result(dumps_as("vmm", 0x400000000000 + pa, page, PAGE, 8),
			 "a page by the VMM's own address of it\n");
	ksft_test_result(dumps_as("virt", virt + 5, page + 5, 64, 4),
			 "from an odd address\n");
	say("regs\n");
	ksft_test_result(sayf("dump virt %#lx 16 cr3=%#lx\n", virt,
			      value_of("cr3")) && said("%016lx  ", virt),
			 "by a root that was given\n");
}

/* Bytes of a dump of width 1. Return: how many */
static size_t take_bytes(unsigned char *bytes, size_t max)
{
	const char *line = text;
	unsigned int value;
	size_t n = 0;
	int i;

	for (; line && *line; line = strchr(line, '\n') + 1) {
		for (i = 0; i < 16 && n < max; i++) {
			if (sscanf(line + 18 + 3 * i, "%2x", &value) != 1)
				return n;
			bytes[n++] = value;
		}
	}
	return n;
}

static unsigned long symbol(const char *name)
{
	char *list = read_file("/proc/kallsyms");
	char want[64], *at;
	unsigned long addr = 0;

	snprintf(want, sizeof(want), " %s\n", name);
	at = list ? strstr(list, want) : NULL;
	while (at && at > list && at[-1] != '\n')
		at--;
	if (at)
		addr = strtoul(at, NULL, 16);
	free(list);
	return addr;
}

/*
 * The kernel's own memory, from a program: also where the kernel keeps itself out of the
 * program's page tables.
 */
static void test_kernel(void)
{
	unsigned long addr = symbol("linux_banner");
	char *banner = read_file("/proc/version");
	unsigned char bytes[1024];
	size_t len = strlen(banner);

	sayf("dump virt %#lx %zu\n", addr, len);
	ksft_test_result(addr && take_bytes(bytes, sizeof(bytes)) == len &&
			 !memcmp(bytes, banner, len), "the kernel's constants\n");
	free(banner);
}

static void test_refused(const struct block *blocks, int nr_blocks)
{
	bool ok = nr_blocks > 0;
	int i;

	ksft_test_result(say("dump phys 0xfee00000 4K\n") &&
			 !strcmp(text, "0xfee00000-0xfee00fff: not RAM\n") &&
			 say("dump phys 0xa0000 128K\n") &&
			 !strcmp(text, "0xa0000-0xbffff: not RAM\n"),
			 "MMIO is told and not read\n");
	for (i = 0; i < nr_blocks; i++) {
		char want[128];

		snprintf(want, sizeof(want), "%#lx-%#lx: the VMM's\n",
			 (unsigned long)blocks[i].start,
			 (unsigned long)(blocks[i].start + blocks[i].size - 1));
		ok &= sayf("dump phys %#lx %#lx 8\n",
			   (unsigned long)blocks[i].start,
			   (unsigned long)blocks[i].size);
		ok &= !strcmp(text, want);
	}
	ksft_test_result(ok, "the VMM's memory is told and not shown\n");
	ksft_test_result(say("dump phys 0xfffffffff000 16\n") &&
			 said("0xfffffffff000-0xfffffffff00f: not RAM\n") &&
			 say("dump phys 0xffffffffffffffff 1\n") &&
			 said(": not RAM\n"), "addresses that no RAM has\n");
}

static void test_holes(void)
{
	unsigned char *pages = new_pages(3);
	unsigned long virt = (unsigned long)pages;

	munmap(pages + PAGE, PAGE);
	ksft_test_result(sayf("dump virt %#lx %lu 8\n", virt + PAGE - 16,
			      PAGE + 32) &&
			 said("%016lx  ", virt + PAGE - 16) &&
			 said("\n%#lx-%#lx: not mapped\n%016lx  ", virt + PAGE,
			      virt + 2 * PAGE - 1, virt + 2 * PAGE),
			 "a dump goes on behind a hole\n");
	ksft_test_result(say("dump virt 0 1M\n") &&
			 said("0-0xfffff: not mapped\n") &&
			 say("dump virt 0x8000000000000000 16\n") &&
			 said(": not canonical\n"), "nothing mapped\n");
	munmap(pages, PAGE);
	munmap(pages + 2 * PAGE, PAGE);
}

static void test_vmm_space(void)
{
	ksft_test_result(say("dump vmm 0xffffff8000000000 8 8\n") &&
			 said("  0031305255444e55 "), "the VMM's image\n");
	ksft_test_result(say("dump vmm 0xffffff900000d000 8K 8\n") &&
			 said("0xffffff900000d000-0xffffff900000dfff: not mapped") &&
			 said(", a guard of the VMM's\nffffff900000e000  "),
			 "the guard beneath a stack\n");
	ksft_test_result(say("dump vmm 0x4000fee00000 4K\n") &&
			 said("0x4000fee00000-0x4000fee00fff: not mapped\n") &&
			 say("dump vmm 0xffff888000000000 8\n") &&
			 said(": not mapped\n"),
			 "what the VMM has not mapped\n");
}

static void test_walk(unsigned char *page, const struct block *block)
{
	unsigned long pa = physical(page + 0x123);
	unsigned long virt = (unsigned long)page + 0x123;

	ksft_test_result(sayf("walk %#lx\n", virt) &&
			 said("\n%#lx is guest-physical %#lx, page of ", virt, pa) &&
			 said(" user\n") &&
			 said("\nguest-physical %#lx is host-physical %#lx, ", pa, pa),
			 "a walk ends where the page is\n");
	ksft_test_result(sayf("nested %#lx\n", (unsigned long)block->start) &&
			 said(": zeros in place of the VMM's memory\n"),
			 "the VMM's memory in the nested tables\n");
	ksft_test_result(say("walk 0\n") && said("not present\n0: not mapped\n"),
			 "a walk that finds nothing\n");
}

static void test_map(unsigned char *page, const struct block *blocks, int nr)
{
	bool owned = nr > 0, mapped = nr > 0;
	unsigned long pa = physical(page);
	int i;

	for (i = 0; i < nr; i++) {
		owned &= sayf("owner %#lx\n", (unsigned long)blocks[i].start) &&
			 said("the VMM's, ") && said("the guest sees 0x") &&
			 said(" in its place, read");
		mapped &= say("map\n") && said(" 0x%016lx-0x",
					       (unsigned long)blocks[i].start) &&
			  said("-0x%016lx ", (unsigned long)
			       (blocks[i].start + blocks[i].size - 1));
	}
	ksft_test_result(owned && sayf("owner %#lx\n", pa) &&
			 said("the guest's RAM, 0x") && said("the guest sees it,") &&
			 say("owner 0xfee00000\n") && said("not RAM\n"),
			 "owners of frames\n");
	ksft_test_result(mapped, "the map has all blocks\n");
}

static void test_regs(const char *rip_name, const char *block)
{
	static const unsigned long pattern = 0x1122334455667700;
	unsigned long insn = (unsigned long)(vmm_is_amd() ?
					     vmm_raw_vmmcall_insn :
					     vmm_raw_vmcall_insn);
	unsigned long rip;

	call_regs = (struct vmm_regs){ .rbp = pattern, .r8 = pattern + 8,
		.r9 = pattern + 9, .r12 = pattern + 12, .r15 = pattern + 15 };
	ksft_test_result(say("regs\n") && value_of("rbp") == pattern &&
			 value_of("r8") == pattern + 8 &&
			 value_of("r9") == pattern + 9 &&
			 value_of("r12") == pattern + 12 &&
			 value_of("r15") == pattern + 15 &&
			 value_of("rcx") == strlen("regs\n") &&
			 value_of("rdx") == (unsigned long)piece &&
			 value_of("cpl") == 3, "registers of the call\n");
	rip = value_of("rip");
	ksft_test_result(rip == insn + INSN_LEN, "rip is behind the instruction\n");
	ksft_test_result(sayf("%s %s\n", block, rip_name) &&
			 said(" 0x%016lx\n", rip),
			 "%s has it too\n", block);
	memset(&call_regs, 0, sizeof(call_regs));
}

static int count_lines(void)
{
	const char *at = text;
	int count = 0;

	while ((at = strchr(at, '\n'))) {
		at++;
		count++;
	}
	return count;
}

static void test_fields(const char *block)
{
	unsigned long cr3;

	say("regs\n");
	cr3 = value_of("cr3");
	ksft_test_result(sayf("%s\n", block) && count_lines() > 80 &&
			 said(" this one, live\n") &&
			 said(" 0x%016lx\n", cr3), "all fields of the %s\n", block);
	ksft_test_result(sayf("%s no_such\n", block) &&
			 said("%s: no such field: no_such\n", block),
			 "a field that there is not\n");
}

/* Another CPU's state is what it noted; the CPUs are 0 and the last one */
static void test_other_cpu(const int *cpus, int nr_cpus, const char *block)
{
	struct vmm_regs visit = { .rax = number, .rdi = DBGSH_BULK_VISIT,
				  .r12 = 0xabcdef };
	int other = cpus[nr_cpus - 1];

	if (nr_cpus < 2) {
		ksft_test_result_skip("another CPU's state: there is none\n");
		return;
	}
	pin_to(other);
	vmm_call(&visit);
	pin_to(cpus[0]);
	ksft_test_result(sayf("regs cpu=%d\n", other) &&
			 value_of("r12") == 0xabcdef &&
			 said("cpu %d in noted ", other) &&
			 sayf("%s cpu=%d\n", block, other) &&
			 count_lines() > 80 && sayf("walk 0 cpu=%d\n", other) &&
			 said("0: not mapped\n"), "another CPU's state\n");
}

static void test_exits(int cpu)
{
	const char *reason = vmm_is_amd() ? "VMMCALL" : "VMCALL";
	unsigned long long before = 0, after = 0, total = 0;
	char want[64];
	bool found;

	pin_to(cpu);
	snprintf(want, sizeof(want), "cpu %d %s ", cpu, reason);
	found = say("exits\n") && strstr(text, want);
	if (found)
		before = strtoull(strstr(text, want) + strlen(want), NULL, 10);
	found &= say("exits\n") && strstr(text, want);
	if (found)
		after = strtoull(strstr(text, want) + strlen(want), NULL, 10);
	snprintf(want, sizeof(want), "\ntotal %s ", reason);
	found &= !!strstr(text, want);
	if (found)
		total = strtoull(strstr(text, want) + strlen(want), NULL, 10);
	ksft_test_result(found && after > before && total >= after,
			 "exits go up: %llu, %llu, all CPUs %llu\n", before,
			 after, total);
}

static void test_errors(void)
{
	ksft_test_result(say("dump\n") && said("dump: too few words") &&
			 say("dump phys 0 2M\n") && said("dump: length has to be") &&
			 say("walk x\n") && said("walk: bad number: x\n") &&
			 say("regs cpu=511\n") && said("regs: no such CPU: 511\n") &&
			 say("dump phys 0xfffffffffffffff0 32\n") &&
			 said("dump: range wraps"), "mistakes are told\n");
}

/* An address near something that matters */
static unsigned long odd_address(uint64_t *seed, unsigned long pa)
{
	static const unsigned long bases[] = {
		0, 0xa0000, 0xfee00000, 0x7ffffffff000, 0xffff800000000000,
		0xffff888000000000, 0xffffffff81000000, 0xffffff8000000000,
		0xffffff9000000000, 0x400000000000, 0x800000000000,
		0x4000fee00000, ~0UL,
	};
	uint64_t r = rnd(seed);

	switch (r % 4) {
	case 0:
		return rnd(seed) >> (r >> 8) % 64;
	case 1:
		return pa + (r >> 32) % 0x2000 - 0x1000;
	default:
		return bases[(r >> 8) % ARRAY_SIZE(bases)] + (r >> 32) % 0x20000;
	}
}

static void random_line(uint64_t *seed, char *line, size_t size,
			unsigned long pa)
{
	static const char * const words[] = {
		"dump phys", "dump virt", "dump vmm", "walk", "nested", "owner",
		"regs", "vmcs", "vmcb", "exits", "map", "dump", "help",
	};
	uint64_t r = rnd(seed);
	int len = snprintf(line, size, "%s", words[r % ARRAY_SIZE(words)]);

	len += snprintf(line + len, size - len, " %#lx", odd_address(seed, pa));
	if (r >> 8 & 1)
		len += snprintf(line + len, size - len, " %#llx",
				(unsigned long long)(rnd(seed) % 0x1800));
	if (r >> 9 & 1)
		len += snprintf(line + len, size - len, " %d",
				1 << (r >> 10) % 5);
	if ((r >> 16) % 4 == 0)
		len += snprintf(line + len, size - len, " cr3=%#lx",
				odd_address(seed, pa));
	if ((r >> 20) % 16 == 0)
		len += snprintf(line + len, size - len, " cpu=%u",
				(unsigned int)(r >> 24) % 5);
	snprintf(line + len, size - len, "\n");
}

static void test_hostile(unsigned char *page)
{
	unsigned long count = env_number("ITER", 200000) / 100;
	unsigned long pa = physical(page), i;
	uint64_t seed = 0x7e57ab1e;
	bool ok = true;
	char line[200];

	/* A page of noise, so that some roots and tables are of it */
	for (i = 0; i < PAGE; i += 8)
		*(uint64_t *)(page + i) = rnd(&seed) | 1;
	for (i = 0; i < count && ok; i++) {
		random_line(&seed, line, sizeof(line), pa);
		ok = say(line);
		if (!ok)
			ksft_print_msg("line %lu: %s", i, line);
	}
	ksft_test_result(ok && say("help exit\n") && said("exit - "),
			 "%lu random lines\n", count);
}

int main(void)
{
	static struct block blocks[MAX_CPUS + 1];
	static int cpus[MAX_CPUS];
	int nr_cpus = list_cpus(cpus);
	int nr_blocks, kmsg, i;
	unsigned char *page;
	const char *block = vmm_is_amd() ? "vmcb" : "vmcs";

	ksft_print_header();
	ksft_set_plan(35);
	kmsg = kmsg_open();
	need_vmm("dbgsh=all");
	number = vmm_lookup(VMMCALL_NAME_DBGSH_BULK);
	nr_blocks = list_blocks(blocks, MAX_CPUS + 1);
	pin_to(cpus[0]);
	memset(piece, 1, sizeof(piece));
	page = new_pages(1);
	for (i = 0; i < (int)PAGE; i++)
		page[i] = i * 7 + i / 256;

	test_dump(page);
	test_kernel();
	test_refused(blocks, nr_blocks);
	test_holes();
	test_vmm_space();
	test_walk(page, blocks);
	test_map(page, blocks, nr_blocks);
	test_regs(vmm_is_amd() ? "rip" : "guest_rip", block);
	test_fields(block);
	test_other_cpu(cpus, nr_cpus, block);
	test_exits(cpus[0]);
	test_errors();
	test_hostile(page);
	ksft_test_result(vmm_lookup(VMMCALL_NAME_DBGSH_BULK) == number &&
			 !kmsg_splats(kmsg), "the VMM lives, the kernel's log is clean\n");
	ksft_finished();
}
