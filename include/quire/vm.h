/* SPDX-License-Identifier: MIT */
/*
 * vm.h - address spaces: made, mapped, faulted, copied, looked at.
 *
 * 1. Every call that Linux makes on current->mm has a form here with the mm as its first
 *    argument, named quire_mm_<system call>; it returns what the system call returns: a
 *    value, or a negative errno. do_mmap() and the like would be Linux's inner names; they
 *    expect mmap_lock held and are not public.
 * 2. kthread_use_mm() makes an mm the current CPU's; vm_mmap() and vm_munmap() act on it.
 * 3. quire_mm_access() does what an instruction does: walks the tables, faults, retries.
 *    Where an mm's mappings are real (quire_mm_map_host()), plain loads and stores do.
 *
 * Context: all may sleep and take mmap_lock, unless said otherwise. A caller is on a CPU of
 * the mm's machine.
 */
#ifndef QUIRE_VM_H
#define QUIRE_VM_H

#include <quire/fs.h>
#include <quire/sys.h>
#include <quire/vm_types.h>

QUIRE_BEGIN_DECLS

/* --- life ------------------------------------------------------------------------------- */

/**
 * struct quire_mm_layout - where things are in a new address space; Linux picks these at exec.
 * All in bytes; 0: x86-64's default without randomisation.
 */
struct quire_mm_layout {
	unsigned long task_size;
	unsigned long mmap_base;
	unsigned long stack_top;
	unsigned long start_brk;
	unsigned long user_base; /* lowest address of bottom-up searches */
	bool legacy;
};

/** quire_mm_create() - an empty address space with one user. Return: NULL when out of memory, or on
 * a machine without contents (reported). @layout: NULL: defaults. */
QUIRE_PUBLIC struct mm_struct *quire_mm_create(const struct quire_mm_layout *layout);
/** quire_mm_fork() - Linux's dup_mm(): copies VMAs and page tables, copy on write. NULL: no memory;
 * everything is as before then. */
QUIRE_PUBLIC struct mm_struct *quire_mm_fork(struct mm_struct *mm);
/** mmget(), mmput() - a user more, one less; the last one unmaps all (exit_mmap) and frees. */
void mmget(struct mm_struct *mm) QUIRE_API(mmget);
void mmput(struct mm_struct *mm) QUIRE_API(mmput);
/** mmgrab(), mmdrop() - who holds the structure itself, one more, one less; its memory may be gone.
 */
void mmgrab(struct mm_struct *mm) QUIRE_API(mmgrab);
void mmdrop(struct mm_struct *mm) QUIRE_API(mmdrop);
/** quire_mm_setup_stack() - what exec does: the stack's VMA of @size bytes below stack_top. */
QUIRE_PUBLIC int quire_mm_setup_stack(struct mm_struct *mm, unsigned long size,
				      unsigned long vm_flags);
/** quire_mm_install_special() - a mapping that no file backs and nobody may unmap piecewise:
 * [vdso], [vvar]. @pages may be NULL: faults give SIGBUS. */
QUIRE_PUBLIC int quire_mm_install_special(struct mm_struct *mm, unsigned long addr,
					  unsigned long len, unsigned long vm_flags,
					  const char *name, struct page **pages);
/** quire_mm_next() - walks the machine's address spaces; NULL starts and ends. Each returned mm
 * has a user for the caller, who drops @after's by passing it on. */
QUIRE_PUBLIC struct mm_struct *quire_mm_next(struct quire_machine *machine,
					     struct mm_struct *after);

/** quire_vm_page_prot() - Linux's vm_get_page_prot(): what fresh entries of a VMA with these flags
 * hold, in the format of the current machine. */
QUIRE_PUBLIC pgprot_t quire_vm_page_prot(unsigned long vm_flags);
/** kthread_use_mm(), kthread_unuse_mm() - @mm is the current CPU's; no longer. */
void kthread_use_mm(struct mm_struct *mm) QUIRE_API(kthread_use_mm);
void kthread_unuse_mm(struct mm_struct *mm) QUIRE_API(kthread_unuse_mm);

/* --- system calls --------------------------------------------------------------------------- */

