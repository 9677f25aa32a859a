/* SPDX-License-Identifier: MIT */
/*
 * slab/slub_node.c - slabs: made, kept on a node's list, given back.
 *
 * 1. A slab is made from the highest order that suits (kmem_cache.oo), without pressing for it;
 *    if that fails from the smallest that holds an object, as the caller may press.
 * 2. Its objects are taken in ascending order, or, with freelist_random, from a random place in a
 *    sequence drawn once for the cache. Those that the maker wants are never linked, and so not
 *    touched; the others are the slab's list. The constructor runs for each, once.
 * 3. A slab without objects is given back unless its node keeps fewer than min_partial. With
 *    SLAB_TYPESAFE_BY_RCU it waits for a grace period first, in the room's queue of slabs, which is
 *    looked at whenever a slab is made or given back (no callback: a callback could run where
 *    somebody else's lock is held, these frees may run anywhere).
 *
 * Sources: behaviour of Linux 6.1 (mm/slub.c: allocate_slab, shuffle_freelist, discard_slab).
 */
#include "slab/slub.h"

/* --- the queue of slabs that wait for readers (point 3) ---------------------------------- */

/* Slabs at the queue's head whose grace period is over. */
static struct slab *rcu_slabs_done(struct slab_state *state)
{
	struct slab *done = NULL, **end = &done, *slab;

	quire_lock(&state->rcu_lock);
	while ((slab = state->rcu_slabs) && poll_state_synchronize_rcu(slab->state)) {
		WRITE_ONCE(state->rcu_slabs, slab->next);
		*end = slab;
		end = &slab->next;
	}
	if (!state->rcu_slabs)
		state->rcu_slabs_end = &state->rcu_slabs;
	state->rcu_pollers++;
	quire_unlock(&state->rcu_lock);
	*end = NULL;
	return done;
}

void slab_rcu_poll(struct slab_state *state)
{
	struct slab *slab, *next;

	if (likely(!READ_ONCE(state->rcu_slabs)))
		return;
	for (slab = rcu_slabs_done(state); slab; slab = next) {
		next = slab->next;
		slab_pages_free(slab->slab_cache, slab_page(slab));
	}
	quire_lock(&state->rcu_lock);
	state->rcu_pollers--;
	quire_unlock(&state->rcu_lock);
}

/* Is no slab in the queue, nor between it and the pages in some other CPU's hands? */
static bool rcu_slabs_gone(struct slab_state *state)
{
	bool gone;

	quire_lock(&state->rcu_lock);
	gone = !state->rcu_slabs && !state->rcu_pollers;
	quire_unlock(&state->rcu_lock);
	return gone;
}

void slab_rcu_drain(struct slab_state *state)
{
	while (!rcu_slabs_gone(state)) {
		synchronize_rcu();
		slab_rcu_poll(state);
	}
}

void slab_free_after_readers(struct slab_state *state, struct slab *slab)
{
	slab->state = get_state_synchronize_rcu();
	slab->next = NULL;
	quire_lock(&state->rcu_lock);
	WRITE_ONCE(*state->rcu_slabs_end, slab);
	state->rcu_slabs_end = &slab->next;
	quire_unlock(&state->rcu_lock);
}

/* --- making a slab ----------------------------------------------------------------------- */

static struct page *slab_pages(struct kmem_cache *s, gfp_t gfp, int nid, unsigned int *objects)
{
	struct kmem_cache_order_objects oo = s->oo;
	gfp_t first = (gfp | __GFP_NOWARN | __GFP_NORETRY) & ~__GFP_NOFAIL;
	struct page *page;

	if ((first & __GFP_DIRECT_RECLAIM) && oo_order(oo) > oo_order(s->min))
		first = (first | __GFP_NOMEMALLOC) & ~__GFP_RECLAIM;
	page = slab_pages_alloc(s, first, nid, oo_order(oo));
	if (unlikely(!page)) {
		oo = s->min;
		page = slab_pages_alloc(s, gfp, nid, oo_order(oo));
	}
	*objects = oo_objects(oo);
	return page;
}

static void *setup_object(struct kmem_cache *s, struct slab *slab, unsigned int index)
{
	void *object = slot_object(s, slab, index);

	if (kmem_cache_debug(s))
		debug_setup_object(s, slab, object);
	if (s->ctor)
		s->ctor(object);
	return object;
}

