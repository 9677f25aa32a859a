/* SPDX-License-Identifier: MIT */
/*
 * page/free.c - freeing pages, references, compound pages, exact sizes.
 *
 * Theory
 *  1. A block is freed when the last reference of its first page goes. The
 *     first page alone is looked at; tails of a non-compound block have no
 *     state of their own. (Linux walks them all; debug builds do too.)
 *  2. No speculative references: whoever takes a reference already holds one,
 *     or a lock that keeps the page. So a count of 1 read by its holder is
 *     final, and the last put needs no locked instruction. A page on a list of
 *     the room above (PG_lru) may be found there: it leaves that list first,
 *     under the list's lock (struct quire_lru_ops).
 *  3. __free_pages() of a non-compound block that others still hold frees the
 *     tail pages at once, in blocks of falling order, and leaves the first page
 *     to the last put_page().
 *  4. A page in a state no free page may be in (mapped, on an LRU, reserved,
 *     already free) is reported and never reaches a free list: what is wrong
 *     with it stays confined to it.
 *
 * Sources: behaviour of Linux 6.1 (mm/page_alloc.c, mm/swap.c).
 */
#include <quire/atomic.h>

#include "page/extras.h"
#include "page/pcp_list.h"

/* --- compound pages --------------------------------------------------------------- */

/** prep_compound_page() - ties a block's tails to its head. O(2^order). */
void prep_compound_page(struct page *page, unsigned int order)
{
	unsigned long i, nr = 1ul << order;

	WRITE_ONCE(page->flags, page->flags | 1ul << PG_head);
	for (i = 1; i < nr; i++) {
		page[i].mapping = NULL;
		page[i].priv = 0;
		page[i].compound_head = (unsigned long)page | 1;
	}
	page[1].compound_order = (unsigned char)order;
	page[1].compound_mapcount.counter = -1;
}

static void destroy_compound_page(struct page *page, unsigned int order)
{
	unsigned long i, nr = 1ul << order;

	for (i = 1; i < nr; i++) {
		page[i].compound_head = 0;
		if (unlikely(page[i].flags & PAGE_FLAGS_CHECK_AT_PREP))
			WRITE_ONCE(page[i].flags, page[i].flags & ~PAGE_FLAGS_CHECK_AT_PREP);
	}
	page[1].compound_order = 0;
	WRITE_ONCE(page->flags, page->flags & ~(1ul << PG_head));
}

/* --- preparation --------------------------------------------------------------------- */

/* What is wrong with a page that is to be freed; NULL: nothing. */
static const char *free_page_fault(const struct page *page)
{
	if (unlikely(PageBuddy(page)))
		return "already free";
	if (unlikely(page->page_type != ~0u))
		return "nonzero mapcount";
	if (unlikely(page->mapping))
		return "non-NULL mapping";
	if (unlikely(page_ref_count(page)))
		return "nonzero _refcount";
	if (unlikely(page->flags & PAGE_FLAGS_CHECK_AT_FREE))
		return "PAGE_FLAGS_CHECK_AT_FREE flag(s) set";
	if (unlikely(page->memcg_data))
		return "page still charged to cgroup";
	return NULL;
}

/* The dear half of preparation: every reason that is off by default. The page itself is sound. */
static bool __attribute__((noinline))
prepare_hooked(struct page_state *ps, struct page *page, unsigned int order)
{
	unsigned long i;

	if (ps->hooks & HOOK_CHECK)
		for (i = 1; i < 1ul << order; i++)
			if (page_ref_count(page + i) || PageBuddy(page + i)) {
				bad_page(page + i, "tail of a freed block in use");
				return false;
			}
	if (ps->hooks & HOOK_OWNER)
		page_owner_reset(ps, page, order);
	/* Parts of a large object may be closed. */
	if (ps->hooks & HOOK_SHADOW)
		page_shadow(ps, page, order, true);
	if (ps->hooks & HOOK_POISON)
		page_poison(ps, page, order);
	else if (ps->hooks & HOOK_INIT_ON_FREE)
		page_clear(ps, page, order);
	if (ps->hooks & HOOK_SHADOW)
		page_shadow(ps, page, order, false);
	return true;
}

