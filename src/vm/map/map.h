/* SPDX-License-Identifier: MIT */
/*
 * map/map.h - what the files of src/vm/map share.
 *
 *	vma_tree.*	the tree of VMAs
 *	vma_gap.c	its gaps		find.c		find_vma(), mmap_lock
 *	vma.c		VMAs made and let go	merge.c		merging, splitting, changing
 *	account.c	limits and overcommit	mmap.c		mmap
 *	area.c		where a mapping goes	munmap.c	munmap, exit_mmap()
 *	stack.c		growing stacks		brk.c		brk
 *	populate.c	faulting ranges in	protect.c	mprotect
 *	advise.c	madvise, names		remap.c		mremap
 *	sync.c		mincore, msync		mlock.c		mlock and its family
 *	current.c	the current CPU's mm	special.c	[vdso] and the like
 *	sys.c		as struct quire_sys	validate.c	the validator
 *
 * A call is: its checks in Linux's order, everything that can fail (memory for VMAs and nodes,
 * the commit limit), then the change, which cannot. Callers' arguments are checked by the
 * quire_mm_ functions; the inner ones expect mmap_lock held for writing.
 */
#ifndef QUIRE_VM_MAP_MAP_H
#define QUIRE_VM_MAP_MAP_H

#include "base/rwlock.h"
#include "vm/map/vma_tree.h"

#define VM_LOCKED_MASK	      (VM_LOCKED | VM_LOCKONFAULT)
#define VM_DATA_DEFAULT_FLAGS (VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC)

static inline unsigned long page_size(void)
{
	return 1ul << quire_this_cpu->page_shift;
}
static inline unsigned long to_pages(unsigned long bytes)
{
	return bytes >> quire_this_cpu->page_shift;
}
static inline bool page_aligned(unsigned long addr)
{
	return !(addr & (page_size() - 1));
}
static inline unsigned long page_down(unsigned long addr)
{
	return addr & ~(page_size() - 1);
}
/* 0 when it does not fit into a word. */
static inline unsigned long page_up(unsigned long addr)
{
	return (addr + page_size() - 1) & ~(page_size() - 1);
}
static inline bool is_error(long value)
{
	return (unsigned long)value >= (unsigned long)-4095l;
}

/** follows() - do rules of release @rules (618: 6.18) apply to @mm, where 6.1's are others? */
static inline bool follows(const struct mm_struct *mm, unsigned int rules)
{
	return mm->rules >= rules;
}

/* --- vma.c --- */

/** vma_alloc() - a blank VMA of @mm, in no tree; NULL. */
struct vm_area_struct *vma_alloc(struct mm_struct *mm);
/** vma_dup() - a copy with references of its own and no anon_vma; NULL. */
struct vm_area_struct *vma_dup(const struct vm_area_struct *vma);
/** vma_free() - @vma, in no tree: drops its references. */
void vma_free(struct vm_area_struct *vma);
/** vma_retire() - the same for one that has been mapped: closes it, leaves reverse mapping. */
void vma_retire(struct vm_area_struct *vma);
/** vma_set_flags() - @vma's, while others may read them: truncation comes by the file's tree,
 * without mmap_lock. */
static inline void vma_set_flags(struct vm_area_struct *vma, unsigned long vm_flags)
{
	WRITE_ONCE(vma->vm_flags, vm_flags);
}
/** vma_set_page_prot() - vm_page_prot as vm_flags say. */
void vma_set_page_prot(struct vm_area_struct *vma);
static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return to_pages(vma->vm_end - vma->vm_start);
}
/** vma_low() - from where on @vma claims addresses: its stack guard gap counts. */
static inline unsigned long vma_low(const struct vm_area_struct *vma)
{
	unsigned long gap = vma->vm_mm->stack_guard_gap;

	if (likely(!(vma->vm_flags & VM_GROWSDOWN)))
		return vma->vm_start;
	return vma->vm_start > gap ? vma->vm_start - gap : 0;
}
/** vma_is_special() - of quire_mm_install_special(): not to be split. */
bool vma_is_special(const struct vm_area_struct *vma);
extern const struct vm_operations_struct special_vm_ops;
/** anon_name_new() - @name as VMAs hold it, with one reference; NULL. anon_name_get(),
 * anon_name_put() - one more, one less; NULL is fine. */
const char *anon_name_new(const char *name);
const char *anon_name_get(const char *name);
void anon_name_put(const char *name);
bool anon_name_equal(const char *a, const char *b);

/* --- merge.c --- */

