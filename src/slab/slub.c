/* SPDX-License-Identifier: MIT */
/*
 * slab/slub.c - SLUB: the CPU's slab, and where the next one comes from.
 *
 * Theory
 *  1. A CPU owns one slab of each cache (frozen): it takes objects from its own list,
 *     kmem_cache_cpu.freelist, without any atomic operation. Others free into the slab's list.
 *  2. When its list is empty the CPU takes over the slab's own list whole, what others freed; when
 *     that is empty too the slab is full and simply forgotten.
 *  3. The next slab comes from the CPU's partial list, then from the node's: the first of its
 *     list to allocate from, and more for the CPU's partial list until that holds half of
 *     cpu_partial_slabs; then, the more rarely the farther (remote_node_defrag_ratio), from other
 *     nodes that have more than min_partial; then from the page allocator.
 *  4. A request for another node than the CPU slab's puts that slab back (deactivate).
 *
 *	cpu.freelist -> slab's list -> cpu.partial -> node partial -> other nodes -> new slab
 *
 * Locking: the CPU part under its owner lock, given back before pages are asked for. A slab's
 * word by compare-and-swap (slub.h). Lists under the node's lock.
 *
 * Sources: Ch. Lameter, "SLUB: the unqueued slab allocator" (2007); behaviour of Linux 6.1
 * (mm/slub.c: ___slab_alloc, get_partial_node, deactivate_slab).
 */
#include "slab/slub.h"

/* Is @slab where the request wants it? */
static inline bool node_match(const struct slab *slab, int nid)
{
	return nid == NUMA_NO_NODE || slab_nid(slab) == nid;
}

/* Has the node any memory at all? If not, any will do. */
static inline int usable_nid(int nid)
{
	const struct quire_machine *m = quire_this_cpu->machine;

	if (nid < 0 || (unsigned int)nid >= m->config.nr_nodes ||
	    !node_data(nid)->node_present_pages)
		return NUMA_NO_NODE;
	return nid;
}

/* Point 2: the slab's own list, whole; the slab stays ours only if there is any. */
static void *get_freelist(struct kmem_cache *s, struct slab *slab)
{
	u64 word = slab_word(slab), to;

	do {
		to = make_word(SLUB_NONE, word_objects(word), word_objects(word),
			       word_free(word) != SLUB_NONE);
	} while (!slab_word_swap(slab, &word, to));
	return first_free(s, slab, word);
}

/* --- a node's partial list --------------------------------------------------------------- */

/*
 * Freezes @slab, first of the list. @take: with its free objects, for allocation now; else they
 * stay on it.
 * Return: false if its word changed meanwhile. Context: the node's lock.
 */
static bool acquire_slab(struct kmem_cache_node *n, struct slab *slab, bool take, u64 *was)
{
	u64 word = slab_word(slab), to;

	if (take)
		to = make_word(SLUB_NONE, word_objects(word), word_objects(word), true);
	else
		to = word | SLUB_FROZEN;
	*was = word;
	if (!slab_word_swap(slab, &word, to))
		return false;
	remove_partial(n, slab);
	return true;
}

/* Puts a frozen slab to the CPU's partial list. Context: the CPU's lock. */
static void cpu_partial_push(struct kmem_cache_cpu *c, struct slab *slab)
{
	slab->slabs = c->partial ? c->partial->slabs + 1 : 1;
	slab->next = c->partial;
	WRITE_ONCE(c->partial, slab);
}

/*
 * Point 3: from @n's list. Becomes the CPU's slab, with *@freelist its objects.
 * Context: the CPU's lock. Return: NULL: nothing there.
 */
static struct slab *get_partial_node(struct kmem_cache *s, struct kmem_cache_cpu *c,
				     struct kmem_cache_node *n, void **freelist)
{
	const unsigned int keep =
		READ_ONCE(s->cpu_partial) ? READ_ONCE(s->cpu_partial_slabs) / 2 + 1 : 0;
	struct slab *slab, *next, *found = NULL;
	unsigned int kept = 0;
	u64 word;

