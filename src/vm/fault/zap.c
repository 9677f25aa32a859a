/* SPDX-License-Identifier: MIT */
/*
 * fault/zap.c - unmapping: of VMAs, of parts of one, of a file's pages everywhere.
 *
 * 1. A table's entries are cleared in one go under its lock. Pages gather until the TLBs
 *    have heard (struct mmu_gather); counters are added up and told once a table.
 * 2. The entry of an anonymous page is cleared by a plain store: what hardware notes there
 *    meanwhile (accessed, dirty) concerns nobody once the page is unmapped here. A file's page
 *    takes its dirt along, so its entry is exchanged.
 * 3. A huge page goes as one when all of it goes, and is split first when not.
 *
 * Source: Linux 6.1 zap_pte_range() and its callers (behaviour).
 */
#include "vm/cache/cache.h"
#include "vm/fault/fault.h"
#include "vm/lru.h"
#include "vm/rmap/rmap.h"

#define ZAP_PREFETCH 6

/**
 * struct zap - one walk.
 * @keep_anon: private copies of file pages stay
 * @own: the caller is the mm's task
 * @pgdat, @anon, @file: pages that lost their last mapping, not yet counted
 */
struct zap {
	struct quire_pt_walk w;
	struct mmu_gather *tlb;
	struct vm_area_struct *vma;
	bool keep_anon, own;
	struct pglist_data *pgdat;
	long anon, file;
};

static void zap_count_end(struct zap *z)
{
	if (z->anon)
		mod_node_page_state(z->pgdat, NR_ANON_MAPPED, -z->anon);
	if (z->file)
		mod_node_page_state(z->pgdat, NR_FILE_MAPPED, -z->file);
	z->anon = z->file = 0;
}

/* What is counted from now on is of node @nid. */
static inline void zap_count_on(struct zap *z, unsigned int nid)
{
	struct pglist_data *pgdat = quire_this_cpu->vm->vs->lru[nid].pgdat;

	if (unlikely(pgdat != z->pgdat)) {
		zap_count_end(z);
		z->pgdat = pgdat;
	}
}

/* @page has lost its last mapping. */
static inline void zap_count(struct zap *z, const struct page *page, bool anon)
{
	zap_count_on(z, (unsigned int)page_to_nid(page));
	if (anon)
		z->anon++;
	else
		z->file++;
}

/* One entry's mapping of @page goes. */
static inline void zap_rmap(struct zap *z, struct page *page, bool anon, unsigned long addr,
			    pte_t e)
{
	int count = READ_ONCE(page->_mapcount.counter);

	if (unlikely(READ_ONCE(z->vma->vm_flags) & VM_LOCKED) && mlock_counts(page))
		munlock_page(page);
	if (unlikely(count < 0)) {
		report_bad_pte(z->vma, addr, e, page);
		return;
	}
	if (PageAnonExclusive(page)) /* nobody else can map or unmap it */
		WRITE_ONCE(page->_mapcount.counter, --count);
	else
		count = atomic_dec_return(&page->_mapcount);
	if (count < 0)
		zap_count(z, page, anon);
}

static void zap_file_entry(const struct zap *z, struct page *page, pte_t e)
{
	const struct quire_mmu_format *f = z->tlb->pt->format;

	if (pte_dirty(f, e))
		set_page_dirty(page);
	if (PTE_IS(f, e, accessed) && !(READ_ONCE(z->vma->vm_flags) & VM_SEQ_READ))
		mark_page_accessed(page);
}

/* One entry that is not empty. */
static void zap_one(struct zap *z, pte_t *p, unsigned long addr, pte_t e, int rss[NR_MM_COUNTERS])
{
	const struct quire_mmu_format *f = z->tlb->pt->format;
	const unsigned long size = page_bytes();
	struct page *page = quire_pte_present(f, e) ? vm_normal_page(f, e) : NULL;
	bool anon;

	if (unlikely(!page)) {
		quire_set_pte(p, (pte_t){ 0 });
		tlb_remove_entry(z->tlb, addr, size);
		return;
	}
	anon = PageAnon(page);
	if (anon) {
		if (unlikely(z->keep_anon))
			return;
		quire_set_pte(p, (pte_t){ 0 });
		rss[MM_ANONPAGES]--;
	} else {
		zap_file_entry(z, page, quire_pte_xchg(p, (pte_t){ 0 }));
		rss[page_rss_member(page)]--;
	}
	zap_rmap(z, page, anon, addr, e);
	tlb_remove_entry(z->tlb, addr, size);
	tlb_remove_page(z->tlb, page);
}

