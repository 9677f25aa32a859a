/* SPDX-License-Identifier: MIT */
/*
 * Sizes, orders and limits of caches, against a table read from a real kernel (6.18, 2 CPUs).
 */
#include "page_machine.h"

#include <quire/slab.h>

static struct page_machine pm;

static int up(void **state)
{
	(void)state;
	page_machine_config(&pm, 64);
	pm.config.nr_cpus = 2;
	page_machine_start(&pm);
	return 0;
}

static int down(void **state)
{
	(void)state;
	page_machine_down(&pm);
	return 0;
}

struct row {
	char name[64];
	unsigned int object_size, align, size, order, objects, min_partial, cpu_partial;
	unsigned int hwcache, rcu, reclaim, usersize;
};

static bool read_row(char *line, struct row *r)
{
	return sscanf(line, "%63s %u %u %u %u %u %u %u %u %u %u %u", r->name, &r->object_size,
		      &r->align, &r->size, &r->order, &r->objects, &r->min_partial, &r->cpu_partial,
		      &r->hwcache, &r->rcu, &r->reclaim, &r->usersize) == 12;
}

static void nothing(void *object)
{
	(void)object;
}

/* The table does not say which caches have a constructor; the slot's size does. */
static struct kmem_cache *create(const struct row *r)
{
	slab_flags_t flags = SLAB_NO_MERGE;
	struct kmem_cache *s;

	flags |= r->rcu ? SLAB_TYPESAFE_BY_RCU : 0;
	flags |= r->reclaim ? SLAB_RECLAIM_ACCOUNT : 0;
	s = kmem_cache_create(r->name, r->object_size, r->align, flags, NULL);
	assert_non_null(s);
	if (s->size == r->size || r->rcu)
		return s;
	kmem_cache_destroy(s);
	s = kmem_cache_create(r->name, r->object_size, r->align, flags, nothing);
	assert_non_null(s);
	return s;
}

static void test_table_of_a_real_kernel(void **state)
{
	unsigned int rows = 0, same_size = 0;
	char line[256];
	FILE *f = fopen(GEOMETRY_TSV, "r");

	(void)state;
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	while (fgets(line, sizeof(line), f)) {
		struct kmem_cache *s;
		struct row r;

		assert_true(read_row(line, &r));
		s = create(&r);
		rows++;
		same_size += s->size == r.size;
		if (s->size != r.size)
			print_message("%s: %u bytes, the kernel has %u\n", r.name, s->size, r.size);
		else if (oo_order(s->oo) != r.order || oo_objects(s->oo) != r.objects ||
			 s->min_partial != r.min_partial || s->cpu_partial != r.cpu_partial)
			fail_msg("%s: order %u, %u objects, min_partial %lu, cpu_partial %u",
				 r.name, oo_order(s->oo), oo_objects(s->oo), s->min_partial,
				 s->cpu_partial);
		kmem_cache_destroy(s);
	}
	fclose(f);
	assert_int_equal(rows, 235);
	/* vm_area_struct of that kernel keeps its free pointer inside in spite of RCU. */
	assert_int_equal(same_size, 234);
}

static void test_free_pointer_lies_in_the_middle_or_outside(void **state)
{
	struct kmem_cache *plain = kmem_cache_create("plain", 100, 0, SLAB_NO_MERGE, NULL);
	struct kmem_cache *ctor = kmem_cache_create("ctor", 100, 0, 0, nothing);
	struct kmem_cache *rcu = kmem_cache_create("rcu", 100, 0, SLAB_TYPESAFE_BY_RCU, NULL);

	(void)state;
	assert_int_equal(plain->offset, 48);
	assert_int_equal(plain->size, 104);
	assert_int_equal(ctor->offset, 104);
	assert_int_equal(ctor->size, 112);
	assert_int_equal(rcu->offset, 104);
	kmem_cache_destroy(plain);
	kmem_cache_destroy(ctor);
	kmem_cache_destroy(rcu);
}

static void test_lines_are_shared_by_small_objects(void **state)
{
	static const unsigned int sizes[][2] = { { 8, 8 },   { 16, 16 }, { 17, 32 },
						 { 33, 64 }, { 64, 64 }, { 65, 128 } };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct kmem_cache *s = kmem_cache_create("line", sizes[i][0], 0,
							 SLAB_HWCACHE_ALIGN | SLAB_NO_MERGE, NULL);

		assert_int_equal(s->size, sizes[i][1]);
		kmem_cache_destroy(s);
	}
}

static void test_room_for_debugging(void **state)
{
	struct kmem_cache *s =
		kmem_cache_create("debugged", 64, 0, SLAB_RED_ZONE | SLAB_POISON, NULL);

	(void)state;
	assert_int_equal(s->red_left_pad, 8);
	assert_int_equal(s->inuse, 72); /* a word of red zone behind the object */
	assert_int_equal(s->offset, 72);
	assert_int_equal(s->size, 72 + 8 + 8 + 8);
	kmem_cache_destroy(s);
	s = kmem_cache_create("aligned", 64, 64, SLAB_RED_ZONE, NULL);
	assert_int_equal(s->red_left_pad, 64);
	assert_int_equal(s->size % 64, 0);
	kmem_cache_destroy(s);
}

static void test_orders_follow_the_settings(void **state)
{
	struct kmem_cache *s;

	(void)state;
	page_machine_down(&pm);
	page_machine_config(&pm, 64);
	pm.config.slab.max_order = 1;
	page_machine_start(&pm);
	s = kmem_cache_create("big", 2700, 0, SLAB_NO_MERGE, NULL);
	assert_int_equal(oo_order(s->oo), 1);
	kmem_cache_destroy(s);
	s = kmem_cache_create("bigger", 20000, 0, SLAB_NO_MERGE, NULL);
	assert_int_equal(oo_order(s->oo), 3); /* what holds one */
	assert_int_equal(oo_objects(s->oo), 1);
	kmem_cache_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_table_of_a_real_kernel, up, down),
		cmocka_unit_test_setup_teardown(test_free_pointer_lies_in_the_middle_or_outside, up,
						down),
		cmocka_unit_test_setup_teardown(test_lines_are_shared_by_small_objects, up, down),
		cmocka_unit_test_setup_teardown(test_room_for_debugging, up, down),
		cmocka_unit_test_setup_teardown(test_orders_follow_the_settings, up, down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
