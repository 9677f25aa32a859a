/* SPDX-License-Identifier: MIT */
/*
 * slab/debug_check.c - a slab as a whole: its counters, its free list; all slabs of a cache; what
 * is left when a cache is to go.
 *
 * 1. A free list is walked with mistrust: each link must point to an object of the slab, and there
 *    are no more of them than objects. Where it leaves the slab it is cut; what was behind the cut
 *    counts as used.
 * 2. The counter of used objects is made to fit the list, never the other way round: an object that
 *    counts as used too long is lost, one that counts as free too early is given out twice.
 * 3. Full slabs are on no list unless owners are kept. At the end of a cache the frames themselves
 *    are asked which belong to it.
 *
 * Sources: behaviour of Linux 6.1 (mm/slub.c: check_slab, on_freelist, validate_slab).
 */
#include "page/internal.h"
#include "slab/debug.h"

unsigned int slab_max_objects(const struct kmem_cache *s, const struct slab *slab)
{
	unsigned int order = compound_order((struct page *)(unsigned long)slab);

	if (likely(order == oo_order(s->oo)))
		return oo_objects(s->oo);
	return min(slab_order_objects(order, s->size), MAX_OBJS_PER_PAGE);
}

void add_full(struct kmem_cache *s, struct kmem_cache_node *n, struct slab *slab)
{
	if (s->flags & SLAB_STORE_USER)
		list_add(&slab->slab_list, &n->full);
}

void remove_full(struct kmem_cache *s, struct slab *slab)
{
	if (s->flags & SLAB_STORE_USER)
		list_del(&slab->slab_list);
}

static inline void set_word(struct slab *slab, u64 word)
{
	__atomic_store_n(&slab->state, word, __ATOMIC_RELEASE);
}

void condemn_slab(struct kmem_cache *s, struct slab *slab)
{
	unsigned int objects = slab_slots(s, slab);

	slab_fix(s, "Marking all objects used");
	set_word(slab, make_word(SLUB_NONE, objects, objects, false));
}

bool check_slab(struct kmem_cache *s, struct slab *slab)
{
	unsigned int most = slab_max_objects(s, slab);
	u64 word = slab_word(slab);

	if (unlikely(!(slab->flags & 1ul << PG_slab) || slab->slab_cache != s)) {
		slab_err(s, slab, "Not a valid slab page");
		return false;
	}
	if (unlikely(word_objects(word) > most)) {
		slab_err(s, slab, "objects %u > max %u", word_objects(word), most);
		return false;
	}
	if (unlikely(word_inuse(word) > word_objects(word))) {
		slab_err(s, slab, "inuse %u > max %u", word_inuse(word), word_objects(word));
		return false;
	}
	return true;
}

bool check_head(struct kmem_cache *s, struct slab *slab)
{
	if (likely(head_agrees(slab_word(slab))))
		return true;
	slab_err(s, slab, "Freepointer corrupt");
	return false;
}

/* The head of the list is no slot. */
static bool head_corrupt(struct kmem_cache *s, struct slab *slab, u64 word)
{
	slab_err(s, slab, "Freepointer corrupt");
	set_word(slab, make_word(SLUB_NONE, word_objects(word), word_objects(word), false));
	slab_fix(s, "Freelist cleared");
	return false;
}

/* Point 2. @nr: objects on the list */
static void fit_counters(struct kmem_cache *s, struct slab *slab, unsigned int nr)
{
	unsigned int most = slab_max_objects(s, slab);
	u64 word = slab_word(slab);

	if (unlikely(word_objects(word) != most)) {
		slab_err(s, slab, "Wrong number of objects. Found %u but should be %u",
			 word_objects(word), most);
		word = make_word(word_free(word), word_inuse(word), most, false);
		set_word(slab, word);
		slab_fix(s, "Number of objects adjusted");
	}
	if (unlikely(word_inuse(word) != word_objects(word) - nr)) {
		slab_err(s, slab, "Wrong object count. Counter is %u but counted were %u",
			 word_inuse(word), word_objects(word) - nr);
		set_word(slab, make_word(word_free(word), word_objects(word) - nr,
					 word_objects(word), false));
		slab_fix(s, "Object count adjusted");
	}
}

bool check_freelist(struct kmem_cache *s, struct slab *slab, const void *search)
{
	u64 word = slab_word(slab);
	unsigned int objects = word_objects(word), nr = 0;
	void *object = NULL, *at;

	if (word_free(word) != SLUB_NONE && word_free(word) >= objects)
		return search ? false : head_corrupt(s, slab, word);
	for (at = first_free(s, slab, word); at && nr < objects; nr++) {
		if (at == search)
			return true;
		if (unlikely(!is_object(s, slab, objects, at))) {
			object_err(s, slab, object, "Freechain corrupt");
			set_freepointer(s, object, NULL);
			break;
		}
		object = at;
		at = get_freepointer(s, object);
	}
	if (unlikely(at && nr == objects)) { /* a ring */
		object_err(s, slab, object, "Freechain corrupt");
		condemn_slab(s, slab);
		return false;
	}
	fit_counters(s, slab, nr);
	return !search;
}

void mark_free(struct kmem_cache *s, struct slab *slab, u64 *map)
{
	u64 word = slab_word(slab);
	unsigned int objects = slab_slots(s, slab), nr = 0;
	void *at;

	memset(map, 0, (objects / 64 + 1) * sizeof(*map));
	for (at = first_free(s, slab, word); nr < objects && is_object(s, slab, objects, at);
	     at = get_freepointer(s, at), nr++) {
		unsigned int index = slot_index(s, slab, at);

		map[index / 64] |= 1ull << index % 64;
	}
}

