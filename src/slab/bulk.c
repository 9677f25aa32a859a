/* SPDX-License-Identifier: MIT */
/*
 * slab/bulk.c - many objects at once.
 *
 * 1. All or nothing: an allocation that cannot have all gives back what it got.
 * 2. From and to the CPU's sheaves by copying pointers; the rest by the back end, which takes a
 *    slab's objects together.
 * 3. A free checks each object's page as kmem_cache_free() does, but once for neighbours on
 *    one page. What is not the cache's goes through the full path, one by one, and is reported
 *    there.
 *
 * Sources: behaviour of Linux 6.1 (mm/slub.c: kmem_cache_alloc_bulk, kmem_cache_free_bulk).
 */
#include "slab/slub.h"

#define CALLER ((unsigned long)__builtin_return_address(0))

static bool watched(const struct kmem_cache *s)
{
	return READ_ONCE(s->alloc_hooks) & ALLOC_HOOK_ALWAYS;
}

/* One by one through the full path, which asks the fault points. */
static size_t alloc_each(struct kmem_cache *s, gfp_t gfp, size_t nr, void **p, unsigned long caller)
{
	struct slab_request rq = {
		.gfp = gfp, .nid = NUMA_NO_NODE, .size = READ_ONCE(s->object_size), .caller = caller
	};
	size_t i;

	for (i = 0; i < nr; i++) {
		p[i] = slab_alloc_full(s, &rq);
		if (!p[i])
			break;
	}
	return i;
}

static size_t alloc_many(struct kmem_cache *s, gfp_t gfp, size_t nr, void **p)
{
	size_t got = 0, i;

	if (s->sheaf_capacity)
		got = sheaf_alloc_bulk(s, (unsigned int)min(nr, (size_t)1 << 20), p);
	if (unlikely(got < nr))
		got += s->backend->alloc_bulk(s, gfp, (unsigned int)(nr - got), p + got);
	if (unlikely(gfp & __GFP_ZERO))
		for (i = 0; i < got; i++)
			slab_init_object(s, gfp, p[i], READ_ONCE(s->object_size));
	return got;
}

int kmem_cache_alloc_bulk(struct kmem_cache *s, gfp_t gfp, size_t nr, void **p)
{
	size_t got;

	if (unlikely(nr > __INT_MAX__))
		return 0;
	got = unlikely(watched(s)) ? alloc_each(s, gfp, nr, p, CALLER) : alloc_many(s, gfp, nr, p);
	if (likely(got == nr))
		return (int)nr;
	kmem_cache_free_bulk(s, got, p);
	return 0;
}

/* Do p[0..4) lie in the @bytes, a power of two, from @start on? */
static inline bool four_within(void *const *p, unsigned long start, unsigned long bytes)
{
	return (((unsigned long)p[0] - start) | ((unsigned long)p[1] - start) |
		((unsigned long)p[2] - start) | ((unsigned long)p[3] - start)) < bytes;
}

/* How many from p[0] on lie there; neighbours of an array often lie on one page. */
static inline size_t run_within(void *const *p, size_t nr, unsigned long start, unsigned long bytes)
{
	size_t i = 0;

	while (i + 4 <= nr && four_within(p + i, start, bytes))
		i += 4;
	while (i < nr && (unsigned long)p[i] - start < bytes)
		i++;
	return i;
}

/* How many objects from p[0] on are on pages of @s and of this node (point 3). */
static size_t same_cache(const struct kmem_cache *s, size_t nr, void *const *p)
{
	const struct kmem_cache *says =
		unlikely(s->backend == &slob_backend) ? this_slab_state()->slob_cache : s;
	const struct quire_cpu *cpu = quire_this_cpu;
	const unsigned long bytes = 1ul << cpu->page_shift;
	size_t i = 0;

	while (i < nr) {
		unsigned long offset = (unsigned long)((unsigned char *)p[i] - cpu->linear);
		const struct page *page = cpu->mem_map + (offset >> cpu->page_shift);

		if (unlikely(offset >= cpu->linear_bytes ||
			     ((const struct slab *)page)->slab_cache != says ||
			     page->flags >> QUIRE_NODES_SHIFT != cpu->nid))
			break;
		i += run_within(p + i, nr - i, (unsigned long)cpu->linear + (offset & ~(bytes - 1)),
				bytes);
	}
	return i;
}

static void free_run(struct kmem_cache *s, size_t nr, void **p, unsigned long caller)
{
	size_t done = 0;

	if (s->sheaf_capacity)
		done = sheaf_free_bulk(s, (unsigned int)nr, p);
	if (unlikely(done < nr))
		s->backend->free_bulk(s, (unsigned int)(nr - done), p + done, caller);
}

void kmem_cache_free_bulk(struct kmem_cache *s, size_t nr, void **p)
{
	size_t run;

	while (nr) {
		run = s && !unlikely(watched(s)) ? same_cache(s, min(nr, (size_t)1 << 20), p) : 0;
		if (likely(run)) {
			free_run(s, run, p, CALLER);
		} else {
			run = 1;
			if (s)
				slab_free_full(s, *p, CALLER);
			else
				kfree(*p);
		}
		p += run;
		nr -= run;
	}
}
