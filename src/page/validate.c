/* SPDX-License-Identifier: MIT */
/*
 * page/validate.c - walks a zone and checks the invariants of buddy.c and pcp.c.
 *
 * 1. Each violation is one report line that names the invariant, the frame and
 *    the numbers; the walk goes on, so that one call shows all.
 * 2. The zone lock is held throughout; per-CPU lists are walked too, so no other
 *    CPU may be running (tests, deterministic machines), or their owners must
 *    be quiet.
 *
 * It cannot find: a page that its owner lost, or one that is written to while
 * free (page poisoning finds that).
 * Cost: O(free blocks + pages on per-CPU lists).
 */
#include "page/lazy.h"
#include "page/pcp_list.h"

#define VIOLATION(zone, found, fmt, ...)                                                      \
	do {                                                                                  \
		quire_report((zone)->zone_pgdat->machine, QUIRE_ERR,                          \
			     "page: node %d zone %s: " fmt "\n", (zone)->zone_pgdat->node_id, \
			     (zone)->name, __VA_ARGS__);                                      \
		(found)++;                                                                    \
	} while (0)

static unsigned long check_block(struct zone *zone, const struct page *page, unsigned int order,
				 int mt)
{
	const struct page_state *ps = zone_state(zone);
	unsigned long pfn = ps_pfn(ps, page), buddy = pfn ^ (1ul << order), found = 0;
	const struct page *other;

	if (pfn & ((1ul << order) - 1) || !zone_spans_pfn(zone, pfn) ||
	    !zone_spans_pfn(zone, pfn + (1ul << order) - 1))
		VIOLATION(zone, found, "I1: block %#lx of order %u is unaligned or outside", pfn,
			  order);
	if (!PageBuddy(page) || buddy_order(page) != order || page_ref_count(page))
		VIOLATION(zone, found, "I2: block %#lx of order %u: type %#x order %lu refs %d",
			  pfn, order, page->page_type, page->priv, page_ref_count(page));
	if (free_page_list_type(page) != mt || page_zone_key(page) != zone->id)
		VIOLATION(zone, found, "I2: block %#lx on list of type %d says %d, zone key %lu",
			  pfn, mt, free_page_list_type(page), page_zone_key(page));
	if (order + 1 >= zone->nr_orders || !ps_pfn_valid(ps, buddy))
		return found;
	other = ps->mem_map + buddy;
	if (!PageBuddy(other) || buddy_order(other) != order || page_zone_key(other) != zone->id)
		return found;
	if (order >= ps->pageblock_order && pfn_block_type(ps, pfn) != pfn_block_type(ps, buddy))
		return found;
	VIOLATION(zone, found, "I3: buddies %#lx and %#lx of order %u are both free", pfn, buddy,
		  order);
	return found;
}

/* Z1, Z2 of lazy.c for a block on a list; adds those behind it in its run to @blocks. */
static unsigned long check_run(struct zone *zone, const struct page *page, unsigned int order,
			       unsigned long *blocks)
{
	const struct page_state *ps = zone_state(zone);
	unsigned long pfn = ps_pfn(ps, page), size = 1ul << order, i, found = 0;

	if (order + 1 != zone->nr_orders || untouched_zone(ps, pfn))
		VIOLATION(zone, found, "Z1: block %#lx of order %u is late, untouched: %u", pfn,
			  order, untouched_zone(ps, pfn));
	for (i = 1; i <= page->lazy_more; i++) {
		unsigned long at = pfn + i * size;

		if (!zone_spans_pfn(zone, at + size - 1)) {
			VIOLATION(zone, found, "I1: block %#lx of a run is outside", at);
			break;
		}
		if (untouched_zone(ps, at) != zone->id + 1) {
			VIOLATION(zone, found, "Z2: block %#lx of run %#lx: untouched: %u", at, pfn,
				  untouched_zone(ps, at));
			break;
		}
	}
	pfn += i * size;
	if (!found && pfn < ps->max_pfn && untouched_zone(ps, pfn))
		VIOLATION(zone, found, "Z1: block %#lx is untouched, and in no run", pfn);
	*blocks += i - 1;
	return found;
}

