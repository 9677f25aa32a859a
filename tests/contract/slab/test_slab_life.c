/* SPDX-License-Identifier: MIT */
/*
 * test_slab_life.c - the life of caches on every back end: shrinking, counts, merging, destroying,
 * nodes, memory that ends; and callers' mistakes, told and survived.
 *
 * Where Linux's back ends differ, so do ours, and the test says so: SLOB merges nothing, and cannot
 * tell whose a small object is.
 */
#include "slab_machine.h"

#define MANY 300u

static void construct(void *object)
{
	*(unsigned long *)object = 1;
}

static void shrink(struct slab_machine *sm)
{
	struct kmem_cache *s;
	struct quire_slabinfo info;
	void *p[MANY];

	slab_machine_start(sm);
	s = kmem_cache_create("shrinks", 400, 0, 0, NULL);
	objects_take(s, p, MANY);
	assert_int_equal(kmem_cache_shrink(s), 1);
	objects_give(s, p, MANY - 1);
	assert_int_equal(kmem_cache_shrink(s), 1);
	quire_slabinfo(s, &info);
	assert_true(info.num_slabs <= 1);
	kmem_cache_free(s, p[MANY - 1]);
	assert_int_equal(kmem_cache_shrink(s), 0);
	quire_slabinfo(s, &info);
	assert_int_equal(info.num_slabs, 0);
	assert_int_equal(info.num_objs, 0);
	assert_int_equal(info.active_objs, 0);
	objects_take(s, p, 5);
	objects_give(s, p, 5);
	kmem_cache_destroy(s);
	slab_machine_down(sm);
}

/* slabinfo's counts beside a naive count, with steps of a random walk. */
static void counts(struct slab_machine *sm)
{
	struct kmem_cache *s;
	struct quire_slabinfo info;
	void *p[MANY];
	unsigned int live = 0, step, target;

	slab_machine_start(sm);
	s = kmem_cache_create("counted", 320, 0, 0, NULL);
	for (step = 0; step < 60; step++) {
		target = step * 7919 % MANY;
		for (; live < target; live++)
			assert_non_null(p[live] = kmem_cache_alloc(s, GFP_KERNEL));
		while (live > target)
			kmem_cache_free(s, p[--live]);
		quire_slabinfo(s, &info);
		assert_true(info.active_objs >= live && info.active_objs <= info.num_objs);
		assert_true(info.active_slabs <= info.num_slabs);
		if (!slab_is_slob(sm))
			assert_int_equal(info.num_objs, info.num_slabs * info.objects_per_slab);
		kmem_cache_shrink(s);
		quire_slabinfo(s, &info);
		assert_int_equal(info.active_objs, live);
		if (!slab_is_slob(sm))
			assert_true(info.num_objs >= live && (live || !info.num_slabs));
	}
	objects_give(s, p, live);
	kmem_cache_destroy(s);
	slab_machine_down(sm);
}

static void merging(struct slab_machine *sm)
{
	bool merges = !slab_is_slob(sm);
	struct kmem_cache *a, *b, *c, *d;
	void *p;

	slab_machine_start(sm);
	a = kmem_cache_create("first", 720, 0, 0, NULL);
	b = kmem_cache_create("second", 717, 0, 0, NULL);
	c = kmem_cache_create("apart", 720, 0, SLAB_NO_MERGE, NULL);
	d = kmem_cache_create("made", 720, 0, 0, construct);
	assert_int_equal(a == b, merges);
	assert_true(a != c && a != d && c != d);
	p = kmem_cache_alloc(b, GFP_KERNEL);
	kmem_cache_destroy(a);
	/* One user is left: the objects are still his. */
	kmem_cache_free(b, p);
	p = kmem_cache_alloc(b, GFP_KERNEL);
	assert_non_null(p);
	kmem_cache_free(b, p);
	kmem_cache_destroy(b);
	kmem_cache_destroy(c);
	kmem_cache_destroy(d);
	slab_machine_down(sm);
}

static void same_name(struct slab_machine *sm)
{
	struct kmem_cache *a, *b;
	void *p, *q;

	slab_machine_start(sm);
	a = kmem_cache_create("twice", 56, 0, SLAB_NO_MERGE, NULL);
	b = kmem_cache_create("twice", 56, 0, SLAB_NO_MERGE, NULL);
	assert_true(a && b && a != b);
	p = kmem_cache_alloc(a, GFP_KERNEL);
	q = kmem_cache_alloc(b, GFP_KERNEL);
	assert_true(p != q);
	kmem_cache_free(a, p);
	kmem_cache_free(b, q);
	kmem_cache_destroy(a);
	b = (kmem_cache_destroy(b), NULL);
	kmem_cache_destroy(b);
	slab_machine_down(sm);
}

