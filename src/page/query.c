/* SPDX-License-Identifier: MIT */
/*
 * page/query.c - small public questions about pages, zones and nodes, and hook installation.
 *
 * Nothing here changes what the allocator does next, but for the two functions
 * that install hooks and the one that marks a zone as under reclaim.
 */
#include "page/internal.h"

bool pfn_valid(unsigned long pfn)
{
	return ps_pfn_valid(this_page_state(), pfn);
}

struct zone *page_zone(const struct page *page)
{
	return this_page_cpu()->zones[page_zone_key(page)];
}

int get_pageblock_migratetype(const struct page *page)
{
	return pfn_block_type(this_page_state(), page_to_pfn(page));
}

void set_pageblock_migratetype(struct page *page, int migratetype)
{
	set_pfn_block_type(this_page_state(), page_to_pfn(page), migratetype);
}

unsigned long totalram_pages(void)
{
	const struct page_state *ps = this_page_state();
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < ps->nr_zones; i++)
		pages += zone_managed_pages(ps->zone_list[i]);
	return pages;
}

unsigned long nr_free_pages(void)
{
	const struct page_state *ps = this_page_state();
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < ps->nr_zones; i++)
		pages += zone_page_state(ps->zone_list[i], NR_FREE_PAGES);
	return pages;
}

pg_data_t *quire_pgdat(struct quire_machine *machine, unsigned int nid)
{
	return nid < machine->page->nr_nodes ? &machine->page->nodes[nid] : NULL;
}

bool quire_zone_configured(const struct quire_machine *machine, enum zone_type type)
{
	return machine->page->zone_mask & 1u << type;
}

struct zone *const *quire_zones(struct quire_machine *machine, unsigned int *nr)
{
	*nr = machine->page->nr_zones;
	return machine->page->zone_list;
}

void quire_page_trace_set(struct quire_machine *machine, const struct quire_page_trace *hooks)
{
	struct page_state *ps = machine->page;

	ps->trace = hooks;
	if (hooks)
		ps->hooks |= HOOK_TRACE;
	else
		ps->hooks &= ~HOOK_TRACE;
}

void quire_register_reclaim(struct quire_machine *machine, const struct quire_reclaim_ops *ops)
{
	machine->page->reclaim = ops;
}

void quire_set_reclaim_active(struct zone *zone, bool active)
{
	if (active)
		__atomic_fetch_or(&zone->flags, 1ul << ZONE_RECLAIM_ACTIVE, __ATOMIC_RELAXED);
	else
		__atomic_fetch_and(&zone->flags, ~(1ul << ZONE_RECLAIM_ACTIVE), __ATOMIC_RELAXED);
}
