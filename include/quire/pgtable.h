/* SPDX-License-Identifier: MIT */
/*
 * pgtable.h - page tables: made, filled, walked, taken down.
 *
 * 1. struct quire_pgtable is one address space's tree: a process's or the kernel's (vmalloc).
 *    Tables are frames of the page allocator (GFP_KERNEL_ACCOUNT-like, page_type
 *    QUIRE_PAGE_TABLE, counted as NR_PAGETABLE), in the machine's format (mmu.h).
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

QUIRE_BEGIN_DECLS

/** pte_t - an entry of any level. */
typedef struct {
	u64 pte;
} pte_t;

/** pgprot_t - what an entry says beside the frame: a fresh leaf's bits in the machine's format. */
typedef struct {
	u64 pgprot;
} pgprot_t;

struct quire_tlb_context;

/**
 * struct quire_pgtable - an address space's page tables.
 * @root: the top table; @root_page: its frame
 * @format: the machine's
 * @bytes: in tables of all levels, Linux's mm->pgtables_bytes
 * @tlb: which CPUs may have translations of it cached; see tlb.h
 */
struct quire_pgtable {
	pte_t *root;
	struct page *root_page;
	const struct quire_mmu_format *format;
	long bytes;
	spinlock_t lock;
	struct quire_tlb_context *tlb;
};

/** quire_pgtable_init() - an empty tree. Return: 0, -ENOMEM, -EOPNOTSUPP (no contents). May sleep.
 */
QUIRE_PUBLIC int quire_pgtable_init(struct quire_pgtable *pt) QUIRE_MUST_CHECK;
/** quire_pgtable_destroy() - frees every table. No leaf may be left (debug builds check). */
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

/**
 * quire_pt_find() - the entry of @addr at @level.
 * @found: set to the level at which the walk ended: @level, or higher when a leaf or a hole
 *	stands there; may be NULL if the caller takes only @level
 * Return: the entry at @found; NULL when @found is NULL and the walk ended above @level.
 * Context: tables of the range stay (mmap_lock, or the owner). No lock taken.
 */
QUIRE_PUBLIC pte_t *quire_pt_find(const struct quire_pgtable *pt, unsigned long addr,
				  unsigned int level, unsigned int *found);
/**
 * quire_pt_make() - the same, with the tables on the way made.
 * Return: the entry; NULL when out of memory (what was made stays, empty), or when a leaf
 * stands above @level.
 * Context: may sleep as @gfp says. Two makers of the same table: one wins.
 */
QUIRE_PUBLIC pte_t *quire_pt_make(struct quire_pgtable *pt, unsigned long addr, unsigned int level,
				  gfp_t gfp);
/** quire_pt_lock() - the lock of the table that holds entry @p (level @level). */
QUIRE_PUBLIC spinlock_t *quire_pt_lockptr(const struct quire_pgtable *pt, const pte_t *p,
					  unsigned int level);

/**
 * struct quire_pt_walk - what quire_pt_walk_range() does at each table; the fast way to
 * handle many entries.
 * @entries: @n entries of level @level from @p, for @addr on, all in one table, whose lock is
 *	not held. At level > 0 these are single leaves (huge pages), n is 1.
 *	Return: 0, or anything else to stop with.
 * @hole: nothing mapped in [@addr, @end); may be NULL
 */
struct quire_pt_walk {
	int (*entries)(struct quire_pt_walk *w, pte_t *p, unsigned long addr, unsigned long n,
		       unsigned int level);
	int (*hole)(struct quire_pt_walk *w, unsigned long addr, unsigned long end);
	void *priv;
};
/** quire_pt_walk_range() - walks [@start, @end), page-aligned. O(tables touched). */
QUIRE_PUBLIC int quire_pt_walk_range(const struct quire_pgtable *pt, unsigned long start,
				     unsigned long end, struct quire_pt_walk *w);

/** quire_pt_split() - a leaf of @level > 0 becomes a table of leaves one level down, same frames,
 * same bits. The table @fresh was made before by quire_pt_table_alloc(). Context: table's lock. */
QUIRE_PUBLIC void quire_pt_split(struct quire_pgtable *pt, pte_t *p, unsigned int level,
				 struct page *fresh);
/** quire_pt_table_alloc() - an empty table of @level, not hung in; NULL. */
QUIRE_PUBLIC struct page *quire_pt_table_alloc(struct quire_pgtable *pt, unsigned int level,
					       gfp_t gfp);
/** quire_pt_table_free() - a table that hangs nowhere. */
QUIRE_PUBLIC void quire_pt_table_free(struct quire_pgtable *pt, struct page *table,
				      unsigned int level);

/* --- taking down: pages and tables are freed after the TLBs have heard --------------------- */

#define QUIRE_GATHER_PAGES 64

/**
 * struct mmu_gather - a batched unmap: gather what loses its mapping, flush once, free.
 * @start, @end: what has been gathered so far
 * @fullmm: the whole address space goes: one flush at the end
 */
struct mmu_gather {
	struct quire_pgtable *pt;
	unsigned long start, end;
	bool fullmm;
	bool freed_tables;
	unsigned int nr;
	struct page *pages[QUIRE_GATHER_PAGES];
	struct list_head tables;
};

void tlb_gather_mmu(struct mmu_gather *tlb, struct quire_pgtable *pt) QUIRE_API(tlb_gather_mmu);
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
/** tlb_remove_page() - drops the caller's reference of @page once flushed. */
void tlb_remove_page(struct mmu_gather *tlb, struct page *page) QUIRE_API(tlb_remove_page);
/** tlb_flush_mmu() - flushes and frees what is gathered so far. */
void tlb_flush_mmu(struct mmu_gather *tlb) QUIRE_API(tlb_flush_mmu);
/** tlb_finish_mmu() - and ends it. */
void tlb_finish_mmu(struct mmu_gather *tlb) QUIRE_API(tlb_finish_mmu);
/**
 * free_pgd_range() - takes down the tables that serve [@addr, @end) and nothing outside
 * [@floor, @ceiling) (0: no bound above). The range's leaves are gone already.
 */
void free_pgd_range(struct mmu_gather *tlb, unsigned long addr, unsigned long end,
		    unsigned long floor, unsigned long ceiling) QUIRE_API(free_pgd_range);

/** flush_tlb_pt_range() - translations of [@start, @end) leave every CPU's TLB. */
void flush_tlb_pt_range(struct quire_pgtable *pt, unsigned long start, unsigned long end)
	QUIRE_API(flush_tlb_pt_range);

QUIRE_END_DECLS

#endif /* QUIRE_PGTABLE_H */
