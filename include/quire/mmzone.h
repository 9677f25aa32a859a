/* SPDX-License-Identifier: MIT */
/*
 * mmzone.h - nodes, zones, free lists and per-CPU lists.
 *
 *	machine
 *	  node 0 (pg_data_t) ---------------- node_zonelists: zones by distance
 *	    zone DMA   [.......|======]
 *	    zone DMA32         [=================]
 *	      free_area[order].free_list[migrate type] -> page -> page -> ...
 *	      free_orders[migrate type]: bit o set <=> free_list at order o not empty
 *	      pcp(cpu).lists[3 * order + type]: freed and refilled without the zone lock;
 *		  arrays: page, page, ...
 *	  node 1 ...
 *
 * 1. A zone is a run of frames of one node that are alike in what can reach
 *    them (DMA, DMA32, HIGHMEM) or in what may live there (MOVABLE).
 * 2. A free block of 2^order frames is aligned to its size and hangs on the list
 *    of its order and of the migrate type it was freed as.
 * 3. Page blocks of 2^pageblock_order frames carry the migrate type new free
 *    pages get, so that unmovable pages keep together.
 * 4. Watermarks min, low, high say how much must stay free for whom.
 *
 * Names and meaning after Linux 6.1 (include/linux/mmzone.h).
 */
#ifndef QUIRE_MMZONE_H
#define QUIRE_MMZONE_H

#include <quire/machine.h>
#include <quire/mm_types.h>
#include <quire/vmstat.h>

QUIRE_BEGIN_DECLS

#define MAX_ORDER		11 /* orders 0..10; config.max_order chooses another */
#define QUIRE_MAX_ORDER_CAP	20 /* the largest config.max_order */
#define PAGE_ALLOC_COSTLY_ORDER 3
#define MAX_NUMNODES		QUIRE_MAX_NODES
#define NUMA_NO_NODE		(-1)

/** enum migratetype - what a block or a free page is kept for. */
enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_PCPTYPES, /* the types with per-CPU lists */
	MIGRATE_HIGHATOMIC = MIGRATE_PCPTYPES,
	MIGRATE_CMA,
	MIGRATE_ISOLATE,
	MIGRATE_TYPES
};

/** enum zone_type - in order of ascending address and generality. */
enum zone_type {
	ZONE_DMA,
	ZONE_DMA32,
	ZONE_NORMAL,
	ZONE_HIGHMEM,
	ZONE_MOVABLE,
	ZONE_DEVICE, /* always empty; printed as Linux prints it */
	MAX_NR_ZONES
};

/** enum zone_watermarks - indices of zone->_watermark. */
enum zone_watermarks { WMARK_MIN, WMARK_LOW, WMARK_HIGH, WMARK_PROMO, NR_WMARK };

/* Per-CPU lists: orders 0..3 for each of three types; huge pages: others, and movable ones. */
#define NR_LOWORDER_PCP_LISTS (MIGRATE_PCPTYPES * (PAGE_ALLOC_COSTLY_ORDER + 1))
#define NR_PCP_THP	      2
#define NR_PCP_LISTS	      (NR_LOWORDER_PCP_LISTS + NR_PCP_THP)

/**
 * struct free_area - free blocks of one order.
 * @nr_free: blocks on all lists together
 */
struct free_area {
	struct list_head free_list[MIGRATE_TYPES];
	unsigned long nr_free;
};

/**
 * struct quire_pcp_list - one list of a CPU: an array, read from @top (allocated next) to @bottom.
 * @allocs: blocks that the fast path took from it
 * @bottom: behind the last entry; holds 0
 * @end: how far up the array goes
 * An entry is a struct page's address; the low bits are the allocator's.
 */
struct quire_pcp_list {
	unsigned long *top;
	unsigned long allocs;
	unsigned long *bottom, *end;
};

#define QUIRE_PCP_MASK 63ul /* a struct page is aligned to 64 */

/** quire_pcp_page() - the first page of the block that an entry of a list names. */
static inline struct page *quire_pcp_page(unsigned long entry)
{
	return (struct page *)(entry & ~QUIRE_PCP_MASK);
}

/** quire_pcp_list_empty() - has @list no entry? */
static inline bool quire_pcp_list_empty(const struct quire_pcp_list *list)
{
	return list->top == list->bottom;
}

/** quire_for_each_pcp_page() - first pages of a list's blocks, the next to be allocated first. */
#define quire_for_each_pcp_page(page, at, list) \
	for ((at) = (list)->top; (at) != (list)->bottom && ((page) = quire_pcp_page(*(at))); (at)++)

