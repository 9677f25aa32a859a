/* SPDX-License-Identifier: MIT */
/*
 * slab_html.c - the objects of a run for the page: memory by cache over time, and how full
 * slabs are at the end.
 *
 * Occupancy of a cache is 11 numbers: slabs without an object, slabs filled up to 1/9, 2/9 ... of
 * what is between, slabs that are full. Kept for the page alone: the report for programs does not
 * have it.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/slab_internal.h"

#define BINS		  11
#define SERIES		  12 /* caches with a line of their own */
#define BACKEND_NAME(run) ((const char *const[]){ "SLUB", "SLAB", "SLOB" })[(run)->slab.backend]

static unsigned int bin_of(uint32_t used, uint32_t objects)
{
	if (!used)
		return 0;
	if (used >= objects)
		return BINS - 1;
	return 1 + used * (BINS - 2) / objects;
}

/* By cache: BINS numbers. To be freed. */
static uint32_t *occupancy(const struct slab_run *run)
{
	uint32_t *bins = calloc((size_t)(run->in->nr_rows + 1) * BINS, sizeof(*bins));
	uint64_t i;

	for (i = 0; bins && i < run->nr_frames; i++) {
		const struct slab_frame *f = &run->frames[i];

		if (f->slab && f->cache < run->in->nr_rows)
			bins[f->cache * BINS + bin_of(f->used, run->rows[f->cache].per_slab)]++;
	}
	return bins;
}

static json_t *row_json(const struct slab_run *run, unsigned int i, const uint32_t *bins)
{
	const struct slab_row_run *r = &run->rows[i];
	json_t *list = json_array();
	unsigned int k;

	for (k = 0; bins && k < BINS; k++)
		json_array_append_new(list, json_integer(bins[i * BINS + k]));
	return json_pack("{s:s,s:i,s:I,s:I,s:I,s:I,s:o}", "name", run->in->rows[i].name, "slot",
			 (int)run->in->rows[i].size, "slabs", (json_int_t)r->end.num_slabs, "pages",
			 (json_int_t)(r->end.num_slabs << r->order), "live", (json_int_t)r->live,
			 "asked", (json_int_t)r->bytes_asked, "occupancy", list);
}

static json_t *rows_json(const struct slab_run *run)
{
	uint32_t *bins = occupancy(run);
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < run->in->nr_rows; i++)
		if (run->rows[i].end.num_slabs || run->rows[i].live)
			json_array_append_new(list, row_json(run, i, bins));
	free(bins);
	return list;
}

/** struct tall - a cache and the most it ever had. */
struct tall {
	uint32_t pages;
	unsigned int row;
};

static int by_pages(const void *a, const void *b)
{
	const struct tall *x = a, *y = b;

	if (x->pages != y->pages)
		return x->pages < y->pages ? 1 : -1;
	return x->row < y->row ? -1 : 1;
}

static json_t *line_json(const struct slab_run *run, unsigned int row)
{
	json_t *pages = json_array();
	unsigned int k;

	for (k = 0; k < run->nr_samples; k++)
		json_array_append_new(pages, json_integer(run->samples[k].cache_pages[row]));
	return json_pack("{s:s,s:o}", "name", run->in->rows[row].name, "pages", pages);
}

static json_t *series_json(const struct slab_run *run)
{
	struct tall *tall = calloc(run->in->nr_rows + 1, sizeof(*tall));
	json_t *list = json_array();
	unsigned int i, k;

	for (i = 0; tall && i < run->in->nr_rows; i++) {
		tall[i].row = i;
		for (k = 0; k < run->nr_samples; k++)
			if (run->samples[k].cache_pages[i] > tall[i].pages)
				tall[i].pages = run->samples[k].cache_pages[i];
	}
	if (tall && run->in->nr_rows)
		qsort(tall, run->in->nr_rows, sizeof(*tall), by_pages);
	for (i = 0; tall && i < SERIES && i < run->in->nr_rows && tall[i].pages; i++)
		json_array_append_new(list, line_json(run, tall[i].row));
	free(tall);
	return list;
}

static json_t *run_json(const struct slab_run *run)
{
	json_t *o = json_object(), *event = json_array(), *pages = json_array();
	json_t *asked = json_array();
	unsigned int k;

	for (k = 0; k < run->nr_samples; k++) {
		const struct slab_sample *s = &run->samples[k];

		json_array_append_new(event, json_integer((json_int_t)s->event));
		json_array_append_new(pages, json_integer((json_int_t)s->pages));
		json_array_append_new(asked, json_integer((json_int_t)s->asked));
	}
	json_object_set_new(o, "backend", json_string(BACKEND_NAME(run)));
	json_object_set_new(o, "has_slabs", json_boolean(run->slab_counts));
	json_object_set_new(o, "event", event);
	json_object_set_new(o, "pages", pages);
	json_object_set_new(o, "asked", asked);
	json_object_set_new(o, "series", series_json(run));
	json_object_set_new(o, "caches", rows_json(run));
	return o;
}

json_t *objects_page_json(const struct slab_run *a, const struct slab_run *b)
{
	json_t *runs = json_array();

	json_array_append_new(runs, run_json(a));
	if (b)
		json_array_append_new(runs, run_json(b));
	return runs;
}
