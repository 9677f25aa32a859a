/* SPDX-License-Identifier: MIT */
/*
 * page/isolate.c - page blocks closed to allocation.
 *
 *	type of the block  MOVABLE ----- isolate -----> ISOLATE ---- undo ----> MOVABLE
 *	free pages in it   on its lists                on ISOLATE's lists      back
 *	NR_FREE_PAGES      counted                     not counted             counted
 *	pages freed there  on per-CPU lists            straight to ISOLATE's
 *
 * Theory
 *  1. A block of type ISOLATE gives nothing out: no request looks at its lists. Pages
 *     freed into it gather there, and the range empties as its pages are moved.
 *  2. Free blocks may be larger than a page block. Such a one is taken apart first,
 *     down to the page block at hand; the rest goes back as large as it is. When a
 *     page block is opened again and is free as a whole it merges again.
 *  3. A page block with a page in it that cannot be moved is refused: reserved, or
 *     in use and neither on an LRU, nor in ZONE_MOVABLE, nor known as movable to
 *     the room that migrates. Only frames of the asked range are looked at.
 *  4. A page block with frames of two zones, as where nodes meet or one lies in another,
 *     is no zone's to isolate.
 *  5. A block of the highatomic reserve leaves the reserve. (Linux 6.1 forgets to
 *     take it off the count.)
 *
 * Invariants: those of buddy.c; and
 *  X1 zone->nr_isolate_pageblock is the number of its blocks of type ISOLATE
 *
 * Lock order: zone lock, one at a time. Sources: behaviour of Linux 6.1 (mm/page_isolation.c).
 */
#include "page/bringup.h"
#include "page/contig.h"
#include "page/extras.h"
#include "page/lazy.h"

static int refuse(struct quire_contig_busy *busy, unsigned long pfn, const char *why, int err)
{
	if (busy) {
		busy->pfn = pfn;
		busy->why = why;
	}
	return err;
}

/*
 * The word is lru.next when the page is on somebody's list: written by plain stores of its
 * owner, whom no lock of ours keeps off. It is one aligned word, and bit 0 is never set in
 * a list pointer, so whatever is read is a struct page to look at, perhaps not for long.
 * compound_head() would be a function with checks of its own, called from here.
 */
struct page *__attribute__((noinline, no_sanitize_thread)) peek_compound_head(struct page *page)
{
	unsigned long head = *(const volatile unsigned long *)&page->compound_head;

	return head & 1 ? (struct page *)(head - 1) : page;
}

/* --- what is in the way (point 3) ------------------------------------------------------- */

static const char *unmovable_reason(const struct page_state *ps, struct page *page)
{
	const struct quire_migrate_ops *ops = ps->migrate;
	struct page *head = peek_compound_head(page);
	unsigned long flags = READ_ONCE(head->flags);

	if (flags & 1ul << PG_reserved)
		return "reserved";
	if ((flags >> QUIRE_ZONES_SHIFT & QUIRE_ZONES_MASK) == ZONE_MOVABLE ||
	    !page_ref_count(head))
		return NULL;
	if (flags & 1ul << PG_hwpoison)
		return "broken memory (hwpoison)";
	if (flags & 1ul << PG_lru)
		return NULL;
	if (ops && ops->movable && ops->movable(ops->ctx, head))
		return NULL;
	return "in use and not movable";
}

/* The first frame of [@pfn, @end) that cannot be moved. Context: zone lock. */
static const char *find_unmovable(const struct page_state *ps, unsigned long pfn, unsigned long end,
				  unsigned long *where)
{
	while (pfn < end) {
		struct page *page = ps->mem_map + pfn;
		const char *why;

		if (PageBuddy(page)) {
			pfn += 1ul << buddy_order(page);
			continue;
		}
		why = unmovable_reason(ps, page);
		if (why) {
			*where = pfn;
			return why;
		}
		pfn++;
	}
	return NULL;
}

/* --- one page block ------------------------------------------------------------------------ */

void carve_block(struct zone *zone, struct page *head, unsigned long pfn)
{
	const struct page_state *ps = zone_state(zone);
	unsigned int order = buddy_order(head);
	int mt = free_page_list_type(head);
	struct page *page = ps->mem_map + pfn;

	del_page_from_free_list(zone, head, order);
	while (order > zone->pageblock_order) {
		struct page *half = head + (1ul << --order), *other = half;

		if (page >= half) {
			other = head;
			head = half;
		}
		add_to_free_list(zone, other, order, mt);
	}
}

