/* SPDX-License-Identifier: MIT */
/*
 * show_html.c - a run's history for the HTML page (show_html.h).
 */
#include "replay/show_html.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <quire/mm.h>

#define MAX_RUNS   16
#define DRAIN_GAP  256 /* events without a drain between two bursts */
#define MAX_ZONES  64
#define TEXT_BYTES 96

/**
 * struct show_html - the recorder and the arrays a sample is made of.
 * @clock: event times are nanoseconds, not a counter
 * @own_marks: steals, drains and failures are not the trace's
 */
struct show_html {
	struct history *history;
	uint8_t *frames, *blocks;
	uint64_t *free_blocks, *counters;
	uint64_t first_pfn, nr_frames, nr_blocks;
	unsigned int nr_zones, nr_orders;
	bool clock;
	bool own_marks;
	uint32_t last_drain; /* event of the last own drain, from 1 */
};

static uint64_t time_of(const struct show_html *h, const struct replay *r, uint32_t event)
{
	return h->clock && event < r->trace->nr_events ? r->ev[event].time : 0;
}

/* --- the shape ---------------------------------------------------------------------------- */

static struct history *new_history(struct show_html *h, const struct replay *r, const char *name)
{
	static const struct history_counter counter = { "Pages on per-CPU lists", "all zones",
							"pages" };
	struct history_zone zones[MAX_ZONES];
	struct history_shape shape = {
		.name = name,
		.first_pfn = h->first_pfn,
		.nr_frames = h->nr_frames,
		.page_size = 1u << r->config->page_shift,
		.block_order = r->config->pageblock_order,
		.nr_orders = r->config->max_order,
		.zones = zones,
		.nr_zones = h->nr_zones,
		.counters = &counter,
		.nr_counters = 1,
		.total_events = r->trace->nr_events,
	};
	unsigned int i;

	for (i = 0; i < h->nr_zones; i++)
		zones[i] = (struct history_zone){ r->zones[i]->zone_pgdat->node_id,
						  r->zones[i]->name, r->zones[i]->zone_start_pfn,
						  zone_end_pfn(r->zones[i]) };
	return history_new(&shape);
}

struct show_html *show_html_new(const struct replay *r, const char *name)
{
	struct show_html *h = calloc(1, sizeof(*h));
	uint64_t block = UINT64_C(1) << r->config->pageblock_order;

	if (!h)
		return NULL;
	h->clock = !r->trace->counts.clock_is_counter;
	h->nr_zones = r->nr_zones < MAX_ZONES ? r->nr_zones : MAX_ZONES;
	h->nr_orders = r->config->max_order;
	h->nr_frames = r->nr_frames;
	h->nr_blocks = (h->nr_frames + block - 1) / block;
	h->frames = calloc(h->nr_frames, 1);
	h->blocks = calloc(h->nr_blocks, 1);
	h->free_blocks = calloc((size_t)h->nr_zones * h->nr_orders, sizeof(*h->free_blocks));
	h->counters = calloc(1, sizeof(*h->counters));
	if (h->frames && h->blocks && h->free_blocks && h->counters)
		h->history = new_history(h, r, name);
	if (h->history)
		return h;
	show_html_free(h);
	return NULL;
}

void show_html_free(struct show_html *h)
{
	if (!h)
		return;
	history_free(h->history);
	free(h->frames);
	free(h->blocks);
	free(h->free_blocks);
	free(h->counters);
	free(h);
}

/* --- a sample -------------------------------------------------------------------------------- */

/* What a frame outside of free blocks is. */
static uint8_t used_frame(const struct replay *r, uint64_t pfn, const struct page *page, int block)
{
	static const uint8_t by_type[] = { HISTORY_UNMOVABLE, HISTORY_MOVABLE,
					   HISTORY_RECLAIMABLE };

	if (r->frames[pfn] & FRAME_EARLY)
		return HISTORY_BOOT;
	switch (frame_state(r, pfn)) {
	case FRAME_RESERVED:
		return HISTORY_RESERVED;
	case FRAME_PCP:
		return HISTORY_PCP;
	case FRAME_UNSEEN:
		return page->flags & 1ul << PG_reserved ? HISTORY_DEFERRED : HISTORY_BOOT;
	default:
		if (page->index < MIGRATE_PCPTYPES)
			return by_type[page->index];
		return by_type[block < MIGRATE_PCPTYPES ? block : MIGRATE_MOVABLE];
	}
}

