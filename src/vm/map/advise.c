/* SPDX-License-Identifier: MIT */
/*
 * map/advise.c - madvise, and names of anonymous memory.
 *
 * 1. Advice is given VMA by VMA. Holes are passed over and make the result -ENOMEM; any other error
 *    ends it.
 * 2. Advice that changes what a VMA is (its flags, its name) may cut and merge it, with mmap_lock
 *    held for writing; advice on pages holds it for reading.
 *
 * Left out: MADV_MERGEABLE (no KSM), MADV_COLLAPSE, MADV_HWPOISON: -EINVAL, as a kernel
 * built without them answers.
 * Source: Linux 6.1 mm/madvise.c (behaviour).
 */
#include <quire/errno.h>

#include "base/string.h"
#include "vm/map/map.h"

/* Names: Linux's ANON_VMA_NAME_MAX_LEN, the end included. */
#define NAME_MOST 80

/* What is done to each VMA. @name: with @naming */
struct visit {
	int advice;
	bool naming;
	const char *name;
};

/* --- pages ---------------------------------------------------------------------------------- */

static int remove_pages(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	const unsigned long needed =
		VM_SHARED | (follows(vma->vm_mm, 618) ? VM_MAYWRITE : VM_WRITE);

	if (vma->vm_flags & VM_LOCKED)
		return -EINVAL;
	if (!vma->vm_file)
		return -EINVAL;
	if ((vma->vm_flags & needed) != needed)
		return -EACCES;
	return vm_file_punch(vma->vm_file, vma->vm_pgoff + to_pages(start - vma->vm_start),
			     to_pages(end - start));
}

static int drop_pages(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		      int advice)
{
	const unsigned long never = advice == QUIRE_MADV_DONTNEED_LOCKED ? 0 : VM_LOCKED;

	if (vma->vm_flags & (VM_PFNMAP | never))
		return -EINVAL;
	if (advice == QUIRE_MADV_FREE && !vma_is_anonymous(vma))
		return -EINVAL;
	/* Tables that are there fold a task's cached counts. */
	if (!READ_ONCE(vma->touched) && (advice == QUIRE_MADV_FREE || !vma->vm_mm->rss_cache))
		return 0;
	if (advice == QUIRE_MADV_FREE)
		return madvise_free_range(vma, start, end);
	zap_page_range(vma, start, end - start);
	return 0;
}

static int age_pages(struct vm_area_struct *vma, unsigned long start, unsigned long end, int advice)
{
	if (vma->vm_flags & (VM_LOCKED | VM_PFNMAP))
		return -EINVAL;
	return READ_ONCE(vma->touched)
		       ? madvise_cold_range(vma, start, end, advice == QUIRE_MADV_PAGEOUT)
		       : 0;
}

/* MADV_POPULATE_READ, MADV_POPULATE_WRITE: each page is made accessible as by an access. */
static int populate_pages(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			  int advice)
{
	const bool write = advice == QUIRE_MADV_POPULATE_WRITE;
	unsigned long addr;

	if ((vma->vm_flags & (VM_IO | VM_PFNMAP)) ||
	    !(vma->vm_flags & (write ? VM_WRITE : VM_READ)))
		return -EINVAL;
	for (addr = start; addr < end; addr += page_size()) {
		vm_fault_t ret = handle_mm_fault(vma, addr, write ? FAULT_FLAG_WRITE : 0);

		if (ret & VM_FAULT_OOM)
			return -ENOMEM;
		if (ret & (VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV))
			return -EFAULT;
	}
	return 0;
}

/* Advice on pages. Context: mmap_lock for reading. */
static int visit_pages(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		       int advice)
{
	switch (advice) {
	case QUIRE_MADV_REMOVE:
		return remove_pages(vma, start, end);
	case QUIRE_MADV_DONTNEED:
	case QUIRE_MADV_DONTNEED_LOCKED:
	case QUIRE_MADV_FREE:
		return drop_pages(vma, start, end, advice);
	case QUIRE_MADV_COLD:
	case QUIRE_MADV_PAGEOUT:
		return age_pages(vma, start, end, advice);
	case QUIRE_MADV_POPULATE_READ:
	case QUIRE_MADV_POPULATE_WRITE:
		return populate_pages(vma, start, end, advice);
	default: /* MADV_WILLNEED: there is no disk to read from beforehand */
		return 0;
	}
}

