/* SPDX-License-Identifier: MIT */
/*
 * fault/fork.c - the tables of a child: the same pages, nobody's to write.
 *
 * 1. Only what cannot be faulted in again is copied: private pages. A mapping of a file in
 *    which nothing private was made stays empty.
 * 2. In a mapping that copies on write both entries lose their write permission, and the page
 *    its exclusivity. The child's entries are old: nobody has used them.
 * 3. A page that may be pinned stays the parent's alone, or who pinned it would see another
 *    page than the parent: the child gets a copy at once. The copy's page is made outside the
 *    locks.
 * 4. The parent's TLBs are flushed once for the whole range.
 *
 * Source: Linux 6.1 copy_page_range() (behaviour).
 */
#include <quire/errno.h>

#include "vm/fault/fault.h"
#include "vm/lru.h"
#include "vm/rmap/rmap.h"

#define FORK_PREFETCH 6

/**
 * struct fork_walk - one copy.
 * @cow: both sides become read-only
 * @flush: some entry of the parent did
 * @spare: a page for a copy (point 3), or NULL
 */
struct fork_walk {
	struct quire_pt_walk w;
	struct vm_area_struct *dst, *src;
	const struct quire_mmu_format *f;
	bool cow, flush;
	struct page *spare;
};

/* The parent's entry loses its write permission; what hardware notes meanwhile is kept. */
static pte_t wrprotect_entry(struct fork_walk *c, pte_t *p, pte_t e)
{
	pte_t now = pte_wrprotect(c->f, e);

	while (!__atomic_compare_exchange_n(&p->pte, &e.pte, now.pte, false, __ATOMIC_ACQ_REL,
					    __ATOMIC_RELAXED))
		now = pte_wrprotect(c->f, e);
	c->flush = true;
	return now;
}

/* Point 3. Return: false: a spare page is needed first. */
static bool copy_pinned(struct fork_walk *c, pte_t *to, struct page *page, unsigned long addr,
			int rss[NR_MM_COUNTERS])
{
	struct page *fresh = c->spare;

	if (!fresh)
		return false;
	if (page_copy(fresh, page))
		return false;
	c->spare = NULL;
	add_fresh_anon(fresh, c->dst, vma_offset_of(c->dst, addr));
	rss[MM_ANONPAGES]++;
	quire_set_pte(to, pte_may_write(c->f, vma_fresh_pte(c->dst, fresh), c->dst));
	return true;
}

/* One present entry. Return: false: a spare page is needed first. Context: both tables' locks. */
static inline bool copy_one(struct fork_walk *c, pte_t *to, pte_t *from, pte_t e,
			    unsigned long addr, int rss[NR_MM_COUNTERS])
{
	struct page *page = vm_normal_page(c->f, e);

	if (likely(page)) {
		if (likely(PageAnon(page))) {
			if (unlikely(!page_try_dup_anon_rmap(page, false)))
				return copy_pinned(c, to, page, addr, rss);
			rss[MM_ANONPAGES]++;
		} else {
			atomic_inc(&page->_mapcount);
			rss[page_rss_member(page)]++;
		}
		atomic_inc(&compound_head(page)->_refcount);
	}
	if (c->cow && PTE_IS(c->f, e, write))
		e = wrprotect_entry(c, from, e);
	if (c->src->vm_flags & VM_SHARED)
		e.pte = quire_mmu_mkclean(c->f, e.pte);
	quire_set_pte(to, PTE_WITHOUT(c->f, e, accessed));
	return true;
}

/* Entries from @i on. Return: how many are done; fewer than @n: a spare page is needed. */
static unsigned long copy_run(struct fork_walk *c, pte_t *to, pte_t *from, unsigned long addr,
			      unsigned long i, unsigned long n, int rss[NR_MM_COUNTERS])
{
	for (; i < n; i++) {
		pte_t e = quire_pte_get(from + i);

		if (pte_none(e) || unlikely(!quire_pte_present(c->f, e)))
			continue;
		if (i + FORK_PREFETCH < n)
			__builtin_prefetch(pfn_to_page(quire_pte_pfn(
						   c->f, quire_pte_get(from + i + FORK_PREFETCH))),
					   1);
		if (!copy_one(c, to + i, from + i, e, addr + (i << c->f->shift[0]), rss))
			break;
	}
	return i;
}

