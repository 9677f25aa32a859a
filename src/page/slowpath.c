/* SPDX-License-Identifier: MIT */
/*
 * page/slowpath.c - what is done when no zone is above its low mark.
 *
 *	low mark fails
 *	  | wake the background reclaimers
 *	  v
 *	min mark, with what the flags allow below it ----------> page
 *	  v may the caller sleep? no -----------------------------> failure
 *	direct compaction (order > 0) ---------------------------> page
 *	  v
 *	direct reclaim, then drain all per-CPU lists ------------> page
 *	  v progress, and tries left? again
 *	  v highatomic reserve given back? again
 *	out of memory handler: something freed? again
 *	  v
 *	failure: __GFP_NOFAIL: report once, again; else report, NULL
 *
 * 1. Reclaim, compaction and the out-of-memory handler belong to rooms above and
 *    are reached through struct quire_reclaim_ops. Without them the slow path is
 *    short and a request fails soon.
 * 2. Another round is worth it while all that could be reclaimed (the file LRU of a
 *    zone) would lift a zone above its mark; at most MAX_RECLAIM_RETRIES rounds
 *    without progress. A reclaimer that keeps no LRU counters is believed when it
 *    reports progress, but as many rounds at most before the last resort is asked.
 * 3. The last resort is not for those who are bound to low memory or to a node, nor
 *    for costly orders: killing somebody would hardly help them.
 * 4. Atomic requests, and those that may use the reserves, may leave the allowed
 *    nodes before they fail.
 * 5. __GFP_NOFAIL needs leave to sleep; without it, it is ignored, as in Linux.
 *    Without any op that could free memory it would spin for ever on a machine of
 *    one thread: it takes from the reserves (no mark) and, if even those are empty,
 *    reports and ends the machine through the port's panic.
 *
 * Sources: behaviour of Linux 6.1 (__alloc_pages_slowpath).
 */
#include "page/extras.h"

#define MAX_RECLAIM_RETRIES 16

/** wake_all_kswapds() - asks the reclaimer of every node the request could use. */
static void wake_all_kswapds(gfp_t gfp, unsigned int order, const struct alloc_context *ac)
{
	const struct quire_reclaim_ops *ops = this_page_state()->reclaim;
	const pg_data_t *last = NULL;
	const struct zoneref *z;

	if (!ops || !ops->wakeup_kswapd)
		return;
	for_each_zoneref (z, ac->preferred, ac->highest_zoneidx, ac->nodemask) {
		if (z->zone->zone_pgdat != last)
			ops->wakeup_kswapd(ops->ctx, z->zone, gfp, order, ac->highest_zoneidx);
		last = z->zone->zone_pgdat;
	}
}

/** gfp_to_alloc_flags() - how far a request may go below the low mark. */
unsigned int gfp_to_alloc_flags(gfp_t gfp)
{
	unsigned int flags = ALLOC_WMARK_MIN;

	if (gfp & __GFP_HIGH)
		flags |= ALLOC_HIGH;
	if (gfp & __GFP_KSWAPD_RECLAIM)
		flags |= ALLOC_KSWAPD;
	if ((gfp & __GFP_ATOMIC) && !(gfp & __GFP_NOMEMALLOC))
		flags |= ALLOC_HARDER;
	if (gfp_migratetype(gfp) == MIGRATE_MOVABLE)
		flags |= ALLOC_CMA;
	return flags;
}

static bool may_use_reserves(gfp_t gfp)
{
	return (gfp & __GFP_MEMALLOC) && !(gfp & __GFP_NOMEMALLOC);
}

static struct page *try_compact(gfp_t gfp, unsigned int order, unsigned int alloc_flags,
				const struct alloc_context *ac)
{
	const struct quire_reclaim_ops *ops = this_page_state()->reclaim;
	struct page *page = NULL;

	if (!order || !ops || !ops->try_to_compact)
		return NULL;
	count_vm_events(COMPACTSTALL, 1);
	if (ops->try_to_compact(ops->ctx, order, gfp, ac->nid))
		page = get_page_from_freelist(gfp, order, alloc_flags, ac);
	count_vm_events(page ? COMPACTSUCCESS : COMPACTFAIL, 1);
	return page;
}

