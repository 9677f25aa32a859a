/* SPDX-License-Identifier: MIT */
/*
 * run.c - one operation: asked of the allocator, compared, corrected.
 *
 *	alloc    choose a zone, take; the page is a check of its own
 *	free     to the CPU's lists, or past them (tails of alloc_pages_exact(), frees in
 *	         an interrupt that found the lists in use)
 *	prepare  reads the page block's type; commit puts the page on the list
 *	bulk     n pages without events
 *	drain    of the CPU's lists by itself
 *
 * Rules measured on recordings of 6.1 (docs/fidelity.md): a free from a soft or hard
 * interrupt at preemption depth 3 or more found the per-CPU lists locked by the task
 * it interrupted; tails of a non-compound block that are freed right after its
 * allocation, up from some page to the block's end, are those of alloc_pages_exact().
 */
#include "replay/engine.h"

#define EXACT_LOOK 64 /* events behind an allocation in which its tails may begin to be freed */

static bool in_interrupt(const struct trace_event *e)
{
	return e->cflags & (TRACE_FLAG_HARDIRQ | TRACE_FLAG_SOFTIRQ);
}

static int cpu_node(const struct replay *r)
{
	return r->config->cpu_nid ? r->config->cpu_nid[r->cpu] : 0;
}

/* The node that a probe recorded; 0xff stands for none, and the CPU's own serves. */
static int probed_node(const struct replay *r, uint8_t nid)
{
	return nid < r->config->nr_nodes ? nid : cpu_node(r);
}

/* --- allocation ------------------------------------------------------------------------- */

/* Are tails of this block about to be freed one by one, as alloc_pages_exact() does? */
static void look_for_tails(struct replay *r, const struct op *op)
{
	const struct trace_event *e = &r->ev[op->main];
	size_t i, end = op->main + 1 + EXACT_LOOK;

	if (!e->order || (e->gfp & __GFP_COMP))
		return;
	for (i = op->main + 1; i < end && i < r->trace->nr_events; i++) {
		const struct trace_event *f = &r->ev[i];

		if (f->pid != e->pid || in_interrupt(f) != in_interrupt(e))
			continue;
		if (f->type == TRACE_PAGE_FREE && !f->order && f->pfn > e->pfn &&
		    f->pfn < e->pfn + (UINT64_C(1) << e->order)) {
			r->exact_lo = (uint32_t)f->pfn;
			r->exact_hi = (uint32_t)(e->pfn + (UINT64_C(1) << e->order));
		}
		return;
	}
}

/* The node the request prefers; told by its probe, else by what is known of the machine. */
static int asked_node(struct replay *r, const struct op *op, int recorded_nid)
{
	const struct trace_event *e = &r->ev[op->main];

	if (r->config->nr_nodes == 1)
		return 0;
	if ((e->gfp & __GFP_WRITE) && r->options.tell_write_nodes) {
		r->counts.told_write++;
		return recorded_nid;
	}
	if (op->ap != OPS_NONE)
		return probed_node(r, r->ev[op->ap].aux);
	r->counts.told_nodes++;
	return recorded_nid;
}

static void count_alloc_check(struct replay *r, const struct op *op, struct page *got,
			      bool zone_predicted)
{
	const struct trace_event *e = &r->ev[op->main];
	unsigned int block = r->config->pageblock_order;
	uint64_t pfn = got ? (uint64_t)(got - r->mem_map) : TRACE_NO_PFN;

	if (zone_predicted && got && pfn >> block == e->pfn >> block)
		r->counts.alloc_same_block++;
	if (pfn == e->pfn && zone_predicted) {
		check_pass(r, CHECK_ALLOC);
		return;
	}
	check_fail(r, CHECK_ALLOC);
	if (pfn == e->pfn)
		r->wrong = false; /* nothing to correct: the zone was told */
	else
		differ(r, op, "another page was allocated");
}

