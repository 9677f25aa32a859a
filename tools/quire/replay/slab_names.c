/* SPDX-License-Identifier: MIT */
/*
 * slab_names.c - which cache an event is about.
 *
 * kmem_cache_free names the cache, kmalloc's class follows from size and flags, and
 * kmem_cache_alloc tells neither, but its caller and sizes:
 *
 *  1. Caller and sizes are learned from objects that are freed: a caller that asks for objects
 *     of one size has one cache.
 *  2. All objects of a slab are of one cache: frames get names from objects with names, forwards
 *     and backwards in time, as long as the page allocator does not take them back.
 *  3. What is left are objects that are never freed and share no slab with others. Of the caches of
 *     that size, the one with most slabs in slabinfo that nothing else accounts for. Without
 *     slabinfo each caller gets a cache of its own, called by it.
 *
 * Pointers are of the kernel's linear map: pointer = base + frame * 4096. The base is found where
 * an object comes from the page that was allocated just before; where nothing agrees on one (a
 * kernel's own text shows hashed pointers), slabs cannot be told.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/slab_internal.h"

#define MIN_VOTES 4

/* --- where pointers point --------------------------------------------------------------------- */

static uint64_t vote_of(const struct trace *t, const struct trace_object *o)
{
	const struct trace_event *e = o->before ? &t->events[o->before - 1] : NULL;

	if (!e || e->type != TRACE_PAGE_ALLOC || e->order || e->pid != o->pid ||
	    (o->type != OBJECT_KMALLOC && o->type != OBJECT_CACHE_ALLOC) ||
	    !objects_is_object(o->ptr))
		return 0;
	return (o->ptr >> 12) - e->pfn;
}

static bool elect(const struct trace *t, uint64_t *base, uint32_t *votes)
{
	struct slab_map m = { 0 };
	bool ok = true;
	size_t i;

	*votes = 0;
	for (i = 0; i < t->nr_objects && ok; i++) {
		uint64_t b = vote_of(t, &t->objects[i]);
		uint32_t *n = b ? objects_map_at(&m, b, 0) : NULL;

		ok = n || !b;
		if (n && ++*n > *votes) {
			*votes = *n;
			*base = b;
		}
	}
	objects_map_free(&m);
	return ok;
}

static uint64_t highest_frame(const struct trace *t, uint64_t base)
{
	uint64_t max = 0, frame;
	size_t i;

	for (i = 0; i < t->nr_events; i++) {
		const struct trace_event *e = &t->events[i];

		if (e->type <= TRACE_PCPU_DRAIN && e->pfn != TRACE_NO_PFN && e->pfn > max)
			max = e->pfn;
	}
	max = 4 * max + 1024; /* objects may lie higher; what is far above is none */
	for (frame = 0, i = 0; i < t->nr_objects; i++) {
		uint64_t f = (t->objects[i].ptr >> 12) - base;

		if (objects_is_object(t->objects[i].ptr) && f < max && f > frame)
			frame = f;
	}
	return frame;
}

bool objects_frames_find(struct slab_input *in, struct slab_frames *f)
{
	uint32_t votes;

	*f = (struct slab_frames){ 0, 0 };
	if (!elect(in->trace, &f->base, &votes))
		return false;
	in->addresses = votes >= MIN_VOTES;
	if (in->addresses)
		f->nr = highest_frame(in->trace, f->base) + 1024;
	return true;
}

/* --- point 1 ----------------------------------------------------------------------------- */

/** struct namer - the state. @frame_row: by frame */
struct namer {
	struct slab_input *in;
	const struct slab_frames *f;
	uint16_t *row_of, *frame_row;
	struct slab_map sites; /* caller and sizes: row */
	struct slab_map names; /* string of a name: row */
	unsigned int *used;    /* by row: slabs met */
	bool failed;
};

static uint64_t site_key(const struct trace_object *o)
{
	uint64_t key = o->site * UINT64_C(0x9e3779b97f4a7c15);

	key = (key ^ key >> 32 ^ o->bytes_req) * UINT64_C(0xbf58476d1ce4e5b9);
	return (key ^ key >> 29 ^ o->bytes_alloc) * UINT64_C(0x94d049bb133111eb) | 1;
}

static uint16_t row_by_name(struct namer *n, uint32_t name, unsigned int size)
{
	uint32_t *row = name ? objects_map_at(&n->names, name, SLAB_NO_CACHE) : NULL;

	if (name && !row)
		n->failed = true;
	if (!row)
		return SLAB_NO_CACHE;
	if (*row == SLAB_NO_CACHE)
		*row = objects_row_named(n->in, n->in->trace->strings + name, size);
	return (uint16_t)*row;
}

static void learn_free(struct namer *n, const struct trace_object *o,
		       const struct trace_object *alloc)
{
	uint16_t row = row_by_name(n, o->name, alloc->bytes_alloc);
	uint32_t *site;

	if (row == SLAB_NO_CACHE || alloc->type != OBJECT_CACHE_ALLOC)
		return;
	site = objects_map_at(&n->sites, site_key(alloc), row);
	if (!site)
		n->failed = true;
}

