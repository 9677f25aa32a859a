/* SPDX-License-Identifier: MIT */
/*
 * answers.c - a dead machine as text; see answers.h.
 *
 * Nothing here knows how a machine looks inside: these are the views that a live process has.
 */
#include "answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <quire/mm.h>
#include <quire/report.h>
#include <quire/slab.h>
#include <quire/slab_debug.h>

#include "explain.h"
#include "views.h"

static int find_cache(struct kmem_cache *s, void *arg)
{
	struct cache_search *search = arg;
	const char *name = s->name;
	unsigned int nr = 0;

	while (name && strcmp(name, search->name))
		name = quire_slab_alias(s, nr++);
	if (name)
		search->found = s;
	return name != NULL;
}

struct kmem_cache *answer_cache(const char *name)
{
	struct cache_search search = { name, NULL };

	if (answer_has_objects())
		quire_for_each_cache(find_cache, &search);
	return search.found;
}

static int count_cache(struct kmem_cache *s, void *arg)
{
	(void)s;
	*(bool *)arg = true;
	return 1;
}

bool answer_has_objects(void)
{
	bool any = false;

	quire_for_each_cache(count_cache, &any);
	return any;
}

const char *answer_backend(const struct quire_machine_config *config)
{
	static const char *const names[] = { "SLUB", "SLAB", "SLOB" };

	return names[config->slab.backend];
}

static const char *plural(unsigned long n)
{
	return n == 1 ? "" : "s";
}

int text_head(struct quire_machine *machine, void *arg)
{
	const struct quire_machine_config *c = quire_machine_config_of(machine);
	unsigned long pages = 0;
	struct zone *const *zones;
	unsigned int nr, i;

	(void)arg;
	zones = quire_zones(machine, &nr);
	for (i = 0; i < nr; i++)
		pages += zones[i]->present_pages;
	printf("%s: %u node%s, %u CPU%s, %lu MiB, %s%s%s\n", c->name, c->nr_nodes,
	       plural(c->nr_nodes), c->nr_cpus, plural(c->nr_cpus), pages >> (20 - c->page_shift),
	       c->contents ? answer_backend(c) : "book-keeping only",
	       c->slab.debug ? ", slub_debug=" : "", c->slab.debug ? c->slab.debug : "");
	return 0;
}

int text_file(struct quire_machine *machine, void *arg)
{
	const char *name = arg;

	if (!strcmp(name, "list"))
		views_list(machine, stdout);
	else if (!views_known(machine, name, " slab/CACHE/FILE") ||
		 views_print(machine, name, stdout))
		return 1;
	return 0;
}

/* --- owners ------------------------------------------------------------------------------ */

static void put_range(const char *what, unsigned long from, unsigned long to, const char *unit)
{
	printf(", %s %lu", what, from);
	if (to != from)
		printf("-%lu", to);
	fputs(unit, stdout);
}

/* How the last %pS would be printed: by the machine's report channel, which knows the names. */
static void put_stack(const struct quire_slab_site *site)
{
	unsigned int i;

	for (i = 0; i < site->nr_stack; i++)
		quire_report(NULL, QUIRE_INFO, "        %pS\n", (void *)site->stack[i]);
	if (!site->nr_stack)
		quire_report(NULL, QUIRE_INFO, "        %pS\n", (void *)site->addr);
}

static int put_site(const struct quire_slab_site *site, void *arg)
{
	unsigned long *total = arg;

	*total += site->count;
	printf("%s: %lu object%s, %lu bytes", site->cache->name, site->count, plural(site->count),
	       (unsigned long)site->bytes);
	if (!site->addr) {
		puts(site->cache->flags & SLAB_STORE_USER ? ", by nobody who is known"
							  : " (keeps no owners)");
		return 0;
	}
	put_range("pid", (unsigned long)site->min_pid, (unsigned long)site->max_pid, "");
	put_range("age", (unsigned long)(site->min_age_ns / 1000000),
		  (unsigned long)(site->max_age_ns / 1000000), " ms\n");
	put_stack(site);
	return 0;
}

int text_owners(struct quire_machine *machine, void *arg)
{
	unsigned long total = 0;

	(void)machine;
	(void)arg;
	if (answer_has_objects() && quire_slab_leaks(put_site, &total))
		return 1;
	printf("%lu object%s in all\n", total, plural(total));
	return 0;
}

static int put_sites(struct kmem_cache *s, enum quire_slab_event event, const char *title)
{
	unsigned long total = 0;

	printf("\n%s:\n", title);
	return quire_slab_sites(s, event, put_site, &total) ? 1 : 0;
}

int text_cache(struct quire_machine *machine, void *arg)
{
	struct kmem_cache *s = answer_cache(arg);
	struct quire_slabinfo info;

	(void)machine;
	if (!s) {
		fprintf(stderr, "quire inspect: no cache '%s' (see --proc slabinfo)\n",
			(const char *)arg);
		return 1;
	}
	quire_slabinfo(s, &info);
	printf("%s: %lu of %lu objects in use, %u bytes each in slots of %u; %lu slab%s of "
	       "%u page%s\n",
	       s->name, info.active_objs, info.num_objs, s->object_size, s->size, info.num_slabs,
	       plural(info.num_slabs), 1u << info.cache_order, plural(1ul << info.cache_order));
	if (!(s->flags & SLAB_STORE_USER)) {
		puts("It keeps no owners (slub_debug=U).");
		return 0;
	}
	return put_sites(s, QUIRE_SLAB_ALLOCATED, "Objects in use, by who allocated them") ||
	       put_sites(s, QUIRE_SLAB_FREED, "The same objects, by who freed them before");
}

int text_explain(struct quire_machine *machine, void *arg)
{
	const struct explain_address *address = arg;
	json_t *o = explain_host(machine, address);
	char error[EXPLAIN_ERROR];

	if (!o && address->kind == EXPLAIN_USER)
		o = explain(machine, address, NULL, error);
	if (!o) {
		puts("nothing of this machine");
		return 0;
	}
	explain_text(o, "", stdout);
	json_decref(o);
	return 0;
}

/* --- checks ------------------------------------------------------------------------------ */

static int validate(struct kmem_cache *s, void *arg)
{
	(void)arg;
	validate_slab_cache(s);
	return 0;
}

bool answer_check(struct quire_machine *machine)
{
	struct zone *const *zones;
	unsigned int nr, i;
	bool ok = true;

	zones = quire_zones(machine, &nr);
	for (i = 0; i < nr; i++)
		ok &= !quire_zone_validate(zones[i]);
	if (!answer_has_objects())
		return ok;
	ok &= quire_slab_validate();
	quire_for_each_cache(validate, NULL);
	return ok;
}

struct listener {
	struct quire_report_listener listener;
	unsigned long lines;
};

static bool count_line(struct quire_report_listener *self, enum quire_level level, const char *text,
		       size_t len)
{
	(void)level;
	(void)text;
	(void)len;
	((struct listener *)(void *)self)->lines++;
	return false;
}

int text_errors(struct quire_machine *machine, void *arg)
{
	struct listener counter = { .listener = { .line = count_line } };

	(void)arg;
	quire_report_listen(machine, &counter.listener);
	if (answer_check(machine) && !counter.lines)
		puts("none found");
	quire_report_unlisten(machine, &counter.listener);
	return 0;
}
