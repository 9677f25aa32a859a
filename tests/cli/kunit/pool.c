// SPDX-License-Identifier: MIT
/* Pools that outlive the case: what is in their reserve is theirs, wherever it came from. */
#include <linux/mempool.h>
#include <linux/slab.h>

#include <kunit/test.h>

static struct kmem_cache *cache;
static mempool_t *of_cache, *of_size;

static void swap_elements(mempool_t *pool)
{
	void *a = mempool_alloc(pool, GFP_KERNEL), *b = mempool_alloc(pool, GFP_KERNEL);

	mempool_free(a, pool);
	mempool_free(b, pool);
}

static void swaps_objects(struct kunit *test)
{
	swap_elements(of_cache);
}

static void swaps_sizes(struct kunit *test)
{
	swap_elements(of_size);
}

static void keeps_an_element(struct kunit *test)
{
	KUNIT_EXPECT_NOT_NULL(test, mempool_alloc(of_size, GFP_KERNEL));
}

static void keeps_a_pool(struct kunit *test)
{
	KUNIT_EXPECT_NOT_NULL(test, mempool_create_kmalloc_pool(4, 40));
}

static int begin(struct kunit_suite *suite)
{
	cache = kmem_cache_create("element", 100, 0, 0, NULL);
	of_cache = mempool_create_slab_pool(4, cache);
	of_size = mempool_create_kmalloc_pool(4, 200);
	return of_cache && of_size ? 0 : -ENOMEM;
}

static void end(struct kunit_suite *suite)
{
	mempool_destroy(of_cache);
	mempool_destroy(of_size);
	kmem_cache_destroy(cache);
}

static struct kunit_case cases[] = { KUNIT_CASE(swaps_objects),
				     KUNIT_CASE(swaps_sizes),
				     KUNIT_CASE(keeps_an_element),
				     KUNIT_CASE(keeps_a_pool),
				     {} };
static struct kunit_suite suite = {
	.name = "pool", .suite_init = begin, .suite_exit = end, .test_cases = cases
};
kunit_test_suite(suite);
