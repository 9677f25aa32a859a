/* SPDX-License-Identifier: MIT */
/*
 * vmalloc/map.c - entries of the kernel's page tables.
 *
 * 1. The entries of an area belong to who owns the area: no lock. Tables are made when first
 *    needed, and stay, as in Linux, until a block of the table's size takes their place.
 * 2. Entries are global, accessed and dirty from the start: the kernel never ages its pages. So
 *    with real mappings an area is there at once and no access to it is a fault of the host.
 */
#include <quire/highmem.h>

#include "vmalloc/internal.h"

/* Entries from @p, of level 0, to the end of its table, which is aligned to its size. */
static inline unsigned long entries_left(const struct quire_mmu_format *f, const pte_t *p)
{
	const unsigned long most = 1ul << f->index_bits[0];

	return most - (((unsigned long)p / sizeof(*p)) & (most - 1));
}

/* The table that small pages left where a block, all of it the caller's, is to stand. */
static void drop_table(struct vmalloc_state *vs, unsigned long addr, unsigned long bytes)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, &vs->pt);
	free_pgd_range(&tlb, addr, addr + bytes, addr, addr + bytes);
	tlb_finish_mmu(&tlb);
}

int map_blocks(struct vmalloc_state *vs, struct vmap_area *va, struct page **pages,
	       unsigned long nr, unsigned int order, pgprot_t prot, gfp_t gfp)
{
	const struct quire_mmu_format *f = vs->pt.format;
	const unsigned long step = 1ul << order;
	const unsigned long bytes = step << vs->page_shift;
	u64 block = f->block | (prot.pgprot & ~f->page);
	unsigned long addr = va->start, i;
	pte_t *p;

	va->nr_entries = nr;
	for (i = 0; i < nr; i += step, addr += bytes) {
		p = quire_pt_make(&vs->pt, addr, 1, gfp);
		if (!p)
			return -ENOMEM;
		if (unlikely(quire_pte_table(f, quire_pte_get(p))))
			drop_table(vs, addr, bytes);
		quire_set_pte(p, quire_mk_pte(f, page_to_pfn(pages[i]), (pgprot_t){ block }));
	}
	show_range(vs, va->start, addr);
	return 0;
}

/*
 * @n entries from @p on for @pages. What the loop needs is kept out of memory, which stores of
 * entries might be thought to change.
 */
static void set_entries(const struct quire_mmu_format *f, pte_t *p, struct page *const *pages,
			unsigned long n, pgprot_t prot)
{
	const struct page *mem_map = quire_this_cpu->mem_map;
	const unsigned int shift = f->shift[0];
	unsigned long i;

	for (i = 0; i < n; i++) {
		u64 pfn = (u64)(pages[i] - mem_map);

		quire_set_pte(p + i, (pte_t){ pfn << shift | prot.pgprot });
	}
}

/* More than one table, or one that is not there yet. */
static int __attribute__((noinline)) map_across(struct vmalloc_state *vs, struct vmap_area *va,
						struct page **pages, pgprot_t prot, gfp_t gfp)
{
	const struct quire_mmu_format *f = vs->pt.format;
	const unsigned long nr = va->nr_entries;
	unsigned long i, n;
	pte_t *p;

	for (i = 0; i < nr; i += n) {
		p = quire_pt_make(&vs->pt, va->start + (i << vs->page_shift), 0, gfp);
		if (unlikely(!p))
			return -ENOMEM;
		n = min(entries_left(f, p), nr - i);
		if (n == nr)
			va->entries = p;
		set_entries(f, p, pages + i, n, prot);
	}
	show_range(vs, va->start, va->start + (nr << vs->page_shift));
	return 0;
}

int map_pages(struct vmalloc_state *vs, struct vmap_area *va, struct page **pages, unsigned long nr,
	      pgprot_t prot, gfp_t gfp)
{
	const struct quire_mmu_format *f = vs->pt.format;
	pte_t *p = quire_pt_cached(&vs->pt, va->start);

	va->nr_entries = nr;
	if (unlikely(!p || entries_left(f, p) < nr))
		return map_across(vs, va, pages, prot, gfp);
	va->entries = p;
	set_entries(f, p, pages, nr, prot);
	show_range(vs, va->start, va->start + (nr << vs->page_shift));
	return 0;
}

