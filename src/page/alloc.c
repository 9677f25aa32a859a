/* SPDX-License-Identifier: MIT */
/*
 * page/alloc.c - alloc_pages(): the fast path, and the choice of a zone.
 *
 * Theory
 *  1. Nearly every request is for a low order, the first zone of its list is
 *     above its low mark, and the CPU's list there has a page. take_fast() is
 *     that case and nothing else: it changes nothing until it knows that it will
 *     succeed, so that the full path can start afresh when it does not.
 *  2. If only the list is empty, take_refilled() refills it on the spot: the zone has been
 *     chosen already. Where that gives nothing, the full path comes to the same
 *     result again and goes on to other zones.
 *  3. The full path walks the zonelist (get_page_from_freelist), first with the
 *     low mark; what comes after is slowpath.c.
 *  4. Orders with per-CPU lists go through them, others (and movable requests
 *     that may not use CMA pages) to the free lists under the zone lock.
 *  5. ALLOC_NOFRAGMENT: where ZONE_DMA32 could serve instead of fragmenting
 *     ZONE_NORMAL, the first walk refuses steals below a page block; and on a
 *     machine with several nodes it does not leave the node for that reason.
 *
 * Fault points: PAGE_ALLOC, at the entry.
 * Sources: behaviour of Linux 6.1 (mm/page_alloc.c).
 */
#include "page/internal.h"
#include "page/extras.h"
#include "page/pcp_refill.h"

/** count_alloc() - NUMA counters of @n allocations from @zone by requests that preferred
 * @preferred. */
void count_alloc(struct zone *preferred, struct zone *zone, unsigned int order, unsigned int n)
{
	struct page_cpu *pc = this_page_cpu();
	struct per_cpu_pages *pcp = quire_zone_pcp(zone, quire_this_cpu->id);
	int nid = zone->zone_pgdat->node_id;

	stat_add(pc->events[PGALLOC_DMA + zone->idx], (unsigned long)n << order);
	if (nid == (int)quire_this_cpu->nid)
		stat_add(pcp->vm_numa_event[NUMA_LOCAL], n);
	else
		stat_add(pcp->vm_numa_event[NUMA_OTHER], n);
	if (nid == preferred->zone_pgdat->node_id) {
		stat_add(pcp->vm_numa_event[NUMA_HIT], n);
	} else {
		stat_add(pcp->vm_numa_event[NUMA_MISS], n);
		pcp = quire_zone_pcp(preferred, quire_this_cpu->id);
		stat_add(pcp->vm_numa_event[NUMA_FOREIGN], n);
	}
}

/* Full preparation: everything a hook or an unusual flag asks for. */
static void __attribute__((noinline))
prep_hooked(struct page_state *ps, struct page *page, unsigned int order, gfp_t gfp)
{
	if (ps->hooks & HOOK_SHADOW)
		page_shadow(ps, page, order, true);
	if (ps->hooks & HOOK_POISON)
		page_unpoison(ps, page, order);
	if ((gfp & __GFP_ZERO) || (ps->hooks & HOOK_INIT_ON_ALLOC))
		page_clear(ps, page, order);
	if (ps->hooks & HOOK_OWNER)
		page_owner_set(ps, page, order, gfp);
}

/** prep_new_page() - turns frames just taken off a list into the caller's pages. */
void prep_new_page(struct page_state *ps, struct page *page, unsigned int order, gfp_t gfp)
{
	if (unlikely(ps->hooks & HOOK_CHECK))
		check_new_pages(page, order);
	strip_new_page(page);
	set_page_use(page, PAGE_USE_ONE);
	if (unlikely(ps->hooks || (gfp & __GFP_ZERO)))
		prep_hooked(ps, page, order, gfp);
	if (order && (gfp & __GFP_COMP))
		prep_compound_page(page, order);
}

/* Is there a free block of @order at all? The low mark wants one, even for a page of a list. */
static inline bool block_exists(const struct zone *zone, unsigned int order)
{
	return READ_ONCE(zone->free_orders[MIGRATE_MOVABLE]) >> order ||
	       READ_ONCE(zone->free_orders[MIGRATE_UNMOVABLE]) >> order ||
	       READ_ONCE(zone->free_orders[MIGRATE_RECLAIMABLE]) >> order;
}

