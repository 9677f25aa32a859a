/* SPDX-License-Identifier: MIT */
/*
 * test_proc_counters.c - vmstat and meminfo: what is counted, converted, computed.
 *
 * The machine has 16 MiB in one zone with marks of 128, 160 and 192 pages, so 192 pages are
 * kept back in all.
 */
#include "read.h"

static void up(struct pm *pm)
{
	pm_config(pm, "0-1000@0");
	pm->config.vm.min_free_kbytes = 512;
	pm_up(pm);
}

static void set_node(struct pm *pm, enum node_stat_item item, long value)
{
	mod_node_page_state(quire_pgdat(pm->m, 0), item, value);
}

static void test_meminfo_whole(void **state)
{
	struct pm pm;

	up(&pm);
	assert_file(&pm, "meminfo",
		    "MemTotal:          16384 kB\n"
		    "MemFree:           16384 kB\n"
		    "MemAvailable:      15616 kB\n"
		    "Buffers:               0 kB\n"
		    "Cached:                0 kB\n"
		    "SwapCached:            0 kB\n"
		    "Active:                0 kB\n"
		    "Inactive:              0 kB\n"
		    "Active(anon):          0 kB\n"
		    "Inactive(anon):        0 kB\n"
		    "Active(file):          0 kB\n"
		    "Inactive(file):        0 kB\n"
		    "Unevictable:           0 kB\n"
		    "Mlocked:               0 kB\n"
		    "SwapTotal:             0 kB\n"
		    "SwapFree:              0 kB\n"
		    "Dirty:                 0 kB\n"
		    "Writeback:             0 kB\n"
		    "AnonPages:             0 kB\n"
		    "Mapped:                0 kB\n"
		    "Shmem:                 0 kB\n"
		    "KReclaimable:          0 kB\n"
		    "Slab:                  0 kB\n"
		    "SReclaimable:          0 kB\n"
		    "SUnreclaim:            0 kB\n"
		    "KernelStack:           0 kB\n"
		    "PageTables:            0 kB\n"
		    "SecPageTables:         0 kB\n"
		    "NFS_Unstable:          0 kB\n"
		    "Bounce:                0 kB\n"
		    "WritebackTmp:          0 kB\n"
		    "CommitLimit:        8192 kB\n"
		    "Committed_AS:          0 kB\n"
		    "VmallocTotal:   34359738367 kB\n"
		    "VmallocUsed:           0 kB\n"
		    "VmallocChunk:          0 kB\n"
		    "Percpu:                0 kB\n"
		    "AnonHugePages:         0 kB\n"
		    "ShmemHugePages:        0 kB\n"
		    "ShmemPmdMapped:        0 kB\n"
		    "FileHugePages:         0 kB\n"
		    "FilePmdMapped:         0 kB\n"
		    "HugePages_Total:       0\n"
		    "HugePages_Free:        0\n"
		    "HugePages_Rsvd:        0\n"
		    "HugePages_Surp:        0\n"
		    "Hugepagesize:       2048 kB\n"
		    "Hugetlb:               0 kB\n"
		    "DirectMap4k:           0 kB\n"
		    "DirectMap2M:       16384 kB\n");
	pm_down(&pm);
}

static void test_meminfo_counters(void **state)
{
	struct pm pm;

	up(&pm);
	set_node(&pm, NR_ACTIVE_ANON, 1);
	set_node(&pm, NR_INACTIVE_ANON, 2);
	set_node(&pm, NR_ACTIVE_FILE, 100);
	set_node(&pm, NR_INACTIVE_FILE, 50);
	set_node(&pm, NR_FILE_PAGES, 170);
	set_node(&pm, NR_SWAPCACHE, 20);
	set_node(&pm, NR_SLAB_RECLAIMABLE_B, 400);
	set_node(&pm, NR_SLAB_UNRECLAIMABLE_B, 5);
	set_node(&pm, NR_KERNEL_MISC_RECLAIMABLE, 2);
	set_node(&pm, NR_KERNEL_STACK_KB, 48);
	set_node(&pm, NR_ANON_THPS, 1024);
	set_node(&pm, NR_FILE_THPS, 512);
	assert_line(&pm, "meminfo", "Active:              404 kB");
	assert_line(&pm, "meminfo", "Inactive:            208 kB");
	assert_line(&pm, "meminfo", "Inactive(file):      200 kB");
	assert_line(&pm, "meminfo", "Cached:              600 kB");
	assert_line(&pm, "meminfo", "SwapCached:           80 kB");
	assert_line(&pm, "meminfo", "KReclaimable:       1608 kB");
	assert_line(&pm, "meminfo", "Slab:               1620 kB");
	assert_line(&pm, "meminfo", "KernelStack:          48 kB");
	assert_line(&pm, "meminfo", "AnonHugePages:      4096 kB");
	assert_line(&pm, "meminfo", "FileHugePages:      2048 kB");
	/*
	 * Free 4096 less 192; of the page cache 150 at least half stays: 75; of what slabs
	 * could free, 402, the low mark stays, 160 being less than half.
	 */
	assert_line(&pm, "meminfo", "MemAvailable:      16884 kB");
	/* vmstat and zoneinfo count huge pages, not their pages; stacks in kB. */
	assert_line(&pm, "vmstat", "nr_anon_transparent_hugepages 2");
	assert_line(&pm, "vmstat", "nr_file_hugepages 1");
	assert_line(&pm, "vmstat", "nr_kernel_stack 48");
	assert_line(&pm, "vmstat", "nr_slab_reclaimable 400");
	assert_line(&pm, "node0/vmstat", "nr_anon_transparent_hugepages 2");
	assert_string_equal(line_of(&pm, "zoneinfo", "      nr_anon_transparent_hugepages"),
			    "      nr_anon_transparent_hugepages 2");
	pm_down(&pm);
}

