/* SPDX-License-Identifier: MIT */
/*
 * Sheaves: what a CPU keeps at hand, the barn between CPUs, and that everything comes back.
 */
#include "page_machine.h"

#include "slab/slub.h"

static struct page_machine pm;
static void *p[8192];

static int up(void **state)
{
	(void)state;
	page_machine_config(&pm, 64);
	pm.config.nr_cpus = 2;
	pm.config.slab.sheaves = 128;
	page_machine_start(&pm);
	return 0;
}

static int down(void **state)
{
	(void)state;
	assert_true(quire_slab_validate());
	page_machine_down(&pm);
	return 0;
}

static struct kmem_cache *create(unsigned int size)
{
	struct kmem_cache *s = kmem_cache_create("fish", size, 0, SLAB_NO_MERGE, NULL);

	assert_non_null(s);
	return s;
}

static void take(struct kmem_cache *s, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
		assert_non_null(p[i]);
		*(unsigned int *)p[i] = i;
	}
}

static void give(struct kmem_cache *s, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		assert_int_equal(*(unsigned int *)p[i], i);
		kmem_cache_free(s, p[i]);
	}
}

static unsigned long slabs(struct kmem_cache *s)
{
	struct quire_slabinfo info;

	quire_slabinfo(s, &info);
	return info.num_slabs;
}

static void test_capacity_by_size(void **state)
{
	static const unsigned int want[][2] = {
		{ 8, 128 }, { 512, 128 }, { 1024, 64 }, { 4096, 32 }, { 8192, 0 }
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(want); i++) {
		struct kmem_cache *s = create(want[i][0]);

		assert_int_equal(s->sheaf_capacity, want[i][1]);
		kmem_cache_destroy(s);
	}
}

static void test_a_first_request_makes_one_slab(void **state)
{
	struct kmem_cache *s = create(64);

	(void)state;
	take(s, 1);
	assert_int_equal(slabs(s), 1);
	give(s, 1);
	assert_int_equal(slabs(s), 1);
	kmem_cache_destroy(s);
	assert_not_said(&pm, "still has objects");
}

static void test_last_in_first_out(void **state)
{
	struct kmem_cache *s = create(64);
	void *a, *b;

	(void)state;
	take(s, 2);
	give(s, 2);
	a = kmem_cache_alloc(s, GFP_KERNEL);
	b = kmem_cache_alloc(s, GFP_KERNEL);
	assert_ptr_equal(a, p[1]);
	assert_ptr_equal(b, p[0]);
	kmem_cache_free(s, a);
	kmem_cache_free(s, b);
	kmem_cache_destroy(s);
}

static void test_all_objects_are_distinct_and_come_back(void **state)
{
	unsigned long before = nr_free_pages();
	struct kmem_cache *s = create(64);
	unsigned int round;

	(void)state;
	for (round = 0; round < 3; round++) {
		take(s, 8192);
		give(s, 8192);
	}
	kmem_cache_shrink(s);
	assert_int_equal(slabs(s), 0);
	kmem_cache_destroy(s);
	drain_all_pages(NULL);
	/* What the room itself took stays: its first caches, pools of sheaves. */
	assert_in_range(before - nr_free_pages(), 0, 64);
}

static void test_full_sheaves_pass_through_the_barn(void **state)
{
	struct kmem_cache *s = create(64);

	(void)state;
	take(s, 1024);
	assert_int_equal(quire_cpu_enter(pm.m, 1), 0);
	give(s, 1024);
	assert_in_range(s->node[0]->barn.nr_full, 5, 8);
	assert_int_equal(quire_cpu_enter(pm.m, 0), 0);
	assert_int_equal(slabs(s), 16);
	take(s, 768);
	assert_int_equal(slabs(s), 16);
	assert_in_range(s->node[0]->barn.nr_full, 0, 3);
	give(s, 768);
	kmem_cache_destroy(s);
	assert_not_said(&pm, "still has objects");
}

