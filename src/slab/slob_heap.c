/* SPDX-License-Identifier: MIT */
/*
 * slab/slob_heap.c - SLOB's heap: single pages cut into blocks, first fit.
 *
 * Theory
 *  1. A page is cut into blocks measured in units of two bytes (four where pages are 64 KiB). Free
 *     blocks are linked by rising address, and say their size and the next one's place in
 *     themselves; a used block says nothing:
 *
 *	unit 0                                                        page's end
 *	[ used ][ 5 | 40 . . . ][ used ][ 0x8000 | 90 ][ used  ][ 12 | 0 . . . . ]
 *	         size, next              one unit: next only      0: the last one
 *
 *  2. Pages with free units are on one of three lists, by the size of the requests that they
 *     serve: below 256 bytes, below 1024, and the rest. Long-lived small objects then do not lie
 *     about in pages that larger ones want whole.
 *  3. A request takes the first block that is large enough, aligned, of the first page that has
 *     one. That page moves to the list's head: the next search begins there ("next fit"), so that
 *     small left-overs do not pile up at the front.
 *  4. A freed block merges with its neighbours. A page without used blocks goes back at once.
 *  5. The heap remembers the free block before the last one it took: the same request need not look
 *     at what lies before again, and a free behind it looks for its neighbours from there.
 *
 * Invariants (checked by slob_heap_validate(); under the heap's lock)
 *  B1  free blocks of a page rise, lie inside it, and no two touch
 *  B2  their units add up to slab.units, which is neither 0 nor the whole page on a list
 *  B3  a page without free units is on no list
 *  B4  slab.slab_cache of the heap's pages is the heap's own cache
 *  B5  hint.page is NULL, or hint.prev is a free block of it (find_gap() starts there), and up
 *      to it none holds hint's request (carve() starts behind it): true because carve() takes
 *      the first that fits and writes the hint anew each time; fill_gap() drops it when a block
 *      before it appears or it grows, free_block() with its page
 *
 * Lock order: the heap's lock, rank SLAB_NODE, is the only one; O3 of slab.h.
 *
 * Sources: D. Knuth, The Art of Computer Programming 1, 2.5 (first fit, next fit); B. Kernighan,
 * D. Ritchie, The C Programming Language, 8.7; behaviour of Linux 6.1 (mm/slob.c).
 */
#include "slab/slob.h"

#define SLOB_BREAK_SMALL  256u
#define SLOB_BREAK_MEDIUM 1024u
#define SLOB_NONE	  (~0u)
#define SLOB_ONE	  0x8000u /* in a block's first word: one unit, the rest is the next one */

/* --- blocks of a page (point 1) ---------------------------------------------------------- */

/** struct blocks - a page of the heap, at hand. */
struct blocks {
	struct slab *page;
	unsigned char *base;
	unsigned int shift;
	struct slob_hint *hint;
};

static struct blocks blocks_of(struct slob_heap *heap, struct slab *page)
{
	return (struct blocks){ page, slob_page_start(page), heap->unit_shift, &heap->hint };
}

static inline u16 *block(const struct blocks *b, unsigned int at)
{
	return (u16 *)(void *)(b->base + ((size_t)at << b->shift));
}

static inline unsigned int block_units(const struct blocks *b, unsigned int at)
{
	unsigned int w = *block(b, at);

	return w & SLOB_ONE ? 1 : w;
}

static inline unsigned int block_next(const struct blocks *b, unsigned int at)
{
	const u16 *w = block(b, at);

	return *w & SLOB_ONE ? *w & (SLOB_ONE - 1) : w[1];
}

static void block_set(const struct blocks *b, unsigned int at, unsigned int units,
		      unsigned int next)
{
	u16 *w = block(b, at);

	if (units == 1) {
		w[0] = (u16)(SLOB_ONE | next);
	} else {
		w[0] = (u16)units;
		w[1] = (u16)next;
	}
}

/* @at follows @prev from now on; SLOB_NONE: is the first. */
static void block_link(const struct blocks *b, unsigned int prev, unsigned int at)
{
	if (prev == SLOB_NONE)
		b->page->first = at;
	else
		block_set(b, prev, block_units(b, prev), at);
}

/* Units to leave before @at so that @offset bytes behind it lies a multiple of @align. */
static unsigned int units_to_skip(const struct blocks *b, unsigned int at, unsigned int align,
				  unsigned int offset)
{
	unsigned long addr = (unsigned long)block(b, at);

	return (unsigned int)((ALIGN(addr + offset, (unsigned long)align) - offset - addr) >>
			      b->shift);
}

