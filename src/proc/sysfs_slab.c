/* SPDX-License-Identifier: MIT */
/*
 * proc/sysfs_slab.c - /sys/kernel/slab: a folder for each cache, a file for each of its values.
 *
 * 1. Caches of SLUB that may be merged have a folder named by what they serve (":0000064"), and
 *    their names, all of them, are links to it; the others have a folder of their name, to which
 *    names that SLAB merged are links (Linux's SLAB has no such folders).
 * 2. Numbers of objects and slabs are a sum, then each node that has any: "12 N0=8 N1=4".
 * 3. alloc_traces and free_traces, which Linux has below /sys/kernel/debug, are there for caches
 *    that keep owners.
 * 4. Names come by index: the caches newest first, each with its files, then its links.
 *
 * Source: printed forms of Linux 6.1; Documentation/ABI/testing/sysfs-kernel-slab.
 */
#include <quire/errno.h>
#include <quire/math.h>
#include <quire/slab_debug.h>

#include "base/string.h"
#include "hw/machine.h"
#include "proc/slab_files.h"

#define MODE_LINK 0120777u
#define DIR_BYTES 128

/* --- values ------------------------------------------------------------------------------ */

enum usage_field { OBJECTS, OBJECTS_PARTIAL, TOTAL_OBJECTS, SLABS, PARTIAL, CPU_SLABS };

static unsigned long field_of(const struct quire_slab_usage *u, enum usage_field field)
{
	switch (field) {
	case OBJECTS:
		return u->objects;
	case OBJECTS_PARTIAL:
		return u->objects_partial;
	case TOTAL_OBJECTS:
		return u->total_objects;
	case SLABS:
		return u->slabs;
	case PARTIAL:
		return u->partial;
	default:
		return u->cpu_slabs;
	}
}

/* Point 2. */
static void show_usage(struct kmem_cache *s, struct out *out, enum usage_field field)
{
	unsigned int nid, nr = quire_machine_config_of(quire_current_machine())->nr_nodes;
	unsigned long counts[QUIRE_MAX_NODES], sum = 0;
	struct quire_slab_usage usage;

	for (nid = 0; nid < nr; nid++) {
		quire_slab_usage(s, nid, &usage);
		counts[nid] = field_of(&usage, field);
		sum += counts[nid];
	}
	out_printf(out, "%lu", sum);
	for (nid = 0; nid < nr; nid++)
		if (counts[nid])
			out_printf(out, " N%u=%lu", nid, counts[nid]);
	out_printf(out, "\n");
}

#define SHOW_USAGE(name, field)                                 \
	static void name(struct kmem_cache *s, struct out *out) \
	{                                                       \
		show_usage(s, out, field);                      \
	}
SHOW_USAGE(show_objects, OBJECTS)
SHOW_USAGE(show_objects_partial, OBJECTS_PARTIAL)
SHOW_USAGE(show_total_objects, TOTAL_OBJECTS)
SHOW_USAGE(show_slabs, SLABS)
SHOW_USAGE(show_partial, PARTIAL)
SHOW_USAGE(show_cpu_slabs, CPU_SLABS)

#define SHOW_NUMBER(name, value)                                  \
	static void name(struct kmem_cache *s, struct out *out)   \
	{                                                         \
		out_printf(out, "%lu\n", (unsigned long)(value)); \
	}
SHOW_NUMBER(show_slab_size, s->size)
SHOW_NUMBER(show_object_size, READ_ONCE(s->object_size))
SHOW_NUMBER(show_objs_per_slab, oo_objects(s->oo))
SHOW_NUMBER(show_order, oo_order(s->oo))
SHOW_NUMBER(show_align, s->align)
SHOW_NUMBER(show_min_partial, READ_ONCE(s->min_partial))
SHOW_NUMBER(show_cpu_partial, READ_ONCE(s->cpu_partial))
SHOW_NUMBER(show_aliases, max(READ_ONCE(s->refcount), 1) - 1)
SHOW_NUMBER(show_usersize, s->usersize)
SHOW_NUMBER(show_defrag_ratio, READ_ONCE(s->remote_node_defrag_ratio) / 10)
SHOW_NUMBER(show_sheaf_capacity, s->sheaf_capacity)

