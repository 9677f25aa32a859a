/* SPDX-License-Identifier: MIT */
/*
 * machine_build.c - from what was written to a machine's description.
 *
 * 1. Lists become the arrays of struct quire_machine_config. Nodes with memory
 *    but no map lie one after another from address 0, in the order given.
 * 2. Then quire_machine_config_check() has the word. It names fields as C does
 *    ("ranges[2].nid"); the table below says what that is called in a file
 *    ("memory[2].node"), and draft_locate() finds where it was written.
 */
#include "machine_draft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int fail_at(struct machine_file *file, struct machine_error *error, const char *path,
		   const char *text)
{
	struct draft_at at = { .file = file, .error = error, .source = "machine" };

	if (file->nr_sources)
		at.source = file->sources[0];
	draft_locate(&at, path);
	return draft_fail(&at, "%s", text);
}

static int fail_index(struct machine_file *file, struct machine_error *error, const char *list,
		      unsigned int i, const char *text)
{
	char path[80];

	snprintf(path, sizeof(path), list, i);
	return fail_at(file, error, path, text);
}

static bool nodes_have_memory(const struct draft *d)
{
	const struct draft_node *nodes = d->nodes.items;
	unsigned int i;

	for (i = 0; i < d->nodes.nr; i++)
		if (nodes[i].memory != DRAFT_NONE)
			return true;
	return false;
}

static int ranges_from_map(struct machine_file *f, struct machine_error *error)
{
	const struct draft_range *r = f->draft.memory.items;
	unsigned int i;

	for (i = 0; i < f->draft.memory.nr; i++, r++) {
		if (r->start == DRAFT_NONE)
			return fail_index(f, error, "memory[%u]", i, "needs a start");
		if ((r->end == DRAFT_NONE) == (r->size == DRAFT_NONE))
			return fail_index(f, error, "memory[%u]", i, "needs an end or a size");
		if (r->end == DRAFT_NONE && r->size > DRAFT_NONE - r->start)
			return fail_index(f, error, "memory[%u].size", i,
					  "ends above 64-bit addresses");
		f->ranges[i] = (struct quire_mem_range){
			.start = r->start,
			.end = r->end == DRAFT_NONE ? r->start + r->size : r->end,
			.kind = (enum quire_range_kind)r->kind,
			.nid = r->nid,
			.flags = r->flags,
		};
	}
	return 0;
}

static int ranges_from_nodes(struct machine_file *f, struct machine_error *error, unsigned int *nr)
{
	const struct draft_node *nodes = f->draft.nodes.items;
	unsigned int i;
	u64 start = 0;

	*nr = 0;
	for (i = 0; i < f->draft.nodes.nr; i++) {
		u64 bytes = nodes[i].memory == DRAFT_NONE ? 0 : nodes[i].memory;

		if (bytes > QUIRE_MAX_PHYSICAL - start)
			return fail_index(f, error, "nodes[%u].memory", i,
					  "ends above 52-bit physical addresses");
		if (bytes)
			f->ranges[(*nr)++] = (struct quire_mem_range){
				.start = start,
				.end = start + bytes,
				.nid = i,
			};
		start += bytes;
	}
	return 0;
}

static int build_ranges(struct machine_file *f, struct quire_machine_config *c,
			struct machine_error *error)
{
	const struct draft *d = &f->draft;
	bool in_nodes = nodes_have_memory(d);
	size_t n = d->memory.nr + d->nodes.nr;
	int err;

