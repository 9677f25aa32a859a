/* SPDX-License-Identifier: MIT */
/*
 * page/shuffle.c - free blocks of the largest order in random order (config.vm.shuffle).
 *
 * 1. After the hand-over each of them changes places with another one of its zone and
 *    type, chosen at random, so that the first allocations do not come in the order of
 *    addresses.
 * 2. A block of the largest order that becomes free later goes to its list's head or
 *    tail by the toss of a coin, which keeps them mixed.
 * 3. Smaller blocks are not shuffled: their order is that of their parents.
 *
 * In a deterministic machine all of it follows from config.seed.
 * Sources: D. Williams, "mm: shuffle allocations" (LWN 767614, 2018); behaviour of Linux 6.1
 * with page_alloc.shuffle=1.
 */
#include "page/bringup.h"

#define TRIES 10

/** shuffle_to_tail() - which end of its list a free block of the largest order goes to. */
bool shuffle_to_tail(const struct page_state *ps)
{
	return machine_random(ps->machine) & 1;
}

/* The free block of the largest order at @pfn in @zone; NULL: there is none. */
static struct page *largest_block(const struct zone *zone, unsigned long pfn)
{
	const struct page_state *ps = zone_state(zone);
	struct page *page = ps->mem_map + pfn;

	if (!ps_pfn_valid(ps, pfn) || !PageBuddy(page) || page_zone_key(page) != zone->id)
		return NULL;
	return buddy_order(page) + 1 == zone->nr_orders ? page : NULL;
}

/* Another block of the type of @page; NULL: none was found in a few tries. */
static struct page *random_partner(const struct zone *zone, const struct page *page,
				   unsigned long first, unsigned long blocks)
{
	unsigned int i;

	for (i = 0; i < TRIES; i++) {
		u64 at = machine_random(zone->zone_pgdat->machine) % blocks;
		struct page *other =
			largest_block(zone, first + ((unsigned long)at << (zone->nr_orders - 1)));

		if (other && other != page &&
		    free_page_list_type(other) == free_page_list_type(page))
			return other;
	}
	return NULL;
}

/** shuffle_zone() - mixes the free blocks of the largest order of @zone. O(blocks). */
void shuffle_zone(struct zone *zone)
{
	const unsigned long size = 1ul << (zone->nr_orders - 1);
	unsigned long first = zone->zone_start_pfn & ~(size - 1), pfn;
	unsigned long blocks = (zone_end_pfn(zone) - first + size - 1) / size;

	quire_lock(zone_lock(zone));
	for (pfn = first; pfn < zone_end_pfn(zone); pfn += size) {
		struct page *page = largest_block(zone, pfn), *other;

		if (!page)
			continue;
		other = random_partner(zone, page, first, blocks);
		if (other)
			list_swap(&page->buddy_list, &other->buddy_list);
	}
	quire_unlock(zone_lock(zone));
}
