/* SPDX-License-Identifier: MIT */
/*
 * slab/slob.c - SLOB: caches and kmalloc on one heap, for machines that count every byte.
 *
 * Theory
 *  1. All caches of a machine share one heap (slob_heap.c), and all but the largest objects share
 *     its pages. Who frees an object of a cache knows its size from the cache. kfree() knows
 *     nothing, so that kmalloc's blocks have a header in front: size, number of the cache, a mark.
 *     What follows the header is aligned, to its size if that is a power of two.
 *  2. Objects of a page and more, and kmalloc's for which header and object do not fit into one,
 *     are blocks of whole pages and belong to their cache alone.
 *  3. An object has no life between free and alloc, hence the constructor runs at each allocation,
 *     as with Linux's SLOB. With SLAB_TYPESAFE_BY_RCU the object itself waits for the grace
 *     period, in a queue linked through words behind the objects, which is looked at by
 *     allocations from such caches, by every 32nd such free, and by shrinking. (Not by
 *     call_rcu(): who allocates or frees may hold a lock that somebody's callback wants.)
 *
 * Left out: a free of a cache's object through another cache of SLOB, or of an address inside one,
 * is not noticed (nothing in memory could tell); frees that overlap free blocks are, frees to a
 * cache that has no object, and kfree() of what has no header.
 *
 * Sources: behaviour of Linux 6.1 (mm/slob.c).
 */
#include "slab/debug.h"
#include "slab/slob.h"

/** struct slob_header - in front of what kmalloc gave. @size: bytes behind it */
struct slob_header {
	u32 size;
	u32 mark;
};

/**
 * struct slob_rcu - behind an object of a SLAB_TYPESAFE_BY_RCU cache.
 * @cookie: of the grace period it waits for, once freed
 * @object: in front of it, while it waits; else NULL
 */
struct slob_rcu {
	struct slob_rcu *next;
	unsigned long cookie;
	struct kmem_cache *cache;
	void *object;
};

#define RCU_POLL_FREES 32u

static inline struct slob_cache *slob_of(const struct kmem_cache *s)
{
	return s->priv;
}

static inline struct slob_rcu *rcu_of(const struct kmem_cache *s, void *object)
{
	return (struct slob_rcu *)(void *)((char *)object + s->inuse);
}

/* --- a cache ----------------------------------------------------------------------------- */

/* Does an object take whole pages (point 2)? @bytes: with what lies around it */
static bool takes_pages(const struct kmem_cache *s, size_t bytes)
{
	return bytes >= page_bytes() || s->align > page_bytes();
}

static unsigned int order_of(const struct kmem_cache *s, size_t bytes)
{
	return slab_order_for(max(bytes, (size_t)s->align));
}

static void slob_sizes(struct kmem_cache *s)
{
	unsigned int order, objects;

	s->inuse = ALIGN(s->object_size, (unsigned int)sizeof(void *));
	s->size = s->object_size;
	if (s->flags & SLAB_TYPESAFE_BY_RCU)
		s->size = s->inuse + (unsigned int)sizeof(struct slob_rcu);
	s->offset = 0;
	s->reciprocal = (1ull << 48) / s->size + 1;
	s->allocflags = 0;
	if (s->flags & SLAB_CACHE_DMA)
		s->allocflags |= __GFP_DMA;
	if (s->flags & SLAB_CACHE_DMA32)
		s->allocflags |= __GFP_DMA32;
	order = takes_pages(s, s->size) ? order_of(s, s->size) : 0;
	objects = max(1u, min((unsigned int)(page_bytes() << order) / s->size, OO_MASK));
	s->oo.x = s->min.x = order << OO_SHIFT | objects;
}

static int slob_init(struct kmem_cache *s)
{
	struct slab_state *state = this_slab_state();
	struct slob_cache *c;
	struct slob_heap *heap;

	slab_debug_undone(s);
	slob_sizes(s);
	if (oo_order(s->oo) >= state->machine->config.max_order)
		return -EINVAL;
	heap = slob_heap_get(state);
	if (!heap)
		return -ENOMEM;
	c = pool_alloc(&heap->pool, GFP_KERNEL);
	if (!c) {
		slob_heap_put(state);
		return -ENOMEM;
	}
	c->number = 0;
	while (c->number < SLOB_KMALLOCS &&
	       (heap->kmalloc[c->number] || !(s->flags & SLAB_KMALLOC)))
		c->number++;
	if (c->number < SLOB_KMALLOCS)
		heap->kmalloc[c->number] = c;
	s->priv = c;
	return 0;
}

