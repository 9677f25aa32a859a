/* SPDX-License-Identifier: MIT */
/*
 * metrics.c - two runs of one trace beside each other (metrics.h).
 */
#include <inttypes.h>
#include <string.h>

#include "html/history.h"
#include "replay/metrics.h"

static const char *const types[METRICS_TYPES] = { "unmovable",	"movable", "reclaimable",
						  "highatomic", "cma",	   "isolate" };

/* --- taking --------------------------------------------------------------------------------- */

static void count_zone(struct metrics_sample *s, const struct replay *r, const struct zone *zone,
		       unsigned int nr_orders)
{
	unsigned int order, cpu;

	for (order = 0; order < nr_orders; order++) {
		s->free_blocks[order] += zone->free_area[order].nr_free;
		s->free_pages += zone->free_area[order].nr_free << order;
	}
	for (cpu = 0; cpu < r->config->nr_cpus; cpu++)
		s->list_pages += (uint64_t)quire_zone_pcp(zone, cpu)->count;
}

/* Page blocks that are part of a zone, holes apart. */
static void count_blocks(struct metrics_sample *s, const struct replay *r, const struct zone *zone)
{
	uint64_t step = UINT64_C(1) << r->config->pageblock_order;
	uint64_t pfn = zone->zone_start_pfn, end = zone_end_pfn(zone);

	for (; pfn < end; pfn = (pfn / step + 1) * step) {
		int mt = pfn_valid(pfn) ? get_pageblock_migratetype(page_of(r, pfn)) : -1;

		if (mt >= 0 && mt < METRICS_TYPES)
			s->page_blocks[mt]++;
	}
}

void metrics_sample(struct metrics *m, const struct replay *r, uint32_t event, const char *name)
{
	struct metrics_sample *s = &m->samples[m->nr_samples];
	unsigned int i;

	m->nr_orders =
		r->config->max_order < METRICS_ORDERS ? r->config->max_order : METRICS_ORDERS;
	m->block_order = r->config->pageblock_order;
	if (m->nr_samples == METRICS_SAMPLES)
		return;
	m->nr_samples++;
	memset(s, 0, sizeof(*s));
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->event = event;
	for (i = 0; i < r->nr_zones; i++) {
		count_zone(s, r, r->zones[i], m->nr_orders);
		count_blocks(s, r, r->zones[i]);
	}
}

static void count_request(struct metrics *m, const struct trace_event *e)
{
	unsigned int order =
		e->order >= 0 && e->order < METRICS_ORDERS ? (unsigned int)e->order : 0;

	m->requests++;
	if (e->pfn != TRACE_NO_PFN)
		return;
	m->failed++;
	m->failed_order[order]++;
	m->failed_pages += UINT64_C(1) << order;
}

void metrics_recorded(struct metrics *m, const struct trace *trace, size_t end)
{
	size_t i;

	for (i = 0; i < end && i < trace->nr_events; i++) {
		const struct trace_event *e = &trace->events[i];

		switch (e->type) {
		case TRACE_PAGE_ALLOC:
			count_request(m, e);
			break;
		case TRACE_ZONE_LOCKED:
			m->refills += e->aux != 0;
			m->direct += e->aux == 0;
			break;
		case TRACE_PCPU_DRAIN:
			m->drains++;
			break;
		case TRACE_EXTFRAG:
			if (e->mt >= 0 && e->mt < MIGRATE_PCPTYPES)
				m->fallbacks[e->mt]++;
			m->steals += e->gfp >> 8 & 1;
			break;
		default:
			break;
		}
	}
}

double metrics_unusable(const struct metrics *m, const struct metrics_sample *s, unsigned int order)
{
	return history_unusable(s->free_blocks, m->nr_orders, order);
}

/* --- JSON ------------------------------------------------------------------------------------ */

