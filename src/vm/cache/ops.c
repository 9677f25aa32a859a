/* SPDX-License-Identifier: MIT */
/*
 * cache/ops.c - what the mappings of files in memory and of shared memory do at a fault.
 *
 * Fault-around looks at i_pages under the page-table lock and takes no page lock: what is
 * removed from the file meanwhile is unmapped again by the second pass of truncation, which
 * waits for that lock (cache.h, point 4).
 *
 * Source: Linux 6.1 mm/filemap.c, mm/shmem.c (behaviour).
 */
#include <quire/errno.h>
#include <quire/xarray_state.h>

#include "vm/cache/cache.h"
#include "vm/fault/fault.h"
#include "vm/lru.h"

static vm_fault_t cache_fault(struct vm_fault *vmf)
{
	struct inode *inode = vmf->vma->vm_file->f_inode;
	bool major = false;
	int err;

	if (vmf->pgoff >= inode_pages(inode))
		return VM_FAULT_SIGBUS;
	err = cache_get_page(inode, vmf->pgoff, &vmf->page, &major);
	if (err)
		return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
	if (major)
		count_vm_events(PGMAJFAULT, 1);
	/* Cut off while it was waited for? */
	if (vmf->pgoff >= inode_pages(inode)) {
		unlock_page(vmf->page);
		put_page(vmf->page);
		return VM_FAULT_SIGBUS;
	}
	return VM_FAULT_LOCKED | (major ? VM_FAULT_MAJOR : 0);
}

static vm_fault_t cache_map_pages(struct vm_fault *vmf, pgoff_t start, pgoff_t end)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	pte_t *at = vmf->pte;
	pgoff_t size = inode_pages(mapping->host);
	XA_STATE(xas, &mapping->i_pages, start);
	vm_fault_t ret = 0;
	struct page *page;

	if (!size)
		return 0;
	if (end > size - 1)
		end = size - 1;
	fault_lock(vmf);
	rcu_read_lock();
	xas_for_each(&xas, page, end)
	{
		unsigned long addr =
			vmf->address + ((xas.xa_index - vmf->pgoff) << quire_this_cpu->page_shift);

		if (xas_retry(&xas, page))
			continue;
		if (!page_uptodate(page))
			continue;
		vmf->pte = at + (long)(xas.xa_index - vmf->pgoff);
		if (addr == vmf->address)
			ret = VM_FAULT_NOPAGE;
		if (!pte_none(quire_pte_get(vmf->pte)))
			continue;
		atomic_inc(&page->_refcount);
		do_set_pte(vmf, page, addr);
		if (addr == vmf->address)
			vmf->kind = page_flag(page, PG_swapbacked) ? QUIRE_FAULT_SHMEM
								   : QUIRE_FAULT_FILE_READ;
	}
	rcu_read_unlock();
	spin_unlock(vmf->ptl);
	vmf->pte = at;
	return ret;
}

/* The first write to a page of a shared mapping. Return: locked, or gone from the file. */
static vm_fault_t cache_page_mkwrite(struct vm_fault *vmf)
{
	struct page *page = vmf->page;

	lock_page(page);
	if (READ_ONCE(page->mapping) != vmf->vma->vm_file->f_mapping) {
		unlock_page(page);
		return VM_FAULT_NOPAGE;
	}
	set_page_dirty(page);
	return VM_FAULT_LOCKED;
}

const struct vm_operations_struct memfs_vm_ops = {
	.fault = cache_fault,
	.map_pages = cache_map_pages,
	.page_mkwrite = cache_page_mkwrite,
};

/* Shared memory has no disk to keep clean: no first write to be told of. */
const struct vm_operations_struct shmem_vm_ops = {
	.fault = cache_fault,
	.map_pages = cache_map_pages,
};
