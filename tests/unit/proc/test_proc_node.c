/* SPDX-License-Identifier: MIT */
/*
 * test_proc_node.c - the files of /sys/devices/system/node.
 */
#include "read.h"

static void up(struct pm *pm)
{
	static const unsigned char distances[] = { 10, 21, 31, 22, 10, 41, 32, 42, 10 };
	static const unsigned char cpu_nid[] = { 0, 0, 1, 0 };

	pm_config(pm, "0-1000@0 1000-1800@2");
	pm->config.distances = distances;
	pm->config.cpu_nid = cpu_nid;
	pm->config.nr_cpus = 4;
	pm_up(pm);
}

static void test_meminfo(void **state)
{
	struct page *page;
	struct pm pm;

	up(&pm);
	mod_node_page_state(quire_pgdat(pm.m, 2), NR_FILE_THPS, 512);
	page = alloc_pages_node(2, GFP_KERNEL, 4);
	assert_file(&pm, "node2/meminfo",
		    "Node 2 MemTotal:           8192 kB\n"
		    "Node 2 MemFree:            8128 kB\n"
		    "Node 2 MemUsed:              64 kB\n"
		    "Node 2 SwapCached:            0 kB\n"
		    "Node 2 Active:                0 kB\n"
		    "Node 2 Inactive:              0 kB\n"
		    "Node 2 Active(anon):          0 kB\n"
		    "Node 2 Inactive(anon):        0 kB\n"
		    "Node 2 Active(file):          0 kB\n"
		    "Node 2 Inactive(file):        0 kB\n"
		    "Node 2 Unevictable:           0 kB\n"
		    "Node 2 Mlocked:               0 kB\n"
		    "Node 2 Dirty:                 0 kB\n"
		    "Node 2 Writeback:             0 kB\n"
		    "Node 2 FilePages:             0 kB\n"
		    "Node 2 Mapped:                0 kB\n"
		    "Node 2 AnonPages:             0 kB\n"
		    "Node 2 Shmem:                 0 kB\n"
		    "Node 2 KernelStack:           0 kB\n"
		    "Node 2 PageTables:            0 kB\n"
		    "Node 2 SecPageTables:         0 kB\n"
		    "Node 2 NFS_Unstable:          0 kB\n"
		    "Node 2 Bounce:                0 kB\n"
		    "Node 2 WritebackTmp:          0 kB\n"
		    "Node 2 KReclaimable:          0 kB\n"
		    "Node 2 Slab:                  0 kB\n"
		    "Node 2 SReclaimable:          0 kB\n"
		    "Node 2 SUnreclaim:            0 kB\n"
		    "Node 2 AnonHugePages:         0 kB\n"
		    "Node 2 ShmemHugePages:        0 kB\n"
		    "Node 2 ShmemPmdMapped:        0 kB\n"
		    "Node 2 FileHugePages:     2048 kB\n"
		    "Node 2 FilePmdMapped:        0 kB\n"
		    "Node 2 HugePages_Total:     0\n"
		    "Node 2 HugePages_Free:      0\n"
		    "Node 2 HugePages_Surp:      0\n");
	assert_string_equal(line_of(&pm, "node1/meminfo", "Node 1 MemTotal"),
			    "Node 1 MemTotal:              0 kB");
	__free_pages(page, 4);
	pm_down(&pm);
}

/* Served by the asked node, from a CPU of another: hit and other. By another node: miss, foreign.
 */
static void test_numastat(void **state)
{
	nodemask_t only0 = { .bits = { 1 } };
	struct page *page;
	struct pm pm;

	up(&pm);
	__free_page(alloc_pages_node(2, GFP_KERNEL, 0));
	__free_page(alloc_pages_node(0, GFP_KERNEL, 0));
	__free_page(alloc_pages_node(0, GFP_KERNEL, 3));
	/* Node 2 is preferred in vain: what cannot be had there comes from node 0. */
	while ((page = alloc_pages_node(2, GFP_NOWAIT | __GFP_NOWARN | __GFP_THISNODE, 10)))
		;
	assert_int_equal(page_to_nid(__alloc_pages(GFP_KERNEL, 10, 2, NULL)), 0);
	assert_int_equal(page_to_nid(__alloc_pages(GFP_KERNEL, 0, 0, &only0)), 0);
	assert_file(&pm, "node2/numastat",
		    "numa_hit 2\nnuma_miss 0\nnuma_foreign 1\ninterleave_hit 0\nlocal_node 0\n"
		    "other_node 2\n");
	assert_file(&pm, "node0/numastat",
		    "numa_hit 3\nnuma_miss 1\nnuma_foreign 0\ninterleave_hit 0\nlocal_node 4\n"
		    "other_node 0\n");
	assert_file(&pm, "node1/numastat",
		    "numa_hit 0\nnuma_miss 0\nnuma_foreign 0\ninterleave_hit 0\nlocal_node 0\n"
		    "other_node 0\n");
	assert_line(&pm, "node0/vmstat", "numa_hit 3");
	assert_line(&pm, "node2/vmstat", "numa_foreign 1");
	pm_down(&pm);
}