/** nofragment_flags() - rather the next zone down than a steal in ZONE_NORMAL (point 5). */
unsigned int nofragment_flags(const struct page_state *ps, const struct zone *zone)
{
	const struct zone *below;

	if (!zone || zone->idx != ZONE_NORMAL || !(ps->zone_mask & 1u << ZONE_DMA32))
		return 0;
	below = zone->zone_pgdat->node_zones[ZONE_DMA32];
	if (ps->nr_nodes > 1 && !(below && populated_zone(below)))
		return 0;
	return ALLOC_NOFRAGMENT;
}

/*
 * A steal raised the marks so that the reclaimer frees page blocks. Without a reclaimer they
 * come down at once, for nobody would ever lower them.
 */
static void wake_for_boost(const struct page_state *ps, struct zone *zone)
{
	const bool reclaimer = ps->reclaim && ps->reclaim->wakeup_kswapd;

	quire_lock(zone_lock(zone));
	__atomic_fetch_and(&zone->flags, ~(1ul << ZONE_BOOSTED_WATERMARK), __ATOMIC_RELAXED);
	if (!reclaimer)
		WRITE_ONCE(zone->watermark_boost, 0);
	zone_update_fast(zone);
	quire_unlock(zone_lock(zone));
	if (reclaimer)
		ps->reclaim->wakeup_kswapd(ps->reclaim->ctx, zone, 0, 0, zone->idx);
}

/* The top of @list leaves it, counted. Context: the lists' lock. */
static inline void take_top(struct pcp_slot *slot, struct quire_pcp_list *list, long pages)
{
	list->top++;
	WRITE_ONCE(slot->pcp.count, slot->pcp.count - (int)pages);
	if (unlikely(slot->pcp.free_factor))
		slot->pcp.free_factor >>= 1;
	WRITE_ONCE(list->allocs, list->allocs + 1);
}

static struct page *alloc_local_full(gfp_t gfp, unsigned int order);

/*
 * Point 2: as take_fast(), from a list that was found empty and is refilled first. What the
 * full path would do in this zone, with the same flags.
 * Context: the lists' lock held, given back here. Return: a page, or NULL.
 */
static struct page *__attribute__((noinline))
take_refilled(const struct fast_zone *first, gfp_t gfp, struct quire_pcp_list *list,
	      unsigned int order)
{
	struct zone *zone = &first->zone->zone;
	struct pcp_slot *slot = first->slot;
	unsigned long entry;
	struct page *page;

	pcp_refill(zone, order, gfp_migratetype(gfp),
		   first->alloc_flags | (gfp & __GFP_KSWAPD_RECLAIM ? ALLOC_KSWAPD : 0), &slot->pcp,
		   list);
	entry = *list->top;
	if (likely(entry))
		take_top(slot, list, 1l << order);
	owner_unlock(&slot->lock);
	if (unlikely(!entry))
		return alloc_local_full(gfp, order);
	page = set_new_page(entry);
	if (unlikely(READ_ONCE(zone->flags) & 1ul << ZONE_BOOSTED_WATERMARK) &&
	    (gfp & __GFP_KSWAPD_RECLAIM))
		wake_for_boost(zone_state(zone), zone);
	return page;
}

/*
 * Point 1: the top of a CPU's list. While anything asks for attention no zone is above its
 * limit. All other ways out are tail calls, so that this one saves no registers.
 */
static inline __attribute__((always_inline)) struct page *take_fast(const struct fast_zone *first,
								    gfp_t gfp,
								    struct quire_pcp_list *list,
								    unsigned int order, long pages)
{
	struct pcp_slot *slot = first->slot;
	unsigned long entry;

	if (unlikely(READ_ONCE(first->zone->zone.vm_stat[NR_FREE_PAGES].counter) - pages <
		     READ_ONCE(*first->limit)))
		return alloc_local_full(gfp, order);
	if (unlikely(!owner_trylock(&slot->lock)))
		return alloc_local_full(gfp, order);
	entry = *list->top;
	if (unlikely(!entry))
		return take_refilled(first, gfp, list, order);
	take_top(slot, list, pages);
	owner_unlock(&slot->lock);
	return set_new_page(entry);
}

