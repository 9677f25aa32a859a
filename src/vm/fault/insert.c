/* SPDX-License-Identifier: MIT */
/*
 * fault/insert.c - entries that a driver makes: frames by number, pages of its own.
 *
 * 1. All of it runs before the VMA is found by others (->mmap()), or in a fault of it: tables are
 *    made on the way, and each entry is set under its table's lock if it is empty.
 * 2. A frame by number gets a special entry: whoever meets it later takes it for a frame without a
 *    struct page (vm_normal_page()), even if the number is one of the machine's own frames.
 *
 * Left out: huge entries, pfn_t and device pages (vmf_insert_mixed()).
 * Source: Linux 6.1 mm/memory.c remap_pfn_range(), insert_page(), insert_pfn(); mm/vmalloc.c
 * remap_vmalloc_range_partial() (behaviour).
 */
#include <quire/errno.h>
#include <quire/vm_insert.h>
#include <quire/vmalloc.h>

#include "base/assert.h"
#include "vm/fault/fault.h"
#include "vm/rmap/rmap.h"

#include "base/string.h"

static bool inside(const struct vm_area_struct *vma, unsigned long addr, unsigned long size)
{
	return addr >= vma->vm_start && size <= vma->vm_end - vma->vm_start &&
	       addr - vma->vm_start <= vma->vm_end - vma->vm_start - size;
}

static bool page_aligned(unsigned long addr)
{
	return !(addr & (page_bytes() - 1));
}

/* The entry of @addr with its table, whose lock is held: *@ptl. NULL: no memory. */
static pte_t *lock_entry(struct vm_area_struct *vma, unsigned long addr, spinlock_t **ptl)
{
	struct quire_pgtable *pt = &vma->vm_mm->pgtable;
	pte_t *p;

	if (!READ_ONCE(vma->touched))
		WRITE_ONCE(vma->touched, true);
	p = quire_pt_make(pt, addr, 0, GFP_KERNEL);
	if (!p)
		return NULL;
	*ptl = quire_pt_lockptr(pt, p, 0);
	spin_lock(*ptl);
	return p;
}

static pte_t special_pte(const struct quire_mmu_format *f, unsigned long pfn, pgprot_t prot)
{
	pte_t e = quire_mk_pte(f, pfn, prot);

	return PTE_WITH(f, e, special);
}

/* --- frames by number ----------------------------------------------------------------------- */

/* Entries up to the end of one table. Return: the address behind them; 0: no memory. */
static unsigned long remap_table(struct vm_area_struct *vma, unsigned long addr, unsigned long end,
				 unsigned long pfn, pgprot_t prot)
{
	const struct quire_mmu_format *f = vma_format(vma);
	unsigned long table_end = (addr | (quire_pt_span(f, 1) - 1)) + 1;
	spinlock_t *ptl;
	pte_t *p = lock_entry(vma, addr, &ptl);

	if (!p)
		return 0;
	if (table_end - 1 < end - 1)
		end = table_end;
	for (; addr < end; addr += page_bytes(), p++) {
		QUIRE_ASSERT(pte_none(quire_pte_get(p)),
			     "remap_pfn_range(): something is mapped there already");
		quire_set_pte(p, special_pte(f, pfn++, prot));
	}
	spin_unlock(ptl);
	return end;
}

int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
		    unsigned long size, pgprot_t prot)
{
	const unsigned int shift = quire_this_cpu->page_shift;
	unsigned long end, next;

	size = (size + page_bytes() - 1) & ~(page_bytes() - 1);
	if (!page_aligned(addr) || !size)
		return -EINVAL;
	if (!inside(vma, addr, size)) {
		quire_report(NULL, QUIRE_WARNING,
			     "WARNING: remap_pfn_range(): [%lx, %lx) is not inside the mapping "
			     "[%lx, %lx)\n",
			     addr, addr + size, vma->vm_start, vma->vm_end);
		return -EINVAL;
	}
	end = addr + size;
	if (vma_is_cow(vma)) {
		if (addr != vma->vm_start || end != vma->vm_end)
			return -EINVAL;
		vma->vm_pgoff = pfn;
	}
	vma->vm_flags |= VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
	for (; addr < end; addr = next) {
		next = remap_table(vma, addr, end, pfn, prot);
		if (!next)
			return -ENOMEM;
		pfn += (next - addr) >> shift;
	}
	return 0;
}

