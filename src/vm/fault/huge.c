/* SPDX-License-Identifier: MIT */
/*
 * fault/huge.c - huge pages: one entry of level 1 for all of a compound page.
 *
 * 1. A fault of an anonymous VMA that allows it, at an address whose whole huge page lies in the
 *    VMA, makes a huge page: all cleared, one entry. A read maps the huge page of zeros
 *    that all share, which is made once and then stays. No such page free: single pages.
 * 2. With each huge entry a page table is put aside (mm->thp_tables), so that splitting needs no
 *    memory: who wants to touch a part of the huge page alone can always do so.
 * 3. Splitting an entry maps the same frames one by one; the page stays compound. Each part
 *    then has a mapping of its own, and the references of all parts are the head's.
 * 4. A write to a huge page that others may see is not copied as a whole: it is split, and the
 *    fault goes on with the single page.
 *
 * Left out: the queue of partly unmapped huge pages, to be split under pressure; khugepaged; huge
 * pages of files.
 * Source: Linux 6.1 mm/huge_memory.c (behaviour).
 */
#include <quire/errno.h>

#include "vm/fault/fault.h"
#include "vm/lru.h"
#include "vm/rmap/rmap.h"

/* --- tables put aside ------------------------------------------------------------------------ */

void thp_deposit(struct mm_struct *mm, struct page *table)
{
	spin_lock(&mm->page_table_lock);
	table->mapping = (struct address_space *)(void *)mm->thp_tables;
	mm->thp_tables = table;
	spin_unlock(&mm->page_table_lock);
}

struct page *thp_withdraw(struct mm_struct *mm)
{
	struct page *table;

	spin_lock(&mm->page_table_lock);
	table = mm->thp_tables;
	mm->thp_tables = (struct page *)(void *)table->mapping;
	table->mapping = NULL;
	spin_unlock(&mm->page_table_lock);
	return table;
}

/* --- which VMAs, which page --------------------------------------------------------------------
 */

bool thp_allowed(const struct vm_area_struct *vma)
{
	long enabled = READ_ONCE(this_vm()->thp_enabled);

	if (likely(!enabled) || !vma_is_anonymous(vma) || vma->vm_flags & VM_NOHUGEPAGE ||
	    vma->vm_flags & (VM_SPECIAL | VM_SHARED) || vma->vm_mm->thp_disabled)
		return false;
	return enabled == 2 || vma->vm_flags & VM_HUGEPAGE;
}

bool is_huge_zero(const struct quire_mmu_format *f, pte_t e)
{
	const struct page *zero = __atomic_load_n(&this_vm()->huge_zero_page, __ATOMIC_ACQUIRE);

	return zero && pfn_to_page(quire_pte_pfn(f, e)) == zero;
}

/* The huge page of zeros; NULL: no memory. */
static struct page *get_huge_zero(const struct quire_mmu_format *f)
{
	struct vm_state *vs = this_vm();
	struct page *page = __atomic_load_n(&vs->huge_zero_page, __ATOMIC_ACQUIRE), *was = NULL;

	if (page)
		return page;
	page = alloc_pages((GFP_TRANSHUGE | __GFP_ZERO) & ~__GFP_MOVABLE, thp_order(f));
	if (!page) {
		count_vm_events(THP_ZERO_PAGE_ALLOC_FAILED, 1);
		return NULL;
	}
	if (!__atomic_compare_exchange_n(&vs->huge_zero_page, &was, page, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE)) {
		put_page(page);
		return was;
	}
	count_vm_events(THP_ZERO_PAGE_ALLOC, 1);
	return page;
}

/* --- a first touch ------------------------------------------------------------------------------
 */

/* @entry goes to @pmd if that is still empty, and @table aside. @page: NULL: of zeros. */
static bool map_huge(struct vm_fault *vmf, pte_t *pmd, pte_t entry, struct page *page,
		     unsigned long haddr, struct page *table)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	spinlock_t *ptl = quire_pt_lockptr(&mm->pgtable, pmd, 1);

	spin_lock(ptl);
	if (!pte_none(quire_pte_get(pmd))) {
		spin_unlock(ptl);
		return false;
	}
	if (page) {
		page_add_new_anon_rmap(page, vma, vma_offset_of(vma, haddr), true);
		mm_count(mm, MM_ANONPAGES, 1l << compound_order(page));
		if (unlikely(vma->vm_flags & VM_LOCKED))
			mlock_new_page(page);
		else
			lru_cache_add(page);
	}
	thp_deposit(mm, table);
	quire_set_pte(pmd, entry);
	spin_unlock(ptl);
	return true;
}

