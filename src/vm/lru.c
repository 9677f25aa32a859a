/* SPDX-License-Identifier: MIT */
/*
 * vm/lru.c - pages onto their lists, from list to list, and off.
 *
 * See lru.h for the theory. Counters are kept a run at a time: pages of one batch mostly go to
 * the same list of the same zone, and are counted by one addition each to the zone's and
 * the node's counter.
 *
 * Lock order: a node's lock is taken inside page-table locks and calls nothing but counters.
 */
#include <quire/atomic.h>
#include <quire/errno.h>
#include <quire/list.h>
#include <quire/vmstat.h>

#include "base/assert.h"
#include "vm/lru.h"

/* --- runs: one lock, and one addition to the counters, for many pages ------------------- */

struct lru_run {
	struct lru_node *node; /* whose lock is held */
	unsigned long key;     /* node and zone, as in page->flags */
	struct zone *zone;
	enum lru_list lru;
	unsigned long like; /* flags of a single page of @node for that list, but RUN_IGNORED */
	long pages;
};

#define LRU_RUN(name) struct lru_run name = { .key = ~0ul, .like = ~0ul }

/* Flags that say nothing about lists. */
#define RUN_IGNORED                                                                           \
	(1ul << PG_referenced | 1ul << PG_uptodate | 1ul << PG_dirty | 1ul << PG_workingset | \
	 1ul << PG_anon_exclusive)
/* Flags of pages that are not just one page on a list. */
#define RUN_UNLIKE (1ul << PG_unevictable | 1ul << PG_mlocked | 1ul << PG_head)

static void run_count(struct lru_run *run)
{
	if (run->pages) {
		mod_zone_page_state(run->zone,
				    (enum zone_stat_item)(NR_ZONE_INACTIVE_ANON + (int)run->lru),
				    run->pages);
		mod_node_page_state(run->zone->zone_pgdat,
				    (enum node_stat_item)(NR_INACTIVE_ANON + (int)run->lru),
				    run->pages);
	}
	run->pages = 0;
}

/* @pages more, or less, on @lru of @page's zone. */
static void run_add(struct lru_run *run, const struct page *page, enum lru_list lru, long pages)
{
	unsigned long key = READ_ONCE(page->flags) >> QUIRE_ZONES_SHIFT;

	if (unlikely(key != run->key || lru != run->lru)) {
		run_count(run);
		run->key = key;
		run->zone = page_zone(page);
		run->lru = lru;
		run->like = ~0ul;
	}
	run->pages += pages;
}

/* Pages with flags as @page's, which was just added to @run or taken from it, need no look. */
static void run_expect(struct lru_run *run, unsigned long flags)
{
	if (!(flags & RUN_UNLIKE))
		run->like = flags & ~RUN_IGNORED;
}

/* Is a page with these flags on the list of @run, or bound for it? Then the lock is held. */
static inline bool run_alike(const struct lru_run *run, unsigned long flags)
{
	return likely((flags & ~RUN_IGNORED) == run->like);
}

static inline void run_lock(struct lru_run *run, const struct page *page)
{
	struct lru_node *node = &quire_this_cpu->vm->vs->lru[page_to_nid(page)];

	if (node == run->node)
		return;
	if (run->node)
		quire_unlock(&run->node->lock);
	run->node = node;
	run->like = ~0ul; /* the lock of the others is not held any more */
	quire_lock(&node->lock);
}

/* Is the lock of @page's node held? */
static inline bool run_holds(const struct lru_run *run, const struct page *page)
{
	return run->node == &quire_this_cpu->vm->vs->lru[page_to_nid(page)];
}

static void run_end(struct lru_run *run)
{
	run_count(run);
	if (run->node)
		quire_unlock(&run->node->lock);
}

/* --- one page; the node's lock is held ---------------------------------------------------- */

static enum lru_list page_lru(const struct page *page)
{
	unsigned long flags = READ_ONCE(page->flags);

	if (flags >> PG_unevictable & 1)
		return LRU_UNEVICTABLE;
	return (enum lru_list)(
		(flags >> PG_swapbacked & 1 ? LRU_INACTIVE_ANON : LRU_INACTIVE_FILE) +
		(flags >> PG_active & 1));
}

static long page_nr(const struct page *page)
{
	return 1l << compound_order(page);
}

