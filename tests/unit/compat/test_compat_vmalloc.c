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

#include <sys/mman.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static struct sigaction faults;

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

/* The program takes the mappings that Linux still allows its process. Return: the last of a chain.
 */
static void **use_up_mappings(void)
{
	void **last = NULL, **p;
	unsigned int i;

	for (i = 0;; i++) {
		p = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE | (i % 2 ? PROT_EXEC : 0),
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			return last;
		*p = last;
		last = p;
	}
}

/* What is over vm.max_map_count goes, and comes back by a fault; cmocka would take that for its
 * own. */
static void areas_of_a_process_without_mappings(void **state)
{
	const unsigned int nr = 30000;
	int **areas = vmalloc(nr * sizeof(*areas));
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	void **others = NULL, **next;
	unsigned int i, wrong = 0;
	struct sigaction cmockas;

	sigaction(SIGSEGV, &faults, &cmockas);
	for (i = 0; i < nr; i++) {
		areas[i] = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
		*areas[i] += 1;
		if (i == nr / 2)
			others = use_up_mappings();
	}
	for (i = 0; i < nr; i++)
		wrong += *areas[i] != (int)nr;
	for (i = 0; i < nr; i++)
		vunmap(areas[i]);
	vm_unmap_aliases();
	vfree(areas);
	for (; others; others = next) {
		next = *others;
		munmap(others, PAGE_SIZE);
	}
	sigaction(SIGSEGV, &cmockas, NULL);
	__free_page(page);
	assert_int_equal(wrong, 0);
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

/* Every name of the surface, called as kernel code of 6.1 calls it. */
static void all_ways_to_an_area(void **state)
{
	void *(*const plain[])(unsigned long) = { vmalloc, vzalloc, vmalloc_user, vmalloc_32,
						  vmalloc_32_user };
	void *areas[16];
	size_t n = 0, i;

	for (i = 0; i < ARRAY_SIZE(plain); i++)
		areas[n++] = plain[i](5000);
	areas[n++] = vmalloc_node(5000, 0);
	areas[n++] = vzalloc_node(5000, NUMA_NO_NODE);
	areas[n++] = vmalloc_huge(5000, GFP_KERNEL);
	areas[n++] = vmalloc_array(50, 100);
	areas[n++] = __vmalloc_array(50, 100, GFP_KERNEL | __GFP_ZERO);
	areas[n++] = vcalloc(50, 100);
	areas[n++] = __vcalloc(50, 100, GFP_KERNEL);
	areas[n++] = __vmalloc(5000, GFP_KERNEL);
	areas[n++] = __vmalloc_node(5000, 1ul << 14, GFP_KERNEL, NUMA_NO_NODE,
				    __builtin_return_address(0));
	assert_true(IS_ALIGNED((unsigned long)areas[n - 1], 1ul << 14));
	areas[n++] = __vmalloc_node_range(5000, PAGE_SIZE, VMALLOC_START, VMALLOC_END, GFP_KERNEL,
					  PAGE_KERNEL, VM_NO_GUARD, NUMA_NO_NODE,
					  __builtin_return_address(0));
	assert_int_equal(find_vm_area(areas[n - 1])->size, 2 * PAGE_SIZE);
	assert_true(vmalloc_nr_pages() >= 2 * n);
	for (i = 0; i < n; i++) {
		struct vm_struct *area = find_vm_area(areas[i]);

		assert_non_null(area);
		assert_true(area->flags & VM_ALLOC);
		assert_ptr_equal(area->addr, areas[i]);
		memset(areas[i], 1, 5000);
		assert_int_equal(vmalloc_to_pfn(areas[i]), page_to_pfn(vmalloc_to_page(areas[i])));
	}
	assert_true(find_vm_area(areas[2])->flags & VM_USERMAP);
	for (i = 0; i < n; i++)
		i & 1 ? vfree_atomic(areas[i]) : vfree(areas[i]);
	assert_null(vmalloc_array(SIZE_MAX / 2, 3));
	assert_null(vmalloc(VMALLOC_TOTAL));
	assert_null(__vmalloc_node(PAGE_SIZE, 1ul << 63, GFP_KERNEL | __GFP_NOWARN, NUMA_NO_NODE,
				   NULL));
	vm_unmap_aliases();
}

static void ranges_without_memory(void **state)
{
	struct vm_struct *area = get_vm_area(2 * PAGE_SIZE, VM_IOREMAP), *copy;
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	char *mapped;

	assert_non_null(area);
	assert_ptr_equal(find_vm_area(area->addr), area);
	assert_int_equal(get_vm_area_size(area), 2 * PAGE_SIZE);
	free_vm_area(area);
	area = get_vm_area(PAGE_SIZE, VM_MAP);
	copy = remove_vm_area(area->addr);
	assert_non_null(copy);
	assert_null(find_vm_area(copy->addr));
	kfree(copy);
	mapped = ioremap(page_to_phys(page) + 16, 32);
	sigaction(SIGSEGV, &faults,
		  NULL); /* cmocka took it; what ioremap() maps appears when used */
	mapped[0] = 9;
	assert_int_equal(((char *)page_address(page))[16], 9);
	iounmap(mapped);
	__free_page(page);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vmalloc_is_memory),
		cmocka_unit_test(all_ways_to_an_area),
		cmocka_unit_test(ranges_without_memory),
		cmocka_unit_test(vmap_is_a_second_mapping),
		cmocka_unit_test(areas_of_a_process_without_mappings),
		cmocka_unit_test(kvmalloc_goes_beyond_kmalloc),
		cmocka_unit_test(kvfree_rcu_takes_both),
		cmocka_unit_test(alignment_of_areas),
		cmocka_unit_test(protections),
		cmocka_unit_test(addresses_of_devices),
	};

	vfree(vmalloc(1));
	sigaction(SIGSEGV, NULL, &faults);
	cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
