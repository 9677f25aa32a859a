/* SPDX-License-Identifier: MIT */
/*
 * fileops.c - calls of a file's operations, and operations that drivers share; see surface/fs.h.
 */
#include <errno.h>

#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/uaccess.h>

ssize_t vfs_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (!file->f_op->read)
		return -EINVAL;
	if (!access_ok(buf, count))
		return -EFAULT;
	return file->f_op->read(file, buf, count, pos);
}

ssize_t vfs_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!file->f_op->write)
		return -EINVAL;
	if (!access_ok(buf, count))
		return -EFAULT;
	return file->f_op->write(file, buf, count, pos);
}

long vfs_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	long ret = -ENOTTY;

	if (file->f_op->unlocked_ioctl)
		ret = file->f_op->unlocked_ioctl(file, cmd, arg);
	return ret == -ENOIOCTLCMD ? -ENOTTY : ret;
}

loff_t vfs_llseek(struct file *file, loff_t offset, int whence)
{
	if (!(file->f_mode & FMODE_LSEEK) || !file->f_op->llseek)
		return -ESPIPE;
	return file->f_op->llseek(file, offset, whence);
}

int nonseekable_open(struct inode *inode, struct file *file)
{
	(void)inode;
	file->f_mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	return 0;
}

int stream_open(struct inode *inode, struct file *file)
{
	return nonseekable_open(inode, file);
}

loff_t no_llseek(struct file *file, loff_t offset, int whence)
{
	(void)file, (void)offset, (void)whence;
	return -ESPIPE;
}

loff_t noop_llseek(struct file *file, loff_t offset, int whence)
{
	(void)offset, (void)whence;
	return file->f_pos;
}

loff_t default_llseek(struct file *file, loff_t offset, int whence)
{
	if (whence == SEEK_END)
		offset += (loff_t)file->f_inode->i_size;
	else if (whence == SEEK_CUR)
		offset += file->f_pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (offset < 0)
		return -EINVAL;
	file->f_pos = offset;
	return offset;
}

loff_t no_seek_end_llseek_size(struct file *file, loff_t offset, int whence, loff_t size)
{
	if (whence != SEEK_SET && whence != SEEK_CUR)
		return -EINVAL;
	return fixed_size_llseek(file, offset, whence, size);
}

loff_t no_seek_end_llseek(struct file *file, loff_t offset, int whence)
{
	return no_seek_end_llseek_size(file, offset, whence, LLONG_MAX);
}

long compat_ptr_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (!file->f_op->unlocked_ioctl)
		return -ENOIOCTLCMD;
	return file->f_op->unlocked_ioctl(file, cmd, (unsigned long)compat_ptr((compat_uptr_t)arg));
}

loff_t fixed_size_llseek(struct file *file, loff_t offset, int whence, loff_t size)
{
	loff_t base = whence == SEEK_CUR ? file->f_pos : whence == SEEK_END ? size : 0;

	if (whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END)
		return -EINVAL;
	if (offset > size - base || offset < -base)
		return -EINVAL;
	file->f_pos = base + offset;
	return file->f_pos;
}

/* What of @count bytes at @pos a buffer of @available has. */
static size_t within(loff_t pos, size_t count, size_t available)
{
	return (size_t)pos < available ? min(count, available - (size_t)pos) : 0;
}

/* All but @rest of @count bytes were copied at *@ppos. */
static ssize_t copied(loff_t *ppos, size_t count, size_t rest)
{
	if (rest == count)
		return count ? -EFAULT : 0;
	*ppos += (loff_t)(count - rest);
	return (ssize_t)(count - rest);
}

ssize_t simple_read_from_buffer(void __user *to, size_t count, loff_t *ppos, const void *from,
				size_t available)
{
	const loff_t pos = *ppos;

	if (pos < 0)
		return -EINVAL;
	count = within(pos, count, available);
	return copied(ppos, count, copy_to_user(to, (const char *)from + pos, count));
}

ssize_t simple_write_to_buffer(void *to, size_t available, loff_t *ppos, const void __user *from,
			       size_t count)
{
	const loff_t pos = *ppos;

	if (pos < 0)
		return -EINVAL;
	count = within(pos, count, available);
	return copied(ppos, count, copy_from_user((char *)to + pos, from, count));
}
