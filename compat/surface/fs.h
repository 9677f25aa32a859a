/* SPDX-License-Identifier: MIT */
/*
 * surface/fs.h - files of character devices: what a driver registers, and how a test opens it.
 *
 *	misc_register(), cdev_add(), register_chrdev()		a driver is there
 *	filp_open("/dev/NAME"), quire_chrdev_open()		->open()
 *	vfs_read(), vfs_write(), vfs_ioctl(), vm_mmap()		->read() ... ->mmap()
 *	filp_close(), fput(), the last mapping			->release()
 *
 * 1. There is no tree of files: filp_open() knows "/dev/NAME" of misc devices and the files of
 *    debugfs (surface/debugfs.h), and quire_chrdev_open() any device by its number.
 * 2. All files of one device that are open share an inode, and so i_mapping: what
 *    unmap_mapping_range() takes away leaves the mappings of all of them.
 * 3. ->release() is called where the last reference goes; if that is a mapping's, with mmap_lock
 *    held, where Linux calls it a little later without.
 * 4. Members of struct file_operations that nothing here calls (poll, fsync, fasync, flush) are
 *    for the test itself to call through file->f_op.
 *
 * Names and contracts are those of Linux 6.1 (include/linux/fs.h, cdev.h, miscdevice.h).
 */
#ifndef COMPAT_SURFACE_FS_H
#define COMPAT_SURFACE_FS_H

#include "open.h"
#include "vm.h"

/* --- numbers -------------------------------------------------------------------------------- */

#undef MAJOR
#undef MINOR
#undef MKDEV
#define MINORBITS     20
#define MINORMASK     ((1u << MINORBITS) - 1)
#define MAJOR(dev)    ((unsigned int)((dev) >> MINORBITS))
#define MINOR(dev)    ((unsigned int)((dev)&MINORMASK))
#define MKDEV(ma, mi) (((dev_t)(ma) << MINORBITS) | (mi))

static inline unsigned int iminor(const struct inode *inode)
{
	return MINOR(inode->i_rdev);
}
static inline unsigned int imajor(const struct inode *inode)
{
	return MAJOR(inode->i_rdev);
}
static inline struct inode *file_inode(const struct file *file)
{
	return file->f_inode;
}

/* --- what a driver does -------------------------------------------------------------------- */

#define FMODE_LSEEK  0x4u
#define FMODE_PREAD  0x8u
#define FMODE_PWRITE 0x10u

struct kiocb;
struct iov_iter;
struct seq_file;
struct poll_table_struct;
typedef void *fl_owner_t;
typedef unsigned int __poll_t;