/*
 * From entry @i on, pages of the CPU's node that are anonymous and exclusive, mapped once and
 * alone: what zap_one() does, with as little as possible for each. Return: the first entry that is
 * anything else, or where the gather is full.
 */
static unsigned long zap_quick(struct zap *z, pte_t *p, unsigned long i, unsigned long n,
			       unsigned long addr, int rss[NR_MM_COUNTERS])
{
	const struct quire_cpu *cpu = quire_this_cpu;
	const struct quire_mmu_format *f = z->tlb->pt->format;
	const u64 mask = f->valid.mask | f->special.mask, valid = f->valid.on | f->special.off;
	const u64 pfn_mask = f->pfn_mask;
	const unsigned int shift = f->shift[0], nid = cpu->nid;
	struct page *const mem_map = cpu->mem_map, **pages = z->tlb->pages;
	const unsigned long first = i;
	unsigned int nr = z->tlb->nr;

	/* The flags are looked at where there are pages: a VMA that is just being made has none. */
	if (unlikely(z->keep_anon || READ_ONCE(z->vma->vm_flags) & VM_LOCKED))
		return i;
	for (; i < n && nr < QUIRE_GATHER_PAGES - 1; i++) {
		u64 e = quire_pte_get(p + i).pte;
		struct page *page = mem_map + ((e & pfn_mask) >> shift);
		unsigned long flags;

		if (i + ZAP_PREFETCH < n)
			__builtin_prefetch(
				mem_map + ((quire_pte_get(p + i + ZAP_PREFETCH).pte & pfn_mask) >>
					   shift),
				1);
		if (unlikely((e & mask) != valid))
			break;
		flags = READ_ONCE(page->flags);
		if (unlikely(!(flags >> PG_anon_exclusive & 1) ||
			     flags >> QUIRE_NODES_SHIFT != nid ||
			     !((unsigned long)READ_ONCE(page->mapping) & PAGE_MAPPING_ANON) ||
			     READ_ONCE(page->_mapcount.counter)))
			break;
		quire_set_pte(p + i, (pte_t){ 0 });
		WRITE_ONCE(page->_mapcount.counter, -1);
		pages[nr++] = page;
	}
	if (i == first)
		return i;
	z->tlb->nr = nr;
	tlb_remove_entry(z->tlb, addr + (first << shift), (i - first) << shift);
	rss[MM_ANONPAGES] -= (int)(i - first);
	zap_count_on(z, nid);
	z->anon += (long)(i - first);
	return i;
}

/* Point 1. Context: the table's lock. */
static void zap_run(struct zap *z, pte_t *p, unsigned long addr, unsigned long n,
		    int rss[NR_MM_COUNTERS])
{
	const unsigned long size = page_bytes();
	unsigned long i = 0, next;

	while (i < n) {
		pte_t e = quire_pte_get(p + i);

		if (pte_none(e)) {
			i++;
			continue;
		}
		next = zap_quick(z, p, i, n, addr, rss);
		if (next == i)
			zap_one(z, p + next++, addr + i * size, e, rss);
		i = next;
	}
}

