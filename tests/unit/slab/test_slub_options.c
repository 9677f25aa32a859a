/* SPDX-License-Identifier: MIT */
/*
 * test_slub_options.c - slub_debug=: letters, blocks, names; at run time; caches that are spared.
 */
#include "debug_cache.h"

/* The debugging flags a cache of this name gets with these options. */
static slab_flags_t flags_with(const char *options, const char *name, slab_flags_t flags)
{
	struct kmem_cache *s;
	slab_flags_t got;

	assert_int_equal(quire_slub_debug(options), 0);
	s = kmem_cache_create(name, 64, 0, flags | SLAB_NO_MERGE, NULL);
	got = s->flags & (SLAB_DEBUG_FLAGS | SLAB_FAILSLAB);
	kmem_cache_destroy(s);
	return got;
}

static void letters(void **state)
{
	debug_up(NULL);
	assert_int_equal(flags_with("F", "fish", 0), SLAB_CONSISTENCY_CHECKS);
	assert_int_equal(flags_with("z", "fish", 0), SLAB_RED_ZONE);
	assert_int_equal(flags_with("PU", "fish", 0), SLAB_POISON | SLAB_STORE_USER);
	assert_int_equal(flags_with("FZPUTA", "fish", 0), DEBUG_ALL | SLAB_TRACE | SLAB_FAILSLAB);
	assert_int_equal(flags_with("FZ-", "fish", 0), 0);
	assert_int_equal(flags_with("-", "fish", 0), 0);
	assert_int_equal(flags_with(NULL, "fish", 0), 0);
	assert_int_equal(flags_with("Z", "fish", SLAB_POISON), SLAB_RED_ZONE | SLAB_POISON);
	debug_down();
}

static void names(void **state)
{
	debug_up(NULL);
	assert_int_equal(flags_with(",fish", "fish", 0), DEBUG_ALL);
	assert_int_equal(flags_with(",fish", "fishes", 0), 0);
	assert_int_equal(flags_with("Z,fish*", "fishes", 0), SLAB_RED_ZONE);
	assert_int_equal(flags_with("Z,*sh", "fish", 0), SLAB_RED_ZONE);
	assert_int_equal(flags_with("Z,f*s*", "fish", 0), SLAB_RED_ZONE);
	assert_int_equal(flags_with("Z,f*s", "fish", 0), 0);
	assert_int_equal(flags_with("Z,bird,fish", "fish", 0), SLAB_RED_ZONE);
	assert_int_equal(flags_with("Z,bird", "fish", 0), 0);
	assert_int_equal(flags_with("Z,,bird", "fish", 0), 0);
	debug_down();
}

static void blocks(void **state)
{
	debug_up(NULL);
	assert_int_equal(flags_with("FZ,fish;U", "fish", 0),
			 SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE);
	assert_int_equal(flags_with("FZ,fish;U", "bird", 0), SLAB_STORE_USER);
	assert_int_equal(flags_with("U;FZ,fish", "fish", 0),
			 SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE);
	assert_int_equal(flags_with("Z,a;P,fish;U,fish", "fish", 0), SLAB_POISON);
	assert_int_equal(flags_with("P;-,fish", "fish", 0), 0);
	assert_int_equal(flags_with("P;-,fish", "bird", 0), SLAB_POISON);
	debug_down();
}

/* Between, before and behind semicolons: no block. No text at all is Linux's "slub_debug". */
static void empty_blocks(void **state)
{
	debug_up(NULL);
	assert_int_equal(flags_with("FZ;", "fish", 0), SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE);
	assert_int_equal(flags_with("FZ,fish;", "fish", 0),
			 SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE);
	assert_int_equal(flags_with("FZ,fish;", "bird", 0), 0);
	assert_int_equal(flags_with("FZ,fish;;U,bird*", "cat", 0), 0);
	assert_int_equal(flags_with("FZ,fish;;U,bird*", "birds", 0), SLAB_STORE_USER);
	assert_int_equal(flags_with(";;P;;", "fish", 0), SLAB_POISON);
	assert_int_equal(flags_with("P;,fish", "fish", 0), DEBUG_ALL);
	assert_int_equal(flags_with(";", "fish", 0), 0);
	assert_int_equal(flags_with("", "fish", 0), DEBUG_ALL);
	debug_down();
	debug_up("");
	assert_int_equal(fish(64, 0)->flags & SLAB_DEBUG_FLAGS, DEBUG_ALL);
	debug_down();
	debug_up(NULL);
	assert_int_equal(fish(64, SLAB_NO_MERGE)->flags & SLAB_DEBUG_FLAGS, 0);
	debug_down();
}

