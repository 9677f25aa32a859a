/* SPDX-License-Identifier: MIT */
/*
 * slab_ops.c - events of objects and pages to operations of caches.
 *
 * 1. A pointer is live from its allocation to its free. A free of what is not live was allocated
 *    before the first event if its slab is of then and this is the pointer's first free; else
 *    without an event, in bulk. An allocation of what is live was freed without an event.
 * 2. An allocation without an event is put behind the last one that the same task made of this
 *    cache since the object was free (bulk requests follow a single one), or right before its
 *    free.
 * 3. What a CPU had left of its slab at the first event is the most that was live of it at
 *    once, before another slab was begun.
 * 4. Slabs at the first event: those of the first snapshot, less those begun and more those given
 *    back in between; without a snapshot, those that are seen.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/slab_internal.h"

#define PTR_FREE (UINT32_MAX - 1) /* state of a pointer: freed in the trace */

/** struct insert - an operation that goes between others: before operation @at. */
struct insert {
	size_t at, serial;
	struct slab_op op;
};

/** struct first_run - point 3 for a cache. */
struct first_run {
	long live, most;
	bool over;
	unsigned long begun, given_back; /* slabs, up to the first snapshot */
	uint32_t early_places;
};

/** struct builder - the state of the pass. */
struct builder {
	struct slab_input *in;
	const struct slab_frames *f;
	const uint16_t *cache_of;
	uint32_t *frame_place; /* by frame */
	uint8_t *frame_born;   /* bit: allocated in the trace */
	struct slab_map live;  /* pointer: id, PTR_FREE; SLAB_NONE: never met */
	uint16_t *id_cache;
	uint32_t *id_place;
	size_t id_cap, id_place_cap;
	struct slab_map last_by;  /* cache and task: operation of its last allocation + 1 */
	struct slab_map freed_at; /* pointer: operation of its last free */
	size_t op_cap, place_cap, early_cap;
	struct insert *inserts;
	size_t nr_inserts, insert_cap;
	struct first_run *first;
	bool at_first_snapshot, failed;
};

static size_t put(struct builder *b, enum slab_op_kind kind, uint32_t object, uint32_t id,
		  uint32_t place, uint16_t cache)
{
	struct slab_input *in = b->in;

	if (!objects_grow((void **)&in->ops, in->nr_ops, &b->op_cap, sizeof(*in->ops))) {
		b->failed = true;
		return 0;
	}
	in->ops[in->nr_ops] = (struct slab_op){ object, id, place, cache, (uint8_t)kind };
	return in->nr_ops++;
}

static uint32_t new_id(struct builder *b, uint16_t cache, uint32_t place)
{
	uint32_t id = b->in->nr_ids;

	if (!objects_grow((void **)&b->id_cache, id, &b->id_cap, sizeof(*b->id_cache)) ||
	    !objects_grow((void **)&b->id_place, id, &b->id_place_cap, sizeof(*b->id_place))) {
		b->failed = true;
		return 0;
	}
	b->id_cache[id] = cache;
	b->id_place[id] = place;
	b->in->nr_ids++;
	return id;
}

/* --- slabs ---------------------------------------------------------------------------------- */

static bool born(const struct builder *b, uint64_t frame)
{
	return b->frame_born[frame >> 3] >> (frame & 7) & 1;
}

/* The recorded slab that @ptr lies on; SLAB_NONE: no address, or its size is not known. */
static uint32_t place_of(struct builder *b, uint64_t ptr, uint16_t cache)
{
	const struct slab_row *row = &b->in->rows[cache];
	uint64_t frame = objects_frame_of(b->f, ptr), head, k;
	uint32_t place;

	if (frame == UINT64_MAX || !row->pages)
		return SLAB_NONE;
	head = objects_head_of(row, frame);
	place = b->frame_place[head];
	if (place != SLAB_NONE && b->in->places[place].cache == cache)
		return place;
	place = b->in->nr_places;
	if (!objects_grow((void **)&b->in->places, place, &b->place_cap, sizeof(*b->in->places))) {
		b->failed = true;
		return SLAB_NONE;
	}
	b->in->places[place] = (struct slab_place){ head, cache, !born(b, head) };
	b->in->nr_places++;
	if (!b->at_first_snapshot)
		b->first[cache].begun += born(b, head);
	b->first[cache].early_places += !born(b, head);
	for (k = head; k <= frame || k < head + row->pages; k++)
		if (k < b->f->nr)
			b->frame_place[k] = place;
	return place;
}

