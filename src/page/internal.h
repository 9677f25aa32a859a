/* SPDX-License-Identifier: MIT */
/*
 * page/internal.h - what the files of the page room share.
 *
 * The pieces and who owns them:
 *
 *	init.c, movable.c, shuffle.c	nodes, zones, struct pages; hand-over from boot
 *	zonelist.c	zones by distance; gfp flags to zones
 *	wmark.c		watermarks, reserves, sizes of per-CPU lists, sysctls
 *	buddy.c		free lists: split, merge, take, put; buddy.h: the same in line
 *	fallback.c	taking from another migrate type; highatomic reserve
 *	pcp.c		per-CPU lists: refill (pcp_refill.h), drain; pcp_list.h: one of them;
 *			pcp_size.c: their memory
 *	alloc.c		fast path; choice of a zone; percpu.h: what fast paths begin with
 *	slowpath.c	when no zone is above its mark
 *	free.c		freeing; compound pages; exact sizes
 *	bulk.c		many pages at once; steps.c: one step at a time, for replays
 *	vmstat.c	counters; query.c: small questions, hooks
 *	validate.c	invariants; the others (reports, owners, CMA ...): extras.h
 *
 * Lock order: the owner lock of a CPU's lists, then a zone's lock; never two zones' at once.
 */
#ifndef QUIRE_PAGE_INTERNAL_H
#define QUIRE_PAGE_INTERNAL_H

#include <quire/bitops.h>
#include <quire/errno.h>
#include <quire/list.h>
#include <quire/mm.h>
#include <quire/trace.h>

#include "base/assert.h"
#include "base/config.h"
#include "base/lock.h"
#include "base/owner_lock.h"
#include "base/string.h"
#include "hw/machine.h"
#include "page/percpu.h"

/* How an allocation may proceed; values of Linux 6.1. */
#define ALLOC_WMARK_MIN	    WMARK_MIN
#define ALLOC_WMARK_LOW	    WMARK_LOW
#define ALLOC_WMARK_HIGH    WMARK_HIGH
#define ALLOC_WMARK_MASK    0x03u
#define ALLOC_NO_WATERMARKS 0x04u
#define ALLOC_OOM	    0x08u
#define ALLOC_HARDER	    0x10u
#define ALLOC_HIGH	    0x20u
#define ALLOC_CMA	    0x80u
#define ALLOC_NOFRAGMENT    0x100u /* rather another zone than a steal */
#define ALLOC_KSWAPD	    0x800u

/* How a block is freed. */
#define FPI_NONE    0u
#define FPI_TO_TAIL 1u

/*
 * page_state.hooks: reasons to leave the fast path. machine.attention holds them too, with
 * the fault points' bit. The fast paths do not test it: while it is not 0, no zone is above its
 * fast_limit and no list below its high_now (update_fast_paths()).
 */
#define HOOK_TRACE	   0x01u
#define HOOK_OWNER	   0x02u
#define HOOK_POISON	   0x04u
#define HOOK_INIT_ON_ALLOC 0x08u
#define HOOK_INIT_ON_FREE  0x10u
#define HOOK_SHADOW	   0x20u
#define HOOK_CHECK	   0x40u /* debug builds: full checks of every page of a block */

/**
 * struct page_zone - a zone with what its users do not see.
 * @state: the room's state, for one load instead of three
 * @fast_limit: by highest zone type of a request: free pages above which the low mark holds,
 *	everything counted; LONG_MAX: not without a closer look, as always while
 *	machine.attention is not 0. zone_update_fast() keeps it.
 * @lists: memory of all CPUs' lists, when it is no longer that of boot
 * @list_pages: what each CPU's lists have room for; under size_lock
 */
struct page_zone {
	struct zone zone;
	struct page_state *state;
	struct quire_lock lock; /* free lists, block types, counts of free pages */
	long fast_limit[MAX_NR_ZONES];
	void *lists;
	size_t lists_bytes;
	unsigned int list_pages;
};

/** struct page_ratelimit - how many reports of a kind went out lately (dump.h). */
struct page_ratelimit {
	u64 began_ns; /* of the interval, plus one; 0: never */
	unsigned int printed, missed;
};

struct page_owner_state;
struct page_reserved_state;
struct page_cma_state;
struct page_kmap_state;
struct quire_migrate_ops;