static void spared(void **state)
{
	debug_up(NULL);
	assert_int_equal(flags_with("FZPU", "fish", SLAB_NO_USER_FLAGS), 0);
	assert_int_equal(flags_with("FZPU", "fish", SLAB_NO_USER_FLAGS | SLAB_POISON), SLAB_POISON);
	assert_int_equal(flags_with("ZU", "fish", SLAB_NOLEAKTRACE), SLAB_RED_ZONE);
	assert_int_equal(flags_with("ZU,fish", "fish", SLAB_NOLEAKTRACE),
			 SLAB_RED_ZONE | SLAB_STORE_USER);
	debug_down();
}

/* 'O': what would need larger slabs stays as it is. */
static void low_order(void **state)
{
	struct kmem_cache *s;

	debug_up("FZPUO");
	s = kmem_cache_create("page", 4096, 0, 0, NULL);
	assert_int_equal(s->flags & SLAB_DEBUG_FLAGS, SLAB_CONSISTENCY_CHECKS);
	assert_int_equal(s->size, 4096);
	kmem_cache_free(s, catch_one(s));
	kmem_cache_destroy(s);
	s = kmem_cache_create("small", 100, 0, 0, NULL);
	assert_int_equal(s->flags & SLAB_DEBUG_FLAGS, DEBUG_ALL);
	kmem_cache_destroy(s);
	debug_down();
}

static void unknown_letters(void **state)
{
	char longer[1100];

	debug_up(NULL);
	assert_int_equal(quire_slub_debug("F"), 0);
	assert_int_equal(quire_slub_debug("FX"), -EINVAL);
	assert_lines("slub_debug: option 'X' unknown; there are F Z P U T A O -");
	memset(longer, 'F', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(quire_slub_debug(longer), -EINVAL);
	assert_lines("slub_debug: longer than 1023 characters");
	debug_down();
}

/* Before the first use of objects the kmalloc caches take part, afterwards they are as they are. */
static void kmalloc_caches_too(void **state)
{
	debug_up(NULL);
	assert_int_equal(quire_slub_debug("Z,kmalloc-*"), 0);
	assert_true(kmalloc_caches[KMALLOC_NORMAL][6]->flags & SLAB_RED_ZONE);
	assert_int_equal(quire_slub_debug("P"), 0);
	assert_false(kmalloc_caches[KMALLOC_NORMAL][6]->flags & SLAB_POISON);
	debug_down();
	debug_up("FZPU,kmalloc-64");
	kfree(kmalloc(64, GFP_KERNEL));
	assert_int_equal(kmalloc_caches[KMALLOC_NORMAL][6]->flags & SLAB_DEBUG_FLAGS, DEBUG_ALL);
	assert_int_equal(kmalloc_caches[KMALLOC_NORMAL][7]->flags & SLAB_DEBUG_FLAGS, 0);
	debug_down();
}

/* Power-of-two sizes stay aligned to themselves. */
static void alignment_with_debugging(void **state)
{
	unsigned int shift;
	void *p;

	debug_up("FZPU");
	for (shift = 3; shift <= KMALLOC_SHIFT_HIGH; shift++) {
		p = kmalloc(1ul << shift, GFP_KERNEL);
		assert_int_equal((unsigned long)p & ((1ul << shift) - 1), 0);
		memset(p, 1, 1ul << shift);
		kfree(p);
	}
	assert_string_equal(pm.log, "");
	debug_down();
}

/* Who keeps no size asked for clears the whole object, and what krealloc() takes away. */
static void zeros_behind(void **state)
{
	static const char *const options[] = { "F", "Z", "FZP", "FZPU" };
	unsigned int i, k;
	char *p;

	for (i = 0; i < ARRAY_SIZE(options); i++) {
		debug_up(options[i]);
		p = kmalloc(64, GFP_KERNEL);
		memset(p, 1, 64);
		kfree(p);
		p = krealloc(kzalloc(40, GFP_KERNEL), 60, GFP_KERNEL | __GFP_ZERO);
		for (k = 0; k < 60; k++)
			assert_int_equal(p[k], 0);
		memset(p, 1, 60);
		p = krealloc(p, 40, GFP_KERNEL | __GFP_ZERO);
		p = krealloc(p, 60, GFP_KERNEL | __GFP_ZERO);
		for (k = 40; k < 60; k++)
			assert_int_equal(p[k], 0);
		kfree(p);
		debug_down();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters),
		cmocka_unit_test(names),
		cmocka_unit_test(blocks),
		cmocka_unit_test(empty_blocks),
		cmocka_unit_test(spared),
		cmocka_unit_test(low_order),
		cmocka_unit_test(unknown_letters),
		cmocka_unit_test(kmalloc_caches_too),
		cmocka_unit_test(alignment_with_debugging),
		cmocka_unit_test(zeros_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
