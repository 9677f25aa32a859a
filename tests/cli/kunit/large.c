// SPDX-License-Identifier: MIT
/* Requests of whole pages, which lie in no cache, kept and given back. */
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include <kunit/test.h>

static void *kept[3];

static void keeps_large(struct kunit *test)
{
	kept[0] = kmalloc(12000, GFP_KERNEL);
	kept[1] = kzalloc(30000, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, kept[0]);
	KUNIT_EXPECT_NOT_NULL(test, kept[1]);
}

static void keeps_both(struct kunit *test)
{
	kept[0] = kmalloc(64, GFP_KERNEL);
	kept[1] = kmalloc(16384, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, kept[0]);
	KUNIT_EXPECT_NOT_NULL(test, kept[1]);
}

static void gives_back(struct kunit *test)
{
	kept[0] = kmalloc(12000, GFP_KERNEL);
	kept[0] = krealloc(kept[0], 70000, GFP_KERNEL);
	kept[1] = kunit_kmalloc(test, 1 << 20, GFP_KERNEL);
	kfree(kept[0]);
}

static void gives_later(struct kunit *test)
{
	kept[0] = kmalloc(12000, GFP_KERNEL);
	kfree_rcu_mightsleep(kept[0]);
}

static void gives_caches(struct kunit *test)
{
	struct kmem_cache *s =
		kmem_cache_create("safe", 700, 0, SLAB_TYPESAFE_BY_RCU | SLAB_HWCACHE_ALIGN, NULL);
	void *at[200];
	int i;

	for (i = 0; i < 200; i++)
		at[i] = kmem_cache_alloc(s, GFP_KERNEL);
	for (i = 0; i < 200; i++)
		kmem_cache_free(s, at[i]);
	kmem_cache_shrink(s);
	kmem_cache_destroy(s);
}

static void gives_many(struct kunit *test)
{
	struct kmem_cache *s = kmem_cache_create("many", 300, 0, SLAB_RECLAIM_ACCOUNT, NULL);
	int i, k;
	void *at[300];

	for (k = 3; k < 14; k++) {
		for (i = 0; i < 300; i++)
			at[i] = i % 2 ? kmalloc(1ul << k, GFP_KERNEL)
				      : kmem_cache_alloc(s, GFP_KERNEL);
		for (i = 0; i < 300; i++) {
			if (i % 2)
				kfree(at[i]);
			else
				kmem_cache_free(s, at[i]);
		}
	}
	kmem_cache_destroy(s);
}

static void uses_freed(struct kunit *test)
{
	volatile char *p = kmalloc(16384, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, (void *)p);
	kfree((void *)p);
	p[9000] = 1;
}

static void uses_a_freed_page(struct kunit *test)
{
	unsigned long page = __get_free_page(GFP_KERNEL);

	KUNIT_ASSERT_NE(test, page, 0ul);
	free_page(page);
	*(volatile char *)page = 1;
}

static struct kunit_case cases[] = {
	KUNIT_CASE(keeps_large), KUNIT_CASE(keeps_both),	KUNIT_CASE(gives_back),
	KUNIT_CASE(gives_later), KUNIT_CASE(gives_caches),	KUNIT_CASE(gives_many),
	KUNIT_CASE(uses_freed),	 KUNIT_CASE(uses_a_freed_page), {}
};
static struct kunit_suite suite = { .name = "large", .test_cases = cases };
kunit_test_suite(suite);
