/* SPDX-License-Identifier: MIT */
/*
 * page/wmark.c - how much must stay free, and how long per-CPU lists may be.
 *
 *	free pages of a zone
 *	|####### min #######|## low ##|## high ##|........................|
 *	 atomic, memalloc    kswapd    kswapd     nobody cares
 *	 only                wakes     stops
 *
 * Theory
 *  1. min_free_kbytes, shared out over the zones by size, is the min mark; low
 *     and high lie one and two steps above, a step being the larger of min / 4
 *     and scale_factor / 10000 of the zone.
 *  2. An allocation passes if what is left is above its mark plus the reserve
 *     that its highest allowed zone must leave here (lowmem_reserve), and if a
 *     block of its order exists.
 *  3. lowmem_reserve[t] of a zone is (pages of the zones above, up to type t) /
 *     ratio: those who could go higher may not eat up what others need.
 *  4. min_free_kbytes itself: sqrt(16 * lowmem kB) between 128 and 262144; with
 *     huge pages enough for each migrate type to have blocks to spare in every
 *     zone, at most 5 % of lowmem.
 *  5. A CPU's lists hold up to low mark / CPUs of the node, and move about
 *     1/1000 of the zone / 4 at a time, rounded to 2^n - 1 to avoid strides
 *     that meet in the cache.
 *
 * Sources: numbers measured on running kernels (docs/fidelity.md); behaviour of
 * Linux 6.1 (mm/page_alloc.c, mm/khugepaged.c).
 */
#include <quire/math.h>

#include "page/bringup.h"
#include "page/pcp_list.h"

/* Pages of the zone that this request cannot have. */
static long unusable_free(struct zone *z, unsigned int order, unsigned int alloc_flags)
{
	long unusable = (1l << order) - 1;

	if (likely(!(alloc_flags & (ALLOC_HARDER | ALLOC_OOM))))
		unusable += (long)READ_ONCE(z->nr_reserved_highatomic);
	if (z->cma_pages && !(alloc_flags & ALLOC_CMA))
		unusable += (long)zone_page_state(z, NR_FREE_CMA_PAGES);
	return unusable;
}

/* Is there any block of at least @order that the request may take? */
static bool has_block(const struct zone *z, unsigned int order, unsigned int alloc_flags)
{
	u32 orders = READ_ONCE(z->free_orders[MIGRATE_UNMOVABLE]) |
		     READ_ONCE(z->free_orders[MIGRATE_MOVABLE]) |
		     READ_ONCE(z->free_orders[MIGRATE_RECLAIMABLE]);

	if (alloc_flags & ALLOC_CMA)
		orders |= READ_ONCE(z->free_orders[MIGRATE_CMA]);
	if (alloc_flags & (ALLOC_HARDER | ALLOC_OOM))
		orders |= READ_ONCE(z->free_orders[MIGRATE_HIGHATOMIC]);
	return orders >> order;
}

/** zone_watermark_ok_at() - zone_watermark_ok() as if @free_pages were free. */
bool zone_watermark_ok_at(struct zone *z, unsigned int order, unsigned long mark,
			  int highest_zoneidx, unsigned int alloc_flags, long free_pages)
{
	long min = (long)mark;

	free_pages -= unusable_free(z, order, alloc_flags);
	if (alloc_flags & ALLOC_HIGH)
		min -= min / 2;
	if (alloc_flags & ALLOC_OOM)
		min -= min / 2;
	else if (alloc_flags & ALLOC_HARDER)
		min -= min / 4;
	if (free_pages <= min + READ_ONCE(z->lowmem_reserve[highest_zoneidx]))
		return false;
	return !order || has_block(z, order, alloc_flags);
}

bool zone_watermark_ok(struct zone *z, unsigned int order, unsigned long mark, int highest_zoneidx,
		       unsigned int alloc_flags)
{
	return zone_watermark_ok_at(z, order, mark, highest_zoneidx, alloc_flags,
				    (long)zone_page_state(z, NR_FREE_PAGES));
}

/**
 * zone_watermark_fast() - zone_watermark_ok() with the common case first.
 * An atomic order-0 request at the min mark is let through a boosted mark.
 */
