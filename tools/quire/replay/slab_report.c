/* SPDX-License-Identifier: MIT */
/*
 * slab_report.c - how far the caches are the kernel's, as text and as JSON.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "replay/slab_internal.h"

#define MAX_DIFFERENT 10

static double percent(uint64_t part, uint64_t of)
{
	return of ? 100.0 * (double)part / (double)of : 100.0;
}

static void line(FILE *out, const char *what, uint64_t same, uint64_t of)
{
	if (of)
		fprintf(out, "  %-46s %9" PRIu64 " of %9" PRIu64 "  %8.4f %%\n", what, same, of,
			percent(same, of));
}

static void input(FILE *out, const char *what, uint64_t n)
{
	if (n)
		fprintf(out, "  %-58s %10" PRIu64 "\n", what, n);
}

/* --- text ------------------------------------------------------------------------------------- */

static void write_checks(const struct slab_run *run, FILE *out)
{
	const struct slab_counts *c = &run->counts;
	const struct slab_input *in = run->in;
	struct slab_fidelity f;

	objects_fidelity(run, &f);
	line(out, "allocations, slot and class as recorded", c->bytes_same, c->bytes_total);
	line(out, "allocations from the slab recorded", c->slab_same, c->slab_total);
	line(out, "  of those without an event", c->silent_same, c->silent_total);
	line(out, "slabs given back, here too", c->gone_same, c->gone_total);
	line(out, "numbers in /proc/slabinfo, all snapshots", f.cells_equal, f.cells);
	if (!f.caches)
		return;
	fprintf(out,
		"  caches with events and more than 10 slabs: change from %s to %s within 2 %%\n"
		"  or one slab\n",
		in->snapshots[0].name, in->snapshots[in->nr_snapshots - 1].name);
	line(out, "  of active objects", f.active_objs, f.caches);
	line(out, "  of slabs", f.num_slabs, f.caches);
}

static uint64_t first_slabs(const struct slab_input *in)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < in->nr_rows; i++)
		n += in->rows[i].first_slabs;
	return n;
}

static void write_inputs(const struct slab_run *run, FILE *out)
{
	const struct slab_input_counts *c = &run->in->counts;

	fputs("\nTold or inferred of objects\n", out);
	input(out, "slabs of before the first event", first_slabs(run->in));
	input(out, "objects of before the first event that are freed", c->early_objects);
	input(out, "cache of an allocation: learned from its caller's frees", c->by_site);
	input(out, "  from other objects of the slab", c->by_page);
	input(out, "  from slabs that nothing else accounts for", c->by_count);
	input(out, "  not to be told: a cache by itself", c->nameless);
	input(out, "allocations without an event, inferred from frees", c->silent_allocs);
	input(out, "  inferred from slabs that had objects left", run->counts.told_allocs);
	input(out, "frees without an event, inferred from allocations", c->silent_frees);
	input(out, "kmem_cache_shrink(), inferred from pages that go back",
	      run->counts.told_shrinks);
	input(out, "frees of addresses on no known slab", c->unknown_frees);
	input(out, "requests that failed in the recording", c->failed);
	input(out, "requests that failed here", run->counts.failed);
	input(out, "frees of early objects beyond those of slabinfo", run->counts.lost_frees);
}

/** struct worst - caches with most differences, the worst first. */
struct worst {
	uint64_t off;
	unsigned int row;
};

static int by_off(const void *a, const void *b)
{
	const struct worst *x = a, *y = b;

	if (x->off != y->off)
		return x->off < y->off ? 1 : -1;
	return x->row < y->row ? -1 : 1;
}

static void write_worst(const struct slab_run *run, FILE *out)
{
	struct worst *w = calloc(run->in->nr_rows + 1, sizeof(*w));
	unsigned int i, nr = 0;

	for (i = 0; w && i < run->in->nr_rows; i++)
		if (run->rows[i].total != run->rows[i].same)
			w[nr++] = (struct worst){ run->rows[i].total - run->rows[i].same, i };
	if (nr)
		qsort(w, nr, sizeof(*w), by_off);
	if (nr)
		fprintf(out, "\n%-48s %22s\n", "Caches in which other slabs were chosen",
			"same of recorded");
	for (i = 0; i < nr && i < MAX_DIFFERENT; i++)
		line(out, run->in->rows[w[i].row].name, run->rows[w[i].row].same,
		     run->rows[w[i].row].total);
	if (nr > MAX_DIFFERENT)
		fprintf(out, "  and %u more\n", nr - MAX_DIFFERENT);
	free(w);
}