static void slob_exit(struct kmem_cache *s)
{
	struct slob_heap *heap = this_heap();
	struct slob_cache *c = slob_of(s);

	if (c->number < SLOB_KMALLOCS)
		heap->kmalloc[c->number] = NULL;
	s->priv = NULL;
	pool_free(&heap->pool, c);
	slob_heap_put(this_slab_state());
}

/* An object of whole pages came, or went. */
static void count_whole(struct slob_cache *c, long objects, long pages)
{
	struct slob_heap *heap = this_heap();

	quire_lock(&heap->lock);
	WRITE_ONCE(c->live, c->live + (unsigned long)objects);
	WRITE_ONCE(c->pages, c->pages + (unsigned long)pages);
	quire_unlock(&heap->lock);
}

/* --- free -------------------------------------------------------------------------------- */

/* The header of what kmalloc gave; NULL: @object is nothing of the kind. */
static struct slob_header *header_of(const struct slob_heap *heap, struct slab *page,
				     const void *object)
{
	size_t at = (size_t)((const unsigned char *)object - (unsigned char *)slab_address(page));
	struct slob_header *header = (struct slob_header *)((unsigned long)object - SLOB_HEADER);

	if (at < SLOB_HEADER || at % SLOB_HEADER)
		return NULL;
	if ((header->mark & ~(SLOB_KMALLOCS - 1)) != SLOB_MARK ||
	    !heap->kmalloc[header->mark & (SLOB_KMALLOCS - 1)])
		return NULL;
	return at + header->size <= page_bytes() ? header : NULL;
}

static void free_headed(struct slob_heap *heap, struct slab *page, void *object,
			unsigned long caller)
{
	struct slob_header *header = header_of(heap, page, object);
	struct slob_give give = { .s = &heap->cache, .caller = caller };
	struct slob_cache *c;

	if (unlikely(!header)) {
		slab_misuse(&heap->cache, caller,
			    "BUG slob: kfree() of 0x%px, which kmalloc() did not give or which is "
			    "free already",
			    object);
		return;
	}
	c = heap->kmalloc[header->mark & (SLOB_KMALLOCS - 1)];
	/* Freed twice, it must not look like an object. */
	header->mark = 0;
	object = header;
	give.bytes = header->size + SLOB_HEADER;
	give.live = &c->live;
	slob_heap_free(heap, &give, 1, &object);
}

static void free_whole(struct kmem_cache *s, struct slab *slab, void *object, unsigned long caller)
{
	if (unlikely(object != slab_address(slab))) {
		slab_misuse(s, caller, "BUG %s (SLOB): free of 0x%px inside an object", s->name,
			    object);
		return;
	}
	count_whole(slob_of(s), -1, -(1l << compound_order(slab_page(slab))));
	slab_pages_free(s, slab_page(slab));
}

/* Objects of less than a page, without headers. */
static void free_bare(struct kmem_cache *s, unsigned int nr, void *const *p, unsigned long caller)
{
	const struct slob_give give = {
		.s = s, .caller = caller, .bytes = s->size, .live = &slob_of(s)->live
	};

	slob_heap_free(this_heap(), &give, nr, p);
}

/* The object's memory goes. */
static void free_now(struct kmem_cache *s, struct slab *slab, void *object, unsigned long caller)
{
	struct slob_heap *heap = this_heap();

	if (slab->slab_cache != &heap->cache)
		free_whole(slab->slab_cache, slab, object, caller);
	else if (s->flags & SLAB_KMALLOC)
		free_headed(heap, slab, object, caller);
	else
		free_bare(s, 1, &object, caller);
}

/* Objects at the queue's head whose grace period is over. */
static struct slob_rcu *take_waited(struct slob_heap *heap)
{
	struct slob_rcu *done = NULL, **end = &done, *rcu;

	quire_lock(&heap->lock);
	while ((rcu = heap->waiting) && poll_state_synchronize_rcu(rcu->cookie)) {
		WRITE_ONCE(heap->waiting, rcu->next);
		*end = rcu;
		end = &rcu->next;
	}
	if (!heap->waiting)
		heap->waiting_end = &heap->waiting;
	heap->pollers++;
	quire_unlock(&heap->lock);
	*end = NULL;
	return done;
}

static void poll_waiting(struct slob_heap *heap)
{
	struct slob_rcu *rcu, *next;

	if (likely(!READ_ONCE(heap->waiting)))
		return;
	for (rcu = take_waited(heap); rcu; rcu = next) {
		void *object = rcu->object;

		next = rcu->next;
		rcu->object = NULL;
		free_now(rcu->cache, virt_to_slab(object), object, 0);
	}
	quire_lock(&heap->lock);
	heap->pollers--;
	quire_unlock(&heap->lock);
}

