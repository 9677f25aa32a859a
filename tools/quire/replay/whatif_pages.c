/* SPDX-License-Identifier: MIT */
/*
 * whatif_pages.c - requests and frees of a what-if run, one by one (whatif.h).
 *
 * Rules that a free follows (an interrupt past a list in use, tails of
 * alloc_pages_exact()) are those of run.c: they belong to the recorded events, not to
 * the machine.
 */
#include <stdlib.h>

#include "replay/whatif.h"

#define EXACT_LOOK 64

int whatif_node(const struct whatif *w, unsigned int nid)
{
	return (int)(nid % w->r->config->nr_nodes);
}

static int cpu_node(const struct whatif *w)
{
	const struct quire_machine_config *c = w->r->config;

	return quire_this_cpu->nid < c->nr_nodes ? (int)quire_this_cpu->nid : 0;
}

static int request_type(gfp_t gfp)
{
	int mt = (int)((gfp & GFP_MOVABLE_MASK) >> GFP_MOVABLE_SHIFT);

	return mt < MIGRATE_PCPTYPES ? mt : MIGRATE_MOVABLE;
}

/* --- the map -------------------------------------------------------------------------------- */

static uint32_t here(const struct whatif *w, uint64_t pfn)
{
	return pfn < w->nr_map ? w->map[pfn] : WHATIF_NONE;
}

static void map_block(struct whatif *w, uint64_t pfn, uint64_t n, const struct page *page)
{
	uint64_t at = page ? (uint64_t)(page - w->r->mem_map) : 0, i;

	for (i = 0; i < n && pfn + i < w->nr_map; i++)
		w->map[pfn + i] = page ? (uint32_t)(at + i) : WHATIF_FAILED;
}

/* --- requests --------------------------------------------------------------------------------- */

/* The node asked for: what a probe says; else the recorded frame's node, or the CPU's. */
static int asked_node(const struct whatif *w, const struct op *op, int told)
{
	const struct trace_event *ap = op->ap != OPS_NONE ? &w->r->ev[op->ap] : NULL;

	if (w->r->config->nr_nodes == 1)
		return 0;
	if (ap && ap->aux != 0xff)
		return whatif_node(w, ap->aux);
	if (ap || w->recorded->nr_nodes == 1)
		return cpu_node(w);
	return whatif_node(w, (unsigned int)told);
}

/* Node of a recorded frame on the recorded machine. */
static int recorded_node(const struct whatif *w, uint64_t pfn)
{
	const struct quire_machine_config *c = w->recorded;
	uint64_t at = pfn << c->page_shift;
	unsigned int i;

	for (i = 0; i < c->nr_ranges; i++)
		if (at >= c->ranges[i].start && at < c->ranges[i].end)
			return (int)c->ranges[i].nid;
	return 0;
}

static void look_for_tails(struct whatif *w, const struct op *op)
{
	const struct replay *r = w->r;
	const struct trace_event *e = &r->ev[op->main];
	size_t i, end = op->main + 1 + EXACT_LOOK;
	uint8_t irq = TRACE_FLAG_HARDIRQ | TRACE_FLAG_SOFTIRQ;

	if (!e->order || (e->gfp & __GFP_COMP))
		return;
	for (i = op->main + 1; i < end && i < r->trace->nr_events; i++) {
		const struct trace_event *f = &r->ev[i];

		if (f->pid != e->pid || !(f->cflags & irq) != !(e->cflags & irq))
			continue;
		if (f->type == TRACE_PAGE_FREE && !f->order && f->pfn > e->pfn &&
		    f->pfn < e->pfn + (UINT64_C(1) << e->order)) {
			w->exact_lo = f->pfn;
			w->exact_hi = e->pfn + (UINT64_C(1) << e->order);
		}
		return;
	}
}

static struct page *ask(struct whatif *w, const struct op *op)
{
	const struct trace_event *e = &w->r->ev[op->main];
	int nid = asked_node(w, op, recorded_node(w, e->pfn));
	struct quire_step step;

