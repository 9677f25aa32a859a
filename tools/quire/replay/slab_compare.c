/* SPDX-License-Identifier: MIT */
/*
 * slab_compare.c - is it the slab that the kernel chose? Are there as many?
 *
 * 1. An allocation from a recorded slab that was never met, while the one it gets here has a
 *    counterpart with objects left: those were allocated without an event. They are allocated here
 *    as well and kept, until a slab without a counterpart is begun.
 * 2. Pages of a recorded slab go back, while here it is still there: kmem_cache_shrink(), which is
 *    made here, too. The same task shrinks several caches in a row (ACPI does); one whose slabs
 *    hold objects shows no pages. So, shortly behind such a shrink, the first difference of each
 *    other cache tries one, and keeps it if then the slab is the recorded one.
 * 3. A snapshot's slabinfo was read at some moment between its marks: the one at which most
 *    numbers are equal counts.
 */
#include "replay/slab_internal.h"

#define SHRINKS_WITHIN 4096 /* operations */

static bool same_slab(struct slab_run *run, const struct slab_op *op, const void *object)
{
	struct slab_frame *f = &run->frames[objects_object_frame(run, object)];
	uint32_t *counterpart = &run->place_frame[op->place];

	if (f->place == op->place)
		return true;
	if (f->place != SLAB_NONE || *counterpart < SLAB_LOST)
		return false;
	f->place = op->place;
	*counterpart = (uint32_t)(f - run->frames);
	return true;
}

/* Point 1. Return: the object that is the request's. */
static void *use_up(struct slab_run *run, size_t op, void *object)
{
	const struct slab_op *o = &run->in->ops[op];
	struct slab_op silent = { .cache = o->cache, .kind = SLAB_OP_SILENT_ALLOC };
	void *held[512];
	uint32_t n = 0, most = objects_per_slab(run, o->cache);

	while (object && n < most && n < 512 &&
	       run->frames[objects_object_frame(run, object)].place != SLAB_NONE) {
		held[n++] = object;
		object = objects_op_alloc(run, &silent);
	}
	if (object && run->frames[objects_object_frame(run, object)].place == SLAB_NONE) {
		objects_run_note(run, SLAB_TOLD_ALLOC, op, o->cache, n);
		run->counts.told_allocs += n;
		return object;
	}
	/* More than a slab's worth: that is another cause, and is not hidden. */
	if (object)
		objects_op_free(run, o->cache, object);
	while (n > 1)
		objects_op_free(run, o->cache, held[--n]);
	return n ? held[0] : NULL;
}

/* Point 2: a shrink without pages? Return: the request's object. */
static void *try_shrink(struct slab_run *run, size_t op, void *object, bool *same)
{
	const struct slab_op *o = &run->in->ops[op];
	struct slab_row_run *row = &run->rows[o->cache];

	if (!run->counts.told_shrinks || op - run->shrunk_at > SHRINKS_WITHIN || row->tried_shrink)
		return object;
	row->tried_shrink = true;
	objects_op_free(run, o->cache, object);
	kmem_cache_shrink(row->cache);
	object = objects_op_alloc(run, o);
	*same = object && same_slab(run, o, object);
	if (*same) {
		run->counts.told_shrinks++;
		objects_run_note(run, SLAB_TOLD_SHRINK, op, o->cache, 1);
	}
	return object;
}

void *objects_compare_alloc(struct slab_run *run, size_t op)
{
	const struct slab_op *o = &run->in->ops[op];
	void *object = objects_op_alloc(run, o);
	bool same, first;

	if (!object || o->place == SLAB_NONE || !run->slab_counts)
		return object;
	first = run->place_frame[o->place] == SLAB_NONE && !run->in->places[o->place].early;
	if (first && run->frames[objects_object_frame(run, object)].place != SLAB_NONE)
		object = use_up(run, op, object);
	same = object && same_slab(run, o, object);
	if (!same && object)
		object = try_shrink(run, op, object, &same);
	if (o->kind == SLAB_OP_ALLOC) {
		run->counts.slab_total++;
		run->counts.slab_same += same;
		run->rows[o->cache].total++;
		run->rows[o->cache].same += same;
	} else {
		run->counts.silent_total++;
		run->counts.silent_same += same;
	}
	return object;
}