/* Arguments have Linux's values: QUIRE_PROT_*, QUIRE_MAP_*, QUIRE_MREMAP_*, QUIRE_MADV_* of sys.h,
 * or those of <sys/mman.h> on a host with the same. */
/** quire_mm_mmap() - mmap(2). @file: NULL with MAP_ANONYMOUS, else a reference of the caller's that
 * is not consumed; @offset: bytes. Return: address or -errno. */
QUIRE_PUBLIC long quire_mm_mmap(struct mm_struct *mm, unsigned long addr, unsigned long len,
				unsigned long prot, unsigned long flags, struct file *file,
				unsigned long offset);
QUIRE_PUBLIC long quire_mm_munmap(struct mm_struct *mm, unsigned long addr, unsigned long len);
QUIRE_PUBLIC long quire_mm_mprotect(struct mm_struct *mm, unsigned long start, unsigned long len,
				    unsigned long prot);
QUIRE_PUBLIC long quire_mm_mremap(struct mm_struct *mm, unsigned long addr, unsigned long old_len,
				  unsigned long new_len, unsigned long flags,
				  unsigned long new_addr);
/** quire_mm_brk() - the raw system call: returns the break, the old one on failure. */
QUIRE_PUBLIC unsigned long quire_mm_brk(struct mm_struct *mm, unsigned long brk);
QUIRE_PUBLIC long quire_mm_madvise(struct mm_struct *mm, unsigned long start, unsigned long len,
				   int advice);
QUIRE_PUBLIC long quire_mm_mlock(struct mm_struct *mm, unsigned long start, unsigned long len);
/** quire_mm_mlock2() - @flags: 1: MLOCK_ONFAULT. */
QUIRE_PUBLIC long quire_mm_mlock2(struct mm_struct *mm, unsigned long start, unsigned long len,
				  int flags);
QUIRE_PUBLIC long quire_mm_munlock(struct mm_struct *mm, unsigned long start, unsigned long len);
/** quire_mm_mlockall() - @flags: 1: MCL_CURRENT, 2: MCL_FUTURE, 4: MCL_ONFAULT. */
QUIRE_PUBLIC long quire_mm_mlockall(struct mm_struct *mm, int flags);
QUIRE_PUBLIC long quire_mm_munlockall(struct mm_struct *mm);
/** quire_mm_mincore() - @vec: a byte a page, the caller's (kernel) memory. */
QUIRE_PUBLIC long quire_mm_mincore(struct mm_struct *mm, unsigned long start, unsigned long len,
				   unsigned char *vec);
QUIRE_PUBLIC long quire_mm_msync(struct mm_struct *mm, unsigned long start, unsigned long len,
				 int flags);
/** quire_mm_set_anon_name() - prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME). @name: NULL: none; copied.
 */
QUIRE_PUBLIC long quire_mm_set_anon_name(struct mm_struct *mm, unsigned long start,
					 unsigned long len, const char *name);

/** vm_mmap(), vm_munmap(), vm_brk_flags() - on the current CPU's mm, as Linux. */
unsigned long vm_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flag, unsigned long offset) QUIRE_API(vm_mmap);
int vm_munmap(unsigned long start, size_t len) QUIRE_API(vm_munmap);
int vm_brk_flags(unsigned long addr, unsigned long len, unsigned long flags)
	QUIRE_API(vm_brk_flags);

/* --- VMAs --------------------------------------------------------------------------------------
 */

/** find_vma() - the first VMA that ends above @addr, or NULL. Context: mmap_lock. O(log VMAs). */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr) QUIRE_API(find_vma);
/** quire_vma_next(), quire_vma_prev() - neighbours by address; @vma NULL: the first, the last. */
QUIRE_PUBLIC struct vm_area_struct *quire_vma_next(struct mm_struct *mm,
						   struct vm_area_struct *vma);
QUIRE_PUBLIC struct vm_area_struct *quire_vma_prev(struct mm_struct *mm,
						   struct vm_area_struct *vma);