int vm_iomap_memory(struct vm_area_struct *vma, phys_addr_t start, unsigned long len)
{
	const unsigned int shift = quire_this_cpu->page_shift;
	unsigned long bytes = vma->vm_end - vma->vm_start, pfn = (unsigned long)(start >> shift);
	unsigned long pages;

	if (start + len < start)
		return -EINVAL;
	len += (unsigned long)start & (page_bytes() - 1);
	pages = (len + page_bytes() - 1) >> shift;
	if (pfn + pages < pfn || vma->vm_pgoff > pages)
		return -EINVAL;
	pfn += vma->vm_pgoff;
	if (bytes >> shift > pages - vma->vm_pgoff)
		return -EINVAL;
	return remap_pfn_range(vma, vma->vm_start, pfn, bytes, vma->vm_page_prot);
}

vm_fault_t vmf_insert_pfn_prot(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
			       pgprot_t prot)
{
	const struct quire_mmu_format *f = vma_format(vma);
	spinlock_t *ptl;
	pte_t *p;

	QUIRE_ASSERT(vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP),
		     "vmf_insert_pfn(): the VMA has neither VM_PFNMAP nor VM_MIXEDMAP");
	QUIRE_ASSERT(!(vma->vm_flags & VM_PFNMAP && vma_is_cow(vma)),
		     "vmf_insert_pfn(): a private mapping may not be filled piecewise");
	if (!inside(vma, addr, 1))
		return VM_FAULT_SIGBUS;
	p = lock_entry(vma, addr, &ptl);
	if (!p)
		return VM_FAULT_OOM;
	if (pte_none(quire_pte_get(p))) {
		pte_t e = special_pte(f, pfn, prot);

		if (vma_wants_notify(vma))
			e = pte_wrprotect(f, e);
		quire_set_pte(p, e);
	}
	spin_unlock(ptl);
	return VM_FAULT_NOPAGE;
}

vm_fault_t vmf_insert_pfn(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn)
{
	return vmf_insert_pfn_prot(vma, addr, pfn, vma->vm_page_prot);
}

/* --- pages ---------------------------------------------------------------------------------- */

/* May a process see it as a page of a mapping? */
static bool insertable(struct page *page)
{
	return page_count(page) > 0 && !PageAnon(page) &&
	       !page_flag(compound_head(page), PG_slab) &&
	       READ_ONCE(page->_mapcount.counter) >= -1; /* below: a type, e.g. a page table */
}

static void make_mixed(struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_MIXEDMAP)
		return;
	QUIRE_ASSERT(READ_ONCE(vma->vm_mm->mmap_lock.state) & QUIRE_RWLOCK_WRITER,
		     "vm_insert_page(): VM_MIXEDMAP is for ->mmap() to set, not for ->fault()");
	QUIRE_ASSERT(!(vma->vm_flags & VM_PFNMAP),
		     "vm_insert_page(): a mapping of frames by number has no pages");
	vma->vm_flags |= VM_MIXEDMAP;
}

static int insert_page(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	const struct quire_mmu_format *f = vma_format(vma);
	spinlock_t *ptl;
	int err = -EBUSY;
	pte_t *p;

	if (!insertable(page))
		return -EINVAL;
	p = lock_entry(vma, addr, &ptl);
	if (!p)
		return -ENOMEM;
	if (pte_none(quire_pte_get(p))) {
		get_page(page);
		mm_count_fault(vma->vm_mm, page_rss_member(page), 1);
		page_add_file_rmap(page);
		quire_set_pte(p, quire_mk_pte(f, page_to_pfn(page), vma->vm_page_prot));
		err = 0;
	}
	spin_unlock(ptl);
	return err;
}

int vm_insert_page(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	if (!inside(vma, addr, 1))
		return -EFAULT;
	if (!page_count(page))
		return -EINVAL;
	make_mixed(vma);
	return insert_page(vma, addr & ~(page_bytes() - 1), page);
}

int vm_insert_pages(struct vm_area_struct *vma, unsigned long addr, struct page **pages,
		    unsigned long *num)
{
	int err = 0;

	if (!inside(vma, addr, *num << quire_this_cpu->page_shift))
		return -EFAULT;
	make_mixed(vma);
	for (; *num && !err; addr += page_bytes()) {
		err = insert_page(vma, addr, *pages);
		if (err)
			break;
		pages++;
		--*num;
	}
	return err;
}

static int map_pages_from(struct vm_area_struct *vma, struct page **pages, unsigned long num,
			  unsigned long first)
{
	unsigned long count = (vma->vm_end - vma->vm_start) >> quire_this_cpu->page_shift;

	if (first >= num || count > num - first)
		return -ENXIO;
	return vm_insert_pages(vma, vma->vm_start, pages + first, &count);
}