/* The free block that covers the page block at @pfn as a whole, NULL: none. */
static struct page *whole_block_free(const struct zone *zone, unsigned long pfn)
{
	struct page *head = free_block_at(zone_state(zone), pfn);

	return head && buddy_order(head) >= zone->pageblock_order ? head : NULL;
}

/* Moves what is free in the page block to the lists of @mt, and sets its type. Return: pages. */
static unsigned long retype_block(struct zone *zone, unsigned long pfn, int mt, unsigned int fpi)
{
	struct page_state *ps = zone_state(zone);
	struct page *head = whole_block_free(zone, pfn), *page = ps->mem_map + pfn;
	unsigned long moved;

	if (head) {
		int old = free_page_list_type(head);

		moved = 1ul << zone->pageblock_order;
		carve_block(zone, head, pfn);
		if (old != MIGRATE_ISOLATE)
			mod_freepage_state(zone, -(long)moved, old);
		set_pfn_block_type(ps, pfn, mt);
		free_one_block(zone, page, pfn, zone->pageblock_order, mt, fpi);
		return moved;
	}
	if (mt == MIGRATE_ISOLATE) {
		int old = pfn_block_type(ps, pfn);

		moved = move_freepages_block(zone, page, mt, NULL);
		mod_freepage_state(zone, -(long)moved, old);
	} else {
		moved = move_freepages_block(zone, page, mt, NULL);
		mod_freepage_state(zone, (long)moved, mt);
	}
	set_pfn_block_type(ps, pfn, mt);
	return moved;
}

/*
 * Has another zone memory in [@start, @end)? Zones of two nodes may lie in one another: the spans,
 * which nearly always tell, then do not, and the memory of the other's node is looked at.
 */
static bool foreign_frames(const struct zone *zone, unsigned long start, unsigned long end)
{
	const struct page_state *ps = zone_state(zone);
	unsigned int i;

	for (i = 0; i < ps->nr_zones; i++) {
		const struct zone *other = ps->zone_list[i];
		unsigned long from = max(start, other->zone_start_pfn);
		unsigned long to = min(end, zone_end_pfn(other));

		if (other != zone && from < to &&
		    present_in(ps, (unsigned int)other->zone_pgdat->node_id, from, to))
			return true;
	}
	return false;
}

static void leave_highatomic(struct zone *zone)
{
	unsigned long block = 1ul << zone->pageblock_order;

	stat_add(zone->nr_reserved_highatomic, -min(block, zone->nr_reserved_highatomic));
	zone_update_fast(zone);
}

/* Isolates one page block; only [@from, @to) of it has to be movable. */
static int isolate_block(struct zone *zone, unsigned long pfn, unsigned long from, unsigned long to,
			 struct quire_contig_busy *busy)
{
	struct page_state *ps = zone_state(zone);
	unsigned long end = pfn + (1ul << zone->pageblock_order), where = pfn;
	const char *why = NULL;
	int mt;

	if (fault_pass(&ps->machine->fault, QUIRE_FAULT_PAGE_ISOLATE))
		return refuse(busy, pfn, "isolation was made to fail (fault point page_isolate)",
			      -EBUSY);
	if (!zone_spans_pfn(zone, pfn) || !zone_spans_pfn(zone, end - 1) ||
	    foreign_frames(zone, pfn, end))
		return refuse(busy, pfn, "its page block reaches beyond the zone", -EBUSY);
	quire_lock(zone_lock(zone));
	mt = pfn_block_type(ps, pfn);
	if (mt == MIGRATE_ISOLATE)
		why = "its page block is isolated already";
	else
		why = find_unmovable(ps, max(pfn, from), min(end, to), &where);
	if (!why) {
		zone->nr_isolate_pageblock++; /* X1 */
		retype_block(zone, pfn, MIGRATE_ISOLATE, FPI_NONE);
		if (mt == MIGRATE_HIGHATOMIC)
			leave_highatomic(zone);
	}
	quire_unlock(zone_lock(zone));
	return why ? refuse(busy, where, why, -EBUSY) : 0;
}

static void open_block(struct zone *zone, unsigned long pfn, int mt)
{
	struct page_state *ps = zone_state(zone);

	quire_lock(zone_lock(zone));
	if (pfn_block_type(ps, pfn) == MIGRATE_ISOLATE) {
		retype_block(zone, pfn, mt, FPI_TO_TAIL);
		zone->nr_isolate_pageblock--; /* X1 */
	}
	quire_unlock(zone_lock(zone));
}

