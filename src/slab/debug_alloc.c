/* SPDX-License-Identifier: MIT */
/*
 * slab/debug_alloc.c - allocation and free of caches with debugging.
 *
 * 1. No CPU owns a slab of such a cache: each object is taken from the first slab of the node's
 *list, and put back, under the node's lock (S4 of slub.h). So patterns, free list and counters
 *always agree when somebody looks.
 *
 *	new slab --> partial <--> full (on a list with SLAB_STORE_USER alone)
 *	               |
 *	               +--> discarded, when empty and the node has min_partial
 *
 * 2. What is costly and needs no lock, the caller's stack, is found out before it is taken.
 * 3. An allocation that finds its slab damaged condemns it and takes another slab. A free that
 *finds anything wrong frees nothing: the object stays in use.
 * 4. An object that is freed twice: its left red zone says so at once; without red zones the free
 *list is searched. The free list as a whole is walked by validate_slab_cache() alone; each link is
 *    checked when it is used.
 *
 * Sources: behaviour of Linux 6.1 (mm/slub.c: alloc_single_from_partial, free_debug_processing).
 */
#include "slab/debug.h"

static inline void set_word(struct slab *slab, u64 word)
{
	__atomic_store_n(&slab->state, word, __ATOMIC_RELEASE);
}

/* --- allocation -------------------------------------------------------------------------- */

/* F: may @object, head of the list, whose link is @next, be given out? */
static bool alloc_checks(struct kmem_cache *s, struct slab *slab, u64 word, void *object,
			 const void *next)
{
	if (!check_slab(s, slab))
		return false;
	if (unlikely(word_free(word) >= word_objects(word))) {
		slab_err(s, slab, "Freepointer corrupt");
		return false;
	}
	if (likely(object_seems_whole(s, object, SLUB_RED_INACTIVE)) &&
	    likely(!next || is_object(s, slab, word_objects(word), next)))
		return true;
	return check_object(s, slab, object, SLUB_RED_INACTIVE);
}

/* The slot of @next, behind @object on the list. A link that leads out of the slab is the list's
 * end. */
static unsigned int next_free(struct kmem_cache *s, struct slab *slab, u64 word, void *object,
			      const void *next)
{
	if (!next)
		return SLUB_NONE;
	if (s->flags & SLAB_CONSISTENCY_CHECKS ||
	    likely(is_object(s, slab, word_objects(word), next)))
		return slot_index(s, slab, next);
	object_err(s, slab, object, "Freechain corrupt");
	slab_fix(s, "Isolate corrupted freechain");
	return SLUB_NONE;
}

/* Patterns of an object in use. What the checks saw of the poison need not be written again. */
static inline void init_taken(struct kmem_cache *s, void *object)
{
	const slab_flags_t all = SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON;

	if ((s->flags & all) == all && orig_size(s, object) == s->object_size)
		init_red_zones(s, object, SLUB_RED_ACTIVE);
	else if (s->flags & (SLAB_RED_ZONE | SLAB_POISON))
		init_object(s, object, SLUB_RED_ACTIVE);
}

/*
 * Takes one object out of @slab.
 * Return: NULL: it was condemned. Context: the node's lock.
 */
static void *take_object(struct kmem_cache *s, struct slab *slab, const struct slab_request *rq,
			 const struct track *who)
{
	u64 word = slab_word(slab);
	unsigned int inuse = word_inuse(word) + 1, next;
	void *object = first_free(s, slab, word);
	const void *link = get_freepointer(s, object);

	if (s->flags & SLAB_CONSISTENCY_CHECKS && !alloc_checks(s, slab, word, object, link)) {
		condemn_slab(s, slab);
		return NULL;
	}
	next = next_free(s, slab, word, object, link);
	if (unlikely(next == SLUB_NONE && inuse != word_objects(word)))
		inuse = word_objects(word); /* lost behind a cut: they count as used */
	set_word(slab, make_word(next, inuse, word_objects(word), false));
	if (s->flags & SLAB_TRACE)
		report_trace(s, slab, object, true);
	if (keeps_orig_size(s))
		*orig_size_of(s, object) = (unsigned int)rq->size;
	init_taken(s, object);
	if (s->flags & SLAB_STORE_USER)
		*get_track(s, object, TRACK_ALLOC) = *who;
	return object;
}

