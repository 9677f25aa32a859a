/* SPDX-License-Identifier: MIT */
/*
 * surface/vm.h - address spaces under the kernel's includes: quire/vm.h, and what acts on
 * current->mm.
 *
 * 1. A task has no address space until it gets one: mm_alloc() makes an empty one,
 *    kthread_use_mm() makes it current->mm (a KUnit case: kunit_attach_mm(), kunit/test.h). Without
 *    one, user memory is memory of the host process, see uaccess.h.
 * 2. Where the machine has real mappings an address of a mm_alloc()ed address space is a pointer:
 *    loads and stores of the program fault into handle_mm_fault() and a driver's ->fault(), as a
 *    process's would. All its mappings lie in one window of USER_WINDOW bytes.
 * 3. copy_to_user(), get_user_pages(), vm_mmap() and kin act on current->mm, whatever CPU the task
 *    is on.
 * 4. vm_flags are plain, as in 6.1; vm_flags_set() and kin of later kernels are there, too.
 *
 * Names and contracts are those of Linux 6.1 (include/linux/mm.h, mmap_lock.h, mm_types.h).
 */
#ifndef COMPAT_SURFACE_VM_H
#define COMPAT_SURFACE_VM_H

#include <linux/list.h>
#include <linux/xarray.h>
#include <sys/mman.h>

#include "pages.h"
#include "vmalloc.h"

/* The core's act on a CPU's address space; here a task's is wanted. */
#pragma push_macro("vm_mmap")
#pragma push_macro("vm_munmap")
#define vm_mmap		 quire_cpu_vm_mmap
#define vm_munmap	 quire_cpu_vm_munmap
#define kthread_use_mm	 quire_cpu_use_mm
#define kthread_unuse_mm quire_cpu_unuse_mm
#include <quire/vm.h>
#include <quire/vm_insert.h>
#include <quire/window.h>
#undef vm_mmap
#undef vm_munmap
#undef kthread_use_mm
#undef kthread_unuse_mm
#pragma pop_macro("vm_munmap")
#pragma pop_macro("vm_mmap")

/* --- address spaces ---------------------------------------------------------------------- */

/** USER_WINDOW - bytes of a mm_alloc()ed address space that are pointers of the program. */
#define QUIRE_USER_WINDOW (1ul << 36)

/** mm_alloc() - an empty address space with one user; NULL: no memory. mmput() gives it back. */
struct mm_struct *mm_alloc(void);
/** kthread_use_mm() - @mm is current->mm, which was NULL; holds the structure (mmgrab()).
 * kthread_unuse_mm() - no longer. */
void kthread_use_mm(struct mm_struct *mm);
void kthread_unuse_mm(struct mm_struct *mm);

static inline bool mmget_not_zero(struct mm_struct *mm)
{
	return atomic_inc_not_zero(&mm->mm_users);
}
/** get_task_mm() - @task's address space with a user more, or NULL. */
static inline struct mm_struct *get_task_mm(struct task_struct *task)
{
	struct mm_struct *mm = task->mm;

	if (mm)
		mmget(mm);
	return mm;
}
#define mmput_async(mm) mmput(mm)

#define mmap_read_lock_killable(mm)  (mmap_read_lock(mm), 0)
#define mmap_write_lock_killable(mm) (mmap_write_lock(mm), 0)
/* A lock's owner reads beside its word, see quire/rwlock.h. */
#define mmap_assert_locked(mm) \
	VM_BUG_ON(!(READ_ONCE((mm)->mmap_lock.state) | READ_ONCE((mm)->mmap_lock.inside)))
#define mmap_assert_write_locked(mm) \
	VM_BUG_ON(!(READ_ONCE((mm)->mmap_lock.state) & QUIRE_RWLOCK_WRITER))
#define mmap_lock_is_contended(mm) (READ_ONCE((mm)->mmap_lock.waiting) != 0)

/* --- VMAs -------------------------------------------------------------------------------- */

#define VM_DATA_FLAGS_NON_EXEC (VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC)
#define VM_DATA_FLAGS_EXEC     (VM_DATA_FLAGS_NON_EXEC | VM_EXEC)
#define VM_DATA_DEFAULT_FLAGS  VM_DATA_FLAGS_NON_EXEC
#define VM_STACK_FLAGS	       (VM_STACK | VM_DATA_DEFAULT_FLAGS | VM_ACCOUNT)
#define VM_LOCKED_MASK	       (VM_LOCKED | VM_LOCKONFAULT)
#define VM_LOCKED_CLEAR_MASK   (~VM_LOCKED_MASK)

