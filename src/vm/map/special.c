/* SPDX-License-Identifier: MIT */
/*
 * map/special.c - mappings whose pages are given and fixed: [vdso], [vvar].
 *
 * They cannot be cut, grown or merged. Each may be unmapped or moved as a whole. With VM_PFNMAP
 * ([vvar]) their pages are mapped by number and not counted as resident.
 * Source: Linux 6.1 mm/mmap.c _install_special_mapping() (behaviour).
 */
#include <quire/atomic.h>
#include <quire/errno.h>
#include <quire/slab.h>

#include "base/string.h"
#include "vm/map/map.h"

/* What stands behind one; shared by its copies. @users: VMAs */
struct special {
	atomic_t users;
	unsigned long nr;
	const char *name;
	struct page *pages[];
};

static struct special *special_of(const struct vm_area_struct *vma)
{
	return vma->vm_private_data;
}

static void special_put(struct special *s)
{
	unsigned long i;

	if (!atomic_dec_and_test(&s->users))
		return;
	for (i = 0; i < s->nr; i++)
		put_page(s->pages[i]);
	kfree(s);
}

static void special_open(struct vm_area_struct *vma)
{
	atomic_inc(&special_of(vma)->users);
}

static void special_close(struct vm_area_struct *vma)
{
	special_put(special_of(vma));
}

/* Mapped by its frame's number alone: no mapping of the page, and nobody counts it. */
static vm_fault_t insert_frame(struct vm_fault *vmf, struct page *page)
{
	struct quire_pgtable *pt = &vmf->vma->vm_mm->pgtable;
	pte_t e = quire_mk_pte(pt->format, page_to_pfn(page), vmf->vma->vm_page_prot);

	e.pte = quire_mmu_set(e.pte, &pt->format->special);
	vmf->ptl = quire_pt_lockptr(pt, vmf->pte, 0);
	spin_lock(vmf->ptl);
	if (pte_none(quire_pte_get(vmf->pte)))
		quire_set_pte(vmf->pte, e);
	spin_unlock(vmf->ptl);
	vmf->kind = QUIRE_FAULT_FILE_READ;
	return VM_FAULT_NOPAGE;
}

static vm_fault_t special_fault(struct vm_fault *vmf)
{
	struct special *s = special_of(vmf->vma);

	if (vmf->pgoff >= s->nr)
		return VM_FAULT_SIGBUS;
	if (vmf->vma->vm_flags & VM_PFNMAP)
		return insert_frame(vmf, s->pages[vmf->pgoff]);
	get_page(s->pages[vmf->pgoff]);
	vmf->page = s->pages[vmf->pgoff];
	return 0;
}

static const char *special_name(struct vm_area_struct *vma)
{
	return special_of(vma)->name;
}

const struct vm_operations_struct special_vm_ops = {
	.open = special_open,
	.close = special_close,
	.fault = special_fault,
	.name = special_name,
};

bool vma_is_special(const struct vm_area_struct *vma)
{
	return vma->vm_ops == &special_vm_ops;
}

static struct special *special_new(const char *name, unsigned long nr, struct page **pages)
{
	struct special *s;
	unsigned long i;
	char *copy;

	if (!pages)
		nr = 0;
	s = kmalloc(sizeof(*s) + nr * sizeof(s->pages[0]) + strlen(name) + 1, GFP_KERNEL);
	if (!s)
		return NULL;
	atomic_set(&s->users, 1);
	s->nr = nr;
	for (i = 0; i < nr; i++) {
		get_page(pages[i]);
		s->pages[i] = pages[i];
	}
	copy = (char *)&s->pages[nr];
	memcpy(copy, name, strlen(name) + 1);
	s->name = copy;
	return s;
}

int quire_mm_install_special(struct mm_struct *mm, unsigned long addr, unsigned long len,
			     unsigned long vm_flags, const char *name, struct page **pages)
{
	struct vma_stock stock = { 0 };
	struct vm_area_struct *vma = NULL, *next;
	struct special *s = NULL;
	struct vma_cursor c;
	int err = -EINVAL;

	quire_write_lock(&mm->mmap_lock);
	if (!page_aligned(addr) || !len || addr + len < addr || addr + len > mm->task_size)
		goto out;
	len = page_up(len);
	err = -EEXIST;
	next = vma_cursor_find(&c, mm, addr);
	if (next && next->vm_start < addr + len)
		goto out;
	err = -ENOMEM;
	vma = vma_alloc(mm);
	s = special_new(name, to_pages(len), pages);
	if (!vma || !s || vma_stock_fill(&stock, &c, 1))
		goto out;
	vma->vm_start = addr;
	vma->vm_end = addr + len;
	vma->vm_flags = vm_flags | VM_DONTEXPAND | VM_SOFTDIRTY;
	vma->vm_pgoff = 0;
	vma->vm_ops = &special_vm_ops;
	vma->vm_private_data = s;
	vma_set_page_prot(vma);
	vma_link(&c, vma, &stock);
	vm_stat_account(mm, vma->vm_flags, (long)to_pages(len));
	err = 0;
out:
	if (err && s)
		special_put(s);
	if (err && vma)
		vma_free(vma);
	vma_stock_drop(&stock);
	quire_write_unlock(&mm->mmap_lock);
	return err;
}
