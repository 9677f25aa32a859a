/* SPDX-License-Identifier: MIT */
/*
 * view/smaps.c - what is resident of a VMA: smaps, numa_maps, pagemap.
 *
 * 1. A walk over the page tables; a table's entries are read under its lock, so that no page goes
 *    away meanwhile. Special entries and those of zeros, small or huge, are no page here, as in
 *    Linux; pagemap alone tells their frames.
 * 2. A page with one reference is private whatever its map count says; others are shared among as
 *    many page tables as map them, and each has its part of the page (PSS).
 *
 * Source: Linux 6.1 fs/proc/task_mmu.c (smaps_account(), gather_stats(), pagemap bits): behaviour.
 */
#include <quire/math.h>
#include <quire/vm_view.h>

#include "base/string.h"
#include "vm/fault/fault.h"

/**
 * struct view_walk - a walk whose every page is given to @page, and every present entry without one
 * to @special, if there is one. @huge: it is all of a huge page.
 */
struct view_walk {
	struct quire_pt_walk w;
	struct vm_area_struct *vma;
	void (*page)(struct view_walk *v, struct page *page, pte_t e, unsigned long addr,
		     bool huge);
	void (*special)(struct view_walk *v, pte_t e, unsigned long addr, bool huge);
	void *to;
};

static int entries(struct quire_pt_walk *w, pte_t *p, unsigned long addr, unsigned long n,
		   unsigned int level)
{
	struct view_walk *v = w->priv;
	struct quire_pgtable *pt = &v->vma->vm_mm->pgtable;
	const struct quire_mmu_format *f = pt->format;
	spinlock_t *lock = quire_pt_lockptr(pt, p, level);
	unsigned long i;

	spin_lock(lock);
	if (level && quire_pte_table(f, quire_pte_get(p))) {
		spin_unlock(lock);
		return QUIRE_PT_AGAIN;
	}
	for (i = 0; i < n; i++) {
		pte_t e = quire_pte_get(p + i);
		struct page *page;

		if (!quire_pte_present(f, e))
			continue;
		page = level && is_huge_zero(f, e) ? NULL : vm_normal_page(f, e);
		if (page)
			v->page(v, page, e, addr + i * page_bytes(), level > 0);
		else if (v->special)
			v->special(v, e, addr + i * page_bytes(), level > 0);
	}
	spin_unlock(lock);
	return 0;
}

static void walk(struct vm_area_struct *vma,
		 void (*page)(struct view_walk *, struct page *, pte_t, unsigned long, bool),
		 void *to)
{
	struct view_walk v = { .w = { .entries = entries }, .vma = vma, .page = page, .to = to };

	v.w.priv = &v;
	quire_pt_walk_range(&vma->vm_mm->pgtable, vma->vm_start, vma->vm_end, &v.w);
}

/* --- smaps ----------------------------------------------------------------------------------- */

static void add(struct quire_smaps *s, struct page *page, u64 size, u64 pss, bool dirty,
		bool locked, bool private)
{
	s->pss += pss;
	if (PageAnon(page))
		s->pss_anon += pss;
	else if (page_flag(compound_head(page), PG_swapbacked))
		s->pss_shmem += pss;
	else
		s->pss_file += pss;
	if (locked)
		s->pss_locked += pss;
	if (dirty) {
		s->pss_dirty += pss;
		*(private ? &s->private_dirty : &s->shared_dirty) += size;
	} else {
		*(private ? &s->private_clean : &s->shared_clean) += size;
	}
}

static void account(struct view_walk *v, struct page *page, pte_t e, unsigned long addr, bool huge)
{
	const struct quire_mmu_format *f = vma_format(v->vma);
	struct page *head = compound_head(page);
	unsigned long i, nr = huge ? 1ul << compound_order(head) : 1;
	u64 one = page_bytes(), size = nr * one;
	bool dirty = pte_dirty(f, e) || page_flag(head, PG_dirty);
	bool locked = v->vma->vm_flags & VM_LOCKED;
	struct quire_smaps *s = v->to;

	(void)addr;
	if (PageAnon(page)) {
		s->anonymous += size;
		if (huge)
			s->anonymous_thp += size;
		if (!page_flag(head, PG_swapbacked) && !dirty)
			s->lazyfree += size;
	} else if (huge) {
		*(page_flag(head, PG_swapbacked) ? &s->shmem_thp : &s->file_thp) += size;
	}
	s->rss += size;
	if (quire_mmu_test(e.pte, &f->accessed) || page_flag(head, PG_referenced))
		s->referenced += size;
	if (page_count(page) == 1) {
		add(s, page, size, size << QUIRE_PSS_SHIFT, dirty, locked, true);
		return;
	}
	for (i = 0; i < nr; i++) {
		int mapcount = page_mapcount(page + i);
		u64 pss = one << QUIRE_PSS_SHIFT;

		add(s, page, one, mapcount > 1 ? pss / (u64)mapcount : pss, dirty, locked,
		    mapcount < 2);
	}
}

