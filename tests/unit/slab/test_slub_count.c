/* SPDX-License-Identifier: MIT */
/*
 * test_slub_count.c - how many errors each kind of damage is, found by validate_slab_cache() and at
 * the end of a cache, as the error hook counts them; and that what was found is repaired.
 */
#include "debug_cache.h"

#include "slab/slub.h"

static void red_zone_of_an_object_in_use(void **state)
{
	struct kmem_cache *s;
	unsigned char *p;

	debug_up(NULL);
	count_errors(true);
	s = fish(64, SLAB_RED_ZONE);
	p = catch_one(s);
	p[64] = 0x12;
	assert_int_equal(validate_slab_cache(s), 1);
	assert_errors(2);
	assert_int_equal(p[64], 0xcc);
	p[-1] = 0x12;
	validate_slab_cache(s);
	assert_errors(2);
	validate_slab_cache(s);
	assert_errors(0);
	kmem_cache_free(s, p);
	kmem_cache_destroy(s);
	assert_errors(0);
	assert_string_equal(pm.log, "");
	debug_down();
}

static void red_zone_of_a_free_object(void **state)
{
	struct kmem_cache *s;
	unsigned char *p;

	debug_up(NULL);
	count_errors(true);
	s = fish(64, SLAB_RED_ZONE);
	p = catch_one(s);
	kmem_cache_free(s, p);
	p[64] = 0xab;
	validate_slab_cache(s);
	assert_errors(2);
	assert_int_equal(p[64], 0xbb);
	kmem_cache_destroy(s);
	assert_errors(0);
	debug_down();
}

static void poison_of_a_free_object(void **state)
{
	static const unsigned int at[] = { 0, 50, 63 };
	struct kmem_cache *s;
	unsigned char *p;
	unsigned int i;

	debug_up(NULL);
	count_errors(true);
	s = fish(64, SLAB_POISON);
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		p = catch_one(s);
		kmem_cache_free(s, p);
		p[at[i]] = 0x78;
		validate_slab_cache(s);
		assert_errors(2);
		validate_slab_cache(s);
		assert_errors(0);
	}
	kmem_cache_destroy(s);
	assert_errors(0);
	debug_down();
}

static void free_pointer(void **state)
{
	unsigned long *at, was;
	struct kmem_cache *s;
	unsigned char *p;

	debug_up(NULL);
	count_errors(true);
	s = fish(64, SLAB_POISON);
	p = catch_one(s);
	kmem_cache_free(s, p);
	at = (unsigned long *)(p + s->offset);
	was = *at;
	p[s->offset] = (unsigned char)~p[s->offset];
	validate_slab_cache(s);
	assert_errors(3);
	*at = was;
	validate_slab_cache(s);
	assert_errors(2);
	validate_slab_cache(s);
	assert_errors(0);
	kmem_cache_destroy(s);
	assert_errors(0);
	debug_down();
}

static void behind_the_size_asked_for(void **state)
{
	struct kmem_cache *s;
	unsigned char *p;

	debug_up("FZPU");
	count_errors(true);
	p = kmalloc(18, GFP_KERNEL);
	s = kmalloc_caches[KMALLOC_NORMAL][kmalloc_index(18)];
	assert_true(s->flags & SLAB_KMALLOC);
	p[17] = 0xab;
	validate_slab_cache(s);
	assert_errors(0);
	p[18] = p[19] = 0xab;
	validate_slab_cache(s);
	assert_errors(2);
	assert_int_equal(p[18], 0xcc);
	validate_slab_cache(s);
	assert_errors(0);
	/* Who asks how much there is may use it. */
	assert_int_equal(ksize(p), 32);
	p[18] = p[31] = 0xab;
	validate_slab_cache(s);
	assert_errors(0);
	kfree(p);
	assert_errors(0);
	debug_down();
}

static void zeroed_up_to_the_size_asked_for(void **state)
{
	unsigned char *p;

	debug_up("FZPU");
	count_errors(true);
	p = kzalloc(20, GFP_KERNEL);
	assert_int_equal(p[19], 0);
	assert_int_equal(p[20], 0xcc);
	p = krealloc(p, 24, GFP_KERNEL | __GFP_ZERO);
	p[23] = 1;
	kfree(p);
	p = kmalloc(30, GFP_KERNEL);
	p = krealloc(p, 10, GFP_KERNEL);
	p[9] = 1;
	validate_slab_cache(kmalloc_caches[KMALLOC_NORMAL][kmalloc_index(30)]);
	assert_errors(0);
	kfree_sensitive(p);
	assert_errors(0);
	debug_down();
}

/* What init_on_free clears at an allocation ends where the red zone begins. */
static void clearing_and_the_size_asked_for(void **state)
{
	static const size_t sizes[] = { 5, 13, 33, 64, 100, 1000 };
	unsigned int i;

	page_machine_config(&pm, 64);
	pm.config.slab.debug = "FZU";
	pm.config.vm.init_on_free = true;
	page_machine_start(&pm);
	counted.hook.error = count_error;
	count_errors(true);
	for (i = 0; i < 2 * ARRAY_SIZE(sizes); i++)
		kfree(kmalloc(sizes[i / 2], GFP_KERNEL));
	assert_errors(0);
	debug_down();
}

