/* SPDX-License-Identifier: MIT */
/*
 * answers_json.c - a dead machine as one JSON object.
 *
 *	{ name, nodes, cpus, page_size, backend,
 *	  zones:  [{ node, name, free: [blocks by order] }],
 *	  caches: [{ name, object_size, size, active_objs, num_objs, active_slabs, num_slabs,
 *		     objects_per_slab, order, owners: true if it keeps them }],
 *	  owners: [{ cache, objects, bytes, address, min_pid, max_pid, min_age_ns, max_age_ns,
 *		     stack: [names] }],
 *	  areas:  [{ start, end, kind, pages, caller }],
 *	  processes: [{ pid, name, mappings, size_kb, rss_kb }],
 *	  errors: [lines] }
 *
 * `address` 0: the cache keeps no owners. Owners come in the order of the text.
 */
#include "answers.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include <quire/mm.h>
#include <quire/slab.h>
#include <quire/slab_debug.h>

#include "dead.h"
#include "symbols.h"

static json_int_t number(u64 value)
{
	return (json_int_t)value;
}

static json_t *zones_of(struct quire_machine *machine)
{
	json_t *list = json_array(), *free;
	struct zone *const *zones;
	unsigned int nr, i, order;

	zones = quire_zones(machine, &nr);
	for (i = 0; i < nr; i++) {
		free = json_array();
		for (order = 0; order < zones[i]->nr_orders; order++)
			json_array_append_new(
				free, json_integer(number(zones[i]->free_area[order].nr_free)));
		json_array_append_new(list, json_pack("{s:i, s:s, s:o}", "node",
						      zones[i]->zone_pgdat->node_id, "name",
						      zones[i]->name, "free", free));
	}
	return list;
}

static int add_cache(struct kmem_cache *s, void *list)
{
	struct quire_slabinfo info;

	quire_slabinfo(s, &info);
	json_array_append_new(
		list, json_pack("{s:s, s:i, s:i, s:I, s:I, s:I, s:I, s:i, s:i, s:b}", "name",
				s->name, "object_size", (int)s->object_size, "size", (int)s->size,
				"active_objs", number(info.active_objs), "num_objs",
				number(info.num_objs), "active_slabs", number(info.active_slabs),
				"num_slabs", number(info.num_slabs), "objects_per_slab",
				(int)info.objects_per_slab, "order", (int)info.cache_order,
				"owners", (s->flags & SLAB_STORE_USER) != 0));
	return 0;
}

static json_t *name_of(unsigned long pc)
{
	char name[256];

	if (!symbols_name(pc, name, sizeof(name)))
		snprintf(name, sizeof(name), "0x%lx", pc);
	return json_string(name);
}

static int add_owner(const struct quire_slab_site *site, void *list)
{
	json_t *stack = json_array();
	unsigned int i;

	for (i = 0; i < site->nr_stack; i++)
		json_array_append_new(stack, name_of(site->stack[i]));
	if (!site->nr_stack && site->addr)
		json_array_append_new(stack, name_of(site->addr));
	json_array_append_new(list,
			      json_pack("{s:s, s:I, s:I, s:I, s:i, s:i, s:I, s:I, s:o}", "cache",
					site->cache->name, "objects", number(site->count), "bytes",
					number(site->bytes), "address", number(site->addr),
					"min_pid", site->min_pid, "max_pid", site->max_pid,
					"min_age_ns", number(site->min_age_ns), "max_age_ns",
					number(site->max_age_ns), "stack", stack));
	return 0;
}

static void add_line(const char *line, size_t n, void *list)
{
	json_t *text = json_stringn(line, n);

	if (text)
		json_array_append_new(list, text);
}

int json_machine(struct quire_machine *machine, void *arg)
{
	const struct quire_machine_config *c = quire_machine_config_of(machine);
	json_t *caches = json_array(), *owners = json_array(), *errors = json_array(), *root;
	int err = 0;

	if (answer_has_objects()) {
		quire_for_each_cache(add_cache, caches);
		err = quire_slab_leaks(add_owner, owners);
	}
	root = json_pack("{s:s, s:i, s:i, s:i, s:s?, s:o, s:o, s:o}", "name", c->name, "nodes",
			 (int)c->nr_nodes, "cpus", (int)c->nr_cpus, "page_size", 1 << c->page_shift,
			 "backend", c->contents ? answer_backend(c) : NULL, "zones",
			 zones_of(machine), "caches", caches, "owners", owners);
	json_object_set_new(root, "areas", json_areas(machine));
	json_object_set_new(root, "processes", json_processes(machine));
	dead_listen(add_line, errors);
	if (!answer_check(machine) && !json_array_size(errors))
		add_line("structures do not hold", 22, errors);
	dead_listen(NULL, NULL);
	json_object_set_new(root, "errors", errors);
	err |= json_dumpfd(root, *(int *)arg, 0);
	json_decref(root);
	return err ? 1 : 0;
}