	if ((unsigned int)e->order >= w->r->config->max_order)
		return NULL;
	step = quire_step_choose(e->gfp, (unsigned int)e->order, nid, NULL, 0);
	w->counts.below_low += step.below_low;
	if (!step.zone)
		return NULL;
	/* A recorded failure is asked for, and not taken: nobody would free it. */
	if (e->pfn == TRACE_NO_PFN) {
		w->counts.would_succeed++;
		return NULL;
	}
	return quire_step_take(&step, (unsigned int)e->order,
			       e->mt >= 0 && e->mt < MIGRATE_PCPTYPES ? e->mt
								      : request_type(e->gfp));
}

static void count_failure(struct whatif *w, const struct trace_event *e)
{
	w->metrics->failed++;
	w->metrics->failed_pages += UINT64_C(1) << e->order;
	w->metrics->failed_order[e->order]++;
	if (w->html)
		show_html_failure(w->html, w->r, (unsigned int)e->order);
}

void whatif_alloc(struct whatif *w, const struct op *op)
{
	const struct trace_event *e = &w->r->ev[op->main];
	uint64_t would = w->counts.would_succeed;
	struct page *page;

	if (e->order < 0 || e->order >= METRICS_ORDERS)
		return;
	w->metrics->requests++;
	page = ask(w, op);
	if (!page && w->counts.would_succeed == would)
		count_failure(w, e);
	if (e->pfn == TRACE_NO_PFN)
		return;
	map_block(w, e->pfn, UINT64_C(1) << e->order, page);
	if (e->order)
		look_for_tails(w, op);
	if (!page)
		return;
	w->counts.same_frame += (uint64_t)(page - w->r->mem_map) == e->pfn;
	set_frames(w->r, (uint64_t)(page - w->r->mem_map), e->order, FRAME_BUSY);
	if (e->mt == MIGRATE_MOVABLE &&
	    (!e->order || e->order == (int)w->recorded->pageblock_order))
		page->flags |= 1ul << PG_lru;
}

/* --- requests without an event ----------------------------------------------------------- */

static int by_address(const void *a, const void *b)
{
	const struct page *x = *(struct page *const *)a, *y = *(struct page *const *)b;

	return x < y ? -1 : x > y;
}

/* Pages got, in the order of addresses, belong to recorded frames in that order; NULLs come first.
 */
static void assign(struct whatif *w, const struct whatif_note *notes, struct page **pages,
		   size_t nr)
{
	size_t i;

	qsort(pages, nr, sizeof(struct page *), by_address);
	for (i = 0; i < nr; i++) {
		map_block(w, notes[i].pfn, 1, pages[i]);
		w->counts.silent += pages[i] != NULL;
		w->counts.silent_failed += pages[i] == NULL;
		if (pages[i])
			set_frames(w->r, (uint64_t)(pages[i] - w->r->mem_map), 0, FRAME_BUSY);
	}
}

void whatif_bulk(struct whatif *w, const struct op *op, const struct whatif_note *notes, size_t nr)
{
	const struct trace_event *e = &w->r->ev[op->main];
	int nid =
		e->aux == 0xff || w->recorded->nr_nodes == 1 ? cpu_node(w) : whatif_node(w, e->aux);
	struct quire_step step = quire_step_choose(e->gfp, 0, nid, NULL, e->pfn);
	struct page **pages = calloc(nr, sizeof(struct page *));
	size_t i;

	if (!step.zone)
		step = quire_step_choose(e->gfp, 0, nid, NULL, 0);
	if (!pages) {
		w->counts.silent_failed += nr;
		return;
	}
	for (i = 0; i < nr && step.zone; i++)
		pages[i] = quire_step_take_bulk(&step, request_type(e->gfp));
	assign(w, notes, pages, nr);
	free(pages);
}

static struct page *take_silent(struct whatif *w, const struct whatif_note *note, bool bulk)
{
	int nid = w->recorded->nr_nodes == 1 ? cpu_node(w) : whatif_node(w, note->nid);
	struct quire_step step = quire_step_choose(GFP_KERNEL | __GFP_HIGHMEM, 0, nid, NULL, 0);

