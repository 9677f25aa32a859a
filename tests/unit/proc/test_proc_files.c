/* SPDX-License-Identifier: MIT */
/*
 * test_proc_files.c - names, places, permissions, and readers that stop early.
 */
#include "read.h"

static void up(struct pm *pm)
{
	pm_config(pm, "0-1000@0 1000-2000@1");
	pm_up(pm);
}

static void test_names(void **state)
{
	static const char *const names[] = {
		"buddyinfo",
		"pagetypeinfo",
		"zoneinfo",
		"vmstat",
		"meminfo",
		"slabinfo",
		"vmallocinfo",
		"node/online",
		"node/possible",
		"node/has_memory",
		"node/has_normal_memory",
		"node/has_cpu",
		"node0/meminfo",
		"node1/meminfo",
		"node0/numastat",
		"node1/numastat",
		"node0/vmstat",
		"node1/vmstat",
		"node0/distance",
		"node1/distance",
		"node0/cpulist",
		"node1/cpulist",
		"node0/cpumap",
		"node1/cpumap",
	};
	char name[QUIRE_PROC_NAME];
	struct pm pm;
	unsigned int i;

	up(&pm);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_true(quire_proc_name(pm.m, i, name, sizeof(name)));
		assert_string_equal(name, names[i]);
		/* A machine without areas has no line there. */
		assert_true(strlen(file_of(pm.m, name)) > 1 || !strcmp(name, "vmallocinfo"));
	}
	assert_false(quire_proc_name(pm.m, i, name, sizeof(name)));
	pm_down(&pm);
}

static void test_unknown(void **state)
{
	static const char *const names[] = { "",
					     "node",
					     "node/",
					     "node0",
					     "node0/",
					     "node0/online",
					     "node/meminfo",
					     "node00/meminfo",
					     "node01/meminfo",
					     "node2/meminfo",
					     "node64/meminfo",
					     "node99999999999999999999/meminfo",
					     "node-1/meminfo",
					     "memoinfo",
					     "meminfo ",
					     "/meminfo",
					     "distance" };
	struct text t = { .n = 0 };
	struct quire_proc_sink sink = { .ctx = &t, .write = text_write };
	struct pm pm;
	unsigned int i;

	up(&pm);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(quire_proc_read(pm.m, names[i], &sink), -ENOENT);
	assert_int_equal(t.n, 0);
	pm_down(&pm);
}

static void test_paths_and_modes(void **state)
{
	char path[80];

	assert_int_equal(quire_proc_path("zoneinfo", path, sizeof(path)), 0);
	assert_string_equal(path, "proc/zoneinfo");
	assert_int_equal(quire_proc_path("node17/numastat", path, sizeof(path)), 0);
	assert_string_equal(path, "sys/devices/system/node/node17/numastat");
	assert_int_equal(quire_proc_path("node/has_cpu", path, sizeof(path)), 0);
	assert_string_equal(path, "sys/devices/system/node/has_cpu");
	assert_int_equal(quire_proc_path("node0/maps", path, sizeof(path)), -ENOENT);
	assert_int_equal(quire_proc_mode("zoneinfo"), 0444);
	assert_int_equal(quire_proc_mode("pagetypeinfo"), 0400);
	assert_int_equal(quire_proc_mode("node3/meminfo"), 0444);
	assert_int_equal(quire_proc_mode("node3/memoinfo"), 0);
}

struct reader {
	size_t most, got;
	unsigned int calls;
};

static bool read_some(void *ctx, const char *text, size_t n)
{
	struct reader *r = ctx;

	assert_true(n > 0 && text);
	r->calls++;
	r->got += n;
	return r->got < r->most;
}

/* A reader that has enough is not called again; one that wants all gets the same in any pieces. */
static void test_reader_stops(void **state)
{
	struct reader r = { .most = 1 }, all = { .most = ~0ul };
	struct quire_proc_sink sink = { .ctx = &r, .write = read_some };
	size_t length;
	struct pm pm;

	up(&pm);
	length = strlen(file_of(pm.m, "zoneinfo"));
	assert_true(length > 4096 + 100);
	assert_int_equal(quire_proc_read(pm.m, "zoneinfo", &sink), 0);
	assert_int_equal(r.calls, 1);
	sink.ctx = &all;
	assert_int_equal(quire_proc_read(pm.m, "zoneinfo", &sink), 0);
	assert_int_equal(all.got, length);
	pm_down(&pm);
}

/* Reading needs no CPU. */
static void test_off_cpu(void **state)
{
	char inside[4096];
	struct pm pm;

	up(&pm);
	snprintf(inside, sizeof(inside), "%s", file_of(pm.m, "pagetypeinfo"));
	quire_cpu_leave();
	assert_string_equal(file_of(pm.m, "pagetypeinfo"), inside);
	assert_true(strlen(file_of(pm.m, "zoneinfo")) && strlen(file_of(pm.m, "vmstat")) &&
		    strlen(file_of(pm.m, "meminfo")) && strlen(file_of(pm.m, "node1/vmstat")));
	assert_int_equal(quire_cpu_enter(pm.m, 0), 0);
	pm_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_paths_and_modes), cmocka_unit_test(test_reader_stops),
		cmocka_unit_test(test_off_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
