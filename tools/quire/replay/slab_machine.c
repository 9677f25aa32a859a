/* SPDX-License-Identifier: MIT */
/*
 * slab_machine.c - the machine of a run: its memory, its caches, its hooks.
 *
 * The machine has memory for four times what was ever live, and no more, so that a recording
 * of a large machine replays on a small one; caches do not look at how much there is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <quire/mm.h>
#include <quire/report.h>

#include "replay/slab_internal.h"

#define SECTION	   (UINT64_C(128) << 20)
#define LEAST	   (UINT64_C(256) << 20)
#define SMALL_PAGE 4096

/* --- hooks ---------------------------------------------------------------------------------- */

/* The last event of a request is its own; those before are of what it had to make first. */
static void on_kmalloc(void *ctx, unsigned long site, const void *object, struct kmem_cache *s,
		       size_t bytes_req, size_t bytes_alloc, gfp_t gfp, int node)
{
	struct slab_run *run = ctx;

	(void)site, (void)object, (void)bytes_req, (void)gfp, (void)node;
	run->event_cache = s;
	run->event_bytes = bytes_alloc;
}

static void on_cache_alloc(void *ctx, unsigned long site, const void *object, struct kmem_cache *s,
			   gfp_t gfp, int node)
{
	struct slab_run *run = ctx;

	(void)site, (void)object, (void)gfp, (void)node;
	run->event_cache = s;
	run->event_bytes = s->size;
}

/* A request may have to make slabs of other caches first: those are nobody's here. */
static void on_slab_new(void *ctx, struct kmem_cache *s, struct slab *slab, unsigned int order,
			unsigned int objects)
{
	struct slab_run *run = ctx;
	uint64_t frame = page_to_pfn((struct page *)slab);
	bool own = run->cache_now < SLAB_LARGE && s == objects_cache_of(run, run->cache_now);

	(void)objects;
	run->made_slab |= own;
	if (frame < run->nr_frames)
		run->frames[frame] = (struct slab_frame){
			.place = SLAB_NONE,
			.cache = own ? run->cache_now : SLAB_NO_CACHE,
			.slab = true,
			.order = (uint8_t)order,
		};
}

static void on_slab_discard(void *ctx, struct kmem_cache *s, struct slab *slab, unsigned int order)
{
	struct slab_run *run = ctx;
	uint64_t frame = page_to_pfn((struct page *)slab);

	(void)s, (void)order;
	if (frame >= run->nr_frames)
		return;
	if (run->frames[frame].place != SLAB_NONE)
		run->place_frame[run->frames[frame].place] = SLAB_LOST;
	run->frames[frame] = (struct slab_frame){ .place = SLAB_NONE };
}

static void on_page_alloc(void *ctx, struct page *page, unsigned int order, gfp_t gfp, int mt)
{
	struct slab_run *run = ctx;

	(void)gfp, (void)mt;
	if (!page)
		return;
	run->pages_held += UINT64_C(1) << order;
	if (run->pages_held > run->peak_pages)
		run->peak_pages = run->pages_held;
}

static void on_page_free(void *ctx, struct page *page, unsigned int order)
{
	struct slab_run *run = ctx;

	(void)page;
	run->pages_held -= UINT64_C(1) << order;
}

static int set_hooks(struct slab_run *run)
{
	run->hooks = (struct quire_slab_trace){ .ctx = run,
						.kmalloc = run->compare ? on_kmalloc : NULL,
						.cache_alloc = run->compare ? on_cache_alloc : NULL,
						.slab_new = on_slab_new,
						.slab_discard = on_slab_discard };
	run->page_hooks = (struct quire_page_trace){ .ctx = run,
						     .alloc = on_page_alloc,
						     .free = on_page_free };
	quire_page_trace_set(run->machine, &run->page_hooks);
	return quire_slab_trace_set(run->machine, &run->hooks);
}

/* --- the machine ------------------------------------------------------------------------------ */

static uint64_t bytes_of(const struct slab_input *in, const struct slab_op *op)
{
	const struct trace_object *o = &in->trace->objects[op->object];

	if (op->kind == SLAB_OP_ALLOC)
		return o->bytes_alloc;
	return op->cache < SLAB_LARGE ? in->rows[op->cache].size : 0;
}

/* The most bytes that were live at once, told objects included. */
static uint64_t most_live(const struct slab_input *in)
{
	uint64_t *bytes = calloc(in->nr_ids + 1, sizeof(*bytes)), now = 0, most = 0;
	size_t i;

	for (i = 0; i < in->nr_rows; i++)
		now += (uint64_t)in->rows[i].first_slabs *
		       (in->rows[i].pages ? in->rows[i].pages : 1) * SMALL_PAGE;
	for (i = 0; bytes && i < in->nr_ops; i++) {
		const struct slab_op *op = &in->ops[i];

		if (op->kind == SLAB_OP_ALLOC || op->kind == SLAB_OP_SILENT_ALLOC)
			now += bytes[op->id] = bytes_of(in, op);
		else if (op->kind != SLAB_OP_GONE)
			now -= bytes[op->id];
		if (now > most)
			most = now;
	}
	free(bytes);
	return most;
}