/** struct page_state - the room's state of one machine. */
struct page_state {
	struct quire_machine *machine;
	struct page *mem_map; /* aligned as far as blocks are: struct page's address tells */
	void *mem_map_memory;
	size_t mem_map_bytes;
	unsigned char *arena; /* one reservation for all below */
	size_t arena_bytes, arena_used;

	unsigned int hooks;
	const struct quire_page_trace *trace;
	const struct quire_reclaim_ops *reclaim;
	const struct quire_lru_ops *lru;

	unsigned int nr_nodes, nr_cpus, nr_zones, nr_orders, pageblock_order, page_shift;
	unsigned long max_pfn; /* first frame number after all memory */
	unsigned int pfn_section_shift;
	unsigned long *section_map; /* bit per section: has memory */
	unsigned long nr_sections;
	unsigned char *block_types;
	pg_data_t *nodes;
	struct zone **zone_list; /* nr_zones existing zones, in order */
	struct zone **zones;	 /* by key */
	struct page_cpu *cpus;
	size_t cpu_stride;
	unsigned char gfp_zone[16];
	unsigned int zone_mask; /* configured zone types */

	struct page_owner_state *owner;
	struct page_reserved_state *reserved;
	struct page_cma_state *cma;
	struct page_kmap_state *kmap;
	const struct quire_migrate_ops *migrate;
	struct page_ratelimit bad_pages, corruptions, failures;
	unsigned long poisoned_first, poisoned_end; /* frames that were ever freed lie there */
	bool order_warned;	     /* the warning about a too large order went out */
	long no_limit;		     /* LONG_MAX */
	struct quire_lock size_lock; /* sizes of per-CPU lists */
	u16 *untouched;		     /* by block of the largest order: lazy.c */
};

/* Counters that one CPU writes and others read: a relaxed load and store, no locked add. */
#define stat_add(counter, n) WRITE_ONCE(counter, READ_ONCE(counter) + (n))

static inline struct page_cpu *this_page_cpu(void)
{
	return quire_this_cpu->page;
}

static inline struct page_state *this_page_state(void)
{
	return quire_this_cpu->page->state;
}

static inline struct page_cpu *page_cpu_of(const struct page_state *ps, unsigned int cpu)
{
	return (struct page_cpu *)(void *)((char *)ps->cpus + cpu * ps->cpu_stride);
}

/** page_zone_key() - node << 3 | zone type, straight from the flags word. */
static inline unsigned long page_zone_key(const struct page *page)
{
	return READ_ONCE(page->flags) >> QUIRE_ZONES_SHIFT;
}

static inline unsigned long zone_id_key(const struct zone *zone)
{
	return zone->id;
}

static inline unsigned long zone_key(unsigned int nid, enum zone_type type)
{
	return (unsigned long)nid << 3 | type;
}

static inline struct quire_lock *zone_lock(struct zone *zone)
{
	return &container_of(zone, struct page_zone, zone)->lock;
}

static inline struct pcp_slot *zone_pcp_slot(struct zone *zone, unsigned int cpu)
{
	return container_of(quire_zone_pcp(zone, cpu), struct pcp_slot, pcp);
}

static inline struct page_state *zone_state(const struct zone *zone)
{
	return container_of(zone, const struct page_zone, zone)->state;
}

static inline unsigned long ps_pfn(const struct page_state *ps, const struct page *page)
{
	return (unsigned long)(page - ps->mem_map);
}

static inline int pfn_block_type(const struct page_state *ps, unsigned long pfn)
{
	return READ_ONCE(ps->block_types[pfn >> ps->pageblock_order]);
}

static inline void set_pfn_block_type(struct page_state *ps, unsigned long pfn, int mt)
{
	WRITE_ONCE(ps->block_types[pfn >> ps->pageblock_order], (unsigned char)mt);
}

static inline bool ps_pfn_valid(const struct page_state *ps, unsigned long pfn)
{
	unsigned long section = pfn >> ps->pfn_section_shift;

	return pfn < ps->max_pfn && section < ps->nr_sections && test_bit(section, ps->section_map);
}

/** is_migrate_pcptype() - has the type per-CPU lists? */
static inline bool is_migrate_pcptype(int mt)
{
	return mt < MIGRATE_PCPTYPES;
}

