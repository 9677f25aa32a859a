/* SPDX-License-Identifier: MIT */
/*
 * test_fail_nth.c - quire_fail_nth() finds the leak, the crash and the report planted in a
 * scenario, at the allocation whose failure brings them out, and nothing in one that is right.
 */
#include "page_machine.h"

#include <signal.h>

#include <quire/errno.h>
#include <quire/fault.h>
#include <quire/slab_debug.h>
#include <quire/xarray.h>

static struct quire_machine_config config;
static const char *debug = "FZPU";
static struct quire_mem_range ram = { .end = 64 << 20 };

static struct {
	struct quire_nth_run runs[16];
	unsigned int nr;
} seen;

static void note(const struct quire_nth_run *run, void *arg)
{
	(void)arg;
	assert_true(seen.nr < 16);
	seen.runs[seen.nr++] = *run;
}

static long sweep(int (*scenario)(void *arg), u64 only)
{
	struct quire_fail_nth what = {
		.point = QUIRE_FAULT_MEMORY, .scenario = scenario, .report = note, .only = only
	};
	static const struct quire_machine_config start = QUIRE_MACHINE_CONFIG_INIT;

	config = start;
	config.ranges = &ram;
	config.nr_ranges = 1;
	config.deterministic = true;
	config.slab.debug = debug;
	what.config = &config;
	seen.nr = 0;
	return quire_fail_nth(&what);
}

/* What all of them do: three objects, a cache, a page. @forgotten: what its author did not think
 * of. */
enum forgotten { NOTHING, THE_LEAK, THE_NULL, THE_DOUBLE_FREE, THE_CACHE };

static int device(enum forgotten forgotten)
{
	struct kmem_cache *s;
	struct page *page;
	char *a, *b;
	int err = -ENOMEM;

	a = kmalloc(100, GFP_KERNEL);
	if (!a)
		return -ENOMEM;
	b = kmalloc(200, GFP_KERNEL);
	if (!b && forgotten == THE_LEAK)
		return -ENOMEM;
	if (!b && forgotten != THE_NULL)
		goto free_a;
	b[0] = 1;
	s = kmem_cache_create("device", 64, 0, 0, NULL);
	if (!s)
		goto free_b;
	page = alloc_page(GFP_KERNEL);
	if (!page && forgotten == THE_DOUBLE_FREE)
		kfree(b);
	if (page) {
		err = 0;
		__free_page(page);
	}
	if (page || forgotten != THE_CACHE)
		kmem_cache_destroy(s);
free_b:
	kfree(b);
free_a:
	kfree(a);
	return err;
}

static int right(void *arg)
{
	return device(NOTHING);
}

static int leaks(void *arg)
{
	return device(THE_LEAK);
}

static int crashes(void *arg)
{
	return device(THE_NULL);
}

static int frees_twice(void *arg)
{
	return device(THE_DOUBLE_FREE);
}

static int keeps_a_cache(void *arg)
{
	return device(THE_CACHE);
}

static int frees_large_twice(void *arg)
{
	char *p = kmalloc(20000, GFP_KERNEL);

	if (!p)
		return -ENOMEM;
	if (alloc_page(GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY))
		kfree(p);
	else
		kfree(p), kfree(p);
	return 0;
}

/* Without owners: the caches of the library's rooms are nobody's leaks. */
static int keeps_an_object(void *arg)
{
	DEFINE_XARRAY(xa);
	void *p = kmalloc(64, GFP_KERNEL), *q;
	int err = xa_err(xa_store(&xa, 1, &xa, GFP_KERNEL));

	xa_destroy(&xa);
	q = kmalloc(32, GFP_KERNEL);
	if (q)
		kfree(p); /* else forgotten */
	kfree(q);
	return err;
}

static int keeps_a_page(void *arg)
{
	struct page *page = alloc_page(GFP_KERNEL), *other;

	if (!page)
		return -ENOMEM;
	other = alloc_page(GFP_KERNEL);
	if (!other)
		return -ENOMEM;
	__free_page(other);
	__free_page(page);
	return 0;
}

static int always_leaks(void *arg)
{
	return kmalloc(10, GFP_KERNEL) ? 0 : -ENOMEM;
}

static void finds_nothing(void **state)
{
	assert_int_equal(sweep(right, 0), 0);
	assert_int_equal(seen.nr, 0);
	assert_int_equal(sweep(always_leaks, 0), 0); /* with a failure or without */
}

static void finds_a_leak(void **state)
{
	u64 nth;

	assert_int_equal(sweep(leaks, 0), 1);
	assert_int_equal(seen.runs[0].signal, 0);
	assert_int_equal(seen.runs[0].leaked_objects, 1);
	assert_int_equal(seen.runs[0].result, -ENOMEM);
	assert_non_null(strstr(seen.runs[0].headline, "1 object of kmalloc-128 allocated in "));
	/* That one alone, again. */
	nth = seen.runs[0].nth;
	assert_int_equal(sweep(leaks, nth), 1);
	assert_int_equal(seen.runs[0].nth, nth);
	assert_int_equal(sweep(leaks, nth + 1), 0);
	assert_int_equal(sweep(keeps_a_page, 0), 1);
	assert_int_equal(seen.runs[0].leaked_pages, 1);
	assert_int_equal(seen.runs[0].nth, 2);
}

static void finds_a_cache(void **state)
{
	assert_int_equal(sweep(keeps_a_cache, 0), 1);
	assert_int_equal(seen.runs[0].signal, 0);
	assert_non_null(strstr(seen.runs[0].headline, "cache device made in "));
}

static void blames_no_room(void **state)
{
	debug = NULL;
	assert_true(sweep(keeps_an_object, 0) >= 1);
	assert_true(seen.runs[0].leaked_objects >= 1);
	assert_null(strstr(seen.runs[0].headline, "cache "));
	debug = "FZPU";
}

static void finds_a_crash(void **state)
{
	assert_int_equal(sweep(crashes, 0), 1);
	/* Sanitizers end it in their own way. */
	assert_true(seen.runs[0].signal == SIGSEGV || seen.runs[0].signal == SIGABRT);
}

static void finds_a_report(void **state)
{
	assert_int_equal(sweep(frees_twice, 0), 1);
	assert_int_equal(seen.runs[0].signal, 0);
	assert_int_equal(seen.runs[0].reports, 1);
	assert_string_equal(seen.runs[0].headline,
			    "BUG kmalloc-256 (Not tainted): Object already free");
}

static void finds_misuse(void **state)
{
	assert_int_equal(sweep(frees_large_twice, 0), 1);
	assert_true(seen.runs[0].reports >= 1);
	assert_memory_equal(seen.runs[0].headline, "kfree: ", 7);
}

static void makes_no_sense(void **state)
{
	struct quire_fail_nth what = { .config = &config, .scenario = right };

	what.point = QUIRE_FAULT_MEMORY + 1;
	assert_int_equal(quire_fail_nth(&what), -EINVAL);
	what.point = QUIRE_FAULT_MEMORY;
	what.scenario = NULL;
	assert_int_equal(quire_fail_nth(&what), -EINVAL);
	what.scenario = right;
	what.most = 2;
	assert_int_equal(quire_fail_nth(&what), -EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_nothing),  cmocka_unit_test(finds_a_leak),
		cmocka_unit_test(finds_a_crash),  cmocka_unit_test(finds_a_report),
		cmocka_unit_test(makes_no_sense), cmocka_unit_test(finds_a_cache),
		cmocka_unit_test(finds_misuse),	  cmocka_unit_test(blames_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
