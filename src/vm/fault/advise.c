/* SPDX-License-Identifier: MIT */
/*
 * fault/advise.c - ranges looked at, locked, advised, faulted in.
 *
 * Source: Linux 6.1 mm/mincore.c, mm/mlock.c, mm/madvise.c, populate_vma_page_range() (behaviour).
 */
#include <quire/errno.h>

#include "vm/cache/cache.h"
#include "vm/fault/fault.h"
#include "vm/lru.h"
#include "vm/rmap/rmap.h"

#include "base/string.h"

/* --- mincore ---------------------------------------------------------------------------------- */

struct core_walk {
	struct quire_pt_walk w;
	struct vm_area_struct *vma;
	unsigned long start;
	unsigned char *vec;
};

/* Is the page of an empty entry in memory all the same? */
static bool cached(const struct vm_area_struct *vma, unsigned long addr)
{
	struct page *page;
	bool is;

	if (!vma->vm_file)
		return false;
	page = find_get_page(vma->vm_file->f_mapping, vma->vm_pgoff + ((addr - vma->vm_start) >>
								       quire_this_cpu->page_shift));
	if (!page)
		return false;
	is = page_flag(page, PG_uptodate);
	put_page(page);
	return is;
}

static int core_hole(struct quire_pt_walk *w, unsigned long addr, unsigned long end)
{
	struct core_walk *c = w->priv;

	for (; addr < end; addr += page_bytes())
		c->vec[(addr - c->start) >> quire_this_cpu->page_shift] = cached(c->vma, addr);
	return 0;
}

static int core_entries(struct quire_pt_walk *w, pte_t *p, unsigned long addr, unsigned long n,
			unsigned int level)
{
	struct core_walk *c = w->priv;
	unsigned char *vec = c->vec + ((addr - c->start) >> quire_this_cpu->page_shift);
	unsigned long i;

	if (level) {
		memset(vec, 1, (w->end - addr) >> quire_this_cpu->page_shift);
		return 0;
	}
	for (i = 0; i < n; i++) {
		pte_t e = quire_pte_get(p + i);

		vec[i] = pte_none(e) ? cached(c->vma, addr + i * page_bytes())
				     : quire_pte_present(vma_format(c->vma), e);
	}
	return 0;
}

void mincore_range(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		   unsigned char *vec)
{
	struct core_walk c = {
		.w = { .entries = core_entries, .hole = core_hole },
		.vma = vma,
		.start = start,
		.vec = vec,
	};

	c.w.priv = &c;
	quire_pt_walk_range(&vma->vm_mm->pgtable, start, end, &c.w);
}

/* --- mlock, MADV_FREE, MADV_COLD: something done to each page that is there ---------------------
 */

/** struct page_walk - @huge, @one: called for what is mapped, under the lock. */
struct page_walk {
	struct quire_pt_walk w;
	struct vm_area_struct *vma;
	void (*one)(struct page_walk *c, pte_t *p, struct page *page);
	bool split;   /* a huge page that is only partly in the range is split */
	bool whole;   /* @one is called for a huge page */
	bool lock;    /* mlock: or munlock */
	bool changed; /* some entry lost a bit: flush */
};

static int walk_huge(struct page_walk *c, pte_t *pmd, unsigned long addr)
{
	const struct quire_mmu_format *f = vma_format(c->vma);
	struct quire_pgtable *pt = &c->vma->vm_mm->pgtable;
	unsigned long span = quire_pt_span(f, 1);
	spinlock_t *ptl = quire_pt_lockptr(pt, pmd, 1);
	int ret = 0;
	pte_t e;

	if (c->split && (addr & (span - 1) || c->w.end - addr < span)) {
		split_huge_entry(c->vma, pmd, addr & ~(span - 1));
		return QUIRE_PT_AGAIN;
	}
	spin_lock(ptl);
	e = quire_pte_get(pmd);
	if (pte_none(e) || quire_pte_table(f, e))
		ret = QUIRE_PT_AGAIN;
	else if (!is_huge_zero(f, e)) {
		c->whole = true;
		c->one(c, pmd, pfn_to_page(quire_pte_pfn(f, e)));
		c->whole = false;
	}
	spin_unlock(ptl);
	return ret;
}

static int walk_entries(struct quire_pt_walk *w, pte_t *p, unsigned long addr, unsigned long n,
			unsigned int level)
{
	struct page_walk *c = w->priv;
	const struct quire_mmu_format *f = vma_format(c->vma);
	spinlock_t *ptl;
	unsigned long i;

	if (level)
		return walk_huge(c, p, addr);
	ptl = quire_pt_lockptr(&c->vma->vm_mm->pgtable, p, 0);
	spin_lock(ptl);
	for (i = 0; i < n; i++) {
		pte_t e = quire_pte_get(p + i);
		struct page *page = quire_pte_present(f, e) ? vm_normal_page(f, e) : NULL;

		if (page)
			c->one(c, p + i, page);
	}
	spin_unlock(ptl);
	return 0;
}

