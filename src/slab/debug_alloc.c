/* SPDX-License-Identifier: MIT */
/*
 * slab/debug_alloc.c - allocation and free of caches with debugging.
 *
 * 1. No CPU owns a slab of such a cache: each object is taken from the first slab of the node's
 *    list, and put back, under the node's lock (S4 of slub.h). So patterns, free list and counters
 *    always agree when somebody looks.
 *
 *	new slab --> partial <--> full (on a list with SLAB_STORE_USER alone)
 *	               |
 *	               +--> discarded, when empty and the node has min_partial
 *
 * 2. What is costly and needs no lock, the caller's stack, is found out before it is taken.
 * 3. An allocation that finds its slab damaged condemns it and takes another slab. A free that
 *    finds its object or its slab's counters wrong frees nothing: the object stays in use. The rest
 *    of the slab behind the last object is mended, which does not stop the free.
 * 4. An object that is freed twice: a whole left red zone says at once that it was in use; else the
 *    free list is searched. Links are checked when they are used, all of them by
 *    validate_slab_cache().
 * 5. All is nearly always well: then a pair takes some 670 instructions, most of them loads that
 *    are compared or stores. What finds out who did what (debug.c, debug_check.c) is called where
 *    something is not as it should be.
 * 6. Where code is watched (shadow.c) an object that is freed goes to the end of its slab's list,
 *    or, of a long one, far from its beginning: it stays closed while others are free, and who
 *    still has its address is found out.
 *
 * Sources: behaviour of Linux 6.1 (mm/slub.c: alloc_single_from_partial, free_debug_processing).
 */
#include "slab/pattern.h"

static inline void set_word(struct slab *slab, u64 word)
{
	__atomic_store_n(&slab->state, word, __ATOMIC_RELEASE);
}

/*
 * Steps with @sh are compiled three times, by what the compiler knows of it: nearly everything, for
 * caches with all of FZPU whose slots have the usual layout; the flags, for kmalloc's caches and
 * others with all of FZPU; nothing. Those around them, with @plain, are compiled for the first of
 * these and for the others.
 */
#define STEP inline __attribute__((always_inline))

static inline bool is_plain(const struct kmem_cache *s)
{
	return (s->flags & (ALL_DEBUG | SLAB_TRACE | __SLAB_PLAIN_SLOTS)) ==
	       (ALL_DEBUG | __SLAB_PLAIN_SLOTS);
}
static inline bool has_all(const struct kmem_cache *s)
{
	return (s->flags & (ALL_DEBUG | SLAB_TRACE | __SLAB_SHADOW)) == ALL_DEBUG;
}
static STEP struct shape all_shape(const struct kmem_cache *s)
{
	return shape_of(s, ALL_DEBUG | (s->flags & SLAB_KMALLOC));
}

/* struct view - a slab under the lock of its node. @base: its first byte */
struct view {
	struct slab *slab;
	unsigned char *base;
	u64 word;
};

static STEP struct view view_of(struct slab *slab)
{
	return (struct view){ slab, slab_address(slab), slab_word(slab) };
}

static STEP void *slot_at(const struct kmem_cache *s, const struct view *v, unsigned int slot)
{
	return v->base + s->red_left_pad + (size_t)slot * s->size;
}

/* The slot that @object begins, or SLUB_NONE: none of the slab's. */
static STEP unsigned int slot_of(const struct kmem_cache *s, const struct view *v,
				 const void *object)
{
	u64 at = (unsigned long)object - s->red_left_pad - (unsigned long)v->base;
	u64 index = at * s->reciprocal >> 48;

	/* NULL is no slot's offset either. */
	return likely(index < word_objects(v->word)) && likely(index * s->size == at)
		       ? (unsigned int)index
		       : SLUB_NONE;
}

/* Bytes of @object, just handed out by @rq, that are its owner's. */
static size_t owned_bytes(struct kmem_cache *s, const void *object, const struct slab_request *rq)
{
	return flags_keep_size(s->flags) ? rq->size : s->backend->usable(s, object);
}

/* Has the slab room for as many objects as its counter says? Else no slot may be looked at. */
static STEP bool objects_fit(const struct kmem_cache *s, const struct view *v)
{
	const unsigned int objects = word_objects(v->word);

	return likely(objects <= s->page_objects) || objects <= slab_max_objects(s, v->slab);
}

