/* SPDX-License-Identifier: MIT */
/*
 * test_fault_attr.c - failslab and fail_page_alloc: whom they concern, how often they strike.
 */
#include "page_machine.h"

#include <quire/errno.h>
#include <quire/fault.h>
#include <quire/slab_debug.h>

static struct page_machine pm;
static struct kmem_cache *s;

static void up(void)
{
	page_machine_config(&pm, 64);
	pm.config.seed = 7;
	page_machine_start(&pm);
	s = kmem_cache_create("fish", 64, 0, SLAB_NO_MERGE, NULL);
	assert_non_null(s);
}

static void down(void)
{
	assert_int_equal(quire_fault_attr_set(pm.m, QUIRE_FAULT_SLAB_ALLOC, NULL), 0);
	assert_int_equal(quire_fault_attr_set(pm.m, QUIRE_FAULT_PAGE_ALLOC, NULL), 0);
	kmem_cache_destroy(s);
	page_machine_down(&pm);
}

static void set_slab(struct quire_fault_attr attr)
{
	assert_int_equal(quire_fault_attr_set(pm.m, QUIRE_FAULT_SLAB_ALLOC, &attr), 0);
}

/* How many of @nr allocations fail. */
static __attribute__((noinline)) unsigned int failures(struct kmem_cache *of, gfp_t gfp,
						       unsigned int nr)
{
	unsigned int failed = 0;
	void *p;

	while (nr--) {
		p = kmem_cache_alloc(of, gfp);
		if (!p)
			failed++;
		else
			kmem_cache_free(of, p);
	}
	return failed;
}

static void probability(void **state)
{
	unsigned int failed;

	up();
	assert_int_equal(failures(s, GFP_KERNEL, 100), 0);
	set_slab((struct quire_fault_attr){ .probability = 100, .times = -1 });
	assert_int_equal(failures(s, GFP_KERNEL, 100), 100);
	assert_int_equal(failures(s, GFP_KERNEL | __GFP_NOFAIL, 100), 0);
	assert_int_equal(quire_fault_attr_failed(pm.m, QUIRE_FAULT_SLAB_ALLOC), 100);
	assert_null(kmalloc(10, GFP_KERNEL));
	set_slab((struct quire_fault_attr){ .probability = 10, .times = -1 });
	failed = failures(s, GFP_KERNEL, 10000);
	assert_in_range(failed, 850, 1150);
	set_slab((struct quire_fault_attr){ .probability = 0, .times = -1 });
	assert_int_equal(failures(s, GFP_KERNEL, 1000), 0);
	down();
}

static void interval_times_space(void **state)
{
	struct quire_fault_attr attr = QUIRE_FAULT_ATTR_INIT;

	up();
	attr.probability = 100;
	set_slab(attr);
	assert_int_equal(failures(s, GFP_KERNEL, 10), 1); /* Linux's start: once */
	set_slab((struct quire_fault_attr){ .probability = 100, .interval = 4, .times = -1 });
	assert_int_equal(failures(s, GFP_KERNEL, 40), 10);
	set_slab((struct quire_fault_attr){ .probability = 100, .interval = 2, .times = 3 });
	assert_int_equal(failures(s, GFP_KERNEL, 40), 3);
	/* 10 objects of 64 bytes are spared, the 11th is not. */
	set_slab((struct quire_fault_attr){ .probability = 100, .times = -1, .space = 640 });
	assert_int_equal(failures(s, GFP_KERNEL, 9), 0);
	assert_int_equal(failures(s, GFP_KERNEL, 1), 1);
	down();
}

static void whom(void **state)
{
	struct kmem_cache *marked;

	up();
	marked = kmem_cache_create("marked", 64, 0, SLAB_FAILSLAB, NULL);
	set_slab(
		(struct quire_fault_attr){ .probability = 100, .times = -1, .cache_filter = true });
	assert_int_equal(failures(s, GFP_KERNEL, 10), 0);
	assert_int_equal(failures(marked, GFP_KERNEL, 10), 10);
	assert_int_equal(quire_slab_sysfs_write(s, "failslab", "1\n"), 0);
	assert_int_equal(failures(s, GFP_KERNEL, 10), 10);
	assert_int_equal(quire_slab_sysfs_write(s, "failslab", "0"), 0);
	assert_int_equal(failures(s, GFP_KERNEL, 10), 0);
	set_slab((struct quire_fault_attr){
		.probability = 100, .times = -1, .ignore_gfp = __GFP_DIRECT_RECLAIM });
	assert_int_equal(failures(s, GFP_KERNEL, 10), 0);
	assert_int_equal(failures(s, GFP_ATOMIC, 10), 10);
	set_slab((struct quire_fault_attr){ .probability = 100, .times = -1, .min_size = 65 });
	assert_int_equal(failures(s, GFP_KERNEL, 10), 0);
	assert_null(kmalloc(200, GFP_KERNEL));
	set_slab((struct quire_fault_attr){
		.probability = 100, .times = -1, .pids = { 3, 9 }, .nr_pids = 2 });
	assert_int_equal(failures(s, GFP_KERNEL, 10), 0);
	pm.task.pid = 9;
	assert_int_equal(failures(s, GFP_KERNEL, 10), 10);
	kmem_cache_destroy(marked);
	down();
}

/* A caller for the filters of call stacks. */
static __attribute__((noinline)) unsigned int other_caller(void)
{
	unsigned int failed = failures(s, GFP_KERNEL, 5);

	__asm__ volatile(""); /* no tail call */
	return failed;
}

