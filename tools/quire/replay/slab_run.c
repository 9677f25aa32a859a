/* SPDX-License-Identifier: MIT */
/*
 * slab_run.c - all operations on a machine (slab_replay.h).
 *
 * Objects of before the first event: each cache gets its first slabs, filled but for what the
 * CPU had left of the last. An early object that is freed later is one of the slab that stands for
 * its recorded one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <quire/mm.h>

#include "replay/slab_internal.h"

#define LOOK_MASK 0xfff

/* --- requests ---------------------------------------------------------------------------- */

static gfp_t type_flags(const struct slab_row *row)
{
	switch (row->type) {
	case KMALLOC_CGROUP:
		return __GFP_ACCOUNT;
	case KMALLOC_RECLAIM:
		return __GFP_RECLAIMABLE;
	case KMALLOC_DMA:
		return __GFP_DMA;
	default:
		return 0;
	}
}

static void *row_alloc(struct slab_run *run, uint16_t cache, size_t bytes, gfp_t gfp, int node)
{
	bool kmalloced = cache == SLAB_LARGE || run->in->rows[cache].index;

	if (node >= 0)
		node %= (int)run->nr_nodes;
	if (kmalloced)
		return __kmalloc_node(bytes, gfp, node);
	return run->rows[cache].cache ? kmem_cache_alloc_node(run->rows[cache].cache, gfp, node)
				      : NULL;
}

uint64_t objects_object_frame(const struct slab_run *run, const void *object)
{
	uint64_t frame = page_to_pfn(compound_head(virt_to_page(object)));

	return frame < run->nr_frames ? frame : 0;
}

static void account(struct slab_run *run, uint16_t cache, const void *object, long by)
{
	struct slab_frame *f = &run->frames[objects_object_frame(run, object)];

	if (f->slab)
		f->used += (uint32_t)by;
	run->live += (uint64_t)by;
	if (cache < SLAB_LARGE)
		run->rows[cache].live += (uint64_t)by;
}

static void account_bytes(struct slab_run *run, uint16_t cache, long by)
{
	run->bytes_asked += (uint64_t)by;
	if (cache < SLAB_LARGE)
		run->rows[cache].bytes_asked += (uint64_t)by;
}

void *objects_op_alloc(struct slab_run *run, const struct slab_op *op)
{
	const struct trace_object *o = &run->in->trace->objects[op->object];
	bool event = op->kind == SLAB_OP_ALLOC;
	const struct slab_row *row = op->cache < SLAB_LARGE ? &run->in->rows[op->cache] : NULL;
	size_t bytes = event ? o->bytes_req : row->size;
	gfp_t gfp = event ? o->gfp : GFP_KERNEL | type_flags(row);
	void *object;

	run->cache_now = op->cache;
	run->made_slab = false;
	object = row_alloc(run, op->cache, bytes, gfp, event ? o->node : -1);
	if (object)
		account(run, op->cache, object, 1);
	return object;
}

void objects_op_free(struct slab_run *run, uint16_t cache, void *object)
{
	run->cache_now = cache;
	account(run, cache, object, -1);
	if (cache == SLAB_LARGE || run->in->rows[cache].index)
		kfree(object);
	else
		kmem_cache_free(run->rows[cache].cache, object);
}

/* --- counts ------------------------------------------------------------------------------ */

struct slab_line objects_run_line(struct slab_run *run, unsigned int row)
{
	const struct slab_row_run *r = &run->rows[row];
	struct quire_slabinfo info;

	if (!objects_cache_of(run, row))
		return (struct slab_line){ 0, 0 };
	quire_slabinfo(r->cache, &info);
	return (struct slab_line){ info.active_objs - r->base.active_objs,
				   info.num_slabs - r->base.num_slabs };
}

void objects_memory_now(struct slab_run *run, const char *name)
{
	struct slab_memory *m = &run->memory[run->nr_memory];
	unsigned int i;

	if (run->nr_memory == sizeof(run->memory) / sizeof(run->memory[0]))
		return;
	run->nr_memory++;
	snprintf(m->name, sizeof(m->name), "%s", name);
	m->pages = run->pages_held - run->start_pages;
	m->live = run->live;
	m->asked = run->bytes_asked;
	for (i = 0; i < run->in->nr_rows; i++)
		m->slabs += objects_run_line(run, i).num_slabs;
}

