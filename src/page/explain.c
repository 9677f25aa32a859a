/* SPDX-License-Identifier: MIT */
/*
 * page/explain.c - a dry run of alloc_pages(): which zone, from where; or why not.
 *
 *	walk 1  low mark, no mixing of types    zone, zone, zone
 *	walk 2  low mark                        zone, zone, zone
 *	walk 3  min mark less what flags allow  zone, zone, zone
 *	walk 4  no mark (__GFP_MEMALLOC)        zone, zone, zone
 *
 * Theory
 *  1. The walks are those of alloc.c and slowpath.c, the questions are asked with
 *     their functions (zone_watermark_fast(), find_fallback()); only the taking is left
 *     out. So the answer is what the allocator would have done at that moment.
 *  2. The first walk with a zone that serves ends it. What is kept of each zone is what
 *     the last walk found: the easiest conditions under which it still refused.
 *  3. The numbers beside a refusal are computed here for people; the refusal itself
 *     never is.
 *
 * Left out: reclaim and compaction, whose outcome cannot be known without doing them
 * (e->may_reclaim says that they would be tried), drained per-CPU lists.
 */
#include <quire/explain.h>

#include "page/explain.h"

/** struct dry_run - one walk's conditions. */
struct dry_run {
	struct page_state *ps;
	const struct alloc_context *ac;
	gfp_t gfp;
	unsigned int order, flags;
};

/* --- where from ---------------------------------------------------------------------------- */

static bool list_has(const struct zone *zone, int mt, unsigned int order, int *take_order)
{
	u32 orders = READ_ONCE(zone->free_orders[mt]) >> order;

	if (!orders)
		return false;
	*take_order = (int)order + __builtin_ctz(orders);
	return true;
}

/* Does the request go through the CPU's lists? */
static bool uses_pcp(const struct dry_run *d, const struct zone *zone)
{
	return pcp_allowed_order(d->ps, d->order) &&
	       (d->flags & ALLOC_CMA || d->ac->migratetype != MIGRATE_MOVABLE || !zone->cma_pages);
}

/* rmqueue_locked() and rmqueue_fallback() as questions. */
static enum quire_source list_source(const struct dry_run *d, struct zone *zone,
				     struct quire_explain_zone *z)
{
	int mt = d->ac->migratetype;
	bool cma_first =
		zone_page_state(zone, NR_FREE_CMA_PAGES) > zone_page_state(zone, NR_FREE_PAGES) / 2;

	if ((d->flags & ALLOC_CMA) && cma_first &&
	    list_has(zone, MIGRATE_CMA, d->order, &z->take_order))
		return QUIRE_FROM_CMA;
	if (list_has(zone, mt, d->order, &z->take_order))
		return QUIRE_FROM_OWN;
	if ((d->flags & ALLOC_CMA) && list_has(zone, MIGRATE_CMA, d->order, &z->take_order))
		return QUIRE_FROM_CMA;
	z->steal_from =
		find_fallback(zone, d->order, mt, d->flags, &z->take_order, &z->steal_whole);
	return z->steal_from < 0 ? QUIRE_FROM_NOWHERE : QUIRE_FROM_STEAL;
}

/* A request through the CPU's lists refills them first; the reserve is what rmqueue_buddy() has. */
static enum quire_source block_source(const struct dry_run *d, struct zone *zone,
				      struct quire_explain_zone *z)
{
	enum quire_source source = QUIRE_FROM_NOWHERE;

	if (uses_pcp(d, zone))
		source = list_source(d, zone, z);
	if (source == QUIRE_FROM_NOWHERE && d->order && (d->flags & ALLOC_HARDER) &&
	    list_has(zone, MIGRATE_HIGHATOMIC, d->order, &z->take_order))
		return QUIRE_FROM_HIGHATOMIC;
	return source == QUIRE_FROM_NOWHERE ? list_source(d, zone, z) : source;
}

/* Has this CPU's list a block? As the allocator, not while another CPU drains it. */
static bool pcp_has(const struct dry_run *d, struct zone *zone)
{
	struct pcp_slot *slot = zone_pcp_slot(zone, quire_this_cpu->id);
	bool any;

	if (!owner_trylock(&slot->lock))
		return false;
	any = !quire_pcp_list_empty(
		&slot->pcp.lists[order_to_pindex(d->ac->migratetype, d->order)]);
	owner_unlock(&slot->lock);
	return any;
}

static enum quire_source zone_source(const struct dry_run *d, struct zone *zone,
				     struct quire_explain_zone *z)
{
	enum quire_source source;

