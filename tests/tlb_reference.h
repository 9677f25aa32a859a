/* SPDX-License-Identifier: MIT */
/*
 * tests/tlb_reference.h - a TLB written as simply as possible, to count beside the real one.
 *
 * Entries have a time of last use, sets are searched whole, nothing is shared with src/hw: no
 * page tables either. What is mapped is a list of pages, what tables there are a list of the
 * addresses above them. For one address space of 4 KiB pages and 4 levels of 9 bits. Pages that
 * are one of a run (the contiguous hint) share an entry, whose page is the number of the run.
 */
#ifndef QUIRE_TESTS_TLB_REFERENCE_H
#define QUIRE_TESTS_TLB_REFERENCE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include <quire/tlb.h>

#define REF_MAX_PAGES 65536

#define REF_RUN 16 /* pages */

struct ref_entry {
	bool valid, writes, run;
	uint64_t page;
	uint64_t used;
};

struct ref_unit {
	unsigned int entries, ways;
	struct ref_entry *e;
	uint64_t hits;
};

/* struct ref_page - a mapped page; open addressing by page number. */
struct ref_page {
	bool there, dirty;
	uint64_t page;
	bool run; /* one of a run */
};

struct ref_tlb {
	struct ref_unit l1d, l1i, l2, pwc[3]; /* pwc[l]: entries of level l + 1 */
	struct ref_page pages[REF_MAX_PAGES], tables[3][REF_MAX_PAGES]; /* tables of level l */
	uint64_t now, walks, refs, faults, refused;
};

static void ref_unit_init(struct ref_unit *u, const unsigned int *size)
{
	u->entries = size[0];
	u->ways = size[1];
	u->e = calloc(size[0] ? size[0] : 1, sizeof(*u->e));
	u->hits = 0;
}

static struct ref_tlb *ref_new(const struct quire_tlb_config *c)
{
	struct ref_tlb *r = calloc(1, sizeof(*r));
	unsigned int l;

	ref_unit_init(&r->l1d, c->units[QUIRE_TLB_L1D]);
	ref_unit_init(&r->l1i, c->units[QUIRE_TLB_L1I]);
	ref_unit_init(&r->l2, c->units[QUIRE_TLB_L2]);
	for (l = 0; l < 3; l++)
		ref_unit_init(&r->pwc[l], c->units[QUIRE_TLB_PWC1 + l]);
	return r;
}

static void ref_free(struct ref_tlb *r)
{
	unsigned int l;

	free(r->l1d.e);
	free(r->l1i.e);
	free(r->l2.e);
	for (l = 0; l < 3; l++)
		free(r->pwc[l].e);
	free(r);
}

static struct ref_page *ref_slot(struct ref_page *table, uint64_t page)
{
	uint64_t i = page * 0x9e3779b97f4a7c15u >> 48;

	while (table[i].there && table[i].page != page)
		i = (i + 1) % REF_MAX_PAGES;
	table[i].page = page;
	return &table[i];
}

static struct ref_entry *ref_find(struct ref_unit *u, uint64_t page, bool run)
{
	unsigned int sets = u->entries ? u->entries / u->ways : 0, i;

	for (i = 0; sets && i < u->ways; i++) {
		struct ref_entry *e = &u->e[page % sets * u->ways + i];

		if (e->valid && e->page == page && e->run == run)
			return e;
	}
	return NULL;
}

static void ref_fill(struct ref_tlb *r, struct ref_unit *u, uint64_t page, bool writes, bool run)
{
	unsigned int sets = u->entries ? u->entries / u->ways : 0, i;
	struct ref_entry *oldest = NULL;

	for (i = 0; sets && i < u->ways; i++) {
		struct ref_entry *e = &u->e[page % sets * u->ways + i];

		if (!oldest || (oldest->valid && (!e->valid || e->used < oldest->used)))
			oldest = e;
	}
	if (oldest)
		*oldest = (struct ref_entry){ true, writes, run, page, ++r->now };
}

/* A hit that permits the access; one that does not goes. */
static struct ref_entry *ref_hit(struct ref_tlb *r, struct ref_unit *u, uint64_t page, bool write,
				 bool run)
{
	struct ref_entry *e = ref_find(u, page, run);

	if (!e)
		return NULL;
	if (write && !e->writes) {
		e->valid = false;
		r->refused++;
		return NULL;
	}
	e->used = ++r->now;
	return e;
}