static void sample(struct slab_run *run, uint64_t event)
{
	struct slab_sample *s = &run->samples[run->nr_samples];
	unsigned int i;

	if (run->nr_samples > SLAB_SAMPLES)
		return;
	s->cache_pages = calloc(run->in->nr_rows + 1, sizeof(*s->cache_pages));
	if (!s->cache_pages)
		return;
	run->nr_samples++;
	s->event = event;
	s->pages = run->pages_held - run->start_pages;
	s->asked = run->bytes_asked;
	for (i = 0; i < run->in->nr_rows; i++) {
		struct quire_slabinfo info;

		if (!objects_cache_of(run, i))
			continue;
		quire_slabinfo(run->rows[i].cache, &info);
		s->cache_pages[i] = (uint32_t)(info.num_slabs - run->rows[i].base.num_slabs)
				    << info.cache_order;
	}
}

void objects_run_note(struct slab_run *run, enum slab_told_kind kind, size_t op, uint16_t cache,
		      uint32_t nr)
{
	if (!objects_grow((void **)&run->told, run->nr_told, &run->told_cap, sizeof(*run->told))) {
		run->failed_memory = true;
		return;
	}
	run->told[run->nr_told++] = (struct slab_told){ op, nr, cache, (uint8_t)kind };
}

/* --- before the first event -------------------------------------------------------------- */

/** struct first - objects of a cache's first slabs, in order. */
struct first {
	void **objects;
	uint32_t nr, per_slab;
	uint32_t *next; /* by slab: the next one that is not taken */
	uint32_t slabs, given;
};

uint32_t objects_per_slab(struct slab_run *run, uint16_t row)
{
	struct quire_slabinfo info = { .objects_per_slab = 1 };

	if (run->in->rows[row].objects)
		return run->in->rows[row].objects;
	if (objects_cache_of(run, row))
		quire_slabinfo(run->rows[row].cache, &info);
	return info.objects_per_slab ? info.objects_per_slab : 1;
}

/* Up to the first object of a fresh slab: a class that is in use already must not lend its rest. */
static void *first_object(struct slab_run *run, const struct slab_op *op)
{
	void *object = NULL;
	int tries = 0;

	do
		object = objects_op_alloc(run, op);
	while (object && !run->made_slab && run->slab_counts && tries++ < 1 << 16);
	return object;
}

/* What was there before the run ends with the slab just begun, and is full. */
static void base_here(struct slab_run *run, uint16_t cache)
{
	struct slab_row_run *r = &run->rows[cache];
	struct quire_slabinfo info;

	quire_slabinfo(objects_cache_of(run, cache), &info);
	r->base.num_slabs = info.num_slabs - 1;
	r->base.active_objs = info.active_objs - info.objects_per_slab;
}

static bool first_fill(struct slab_run *run, uint16_t cache, struct first *f)
{
	const struct slab_row *row = &run->in->rows[cache];
	struct slab_op op = { .cache = cache, .kind = SLAB_OP_SILENT_ALLOC };
	uint32_t total, left;

	f->per_slab = objects_per_slab(run, cache);
	f->slabs = row->first_slabs;
	if (!f->slabs && row->first_free)
		f->slabs = 1;
	left = row->first_free < f->per_slab ? row->first_free : f->per_slab;
	total = f->slabs * f->per_slab - (f->slabs ? left : 0);
	f->objects = calloc(total + 1, sizeof(*f->objects));
	f->next = calloc(f->slabs + 1, sizeof(*f->next));
	if (!f->objects || !f->next)
		return false;
	for (; f->nr < total; f->nr++) {
		void *object = f->nr ? objects_op_alloc(run, &op) : first_object(run, &op);

		if (!object)
			return false;
		f->objects[f->nr] = object;
		account_bytes(run, cache, row->size);
		if (!f->nr && run->slab_counts)
			base_here(run, cache);
	}
	return true;
}

/* The slab here that stands for recorded slab @place; its number. */
static uint32_t first_slab_of(struct slab_run *run, uint16_t cache, struct first *f, uint32_t place,
			      uint32_t *slab_of)
{
	uint32_t slab;

	if (slab_of[place] != SLAB_NONE)
		return slab_of[place];
	if (place == run->in->rows[cache].first_place)
		slab = f->slabs - 1;
	else
		slab = f->given++ % f->slabs;
	slab_of[place] = slab;
	if (slab * f->per_slab < f->nr && run->place_frame[place] == SLAB_NONE) {
		uint64_t frame = objects_object_frame(run, f->objects[slab * f->per_slab]);

		if (run->frames[frame].place == SLAB_NONE) {
			run->frames[frame].place = place;
			run->place_frame[place] = (uint32_t)frame;
		}
	}
	return slab;
}