	if (!step.zone)
		return NULL;
	return bulk ? quire_step_take_bulk(&step, note->mt) : quire_step_take(&step, 0, note->mt);
}

void whatif_silent(struct whatif *w, const struct whatif_note *notes, size_t nr)
{
	struct page **pages = calloc(nr, sizeof(struct page *));
	size_t i;

	if (!pages) {
		w->counts.silent_failed += nr;
		return;
	}
	for (i = 0; i < nr; i++)
		pages[i] = take_silent(w, &notes[i], true);
	assign(w, notes, pages, nr);
	free(pages);
}

/*
 * Pages in use before the first event: unmovable ones first, as a boot takes them. Marks
 * are not set yet, so they come from the node's zone where they were recorded. What the
 * lists go through for that is not counted: nor is it in a recording.
 */
void whatif_unseen(struct whatif *w, const struct whatif_note *notes, size_t nr)
{
	uint64_t failed = w->counts.silent_failed;
	size_t i, from, end;
	int mt;

	quire_page_trace_set(w->r->machine, NULL);
	for (from = 0; from < nr; from = end) {
		struct page **pages;

		for (end = from + 1; end < nr && notes[end].mt == notes[from].mt &&
				     notes[end].zone == notes[from].zone;)
			end++;
		pages = calloc(end - from, sizeof(struct page *));
		mt = notes[from].mt;
		for (i = from; pages && i < end; i++) {
			struct quire_step step = { .zone = whatif_zone(w, &notes[i]) };

			pages[i - from] = quire_step_take(&step, 0, mt);
		}
		if (pages)
			assign(w, notes + from, pages, end - from);
		for (i = 0; pages && i < end - from; i++)
			if (pages[i])
				w->r->frames[pages[i] - w->r->mem_map] |= FRAME_EARLY;
		free(pages);
	}
	w->counts.unseen_failed += w->counts.silent_failed - failed;
	quire_page_trace_set(w->r->machine, &w->hooks);
}

void whatif_isolated(struct whatif *w, const struct whatif_note *note)
{
	struct replay *r = w->r;
	struct page *page = NULL;

	if (w->same_map && has_page(r, note->pfn) && frame_state(r, note->pfn) == FRAME_FREE &&
	    !quire_step_grab(page_of(r, note->pfn), 0))
		page = page_of(r, note->pfn);
	if (!page)
		page = take_silent(w, note, false);
	assign(w, note, &page, 1);
}

/* --- frees ------------------------------------------------------------------------------- */

static enum quire_step_free free_to(const struct trace_event *e, unsigned int order, bool tail)
{
	if (tail)
		return QUIRE_STEP_BUDDY_TAIL;
	if (!quire_step_pcp_order(order))
		return QUIRE_STEP_BUDDY;
	if ((e->cflags & (TRACE_FLAG_HARDIRQ | TRACE_FLAG_SOFTIRQ)) && e->preempt >= 3)
		return QUIRE_STEP_BUDDY;
	return QUIRE_STEP_PCP;
}

static void free_block(struct whatif *w, uint32_t at, unsigned int order, int mt,
		       enum quire_step_free to)
{
	set_frames(w->r, at, (int)order, to == QUIRE_STEP_PCP ? FRAME_PCP : FRAME_FREE);
	w->counts.frees += UINT64_C(1) << order;
	quire_step_free(page_of(w->r, at), order, mt, to);
}

/* The largest block here that begins with the recorded frame @pfn's page; at most @order. */
static unsigned int whole_block(const struct whatif *w, uint64_t pfn, unsigned int order)
{
	uint32_t at = w->map[pfn];
	unsigned int k = 0;

	while (k < order && k + 1 < w->r->config->max_order && !(at & ((2u << k) - 1))) {
		uint64_t i, n = UINT64_C(1) << k;

		for (i = n; i < 2 * n; i++)
			if (here(w, pfn + i) != at + i)
				return k;
		k++;
	}
	return k;
}