/* Pages are allocated or freed: what was a slab there is none any more. */
static void page_event(struct builder *b, const struct trace_event *e)
{
	uint64_t i, n = UINT64_C(1) << (e->order & 31);
	uint32_t place = e->pfn < b->f->nr ? b->frame_place[e->pfn] : SLAB_NONE;

	if (place != SLAB_NONE && b->in->places[place].frame == e->pfn) {
		uint16_t cache = b->in->places[place].cache;

		put(b, SLAB_OP_GONE, 0, 0, place, cache);
		if (!b->at_first_snapshot)
			b->first[cache].given_back++;
	}
	for (i = 0; i < n && e->pfn + i < b->f->nr; i++) {
		b->frame_place[e->pfn + i] = SLAB_NONE;
		if (e->type == TRACE_PAGE_ALLOC)
			b->frame_born[(e->pfn + i) >> 3] |= (uint8_t)(1u << ((e->pfn + i) & 7));
	}
}

static void mark(struct builder *b, size_t event, const char *text)
{
	unsigned int i;

	for (i = 0; i < b->in->nr_snapshots; i++) {
		struct slab_snapshot *s = &b->in->snapshots[i];

		if (!strncmp(text, "SNAPSHOT ", 9) && !strcmp(text + 9, s->name)) {
			s->begin = b->in->nr_ops;
			s->begin_event = event;
		} else if (!strncmp(text, "SNAPSHOT-END ", 13) && !strcmp(text + 13, s->name)) {
			s->end = b->in->nr_ops;
			s->end_event = event;
			b->at_first_snapshot = true;
		}
	}
}

static void other_event(struct builder *b, size_t i)
{
	const struct trace *t = b->in->trace;
	const struct trace_event *e = &t->events[i];

	if ((e->type == TRACE_PAGE_ALLOC || e->type == TRACE_PAGE_FREE) && e->order >= 0 &&
	    e->order <= 20)
		page_event(b, e);
	else if (e->type == TRACE_MARK && e->pfn < t->strings_bytes)
		mark(b, i, t->strings + e->pfn);
}

/* --- point 3 ----------------------------------------------------------------------------- */

static void first_alloc(struct builder *b, uint16_t cache, uint32_t place)
{
	struct first_run *r = &b->first[cache];
	struct slab_row *row = &b->in->rows[cache];

	if (r->over || place == SLAB_NONE)
		return;
	if (!b->in->places[place].early ||
	    (row->first_place != SLAB_NONE && row->first_place != place)) {
		r->over = true;
		return;
	}
	row->first_place = place;
	if (++r->live > r->most)
		r->most = r->live;
}

static void first_free(struct builder *b, uint16_t cache, uint32_t place)
{
	if (!b->first[cache].over && place != SLAB_NONE && b->in->rows[cache].first_place == place)
		b->first[cache].live--;
}

/* --- objects --------------------------------------------------------------------------------- */

static uint64_t task_key(uint16_t cache, int32_t pid)
{
	return (uint64_t)cache << 32 | (uint32_t)pid | UINT64_C(1) << 63;
}

static void remember(struct builder *b, struct slab_map *m, uint64_t key, size_t value)
{
	uint32_t *at = objects_map_at(m, key, 0);

	if (at)
		*at = (uint32_t)value;
	else
		b->failed = true;
}

