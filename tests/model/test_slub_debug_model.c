/* SPDX-License-Identifier: MIT */
/*
 * test_slub_debug_model.c - correct programs are never accused: random operations on caches with
 * every kind of debugging, each object filled with its owner's pattern to the last byte, and not
 * one report.
 *
 * A model of the objects in use says where each is and what it holds: an object given out twice, or
 * changed while in use, shows. Now and then all slabs are validated and the sites of objects in use
 * counted against the model.
 *
 * QUIRE_OPS=n: operations, 150,000 by default. 10,000,000 take a few minutes.
 */
#include "page_machine.h"
#include "seeded.h"

#include <quire/slab_debug.h>

#define CACHES 12u
#define SLOTS  2048u
#define CPUS   3u

#define ALL (SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER)

/* struct object - one in use. @cache CACHES: of kmalloc() */
struct object {
	unsigned char *p;
	unsigned int cache, size;
	unsigned char fill;
};

static struct page_machine pm;
static struct kmem_cache *caches[CACHES];
static unsigned int live[CACHES + 1];
static struct object objects[SLOTS];

static void constructed(void *object)
{
	*(unsigned char *)object = 0x5c;
}

static void make_cache(unsigned int i)
{
	static const unsigned int sizes[] = {
		1, 8, 17, 24, 64, 96, 200, 256, 700, 2048, 4096, 6000
	};
	slab_flags_t flags = i % 4 ? ALL : (slab_flags_t)seeded_next() & ALL;
	char name[16];

	if (seeded_one_in(4))
		flags |= SLAB_HWCACHE_ALIGN;
	if (seeded_one_in(5))
		flags |= SLAB_TYPESAFE_BY_RCU;
	snprintf(name, sizeof(name), "cache-%u", i);
	caches[i] = kmem_cache_create(name, sizes[seeded_below(ARRAY_SIZE(sizes))],
				      seeded_one_in(4) ? 1u << seeded_below(8) : 0,
				      flags | SLAB_NO_MERGE, seeded_one_in(4) ? constructed : NULL);
	seeded_assert(caches[i]);
}

static void fill(struct object *o)
{
	o->fill = (unsigned char)seeded_next();
	memset(o->p, o->fill, o->size);
}

static void check_filled(const struct object *o, unsigned int size)
{
	unsigned int i;

	for (i = 0; i < size; i++)
		if (o->p[i] != o->fill)
			break;
	seeded_assert(i == size);
}

static void take(struct object *o)
{
	gfp_t gfp = seeded_one_in(3) ? GFP_ATOMIC : GFP_KERNEL;
	bool zero = seeded_one_in(4);
	unsigned int i;

	o->cache = (unsigned int)seeded_below(CACHES + 4);
	if (o->cache >= CACHES) {
		o->cache = CACHES;
		o->size = 1 + (unsigned int)seeded_below(seeded_one_in(8) ? 9000 : 300);
		o->p = kmalloc(o->size, gfp | (zero ? __GFP_ZERO : 0));
	} else {
		struct kmem_cache *s = caches[o->cache];

		zero = zero && !s->ctor;
		o->size = s->object_size;
		o->p = kmem_cache_alloc(s, gfp | (zero ? __GFP_ZERO : 0));
		seeded_assert(!o->p || !((unsigned long)o->p & (s->align - 1)));
	}
	if (!o->p)
		return;
	live[o->cache]++;
	for (i = 0; zero && i < o->size; i++)
		seeded_assert(!o->p[i]);
	fill(o);
}

static void give(struct object *o)
{
	check_filled(o, o->size);
	live[o->cache]--;
	if (o->cache == CACHES)
		kfree(o->p);
	else
		kmem_cache_free(caches[o->cache], o->p);
	o->p = NULL;
}

