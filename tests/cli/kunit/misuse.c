// SPDX-License-Identifier: MIT
/* What kernels report at the level of a warning, and is an error all the same. */
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/slab.h>

#include <kunit/test.h>

static DEFINE_MUTEX(lock);
static DECLARE_RWSEM(sem);

static void wrong_cache(struct kunit *test)
{
	struct kmem_cache *a = kmem_cache_create("one", 40, 0, 0, NULL);
	struct kmem_cache *b = kmem_cache_create("other", 400, 0, 0, NULL);
	void *p = kmem_cache_alloc(a, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	kmem_cache_free(b, p);
	kmem_cache_destroy(a);
	kmem_cache_destroy(b);
}

static void no_memory(struct kunit *test)
{
	long local = 0;
	void *volatile p = &local;

	kfree(p);
}

static void not_mine(struct kunit *test)
{
	mutex_unlock(&lock);
}

static void not_read(struct kunit *test)
{
	up_read(&sem);
}

static void a_warning(struct kunit *test)
{
	pr_warn("mutex: a driver's own line\n");
}

static struct kunit_case cases[] = { KUNIT_CASE(wrong_cache), KUNIT_CASE(no_memory),
				     KUNIT_CASE(not_mine),    KUNIT_CASE(not_read),
				     KUNIT_CASE(a_warning),   {} };
static struct kunit_suite suite = { .name = "misuse", .test_cases = cases };
kunit_test_suite(suite);
