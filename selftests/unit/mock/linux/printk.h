/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's log: the test says what becomes of a line. */
void mock_printk(int level, const char *fmt, ...) __printf(2, 3);

#define pr_err(fmt, ...)	mock_printk(3, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	mock_printk(4, pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	mock_printk(6, pr_fmt(fmt), ##__VA_ARGS__)
