/* SPDX-License-Identifier: MIT */
/*
 * slab/debug.c - patterns in and around an object: written, checked, repaired. Layout: debug.h.
 *
 * 1. An object that changes hands is checked against what it was, then gets the patterns of what it
 *    becomes. Who writes over its end, or through a stale pointer, damages a pattern; it is
 *    found when the object, or its neighbour, changes hands next, or by validate_slab_cache().
 * 2. The first damaged region is reported and put right; the others will be found the next time.
 *    Nothing else of the object is believed at that point.
 * 3. An object with a constructor or RCU readers keeps its contents when it is free: no poison
 *    inside it, but around it.
 *
 * Here a fault is found again that the quick checks on the way of every allocation (pattern.h) have
 * seen.
 *
 * Sources: behaviour of Linux 6.1 (mm/slub.c, Documentation/mm/slub.rst); the red zone behind
 * the size that kmalloc was asked for: Linux 6.2.
 */
#include "slab/pattern.h"

void pattern_fill(void *p, unsigned char value, size_t n)
{
	unsigned char *at = p;
	u64 word = value * ONES;

	if (n >= RUN && (unsigned long)at % 8 == 0) {
		at = fill_runs(at, word, n);
		n %= RUN;
	}
	for (; n >= 8; n -= 8, at += 8)
		memcpy(at, &word, 8);
	while (n--)
		*at++ = value;
}

unsigned char *fill_runs(unsigned char *p, u64 word, size_t n)
{
	const pattern_pair pair = { word, word };
	unsigned char *end = p + (n & ~(RUN - 1));
	unsigned int i;

	for (; p != end; p += RUN)
#pragma GCC unroll 8
		for (i = 0; i < RUN; i += 16)
			*(pattern_pair_at *)(p + i) = pair;
	return p;
}

u64 runs_differ(const unsigned char *p, u64 want, size_t n)
{
	const pattern_pair pair = { want, want };
	const unsigned char *end = p + (n & ~(RUN - 1));
	pattern_pair bad = { 0, 0 }, other = { 0, 0 };
	unsigned int i;

	for (; p != end; p += RUN)
#pragma GCC unroll 4
		for (i = 0; i < RUN; i += 32) {
			bad |= *(const pattern_pair_at *)(p + i) ^ pair;
			other |= *(const pattern_pair_at *)(p + i + 16) ^ pair;
		}
	bad |= other;
	return bad[0] | bad[1];
}

unsigned char *pattern_check(const void *p, unsigned char value, size_t n)
{
	const unsigned char *at = p;
	const u64 want = value * ONES;

	for (; n >= 32; n -= 32, at += 32)
		if (((load_word(at) ^ want) | (load_word(at + 8) ^ want) |
		     (load_word(at + 16) ^ want) | (load_word(at + 24) ^ want)) != 0)
			break;
	for (; n >= 8; n -= 8, at += 8)
		if (load_word(at) != want)
			break;
	for (; n; n--, at++)
		if (*at != value)
			return (unsigned char *)(unsigned long)at;
	return NULL;
}

void slub_debug_note_shape(struct kmem_cache *s)
{
	const struct shape plain = PLAIN_SHAPE(s), own = shape_of(s, s->flags);

	s->flags &= ~__SLAB_PLAIN_SLOTS;
	if (!kmem_cache_debug(s))
		s->flags &= ~__SLAB_SHADOW;
	if ((s->flags & (ALL_DEBUG | SLAB_KMALLOC | __SLAB_SHADOW)) == ALL_DEBUG &&
	    own.left == plain.left && own.right == plain.right && own.info == plain.info &&
	    own.pad == plain.pad && own.object >= 16 && own.object % 16 == 0)
		s->flags |= __SLAB_PLAIN_SLOTS;
}

/* --- writing ----------------------------------------------------------------------------- */

void init_object(struct kmem_cache *s, void *object, unsigned char red)
{
	unsigned char *p = object;
	size_t size = s->object_size;

	if (s->flags & SLAB_RED_ZONE) {
		pattern_fill(p - s->red_left_pad, red, s->red_left_pad);
		if (red == SLUB_RED_ACTIVE)
			size = orig_size(s, object);
	}
	if (s->flags & __OBJECT_POISON && size) {
		pattern_fill(p, POISON_FREE, size - 1);
		p[size - 1] = POISON_END;
	}
	if (s->flags & SLAB_RED_ZONE)
		pattern_fill(p + size, red, s->inuse - size);
}

void debug_setup_slab(struct kmem_cache *s, struct slab *slab, void *addr, unsigned int order)
{
	if (s->flags & SLAB_POISON)
		memset(addr, POISON_INUSE, 1ul << (quire_this_cpu->page_shift + order));
}

void debug_setup_object(struct kmem_cache *s, struct slab *slab, void *object)
{
	if (s->flags & SLAB_STORE_USER) {
		memset(get_track(s, object, TRACK_ALLOC), 0, 2 * sizeof(struct track));
		if (keeps_orig_size(s))
			*orig_size_of(s, object) = s->object_size;
	}
	if (s->flags & (SLAB_RED_ZONE | SLAB_POISON))
		init_object(s, object, SLUB_RED_INACTIVE);
}

/* --- checking ---------------------------------------------------------------------------- */

