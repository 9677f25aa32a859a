/* SPDX-License-Identifier: MIT */
/*
 * tlb_flush.c - flushes of TLBs, here and on other CPUs.
 *
 * 1. Each flush of a context gives it a new generation, and goes to the CPUs that have the context
 *    loaded then. Loading marks the CPU first and reads the generation after; a flush does
 *    it the other way round. So a CPU gets the request, or sees that it missed one.
 * 2. A CPU that gets the requests of two flushes in the wrong order drops the whole context at the
 *    first and nothing at the second: generations say which is the case.
 * 3. Another CPU's TLB is its thread's alone. So requests wait in a small box under a lock,
 *    and that CPU looks at them at its next access. A full box means: drop everything.
 *
 * Lock order: a box's lock is a leaf.
 * Source: Linux 6.1 arch/x86/mm/tlb.c (tlb_gen; single pages up to a ceiling of 33).
 */
#include "hw/machine.h"
#include "hw/tlb.h"

/* --- on this CPU ---------------------------------------------------------------------- */

static void drop_from(const struct tlb_unit *u, u64 asid)
{
	unsigned int i, set;

	for (set = 0; u->entries && set <= u->set_mask; set++) {
		struct tlb_entry *e = u->e + set * u->ways;

		for (i = 0; i < u->ways && e[i].key;)
			if ((e[i].key & TLB_ASID_MASK) == asid)
				tlb_remove(u, e, i);
			else
				i++;
	}
}

void tlb_drop_asid(struct quire_tlb *t, u64 asid)
{
	unsigned int i;

	for (i = 0; i < QUIRE_NR_TLB_UNITS; i++)
		drop_from(&t->units[i], asid);
}

static void drop_key(const struct tlb_unit *u, u64 key)
{
	struct tlb_entry *set = tlb_set(u, key);
	unsigned int i;

	for (i = 0; i < u->ways && set[i].key;)
		if (set[i].key == key || set[i].key == (key | TLB_GLOBAL))
			tlb_remove(u, set, i);
		else
			i++;
}

/* Of every size: which one maps the page is not known any more. */
static void drop_page(struct quire_tlb *t, unsigned long addr, u64 asid)
{
	unsigned int unit, level;

	for (unit = 0; unit < QUIRE_TLB_PWC1; unit++)
		for (level = 0; t->units[unit].entries && level < TLB_NR_LEVELS; level++) {
			unsigned int shift = tlb_run_shift(t->format, level);

			drop_key(&t->units[unit], tlb_key(t->format, addr, level, asid));
			if (shift)
				drop_key(&t->units[unit], tlb_run_key(addr, shift, level, asid));
		}
}

static void drop_range(struct quire_tlb *t, unsigned long start, unsigned long end, u64 asid)
{
	/* To the last address there is, too: @end may be ~0. */
	unsigned long page = 1ul << t->shift, pages = ((end - start - 1) >> t->shift) + 1;
	unsigned int i;

	if (pages > t->ceiling) {
		t->stats.flush_contexts++;
		tlb_drop_asid(t, asid);
		return;
	}
	t->stats.flush_pages++;
	t->stats.flushed_pages += pages;
	for (; pages--; start += page)
		drop_page(t, start, asid);
	for (i = QUIRE_TLB_PWC1; i < QUIRE_NR_TLB_UNITS; i++)
		drop_from(&t->units[i], asid);
}

static void drop_everything(struct quire_tlb *t)
{
	unsigned int i;

	t->stats.flush_all++;
	for (i = 0; i < QUIRE_NR_TLB_UNITS; i++)
		__builtin_memset(t->units[i].e, 0, t->units[i].entries * sizeof(struct tlb_entry));
	for (i = 0; i < t->nr_slots; i++)
		if (i + 1 != t->asid)
			t->slots[i].context = 0;
	/* Read before what follows: a later flush brings a later generation. */
	if (t->asid)
		t->slots[t->asid - 1].generation =
			__atomic_load_n(&t->context->generation, __ATOMIC_SEQ_CST);
	if (t->kernel)
		t->kernel_generation = __atomic_load_n(&t->kernel->generation, __ATOMIC_SEQ_CST);
}