/*
 * Reads entries from the lowest table known on. What it passes goes to the caches of tables.
 * Return: a leaf was read.
 */
static bool ref_walk(struct ref_tlb *r, uint64_t page)
{
	int level = 3, l; /* of the table whose entry is read */

	r->walks++;
	for (l = 0; l < 3; l++) {
		if (!ref_hit(r, &r->pwc[l], page >> 9 * (l + 1), false, false))
			continue;
		r->pwc[l].hits++;
		level = l;
		break;
	}
	for (l = level;; l--) {
		r->refs++;
		if (l == 0)
			return ref_slot(r->pages, page)->there;
		if (!ref_slot(r->tables[l - 1], page >> 9 * l)->there)
			return false;
		ref_fill(r, &r->pwc[l - 1], page >> 9 * l, true, false);
	}
}

/* By the page alone, else by its run. */
static struct ref_entry *ref_hit_any(struct ref_tlb *r, struct ref_unit *u, uint64_t page,
				     bool write)
{
	struct ref_entry *e = ref_hit(r, u, page, write, false);

	return e ? e : ref_hit(r, u, page / REF_RUN, write, true);
}

static enum quire_tlb_result ref_access(struct ref_tlb *r, uint64_t addr, unsigned int access)
{
	struct ref_unit *l1 = access & QUIRE_ACCESS_EXEC ? &r->l1i : &r->l1d;
	bool write = access & QUIRE_ACCESS_WRITE;
	uint64_t page = addr >> 12;
	struct ref_entry *e;
	struct ref_page *p;
	bool mapped;

	if (ref_hit_any(r, l1, page, write)) {
		l1->hits++;
		return QUIRE_TLB_HIT_L1;
	}
	e = ref_hit_any(r, &r->l2, page, write);
	if (e) {
		r->l2.hits++;
		ref_fill(r, l1, e->page, e->writes, e->run);
		return QUIRE_TLB_HIT_L2;
	}
	mapped = ref_walk(r, page);
	if (!mapped) {
		r->faults++;
		return QUIRE_TLB_FAULT;
	}
	p = ref_slot(r->pages, page);
	p->dirty |= write;
	if (p->run)
		page /= REF_RUN;
	ref_fill(r, &r->l2, page, p->dirty, p->run);
	ref_fill(r, l1, page, p->dirty, p->run);
	return QUIRE_TLB_WALK;
}

/* Page @addr gets mapped, with all tables above it. */
static void ref_map(struct ref_tlb *r, uint64_t addr, bool run)
{
	uint64_t page = addr >> 12;
	unsigned int l;

	*ref_slot(r->pages, page) = (struct ref_page){ true, false, page, run };
	for (l = 0; l < 3; l++) {
		uint64_t above = page >> 9 * (l + 1);

		*ref_slot(r->tables[l], above) = (struct ref_page){ true, false, above, false };
	}
}

static void ref_drop(struct ref_unit *u, uint64_t page)
{
	struct ref_entry *e = ref_find(u, page, false);

	if (e)
		e->valid = false;
	e = ref_find(u, page / REF_RUN, true);
	if (e)
		e->valid = false;
}

static void ref_drop_all(struct ref_unit *u)
{
	unsigned int i;

	for (i = 0; i < u->entries; i++)
		u->e[i].valid = false;
}

/* A flush of @pages pages from @addr on; more than 33: of everything. */
static inline void ref_flush(struct ref_tlb *r, uint64_t addr, uint64_t pages)
{
	uint64_t i;

	for (i = 0; i < 3; i++)
		ref_drop_all(&r->pwc[i]);
	if (pages > 33) {
		ref_drop_all(&r->l1d);
		ref_drop_all(&r->l1i);
		ref_drop_all(&r->l2);
		return;
	}
	for (i = 0; i < pages; i++) {
		ref_drop(&r->l1d, (addr >> 12) + i);
		ref_drop(&r->l1i, (addr >> 12) + i);
		ref_drop(&r->l2, (addr >> 12) + i);
	}
}

#endif /* QUIRE_TESTS_TLB_REFERENCE_H */