/* Fills in the frames of one zone; free blocks are skipped over by their heads. */
static void sample_zone(struct show_html *h, const struct replay *r, const struct zone *zone)
{
	unsigned long pfn = zone->zone_start_pfn, end = zone_end_pfn(zone);

	while (pfn < end) {
		const struct page *page = r->mem_map + pfn;
		unsigned long n = 1;

		if (!pfn_valid(pfn)) {
			h->frames[pfn] = HISTORY_HOLE;
		} else if (PageBuddy(page)) {
			n = 1ul << buddy_order(page);
			memset(h->frames + pfn, HISTORY_FREE + (int)page->index, n);
		} else {
			h->frames[pfn] = used_frame(r, pfn, page, get_pageblock_migratetype(page));
		}
		pfn += n;
	}
}

static void sample_lists(struct show_html *h, const struct replay *r)
{
	unsigned int i, order, cpu;

	h->counters[0] = 0;
	for (i = 0; i < h->nr_zones; i++) {
		for (order = 0; order < h->nr_orders; order++)
			h->free_blocks[i * h->nr_orders + order] =
				r->zones[i]->free_area[order].nr_free;
		for (cpu = 0; cpu < r->config->nr_cpus; cpu++)
			h->counters[0] += (uint64_t)quire_zone_pcp(r->zones[i], cpu)->count;
	}
}

bool show_html_due(const struct show_html *h, uint32_t event)
{
	return history_due(h->history, event);
}

void show_html_sample(struct show_html *h, const struct replay *r, uint32_t event,
		      const char *label)
{
	struct history_sample sample = {
		.event = event,
		.time_ns = time_of(h, r, event),
		.label = label,
		.frames = h->frames,
		.blocks = h->blocks,
		.free_blocks = h->free_blocks,
		.counters = h->counters,
	};
	unsigned int i;
	uint64_t b;

	for (i = 0; i < r->nr_zones; i++)
		sample_zone(h, r, r->zones[i]);
	for (b = 0; b < h->nr_blocks; b++)
		h->blocks[b] = (uint8_t)get_pageblock_migratetype(
			r->mem_map + (b << r->config->pageblock_order));
	sample_lists(h, r);
	/* A sample that cannot be kept leaves a gap on the page, not a failed run. */
	(void)history_sample(h->history, &sample);
}

/* --- marks ------------------------------------------------------------------------------- */

static void mark(struct show_html *h, const struct replay *r, uint32_t i,
		 enum history_mark_kind kind, uint64_t pfn, const char *text)
{
	(void)history_mark(h->history, i, time_of(h, r, i), kind, pfn, text);
}

static void mark_steal(struct show_html *h, const struct replay *r, uint32_t i,
		       const struct trace_event *e)
{
	static const char *const types[] = { "unmovable",  "movable", "reclaimable",
					     "highatomic", "CMA",     "isolated" };
	unsigned int from = e->gfp & 0xff;
	bool owner = e->gfp >> 8 & 1;
	char text[TEXT_BYTES];

	snprintf(text, sizeof(text), "%s request of order %d took a %s block of order %u%s",
		 e->mt >= 0 && e->mt < 6 ? types[e->mt] : "?", e->order,
		 from < 6 ? types[from] : "?", e->aux,
		 owner ? "; the page block changes type" : "");
	mark(h, r, i, owner ? HISTORY_MARK_STEAL : HISTORY_MARK_FALLBACK, e->pfn, text);
}

/* Drains in a row are one mark, at the first. Return: the event behind the burst. */
static uint32_t mark_drains(struct show_html *h, const struct replay *r, uint32_t first)
{
	uint32_t i, last = first, n = 0;
	char text[TEXT_BYTES];

	for (i = first; i < r->trace->nr_events && i - last < DRAIN_GAP; i++)
		if (r->ev[i].type == TRACE_PCPU_DRAIN) {
			last = i;
			n++;
		}
	snprintf(text, sizeof(text), "%u blocks given back from per-CPU lists", n);
	mark(h, r, first, HISTORY_MARK_DRAIN, HISTORY_NO_PFN, text);
	return last + 1;
}