/** struct vma_spec - what a range is, or is to become. @from: whose pages it has, of @anon_vma. */
struct vma_spec {
	unsigned long start, end;
	unsigned long vm_flags;
	pgoff_t pgoff;
	struct file *file;
	struct anon_vma *anon_vma;
	struct vm_area_struct *from;
	const char *anon_name;
};
/** vma_merge_new() - a neighbour grows over the free range @spec, if one may. @c stands at the VMA
 * behind it. Return: the grown one; NULL: none may, or memory is short. vma_merge_mmap(): by the
 * rules of mmap. vma_merge_behind(): @prev alone may grow. */
struct vm_area_struct *vma_merge_new(struct vma_cursor *c, const struct vma_spec *spec);
struct vm_area_struct *vma_merge_mmap(struct vma_cursor *c, const struct vma_spec *spec);
struct vm_area_struct *vma_merge_behind(struct vm_area_struct *prev, const struct vma_spec *spec);
/** vma_modify() - [@start, @end) of @vma becomes a VMA that is to get @vm_flags and @anon_name: its
 * own after splits, or a neighbour's after a merge. The caller sets the flags then. Return: it, or
 * NULL with *@error. */
struct vm_area_struct *vma_modify(struct vm_area_struct *vma, unsigned long start,
				  unsigned long end, unsigned long vm_flags, const char *anon_name,
				  int *error);
/** vma_link() - the new @vma enters tree and reverse mapping. */
void vma_link(struct vma_cursor *c, struct vm_area_struct *vma, struct vma_stock *stock);

/** struct vma_split - a cut that has been prepared: nothing can fail any more. */
struct vma_split {
	struct vm_area_struct *vma, *fresh;
	unsigned long addr;
};
/** vma_split_prepare() - a cut of @vma at @addr. @inserts: of the whole operation. 0, -ENOMEM,
 * -EINVAL: may not be cut. */
int vma_split_prepare(struct vma_split *s, struct vm_area_struct *vma, unsigned long addr,
		      struct vma_stock *stock, unsigned int inserts);
/** vma_split_commit() - the lower part stays @vma, the upper one is s->fresh. */
void vma_split_commit(struct vma_split *s, struct vma_stock *stock);
/** vma_cut() - no VMA reaches across @addr any more, unless memory is short. */
void vma_cut(struct mm_struct *mm, unsigned long addr);
/** vma_set_range() - @vma's start, end and pgoff change, in tree and reverse mapping. */
void vma_set_range(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		   pgoff_t pgoff);

/* --- account.c --- */

/** may_expand_vm() - do limits allow @npages more of such pages? */
bool may_expand_vm(const struct mm_struct *mm, unsigned long vm_flags, unsigned long npages);
/** vm_stat_account() - total_vm and the like change by @npages; the most it was is kept. */
static inline void vm_stat_account(struct mm_struct *mm, unsigned long vm_flags, long npages)
{
	if (npages < 0 && mm->hiwater_vm < mm->total_vm)
		mm->hiwater_vm = mm->total_vm;
	mm->total_vm += (unsigned long)npages;
	if ((vm_flags & (VM_EXEC | VM_WRITE | VM_STACK)) == VM_EXEC)
		mm->exec_vm += (unsigned long)npages;
	else if (vm_flags & VM_STACK)
		mm->stack_vm += (unsigned long)npages;
	else if ((vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE)
		mm->data_vm += (unsigned long)npages;
}
/** mlock_future_ok() - may @bytes more be locked, if @vm_flags say locked? */
bool mlock_future_ok(const struct mm_struct *mm, unsigned long vm_flags, unsigned long bytes);
bool can_do_mlock(const struct mm_struct *mm);
/** accountable() - does such a mapping count against the commit limit? */
static inline bool accountable(unsigned long vm_flags)
{
	return (vm_flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE;
}

/* --- area.c --- */

/** get_unmapped_area() - where a mapping of @len bytes goes. Address or -errno. */
long get_unmapped_area(struct mm_struct *mm, struct file *file, unsigned long addr,
		       unsigned long len, unsigned long pgoff, unsigned long flags);

/* --- munmap.c --- */

/** do_munmap() - Context: mmap_lock for writing. 0, -EINVAL, -ENOMEM. */
int do_munmap(struct mm_struct *mm, unsigned long start, unsigned long len);
/** exit_mmap() - all goes: pages, tables, VMAs. Context: nobody else uses @mm. */
void exit_mmap(struct mm_struct *mm);

/* --- brk.c --- */

/** do_brk_flags() - anonymous memory at [@addr, @addr + @len), which is free. 0, -ENOMEM. */
int do_brk_flags(struct mm_struct *mm, unsigned long addr, unsigned long len, unsigned long flags);

/* --- populate.c --- */

/** mm_populate() - faults in what is mapped of [@start, @start + @len). Takes mmap_lock. Return: 0
 * or -errno of the first failure; with @ignore_errors always 0. */
int mm_populate(struct mm_struct *mm, unsigned long start, unsigned long len, bool ignore_errors);

#endif /* QUIRE_VM_MAP_MAP_H */