/* Is no object in the queue, nor on its way from there in some other CPU's hands? */
static bool nothing_waits(struct slob_heap *heap)
{
	bool nothing;

	quire_lock(&heap->lock);
	nothing = !heap->waiting && !heap->pollers;
	quire_unlock(&heap->lock);
	return nothing;
}

static void free_after_readers(struct slob_heap *heap, struct kmem_cache *s, void *object,
			       unsigned long caller)
{
	struct slob_rcu *rcu = rcu_of(s, object);
	bool poll;

	if (unlikely(rcu->object == object)) {
		slab_misuse(s, caller, "BUG %s (SLOB): double free of 0x%px", s->name, object);
		return;
	}
	*rcu = (struct slob_rcu){ .cookie = get_state_synchronize_rcu(),
				  .cache = s,
				  .object = object };
	quire_lock(&heap->lock);
	WRITE_ONCE(*heap->waiting_end, rcu);
	heap->waiting_end = &rcu->next;
	poll = ++heap->nr_waited % RCU_POLL_FREES == 0;
	quire_unlock(&heap->lock);
	if (poll)
		poll_waiting(heap);
}

static void slob_free(struct kmem_cache *s, struct slab *slab, void *object, unsigned long caller)
{
	if (likely(!(s->flags & SLAB_TYPESAFE_BY_RCU)))
		free_now(s, slab, object, caller);
	else
		free_after_readers(this_heap(), s, object, caller);
}

/* Do objects of @s lie in the heap as they are, and does @object? */
static bool is_plain(const struct kmem_cache *s, const void *object)
{
	return !(s->flags & (SLAB_KMALLOC | SLAB_TYPESAFE_BY_RCU)) && !takes_pages(s, s->size) &&
	       virt_to_slab(object)->slab_cache == &this_heap()->cache;
}

static void slob_free_bulk(struct kmem_cache *s, unsigned int nr, void **p, unsigned long caller)
{
	unsigned int i;

	if (nr && is_plain(s, p[0])) {
		free_bare(s, nr, p, caller);
		return;
	}
	for (i = 0; i < nr; i++)
		slob_free(s, virt_to_slab(p[i]), p[i], caller);
}

size_t slob_kmalloc_size(size_t size)
{
	size_t bytes = ALIGN(size, (size_t)SLOB_HEADER), whole = page_bytes();

	if (bytes + SLOB_HEADER < whole)
		return bytes;
	while (whole < size)
		whole *= 2;
	return whole;
}

/* --- allocation -------------------------------------------------------------------------- */

static void *alloc_whole(struct kmem_cache *s, gfp_t gfp, int nid, size_t bytes)
{
	unsigned int order = order_of(s, bytes);
	struct page *page = slab_pages_alloc(s, gfp, nid, order);

	if (unlikely(!page))
		return NULL;
	count_whole(slob_of(s), 1, 1l << order);
	return page_address(page);
}

/* Point 1. */
static void *alloc_headed(struct kmem_cache *s, gfp_t gfp, int nid, size_t size)
{
	unsigned int bytes = ALIGN((unsigned int)size, SLOB_HEADER);
	struct slob_want want = { .bytes = bytes + SLOB_HEADER,
				  .align = SLOB_HEADER,
				  .offset = SLOB_HEADER,
				  .gfp = gfp,
				  .nid = nid,
				  .live = &slob_of(s)->live };
	struct slob_header *header;
	void *p;

	if (size && !(size & (size - 1)))
		want.align = max(SLOB_HEADER, (unsigned int)size);
	if (takes_pages(s, want.bytes))
		return alloc_whole(s, gfp, nid, size);
	if (unlikely(!slob_heap_alloc(this_heap(), &want, 1, &p)))
		return NULL;
	header = p;
	header->size = bytes;
	header->mark = SLOB_MARK | slob_of(s)->number;
	return (char *)header + SLOB_HEADER;
}

/* Blocks of less than a page, without headers. */
static unsigned int alloc_plain(struct kmem_cache *s, gfp_t gfp, int nid, unsigned int nr, void **p)
{
	const struct slob_want want = { .bytes = s->size,
					.align = s->align,
					.gfp = gfp,
					.nid = nid,
					.live = &slob_of(s)->live };

	return slob_heap_alloc(this_heap(), &want, nr, p);
}