static struct page *try_reclaim(gfp_t gfp, unsigned int order, unsigned int alloc_flags,
				const struct alloc_context *ac, unsigned long *progress)
{
	const struct quire_reclaim_ops *ops = this_page_state()->reclaim;
	struct page *page;

	*progress = 0;
	if (!ops || !ops->try_to_free_pages)
		return NULL;
	count_vm_events(ALLOCSTALL_DMA + ac->highest_zoneidx, 1);
	*progress = ops->try_to_free_pages(ops->ctx, order, gfp, ac->nid);
	if (!*progress)
		return NULL;
	page = get_page_from_freelist(gfp, order, alloc_flags, ac);
	if (page)
		return page;
	/* What was freed may sit on per-CPU lists, or in the atomic reserve. */
	unreserve_highatomic_pageblock(ac, false);
	drain_all_pages(NULL);
	return get_page_from_freelist(gfp, order, alloc_flags, ac);
}

/* Could a zone pass its mark if all of its page cache were reclaimed? */
static bool reclaim_could_help(unsigned int order, unsigned int alloc_flags,
			       const struct alloc_context *ac)
{
	const struct zoneref *z;

	for_each_zoneref (z, ac->preferred, ac->highest_zoneidx, ac->nodemask) {
		struct zone *zone = z->zone;
		unsigned long pages = zone_page_state(zone, NR_ZONE_INACTIVE_FILE) +
				      zone_page_state(zone, NR_ZONE_ACTIVE_FILE) +
				      zone_page_state(zone, NR_FREE_PAGES);

		if (zone_watermark_ok_at(zone, order, min_wmark_pages(zone),
					 (int)ac->highest_zoneidx, alloc_flags, (long)pages))
			return true;
	}
	return false;
}

/**
 * struct rounds - of one request.
 * @without_progress: the reclaimer freed nothing, or the order is costly
 * @in_vain: it said that it freed something, and the counters see no hope
 */
struct rounds {
	unsigned int without_progress, in_vain;
};

/* Is another round worth it (point 2)? */
static bool should_retry(gfp_t gfp, unsigned int order, unsigned int alloc_flags,
			 const struct alloc_context *ac, unsigned long progress,
			 struct rounds *rounds)
{
	if (gfp & __GFP_NORETRY)
		return false;
	if (order > PAGE_ALLOC_COSTLY_ORDER && !(gfp & __GFP_RETRY_MAYFAIL))
		return false;
	if (progress && order <= PAGE_ALLOC_COSTLY_ORDER)
		rounds->without_progress = 0;
	else
		rounds->without_progress++;
	if (rounds->without_progress > MAX_RECLAIM_RETRIES)
		return unreserve_highatomic_pageblock(ac, true);
	if (reclaim_could_help(order, alloc_flags, ac))
		return true;
	return progress && ++rounds->in_vain <= MAX_RECLAIM_RETRIES;
}

static bool try_oom(gfp_t gfp, unsigned int order, const struct alloc_context *ac,
		    struct rounds *rounds)
{
	const struct quire_reclaim_ops *ops = this_page_state()->reclaim;

	if (!ops || !ops->out_of_memory)
		return false;
	if (order > PAGE_ALLOC_COSTLY_ORDER || ac->highest_zoneidx < ZONE_NORMAL ||
	    (gfp & (__GFP_NORETRY | __GFP_RETRY_MAYFAIL | __GFP_THISNODE)))
		return false;
	if (!ops->out_of_memory(ops->ctx, order, gfp, ac->nid))
		return false;
	*rounds = (struct rounds){ 0 };
	return true;
}

/* Without memory to give and without leave to fail (point 3). */
static struct page *nofail(gfp_t gfp, unsigned int order, const struct alloc_context *ac)
{
	struct page *page = get_page_from_freelist(gfp, order, ALLOC_HARDER, ac);