static void first_take(struct slab_run *run, uint16_t cache, struct first *f,
		       const struct slab_early *e, uint32_t *slab_of)
{
	uint32_t slab = 0, end, i;

	if (f->slabs && e->place != SLAB_NONE)
		slab = first_slab_of(run, cache, f, e->place, slab_of);
	else if (f->slabs)
		slab = f->given / f->per_slab % f->slabs, f->given++;
	end = (slab + 1) * f->per_slab < f->nr ? (slab + 1) * f->per_slab : f->nr;
	i = slab * f->per_slab + (f->slabs ? f->next[slab] : 0);
	if (i >= end) {
		run->counts.lost_frees++;
		return;
	}
	f->next[slab]++;
	run->objects[e->id] = f->objects[i];
	run->asked[e->id] = run->in->rows[cache].size;
}

/* The objects of before the first event, cache by cache. Return: false: memory is short. */
static bool first_objects(struct slab_run *run)
{
	const struct slab_input *in = run->in;
	uint32_t *slab_of = malloc((in->nr_places + 1) * sizeof(*slab_of)), i;
	struct first *first = calloc(in->nr_rows + 1, sizeof(*first));
	bool ok = slab_of && first;

	if (ok)
		memset(slab_of, 0xff, (in->nr_places + 1) * sizeof(*slab_of));
	for (i = 0; ok && i < in->nr_rows; i++) {
		if (!in->rows[i].size)
			continue;
		ok = first_fill(run, (uint16_t)i, &first[i]);
		if (ok && first[i].slabs && in->rows[i].first_place != SLAB_NONE)
			first_slab_of(run, (uint16_t)i, &first[i], in->rows[i].first_place,
				      slab_of);
	}
	for (i = 0; ok && i < in->nr_early; i++) {
		uint16_t cache = in->early[i].cache;

		first_take(run, cache, &first[cache], &in->early[i], slab_of);
	}
	for (i = 0; first && i < in->nr_rows; i++) {
		free(first[i].objects);
		free(first[i].next);
	}
	free(first);
	free(slab_of);
	return ok;
}

/* --- the run ----------------------------------------------------------------------------- */

/* Was the slot as large as recorded, and of the class recorded? */
static void check_bytes(struct slab_run *run, const struct slab_op *op)
{
	const struct trace_object *o = &run->in->trace->objects[op->object];
	struct kmem_cache *s = op->cache == SLAB_LARGE ? NULL : objects_cache_of(run, op->cache);

	run->counts.bytes_total++;
	run->counts.bytes_same += run->event_cache == s && run->event_bytes == o->bytes_alloc;
}

static void one_alloc(struct slab_run *run, size_t i)
{
	const struct slab_op *op = &run->in->ops[i];
	void *object = run->compare ? objects_compare_alloc(run, i) : objects_op_alloc(run, op);

	run->objects[op->id] = object;
	if (!object) {
		run->counts.failed++;
		return;
	}
	if (run->compare && op->kind == SLAB_OP_ALLOC)
		check_bytes(run, op);
	run->asked[op->id] = op->kind == SLAB_OP_ALLOC
				     ? run->in->trace->objects[op->object].bytes_req
				     : run->in->rows[op->cache].size;
	account_bytes(run, op->cache, run->asked[op->id]);
}

static void one_free(struct slab_run *run, const struct slab_op *op)
{
	void *object = run->objects[op->id];

	if (!object)
		return; /* was not had here: counted where it failed */
	run->objects[op->id] = NULL;
	account_bytes(run, op->cache, -(long)run->asked[op->id]);
	objects_op_free(run, op->cache, object);
}

static void follow(struct slab_run *run, size_t i)
{
	while (run->next_follow < run->nr_follow && run->follow[run->next_follow].op == i) {
		const struct slab_told *t = &run->follow[run->next_follow++];
		struct slab_op op = { .cache = t->cache, .kind = SLAB_OP_SILENT_ALLOC };
		uint32_t k;

		if (t->kind == SLAB_TOLD_SHRINK)
			kmem_cache_shrink(objects_cache_of(run, t->cache));
		for (k = 0; t->kind == SLAB_TOLD_ALLOC && k < t->nr; k++)
			if (objects_op_alloc(run, &op))
				account_bytes(run, t->cache, run->in->rows[t->cache].size);
	}
}

