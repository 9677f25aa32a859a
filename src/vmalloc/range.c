/* SPDX-License-Identifier: MIT */
/*
 * vmalloc/range.c - which addresses are free, in use, waiting; see internal.h points 1 to 5.
 */
#include <quire/rbtree_augmented.h>

#include "vmalloc/internal.h"

static inline unsigned long range_bytes(const struct vmap_area *va)
{
	return va->end - va->start;
}

RB_DECLARE_CALLBACKS_MAX(static, by_length, struct vmap_area, rb, unsigned long, longest,
			 range_bytes)

static inline struct vmap_area *area_of(struct rb_node *node)
{
	return rb_entry(node, struct vmap_area, rb);
}

/* --- nodes --- */

/* Context: vs->lock; there is one. */
static inline struct vmap_area *take_spare(struct vmalloc_state *vs)
{
	WRITE_ONCE(vs->nr_spare, vs->nr_spare - 1);
	return vs->spare[vs->nr_spare];
}

/* @va is needed no more. Context: vs->lock. Return: @va, if the reserve is full. */
static inline struct vmap_area *keep_spare(struct vmalloc_state *vs, struct vmap_area *va)
{
	if (unlikely(vs->nr_spare == SPARE_MOST))
		return va;
	vs->spare[vs->nr_spare] = va;
	WRITE_ONCE(vs->nr_spare, vs->nr_spare + 1);
	return NULL;
}

/* More nodes for the reserve: V4 holds, if nobody takes them. Return: 0 or -ENOMEM. */
static int fill_spare(struct vmalloc_state *vs, gfp_t gfp)
{
	struct vmap_area *fresh;

	do {
		fresh = kmem_cache_alloc(vs->cache, gfp & ~__GFP_ZERO);
		if (!fresh)
			return -ENOMEM;
		quire_lock(&vs->lock);
		fresh = keep_spare(vs, fresh);
		quire_unlock(&vs->lock);
		if (unlikely(fresh)) /* others filled it, and may have emptied it by now */
			kmem_cache_free(vs->cache, fresh);
	} while (READ_ONCE(vs->nr_spare) < SPARE_NEEDED);
	return 0;
}

/* --- free ranges --- */

/* Puts @va between its neighbours in the tree of free ranges. Context: vs->lock. */
static void link_free(struct vmalloc_state *vs, struct vmap_area *va)
{
	struct rb_node **at = &vs->free.rb_node, *parent = NULL;

	va->longest = range_bytes(va);
	while (*at) {
		struct vmap_area *there = area_of(parent = *at);

		if (there->longest < va->longest)
			there->longest = va->longest;
		at = va->start < there->start ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&va->rb, parent, at);
	rb_insert_augmented(&va->rb, &vs->free, &by_length);
	if (!vs->lowest || va->start < vs->lowest->start)
		vs->lowest = va;
}

/* @va is no free range any more. Context: vs->lock. */
static void unlink_free(struct vmalloc_state *vs, struct vmap_area *va)
{
	if (va == vs->lowest) {
		struct rb_node *next = rb_next(&va->rb);

		vs->lowest = next ? area_of(next) : NULL;
	}
	rb_erase_augmented(&va->rb, &vs->free, &by_length);
}

/* @va joins the free ranges it touches, or stands alone. Return: nodes no longer needed. */
static unsigned int merge_free(struct vmalloc_state *vs, struct vmap_area *va,
			       struct vmap_area *over[2])
{
	struct rb_node *node = vs->free.rb_node;
	struct vmap_area *before = NULL, *after = NULL;
	unsigned int n = 0;

	while (node) {
		struct vmap_area *there = area_of(node);

		if (va->start < there->start) {
			after = there;
			node = node->rb_left;
		} else {
			before = there;
			node = node->rb_right;
		}
	}
	if (before && before->end == va->start) {
		before->end = va->end;
		over[n++] = va;
		va = before;
	}
	if (after && after->start == va->end) {
		if (!n) {
			after->start = va->start;
			over[n++] = va;
			by_length_propagate(&after->rb, NULL);
			return n;
		}
		unlink_free(vs, after);
		va->end = after->end;
		over[n++] = after;
	}
	if (n)
		by_length_propagate(&va->rb, NULL);
	else
		link_free(vs, va);
	return n;
}

