/* SPDX-License-Identifier: MIT */
/*
 * table.c - tables: made, hung in, found, split, freed.
 *
 * 1. A table is one cleared frame. Whoever needs one makes it without a lock, takes the lock
 *    of the table above, and hangs it in unless another was faster.
 * 2. Finding an entry costs a dependent load per level. So each CPU keeps the last few
 *    tables of level 0 it has walked to, under the address above the table's index and the
 *    tree's id. Ids are unique in a machine and change before any table of the tree is
 *    freed; what is cached under an old one is never taken again, and nobody has to tell the
 *    other CPUs (T2). That a CPU sees an old id for a while is harmless: who walks to
 *    an address is kept apart from who frees the tables there, by mmap_lock or by ownership,
 *    and that order carries the new id along. A window's faults are kept apart from the freeing
 *    alone, by the window's lock in the flush: they may still walk to a table while it is
 *    taken off, and keep it under the id from before the walk.
 *
 * Sources: Linux 6.1 counts (mm->pgtables_bytes: levels 0 to 2 below the root; NR_PAGETABLE: those
 * with a lock of their own), Documentation/mm/split_page_table_lock.rst.
 */
#include <quire/errno.h>
#include <quire/report.h>
#include <quire/vmstat.h>

#include "base/assert.h"
#include "hw/machine.h"
#include "pgtable/internal.h"

#define COUNTED_BYTES_LEVELS 3
#define COUNTED_PAGES_LEVELS 2

/* --- one table ------------------------------------------------------------------- */

static struct page *new_table(unsigned int level, gfp_t gfp)
{
	struct page *page = alloc_pages((gfp | __GFP_ZERO) & ~__GFP_HIGHMEM, 0);

	if (!page)
		return NULL;
	WRITE_ONCE(page->page_type, QUIRE_PAGE_TABLE); /* buddies look at it any time */
	page->index = level;
	page->priv = 0; /* its lock */
	return page;
}

static void free_table(struct page *page)
{
	WRITE_ONCE(page->page_type, ~0u);
	page->index = 0;
	page->priv = 0;
	__free_page(page);
}

static void count_table(struct quire_pgtable *pt, const struct page *page, unsigned int level,
			long sign)
{
	struct quire_machine *m = quire_this_cpu->machine;

	if (level < COUNTED_BYTES_LEVELS)
		__atomic_fetch_add(&pt->bytes, sign * (1l << pt->format->shift[0]),
				   __ATOMIC_RELAXED);
	if (level < COUNTED_PAGES_LEVELS)
		mod_node_page_state(quire_pgdat(m, (unsigned int)page_to_nid(page)), NR_PAGETABLE,
				    sign);
}

struct page *quire_pt_table_alloc(struct quire_pgtable *pt, unsigned int level, gfp_t gfp)
{
	struct page *page = new_table(level, gfp);

	if (page)
		count_table(pt, page, level, 1);
	return page;
}

void quire_pt_table_free(struct quire_pgtable *pt, struct page *table, unsigned int level)
{
	QUIRE_DEBUG_ASSERT(table->page_type == QUIRE_PAGE_TABLE && table->index == level,
			   "T1: what is freed as a table is none of that level");
	count_table(pt, table, level, -1);
	free_table(table);
}

/* --- a tree ------------------------------------------------------------------------ */

void pt_new_id(struct quire_pgtable *pt)
{
	struct quire_machine *m = quire_this_cpu->machine;
	u64 id = __atomic_add_fetch(&m->pgtable_ids, 1, __ATOMIC_RELAXED);

	__atomic_store_n(&pt->id, id, __ATOMIC_RELEASE);
}

int quire_pgtable_init(struct quire_pgtable *pt)
{
	const struct quire_cpu *cpu = quire_this_cpu;

	*pt = (struct quire_pgtable){ .format = cpu->mmu };
	if (!cpu->linear) {
		quire_report(NULL, QUIRE_ERR,
			     "quire: page tables need frames with contents: this machine has none "
			     "(contents: false)\n");
		return -EOPNOTSUPP;
	}
	pt->root_page = new_table(pt->format->levels - 1u, GFP_KERNEL_ACCOUNT);
	if (!pt->root_page)
		return -ENOMEM;
	pt->root = page_address(pt->root_page);
	pt_new_id(pt);
	if (cpu->tlb) {
		pt->tlb_context.id = pt->id;
		pt->tlb_context.root = (u64)((unsigned char *)pt->root - cpu->linear);
		pt->tlb = &pt->tlb_context;
	}
	return 0;
}

static void free_below(struct quire_pgtable *pt, pte_t *table, unsigned int level)
{
	const struct quire_mmu_format *f = pt->format;
	unsigned long i, n = 1ul << f->index_bits[level];

	for (i = 0; i < n && (level || QUIRE_CONFIG_DEBUG); i++) {
		pte_t e = quire_pte_get(table + i);

		if (level && quire_pte_table(f, e)) {
			free_below(pt, pt_below(f, e), level - 1);
			quire_pt_table_free(pt, quire_pt_table_of(pt_below(f, e)), level - 1);
		} else {
			QUIRE_DEBUG_ASSERT(!quire_pte_present(f, e),
					   "T1: page tables are destroyed that still map a page");
		}
	}
}