/** prepare_alloc_context() - what a request may use, and its first choice. */
void prepare_alloc_context(struct page_state *ps, gfp_t gfp, int nid, const nodemask_t *nodemask,
			   struct alloc_context *ac, unsigned int *alloc_flags)
{
	int list = gfp & __GFP_THISNODE ? ZONELIST_NOFALLBACK : ZONELIST_FALLBACK;

	QUIRE_ASSERT((unsigned int)nid < ps->nr_nodes, "the machine has no such node");
	QUIRE_ASSERT((gfp & GFP_MOVABLE_MASK) != GFP_MOVABLE_MASK,
		     "a page is either movable or reclaimable");
	ac->nid = nid;
	ac->highest_zoneidx = (enum zone_type)ps->gfp_zone[gfp & GFP_ZONEMASK];
	ac->zonelist = ps->nodes[nid].node_zonelists[list].zonerefs;
	ac->nodemask = nodemask;
	ac->migratetype = gfp_migratetype(gfp);
	ac->spread_dirty_pages = gfp & __GFP_WRITE;
	ac->preferred = next_zones_zonelist(ac->zonelist, ac->highest_zoneidx, nodemask);
	if (ac->migratetype == MIGRATE_MOVABLE)
		*alloc_flags |= ALLOC_CMA;
	if (gfp & __GFP_KSWAPD_RECLAIM)
		*alloc_flags |= ALLOC_KSWAPD;
	*alloc_flags |= nofragment_flags(ps, ac->preferred->zone);
}

static struct page *rmqueue_buddy(struct zone *zone, unsigned int order, unsigned int alloc_flags,
				  int mt)
{
	struct page *page = NULL;

	quire_lock(zone_lock(zone));
	/* A high-order atomic request has a reserve of its own. */
	if (order && (alloc_flags & ALLOC_HARDER))
		page = rmqueue_smallest(zone, order, MIGRATE_HIGHATOMIC);
	if (!page)
		page = rmqueue_locked(zone, order, mt, alloc_flags);
	if (page)
		mod_freepage_state(zone, -(1l << order), (int)page->index);
	quire_unlock(zone_lock(zone));
	return page;
}

static struct page *rmqueue(struct zone *preferred, struct zone *zone, unsigned int order,
			    gfp_t gfp, unsigned int alloc_flags, int mt)
{
	const struct page_state *ps = zone_state(zone);
	struct page *page = NULL;

	if (pcp_allowed_order(ps, order) &&
	    ((alloc_flags & ALLOC_CMA) || mt != MIGRATE_MOVABLE || !zone->cma_pages))
		page = rmqueue_pcplist(zone, order, mt, alloc_flags);
	if (!page)
		page = rmqueue_buddy(zone, order, alloc_flags, mt);
	if (page)
		count_alloc(preferred, zone, order, 1);
	if (unlikely((alloc_flags & ALLOC_KSWAPD) &&
		     (READ_ONCE(zone->flags) & 1ul << ZONE_BOOSTED_WATERMARK)))
		wake_for_boost(ps, zone);
	return page;
}

/** node_dirty_ok() - is the node within its share of dirty pages (dirty_ratio of what it could
 * give)? */
bool node_dirty_ok(pg_data_t *pgdat)
{
	unsigned long limit, pages = 0;
	int type;

	for (type = 0; type < MAX_NR_ZONES; type++)
		if (pgdat->node_zones[type])
			pages += zone_page_state(pgdat->node_zones[type], NR_FREE_PAGES);
	pages -= min(pages, READ_ONCE(pgdat->totalreserve_pages));
	pages += node_page_state(pgdat, NR_INACTIVE_FILE) + node_page_state(pgdat, NR_ACTIVE_FILE);
	limit = pages * pgdat->machine->config.vm.dirty_ratio / 100;
	return node_page_state(pgdat, NR_FILE_DIRTY) + node_page_state(pgdat, NR_WRITEBACK) <=
	       limit;
}

/* Why a zone is passed over on this walk. */
static bool zone_usable(struct zone *zone, gfp_t gfp, unsigned int order, unsigned int alloc_flags,
			const struct alloc_context *ac)
{
	unsigned long mark =
		wmark_pages(zone, (enum zone_watermarks)(alloc_flags & ALLOC_WMARK_MASK));

	if (zone_watermark_fast(zone, order, mark, (int)ac->highest_zoneidx, alloc_flags, gfp))
		return true;
	return alloc_flags & ALLOC_NO_WATERMARKS;
}