static unsigned int random_order(const struct kmem_cache *s)
{
	return slab_order_for(oo_objects(s->oo) * sizeof(*s->random_seq));
}

void slub_random_init(struct kmem_cache *s)
{
	struct quire_machine *m = quire_this_cpu->machine;
	const unsigned int n = oo_objects(s->oo);
	struct page *pages;
	unsigned int i;

	if (!m->config.slab.freelist_random || s->random_seq || s->backend != &slub_backend ||
	    n < 2)
		return;
	/*
	 * Pages, not an object, which would be told as the leak of whoever makes the cache. Without
	 * memory for it the cache's objects stay in order.
	 */
	pages = alloc_pages(GFP_KERNEL | __GFP_ZERO, random_order(s));
	if (!pages)
		return;
	s->random_seq = page_address(pages);
	for (i = 0; i < n; i++) {
		unsigned int j = (unsigned int)(machine_random(m) % (i + 1));

		s->random_seq[i] = s->random_seq[j];
		s->random_seq[j] = i;
	}
}

void slub_random_exit(struct kmem_cache *s)
{
	if (s->random_seq)
		__free_pages(virt_to_page(s->random_seq), random_order(s));
}

/*
 * struct fresh - where the objects of a new slab go, one after the other: the first @most to @p,
 * @nr of them so far; the others onto the slab's list, from slot @first to @last.
 */
struct fresh {
	void **p;
	unsigned int most, nr, first;
	void *last;
};

static void add_fresh(struct kmem_cache *s, struct slab *slab, unsigned int slot, struct fresh *f)
{
	void *object = setup_object(s, slab, slot);

	if (f->nr < f->most) {
		f->p[f->nr++] = object;
		return;
	}
	if (f->last)
		set_freepointer(s, f->last, object);
	else
		f->first = slot;
	f->last = object;
}

/* By rising slot. */
static void add_in_order(struct kmem_cache *s, struct slab *slab, unsigned int objects,
			 struct fresh *f)
{
	unsigned int i;

	for (i = 0; i < objects; i++)
		add_fresh(s, slab, i, f);
}

/* As the cache's sequence says, from a random place in it (point 2). */
static void add_shuffled(struct kmem_cache *s, struct slab *slab, unsigned int objects,
			 struct fresh *f)
{
	const unsigned int n = oo_objects(s->oo);
	unsigned int at = (unsigned int)(machine_random(quire_this_cpu->machine) % n), i;

	for (i = 0; i < n; i++, at = at + 1 == n ? 0 : at + 1)
		/* A slab of the smaller order has fewer. */
		if (s->random_seq[at] < objects)
			add_fresh(s, slab, s->random_seq[at], f);
}

struct slab *new_slab(struct kmem_cache *s, gfp_t gfp, int nid, unsigned int *nr, void **p)
{
	struct slab_state *state = this_slab_state();
	struct kmem_cache_node *n;
	struct fresh fresh = { .p = p, .most = *nr, .first = SLUB_NONE };
	unsigned int objects;
	struct page *page;
	struct slab *slab;

	slab_rcu_poll(state);
	gfp = slab_checked_gfp(s, gfp);
	page = slab_pages(s, (gfp & GFP_SLAB_PASSED) | s->allocflags, nid, &objects);
	if (unlikely(!page))
		return NULL;
	slab = page_slab(page);
	if (kmem_cache_debug(s))
		debug_setup_slab(s, slab, slab_address(slab), compound_order(page));
	if (s->random_seq && objects > 1)
		add_shuffled(s, slab, objects, &fresh);
	else
		add_in_order(s, slab, objects, &fresh);
	if (fresh.last)
		set_freepointer(s, fresh.last, NULL);
	if (unlikely(s->flags & __SLAB_SHADOW))
		slab_shadow_new(slab);
	*nr = fresh.nr;
	slab->freelist = NULL;
	slab->state = make_word(fresh.first, fresh.nr, objects, false);
	n = get_node(s, slab_nid(slab));
	if (!kmem_cache_debug(s))
		__atomic_fetch_add(&n->nr_slabs, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&n->total_objects, objects, __ATOMIC_RELAXED);
	if (unlikely(state->trace && state->trace->slab_new))
		state->trace->slab_new(state->trace->ctx, s, slab, compound_order(page), objects);
	return slab;
}