/* A frame of the recorded boot's memory, freed for the first time: same place, same memory. */
static bool free_boot_memory(struct whatif *w, const struct trace_event *e)
{
	struct replay *r = w->r;
	unsigned int order = (unsigned int)e->order, block = r->config->pageblock_order;
	uint64_t pfn, end = e->pfn + (UINT64_C(1) << order);
	struct page *page;

	if (end > r->nr_frames || !pfn_valid(e->pfn) || !pfn_valid(end - 1))
		return false;
	page = page_of(r, e->pfn);
	if (!(page->flags & 1ul << PG_reserved))
		return false;
	if (frame_state(r, e->pfn) == FRAME_RESERVED) {
		if (order)
			return false;
		zone_at(r, e->pfn)->managed_pages.counter++;
		page->flags &= ~(1ul << PG_reserved);
		w->map[e->pfn] = (uint32_t)e->pfn;
		return false;
	}
	if (frame_state(r, e->pfn) != FRAME_UNSEEN || !w->same_map)
		return false;
	if (order > block)
		order = block;
	for (pfn = e->pfn; pfn < end; pfn += UINT64_C(1) << order)
		quire_free_deferred(page_of(r, pfn), order);
	set_frames(r, e->pfn, e->order, FRAME_FREE);
	return true;
}

static void count_missing(struct whatif *w, uint64_t pfn)
{
	if (here(w, pfn) == WHATIF_FAILED)
		w->counts.frees_failed++;
	else if (w->same_map)
		w->counts.frees_unknown++;
	else
		w->counts.frees_elsewhere++;
}

static void forget(struct whatif *w, uint64_t pfn, uint64_t n)
{
	while (n--)
		w->map[pfn++] = WHATIF_NONE;
}

static void free_pieces(struct whatif *w, const struct trace_event *e, bool tail)
{
	uint64_t pfn = e->pfn, end = e->pfn + (UINT64_C(1) << e->order);

	while (pfn < end) {
		uint32_t at = here(w, pfn);
		unsigned int order = 0;

		if (at >= WHATIF_FAILED) {
			count_missing(w, pfn++);
			continue;
		}
		while (order < (unsigned int)e->order && !(pfn & ((UINT64_C(2) << order) - 1)) &&
		       pfn + (UINT64_C(2) << order) <= end)
			order++;
		order = whole_block(w, pfn, order);
		free_block(w, at, order, get_pageblock_migratetype(page_of(w->r, at)),
			   free_to(e, order, tail));
		forget(w, pfn, UINT64_C(1) << order);
		pfn += UINT64_C(1) << order;
	}
}

static bool is_tail(struct whatif *w, const struct trace_event *e)
{
	if (e->order || w->exact_lo >= w->exact_hi || e->pfn != w->exact_lo)
		return false;
	w->exact_lo++;
	return true;
}

void whatif_free_op(struct whatif *w, const struct op *op)
{
	const struct trace_event *e = &w->r->ev[op->main];
	uint32_t at = here(w, e->pfn);
	bool tail;

	if (e->pfn >= w->nr_map || e->order < 0 || e->order >= METRICS_ORDERS)
		return;
	if (op->kind == OP_COMMIT) {
		if (at < WHATIF_FAILED)
			free_block(w, at, 0, w->r->types[at], QUIRE_STEP_PCP);
		w->map[e->pfn] = WHATIF_NONE;
		return;
	}
	tail = is_tail(w, e);
	if (at == WHATIF_NONE && free_boot_memory(w, e))
		return;
	at = here(w, e->pfn);
	if (op->kind == OP_PREPARE && at < WHATIF_FAILED) {
		w->r->types[at] = (uint8_t)get_pageblock_migratetype(page_of(w->r, at));
		return;
	}
	if (op->kind == OP_PREPARE)
		count_missing(w, e->pfn);
	else
		free_pieces(w, e, tail);
}
