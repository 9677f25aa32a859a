/* SPDX-License-Identifier: MIT */
/*
 * map/mmap.c - mmap: its checks, and the new mapping.
 *
 * 1. Checks come in Linux's order, as programs see which error wins: length, overflow, number of
 *    mappings, the place, MAP_FIXED_NOREPLACE, locked memory, then the file's mode.
 * 2. The mapping: limits, room made (MAP_FIXED), commit limit, then a neighbour that grows or a
 *    VMA of its own. What can fail is done before room is made, so that a refused
 *    MAP_FIXED leaves what was there; Linux 6.1 has unmapped it by then (6.12 has not).
 * 3. Shared anonymous memory is a file of its own, "/dev/zero (deleted)".
 *
 * Source: Linux 6.1 mm/mmap.c do_mmap(), mmap_region() (behaviour).
 */
#include <quire/errno.h>

#include "base/assert.h"
#include "vm/map/map.h"

#define MAP_TYPE 0x0ful
/* Flags that mmap has always taken, and MAP_SHARED_VALIDATE therefore knows. */
#define KNOWN_FLAGS                                                                            \
	(QUIRE_MAP_SHARED | QUIRE_MAP_PRIVATE | QUIRE_MAP_FIXED | QUIRE_MAP_ANONYMOUS |        \
	 QUIRE_MAP_DENYWRITE | QUIRE_MAP_EXECUTABLE | QUIRE_MAP_GROWSDOWN | QUIRE_MAP_LOCKED | \
	 QUIRE_MAP_NORESERVE | QUIRE_MAP_POPULATE | QUIRE_MAP_NONBLOCK | QUIRE_MAP_STACK |     \
	 QUIRE_MAP_HUGETLB | QUIRE_MAP_32BIT | 0x7c000000ul /* sizes of huge pages */)

/* A request on its way. */
struct request {
	struct mm_struct *mm;
	struct file *file;
	unsigned long addr, len, prot, flags, pgoff, vm_flags;
};

static unsigned long prot_flags(unsigned long prot)
{
	return prot & (VM_READ | VM_WRITE | VM_EXEC);
}

static unsigned long map_flags(const struct mm_struct *mm, unsigned long flags)
{
	return ((flags & QUIRE_MAP_GROWSDOWN) ? VM_GROWSDOWN : 0) |
	       ((flags & QUIRE_MAP_LOCKED) ? VM_LOCKED : 0) |
	       ((flags & QUIRE_MAP_SYNC) ? VM_SYNC : 0) |
	       ((flags & QUIRE_MAP_STACK) && follows(mm, 618) ? VM_NOHUGEPAGE : 0);
}

/* A file ends at the largest offset that a signed word holds. */
static bool file_range_ok(unsigned long pgoff, unsigned long len)
{
	unsigned long most = ~0ul >> 1;

	return len <= most && pgoff <= to_pages(most - len);
}

static int check_file_private(struct request *r)
{
	if (!(r->file->f_mode & FMODE_READ))
		return -EACCES;
	if (r->file->f_flags & QUIRE_FILE_NOEXEC) {
		if (r->vm_flags & VM_EXEC)
			return -EPERM;
		r->vm_flags &= ~VM_MAYEXEC;
	}
	if (r->file->ops && !r->file->ops->mmap)
		return -ENODEV;
	return r->vm_flags & VM_GROWSDOWN ? -EINVAL : 0;
}

static int check_file(struct request *r)
{
	unsigned long flags = r->flags;

	if (!file_range_ok(r->pgoff, r->len))
		return -EOVERFLOW;
	switch (flags & MAP_TYPE) {
	case QUIRE_MAP_SHARED:
		flags &= KNOWN_FLAGS;
		__attribute__((fallthrough));
	case QUIRE_MAP_SHARED_VALIDATE:
		if (flags & ~(unsigned long)KNOWN_FLAGS)
			return -EOPNOTSUPP;
		if ((r->prot & QUIRE_PROT_WRITE) && !(r->file->f_mode & FMODE_WRITE))
			return -EACCES;
		r->vm_flags |= VM_SHARED | VM_MAYSHARE;
		if (!(r->file->f_mode & FMODE_WRITE))
			r->vm_flags &= ~(VM_MAYWRITE | VM_SHARED);
		return check_file_private(r);
	case QUIRE_MAP_PRIVATE:
		return check_file_private(r);
	default:
		return -EINVAL;
	}
}

