// SPDX-License-Identifier: GPL-2.0-only
/* /sys/kernel/debug/undervisor: status, exits, functions. Mode 0400. */
#include "driver/driver.h"

#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/seq_file.h>

#include "uapi/vmmcall_abi.h"

static struct dentry *directory;

static int status_show(struct seq_file *m, void *unused)
{
	unsigned int cpu, in = 0;
	u32 i;

	for_each_present_cpu(cpu)
		in += uv.cpu[cpu].in;
	seq_printf(m, "version %s\n", UNDERVISOR_VERSION);
	seq_printf(m, "vendor %s\n",
		   uv.vendor == UV_VENDOR_SVM ? "svm" : "vmx");
	seq_printf(m, "cpus_in %u\n", in);
	seq_printf(m, "memory_bytes %llu\n", uv_memory_bytes());
	for_each_present_cpu(cpu)
		seq_printf(m, "cpu %u %s enter_ns %llu\n", cpu,
			   uv.cpu[cpu].in ? "in" : "out",
			   uv.cpu[cpu].enter_ns);
	seq_printf(m, "block %#llx %#zx\n", (u64)__pa(uv.shared),
		   uv.shared_size);
	for (i = 0; i < UV_MAX_CPUS; i++)
		if (uv.cpu[i].block)
			seq_printf(m, "block %#llx %#llx\n",
				   (u64)__pa(uv.cpu[i].block),
				   UV_CPU_BLOCK_SIZE);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(status);

/* The report's lines on exits, a part of the report at a time */
static int exits_show(struct seq_file *m, void *unused)
{
	char *text = (char *)get_zeroed_page(GFP_KERNEL), *rest, *line;
	u64 position = 0;
	s64 len;

	if (!text)
		return -ENOMEM;
	do {
		len = uv_call_status_part(text, PAGE_SIZE - 1, &position);
		if (len <= 0)
			break;
		text[len] = '\0';
		rest = text;
		while ((line = strsep(&rest, "\n")) && *line)
			if (strstr(line, " exits "))
				seq_printf(m, "%s\n", line);
	} while (position);
	free_page((unsigned long)text);
	return len < 0 ? len : 0;
}
DEFINE_SHOW_ATTRIBUTE(exits);

static int functions_show(struct seq_file *m, void *unused)
{
	char *text;
	s64 len = uv_call_text(VMMCALL_NAME_GET_FUNCTIONS, &text);

	if (len < 0)
		return len;
	seq_puts(m, text);
	kvfree(text);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(functions);

/*
 * A kernel without debugfs gets none: nothing else depends on it.
 * @vouch: whether there is the file of vouch.c, which is to be found here as well
 */
void uv_debugfs_create(bool vouch)
{
	directory = debugfs_create_dir("undervisor", NULL);
	debugfs_create_file("status", 0400, directory, NULL, &status_fops);
	debugfs_create_file("exits", 0400, directory, NULL, &exits_fops);
	debugfs_create_file("functions", 0400, directory, NULL,
			    &functions_fops);
	if (vouch)
		debugfs_create_symlink("dbgsh", directory,
				       "/proc/undervisor/dbgsh");
}

void uv_debugfs_remove(void)
{
	debugfs_remove_recursive(directory);
}
