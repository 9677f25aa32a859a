/* SPDX-License-Identifier: MIT */
/*
 * test_boot_replay.c - the boot of recorded kernels, allocation by allocation.
 *
 *	test_boot_replay FOLDER...
 *
 * FOLDERs hold recordings: each folder inside of them with a dmesg.txt is one. For each,
 * every logged allocation gets the kernel's own address and every dump of memblock in
 * the log equals Quire's lists, nodes and flags included. A folder that does not exist is
 * passed over; the first one, bundled with the sources, must hold boot-up. The folder named by
 * the environment's QUIRE_TRACES is replayed, too.
 */
#include <dirent.h>
#include <inttypes.h>
#include <unistd.h>

#include "boot_machine.h"
#include "replay/derive.h"

#include "recordings.h"

static char **folders;
static int nr_folders;
static unsigned int recordings;

static void explain(const char *path, const struct boot_fidelity *f)
{
	size_t i;

	fprintf(stderr, "%s: %u of %u addresses, %u of %u dumps are the kernel's\n", path, f->same,
		f->total, f->dumps_same, f->dumps);
	for (i = 0; i < f->nr_differences && i < 5; i++)
		fprintf(stderr,
			"%s/dmesg.txt:%u: %s asked for %" PRIu64 ": kernel 0x%" PRIx64
			", Quire 0x%" PRIx64 "\n",
			path, f->differences[i].line, f->differences[i].caller,
			f->differences[i].size, f->differences[i].kernel, f->differences[i].quire);
}

static void replay(const char *path)
{
	struct quire_machine *m;
	struct derive_error e;
	struct boot_fidelity f;
	struct derived d;

	if (derive_machine(path, &d, &e))
		fail_msg("%s", e.text);
	assert_int_equal(d.log->bad_lines, 0);
	assert_int_equal(quire_machine_create(&d.config, quire_host_port(), &m), 0);
	assert_int_equal(derive_boot(&d, m, &f), 0);
	if (f.same != f.total || f.dumps_same != f.dumps)
		explain(path, &f);
	assert_int_equal(f.same, f.total);
	assert_int_equal(f.dumps_same, f.dumps);
	assert_true(f.total > 40);
	assert_int_equal(f.ignored, 0);
	boot_fidelity_free(&f);
	quire_machine_destroy(m);
	derived_free(&d);
	recordings++;
}

static void replay_all(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	char path[512];

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/%s/dmesg.txt", folder, entry->d_name);
		if (entry->d_name[0] == '.' || access(path, R_OK))
			continue;
		path[strlen(path) - strlen("/dmesg.txt")] = 0;
		replay(path);
	}
	if (dir)
		closedir(dir);
}

static void every_recording(void **state)
{
	int i;

	for (i = 0; i < nr_folders; i++)
		replay_all(folders[i]);
	if (getenv("QUIRE_TRACES"))
		replay_all(getenv("QUIRE_TRACES"));
	assert_true(recordings > 0);
	printf("%u recordings\n", recordings);
}

/* The machine of the bundled recording, as its files describe it. */
static void bundled_machine(void **state)
{
	struct derive_error e;
	struct derived d;
	char path[512];

	snprintf(path, sizeof(path), "%s/boot-up/", folders[0]);
	if (derive_machine(path, &d, &e))
		fail_msg("%s", e.text);
	assert_string_equal(d.config.name, "boot-up");
	assert_int_equal(d.config.nr_cpus, 1);
	assert_int_equal(d.config.nr_nodes, 1);
	assert_int_equal(d.config.dma_limit, 16 << 20);
	assert_true(d.config.dma32_limit == 4ull << 30);
	assert_int_equal(d.config.max_order, 11);
	assert_int_equal(d.config.pageblock_order, 9);
	assert_int_equal(d.config.lowmem_limit | d.config.movable_core, 0);
	assert_true(d.config.deferred_init && d.config.vm.init_on_alloc);
	assert_false(d.config.vm.init_on_free || d.config.vm.page_owner || d.config.contents);
	assert_int_equal(d.min_free_kbytes, 35268);
	assert_int_equal(d.config.vm.watermark_scale_factor, 10);
	assert_int_equal(d.config.vm.lowmem_reserve_ratio[2], 32);
	assert_int_equal(d.config.ranges[0].start, 0x1000);
	assert_int_equal(d.config.ranges[0].end, 0x9f000);
	assert_int_equal(d.config.ranges[1].end, 0x2ffdd000);
	assert_int_equal(d.nr_missing, 0);
	assert_int_equal(d.log->mem_total_kb, 785900);
	assert_int_equal(d.log->mem_reserved_kb, 75468);
	assert_int_equal(d.log->percpu_pages, 61);
	assert_int_equal(d.log->initrd_kb, 1084);
	derived_free(&d);
}

/* What the boot takes, on a machine like @c; its lists are valid. Pages. */
static unsigned long taken_elsewhere(struct derived *d, const struct quire_machine_config *c,
				     struct boot_fidelity *f)
{
	unsigned long taken = 0;
	struct quire_machine *m;
	phys_addr_t start, end;
	u64 i;

	assert_int_equal(quire_machine_create(c, quire_host_port(), &m), 0);
	assert_int_equal(derive_boot_elsewhere(d, m, f), 0);
	assert_int_equal(quire_cpu_enter(m, 0), 0);
	assert_int_equal(quire_memblock_validate(), 0);
	taken = (unsigned long)(memblock_phys_mem_size() >> 12);
	for_each_free_mem_range (i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, NULL)
		taken -= (unsigned long)((end - start) >> 12);
	quire_cpu_leave();
	quire_machine_destroy(m);
	return taken;
}

/* The recorded requests on the same machine give the same addresses; on others they find room. */
static void another_machine(void **state)
{
	struct quire_mem_range two[2] = { { .start = 0x1000, .end = 0x20000000 },
					  { .start = 0x20000000, .end = 0x80000000, .nid = 1 } };
	unsigned long here, there;
	struct boot_fidelity f;
	struct derive_error e;
	struct derived d;
	char path[512];

	snprintf(path, sizeof(path), "%s/boot-up", folders[0]);
	if (derive_machine(path, &d, &e))
		fail_msg("%s", e.text);
	here = taken_elsewhere(&d, &d.config, &f);
	assert_int_equal(f.same, f.total);
	assert_int_equal(f.nr_differences, 0);
	boot_fidelity_free(&f);
	d.config.ranges = two;
	d.config.nr_ranges = d.config.nr_nodes = 2;
	d.config.distances = NULL;
	there = taken_elsewhere(&d, &d.config, &f);
	assert_int_equal(f.nr_differences, 0);
	assert_int_equal(f.total, 53);
	/* struct pages of 2 GiB (8 and 24 MiB) in place of 12 MiB; firmware and holes apart */
	assert_in_range(there, here + 5 * 1024 - 300, here + 5 * 1024 + 300);
	boot_fidelity_free(&f);
	two[1].end = 0x21000000; /* too little of everything but not of nothing */
	two[0].end = 0x3000000;
	two[1].start = 0x20000000;
	taken_elsewhere(&d, &d.config, &f);
	assert_true(f.nr_differences > 0 && !f.differences[0].quire);
	boot_fidelity_free(&f);
	d.config.ranges = d.ranges;
	derived_free(&d);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(bundled_machine),
					    cmocka_unit_test(every_recording),
					    cmocka_unit_test(another_machine) };

	recordings_in(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