#define SHOW_FLAG(name, flag) SHOW_NUMBER(name, !!(s->flags & (flag)))
SHOW_FLAG(show_hwcache_align, SLAB_HWCACHE_ALIGN)
SHOW_FLAG(show_reclaim_account, SLAB_RECLAIM_ACCOUNT)
SHOW_FLAG(show_destroy_by_rcu, SLAB_TYPESAFE_BY_RCU)
SHOW_FLAG(show_cache_dma, SLAB_CACHE_DMA)
SHOW_FLAG(show_sanity_checks, SLAB_CONSISTENCY_CHECKS)
SHOW_FLAG(show_trace, SLAB_TRACE)
SHOW_FLAG(show_red_zone, SLAB_RED_ZONE)
SHOW_FLAG(show_poison, SLAB_POISON)
SHOW_FLAG(show_store_user, SLAB_STORE_USER)
SHOW_NUMBER(show_failslab, READ_ONCE(s->failslab))
SHOW_FLAG(show_skip_kfence, SLAB_SKIP_KFENCE)

static void show_ctor(struct kmem_cache *s, struct out *out)
{
	if (s->ctor)
		out_printf(out, "%pS\n", (void *)(unsigned long)s->ctor);
}

static void show_slabs_cpu_partial(struct kmem_cache *s, struct out *out)
{
	unsigned int cpu, nr = quire_machine_config_of(quire_current_machine())->nr_cpus, sum = 0;

	for (cpu = 0; cpu < nr; cpu++)
		sum += quire_slab_cpu_partial(s, cpu);
	/* Half of the objects of a partial slab are taken to be free. */
	out_printf(out, "%u(%u)", sum * oo_objects(s->oo) / 2, sum);
	for (cpu = 0; cpu < nr; cpu++) {
		unsigned int slabs = quire_slab_cpu_partial(s, cpu);

		if (slabs)
			out_printf(out, " C%u=%u(%u)", cpu, slabs * oo_objects(s->oo) / 2, slabs);
	}
	out_printf(out, "\n");
}

/* Read as empty: writing them does something. */
static void show_nothing(struct kmem_cache *s, struct out *out)
{
}

/* --- traces ------------------------------------------------------------------------------ */

#define HZ_NS 4000000u

/* Set bits of @words as "0-3,7". */
static void print_bits(struct out *out, const u64 *words, unsigned int nr)
{
	unsigned int i, end;
	bool any = false;

	for (i = 0; i < nr; i = end + 1) {
		end = i;
		if (!(words[i / 64] >> i % 64 & 1))
			continue;
		while (end + 1 < nr && words[(end + 1) / 64] >> (end + 1) % 64 & 1)
			end++;
		out_printf(out, end > i ? "%s%u-%u" : "%s%u", any ? "," : "", i, end);
		any = true;
	}
}

struct traces {
	struct out *out;
	bool any;
};

static int show_site(const struct quire_slab_site *site, void *arg)
{
	const struct quire_machine_config *c = quire_machine_config_of(quire_current_machine());
	struct traces *t = arg;
	struct out *out = t->out;
	unsigned int i;

	t->any = true;
	out_printf(out, "%7lu ", site->count);
	if (site->addr)
		out_printf(out, "%pS", (void *)site->addr);
	else
		out_printf(out, "<not-available>");
	if (site->waste)
		out_printf(out, " waste=%lu/%lu", (unsigned long)site->waste,
			   (unsigned long)(site->waste / site->count));
	/* In ticks, as Linux compares them. */
	if (site->sum_age_ns / HZ_NS != site->min_age_ns / HZ_NS)
		out_printf(out, " age=%lu/%lu/%lu", (unsigned long)(site->min_age_ns / HZ_NS),
			   (unsigned long)(site->sum_age_ns / site->count / HZ_NS),
			   (unsigned long)(site->max_age_ns / HZ_NS));
	else
		out_printf(out, " age=%lu", (unsigned long)(site->min_age_ns / HZ_NS));
	out_printf(out, site->min_pid != site->max_pid ? " pid=%d-%d" : " pid=%d", site->min_pid,
		   site->max_pid);
	if (c->nr_cpus > 1) {
		out_printf(out, " cpus=");
		print_bits(out, site->cpus, c->nr_cpus);
	}
	if (c->nr_nodes > 1) {
		out_printf(out, " nodes=");
		print_bits(out, &site->nodes, c->nr_nodes);
	}
	for (i = 0; i < site->nr_stack; i++)
		out_printf(out, "%s        %pS\n", i ? "" : "\n", (void *)site->stack[i]);
	out_printf(out, "\n");
	return 0;
}