/* A node's vmstat is that of zones, NUMA and node; nothing of events. */
static void test_vmstat(void **state)
{
	const char *text;
	unsigned int lines = 0;
	struct pm pm;

	up(&pm);
	text = file_of(pm.m, "node2/vmstat");
	assert_true(!strncmp(text, "nr_free_pages 2048\nnr_zone_inactive_anon 0\n", 40));
	assert_non_null(strstr(text, "nr_free_cma 0\nnuma_hit 0\n"));
	assert_non_null(strstr(text, "numa_other 0\nnr_inactive_anon 0\n"));
	assert_string_equal(strstr(text, "pgpromote_success"),
			    "pgpromote_success 0\npgpromote_candidate 0\n");
	for (; *text; text++)
		lines += *text == '\n';
	assert_int_equal(lines,
			 NR_VM_ZONE_STAT_ITEMS + NR_VM_NUMA_EVENT_ITEMS + NR_VM_NODE_STAT_ITEMS);
	pm_down(&pm);
}

static void test_sets(void **state)
{
	struct pm pm;

	up(&pm);
	assert_file(&pm, "node0/distance", "10 21 31\n");
	assert_file(&pm, "node1/distance", "22 10 41\n");
	assert_file(&pm, "node2/distance", "32 42 10\n");
	assert_file(&pm, "node0/cpulist", "0-1,3\n");
	assert_file(&pm, "node1/cpulist", "2\n");
	assert_file(&pm, "node2/cpulist", "\n");
	assert_file(&pm, "node0/cpumap", "b\n");
	assert_file(&pm, "node1/cpumap", "4\n");
	assert_file(&pm, "node2/cpumap", "0\n");
	assert_file(&pm, "node/online", "0-2\n");
	assert_file(&pm, "node/possible", "0-2\n");
	assert_file(&pm, "node/has_memory", "0,2\n");
	assert_file(&pm, "node/has_normal_memory", "0,2\n");
	assert_file(&pm, "node/has_cpu", "0-1\n");
	pm_down(&pm);
}

/* Masks are words of 32 CPUs, the highest first, the first word only as wide as needed. */
static void test_many_cpus(void **state)
{
	unsigned char cpu_nid[70] = { 0 };
	struct pm pm;

	pm_config(&pm, "0-1000@0 1000-2000@1");
	pm.config.nr_cpus = 70;
	pm.config.cpu_nid = cpu_nid;
	cpu_nid[0] = cpu_nid[33] = cpu_nid[34] = cpu_nid[69] = 1;
	pm_up(&pm);
	assert_file(&pm, "node1/cpumap", "20,00000006,00000001\n");
	assert_file(&pm, "node0/cpumap", "1f,fffffff9,fffffffe\n");
	assert_file(&pm, "node1/cpulist", "0,33-34,69\n");
	assert_file(&pm, "node0/cpulist", "1-32,35-68\n");
	pm_down(&pm);
}

/* High memory and ZONE_MOVABLE are not normal memory. */
static void test_has_normal_memory(void **state)
{
	struct pm pm;

	pm_config(&pm, "0-1000@0 1000-2000@1");
	pm.config.lowmem_limit = 16ull << 20;
	pm.config.contents = true;
	pm_up(&pm);
	assert_file(&pm, "node/has_memory", "0-1\n");
	assert_file(&pm, "node/has_normal_memory", "0\n");
	pm_down(&pm);
}

/* The files of nodes sum up to the machine's. */
static void test_sums(void **state)
{
	unsigned long a, b, all;
	struct pm pm;

	up(&pm);
	alloc_pages_node(2, GFP_KERNEL, 6);
	alloc_pages_node(0, GFP_KERNEL, 7);
	assert_int_equal(
		sscanf(line_of(&pm, "node0/meminfo", "Node 0 MemFree:"), "Node 0 MemFree: %lu", &a),
		1);
	assert_int_equal(
		sscanf(line_of(&pm, "node2/meminfo", "Node 2 MemFree:"), "Node 2 MemFree: %lu", &b),
		1);
	assert_int_equal(sscanf(line_of(&pm, "meminfo", "MemFree:"), "MemFree: %lu", &all), 1);
	assert_int_equal(all, a + b);
	assert_int_equal(all, (0x1800 - 64 - 128) * 4);
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meminfo),	  cmocka_unit_test(test_numastat),
		cmocka_unit_test(test_vmstat),	  cmocka_unit_test(test_sets),
		cmocka_unit_test(test_many_cpus), cmocka_unit_test(test_has_normal_memory),
		cmocka_unit_test(test_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