bool zone_watermark_fast(struct zone *z, unsigned int order, unsigned long mark,
			 int highest_zoneidx, unsigned int alloc_flags, gfp_t gfp)
{
	long free_pages = (long)zone_page_state(z, NR_FREE_PAGES);

	if (!order && free_pages - unusable_free(z, 0, alloc_flags) >
			      (long)mark + READ_ONCE(z->lowmem_reserve[highest_zoneidx]))
		return true;
	if (zone_watermark_ok_at(z, order, mark, highest_zoneidx, alloc_flags, free_pages))
		return true;
	if (unlikely(!order && (gfp & __GFP_ATOMIC) && READ_ONCE(z->watermark_boost) &&
		     (alloc_flags & ALLOC_WMARK_MASK) == WMARK_MIN))
		return zone_watermark_ok_at(z, order, READ_ONCE(z->_watermark[WMARK_MIN]),
					    highest_zoneidx, alloc_flags, free_pages);
	return false;
}

/** zone_update_high() - recomputes pcp.high as it is in force now. Context: zone lock. */
void zone_update_high(struct zone *zone)
{
	const struct page_state *ps = zone_state(zone);
	bool attention = READ_ONCE(ps->machine->attention);
	bool reclaim = READ_ONCE(zone->flags) & 1ul << ZONE_RECLAIM_ACTIVE;
	unsigned int cpu;

	for (cpu = 0; cpu < ps->nr_cpus; cpu++) {
		struct pcp_slot *slot = zone_pcp_slot(zone, cpu);
		int high = READ_ONCE(slot->pcp.high), batch = READ_ONCE(slot->pcp.batch);

		if (reclaim)
			high = min(high, batch << 2);
		WRITE_ONCE(slot->high_now, attention ? 0 : high);
	}
}

/**
 * zone_update_fast() - recomputes the limits of the fast paths after anything they hold
 * changed: low mark, boost, reserves, the boosted flag, CMA pages, machine.attention.
 * Context: zone lock.
 */
void zone_update_fast(struct zone *zone)
{
	struct page_zone *pz = container_of(zone, struct page_zone, zone);
	bool look = READ_ONCE(pz->state->machine->attention) || zone->cma_pages ||
		    READ_ONCE(zone->flags) & 1ul << ZONE_BOOSTED_WATERMARK;
	long low = (long)low_wmark_pages(zone) + (long)zone->nr_reserved_highatomic;
	int type;

	for (type = 0; type < MAX_NR_ZONES; type++)
		WRITE_ONCE(pz->fast_limit[type],
			   look ? INT64_MAX : low + zone->lowmem_reserve[type]);
}

/* --- sizes of per-CPU lists ------------------------------------------------------- */

static unsigned int zone_batchsize(const struct zone *zone, unsigned int page_shift)
{
	unsigned long batch = zone_managed_pages(zone) >> 10;
	unsigned long most = (1ul << 20) >> page_shift;

	if (batch > most)
		batch = most;
	batch /= 4;
	if (batch < 1)
		batch = 1;
	return (unsigned int)(rounddown_pow_of_two(batch + batch / 2) - 1);
}

static unsigned int cpus_of_node(const struct page_state *ps, int nid)
{
	unsigned int cpu, nr = 0;

	for (cpu = 0; cpu < ps->nr_cpus; cpu++)
		nr += ps->machine->config.cpu_nid[cpu] == nid;
	return nr ? nr : ps->nr_cpus;
}

static unsigned int zone_highsize(const struct page_state *ps, const struct zone *zone,
				  unsigned int batch)
{
	unsigned int fraction = ps->machine->config.vm.percpu_pagelist_high_fraction;
	unsigned long pages =
		fraction ? zone_managed_pages(zone) / fraction : low_wmark_pages(zone);
	unsigned long high = pages / cpus_of_node(ps, zone->zone_pgdat->node_id);

	return (unsigned int)max(high, (unsigned long)batch << 2);
}

