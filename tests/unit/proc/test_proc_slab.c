/* SPDX-License-Identifier: MIT */
/*
 * test_proc_slab.c - /proc/slabinfo and /sys/kernel/slab: every byte, links, permissions, what can
 * be written.
 */
#include "read.h"

#include <quire/slab_debug.h>

static void up(struct pm *pm)
{
	pm_config(pm, "0-4000@0 4000-8000@1");
	pm->config.contents = true;
	pm->config.slab.sheaves = 0;
	pm_up(pm);
}

#define HEAD                                                                                  \
	"slabinfo - version: 2.1\n"                                                           \
	"# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : " \
	"tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> " \
	"<sharedavail>\n"

static void test_no_objects_yet(void **state)
{
	struct quire_proc_sink sink = { .write = text_write };
	char name[QUIRE_PROC_NAME];
	struct pm pm;
	unsigned int i;

	up(&pm);
	assert_file(&pm, "slabinfo", HEAD);
	for (i = 0; quire_proc_name(pm.m, i, name, sizeof(name)); i++)
		assert_true(strncmp(name, "slab/", 5) != 0);
	assert_int_equal(quire_proc_read(pm.m, "slab/kmem_cache/order", &sink), -ENOENT);
	pm_down(&pm);
}

static void test_slabinfo(void **state)
{
	struct kmem_cache *s;
	const char *last;
	struct pm pm;
	void *p[60];
	unsigned int i;

	up(&pm);
	s = kmem_cache_create("fish", 96, 0, SLAB_NO_MERGE, NULL);
	for (i = 0; i < 60; i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL);
	assert_memory_equal(file_of(pm.m, "slabinfo"), HEAD, strlen(HEAD));
	assert_memory_equal(file_of(pm.m, "slabinfo") + strlen(HEAD), "fish ", 5); /* the newest */
	/* 42 and 18 objects; those of the CPU's slab all count */
	assert_line(&pm, "slabinfo",
		    "fish                  84     84     96   42    1 : tunables    0    0    0 : "
		    "slabdata      2      2      0");
	for (i = 0; i < 60; i++)
		kmem_cache_free(s, p[i]);
	kmem_cache_shrink(s);
	assert_line(&pm, "slabinfo",
		    "fish                   0      0     96   42    1 : tunables    0    0    0 : "
		    "slabdata      0      0      0");
	last = strrchr(file_of(pm.m, "slabinfo"), ':'); /* the oldest */
	while (last[-1] != '\n')
		last--;
	assert_memory_equal(last, "kmem_cache ", 11);
	kmem_cache_destroy(s);
	pm_down(&pm);
}

static void test_slab_back_end(void **state)
{
	struct quire_slabinfo info;
	struct kmem_cache *s;
	char line[160];
	struct pm pm;

	pm_config(&pm, "0-4000@0");
	pm.config.contents = true;
	pm.config.slab.backend = QUIRE_SLAB_SLAB;
	pm_up(&pm);
	s = kmem_cache_create("fish", 96, 0, 0, NULL);
	kmem_cache_free(s, kmem_cache_alloc(s, GFP_KERNEL));
	quire_slabinfo(s, &info);
	assert_true(info.limit && info.batchcount);
	snprintf(line, sizeof(line),
		 "%-17s %6lu %6lu %6u %4u %4d : tunables %4u %4u %4u : slabdata %6lu %6lu %6lu",
		 "fish", info.active_objs, info.num_objs, s->size, info.objects_per_slab,
		 1 << info.cache_order, info.limit, info.batchcount, info.shared, info.active_slabs,
		 info.num_slabs, info.shared_avail);
	assert_string_equal(line_of(&pm, "slabinfo", "fish "), line);
	kmem_cache_destroy(s);
	pm_down(&pm);
}

static void constructed(void *object)
{
	*(char *)object = 0;
}