	if (in_nodes && d->memory.nr)
		return fail_at(f, error, "nodes",
			       "memory of nodes and a memory map: give one of both");
	if (!in_nodes && !d->memory.nr)
		return fail_at(f, error, "memory",
			       "missing: list ranges under memory, or give nodes with memory");
	f->ranges = xrealloc(f->ranges, n * sizeof(*f->ranges));
	memset(f->ranges, 0, n * sizeof(*f->ranges));
	c->ranges = f->ranges;
	c->nr_ranges = d->memory.nr;
	err = in_nodes ? ranges_from_nodes(f, error, &c->nr_ranges) : ranges_from_map(f, error);
	if (err)
		return err;
	c->nr_nodes = d->nodes.nr;
	for (n = 0; !d->nodes.nr && n < c->nr_ranges; n++)
		if (c->ranges[n].nid >= c->nr_nodes)
			c->nr_nodes = c->ranges[n].nid + 1;
	return 0;
}

/* CPUs by node: 2 on the first, 1 on the second is 0 0 1. */
static int cpus_from_nodes(struct machine_file *f, struct quire_machine_config *c,
			   struct machine_error *error)
{
	const struct draft_node *nodes = f->draft.nodes.items;
	unsigned int i, j, given = 0, total = 0;

	for (i = 0; i < f->draft.nodes.nr; i++) {
		if (nodes[i].cpus == DRAFT_NO_NUMBER)
			continue;
		given++;
		if (total + nodes[i].cpus > QUIRE_MAX_CPUS)
			return fail_index(f, error, "nodes[%u].cpus", i, "too many CPUs in all");
		f->cpu_nid = xrealloc(f->cpu_nid, total + nodes[i].cpus);
		for (j = 0; j < nodes[i].cpus; j++)
			f->cpu_nid[total++] = (unsigned char)i;
	}
	if (given && !total)
		return fail_at(f, error, "nodes", "no node has a CPU");
	if (given && (f->draft.cpus != DRAFT_NO_NUMBER || f->draft.cpu_nodes.nr))
		return fail_at(f, error, f->draft.cpu_nodes.nr ? "cpu_nodes" : "cpus",
			       "the nodes give their CPUs already");
	if (given) {
		c->nr_cpus = total;
		c->cpu_nid = f->cpu_nid;
	}
	return 0;
}

static int build_cpus(struct machine_file *f, struct quire_machine_config *c,
		      struct machine_error *error)
{
	const struct draft *d = &f->draft;
	const unsigned int *nids = d->cpu_nodes.items;
	unsigned int i;

	c->nr_cpus = d->cpus == DRAFT_NO_NUMBER ? 1 : d->cpus;
	if (!d->cpu_nodes.nr)
		return cpus_from_nodes(f, c, error);
	if (d->cpus != DRAFT_NO_NUMBER && d->cpus != d->cpu_nodes.nr)
		return fail_at(f, error, "cpu_nodes",
			       "must have as many entries as there are cpus");
	f->cpu_nid = xrealloc(f->cpu_nid, d->cpu_nodes.nr);
	for (i = 0; i < d->cpu_nodes.nr; i++)
		f->cpu_nid[i] = (unsigned char)nids[i];
	c->nr_cpus = d->cpu_nodes.nr;
	c->cpu_nid = f->cpu_nid;
	return cpus_from_nodes(f, c, error);
}

static int build_distances(struct machine_file *f, struct quire_machine_config *c,
			   struct machine_error *error)
{
	const struct draft_list *rows = f->draft.distances.items;
	unsigned int n = c->nr_nodes, i, j;

	if (!f->draft.distances.nr)
		return 0;
	if (f->draft.distances.nr != n)
		return fail_at(f, error, "distances", "must have one row for each node");
	f->distances = xrealloc(f->distances, (size_t)n * n);
	for (i = 0; i < n; i++) {
		const unsigned int *row = rows[i].items;

		if (rows[i].nr != n)
			return fail_index(f, error, "distances[%u]", i,
					  "must have one number for each node");
		for (j = 0; j < n; j++)
			f->distances[i * n + j] = (unsigned char)row[j];
	}
	c->distances = f->distances;
	return 0;
}

static int build_reserved(struct machine_file *f, struct quire_machine_config *c,
			  struct machine_error *error)
{
	const struct draft_reserved *r = f->draft.reserved.items;
	unsigned int i;

