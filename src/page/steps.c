/* SPDX-License-Identifier: MIT */
/*
 * page/steps.c - the allocator one step at a time, for replays (steps.h).
 *
 * 1. Choosing walks the zonelist as alloc.c does: low marks first; then, as in
 *    slowpath.c, min marks with what the flags allow below them; then, for
 *    __GFP_MEMALLOC, no marks. It changes nothing.
 * 2. Taking and freeing call the functions of pcp.c and buddy.c.
 * 3. Force: a block inside a larger free one is uncovered by halving, the halves
 *    that do not hold it going to the heads of their lists, as in expand().
 *
 * Lock order: as in internal.h. Single-threaded use (a deterministic machine).
 * Left out: CMA, the highatomic reserve's growth, dirty limits.
 */
#include <quire/errno.h>
#include <quire/steps.h>

#include "page/lazy.h"
#include "page/pcp_list.h"

/* --- choosing ------------------------------------------------------------------------- */

static struct zone *walk(gfp_t gfp, unsigned int order, unsigned int flags,
			 const struct alloc_context *ac, unsigned long extra)
{
	const struct zoneref *z;

	for_each_zoneref (z, ac->preferred, ac->highest_zoneidx, ac->nodemask) {
		struct zone *zone = z->zone;
		unsigned long mark =
			wmark_pages(zone, (enum zone_watermarks)(flags & ALLOC_WMARK_MASK));

		if (extra && zone->zone_pgdat != ac->preferred->zone->zone_pgdat)
			return NULL;
		if (flags & ALLOC_NO_WATERMARKS)
			return zone;
		if (zone_watermark_fast(zone, order, mark + extra, (int)ac->highest_zoneidx, flags,
					gfp))
			return zone;
	}
	return NULL;
}

struct quire_step quire_step_choose(gfp_t gfp, unsigned int order, int nid, const nodemask_t *nodes,
				    unsigned long extra)
{
	struct page_state *ps = this_page_state();
	struct quire_step step = { .alloc_flags = ALLOC_WMARK_LOW };
	struct alloc_context ac;

	prepare_alloc_context(ps, gfp, nid, nodes, &ac, &step.alloc_flags);
	if (extra)
		step.alloc_flags &= ~(ALLOC_NOFRAGMENT | ALLOC_KSWAPD); /* see bulk.c */
	if (!ac.preferred->zone)
		return step;
	step.zone = walk(gfp, order, step.alloc_flags, &ac, extra);
	if (step.zone || extra)
		return step;
	step.below_low = true;
	step.alloc_flags = gfp_to_alloc_flags(gfp);
	step.zone = walk(gfp, order, step.alloc_flags, &ac, 0);
	if (!step.zone && (gfp & __GFP_MEMALLOC) && !(gfp & __GFP_NOMEMALLOC)) {
		step.alloc_flags |= ALLOC_NO_WATERMARKS;
		step.zone = walk(gfp, order, step.alloc_flags, &ac, 0);
	}
	return step;
}

/* --- taking ----------------------------------------------------------------------------- */

static struct page *taken(struct zone *zone, struct page *page, unsigned int order)
{
	if (!page)
		return NULL;
	page->flags &= ~PAGE_FLAGS_CHECK_AT_PREP;
	page->mapping = NULL;
	page->_refcount.counter = 1;
	count_alloc(zone, zone, order, 1);
	return page;
}

static struct page *take_buddy(struct zone *zone, unsigned int order, int mt, unsigned int flags)
{
	struct page *page = NULL;

	quire_lock(zone_lock(zone));
	if (order && (flags & ALLOC_HARDER))
		page = rmqueue_smallest(zone, order, MIGRATE_HIGHATOMIC);
	if (!page)
		page = rmqueue_locked(zone, order, mt, flags);
	if (page)
		free_pages_add(zone, -(1l << order));
	quire_unlock(zone_lock(zone));
	return page;
}

