/* SPDX-License-Identifier: MIT */
/*
 * trace.h - the tracepoints of pages and of objects, as hooks.
 *
 * Same places, same order and same arguments as Linux 6.1's events of these
 * names, so that what a machine does can be compared with what a kernel
 * recorded. A machine has one set of hooks for pages and one for objects (or
 * none: one predictable branch).
 */
#ifndef QUIRE_TRACE_H
#define QUIRE_TRACE_H

#include <quire/api.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

struct kmem_cache;
struct page;
struct quire_machine;
struct slab;

/**
 * struct quire_page_trace - hooks; each may be NULL. @ctx is passed back.
 * Context: zone_locked, drain and extfrag are called under the zone lock, all on the CPU
 * that acts; a hook must not allocate or free pages.
 *
 * @alloc: mm_page_alloc: alloc_pages() returns @page (NULL: it failed)
 * @free: mm_page_free: a free begins; the page block's type has not been read yet
 * @free_batched: mm_page_free_batched: a page of a list free reaches the per-CPU list
 * @zone_locked: mm_page_alloc_zone_locked: taken from the free lists, after the split
 * @drain: mm_page_pcpu_drain: given back to the free lists from a per-CPU list
 * @extfrag: mm_page_alloc_extfrag: a block of another type was taken
 */
struct quire_page_trace {
	void *ctx;
	void (*alloc)(void *ctx, struct page *page, unsigned int order, gfp_t gfp, int migratetype);
	void (*free)(void *ctx, struct page *page, unsigned int order);
	void (*free_batched)(void *ctx, struct page *page);
	void (*zone_locked)(void *ctx, struct page *page, unsigned int order, int migratetype,
			    bool percpu_refill);
	void (*drain)(void *ctx, struct page *page, unsigned int order, int migratetype);
	void (*extfrag)(void *ctx, struct page *page, unsigned int alloc_order, int fallback_order,
			int alloc_migratetype, int fallback_migratetype);
};

/**
 * quire_page_trace_set() - installs @hooks (kept by reference; NULL: none) on @machine.
 * Context: no other thread on a CPU of @machine.
 */
QUIRE_PUBLIC void quire_page_trace_set(struct quire_machine *machine,
				       const struct quire_page_trace *hooks);

/**
 * struct quire_slab_trace - hooks of objects; each may be NULL. @ctx is passed back.
 * Context: on the CPU that acts, no lock of the slab room held; a hook must not allocate or free
 * objects or pages.
 *
 * @kmalloc: kmalloc, kmalloc_node: @object (NULL: it failed) was handed out; @s NULL: whole pages
 *	without a cache. @bytes_req: asked for; @bytes_alloc: a slot of @s, or the pages;
 *	@node: asked for, -1: any
 * @kfree: kfree begins; @object may be NULL or ZERO_SIZE_PTR
 * @cache_alloc: kmem_cache_alloc, kmem_cache_alloc_node: as kmalloc
 * @cache_free: kmem_cache_free begins: @object goes back to @s
 * @slab_new: @s has a new slab; not in Linux. @objects: how many it holds
 * @slab_discard: @slab of @s, which holds no object, goes back to the pages; not in Linux
 *
 * Bulk calls and kfree_rcu()'s frees in bulk have no event in Linux 6.1, nor here.
 */
struct quire_slab_trace {
	void *ctx;
	void (*kmalloc)(void *ctx, unsigned long call_site, const void *object,
			struct kmem_cache *s, size_t bytes_req, size_t bytes_alloc, gfp_t gfp,
			int node);
	void (*kfree)(void *ctx, unsigned long call_site, const void *object);
	void (*cache_alloc)(void *ctx, unsigned long call_site, const void *object,
			    struct kmem_cache *s, gfp_t gfp, int node);
	void (*cache_free)(void *ctx, unsigned long call_site, const void *object,
			   struct kmem_cache *s);
	void (*slab_new)(void *ctx, struct kmem_cache *s, struct slab *slab, unsigned int order,
			 unsigned int objects);
	void (*slab_discard)(void *ctx, struct kmem_cache *s, struct slab *slab,
			     unsigned int order);
};

/**
 * quire_slab_trace_set() - installs @hooks (kept by reference; NULL: none) on @machine.
 * Context: no other thread on a CPU of @machine; the caller is on one, unless the machine has
 * handed out objects before.
 * Return: 0; -ENOMEM: the machine cannot hand out objects (no contents, memory short).
 */
QUIRE_PUBLIC int quire_slab_trace_set(struct quire_machine *machine,
				      const struct quire_slab_trace *hooks);

QUIRE_END_DECLS

#endif /* QUIRE_TRACE_H */