/**
 * free_pages_prepare() - checks a block whose last reference is gone and strips its state.
 * Return: false when it is bad: reported, to be left alone.
 */
static bool free_pages_prepare(struct page_state *ps, struct page *page, unsigned int order)
{
	const char *fault;

	if (unlikely(PageTail(page))) {
		bad_page(page, "free of a tail page");
		return false;
	}
	/* Tracing comes first, as in Linux: the event says who wanted to free, even in vain. */
	if (unlikely(ps->hooks & HOOK_TRACE) && ps->trace->free)
		ps->trace->free(ps->trace->ctx, page, order);
	if (PageHead(page)) {
		if (unlikely(page[1].compound_order != order)) {
			bad_page(page, "compound page freed with another order");
			return false;
		}
		destroy_compound_page(page, order);
	}
	/* Of an anonymous page this says where it was mapped; its count says that it is not. */
	if ((unsigned long)page->mapping & PAGE_MAPPING_FLAGS)
		page->mapping = NULL;
	fault = free_page_fault(page);
	if (unlikely(fault)) {
		bad_page(page, fault);
		return false;
	}
	/* What is bad keeps its contents and its owner. */
	if (unlikely(ps->hooks) && !prepare_hooked(ps, page, order))
		return false;
	if (page->flags & PAGE_FLAGS_CHECK_AT_PREP)
		WRITE_ONCE(page->flags, page->flags & ~PAGE_FLAGS_CHECK_AT_PREP);
	return true;
}

/* --- to the lists ------------------------------------------------------------------------ */

/** free_unref_page() - an unreferenced block of a per-CPU order to this CPU's lists. */
static void free_unref_page(struct page *page, unsigned int order)
{
	struct page_cpu *pc = this_page_cpu();
	struct page_state *ps = pc->state;
	struct pcp_slot *slot;
	struct zone *zone;
	int mt;

	if (!free_pages_prepare(ps, page, order))
		return;
	mt = pfn_block_type(ps, ps_pfn(ps, page));
	zone = pc->zones[page_zone_key(page)];
	if (unlikely(mt == MIGRATE_ISOLATE)) {
		free_one_page(zone, page, order, mt, FPI_NONE);
		return;
	}
	slot = pc->pcp[page_zone_key(page)];
	if (likely(owner_trylock(&slot->lock))) {
		stat_add(pc->events[PGFREE], 1ul << order);
		free_unref_commit(zone, &slot->pcp, page, mt, order);
		owner_unlock(&slot->lock);
	} else {
		free_one_page(zone, page, order, mt, FPI_NONE);
	}
}

static void free_pages_ok(struct page *page, unsigned int order, unsigned int fpi)
{
	struct page_cpu *pc = this_page_cpu();
	struct page_state *ps = pc->state;

	if (!free_pages_prepare(ps, page, order))
		return;
	free_one_page(ps->zones[page_zone_key(page)], page, order,
		      pfn_block_type(ps, ps_pfn(ps, page)), fpi);
	stat_add(pc->events[PGFREE], 1ul << order);
}

/** free_the_page() - an unreferenced block to where blocks of its order go. */
static void free_the_page(struct page *page, unsigned int order)
{
	if (likely(pcp_allowed_order(this_page_state(), order)))
		free_unref_page(page, order);
	else
		free_pages_ok(page, order, FPI_NONE);
}

/* Pages with at most one reference leave the lists of the room above (point 2). */
static void __attribute__((noinline)) leave_lru(struct page **pages, int nr)
{
	const struct quire_lru_ops *lru = READ_ONCE(this_page_state()->lru);

	if (lru)
		lru->release(lru->ctx, pages, nr);
}

