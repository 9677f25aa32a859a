/* SPDX-License-Identifier: MIT */
/*
 * mempool.h - pools with a reserve, for allocations that must get through, with Linux's names.
 *
 * 1. A pool keeps min_nr elements in reserve. mempool_alloc() asks the allocator first, without
 *    sleeping; then it takes from the reserve; then it asks again as hard as the caller's flags
 *    allow; then, if the caller may sleep, it waits for a mempool_free().
 * 2. mempool_free() fills the reserve up before it gives anything back to the allocator.
 * 3. So whoever holds at most min_nr elements at a time and gives each back in finite time makes
 *    progress however little memory there is.
 * 4. Linux waits for ever. Here a wait ends with a report and NULL when nobody can end it: at
 *    once in a deterministic machine, which has one thread, else after
 *    QUIRE_MEMPOOL_PATIENCE_S seconds.
 *
 * Elements in the reserve are as they were given back: nothing is cleared. Where caches have
 * poison (slub_debug=P), objects, kmalloc()ed bytes and pages in a reserve have it, too, and a
 * write to one is reported when it leaves.
 * Sources: Linux 6.1 (names, contract); J. Corbet, "Driver porting: low-level memory allocation"
 * (LWN 22909).
 */
#ifndef QUIRE_MEMPOOL_H
#define QUIRE_MEMPOOL_H

#include <quire/api.h>
#include <quire/gfp.h>
#include <quire/spinlock.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

#define QUIRE_MEMPOOL_PATIENCE_S 30

struct kmem_cache;

/** typedef mempool_alloc_t - a new element, or NULL. */
typedef void *(mempool_alloc_t)(gfp_t gfp_mask, void *pool_data);
/** typedef mempool_free_t - the element goes back to where it came from. */
typedef void(mempool_free_t)(void *element, void *pool_data);

/* What a client's own mempool waits with; at most the words of the union below. */
#define QUIRE_MEMPOOL_WAIT_WORDS 4
#ifndef QUIRE_MEMPOOL_WAIT
#define QUIRE_MEMPOOL_WAIT unsigned int
#endif

/**
 * struct mempool_s - a pool.
 * @lock: min_nr, curr_nr, elements
 * @min_nr: size of the reserve
 * @curr_nr: elements in it, elements[0 .. curr_nr)
 * @pool_data: for @alloc and @free
 * @waiting: how many callers wait for an element
 * @wait: in its place what Linux has there, for who brings a mempool
 */
typedef struct mempool_s {
	spinlock_t lock;
	int min_nr;
	int curr_nr;
	void **elements;
	void *pool_data;
	mempool_alloc_t *alloc;
	mempool_free_t *free;
	union {
		unsigned int waiting;
		QUIRE_MEMPOOL_WAIT wait;
		unsigned long wait_room[QUIRE_MEMPOOL_WAIT_WORDS];
	};
} mempool_t;

/** mempool_initialized() - has mempool_init() succeeded, mempool_exit() not yet been called? */
static inline bool mempool_initialized(mempool_t *pool)
{
	return pool->elements != NULL;
}

/**
 * mempool_init_node() - fills a pool that the caller owns.
 * @gfp, @nid: for the array; elements by @alloc with @gfp
 * Return: 0; -ENOMEM, nothing left behind.
 */
int mempool_init_node(mempool_t *pool, int min_nr, mempool_alloc_t *alloc, mempool_free_t *free,
		      void *pool_data, gfp_t gfp, int nid) QUIRE_API(mempool_init_node);
/** mempool_init() - mempool_init_node() with GFP_KERNEL on any node. */
int mempool_init(mempool_t *pool, int min_nr, mempool_alloc_t *alloc, mempool_free_t *free,
		 void *pool_data) QUIRE_API(mempool_init);
/** mempool_exit() - frees the reserve; @pool may be zero-filled or have been left before. */
void mempool_exit(mempool_t *pool) QUIRE_API(mempool_exit);
/** mempool_create_node() - a new pool, or NULL; mempool_destroy() it. */
mempool_t *mempool_create_node(int min_nr, mempool_alloc_t *alloc, mempool_free_t *free,
			       void *pool_data, gfp_t gfp, int nid) QUIRE_API(mempool_create_node);