static int zap_huge(struct zap *z, pte_t *pmd, unsigned long addr)
{
	struct mm_struct *mm = z->vma->vm_mm;
	const struct quire_mmu_format *f = mm->pgtable.format;
	unsigned long span = quire_pt_span(f, 1);
	spinlock_t *ptl = quire_pt_lockptr(&mm->pgtable, pmd, 1);
	pte_t e;

	if (addr & (span - 1) || z->w.end - addr < span) {
		split_huge_entry(z->vma, pmd, addr & ~(span - 1));
		return QUIRE_PT_AGAIN;
	}
	spin_lock(ptl);
	e = quire_pte_get(pmd);
	if (pte_none(e) || quire_pte_table(f, e)) {
		spin_unlock(ptl);
		return QUIRE_PT_AGAIN; /* somebody else was here */
	}
	quire_pte_xchg(pmd, (pte_t){ 0 });
	tlb_remove_entry(z->tlb, addr, span);
	if (!is_huge_zero(f, e)) {
		struct page *page = pfn_to_page(quire_pte_pfn(f, e));

		if (unlikely(READ_ONCE(z->vma->vm_flags) & VM_LOCKED))
			munlock_page(page);
		page_remove_rmap(page, true);
		mm_count(mm, MM_ANONPAGES, -(1l << compound_order(page)));
		tlb_remove_page(z->tlb, page);
	}
	spin_unlock(ptl);
	quire_pt_table_free(&mm->pgtable, thp_withdraw(mm), 0);
	return 0;
}

static int zap_entries(struct quire_pt_walk *w, pte_t *p, unsigned long addr, unsigned long n,
		       unsigned int level)
{
	struct zap *z = w->priv;
	int rss[NR_MM_COUNTERS] = { 0 };
	spinlock_t *ptl;

	if (unlikely(level))
		return zap_huge(z, p, addr);
	ptl = quire_pt_lockptr(z->tlb->pt, p, 0);
	spin_lock(ptl);
	zap_run(z, p, addr, n, rss);
	mm_count_vec(z->vma->vm_mm, rss, z->own);
	spin_unlock(ptl);
	return 0;
}

/* The most pages that were resident, before some go. */
static void update_hiwater_rss(struct mm_struct *mm)
{
	unsigned long rss = get_mm_rss(mm);

	if (READ_ONCE(mm->hiwater_rss) < rss)
		WRITE_ONCE(mm->hiwater_rss, rss);
}

static void zap_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start,
		      unsigned long end, bool keep_anon, bool own)
{
	struct zap z = {
		.w = { .entries = zap_entries },
		.tlb = tlb,
		.vma = vma,
		.keep_anon = keep_anon,
		.own = own,
	};

	z.w.priv = &z;
	update_hiwater_rss(vma->vm_mm);
	quire_pt_walk_range(&vma->vm_mm->pgtable, start, end, &z.w);
	zap_count_end(&z);
}

void unmap_vmas(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start,
		unsigned long end)
{
	for (; vma && vma->vm_start < end; vma = quire_vma_next(vma->vm_mm, vma)) {
		unsigned long from = vma->vm_start > start ? vma->vm_start : start;
		unsigned long to = vma->vm_end < end ? vma->vm_end : end;

		if (from < to)
			zap_range(tlb, vma, from, to, false, true);
	}
}

void zap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long size)
{
	struct mmu_gather tlb;

	if (!size)
		return;
	lru_add_drain();
	tlb_gather_mmu(&tlb, &vma->vm_mm->pgtable);
	zap_range(&tlb, vma, start, start + size, false, true);
	tlb_finish_mmu(&tlb);
}

void unmap_mapping_pages(struct address_space *mapping, pgoff_t start, pgoff_t end, bool even_cows)
{
	const unsigned int shift = quire_this_cpu->page_shift;
	struct vm_area_struct *vma;
	struct mmu_gather tlb;

	spin_lock(&mapping->i_mmap_lock);
	for (vma = file_interval_first(&mapping->i_mmap, start, end); vma;
	     vma = file_interval_next(vma, start, end)) {
		pgoff_t last = vma->vm_pgoff + ((vma->vm_end - vma->vm_start) >> shift) - 1;
		pgoff_t from = start > vma->vm_pgoff ? start : vma->vm_pgoff;
		pgoff_t to = end < last ? end : last;

		tlb_gather_mmu(&tlb, &vma->vm_mm->pgtable);
		zap_range(&tlb, vma, vma->vm_start + ((from - vma->vm_pgoff) << shift),
			  vma->vm_start + ((to + 1 - vma->vm_pgoff) << shift), !even_cows,
			  quire_this_cpu->vm->mm == vma->vm_mm);
		tlb_finish_mmu(&tlb);
	}
	spin_unlock(&mapping->i_mmap_lock);
}