static void set(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

static json_t *by_order(const uint64_t *counts, unsigned int nr)
{
	json_t *o = json_object();
	unsigned int i;
	char key[24];

	for (i = 0; i < nr; i++) {
		snprintf(key, sizeof(key), "order_%u", i);
		set(o, key, counts[i]);
	}
	return o;
}

static json_t *by_type(const uint64_t *counts, unsigned int nr)
{
	json_t *o = json_object();
	unsigned int i;

	for (i = 0; i < nr; i++)
		set(o, types[i], counts[i]);
	return o;
}

static json_t *unusable(const struct metrics *m, const struct metrics_sample *s)
{
	json_t *o = json_object();
	unsigned int i;
	char key[24];

	for (i = 0; i < m->nr_orders; i++) {
		snprintf(key, sizeof(key), "order_%u", i);
		json_object_set_new(o, key, json_real(metrics_unusable(m, s, i)));
	}
	return o;
}

static json_t *sample_json(const struct metrics *m, const struct metrics_sample *s)
{
	json_t *o = json_object();

	set(o, "event", s->event);
	set(o, "free_pages", s->free_pages);
	set(o, "list_pages", s->list_pages);
	json_object_set_new(o, "free_blocks", by_order(s->free_blocks, m->nr_orders));
	json_object_set_new(o, "unusable_free_space", unusable(m, s));
	json_object_set_new(o, "page_blocks", by_type(s->page_blocks, METRICS_TYPES));
	return o;
}

json_t *metrics_json(const struct metrics *m)
{
	json_t *o = json_object(), *at = json_object();
	unsigned int i;

	set(o, "requests", m->requests);
	set(o, "failed", m->failed);
	set(o, "failed_pages", m->failed_pages);
	json_object_set_new(o, "failed_by_order", by_order(m->failed_order, METRICS_ORDERS));
	set(o, "refilled_blocks", m->refills);
	set(o, "drained_blocks", m->drains);
	set(o, "direct_blocks", m->direct);
	json_object_set_new(o, "fallbacks", by_type(m->fallbacks, MIGRATE_PCPTYPES));
	set(o, "page_blocks_changed", m->steals);
	for (i = 0; i < m->nr_samples; i++)
		json_object_set_new(at, m->samples[i].name, sample_json(m, &m->samples[i]));
	json_object_set_new(o, "at", at);
	return o;
}

/* --- text ------------------------------------------------------------------------------------- */

/** struct table - rows that differ are written, with their headings; the others are counted. */
struct table {
	FILE *out;
	unsigned int differ, equal;
	const char *sample; /* whose heading is still to be written; NULL: none */
};

static void begin_row(struct table *t, const char *what)
{
	if (!t->differ++)
		fprintf(t->out, "  %-44s %12s %12s %12s\n", "", "recorded", "what-if",
			"difference");
	if (t->sample)
		fprintf(t->out, " At %s\n", t->sample);
	t->sample = NULL;
	fprintf(t->out, "  %-44s ", what);
}

static void row(struct table *t, const char *what, uint64_t a, uint64_t b)
{
	if (a == b) {
		t->equal++;
		return;
	}
	begin_row(t, what);
	fprintf(t->out, "%12" PRIu64 " %12" PRIu64 " %+12" PRId64 "\n", a, b, (int64_t)(b - a));
}

static void row_share(struct table *t, const char *what, double a, double b)
{
	if (!(a > b || a < b)) {
		t->equal++;
		return;
	}
	begin_row(t, what);
	fprintf(t->out, "%12.4f %12.4f %+12.4f\n", a, b, b - a);
}

static void totals(const struct metrics *a, const struct metrics *b, struct table *t)
{
	char what[64];
	unsigned int i;

	row(t, "requests", a->requests, b->requests);
	row(t, "requests that failed", a->failed, b->failed);
	for (i = 0; i < METRICS_ORDERS; i++) {
		snprintf(what, sizeof(what), "  of order %u", i);
		if (a->failed_order[i] || b->failed_order[i])
			row(t, what, a->failed_order[i], b->failed_order[i]);
	}
	row(t, "blocks moved to per-CPU lists (refills)", a->refills, b->refills);
	row(t, "blocks moved back from them (drains)", a->drains, b->drains);
	row(t, "blocks taken past the lists", a->direct, b->direct);
	for (i = 0; i < MIGRATE_PCPTYPES; i++) {
		snprintf(what, sizeof(what), "fallbacks: %s took another type", types[i]);
		row(t, what, a->fallbacks[i], b->fallbacks[i]);
	}
	row(t, "page blocks that changed type (steals)", a->steals, b->steals);
}

static void sample_text(const struct metrics *a, const struct metrics_sample *x,
			const struct metrics *b, const struct metrics_sample *y, struct table *t)
{
	unsigned int i, orders = a->nr_orders > b->nr_orders ? a->nr_orders : b->nr_orders;
	unsigned int block = a->block_order < b->block_order ? a->block_order : b->block_order;
	char what[64];

	row(t, "free pages", x->free_pages, y->free_pages);
	row(t, "pages on per-CPU lists", x->list_pages, y->list_pages);
	for (i = 0; i < orders; i++) {
		snprintf(what, sizeof(what), "free blocks of order %u", i);
		row(t, what, x->free_blocks[i], y->free_blocks[i]);
	}
	for (i = 3; i <= block; i += block > 3 ? block - 3 : 1) {
		snprintf(what, sizeof(what), "unusable free space index, order %u", i);
		row_share(t, what, metrics_unusable(a, x, i), metrics_unusable(b, y, i));
	}
	for (i = 0; i < METRICS_TYPES; i++) {
		snprintf(what, sizeof(what), "page blocks, %s", types[i]);
		if (x->page_blocks[i] || y->page_blocks[i])
			row(t, what, x->page_blocks[i], y->page_blocks[i]);
	}
}

void metrics_text(const struct metrics *a, const struct metrics *b, FILE *out)
{
	struct table t = { .out = out };
	unsigned int i, j;

	totals(a, b, &t);
	for (i = 0; i < a->nr_samples; i++)
		for (j = 0; j < b->nr_samples; j++)
			if (!strcmp(a->samples[i].name, b->samples[j].name)) {
				t.sample = a->samples[i].name;
				sample_text(a, &a->samples[i], b, &b->samples[j], &t);
			}
	if (!t.differ)
		fprintf(out, "  nothing differs: %u counts are equal\n", t.equal);
	else if (t.equal)
		fprintf(out, "  (%u rows that are equal are left out)\n", t.equal);
}
