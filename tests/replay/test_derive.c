/* SPDX-License-Identifier: MIT */
/*
 * test_derive.c - small recordings made on the spot: what machine comes out, and what is
 * said about files that are wrong.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "boot_machine.h"
#include "replay/derive.h"

static char folder[128];

static int up(void **state)
{
	const char *base = getenv("TMPDIR");

	snprintf(folder, sizeof(folder), "%s/quire-derive-XXXXXX", base ? base : P_tmpdir);
	return mkdtemp(folder) ? 0 : -1;
}

static int down(void **state)
{
	char command[160];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static void file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

#define NUMA                                                                \
	"BIOS-e820: [mem 0x0000000000100000-0x000000007fffffff] usable\n"   \
	"BIOS-e820: [mem 0x0000000080000000-0x00000000800fffff] ACPI NVS\n" \
	"SRAT: PXM 0 -> APIC 0x00 -> Node 1\n"                              \
	"SRAT: PXM 1 -> APIC 0x01 -> Node 0\n"                              \
	"Zone ranges:\n"                                                    \
	"  DMA      [mem 0x0000000000100000-0x0000000000ffffff]\n"          \
	"  DMA32    [mem 0x0000000001000000-0x000000003fffffff]\n"          \
	"  Normal   [mem 0x0000000040000000-0x000000007fffffff]\n"          \
	"Movable zone start for each node\n"                                \
	"  Node 1: 0x0000000060000000\n"                                    \
	"Early memory node ranges\n"                                        \
	"  node   0: [mem 0x0000000000100000-0x000000001fffffff]\n"         \
	"  node   1: [mem 0x0000000020000000-0x000000007fffffff]\n"         \
	"smpboot: Allowing 2 CPUs, 0 hotplug CPUs\n"

static void error(const char *text)
{
	struct derive_error e;
	struct derived d;

	if (!derive_machine(folder, &d, &e))
		fail_msg("accepted; \"%s\" was expected", text);
	if (!strstr(e.text, text) || strncmp(e.text, folder, strlen(folder)))
		fail_msg("\"%s\" lacks \"%s\"", e.text, text);
}

static void two_nodes(void **state)
{
	struct derive_error e;
	struct derived d;

	file("dmesg.txt", NUMA);
	file("numa-distance.txt", "10 31\n31 10\n");
	file("sysctl-vm.txt", "/proc/sys/vm/lowmem_reserve_ratio=256\t128\t16\t8\n"
			      "/proc/sys/vm/watermark_scale_factor=125\nvm.min_free_kbytes=4096\n"
			      "/proc/sys/vm/compact_memory=\n");
	if (derive_machine(folder, &d, &e))
		fail_msg("%s", e.text);
	assert_int_equal(d.config.nr_nodes, 2);
	assert_int_equal(d.config.cpu_nid[0], 1);
	assert_int_equal(d.config.cpu_nid[1], 0);
	assert_int_equal(d.config.distances[1], 31);
	assert_int_equal(d.config.dma32_limit, 0x40000000);
	assert_int_equal(d.config.movable_core, 0x20000000);
	assert_int_equal(d.config.vm.watermark_scale_factor, 125);
	assert_int_equal(d.config.vm.lowmem_reserve_ratio[1], 128);
	assert_int_equal(d.config.vm.lowmem_reserve_ratio[2], 16);
	assert_int_equal(d.config.vm.lowmem_reserve_ratio[3], 0);
	assert_int_equal(d.config.vm.lowmem_reserve_ratio[4], 8);
	assert_int_equal(d.min_free_kbytes, 4096);
	assert_int_equal(d.config.vm.min_free_kbytes, -1);
	assert_int_equal(d.config.ranges[2].kind, QUIRE_RANGE_ACPI);
	assert_int_equal(d.nr_missing, 2); /* of the snapshot */
	assert_int_equal(d.config.max_order, 11);
	derived_free(&d);
}

static void errors(void **state)
{
	error("dmesg.txt: No such file or directory; a recording needs its boot log");
	file("dmesg.txt", "nothing to see\n");
	error("dmesg.txt: no memory map: neither \"Early memory node ranges\" nor");
	file("dmesg.txt", "BIOS-e820: [mem 0x0-0x1ff] usable\n");
	error("dmesg.txt: describes no machine that can be built: ranges: no usable memory");
	file("dmesg.txt", NUMA);
	file("sysctl-vm.txt", "/proc/sys/vm/swappiness=60\n/proc/sys/vm/min_free_kbytes=many\n");
	error("sysctl-vm.txt:2: min_free_kbytes: \"many\" makes no sense");
	file("sysctl-vm.txt", "/proc/sys/vm/lowmem_reserve_ratio=256 -1\n");
	error("sysctl-vm.txt:1: vm.lowmem_reserve_ratio: \"-1\" makes no sense");
	file("sysctl-vm.txt", "");
	file("numa-distance.txt", "10\n");
	error("numa-distance.txt:1: 1 distances of node 0, but the boot log has memory on 2 nodes");
	file("numa-distance.txt", "10 20\n20 1000\n");
	error("numa-distance.txt:2: distance: \"1000\" makes no sense");
	file("numa-distance.txt", "10 20\n20 10\n");
	mkdir(strcat(strcpy((char[160]){ 0 }, folder), "/snap-boot"), 0700);
	file("snap-boot/buddyinfo", "Node 0\n");
	error("snap-boot/buddyinfo:1: a line of buddyinfo: \"Node 0\" makes no sense");
}

