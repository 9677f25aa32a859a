/* SPDX-License-Identifier: MIT */
/*
 * trace.h - the page allocator's tracepoints, as hooks.
 *
 * Same places, same order and same arguments as Linux 6.1's events of these
 * names, so that what a machine does can be compared with what a kernel
 * recorded. A machine has one set of hooks (or none: one predictable branch).
 */
#ifndef QUIRE_TRACE_H
#define QUIRE_TRACE_H

#include <quire/api.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

struct page;
struct quire_machine;

/**
 * struct quire_page_trace - hooks; each may be NULL. @ctx is passed back.
 * Context: zone_locked, drain and extfrag are called under the zone lock, all on the CPU
 * that acts; a hook must not allocate or free pages.
 *
 * @alloc: mm_page_alloc: alloc_pages() returns @page (NULL: it failed)
 * @free: mm_page_free: a free begins; the page block's type has not been read yet
 * @free_batched: mm_page_free_batched: a page of a list free reaches the per-CPU list
 * @zone_locked: mm_page_alloc_zone_locked: taken from the free lists, after the split
 * @drain: mm_page_pcpu_drain: given back to the free lists from a per-CPU list
 * @extfrag: mm_page_alloc_extfrag: a block of another type was taken
 */
struct quire_page_trace {
	void *ctx;
	void (*alloc)(void *ctx, struct page *page, unsigned int order, gfp_t gfp, int migratetype);
	void (*free)(void *ctx, struct page *page, unsigned int order);
	void (*free_batched)(void *ctx, struct page *page);
	void (*zone_locked)(void *ctx, struct page *page, unsigned int order, int migratetype,
			    bool percpu_refill);
	void (*drain)(void *ctx, struct page *page, unsigned int order, int migratetype);
	void (*extfrag)(void *ctx, struct page *page, unsigned int alloc_order, int fallback_order,
			int alloc_migratetype, int fallback_migratetype);
};

/**
 * quire_page_trace_set() - installs @hooks (kept by reference; NULL: none) on @machine.
 * Context: no other thread on a CPU of @machine.
 */
QUIRE_PUBLIC void quire_page_trace_set(struct quire_machine *machine,
				       const struct quire_page_trace *hooks);

QUIRE_END_DECLS

#endif /* QUIRE_TRACE_H */
