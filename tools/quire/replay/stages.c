/* SPDX-License-Identifier: MIT */
/*
 * stages.c - the kernel's own initialisation, at the moments the recording shows.
 *
 *	first event        unseen: pages taken since the hand-over
 *	console initcalls  setup_per_cpu_pageset() follows them
 *	init_per_zone_wmark_min   watermarks, sizes of per-CPU lists
 *	hugepage_init             min_free_kbytes for huge pages, marks again
 *	DUMP-END boot             lowmem_reserve recomputed (reading the sysctl does that)
 *
 * 1. Before the first event: order-0 unmovable pages one after another (the trace
 *    buffer among them) up to the first page that the trace shows, and one reclaimable
 *    block of order 1 that opened a page block of that type. Where they lie follows
 *    from the lists; only how many is read off the first events.
 * 2. A trace buffer larger than the part of a zone that is there at first makes the kernel
 *    bring in another section of it.
 * 3. Initcalls are told by name; a recording whose names are missing is served at the
 *    level behind ("arch" for the marks, "fs" for huge pages).
 */
#include <string.h>

#include "replay/engine.h"

enum boot_stage { STAGE_EARLY, STAGE_CONSOLE, STAGE_PAGESETS, STAGE_MARKS, STAGE_RUNNING };

static const char *text_at(const struct replay *r, uint64_t offset)
{
	return offset < r->trace->strings_bytes ? r->trace->strings + offset : "";
}

/* --- before the first event ------------------------------------------------------------- */

/* First block taken of @order and @mt. */
static const struct trace_event *first_taken(const struct replay *r, int order, int mt)
{
	size_t i;

	for (i = 0; i < r->trace->nr_events; i++) {
		const struct trace_event *e = &r->ev[i];

		if ((e->type == TRACE_ZONE_LOCKED || e->type == TRACE_PAGE_ALLOC) &&
		    e->order == order && e->mt == mt && has_page(r, e->pfn))
			return e;
	}
	return NULL;
}

static struct page *take_unseen(struct replay *r, struct zone *zone, unsigned int order, int mt)
{
	struct quire_step step = { .zone = zone };
	struct page *page = quire_step_take(&step, order, mt);

	if (page) {
		set_frames(r, (uint64_t)(page - r->mem_map), (int)order, FRAME_BUSY | FRAME_EARLY);
		r->counts.unseen_pages += UINT64_C(1) << order;
	}
	return page;
}

/* The next order-0 unmovable page of @zone, without taking it; NULL: a steal would be due. */
static struct page *next_unmovable(const struct zone *zone)
{
	unsigned int order;

	for (order = 0; order < zone->nr_orders; order++) {
		const struct list_head *list = &zone->free_area[order].free_list[MIGRATE_UNMOVABLE];

		if (list->next != list)
			return container_of(list->next, struct page, buddy_list);
	}
	return NULL;
}

/* One page block's free frames, or as many of them as are free: as deferred initialisation does. */
static void free_block(struct replay *r, uint64_t start, uint64_t end)
{
	uint64_t pfn, block = UINT64_C(1) << r->config->pageblock_order;
	bool whole = !(start & (block - 1)) && end - start == block;

	for (pfn = start; pfn < end; pfn++)
		whole &= r->frames[pfn] == FRAME_UNSEEN;
	if (whole) {
		quire_free_deferred(page_of(r, start), r->config->pageblock_order);
		return;
	}
	for (pfn = start; pfn < end; pfn++)
		if (r->frames[pfn] == FRAME_UNSEEN)
			quire_free_deferred(page_of(r, pfn), 0);
}

/* Point 2: the zone ran dry before the deferred part of it was there. Return: it has grown. */
static bool grow(struct replay *r, struct zone *zone)
{
	uint64_t section = UINT64_C(1) << (r->config->section_shift - r->config->page_shift);
	uint64_t pfn = zone->zone_pgdat->first_deferred_pfn, end, next;

	if (pfn >= zone_end_pfn(zone) || pfn < zone->zone_start_pfn)
		return false;
	end = (pfn / section + 1) * section;
	if (end > zone_end_pfn(zone))
		end = zone_end_pfn(zone);
	for (; pfn < end; pfn = next) {
		next = ((pfn >> r->config->pageblock_order) + 1) << r->config->pageblock_order;
		free_block(r, pfn, next < end ? next : end);
	}
	zone->zone_pgdat->first_deferred_pfn = end;
	return true;
}