/* The kernel found nothing. */
static void run_failed_alloc(struct replay *r, const struct op *op)
{
	const struct trace_event *e = &r->ev[op->main];
	int nid = op->ap != OPS_NONE ? probed_node(r, r->ev[op->ap].aux) : cpu_node(r);
	struct quire_step step = quire_step_choose(e->gfp, (unsigned int)e->order, nid, NULL, 0);

	begin_op(r, op->rec);
	if (step.zone) {
		check_fail(r, CHECK_ALLOC);
		differ(r, op, "a request failed that would have succeeded here");
	} else {
		check_pass(r, CHECK_ALLOC);
		r->counts.alloc_same_block++;
		r->counts.alloc_same_zone++;
	}
	end_op(r, op);
}

/* Silent pages first; false: all choices were theirs, and the request comes at its own event. */
static bool infer_first(struct replay *r, struct op *op, struct zone *zone)
{
	struct quire_step step = { .zone = zone };

	if (op->main >= r->probed_from || (r->ev[op->main].order && op->rec == OPS_NONE))
		return true;
	if (infer_before_alloc(r, op, &step))
		return true;
	r->ops->at[op->main] = (uint32_t)(op - r->ops->ops);
	op->rec = OPS_NONE;
	return false;
}

/* The zone is a choice too: all that the request takes comes from there. */
static bool check_zone(struct replay *r, const struct op *op, struct zone *zone,
		       struct quire_step *step)
{
	if (step->zone == zone) {
		r->counts.alloc_same_zone++;
		return true;
	}
	r->counts.wrong_zone++;
	differ(r, op, "another zone was chosen");
	r->wrong = false;
	step->zone = zone;
	return false;
}

static void run_alloc(struct replay *r, struct op *op)
{
	const struct trace_event *e = &r->ev[op->main];
	struct quire_step step;
	struct zone *zone;
	struct page *got;
	bool predicted;
	int nid;

	if (e->pfn == TRACE_NO_PFN) {
		run_failed_alloc(r, op);
		return;
	}
	if (!has_block(r, e)) {
		r->counts.bad_frame++;
		return;
	}
	zone = zone_at(r, e->pfn);
	nid = asked_node(r, op, zone->zone_pgdat->node_id);
	step = quire_step_choose(e->gfp, (unsigned int)e->order, nid, NULL, 0);
	begin_op(r, op->rec);
	if (!infer_first(r, op, zone))
		return;
	predicted = check_zone(r, op, zone, &step);
	got = quire_step_take(&step, (unsigned int)e->order, e->mt);
	count_alloc_check(r, op, got, predicted);
	end_op(r, op);
	if (unlikely(r->wrong) && !resync_op(r, op, got)) {
		set_frames(r, e->pfn, e->order, FRAME_LOST);
		return;
	}
	set_frames(r, e->pfn, e->order, FRAME_BUSY);
	if (e->mt == MIGRATE_MOVABLE && (!e->order || e->order == (int)r->config->pageblock_order))
		page_of(r, e->pfn)->flags |= 1ul << PG_lru;
	if (unlikely(e->order))
		look_for_tails(r, op);
}

/* --- freeing ------------------------------------------------------------------------------ */

/* A frame that was reserved or deferred reaches the allocator for the first time. */
static bool run_first_free(struct replay *r, struct page *page, const struct trace_event *e)
{
	enum frame_state was = frame_state(r, e->pfn);

	if (!(page->flags & (1ul << PG_reserved)))
		return false;
	if (was == FRAME_UNSEEN) {
		quire_free_deferred(page, (unsigned int)e->order);
		r->counts.deferred_pages += UINT64_C(1) << e->order;
		set_frames(r, e->pfn, e->order, FRAME_FREE);
		return true;
	}
	/* Memory the kernel gives up, page by page: it counts as managed from now on. */
	zone_at(r, e->pfn)->managed_pages.counter += 1l << e->order;
	return false;
}

static enum quire_step_free free_to(struct replay *r, const struct trace_event *e)
{
	if (!e->order && r->exact_lo < r->exact_hi && e->pfn == r->exact_lo) {
		r->exact_lo++;
		r->counts.exact_tails++;
		return QUIRE_STEP_BUDDY_TAIL;
	}
	if (!quire_step_pcp_order((unsigned int)e->order))
		return QUIRE_STEP_BUDDY;
	if (in_interrupt(e) && e->preempt >= 3) {
		r->counts.softirq_direct++;
		return QUIRE_STEP_BUDDY;
	}
	return QUIRE_STEP_PCP;
}

