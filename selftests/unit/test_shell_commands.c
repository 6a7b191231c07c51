// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shell's commands for engineers, against a machine whose memory has a hole, MMIO
 * and blocks of the VMM's. No piece of output may be larger than the shell's buffer.
 */
#include "unit.h"
#include "core/cpu_note.h"
#include "core/paging.h"
#include "core/x86.h"
#include "mock/memory.h"
#include "services/shell.h"

#define PAGE(n)		(MOCK_RAM_START + (n) * UV_PAGE_SIZE)
#define RW		(PTE_P | PTE_RW | PTE_US | PTE_A)

static struct shell shell;
static char said[1 << 20];
static size_t said_len, piece_len;
static u64 most_loads;		/* of a step */
static u32 most_work;		/* of a call */
static u32 nr_steps;

static void put(struct sink *sink, const char *text, size_t len)
{
	(void)sink;
	piece_len += len;
	assert_true(piece_len <= SHELL_OUT_MAX);
	assert_true(said_len + len < sizeof(said));
	memcpy(said + said_len, text, len);
	said_len += len;
	said[said_len] = '\0';
}

/* Runs a line. Return: whether the command didn't fail */
static bool say(const char *line)
{
	const char *text;

	said_len = 0;
	said[0] = '\0';
	shell_start(&shell, true);
	shell.sink.put = put;
	for (; *line; line++)
		shell_input(&shell, (u8)*line);
	piece_len = 0;
	shell_input(&shell, '\n');
	most_loads = 0;
	most_work = 0;
	nr_steps = 0;
	mock_loads = 0;
	while (shell_peek(&shell, &text) == SHELL_BUSY) {
		piece_len = 0;
		if (mock_loads > most_loads)
			most_loads = mock_loads;
		if (shell.work > most_work)
			most_work = shell.work;
		mock_loads = 0;
		shell_renew(&shell);
		assert_true(nr_steps++ < 100000);
	}
	return !shell.failed;
}

#define SAYS(line, want) do {						\
	assert_true(say(line));						\
	assert_string_equal(said, want);				\
} while (0)

#define FAILS(line, want) do {						\
	assert_false(say(line));					\
	assert_string_equal(said, want);				\
} while (0)

#define HAS(want) assert_non_null(strstr(said, want))

static void make_mmu(bool la57)
{
	mock_mmu = (struct guest_mmu){
		.cr0 = CR0_PG | CR0_WP, .cr3 = PAGE(10) | 0x18,
		.cr4 = CR4_SMAP | CR4_PKE | (la57 ? CR4_LA57 : 0),
		.efer = EFER_LMA | EFER_NXE, .rflags = 2, .pkru = ~0U,
	};
}

static int setup(void **state)
{
	u32 i;

	(void)state;
	mock_reset();
	mock_memory_reset(false);
	make_mmu(false);
	for (i = 0; i < 16; i++)
		mock_ram[0x2000 + i] = (u8)(0x40 + i);
	return 0;
}

/* Entry @index of the table in page @page */
static void entry(u32 page, u32 index, u64 value)
{
	*mock_word(PAGE(page) + index * 8) = value;
}

static void test_widths(void **state)
{
	(void)state;
	SAYS("dump phys 0x10002000 16",
	     "0000000010002000  40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e 4f  |@ABCDEFGHIJKLMNO|\n");
	SAYS("dump phys 0x10002000 16 2",
	     "0000000010002000  4140 4342 4544 4746 4948 4b4a 4d4c 4f4e  |@ABCDEFGHIJKLMNO|\n");
	SAYS("dump phys 0x10002000 0x10 4",
	     "0000000010002000  43424140 47464544 4b4a4948 4f4e4d4c  |@ABCDEFGHIJKLMNO|\n");
	SAYS("dump PHYS 0x10002000 16 8",
	     "0000000010002000  4746454443424140 4f4e4d4c4b4a4948  |@ABCDEFGHIJKLMNO|\n");
	/* The beginning at an odd address, and a word that isn't whole */
	SAYS("dump phys 0x10002003 3 2",
	     "0000000010002003  4443   45                                |CDE|\n");
	SAYS("dump phys 0x1000200f 1",
	     "000000001000200f  4f                                               |O|\n");
	mock_ram[0x2000] = 0x7f;
	mock_ram[0x2001] = 0x1b;
	mock_ram[0x2002] = 0xff;
	mock_ram[0x2003] = ' ';
	SAYS("dump phys 0x10002000 4 4",
	     "0000000010002000  20ff1b7f                             |... |\n");
	assert_true(say("dump phys 0x10002000"));
	assert_int_equal(said_len, 16 * 86);
}

