/* SPDX-License-Identifier: MIT */
/*
 * test_dmesg.c - lines of a boot log in, facts out; damaged lines are counted and skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "replay/dmesg.h"

static struct dmesg *log_of(const char *text)
{
	return dmesg_parse(text, strlen(text));
}

static void prefixes(void **state)
{
	static const char *const lines[] = {
		"Policy zone: DMA32",	   "[    0.198276] Policy zone: DMA32",
		"<6>Policy zone: DMA32\r", "<6>[12345.198276] Policy zone: DMA32",
		"[T1] Policy zone: DMA32",
	};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct dmesg *log = log_of(lines[i]);

		assert_string_equal(log->policy_zone, "DMA32");
		assert_int_equal(log->lines, 1);
		dmesg_free(log);
	}
}

static void memory_map(void **state)
{
	struct dmesg *log =
		log_of("BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable\n"
		       "BIOS-e820: [mem 0x000000000009fc00-0x000000000009ffff] reserved\n"
		       "BIOS-e820: [mem 0x00000000bffe0000-0x00000000bfffffff] ACPI data\n"
		       "BIOS-e820: [mem 0x00000000c0000000-0x00000000cfffffff] soft reserved\n"
		       "ACPI: SRAT: Node 1 PXM 1 [mem 0x30000000-0x5fffffff] hotplug\n"
		       "SRAT: PXM 1 -> APIC 0x01 -> Node 1\n"
		       "NODE_DATA(1) allocated [mem 0x5ec96000-0x5ecc0fff]\n"
		       "RAMDISK: [mem 0x2fec1000-0x2ffcffff]\n");

	(void)state;
	assert_int_equal(log->nr_e820, 4);
	assert_int_equal(log->e820[0].end, 0x9fc00);
	assert_int_equal(log->e820[0].tag, DMESG_USABLE);
	assert_int_equal(log->e820[1].tag, DMESG_RESERVED);
	assert_int_equal(log->e820[2].tag, DMESG_ACPI);
	assert_int_equal(log->e820[3].tag, DMESG_OTHER);
	assert_int_equal(log->nr_srat, 1);
	assert_true(log->srat[0].hotplug && log->srat[0].tag == 1);
	assert_int_equal(log->nr_apic_nid, 1);
	assert_int_equal(log->apic_nid[0], 1);
	assert_int_equal(log->nr_node_data, 1);
	assert_int_equal(log->ramdisk.end - log->ramdisk.start, 0x10f000);
	assert_int_equal(log->bad_lines, 0);
	dmesg_free(log);
}

static void calls(void **state)
{
	struct dmesg *log = log_of(
		"memblock_add: [0x0000000000001000-0x000000000009fbff] "
		"e820__memblock_setup+0x65/0x7d\n"
		"memblock_add_node: [0x100000-0x1fffff] nid=1 flags=2 f+0x1/0x2\n"
		"memblock_alloc_try_nid: 336 bytes align=0x40 nid=0 from=0x28000000 "
		"max_addr=0x30000000 sparse_init_nid+0x8d/0x34d\n"
		"unrelated\n"
		"memblock_reserve: [0x000000002ffd7e80-0x000000002ffd7fcf] "
		"memblock_alloc_range_nid+0xb0/0x13d\n"
		"memblock_phys_alloc_range: 28672 bytes align=0x1000 from=0x0 max_addr=0x100000 "
		"reserve_real_mode+0x50/0x89\n"
		"memblock_phys_free: [0x2ffd4000-0x2ffd4fff] pcpu_embed_first_chunk+0x285/0x70f\n"
		"memblock_reserve: [0x5ec96000-0x5ecc0fff] memblock_alloc_range_nid+0xb0/0x13d\n"
		"NODE_DATA(3) allocated [mem 0x5ec96000-0x5ecc0fff]\n"
		"memblock: reserved is doubled to 256 at [0x3000-0x4fff]\n"
		"memblock_reserve: [0x3000-0x4fff] memblock_double_array+0x123/0x200\n"
		"Memory: 260860K/785900K available (14343K kernel code, 75468K reserved, 12K "
		"cma-reserved)\n"
		"memblock_free_late: [0x1000-0x1fff] f\n");
	const struct dmesg_call *c = log->calls;

	(void)state;
	assert_int_equal(log->bad_lines, 0);
	assert_int_equal(log->nr_calls, 9);
	assert_int_equal(c[0].kind, DMESG_ADD);
	assert_int_equal(c[0].size, 0x9ec00);
	assert_int_equal(c[1].kind, DMESG_ADD_NODE);
	assert_int_equal(c[1].nid, 1);
	assert_int_equal(c[1].flags, 2);
	assert_int_equal(c[2].kind, DMESG_ALLOC);
	assert_true(c[2].answered && c[2].base == 0x2ffd7e80 && c[2].size == 336);
	assert_int_equal(c[2].from, 0x28000000);
	assert_int_equal(c[2].max_addr, 0x30000000);
	assert_string_equal(c[2].caller, "sparse_init_nid+0x8d/0x34d");
	assert_int_equal(c[3].kind, DMESG_ALLOC_PHYS);
	assert_false(c[3].answered); /* it failed */
	assert_int_equal(c[4].kind, DMESG_FREE);
	assert_int_equal(c[5].kind, DMESG_ALLOC_UNNAMED);
	assert_int_equal(c[5].nid, 3);
	assert_int_equal(c[6].kind, DMESG_DOUBLED);
	assert_int_equal(c[7].kind, DMESG_HANDED_OVER);
	assert_int_equal(c[8].kind, DMESG_FREE_LATE);
	assert_int_equal(log->mem_free_kb, 260860);
	assert_int_equal(log->mem_reserved_kb, 75468);
	assert_int_equal(log->mem_cma_kb, 12);
	dmesg_free(log);
}