static vm_fault_t fault_huge_zero(struct vm_fault *vmf, pte_t *pmd, unsigned long haddr)
{
	struct quire_pgtable *pt = &vmf->vma->vm_mm->pgtable;
	struct page *zero = get_huge_zero(pt->format), *table;

	if (!zero) {
		count_vm_events(THP_FAULT_FALLBACK, 1);
		return VM_FAULT_FALLBACK;
	}
	table = quire_pt_table_alloc(pt, 0, GFP_KERNEL);
	if (!table)
		return VM_FAULT_OOM;
	vmf->kind = QUIRE_FAULT_ANON_ZERO;
	if (!map_huge(vmf, pmd, pte_huge(pt->format, vma_fresh_pte(vmf->vma, zero)), NULL, haddr,
		      table)) {
		quire_pt_table_free(pt, table, 0);
		vmf->kind = QUIRE_FAULT_SPURIOUS;
	}
	return 0;
}

static vm_fault_t fault_huge_page(struct vm_fault *vmf, pte_t *pmd, unsigned long haddr)
{
	struct vm_area_struct *vma = vmf->vma;
	struct quire_pgtable *pt = &vma->vm_mm->pgtable;
	gfp_t gfp = vma->vm_flags & VM_HUGEPAGE ? GFP_TRANSHUGE : GFP_TRANSHUGE_LIGHT;
	struct page *page, *table;
	pte_t entry;

	if (anon_vma_prepare(vma))
		return VM_FAULT_OOM;
	page = alloc_pages(gfp | __GFP_ZERO, thp_order(pt->format));
	if (!page) {
		count_vm_events(THP_FAULT_FALLBACK, 1);
		return VM_FAULT_FALLBACK;
	}
	table = quire_pt_table_alloc(pt, 0, GFP_KERNEL);
	if (!table) {
		put_page(page);
		return VM_FAULT_OOM;
	}
	entry = pte_huge(pt->format, vma_fresh_pte(vma, page));
	entry = pte_may_write(pt->format, entry, vma);
	if (!map_huge(vmf, pmd, entry, page, haddr, table)) {
		quire_pt_table_free(pt, table, 0);
		put_page(page);
		vmf->kind = QUIRE_FAULT_SPURIOUS;
		return 0;
	}
	count_vm_events(THP_FAULT_ALLOC, 1);
	vmf->kind = QUIRE_FAULT_HUGE;
	return 0;
}

/* --- an entry that stands ------------------------------------------------------------------------
 */

/* Is the huge page this entry's alone, or can it be made so? Context: the entry's lock. */
static bool huge_exclusive(struct vm_fault *vmf, struct page *page)
{
	bool sole;

	if (PageAnonExclusive(page))
		return true;
	if (!page_listed(page))
		lru_add_drain();
	if (page_count(page) > 1 || !trylock_page(page))
		return false;
	sole = page_sole(page);
	if (sole)
		page_move_anon_rmap(page, vmf->vma);
	unlock_page(page);
	return sole;
}

/* Point 4, or the notes of an access. */
static vm_fault_t touch_huge(struct vm_fault *vmf, pte_t *pmd, pte_t entry)
{
	struct vm_area_struct *vma = vmf->vma;
	const struct quire_mmu_format *f = vma_format(vma);
	spinlock_t *ptl = quire_pt_lockptr(&vma->vm_mm->pgtable, pmd, 1);
	bool write = vmf->flags & FAULT_FLAG_WRITE;

	vmf->kind = QUIRE_FAULT_SPURIOUS;
	spin_lock(ptl);
	if (!pte_same(quire_pte_get(pmd), entry))
		goto out;
	if (vmf->flags & (FAULT_FLAG_WRITE | FAULT_FLAG_UNSHARE) && !PTE_IS(f, entry, write)) {
		if (is_huge_zero(f, entry) ||
		    !huge_exclusive(vmf, pfn_to_page(quire_pte_pfn(f, entry)))) {
			spin_unlock(ptl);
			split_huge_entry(vma, pmd, vmf->address & ~(quire_pt_span(f, 1) - 1));
			return VM_FAULT_FALLBACK;
		}
		vmf->kind = QUIRE_FAULT_REUSE;
	}
	entry = PTE_WITH(f, entry, accessed);
	if (write)
		entry = pte_may_write(f, entry, vma);
	quire_set_pte(pmd, entry);
out:
	spin_unlock(ptl);
	return 0;
}