/* By value, so that its callers need no place in memory for @page. */
static void __attribute__((noinline)) leave_lru_one(struct page *page)
{
	leave_lru(&page, 1);
}

/* Drops a reference. Return: it was the last (point 2). */
static inline bool put_page_testzero(struct page *page)
{
	int refs = __atomic_load_n(&page->_refcount.counter, __ATOMIC_ACQUIRE);

	/*
	 * The count was first: who put the page on a list has dropped his reference afterwards. The
	 * list is left before the count says that nobody is there.
	 */
	if (refs == 1 && unlikely(READ_ONCE(page->flags) >> PG_lru & 1)) {
		leave_lru_one(page);
		refs = __atomic_load_n(&page->_refcount.counter, __ATOMIC_ACQUIRE);
	}
	if (likely(refs == 1)) {
		WRITE_ONCE(page->_refcount.counter, 0);
		return true;
	}
	if (unlikely(refs <= 0)) {
		bad_page(page,
			 PageBuddy(page) ? "already free" : "free of a page without references");
		return false;
	}
	if (__atomic_sub_fetch(&page->_refcount.counter, 1, __ATOMIC_ACQ_REL))
		return false;
	/* Two holders went at once: neither was the last one when it looked. */
	if (READ_ONCE(page->flags) >> PG_lru & 1)
		leave_lru_one(page);
	return true;
}

/* Others still hold the first page: the tails go now (point 3). */
static void free_tails(struct page *page, unsigned int order)
{
	while (order-- > 0)
		free_the_page(page + (1ul << order), order);
}

/* What a page may not have in its flags but on the full path. */
#define FREE_REFUSED (PAGE_FLAGS_CHECK_AT_FREE | 1ul << PG_head)

/*
 * One reference, and no state left but flags and private data that go with it? The count is read
 * before the flags, as in put_page_testzero().
 */
static inline bool page_is_clear(const struct page *page)
{
	return page_use_acquire(page) == PAGE_USE_ONE &&
	       !((unsigned long)page->mapping | page->memcg_data);
}

/* Nor these, as most pages that are freed? */
static inline bool page_is_plain(const struct page *page, unsigned long plain_flags)
{
	return page_use_acquire(page) == PAGE_USE_ONE && READ_ONCE(page->flags) == plain_flags &&
	       !((unsigned long)page->mapping | page->memcg_data | page->priv);
}

/* @types, @shift: page_cpu.block_types_at, block_shift */
static inline unsigned int block_type(unsigned long types, unsigned int shift,
				      const struct page *page)
{
	return READ_ONCE(((const unsigned char *)types)[(unsigned long)page >> shift]);
}

static inline unsigned int page_block_type(const struct page_cpu *pc, const struct page *page)
{
	return block_type(pc->block_types_at, pc->block_shift, page);
}

/* What goes with a page that is freed. */
static inline void strip_page(struct page *page, unsigned long flags)
{
	if (unlikely(flags & PAGE_FLAGS_CHECK_AT_PREP))
		WRITE_ONCE(page->flags, flags & ~PAGE_FLAGS_CHECK_AT_PREP);
	if (unlikely(page->priv))
		page->priv = 0;
}

static const char *order_fault(const struct page *page, unsigned int order);

/*
 * A page that is not plain: of another zone than the last one, which is the one to be expected
 * from now on; or it has something to be stripped off. All else is for the full path.
 */
static void __attribute__((noinline)) free_uncommon(struct page *page, unsigned int order)
{
	struct page_cpu *pc = this_page_cpu();
	const bool clear = page_is_clear(page);
	const unsigned long flags = READ_ONCE(page->flags);
	struct pcp_slot *slot = pc->pcp[flags >> QUIRE_ZONES_SHIFT];

	if (!clear || flags & FREE_REFUSED || order_fault(page, order) || !slot ||
	    READ_ONCE(*pc->attention) || (flags & ~PAGE_FLAGS_CHECK_AT_PREP) != slot->plain_flags) {
		free_full(page, order);
		return;
	}
	pc->recent = slot;
	strip_page(page, flags);
	__free_pages(page, order);
}

