/* SPDX-License-Identifier: MIT */
/*
 * devres.c - what devices own; the contract stands in surface/device.h.
 *
 *	| struct devres ..... | what the caller sees ...
 *	  link, release, size   aligned as kmalloc() aligns
 *
 * The list is under the device's lock; release functions are called without it.
 */
#include <linux/device.h>

struct devres {
	struct list_head link; /* empty: nobody's */
	dr_release_t release;
	size_t size;
	unsigned char data[] __aligned(ARCH_KMALLOC_MINALIGN);
};

struct action {
	void (*call)(void *);
	void *data;
};

static struct devres *devres_of(const void *res)
{
	return container_of((unsigned char(*)[])(uintptr_t)res, struct devres, data);
}

void *devres_alloc_node(dr_release_t release, size_t size, gfp_t gfp, int nid)
{
	struct devres *dr;

	dr = kmalloc_node(size_add(sizeof(*dr), size), gfp | __GFP_ZERO, nid);
	if (!dr)
		return NULL;
	INIT_LIST_HEAD(&dr->link);
	dr->release = release;
	dr->size = size;
	return dr->data;
}

void devres_free(void *res)
{
	struct devres *dr;

	if (!res)
		return;
	dr = devres_of(res);
	BUG_ON(!list_empty(&dr->link));
	kfree(dr);
}

/* A device that was never initialised, zero-filled, may own things, too. */
static void add(struct device *dev, struct devres *dr)
{
	unsigned long flags;

	spin_lock_irqsave(&dev->devres_lock, flags);
	if (!dev->devres_head.next)
		INIT_LIST_HEAD(&dev->devres_head);
	BUG_ON(!list_empty(&dr->link));
	list_add_tail(&dr->link, &dev->devres_head);
	spin_unlock_irqrestore(&dev->devres_lock, flags);
}

void devres_add(struct device *dev, void *res)
{
	add(dev, devres_of(res));
}

/* Context: devres_lock. */
static struct devres *find(struct device *dev, dr_release_t release, dr_match_t match,
			   void *match_data)
{
	struct devres *dr;

	if (!dev->devres_head.next)
		return NULL;
	list_for_each_entry_reverse (dr, &dev->devres_head, link) {
		if (dr->release == release && (!match || match(dev, dr->data, match_data)))
			return dr;
	}
	return NULL;
}

void *devres_find(struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	struct devres *dr;
	unsigned long flags;

	spin_lock_irqsave(&dev->devres_lock, flags);
	dr = find(dev, release, match, match_data);
	spin_unlock_irqrestore(&dev->devres_lock, flags);
	return dr ? dr->data : NULL;
}

void *devres_get(struct device *dev, void *res, dr_match_t match, void *match_data)
{
	struct devres *fresh = devres_of(res), *dr;
	unsigned long flags;

	spin_lock_irqsave(&dev->devres_lock, flags);
	if (!dev->devres_head.next)
		INIT_LIST_HEAD(&dev->devres_head);
	dr = find(dev, fresh->release, match, match_data);
	if (!dr)
		list_add_tail(&fresh->link, &dev->devres_head);
	spin_unlock_irqrestore(&dev->devres_lock, flags);
	if (!dr)
		return res;
	devres_free(res);
	return dr->data;
}

void *devres_remove(struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	struct devres *dr;
	unsigned long flags;

	spin_lock_irqsave(&dev->devres_lock, flags);
	dr = find(dev, release, match, match_data);
	if (dr)
		list_del_init(&dr->link);
	spin_unlock_irqrestore(&dev->devres_lock, flags);
	return dr ? dr->data : NULL;
}

int devres_destroy(struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	void *res = devres_remove(dev, release, match, match_data);

	devres_free(res);
	return res ? 0 : -ENOENT;
}

int devres_release(struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	void *res = devres_remove(dev, release, match, match_data);

	if (!res)
		return -ENOENT;
	if (release)
		release(dev, res);
	devres_free(res);
	return 0;
}

static struct devres *take_youngest(struct device *dev)
{
	struct devres *dr = NULL;
	unsigned long flags;

