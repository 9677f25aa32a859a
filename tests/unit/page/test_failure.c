/* SPDX-License-Identifier: MIT */
/*
 * test_failure.c - what a refused request reports: the failure line, Mem-Info, the order warning.
 */
#include "page_machine.h"

#include <quire/explain.h>

static void up(struct page_machine *pm)
{
	page_machine_config(pm, 64);
	page_machine_start(pm);
}

/* Takes all pages that @gfp can have. They stay with the machine. */
static unsigned int take_all(gfp_t gfp)
{
	unsigned int n = 0;

	while (alloc_page(gfp | __GFP_NOWARN))
		n++;
	return n;
}

static void flags_have_names(void **state)
{
	static const struct {
		gfp_t gfp;
		const char *text;
	} cases[] = {
		{ 0, "" },
		{ GFP_KERNEL, "GFP_KERNEL" },
		{ GFP_KERNEL | __GFP_ZERO, "GFP_KERNEL|__GFP_ZERO" },
		{ GFP_KERNEL_ACCOUNT, "GFP_KERNEL_ACCOUNT" },
		{ GFP_ATOMIC | __GFP_NOWARN | __GFP_COMP, "GFP_ATOMIC|__GFP_NOWARN|__GFP_COMP" },
		{ GFP_HIGHUSER_MOVABLE, "GFP_HIGHUSER_MOVABLE" },
		{ GFP_TRANSHUGE, "GFP_TRANSHUGE" },
		{ GFP_TRANSHUGE_LIGHT | __GFP_KSWAPD_RECLAIM, "GFP_TRANSHUGE_LIGHT|GFP_NOWAIT" },
		{ GFP_NOWAIT | __GFP_DMA, "GFP_NOWAIT|GFP_DMA" },
		{ __GFP_DIRECT_RECLAIM | __GFP_IO, "__GFP_IO|__GFP_DIRECT_RECLAIM" },
		{ 0x3000000 | __GFP_HIGH, "__GFP_HIGH|0x3000000" },
	};
	char buf[256];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(quire_gfp_to_text(cases[i].gfp, buf, sizeof(buf)),
				 strlen(cases[i].text));
		assert_string_equal(buf, cases[i].text);
	}
	assert_int_equal(quire_gfp_to_text(GFP_KERNEL | __GFP_ZERO, buf, 8), 21);
	assert_string_equal(buf, "GFP_KER");
	assert_int_equal(quire_gfp_to_text(GFP_KERNEL, NULL, 0), 10);
	assert_string_equal(quire_migratetype_name(MIGRATE_CMA), "CMA");
	assert_string_equal(quire_migratetype_name(MIGRATE_TYPES), "?");
	assert_string_equal(quire_migratetype_name(-1), "?");
}

static void failure_has_linux_form(void **state)
{
	static const char form[] =
		"sh: page allocation failure: order:3, mode:0x40cc0(GFP_KERNEL|__GFP_COMP), "
		"nodemask=(null),cpuset=/,mems_allowed=0\n"
		"CPU: 0 PID: 7 Comm: sh Not tainted\nHardware name: Quire machine\n"
		"Call Trace:\n <TASK>\n";
	static struct page_machine pm;

	up(&pm);
	take_all(GFP_KERNEL);
	assert_int_equal(pm.logged, 0);
	assert_null(alloc_pages(GFP_KERNEL | __GFP_COMP, 3));
	assert_ptr_equal(strstr(pm.log, form), pm.log);
	assert_said(&pm, "failure_has_linux_form+0x");
	assert_said(&pm, " </TASK>\nMem-Info:\nactive_anon:0 inactive_anon:0 isolated_anon:0\n"
			 " active_file:0 inactive_file:0 isolated_file:0\n"
			 " unevictable:0 dirty:0 writeback:0\n"
			 " slab_reclaimable:0 slab_unreclaimable:0\n"
			 " mapped:0 shmem:0 pagetables:0\n"
			 " sec_pagetables:0 bounce:0\n"
			 " kernel_misc_reclaimable:0\n"
			 " free:");
	page_machine_down(&pm);
}

