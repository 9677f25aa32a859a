/* SPDX-License-Identifier: MIT */
/*
 * pgtable.h - page tables: made, filled, walked, taken down.
 *
 * 1. struct quire_pgtable is one address space's tree: a process's or the kernel's (vmalloc).
 *    Tables are frames of the page allocator (GFP_KERNEL_ACCOUNT-like, page_type
 *    QUIRE_PAGE_TABLE; levels 0 and 1 counted as NR_PAGETABLE), in the machine's format (mmu.h).
 * 2. The frames' contents are the machine's: a machine without contents (book-keeping only)
 *    has no page tables; quire_pgtable_init() says -EOPNOTSUPP there.
 * 3. Locks: a table of level 0 or 1 has a lock of its own in its struct page (Linux's split
 *    page-table locks); a table is hung into its parent under the parent's lock, or
 *    pgtable->lock above level 1. A table is taken down only when nobody can walk there
 *    any more: with mmap_lock held for writing and the range's VMAs gone.
 * 4. After an entry loses a permission or its page, the TLBs must hear of it before the
 *    page is used for anything else: see struct mmu_gather.
 *
 * Names follow Linux where Linux has them; levels are numbers (0: pte, 1: pmd ...).
 */
#ifndef QUIRE_PGTABLE_H
#define QUIRE_PGTABLE_H

#include <quire/mm.h>
#include <quire/mmu.h>
#include <quire/spinlock.h>
#include <quire/tlb.h>

QUIRE_BEGIN_DECLS

/** pte_t - an entry of any level. */
typedef struct {
	u64 pte;
} pte_t;

struct quire_window;

/**
 * struct quire_pgtable - an address space's page tables.
 * @root: the top table; @root_page: its frame
 * @format: the machine's
 * @bytes: in tables of levels 0 to 2 below the root, Linux's mm->pgtables_bytes
 * @id: changes when tables are freed; unique in the machine (quire_pt_find())
 * @tlb: who may have translations of it cached, see tlb.h; NULL: nobody ever
 * @window: where it appears in the host's address space, see window.h; NULL: nowhere
 */
struct quire_pgtable {
	pte_t *root;
	struct page *root_page;
	const struct quire_mmu_format *format;
	long bytes;
	u64 id;
	spinlock_t lock;
	struct quire_tlb_context *tlb;
	struct quire_window *window;
	struct quire_tlb_context tlb_context; /* @tlb, where the machine has a model */
};

/** quire_pgtable_init() - an empty tree. Return: 0, -ENOMEM, -EOPNOTSUPP (no contents). May sleep.
 */
QUIRE_PUBLIC int quire_pgtable_init(struct quire_pgtable *pt) QUIRE_MUST_CHECK;
/** quire_pgtable_adopt() - @pt is of @machine, whose process has ended: its format is this
 * process's, and no TLB or window has it. */
QUIRE_PUBLIC void quire_pgtable_adopt(struct quire_pgtable *pt, struct quire_machine *machine);
/** quire_pgtable_destroy() - frees every table. No present leaf may be left (debug builds check).
 * Nobody has it loaded. Does nothing to one that is all zero. */
QUIRE_PUBLIC void quire_pgtable_destroy(struct quire_pgtable *pt);

/* --- entries -------------------------------------------------------------------------- */

/** pte_index() - where in its table of @level the entry of @addr lies. */
static inline unsigned long quire_pt_index(const struct quire_mmu_format *f, unsigned long addr,
					   unsigned int level)
{
	return (addr >> f->shift[level]) & ((1ul << f->index_bits[level]) - 1);
}
/** quire_pt_span() - bytes that one entry of @level covers. */
static inline unsigned long quire_pt_span(const struct quire_mmu_format *f, unsigned int level)
{
	return 1ul << f->shift[level];
}

static inline bool pte_none(pte_t e)
{
	return !e.pte;
}
/** pte_get() - the entry now; others may be changing it. */
static inline pte_t quire_pte_get(const pte_t *p)
{
	return (pte_t){ READ_ONCE(p->pte) };
}
/** quire_set_pte() - stores @e. Context: the table's lock. */
static inline void quire_set_pte(pte_t *p, pte_t e)
{
	__atomic_store_n(&p->pte, e.pte, __ATOMIC_RELEASE);
}
/** quire_pte_xchg() - Linux's ptep_get_and_clear() when @e is 0: loses no accessed or dirty bit
 * that hardware sets meanwhile. */
