/* SPDX-License-Identifier: MIT */
/*
 * test_slob.c - what only SLOB has: packing, first fit, next fit, merging, three lists, headers,
 * and what it can and cannot notice.
 */
#include "slab_machine.h"

#include "slab/slob.h"

static const struct slab_kind one_node = { "slob", QUIRE_SLAB_SLOB, 0, 1, 2 };

static struct slab_machine sm;

static void start(void)
{
	slab_machine_config(&sm, &one_node, 64);
	slab_machine_start(&sm);
}

static struct kmem_cache *make(unsigned int size)
{
	struct kmem_cache *s = kmem_cache_create("unit", size, 0, 0, NULL);

	assert_non_null(s);
	return s;
}

static unsigned long heap_pages(void)
{
	return this_heap()->nr_pages;
}

/* Objects of all sizes and caches share pages; a page goes back with its last object. */
static void test_sharing(void **state)
{
	struct kmem_cache *a, *b;
	unsigned long before;
	void *p[100], *q[100];
	unsigned int i;

	start();
	a = make(24);
	b = make(40);
	before = heap_pages();
	for (i = 0; i < 60; i++) {
		p[i] = kmem_cache_alloc(a, GFP_KERNEL);
		q[i] = kmem_cache_alloc(b, GFP_KERNEL);
	}
	/* 60 * (24 + 40) = 3840 bytes. */
	assert_true(heap_pages() - before <= 1);
	assert_true(virt_to_slab(p[59]) == virt_to_slab(q[59]));
	for (i = 0; i < 60; i++) {
		kmem_cache_free(a, p[i]);
		kmem_cache_free(b, q[59 - i]);
		assert_slab_valid(&sm);
	}
	assert_int_equal(heap_pages(), before);
	kmem_cache_destroy(a);
	kmem_cache_destroy(b);
	slab_machine_down(&sm);
}

/* A fresh page is filled from its start, without gaps; freed neighbours become one block. */
static void test_first_fit(void **state)
{
	struct kmem_cache *s, *twice;
	struct slab *page;
	char *p[4], *q, *filler[64];
	unsigned int n = 0;

	start();
	s = make(1200);
	twice = make(2400);
	/* Pages that others left open are closed first. */
	while ((filler[n] = kmem_cache_alloc(s, GFP_KERNEL)) && ((unsigned long)filler[n] & 4095))
		n++;
	p[0] = filler[n];
	p[1] = kmem_cache_alloc(s, GFP_KERNEL);
	p[2] = kmem_cache_alloc(s, GFP_KERNEL);
	assert_true(p[1] == p[0] + 1200 && p[2] == p[1] + 1200);
	page = virt_to_slab(p[0]);
	assert_int_equal(page->units, (4096 - 3600) / 2);
	kmem_cache_free(s, p[0]);
	kmem_cache_free(s, p[1]);
	q = kmem_cache_alloc(twice, GFP_KERNEL);
	assert_ptr_equal(q, p[0]);
	kmem_cache_free(twice, q);
	kmem_cache_free(s, p[2]);
	while (n--)
		kmem_cache_free(s, filler[n]);
	assert_slab_valid(&sm);
	kmem_cache_destroy(s);
	kmem_cache_destroy(twice);
	slab_machine_down(&sm);
}

/*
 * The hint (B5) never hides a block that comes first: six objects of 600 bytes fill a page, holes
 * open and close, and requests of 1000 bytes go past those that are too small for them.
 */