/* Where the wish would lie in @va; 0: it does not fit. (0 is no address of a window.) */
static unsigned long place_in(const struct vmap_area *va, const struct area_wish *w)
{
	unsigned long from = max(va->start, w->lo), to = min(va->end, w->hi);
	unsigned long at = (from + w->align - 1) & ~(w->align - 1);

	if (at < from || at >= to || to - at < w->size) /* the first: wrapped around */
		return 0;
	return at;
}

/* The lowest range that fits. Subtrees without a range of @least bytes are not looked at. */
static struct vmap_area *lowest_fit(struct rb_node *node, const struct area_wish *w,
				    unsigned long least)
{
	struct vmap_area *va, *found;

	while (node) {
		va = area_of(node);
		if (va->longest < least)
			return NULL;
		if (node->rb_left && w->lo < va->start) {
			found = lowest_fit(node->rb_left, w, least);
			if (found)
				return found;
		}
		if (range_bytes(va) >= least && place_in(va, w))
			return va;
		if (va->start >= w->hi)
			return NULL;
		node = node->rb_right;
	}
	return NULL;
}

/*
 * A range of size + align - 1 page always fits, wherever it begins, so the first look costs
 * O(log n); only when there is none are the ranges looked at whose ends must happen to suit.
 */
static struct vmap_area *search_fit(struct vmalloc_state *vs, const struct area_wish *w)
{
	unsigned long sure = w->size + (w->align - vs->page_bytes);
	struct vmap_area *va = NULL;

	if (sure >= w->size)
		va = lowest_fit(vs->free.rb_node, w, sure);
	if (!va && w->align > vs->page_bytes)
		va = lowest_fit(vs->free.rb_node, w, w->size);
	return va;
}

/* search_fit(), which the lowest range answers if it is sure to fit. @at: gets where. */
static inline struct vmap_area *find_fit(struct vmalloc_state *vs, const struct area_wish *w,
					 unsigned long *at)
{
	struct vmap_area *va = vs->lowest;

	if (likely(va && w->align == vs->page_bytes && (*at = place_in(va, w))))
		return va;
	va = search_fit(vs, w);
	if (va)
		*at = place_in(va, w);
	return va;
}

/* Cuts [@at, @at + @size) out of the free range @from. Return: a node no longer needed, or NULL. */
static struct vmap_area *cut(struct vmalloc_state *vs, struct vmap_area *from, unsigned long at,
			     unsigned long size)
{
	struct vmap_area *rest;

	if (at == from->start && at + size == from->end) {
		unlink_free(vs, from);
		return from;
	}
	if (at == from->start) {
		from->start += size;
	} else if (at + size == from->end) {
		from->end = at;
	} else {
		rest = take_spare(vs);
		rest->start = at + size;
		rest->end = from->end;
		from->end = at;
		by_length_propagate(&from->rb, NULL);
		link_free(vs, rest);
		return NULL;
	}
	by_length_propagate(&from->rb, NULL);
	return NULL;
}

/* --- areas in use --- */

static void link_busy(struct vmalloc_state *vs, struct vmap_area *va)
{
	struct rb_node **at = &vs->busy.rb_node, *parent = NULL;

	while (*at) {
		parent = *at;
		at = va->start < area_of(parent)->start ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&va->rb, parent, at);
	rb_insert_color(&va->rb, &vs->busy);
	vs->nr_areas++;
	vs->mapped_bytes += range_bytes(va);
	if (va->frames)
		WRITE_ONCE(vs->nr_pages, vs->nr_pages + va->frames);
}

struct vmap_area *range_find(const struct vmalloc_state *vs, unsigned long addr)
{
	struct rb_node *node = vs->busy.rb_node;

	while (node) {
		struct vmap_area *va = area_of(node);

		if (addr < va->start)
			node = node->rb_left;
		else if (addr >= va->end)
			node = node->rb_right;
		else
			return va;
	}
	return NULL;
}

/* @va is an area at @at as @w has it; views see it as soon as the lock is given back. */
static inline void set_area(struct vmap_area *va, unsigned long at, const struct area_wish *w)
{
	va->start = at;
	va->end = at + w->size;
	va->frames = w->frames;
	va->nr_entries = 0;
	va->entries = NULL;
	va->vm.next = NULL;
	va->vm.addr = w->anonymous ? NULL : (void *)at;
	va->vm.size = w->anonymous ? 0 : w->size;
	va->vm.flags = w->flags;
	va->vm.pages = NULL;
	va->vm.page_order = va->vm.nr_pages = 0;
	va->vm.phys_addr = 0;
	va->vm.caller = w->caller;
}

