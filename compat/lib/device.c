/* SPDX-License-Identifier: MIT */
/*
 * device.c - names, references and files of devices; the contract stands in surface/device.h.
 *
 * An attribute is a record of the device's list. It is read without a lock: whoever takes a file
 * away sees to it that nobody reads it.
 */
#include <linux/device.h>
#include <linux/module.h>

struct file_of_device {
	struct list_head link;
	const struct device_attribute *attr;
};

struct root_device {
	struct device dev;
};

/* --- names and messages ------------------------------------------------------------------ */

int dev_set_name(struct device *dev, const char *fmt, ...)
{
	va_list args;
	char *name;

	va_start(args, fmt);
	name = kvasprintf(GFP_KERNEL, fmt, args);
	va_end(args);
	if (!name)
		return -ENOMEM;
	kfree(dev->kobj.name);
	dev->kobj.name = name;
	return 0;
}

static void print(const char *level, const struct device *dev, struct va_format *text)
{
	const char *driver = "";

	if (!dev) {
		printk("%s(NULL device *): %pV", level, text);
		return;
	}
	if (dev->driver)
		driver = dev->driver->name;
	else if (dev->bus)
		driver = dev->bus->name;
	printk("%s%s %s: %pV", level, driver, dev_name(dev), text);
}

void quire_dev_printk(const char *level, const struct device *dev, const char *fmt, ...)
{
	struct va_format text = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	text.va = &args;
	print(level, dev, &text);
	va_end(args);
}

int dev_err_probe(const struct device *dev, int err, const char *fmt, ...)
{
	struct va_format text = { .fmt = fmt };
	va_list args;

	if (err == -EPROBE_DEFER)
		return err;
	va_start(args, fmt);
	text.va = &args;
	dev_err(dev, "error %pe: %pV", ERR_PTR(err), &text);
	va_end(args);
	return err;
}

/* --- life -------------------------------------------------------------------------------- */

void device_initialize(struct device *dev)
{
	kref_init(&dev->kobj.kref);
	INIT_LIST_HEAD(&dev->kobj.entry);
	INIT_LIST_HEAD(&dev->dma_pools);
	INIT_LIST_HEAD(&dev->devres_head);
	INIT_LIST_HEAD(&dev->quire_attrs);
	spin_lock_init(&dev->devres_lock);
	dev->numa_node = NUMA_NO_NODE;
	dev->quire_initialized = true;
}

int device_add(struct device *dev)
{
	int err;

	if (!dev)
		return -EINVAL;
	if (dev->init_name) {
		err = dev_set_name(dev, "%s", dev->init_name);
		if (err)
			return err;
		dev->init_name = NULL;
	}
	if (!dev->kobj.name)
		return -EINVAL;
	get_device(dev);
	if (get_device(dev->parent) && dev->numa_node == NUMA_NO_NODE)
		dev->numa_node = dev->parent->numa_node;
	dev->quire_added = true;
	return 0;
}

int device_register(struct device *dev)
{
	device_initialize(dev);
	return device_add(dev);
}

static void drop_files(struct device *dev)
{
	struct file_of_device *file, *next;

	list_for_each_entry_safe (file, next, &dev->quire_attrs, link) {
		list_del(&file->link);
		kfree(file);
	}
}

void device_del(struct device *dev)
{
	struct device *parent = dev->parent;

	if (WARN_ON(!dev->quire_added))
		return;
	dev->quire_added = false;
	drop_files(dev);
	devres_release_all(dev);
	put_device(dev);
	put_device(parent);
}

void device_unregister(struct device *dev)
{
	device_del(dev);
	put_device(dev);
}

struct device *get_device(struct device *dev)
{
	if (dev)
		kref_get(&dev->kobj.kref);
	return dev;
}

static void last_reference(struct kref *kref)
{
	struct device *dev = container_of(kref, struct device, kobj.kref);
	const char *name = dev->kobj.name;

	drop_files(dev);
	devres_release_all(dev);
	dev->kobj.name = NULL;
	if (dev->release)
		dev->release(dev);
	else
		WARN(1, "Device '%s' does not have a release() function, it must have one\n",
		     name ? name : "");
	kfree(name);
}

void put_device(struct device *dev)
{
	if (dev)
		kref_put(&dev->kobj.kref, last_reference);
}

static void root_device_release(struct device *dev)
{
	kfree(container_of(dev, struct root_device, dev));
}

struct device *root_device_register(const char *name)
{
	struct root_device *root = kzalloc(sizeof(*root), GFP_KERNEL);
	int err;

	if (!root)
		return ERR_PTR(-ENOMEM);
	device_initialize(&root->dev);
	root->dev.release = root_device_release;
	err = dev_set_name(&root->dev, "%s", name);
	if (!err)
		err = device_add(&root->dev);
	if (!err)
		return &root->dev;
	put_device(&root->dev);
	return ERR_PTR(err);
}

void root_device_unregister(struct device *dev)
{
	device_unregister(dev);
}

/* --- files ------------------------------------------------------------------------------- */

static struct file_of_device *find_file(struct device *dev, const char *name)
{
	struct file_of_device *file;

	list_for_each_entry (file, &dev->quire_attrs, link) {
		if (strcmp(file->attr->attr.name, name) == 0)
			return file;
	}
	return NULL;
}

int device_create_file(struct device *dev, const struct device_attribute *attr)
{
	struct file_of_device *file;

	if (find_file(dev, attr->attr.name))
		return -EEXIST;
	file = kmalloc(sizeof(*file), GFP_KERNEL);
	if (!file)
		return -ENOMEM;
	file->attr = attr;
	list_add_tail(&file->link, &dev->quire_attrs);
	return 0;
}

void device_remove_file(struct device *dev, const struct device_attribute *attr)
{
	struct file_of_device *file = find_file(dev, attr->attr.name);

	if (!file || file->attr != attr)
		return;
	list_del(&file->link);
	kfree(file);
}

ssize_t quire_device_show(struct device *dev, const char *name, char *buf)
{
	struct file_of_device *file = find_file(dev, name);
	struct device_attribute *attr;

	if (!file)
		return -ENOENT;
	attr = (struct device_attribute *)(uintptr_t)file->attr;
	return attr->show ? attr->show(dev, attr, buf) : -EIO;
}

int sysfs_emit(char *buf, const char *fmt, ...)
{
	va_list args;
	int len;

	if (WARN(!buf || offset_in_page(buf), "invalid sysfs_emit: buf:%p\n", buf))
		return 0;
	va_start(args, fmt);
	len = vscnprintf(buf, PAGE_SIZE, fmt, args);
	va_end(args);
	return len;
}

int sysfs_emit_at(char *buf, int at, const char *fmt, ...)
{
	va_list args;
	int len;

	if (WARN(!buf || offset_in_page(buf) || at < 0 || at >= (int)PAGE_SIZE,
		 "invalid sysfs_emit_at: buf:%p at:%d\n", buf, at))
		return 0;
	va_start(args, fmt);
	len = vscnprintf(buf + at, PAGE_SIZE - (unsigned int)at, fmt, args);
	va_end(args);
	return len;
}