/* An object is freed to the wrong cache: it is told and goes to its own. */
static void wrong_cache(struct slab_machine *sm)
{
	/* On SLOB only what has pages of its own says whose it is. */
	unsigned int bytes = slab_is_slob(sm) ? 4096 : 200;
	struct kmem_cache *a, *b;
	struct quire_slabinfo info;
	void *p;

	slab_machine_start(sm);
	a = kmem_cache_create("mine", bytes, 0, SLAB_NO_MERGE, NULL);
	b = kmem_cache_create("yours", bytes, 0, SLAB_NO_MERGE, NULL);
	p = kmem_cache_alloc(b, GFP_KERNEL);
	kmem_cache_free(a, p);
	assert_said(&sm->pm, "cache_from_obj: Wrong slab cache. mine but object is from yours");
	kmem_cache_shrink(b);
	quire_slabinfo(b, &info);
	assert_int_equal(info.active_objs, 0);
	assert_slab_valid(sm);
	kmem_cache_destroy(a);
	kmem_cache_destroy(b);
	slab_machine_down(sm);
}

static void not_a_slab(struct slab_machine *sm)
{
	struct kmem_cache *s;
	unsigned long page;
	char here;

	slab_machine_start(sm);
	s = kmem_cache_create("any", 64, 0, 0, NULL);
	page = __get_free_page(GFP_KERNEL);
	kmem_cache_free(s, (void *)page);
	kmem_cache_free(s, &here);
	assert_int_equal(said(&sm->pm, "virt_to_cache: Object is not a Slab page!"), 2);
	kmem_cache_free(s, NULL);
	free_page(page);
	kmem_cache_destroy(s);
	slab_machine_down(sm);
}

/*
 * A cache that is no more: what is freed through it is no object. (SLOB writes where the cache
 * was.)
 */
static void cache_is_gone(struct slab_machine *sm)
{
	struct kmem_cache *s;
	void *p;

	if (slab_is_slob(sm))
		return;
	slab_machine_start(sm);
	s = kmem_cache_create("gone", 64, 0, SLAB_NO_MERGE, NULL);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	kmem_cache_free(s, p);
	kmem_cache_destroy(s);
	kmem_cache_free(s, p);
	assert_int_equal(said(&sm->pm, "virt_to_cache: Object is not a Slab page!"), 1);
	kmem_cache_free(s, NULL);
	slab_machine_down(sm);
}

/* What was freed last is freed again: told, and nothing happens. */
static void freed_twice(struct slab_machine *sm)
{
	struct kmem_cache *s;
	void *p[3];

	slab_machine_start(sm);
	s = kmem_cache_create("twice", 96, 0, SLAB_NO_MERGE, NULL);
	objects_take(s, p, 3);
	kmem_cache_free(s, p[0]);
	forget(&sm->pm);
	kmem_cache_free(s, p[0]);
	assert_true(sm->pm.logged > 0);
	assert_slab_valid(sm);
	kmem_cache_free(s, p[1]);
	kmem_cache_free(s, p[2]);
	objects_take(s, p, 3);
	assert_true(p[0] != p[1] && p[1] != p[2] && p[0] != p[2]);
	objects_give(s, p, 3);
	kmem_cache_destroy(s);
	slab_machine_down(sm);
}

static void leak_at_destroy(struct slab_machine *sm)
{
	struct quire_slabinfo info;
	struct kmem_cache *s;
	void *p[4];
	char at[32];

	slab_machine_start(sm);
	s = kmem_cache_create("leaky", 160, 0, SLAB_NO_MERGE, NULL);
	objects_take(s, p, 4);
	kmem_cache_free(s, p[2]);
	kmem_cache_destroy(s);
	assert_said(&sm->pm, "kmem_cache_destroy leaky: Slab cache still has objects");
	assert_said(&sm->pm, "BUG leaky");
	if (!slab_is_slob(sm)) {
		snprintf(at, sizeof(at), "Object 0x%016lx", (unsigned long)p[1]);
		assert_said(&sm->pm, at);
	}
	/* The cache lives on, and so do the objects. */
	assert_int_equal(slab_caches(), sm->caches + 1);
	object_fill(p[0], 160, 1);
	assert_object_filled(p[0], 160, 1);
	kmem_cache_free(s, p[0]);
	kmem_cache_free(s, p[1]);
	kmem_cache_free(s, p[3]);
	/* It stays, empty: nobody has it any more. */
	sm->caches++;
	sm->slab_pages = slab_pages_left(sm);
	quire_slabinfo(s, &info);
	assert_int_equal(info.active_objs, 0);
	assert_int_equal(info.num_slabs, 0);
	slab_machine_down(sm);
}