/**
 * struct per_cpu_pages - one CPU's lists of free pages of one zone.
 * @count: pages on the lists
 * @high: as many pages make a free drain some
 * @batch: pages moved to or from the free lists at a time
 * @free_factor: the drain is batch << free_factor; grows with frees in a row
 * @lists: index 3 * order + migrate type; from NR_LOWORDER_PCP_LISTS on: huge pages
 */
struct per_cpu_pages {
	int count;
	int high;
	int batch;
	short free_factor;
	unsigned short stat_threshold;
	signed char vm_stat_diff[NR_VM_ZONE_STAT_ITEMS];
	struct quire_pcp_list lists[NR_PCP_LISTS];
	unsigned long vm_numa_event[NR_VM_NUMA_EVENT_ITEMS];
} __quire_aligned(QUIRE_CACHELINE);

/* zone->flags */
enum zone_flags {
	ZONE_BOOSTED_WATERMARK, /* kswapd is to be woken: a steal boosted the marks */
	ZONE_RECLAIM_ACTIVE,	/* kswapd works on this zone: per-CPU lists stay short */
};

struct pglist_data;

/**
 * struct zone - a run of alike frames of one node.
 * @_watermark: pages, without boost
 * @watermark_boost: pages added to each mark after a fragmenting steal
 * @nr_reserved_highatomic: pages in MIGRATE_HIGHATOMIC blocks
 * @lowmem_reserve: pages kept back from allocations that could have come from
 *	a zone of the index's type
 * @zone_start_pfn, @spanned_pages: the range, holes included
 * @present_pages: frames that exist
 * @managed_pages: frames the allocator was given
 * @cma_pages: frames of CMA areas
 * @free_orders: per migrate type a bit per order with a non-empty list
 * What the zone lock (inside the page room) protects: free lists, types of page blocks,
 * counters of free pages.
 */
struct zone {
	unsigned long _watermark[NR_WMARK];
	unsigned long watermark_boost;
	unsigned long nr_reserved_highatomic;
	long lowmem_reserve[MAX_NR_ZONES];
	struct pglist_data *zone_pgdat;
	unsigned char *pcp_base; /* per_cpu_pages of CPU 0; see quire_zone_pcp() */
	size_t pcp_stride;
	enum zone_type idx;
	unsigned int nr_orders; /* MAX_ORDER of this machine */
	unsigned int pageblock_order;
	unsigned int id; /* node << 3 | zone type, as in page->flags */
	const char *name;
	unsigned long zone_start_pfn;
	unsigned long spanned_pages;
	unsigned long present_pages;
	atomic_long_t managed_pages;
	unsigned long cma_pages;
	unsigned long nr_isolate_pageblock;
	unsigned long flags;
	unsigned int pageset_high_min, pageset_batch;
	unsigned int stat_threshold;

	u32 free_orders[MIGRATE_TYPES] __quire_aligned(QUIRE_CACHELINE);
	struct free_area free_area[QUIRE_MAX_ORDER_CAP];

	atomic_long_t vm_stat[NR_VM_ZONE_STAT_ITEMS] __quire_aligned(QUIRE_CACHELINE);
	atomic_long_t vm_numa_event[NR_VM_NUMA_EVENT_ITEMS];
};

/** struct zoneref - an entry of a zonelist; @zone is NULL at the end. */
struct zoneref {
	struct zone *zone;
	int zone_idx;
};

/** struct zonelist - zones to try, nearest node first, highest zone of a node first. */
struct zonelist {
	struct zoneref *zonerefs;
};

enum { ZONELIST_FALLBACK, ZONELIST_NOFALLBACK, MAX_ZONELISTS };

/** struct nodemask - a set of nodes. */
typedef struct {
	unsigned long bits[(QUIRE_MAX_NODES + 63) / 64];
} nodemask_t;

/**
 * struct pglist_data - a node's memory.
 * @node_present_pages: without holes; @node_spanned_pages: with them
 * @kswapd_order, @kswapd_highest_zoneidx: what the background reclaimer was last asked for
 * @first_deferred_pfn: frames from here on wait for deferred initialisation; ~0ul: none
 */
typedef struct pglist_data {
	struct zone *node_zones[MAX_NR_ZONES];
	struct zonelist node_zonelists[MAX_ZONELISTS];
	int node_id;
	unsigned long node_start_pfn;
	unsigned long node_present_pages;
	unsigned long node_spanned_pages;
	int kswapd_order;
	enum zone_type kswapd_highest_zoneidx;
	unsigned long first_deferred_pfn;
	unsigned long totalreserve_pages;
	struct quire_machine *machine;
	atomic_long_t vm_stat[NR_VM_NODE_STAT_ITEMS];
} pg_data_t;

/** quire_zone_pcp() - the per-CPU lists of @cpu in @zone. */
static inline struct per_cpu_pages *quire_zone_pcp(const struct zone *zone, unsigned int cpu)
{
	return (struct per_cpu_pages *)(void *)(zone->pcp_base + cpu * zone->pcp_stride);
}