static bool is_for_pages(int advice)
{
	switch (advice) {
	case QUIRE_MADV_WILLNEED:
	case QUIRE_MADV_REMOVE:
	case QUIRE_MADV_DONTNEED:
	case QUIRE_MADV_DONTNEED_LOCKED:
	case QUIRE_MADV_FREE:
	case QUIRE_MADV_COLD:
	case QUIRE_MADV_PAGEOUT:
	case QUIRE_MADV_POPULATE_READ:
	case QUIRE_MADV_POPULATE_WRITE:
		return true;
	default:
		return false;
	}
}

/* Rules of 6.18: these end at the first hole. */
static bool is_populate(int advice)
{
	return advice == QUIRE_MADV_POPULATE_READ || advice == QUIRE_MADV_POPULATE_WRITE;
}

/* --- flags and names ------------------------------------------------------------------------ */

/* What @advice makes of the flags. Return: 0, -EINVAL: not of this VMA. */
static int new_flags(const struct vm_area_struct *vma, int advice, unsigned long *flags)
{
	switch (advice) {
	case QUIRE_MADV_NORMAL:
		*flags &= ~(VM_RAND_READ | VM_SEQ_READ);
		return 0;
	case QUIRE_MADV_SEQUENTIAL:
		*flags = (*flags & ~VM_RAND_READ) | VM_SEQ_READ;
		return 0;
	case QUIRE_MADV_RANDOM:
		*flags = (*flags & ~VM_SEQ_READ) | VM_RAND_READ;
		return 0;
	case QUIRE_MADV_DONTFORK:
		*flags |= VM_DONTCOPY;
		return 0;
	case QUIRE_MADV_DOFORK:
		*flags &= ~VM_DONTCOPY;
		return vma->vm_flags & VM_IO ? -EINVAL : 0;
	case QUIRE_MADV_WIPEONFORK:
		*flags |= VM_WIPEONFORK;
		return vma->vm_file || (vma->vm_flags & VM_SHARED) ? -EINVAL : 0;
	case QUIRE_MADV_KEEPONFORK:
		*flags &= ~VM_WIPEONFORK;
		return 0;
	case QUIRE_MADV_DONTDUMP:
		*flags |= VM_DONTDUMP;
		return 0;
	case QUIRE_MADV_DODUMP:
		*flags &= ~VM_DONTDUMP;
		return vma->vm_flags & VM_SPECIAL ? -EINVAL : 0;
	case QUIRE_MADV_HUGEPAGE:
		*flags = (*flags & ~VM_NOHUGEPAGE) | VM_HUGEPAGE;
		return 0;
	case QUIRE_MADV_NOHUGEPAGE:
		*flags = (*flags & ~VM_HUGEPAGE) | VM_NOHUGEPAGE;
		return 0;
	default:
		return -EINVAL;
	}
}

static int update(struct vm_area_struct **vma, unsigned long start, unsigned long end,
		  unsigned long flags, const char *name)
{
	struct vm_area_struct *done;
	int err = 0;

	if (flags == (*vma)->vm_flags && anon_name_equal((*vma)->anon_name, name))
		return 0;
	anon_name_get(name); /* it may be that of a VMA which a merge lets go */
	done = vma_modify(*vma, start, end, flags, name, &err);
	if (!done) {
		anon_name_put(name);
		return err == -ENOMEM ? -EAGAIN : err;
	}
	*vma = done;
	vma_set_flags(done, flags | (done->vm_flags & VM_SOFTDIRTY));
	if (!anon_name_equal(done->anon_name, name)) {
		anon_name_put(done->anon_name);
		done->anon_name = anon_name_get(name);
	}
	anon_name_put(name);
	return 0;
}