static void nodes(struct slab_machine *sm)
{
	struct kmem_cache *s;
	void *p[200];
	unsigned int i, cpu;
	int nid;

	slab_machine_start(sm);
	s = kmem_cache_create("nodes", 144, 0, 0, NULL);
	for (cpu = 0; cpu < sm->kind->cpus; cpu++) {
		assert_int_equal(quire_cpu_enter(sm->pm.m, cpu), 0);
		for (nid = -1; nid < (int)sm->kind->nodes; nid++) {
			for (i = 0; i < 200; i++) {
				p[i] = kmem_cache_alloc_node(s, GFP_KERNEL, nid);
				assert_non_null(p[i]);
				if (nid >= 0)
					assert_int_equal(page_to_nid(virt_to_page(p[i])), nid);
				else if (sm->kind->backend == QUIRE_SLAB_SLAB)
					assert_int_equal(page_to_nid(virt_to_page(p[i])),
							 quire_this_cpu->nid);
				object_fill(p[i], 144, i);
			}
			for (i = 0; i < 200; i++)
				assert_object_filled(p[i], 144, i);
			/* Half of them on the last CPU, which may be another node's. */
			for (i = 0; i < 100; i++)
				kmem_cache_free(s, p[i]);
			assert_int_equal(quire_cpu_enter(sm->pm.m, sm->kind->cpus - 1), 0);
			for (; i < 200; i++)
				kmem_cache_free(s, p[i]);
			assert_slab_valid(sm);
			assert_int_equal(quire_cpu_enter(sm->pm.m, cpu), 0);
		}
	}
	assert_int_equal(kmem_cache_shrink(s), 0);
	kmem_cache_destroy(s);
	slab_machine_down(sm);
}

/* One node has no page left: objects come from the other, unless the caller insists. */
static void node_is_full(struct slab_machine *sm)
{
	struct page *first = NULL, *page;
	struct kmem_cache *s;
	void *p, *q;

	if (sm->kind->nodes < 2)
		return;
	slab_machine_start(sm);
	s = kmem_cache_create("full node", 1000, 0, 0, NULL);
	while ((page = alloc_pages_node(0, GFP_ATOMIC | __GFP_NOWARN | __GFP_THISNODE, 0))) {
		page->priv = (unsigned long)first;
		first = page;
	}
	p = kmem_cache_alloc_node(s, GFP_KERNEL | __GFP_NOWARN, 0);
	assert_non_null(p);
	assert_int_equal(page_to_nid(virt_to_page(p)), 1);
	q = kmem_cache_alloc_node(s, GFP_KERNEL | __GFP_NOWARN | __GFP_THISNODE, 0);
	if (q)
		fail_msg("a full node gave an object of node %d", page_to_nid(virt_to_page(q)));
	kmem_cache_free(s, p);
	while (first) {
		page = first;
		first = (struct page *)page->priv;
		page->priv = 0;
		__free_page(page);
	}
	kmem_cache_destroy(s);
	slab_machine_down(sm);
}

/* All memory in objects, back, and again: nothing is lost. */
static void out_of_memory(struct slab_machine *sm)
{
	static const unsigned int bytes[] = { 256, 4000 };
	unsigned int b, round;

	slab_machine_config(sm, sm->kind, 16);
	slab_machine_start(sm);
	for (b = 0; b < ARRAY_SIZE(bytes); b++) {
		struct kmem_cache *s = kmem_cache_create("much", bytes[b], 0, 0, NULL);
		unsigned long had = 0, nr;

		for (round = 0; round < 3; round++) {
			void *first = NULL, *p;

			for (nr = 0; (p = kmem_cache_alloc(s, GFP_KERNEL | __GFP_NOWARN)); nr++) {
				*(void **)p = first;
				first = p;
			}
			assert_slab_valid(sm);
			assert_true(nr * bytes[b] > 4u << 20);
			while (first) {
				p = first;
				first = *(void **)p;
				kmem_cache_free(s, p);
			}
			kmem_cache_shrink(s);
			if (round)
				assert_true(nr + nr / 50 >= had);
			had = nr;
		}
		kmem_cache_destroy(s);
	}
	slab_machine_down(sm);
}

static void bad_arguments(struct slab_machine *sm)
{
	slab_machine_start(sm);
	assert_null(kmem_cache_create("none", 0, 0, 0, NULL));
	assert_null(kmem_cache_create("huge", KMALLOC_MAX_SIZE + 1, 0, 0, NULL));
	assert_null(kmem_cache_create("crooked", 8, 24, 0, NULL));
	assert_null(kmem_cache_create("flags", 8, 0, 1, NULL));
	assert_null(kmem_cache_create("", 8, 0, 0, NULL));
	assert_null(kmem_cache_create_usercopy("outside", 8, 0, 0, 6, 4, NULL));
	assert_int_equal(said(&sm->pm, "failed"), 6);
	assert_null(kmem_cache_alloc_bulk(NULL, 0, (size_t)1 << 40, NULL) ? sm : NULL);
	slab_machine_down(sm);
}

