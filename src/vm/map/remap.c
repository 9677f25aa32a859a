/* SPDX-License-Identifier: MIT */
/*
 * map/remap.c - mremap.
 *
 *	shrink		the end is unmapped
 *	grow in place	the range behind is free: the VMA grows, and may meet its next neighbour
 *	move		a VMA at the new place takes the entries of the tables over
 *	old_len 0	a second mapping of shared memory
 *
 * 1. A moved private mapping keeps its page offsets, as reverse mapping finds its pages by them;
 *    one nobody has touched yet gets those of its new place, so that it may merge there.
 * 2. A move first makes the new VMA, then moves the entries, then unmaps the old range. If memory
 *    ends in the middle, the entries go back and the new VMA is unmapped.
 * 3. What was promised moves along: the old range gives nothing back.
 *
 * Source: Linux 6.1 mm/mremap.c (behaviour).
 */
#include <quire/errno.h>
#include <quire/list.h>

#include "vm/map/map.h"

/* A request on its way. @populate: bytes to fault in from @populate_at, after the lock is free. */
struct request {
	struct mm_struct *mm;
	unsigned long addr, old_len, new_len, flags, new_addr;
	unsigned long populate_at, populate;
};

static inline pgoff_t offset_at(const struct vm_area_struct *vma, unsigned long addr)
{
	return vma->vm_pgoff + to_pages(addr - vma->vm_start);
}

/* The VMA of the old range, which may become as long as is asked for; NULL: *@error. */
static struct vm_area_struct *resizable(const struct request *r, long *error)
{
	struct vm_area_struct *vma = vma_tree_find(r->mm, r->addr);
	unsigned long more, least = r->old_len;

	if (follows(r->mm, 618) && r->new_len < least)
		least = r->new_len;

	*error = -EFAULT;
	if (!vma || vma->vm_start > r->addr)
		return NULL;
	*error = -EINVAL;
	if (!r->old_len && !(vma->vm_flags & (VM_SHARED | VM_MAYSHARE)))
		return NULL;
	if ((r->flags & QUIRE_MREMAP_DONTUNMAP) && (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP)))
		return NULL;
	*error = -EFAULT;
	if (least > vma->vm_end - r->addr)
		return NULL;
	if (r->new_len == r->old_len)
		return vma;
	if (r->new_len < r->old_len && follows(r->mm, 618))
		return vma; /* the end goes before the rest moves */
	more = r->new_len - r->old_len;
	*error = -EINVAL;
	if (offset_at(vma, r->addr) + to_pages(r->new_len) < offset_at(vma, r->addr))
		return NULL;
	*error = -EFAULT;
	if (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return NULL;
	*error = -EAGAIN;
	if (!mlock_future_ok(r->mm, vma->vm_flags, more))
		return NULL;
	*error = -ENOMEM;
	return may_expand_vm(r->mm, vma->vm_flags, to_pages(more)) ? vma : NULL;
}

/* --- in place ------------------------------------------------------------------------------- */

/* Is the range of @more bytes behind @vma free and usable? */
static bool expandable(struct vm_area_struct *vma, unsigned long more)
{
	unsigned long end = vma->vm_end + more;
	struct vm_area_struct *next;

	if (end < vma->vm_end)
		return false;
	next = quire_vma_next(vma->vm_mm, vma);
	if (next && next->vm_start < end)
		return false;
	return !is_error(get_unmapped_area(vma->vm_mm, NULL, vma->vm_start, end - vma->vm_start, 0,
					   QUIRE_MAP_FIXED));
}