static void *take_from_node(struct kmem_cache *s, struct kmem_cache_node *n,
			    const struct slab_request *rq, const struct track *who)
{
	void *object = NULL;

	if (!READ_ONCE(n->nr_partial))
		return NULL;
	quire_lock(&n->lock);
	while (!object && !list_empty(&n->partial)) {
		struct slab *slab = list_first_entry(&n->partial, struct slab, slab_list);

		object = take_object(s, slab, rq, who);
		if (word_free(slab_word(slab)) == SLUB_NONE) {
			remove_partial(n, slab);
			add_full(s, n, slab);
		}
	}
	quire_unlock(&n->lock);
	return object;
}

static void *take_from_new(struct kmem_cache *s, struct slab *slab, const struct slab_request *rq,
			   const struct track *who)
{
	struct kmem_cache_node *n = get_node(s, slab_nid(slab));
	void *object;

	quire_lock(&n->lock);
	count_listed(s, n, 1);
	object = take_object(s, slab, rq, who);
	if (word_free(slab_word(slab)) == SLUB_NONE)
		add_full(s, n, slab);
	else
		add_partial(n, slab, false);
	quire_unlock(&n->lock);
	return object;
}

/* Memory is short: any node that has an object will do, unless the caller insists. */
static void *take_from_any(struct kmem_cache *s, const struct slab_request *rq,
			   const struct track *who)
{
	struct kmem_cache_node *n;
	void *object;
	int nid;

	if (rq->gfp & __GFP_THISNODE)
		return NULL;
	for_each_kmem_cache_node(s, nid, n)
	{
		object = take_from_node(s, n, rq, who);
		if (object)
			return object;
	}
	return NULL;
}

static int wanted_nid(int nid)
{
	const struct quire_machine *m = quire_this_cpu->machine;

	if (nid < 0 || (unsigned int)nid >= m->config.nr_nodes ||
	    !node_data(nid)->node_present_pages)
		return (int)quire_this_cpu->nid;
	return nid;
}

void *slub_debug_alloc(struct kmem_cache *s, const struct slab_request *rq)
{
	int nid = wanted_nid(rq->nid);
	struct track who;
	void *object;

	if (s->flags & SLAB_STORE_USER)
		track_now(&who, TRACK_ALLOC, rq->caller);
	object = take_from_node(s, get_node(s, nid), rq, &who);
	while (unlikely(!object)) {
		struct slab *slab = new_slab(s, rq->gfp, nid);

		if (!slab)
			return take_from_any(s, rq, &who);
		object = take_from_new(s, slab, rq, &who);
	}
	return object;
}

/* --- free -------------------------------------------------------------------------------- */

/* Point 4, by D3. */
static bool already_free(struct kmem_cache *s, struct slab *slab, const unsigned char *object)
{
	if (s->flags & SLAB_RED_ZONE &&
	    likely(!pattern_check(object - s->red_left_pad, SLUB_RED_ACTIVE, s->red_left_pad)))
		return false;
	return check_freelist(s, slab, object);
}

