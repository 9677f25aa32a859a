/* SPDX-License-Identifier: MIT */
/*
 * test_slab_misuse.c - what a caller does wrong: each report says who called, and nothing is
 * damaged by it. See also test_slab_abort.c.
 */
#include "debug_cache.h"

#include <quire/vmstat.h>

#include "slab/slub.h"

/* Behind each title: who, and the stack. */
#define BY(name) "Called from " name "+0x*", TRACE

static void up(enum quire_slab_backend backend, const char *debug)
{
	page_machine_config(&pm, 64);
	pm.config.slab.backend = backend;
	pm.config.slab.debug = debug;
	page_machine_start(&pm);
	kfree(kmalloc(8, GFP_KERNEL));
	assert_string_equal(pm.log, "");
}

static void down(void)
{
	assert_true(quire_slab_validate());
	assert_string_equal(pm.log, "");
	page_machine_down(&pm);
}

static long large_pages(void)
{
	return (long)node_page_state(quire_pgdat(pm.m, 0), NR_SLAB_UNRECLAIMABLE_B);
}

#define FOR_EACH_WAY(w)                            \
	static const struct {                      \
		enum quire_slab_backend backend;   \
		const char *debug;                 \
	} ways_[] = { { QUIRE_SLAB_SLUB, NULL },   \
		      { QUIRE_SLAB_SLUB, "FZPU" }, \
		      { QUIRE_SLAB_SLAB, NULL },   \
		      { QUIRE_SLAB_SLOB, NULL } }, \
	  *w;                                      \
	for (w = ways_; w < ways_ + sizeof(ways_) / sizeof(ways_[0]); w++)

static void who_freed(void **state)
{
	struct kmem_cache *s;
	char here[64], *p;

	FOR_EACH_WAY(w)
	{
		up(w->backend, w->debug);
		s = fish(64, SLAB_NO_MERGE);
		kfree(here);
		assert_lines("kfree: * is not memory of this machine's kmalloc()", BY("who_freed"));
		kmem_cache_free(s, here);
		assert_lines("virt_to_cache: Object is not a Slab page!", BY("who_freed"));
		p = kmalloc(20000, GFP_KERNEL);
		kfree(p + 4096);
		assert_lines("kfree: * is neither an object nor the start of a large one",
			     BY("who_freed"));
		kfree(p);
		kfree(p);
		assert_lines("kfree: * is neither an object nor the start of a large one",
			     BY("who_freed"));
		kmem_cache_destroy(s);
		down();
	}
}

static void who_freed_to_the_wrong_cache(void **state)
{
	struct kmem_cache *s, *t;

	up(QUIRE_SLAB_SLUB, NULL);
	s = fish(64, SLAB_NO_MERGE);
	t = kmem_cache_create("bird", 64, 0, SLAB_NO_MERGE, NULL);
	kmem_cache_free(t, kmem_cache_alloc(s, GFP_KERNEL));
	assert_lines("cache_from_obj: Wrong slab cache. bird but object is from fish",
		     " slab fish start *", BY("who_freed_to_the_wrong_cache"));
	kmem_cache_destroy(s);
	kmem_cache_destroy(t);
	down();
}

/* A page of the page allocator's: freed, and told; it was never counted. */
static void page_to_kfree(void **state)
{
	struct page *page;
	long large;
	void *p;

	FOR_EACH_WAY(w)
	{
		up(w->backend, w->debug);
		large = large_pages();
		page = alloc_page(GFP_KERNEL);
		kfree(page_address(page));
		assert_lines("kfree: * is a page that kmalloc() did not give; it is freed",
			     BY("page_to_kfree"));
		assert_int_equal(large_pages(), large);
		assert_int_equal(page_ref_count(page), 0);
		/* But one that kmalloc_large() gave. */
		p = kmalloc_large(100, GFP_KERNEL);
		assert_int_equal(large_pages(), large + 1);
		assert_int_equal(ksize(p), 4096);
		kfree(p);
		assert_int_equal(large_pages(), large);
		kfree(kmalloc(30000, GFP_KERNEL));
		assert_int_equal(large_pages(), large);
		down();
	}
}