/*
 * The last reference of a page in use that has no state left, to its list. While anything
 * asks for attention no list has room. All other ways out are tail calls.
 *
 * Where the lists are follows from the page's zone, but is not looked up: it is guessed and
 * the guess checked. So the processor need not wait for the page before it changes the
 * lists, and what follows need not wait for an address that hangs on the page. For its type
 * it is a branch that guesses.
 */
static inline __attribute__((always_inline)) void free_fast(const struct page_cpu *pc,
							    struct page *page, unsigned int order)
{
	const bool huge = order > PAGE_ALLOC_COSTLY_ORDER;
	struct pcp_slot *slot = pc->recent;
	struct quire_pcp_list *list =
		&slot->pcp.lists[huge ? NR_LOWORDER_PCP_LISTS : MIGRATE_PCPTYPES * order];
	unsigned long entry;
	unsigned int mt;
	int count;

	if (unlikely(!page_is_plain(page, slot->plain_flags)))
		return free_uncommon(page, order);
	/* A block begins where its order says, as the array of struct pages is aligned to all. */
	if (order && unlikely((unsigned long)page &
			      (huge ? pc->huge_mask : (sizeof(struct page) << order) - 1)))
		return free_full(page, order);
	mt = page_block_type(pc, page);
	if (unlikely(mt)) {
		if (unlikely(mt >= MIGRATE_PCPTYPES))
			return free_full(page, order);
		list += huge ? mt == MIGRATE_MOVABLE : mt;
		__asm__("" : "+r"(list));
	}
	entry = pcp_entry(page, (int)mt) | PCP_CLEAN;
	if (unlikely(!owner_trylock(&slot->lock)))
		return free_full(page, order);
	/* Not before: a remote drain changes it. */
	count = slot->pcp.count + (huge ? (int)pc->huge_pages : 1 << order);
	if (unlikely(count >= READ_ONCE(slot->high_now) ||
		     (order && !huge && slot->pcp.free_factor)))
		return pcp_put_crowded(slot, entry, list, order);
	WRITE_ONCE(page->_refcount.counter, 0);
	pcp_list_push(list, entry);
	WRITE_ONCE(slot->pcp.count, count);
	owner_unlock(&slot->lock);
}

/* Can a block of @order begin at @page? NULL: yes. The order is the caller's word for it. */
static const char *order_fault(const struct page *page, unsigned int order)
{
	const struct page_state *ps = this_page_state();

	if (unlikely(order >= ps->nr_orders))
		return "freed with an order that no block has";
	if (unlikely(ps_pfn(ps, page) & ((1ul << order) - 1)))
		return "freed with an order that does not fit its frame";
	return NULL;
}

/** free_full() - __free_pages() by the full path. Context: any; no lock of the lists. */
void __attribute__((noinline)) free_full(struct page *page, unsigned int order)
{
	const char *fault = order_fault(page, order);
	bool compound = PageHead(page);
	int refs = page_ref_count(page);

	if (unlikely(fault)) {
		bad_page(page, fault);
		return;
	}
	if (likely(put_page_testzero(page)))
		free_the_page(page, order);
	else if (!compound && order && refs > 1)
		free_tails(page, order);
}

/* Functions of their own, as alloc_block(): so each order is a constant or known to be one. */
static void __attribute__((noinline)) free_huge(struct page *page, unsigned int order)
{
	const struct page_cpu *pc = this_page_cpu();

	if (unlikely(order != pc->huge_order))
		return free_full(page, order);
	if (order <= PAGE_ALLOC_COSTLY_ORDER)
		__builtin_unreachable();
	free_fast(pc, page, order);
}