struct file_operations {
	struct module *owner;
	loff_t (*llseek)(struct file *file, loff_t offset, int whence);
	ssize_t (*read)(struct file *file, char __user *buf, size_t n, loff_t *pos);
	ssize_t (*write)(struct file *file, const char __user *buf, size_t n, loff_t *pos);
	__poll_t (*poll)(struct file *file, struct poll_table_struct *wait);
	long (*unlocked_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	long (*compat_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	int (*open)(struct inode *inode, struct file *file);
	int (*flush)(struct file *file, fl_owner_t id);
	int (*release)(struct inode *inode, struct file *file);
	int (*fsync)(struct file *file, loff_t start, loff_t end, int datasync);
	int (*fasync)(int fd, struct file *file, int on);
};
#define fops_get(fops)		 (fops)
#define fops_put(fops)		 ((void)(fops))
#define replace_fops(file, fops) ((void)((file)->f_op = (fops)))

/** nonseekable_open(), stream_open() - for ->open(): the file has no positions. 0. */
int nonseekable_open(struct inode *inode, struct file *file);
int stream_open(struct inode *inode, struct file *file);
/** no_llseek(): -ESPIPE. noop_llseek(): stays. fixed_size_llseek(): within [0, @size]. */
loff_t no_llseek(struct file *file, loff_t offset, int whence);
/** default_llseek(): any offset that is not negative; SEEK_END: behind inode->i_size. */
loff_t default_llseek(struct file *file, loff_t offset, int whence);
loff_t noop_llseek(struct file *file, loff_t offset, int whence);
loff_t fixed_size_llseek(struct file *file, loff_t offset, int whence, loff_t size);
/** no_seek_end_llseek(), no_seek_end_llseek_size() - SEEK_SET and SEEK_CUR alone, below @size. */
loff_t no_seek_end_llseek(struct file *file, loff_t offset, int whence);
loff_t no_seek_end_llseek_size(struct file *file, loff_t offset, int whence, loff_t size);
/** compat_ptr_ioctl() - for ->compat_ioctl: ->unlocked_ioctl() with the lower 32 bits of @arg, a
 * pointer (linux/compat.h). -ENOIOCTLCMD: there is none. */
long compat_ptr_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
/** simple_read_from_buffer(), simple_write_to_buffer() - between user memory and a buffer of
 * @available bytes, at and behind *@ppos. Return: bytes; -EINVAL, -EFAULT. */
ssize_t simple_read_from_buffer(void __user *to, size_t count, loff_t *ppos, const void *from,
				size_t available);
ssize_t simple_write_to_buffer(void *to, size_t available, loff_t *ppos, const void __user *from,
			       size_t count);

/** simple_open() - file->private_data is inode->i_private, if that is set. 0. */
int simple_open(struct inode *inode, struct file *file);
/** simple_attr_open() and kin - a file of one number: @get writes it by @fmt (of one long long),
 * @set takes it; both have inode->i_private as @data. simple_attr_write(): a number of any base;
 * -EACCES: no @get, no @set. */
int simple_attr_open(struct inode *inode, struct file *file, int (*get)(void *data, u64 *val),
		     int (*set)(void *data, u64 val), const char *fmt);
int simple_attr_release(struct inode *inode, struct file *file);
ssize_t simple_attr_read(struct file *file, char __user *buf, size_t count, loff_t *ppos);
ssize_t simple_attr_write(struct file *file, const char __user *buf, size_t count, loff_t *ppos);
ssize_t simple_attr_write_signed(struct file *file, const char __user *buf, size_t count,
				 loff_t *ppos);
loff_t generic_file_llseek(struct file *file, loff_t offset, int whence);
#define QUIRE_SIMPLE_ATTRIBUTE(fops, get, set, fmt, store)             \
	static int fops##_open(struct inode *inode, struct file *file) \
	{                                                              \
		return simple_attr_open(inode, file, get, set, fmt);   \
	}                                                              \
	static const struct file_operations fops = {                   \
		.owner = THIS_MODULE,                                  \
		.open = fops##_open,                                   \
		.release = simple_attr_release,                        \
		.read = simple_attr_read,                              \
		.write = store,                                        \
		.llseek = generic_file_llseek,                         \
	}
#define DEFINE_SIMPLE_ATTRIBUTE(fops, get, set, fmt) \
	QUIRE_SIMPLE_ATTRIBUTE(fops, get, set, fmt, simple_attr_write)
#define DEFINE_SIMPLE_ATTRIBUTE_SIGNED(fops, get, set, fmt) \
	QUIRE_SIMPLE_ATTRIBUTE(fops, get, set, fmt, simple_attr_write_signed)

/* --- character devices ----------------------------------------------------------------------- */

struct cdev {
	struct module *owner;
	const struct file_operations *ops;
	struct list_head list;
	dev_t dev;
	unsigned int count;
	bool allocated;
	unsigned int users; /* of an allocated one: until cdev_del(), and each open file */
};
/** alloc_chrdev_region() - @count numbers of a free major; register_chrdev_region() - those from
 * @from on. 0, -EBUSY, -EINVAL, -ENOMEM. */
int alloc_chrdev_region(dev_t *dev, unsigned int baseminor, unsigned int count, const char *name);
int register_chrdev_region(dev_t from, unsigned int count, const char *name);
void unregister_chrdev_region(dev_t from, unsigned int count);
void cdev_init(struct cdev *cdev, const struct file_operations *fops);
struct cdev *cdev_alloc(void);
/** cdev_add() - @count numbers from @dev on are its; can be opened from now on. 0, -EBUSY. */
int cdev_add(struct cdev *cdev, dev_t dev, unsigned int count);
void cdev_del(struct cdev *cdev);
/** register_chrdev() - 256 minors of @major (0: a free one). Return: 0, or the major; errno. */
int register_chrdev(unsigned int major, const char *name, const struct file_operations *fops);
void unregister_chrdev(unsigned int major, const char *name);

#define MISC_MAJOR	   10
#define MISC_DYNAMIC_MINOR 255
struct device;
struct attribute_group;
struct miscdevice {
	int minor;
	const char *name;
	const struct file_operations *fops;
	struct list_head list;
	struct device *parent, *this_device;
	const struct attribute_group **groups;
	const char *nodename;
	umode_t mode;
};
/** misc_register() - "/dev/NAME" is there, and ->this_device of that name, whose drvdata is @misc
 * and whose files are those of ->groups; a dynamic minor is chosen. 0; -EBUSY: in use; -ENOMEM.
 * ->open() finds @misc in file->private_data. misc_deregister(): the device goes. */
int misc_register(struct miscdevice *misc);
void misc_deregister(struct miscdevice *misc);
#define module_misc_device(misc)                    \
	static int __init misc##_module_init(void)  \
	{                                           \
		return misc_register(&(misc));      \
	}                                           \
	module_init(misc##_module_init);            \
	static void __exit misc##_module_exit(void) \
	{                                           \
		misc_deregister(&(misc));           \
	}                                           \
	module_exit(misc##_module_exit)

/* --- using them ------------------------------------------------------------------------------ */

/** filp_open() - a misc device's "/dev/NAME", a file of debugfs ("/sys/kernel/debug/..."); @flags:
 * O_RDONLY, O_RDWR, ... Return: a file with one reference; ERR_PTR(): -ENOENT, -ENXIO, what
 * ->open() said. quire_chrdev_open() - by number. */
struct file *filp_open(const char *name, int flags, umode_t mode);
struct file *quire_chrdev_open(dev_t dev, int flags);
/** filp_close() - the opener's reference is given back, ->flush() called before. 0 or its errno. */
int filp_close(struct file *file, fl_owner_t id);
/** vfs_read(), vfs_write() - -EBADF: not open for that; -EINVAL: no such operation. vfs_ioctl():
 * -ENOTTY. vfs_llseek(): -ESPIPE. */
ssize_t vfs_read(struct file *file, char __user *buf, size_t count, loff_t *pos);
ssize_t vfs_write(struct file *file, const char __user *buf, size_t count, loff_t *pos);
long vfs_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
loff_t vfs_llseek(struct file *file, loff_t offset, int whence);
/** kernel_read(), kernel_write() - to and from memory of the kernel's (vfs_read() says -EFAULT of
 * what kmalloc() gave). @pos NULL: the file has no positions. Files of drivers, with ->read() and
 * ->write(), will do, which Linux refuses: there ->read_iter() is asked for. Return: bytes; 0: the
 * end; -EINVAL: no such operation, not open for reading; -EBADF: not for writing; -ENOMEM. */
ssize_t kernel_read(struct file *file, void *buf, size_t count, loff_t *pos);
ssize_t kernel_write(struct file *file, const void *buf, size_t count, loff_t *pos);

#endif /* COMPAT_SURFACE_FS_H */
