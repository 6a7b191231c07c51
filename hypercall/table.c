// SPDX-License-Identifier: GPL-2.0-only
/* Registration of VM calls, and the look-up of their names. */
#include "core/string.h"
#include "hypercall/table.h"

/* Where the image's linker script collects what VMMCALL_DEFINE() left */
extern const struct vmmcall_def __vmmcalls_start[];
extern const struct vmmcall_def __vmmcalls_end[];

struct vmmcall_table vmmcall_table;

/* Return: length of a name, at most VMMCALL_NAME_MAX + 1 */
static u32 name_length(const char *name)
{
	u32 len = 0;

	while (len <= VMMCALL_NAME_MAX && name[len])
		len++;
	return len;
}

u32 vmmcall_lookup(const char *name, u32 len)
{
	const struct vmmcall_table *table = &vmmcall_table;
	u32 i;

	/* Names differ in length or soon after, so there is no need to hash */
	for (i = 0; i < table->count; i++)
		if (table->entry[i].name_len == len &&
		    !memcmp(table->entry[i].name, name, len))
			return VMMCALL_FIRST_NUMBER + i;
	return 0;
}

/**
 * vmmcall_register_levels() - tie a name to a handler that some levels may call
 * @name: kept, not copied
 * @func: the handler
 * @levels: VMMCALL_LEVEL_*, at least one
 *
 * Context: image start, one CPU, no guest yet.
 * Return: the number; -EINVAL (null or empty name, null function, no such level),
 * -ENAMETOOLONG, -EEXIST, -ENOSPC.
 */
int vmmcall_register_levels(const char *name, vmmcall_func_t func, u32 levels)
{
	struct vmmcall_table *table = &vmmcall_table;
	u32 len;

	if (!name || !*name || !func)
		return -EINVAL;
	if (!levels || (levels & ~VMMCALL_LEVEL_ANY))
		return -EINVAL;
	len = name_length(name);
	if (len > VMMCALL_NAME_MAX)
		return -ENAMETOOLONG;
	if (vmmcall_lookup(name, len))
		return -EEXIST;
	if (table->count == VMMCALL_MAX_FUNCTIONS)
		return -ENOSPC;

	table->entry[table->count] = (struct vmmcall_entry){
		.func = func,
		.levels = levels,
		.name_len = len,
		.name = name,
	};
	return VMMCALL_FIRST_NUMBER + (int)table->count++;
}

/**
 * vmmcall_register() - tie a name to a handler that any level may call
 * @name: kept, not copied
 * @func: the handler
 *
 * Context: image start, one CPU, no guest yet.
 * Return: as vmmcall_register_levels().
 */
int vmmcall_register(const char *name, vmmcall_func_t func)
{
	return vmmcall_register_levels(name, func, VMMCALL_LEVEL_ANY);
}

/**
 * vmmcall_init() - register everything that VMMCALL_DEFINE() named
 * @bad: index of the definition that failed, set on error
 *
 * Context: image start, one CPU, no guest yet.
 * Return: 0 or the error of vmmcall_register_levels().
 */
int vmmcall_init(u32 *bad)
{
	const struct vmmcall_def *def;
	int ret;

	for (def = __vmmcalls_start; def < __vmmcalls_end; def++) {
		ret = vmmcall_register_levels(def->name, def->func,
					      def->levels);
		if (ret < 0) {
			*bad = (u32)(def - __vmmcalls_start);
			return ret;
		}
	}
	return 0;
}

/**
 * vmmcall_get_info() - iterate over the table
 * @n: which function, from 0
 * @info: set
 *
 * Return: false behind the last function.
 */
bool vmmcall_get_info(u32 n, struct vmmcall_info *info)
{
	const struct vmmcall_table *table = &vmmcall_table;

	if (n >= table->count)
		return false;
	info->name = table->entry[n].name;
	info->number = VMMCALL_FIRST_NUMBER + n;
	info->levels = table->entry[n].levels;
	return true;
}
