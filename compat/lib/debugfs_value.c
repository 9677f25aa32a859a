/* SPDX-License-Identifier: MIT */
/*
 * debugfs_value.c - files of debugfs that show one variable; see surface/debugfs.h.
 *
 * Each kind has three sets of operations: for reading and writing, for either alone. The one that
 * is missing is -EACCES.
 */
#include <linux/debugfs.h>
#include <linux/kstrtox.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/uaccess.h>

static void create_by_mode(const char *name, umode_t mode, struct dentry *parent, void *value,
			   const struct file_operations *rw, const struct file_operations *ro,
			   const struct file_operations *wo)
{
	const struct file_operations *fops = rw;

	if (!(mode & 0222))
		fops = ro;
	else if (!(mode & 0444))
		fops = wo;
	debugfs_create_file(name, mode, parent, value, fops);
}

#define CREATE(kind, type, get, set, fmt)                                                  \
	DEFINE_SIMPLE_ATTRIBUTE(fops_##kind, get, set, fmt);                               \
	DEFINE_SIMPLE_ATTRIBUTE(fops_##kind##_ro, get, NULL, fmt);                         \
	DEFINE_SIMPLE_ATTRIBUTE(fops_##kind##_wo, NULL, set, fmt);                         \
	void debugfs_create_##kind(const char *name, umode_t mode, struct dentry *parent,  \
				   type *value)                                            \
	{                                                                                  \
		create_by_mode(name, mode, parent, value, &fops_##kind, &fops_##kind##_ro, \
			       &fops_##kind##_wo);                                         \
	}
#define NUMBER(type)                                  \
	static int get_##type(void *data, u64 *val)   \
	{                                             \
		*val = READ_ONCE(*(type *)data);      \
		return 0;                             \
	}                                             \
	static int set_##type(void *data, u64 val)    \
	{                                             \
		WRITE_ONCE(*(type *)data, (type)val); \
		return 0;                             \
	}

typedef unsigned long ulong_value;
NUMBER(u8)
NUMBER(u16)
NUMBER(u32)
NUMBER(u64)
NUMBER(size_t)
NUMBER(ulong_value)

static int get_atomic(void *data, u64 *val)
{
	*val = (u64)atomic_read((atomic_t *)data);
	return 0;
}

static int set_atomic(void *data, u64 val)
{
	atomic_set((atomic_t *)data, (int)val);
	return 0;
}

CREATE(u8, u8, get_u8, set_u8, "%llu\n")
CREATE(u16, u16, get_u16, set_u16, "%llu\n")
CREATE(u32, u32, get_u32, set_u32, "%llu\n")
CREATE(u64, u64, get_u64, set_u64, "%llu\n")
CREATE(ulong, unsigned long, get_ulong_value, set_ulong_value, "%llu\n")
CREATE(size_t, size_t, get_size_t, set_size_t, "%llu\n")
CREATE(x8, u8, get_u8, set_u8, "0x%02llx\n")
CREATE(x16, u16, get_u16, set_u16, "0x%04llx\n")
CREATE(x32, u32, get_u32, set_u32, "0x%08llx\n")
CREATE(x64, u64, get_u64, set_u64, "0x%016llx\n")

DEFINE_SIMPLE_ATTRIBUTE_SIGNED(fops_atomic_t, get_atomic, set_atomic, "%lld\n");
DEFINE_SIMPLE_ATTRIBUTE_SIGNED(fops_atomic_t_ro, get_atomic, NULL, "%lld\n");
DEFINE_SIMPLE_ATTRIBUTE_SIGNED(fops_atomic_t_wo, NULL, set_atomic, "%lld\n");

void debugfs_create_atomic_t(const char *name, umode_t mode, struct dentry *parent, atomic_t *value)
{
	create_by_mode(name, mode, parent, value, &fops_atomic_t, &fops_atomic_t_ro,
		       &fops_atomic_t_wo);
}

/* --- truth, and text ------------------------------------------------------------------------ */

static ssize_t bool_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	const bool *value = file->private_data;

	return simple_read_from_buffer(buf, count, ppos, READ_ONCE(*value) ? "Y\n" : "N\n", 2);
}

static ssize_t bool_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	bool *value = file->private_data, new;
	char text[8] = "";
	int err;

	(void)ppos;
	if (copy_from_user(text, buf, min(count, sizeof(text) - 1)))
		return -EFAULT;
	err = kstrtobool(text, &new);
	if (err)
		return err;
	WRITE_ONCE(*value, new);
	return (ssize_t)count;
}

static const struct file_operations fops_bool = {
	.open = simple_open,
	.read = bool_read,
	.write = bool_write,
	.llseek = noop_llseek,
};
static const struct file_operations fops_bool_ro = {
	.open = simple_open,
	.read = bool_read,
	.llseek = noop_llseek,
};
static const struct file_operations fops_bool_wo = {
	.open = simple_open,
	.write = bool_write,
	.llseek = noop_llseek,
};

void debugfs_create_bool(const char *name, umode_t mode, struct dentry *parent, bool *value)
{
	create_by_mode(name, mode, parent, value, &fops_bool, &fops_bool_ro, &fops_bool_wo);
}

static ssize_t blob_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	const struct debugfs_blob_wrapper *blob = file->private_data;

	return simple_read_from_buffer(buf, count, ppos, blob->data, blob->size);
}

static const struct file_operations fops_blob = {
	.open = simple_open,
	.read = blob_read,
	.llseek = noop_llseek,
};

struct dentry *debugfs_create_blob(const char *name, umode_t mode, struct dentry *parent,
				   struct debugfs_blob_wrapper *blob)
{
	return debugfs_create_file(name, mode & 0444, parent, blob, &fops_blob);
}

/* The string may be another one at each read; it has no line's end of its own. */
static ssize_t str_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	char **value = file->private_data;
	char *line = kasprintf(GFP_KERNEL, "%s\n", READ_ONCE(*value));
	ssize_t n;

	if (!line)
		return -ENOMEM;
	n = simple_read_from_buffer(buf, count, ppos, line, strlen(line));
	kfree(line);
	return n;
}

static ssize_t str_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos)
{
	(void)file, (void)buf, (void)count, (void)ppos;
	return -EINVAL;
}

static const struct file_operations fops_str = {
	.open = simple_open,
	.read = str_read,
	.write = str_write,
	.llseek = default_llseek,
};
static const struct file_operations fops_str_ro = {
	.open = simple_open,
	.read = str_read,
	.llseek = default_llseek,
};
static const struct file_operations fops_str_wo = {
	.open = simple_open,
	.write = str_write,
	.llseek = default_llseek,
};

void debugfs_create_str(const char *name, umode_t mode, struct dentry *parent, char **value)
{
	create_by_mode(name, mode, parent, value, &fops_str, &fops_str_ro, &fops_str_wo);
}
