/* SPDX-License-Identifier: MIT */
/*
 * mm_types.h - struct page: what is known about one page frame.
 *
 * 1. One struct page per frame, 64 bytes, in one virtual array indexed by frame
 *    number (quire_this_cpu->mem_map); pages of holes have no memory behind.
 * 2. A page is in one of these states, and the union says what the words mean:
 *
 *	state		where			words used
 *	free, head	zone->free_area		lru = free list, page_type = PG_buddy,
 *						priv = order
 *	free, inside	covered by a head	none
 *	per-CPU free	pcp->lists		none: the list's entry says all
 *	allocated	the caller's		_refcount > 0; lru, mapping, index, private
 *	compound tail	inside a compound	compound_head = head | 1
 *	reserved	nobody's		PG_reserved
 *
 * 3. Structs of a free block of the largest order are initialised only when the
 *    block is first taken apart or handed out: its head carries PG_lazy until
 *    then, and such blocks in a row have one head (src/page/lazy.c), which stands
 *    on its list for all. All-zero is therefore a valid state, "inside a free
 *    block or never seen", and no test below mistakes it for another one.
 *
 * flags word, 64 bits:
 *	63 ........ 54 53 . 51 50 ............. 0
 *	 node (10)     zone(3)  PG_* bits
 *
 * Layout after Linux 6.1 (include/linux/mm_types.h); ours is written anew.
 */
#ifndef QUIRE_MM_TYPES_H
#define QUIRE_MM_TYPES_H

#include <quire/types.h>

struct address_space;

/** enum pageflags - bits of page->flags, Linux's names. */
enum pageflags {
	PG_locked,
	PG_referenced,
	PG_uptodate,
	PG_dirty,
	PG_lru,
	PG_active,
	PG_workingset,
	PG_waiters,
	PG_error,
	PG_slab,
	PG_owner_priv_1,
	PG_arch_1,
	PG_reserved,
	PG_private,
	PG_private_2,
	PG_writeback,
	PG_head,
	PG_mappedtodisk,
	PG_reclaim,
	PG_swapbacked,
	PG_unevictable,
	PG_mlocked,
	PG_hwpoison,
	PG_lazy,     /* Quire: structs of this free block are not initialised yet */
	PG_poisoned, /* Quire: contents hold the free pattern, checked on allocation */
	__NR_PAGEFLAGS,
};

#define QUIRE_NODES_SHIFT 54
#define QUIRE_ZONES_SHIFT 51
#define QUIRE_ZONES_MASK  7ul
/* bits that must be clear in a page that is freed, and in one that is handed out */
#define PAGE_FLAGS_CHECK_AT_FREE                                                        \
	(1ul << PG_lru | 1ul << PG_locked | 1ul << PG_private | 1ul << PG_private_2 |   \
	 1ul << PG_writeback | 1ul << PG_reserved | 1ul << PG_slab | 1ul << PG_active | \
	 1ul << PG_unevictable | 1ul << PG_mlocked)
#define PAGE_FLAGS_CHECK_AT_PREP (((1ul << __NR_PAGEFLAGS) - 1) & ~(1ul << PG_poisoned))

/* low bits of page->mapping: 1: anonymous, the rest is an anon_vma; 2: movable by its owner */
#define PAGE_MAPPING_FLAGS 3ul

/* page_type of pages that are not mapped anywhere; zero means "no type". */
#define QUIRE_PAGE_BUDDY   0xb0dd0000u /* head of a free block */
#define QUIRE_PAGE_OFFLINE 0x0ff10000u
#define QUIRE_PAGE_TABLE   0x7ab10000u

/**
 * struct page - one page frame.
 * @flags: enum pageflags, zone and node; changed by its owner, or atomically when shared
 * @lru: free list, LRU, or the owner's
 * @compound_head: tail pages: address of the head, bit 0 set
 * @compound_order: first tail page of a compound page: order of the whole
 * @index: offset in @mapping; migrate type while head of a free block
 * @priv: the owner's (Linux: private, a keyword in C++); order while free
 * @_mapcount: page tables mapping it, minus one (a fresh page holds -1)
 * @page_type: shares the word: QUIRE_PAGE_* for pages that are never mapped
 * @_refcount: owners; 0 while free
 */
struct page {
	unsigned long flags;
	union {
		struct list_head lru;
		struct list_head buddy_list;
		struct {
			unsigned long compound_head;
			unsigned char compound_dtor;
			unsigned char compound_order;
			atomic_t compound_mapcount;
		};
	};
	union {
		struct address_space *mapping;
		unsigned long lazy_more; /* PG_lazy: blocks of the run behind this one */
	};
	pgoff_t index;
	unsigned long priv;
	union {
		atomic_t _mapcount;
		unsigned int page_type;
	};
	atomic_t _refcount;
	unsigned long memcg_data;
};

#ifdef __cplusplus
static_assert(sizeof(struct page) == 64, "one cache line a frame");
#else
_Static_assert(sizeof(struct page) == 64, "one cache line a frame");
#endif

#endif /* QUIRE_MM_TYPES_H */