static void show_traces(struct kmem_cache *s, struct out *out, enum quire_slab_event event)
{
	struct traces t = { .out = out };

	quire_slab_sites(s, event, show_site, &t);
	if (!t.any)
		out_printf(out, "No data\n");
}

static void show_alloc_traces(struct kmem_cache *s, struct out *out)
{
	show_traces(s, out, QUIRE_SLAB_ALLOCATED);
}

static void show_free_traces(struct kmem_cache *s, struct out *out)
{
	show_traces(s, out, QUIRE_SLAB_FREED);
}

/* --- the table --------------------------------------------------------------------------- */

static const struct slab_file {
	const char *name;
	unsigned int mode;
	void (*show)(struct kmem_cache *s, struct out *out);
	bool owners; /* point 3 */
} slab_files[] = {
	{ "slab_size", 0400, show_slab_size, false },
	{ "object_size", 0400, show_object_size, false },
	{ "objs_per_slab", 0400, show_objs_per_slab, false },
	{ "order", 0400, show_order, false },
	{ "align", 0400, show_align, false },
	{ "min_partial", 0600, show_min_partial, false },
	{ "cpu_partial", 0600, show_cpu_partial, false },
	{ "objects", 0400, show_objects, false },
	{ "objects_partial", 0400, show_objects_partial, false },
	{ "total_objects", 0400, show_total_objects, false },
	{ "slabs", 0400, show_slabs, false },
	{ "partial", 0400, show_partial, false },
	{ "cpu_slabs", 0400, show_cpu_slabs, false },
	{ "slabs_cpu_partial", 0400, show_slabs_cpu_partial, false },
	{ "ctor", 0400, show_ctor, false },
	{ "aliases", 0400, show_aliases, false },
	{ "hwcache_align", 0400, show_hwcache_align, false },
	{ "reclaim_account", 0400, show_reclaim_account, false },
	{ "destroy_by_rcu", 0400, show_destroy_by_rcu, false },
	{ "cache_dma", 0400, show_cache_dma, false },
	{ "sanity_checks", 0400, show_sanity_checks, false },
	{ "trace", 0400, show_trace, false },
	{ "red_zone", 0400, show_red_zone, false },
	{ "poison", 0400, show_poison, false },
	{ "store_user", 0400, show_store_user, false },
	{ "usersize", 0400, show_usersize, false },
	{ "remote_node_defrag_ratio", 0600, show_defrag_ratio, false },
	{ "sheaf_capacity", 0400, show_sheaf_capacity, false },
	{ "shrink", 0600, show_nothing, false },
	{ "validate", 0600, show_nothing, false },
	{ "failslab", 0600, show_failslab, false },
	{ "skip_kfence", 0400, show_skip_kfence, false },
	{ "alloc_traces", 0400, show_alloc_traces, true },
	{ "free_traces", 0400, show_free_traces, true },
};

/* --- names ------------------------------------------------------------------------------- */

/* The name below "slab/": folder to @dir, file to *@file (NULL: none). */
static bool split(const char *name, char dir[DIR_BYTES], const char **file)
{
	size_t n = 0;

	if (strncmp(name, "slab/", 5))
		return false;
	for (name += 5; *name && *name != '/'; name++) {
		if (n + 1 == DIR_BYTES)
			return false;
		dir[n++] = *name;
	}
	dir[n] = '\0';
	*file = *name ? name + 1 : NULL;
	return n;
}