	if (!n || !READ_ONCE(n->nr_partial))
		return NULL;
	quire_lock(&n->lock);
	list_for_each_entry_safe (slab, next, &n->partial, slab_list) {
		if (!acquire_slab(n, slab, !found, &word))
			break;
		if (!found) {
			found = slab;
			*freelist = first_free(s, slab, word);
		} else {
			cpu_partial_push(c, slab);
			kept++;
		}
		if (kept >= keep)
			break;
	}
	quire_unlock(&n->lock);
	return found;
}

/* Other nodes, by distance, if they can spare one. */
static struct slab *get_any_partial(struct kmem_cache *s, struct kmem_cache_cpu *c, gfp_t gfp,
				    void **freelist)
{
	const unsigned int ratio = READ_ONCE(s->remote_node_defrag_ratio);
	const pg_data_t *pgdat = node_data((int)quire_this_cpu->nid);
	const unsigned int zone = gfp & GFP_ZONEMASK;
	const struct zoneref *z;
	struct quire_machine *m = quire_this_cpu->machine;

	if (m->config.nr_nodes == 1 || !ratio || machine_random(m) % 1024 > ratio)
		return NULL;
	for_each_zoneref (z, pgdat->node_zonelists[ZONELIST_FALLBACK].zonerefs,
			  (enum zone_type)this_page_state()->gfp_zone[zone], NULL) {
		struct kmem_cache_node *n = get_node(s, z->zone->zone_pgdat->node_id);
		struct slab *slab;

		if (!n || READ_ONCE(n->nr_partial) <= READ_ONCE(s->min_partial))
			continue;
		slab = get_partial_node(s, c, n, freelist);
		if (slab)
			return slab;
	}
	return NULL;
}

static struct slab *get_partial(struct kmem_cache *s, struct kmem_cache_cpu *c,
				const struct slab_request *rq, int nid, void **freelist)
{
	int from = nid == NUMA_NO_NODE ? (int)quire_this_cpu->nid : nid;
	struct slab *slab = get_partial_node(s, c, get_node(s, from), freelist);

	if (slab || nid != NUMA_NO_NODE)
		return slab;
	return get_any_partial(s, c, rq->gfp, freelist);
}

/* --- giving up a CPU slab ---------------------------------------------------------------- */

/* The last of a list of free objects, and how many there are. */
static void *list_end(const struct kmem_cache *s, void *head, unsigned int *count)
{
	void *next;

	for (*count = 1; (next = get_freepointer(s, head)); head = next)
		++*count;
	return head;
}

/*
 * @slab, frozen, leaves its CPU with the objects of @freelist. Objects that others freed into it
 * are hot elsewhere: then it goes to the list's tail.
 * Return: the slab if it is to be discarded, else NULL. Context: no node lock.
 */
static struct slab *deactivate_slab(struct kmem_cache *s, struct slab *slab, void *freelist)
{
	struct kmem_cache_node *n = get_node(s, slab_nid(slab));
	u64 word = slab_word(slab), to;
	bool to_tail = word_free(word) != SLUB_NONE, empty, partial;
	unsigned int count = 0;
	void *end = NULL;

	if (freelist)
		end = list_end(s, freelist, &count);
	quire_lock(&n->lock);
	do {
		unsigned int first = word_free(word);

		if (freelist) {
			set_freepointer(s, end, first_free(s, slab, word));
			first = slot_index(s, slab, freelist);
		}
		to = make_word(first, word_inuse(word) - count, word_objects(word), false);
		empty = !word_inuse(to) && n->nr_partial >= READ_ONCE(s->min_partial);
		partial = !empty && first != SLUB_NONE;
	} while (!slab_word_swap(slab, &word, to));
	if (partial)
		add_partial(n, slab, to_tail);
	quire_unlock(&n->lock);
	return empty ? slab : NULL;
}

/* Frozen slabs of a CPU's partial list to their nodes. Context: no locks. */
void slub_unfreeze(struct kmem_cache *s, struct slab *chain)
{
	struct slab *slab, *discard = NULL;

	while ((slab = chain)) {
		struct kmem_cache_node *n = get_node(s, slab_nid(slab));
		u64 word = slab_word(slab);

		chain = slab->next;
		quire_lock(&n->lock);
		while (!slab_word_swap(slab, &word, word & ~SLUB_FROZEN))
			;
		if (!word_inuse(word) && n->nr_partial >= READ_ONCE(s->min_partial)) {
			slab->next = discard;
			discard = slab;
		} else {
			add_partial(n, slab, true);
		}
		quire_unlock(&n->lock);
	}
	discard_slabs(s, discard);
}