	z->take_order = -1;
	z->steal_from = -1;
	z->steal_whole = false;
	if (uses_pcp(d, zone) && pcp_has(d, zone)) {
		z->take_order = (int)d->order;
		return QUIRE_FROM_PCP;
	}
	quire_lock(zone_lock(zone));
	source = block_source(d, zone, z);
	quire_unlock(zone_lock(zone));
	return source;
}

/* --- one zone -------------------------------------------------------------------------------- */

/* Point 3: the numbers that zone_watermark_ok() compares. */
static void fill_numbers(const struct dry_run *d, struct zone *zone, struct quire_explain_zone *z)
{
	enum zone_watermarks which = (enum zone_watermarks)(d->flags & ALLOC_WMARK_MASK);

	z->free = (long)zone_page_state(zone, NR_FREE_PAGES);
	z->unusable_order = (1l << d->order) - 1;
	z->unusable_highatomic = d->flags & (ALLOC_HARDER | ALLOC_OOM)
					 ? 0
					 : (long)READ_ONCE(zone->nr_reserved_highatomic);
	z->unusable_cma = zone->cma_pages && !(d->flags & ALLOC_CMA)
				  ? (long)zone_page_state(zone, NR_FREE_CMA_PAGES)
				  : 0;
	z->boost = (long)READ_ONCE(zone->watermark_boost);
	z->mark = (long)wmark_pages(zone, which);
	z->discount = d->flags & ALLOC_HIGH ? z->mark / 2 : 0;
	if (d->flags & ALLOC_HARDER)
		z->discount += (z->mark - z->discount) / 4;
	z->reserve = READ_ONCE(zone->lowmem_reserve[d->ac->highest_zoneidx]);
	z->left = z->free - z->unusable_order - z->unusable_highatomic - z->unusable_cma;
	z->pcp_count = READ_ONCE(quire_zone_pcp(zone, quire_this_cpu->id)->count);
}

static bool mark_holds(const struct dry_run *d, struct zone *zone)
{
	unsigned long mark = wmark_pages(zone, (enum zone_watermarks)(d->flags & ALLOC_WMARK_MASK));

	return d->flags & ALLOC_NO_WATERMARKS ||
	       zone_watermark_fast(zone, d->order, mark, (int)d->ac->highest_zoneidx, d->flags,
				   d->gfp);
}

static void judge(const struct dry_run *d, struct zone *zone, struct quire_explain_zone *z)
{
	fill_numbers(d, zone, z);
	z->source = QUIRE_FROM_NOWHERE;
	z->take_order = -1;
	z->steal_from = -1;
	if (d->ac->spread_dirty_pages && !node_dirty_ok(zone->zone_pgdat)) {
		z->verdict = QUIRE_REFUSED_DIRTY;
	} else if (!mark_holds(d, zone)) {
		/* The check of the mark is also the one that asks for any block of the order. */
		z->verdict = z->left > z->mark - z->discount + z->reserve ? QUIRE_REFUSED_NO_BLOCK
									  : QUIRE_REFUSED_MARK;
	} else {
		z->source = zone_source(d, zone, z);
		z->verdict =
			z->source == QUIRE_FROM_NOWHERE ? QUIRE_REFUSED_NO_BLOCK : QUIRE_SERVES;
	}
}

static void fill_blocks(struct zone *zone, struct quire_explain_zone *z)
{
	unsigned int order;
	int mt;

	for (mt = 0; mt < MIGRATE_TYPES; mt++)
		for (order = 0; order < zone->nr_orders; order++)
			if (READ_ONCE(zone->free_orders[mt]) & 1u << order)
				z->blocks[mt][order] =
					(u32)quire_zone_free_blocks(zone, order, mt, 1000000);
}

/* --- the walks --------------------------------------------------------------------------- */

/* One walk over the allowed zones, which are the first of e->zones. Return: does one serve? */
static bool walk(const struct dry_run *d, struct quire_explain *e)
{
	struct page_state *ps = d->ps;
	const bool nofragment = d->flags & ALLOC_NOFRAGMENT;
	const struct zone *preferred = d->ac->preferred->zone;
	const struct zoneref *ref;
	unsigned int i = 0;
	bool served = false;

	for_each_zoneref (ref, d->ac->preferred, d->ac->highest_zoneidx, d->ac->nodemask) {
		struct quire_explain_zone *z = &e->zones[i];

		if (i++ == QUIRE_EXPLAIN_ZONES)
			break;
		judge(d, ref->zone, z);
		/* The first walk does not leave the node in order not to mix types. */
		if (nofragment && ps->nr_nodes > 1 && !served &&
		    ref->zone->zone_pgdat != preferred->zone_pgdat)
			return false;
		if (z->verdict != QUIRE_SERVES)
			continue;
		if (served)
			z->verdict = QUIRE_SERVES_TOO;
		served = true;
	}
	return served;
}