/** zone_end_pfn() - first frame after the zone. */
static inline unsigned long zone_end_pfn(const struct zone *zone)
{
	return zone->zone_start_pfn + zone->spanned_pages;
}

/** zone_spans_pfn() - is @pfn within the zone's range (holes included)? */
static inline bool zone_spans_pfn(const struct zone *zone, unsigned long pfn)
{
	return zone->zone_start_pfn <= pfn && pfn < zone_end_pfn(zone);
}

/** zone_managed_pages() - frames the allocator was given. */
static inline unsigned long zone_managed_pages(const struct zone *zone)
{
	return (unsigned long)READ_ONCE(zone->managed_pages.counter);
}

/** populated_zone() - has the zone any frame? */
static inline bool populated_zone(const struct zone *zone)
{
	return zone->present_pages != 0;
}

/** min_wmark_pages(), low_wmark_pages(), high_wmark_pages() - marks with boost, pages. */
static inline unsigned long wmark_pages(const struct zone *zone, enum zone_watermarks w)
{
	return READ_ONCE(zone->_watermark[w]) + READ_ONCE(zone->watermark_boost);
}
#define min_wmark_pages(z)  wmark_pages(z, WMARK_MIN)
#define low_wmark_pages(z)  wmark_pages(z, WMARK_LOW)
#define high_wmark_pages(z) wmark_pages(z, WMARK_HIGH)

/** zone_idx() - the zone's type as a number. */
static inline int zone_idx(const struct zone *zone)
{
	return (int)zone->idx;
}

/** quire_pgdat() - node @nid of @machine, NULL when it has no such node. */
QUIRE_PUBLIC pg_data_t *quire_pgdat(struct quire_machine *machine, unsigned int nid);

/** quire_zone_name() - "DMA32" ...; also of types that a node has no zone of. */
QUIRE_PUBLIC const char *quire_zone_name(enum zone_type type);

/** quire_zone_configured() - would this machine's kernel be built with zones of @type? */
QUIRE_PUBLIC bool quire_zone_configured(const struct quire_machine *machine, enum zone_type type);

/** quire_zones() - every zone of @machine, nodes then types ascending; @nr gets the count. */
QUIRE_PUBLIC struct zone *const *quire_zones(struct quire_machine *machine, unsigned int *nr);

/**
 * quire_zone_free_blocks() - blocks on the free list of @order and @migratetype.
 * @max: stop counting there. Context: takes the zone lock. O(blocks).
 */
QUIRE_PUBLIC unsigned long quire_zone_free_blocks(struct zone *zone, unsigned int order,
						  int migratetype, unsigned long max);

/** struct quire_free_block - frames @pfn .. @pfn + 2^@order - 1, on the list of @migratetype. */
struct quire_free_block {
	unsigned long pfn;
	unsigned int order;
	int migratetype;
};

/**
 * quire_free_block_at() - the free block of @machine that frame @pfn lies in, whether it has
 * struct pages yet or not (mm_types.h, 3). Return: is there one?
 * Context: nobody uses the machine's memory at the same time. O(orders), and O(blocks) among
 * those never touched.
 */
QUIRE_PUBLIC bool quire_free_block_at(struct quire_machine *machine, unsigned long pfn,
				      struct quire_free_block *block);
/**
 * quire_make_free_heads() - gives the first frame of every free block its struct page, once and
 * for all: for those who look for PageBuddy() frame by frame, or walk free lists themselves.
 * Context: takes the zone locks. O(free blocks of the largest order), a page of memory for each.
 */
QUIRE_PUBLIC void quire_make_free_heads(struct quire_machine *machine);

/**
 * quire_zone_block_types() - page blocks of each migrate type in the zone's range.
 * Context: takes the zone lock. O(page blocks).
 */
QUIRE_PUBLIC void quire_zone_block_types(struct zone *zone, unsigned long count[MIGRATE_TYPES]);

/** quire_zone_validate() - checks I1..I6 of page/buddy.c; 0 or the number of violations reported.
 */
QUIRE_PUBLIC unsigned long quire_zone_validate(struct zone *zone) QUIRE_MUST_CHECK;

/**
 * quire_check_free_pages() - with vm.page_poison: looks at the free pages that were in use before,
 * as is done when they are allocated again. What was written to them is reported, and left.
 * Context: on a CPU of @machine; others may go on, but a page that is allocated, freed and
 * allocated again during the look may be told wrongly. O(frames between the first and the last
 * page that was ever freed). Return: how many pages were written to; 0 without vm.page_poison.
 */
QUIRE_PUBLIC unsigned long quire_check_free_pages(struct quire_machine *machine);

QUIRE_END_DECLS

#endif /* QUIRE_MMZONE_H */
