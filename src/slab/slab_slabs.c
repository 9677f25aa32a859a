/* SPDX-License-Identifier: MIT */
/*
 * slab/slab_slabs.c - SLAB's slabs: made, taken from, given to, destroyed.
 *
 *	list of free objects of a slab, num = 6, active = 2:
 *
 *	entry    0  1 | 2  3  4  5
 *	index    .  . | 4  0  5  3     objects 4, 0, 5, 3 are free; 4 goes next
 *	               ^ active         a free writes its index to entry active - 1
 *
 * 1. Last in, first out; the list of a new slab is in order, or shuffled with freelist_random.
 * 2. A list in an object lies in the object whose index is the last entry: the last one to be
 *    taken. When it is taken nobody needs the list any more (slab.freelist is NULL); the next free
 *    makes its own object the list's home, and again writes that index to the last entry.
 * 3. What a flush gives back often lies in runs of one slab, as it was allocated: a run changes its
 *    slab's list once.
 * 4. An object that was freed twice unseen may come back to a slab that has all of its own, or is
 *    no more: it is told and dropped, for its entry would lie before the list.
 * 5. With SLAB_TYPESAFE_BY_RCU pages wait for readers; a list off the slab does not, nobody reads
 *    it.
 *
 * Sources: see slab_backend.h.
 */
#include "slab/slab_backend.h"

/* --- making ------------------------------------------------------------------------------ */

static void swap_entries(const struct slab_cache *sc, struct slab *slab, unsigned int a,
			 unsigned int b)
{
	unsigned int x = free_index(sc, slab, a);

	set_free_index(sc, slab, a, free_index(sc, slab, b));
	set_free_index(sc, slab, b, x);
}

/* Fisher and Yates; the last of @nr + 1 entries stays if the list lives in its object (point 2). */
static void shuffle(const struct slab_cache *sc, struct slab *slab)
{
	unsigned int nr = sc->where == SLAB_LIST_IN_OBJECT ? sc->num - 1 : sc->num;

	for (; nr > 1; nr--)
		swap_entries(sc, slab, nr - 1,
			     (unsigned int)(machine_random(quire_this_cpu->machine) % nr));
}

/* One more or less of @sc's lists off the slab, for slab_idle() of the cache they come from. */
static void count_list(const struct slab_cache *sc, long nr)
{
	if (sc->list_cache->backend == &slab_backend)
		__atomic_fetch_add(&slab_of(sc->list_cache)->lists, (unsigned long)nr,
				   __ATOMIC_RELAXED);
}

/* Where the list lies. Return: false: no memory for it. */
static bool place_list(struct kmem_cache *s, struct slab *slab, gfp_t gfp, int nid)
{
	const struct slab_cache *sc = slab_of(s);
	unsigned char *end = slab_base(slab) + (1ul << (quire_this_cpu->page_shift + sc->order));

	if (sc->where == SLAB_LIST_ON_SLAB)
		slab->freelist = end - ALIGN(sc->list_bytes, sc->index_bytes);
	else if (sc->where == SLAB_LIST_IN_OBJECT)
		slab->freelist = index_object(s, slab, sc->num - 1);
	else
		slab->freelist = kmem_cache_alloc_node(sc->list_cache, gfp & GFP_SLAB_PASSED, nid);
	if (sc->where == SLAB_LIST_OFF_SLAB && slab->freelist)
		count_list(sc, 1);
	return slab->freelist != NULL;
}

static void fill_slab(struct kmem_cache *s, struct slab *slab)
{
	const struct slab_cache *sc = slab_of(s);
	const unsigned int num = sc->num;
	u8 *narrow = slab->freelist;
	u16 *wide = slab->freelist;
	unsigned int i;

	if (sc->index_bytes == 1)
		for (i = 0; i < num; i++)
			narrow[i] = (u8)i;
	else
		for (i = 0; i < num; i++)
			wide[i] = (u16)i;
	for (i = 0; s->ctor && i < num; i++)
		s->ctor(index_object(s, slab, i));
	if (unlikely(quire_this_cpu->machine->config.slab.freelist_random))
		shuffle(sc, slab);
}

static unsigned int next_colour(const struct slab_cache *sc, struct slab_node *node)
{
	/* Two CPUs may use a colour twice: no harm. */
	unsigned int colour = READ_ONCE(node->colour_next);

	WRITE_ONCE(node->colour_next, colour + 1 < sc->colours ? colour + 1 : 0);
	return colour < sc->colours ? colour * sc->colour_off : 0;
}