/** pcp_allowed_order() - orders that go through the per-CPU lists. */
static inline bool pcp_allowed_order(const struct page_state *ps, unsigned int order)
{
	return order <= PAGE_ALLOC_COSTLY_ORDER ||
	       (order == ps->pageblock_order && ps->machine->config.vm.transparent_hugepage);
}

static inline unsigned int huge_pindex(int mt)
{
	return NR_LOWORDER_PCP_LISTS + (mt == MIGRATE_MOVABLE);
}

static inline unsigned int order_to_pindex(int mt, unsigned int order)
{
	return order > PAGE_ALLOC_COSTLY_ORDER ? huge_pindex(mt)
					       : MIGRATE_PCPTYPES * order + (unsigned int)mt;
}

static inline unsigned int pindex_to_order(const struct zone *zone, unsigned int pindex)
{
	return pindex >= NR_LOWORDER_PCP_LISTS ? zone->pageblock_order : pindex / MIGRATE_PCPTYPES;
}

/** gfp_migratetype() - the migrate type a request is of. */
static inline int gfp_migratetype(gfp_t gfp)
{
	return (int)((gfp & GFP_MOVABLE_MASK) >> GFP_MOVABLE_SHIFT);
}

/*
 * page_type and _refcount as one word, so that the fast paths read what they wrote: a load
 * that spans two younger stores would wait for both to reach the cache.
 */
#define PAGE_USE_ONE (1ull << 32 | ~0u) /* not mapped, one reference (little endian) */

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "PAGE_USE_ONE's halves");

static inline u64 page_use(const struct page *page)
{
	return READ_ONCE(*(const u64 *)(const void *)&page->page_type);
}

/** page_use_acquire() - the same; what others did before they dropped a reference is seen after. */
static inline u64 page_use_acquire(const struct page *page)
{
	if (QUIRE_CONFIG_TSAN) /* which takes a word and its half for two places */
		(void)__atomic_load_n(&page->_refcount.counter, __ATOMIC_ACQUIRE);
	return __atomic_load_n((const u64 *)(const void *)&page->page_type, __ATOMIC_ACQUIRE);
}

static inline void set_page_use(struct page *page, u64 use)
{
	WRITE_ONCE(*(u64 *)(void *)&page->page_type, use);
}

/** strip_new_page() - what the last user left in a page that is about to be handed out. */
static inline void strip_new_page(struct page *page)
{
	if (unlikely(page->flags & PAGE_FLAGS_CHECK_AT_PREP))
		WRITE_ONCE(page->flags, page->flags & ~PAGE_FLAGS_CHECK_AT_PREP);
	/* Mostly clear already: three loads are cheaper than three stores. */
	if (unlikely(page->priv | (unsigned long)page->mapping | page->memcg_data)) {
		page->priv = 0;
		page->mapping = NULL;
		page->memcg_data = 0;
	}
}

/** struct alloc_context - what stays the same while one request tries zone after zone. */
struct alloc_context {
	const struct zoneref *zonelist;
	const struct zoneref *preferred;
	const nodemask_t *nodemask;
	enum zone_type highest_zoneidx;
	int migratetype;
	int nid;
	bool spread_dirty_pages;
};

/** free_page_list_type() - the migrate type of the list a free block is on. */
static inline int free_page_list_type(const struct page *page)
{
	return (int)page->index;
}

/* buddy.c: Context of all: zone lock held. */
void add_to_free_list(struct zone *zone, struct page *page, unsigned int order, int mt);
void move_to_free_list(struct zone *zone, struct page *page, unsigned int order, int old_mt,
		       int mt);
void del_page_from_free_list(struct zone *zone, struct page *page, unsigned int order);
void expand(struct zone *zone, struct page *page, unsigned int low, unsigned int high, int mt);
struct page *rmqueue_smallest(struct zone *zone, unsigned int order, int mt);
void free_one_block(struct zone *zone, struct page *page, unsigned long pfn, unsigned int order,
		    int mt, unsigned int fpi);
void merge_block(struct zone *zone, const struct page_state *ps, struct page *page,
		 unsigned long pfn, unsigned int order, int mt, unsigned int fpi);
void merge_ahead(const struct page_state *ps, const struct page *page, unsigned int order,
		 bool far);
struct page *rmqueue_locked(struct zone *zone, unsigned int order, int mt,
			    unsigned int alloc_flags);
void free_one_page(struct zone *zone, struct page *page, unsigned int order, int mt,
		   unsigned int fpi);