static void learn(struct namer *n)
{
	const struct trace *t = n->in->trace;
	struct slab_map live = { 0 };
	size_t i;

	for (i = 0; i < t->nr_objects && !n->failed; i++) {
		const struct trace_object *o = &t->objects[i];
		bool alloc = o->type == OBJECT_CACHE_ALLOC || o->type == OBJECT_KMALLOC;
		uint32_t *at;

		if (!objects_is_object(o->ptr) || o->type == OBJECT_KFREE)
			continue;
		at = objects_map_at(&live, o->ptr, SLAB_NONE);
		if (!at) {
			n->failed = true;
			break;
		}
		if (!alloc && *at != SLAB_NONE)
			learn_free(n, o, &t->objects[*at]);
		*at = alloc ? (uint32_t)i : SLAB_NONE;
	}
	objects_map_free(&live);
}

static void assign(struct namer *n)
{
	const struct trace *t = n->in->trace;
	size_t i;

	for (i = 0; i < t->nr_objects && !n->failed; i++) {
		const struct trace_object *o = &t->objects[i];
		uint32_t *site;

		switch (o->type) {
		case OBJECT_KMALLOC:
			n->row_of[i] = objects_row_of_kmalloc(n->in, o);
			break;
		case OBJECT_CACHE_FREE:
			n->row_of[i] = row_by_name(n, o->name, 0);
			break;
		case OBJECT_CACHE_ALLOC:
			site = objects_map_find(&n->sites, site_key(o));
			if (site)
				n->row_of[i] = (uint16_t)*site;
			n->in->counts.by_site += site != NULL;
			break;
		}
	}
}

/* --- point 2 ----------------------------------------------------------------------------- */

static void clear_frames(struct namer *n, const struct trace_event *e)
{
	uint64_t i;

	if ((e->type != TRACE_PAGE_ALLOC && e->type != TRACE_PAGE_FREE) || e->order < 0 ||
	    e->order > 20)
		return;
	for (i = 0; i < UINT64_C(1) << e->order && e->pfn + i < n->f->nr; i++)
		n->frame_row[e->pfn + i] = SLAB_NO_CACHE;
}

static void look_at(struct namer *n, size_t i)
{
	const struct trace_object *o = &n->in->trace->objects[i];
	uint64_t frame = objects_frame_of(n->f, o->ptr), head, k;
	const struct slab_row *row;

	if (!objects_is_object(o->ptr) || frame == UINT64_MAX || n->row_of[i] == SLAB_LARGE)
		return;
	if (n->row_of[i] == SLAB_NO_CACHE) {
		n->row_of[i] = n->frame_row[frame];
		n->in->counts.by_page +=
			n->row_of[i] != SLAB_NO_CACHE && o->type == OBJECT_CACHE_ALLOC;
		return;
	}
	row = &n->in->rows[n->row_of[i]];
	head = objects_head_of(row, frame);
	n->used[n->row_of[i]] += n->frame_row[frame] != n->row_of[i];
	for (k = head; k <= frame || k < head + row->pages; k++)
		if (k < n->f->nr)
			n->frame_row[k] = n->row_of[i];
}

static void forget_frames(struct namer *n)
{
	memset(n->frame_row, 0xff, n->f->nr * sizeof(*n->frame_row));
	memset(n->used, 0, SLAB_MAX_CACHES * sizeof(*n->used));
}

static void forwards(struct namer *n)
{
	const struct trace *t = n->in->trace;
	size_t i, e = 0;

	forget_frames(n);
	for (i = 0; i < t->nr_objects; i++) {
		for (; e < t->objects[i].before; e++)
			clear_frames(n, &t->events[e]);
		look_at(n, i);
	}
}

static void backwards(struct namer *n)
{
	const struct trace *t = n->in->trace;
	size_t i, e = t->nr_events;

	forget_frames(n);
	for (i = t->nr_objects; i-- > 0;) {
		while (e > t->objects[i].before)
			clear_frames(n, &t->events[--e]);
		look_at(n, i);
	}
}

/* How large slabs are, where no slabinfo says: as the page their first object came from. */
static void learn_pages(struct namer *n)
{
	const struct trace *t = n->in->trace;
	size_t i;

	for (i = 0; i < t->nr_objects; i++) {
		const struct trace_object *o = &t->objects[i];
		const struct trace_event *e = o->before ? &t->events[o->before - 1] : NULL;
		struct slab_row *row;
		uint64_t frame = objects_frame_of(n->f, o->ptr);

		if (n->row_of[i] >= SLAB_LARGE || !e || e->type != TRACE_PAGE_ALLOC ||
		    e->order < 0 || e->order > 10 || frame < e->pfn ||
		    frame >= e->pfn + (UINT64_C(1) << e->order))
			continue;
		row = &n->in->rows[n->row_of[i]];
		if (!row->pages)
			row->pages = 1u << e->order;
	}
}

