/* SPDX-License-Identifier: MIT */
/*
 * page/nearest.c - the places that come nearest to being a free block of an order.
 *
 *	order 3   |f f u f f f f f|u u u u u u u u|f R f f f f f f|
 *	           1 taken: nearest  8 taken         reserved: never
 *
 * 1. Each aligned run of 2^order frames of the zones a request may use is a
 *    candidate, unless it holds a reserved frame, one of another zone, a hole, or is
 *    free as a whole. The fewer frames are taken, the nearer. Counting stops where a
 *    candidate cannot become one of the best.
 * 2. Frames on per-CPU lists look taken; for the best candidates the lists are
 *    walked to tell them apart.
 * 3. Who has the others, page owner says; without it a page on an LRU, or in a
 *    MOVABLE page block, is taken to be movable, any other not.
 *
 * Cost: O(frames), free blocks at one step each. Lock order: the lock of a CPU's lists, or a
 * zone's; never both here.
 */
#include "page/contig.h"
#include "page/explain.h"
#include "page/lazy.h"
#include "page/owner.h"

static unsigned long block_end(unsigned long pfn, unsigned int order)
{
	return pfn + (1ul << order);
}

/* Frames of the candidate not on a free list; ~0ul: no candidate, or not below @best. */
static unsigned long count_taken(struct zone *zone, unsigned long pfn, unsigned int order,
				 unsigned long best, bool *reserved)
{
	struct page_state *ps = zone_state(zone);
	unsigned long end = block_end(pfn, order), taken = 0;
	const struct page *free;

	if (untouched_zone(ps, pfn) == zone->id + 1)
		return ~0ul;
	quire_lock(zone_lock(zone));
	if (zone_key_of(ps, pfn) != zone->id) {
		quire_unlock(zone_lock(zone));
		*reserved = true;
		return ~0ul;
	}
	/* Inside a larger free block no frame looks free, or has a struct page for certain. */
	free = free_block_at(ps, pfn);
	if (free && buddy_order(free) >= order)
		pfn = end;
	while (pfn < end && taken < best) {
		const struct page *page = ps->mem_map + pfn;

		if (!ps_pfn_valid(ps, pfn) || zone_key_of(ps, pfn) != zone->id ||
		    READ_ONCE(page->flags) & 1ul << PG_reserved) {
			*reserved = true;
			break;
		}
		if (PageBuddy(page)) {
			pfn += 1ul << buddy_order(page);
			continue;
		}
		taken++;
		pfn++;
	}
	quire_unlock(zone_lock(zone));
	return pfn < end || !taken ? ~0ul : taken;
}

/* Inserts by number of taken frames; the worst falls out of a full table. */
static void keep(struct quire_explain *e, const struct zone *zone, unsigned long pfn,
		 unsigned long taken)
{
	unsigned int i = e->nr_blocks < QUIRE_EXPLAIN_BLOCKS ? e->nr_blocks++ : e->nr_blocks - 1;

	for (; i && e->blocks[i - 1].taken > taken; i--)
		e->blocks[i] = e->blocks[i - 1];
	e->blocks[i] = (struct quire_explain_block){
		.pfn = pfn, .taken = taken, .nid = zone->zone_pgdat->node_id, .zone = zone->name
	};
}

/* Point 1. Return: was any place free of reserved frames? */
static bool search_zone(struct zone *zone, struct quire_explain *e)
{
	unsigned long size = 1ul << e->order, pfn = round_up(zone->zone_start_pfn, size);
	bool usable = false;

	for (; pfn + size <= zone_end_pfn(zone); pfn += size) {
		unsigned long best = e->nr_blocks < QUIRE_EXPLAIN_BLOCKS
					     ? size + 1
					     : e->blocks[e->nr_blocks - 1].taken;
		bool reserved = false;
		unsigned long taken = count_taken(zone, pfn, e->order, best, &reserved);

		usable |= !reserved;
		if (taken < best)
			keep(e, zone, pfn, taken);
	}
	return usable;
}