/* Takes everything from @c, whose lock is held, for slub_unfreeze() and discard. */
struct cpu_leftovers {
	struct slab *discard, *partial;
};

static struct cpu_leftovers flush_locked(struct kmem_cache *s, struct kmem_cache_cpu *c)
{
	struct cpu_leftovers left = { .partial = c->partial };

	if (c->slab)
		left.discard = deactivate_slab(s, c->slab, c->freelist);
	WRITE_ONCE(c->slab, NULL);
	c->freelist = NULL;
	WRITE_ONCE(c->partial, NULL);
	return left;
}

static void finish_flush(struct kmem_cache *s, struct cpu_leftovers left)
{
	if (left.discard)
		discard_slab(s, left.discard);
	slub_unfreeze(s, left.partial);
}

/* O2: the lock of any CPU's part; in a deterministic machine all CPUs are one thread. */
void cpu_slab_lock(struct kmem_cache_cpu *c, unsigned int cpu)
{
	const struct quire_machine *m = quire_this_cpu->machine;

	if (cpu == quire_this_cpu->id)
		owner_lock(&c->lock);
	else
		owner_lock_remote(&c->lock, m->config.deterministic ? NULL : m->port);
}

void cpu_slab_unlock(struct kmem_cache_cpu *c, unsigned int cpu)
{
	if (cpu == quire_this_cpu->id)
		owner_unlock(&c->lock);
	else
		owner_unlock_remote(&c->lock);
}

static void slub_flush_cpu(struct kmem_cache *s, unsigned int cpu)
{
	struct kmem_cache_cpu *c = cpu_slab(s, cpu);
	struct cpu_leftovers left;

	if (!READ_ONCE(c->slab) && !READ_ONCE(c->partial))
		return;
	cpu_slab_lock(c, cpu);
	left = flush_locked(s, c);
	cpu_slab_unlock(c, cpu);
	finish_flush(s, left);
}

void slub_flush_all(struct kmem_cache *s)
{
	unsigned int cpu;

	/* Objects from sheaves bring slabs to this CPU's partial list: sheaves come first. */
	for (cpu = 0; cpu < quire_this_cpu->machine->config.nr_cpus; cpu++)
		sheaf_flush_cpu(s, cpu);
	sheaf_flush_barns(s);
	for (cpu = 0; cpu < quire_this_cpu->machine->config.nr_cpus; cpu++)
		slub_flush_cpu(s, cpu);
}

/* --- allocation -------------------------------------------------------------------------- */

/*
 * A CPU slab with free objects, without asking for pages. *@left: what had to be put back,
 * for finish_flush(). Context: the CPU's lock. Return: false: there is none.
 */
static bool next_slab(struct kmem_cache *s, struct kmem_cache_cpu *c, const struct slab_request *rq,
		      int nid, struct cpu_leftovers *left)
{
	for (;;) {
		if (c->slab && !node_match(c->slab, nid)) {
			struct slab *gone = deactivate_slab(s, c->slab, c->freelist);

			if (gone) {
				gone->next = left->discard;
				left->discard = gone;
			}
			WRITE_ONCE(c->slab, NULL);
			c->freelist = NULL;
		}
		if (c->slab) {
			if (!c->freelist)
				c->freelist = get_freelist(s, c->slab);
			if (c->freelist)
				return true;
			WRITE_ONCE(c->slab, NULL);
		}
		if (!c->partial)
			break;
		WRITE_ONCE(c->slab, c->partial);
		WRITE_ONCE(c->partial, c->partial->next);
	}
	WRITE_ONCE(c->slab, get_partial(s, c, rq, nid, &c->freelist));
	return c->slab;
}

/* Takes up to @nr objects from the CPU slab's list. Context: the CPU's lock. */
static unsigned int take_from_cpu(struct kmem_cache *s, struct kmem_cache_cpu *c, unsigned int nr,
				  void **p)
{
	unsigned int i;

	for (i = 0; i < nr && c->freelist; i++) {
		p[i] = c->freelist;
		c->freelist = get_freepointer(s, p[i]);
	}
	return i;
}

