/* SPDX-License-Identifier: MIT */
/*
 * test_kunit_resource.c - resources of a case, without a runner: order, references, several
 * threads.
 *
 * What a case sees of them, and what is printed, is in tests/cli/test_kunit.py.
 */
#include <kunit/resource.h>
#include <kunit/test.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../compat/lib/kunit_internal.h"

#define THREADS 3
#define ROUNDS	2000

static struct kunit test;
static char order[64];
static int freed;

static int setup(void **state)
{
	test = (struct kunit){ .name = "case" };
	INIT_LIST_HEAD(&test.resources);
	order[0] = '\0';
	freed = 0;
	return 0;
}

static void note(struct kunit_resource *res)
{
	strcat(order, res->data);
}

static void count(struct kunit_resource *res)
{
	__atomic_fetch_add(&freed, 1, __ATOMIC_RELAXED);
}

static void test_order(void **state)
{
	static struct kunit_resource a, b;

	assert_int_equal(kunit_add_resource(&test, NULL, note, &a, "a"), 0);
	assert_non_null(kunit_alloc_resource(&test, NULL, note, GFP_KERNEL, "m"));
	assert_int_equal(kunit_add_named_resource(&test, NULL, note, &b, "b", "b"), 0);
	kunit_release_all(&test);
	assert_string_equal(order, "bma");
	assert_true(list_empty(&test.resources));

	/* the same objects serve the next case */
	assert_int_equal(kunit_add_named_resource(&test, NULL, note, &a, "b", "A"), 0);
	assert_int_equal(kunit_add_named_resource(&test, NULL, note, &b, NULL, "B"), -EINVAL);
	kunit_release_all(&test);
	assert_string_equal(order, "bmaA");
}

static void test_references(void **state)
{
	struct kunit_resource *res, *again;

	res = kunit_alloc_and_get_resource(&test, NULL, note, GFP_KERNEL, "x");
	assert_non_null(res);
	again = kunit_find_resource(&test, kunit_resource_instance_match, res->data);
	assert_ptr_equal(again, res);
	kunit_remove_resource(&test, res);
	kunit_remove_resource(&test, res); /* off the list already */
	kunit_put_resource(again);
	assert_string_equal(order, "");
	kunit_put_resource(res);
	assert_string_equal(order, "x");
}

static void test_newest_of_a_name_is_found(void **state)
{
	struct kunit_resource *res;

	kunit_alloc_resource(&test, NULL, NULL, GFP_KERNEL, "old");
	kunit_alloc_resource(&test, NULL, NULL, GFP_KERNEL, "new");
	list_last_entry(&test.resources, struct kunit_resource, node)->name = "name";
	list_first_entry(&test.resources, struct kunit_resource, node)->name = "name";
	res = kunit_find_named_resource(&test, "name");
	assert_string_equal(res->data, "new");
	kunit_put_resource(res);
	assert_int_equal(kunit_destroy_named_resource(&test, "name"), 0);
	res = kunit_find_named_resource(&test, "name");
	assert_string_equal(res->data, "old");
	kunit_put_resource(res);
	kunit_release_all(&test);
}

static void *add_find_destroy(void *arg)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		struct kunit_resource *res;

		kunit_alloc_resource(&test, NULL, count, GFP_KERNEL, arg);
		res = kunit_find_resource(&test, kunit_resource_instance_match, arg);
		if (res)
			kunit_put_resource(res);
		if (i % 2)
			kunit_destroy_resource(&test, kunit_resource_instance_match, arg);
	}
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t threads[THREADS];
	uintptr_t i;

	for (i = 0; i < THREADS; i++) /* two share their data */
		assert_int_equal(
			pthread_create(&threads[i], NULL, add_find_destroy, (void *)(1 + i / 2)),
			0);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(freed, THREADS * ROUNDS / 2);
	kunit_release_all(&test);
	assert_int_equal(freed, THREADS * ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_order, setup),
		cmocka_unit_test_setup(test_references, setup),
		cmocka_unit_test_setup(test_newest_of_a_name_is_found, setup),
		cmocka_unit_test_setup(test_threads, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
