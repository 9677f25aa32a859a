/* SPDX-License-Identifier: MIT */
/*
 * kernel_rw.c - files read and written by the kernel itself; the contract stands in surface/fs.h.
 *
 * An operation of a driver copies to user memory, and what it is given must be some: memory of the
 * host, from which the bytes that were read are then copied to where the caller wants them. So
 * a buffer that is too small is found by who knows it, the host's sanitizers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/fs.h>
#include <linux/kernel.h>

#define MOST_BYTES ((size_t)INT_MAX & PAGE_MASK)

/* What the operation said, as far as it can be true. */
static ssize_t plausible(ssize_t n, size_t count, const struct file *file)
{
	if (WARN(n > 0 && (size_t)n > count, "%s: %zd bytes of %zu\n",
		 file->f_path ? file->f_path : "file", n, count))
		return (ssize_t)count;
	return n;
}

ssize_t kernel_read(struct file *file, void *buf, size_t count, loff_t *pos)
{
	loff_t none = 0;
	ssize_t n;
	void *user;

	count = min(count, MOST_BYTES);
	if (WARN_ON_ONCE(!(file->f_mode & FMODE_READ)) || !file->f_op->read)
		return -EINVAL;
	if (pos && *pos < 0)
		return -EINVAL;
	user = calloc(1, count ? count : 1);
	if (!user)
		return -ENOMEM;
	n = plausible(file->f_op->read(file, user, count, pos ? pos : &none), count, file);
	if (n > 0)
		memcpy(buf, user, (size_t)n);
	free(user);
	return n;
}

ssize_t kernel_write(struct file *file, const void *buf, size_t count, loff_t *pos)
{
	loff_t none = 0;
	ssize_t n;
	void *user;

	count = min(count, MOST_BYTES);
	if (WARN_ON_ONCE(!(file->f_mode & FMODE_WRITE)))
		return -EBADF;
	if (!file->f_op->write || (pos && *pos < 0))
		return -EINVAL;
	user = malloc(count ? count : 1);
	if (!user)
		return -ENOMEM;
	memcpy(user, buf, count);
	n = plausible(file->f_op->write(file, user, count, pos ? pos : &none), count, file);
	free(user);
	return n;
}
