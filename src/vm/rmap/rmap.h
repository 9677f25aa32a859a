/* SPDX-License-Identifier: MIT */
/*
 * rmap/rmap.h - from a page back to the page tables that map it.
 *
 *	page -> anon_vma -> interval tree of chains -> VMAs -> address
 *	page -> address_space -> interval tree of VMAs -> address
 *
 * 1. An anon_vma stands for "the VMAs that may map the anonymous pages made here". A VMA gets
 *    one at its first anonymous fault. A fork links the child's VMA to all anon_vmas of the
 *    parent's, and gives it one of its own for pages made after the fork.
 * 2. An anon_vma_chain is one link between a VMA and an anon_vma: in the VMA's list
 *    (same_vma) and in the anon_vma's interval tree (shared.rb), by page offset.
 * 3. All anon_vmas of one family share the lock of their root.
 *
 *	vma (parent) --avc-- anon_vma A (root)         pages from before the fork
 *	    vma (child) --avc--/  \--avc-- anon_vma B  pages the child made itself
 *
 * Invariants
 *   R1  num_children counts the anon_vmas whose parent this one is; a root is its own.
 *   R2  num_active_vmas counts the VMAs whose anon_vma pointer is this one. An anon_vma with
 *       none and fewer than two children is given to the next forked VMA, so that chains of
 *       forks do not grow without end.
 *   R3  refcount: 1 for its VMAs, and on a root 1 for each of the family.
 *
 * Lock order: mmap_lock, i_mmap_lock, anon_vma root lock, page-table locks.
 * Source: Linux 6.1 mm/rmap.c (behaviour); R. van Riel, "anon_vma chains" (2010).
 */
#ifndef QUIRE_VM_RMAP_H
#define QUIRE_VM_RMAP_H

#include "vm/internal.h"
#include "vm/page_state.h"

struct anon_vma {
	struct anon_vma *root;
	struct quire_lock lock; /* of a root: for the family */
	atomic_t refcount;
	unsigned long num_children;
	unsigned long num_active_vmas;
	struct anon_vma *parent;
	struct rb_root_cached rb_root;
};

struct anon_vma_chain {
	struct vm_area_struct *vma;
	struct anon_vma *anon_vma;
	struct list_head same_vma;
	struct {
		struct rb_node rb;
		unsigned long rb_subtree_last;
	} shared;
};

/** anon_vma_ctor() - of the cache of anon_vmas, whose memory outlives them by a grace period: the
 * lock is made once, as a late walker may take it of one that is gone. */
void anon_vma_ctor(void *object);

/* --- interval.c: trees by page offset --- */
void file_interval_insert(struct vm_area_struct *vma, struct rb_root_cached *root);
void file_interval_remove(struct vm_area_struct *vma, struct rb_root_cached *root);
struct vm_area_struct *file_interval_first(struct rb_root_cached *root, unsigned long first,
					   unsigned long last);
struct vm_area_struct *file_interval_next(struct vm_area_struct *vma, unsigned long first,
					  unsigned long last);
void anon_interval_insert(struct anon_vma_chain *avc, struct rb_root_cached *root);
void anon_interval_remove(struct anon_vma_chain *avc, struct rb_root_cached *root);
struct anon_vma_chain *anon_interval_first(struct rb_root_cached *root, unsigned long first,
					   unsigned long last);
struct anon_vma_chain *anon_interval_next(struct anon_vma_chain *avc, unsigned long first,
					  unsigned long last);

/* --- count.c: page tables that map a page. Context: the page-table lock. --- */

/** page_add_new_anon_rmap() - a fresh page nobody else knows gets its first mapping, up to date and
 * exclusive.
 * @index: its offset in @vma; @huge: all of a compound page by one entry */
void page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, pgoff_t index,
			    bool huge);
/** FRESH_ANON - flags of a fresh anonymous page. */
#define FRESH_ANON (1ul << PG_uptodate | 1ul << PG_swapbacked | 1ul << PG_anon_exclusive)
/** page_set_anon() - @page, which nobody else can find, is @vma's at offset @index. */
static inline void page_set_anon(struct page *page, const struct vm_area_struct *vma, pgoff_t index)
{
	WRITE_ONCE(page->mapping,
		   (struct address_space *)((unsigned long)vma->anon_vma | PAGE_MAPPING_ANON));
	page->index = index;
}
/** page_move_anon_rmap() - @page, sole owner @vma, is @vma's anon_vma's from now on. Locked. */
void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma);
/** page_try_dup_anon_rmap() - one more mapping of an anonymous page (fork), no longer exclusive.
 * Return: false: pinned, the child needs a copy now. */
bool page_try_dup_anon_rmap(struct page *page, bool huge);
/** page_add_file_rmap() - one more mapping of a file page. */
void page_add_file_rmap(struct page *page);
/** page_remove_rmap() - one mapping less. */
void page_remove_rmap(struct page *page, bool huge);
/** page_rmap_split_huge() - the entry of a huge page became entries of each of its pages. */
void page_rmap_split_huge(struct page *head, unsigned int nr, bool exclusive);

#define GUP_PIN_COUNTING_BIAS 1024

/* --- walk.c --- */

/**
 * struct rmap_walk - who maps a page.
 * @one: called for each VMA that may map it, with the address where it would. Return: go on?
 */
struct rmap_walk {
	bool (*one)(struct rmap_walk *w, struct page *page, struct vm_area_struct *vma,
		    unsigned long address);
	void *arg;
};
/** rmap_walk() - Context: @page is referenced and locked. Takes the tree's lock. O(VMAs). */
void rmap_walk(struct page *page, struct rmap_walk *w);
/** page_address_in_vma() - where @vma would map @page; -EFAULT: nowhere. */
unsigned long page_address_in_vma(struct page *page, struct vm_area_struct *vma);

#endif /* QUIRE_VM_RMAP_H */
