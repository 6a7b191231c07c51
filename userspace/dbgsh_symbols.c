// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The kernel's symbols, as /proc/kallsyms lists them: address, type, name, [module]. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dbgsh.h"
#include "dbgsh_symbols.h"

/* What the kernel's own symbols have in place of a module */
#define KERNEL		"vmlinux"

/* What is further than this from the next symbol below has no name. */
#define MAX_OFFSET	(1ULL << 20)

/* Addresses below belong to programs, or aren't any. */
#define KERNEL_SPACE	0xff00000000000000ULL

struct symbol {
	unsigned long long address;
	const char *name, *module;
};

static const char *file = "/proc/kallsyms";

static struct {
	char *text;		/* the file, cut into words */
	char *modules;		/* the list of modules when it was read */
	struct symbol *symbols;	/* in ascending order */
	size_t nr, room;
} table;

void symbols_set_file(const char *name)
{
	file = name;
}

/* Return: a whole file, NUL-terminated, to be freed; NULL if it can't be read */
static char *read_all(const char *path)
{
	size_t length = 0, room = 1 << 16;
	char *text = malloc(room), *more;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = 1;

	while (text && fd >= 0 && got > 0) {
		if (length + 1 == room) {
			room *= 2;
			more = realloc(text, room);
			if (!more)
				break;
			text = more;
		}
		got = read(fd, text + length, room - length - 1);
		if (got > 0)
			length += got;
	}
	if (fd >= 0)
		close(fd);
	if (!text || fd < 0 || got) {
		free(text);
		return NULL;
	}
	text[length] = 0;
	return text;
}

static int add_symbol(unsigned long long address, const char *name,
		      const char *module)
{
	struct symbol *more;

	if (table.nr == table.room) {
		table.room = table.room ? 2 * table.room : 1 << 15;
		more = reallocarray(table.symbols, table.room, sizeof(*more));
		if (!more)
			return 0;
		table.symbols = more;
	}
	table.symbols[table.nr++] = (struct symbol){ address, name, module };
	return 1;
}

static char *next_word(char **text)
{
	return strsep(text, " \t");
}

/* A line that isn't one of the list's is left out. */
static int take_line(char *line)
{
	unsigned long long address;
	char *number = next_word(&line), *end;
	char *type = next_word(&line);
	char *name = next_word(&line);
	char *module = next_word(&line);

	address = strtoull(number, &end, 16);
	if (*end || end == number || !type || !name)
		return 1;
	if (module && *module == '[')
		module[strcspn(module, "]")] = 0;
	return add_symbol(address, name,
			  module && *module ? module + 1 : KERNEL);
}

/* Of several names for an address the first in the list stays the first. */
static int compare(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name;
}

static int read_table(void)
{
	char *rest, *line;

	free(table.text);
	table.nr = 0;
	table.text = read_all(file);
	if (!table.text)
		return 0;
	rest = table.text;
	while ((line = strsep(&rest, "\n")))
		if (*line && !take_line(line))
			return 0;
	if (table.nr)
		qsort(table.symbols, table.nr, sizeof(*table.symbols), compare);
	return 1;
}

/* Reads the list once, and again when modules have come or gone. */
static int load_table(void)
{
	char *modules = read_all("/proc/modules");
	int is_fresh = table.text && !modules == !table.modules &&
		       (!modules || !strcmp(modules, table.modules));

	if (is_fresh) {
		free(modules);
		return 1;
	}
	free(table.modules);
	table.modules = modules;
	return read_table();
}

/* Without the privilege to see them, all addresses are 0. */
static int has_addresses(void)
{
	return table.nr && table.symbols[table.nr - 1].address;
}

static int load_or_complain(void)
{
	errno = 0;
	if (!load_table()) {
		complain("cannot read %s: %s", file, strerror(errno));
		return 0;
	}
	if (!has_addresses()) {
		complain("%s shows no addresses to you: be root, see kernel.kptr_restrict",
			 file);
		return 0;
	}
	return 1;
}

/* Return: how many different addresses the name has */
static size_t find_name(const char *module, const char *name,
			unsigned long long *address)
{
	size_t i, found = 0;

	for (i = 0; i < table.nr; i++) {
		const struct symbol *symbol = &table.symbols[i];

		if (strcmp(symbol->name, name) ||
		    (module && strcmp(symbol->module, module)))
			continue;
		if (!found || symbol->address != *address)
			found++;
		*address = symbol->address;
	}
	return found;
}