/* A slab just made becomes the CPU's, whose former one goes back. Context: the CPU's lock. */
static void install_slab(struct kmem_cache *s, struct kmem_cache_cpu *c, struct slab *slab,
			 struct cpu_leftovers *left)
{
	u64 word = slab->state;

	/* Meanwhile this CPU may have got another: the lock was not held. */
	if (unlikely(c->slab))
		left->discard = deactivate_slab(s, c->slab, c->freelist);
	c->freelist = first_free(s, slab, word);
	__atomic_store_n(&slab->state,
			 make_word(SLUB_NONE, word_objects(word), word_objects(word), true),
			 __ATOMIC_RELEASE);
	WRITE_ONCE(c->slab, slab);
}

/* One turn with the lock held: what is at hand. */
static unsigned int take_at_hand(struct kmem_cache *s, const struct slab_request *rq, int nid,
				 unsigned int nr, void **p)
{
	struct kmem_cache_cpu *c = this_cpu_slab(s);
	struct cpu_leftovers left = { 0 };
	unsigned int got = 0;
	struct slab *next;

	owner_lock(&c->lock);
	while (got < nr && next_slab(s, c, rq, nid, &left))
		got += take_from_cpu(s, c, nr - got, p + got);
	owner_unlock(&c->lock);
	for (; unlikely(left.discard); left.discard = next) {
		next = left.discard->next;
		discard_slab(s, left.discard);
	}
	return got;
}

/*
 * @most: objects wanted; @enough: with so many, no new slab is made.
 */
unsigned int slub_take(struct kmem_cache *s, const struct slab_request *rq, unsigned int most,
		       unsigned int enough, void **p)
{
	int nid = rq->nid == NUMA_NO_NODE ? rq->nid : usable_nid(rq->nid);
	unsigned int got;

	for (got = 0;;) {
		struct kmem_cache_cpu *c = this_cpu_slab(s);
		struct cpu_leftovers left = { 0 };
		struct slab *slab;
		unsigned int nr;

		got += take_at_hand(s, rq, nid, most - got, p + got);
		if (got >= enough)
			return got;
		nr = most - got;
		slab = new_slab(s, rq->gfp, nid, &nr, p + got);
		if (unlikely(!slab))
			return got;
		got += nr;
		owner_lock(&c->lock);
		install_slab(s, c, slab, &left);
		owner_unlock(&c->lock);
		if (unlikely(left.discard))
			discard_slab(s, left.discard);
	}
}

/* Without debugging. */
static void *__attribute__((noinline))
alloc_plain(struct kmem_cache *s, const struct slab_request *rq)
{
	void *object;

	if (s->sheaf_capacity && node_is_local(rq->nid)) {
		object = sheaf_refill_alloc(s, rq);
		if (likely(object) && likely(object_suits_node(object, rq->nid)))
			return object;
		if (unlikely(object))
			slub_free(s, virt_to_slab(object), object, rq->caller);
	}
	return slub_take(s, rq, 1, 1, &object) ? object : NULL;
}

static void *slub_alloc(struct kmem_cache *s, const struct slab_request *rq)
{
	return kmem_cache_debug(s) ? slub_debug_alloc(s, rq) : alloc_plain(s, rq);
}

static unsigned int slub_alloc_bulk(struct kmem_cache *s, gfp_t gfp, unsigned int nr, void **p)
{
	struct slab_request rq = { .gfp = gfp,
				   .nid = NUMA_NO_NODE,
				   .size = READ_ONCE(s->object_size) };
	unsigned int i;

	if (!kmem_cache_debug(s))
		return slub_take(s, &rq, nr, nr, p);
	for (i = 0; i < nr; i++) {
		p[i] = slub_debug_alloc(s, &rq);
		if (!p[i])
			break;
	}
	return i;
}

/* --- life of a cache --------------------------------------------------------------------- */