	if (!page) {
		drain_all_pages(NULL);
		unreserve_highatomic_pageblock(ac, true);
		page = get_page_from_freelist(gfp, order, ALLOC_NO_WATERMARKS, ac);
	}
	return page;
}

static bool can_make_progress(const struct page_state *ps)
{
	return ps->reclaim && (ps->reclaim->try_to_free_pages || ps->reclaim->out_of_memory);
}

static struct page *reclaim_loop(gfp_t gfp, unsigned int order, unsigned int alloc_flags,
				 struct alloc_context *ac)
{
	struct rounds rounds = { 0 };
	unsigned long progress = 0;
	struct page *page = NULL;

	/* First without reclaim, where that is likely to be enough. */
	if (order > PAGE_ALLOC_COSTLY_ORDER || ac->migratetype != MIGRATE_MOVABLE)
		page = try_compact(gfp, order, alloc_flags, ac);
	if (page)
		return page;
	do {
		if (gfp & __GFP_KSWAPD_RECLAIM)
			wake_all_kswapds(gfp, order, ac);
		page = get_page_from_freelist(gfp, order, alloc_flags, ac);
		if (!page)
			page = try_reclaim(gfp, order, alloc_flags, ac, &progress);
		if (!page)
			page = try_compact(gfp, order, alloc_flags, ac);
		if (page)
			return page;
	} while (should_retry(gfp, order, alloc_flags, ac, progress, &rounds) ||
		 try_oom(gfp, order, ac, &rounds));
	return NULL;
}

/* The min marks, then with all rights the flags give (point 4). */
static struct page *try_below_low(gfp_t gfp, unsigned int order, unsigned int *alloc_flags,
				  struct alloc_context *ac)
{
	struct page *page = get_page_from_freelist(gfp, order, *alloc_flags, ac);

	if (page)
		return page;
	if (may_use_reserves(gfp))
		*alloc_flags |= ALLOC_NO_WATERMARKS;
	else if (!(gfp & __GFP_ATOMIC) || !ac->nodemask)
		return NULL;
	ac->nodemask = NULL;
	ac->preferred = next_zones_zonelist(ac->zonelist, ac->highest_zoneidx, NULL);
	return get_page_from_freelist(gfp, order, *alloc_flags, ac);
}

static struct page *try_blocking(gfp_t gfp, unsigned int order, unsigned int alloc_flags,
				 struct alloc_context *ac)
{
	const struct page_state *ps = this_page_state();
	struct page *page;

	do {
		page = reclaim_loop(gfp, order, alloc_flags, ac);
		if (!page && (gfp & __GFP_NOFAIL))
			page = nofail(gfp, order, ac);
	} while (!page && (gfp & __GFP_NOFAIL) && can_make_progress(ps));
	return page;
}

/** alloc_pages_slowpath() - a request that found no zone above its low mark. */
struct page *alloc_pages_slowpath(gfp_t gfp, unsigned int order, struct alloc_context *ac)
{
	unsigned int alloc_flags = gfp_to_alloc_flags(gfp);
	const nodemask_t *nodemask = ac->nodemask;
	struct page *page = NULL;

	if (ac->preferred->zone) {
		if (alloc_flags & ALLOC_KSWAPD)
			wake_all_kswapds(gfp, order, ac);
		page = try_below_low(gfp, order, &alloc_flags, ac);
		if (!page && gfpflags_allow_blocking(gfp))
			page = try_blocking(gfp, order, alloc_flags, ac);
	}
	if (page)
		return page;
	if ((gfp & __GFP_NOFAIL) && gfpflags_allow_blocking(gfp))
		base_panic(
			"page allocation: order %u with __GFP_NOFAIL, and nothing is left to free",
			order);
	if (!(gfp & __GFP_NOWARN))
		warn_alloc(this_page_state(), gfp, order, nodemask);
	return NULL;
}