/* The last free block that such a request need not look at (point 5), or SLOB_NONE. */
static unsigned int hint_before(const struct blocks *b, unsigned int want, unsigned int align,
				unsigned int offset)
{
	const struct slob_hint *hint = b->hint;

	return hint->page == b->page && hint->units <= want && hint->align == align &&
			       hint->offset == offset
		       ? hint->prev
		       : SLOB_NONE;
}

/**
 * carve() - the first block of the page that holds @want units becomes used.
 * Return: its first unit; SLOB_NONE: there is none.
 */
static unsigned int carve(const struct blocks *b, unsigned int want, unsigned int align,
			  unsigned int offset)
{
	unsigned int prev = hint_before(b, want, align, offset), skip, units, next;
	unsigned int at = prev == SLOB_NONE ? b->page->first : block_next(b, prev);

	if (unlikely(!at && prev != SLOB_NONE))
		return SLOB_NONE;
	for (;; prev = at, at = next) {
		skip = units_to_skip(b, at, align, offset);
		units = block_units(b, at);
		next = block_next(b, at);
		if (units >= want + skip)
			break;
		if (!next)
			return SLOB_NONE;
	}
	if (skip) {
		block_set(b, at, skip, next);
		prev = at;
		at += skip;
		units -= skip;
	}
	if (units > want) {
		block_set(b, at + want, units - want, next);
		next = at + want;
	}
	block_link(b, prev, next);
	b->page->units -= want;
	*b->hint =
		(struct slob_hint){ prev == SLOB_NONE ? NULL : b->page, prev, want, align, offset };
	return at;
}

/**
 * find_gap() - between which free blocks do units [@at, @at + @units) lie?
 * @prev: SLOB_NONE: before the first; @next: 0: behind the last
 * Return: false when some of them are free, or beyond the page.
 */
static bool find_gap(const struct blocks *b, unsigned int at, unsigned int units,
		     unsigned int *prev, unsigned int *next)
{
	*prev = SLOB_NONE;
	*next = 0;
	if (!b->page->units)
		return true;
	*next = b->hint->page == b->page && b->hint->prev < at ? b->hint->prev : b->page->first;
	if (*next <= at) {
		do {
			*prev = *next;
			*next = block_next(b, *prev);
		} while (*next && *next <= at);
		if (*prev + block_units(b, *prev) > at)
			return false;
	}
	return (!*next && *prev != SLOB_NONE) || at + units <= *next;
}

/* Units that nobody uses go into the gap that find_gap() found, merged with their neighbours. */
static void fill_gap(const struct blocks *b, unsigned int at, unsigned int units, unsigned int prev,
		     unsigned int next)
{
	b->page->units += units;
	if (b->hint->page == b->page && at < b->hint->prev)
		b->hint->page = NULL;
	if (next && at + units == next) {
		units += block_units(b, next);
		next = block_next(b, next);
	}
	if (prev != SLOB_NONE && prev + block_units(b, prev) == at) {
		if (b->hint->page == b->page && prev == b->hint->prev)
			b->hint->page = NULL;
		block_set(b, prev, block_units(b, prev) + units, next);
		return;
	}
	block_set(b, at, units, next);
	block_link(b, prev, at);
}

/* --- the heap (points 2 to 4) ------------------------------------------------------------ */

static struct list_head *list_for(struct slob_heap *heap, size_t bytes)
{
	if (bytes < SLOB_BREAK_SMALL)
		return &heap->lists[0];
	return bytes < SLOB_BREAK_MEDIUM ? &heap->lists[1] : &heap->lists[2];
}

static bool page_suits(const struct slab *page, const struct slob_want *want)
{
	unsigned int zone = (unsigned int)page_zonenum((const struct page *)page);

	if (want->nid != NUMA_NO_NODE && slab_nid(page) != want->nid)
		return false;
	if (unlikely(want->gfp & __GFP_DMA))
		return zone == ZONE_DMA;
	return !(want->gfp & __GFP_DMA32) || zone <= ZONE_DMA32;
}

/* Up to @nr blocks of one page. It leaves its list if that used it up. Context: the lock. */
static unsigned int take_from_page(struct slob_heap *heap, struct slab *page,
				   const struct slob_want *want, unsigned int nr, void **p)
{
	const unsigned int units = DIV_ROUND_UP(want->bytes, 1u << heap->unit_shift);
	struct blocks b = blocks_of(heap, page);
	unsigned int got, at;

	for (got = 0; got < nr && page->units >= units; got++) {
		at = carve(&b, units, want->align, want->offset);
		if (at == SLOB_NONE)
			break;
		p[got] = block(&b, at);
	}
	WRITE_ONCE(*want->live, *want->live + got);
	return got;
}