static void quiet_write(void *ctx, int level, const char *text, size_t n)
{
	(void)ctx;
	if (level <= QUIRE_ERR)
		fwrite(text, 1, n, stderr);
}

static int machine_make(struct slab_run *run, const struct slab_run_options *o)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ranges[QUIRE_MAX_NODES];
	uint64_t bytes = 4 * most_live(run->in) + LEAST;
	unsigned int i;
	int err;

	bytes = (bytes + SECTION - 1) / SECTION * SECTION;
	for (i = 0; i < o->nr_nodes; i++)
		ranges[i] = (struct quire_mem_range){ .start = i * bytes,
						      .end = (i + 1) * bytes,
						      .nid = i };
	c.name = "objects";
	c.ranges = ranges;
	c.nr_ranges = o->nr_nodes;
	c.nr_nodes = o->nr_nodes;
	c.nr_cpus = o->nr_cpus;
	c.cpu_nid = o->cpu_nid;
	c.deterministic = true;
	c.contents = true;
	c.slab = *o->slab;
	run->nr_frames = o->nr_nodes * bytes / SMALL_PAGE;
	run->port = *quire_host_port();
	run->port.write = quiet_write;
	err = quire_machine_create(&c, &run->port, &run->machine);
	return err ? err : quire_cpu_enter(run->machine, 0);
}

/* --- caches ----------------------------------------------------------------------------------- */

/*
 * A kmalloc class is made by its first request, and that takes objects of other classes: it is
 * made now, and left without slabs.
 */
static void class_make(struct slab_run *run, unsigned int row)
{
	const struct slab_row *r = &run->in->rows[row];
	struct slab_op op = { .cache = (uint16_t)row, .kind = SLAB_OP_SILENT_ALLOC };
	void *object;

	if (!r->events && !r->first_slabs)
		return;
	object = objects_op_alloc(run, &op);
	if (object)
		objects_op_free(run, op.cache, object);
	if (objects_cache_of(run, row))
		kmem_cache_shrink(run->rows[row].cache);
}

/* Oldest first: slabinfo begins with the newest. */
static int caches_make(struct slab_run *run)
{
	unsigned int i;

	for (i = run->in->nr_rows; i-- > 0;) {
		const struct slab_row *row = &run->in->rows[i];
		struct slab_row_run *r = &run->rows[i];

		if (!row->size)
			continue;
		if (row->index) {
			class_make(run, i);
			continue;
		}
		r->cache = kmem_cache_create(row->name, row->size, 0, SLAB_NO_MERGE, NULL);
		if (!r->cache)
			return -ENOMEM;
	}
	return 0;
}

struct kmem_cache *objects_cache_of(struct slab_run *run, unsigned int row)
{
	const struct slab_row *r = &run->in->rows[row];

	if (!run->rows[row].cache && r->index) /* made by its first request */
		run->rows[row].cache = kmalloc_caches[r->type][r->index];
	return run->rows[row].cache;
}

static void base_lines(struct slab_run *run)
{
	unsigned int i;

	for (i = 0; i < run->in->nr_rows; i++)
		if (objects_cache_of(run, i))
			run->rows[i].base = objects_run_line(run, i);
}

static bool arrays_make(struct slab_run *run)
{
	const struct slab_input *in = run->in;
	uint64_t i;

	run->rows = calloc(in->nr_rows + 1, sizeof(*run->rows));
	run->objects = calloc(in->nr_ids + 1, sizeof(*run->objects));
	run->asked = calloc(in->nr_ids + 1, sizeof(*run->asked));
	run->frames = calloc(run->nr_frames, sizeof(*run->frames));
	run->place_frame = malloc((in->nr_places + 1) * sizeof(*run->place_frame));
	if (!run->rows || !run->objects || !run->asked || !run->frames || !run->place_frame)
		return false;
	for (i = 0; i < run->nr_frames; i++)
		run->frames[i].place = SLAB_NONE;
	memset(run->place_frame, 0xff, (in->nr_places + 1) * sizeof(*run->place_frame));
	return true;
}

int objects_machine_make(struct slab_run *run, const struct slab_run_options *o)
{
	int err = machine_make(run, o);

	if (err)
		return err;
	if (!arrays_make(run))
		return -ENOMEM;
	run->cache_now = SLAB_NO_CACHE;
	err = set_hooks(run);
	if (!err)
		err = caches_make(run);
	if (!err)
		base_lines(run);
	run->start_pages = run->pages_held;
	run->peak_pages = run->pages_held;
	return err;
}

void objects_run_free(struct slab_run *run)
{
	unsigned int i;

	if (run->machine) {
		quire_cpu_leave();
		quire_machine_destroy(run->machine);
	}
	for (i = 0; i < run->nr_samples; i++)
		free(run->samples[i].cache_pages);
	free(run->rows);
	free(run->objects);
	free(run->asked);
	free(run->frames);
	free(run->place_frame);
	free(run->told);
	memset(run, 0, sizeof(*run));
}
