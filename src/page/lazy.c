/* SPDX-License-Identifier: MIT */
/*
 * page/lazy.c - struct pages made late.
 *
 *	free list of the largest order
 *	  head --> [A ...] --> [D] --> ...	list: two entries
 *	            A B C      D		blocks: four; B and C have no struct page yet
 *	A: PG_lazy, lazy_more = 2		untouched[]:  A 0, B zone, C zone, D 0
 *
 * Theory
 *  1. A block of the largest order that boot hands over whole needs one struct page, its
 *     first (PG_lazy); init_lazy_block() makes the others when the block is first taken.
 *  2. Even that one costs a page of the host's memory for each 4 MiB described: gigabytes, and
 *     seconds of clearing them, on a machine of terabytes. So blocks that come one after the
 *     other, as they do at boot, make one entry of the list, a *run*. Its first block has the
 *     struct page, with the number of blocks behind it; the others have nothing but their
 *     zone in untouched[], two bytes a block.
 *  3. A run stands in the list for its blocks in the order of their addresses, as if each had
 *     been put to the tail by itself. Whoever takes its first block makes the second one the
 *     first of the rest, in its place; whoever wants a block in the middle (isolation) cuts the
 *     run there first. Runs are only made at boot, and never joined again.
 *  4. With shuffling blocks do not come in order: there are no runs.
 *
 * Invariants (checked by validate.c)
 *  Z1 untouched[] of a block is its zone's key + 1 exactly if it is in a run and not its first
 *  Z2 a run is a PG_lazy block of the largest order with lazy_more > 0, and that many blocks
 *     after it are untouched, of its zone
 *
 * Context: the zone lock, but for reading untouched[], which is set before other CPUs run and
 * cleared once the struct page is made: whoever reads 0 finds that of the block's first frame.
 */
#include "page/buddy.h"
#include "page/extras.h"

static inline unsigned long blocks_shift(const struct page_state *ps)
{
	return ps->nr_orders - 1;
}

void init_page(struct page *page, unsigned long zone_bits)
{
	WRITE_ONCE(page->flags, zone_bits);
	WRITE_ONCE(page->page_type, ~0u);
}

void init_lazy_head(struct page *page, unsigned long zone_bits)
{
	init_page(page, zone_bits);
	page->lazy_more = 0;
	WRITE_ONCE(page->flags, zone_bits | 1ul << PG_lazy);
}

/* Block @nr (from 1) of the run that @head begins becomes the first of the rest. */
static struct page *cut_run(struct zone *zone, struct page *head, unsigned long nr)
{
	struct page_state *ps = zone_state(zone);
	struct page *page = head + (nr << blocks_shift(ps));
	u16 *untouched = &ps->untouched[ps_pfn(ps, page) >> blocks_shift(ps)];

	QUIRE_ASSERT(nr <= head->lazy_more && *untouched == zone->id + 1, "Z2: a run is cut");
	init_lazy_head(page, (unsigned long)zone->id << QUIRE_ZONES_SHIFT);
	page->lazy_more = head->lazy_more - nr;
	head->lazy_more = nr - 1;
	set_buddy(page, zone->nr_orders - 1, free_page_list_type(head));
	list_add(&page->buddy_list, &head->buddy_list);
	__atomic_store_n(untouched, 0, __ATOMIC_RELEASE);
	return page;
}

void leave_run(struct zone *zone, struct page *page)
{
	if (page->lazy_more)
		cut_run(zone, page, 1);
}

void init_lazy_block(struct zone *zone, struct page *page, unsigned int order)
{
	const unsigned long bits = (unsigned long)zone->id << QUIRE_ZONES_SHIFT;
	unsigned long i;

	leave_run(zone, page);
	WRITE_ONCE(page->flags, page->flags & ~(1ul << PG_lazy));
	for (i = 1; i < 1ul << order; i++)
		init_page(page + i, bits);
	if (unlikely(zone_state(zone)->hooks & HOOK_SHADOW))
		page_shadow(zone_state(zone), page, order, false);
}

