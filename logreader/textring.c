// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's own ring of log text, shown as a file that grows.
 *
 * A position in the file is a position in the stream of all text that ever came
 * in, and the file's size is that stream's length: cat, lseek() and both
 * coreutils' and busybox's "tail -f" then need to know nothing of the ring. What the
 * ring no longer holds reads as if the stream began later; a reader that was
 * overtaken finds a line about it in the place of what it lost, so that positions
 * still agree with the size.
 *
 * A second file, "follow", has no end: a read waits there for more.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/fsnotify.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "textring.h"

#define READ_CHUNK	2048
#define NOTICE_SIZE	64

/**
 * struct reader - one open file
 * @ring: what it reads
 * @lock: one read() at a time
 * @waits: a read at the end waits for more
 * @mid_line: the last byte read wasn't a newline
 * @following: its position was one of text that was there, so that a gap is a loss
 * @notice_start: stream position from which on @notice stands in for lost text
 * @notice_len: bytes in @notice, 0 if there is none
 * @notice: the line about the loss
 * @chunk: text on its way to the user, copied there without the ring's lock
 */
struct reader {
	struct textring *ring;
	struct mutex lock;		/* one read() at a time */
	bool waits;
	bool mid_line;
	bool following;
	u64 notice_start;
	size_t notice_len;
	char notice[NOTICE_SIZE];
	char chunk[READ_CHUNK];
};

/* Stream position of the oldest byte that the ring still holds */
static u64 oldest(const struct textring *ring)
{
	return ring->head > ring->size ? ring->head - ring->size : 0;
}

/* Start of the first whole line at or behind @pos, or the end of the text */
static u64 next_line(const struct textring *ring, u64 pos)
{
	if (!pos)
		return 0;
	/* The byte before the oldest is gone: its line counts as cut. */
	if (pos > oldest(ring) && ring->text[(pos - 1) % ring->size] == '\n')
		return pos;
	while (pos < ring->head && ring->text[pos % ring->size] != '\n')
		pos++;
	return min(pos + 1, ring->head);
}

/*
 * Moves a reader that was overtaken to the oldest whole line; one that had been
 * following sees a notice of the same length as the end of what it lost.
 */
static u64 catch_up(struct textring *ring, struct reader *reader, u64 pos)
{
	u64 start = next_line(ring, oldest(ring));
	size_t len;

	if (!reader->following)
		return start;
	while (start < ring->head && start - pos < NOTICE_SIZE)
		start = next_line(ring, start + 1);
	len = scnprintf(reader->notice, NOTICE_SIZE,
			"%svmmlog: %llu bytes lost, reader too slow\n",
			reader->mid_line ? "\n" : "", start - pos);
	len = min_t(u64, len, start - pos);
	ring->lost += start - pos;
	reader->notice_len = len;
	reader->notice_start = start - len;
	return reader->notice_start;
}

/* Copies to the reader's chunk. Return: bytes, 0 at the end; moves *pos to them. */
static size_t take_chunk(struct textring *ring, struct reader *reader, u64 *pos,
			 size_t len)
{
	u64 notice_end = reader->notice_start + reader->notice_len;
	size_t off;

	if (*pos >= reader->notice_start && *pos < notice_end) {
		len = min_t(size_t, len, notice_end - *pos);
		memcpy(reader->chunk,
		       reader->notice + (*pos - reader->notice_start), len);
		return len;
	}
	if (*pos >= ring->head)
		return 0;
	off = *pos % ring->size;
	len = min3(len, (size_t)min_t(u64, ring->head - *pos, READ_CHUNK),
		   ring->size - off);
	memcpy(reader->chunk, ring->text + off, len);
	return len;
}

static size_t next_chunk(struct reader *reader, u64 *pos, size_t len)
{
	struct textring *ring = reader->ring;
	u64 notice_end = reader->notice_start + reader->notice_len;

	spin_lock(&ring->lock);
	if (*pos < oldest(ring) &&
	    !(*pos >= reader->notice_start && *pos < notice_end))
		*pos = catch_up(ring, reader, *pos);
	len = take_chunk(ring, reader, pos, len);
	spin_unlock(&ring->lock);
	reader->following = true;
	if (len)
		reader->mid_line = reader->chunk[len - 1] != '\n';
	return len;
}

/* What there is. Return: bytes, 0 at the end, or a negative errno. */
static ssize_t read_now(struct reader *reader, char __user *buf, size_t len,
			loff_t *ppos)
{
	size_t done = 0;
	size_t n, left = 0;
	u64 pos = *ppos;

	if (mutex_lock_interruptible(&reader->lock))
		return -ERESTARTSYS;
	while (done < len && !left) {
		n = next_chunk(reader, &pos, len - done);
		if (!n)
			break;
		left = copy_to_user(buf + done, reader->chunk, n);
		pos += n - left;
		done += n - left;
	}
	*ppos = pos;
	mutex_unlock(&reader->lock);
	return !done && left ? -EFAULT : (ssize_t)done;
}

static bool has_text(struct textring *ring, u64 pos)
{
	bool has;

	spin_lock(&ring->lock);
	has = pos < ring->head;
	spin_unlock(&ring->lock);
	return has;
}