struct page *quire_step_take(const struct quire_step *step, unsigned int order, int migratetype)
{
	struct zone *zone = step->zone;
	struct page *page = NULL;

	if (pcp_allowed_order(zone_state(zone), order))
		page = rmqueue_pcplist(zone, order, migratetype, step->alloc_flags);
	if (!page)
		page = take_buddy(zone, order, migratetype, step->alloc_flags);
	/* The reclaimer would be woken here; a replay is told when it ran. */
	zone->flags &= ~(1ul << ZONE_BOOSTED_WATERMARK);
	return taken(zone, page, order);
}

struct page *quire_step_take_bulk(const struct quire_step *step, int migratetype)
{
	struct per_cpu_pages *pcp = quire_zone_pcp(step->zone, quire_this_cpu->id);
	struct page *page = rmqueue_pcp_locked(step->zone, 0, migratetype, step->alloc_flags, pcp);

	return taken(step->zone, page, 0);
}

/* --- freeing ---------------------------------------------------------------------------- */

bool quire_step_pcp_order(unsigned int order)
{
	return pcp_allowed_order(this_page_state(), order);
}

void quire_step_free(struct page *page, unsigned int order, int migratetype,
		     enum quire_step_free to)
{
	struct page_cpu *pc = this_page_cpu();
	struct zone *zone = pc->zones[page_zone_key(page)];
	unsigned long i;

	page->flags &= ~PAGE_FLAGS_CHECK_AT_PREP;
	page->mapping = NULL;
	/* The block may be made of pages that were taken one by one. */
	for (i = 0; i < 1ul << order; i++)
		if (page[i]._refcount.counter)
			page[i]._refcount.counter = 0;
	pc->events[PGFREE] += 1ul << order;
	if (to == QUIRE_STEP_PCP)
		free_unref_commit(zone, quire_zone_pcp(zone, quire_this_cpu->id), page, migratetype,
				  order);
	else
		free_one_page(zone, page, order, migratetype,
			      to == QUIRE_STEP_BUDDY_TAIL ? FPI_TO_TAIL : FPI_NONE);
}

void quire_step_drain(struct zone *zone, int count, unsigned int order, int migratetype)
{
	free_pcppages_bulk(zone, count, quire_zone_pcp(zone, quire_this_cpu->id),
			   order_to_pindex(migratetype, order));
}

/* --- compaction's free side ----------------------------------------------------------------- */

int quire_step_isolate(struct page *page)
{
	struct page_cpu *pc = this_page_cpu();
	struct page_state *ps = pc->state;
	unsigned long pfn = ps_pfn(ps, page), at;
	unsigned int order, block = ps->pageblock_order;
	struct zone *zone;

	if (free_block_at(ps, pfn) != page)
		return -ENOENT;
	zone = pc->zones[page_zone_key(page)];
	order = buddy_order(page);
	if (!zone_watermark_ok(zone, 0, zone->_watermark[WMARK_MIN] + (1ul << order), 0, ALLOC_CMA))
		return -EAGAIN;
	quire_lock(zone_lock(zone));
	free_pages_add(zone, -(1l << order));
	del_page_from_free_list(zone, page, order);
	/* Half a page block or more: what compaction fills is movable from now on. */
	if (order + 1 >= block)
		for (at = pfn; at < pfn + (1ul << order); at += 1ul << block)
			if (is_migrate_pcptype(pfn_block_type(ps, at)))
				set_pfn_block_type(ps, at, MIGRATE_MOVABLE);
	quire_unlock(zone_lock(zone));
	page->flags &= ~PAGE_FLAGS_CHECK_AT_PREP;
	return (int)order;
}