/* May @vma have huge pages, and has it room for one that ends as late as possible? */
static bool thp_eligible(const struct vm_area_struct *vma)
{
	unsigned long span = quire_pt_span(vma_format(vma), 1), at;

	if (!thp_order(vma_format(vma)) || !thp_allowed(vma) || vma->vm_end < span)
		return false;
	at = (vma->vm_end - span) & ~(span - 1);
	return at >= vma->vm_start;
}

void quire_vma_smaps(struct vm_area_struct *vma, struct quire_smaps *sum)
{
	sum->size += vma->vm_end - vma->vm_start;
	sum->thp_eligible = thp_eligible(vma);
	walk(vma, account, sum);
}

/* --- numa_maps ------------------------------------------------------------------------------- */

static void count(struct view_walk *v, struct page *page, pte_t e, unsigned long addr, bool huge)
{
	struct page *head = compound_head(page);
	unsigned long nr = huge ? 1ul << compound_order(head) : 1;
	struct quire_numa_pages *n = v->to;

	(void)addr;
	n->pages += nr;
	if (pte_dirty(vma_format(v->vma), e) || page_flag(head, PG_dirty))
		n->dirty += nr;
	if (page_flag(head, PG_active) || page_flag(head, PG_unevictable))
		n->active += nr;
	if (page_flag(head, PG_writeback))
		n->writeback += nr;
	if (PageAnon(page))
		n->anon += nr;
	n->mapmax = max(n->mapmax, (unsigned long)page_mapcount(page));
	n->node[page_to_nid(page)] += nr;
}

void quire_vma_numa(struct vm_area_struct *vma, struct quire_numa_pages *pages)
{
	memset(pages, 0, sizeof(*pages));
	walk(vma, count, pages);
}

/* --- pagemap ------------------------------------------------------------------------------------
 */

/** struct pagemap - entries to fill from @start on. */
struct pagemap {
	unsigned long start, nr;
	u64 *entries;
};

/* @page: NULL: an entry without one has its frame and no more. */
static void map_frames(struct view_walk *v, struct page *page, pte_t e, unsigned long addr,
		       bool huge)
{
	const struct quire_mmu_format *f = vma_format(v->vma);
	struct pagemap *map = v->to;
	const unsigned int shift = quire_this_cpu->page_shift;
	unsigned long at = (addr - map->start) >> shift;
	unsigned long nr = huge ? (v->w.end - addr) >> shift : 1, i;
	/* @addr may lie inside the huge page. */
	unsigned long skip = huge ? (addr & (quire_pt_span(f, 1) - 1)) >> shift : 0;

	for (i = 0; i < nr && at + i < map->nr; i++) {
		u64 bits = QUIRE_PAGEMAP_PRESENT | (quire_pte_pfn(f, e) + skip + i);

		if (page && !PageAnon(page))
			bits |= QUIRE_PAGEMAP_FILE;
		if (page && page_mapcount(page + skip + i) == 1)
			bits |= QUIRE_PAGEMAP_EXCLUSIVE;
		if (v->vma->vm_flags & VM_SOFTDIRTY)
			bits |= QUIRE_PAGEMAP_SOFTDIRTY;
		map->entries[at + i] = bits;
	}
}

static void map_special(struct view_walk *v, pte_t e, unsigned long addr, bool huge)
{
	map_frames(v, NULL, e, addr, huge);
}

void quire_mm_pagemap(struct mm_struct *mm, unsigned long start, unsigned long nr, u64 *to)
{
	unsigned long end = start + (nr << quire_this_cpu->page_shift);
	struct pagemap map = { .start = start, .nr = nr, .entries = to };
	struct view_walk v = {
		.w = { .entries = entries },
		.page = map_frames,
		.special = map_special,
		.to = &map,
	};
	struct vm_area_struct *vma;

	memset(to, 0, nr * sizeof(*to));
	mmap_read_lock(mm);
	v.w.priv = &v;
	for (vma = find_vma(mm, start); vma && vma->vm_start < end; vma = quire_vma_next(mm, vma)) {
		v.vma = vma;
		quire_pt_walk_range(&mm->pgtable, max(start, vma->vm_start), min(end, vma->vm_end),
				    &v.w);
	}
	mmap_read_unlock(mm);
}
