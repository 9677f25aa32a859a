/* SPDX-License-Identifier: MIT */
/*
 * slab_info.h - what a machine's caches say of themselves, and the settings of caches on SLAB.
 * Comes with slab.h.
 */
#ifndef QUIRE_SLAB_INFO_H
#define QUIRE_SLAB_INFO_H

#include <quire/slab_def.h>

QUIRE_BEGIN_DECLS

/** struct quire_slabinfo - a cache's line of /proc/slabinfo. */
struct quire_slabinfo {
	unsigned long active_objs, num_objs, active_slabs, num_slabs, shared_avail;
	unsigned int limit, batchcount, shared;
	unsigned int objects_per_slab, cache_order;
};
/** quire_slabinfo() - counts of @s, walking its lists. Context: other CPUs may go on. */
QUIRE_PUBLIC void quire_slabinfo(struct kmem_cache *s, struct quire_slabinfo *info);
/**
 * quire_for_each_cache() - calls @fn for every cache, the newest first, until it returns non-zero.
 * Return: what the last call returned. Context: @fn must not create or destroy caches.
 */
QUIRE_PUBLIC int quire_for_each_cache(int (*fn)(struct kmem_cache *s, void *arg), void *arg);
/**
 * quire_slab_alias() - the @nr-th other name of @s, from 0; NULL: there are fewer. Context: in
 * quire_for_each_cache().
 */
QUIRE_PUBLIC const char *quire_slab_alias(struct kmem_cache *s, unsigned int nr);
/**
 * quire_slab_validate() - do the structures of all caches hold together? The first fault is
 * reported.
 */
QUIRE_PUBLIC bool quire_slab_validate(void) QUIRE_MUST_CHECK;
/**
 * quire_slab_tune() - the tunables of a cache on the SLAB back end, as by writing to
 * /proc/slabinfo.
 * @limit: objects of a CPU's array cache, 1 .. 65536; @batchcount: how many move at once, 1 ..
 *	@limit
 * @shared: a node's shared array holds @shared * @batchcount; 0 .. 1024
 * Return: 0, -EINVAL, -ENOMEM, -EIO when @s is on another back end. Context: may sleep; other
 * CPUs go on.
 */
QUIRE_PUBLIC int quire_slab_tune(struct kmem_cache *s, unsigned int limit, unsigned int batchcount,
				 unsigned int shared);
/**
 * quire_slab_reap() - the caller's CPU gives back part of what lies idle in caches on SLAB.
 * Linux's cache_reap(), which every CPU calls every two seconds. Context: may not be in an
 * allocation.
 */
QUIRE_PUBLIC void quire_slab_reap(void);
/**
 * struct quire_slab_place - where an address lies in the memory of a cache.
 * @backend: of @cache
 * @between: no object begins before it in its slot: a left red zone, or SLAB's own list
 * @offset: from the object's start, below the size of a slot; @between: from the slot's
 */
struct quire_slab_place {
	const struct kmem_cache *cache;
	enum quire_slab_backend backend;
	bool between;
	size_t offset;
};
/** quire_slab_place() - false: @addr lies in no slab, or in one of SLOB's. Context: any. */
QUIRE_PUBLIC bool quire_slab_place(const void *addr, struct quire_slab_place *place);
/** kmem_dump_obj() - reports which object @addr belongs to, with its owner. Return: is it one? */
bool kmem_dump_obj(void *addr) QUIRE_API(kmem_dump_obj);

QUIRE_END_DECLS

#endif /* QUIRE_SLAB_INFO_H */