static void test_holes(void **state)
{
	(void)state;
	/* The page before the hole ends in the middle of a row */
	SAYS("dump phys 0x10031ff8 4120 8",
	     "0000000010031ff8  0000000000000000                   |........|\n"
	     "0x10032000-0x10032fff: not RAM\n"
	     "0000000010033000  0000000000000000 0000000000000000  |................|\n");
	SAYS("dump phys 0xfee00000 64K", "0xfee00000-0xfee0ffff: not RAM\n");
	SAYS("dump phys 0x20000010 16K", "0x20000010-0x2000400f: the VMM's\n");
	SAYS("dump phys 0x20057ff0 1", "0x20057ff0-0x20057ff0: not RAM\n");
	/* Two reasons, two lines */
	SAYS("dump phys 0x2004fff0 0x20",
	     "0x2004fff0-0x2004ffff: the VMM's\n"
	     "0x20050000-0x2005000f: not RAM\n");
}

static void test_ends(void **state)
{
	(void)state;
	SAYS("dump phys 0xfffffffffffffff0 16",
	     "0xfffffffffffffff0-0xffffffffffffffff: not RAM\n");
	SAYS("dump virt 0xffffffffffffffff 1",
	     "0xffffffffffffffff-0xffffffffffffffff: not mapped\n");
	SAYS("dump phys 0x40000000 1M", "0x40000000-0x400fffff: not RAM\n");
	FAILS("dump phys 0xfffffffffffffff0 17",
	      "dump: range wraps: 0xfffffffffffffff0\n");
	FAILS("dump virt ~0", "dump: bad number: ~0\n");
}

static void test_dump_errors(void **state)
{
	(void)state;
	FAILS("dump", "dump: too few words, try help dump\n");
	FAILS("dump virt", "dump: too few words, try help dump\n");
	FAILS("dump mmio 0", "dump: neither phys, virt nor vmm: mmio\n");
	FAILS("dump phys 0 0", "dump: length has to be 1 to 1048576: 0\n");
	FAILS("dump phys 0 0x100001",
	      "dump: length has to be 1 to 1048576: 0x100001\n");
	FAILS("dump phys 0 16 3", "dump: width has to be 1, 2, 4 or 8: 3\n");
	FAILS("dump phys 0 16 0x100000001",
	      "dump: width has to be 1, 2, 4 or 8: 0x100000001\n");
	FAILS("dump phys 0 cr3=1", "dump: unknown option: cr3=1\n");
	FAILS("dump virt 0 cr3=1 cpu=1", "dump: either cr3= or cpu=\n");
	FAILS("dump virt 0 cr3=q", "dump: bad number: q\n");
	FAILS("dump virt 0 cpu=2", "dump: no such CPU: 2\n");
	FAILS("dump virt 0 cpu=1",
	      "dump: cpu 1 never noted its state: it has made no call\n");
}

/* 0x7f0000002000 and 0xffff800000000000 by 4K pages, a 2M and a 1G page beside */
static void map_guest(void)
{
	entry(10, 254, PAGE(11) | RW);
	entry(10, 256, PAGE(11) | RW);
	entry(11, 0, PAGE(12) | RW);
	entry(11, 1, PTE_P | PTE_PS | PTE_RW);		/* 1G at 0 */
	entry(12, 0, PAGE(13) | RW);
	entry(12, 1, MOCK_RAM_START | PTE_P | PTE_PS | PTE_NX);
	entry(13, 0, PAGE(2) | PTE_P);			/* the kernel's */
	entry(13, 2, PAGE(2) | RW | 5ULL << PTE_PKEY_SHIFT);
	entry(13, 3, 0xfee00000 | RW);
	entry(13, 4, MOCK_SHARED_PA | RW);
	entry(13, 5, PAGE(MOCK_HOLE_PAGE) | RW);
	entry(13, 6, PAGE(2) | RW | BIT_ULL(45));	/* beyond maxphyaddr */
}