static long grow_in_place(struct request *r, struct vm_area_struct *vma)
{
	const unsigned long more = r->new_len - r->old_len;
	const long pages = (long)to_pages(more);
	const struct vma_spec spec = { .start = vma->vm_end,
				       .end = vma->vm_end + more,
				       .vm_flags = vma->vm_flags,
				       .pgoff = offset_at(vma, vma->vm_end),
				       .file = vma->vm_file,
				       .anon_vma = vma->anon_vma,
				       .from = vma,
				       .anon_name = vma->anon_name };
	const bool account = vma->vm_flags & VM_ACCOUNT;
	struct vma_cursor c;

	if (account && vm_commit(r->mm, pages))
		return -ENOMEM;
	vma_cursor_find(&c, r->mm, vma->vm_end);
	vma = vma_merge_new(&c, &spec);
	if (!vma) {
		if (account)
			vm_uncommit(pages);
		return -ENOMEM;
	}
	vm_stat_account(r->mm, vma->vm_flags, pages);
	if (vma->vm_flags & VM_LOCKED) {
		r->mm->locked_vm += (unsigned long)pages;
		r->populate_at = r->addr + r->old_len;
		r->populate = more;
	}
	return (long)r->addr;
}

/* --- moving --------------------------------------------------------------------------------- */

/* A VMA like @vma at the new place: a neighbour that grew there, or a new one. NULL: no memory.
 * *@vma: may have merged with it, and is the same then. */
static struct vm_area_struct *make_target(struct request *r, struct vm_area_struct **vma,
					  unsigned long addr, unsigned long len)
{
	struct vm_area_struct *from = *vma, *fresh;
	struct vma_spec spec = { .start = addr,
				 .end = addr + len,
				 .vm_flags = from->vm_flags,
				 .pgoff = offset_at(from, r->addr),
				 .file = from->vm_file,
				 .anon_vma = from->anon_vma,
				 .from = from,
				 .anon_name = from->anon_name };
	unsigned long start = from->vm_start;
	struct vma_stock stock = { 0 };
	struct vma_cursor c;

	if (vma_is_anonymous(from) && !from->anon_vma)
		spec.pgoff = to_pages(addr);
	vma_cursor_find(&c, r->mm, addr);
	fresh = vma_merge_new(&c, &spec);
	if (fresh) {
		if (start >= fresh->vm_start && start < fresh->vm_end)
			*vma = fresh; /* @from may be gone */
		fresh->touched |= (*vma)->touched;
		return fresh;
	}
	fresh = vma_dup(from);
	if (!fresh)
		return NULL;
	fresh->vm_start = addr;
	fresh->vm_end = addr + len;
	fresh->vm_pgoff = spec.pgoff;
	fresh->anon_vma = from->anon_vma;
	if ((from->anon_vma && anon_vma_clone(fresh, from)) || vma_stock_fill(&stock, &c, 1)) {
		vma_stock_drop(&stock);
		unlink_anon_vmas(fresh);
		vma_free(fresh);
		return NULL;
	}
	if (fresh->vm_ops && fresh->vm_ops->open)
		fresh->vm_ops->open(fresh);
	vma_link(&c, fresh, &stock);
	vma_stock_drop(&stock);
	return fresh;
}

static void count_in(struct vm_area_struct *vma)
{
	vma_set_flags(vma, vma->vm_flags | VM_ACCOUNT);
}

/* Unmaps the old range, whose promises the new one has taken over. */
static void unmap_old(struct request *r, struct vm_area_struct *vma, unsigned long addr,
		      unsigned long len, bool account)
{
	const unsigned long end = addr + len;
	const bool before = vma->vm_start<addr, behind = vma->vm_end> end;

	/* What does not count is not given back; the ends that stay do count. */
	if (account)
		vma_set_flags(vma, vma->vm_flags & ~VM_ACCOUNT);
	if (do_munmap(r->mm, addr, len)) {
		if (account) { /* no memory for a cut: the old range stays and counts */
			count_in(vma);
			vm_commit_more((long)to_pages(len));
		}
		return;
	}
	if (!account)
		return;
	if (before)
		count_in(vma_tree_find(r->mm, addr - 1));
	if (behind)
		count_in(vma_tree_find(r->mm, end));
}

/* MREMAP_DONTUNMAP: the old range stays, empty and not locked. */
static void keep_old(struct request *r, struct vm_area_struct *vma, struct vm_area_struct *target)
{
	if (vma->vm_flags & VM_LOCKED)
		r->mm->locked_vm -= vma_pages(vma);
	vma_set_flags(vma, vma->vm_flags & ~VM_LOCKED_MASK);
	if (target != vma && vma->vm_start == r->addr && vma->vm_end == r->addr + r->old_len)
		unlink_anon_vmas(vma);
}

