/* SPDX-License-Identifier: MIT */
/*
 * cache/cache.h - pages of files in memory.
 *
 *	file -> inode -> address_space -> i_pages (XArray) -> page
 *	                              -> i_mmap (VMAs)
 *
 * 1. i_pages holds one reference to each page. A page enters and leaves it locked and under
 *    xa_lock; page->mapping and page->index say where it stands, and mapping is NULL again once
 *    it has left.
 * 2. Readers take no lock. The reference of i_pages is dropped a grace period after the page
 *    has left, so whoever found the page inside an RCU section can take a reference of his
 *    own without looking at the count: it is not zero before the section ends. (Linux takes
 *    references speculatively instead, and pays a locked instruction at every last put.)
 *    Who needs to know that the page is still the file's locks it and looks at page->mapping.
 * 3. Pages that leave together wait together: they are chained by memcg_data, and the first
 *    one's words index and priv are the callback's head.
 * 4. Truncation unmaps, removes, and unmaps again. A fault looks into i_pages while it
 *    holds the page-table lock, so it either finds nothing or is undone by the second pass.
 *
 * Invariants
 *   C1  nrpages = entries of i_pages = pages whose mapping is this one.
 *   C2  A page in i_pages is up to date, or locked by who reads it in.
 *
 * Lock order: page lock > i_mmap_lock > page-table locks > xa_lock > slab's.
 * Source: Linux 6.1 mm/filemap.c, mm/truncate.c, fs/ramfs, mm/shmem.c (behaviour).
 */
#ifndef QUIRE_VM_CACHE_H
#define QUIRE_VM_CACHE_H

#include <quire/fs.h>

#include "vm/internal.h"
#include "vm/page_state.h"

/* --- pages.c --- */

/** find_lock_page() - the cached page of @index, referenced and locked; NULL: none. */
struct page *find_lock_page(struct address_space *mapping, pgoff_t index);
/**
 * cache_get_page() - the page of @index, read in if it was not there: referenced, locked, up to
 * date.
 * @major: (may be NULL) set when the page had to be read by the file's fill function, or belongs
 *	to a file that stands for one on a disk
 * Return: 0, -ENOMEM, or what fill returned. May sleep.
 */
int cache_get_page(struct inode *inode, pgoff_t index, struct page **page, bool *major);
/** truncate_inode_pages() - the pages of [@start, @end] leave the cache. Context: unmapped. */
void truncate_inode_pages(struct address_space *mapping, pgoff_t start, pgoff_t end);
/** set_page_dirty() - Return: it was clean. */
bool set_page_dirty(struct page *page);

/* --- ops.c: what VMAs of files do at a fault --- */
extern const struct vm_operations_struct memfs_vm_ops, shmem_vm_ops;
/* file.c: of a driver's file: a touch is SIGBUS, unless ->mmap() sets others. */
extern const struct vm_operations_struct device_vm_ops;

static inline pgoff_t inode_pages(const struct inode *inode)
{
	const unsigned int shift = quire_this_cpu->page_shift;

	return (pgoff_t)((READ_ONCE(inode->i_size) + (1ull << shift) - 1) >> shift);
}

#endif /* QUIRE_VM_CACHE_H */
