/* SPDX-License-Identifier: MIT */
/*
 * idr.h - small integers for pointers (IDR), and small integers alone (IDA), Linux's names.
 *
 *	DEFINE_IDR(idr);				DEFINE_IDA(ida);
 *	id = idr_alloc(&idr, ptr, 1, 0, GFP_KERNEL);	id = ida_alloc(&ida, GFP_KERNEL);
 *	ptr = idr_find(&idr, id);			ida_free(&ida, id);
 *	idr_remove(&idr, id);
 *
 * 1. An IDR keeps any word, NULL too, at an id; the lowest free id is found by a mark in the
 *    tree. Its users lock it: one writer at a time, readers under RCU or the same lock.
 * 2. An IDA keeps a bit per id: 1024 ids per 128-byte bitmap, the first 63 of a chunk in the
 *    tree's slot itself. It has its own lock.
 *
 * Sources: Linux 6.1 Documentation/core-api/idr.rst.
 */
#ifndef QUIRE_IDR_H
#define QUIRE_IDR_H

#include <quire/radix-tree.h>

QUIRE_BEGIN_DECLS

/**
 * struct idr - ids and their pointers.
 * @idr_rt: the tree, marked with IDR_FREE where ids are free
 * @idr_base: the lowest id; kept at index 0 of the tree
 * @idr_next: where idr_alloc_cyclic() goes on
 */
struct idr {
	struct radix_tree_root idr_rt;
	unsigned int idr_base;
	unsigned int idr_next;
};

#define IDR_FREE      0
#define IDR_RT_MARKER (ROOT_IS_IDR | XA_FLAGS_MARK(IDR_FREE))

#define IDR_INIT_BASE(name, base)                                                                 \
	{                                                                                         \
		.idr_rt = RADIX_TREE_INIT(name, IDR_RT_MARKER), .idr_base = (base), .idr_next = 0 \
	}
#define IDR_INIT(name)	 IDR_INIT_BASE(name, 0)
#define DEFINE_IDR(name) struct idr name = IDR_INIT(name)

#define idr_lock(idr)			  xa_lock(&(idr)->idr_rt)
#define idr_unlock(idr)			  xa_unlock(&(idr)->idr_rt)
#define idr_lock_bh(idr)		  xa_lock_bh(&(idr)->idr_rt)
#define idr_unlock_bh(idr)		  xa_unlock_bh(&(idr)->idr_rt)
#define idr_lock_irq(idr)		  xa_lock_irq(&(idr)->idr_rt)
#define idr_unlock_irq(idr)		  xa_unlock_irq(&(idr)->idr_rt)
#define idr_lock_irqsave(idr, flags)	  xa_lock_irqsave(&(idr)->idr_rt, flags)
#define idr_unlock_irqrestore(idr, flags) xa_unlock_irqrestore(&(idr)->idr_rt, flags)

/** idr_init_base() - @idr is empty; its lowest id is @base. */
static inline void idr_init_base(struct idr *idr, int base)
{
	INIT_RADIX_TREE(&idr->idr_rt, IDR_RT_MARKER);
	idr->idr_base = (unsigned int)base;
	idr->idr_next = 0;
}

/** idr_init() - @idr is empty; ids from 0 on. */
static inline void idr_init(struct idr *idr)
{
	idr_init_base(idr, 0);
}

/** idr_is_empty() - is no id taken? */
static inline bool idr_is_empty(const struct idr *idr)
{
	return radix_tree_empty(&idr->idr_rt) && xa_marked(&idr->idr_rt, IDR_FREE);
}

/** idr_get_cursor() - the id that idr_alloc_cyclic() tries first. */
static inline unsigned int idr_get_cursor(const struct idr *idr)
{
	return READ_ONCE(idr->idr_next);
}

/** idr_set_cursor() - chooses it. */
static inline void idr_set_cursor(struct idr *idr, unsigned int val)
{
	WRITE_ONCE(idr->idr_next, val);
}

/**
 * idr_alloc() - the lowest free id of @start .. @end - 1 for @ptr.
 * @end: 0 or less: up to INT_MAX
 * Return: the id; -ENOSPC, -ENOMEM, -EINVAL: @start is negative.
 */
int idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp) QUIRE_API(idr_alloc);
/**
 * idr_alloc_u32() - the lowest free id of *@id .. @max, in *@id before @ptr can be found.
 * Return: 0; -ENOSPC, -ENOMEM, *@id as before.
 */
int idr_alloc_u32(struct idr *idr, void *ptr, u32 *id, unsigned long max, gfp_t gfp)
	QUIRE_API(idr_alloc_u32);
/** idr_alloc_cyclic() - as idr_alloc(), from the cursor on, then from @start. */
int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
	QUIRE_API(idr_alloc_cyclic);
/** idr_find() - the pointer of @id; NULL also when the id is free. */
void *idr_find(const struct idr *idr, unsigned long id) QUIRE_API(idr_find);
/** idr_remove() - frees @id. Return: its pointer; NULL also when it was free. */
void *idr_remove(struct idr *idr, unsigned long id) QUIRE_API(idr_remove);
/** idr_replace() - another pointer for @id. Return: the old one, or -ENOENT as a pointer. */
void *idr_replace(struct idr *idr, void *ptr, unsigned long id) QUIRE_API(idr_replace);
/** idr_for_each() - calls @fn for each id with a pointer, until it returns not 0. Return: that. */
int idr_for_each(const struct idr *idr, int (*fn)(int id, void *p, void *data), void *data)
	QUIRE_API(idr_for_each);