static inline pte_t quire_pte_xchg(pte_t *p, pte_t e)
{
	return (pte_t){ __atomic_exchange_n(&p->pte, e.pte, __ATOMIC_ACQ_REL) };
}
/** quire_pte_pfn() - frame of a present leaf. */
static inline unsigned long quire_pte_pfn(const struct quire_mmu_format *f, pte_t e)
{
	return (e.pte & f->pfn_mask) >> f->shift[0];
}
/** quire_pte_table() - an entry above level 0 that points to a table. */
static inline bool quire_pte_table(const struct quire_mmu_format *f, pte_t e)
{
	return quire_mmu_test(e.pte, &f->valid) && !quire_mmu_test(e.pte, &f->leaf);
}
/** quire_mk_pte() - maps frame @pfn with @prot. */
static inline pte_t quire_mk_pte(const struct quire_mmu_format *f, unsigned long pfn, pgprot_t prot)
{
	return (pte_t){ ((u64)pfn << f->shift[0]) | prot.pgprot };
}
/** quire_pte_present() - a frame is behind: hardware-valid or PROT_NONE. */
static inline bool quire_pte_present(const struct quire_mmu_format *f, pte_t e)
{
	return quire_mmu_test(e.pte, &f->valid) ||
	       (f->protnone.mask && e.pte && quire_mmu_test(e.pte, &f->protnone));
}

/* --- walking and making ------------------------------------------------------------------- */

/** quire_pt_find_slow() - quire_pt_find() without the CPU's cache of tables. */
QUIRE_PUBLIC pte_t *quire_pt_find_slow(const struct quire_pgtable *pt, unsigned long addr,
				       unsigned int level, unsigned int *found);
/** quire_pt_make_or_leaf() - quire_pt_make() that tells why: NULL is lack of memory alone. Above
 * @level (*@found) stood an entry that is no table, which may be gone by now. */
QUIRE_PUBLIC pte_t *quire_pt_make_or_leaf(struct quire_pgtable *pt, unsigned long addr,
					  unsigned int level, gfp_t gfp, unsigned int *found);
/** quire_pt_make_slow() - quire_pt_make() without it. */
QUIRE_PUBLIC pte_t *quire_pt_make_slow(struct quire_pgtable *pt, unsigned long addr,
				       unsigned int level, gfp_t gfp);

/* The entry of level 0 if this CPU has been in its table before; NULL. */
static inline pte_t *quire_pt_cached(const struct quire_pgtable *pt, unsigned long addr)
{
	const struct quire_mmu_format *f = pt->format;
	unsigned long key = addr >> f->shift[1];
	const struct quire_pt_cached *c = &quire_this_cpu->pt_cache[key % QUIRE_PT_CACHE];

	if (c->id != READ_ONCE(pt->id) || c->key != key)
		return NULL;
	return (pte_t *)c->table + quire_pt_index(f, addr, 0);
}

/**
 * quire_pt_find() - the entry of @addr at @level.
 * @found: set to the level at which the walk ended: @level, or higher when a leaf or a hole
 *	stands there; may be NULL if the caller takes only @level
 * Return: the entry at @found; NULL when @found is NULL and the walk ended above @level.
 * Context: tables of the range stay (mmap_lock, or the owner). No lock taken.
 */
static inline pte_t *quire_pt_find(const struct quire_pgtable *pt, unsigned long addr,
				   unsigned int level, unsigned int *found)
{
	pte_t *p = level ? NULL : quire_pt_cached(pt, addr);

	if (unlikely(!p))
		return quire_pt_find_slow(pt, addr, level, found);
	if (found)
		*found = 0;
	return p;
}
/**
 * quire_pt_make() - the same, with the tables on the way made.
 * Return: the entry; NULL when out of memory (what was made stays, empty), or when an entry that
 * is no table stands above @level.
 * Context: may sleep as @gfp says. Two makers of the same table: one wins.
 */
static inline pte_t *quire_pt_make(struct quire_pgtable *pt, unsigned long addr, unsigned int level,
				   gfp_t gfp)
{
	pte_t *p = level ? NULL : quire_pt_cached(pt, addr);

	return likely(p) ? p : quire_pt_make_slow(pt, addr, level, gfp);
}
/** quire_pt_table_of() - struct page of the table that holds entry @p. */
static inline struct page *quire_pt_table_of(const pte_t *p)
{
	const struct quire_cpu *cpu = quire_this_cpu;

	return cpu->mem_map +
	       ((unsigned long)((const unsigned char *)p - cpu->linear) >> cpu->page_shift);
}
/** quire_pt_lockptr() - the lock of the table that holds entry @p of @level. */
static inline spinlock_t *quire_pt_lockptr(struct quire_pgtable *pt, const pte_t *p,
					   unsigned int level)
{
	return level > 1 ? &pt->lock : (spinlock_t *)&quire_pt_table_of(p)->priv;
}

/** QUIRE_PT_AGAIN - from @entries: the entry has changed (a huge page was split): look again. */
#define QUIRE_PT_AGAIN 0x40000000

/**
 * struct quire_pt_walk - what quire_pt_walk_range() does at each table; the fast way to
 * handle many entries.
 * @entries: @n entries of level @level from @p, for @addr on, all in one table, whose lock is
 *	not held. At level > 0 it is a single entry that is no table (a huge page, or the
 *	software's), n is 1, and [@addr, @end) may be a part of what it covers.
 *	Return: 0, QUIRE_PT_AGAIN, or anything else to stop with.
 * @hole: nothing mapped in [@addr, @end), a part of what one entry covers; may be NULL
 * @end: while @entries runs: where the addresses of these entries end
 */
