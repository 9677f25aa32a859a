/* SPDX-License-Identifier: MIT */
/*
 * page/pcp_list.h - one per-CPU list: a stack in an array whose bottom can be cut; and what
 * pcp.c and pcp_size.c do with all of them.
 *
 *	start           top                      bottom         end
 *	| ... room ...   |e0|e1|e2| ... |en-1|     0   | ........ | 0
 *	                  ^ allocate, free        ^ drain
 *	                                            refill (empty: from end - n on)
 *
 * Theory
 *  1. An entry is a struct page's address with the migrate type it was freed as in
 *     the low 3 bits. So a list is read, searched for runs and drained without
 *     touching the struct pages on it, and the fast paths touch one each: that of
 *     the page that comes or goes. Bit 3 says that the page was looked at when it was
 *     freed and has nothing left of its last use: who allocates it only writes to it.
 *  2. The word at bottom is 0: whoever reads *top sees whether the list is empty.
 *  3. No test for room is needed when an entry is pushed: entries never number
 *     more than room, which follows from the lists' limit (pcp_size.c), and
 *     between start and bottom there are always room words (L2). Only cutting the
 *     bottom lessens them; pcp_list_cut() then moves the entries up to the end. The
 *     array has 2 * room words, so room words were cut since the last time: one
 *     word copied for each that was drained, at most.
 *  4. A refill comes to an empty list and is written right below the end, so
 *     that the same few cache lines serve again and again.
 *
 * Invariants
 *  L1 start <= top <= bottom <= end, *bottom == 0
 *  L2 bottom - start >= room >= bottom - top, where start = end - 2 * room
 *  L3 no entry between top and bottom is 0
 */
#ifndef QUIRE_PAGE_PCP_LIST_H
#define QUIRE_PAGE_PCP_LIST_H

#include "page/internal.h"

#define PCP_TYPE_MASK 7ul
#define PCP_CLEAN     8ul

_Static_assert(MIGRATE_TYPES <= PCP_TYPE_MASK && (PCP_TYPE_MASK | PCP_CLEAN) < QUIRE_PCP_MASK,
	       "they fit below a struct page's address");

static inline unsigned long pcp_entry(const struct page *page, int mt)
{
	return (unsigned long)page | (unsigned int)mt;
}

static inline int pcp_entry_type(unsigned long entry)
{
	return (int)(entry & PCP_TYPE_MASK);
}

/** pcp_room() - entries that a list of blocks of @order has room for. */
static inline unsigned long pcp_room(unsigned int pages, unsigned int order)
{
	return (pages >> order) + 3; /* two of a least refill, one freed on top */
}

/** pcp_list_pages() - what a CPU's lists have room for. Context: the lists' lock. */
static inline unsigned int pcp_list_pages(const struct per_cpu_pages *pcp)
{
	return container_of(pcp, const struct pcp_slot, pcp)->list_pages;
}

static inline unsigned long pcp_list_length(const struct quire_pcp_list *list)
{
	return (unsigned long)(list->bottom - list->top);
}

/** pcp_list_push() - @entry to the top. */
static inline void pcp_list_push(struct quire_pcp_list *list, unsigned long entry)
{
	unsigned long *top = list->top - 1;

	*top = entry;
	list->top = top;
}

/** pcp_list_pop() - off the top; NULL: the list is empty. */
static inline struct page *pcp_list_pop(struct quire_pcp_list *list)
{
	unsigned long entry = *list->top;

	if (unlikely(!entry))
		return NULL;
	list->top++;
	return quire_pcp_page(entry);
}

/** pcp_list_shift() - moves all entries so that bottom is at @bottom. */
static inline void pcp_list_shift(struct quire_pcp_list *list, unsigned long *bottom)
{
	unsigned long nr = pcp_list_length(list);

	if (nr)
		memmove(bottom - nr, list->top, nr * sizeof(*bottom));
	*bottom = 0;
	list->top = bottom - nr;
	list->bottom = bottom;
}

/** pcp_list_cut() - takes @nr entries off the bottom (theory, 3). */
static inline void pcp_list_cut(struct quire_pcp_list *list, unsigned long nr, unsigned long room)
{
	list->bottom -= nr;
	*list->bottom = 0;
	if (list->bottom == list->top)
		list->top = list->bottom = list->end;
	else if (unlikely(list->bottom + room < list->end))
		pcp_list_shift(list, list->end);
}

/** pcp_list_add_bottom() - adds @page below all others. Context: fewer than room entries. */
static inline void pcp_list_add_bottom(struct quire_pcp_list *list, struct page *page, int mt)
{
	if (list->bottom == list->end)
		pcp_list_shift(list, list->end - 1);
	*list->bottom++ = pcp_entry(page, mt);
	*list->bottom = 0;
}

/** pcp_list_remove() - takes the entry at @at out of the middle. */
static inline void pcp_list_remove(struct quire_pcp_list *list, unsigned long *at)
{
	memmove(list->top + 1, list->top, (unsigned long)(at - list->top) * sizeof(*at));
	list->top++;
}

/**
 * set_new_page() - the frame of @entry, off a list, becomes a page in use, without what hooks and
 * flags ask for.
 */
static inline struct page *set_new_page(unsigned long entry)
{
	struct page *page = quire_pcp_page(entry);

	if (unlikely(!(entry & PCP_CLEAN)))
		strip_new_page(page);
	set_page_use(page, PAGE_USE_ONE);
	return page;
}

/** pcp_move() - @pages more on the lists, other than by the fast paths (pcp.c, theory 7). */
static inline void pcp_move(struct per_cpu_pages *pcp, int pages)
{
	struct pcp_slot *slot = container_of(pcp, struct pcp_slot, pcp);

	stat_add(pcp->count, pages);
	stat_add(slot->moved, pages);
}

/* pcp.c */
struct page *rmqueue_pcplist(struct zone *zone, unsigned int order, int mt,
			     unsigned int alloc_flags);
struct page *rmqueue_pcp_locked(struct zone *zone, unsigned int order, int mt,
				unsigned int alloc_flags, struct per_cpu_pages *pcp);
void pcp_put_crowded(struct pcp_slot *slot, unsigned long entry, struct quire_pcp_list *list,
		     unsigned int order);
void free_unref_commit(struct zone *zone, struct per_cpu_pages *pcp, struct page *page,
		       int freed_mt, unsigned int order);
void free_pcppages_bulk(struct zone *zone, int count, struct per_cpu_pages *pcp,
			unsigned int pindex);

/* pcp_size.c */
size_t pcp_lists_boot_bytes(const struct page_state *ps);
void pcp_lists_boot(struct zone *zone, void *memory);
int pcp_lists_grow(struct zone *zone, unsigned int pages);
void pcp_lists_exit(struct page_state *ps);

#endif /* QUIRE_PAGE_PCP_LIST_H */