vm_fault_t do_huge_fault(struct vm_fault *vmf, pte_t *pmd)
{
	struct vm_area_struct *vma = vmf->vma;
	const struct quire_mmu_format *f = vma_format(vma);
	unsigned long span = quire_pt_span(f, 1), haddr = vmf->address & ~(span - 1);
	pte_t entry = quire_pte_get(pmd);

	if (quire_pte_table(f, entry))
		return VM_FAULT_FALLBACK;
	if (!pte_none(entry))
		return touch_huge(vmf, pmd, entry);
	if (!thp_allowed(vma) || haddr < vma->vm_start || haddr + span > vma->vm_end)
		return VM_FAULT_FALLBACK;
	if (vmf->flags & FAULT_FLAG_WRITE)
		return fault_huge_page(vmf, pmd, haddr);
	return fault_huge_zero(vmf, pmd, haddr);
}

/* --- splitting -------------------------------------------------------------------------------- */

/*
 * The entries of the huge page of zeros become entries of the page of zeros. Until then they
 * map zeros all the same, read-only; the table's own lock is held, so nobody takes them for
 * pages that are counted.
 */
static void split_zero(const struct quire_mmu_format *f, pte_t *p, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		u64 e = quire_pte_get(p + i).pte & ~f->pfn_mask;

		e |= (u64)page_to_pfn(this_vm()->zero_page) << f->shift[0];
		quire_set_pte(p + i, (pte_t){ quire_mmu_set(e, &f->special) });
	}
}

void split_huge_entry(struct vm_area_struct *vma, pte_t *pmd, unsigned long address)
{
	struct mm_struct *mm = vma->vm_mm;
	struct quire_pgtable *pt = &mm->pgtable;
	const struct quire_mmu_format *f = pt->format;
	unsigned int nr = 1u << (f->shift[1] - f->shift[0]);
	spinlock_t *ptl = quire_pt_lockptr(pt, pmd, 1);
	struct page *page, *table;
	bool exclusive, zero;
	pte_t e;

	spin_lock(ptl);
	e = quire_pte_get(pmd);
	if (pte_none(e) || quire_pte_table(f, e)) {
		spin_unlock(ptl);
		return;
	}
	zero = is_huge_zero(f, e);
	page = pfn_to_page(quire_pte_pfn(f, e));
	exclusive = PageAnonExclusive(page);
	table = thp_withdraw(mm);
	if (!zero && unlikely(vma->vm_flags & VM_LOCKED))
		munlock_page(page); /* lru.h: pieces are not counted */
	if (!zero) {
		/* The parts' references and mappings stand before anybody can drop one. */
		__atomic_fetch_add(&page->_refcount.counter, (int)nr - 1, __ATOMIC_RELAXED);
		page_rmap_split_huge(page, nr, exclusive);
	}
	if (zero)
		spin_lock(quire_pt_lockptr(pt, page_address(table), 0));
	quire_pt_split(pt, pmd, 1, table);
	if (zero) {
		split_zero(f, page_address(table), nr);
		spin_unlock(quire_pt_lockptr(pt, page_address(table), 0));
	}
	flush_tlb_pt_range(pt, address, address + quire_pt_span(f, 1));
	spin_unlock(ptl);
	count_vm_events(THP_SPLIT_PMD, 1);
}

void split_huge_pmd_address(struct vm_area_struct *vma, unsigned long addr)
{
	struct quire_pgtable *pt = &vma->vm_mm->pgtable;
	const struct quire_mmu_format *f = pt->format;
	unsigned long span;
	pte_t *pmd;

	if (!thp_order(f))
		return;
	span = quire_pt_span(f, 1);
	if (!(addr & (span - 1)))
		return;
	pmd = quire_pt_find(pt, addr, 1, NULL);
	if (pmd && !pte_none(quire_pte_get(pmd)) && !quire_pte_table(f, quire_pte_get(pmd)))
		split_huge_entry(vma, pmd, addr & ~(span - 1));
}