#define DUMP                                                                   \
	"MEMBLOCK configuration:\n"                                            \
	" memory size = 0x000000002ff7bc00 reserved size = 0x10000\n"          \
	" memory.cnt  = 0x2\n"                                                 \
	" memory[0x0]\t[0x1000-0x9efff], 0x9e000 bytes on node 0 flags: 0x0\n" \
	" memory[0x1]\t[0x100000-0x2ffdcfff], 0x2fedd000 bytes flags: 0x4\n"   \
	" reserved.cnt  = 0x1\n"

static void dumps(void **state)
{
	struct dmesg *log =
		log_of(DUMP " reserved[0x0]\t[0x0-0xffff], 0x10000 bytes flags: 0x0\n" DUMP
			    "Zone ranges:\n");

	(void)state;
	assert_int_equal(log->nr_dumps, 2);
	assert_true(log->dumps[0].complete);
	assert_int_equal(log->dumps[0].memory_size, 0x2ff7bc00);
	assert_int_equal(log->dumps[0].memory[0].nid, 0);
	assert_int_equal(log->dumps[0].memory[1].nid, -1);
	assert_int_equal(log->dumps[0].memory[1].flags, 4);
	assert_int_equal(log->dumps[0].reserved[0].size, 0x10000);
	assert_false(log->dumps[1].complete); /* cut off */
	assert_int_equal(log->calls[1].kind, DMESG_DUMP);
	assert_int_equal(log->calls[1].dump, 1);
	assert_int_equal(log->bad_lines, 0);
	dmesg_free(log);
}

static void zones_and_nodes(void **state)
{
	struct dmesg *log = log_of("Zone ranges:\n"
				   "  DMA      [mem 0x0000000000001000-0x0000000000ffffff]\n"
				   "  Normal   empty\n"
				   "Movable zone start for each node\n"
				   "  Node 1: 0x0000000050000000\n"
				   "Early memory node ranges\n"
				   "  node   0: [mem 0x0000000000001000-0x000000000009efff]\n"
				   "  node   1: [mem 0x0000000030000000-0x000000005ffdcfff]\n"
				   "Initmem setup node 0 [mem 0x1000-0x2ffdcfff]\n"
				   "  node   7: [mem 0x1000-0x1fff]\n"
				   "Built 2 zonelists, mobility grouping on.  Total pages: 386781\n"
				   "smpboot: Allowing 2 CPUs, 0 hotplug CPUs\n"
				   "SLUB: HWalign=64, Order=0-3, MinObjects=0, CPUs=2, Nodes=2\n"
				   "node 1 deferred pages initialised in 8ms\n");

	(void)state;
	assert_int_equal(log->nr_zones, 2);
	assert_string_equal(log->zones[1].name, "Normal");
	assert_int_equal(log->zones[0].end, 0x1000000);
	assert_int_equal(log->zones[1].end, 0);
	assert_int_equal(log->nr_movable_start, 1);
	assert_int_equal(log->movable_start[0].start, 0x50000000);
	assert_int_equal(log->nr_nodes, 2); /* not the one behind another line */
	assert_int_equal(log->nodes[1].tag, 1);
	assert_int_equal(log->nr_zonelists, 2);
	assert_int_equal(log->total_pages, 386781);
	assert_int_equal(log->nr_cpus, 2);
	assert_int_equal(log->slub_nodes, 2);
	assert_true(log->deferred && log->deferred_nodes == 2);
	dmesg_free(log);
}

