/* SPDX-License-Identifier: MIT */
/*
 * vm_insert.h - mappings whose pages a driver gives: remap_pfn_range() and its relatives.
 *
 *	->mmap()	remap_pfn_range()	frames by number: VM_PFNMAP, nobody counts them
 *			vm_insert_page()	pages with a reference each: VM_MIXEDMAP
 *			remap_vmalloc_range()	the same for a vmalloc_user() area
 *	->fault()	vmf_insert_pfn()	one frame by number; or a page for vmf->page
 *
 * 1. A frame by number has an entry without a struct page behind (special): it is not resident, has
 *    no reverse mapping, get_user_pages() refuses it, and it stays its owner's in all respects.
 * 2. A page inserted holds a reference until it is unmapped, and counts as a file's page.
 * 3. Frames beyond the machine's memory may be mapped: an access finds nothing there, reads give
 *    all ones and writes are lost, as on a bus without a device.
 *
 * Names, errors and flags after Linux 6.1 (mm/memory.c, mm/vmalloc.c). Where Linux ends the machine
 * for a caller's bug (BUG_ON), an assertion does.
 *
 * Context of all: may sleep; mmap_lock for writing (from ->mmap()), or for reading (from
 * ->fault()) where the flags are set already.
 */
#ifndef QUIRE_VM_INSERT_H
#define QUIRE_VM_INSERT_H

#include <quire/vm.h>

QUIRE_BEGIN_DECLS

/**
 * remap_pfn_range() - [@addr, + @size) of @vma maps frames from number @pfn on, by @prot.
 * @addr: page-aligned; @size: bytes, rounded up to pages
 * Sets VM_IO, VM_PFNMAP, VM_DONTEXPAND, VM_DONTDUMP. A private mapping that may be written must
 * be mapped as a whole: its vm_pgoff becomes @pfn. What is mapped there already is an assertion.
 * Return: 0; -EINVAL: not aligned, part of a private mapping, or (reported) not inside @vma;
 * -ENOMEM: a part may be mapped then, and goes with the VMA. O(pages).
 */
int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
		    unsigned long size, pgprot_t prot) QUIRE_API(remap_pfn_range);
/** vm_iomap_memory() - physical [@start, + @len), cut by vm_pgoff, to all of @vma. 0, -EINVAL,
 * -ENOMEM. */
int vm_iomap_memory(struct vm_area_struct *vma, phys_addr_t start, unsigned long len)
	QUIRE_API(vm_iomap_memory);

/**
 * vm_insert_page() - @page, one the caller has a reference to, at @addr of @vma; takes another.
 * Sets VM_MIXEDMAP, for which the mmap_lock must be held for writing if it is not set yet.
 * Return: 0; -EFAULT: @addr is not in @vma; -EINVAL: anonymous, slab or otherwise typed page, or
 * free; -EBUSY: something is mapped there; -ENOMEM.
 */
int vm_insert_page(struct vm_area_struct *vma, unsigned long addr, struct page *page)
	QUIRE_API(vm_insert_page);
/** vm_insert_pages() - *@num pages from @addr on; on an error *@num says how many are left. */
int vm_insert_pages(struct vm_area_struct *vma, unsigned long addr, struct page **pages,
		    unsigned long *num) QUIRE_API(vm_insert_pages);
/** vm_map_pages() - all of @vma from @pages, of which there are @num; vm_pgoff is where it begins.
 * -ENXIO: @vma wants others. vm_map_pages_zero(): from the first one, whatever vm_pgoff. */
int vm_map_pages(struct vm_area_struct *vma, struct page **pages, unsigned long num)
	QUIRE_API(vm_map_pages);
int vm_map_pages_zero(struct vm_area_struct *vma, struct page **pages, unsigned long num)
	QUIRE_API(vm_map_pages_zero);

/** vmf_insert_pfn() - a ->fault() answers by frame @pfn at @addr, by vm_page_prot, or @prot. @vma:
 * has VM_PFNMAP or VM_MIXEDMAP and is not copied on write. Return: VM_FAULT_NOPAGE;
 * VM_FAULT_SIGBUS: @addr is not in @vma; VM_FAULT_OOM. */
vm_fault_t vmf_insert_pfn(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn)
	QUIRE_API(vmf_insert_pfn);
vm_fault_t vmf_insert_pfn_prot(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
			       pgprot_t prot) QUIRE_API(vmf_insert_pfn_prot);

/**
 * remap_vmalloc_range_partial() - pages of the area at @kaddr, from page @pgoff on, to
 * [@uaddr, + @size) of @vma. The area: vmalloc_user()'s or one with VM_USERMAP.
 * Return: 0; -EINVAL: not aligned, no such area, or too small; errors of vm_insert_page().
 * remap_vmalloc_range() - the same for all of @vma.
 */
int remap_vmalloc_range_partial(struct vm_area_struct *vma, unsigned long uaddr, void *kaddr,
				unsigned long pgoff, unsigned long size)
	QUIRE_API(remap_vmalloc_range_partial);
int remap_vmalloc_range(struct vm_area_struct *vma, void *addr, unsigned long pgoff)
	QUIRE_API(remap_vmalloc_range);

/** zap_vma_ptes() - entries of [@address, + @size) of a VM_PFNMAP VMA go; of others: nothing. */
void zap_vma_ptes(struct vm_area_struct *vma, unsigned long address, unsigned long size)
	QUIRE_API(zap_vma_ptes);
/** unmap_mapping_range() - bytes [@holebegin, + @holelen) of a file (0: to its end) leave all page
 * tables, rounded out to pages; private copies only if @even_cows. No lock of an mm is needed. */
void unmap_mapping_range(struct address_space *mapping, s64 holebegin, s64 holelen, int even_cows)
	QUIRE_API(unmap_mapping_range);
/** follow_pfn() - the frame behind @address of a VM_IO or VM_PFNMAP VMA. 0, -EINVAL. */
int follow_pfn(struct vm_area_struct *vma, unsigned long address, unsigned long *pfn)
	QUIRE_API(follow_pfn);
/** generic_access_phys() - an ->access() for such a VMA: bytes copied, or -EINVAL. */
int generic_access_phys(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
			int write) QUIRE_API(generic_access_phys);

QUIRE_END_DECLS

#endif /* QUIRE_VM_INSERT_H */
