/* SPDX-License-Identifier: MIT */
/*
 * tests/slab_machine.h - a page_machine for tests of objects: back end, nodes, CPUs as asked.
 *
 *	struct slab_machine sm;
 *	slab_machine_config(&sm, &kinds[i], 64);	64 MiB
 *	sm.pm.config.vm.init_on_alloc = true;
 *	slab_machine_start(&sm);
 *	...
 *	slab_machine_down(&sm);		nothing may be left: caches, pages of slabs
 *
 * SLAB_TESTS(prefix_test, tests, nr) runs each test on each kind of machine; the first argument of
 * the program is a filter of names, and a failure prints the line that reruns it alone.
 */
#ifndef QUIRE_TESTS_SLAB_MACHINE_H
#define QUIRE_TESTS_SLAB_MACHINE_H

#include "page_machine.h"

#include <quire/fault.h>
#include <quire/rcupdate.h>
#include <quire/slab.h>

/** struct slab_kind - one kind of machine. @sheaves: SLUB's, pointers a CPU; 0: none */
struct slab_kind {
	const char *name;
	enum quire_slab_backend backend;
	int sheaves;
	unsigned int nodes, cpus;
};

static const struct slab_kind slab_kinds[] = {
	{ "slub", QUIRE_SLAB_SLUB, 0, 1, 2 },
	{ "slub-sheaves", QUIRE_SLAB_SLUB, 32, 1, 2 },
	{ "slub-2nodes", QUIRE_SLAB_SLUB, 0, 2, 4 },
	{ "slub-sheaves-2nodes", QUIRE_SLAB_SLUB, 32, 2, 4 },
	{ "slab", QUIRE_SLAB_SLAB, 0, 1, 2 },
	{ "slab-1cpu", QUIRE_SLAB_SLAB, 0, 1, 1 },
	{ "slab-2nodes", QUIRE_SLAB_SLAB, 0, 2, 4 },
	{ "slob", QUIRE_SLAB_SLOB, 0, 1, 2 },
	{ "slob-2nodes", QUIRE_SLAB_SLOB, 0, 2, 4 },
};
#define NR_SLAB_KINDS (sizeof(slab_kinds) / sizeof(slab_kinds[0]))

/**
 * struct slab_machine - the machine and what it had before the test.
 * @slab_pages, @caches: counted once the room was up and warm
 */
struct slab_machine {
	struct page_machine pm;
	const struct slab_kind *kind;
	unsigned long slab_pages;
	unsigned int caches;
};

static inline int slab_count_cache(struct kmem_cache *s, void *arg)
{
	(void)s;
	++*(unsigned int *)arg;
	return 0;
}

static inline int slab_name_cache(struct kmem_cache *s, void *arg)
{
	struct slab_machine *sm = arg;

	quire_report(sm->pm.m, QUIRE_INFO, "cache %s, %u users\n", s->name, s->refcount);
	return 0;
}

static inline int slab_shrink_cache(struct kmem_cache *s, void *arg)
{
	(void)arg;
	kmem_cache_shrink(s);
	return 0;
}

static inline unsigned int slab_caches(void)
{
	unsigned int nr = 0;

	quire_for_each_cache(slab_count_cache, &nr);
	return nr;
}

/* Pages of slabs after all that is free was given back. */
static inline unsigned long slab_pages_left(struct slab_machine *sm)
{
	unsigned long pages = 0;
	unsigned int nid;

	kvfree_rcu_barrier();
	rcu_barrier();
	/* Shrinking one cache frees to others: lists of free objects off the slab. */
	quire_for_each_cache(slab_shrink_cache, NULL);
	quire_for_each_cache(slab_shrink_cache, NULL);
	quire_slab_poll();
	for (nid = 0; nid < sm->kind->nodes; nid++) {
		struct pglist_data *node = quire_pgdat(sm->pm.m, nid);

		pages += node_page_state(node, NR_SLAB_RECLAIMABLE_B) +
			 node_page_state(node, NR_SLAB_UNRECLAIMABLE_B);
	}
	return pages;
}

static inline void slab_machine_config(struct slab_machine *sm, const struct slab_kind *kind,
				       unsigned int mib)
{
	page_machine_config(&sm->pm, mib);
	sm->kind = kind;
	sm->pm.config.nr_cpus = kind->cpus;
	sm->pm.config.slab.backend = kind->backend;
	sm->pm.config.slab.sheaves = kind->sheaves;
	if (kind->nodes == 2) {
		sm->pm.config.nr_nodes = 2;
		sm->pm.ranges[0].end = (u64)mib << 19;
		sm->pm.ranges[1].start = (u64)mib << 19;
		sm->pm.ranges[1].end = (u64)mib << 20;
		sm->pm.ranges[1].nid = 1;
		sm->pm.config.nr_ranges = 2;
	}
}