static void size_of_foreign(void **state)
{
	char here[64], *p, *page;

	memset(here, 1, sizeof(here));
	FOR_EACH_WAY(w)
	{
		up(w->backend, w->debug);
		p = kmalloc(20000, GFP_KERNEL);
		page = page_address(alloc_page(GFP_KERNEL));
		assert_int_equal(ksize(here), 0);
		assert_lines("BUG: ksize() of *", BY("size_of_foreign"));
		assert_int_equal(__ksize(p + 4096), 0);
		assert_lines("BUG: ksize() of *", BY("size_of_foreign"));
		assert_int_equal(ksize(page), 0);
		assert_lines("BUG: ksize() of *", BY("size_of_foreign"));
		assert_null(krealloc(here, 8, GFP_KERNEL));
		assert_lines("BUG: krealloc() of *", BY("size_of_foreign"));
		kfree_sensitive(here);
		assert_lines("BUG: kfree_sensitive() of *", BY("size_of_foreign"));
		assert_int_equal(here[0], 1);
		assert_int_equal(ksize(NULL), 0);
		assert_int_equal(ksize(ZERO_SIZE_PTR), 0);
		kfree_sensitive(NULL);
		free_pages((unsigned long)page, 0);
		kfree(p);
		down();
	}
}

/* Freed objects are nobody's to grow. */
static void size_of_freed(void **state)
{
	static const char *const options[] = { "FZPU", "F", "Z", "FZ", "FPU", NULL };
	static const char *const report[] = {
		RULE_EQUAL, "BUG kmalloc-64 (Not tainted): Object already free",
		RULE_MINUS, "",
		"...",	    " </TASK>",
		NULL
	};
	unsigned char before[64], *p, *q;
	int i;

	for (i = 0; options[i]; i++) {
		up(QUIRE_SLAB_SLUB, options[i]);
		q = kmalloc(50, GFP_KERNEL);
		p = kmalloc(50, GFP_KERNEL);
		assert_non_null(q);
		kfree(p);
		memcpy(before, p, 64);
		assert_int_equal(ksize(p), 0);
		assert_log(report, __LINE__);
		assert_null(krealloc(p, 10, GFP_KERNEL));
		assert_log(report, __LINE__);
		assert_null(krealloc(p, 100, GFP_KERNEL));
		assert_log(report, __LINE__);
		kfree_sensitive(p);
		assert_log(report, __LINE__);
		assert_memory_equal(before, p, 64);
		/* One that somebody has. */
		assert_int_equal(ksize(q), 64);
		kfree(q);
		assert_string_equal(pm.log, "");
		down();
	}
}

static void size_of_the_inside(void **state)
{
	char *p;

	up(QUIRE_SLAB_SLUB, "FZPU");
	p = kmalloc(50, GFP_KERNEL);
	assert_int_equal(ksize(p + 8), 0);
	assert_lines(RULE_EQUAL, "BUG kmalloc-64 (Not tainted): Invalid object pointer 0x*",
		     RULE_MINUS, "", "...", " </TASK>");
	kfree(p);
	down();
}

/* SLOB: a block that comes to a cache without objects stays whose it is; nothing counts below 0. */
static void slob_counts(void **state)
{
	struct kmem_cache *s, *t;
	void *p;

	up(QUIRE_SLAB_SLOB, NULL);
	s = fish(64, 0);
	t = kmem_cache_create("bird", 64, 0, 0, NULL);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	kmem_cache_free(t, p);
	assert_lines("BUG bird (SLOB): free of 0x*, but none of its objects is in use",
		     BY("slob_counts"));
	kmem_cache_destroy(t);
	assert_string_equal(pm.log, "");
	assert_int_equal(quire_slab_live(s), 1);
	kmem_cache_free(s, p);
	kmem_cache_destroy(s);
	down();
}

/*
 * SLAB: freed twice with another free between, which only SLAB_CONSISTENCY_CHECKS would see. When
 * the array goes back, the slab takes one of the two.
 */
static void slab_counts(void **state)
{
	static const unsigned int sizes[] = { 8, 64, 256, 1024, 4096 };
	struct quire_slabinfo info;
	struct kmem_cache *s;
	void *p[3];
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		up(QUIRE_SLAB_SLAB, NULL);
		s = fish(sizes[i], SLAB_NO_MERGE);
		p[0] = kmem_cache_alloc(s, GFP_KERNEL);
		p[1] = kmem_cache_alloc(s, GFP_KERNEL);
		kmem_cache_free(s, p[0]);
		kmem_cache_free(s, p[1]);
		kmem_cache_free(s, p[0]);
		assert_string_equal(pm.log, "");
		kmem_cache_shrink(s);
		assert_lines("BUG fish (SLAB): double free detected, objp *", TRACE);
		quire_slabinfo(s, &info);
		assert_int_equal(info.active_objs, 0);
		assert_true(quire_slab_validate());
		p[0] = kmem_cache_alloc(s, GFP_KERNEL);
		p[1] = kmem_cache_alloc(s, GFP_KERNEL);
		assert_true(p[0] != p[1]);
		kmem_cache_free(s, p[0]);
		kmem_cache_free(s, p[1]);
		kmem_cache_destroy(s);
		down();
	}
}

