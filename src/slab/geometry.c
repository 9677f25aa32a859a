/* SPDX-License-Identifier: MIT */
/*
 * slab/geometry.c - sizes: of a slot around an object, of a slab around its slots.
 *
 * 1. A slot is the object rounded up to a word, with what debugging adds to the left and right of
 *    it, rounded up to the alignment; slab_def.h has the picture.
 * 2. The free pointer lies inside the object, in its middle, where an overrun of a neighbour least
 *    likely reaches it; behind the object when the contents must survive a free (constructor,
 *    RCU readers, poison).
 * 3. A slab is the smallest block of pages that holds enough objects and wastes little. Enough is
 *    4 * (fls(CPUs) + 1), so that CPUs meet seldom; little is 1/16 of the slab, then 1/8, then
 *    1/4, then with fewer objects.
 * 4. A CPU keeps up to cpu_partial free objects in partial slabs, assumed half full.
 *
 *	size    order  objects	(2 CPUs)
 *	   96     0      42
 *	  512     1      16
 *	 1024     2      16
 *	 5888     3       5
 *
 * Sources: behaviour of Linux 6.1 (mm/slub.c, mm/slab_common.c); Ch. Lameter (2007).
 */
#include "slab/slub.h"

#define WORD ((unsigned int)sizeof(void *))

static inline unsigned int fls_of(unsigned int x)
{
	return x ? 32u - (unsigned int)__builtin_clz(x) : 0;
}

unsigned int calculate_alignment(slab_flags_t flags, unsigned int align, unsigned int size)
{
	if (flags & SLAB_HWCACHE_ALIGN) {
		unsigned int line = QUIRE_CACHELINE;

		/* Several small objects may share a line, but none lies across two. */
		while (size <= line / 2)
			line /= 2;
		align = max(align, line);
	}
	align = max(align, (unsigned int)ARCH_SLAB_MINALIGN);
	return ALIGN(align, WORD);
}

static inline size_t slab_bytes(unsigned int order)
{
	return 1ul << (quire_this_cpu->page_shift + order);
}

unsigned int slab_order_objects(unsigned int order, unsigned int size)
{
	return (unsigned int)(slab_bytes(order) / size);
}

unsigned int slab_order_for(size_t bytes)
{
	unsigned int order = 0;

	while (slab_bytes(order) < bytes)
		order++;
	return order;
}

/* Smallest order from @low on that holds @objects and wastes at most 1/@fraction; @high + 1: none.
 */
static unsigned int order_with_waste(unsigned int size, unsigned int objects, unsigned int low,
				     unsigned int high, unsigned int fraction)
{
	unsigned int order = max(low, slab_order_for((size_t)objects * size));

	for (; order <= high; order++)
		if (slab_bytes(order) % size <= slab_bytes(order) / fraction)
			break;
	return order;
}

/* Point 3. Return: -EINVAL when not even the largest block holds one. */
static int calculate_order(const struct quire_machine_config *c, unsigned int size)
{
	const unsigned int low = c->slab.min_order, high = c->slab.max_order;
	unsigned int objects = c->slab.min_objects, fraction, order;

	if (slab_order_objects(low, size) > MAX_OBJS_PER_PAGE)
		return (int)slab_order_for((size_t)size * MAX_OBJS_PER_PAGE) - 1;
	if (!objects)
		objects = 4 * (fls_of(c->nr_cpus) + 1);
	objects = min(objects, slab_order_objects(high, size));
	for (; objects > 1; objects--)
		for (fraction = 16; fraction >= 4; fraction /= 2) {
			order = order_with_waste(size, objects, low, high, fraction);
			if (order <= high)
				return (int)order;
		}
	order = slab_order_for(size);
	return order < c->max_order ? (int)max(order, low) : -EINVAL;
}

static struct kmem_cache_order_objects make_oo(unsigned int order, unsigned int size)
{
	unsigned int objects = min(slab_order_objects(order, size), MAX_OBJS_PER_PAGE);