static void do_request(struct quire_tlb *t, const struct tlb_request *r)
{
	u64 asid = t->asid, *generation;

	if (t->kernel && r->context == t->kernel->id) {
		asid = TLB_GLOBAL;
		generation = &t->kernel_generation;
	} else if (asid && r->context == t->slots[asid - 1].context) {
		generation = &t->slots[asid - 1].generation;
	} else {
		return; /* not loaded any more: point 1 */
	}
	if (r->generation <= *generation)
		return; /* point 2 */
	if (r->generation == *generation + 1) {
		drop_range(t, r->start, r->end, asid);
	} else {
		t->stats.flush_contexts++;
		tlb_drop_asid(t, asid);
	}
	*generation = r->generation;
}

void tlb_serve(struct quire_tlb *t)
{
	struct tlb_request requests[TLB_NR_REQUESTS];
	unsigned int nr, i;
	bool all;

	quire_lock(&t->lock);
	nr = t->nr_requests;
	all = t->all;
	for (i = 0; i < nr; i++)
		requests[i] = t->requests[i];
	t->nr_requests = 0;
	t->all = false;
	WRITE_ONCE(t->pending, 0);
	quire_unlock(&t->lock);
	if (all)
		drop_everything(t);
	for (i = 0; i < nr; i++)
		do_request(t, &requests[i]);
}

/* --- on others ---------------------------------------------------------------------------- */

/* @r: NULL: everything */
static void ask(struct quire_tlb *t, const struct tlb_request *r)
{
	quire_lock(&t->lock);
	if (r && t->nr_requests < TLB_NR_REQUESTS)
		t->requests[t->nr_requests++] = *r;
	else
		t->all = true;
	t->stats.ipis_received += !t->format->readonly;
	WRITE_ONCE(t->pending, 1);
	quire_unlock(&t->lock);
}

static bool is_loaded(const struct quire_tlb_context *c, unsigned int cpu)
{
	return c->kernel || (__atomic_load_n(&c->cpus[cpu / 64], __ATOMIC_SEQ_CST) >> cpu % 64 & 1);
}

/* To all CPUs that have @c loaded (NULL: to all); the caller's own is served at once. */
static void send(struct quire_machine *m, const struct quire_tlb_context *c,
		 const struct tlb_request *r)
{
	struct quire_tlb *own =
		quire_this_cpu && quire_this_cpu->machine == m ? quire_this_cpu->tlb : NULL;
	unsigned int i, sent = 0;

	for (i = 0; i < m->config.nr_cpus; i++) {
		struct quire_tlb *t = m->cpus[i].tlb;

		if (t == own || (c && !is_loaded(c, i)))
			continue;
		ask(t, r);
		sent++;
	}
	if (!own)
		return;
	if (own->format->readonly)
		own->stats.broadcasts++;
	else
		own->stats.ipis_sent += sent;
	if (READ_ONCE(own->pending))
		tlb_serve(own); /* in their order */
	if (!c)
		drop_everything(own);
	else if (is_loaded(c, own->cpu))
		do_request(own, r);
}

void quire_tlb_flush(struct quire_machine *machine, struct quire_tlb_context *context,
		     unsigned long start, unsigned long end)
{
	struct tlb_request r = { .context = context->id, .start = start, .end = end };

	if (!machine->cpus[0].tlb)
		return;
	r.generation = __atomic_add_fetch(&context->generation, 1, __ATOMIC_SEQ_CST);
	send(machine, context, &r);
}

void flush_tlb_all(void)
{
	struct quire_machine *m = quire_this_cpu->machine;

	if (m->cpus[0].tlb)
		send(m, NULL, NULL);
}