static void test_values(void **state)
{
	struct kmem_cache *s;
	void *p, *q;
	struct pm pm;

	up(&pm);
	s = kmem_cache_create("fish", 500, 0, SLAB_HWCACHE_ALIGN | SLAB_NO_MERGE, NULL);
	p = kmem_cache_alloc_node(s, GFP_KERNEL, 0);
	q = kmem_cache_alloc_node(s, GFP_KERNEL, 1);
	kmem_cache_shrink(s); /* CPU slabs go to the lists */
	assert_file(&pm, "slab/fish/slab_size", "512\n");
	assert_file(&pm, "slab/fish/object_size", "500\n");
	assert_file(&pm, "slab/fish/objs_per_slab", "16\n");
	assert_file(&pm, "slab/fish/order", "1\n");
	assert_file(&pm, "slab/fish/align", "64\n");
	assert_file(&pm, "slab/fish/min_partial", "5\n");
	assert_file(&pm, "slab/fish/cpu_partial", "52\n");
	assert_file(&pm, "slab/fish/objects", "2 N0=1 N1=1\n");
	assert_file(&pm, "slab/fish/objects_partial", "2 N0=1 N1=1\n");
	assert_file(&pm, "slab/fish/total_objects", "32 N0=16 N1=16\n");
	assert_file(&pm, "slab/fish/slabs", "2 N0=1 N1=1\n");
	assert_file(&pm, "slab/fish/partial", "2 N0=1 N1=1\n");
	assert_file(&pm, "slab/fish/cpu_slabs", "0\n");
	assert_file(&pm, "slab/fish/slabs_cpu_partial", "0(0)\n");
	assert_file(&pm, "slab/fish/ctor", "");
	assert_file(&pm, "slab/fish/aliases", "0\n");
	assert_file(&pm, "slab/fish/hwcache_align", "1\n");
	assert_file(&pm, "slab/fish/reclaim_account", "0\n");
	assert_file(&pm, "slab/fish/destroy_by_rcu", "0\n");
	assert_file(&pm, "slab/fish/poison", "0\n");
	assert_file(&pm, "slab/fish/remote_node_defrag_ratio", "100\n");
	assert_file(&pm, "slab/fish/shrink", "");
	assert_file(&pm, "slab/fish/validate", "");
	kmem_cache_free(s, p);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	assert_file(&pm, "slab/fish/cpu_slabs", "1 N0=1\n");
	assert_file(&pm, "slab/fish/partial", "1 N1=1\n");
	assert_file(&pm, "slab/fish/objects", "17 N0=16 N1=1\n");
	kmem_cache_free(s, p);
	kmem_cache_free(s, q);
	kmem_cache_destroy(s);
	s = kmem_cache_create("built", 40, 0, SLAB_TYPESAFE_BY_RCU, constructed);
	assert_memory_equal(file_of(pm.m, "slab/built/ctor"), "constructed+0x0/0x", 18);
	assert_file(&pm, "slab/built/destroy_by_rcu", "1\n");
	kmem_cache_destroy(s);
	pm_down(&pm);
}

static void test_folders_and_links(void **state)
{
	char names[1 << 16] = "\n", name[QUIRE_PROC_NAME];
	struct kmem_cache *a, *b, *c;
	unsigned int i;
	struct pm pm;

	up(&pm);
	a = kmem_cache_create("first", 72, 0, SLAB_RECLAIM_ACCOUNT, NULL);
	b = kmem_cache_create("second", 70, 0, SLAB_RECLAIM_ACCOUNT, NULL);
	c = kmem_cache_create("alone", 72, 0, SLAB_POISON, NULL);
	assert_ptr_equal(a, b);
	for (i = 0; quire_proc_name(pm.m, i, name, sizeof(name)); i++)
		strcat(strcat(names, name), "\n");
	assert_non_null(strstr(names, "\nslab/:a-0000072/objects\n"));
	assert_non_null(strstr(names, "\nslab/first\n"));
	assert_non_null(strstr(names, "\nslab/second\n"));
	assert_null(strstr(names, "\nslab/first/"));
	assert_non_null(strstr(names, "\nslab/alone/objects\n"));
	assert_null(strstr(names, "\nslab/alone\n"));
	assert_null(strstr(names, "\nslab/alone/alloc_traces\n"));
	assert_non_null(strstr(names, "\nslab/kmalloc-64/slab_size\n")); /* copied to users */
	assert_non_null(strstr(names, "\nslab/kmem_cache/order\n"));
	assert_file(&pm, "slab/first", ":a-0000072");
	assert_file(&pm, "slab/second/aliases", "1\n");
	assert_file(&pm, "slab/:a-0000072/object_size", "72\n");
	assert_int_equal(quire_proc_mode("slab/first"), 0120777);
	assert_int_equal(quire_proc_mode("slab/first/objects"), 0400);
	assert_int_equal(quire_proc_mode("slab/first/min_partial"), 0600);
	assert_int_equal(quire_proc_mode("slab/first/nothing"), 0);
	assert_int_equal(quire_proc_mode("slabinfo"), 0400);
	assert_int_equal(quire_proc_path("slab/first", name, sizeof(name)), 0);
	assert_string_equal(name, "sys/kernel/slab/first");
	assert_int_equal(quire_proc_path("slab/x/alloc_traces", name, sizeof(name)), 0);
	assert_string_equal(name, "sys/kernel/debug/slab/x/alloc_traces");
	assert_int_equal(quire_proc_path("slab/", name, sizeof(name)), -ENOENT);
	kmem_cache_destroy(a);
	kmem_cache_destroy(b);
	kmem_cache_destroy(c);
	pm_down(&pm);
}