void quire_set_reclaim_active(struct zone *zone, bool active)
{
	if (active)
		__atomic_fetch_or(&zone->flags, 1ul << ZONE_RECLAIM_ACTIVE, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&zone->flags, ~(1ul << ZONE_RECLAIM_ACTIVE), __ATOMIC_RELAXED);
	quire_lock(zone_lock(zone));
	zone_update_high(zone);
	quire_unlock(zone_lock(zone));
}

/* Gives every CPU's lists of @zone their sizes. Context: there is room for them. */
static void pageset_set(struct zone *zone, unsigned int high, unsigned int batch)
{
	const struct page_state *ps = zone_state(zone);
	unsigned int cpu;

	quire_lock(zone_lock(zone));
	zone->pageset_high_min = high;
	zone->pageset_batch = batch;
	for (cpu = 0; cpu < ps->nr_cpus; cpu++) {
		struct per_cpu_pages *pcp = quire_zone_pcp(zone, cpu);

		WRITE_ONCE(pcp->batch, (int)batch);
		WRITE_ONCE(pcp->high, (int)high);
	}
	zone_update_high(zone);
	quire_unlock(zone_lock(zone));
}

/* Recomputes sizes from the zone's pages and low mark. -ENOMEM: they stay as they were. */
static int zone_pcp_update(struct zone *zone)
{
	const struct page_state *ps = zone_state(zone);
	unsigned int batch = zone_batchsize(zone, ps->page_shift), high;
	int err;

	if (batch < 1)
		batch = 1;
	high = zone_highsize(ps, zone, batch);
	err = pcp_lists_grow(zone, max(high, batch));
	if (err)
		quire_report(ps->machine, QUIRE_WARNING,
			     "page: node %d zone %s: no memory for per-CPU lists of %u pages; "
			     "they stay at %u\n",
			     zone->zone_pgdat->node_id, zone->name, high, zone->pageset_high_min);
	else
		pageset_set(zone, high, batch);
	return err;
}

/** size_pagesets() - all zones' per-CPU lists get their sizes. Return: 0 or -ENOMEM. */
int size_pagesets(struct page_state *ps)
{
	unsigned int i;
	int err = 0;

	quire_lock(&ps->size_lock);
	for (i = 0; i < ps->nr_zones; i++)
		if (zone_pcp_update(ps->zone_list[i]))
			err = -ENOMEM;
	quire_unlock(&ps->size_lock);
	return err;
}

/** zone_pageset_init() - boot lists: batch 1, high 0: nothing stays on them. */
void zone_pageset_init(struct zone *zone, void *lists)
{
	const struct page_state *ps = zone_state(zone);
	unsigned int cpu;

	for (cpu = 0; cpu < ps->nr_cpus; cpu++)
		owner_lock_init(&zone_pcp_slot(zone, cpu)->lock, QUIRE_RANK_PCP, "pcp");
	pcp_lists_boot(zone, lists);
	pageset_set(zone, 0, 1);
}

/* Theory 3 of vmstat.c. */
static unsigned int normal_threshold(const struct page_state *ps, const struct zone *zone)
{
	unsigned long mem = zone_managed_pages(zone) >> (27 - ps->page_shift);
	unsigned long threshold =
		2ul * (unsigned long)fls(ps->nr_cpus) * (1ul + (unsigned long)fls64(mem));

	return (unsigned int)(threshold < 125 ? threshold : 125);
}

static void refresh_zone_stat_thresholds(struct page_state *ps)
{
	unsigned int i, cpu;

	for (i = 0; i < ps->nr_zones; i++) {
		struct zone *zone = ps->zone_list[i];

		zone->stat_threshold = normal_threshold(ps, zone);
		for (cpu = 0; cpu < ps->nr_cpus; cpu++)
			quire_zone_pcp(zone, cpu)->stat_threshold =
				(unsigned short)zone->stat_threshold;
	}
}

void setup_per_cpu_pageset(void)
{
	size_pagesets(this_page_state());
}

/* --- watermarks and reserves --------------------------------------------------------- */

/*
 * Memory that the kernel does not reach directly has marks of its own. ZONE_MOVABLE counts
 * where it is made of high memory, and is like any other elsewhere (later kernels leave it
 * out everywhere).
 */