static void call_stack(void **state)
{
	unsigned long start = (unsigned long)other_caller, end = start + 64;

	up();
	set_slab((struct quire_fault_attr){
		.probability = 100, .times = -1, .require_start = start, .require_end = end });
	assert_int_equal(other_caller(), 5);
	assert_int_equal(failures(s, GFP_KERNEL, 5), 0);
	set_slab((struct quire_fault_attr){
		.probability = 100, .times = -1, .reject_start = start, .reject_end = end });
	assert_int_equal(other_caller(), 0);
	assert_int_equal(failures(s, GFP_KERNEL, 5), 5);
	down();
}

static void told(void **state)
{
	up();
	set_slab((struct quire_fault_attr){ .probability = 100, .times = -1, .verbose = 1 });
	forget(&pm);
	failures(s, GFP_KERNEL, 1);
	assert_string_equal(pm.log,
			    "FAULT_INJECTION: forcing a failure.\n"
			    "name failslab, interval 0, probability 100, space 0, times -1\n");
	set_slab((struct quire_fault_attr){ .probability = 100, .times = -1, .verbose = 2 });
	forget(&pm);
	failures(s, GFP_KERNEL, 1);
	assert_said(&pm, "Call Trace:");
	assert_said(&pm, " failures+0x");
	down();
}

static void pages(void **state)
{
	struct quire_fault_attr attr = { .probability = 100, .times = -1, .min_size = 2 };
	struct page *page;

	up();
	assert_int_equal(quire_fault_attr_set(pm.m, QUIRE_FAULT_PAGE_ALLOC, &attr), 0);
	page = alloc_page(GFP_KERNEL);
	assert_non_null(page);
	__free_page(page);
	assert_null(alloc_pages(GFP_KERNEL, 1));
	assert_int_equal(quire_fault_attr_failed(pm.m, QUIRE_FAULT_PAGE_ALLOC), 1);
	/* Arming and disarming a point leaves them in force. */
	quire_fault_arm(pm.m, QUIRE_FAULT_KMAP, 1);
	quire_fault_disarm(pm.m);
	assert_null(alloc_pages(GFP_KERNEL, 1));
	assert_int_equal(quire_fault_attr_set(pm.m, QUIRE_FAULT_PAGE_ALLOC, NULL), 0);
	page = alloc_pages(GFP_KERNEL, 1);
	assert_non_null(page);
	__free_pages(page, 1);
	down();
}

static void no_sense(void **state)
{
	struct quire_fault_attr attr = { .probability = 101, .times = -1 };

	up();
	assert_int_equal(quire_fault_attr_set(pm.m, QUIRE_FAULT_SLAB_ALLOC, &attr), -EINVAL);
	attr.probability = 100;
	assert_int_equal(quire_fault_attr_set(pm.m, QUIRE_FAULT_KMAP, &attr), -EINVAL);
	assert_int_equal(quire_fault_attr_set(pm.m, QUIRE_NR_FAULT_POINTS, &attr), -EINVAL);
	attr.times = -2;
	assert_int_equal(quire_fault_attr_set(pm.m, QUIRE_FAULT_SLAB_ALLOC, &attr), -EINVAL);
	attr.times = 1;
	attr.nr_pids = QUIRE_FAULT_MAX_PIDS + 1;
	assert_int_equal(quire_fault_attr_set(pm.m, QUIRE_FAULT_SLAB_ALLOC, &attr), -EINVAL);
	assert_int_equal(failures(s, GFP_KERNEL, 10), 0);
	assert_int_equal(quire_fault_attr_failed(pm.m, QUIRE_NR_FAULT_POINTS), 0);
	down();
}

static void as_linux_takes_it(void **state)
{
	static const char *const bad[] = { "",
					   "1",
					   "1,2,3",
					   "1,2,3,4,5",
					   "1,101,0,-1",
					   "1,10,0,-2",
					   "1,10,0,-1 ",
					   "-1,10,0,1",
					   "1,10,-1,1",
					   "1,,0,1",
					   "1,ten,0,1",
					   "1,10,0,",
					   "99999999999,1,0,1" };
	struct quire_fault_attr attr = { .probability = 77 };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(quire_fault_attr_parse(&attr, bad[i]), -EINVAL);
	assert_int_equal(attr.probability, 77);
	assert_int_equal(quire_fault_attr_parse(&attr, "3,100,4096,-1"), 0);
	assert_int_equal(attr.interval, 3);
	assert_int_equal(attr.probability, 100);
	assert_int_equal(attr.space, 4096);
	assert_int_equal(attr.times, -1);
	assert_int_equal(attr.verbose, 2);
}

/* A description that says so: all rooms are up before anything fails. */
static void of_a_description(void **state)
{
	page_machine_config(&pm, 64);
	assert_int_equal(quire_fault_attr_parse(&pm.config.failslab, "2,100,0,3"), 0);
	assert_int_equal(quire_fault_attr_parse(&pm.config.fail_page_alloc, "1,100,0,1"), 0);
	page_machine_start(&pm);
	assert_null(alloc_page(GFP_KERNEL));
	s = kmem_cache_create("fish", 64, 0, SLAB_NO_MERGE, NULL);
	assert_non_null(s);
	assert_int_equal(failures(s, GFP_KERNEL, 20), 3);
	assert_said(&pm, "name fail_page_alloc, interval 1, probability 100, space 0, times 0");
	down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(probability),
		cmocka_unit_test(interval_times_space),
		cmocka_unit_test(whom),
		cmocka_unit_test(call_stack),
		cmocka_unit_test(told),
		cmocka_unit_test(pages),
		cmocka_unit_test(no_sense),
		cmocka_unit_test(as_linux_takes_it),
		cmocka_unit_test(of_a_description),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