static void test_virt(void **state)
{
	const char *row =
		"00007f0000002000  4746454443424140 4f4e4d4c4b4a4948  |@ABCDEFGHIJKLMNO|\n";

	(void)state;
	map_guest();
	/* Neither SMAP, nor keys, nor U/S stand in the way */
	SAYS("dump virt 0x7f0000002000 16 8", row);
	SAYS("dump virt 0xffff800000000000 2",
	     "ffff800000000000  40 41                                            |@A|\n");
	assert_true(say("dump virt 0x7f0000002000 0x6000 cpu=0 8"));
	HAS("00007f0000002ff0");
	HAS("0x7f0000003000-0x7f0000003fff: not RAM\n"
	    "0x7f0000004000-0x7f0000004fff: the VMM's\n"
	    "0x7f0000005000-0x7f0000005fff: not RAM\n"
	    "0x7f0000006000-0x7f0000006fff: reserved bits set in the page tables\n"
	    "0x7f0000007000-0x7f0000007fff: not mapped\n");
	/* 2M: physical 0x10000000; 1G: physical 0 and on */
	SAYS("dump virt 0x7f0000202000 1",
	     "00007f0000202000  40                                               |@|\n");
	SAYS("dump virt 0x7f0050002001 1",
	     "00007f0050002001  41                                               |A|\n");
	SAYS("dump virt 0x800000000000 1",
	     "0x800000000000-0x800000000000: not canonical\n");
}

static void test_roots(void **state)
{
	struct guest_regs regs = { 0 };

	(void)state;
	map_guest();
	entry(20, 0, PAGE(11) | RW);
	SAYS("dump virt 0x2000 1 cr3=0x10014000",
	     "0000000000002000  40                                               |@|\n");
	SAYS("dump virt cr3=0xfee00000 0x2000 1",
	     "0x2000-0x2000: page table not in RAM\n");
	SAYS("dump virt 0x2000 1 1 cr3=0x800010014000",
	     "0x2000-0x2000: no valid root in CR3\n");
	mock_state.cr0 = CR0_PG;
	mock_state.efer = EFER_LMA | EFER_NXE;
	mock_state.cr3 = PAGE(20);
	cpu_note_state(&mock_cpu[1], &regs);
	SAYS("dump virt 0x2000 1 cpu=1",
	     "0000000000002000  40                                               |@|\n");
	/* With page-table isolation the program's is the second of two */
	mock_state.cr3 = PAGE(21);
	cpu_note_state(&mock_cpu[1], &regs);
	SAYS("dump virt 0x2000 1 cpu=1", "0x2000-0x2000: not mapped\n");
	boot_info.flags |= UV_BOOT_PTI;
	SAYS("dump virt 0x2000 1 cpu=1",
	     "0000000000002000  40                                               |@|\n");
	SAYS("dump virt 0x2000 1 cr3=0x10015000", "0x2000-0x2000: not mapped\n");
	boot_info.flags &= ~UV_BOOT_PTI;
	mock_state.efer = 0;
	cpu_note_state(&mock_cpu[1], &regs);
	SAYS("dump virt 0x2000 1 cpu=1",
	     "0x2000-0x2000: the CPU is not in long mode\n");
}

static void test_five_levels(void **state)
{
	(void)state;
	mock_memory_reset(true);
	make_mmu(true);
	map_guest();
	entry(9, 1, PAGE(10) | RW);
	SAYS("dump virt 0x17f0000002000 1 cr3=0x10009000",
	     "00017f0000002000  40                                               |@|\n");
	SAYS("dump virt 0x100000000000000 1",
	     "0x100000000000000-0x100000000000000: not canonical\n");
	assert_true(say("walk 0x17f0000002000 cr3=0x10009000"));
	HAS("PML5E 0x10009008 = 0x000000001000a027 write user accessed\n");
	HAS("nest level 5 ");
}

