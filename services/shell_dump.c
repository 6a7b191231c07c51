// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shell command "dump": memory by guest-physical, guest-virtual or VMM-virtual
 * address. Every word is found anew through the tables and loaded by an instruction
 * with a fixup, so whatever changes meanwhile can't make the VMM fault; and nothing
 * but RAM is mapped where the loads go.
 */
#include "core/owner.h"
#include "core/window.h"
#include "services/shell_args.h"
#include "services/shell_space.h"
#include "services/text_line.h"

#define ROW		16
#define DEFAULT_LENGTH	256
#define MAX_LENGTH	(1024 * 1024)

/* Pages of a hole in a step: each may cost a fault */
#define HOLE_PAGES	16
#define HOLE_WORK	1000	/* for each */

/* What can't be shown, in words */
static const char not_ram[] = "not RAM";
static const char vmms[] = "the VMM's";
static const char not_mapped[] = "not mapped";
static const char guard[] = "not mapped, a guard of the VMM's";

/* Return: why the word can't be shown, NULL if @value is it */
static const char *load_phys(u64 addr, u64 *value)
{
	enum owner_kind kind;

	if (window_load64(gpa(addr), value))
		return NULL;
	kind = owner_kind(addr);
	return kind == OWNER_SHARED || kind == OWNER_CPU ? vmms : not_ram;
}

static const char *load_virt(const struct guest_mmu *mmu, u64 addr, u64 *value)
{
	struct guest_walk walk;

	guest_walk(mmu, gva(addr), &walk);
	if (walk.end != WALK_MAPPED)
		return shell_walk_text(walk.end);
	return load_phys(gpa_raw(walk.result), value);
}

/* Everything that the VMM maps is RAM: its own, and the guest's in the window */
static const char *load_vmm(u64 addr, u64 *value)
{
	struct radix tree;
	u32 shift, width;
	u64 entry;

	vmm_tables(&tree);
	width = RADIX_4K + 9 * tree.levels;
	if ((u64)((s64)(addr << (64 - width)) >> (64 - width)) != addr)
		return shell_walk_text(WALK_NOT_CANONICAL);
	entry = radix_lookup(&tree, addr, &shift);
	if (!entry)
		return addr - UV_CPU_BASE < boot_info.nr_cpus * UV_CPU_SLOT ?
			guard : not_mapped;
	if (owner_kind((entry & RADIX_ADDR_MASK) +
		       (addr & ((1ULL << shift) - 1))) == OWNER_NONE)
		return not_ram;
	return vmm_load64(addr, value) ? NULL : not_mapped;
}

static const char *load(const struct dump *dump, u64 addr, u64 *value)
{
	switch (dump->space) {
	case DUMP_PHYS: return load_phys(addr, value);
	case DUMP_VIRT: return load_virt(&dump->mmu, addr, value);
	default: return load_vmm(addr, value);
	}
}

/*
 * Bytes from dump->addr on, as far as they can be shown, at most a row of them.
 * Return: how many; if none, @why says why.
 */
static u32 read_row(const struct dump *dump, u8 *row, const char **why)
{
	u32 max = dump->left < ROW ? (u32)dump->left : ROW;
	u32 done = 0;
	u64 word;

	while (done < max) {
		u64 addr = dump->addr + done;
		u32 offset = (u32)(addr % sizeof(word));

		*why = load(dump, addr - offset, &word);
		if (*why)
			break;
		for (; offset < sizeof(word) && done < max; offset++)
			row[done++] = (u8)(word >> (8 * offset));
	}
	return done;
}

static void put_hex(struct text_line *line, u8 byte)
{
	static const char digits[] = "0123456789abcdef";

	text_char(line, digits[byte >> 4]);
	text_char(line, digits[byte & 0xf]);
}

/*
 * Words as the CPU reads them: the byte with the lowest address is the last one. Without
 * printf, as there are so many of them.
 */
static void print_row(struct sink *sink, const struct dump *dump, const u8 *row,
		      u32 len)
{
	u32 width = dump->width;
	struct text_line line;
	u32 word, i;

	text_start(&line);
	for (i = sizeof(dump->addr); i--;)
		put_hex(&line, (u8)(dump->addr >> (8 * i)));
	text_char(&line, ' ');
	for (word = 0; word < ROW; word += width) {
		text_char(&line, ' ');
		for (i = word + width; i-- > word;) {
			if (i < len)
				put_hex(&line, row[i]);
			else
				text_add(&line, "  ");
		}
	}
	text_add(&line, "  |");
	for (i = 0; i < len; i++)
		text_char(&line, row[i] >= ' ' && row[i] <= '~' ?
			  (char)row[i] : '.');
	text_char(&line, '|');
	text_end(&line, sink);
}