/* SLAB's folders have their caches' names; what was merged into one is a link to it. */
static void test_links_of_slab(void **state)
{
	struct kmem_cache *a, *b;
	char names[1 << 16] = "\n", name[QUIRE_PROC_NAME];
	unsigned int i;
	struct pm pm;

	pm_config(&pm, "0-4000@0");
	pm.config.contents = true;
	pm.config.slab.backend = QUIRE_SLAB_SLAB;
	pm_up(&pm);
	a = kmem_cache_create("first", 72, 0, SLAB_RECLAIM_ACCOUNT, NULL);
	b = kmem_cache_create("second", 70, 0, SLAB_RECLAIM_ACCOUNT, NULL);
	assert_ptr_equal(a, b);
	for (i = 0; quire_proc_name(pm.m, i, name, sizeof(name)); i++)
		strcat(strcat(names, name), "\n");
	assert_non_null(strstr(names, "\nslab/first/objects\n"));
	assert_null(strstr(names, "\nslab/first\n"));
	assert_non_null(strstr(names, "\nslab/second\n"));
	assert_file(&pm, "slab/second", "first");
	assert_file(&pm, "slab/second/aliases", "1\n");
	kmem_cache_destroy(a);
	kmem_cache_destroy(b);
	pm_down(&pm);
}

static void test_traces(void **state)
{
	struct quire_proc_sink sink = { .write = text_write };
	struct kmem_cache *s;
	void *p, *held[3];
	unsigned int i;
	const char *text;
	struct pm pm;

	up(&pm);
	s = kmem_cache_create("fish", 64, 0, SLAB_STORE_USER, NULL);
	assert_file(&pm, "slab/fish/alloc_traces", "No data\n");
	p = kmem_cache_alloc(s, GFP_KERNEL);
	quire_machine_advance_ns(pm.m, 40000000);
	text = file_of(pm.m, "slab/fish/alloc_traces");
	assert_memory_equal(text, "      1 test_traces+0x", 22);
	assert_non_null(strstr(text, " age=10 pid="));
	assert_null(strstr(file_of(pm.m, "slab/fish/alloc_traces"), "waste="));
	assert_non_null(strstr(text, " nodes=0\n        test_traces+0x"));
	assert_memory_equal(file_of(pm.m, "slab/fish/free_traces"),
			    "      1 <not-available> age=", 28);
	kmem_cache_free(s, p);
	kmem_cache_destroy(s);
	/* What is wasted is told of who asked; ages that all round to one tick are one. */
	s = kmem_cache_create("sized", 64, 0, SLAB_KMALLOC | SLAB_STORE_USER, NULL);
	for (i = 0; i < 3; i++) {
		p = kmalloc_trace(s, GFP_KERNEL, 40);
		quire_machine_advance_ns(pm.m, 10000);
		held[i] = p;
	}
	assert_non_null(
		strstr(file_of(pm.m, "slab/sized/alloc_traces"), " waste=72/24 age=0 pid="));
	for (i = 0; i < 3; i++)
		kmem_cache_free(s, held[i]);
	assert_null(strstr(file_of(pm.m, "slab/sized/free_traces"), "waste="));
	kmem_cache_destroy(s);
	assert_int_equal(quire_proc_read(pm.m, "slab/kmalloc-64/alloc_traces", &sink), -ENOENT);
	pm_down(&pm);
}