/* --- point 3 ----------------------------------------------------------------------------- */

struct group {
	uint64_t key;
	uint32_t first; /* object */
	uint32_t nr;
};

static int by_size(const void *a, const void *b)
{
	const struct group *x = a, *y = b;

	if (x->nr != y->nr)
		return x->nr < y->nr ? 1 : -1;
	return x->first < y->first ? -1 : x->first > y->first;
}

static struct group *groups_of(struct namer *n, unsigned int *nr)
{
	const struct trace *t = n->in->trace;
	struct group *groups = NULL;
	struct slab_map index = { 0 };
	size_t i, cap = 0;

	for (*nr = 0, i = 0; i < t->nr_objects && !n->failed; i++) {
		const struct trace_object *o = &t->objects[i];
		uint32_t *at;

		if (o->type != OBJECT_CACHE_ALLOC || n->row_of[i] != SLAB_NO_CACHE ||
		    !objects_is_object(o->ptr))
			continue;
		at = objects_map_at(&index, site_key(o), *nr);
		if (!at || !objects_grow((void **)&groups, *nr, &cap, sizeof(*groups))) {
			n->failed = true;
			break;
		}
		if (*at == *nr)
			groups[(*nr)++] = (struct group){ site_key(o), (uint32_t)i, 0 };
		groups[*at].nr++;
	}
	objects_map_free(&index);
	return groups;
}

/* The cache of @size with most slabs that nothing accounts for. */
static uint16_t least_used(struct namer *n, unsigned int size)
{
	uint16_t found = SLAB_NO_CACHE;
	long most = 0;
	unsigned int i, s;

	for (i = 0; i < n->in->nr_rows; i++) {
		const struct slab_row *row = &n->in->rows[i];
		unsigned long slabs = 0;

		for (s = 0; s < n->in->nr_snapshots; s++)
			if (row->seen[s].num_slabs > slabs)
				slabs = row->seen[s].num_slabs;
		if (row->size != size || row->index || !row->listed)
			continue;
		if (found == SLAB_NO_CACHE || (long)slabs - (long)n->used[i] > most) {
			found = (uint16_t)i;
			most = (long)slabs - (long)n->used[i];
		}
	}
	return found;
}

static void guess(struct namer *n)
{
	const struct trace *t = n->in->trace;
	unsigned int nr, i;
	struct group *groups = groups_of(n, &nr);
	size_t k;

	if (nr)
		qsort(groups, nr, sizeof(*groups), by_size);
	for (i = 0; i < nr && !n->failed; i++) {
		unsigned int size = t->objects[groups[i].first].bytes_alloc;
		uint16_t row = least_used(n, size);
		const char *site = t->strings + t->objects[groups[i].first].site;
		char name[64];

		snprintf(name, sizeof(name), "(%.*s, %u)", (int)strcspn(site, "+"), site, size);
		if (row == SLAB_NO_CACHE)
			row = objects_row_named(n->in, name, size);
		if (row == SLAB_NO_CACHE) {
			n->failed = true;
			break;
		}
		n->in->counts.by_count += n->in->rows[row].listed ? groups[i].nr : 0;
		n->in->counts.nameless += n->in->rows[row].listed ? 0 : groups[i].nr;
		n->used[row] += n->in->rows[row].objects
					? 1 + (groups[i].nr - 1) / n->in->rows[row].objects
					: 0;
		if (!objects_map_at(&n->sites, groups[i].key, row))
			n->failed = true;
	}
	free(groups);
	for (k = 0; k < t->nr_objects && !n->failed; k++) {
		const struct trace_object *o = &t->objects[k];
		uint32_t *row = NULL;

		if (o->type == OBJECT_CACHE_ALLOC && n->row_of[k] == SLAB_NO_CACHE)
			row = objects_map_find(&n->sites, site_key(o));
		if (row)
			n->row_of[k] = (uint16_t)*row;
	}
}

uint16_t *objects_names(struct slab_input *in, const struct slab_frames *f)
{
	struct namer n = { .in = in, .f = f };
	size_t bytes = (in->trace->nr_objects + 1) * sizeof(*n.row_of);

	n.row_of = malloc(bytes);
	n.frame_row = malloc(f->nr * sizeof(*n.frame_row) + 1);
	n.used = calloc(SLAB_MAX_CACHES, sizeof(*n.used));
	n.failed = !n.row_of || !n.frame_row || !n.used;
	if (!n.failed) {
		memset(n.row_of, 0xff, bytes);
		learn(&n);
		assign(&n);
		learn_pages(&n);
		forwards(&n);
		backwards(&n);
		forwards(&n);
		guess(&n);
		backwards(&n); /* frees of what has a name only now */
	}
	objects_map_free(&n.sites);
	objects_map_free(&n.names);
	free(n.frame_row);
	free(n.used);
	if (n.failed) {
		free(n.row_of);
		return NULL;
	}
	return n.row_of;
}
