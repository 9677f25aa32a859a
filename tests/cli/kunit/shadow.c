// SPDX-License-Identifier: MIT
/* What AddressSanitizer knows of the kernel's memory: one bad access a case, and none in the last.
 */
#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>

static volatile int sink;

static void reads_freed(struct kunit *test)
{
	char *p = kmalloc(40, GFP_KERNEL);

	kfree(p);
	sink = p[3];
}

static void writes_freed(struct kunit *test)
{
	char *p = kmalloc(40, GFP_KERNEL);

	kfree(p);
	kfree(kmalloc(40, GFP_KERNEL)); /* not the same object */
	p[39] = 1;
}

static void reads_behind(struct kunit *test)
{
	char *p = kmalloc(41, GFP_KERNEL);

	sink = p[41];
	kfree(p);
}

static void reads_before(struct kunit *test)
{
	char *p = kmalloc(41, GFP_KERNEL);

	sink = p[-1];
	kfree(p);
}

static void copies_beyond(struct kunit *test)
{
	char *p = kmalloc(41, GFP_KERNEL), to[64];

	memcpy(to, p, sizeof(to));
	sink = to[3];
	kfree(p);
}

static void beyond_shrunk(struct kunit *test)
{
	char *p = krealloc(kmalloc(60, GFP_KERNEL), 10, GFP_KERNEL);

	sink = p[10];
	kfree(p);
}

static void behind_large(struct kunit *test)
{
	char *p = kmalloc(9000, GFP_KERNEL);

	sink = p[9000];
	kfree(p);
}

static void behind_pages(struct kunit *test)
{
	char *p = (char *)__get_free_pages(GFP_KERNEL, 2);

	p[4 * PAGE_SIZE] = 1;
	free_pages((unsigned long)p, 2);
}

static void reads_free_page(struct kunit *test)
{
	char *p = (char *)__get_free_page(GFP_KERNEL);

	free_page((unsigned long)p);
	sink = p[100];
}

static void resized(char *p, size_t n)
{
	p = krealloc(p, n, GFP_KERNEL | __GFP_ZERO);
	p[n - 1] = 1;
	n = ksize(p);
	p[n - 1] = 1;
	kfree_sensitive(p);
}

static void is_fine(struct kunit *test)
{
	struct kmem_cache *cache = kmem_cache_create("fine", 52, 0, SLAB_TYPESAFE_BY_RCU, NULL);
	char *p = kmem_cache_alloc(cache, GFP_KERNEL);
	int i;

	p[51] = 1;
	kmem_cache_free(cache, p);
	sink = p[4]; /* as a reader may */
	kmem_cache_destroy(cache);
	resized(kzalloc(41, GFP_KERNEL), 60);
	resized(kmalloc(9000, GFP_KERNEL), 9500);
	resized(kmalloc(9000, GFP_KERNEL), 20000);
	for (i = 1; i < 2000; i++) {
		p = kmalloc(i, GFP_KERNEL);
		memset(p, i, i);
		kfree(p);
	}
	for (i = 0; i < 4; i++) {
		p = (char *)__get_free_pages(GFP_KERNEL, i);
		memset(p, 1, PAGE_SIZE << i);
		free_pages((unsigned long)p, i);
	}
}

static struct kunit_case cases[] = { KUNIT_CASE(reads_freed),
				     KUNIT_CASE(writes_freed),
				     KUNIT_CASE(reads_behind),
				     KUNIT_CASE(reads_before),
				     KUNIT_CASE(copies_beyond),
				     KUNIT_CASE(beyond_shrunk),
				     KUNIT_CASE(behind_large),
				     KUNIT_CASE(behind_pages),
				     KUNIT_CASE(reads_free_page),
				     KUNIT_CASE(is_fine),
				     {} };
static struct kunit_suite suite = { .name = "shadow", .test_cases = cases };
kunit_test_suite(suite);
