/* SPDX-License-Identifier: MIT */
/*
 * slab_whatif.c - the same requests on other caches, side by side.
 *
 * Both runs answered all requests by themselves. Memory is what the page allocator gave and has not
 * got back since the machine was ready; *use* is the part of it that owners asked for.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/slab_internal.h"

#define PAGE_KIB   4
#define MAX_CACHES 15

static const char *backend_name(const struct slab_run *run)
{
	static const char *const names[] = { "slub", "slab", "slob" };

	return names[run->slab.backend];
}

static double use(const struct slab_memory *m)
{
	return m->pages ? (double)m->asked / ((double)m->pages * PAGE_KIB * 1024) : 0;
}

static double ns_per_op(const struct slab_run *run)
{
	return run->in->nr_ops ? run->seconds * 1e9 / (double)run->in->nr_ops : 0;
}

/* What differs in the settings, or only the back end. */
static void describe(const struct slab_run *run, char text[96])
{
	const struct quire_slab_config *c = &run->slab;
	int n = snprintf(text, 96, "%s", backend_name(run));

	if (c->sheaves > 0)
		n += snprintf(text + n, 96 - (size_t)n, ", sheaves %d", c->sheaves);
	if (c->max_order != 3)
		n += snprintf(text + n, 96 - (size_t)n, ", max order %u", c->max_order);
	if (c->min_order)
		n += snprintf(text + n, 96 - (size_t)n, ", min order %u", c->min_order);
	if (c->min_objects)
		n += snprintf(text + n, 96 - (size_t)n, ", min objects %u", c->min_objects);
	if (c->debug)
		snprintf(text + n, 96 - (size_t)n, ", debug");
}

static void write_memory(const struct slab_run *a, const struct slab_run *b, FILE *out)
{
	unsigned int i;

	fprintf(out, "  %-28s %14s %14s %12s\n", "", "recorded's", "what if", "difference");
	for (i = 0; i < a->nr_memory && i < b->nr_memory; i++) {
		const struct slab_memory *m = &a->memory[i], *n = &b->memory[i];

		fprintf(out, "  %s\n", m->name);
		fprintf(out, "    %-26s %14" PRIu64 " %14" PRIu64 " %+12" PRId64 "\n",
			"memory, KiB", m->pages * PAGE_KIB, n->pages * PAGE_KIB,
			(int64_t)(n->pages - m->pages) * PAGE_KIB);
		fprintf(out, "    %-26s %13.1f%% %13.1f%% %+11.1f%%\n", "of it asked for",
			100 * use(m), 100 * use(n), 100 * (use(n) - use(m)));
		if (b->slab_counts)
			fprintf(out, "    %-26s %14" PRIu64 " %14" PRIu64 " %+12" PRId64 "\n",
				"slabs", m->slabs, n->slabs, (int64_t)(n->slabs - m->slabs));
	}
	fprintf(out, "  %-28s %14" PRIu64 " %14" PRIu64 " %+12" PRId64 "\n", "most memory, KiB",
		(a->peak_pages - a->start_pages) * PAGE_KIB,
		(b->peak_pages - b->start_pages) * PAGE_KIB,
		(int64_t)((b->peak_pages - b->start_pages) - (a->peak_pages - a->start_pages)) *
			PAGE_KIB);
	fprintf(out, "  %-28s %14" PRIu64 " %14" PRIu64 "\n", "requests that failed",
		a->counts.failed, b->counts.failed);
}

/** struct held - a cache at the end. */
struct held {
	unsigned long slabs_a, slabs_b;
	uint64_t pages_a, pages_b;
	unsigned int row;
};

static uint64_t pages_of(const struct slab_run *run, unsigned int row, unsigned long *slabs)
{
	*slabs = run->rows[row].end.num_slabs;
	return (uint64_t)*slabs << run->rows[row].order;
}

static int by_pages(const void *a, const void *b)
{
	const struct held *x = a, *y = b;
	uint64_t p = x->pages_a > x->pages_b ? x->pages_a : x->pages_b;
	uint64_t q = y->pages_a > y->pages_b ? y->pages_a : y->pages_b;

	if (p != q)
		return p < q ? 1 : -1;
	return x->row < y->row ? -1 : 1;
}