static int check_anonymous(struct request *r)
{
	switch (r->flags & MAP_TYPE) {
	case QUIRE_MAP_PRIVATE:
		r->pgoff = to_pages(r->addr);
		return 0;
	case QUIRE_MAP_SHARED:
		if (r->vm_flags & VM_GROWSDOWN)
			return -EINVAL;
		r->pgoff = 0;
		r->vm_flags |= VM_SHARED | VM_MAYSHARE;
		return 0;
	default:
		return -EINVAL;
	}
}

/* An unaligned hint goes down, and not below what an ordinary process may map. */
static unsigned long round_hint(unsigned long hint)
{
	unsigned long least = (unsigned long)READ_ONCE(this_vm()->mmap_min_addr);

	hint = page_down(hint);
	return hint && hint < least ? page_up(least) : hint;
}

/* What is asked for makes sense, and where it goes. 0 or -errno; r->addr and r->vm_flags are set.
 */
static int check(struct request *r)
{
	struct mm_struct *mm = r->mm;
	struct vm_area_struct *there;
	long place;

	if (unlikely(!r->len))
		return -EINVAL;
	if (!(r->flags & QUIRE_MAP_FIXED))
		r->addr = round_hint(r->addr);
	r->len = page_up(r->len);
	if (unlikely(!r->len))
		return -ENOMEM;
	if (unlikely(r->pgoff + to_pages(r->len) < r->pgoff))
		return -EOVERFLOW;
	if (unlikely(mm->map_count > READ_ONCE(this_vm()->max_map_count)))
		return -ENOMEM;
	place = get_unmapped_area(mm, r->file, r->addr, r->len, r->pgoff, r->flags);
	if (unlikely(is_error(place)))
		return (int)place;
	r->addr = (unsigned long)place;
	if (unlikely(r->flags & QUIRE_MAP_FIXED_NOREPLACE)) {
		there = vma_tree_find(mm, r->addr);
		if (there && there->vm_start < r->addr + r->len)
			return -EEXIST;
	}
	r->vm_flags = prot_flags(r->prot) | map_flags(mm, r->flags) | mm->def_flags | VM_MAYREAD |
		      VM_MAYWRITE | VM_MAYEXEC;
	if (unlikely(r->flags & QUIRE_MAP_LOCKED) && !can_do_mlock(mm))
		return -EPERM;
	if (unlikely(!mlock_future_ok(mm, r->vm_flags, r->len)))
		return -EAGAIN;
	return r->file ? check_file(r) : check_anonymous(r);
}

/* --- the mapping ---------------------------------------------------------------------------- */

/* Shared anonymous memory of @len bytes; NULL. Its pages are promised with the file. */
static struct file *shmem_zero(struct mm_struct *mm, unsigned long len, bool account)
{
	long pages = account ? (long)to_pages(len) : 0;
	struct file *file;

	if (vm_commit(mm, pages))
		return NULL;
	file = quire_shmem_create("/dev/zero (deleted)", len);
	if (file)
		file->f_inode->i_committed = (unsigned long)pages;
	else
		vm_uncommit(pages);
	return file;
}

/* A VMA of its own for @r; NULL. */
static struct vm_area_struct *fresh_vma(struct request *r)
{
	struct vm_area_struct *vma = vma_alloc(r->mm);