void mmap_read_lock(struct mm_struct *mm) QUIRE_API(mmap_read_lock);
bool mmap_read_trylock(struct mm_struct *mm) QUIRE_API(mmap_read_trylock);
void mmap_read_unlock(struct mm_struct *mm) QUIRE_API(mmap_read_unlock);
void mmap_write_lock(struct mm_struct *mm) QUIRE_API(mmap_write_lock);
void mmap_write_unlock(struct mm_struct *mm) QUIRE_API(mmap_write_unlock);
/** quire_mm_validate() - tree, gaps, counters, page tables against VMAs; false and a report if one
 * is wrong. Context: nobody else uses @mm. */
QUIRE_PUBLIC bool quire_mm_validate(struct mm_struct *mm) QUIRE_MUST_CHECK;

/* --- faults
 * --------------------------------------------------------------------------------------- */

typedef unsigned int vm_fault_t;
/* handle_mm_fault()'s answer, Linux's bits */
#define VM_FAULT_OOM	       0x000001u
#define VM_FAULT_SIGBUS	       0x000002u
#define VM_FAULT_MAJOR	       0x000004u
#define VM_FAULT_HWPOISON      0x000010u
#define VM_FAULT_SIGSEGV       0x000040u
#define VM_FAULT_NOPAGE	       0x000100u
#define VM_FAULT_LOCKED	       0x000200u
#define VM_FAULT_RETRY	       0x000400u
#define VM_FAULT_FALLBACK      0x000800u
#define VM_FAULT_DONE_COW      0x001000u
#define VM_FAULT_ERROR	       0x000053u /* OOM, SIGBUS, HWPOISON, SIGSEGV */
/* its question */
#define FAULT_FLAG_WRITE       0x001u
#define FAULT_FLAG_MKWRITE     0x002u
#define FAULT_FLAG_USER	       0x040u
#define FAULT_FLAG_REMOTE      0x080u
#define FAULT_FLAG_INSTRUCTION 0x100u
#define FAULT_FLAG_UNSHARE     0x400u

/** enum quire_fault_kind - what a fault turned out to be, for replays and statistics. */
enum quire_fault_kind {
	QUIRE_FAULT_ANON_ZERO,	 /* read of untouched anonymous memory: the zero page */
	QUIRE_FAULT_ANON,	 /* a fresh anonymous page */
	QUIRE_FAULT_COW,	 /* a private copy of a page */
	QUIRE_FAULT_REUSE,	 /* write to a page nobody else has: made writable */
	QUIRE_FAULT_FILE_READ,	 /* file pages mapped, fault-around included */
	QUIRE_FAULT_FILE_COW,	 /* first write to a private file mapping */
	QUIRE_FAULT_FILE_SHARED, /* write to a shared file mapping */
	QUIRE_FAULT_SHMEM,
	QUIRE_FAULT_HUGE, /* a huge page */
	QUIRE_FAULT_SWAP,
	QUIRE_FAULT_SPURIOUS, /* somebody else was first */
	QUIRE_FAULT_STACK,    /* bad area: grew the stack; the page's own kind follows */
	QUIRE_FAULT_BAD,      /* SIGSEGV or SIGBUS */
	QUIRE_NR_FAULT_KINDS,
};

/**
 * struct vm_fault - a fault under way, as a VMA's own operations see it.
 * @vma, @address (page-aligned), @real_address (as it was), @pgoff, @flags (FAULT_FLAG_*),
 *	@gfp_mask: the question
 * @cow_page: the private copy to be filled, or NULL
 * @page: the answer of ->fault(): referenced, and locked with VM_FAULT_LOCKED
 * @kind: what it turns out to be
 */
struct vm_fault {
	struct vm_area_struct *vma;
	unsigned long address, real_address;
	pgoff_t pgoff;
	unsigned int flags;
	gfp_t gfp_mask;
	struct page *cow_page, *page;
	enum quire_fault_kind kind;
	pte_t orig_pte;
	pte_t *pte; /* where it goes */
	spinlock_t *ptl;
};