bool extend_run(struct zone *zone, unsigned long pfn, int mt)
{
	struct page_state *ps = zone_state(zone);
	struct free_area *area = &zone->free_area[zone->nr_orders - 1];
	struct page *head;

	if (list_empty(&area->free_list[mt]))
		return false;
	head = list_last_entry(&area->free_list[mt], struct page, buddy_list);
	if (!(head->flags & 1ul << PG_lazy) ||
	    head + ((head->lazy_more + 1) << blocks_shift(ps)) != ps->mem_map + pfn)
		return false;
	head->lazy_more++;
	ps->untouched[pfn >> blocks_shift(ps)] = (u16)(zone->id + 1);
	stat_add(area->nr_free, 1);
	mod_freepage_state(zone, 1l << blocks_shift(ps), mt);
	return true;
}

/* The first block of the run that the untouched one at @pfn is in. O(blocks between). */
static unsigned long run_start(const struct page_state *ps, unsigned long pfn)
{
	unsigned long block = pfn >> blocks_shift(ps);

	while (__atomic_load_n(&ps->untouched[block], __ATOMIC_ACQUIRE))
		block--;
	return block << blocks_shift(ps);
}

unsigned long zone_key_of(const struct page_state *ps, unsigned long pfn)
{
	const struct page *page = ps->mem_map + pfn;
	const struct page *largest = ps->mem_map + (pfn & ~((1ul << blocks_shift(ps)) - 1));
	unsigned long key = untouched_zone(ps, pfn), flags;

	if (key)
		return key - 1;
	flags = READ_ONCE(largest->flags);
	if (flags & 1ul << PG_lazy)
		return flags >> QUIRE_ZONES_SHIFT;
	flags = READ_ONCE(page->flags);
	if (!flags && !READ_ONCE(page->page_type) && !page_ref_count(page))
		return ~0ul; /* just about to be initialised, under its zone's lock */
	return flags >> QUIRE_ZONES_SHIFT;
}

/*
 * The free block that covers @pfn where all of them have struct pages. One of another zone, whose
 * order is under another lock, does not, nor does any larger one.
 */
static const struct page *find_head(const struct page_state *ps, unsigned long pfn)
{
	unsigned long key = zone_key_of(ps, pfn);
	unsigned int order;

	for (order = 0; order < ps->nr_orders; order++) {
		unsigned long start = pfn & ~((1ul << order) - 1);
		const struct page *head = ps->mem_map + start;

		if (!PageBuddy(head))
			continue;
		if (page_zone_key(head) != key)
			return NULL;
		return start + (1ul << buddy_order(head)) > pfn ? head : NULL;
	}
	return NULL;
}

struct page *free_block_at(struct page_state *ps, unsigned long pfn)
{
	unsigned long key, start;
	const struct page *head;

	if (!ps_pfn_valid(ps, pfn))
		return NULL;
	key = untouched_zone(ps, pfn);
	if (key) {
		start = run_start(ps, pfn);
		return cut_run(ps->zones[key - 1], ps->mem_map + start,
			       (pfn - start) >> blocks_shift(ps));
	}
	head = find_head(ps, pfn);
	return head ? ps->mem_map + ps_pfn(ps, head) : NULL;
}

bool quire_free_block_at(struct quire_machine *machine, unsigned long pfn,
			 struct quire_free_block *block)
{
	const struct page_state *ps = machine->page;
	const struct page *head;

	if (!ps_pfn_valid(ps, pfn))
		return false;
	if (untouched_zone(ps, pfn)) {
		head = ps->mem_map + run_start(ps, pfn);
		block->pfn = pfn & ~((1ul << blocks_shift(ps)) - 1);
	} else {
		head = find_head(ps, pfn);
		if (!head)
			return false;
		block->pfn = ps_pfn(ps, head);
	}
	block->order = buddy_order(head);
	block->migratetype = free_page_list_type(head);
	return true;
}

void quire_make_free_heads(struct quire_machine *machine)
{
	const struct page_state *ps = machine->page;
	unsigned int i, mt;

	for (i = 0; i < ps->nr_zones; i++) {
		struct zone *zone = ps->zone_list[i];
		struct free_area *area = &zone->free_area[zone->nr_orders - 1];
		struct page *page;

		quire_lock(zone_lock(zone));
		for (mt = 0; mt < MIGRATE_TYPES; mt++)
			list_for_each_entry (page, &area->free_list[mt], buddy_list)
				if (page->flags & 1ul << PG_lazy)
					leave_run(zone, page);
		quire_unlock(zone_lock(zone));
	}
}