/* Unmovable pages of @zone until @pfn is the next. */
static void take_until(struct replay *r, struct zone *zone, uint64_t pfn)
{
	uint64_t left = zone->present_pages;

	while (left--) {
		struct page *next = next_unmovable(zone);

		if (next && (uint64_t)(next - r->mem_map) == pfn)
			return;
		if (!take_unseen(r, zone, 0, MIGRATE_UNMOVABLE) &&
		    (pfn < zone->zone_pgdat->first_deferred_pfn || !grow(r, zone)))
			return;
	}
}

/* Single unmovable pages are taken one by one at first, so allocations tell as much as refills. */
static bool tells_first(const struct replay *r, const struct trace_event *e)
{
	uint8_t type =
		r->recorded_types & 1u << TRACE_ZONE_LOCKED ? TRACE_ZONE_LOCKED : TRACE_PAGE_ALLOC;

	return e->type == type && !e->order && e->mt == MIGRATE_UNMOVABLE && has_page(r, e->pfn);
}

/* Node @nid's first unmovable page in the trace. */
static const struct trace_event *first_of_node(const struct replay *r, int nid)
{
	size_t i;

	for (i = 0; i < r->trace->nr_events; i++) {
		const struct trace_event *e = &r->ev[i];

		if (tells_first(r, e) && zone_at(r, e->pfn)->zone_pgdat->node_id == nid)
			return e;
	}
	return NULL;
}

/** stages_start() - the machine as it was at the first event (point 1). */
void stages_start(struct replay *r)
{
	const struct trace_event *reclaimable = first_taken(r, 1, MIGRATE_RECLAIMABLE);
	int nid;

	quire_page_trace_set(r->machine, NULL);
	for (nid = 0; nid < (int)r->config->nr_nodes; nid++) {
		const struct trace_event *first = first_of_node(r, nid);

		if (first)
			take_until(r, zone_at(r, first->pfn), first->pfn);
	}
	if (reclaimable)
		take_unseen(r, zone_at(r, reclaimable->pfn), 1, MIGRATE_RECLAIMABLE);
	hooks_install(r);
}

/* --- during the boot ------------------------------------------------------------------------ */

static void pagesets(struct replay *r)
{
	if (r->stage >= STAGE_PAGESETS)
		return;
	setup_per_cpu_pageset();
	r->stage = STAGE_PAGESETS;
}

static void marks(struct replay *r)
{
	if (r->stage >= STAGE_MARKS)
		return;
	pagesets(r);
	init_per_zone_wmark_min();
	r->stage = STAGE_MARKS;
}

static void huge(struct replay *r)
{
	if (r->stage >= STAGE_RUNNING)
		return;
	marks(r);
	if (r->config->vm.transparent_hugepage)
		set_recommended_min_free_kbytes();
	r->stage = STAGE_RUNNING;
}

static void level(struct replay *r, const char *name)
{
	if (!strcmp(name, "console") && r->stage == STAGE_EARLY)
		r->stage = STAGE_CONSOLE;
	else if (!strcmp(name, "early"))
		pagesets(r);
	else if (!strcmp(name, "arch"))
		marks(r);
	else if (!strcmp(name, "fs"))
		huge(r);
}

/** stages_event() - an initcall event or a mark. */
void stages_event(struct replay *r, const struct trace_event *e)
{
	const char *text = text_at(r, e->type == TRACE_INITCALL_START ? e->gfp : e->pfn);

	switch (e->type) {
	case TRACE_INITCALL_LEVEL:
		level(r, text);
		break;
	case TRACE_INITCALL_START:
		r->initcall = e->pfn;
		r->initcall_stage = !strcmp(text, "init_per_zone_wmark_min") ? STAGE_MARKS
				    : !strcmp(text, "hugepage_init")	     ? STAGE_RUNNING
									     : 0;
		break;
	case TRACE_INITCALL_FINISH:
		if (e->pfn == r->initcall && r->initcall_stage == STAGE_MARKS)
			marks(r);
		if (e->pfn == r->initcall && r->initcall_stage == STAGE_RUNNING)
			huge(r);
		r->initcall = 0;
		break;
	case TRACE_MARK:
		if (!strcmp(text, "DUMP-END boot"))
			setup_per_zone_lowmem_reserve();
		break;
	}
}

/** stages_before_op() - an operation outside any initcall: the console's are over. */
void stages_before_op(struct replay *r)
{
	if (r->stage == STAGE_CONSOLE && !r->initcall)
		pagesets(r);
}
