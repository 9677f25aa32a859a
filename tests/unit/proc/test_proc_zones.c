/* SPDX-License-Identifier: MIT */
/*
 * test_proc_zones.c - buddyinfo, pagetypeinfo and zoneinfo of small machines, whole files.
 */
#include "read.h"

/* Two nodes, and a third without memory; low memory with a hole; zones DMA and DMA32. */
static void up(struct pm *pm)
{
	pm_config(pm, "1-9f@0 100-2000@0 2000-3000@1");
	pm->config.dma_limit = 16ull << 20;
	pm->config.dma32_limit = 4ull << 30;
	pm->config.nr_nodes = 3;
	pm->config.nr_cpus = 2;
	pm_up(pm);
}

static void test_buddyinfo(void **state)
{
	struct pm pm;
	struct page *page;

	up(&pm);
	assert_file(&pm, "buddyinfo",
		    "Node 0, zone      DMA      2      2      2      2      2      1      1      0 "
		    "     1      1      3 \n"
		    "Node 0, zone    DMA32      0      0      0      0      0      0      0      0 "
		    "     0      0      4 \n"
		    "Node 1, zone    DMA32      0      0      0      0      0      0      0      0 "
		    "     0      0      4 \n");
	/* Pages of per-CPU lists are not free blocks. */
	page = alloc_page(GFP_KERNEL);
	__free_page(page);
	assert_int_equal(quire_zone_pcp(pm.zones[1], 0)->count, 1);
	assert_string_equal(
		line_of(&pm, "buddyinfo", "Node 0, zone    DMA32"),
		"Node 0, zone    DMA32      1      1      1      1      1      1      1 "
		"     1      1      1      3 ");
	pm_down(&pm);
}

#define ORDERS "     0      1      2      3      4      5      6      7      8      9     10 \n"
#define NONE   "     0      0      0      0      0      0      0      0      0      0      0 \n"
#define FOUR   "     0      0      0      0      0      0      0      0      0      0      4 \n"

static void test_pagetypeinfo(void **state)
{
	struct pm pm;

	up(&pm);
	assert_file(
		&pm, "pagetypeinfo",
		"Page block order: 9\n"
		"Pages per block:  512\n"
		"\n"
		"Free pages count per migrate type at order  " ORDERS
		"Node    0, zone      DMA, type    Unmovable "
		"     2      2      2      2      2      1      1      0      1      0      0 \n"
		"Node    0, zone      DMA, type      Movable "
		"     0      0      0      0      0      0      0      0      0      1      3 \n"
		"Node    0, zone      DMA, type  Reclaimable " NONE
		"Node    0, zone      DMA, type   HighAtomic " NONE
		"Node    0, zone      DMA, type      Isolate " NONE
		"Node    0, zone    DMA32, type    Unmovable " NONE
		"Node    0, zone    DMA32, type      Movable " FOUR
		"Node    0, zone    DMA32, type  Reclaimable " NONE
		"Node    0, zone    DMA32, type   HighAtomic " NONE
		"Node    0, zone    DMA32, type      Isolate " NONE "\n"
		"Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic"
		"      Isolate \n"
		"Node 0, zone      DMA            1            7            0            0"
		"            0 \n"
		"Node 0, zone    DMA32            0            8            0            0"
		"            0 \n"
		"Page block order: 9\n"
		"Pages per block:  512\n"
		"\n"
		"Free pages count per migrate type at order  " ORDERS
		"Node    1, zone    DMA32, type    Unmovable " NONE
		"Node    1, zone    DMA32, type      Movable " FOUR
		"Node    1, zone    DMA32, type  Reclaimable " NONE
		"Node    1, zone    DMA32, type   HighAtomic " NONE
		"Node    1, zone    DMA32, type      Isolate " NONE "\n"
		"Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic"
		"      Isolate \n"
		"Node 1, zone    DMA32            0            8            0            0"
		"            0 \n");
	pm_down(&pm);
}

/* The count of a list stops at 100,000 and says so; the column grows by the mark. */
static void test_pagetypeinfo_stops_counting(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-30d41@0");
	pm.config.max_order = 2;
	pm.config.pageblock_order = 1;
	pm_up(&pm);
	assert_string_equal(
		line_of(&pm, "pagetypeinfo", "Node    0, zone   Normal, type      Movable"),
		"Node    0, zone   Normal, type      Movable      1 >100000 ");
	assert_string_equal(line_of(&pm, "buddyinfo", "Node"),
			    "Node 0, zone   Normal      1 100000 ");
	pm_down(&pm);
}