static void test_writing(void **state)
{
	struct kmem_cache *s, *d;
	struct pm pm;
	unsigned int i;

	up(&pm);
	s = kmem_cache_create("fish", 64, 0, SLAB_NO_MERGE, NULL);
	d = kmem_cache_create("bird", 64, 0, SLAB_POISON, NULL);
	assert_int_equal(quire_slab_sysfs_write(s, "min_partial", "7\n"), 0);
	assert_file(&pm, "slab/fish/min_partial", "7\n");
	assert_int_equal(quire_slab_sysfs_write(s, "cpu_partial", "30"), 0);
	assert_file(&pm, "slab/fish/cpu_partial", "30\n");
	assert_int_equal(quire_slab_sysfs_write(d, "cpu_partial", "30"), -EINVAL);
	assert_int_equal(quire_slab_sysfs_write(d, "cpu_partial", "0"), 0);
	assert_int_equal(quire_slab_sysfs_write(s, "remote_node_defrag_ratio", "40"), 0);
	assert_file(&pm, "slab/fish/remote_node_defrag_ratio", "40\n");
	assert_int_equal(quire_slab_sysfs_write(s, "remote_node_defrag_ratio", "101"), -ERANGE);
	for (i = 0; i < 200; i++)
		kmem_cache_free(s, kmem_cache_alloc(s, GFP_KERNEL));
	assert_int_equal(quire_slab_sysfs_write(s, "shrink", "1"), 0);
	assert_file(&pm, "slab/fish/slabs", "0\n");
	assert_int_equal(quire_slab_sysfs_write(s, "shrink", "2"), -EINVAL);
	assert_int_equal(quire_slab_sysfs_write(s, "validate", "1"), -EINVAL);
	assert_int_equal(quire_slab_sysfs_write(d, "validate", "1"), 0);
	assert_int_equal(quire_slab_sysfs_write(s, "failslab", "1"), 0);
	assert_file(&pm, "slab/fish/failslab", "1\n");
	assert_int_equal(quire_slab_sysfs_write(s, "min_partial", "-1"), -EINVAL);
	assert_int_equal(quire_slab_sysfs_write(s, "min_partial", "1x"), -EINVAL);
	assert_int_equal(quire_slab_sysfs_write(s, "min_partial", ""), -EINVAL);
	assert_int_equal(quire_slab_sysfs_write(s, "min_partial", "99999999999999999999"), -EINVAL);
	assert_int_equal(quire_slab_sysfs_write(s, "order", "1"), -EACCES);
	assert_int_equal(quire_slab_sysfs_write(s, "colour", "1"), -ENOENT);
	kmem_cache_destroy(s);
	kmem_cache_destroy(d);
	pm_down(&pm);
}

/* A reader off CPU, or on a CPU of another machine, borrows one and is back where it was. */
static void test_readers_place(void **state)
{
	struct quire_proc_sink sink = { .write = text_write };
	struct pm pm, other;
	char text[8192];

	up(&pm);
	assert_true(slab_is_available());
	snprintf(text, sizeof(text), "%.8000s", file_of(pm.m, "slabinfo"));
	quire_cpu_leave();
	assert_string_equal(file_of(pm.m, "slabinfo"), text);
	assert_null(quire_this_cpu);
	pm_config(&other, "0-4000@0");
	pm_up(&other);
	assert_string_equal(file_of(pm.m, "slabinfo"), text);
	assert_ptr_equal(quire_current_machine(), other.m);
	assert_int_equal(quire_proc_read(pm.m, "slab/nothing/order", &sink), -ENOENT);
	assert_ptr_equal(quire_current_machine(), other.m);
	pm_down(&other);
	assert_int_equal(quire_cpu_enter(pm.m, 0), 0);
	pm_down(&pm);
}

/* Pages of slabs in meminfo and vmstat. */
static void test_counters(void **state)
{
	struct kmem_cache *s;
	struct pm pm;
	void *p;

	up(&pm);
	s = kmem_cache_create("fish", 4096, 0, SLAB_RECLAIM_ACCOUNT | SLAB_NO_MERGE, NULL);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	assert_line(&pm, "meminfo", "SReclaimable:         32 kB");
	assert_line(&pm, "vmstat", "nr_slab_reclaimable 8");
	assert_line(&pm, "meminfo", "KReclaimable:         32 kB");
	kmem_cache_free(s, p);
	kmem_cache_destroy(s);
	assert_line(&pm, "meminfo", "SReclaimable:          0 kB");
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_objects_yet),	  cmocka_unit_test(test_slabinfo),
		cmocka_unit_test(test_slab_back_end),	  cmocka_unit_test(test_values),
		cmocka_unit_test(test_folders_and_links), cmocka_unit_test(test_traces),
		cmocka_unit_test(test_writing),		  cmocka_unit_test(test_readers_place),
		cmocka_unit_test(test_counters),	  cmocka_unit_test(test_links_of_slab),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
