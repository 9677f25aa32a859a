/* SPDX-License-Identifier: MIT */
/*
 * slab/slab_geometry.c - SLAB's sizes.
 *
 * 1. A slot is the object rounded up to a word and to its alignment, 16 bytes at least where an
 *    index is one byte (pages of 4 KiB), so that 255 objects fill a page.
 * 2. The list of free objects, one index for each object, lies
 *	in an object: when it fits into one that nobody reads while it is free (no constructor, no
 *		RCU readers) and that is not to come out as init_on_free left it. Costs nothing.
 *	off the slab, in an object of kmalloc's: when that lets the slab be packed better, and the
 *		kmalloc object is at most half as large as one of ours, and itself not of this kind.
 *	on the slab, behind the objects.
 *    The first that is possible is taken.
 *
 *	on the slab:  | colour | object 0 | object 1 | ... | object num-1 | rest | indices |
 *	the others:   | colour | object 0 | object 1 | ... | object num-1 | rest           |
 *
 * 3. The order is the smallest whose left-over is at most 1/8 of the slab. Above slab_max_order (0
 *    for machines below 32 MiB, else 1) only objects that fit into nothing smaller go; reclaimable
 *    caches take the smallest order that holds an object.
 * 4. The left-over gives colours: multiples of a cache line, or of the alignment.
 * 5. Tunables by size of a slot:
 *
 *	 bytes		limit	batchcount	shared (several CPUs)
 *	 .. 256		120	60		8
 *	 .. 1024	54	27		8
 *	 .. a page	24	12		8
 *	 .. 128 KiB	8	4		0
 *	 above		1	1		0
 *
 * Sources: behaviour of Linux 4.9 (mm/slab.c: calculate_slab_order, enable_cpucache).
 */
#include "slab/slab_backend.h"

#define WORD		 ((unsigned int)sizeof(void *))
#define BYTE_INDEX_SLOT	 16u
#define SMALL_MACHINE	 (32ull << 20)
#define LARGE_SLAB_ORDER 1u

/* What a slab of @sc->order holds, and what is left over, bytes. */
static unsigned int estimate(const struct kmem_cache *s, struct slab_cache *sc)
{
	unsigned int bytes = 1u << (quire_this_cpu->page_shift + sc->order);
	unsigned int slot = s->size + (sc->where == SLAB_LIST_ON_SLAB ? sc->index_bytes : 0);

	sc->num = bytes / slot;
	return bytes % slot;
}

/* The cache for a list off the slab; NULL: none would do (point 2). */
static struct kmem_cache *list_cache_for(const struct kmem_cache *s, const struct slab_cache *sc)
{
	size_t bytes = (size_t)sc->num * sc->index_bytes;
	struct kmem_cache *cache;

	if (bytes > KMALLOC_MAX_CACHE_SIZE)
		return NULL;
	cache = this_kmalloc_table()->caches[KMALLOC_NORMAL][kmalloc_index(bytes)];
	if (!cache || cache->size > s->size / 2)
		return NULL;
	if (cache->backend == &slab_backend && slab_of(cache)->where == SLAB_LIST_OFF_SLAB)
		return NULL;
	return cache;
}

static unsigned int max_slab_order(const struct quire_machine_config *c)
{
	return (u64)totalram_pages() << quire_this_cpu->page_shift > SMALL_MACHINE &&
			       c->max_order > LARGE_SLAB_ORDER
		       ? LARGE_SLAB_ORDER
		       : 0;
}

/* Point 3. Return: bytes left over; ~0u: no order will do. */
static unsigned int choose_order(const struct kmem_cache *s, struct slab_cache *sc)
{
	const struct quire_machine_config *c = &quire_this_cpu->machine->config;
	const unsigned int most = (1u << 8 * sc->index_bytes) - 1, high = max_slab_order(c);
	struct slab_cache found = { .num = 0 };
	unsigned int left = ~0u, rest;

	for (sc->order = 0; sc->order < c->max_order; sc->order++) {
		rest = estimate(s, sc);
		if (!sc->num)
			continue;
		if (sc->num > most)
			break;
		sc->list_cache = NULL;
		if (sc->where == SLAB_LIST_OFF_SLAB) {
			sc->list_cache = list_cache_for(s, sc);
			if (!sc->list_cache)
				continue;
		}
		found = *sc;
		left = rest;
		if (s->flags & SLAB_RECLAIM_ACCOUNT || sc->order >= high ||
		    left * 8 <= 1u << (quire_this_cpu->page_shift + sc->order))
			break;
	}
	if (left != ~0u)
		*sc = found;
	return left;
}

/* Point 2: may a slab be made with its list there? Return: bytes left over, ~0u: no. */
static unsigned int try_where(const struct kmem_cache *s, struct slab_cache *sc,
			      enum slab_where where)
{
	unsigned int left;

	if (where == SLAB_LIST_IN_OBJECT && (s->ctor || s->flags & SLAB_TYPESAFE_BY_RCU ||
					     quire_this_cpu->machine->config.vm.init_on_free))
		return ~0u;
	sc->where = where;
	left = choose_order(s, sc);
	if (left == ~0u)
		return left;
	sc->list_bytes = sc->num * sc->index_bytes;
	if (where == SLAB_LIST_IN_OBJECT && sc->list_bytes > s->object_size)
		return ~0u;
	/* There is room on the slab after all. */
	if (where == SLAB_LIST_OFF_SLAB && left >= sc->list_bytes)
		return ~0u;
	return left;
}

int slab_calculate_sizes(struct kmem_cache *s, struct slab_cache *sc)
{
	enum slab_where where;
	unsigned int left = ~0u;

	sc->index_bytes = 1ul << quire_this_cpu->page_shift >> 8 <= BYTE_INDEX_SLOT ? 1 : 2;
	s->inuse = ALIGN(s->object_size, WORD);
	s->size = ALIGN(s->inuse, s->align);
	if (sc->index_bytes == 1 && s->size < BYTE_INDEX_SLOT)
		s->size = ALIGN(BYTE_INDEX_SLOT, s->align);
	s->reciprocal = (1ull << 48) / s->size + 1;
	for (where = SLAB_LIST_IN_OBJECT; where <= SLAB_LIST_ON_SLAB && left == ~0u; where++)
		left = try_where(s, sc, where);
	if (left == ~0u)
		return -EINVAL;
	sc->colour_off = max((unsigned int)QUIRE_CACHELINE, s->align);
	sc->colours = left / sc->colour_off;
	s->oo.x = s->min.x = sc->order << OO_SHIFT | sc->num;
	s->allocflags = slab_allocflags(s->flags);
	return 0;
}

void slab_default_tunables(const struct kmem_cache *s, struct slab_cache *sc)
{
	const unsigned int page = 1u << quire_this_cpu->page_shift;

	if (s->size > 128 * 1024)
		sc->limit = 1;
	else if (s->size > page)
		sc->limit = 8;
	else if (s->size > 1024)
		sc->limit = 24;
	else
		sc->limit = s->size > 256 ? 54 : 120;
	sc->batchcount = (sc->limit + 1) / 2;
	sc->shared = s->size <= page && sc->nr_cpus > 1 ? 8 : 0;
}
