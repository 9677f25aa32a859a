/* SPDX-License-Identifier: MIT */
/*
 * mm.h - the page allocator's API.
 *
 * Linux 6.1's functions with Linux's meaning; all act on the machine of the CPU
 * the caller runs on (quire_cpu_enter()). Unless said otherwise a function may
 * be called from any CPU at any time, costs O(1) amortised on the per-CPU path
 * and O(orders) under the zone lock, and sleeps only if gfp allows it
 * (__GFP_DIRECT_RECLAIM) and a reclaimer is registered.
 */
#ifndef QUIRE_MM_H
#define QUIRE_MM_H

#include <quire/gfp.h>
#include <quire/mmzone.h>

QUIRE_BEGIN_DECLS

/* --- frames and pages ------------------------------------------------------------ */

/** page_to_pfn() - frame number of @page. */
static inline unsigned long page_to_pfn(const struct page *page)
{
	return (unsigned long)(page - quire_this_cpu->mem_map);
}

/** pfn_to_page() - struct page of frame @pfn; valid only where pfn_valid(). */
static inline struct page *pfn_to_page(unsigned long pfn)
{
	return quire_this_cpu->mem_map + pfn;
}

/** pfn_valid() - is there a struct page for @pfn? (True in all of a section that has memory.) */
bool pfn_valid(unsigned long pfn) QUIRE_API(pfn_valid);

/** page_to_nid() - node of @page. */
static inline int page_to_nid(const struct page *page)
{
	return (int)(READ_ONCE(page->flags) >> QUIRE_NODES_SHIFT);
}

/** page_zonenum() - zone type of @page. */
static inline enum zone_type page_zonenum(const struct page *page)
{
	return (enum zone_type)((READ_ONCE(page->flags) >> QUIRE_ZONES_SHIFT) & QUIRE_ZONES_MASK);
}

/** page_zone() - zone of @page. */
struct zone *page_zone(const struct page *page) QUIRE_API(page_zone);

/** page_address() - where the contents are; NULL: high memory without kmap(), or no contents. */
void *page_address(const struct page *page) QUIRE_API(page_address);
/** virt_to_page() - the page that holds linear address @addr. */
struct page *virt_to_page(const void *addr) QUIRE_API(virt_to_page);

/** PageHead(), PageTail(), PageCompound(), compound_head(), compound_order() - compound pages. */
static inline bool PageTail(const struct page *page)
{
	return READ_ONCE(page->compound_head) & 1;
}
static inline bool PageHead(const struct page *page)
{
	return READ_ONCE(page->flags) & (1ul << PG_head);
}
static inline bool PageCompound(const struct page *page)
{
	return PageHead(page) || PageTail(page);
}
static inline struct page *compound_head(struct page *page)
{
	unsigned long head = READ_ONCE(page->compound_head);

	return head & 1 ? (struct page *)(head - 1) : page;
}
static inline unsigned int compound_order(const struct page *page)
{
	return PageHead(page) ? page[1].compound_order : 0;
}

/** PageBuddy() - head of a free block. */
static inline bool PageBuddy(const struct page *page)
{
	return READ_ONCE(page->page_type) == QUIRE_PAGE_BUDDY;
}
/** buddy_order() - order of the free block that @page heads. Context: zone lock. */
static inline unsigned int buddy_order(const struct page *page)
{
	return (unsigned int)page->priv;
}

/** page_ref_count() - references to exactly this struct page. */
static inline int page_ref_count(const struct page *page)
{
	return READ_ONCE(page->_refcount.counter);
}
/** page_count() - references to the compound page that @page belongs to. */
static inline int page_count(struct page *page)
{
	return page_ref_count(compound_head(page));
}

/** get_page() - one more reference to the compound page of @page. It must have one already. */
void get_page(struct page *page) QUIRE_API(get_page);
/** put_page() - drops one; the last one frees the (compound) page. */
void put_page(struct page *page) QUIRE_API(put_page);

/* --- allocation ------------------------------------------------------------------- */