void objects_text(const struct slab_run *run, FILE *out)
{
	fprintf(out, "\nObjects: %zu events of kmalloc and caches, %u caches%s\n",
		run->in->trace->nr_objects, run->in->nr_rows,
		run->in->have_slabinfo ? ""
				       : "; no slabinfo with the recording, so its caches are "
					 "those that events name");
	if (!run->in->addresses)
		fputs("  pointers do not show where objects lay (hashed?): slabs are not "
		      "compared\n",
		      out);
	write_checks(run, out);
	write_worst(run, out);
	write_inputs(run, out);
}

/* --- JSON -------------------------------------------------------------------------------- */

static void set(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

json_t *objects_fidelity_json(const struct slab_run *run)
{
	const struct slab_counts *c = &run->counts;
	json_t *o = json_object();
	struct slab_fidelity f;

	objects_fidelity(run, &f);
	set(o, "bytes_alloc_total", c->bytes_total);
	set(o, "bytes_alloc_same", c->bytes_same);
	set(o, "caches", f.caches);
	set(o, "active_objs_within_2_percent", f.active_objs);
	set(o, "num_slabs_within_2_percent", f.num_slabs);
	set(o, "same_slab_total", c->slab_total);
	set(o, "same_slab", c->slab_same);
	set(o, "slabs_given_back_total", c->gone_total);
	set(o, "slabs_given_back_same", c->gone_same);
	set(o, "slabinfo_cells", f.cells);
	set(o, "slabinfo_equal", f.cells_equal);
	return o;
}

static json_t *inputs_json(const struct slab_run *run)
{
	const struct slab_input_counts *c = &run->in->counts;
	json_t *o = json_object();

	set(o, "events", run->in->trace->nr_objects);
	set(o, "allocations", c->allocs);
	set(o, "frees", c->frees);
	set(o, "large_allocations", c->large);
	set(o, "frees_of_null", c->empty_frees);
	set(o, "failed_requests", c->failed);
	set(o, "failed_here", run->counts.failed);
	set(o, "first_slabs", first_slabs(run->in));
	set(o, "early_objects", c->early_objects);
	set(o, "early_objects_lost", run->counts.lost_frees);
	set(o, "names_by_caller", c->by_site);
	set(o, "names_by_slab", c->by_page);
	set(o, "names_by_slab_counts", c->by_count);
	set(o, "nameless", c->nameless);
	set(o, "silent_allocations", c->silent_allocs);
	set(o, "silent_allocations_by_slabs_left", run->counts.told_allocs);
	set(o, "silent_frees", c->silent_frees);
	set(o, "inferred_shrinks", run->counts.told_shrinks);
	set(o, "frees_of_unknown", c->unknown_frees);
	json_object_set_new(o, "slabinfo", json_boolean(run->in->have_slabinfo));
	json_object_set_new(o, "addresses", json_boolean(run->in->addresses));
	return o;
}

static json_t *lines_json(const struct slab_input *in, const struct slab_line *lines)
{
	json_t *list = json_array();
	unsigned int k;

	for (k = 0; k < in->nr_snapshots; k++)
		json_array_append_new(list,
				      json_pack("{s:s,s:I,s:I}", "name", in->snapshots[k].name,
						"active_objs", (json_int_t)lines[k].active_objs,
						"num_slabs", (json_int_t)lines[k].num_slabs));
	return list;
}

static json_t *row_json(const struct slab_run *run, unsigned int i)
{
	const struct slab_row *row = &run->in->rows[i];
	json_t *o = json_object();

	json_object_set_new(o, "name", json_string(row->name));
	set(o, "slot_bytes", row->size);
	set(o, "objects_per_slab", row->objects);
	set(o, "pages_per_slab", row->pages);
	set(o, "events", row->events);
	set(o, "first_slabs", row->first_slabs);
	set(o, "allocations", run->rows[i].total);
	set(o, "same_slab", run->rows[i].same);
	if (row->listed) {
		json_object_set_new(o, "recorded", lines_json(run->in, row->seen));
		json_object_set_new(o, "here", lines_json(run->in, run->rows[i].at));
	}
	json_object_set_new(o, "counted", json_boolean(objects_row_counts(run, i)));
	return o;
}

json_t *objects_json(const struct slab_run *run)
{
	json_t *o = json_object(), *rows = json_array();
	unsigned int i;

	for (i = 0; i < run->in->nr_rows; i++)
		if (run->in->rows[i].events || run->in->rows[i].listed)
			json_array_append_new(rows, row_json(run, i));
	json_object_set_new(o, "inputs", inputs_json(run));
	json_object_set_new(o, "caches", rows);
	return o;
}
