/* SPDX-License-Identifier: MIT */
/*
 * page/cma.c - CMA areas: memory that movable pages use until a driver needs it in a row.
 *
 *	REUSABLE range of the machine file
 *	|C C C C|C C C C|C C C C|	page blocks of type MIGRATE_CMA
 *	 bitmap  1 1 0 0 0 0 1 0 ...	one bit a frame: allocated by cma_alloc()
 *
 * Theory
 *  1. At boot the range is reserved. Its blocks become MIGRATE_CMA and its frames free
 *     and managed: only movable requests are served from their lists (ALLOC_CMA).
 *  2. cma_alloc() looks for a run of clear bits, sets them, and takes that very range by
 *     alloc_contig_range(), which moves whoever is there. If somebody cannot be
 *     moved it tries the next aligned run.
 *  3. The bitmap says what callers of cma_alloc() have, never what movable pages use.
 *
 * Invariants
 *  A1 an area is whole page blocks of one zone
 *  A2 zone->cma_pages is the sum of its areas' frames
 *  A3 a set bit's frame is not on a free list
 *
 * Lock order: an area's lock is a leaf; alloc_contig_range() is called without it.
 *
 * Left out: order_per_bit (always a frame), areas made after boot, sysfs and debugfs.
 * Sources: behaviour of Linux 6.1 (mm/cma.c); M. Nazarewicz, "A deep dive into CMA",
 * LWN 2012.
 */
#include <quire/bitmap.h>

#include "page/contig.h"
#include "page/dump.h"
#include "page/extras.h"

struct cma {
	struct page_state *ps;
	struct cma *next;
	const char *name;
	unsigned long base_pfn, count;
	size_t bytes; /* of this structure with its bitmap */
	struct quire_lock lock;
	unsigned long allocs, failures, busy;
	unsigned long bitmap[];
};

struct page_cma_state {
	struct cma *first, **last;
};

/* --- boot ---------------------------------------------------------------------------------- */

/* Gives the frames of one page block, reserved until now, to movable requests (point 1). */
static void open_block(struct page_state *ps, unsigned long pfn)
{
	const unsigned long nr = 1ul << ps->pageblock_order;
	struct page *page = ps->mem_map + pfn;
	struct zone *zone = ps->zones[page_zone_key(page)];
	unsigned long i;

	for (i = 0; i < nr; i++) {
		page[i].flags &= ~(1ul << PG_reserved);
		page[i]._refcount.counter = 0;
	}
	set_pfn_block_type(ps, pfn, MIGRATE_CMA);
	zone->cma_pages += nr; /* A2 */
	__atomic_fetch_add(&zone->managed_pages.counter, (long)nr, __ATOMIC_RELAXED);
	free_one_page(zone, page, ps->pageblock_order, MIGRATE_CMA, FPI_NONE);
	zone_update_fast(zone);
}

/* A1. NULL: it holds. */
static const char *bad_place(const struct page_state *ps, unsigned long pfn, unsigned long count)
{
	const unsigned long block = 1ul << ps->pageblock_order;
	unsigned long i;

	if (pfn & (block - 1) || count & (block - 1) || !count)
		return "is not whole page blocks";
	for (i = 0; i < count; i++)
		if (!ps_pfn_valid(ps, pfn + i) ||
		    page_zone_key(ps->mem_map + pfn + i) != page_zone_key(ps->mem_map + pfn))
			return "lies in more than one zone; move it or make it smaller";
	return NULL;
}

static struct page_cma_state *state_of(struct page_state *ps)
{
	if (!ps->cma) {
		ps->cma = machine_reserve(ps->machine, sizeof(*ps->cma));
		if (ps->cma)
			ps->cma->last = &ps->cma->first;
	}
	return ps->cma;
}

