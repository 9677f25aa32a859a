/* SPDX-License-Identifier: MIT */
/*
 * test_fault.c - base/fault.h: the n-th pass fails, once, and passes are counted.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/fault.h"

static struct fault_state fault;

static int setup(void **state)
{
	fault_init(&fault);
	return 0;
}

/* The number of the first of @passes through @point that fails, 0 when none does. */
static int first_failure(unsigned int point, int passes)
{
	int i, first = 0;

	for (i = 1; i <= passes; i++) {
		if (!fault_pass(&fault, point))
			continue;
		assert_int_equal(first, 0);
		first = i;
	}
	return first;
}

static void test_unarmed(void **state)
{
	assert_int_equal(first_failure(QUIRE_FAULT_PAGE_ALLOC, 100), 0);
	assert_int_equal(fault_passes(&fault, QUIRE_FAULT_PAGE_ALLOC), 0);
	assert_false(fault_disarm(&fault));
}

static void test_nth(void **state)
{
	unsigned int nth;

	for (nth = 1; nth < 10; nth++) {
		fault_arm(&fault, QUIRE_FAULT_PAGE_ALLOC, nth);
		assert_int_equal(first_failure(QUIRE_FAULT_PAGE_BULK, 20), 0);
		assert_int_equal(first_failure(QUIRE_FAULT_PAGE_ALLOC, 20), nth);
		assert_true(fault_disarm(&fault));
	}
	assert_int_equal(fault_passes(&fault, QUIRE_FAULT_PAGE_ALLOC), 9 * 20);
	assert_int_equal(fault_passes(&fault, QUIRE_FAULT_PAGE_BULK), 9 * 20);
	assert_int_equal(fault_passes(&fault, QUIRE_NR_FAULT_POINTS), 0);
}

static void test_any(void **state)
{
	fault_arm(&fault, QUIRE_FAULT_ANY, 3);
	assert_false(fault_pass(&fault, QUIRE_FAULT_KMAP));
	assert_false(fault_pass(&fault, QUIRE_FAULT_BOOT_ALLOC));
	assert_true(fault_pass(&fault, QUIRE_FAULT_PAGE_ALLOC));
	assert_false(fault_pass(&fault, QUIRE_FAULT_PAGE_ALLOC));
}

/* What callers get memory from, nothing else. */
static void test_memory(void **state)
{
	fault_arm(&fault, QUIRE_FAULT_MEMORY, 3);
	assert_false(fault_pass(&fault, QUIRE_FAULT_SLAB_ALLOC));
	assert_false(fault_pass(&fault, QUIRE_FAULT_PORT_RESERVE));
	assert_false(fault_pass(&fault, QUIRE_FAULT_PAGE_ALLOC));
	assert_false(fault_pass(&fault, QUIRE_FAULT_PAGE_ISOLATE));
	assert_true(fault_pass(&fault, QUIRE_FAULT_CACHE_CREATE));
}

static void test_not_reached(void **state)
{
	fault_arm(&fault, QUIRE_FAULT_KMAP, 5);
	assert_int_equal(first_failure(QUIRE_FAULT_KMAP, 4), 0);
	assert_false(fault_disarm(&fault));
	assert_int_equal(first_failure(QUIRE_FAULT_KMAP, 4), 0);
}

/* 0 and ~0 only count. */
static void test_count_only(void **state)
{
	fault_arm(&fault, QUIRE_FAULT_ANY, 0);
	assert_int_equal(first_failure(QUIRE_FAULT_KMAP, 4), 0);
	fault_arm(&fault, QUIRE_FAULT_ANY, ~(u64)0);
	assert_int_equal(first_failure(QUIRE_FAULT_KMAP, 4), 0);
	assert_int_equal(fault_passes(&fault, QUIRE_FAULT_KMAP), 8);
}

static void test_names(void **state)
{
	unsigned int point;

	assert_string_equal(quire_fault_name(QUIRE_FAULT_PAGE_ALLOC), "fail_page_alloc");
	for (point = 0; point < QUIRE_NR_FAULT_POINTS; point++)
		assert_non_null(quire_fault_name(point));
	assert_null(quire_fault_name(QUIRE_NR_FAULT_POINTS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_unarmed, setup),
		cmocka_unit_test_setup(test_nth, setup),
		cmocka_unit_test_setup(test_any, setup),
		cmocka_unit_test_setup(test_memory, setup),
		cmocka_unit_test_setup(test_not_reached, setup),
		cmocka_unit_test_setup(test_count_only, setup),
		cmocka_unit_test_setup(test_names, setup),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