static int resolve(const char *module, const char *name, const char *word,
		   unsigned long long *address)
{
	size_t found = find_name(module, name, address);

	if (found == 1)
		return 1;
	if (found)
		complain("%s is ambiguous: %zu addresses have this name", word,
			 found);
	else
		complain("%s: there is no such symbol", word);
	return 0;
}

/* A word without its @: [module:]name[+offset] */
static int parse_word(const char *word, unsigned long long *address)
{
	char *copy = strdup(word), *name = copy, *offset, *end, *module = NULL;
	unsigned long long add = 0;
	int ok = 0;

	if (!copy)
		fail(STATUS_FAILED, "out of memory");
	offset = strchr(name, '+');
	if (offset) {
		*offset++ = 0;
		add = strtoull(offset, &end, 0);
		if (!isdigit((unsigned char)*offset) || *end) {
			complain("@%s: bad offset", word);
			goto out;
		}
	}
	if (strchr(name, ':'))
		module = strsep(&name, ":");
	ok = resolve(module, name, word, address);
	*address += add;
out:
	free(copy);
	return ok;
}

/* Prints one word of a line, replaced if it has to be. */
static int expand_word(FILE *to, const char *word, size_t length)
{
	unsigned long long address = 0;
	char *copy;
	int ok;

	if (length < 2 || *word != '@') {
		fwrite(word, 1, length, to);
		return 1;
	}
	if (!load_or_complain())
		return 0;
	copy = strndup(word + 1, length - 1);
	if (!copy)
		fail(STATUS_FAILED, "out of memory");
	ok = parse_word(copy, &address);
	free(copy);
	fprintf(to, "%#llx", address);
	return ok;
}

char *symbols_expand(const char *line)
{
	size_t size, length;
	char *text = NULL;
	FILE *to = open_memstream(&text, &size);
	int ok = 1;

	if (!to)
		fail(STATUS_FAILED, "out of memory");
	while (ok && *line) {
		length = strspn(line, " \t");
		fwrite(line, 1, length, to);
		line += length;
		length = strcspn(line, " \t");
		ok = expand_word(to, line, length);
		line += length;
	}
	fclose(to);
	if (ok)
		return text;
	free(text);
	return NULL;
}

/* Return: the last symbol at or below the address, the first of those there */
static const struct symbol *find_address(unsigned long long address)
{
	size_t low = 0, high = table.nr, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (table.symbols[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	low--;
	while (low && table.symbols[low - 1].address ==
		      table.symbols[low].address)
		low--;
	return &table.symbols[low];
}

/* Return: 1 if the address has a name, to be found in a table that was loaded */
static int name_it(unsigned long long address, char *text, size_t size)
{
	const struct symbol *symbol = find_address(address);
	int is_kernel;

	/* Those further down are offsets in a CPU's own data. */
	if (!symbol || symbol->address < KERNEL_SPACE ||
	    address - symbol->address >= MAX_OFFSET)
		return 0;
	is_kernel = !strcmp(symbol->module, KERNEL);
	snprintf(text, size, "%s+%#llx%s%s%s", symbol->name,
		 address - symbol->address, is_kernel ? "" : " [",
		 is_kernel ? "" : symbol->module, is_kernel ? "" : "]");
	return 1;
}

int symbols_name(unsigned long long address, char *text, size_t size)
{
	return load_or_complain() && name_it(address, text, size);
}

/* Return: the value of 9 to 16 hex digits that stand alone, or 0 */
static unsigned long long address_at(const char *text, size_t length)
{
	if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		text += 2;
		length -= 2;
	}
	if (length != 16 || strspn(text, "0123456789abcdefABCDEF") < length)
		return 0;
	return strtoull(text, NULL, 16);
}

void symbols_annotate(const char *line, void (*put)(const char *text))
{
	static const char word[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
	unsigned long long address;
	char name[256];
	size_t length;

	/* Without symbols the output stays as it is: no message for each line. */
	if (!load_table() || !has_addresses())
		return;
	for (; *line; line += length) {
		line += strcspn(line, word);
		length = strspn(line, word);
		address = address_at(line, length);
		if (address < KERNEL_SPACE ||
		    !name_it(address, name, sizeof(name)))
			continue;
		put("  <");
		put(name);
		put(">");
	}
}

void symbols_complete(const char *prefix,
		      void (*add)(void *arg, const char *name), void *arg,
		      size_t max)
{
	size_t i;

	if (!load_table())
		return;
	for (i = 0; i < table.nr && max; i++) {
		if (strncmp(table.symbols[i].name, prefix, strlen(prefix)))
			continue;
		add(arg, table.symbols[i].name);
		max--;
	}
}