int cma_area_init(struct page_state *ps, const char *name, u64 start, u64 end)
{
	unsigned long pfn = (unsigned long)(start >> ps->page_shift), at;
	unsigned long count = (unsigned long)((end - start) >> ps->page_shift);
	size_t bytes = sizeof(struct cma) + BITS_TO_LONGS(count) * sizeof(long);
	const char *why = bad_place(ps, pfn, count);
	struct page_cma_state *cs;
	struct cma *cma;

	if (why) {
		quire_report(ps->machine, QUIRE_ERR, "cma: reserved range \"%s\" %s\n", name, why);
		return -EINVAL;
	}
	cs = state_of(ps);
	cma = cs ? machine_reserve(ps->machine, bytes) : NULL;
	if (!cma)
		return -ENOMEM;
	*cma = (struct cma){
		.ps = ps, .name = name, .base_pfn = pfn, .count = count, .bytes = bytes
	};
	quire_lock_init(&cma->lock, QUIRE_RANK_LEAF, "cma");
	*cs->last = cma;
	cs->last = &cma->next;
	for (at = pfn; at < pfn + count; at += 1ul << ps->pageblock_order)
		open_block(ps, at);
	return 0;
}

void cma_exit(struct page_state *ps)
{
	struct cma *cma, *next;

	if (!ps->cma)
		return;
	for (cma = ps->cma->first; cma; cma = next) {
		next = cma->next;
		machine_release(ps->machine, cma, cma->bytes);
	}
	machine_release(ps->machine, ps->cma, sizeof(*ps->cma));
	ps->cma = NULL;
}

/* --- allocation -------------------------------------------------------------------------- */

/* Sets @count clear bits from @start on. Return: the first of them, ~0ul: there is no such run. */
static unsigned long claim_bits(struct cma *cma, unsigned long start, unsigned long count,
				unsigned long align_mask)
{
	unsigned long bit;

	quire_lock(&cma->lock);
	bit = bitmap_find_next_zero_area_off(cma->bitmap, cma->count, start, (unsigned int)count,
					     align_mask, cma->base_pfn & align_mask);
	if (bit + count > cma->count)
		bit = ~0ul;
	else
		bitmap_set(cma->bitmap, (unsigned int)bit, (unsigned int)count);
	quire_unlock(&cma->lock);
	return bit;
}

static void release_bits(struct cma *cma, unsigned long bit, unsigned long count)
{
	quire_lock(&cma->lock);
	bitmap_clear(cma->bitmap, (unsigned int)bit, (unsigned int)count);
	quire_unlock(&cma->lock);
}

/* Did cma_alloc() give all of these? Movable pages have others of the area (theory, 3). */
static bool bits_set(struct cma *cma, unsigned long bit, unsigned long count)
{
	bool all;

	quire_lock(&cma->lock);
	all = find_next_zero_bit(cma->bitmap, bit + count, bit) >= bit + count;
	quire_unlock(&cma->lock);
	return all;
}

static void count_result(struct cma *cma, bool success, unsigned long busy)
{
	quire_lock(&cma->lock);
	cma->allocs++;
	cma->failures += !success;
	cma->busy += busy;
	quire_unlock(&cma->lock);
	count_vm_events(success ? CMA_ALLOC_SUCCESS : CMA_ALLOC_FAIL, 1);
}

static void say_failed(const struct cma *cma, unsigned long count, unsigned long tried,
		       const struct quire_contig_busy *busy)
{
	quire_report(NULL, QUIRE_ERR,
		     "cma: cma_alloc: %s: alloc failed, req-size: %lu pages, ret: %d\n", cma->name,
		     count, tried ? -EBUSY : -ENOMEM);
	if (tried)
		quire_report(NULL, QUIRE_ERR,
			     "cma: %s: %lu ranges had pages that could not be moved; the last: pfn "
			     "0x%lx: %s\n",
			     cma->name, tried, busy->pfn, busy->why);
	else
		quire_report(NULL, QUIRE_ERR, "cma: %s: no aligned run of that length is left\n",
			     cma->name);
}