static void largest(struct slab_machine *sm)
{
	struct kmem_cache *s;
	void *p;

	slab_machine_start(sm);
	s = kmem_cache_create("largest", 1u << 20, 0, 0, NULL);
	assert_non_null(s);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	assert_non_null(p);
	object_fill(p, 1u << 20, 3);
	assert_object_filled(p, 1u << 20, 3);
	kmem_cache_free(s, p);
	kmem_cache_destroy(s);
	slab_machine_down(sm);
}

/* Allocated here, freed there: nothing stays behind on CPUs that nobody asks. */
static void across_cpus(struct slab_machine *sm)
{
	struct kmem_cache *s;
	void *p[MANY];
	unsigned int i, round;

	slab_machine_start(sm);
	s = kmem_cache_create("across", 88, 0, 0, NULL);
	for (round = 0; round < 8; round++) {
		assert_int_equal(quire_cpu_enter(sm->pm.m, round % sm->kind->cpus), 0);
		objects_take(s, p, MANY);
		for (i = 0; i < MANY; i++)
			object_fill(p[i], 88, i);
		assert_int_equal(quire_cpu_enter(sm->pm.m, (round + 1) % sm->kind->cpus), 0);
		for (i = 0; i < MANY; i++)
			assert_object_filled(p[i], 88, i);
		if (round & 1)
			kmem_cache_free_bulk(s, MANY, p);
		else
			objects_give(s, p, MANY);
		assert_slab_valid(sm);
	}
	kmem_cache_destroy(s);
	slab_machine_down(sm);
}

static void shuffled(struct slab_machine *sm)
{
	static const unsigned int bytes[] = { 16, 120, 1500 };
	unsigned int b, k;
	void *p[MANY];

	sm->pm.config.slab.freelist_random = true;
	sm->pm.config.slab.freelist_hardened = true;
	slab_machine_start(sm);
	for (b = 0; b < ARRAY_SIZE(bytes); b++) {
		struct kmem_cache *s = kmem_cache_create("shuffled", bytes[b], 0, 0, NULL);

		objects_take(s, p, MANY);
		for (k = 0; k < MANY; k++)
			object_fill(p[k], bytes[b], k);
		for (k = 0; k < MANY; k++)
			assert_object_filled(p[k], bytes[b], k);
		assert_slab_valid(sm);
		objects_give(s, p, MANY);
		assert_slab_valid(sm);
		kmem_cache_destroy(s);
	}
	slab_machine_down(sm);
}

/* A cache on each back end, whatever the machine's is. */
static void other_backends(struct slab_machine *sm)
{
	struct kmem_cache *s[3];
	unsigned int i, k;
	void *p[3][50];

	slab_machine_start(sm);
	for (i = 0; i < 3; i++) {
		s[i] = quire_kmem_cache_create_on((enum quire_slab_backend)i, "other", 1200, 0, 0,
						  NULL);
		assert_non_null(s[i]);
	}
	for (k = 0; k < 50; k++)
		for (i = 0; i < 3; i++) {
			p[i][k] = kmem_cache_alloc(s[i], GFP_KERNEL);
			object_fill(p[i][k], 1200, i + k);
		}
	assert_slab_valid(sm);
	for (k = 0; k < 50; k++)
		for (i = 0; i < 3; i++) {
			assert_object_filled(p[i][k], 1200, i + k);
			kmem_cache_free(s[i], p[i][k]);
		}
	for (i = 0; i < 3; i++)
		kmem_cache_destroy(s[i]);
	slab_machine_down(sm);
}

int main(int argc, char **argv)
{
	static const struct slab_test tests[] = {
		{ "shrink", shrink },
		{ "counts", counts },
		{ "merging", merging },
		{ "same_name", same_name },
		{ "wrong_cache", wrong_cache },
		{ "not_a_slab", not_a_slab },
		{ "cache_is_gone", cache_is_gone },
		{ "freed_twice", freed_twice },
		{ "leak_at_destroy", leak_at_destroy },
		{ "nodes", nodes },
		{ "node_is_full", node_is_full },
		{ "out_of_memory", out_of_memory },
		{ "bad_arguments", bad_arguments },
		{ "largest", largest },
		{ "across_cpus", across_cpus },
		{ "shuffled", shuffled },
		{ "other_backends", other_backends },
	};

	return slab_run_tests("slab life", tests, ARRAY_SIZE(tests), argc, argv);
}
