/* SPDX-License-Identifier: MIT */
/*
 * tests/pgtable_machine.h - a small machine of each page-table format, and one tree in it.
 */
#ifndef QUIRE_TESTS_PGTABLE_MACHINE_H
#define QUIRE_TESTS_PGTABLE_MACHINE_H

#include "page_machine.h"

#include <quire/errno.h>
#include <quire/pgtable.h>
#include <quire/vmstat.h>

/* Page size of format @kind. */
static inline unsigned int pgtable_page_shift(enum quire_mmu_kind kind)
{
	return quire_mmu_format(kind)->shift[0];
}

/* 64 MiB (256 MiB with 64K pages) with tables of format @kind, for windows too; not started. */
static inline void pgtable_machine_config(struct page_machine *pm, enum quire_mmu_kind kind)
{
	unsigned int shift = pgtable_page_shift(kind);

	page_machine_config(pm, shift == 16 ? 256 : 64);
	pm->config.page_shift = shift;
	pm->config.mmu = kind;
	pm->config.real_mappings = true;
	if (shift == 16)
		pm->config.section_shift = 29;
}

static inline void pgtable_machine_start(struct page_machine *pm, enum quire_mmu_kind kind)
{
	pgtable_machine_config(pm, kind);
	page_machine_start(pm);
}

/* Tables of levels 0 and 1 that the node counts. */
static inline unsigned long counted_tables(const struct page_machine *pm)
{
	return node_page_state(quire_pgdat(pm->m, 0), NR_PAGETABLE);
}

/* A user's readable, writable page. */
static inline pgprot_t user_rw(const struct quire_mmu_format *f)
{
	u64 e = quire_mmu_set(f->page, &f->user);

	return (pgprot_t){ quire_mmu_mkwrite(f, e) };
}

/* Maps @page at @addr of @pt. */
static inline pte_t *map_page(struct quire_pgtable *pt, unsigned long addr, struct page *page,
			      pgprot_t prot)
{
	pte_t *p = quire_pt_make(pt, addr, 0, GFP_KERNEL);

	assert_non_null(p);
	quire_set_pte(p, quire_mk_pte(pt->format, page_to_pfn(page), prot));
	return p;
}

#define for_each_format(kind) for ((kind) = QUIRE_MMU_X86_64; (kind) < QUIRE_NR_MMU_KINDS; (kind)++)

#endif /* QUIRE_TESTS_PGTABLE_MACHINE_H */