/* --- allocation -------------------------------------------------------------------------- */

/*
 * With F: may @object be given out? It is the list's head; NULL: the head is no slot. @link: what
 * it links to, and @next: that slot; SLUB_NONE: none.
 */
static STEP bool alloc_checks(struct kmem_cache *s, const struct view *v, void *object,
			      const void *link, unsigned int next, struct shape sh)
{
	if (!slab_seems_sound(s, v->slab, v->word, true) &&
	    !(check_slab(s, v->slab) && check_head(s, v->slab)))
		return false;
	if (unlikely(!object)) {
		slab_err(s, v->slab, "Freepointer corrupt");
		return false;
	}
	if (likely(object_whole(s, object, SLUB_RED_INACTIVE, sh)) &&
	    (likely(next != SLUB_NONE) || !link))
		return true;
	return check_object(s, v->slab, object, SLUB_RED_INACTIVE);
}

/* A link that leads out of the slab is the list's end. */
static __attribute__((noinline, cold)) void cut_list(struct kmem_cache *s, struct slab *slab,
						     void *object)
{
	object_err(s, slab, object, "Freechain corrupt");
	slab_fix(s, "Isolate corrupted freechain");
}

static STEP struct track *track_at(void *object, enum track_item item, struct shape sh)
{
	return (struct track *)(void *)((char *)object + sh.info) + item;
}

/*
 * Takes one object out of @slab.
 * Return: NULL: it was condemned. Context: the node's lock.
 */
static STEP void *take_object_by(struct kmem_cache *s, struct slab *slab,
				 const struct slab_request *rq, const struct track *who,
				 struct shape sh)
{
	const struct view v = view_of(slab);
	unsigned int inuse = word_inuse(v.word) + 1, next;
	const void *link = NULL;
	void *object = NULL;

	if (likely(word_free(v.word) < word_objects(v.word)) && likely(objects_fit(s, &v))) {
		object = slot_at(s, &v, word_free(v.word));
		link = get_freepointer(s, object);
	}
	next = slot_of(s, &v, link);
	if (sh.flags & SLAB_CONSISTENCY_CHECKS) {
		if (!alloc_checks(s, &v, object, link, next, sh)) {
			condemn_slab(s, slab);
			return NULL;
		}
	} else if (unlikely(!object)) {
		condemn_slab(s, slab);
		return NULL;
	} else if (unlikely(link && next == SLUB_NONE)) {
		cut_list(s, slab, object);
	}
	/* The last one; or others are lost behind a cut, and count as used. */
	if (unlikely(next == SLUB_NONE))
		inuse = word_objects(v.word);
	set_word(slab, make_word(next, inuse, word_objects(v.word), false));
	if (sh.flags & __SLAB_SHADOW)
		slab_shadow_open(s, object);
	if (sh.flags & SLAB_TRACE)
		report_trace(s, slab, object, true);
	if (flags_keep_size(sh.flags))
		*orig_size_of(s, object) = (unsigned int)rq->size;
	mark_taken(s, object, flags_keep_size(sh.flags) ? (unsigned int)rq->size : sh.object, sh);
	if (sh.flags & SLAB_STORE_USER)
		*track_at(object, TRACK_ALLOC, sh) = *who;
	if (sh.flags & __SLAB_SHADOW)
		slab_shadow_owned(s, object, owned_bytes(s, object, rq));
	return object;
}

static __attribute__((noinline)) void *take_object_all(struct kmem_cache *s, struct slab *slab,
						       const struct slab_request *rq,
						       const struct track *who)
{
	return take_object_by(s, slab, rq, who, all_shape(s));
}

static __attribute__((noinline)) void *take_object_some(struct kmem_cache *s, struct slab *slab,
							const struct slab_request *rq,
							const struct track *who)
{
	return take_object_by(s, slab, rq, who, shape_of(s, s->flags));
}

static STEP void *take_object(struct kmem_cache *s, struct slab *slab,
			      const struct slab_request *rq, const struct track *who, bool plain)
{
	if (plain)
		return take_object_by(s, slab, rq, who, PLAIN_SHAPE(s));
	return has_all(s) ? take_object_all(s, slab, rq, who) : take_object_some(s, slab, rq, who);
}