static void test_vmm(void **state)
{
	(void)state;
	SAYS("dump vmm 0xffffff8000000008 8 8",
	     "ffffff8000000008  a5a5a5da5a5a5a52                   |RZZZ....|\n");
	/* Four pages of a slot, a guard, the next page that is there */
	assert_true(say("dump vmm 0xffffff9000003ff0 0xa020"));
	HAS("ffffff9000003ff0  ");
	HAS("\n0xffffff9000004000-0xffffff900000dfff: not mapped, a guard of the VMM's\n"
	    "ffffff900000e000  ");
	SAYS("dump vmm 0xffffff8000028000 16",
	     "0xffffff8000028000-0xffffff800002800f: not mapped\n");
	SAYS("dump vmm 0 16", "0-0xf: not mapped\n");
	SAYS("dump vmm 0x8000000000000000 16",
	     "0x8000000000000000-0x800000000000000f: not canonical\n");
	SAYS("dump vmm 0x400010002000 2",
	     "0000400010002000  40 41                                            |@A|\n");
	SAYS("dump vmm 0x400010032000 2",
	     "0x400010032000-0x400010032001: not mapped\n");
	SAYS("dump vmm 0x4000fee00000 2",
	     "0x4000fee00000-0x4000fee00001: not mapped\n");
	FAILS("dump vmm 0 cpu=0", "dump: unknown option: cpu=0\n");
	/* A device's registers would not be looked at if they were mapped */
	mock_map_device(UV_WINDOW_BASE + 0xfee00000, 0xfee00000);
	SAYS("dump vmm 0x4000fee00000 2",
	     "0x4000fee00000-0x4000fee00001: not RAM\n");
}

static void test_walk(void **state)
{
	(void)state;
	map_guest();
	assert_true(say("walk 0x7f0000002123"));
	HAS("CR3   0x000000001000a018\n"
	    "PML4E 0x1000a7f0 = 0x000000001000b027 write user accessed\n"
	    "PDPTE 0x1000b000 = 0x000000001000c027 write user accessed\n"
	    "PDE   0x1000c000 = 0x000000001000d027 write user accessed\n"
	    "PTE   0x1000d010 = 0x2800000010002027 write user accessed key=5\n"
	    "0x7f0000002123 is guest-physical 0x10002123, page of 4K, read write execute user\n"
	    "nest level 4 entry ");
	HAS("\nguest-physical 0x10002123 is host-physical 0x10002123, page of 2M\n");
	assert_true(say("walk 0x7f0000202123"));
	HAS("PDE   0x1000c008 = 0x8000000010000081 no-execute large\n"
	    "0x7f0000202123 is guest-physical 0x10002123, page of 2M, read\n");
	assert_true(say("walk 0x7f0040000000"));
	HAS("PDPTE 0x1000b008 = 0x0000000000000083 write large\n"
	    "0x7f0040000000 is guest-physical 0, page of 1G, read write execute\n");
	/* The accessed flags are as they were */
	assert_true(*mock_word(PAGE(12) + 8) == (MOCK_RAM_START | PTE_P | PTE_PS | PTE_NX));
}

static void test_walk_ends(void **state)
{
	(void)state;
	map_guest();
	assert_true(say("walk 0x7f0000007000"));
	HAS("PTE   0x1000d038 = 0x0000000000000000 not present\n"
	    "0x7f0000007000: not mapped\n");
	assert_null(strstr(said, "nest"));
	assert_true(say("walk 0x7f0000006000"));
	HAS("PTE   0x1000d030 = 0x0000200010002027 write user accessed\n"
	    "0x7f0000006000: reserved bits set in the page tables\n");
	entry(12, 5, 0xfee00000 | RW);
	assert_true(say("walk 0x7f0000a00000"));
	HAS("PTE   0xfee00000 = 0x0000000000000000 not RAM\n"
	    "0x7f0000a00000: page table not in RAM\n");
	assert_true(say("walk 0x7f0000004000"));
	HAS(": zeros in place of the VMM's memory\n");
	SAYS("walk 0x8000000000000000", "CR3   0x000000001000a018\n"
	     "0x8000000000000000: not canonical\n");
	/* A device behind the window's 64 TiB is one, not a mistake of the guest's */
	boot_info.maxphyaddr = 52;
	entry(13, 7, BIT_ULL(47) | RW);
	SAYS("dump virt 0x7f0000007000 1", "0x7f0000007000-0x7f0000007000: not RAM\n");
	FAILS("walk", "walk: too few words, try help walk\n");
	FAILS("walk 1 2", "walk: too many words, try help walk\n");
	FAILS("walk 1 cpu=9", "walk: no such CPU: 9\n");
	FAILS("walk 1g2", "walk: bad number: 1g2\n");
}

