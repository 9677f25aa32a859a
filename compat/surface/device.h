/* SPDX-License-Identifier: MIT */
/*
 * surface/device.h - devices without hardware: names, life, what they own, messages about them.
 *
 *	device_initialize	one reference
 *	device_add		a name; the parent stays as long as the device
 *	device_del		what is owned (devres) goes, attributes go
 *	put_device		the last one: what is owned goes, release() is called
 *
 * 1. There is no bus, no driver core and no sysfs: nothing is probed, attributes are kept in a list
 *    and read by quire_device_show().
 * 2. What a device owns is released backwards. devm_kmalloc() is a resource without a function.
 * 3. A zero-filled static device may be named and registered.
 *
 * Left out: classes, devices by number, uevents, power management; DMA.
 * Sources: Linux 6.1 Documentation/driver-api/driver-model/{device,devres}.rst.
 */
#ifndef COMPAT_SURFACE_DEVICE_H
#define COMPAT_SURFACE_DEVICE_H

#include "pages.h"

#include <linux/klist.h>
#include <linux/slab.h>

struct device;
struct device_attribute;
struct device_dma_parameters;
struct dma_map_ops;

/** struct kobject - the name and the count of references of a device. */
struct kobject {
	const char *name; /* kstrdup()ed; NULL: none */
	struct list_head entry;
	struct kobject *parent;
	struct kref kref;
};

struct bus_type {
	const char *name;
};

struct device_driver {
	const char *name;
	const struct bus_type *bus;
	struct module *owner;
};

struct attribute {
	const char *name;
	umode_t mode;
};

struct attribute_group {
	const char *name;
	struct attribute **attrs;
};

/** struct device_attribute - a file of a device. @show: to @buf of PAGE_SIZE bytes; the length. */
struct device_attribute {
	struct attribute attr;
	ssize_t (*show)(struct device *dev, struct device_attribute *attr, char *buf);
	ssize_t (*store)(struct device *dev, struct device_attribute *attr, const char *buf,
			 size_t count);
};
#define __ATTR(name_, mode_, show_, store_)                                               \
	{                                                                                 \
		.attr = { .name = __stringify(name_), .mode = (mode_) }, .show = (show_), \
		.store = (store_)                                                         \
	}
#define __ATTR_RO(name) __ATTR(name, 0444, name##_show, NULL)
#define __ATTR_WO(name) __ATTR(name, 0200, NULL, name##_store)
#define __ATTR_RW(name) __ATTR(name, 0644, name##_show, name##_store)
#define DEVICE_ATTR(name, mode, show, store) \
	struct device_attribute dev_attr_##name = __ATTR(name, mode, show, store)
#define DEVICE_ATTR_RO(name) struct device_attribute dev_attr_##name = __ATTR_RO(name)
#define DEVICE_ATTR_WO(name) struct device_attribute dev_attr_##name = __ATTR_WO(name)
#define DEVICE_ATTR_RW(name) struct device_attribute dev_attr_##name = __ATTR_RW(name)

/**
 * struct device - a device.
 * @init_name: its name, for static ones; taken over by device_add()
 * @release: after the last reference; without one that is told
 * The members of DMA are the client's; nothing here looks at them.
 */
struct device {
	struct kobject kobj;
	struct device *parent;
	const char *init_name;
	void (*release)(struct device *dev);
	const struct bus_type *bus;
	struct device_driver *driver;
	void *platform_data;
	void *driver_data;
	int numa_node; /* NUMA_NO_NODE after device_initialize() */
	u64 *dma_mask;
	u64 coherent_dma_mask;
	u64 bus_dma_limit;
	struct device_dma_parameters *dma_parms;
	const struct dma_map_ops *dma_ops;
	struct list_head dma_pools;
	spinlock_t devres_lock;
	struct list_head devres_head; /* oldest first */
	struct list_head quire_attrs; /* of device_create_file() */
	bool quire_initialized, quire_added;
};

/** dev_set_name() - by a format. Return: 0, -ENOMEM. dev_name(): NULL: none yet. */
int dev_set_name(struct device *dev, const char *fmt, ...) __printf(2, 3);
static inline const char *dev_name(const struct device *dev)
{
	return dev->init_name ? dev->init_name : dev->kobj.name;
}

