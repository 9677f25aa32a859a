/* SPDX-License-Identifier: MIT */
/*
 * slab_rows.c - the caches: from snap-X/slabinfo, or from events where there is none.
 *
 * A kmalloc class is known by its name: kmalloc-8 ... kmalloc-8k, with dma-, rcl- and cg-.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/slab_internal.h"

static const char *const kmalloc_prefixes[NR_KMALLOC_TYPES] = {
	[KMALLOC_NORMAL] = "kmalloc-",
	[KMALLOC_CGROUP] = "kmalloc-cg-",
	[KMALLOC_RECLAIM] = "kmalloc-rcl-",
	[KMALLOC_DMA] = "dma-kmalloc-",
};

static void kmalloc_name(char name[32], enum kmalloc_cache_type type, unsigned int bytes)
{
	snprintf(name, 32, "%s%u%s", kmalloc_prefixes[type], bytes < 1024 ? bytes : bytes / 1024,
		 bytes < 1024 ? "" : "k");
}

/* Is @row a kmalloc class? Then which. */
static void mark_kmalloc(struct slab_row *row)
{
	char name[32];
	int type;

	if (!row->size || row->size > KMALLOC_MAX_CACHE_SIZE)
		return;
	for (type = 0; type < NR_KMALLOC_TYPES; type++) {
		kmalloc_name(name, (enum kmalloc_cache_type)type, row->size);
		if (strcmp(name, row->name))
			continue;
		row->type = (enum kmalloc_cache_type)type;
		row->index = kmalloc_index(row->size);
	}
}

static uint16_t row_add(struct slab_input *in, const char *name, unsigned int size)
{
	struct slab_row *rows, *row;

	if (in->nr_rows == SLAB_MAX_CACHES)
		return SLAB_NO_CACHE;
	rows = realloc(in->rows, (in->nr_rows + 1) * sizeof(*rows));
	if (!rows)
		return SLAB_NO_CACHE;
	in->rows = rows;
	row = &rows[in->nr_rows];
	memset(row, 0, sizeof(*row));
	snprintf(row->name, sizeof(row->name), "%s", name);
	row->size = size;
	row->first_place = SLAB_NONE;
	mark_kmalloc(row);
	return (uint16_t)in->nr_rows++;
}

uint16_t objects_row_named(struct slab_input *in, const char *name, unsigned int size)
{
	unsigned int i;

	for (i = 0; i < in->nr_rows; i++)
		if (!strcmp(in->rows[i].name, name))
			return (uint16_t)i;
	return size ? row_add(in, name, size) : SLAB_NO_CACHE;
}

uint16_t objects_row_of_kmalloc(struct slab_input *in, const struct trace_object *o)
{
	char name[32];

	if (o->bytes_alloc > KMALLOC_MAX_CACHE_SIZE)
		return SLAB_LARGE;
	kmalloc_name(name, kmalloc_type(o->gfp), o->bytes_alloc);
	return objects_row_named(in, name, o->bytes_alloc);
}

/* "name active num size objects pages : tunables ... : slabdata active num shared" */
static bool take_line(struct slab_input *in, unsigned int snapshot, const char *line)
{
	unsigned long active, num, slabs;
	unsigned int size, objects, pages;
	struct slab_row *row;
	char name[64];
	uint16_t i;

	if (sscanf(line, "%63s %lu %lu %u %u %u : tunables %*u %*u %*u : slabdata %*u %lu", name,
		   &active, &num, &size, &objects, &pages, &slabs) != 7 ||
	    !size || !objects || !pages)
		return true; /* a heading */
	i = objects_row_named(in, name, size);
	if (i == SLAB_NO_CACHE)
		return false;
	row = &in->rows[i];
	row->objects = objects;
	row->pages = pages;
	row->listed = true;
	row->seen[snapshot] = (struct slab_line){ active, slabs };
	return true;
}

static bool take_snapshot(struct slab_input *in, const char *folder, const char *name)
{
	struct slab_snapshot *s = &in->snapshots[in->nr_snapshots];
	char path[4096], line[512];
	bool ok = true;
	FILE *f;

	snprintf(path, sizeof(path), "%s/snap-%s/slabinfo", folder, name);
	f = fopen(path, "re");
	if (!f)
		return true;
	while (ok && fgets(line, sizeof(line), f))
		ok = take_line(in, in->nr_snapshots, line);
	fclose(f);
	snprintf(s->name, sizeof(s->name), "%s", name);
	in->nr_snapshots++;
	in->have_slabinfo = true;
	return ok;
}

bool objects_rows_load(struct slab_input *in, const char *folder)
{
	const struct trace *t = in->trace;
	size_t i;

	for (i = 0; folder && i < t->nr_events; i++) {
		const struct trace_event *e = &t->events[i];
		const char *text;

		if (e->type != TRACE_MARK || e->pfn >= t->strings_bytes)
			continue;
		text = t->strings + e->pfn;
		if (strncmp(text, "SNAPSHOT ", 9) || strlen(text) > 9 + 31 || strchr(text, '/') ||
		    in->nr_snapshots == SLAB_SNAPSHOTS)
			continue;
		if (!take_snapshot(in, folder, text + 9))
			return false;
	}
	return true;
}
