/* SPDX-License-Identifier: MIT */
/*
 * slab/place.c - where in a cache's object an address lies; for who checks accesses to objects.
 *
 * Slots lie one behind the other, so the distance from a slab's first one says it, for addresses
 * between objects and behind the last one, too. SLOB's pages hold objects of many sizes, and say
 * nothing.
 */
#include "slab/slab.h"
#include "slab/slab_backend.h"

bool quire_slab_place(const void *addr, struct quire_slab_place *place)
{
	const struct slab *slab = in_memory(addr) ? virt_to_slab(addr) : NULL;
	const struct kmem_cache *s = slab ? slab->slab_cache : NULL;
	const unsigned char *first;

	if (!s || s->backend == &slob_backend)
		return false;
	first = s->backend == &slab_backend ? index_object(s, slab, 0) : slab_address(slab);
	*place = (struct quire_slab_place){
		.cache = s,
		.backend = s->backend == &slab_backend ? QUIRE_SLAB_SLAB : QUIRE_SLAB_SLUB,
	};
	/* before SLAB's first object lies its list of free ones */
	place->between = (const unsigned char *)addr < first;
	if (place->between)
		return true;
	place->offset = (size_t)((const unsigned char *)addr - first) % s->size;
	place->between = place->offset < s->red_left_pad;
	if (!place->between)
		place->offset -= s->red_left_pad;
	return true;
}
