/* SPDX-License-Identifier: MIT */
/*
 * simple_attr.c - files of one number; see surface/fs.h.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

/*
 * struct simple_attr - one that is open. @text: what a reader is in the midst of: it goes on there,
 * whatever became of the number.
 */
struct simple_attr {
	int (*get)(void *data, u64 *val);
	int (*set)(void *data, u64 val);
	const char *fmt;
	void *data;
	char text[24];
	struct mutex lock;
};

int simple_open(struct inode *inode, struct file *file)
{
	if (inode->i_private)
		file->private_data = inode->i_private;
	return 0;
}

int simple_attr_open(struct inode *inode, struct file *file, int (*get)(void *data, u64 *val),
		     int (*set)(void *data, u64 val), const char *fmt)
{
	struct simple_attr *attr = kzalloc(sizeof(*attr), GFP_KERNEL);

	if (!attr)
		return -ENOMEM;
	attr->get = get;
	attr->set = set;
	attr->fmt = fmt;
	attr->data = inode->i_private;
	mutex_init(&attr->lock);
	file->private_data = attr;
	return nonseekable_open(inode, file);
}

int simple_attr_release(struct inode *inode, struct file *file)
{
	(void)inode;
	kfree(file->private_data);
	return 0;
}

/* Context: the lock. */
static int renew_text(struct simple_attr *attr)
{
	u64 val;
	int err = attr->get(attr->data, &val);

	if (!err)
		scnprintf(attr->text, sizeof(attr->text), attr->fmt, (unsigned long long)val);
	return err;
}

ssize_t simple_attr_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	struct simple_attr *attr = file->private_data;
	ssize_t ret;

	if (!attr->get)
		return -EACCES;
	ret = mutex_lock_interruptible(&attr->lock);
	if (ret)
		return ret;
	if (!*ppos || !*attr->text)
		ret = renew_text(attr);
	if (!ret)
		ret = simple_read_from_buffer(buf, count, ppos, attr->text, strlen(attr->text));
	mutex_unlock(&attr->lock);
	return ret;
}

static ssize_t store(struct file *file, const char __user *buf, size_t count, bool is_signed)
{
	struct simple_attr *attr = file->private_data;
	unsigned long long val = 0;
	char text[24] = "";
	size_t len = min(count, sizeof(text) - 1);
	int err;

	if (!attr->set)
		return -EACCES;
	if (copy_from_user(text, buf, len))
		return -EFAULT;
	err = is_signed ? kstrtoll(text, 0, (long long *)&val) : kstrtoull(text, 0, &val);
	if (err)
		return err;
	mutex_lock(&attr->lock);
	err = attr->set(attr->data, val);
	mutex_unlock(&attr->lock);
	return err ? err : (ssize_t)count;
}

ssize_t simple_attr_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	(void)ppos;
	return store(file, buf, count, false);
}

ssize_t simple_attr_write_signed(struct file *file, const char __user *buf, size_t count,
				 loff_t *ppos)
{
	(void)ppos;
	return store(file, buf, count, true);
}

loff_t generic_file_llseek(struct file *file, loff_t offset, int whence)
{
	return fixed_size_llseek(file, offset, whence, (loff_t)file->f_inode->i_size);
}
