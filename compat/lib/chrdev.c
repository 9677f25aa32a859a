/* SPDX-License-Identifier: MIT */
/*
 * chrdev.c - character devices: who is registered, files that are open; see surface/fs.h.
 *
 * 1. One table says which numbers belong to whom, another which driver serves them, as in Linux.
 *    Both are lists of the host's memory: a driver's leak is its own.
 * 2. The files that are open are on a list, so that a device's next one finds their inode.
 * 3. The lock is of the lists alone; a driver's functions are called without it.
 * 4. The device of a misc device is a driver's memory: one that is never deregistered leaks.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "file_internal.h"
#include "task_internal.h"

#define FIRST_MAJOR   234u /* dynamic majors go down from here */
#define LAST_MAJOR    512u /* FIRST_KEY */
#define DYNAMIC_MINOR 63   /* those of misc devices, too */

/* Numbers that are taken: [@first, @first + @count). */
struct region {
	struct list_head node;
	dev_t first;
	unsigned int count;
};

/* A file that is open. */
struct open_file {
	struct list_head node;
	struct file *file;
	struct cdev *cdev; /* an allocated one, held; NULL */
	dev_t key;
	const struct file_operations *revoked; /* what file->f_op was; NULL: is not revoked */
};

pthread_mutex_t quire_chrdev_lock = PTHREAD_MUTEX_INITIALIZER; /* fork.c */
static LIST_HEAD(regions);
static LIST_HEAD(cdevs);
static LIST_HEAD(miscs);
static LIST_HEAD(open_files);

/* --- numbers -------------------------------------------------------------------------------- */

static bool overlap(dev_t first, unsigned int count, dev_t other, unsigned int other_count)
{
	return first < other + other_count && other < first + count;
}