/* One walk. @retry: set when ALLOC_NOFRAGMENT kept us from a remote node: walk again without. */
static struct page *walk_zonelist(gfp_t gfp, unsigned int order, unsigned int alloc_flags,
				  const struct alloc_context *ac, bool *retry)
{
	struct page_state *ps = this_page_state();
	const bool nofragment = alloc_flags & ALLOC_NOFRAGMENT;
	const pg_data_t *over_dirty_limit = NULL;
	const struct zoneref *z;

	*retry = false;
	for_each_zoneref (z, ac->preferred, ac->highest_zoneidx, ac->nodemask) {
		struct zone *zone = z->zone;
		struct page *page;

		if (ac->spread_dirty_pages) {
			if (over_dirty_limit == zone->zone_pgdat)
				continue;
			if (!node_dirty_ok(zone->zone_pgdat)) {
				over_dirty_limit = zone->zone_pgdat;
				continue;
			}
		}
		if (nofragment && ps->nr_nodes > 1 && zone != ac->preferred->zone &&
		    zone->zone_pgdat != ac->preferred->zone->zone_pgdat) {
			*retry = true;
			return NULL;
		}
		if (!zone_usable(zone, gfp, order, alloc_flags, ac))
			continue;
		page = rmqueue(ac->preferred->zone, zone, order, gfp, alloc_flags, ac->migratetype);
		if (!page)
			continue;
		prep_new_page(ps, page, order, gfp);
		if (unlikely(order && (alloc_flags & ALLOC_HARDER)))
			reserve_highatomic_pageblock(page, zone);
		return page;
	}
	*retry = nofragment;
	return NULL;
}

/** get_page_from_freelist() - first zone of the request's list that passes its mark. */
struct page *get_page_from_freelist(gfp_t gfp, unsigned int order, unsigned int alloc_flags,
				    const struct alloc_context *ac)
{
	struct page *page;
	bool retry;

	page = walk_zonelist(gfp, order, alloc_flags, ac, &retry);
	if (!page && retry)
		page = walk_zonelist(gfp, order, alloc_flags & ~ALLOC_NOFRAGMENT, ac, &retry);
	return page;
}

/* Is this request to fail on purpose? */
static bool page_alloc_fails(const struct page_state *ps, gfp_t gfp, unsigned int order)
{
	struct quire_machine *m = ps->machine;
	struct fault_attr *a = &m->fault_attr[QUIRE_FAULT_PAGE_ALLOC];
	const struct fault_request rq = { .point = QUIRE_FAULT_PAGE_ALLOC,
					  .size = 1ul << order,
					  .gfp = gfp };

	if (likely(!(READ_ONCE(m->attention) & MACHINE_ATTENTION_FAULT)))
		return false;
	if (fault_pass(&m->fault, QUIRE_FAULT_PAGE_ALLOC))
		return !(gfp & __GFP_NOFAIL);
	return a->on && !(gfp & __GFP_NOFAIL) && fault_attr_fails(m, a, &rq);
}

static struct page *__attribute__((noinline))
alloc_full(struct page_state *ps, gfp_t gfp, unsigned int order, int nid,
	   const nodemask_t *nodemask)
{
	unsigned int alloc_flags = ALLOC_WMARK_LOW;
	struct alloc_context ac;
	struct page *page = NULL;

	if (unlikely(order >= ps->nr_orders)) {
		if (!(gfp & __GFP_NOWARN))
			warn_order_too_large(ps, order, gfp);
		return NULL;
	}
	if (unlikely(page_alloc_fails(ps, gfp, order)))
		goto out;
	prepare_alloc_context(ps, gfp, nid, nodemask, &ac, &alloc_flags);
	if (ac.preferred->zone)
		page = get_page_from_freelist(gfp, order, alloc_flags, &ac);
	if (unlikely(!page)) {
		ac.spread_dirty_pages = false;
		page = alloc_pages_slowpath(gfp, order, &ac);
	}
out:
	if (unlikely(ps->hooks & HOOK_TRACE) && ps->trace->alloc)
		ps->trace->alloc(ps->trace->ctx, page, order, gfp, gfp_migratetype(gfp));
	return page;
}

static struct page *__attribute__((noinline)) alloc_local_full(gfp_t gfp, unsigned int order)
{
	return alloc_full(this_page_state(), gfp, order, (int)quire_this_cpu->nid, NULL);
}