struct slab *slab_grow(struct kmem_cache *s, gfp_t gfp, int nid)
{
	struct slab_state *state = this_slab_state();
	const struct slab_cache *sc = slab_of(s);
	struct page *page;
	struct slab *slab;

	slab_rcu_poll(state);
	gfp = slab_checked_gfp(s, gfp);
	page = slab_pages_alloc(s, (gfp & GFP_SLAB_PASSED) | s->allocflags, nid, sc->order);
	if (unlikely(!page))
		return NULL;
	slab = page_slab(page);
	slab->active = 0;
	slab->colour = next_colour(sc, &sc->node[slab_nid(slab)]);
	if (unlikely(!place_list(s, slab, gfp & ~__GFP_THISNODE, slab_nid(slab)))) {
		slab_pages_free(s, page);
		return NULL;
	}
	fill_slab(s, slab);
	if (unlikely(state->trace && state->trace->slab_new))
		state->trace->slab_new(state->trace->ctx, s, slab, sc->order, sc->num);
	return slab;
}

/* --- one slab's objects ------------------------------------------------------------------ */

/* L2. Others peek without the lock (take_one()). */
static void count_free(struct slab_node *node, long objects)
{
	WRITE_ONCE(node->free_objects, node->free_objects + (unsigned long)objects);
}

/* The objects that entries [@from, @from + @nr) of the slab's list say, to @p. */
static inline void read_entries(const struct kmem_cache *s, const struct slab *slab,
				unsigned int from, unsigned int nr, void **p)
{
	unsigned char *first = slab_base(slab) + slab->colour;
	const size_t size = s->size;
	const u16 *wide = (const u16 *)slab->freelist + from;
	const u8 *narrow = (const u8 *)slab->freelist + from;
	unsigned int i;

	if (slab_of(s)->index_bytes == 1)
		for (i = 0; i < nr; i++)
			p[i] = first + narrow[i] * size;
	else
		for (i = 0; i < nr; i++)
			p[i] = first + wide[i] * size;
}

/* Up to @nr objects of @slab, which is on no list, to @p; it joins the list it belongs on (L1). */
static unsigned int take_and_list(struct kmem_cache *s, struct slab_node *node, struct slab *slab,
				  unsigned int nr, void **p)
{
	const struct slab_cache *sc = slab_of(s);

	nr = min(nr, sc->num - slab->active);
	read_entries(s, slab, slab->active, nr, p);
	slab->active += nr;
	if (slab->active == sc->num) {
		if (sc->where == SLAB_LIST_IN_OBJECT)
			slab->freelist = NULL;
		list_add(&slab->slab_list, &node->full);
	} else if (slab->active) {
		list_add(&slab->slab_list, &node->partial);
	} else {
		list_add(&slab->slab_list, &node->free);
		node->nr_free++;
	}
	return nr;
}

unsigned int slab_join(struct kmem_cache *s, struct slab *slab, unsigned int nr, void **p)
{
	struct slab_node *node = &slab_of(s)->node[slab_nid(slab)];

	quire_lock(&node->lock);
	nr = take_and_list(s, node, slab, nr, p);
	node->nr_slabs++;
	count_free(node, (long)(slab_of(s)->num - nr));
	quire_unlock(&node->lock);
	return nr;
}

unsigned int slab_take_listed(struct kmem_cache *s, struct slab_node *node, unsigned int nr,
			      void **p)
{
	unsigned int got = 0;
	struct slab *slab;

	quire_lock_assert_held(&node->lock);
	while (got < nr) {
		slab = list_first_entry_or_null(&node->partial, struct slab, slab_list);
		if (!slab) {
			node->free_touched = true;
			slab = list_first_entry_or_null(&node->free, struct slab, slab_list);
			if (!slab)
				break;
			node->nr_free--;
		}
		list_del(&slab->slab_list);
		got += take_and_list(s, node, slab, nr - got, p + got);
	}
	count_free(node, -(long)got);
	return got;
}

/*
 * p[0] and the objects of its slab that follow it, at most @nr, to their slab's list, each written
 * before the one above (point 3). Return: how many.
 */
