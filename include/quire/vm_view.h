/* SPDX-License-Identifier: MIT */
/*
 * vm_view.h - an address space looked at: what /proc/PID and `quire explain` are made of.
 *
 * Nothing here changes anything. Each call takes mmap_lock for reading and each page table's lock
 * while it reads it; counts of pages that others map are as of that moment.
 */
#ifndef QUIRE_VM_VIEW_H
#define QUIRE_VM_VIEW_H

#include <quire/vm.h>

QUIRE_BEGIN_DECLS

#define QUIRE_PSS_SHIFT 12 /* proportional sizes are in bytes << PSS_SHIFT */

/**
 * struct quire_smaps - what is resident of a range, in bytes; names are smaps'.
 * @pss, @pss_*: each page divided by the page tables that map it, << QUIRE_PSS_SHIFT
 */
struct quire_smaps {
	u64 size, rss, shared_clean, shared_dirty, private_clean, private_dirty;
	u64 referenced, anonymous, lazyfree, anonymous_thp, shmem_thp, file_thp, swap;
	u64 pss, pss_dirty, pss_anon, pss_file, pss_shmem, pss_locked, swap_pss;
	bool thp_eligible;
};

/** struct quire_numa_pages - numa_maps' counts of a range, in pages. @node: by node */
struct quire_numa_pages {
	unsigned long pages, anon, dirty, mapmax, swapcache, active, writeback;
	unsigned long node[QUIRE_MAX_NODES];
};

/**
 * struct quire_vma_view - one VMA as printed.
 * @name: path, "[heap]", "[stack]", "[vdso]", "[anon:...]"; "": none. Valid while mmap_lock is
 * held.
 * @offset: bytes, 0 without a file; @major, @minor, @ino: of the file
 */
struct quire_vma_view {
	struct vm_area_struct *vma;
	unsigned long start, end, flags;
	const char *name;
	const char *prefix, *suffix; /* around @name: "[anon:", "]" */
	bool heap, stack, file;
	u64 offset, ino;
	unsigned int major, minor;
};

/** quire_vma_view() - describes @vma. Context: mmap_lock. */
QUIRE_PUBLIC void quire_vma_view(struct vm_area_struct *vma, struct quire_vma_view *view);
/** quire_vma_smaps() - adds what is resident of @vma to @sum. Context: mmap_lock. O(pages). */
QUIRE_PUBLIC void quire_vma_smaps(struct vm_area_struct *vma, struct quire_smaps *sum);
/** quire_vma_numa() - counts @vma's pages by node. Context: mmap_lock. O(pages). */
QUIRE_PUBLIC void quire_vma_numa(struct vm_area_struct *vma, struct quire_numa_pages *pages);

/** struct quire_mm_sizes - statm and the Vm lines of status, in pages. */
struct quire_mm_sizes {
	unsigned long total, locked, pinned, peak, hwm, file, anon, shmem, swap;
	unsigned long text, lib, data, stack, tables_bytes;
};
QUIRE_PUBLIC void quire_mm_sizes(struct mm_struct *mm, struct quire_mm_sizes *sizes);

/* Bits of a /proc/PID/pagemap entry. */
#define QUIRE_PAGEMAP_PFN	((1ull << 55) - 1)
#define QUIRE_PAGEMAP_SOFTDIRTY (1ull << 55)
#define QUIRE_PAGEMAP_EXCLUSIVE (1ull << 56)
#define QUIRE_PAGEMAP_FILE	(1ull << 61)
#define QUIRE_PAGEMAP_SWAP	(1ull << 62)
#define QUIRE_PAGEMAP_PRESENT	(1ull << 63)
/** quire_mm_pagemap() - entries of @nr pages from @start, as /proc/PID/pagemap has them. */
QUIRE_PUBLIC void quire_mm_pagemap(struct mm_struct *mm, unsigned long start, unsigned long nr,
				   u64 *entries);

/** quire_mm_find() - the address space of @pid with a user for the caller (mmput()); NULL. */
QUIRE_PUBLIC struct mm_struct *quire_mm_find(struct quire_machine *machine, int pid);

/** struct quire_text_sink - takes lines of an explanation, without newline. */
struct quire_text_sink {
	void *ctx;
	void (*line)(void *ctx, const char *text);
};
/**
 * quire_vm_explain() - in words: what @addr of @mm is, entry by entry of the page tables, VMA,
 * page, list it is on, who else maps it. Return: true if an access for reading would succeed at
 * once.
 */
QUIRE_PUBLIC bool quire_vm_explain(struct mm_struct *mm, unsigned long addr,
				   const struct quire_text_sink *sink);

QUIRE_END_DECLS

#endif /* QUIRE_VM_VIEW_H */
