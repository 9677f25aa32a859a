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

static int up_debug(void **state)
{
	page_machine_config(&pm, 64);
	pm.config.slab.debug = "P";
	page_machine_start(&pm);
	return 0;
}

/* An element that rests is written to at byte @at; the report shows what is around. */
static void check_written(mempool_t *pool, unsigned char *bytes, size_t size, size_t at,
			  const char *shown)
{
	void *element;
	char text[64];

	forget(&pm);
	assert_int_equal(bytes[0], 0x6b);
	assert_int_equal(bytes[size - 1], 0xa5);
	bytes[at] = 0x11;
	element = mempool_alloc_preallocated(pool);
	assert_said(&pm, "BUG: mempool element poison mismatch\n");
	snprintf(text, sizeof(text), "Mempool %016lx size %zu\n", (unsigned long)pool, size);
	assert_said(&pm, text);
	assert_said(&pm, shown);
	assert_int_equal(bytes[0], 0x5a);
	assert_int_equal(bytes[at], 0x5a);
	forget(&pm);
	mempool_free(element, pool);
	assert_int_equal(bytes[at], at + 1 == size ? 0xa5 : 0x6b);
	mempool_destroy(pool);
	assert_not_said(&pm, "BUG");
}

static void test_poison(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("poisoned", 100, 0, 0, NULL);
	mempool_t *slab = mempool_create_slab_pool(1, cache);
	mempool_t *bytes = mempool_create_kmalloc_pool(1, 300);
	mempool_t *large = mempool_create_kmalloc_pool(1, 20000);
	mempool_t *pages = mempool_create_page_pool(1, 1);

	check_written(slab, slab->elements[0], 100, 0, ": 0x11 6b 6b 6b 6b 6b 6b 6b ...\n");
	check_written(bytes, bytes->elements[0], 300, 299, ": ... 0x6b 6b 6b 6b 6b 6b 6b 6b 11 \n");
	check_written(large, large->elements[0], 20000, 100,
		      ": ... 0x6b 6b 6b 6b 6b 6b 6b 6b 11 6b 6b 6b 6b 6b 6b 6b ...\n");
	check_written(pages, page_address(pages->elements[0]), 8192, 8191,
		      ": ... 0x6b 6b 6b 6b 6b 6b 6b 6b 11 \n");
	kmem_cache_destroy(cache);
}

/* A pool of elements that the room does not know, and one whose cache has no poison. */
static void test_no_poison(void **state)
{
	struct kmem_cache *cache = kmem_cache_create("plain", 100, 0, SLAB_HWCACHE_ALIGN, NULL);
	mempool_t *pool = mempool_create(1, make, give, NULL);
	char before = things[0], *element;

	mempool_destroy(pool);
	assert_int_equal(things[0], before);
	pool = mempool_create_slab_pool(1, cache);
	memset(pool->elements[0], 7, 100);
	element = mempool_alloc_preallocated(pool);
	assert_int_equal(*element, 7);
	mempool_free(element, pool);
	assert_int_equal(*element, 7);
	mempool_destroy(pool);
	assert_not_said(&pm, "BUG");
	kmem_cache_destroy(cache);
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
		cmocka_unit_test_setup(test_no_poison, fresh),
	};

	const struct CMUnitTest poisoned[] = {
		cmocka_unit_test_setup(test_poison, fresh),
	};

	return cmocka_run_group_tests(tests, up, down) +
	       cmocka_run_group_tests(poisoned, up_debug, down);
}
