/* SPDX-License-Identifier: MIT */
/*
 * file_internal.h - what opens files with a struct file_operations: devices, debugfs.
 */
#ifndef QUIRE_COMPAT_FILE_INTERNAL_H
#define QUIRE_COMPAT_FILE_INTERNAL_H

#include <linux/fs.h>

#define FIRST_KEY MKDEV(512u, 0) /* no device has such a number */

/**
 * struct opening - a file that is to be opened.
 * @key: files of one key share an inode; a device's number, or one from FIRST_KEY on
 * @cdev: NULL, or with a reference if it is counted, which is used up
 * @private, @inode_private: for file->private_data, for inode->i_private unless NULL
 */
struct opening {
	const char *path;
	dev_t key;
	const struct file_operations *fops;
	struct cdev *cdev;
	void *private, *inode_private;
	int flags;
};
/** quire_file_open() - calls ->open(). Return: a file with one reference; ERR_PTR(): -ENOMEM,
 * -ENXIO: the caller is no task; what ->open() said. */
struct file *quire_file_open(const struct opening *opening);
/** quire_file_revoke() - operations of the open files of @key fail with -EIO from now on, but
 * ->release(). One that is running goes on. */
void quire_file_revoke(dev_t key);

/* Of debugfs, when it is linked: opens @name of its tree; this process is a child after fork(). */
struct file *quire_debugfs_open(const char *path, const char *name, int flags)
	__attribute__((weak));
void quire_debugfs_renew(void) __attribute__((weak));

#endif /* QUIRE_COMPAT_FILE_INTERNAL_H */
