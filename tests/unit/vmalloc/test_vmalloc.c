/* SPDX-License-Identifier: MIT */
/*
 * test_vmalloc.c - areas, guard pages, waiting ranges, frames; the views of the window.
 */
#include "page_machine.h"

#include <quire/errno.h>
#include <quire/fault.h>
#include <quire/proc.h>
#include <quire/rcupdate.h>
#include <quire/slab.h>
#include <quire/vmalloc.h>

#define PAGE 4096ul

static struct page_machine pm;
static unsigned long window, window_end;

static int up(void **state)
{
	page_machine_config(&pm, 256);
	page_machine_start(&pm);
	quire_vmalloc_window(&window, &window_end);
	vfree(vmalloc(1)); /* tables and caches are there */
	vm_unmap_aliases();
	return 0;
}

static int down(void **state)
{
	struct quire_vmalloc_stats stats;

	quire_vmalloc_stats(pm.m, &stats);
	assert_int_equal(stats.areas, 0);
	assert_int_equal(stats.frames, 0);
	assert_true(quire_vmalloc_validate(pm.m));
	page_machine_down(&pm);
	return 0;
}

static unsigned long lazy_bytes(void)
{
	struct quire_vmalloc_stats stats;

	assert_true(quire_vmalloc_validate(pm.m));
	quire_vmalloc_stats(pm.m, &stats);
	return stats.lazy_bytes;
}

static unsigned long of(const void *p)
{
	return (unsigned long)p - window;
}

static void test_lowest_first(void **state)
{
	char *a = vmalloc(3 * PAGE), *b = vmalloc(1), *c = vmalloc(PAGE + 1);

	assert_int_equal(of(a), 0);
	assert_int_equal(of(b), 4 * PAGE); /* after a's guard page */
	assert_int_equal(of(c), 6 * PAGE);
	vfree(b);
	assert_int_equal(lazy_bytes(), 2 * PAGE);
	/* b's addresses wait; the next area comes after c. */
	b = vmalloc(PAGE);
	assert_int_equal(of(b), 9 * PAGE);
	vm_unmap_aliases();
	assert_int_equal(lazy_bytes(), 0);
	vfree(b);
	b = vmalloc(PAGE);
	assert_int_equal(of(b), 4 * PAGE);
	vfree(a);
	vfree(b);
	vfree(c);
}

static void test_frames(void **state)
{
	char *p = vzalloc(5 * PAGE);
	struct vm_struct *area = find_vm_area(p + 3 * PAGE + 17);
	unsigned long i;

	assert_non_null(area);
	assert_ptr_equal(area->addr, p);
	assert_int_equal(area->size, 6 * PAGE);
	assert_int_equal(area->nr_pages, 5);
	assert_true(area->flags & VM_ALLOC);
	assert_int_equal(vmalloc_nr_pages(), 5);
	for (i = 0; i < 5; i++) {
		struct page *page = vmalloc_to_page(p + i * PAGE + i);
		char *contents = page_address(page);

		assert_ptr_equal(page, area->pages[i]);
		assert_int_equal(page_ref_count(page), 1);
		assert_int_equal(vmalloc_to_pfn(p + i * PAGE), page_to_pfn(page));
		assert_int_equal(contents[0] | contents[PAGE - 1], 0);
	}
	assert_null(vmalloc_to_page(p + 5 * PAGE)); /* the guard page */
	assert_null(vmalloc_to_page(&i));
	assert_true(is_vmalloc_addr(p));
	assert_false(is_vmalloc_addr(&i));
	assert_false(is_vmalloc_addr(NULL));
	vfree(p);
	assert_null(vmalloc_to_page(p));
	assert_null(find_vm_area(p));
	vfree(NULL);
}

static void test_refused(void **state)
{
	forget(&pm);
	assert_null(vmalloc(0));
	assert_said(&pm, "a request of 0 bytes");
	assert_null(vmalloc(257ul << 20));
	assert_said(&pm, "vmalloc error: size 269484032, page order 0, exceeds total pages");
	assert_null(vmalloc(~0ul));
	assert_null(vmalloc_array(1ul << 40, 1ul << 40));
	forget(&pm);
	assert_null(__vmalloc(1ul << 40, GFP_KERNEL | __GFP_NOWARN));
	assert_string_equal(pm.log, "");
}

