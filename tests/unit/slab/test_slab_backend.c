/* SPDX-License-Identifier: MIT */
/*
 * test_slab_backend.c - what only SLAB has: geometry and where lists of free objects lie, colours,
 * array caches, shared and alien caches, free limits, reaping, tunables, its checks.
 */
#include "slab_machine.h"

#include <quire/slab_debug.h>

#include "slab/slab_backend.h"

static const struct slab_kind one_node = { "slab", QUIRE_SLAB_SLAB, 0, 1, 2 };
static const struct slab_kind two_nodes = { "slab-2nodes", QUIRE_SLAB_SLAB, 0, 2, 4 };

static struct slab_machine sm;

static void start(const struct slab_kind *kind)
{
	slab_machine_config(&sm, kind, 64);
	slab_machine_start(&sm);
}

static struct kmem_cache *make(unsigned int size, slab_flags_t flags, void (*ctor)(void *))
{
	struct kmem_cache *s = kmem_cache_create("unit", size, 0, flags | SLAB_NO_MERGE, ctor);

	assert_non_null(s);
	return s;
}

static void nothing(void *object)
{
	(void)object;
}

static void on_cpu(unsigned int cpu)
{
	assert_int_equal(quire_cpu_enter(sm.pm.m, cpu), 0);
}

/* Counted by hand from the rules of slab_geometry.c, for pages of 4 KiB. */
static void test_geometry(void **state)
{
	static const struct {
		unsigned int size;
		slab_flags_t flags;
		bool ctor;
		unsigned int slot, num, order;
		enum slab_where where;
		unsigned int colours;
	} cases[] = {
		/* 240 indices fit into no object of 16 bytes; 240 * 17 = 4080 */
		{ 8, 0, false, 16, 240, 0, SLAB_LIST_ON_SLAB, 0 },
		{ 16, 0, false, 16, 240, 0, SLAB_LIST_ON_SLAB, 0 },
		/* 85 * 48 = 4080, list of 85 > 48; 83 * 49 = 4067 */
		{ 48, 0, false, 48, 83, 0, SLAB_LIST_ON_SLAB, 0 },
		/* 64 objects, list of 64 <= 64 */
		{ 64, 0, false, 64, 64, 0, SLAB_LIST_IN_OBJECT, 0 },
		/* with a constructor the list must not; 63 * 65 = 4095 */
		{ 64, 0, true, 64, 63, 0, SLAB_LIST_ON_SLAB, 0 },
		/* 5 * 704 = 3520: 576 left, 9 colours; 576 * 8 > 4096: order 1: 11 * 704 = 7744,
		   448 */
		{ 700, 0, false, 704, 11, 1, SLAB_LIST_IN_OBJECT, 7 },
		/* reclaimable: the smallest order whatever is left */
		{ 700, SLAB_RECLAIM_ACCOUNT, false, 704, 5, 0, SLAB_LIST_IN_OBJECT, 9 },
		/* 2 * 2048 = all; a list off the slab (2 bytes of kmalloc-8) loses no object */
		{ 2048, SLAB_TYPESAFE_BY_RCU, false, 2048, 2, 0, SLAB_LIST_OFF_SLAB, 0 },
		/* 1 * 2504, 1592 left; order 1: 3 * 2504 = 7512, 680 <= 1024: room for the list */
		{ 2500, SLAB_TYPESAFE_BY_RCU, false, 2504, 3, 1, SLAB_LIST_ON_SLAB, 10 },
		/* nothing below order 2 holds one */
		{ 9000, 0, false, 9000, 1, 2, SLAB_LIST_IN_OBJECT, 115 },
	};
	unsigned int i;

	start(&one_node);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kmem_cache *s =
			make(cases[i].size, cases[i].flags, cases[i].ctor ? nothing : NULL);
		const struct slab_cache *sc = slab_of(s);

		if (s->size != cases[i].slot || sc->num != cases[i].num ||
		    sc->order != cases[i].order || sc->where != cases[i].where ||
		    sc->colours != cases[i].colours)
			fail_msg("case %u: slot %u, %u objects, order %u, list %d, %u colours", i,
				 s->size, sc->num, sc->order, sc->where, sc->colours);
		kmem_cache_destroy(s);
	}
	slab_machine_down(&sm);
}

