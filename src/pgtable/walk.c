/* SPDX-License-Identifier: MIT */
/*
 * pgtable/walk.c - many entries at once.
 *
 * A range is cut where tables end; a table of level 0 is handed over as one run of entries, so
 * that the cost of a walk is that of the tables, and what is done with the entries is a loop of
 * the caller's.
 */
#include "pgtable/internal.h"

static int walk_table(const struct quire_pgtable *pt, pte_t *table, unsigned int level,
		      unsigned long start, unsigned long end, struct quire_pt_walk *w);

/* One entry above level 0 and its part [@addr, @end) of the range. */
static int walk_entry(const struct quire_pgtable *pt, pte_t *p, unsigned int level,
		      unsigned long addr, unsigned long end, struct quire_pt_walk *w)
{
	int ret;

	do {
		pte_t e = (pte_t){ __atomic_load_n(&p->pte, __ATOMIC_ACQUIRE) };

		if (pte_none(e))
			return w->hole ? w->hole(w, addr, end) : 0;
		if (quire_pte_table(pt->format, e))
			return walk_table(pt, pt_below(pt->format, e), level - 1, addr, end, w);
		w->end = end;
		ret = w->entries(w, p, addr, 1, level);
	} while (ret == QUIRE_PT_AGAIN);
	return ret;
}

static int walk_table(const struct quire_pgtable *pt, pte_t *table, unsigned int level,
		      unsigned long start, unsigned long end, struct quire_pt_walk *w)
{
	const struct quire_mmu_format *f = pt->format;
	unsigned long span = quire_pt_span(f, level), next;
	pte_t *p = table + quire_pt_index(f, start, level);
	int ret = 0;

	if (!level) {
		w->end = end;
		do
			ret = w->entries(w, p, start, (end - start) >> f->shift[0], 0);
		while (ret == QUIRE_PT_AGAIN);
		return ret;
	}
	for (; !ret && start != end; start = next, p++) {
		next = (start & ~(span - 1)) + span;
		if (next - 1 > end - 1) /* - 1: the last address may be the last there is */
			next = end;
		ret = walk_entry(pt, p, level, start, next, w);
	}
	return ret;
}

int quire_pt_walk_range(const struct quire_pgtable *pt, unsigned long start, unsigned long end,
			struct quire_pt_walk *w)
{
	return walk_table(pt, pt->root, pt->format->levels - 1u, start, end, w);
}