	if (unlikely(!vma))
		return NULL;
	vma->vm_start = r->addr;
	vma->vm_end = r->addr + r->len;
	vma->vm_flags = r->vm_flags;
	vma->vm_pgoff = r->pgoff;
	vma_set_page_prot(vma);
	if (likely(!r->file && !(r->vm_flags & VM_SHARED)))
		return vma;
	vma->vm_file = r->file ? get_file(r->file)
			       : shmem_zero(r->mm, r->len, !(r->vm_flags & VM_NORESERVE));
	if (vma->vm_file) {
		vma->vm_ops = vma->vm_file->vm_ops;
		return vma;
	}
	vma_free(vma);
	return NULL;
}

/* Counts, and what every new mapping gets. */
static void mapped(struct request *r, struct vm_area_struct *vma)
{
	unsigned long pages = to_pages(r->len);

	vm_stat_account(r->mm, r->vm_flags, (long)pages);
	if (unlikely(r->vm_flags & VM_LOCKED)) {
		if (r->vm_flags & VM_SPECIAL) /* a driver's: it stays where it is anyway */
			vma->vm_flags = r->vm_flags &= ~VM_LOCKED_MASK;
		else
			r->mm->locked_vm += pages;
	}
	vma_set_flags(vma, vma->vm_flags | VM_SOFTDIRTY);
}

/* A driver's ->mmap(); if it fails, what it mapped goes, and @fresh with it. 0, -errno. */
static int call_mmap(struct request *r, struct vm_area_struct *fresh)
{
	int err = r->file->ops->mmap(r->file, fresh);

	if (!err) {
		QUIRE_ASSERT(fresh->vm_start == r->addr && fresh->vm_end == r->addr + r->len,
			     "a driver's ->mmap() may not change where its mapping is");
		r->vm_flags = fresh->vm_flags;
		vma_settle_page_prot(fresh);
		return 0;
	}
	if (fresh->touched)
		zap_page_range(fresh, fresh->vm_start, r->len);
	vma_free(fresh);
	return err;
}

/* The range is free by now: a neighbour grows, or @fresh, made here if NULL, goes in. 0, -errno;
 * @fresh is used up. */
static int put(struct request *r, struct vma_cursor *c, struct vm_area_struct *fresh,
	       struct vma_stock *stock)
{
	const struct vma_spec spec = { .start = r->addr,
				       .end = r->addr + r->len,
				       .vm_flags = r->vm_flags,
				       .pgoff = r->pgoff,
				       .file = r->file };
	struct vm_area_struct *vma = NULL;

	if (likely(r->file || !(r->vm_flags & VM_SHARED)))
		vma = vma_merge_mmap(c, &spec);
	if (vma) {
		if (fresh)
			vma_free(fresh);
		mapped(r, vma);
		return 0;
	}
	if (likely(!fresh)) {
		if (unlikely(vma_stock_fill(stock, c, 1)))
			return -ENOMEM;
		fresh = fresh_vma(r);
		if (unlikely(!fresh))
			return -ENOMEM;
	}
	if (unlikely(r->file && r->file->ops)) {
		int err = call_mmap(r, fresh);

		if (err)
			return err;
	}
	vma_link(c, fresh, stock);
	mapped(r, fresh);
	return 0;
}

/* Something lies in the range: all that may fail comes before it goes. */
static int replace(struct request *r, struct vma_cursor *c)
{
	struct vma_stock stock = { 0 };
	struct vm_area_struct *fresh = fresh_vma(r);
	int err = -ENOMEM;

	if (!fresh)
		return -ENOMEM;
	if (!vma_stock_reserve(&stock, r->mm->areas_height + 1) &&
	    !do_munmap(r->mm, r->addr, r->len))
		err = 0;
	if (!err) {
		vma_cursor_find(c, r->mm, r->addr);
		err = put(r, c, fresh, &stock);
	} else {
		vma_free(fresh);
	}
	vma_stock_drop(&stock);
	return err;
}