static void __attribute__((noinline)) free_block(struct page *page, unsigned int order)
{
	if (!order || order > PAGE_ALLOC_COSTLY_ORDER)
		__builtin_unreachable();
	free_fast(this_page_cpu(), page, order);
}

void __free_pages(struct page *page, unsigned int order)
{
	if (!order)
		free_fast(this_page_cpu(), page, 0);
	else if (order > PAGE_ALLOC_COSTLY_ORDER)
		free_huge(page, order);
	else
		free_block(page, order);
}

void free_pages(unsigned long addr, unsigned int order)
{
	if (addr)
		__free_pages(virt_to_page((const void *)addr), order);
}

void get_page(struct page *page)
{
	page = compound_head(page);
	if (unlikely(page_ref_count(page) <= 0)) {
		bad_page(page, "get_page of a page without references");
		return;
	}
	__atomic_fetch_add(&page->_refcount.counter, 1, __ATOMIC_RELAXED);
}

void put_page(struct page *page)
{
	page = compound_head(page);
	if (put_page_testzero(page))
		free_the_page(page, compound_order(page));
}

/* --- lists of pages ------------------------------------------------------------------------- */

/* First pass: what cannot go to a per-CPU list leaves @list. */
static void prepare_list(struct page_state *ps, struct list_head *list)
{
	struct page *page, *next;

	list_for_each_entry_safe (page, next, list, lru) {
		int mt;

		if (!free_pages_prepare(ps, page, 0)) {
			list_del(&page->lru);
			continue;
		}
		mt = pfn_block_type(ps, ps_pfn(ps, page));
		page->index = (pgoff_t)mt;
		if (mt == MIGRATE_ISOLATE) {
			list_del(&page->lru);
			free_one_page(ps->zones[page_zone_key(page)], page, 0, mt, FPI_NONE);
		}
	}
}

void free_unref_page_list(struct list_head *list)
{
	struct page_cpu *pc = this_page_cpu();
	struct page_state *ps = pc->state;
	struct page *page, *next;

	prepare_list(ps, list);
	list_for_each_entry_safe (page, next, list, lru) {
		struct zone *zone = pc->zones[page_zone_key(page)];
		struct pcp_slot *slot = pc->pcp[page_zone_key(page)];
		int mt = (int)page->index;

		list_del(&page->lru);
		if (unlikely(ps->hooks & HOOK_TRACE) && ps->trace->free_batched)
			ps->trace->free_batched(ps->trace->ctx, page);
		if (unlikely(!owner_trylock(&slot->lock))) {
			free_one_page(zone, page, 0, mt, FPI_NONE);
			continue;
		}
		stat_add(pc->events[PGFREE], 1);
		free_unref_commit(zone, &slot->pcp, page, mt, 0);
		owner_unlock(&slot->lock);
	}
}

/* Any pages: heads of compound pages go at once, the others as a list, the last one first. */
static void __attribute__((noinline)) release_list(struct page **pages, int nr)
{
	struct list_head free;
	int i;

	INIT_LIST_HEAD(&free);
	for (i = 0; i < nr; i++) {
		struct page *page = compound_head(pages[i]);

		if (!put_page_testzero(page))
			continue;
		if (PageHead(page))
			free_the_page(page, compound_order(page));
		else
			list_add(&page->lru, &free);
	}
	free_unref_page_list(&free);
}

/* Is no page part of a compound one, and nobody watching? Those on lists leave them. */
static bool all_single(const struct page_cpu *pc, struct page **pages, int nr)
{
	const struct quire_lru_ops *lru = READ_ONCE(pc->state->lru); /* its first use may be now */
	unsigned long seen = READ_ONCE(*pc->attention), flags = 0, tails = 0;
	int i;

	if (lru)
		return !(seen | (lru->release(lru->ctx, pages, nr) & 1ul << PG_head));
	for (i = 0; i < nr; i++) {
		flags |= READ_ONCE(pages[i]->flags);
		tails |= READ_ONCE(pages[i]->compound_head) & 1;
	}
	return !(seen | (flags & 1ul << PG_head) | tails);
}

