/* SPDX-License-Identifier: MIT */
/*
 * slab/slob.h - SLOB's heap (slob_heap.c) as its caches (slob.c) see it.
 */
#ifndef QUIRE_SLAB_SLOB_H
#define QUIRE_SLAB_SLOB_H

#include <quire/math.h>

#include "slab/slab.h"

#define SLOB_LISTS    3
#define SLOB_HEADER   8u	  /* bytes in front of what kmalloc gives */
#define SLOB_MARK     0x51ab0000u /* kmalloc header: mark and number of the cache */
#define SLOB_KMALLOCS 64u

_Static_assert(SLOB_HEADER == ARCH_KMALLOC_MINALIGN && SLOB_HEADER >= ARCH_SLAB_MINALIGN,
	       "what follows the header is aligned as kmalloc promises");

/**
 * struct slob_cache - what SLOB keeps of a cache; kmem_cache.priv.
 * @live: objects handed out; under the heap's lock
 * @pages: of them, in blocks of whole pages: how many pages
 * @number: index in slob_heap.kmalloc; SLOB_KMALLOCS: not one of kmalloc's
 */
struct slob_cache {
	unsigned long live;
	unsigned long pages;
	unsigned int number;
};

struct slob_rcu;

/**
 * struct slob_hint - what the last search found (B5 of slob_heap.c). @page NULL: nothing.
 * @prev: a free block of @page: neither it nor one before it holds @units units, aligned to @align
 *	behind @offset
 */
struct slob_hint {
	struct slab *page;
	unsigned int prev;
	unsigned int units, align, offset;
};

/**
 * struct slob_heap - a machine's.
 * @lists: pages with free units, by class of size (point 2)
 * @hint: where the next search may begin
 * @nr_pages: of the heap
 * @unit_shift: log2 of a unit's bytes
 * @waiting, @waiting_end, @nr_waited: freed objects that readers may look at, in order (slob.c)
 * @pollers: who has taken objects off that queue and not freed all yet
 * @users: caches; the heap lives from the first to the last
 * @cache: what slab_cache of the heap's pages says; kfree() comes with it
 */
struct slob_heap {
	struct quire_lock lock;
	struct list_head lists[SLOB_LISTS];
	struct slob_hint hint;
	unsigned long nr_pages;
	unsigned int unit_shift, page_units;
	struct slob_rcu *waiting, **waiting_end;
	unsigned int nr_waited, pollers;
	unsigned int users;
	size_t bytes;
	struct fixed_pool pool;
	struct slob_cache *kmalloc[SLOB_KMALLOCS];
	struct kmem_cache cache __quire_aligned(QUIRE_CACHELINE);
};

/**
 * struct slob_want - a block as it is looked for.
 * @offset: of the aligned address in it
 * @live: the cache's count, moved under the heap's lock
 */
struct slob_want {
	unsigned int bytes, align, offset;
	gfp_t gfp;
	int nid;
	unsigned long *live;
};

/**
 * struct slob_give - blocks as they come back.
 * @s: what reports name; @caller: of the free, 0: nobody knows any more
 * @bytes: of each; @live: as above
 */
struct slob_give {
	const struct kmem_cache *s;
	unsigned long caller;
	unsigned int bytes;
	unsigned long *live;
};

static inline struct slob_heap *this_heap(void)
{
	return this_slab_state()->slob;
}

static inline size_t page_bytes(void)
{
	return 1ul << quire_this_cpu->page_shift;
}

/* Contents of a page of the heap. */
static inline unsigned char *slob_page_start(const struct slab *page)
{
	const struct quire_cpu *cpu = quire_this_cpu;

	return cpu->linear + ((u64)((const struct page *)page - cpu->mem_map) << cpu->page_shift);
}

/** slob_heap_get() - the machine's heap, one user more; NULL: no memory. Context: SLAB_CACHES held.
 */
struct slob_heap *slob_heap_get(struct slab_state *state) QUIRE_MUST_CHECK;
/** slob_heap_put() - one user less; the last one gives an empty heap back. Context: as above. */
void slob_heap_put(struct slab_state *state);
/** slob_heap_alloc() - up to @nr blocks of less than a page. Return: how many. */
unsigned int slob_heap_alloc(struct slob_heap *heap, const struct slob_want *want, unsigned int nr,
			     void **p);
/**
 * slob_heap_free() - @nr blocks. What is free already is told and left, and so is what comes to a
 * cache that has no object.
 */
void slob_heap_free(struct slob_heap *heap, const struct slob_give *give, unsigned int nr,
		    void *const *p);
/** slob_heap_validate() - B1 to B5; the first fault is reported. */
bool slob_heap_validate(struct slob_heap *heap);

#endif /* QUIRE_SLAB_SLOB_H */