/** idr_get_next() - the first pointer at *@nextid or above, its id in *@nextid; up to INT_MAX. */
void *idr_get_next(struct idr *idr, int *nextid) QUIRE_API(idr_get_next);
/** idr_get_next_ul() - the same without a limit. */
void *idr_get_next_ul(struct idr *idr, unsigned long *nextid) QUIRE_API(idr_get_next_ul);
/** idr_destroy() - frees all ids and the tree. O(nodes). */
void idr_destroy(struct idr *idr) QUIRE_API(idr_destroy);
/** idr_preload() - sets nodes aside for an idr_alloc() that may not sleep; idr_preload_end()
 * follows. */
void idr_preload(gfp_t gfp) QUIRE_API(idr_preload);
/** idr_get_free() - a free slot at @iter's index or above, up to @max, or an error as a pointer. */
void **idr_get_free(struct radix_tree_root *root, struct radix_tree_iter *iter, gfp_t gfp,
		    unsigned long max) QUIRE_API(idr_get_free);

static inline void idr_preload_end(void)
{
}

#define idr_for_each_entry(idr, entry, id) \
	for ((id) = 0; ((entry) = idr_get_next(idr, &(id))) != NULL; (id) += 1U)
#define idr_for_each_entry_ul(idr, entry, tmp, id)                               \
	for ((tmp) = 0, (id) = 0;                                                \
	     ((tmp) <= (id)) && ((entry) = idr_get_next_ul(idr, &(id))) != NULL; \
	     (tmp) = (id), ++(id))
#define idr_for_each_entry_continue(idr, entry, id)         \
	for ((entry) = idr_get_next((idr), &(id)); (entry); \
	     ++(id), (entry) = idr_get_next((idr), &(id)))
#define idr_for_each_entry_continue_ul(idr, entry, tmp, id)                                    \
	for ((tmp) = (id); ((tmp) <= (id)) && ((entry) = idr_get_next_ul(idr, &(id))) != NULL; \
	     (tmp) = (id), ++(id))

#define IDA_CHUNK_SIZE	 128 /* bytes */
#define IDA_BITMAP_LONGS (IDA_CHUNK_SIZE / sizeof(long))
#define IDA_BITMAP_BITS	 (IDA_BITMAP_LONGS * sizeof(long) * 8)

/** struct ida_bitmap - 1024 ids. */
struct ida_bitmap {
	unsigned long bitmap[IDA_BITMAP_LONGS];
};

/** struct ida - ids without pointers. */
struct ida {
	struct xarray xa;
};

#define IDA_INIT_FLAGS (XA_FLAGS_LOCK_IRQ | XA_FLAGS_ALLOC)
#define IDA_INIT(name)                                  \
	{                                               \
		.xa = XARRAY_INIT(name, IDA_INIT_FLAGS) \
	}
#define DEFINE_IDA(name) struct ida name = IDA_INIT(name)

/** ida_init() - no id is taken. */
static inline void ida_init(struct ida *ida)
{
	xa_init_flags(&ida->xa, IDA_INIT_FLAGS);
}

/** ida_is_empty() - is no id taken? */
static inline bool ida_is_empty(const struct ida *ida)
{
	return xa_empty(&ida->xa);
}

/**
 * ida_alloc_range() - the lowest free id of @min .. @max, both included, at most INT_MAX.
 * Return: the id, -ENOSPC, -ENOMEM.
 */
int ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp)
	QUIRE_API(ida_alloc_range);
/** ida_free() - frees @id; one that is not taken is reported. */
void ida_free(struct ida *ida, unsigned int id) QUIRE_API(ida_free);
/** ida_destroy() - frees all ids. O(ids / 1024). */
void ida_destroy(struct ida *ida) QUIRE_API(ida_destroy);
/** ida_dump() - reports every chunk. */
void ida_dump(struct ida *ida) QUIRE_API(ida_dump);

/** ida_alloc() - the lowest free id. */
static inline int ida_alloc(struct ida *ida, gfp_t gfp)
{
	return ida_alloc_range(ida, 0, ~0U, gfp);
}

/** ida_alloc_min() - the lowest free id from @min on. */
static inline int ida_alloc_min(struct ida *ida, unsigned int min, gfp_t gfp)
{
	return ida_alloc_range(ida, min, ~0U, gfp);
}

/** ida_alloc_max() - the lowest free id up to @max. */
static inline int ida_alloc_max(struct ida *ida, unsigned int max, gfp_t gfp)
{
	return ida_alloc_range(ida, 0, max, gfp);
}

#define ida_simple_get(ida, start, end, gfp) ida_alloc_range(ida, start, (end)-1, gfp)
#define ida_simple_remove(ida, id)	     ida_free(ida, id)

QUIRE_END_DECLS

#endif /* QUIRE_IDR_H */