static void move_on(struct dump *dump, u64 by)
{
	if (by > dump->left)
		by = dump->left;
	dump->addr += by;
	dump->left -= by;
}

/*
 * One line for all pages on end that can't be shown for the same reason. It may take many
 * steps to find them all.
 */
static void print_hole(struct shell *shell, struct dump *dump)
{
	const char *next = dump->why;
	u32 pages = 0;
	u64 word;

	while (dump->left && next == dump->why && pages++ < HOLE_PAGES) {
		move_on(dump, UV_PAGE_SIZE - dump->addr % UV_PAGE_SIZE);
		if (dump->left)
			next = load(dump, dump->addr, &word);
	}
	shell->work += pages * HOLE_WORK;
	if (dump->left && next == dump->why)
		return;
	sink_printf(&shell->sink, "%#llx-%#llx: %s\n", dump->hole,
		    dump->addr - 1, dump->why);
	dump->why = NULL;
}

/* What is next: a row, or a part of a hole */
static void print_next(struct shell *shell, struct dump *dump)
{
	const char *why;
	u8 row[ROW];
	u32 len;

	if (dump->why) {
		print_hole(shell, dump);
		return;
	}
	len = read_row(dump, row, &why);
	if (len) {
		print_row(&shell->sink, dump, row, len);
		move_on(dump, len);
		return;
	}
	dump->why = why;
	dump->hole = dump->addr;
	print_hole(shell, dump);
}

static bool take_space(struct shell *shell, const char *name)
{
	struct dump *dump = &shell->state.dump;

	if (shell_same(name, "phys"))
		dump->space = DUMP_PHYS;
	else if (shell_same(name, "virt"))
		dump->space = DUMP_VIRT;
	else if (shell_same(name, "vmm"))
		dump->space = DUMP_VMM;
	else
		dump->space = DUMP_NONE;
	if (dump->space == DUMP_NONE)
		shell_fail(shell, "neither phys, virt nor vmm: %s", name);
	/* The options of other spaces are refused as unknown ones are */
	return dump->space == DUMP_VIRT ? shell_space(shell, &dump->mmu) :
					  dump->space != DUMP_NONE;
}

static bool take_length(struct shell *shell, const char *text)
{
	struct dump *dump = &shell->state.dump;

	if (!shell_number(shell, text, &dump->left))
		return false;
	if (dump->left && dump->left <= MAX_LENGTH)
		return true;
	shell_fail(shell, "length has to be 1 to %u: %s", MAX_LENGTH, text);
	return false;
}

static bool take_width(struct shell *shell, const char *text)
{
	u64 width;

	if (!shell_number(shell, text, &width))
		return false;
	shell->state.dump.width = (u32)width;
	if (width == 1 || width == 2 || width == 4 || width == 8)
		return true;
	shell_fail(shell, "width has to be 1, 2, 4 or 8: %s", text);
	return false;
}

/* Return: whether there is something to dump */
static bool start(struct shell *shell)
{
	struct dump *dump = &shell->state.dump;

	dump->started = true;
	dump->left = DEFAULT_LENGTH;
	dump->width = 1;
	if (!shell->nr_args)
		return shell_positional(shell, 2, 4);
	if (!take_space(shell, shell->args[0]) ||
	    !shell_positional(shell, 2, 4) ||
	    !shell_number(shell, shell->args[1], &dump->addr) ||
	    (shell->nr_args > 2 && !take_length(shell, shell->args[2])) ||
	    (shell->nr_args > 3 && !take_width(shell, shell->args[3])))
		return false;
	if (dump->addr + (dump->left - 1) >= dump->addr)
		return true;
	shell_fail(shell, "range wraps: %s", shell->args[1]);
	return false;
}

static bool next(struct shell *shell)
{
	struct dump *dump = &shell->state.dump;

	if (!dump->started && !start(shell))
		return false;
	print_next(shell, dump);
	return dump->left || dump->why;
}

SHELL_COMMAND(dump) = {
	.name = "dump",
	.usage = " phys|virt|vmm ADDR [LENGTH [WIDTH]] [cr3=X | cpu=N]",
	.help = "show memory",
	.details =
		"ADDR is guest-physical (phys), virtual (virt) in the caller's address space, in\n"
		"that with root X or in what CPU N had at its last call, or virtual in the VMM\n"
		"(vmm). LENGTH: 1 to 1M, else 256. WIDTH: words of 1, 2, 4 or 8 bytes. Numbers\n"
		"are decimal or 0x..., with K, M or G. What isn't there, isn't RAM or is the\n"
		"VMM's (but for vmm) is told in a line, and the dump goes on behind it.\n",
	.max_args = 5,
	.work = 3000,
	.next = next,
};