int vm_map_pages(struct vm_area_struct *vma, struct page **pages, unsigned long num)
{
	return map_pages_from(vma, pages, num, vma->vm_pgoff);
}

int vm_map_pages_zero(struct vm_area_struct *vma, struct page **pages, unsigned long num)
{
	return map_pages_from(vma, pages, num, 0);
}

/* --- areas of vmalloc ------------------------------------------------------------------------- */

int remap_vmalloc_range_partial(struct vm_area_struct *vma, unsigned long uaddr, void *kaddr,
				unsigned long pgoff, unsigned long size)
{
	const unsigned int shift = quire_this_cpu->page_shift;
	const unsigned long off = pgoff << shift;
	const struct vm_struct *area;
	unsigned long bytes, at;
	struct page *page;
	int err = 0;

	size = (size + page_bytes() - 1) & ~(page_bytes() - 1);
	if (off >> shift != pgoff || !page_aligned(uaddr) || !page_aligned((unsigned long)kaddr))
		return -EINVAL;
	area = find_vm_area(kaddr);
	if (!area || !(area->flags & (VM_USERMAP | VM_DMA_COHERENT)))
		return -EINVAL;
	/* @kaddr may lie inside the area. */
	bytes = area->size - (area->flags & VM_NO_GUARD ? 0 : page_bytes());
	bytes -= (unsigned long)kaddr - (unsigned long)area->addr;
	if (off + size < off || off + size > bytes)
		return -EINVAL;
	for (at = 0; at < size && !err; at += page_bytes()) {
		page = vmalloc_to_page((const char *)kaddr + off + at);
		err = page ? vm_insert_page(vma, uaddr + at, page) : -EINVAL;
	}
	if (!err)
		vma->vm_flags |= VM_DONTEXPAND | VM_DONTDUMP;
	return err;
}

int remap_vmalloc_range(struct vm_area_struct *vma, void *addr, unsigned long pgoff)
{
	return remap_vmalloc_range_partial(vma, vma->vm_start, addr, pgoff,
					   vma->vm_end - vma->vm_start);
}

/* --- taken away, looked at -------------------------------------------------------------------- */

void zap_vma_ptes(struct vm_area_struct *vma, unsigned long address, unsigned long size)
{
	if (inside(vma, address, size) && vma->vm_flags & VM_PFNMAP)
		zap_page_range(vma, address, size);
}

void unmap_mapping_range(struct address_space *mapping, s64 holebegin, s64 holelen, int even_cows)
{
	const unsigned int shift = quire_this_cpu->page_shift;
	pgoff_t first = (pgoff_t)((u64)holebegin >> shift);
	pgoff_t nr = (pgoff_t)(((u64)holelen + page_bytes() - 1) >> shift);

	unmap_mapping_pages(mapping, first, nr && first + nr - 1 >= first ? first + nr - 1 : ~0ul,
			    even_cows);
}

/* The entry of @address, which maps a frame by number. 0, -EINVAL: none does. */
static int follow_entry(struct vm_area_struct *vma, unsigned long address, pte_t *e)
{
	unsigned int level;

	if (!(vma->vm_flags & (VM_IO | VM_PFNMAP)) || !inside(vma, address, 1))
		return -EINVAL;
	*e = quire_pte_get(quire_pt_find(&vma->vm_mm->pgtable, address, 0, &level));
	return level || !quire_pte_present(vma_format(vma), *e) ? -EINVAL : 0;
}

int follow_pfn(struct vm_area_struct *vma, unsigned long address, unsigned long *pfn)
{
	pte_t e;
	int err = follow_entry(vma, address, &e);

	if (!err)
		*pfn = quire_pte_pfn(vma_format(vma), e);
	return err;
}

int generic_access_phys(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
			int write)
{
	const struct quire_mmu_format *f = vma_format(vma);
	unsigned long pfn, offset = addr & (page_bytes() - 1);
	char *at;
	pte_t e;

	if (follow_entry(vma, addr, &e) || len < 0 || (write && !PTE_IS(f, e, write)))
		return -EINVAL;
	pfn = quire_pte_pfn(f, e);
	if ((unsigned long)len > page_bytes() - offset)
		len = (int)(page_bytes() - offset);
	if (!frame_exists(pfn))
		return -EINVAL;
	at = (char *)quire_this_cpu->linear + (pfn << quire_this_cpu->page_shift) + offset;
	memcpy(write ? at : buf, write ? buf : at, (size_t)len);
	return len;
}