/* Context: the lock. */
static int take_region(dev_t first, unsigned int count)
{
	struct region *r;

	list_for_each_entry (r, &regions, node)
		if (overlap(first, count, r->first, r->count))
			return -EBUSY;
	r = malloc(sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->first = first;
	r->count = count;
	list_add(&r->node, &regions);
	return 0;
}

int register_chrdev_region(dev_t from, unsigned int count, const char *name)
{
	int err;

	(void)name;
	if (!count || MAJOR(from) >= LAST_MAJOR || count > MINORMASK + 1 - MINOR(from))
		return -EINVAL;
	pthread_mutex_lock(&quire_chrdev_lock);
	err = take_region(from, count);
	pthread_mutex_unlock(&quire_chrdev_lock);
	return err;
}

int alloc_chrdev_region(dev_t *dev, unsigned int baseminor, unsigned int count, const char *name)
{
	unsigned int major;
	int err = -EBUSY;

	(void)name;
	pthread_mutex_lock(&quire_chrdev_lock);
	for (major = FIRST_MAJOR; major && err == -EBUSY; major--) {
		*dev = MKDEV(major, baseminor);
		/* A major that nobody has any part of. */
		err = take_region(MKDEV(major, 0), MINORMASK + 1);
	}
	if (!err) {
		struct region *r = list_first_entry(&regions, struct region, node);

		r->first = *dev;
		r->count = count;
	}
	pthread_mutex_unlock(&quire_chrdev_lock);
	return err;
}

void unregister_chrdev_region(dev_t from, unsigned int count)
{
	struct region *r, *next;

	pthread_mutex_lock(&quire_chrdev_lock);
	list_for_each_entry_safe (r, next, &regions, node) {
		if (r->first != from || r->count != count)
			continue;
		list_del(&r->node);
		free(r);
	}
	pthread_mutex_unlock(&quire_chrdev_lock);
}

/* --- drivers -------------------------------------------------------------------------------- */

void cdev_init(struct cdev *cdev, const struct file_operations *fops)
{
	memset(cdev, 0, sizeof(*cdev));
	INIT_LIST_HEAD(&cdev->list);
	cdev->ops = fops;
}

struct cdev *cdev_alloc(void)
{
	struct cdev *cdev = kzalloc(sizeof(*cdev), GFP_KERNEL);

	if (cdev) {
		INIT_LIST_HEAD(&cdev->list);
		cdev->allocated = true;
		cdev->users = 1;
	}
	return cdev;
}

int cdev_add(struct cdev *cdev, dev_t dev, unsigned int count)
{
	struct cdev *other;
	int err = 0;

	pthread_mutex_lock(&quire_chrdev_lock);
	list_for_each_entry (other, &cdevs, list)
		if (overlap(dev, count, other->dev, other->count))
			err = -EBUSY;
	if (!err) {
		cdev->dev = dev;
		cdev->count = count;
		list_add(&cdev->list, &cdevs);
	}
	pthread_mutex_unlock(&quire_chrdev_lock);
	return err;
}

/* One that a driver brought is the driver's to keep. */
static bool counted(const struct cdev *cdev)
{
	return cdev && cdev->allocated;
}

static void put_cdev(struct cdev *cdev)
{
	bool last;

	if (!counted(cdev))
		return;
	pthread_mutex_lock(&quire_chrdev_lock);
	last = !--cdev->users;
	pthread_mutex_unlock(&quire_chrdev_lock);
	if (last)
		kfree(cdev);
}

void cdev_del(struct cdev *cdev)
{
	pthread_mutex_lock(&quire_chrdev_lock);
	list_del_init(&cdev->list);
	pthread_mutex_unlock(&quire_chrdev_lock);
	put_cdev(cdev);
}

int register_chrdev(unsigned int major, const char *name, const struct file_operations *fops)
{
	struct cdev *cdev = cdev_alloc();
	dev_t dev = MKDEV(major, 0);
	int err = -ENOMEM;

	if (!cdev)
		return err;
	cdev->ops = fops;
	err = major ? register_chrdev_region(dev, 256, name)
		    : alloc_chrdev_region(&dev, 0, 256, name);
	if (!err) {
		err = cdev_add(cdev, dev, 256);
		if (err)
			unregister_chrdev_region(dev, 256);
	}
	if (err) {
		kfree(cdev);
		return err;
	}
	return major ? 0 : (int)MAJOR(dev);
}

/* Context: the lock. */
static struct cdev *find_cdev(dev_t dev)
{
	struct cdev *cdev;

	list_for_each_entry (cdev, &cdevs, list)
		if (dev >= cdev->dev && dev < cdev->dev + cdev->count)
			return cdev;
	return NULL;
}

void unregister_chrdev(unsigned int major, const char *name)
{
	struct cdev *cdev;

	(void)name;
	pthread_mutex_lock(&quire_chrdev_lock);
	cdev = find_cdev(MKDEV(major, 0));
	pthread_mutex_unlock(&quire_chrdev_lock);
	if (cdev)
		cdev_del(cdev);
	unregister_chrdev_region(MKDEV(major, 0), 256);
}

/* Context: the lock. */
static struct miscdevice *find_misc(int minor)
{
	struct miscdevice *misc;

	list_for_each_entry (misc, &miscs, list)
		if (misc->minor == minor)
			return misc;
	return NULL;
}

/* Context: the lock. */
static int add_misc(struct miscdevice *misc)
{
	int minor = misc->minor;

	INIT_LIST_HEAD(&misc->list);
	if (minor == MISC_DYNAMIC_MINOR)
		for (minor = DYNAMIC_MINOR; minor >= 0 && find_misc(minor);)
			minor--;
	if (minor < 0 || find_misc(minor))
		return -EBUSY;
	misc->minor = minor;
	list_add(&misc->list, &miscs);
	return 0;
}

static void misc_release(struct device *dev)
{
	kfree(dev);
}

static int add_groups(struct device *dev, const struct attribute_group **groups)
{
	struct attribute **attr;
	int err = 0;

	for (; groups && *groups && !err; groups++)
		for (attr = (*groups)->attrs; attr && *attr && !err; attr++)
			err = device_create_file(
				dev, container_of(*attr, struct device_attribute, attr));
	return err;
}

/* The bus stands for the class "misc", which is what messages begin with. */
static int make_misc_device(struct miscdevice *misc)
{
	static const struct bus_type bus = { .name = "misc" };
	struct device *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	int err;

	if (!dev)
		return -ENOMEM;
	device_initialize(dev);
	dev->parent = misc->parent;
	dev->bus = &bus;
	dev->release = misc_release;
	dev_set_drvdata(dev, misc);
	err = dev_set_name(dev, "%s", misc->name);
	err = err ? err : device_add(dev);
	if (err) {
		put_device(dev);
		return err;
	}
	err = add_groups(dev, misc->groups);
	if (err)
		device_unregister(dev);
	else
		misc->this_device = dev;
	return err;
}

static void drop_misc(struct miscdevice *misc)
{
	pthread_mutex_lock(&quire_chrdev_lock);
	list_del_init(&misc->list);
	pthread_mutex_unlock(&quire_chrdev_lock);
}

int misc_register(struct miscdevice *misc)
{
	const int minor = misc->minor;
	int err;

	pthread_mutex_lock(&quire_chrdev_lock);
	err = add_misc(misc);
	pthread_mutex_unlock(&quire_chrdev_lock);
	if (err)
		return err;
	err = make_misc_device(misc);
	if (err) {
		drop_misc(misc);
		misc->minor = minor;
	}
	return err;
}

void misc_deregister(struct miscdevice *misc)
{
	if (WARN_ON(list_empty(&misc->list)))
		return;
	drop_misc(misc);
	device_unregister(misc->this_device);
	misc->this_device = NULL;
}

/* --- files that are open ---------------------------------------------------------------------- */

static int file_mmap(struct file *file, struct vm_area_struct *vma)
{
	return file->f_op->mmap ? file->f_op->mmap(file, vma) : -ENODEV;
}

/* Return: its entry, to be freed. */
static struct open_file *forget_file(const struct file *file)
{
	struct open_file *open, *found = NULL;

	pthread_mutex_lock(&quire_chrdev_lock);
	list_for_each_entry (open, &open_files, node)
		if (open->file == file)
			found = open;
	if (found)
		list_del(&found->node);
	pthread_mutex_unlock(&quire_chrdev_lock);
	return found;
}

static void file_release(struct file *file)
{
	struct open_file *open = forget_file(file);
	const struct file_operations *fops = open && open->revoked ? open->revoked : file->f_op;

	if (fops && fops->release)
		fops->release(file->f_inode, file);
	if (open)
		put_cdev(open->cdev);
	free(open);
}

static const struct quire_file_ops file_ops = { .mmap = file_mmap, .release = file_release };
static const struct quire_file_ops file_ops_unmapped = { .release = file_release };

static unsigned int mode_of(int flags)
{
	unsigned int mode = FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;

	if ((flags & O_ACCMODE) != O_WRONLY)
		mode |= FMODE_READ;
	if ((flags & O_ACCMODE) != O_RDONLY)
		mode |= FMODE_WRITE;
	return mode;
}

/* An open file of the same device with a reference, or NULL. */
static struct file *get_sibling(dev_t key)
{
	struct open_file *open;
	struct file *file = NULL;

	pthread_mutex_lock(&quire_chrdev_lock);
	list_for_each_entry (open, &open_files, node)
		if (open->key == key && atomic_long_inc_not_zero(&open->file->f_count)) {
			file = open->file;
			break;
		}
	pthread_mutex_unlock(&quire_chrdev_lock);
	return file;
}

/* A file that is not yet opened by its driver; NULL. */
static struct file *new_file(const struct opening *o)
{
	struct open_file *open = calloc(1, sizeof(*open));
	struct file *sibling = get_sibling(o->key), *file = NULL;

	if (open && sibling)
		file = quire_file_reopen(sibling, mode_of(o->flags));
	else if (open)
		file = quire_device_create(o->path, NULL);
	if (sibling)
		fput(sibling);
	if (!file) {
		free(open);
		return NULL;
	}
	file->ops = o->fops->mmap ? &file_ops : &file_ops_unmapped;
	file->f_mode = mode_of(o->flags);
	file->f_flags =
		(unsigned int)o->flags & ~(unsigned int)(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	file->f_inode->i_rdev = o->key < FIRST_KEY ? o->key : 0;
	file->f_inode->i_cdev = o->cdev;
	if (o->inode_private)
		file->f_inode->i_private = o->inode_private;
	open->file = file;
	open->cdev = counted(o->cdev) ? o->cdev : NULL;
	open->key = o->key;
	pthread_mutex_lock(&quire_chrdev_lock);
	list_add(&open->node, &open_files);
	pthread_mutex_unlock(&quire_chrdev_lock);
	return file;
}

struct file *quire_file_open(const struct opening *o)
{
	const bool able = current && quire_this_cpu;
	struct file *file = able ? new_file(o) : NULL;
	int err = 0;

	if (!file) {
		put_cdev(o->cdev);
		return ERR_PTR(able ? -ENOMEM : -ENXIO);
	}
	file->private_data = o->private;
	file->f_op = o->fops;
	if (o->fops->open)
		err = o->fops->open(file->f_inode, file);
	if (!err)
		return file;
	file->f_op = NULL; /* ->release() is for what is open */
	fput(file);
	return ERR_PTR(err);
}

struct file *quire_chrdev_open(dev_t dev, int flags)
{
	char path[40];
	struct opening o = { .path = path, .key = dev, .flags = flags };
	struct miscdevice *misc = NULL;

	pthread_mutex_lock(&quire_chrdev_lock);
	if (MAJOR(dev) == MISC_MAJOR)
		misc = find_misc((int)MINOR(dev));
	else
		o.cdev = find_cdev(dev);
	if (counted(o.cdev))
		o.cdev->users++;
	pthread_mutex_unlock(&quire_chrdev_lock);
	if (!misc && !o.cdev)
		return ERR_PTR(-ENXIO);
	scnprintf(path, sizeof(path), "/dev/char/%u:%u", MAJOR(dev), MINOR(dev));
	o.fops = misc ? misc->fops : o.cdev->ops;
	o.private = misc;
	return quire_file_open(&o);
}

static struct file *open_misc(const char *path, const char *name, int flags)
{
	struct opening o = { .path = path, .flags = flags };
	struct miscdevice *misc, *found = NULL;

	pthread_mutex_lock(&quire_chrdev_lock);
	list_for_each_entry (misc, &miscs, list)
		if (!strcmp(misc->nodename ? misc->nodename : misc->name, name))
			found = misc;
	pthread_mutex_unlock(&quire_chrdev_lock);
	if (!found)
		return ERR_PTR(-ENOENT);
	o.key = MKDEV(MISC_MAJOR, found->minor);
	o.fops = found->fops;
	o.private = found;
	return quire_file_open(&o);
}

struct file *filp_open(const char *name, int flags, umode_t mode)
{
	static const char debugfs[] = "/sys/kernel/debug/";

	(void)mode;
	if (strncmp(name, "/dev/", 5) == 0)
		return open_misc(name, name + 5, flags);
	if (quire_debugfs_open && strncmp(name, debugfs, sizeof(debugfs) - 1) == 0)
		return quire_debugfs_open(name, name + sizeof(debugfs) - 1, flags);
	return ERR_PTR(-ENOENT);
}

int filp_close(struct file *file, fl_owner_t id)
{
	int err = file->f_op->flush ? file->f_op->flush(file, id) : 0;

	fput(file);
	return err;
}

/* --- files whose owner is gone ------------------------------------------------------------ */

static loff_t gone_llseek(struct file *file, loff_t offset, int whence)
{
	(void)file, (void)offset, (void)whence;
	return -EIO;
}

static ssize_t gone_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	(void)file, (void)buf, (void)count, (void)pos;
	return -EIO;
}

static ssize_t gone_write(struct file *file, const char __user *buf, size_t count, loff_t *pos)
{
	(void)file, (void)buf, (void)count, (void)pos;
	return -EIO;
}

static long gone_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	(void)file, (void)cmd, (void)arg;
	return -EIO;
}

static const struct file_operations gone = {
	.llseek = gone_llseek,
	.read = gone_read,
	.write = gone_write,
	.unlocked_ioctl = gone_ioctl,
};

void quire_file_revoke(dev_t key)
{
	struct open_file *open;

	pthread_mutex_lock(&quire_chrdev_lock);
	list_for_each_entry (open, &open_files, node) {
		if (open->key != key || open->revoked || !open->file->f_op)
			continue;
		open->revoked = open->file->f_op;
		WRITE_ONCE(open->file->f_op, &gone);
	}
	pthread_mutex_unlock(&quire_chrdev_lock);
}

/* A child after fork() has another machine: what was open in the parent's is not here. */
void quire_chrdev_renew(void)
{
	struct open_file *open, *next;

	list_for_each_entry_safe (open, next, &open_files, node)
		free(open);
	INIT_LIST_HEAD(&open_files);
	if (quire_debugfs_renew)
		quire_debugfs_renew();
}