	spin_lock_irqsave(&dev->devres_lock, flags);
	if (dev->devres_head.next && !list_empty(&dev->devres_head)) {
		dr = list_last_entry(&dev->devres_head, struct devres, link);
		list_del_init(&dr->link);
	}
	spin_unlock_irqrestore(&dev->devres_lock, flags);
	return dr;
}

int devres_release_all(struct device *dev)
{
	struct devres *dr;
	int nr = 0;

	for (; (dr = take_youngest(dev)); nr++) {
		if (dr->release)
			dr->release(dev, dr->data);
		kfree(dr);
	}
	return nr;
}

/* --- actions ----------------------------------------------------------------------------- */

static void action_release(struct device *dev, void *res)
{
	const struct action *action = res;

	action->call(action->data);
}

static int action_matches(struct device *dev, void *res, void *wanted)
{
	const struct action *a = res, *b = wanted;

	return a->call == b->call && a->data == b->data;
}

int devm_add_action(struct device *dev, void (*action)(void *), void *data)
{
	struct action *res = devres_alloc(action_release, sizeof(*res), GFP_KERNEL);

	if (!res)
		return -ENOMEM;
	*res = (struct action){ action, data };
	devres_add(dev, res);
	return 0;
}

int devm_add_action_or_reset(struct device *dev, void (*action)(void *), void *data)
{
	int err = devm_add_action(dev, action, data);

	if (err)
		action(data);
	return err;
}

void devm_remove_action(struct device *dev, void (*action)(void *), void *data)
{
	struct action wanted = { action, data };

	WARN_ON(devres_destroy(dev, action_release, action_matches, &wanted));
}

void devm_release_action(struct device *dev, void (*action)(void *), void *data)
{
	struct action wanted = { action, data };

	WARN_ON(devres_release(dev, action_release, action_matches, &wanted));
}

/* --- memory ------------------------------------------------------------------------------ */

static void memory_release(struct device *dev, void *res)
{
}

static int is_this(struct device *dev, void *res, void *wanted)
{
	return res == wanted;
}

void *devm_kmalloc(struct device *dev, size_t size, gfp_t gfp)
{
	size_t bytes = size_add(sizeof(struct devres), size);
	struct devres *dr;

	if (!size)
		return ZERO_SIZE_PTR;
	dr = kmalloc_node_track_caller(bytes, gfp, dev->numa_node);
	if (!dr)
		return NULL;
	INIT_LIST_HEAD(&dr->link);
	dr->release = memory_release;
	dr->size = size;
	add(dev, dr);
	return dr->data;
}

void *devm_krealloc(struct device *dev, void *p, size_t size, gfp_t gfp)
{
	void *fresh;

	if (!size) {
		devm_kfree(dev, p);
		return ZERO_SIZE_PTR;
	}
	if (ZERO_OR_NULL_PTR(p))
		return devm_kmalloc(dev, size, gfp);
	if (WARN_ON(!devres_find(dev, memory_release, is_this, p)))
		return NULL;
	fresh = devm_kmalloc(dev, size, gfp);
	if (!fresh)
		return NULL;
	memcpy(fresh, p, min(size, devres_of(p)->size));
	devm_kfree(dev, p);
	return fresh;
}

void devm_kfree(struct device *dev, const void *p)
{
	if (ZERO_OR_NULL_PTR(p))
		return;
	WARN_ON(devres_destroy(dev, memory_release, is_this, (void *)(uintptr_t)p));
}

void *devm_kmemdup(struct device *dev, const void *src, size_t size, gfp_t gfp)
{
	void *p = devm_kmalloc(dev, size, gfp);

	return ZERO_OR_NULL_PTR(p) ? p : memcpy(p, src, size);
}

char *devm_kstrdup(struct device *dev, const char *text, gfp_t gfp)
{
	return text ? devm_kmemdup(dev, text, strlen(text) + 1, gfp) : NULL;
}

char *devm_kasprintf(struct device *dev, gfp_t gfp, const char *fmt, ...)
{
	va_list args, again;
	char *text;
	int len;

	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	text = len < 0 ? NULL : devm_kmalloc(dev, (size_t)len + 1, gfp);
	if (text)
		vsnprintf(text, (size_t)len + 1, fmt, args);
	va_end(args);
	return text;
}