/* A boost raises the marks that MemAvailable keeps back, as it raises those of zoneinfo. */
static void test_boost_counts(void **state)
{
	struct pm pm;

	up(&pm);
	set_node(&pm, NR_INACTIVE_FILE, 4000);
	assert_line(&pm, "meminfo", "MemAvailable:      30976 kB"); /* 4096 - 192 + 4000 - 160 */
	pm.zones[0]->watermark_boost = 40;
	assert_line(&pm, "meminfo", "MemAvailable:      30816 kB");
	assert_string_equal(line_of(&pm, "zoneinfo", "        low"), "        low      200");
	assert_string_equal(line_of(&pm, "zoneinfo", "        boost"), "        boost    40");
	pm.zones[0]->watermark_boost = 0;
	pm_down(&pm);
}

/*
 * 4096 - 192 free, 300 of page cache, 1 for never 0: 4205; the ratios are cut to 819/4096 and
 * 409/4096.
 */
static void test_dirty_thresholds(void **state)
{
	struct pm pm;

	up(&pm);
	set_node(&pm, NR_INACTIVE_FILE, 300);
	assert_line(&pm, "vmstat", "nr_dirty_threshold 840");
	assert_line(&pm, "vmstat", "nr_dirty_background_threshold 419");
	pm_down(&pm);

	pm_config(&pm, "0-1000@0");
	pm.config.vm.min_free_kbytes = 512;
	pm.config.vm.dirty_ratio = 10; /* the background's 10 % would not be less: half */
	pm_up(&pm);
	assert_line(&pm, "vmstat", "nr_dirty_threshold 389");
	assert_line(&pm, "vmstat", "nr_dirty_background_threshold 194");
	pm_down(&pm);
}

static void test_events(void **state)
{
	struct page *page[3];
	struct pm pm;

	up(&pm);
	page[0] = alloc_pages(GFP_KERNEL, 0);
	page[1] = alloc_pages(GFP_KERNEL, 2);
	page[2] = alloc_pages(GFP_KERNEL, 5);
	assert_line(&pm, "vmstat", "pgalloc_normal 37");
	assert_line(&pm, "vmstat", "pgfree 0");
	assert_line(&pm, "vmstat", "numa_hit 3");
	assert_line(&pm, "vmstat", "numa_local 3");
	__free_pages(page[2], 5);
	__free_pages(page[1], 2);
	assert_line(&pm, "vmstat", "pgfree 36");
	count_vm_events(PGFAULT, 7);
	assert_line(&pm, "vmstat", "pgfault 7");
	assert_string_equal(strrchr(file_of(pm.m, "vmstat"), 'n'), "nstable 0\n");
	__free_page(page[0]);
	pm_down(&pm);
}

/* What is smaller than 2 MiB, or not aligned to it, is mapped by small pages; no-map is not. */
static void test_direct_map(void **state)
{
	struct pm pm;

	pm_config(&pm, "1-9f@0 100-a01@0 1000-1200@0");
	pm.ranges[2].flags = QUIRE_RANGE_NOMAP;
	pm_up(&pm);
	assert_line(&pm, "meminfo", "DirectMap4k:        1660 kB"); /* 9e + 100 + 1 pages */
	assert_line(&pm, "meminfo", "DirectMap2M:        8192 kB");
	pm_down(&pm);
}

/* Pages of 64 KiB: kB follow, and there are no x86 lines. */
static void test_large_pages(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-1000@0");
	pm.config.page_shift = 16;
	pm.config.section_shift = 29;
	pm_up(&pm);
	assert_line(&pm, "meminfo", "MemTotal:          16384 kB");
	assert_line(&pm, "vmstat", "nr_free_pages 256");
	assert_line(&pm, "meminfo", "Hugepagesize:      32768 kB");
	assert_null(strstr(file_of(pm.m, "meminfo"), "DirectMap"));
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meminfo_whole), cmocka_unit_test(test_meminfo_counters),
		cmocka_unit_test(test_boost_counts),  cmocka_unit_test(test_dirty_thresholds),
		cmocka_unit_test(test_events),	      cmocka_unit_test(test_direct_map),
		cmocka_unit_test(test_large_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