static void the_rest(void **state)
{
	struct dmesg *log =
		log_of("Linux version 6.1.0-56-cloud-amd64 (debian-kernel@lists.debian.org)\n"
		       "Command line: quiet memblock=debug page_owner=on movable_node\n"
		       "Kernel command line: other\n"
		       "percpu: Embedded 61 pages/cpu s212992 r8192 d28672 u2097152\n"
		       "Dentry cache hash table entries: 131072 (order: 8, 1048576 bytes, linear)\n"
		       "VFS: Dquot-cache hash table entries: 512 (order 0, 4096 bytes)\n"
		       "futex hash table entries: 512 (order: 3, 32768 bytes, vmalloc)\n"
		       "mem auto-init: stack:all(zero), heap alloc:on, heap free:off\n"
		       "Freeing initrd memory: 1084K\n"
		       "Freeing unused kernel image (initmem) memory: 2612K\n");
	char value[128];

	(void)state;
	assert_string_equal(log->kernel, "6.1.0-56-cloud-amd64");
	assert_string_equal(dmesg_parameter(log, "page_owner", value), "on");
	assert_string_equal(dmesg_parameter(log, "movable_node", value), "");
	assert_null(dmesg_parameter(log, "movable", value));
	assert_null(dmesg_parameter(log, "owner", value));
	assert_int_equal(log->percpu_pages, 61);
	assert_int_equal(log->percpu_unit, 2097152);
	assert_int_equal(log->nr_hashes, 3);
	assert_string_equal(log->hashes[0].name, "Dentry cache");
	assert_int_equal(log->hashes[0].order, 8);
	assert_int_equal(log->hashes[1].bytes, 4096);
	assert_true(log->hashes[2].vmalloc && !log->hashes[0].vmalloc);
	assert_true(log->init_on_alloc && !log->init_on_free);
	assert_int_equal(log->initrd_kb, 1084);
	assert_int_equal(log->initmem_kb, 2612);
	dmesg_free(log);
}

static void damaged_lines(void **state)
{
	static const char *const lines[] = {
		"BIOS-e820: [mem 0x00000000000",
		"BIOS-e820: [mem 0x2000-0x1000] usable",
		"BIOS-e820: [mem 0x0-0xffffffffffffffff] usable",
		"memblock_add: [0x1000-",
		"memblock_add: [0x0-0xffffffffffffffff] f",
		"memblock_reserve: [0x2000-0x1000] f",
		"memblock_alloc_try_nid: 16 bytes align=0x40 nid=",
		"memblock_alloc_try_nid: 0 bytes align=0x40 nid=0 from=0x0 max_addr=0x0 f",
		"memblock_add_node: [0x1000-0x1fff] nid=",
		"memblock_add_node: [0x1000-0xffffffffffffffff] nid=0 flags=0 f",
		"memblock: reserved is doubled to 256 at [0x3000-0xffffffffffffffff]",
		"SRAT: PXM 1 -> APIC",
		"SRAT: PXM 1 -> APIC 0x01 -> Node 99",
		"NODE_DATA(99) allocated [mem 0x1000-0x1fff]",
		"Built x zonelists",
		"Memory: xK available",
		"SLUB: HWalign=64",
		"foo hash table entries: many",
		"percpu: Embedded lots",
		"memblock_alloc",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		char text[512];
		struct dmesg *log;

		snprintf(text, sizeof(text),
			 "Policy zone: DMA\n[    0.000000] %s\nPolicy zone: DMA32\n", lines[i]);
		log = log_of(text);
		if (log->bad_lines != 1)
			fail_msg("not counted: %s", lines[i]);
		assert_int_equal(log->first_bad_line, 2);
		assert_string_equal(log->policy_zone, "DMA32");
		assert_int_equal(log->nr_e820 + log->nr_calls + log->nr_apic_nid + log->nr_hashes,
				 0);
		dmesg_free(log);
	}
}

static void odd_input(void **state)
{
	static char text[20000];
	struct dmesg *log = dmesg_parse("", 0);

	(void)state;
	assert_int_equal(log->lines, 0);
	dmesg_free(log);
	log = dmesg_parse("\0\n[\n<\n[ ]\n<6", 12);
	assert_int_equal(log->lines, 5);
	dmesg_free(log);
	memset(text, 'x', sizeof(text));
	memcpy(text, "Command line: ", 14);
	log = dmesg_parse(text, sizeof(text));
	assert_int_equal(strlen(log->command_line), 4095 - 13);
	dmesg_free(log);
	assert_null(dmesg_read("/nonexistent/dmesg.txt"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes),	   cmocka_unit_test(memory_map),
		cmocka_unit_test(calls),	   cmocka_unit_test(dumps),
		cmocka_unit_test(zones_and_nodes), cmocka_unit_test(the_rest),
		cmocka_unit_test(damaged_lines),   cmocka_unit_test(odd_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
