/* SPDX-License-Identifier: MIT */
/*
 * test_slab_rooms.c - what the library needs for itself is nobody's leak; large requests.
 *
 * Claims: after everything was given back the leak list is empty, whichever rooms came up meanwhile
 * and however free lists are ordered. A large request passes the pages' fault point alone, and one
 * that is larger than any is told, unless the caller wants no warning.
 */
#include "debug_cache.h"

#include <quire/fault.h>
#include <quire/fs.h>
#include <quire/gfp.h>
#include <quire/slab.h>
#include <quire/vm.h>
#include <quire/vmalloc.h>
#include <quire/xarray.h>

static void use_rooms(void)
{
	struct kmem_cache *s = kmem_cache_create("fish", 40, 0, SLAB_NO_MERGE, NULL);
	struct mm_struct *mm = quire_mm_create(NULL);
	struct xarray xa;

	xa_init(&xa);
	vfree(vmalloc(5000));
	assert_null(xa_store(&xa, 7, &xa, GFP_KERNEL));
	xa_destroy(&xa);
	assert_non_null(mm);
	mmput(mm);
	kmem_cache_free(s, kmem_cache_alloc(s, GFP_KERNEL));
	kmem_cache_destroy(s);
}

static void leaks_are_of_others(void **state)
{
	unsigned int random;
	void *kept;

	for (random = 0; random < 2; random++) {
		page_machine_config(&pm, 64);
		pm.config.slab.debug = "FZPU";
		pm.config.slab.freelist_random = random;
		page_machine_start(&pm);
		use_rooms();
		assert_int_equal(quire_slab_leaks_report(), 0);
		kept = kmalloc(64, GFP_KERNEL);
		assert_int_equal(quire_slab_leaks_report(), 1);
		kfree(kept);
		assert_true(quire_slab_validate());
		page_machine_down(&pm);
	}
}

static void larger_than_any(void **state)
{
	debug_up("-");
	assert_null(kmalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL | __GFP_NOWARN));
	assert_null(kmalloc(~0ul, GFP_KERNEL | __GFP_NOWARN));
	assert_int_equal(pm.logged, 0);
	assert_null(kmalloc(KMALLOC_MAX_SIZE + 1, GFP_KERNEL));
	assert_said(&pm, "WARNING: ");
	debug_down();
}

static void large_is_pages(void **state)
{
	u64 objects, pages;

	debug_up("-");
	kfree(kmalloc(64, GFP_KERNEL));
	quire_fault_arm(pm.m, QUIRE_FAULT_MEMORY, ~0ull);
	kfree(kmalloc(20000, GFP_KERNEL));
	objects = quire_fault_passes(pm.m, QUIRE_FAULT_SLAB_ALLOC);
	pages = quire_fault_passes(pm.m, QUIRE_FAULT_PAGE_ALLOC);
	quire_fault_disarm(pm.m);
	assert_int_equal(objects, 0);
	assert_int_equal(pages, 1);
	debug_down();
}

/* kmalloc_trace() says what was asked for, though the cache is named. */
static void sized_by_trace(void **state)
{
	struct kmem_cache *s;
	unsigned char *p;

	debug_up("-");
	s = kmem_cache_create("sized", 32, 0, SLAB_KMALLOC | SLAB_STORE_USER | SLAB_RED_ZONE, NULL);
	p = kmalloc_trace(s, GFP_KERNEL, 18);
	count_errors(true);
	p[18] = p[19] = 0xab;
	validate_slab_cache(s);
	assert_errors(2);
	kmem_cache_free(s, p);
	p = kmalloc_node_trace(s, GFP_KERNEL, 0, 32);
	p[31] = 0xab;
	validate_slab_cache(s);
	assert_errors(0);
	kmem_cache_free(s, p);
	count_errors(false);
	kmem_cache_destroy(s);
	debug_down();
}

/* Objects behind a cut list are free, and nobody ran over anything. */
static void lost_behind_a_cut(void **state)
{
	struct kmem_cache *s;
	char *p, *q;

	debug_up("FZPU");
	s = kmem_cache_create("fish", 64, 0, SLAB_NO_MERGE, NULL);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	q = kmem_cache_alloc(s, GFP_KERNEL);
	kmem_cache_free(s, p);
	kmem_cache_free(s, q);
	*(unsigned long *)(void *)(q + s->offset) = 0x41;
	validate_slab_cache(s);
	assert_said(&pm, "Freechain corrupt");
	assert_said(&pm, "Suspect: nobody, the object is free: its slab's list was cut");
	assert_not_said(&pm, "ran over its end");
	forget(&pm);
	kmem_cache_destroy(s);
	debug_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaks_are_of_others), cmocka_unit_test(larger_than_any),
		cmocka_unit_test(large_is_pages),      cmocka_unit_test(sized_by_trace),
		cmocka_unit_test(lost_behind_a_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
