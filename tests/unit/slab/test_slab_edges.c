/* SPDX-License-Identifier: MIT */
/*
 * Odd requests of caches and kmalloc, and settings at their ends.
 */
#include "page_machine.h"

#include "slab/slub.h"

static struct page_machine pm;

static void up(void)
{
	page_machine_config(&pm, 64);
}

static void start(void)
{
	page_machine_start(&pm);
}

static void down(void)
{
	assert_true(quire_slab_validate());
	page_machine_down(&pm);
}

static void a_sheaf_of_one(void **state)
{
	void *p[10];
	struct kmem_cache *s;
	unsigned int i;

	(void)state;
	up();
	pm.config.slab.sheaves = 1;
	start();
	s = kmem_cache_create("fish", 64, 0, SLAB_NO_MERGE, NULL);
	assert_int_equal(s->sheaf_capacity, 1);
	for (i = 0; i < 10; i++)
		assert_non_null(p[i] = kmem_cache_alloc(s, GFP_KERNEL));
	for (i = 0; i < 10; i++)
		kmem_cache_free(s, p[i]);
	kmem_cache_destroy(s);
	assert_not_said(&pm, "still has objects");
	down();
}

static void an_alignment_that_nothing_has(void **state)
{
	(void)state;
	up();
	start();
	assert_null(kmem_cache_create("fish", 64, 1u << 31, SLAB_RED_ZONE, NULL));
	assert_said(&pm, "an alignment above KMALLOC_MAX_SIZE");
	assert_null(kmem_cache_create("fish", 64, 24, 0, NULL));
	assert_said(&pm, "an alignment that is no power of two");
	down();
}

static void a_name_that_comes_again_is_one_alias(void **state)
{
	struct kmem_cache *a;
	unsigned int i;

	(void)state;
	up();
	start();
	a = kmem_cache_create("a", 200, 0, 0, NULL);
	for (i = 0; i < 100; i++) {
		struct kmem_cache *b = kmem_cache_create("b", 200, 0, 0, NULL);

		assert_ptr_equal(a, b);
		kmem_cache_destroy(b);
	}
	assert_string_equal(quire_slab_alias(a, 0), "b");
	assert_null(quire_slab_alias(a, 1));
	kmem_cache_destroy(a);
	down();
}

static void a_node_that_is_not_there(void **state)
{
	void *small, *large;

	(void)state;
	up();
	start();
	small = kmalloc_node(100, GFP_KERNEL, 7);
	large = kmalloc_node(9000, GFP_KERNEL, 7);
	assert_non_null(small);
	assert_non_null(large);
	kfree(small);
	kfree(large);
	down();
}

static void what_was_cleared_stays_so_when_it_grows(void **state)
{
	static const char *const debug[] = { NULL, "FZPU" };
	unsigned int k, i;

	(void)state;
	for (k = 0; k < ARRAY_SIZE(debug); k++) {
		unsigned char *p;

		up();
		pm.config.slab.debug = debug[k];
		start();
		p = kzalloc(32, GFP_KERNEL);
		memset(p, 0xff, 32);
		p = krealloc(p, 33, GFP_KERNEL | __GFP_ZERO);
		p = krealloc(p, 64, GFP_KERNEL | __GFP_ZERO);
		for (i = 33; i < 64; i++)
			assert_int_equal(p[i], 0);
		kfree(p);
		down();
	}
}

static void a_double_free_wipes_nothing(void **state)
{
	struct kmem_cache *s;
	void *a, *b, *c;

	(void)state;
	up();
	pm.config.vm.init_on_free = true;
	pm.config.slab.sheaves = 0;
	start();
	s = kmem_cache_create("fish", 256, 0, SLAB_NO_MERGE, NULL);
	a = kmem_cache_alloc(s, GFP_KERNEL);
	b = kmem_cache_alloc(s, GFP_KERNEL);
	kmem_cache_free(s, b);
	kmem_cache_free(s, a);
	kmem_cache_free(s, a);
	assert_said(&pm, "BUG fish");
	assert_ptr_equal(get_freepointer(s, a), b);
	c = kmem_cache_alloc(s, GFP_KERNEL);
	assert_ptr_equal(c, a);
	kmem_cache_free(s, c);
	kmem_cache_destroy(s);
	assert_not_said(&pm, "still has objects");
	down();
}

static void a_pointer_into_an_object(void **state)
{
	struct kmem_cache *s;
	char *a;

	(void)state;
	up();
	start();
	s = kmem_cache_create("fish", 256, 0, SLAB_NO_MERGE, NULL);
	a = kmem_cache_alloc(s, GFP_KERNEL);
	kmem_cache_free(s, a + 8);
	assert_said(&pm, "inside an object");
	kmem_cache_free(s, a);
	kmem_cache_destroy(s);
	down();
}

static void what_is_on_no_slab(void **state)
{
	struct kmem_cache *s;
	char *pages;

	(void)state;
	up();
	start();
	s = kmem_cache_create("fish", 256, 0, SLAB_NO_MERGE, NULL);
	pages = (char *)__get_free_pages(GFP_KERNEL, 0);
	kmem_cache_free(s, pages);
	kmem_cache_free(NULL, pages);
	assert_int_equal(said(&pm, "virt_to_cache: Object is not a Slab page!"), 2);
	kmem_cache_free(NULL, NULL);
	free_pages((unsigned long)pages, 0);
	kmem_cache_destroy(s);
	down();
}

/* struct reclaim - counts how often direct reclaim was asked for. */
static struct reclaim {
	unsigned int asked;
} reclaim;

static unsigned long try_to_free(void *ctx, unsigned int order, gfp_t gfp, int nid)
{
	(void)order;
	(void)gfp;
	(void)nid;
	((struct reclaim *)ctx)->asked++;
	return 0;
}

static void atomic_requests_never_reclaim(void **state)
{
	static struct quire_reclaim_ops ops = { .ctx = &reclaim, .try_to_free_pages = try_to_free };
	struct kmem_cache *s;

	(void)state;
	up();
	pm.config.slab.sheaves = 100;
	start();
	quire_register_reclaim(pm.m, &ops);
	s = kmem_cache_create("fish", 4096, 0, SLAB_NO_MERGE, NULL);
	while (alloc_page(GFP_ATOMIC | __GFP_NOWARN))
		;
	reclaim.asked = 0;
	forget(&pm);
	while (kmem_cache_alloc(s, GFP_ATOMIC | __GFP_NOWARN))
		;
	assert_int_equal(reclaim.asked, 0);
	assert_not_said(&pm, "page allocation failure");
	page_machine_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sheaf_of_one),
		cmocka_unit_test(an_alignment_that_nothing_has),
		cmocka_unit_test(a_name_that_comes_again_is_one_alias),
		cmocka_unit_test(a_node_that_is_not_there),
		cmocka_unit_test(what_was_cleared_stays_so_when_it_grows),
		cmocka_unit_test(a_double_free_wipes_nothing),
		cmocka_unit_test(a_pointer_into_an_object),
		cmocka_unit_test(what_is_on_no_slab),
		cmocka_unit_test(atomic_requests_never_reclaim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