/*
 * Is frame @pfn in use here in the way the first frame of its block is: by a request, since
 * the boot, or not handed over yet?
 */
static bool in_use(const struct replay *r, uint64_t pfn, enum frame_state first)
{
	if (frame_state(r, pfn) != first)
		return false;
	if (first == FRAME_BUSY)
		return true;
	return (first == FRAME_UNSEEN || first == FRAME_RESERVED) &&
	       page_of(r, pfn)->flags & (1ul << PG_reserved);
}

/* Can the block of @e be freed here? Counts why not. */
static bool can_free(struct replay *r, struct page *page, const struct trace_event *e)
{
	uint64_t pfn = e->pfn, end = pfn + (UINT64_C(1) << e->order);
	enum frame_state first = frame_state(r, pfn);

	while (pfn < end && in_use(r, pfn, first))
		pfn++;
	if (likely(pfn == end) &&
	    (first != FRAME_UNSEEN || !e->order || e->order == (int)r->config->pageblock_order))
		return true;
	switch (first) {
	case FRAME_PCP:
	case FRAME_FREE:
		return infer_before_free(r, page, e);
	case FRAME_LOST:
		return false;
	default:
		r->counts.free_unknown++;
		return false;
	}
}

static int recorded_pages(const struct replay *r, uint32_t i)
{
	int pages = 0;

	for (; i != OPS_NONE; i = r->ops->next[i])
		pages += 1 << r->ev[i].order;
	return pages;
}

/* A drain of the CPU's lists by itself. */
static void drain_alone(struct replay *r, struct zone *zone)
{
	r->counts.drains_alone++;
	quire_step_drain(zone, recorded_pages(r, r->rec), 0, 0);
}

/*
 * Drains that the free of @page did not make here: the whole lists are drained by
 * something that follows it without an event, or the list was longer there than here.
 */
static void drain_behind_free(struct replay *r, const struct op *op, struct zone *zone, int mt)
{
	int pages;

	if (r->wrong || r->rec == OPS_NONE || r->ev[r->rec].type != TRACE_PCPU_DRAIN)
		return;
	pages = recorded_pages(r, r->rec);
	if (pages >= quire_zone_pcp(zone, r->cpu)->count) {
		drain_alone(r, zone);
		return;
	}
	differ(r, op, "a drain came before its list was full");
	r->wrong = false;
	quire_step_drain(zone, pages, (unsigned int)r->ev[op->main].order, mt);
}

static void free_page_at(struct replay *r, const struct op *op, struct page *page, int mt,
			 enum quire_step_free to)
{
	const struct trace_event *e = &r->ev[op->main];
	struct zone *zone = zone_at(r, e->pfn);

	if (op->rec != OPS_NONE)
		reclaim_before_free(r, op, zone);
	begin_op(r, op->rec);
	r->frames[e->pfn] = FRAME_FREE;
	set_frames(r, e->pfn, e->order, to == QUIRE_STEP_PCP ? FRAME_PCP : FRAME_FREE);
	if (r->silent[op->main >> 3] >> (op->main & 7) & 1)
		r->frames[e->pfn] |= FRAME_SILENT;
	quire_step_free(page, (unsigned int)e->order, mt, to);
	if (op->rec != OPS_NONE)
		drain_behind_free(r, op, zone, mt);
	end_op(r, op);
	if (unlikely(r->wrong))
		resync_op(r, op, NULL);
}

static void run_free(struct replay *r, const struct op *op)
{
	const struct trace_event *e = &r->ev[op->main];
	struct page *page;
	int mt;

	if (!has_block(r, e)) {
		r->counts.bad_frame++;
		return;
	}
	page = page_of(r, e->pfn);
	r->counts.frees++;
	if (r->compaction.running)
		compact_before_free(r, e);
	if (unlikely(!can_free(r, page, e))) {
		r->types[e->pfn] = TYPE_NONE;
		return;
	}
	if (unlikely(page->flags & (1ul << PG_reserved)) && run_first_free(r, page, e))
		return;
	mt = get_pageblock_migratetype(page);
	if (op->kind == OP_PREPARE) {
		r->types[e->pfn] = (uint8_t)mt;
		r->frames[e->pfn] = FRAME_BUSY;
		return;
	}
	free_page_at(r, op, page, mt, free_to(r, e));
}