void device_initialize(struct device *dev);
/** device_add() - Return: 0; -EINVAL: no name; -ENOMEM. */
int device_add(struct device *dev);
/** device_register() - device_initialize() and device_add(); on failure put_device() follows. */
int device_register(struct device *dev);
void device_del(struct device *dev);
/** device_unregister() - device_del() and put_device(). */
void device_unregister(struct device *dev);
/** get_device(), put_device() - NULL is allowed. */
struct device *get_device(struct device *dev);
void put_device(struct device *dev);
/** root_device_register() - a device with no parent; an error as a pointer. */
struct device *root_device_register(const char *name);
void root_device_unregister(struct device *dev);
static inline int device_is_registered(const struct device *dev)
{
	return dev->quire_added;
}

static inline void *dev_get_drvdata(const struct device *dev)
{
	return dev->driver_data;
}

static inline void dev_set_drvdata(struct device *dev, void *data)
{
	dev->driver_data = data;
}

static inline void *dev_get_platdata(const struct device *dev)
{
	return dev->platform_data;
}

static inline int dev_to_node(const struct device *dev)
{
	return dev->numa_node;
}

static inline void set_dev_node(struct device *dev, int node)
{
	dev->numa_node = node;
}
#define kobj_to_dev(k) container_of(k, struct device, kobj)

/** device_create_file() - Return: 0; -EEXIST: it has a file of that name; -ENOMEM. */
int device_create_file(struct device *dev, const struct device_attribute *attr);
void device_remove_file(struct device *dev, const struct device_attribute *attr);
/** quire_device_show() - what reading file @name gives, to @buf of PAGE_SIZE; -ENOENT, -EIO. */
ssize_t quire_device_show(struct device *dev, const char *name, char *buf);
/** sysfs_emit() - sprintf() to @buf of PAGE_SIZE. sysfs_emit_at(): behind @at bytes. */
int sysfs_emit(char *buf, const char *fmt, ...) __printf(2, 3);
int sysfs_emit_at(char *buf, int at, const char *fmt, ...) __printf(3, 4);

/* --- what a device owns ------------------------------------------------------------------ */

typedef void (*dr_release_t)(struct device *dev, void *res);
typedef int (*dr_match_t)(struct device *dev, void *res, void *match_data);

/** devres_alloc() - a resource of @size bytes, zeroed, nobody's yet; NULL: no memory. */
void *devres_alloc_node(dr_release_t release, size_t size, gfp_t gfp, int nid);
#define devres_alloc(release, size, gfp) devres_alloc_node(release, size, gfp, NUMA_NO_NODE)
/** devres_free() - of a resource that is nobody's; NULL is allowed. */
void devres_free(void *res);
/** devres_add() - @res is @dev's from now on. */
void devres_add(struct device *dev, void *res);
/** devres_find() - the youngest with @release that @match accepts (NULL: any), or NULL. */
void *devres_find(struct device *dev, dr_release_t release, dr_match_t match, void *match_data);
/** devres_get() - one like @res that is there already, @res is freed; else @res is added. */
void *devres_get(struct device *dev, void *res, dr_match_t match, void *match_data);
/** devres_remove() - the same as devres_find(), and it is nobody's again. */
void *devres_remove(struct device *dev, dr_release_t release, dr_match_t match, void *match_data);
/** devres_destroy(), devres_release() - removed and freed; the latter calls release(). 0, -ENOENT.
 */
int devres_destroy(struct device *dev, dr_release_t release, dr_match_t match, void *match_data);
int devres_release(struct device *dev, dr_release_t release, dr_match_t match, void *match_data);
/** devres_release_all() - all, the youngest first. Return: how many. */
int devres_release_all(struct device *dev);

/** devm_add_action() - @action(@data) is called when @dev's resources go. 0, -ENOMEM. */
int devm_add_action(struct device *dev, void (*action)(void *), void *data);
int devm_add_action_or_reset(struct device *dev, void (*action)(void *), void *data);
void devm_remove_action(struct device *dev, void (*action)(void *), void *data);
void devm_release_action(struct device *dev, void (*action)(void *), void *data);