static bool is_highmem(const struct page_state *ps, const struct zone *zone)
{
	return zone->idx == ZONE_HIGHMEM ||
	       (zone->idx == ZONE_MOVABLE && ps->zone_mask & 1u << ZONE_HIGHMEM);
}

static unsigned long lowmem_pages(const struct page_state *ps)
{
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < ps->nr_zones; i++)
		if (!is_highmem(ps, ps->zone_list[i]))
			pages += zone_managed_pages(ps->zone_list[i]);
	return pages;
}

/* Context: zone lock. Readers take no lock: each mark is written as one access. */
static void set_marks(struct zone *zone, unsigned long min_pages, unsigned long lowmem,
		      unsigned int scale)
{
	unsigned long managed = zone_managed_pages(zone);
	unsigned long share = min_pages * managed / (lowmem ? lowmem : 1), mark = share, step;
	unsigned int w;

	if (is_highmem(zone_state(zone), zone))
		mark = clamp(managed / 1024, 32ul, 128ul);
	step = max(share >> 2, mult_frac(managed, (unsigned long)scale, 10000ul));
	WRITE_ONCE(zone->watermark_boost, 0);
	for (w = WMARK_MIN; w < NR_WMARK; w++, mark += step)
		WRITE_ONCE(zone->_watermark[w], mark);
	zone_update_fast(zone);
}

static unsigned long totalreserve_of(const pg_data_t *pgdat)
{
	unsigned long pages = 0;
	int type, above;

	for (type = 0; type < MAX_NR_ZONES; type++) {
		const struct zone *zone = pgdat->node_zones[type];
		long reserve = 0;

		if (!zone)
			continue;
		for (above = type; above < MAX_NR_ZONES; above++)
			reserve = max(reserve, zone->lowmem_reserve[above]);
		reserve += (long)high_wmark_pages(zone);
		pages += (unsigned long)min(reserve, (long)zone_managed_pages(zone));
	}
	return pages;
}

static void calculate_totalreserve_pages(struct page_state *ps)
{
	unsigned int nid;

	for (nid = 0; nid < ps->nr_nodes; nid++)
		WRITE_ONCE(ps->nodes[nid].totalreserve_pages, totalreserve_of(&ps->nodes[nid]));
}

static void update_marks(struct page_state *ps)
{
	const struct quire_vm_sysctls *vm = &ps->machine->config.vm;
	unsigned long lowmem = lowmem_pages(ps);
	unsigned long min_pages = (unsigned long)vm->min_free_kbytes >> (ps->page_shift - 10);
	unsigned int i;

	for (i = 0; i < ps->nr_zones; i++) {
		struct zone *zone = ps->zone_list[i];

		quire_lock(zone_lock(zone));
		set_marks(zone, min_pages, lowmem, vm->watermark_scale_factor);
		quire_unlock(zone_lock(zone));
	}
	calculate_totalreserve_pages(ps);
}

void setup_per_zone_wmarks(void)
{
	update_marks(this_page_state());
	size_pagesets(this_page_state());
}

void setup_per_zone_lowmem_reserve(void)
{
	struct page_state *ps = this_page_state();
	const unsigned int *ratio = ps->machine->config.vm.lowmem_reserve_ratio;
	unsigned int n;
	int i, j;

	for (n = 0; n < ps->nr_nodes; n++)
		for (i = 0; i < MAX_NR_ZONES - 1; i++) {
			struct zone *zone = ps->nodes[n].node_zones[i];
			bool clear;
			unsigned long above = 0;

			if (!zone)
				continue;
			clear = !ratio[i] || !zone_managed_pages(zone);
			quire_lock(zone_lock(zone));
			for (j = i + 1; j < MAX_NR_ZONES; j++) {
				const struct zone *upper = ps->nodes[n].node_zones[j];

				above += upper ? zone_managed_pages(upper) : 0;
				WRITE_ONCE(zone->lowmem_reserve[j],
					   clear ? 0 : (long)(above / ratio[i]));
			}
			zone_update_fast(zone);
			quire_unlock(zone_lock(zone));
		}
	calculate_totalreserve_pages(ps);
}

/* --- min_free_kbytes -------------------------------------------------------------------- */