static bool free_checks(struct kmem_cache *s, struct slab *slab, void *object)
{
	if (s->flags & SLAB_CONSISTENCY_CHECKS && !check_slab(s, slab))
		return false;
	if (unlikely(!is_object(s, slab, word_objects(slab_word(slab)), object))) {
		report_invalid_pointer(s, slab, object);
		return false;
	}
	if (!(s->flags & SLAB_CONSISTENCY_CHECKS)) {
		if (likely(first_free(s, slab, slab_word(slab)) != object))
			return true;
		object_err(s, slab, object, "Object already free");
		return false;
	}
	if (unlikely(!object_seems_whole(s, object, SLUB_RED_ACTIVE)) ||
	    !(s->flags & SLAB_RED_ZONE)) {
		if (already_free(s, slab, object)) {
			object_err(s, slab, object, "Object already free");
			return false;
		}
		if (!check_object(s, slab, object, SLUB_RED_ACTIVE))
			return false;
	}
	/* The rest of the slab is the last object's to run into. */
	if (slot_index(s, slab, object) + 1 == word_objects(slab_word(slab)))
		check_slab_padding(s, slab);
	if (unlikely(!word_inuse(slab_word(slab)))) {
		slab_err(s, slab, "Wrong object count. Counter is %u but counted were %u", 0, 1);
		return false;
	}
	return true;
}

/* @object onto the list. Return: the slab is to be discarded. Context: the node's lock. */
static bool put_object(struct kmem_cache *s, struct kmem_cache_node *n, struct slab *slab,
		       void *object)
{
	u64 word = slab_word(slab);
	bool full = word_free(word) == SLUB_NONE, discard;

	set_freepointer(s, object, first_free(s, slab, word));
	word = make_word(slot_index(s, slab, object), word_inuse(word) - 1, word_objects(word),
			 false);
	set_word(slab, word);
	discard = !word_inuse(word) && n->nr_partial >= READ_ONCE(s->min_partial);
	if (discard)
		count_listed(s, n, -1);
	if (full)
		remove_full(s, slab);
	else if (discard)
		remove_partial(n, slab);
	if (full && !discard)
		add_partial(n, slab, true);
	return discard;
}

void slub_debug_free(struct kmem_cache *s, struct slab *slab, void *object, unsigned long caller)
{
	struct kmem_cache_node *n = get_node(s, slab_nid(slab));
	bool good, partial, discard = false;
	struct track who;

	if (s->flags & SLAB_STORE_USER)
		track_now(&who, TRACK_FREE, caller);
	quire_lock(&n->lock);
	partial = word_free(slab_word(slab)) != SLUB_NONE;
	good = free_checks(s, slab, object);
	/* The checks gave the slab up: it goes where full ones are. */
	if (unlikely(partial && word_free(slab_word(slab)) == SLUB_NONE)) {
		remove_partial(n, slab);
		add_full(s, n, slab);
	}
	if (likely(good)) {
		if (s->flags & SLAB_TRACE)
			report_trace(s, slab, object, false);
		if (s->flags & SLAB_STORE_USER)
			*get_track(s, object, TRACK_FREE) = who;
		slab_wipe_object(s, object);
		if (s->flags & (SLAB_RED_ZONE | SLAB_POISON))
			init_object(s, object, SLUB_RED_INACTIVE);
		discard = put_object(s, n, slab, object);
	} else {
		slab_fix(s, "Object at 0x%px not freed", object);
	}
	quire_unlock(&n->lock);
	if (discard)
		discard_slab(s, slab);
}

void slub_report_double_free(struct kmem_cache *s, void *object, unsigned long caller)
{
	object_err(s, virt_to_slab(object), object, "Object already free");
	slab_fix(s, "Object at 0x%px not freed", object);
}

size_t slub_orig_size(struct kmem_cache *s, const void *object)
{
	return orig_size(s, object);
}

void slub_set_orig_size(struct kmem_cache *s, const void *object, size_t bytes)
{
	unsigned char *p = (unsigned char *)(unsigned long)object;
	struct kmem_cache_node *n = get_node(s, slab_nid(virt_to_slab(object)));
	unsigned int was;

	if (!keeps_orig_size(s) || bytes > s->object_size)
		return;
	/* Validators and lists of owners read it. */
	quire_lock(&n->lock);
	was = *orig_size_of(s, object);
	*orig_size_of(s, object) = (unsigned int)bytes;
	if (s->flags & SLAB_RED_ZONE && bytes < was)
		pattern_fill(p + bytes, SLUB_RED_ACTIVE, s->object_size - bytes);
	quire_unlock(&n->lock);
}
