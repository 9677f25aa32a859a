// SPDX-License-Identifier: MIT
/*
 * mapdev.c - a character device whose memory is mapped, and its suite: what a driver with an
 * ->mmap() and its test look like. -D plants a bug:
 *
 *	MAPDEV_BUG_LEAK		->release() keeps the buffer
 *	MAPDEV_BUG_REFERENCE	->fault() forgets the reference it gives away
 *	MAPDEV_BUG_RANGE	->mmap() does not look at the size
 */
#include <kunit/test.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#define BUFFER_PAGES 4

/* --- the driver ------------------------------------------------------------------------------ */

struct mapdev {
	char *buffer; /* vmalloc_user() */
	struct mutex lock;
	int mapped;
};

static void mapdev_vma_open(struct vm_area_struct *vma)
{
	struct mapdev *dev = vma->vm_private_data;

	mutex_lock(&dev->lock);
	dev->mapped++;
	mutex_unlock(&dev->lock);
}

static void mapdev_vma_close(struct vm_area_struct *vma)
{
	struct mapdev *dev = vma->vm_private_data;

	mutex_lock(&dev->lock);
	dev->mapped--;
	mutex_unlock(&dev->lock);
}

static vm_fault_t mapdev_fault(struct vm_fault *vmf)
{
	struct mapdev *dev = vmf->vma->vm_private_data;
	struct page *page;

	if (vmf->pgoff >= BUFFER_PAGES)
		return VM_FAULT_SIGBUS;
	page = vmalloc_to_page(dev->buffer + (vmf->pgoff << PAGE_SHIFT));
#ifndef MAPDEV_BUG_REFERENCE
	get_page(page);
#endif
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct mapdev_vm_ops = {
	.open = mapdev_vma_open,
	.close = mapdev_vma_close,
	.fault = mapdev_fault,
};

static int mapdev_mmap(struct file *file, struct vm_area_struct *vma)
{
#ifndef MAPDEV_BUG_RANGE
	if (vma->vm_pgoff + vma_pages(vma) > BUFFER_PAGES)
		return -EINVAL;
#endif
	vma->vm_ops = &mapdev_vm_ops;
	vma->vm_private_data = file->private_data;
	vma->vm_flags |= VM_DONTEXPAND | VM_DONTDUMP;
	mapdev_vma_open(vma);
	return 0;
}

static int mapdev_open(struct inode *inode, struct file *file)
{
	struct mapdev *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (!dev)
		return -ENOMEM;
	dev->buffer = vmalloc_user(BUFFER_PAGES * PAGE_SIZE);
	if (!dev->buffer) {
		kfree(dev);
		return -ENOMEM;
	}
	mutex_init(&dev->lock);
	file->private_data = dev;
	return nonseekable_open(inode, file);
}

static int mapdev_release(struct inode *inode, struct file *file)
{
	struct mapdev *dev = file->private_data;

#ifndef MAPDEV_BUG_LEAK
	vfree(dev->buffer);
#endif
	kfree(dev);
	return 0;
}

static ssize_t mapdev_read(struct file *file, char __user *buf, size_t n, loff_t *pos)
{
	struct mapdev *dev = file->private_data;

	return simple_read_from_buffer(buf, n, pos, dev->buffer, BUFFER_PAGES * PAGE_SIZE);
}

static const struct file_operations mapdev_fops = {
	.owner = THIS_MODULE,
	.open = mapdev_open,
	.release = mapdev_release,
	.read = mapdev_read,
	.mmap = mapdev_mmap,
	.llseek = no_llseek,
};

static struct miscdevice mapdev_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mapdev",
	.fops = &mapdev_fops,
};

/* --- its suite ------------------------------------------------------------------------------- */

static int mapdev_init(struct kunit *test)
{
	int err = kunit_attach_mm();

	mapdev_misc.minor = MISC_DYNAMIC_MINOR;
	if (!err)
		err = misc_register(&mapdev_misc);
	if (!err)
		test->priv = &mapdev_misc;
	return err;
}

static void mapdev_exit(struct kunit *test)
{
	if (test->priv)
		misc_deregister(test->priv);
}

static void close_file(void *file)
{
	filp_close(file, NULL);
}

/* An open file that is closed when the case ends. */
static struct file *open_mapdev(struct kunit *test)
{
	struct file *file = filp_open("/dev/mapdev", O_RDWR, 0);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, close_file, file), 0);
	return file;
}

static char *map(struct kunit *test, struct file *file, unsigned long pages, unsigned long first)
{
	unsigned long at = kunit_vm_mmap(test, file, 0, pages * PAGE_SIZE, PROT_READ | PROT_WRITE,
					 MAP_SHARED, first * PAGE_SIZE);

	return (char *)at;
}

static void the_buffer_is_shared(struct kunit *test)
{
	struct file *file = open_mapdev(test);
	char *user = map(test, file, BUFFER_PAGES, 0), *second = map(test, file, 1, 2);
	struct mapdev *dev = file->private_data;
	char text[8] = "";
	loff_t pos = 2 * PAGE_SIZE;

	KUNIT_ASSERT_NOT_NULL(test, user);
	KUNIT_ASSERT_NOT_NULL(test, second);
	KUNIT_EXPECT_EQ(test, dev->mapped, 2);
	strcpy(user + 2 * PAGE_SIZE, "written");
	KUNIT_EXPECT_STREQ(test, second, "written");
	KUNIT_EXPECT_STREQ(test, dev->buffer + 2 * PAGE_SIZE, "written");
	KUNIT_EXPECT_EQ(test, vfs_read(file, text, sizeof(text), &pos), (ssize_t)sizeof(text));
	KUNIT_EXPECT_STREQ(test, text, "written");
	KUNIT_EXPECT_EQ(test, vm_munmap((unsigned long)second, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, dev->mapped, 1);
	KUNIT_EXPECT_EQ(test, vm_munmap((unsigned long)user + PAGE_SIZE, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, dev->mapped, 2);
}

static void no_more_than_there_is(struct kunit *test)
{
	struct file *file = open_mapdev(test);

	KUNIT_EXPECT_NULL(test, map(test, file, BUFFER_PAGES + 1, 0));
	KUNIT_EXPECT_NULL(test, map(test, file, BUFFER_PAGES, 1));
	KUNIT_EXPECT_NOT_NULL(test, map(test, file, 1, BUFFER_PAGES - 1));
}

/* The mapping keeps what it shows, whoever else lets go. */
static void a_mapping_outlives_its_file(struct kunit *test)
{
	struct file *file = filp_open("/dev/mapdev", O_RDWR, 0);
	char *user;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	user = map(test, file, 1, 0);
	filp_close(file, NULL);
	KUNIT_ASSERT_NOT_NULL(test, user);
	user[9] = 1;
	KUNIT_EXPECT_EQ(test, user[9], 1);
}

static struct kunit_case mapdev_cases[] = { KUNIT_CASE(the_buffer_is_shared),
					    KUNIT_CASE(no_more_than_there_is),
					    KUNIT_CASE(a_mapping_outlives_its_file),
					    {} };
static struct kunit_suite mapdev_suite = {
	.name = "mapdev",
	.init = mapdev_init,
	.exit = mapdev_exit,
	.test_cases = mapdev_cases,
};
kunit_test_suite(mapdev_suite);