/* Frames of [@pfn, @end) on one CPU's lists of @zone. Context: the lists' lock. */
static unsigned long on_lists(const struct zone *zone, const struct per_cpu_pages *pcp,
			      unsigned long pfn, unsigned long end)
{
	const struct page_state *ps = zone_state(zone);
	unsigned long frames = 0;
	unsigned int i;

	for (i = 0; i < NR_PCP_LISTS; i++) {
		unsigned long nr = 1ul << pindex_to_order(zone, i);
		const struct page *page;
		const unsigned long *entry;

		quire_for_each_pcp_page(page, entry, &pcp->lists[i])
		{
			unsigned long at = ps_pfn(ps, page);

			if (at >= pfn && at < end)
				frames += min(nr, end - at);
		}
	}
	return frames;
}

/* Point 2. */
static unsigned long on_pcp(const struct page_state *ps, struct zone *zone, unsigned long pfn,
			    unsigned long end)
{
	unsigned long frames = 0;
	unsigned int cpu;

	for (cpu = 0; cpu < ps->nr_cpus; cpu++) {
		struct pcp_slot *slot = zone_pcp_slot(zone, cpu);

		if (cpu == quire_this_cpu->id) {
			if (!owner_trylock(&slot->lock))
				continue;
			frames += on_lists(zone, &slot->pcp, pfn, end);
			owner_unlock(&slot->lock);
			continue;
		}
		owner_lock_remote(&slot->lock, ps->machine->port);
		frames += on_lists(zone, &slot->pcp, pfn, end);
		owner_unlock_remote(&slot->lock);
	}
	return frames;
}

/* Point 3: cannot the page in use at @pfn be moved? */
static bool is_unmovable(const struct page_state *ps, unsigned long pfn)
{
	struct page *head = peek_compound_head(ps->mem_map + pfn);

	if (ps->owner) {
		const struct owner_record *r = ps->owner->records + pfn;
		u8 flags = READ_ONCE(r->flags);

		if (flags & OWNER_ALLOCATED)
			return gfp_migratetype(READ_ONCE(r->gfp)) != MIGRATE_MOVABLE;
		if (flags & OWNER_KNOWN)
			return false;
	}
	return !(READ_ONCE(head->flags) & 1ul << PG_lru) && page_ref_count(head) &&
	       pfn_block_type(ps, pfn) != MIGRATE_MOVABLE && pfn_block_type(ps, pfn) != MIGRATE_CMA;
}

static unsigned long count_unmovable(struct zone *zone, unsigned long pfn, unsigned long end)
{
	const struct page_state *ps = zone_state(zone);
	unsigned long n = 0;

	quire_lock(zone_lock(zone));
	while (pfn < end) {
		const struct page *page = ps->mem_map + pfn;

		if (PageBuddy(page)) {
			pfn += 1ul << buddy_order(page);
			continue;
		}
		n += is_unmovable(ps, pfn++);
	}
	quire_unlock(zone_lock(zone));
	return n;
}

static void describe(struct page_state *ps, struct quire_explain_block *b, unsigned int order)
{
	struct zone *zone = ps->zones[READ_ONCE(ps->mem_map[b->pfn].flags) >> QUIRE_ZONES_SHIFT];
	unsigned long end = block_end(b->pfn, order);

	b->on_pcp = min(on_pcp(ps, zone, b->pfn, end), b->taken);
	b->taken -= b->on_pcp;
	b->unmovable = min(count_unmovable(zone, b->pfn, end), b->taken);
	b->block_type = pfn_block_type(ps, b->pfn);
	b->owners_known = ps->owner != NULL;
	b->nr_owners = quire_page_owner_block(ps->machine, b->pfn, end - b->pfn, b->owners,
					      QUIRE_EXPLAIN_OWNERS);
}

void find_nearest(struct page_state *ps, const struct alloc_context *ac, struct quire_explain *e)
{
	const struct zoneref *ref;
	bool usable = false;
	unsigned int i;

	for_each_zoneref (ref, ac->preferred, ac->highest_zoneidx, ac->nodemask)
		usable |= search_zone(ref->zone, e);
	e->all_reserved = !usable;
	for (i = 0; i < e->nr_blocks; i++)
		describe(ps, &e->blocks[i], e->order);
}
