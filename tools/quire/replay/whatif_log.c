/* SPDX-License-Identifier: MIT */
/*
 * whatif_log.c - watches a replay for what no event says (whatif_log.h).
 *
 * The look at all frames is made only where the replay's own counters say that pages
 * went silently: some hundred times in a boot.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/whatif_log.h"

static void note(struct whatif_log *log, struct whatif_note n)
{
	if (log->nr == log->cap) {
		size_t cap = log->cap ? log->cap * 2 : 1024;
		struct whatif_note *grown = realloc(log->notes, cap * sizeof(*grown));

		if (!grown) {
			log->failed = true;
			return;
		}
		log->notes = grown;
		log->cap = cap;
	}
	log->notes[log->nr++] = n;
}

/* --- frames that are free ---------------------------------------------------------------- */

static void set_bits(uint8_t *bits, uint64_t from, uint64_t n, uint64_t end)
{
	for (; n && from < end; n--, from++)
		bits[from >> 3] |= (uint8_t)(1u << (from & 7));
}

/* Bits of all frames in free blocks, found by the blocks' heads. */
static void free_frames(const struct replay *r, uint8_t *bits)
{
	unsigned int i;

	for (i = 0; i < r->nr_zones; i++) {
		uint64_t pfn = r->zones[i]->zone_start_pfn, end = zone_end_pfn(r->zones[i]);

		while (pfn < end) {
			uint64_t n = 1;

			if (pfn_valid(pfn) && PageBuddy(page_of(r, pfn))) {
				n = UINT64_C(1) << buddy_order(page_of(r, pfn));
				set_bits(bits, pfn, n, r->nr_frames);
			}
			pfn += n;
		}
	}
}

void whatif_log_begin(struct whatif_log *log, const struct replay *r)
{
	log->was_free = calloc(r->nr_frames / 8 + 1, 1);
	log->owned = calloc(r->nr_frames, 1);
	if (log->was_free && log->owned)
		free_frames(r, log->was_free);
	else
		log->failed = true;
}

/* --- notes -------------------------------------------------------------------------------- */

static int type_of(const struct replay *r, uint64_t pfn)
{
	const struct page *page = page_of(r, pfn);
	int mt =
		page->index < MIGRATE_PCPTYPES ? (int)page->index : get_pageblock_migratetype(page);

	return mt < MIGRATE_PCPTYPES ? mt : MIGRATE_MOVABLE;
}

static uint8_t zone_index(const struct replay *r, uint64_t pfn)
{
	const struct zone *zone = zone_at(r, pfn);
	uint8_t i = 0;

	while (r->zones[i] != zone)
		i++;
	return i;
}

static void note_frame(struct whatif_log *log, const struct replay *r, uint32_t event,
		       enum whatif_note_kind kind, uint64_t pfn, int mt)
{
	note(log, (struct whatif_note){ .pfn = pfn,
					.event = event,
					.kind = (uint8_t)kind,
					.mt = (int8_t)mt,
					.zone = zone_index(r, pfn),
					.nid = (uint8_t)zone_at(r, pfn)->zone_pgdat->node_id });
}

/* The pages taken between the hand-over and the first event (point 2); page blocks tell types. */
static void note_unseen(struct whatif_log *log, const struct replay *r, uint32_t event)
{
	uint8_t *now = calloc(r->nr_frames / 8 + 1, 1);
	uint64_t pfn;

	log->started = true;
	if (!now) {
		log->failed = true;
		return;
	}
	free_frames(r, now);
	for (pfn = 0; pfn < r->nr_frames; pfn++) {
		int mt;

		if (!(log->was_free[pfn >> 3] >> (pfn & 7) & 1) || now[pfn >> 3] >> (pfn & 7) & 1 ||
		    log->owned[pfn] ||
		    (frame_state(r, pfn) != FRAME_UNSEEN && frame_state(r, pfn) != FRAME_BUSY))
			continue;
		mt = get_pageblock_migratetype(page_of(r, pfn));
		note_frame(log, r, event, WHATIF_UNSEEN, pfn,
			   mt == MIGRATE_RECLAIMABLE ? mt : MIGRATE_UNMOVABLE);
		log->owned[pfn] = 1;
	}
	free(now);
}