/**
 * __alloc_pages() - 2^@order frames, aligned to their size.
 * @gfp: where, of what kind, how hard (gfp.h)
 * @order: 0 .. MAX_ORDER - 1 of the machine; more is refused with a warning (silently
 *	with __GFP_NOWARN)
 * @preferred_nid: node to start from
 * @nodemask: nodes allowed; NULL: all
 *
 * The first page has one reference, which the caller owns; with __GFP_COMP the pages form
 * a compound page, otherwise the tail pages have no reference. Contents: zero with __GFP_ZERO
 * or init_on_alloc, old otherwise.
 * Return: the first page; NULL when no zone can give it (a "page allocation failure" report
 * goes out unless __GFP_NOWARN). Never NULL with __GFP_NOFAIL unless @order is too large or
 * the caller may not sleep (no __GFP_DIRECT_RECLAIM).
 */
struct page *__alloc_pages(gfp_t gfp, unsigned int order, int preferred_nid,
			   const nodemask_t *nodemask) QUIRE_API(__alloc_pages);
/** alloc_pages() - __alloc_pages() near the current CPU. */
struct page *alloc_pages(gfp_t gfp, unsigned int order) QUIRE_API(alloc_pages);
/** alloc_pages_node() - near node @nid; NUMA_NO_NODE: the current CPU's. */
struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order) QUIRE_API(alloc_pages_node);
#define alloc_page(gfp) alloc_pages(gfp, 0)

/**
 * __alloc_pages_bulk() - many single pages at once.
 * @page_array: slots; only NULL ones are filled. Or NULL, and then
 * @page_list: the pages are added to this list's head through page->lru
 * Return: slots filled from the first on without a gap (array) or pages added (list); may be
 * fewer than @nr_pages.
 */
unsigned long __alloc_pages_bulk(gfp_t gfp, int preferred_nid, const nodemask_t *nodemask,
				 int nr_pages, struct list_head *page_list,
				 struct page **page_array) QUIRE_API(__alloc_pages_bulk);
/** alloc_pages_bulk_array() - @nr pages near the current CPU to the NULL slots of @pages. */
unsigned long alloc_pages_bulk_array(gfp_t gfp, unsigned long nr, struct page **pages)
	QUIRE_API(alloc_pages_bulk_array);
/** alloc_pages_bulk_array_node() - near node @nid. */
unsigned long alloc_pages_bulk_array_node(gfp_t gfp, int nid, unsigned long nr, struct page **pages)
	QUIRE_API(alloc_pages_bulk_array_node);
/** alloc_pages_bulk_list() - to a list. */
unsigned long alloc_pages_bulk_list(gfp_t gfp, unsigned long nr, struct list_head *list)
	QUIRE_API(alloc_pages_bulk_list);

/**
 * __get_free_pages() - as alloc_pages(), as a linear address. @gfp must not have __GFP_HIGHMEM.
 * Return: 0 on failure, and on a book-keeping machine (reported).
 */
unsigned long __get_free_pages(gfp_t gfp, unsigned int order) QUIRE_API(__get_free_pages);
#define __get_free_page(gfp) __get_free_pages(gfp, 0)
/** get_zeroed_page() - one cleared page as a linear address. */
unsigned long get_zeroed_page(gfp_t gfp) QUIRE_API(get_zeroed_page);

/** alloc_pages_exact() - @size bytes of whole pages; the rest of the block is freed at once. */
void *alloc_pages_exact(size_t size, gfp_t gfp) QUIRE_API(alloc_pages_exact);
/** alloc_pages_exact_nid() - near node @nid. */
void *alloc_pages_exact_nid(int nid, size_t size, gfp_t gfp) QUIRE_API(alloc_pages_exact_nid);
/** free_pages_exact() - gives back what alloc_pages_exact() returned for @size. */
void free_pages_exact(void *virt, size_t size) QUIRE_API(free_pages_exact);
/** split_page() - a non-compound block of @order becomes 2^@order single pages, each referenced. */
void split_page(struct page *page, unsigned int order) QUIRE_API(split_page);