	return (struct kmem_cache_order_objects){ order << OO_SHIFT | objects };
}

/* Point 1 and 2. Return: bytes of a slot. */
static unsigned int slot_size(struct kmem_cache *s)
{
	unsigned int size = ALIGN(s->object_size, WORD);

	if (s->flags & SLAB_POISON && !(s->flags & SLAB_TYPESAFE_BY_RCU) && !s->ctor)
		s->flags |= __OBJECT_POISON;
	else
		s->flags &= ~__OBJECT_POISON;
	/* No room to the right of the object for the red zone: a word for it. */
	if (s->flags & SLAB_RED_ZONE && size == s->object_size)
		size += WORD;
	s->inuse = size;
	if (s->flags & (SLAB_TYPESAFE_BY_RCU | SLAB_POISON) || s->ctor ||
	    (s->flags & SLAB_RED_ZONE && s->object_size < WORD)) {
		s->offset = size;
		size += WORD;
	} else {
		s->offset = s->object_size / 2 & ~(WORD - 1);
	}
	if (s->flags & SLAB_STORE_USER) {
		size += 2 * (unsigned int)sizeof(struct track);
		if (s->flags & SLAB_KMALLOC)
			size += WORD; /* the size that was asked for */
	}
	s->red_left_pad = 0;
	if (s->flags & SLAB_RED_ZONE) {
		/* A word of padding catches who runs past the slot; the left zone keeps the
		 * alignment. */
		s->red_left_pad = ALIGN(WORD, s->align);
		size += WORD + s->red_left_pad;
	}
	return ALIGN(size, s->align);
}

gfp_t slab_allocflags(slab_flags_t flags)
{
	gfp_t gfp = 0;

	if (flags & SLAB_CACHE_DMA)
		gfp |= __GFP_DMA;
	if (flags & SLAB_CACHE_DMA32)
		gfp |= __GFP_DMA32;
	if (flags & SLAB_RECLAIM_ACCOUNT)
		gfp |= __GFP_RECLAIMABLE;
	return gfp;
}

int slub_calculate_sizes(struct kmem_cache *s)
{
	const struct quire_machine_config *c = &quire_this_cpu->machine->config;
	int order;

	s->size = slot_size(s);
	slub_debug_note_shape(s);
	s->reciprocal = (1ull << 48) / s->size + 1;
	order = calculate_order(c, s->size);
	if (order < 0)
		return order;
	s->allocflags = (order ? __GFP_COMP : 0) | slab_allocflags(s->flags);
	s->oo = make_oo((unsigned int)order, s->size);
	s->min = make_oo(slab_order_for(s->size), s->size);
	s->page_objects = oo_order(s->min) ? 0 : oo_objects(s->min);
	return oo_objects(s->oo) ? 0 : -EINVAL;
}

/** slub_default_cpu_partial() - objects a CPU keeps in partial slabs (point 4). */
static unsigned int default_cpu_partial(const struct kmem_cache *s)
{
	if (kmem_cache_debug(s))
		return 0;
	if (s->size >= 1u << quire_this_cpu->page_shift)
		return 6;
	if (s->size >= 1024)
		return 24;
	return s->size >= 256 ? 52 : 120;
}

void slub_set_cpu_partial(struct kmem_cache *s, unsigned int objects)
{
	unsigned int per_slab = oo_objects(s->oo);

	/* May be set while CPUs go on. */
	WRITE_ONCE(s->cpu_partial, objects);
	WRITE_ONCE(s->cpu_partial_slabs, (2 * objects + per_slab - 1) / per_slab);
}

void slub_set_defaults(struct kmem_cache *s)
{
	unsigned long half = (fls_of(s->size) - 1) / 2;

	s->min_partial = min(max(half, (unsigned long)MIN_PARTIAL), (unsigned long)MAX_PARTIAL);
	slub_set_cpu_partial(s, default_cpu_partial(s));
	s->remote_node_defrag_ratio = 1000;
}
