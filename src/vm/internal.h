/* SPDX-License-Identifier: MIT */
/*
 * internal.h - what the folders of src/vm want of each other.
 *
 *	map/	VMAs and system calls: decides what addresses mean
 *	fault/	page tables of users: makes, copies, changes and removes what stands there
 *	rmap/	from a page back to who maps it
 *	cache/	pages of files
 *	lru.c	lists of pages by age
 *
 * map/ calls down into the others; fault/ asks map/ only for VMAs, lock_mm_and_find_vma().
 *
 * Lock order, outermost first: mmap_lock, i_mmap, anon_vma, page-table locks, lru, then page's.
 */
#ifndef QUIRE_VM_INTERNAL_H
#define QUIRE_VM_INTERNAL_H

#include <quire/vm.h>

#include "hw/machine.h"

struct vm_state;
struct lru_node;
struct vm_cpu;

/** vma_is_anonymous() - private memory of no file. */
static inline bool vma_is_anonymous(const struct vm_area_struct *vma)
{
	return !vma->vm_ops;
}

/* --- fault/: page tables of a range of one VMA or more. Context: mmap_lock for writing, unless
 * said otherwise. --- */

/** unmap_vmas() - removes every page of [@start, @end) of the VMAs from @vma on; counts RSS. */
void unmap_vmas(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start,
		unsigned long end);
/** zap_page_range() - the same for part of one VMA, with its own gather. Context: mmap_lock for
 * reading is enough. */
void zap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long size);
/** change_protection() - entries of [@start, @end) get @newprot; private pages stay read-only
 * where a write must fault. Return: pages changed. */
unsigned long change_protection(struct vm_area_struct *vma, unsigned long start, unsigned long end,
				pgprot_t newprot);
/** move_page_tables() - entries move from @vma's @old_addr to @new_vma's @new_addr. Return: bytes
 * moved; fewer than @len when out of memory. */
unsigned long move_page_tables(struct vm_area_struct *vma, unsigned long old_addr,
			       struct vm_area_struct *new_vma, unsigned long new_addr,
			       unsigned long len);
/** copy_page_range() - fork: @dst gets @src's entries, private ones write-protected in both.
 * Return: 0, -ENOMEM (what was copied stays, to be unmapped by the caller). */
int copy_page_range(struct vm_area_struct *dst, struct vm_area_struct *src);
/** populate_range() - faults in [@start, @end) of @vma as mlock and MAP_POPULATE do. Return: 0 or
 * -errno. Context: mmap_lock for reading. */
int populate_range(struct vm_area_struct *vma, unsigned long start, unsigned long end);
/** mincore_range() - a byte a page. */
void mincore_range(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		   unsigned char *vec);
/** mlock_range() - pages of [@start, @end) become mlocked, or no longer. */
void mlock_range(struct vm_area_struct *vma, unsigned long start, unsigned long end, bool lock);
/** madvise_free_range(), madvise_cold_range() - MADV_FREE; MADV_COLD and, with @pageout,
 * MADV_PAGEOUT. */
int madvise_free_range(struct vm_area_struct *vma, unsigned long start, unsigned long end);
int madvise_cold_range(struct vm_area_struct *vma, unsigned long start, unsigned long end,
		       bool pageout);
/** split_huge_pmd_address() - no huge page crosses @addr any more. */
void split_huge_pmd_address(struct vm_area_struct *vma, unsigned long addr);
/** mm_check_rss() - reports counts that are not zero, as Linux does when an mm goes. */
void mm_check_rss(struct mm_struct *mm);
/** vm_get_page_prot() - what entries of such a VMA hold when fresh. */
pgprot_t vm_get_page_prot(const struct quire_mmu_format *format, unsigned long vm_flags);
/** vma_settle_page_prot() - vm_page_prot as @vma's flags and operations say; its memory type stays.
 */
void vma_settle_page_prot(struct vm_area_struct *vma);

/* --- rmap/ ------------------------------------------------------------------------------------ */

/** anon_vma_make() - the slow half of anon_vma_prepare(). */
int anon_vma_make(struct vm_area_struct *vma);
/** anon_vma_prepare() - @vma has an anon_vma (a fitting neighbour's, or new). 0, -ENOMEM. */
static inline int anon_vma_prepare(struct vm_area_struct *vma)
{
	return likely(__atomic_load_n(&vma->anon_vma, __ATOMIC_ACQUIRE)) ? 0 : anon_vma_make(vma);
}
/** anon_vma_clone() - @dst gets links to all of @src's. 0, -ENOMEM with nothing done. */
int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src);
/** anon_vma_fork() - clone, and an anon_vma of the child's own. */
int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *parent);
void unlink_anon_vmas(struct vm_area_struct *vma);
/** vma_link_file(), vma_unlink_file() - into and out of the file's interval tree. */
void vma_link_file(struct vm_area_struct *vma);
void vma_unlink_file(struct vm_area_struct *vma);
/** vma_enter_file(), vma_leave_file() - the same for who holds i_mmap_lock: vma_lock_file(),
 * vma_unlock_file(). To change vm_start, vm_end or vm_pgoff of a file VMA: lock, leave, change,
 * enter, unlock, as truncation must not miss what is mapped meanwhile. */