/* More than is free but not more than there is: all that was taken comes back. */
static void test_out_of_frames(void **state)
{
	unsigned long before, mb = 1ul << 20;
	void *most;

	drain_all_pages(NULL);
	before = nr_free_pages();
	most = vmalloc(200 * mb);
	assert_non_null(most);
	forget(&pm);
	assert_null(vmalloc(60 * mb));
	assert_said(&pm, "page order 0, failed to allocate pages, mode:0xcc2");
	vfree(most);
	drain_all_pages(NULL);
	/* Tables of the kernel's stay: a level-0 table for each 2 MiB. */
	assert_in_range(before - nr_free_pages(), 0, 300);
}

/* No page for the array of frames: the mode is told as it is for them, high memory too. */
static void test_out_of_arrays(void **state)
{
	vfree(vmalloc(1));
	vfree(vmalloc(1)); /* there are nodes in reserve: the array is what slab is asked for */
	forget(&pm);
	quire_fault_arm(pm.m, QUIRE_FAULT_SLAB_ALLOC, 1);
	assert_null(vmalloc(20 * PAGE));
	assert_true(quire_fault_disarm(pm.m));
	assert_said(&pm, "vmalloc error: size 81920, page order 0, failed to allocate page array "
			 "size, mode:0xcc2");
}

/* Half of memory is free, but no two frames side by side: what cannot fail needs no such two. */
static void test_nofail_in_pieces(void **state)
{
	struct page **all = calloc(65536, sizeof(*all));
	unsigned long n = 0, i;
	void *p;

	while (n < 65536 && (all[n] = alloc_page(GFP_NOWAIT | __GFP_MEMALLOC | __GFP_NOWARN)))
		n++;
	for (i = 0; i < n; i++)
		if (page_to_pfn(all[i]) % 2)
			__free_page(all[i]);
	p = vmalloc_huge(2ul << 20, GFP_KERNEL | __GFP_NOFAIL);
	assert_int_equal(find_vm_area(p)->page_order, 0);
	vfree(p);
	p = __vmalloc(16384 * PAGE, GFP_KERNEL | __GFP_NOFAIL); /* its array has 32 pages */
	assert_int_equal(find_vm_area(p)->nr_pages, 16384);
	vfree(p);
	for (i = 0; i < n; i++)
		if (page_to_pfn(all[i]) % 2 == 0)
			__free_page(all[i]);
	free(all);
}

static void test_alignment(void **state)
{
	char *one = vmalloc(1), *p;
	unsigned int shift;

	p = __vmalloc_node(10 * PAGE, 1ul << 22, GFP_KERNEL, NUMA_NO_NODE, NULL);
	assert_non_null(p);
	assert_int_equal((unsigned long)p & ((1ul << 22) - 1), 0);
	vfree(p);
	for (shift = 12; shift < 64; shift++) {
		p = __vmalloc_node(PAGE, 1ul << shift, GFP_KERNEL | __GFP_NOWARN, NUMA_NO_NODE,
				   NULL);
		if (shift < 44)
			assert_non_null(p);
		if (shift > 45)
			assert_null(p);
		assert_int_equal(shift < 64 ? (unsigned long)p & ((1ul << shift) - 1) : 0, 0);
		vfree(p);
		vm_unmap_aliases();
		assert_true(quire_vmalloc_validate(pm.m));
	}
	assert_null(__vmalloc_node(PAGE, 3 * PAGE, GFP_KERNEL | __GFP_NOWARN, NUMA_NO_NODE, NULL));
	vfree(one);
}