/* Makes a page plain that has no more than what goes with it. Return: it is. */
static inline bool strip_clear(struct page *page, unsigned long plain)
{
	/* The count first, as in put_page_testzero(). */
	const bool clear = page_is_clear(page);
	const unsigned long flags = READ_ONCE(page->flags);

	if (!clear || flags & FREE_REFUSED || (flags & ~PAGE_FLAGS_CHECK_AT_PREP) != plain)
		return false;
	strip_page(page, flags);
	return true;
}

/*
 * Pages from the array's end to one list, as many as are like the last one and go without a
 * closer look. Return: how many are left.
 */
static int release_run(const struct page_cpu *pc, struct page *const *pages, int nr)
{
	const unsigned long key = page_zone_key(pages[nr - 1]);
	const unsigned int mt = page_block_type(pc, pages[nr - 1]);
	const unsigned long types = pc->block_types_at, tag = mt | PCP_CLEAN;
	const unsigned int shift = pc->block_shift;
	struct pcp_slot *slot = pc->pcp[key];
	unsigned long *top, plain;
	int n = nr, count, most;

	if (unlikely(mt >= MIGRATE_PCPTYPES || !owner_trylock(&slot->lock)))
		return nr;
	plain = slot->plain_flags;
	top = slot->pcp.lists[mt].top;
	count = slot->pcp.count;
	most = READ_ONCE(slot->high_now) - 1 - count;
	for (; n > 0 && nr - n < most; n--) {
		struct page *page = pages[n - 1];

		if (unlikely(block_type(types, shift, page) != mt ||
			     (!page_is_plain(page, plain) && !strip_clear(page, plain))))
			break;
		WRITE_ONCE(page->_refcount.counter, 0);
		*--top = (unsigned long)page | tag;
	}
	slot->pcp.lists[mt].top = top;
	WRITE_ONCE(slot->pcp.count, count + nr - n);
	owner_unlock(&slot->lock);
	return n;
}

void release_pages(struct page **pages, int nr)
{
	const struct page_cpu *pc = this_page_cpu();

	if (unlikely(!all_single(pc, pages, nr))) {
		release_list(pages, nr);
		return;
	}
	while (nr > 0) {
		nr = release_run(pc, pages, nr);
		if (nr > 0 && put_page_testzero(pages[--nr]))
			free_unref_page(pages[nr], 0);
	}
}

void release_singles(struct page **pages, int nr)
{
	const struct page_cpu *pc = this_page_cpu();

	if (likely(!READ_ONCE(*pc->attention)))
		nr = release_run(pc, pages, nr);
	if (unlikely(nr))
		release_pages(pages, nr);
}

/* --- exact sizes ---------------------------------------------------------------------------- */

void split_page(struct page *page, unsigned int order)
{
	struct page_state *ps = this_page_state();
	unsigned long i;

	QUIRE_ASSERT(!PageCompound(page), "split_page: a compound page cannot be split this way");
	for (i = 1; i < 1ul << order; i++) {
		WRITE_ONCE(page[i].flags, page[i].flags & ~PAGE_FLAGS_CHECK_AT_PREP);
		page[i].priv = 0;
		page[i].mapping = NULL;
		page[i].memcg_data = 0;
		WRITE_ONCE(page[i]._refcount.counter, 1);
	}
	if (ps->hooks & HOOK_OWNER)
		page_owner_split(ps, page, order);
}