struct quire_pt_walk {
	int (*entries)(struct quire_pt_walk *w, pte_t *p, unsigned long addr, unsigned long n,
		       unsigned int level);
	int (*hole)(struct quire_pt_walk *w, unsigned long addr, unsigned long end);
	void *priv;
	unsigned long end;
};
/** quire_pt_walk_range() - walks [@start, @end), page-aligned, not empty. O(tables touched).
 * Context: as quire_pt_find(). Return: 0, or what a callback stopped with. */
QUIRE_PUBLIC int quire_pt_walk_range(const struct quire_pgtable *pt, unsigned long start,
				     unsigned long end, struct quire_pt_walk *w);

/**
 * quire_pt_split() - a present leaf of @level > 0 becomes a table of leaves one level down, same
 * frames, same bits (a contiguous hint is dropped).
 * @fresh: of quire_pt_table_alloc(pt, @level - 1), hung in here
 * Context: the lock of @p's table. TLBs are the caller's to flush.
 */
QUIRE_PUBLIC void quire_pt_split(struct quire_pgtable *pt, pte_t *p, unsigned int level,
				 struct page *fresh);
/** quire_pt_table_alloc() - an empty table of @level below the root, not hung in; NULL. */
QUIRE_PUBLIC struct page *quire_pt_table_alloc(struct quire_pgtable *pt, unsigned int level,
					       gfp_t gfp);
/** quire_pt_table_free() - a table that hangs nowhere. */
QUIRE_PUBLIC void quire_pt_table_free(struct quire_pgtable *pt, struct page *table,
				      unsigned int level);

/* --- taking down: pages and tables are freed after the TLBs have heard --------------------- */

#define QUIRE_GATHER_PAGES 128

/**
 * struct mmu_gather - a batched unmap: gather what loses its mapping, flush once, free.
 * @start, @end: what has been gathered so far
 * @fullmm: the whole address space goes and nobody runs in it: one flush, before the first
 *	page is freed; @flushed: it was
 * @freed_tables: tables are among what is gathered
 */
struct mmu_gather {
	struct quire_pgtable *pt;
	unsigned long start, end;
	bool fullmm;
	bool flushed;
	bool freed_tables;
	unsigned int nr;
	struct page *pages[QUIRE_GATHER_PAGES];
	struct list_head tables;
};

/** tlb_gather_mmu() - begins to gather from ranges of @pt. */
void tlb_gather_mmu(struct mmu_gather *tlb, struct quire_pgtable *pt) QUIRE_API(tlb_gather_mmu);
/** tlb_gather_mmu_fullmm() - begins to gather all of @pt, which nobody runs in. */
void tlb_gather_mmu_fullmm(struct mmu_gather *tlb, struct quire_pgtable *pt)
	QUIRE_API(tlb_gather_mmu_fullmm);
/** tlb_remove_entry() - the entry of [@addr, @addr + @size) is gone; will be flushed. */
static inline void tlb_remove_entry(struct mmu_gather *tlb, unsigned long addr, unsigned long size)
{
	if (addr < tlb->start)
		tlb->start = addr;
	if (addr + size > tlb->end)
		tlb->end = addr + size;
}
/** tlb_flush_mmu() - flushes and frees what is gathered so far. Context: a table's lock may be
 * held.
 */
void tlb_flush_mmu(struct mmu_gather *tlb) QUIRE_API(tlb_flush_mmu);
/** tlb_remove_page() - drops the caller's reference of @page once flushed; that may be at once. */
static inline void tlb_remove_page(struct mmu_gather *tlb, struct page *page)
{
	tlb->pages[tlb->nr++] = page;
	if (unlikely(tlb->nr == QUIRE_GATHER_PAGES))
		tlb_flush_mmu(tlb);
}
/** tlb_finish_mmu() - and ends it. */
void tlb_finish_mmu(struct mmu_gather *tlb) QUIRE_API(tlb_finish_mmu);
/**
 * free_pgd_range() - takes down the tables that serve [@addr, @end) and nothing outside
 * [@floor, @ceiling) (0: no bound above). The range's leaves are gone already.
 */
void free_pgd_range(struct mmu_gather *tlb, unsigned long addr, unsigned long end,
		    unsigned long floor, unsigned long ceiling) QUIRE_API(free_pgd_range);

/** flush_tlb_pt() - all translations of @pt, Linux's flush_tlb_mm(). */
#define flush_tlb_pt(pt) flush_tlb_pt_range(pt, 0, ~0ul)
/** flush_tlb_pt_page() - those of the page at @addr. */
#define flush_tlb_pt_page(pt, addr) \
	flush_tlb_pt_range(pt, addr, (addr) + quire_pt_span((pt)->format, 0))
/** flush_tlb_pt_range() - translations of [@start, @end) leave every CPU's TLB. Context: any. */
void flush_tlb_pt_range(struct quire_pgtable *pt, unsigned long start, unsigned long end)
	QUIRE_API(flush_tlb_pt_range);

QUIRE_END_DECLS

#endif /* QUIRE_PGTABLE_H */