static void test_tunables_by_size(void **state)
{
	static const unsigned int cases[][4] = { { 256, 120, 60, 8 }, { 264, 54, 27, 8 },
						 { 1024, 54, 27, 8 }, { 1032, 24, 12, 8 },
						 { 4096, 24, 12, 8 }, { 4104, 8, 4, 0 },
						 { 131072, 8, 4, 0 }, { 131080, 1, 1, 0 } };
	struct quire_slabinfo info;
	unsigned int i;

	start(&one_node);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kmem_cache *s = make(cases[i][0], 0, NULL);

		quire_slabinfo(s, &info);
		assert_int_equal(info.limit, cases[i][1]);
		assert_int_equal(info.batchcount, cases[i][2]);
		assert_int_equal(info.shared, cases[i][3]);
		kmem_cache_destroy(s);
	}
	slab_machine_down(&sm);
}

/* Slabs begin their objects at 0, 64, 128 .. and from 0 again. */
static void test_colours(void **state)
{
	struct kmem_cache *s;
	const struct slab_cache *sc;
	unsigned int slab, i;
	void *p[200];

	start(&one_node);
	s = make(700, 0, NULL);
	sc = slab_of(s);
	assert_int_equal(sc->colours, 7);
	/* A batch of one object: slabs are begun one after the other. */
	assert_int_equal(quire_slab_tune(s, 1, 1, 0), 0);
	for (i = 0; i < 10 * sc->num; i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
	for (slab = 0; slab < 10; slab++)
		assert_int_equal(virt_to_slab(p[slab * sc->num])->colour, slab % 7 * 64);
	while (i--)
		kmem_cache_free(s, p[i]);
	kmem_cache_destroy(s);
	slab_machine_down(&sm);
}

/* The first refill takes 16, the next ones batchcount; last in, first out; a flush the oldest. */
static void test_array_cache(void **state)
{
	struct kmem_cache_cpu *c;
	struct slab_node *node;
	struct kmem_cache *s;
	void *p[400], *oldest;
	unsigned int i;

	start(&one_node);
	s = make(64, 0, NULL);
	c = this_cpu_slab(s);
	node = &slab_of(s)->node[0];
	p[0] = kmem_cache_alloc(s, GFP_KERNEL);
	assert_int_equal(c->lock.count, 15);
	for (i = 1; i <= 16; i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
	/* What the slab still had: no new one is made for a batch. */
	assert_int_equal(c->lock.count, 64 - 17);
	kmem_cache_free(s, p[3]);
	assert_ptr_equal(kmem_cache_alloc(s, GFP_KERNEL), p[3]);
	for (; i < 400; i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
	for (i = 0; c->lock.count < c->cap; i++)
		kmem_cache_free(s, p[i]);
	assert_int_equal(c->lock.count, 120);
	oldest = c->objs[0];
	kmem_cache_free(s, p[i++]);
	assert_int_equal(c->lock.count, 61);
	assert_int_equal(node->shared->avail, 60);
	assert_ptr_equal(node->shared->entry[0], oldest);
	/* Another CPU is served from the shared array. */
	on_cpu(1);
	p[0] = kmem_cache_alloc(s, GFP_KERNEL);
	assert_int_equal(node->shared->avail, 60 - 16);
	kmem_cache_free(s, p[0]);
	on_cpu(0);
	for (; i < 400; i++)
		kmem_cache_free(s, p[i]);
	assert_slab_valid(&sm);
	kmem_cache_destroy(s);
	slab_machine_down(&sm);
}

/* No more free objects stay on a node's slabs than free_limit. */
static void test_free_limit(void **state)
{
	struct kmem_cache *s;
	struct slab_node *node;
	void *p[1000];
	unsigned int i;

	start(&one_node);
	s = make(512, 0, NULL);
	node = &slab_of(s)->node[0];
	assert_int_equal(node->free_limit, (1 + 2) * 27 + 8);
	for (i = 0; i < 1000; i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
	for (i = 0; i < 1000; i++) {
		kmem_cache_free(s, p[i]);
		assert_true(node->free_objects <= node->free_limit || !node->nr_free);
	}
	kmem_cache_destroy(s);
	slab_machine_down(&sm);
}

static void pass_seconds(unsigned int seconds)
{
	quire_machine_advance_ns(sm.pm.m, (u64)seconds * 1000000000ull);
}

/* An array that nobody used loses a fifth of its limit a visit, one in use nothing. */
static void test_reap_array(void **state)
{
	struct kmem_cache_cpu *c;
	struct kmem_cache *s;
	void *p[120];
	unsigned int i;

	start(&one_node);
	s = make(64, 0, NULL);
	c = this_cpu_slab(s);
	for (i = 0; i < 120; i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
	for (i = 0; c->lock.count < c->cap; i++)
		kmem_cache_free(s, p[i]);
	/* Used since the last visit, that is, ever. */
	quire_slab_reap();
	assert_int_equal(c->lock.count, 120);
	quire_slab_reap();
	assert_int_equal(c->lock.count, 96);
	quire_slab_reap();
	assert_int_equal(c->lock.count, 72);
	/* One object taken: in use. */
	p[0] = kmem_cache_alloc(s, GFP_KERNEL);
	quire_slab_reap();
	assert_int_equal(c->lock.count, 71);
	quire_slab_reap();
	quire_slab_reap();
	assert_int_equal(c->lock.count, 71 - 48);
	/* Fewer than a fifth: half of them. */
	quire_slab_reap();
	assert_int_equal(c->lock.count, 11);
	assert_slab_valid(&sm);
	kmem_cache_free(s, p[0]);
	for (; i < 120; i++)
		kmem_cache_free(s, p[i]);
	kmem_cache_destroy(s);
	slab_machine_down(&sm);
}

/* The shared array and free slabs: once in four seconds, and if nobody wanted them meanwhile. */
static void test_reap_node(void **state)
{
	struct kmem_cache *s;
	struct slab_node *node;
	unsigned long free;
	unsigned int i, avail;
	void *p[600];

	start(&one_node);
	s = make(64, 0, NULL);
	node = &slab_of(s)->node[0];
	for (i = 0; i < 600; i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
	for (i = 0; i < 600; i++)
		kmem_cache_free(s, p[i]);
	avail = node->shared->avail;
	assert_true(avail >= 400);
	quire_slab_reap(); /* too early */
	assert_int_equal(node->shared->avail, avail);
	pass_seconds(5);
	quire_slab_reap();
	assert_int_equal(node->shared->avail, avail - 96);
	quire_slab_reap(); /* too early */
	assert_int_equal(node->shared->avail, avail - 96);
	for (i = 0; i < 20; i++) {
		free = node->nr_free;
		pass_seconds(5);
		quire_slab_reap();
	}
	/* A fifth of what may stay, at least one slab, goes each time: in the end all. */
	assert_int_equal(node->nr_free, 0);
	assert_true(free <= 1);
	assert_int_equal(node->shared->avail, 0);
	assert_slab_valid(&sm);
	kmem_cache_destroy(s);
	slab_machine_down(&sm);
}

static void test_tune(void **state)
{
	struct quire_slabinfo info;
	struct kmem_cache *s;
	void *p[300];
	unsigned int i;

	start(&one_node);
	s = make(100, 0, NULL);
	for (i = 0; i < 300; i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
	for (i = 0; i < 150; i++)
		kmem_cache_free(s, p[i]);
	assert_int_equal(quire_slab_tune(s, 32, 8, 4), 0);
	quire_slabinfo(s, &info);
	assert_true(info.limit == 32 && info.batchcount == 8 && info.shared == 4);
	assert_int_equal(info.active_objs, 150);
	assert_int_equal(info.shared_avail, 0);
	assert_slab_valid(&sm);
	for (; i < 300; i++)
		kmem_cache_free(s, p[i]);
	quire_slabinfo(s, &info);
	assert_int_equal(info.shared_avail, 32);
	assert_true(this_cpu_slab(s)->lock.count <= 32);
	assert_int_equal(quire_slab_tune(s, 0, 1, 0), -22);
	assert_int_equal(quire_slab_tune(s, 8, 9, 0), -22);
	assert_int_equal(quire_slab_tune(s, 8, 0, 0), -22);
	assert_int_equal(quire_slab_tune(s, 1, 1, 0), 0);
	assert_null(slab_of(s)->node[0].shared);
	kmem_cache_destroy(s);
	s = quire_kmem_cache_create_on(QUIRE_SLAB_SLUB, "slub", 100, 0, 0, NULL);
	assert_int_equal(quire_slab_tune(s, 8, 4, 0), -5);
	kmem_cache_destroy(s);
	slab_machine_down(&sm);
}

/* Objects of node 1 that CPU 0 frees gather, twelve at a time, and go home. */
static void test_alien(void **state)
{
	struct slab_alien *alien;
	struct kmem_cache *s;
	struct slab_node *home;
	void *p[30];
	unsigned int i;

	start(&two_nodes);
	s = make(128, 0, NULL);
	alien = &slab_of(s)->node[0].alien[1];
	home = &slab_of(s)->node[1];
	for (i = 0; i < 30; i++)
		p[i] = kmem_cache_alloc_node(s, GFP_KERNEL, 1);
	assert_int_equal(this_cpu_slab(s)->lock.count, 0);
	for (i = 0; i < 12; i++)
		kmem_cache_free(s, p[i]);
	assert_int_equal(alien->avail, 12);
	assert_int_equal(home->shared->avail, 0);
	kmem_cache_free(s, p[i++]);
	assert_int_equal(alien->avail, 1);
	assert_int_equal(home->shared->avail, 12);
	assert_int_equal(this_cpu_slab(s)->lock.count, 0);
	/* The reaper empties one alien cache a visit: node 0's own first, then node 1's. */
	quire_slab_reap();
	quire_slab_reap();
	assert_int_equal(alien->avail, 0);
	assert_int_equal(home->shared->avail, 13);
	for (; i < 30; i++)
		kmem_cache_free(s, p[i]);
	assert_slab_valid(&sm);
	kmem_cache_destroy(s);
	slab_machine_down(&sm);
}

static void test_node_without_memory(void **state)
{
	static const unsigned char cpu_nid[] = { 0, 1, 0, 1 };
	struct kmem_cache *s;
	void *p[100];
	unsigned int i;

	slab_machine_config(&sm, &two_nodes, 64);
	sm.pm.config.nr_ranges = 1;
	sm.pm.ranges[0].end = 64u << 20;
	sm.pm.config.cpu_nid = cpu_nid;
	slab_machine_start(&sm);
	on_cpu(1);
	s = make(200, 0, NULL);
	for (i = 0; i < 95; i++) {
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
		assert_non_null(p[i]);
		assert_int_equal(page_to_nid(virt_to_page(p[i])), 0);
	}
	/* They came through the CPU's array. */
	assert_true(this_cpu_slab(s)->lock.count > 0);
	for (i = 0; i < 95; i++)
		kmem_cache_free(s, p[i]);
	assert_slab_valid(&sm);
	kmem_cache_destroy(s);
	slab_machine_down(&sm);
}

static void test_consistency(void **state)
{
	struct kmem_cache *s;
	char *p[4];
	unsigned int i;

	start(&one_node);
	s = make(104, SLAB_CONSISTENCY_CHECKS, NULL);
	for (i = 0; i < 4; i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
	kmem_cache_free(s, p[0] + 8);
	assert_said(&sm.pm, "BUG unit (SLAB): free of what is no object");
	kmem_cache_free(s, p[0]);
	kmem_cache_free(s, p[1]);
	/* Not the last one: only these checks see it. */
	kmem_cache_free(s, p[0]);
	assert_int_equal(said(&sm.pm, "double free detected"), 1);
	kmem_cache_shrink(s);
	kmem_cache_free(s, p[1]);
	assert_int_equal(said(&sm.pm, "double free detected"), 2);
	kmem_cache_free(s, p[2]);
	kmem_cache_free(s, p[3]);
	assert_slab_valid(&sm);
	kmem_cache_destroy(s);
	s = make(104, SLAB_RED_ZONE | SLAB_POISON, NULL);
	assert_said(&sm.pm,
		    "SLAB: no red zones, poison, owners and traces (Z P U T of slub_debug), "
		    "for cache unit or any other: only SLUB has them\n");
	assert_int_equal(s->flags & SLAB_DEBUG_FLAGS, 0);
	kmem_cache_destroy(s);
	kmem_cache_destroy(make(104, SLAB_STORE_USER, NULL));
	assert_int_equal(said(&sm.pm, "only SLUB has them"), 1);
	slab_machine_down(&sm);
}

static int add_count(const struct quire_slab_site *site, void *arg)
{
	*(unsigned long *)arg += site->count;
	return 0;
}

static unsigned long all_live(void)
{
	unsigned long nr = 0;

	assert_int_equal(quire_slab_leaks(add_count, &nr), 0);
	return nr;
}

/* What array, shared and alien caches hold, and lists of free objects, are nobody's objects. */
static void test_live(void **state)
{
	struct kmem_cache *s;
	unsigned long before;
	unsigned int i;
	void *p[500];

	start(&two_nodes);
	assert_int_equal(all_live(), 0); /* a freed object lies in kmalloc-64's array */
	s = make(64, 0, NULL);
	for (i = 0; i < 500; i++)
		p[i] = kmem_cache_alloc_node(s, GFP_KERNEL, i % 2);
	assert_int_equal(quire_slab_live(s), 500);
	for (i = 0; i < 300; i++) {
		kmem_cache_free(s, p[i]);
		assert_int_equal(quire_slab_live(s), 499 - i);
	}
	assert_true(slab_of(s)->node[0].shared->avail && slab_of(s)->node[0].alien[1].avail);
	on_cpu(2);
	assert_int_equal(quire_slab_live(s), 200);
	for (; i < 500; i++)
		kmem_cache_free(s, p[i]);
	assert_int_equal(quire_slab_live(s), 0);
	kmem_cache_destroy(s);
	s = make(2048, SLAB_TYPESAFE_BY_RCU, NULL);
	assert_int_equal(slab_of(s)->where, SLAB_LIST_OFF_SLAB);
	before = all_live();
	p[0] = kmem_cache_alloc(s, GFP_KERNEL);
	assert_int_equal(all_live(), before + 1);
	kmem_cache_free(s, p[0]);
	kmem_cache_shrink(s);
	assert_int_equal(all_live(), before);
	kmem_cache_destroy(s);
	assert_int_equal(quire_slab_leaks_report(), 0);
	slab_machine_down(&sm);
}

static struct kmem_cache *make_named(const char *name, unsigned int align, slab_flags_t flags)
{
	struct kmem_cache *s = kmem_cache_create(name, 192, align, flags, NULL);

	assert_non_null(s);
	return s;
}

/* As Linux 4.9's SLAB: what differs in alignment, kind, or has debugging, is not merged. */
static void test_merging(void **state)
{
	struct kmem_cache *s[8];
	unsigned int i;
	char *p;

	slab_machine_config(&sm, &one_node, 64);
	sm.pm.config.slab.debug = "F,debug*";
	slab_machine_start(&sm);
	s[0] = make_named("debug", 0, 0);
	s[1] = make_named("a", 0, 0);
	assert_ptr_not_equal(s[1], s[0]);
	s[2] = kmem_cache_create("b", 188, 0, 0, NULL);
	assert_ptr_equal(s[2], s[1]);
	assert_int_equal(s[1]->refcount, 2);
	/* Slots of 192 bytes keep to 64, the cache's colours need not (SLUB would merge them). */
	s[3] = make_named("aligned", 64, 0);
	assert_ptr_not_equal(s[3], s[1]);
	s[4] = make_named("like_it", 16, 0);
	assert_ptr_equal(s[4], s[3]);
	s[5] = make_named("reclaimable", 0, SLAB_RECLAIM_ACCOUNT);
	assert_ptr_not_equal(s[5], s[1]);
	s[6] = make_named("debug2", 0, 0);
	assert_ptr_not_equal(s[6], s[0]);
	s[7] = make_named("by_flag", 0, SLAB_CONSISTENCY_CHECKS);
	for (i = 0; i < 7; i++)
		assert_ptr_not_equal(s[7], s[i]);
	p = kmem_cache_alloc(s[2], GFP_KERNEL);
	memset(p, 1, 192);
	kmem_cache_free(s[1], p);
	assert_ptr_equal(kmem_cache_alloc(s[2], GFP_KERNEL | __GFP_ZERO), p);
	for (i = 0; i < 192; i++)
		assert_int_equal(p[i], 0);
	kmem_cache_free(s[2], p);
	for (i = 0; i < 8; i++)
		kmem_cache_destroy(s[i]);
	slab_machine_down(&sm);
	slab_machine_config(&sm, &one_node, 64);
	sm.pm.config.slab.nomerge = true;
	slab_machine_start(&sm);
	s[0] = make_named("a", 0, 0);
	s[1] = make_named("b", 0, 0);
	assert_ptr_not_equal(s[0], s[1]);
	kmem_cache_destroy(s[0]);
	kmem_cache_destroy(s[1]);
	slab_machine_down(&sm);
}

/* slub_debug= is for SLAB's caches, too: it keeps F, and says once that there is no more. */
static void test_options(void **state)
{
	struct kmem_cache *s;
	void *p, *other;

	slab_machine_config(&sm, &one_node, 64);
	sm.pm.config.slab.debug = "FZPUT,kmalloc-64,unit;A,other";
	slab_machine_start(&sm);
	assert_int_equal(said(&sm.pm, "SLAB: no red zones, poison, owners and traces"), 1);
	p = kmalloc(64, GFP_KERNEL);
	other = kmalloc(64, GFP_KERNEL);
	assert_int_equal(virt_to_slab(p)->slab_cache->flags & SLAB_DEBUG_FLAGS,
			 SLAB_CONSISTENCY_CHECKS);
	kfree(p);
	kfree(other);
	kfree(p); /* not the last one */
	assert_said(&sm.pm, "BUG kmalloc-64 (SLAB): double free detected");
	s = make(104, 0, NULL);
	assert_int_equal(s->flags & SLAB_DEBUG_FLAGS, SLAB_CONSISTENCY_CHECKS);
	kmem_cache_destroy(s);
	s = kmem_cache_create("other", 104, 0, SLAB_NO_MERGE, NULL);
	assert_int_equal(s->flags & SLAB_DEBUG_FLAGS, 0);
	assert_true(s->failslab);
	kmem_cache_destroy(s);
	assert_int_equal(said(&sm.pm, "SLAB: no red zones, poison, owners and traces"), 1);
	slab_machine_down(&sm);
}

/* The validator finds what is planted. */
static void test_validator(void **state)
{
	struct kmem_cache *s;
	struct slab_node *node;
	struct slab *slab;
	void *p[10];
	unsigned int i, was;

	start(&one_node);
	s = make(256, 0, nothing);
	node = &slab_of(s)->node[0];
	for (i = 0; i < 10; i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
	kmem_cache_shrink(s);
	assert_slab_valid(&sm);
	slab = list_first_entry(&node->partial, struct slab, slab_list);
	was = free_index(slab_of(s), slab, slab->active);
	set_free_index(slab_of(s), slab, slab->active,
		       free_index(slab_of(s), slab, slab->active + 1));
	assert_false(quire_slab_validate());
	assert_said(&sm.pm, "L3");
	set_free_index(slab_of(s), slab, slab->active, was);
	node->free_objects++;
	assert_false(quire_slab_validate());
	assert_said(&sm.pm, "L2");
	node->free_objects--;
	list_move(&slab->slab_list, &node->full);
	assert_false(quire_slab_validate());
	assert_said(&sm.pm, "L1");
	list_move(&slab->slab_list, &node->partial);
	kmem_cache_free(s, p[0]);
	kmem_cache_free(s, p[1]);
	this_cpu_slab(s)->objs[0] = p[1];
	assert_false(quire_slab_validate());
	assert_said(&sm.pm, "L4");
	this_cpu_slab(s)->objs[0] = p[0];
	assert_slab_valid(&sm);
	for (i = 2; i < 10; i++)
		kmem_cache_free(s, p[i]);
	kmem_cache_destroy(s);
	slab_machine_down(&sm);
}

static void test_dump(void **state)
{
	struct kmem_cache *s;
	char *p;

	start(&one_node);
	s = make(256, 0, NULL);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	forget(&sm.pm);
	assert_true(kmem_dump_obj(p + 20));
	assert_said(&sm.pm, "unit start");
	assert_said(&sm.pm, "pointer offset 20 size 256");
	kmem_cache_free(s, p);
	kmem_cache_destroy(s);
	slab_machine_down(&sm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_geometry),    cmocka_unit_test(test_tunables_by_size),
		cmocka_unit_test(test_colours),	    cmocka_unit_test(test_array_cache),
		cmocka_unit_test(test_free_limit),  cmocka_unit_test(test_reap_array),
		cmocka_unit_test(test_reap_node),   cmocka_unit_test(test_tune),
		cmocka_unit_test(test_alien),	    cmocka_unit_test(test_node_without_memory),
		cmocka_unit_test(test_consistency), cmocka_unit_test(test_validator),
		cmocka_unit_test(test_options),	    cmocka_unit_test(test_merging),
		cmocka_unit_test(test_live),	    cmocka_unit_test(test_dump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