static void test_nested(void **state)
{
	(void)state;
	assert_true(say("nested 0x20000000"));
	HAS("nest level 4 entry 0x20");
	HAS("nest level 1 entry ");
	HAS(" leaf 1\n"
	    "guest-physical 0x20000000 is host-physical 0x20004000, page of 4K: zeros in");
	assert_true(say("nested 0x123456789a"));
	HAS(" is host-physical 0x123456789a, page of 1G\n");
	assert_true(say("nested 0x800000000000"));
	HAS(" = 0x0000000000000000 not present\nguest-physical 0x800000000000 is not mapped\n");
	SAYS("nested 0x1000000000000",
	     "guest-physical 0x1000000000000 is beyond the 48 bits of the nest\n");
	FAILS("nested", "nested: too few words, try help nested\n");
}

static void test_regs(void **state)
{
	struct guest_regs regs = { .rax = 0x11, .r15 = 0x22, .rsi = ~0ULL };

	(void)state;
	FAILS("regs", "regs: cpu 0 never noted its state: it has made no call\n");
	mock_state = (struct guest_state){
		.rip = 0x1234, .cr3 = 0x5678, .cr8 = 7, .dr = { 0, 1, 2, 3 },
		.cpl = 3, .pkru = 0x55, .activity = GUEST_HALTED,
		.blocked = BLOCKED_BY_STI | BLOCKED_BY_NMI,
		.event = 14 | 3 << 8 | EVENT_ERROR_VALID | EVENT_VALID,
		.event_error = 6, .exit = 3, .exit_info = 0x99,
		.segment[SEGMENT_CS] = { 0x33, 0xa0fb, 0xffffffff, 0x1000 },
		.segment[SEGMENT_LDTR] = { .access = SEGMENT_UNUSABLE },
	};
	mock_clock = 1000;
	cpu_note_state(&mock_cpu[0], &regs);
	cpu_note_state(&mock_cpu[1], &regs);
	mock_clock = 6000;
	assert_true(say("regs"));
	HAS("cpu 0 in this one, noted 5000 us ago\nrax 0x0000000000000011 rbx ");
	HAS("rsi 0xffffffffffffffff rdi ");
	HAS(" r15 0x0000000000000022\nrip 0x0000000000001234 ");
	HAS(" cr8 0x0000000000000007 ");
	HAS(" cr3 0x0000000000005678 ");
	HAS("dr0 0x0000000000000000 dr1 0x0000000000000001 dr2 0x");
	HAS("cs base 0x0000000000001000 limit 0xffffffff selector 0x33 access 0xa0fb\n");
	HAS("ldtr base 0x0000000000000000 limit 0 selector 0 access 0x10000 unusable\n");
	HAS("cpl 3 pkru 0x55 activity halted, events held back by: STI NMI\n");
	HAS("injects exception 14 error 0x6, the exit interrupted nothing\n");
	HAS("exit VMMCALL info 0x99\n");
	assert_true(say("regs cpu=1"));
	HAS("cpu 1 in noted 5000 us ago\n");
	HAS("\ntr base 0x0000000000000000 limit 0 selector 0x8 access 0\n");
	assert_null(strstr(said, "this one"));
	assert_false(say("regs ALL"));
	HAS("cpu 0 in this one");
	HAS("cpu 1 in noted");
	assert_null(strstr(said, "cpu 2"));
	HAS("regs: cpu 3 never noted its state: it has made no call\n");
	FAILS("regs some", "regs: neither cpu=N nor all: some\n");
	FAILS("regs all cpu=1", "regs: too many words, try help regs\n");
}

static void test_block(void **state)
{
	(void)state;
	SAYS("vmcx",
	     "cpu 0 this one, live\n"
	     "FIRST                              0x0010 0x1230\n"
	     "LACKING                            0x0022 not on this CPU\n"
	     "THIRD                              0x0024 0x0000000000001232\n");
	assert_true(say("vmcx cpu=1"));
	HAS("cpu 1 from elsewhere\n");
	HAS("FIRST                              0x0010 0x1330\n");
	SAYS("vmcx third",
	     "THIRD                              0x0024 0x0000000000001232\n");
	SAYS("vmcx LACKING",
	     "LACKING                            0x0022 not on this CPU\n");
	FAILS("vmcx fourth", "vmcx: no such field: fourth\n");
	FAILS("vmcx FIRST cpu=3",
	      "vmcx: cpu 3 never noted its state: it has made no call\n");
	FAILS("vmcx FIRST THIRD", "vmcx: too many words, try help vmcx\n");
}

