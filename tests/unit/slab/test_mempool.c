/* SPDX-License-Identifier: MIT */
/*
 * test_mempool.c - pools with a reserve: order of attempts, resizing, waits that cannot end.
 */
#include "page_machine.h"

#include <quire/errno.h>
#include <quire/mempool.h>
#include <quire/slab.h>

static struct page_machine pm;
static char things[64];
static unsigned int nr_made, nr_given_back, limit;
static gfp_t last_gfp;

static void *make(gfp_t gfp, void *data)
{
	last_gfp = gfp;
	return nr_made < limit ? &things[nr_made++] : NULL;
}

static void give(void *thing, void *data)
{
	nr_given_back++;
}

static int up(void **state)
{
	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	return 0;
}

static int down(void **state)
{
	page_machine_down(&pm);
	return 0;
}

static int fresh(void **state)
{
	nr_made = nr_given_back = 0;
	limit = 64;
	forget(&pm);
	return 0;
}

static void test_reserve_comes_last(void **state)
{
	mempool_t *pool = mempool_create(3, make, give, NULL);
	void *a, *b;

	assert_int_equal(pool->curr_nr, 3);
	a = mempool_alloc(pool, GFP_KERNEL);
	assert_ptr_equal(a, &things[3]); /* the allocator first */
	assert_int_equal(last_gfp & (__GFP_DIRECT_RECLAIM | __GFP_IO), 0);
	limit = 0;
	b = mempool_alloc(pool, GFP_NOWAIT);
	assert_ptr_equal(b, &things[2]);
	assert_int_equal(pool->curr_nr, 2);
	mempool_free(b, pool);
	assert_int_equal(pool->curr_nr, 3);
	mempool_free(a, pool);
	assert_int_equal(nr_given_back, 1); /* the reserve was full */
	mempool_free(NULL, pool);
	mempool_destroy(pool);
	assert_int_equal(nr_given_back, 4);
	mempool_destroy(NULL);
}

static void test_empty(void **state)
{
	mempool_t pool;
	void *got;

	assert_int_equal(mempool_init(&pool, 1, make, give, NULL), 0);
	assert_true(mempool_initialized(&pool));
	limit = 0;
	got = mempool_alloc_preallocated(&pool);
	assert_non_null(got);
	assert_null(mempool_alloc_preallocated(&pool));
	assert_null(mempool_alloc(&pool, GFP_NOWAIT));
	assert_not_said(&pm, "mempool_alloc");
	assert_null(mempool_alloc(&pool, GFP_KERNEL));
	assert_said(&pm, "no element comes back: 0 of 1 elements in reserve, and no other thread");
	mempool_free(got, &pool);
	mempool_exit(&pool);
	assert_false(mempool_initialized(&pool));
	mempool_exit(&pool);
}

static void test_resize(void **state)
{
	mempool_t *pool = mempool_create(4, make, give, NULL);

	assert_int_equal(mempool_resize(pool, 2), 0);
	assert_int_equal(pool->curr_nr, 2);
	assert_int_equal(nr_given_back, 2);
	assert_int_equal(mempool_resize(pool, 6), 0);
	assert_int_equal(pool->curr_nr, 6);
	limit = 0;
	assert_int_equal(mempool_resize(pool, 8), 0); /* fills as elements come back */
	assert_int_equal(pool->curr_nr, 6);
	assert_int_equal(pool->min_nr, 8);
	assert_int_equal(mempool_resize(pool, 0), -EINVAL);
	mempool_destroy(pool);
}

static void test_creation_fails(void **state)
{
	limit = 2;
	assert_null(mempool_create(3, make, give, NULL));
	assert_int_equal(nr_given_back, 2);
}

static void test_kinds(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("things", 100, 0, 0, NULL);
	mempool_t *slab = mempool_create_slab_pool(2, cache);
	mempool_t *bytes = mempool_create_kmalloc_pool(2, 300);
	mempool_t *pages = mempool_create_page_pool(2, 1);
	void *a = mempool_alloc(slab, GFP_KERNEL), *b = mempool_alloc(bytes, GFP_KERNEL);
	struct page *c = mempool_alloc(pages, GFP_KERNEL), *d;

	memset(a, 1, 100);
	memset(b, 1, 300);
	memset(page_address(c), 1, 8192);
	assert_true(ksize(b) >= 300);
	d = mempool_alloc_preallocated(pages);
	assert_non_null(d);
	mempool_free(d, pages);
	mempool_free(a, slab);
	mempool_free(b, bytes);
	mempool_free(c, pages);
	mempool_destroy(slab);
	mempool_destroy(bytes);
	mempool_destroy(pages);
	kmem_cache_destroy(cache);
}

static void test_zero_is_refused(void **state)
{
	mempool_t *pool = mempool_create(1, make, give, NULL);

	assert_non_null(mempool_alloc(pool, GFP_KERNEL | __GFP_ZERO));
	assert_int_equal(last_gfp & __GFP_ZERO, 0);
	assert_said(&pm, "__GFP_ZERO");
	mempool_destroy(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_reserve_comes_last, fresh),
		cmocka_unit_test_setup(test_empty, fresh),
		cmocka_unit_test_setup(test_resize, fresh),
		cmocka_unit_test_setup(test_creation_fails, fresh),
		cmocka_unit_test_setup(test_kinds, fresh),
		cmocka_unit_test_setup(test_zero_is_refused, fresh),
	};

	return cmocka_run_group_tests(tests, up, down);
}
