/* SPDX-License-Identifier: MIT */
/*
 * page/query.c - small public questions about pages, zones and nodes, and hook installation.
 *
 * Nothing here changes what the allocator does next, but for the functions that
 * install hooks.
 */
#include "page/lazy.h"

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

unsigned long quire_ram_pages(struct quire_machine *machine)
{
	const struct page_state *ps = machine->page;
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < ps->nr_zones; i++)
		pages += zone_managed_pages(ps->zone_list[i]);
	return pages;
}

unsigned long totalram_pages(void)
{
	return quire_ram_pages(this_page_state()->machine);
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

/** update_fast_paths() - opens or closes them after machine.attention changed. */
void update_fast_paths(const struct page_state *ps)
{
	unsigned int i;

	for (i = 0; i < ps->nr_zones; i++) {
		struct zone *zone = ps->zone_list[i];

		quire_lock(zone_lock(zone));
		zone_update_fast(zone);
		zone_update_high(zone);
		quire_unlock(zone_lock(zone));
	}
}

/** set_hooks() - changes the reasons to leave the fast path. */
void set_hooks(struct page_state *ps, unsigned int set, unsigned int clear)
{
	ps->hooks = (ps->hooks & ~clear) | set;
	machine_set_attention(ps->machine, set, clear);
	update_fast_paths(ps); /* a room that comes up is not told */
}

void quire_page_trace_set(struct quire_machine *machine, const struct quire_page_trace *hooks)
{
	struct page_state *ps = machine->page;

	ps->trace = hooks;
	set_hooks(ps, hooks ? HOOK_TRACE : 0, hooks ? 0 : HOOK_TRACE);
}

void quire_register_reclaim(struct quire_machine *machine, const struct quire_reclaim_ops *ops)
{
	machine->page->reclaim = ops;
}

void quire_register_lru(struct quire_machine *machine, const struct quire_lru_ops *ops)
{
	WRITE_ONCE(machine->page->lru, ops);
}

unsigned long quire_zone_free_blocks(struct zone *zone, unsigned int order, int migratetype,
				     unsigned long max)
{
	const struct list_head *list = &zone->free_area[order].free_list[migratetype];
	unsigned long count = 0;
	const struct page *page;

	quire_lock(zone_lock(zone));
	list_for_each_entry (page, list, buddy_list) {
		count += page->flags & 1ul << PG_lazy ? 1 + page->lazy_more : 1;
		if (count >= max)
			break;
	}
	quire_unlock(zone_lock(zone));
	return min(count, max);
}

void quire_zone_block_types(struct zone *zone, unsigned long count[MIGRATE_TYPES])
{
	const struct page_state *ps = zone_state(zone);
	struct quire_lock *lock = zone_lock(zone);
	unsigned long block = 1ul << ps->pageblock_order, pfn;

	memset(count, 0, MIGRATE_TYPES * sizeof(*count));
	quire_lock(lock);
	for (pfn = zone->zone_start_pfn & ~(block - 1); pfn < zone_end_pfn(zone); pfn += block) {
		unsigned long first = pfn < zone->zone_start_pfn ? zone->zone_start_pfn : pfn;

		/* A block is counted where its first frame of the zone is. */
		if (ps_pfn_valid(ps, first) && zone_key_of(ps, first) == zone->id)
			count[pfn_block_type(ps, pfn)]++;
	}
	quire_unlock(lock);
}
