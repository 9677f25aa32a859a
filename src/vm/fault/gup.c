/* SPDX-License-Identifier: MIT */
/*
 * fault/gup.c - the pages behind user addresses, held by a reference or a pin.
 *
 * 1. Each page is looked up under its table's lock; if it is not there, or not for the access
 *    that is wanted, it is faulted in and looked up again.
 * 2. A pin is GUP_PIN_COUNTING_BIAS references: fork sees that the page may be in use by a device
 *    and copies it at once instead of sharing it.
 * 3. A pin for reading alone must still see what the process writes later: a page that is shared
 *    after a fork is replaced by a copy first (FAULT_FLAG_UNSHARE).
 * 4. FOLL_FORCE writes where the mapping forbids it, as debuggers do: into a private copy that is
 *    exclusive, without making the entry writable.
 *
 * Source: Linux 6.1 mm/gup.c, access_remote_vm() (behaviour).
 */
#include <quire/errno.h>

#include "vm/cache/cache.h"
#include "vm/fault/fault.h"
#include "vm/rmap/rmap.h"

#include "base/string.h"

/* May @vma be looked into like this? */
static int check_vma(const struct vm_area_struct *vma, unsigned int gup)
{
	unsigned long vm_flags = vma->vm_flags;

	if (vm_flags & (VM_IO | VM_PFNMAP))
		return -EFAULT;
	if (gup & FOLL_WRITE) {
		if (vm_flags & VM_WRITE)
			return 0;
		return gup & FOLL_FORCE && vma_is_cow(vma) ? 0 : -EFAULT;
	}
	if (vm_flags & VM_READ)
		return 0;
	return gup & FOLL_FORCE && vm_flags & VM_MAYREAD ? 0 : -EFAULT;
}

static bool must_unshare(const struct vm_area_struct *vma, struct page *page, unsigned int gup)
{
	if (gup & FOLL_WRITE || !(gup & FOLL_PIN))
		return false;
	if (!PageAnon(page))
		return gup & FOLL_LONGTERM && vma_is_cow(vma);
	return !PageAnonExclusive(page);
}

static bool may_write(const struct quire_mmu_format *f, pte_t e, struct page *page,
		      unsigned int gup)
{
	if (PTE_IS(f, e, write))
		return true;
	return gup & FOLL_FORCE && PageAnon(page) && PageAnonExclusive(page); /* point 4 */
}

static void hold(struct page *page, unsigned int gup)
{
	struct page *head = compound_head(page);

	if (!(gup & FOLL_PIN)) {
		get_page(page);
		return;
	}
	__atomic_fetch_add(&head->_refcount.counter, GUP_PIN_COUNTING_BIAS, __ATOMIC_ACQ_REL);
	mod_node_page_state(page_pgdat(head), NR_FOLL_PIN_ACQUIRED, 1);
}

/* The page of @addr, held; NULL: to be faulted in, by *@flags. */
static struct page *follow(struct vm_area_struct *vma, unsigned long addr, unsigned int gup,
			   unsigned int *flags)
{
	struct quire_pgtable *pt = &vma->vm_mm->pgtable;
	const struct quire_mmu_format *f = pt->format;
	struct page *page = NULL;
	unsigned int level;
	pte_t *p = quire_pt_find(pt, addr, 0, &level), e;
	spinlock_t *ptl = quire_pt_lockptr(pt, p, level);

	*flags = gup & FOLL_WRITE ? FAULT_FLAG_WRITE : 0;
	spin_lock(ptl);
	e = quire_pte_get(p);
	if (pte_none(e) || !quire_pte_present(f, e) || (level && quire_pte_table(f, e)))
		goto out;
	page = pfn_to_page(quire_pte_pfn(f, e));
	/* Mapped as a whole a huge page is asked as a whole: its head knows whose it is. */
	if (gup & FOLL_WRITE && !may_write(f, e, page, gup)) {
		page = NULL;
		goto out;
	}
	/* The page of zeros is not counted, and is nobody's to hold back. */
	if (!pte_special(f, e) && !(level && is_huge_zero(f, e)) && must_unshare(vma, page, gup)) {
		*flags = FAULT_FLAG_UNSHARE;
		page = NULL;
		goto out;
	}
	if (level)
		page += (addr & (quire_pt_span(f, 1) - 1)) >> f->shift[0];
	hold(page, gup);
out:
	spin_unlock(ptl);
	return page;
}

static int get_one(struct vm_area_struct *vma, unsigned long addr, unsigned int gup,
		   struct page **result)
{
	struct page *page;
	unsigned int flags;

	while (!(page = follow(vma, addr, gup, &flags))) {
		vm_fault_t ret = handle_mm_fault(vma, addr, flags | FAULT_FLAG_REMOTE);

		if (ret & VM_FAULT_OOM)
			return -ENOMEM;
		if (ret & VM_FAULT_ERROR)
			return -EFAULT;
	}
	*result = page;
	return 0;
}

/* @page, taken, is the caller's; who wants none only wanted it to be there. */
static inline void keep_page(struct page **pages, unsigned long i, struct page *page)
{
	if (pages)
		pages[i] = page;
	else
		put_page(page);
}

static long get_pages(struct mm_struct *mm, unsigned long start, unsigned long nr, unsigned int gup,
		      struct page **pages)
{
	unsigned long i;
	int err = 0;