static int slub_init(struct kmem_cache *s)
{
	const struct quire_machine_config *c = &quire_this_cpu->machine->config;
	int err = slub_calculate_sizes(s);

	if (!err && unlikely(slub_drop_metadata(s)))
		err = slub_calculate_sizes(s);
	if (err)
		return err;
	slub_set_defaults(s);
	if (c->slab.freelist_hardened)
		s->random = machine_random(quire_this_cpu->machine) | 1;
	err = init_kmem_cache_nodes(s);
	if (err)
		return err;
	sheaf_init(s);
	if (this_slab_state()->up)
		slub_random_init(s);
	return 0;
}

static void slub_exit(struct kmem_cache *s)
{
	sheaf_exit(s);
	free_kmem_cache_nodes(s);
}

/* All slabs of @n without objects, off its list. Return: a chain. */
static struct slab *take_empty(struct kmem_cache *s, struct kmem_cache_node *n)
{
	struct slab *slab, *next, *chain = NULL;

	quire_lock(&n->lock);
	list_for_each_entry_safe (slab, next, &n->partial, slab_list) {
		if (word_inuse(slab_word(slab)))
			continue;
		remove_partial(n, slab);
		count_listed(s, n, -1);
		slab->next = chain;
		chain = slab;
	}
	quire_unlock(&n->lock);
	return chain;
}

static int slub_shutdown(struct kmem_cache *s)
{
	struct kmem_cache_node *n;
	unsigned long left = 0;
	int nid;

	slub_flush_all(s);
	for_each_kmem_cache_node(s, nid, n)
	{
		discard_slabs(s, take_empty(s, n));
		left += READ_ONCE(n->nr_slabs);
	}
	if (s->flags & SLAB_TYPESAFE_BY_RCU)
		slab_rcu_drain(this_slab_state());
	return (int)min(left, (unsigned long)__INT_MAX__);
}

#define SHRINK_CLASSES 32 /* slabs with fewer free objects than this are sorted */

/* Partial slabs of @n: the fullest first, so that the others may empty. Context: its lock. */
static struct slab *sort_partial(struct kmem_cache *s, struct kmem_cache_node *n)
{
	struct list_head by_free[SHRINK_CLASSES];
	struct slab *slab, *next, *empty = NULL;
	unsigned int i;

	for (i = 0; i < SHRINK_CLASSES; i++)
		INIT_LIST_HEAD(&by_free[i]);
	list_for_each_entry_safe (slab, next, &n->partial, slab_list) {
		u64 word = slab_word(slab);
		unsigned int nr_free = word_objects(word) - word_inuse(word);

		if (!word_inuse(word)) {
			remove_partial(n, slab);
			count_listed(s, n, -1);
			slab->next = empty;
			empty = slab;
		} else if (nr_free - 1 < SHRINK_CLASSES) {
			list_move(&slab->slab_list, &by_free[nr_free - 1]);
		}
	}
	for (i = SHRINK_CLASSES; i-- > 0;)
		list_splice(&by_free[i], &n->partial);
	return empty;
}

static unsigned long slub_shrink(struct kmem_cache *s)
{
	struct kmem_cache_node *n;
	unsigned long left = 0;
	int nid;

	slub_flush_all(s);
	for_each_kmem_cache_node(s, nid, n)
	{
		struct slab *empty;

		quire_lock(&n->lock);
		empty = sort_partial(s, n);
		quire_unlock(&n->lock);
		discard_slabs(s, empty);
		left += READ_ONCE(n->nr_slabs);
	}
	return left;
}

static size_t slub_usable(struct kmem_cache *s, const void *object)
{
	(void)object;
	/* Red zone and poison end the object where its owner asked; else only what lies behind
	 * counts. */
	if (s->flags & (SLAB_RED_ZONE | SLAB_POISON))
		return READ_ONCE(s->object_size);
	if (s->flags & (SLAB_TYPESAFE_BY_RCU | SLAB_STORE_USER))
		return READ_ONCE(s->inuse);
	return s->size;
}

const struct slab_backend slub_backend = {
	.name = "slub",
	.init = slub_init,
	.shutdown = slub_shutdown,
	.exit = slub_exit,
	.alloc = slub_alloc,
	.free = slub_free,
	.alloc_bulk = slub_alloc_bulk,
	.free_bulk = slub_free_bulk,
	.shrink = slub_shrink,
	.info = slub_info,
	.validate = slub_validate,
	.usable = slub_usable,
	.dump = slub_debug_dump,
};
