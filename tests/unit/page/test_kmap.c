/* SPDX-License-Identifier: MIT */
/*
 * test_kmap.c - windows onto high memory: pool, local stacks, misuse, what happens when none is
 * left.
 */
#include "page_machine.h"

#include <quire/fault.h>
#include <quire/highmem.h>

/* 32 MiB low, 32 MiB high. */
static void up(struct page_machine *pm)
{
	page_machine_config(pm, 64);
	pm->config.lowmem_limit = 32ull << 20;
	pm->config.dma32_limit = 0;
	pm->config.nr_cpus = 2;
	page_machine_start(pm);
}

static struct page *high_page(void)
{
	struct page *page = alloc_page(GFP_HIGHUSER);

	assert_non_null(page);
	assert_true(PageHighMem(page));
	return page;
}

static void low_pages_have_their_address(void **state)
{
	static struct page_machine pm;
	struct page *page;

	up(&pm);
	page = alloc_page(GFP_KERNEL);
	assert_false(PageHighMem(page));
	assert_ptr_equal(kmap(page), page_address(page));
	assert_ptr_equal(kmap_local_page(page), page_address(page));
	kunmap_local(page_address(page));
	kunmap_local(page_address(page));
	kunmap(page);
	assert_int_equal(quire_kmap_in_use(pm.m), 0);
	assert_int_equal(pm.logged, 0);
	__free_page(page);
	page_machine_down(&pm);
}

static void high_pages_need_kmap(void **state)
{
	static struct page_machine pm;
	struct page *page;
	char *one, *two;

	up(&pm);
	page = high_page();
	assert_null(page_address(page));
	one = kmap(page);
	assert_non_null(one);
	strcpy(one, "through one window");
	assert_ptr_equal(kmap(page), one);
	assert_ptr_equal(page_address(page), one);
	two = kmap_local_page(page);
	assert_ptr_not_equal(two, one);
	assert_string_equal(two, "through one window");
	assert_int_equal(quire_kmap_in_use(pm.m), 2);
	kunmap_local(two + 100);
	kunmap(page);
	assert_ptr_equal(page_address(page), one);
	kunmap(page);
	assert_null(page_address(page));
	assert_int_equal(quire_kmap_in_use(pm.m), 0);
	assert_int_equal(pm.logged, 0);
	__free_page(page);
	page_machine_down(&pm);
}

static void pool_has_an_end(void **state)
{
	static struct page_machine pm;
	static struct page *pages[LAST_PKMAP + 1];
	unsigned int i;

	up(&pm);
	for (i = 0; i <= LAST_PKMAP; i++)
		pages[i] = high_page();
	for (i = 0; i < LAST_PKMAP; i++)
		assert_non_null(kmap(pages[i]));
	assert_null(kmap(pages[LAST_PKMAP]));
	assert_said(&pm, "all windows of the pool are open; kunmap() what is not in use\n");
	assert_non_null(kmap(pages[0]));
	kunmap(pages[0]);
	kunmap(pages[17]);
	assert_non_null(kmap(pages[LAST_PKMAP]));
	pages[17] = pages[LAST_PKMAP];
	for (i = 0; i < LAST_PKMAP; i++) {
		kunmap(pages[i]);
		assert_null(page_address(pages[i]));
	}
	assert_int_equal(quire_kmap_in_use(pm.m), 0);
	page_machine_down(&pm);
}

static void local_windows_are_a_stack(void **state)
{
	static struct page_machine pm;
	struct page *a, *b;
	char *pa, *pb;

	up(&pm);
	a = high_page();
	b = high_page();
	pa = kmap_local_page(a);
	pb = kmap_local_page(b);
	kunmap_local(pa);
	assert_said(&pm, "which is still mapped: close the latest first\n");
	assert_int_equal(quire_kmap_in_use(pm.m), 2);
	kunmap_local(pb);
	kunmap_local(pa);
	forget(&pm);
	kunmap_local(pa);
	assert_said(&pm, "is no window of CPU 0\n");
	assert_said(&pm, "Call Trace:\n");
	page_machine_down(&pm);
}

static void local_windows_have_an_end(void **state)
{
	static struct page_machine pm;
	void *windows[KM_MAX_IDX];
	struct page *page;
	int i;

	up(&pm);
	page = high_page();
	for (i = 0; i < KM_MAX_IDX; i++)
		windows[i] = kmap_local_page(page);
	assert_null(kmap_local_page(page));
	assert_said(&pm,
		    "BUG: kmap_local_page: 16 windows are open on CPU 0; kunmap_local() some\n");
	/* Another CPU has a stack of its own. */
	assert_int_equal(quire_cpu_enter(pm.m, 1), 0);
	kunmap_local(kmap_local_page(page));
	assert_int_equal(quire_cpu_enter(pm.m, 0), 0);
	while (i-- > 0)
		kunmap_local(windows[i]);
	page_machine_down(&pm);
}