/* fallback.c: Context: zone lock held, but for the last two. */
bool rmqueue_fallback(struct zone *zone, unsigned int order, int start_mt,
		      unsigned int alloc_flags);
int find_fallback(const struct zone *zone, unsigned int order, int start_mt,
		  unsigned int alloc_flags, int *take_order, bool *can_steal);
unsigned long move_freepages_block(struct zone *zone, struct page *page, int mt,
				   unsigned long *movable);
void reserve_highatomic_pageblock(struct page *page, struct zone *zone);
bool unreserve_highatomic_pageblock(const struct alloc_context *ac, bool force);

/* free.c, check.c; pcp.c, pcp_size.c: pcp_list.h */
void prep_compound_page(struct page *page, unsigned int order);
void bad_page(struct page *page, const char *why);
void free_full(struct page *page, unsigned int order);

/* alloc.c, slowpath.c */
unsigned int nofragment_flags(const struct page_state *ps, const struct zone *zone);
struct page *get_page_from_freelist(gfp_t gfp, unsigned int order, unsigned int alloc_flags,
				    const struct alloc_context *ac);
void prep_new_page(struct page_state *ps, struct page *page, unsigned int order, gfp_t gfp);
void prepare_alloc_context(struct page_state *ps, gfp_t gfp, int nid, const nodemask_t *nodemask,
			   struct alloc_context *ac, unsigned int *alloc_flags);
void count_alloc(struct zone *preferred, struct zone *zone, unsigned int order, unsigned int n);
bool node_dirty_ok(pg_data_t *pgdat);
struct page *alloc_pages_slowpath(gfp_t gfp, unsigned int order, struct alloc_context *ac);
unsigned int gfp_to_alloc_flags(gfp_t gfp);

/* wmark.c, vmstat.c */
bool zone_watermark_fast(struct zone *z, unsigned int order, unsigned long mark,
			 int highest_zoneidx, unsigned int alloc_flags, gfp_t gfp);
bool zone_watermark_ok_at(struct zone *z, unsigned int order, unsigned long mark,
			  int highest_zoneidx, unsigned int alloc_flags, long free_pages);
void zone_update_fast(struct zone *zone);
void zone_update_high(struct zone *zone);
void zone_stat_add(struct zone *zone, enum zone_stat_item item, long delta);

/**
 * free_pages_add_mine() - zone_stat_add() to NR_FREE_PAGES, whose total changes under the zone
 * lock alone: a plain store. @mine: this CPU's lists of @zone. Context: zone lock.
 */
static inline void free_pages_add_mine(struct zone *zone, struct per_cpu_pages *mine, long delta)
{
	long x = mine->vm_stat_diff[NR_FREE_PAGES] + delta;
	long limit = mine->stat_threshold;

	quire_lock_assert_held(zone_lock(zone));
	if (x > limit || x < -limit) {
		stat_add(zone->vm_stat[NR_FREE_PAGES].counter, x);
		x = 0;
	}
	WRITE_ONCE(mine->vm_stat_diff[NR_FREE_PAGES], (signed char)x);
}

static inline void free_pages_add(struct zone *zone, long delta)
{
	free_pages_add_mine(zone, quire_zone_pcp(zone, quire_this_cpu->id), delta);
}

static inline void mod_freepage_state(struct zone *zone, long nr_pages, int mt)
{
	free_pages_add(zone, nr_pages);
	if (mt == MIGRATE_CMA)
		zone_stat_add(zone, NR_FREE_CMA_PAGES, nr_pages);
}

/** next_zones_zonelist() - first zone at or below @highest_zoneidx on an allowed node. */
const struct zoneref *next_zones_zonelist(const struct zoneref *z, enum zone_type highest_zoneidx,
					  const nodemask_t *nodes);

/** for_each_zoneref() - zones of a request from @from on, in order of preference. */
#define for_each_zoneref(z, from, highest_zoneidx, nodes)                              \
	for ((z) = next_zones_zonelist((from), (highest_zoneidx), (nodes)); (z)->zone; \
	     (z) = next_zones_zonelist((z) + 1, (highest_zoneidx), (nodes)))

/* query.c */
void update_fast_paths(const struct page_state *ps);
void set_hooks(struct page_state *ps, unsigned int set, unsigned int clear);

#endif /* QUIRE_PAGE_INTERNAL_H */