static bool special_cut(const struct vm_area_struct *vma, const struct request *r)
{
	return vma_is_special(vma) &&
	       (vma->vm_start != r->addr || vma->vm_end != r->addr + r->old_len);
}

static long move(struct request *r, struct vm_area_struct *vma, unsigned long new_addr)
{
	const bool keep = r->flags & QUIRE_MREMAP_DONTUNMAP, account = vma->vm_flags & VM_ACCOUNT;
	const unsigned long vm_flags = vma->vm_flags;
	const long more = (long)to_pages(keep ? r->new_len : r->new_len - r->old_len);
	struct vm_area_struct *target;
	unsigned long moved = r->old_len;
	int err;

	if (r->mm->map_count >= READ_ONCE(this_vm()->max_map_count) - 3)
		return -ENOMEM;
	if (special_cut(vma, r))
		return -EINVAL;
	if (account && vm_commit(r->mm, more))
		return -ENOMEM;
	target = make_target(r, &vma, new_addr, r->new_len);
	if (!target) {
		if (account)
			vm_uncommit(more);
		return -ENOMEM;
	}
	vm_stat_account(r->mm, vm_flags, (long)to_pages(r->new_len));
	if (vm_flags & VM_LOCKED)
		r->mm->locked_vm += to_pages(r->new_len);
	if (vma->touched)
		moved = move_page_tables(vma, r->addr, target, new_addr, r->old_len);
	err = moved < r->old_len ? -ENOMEM : 0;
	if (!err && target->vm_ops && target->vm_ops->mremap)
		err = target->vm_ops->mremap(target);
	if (unlikely(err)) {
		move_page_tables(target, new_addr, vma, r->addr, moved);
		/* Its promises are those of the old range, and what was asked for beyond. */
		if (account)
			vm_commit_more((long)to_pages(r->new_len) - more);
		do_munmap(r->mm, new_addr, r->new_len);
		return err;
	}
	if (keep)
		keep_old(r, vma, target);
	else
		unmap_old(r, vma, r->addr, r->old_len, account);
	if (vm_flags & VM_LOCKED && r->new_len > r->old_len) {
		r->populate_at = new_addr + r->old_len;
		r->populate = r->new_len - r->old_len;
	}
	return (long)new_addr;
}

static unsigned long shared_flag(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_MAYSHARE ? QUIRE_MAP_SHARED : 0;
}

/* Arguments of a call that names the new place. */
static long check_target(const struct request *r)
{
	if (!page_aligned(r->new_addr) || r->new_len > r->mm->task_size ||
	    r->new_addr > r->mm->task_size - r->new_len)
		return -EINVAL;
	if (r->addr + r->old_len > r->new_addr && r->new_addr + r->new_len > r->addr)
		return -EINVAL;
	return r->mm->map_count + 2 >= READ_ONCE(this_vm()->max_map_count) - 3 ? -ENOMEM : 0;
}

/* MREMAP_FIXED, MREMAP_DONTUNMAP: to a place the caller names, or any. */
static long move_to(struct request *r)
{
	const bool fixed = r->flags & QUIRE_MREMAP_FIXED;
	struct mm_struct *mm = r->mm;
	struct vm_area_struct *vma;
	long err = 0, place;

	if (follows(mm, 618) && !resizable(r, &err)) /* before anything goes */
		return err;
	err = check_target(r);
	if (!err && fixed)
		err = do_munmap(mm, r->new_addr, r->new_len);
	if (!err && r->old_len > r->new_len) {
		err = do_munmap(mm, r->addr + r->new_len, r->old_len - r->new_len);
		r->old_len = r->new_len;
	}
	if (err)
		return err;
	vma = resizable(r, &err);
	if (!vma)
		return err;
	if ((r->flags & QUIRE_MREMAP_DONTUNMAP) &&
	    !may_expand_vm(mm, vma->vm_flags, to_pages(r->old_len)))
		return -ENOMEM;
	place = get_unmapped_area(mm, vma->vm_file, r->new_addr, r->new_len,
				  offset_at(vma, r->addr),
				  (fixed ? QUIRE_MAP_FIXED : 0) | shared_flag(vma));
	return is_error(place) ? place : move(r, vma, (unsigned long)place);
}