static unsigned long check_list(struct zone *zone, unsigned int order, int mt,
				unsigned long *blocks)
{
	const struct list_head *list = &zone->free_area[order].free_list[mt];
	bool bit = zone->free_orders[mt] & (1u << order);
	unsigned long found = 0;
	struct page *page;

	list_for_each_entry (page, list, buddy_list) {
		found += check_block(zone, page, order, mt);
		++*blocks;
		if (page->flags & 1ul << PG_lazy)
			found += check_run(zone, page, order, blocks);
	}
	if (bit != !list_empty(list))
		VIOLATION(zone, found, "I5: order %u type %d: bit %d, list %s", order, mt, bit,
			  list_empty(list) ? "empty" : "not empty");
	return found;
}

static unsigned long check_free_areas(struct zone *zone)
{
	unsigned long found = 0, counted = 0, total;
	unsigned int order;
	int mt;

	for (order = 0; order < zone->nr_orders; order++) {
		unsigned long blocks = 0;

		for (mt = 0; mt < MIGRATE_TYPES; mt++) {
			unsigned long before = blocks;

			found += check_list(zone, order, mt, &blocks);
			if (mt != MIGRATE_ISOLATE)
				counted += (blocks - before) << order;
		}
		if (blocks != zone->free_area[order].nr_free)
			VIOLATION(zone, found, "I4: order %u: nr_free %lu, on lists %lu", order,
				  zone->free_area[order].nr_free, blocks);
	}
	total = zone_page_state_snapshot(zone, NR_FREE_PAGES);
	if (total != counted)
		VIOLATION(zone, found, "I6: NR_FREE_PAGES %lu, on lists %lu", total, counted);
	return found;
}

/* L1, L2 of pcp_list.h; the list may be walked whatever is found. */
static unsigned long check_array(struct zone *zone, unsigned int cpu, unsigned int pindex)
{
	const struct quire_pcp_list *list = &quire_zone_pcp(zone, cpu)->lists[pindex];
	unsigned int pages = zone_pcp_slot(zone, cpu)->list_pages;
	long room = (long)pcp_room(pages, pindex_to_order(zone, pindex)), found = 0;
	const unsigned long *at;

	if (list->bottom > list->end || *list->bottom)
		VIOLATION(zone, found, "L1: CPU %u list %u: %ld entries below the end, then %#lx",
			  cpu, pindex, (long)(list->end - list->bottom), *list->bottom);
	if (list->bottom - list->top > room || list->end - list->bottom > room)
		VIOLATION(zone, found, "L2: CPU %u list %u: %ld entries, room %ld, cut by %ld", cpu,
			  pindex, (long)(list->bottom - list->top), room,
			  (long)(list->end - list->bottom));
	for (at = list->top; at < list->bottom; at++)
		if (!*at)
			VIOLATION(zone, found, "L3: CPU %u list %u: entry %ld is 0", cpu, pindex,
				  (long)(at - list->top));
	return (unsigned long)found;
}

static unsigned long check_pcp(struct zone *zone, unsigned int cpu)
{
	const struct page_state *ps = zone_state(zone);
	struct per_cpu_pages *pcp = quire_zone_pcp(zone, cpu);
	unsigned long found = 0;
	unsigned int i;
	int count = 0;

	for (i = 0; i < NR_PCP_LISTS; i++) {
		unsigned int order =
			i >= NR_LOWORDER_PCP_LISTS ? ps->pageblock_order : i / MIGRATE_PCPTYPES;
		const struct quire_pcp_list *list = &pcp->lists[i];
		const unsigned long *at;
		struct page *page;

		found += check_array(zone, cpu, i);
		quire_for_each_pcp_page(page, at, list)
		{
			count += 1 << order;
			if (page_ref_count(page) || PageBuddy(page) ||
			    page_zone_key(page) != zone->id)
				VIOLATION(zone, found,
					  "P2: frame %#lx on a list of CPU %u: refs %d",
					  ps_pfn(ps, page), cpu, page_ref_count(page));
		}
	}
	if (count != pcp->count)
		VIOLATION(zone, found, "P1: CPU %u: count %d, on lists %d", cpu, pcp->count, count);
	return found;
}

unsigned long quire_zone_validate(struct zone *zone)
{
	unsigned int cpu, nr = zone->zone_pgdat->machine->config.nr_cpus;
	unsigned long found;

	quire_lock(zone_lock(zone));
	found = check_free_areas(zone);
	for (cpu = 0; cpu < nr; cpu++)
		found += check_pcp(zone, cpu);
	quire_unlock(zone_lock(zone));
	return found;
}
