/* SPDX-License-Identifier: MIT */
/*
 * config.c - copying and completing a machine's description.
 *
 * All that a description points to is copied behind the machine itself, in the
 * same reserve of the port:
 *
 *	+--------------------------+--------+----------+-----------+---------+-------+------------+
 *	| quire_machine, its CPUs  | ranges | reserved | distances | cpu_nid | names | slub_debug |
 *	+--------------------------+--------+----------+-----------+---------+-------+------------+
 *	 machine.c carves these	    config_copy() carves these
 *
 * Defaults are Linux's: distance 10 to oneself and 20 to others.
 */
#include "hw/config.h"

#include "base/string.h"
#include "hw/memmap.h"

#define LOCAL_DISTANCE	10
#define REMOTE_DISTANCE 20

void *carve(struct carve *c, size_t bytes, size_t align)
{
	size_t at = (c->used + align - 1) & ~(align - 1);

	c->used = at + bytes;
	return c->base ? c->base + at : NULL;
}

static const char *carve_string(struct carve *c, const char *from)
{
	size_t bytes = strlen(from) + 1;
	char *to = carve(c, bytes, 1);

	if (to)
		memcpy(to, from, bytes);
	return to;
}

static void copy_ranges(struct carve *c, struct quire_machine_config *to,
			const struct quire_machine_config *from)
{
	size_t bytes = from->nr_ranges * sizeof(*from->ranges);
	struct quire_mem_range *ranges = carve(c, bytes, sizeof(u64));

	if (!ranges)
		return;
	memcpy(ranges, from->ranges, bytes);
	memmap_sort(ranges, from->nr_ranges);
	to->ranges = ranges;
}

static void copy_reserved(struct carve *c, struct quire_machine_config *to,
			  const struct quire_machine_config *from)
{
	size_t bytes = from->nr_reserved * sizeof(*from->reserved);
	struct quire_reserved *reserved = carve(c, bytes, sizeof(u64));
	unsigned int i;

	for (i = 0; i < from->nr_reserved; i++) {
		const char *name = carve_string(c, from->reserved[i].name);

		if (!reserved)
			continue;
		reserved[i] = from->reserved[i];
		reserved[i].name = name;
		if (!reserved[i].align)
			reserved[i].align = 1ull << from->page_shift;
	}
	if (reserved)
		to->reserved = reserved;
}

static void copy_distances(struct carve *c, struct quire_machine_config *to,
			   const struct quire_machine_config *from)
{
	unsigned int n = from->nr_nodes, i;
	unsigned char *d = carve(c, (size_t)n * n, 1);

	if (!d)
		return;
	if (from->distances)
		memcpy(d, from->distances, (size_t)n * n);
	for (i = 0; !from->distances && i < n * n; i++)
		d[i] = i % (n + 1) ? REMOTE_DISTANCE : LOCAL_DISTANCE;
	to->distances = d;
}

/* Evenly and in order: with 4 CPUs on 2 nodes, CPUs 0 and 1 on node 0, 2 and 3 on node 1. */
static void copy_cpu_nid(struct carve *c, struct quire_machine_config *to,
			 const struct quire_machine_config *from)
{
	unsigned int n = from->nr_cpus, i;
	unsigned char *nid = carve(c, n, 1);

	if (!nid)
		return;
	for (i = 0; i < n; i++)
		nid[i] = from->cpu_nid ? from->cpu_nid[i] : i * from->nr_nodes / n;
	to->cpu_nid = nid;
}

void config_copy(struct carve *c, struct quire_machine_config *to,
		 const struct quire_machine_config *from)
{
	const char *name, *debug;

	if (c->base)
		*to = *from;
	copy_ranges(c, to, from);
	copy_reserved(c, to, from);
	copy_distances(c, to, from);
	copy_cpu_nid(c, to, from);
	name = carve_string(c, from->name ? from->name : "machine");
	debug = from->slab.debug ? carve_string(c, from->slab.debug) : NULL;
	if (c->base) {
		if (to->mmu == QUIRE_MMU_BY_PAGE_SIZE)
			to->mmu = quire_mmu_of_page_shift(to->page_shift);
		to->name = name;
		to->slab.debug = debug;
	}
}
