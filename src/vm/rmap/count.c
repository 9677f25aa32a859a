/* SPDX-License-Identifier: MIT */
/*
 * rmap/count.c - how many page tables map a page, and what is counted when that changes.
 *
 * 1. _mapcount of a page: entries of level 0 that map it, minus one. compound_mapcount, in the
 *    first tail: entries of a higher level that map all of a huge page, minus one.
 * 2. A page is counted in NR_ANON_MAPPED or NR_FILE_MAPPED while at least one entry of
 *    either kind maps it; a huge page mapped as one also in NR_ANON_THPS.
 * 3. While a huge page is mapped as one by some and piecewise by others, each of its pages has
 *    one mapping more than entries (PG_double_map of the first tail): so the removal of a
 *    piecewise mapping does not take a page for unmapped that is still mapped as part of the
 *    whole. The mark goes with the last mapping of the whole.
 * 4. An exclusive page has one mapping, and only whoever holds its page table's lock can give it
 *    another: its counts change by plain stores.
 *
 * Source: Linux 6.1 mm/rmap.c (behaviour).
 */
#include <quire/atomic.h>
#include <quire/vmstat.h>

#include "vm/lru.h"
#include "vm/rmap/rmap.h"

static void count_mapped(struct page *page, enum node_stat_item item, long n)
{
	mod_node_page_state(page_pgdat(page), item, n);
}

void page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, pgoff_t index, bool huge)
{
	page_flags_set_private(page, FRESH_ANON);
	if (huge) {
		long nr = 1l << compound_order(page);

		WRITE_ONCE(compound_mapcount_ptr(page)->counter, 0);
		count_mapped(page, NR_ANON_THPS, nr);
		count_mapped(page, NR_ANON_MAPPED, nr);
	} else {
		WRITE_ONCE(page->_mapcount.counter, 0);
		count_mapped(page, NR_ANON_MAPPED, 1);
	}
	page_set_anon(page, vma, index);
}

void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma)
{
	struct page *head = compound_head(page);

	WRITE_ONCE(head->mapping,
		   (struct address_space *)((unsigned long)vma->anon_vma | PAGE_MAPPING_ANON));
	page_flag_set(page, PG_anon_exclusive);
}

/* May somebody have pinned it? */
static bool page_maybe_dma_pinned(struct page *page)
{
	return page_count(page) >= GUP_PIN_COUNTING_BIAS;
}

bool page_try_dup_anon_rmap(struct page *page, bool huge)
{
	atomic_t *count = huge ? compound_mapcount_ptr(page) : &page->_mapcount;

	if (!PageAnonExclusive(page)) {
		atomic_inc(count);
		return true;
	}
	if (unlikely(page_maybe_dma_pinned(page)))
		return false;
	page_flag_clear(page, PG_anon_exclusive);
	WRITE_ONCE(count->counter, READ_ONCE(count->counter) + 1); /* point 4 */
	return true;
}

void page_add_file_rmap(struct page *page)
{
	if (atomic_inc_and_test(&page->_mapcount))
		count_mapped(page, NR_FILE_MAPPED, 1);
}

/* All of a huge page lost one mapping. */
static void remove_huge(struct page *head)
{
	unsigned int i, nr = 1u << compound_order(head), gone = nr;

	if (!atomic_add_negative(-1, compound_mapcount_ptr(head)))
		return;
	count_mapped(head, NR_ANON_THPS, -(long)nr);
	if (page_flag_clear(head + 1, PG_double_map))
		for (i = 0, gone = 0; i < nr; i++)
			gone += atomic_add_negative(-1, &head[i]._mapcount);
	if (gone)
		count_mapped(head, NR_ANON_MAPPED, -(long)gone);
}

void page_remove_rmap(struct page *page, bool huge)
{
	if (huge)
		remove_huge(page);
	else if (atomic_add_negative(-1, &page->_mapcount))
		count_mapped(page, PageAnon(page) ? NR_ANON_MAPPED : NR_FILE_MAPPED, -1);
}

void page_rmap_split_huge(struct page *head, unsigned int nr, bool exclusive)
{
	unsigned int i;

	if (READ_ONCE(compound_mapcount_ptr(head)->counter) > 0 &&
	    !page_flag_set(head + 1, PG_double_map))
		for (i = 0; i < nr; i++)
			atomic_inc(&head[i]._mapcount);
	for (i = 0; i < nr; i++) {
		if (exclusive)
			page_flag_set(head + i, PG_anon_exclusive);
		atomic_inc(&head[i]._mapcount);
	}
	if (!atomic_add_negative(-1, compound_mapcount_ptr(head)))
		return;
	count_mapped(head, NR_ANON_THPS, -(long)nr);
	if (page_flag_clear(head + 1, PG_double_map))
		for (i = 0; i < nr; i++)
			atomic_dec(&head[i]._mapcount);
}