/* A CPU that takes and gives reuses objects; one that only gives hands them on. */
static void test_reuse_is_noticed(void **state)
{
	struct kmem_cache *s = create(64);

	(void)state;
	assert_int_equal(cpu_slab(s, 0)->reuse, 0);
	take(s, 2048);
	assert_int_not_equal(cpu_slab(s, 0)->reuse, 0);
	assert_int_equal(quire_cpu_enter(pm.m, 1), 0);
	give(s, 2048);
	assert_int_equal(cpu_slab(s, 1)->reuse, 0);
	take(s, 2048);
	assert_int_not_equal(cpu_slab(s, 1)->reuse, 0);
	/* One sheaf too many is not yet a habit. */
	give(s, 3 * 128);
	assert_int_not_equal(cpu_slab(s, 1)->reuse, 0);
	take(s, 3 * 128);
	give(s, 2048);
	assert_int_equal(cpu_slab(s, 1)->reuse, 0);
	kmem_cache_destroy(s);
	assert_not_said(&pm, "still has objects");
}

static void test_bulk(void **state)
{
	struct kmem_cache *s = create(128);
	unsigned int i, j;

	(void)state;
	assert_int_equal(kmem_cache_alloc_bulk(s, GFP_KERNEL | __GFP_ZERO, 1000, p), 1000);
	for (i = 0; i < 1000; i++) {
		for (j = 0; j < 128; j++)
			assert_int_equal(((unsigned char *)p[i])[j], 0);
		memset(p[i], 0xff, 128);
	}
	kmem_cache_free_bulk(s, 1000, p);
	assert_int_equal(kmem_cache_alloc_bulk(s, GFP_KERNEL, 0, p), 0);
	kmem_cache_destroy(s);
	assert_not_said(&pm, "still has objects");
}

static void test_double_free_of_the_top(void **state)
{
	struct kmem_cache *s = create(64);
	void *a, *b;

	(void)state;
	take(s, 2);
	kmem_cache_free(s, p[0]);
	forget(&pm);
	kmem_cache_free(s, p[0]);
	assert_said(&pm, "BUG fish");
	a = kmem_cache_alloc(s, GFP_KERNEL);
	b = kmem_cache_alloc(s, GFP_KERNEL);
	assert_ptr_not_equal(a, b);
	kmem_cache_free(s, a);
	kmem_cache_free(s, b);
	kmem_cache_free(s, p[1]);
	kmem_cache_destroy(s);
}

static void test_debugging_has_none(void **state)
{
	struct kmem_cache *s = kmem_cache_create("seen", 64, 0, SLAB_POISON, NULL);

	(void)state;
	assert_int_equal(s->sheaf_capacity, 0);
	kmem_cache_destroy(s);
}

static void test_memory_short(void **state)
{
	struct kmem_cache *s = create(4096);
	unsigned int n = 0;
	void **keep = calloc(20000, sizeof(*keep));

	(void)state;
	assert_non_null(keep);
	while (n < 20000 && (keep[n] = kmem_cache_alloc(s, GFP_NOWAIT | __GFP_NOWARN)))
		n++;
	assert_in_range(n, 10000, 16384);
	assert_int_equal(kmem_cache_alloc_bulk(s, GFP_NOWAIT | __GFP_NOWARN, 500, p), 0);
	while (n)
		kmem_cache_free(s, keep[--n]);
	kmem_cache_destroy(s);
	free(keep);
	assert_not_said(&pm, "still has objects");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_capacity_by_size, up, down),
		cmocka_unit_test_setup_teardown(test_a_first_request_makes_one_slab, up, down),
		cmocka_unit_test_setup_teardown(test_last_in_first_out, up, down),
		cmocka_unit_test_setup_teardown(test_all_objects_are_distinct_and_come_back, up,
						down),
		cmocka_unit_test_setup_teardown(test_full_sheaves_pass_through_the_barn, up, down),
		cmocka_unit_test_setup_teardown(test_reuse_is_noticed, up, down),
		cmocka_unit_test_setup_teardown(test_bulk, up, down),
		cmocka_unit_test_setup_teardown(test_double_free_of_the_top, up, down),
		cmocka_unit_test_setup_teardown(test_debugging_has_none, up, down),
		cmocka_unit_test_setup_teardown(test_memory_short, up, down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