	c->nr_reserved = f->draft.reserved.nr;
	f->reserved = xrealloc(f->reserved, c->nr_reserved * sizeof(*f->reserved));
	for (i = 0; i < c->nr_reserved; i++, r++) {
		if (!r->name)
			return fail_index(f, error, "reserved[%u]", i, "needs a name");
		if (r->size == DRAFT_NONE)
			return fail_index(f, error, "reserved[%u]", i, "needs a size");
		f->reserved[i] = (struct quire_reserved){
			.name = r->name,
			.start = r->start,
			.size = r->size,
			.align = r->align,
			.kind = (enum quire_reserved_kind)r->kind,
			.nid = r->nid,
		};
	}
	c->reserved = f->reserved;
	return 0;
}

/* What the check calls a field, and what a machine file calls it; the longest first. */
static const struct {
	const char *c, *yaml;
} names[] = {
	{ "page_shift", "page_size" },
	{ "section_shift", "section_size" },
	{ "nr_nodes", "nodes" },
	{ "nr_cpus", "cpus" },
	{ "cpu_nid", "cpu_nodes" },
	{ "ranges", "memory" },
	{ "dma_limit", "zones.dma" },
	{ "dma32_limit", "zones.dma32" },
	{ "lowmem_limit", "zones.lowmem" },
	{ "movable_core", "zones.movable_core" },
	{ "slab.backend", "kernel.slab" },
	{ "slab.sheaves", "kernel.sheaves" },
	{ "slab.debug", "kernel.slub_debug" },
	{ "slab.", "kernel.slab_" },
	{ "failslab", "kernel.failslab" },
	{ "fail_page_alloc", "kernel.fail_page_alloc" },
	{ "vm.transparent_hugepage", "kernel.transparent_hugepage" },
	{ "vm.page_poison", "kernel.page_poison" },
	{ "vm.", "sysctl.vm." },
};

static void yaml_name(const struct machine_file *f, const char *c_name, char *to, size_t size)
{
	const char *yaml = c_name, *rest = "", *nid;
	unsigned int i;
	size_t n;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		n = strlen(names[i].c);
		if (strncmp(c_name, names[i].c, n))
			continue;
		yaml = names[i].yaml;
		rest = c_name + n;
		break;
	}
	if (!strcmp(yaml, "memory") && !f->draft.memory.nr)
		yaml = "nodes";
	snprintf(to, size, "%s%s", yaml, rest);
	nid = strstr(to, "].nid");
	if (nid)
		snprintf(to + (nid - to), size - (size_t)(nid - to), "].node");
	nid = strstr(to, "].kind");
	if (nid && !strncmp(to, "memory", 6))
		snprintf(to + (nid - to), size - (size_t)(nid - to), "].type");
}

int draft_build(struct machine_file *f, struct quire_machine_config *config,
		struct machine_error *error)
{
	static int (*const steps[])(struct machine_file * f, struct quire_machine_config * c,
				    struct machine_error * error) = {
		build_ranges,
		build_cpus,
		build_distances,
		build_reserved,
	};
	struct quire_machine_config c = f->draft.c;
	struct quire_config_error e;
	char path[80];
	unsigned int i;

	c.name = f->draft.name ? f->draft.name : "machine";
	c.boot = (enum quire_boot_allocator)f->draft.boot;
	c.deterministic = f->draft.mode;
	c.contents = f->draft.contents;
	c.slab.backend = (enum quire_slab_backend)f->draft.slab;
	for (i = 0; i < ARRAY_SIZE(steps); i++)
		if (steps[i](f, &c, error))
			return -EINVAL;
	if (quire_machine_config_check(&c, &e)) {
		yaml_name(f, e.key, path, sizeof(path));
		return fail_at(f, error, path, e.text);
	}
	*config = c;
	return 0;
}
