/* SPDX-License-Identifier: MIT */
/*
 * cma.h - contiguous ranges of pages: isolation, alloc_contig_range(), CMA areas.
 *
 * A range of frames can be had although pages are in use there, if those pages
 * can be moved. Three layers:
 *
 *	isolation		page blocks are closed: what is freed there is not given out
 *	alloc_contig_range	isolate, move the pages away, take the free frames
 *	CMA areas		named ranges whose page blocks only movable pages may use, so
 *				that the second always works there
 *
 * Moving pages is the matter of a room above, which registers struct
 * quire_migrate_ops. Without it only ranges without a page in use can be had.
 *
 * Names and meaning after Linux 6.1 (include/linux/{cma,gfp,page-isolation}.h).
 */
#ifndef QUIRE_CMA_H
#define QUIRE_CMA_H

#include <quire/mm.h>

QUIRE_BEGIN_DECLS

/**
 * struct quire_migrate_ops - registered by the room that knows what pages hold.
 * @migrate_range: moves the movable pages (PG_lru, or others it knows how to move) in use in
 *	[@start_pfn, @end_pfn) elsewhere and frees them. Pages it takes meanwhile do not come
 *	from the range, whose blocks are isolated. Return: 0 when no page that it could not
 *	move was met, or a negative errno.
 * @movable: can the page in use that is not on an LRU be moved? May be NULL: no.
 */
struct quire_migrate_ops {
	void *ctx;
	int (*migrate_range)(void *ctx, unsigned long start_pfn, unsigned long end_pfn);
	bool (*movable)(void *ctx, struct page *page);
};
/** quire_register_migrate() - installs @ops (kept by reference; NULL: none). */
QUIRE_PUBLIC void quire_register_migrate(struct quire_machine *machine,
					 const struct quire_migrate_ops *ops);

/* --- isolation ---------------------------------------------------------------------- */

/**
 * struct quire_contig_busy - why a range could not be had.
 * @pfn: the frame in the way
 * @why: what is the matter with it; a constant string
 */
struct quire_contig_busy {
	unsigned long pfn;
	const char *why;
};

/**
 * start_isolate_page_range() - isolates all page blocks that [@start_pfn, @end_pfn) touches.
 * @migratetype: type that blocks isolated before a failure have afterwards
 * @busy: filled in on failure; may be NULL
 *
 * What is free there is not counted free any more. Fault point: PAGE_ISOLATE, each block.
 * Return: 0; -EBUSY when a frame of the range cannot be moved or a block is isolated
 * already; -EINVAL when the range is empty or not of one zone.
 */
int start_isolate_page_range(unsigned long start_pfn, unsigned long end_pfn, int migratetype,
			     struct quire_contig_busy *busy) QUIRE_API(start_isolate_page_range);
/** undo_isolate_page_range() - opens them again, as blocks of type @migratetype. */
void undo_isolate_page_range(unsigned long start_pfn, unsigned long end_pfn, int migratetype)
	QUIRE_API(undo_isolate_page_range);
/** test_pages_isolated() - is each frame of the range free? 0, or -EBUSY with @busy filled in. */
int test_pages_isolated(unsigned long start_pfn, unsigned long end_pfn,
			struct quire_contig_busy *busy) QUIRE_API(test_pages_isolated);
/** is_migrate_isolate_page() - is the page block of @page isolated? */
bool is_migrate_isolate_page(const struct page *page) QUIRE_API(is_migrate_isolate_page);

/* --- contiguous ranges ---------------------------------------------------------------- */

/**
 * alloc_contig_range() - takes exactly the frames [@start, @end).
 * @migratetype: type its page blocks have afterwards: MIGRATE_MOVABLE, or MIGRATE_CMA
 *	in a CMA area
 * @gfp: __GFP_ZERO clears them, __GFP_NOWARN: says nothing on failure
 *
 * Each page gets one reference, as an order-0 page. Context: no lock held; may migrate.
 * Return: 0; -EBUSY with a line that says which frame was in the way and why;
 * -EINVAL for a range that is empty or not of one zone. O(end - start).
 */
int alloc_contig_range(unsigned long start, unsigned long end, unsigned int migratetype, gfp_t gfp)
	QUIRE_API(alloc_contig_range);
/**
 * alloc_contig_pages() - @nr_pages frames in a row, anywhere in the zones @gfp allows.
 * @nid: preferred node; @nodemask: allowed nodes, NULL: all
 * Aligned to @nr_pages if that is a power of two. Return: the first, or NULL. O(frames).
 */
struct page *alloc_contig_pages(unsigned long nr_pages, gfp_t gfp, int nid,
				const nodemask_t *nodemask) QUIRE_API(alloc_contig_pages);
/** free_contig_range() - frees @nr_pages single pages from @pfn on; others' references are told. */
void free_contig_range(unsigned long pfn, unsigned long nr_pages) QUIRE_API(free_contig_range);

/* --- CMA areas --------------------------------------------------------------------------- */

struct cma;

/**
 * cma_alloc() - @count frames in a row of @cma.
 * @align: order of the alignment of their frame numbers
 * @no_warn: say nothing on failure
 * Return: the first page, each with one reference; NULL when nowhere in the area the pages in
 * use could be moved. Counts CMA_ALLOC_SUCCESS or CMA_ALLOC_FAIL. Context: no lock held.
 */
struct page *cma_alloc(struct cma *cma, unsigned long count, unsigned int align, bool no_warn)
	QUIRE_API(cma_alloc);
/**
 * cma_release() - gives back @count frames from @pages on.
 * Return: false, and nothing is changed, when not of @cma, or (reported as a misuse) when not all
 * of them are allocated.
 */
bool cma_release(struct cma *cma, const struct page *pages, unsigned long count)
	QUIRE_API(cma_release);
/** cma_get_base(), cma_get_size() - bytes. */
phys_addr_t cma_get_base(const struct cma *cma) QUIRE_API(cma_get_base);
unsigned long cma_get_size(const struct cma *cma) QUIRE_API(cma_get_size);
/** cma_get_name() - as in the machine file. */
const char *cma_get_name(const struct cma *cma) QUIRE_API(cma_get_name);
/** cma_for_each_area() - calls @it for each area of the current machine until it returns non-zero.
 */
int cma_for_each_area(int (*it)(struct cma *cma, void *data), void *data)
	QUIRE_API(cma_for_each_area);

/** quire_cma_find() - the area @name of @machine, a REUSABLE range of its description; NULL: none.
 */
QUIRE_PUBLIC struct cma *quire_cma_find(struct quire_machine *machine, const char *name);

/**
 * struct quire_cma_stats - an area's state.
 * @used_pages: allocated by cma_alloc(); @largest_free: longest run not allocated, in pages;
 * @allocs, @failures: calls of cma_alloc(); @busy: ranges given up since a page was in the way
 */
struct quire_cma_stats {
	unsigned long pages, used_pages, largest_free, allocs, failures, busy;
};
/** quire_cma_stats() - fills in @stats. */
QUIRE_PUBLIC void quire_cma_stats(struct cma *cma, struct quire_cma_stats *stats);

QUIRE_END_DECLS

#endif /* QUIRE_CMA_H */