/**
 * struct vm_operations_struct - what a mapping does itself; each may be NULL.
 * @open, @close: a VMA of it was copied or split, is going. Context: mmap_lock for writing.
 * @may_split: may @vma be cut at @addr? 0 or a negative errno. Context as @open.
 * @mremap: it has moved here; an error moves it back. Context as @open.
 * @mprotect: [@start, @end) is to get vm_flags @newflags; an error ends mprotect(). As @open.
 * @fault: gives the page of @pgoff; VM_FAULT_* bits. NULL in a mapping of a file: SIGBUS.
 * @map_pages: maps what is cached of [@start, @end], without sleeping: fault-around
 * @page_mkwrite: a shared page is about to become writable. VM_FAULT_LOCKED: it locked it.
 * @pfn_mkwrite: the same of a frame by number
 * @access: for access_remote_vm(), where get_user_pages() may not: bytes done, or an errno
 * @name: for maps, instead of the file's path; a constant string or the owner's
 */
struct vm_operations_struct {
	void (*open)(struct vm_area_struct *vma);
	void (*close)(struct vm_area_struct *vma);
	int (*may_split)(struct vm_area_struct *vma, unsigned long addr);
	int (*mremap)(struct vm_area_struct *vma);
	int (*mprotect)(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			unsigned long newflags);
	vm_fault_t (*fault)(struct vm_fault *vmf);
	vm_fault_t (*map_pages)(struct vm_fault *vmf, pgoff_t start, pgoff_t end);
	vm_fault_t (*page_mkwrite)(struct vm_fault *vmf);
	vm_fault_t (*pfn_mkwrite)(struct vm_fault *vmf);
	int (*access)(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
		      int write);
	const char *(*name)(struct vm_area_struct *vma);
};

/** handle_mm_fault() - makes @address of @vma accessible. Context: mmap_lock for reading. */
vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags)
	QUIRE_API(handle_mm_fault);

/** struct quire_fault_info - what quire_mm_fault() found. @si_code: SEGV_MAPERR 1, SEGV_ACCERR 2,
 * BUS_ADRERR 2 */
struct quire_fault_info {
	vm_fault_t result;
	enum quire_fault_kind kind;
	int signal; /* 0, or SIGSEGV 11, SIGBUS 7 */
	int si_code;
};
/**
 * quire_mm_fault() - what the processor's page-fault entry does: finds the VMA, grows the stack,
 * checks the access, handles the fault, counts it.
 * @access: QUIRE_ACCESS_* of mmu.h
 */
QUIRE_PUBLIC struct quire_fault_info quire_mm_fault(struct mm_struct *mm, unsigned long address,
						    unsigned int access);
/**
 * quire_mm_access() - reads, writes or fetches @n bytes at @address as an instruction would.
 * @buf: from or to; NULL: only touch
 * @access: QUIRE_ACCESS_* of mmu.h (not FAULT_FLAG_*); a process's own with QUIRE_ACCESS_USER
 * Return: 0, or -EFAULT with @info (may be NULL) saying what signal a process would get.
 */
QUIRE_PUBLIC int quire_mm_access(struct mm_struct *mm, unsigned long address, void *buf, size_t n,
				 unsigned int access, struct quire_fault_info *info);

/**
 * quire_mm_map_host() - @mm's addresses [*@start, *@start + @bytes) are the host's from now on:
 * plain loads and stores there fault as quire_mm_access() does.
 * @start: where; *@start 0: anywhere, and told here. mmap places mappings below its end.
 *
 * The machine has real_mappings. One address space of a window at a time; mmput() gives it back.
 * A child is not shown. Threads that access are on CPUs of the machine and hold no lock of it.
 * Return: 0; -EBUSY: it is shown already; what quire_window_open() says (window.h).
 */
QUIRE_PUBLIC int quire_mm_map_host(struct mm_struct *mm, unsigned long *start,
				   unsigned long bytes) QUIRE_MUST_CHECK;
/** quire_mm_unmap_host() - no longer. Context: nobody accesses. */
QUIRE_PUBLIC void quire_mm_unmap_host(struct mm_struct *mm);

/** struct quire_vm_trace - where Linux has the tracepoint of that name; see trace.h. */
struct quire_vm_trace {
	void *ctx;
	void (*rss_stat)(void *ctx, struct mm_struct *mm, int member, long pages);
	void (*fault)(void *ctx, struct mm_struct *mm, unsigned long address, unsigned int access,
		      const struct quire_fault_info *info);
};
QUIRE_PUBLIC void quire_vm_trace_set(struct quire_machine *machine,
				     const struct quire_vm_trace *trace);