static void test_hint(void **state)
{
	struct kmem_cache *s, *large;
	struct slob_hint *hint;
	char *p[6], *q, *r, *filler[64];
	unsigned int n = 0, i;

	start();
	s = make(600);
	large = make(1000);
	while ((filler[n] = kmem_cache_alloc(s, GFP_KERNEL)) && ((unsigned long)filler[n] & 4095))
		n++;
	p[0] = filler[n];
	for (i = 1; i < 6; i++) {
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
		assert_ptr_equal(p[i], p[0] + i * 600);
	}
	hint = &this_heap()->hint;
	kmem_cache_free(s, p[1]);
	kmem_cache_free(s, p[3]);
	kmem_cache_free(s, p[4]);
	for (i = 0; i < 2; i++) {
		q = kmem_cache_alloc(large, GFP_KERNEL);
		assert_ptr_equal(q, p[3]);
		assert_ptr_equal(hint->page, virt_to_slab(q));
		assert_int_equal(hint->prev, 600 / 2);
		assert_slab_valid(&sm);
		kmem_cache_free(large, q);
	}
	hint->prev++;
	assert_false(quire_slab_validate());
	assert_said(&sm.pm, "B5");
	hint->prev--;
	hint->units = 1;
	assert_false(quire_slab_validate());
	assert_said(&sm.pm, "B5");
	hint->units = 500;
	/* A request that is less than the hint's looks from the first block on. */
	r = kmem_cache_alloc(s, GFP_KERNEL);
	assert_ptr_equal(r, p[1]);
	assert_slab_valid(&sm);
	kmem_cache_free(s, r);
	/* A block before the hint's appears. */
	q = kmem_cache_alloc(large, GFP_KERNEL);
	assert_ptr_equal(q, p[3]);
	kmem_cache_free(s, p[0]);
	assert_slab_valid(&sm);
	r = kmem_cache_alloc(large, GFP_KERNEL);
	assert_ptr_equal(r, p[0]);
	kmem_cache_free(large, r);
	assert_ptr_equal(kmem_cache_alloc(s, GFP_KERNEL), p[0]);
	kmem_cache_free(large, q);
	/* The hint's grows. */
	q = kmem_cache_alloc(large, GFP_KERNEL);
	assert_ptr_equal(q, p[3]);
	assert_int_equal(hint->prev, 600 / 2);
	kmem_cache_free(s, p[2]);
	assert_slab_valid(&sm);
	r = kmem_cache_alloc(large, GFP_KERNEL);
	assert_ptr_equal(r, p[1]);
	kmem_cache_free(large, r);
	kmem_cache_free(large, q);
	kmem_cache_free(s, p[5]);
	kmem_cache_free(s, p[0]);
	while (n--)
		kmem_cache_free(s, filler[n]);
	assert_slab_valid(&sm);
	kmem_cache_destroy(s);
	kmem_cache_destroy(large);
	slab_machine_down(&sm);
}

/* What precedes an aligned object of a fresh page is the hint, and goes with that page. */
static void test_hint_goes_with_its_page(void **state)
{
	struct slob_hint *hint;
	void *filler[64];
	unsigned int n = 0;

	start();
	do {
		assert_true(n < ARRAY_SIZE(filler));
		filler[n] = kmalloc(512, GFP_KERNEL);
		assert_non_null(filler[n]);
	} while ((unsigned long)filler[n++] % 4096 != 512);
	hint = &this_heap()->hint;
	assert_ptr_equal(hint->page, virt_to_slab(filler[n - 1]));
	assert_int_equal(hint->prev, 0);
	assert_slab_valid(&sm);
	kfree(filler[--n]);
	assert_null(hint->page);
	while (n--)
		kfree(filler[n]);
	assert_slab_valid(&sm);
	slab_machine_down(&sm);
}

/* Small, medium and large requests look at lists of their own. */
static void test_lists(void **state)
{
	struct kmem_cache *small, *medium, *large;
	void *a, *b, *c;

	start();
	small = make(200);
	medium = make(600);
	large = make(1500);
	a = kmem_cache_alloc(small, GFP_KERNEL);
	b = kmem_cache_alloc(medium, GFP_KERNEL);
	c = kmem_cache_alloc(large, GFP_KERNEL);
	assert_true(virt_to_slab(a) != virt_to_slab(b) && virt_to_slab(b) != virt_to_slab(c) &&
		    virt_to_slab(a) != virt_to_slab(c));
	kmem_cache_free(small, a);
	kmem_cache_free(medium, b);
	kmem_cache_free(large, c);
	kmem_cache_destroy(small);
	kmem_cache_destroy(medium);
	kmem_cache_destroy(large);
	slab_machine_down(&sm);
}

