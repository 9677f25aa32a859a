/* SPDX-License-Identifier: MIT */
/*
 * test_slab_shadow.c - what watched code may touch (config.vm.asan): a port that keeps the shadow
 * as a byte for each byte of the machine, and says what is open.
 *
 * Claims: an object in use is open, its bytes and no others, whatever made or resized it; a free
 * one, red zones and the rest of slabs and of large objects are closed; so are free pages. A free
 * that is refused changes nothing. Who did not ask hears nothing.
 */
#include "debug_cache.h"
#include "seeded.h"

#include <quire/gfp.h>
#include <quire/slab.h>

#include "slab/slab.h"

#define MACHINE_BYTES (64u << 20)

static unsigned char closed[MACHINE_BYTES]; /* 1: closed */
static unsigned char *linear;
static unsigned long calls;

static void shadow(void *ctx, void *map, const void *p, size_t bytes, bool open)
{
	size_t at = (size_t)((const unsigned char *)p - (unsigned char *)map);

	(void)ctx;
	linear = map;
	calls++;
	assert_true(bytes > 0 && at < MACHINE_BYTES && bytes <= MACHINE_BYTES - at);
	memset(closed + at, !open, bytes);
}

static void up(const char *options, bool asan)
{
	page_machine_config(&pm, MACHINE_BYTES >> 20);
	pm.config.slab.debug = options;
	pm.config.nr_cpus = 2;
	pm.config.vm.asan = asan;
	pm.config.vm.page_poison = true;
	pm.port.shadow = shadow;
	memset(closed, 0, sizeof(closed));
	calls = 0;
	page_machine_start(&pm);
}

static void down(void)
{
	page_machine_down(&pm);
}

/* The first of @n bytes at @p that is not as @want says; @n: none. */
static size_t first_other(const void *p, size_t n, bool want_open)
{
	size_t at = (size_t)((const unsigned char *)p - quire_this_cpu->linear), i;

	for (i = 0; i < n && closed[at + i] == !want_open; i++)
		;
	return i;
}

#define assert_open(p, n)   assert_int_equal(first_other(p, n, true), n)
#define assert_closed(p, n) assert_int_equal(first_other(p, n, false), n)

/* Of the @n bytes at @p all are open, and none before and behind. */
#define assert_owned(p, n)                                 \
	do {                                               \
		assert_open(p, n);                         \
		assert_closed((const char *)(p)-8, 8);     \
		assert_closed((const char *)(p) + (n), 8); \
	} while (0)

static void pages(void **unused)
{
	struct page *many[8] = { NULL };
	unsigned int order, i;

	up("-", true);
	for (order = 0; order < 5; order++) {
		char *p = (char *)__get_free_pages(GFP_KERNEL, order);

		assert_open(p, 4096ul << order);
		free_pages((unsigned long)p, order);
		assert_closed(p, 4096ul << order);
	}
	assert_int_equal(alloc_pages_bulk_array(GFP_KERNEL, 8, many), 8);
	for (i = 0; i < 8; i++)
		assert_open(page_address(many[i]), 4096);
	for (i = 0; i < 8; i++) {
		__free_page(many[i]);
		assert_closed(page_address(many[i]), 4096);
	}
	assert_int_equal(quire_check_free_pages(pm.m), 0);
	down();
}

/* What was never in use is closed, too: behind a block that is given out first of all. */
static void fresh_pages(void **unused)
{
	unsigned int order;
	char *p;

	for (order = 0; order < 4; order++) {
		up("-", true);
		p = (char *)__get_free_pages(GFP_KERNEL, order);
		assert_open(p, 4096ul << order);
		assert_true(!first_other(p + (4096ul << order), 1, true) ||
			    page_count(virt_to_page(p + (4096ul << order))));
		free_pages((unsigned long)p, order);
		down();
	}
	up("FZPU", true);
	p = kmalloc(16384, GFP_KERNEL);
	assert_open(p, 16384);
	assert_closed(p + 16384, 64);
	kfree(p);
	down();
}

static void sizes(void **unused)
{
	size_t n;

	up("FZPU", true);
	for (n = 1; n <= KMALLOC_MAX_CACHE_SIZE; n += n < 300 ? 1 : 97) {
		char *p = kmalloc(n, GFP_KERNEL);

		assert_owned(p, n);
		kfree(p);
		assert_closed(p, n);
		p = kzalloc(n, GFP_KERNEL);
		assert_owned(p, n);
		kfree(p);
	}
	down();
}

static void resized(void **unused)
{
	char *p, *small;
	size_t n;

	up("FZPU", true);
	p = kmalloc(20, GFP_KERNEL);
	assert_ptr_equal(krealloc(p, 31, GFP_KERNEL | __GFP_ZERO), p);
	assert_owned(p, 31);
	assert_ptr_equal(krealloc(p, 7, GFP_KERNEL), p);
	assert_owned(p, 7);
	n = ksize(p);
	assert_owned(p, n);
	small = p;
	p = krealloc(p, 500, GFP_KERNEL);
	assert_closed(small, n);
	assert_owned(p, 500);
	kfree_sensitive(p);
	assert_closed(p, 500);
	down();
}