static void slab_tells_who(void **state)
{
	struct kmem_cache *s;
	char *p, *q;

	up(QUIRE_SLAB_SLAB, NULL);
	s = kmem_cache_create("fish", 64, 0, SLAB_CONSISTENCY_CHECKS | SLAB_NO_MERGE, NULL);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	q = kmem_cache_alloc(s, GFP_KERNEL);
	kmem_cache_free(s, p + 8);
	assert_lines("BUG fish (SLAB): free of what is no object, objp *", BY("slab_tells_who"));
	kmem_cache_free(s, p);
	kmem_cache_free(s, q);
	kmem_cache_free(s, p);
	assert_lines("BUG fish (SLAB): double free detected, objp *", BY("slab_tells_who"));
	kmem_cache_destroy(s);
	down();
}

/* Where a slab is made, or large pages are taken, and only there. */
static void flags_of_no_kmalloc(void **state)
{
	void *p, *q;

	FOR_EACH_WAY(w)
	{
		if (w->backend == QUIRE_SLAB_SLOB)
			continue;
		up(w->backend, w->debug);
		p = kmalloc(700, GFP_KERNEL | GFP_DMA32);
		assert_lines("Unexpected gfp: 0x4 (GFP_DMA32). Fixing up to gfp: 0xcc0 "
			     "(GFP_KERNEL). Fix your code!",
			     TRACE);
		q = kmalloc(700, GFP_KERNEL | GFP_DMA32);
		assert_string_equal(pm.log, "");
		kfree(q);
		kfree(p);
		p = kmalloc(1500, GFP_KERNEL | __GFP_HIGHMEM | __GFP_ZERO);
		assert_lines("Unexpected gfp: 0x2 (__GFP_HIGHMEM). Fixing up to gfp: 0xdc0 "
			     "(GFP_KERNEL|__GFP_ZERO). Fix your code!",
			     TRACE);
		kfree(p);
		p = kmalloc(30000, GFP_KERNEL | __GFP_HIGHMEM);
		assert_lines("Unexpected gfp: 0x2 (__GFP_HIGHMEM). Fixing up to gfp: 0xcc0 "
			     "(GFP_KERNEL). Fix your code!",
			     TRACE);
		kfree(p);
		down();
	}
}

static void construct(void *object)
{
	memset(object, 1, 64);
}

static void zeros_for_a_constructor(void **state)
{
	struct kmem_cache *s;

	FOR_EACH_WAY(w)
	{
		up(w->backend, w->debug);
		s = kmem_cache_create("fish", 64, 0, 0, construct);
		kmem_cache_free(s, kmem_cache_alloc(s, GFP_KERNEL | __GFP_ZERO));
		assert_lines("------------[ cut here ]------------",
			     "__GFP_ZERO asked of cache fish, whose objects a constructor fills",
			     "WARNING: CPU: 0 PID: 7 at mm/sl*.c new_slab",
			     "Modules linked in:", TRACE, "---[ end trace 0000000000000000 ]---");
		kmem_cache_destroy(s);
		s = kmem_cache_create("fish", 64, 0, 0, construct);
		kmem_cache_free(s, kmem_cache_alloc(s, GFP_KERNEL | __GFP_ZERO));
		assert_string_equal(pm.log, ""); /* once a machine */
		kmem_cache_destroy(s);
		down();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_freed),
		cmocka_unit_test(who_freed_to_the_wrong_cache),
		cmocka_unit_test(page_to_kfree),
		cmocka_unit_test(size_of_foreign),
		cmocka_unit_test(size_of_freed),
		cmocka_unit_test(size_of_the_inside),
		cmocka_unit_test(slob_counts),
		cmocka_unit_test(slab_counts),
		cmocka_unit_test(slab_tells_who),
		cmocka_unit_test(flags_of_no_kmalloc),
		cmocka_unit_test(zeros_for_a_constructor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