static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}
static inline bool vma_is_anonymous(const struct vm_area_struct *vma)
{
	return !vma->vm_ops;
}
static inline void vma_set_anonymous(struct vm_area_struct *vma)
{
	vma->vm_ops = NULL;
}
static inline bool is_cow_mapping(unsigned long vm_flags)
{
	return (vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}
static inline bool vma_is_accessible(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_ACCESS_FLAGS;
}
static inline bool range_in_vma(const struct vm_area_struct *vma, unsigned long start,
				unsigned long end)
{
	return vma && vma->vm_start <= start && end <= vma->vm_end;
}

/* Spellings of 6.3 and later. */
#define vm_flags_init(vma, flags)  ((void)((vma)->vm_flags = (flags)))
#define vm_flags_reset(vma, flags) ((void)((vma)->vm_flags = (flags)))
#define vm_flags_set(vma, flags)   ((void)((vma)->vm_flags |= (flags)))
#define vm_flags_clear(vma, flags) ((void)((vma)->vm_flags &= ~(unsigned long)(flags)))
#define vm_flags_mod(vma, set, clear) \
	((void)((vma)->vm_flags = ((vma)->vm_flags | (set)) & ~(unsigned long)(clear)))

/** vma_lookup() - the VMA that holds @addr, or NULL. Context of all: mmap_lock. */
static inline struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	return vma && vma->vm_start <= addr ? vma : NULL;
}
/** find_vma_intersection() - the first one with an address of [@start, @end), or NULL. */
static inline struct vm_area_struct *find_vma_intersection(struct mm_struct *mm,
							   unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	return vma && vma->vm_start < end ? vma : NULL;
}
static inline struct vm_area_struct *find_exact_vma(struct mm_struct *mm, unsigned long start,
						    unsigned long end)
{
	struct vm_area_struct *vma = vma_lookup(mm, start);

	return vma && vma->vm_start == start && vma->vm_end == end ? vma : NULL;
}
/** find_vma_prev() - find_vma(), and the one before it. */
static inline struct vm_area_struct *find_vma_prev(struct mm_struct *mm, unsigned long addr,
						   struct vm_area_struct **prev)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	*prev = quire_vma_prev(mm, vma);
	return vma;
}

/** struct vma_iterator - where a walk over VMAs is: the next is the first that ends above @addr. */
struct vma_iterator {
	struct mm_struct *mm;
	unsigned long addr;
};
#define VMA_ITERATOR(name, vma_mm, vma_addr) \
	struct vma_iterator name = { .mm = (vma_mm), .addr = (vma_addr) }
static inline void vma_iter_init(struct vma_iterator *vmi, struct mm_struct *mm, unsigned long addr)
{
	vmi->mm = mm;
	vmi->addr = addr;
}
/** vma_find() - the next one that begins below @max, or NULL; vma_next() - without that bound. */
static inline struct vm_area_struct *vma_find(struct vma_iterator *vmi, unsigned long max)
{
	struct vm_area_struct *vma = find_vma(vmi->mm, vmi->addr);

	if (!vma || vma->vm_start >= max)
		return NULL;
	vmi->addr = vma->vm_end;
	return vma;
}
static inline struct vm_area_struct *vma_next(struct vma_iterator *vmi)
{
	return vma_find(vmi, ULONG_MAX);
}
#define for_each_vma(vmi, vma)		   while (((vma) = vma_next(&(vmi))) != NULL)
#define for_each_vma_range(vmi, vma, last) while (((vma) = vma_find(&(vmi), (last))) != NULL)

/* --- protections --------------------------------------------------------------------------- */

/** vm_get_page_prot() - of fresh entries of a VMA with these flags. */
static inline pgprot_t vm_get_page_prot(unsigned long vm_flags)
{
	return quire_vm_page_prot(vm_flags);
}
/* How caches treat it: bits of the entries of x86-64; memory here is always as it is. */
#define pgprot_noncached(prot)	  __pgprot(pgprot_val(prot) | 0x10ul)
#define pgprot_writecombine(prot) __pgprot(pgprot_val(prot) | 0x08ul)
#define pgprot_writethrough(prot) __pgprot(pgprot_val(prot) | 0x18ul)
#define pgprot_device(prot)	  pgprot_noncached(prot)
#define pgprot_dmacoherent(prot)  (prot)
#define pgprot_decrypted(prot)	  (prot)
#define pgprot_encrypted(prot)	  (prot)
#define io_remap_pfn_range(vma, addr, pfn, size, prot) \
	remap_pfn_range((vma), (addr), (pfn), (size), (prot))