/* One look. @va: gets the area. Return: 0, -ENOSPC, -EAGAIN: too few nodes in reserve. */
static int try_alloc(struct vmalloc_state *vs, const struct area_wish *w, struct vmap_area **va)
{
	struct vmap_area *from, *over = NULL;
	unsigned long at;
	int err = -EAGAIN;

	quire_lock(&vs->lock);
	if (likely(vs->nr_spare >= SPARE_NEEDED)) {
		from = find_fit(vs, w, &at);
		err = -ENOSPC;
		if (likely(from)) {
			err = 0;
			over = cut(vs, from, at, w->size);
			*va = take_spare(vs);
			set_area(*va, at, w);
			link_busy(vs, *va);
			if (unlikely(over))
				over = keep_spare(vs, over);
		}
	}
	quire_unlock(&vs->lock);
	if (unlikely(over))
		kmem_cache_free(vs->cache, over);
	return err;
}

struct vmap_area *range_alloc(struct vmalloc_state *vs, const struct area_wish *w)
{
	struct vmap_area *va;
	bool purged = false;
	int err;

	if (fault_pass(&vs->machine->fault, QUIRE_FAULT_VMALLOC_RANGE) && !(w->gfp & __GFP_NOFAIL))
		return NULL;
	while ((err = try_alloc(vs, w, &va))) {
		if (err == -EAGAIN) {
			if (fill_spare(vs, w->gfp))
				return NULL;
			continue;
		}
		if (purged)
			return NULL;
		range_purge(vs);
		purged = true;
	}
	return va;
}

void range_free_locked(struct vmalloc_state *vs, struct vmap_area *va)
{
	const unsigned long bytes = range_bytes(va);
	bool enough;

	rb_erase(&va->rb, &vs->busy);
	vs->nr_areas--;
	vs->mapped_bytes -= bytes;
	vs->nr_lazy += bytes >> vs->page_shift;
	if (va->frames)
		WRITE_ONCE(vs->nr_pages, vs->nr_pages - va->frames);
	enough = vs->nr_lazy > vs->lazy_max;
	if (likely(vs->youngest && vs->youngest->end == va->start)) {
		vs->youngest->end = va->end;
		va = keep_spare(vs, va);
	} else {
		list_add_tail(&va->link, &vs->lazy);
		vs->youngest = va;
		va = NULL;
	}
	quire_unlock(&vs->lock);
	if (unlikely(va))
		kmem_cache_free(vs->cache, va);
	if (unlikely(enough))
		range_purge(vs);
}

void range_free(struct vmalloc_state *vs, struct vmap_area *va)
{
	quire_lock(&vs->lock);
	range_free_locked(vs, va);
}

/* --- waiting for the TLBs --- */

static void flush_waiting(struct vmalloc_state *vs, const struct list_head *waiting)
{
	unsigned long start = ~0ul, end = 0;
	const struct vmap_area *va;

	list_for_each_entry (va, waiting, link) {
		start = min(start, va->start);
		end = max(end, va->end);
	}
	flush_tlb_pt_range(&vs->pt, start, end);
}

void range_purge(struct vmalloc_state *vs)
{
	struct vmap_area *va, *next, *over[2];
	unsigned long pages;
	LIST_HEAD(waiting);
	unsigned int n;

	quire_lock(&vs->purge_lock);
	quire_lock(&vs->lock);
	list_splice_init(&vs->lazy, &waiting);
	vs->youngest = NULL;
	quire_unlock(&vs->lock);
	if (!list_empty(&waiting))
		flush_waiting(vs, &waiting);
	list_for_each_entry_safe (va, next, &waiting, link) {
		quire_lock(&vs->lock);
		pages = range_bytes(va) >> vs->page_shift;
		n = merge_free(vs, va, over);
		vs->nr_lazy -= pages;
		vs->purges++;
		quire_unlock(&vs->lock);
		while (n)
			kmem_cache_free(vs->cache, over[--n]);
	}
	quire_unlock(&vs->purge_lock);
}

int range_init(struct vmalloc_state *vs)
{
	struct vmap_area *all = kmem_cache_alloc(vs->cache, GFP_NOWAIT);

	if (!all)
		return -ENOMEM;
	vs->free = vs->busy = RB_ROOT;
	vs->lowest = NULL;
	INIT_LIST_HEAD(&vs->lazy);
	INIT_LIST_HEAD(&vs->deferred);
	all->start = vs->start;
	all->end = vs->end;
	link_free(vs, all);
	return 0;
}
