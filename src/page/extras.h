/* SPDX-License-Identifier: MIT */
/*
 * page/extras.h - what the core of the allocator calls when a hook is on, and when it gives up.
 *
 *	check.c		full checks of pages (debug builds, HOOK_CHECK), bad pages
 *	contents.c	clearing, poison
 *	kmap.c		windows onto high memory
 *	owner.c		page owner; depot.c its call stacks; owner_text.c its text
 *	failure.c	reports of refused requests; showmem.c Mem-Info
 *	explain.c	why a request was or would be refused; nearest.c, explain_text.c
 *	isolate.c	isolation of page blocks
 *	contig.c	alloc_contig_range
 *	cma.c		CMA areas
 *	reserved.c	named reserved memory
 *	dump.c		the parts of reports; names.c names of flags and types
 */
#ifndef QUIRE_PAGE_EXTRAS_H
#define QUIRE_PAGE_EXTRAS_H

#include "page/internal.h"

/** check_new_pages() - reports pages that were written to while free; they stay usable. */
void check_new_pages(struct page *page, unsigned int order);

/** page_clear() - zeroes the contents of 2^@order pages; nothing on a book-keeping machine. */
void page_clear(struct page_state *ps, struct page *page, unsigned int order);
/** page_poison() - fills pages about to be free with 0xaa. */
void page_poison(struct page_state *ps, struct page *page, unsigned int order);
/** page_shadow() - watched code may touch 2^@order pages, or not; see quire_port.shadow. */
void page_shadow(struct page_state *ps, struct page *page, unsigned int order, bool open);
/** page_shadow_free() - closes the free blocks of @zone, when the machine is up. */
void page_shadow_free(struct page_state *ps, struct zone *zone);
/** page_unpoison() - checks that the pattern survived. */
void page_unpoison(struct page_state *ps, struct page *page, unsigned int order);

/** page_owner_set(), page_owner_reset(), page_owner_split() - who has a block; stacks taken here.
 */
void page_owner_set(struct page_state *ps, struct page *page, unsigned int order, gfp_t gfp);
void page_owner_reset(struct page_state *ps, struct page *page, unsigned int order);
void page_owner_split(struct page_state *ps, struct page *page, unsigned int order);
/** page_owner_init() - the tables, when config.vm.page_owner asks for them; 0 or -ENOMEM. */
int page_owner_init(struct page_state *ps);
void page_owner_exit(struct page_state *ps);

/** kmap_init() - the table of windows, on a machine with high memory; 0 or -ENOMEM. */
int kmap_init(struct page_state *ps);
/**
 * kmap_internal() - kmap_local_page() for this room: does not fail, one at a time, ended by
 * kunmap_local(). Context: the machine has contents.
 */
void *kmap_internal(struct page_state *ps, struct page *page);
/** kmap_exit() - closes what is still open. */
void kmap_exit(struct page_state *ps);

/**
 * alloc_pages_fresh() - as many single pages as __alloc_pages_bulk() would give to an array whose
 * @nr entries are empty; what they hold does not matter. bulk.c. Return: pages there now.
 */
unsigned long alloc_pages_fresh(gfp_t gfp, int nid, int nr, struct page **pages);
/** release_singles() - release_pages() of @nr > 0 pages, none of a compound one. free.c */
void release_singles(struct page **pages, int nr);

/** warn_order_too_large() - Linux's warning for order >= MAX_ORDER. */
void warn_order_too_large(struct page_state *ps, unsigned int order, gfp_t gfp);
/** warn_alloc() - "page allocation failure" with Mem-Info, rate-limited as Linux does. */
void warn_alloc(struct page_state *ps, gfp_t gfp, unsigned int order, const nodemask_t *nodemask);
/** warn_alloc_reason() - the same, with what failed in the caller's words. */
void QUIRE_PRINTF(4, 5) warn_alloc_reason(struct page_state *ps, gfp_t gfp,
					  const nodemask_t *nodemask, const char *fmt, ...);

/** reserved_init() - named reservations: CMA areas to their blocks, pools to their table. */
int reserved_init(struct page_state *ps);
void reserved_exit(struct page_state *ps);

#endif /* QUIRE_PAGE_EXTRAS_H */