/* An unevictable page counts its locked mappings where others have their neighbours. */
static void set_mlock_count(struct page *page, unsigned long n)
{
	WRITE_ONCE(page->lru.next, NULL);
	WRITE_ONCE(page->lru.prev, (struct list_head *)(n << 1));
}

static unsigned long mlock_count(const struct page *page)
{
	return (unsigned long)page->lru.prev >> 1;
}

/*
 * Links are single stores: compound_head() of others reads the word at any time, and must find
 * a list's link or none.
 */
static inline void link_page(struct page *page, struct list_head *head)
{
	struct list_head *next = head->next;

	WRITE_ONCE(page->lru.next, next);
	WRITE_ONCE(page->lru.prev, head);
	WRITE_ONCE(next->prev, &page->lru);
	WRITE_ONCE(head->next, &page->lru);
}

static inline void unlink_page(struct page *page)
{
	struct list_head *next = page->lru.next, *prev = page->lru.prev;

	WRITE_ONCE(next->prev, prev);
	WRITE_ONCE(prev->next, next);
}

static void list_page(struct lru_run *run, struct page *page)
{
	enum lru_list lru = page_lru(page);

	run_add(run, page, lru, page_nr(page));
	if (lru != LRU_UNEVICTABLE)
		link_page(page, &run->node->lists[lru]);
}

static void unlist_page(struct lru_run *run, struct page *page)
{
	enum lru_list lru = page_lru(page);

	QUIRE_DEBUG_ASSERT(page_listed(page), "L1: a page leaves a list it is not on");
	if (lru != LRU_UNEVICTABLE)
		unlink_page(page);
	run_add(run, page, lru, -page_nr(page));
}

/* To its list, from a batch: a page that waits, or with @held one that has no PG_lru yet. */
static void add_one(struct lru_run *run, struct page *page, bool held)
{
	bool was = page_flag(page, PG_unevictable);

	if (held && page_flag(page, PG_lru))
		return; /* added by two: a file page that two CPUs found */
	if (likely(!page_flag(page, PG_mlocked))) {
		if (unlikely(was)) {
			page_flag_clear(page, PG_unevictable);
			count_vm_events(UNEVICTABLE_PGRESCUED, page_nr(page));
		}
	} else {
		page_flag_clear(page, PG_active);
		page_flag_set(page, PG_unevictable);
		set_mlock_count(page, 1);
		if (!was)
			count_vm_events(UNEVICTABLE_PGCULLED, page_nr(page));
	}
	if (held)
		page_flag_set(page, PG_lru);
	list_page(run, page);
}

static void activate_one(struct lru_run *run, struct page *page, bool held)
{
	(void)held;
	if (!page_listed(page) || page_flag(page, PG_active) || page_flag(page, PG_unevictable))
		return;
	unlist_page(run, page);
	page_flag_set(page, PG_active);
	list_page(run, page);
	count_vm_events(PGACTIVATE, page_nr(page));
}

static void deactivate_one(struct lru_run *run, struct page *page, bool held)
{
	(void)held;
	if (!page_listed(page) || page_flag(page, PG_unevictable) || !page_flag(page, PG_active))
		return;
	unlist_page(run, page);
	page_flag_clear(page, PG_active);
	page_flag_clear(page, PG_referenced);
	list_page(run, page);
	count_vm_events(PGDEACTIVATE, page_nr(page));
}

static void lazyfree_one(struct lru_run *run, struct page *page, bool held)
{
	(void)held;
	if (!page_listed(page) || page_flag(page, PG_unevictable) || !PageAnon(page) ||
	    !page_flag(page, PG_swapbacked))
		return;
	unlist_page(run, page);
	page_flag_clear(page, PG_active);
	page_flag_clear(page, PG_referenced);
	/* On the file lists it is dropped like a clean page of a file. */
	page_flag_clear(page, PG_swapbacked);
	list_page(run, page);
	count_vm_events(PGLAZYFREE, page_nr(page));
}

/* --- batches -------------------------------------------------------------------------------- */

static void (*const one_of[NR_LRU_BATCHES])(struct lru_run *run, struct page *page, bool held) = {
	[LRU_ADD] = add_one,
	[LRU_ACTIVATE] = activate_one,
	[LRU_DEACTIVATE] = deactivate_one,
	[LRU_LAZYFREE] = lazyfree_one,
};