/* Reports @d and puts it right (D2). */
static void __attribute__((noinline, cold))
damaged(struct kmem_cache *s, struct slab *slab, struct damage *d)
{
	const unsigned char *base = slab_address(slab);

	while (d->to > d->from && d->to[-1] == d->value)
		d->to--;
	if (slab_bug(s, "%s overwritten", d->what)) {
		quire_report(NULL, QUIRE_ERR,
			     "0x%px-0x%px @offset=%lu. First byte 0x%x instead of 0x%x\n", d->from,
			     d->to - 1, (unsigned long)(d->from - base), d->from[0], d->value);
		print_trailer(s, slab, d->object);
		print_suspect(s, slab, d);
		slab_bug_end(s);
	}
	slab_fix(s, "Restoring %s 0x%px-0x%px=0x%x", d->what, d->from, d->to - 1, d->value);
	pattern_fill(d->from, d->value, (size_t)(d->to - d->from));
}

static inline bool region_whole(struct kmem_cache *s, struct slab *slab, void *object,
				const char *what, unsigned char *start, unsigned char value,
				size_t n)
{
	struct damage d = { .what = what,
			    .object = object,
			    .start = start,
			    .end = start + n,
			    .to = start + n,
			    .value = value };

	if (n == 8 && likely(load_word(start) == value * ONES)) /* most red zones and paddings */
		return true;
	d.from = pattern_check(start, value, n);
	if (likely(!d.from))
		return true;
	damaged(s, slab, &d);
	return false;
}

static bool red_zones_whole(struct kmem_cache *s, struct slab *slab, void *object,
			    unsigned char red)
{
	unsigned char *p = object;
	unsigned int asked;

	if (!region_whole(s, slab, object, "Left Redzone", p - s->red_left_pad, red,
			  s->red_left_pad) ||
	    !region_whole(s, slab, object, "Right Redzone", p + s->object_size, red,
			  s->inuse - s->object_size))
		return false;
	if (red != SLUB_RED_ACTIVE || !keeps_orig_size(s))
		return true;
	asked = orig_size(s, object);
	if (asked >= s->object_size)
		return true;
	return region_whole(s, slab, object, "kmalloc Redzone", p + asked, red,
			    s->object_size - asked);
}

static bool poison_whole(struct kmem_cache *s, struct slab *slab, void *object, unsigned char red)
{
	unsigned int start = padding_start(s), end = padding_end(s), last = s->object_size - 1;
	unsigned char *p = object;

	if (red != SLUB_RED_ACTIVE && s->flags & __OBJECT_POISON &&
	    (!region_whole(s, slab, object, "Poison", p, POISON_FREE, last) ||
	     !region_whole(s, slab, object, "End Poison", p + last, POISON_END, 1)))
		return false;
	return start == end || region_whole(s, slab, object, "Object padding", p + start,
					    POISON_INUSE, end - start);
}

bool check_object(struct kmem_cache *s, struct slab *slab, void *object, unsigned char red)
{
	unsigned char *p = object;

	if (s->flags & SLAB_RED_ZONE) {
		if (!red_zones_whole(s, slab, object, red))
			return false;
	} else if (s->flags & SLAB_POISON && s->object_size < s->inuse &&
		   !region_whole(s, slab, object, "Alignment padding", p + s->object_size,
				 POISON_INUSE, s->inuse - s->object_size)) {
		return false;
	}
	if (s->flags & SLAB_POISON && !poison_whole(s, slab, object, red))
		return false;
	/* Inside an object in use the free pointer is its owner's to overwrite. */
	if (s->offset < READ_ONCE(s->inuse) && red == SLUB_RED_ACTIVE)
		return true;
	p = get_freepointer(s, object);
	if (likely(!p || is_object(s, slab, word_objects(slab_word(slab)), p)))
		return true;
	object_err(s, slab, object, "Freepointer corrupt");
	set_freepointer(s, object, NULL);
	return false;
}

bool object_lost(const struct kmem_cache *s, const void *object)
{
	const unsigned char *p = object;

	/* Poison says nothing: an object in use has it until it is written to. */
	return s->flags & SLAB_RED_ZONE &&
	       !pattern_check(p - s->red_left_pad, SLUB_RED_INACTIVE, s->red_left_pad);
}

bool check_slab_padding(struct kmem_cache *s, struct slab *slab)
{
	unsigned char *base = slab_address(slab), *fault, *start;
	size_t bytes = 1ul << (quire_this_cpu->page_shift + compound_order(slab_page(slab)));
	struct damage d;

	if (!(s->flags & SLAB_POISON))
		return true;
	start = base + (size_t)slab_max_objects(s, slab) * s->size;
	fault = pattern_check(start, POISON_INUSE, (size_t)(base + bytes - start));
	if (likely(!fault))
		return true;
	d = (struct damage){ .what = "slab padding",
			     .start = start,
			     .end = base + bytes,
			     .from = fault,
			     .to = base + bytes,
			     .value = POISON_INUSE };
	while (d.to > d.from && d.to[-1] == POISON_INUSE)
		d.to--;
	if (slab_bug(s, "Padding overwritten. 0x%px-0x%px @offset=%lu", d.from, d.to - 1,
		     (unsigned long)(d.from - base))) {
		print_slab_info(s, slab);
		print_suspect(s, slab, &d);
		slab_bug_end(s);
	}
	slab_fix(s, "Restoring %s 0x%px-0x%px=0x%x", d.what, d.from, d.to - 1, POISON_INUSE);
	pattern_fill(d.from, POISON_INUSE, (size_t)(d.to - d.from));
	return false;
}