static void alloc_event(struct builder *b, uint32_t i, const struct trace_object *o)
{
	uint16_t cache = b->cache_of[i];
	uint32_t place, id, *state;

	if (!objects_is_object(o->ptr) || cache == SLAB_NO_CACHE) {
		b->in->counts.failed++;
		return;
	}
	place = cache == SLAB_LARGE ? SLAB_NONE : place_of(b, o->ptr, cache);
	state = objects_map_at(&b->live, o->ptr, SLAB_NONE);
	if (!state) {
		b->failed = true;
		return;
	}
	if (*state < PTR_FREE) { /* point 1 */
		put(b, SLAB_OP_SILENT_FREE, i, *state, b->id_place[*state], b->id_cache[*state]);
		b->in->counts.silent_frees++;
	}
	id = new_id(b, cache, place);
	*state = id;
	b->in->counts.allocs++;
	b->in->counts.large += cache == SLAB_LARGE;
	if (cache != SLAB_LARGE) {
		b->in->rows[cache].events++;
		first_alloc(b, cache, place);
	}
	remember(b, &b->last_by, task_key(cache, o->pid),
		 put(b, SLAB_OP_ALLOC, i, id, place, cache) + 1);
}

/* Point 2: where the allocation of what is freed now, by @o, is put. */
static void silent_alloc(struct builder *b, uint32_t i, const struct trace_object *o, uint32_t id,
			 uint32_t place, uint16_t cache)
{
	uint32_t *by = objects_map_find(&b->last_by, task_key(cache, o->pid));
	uint32_t *freed = objects_map_find(&b->freed_at, o->ptr);
	size_t at = b->in->nr_ops;

	if (by && (!freed || *by > *freed))
		at = *by;
	if (!objects_grow((void **)&b->inserts, b->nr_inserts, &b->insert_cap,
			  sizeof(*b->inserts))) {
		b->failed = true;
		return;
	}
	b->inserts[b->nr_inserts] = (struct insert){
		.at = at,
		.serial = b->nr_inserts,
		.op = { i, id, place, cache, SLAB_OP_SILENT_ALLOC },
	};
	b->nr_inserts++;
	b->in->counts.silent_allocs++;
}

static void early_object(struct builder *b, uint32_t id, uint32_t place, uint16_t cache)
{
	if (!objects_grow((void **)&b->in->early, b->in->nr_early, &b->early_cap,
			  sizeof(*b->in->early))) {
		b->failed = true;
		return;
	}
	b->in->early[b->in->nr_early++] = (struct slab_early){ id, place, cache };
	b->in->counts.early_objects++;
}

static void free_event(struct builder *b, uint32_t i, const struct trace_object *o)
{
	uint32_t *state, id, place;
	uint16_t cache;

	if (!objects_is_object(o->ptr)) {
		b->in->counts.empty_frees++;
		return;
	}
	state = objects_map_at(&b->live, o->ptr, SLAB_NONE);
	if (!state) {
		b->failed = true;
		return;
	}
	if (*state < PTR_FREE) {
		id = *state;
		cache = b->id_cache[id];
		place = b->id_place[id];
	} else {
		cache = b->cache_of[i];
		if (cache >= SLAB_LARGE) {
			b->in->counts.unknown_frees++;
			return;
		}
		place = place_of(b, o->ptr, cache);
		id = new_id(b, cache, place);
		if (*state == SLAB_NONE && (place == SLAB_NONE || b->in->places[place].early))
			early_object(b, id, place, cache);
		else
			silent_alloc(b, i, o, id, place, cache);
	}
	*state = PTR_FREE;
	b->in->counts.frees++;
	if (cache != SLAB_LARGE) {
		b->in->rows[cache].events++;
		first_free(b, cache, place);
	}
	remember(b, &b->freed_at, o->ptr, put(b, SLAB_OP_FREE, i, id, place, cache));
}

static void all_events(struct builder *b)
{
	const struct trace *t = b->in->trace;
	size_t i, e = 0;

	for (i = 0; i < t->nr_objects && !b->failed; i++) {
		const struct trace_object *o = &t->objects[i];

		for (; e < o->before && e < t->nr_events; e++)
			other_event(b, e);
		if (o->type == OBJECT_KMALLOC || o->type == OBJECT_CACHE_ALLOC)
			alloc_event(b, (uint32_t)i, o);
		else
			free_event(b, (uint32_t)i, o);
	}
	for (; e < t->nr_events; e++)
		other_event(b, e);
}