void lru_fold_counts(struct vm_cpu *cpu)
{
	const struct quire_machine *m = quire_this_cpu->machine;
	unsigned int id = (unsigned int)(cpu - cpu->vs->cpus);

	if (cpu->anon_mapped)
		mod_node_page_state(cpu->vs->lru[m->cpus[id].nid].pgdat, NR_ANON_MAPPED,
				    cpu->anon_mapped);
	cpu->anon_mapped = 0;
}

static inline struct page *entry_page(unsigned long entry)
{
	return (struct page *)(entry & ~LRU_HELD);
}

/* Drops a reference unless it is the last. Return: dropped. */
static inline bool put_shared(struct page *page)
{
	int refs = page_ref_count(page);

	while (refs > 1)
		if (__atomic_compare_exchange_n(&page->_refcount.counter, &refs, refs - 1, true,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			return true;
	return false;
}

/* References of the batch's that go: nearly all pages are mapped by now, or in the cache. */
static void drop_held(const struct lru_batch *batch, unsigned int nr)
{
	struct page *last[LRU_BATCH];
	unsigned int i, nr_last = 0;

	for (i = 0; i < nr; i++) {
		struct page *page = entry_page(batch->entries[i]);

		if (batch->entries[i] & LRU_HELD && unlikely(!put_shared(page)))
			last[nr_last++] = page;
	}
	if (unlikely(nr_last))
		release_pages(last, (int)nr_last);
}

/* One entry of a batch. The lock is the page's node's: what it says under it, stands. */
static void drain_entry(struct lru_run *run, const unsigned long *at, enum lru_batch_kind kind)
{
	struct page *page = entry_page(READ_ONCE(*at));
	unsigned long entry;

	if (!page)
		return;
	run_lock(run, page);
	entry = READ_ONCE(*at);
	if (!entry)
		return;
	one_of[kind](run, page, entry & LRU_HELD);
	if (!(entry & LRU_HELD))
		run_expect(run, READ_ONCE(page->flags));
}

void lru_drain_batch(struct vm_cpu *cpu, enum lru_batch_kind kind)
{
	struct lru_batch *batch = &cpu->batches[kind];
	const unsigned int nr = batch->nr;
	unsigned long held = 0;
	LRU_RUN(run);
	unsigned int i;

	for (i = 0; i < nr; i++) {
		unsigned long entry = READ_ONCE(batch->entries[i]);
		struct page *page = entry_page(entry);

		held |= entry & LRU_HELD;
		if (entry && !(entry & LRU_HELD) && run_alike(&run, READ_ONCE(page->flags))) {
			QUIRE_DEBUG_ASSERT(run_holds(&run, page), "L1: another node's lock");
			link_page(page, &run.node->lists[run.lru]);
			run.pages++;
			continue;
		}
		drain_entry(&run, &batch->entries[i], kind);
	}
	run_end(&run);
	lru_fold_counts(cpu);
	batch->nr = 0;
	if (held)
		drop_held(batch, nr);
}

static void drain_cpu(struct vm_cpu *cpu)
{
	enum lru_batch_kind kind;

	lru_fold_counts(cpu);
	for (kind = LRU_ADD; kind < NR_LRU_BATCHES; kind++)
		if (cpu->batches[kind].nr)
			lru_drain_batch(cpu, kind);
}

void lru_add_drain(void)
{
	drain_cpu(quire_this_cpu->vm);
}

void lru_add_drain_all(void)
{
	const struct quire_machine *m = quire_this_cpu->machine;
	unsigned int cpu;

	for (cpu = 0; cpu < m->config.nr_cpus; cpu++)
		drain_cpu(&m->vm->cpus[cpu]);
}

static void batch_add(struct page *page, enum lru_batch_kind kind)
{
	struct vm_cpu *cpu = quire_this_cpu->vm;
	struct lru_batch *batch = &cpu->batches[kind];

	get_page(page);
	WRITE_ONCE(batch->entries[batch->nr++], (unsigned long)page | LRU_HELD);
	if (batch->nr == LRU_BATCH || PageHead(page))
		lru_drain_batch(cpu, kind);
}

void lru_cache_add_shared(struct page *page)
{
	batch_add(page, LRU_ADD);
}

/* Of a page that this CPU is about to add: it will be added as active. Others are not for lists at
 * all (a driver's), or in another CPU's batch. */
static void activate_unlisted(struct page *page)
{
	const struct lru_batch *batch = &quire_this_cpu->vm->batches[LRU_ADD];
	unsigned int i;

	for (i = batch->nr; i--;) {
		if (entry_page(READ_ONCE(batch->entries[i])) != page)
			continue;
		page_flag_set(page, PG_active);
		return;
	}
}

bool lru_waits(struct page *page)
{
	LRU_RUN(run);
	bool waits;

	if (likely(!page_waits(page)))
		return false;
	run_lock(&run, page);
	waits = page_waits(page);
	run_end(&run);
	return waits;
}

void mark_page_accessed(struct page *page)
{
	page = compound_head(page);
	if (!page_flag(page, PG_referenced)) {
		page_flag_set(page, PG_referenced);
		return;
	}
	if (page_flag(page, PG_unevictable) || page_flag(page, PG_active))
		return;
	if (page_listed(page))
		batch_add(page, LRU_ACTIVATE);
	else
		activate_unlisted(page);
	page_flag_clear(page, PG_referenced);
}

void deactivate_page(struct page *page)
{
	page = compound_head(page);
	if (page_listed(page) && page_flag(page, PG_active) && !page_flag(page, PG_unevictable))
		batch_add(page, LRU_DEACTIVATE);
}

void mark_page_lazyfree(struct page *page)
{
	page = compound_head(page);
	if (page_listed(page) && PageAnon(page) && page_flag(page, PG_swapbacked) &&
	    !page_flag(page, PG_unevictable))
		batch_add(page, LRU_LAZYFREE);
}

/* --- mlock -------------------------------------------------------------------------------- */

static void count_mlock(const struct page *page, long pages, enum vm_event_item event)
{
	mod_zone_page_state(page_zone(page), NR_MLOCK, pages);
	if (event != NR_VM_EVENT_ITEMS)
		count_vm_events(event, pages < 0 ? -pages : pages);
}

void mlock_new_page(struct page *page)
{
	page_flags_set_private(page, 1ul << PG_mlocked);
	count_mlock(page, page_nr(page), UNEVICTABLE_PGMLOCKED);
	lru_cache_add(page);
}

void mlock_page(struct page *page)
{
	LRU_RUN(run);

	page = compound_head(page);
	if (!page_listed(page))
		lru_add_drain();
	if (!page_flag_set(page, PG_mlocked))
		count_mlock(page, page_nr(page), UNEVICTABLE_PGMLOCKED);
	run_lock(&run, page);
	if (page_listed(page)) {
		if (page_flag(page, PG_unevictable)) {
			set_mlock_count(page, mlock_count(page) + 1);
		} else {
			unlist_page(&run, page);
			page_flag_clear(page, PG_active);
			page_flag_set(page, PG_unevictable);
			set_mlock_count(page, 1);
			list_page(&run, page);
			count_vm_events(UNEVICTABLE_PGCULLED, page_nr(page));
		}
	}
	run_end(&run);
}

void munlock_page(struct page *page)
{
	LRU_RUN(run);
	bool listed;

	page = compound_head(page);
	if (!page_listed(page))
		lru_add_drain();
	run_lock(&run, page);
	listed = page_listed(page) && page_flag(page, PG_unevictable);
	if (listed && mlock_count(page) > 1) {
		set_mlock_count(page, mlock_count(page) - 1);
		goto out;
	}
	if (!page_flag_clear(page, PG_mlocked))
		goto out;
	count_mlock(page, -page_nr(page), UNEVICTABLE_PGMUNLOCKED);
	if (listed) {
		unlist_page(&run, page);
		page_flag_clear(page, PG_unevictable);
		list_page(&run, page);
		count_vm_events(UNEVICTABLE_PGRESCUED, page_nr(page));
	}
out:
	run_end(&run);
}

/* --- the end of pages: what page/free.c asks for -------------------------------------------- */

/* Flags that a page loses here, with those that go with a freed page anyway. */
#define STRIPPED                                                                        \
	(1ul << PG_lru | 1ul << PG_active | 1ul << PG_unevictable | 1ul << PG_mlocked | \
	 1ul << PG_swapbacked | RUN_IGNORED)

/* A page that waits is forgotten by its batch (L3). */
static void leave_batch(const struct page *page)
{
	const unsigned long where = (unsigned long)page->lru.prev; /* wait_at, at */
	struct vm_cpu *cpu = &quire_this_cpu->vm->vs->cpus[where >> 9];
	unsigned long *entry = &cpu->batches[LRU_ADD].entries[where >> 1 & 0xff];

	QUIRE_DEBUG_ASSERT(*entry == (unsigned long)page, "L3: a page waits where it does not");
	WRITE_ONCE(*entry, 0);
}

/* @page, which nobody else can find any more, gets the flags of one without a history. */
static inline void strip_flags(struct page *page, unsigned long flags)
{
	WRITE_ONCE(page->flags, flags & ~STRIPPED);
	if ((unsigned long)page->mapping & PAGE_MAPPING_ANON)
		WRITE_ONCE(page->mapping, NULL);
}

static void strip(struct lru_run *run, struct page *page)
{
	const unsigned long flags = READ_ONCE(page->flags);

	if (page_waits(page)) {
		leave_batch(page);
	} else {
		unlist_page(run, page);
		run_expect(run, flags);
	}
	if (unlikely(flags >> PG_mlocked & 1)) {
		count_mlock(page, -page_nr(page), NR_VM_EVENT_ITEMS);
		count_vm_events(UNEVICTABLE_PGCLEARED, page_nr(page));
	}
	strip_flags(page, flags);
}

/* Others' last words about @page, its mapping say, were before they dropped their references. */
static inline bool nobody_else(const struct page *page)
{
	return __atomic_load_n(&page->_refcount.counter, __ATOMIC_ACQUIRE) <= 1;
}

/* One that is not like the last one. Return: its flags afterwards. */
static unsigned long __attribute__((noinline)) release_one(struct lru_run *run, struct page *page)
{
	struct page *head = compound_head(page);

	/* A second look under the lock: L2. */
	if (nobody_else(head) && page_flag(head, PG_lru)) {
		run_lock(run, head);
		if (nobody_else(head) && page_flag(head, PG_lru))
			strip(run, head);
	}
	return READ_ONCE(head->flags) | (head == page ? 0 : 1ul << PG_head);
}

static unsigned long lru_release(void *ctx, struct page **pages, int nr)
{
	unsigned long seen = 0;
	LRU_RUN(run);
	int i;

	(void)ctx;
	for (i = 0; i < nr; i++) {
		struct page *page = pages[i];
		/* The count first: what is seen later was so when the others let go. */
		bool alone = nobody_else(page);
		unsigned long flags = READ_ONCE(page->flags);

		if (run_alike(&run, flags) && alone && READ_ONCE(page->lru.next)) {
			QUIRE_DEBUG_ASSERT(run_holds(&run, page), "L1: another node's lock");
			unlink_page(page);
			run.pages--;
			strip_flags(page, flags);
			seen |= flags & ~STRIPPED;
		} else {
			seen |= release_one(&run, page);
		}
	}
	run_end(&run);
	return seen;
}

static const struct quire_lru_ops lru_ops = { NULL, lru_release };

/* --- life ------------------------------------------------------------------------------------ */

int lru_init(struct vm_state *vs)
{
	struct quire_machine *m = vs->machine;
	unsigned int i, lru;

	vs->lru = machine_reserve(m, m->config.nr_nodes * sizeof(*vs->lru));
	vs->cpus = machine_reserve(m, m->config.nr_cpus * sizeof(*vs->cpus));
	if (!vs->lru || !vs->cpus) {
		lru_exit(vs);
		return -ENOMEM;
	}
	for (i = 0; i < m->config.nr_nodes; i++) {
		quire_lock_init(&vs->lru[i].lock, QUIRE_RANK_LRU, "lru");
		for (lru = 0; lru < NR_LRU_LISTS; lru++)
			INIT_LIST_HEAD(&vs->lru[i].lists[lru]);
		vs->lru[i].pgdat = quire_pgdat(m, i);
	}
	for (i = 0; i < m->config.nr_cpus; i++) {
		vs->cpus[i].vs = vs;
		vs->cpus[i].wait_at = (unsigned long)i << 9;
		__atomic_store_n(&m->cpus[i].vm, &vs->cpus[i], __ATOMIC_RELEASE);
	}
	quire_register_lru(m, &lru_ops);
	return 0;
}

void lru_exit(struct vm_state *vs)
{
	struct quire_machine *m = vs->machine;
	unsigned int i;

	quire_register_lru(m, NULL);
	for (i = 0; i < m->config.nr_cpus; i++)
		WRITE_ONCE(m->cpus[i].vm, NULL);
	machine_release(m, vs->cpus, m->config.nr_cpus * sizeof(*vs->cpus));
	machine_release(m, vs->lru, m->config.nr_nodes * sizeof(*vs->lru));
	vs->cpus = NULL;
	vs->lru = NULL;
}
