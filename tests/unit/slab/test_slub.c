/* SPDX-License-Identifier: MIT */
/*
 * The life of SLUB's slabs, without sheaves: CPU slab, partial lists, what is kept and what goes.
 */
#include "page_machine.h"

#include "slab/slub.h"

static struct page_machine pm;
static void *p[4096];

static int up(void **state)
{
	(void)state;
	page_machine_config(&pm, 64);
	pm.config.nr_cpus = 2;
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

/* 16 objects a slab of one page; cpu_partial 52, so 7 slabs. */
static struct kmem_cache *create(void)
{
	struct kmem_cache *s = kmem_cache_create("fish", 256, 0, SLAB_NO_MERGE, NULL);

	assert_non_null(s);
	assert_int_equal(oo_objects(s->oo), 16);
	assert_int_equal(s->sheaf_capacity, 0);
	assert_int_equal(s->cpu_partial_slabs, 7);
	return s;
}

static void take(struct kmem_cache *s, unsigned int from, unsigned int n)
{
	unsigned int i;

	for (i = from; i < from + n; i++) {
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
		assert_non_null(p[i]);
	}
}

static void give(struct kmem_cache *s, unsigned int from, unsigned int n)
{
	unsigned int i;

	for (i = from; i < from + n; i++)
		kmem_cache_free(s, p[i]);
}

static struct quire_slabinfo info_of(struct kmem_cache *s)
{
	struct quire_slabinfo info;

	quire_slabinfo(s, &info);
	return info;
}

static unsigned int cpu_partials(const struct kmem_cache *s)
{
	return cpu_slab(s, 0)->partial ? (unsigned int)cpu_slab(s, 0)->partial->slabs : 0;
}

static void test_objects_of_a_new_slab_ascend(void **state)
{
	struct kmem_cache *s = create();
	unsigned int i;

	(void)state;
	take(s, 0, 16);
	for (i = 1; i < 16; i++)
		assert_ptr_equal(p[i], (char *)p[0] + i * 256ul);
	assert_int_equal(info_of(s).num_slabs, 1);
	take(s, 16, 1);
	assert_int_equal(info_of(s).num_slabs, 2);
	/* Objects of the CPU's slab count as active. */
	assert_int_equal(info_of(s).active_objs, 32);
	give(s, 0, 17);
	kmem_cache_destroy(s);
}

static void test_the_last_freed_is_the_first_taken(void **state)
{
	struct kmem_cache *s = create();
	void *again;

	(void)state;
	take(s, 0, 3);
	give(s, 1, 1);
	again = kmem_cache_alloc(s, GFP_KERNEL);
	assert_ptr_equal(again, p[1]);
	give(s, 0, 3);
	kmem_cache_destroy(s);
}

static void test_a_full_slab_goes_to_the_cpu_partial_list(void **state)
{
	struct kmem_cache *s = create();

	(void)state;
	take(s, 0, 33);
	give(s, 0, 1); /* of the first, full, slab */
	assert_int_equal(cpu_partials(s), 1);
	assert_int_equal(s->node[0]->nr_partial, 0);
	give(s, 16, 1);
	assert_int_equal(cpu_partials(s), 2);
	/* The CPU's slab first, then the slab that was freed to last. */
	take(s, 100, 15);
	take(s, 115, 1);
	assert_ptr_equal(p[115], p[16]);
	give(s, 1, 15);
	give(s, 17, 16);
	give(s, 100, 16);
	kmem_cache_destroy(s);
}

static void test_too_many_cpu_partials_go_to_the_node(void **state)
{
	struct kmem_cache *s = create();
	unsigned int i;

	(void)state;
	take(s, 0, 16 * 9);
	for (i = 0; i < 7; i++)
		give(s, i * 16, 1);
	assert_int_equal(cpu_partials(s), 7);
	assert_int_equal(s->node[0]->nr_partial, 0);
	give(s, 7 * 16, 1);
	assert_int_equal(cpu_partials(s), 1);
	assert_int_equal(s->node[0]->nr_partial, 7);
	for (i = 0; i < 8; i++)
		give(s, i * 16 + 1, 15);
	give(s, 8 * 16, 16);
	kmem_cache_destroy(s);
}

static void test_empty_slabs_go_above_min_partial(void **state)
{
	struct kmem_cache *s = create();

	(void)state;
	assert_int_equal(s->min_partial, 5);
	take(s, 0, 16 * 40);
	assert_int_equal(info_of(s).num_slabs, 40);
	give(s, 0, 16 * 40);
	/* The CPU's slab, up to 7 of its partial list, 5 of the node's. */
	assert_in_range(info_of(s).num_slabs, 5, 13);
	assert_int_equal(kmem_cache_shrink(s), 0);
	assert_int_equal(info_of(s).num_slabs, 0);
	kmem_cache_destroy(s);
}

static void test_shrink_puts_the_fullest_first(void **state)
{
	struct kmem_cache *s = create();

	(void)state;
	take(s, 0, 16 * 3);
	give(s, 0, 12); /* 4 left */
	give(s, 16, 4); /* 12 left */
	give(s, 32, 8); /* 8 left */
	assert_int_equal(kmem_cache_shrink(s), 1);
	assert_int_equal(info_of(s).num_slabs, 3);
	take(s, 100, 4);
	assert_in_range((char *)p[100] - (char *)p[16], 0, 4095);
	take(s, 104, 8);
	give(s, 12, 4);
	give(s, 20, 12);
	give(s, 40, 8);
	give(s, 100, 12);
	kmem_cache_destroy(s);
}

static void test_free_from_another_cpu(void **state)
{
	struct kmem_cache *s = create();

	(void)state;
	take(s, 0, 20);
	assert_int_equal(quire_cpu_enter(pm.m, 1), 0);
	give(s, 0, 1);	/* full: to CPU 1's partial list */
	give(s, 16, 1); /* CPU 0's slab: stays there */
	assert_int_equal(cpu_slab(s, 1)->partial->slabs, 1);
	assert_int_equal(quire_cpu_enter(pm.m, 0), 0);
	take(s, 100, 12);
	take(s, 112, 1);
	assert_ptr_equal(p[112], p[16]); /* what CPU 1 freed */
	give(s, 1, 15);
	give(s, 17, 3);
	give(s, 100, 13);
	kmem_cache_destroy(s);
}

static void test_destroy_with_objects_keeps_them(void **state)
{
	struct kmem_cache *s = create();

	(void)state;
	take(s, 0, 2);
	memset(p[1], 7, 256);
	kmem_cache_destroy(s);
	assert_said(&pm, "fish");
	assert_said(&pm, "still has objects");
	assert_int_equal(((unsigned char *)p[1])[255], 7);
	kmem_cache_free(s, p[0]);
	kmem_cache_free(s, p[1]);
}

static void test_what_was_freed_last_is_not_freed_again(void **state)
{
	struct kmem_cache *s = create();

	(void)state;
	take(s, 0, 2);
	give(s, 0, 1);
	forget(&pm);
	kmem_cache_free(s, p[0]);
	assert_said(&pm, "BUG fish");
	take(s, 2, 1);
	assert_ptr_equal(p[2], p[0]);
	take(s, 3, 1);
	assert_ptr_not_equal(p[3], p[0]);
	give(s, 1, 3);
	kmem_cache_destroy(s);
}

static void test_random_order_of_objects(void **state)
{
	struct kmem_cache *s;
	unsigned int i, rising = 0;

	(void)state;
	page_machine_down(&pm);
	page_machine_config(&pm, 64);
	pm.config.slab.freelist_random = true;
	pm.config.slab.freelist_hardened = true;
	page_machine_start(&pm);
	s = create();
	assert_int_not_equal(s->random, 0);
	take(s, 0, 64);
	for (i = 1; i < 64; i++)
		rising += p[i] == (char *)p[i - 1] + 256;
	assert_in_range(rising, 0, 16);
	/* A hardened free pointer is not the pointer. */
	give(s, 1, 1);
	give(s, 0, 1);
	assert_ptr_not_equal(*(void **)(void *)((char *)p[0] + s->offset), p[1]);
	take(s, 0, 2);
	give(s, 0, 64);
	kmem_cache_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_objects_of_a_new_slab_ascend, up, down),
		cmocka_unit_test_setup_teardown(test_the_last_freed_is_the_first_taken, up, down),
		cmocka_unit_test_setup_teardown(test_a_full_slab_goes_to_the_cpu_partial_list, up,
						down),
		cmocka_unit_test_setup_teardown(test_too_many_cpu_partials_go_to_the_node, up,
						down),
		cmocka_unit_test_setup_teardown(test_empty_slabs_go_above_min_partial, up, down),
		cmocka_unit_test_setup_teardown(test_shrink_puts_the_fullest_first, up, down),
		cmocka_unit_test_setup_teardown(test_free_from_another_cpu, up, down),
		cmocka_unit_test_setup_teardown(test_destroy_with_objects_keeps_them, up, down),
		cmocka_unit_test_setup_teardown(test_what_was_freed_last_is_not_freed_again, up,
						down),
		cmocka_unit_test_setup_teardown(test_random_order_of_objects, up, down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