/* A machine with CMA has its column and its rows. */
static void test_pagetypeinfo_cma(void **state)
{
	static const struct quire_reserved cma = {
		.name = "cma", .start = 4 << 20, .size = 4 << 20, .kind = QUIRE_RESERVED_REUSABLE
	};
	struct pm pm;

	pm_config(&pm, "0-1000@0");
	pm.config.reserved = &cma;
	pm.config.nr_reserved = 1;
	pm_up(&pm);
	assert_string_equal(
		line_of(&pm, "pagetypeinfo", "Node    0, zone   Normal, type          CMA"),
		"Node    0, zone   Normal, type          CMA "
		"     0      0      0      0      0      0      0      0      0      0"
		"      1 ");
	assert_string_equal(
		line_of(&pm, "pagetypeinfo", "Number of blocks type"),
		"Number of blocks type     Unmovable      Movable  Reclaimable   HighAtomic"
		"          CMA      Isolate ");
	assert_string_equal(
		line_of(&pm, "pagetypeinfo", "Node 0, zone   Normal "),
		"Node 0, zone   Normal            0            6            0            0"
		"            2            0 ");
	assert_line(&pm, "vmstat", "nr_free_cma 1024");
	assert_line(&pm, "vmstat", "cma_alloc_success 0");
	assert_line(&pm, "meminfo", "CmaTotal:           4096 kB");
	assert_line(&pm, "meminfo", "CmaFree:            4096 kB");
	assert_string_equal(line_of(&pm, "zoneinfo", "        cma"), "        cma      1024");
	pm_down(&pm);
}

#define NODE_STATS                                                                            \
	"  per-node stats\n"                                                                  \
	"      nr_inactive_anon 0\n      nr_active_anon 0\n      nr_inactive_file 0\n"        \
	"      nr_active_file 0\n      nr_unevictable 0\n      nr_slab_reclaimable 0\n"       \
	"      nr_slab_unreclaimable 0\n      nr_isolated_anon 0\n      nr_isolated_file 0\n" \
	"      workingset_nodes 0\n      workingset_refault_anon 0\n"                         \
	"      workingset_refault_file 0\n      workingset_activate_anon 0\n"                 \
	"      workingset_activate_file 0\n      workingset_restore_anon 0\n"                 \
	"      workingset_restore_file 0\n      workingset_nodereclaim 0\n"                   \
	"      nr_anon_pages 0\n      nr_mapped    0\n      nr_file_pages 0\n"                \
	"      nr_dirty     0\n      nr_writeback 0\n      nr_writeback_temp 0\n"             \
	"      nr_shmem     0\n      nr_shmem_hugepages 0\n      nr_shmem_pmdmapped 0\n"      \
	"      nr_file_hugepages 0\n      nr_file_pmdmapped 0\n"                              \
	"      nr_anon_transparent_hugepages 0\n      nr_vmscan_write 0\n"                    \
	"      nr_vmscan_immediate_reclaim 0\n      nr_dirtied   0\n      nr_written   0\n"   \
	"      nr_throttled_written 0\n      nr_kernel_misc_reclaimable 0\n"                  \
	"      nr_foll_pin_acquired 0\n      nr_foll_pin_released 0\n"                        \
	"      nr_kernel_stack 0\n      nr_page_table_pages 0\n"                              \
	"      nr_sec_page_table_pages 0\n      nr_swapcached 0\n      pgpromote_success 0\n" \
	"      pgpromote_candidate 0\n"

#define ZONE_STATS                                                                           \
	"      nr_zone_inactive_anon 0\n      nr_zone_active_anon 0\n"                       \
	"      nr_zone_inactive_file 0\n      nr_zone_active_file 0\n"                       \
	"      nr_zone_unevictable 0\n      nr_zone_write_pending 0\n      nr_mlock     0\n" \
	"      nr_bounce    0\n      nr_zspages   0\n      nr_free_cma  0\n"

#define EMPTY_ZONE(name)                                                      \
	name "\n  pages free     0\n        boost    0\n        min      0\n" \
	     "        low      0\n        high     0\n        spanned  0\n"   \
	     "        present  0\n        managed  0\n        cma      0\n"

#define NO_PROTECTION "        protection: (0, 0, 0, 0)\n"

#define SIZES                     \
	"  pages free     4095\n" \
	"        boost    0\n"    \
	"        min      128\n"  \
	"        low      160\n"  \
	"        high     192\n"  \
	"        spanned  4096\n" \
	"        present  4096\n" \
	"        managed  4096\n" \
	"        cma      0\n"

