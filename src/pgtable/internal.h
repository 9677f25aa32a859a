/* SPDX-License-Identifier: MIT */
/*
 * pgtable/internal.h - what the files of this room share.
 *
 *	table.c		tables: made, hung in, found, split, freed
 *	walk.c		many entries at once
 *	gather.c	taking down: pages and tables wait for the flush
 *	window.c	the same addresses on the host
 *
 * struct page of a table: page_type QUIRE_PAGE_TABLE, index its level, priv its lock (levels 0
 * and 1), lru its place among tables that wait to be freed.
 *
 * Invariants
 *   T1  an entry that points to a table is the only one that does.
 *   T2  a table that waits to be freed hangs nowhere, and no CPU's pt_cache names it under an id
 *       that a quire_pgtable still has.
 *
 * Lock order: a table's lock or quire_pgtable.lock, then the page allocator's locks. Of two
 * tables the higher one first.
 */
#ifndef QUIRE_PGTABLE_INTERNAL_H
#define QUIRE_PGTABLE_INTERNAL_H

#include <quire/list.h>
#include <quire/window.h>

/** pt_below() - the table that entry @e points to. */
static inline pte_t *pt_below(const struct quire_mmu_format *f, pte_t e)
{
	return (pte_t *)(quire_this_cpu->linear + (e.pte & f->pfn_mask));
}

/** pt_new_id() - forgets what CPUs have cached of @pt; before tables that were cached are freed. */
void pt_new_id(struct quire_pgtable *pt);

/** window_flush() - what the host still maps of [@start, @end) of @pt goes. Context: any. */
void window_flush(struct quire_window *w, const struct quire_pgtable *pt, unsigned long start,
		  unsigned long end);

#endif /* QUIRE_PGTABLE_INTERNAL_H */