static unsigned int alloc_listed(struct slob_heap *heap, const struct slob_want *want,
				 unsigned int nr, void **p)
{
	struct list_head *list = list_for(heap, want->bytes);
	unsigned int got = 0, part;
	struct slab *page, *next;

	quire_lock(&heap->lock);
	list_for_each_entry_safe (page, next, list, slab_list) {
		if (!page_suits(page, want))
			continue;
		part = take_from_page(heap, page, want, nr - got, p + got);
		got += part;
		if (!page->units)
			list_del(&page->slab_list);
		else if (part && !list_is_first(&page->slab_list, list))
			list_rotate_to_front(&page->slab_list, list);
		if (got == nr)
			break;
	}
	quire_unlock(&heap->lock);
	return got;
}

static unsigned int alloc_fresh(struct slob_heap *heap, const struct slob_want *want,
				unsigned int nr, void **p)
{
	struct page *fresh = slab_pages_alloc(&heap->cache, want->gfp, want->nid, 0);
	struct blocks b;

	if (unlikely(!fresh))
		return 0;
	b = blocks_of(heap, page_slab(fresh));
	b.page->first = 0;
	b.page->units = heap->page_units;
	block_set(&b, 0, heap->page_units, 0);
	quire_lock(&heap->lock);
	nr = take_from_page(heap, b.page, want, nr, p);
	QUIRE_ASSERT(nr, "B1: a fresh page has no room for an object of less than a page");
	heap->nr_pages++;
	if (b.page->units)
		list_add(&b.page->slab_list, list_for(heap, want->bytes));
	quire_unlock(&heap->lock);
	return nr;
}

unsigned int slob_heap_alloc(struct slob_heap *heap, const struct slob_want *want, unsigned int nr,
			     void **p)
{
	unsigned int got = alloc_listed(heap, want, nr, p), part;

	while (got < nr) {
		part = alloc_fresh(heap, want, nr - got, p + got);
		if (unlikely(!part))
			break;
		got += part;
	}
	return got;
}

/*
 * One block is free. @empty: gets its page if that was the last one.
 * Return: false when some of it is free already. Context: the lock.
 */
static bool free_block(struct slob_heap *heap, void *p, unsigned int bytes, struct list_head *empty)
{
	unsigned int units = DIV_ROUND_UP(bytes, 1u << heap->unit_shift), prev, next, at;
	struct slab *page = page_slab(obj_page(p));
	struct blocks b = blocks_of(heap, page);

	at = (unsigned int)((size_t)((unsigned char *)p - b.base) >> b.shift);
	if (unlikely(at + units > heap->page_units || !find_gap(&b, at, units, &prev, &next)))
		return false;
	/* Whole pages are the page allocator's to clear. */
	if (unlikely(quire_this_cpu->machine->config.vm.init_on_free))
		memset(p, 0, bytes);
	if (page->units + units == heap->page_units) {
		if (page->units)
			list_del(&page->slab_list);
		list_add(&page->slab_list, empty);
		if (heap->hint.page == page)
			heap->hint.page = NULL;
		heap->nr_pages--;
		return true;
	}
	if (!page->units)
		list_add(&page->slab_list, list_for(heap, bytes));
	fill_gap(&b, at, units, prev, next);
	return true;
}

void slob_heap_free(struct slob_heap *heap, const struct slob_give *give, unsigned int nr,
		    void *const *p)
{
	struct slab *page, *next;
	LIST_HEAD(empty);
	unsigned int i;

	quire_lock(&heap->lock);
	for (i = 0; i < nr; i++) {
		if (unlikely(!*give->live))
			slab_misuse(give->s, give->caller,
				    "BUG %s (SLOB): free of 0x%px, but none of its objects is in "
				    "use",
				    give->s->name, p[i]);
		else if (likely(free_block(heap, p[i], give->bytes, &empty)))
			WRITE_ONCE(*give->live, *give->live - 1);
		else
			slab_misuse(give->s, give->caller,
				    "BUG slob: %u bytes at 0x%px are free already, at least in "
				    "part",
				    give->bytes, p[i]);
	}
	quire_unlock(&heap->lock);
	list_for_each_entry_safe (page, next, &empty, slab_list)
		slab_pages_free(&heap->cache, slab_page(page));
}