static void test_exits(void **state)
{
	(void)state;
	SAYS("exits", "");
	mock_cpu[0].exits[3] = 12;
	mock_cpu[0].exits[5] = 1;
	mock_cpu[1].exits[3] = 30;
	mock_cpu[2].exits[3] = 100;	/* MOCK_ABSENT_CPU */
	mock_cpu[3].exits[CPU_NR_EXIT_COUNTS - 1] = 7;
	SAYS("exits",
	     "cpu 0 VMMCALL 12\n"
	     "cpu 0 0x5 1\n"
	     "cpu 1 VMMCALL 30\n"
	     "cpu 3 LAST 7\n"
	     "total VMMCALL 42\n"
	     "total 0x5 1\n"
	     "total LAST 7\n");
	SAYS("exits cpu=1", "cpu 1 VMMCALL 30\n");
	FAILS("exits cpu=2", "exits: no such CPU: 2\n");
	FAILS("exits 1", "exits: too many words, try help exits\n");
}

static void test_map(void **state)
{
	(void)state;
	assert_true(say("map"));
	HAS("ram 0x0000000010000000-0x0000000010031fff 200K at 0x0000400010000000 ");
	HAS("ram 0x0000000010033000-0x000000001003bfff 36K ");
	HAS("shared 0x0000000020000000-0x0000000020001fff 8K at 0xffffff8000000000 constants\n"
	    "shared 0x0000000020002000-0x0000000020002fff 4K at 0xffffff8000002000 text\n"
	    "shared 0x0000000020003000-0x0000000020004fff 8K at 0xffffff8000003000 data\n");
	HAS("free pool\n"
	    "cpu 0 0x0000000020030000-0x0000000020031fff 8K at 0xffffff9000000000 data\n");
	HAS("cpu 3 0x000000002004c000-0x000000002004cfff 4K unmapped third\n");
	HAS("cpu 3 0x000000002004e000-0x000000002004ffff 8K at 0xffffff900003e000 stack\n");
	HAS(" nest, 4 levels\n");
	assert_null(strstr(said, "cpu 2"));
}

static void test_owner(void **state)
{
	(void)state;
	SAYS("owner 0x10002abc",
	     "the guest's RAM, 0x10000000-0x10031fff, mapped at 0x400010000000\n"
	     "the guest sees it, leaf 7\n");
	assert_true(say("owner 0x20002fff"));
	HAS("the VMM's, shared by all CPUs: text, 0x20002000-0x20002fff, ");
	HAS(", mapped at 0xffffff8000002000\n"
	    "the guest sees 0x20004fff in its place, leaf 1\n");
	SAYS("owner 0x2003c000",
	     "the VMM's, CPU 1: third, 0x2003c000-0x2003cfff\n"
	     "the guest sees 0x20004000 in its place, leaf 1\n");
	assert_true(say("owner 0x2003e000"));
	HAS("the VMM's, CPU 1: stack, 0x2003e000-0x2003ffff, mapped at 0xffffff900001e000\n");
	SAYS("owner 0xfee00000", "not RAM\nthe guest sees it, leaf 7\n");
	SAYS("owner 0xffffffffffffffff",
	     "not RAM\nthe guest sees nothing there\n");
	/* A CPU without a block */
	assert_true(say("owner 0x20040000"));
	HAS("the guest's RAM, 0x20000000-0x200fffff");
	FAILS("owner", "owner: too few words, try help owner\n");
}

static void test_help(void **state)
{
	const struct shell_command *command;
	char line[64];
	u32 i;

	(void)state;
	assert_true(say("help"));
	for (i = 0; (command = shell_command_at(i)); i++) {
		snprintf(line, sizeof(line), "\n%s%s - ", command->name,
			 command->usage);
		HAS(i ? line : line + 1);
	}
	assert_true(i >= 13);
	for (i = 0; (command = shell_command_at(i)); i++) {
		snprintf(line, sizeof(line), "help %s", command->name);
		assert_true(say(line));
		assert_int_equal(said[said_len - 1], '\n');
		if (command->details)
			HAS(command->details);
	}
}

