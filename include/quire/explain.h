/* SPDX-License-Identifier: MIT */
/*
 * explain.h - why an allocation would be served, or why it fails.
 *
 *	struct quire_explain e;
 *	quire_explain_alloc(9, GFP_KERNEL, 0, &e);
 *	quire_explain_write(&e, put, ctx);	in plain words
 *
 * It walks the zones as alloc_pages() would, asks the same questions and takes nothing.
 * For each zone it keeps the first check that refused and its numbers; when no zone would
 * serve, the places that come nearest to being a free block of the order, and who is in
 * the way there.
 */
#ifndef QUIRE_EXPLAIN_H
#define QUIRE_EXPLAIN_H

#include <quire/page_owner.h>

QUIRE_BEGIN_DECLS

#define QUIRE_EXPLAIN_ZONES  40 /* zones looked at; a machine may have more */
#define QUIRE_EXPLAIN_BLOCKS 4
#define QUIRE_EXPLAIN_OWNERS 4

/** enum quire_verdict - what the allocator would say of one zone. */
enum quire_verdict {
	QUIRE_SERVES,		/* takes a block from here */
	QUIRE_SERVES_TOO,	/* would, but a zone before it serves */
	QUIRE_REFUSED_ZONE,	/* gfp flags forbid this type of zone */
	QUIRE_REFUSED_NODE,	/* not in the node mask, or another node with __GFP_THISNODE */
	QUIRE_REFUSED_MARK,	/* too few free pages above the mark and the reserve */
	QUIRE_REFUSED_NO_BLOCK, /* enough pages, but no block of the order the request may take */
	QUIRE_REFUSED_DIRTY,	/* __GFP_WRITE: the node has its share of dirty pages */
};

/** enum quire_walk - which walk of the zones. The harder ones come when the ones before failed. */
enum quire_walk {
	QUIRE_WALK_LOW,	    /* low mark, and no mixing of types where it can be avoided */
	QUIRE_WALK_LOW_ANY, /* low mark */
	QUIRE_WALK_MIN,	    /* min mark, with what the flags allow below it */
	QUIRE_WALK_NO_MARK, /* __GFP_MEMALLOC */
	QUIRE_NR_WALKS
};

/** enum quire_source - where in a zone the block would come from. */
enum quire_source {
	QUIRE_FROM_NOWHERE,
	QUIRE_FROM_PCP,	       /* the CPU's list */
	QUIRE_FROM_OWN,	       /* the free list of its own type */
	QUIRE_FROM_HIGHATOMIC, /* the reserve for high-order atomic requests */
	QUIRE_FROM_CMA,
	QUIRE_FROM_STEAL, /* another type's list, see steal_* */
};

/**
 * struct quire_explain_zone - one zone, as the last walk found it.
 * @free: free pages, without per-CPU lists
 * @unusable_order: of them lost to the order's rounding, 2^order - 1
 * @unusable_highatomic, @unusable_cma: kept for others
 * @mark: the walk's mark with boost; @boost: pages of it; @discount: what the flags allow
 *	below it; @reserve: lowmem_reserve against this request
 * @left: free - unusable_*; served if left > mark - discount + reserve
 * @blocks: free blocks by migrate type and order, of zones refused for want of pages or blocks
 * @source: where from, when it serves or would
 * @take_order: order of the block that would be split
 * @steal_from: migrate type; @steal_whole: the page block would be taken over
 * @pcp_count: pages on this CPU's lists
 */
struct quire_explain_zone {
	const char *name;
	int nid;
	enum quire_verdict verdict;
	long free, unusable_order, unusable_highatomic, unusable_cma;
	long mark, boost, discount, reserve, left;
	u32 blocks[MIGRATE_TYPES][QUIRE_MAX_ORDER_CAP];
	enum quire_source source;
	int take_order, steal_from;
	bool steal_whole;
	int pcp_count;
};

/**
 * struct quire_explain_block - a place for a block of the order that is not free as a whole.
 * @taken: frames allocated; @on_pcp: frames on per-CPU lists; the others are free
 * @unmovable: of the taken ones those that cannot be moved, as far as known
 * @block_type: migrate type of the first page block
 * @owners_known: page owner or a replay's tags say who has them
 */
struct quire_explain_block {
	unsigned long pfn;
	unsigned long taken, on_pcp, unmovable;
	int nid;
	const char *zone;
	int block_type;
	bool owners_known;
	unsigned int nr_owners;
	struct quire_block_owner owners[QUIRE_EXPLAIN_OWNERS];
};

/**
 * struct quire_explain - the answer.
 * @too_large: @order is beyond the machine's largest
 * @served: some zone would serve, in walk @walk
 * @may_reclaim: the request may sleep, and a reclaimer is registered: so it would be
 *	tried before giving up
 * @zones: in the order of preference, then those that may not be used
 * @nr_zones_left_out: zones there was no room for
 * @blocks: nearest first; only when not served
 * @all_reserved: no place of the order is without frames reserved for ever
 */
struct quire_explain {
	unsigned int order, page_shift, nr_orders;
	gfp_t gfp;
	int nid, migratetype;
	bool too_large, served, may_reclaim, all_reserved;
	enum quire_walk walk;
	unsigned int nr_zones, nr_zones_left_out, nr_blocks;
	struct quire_explain_zone zones[QUIRE_EXPLAIN_ZONES];
	struct quire_explain_block blocks[QUIRE_EXPLAIN_BLOCKS];
};

/**
 * quire_explain_alloc() - what alloc_pages_node(@nid, @gfp, @order) would do now, and why.
 * @nid: preferred node, NUMA_NO_NODE: the current CPU's
 * @out: filled in
 *
 * Changes nothing. O(zones * orders), and O(free blocks) of the zones that refuse; when all
 * do and @order is not 0, O(frames) of those that may be used.
 * Context: on a CPU, no lock held. On a machine that runs meanwhile the answer is of
 * several moments.
 * Return: 0, or -EINVAL when there is no node @nid.
 */
QUIRE_PUBLIC int quire_explain_alloc(unsigned int order, gfp_t gfp, int nid,
				     struct quire_explain *out);

/** quire_explain_write() - @e in plain words, whole lines, to @put. Context: any. */
QUIRE_PUBLIC void quire_explain_write(const struct quire_explain *e, quire_put_fn put, void *ctx);

/**
 * quire_gfp_to_text() - flags by name, as Linux prints them: "GFP_KERNEL|__GFP_ZERO".
 * Return: the length of the whole text, which may be more than @size - 1.
 */
QUIRE_PUBLIC size_t quire_gfp_to_text(gfp_t gfp, char *buf, size_t size);

/**
 * quire_page_flags_to_text() - page->flags as Linux prints them: "0x...(lru|active|node=0|zone=2)".
 * Return: the length written, at least @size when it was cut.
 */
QUIRE_PUBLIC size_t quire_page_flags_to_text(unsigned long flags, char *buf, size_t size);

/** quire_dump_page() - reports all that a struct page says, and @why it is shown (may be NULL). */
QUIRE_PUBLIC void quire_dump_page(struct page *page, const char *why);

/** quire_migratetype_name() - "Unmovable" ... as in pagetypeinfo; "?" when there is no such type.
 */
QUIRE_PUBLIC const char *quire_migratetype_name(int migratetype);

QUIRE_END_DECLS

#endif /* QUIRE_EXPLAIN_H */
