/* SPDX-License-Identifier: MIT */
/*
 * fault/fault.h - page tables of users: which file does what, and what they share.
 *
 *	entry.c		what the processor's fault entry does; accesses as instructions do them
 *	handle.c	handle_mm_fault(): which kind of fault is it?
 *	anon.c		anonymous memory: the zero page, fresh pages
 *	cow.c		writes to pages that are mapped read-only
 *	file.c		pages of files and shared memory
 *	huge.c		huge pages: faults, writes, splitting
 *	rss.c		resident pages counted
 *	zap.c		unmapping
 *	fork.c		copying an address space's tables
 *	protect.c	mprotect; entries' protection bits
 *	move.c		mremap
 *	advise.c	mincore, mlock, madvise, populate
 *	gup.c		pages behind addresses, held
 *	insert.c	entries that a driver makes
 *	host.c		the same addresses on the host
 *	report.c	what must not be
 *
 * 1. A fault runs with mmap_lock held for reading: the VMA stays. What stands in the page table is
 *    read without a lock, decided upon, and changed under the table's lock if it is still the
 *    same; if not, somebody else was first and the access is simply tried again.
 * 2. Memory is allocated before the lock is taken, and given back if it was not needed.
 * 3. An entry that loses its page or a right is flushed from the TLBs before the page is
 *    used for anything else; an entry that only gains needs no flush.
 *
 * Source: Linux 6.1 mm/memory.c, mm/huge_memory.c, mm/gup.c (behaviour).
 */
#ifndef QUIRE_VM_FAULT_H
#define QUIRE_VM_FAULT_H

#include <quire/atomic.h>
#include <quire/vmstat.h>

#include "vm/internal.h"
#include "vm/page_state.h"

/* --- entries: properties by name ------------------------------------------------------------ */

#define PTE_IS(f, e, what)	quire_mmu_test((e).pte, &(f)->what)
#define PTE_WITH(f, e, what)	((pte_t){ quire_mmu_set((e).pte, &(f)->what) })
#define PTE_WITHOUT(f, e, what) ((pte_t){ quire_mmu_clear((e).pte, &(f)->what) })