void vma_lock_file(struct vm_area_struct *vma);
void vma_unlock_file(struct vm_area_struct *vma);
void vma_enter_file(struct vm_area_struct *vma);
void vma_leave_file(struct vm_area_struct *vma);
/** anon_vma_interval_remove(), anon_vma_interval_insert() - the same around a change of a
 * VMA's range with anonymous pages, as its anon_vmas keep it in interval trees. */
void anon_vma_interval_remove(struct vm_area_struct *vma);
void anon_vma_interval_insert(struct vm_area_struct *vma);

/** anon_vma_lock_write(), anon_vma_unlock_write() - the lock of a whole family of anon_vmas. */
void anon_vma_lock_write(struct anon_vma *anon_vma);
void anon_vma_unlock_write(struct anon_vma *anon_vma);

/** fput_locked() - fput() for who holds mmap_lock: pages that leave the cache wait for somebody to
 * poll RCU. */
void fput_locked(struct file *file);

/* --- what room.c calls for the others --------------------------------------------------- */

/** vm_pages_init() - lru lists, per-CPU batches, the caches of rmap and files, the zero page: the
 * fields of struct vm_state from anon_vma_cache on. Context: vs->machine is set. 0, -ENOMEM with
 * nothing left. */
int vm_pages_init(struct vm_state *vs);
/** vm_pages_exit() - gives back what it reserved; slabs and frames go with the machine. */
void vm_pages_exit(struct vm_state *vs);

/* --- cache/ --------------------------------------------------------------------------------- */

/** vm_file_punch() - @nr pages of @file from @first become a hole. 0. */
int vm_file_punch(struct file *file, pgoff_t first, unsigned long nr);

/* --- map/ ----------------------------------------------------------------------------------------
 */

/** lock_mm_and_find_vma() - the VMA of @address, a stack grown to it, and mmap_lock for reading.
 * @grew: (may be NULL) whether one did. Return: NULL: nothing is there, the lock is free. */
struct vm_area_struct *lock_mm_and_find_vma(struct mm_struct *mm, unsigned long address,
					    bool *grew);

/** vm_commit() - promises @pages to @mm (NULL: to nobody) within the limit, or -ENOMEM.
 * vm_commit_more() - without asking. vm_uncommit() - no longer. */
int vm_commit(const struct mm_struct *mm, long pages);
void vm_commit_more(long pages);
void vm_uncommit(long pages);

/* --- adopt.c: a machine whose process has ended ------------------------------------------- */

#define VM_OWN_OPS 4
/** vm_note_ops() - where this program has its vm_operations, for vm_adopt_mm() of another one. */
void vm_note_ops(struct vm_state *vs);
/** vm_adopt() - the room's part of quire_machine_adopt(). */
void vm_adopt(struct quire_machine *m);
/** vm_adopt_mm() - @mm can be looked at; nothing in a process that made it itself. */
void vm_adopt_mm(struct mm_struct *mm);

/** struct vm_state - a machine's address spaces and settings. Owner: src/vm/room.c. */
struct vm_state {
	struct quire_machine *machine;
	struct kmem_cache *mm_cache, *vma_cache, *node_cache;
	struct list_head mmlist;
	struct quire_lock mmlist_lock;
	const struct quire_vm_trace *trace;
	const struct vm_operations_struct *own_ops[VM_OWN_OPS]; /* adopt.c, point 1 */
	long committed;						/* pages; atomic */
	long overcommit_memory, overcommit_ratio, overcommit_kbytes;
	long max_map_count, mmap_min_addr, stack_guard_gap; /* the last in pages */
	long user_reserve_kbytes, admin_reserve_kbytes, fault_around_bytes;
	long thp_enabled;
	long rules;		/* 601, 618: of new address spaces, see mm_struct.rules */
	unsigned long next_ino; /* atomic */

	/* vm_pages_init() */
	struct kmem_cache *anon_vma_cache, *avc_cache, *file_cache, *inode_cache;
	struct page *zero_page, *huge_zero_page;
	struct lru_node *lru; /* one a node */
	struct vm_cpu *cpus;  /* one a CPU */
};

/** vm_state_get() - the current machine's, brought up at its first use (room.c). NULL: no memory.
 */
struct vm_state *vm_state_get(void);
/** this_vm() - the current machine's, which is up: whoever has an mm or a file knows that. */
static inline struct vm_state *this_vm(void)
{
	return quire_this_cpu->machine->vm;
}

#endif /* QUIRE_VM_INTERNAL_H */