void quire_pgtable_adopt(struct quire_pgtable *pt, struct quire_machine *machine)
{
	pt->format = quire_mmu_format(machine->config.mmu);
	pt->tlb = NULL;
	pt->window = NULL;
}

void quire_pgtable_destroy(struct quire_pgtable *pt)
{
	if (!pt->root)
		return;
	free_below(pt, pt->root, pt->format->levels - 1u);
	pt_new_id(pt);
	free_table(pt->root_page);
	pt->root = NULL;
	pt->root_page = NULL;
}

/* --- finding and making ---------------------------------------------------------------- */

/* @id: the tree's before the walk: a table that was taken off since is not known by the new one. */
static void remember(const struct quire_pgtable *pt, u64 id, unsigned long addr, pte_t *table)
{
	unsigned long key = addr >> pt->format->shift[1];

	quire_this_cpu->pt_cache[key % QUIRE_PT_CACHE] =
		(struct quire_pt_cached){ .id = id, .key = key, .table = table };
}

pte_t *quire_pt_find_slow(const struct quire_pgtable *pt, unsigned long addr, unsigned int level,
			  unsigned int *found)
{
	const struct quire_mmu_format *f = pt->format;
	u64 id = __atomic_load_n(&pt->id, __ATOMIC_ACQUIRE);
	pte_t *table = pt->root, *p;
	unsigned int at;

	for (at = f->levels - 1u;; at--) {
		pte_t e;

		p = table + quire_pt_index(f, addr, at);
		if (at == level)
			break;
		e = (pte_t){ __atomic_load_n(&p->pte, __ATOMIC_ACQUIRE) };
		if (!quire_pte_table(f, e)) {
			if (!found)
				return NULL;
			break;
		}
		table = pt_below(f, e);
	}
	if (!at)
		remember(pt, id, addr, table);
	if (found)
		*found = at;
	return p;
}

/* A table below the empty entry @p of @level. Return: false: no memory. */
static bool make_below(struct quire_pgtable *pt, pte_t *p, unsigned int level, gfp_t gfp)
{
	struct page *page = quire_pt_table_alloc(pt, level - 1, gfp);
	spinlock_t *lock = quire_pt_lockptr(pt, p, level);

	if (!page)
		return false;
	spin_lock(lock);
	if (pte_none(quire_pte_get(p))) {
		quire_set_pte(p, quire_mk_pte(pt->format, page_to_pfn(page),
					      (pgprot_t){ pt->format->table }));
		page = NULL;
	}
	spin_unlock(lock);
	if (page)
		quire_pt_table_free(pt, page, level - 1);
	return true;
}

pte_t *quire_pt_make_or_leaf(struct quire_pgtable *pt, unsigned long addr, unsigned int level,
			     gfp_t gfp, unsigned int *found)
{
	for (;;) {
		pte_t *p = quire_pt_find_slow(pt, addr, level, found), e;

		if (*found == level)
			return p;
		e = quire_pte_get(p); /* once: a leaf may go, another maker may be faster */
		if (quire_pte_table(pt->format, e))
			continue;
		if (!pte_none(e))
			return p;
		if (!make_below(pt, p, *found, gfp))
			return NULL;
	}
}

pte_t *quire_pt_make_slow(struct quire_pgtable *pt, unsigned long addr, unsigned int level,
			  gfp_t gfp)
{
	unsigned int found;
	pte_t *p = quire_pt_make_or_leaf(pt, addr, level, gfp, &found);

	return p && found == level ? p : NULL;
}

/* --- splitting --------------------------------------------------------------------------- */

/* Memory type bits of a leaf above level 0, as level 0 has them. */
static u64 memory_below(const struct quire_mmu_format *f, u64 e)
{
	unsigned int type;

	for (type = 0; type < QUIRE_NR_MEMORY; type++)
		if ((e & f->memory_mask[1]) == f->memory[1][type])
			return f->memory[0][type];
	return f->memory[0][QUIRE_MEMORY_UC];
}

/* The first leaf of @level - 1 that a leaf of @level is made of. */
static u64 leaf_below(const struct quire_mmu_format *f, u64 e, unsigned int level)
{
	u64 below = e;

	if (f->contiguous_entries[level])
		below = quire_mmu_clear(below, &f->contiguous);
	if (level > 1)
		return below;
	below = (below & ~(f->memory_mask[1] | f->leaf.mask)) | (f->page & f->leaf.mask);
	return below | memory_below(f, e);
}

void quire_pt_split(struct quire_pgtable *pt, pte_t *p, unsigned int level, struct page *fresh)
{
	const struct quire_mmu_format *f = pt->format;
	pte_t *table = page_address(fresh);
	unsigned long i, n = 1ul << f->index_bits[level - 1];
	pte_t now = quire_mk_pte(f, page_to_pfn(fresh), (pgprot_t){ f->table });
	u64 was = quire_pte_get(p).pte;

	do { /* hardware may note an access meanwhile */
		u64 first = leaf_below(f, was, level);

		for (i = 0; i < n; i++)
			WRITE_ONCE(table[i].pte, first + (i << f->shift[level - 1]));
	} while (!__atomic_compare_exchange_n(&p->pte, &was, now.pte, false, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
}