static STEP void *take_from_node(struct kmem_cache *s, struct kmem_cache_node *n,
				 const struct slab_request *rq, const struct track *who, bool plain)
{
	void *object = NULL;
	struct slab *slab;

	if (!READ_ONCE(n->nr_partial))
		return NULL;
	quire_lock(&n->lock);
	do {
		if (unlikely(list_empty(&n->partial)))
			break;
		slab = list_first_entry(&n->partial, struct slab, slab_list);
		object = take_object(s, slab, rq, who, plain);
		if (unlikely(word_free(slab_word(slab)) == SLUB_NONE)) {
			remove_partial(n, slab);
			add_full(s, n, slab);
		}
	} while (unlikely(!object));
	quire_unlock(&n->lock);
	return object;
}

static __attribute__((noinline)) void *take_from_new(struct kmem_cache *s, struct slab *slab,
						     const struct slab_request *rq,
						     const struct track *who)
{
	struct kmem_cache_node *n = get_node(s, slab_nid(slab));
	void *object;

	quire_lock(&n->lock);
	count_listed(s, n, 1);
	object = take_object(s, slab, rq, who, is_plain(s));
	if (word_free(slab_word(slab)) == SLUB_NONE)
		add_full(s, n, slab);
	else
		add_partial(n, slab, false);
	quire_unlock(&n->lock);
	return object;
}

/* Memory is short: any node that has an object will do, unless the caller insists. */
static __attribute__((noinline)) void *
take_from_any(struct kmem_cache *s, const struct slab_request *rq, const struct track *who)
{
	struct kmem_cache_node *n;
	void *object;
	int nid;

	if (rq->gfp & __GFP_THISNODE)
		return NULL;
	for_each_kmem_cache_node(s, nid, n)
	{
		object = take_from_node(s, n, rq, who, is_plain(s));
		if (object)
			return object;
	}
	return NULL;
}

static int wanted_nid(int nid)
{
	const struct quire_machine *m = quire_this_cpu->machine;

	if (likely(nid < 0) || (unsigned int)nid >= m->config.nr_nodes ||
	    !node_data(nid)->node_present_pages)
		return (int)quire_this_cpu->nid;
	return nid;
}

static STEP void *debug_alloc(struct kmem_cache *s, const struct slab_request *rq, bool plain)
{
	int nid = wanted_nid(rq->nid);
	unsigned int none = 0;
	struct track who;
	void *object;

	if (plain || s->flags & SLAB_STORE_USER)
		track_now(&who, TRACK_ALLOC, rq->caller);
	object = take_from_node(s, get_node(s, nid), rq, &who, plain);
	while (unlikely(!object)) {
		struct slab *slab = new_slab(s, rq->gfp, nid, &none, NULL);

		if (!slab)
			return take_from_any(s, rq, &who);
		object = take_from_new(s, slab, rq, &who);
	}
	return object;
}

static __attribute__((noinline)) void *debug_alloc_some(struct kmem_cache *s,
							const struct slab_request *rq)
{
	return debug_alloc(s, rq, false);
}

