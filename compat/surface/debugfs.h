/* SPDX-License-Identifier: MIT */
/*
 * surface/debugfs.h - a driver's files for whoever debugs it, and how a test reads them.
 *
 *	debugfs_create_dir(), _file() ...		a file is there
 *	filp_open("/sys/kernel/debug/DIR/FILE")		->open(), inode->i_private is @data
 *	vfs_read(), vfs_write() ... filp_close()	as for devices, surface/fs.h
 *	debugfs_remove()				it and all below is gone
 *
 * 1. A tree in memory of the machine: what a case makes and does not remove counts as leaked.
 * 2. Permissions decide which numbers can be written and read; nobody's are checked on opening.
 * 3. An error as a parent is an error of all below, so that nobody need check any of them.
 * 4. Who has a removed file open gets -EIO. debugfs_remove() does not wait for an operation that
 *    is running.
 *
 * Names and contracts are those of Linux 6.1 (Documentation/filesystems/debugfs.rst).
 */
#ifndef COMPAT_SURFACE_DEBUGFS_H
#define COMPAT_SURFACE_DEBUGFS_H

#include "seq.h"

struct qstr {
	const char *name;
};

/** struct dentry - a folder or a file of debugfs. @d_subdirs: of a folder, oldest first. */
struct dentry {
	struct qstr d_name;
	struct dentry *d_parent;
	struct list_head d_child, d_subdirs;
	umode_t mode; /* with S_IFDIR, S_IFREG */
	const struct file_operations *fops;
	void *data;
	dev_t key;
};

/** struct debugfs_blob_wrapper - bytes that debugfs_create_blob() shows. */
struct debugfs_blob_wrapper {
	void *data;
	unsigned long size;
};

/** debugfs_create_dir() - @parent NULL: the root. ERR_PTR(): -EEXIST, -EACCES: no name, -ENOMEM. */
struct dentry *debugfs_create_dir(const char *name, struct dentry *parent);
/** debugfs_create_file() - @fops NULL: reads nothing, takes everything. */
struct dentry *debugfs_create_file(const char *name, umode_t mode, struct dentry *parent,
				   void *data, const struct file_operations *fops);
#define debugfs_create_file_unsafe(name, mode, parent, data, fops) \
	debugfs_create_file((name), (mode), (parent), (data), (fops))
/** debugfs_remove() - with all below; NULL and errors are allowed. */
void debugfs_remove(struct dentry *dentry);
#define debugfs_remove_recursive debugfs_remove
/** debugfs_lookup() - NULL: not there. Nothing is to be given back but by dput(), which does
 * nothing. */
struct dentry *debugfs_lookup(const char *name, struct dentry *parent);
void debugfs_lookup_and_remove(const char *name, struct dentry *parent);
static inline void dput(struct dentry *dentry)
{
	(void)dentry;
}
static inline bool debugfs_initialized(void)
{
	return true;
}

/* One number: decimal, or with 0x and all digits (x); @mode says whether it is written. */
void debugfs_create_u8(const char *name, umode_t mode, struct dentry *parent, u8 *value);
void debugfs_create_u16(const char *name, umode_t mode, struct dentry *parent, u16 *value);
void debugfs_create_u32(const char *name, umode_t mode, struct dentry *parent, u32 *value);
void debugfs_create_u64(const char *name, umode_t mode, struct dentry *parent, u64 *value);
void debugfs_create_ulong(const char *name, umode_t mode, struct dentry *parent,
			  unsigned long *value);
void debugfs_create_x8(const char *name, umode_t mode, struct dentry *parent, u8 *value);
void debugfs_create_x16(const char *name, umode_t mode, struct dentry *parent, u16 *value);
void debugfs_create_x32(const char *name, umode_t mode, struct dentry *parent, u32 *value);
void debugfs_create_x64(const char *name, umode_t mode, struct dentry *parent, u64 *value);
void debugfs_create_size_t(const char *name, umode_t mode, struct dentry *parent, size_t *value);
void debugfs_create_atomic_t(const char *name, umode_t mode, struct dentry *parent,
			     atomic_t *value);
/** debugfs_create_bool() - "Y" or "N"; written as kstrtobool() reads. */
void debugfs_create_bool(const char *name, umode_t mode, struct dentry *parent, bool *value);
/** debugfs_create_str() - the string that *@value is, and a line's end; writing is -EINVAL. */
void debugfs_create_str(const char *name, umode_t mode, struct dentry *parent, char **value);
struct dentry *debugfs_create_blob(const char *name, umode_t mode, struct dentry *parent,
				   struct debugfs_blob_wrapper *blob);

#define DEFINE_DEBUGFS_ATTRIBUTE(fops, get, set, fmt) DEFINE_SIMPLE_ATTRIBUTE(fops, get, set, fmt)
#define DEFINE_DEBUGFS_ATTRIBUTE_SIGNED(fops, get, set, fmt) \
	DEFINE_SIMPLE_ATTRIBUTE_SIGNED(fops, get, set, fmt)
#define debugfs_attr_read  simple_attr_read
#define debugfs_attr_write simple_attr_write

#endif /* COMPAT_SURFACE_DEBUGFS_H */