static bool run_walks(struct dry_run *d, struct alloc_context *ac, struct quire_explain *e)
{
	const gfp_t gfp = d->gfp;

	e->walk = QUIRE_WALK_LOW;
	if (walk(d, e))
		return true;
	if (d->flags & ALLOC_NOFRAGMENT) {
		d->flags &= ~ALLOC_NOFRAGMENT;
		e->walk = QUIRE_WALK_LOW_ANY;
		if (walk(d, e))
			return true;
	}
	ac->spread_dirty_pages = false;
	d->flags = gfp_to_alloc_flags(gfp);
	e->walk = QUIRE_WALK_MIN;
	if (walk(d, e))
		return true;
	if (!(gfp & __GFP_MEMALLOC) || (gfp & __GFP_NOMEMALLOC))
		return false;
	d->flags |= ALLOC_NO_WATERMARKS;
	e->walk = QUIRE_WALK_NO_MARK;
	return walk(d, e);
}

static void name_zone(const struct zone *zone, struct quire_explain_zone *z)
{
	z->name = zone->name;
	z->nid = zone->zone_pgdat->node_id;
}

/* Names the allowed zones in the order of the walk, then all others with the reason. */
static void list_zones(struct page_state *ps, const struct alloc_context *ac,
		       struct quire_explain *e)
{
	u64 listed[QUIRE_MAX_NODES] = { 0 }; /* bit per zone type */
	const struct zoneref *ref;
	unsigned int i;

	for_each_zoneref (ref, ac->preferred, ac->highest_zoneidx, ac->nodemask) {
		listed[ref->zone->zone_pgdat->node_id] |= 1ull << ref->zone->idx;
		if (e->nr_zones == QUIRE_EXPLAIN_ZONES)
			e->nr_zones_left_out++;
		else
			name_zone(ref->zone, &e->zones[e->nr_zones++]);
	}
	for (i = 0; i < ps->nr_zones; i++) {
		const struct zone *zone = ps->zone_list[i];
		struct quire_explain_zone *z = &e->zones[e->nr_zones];

		if (listed[zone->zone_pgdat->node_id] & 1ull << zone->idx ||
		    !zone_managed_pages(zone))
			continue;
		if (e->nr_zones == QUIRE_EXPLAIN_ZONES) {
			e->nr_zones_left_out++;
			continue;
		}
		name_zone(zone, z);
		z->verdict =
			zone->idx > ac->highest_zoneidx ? QUIRE_REFUSED_ZONE : QUIRE_REFUSED_NODE;
		e->nr_zones++;
	}
}

static void count_blocks(const struct alloc_context *ac, struct quire_explain *e)
{
	const struct zoneref *ref;
	unsigned int i = 0;

	for_each_zoneref (ref, ac->preferred, ac->highest_zoneidx, ac->nodemask) {
		struct quire_explain_zone *z = &e->zones[i];

		if (i++ == QUIRE_EXPLAIN_ZONES)
			break;
		if (z->verdict == QUIRE_REFUSED_MARK || z->verdict == QUIRE_REFUSED_NO_BLOCK)
			fill_blocks(ref->zone, z);
	}
}

int quire_explain_alloc(unsigned int order, gfp_t gfp, int nid, struct quire_explain *e)
{
	struct page_state *ps = this_page_state();
	const struct quire_reclaim_ops *ops = ps->reclaim;
	struct dry_run d = { .ps = ps, .gfp = gfp, .order = order, .flags = ALLOC_WMARK_LOW };
	struct alloc_context ac;

	if (nid == NUMA_NO_NODE)
		nid = (int)quire_this_cpu->nid;
	if (nid < 0 || nid >= (int)ps->nr_nodes)
		return -EINVAL;
	memset(e, 0, sizeof(*e));
	e->order = order;
	e->gfp = gfp;
	e->nid = nid;
	e->migratetype = gfp_migratetype(gfp);
	e->page_shift = ps->page_shift;
	e->nr_orders = ps->nr_orders;
	if (order >= ps->nr_orders) {
		e->too_large = true;
		return 0;
	}
	prepare_alloc_context(ps, gfp, nid, NULL, &ac, &d.flags);
	d.ac = &ac;
	list_zones(ps, &ac, e);
	e->served = ac.preferred->zone && run_walks(&d, &ac, e);
	count_blocks(&ac, e);
	e->may_reclaim = gfpflags_allow_blocking(gfp) && ops &&
			 (ops->try_to_free_pages || ops->try_to_compact || ops->out_of_memory);
	if (!e->served && order)
		find_nearest(ps, &ac, e);
	return 0;
}