/* Frames in use that no event took (point 1). */
static void note_silent(struct whatif_log *log, const struct replay *r, uint32_t event,
			enum whatif_note_kind kind)
{
	uint64_t pfn;

	for (pfn = 0; pfn < r->nr_frames; pfn++)
		if ((r->frames[pfn] & FRAME_STATES) == FRAME_BUSY && !log->owned[pfn]) {
			note_frame(log, r, event, kind, pfn, type_of(r, pfn));
			log->owned[pfn] = 1;
		}
}

static void own(struct whatif_log *log, const struct replay *r, const struct trace_event *e,
		bool owned)
{
	uint64_t n = e->order >= 0 && e->order < 20 ? UINT64_C(1) << e->order : 1;

	if (e->pfn < r->nr_frames && n <= r->nr_frames - e->pfn)
		memset(log->owned + e->pfn, owned, n);
}

static void note_owner(struct whatif_log *log, const struct replay *r, const struct op *op)
{
	switch (op->kind) {
	case OP_ALLOC:
	case OP_PREPARE:
		own(log, r, &r->ev[op->main], true);
		break;
	case OP_FREE:
	case OP_COMMIT:
		own(log, r, &r->ev[op->main], false);
		break;
	default:
		break;
	}
}

static void note_drain(struct whatif_log *log, const struct replay *r, const struct op *op,
		       uint32_t event)
{
	const struct zone *zone;
	uint64_t pages = 0;
	uint32_t i;

	if (op->rec == OPS_NONE || r->ev[op->rec].pfn >= r->nr_frames)
		return;
	zone = zone_at(r, r->ev[op->rec].pfn);
	for (i = op->rec; i != OPS_NONE; i = r->ops->next[i])
		pages += UINT64_C(1) << (r->ev[i].order & 15);
	if (!quire_zone_pcp(zone, r->cpu)->count)
		pages = WHATIF_ALL_PAGES;
	note(log, (struct whatif_note){ .pfn = pages,
					.event = event,
					.kind = WHATIF_DRAIN,
					.zone = zone_index(r, r->ev[op->rec].pfn),
					.nid = (uint8_t)zone->zone_pgdat->node_id });
}

static void note_reclaim(struct whatif_log *log, const struct replay *r, uint32_t event)
{
	unsigned int i;

	for (i = 0; i < r->nr_zones && i < 32; i++) {
		bool now = r->zones[i]->flags >> ZONE_RECLAIM_ACTIVE & 1;

		if (now == (log->active >> i & 1))
			continue;
		log->active ^= 1u << i;
		note(log,
		     (struct whatif_note){ .event = event,
					   .zone = (uint8_t)i,
					   .kind = now ? WHATIF_RECLAIM_ON : WHATIF_RECLAIM_OFF,
					   .nid = (uint8_t)r->zones[i]->zone_pgdat->node_id });
	}
}

void whatif_log_op(struct whatif_log *log, const struct replay *r, uint32_t event)
{
	const struct replay_counts *c = &r->counts;
	const struct op *op = &r->ops->ops[r->ops->at[event]];
	uint64_t silent = c->bulk_pages + c->inferred_bulk + c->vanished + c->resyncs;

	if (log->failed)
		return;
	note_owner(log, r, op);
	if (!log->started)
		note_unseen(log, r, event);
	note_reclaim(log, r, event);
	if (silent != log->silent || r->compaction.nr_free > log->isolated)
		note_silent(log, r, event, r->compaction.running ? WHATIF_ISOLATED : WHATIF_SILENT);
	if (c->drains_alone != log->drains)
		note_drain(log, r, op, event);
	log->silent = silent;
	log->isolated = r->compaction.nr_free;
	log->drains = c->drains_alone;
}

void whatif_log_free(struct whatif_log *log)
{
	free(log->notes);
	free(log->was_free);
	free(log->owned);
	memset(log, 0, sizeof(*log));
}