/* A window of its own that is full of waiting ranges is purged before the request fails. */
static void test_purge_before_failure(void **state)
{
	unsigned long lo = window + (1ul << 30), hi = lo + 8 * PAGE;
	struct vm_struct *area;
	void *p, *q;

	p = __vmalloc_node_range(7 * PAGE, 1, lo, hi, GFP_KERNEL, quire_page_kernel(), 0, -1, NULL);
	assert_int_equal((unsigned long)p, lo);
	assert_null(__vmalloc_node_range(PAGE, 1, lo, hi, GFP_KERNEL | __GFP_NOWARN,
					 quire_page_kernel(), 0, -1, NULL));
	vfree(p);
	assert_int_equal(lazy_bytes(), 8 * PAGE);
	p = __vmalloc_node_range(3 * PAGE, 1, lo, hi, GFP_KERNEL, quire_page_kernel(), 0, -1, NULL);
	assert_int_equal((unsigned long)p, lo);
	q = __vmalloc_node_range(4 * PAGE, 1, lo, hi, GFP_KERNEL, quire_page_kernel(), VM_NO_GUARD,
				 -1, NULL);
	assert_int_equal((unsigned long)q, lo + 4 * PAGE);
	area = find_vm_area(q);
	assert_int_equal(area->size, 4 * PAGE);
	vfree(p);
	vfree(q);
	vm_unmap_aliases();
	assert_int_equal(lazy_bytes(), 0);
}

static void test_wrong_frees(void **state)
{
	char *p = vmalloc(2 * PAGE);

	forget(&pm);
	vfree(p + PAGE);
	assert_said(&pm, "Trying to vfree() nonexistent vm area (");
	vfree(p + 1);
	assert_said(&pm, "Trying to vfree() bad address (");
	vfree(p);
	forget(&pm);
	vfree(p);
	assert_said(&pm, "Trying to vfree() nonexistent vm area (");
	vunmap(p);
	assert_said(&pm, "Trying to vunmap() nonexistent vm area (");
	vm_unmap_ram(p, 2);
	assert_said(&pm, "vm_unmap_ram: no mapping of 2 pages begins at");
}

