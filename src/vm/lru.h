/* SPDX-License-Identifier: MIT */
/*
 * vm/lru.h - a node's lists of pages by age, and the batches by which pages come there.
 *
 *	fresh page -> batch of its CPU (15) -> inactive list -> active list
 *	                 PG_lru, waiting          PG_lru           PG_lru, PG_active
 *
 * 1. A node has five lists: inactive and active, of anonymous and of file pages, and the
 *    unevictable pages, which are counted but not linked.
 * 2. A page goes to a list by way of a batch of the CPU: so the lock is taken once for 15
 *    pages.
 * 3. A fresh page that nobody else can find yet gets PG_lru as it joins the batch, by a plain
 *    store. It *waits* until the batch is emptied: lru.next is NULL, lru.prev says where it
 *    stands. The batch holds no reference; if the page is freed first, it is taken out of the
 *    batch, from whatever CPU, under the node's lock. A page that others can find already joins
 *    with a reference and without PG_lru. (In Linux all do so: who asks for references that
 *    Linux would count adds lru_waits().)
 * 4. An unevictable page is on no list; its lru.prev counts the VM_LOCKED mappings instead.
 *
 * Invariants
 *   L1  PG_lru is set exactly while the page waits, is on a list, or is counted as unevictable.
 *       Which of them changes under the lock of the page's node.
 *   L2  Who holds the lock and finds a page with PG_lru and a reference may take one more.
 *       Who drops a page's last reference takes it off first, under the lock.
 *   L3  A batch's entry without LRU_HELD is a waiting page that says so, or 0: it was freed. Only
 *       the batch's CPU adds entries; any CPU clears one, under the lock of the page's node.
 *
 * Left out: reclaim, which will age these lists; memory cgroups.
 * Source: Linux 6.1 mm/swap.c, mm/mlock.c, mm_inline.h (behaviour).
 */
#ifndef QUIRE_VM_LRU_H
#define QUIRE_VM_LRU_H

#include "vm/internal.h"
#include "vm/page_state.h"

enum lru_list {
	LRU_INACTIVE_ANON,
	LRU_ACTIVE_ANON,
	LRU_INACTIVE_FILE,
	LRU_ACTIVE_FILE,
	LRU_UNEVICTABLE,
	NR_LRU_LISTS
};

struct lru_node {
	struct quire_lock lock;
	struct list_head lists[NR_LRU_LISTS];
	struct pglist_data *pgdat;
} __quire_aligned(QUIRE_CACHELINE);

/** LRU_BATCH - pages a CPU gathers; Linux's PAGEVEC_SIZE. */
#define LRU_BATCH 15

enum lru_batch_kind { LRU_ADD, LRU_ACTIVATE, LRU_DEACTIVATE, LRU_LAZYFREE, NR_LRU_BATCHES };

/** LRU_HELD - low bit of a batch's entry: it comes with a reference. */
#define LRU_HELD 1ul

/** struct lru_batch - @entries: struct page's address and LRU_HELD; 0: was freed meanwhile. */
struct lru_batch {
	unsigned int nr;
	unsigned long entries[LRU_BATCH];
};

/**
 * struct vm_cpu - the room's state of one CPU.
 * @wait_at: the CPU's number << 9; with the place in the batch << 1 it is lru.prev of a page that
 *	waits there
 * @mm: what kthread_use_mm() said; owner: map/
 * @fault_kind: what the fault under way turned out to be
 * @anon_mapped: fresh pages of this CPU's node not yet counted in NR_ANON_MAPPED; with the batch
 *	of the pages themselves they are, so it lags by 14 pages a CPU at most, as Linux's does
 */
struct vm_cpu {
	struct vm_state *vs;
	unsigned long wait_at;
	struct mm_struct *mm;
	enum quire_fault_kind fault_kind;
	unsigned int anon_mapped;
	struct lru_batch batches[NR_LRU_BATCHES];
} __quire_aligned(QUIRE_CACHELINE);

/** lru_drain_batch() - empties one batch of the current CPU. */
void lru_drain_batch(struct vm_cpu *cpu, enum lru_batch_kind kind);
/** lru_fold_counts() - counts what is not yet counted of the current CPU. */
void lru_fold_counts(struct vm_cpu *cpu);
/** lru_add_drain() - empties all batches of the current CPU. */
void lru_add_drain(void);
/** lru_add_drain_all() - of all CPUs. Context: no other thread is on a CPU of the machine. */
void lru_add_drain_all(void);

/**
 * page_waits() - is @page in a batch, as a fresh page? Exact under its node's lock; without it
 * a page that is just moving from list to list may seem to.
 */
static inline bool page_waits(const struct page *page)
{
	return !READ_ONCE(page->lru.next) &&
	       (READ_ONCE(page->flags) & (1ul << PG_lru | 1ul << PG_unevictable)) == 1ul << PG_lru;
}
/** page_listed() - is it on a list, or counted as unevictable? As exact as page_waits(). */
static inline bool page_listed(const struct page *page)
{
	return page_flag(page, PG_lru) && !page_waits(page);
}
/** lru_waits() - page_waits(), exact. Takes the lock if it seems to. */
bool lru_waits(struct page *page);

/** lru_cache_add_flags() - a page that nobody else can find yet will be on a list: inactive, or
 * active with PG_active. @flags: it gets on the way. */
static inline void lru_cache_add_flags(struct page *page, unsigned long flags)
{
	struct vm_cpu *cpu = quire_this_cpu->vm;
	struct lru_batch *batch = &cpu->batches[LRU_ADD];
	unsigned int at = batch->nr;

	WRITE_ONCE(page->lru.next, NULL);
	WRITE_ONCE(page->lru.prev, (struct list_head *)(cpu->wait_at + 2ul * at));
	page_flags_set_private(page, flags | 1ul << PG_lru);
	WRITE_ONCE(batch->entries[at], (unsigned long)page);
	batch->nr = at + 1;
	if (unlikely(at + 1 == LRU_BATCH || PageHead(page)))
		lru_drain_batch(cpu, LRU_ADD);
}
static inline void lru_cache_add(struct page *page)
{
	lru_cache_add_flags(page, 0);
}
/** lru_cache_add_shared() - the same for a page that others can find already; with a reference. */
void lru_cache_add_shared(struct page *page);

/** mark_page_accessed() - inactive and not referenced: referenced; referenced: active. */
void mark_page_accessed(struct page *page);
/** deactivate_page() - to the inactive list (MADV_COLD). */
void deactivate_page(struct page *page);
/** mark_page_lazyfree() - clean anonymous memory that may be dropped (MADV_FREE). */
void mark_page_lazyfree(struct page *page);
/** mlock_page(), munlock_page() - one more VM_LOCKED mapping of @page, one less. mlock_new_page():
 * nobody else can find it yet; it is on no list and in no batch. A compound page is locked and
 * counted by mappings of the whole; those of its pieces (mlock_counts()) are not asked. */
void mlock_page(struct page *page);
void munlock_page(struct page *page);
void mlock_new_page(struct page *page);

/** mlock_counts() - does an entry of level 0 that maps @page make it locked? */
static inline bool mlock_counts(const struct page *page)
{
	return !PageCompound(page);
}

int lru_init(struct vm_state *vs);
void lru_exit(struct vm_state *vs);

#endif /* QUIRE_VM_LRU_H */