static void large(void **unused)
{
	char *p;

	up("FZPU", true);
	p = kmalloc(9000, GFP_KERNEL);
	assert_open(p, 9000);
	assert_closed(p + 9000, 16384 - 9000);
	assert_ptr_equal(krealloc(p, 9500, GFP_KERNEL | __GFP_ZERO), p);
	assert_open(p, 9500);
	assert_closed(p + 9500, 16384 - 9500);
	assert_int_equal(ksize(p), 16384);
	assert_open(p, 16384);
	kfree_sensitive(p);
	assert_closed(p, 16384);
	p = krealloc(kmalloc(9000, GFP_KERNEL), 20000, GFP_KERNEL);
	assert_open(p, 20000);
	assert_closed(p + 20000, 32768 - 20000);
	kfree(p);
	p = kmalloc_large(4096, GFP_KERNEL);
	assert_open(p, 4096);
	kfree(p);
	assert_closed(p, 4096);
	down();
}

static unsigned int constructed;

static void construct(void *object)
{
	memset(object, 0x11, 40);
	constructed++;
}

static void kinds_of_caches(void **unused)
{
	struct kmem_cache *rcu, *built, *hard;
	char *p;

	up("FZPU", true);
	rcu = kmem_cache_create("rcu", 52, 0, SLAB_TYPESAFE_BY_RCU, NULL);
	p = kmem_cache_alloc(rcu, GFP_KERNEL);
	assert_owned(p, 52);
	kmem_cache_free(rcu, p);
	assert_owned(p, 52); /* a reader may still look */
	built = kmem_cache_create("built", 40, 0, 0, construct);
	p = kmem_cache_alloc(built, GFP_KERNEL);
	assert_true(constructed > 0);
	assert_int_equal(p[39], 0x11);
	assert_owned(p, 40);
	kmem_cache_free(built, p);
	assert_closed(p, 40);
	hard = kmem_cache_create("aligned", 100, 64, SLAB_HWCACHE_ALIGN, NULL);
	p = kmem_cache_alloc(hard, GFP_KERNEL);
	assert_owned(p, 100);
	kmem_cache_free(hard, p);
	assert_closed(p, 100);
	kmem_cache_destroy(rcu);
	rcu_barrier();
	kmem_cache_destroy(built);
	kmem_cache_destroy(hard);
	down();
}

/* The slab that a cache gives back is pages as any others. */
static void slab_comes_and_goes(void **unused)
{
	struct kmem_cache *s;
	unsigned char *slab, *p;
	void *object[64];
	size_t bytes, i;

	up("FZPU", true);
	s = kmem_cache_create("come", 700, 0, 0, NULL);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	slab = page_address(compound_head(virt_to_page(p)));
	bytes = 4096ul << compound_order(compound_head(virt_to_page(p)));
	for (i = 0; i < bytes; i++)
		assert_int_equal(first_other(slab + i, 1, true),
				 slab + i >= p && slab + i < p + 700);
	assert_int_equal(kmem_cache_alloc_bulk(s, GFP_KERNEL, 64, object), 64);
	for (i = 0; i < 64; i++)
		assert_owned(object[i], 700);
	kmem_cache_free_bulk(s, 64, object);
	kmem_cache_free(s, p);
	kmem_cache_destroy(s);
	assert_closed(slab, bytes);
	assert_int_equal(quire_check_free_pages(pm.m), 0);
	down();
}

/* Who still has the address of a freed object is to be found out: it is not handed out at once. */
static void freed_is_last(void **unused)
{
	char *p, *other[8];
	unsigned int i;

	up("FZPU", true);
	p = kmalloc(64, GFP_KERNEL);
	kfree(p);
	for (i = 0; i < 8; i++) {
		other[i] = kmalloc(64, GFP_KERNEL);
		assert_ptr_not_equal(other[i], p);
	}
	assert_closed(p, 64);
	for (i = 0; i < 8; i++)
		kfree(other[i]);
	assert_true(quire_slab_validate());
	down();
}

static void refused(void **unused)
{
	char *p;

	up("FZPU", true);
	p = kmalloc(64, GFP_KERNEL);
	kfree(p + 8);
	assert_said(&pm, "not freed");
	assert_owned(p, 64);
	kfree(p);
	forget(&pm);
	kfree(p);
	assert_said(&pm, "not freed");
	assert_closed(p - 8, 80);
	down();
}

