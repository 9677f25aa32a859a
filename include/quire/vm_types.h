/* SPDX-License-Identifier: MIT */
/*
 * vm_types.h - address spaces: mm_struct and vm_area_struct.
 *
 *	mm_struct
 *	  areas (a B+ tree by address, with the widest gap below each branch)
 *	    [vm_area_struct)[vm_area_struct)   [vm_area_struct)
 *	        | anon_vma_chain -> anon_vma     who may map the same anonymous pages
 *	        | vm_file -> f_mapping->i_mmap   who maps the same file range
 *	  pgtable                                what stands behind each address now
 *
 * 1. A VMA says what an address range means; the page tables say what is there already.
 *    VMAs of one mm do not overlap and are sorted by address.
 * 2. vm_pgoff is the file offset of vm_start in pages; of anonymous private memory it is
 *    vm_start >> PAGE_SHIFT at the time of the first fault, so that neighbours can merge.
 * 3. mmap_lock protects the VMAs: writers change them, readers fault.
 *
 * Names and meaning after Linux 6.1 (include/linux/mm_types.h); ours is written anew. There
 * are no tasks in the core: what Linux keeps in signal_struct and task_struct for memory
 * (limits, RSS caches, credentials) stands in mm_struct and in struct quire_rss_cache.
 */
#ifndef QUIRE_VM_TYPES_H
#define QUIRE_VM_TYPES_H

#include <quire/pgtable.h>
#include <quire/rbtree.h>
#include <quire/rwlock.h>

QUIRE_BEGIN_DECLS

struct file;
struct anon_vma;
struct vm_operations_struct;
struct vma_tree_node;

/* vm_flags, Linux's values. */
#define VM_NONE	       0x00000000ul
#define VM_READ	       0x00000001ul
#define VM_WRITE       0x00000002ul
#define VM_EXEC	       0x00000004ul
#define VM_SHARED      0x00000008ul
#define VM_MAYREAD     0x00000010ul
#define VM_MAYWRITE    0x00000020ul
#define VM_MAYEXEC     0x00000040ul
#define VM_MAYSHARE    0x00000080ul
#define VM_GROWSDOWN   0x00000100ul
#define VM_PFNMAP      0x00000400ul
#define VM_LOCKED      0x00002000ul
#define VM_IO	       0x00004000ul
#define VM_SEQ_READ    0x00008000ul
#define VM_RAND_READ   0x00010000ul
#define VM_DONTCOPY    0x00020000ul
#define VM_DONTEXPAND  0x00040000ul
#define VM_LOCKONFAULT 0x00080000ul
#define VM_ACCOUNT     0x00100000ul
#define VM_NORESERVE   0x00200000ul
#define VM_HUGETLB     0x00400000ul
#define VM_SYNC	       0x00800000ul
#define VM_WIPEONFORK  0x02000000ul
#define VM_DONTDUMP    0x04000000ul
#define VM_SOFTDIRTY   0x08000000ul
#define VM_MIXEDMAP    0x10000000ul
#define VM_HUGEPAGE    0x20000000ul
#define VM_NOHUGEPAGE  0x40000000ul
#define VM_MERGEABLE   0x80000000ul

#define VM_STACK	VM_GROWSDOWN
#define VM_ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)
#define VM_SPECIAL	(VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP)

/**
 * struct vm_area_struct - a range of addresses that are alike.
 * @vm_start, @vm_end: bytes, page-aligned, end exclusive
 * @vm_page_prot: what a fresh entry holds
 * @shared: its place in the file's interval tree
 * @anon_vma_chain, @anon_vma: reverse mapping of its anonymous pages
 * @vm_file: a reference, or NULL
 * @anon_name: prctl(PR_SET_VMA_ANON_NAME), or NULL; shared by the pieces of a split
 * @touched: page tables may hold something of it: set before the first entry is made and never
 *	cleared, so that an area nobody touched is unmapped without a walk
 */
