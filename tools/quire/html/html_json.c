/* SPDX-License-Identifier: MIT */
/*
 * html_json.c - a run's history as JSON: shape, samples by column, marks.
 *
 * 1. Numbers that the page charts lie in columns (one array per line of a
 *    chart), since that is how uPlot takes them.
 * 2. Text comes from traces and machine files and may hold any bytes; all of it
 *    passes html_json_text().
 * 3. jansson keeps the order of keys, so the same history gives the same bytes.
 *    Its *_new functions steal a reference even when they fail, so one check of
 *    `failed` at the end of a builder is enough.
 */
#include "html_json.h"

#include <stdlib.h>
#include <string.h>

/* Length of the UTF-8 sequence at @s; 0 when it is none (overlong, surrogate, cut). */
static size_t utf8_len(const unsigned char *s)
{
	char buf[5] = { 0 };

	for (size_t len = 1; len <= 4 && s[len - 1]; len++) {
		json_t *probe;

		memcpy(buf, s, len);
		probe = json_stringn(buf, len);
		if (probe) {
			json_decref(probe);
			return len;
		}
	}
	return 0;
}

json_t *html_json_text(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	json_t *valid = json_string(text);
	char *clean;
	size_t to = 0;

	if (valid)
		return valid;
	clean = malloc(strlen(text) * 3 + 1);
	if (!clean)
		return NULL;
	while (*s) {
		size_t len = utf8_len(s);

		if (len)
			memcpy(clean + to, s, len);
		else
			memcpy(clean + to, "\xef\xbf\xbd", 3);
		to += len ? len : 3;
		s += len ? len : 1;
	}
	valid = json_stringn(clean, to);
	free(clean);
	return valid;
}

static json_t *words(const char *key, const char *text, const char *light, const char *dark)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "key", key, "text", text, "light", light, "dark",
			 dark);
}

static json_t *frame_states(void)
{
	json_t *list = json_array();

#define ADD(id, key, text, light, dark) json_array_append_new(list, words(key, text, light, dark));
	HISTORY_FRAMES(ADD)
	return list;
}

static json_t *mark_kinds(void)
{
	json_t *list = json_array();

	HISTORY_MARKS(ADD)
#undef ADD
	return list;
}

static json_t *zones_json(const struct history_shape *s)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < s->nr_zones; i++) {
		const struct history_zone *z = &s->zones[i];

		json_array_append_new(list, json_pack("{s:i, s:o, s:I, s:I}", "nid", z->nid, "name",
						      html_json_text(z->name), "start",
						      (json_int_t)z->start_pfn, "end",
						      (json_int_t)z->end_pfn));
	}
	return list;
}

static json_t *types_json(const struct history_shape *s)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < s->nr_migratetypes; i++)
		json_array_append_new(list, html_json_text(s->migratetypes[i]));
	return list;
}

/* One of a sample's numbers, from all samples. */
static json_t *column(const struct history *h, size_t number)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < h->nr_samples; i++)
		json_array_append_new(list,
				      json_integer((json_int_t)h->samples[i].numbers[number]));
	return list;
}

static json_t *counters_json(const struct history *h)
{
	size_t at = (size_t)h->shape.nr_zones * h->shape.nr_orders;
	json_t *list = json_array();

	for (unsigned int i = 0; i < h->shape.nr_counters; i++) {
		const struct history_counter *c = &h->shape.counters[i];

		json_array_append_new(
			list, json_pack("{s:o, s:o, s:o, s:o}", "chart", html_json_text(c->chart),
					"name", html_json_text(c->name), "unit",
					html_json_text(c->unit), "values", column(h, at + i)));
	}
	return list;
}

/* free[zone][order][sample] */
static json_t *free_json(const struct history *h)
{
	json_t *zones = json_array();

	for (unsigned int z = 0; z < h->shape.nr_zones; z++) {
		json_t *orders = json_array();

		for (unsigned int o = 0; o < h->shape.nr_orders; o++)
			json_array_append_new(orders,
					      column(h, (size_t)z * h->shape.nr_orders + o));
		json_array_append_new(zones, orders);
	}
	return zones;
}

/* counts[state][sample], exact */
static json_t *counts_json(const struct history *h)
{
	json_t *states = json_array();

	for (unsigned int s = 0; s < HISTORY_NR_FRAMES; s++) {
		json_t *list = json_array();

		for (unsigned int i = 0; i < h->nr_samples; i++)
			json_array_append_new(list,
					      json_integer((json_int_t)h->samples[i].counts[s]));
		json_array_append_new(states, list);
	}
	return states;
}

static json_t *labels_json(const struct history *h)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < h->nr_samples; i++)
		if (h->samples[i].label)
			json_array_append_new(list, json_pack("[i, o]", (int)i,
							      html_json_text(h->samples[i].label)));
	return list;
}

static json_t *samples_json(const struct history *h)
{
	json_t *events = json_array(), *times = json_array();

	for (unsigned int i = 0; i < h->nr_samples; i++) {
		json_array_append_new(events, json_integer((json_int_t)h->samples[i].event));
		json_array_append_new(times, json_integer((json_int_t)h->samples[i].time_ns));
	}
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "event", events, "time_ns", times,
			 "labels", labels_json(h), "counts", counts_json(h), "free", free_json(h),
			 "counters", counters_json(h));
}

/* A mark as [first event, last event, time, frame or -1, count, text]. */
static json_t *mark_json(const struct history_mark *m)
{
	json_int_t pfn = m->pfn == HISTORY_NO_PFN ? -1 : (json_int_t)m->pfn;

	return json_pack("[I, I, I, I, I, o]", (json_int_t)m->first_event,
			 (json_int_t)m->last_event, (json_int_t)m->time_ns, pfn,
			 (json_int_t)m->count, html_json_text(m->text));
}

static json_t *marks_json(const struct history *h)
{
	json_t *kinds = json_array();

	for (unsigned int k = 0; k < HISTORY_NR_MARKS; k++) {
		json_t *list = json_array();

		for (unsigned int i = 0; i < h->marks[k].nr; i++)
			json_array_append_new(list, mark_json(&h->marks[k].marks[i]));
		json_array_append_new(kinds,
				      json_pack("{s:I, s:o}", "total",
						(json_int_t)h->marks[k].total, "marks", list));
	}
	return kinds;
}

static json_t *run_json(const struct history *h)
{
	const struct history_shape *s = &h->shape;

	return json_pack("{s:o, s:I, s:I, s:I, s:i, s:i, s:I, s:I, s:i, s:i, s:o, s:o, s:o, s:o}",
			 "name", html_json_text(s->name), "first_pfn", (json_int_t)s->first_pfn,
			 "nr_frames", (json_int_t)s->nr_frames, "page_size",
			 (json_int_t)s->page_size, "block_order", (int)s->block_order, "nr_orders",
			 (int)s->nr_orders, "nr_cells", (json_int_t)h->nr_cells, "nr_blocks",
			 (json_int_t)h->nr_blocks, "cell_shift", (int)h->cell_shift, "block_shift",
			 (int)h->block_shift, "zones", zones_json(s), "types", types_json(s),
			 "samples", samples_json(h), "marks", marks_json(h));
}

json_t *html_json_page(const struct history_page *page, json_t *report)
{
	json_t *runs = json_array();

	for (unsigned int i = 0; i < page->nr_runs; i++)
		json_array_append_new(runs, run_json(page->runs[i]));
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:O}", "title", html_json_text(page->title),
			 "subtitle", html_json_text(page->subtitle ? page->subtitle : ""), "frames",
			 frame_states(), "marks", mark_kinds(), "runs", runs, "report", report);
}