/* Links that point nowhere near a slab. */
static void wild_links(void **state)
{
	static const unsigned long links[] = { 1, 0x10, -8ul, 1ul << 63 };
	struct kmem_cache *s;
	unsigned char *p;
	unsigned int i;

	debug_up(NULL);
	count_errors(true);
	for (i = 0; i < ARRAY_SIZE(links); i++) {
		s = fish(64, DEBUG_ALL);
		p = catch_one(s);
		kmem_cache_free(s, p);
		memcpy(p + s->offset, &links[i], sizeof(links[i]));
		assert_int_equal(validate_slab_cache(s), 1);
		assert_true(counted.errors > 0);
		count_errors(true);
		p = catch_one(s);
		kmem_cache_free(s, p);
		memcpy(p + s->offset, &links[i], sizeof(links[i]));
		p = catch_one(s);
		assert_true(counted.errors > 0);
		kmem_cache_free(s, p);
		kmem_cache_destroy(s);
		count_errors(true);
	}
	debug_down();
}

/* Without consistency checks, too, a slab has no fewer objects in use than none. */
static void freed_twice_without_checks(void **state)
{
	static const slab_flags_t flags[] = { SLAB_POISON, SLAB_RED_ZONE, SLAB_STORE_USER };
	struct kmem_cache *s;
	void *a, *b;
	unsigned int i;

	debug_up(NULL);
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		s = fish(64, flags[i]);
		a = catch_one(s);
		b = catch_one(s);
		kmem_cache_free(s, a);
		kmem_cache_free(s, b);
		count_errors(true);
		kmem_cache_free(s, a);
		assert_errors(2); /* and "not freed" */
		assert_int_equal(word_inuse(virt_to_slab(a)->state), 0);
		kmem_cache_destroy(s);
		assert_errors(0);
	}
	debug_down();
}

/* Sorting slabs by how full they are survives a wrong counter. */
static void shrink_with_wrong_counters(void **state)
{
	struct kmem_cache *s;
	struct slab *slab;
	unsigned int inuse;
	void *p;
	u64 word;

	debug_up(NULL);
	s = fish(64, DEBUG_ALL);
	p = catch_one(s);
	slab = virt_to_slab(p);
	word = slab->state;
	for (inuse = word_objects(word) - 1; inuse < word_objects(word) + 3; inuse++) {
		slab->state = make_word(word_free(word), inuse, word_objects(word), false);
		kmem_cache_shrink(s);
	}
	slab->state = word;
	kmem_cache_free(s, p);
	kmem_cache_destroy(s);
	debug_down();
}

static int any_site(const struct quire_slab_site *site, void *arg)
{
	(void)site;
	(void)arg;
	return 0;
}

/*
 * A counter of more objects than the slab has leads nobody out of it, where memory may end.
 */
static void take_with_wrong_counters(void **state)
{
	static const slab_flags_t kinds[] = { DEBUG_ALL, SLAB_RED_ZONE | SLAB_STORE_USER };
	struct kmem_cache *s;
	struct slab *slab;
	unsigned int k;
	void *p;

	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		debug_up(NULL);
		s = fish(4000, kinds[k]);
		p = catch_one(s);
		slab = virt_to_slab(p);
		count_errors(true);
		slab->state = make_word(32000, 1, 32767, false);
		assert_int_equal(quire_slab_sites(s, QUIRE_SLAB_ALLOCATED, any_site, NULL), 0);
		kmem_cache_free(s, catch_one(s)); /* from another slab */
		assert_ptr_not_equal(virt_to_slab(catch_one(s)), slab);
		assert_true(counted.errors > 0);
		assert_int_equal(quire_slab_sites(s, QUIRE_SLAB_ALLOCATED, any_site, NULL), 0);
		count_errors(false);
		debug_down();
	}
}

static void objects_left_at_the_end(void **state)
{
	struct kmem_cache *s;
	unsigned char *p, *q;

	debug_up(NULL);
	count_errors(true);
	s = fish(64, SLAB_RED_ZONE | SLAB_NO_USER_FLAGS);
	p = catch_one(s);
	kmem_cache_destroy(s);
	assert_errors(2);
	assert_string_equal(pm.log, "");
	q = catch_one(s);
	kmem_cache_destroy(s);
	assert_errors(3);
	kmem_cache_free(s, p);
	kmem_cache_free(s, q);
	kmem_cache_destroy(s);
	assert_errors(0);
	debug_down();
}

static void waits_for_kfree_rcu(void **state)
{
	struct linked {
		struct rcu_head rcu;
		long payload[4];
	} * p;
	struct kmem_cache *s;

	debug_up("FZPU");
	count_errors(true);
	s = fish(sizeof(*p), DEBUG_ALL);
	p = (struct linked *)(void *)catch_one(s);
	kfree_rcu(p, rcu);
	kmem_cache_destroy(s);
	assert_errors(0);
	assert_string_equal(pm.log, "");
	debug_down();
}