void *slub_debug_alloc(struct kmem_cache *s, const struct slab_request *rq)
{
	return likely(is_plain(s)) ? debug_alloc(s, rq, true) : debug_alloc_some(s, rq);
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

/* What free_checks() found not to be as it should. Return: free it all the same. */
static __attribute__((noinline, cold)) bool free_anyway(struct kmem_cache *s, struct slab *slab,
							void *object)
{
	if (already_free(s, slab, object)) {
		object_err(s, slab, object, "Object already free");
		return false;
	}
	return check_object(s, slab, object, SLUB_RED_ACTIVE);
}

/* A slab without objects in use gets none back. Return: false. */
static __attribute__((noinline, cold)) bool none_in_use(struct kmem_cache *s, struct slab *slab)
{
	slab_err(s, slab, "Wrong object count. Counter is %u but counted were %u", 0, 1);
	return false;
}

/* May @object, of @slot, go back? All is well, or what was found has been mended. */
static STEP bool free_checks(struct kmem_cache *s, const struct view *v, void *object,
			     unsigned int slot, struct shape sh)
{
	struct slab *slab = v->slab;

	if (sh.flags & SLAB_CONSISTENCY_CHECKS && !slab_seems_sound(s, slab, v->word, false) &&
	    !(check_slab(s, slab) && check_head(s, slab)))
		return false;
	if (unlikely(slot == SLUB_NONE)) {
		report_invalid_pointer(s, slab, object);
		return false;
	}
	if (!(sh.flags & SLAB_CONSISTENCY_CHECKS)) {
		if (unlikely(!word_inuse(v->word)))
			return none_in_use(s, slab);
		if (likely(word_free(v->word) != slot))
			return true;
		object_err(s, slab, object, "Object already free");
		return false;
	}
	if ((unlikely(!object_whole(s, object, SLUB_RED_ACTIVE, sh)) ||
	     !(sh.flags & SLAB_RED_ZONE)) &&
	    !free_anyway(s, slab, object))
		return false;
	/* The rest of the slab is the last object's to run into. */
	if (unlikely(slot + 1 == word_objects(v->word)))
		check_slab_padding(s, slab);
	if (unlikely(!word_inuse(slab_word(slab))))
		return none_in_use(s, slab);
	return true;
}

/* What free_checks() would find nothing about, for caches with F and Z. */
static STEP bool free_is_fine(struct kmem_cache *s, const struct view *v, void *object,
			      unsigned int slot, struct shape sh)
{
	return likely(slab_seems_sound(s, v->slab, v->word, false)) && likely(slot != SLUB_NONE) &&
	       likely(object_whole(s, object, SLUB_RED_ACTIVE, sh)) &&
	       likely(slot + 1 != word_objects(v->word)) && likely(word_inuse(v->word));
}

/*
 * Point 6: @object to the end of the list that begins at @first, or, of a long one, far from its
 * beginning. Return: false: the list is damaged, and is as it was.
 */
#define FAR_ENOUGH 64u
static __attribute__((noinline)) bool put_last(struct kmem_cache *s, const struct view *v,
					       unsigned int first, void *object)
{
	unsigned int last = first, steps;
	void *link = NULL;

	for (steps = 0; steps < FAR_ENOUGH; steps++) {
		unsigned int next;

		link = get_freepointer(s, slot_at(s, v, last));
		next = slot_of(s, v, link);
		if (next == SLUB_NONE) {
			if (link)
				return false;
			break;
		}
		last = next;
	}
	link = get_freepointer(s, slot_at(s, v, last));
	set_freepointer(s, object, link);
	set_freepointer(s, slot_at(s, v, last), object);
	return true;
}

/* @object onto the list of @word. Return: discard the slab. Context: the node's lock. */
static STEP bool put_object(struct kmem_cache *s, struct kmem_cache_node *n, const struct view *v,
			    u64 word, void *object, unsigned int slot, struct shape sh)
{
	const slab_flags_t late = __SLAB_SHADOW | SLAB_CONSISTENCY_CHECKS;
	struct slab *slab = v->slab;
	bool full = word_free(word) == SLUB_NONE, discard;

	if ((sh.flags & late) == late && !full && put_last(s, v, word_free(word), object))
		slot = word_free(word);
	else
		set_freepointer(s, object, unlikely(full) ? NULL : slot_at(s, v, word_free(word)));
	word = make_word(slot, word_inuse(word) - 1, word_objects(word), false);
	set_word(slab, word);
	discard = !word_inuse(word) && n->nr_partial >= READ_ONCE(s->min_partial);
	if (unlikely(discard))
		count_listed(s, n, -1);
	if (unlikely(full))
		remove_full(s, slab);
	else if (unlikely(discard))
		remove_partial(n, slab);
	if (unlikely(full && !discard))
		add_partial(n, slab, true);
	return discard;
}

/* Return: the slab is to be discarded. Context: the node's lock. */
static STEP bool give_object_by(struct kmem_cache *s, struct kmem_cache_node *n, struct slab *slab,
				void *object, const struct track *who, struct shape sh)
{
	const slab_flags_t looked = SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE;
	const struct view v = view_of(slab);
	unsigned int slot = slot_of(s, &v, object);
	u64 word = v.word;

	if ((sh.flags & looked) != looked || !free_is_fine(s, &v, object, slot, sh)) {
		bool good = free_checks(s, &v, object, slot, sh);

		/* The checks gave the slab up: it goes where full ones are. */
		word = slab_word(slab);
		if (unlikely(word_free(word) == SLUB_NONE && word_free(v.word) != SLUB_NONE)) {
			remove_partial(n, slab);
			add_full(s, n, slab);
		}
		if (unlikely(!good)) {
			slab_fix(s, "Object at 0x%px not freed", object);
			return false;
		}
	}
	if (sh.flags & __SLAB_SHADOW)
		slab_shadow_open(s, object);
	if (sh.flags & SLAB_TRACE)
		report_trace(s, slab, object, false);
	if (sh.flags & SLAB_STORE_USER)
		*track_at(object, TRACK_FREE, sh) = *who;
	if (!(sh.flags & SLAB_POISON))
		slab_wipe_object(s, object);
	mark_given(object, sh);
	if (sh.flags & __SLAB_SHADOW)
		slab_shadow_free(s, object);
	return put_object(s, n, &v, word, object, slot, sh);
}

static __attribute__((noinline)) bool give_object_all(struct kmem_cache *s,
						      struct kmem_cache_node *n, struct slab *slab,
						      void *object, const struct track *who)
{
	return give_object_by(s, n, slab, object, who, all_shape(s));
}

static __attribute__((noinline)) bool give_object_some(struct kmem_cache *s,
						       struct kmem_cache_node *n, struct slab *slab,
						       void *object, const struct track *who)
{
	return give_object_by(s, n, slab, object, who, shape_of(s, s->flags));
}

static STEP bool give_object(struct kmem_cache *s, struct kmem_cache_node *n, struct slab *slab,
			     void *object, const struct track *who, bool plain)
{
	if (plain)
		return give_object_by(s, n, slab, object, who, PLAIN_SHAPE(s));
	return has_all(s) ? give_object_all(s, n, slab, object, who)
			  : give_object_some(s, n, slab, object, who);
}

static STEP void debug_free(struct kmem_cache *s, struct slab *slab, void *object,
			    unsigned long caller, bool plain)
{
	struct kmem_cache_node *n = get_node(s, slab_nid(slab));
	struct track who;
	bool discard;

	if (plain || s->flags & SLAB_STORE_USER)
		track_now(&who, TRACK_FREE, caller);
	quire_lock(&n->lock);
	discard = give_object(s, n, slab, object, &who, plain);
	quire_unlock(&n->lock);
	if (unlikely(discard))
		discard_slab(s, slab);
}

static __attribute__((noinline)) void debug_free_some(struct kmem_cache *s, struct slab *slab,
						      void *object, unsigned long caller)
{
	debug_free(s, slab, object, caller, false);
}

void slub_debug_free(struct kmem_cache *s, struct slab *slab, void *object, unsigned long caller)
{
	if (likely(is_plain(s)))
		debug_free(s, slab, object, caller, true);
	else
		debug_free_some(s, slab, object, caller);
}

void slub_report_double_free(struct kmem_cache *s, void *object, unsigned long caller)
{
	object_err(s, virt_to_slab(object), object, "Object already free");
	slab_fix(s, "Object at 0x%px not freed", object);
}

/* Only for looking: what is wrong with the list is told, and mended, by who uses it. */
static bool on_free_list(struct kmem_cache *s, struct slab *slab, const void *object)
{
	unsigned int slot = slot_index(s, slab, object);
	u64 map[FREE_MAP_WORDS];

	mark_free(s, slab, map);
	return map[slot / 64] >> slot % 64 & 1;
}

bool slub_in_use(struct kmem_cache *s, struct slab *slab, const void *object)
{
	struct kmem_cache_node *n = get_node(s, slab_nid(slab));
	unsigned char *p = (unsigned char *)(unsigned long)object;
	bool used = true;

	quire_lock(&n->lock);
	if (unlikely(!is_object(s, slab, slab_slots(s, slab), p))) {
		report_invalid_pointer(s, slab, p);
		used = false;
	} else if (s->flags & SLAB_RED_ZONE
			   ? unlikely(pattern_check(p - s->red_left_pad, SLUB_RED_ACTIVE,
						    s->red_left_pad) != NULL)
			   : (s->flags & SLAB_CONSISTENCY_CHECKS) != 0) {
		used = !on_free_list(s, slab, p);
		if (unlikely(!used))
			object_err(s, slab, p, "Object already free");
	}
	quire_unlock(&n->lock);
	return used;
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
	if (s->flags & __SLAB_SHADOW)
		slab_shadow_owned(s, p, bytes);
	quire_unlock(&n->lock);
}