int map_pfns(struct vmalloc_state *vs, struct vmap_area *va, unsigned long pfn,
	     const unsigned long *pfns, unsigned long nr, pgprot_t prot)
{
	const struct quire_mmu_format *f = vs->pt.format;
	unsigned long i, left = 0;
	pte_t *p = NULL;

	va->nr_entries = nr;
	prot.pgprot = quire_mmu_set(prot.pgprot, &f->special);
	for (i = 0; i < nr; i++, p++, left--) {
		if (!left) {
			p = quire_pt_make(&vs->pt, va->start + (i << vs->page_shift), 0,
					  GFP_KERNEL);
			if (!p)
				return -ENOMEM;
			left = entries_left(f, p);
		}
		quire_set_pte(p, quire_mk_pte(f, pfns ? pfns[i] : pfn + i, prot));
	}
	return 0;
}

static void clear_range(struct vmalloc_state *vs, unsigned long addr, unsigned long end)
{
	const struct quire_mmu_format *f = vs->pt.format;
	unsigned long span, n;
	unsigned int level;
	pte_t *p;

	while (addr < end) {
		p = quire_pt_find(&vs->pt, addr, 0, &level);
		if (unlikely(level)) {
			span = quire_pt_span(f, level);
			if (!pte_none(quire_pte_get(p)))
				quire_set_pte(p, (pte_t){ 0 });
			addr = (addr & ~(span - 1)) + span;
			continue;
		}
		n = min(entries_left(f, p), (end - addr) >> vs->page_shift);
		addr += n << vs->page_shift;
		for (; n; n--, p++)
			quire_set_pte(p, (pte_t){ 0 });
	}
}

void unmap_entries(struct vmalloc_state *vs, struct vmap_area *va)
{
	clear_range(vs, va->start, va->start + (va->nr_entries << vs->page_shift));
	va->nr_entries = 0;
}

/* The present leaf of @addr. Return: false: there is none. */
static bool leaf_of(struct vmalloc_state *vs, unsigned long addr, pte_t *e, unsigned long *pfn)
{
	const struct quire_mmu_format *f = vs->pt.format;
	unsigned int level;
	pte_t *p = quire_pt_find(&vs->pt, addr, 0, &level);

	*e = quire_pte_get(p);
	if (!quire_pte_present(f, *e))
		return false;
	*pfn = quire_pte_pfn(f, *e) + ((addr & (quire_pt_span(f, level) - 1)) >> vs->page_shift);
	return true;
}

struct page *vmalloc_to_page(const void *addr)
{
	struct vmalloc_state *vs = vmalloc_state();
	unsigned long pfn;
	pte_t e;

	if (!vs || !is_vmalloc_addr(addr))
		return NULL;
	if (!leaf_of(vs, (unsigned long)addr, &e, &pfn) || !pfn_valid(pfn))
		return NULL;
	return pfn_to_page(pfn);
}

unsigned long vmalloc_to_pfn(const void *addr)
{
	struct page *page = vmalloc_to_page(addr);

	return page ? page_to_pfn(page) : 0;
}

pgprot_t quire_page_kernel(void)
{
	struct vmalloc_state *vs = vmalloc_state();

	return vs ? vs->prot : (pgprot_t){ 0 };
}

pgprot_t page_kernel(const struct quire_mmu_format *f)
{
	u64 e = quire_mmu_set(f->page, &f->accessed);

	e = quire_mmu_set(quire_mmu_set(e, &f->write), &f->dirty);
	e = quire_mmu_clear(quire_mmu_clear(e, &f->user), &f->exec);
	return (pgprot_t){ quire_mmu_set(e, &f->global) };
}

int quire_vmalloc_set_prot(unsigned long addr, int nr, int write, int exec)
{
	struct vmalloc_state *vs = vmalloc_state();
	const struct quire_mmu_format *f;
	unsigned long end, at;
	unsigned int level;
	pte_t *p, e;

	if (!vs || nr < 0)
		return -EINVAL;
	f = vs->pt.format;
	end = addr + ((unsigned long)nr << vs->page_shift);
	if (addr & (vs->page_bytes - 1) || addr < vs->start || end > vs->end || end < addr)
		return -EINVAL;
	for (at = addr; at < end; at += vs->page_bytes)
		if (pte_none(quire_pte_get(quire_pt_find(&vs->pt, at, 0, &level))) || level)
			return -EINVAL;
	for (at = addr; at < end; at += vs->page_bytes) {
		p = quire_pt_find(&vs->pt, at, 0, &level);
		e = quire_pte_get(p);
		if (write >= 0)
			e.pte = write ? quire_mmu_set(e.pte, &f->write)
				      : quire_mmu_clear(e.pte, &f->write);
		if (exec >= 0)
			e.pte = exec ? quire_mmu_set(e.pte, &f->exec)
				     : quire_mmu_clear(e.pte, &f->exec);
		quire_set_pte(p, e);
	}
	flush_tlb_pt_range(&vs->pt, addr, end);
	show_range(vs, addr, end);
	return 0;
}