/* --- ranges -------------------------------------------------------------------------------- */

static bool range_valid(const struct page_state *ps, unsigned long start, unsigned long end)
{
	unsigned long pfn;

	if (start >= end || end > ps->max_pfn)
		return false;
	for (pfn = start; pfn < end; pfn = (pfn | ((1ul << ps->pfn_section_shift) - 1)) + 1)
		if (!ps_pfn_valid(ps, pfn))
			return false;
	return true;
}

struct zone *zone_of_range(const struct page_state *ps, unsigned long start, unsigned long end)
{
	unsigned int i;

	if (!range_valid(ps, start, end))
		return NULL;
	for (i = 0; i < ps->nr_zones; i++) {
		struct zone *zone = ps->zone_list[i];
		bool of_zone;

		if (!zone_spans_pfn(zone, start) || !zone_spans_pfn(zone, end - 1))
			continue;
		quire_lock(zone_lock(zone));
		of_zone =
			zone_key_of(ps, start) == zone->id && zone_key_of(ps, end - 1) == zone->id;
		quire_unlock(zone_lock(zone));
		if (of_zone)
			return foreign_frames(zone, start, end) ? NULL : zone;
	}
	return NULL;
}

/* Is there something in the way? Nothing is changed: most ranges that fail, fail here. */
static int check_range(struct zone *zone, unsigned long start, unsigned long end,
		       struct quire_contig_busy *busy)
{
	const struct page_state *ps = zone_state(zone);
	unsigned long where = start;
	const char *why;

	quire_lock(zone_lock(zone));
	why = find_unmovable(ps, start, end, &where);
	quire_unlock(zone_lock(zone));
	return why ? refuse(busy, where, why, -EBUSY) : 0;
}

int start_isolate_page_range(unsigned long start_pfn, unsigned long end_pfn, int migratetype,
			     struct quire_contig_busy *busy)
{
	const struct page_state *ps = this_page_state();
	const unsigned long block = 1ul << ps->pageblock_order;
	unsigned long first = start_pfn & ~(block - 1), pfn;
	struct zone *zone = zone_of_range(ps, start_pfn, end_pfn);
	int err;

	if (!zone)
		return refuse(busy, start_pfn, "the range is empty or not of one zone", -EINVAL);
	err = check_range(zone, start_pfn, end_pfn, busy);
	if (err)
		return err;
	for (pfn = first; pfn < end_pfn; pfn += block) {
		err = isolate_block(zone, pfn, start_pfn, end_pfn, busy);
		if (err)
			break;
	}
	if (err)
		while (pfn > first) {
			pfn -= block;
			open_block(zone, pfn, migratetype);
		}
	return err;
}

void undo_isolate_page_range(unsigned long start_pfn, unsigned long end_pfn, int migratetype)
{
	const struct page_state *ps = this_page_state();
	const unsigned long block = 1ul << ps->pageblock_order;
	struct zone *zone = zone_of_range(ps, start_pfn, end_pfn);
	unsigned long pfn;

	if (!zone)
		return;
	for (pfn = start_pfn & ~(block - 1); pfn < end_pfn; pfn += block)
		open_block(zone, pfn, migratetype);
}

int test_pages_isolated(unsigned long start_pfn, unsigned long end_pfn,
			struct quire_contig_busy *busy)
{
	struct page_state *ps = this_page_state();
	struct zone *zone = zone_of_range(ps, start_pfn, end_pfn);
	unsigned long pfn = start_pfn;
	const struct page *head;

	if (!zone)
		return refuse(busy, start_pfn, "the range is empty or not of one zone", -EINVAL);
	quire_lock(zone_lock(zone));
	head = free_block_at(ps, pfn);
	while (head && pfn < end_pfn) {
		pfn = ps_pfn(ps, head) + (1ul << buddy_order(head));
		head = pfn < end_pfn ? free_block_at(ps, pfn) : NULL;
	}
	quire_unlock(zone_lock(zone));
	return pfn < end_pfn ? refuse(busy, pfn, "still in use", -EBUSY) : 0;
}

bool is_migrate_isolate_page(const struct page *page)
{
	return get_pageblock_migratetype(page) == MIGRATE_ISOLATE;
}

void quire_register_migrate(struct quire_machine *machine, const struct quire_migrate_ops *ops)
{
	machine->page->migrate = ops;
}