static unsigned int write_entries(const struct kmem_cache *s, struct slab *slab, unsigned int nr,
				  void *const *p)
{
	const unsigned long bytes = 1ul << (quire_this_cpu->page_shift + slab_of(s)->order);
	const unsigned long base = (unsigned long)slab_base(slab), first = base + slab->colour;
	const u64 reciprocal = s->reciprocal;
	u16 *wide = (u16 *)slab->freelist + slab->active;
	u8 *narrow = (u8 *)slab->freelist + slab->active;
	unsigned int i;

	if (slab_of(s)->index_bytes == 1)
		for (i = 0; i < nr && (unsigned long)p[i] - base < bytes; i++)
			*--narrow = (u8)(((unsigned long)p[i] - first) * reciprocal >> 48);
	else
		for (i = 0; i < nr && (unsigned long)p[i] - base < bytes; i++)
			*--wide = (u16)(((unsigned long)p[i] - first) * reciprocal >> 48);
	slab->active -= i;
	return i;
}

/*
 * The first of @p and as many of its slab's as follow at once, no more than it lacks (point 4).
 * Return: how many that is; 0: none, the first is dropped.
 */
static unsigned int put_run(struct kmem_cache *s, struct slab_node *node, unsigned int nr,
			    void *const *p)
{
	struct slab *slab = virt_to_slab(p[0]);

	if (unlikely(!slab || slab->slab_cache != s || !slab->active)) {
		slab_report_twice(s, p[0], 0);
		return 0;
	}
	nr = min(nr, slab->active);
	list_del(&slab->slab_list);
	if (!slab->freelist)
		slab->freelist = p[0];
	nr = write_entries(s, slab, nr, p);
	if (slab->active) {
		/* At the tail: who frees one object may free the others before they are wanted. */
		list_add_tail(&slab->slab_list, &node->partial);
	} else {
		list_add(&slab->slab_list, &node->free);
		node->nr_free++;
	}
	return nr;
}

/* The free slab that was free the longest leaves the lists. */
static void doom_one(struct kmem_cache *s, struct slab_node *node, struct list_head *doomed)
{
	list_move(node->free.prev, doomed);
	node->nr_free--;
	node->nr_slabs--;
	count_free(node, -(long)slab_of(s)->num);
}

void slab_give_listed(struct kmem_cache *s, struct slab_node *node, unsigned int nr, void *const *p,
		      struct list_head *doomed)
{
	unsigned int i, put, given = 0;

	quire_lock_assert_held(&node->lock);
	for (i = 0; i < nr; i += put ? put : 1) {
		put = put_run(s, node, nr - i, p + i);
		given += put;
	}
	count_free(node, (long)given);
	while (node->free_objects > node->free_limit && !list_empty(&node->free))
		doom_one(s, node, doomed);
}

void slab_give(struct kmem_cache *s, struct slab_node *node, unsigned int nr, void *const *p)
{
	LIST_HEAD(doomed);

	if (!nr)
		return;
	quire_lock(&node->lock);
	slab_give_listed(s, node, nr, p, &doomed);
	quire_unlock(&node->lock);
	slab_destroy_list(s, &doomed);
}

/* --- back to the pages ------------------------------------------------------------------- */

static void destroy(struct kmem_cache *s, struct slab *slab)
{
	struct slab_state *state = this_slab_state();
	const struct slab_cache *sc = slab_of(s);

	if (unlikely(state->trace && state->trace->slab_discard))
		state->trace->slab_discard(state->trace->ctx, s, slab, sc->order);
	if (sc->where == SLAB_LIST_OFF_SLAB) {
		count_list(sc, -1);
		kmem_cache_free(sc->list_cache, slab->freelist);
	}
	slab->freelist = NULL;
	if (unlikely(s->flags & SLAB_TYPESAFE_BY_RCU)) {
		slab_free_after_readers(state, slab);
		slab_rcu_poll(state);
	} else {
		slab_pages_free(s, slab_page(slab));
	}
}

void slab_destroy_list(struct kmem_cache *s, struct list_head *doomed)
{
	struct slab *slab, *next;

	list_for_each_entry_safe (slab, next, doomed, slab_list) {
		list_del(&slab->slab_list);
		destroy(s, slab);
	}
}

unsigned long slab_drain_free(struct kmem_cache *s, struct slab_node *node, unsigned long nr)
{
	LIST_HEAD(doomed);
	unsigned long done;

	quire_lock(&node->lock);
	for (done = 0; done < nr && !list_empty(&node->free); done++)
		doom_one(s, node, &doomed);
	quire_unlock(&node->lock);
	slab_destroy_list(s, &doomed);
	return done;
}