/* Rules of 6.18: a move that changes no length takes all VMAs of its range along, gaps and all. */
static long move_many(struct request *r)
{
	const unsigned long start = r->addr, end = start + r->old_len, target = r->new_addr;
	struct vm_area_struct *vma = vma_tree_find(r->mm, start);
	struct request one = *r;
	unsigned long at;
	long result;

	if (!vma || vma->vm_start > start || (vma_is_special(vma) && vma->vm_end < end))
		return -EFAULT;
	for (at = start; at < end && vma && vma->vm_start < end; vma = vma_tree_find(r->mm, at)) {
		if (at != start && vma_is_special(vma))
			return -EFAULT;
		one.addr = vma->vm_start > at ? vma->vm_start : at;
		at = vma->vm_end < end ? vma->vm_end : end;
		one.old_len = one.new_len = at - one.addr;
		one.new_addr = target + (one.addr - start);
		result = move_to(&one);
		if (is_error(result))
			return result;
	}
	return (long)target;
}

static long do_mremap(struct request *r)
{
	struct vm_area_struct *vma;
	long err, place;

	if (follows(r->mm, 618)) {
		if (r->new_len > r->mm->task_size)
			return -EINVAL;
		if (r->flags & (QUIRE_MREMAP_FIXED | QUIRE_MREMAP_DONTUNMAP)) {
			err = check_target(r);
			if (err)
				return err;
		}
		if ((r->flags & QUIRE_MREMAP_FIXED) && r->old_len == r->new_len)
			return move_many(r);
	}
	vma = vma_tree_find(r->mm, r->addr);

	if (!vma || vma->vm_start > r->addr)
		return -EFAULT;
	if (r->flags & (QUIRE_MREMAP_FIXED | QUIRE_MREMAP_DONTUNMAP))
		return move_to(r);
	if (r->old_len >= r->new_len) {
		err = r->old_len == r->new_len
			      ? 0
			      : do_munmap(r->mm, r->addr + r->new_len, r->old_len - r->new_len);
		return err ? err : (long)r->addr;
	}
	vma = resizable(r, &err);
	if (!vma)
		return err;
	if (r->old_len == vma->vm_end - r->addr && expandable(vma, r->new_len - r->old_len))
		return grow_in_place(r, vma);
	if (!(r->flags & QUIRE_MREMAP_MAYMOVE))
		return -ENOMEM;
	place = get_unmapped_area(r->mm, vma->vm_file, 0, r->new_len, offset_at(vma, r->addr),
				  shared_flag(vma));
	return is_error(place) ? place : move(r, vma, (unsigned long)place);
}

long quire_mm_mremap(struct mm_struct *mm, unsigned long addr, unsigned long old_len,
		     unsigned long new_len, unsigned long flags, unsigned long new_addr)
{
	struct request r = { .mm = mm,
			     .addr = addr,
			     .old_len = page_up(old_len),
			     .new_len = page_up(new_len),
			     .flags = flags,
			     .new_addr = new_addr };
	bool resizes;
	long result;

	/* 6.1 looks at the lengths as they are given. */
	resizes = follows(mm, 618) ? r.old_len != r.new_len : old_len != new_len;
	if (flags &
	    ~(unsigned long)(QUIRE_MREMAP_FIXED | QUIRE_MREMAP_MAYMOVE | QUIRE_MREMAP_DONTUNMAP))
		return -EINVAL;
	if ((flags & QUIRE_MREMAP_FIXED) && !(flags & QUIRE_MREMAP_MAYMOVE))
		return -EINVAL;
	if ((flags & QUIRE_MREMAP_DONTUNMAP) && (!(flags & QUIRE_MREMAP_MAYMOVE) || resizes))
		return -EINVAL;
	if (!page_aligned(addr) || !r.new_len)
		return -EINVAL;
	quire_write_lock(&mm->mmap_lock);
	result = do_mremap(&r);
	quire_write_unlock(&mm->mmap_lock);
	if (r.populate)
		mm_populate(mm, r.populate_at, r.populate, true);
	return result;
}