static void mark_event(struct show_html *h, const struct replay *r, uint32_t i)
{
	const struct trace_event *e = &r->ev[i];
	const char *text;

	switch (e->type) {
	case TRACE_EXTFRAG:
		mark_steal(h, r, i, e);
		break;
	case TRACE_COMPACT_BEGIN:
		mark(h, r, i, HISTORY_MARK_COMPACTION, HISTORY_NO_PFN, "compaction begins");
		break;
	case TRACE_KSWAPD_WAKE:
		mark(h, r, i, HISTORY_MARK_RECLAIM, HISTORY_NO_PFN, "kswapd wakes");
		break;
	case TRACE_DIRECT_RECLAIM_BEGIN:
		mark(h, r, i, HISTORY_MARK_RECLAIM, HISTORY_NO_PFN, "direct reclaim");
		break;
	case TRACE_PAGE_ALLOC:
		if (e->pfn == TRACE_NO_PFN)
			mark(h, r, i, HISTORY_MARK_OOM, HISTORY_NO_PFN, "an allocation failed");
		break;
	case TRACE_LOST:
		mark(h, r, i, HISTORY_MARK_LOST, HISTORY_NO_PFN, "events lost by the kernel");
		break;
	case TRACE_MARK:
		text = e->pfn < r->trace->strings_bytes ? r->trace->strings + e->pfn : "";
		mark(h, r, i,
		     strncmp(text, "SNAPSHOT", 8) ? HISTORY_MARK_PHASE : HISTORY_MARK_SNAPSHOT,
		     HISTORY_NO_PFN, text);
		break;
	default:
		break;
	}
}

/* What another machine does in another way, or not at all. */
static bool is_choice(const struct trace_event *e)
{
	return e->type == TRACE_EXTFRAG || e->type == TRACE_PCPU_DRAIN ||
	       e->type == TRACE_PAGE_ALLOC;
}

void show_html_own_marks(struct show_html *h)
{
	h->own_marks = true;
}

void show_html_steal(struct show_html *h, const struct replay *r, const struct trace_event *e)
{
	mark_steal(h, r, r->event, e);
}

void show_html_drain(struct show_html *h, const struct replay *r)
{
	if (!h->last_drain || r->event + 1 - h->last_drain >= DRAIN_GAP)
		mark(h, r, r->event, HISTORY_MARK_DRAIN, HISTORY_NO_PFN,
		     "blocks given back from per-CPU lists");
	h->last_drain = r->event + 1;
}

void show_html_failure(struct show_html *h, const struct replay *r, unsigned int order)
{
	char text[TEXT_BYTES];

	snprintf(text, sizeof(text), "a request of order %u failed", order);
	mark(h, r, r->event, HISTORY_MARK_OOM, HISTORY_NO_PFN, text);
}

void show_html_finish(struct show_html *h, const struct replay *r)
{
	uint32_t n = r->event, i, drains_from = 0;

	if (r->trace->nr_events)
		show_html_sample(h, r, n, NULL);
	for (i = 0; i < r->trace->nr_events && i <= n; i++) {
		if (h->own_marks && is_choice(&r->ev[i]))
			continue;
		if (r->ev[i].type == TRACE_PCPU_DRAIN && i >= drains_from)
			drains_from = mark_drains(h, r, i);
		else
			mark_event(h, r, i);
	}
	if (r->first_difference)
		mark(h, r, (uint32_t)r->counts.prefix_event, HISTORY_MARK_DIFFERENCE,
		     HISTORY_NO_PFN, "first difference from the recording");
}

int show_html_write(struct show_html *const *runs, unsigned int nr, const char *title,
		    const char *subtitle, const char *json, FILE *out, char *err, size_t err_size)
{
	struct history *histories[MAX_RUNS];
	struct history_page page = { .title = title,
				     .subtitle = subtitle,
				     .report_json = json,
				     .runs = histories,
				     .nr_runs = nr };
	unsigned int i;

	for (i = 0; i < nr && i < MAX_RUNS; i++)
		histories[i] = runs[i]->history;
	return history_write_html(&page, out, err, err_size);
}