/* Every number of the zone lines against the machine's own. */
static void mem_info_counts(void **state)
{
	static struct page_machine pm;
	char line[600];
	struct zone *z;

	up(&pm);
	mod_node_page_state(quire_pgdat(pm.m, 0), NR_ACTIVE_ANON, 5);
	mod_node_page_state(quire_pgdat(pm.m, 0), NR_KERNEL_STACK_KB, 16);
	mod_node_page_state(quire_pgdat(pm.m, 0), NR_FILE_PAGES, 33);
	take_all(GFP_KERNEL);
	assert_null(alloc_page(GFP_NOWAIT));
	assert_said(
		&pm,
		"sh: page allocation failure: order:0, mode:0x800(GFP_NOWAIT), nodemask=(null)");
	assert_said(&pm, "Mem-Info:\nactive_anon:5 ");
	assert_said(&pm,
		    "Node 0 active_anon:20kB inactive_anon:0kB active_file:0kB inactive_file:0kB "
		    "unevictable:0kB isolated(anon):0kB isolated(file):0kB mapped:0kB dirty:0kB "
		    "writeback:0kB shmem:0kB shmem_thp: 0kB shmem_pmdmapped: 0kB anon_thp: 0kB "
		    "writeback_tmp:0kB kernel_stack:16kB pagetables:0kB sec_pagetables:0kB "
		    "all_unreclaimable? no\n");
	z = quire_pgdat(pm.m, 0)->node_zones[ZONE_DMA32];
	snprintf(line, sizeof(line),
		 "Node 0 DMA32 free:%lukB boost:%lukB min:%lukB low:%lukB high:%lukB "
		 "reserved_highatomic:0KB active_anon:0kB inactive_anon:0kB active_file:0kB "
		 "inactive_file:0kB unevictable:0kB writepending:0kB present:%lukB managed:%lukB "
		 "mlocked:0kB bounce:0kB free_pcp:%dkB local_pcp:%dkB free_cma:0kB\n",
		 zone_page_state(z, NR_FREE_PAGES) * 4, z->watermark_boost * 4,
		 min_wmark_pages(z) * 4, low_wmark_pages(z) * 4, high_wmark_pages(z) * 4,
		 z->present_pages * 4, zone_managed_pages(z) * 4, quire_zone_pcp(z, 0)->count * 4,
		 quire_zone_pcp(z, 0)->count * 4);
	assert_said(&pm, line);
	z = quire_pgdat(pm.m, 0)->node_zones[ZONE_DMA];
	snprintf(line, sizeof(line), "lowmem_reserve[]: 0 %ld %ld %ld %ld\n", z->lowmem_reserve[1],
		 z->lowmem_reserve[2], z->lowmem_reserve[4], z->lowmem_reserve[5]);
	assert_said(&pm, line);
	assert_said(&pm, "33 total pagecache pages\n0 pages in swap cache\nFree swap  = 0kB\n"
			 "Total swap = 0kB\n16384 pages RAM\n0 pages HighMem/MovableOnly\n");
	assert_said(&pm, " pages reserved\n0 pages cma reserved\n");
	page_machine_down(&pm);
}

static void free_lists_are_shown_by_order(void **state)
{
	static struct page_machine pm;
	unsigned long total = 0;
	unsigned int order;
	char line[600];
	struct zone *z;
	size_t at;

	up(&pm);
	take_all(GFP_KERNEL);
	alloc_page(GFP_NOWAIT);
	z = quire_pgdat(pm.m, 0)->node_zones[ZONE_DMA];
	at = (size_t)snprintf(line, sizeof(line), "Node 0 DMA: ");
	for (order = 0; order < 11; order++) {
		unsigned long nr = z->free_area[order].nr_free;
		unsigned int mt;

		at += (size_t)snprintf(line + at, sizeof(line) - at, "%lu*%lukB ", nr,
				       4ul << order);
		if (nr)
			at += (size_t)snprintf(line + at, sizeof(line) - at, "(");
		for (mt = 0; mt < MIGRATE_TYPES; mt++)
			if (z->free_orders[mt] & 1u << order)
				line[at++] = "UMEHCI"[mt];
		if (nr)
			at += (size_t)snprintf(line + at, sizeof(line) - at, ") ");
		total += nr << order;
	}
	snprintf(line + at, sizeof(line) - at, "= %lukB\n", total * 4);
	assert_said(&pm, line);
	page_machine_down(&pm);
}