/* Pages of all zones below high memory, as seen by min_free_kbytes: managed minus the high mark. */
static unsigned long nr_free_buffer_pages_of(const struct page_state *ps)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < ps->nr_zones; i++) {
		const struct zone *zone = ps->zone_list[i];
		unsigned long high = high_wmark_pages(zone), size = zone_managed_pages(zone);

		if (zone->idx != ZONE_HIGHMEM && zone->idx != ZONE_MOVABLE && size > high)
			sum += size - high;
	}
	return sum;
}

static void calculate_min_free_kbytes(struct page_state *ps)
{
	unsigned long lowmem_kb = nr_free_buffer_pages_of(ps) << (ps->page_shift - 10);
	long kb = (long)int_sqrt(lowmem_kb * 16);

	ps->machine->config.vm.min_free_kbytes = clamp(kb, 128l, 262144l);
}

/** init_marks() - init_per_zone_wmark_min() but for the per-CPU lists. */
void init_marks(struct page_state *ps)
{
	if (ps->machine->config.vm.min_free_kbytes < 0)
		calculate_min_free_kbytes(ps);
	update_marks(ps);
	refresh_zone_stat_thresholds(ps);
	setup_per_zone_lowmem_reserve();
}

void init_per_zone_wmark_min(void)
{
	init_marks(this_page_state());
	size_pagesets(this_page_state());
}

/** recommend_min_free_kbytes() - set_recommended_min_free_kbytes() but for the per-CPU lists. */
void recommend_min_free_kbytes(struct page_state *ps)
{
	unsigned long block = 1ul << ps->pageblock_order, pages, zones = 0, most;
	unsigned int i;
	long kb;

	for (i = 0; i < ps->nr_zones; i++)
		if (ps->zone_list[i]->idx <= ZONE_NORMAL && populated_zone(ps->zone_list[i]))
			zones++;
	/* Two blocks to spare in each zone, and room for each pair of types to meet. */
	pages = block * zones * 2 + block * zones * MIGRATE_PCPTYPES * MIGRATE_PCPTYPES;
	most = nr_free_buffer_pages_of(ps) / 20;
	if (pages > most)
		pages = most;
	kb = (long)(pages << (ps->page_shift - 10));
	if (kb > ps->machine->config.vm.min_free_kbytes)
		ps->machine->config.vm.min_free_kbytes = kb;
	update_marks(ps);
}

void set_recommended_min_free_kbytes(void)
{
	recommend_min_free_kbytes(this_page_state());
	size_pagesets(this_page_state());
}

/* --- sysctls ------------------------------------------------------------------------------ */

int quire_set_sysctl(const char *name, unsigned int index, long value)
{
	struct quire_vm_sysctls *vm = &this_page_state()->machine->config.vm;

	if (!strcmp(name, "min_free_kbytes")) {
		if (value < 0 || value > INT32_MAX)
			return -EINVAL;
		vm->min_free_kbytes = value;
	} else if (!strcmp(name, "watermark_scale_factor")) {
		if (value < 1 || value > 3000)
			return -EINVAL;
		vm->watermark_scale_factor = (unsigned int)value;
	} else if (!strcmp(name, "watermark_boost_factor")) {
		if (value < 0 || value > INT32_MAX)
			return -EINVAL;
		WRITE_ONCE(vm->watermark_boost_factor, (unsigned int)value);
		return 0;
	} else if (!strcmp(name, "lowmem_reserve_ratio")) {
		if (index >= MAX_NR_ZONES || value < 0 || value > INT32_MAX)
			return -EINVAL;
		vm->lowmem_reserve_ratio[index] = (unsigned int)value;
		setup_per_zone_lowmem_reserve();
		return 0;
	} else if (!strcmp(name, "percpu_pagelist_high_fraction")) {
		if (value < 0 || (value && value < 8) || value > INT32_MAX)
			return -EINVAL;
		vm->percpu_pagelist_high_fraction = (unsigned int)value;
		return size_pagesets(this_page_state());
	} else {
		return -ENOENT;
	}
	update_marks(this_page_state());
	return size_pagesets(this_page_state());
}
