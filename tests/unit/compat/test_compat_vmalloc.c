/* SPDX-License-Identifier: MIT */
/*
 * test_compat_vmalloc.c - vmalloc's surface as kernel code uses it: pointers that work, the second
 * mapping of a frame, protections, kvmalloc.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/set_memory.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void vmalloc_is_memory(void **state)
{
	size_t i, n = 3 * PAGE_SIZE + 100;
	char *p = vzalloc(n);

	assert_non_null(p);
	assert_true(is_vmalloc_addr(p));
	assert_true(PAGE_ALIGNED(p));
	assert_in_range((unsigned long)p, VMALLOC_START, VMALLOC_END);
	for (i = 0; i < n; i++)
		assert_int_equal(p[i], 0);
	memset(p, 0x5a, n);
	assert_int_equal(get_vm_area_size(find_vm_area(p)), 4 * PAGE_SIZE);
	vfree(p);
	vfree(NULL);
}

static void vmap_is_a_second_mapping(void **state)
{
	struct page *pages[2];
	char *twice, *linear;
	int i;

	for (i = 0; i < 2; i++)
		pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
	twice = vmap(pages, 2, VM_MAP, PAGE_KERNEL);
	assert_non_null(twice);
	linear = page_address(pages[1]);
	linear[7] = 42;
	assert_int_equal(twice[PAGE_SIZE + 7], 42);
	twice[PAGE_SIZE + 8] = 43;
	assert_int_equal(linear[8], 43);
	assert_ptr_equal(vmalloc_to_page(twice + PAGE_SIZE), pages[1]);
	vunmap(twice);
	twice = vm_map_ram(pages, 2, -1);
	assert_int_equal(twice[PAGE_SIZE + 8], 43);
	vm_unmap_ram(twice, 2);
	for (i = 0; i < 2; i++)
		__free_page(pages[i]);
}

static void kvmalloc_goes_beyond_kmalloc(void **state)
{
	size_t n = KMALLOC_MAX_SIZE + PAGE_SIZE;
	char *p = kvmalloc(n, GFP_KERNEL), *q = kvzalloc(32, GFP_KERNEL);

	assert_non_null(p);
	assert_true(is_vmalloc_addr(p));
	assert_false(is_vmalloc_addr(q));
	p[0] = p[n - 1] = 1;
	kvfree(p);
	kvfree(q);
	assert_null(kvmalloc_array(SIZE_MAX, 2, GFP_KERNEL));
}

struct waits {
	struct rcu_head rcu;
	char data[5000];
};

static void kvfree_rcu_takes_both(void **state)
{
	struct waits *p = vmalloc(sizeof(*p));

	assert_non_null(p);
	kvfree_rcu(p, rcu);
	rcu_barrier();
	kvfree_rcu_mightsleep(vmalloc(1));
	rcu_barrier();
}

static void alignment_of_areas(void **state)
{
	void *p = __vmalloc_node(10 * PAGE_SIZE, 1ul << 22, GFP_KERNEL, NUMA_NO_NODE,
				 __builtin_return_address(0));

	assert_non_null(p);
	assert_true(IS_ALIGNED((unsigned long)p, 1ul << 22));
	vfree(p);
	assert_null(__vmalloc_node(PAGE_SIZE, 1ul << 63, GFP_KERNEL | __GFP_NOWARN, NUMA_NO_NODE,
				   __builtin_return_address(0)));
}

static void protections(void **state)
{
	char *p = vmalloc(PAGE_SIZE);

	assert_non_null(p);
	p[0] = 1;
	assert_int_equal(set_memory_ro((unsigned long)p, 1), 0);
	assert_int_equal(p[0], 1);
	assert_int_equal(set_memory_rw((unsigned long)p, 1), 0);
	p[0] = 2;
	assert_int_equal(set_memory_x((unsigned long)p, 1), 0);
	assert_int_equal(set_memory_nx((unsigned long)p, 1), 0);
	vfree(p);
}

static void addresses_of_devices(void **state)
{
	void __iomem *p = ioremap(0xfed00010, 0x20);

	assert_non_null(p);
	assert_int_equal(offset_in_page(p), 0x10);
	iounmap(p);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vmalloc_is_memory),
		cmocka_unit_test(vmap_is_a_second_mapping),
		cmocka_unit_test(kvmalloc_goes_beyond_kmalloc),
		cmocka_unit_test(kvfree_rcu_takes_both),
		cmocka_unit_test(alignment_of_areas),
		cmocka_unit_test(protections),
		cmocka_unit_test(addresses_of_devices),
	};

	cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