static inline void slab_machine_start(struct slab_machine *sm)
{
	page_machine_start(&sm->pm);
	assert_true(slab_is_available());
	/* What comes with the first use stays. */
	kfree(kmalloc(64, GFP_KERNEL));
	sm->slab_pages = slab_pages_left(sm);
	sm->caches = slab_caches();
}

static inline void assert_slab_valid(struct slab_machine *sm)
{
	if (!quire_slab_validate())
		fail_msg("%s: the slab room is damaged:\n%s", sm->kind->name, sm->pm.log);
}

/* Caches that the test made are gone, and so are all pages it used. */
static inline void assert_no_slab_left(struct slab_machine *sm)
{
	unsigned long pages;

	assert_slab_valid(sm);
	pages = slab_pages_left(sm);
	assert_slab_valid(sm);
	if (slab_caches() != sm->caches) {
		quire_for_each_cache(slab_name_cache, sm);
		fail_msg("%s: %u caches, before the test %u\n%s", sm->kind->name, slab_caches(),
			 sm->caches, sm->pm.log);
	}
	if (pages != sm->slab_pages)
		fail_msg("%s: %lu pages of slabs, before the test %lu\n%s", sm->kind->name, pages,
			 sm->slab_pages, sm->pm.log);
}

static inline void slab_machine_down(struct slab_machine *sm)
{
	if (sm->pm.config.deterministic)
		assert_int_equal(quire_cpu_enter(sm->pm.m, 0), 0);
	assert_no_slab_left(sm);
	page_machine_down(&sm->pm);
}

/* --- objects of a test ------------------------------------------------------------------- */

static inline bool slab_is_slob(const struct slab_machine *sm)
{
	return sm->kind->backend == QUIRE_SLAB_SLOB;
}

/* Bytes of object @i, every one of @size. */
static inline void object_fill(void *object, unsigned int size, unsigned int i)
{
	memset(object, (int)(i * 7 + 1), size);
}

static inline void assert_object_filled(const void *object, unsigned int size, unsigned int i)
{
	const unsigned char *p = object;
	unsigned int k;

	for (k = 0; k < size; k++)
		if (p[k] != (unsigned char)(i * 7 + 1))
			fail_msg("byte %u of object %u (%u bytes) was written by another", k, i,
				 size);
}

static inline void objects_take(struct kmem_cache *s, void **p, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
		assert_non_null(p[i]);
	}
}

static inline void objects_give(struct kmem_cache *s, void **p, unsigned int nr)
{
	while (nr--)
		kmem_cache_free(s, p[nr]);
}

/** struct slab_test - a test that runs on each kind of machine. */
struct slab_test {
	const char *name;
	void (*run)(struct slab_machine *sm);
};

/* What cmocka hands a test. */
struct slab_case {
	const struct slab_test *test;
	const struct slab_kind *kind;
};

static inline void slab_run_case(void **state)
{
	const struct slab_case *c = *state;
	static struct slab_machine sm;

	slab_machine_config(&sm, c->kind, 64);
	c->test->run(&sm);
}

/* Each of @tests on each kind; the names are "kind:test". Return: the program's. */
static inline int slab_run_tests(const char *group, const struct slab_test *tests, size_t nr,
				 int argc, char **argv)
{
	static struct slab_case cases[64 * NR_SLAB_KINDS];
	static struct CMUnitTest units[64 * NR_SLAB_KINDS];
	static char names[64 * NR_SLAB_KINDS][80];
	size_t i, k, n = 0;
	int failed;

	for (k = 0; k < NR_SLAB_KINDS; k++)
		for (i = 0; i < nr; i++, n++) {
			cases[n] = (struct slab_case){ &tests[i], &slab_kinds[k] };
			snprintf(names[n], sizeof(names[n]), "%s:%s", slab_kinds[k].name,
				 tests[i].name);
			units[n].name = names[n];
			units[n].test_func = slab_run_case;
			units[n].initial_state = &cases[n];
		}
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	failed = _cmocka_run_group_tests(group, units, n, NULL, NULL);
	if (failed)
		fprintf(stderr, "rerun: %s 'KIND:TEST' for each line above\n", argv[0]);
	return failed;
}

#endif /* QUIRE_TESTS_SLAB_MACHINE_H */