void objects_compare_gone(struct slab_run *run, size_t op)
{
	const struct slab_op *o = &run->in->ops[op];
	uint32_t *frame = &run->place_frame[o->place];
	unsigned int i;

	if (*frame == SLAB_NONE || !run->slab_counts)
		return;
	run->counts.gone_total++;
	if (*frame == SLAB_LOST) {
		run->counts.gone_same++;
		return;
	}
	kmem_cache_shrink(run->rows[o->cache].cache);
	if (*frame == SLAB_LOST) {
		run->counts.told_shrinks++;
		run->counts.gone_same++;
		run->shrunk_at = op;
		for (i = 0; i < run->in->nr_rows; i++)
			run->rows[i].tried_shrink = false;
		objects_run_note(run, SLAB_TOLD_SHRINK, op, o->cache, 1);
		return;
	}
	run->frames[*frame].place = SLAB_NONE; /* objects are left on it here */
	*frame = SLAB_LOST;
}

/* --- snapshots ------------------------------------------------------------------------------- */

static unsigned int equal_numbers(struct slab_run *run, unsigned int snapshot)
{
	unsigned int i, equal = 0;

	for (i = 0; i < run->in->nr_rows; i++) {
		const struct slab_row *row = &run->in->rows[i];
		struct slab_line now;

		if (!row->listed)
			continue;
		now = objects_run_line(run, i);
		equal += now.active_objs == row->seen[snapshot].active_objs;
		equal += now.num_slabs == row->seen[snapshot].num_slabs;
	}
	return equal;
}

static void keep_lines(struct slab_run *run, unsigned int snapshot)
{
	unsigned int i;

	for (i = 0; i < run->in->nr_rows; i++)
		run->rows[i].at[snapshot] = objects_run_line(run, i);
}

void objects_compare_snapshot(struct slab_run *run, size_t op)
{
	unsigned int k, equal;

	for (k = 0; k < run->in->nr_snapshots; k++) {
		const struct slab_snapshot *s = &run->in->snapshots[k];

		if (!s->end || op < s->begin || op > s->end)
			continue;
		equal = equal_numbers(run, k);
		if (equal <= run->equal[k])
			continue;
		run->equal[k] = equal;
		run->best[k] = op;
		keep_lines(run, k);
	}
}

static bool near(unsigned long a0, unsigned long a1, unsigned long b0, unsigned long b1,
		 unsigned long least)
{
	long a = (long)(a1 - a0), b = (long)(b1 - b0);
	unsigned long off = (unsigned long)(a > b ? a - b : b - a);
	unsigned long size = (unsigned long)(a < 0 ? -a : a);

	return off * 50 <= size || off <= least;
}

bool objects_row_counts(const struct slab_run *run, unsigned int row)
{
	const struct slab_row *r = &run->in->rows[row];
	unsigned int k;

	for (k = 0; k < run->in->nr_snapshots; k++)
		if (r->events && r->seen[k].num_slabs > 10)
			return true;
	return false;
}

bool objects_row_near(const struct slab_run *run, unsigned int row, bool slabs)
{
	const struct slab_row *r = &run->in->rows[row];
	const struct slab_line *a = r->seen, *b = run->rows[row].at;
	unsigned int end = run->in->nr_snapshots - 1;

	if (slabs)
		return near(a[0].num_slabs, a[end].num_slabs, b[0].num_slabs, b[end].num_slabs, 1);
	return near(a[0].active_objs, a[end].active_objs, b[0].active_objs, b[end].active_objs,
		    r->objects);
}

void objects_fidelity(const struct slab_run *run, struct slab_fidelity *out)
{
	unsigned int i, k;

	*out = (struct slab_fidelity){ 0 };
	for (i = 0; i < run->in->nr_rows && run->in->nr_snapshots; i++) {
		const struct slab_row *row = &run->in->rows[i];

		out->cells += row->listed ? 2 * run->in->nr_snapshots : 0;
		if (!objects_row_counts(run, i) || run->in->nr_snapshots < 2)
			continue;
		out->caches++;
		out->active_objs += objects_row_near(run, i, false);
		out->num_slabs += objects_row_near(run, i, true);
	}
	for (k = 0; k < run->in->nr_snapshots; k++)
		out->cells_equal += run->equal[k];
}
