/* SPDX-License-Identifier: MIT */
/*
 * rmap/walk.c - who maps this page: the walk, and how VMAs of files join it.
 *
 * A VMA that the walk finds may map the page at the address told; whether it does, its page
 * table says: the page may have been replaced there by a private copy, or never faulted in.
 */
#include <quire/atomic.h>
#include <quire/errno.h>
#include <quire/fs.h>

#include "vm/rmap/rmap.h"

/* i_mmap_lock is as short as the tree is small: a spin lock (unranked: outermost of them). */
void vma_lock_file(struct vm_area_struct *vma)
{
	if (vma->vm_file)
		spin_lock(&vma->vm_file->f_mapping->i_mmap_lock);
}

void vma_unlock_file(struct vm_area_struct *vma)
{
	if (vma->vm_file)
		spin_unlock(&vma->vm_file->f_mapping->i_mmap_lock);
}

void vma_enter_file(struct vm_area_struct *vma)
{
	struct address_space *mapping;

	if (!vma->vm_file)
		return;
	mapping = vma->vm_file->f_mapping;
	if (vma->vm_flags & VM_SHARED && vma->vm_flags & VM_MAYWRITE)
		mapping->i_mmap_writable++;
	file_interval_insert(vma, &mapping->i_mmap);
}

void vma_leave_file(struct vm_area_struct *vma)
{
	struct address_space *mapping;

	if (!vma->vm_file)
		return;
	mapping = vma->vm_file->f_mapping;
	if (vma->vm_flags & VM_SHARED && vma->vm_flags & VM_MAYWRITE)
		mapping->i_mmap_writable--;
	file_interval_remove(vma, &mapping->i_mmap);
}

void vma_link_file(struct vm_area_struct *vma)
{
	vma_lock_file(vma);
	vma_enter_file(vma);
	vma_unlock_file(vma);
}

void vma_unlink_file(struct vm_area_struct *vma)
{
	vma_lock_file(vma);
	vma_leave_file(vma);
	vma_unlock_file(vma);
}

static unsigned long vma_address(pgoff_t pgoff, const struct vm_area_struct *vma)
{
	return vma->vm_start + ((pgoff - vma->vm_pgoff) << quire_this_cpu->page_shift);
}

unsigned long page_address_in_vma(struct page *page, struct vm_area_struct *vma)
{
	pgoff_t pgoff = page_mapped_offset(page);
	struct page *head = compound_head(page);
	unsigned long address;

	if (PageAnon(page)) {
		struct anon_vma *av =
			(struct anon_vma *)((unsigned long)head->mapping & ~PAGE_MAPPING_ANON);

		if (!vma->anon_vma || vma->anon_vma->root != av->root)
			return (unsigned long)-EFAULT;
	} else if (!vma->vm_file || vma->vm_file->f_mapping != head->mapping) {
		return (unsigned long)-EFAULT;
	}
	if (pgoff < vma->vm_pgoff)
		return (unsigned long)-EFAULT;
	address = vma_address(pgoff, vma);
	return address < vma->vm_end ? address : (unsigned long)-EFAULT;
}

/*
 * The anon_vma of a mapped page stays: a VMA that maps the page is linked to it. One of an
 * unmapped page may be gone; its memory stays an anon_vma until the RCU section ends, so that
 * its lock can be taken to find that out.
 */
static void walk_anon(struct page *page, struct rmap_walk *w)
{
	unsigned long mapping = (unsigned long)READ_ONCE(compound_head(page)->mapping);
	struct anon_vma *av = (struct anon_vma *)(mapping & ~PAGE_MAPPING_ANON);
	pgoff_t pgoff = page_mapped_offset(page);
	struct anon_vma_chain *avc;
	struct anon_vma *root;

	rcu_read_lock();
	if (!page_mapped(page)) {
		rcu_read_unlock();
		return;
	}
	root = READ_ONCE(av->root);
	quire_lock(&root->lock);
	/* Unmapped meanwhile: this may be another family's lock by now. */
	avc = page_mapped(page) ? anon_interval_first(&av->rb_root, pgoff, pgoff) : NULL;
	for (; avc; avc = anon_interval_next(avc, pgoff, pgoff))
		if (!w->one(w, page, avc->vma, vma_address(pgoff, avc->vma)))
			break;
	quire_unlock(&root->lock);
	rcu_read_unlock();
}

static void walk_file(struct page *page, struct rmap_walk *w)
{
	struct address_space *mapping = READ_ONCE(page->mapping);
	pgoff_t pgoff = page->index;
	struct vm_area_struct *vma;

	if (!mapping)
		return;
	spin_lock(&mapping->i_mmap_lock);
	for (vma = file_interval_first(&mapping->i_mmap, pgoff, pgoff); vma;
	     vma = file_interval_next(vma, pgoff, pgoff))
		if (!w->one(w, page, vma, vma_address(pgoff, vma)))
			break;
	spin_unlock(&mapping->i_mmap_lock);
}

void rmap_walk(struct page *page, struct rmap_walk *w)
{
	if (PageAnon(page))
		walk_anon(page, w);
	else
		walk_file(page, w);
}