/*
 * alloc_pages() of the orders > 0 that have lists, functions of their own so that single pages pay
 * nothing for them. Compound pages want all their struct pages written: not here.
 */
static struct page *__attribute__((noinline))
alloc_block(gfp_t gfp, unsigned int order, const struct fast_zone *first)
{
	if (unlikely(gfp & __GFP_COMP || !block_exists(&first->zone->zone, order)))
		return alloc_local_full(gfp, order);
	return take_fast(first, gfp, first->list + MIGRATE_PCPTYPES * order, order, 1l << order);
}

static struct page *__attribute__((noinline))
alloc_huge(gfp_t gfp, unsigned int order, const struct fast_zone *first)
{
	if (unlikely(order != first->huge_order || gfp & __GFP_COMP ||
		     !block_exists(&first->zone->zone, order)))
		return alloc_local_full(gfp, order);
	return take_fast(first, gfp, first->huge, order, first->huge_pages);
}

/* The contents of a page that has an address of its own, or none. */
static inline void clear_plain(struct page *page)
{
	const struct quire_cpu *cpu = quire_this_cpu;
	unsigned char *at = cpu->linear + (page_to_pfn(page) << cpu->page_shift);

	if (unlikely(!cpu->linear || this_page_state()->kmap))
		page_clear(this_page_state(), page, 0);
	else if (likely(cpu->page_shift == 12))
		memset(__builtin_assume_aligned(at, 4096), 0, 4096);
	else
		memset(at, 0, 1ul << cpu->page_shift);
}

/* A single cleared page, as user memory is: the fast way while the list has one, then cleared. */
static struct page *__attribute__((noinline)) alloc_zeroed(gfp_t gfp, const struct fast_zone *first)
{
	struct pcp_slot *slot = first->slot;
	struct quire_pcp_list *list = first->list;
	unsigned long entry;
	struct page *page;

	if (unlikely(READ_ONCE(first->zone->zone.vm_stat[NR_FREE_PAGES].counter) <=
		     READ_ONCE(*first->limit)) ||
	    unlikely(!owner_trylock(&slot->lock)))
		return alloc_local_full(gfp, 0);
	entry = *list->top;
	if (unlikely(!entry)) {
		owner_unlock(&slot->lock);
		return alloc_local_full(gfp, 0);
	}
	take_top(slot, list, 1);
	/* The next one, for the next fault; once the lock is given back it may be nobody's. */
	__builtin_prefetch((const void *)*list->top, 1);
	owner_unlock(&slot->lock);
	page = set_new_page(entry);
	clear_plain(page);
	return page;
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	const struct fast_zone *first = &this_page_cpu()->first[gfp & FAST_ZONE_BITS];

	if (unlikely(gfp & FAST_REFUSED)) {
		if ((gfp & FAST_REFUSED) == __GFP_ZERO && !order)
			return alloc_zeroed(gfp, first);
		return alloc_local_full(gfp, order);
	}
	if (!order)
		return take_fast(first, gfp, first->list, 0, 1);
	return order <= PAGE_ALLOC_COSTLY_ORDER ? alloc_block(gfp, order, first)
						: alloc_huge(gfp, order, first);
}

struct page *__alloc_pages(gfp_t gfp, unsigned int order, int preferred_nid,
			   const nodemask_t *nodemask)
{
	if (likely(preferred_nid == (int)quire_this_cpu->nid && !nodemask))
		return alloc_pages(gfp, order);
	return alloc_full(this_page_state(), gfp, order, preferred_nid, nodemask);
}

struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order)
{
	if (nid == NUMA_NO_NODE)
		nid = (int)quire_this_cpu->nid;
	return __alloc_pages(gfp, order, nid, NULL);
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page;

	if (unlikely(!quire_this_cpu->linear)) {
		quire_report(NULL, QUIRE_ERR,
			     "__get_free_pages: this machine has no contents (contents: false); "
			     "use alloc_pages()\n");
		return 0;
	}
	page = alloc_pages(gfp & ~__GFP_HIGHMEM, order);
	return page ? (unsigned long)page_address(page) : 0;
}

unsigned long get_zeroed_page(gfp_t gfp)
{
	return __get_free_pages(gfp | __GFP_ZERO, 0);
}