static void resize(struct object *o)
{
	unsigned int size = 1 + (unsigned int)seeded_below(600);
	unsigned char *p;

	if (o->cache != CACHES)
		return;
	p = krealloc(o->p, size, GFP_KERNEL);
	seeded_assert(p);
	o->p = p;
	check_filled(o, size < o->size ? size : o->size);
	o->size = size;
	if (seeded_one_in(2))
		o->size = (unsigned int)ksize(p);
	fill(o);
}

static void bulk(void)
{
	unsigned int i, n = 1 + (unsigned int)seeded_below(40);
	struct kmem_cache *s = caches[seeded_below(CACHES)];
	void *p[40];

	if (!kmem_cache_alloc_bulk(s, GFP_KERNEL, n, p))
		return;
	for (i = 0; i < n; i++)
		memset(p[i], (int)i, s->object_size);
	kmem_cache_free_bulk(s, n, p);
}

/* A cache that is empty goes, another comes. */
static void replace_cache(void)
{
	unsigned int i = (unsigned int)seeded_below(CACHES), k;

	for (k = 0; k < SLOTS; k++)
		if (objects[k].p && objects[k].cache == i)
			give(&objects[k]);
	kmem_cache_destroy(caches[i]);
	make_cache(i);
}

static int count_site(const struct quire_slab_site *site, void *arg)
{
	*(unsigned long *)arg += site->count;
	return 0;
}

static void check_all(void)
{
	unsigned int i;

	for (i = 0; i < CACHES; i++) {
		unsigned long counted = 0;

		validate_slab_cache(caches[i]);
		seeded_assert(quire_slab_live(caches[i]) == live[i]);
		if (!(caches[i]->flags & SLAB_STORE_USER))
			continue;
		quire_slab_sites(caches[i], QUIRE_SLAB_ALLOCATED, count_site, &counted);
		seeded_assert(counted == live[i]);
	}
	seeded_assert(quire_slab_validate());
}

static void step(void)
{
	struct object *o = &objects[seeded_below(SLOTS)];
	u64 what = seeded_below(1000);

	if (what < 940) {
		if (o->p)
			give(o);
		else
			take(o);
	} else if (what < 970 && o->p) {
		resize(o);
	} else if (what < 985) {
		bulk();
	} else if (what < 990) {
		kmem_cache_shrink(caches[seeded_below(CACHES)]);
	} else if (what < 999) {
		seeded_assert(!quire_cpu_enter(pm.m, (unsigned int)seeded_below(CPUS)));
		quire_machine_advance_ns(pm.m, 1000000);
	} else if (seeded_one_in(4)) {
		replace_cache();
	} else if (seeded_one_in(4)) {
		check_all();
	}
}

static void nobody_is_accused(void **state)
{
	const char *given = getenv("QUIRE_OPS");
	unsigned long ops = given ? strtoul(given, NULL, 0) : 150000, i;

	seeded_begin("test_slub_debug_model", 1);
	page_machine_config(&pm, 192);
	pm.config.nr_nodes = 2;
	pm.config.nr_cpus = CPUS;
	pm.ranges[0].end = 96 << 20;
	pm.ranges[1] = (struct quire_mem_range){ .start = 96 << 20, .end = 192 << 20, .nid = 1 };
	pm.config.nr_ranges = 2;
	pm.config.slab.debug = "FZPU";
	pm.config.slab.freelist_random = seeded_one_in(2);
	pm.config.slab.freelist_hardened = seeded_one_in(2);
	page_machine_start(&pm);
	for (i = 0; i < CACHES; i++)
		make_cache((unsigned int)i);
	for (i = 0; i < ops; i++) {
		step();
		if (pm.logged) {
			fprintf(stderr, "operation %lu:\n%s", i, pm.log);
			seeded_assert(!pm.logged);
		}
	}
	check_all();
	for (i = 0; i < SLOTS; i++)
		if (objects[i].p)
			give(&objects[i]);
	for (i = 0; i < CACHES; i++)
		kmem_cache_destroy(caches[i]);
	seeded_assert(!pm.logged);
	page_machine_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(nobody_is_accused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
