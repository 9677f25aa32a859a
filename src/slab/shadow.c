/* SPDX-License-Identifier: MIT */
/*
 * slab/shadow.c - what code that AddressSanitizer watches may touch of slabs (config.vm.asan).
 *
 * 1. Caches with SLUB debugging: the bytes that an object's owner asked for, while it has them. All
 *    else of their slabs is closed: red zones, tracks, free objects, the rest behind the last one.
 *    Not those that asked for red zones or poison when they were made: tests of SLUB's debugging.
 * 2. So an access is found where it is made, reads included; the patterns find later, and only
 *    writes. What both see is told once: the checker ends the program.
 * 3. Objects that RCU readers may look at after they are free stay open; around them is closed.
 * 4. Large objects: the rest of their last page is closed. Free pages are the page room's
 *    (src/page/contents.c), which opens whole blocks before it looks at them.
 *
 *	         slot
 *	left zone |  owned  | rest, right zone, tracks, padding | left zone ...
 *	  closed  |  open   | closed                              closed
 *
 * The room's own code is not watched, but memset() and memcpy() are: so a slot is open while it
 * changes hands, and patterns elsewhere are mended word by word (pattern_fill()).
 *
 * Source: behaviour of Linux 6.1 (mm/kasan/common.c: kasan_poison_slab(), kasan_slab_free() ...).
 */
#include "slab/slub.h"

void slab_shadow_new(struct slab *slab)
{
	const unsigned int order = compound_order(slab_page(slab));

	machine_shadow(quire_this_cpu->machine, slab_address(slab),
		       1ul << (quire_this_cpu->page_shift + order), false);
}

void slab_shadow_open(const struct kmem_cache *s, const void *object)
{
	machine_shadow(quire_this_cpu->machine, (const char *)object - s->red_left_pad, s->size,
		       true);
}

void slab_shadow_owned(const struct kmem_cache *s, const void *object, size_t owned)
{
	const struct quire_machine *m = quire_this_cpu->machine;
	const char *p = object, *slot = p - s->red_left_pad;

	machine_shadow(m, p, owned, true);
	machine_shadow(m, slot, s->red_left_pad, false);
	machine_shadow(m, p + owned, (size_t)(slot + s->size - (p + owned)), false);
}

void slab_shadow_free(const struct kmem_cache *s, const void *object)
{
	slab_shadow_owned(s, object, s->flags & SLAB_TYPESAFE_BY_RCU ? s->object_size : 0);
}

void slab_shadow_large(const void *object, size_t owned, size_t bytes)
{
	const struct quire_machine *m = quire_this_cpu->machine;

	if (likely(!machine_has_shadow(m)))
		return;
	machine_shadow(m, object, owned, true);
	machine_shadow(m, (const char *)object + owned, bytes - owned, false);
}
