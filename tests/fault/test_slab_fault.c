/* SPDX-License-Identifier: MIT */
/*
 * test_slab_fault.c - every failure in turn, in the life of a cache on every back end.
 *
 * n = 1, 2, 3, ...: the n-th pass through any fault point fails while caches are made, objects
 * allocated one by one, in bulk, on a node, by kmalloc, resized, tunables changed, and all of it
 * given back. Each time the room is valid, what was got is usable and nothing is lost; the
 * sweep ends with the first n that fails nothing. The same from the machine's first request on.
 */
#include "slab_machine.h"

#define GFP (GFP_KERNEL | __GFP_NOWARN)

/** struct got - what a scenario holds, to be given back. */
struct got {
	struct kmem_cache *small, *big, *made, *rcu;
	void *one[40], *large[6], *bulk[100], *constructed, *read, *k[14], *node;
	int nr_bulk;
};

static void make(void *object)
{
	*(unsigned long *)object = 17;
}

static unsigned int alloc_some(struct kmem_cache *s, void **p, unsigned int nr)
{
	unsigned int i, failed = 0;

	for (i = 0; s && i < nr; i++) {
		p[i] = kmem_cache_alloc(s, GFP);
		failed += !p[i];
		if (p[i])
			memset(p[i], 0x33, kmem_cache_size(s));
	}
	return failed;
}

/* A bit of everything that may fail. Return: failures seen. */
static unsigned int take(struct got *g)
{
	unsigned int failed = 0, i;
	void *p;

	memset(g, 0, sizeof(*g));
	failed += !(g->small = kmem_cache_create("small", 40, 0, 0, NULL));
	failed += !(g->big = kmem_cache_create("big", 2500, 0, SLAB_NO_MERGE, NULL));
	failed += !(g->made = kmem_cache_create("made", 300, 0, 0, make));
	failed += !(g->rcu = kmem_cache_create("rcu", 200, 0, SLAB_TYPESAFE_BY_RCU, NULL));
	failed += alloc_some(g->small, g->one, 40);
	failed += alloc_some(g->big, g->large, 6);
	if (g->made)
		failed += !(g->constructed = kmem_cache_alloc(g->made, GFP));
	if (g->constructed)
		assert_int_equal(*(unsigned long *)g->constructed, 17);
	if (g->rcu)
		failed += !(g->read = kmem_cache_alloc(g->rcu, GFP));
	if (g->small) {
		g->nr_bulk = kmem_cache_alloc_bulk(g->small, GFP, 100, g->bulk);
		failed += g->nr_bulk != 100;
		failed += !(g->node = kmem_cache_alloc_node(g->small, GFP, 0));
	}
	for (i = 0; i < 14; i++)
		failed += !(g->k[i] = kmalloc(7ul << i, GFP));
	p = g->k[3] ? krealloc(g->k[3], 3000, GFP) : NULL;
	if (p)
		g->k[3] = p;
	else
		failed++;
	if (g->big && quire_slab_tune(g->big, 30, 10, 3) == -12)
		failed++;
	return failed;
}

static void give(struct got *g)
{
	unsigned int i;

	for (i = 0; i < 40; i++)
		if (g->one[i])
			kmem_cache_free(g->small, g->one[i]);
	for (i = 0; i < 6; i++)
		if (g->large[i])
			kmem_cache_free(g->big, g->large[i]);
	if (g->constructed)
		kmem_cache_free(g->made, g->constructed);
	if (g->read)
		kmem_cache_free(g->rcu, g->read);
	if (g->nr_bulk)
		kmem_cache_free_bulk(g->small, (size_t)g->nr_bulk, g->bulk);
	if (g->node)
		kmem_cache_free(g->small, g->node);
	for (i = 0; i < 14; i++)
		kfree(g->k[i]);
	kmem_cache_destroy(g->small);
	kmem_cache_destroy(g->big);
	kmem_cache_destroy(g->made);
	kmem_cache_destroy(g->rcu);
}

/* Everything fails once, on a machine whose room is up. */
static void sweep(struct slab_machine *sm)
{
	unsigned int failed;
	struct got g;
	uint64_t n;
	bool fired;

	slab_machine_start(sm);
	for (n = 1;; n++) {
		quire_fault_arm(sm->pm.m, QUIRE_FAULT_ANY, n);
		failed = take(&g);
		assert_slab_valid(sm);
		give(&g);
		fired = quire_fault_disarm(sm->pm.m);
		if (failed && !fired)
			fail_msg("%s: %u failures, and none was made", sm->kind->name, failed);
		assert_no_slab_left(sm);
		if (!fired)
			break;
	}
	/* 4 caches, 48 objects, a bulk and 15 of kmalloc's pass a point each at the least. */
	assert_true(n > 80);
	slab_machine_down(sm);
}

/* The first request of a machine brings the room up: that fails, nothing stays, and later it works.
 */
static void first_use(struct slab_machine *sm)
{
	unsigned long before;
	uint64_t n;
	void *p;

	for (n = 1;; n++) {
		page_machine_start(&sm->pm);
		drain_all_pages(NULL);
		before = nr_free_pages();
		quire_fault_arm(sm->pm.m, QUIRE_FAULT_ANY, n);
		p = kmalloc(100, GFP);
		if (!quire_fault_disarm(sm->pm.m)) {
			assert_non_null(p);
			break;
		}
		if (!p && !sm->pm.m)
			fail_msg("no machine");
		if (!p && !slab_is_available())
			fail_msg("%s: the room cannot come up after failure %llu", sm->kind->name,
				 (unsigned long long)n);
		kfree(p);
		p = kmalloc(100, GFP);
		assert_non_null(p);
		kfree(p);
		assert_slab_valid(sm);
		assert_true(before - nr_free_pages() < 1000);
		page_machine_down(&sm->pm);
		slab_machine_config(sm, sm->kind, 64);
	}
	kfree(p);
	assert_true(n > 10);
	page_machine_down(&sm->pm);
}

/* Memory ends in the middle of it all, for real. */
static void short_of_pages(struct slab_machine *sm)
{
	struct page *held = NULL, *page;
	struct got g;

	slab_machine_config(sm, sm->kind, 16);
	slab_machine_start(sm);
	while ((page = alloc_page(GFP_ATOMIC | __GFP_NOWARN))) {
		page->priv = (unsigned long)held;
		held = page;
	}
	take(&g);
	assert_slab_valid(sm);
	give(&g);
	while (held) {
		page = held;
		held = (struct page *)page->priv;
		page->priv = 0;
		__free_page(page);
	}
	assert_int_equal(take(&g), 0);
	give(&g);
	slab_machine_down(sm);
}

int main(int argc, char **argv)
{
	static const struct slab_test tests[] = {
		{ "sweep", sweep },
		{ "first_use", first_use },
		{ "short_of_pages", short_of_pages },
	};

	return slab_run_tests("slab fault", tests, ARRAY_SIZE(tests), argc, argv);
}