/* --- faults -------------------------------------------------------------------------------- */

#define FAULT_FLAG_ALLOW_RETRY	 0x004u
#define FAULT_FLAG_RETRY_NOWAIT	 0x008u
#define FAULT_FLAG_KILLABLE	 0x010u
#define FAULT_FLAG_TRIED	 0x020u
#define FAULT_FLAG_INTERRUPTIBLE 0x200u

/** vmf_error() - what a ->fault() answers for a negative errno. */
static inline vm_fault_t vmf_error(int err)
{
	return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
}

/** lock_page(), trylock_page(), unlock_page() - of a page that a ->fault() gives locked. */
static inline int trylock_page(struct page *page)
{
	return !test_and_set_bit_lock(PG_locked, &compound_head(page)->flags);
}
static inline void lock_page(struct page *page)
{
	while (!trylock_page(page))
		cpu_relax();
}
static inline void unlock_page(struct page *page)
{
	clear_bit_unlock(PG_locked, &compound_head(page)->flags);
}
/** set_page_dirty() - Return: was it clean? set_page_dirty_lock() - for who does not hold it. */
static inline bool set_page_dirty(struct page *page)
{
	return !test_and_set_bit(PG_dirty, &compound_head(page)->flags);
}
static inline int set_page_dirty_lock(struct page *page)
{
	int was_clean;

	lock_page(page);
	was_clean = set_page_dirty(page);
	unlock_page(page);
	return was_clean;
}

/* --- pages behind addresses of current->mm ------------------------------------------------- */

/** get_user_pages() - mmap_lock is the caller's. _unlocked(), _fast(): it is taken here. Return:
 * how many, or a negative errno when the first fails; -EFAULT without an address space.
 * pin_user_pages() and kin: with pins, given back by unpin_user_page(). */
static inline long get_user_pages(unsigned long start, unsigned long nr_pages,
				  unsigned int gup_flags, struct page **pages,
				  struct vm_area_struct **vmas)
{
	struct mm_struct *mm = current->mm;

	return mm ? get_user_pages_remote(mm, start, nr_pages, gup_flags, pages, vmas, NULL)
		  : -EFAULT;
}
static inline long get_user_pages_unlocked(unsigned long start, unsigned long nr_pages,
					   struct page **pages, unsigned int gup_flags)
{
	struct mm_struct *mm = current->mm;

	return mm ? quire_mm_get_pages(mm, start, nr_pages, gup_flags, pages) : -EFAULT;
}
static inline int get_user_pages_fast(unsigned long start, int nr_pages, unsigned int gup_flags,
				      struct page **pages)
{
	return (int)get_user_pages_unlocked(start, (unsigned long)nr_pages, pages, gup_flags);
}
static inline long pin_user_pages(unsigned long start, unsigned long nr_pages,
				  unsigned int gup_flags, struct page **pages,
				  struct vm_area_struct **vmas)
{
	struct mm_struct *mm = current->mm;

	return mm ? pin_user_pages_remote(mm, start, nr_pages, gup_flags, pages, vmas, NULL)
		  : -EFAULT;
}
static inline long pin_user_pages_unlocked(unsigned long start, unsigned long nr_pages,
					   struct page **pages, unsigned int gup_flags)
{
	struct mm_struct *mm = current->mm;

	return mm ? quire_mm_pin_pages(mm, start, nr_pages, gup_flags, pages) : -EFAULT;
}
static inline int pin_user_pages_fast(unsigned long start, int nr_pages, unsigned int gup_flags,
				      struct page **pages)
{
	return (int)pin_user_pages_unlocked(start, (unsigned long)nr_pages, pages, gup_flags);
}
static inline void unpin_user_pages(struct page **pages, unsigned long npages)
{
	unsigned long i;

	for (i = 0; i < npages; i++)
		unpin_user_page(pages[i]);
}
static inline void unpin_user_pages_dirty_lock(struct page **pages, unsigned long npages,
					       bool make_dirty)
{
	unsigned long i;

	for (i = 0; make_dirty && i < npages; i++)
		set_page_dirty_lock(pages[i]);
	unpin_user_pages(pages, npages);
}
/** access_process_vm() - bytes of @tsk's memory copied to or (FOLL_WRITE) from @buf. */
static inline int access_process_vm(struct task_struct *tsk, unsigned long addr, void *buf, int len,
				    unsigned int gup_flags)
{
	return tsk->mm ? access_remote_vm(tsk->mm, addr, buf, len, gup_flags) : 0;
}

#endif /* COMPAT_SURFACE_VM_H */
