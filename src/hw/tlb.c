/* SPDX-License-Identifier: MIT */
/*
 * tlb.c - accesses to a TLB: look, fill, walk; contexts.
 *
 * 1. Most accesses hit the entry used last in its set of the first level: two compares, nothing
 *    moves. All else is out of line.
 * 2. Units are looked at by page size, smallest first, in the order of the levels of the
 *    hierarchy; an address is mapped by one size only, so at most one can hit.
 * 3. Fills: a hit in the second level goes to the first; a walk goes to both, and what it passed
 *    to the page-walk caches. What falls out of a set is gone.
 * 4. A leaf with the contiguous hint whose frame lies in its run as its address does is kept as one
 *    entry for the whole run, beside those of its level. What the walk found of that leaf holds for
 *    all: so a write to one page of a run lets others be written without their dirty bits,
 *    which the architecture leaves to software.
 * 5. Loading a context finds the slot it had, or takes the next in turn. A slot whose generation
 *    is not the context's missed a flush and is emptied.
 *
 * Source: see tlb.h.
 */
#include "hw/tlb.h"

#include "hw/machine.h"
#include "hw/mmu_walk.h"

/* Units for a page of a level: first level by kind of access, second level. */
static const u8 l1_units[2][TLB_NR_LEVELS] = {
	{ QUIRE_TLB_L1D, QUIRE_TLB_L1D_BIG, QUIRE_TLB_L1D_GIANT },
	{ QUIRE_TLB_L1I, QUIRE_TLB_L1I_BIG, QUIRE_TLB_L1I_GIANT },
};
static const u8 l2_units[TLB_NR_LEVELS] = { QUIRE_TLB_L2, QUIRE_TLB_L2, QUIRE_TLB_L2_GIANT };

/* --- one unit ------------------------------------------------------------------------ */

void tlb_remove(const struct tlb_unit *u, struct tlb_entry *set, unsigned int i)
{
	for (; i + 1 < u->ways; i++)
		set[i] = set[i + 1];
	set[i].key = 0;
}

/* @e, which stood at @i of @set or nowhere (@i: the last), becomes the last used. */
static void put_first(struct tlb_entry *set, unsigned int i, struct tlb_entry e)
{
	for (; i; i--)
		set[i] = set[i - 1];
	set[0] = e;
}

static void fill(const struct tlb_unit *u, u64 key, u64 data)
{
	if (u->entries)
		put_first(tlb_set(u, key), u->ways - 1, (struct tlb_entry){ key, data });
}

/*
 * The entry of @key, or of the same page for every context, that permits @need. One that does
 * not goes. Return: it, now the first of its set; NULL.
 */
static struct tlb_entry *look(struct quire_tlb *t, const struct tlb_unit *u, u64 key, u64 need)
{
	struct tlb_entry *set = tlb_set(u, key);
	unsigned int i;

	for (i = 0; i < u->ways && set[i].key; i++) {
		if (set[i].key != key && set[i].key != (key | TLB_GLOBAL))
			continue;
		if (need & ~set[i].data) {
			t->stats.refused++;
			tlb_remove(u, set, i);
			return NULL;
		}
		put_first(set, i, set[i]);
		return set;
	}
	return NULL;
}

/* --- an access ------------------------------------------------------------------------- */

/* struct want - an access that needs a closer look. */
struct want {
	unsigned long addr;
	unsigned int access;
	u64 need, asid;
	const struct quire_tlb_context *context;
};

/* The lowest table that a page-walk cache knows, else the root. */
static struct mmu_at walk_start(struct quire_tlb *t, const struct want *q)
{
	const struct quire_mmu_format *f = t->format;
	unsigned int level; /* of the table */

	for (level = 0; level + 1 < f->levels; level++) {
		unsigned int unit = QUIRE_TLB_PWC1 + level;
		const struct tlb_entry *e =
			look(t, &t->units[unit], tlb_key(f, q->addr, level + 1, q->asid), 0);

		if (!e)
			continue;
		t->stats.hits[unit]++;
		return (struct mmu_at){ e->data & ~TLB_DATA_MASK, (u8)level, e->data & MAY_ALL };
	}
	return mmu_root(f, q->context->root);
}

/* The key of what @w found; *@bits: log2 of the bytes that it covers. */
static u64 key_of(const struct quire_mmu_format *f, const struct quire_translation *w,
		  unsigned long addr, u64 asid, unsigned int *bits)
{
	unsigned int shift = tlb_run_shift(f, w->level);

	if (shift && quire_mmu_test(w->entry, &f->contiguous) &&
	    !((w->phys ^ addr) & ((1ull << shift) - 1))) {
		*bits = shift;
		return tlb_run_key(addr, shift, w->level, asid);
	}
	*bits = f->shift[w->level];
	return tlb_key(f, addr, w->level, asid);
}

static enum quire_tlb_result __attribute__((noinline))
walk(struct quire_tlb *t, const struct want *q)
{
	const struct quire_mmu_format *f = t->format;
	struct mmu_at from = walk_start(t, q), passed[QUIRE_MMU_LEVELS];
	struct quire_translation w;
	unsigned int may = 0, level, bits;
	u64 asid = q->asid, key, data;

	w = mmu_walk_from(f, t->linear, from, q->addr, q->access, passed, &may);
	t->stats.walks++;
	t->stats.walk_refs += w.tables;
	if (w.result == QUIRE_WALK_NOT_CANONICAL) {
		t->stats.faults++;
		return QUIRE_TLB_FAULT;
	}
	for (level = from.level; level-- > w.level;)
		fill(&t->units[QUIRE_TLB_PWC1 + level], tlb_key(f, q->addr, level + 1, asid),
		     passed[level].table | passed[level].may);
	if (w.result != QUIRE_WALK_OK) {
		t->stats.faults++;
		t->stats.denied += w.result == QUIRE_WALK_PROTECTION;
		return QUIRE_TLB_FAULT;
	}
	if (quire_mmu_test(w.entry, &f->global))
		asid = TLB_GLOBAL;
	key = key_of(f, &w, q->addr, asid, &bits);
	data = (w.phys & ~((1ull << bits) - 1)) | may;
	fill(&t->units[l2_units[w.level]], key, data);
	fill(&t->units[l1_units[(q->access & QUIRE_ACCESS_EXEC) != 0][w.level]], key, data);
	return QUIRE_TLB_WALK;
}