void quire_step_rotate(struct page *page, bool first)
{
	struct page_state *ps = this_page_state();
	struct list_head *head, *at = &page->buddy_list;
	struct zone *zone;

	if (free_block_at(ps, ps_pfn(ps, page)) != page)
		return;
	zone = ps->zones[page_zone_key(page)];
	if (page->flags & 1ul << PG_lazy)
		leave_run(zone, page);
	head = &zone->free_area[buddy_order(page)].free_list[free_page_list_type(page)];
	/* Take the list's head out of the ring, and put it back before or behind the page. */
	if (first ? head->next == at : head->prev == at)
		return;
	list_del(head);
	if (first)
		list_add_tail(head, at);
	else
		list_add(head, at);
}

/* --- force ------------------------------------------------------------------------------------ */

bool quire_step_is_free(struct page *page)
{
	struct page_state *ps = this_page_state();

	return free_block_at(ps, ps_pfn(ps, page)) != NULL;
}

static void uncover(struct zone *zone, struct page *head, struct page *page, unsigned int order)
{
	unsigned int high = buddy_order(head);
	int mt = free_page_list_type(head);

	del_page_from_free_list(zone, head, high);
	while (high > order) {
		struct page *half = head + (1ul << --high), *other = head;

		if (page >= half)
			head = half;
		else
			other = half;
		add_to_free_list(zone, other, high, mt);
	}
}

/* Takes the entry @page off whichever CPU's list it is on. */
static int grab_pcp(struct page_state *ps, struct zone *zone, struct page *page, unsigned int order)
{
	unsigned int cpu, mt;

	for (cpu = 0; cpu < ps->nr_cpus; cpu++)
		for (mt = 0; mt < MIGRATE_PCPTYPES; mt++) {
			struct per_cpu_pages *pcp = quire_zone_pcp(zone, cpu);
			struct quire_pcp_list *list = &pcp->lists[order_to_pindex((int)mt, order)];
			const struct page *found;
			unsigned long *at;

			quire_for_each_pcp_page(found, at, list) if (found == page)
			{
				page->index = (pgoff_t)pcp_entry_type(*at);
				pcp_list_remove(list, at);
				pcp_move(pcp, -(1 << order));
				return 0;
			}
		}
	return -ENOENT;
}

int quire_step_grab(struct page *page, unsigned int order)
{
	struct page_cpu *pc = this_page_cpu();
	struct page *head = free_block_at(pc->state, ps_pfn(pc->state, page));
	/* Only heads of free blocks have a struct page for certain (mm_types.h, 3). */
	struct zone *zone = pc->zones[page_zone_key(head ? head : page)];
	int err = 0;

	if (!head && pcp_allowed_order(pc->state, order))
		err = grab_pcp(pc->state, zone, page, order);
	else if (!head || buddy_order(head) < order)
		err = -ENOENT;
	if (err)
		return err;
	if (head) {
		quire_lock(zone_lock(zone));
		uncover(zone, head, page, order);
		free_pages_add(zone, -(1l << order));
		quire_unlock(zone_lock(zone));
	}
	page->flags &= ~PAGE_FLAGS_CHECK_AT_PREP;
	page->mapping = NULL;
	page->_refcount.counter = 1;
	return 0;
}

void quire_step_put_pcp(struct page *page, unsigned int order, int migratetype, bool tail)
{
	struct zone *zone = this_page_cpu()->zones[page_zone_key(page)];
	struct per_cpu_pages *pcp = quire_zone_pcp(zone, quire_this_cpu->id);
	struct quire_pcp_list *list = &pcp->lists[order_to_pindex(migratetype, order)];

	/* By force a list could outgrow its memory; one entry is left for the next free. */
	if (!pcp_allowed_order(zone_state(zone), order) ||
	    pcp_list_length(list) + 1 >= pcp_room(pcp_list_pages(pcp), order)) {
		quire_step_free(page, order, migratetype, QUIRE_STEP_BUDDY);
		return;
	}
	page->flags &= ~PAGE_FLAGS_CHECK_AT_PREP;
	page->_refcount.counter = 0;
	if (tail)
		pcp_list_add_bottom(list, page, migratetype);
	else
		pcp_list_push(list, pcp_entry(page, migratetype));
	pcp_move(pcp, 1 << order);
}