static const struct slab_file *file_named(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(slab_files); i++)
		if (!strcmp(slab_files[i].name, name))
			return &slab_files[i];
	return NULL;
}

/* What is wanted: @file of the cache that goes by @dir; NULL: where its link leads. */
struct search {
	const char *dir, *file;
	struct out *out;
	int err;
};

/* Is @link one of the names of @s? */
static bool has_name(struct kmem_cache *s, const char *link)
{
	const char *alias;
	unsigned int i;

	if (!strcmp(s->name, link))
		return true;
	for (i = 0; (alias = quire_slab_alias(s, i)); i++)
		if (!strcmp(alias, link))
			return true;
	return false;
}

static int show_file(struct kmem_cache *s, const struct search *search, const char *folder)
{
	const struct slab_file *f;

	if (!search->file) {
		if (!strcmp(folder, search->dir))
			return -ENOENT; /* the folder itself */
		out_printf(search->out, "%s", folder);
		return 0;
	}
	f = file_named(search->file);
	if (!f || (f->owners && !(s->flags & SLAB_STORE_USER)))
		return -ENOENT;
	f->show(s, search->out);
	return 0;
}

/* Shown here, where nobody can destroy the cache. */
static int show_if_named(struct kmem_cache *s, void *arg)
{
	struct search *search = arg;
	char folder[DIR_BYTES];

	quire_slab_folder(s, folder, DIR_BYTES);
	if (strcmp(folder, search->dir) && !has_name(s, search->dir))
		return 0;
	search->err = show_file(s, search, folder);
	return 1;
}

int slab_file_read(const char *name, struct out *out)
{
	char dir[DIR_BYTES];
	struct search search = { .dir = dir, .out = out };

	if (!split(name, dir, &search.file) || !quire_for_each_cache(show_if_named, &search))
		return -ENOENT;
	return search.err;
}

/* Point 4: counts down to the name wanted. */
struct nth {
	unsigned int left;
	char *buf;
	size_t size;
};

static int nth_of_cache(struct kmem_cache *s, void *arg)
{
	bool owners = s->flags & SLAB_STORE_USER;
	unsigned int files = ARRAY_SIZE(slab_files) - (owners ? 0 : 2), i;
	struct nth *nth = arg;
	char folder[DIR_BYTES];
	const char *link;

	quire_slab_folder(s, folder, DIR_BYTES);
	if (nth->left < files) {
		format(nth->buf, nth->size, "slab/%s/%s", folder, slab_files[nth->left].name);
		return 1;
	}
	nth->left -= files;
	/* What has its cache's name is no link. */
	i = 0;
	link = strcmp(folder, s->name) ? s->name : quire_slab_alias(s, i++);
	for (; link; link = quire_slab_alias(s, i++)) {
		if (nth->left--)
			continue;
		format(nth->buf, nth->size, "slab/%s", link);
		return 1;
	}
	return 0;
}

bool slab_file_name(unsigned int index, char *buf, size_t size)
{
	struct nth nth = { index, buf, size };

	return quire_for_each_cache(nth_of_cache, &nth);
}

int slab_file_path(const char *name, char *buf, size_t size)
{
	const struct slab_file *f = NULL;
	char dir[DIR_BYTES];
	const char *file;

	if (!split(name, dir, &file))
		return -ENOENT;
	if (file) {
		f = file_named(file);
		if (!f)
			return -ENOENT;
	}
	format(buf, size, "sys/kernel/%s%s", f && f->owners ? "debug/" : "", name);
	return 0;
}

unsigned int slab_file_mode(const char *name)
{
	const struct slab_file *f;
	char dir[DIR_BYTES];
	const char *file;

	if (!split(name, dir, &file))
		return 0;
	if (!file)
		return MODE_LINK;
	f = file_named(file);
	return f ? f->mode : 0;
}