/* Pages of [@start, @end) that are mapped; *@promised: how many of them count against the limit. */
static unsigned long mapped_pages(struct mm_struct *mm, unsigned long start, unsigned long end,
				  unsigned long *promised)
{
	struct vm_area_struct *vma = vma_tree_find(mm, start);
	unsigned long pages = 0;

	for (*promised = 0; vma && vma->vm_start < end; vma = quire_vma_next(mm, vma)) {
		unsigned long from = vma->vm_start > start ? vma->vm_start : start;
		unsigned long to = vma->vm_end < end ? vma->vm_end : end;

		pages += to_pages(to - from);
		if (vma->vm_flags & VM_ACCOUNT)
			*promised += to_pages(to - from);
	}
	return pages;
}

/* Limits and the mapping. 0, -errno with nothing changed, but for what was in the way of a mapping
 * that its driver refused. @there: in the way, or NULL. */
static int map_within_limits(struct request *r, struct vma_cursor *c, struct vm_area_struct *there)
{
	unsigned long pages = to_pages(r->len), old_pages = 0, promised = 0;
	struct mm_struct *mm = r->mm;
	struct vma_stock stock = { 0 };
	long charged = 0;
	int err;

	if (unlikely(there))
		old_pages = mapped_pages(mm, r->addr, r->addr + r->len, &promised);
	if (!may_expand_vm(mm, r->vm_flags, pages) &&
	    !may_expand_vm(mm, r->vm_flags, pages - old_pages))
		return -ENOMEM;
	if (accountable(r->vm_flags)) {
		/* What goes is given back only then, but counts for the question. */
		charged = (long)pages;
		if (vm_commit(mm, charged - (long)promised))
			return -ENOMEM;
		if (promised)
			vm_commit_more((long)promised);
		r->vm_flags |= VM_ACCOUNT;
	}
	if (likely(!there)) {
		err = put(r, c, NULL, &stock);
		vma_stock_drop(&stock);
	} else {
		err = replace(r, c);
	}
	if (unlikely(err))
		vm_uncommit(charged);
	return err;
}

static int map_region(struct request *r)
{
	struct vm_area_struct *there;
	struct vma_cursor c;
	int err;

	there = vma_cursor_find(&c, r->mm, r->addr);
	if (likely(!there || there->vm_start >= r->addr + r->len))
		return map_within_limits(r, &c, NULL);
	err = map_within_limits(r, &c, there);
	if (err && follows(r->mm, 618)) { /* which cuts first and does not mend */
		vma_cut(r->mm, r->addr);
		vma_cut(r->mm, r->addr + r->len);
	}
	return err;
}

static long do_mmap(struct request *r)
{
	int err = check(r);

	if (unlikely(err))
		return err;
	/* Mode 2 promises everything. */
	if ((r->flags & QUIRE_MAP_NORESERVE) && READ_ONCE(this_vm()->overcommit_memory) != 2)
		r->vm_flags |= VM_NORESERVE;
	err = map_region(r);
	return unlikely(err) ? err : (long)r->addr;
}

long quire_mm_mmap(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long prot,
		   unsigned long flags, struct file *file, unsigned long offset)
{
	struct request r = { mm, file, addr, len, prot, flags, to_pages(offset), 0 };
	long result;

	if (unlikely(!page_aligned(offset)))
		return -EINVAL;
	if (flags & QUIRE_MAP_ANONYMOUS)
		r.file = NULL;
	else if (!file)
		return -EBADF;
	if (unlikely(flags & QUIRE_MAP_HUGETLB)) /* a pool of huge pages that is always empty */
		return r.file || !len ? -EINVAL : -ENOMEM;
	if (flags & QUIRE_MAP_FIXED_NOREPLACE)
		r.flags |= QUIRE_MAP_FIXED;
	quire_write_lock(&mm->mmap_lock);
	result = do_mmap(&r);
	quire_write_unlock(&mm->mmap_lock);
	if (unlikely(!is_error(result) &&
		     ((r.vm_flags & VM_LOCKED) ||
		      (flags & (QUIRE_MAP_POPULATE | QUIRE_MAP_NONBLOCK)) == QUIRE_MAP_POPULATE)))
		mm_populate(mm, r.addr, r.len, true);
	return result;
}