/* *@vma: becomes the VMA that has the range then. */
static int visit_vma(const struct visit *v, struct vm_area_struct **vma, unsigned long start,
		     unsigned long end)
{
	unsigned long flags = (*vma)->vm_flags;
	int err;

	if (v->naming) {
		if ((*vma)->vm_file &&
		    !(follows((*vma)->vm_mm, 618) && (*vma)->vm_file->f_inode->shmem))
			return -EBADF;
		return update(vma, start, end, flags, v->name);
	}
	if (is_for_pages(v->advice))
		return visit_pages(*vma, start, end, v->advice);
	err = new_flags(*vma, v->advice, &flags);
	return err ? err : update(vma, start, end, flags, (*vma)->anon_name);
}

/* --- the range ------------------------------------------------------------------------------ */

static int walk(struct mm_struct *mm, unsigned long start, unsigned long end, const struct visit *v)
{
	struct vm_area_struct *vma = vma_tree_find(mm, start);
	int result = 0, err;

	while (start < end) {
		unsigned long to;

		if (!vma)
			return -ENOMEM;
		if (start < vma->vm_start) {
			result = -ENOMEM;
			if (follows(mm, 618) && is_populate(v->advice))
				break;
			start = vma->vm_start;
			if (start >= end)
				break;
		}
		to = vma->vm_end < end ? vma->vm_end : end;
		err = visit_vma(v, &vma, start, to);
		if (err)
			return err;
		start = vma->vm_end > to ? vma->vm_end : to;
		vma = vma_tree_find(mm, start);
	}
	return result;
}

/* Start and length as madvise checks them; *@end. Return: 0, 1: nothing to do, -EINVAL. */
static int check_range(unsigned long start, unsigned long len, unsigned long *end)
{
	unsigned long bytes = page_up(len);

	if (!page_aligned(start) || (len && !bytes) || start + bytes < start)
		return -EINVAL;
	*end = start + bytes;
	return *end == start;
}

static bool advice_known(int advice)
{
	const struct vm_area_struct blank = { 0 };
	unsigned long flags = 0;

	return is_for_pages(advice) || !new_flags(&blank, advice, &flags);
}

long quire_mm_madvise(struct mm_struct *mm, unsigned long start, unsigned long len, int advice)
{
	const struct visit v = { .advice = advice };
	unsigned long end;
	int err;

	if (!advice_known(advice))
		return -EINVAL;
	err = check_range(start, len, &end);
	if (err)
		return err < 0 ? err : 0;
	if (is_for_pages(advice)) {
		quire_read_lock(&mm->mmap_lock);
		err = walk(mm, start, end, &v);
		quire_read_unlock(&mm->mmap_lock);
	} else {
		quire_write_lock(&mm->mmap_lock);
		err = walk(mm, start, end, &v);
		quire_write_unlock(&mm->mmap_lock);
	}
	return err;
}

/* Printable, and nothing that maps or a shell takes for its own. */
static bool name_ok(const char *name)
{
	size_t n;

	for (n = 0; name[n]; n++) {
		const char ch = name[n];

		if (n + 1 >= NAME_MOST || ch < 0x20 || ch > 0x7e || ch == '\\' || ch == '`' ||
		    ch == '$' || ch == '[' || ch == ']')
			return false;
	}
	return true;
}

long quire_mm_set_anon_name(struct mm_struct *mm, unsigned long start, unsigned long len,
			    const char *name)
{
	struct visit v = { .naming = true };
	unsigned long end;
	int err;

	if (name && !name_ok(name))
		return -EINVAL;
	if (name) {
		v.name = anon_name_new(name);
		if (!v.name)
			return -ENOMEM;
	}
	err = check_range(start, len, &end);
	if (!err) {
		quire_write_lock(&mm->mmap_lock);
		err = walk(mm, start, end, &v);
		quire_write_unlock(&mm->mmap_lock);
	} else if (err > 0) {
		err = 0;
	}
	anon_name_put(v.name);
	return err;
}