/** quire_mm_sync_rss() - folds the task's cached counts into @mm (exit and exec do). */
QUIRE_PUBLIC void quire_mm_sync_rss(struct mm_struct *mm);

/** get_mm_counter() - pages of a kind, never negative. */
unsigned long get_mm_counter(struct mm_struct *mm, int member) QUIRE_API(get_mm_counter);
/** get_mm_rss() - file, anonymous and shared-memory pages. */
unsigned long get_mm_rss(struct mm_struct *mm) QUIRE_API(get_mm_rss);

/* --- user memory from the kernel's side
 * ------------------------------------------------------------- */

#define FOLL_WRITE    0x01u
#define FOLL_GET      0x04u
#define FOLL_FORCE    0x10u
#define FOLL_PIN      0x40000u
#define FOLL_LONGTERM 0x10000u

/** quire_mm_get_pages() - references to the pages behind @nr_pages pages from @start, faulted
 * in. Return: how many, or -EFAULT / -ENOMEM when the first fails. Takes mmap_lock itself. */
QUIRE_PUBLIC long quire_mm_get_pages(struct mm_struct *mm, unsigned long start,
				     unsigned long nr_pages, unsigned int gup_flags,
				     struct page **pages);
/** quire_mm_pin_pages(), unpin_user_page() - the same with pins (FOLL_PIN). */
QUIRE_PUBLIC long quire_mm_pin_pages(struct mm_struct *mm, unsigned long start,
				     unsigned long nr_pages, unsigned int gup_flags,
				     struct page **pages);
/** get_user_pages_remote(), pin_user_pages_remote() - the same as Linux 6.1 has them: mmap_lock is
 * the caller's and stays so; a stack does not grow. @vmas: (may be NULL) the VMA of each page;
 * @locked: not looked at. -EINVAL: flags of the other kind. */
long get_user_pages_remote(struct mm_struct *mm, unsigned long start, unsigned long nr_pages,
			   unsigned int gup_flags, struct page **pages,
			   struct vm_area_struct **vmas, int *locked)
	QUIRE_API(get_user_pages_remote);
long pin_user_pages_remote(struct mm_struct *mm, unsigned long start, unsigned long nr_pages,
			   unsigned int gup_flags, struct page **pages,
			   struct vm_area_struct **vmas, int *locked)
	QUIRE_API(pin_user_pages_remote);
void unpin_user_page(struct page *page) QUIRE_API(unpin_user_page);
/** access_remote_vm() - access_process_vm()'s core: bytes copied, fewer where memory ends. */
int access_remote_vm(struct mm_struct *mm, unsigned long addr, void *buf, int len,
		     unsigned int gup_flags) QUIRE_API(access_remote_vm);
/** quire_vm_copy_to_user(), quire_vm_copy_from_user() - on the current CPU's mm; bytes not copied.
 */
QUIRE_PUBLIC unsigned long quire_vm_copy_to_user(unsigned long to, const void *from,
						 unsigned long n);
QUIRE_PUBLIC unsigned long quire_vm_copy_from_user(void *to, unsigned long from, unsigned long n);

/* --- settings
 * --------------------------------------------------------------------------------------- */

/**
 * quire_vm_sysctl() - sets "overcommit_memory" (0..2), "overcommit_ratio", "overcommit_kbytes",
 * "max_map_count", "mmap_min_addr", "stack_guard_gap" (pages), "user_reserve_kbytes",
 * "admin_reserve_kbytes", "fault_around_bytes", "thp_enabled" (0 never, 1 madvise, 2 always),
 * "rules" (601: Linux 6.1, 618: 6.18 where it differs) of the current machine. The guard gap and
 * the rules are those of address spaces made from then on. Return: 0, -ENOENT, -EINVAL, -ENOMEM.
 */
QUIRE_PUBLIC int quire_vm_sysctl(const char *name, long value);
/** quire_vm_committed() - Committed_AS, pages; quire_vm_commit_limit() - CommitLimit, pages. */
QUIRE_PUBLIC unsigned long quire_vm_committed(struct quire_machine *machine);
QUIRE_PUBLIC unsigned long quire_vm_commit_limit(struct quire_machine *machine);

QUIRE_END_DECLS

#endif /* QUIRE_VM_H */