#define NUMA                        \
	"      numa_hit     1\n"    \
	"      numa_miss    0\n"    \
	"      numa_foreign 0\n"    \
	"      numa_interleave 0\n" \
	"      numa_local   1\n"    \
	"      numa_other   0\n"

#define PAGESETS                     \
	"  pagesets\n"               \
	"    cpu: 0\n"               \
	"              count: 0\n"   \
	"              high:  160\n" \
	"              batch: 1\n"   \
	"  vm stats threshold: 2\n"  \
	"  node_unreclaimable:  0\n" \
	"  start_pfn:           4096\n"

#define FREE_PAGES "      nr_free_pages 4095\n"
#define DMA32	   "Node 0, zone    DMA32\n"
#define NORMAL	   EMPTY_ZONE("Node 0, zone   Normal") NO_PROTECTION
#define MOVABLE	   EMPTY_ZONE("Node 0, zone  Movable") NO_PROTECTION
#define DEVICE	   EMPTY_ZONE("Node 0, zone   Device") NO_PROTECTION

static void test_zoneinfo(void **state)
{
	struct pm pm;

	pm_config(&pm, "1000-2000@0");
	pm.config.dma32_limit = 4ull << 30;
	pm.config.vm.min_free_kbytes = 512;
	pm_up(&pm);
	assert_int_equal(pm_pfn(alloc_page(GFP_KERNEL)), 0x1000);
	/* Totals lag by what each CPU has not folded yet. */
	assert_string_equal(line_of(&pm, "zoneinfo", "  pages free"), "  pages free     4096");
	quire_refresh_cpu_vm_stats(pm.m, 0);
	assert_file(&pm, "zoneinfo",
		    DMA32 NODE_STATS SIZES NO_PROTECTION FREE_PAGES ZONE_STATS NUMA PAGESETS NORMAL
			    MOVABLE DEVICE);
	pm_down(&pm);
}

/* Every node begins anew: per-node stats stand in its first zone with memory. */
static void test_zoneinfo_of_nodes(void **state)
{
	const char *at;
	struct pm pm;

	up(&pm);
	at = strstr(file_of(pm.m, "zoneinfo"), "Node 0, zone      DMA\n  per-node stats\n");
	assert_non_null(at);
	at = strstr(at, "        protection: (0, 16, 16, 16, 16)\n");
	assert_non_null(at);
	at = strstr(at, "    cpu: 0\n              count: 0\n              high:  90\n"
			"              batch: 1\n  vm stats threshold: 4\n    cpu: 1\n");
	assert_non_null(at);
	at = strstr(at, "Node 0, zone    DMA32\n  pages free     4096\n");
	assert_non_null(at);
	at = strstr(at, "Node 1, zone      DMA\n  pages free     0\n");
	assert_non_null(at);
	at = strstr(
		at,
		"        protection: (0, 0, 0, 0, 0)\nNode 1, zone    DMA32\n  per-node stats\n");
	assert_non_null(at);
	at = strstr(at, "  start_pfn:           8192\n" EMPTY_ZONE("Node 1, zone   Normal"));
	assert_non_null(at);
	/* A node without memory has its zones, all empty, and no statistics. */
	at = strstr(at, EMPTY_ZONE("Node 2, zone      DMA"));
	assert_non_null(at);
	assert_null(strstr(at, "per-node stats"));
	pm_down(&pm);
}

/* Types of zones as a kernel for this machine would be built with. */
static void test_zone_types(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-1000@0");
	pm.config.dma_limit = 4ull << 20;
	pm.config.lowmem_limit = 8ull << 20;
	pm.config.contents = true;
	pm_up(&pm);
	assert_string_equal(line_of(&pm, "zoneinfo", "Node 0, zone  HighMem"),
			    "Node 0, zone  HighMem");
	assert_null(strstr(file_of(pm.m, "zoneinfo"), "DMA32"));
	assert_line(&pm, "vmstat", "pgalloc_high 0");
	assert_null(strstr(file_of(pm.m, "vmstat"), "pgalloc_dma32"));
	assert_line(&pm, "meminfo", "HighTotal:          8192 kB");
	assert_line(&pm, "meminfo", "HighFree:           8192 kB");
	assert_line(&pm, "meminfo", "LowTotal:           8192 kB");
	assert_line(&pm, "meminfo", "LowFree:            8192 kB");
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buddyinfo),
		cmocka_unit_test(test_pagetypeinfo),
		cmocka_unit_test(test_pagetypeinfo_stops_counting),
		cmocka_unit_test(test_pagetypeinfo_cma),
		cmocka_unit_test(test_zoneinfo),
		cmocka_unit_test(test_zoneinfo_of_nodes),
		cmocka_unit_test(test_zone_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