/* --- putting it together -------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
	const struct insert *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->serial < y->serial ? -1 : 1;
}

static void move_snapshots(struct builder *b, const size_t *moved)
{
	unsigned int i;

	for (i = 0; i < b->in->nr_snapshots; i++) {
		b->in->snapshots[i].begin += moved[b->in->snapshots[i].begin];
		b->in->snapshots[i].end += moved[b->in->snapshots[i].end];
	}
}

/* All operations with the inserts between them. */
static void merge(struct builder *b)
{
	struct slab_input *in = b->in;
	size_t nr = in->nr_ops + b->nr_inserts, i, k = 0, to = 0;
	struct slab_op *ops = malloc((nr + 1) * sizeof(*ops));
	size_t *moved = malloc((in->nr_ops + 1) * sizeof(*moved));

	if (!ops || !moved) {
		b->failed = true;
		free(ops);
		free(moved);
		return;
	}
	if (b->nr_inserts)
		qsort(b->inserts, b->nr_inserts, sizeof(*b->inserts), by_place);
	for (i = 0; i <= in->nr_ops; i++) {
		for (; k < b->nr_inserts && b->inserts[k].at <= i; k++)
			ops[to++] = b->inserts[k].op;
		moved[i] = k;
		if (i < in->nr_ops)
			ops[to++] = in->ops[i];
	}
	move_snapshots(b, moved);
	free(moved);
	free(in->ops);
	in->ops = ops;
	in->nr_ops = nr;
}

/* Points 3 and 4. */
static void first_slabs(struct builder *b)
{
	unsigned int i;

	for (i = 0; i < b->in->nr_rows; i++) {
		struct slab_row *row = &b->in->rows[i];
		const struct first_run *r = &b->first[i];
		unsigned long slabs = r->early_places;

		row->first_free = (uint32_t)r->most;
		if (b->in->have_slabinfo && row->listed) {
			slabs = row->seen[0].num_slabs + r->given_back;
			slabs = slabs > r->begun ? slabs - r->begun : 0;
		}
		if (slabs < r->early_places)
			slabs = r->early_places;
		row->first_slabs = (uint32_t)slabs;
		if (row->objects && row->first_free > row->objects)
			row->first_free = row->objects;
	}
}

bool objects_ops_build(struct slab_input *in, const struct slab_frames *f, const uint16_t *cache_of)
{
	struct builder b = { .in = in, .f = f, .cache_of = cache_of };

	b.frame_place = malloc(f->nr * sizeof(*b.frame_place) + 1);
	b.frame_born = calloc(f->nr / 8 + 1, 1);
	b.first = calloc(in->nr_rows + 1, sizeof(*b.first));
	b.failed = !b.frame_place || !b.frame_born || !b.first;
	if (!b.failed) {
		memset(b.frame_place, 0xff, f->nr * sizeof(*b.frame_place));
		all_events(&b);
	}
	if (!b.failed)
		merge(&b);
	if (!b.failed)
		first_slabs(&b);
	free(b.frame_place);
	free(b.frame_born);
	free(b.first);
	free(b.id_cache);
	free(b.id_place);
	free(b.inserts);
	objects_map_free(&b.live);
	objects_map_free(&b.last_by);
	objects_map_free(&b.freed_at);
	return !b.failed;
}

int objects_input_build(const struct trace *trace, const char *folder, struct slab_input *out)
{
	struct slab_frames f;
	uint16_t *cache_of;
	bool ok;

	memset(out, 0, sizeof(*out));
	out->trace = trace;
	if (trace->nr_objects >= PTR_FREE / 2 || !objects_rows_load(out, folder) ||
	    !objects_frames_find(out, &f))
		return -1;
	cache_of = objects_names(out, &f);
	if (!cache_of)
		return -1;
	ok = objects_ops_build(out, &f, cache_of);
	free(cache_of);
	return ok ? 0 : -1;
}

void objects_input_free(struct slab_input *in)
{
	free(in->rows);
	free(in->ops);
	free(in->places);
	free(in->early);
	memset(in, 0, sizeof(*in));
}
