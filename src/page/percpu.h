/* SPDX-License-Identifier: MIT */
/*
 * page/percpu.h - what a CPU has of its own: its lists of each zone, and the tables that its
 * fast paths (alloc.c, free.c) begin with.
 *
 * Theory
 *  1. The fast paths are bound by how many loads and stores they make, so what follows
 *     from the flags of a request is computed once and stands in struct fast_zone, one cache
 *     line for each combination; what follows from a struct page's address needs no
 *     other (page_cpu.block_types_at).
 *  2. Only the owner writes, but for remote drains (owner_lock) and the limits.
 */
#ifndef QUIRE_PAGE_PERCPU_H
#define QUIRE_PAGE_PERCPU_H

#include <quire/mm.h>

#include "base/owner_lock.h"

struct page_state;
struct page_zone;

/**
 * struct pcp_slot - a CPU's lists of one zone with their lock.
 * @high_now: pcp.high as it is in force: less while the zone is under reclaim, 0 while
 *	machine.attention is not
 * @zone: whose pages these are; @plain_flags: page.flags of those that have no flag set
 * @list_pages: what the lists have room for (pcp_size.c); under @lock
 * @moved: pages that came to the lists other than by a fast free, less those that left them
 *	other than by a fast allocation. What the fast frees brought follows from it (vmstat.c).
 */
struct pcp_slot {
	struct owner_lock lock;
	int high_now;
	unsigned int list_pages;
	unsigned long plain_flags;
	struct zone *zone;
	struct per_cpu_pages pcp;
	long moved;
} __quire_aligned(QUIRE_CACHELINE);

/**
 * struct fast_zone - the first zone to try for a request.
 * @limit: of the request's highest zone type, in page_zone.fast_limit; page_state.no_limit: the
 *	full path has to look
 * @list: of single pages of the request's type in @slot; @huge: of page_cpu.huge_order, which
 *	is repeated here with its pages
 * @alloc_flags: ALLOC_... of the full path for it, but ALLOC_KSWAPD
 */
struct fast_zone {
	struct pcp_slot *slot;
	struct page_zone *zone;
	const long *limit;
	struct quire_pcp_list *list, *huge;
	unsigned int huge_order, alloc_flags;
	long huge_pages;
} __quire_aligned(QUIRE_CACHELINE);

/* What decides about the first zone and the list: four zone bits, of them and another the type. */
#define FAST_ZONE_BITS (GFP_ZONEMASK | GFP_MOVABLE_MASK)

_Static_assert(FAST_ZONE_BITS == 0x1f, "an index");

/* What a request may not ask for on the fast path. */
#define FAST_REFUSED (__GFP_WRITE | __GFP_ZERO | __GFP_THISNODE)

/**
 * struct page_cpu - what a CPU needs on its fast path, then its events.
 * @first: by FAST_ZONE_BITS of gfp, the first zone to try from this CPU's node; first of all, so
 *	that its entries need no address of their own
 * @recent: the lists of the zone that a page was freed to last
 * @block_shift: from a struct page's address to a page block, @block_types_at being that of
 *	address 0: page_state.block_types less the array's own
 * @huge_order: the order above 3 that has per-CPU lists; 0: none
 * @huge_pages: pages in a block of it; @huge_mask: bits that are clear in its struct page's address
 * @attention: non-zero: every call takes the full path; for those that have no limit to look at
 * @pcp: its lists, by key (node << 3 | zone type), NULL where there is no such zone
 * @zones: zones by key
 */
struct page_cpu {
	struct fast_zone first[FAST_ZONE_BITS + 1];
	struct pcp_slot *recent;
	unsigned long block_types_at;
	unsigned int block_shift;
	unsigned int huge_order, huge_pages;
	unsigned long huge_mask;
	const unsigned int *attention;
	struct pcp_slot **pcp;
	struct zone *const *zones;
	struct page_state *state;
	unsigned long events[NR_VM_EVENT_ITEMS];
} __quire_aligned(QUIRE_CACHELINE);

#endif /* QUIRE_PAGE_PERCPU_H */
