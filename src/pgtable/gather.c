/* SPDX-License-Identifier: MIT */
/*
 * gather.c - taking down: pages and tables wait until the TLBs have heard.
 *
 * 1. Who clears an entry says which addresses it covered; who drops a page hands it over. When
 *    the array of pages is full, or at the end, one flush covers all that was gathered, and
 *    only then pages and tables go back to the page allocator, in one call.
 * 2. A table may go when the addresses it serves, all of them, lie between the neighbours of what
 *    is taken down: not below floor, not above ceiling.
 * 3. Tables that wait hang together by their page's lru.
 *
 * Source: the rules of Linux 6.1 (mm/mmu_gather.c, mm/memory.c); the recursion is ours.
 */
#include "base/assert.h"
#include "pgtable/internal.h"

/* --- gathering ---------------------------------------------------------------------- */

static void begin_range(struct mmu_gather *tlb)
{
	tlb->start = ~0ul;
	tlb->end = 0;
	tlb->freed_tables = false;
}

void tlb_gather_mmu(struct mmu_gather *tlb, struct quire_pgtable *pt)
{
	tlb->pt = pt;
	tlb->fullmm = tlb->flushed = false;
	tlb->nr = 0;
	INIT_LIST_HEAD(&tlb->tables);
	begin_range(tlb);
}

void tlb_gather_mmu_fullmm(struct mmu_gather *tlb, struct quire_pgtable *pt)
{
	tlb_gather_mmu(tlb, pt);
	tlb->fullmm = true;
}

static void flush(struct mmu_gather *tlb)
{
	if (tlb->fullmm) {
		if (!tlb->flushed)
			flush_tlb_pt_range(tlb->pt, 0, ~0ul);
		tlb->flushed = true;
	} else if (tlb->end > tlb->start) {
		flush_tlb_pt_range(tlb->pt, tlb->start, tlb->end);
	}
	begin_range(tlb);
}

void tlb_flush_mmu(struct mmu_gather *tlb)
{
	struct page *table, *next;

	flush(tlb);
	if (tlb->nr)
		release_pages(tlb->pages, (int)tlb->nr);
	tlb->nr = 0;
	list_for_each_entry_safe (table, next, &tlb->tables, lru)
		quire_pt_table_free(tlb->pt, table, (unsigned int)table->index);
	INIT_LIST_HEAD(&tlb->tables);
}

void tlb_finish_mmu(struct mmu_gather *tlb)
{
	tlb_flush_mmu(tlb);
}

/* --- tables --------------------------------------------------------------------------- */

/* struct bounds - between which neighbours; both inclusive. */
struct bounds {
	unsigned long floor, roof;
};

/* The table below @p, which serves addresses from @base on, if all of them lie within bounds. */
static void take_off(struct mmu_gather *tlb, pte_t *p, unsigned int level, unsigned long base,
		     const struct bounds *b)
{
	struct quire_pgtable *pt = tlb->pt;
	unsigned long span = quire_pt_span(pt->format, level);
	spinlock_t *lock = quire_pt_lockptr(pt, p, level);
	struct page *table;

	if (base < b->floor || base + (span - 1) > b->roof)
		return;
	spin_lock(lock);
	table = quire_pt_table_of(pt_below(pt->format, quire_pte_xchg(p, (pte_t){ 0 })));
	spin_unlock(lock);
	list_add_tail(&table->lru, &tlb->tables);
	tlb->freed_tables = true;
	tlb_remove_entry(tlb, base, span);
}

/* The part from @first to @last of what @table serves. */
static void free_range(struct mmu_gather *tlb, pte_t *table, unsigned int level,
		       unsigned long first, unsigned long last, const struct bounds *b)
{
	const struct quire_mmu_format *f = tlb->pt->format;
	unsigned long span = quire_pt_span(f, level);
	unsigned long i = quire_pt_index(f, first, level), n = quire_pt_index(f, last, level);
	unsigned long base = first & ~(span - 1);

	for (; i <= n; i++, base += span) {
		pte_t e = quire_pte_get(table + i);

		if (!quire_pte_table(f, e))
			continue;
		if (level > 1)
			free_range(tlb, pt_below(f, e), level - 1, first > base ? first : base,
				   last < base + (span - 1) ? last : base + (span - 1), b);
		take_off(tlb, table + i, level, base, b);
	}
}

void free_pgd_range(struct mmu_gather *tlb, unsigned long addr, unsigned long end,
		    unsigned long floor, unsigned long ceiling)
{
	struct bounds b = { .floor = floor, .roof = ceiling - 1 };

	free_range(tlb, tlb->pt->root, tlb->pt->format->levels - 1u, addr, end - 1, &b);
	if (tlb->freed_tables)
		pt_new_id(tlb->pt); /* T2 */
}

/* --- flushing --------------------------------------------------------------------------- */

void flush_tlb_pt_range(struct quire_pgtable *pt, unsigned long start, unsigned long end)
{
	struct quire_window *w = READ_ONCE(pt->window);

	QUIRE_DEBUG_ASSERT(start < end, "flush_tlb_pt_range: an empty range");
	if (pt->tlb)
		quire_tlb_flush(quire_this_cpu->machine, pt->tlb, start, end);
	if (w)
		window_flush(w, pt, start, end);
}