static void *make_exact(struct page *page, unsigned int order, size_t size)
{
	struct page_state *ps = this_page_state();
	unsigned long used = (size + (1ul << ps->page_shift) - 1) >> ps->page_shift, i;

	if (!page)
		return NULL;
	split_page(page, order);
	/* The rest was never anybody's: straight to the free lists' tail. */
	for (i = used; i < 1ul << order; i++) {
		WRITE_ONCE(page[i]._refcount.counter, 0);
		free_pages_ok(page + i, 0, FPI_TO_TAIL);
	}
	return page_address(page);
}

void *alloc_pages_exact_nid(int nid, size_t size, gfp_t gfp)
{
	const struct page_state *ps = this_page_state();
	unsigned int order;

	if (!size)
		return NULL;
	if (!quire_this_cpu->linear) {
		quire_report(NULL, QUIRE_ERR,
			     "alloc_pages_exact: this machine has no contents (contents: false); "
			     "use alloc_pages()\n");
		return NULL;
	}
	order = quire_get_order(size, ps->page_shift);
	gfp &= ~(__GFP_COMP | __GFP_HIGHMEM);
	return make_exact(alloc_pages_node(nid, gfp, order), order, size);
}

void *alloc_pages_exact(size_t size, gfp_t gfp)
{
	return alloc_pages_exact_nid(NUMA_NO_NODE, size, gfp);
}

void free_pages_exact(void *virt, size_t size)
{
	const size_t page_size = 1ul << this_page_state()->page_shift;
	size_t done;

	for (done = 0; done < size; done += page_size)
		free_pages((unsigned long)virt + done, 0);
}

/* --- memory seen for the first time ------------------------------------------------------ */

void __free_pages_core(struct page *page, unsigned int order)
{
	struct page_state *ps = this_page_state();
	struct zone *zone = ps->zones[page_zone_key(page)];
	unsigned long i;

	for (i = 0; i < 1ul << order; i++) {
		WRITE_ONCE(page[i].flags, page[i].flags & ~(1ul << PG_reserved));
		WRITE_ONCE(page[i]._refcount.counter, 0);
	}
	__atomic_fetch_add(&zone->managed_pages.counter, 1l << order, __ATOMIC_RELAXED);
	free_pages_ok(page, order, FPI_TO_TAIL);
}

void quire_free_deferred(struct page *page, unsigned int order)
{
	struct page_state *ps = this_page_state();
	unsigned long pfn = ps_pfn(ps, page);

	if (!(pfn & ((1ul << ps->pageblock_order) - 1)))
		set_pfn_block_type(ps, pfn, MIGRATE_MOVABLE);
	__free_pages_core(page, order);
}

void free_reserved_page(struct page *page)
{
	struct page_state *ps = this_page_state();

	if (!(page->flags & 1ul << PG_reserved)) {
		bad_page(page, "free_reserved_page of a page that is not reserved");
		return;
	}
	if (!ps->zones[page_zone_key(page)]) {
		bad_page(page, "free_reserved_page of a frame that is no memory");
		return;
	}
	WRITE_ONCE(page->flags, page->flags & ~(1ul << PG_reserved));
	WRITE_ONCE(page->_refcount.counter, 1);
	__free_pages(page, 0);
	__atomic_fetch_add(&ps->zones[page_zone_key(page)]->managed_pages.counter, 1,
			   __ATOMIC_RELAXED);
}

unsigned long free_reserved_area(void *start, void *end, int poison, const char *s)
{
	const struct page_state *ps = this_page_state();
	const unsigned long page_size = 1ul << ps->page_shift;
	unsigned long at = ((unsigned long)start + page_size - 1) & ~(page_size - 1), pages = 0;

	for (; at + page_size <= (unsigned long)end; at += page_size, pages++) {
		if (poison >= 0 && poison <= 0xff)
			memset((void *)at, poison, page_size);
		free_reserved_page(virt_to_page((const void *)at));
	}
	if (pages && s)
		quire_report(NULL, QUIRE_INFO, "Freeing %s memory: %luK\n", s,
			     pages << (ps->page_shift - 10));
	return pages;
}