static void one_in_ten_seconds(void **state)
{
	static struct page_machine pm;

	up(&pm);
	take_all(GFP_KERNEL);
	assert_null(alloc_page(GFP_KERNEL));
	assert_null(alloc_page(GFP_KERNEL));
	assert_null(alloc_page(GFP_KERNEL));
	assert_int_equal(said(&pm, "page allocation failure"), 1);
	quire_machine_advance_ns(pm.m, 10000000001ull);
	forget(&pm);
	assert_null(alloc_page(GFP_KERNEL | __GFP_NOWARN));
	assert_null(alloc_page(GFP_KERNEL));
	assert_said(&pm, "warn_alloc: 2 callbacks suppressed\nsh: page allocation failure");
	page_machine_down(&pm);
}

static void nodes_are_named(void **state)
{
	static struct page_machine pm;
	nodemask_t nodes = { { 1ul << 1 | 1ul << 2 } };

	page_machine_config(&pm, 32);
	pm.ranges[1] = (struct quire_mem_range){ .start = 32 << 20, .end = 64 << 20, .nid = 1 };
	pm.ranges[2] = (struct quire_mem_range){ .start = 64 << 20, .end = 96 << 20, .nid = 2 };
	pm.config.nr_ranges = 3;
	pm.config.nr_nodes = 3;
	pm.config.nr_cpus = 3;
	page_machine_start(&pm);
	while (__alloc_pages(GFP_KERNEL | __GFP_NOWARN, 0, 1, &nodes))
		;
	assert_null(__alloc_pages(GFP_KERNEL, 0, 1, &nodes));
	assert_said(&pm, "nodemask=1-2,cpuset=/,mems_allowed=0-2\n");
	assert_not_said(&pm, "Node 0 ");
	assert_said(&pm, "Node 1 DMA32 free:");
	assert_said(&pm, "Node 2 DMA32: ");
	quire_machine_advance_ns(pm.m, 11000000000ull);
	forget(&pm);
	nodes.bits[0] = 1ul << 0 | 1ul << 2;
	while (__alloc_pages(GFP_NOWAIT | __GFP_NOWARN, 0, 0, &nodes))
		;
	assert_null(__alloc_pages(GFP_NOWAIT, 0, 2, &nodes));
	assert_said(&pm, "nodemask=0,2,cpuset=/");
	assert_said(&pm, "Node 1 DMA32: ");
	page_machine_down(&pm);
}

static void zones_above_the_request_are_left_out(void **state)
{
	static struct page_machine pm;

	up(&pm);
	take_all(GFP_KERNEL | GFP_DMA);
	assert_null(alloc_page(GFP_KERNEL | GFP_DMA));
	assert_said(&pm, "Node 0 DMA: ");
	assert_not_said(&pm, "Node 0 DMA32");
	page_machine_down(&pm);
}

static void no_dma_memory_is_no_news(void **state)
{
	static struct page_machine pm;

	page_machine_config(&pm, 64);
	pm.config.dma_limit = 0;
	page_machine_start(&pm);
	take_all(GFP_KERNEL | GFP_DMA);
	assert_null(alloc_page(GFP_KERNEL | GFP_DMA));
	assert_int_equal(pm.logged, 0);
	assert_null(alloc_page(GFP_KERNEL));
	assert_said(&pm, "page allocation failure");
	page_machine_down(&pm);
}

static void too_large_an_order_warns_once(void **state)
{
	static struct page_machine pm;

	up(&pm);
	assert_null(alloc_pages(GFP_KERNEL | __GFP_NOWARN, 11));
	assert_int_equal(pm.logged, 0);
	assert_null(alloc_pages(GFP_KERNEL, 11));
	assert_said(&pm, "------------[ cut here ]------------\n");
	assert_said(&pm, "order 11 is too large: this machine has orders 0 to 10 (max_order 11)\n");
	assert_said(&pm, "WARNING: CPU: 0 PID: 7 at mm/page_alloc.c __alloc_pages\nModules linked "
			 "in:\nCPU: 0 PID: 7 Comm: sh");
	assert_said(&pm, "---[ end trace 0000000000000000 ]---\n");
	forget(&pm);
	assert_null(alloc_pages(GFP_KERNEL, 19));
	assert_int_equal(pm.logged, 0);
	page_machine_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_have_names),
		cmocka_unit_test(failure_has_linux_form),
		cmocka_unit_test(mem_info_counts),
		cmocka_unit_test(free_lists_are_shown_by_order),
		cmocka_unit_test(one_in_ten_seconds),
		cmocka_unit_test(nodes_are_named),
		cmocka_unit_test(zones_above_the_request_are_left_out),
		cmocka_unit_test(no_dma_memory_is_no_news),
		cmocka_unit_test(too_large_an_order_warns_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
