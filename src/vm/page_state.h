/* SPDX-License-Identifier: MIT */
/*
 * vm/page_state.h - what the flags, mapping and counts of a user's or a file's page say.
 *
 * 1. page->mapping of an anonymous page is its anon_vma with bit 0 set, of a file page the
 *    address_space; only the head of a compound page has one.
 * 2. page->index: the offset in the file, or of an anonymous page in its VMA (vm_pgoff + pages
 *    from vm_start), in pages.
 * 3. An anonymous page is *exclusive* when exactly one page table maps it and nobody but that
 *    address space may have taken a reference to write through: it may be written in place.
 *    Fork takes the mark away. The bit is PG_mappedtodisk's, as in Linux; each tail page of a
 *    huge page has its own.
 * 4. Flags of a page that others can find change atomically; of a page that nobody else has
 *    seen yet, or has any more, by plain stores.
 *
 * Source: Linux 6.1 include/linux/page-flags.h (names, meanings).
 */
#ifndef QUIRE_VM_PAGE_STATE_H
#define QUIRE_VM_PAGE_STATE_H

#include <quire/highmem.h>
#include <quire/mm.h>
#include <quire/spinlock.h>

#define PAGE_MAPPING_ANON 1ul
#define PG_anon_exclusive PG_mappedtodisk
#define PG_double_map	  PG_workingset /* of the first tail page: see rmap/huge.c */

/** page_flag() - is flag @nr of @page itself set? */
static inline bool page_flag(const struct page *page, unsigned int nr)
{
	return READ_ONCE(page->flags) >> nr & 1;
}
/** page_flag_set(), page_flag_clear() - atomically; return: was it set before? */
static inline bool page_flag_set(struct page *page, unsigned int nr)
{
	return __atomic_fetch_or(&page->flags, 1ul << nr, __ATOMIC_ACQ_REL) >> nr & 1;
}
static inline bool page_flag_clear(struct page *page, unsigned int nr)
{
	return __atomic_fetch_and(&page->flags, ~(1ul << nr), __ATOMIC_ACQ_REL) >> nr & 1;
}
/** page_flags_set_private() - several at once, of a page that nobody else can find. */
static inline void page_flags_set_private(struct page *page, unsigned long mask)
{
	WRITE_ONCE(page->flags, READ_ONCE(page->flags) | mask);
}

/** page_uptodate() - is @page read in? Then its contents may be looked at without its lock. */
static inline bool page_uptodate(const struct page *page)
{
	return __atomic_load_n(&page->flags, __ATOMIC_ACQUIRE) >> PG_uptodate & 1;
}

/** trylock_page(), unlock_page() - the lock of a page's identity: mapping, index, exclusivity. A
 * compound page has one, its head's. */
static inline bool trylock_page(struct page *page)
{
	return !page_flag_set(compound_head(page), PG_locked);
}
static inline void unlock_page(struct page *page)
{
	page_flag_clear(compound_head(page), PG_locked);
}
/** lock_page() - spins by the port's relax hook. Context: no spin lock held. */
static inline void lock_page(struct page *page)
{
	unsigned int turns = 0;

	while (!trylock_page(page))
		quire_relax(turns++);
}

static inline bool PageAnon(struct page *page)
{
	return (unsigned long)READ_ONCE(compound_head(page)->mapping) & PAGE_MAPPING_ANON;
}
static inline bool PageAnonExclusive(const struct page *page)
{
	return page_flag(page, PG_anon_exclusive);
}

/** page_sole() - is the caller's the only reference to the compound page of @page? What others did
 * with theirs is over then. */
static inline bool page_sole(struct page *page)
{
	return __atomic_load_n(&compound_head(page)->_refcount.counter, __ATOMIC_ACQUIRE) == 1;
}

/** page_mapped_offset() - page->index of any page, tails of huge pages included. */
static inline pgoff_t page_mapped_offset(struct page *page)
{
	struct page *head = compound_head(page);

	return head->index + (pgoff_t)(page - head);
}

/** compound_mapcount_ptr() - page tables that map all of the huge page at once, minus one. */
static inline atomic_t *compound_mapcount_ptr(struct page *head)
{
	return &head[1].compound_mapcount;
}

/** page_mapcount() - page tables that map @page, singly or as part of a huge page. */
static inline int page_mapcount(struct page *page)
{
	int n = READ_ONCE(page->_mapcount.counter) + 1;
	struct page *head = compound_head(page);

	if (likely(!PageHead(head)))
		return n;
	if (page_flag(head + 1, PG_double_map))
		n--;
	return n + READ_ONCE(compound_mapcount_ptr(head)->counter) + 1;
}

/** page_mapped() - does any page table map any part of @page's compound page? O(1), O(parts) for
 * a huge page. */
static inline bool page_mapped(struct page *page)
{
	struct page *head = compound_head(page);
	unsigned int i, nr = 1u << compound_order(head);

	if (nr > 1 && READ_ONCE(compound_mapcount_ptr(head)->counter) >= 0)
		return true;
	for (i = 0; i < nr; i++)
		if (READ_ONCE(head[i]._mapcount.counter) >= 0)
			return true;
	return false;
}

/** page_pgdat() - the node that counts @page. */
static inline struct pglist_data *page_pgdat(const struct page *page)
{
	return quire_pgdat(quire_this_cpu->machine, (unsigned int)page_to_nid(page));
}

#endif /* QUIRE_VM_PAGE_STATE_H */
