// SPDX-License-Identifier: MIT
/* What cases keep of what the suite has already: objects of one helper, and caches. */
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include <kunit/test.h>

static void *kept[3], *lost;
static struct kmem_cache *early, *made;

/* All allocate here: the place is the same, the way to it is not. */
static noinline void *my_alloc(size_t bytes)
{
	void *p = kmalloc(bytes, GFP_KERNEL);

	barrier();
	return p;
}

static int begin(struct kunit_suite *suite)
{
	int i;

	for (i = 0; i < 3; i++) {
		kept[i] = my_alloc(40);
		barrier();
	}
	early = kmem_cache_create("early", 72, 0, 0, NULL);
	return early ? 0 : -ENOMEM;
}

static void end(struct kunit_suite *suite)
{
	int i;

	for (i = 0; i < 3; i++)
		kfree(kept[i]);
	if (lost)
		kmem_cache_free(early, lost);
	kmem_cache_destroy(early);
}

static void leaks_by_helper(struct kunit *test)
{
	my_alloc(40);
	barrier();
}

static void leaks_twice_by_helper(struct kunit *test)
{
	my_alloc(40);
	barrier();
	my_alloc(40);
	barrier();
}

static void replaces(struct kunit *test)
{
	kfree(kept[1]);
	kept[1] = my_alloc(40);
	barrier();
}

static noinline struct kmem_cache *make(const char *name)
{
	struct kmem_cache *s = kmem_cache_create(name, 200, 0, 0, NULL);

	barrier();
	return s;
}

static void keeps_a_cache(struct kunit *test)
{
	made = make("mydrv");
	KUNIT_EXPECT_NOT_NULL(test, made);
}

static void keeps_two_caches(struct kunit *test)
{
	made = make("first");
	lost = kmem_cache_alloc(early, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, lost);
	made = make("second");
}

/* Kinds of memory whose caches come up with their first use, and caches that go again. */
static void keeps_none(struct kunit *test)
{
	static const gfp_t kinds[] = { GFP_KERNEL | GFP_DMA, GFP_KERNEL_ACCOUNT,
				       GFP_KERNEL | __GFP_RECLAIMABLE };
	DEFINE_XARRAY(xa);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		kfree(kmalloc(5, kinds[i]));
	for (i = 0; i < 200; i++)
		xa_store(&xa, i * 77, xa_mk_value(i), GFP_KERNEL);
	xa_destroy(&xa);
	vfree(vmalloc(10000));
	for (i = 0; i < 3; i++) {
		made = make(i == 1 ? "a cache with a rather long name" : "again");
		KUNIT_ASSERT_NOT_NULL(test, made);
		kmem_cache_free(made, kmem_cache_alloc(made, GFP_KERNEL));
		kmem_cache_destroy(made);
	}
}

static void forgets_its_cache(struct kunit *test)
{
	void *thing;

	made = make("mydrv");
	if (!made)
		return;
	thing = kmalloc(3000, GFP_KERNEL);
	if (!thing)
		return;
	kfree(thing);
	kmem_cache_destroy(made);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(leaks_by_helper),   KUNIT_CASE(leaks_twice_by_helper),
	KUNIT_CASE(replaces),	       KUNIT_CASE(keeps_a_cache),
	KUNIT_CASE(keeps_two_caches),  KUNIT_CASE(keeps_none),
	KUNIT_CASE(forgets_its_cache), {}
};
static struct kunit_suite suite = {
	.name = "kept", .suite_init = begin, .suite_exit = end, .test_cases = cases
};
kunit_test_suite(suite);