/* --- the heap's life --------------------------------------------------------------------- */

static void heap_init(struct slob_heap *heap, size_t bytes)
{
	unsigned int i;

	memset(heap, 0, bytes);
	heap->bytes = bytes;
	quire_lock_init(&heap->lock, QUIRE_RANK_SLAB_NODE, "slob heap");
	for (i = 0; i < SLOB_LISTS; i++)
		INIT_LIST_HEAD(&heap->lists[i]);
	heap->unit_shift = quire_this_cpu->page_shift < 16 ? 1 : 2;
	heap->page_units = 1u << (quire_this_cpu->page_shift - heap->unit_shift);
	pool_init(&heap->pool, sizeof(struct slob_cache));
	heap->waiting_end = &heap->waiting;
	heap->cache.name = "slob";
	heap->cache.backend = &slob_backend;
	heap->cache.flags = SLAB_KMALLOC | __SLAB_MIXED_PAGES;
	heap->cache.size = heap->cache.object_size = heap->cache.align = SLOB_HEADER;
	heap->cache.reciprocal = (1ull << 48) / SLOB_HEADER + 1;
	heap->cache.refcount = -1;
	heap->cache.number = SLAB_NO_NUMBER;
	heap->cache.alloc_hooks = ALLOC_HOOK_ALWAYS;
	INIT_LIST_HEAD(&heap->cache.list);
}

struct slob_heap *slob_heap_get(struct slab_state *state)
{
	struct slob_heap *heap = state->slob;
	const size_t bytes = sizeof(*heap);

	if (!heap) {
		heap = alloc_pages_exact(bytes, GFP_KERNEL);
		if (!heap)
			return NULL;
		heap_init(heap, bytes);
		heap->cache.cpu0 = slab_row(state, 0);
		state->slob = heap;
		state->slob_cache = &heap->cache;
	}
	heap->users++;
	return heap;
}

/* Every object was freed, and with it every page. */
void slob_heap_put(struct slab_state *state)
{
	struct slob_heap *heap = state->slob;

	if (--heap->users || heap->nr_pages)
		return;
	state->slob = NULL;
	state->slob_cache = NULL;
	pool_exit(&heap->pool);
	free_pages_exact(heap, heap->bytes);
}

/* --- is it sound? ------------------------------------------------------------------------ */

/* Of the hint's page, whose blocks are sound. */
static const char *hint_fault(struct slob_heap *heap)
{
	const struct slob_hint *hint = &heap->hint;
	struct blocks b = blocks_of(heap, hint->page);
	unsigned int at = hint->page->first;

	while (block_units(&b, at) <
	       hint->units + units_to_skip(&b, at, hint->align, hint->offset)) {
		if (at == hint->prev)
			return NULL;
		at = block_next(&b, at);
		if (!at)
			return "B5: the hint is no free block";
	}
	return "B5: a block that the hint passes over would do";
}

static const char *page_fault(struct slob_heap *heap, struct slab *page)
{
	struct blocks b = blocks_of(heap, page);
	unsigned int at = page->first, end = 0, units = 0, next;

	if (page->slab_cache != &heap->cache)
		return "B4: a page of the heap says another cache";
	if (!page->units)
		return "B3: a page without free units is on a list";
	if (page->units >= heap->page_units)
		return "B2: an empty page is on a list";
	for (;; at = next) {
		if (at >= heap->page_units || (units && at <= end))
			return "B1: free blocks touch, fall or lie outside";
		units += block_units(&b, at);
		end = at + block_units(&b, at);
		next = block_next(&b, at);
		if (!next)
			break;
		if (next <= end)
			return "B1: free blocks touch or fall";
	}
	if (end > heap->page_units || units != page->units)
		return "B2: free units do not add up";
	return page == heap->hint.page ? hint_fault(heap) : NULL;
}

bool slob_heap_validate(struct slob_heap *heap)
{
	const char *fault = NULL;
	unsigned int i;

	quire_lock(&heap->lock);
	for (i = 0; i < SLOB_LISTS && !fault; i++) {
		struct slab *page;

		list_for_each_entry (page, &heap->lists[i], slab_list)
			if ((fault = page_fault(heap, page)) != NULL)
				break;
	}
	quire_unlock(&heap->lock);
	if (fault)
		quire_report(NULL, QUIRE_ERR, "SLOB: %s\n", fault);
	return !fault;
}

void slob_adopt(struct slab_state *state)
{
	if (!state->slob)
		return;
	state->slob->cache.name = "slob";
	state->slob->cache.backend = &slob_backend;
}
