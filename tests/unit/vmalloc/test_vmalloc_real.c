/* SPDX-License-Identifier: MIT */
/*
 * test_vmalloc_real.c - areas that pointers reach: contents, guard pages, use after vfree().
 */
#include "page_machine.h"

#include <setjmp.h>
#include <signal.h>

#include <quire/slab.h>
#include <quire/vmalloc.h>

#define PAGE 4096ul

static struct page_machine pm;
static sigjmp_buf back;

static void on_segv(int sig)
{
	siglongjmp(back, sig);
}

/* In the test itself: the framework has handlers of its own, which it sets at a test's start. */
static void begin(void)
{
	signal(SIGSEGV, on_segv);
	page_machine_config(&pm, 64);
	pm.config.real_mappings = true;
	page_machine_start(&pm);
}

static int down(void **state)
{
	assert_true(quire_vmalloc_validate(pm.m));
	page_machine_down(&pm);
	return 0;
}

/* Does a read of *@p fault? */
static bool faults(volatile char *p)
{
	if (sigsetjmp(back, 1))
		return true;
	(void)*p;
	return false;
}

static bool write_faults(volatile char *p)
{
	if (sigsetjmp(back, 1))
		return true;
	*p = 1;
	return false;
}

static void test_contents(void **state)
{
	unsigned long i;
	char *p, *linear;

	begin();
	p = vzalloc(40 * PAGE);
	for (i = 0; i < 40 * PAGE; i += 512) {
		assert_int_equal(p[i], 0);
		p[i] = (char)(i >> 9);
	}
	linear = page_address(vmalloc_to_page(p + 7 * PAGE));
	assert_int_equal(linear[1024], (char)((7 * PAGE + 1024) >> 9));
	linear[5] = 42;
	assert_int_equal(p[7 * PAGE + 5], 42);
	vfree(p);
}

static void test_guard_page(void **state)
{
	char *p;

	begin();
	p = vmalloc(2 * PAGE);
	memset(p, 1, 2 * PAGE);
	forget(&pm);
	assert_true(faults(p + 2 * PAGE + 5));
	assert_said(&pm, "BUG: unable to handle page fault for address: ");
	assert_said(&pm, "#PF: supervisor read access in kernel mode");
	assert_said(&pm, ": 5 bytes past the end of the 8192-byte vmalloc area at ");
	assert_said(&pm, "in its guard page, allocated by test_guard_page+");
	assert_false(faults(p + 2 * PAGE - 1));
	vfree(p);
}

static void test_use_after_free(void **state)
{
	char *p;

	begin();
	p = vmalloc(PAGE);
	p[0] = 1;
	vfree(p);
	forget(&pm);
	assert_true(faults(p));
	assert_said(&pm, "in a freed, not yet reused part of the vmalloc window");
	assert_said(&pm, ": byte 0 of what was the area at ");
	assert_said(&pm, "allocated by test_use_after_free+");
	assert_said(&pm, "freed by test_use_after_free+");
}

static void test_read_only(void **state)
{
	char *p;

	begin();
	p = vmalloc(2 * PAGE);
	p[0] = p[PAGE] = 1;
	assert_int_equal(quire_vmalloc_set_prot((unsigned long)p, 1, 0, -1), 0);
	assert_false(faults(p));
	assert_true(write_faults(p));
	assert_false(write_faults(p + PAGE));
	assert_int_equal(quire_vmalloc_set_prot((unsigned long)p, 1, 1, -1), 0);
	assert_false(write_faults(p));
	vfree(p);
}

/* More than kmalloc() can give: its array of frames is an area, too. */
static void test_kvmalloc(void **state)
{
	char *p, *q;

	begin();
	p = kvmalloc(6ul << 20, GFP_KERNEL);
	assert_true(is_vmalloc_addr(p));
	memset(p, 3, 6ul << 20);
	q = kvrealloc(p, 6ul << 20, 7ul << 20, GFP_KERNEL);
	assert_int_equal(q[(6ul << 20) - 1], 3);
	kvfree_sensitive(q, 7ul << 20);
	p = kvmalloc(100, GFP_KERNEL);
	assert_false(is_vmalloc_addr(p));
	kvfree(p);
	kvfree(NULL);
	p = kvzalloc(5ul << 20, GFP_KERNEL);
	assert_int_equal(p[4ul << 20], 0);
	kvfree_rcu_mightsleep(p);
	kvfree_rcu_barrier();
	assert_int_equal(vmalloc_nr_pages(), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_contents, down),
		cmocka_unit_test_teardown(test_guard_page, down),
		cmocka_unit_test_teardown(test_use_after_free, down),
		cmocka_unit_test_teardown(test_read_only, down),
		cmocka_unit_test_teardown(test_kvmalloc, down),
	};

	cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