/** mempool_create() - mempool_create_node() with GFP_KERNEL on any node. */
mempool_t *mempool_create(int min_nr, mempool_alloc_t *alloc, mempool_free_t *free, void *pool_data)
	QUIRE_API(mempool_create);
/** mempool_destroy() - frees @pool and its reserve; NULL: nothing. All elements must be back. */
void mempool_destroy(mempool_t *pool) QUIRE_API(mempool_destroy);
/**
 * mempool_resize() - another size of the reserve.
 * @new_min_nr: > 0. A larger reserve that cannot be filled now fills as elements come back.
 * Context: may sleep; beside alloc and free, not beside another resize.
 * Return: 0, -ENOMEM: no memory for the array, nothing changed; -EINVAL: not above 0.
 */
int mempool_resize(mempool_t *pool, int new_min_nr) QUIRE_API(mempool_resize);
/**
 * mempool_alloc() - an element; see above for the order of attempts.
 * @gfp: without __GFP_ZERO, which is reported and dropped: the reserve is not cleared
 * Return: NULL: only if @gfp may not sleep, or after a report that waiting is in vain.
 */
void *mempool_alloc(mempool_t *pool, gfp_t gfp) QUIRE_API(mempool_alloc);
/** mempool_alloc_preallocated() - an element of the reserve, or NULL. Never sleeps. */
void *mempool_alloc_preallocated(mempool_t *pool) QUIRE_API(mempool_alloc_preallocated);
/** mempool_free() - gives @element back; NULL: nothing. Context: any. */
void mempool_free(void *element, mempool_t *pool) QUIRE_API(mempool_free);

/** mempool_alloc_slab() - an object of the cache @pool_data, which has no constructor. */
void *mempool_alloc_slab(gfp_t gfp, void *pool_data) QUIRE_API(mempool_alloc_slab);
/** mempool_free_slab() - its end. */
void mempool_free_slab(void *element, void *pool_data) QUIRE_API(mempool_free_slab);
/** mempool_kmalloc() - @pool_data bytes by kmalloc(). */
void *mempool_kmalloc(gfp_t gfp, void *pool_data) QUIRE_API(mempool_kmalloc);
/** mempool_kfree() - their end. */
void mempool_kfree(void *element, void *pool_data) QUIRE_API(mempool_kfree);
/** mempool_alloc_pages() - the struct page of a block of order @pool_data. */
void *mempool_alloc_pages(gfp_t gfp, void *pool_data) QUIRE_API(mempool_alloc_pages);
/** mempool_free_pages() - its end. */
void mempool_free_pages(void *element, void *pool_data) QUIRE_API(mempool_free_pages);

static inline int mempool_init_slab_pool(mempool_t *pool, int min_nr, struct kmem_cache *s)
{
	return mempool_init(pool, min_nr, mempool_alloc_slab, mempool_free_slab, s);
}

static inline mempool_t *mempool_create_slab_pool(int min_nr, struct kmem_cache *s)
{
	return mempool_create(min_nr, mempool_alloc_slab, mempool_free_slab, s);
}

static inline int mempool_init_kmalloc_pool(mempool_t *pool, int min_nr, size_t size)
{
	return mempool_init(pool, min_nr, mempool_kmalloc, mempool_kfree, (void *)size);
}

static inline mempool_t *mempool_create_kmalloc_pool(int min_nr, size_t size)
{
	return mempool_create(min_nr, mempool_kmalloc, mempool_kfree, (void *)size);
}

static inline int mempool_init_page_pool(mempool_t *pool, int min_nr, int order)
{
	return mempool_init(pool, min_nr, mempool_alloc_pages, mempool_free_pages,
			    (void *)(long)order);
}

static inline mempool_t *mempool_create_page_pool(int min_nr, int order)
{
	return mempool_create(min_nr, mempool_alloc_pages, mempool_free_pages, (void *)(long)order);
}

QUIRE_END_DECLS

#endif /* QUIRE_MEMPOOL_H */