static struct held *held_of(const struct slab_run *a, const struct slab_run *b, unsigned int *nr)
{
	struct held *h = calloc(a->in->nr_rows + 1, sizeof(*h));
	unsigned int i;

	*nr = 0;
	for (i = 0; h && i < a->in->nr_rows; i++) {
		struct held x = { .row = i };

		x.pages_a = pages_of(a, i, &x.slabs_a);
		x.pages_b = pages_of(b, i, &x.slabs_b);
		if (x.pages_a || x.pages_b)
			h[(*nr)++] = x;
	}
	if (*nr)
		qsort(h, *nr, sizeof(*h), by_pages);
	return h;
}

static void write_caches(const struct slab_run *a, const struct slab_run *b, FILE *out)
{
	unsigned int nr, i;
	struct held *h;

	if (!b->slab_counts)
		return;
	h = held_of(a, b, &nr);
	fprintf(out, "  %-28s %14s %14s %12s\n", "slabs at the end, KiB in all", "recorded's",
		"what if", "difference");
	for (i = 0; i < nr && i < MAX_CACHES; i++)
		fprintf(out, "    %-26s %6lu %7" PRIu64 " %6lu %7" PRIu64 " %+12" PRId64 "\n",
			a->in->rows[h[i].row].name, h[i].slabs_a, h[i].pages_a * PAGE_KIB,
			h[i].slabs_b, h[i].pages_b * PAGE_KIB,
			(int64_t)(h[i].pages_b - h[i].pages_a) * PAGE_KIB);
	free(h);
}

void objects_what_if_text(const struct slab_run *a, const struct slab_run *b, bool timing,
			  FILE *out)
{
	char x[96], y[96];

	describe(a, x);
	describe(b, y);
	fprintf(out, "\nObjects, what if: the same requests on %s instead of %s\n", y, x);
	write_memory(a, b, out);
	if (timing)
		fprintf(out, "  %-28s %14.1f %14.1f %+12.1f\n", "time an operation, ns",
			ns_per_op(a), ns_per_op(b), ns_per_op(b) - ns_per_op(a));
	write_caches(a, b, out);
}

/* --- JSON -------------------------------------------------------------------------------- */

static void set(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

static json_t *memory_json(const struct slab_run *run)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < run->nr_memory; i++) {
		const struct slab_memory *m = &run->memory[i];
		json_t *o = json_object();

		json_object_set_new(o, "name", json_string(m->name));
		set(o, "pages", m->pages);
		if (run->slab_counts)
			set(o, "slabs", m->slabs);
		set(o, "live_objects", m->live);
		set(o, "bytes_asked", m->asked);
		json_object_set_new(o, "use", json_real(use(m)));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *run_json(const struct slab_run *run, bool timing)
{
	json_t *o = json_object(), *caches = json_object();
	unsigned int i;

	json_object_set_new(o, "backend", json_string(backend_name(run)));
	json_object_set_new(o, "memory", memory_json(run));
	set(o, "peak_pages", run->peak_pages - run->start_pages);
	set(o, "failed", run->counts.failed);
	if (timing)
		json_object_set_new(o, "ns_per_operation", json_real(ns_per_op(run)));
	for (i = 0; i < run->in->nr_rows && run->slab_counts; i++) {
		unsigned long slabs;
		uint64_t pages = pages_of(run, i, &slabs);

		if (pages)
			json_object_set_new(caches, run->in->rows[i].name,
					    json_pack("{s:I,s:I}", "slabs", (json_int_t)slabs,
						      "pages", (json_int_t)pages));
	}
	json_object_set_new(o, "caches_at_end", caches);
	return o;
}

json_t *objects_what_if_json(const struct slab_run *a, const struct slab_run *b, bool timing)
{
	json_t *o = json_object();

	set(o, "operations", a->in->nr_ops);
	json_object_set_new(o, "recorded", run_json(a, timing));
	json_object_set_new(o, "what_if", run_json(b, timing));
	return o;
}