/**
 * __free_pages() - drops one reference of the first page; the last one frees the block.
 * @page: first page of a block from alloc_pages(@order)
 * @order: the order it was allocated with
 *
 * When it was not the last reference and the block is not compound, the tail pages are
 * freed at once and the first page by the last put_page(). A page in a bad state (mapped,
 * reserved, already free) is reported as "BUG: Bad page state" and stays out of circulation.
 */
void __free_pages(struct page *page, unsigned int order) QUIRE_API(__free_pages);
/** free_pages() - by linear address; 0 is ignored. */
void free_pages(unsigned long addr, unsigned int order) QUIRE_API(free_pages);
#define __free_page(page) __free_pages(page, 0)
#define free_page(addr)	  free_pages(addr, 0)

/**
 * free_unref_page_list() - frees single pages without references, linked by lru.
 * The list is empty afterwards. Two passes as in Linux: all are prepared, then all go to
 * the per-CPU lists.
 */
void free_unref_page_list(struct list_head *list) QUIRE_API(free_unref_page_list);
/** release_pages() - drops a reference of each of @nr single pages and frees those at zero. */
void release_pages(struct page **pages, int nr) QUIRE_API(release_pages);

/** __free_pages_core() - a block seen for the first time goes to the free lists' tail. */
void __free_pages_core(struct page *page, unsigned int order) QUIRE_API(__free_pages_core);
/** free_reserved_page() - a reserved page becomes ordinary and free; counts as managed. */
void free_reserved_page(struct page *page) QUIRE_API(free_reserved_page);
/**
 * free_reserved_area() - all whole pages of linear [@start, @end).
 * @poison: 0..255: filled with it first; -1: not
 * @s: name for the "Freeing %s memory: %ldK" line; NULL: none
 * Return: pages freed.
 */
unsigned long free_reserved_area(void *start, void *end, int poison, const char *s)
	QUIRE_API(free_reserved_area);

/* --- per-CPU lists, contiguous ranges ----------------------------------------------- */

/** drain_all_pages() - empties every CPU's lists of @zone (NULL: all zones). */
void drain_all_pages(struct zone *zone) QUIRE_API(drain_all_pages);
/** drain_local_pages() - empties the current CPU's lists. */
void drain_local_pages(struct zone *zone) QUIRE_API(drain_local_pages);

/** get_pageblock_migratetype() - type of the block that holds @page. */
int get_pageblock_migratetype(const struct page *page) QUIRE_API(get_pageblock_migratetype);
/** set_pageblock_migratetype() - changes it. Context: zone lock, or a zone nobody uses. */
void set_pageblock_migratetype(struct page *page, int migratetype)
	QUIRE_API(set_pageblock_migratetype);

/* --- state ---------------------------------------------------------------------------- */

/** quire_ram_pages() - managed pages of @machine, for those who are on none of its CPUs. */
QUIRE_PUBLIC unsigned long quire_ram_pages(struct quire_machine *machine);
/** totalram_pages() - managed pages of the machine. */
unsigned long totalram_pages(void) QUIRE_API(totalram_pages);
/** nr_free_pages() - free pages of the machine (folded totals). */
unsigned long nr_free_pages(void) QUIRE_API(nr_free_pages);
/** zone_watermark_ok() - would an allocation leave @z above @mark? As Linux 6.1. */
bool zone_watermark_ok(struct zone *z, unsigned int order, unsigned long mark, int highest_zoneidx,
		       unsigned int alloc_flags) QUIRE_API(zone_watermark_ok);
/** setup_per_zone_wmarks() - recomputes marks and reserves after a sysctl or managed pages changed.
 */
void setup_per_zone_wmarks(void) QUIRE_API(setup_per_zone_wmarks);

/** setup_per_zone_lowmem_reserve() - recomputes lowmem_reserve of every zone from managed pages. */
void setup_per_zone_lowmem_reserve(void) QUIRE_API(setup_per_zone_lowmem_reserve);