	start &= ~(page_bytes() - 1);
	for (i = 0; i < nr && !err; i++) {
		unsigned long addr = start + i * page_bytes();
		/* Found anew each time: a stack may grow on the way. O(log VMAs). */
		struct vm_area_struct *vma = lock_mm_and_find_vma(mm, addr, NULL);
		struct page *page;

		if (!vma) {
			err = -EFAULT;
			break;
		}
		err = check_vma(vma, gup);
		if (!err)
			err = get_one(vma, addr, gup, &page);
		mmap_read_unlock(mm);
		if (err)
			break;
		keep_page(pages, i, page);
	}
	return i ? (long)i : err;
}

long quire_mm_get_pages(struct mm_struct *mm, unsigned long start, unsigned long nr_pages,
			unsigned int gup_flags, struct page **pages)
{
	return get_pages(mm, start, nr_pages, (gup_flags & ~FOLL_PIN) | FOLL_GET, pages);
}

long quire_mm_pin_pages(struct mm_struct *mm, unsigned long start, unsigned long nr_pages,
			unsigned int gup_flags, struct page **pages)
{
	if (!pages)
		return -EINVAL;
	return get_pages(mm, start, nr_pages, (gup_flags & ~FOLL_GET) | FOLL_PIN, pages);
}

/* As get_pages(), for who holds mmap_lock: no stack grows. */
static long get_pages_locked(struct mm_struct *mm, unsigned long start, unsigned long nr,
			     unsigned int gup, struct page **pages, struct vm_area_struct **vmas)
{
	struct vm_area_struct *vma = NULL;
	unsigned long i;
	int err = 0;

	start &= ~(page_bytes() - 1);
	for (i = 0; i < nr; i++) {
		unsigned long addr = start + i * page_bytes();
		struct page *page;

		if (!vma || addr >= vma->vm_end)
			vma = find_vma(mm, addr);
		err = vma && vma->vm_start <= addr ? check_vma(vma, gup) : -EFAULT;
		if (!err)
			err = get_one(vma, addr, gup, &page);
		if (err)
			break;
		keep_page(pages, i, page);
		if (vmas)
			vmas[i] = vma;
	}
	return i ? (long)i : err;
}

long get_user_pages_remote(struct mm_struct *mm, unsigned long start, unsigned long nr_pages,
			   unsigned int gup_flags, struct page **pages,
			   struct vm_area_struct **vmas, int *locked)
{
	(void)locked; /* it stays locked */
	if (gup_flags & FOLL_PIN)
		return -EINVAL;
	return get_pages_locked(mm, start, nr_pages, gup_flags | FOLL_GET, pages, vmas);
}

long pin_user_pages_remote(struct mm_struct *mm, unsigned long start, unsigned long nr_pages,
			   unsigned int gup_flags, struct page **pages,
			   struct vm_area_struct **vmas, int *locked)
{
	(void)locked;
	if (gup_flags & FOLL_GET || !pages)
		return -EINVAL;
	return get_pages_locked(mm, start, nr_pages, gup_flags | FOLL_PIN, pages, vmas);
}

void unpin_user_page(struct page *page)
{
	struct page *head = compound_head(page);

	mod_node_page_state(page_pgdat(head), NR_FOLL_PIN_RELEASED, 1);
	/* All but one at once; the last one as every other reference. */
	__atomic_fetch_sub(&head->_refcount.counter, GUP_PIN_COUNTING_BIAS - 1, __ATOMIC_ACQ_REL);
	put_page(head);
}

/* Where pages may not be had, the mapping's ->access(), if it has one. Bytes done; 0: none. */
static int access_special(struct mm_struct *mm, unsigned long addr, void *buf, int len,
			  unsigned int gup_flags)
{
	const struct vm_area_struct *found;
	struct vm_area_struct *vma;
	int done = 0;

	mmap_read_lock(mm);
	found = vma = find_vma(mm, addr);
	if (found && found->vm_start <= addr && found->vm_flags & (VM_IO | VM_PFNMAP) &&
	    found->vm_ops && found->vm_ops->access) {
		if ((unsigned long)len > found->vm_end - addr)
			len = (int)(found->vm_end - addr);
		done = found->vm_ops->access(vma, addr, buf, len, !!(gup_flags & FOLL_WRITE));
	}
	mmap_read_unlock(mm);
	return done > 0 ? done : 0;
}

int access_remote_vm(struct mm_struct *mm, unsigned long addr, void *buf, int len,
		     unsigned int gup_flags)
{
	int done = 0;

	while (done < len) {
		size_t offset = addr & (page_bytes() - 1), step = page_bytes() - offset;
		struct page *page;
		char *at;

		if (step > (size_t)(len - done))
			step = (size_t)(len - done);
		if (quire_mm_get_pages(mm, addr, 1, gup_flags, &page) != 1) {
			int special =
				access_special(mm, addr, (char *)buf + done, len - done, gup_flags);

			if (!special)
				break;
			done += special;
			addr += (unsigned long)special;
			continue;
		}
		at = kmap_local_page(page);
		if (at && gup_flags & FOLL_WRITE) {
			memcpy(at + offset, (char *)buf + done, step);
			set_page_dirty(compound_head(page));
		} else if (at) {
			memcpy((char *)buf + done, at + offset, step);
		}
		if (at)
			kunmap_local(at);
		put_page(page);
		if (!at)
			break;
		done += (int)step;
		addr += step;
	}
	return done;
}
