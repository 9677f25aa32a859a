/* SPDX-License-Identifier: MIT */
/*
 * steps.h - the page allocator taken one step at a time.
 *
 * A recorded trace tells what a kernel's allocator did in finer grain than one
 * call: the choice of a zone, the taking of a block, the moment a free reads
 * its page block's type and the later moment at which the page reaches a list.
 * These functions are those steps, each made of the very functions that
 * alloc_pages() and __free_pages() are made of, so that what they choose is
 * what the allocator chooses. A replay, and a test of one step, need no more.
 *
 *	alloc_pages()   =  quire_step_choose()  +  quire_step_take()
 *	alloc_bulk      =  quire_step_choose(extra)  +  n * quire_step_take_bulk()
 *	free_page()     =  type of the block  +  quire_step_free(QUIRE_STEP_PCP)
 *	compaction      =  quire_step_rotate() + quire_step_isolate()
 *
 * 1. All act on the current CPU of a deterministic machine; no step sleeps,
 *    reclaims or fails a request for want of a reclaimer.
 * 2. A page taken has a reference count of 1 and is not compound, whatever the
 *    gfp flags said: the caller of steps keeps track of blocks, and may free a
 *    block in parts.
 * 3. quire_step_grab() and quire_step_put_pcp() move single blocks by force.
 *    They are for a replay that was wrong about a block and goes on with the
 *    recorded one; nothing in the allocator does so.
 *
 * The hooks of trace.h see zone_locked, drain and extfrag of every step; alloc
 * and free, which belong to whole calls, they do not see.
 */
#ifndef QUIRE_STEPS_H
#define QUIRE_STEPS_H

#include <quire/mm.h>

QUIRE_BEGIN_DECLS

/**
 * struct quire_step - what quire_step_choose() found.
 * @zone: where the request would be served, NULL: nowhere without reclaim
 * @alloc_flags: the allocator's flags of the walk that succeeded
 * @below_low: no zone was above its low mark; the reclaimers would have been woken
 */
struct quire_step {
	struct zone *zone;
	unsigned int alloc_flags;
	bool below_low;
};

/**
 * quire_step_choose() - the zone a request would be served from now.
 * @nid: the preferred node
 * @nodes: allowed nodes, NULL: all
 * @extra: pages a bulk request asks for beyond its mark; 0: an ordinary request. A bulk
 *	request does not leave its node and has no second walk at the min mark.
 *
 * The dirty limit of nodes (__GFP_WRITE) is not looked at: its counters are not the page
 * allocator's. O(zones).
 */
QUIRE_PUBLIC struct quire_step quire_step_choose(gfp_t gfp, unsigned int order, int nid,
						 const nodemask_t *nodes, unsigned long extra);

/**
 * quire_step_take() - a block of @order and type @migratetype from @step->zone, as an
 * allocation takes it: from the CPU's list or the free lists, refilling and stealing.
 * Return: its first page; NULL when the zone has none.
 */
QUIRE_PUBLIC struct page *quire_step_take(const struct quire_step *step, unsigned int order,
					  int migratetype);

/**
 * quire_step_take_bulk() - one page of a bulk request: as quire_step_take(), but the free
 * factor stays as it is.
 */
QUIRE_PUBLIC struct page *quire_step_take_bulk(const struct quire_step *step, int migratetype);

/** enum quire_step_free - where a freed block goes. */
enum quire_step_free {
	QUIRE_STEP_PCP,	       /* the CPU's lists, and a drain when they are full */
	QUIRE_STEP_BUDDY,      /* the free lists */
	QUIRE_STEP_BUDDY_TAIL, /* the free lists, at the tail */
};

/** quire_step_pcp_order() - have blocks of @order per-CPU lists on this machine? */
QUIRE_PUBLIC bool quire_step_pcp_order(unsigned int order);

/**
 * quire_step_free() - @page of @order to where @to says.
 * @migratetype: of the page block when the free began
 */
QUIRE_PUBLIC void quire_step_free(struct page *page, unsigned int order, int migratetype,
				  enum quire_step_free to);

/**
 * quire_step_drain() - gives back @count pages of the current CPU's lists of @zone.
 * @order, @migratetype: of the list to begin with; 0, 0 is the first
 */
QUIRE_PUBLIC void quire_step_drain(struct zone *zone, int count, unsigned int order,
				   int migratetype);

/**
 * quire_step_isolate() - takes the free block that @page heads, as compaction's free side.
 * Return: its order; -EAGAIN when the zone is too low on memory for that, -ENOENT when
 * @page heads no free block.
 */
QUIRE_PUBLIC int quire_step_isolate(struct page *page);

/**
 * quire_step_rotate() - turns a free list so that @page is its first (or last) block.
 * @page: head of a free block
 * The order of blocks, seen as a ring, does not change.
 */
QUIRE_PUBLIC void quire_step_rotate(struct page *page, bool first);

/**
 * quire_step_grab() - takes a free block by force, from inside a larger one if need be.
 * @page: first page; @order: of the block wanted
 * Return: 0; -ENOENT when not all of it is in one free block of a free list or one entry of
 * a per-CPU list. O(pages on per-CPU lists).
 */
QUIRE_PUBLIC int quire_step_grab(struct page *page, unsigned int order);

/** quire_step_is_free() - is @page in a free block of a free list? O(orders). */
QUIRE_PUBLIC bool quire_step_is_free(struct page *page);

/**
 * quire_step_put_pcp() - a taken block to the current CPU's list of its zone, without any
 * drain; to the free lists where blocks of @order have no per-CPU lists.
 */
QUIRE_PUBLIC void quire_step_put_pcp(struct page *page, unsigned int order, int migratetype,
				     bool tail);

QUIRE_END_DECLS

#endif /* QUIRE_STEPS_H */
