/* SPDX-License-Identifier: MIT */
/*
 * slab/slub_free.c - SLUB: an object back to its slab.
 *
 * Theory
 *  1. An object of the CPU's own slab goes to the CPU's list: no atomic operation.
 *  2. Any other is pushed onto its slab's list by one compare-and-swap, which also tells what the
 *     slab was:
 *
 *	before			after		what else
 *	frozen			frozen		nothing: its CPU will find the object
 *	full, on no list	frozen		to this CPU's partial list: no node lock
 *	partial			partial		nothing
 *	partial, last object	empty		off the list and discarded, if the node has enough
 *
 *  3. When the CPU's partial list holds cpu_partial_slabs slabs, all of it goes to the nodes'
 *     lists first, to their tails; slabs that have become empty by then are discarded.
 *  4. Several objects of one slab go as one linked piece for the price of one: an array of objects
 *     is first sorted onto piles, one for each slab.
 *
 * Sources: behaviour of Linux 6.1 (mm/slub.c: __slab_free, put_cpu_partial).
 */
#include "slab/slub.h"

/* Point 3. Context: no locks. */
static void put_cpu_partial(struct kmem_cache *s, struct slab *slab)
{
	struct kmem_cache_cpu *c = this_cpu_slab(s);
	struct slab *unfreeze = NULL;

	owner_lock(&c->lock);
	if (c->partial && (unsigned int)c->partial->slabs >= READ_ONCE(s->cpu_partial_slabs)) {
		unfreeze = c->partial;
		WRITE_ONCE(c->partial, NULL);
	}
	slab->slabs = c->partial ? c->partial->slabs + 1 : 1;
	slab->next = c->partial;
	WRITE_ONCE(c->partial, slab);
	owner_unlock(&c->lock);
	if (unfreeze)
		slub_unfreeze(s, unfreeze);
}

/* struct push - what a push onto a slab's list found. @n: its node, locked, or NULL */
struct push {
	u64 was, is;
	struct kmem_cache_node *n;
};

/* Point 2: the swap, with the node's lock where a list may change. */
static struct push push_objects(struct kmem_cache *s, struct slab *slab, void *head, void *tail,
				unsigned int nr)
{
	struct push p = { .was = slab_word(slab) };
	const unsigned int first = slot_index(s, slab, head);

	do {
		bool frozen = word_frozen(p.was), full = word_free(p.was) == SLUB_NONE;
		unsigned int inuse = word_inuse(p.was) - nr;
		bool freeze = !frozen && full && READ_ONCE(s->cpu_partial);

		if (unlikely(p.n)) {
			quire_unlock(&p.n->lock);
			p.n = NULL;
		}
		if (!frozen && !freeze && (!inuse || full)) {
			p.n = get_node(s, slab_nid(slab));
			quire_lock(&p.n->lock);
		}
		set_freepointer(s, tail, first_free(s, slab, p.was));
		p.is = make_word(first, inuse, word_objects(p.was), frozen || freeze);
	} while (!slab_word_swap(slab, &p.was, p.is));
	return p;
}

static void slub_give(struct kmem_cache *s, struct slab *slab, void *head, void *tail,
		      unsigned int nr)
{
	struct push p = push_objects(s, slab, head, tail, nr);
	bool full = word_free(p.was) == SLUB_NONE, discard;

	if (likely(!p.n)) {
		if (word_frozen(p.is) && !word_frozen(p.was))
			put_cpu_partial(s, slab);
		return;
	}
	discard = !word_inuse(p.is) && p.n->nr_partial >= READ_ONCE(s->min_partial);
	if (discard && !full)
		remove_partial(p.n, slab);
	else if (!discard && full)
		add_partial(p.n, slab, true);
	quire_unlock(&p.n->lock);
	if (discard)
		discard_slab(s, slab);
}

/* Point 1. Return: it was the CPU's slab. */
static bool give_to_cpu(struct kmem_cache *s, struct slab *slab, void *head, void *tail)
{
	struct kmem_cache_cpu *c = this_cpu_slab(s);
	bool ours;

	owner_lock(&c->lock);
	ours = c->slab == slab;
	if (ours) {
		set_freepointer(s, tail, c->freelist);
		c->freelist = head;
	}
	owner_unlock(&c->lock);
	return ours;
}

static inline void give_any(struct kmem_cache *s, struct slab *slab, void *head, void *tail,
			    unsigned int nr)
{
	if (!give_to_cpu(s, slab, head, tail))
		slub_give(s, slab, head, tail, nr);
}

