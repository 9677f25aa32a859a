// SPDX-License-Identifier: MIT
/*
 * ringdev.c - devices that are ring buffers: what is written comes out when read.
 *
 * Written as a kernel module is: kmalloc, a kmem_cache, lists, a mutex, ERR_PTR.
 * Four bugs can be planted with -D, to be found with `quire test`:
 *
 *	RINGDEV_BUG_UNCHECKED	    the result of an allocation is not looked at
 *	RINGDEV_BUG_LEAK	    an error path forgets to free
 *	RINGDEV_BUG_OVERRUN	    the last byte is written one too far
 *	RINGDEV_BUG_USE_AFTER_FREE  a resize keeps the old buffer in use
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ringdev.h"

struct ring {
	char *bytes;
	size_t size, first, used;
};

struct ringdev {
	struct list_head node;
	unsigned int minor;
	unsigned int users;
	struct mutex lock; /* of the ring */
	struct ring ring;
};

struct ringdev_file {
	struct ringdev *dev;
	size_t bytes_read, bytes_written;
};

static LIST_HEAD(devices);
static DEFINE_MUTEX(devices_lock); /* of the list and of users */
static struct kmem_cache *files;

/* --- the ring ------------------------------------------------------------- */

static int ring_init(struct ring *ring, size_t size)
{
	memset(ring, 0, sizeof(*ring));
	ring->bytes = kmalloc(size, GFP_KERNEL);
#ifndef RINGDEV_BUG_UNCHECKED
	if (!ring->bytes)
		return -ENOMEM;
#endif
	ring->bytes[0] = 0;
	ring->size = size;
	return 0;
}

static void ring_put(struct ring *ring, char c)
{
	size_t at = ring->first + ring->used++;

#ifdef RINGDEV_BUG_OVERRUN
	if (at > ring->size)
		at -= ring->size;
#else
	if (at >= ring->size)
		at -= ring->size;
#endif
	ring->bytes[at] = c;
}

static char ring_get(struct ring *ring)
{
	char c = ring->bytes[ring->first];

	ring->used--;
	if (++ring->first == ring->size)
		ring->first = 0;
	return c;
}

static int ring_resize(struct ring *ring, size_t size)
{
	struct ring new;

	if (size < ring->used)
		return -EBUSY;
	if (ring_init(&new, size))
		return -ENOMEM;
	while (ring->used)
		ring_put(&new, ring_get(ring));
	kfree(ring->bytes);
#ifdef RINGDEV_BUG_USE_AFTER_FREE
	new.bytes = ring->bytes;
#endif
	*ring = new;
	return 0;
}

/* --- devices -------------------------------------------------------------- */

static struct ringdev *find(unsigned int minor)
{
	struct ringdev *dev;

	list_for_each_entry (dev, &devices, node)
		if (dev->minor == minor)
			return dev;
	return NULL;
}

int ringdev_add(unsigned int minor, size_t bytes)
{
	struct ringdev *dev;
	int ret = -EEXIST;

	if (!bytes)
		return -EINVAL;
	mutex_lock(&devices_lock);
	if (find(minor))
		goto unlock;
	ret = -ENOMEM;
	dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		goto unlock;
	dev->minor = minor;
	mutex_init(&dev->lock);
	ret = ring_init(&dev->ring, bytes);
	if (ret) {
#ifndef RINGDEV_BUG_LEAK
		kfree(dev);
#endif
		goto unlock;
	}
	list_add_tail(&dev->node, &devices);
unlock:
	mutex_unlock(&devices_lock);
	return ret;
}

int ringdev_remove(unsigned int minor)
{
	struct ringdev *dev;
	int ret = -ENODEV;

	mutex_lock(&devices_lock);
	dev = find(minor);
	if (!dev)
		goto unlock;
	ret = -EBUSY;
	if (dev->users)
		goto unlock;
	list_del(&dev->node);
	kfree(dev->ring.bytes);
	kfree(dev);
	ret = 0;
unlock:
	mutex_unlock(&devices_lock);
	return ret;
}

/* --- files ---------------------------------------------------------------- */

struct ringdev_file *ringdev_open(unsigned int minor)
{
	struct ringdev_file *file;
	struct ringdev *dev;

	file = kmem_cache_zalloc(files, GFP_KERNEL);
	if (!file)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&devices_lock);
	dev = find(minor);
	if (dev)
		dev->users++;
	mutex_unlock(&devices_lock);
	if (!dev) {
		kmem_cache_free(files, file);
		return ERR_PTR(-ENODEV);
	}
	file->dev = dev;
	return file;
}

void ringdev_release(struct ringdev_file *file)
{
	mutex_lock(&devices_lock);
	file->dev->users--;
	mutex_unlock(&devices_lock);
	kmem_cache_free(files, file);
}

ssize_t ringdev_read(struct ringdev_file *file, char *to, size_t bytes)
{
	struct ring *ring = &file->dev->ring;
	size_t n = 0;

	mutex_lock(&file->dev->lock);
	while (n < bytes && ring->used)
		to[n++] = ring_get(ring);
	file->bytes_read += n;
	mutex_unlock(&file->dev->lock);
	return n || !bytes ? (ssize_t)n : -EAGAIN;
}

ssize_t ringdev_write(struct ringdev_file *file, const char *from, size_t bytes)
{
	struct ring *ring = &file->dev->ring;
	size_t n = 0;

	mutex_lock(&file->dev->lock);
	while (n < bytes && ring->used < ring->size)
		ring_put(ring, from[n++]);
	file->bytes_written += n;
	mutex_unlock(&file->dev->lock);
	return n || !bytes ? (ssize_t)n : -EAGAIN;
}

long ringdev_ioctl(struct ringdev_file *file, enum ringdev_command command, unsigned long arg)
{
	struct ring *ring = &file->dev->ring;
	long ret = -ENOTTY;

	mutex_lock(&file->dev->lock);
	switch (command) {
	case RINGDEV_RESIZE:
		ret = arg ? ring_resize(ring, arg) : -EINVAL;
		break;
	case RINGDEV_CLEAR:
		ring->first = 0;
		ring->used = 0;
		ret = 0;
		break;
	case RINGDEV_UNREAD:
		ret = (long)ring->used;
		break;
	}
	mutex_unlock(&file->dev->lock);
	return ret;
}

/* --- the module ------------------------------------------------------------- */

int ringdev_start(void)
{
	files = KMEM_CACHE(ringdev_file, 0);
	return files ? 0 : -ENOMEM;
}

void ringdev_stop(void)
{
	struct ringdev *dev, *next;

	list_for_each_entry_safe (dev, next, &devices, node)
		WARN_ON(ringdev_remove(dev->minor));
	kmem_cache_destroy(files);
	files = NULL;
}

MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("devices that are ring buffers");