static void misuse_is_told(void **state)
{
	static struct page_machine pm;
	struct page *page;

	up(&pm);
	page = high_page();
	kunmap(page);
	assert_said(&pm, "BUG: kunmap: pfn 0x");
	assert_said(&pm, " is not mapped\n");
	page_machine_down(&pm);
	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	kunmap_local(&pm);
	assert_said(&pm, "is no page of this machine\n");
	page_machine_down(&pm);
}

static void fault_point_fails_both(void **state)
{
	static struct page_machine pm;
	struct page *page;

	up(&pm);
	page = high_page();
	quire_fault_arm(pm.m, QUIRE_FAULT_KMAP, 1);
	assert_null(kmap(page));
	quire_fault_arm(pm.m, QUIRE_FAULT_KMAP, 1);
	assert_null(kmap_local_page(page));
	quire_fault_disarm(pm.m);
	assert_int_equal(quire_kmap_in_use(pm.m), 0);
	page_machine_down(&pm);
}

static void *no_window(void *ctx, void *linear, u64 phys, size_t bytes)
{
	return NULL;
}

static void port_without_windows(void **state)
{
	static struct page_machine pm;
	struct page *page;

	page_machine_config(&pm, 64);
	pm.config.lowmem_limit = 32ull << 20;
	pm.config.dma32_limit = 0;
	pm.port.frames_window = no_window;
	page_machine_start(&pm);
	page = high_page();
	assert_null(kmap(page));
	assert_null(kmap_local_page(page));
	assert_int_equal(said(&pm, "the port has no window left\n"), 2);
	page_machine_down(&pm);

	page_machine_config(&pm, 64);
	pm.config.lowmem_limit = 32ull << 20;
	pm.config.dma32_limit = 0;
	pm.port.frames_window = NULL;
	page_machine_start(&pm);
	page = high_page();
	assert_null(page_address(page));
	assert_ptr_equal(kmap(page), quire_this_cpu->linear + (page_to_pfn(page) << 12));
	kunmap(page);
	page_machine_down(&pm);
}

static void high_pages_are_cleared_and_poisoned(void **state)
{
	static struct page_machine pm;
	struct page *page;
	unsigned char *p;

	page_machine_config(&pm, 64);
	pm.config.lowmem_limit = 32ull << 20;
	pm.config.dma32_limit = 0;
	pm.config.vm.page_poison = true;
	page_machine_start(&pm);
	page = high_page();
	__free_page(page);
	p = kmap_local_page(page);
	assert_int_equal(p[4095], 0xaa);
	p[9] = 3;
	kunmap_local(p);
	page = alloc_page(GFP_HIGHUSER | __GFP_ZERO);
	assert_said(&pm, "pagealloc: memory corruption\n");
	p = kmap_local_page(page);
	assert_int_equal(p[4095], 0);
	kunmap_local(p);
	assert_int_equal(quire_kmap_in_use(pm.m), 0);
	__free_page(page);
	page_machine_down(&pm);
}

/* However many windows the caller has open, and whatever is made to fail. */
static void clearing_needs_no_window_of_the_caller(void **state)
{
	static struct page_machine pm;
	void *windows[KM_MAX_IDX];
	struct page *page, *zeroed;
	unsigned char *p;
	int i;

	up(&pm);
	page = high_page();
	p = kmap(page);
	memset(p, 5, 4096);
	for (i = 0; i < KM_MAX_IDX; i++)
		windows[i] = kmap_local_page(page);
	kunmap(page);
	__free_page(page);
	quire_fault_arm(pm.m, QUIRE_FAULT_KMAP, 1);
	zeroed = alloc_page(GFP_HIGHUSER | __GFP_ZERO);
	assert_ptr_equal(zeroed, page);
	assert_false(quire_fault_disarm(pm.m));
	assert_int_equal(((unsigned char *)windows[3])[4095], 0);
	while (i-- > 0)
		kunmap_local(windows[i]);
	assert_int_equal(pm.logged, 0);
	__free_page(zeroed);
	page_machine_down(&pm);
}

static void open_windows_end_with_the_machine(void **state)
{
	static struct page_machine pm;

	up(&pm);
	assert_non_null(kmap(high_page()));
	assert_non_null(kmap_local_page(high_page()));
	page_machine_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(low_pages_have_their_address),
		cmocka_unit_test(high_pages_need_kmap),
		cmocka_unit_test(pool_has_an_end),
		cmocka_unit_test(local_windows_are_a_stack),
		cmocka_unit_test(local_windows_have_an_end),
		cmocka_unit_test(misuse_is_told),
		cmocka_unit_test(fault_point_fails_both),
		cmocka_unit_test(port_without_windows),
		cmocka_unit_test(high_pages_are_cleared_and_poisoned),
		cmocka_unit_test(clearing_needs_no_window_of_the_caller),
		cmocka_unit_test(open_windows_end_with_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
