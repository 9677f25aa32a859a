/* SPDX-License-Identifier: MIT */
/*
 * slab/pages.c - pages become a slab, and pages again: the one place where the room asks for them.
 *
 * Every page of a slab says that it belongs to one and to which cache, so that any address
 * inside an object finds its cache by one load; the first one is the struct slab, and the others
 * are marked, so that nobody need read compound_head of the first, where the back end has its list
 * and changes it. All else of it is the back end's.
 *
 *	page:        [ 0 = struct slab ][ 1 ][ 2 ] ... [ 2^order - 1 ]
 *	PG_slab           set            set  set         set
 *	slab_cache        s              s    s           s
 *
 * The node's counter of slab pages, reclaimable or not by the cache's flag, moves with them.
 *
 * So O1 of slab.h is made here before anybody can see the pages, and undone when nobody can any
 * more; and O3 is checked here.
 */
#include "base/thread.h"
#include "slab/slab.h"

_Static_assert(sizeof(struct slab) == sizeof(struct page), "a struct slab is a struct page");
_Static_assert(offsetof(struct slab, flags) == offsetof(struct page, flags), "O1");
_Static_assert(offsetof(struct slab, slab_list) == offsetof(struct page, lru), "slab.slab_list");
_Static_assert(offsetof(struct slab, slab_cache) == offsetof(struct page, mapping), "O1");
_Static_assert(offsetof(struct slab, freelist) == offsetof(struct page, index), "slab.freelist");
_Static_assert(offsetof(struct slab, state) == offsetof(struct page, priv), "slab.state");
_Static_assert(offsetof(struct slab, page_type) == offsetof(struct page, page_type), "page type");
_Static_assert(offsetof(struct slab, refcount) == offsetof(struct page, _refcount), "references");

static void account(const struct kmem_cache *s, struct page *page, long pages)
{
	enum node_stat_item item =
		s->flags & SLAB_RECLAIM_ACCOUNT ? NR_SLAB_RECLAIMABLE_B : NR_SLAB_UNRECLAIMABLE_B;

	mod_node_page_state(page_zone(page)->zone_pgdat, item, pages);
}

/* Debug builds know the locks that a thread holds. */
static void check_no_lock(void)
{
	unsigned int i;

	for (i = 0; QUIRE_CONFIG_DEBUG && i < base_thread.nr_held; i++)
		QUIRE_ASSERT(base_thread.held[i]->rank < QUIRE_RANK_SLAB_CPU ||
				     base_thread.held[i]->rank > QUIRE_RANK_SLAB_BARN,
			     "O3: pages come or go while a lock of the room is held");
}

static void mark_frames(struct page *page, unsigned int order, u16 mark)
{
	u16 *marks = this_slab_state()->marks + page_to_pfn(page);
	unsigned long i;

	for (i = 0; i < 1ul << order; i++)
		WRITE_ONCE(marks[i], mark);
}

struct page *slab_pages_alloc(struct kmem_cache *s, gfp_t gfp, int nid, unsigned int order)
{
	struct page *page;
	unsigned long i;

	check_no_lock();
	page = alloc_pages_node(nid, gfp | (order ? __GFP_COMP : 0), order);
	if (unlikely(!page))
		return NULL;
	for (i = 0; i < 1ul << order; i++) {
		WRITE_ONCE(page_slab(page + i)->slab_cache, s);
		WRITE_ONCE(page[i].flags,
			   page[i].flags | 1ul << PG_slab | (i ? SLAB_PAGE_TAIL : 0));
	}
	mark_frames(page, order, slab_mark(this_slab_state(), s, page_to_nid(page)));
	account(s, page, 1l << order);
	return page;
}

void slab_pages_free(struct kmem_cache *s, struct page *page)
{
	const unsigned int order = compound_order(page);
	struct slab *slab = page_slab(page);
	unsigned long i;

	check_no_lock();
	QUIRE_DEBUG_ASSERT(page->flags & 1ul << PG_slab && slab->slab_cache == s,
			   "O1: pages of a slab go back to another cache");
	QUIRE_DEBUG_ASSERT(READ_ONCE(this_slab_state()->marks[page_to_pfn(page)]) ==
				   slab_mark(this_slab_state(), s, page_to_nid(page)),
			   "O1: a slab's frame has another mark");
	mark_frames(page, order, 0);
	account(s, page, -(1l << order));
	slab->freelist = NULL;
	slab->state = 0;
	for (i = 0; i < 1ul << order; i++) {
		WRITE_ONCE(page_slab(page + i)->slab_cache, NULL);
		WRITE_ONCE(page[i].flags, page[i].flags & ~(1ul << PG_slab | SLAB_PAGE_TAIL));
	}
	__free_pages(page, order);
}
