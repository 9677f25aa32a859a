/* SPDX-License-Identifier: MIT */
/*
 * test_compat_fake_pages.c - a client whose pages are what its own macros say: no machine is there.
 *
 * The struct pages are numbers, a page's frame number is its address divided by the page size.
 */
#define page_to_pfn(page)  ((unsigned long)(page) / PAGE_SIZE)
#define pfn_to_page(pfn)   ((struct page *)((pfn)*PAGE_SIZE))
#define page_address(page) ((void *)(page))
#define virt_to_page(virt) ((struct page *)((unsigned long)(virt)&PAGE_MASK))
#define nth_page(page, n)  ((struct page *)((char *)(page) + (n)*PAGE_SIZE))

#include <linux/mm.h>
#include <linux/slab.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void test_numbers(void **state)
{
	static char frames[4 * PAGE_SIZE] __aligned(PAGE_SIZE);
	struct page *page = virt_to_page(frames + 5);

	assert_ptr_equal(page, frames);
	assert_int_equal(page_to_pfn(page), (unsigned long)frames >> PAGE_SHIFT);
	assert_ptr_equal(pfn_to_page(page_to_pfn(page) + 1), frames + PAGE_SIZE);
	assert_ptr_equal(page_address(nth_page(page, 3)), frames + 3 * PAGE_SIZE);
	assert_true(page_to_phys(page) == (phys_addr_t)(unsigned long)frames);
	assert_ptr_equal(phys_to_page(page_to_phys(page)), page);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_numbers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
