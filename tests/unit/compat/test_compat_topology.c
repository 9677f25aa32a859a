/* SPDX-License-Identifier: MIT */
/* test_compat_topology.c - CPUs, nodes, zones and pages of a machine under the kernel's names. */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/topology.h>

#include "page_machine.h"

static struct page_machine pm;

static int start(void **state)
{
	page_machine_config(&pm, 64);
	pm.config.nr_nodes = 2;
	pm.config.nr_cpus = 4;
	pm.ranges[1] = (struct quire_mem_range){ .start = 256 << 20, .end = 320 << 20, .nid = 1 };
	pm.config.nr_ranges = 2;
	page_machine_start(&pm);
	return 0;
}

static int stop(void **state)
{
	page_machine_down(&pm);
	return 0;
}

static void test_cpus(void **state)
{
	struct cpumask some = { { 0 } };
	unsigned int cpu, seen = 0;
	char text[64];

	assert_int_equal(nr_cpu_ids, 4);
	assert_int_equal(num_online_cpus(), 4);
	assert_true(cpu_online(3) && !cpu_online(4));
	for_each_online_cpu(cpu) seen = seen * 10 + cpu;
	assert_int_equal(seen, 123);
	cpumask_set_cpu(1, &some);
	cpumask_set_cpu(3, &some);
	assert_int_equal(cpumask_weight(&some), 2);
	assert_true(cpumask_subset(&some, cpu_online_mask) && !cpumask_full(&some));
	seen = 0;
	for_each_cpu(cpu, &some) seen = seen * 10 + cpu;
	assert_int_equal(seen, 13);
	snprintf(text, sizeof(text), "%*pbl", cpumask_pr_args(&some));
	assert_string_equal(text, "1,3");
	assert_int_equal(cpumask_first(cpumask_of(2)), 2);
}

static void test_nodes(void **state)
{
	nodemask_t one = nodemask_of_node(1);
	pg_data_t *pgdat;
	int node, seen = 0;
	char text[32];

	assert_int_equal(num_online_nodes(), 2);
	for_each_node_state(node, N_MEMORY) seen = seen * 10 + node + 1;
	assert_int_equal(seen, 12);
	assert_false(node_online(2) || node_state(-1, N_ONLINE));
	assert_int_equal(first_node(one), 1);
	seen = 0;
	for_each_node_mask(node, node_online_map) seen++;
	assert_int_equal(seen, 2);
	seen = 0;
	for_each_online_pgdat(pgdat) seen = seen * 10 + pgdat->node_id + 1;
	assert_int_equal(seen, 12);
	assert_int_equal(node_distance(0, 0), 10);
	assert_int_equal(node_distance(0, 1), 20);
	assert_int_equal(cpu_to_node(0), 0);
	assert_int_equal(cpumask_weight(cpumask_of_node(0)) + cpumask_weight(cpumask_of_node(1)),
			 4);
	assert_int_equal(numa_node_id(), 0);
	snprintf(text, sizeof(text), "%*pbl", nodemask_pr_args(&one));
	assert_string_equal(text, "1");
}

static void test_zones(void **state)
{
	unsigned long managed = 0, present = 0;
	struct zone *zone;

	for_each_zone (zone)
		managed += zone_managed_pages(zone);
	for_each_populated_zone (zone)
		present += zone->present_pages;
	assert_int_equal(managed, totalram_pages());
	assert_int_equal(present, 128 << (20 - PAGE_SHIFT));
}

static void test_addresses(void **state)
{
	struct page *page = alloc_pages(GFP_KERNEL | __GFP_COMP, 2);
	char *addr = page_address(page);

	assert_ptr_equal(virt_to_page(addr), page);
	assert_ptr_equal(virt_to_head_page(addr + 3 * PAGE_SIZE), page);
	assert_true(page_to_phys(page) == PFN_PHYS(page_to_pfn(page)));
	assert_ptr_equal(phys_to_virt(virt_to_phys(addr + 5)), addr + 5);
	assert_ptr_equal(nth_page(page, 2), page + 2);
	assert_int_equal(page_size(page), 4 * PAGE_SIZE);
	assert_int_equal(compound_nr(page), 4);
	assert_true(virt_addr_valid(addr) && !virt_addr_valid(&page) && !virt_addr_valid(NULL));
	assert_int_equal(offset_in_page(addr + PAGE_SIZE + 7), 7);
	SetPageDirty(page);
	assert_true(PageDirty(page));
	ClearPageDirty(page);
	set_page_private(page, 77);
	assert_int_equal(page_private(page), 77);
	set_page_private(page, 0);
	memset(addr, 1, PAGE_SIZE);
	copy_highpage(page + 1, page);
	assert_memory_equal(addr, addr + PAGE_SIZE, PAGE_SIZE);
	clear_highpage(page);
	assert_null(memchr_inv(addr, 0, PAGE_SIZE));
	__free_pages(page, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpus),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
