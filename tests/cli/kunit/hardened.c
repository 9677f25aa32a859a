// SPDX-License-Identifier: MIT
/* Copies to and from user memory that leave their object, and allocations that may not sleep. */
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include <kunit/test.h>

static DEFINE_SPINLOCK(lock);

static void __user *user_page(struct kunit *test)
{
	unsigned long at =
		vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | MAP_PRIVATE, 0);

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(at));
	return (void __user *)at;
}

static void exposes(struct kunit *test)
{
	char *p = kunit_kmalloc(test, 40, GFP_KERNEL);

	KUNIT_EXPECT_EQ(test, copy_to_user(user_page(test), p, 200), 0ul);
}

static void overwrites(struct kunit *test)
{
	char *p = kunit_kmalloc(test, 40, GFP_KERNEL);

	KUNIT_EXPECT_EQ(test, copy_from_user(p + 8, user_page(test), 64), 0ul);
}

static void outside_the_part(struct kunit *test)
{
	struct kmem_cache *s = kmem_cache_create_usercopy("uc", 128, 0, 0, 0, 16, NULL);
	char *p = kmem_cache_alloc(s, GFP_KERNEL);
	volatile size_t n = 16;

	KUNIT_EXPECT_EQ(test, copy_to_user(user_page(test), p, n), 0ul);
	KUNIT_EXPECT_EQ(test, copy_to_user(user_page(test), p + 64, n), 0ul);
}

static void within(struct kunit *test)
{
	struct kmem_cache *s = kmem_cache_create_usercopy("uc", 128, 0, 0, 8, 16, NULL);
	char *p = kmem_cache_alloc(s, GFP_KERNEL), *large = kvmalloc(10000, GFP_KERNEL);
	void __user *user = user_page(test);
	volatile size_t n = 16;

	KUNIT_EXPECT_EQ(test, copy_to_user(user, p + 8, n), 0ul);
	KUNIT_EXPECT_EQ(test, copy_from_user(p + 64, user, 64), 0ul); /* a size Linux trusts */
	KUNIT_EXPECT_EQ(test, put_user(p[64], (char __user *)user), 0);
	KUNIT_EXPECT_EQ(test, copy_from_user(large + 9000, user, n), 0ul);
	kvfree(large);
	kmem_cache_free(s, p);
	kmem_cache_destroy(s);
}

static void *volatile kept;

static void sleeps(struct kunit *test)
{
	spin_lock(&lock);
	kept = kmalloc(32, GFP_KERNEL); /* here */
	spin_unlock(&lock);
	kfree(kept);
}

static void sleeps_in_an_api(struct kunit *test)
{
	mempool_t *pool = mempool_create_kmalloc_pool(1, 32);
	void *p;

	preempt_disable();
	p = mempool_alloc(pool, GFP_KERNEL);
	preempt_enable();
	mempool_free(p, pool);
	mempool_destroy(pool);
}

static void does_not_sleep(struct kunit *test)
{
	spin_lock(&lock);
	kept = kmalloc(32, GFP_ATOMIC);
	kfree(kept);
	kept = kmalloc(32, GFP_NOWAIT);
	spin_unlock(&lock);
	kfree(kept);
	kfree(kmalloc(32, GFP_KERNEL));
}

static struct kunit_case cases[] = { KUNIT_CASE(exposes),	   KUNIT_CASE(overwrites),
				     KUNIT_CASE(outside_the_part), KUNIT_CASE(within),
				     KUNIT_CASE(sleeps),	   KUNIT_CASE(sleeps_in_an_api),
				     KUNIT_CASE(does_not_sleep),   {} };
static struct kunit_suite suite = { .name = "hardened", .test_cases = cases };
kunit_test_suite(suite);