/* Words at random: every command ends, in pieces that fit, and tells of failure */
static void test_random(void **state)
{
	static const char * const words[] = {
		"dump", "walk", "nested", "regs", "vmcx", "exits", "map", "owner",
		"phys", "virt", "vmm", "all", "FIRST", "cpu=0", "cpu=1", "cpu=3",
		"cr3=0x1000a000", "cr3=", "0", "1", "8", "64K", "1M", "0x10000000",
		"0x20000000", "0x7f0000002000", "0xffffff9000000000", "=",
		"0xffffffffffffffff", "0xfee00000", "0xffff800000000ff1",
	};
	u32 failures = 0, i, j;
	char line[256];

	(void)state;
	srandom(1);
	map_guest();
	for (i = 0; i < 20000; i++) {
		int len = snprintf(line, sizeof(line), "%s",
				   words[(u32)random() % 8]);

		for (j = (u32)random() % 6; j; j--)
			len += snprintf(line + len, sizeof(line) - (size_t)len,
					" %s", words[(u32)random() %
						     ARRAY_SIZE(words)]);
		failures += !say(line);
		if (shell.failed)
			assert_non_null(strchr(said, ':'));
	}
	assert_true(failures > 5000 && failures < 19000);
}

/* A step looks at 16 pages of a hole at most, and each of them has its price */
static void test_dump_steps(void **state)
{
	(void)state;
	SAYS("dump phys 0x40000000 1M", "0x40000000-0x400fffff: not RAM\n");
	assert_in_range(most_loads, 2, 17);
	assert_in_range(nr_steps, 15, 17);
	assert_in_range(most_work, 16 * 700, SHELL_WORK_MAX);
	SAYS("dump phys 0x40000ff8 16", "0x40000ff8-0x40001007: not RAM\n");
	SAYS("dump phys 0x40000000 64K", "0x40000000-0x4000ffff: not RAM\n");
	SAYS("dump phys 0x40000000 68K", "0x40000000-0x40010fff: not RAM\n");
}

/* 512 CPUs: a step prints a line, or has looked at some CPUs' counters in vain */
static void test_exits_of_many(void **state)
{
	char *want = NULL;
	size_t len;
	FILE *f = open_memstream(&want, &len);
	u32 cpu;

	(void)state;
	mock_all_cpus();
	for (cpu = 0; cpu < UV_MAX_CPUS; cpu += 100) {
		mock_cpu[cpu].exits[3] = cpu + 1;
		fprintf(f, "cpu %u VMMCALL %u\n", cpu, cpu + 1);
	}
	mock_cpu[511].exits[271] = 9;
	fprintf(f, "cpu 511 LAST 9\ntotal VMMCALL 1506\ntotal LAST 9\n");
	fclose(f);
	SAYS("exits", want);
	free(want);
	/* All CPUs' counters are looked at once, at most 4 CPUs' in a step */
	assert_in_range(nr_steps, UV_MAX_CPUS / 4 - 4, UV_MAX_CPUS / 4 + 20);
	SAYS("exits cpu=511", "cpu 511 LAST 9\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_widths, setup),
		cmocka_unit_test_setup(test_holes, setup),
		cmocka_unit_test_setup(test_ends, setup),
		cmocka_unit_test_setup(test_dump_errors, setup),
		cmocka_unit_test_setup(test_virt, setup),
		cmocka_unit_test_setup(test_roots, setup),
		cmocka_unit_test_setup(test_five_levels, setup),
		cmocka_unit_test_setup(test_vmm, setup),
		cmocka_unit_test_setup(test_walk, setup),
		cmocka_unit_test_setup(test_walk_ends, setup),
		cmocka_unit_test_setup(test_nested, setup),
		cmocka_unit_test_setup(test_regs, setup),
		cmocka_unit_test_setup(test_block, setup),
		cmocka_unit_test_setup(test_exits, setup),
		cmocka_unit_test_setup(test_exits_of_many, setup),
		cmocka_unit_test_setup(test_dump_steps, setup),
		cmocka_unit_test_setup(test_map, setup),
		cmocka_unit_test_setup(test_owner, setup),
		cmocka_unit_test_setup(test_help, setup),
		cmocka_unit_test_setup(test_random, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