/* Deterministic machines have all CPUs on this thread. */
static void on_cpu(struct slab_run *run, const struct slab_op *op)
{
	unsigned int cpu = run->in->trace->objects[op->object].cpu % run->nr_cpus;

	if (run->nr_cpus > 1 && op->kind != SLAB_OP_GONE && cpu != quire_this_cpu->id)
		run->failed_memory |= quire_cpu_enter(run->machine, cpu) != 0;
}

static void one_op(struct slab_run *run, size_t i)
{
	const struct slab_op *op = &run->in->ops[i];

	on_cpu(run, op);
	follow(run, i);
	switch (op->kind) {
	case SLAB_OP_ALLOC:
	case SLAB_OP_SILENT_ALLOC:
		one_alloc(run, i);
		break;
	case SLAB_OP_GONE:
		if (run->compare)
			objects_compare_gone(run, i);
		break;
	default:
		one_free(run, op);
		break;
	}
}

/* Aside from the operations themselves: snapshots, samples. Return: seconds it took. */
static void look(struct slab_run *run, size_t i, size_t every)
{
	const struct slab_input *in = run->in;
	unsigned int k;

	for (k = 0; k < in->nr_snapshots; k++)
		if (in->snapshots[k].end && in->snapshots[k].end == i)
			objects_memory_now(run, in->snapshots[k].name);
	if (run->compare)
		objects_compare_snapshot(run, i);
	if (run->sample && !(i % every))
		sample(run, in->trace->objects[in->ops[i].object].before);
}

static double cpu_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The next operation at which there is something to look at. */
static size_t next_look(const struct slab_run *run, size_t i, size_t every)
{
	const struct slab_input *in = run->in;
	size_t next = (i / every + 1) * every;
	unsigned int k;

	for (k = 0; k < in->nr_snapshots; k++) {
		const struct slab_snapshot *s = &in->snapshots[k];

		if (!s->end)
			continue;
		if (run->compare && i + 1 >= s->begin && i + 1 <= s->end)
			return i + 1;
		if (s->begin > i && s->begin < next)
			next = s->begin;
		if (s->end > i && s->end < next)
			next = s->end;
	}
	return next < in->nr_ops ? next : in->nr_ops;
}

static void end_lines(struct slab_run *run)
{
	struct quire_slabinfo info;
	unsigned int i;

	for (i = 0; i < run->in->nr_rows; i++) {
		if (!objects_cache_of(run, i))
			continue;
		quire_slabinfo(run->rows[i].cache, &info);
		run->rows[i].order = info.cache_order;
		run->rows[i].per_slab = info.objects_per_slab;
		run->rows[i].end = objects_run_line(run, i);
	}
}

static int run_all(struct slab_run *run)
{
	size_t every = run->in->nr_ops / SLAB_SAMPLES + 1, i = 0, end;

	while (i < run->in->nr_ops) {
		double begin;

		look(run, i, every);
		end = next_look(run, i, every);
		begin = cpu_now();
		for (; i < end; i++)
			one_op(run, i);
		run->seconds += cpu_now() - begin;
		if (run->cancel && *run->cancel)
			return -EINTR;
	}
	objects_memory_now(run, "end of trace");
	end_lines(run);
	if (run->sample && run->in->nr_ops)
		sample(run, run->in->trace->objects[run->in->trace->nr_objects - 1].before);
	return 0;
}

int objects_run_make(const struct slab_input *in, const struct slab_run_options *o,
		     struct slab_run *run, char error[640])
{
	int err;

	memset(run, 0, sizeof(*run));
	run->in = in;
	run->slab = *o->slab;
	run->compare = o->compare;
	run->slab_counts = o->slab->backend != QUIRE_SLAB_SLOB;
	run->sample = o->sample;
	run->cancel = o->cancel;
	run->nr_cpus = o->nr_cpus;
	run->nr_nodes = o->nr_nodes;
	if (o->follow) {
		run->follow = o->follow->told;
		run->nr_follow = o->follow->nr_told;
	}
	err = objects_machine_make(run, o);
	if (!err && !first_objects(run))
		err = -ENOMEM;
	if (err) {
		snprintf(error, 640, "the machine for objects cannot be made: %s", strerror(-err));
		return -1;
	}
	err = run_all(run);
	if (!err && run->failed_memory) {
		snprintf(error, 640, "no memory for the replay of objects");
		return -1;
	}
	return err;
}