/* --- validate_slab_cache() --------------------------------------------------------------- */

static void validate_slab(struct kmem_cache *s, struct slab *slab, u64 *map)
{
	unsigned int i;

	if (!check_slab(s, slab))
		return;
	check_slab_padding(s, slab); /* mends itself */
	if (!check_freelist(s, slab, NULL))
		return;
	mark_free(s, slab, map);
	for (i = 0; i < slab_slots(s, slab); i++) {
		bool is_free = map[i / 64] >> i % 64 & 1;

		if (!check_object(s, slab, slot_object(s, slab, i),
				  is_free ? SLUB_RED_INACTIVE : SLUB_RED_ACTIVE))
			break;
	}
}

static void wrong_list(struct kmem_cache *s, const char *which, unsigned long counted,
		       unsigned long counter)
{
	slab_count_error(s, "SLUB %s: %lu %sslabs counted but counter=%lu", s->name, counted, which,
			 counter);
}

static unsigned long validate_partial(struct kmem_cache *s, struct kmem_cache_node *n, u64 *map)
{
	struct slab *slab, *next;
	unsigned long count = 0;

	list_for_each_entry_safe (slab, next, &n->partial, slab_list) {
		count++;
		if (!kmem_cache_debug(s))
			continue;
		validate_slab(s, slab, map);
		if (word_free(slab_word(slab)) == SLUB_NONE) {
			remove_partial(n, slab);
			count--;
			add_full(s, n, slab);
		}
	}
	if (count != n->nr_partial)
		wrong_list(s, "partial ", count, n->nr_partial);
	return count;
}

static unsigned long validate_full(struct kmem_cache *s, struct kmem_cache_node *n, u64 *map)
{
	struct slab *slab, *next;
	unsigned long count = 0;

	list_for_each_entry_safe (slab, next, &n->full, slab_list) {
		validate_slab(s, slab, map);
		count++;
		if (word_free(slab_word(slab)) != SLUB_NONE) { /* the counters hid free objects */
			remove_full(s, slab);
			add_partial(n, slab, true);
		}
	}
	return count;
}

static unsigned long validate_node(struct kmem_cache *s, struct kmem_cache_node *n, u64 *map)
{
	unsigned long count;

	quire_lock(&n->lock);
	if (s->flags & SLAB_STORE_USER) {
		/* Full ones first: those that leave the one list for the other are looked at once.
		 */
		count = validate_full(s, n, map);
		count = n->nr_partial + count;
		validate_partial(s, n, map);
		if (count != READ_ONCE(n->nr_slabs))
			wrong_list(s, "", count, READ_ONCE(n->nr_slabs));
	} else {
		count = validate_partial(s, n, map);
	}
	quire_unlock(&n->lock);
	return count;
}

long validate_slab_cache(struct kmem_cache *s)
{
	struct quire_slabinfo info;
	u64 map[FREE_MAP_WORDS];
	struct kmem_cache_node *n;
	unsigned long count = 0;
	int nid;

	if (s->backend != &slub_backend) {
		quire_slabinfo(s, &info);
		if (s->backend->validate && !s->backend->validate(s))
			slab_count_error(s, "%s %s: its structures are damaged", s->backend->name,
					 s->name);
		return (long)info.num_slabs;
	}
	slub_flush_all(s);
	for_each_kmem_cache_node(s, nid, n) count += validate_node(s, n, map);
	return (long)count;
}

/* --- the end ----------------------------------------------------------------------------- */

void debug_check_slab_going(struct kmem_cache *s, struct slab *slab)
{
	unsigned int i;

	if (!(s->flags & SLAB_CONSISTENCY_CHECKS))
		return;
	check_slab_padding(s, slab);
	for (i = 0; i < slab_slots(s, slab); i++)
		check_object(s, slab, slot_object(s, slab, i), SLUB_RED_INACTIVE);
}

/* Return: was anything printed, rather than counted? */
static bool report_leaks_of(struct kmem_cache *s, struct slab *slab, u64 *map)
{
	unsigned char *base = slab_address(slab);
	bool printed;
	unsigned int i;

	printed = slab_bug(s, "Objects remaining in %s on __kmem_cache_shutdown()", s->name);
	if (printed)
		print_slab_info(s, slab);
	mark_free(s, slab, map);
	for (i = 0; i < slab_slots(s, slab); i++) {
		unsigned char *object = slot_object(s, slab, i);

		if (map[i / 64] >> i % 64 & 1)
			continue;
		if (slab_count_error(s, "Object 0x%px @offset=%lu", object,
				     (unsigned long)(object - base))) {
			print_tracking(s, object);
			printed = true;
		}
	}
	if (printed)
		slab_bug_end(s);
	return printed;
}

/* Point 3. */
bool debug_report_leaks(struct kmem_cache *s)
{
	const struct page_state *ps = this_page_state();
	u64 map[FREE_MAP_WORDS];
	unsigned long pfn = 0;
	bool printed = false;

	if (s->backend != &slub_backend)
		return true;
	while (pfn < ps->max_pfn) {
		struct page *page = ps->mem_map + pfn;

		if (!ps_pfn_valid(ps, pfn)) {
			pfn = (pfn | ((1ul << ps->pfn_section_shift) - 1)) + 1;
			continue;
		}
		if (!(READ_ONCE(page->flags) & 1ul << PG_slab) ||
		    READ_ONCE(page_slab(page)->slab_cache) != s) {
			pfn++;
			continue;
		}
		if (word_inuse(slab_word(page_slab(page))))
			printed |= report_leaks_of(s, page_slab(page), map);
		pfn += 1ul << compound_order(page);
	}
	return printed;
}