/* A list's counter is printed and counts 1. */
static void number_of_slabs(void **state)
{
	struct kmem_cache *s;
	unsigned char *p;
	int round;

	debug_up(NULL);
	s = fish(64, DEBUG_ALL);
	p = catch_one(s);
	count_errors(true);
	for (round = 0; round < 2; round++)
		assert_int_equal(validate_slab_cache(s), 1);
	assert_errors(0);
	kmem_cache_free(s, p);
	kmem_cache_destroy(s);
	debug_down();
}

/* Full slabs are looked at when owners are kept. */
static void full_slabs(void **state)
{
	unsigned char *p[200];
	struct kmem_cache *s;
	unsigned int i, n;

	debug_up(NULL);
	count_errors(true);
	s = fish(200, DEBUG_ALL);
	n = 3 * oo_objects(s->oo);
	assert_true(n <= ARRAY_SIZE(p));
	for (i = 0; i < n; i++)
		p[i] = catch_one(s);
	assert_int_equal(validate_slab_cache(s), 3);
	assert_errors(0);
	p[0][200] = 1;
	assert_int_equal(validate_slab_cache(s), 3);
	assert_errors(2);
	kmem_cache_free(s, p[n - 1]);
	assert_int_equal(validate_slab_cache(s), 3);
	for (i = 0; i < n - 1; i++)
		kmem_cache_free(s, p[i]);
	assert_errors(0);
	kmem_cache_destroy(s);
	assert_errors(0);
	debug_down();
}

static void constructed(void *object)
{
	*(int *)object = 42;
}

/* What must survive a free does, and the patterns around it are still looked at. */
static void constructor_and_rcu(void **state)
{
	static const slab_flags_t flags[] = { 0, SLAB_TYPESAFE_BY_RCU };
	struct kmem_cache *s;
	unsigned int i;
	int *p;

	debug_up("FZPU");
	count_errors(true);
	for (i = 0; i < 2; i++) {
		s = kmem_cache_create("shell", 40, 0, flags[i], constructed);
		p = kmem_cache_alloc(s, GFP_KERNEL);
		assert_int_equal(*p, 42);
		*p = 43;
		kmem_cache_free(s, p);
		assert_int_equal(*p, 43);
		assert_ptr_equal(kmem_cache_alloc(s, GFP_KERNEL), p);
		assert_int_equal(*p, 43);
		((char *)p)[40] = 1;
		validate_slab_cache(s);
		assert_errors(2);
		kmem_cache_free(s, p);
		kmem_cache_destroy(s);
		assert_errors(0);
	}
	debug_down();
}

/* Sizes, from the smallest to more than a page: nothing is found where nothing is. */
static void all_sizes_and_flags(void **state)
{
	static const unsigned int sizes[] = { 1, 7, 8, 9, 31, 64, 100, 1000, 4096, 5000 };
	slab_flags_t flags;
	unsigned int i, f;

	debug_up(NULL);
	count_errors(true);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		for (f = 1; f < 16; f++) {
			void *p[40];
			unsigned int k;
			struct kmem_cache *s;

			flags = (f & 1 ? SLAB_CONSISTENCY_CHECKS : 0) |
				(f & 2 ? SLAB_RED_ZONE : 0) | (f & 4 ? SLAB_POISON : 0) |
				(f & 8 ? SLAB_STORE_USER : 0);
			s = fish(sizes[i], flags);
			for (k = 0; k < 40; k++) {
				p[k] = catch_one(s);
				memset(p[k], (int)k, sizes[i]);
			}
			/* Full slabs are on no list without U. */
			assert_true(validate_slab_cache(s) > 0 || !(f & 8));
			for (k = 0; k < 40; k++)
				kmem_cache_free(s, p[k ^ 1]);
			validate_slab_cache(s);
			kmem_cache_destroy(s);
			assert_errors(0);
		}
	assert_string_equal(pm.log, "");
	debug_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(red_zone_of_an_object_in_use),
		cmocka_unit_test(red_zone_of_a_free_object),
		cmocka_unit_test(poison_of_a_free_object),
		cmocka_unit_test(free_pointer),
		cmocka_unit_test(behind_the_size_asked_for),
		cmocka_unit_test(zeroed_up_to_the_size_asked_for),
		cmocka_unit_test(clearing_and_the_size_asked_for),
		cmocka_unit_test(wild_links),
		cmocka_unit_test(freed_twice_without_checks),
		cmocka_unit_test(shrink_with_wrong_counters),
		cmocka_unit_test(take_with_wrong_counters),
		cmocka_unit_test(objects_left_at_the_end),
		cmocka_unit_test(waits_for_kfree_rcu),
		cmocka_unit_test(number_of_slabs),
		cmocka_unit_test(full_slabs),
		cmocka_unit_test(constructor_and_rcu),
		cmocka_unit_test(all_sizes_and_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