static int copy_table(struct fork_walk *c, pte_t *from, unsigned long addr, unsigned long n)
{
	struct quire_pgtable *dpt = &c->dst->vm_mm->pgtable, *spt = &c->src->vm_mm->pgtable;
	pte_t *to = quire_pt_make(dpt, addr, 0, GFP_KERNEL);
	spinlock_t *dl, *sl = quire_pt_lockptr(spt, from, 0);
	unsigned long done = 0;

	if (!to)
		return -ENOMEM;
	dl = quire_pt_lockptr(dpt, to, 0);
	for (;;) {
		int rss[NR_MM_COUNTERS] = { 0 };

		spin_lock(dl);
		spin_lock(sl);
		done = copy_run(c, to, from, addr, done, n, rss);
		spin_unlock(sl);
		mm_count_vec(c->dst->vm_mm, rss, false);
		spin_unlock(dl);
		if (done == n)
			return 0;
		if (c->spare)
			return -ENOMEM; /* it could not be reached */
		c->spare = alloc_page(GFP_HIGHUSER_MOVABLE);
		if (!c->spare)
			return -ENOMEM;
	}
}

static int copy_huge(struct fork_walk *c, pte_t *from, unsigned long addr)
{
	struct quire_pgtable *dpt = &c->dst->vm_mm->pgtable, *spt = &c->src->vm_mm->pgtable;
	pte_t *to = quire_pt_make(dpt, addr, 1, GFP_KERNEL), e;
	struct page *table = to ? quire_pt_table_alloc(dpt, 0, GFP_KERNEL) : NULL, *page;
	spinlock_t *sl = quire_pt_lockptr(spt, from, 1);

	if (!table)
		return -ENOMEM;
	spin_lock(sl);
	e = quire_pte_get(from);
	if (pte_none(e) || quire_pte_table(c->f, e)) {
		spin_unlock(sl);
		quire_pt_table_free(dpt, table, 0);
		return QUIRE_PT_AGAIN;
	}
	page = pfn_to_page(quire_pte_pfn(c->f, e));
	if (!is_huge_zero(c->f, e)) {
		if (!page_try_dup_anon_rmap(page, true)) {
			spin_unlock(sl);
			quire_pt_table_free(dpt, table, 0);
			split_huge_entry(c->src, from, addr);
			return QUIRE_PT_AGAIN;
		}
		atomic_inc(&page->_refcount);
		mm_count(c->dst->vm_mm, MM_ANONPAGES, 1l << compound_order(page));
	}
	e = wrprotect_entry(c, from, e);
	thp_deposit(c->dst->vm_mm, table);
	quire_set_pte(to, PTE_WITHOUT(c->f, e, accessed));
	spin_unlock(sl);
	return 0;
}

static int copy_entries(struct quire_pt_walk *w, pte_t *p, unsigned long addr, unsigned long n,
			unsigned int level)
{
	struct fork_walk *c = w->priv;

	return unlikely(level) ? copy_huge(c, p, addr) : copy_table(c, p, addr, n);
}

int copy_page_range(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	struct fork_walk c = {
		.w = { .entries = copy_entries },
		.dst = dst,
		.src = src,
		.f = vma_format(src),
		.cow = vma_is_cow(src),
	};
	int ret;

	if (!(src->vm_flags & (VM_PFNMAP | VM_MIXEDMAP)) && !src->anon_vma)
		return 0; /* point 1 */
	c.w.priv = &c;
	ret = quire_pt_walk_range(&src->vm_mm->pgtable, src->vm_start, src->vm_end, &c.w);
	if (c.flush)
		flush_tlb_pt_range(&src->vm_mm->pgtable, src->vm_start, src->vm_end);
	if (c.spare)
		put_page(c.spare);
	return ret;
}