/* With any part of the debugging; with none the caches are as they were. */
static void any_debugging(void **unused)
{
	static const char *const options[] = { "F", "Z", "P", "U", "FU", "ZP", "FZP" };
	struct kmem_cache *s;
	unsigned int i;
	char *p;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		up(options[i], true);
		s = kmem_cache_create("any", 48, 0, 0, NULL);
		p = kmem_cache_alloc(s, GFP_KERNEL | __GFP_ZERO);
		assert_open(p, ksize(p));
		kmem_cache_free(s, p);
		assert_closed(p, 48);
		kmem_cache_destroy(s);
		down();
	}
	up("-", true);
	s = kmem_cache_create("any", 48, 0, 0, NULL);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	assert_open(p, 48);
	kmem_cache_free(s, p);
	assert_open(p, 48);
	kmem_cache_destroy(s);
	down();
}

/* As a test of SLUB's debugging makes its caches. */
static void patterns_of_its_own(void **unused)
{
	static const slab_flags_t flags[] = { SLAB_RED_ZONE, SLAB_POISON };
	struct kmem_cache *s;
	unsigned int i;
	char *p;

	for (i = 0; i < 2; i++) {
		up("FZPU", true);
		s = kmem_cache_create("own", 64, 0, flags[i], NULL);
		p = kmem_cache_alloc(s, GFP_KERNEL);
		assert_open(p - 8, 80);
		kmem_cache_free(s, p);
		assert_open(p - 8, 80);
		kmem_cache_destroy(s);
		down();
	}
}

static void nobody_asked(void **unused)
{
	up("FZPU", false);
	kfree(kmalloc(64, GFP_KERNEL));
	free_page(__get_free_page(GFP_KERNEL));
	down();
	assert_int_equal(calls, 0);
}

/* Objects of random sizes come, are resized and go; what is open is theirs, all the time. */
static void at_random(void **unused)
{
	enum { SLOTS = 200 };
	struct {
		char *p;
		size_t n;
	} live[SLOTS] = { { NULL, 0 } };
	unsigned int i, k;

	seeded_begin("test_slab_shadow", 1);
	up("FZPU", true);
	for (i = 0; i < 50000; i++) {
		k = (unsigned int)seeded_below(SLOTS);
		if (live[k].p && seeded_below(3)) {
			seeded_assert(first_other(live[k].p, live[k].n, true) == live[k].n);
			kfree(live[k].p);
			seeded_assert(first_other(live[k].p, live[k].n, false) == live[k].n);
			live[k].p = NULL;
		} else {
			live[k].n = 1 + seeded_below(seeded_below(20) ? 300 : 9000);
			live[k].p = krealloc(live[k].p, live[k].n, GFP_KERNEL);
			seeded_assert(first_other(live[k].p, live[k].n, true) == live[k].n);
			if (live[k].n % 4096)
				seeded_assert(!first_other(live[k].p + live[k].n, 1, true));
		}
	}
	for (k = 0; k < SLOTS; k++) {
		if (live[k].p)
			assert_open(live[k].p, live[k].n);
		kfree(live[k].p);
	}
	assert_true(quire_slab_validate());
	down();
}

static void object_info(void **unused)
{
	struct quire_object_info o;
	char *p;

	up("FZPU", true);
	p = kmalloc(41, GFP_KERNEL);
	assert_true(quire_slab_object_info(p + 41, &o));
	assert_string_equal(o.cache, "kmalloc-64");
	assert_ptr_equal(o.object, p);
	assert_int_equal(o.size, 41);
	assert_int_equal(o.offset, 41);
	assert_int_equal(o.state, QUIRE_OBJECT_IN_USE);
	assert_true(quire_slab_object_info(p - 1, &o));
	assert_ptr_equal(o.object, p);
	assert_int_equal(o.offset, -1);
	kfree(p);
	assert_true(quire_slab_object_info(p + 3, &o));
	assert_int_equal(o.state, QUIRE_OBJECT_FREE);
	assert_int_equal(o.size, 64);
	p = kmalloc(9000, GFP_KERNEL);
	assert_false(quire_slab_object_info(p, &o));
	assert_false(quire_slab_object_info(&o, &o));
	kfree(p);
	down();
	up("U", true);
	p = kmalloc(41, GFP_KERNEL);
	assert_true(quire_slab_object_info(p, &o));
	assert_int_equal(o.state, QUIRE_OBJECT_UNKNOWN);
	kfree(p);
	down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fresh_pages),
		cmocka_unit_test(pages),
		cmocka_unit_test(sizes),
		cmocka_unit_test(resized),
		cmocka_unit_test(large),
		cmocka_unit_test(kinds_of_caches),
		cmocka_unit_test(slab_comes_and_goes),
		cmocka_unit_test(freed_is_last),
		cmocka_unit_test(refused),
		cmocka_unit_test(any_debugging),
		cmocka_unit_test(patterns_of_its_own),
		cmocka_unit_test(nobody_asked),
		cmocka_unit_test(at_random),
		cmocka_unit_test(object_info),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