void discard_slab(struct kmem_cache *s, struct slab *slab)
{
	struct slab_state *state = this_slab_state();
	struct kmem_cache_node *n = get_node(s, slab_nid(slab));

	if (kmem_cache_debug(s))
		debug_check_slab_going(s, slab);
	__atomic_fetch_sub(&n->total_objects, word_objects(slab->state), __ATOMIC_RELAXED);
	if (unlikely(state->trace && state->trace->slab_discard))
		state->trace->slab_discard(state->trace->ctx, s, slab,
					   compound_order(slab_page(slab)));
	if (unlikely(s->flags & SLAB_TYPESAFE_BY_RCU)) {
		slab_free_after_readers(state, slab);
		slab_rcu_poll(state);
	} else {
		slab_pages_free(s, slab_page(slab));
	}
	/* Last: who destroys the cache waits for none. */
	if (!kmem_cache_debug(s))
		__atomic_fetch_sub(&n->nr_slabs, 1, __ATOMIC_RELEASE);
}

void discard_slabs(struct kmem_cache *s, struct slab *chain)
{
	struct slab *next;

	for (; chain; chain = next) {
		next = chain->next;
		discard_slab(s, chain);
	}
}

/* --- a node's list ----------------------------------------------------------------------- */

void add_partial(struct kmem_cache_node *n, struct slab *slab, bool to_tail)
{
	quire_lock_assert_held(&n->lock);
	WRITE_ONCE(n->nr_partial, n->nr_partial + 1);
	if (to_tail)
		list_add_tail(&slab->slab_list, &n->partial);
	else
		list_add(&slab->slab_list, &n->partial);
}

void remove_partial(struct kmem_cache_node *n, struct slab *slab)
{
	quire_lock_assert_held(&n->lock);
	list_del(&slab->slab_list);
	WRITE_ONCE(n->nr_partial, n->nr_partial - 1);
}

static void init_node(struct kmem_cache_node *n)
{
	quire_lock_init(&n->lock, QUIRE_RANK_SLAB_NODE, "kmem_cache_node");
	quire_lock_init(&n->barn.lock, QUIRE_RANK_SLAB_BARN, "barn");
	INIT_LIST_HEAD(&n->partial);
	INIT_LIST_HEAD(&n->full);
}

int init_kmem_cache_nodes(struct kmem_cache *s)
{
	const unsigned int nr_nodes = quire_this_cpu->machine->config.nr_nodes;
	struct slab_state *state = this_slab_state();
	unsigned int nid;

	for (nid = 0; nid < nr_nodes; nid++) {
		struct kmem_cache_node *n = pool_alloc(&state->node_pool, GFP_KERNEL);

		if (!n) {
			free_kmem_cache_nodes(s);
			return -ENOMEM;
		}
		init_node(n);
		s->node[nid] = n;
	}
	return 0;
}

void free_kmem_cache_nodes(struct kmem_cache *s)
{
	struct slab_state *state = this_slab_state();
	struct kmem_cache_node *n;
	int nid;

	for_each_kmem_cache_node(s, nid, n)
	{
		s->node[nid] = NULL;
		pool_free(&state->node_pool, n);
	}
}

void slub_info(struct kmem_cache *s, struct quire_slabinfo *info)
{
	unsigned long nr_free = 0;
	struct kmem_cache_node *n;
	struct slab *slab;
	int nid;

	*info = (struct quire_slabinfo){ .objects_per_slab = oo_objects(s->oo),
					 .cache_order = oo_order(s->oo) };
	for_each_kmem_cache_node(s, nid, n)
	{
		info->num_slabs += READ_ONCE(n->nr_slabs);
		info->num_objs += READ_ONCE(n->total_objects);
		quire_lock(&n->lock);
		list_for_each_entry (slab, &n->partial, slab_list) {
			u64 word = slab_word(slab);

			nr_free += word_objects(word) - word_inuse(word);
		}
		quire_unlock(&n->lock);
	}
	info->active_slabs = info->num_slabs;
	info->active_objs = info->num_objs - nr_free;
}