/* Is @object the one freed last, to the CPU's sheaf or list or to its slab's list? */
static bool freed_last(struct kmem_cache *s, struct slab *slab, const void *object)
{
	struct kmem_cache_cpu *c = this_cpu_slab(s);
	bool here;

	owner_lock(&c->lock);
	here = (c->lock.count && c->objs[c->lock.count - 1] == object) ||
	       (c->slab == slab && c->freelist == object);
	owner_unlock(&c->lock);
	return here || first_free(s, slab, slab_word(slab)) == object;
}

/* Does an object begin at @object? Only here: the inlined paths cannot afford to ask. */
static bool is_slot(struct kmem_cache *s, struct slab *slab, const void *object)
{
	unsigned int index = slot_index(s, slab, object);

	return index < word_objects(slab_word(slab)) && slot_object(s, slab, index) == object;
}

/* Without debugging. */
static void __attribute__((noinline))
free_plain(struct kmem_cache *s, struct slab *slab, void *object, unsigned long caller)
{
	if (unlikely(freed_last(s, slab, object))) {
		slub_report_double_free(s, object, caller);
		return;
	}
	if (unlikely(!is_slot(s, slab, object))) {
		slab_misuse(s, caller, "BUG %s: free of %px, which is inside an object", s->name,
			    object);
		return;
	}
	slab_wipe_object(s, object);
	if (s->sheaf_capacity && slab_nid(slab) == (int)quire_this_cpu->nid &&
	    sheaf_flush_free(s, object))
		return;
	give_any(s, slab, object, object, 1);
}

void slub_free(struct kmem_cache *s, struct slab *slab, void *object, unsigned long caller)
{
	if (kmem_cache_debug(s))
		slub_debug_free(s, slab, object, caller);
	else
		free_plain(s, slab, object, caller);
}

/* struct pile - objects of @slab on their way back to it, linked from @head to @tail. */
struct pile {
	struct slab *slab;
	void *head, *tail;
	unsigned int count;
};

#define PILES_LOG 5 /* of slabs whose objects are gathered at once */

/* Slabs meet on a pile by chance: the later one drives the earlier away. */
static struct pile *pile_of(struct pile *piles, const struct slab *slab)
{
	u32 hash = (u32)((unsigned long)slab / sizeof(*slab)) * 0x9e3779b1u;

	return &piles[hash >> (32 - PILES_LOG)];
}

static void give_pile(struct kmem_cache *s, const struct pile *pile)
{
	if (pile->slab)
		give_any(s, pile->slab, pile->head, pile->tail, pile->count);
}

void slub_free_array(struct kmem_cache *s, unsigned int nr, void *const *p)
{
	struct pile piles[1u << PILES_LOG] = { 0 };
	unsigned int i;

	while (nr--) {
		struct slab *slab = virt_to_slab(p[nr]);
		struct pile *pile = pile_of(piles, slab);

		if (pile->slab == slab) {
			set_freepointer(s, p[nr], pile->head);
			pile->head = p[nr];
			pile->count++;
			continue;
		}
		give_pile(s, pile);
		*pile = (struct pile){ slab, p[nr], p[nr], 1 };
	}
	for (i = 0; i < ARRAY_SIZE(piles); i++)
		give_pile(s, &piles[i]);
}

void slub_free_bulk(struct kmem_cache *s, unsigned int nr, void **p, unsigned long caller)
{
	unsigned int i;

	if (!kmem_cache_debug(s)) {
		slub_free_array(s, nr, p);
		return;
	}
	for (i = 0; i < nr; i++)
		slub_debug_free(s, virt_to_slab(p[i]), p[i], caller);
}

/* Are the lists of @n as the words say? */
static bool validate_node(struct kmem_cache *s, struct kmem_cache_node *n)
{
	unsigned long partial = 0;
	struct slab *slab;
	bool ok = true;

	quire_lock(&n->lock);
	list_for_each_entry (slab, &n->partial, slab_list) {
		u64 word = slab_word(slab);

		partial++;
		if (slab->slab_cache != s || word_frozen(word) ||
		    word_inuse(word) > word_objects(word) ||
		    (word_free(word) == SLUB_NONE) != (word_inuse(word) == word_objects(word)))
			ok = false;
	}
	ok = ok && partial == n->nr_partial && n->nr_partial <= READ_ONCE(n->nr_slabs);
	quire_unlock(&n->lock);
	return ok;
}

bool slub_validate(struct kmem_cache *s)
{
	struct kmem_cache_node *n;
	int nid;

	for_each_kmem_cache_node(s, nid, n)
	{
		if (validate_node(s, n))
			continue;
		quire_report(NULL, QUIRE_ERR,
			     "slab validate: %s: node %d: a partial slab's word or the count of "
			     "partial slabs is wrong\n",
			     s->name, nid);
		return false;
	}
	return true;
}