/*
 * At the end, who can wait does; who must not is told so; and to all others the
 * log is a file, which ends.
 */
static ssize_t log_read(struct file *file, char __user *buf, size_t len,
			loff_t *ppos)
{
	struct reader *reader = file->private_data;
	struct textring *ring = reader->ring;
	ssize_t ret;

	do {
		ret = read_now(reader, buf, len, ppos);
		if (ret || !len)
			return ret;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (!reader->waits)
			return 0;
		ret = wait_event_interruptible(ring->wait,
					       has_text(ring, *ppos));
	} while (!ret);
	return ret;
}

/*
 * Who seeks has lost nothing by what lies in between, but may lose what comes from
 * there on, unless it had gone when he came.
 */
static loff_t log_llseek(struct file *file, loff_t offset, int whence)
{
	struct reader *reader = file->private_data;
	struct textring *ring = reader->ring;
	loff_t old = file->f_pos;
	loff_t pos, end;

	spin_lock(&ring->lock);
	end = ring->head;
	spin_unlock(&ring->lock);
	pos = generic_file_llseek_size(file, offset, whence, MAX_LFS_FILESIZE,
				       end);
	if (pos >= 0 && pos != old) {
		mutex_lock(&reader->lock);
		spin_lock(&ring->lock);
		reader->following = pos >= oldest(ring);
		spin_unlock(&ring->lock);
		reader->notice_len = 0;
		reader->mid_line = false;
		mutex_unlock(&reader->lock);
	}
	return pos;
}

static __poll_t log_poll(struct file *file, poll_table *table)
{
	struct reader *reader = file->private_data;
	struct textring *ring = reader->ring;

	poll_wait(file, &ring->wait, table);
	return has_text(ring, file->f_pos) ? EPOLLIN | EPOLLRDNORM : 0;
}

static int log_open(struct inode *inode, struct file *file)
{
	struct reader *reader = kzalloc(sizeof(*reader), GFP_KERNEL);

	if (!reader)
		return -ENOMEM;
	mutex_init(&reader->lock);
	reader->ring = inode->i_private;
	file->private_data = reader;
	return 0;
}

static int follow_open(struct inode *inode, struct file *file)
{
	struct reader *reader;
	int err = log_open(inode, file);

	if (err)
		return err;
	reader = file->private_data;
	reader->waits = true;
	return 0;
}

static int log_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

/* .owner: an open file keeps the module, and so the ring and its wait queue */
static const struct file_operations log_fops = {
	.owner = THIS_MODULE,
	.open = log_open,
	.release = log_release,
	.read = log_read,
	.llseek = log_llseek,
	.poll = log_poll,
};

static const struct file_operations follow_fops = {
	.owner = THIS_MODULE,
	.open = follow_open,
	.release = log_release,
	.read = log_read,
	.llseek = log_llseek,
	.poll = log_poll,
};

/**
 * textring_init() - set a ring up
 * @ring: the ring
 * @size: bytes of text to keep
 * Return: 0 or -ENOMEM.
 */
int textring_init(struct textring *ring, size_t size)
{
	spin_lock_init(&ring->lock);
	init_waitqueue_head(&ring->wait);
	ring->size = size;
	ring->text = vmalloc(size);
	return ring->text ? 0 : -ENOMEM;
}

/**
 * textring_free() - undo textring_init()
 * @ring: the ring, whose files are gone
 */
void textring_free(struct textring *ring)
{
	vfree(ring->text);
}

/**
 * textring_show() - make the files "log", "follow" and "lost"
 * @ring: the ring
 * @dir: debugfs directory
 *
 * debugfs may be off: then the files are missing, and nothing else.
 */
void textring_show(struct textring *ring, struct dentry *dir)
{
	struct dentry *file;

	debugfs_create_u64("lost", 0400, dir, &ring->lost);
	debugfs_create_file("follow", 0400, dir, ring, &follow_fops);
	file = debugfs_create_file("log", 0400, dir, ring, &log_fops);
	if (IS_ERR(file))
		return;
	spin_lock(&ring->lock);
	ring->file = file;
	i_size_write(d_inode(file), ring->head);
	spin_unlock(&ring->lock);
}

/**
 * textring_write() - add text, over the oldest if need be
 * @ring: the ring
 * @text: bytes as the VMM wrote them
 * @len: how many
 *
 * Context: one writer at a time, interrupts on.
 */
void textring_write(struct textring *ring, const char *text, size_t len)
{
	while (len) {
		size_t off, n;

		spin_lock(&ring->lock);
		off = ring->head % ring->size;
		n = min3(len, ring->size - off, (size_t)READ_CHUNK);
		memcpy(ring->text + off, text, n);
		ring->head += n;
		/* Under the lock, so that no reader can get ahead of the size. */
		if (ring->file)
			i_size_write(d_inode(ring->file), ring->head);
		spin_unlock(&ring->lock);
		text += n;
		len -= n;
	}
}

/**
 * textring_wake() - tell those that wait that there is more
 * @ring: the ring
 *
 * coreutils' "tail -f" waits by inotify, others by poll().
 */
void textring_wake(struct textring *ring)
{
	wake_up_interruptible(&ring->wait);
	if (ring->file)
		fsnotify_dentry(ring->file, FS_MODIFY);
}