/* Point 3. */
static void *begin_life(struct kmem_cache *s, gfp_t gfp, void *object)
{
	if (unlikely(s->flags & SLAB_TYPESAFE_BY_RCU))
		rcu_of(s, object)->object = NULL;
	if (s->ctor) {
		if (unlikely(gfp & __GFP_ZERO))
			slab_warn_zeroed_ctor(s);
		s->ctor(object);
	}
	return object;
}

static void *slob_alloc(struct kmem_cache *s, const struct slab_request *rq)
{
	gfp_t gfp = (rq->gfp & GFP_SLAB_PASSED) | s->allocflags;
	int nid = rq->nid < (int)quire_this_cpu->machine->config.nr_nodes ? rq->nid : NUMA_NO_NODE;
	void *object = NULL;

	if (unlikely(s->flags & SLAB_TYPESAFE_BY_RCU))
		poll_waiting(this_heap());
	if (s->flags & SLAB_KMALLOC)
		object = alloc_headed(s, gfp, nid, rq->size ? rq->size : READ_ONCE(s->object_size));
	else if (takes_pages(s, s->size))
		object = alloc_whole(s, gfp, nid, s->size);
	else
		alloc_plain(s, gfp, nid, 1, &object);
	return likely(object) ? begin_life(s, rq->gfp, object) : NULL;
}

static unsigned int slob_alloc_bulk(struct kmem_cache *s, gfp_t gfp, unsigned int nr, void **p)
{
	const struct slab_request rq = { gfp, NUMA_NO_NODE, READ_ONCE(s->object_size), 0 };
	unsigned int got, i;

	if (!(s->flags & SLAB_KMALLOC) && !takes_pages(s, s->size)) {
		got = alloc_plain(s, (gfp & GFP_SLAB_PASSED) | s->allocflags, NUMA_NO_NODE, nr, p);
		for (i = 0; i < got; i++)
			begin_life(s, gfp, p[i]);
		return got;
	}
	for (got = 0; got < nr; got++) {
		p[got] = slob_alloc(s, &rq);
		if (unlikely(!p[got]))
			break;
	}
	return got;
}

/* --- its end ----------------------------------------------------------------------------- */

/* Objects still handed out; pages without any went back at once. */
static unsigned long slob_shrink(struct kmem_cache *s)
{
	poll_waiting(this_heap());
	return READ_ONCE(slob_of(s)->live);
}

static int slob_shutdown(struct kmem_cache *s)
{
	unsigned long live;

	while (s->flags & SLAB_TYPESAFE_BY_RCU && !nothing_waits(this_heap())) {
		synchronize_rcu();
		poll_waiting(this_heap());
	}
	live = slob_shrink(s);
	if (likely(!live))
		return 0;
	quire_report(NULL, QUIRE_ERR,
		     "BUG %s (SLOB): %lu objects remaining on __kmem_cache_shutdown()\n", s->name,
		     live);
	slab_bug_end(s);
	return 1;
}

/* --- what it says of itself -------------------------------------------------------------- */

static size_t slob_usable(struct kmem_cache *s, const void *object)
{
	struct slab *slab = virt_to_slab(object);
	struct slob_header *header;

	if (!(s->flags & SLAB_KMALLOC))
		return READ_ONCE(s->object_size);
	if (slab->slab_cache != &this_heap()->cache)
		return page_bytes() << compound_order(slab_page(slab));
	header = header_of(this_heap(), slab, object);
	return header ? header->size : 0;
}

/* Pages of the heap are nobody's: a cache has objects, and pages only where these are whole ones.
 */
static void slob_info(struct kmem_cache *s, struct quire_slabinfo *info)
{
	const struct slob_cache *c = slob_of(s);

	*info = (struct quire_slabinfo){ 0 };
	info->active_objs = info->num_objs = READ_ONCE(c->live);
	info->objects_per_slab = oo_objects(s->oo);
	info->cache_order = oo_order(s->oo);
	info->num_slabs = READ_ONCE(c->pages) >> oo_order(s->oo);
	info->active_slabs = info->num_slabs;
}

static bool slob_validate(struct kmem_cache *s)
{
	return slob_heap_validate(this_heap());
}

const struct slab_backend slob_backend = {
	.name = "slob",
	.init = slob_init,
	.shutdown = slob_shutdown,
	.exit = slob_exit,
	.alloc = slob_alloc,
	.free = slob_free,
	.alloc_bulk = slob_alloc_bulk,
	.free_bulk = slob_free_bulk,
	.shrink = slob_shrink,
	.info = slob_info,
	.validate = slob_validate,
	.usable = slob_usable,
};