/* The entry for a page of @level, or for its run, in @u. */
static struct tlb_entry *look_level(struct quire_tlb *t, const struct tlb_unit *u,
				    unsigned int level, const struct want *q)
{
	unsigned int shift = tlb_run_shift(t->format, level);
	struct tlb_entry *e = look(t, u, tlb_key(t->format, q->addr, level, q->asid), q->need);

	if (likely(e || !shift))
		return e;
	return look(t, u, tlb_run_key(q->addr, shift, level, q->asid), q->need);
}

static enum quire_tlb_result look_closer(struct quire_tlb *t, const struct want *q)
{
	const u8 *l1 = l1_units[(q->access & QUIRE_ACCESS_EXEC) != 0];
	unsigned int level;

	for (level = 0; level < TLB_NR_LEVELS; level++) {
		if (look_level(t, &t->units[l1[level]], level, q)) {
			t->stats.hits[l1[level]]++;
			return QUIRE_TLB_HIT_L1;
		}
	}
	for (level = 0; level < TLB_NR_LEVELS; level++) {
		const struct tlb_entry *e = look_level(t, &t->units[l2_units[level]], level, q);

		if (e) {
			t->stats.hits[l2_units[level]]++;
			fill(&t->units[l1[level]], e->key, e->data);
			return QUIRE_TLB_HIT_L2;
		}
	}
	return walk(t, q);
}

static enum quire_tlb_result __attribute__((noinline))
access_slowly(struct quire_tlb *t, unsigned long addr, unsigned int access)
{
	struct want q = { addr, access, mmu_need(access), t->asid, t->context };

	if (unlikely(READ_ONCE(t->pending)))
		tlb_serve(t);
	if (addr - t->kernel_start < t->kernel_bytes) {
		q.asid = TLB_GLOBAL;
		q.context = t->kernel;
	}
	if (q.context)
		return look_closer(t, &q);
	t->stats.faults++;
	return QUIRE_TLB_FAULT;
}

enum quire_tlb_result quire_tlb_access(struct quire_tlb *t, unsigned long addr, unsigned int access)
{
	unsigned int unit = access & QUIRE_ACCESS_EXEC ? QUIRE_TLB_L1I : QUIRE_TLB_L1D;
	u64 key = (addr >> t->shift) << TLB_PAGE_SHIFT | t->asid;
	const struct tlb_entry *e = tlb_set(&t->units[unit], key);

	if (likely(e->key == key && !(mmu_need(access) & ~e->data) && !READ_ONCE(t->pending))) {
		t->stats.hits[unit]++;
		return QUIRE_TLB_HIT_L1;
	}
	return access_slowly(t, addr, access);
}

/* --- contexts ------------------------------------------------------------------------------ */

static struct tlb_slot *slot_of(struct quire_tlb *t, u64 context)
{
	unsigned int i;

	for (i = 0; i < t->nr_slots; i++)
		if (t->slots[i].context == context)
			return &t->slots[i];
	i = t->next_slot;
	t->next_slot = i + 1 == t->nr_slots ? 0 : i + 1;
	t->slots[i] = (struct tlb_slot){ context, ~0ull };
	return &t->slots[i];
}

static void mark_loaded(struct quire_tlb_context *c, unsigned int cpu, bool loaded)
{
	u64 bit = 1ull << cpu % 64;

	if (loaded)
		__atomic_fetch_or(&c->cpus[cpu / 64], bit, __ATOMIC_SEQ_CST);
	else
		__atomic_fetch_and(&c->cpus[cpu / 64], ~bit, __ATOMIC_SEQ_CST);
}

void quire_tlb_load(struct quire_tlb *t, struct quire_tlb_context *context)
{
	struct tlb_slot *slot;
	u64 generation;

	if (context == t->context)
		return;
	if (t->context)
		mark_loaded(t->context, t->cpu, false);
	t->context = context;
	t->asid = 0;
	if (!context)
		return;
	t->stats.switches++;
	/* Loaded first, then the generation: a flush comes by one way or the other. */
	mark_loaded(context, t->cpu, true);
	generation = __atomic_load_n(&context->generation, __ATOMIC_SEQ_CST);
	slot = slot_of(t, context->id);
	t->asid = (u64)(slot - t->slots) + 1;
	if (slot->generation == generation)
		return;
	t->stats.switch_flushes++;
	tlb_drop_asid(t, t->asid);
	slot->generation = generation;
}

void quire_tlb_kernel(struct quire_machine *machine, struct quire_tlb_context *context,
		      unsigned long start, unsigned long end)
{
	unsigned int i;

	context->kernel = true;
	for (i = 0; i < machine->config.nr_cpus; i++) {
		struct quire_tlb *t = machine->cpus[i].tlb;

		if (!t)
			return;
		t->kernel = context;
		t->kernel_start = start;
		t->kernel_bytes = end - start;
		t->kernel_generation = context->generation;
	}
}