static inline const struct quire_mmu_format *vma_format(const struct vm_area_struct *vma)
{
	return vma->vm_mm->pgtable.format;
}
static inline unsigned long page_bytes(void)
{
	return 1ul << quire_this_cpu->page_shift;
}
static inline bool pte_same(pte_t a, pte_t b)
{
	return a.pte == b.pte;
}
/** pte_special() - no struct page behind: the zero page, or a frame given by number. */
static inline bool pte_special(const struct quire_mmu_format *f, pte_t e)
{
	return f->special.mask && PTE_IS(f, e, special);
}
/** vm_normal_page() - the page of a present entry that is counted and mapped; NULL: special. */
static inline struct page *vm_normal_page(const struct quire_mmu_format *f, pte_t e)
{
	return unlikely(pte_special(f, e)) ? NULL : pfn_to_page(quire_pte_pfn(f, e));
}
static inline pte_t pte_mkdirty(const struct quire_mmu_format *f, pte_t e)
{
	return (pte_t){ quire_mmu_mkdirty(f, e.pte) };
}
static inline pte_t pte_mkwrite(const struct quire_mmu_format *f, pte_t e)
{
	return (pte_t){ quire_mmu_mkwrite(f, e.pte) };
}
static inline pte_t pte_wrprotect(const struct quire_mmu_format *f, pte_t e)
{
	return (pte_t){ quire_mmu_wrprotect(f, e.pte) };
}
static inline bool pte_dirty(const struct quire_mmu_format *f, pte_t e)
{
	return quire_mmu_dirty(f, e.pte);
}
/** pte_may_write() - dirty, and writable if the VMA is: what a write fault leaves. */
static inline pte_t pte_may_write(const struct quire_mmu_format *f, pte_t e,
				  const struct vm_area_struct *vma)
{
	e = pte_mkdirty(f, e);
	return vma->vm_flags & VM_WRITE ? pte_mkwrite(f, e) : e;
}
/** pte_huge() - the same entry one level up: all of a huge page. */
static inline pte_t pte_huge(const struct quire_mmu_format *f, pte_t e)
{
	return PTE_WITH(f, e, leaf);
}
/** frame_exists() - does the machine have contents for frame @pfn? */
static inline bool frame_exists(unsigned long pfn)
{
	const struct quire_cpu *cpu = quire_this_cpu;

	return cpu->linear && pfn < cpu->linear_bytes >> cpu->page_shift;
}
/** vma_is_cow() - as Linux. */
static inline bool vma_is_cow(const struct vm_area_struct *vma)
{
	return (vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}
/** vma_wants_notify() - must the first write to each page of a shared mapping fault? */
static inline bool vma_wants_notify(const struct vm_area_struct *vma)
{
	return (vma->vm_flags & (VM_SHARED | VM_WRITE)) == (VM_SHARED | VM_WRITE) && vma->vm_ops &&
	       (vma->vm_ops->page_mkwrite || vma->vm_ops->pfn_mkwrite);
}
/** vma_fresh_pte() - maps @page as @vma's fresh entries are. */
static inline pte_t vma_fresh_pte(const struct vm_area_struct *vma, struct page *page)
{
	return quire_mk_pte(vma_format(vma), page_to_pfn(page), vma->vm_page_prot);
}
/** thp_order() - pages of a huge page, log2; 0: the machine has none. */
static inline unsigned int thp_order(const struct quire_mmu_format *f)
{
	unsigned int order = (unsigned int)f->shift[1] - f->shift[0];

	return f->leaf_levels & 2 && order < quire_this_cpu->machine->config.max_order ? order : 0;
}

/* --- rss.c ------------------------------------------------------------------------------------ */

/** mm_count() - @n more pages of @member, told to the trace at once. */
void mm_count(struct mm_struct *mm, int member, long n);
/** mm_count_fault() - the same by way of the task's cache, if it has one. */
static inline void mm_count_fault(struct mm_struct *mm, int member, int n)
{
	struct quire_rss_cache *cache = mm->rss_cache;

	if (likely(cache))
		cache->count[member] += n;
	else
		mm_count(mm, member, n);
}
/** mm_count_vec() - what a walk of a table found. @own: the caller is @mm's task: its cache is
 * folded first. */
void mm_count_vec(struct mm_struct *mm, const int rss[NR_MM_COUNTERS], bool own);
/** RSS_EVENTS - faults until the cache is folded; Linux's TASK_RSS_EVENTS_THRESH. */
#define RSS_EVENTS 64
/** mm_fault_event() - a fault more: the cache is folded every 64. */
static inline void mm_fault_event(struct mm_struct *mm)
{
	struct quire_rss_cache *cache = mm->rss_cache;

	if (likely(cache) && unlikely(cache->events++ > RSS_EVENTS))
		quire_mm_sync_rss(mm);
}

static inline int page_rss_member(struct page *page)
{
	if (PageAnon(page))
		return MM_ANONPAGES;
	return page_flag(page, PG_swapbacked) ? MM_SHMEMPAGES : MM_FILEPAGES;
}

/* --- the kinds of faults; vmf->pte is the entry, unlocked ------------------------------------- */
vm_fault_t do_anonymous_page(struct vm_fault *vmf);
vm_fault_t do_file_fault(struct vm_fault *vmf);
/** do_wp_page() - Context: vmf->ptl is held, given back. */
vm_fault_t do_wp_page(struct vm_fault *vmf);
/** do_page_mkwrite() - vma->vm_ops->page_mkwrite() for vmf->page, which is not locked. Return:
 * VM_FAULT_LOCKED: it is locked now; else an error, or 0 or VM_FAULT_NOPAGE: the access is to be
 * tried again. */
vm_fault_t do_page_mkwrite(struct vm_fault *vmf);
/** do_set_pte() - maps @page at @addr, counts it. Context: vmf->ptl; vmf->pte is @addr's. */
void do_set_pte(struct vm_fault *vmf, struct page *page, unsigned long addr);
/** add_fresh_anon() - a fresh page nobody knows, of @vma's offset @index: exclusive, counted, on
 * its way to a list. */
void add_fresh_anon(struct page *page, struct vm_area_struct *vma, pgoff_t index);
/** vma_offset_of() - page->index of a page at @address of @vma. */
static inline pgoff_t vma_offset_of(const struct vm_area_struct *vma, unsigned long address)
{
	return vma->vm_pgoff + ((address - vma->vm_start) >> quire_this_cpu->page_shift);
}
/** page_copy() - the contents of one page. Return: 0, -ENOMEM (no window). */
int page_copy(struct page *to, struct page *from);
/** fault_lock() - takes the lock of vmf->pte's table. */
static inline void fault_lock(struct vm_fault *vmf)
{
	vmf->ptl = quire_pt_lockptr(&vmf->vma->vm_mm->pgtable, vmf->pte, 0);
	spin_lock(vmf->ptl);
}

/* --- huge.c -------------------------------------------------------------------------------------
 */
/** thp_allowed() - may a fault in @vma make a huge page? */
bool thp_allowed(const struct vm_area_struct *vma);
vm_fault_t do_huge_fault(struct vm_fault *vmf, pte_t *pmd);
/** split_huge_entry() - the huge page at level-1 entry @pmd is mapped piecewise from now on. */
void split_huge_entry(struct vm_area_struct *vma, pte_t *pmd, unsigned long address);
/** thp_deposit(), thp_withdraw() - a table kept for the day a huge page is split. */
void thp_deposit(struct mm_struct *mm, struct page *table);
struct page *thp_withdraw(struct mm_struct *mm);
/** is_huge_zero() - does the entry map the page of zeros that all share? */
bool is_huge_zero(const struct quire_mmu_format *f, pte_t e);

/* --- zap.c
 * ---------------------------------------------------------------------------------------- */
/** unmap_mapping_pages() - pages [@start, @end] of a file leave every page table.
 * @even_cows: private copies too. Takes i_mmap_lock; no mmap_lock needed. */
void unmap_mapping_pages(struct address_space *mapping, pgoff_t start, pgoff_t end, bool even_cows);

/** report_bad_pte() - "BUG: Bad page map". */
void report_bad_pte(struct vm_area_struct *vma, unsigned long address, pte_t pte,
		    struct page *page);

#endif /* QUIRE_VM_FAULT_H */