static void test_vmap(void **state)
{
	struct page *pages[3], **own;
	unsigned int i;
	char *p, *q;

	for (i = 0; i < 3; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	p = vmap(pages, 3, VM_MAP, quire_page_kernel());
	q = vm_map_ram(pages, 3, -1);
	assert_ptr_equal(vmalloc_to_page(p + PAGE), pages[1]);
	assert_ptr_equal(vmalloc_to_page(q + 2 * PAGE), pages[2]);
	assert_int_equal(q - p, 4 * PAGE);
	assert_null(find_vm_area(q)); /* belongs to no vm_struct */
	vunmap(p);
	vm_unmap_ram(q, 3);
	assert_null(vmalloc_to_page(q));
	assert_int_equal(page_ref_count(pages[0]), 1);
	assert_null(vmap(pages, 0, VM_MAP, quire_page_kernel()));
	/* The frames and their array go with the area. */
	own = kmalloc(sizeof(pages), GFP_KERNEL);
	memcpy(own, pages, sizeof(pages));
	p = vmap(own, 3, VM_MAP | VM_MAP_PUT_PAGES, quire_page_kernel());
	vfree(p);
	assert_int_equal(page_ref_count(pages[0]), 0);
}

static void test_ioremap(void **state)
{
	char *p = ioremap(0xfed00123, 0x1000);
	struct vm_struct *area = find_vm_area(p);
	unsigned long there;

	assert_int_equal((unsigned long)p & 0xfff, 0x123);
	assert_int_equal(area->phys_addr, 0xfed00000);
	assert_int_equal(area->size, 3 * PAGE);
	assert_true(area->flags & VM_IOREMAP);
	there = (unsigned long)area->addr;
	iounmap(p);
	assert_null(find_vm_area((void *)there));
	assert_null(ioremap(0, 0));
	assert_null(ioremap(~0ull - 5, 100));
}

static void test_huge(void **state)
{
	char *p = vmalloc_huge((2ul << 20) + PAGE, GFP_KERNEL);
	struct vm_struct *area = find_vm_area(p);

	assert_int_equal(area->page_order, 9);
	assert_int_equal(area->nr_pages, 1024);
	assert_int_equal((unsigned long)p & ((2ul << 20) - 1), 0);
	assert_ptr_equal(vmalloc_to_page(p + (2ul << 20) + 5 * PAGE), area->pages[517]);
	vfree(p);
	p = vmalloc_huge(PAGE, GFP_KERNEL);
	assert_int_equal(find_vm_area(p)->page_order, 0);
	vfree(p);
}

/* Where small pages were, a table is left: a huge page takes its place, and the other way round. */
static void test_huge_where_small_was(void **state)
{
	const unsigned long size = 4ul << 20;
	char *small = vmalloc(size), *p;
	unsigned long tables;

	assert_non_null(vmalloc_to_page(small + PAGE));
	vfree(small);
	vm_unmap_aliases();
	tables = node_page_state(quire_pgdat(pm.m, 0), NR_PAGETABLE);
	p = vmalloc_huge(size / 2, GFP_KERNEL);
	assert_int_equal(find_vm_area(p)->page_order, 9);
	assert_true(p >= small && p < small + size);
	assert_ptr_equal(vmalloc_to_page(p + 5 * PAGE), find_vm_area(p)->pages[5]);
	assert_int_equal(node_page_state(quire_pgdat(pm.m, 0), NR_PAGETABLE), tables - 1);
	vfree(p);
	vm_unmap_aliases();
	assert_null(vmalloc_to_page(p + 5 * PAGE));
	p = vmalloc(size);
	assert_ptr_equal(p, small);
	assert_ptr_equal(vmalloc_to_page(p + size / 2), find_vm_area(p)->pages[512]);
	vfree(p);
}

static void test_areas_without_frames(void **state)
{
	struct vm_struct *area = get_vm_area(4 * PAGE, VM_MAP), *copy;
	void *addr = area->addr;

	assert_int_equal(area->size, 5 * PAGE);
	assert_int_equal(area->nr_pages, 0);
	assert_ptr_equal(find_vm_area(addr), area);
	copy = remove_vm_area(addr);
	assert_ptr_equal(copy->addr, addr);
	assert_null(find_vm_area(addr));
	assert_null(remove_vm_area(addr));
	kfree(copy);
	assert_null(get_vm_area(0, VM_MAP));
}

static void test_freed_later(void **state)
{
	void *p = vmalloc(PAGE), *q = vmalloc(PAGE);

	vfree_atomic(p);
	vfree_atomic(q);
	vfree_atomic(NULL);
	assert_non_null(find_vm_area(p));
	assert_int_equal(quire_vmalloc_poll(pm.m), 2);
	assert_null(find_vm_area(p));
	p = vmalloc(PAGE);
	vfree_atomic(p);
	vfree(vmalloc(PAGE)); /* takes it along */
	assert_int_equal(quire_vmalloc_poll(pm.m), 0);
}

static void test_protection(void **state)
{
	char *p = vmalloc(3 * PAGE);
	unsigned long at = (unsigned long)p;

	assert_int_equal(quire_vmalloc_set_prot(at, 3, 0, -1), 0);
	assert_int_equal(quire_vmalloc_set_prot(at, 1, 1, 1), 0);
	assert_int_equal(quire_vmalloc_set_prot(at + 1, 1, 0, -1), -EINVAL);
	assert_int_equal(quire_vmalloc_set_prot(at, 4, 0, -1), -EINVAL); /* the guard page */
	assert_int_equal(quire_vmalloc_set_prot(0, 1, 0, -1), -EINVAL);
	assert_non_null(vmalloc_to_page(p + PAGE));
	vfree(p);
}

static void test_freed_by_rcu(void **state)
{
	void *p = vmalloc(PAGE);

	kvfree_rcu_mightsleep(p);
	kvfree_rcu_barrier();
	assert_null(find_vm_area(p));
}

static bool collect(void *ctx, const char *text, size_t n)
{
	strncat(ctx, text, n);
	return true;
}

static void test_view(void **state)
{
	char expected[400], got[4096] = "", *p = vmalloc_user(4 * PAGE), *mapped, *gone;
	struct page *page = alloc_page(GFP_KERNEL);
	struct quire_vmalloc_line line = { 0 };
	const struct quire_proc_sink sink = { got, collect };
	char *info, *next;
	void *phys;

	gone = vmalloc(PAGE);
	mapped = vm_map_ram(&page, 1, -1);
	phys = ioremap(0x100000000, PAGE);
	vfree(gone);
	assert_int_equal(quire_proc_read(pm.m, "vmallocinfo", &sink), 0);
	info = got;
	next = strchr(info, '\n');
	*next = 0;
	snprintf(expected, sizeof(expected), "0x%016lx-0x%016lx   20480 ", (long)p,
		 (long)p + 20480);
	assert_memory_equal(info, expected, strlen(expected));
	assert_string_equal(strstr(info, " pages="), " pages=4 vmalloc user N0=4");
	info = next + 1;
	next = strchr(info, '\n');
	*next = 0;
	snprintf(expected, sizeof(expected), "0x%016lx-0x%016lx    4096 vm_map_ram", (long)mapped,
		 (long)mapped + 4096);
	assert_string_equal(info, expected);
	info = next + 1;
	next = strchr(info, '\n');
	*next = 0;
	assert_string_equal(strstr(info, " phys="), " phys=0x0000000100000000 ioremap");
	snprintf(expected, sizeof(expected), "0x%016lx-0x%016lx    8192 unpurged vm_area\n",
		 (long)gone, (long)gone + 8192);
	assert_string_equal(next + 1, expected);
	assert_true(quire_vmalloc_next(pm.m, &line));
	assert_int_equal(line.nodes[0], 4);
	vfree(p);
	vm_unmap_ram(mapped, 1);
	iounmap(phys);
	__free_page(page);
}

static void test_explained(void **state)
{
	char *p = vmalloc(2 * PAGE), text[200];

	assert_true(quire_vmalloc_explain(pm.m, (unsigned long)p + 8195, text, sizeof(text)) > 0);
	assert_non_null(strstr(text, ": 3 bytes past the end of the 8192-byte vmalloc area at"));
	quire_vmalloc_explain(pm.m, (unsigned long)p + 5, text, sizeof(text));
	assert_non_null(strstr(text, ": byte 5 of the 8192-byte vmalloc area at"));
	vfree(p);
	quire_vmalloc_explain(pm.m, (unsigned long)p, text, sizeof(text));
	assert_non_null(strstr(text, "freed, not yet reused"));
	assert_int_equal(quire_vmalloc_explain(pm.m, 5, text, sizeof(text)), 0);
	quire_vmalloc_explain(pm.m, window_end - 1, text, sizeof(text));
	assert_non_null(strstr(text, "in no area"));
}

/* Seeded areas against the validator, thousands of them. */
static void test_many(void **state)
{
	static void *areas[3000];
	u64 seed = 1;
	unsigned int i;

	for (i = 0; i < 60000; i++) {
		void **slot;

		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		slot = &areas[(seed >> 33) % ARRAY_SIZE(areas)];
		if (*slot) {
			vfree(*slot);
			*slot = NULL;
		} else {
			*slot = vmalloc(1 + (seed >> 20) % (3 * PAGE));
			assert_non_null(*slot);
		}
		if (i % 5000 == 0)
			assert_true(quire_vmalloc_validate(pm.m));
	}
	for (i = 0; i < ARRAY_SIZE(areas); i++)
		vfree(areas[i]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lowest_first, up, down),
		cmocka_unit_test_setup_teardown(test_frames, up, down),
		cmocka_unit_test_setup_teardown(test_refused, up, down),
		cmocka_unit_test_setup_teardown(test_out_of_frames, up, down),
		cmocka_unit_test_setup_teardown(test_out_of_arrays, up, down),
		cmocka_unit_test_setup_teardown(test_nofail_in_pieces, up, down),
		cmocka_unit_test_setup_teardown(test_alignment, up, down),
		cmocka_unit_test_setup_teardown(test_purge_before_failure, up, down),
		cmocka_unit_test_setup_teardown(test_wrong_frees, up, down),
		cmocka_unit_test_setup_teardown(test_vmap, up, down),
		cmocka_unit_test_setup_teardown(test_ioremap, up, down),
		cmocka_unit_test_setup_teardown(test_huge, up, down),
		cmocka_unit_test_setup_teardown(test_huge_where_small_was, up, down),
		cmocka_unit_test_setup_teardown(test_areas_without_frames, up, down),
		cmocka_unit_test_setup_teardown(test_freed_later, up, down),
		cmocka_unit_test_setup_teardown(test_protection, up, down),
		cmocka_unit_test_setup_teardown(test_freed_by_rcu, up, down),
		cmocka_unit_test_setup_teardown(test_view, up, down),
		cmocka_unit_test_setup_teardown(test_explained, up, down),
		cmocka_unit_test_setup_teardown(test_many, up, down),
	};

	cmocka_set_test_filter(argc > 1 ? argv[1] : NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