struct vm_area_struct {
	unsigned long vm_start, vm_end;
	struct mm_struct *vm_mm;
	unsigned long vm_flags;
	pgprot_t vm_page_prot;
	unsigned long vm_pgoff;
	struct anon_vma *anon_vma;
	const struct vm_operations_struct *vm_ops;
	struct file *vm_file;
	struct list_head anon_vma_chain;
	struct {
		struct rb_node rb;
		unsigned long rb_subtree_last;
	} shared;
	void *vm_private_data;
	const char *anon_name;
	bool touched;
};

/** enum quire_rss - what resident pages are counted as; Linux's MM_* counters. */
enum quire_rss { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES, NR_MM_COUNTERS };

/**
 * struct quire_rss_cache - a task's counts not yet in its mm (Linux's SPLIT_RSS_COUNTING:
 * folded at the 66th fault, at exec and exit). NULL in mm->rss_cache: count at once.
 */
struct quire_rss_cache {
	unsigned int events;
	int count[NR_MM_COUNTERS];
};

/** enum quire_rlimit - the limits that address spaces know; values of RLIM_INFINITY: ~0ul. */
enum quire_rlimit {
	QUIRE_RLIMIT_AS,
	QUIRE_RLIMIT_DATA,
	QUIRE_RLIMIT_STACK,
	QUIRE_RLIMIT_MEMLOCK,
	QUIRE_NR_RLIMITS
};

/**
 * struct mm_struct - an address space.
 * @areas: root of the tree of VMAs; see src/vm/map/vma_tree.h
 * @recent: the VMA that the last fault was in, while it is in the tree; NULL: none. Who holds
 *	mmap_lock for reading may set it; who takes a VMA out of the tree clears it
 * @map_count: VMAs
 * @mmap_base, @task_size: top-down allocation starts below the first; addresses end at the
 *	second, and above @map_window only for who asks for it (5 levels). @mmap_legacy: bottom-up
 *	from @mmap_legacy_base
 * @stack_guard_gap: bytes below a growing stack that nothing else gets
 * @rules: which release's rules apply where they differ: 601 or 618, see docs/fidelity.md
 * @total_vm, @locked_vm, @data_vm, @exec_vm, @stack_vm: pages; @pinned_vm too
 * @start_code ... @arg_start ...: what exec laid out
 * @rss: pages by kind, enum quire_rss; @hiwater_rss, @hiwater_vm: pages
 * @mm_users, @mm_count: as Linux
 * @rlimit: bytes
 * @privileged: CAP_SYS_ADMIN, CAP_IPC_LOCK: may pass some limits
 * @min_addr_ok: CAP_SYS_RAWIO: may map below mmap_min_addr
 * @real: its translations are host mappings (see tlb.h)
 * @pid, @comm: for views and reports
 */
struct mm_struct {
	struct quire_pgtable pgtable;
	struct vma_tree_node *areas;
	struct vm_area_struct *recent;
	unsigned int areas_height;
	int map_count;
	unsigned long mmap_base, mmap_legacy_base, task_size, map_window, user_base;
	unsigned long stack_guard_gap;
	unsigned int rules;
	bool mmap_legacy;
	bool privileged, min_addr_ok;
	bool real;
	struct quire_rwlock mmap_lock;
	spinlock_t page_table_lock;
	atomic_t mm_users, mm_count;
	unsigned long total_vm, locked_vm, pinned_vm, data_vm, exec_vm, stack_vm;
	unsigned long hiwater_rss, hiwater_vm;
	unsigned long def_flags;
	unsigned long start_code, end_code, start_data, end_data;
	unsigned long start_brk, brk, start_stack;
	unsigned long arg_start, arg_end, env_start, env_end;
	long rss[NR_MM_COUNTERS];
	struct quire_rss_cache *rss_cache;
	unsigned long rlimit[QUIRE_NR_RLIMITS];
	unsigned long thp_disabled;
	struct page *thp_tables; /* kept for huge pages to be split; under page_table_lock */
	struct file *exe_file;
	struct quire_machine *machine;
	struct list_head mmlist; /* the machine's address spaces */
	struct mm_struct *parent;
	int pid;
	char comm[16];
	unsigned long flush_count; /* of TLB flushes asked for; tests and views */
};

QUIRE_END_DECLS

#endif /* QUIRE_VM_TYPES_H */