/** devm_kmalloc() - memory that is freed when @dev's resources go; aligned as kmalloc()'s. */
void *devm_kmalloc(struct device *dev, size_t size, gfp_t gfp);
/** devm_krealloc() - @p of devm_kmalloc() or NULL; @size 0 frees. */
void *devm_krealloc(struct device *dev, void *p, size_t size, gfp_t gfp);
/** devm_kfree() - NULL is allowed; what is not @dev's is told. */
void devm_kfree(struct device *dev, const void *p);
char *devm_kstrdup(struct device *dev, const char *text, gfp_t gfp);
void *devm_kmemdup(struct device *dev, const void *src, size_t size, gfp_t gfp);
char *devm_kasprintf(struct device *dev, gfp_t gfp, const char *fmt, ...) __printf(3, 4);

static inline void *devm_kzalloc(struct device *dev, size_t size, gfp_t gfp)
{
	return devm_kmalloc(dev, size, gfp | __GFP_ZERO);
}

static inline void *devm_kmalloc_array(struct device *dev, size_t n, size_t size, gfp_t gfp)
{
	return devm_kmalloc(dev, size_mul(n, size), gfp);
}

static inline void *devm_kcalloc(struct device *dev, size_t n, size_t size, gfp_t gfp)
{
	return devm_kmalloc_array(dev, n, size, gfp | __GFP_ZERO);
}

/* --- messages ---------------------------------------------------------------------------- */

/** quire_dev_printk() - "DRIVER NAME: text", or "NAME: text" where nothing drives it. */
void quire_dev_printk(const char *level, const struct device *dev, const char *fmt, ...)
	__printf(3, 4);
#define dev_printk(level, dev, fmt, ...) quire_dev_printk(level, dev, fmt, ##__VA_ARGS__)
#define dev_emerg(dev, fmt, ...)	 dev_printk(KERN_EMERG, dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_alert(dev, fmt, ...)	 dev_printk(KERN_ALERT, dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_crit(dev, fmt, ...)		 dev_printk(KERN_CRIT, dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_err(dev, fmt, ...)		 dev_printk(KERN_ERR, dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_warn(dev, fmt, ...)		 dev_printk(KERN_WARNING, dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_notice(dev, fmt, ...)	 dev_printk(KERN_NOTICE, dev, dev_fmt(fmt), ##__VA_ARGS__)
#define dev_info(dev, fmt, ...)		 dev_printk(KERN_INFO, dev, dev_fmt(fmt), ##__VA_ARGS__)
#ifdef DEBUG
#define dev_dbg(dev, fmt, ...) dev_printk(KERN_DEBUG, dev, dev_fmt(fmt), ##__VA_ARGS__)
#else
#define dev_dbg(dev, fmt, ...)                                                    \
	({                                                                        \
		if (0)                                                            \
			dev_printk(KERN_DEBUG, dev, dev_fmt(fmt), ##__VA_ARGS__); \
	})
#endif
#define dev_vdbg(dev, fmt, ...)	     dev_dbg(dev, fmt, ##__VA_ARGS__)
#define dev_err_once(dev, fmt, ...)  DO_ONCE_LITE(dev_err, dev, fmt, ##__VA_ARGS__)
#define dev_warn_once(dev, fmt, ...) DO_ONCE_LITE(dev_warn, dev, fmt, ##__VA_ARGS__)
#define dev_info_once(dev, fmt, ...) DO_ONCE_LITE(dev_info, dev, fmt, ##__VA_ARGS__)
#define dev_err_ratelimited(dev, fmt, ...)                \
	do {                                              \
		if (__quire_ratelimited())                \
			dev_err(dev, fmt, ##__VA_ARGS__); \
	} while (0)
#define dev_warn_ratelimited(dev, fmt, ...)                \
	do {                                               \
		if (__quire_ratelimited())                 \
			dev_warn(dev, fmt, ##__VA_ARGS__); \
	} while (0)
/** dev_err_probe() - tells "error NAME: text", but of -EPROBE_DEFER. Return: @err. */
int dev_err_probe(const struct device *dev, int err, const char *fmt, ...) __printf(3, 4);
#define dev_WARN(dev, fmt, ...)		   WARN(1, "%s: " fmt, dev_name(dev), ##__VA_ARGS__)
#define dev_WARN_ONCE(dev, cond, fmt, ...) WARN_ONCE(cond, "%s: " fmt, dev_name(dev), ##__VA_ARGS__)

#endif /* COMPAT_SURFACE_DEVICE_H */