/* From the firmware's map alone, and from memblock_add lines. */
static void older_sources(void **state)
{
	struct derive_error e;
	struct derived d;
	struct quire_machine *m;
	struct boot_fidelity f;

	file("dmesg.txt", "BIOS-e820: [mem 0x100000-0x3ffffff] usable\n"
			  "BIOS-e820: [mem 0x0-0xfffff] reserved\n");
	assert_int_equal(derive_machine(folder, &d, &e), 0);
	assert_int_equal(d.config.nr_ranges, 2);
	assert_int_equal(d.config.ranges[0].end, 0x4000000);
	assert_int_equal(quire_machine_create(&d.config, quire_host_port(), &m), 0);
	assert_int_equal(derive_boot(&d, m, &f), 0);
	assert_int_equal(f.total, 0);
	assert_non_null(strstr(f.inputs[0].text, "kernel parameter memblock=debug"));
	boot_fidelity_free(&f);
	quire_machine_destroy(m);
	derived_free(&d);
	file("dmesg.txt", "BIOS-e820: [mem 0x0-0x7ffffff] usable\n"
			  "memblock_add: [0x200000-0x3ffffff] f+0x0/0x1\n");
	assert_int_equal(derive_machine(folder, &d, &e), 0);
	assert_int_equal(d.config.nr_ranges, 1);
	assert_int_equal(d.config.ranges[0].start, 0x200000);
	derived_free(&d);
}

/* The log's ring buffer overflowed: the calls that are left run on the described memory. */
static void beginning_missing(void **state)
{
	struct derive_error e;
	struct derived d;
	struct quire_machine *m;
	struct boot_fidelity f;

	file("dmesg.txt",
	     "memblock_alloc_try_nid: 4096 bytes align=0x1000 nid=0 from=0x0 max_addr=0x0 a\n"
	     "memblock_reserve: [0x1ff000-0x1fffff] memblock_alloc_range_nid+0xb0/0x13d\n"
	     "Early memory node ranges\n"
	     "  node   0: [mem 0x0000000000100000-0x00000000001fffff]\n");
	assert_int_equal(derive_machine(folder, &d, &e), 0);
	assert_int_equal(quire_machine_create(&d.config, quire_host_port(), &m), 0);
	assert_int_equal(derive_boot(&d, m, &f), 0);
	assert_int_equal(f.total, 1);
	assert_int_equal(f.same, 1);
	assert_string_equal(f.inputs[0].text,
			    "the log's beginning is missing: memory as described");
	boot_fidelity_free(&f);
	quire_machine_destroy(m);
	derived_free(&d);
}

/* A log whose answers are not Quire's: told apart, and taken over. */
static void differences(void **state)
{
	struct derive_error e;
	struct derived d;
	struct quire_machine *m;
	struct boot_fidelity f;

	file("dmesg.txt",
	     "memblock_add: [0x100000-0x1fffff] f+0x0/0x1\n"
	     "memblock_alloc_try_nid: 4096 bytes align=0x1000 nid=-1 from=0x0 max_addr=0x0 "
	     "a+0x1/0x2\n"
	     "memblock_reserve: [0x1fe000-0x1fefff] memblock_alloc_range_nid+0xb0/0x13d\n"
	     "memblock_alloc_try_nid: 4096 bytes align=0x1000 nid=-1 from=0x0 max_addr=0x0 "
	     "b+0x1/0x2\n"
	     "memblock_reserve: [0x1ff000-0x1fffff] memblock_alloc_range_nid+0xb0/0x13d\n"
	     "memblock_alloc_try_nid: 4194304 bytes align=0x1000 nid=-1 from=0x0 max_addr=0x0 "
	     "c+0x1/0x2\n"
	     "MEMBLOCK configuration:\n"
	     " memory size = 0x100000 reserved size = 0x4000\n"
	     " memory.cnt  = 0x1\n"
	     " memory[0x0]\t[0x100000-0x1fffff], 0x100000 bytes flags: 0x0\n"
	     " reserved.cnt  = 0x2\n"
	     " reserved[0x0]\t[0x100000-0x100fff], 0x1000 bytes flags: 0x0\n"
	     " reserved[0x1]\t[0x1fe000-0x1fffff], 0x2000 bytes on node 0 flags: 0x0\n"
	     "Memory: 1K/1K available (1K reserved)\n"
	     "memblock_free_late: [0x100000-0x100fff] d+0x1/0x2\n");
	assert_int_equal(derive_machine(folder, &d, &e), 0);
	assert_int_equal(quire_machine_create(&d.config, quire_host_port(), &m), 0);
	assert_int_equal(derive_boot(&d, m, &f), 0);
	assert_int_equal(f.total, 3);
	assert_int_equal(f.same, 2); /* the failure, too, is the kernel's */
	assert_int_equal(f.nr_differences, 1);
	assert_int_equal(f.differences[0].line, 2);
	assert_int_equal(f.differences[0].kernel, 0x1fe000);
	assert_int_equal(f.differences[0].quire, 0x1ff000);
	assert_string_equal(f.differences[0].caller, "a+0x1/0x2");
	assert_int_equal(f.dumps, 1);
	assert_int_equal(f.dumps_same, 0);
	assert_string_equal(f.inputs[0].text, "[0x100000-0x100fff] reserved before the log");
	assert_true(f.inputs[0].told && f.inputs[0].line == 7);
	assert_int_equal(quire_cpu_enter(m, 0), 0);
	assert_reserved("100-101 1fe-200@0"); /* as the dump told */
	quire_cpu_leave();
	boot_fidelity_free(&f);
	quire_machine_destroy(m);
	derived_free(&d);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
	const struct CMUnitTest tests[] = { T(two_nodes), T(errors), T(older_sources),
					    T(beginning_missing), T(differences) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