struct page *cma_alloc(struct cma *cma, unsigned long count, unsigned int align, bool no_warn)
{
	const unsigned long mask = align < 63 ? (1ul << align) - 1 : ~0ul >> 1;
	struct quire_contig_busy busy = { 0, "" };
	unsigned long bit = ~0ul, start = 0, tried = 0;
	struct page *page;

	if (!cma || !count)
		return NULL;
	while (count <= cma->count) {
		unsigned long pfn;

		bit = claim_bits(cma, start, count, mask);
		if (bit == ~0ul)
			break;
		pfn = cma->base_pfn + bit;
		if (!try_contig_range(pfn, pfn + count, MIGRATE_CMA, GFP_KERNEL, &busy))
			break;
		release_bits(cma, bit, count);
		tried++;
		start = bit + mask + 1;
		bit = ~0ul;
	}
	count_result(cma, bit != ~0ul, tried);
	if (bit != ~0ul) {
		page = cma->ps->mem_map + cma->base_pfn + bit;
		QUIRE_DEBUG_ASSERT(page_ref_count(page) == 1 && !PageBuddy(page),
				   "A3: a frame just taken is on a free list");
		return page;
	}
	if (!no_warn)
		say_failed(cma, count, tried, &busy);
	return NULL;
}

bool cma_release(struct cma *cma, const struct page *pages, unsigned long count)
{
	unsigned long pfn;

	if (!cma || !pages)
		return false;
	pfn = ps_pfn(cma->ps, pages);
	if (pfn < cma->base_pfn || pfn >= cma->base_pfn + cma->count ||
	    count > cma->base_pfn + cma->count - pfn)
		return false;
	if (!bits_set(cma, pfn - cma->base_pfn, count)) {
		report_misuse(
			cma->ps,
			"cma_release: %s: pfn 0x%lx, %lu pages: not all of them are allocated",
			cma->name, pfn, count);
		return false;
	}
	free_contig_range(pfn, count);
	release_bits(cma, pfn - cma->base_pfn, count);
	return true;
}

/* --- questions --------------------------------------------------------------------------- */

phys_addr_t cma_get_base(const struct cma *cma)
{
	return (phys_addr_t)cma->base_pfn << cma->ps->page_shift;
}

unsigned long cma_get_size(const struct cma *cma)
{
	return cma->count << cma->ps->page_shift;
}

const char *cma_get_name(const struct cma *cma)
{
	return cma->name;
}

int cma_for_each_area(int (*it)(struct cma *cma, void *data), void *data)
{
	const struct page_state *ps = this_page_state();
	struct cma *cma;
	int ret = 0;

	for (cma = ps->cma ? ps->cma->first : NULL; cma && !ret; cma = cma->next)
		ret = it(cma, data);
	return ret;
}

struct cma *quire_cma_find(struct quire_machine *machine, const char *name)
{
	const struct page_state *ps = machine->page;
	struct cma *cma = ps->cma ? ps->cma->first : NULL;

	while (cma && strcmp(cma->name, name))
		cma = cma->next;
	return cma;
}

void quire_cma_stats(struct cma *cma, struct quire_cma_stats *stats)
{
	unsigned long bit, end;

	quire_lock(&cma->lock);
	*stats = (struct quire_cma_stats){
		.pages = cma->count,
		.allocs = cma->allocs,
		.failures = cma->failures,
		.busy = cma->busy,
		.used_pages = bitmap_weight(cma->bitmap, (unsigned int)cma->count),
	};
	for (bit = find_first_zero_bit(cma->bitmap, cma->count); bit < cma->count;
	     bit = find_next_zero_bit(cma->bitmap, cma->count, end)) {
		end = find_next_bit(cma->bitmap, cma->count, bit);
		stats->largest_free = max(stats->largest_free, end - bit);
	}
	quire_unlock(&cma->lock);
}