static void walk_pages(struct page_walk *c, unsigned long start, unsigned long end)
{
	struct quire_pgtable *pt = &c->vma->vm_mm->pgtable;

	c->w.entries = walk_entries;
	c->w.priv = c;
	quire_pt_walk_range(pt, start, end, &c->w);
	if (c->changed)
		flush_tlb_pt_range(pt, start, end);
}

static void mlock_one(struct page_walk *c, pte_t *p, struct page *page)
{
	(void)p;
	if (!c->whole && !mlock_counts(page))
		return;
	if (c->lock)
		mlock_page(page);
	else
		munlock_page(page);
}

void mlock_range(struct vm_area_struct *vma, unsigned long start, unsigned long end, bool lock)
{
	struct page_walk c = { .vma = vma, .one = mlock_one, .lock = lock };

	lru_add_drain();
	walk_pages(&c, start, end);
}

/* Flags and lists are those of a huge page as a whole: nothing can be said of a piece alone. */
static bool is_piece(const struct page_walk *c, const struct page *page)
{
	return !c->whole && PageCompound(page);
}

/* The entry is clean and old, and the page may be dropped unless it is written again. */
static void free_one(struct page_walk *c, pte_t *p, struct page *page)
{
	const struct quire_mmu_format *f = vma_format(c->vma);
	pte_t e;

	if (!PageAnon(page) || page_mapcount(page) != 1 || is_piece(c, page))
		return;
	page_flag_clear(compound_head(page), PG_dirty);
	e = quire_pte_get(p);
	if (PTE_IS(f, e, accessed) || pte_dirty(f, e)) {
		e = quire_pte_xchg(p, (pte_t){ 0 });
		e.pte = quire_mmu_mkclean(f, e.pte);
		quire_set_pte(p, PTE_WITHOUT(f, e, accessed));
		c->changed = true;
	}
	mark_page_lazyfree(page);
}

int madvise_free_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct page_walk c = { .vma = vma, .one = free_one, .split = true };

	if (!vma_is_anonymous(vma))
		return -EINVAL;
	lru_add_drain();
	walk_pages(&c, start, end);
	return 0;
}

static void cold_one(struct page_walk *c, pte_t *p, struct page *page)
{
	const struct quire_mmu_format *f = vma_format(c->vma);
	pte_t e = quire_pte_get(p);

	if (page_mapcount(page) != 1 || is_piece(c, page))
		return;
	if (PTE_IS(f, e, accessed)) {
		e = quire_pte_xchg(p, (pte_t){ 0 });
		quire_set_pte(p, PTE_WITHOUT(f, e, accessed));
		c->changed = true;
	}
	page_flag_clear(compound_head(page), PG_referenced);
	deactivate_page(page);
}

int madvise_cold_range(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		       bool pageout)
{
	struct page_walk c = { .vma = vma, .one = cold_one, .split = true };

	(void)pageout; /* without reclaim: made cold, not yet written out */
	lru_add_drain();
	walk_pages(&c, start, end);
	return 0;
}

/* --- populate ----------------------------------------------------------------------------------
 */

/* Would an access to @addr, a write if @write, not fault? */
static bool populated(const struct vm_area_struct *vma, unsigned long addr, bool write)
{
	const struct quire_mmu_format *f = vma_format(vma);
	unsigned int level;
	pte_t e = quire_pte_get(quire_pt_find(&vma->vm_mm->pgtable, addr, 0, &level));

	if (pte_none(e) || !quire_pte_present(f, e) || (level && quire_pte_table(f, e)))
		return false;
	return !write || PTE_IS(f, e, write);
}

int populate_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	bool write = (vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
	unsigned long addr;

	if (vma->vm_flags & VM_LOCKONFAULT || !(vma->vm_flags & VM_ACCESS_FLAGS))
		return vma->vm_flags & VM_LOCKONFAULT ? 0 : -EFAULT;
	for (addr = start; addr < end; addr += page_bytes()) {
		vm_fault_t ret;

		if (populated(vma, addr, write))
			continue;
		ret = handle_mm_fault(vma, addr, write ? FAULT_FLAG_WRITE : 0);
		if (ret & VM_FAULT_OOM)
			return -ENOMEM;
		if (ret & VM_FAULT_ERROR)
			return -EFAULT;
	}
	return 0;
}