static void run_commit(struct replay *r, const struct op *op)
{
	const struct trace_event *e = &r->ev[op->main];
	uint8_t mt;

	if (!has_block(r, e))
		return;
	mt = r->types[e->pfn];
	r->types[e->pfn] = TYPE_NONE;
	if (mt == TYPE_NONE || frame_state(r, e->pfn) != FRAME_BUSY)
		return;
	free_page_at(r, op, page_of(r, e->pfn), mt, QUIRE_STEP_PCP);
}

/* --- bulk, drains ------------------------------------------------------------------------- */

/* Pages a bulk request of @n takes beyond those that are on the list already. */
static unsigned int beyond_list(struct replay *r, struct zone *zone, int mt, unsigned int n)
{
	const struct quire_pcp_list *list = &quire_zone_pcp(zone, r->cpu)->lists[mt];
	size_t there = (size_t)(list->bottom - list->top);

	return there < n ? n - (unsigned int)there : 0;
}

static void run_bulk(struct replay *r, const struct op *op)
{
	const struct trace_event *e = &r->ev[op->main];
	int nid = probed_node(r, e->aux);
	int mt = (int)((e->gfp & GFP_MOVABLE_MASK) >> GFP_MOVABLE_SHIFT);
	struct quire_step step;
	unsigned int i;

	if (!op->silent)
		return;
	step = quire_step_choose(e->gfp, 0, nid, NULL, e->pfn);
	if (op->rec != OPS_NONE && has_page(r, r->ev[op->rec].pfn))
		step.zone = zone_at(r, r->ev[op->rec].pfn);
	if (!step.zone)
		step = quire_step_choose(e->gfp, 0, nid, NULL, 0);
	begin_op(r, op->rec);
	r->bulk_consumed =
		op->rec != OPS_NONE && step.zone ? beyond_list(r, step.zone, mt, op->silent) : 0;
	for (i = 0; step.zone && i < op->silent; i++) {
		struct page *page = quire_step_take_bulk(&step, mt);

		if (!page)
			break;
		r->frames[page - r->mem_map] = FRAME_BUSY;
		r->counts.bulk_pages++;
	}
	end_op(r, op);
	if (unlikely(r->wrong))
		resync_op(r, op, NULL);
}

static void run_silent(struct replay *r, const struct op *op)
{
	begin_op(r, op->rec);
	infer_refills(r);
	end_op(r, op);
	if (unlikely(r->wrong))
		resync_op(r, op, NULL);
}

static void run_drain(struct replay *r, const struct op *op)
{
	const struct trace_event *e = &r->ev[op->main];

	if (!has_block(r, e)) {
		r->counts.bad_frame++;
		return;
	}
	begin_op(r, op->rec);
	drain_alone(r, zone_at(r, e->pfn));
	end_op(r, op);
	if (unlikely(r->wrong))
		resync_op(r, op, NULL);
}

/** run_op() - replays @op on the CPU where it took place. */
void run_op(struct replay *r, struct op *op)
{
	if (op->cpu != r->cpu && op->cpu < r->config->nr_cpus &&
	    !quire_cpu_enter(r->machine, op->cpu))
		r->cpu = op->cpu;
	switch (op->kind) {
	case OP_ALLOC:
		run_alloc(r, op);
		break;
	case OP_FREE:
	case OP_PREPARE:
		run_free(r, op);
		break;
	case OP_COMMIT:
		run_commit(r, op);
		break;
	case OP_BULK:
		run_bulk(r, op);
		break;
	case OP_DRAIN:
		run_drain(r, op);
		break;
	case OP_SILENT:
		run_silent(r, op);
		break;
	}
}
