/* SPDX-License-Identifier: GPL-2.0-only */
/* The text that was collected, and the debugfs files that show it. */
#ifndef LOGREADER_TEXTRING_H
#define LOGREADER_TEXTRING_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

struct dentry;

/**
 * struct textring - the newest text of a stream
 * @lock: guards all below
 * @text: the ring
 * @size: bytes in @text
 * @head: bytes that ever came in; the next one goes to @head modulo @size
 * @lost: bytes that a reader, whichever, was too slow to get
 * @wait: readers in poll(), and in read() of "follow"
 * @file: the debugfs file, whose size follows @head
 */
struct textring {
	spinlock_t lock;		/* all below */
	char *text;
	size_t size;
	u64 head;
	u64 lost;
	wait_queue_head_t wait;
	struct dentry *file;
};

int textring_init(struct textring *ring, size_t size);
void textring_free(struct textring *ring);
void textring_write(struct textring *ring, const char *text, size_t len);
void textring_wake(struct textring *ring);
void textring_show(struct textring *ring, struct dentry *dir);

#endif /* LOGREADER_TEXTRING_H */