/* The page that served last is the first to be asked. */
static void test_next_fit(void **state)
{
	struct kmem_cache *s;
	void *p[9], *q;
	unsigned int i;

	start();
	s = make(1300);
	/* Three to a page. */
	for (i = 0; i < 9; i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
	for (i = 0; i < 9; i += 3)
		kmem_cache_free(s, p[i + 1]);
	q = kmem_cache_alloc(s, GFP_KERNEL);
	assert_int_equal(list_is_first(&virt_to_slab(q)->slab_list, &this_heap()->lists[2]) ||
				 !virt_to_slab(q)->units,
			 1);
	kmem_cache_free(s, q);
	for (i = 0; i < 9; i++)
		if (i % 3 != 1)
			kmem_cache_free(s, p[i]);
	kmem_cache_destroy(s);
	slab_machine_down(&sm);
}

static void test_headers(void **state)
{
	struct slob_header_view {
		u32 size, mark;
	} * h;
	char *p, *q;

	start();
	p = kmalloc(100, GFP_KERNEL);
	h = (struct slob_header_view *)(void *)(p - SLOB_HEADER);
	assert_int_equal(h->size, 104);
	assert_int_equal(ksize(p), 104);
	assert_int_equal(kmalloc_size_roundup(100), 104);
	/* With its header it does not fit into a page. */
	q = kmalloc(4092, GFP_KERNEL);
	assert_int_equal((unsigned long)q & 4095, 0);
	assert_int_equal(ksize(q), 4096);
	kfree(q);
	kfree(p);
	forget(&sm.pm);
	kfree(p);
	assert_said(&sm.pm, "is free already");
	p = kmalloc(64, GFP_KERNEL);
	kfree(p + 8);
	assert_int_equal(said(&sm.pm, "BUG slob: kfree()"), 2);
	kfree(p);
	assert_slab_valid(&sm);
	slab_machine_down(&sm);
}

static void test_freed_twice(void **state)
{
	struct kmem_cache *s, *rcu;
	char *p[3];
	unsigned int i;

	start();
	s = make(80);
	for (i = 0; i < 3; i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
	kmem_cache_free(s, p[0]);
	kmem_cache_free(s, p[1]);
	forget(&sm.pm);
	kmem_cache_free(s, p[0]);
	kmem_cache_free(s, p[1]);
	assert_int_equal(said(&sm.pm, "80 bytes at"), 2);
	assert_slab_valid(&sm);
	kmem_cache_free(s, p[2]);
	kmem_cache_destroy(s);
	rcu = kmem_cache_create("rcu", 80, 0, SLAB_TYPESAFE_BY_RCU, NULL);
	p[0] = kmem_cache_alloc(rcu, GFP_KERNEL);
	rcu_read_lock();
	kmem_cache_free(rcu, p[0]);
	kmem_cache_free(rcu, p[0]);
	rcu_read_unlock();
	assert_said(&sm.pm, "double free");
	kmem_cache_destroy(rcu);
	slab_machine_down(&sm);
}

static void test_validator(void **state)
{
	struct kmem_cache *s;
	struct slab *page;
	void *p;

	start();
	s = make(600);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	page = virt_to_slab(p);
	page->units--;
	assert_false(quire_slab_validate());
	assert_said(&sm.pm, "B2");
	page->units++;
	assert_slab_valid(&sm);
	kmem_cache_free(s, p);
	kmem_cache_destroy(s);
	slab_machine_down(&sm);
}

/* init_on_free clears what was freed: not what a refused free pointed to, nor what lies behind. */
static void test_refused_and_not_wiped(void **state)
{
	unsigned char *p, *k;
	struct kmem_cache *s;
	unsigned int i;

	(void)state;
	slab_machine_config(&sm, &one_node, 64);
	sm.pm.config.vm.init_on_free = true;
	slab_machine_start(&sm);
	s = make(8192);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	k = kmalloc(8192, GFP_KERNEL);
	memset(p, 0x55, 8192);
	memset(k, 0x55, 8192);
	kmem_cache_free(s, p + 64);
	kfree(k + 64);
	assert_int_equal(said(&sm.pm, "inside an object"), 2);
	for (i = 0; i < 8192; i++)
		assert_true(p[i] == 0x55 && k[i] == 0x55);
	kmem_cache_free(s, p);
	kfree(k);
	k = kmalloc(100, GFP_KERNEL);
	memset(k, 0x55, 100);
	kfree(k + 8);
	for (i = 0; i < 100; i++)
		assert_int_equal(k[i], 0x55);
	kfree(k);
	kmem_cache_destroy(s);
	s = make(80);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	k = kmem_cache_alloc(s, GFP_KERNEL);
	memset(p, 0x55, 80);
	kmem_cache_free(s, p);
	for (i = 8; i < 80; i++)
		assert_int_equal(p[i], 0);
	kmem_cache_free(s, p);
	assert_said(&sm.pm, "80 bytes at");
	assert_slab_valid(&sm);
	kmem_cache_free(s, k);
	kmem_cache_destroy(s);
	slab_machine_down(&sm);
}

/* slub_debug= asks for what it has not: told once. */
static void test_options(void **state)
{
	struct kmem_cache *s;

	slab_machine_config(&sm, &one_node, 64);
	sm.pm.config.slab.debug = "FZPU";
	slab_machine_start(&sm);
	s = make(100);
	assert_int_equal(s->flags & (SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER), 0);
	kmem_cache_free(s, kmem_cache_alloc(s, GFP_KERNEL));
	kmem_cache_destroy(s);
	assert_int_equal(said(&sm.pm, "SLOB: no red zones, poison, owners and traces"), 1);
	slab_machine_down(&sm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sharing),	  cmocka_unit_test(test_first_fit),
		cmocka_unit_test(test_hint),	  cmocka_unit_test(test_hint_goes_with_its_page),
		cmocka_unit_test(test_lists),	  cmocka_unit_test(test_next_fit),
		cmocka_unit_test(test_headers),	  cmocka_unit_test(test_freed_twice),
		cmocka_unit_test(test_validator), cmocka_unit_test(test_refused_and_not_wiped),
		cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