/*
 * The steps by which Linux brings the allocator to its final sizes. Machine creation takes
 * them all; a machine with config.staged_init takes none, and its owner calls them in this
 * order, at the times at which the kernel it follows did.
 */

/** setup_per_cpu_pageset() - per-CPU lists get their sizes (before: batch 1, high 0). */
void setup_per_cpu_pageset(void) QUIRE_API(setup_per_cpu_pageset);
/** init_per_zone_wmark_min() - min_free_kbytes, watermarks, counter thresholds, lowmem reserves. */
void init_per_zone_wmark_min(void) QUIRE_API(init_per_zone_wmark_min);
/** set_recommended_min_free_kbytes() - raises min_free_kbytes as huge pages want it. */
void set_recommended_min_free_kbytes(void) QUIRE_API(set_recommended_min_free_kbytes);
/**
 * quire_free_deferred() - one block of a deferred range reaches the allocator.
 * @page: first frame; @order: 0 or the page-block order, as Linux frees them. A page block
 * whose first frame this is becomes MIGRATE_MOVABLE. Counts as managed.
 */
QUIRE_PUBLIC void quire_free_deferred(struct page *page, unsigned int order);
/** quire_set_reclaim_active() - the background reclaimer works on @zone: short per-CPU lists. */
QUIRE_PUBLIC void quire_set_reclaim_active(struct zone *zone, bool active);

/**
 * quire_set_sysctl() - sets a field of /proc/sys/vm on the current machine.
 * @name: "min_free_kbytes", "watermark_scale_factor", "watermark_boost_factor",
 *	"lowmem_reserve_ratio" (one value for index @index), "percpu_pagelist_high_fraction"
 * Return: 0, -ENOENT unknown name, -EINVAL value out of range.
 */
QUIRE_PUBLIC int quire_set_sysctl(const char *name, unsigned int index, long value);

/* --- up-calls: who is asked when memory is short ----------------------------------------- */

/**
 * struct quire_reclaim_ops - registered by a room above (or a test); each may be NULL.
 * @wakeup_kswapd: wake the background reclaimer of @zone's node. Context: may not sleep.
 * @try_to_free_pages: direct reclaim; returns pages freed. Context: no lock held.
 * @try_to_compact: direct compaction; returns true if it is worth another look.
 * @out_of_memory: last resort; returns true if something was freed or will be.
 */
struct quire_reclaim_ops {
	void *ctx;
	void (*wakeup_kswapd)(void *ctx, struct zone *zone, gfp_t gfp, unsigned int order,
			      enum zone_type highest_zoneidx);
	unsigned long (*try_to_free_pages)(void *ctx, unsigned int order, gfp_t gfp, int nid);
	bool (*try_to_compact)(void *ctx, unsigned int order, gfp_t gfp, int nid);
	bool (*out_of_memory)(void *ctx, unsigned int order, gfp_t gfp, int nid);
};
/**
 * quire_register_reclaim() - installs @ops (kept by reference; NULL: none).
 * Context: while no other CPU of @machine runs.
 */
QUIRE_PUBLIC void quire_register_reclaim(struct quire_machine *machine,
					 const struct quire_reclaim_ops *ops);

/**
 * struct quire_lru_ops - who keeps pages in lists by age, registered by the room above.
 * @release: those of @nr @pages (heads count for their tails) that have PG_lru and at most one
 *	reference leave their lists; PG_lru, PG_active, PG_unevictable and PG_mlocked are cleared,
 *	and the mapping of anonymous ones; so may be what goes with a freed page anyway.
 *	Return: flags that any of @pages has then, PG_head for every part of a compound page.
 *	Context: may not sleep.
 */
struct quire_lru_ops {
	void *ctx;
	unsigned long (*release)(void *ctx, struct page **pages, int nr);
};
/** quire_register_lru() - installs @ops (kept by reference; NULL: none, and no page has PG_lru). */
QUIRE_PUBLIC void quire_register_lru(struct quire_machine *machine,
				     const struct quire_lru_ops *ops);

QUIRE_END_DECLS

#endif /* QUIRE_MM_H */
