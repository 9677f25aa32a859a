/* SPDX-License-Identifier: MIT */
/*
 * test_machine_file.c - machine files: what is read, and each kind of error word for word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "machine_file.h"

#define M (1ull << 20)
#define G (1ull << 30)

static const char two_nodes[] = "name: two\n"
				"nodes:\n"
				"  - {memory: 768M, cpus: 1}\n"
				"  - {memory: 1G, cpus: 2}\n"
				"sysctl:\n"
				"  vm.min_free_kbytes: 8192\n";

/* Reads @text, applies @set (may be NULL), builds. The error's text, "" when there is none. */
static const char *read_text(const char *text, const char *set)
{
	struct machine_file *file = machine_file_new();
	struct quire_machine_config config;
	static struct machine_error e;
	int err;

	e.text[0] = '\0';
	err = machine_file_parse(file, "m.yaml", text, strlen(text), &e);
	if (!err && set)
		err = machine_file_set(file, set, &e);
	if (!err)
		err = machine_file_config(file, &config, &e);
	assert_int_equal(!!err, e.text[0] != '\0');
	machine_file_free(file);
	return e.text;
}

static void simple_nodes(void **state)
{
	struct machine_file *file = machine_file_new();
	struct quire_machine_config c;
	struct machine_error e;

	(void)state;
	assert_int_equal(machine_file_parse(file, "m", two_nodes, strlen(two_nodes), &e), 0);
	assert_int_equal(machine_file_config(file, &c, &e), 0);
	assert_string_equal(c.name, "two");
	assert_int_equal(c.nr_ranges, 2);
	assert_int_equal(c.ranges[0].end, 768 * M);
	assert_int_equal(c.ranges[1].start, 768 * M);
	assert_int_equal(c.ranges[1].end, 768 * M + G);
	assert_int_equal(c.ranges[1].nid, 1);
	assert_int_equal(c.nr_nodes, 2);
	assert_int_equal(c.nr_cpus, 3);
	assert_memory_equal(c.cpu_nid, "\0\1\1", 3);
	assert_null(c.distances);
	assert_int_equal(c.vm.min_free_kbytes, 8192);
	assert_int_equal(c.vm.watermark_scale_factor, 10);
	assert_int_equal(c.max_order, 11);
	assert_true(c.contents);
	machine_file_free(file);
}

static const char everything[] = "name: \"all \\\"of\\\" it\"\n"
				 "page_size: 16K\n"
				 "memory:\n"
				 "  - {start: 0x0, end: 0x100000, type: usable, node: 0}\n"
				 "  - {start: 1M, size: 31M, type: reserved}\n"
				 "  - {start: 32M, size: 1G, node: 1, flags: [hotplug, mirror]}\n"
				 "  - {start: 2G, end: 0x80001000, type: acpi}\n"
				 "  - {start: 3G, size: 1M, type: hole}\n"
				 "  - {start: 4G, size: 1G, node: 0, flags: nomap}\n"
				 "cpus: 3\n"
				 "cpu_nodes: [1, 0, 1]\n"
				 "distances: [[10, 21], [22, 10]]\n"
				 "max_order: 10\n"
				 "pageblock_order: 8\n"
				 "section_size: 256M\n"
				 "zones: {dma: 32M, dma32: 0, lowmem: 896M, movable_core: 64M}\n"
				 "reserved:\n"
				 "  - {name: image, start: 0x1000, size: 0x1001}\n"
				 "  - {name: fw, kind: no-map, start: 64M, size: 1M}\n"
				 "  - {name: cma, kind: reusable, size: 64M, align: 64M, node: 1}\n"
				 "  - {name: pool, kind: pool, size: 48M}\n"
				 "boot: bootmem\n"
				 "reserve_memmap: no\n"
				 "deferred_init: true\n"
				 "contents: book-keeping\n"
				 "mode: deterministic\n"
				 "seed: 18446744073709551615\n"
				 "sysctl:\n"
				 "  vm.min_free_kbytes: -1\n"
				 "  vm.watermark_scale_factor: 150\n"
				 "  vm.watermark_boost_factor: 0\n"
				 "  vm.dirty_ratio: 40\n"
				 "  vm.lowmem_reserve_ratio: [256, 32]\n"
				 "  vm.percpu_pagelist_high_fraction: 8\n"
				 "kernel:\n"
				 "  transparent_hugepage: off\n"
				 "  init_on_alloc: 1\n"
				 "  init_on_free: yes\n"
				 "  page_owner: on\n"
				 "  page_shuffle: true\n"
				 "  memblock_debug: true\n"
				 "  panic_on_report: true\n"
				 "  slab: slob\n"
				 "  sheaves: 60\n"
				 "  slab_min_order: 1\n"
				 "  slab_max_order: 4\n"
				 "  slab_min_objects: 9\n"
				 "  slab_nomerge: true\n"
				 "  slab_freelist_random: yes\n"
				 "  slab_freelist_hardened: on\n"
				 "  slub_debug: \"FZ,kmalloc-*;U\"\n"
				 "  failslab: 2,30,4096,-1\n"
				 "  fail_page_alloc: \"1,100,0,5\"\n";

static void check_everything(const struct quire_machine_config *c)
{
	assert_string_equal(c->name, "all \"of\" it");
	assert_int_equal(c->page_shift, 14);
	assert_int_equal(c->nr_ranges, 6);
	assert_int_equal(c->ranges[2].flags, QUIRE_RANGE_HOTPLUG | QUIRE_RANGE_MIRROR);
	assert_int_equal(c->ranges[3].kind, QUIRE_RANGE_ACPI);
	assert_int_equal(c->ranges[4].kind, QUIRE_RANGE_HOLE);
	assert_int_equal(c->ranges[5].flags, QUIRE_RANGE_NOMAP);
	assert_int_equal(c->ranges[5].start, 4 * G);
	assert_memory_equal(c->cpu_nid, "\1\0\1", 3);
	assert_memory_equal(c->distances, "\x0a\x15\x16\x0a", 4);
	assert_int_equal(c->section_shift, 28);
	assert_int_equal(c->lowmem_limit, 896 * M);
	assert_int_equal(c->movable_core, 64 * M);
	assert_int_equal(c->nr_reserved, 4);
	assert_int_equal(c->reserved[0].size, 0x1001);
	assert_int_equal(c->reserved[1].kind, QUIRE_RESERVED_NO_MAP);
	assert_int_equal(c->reserved[2].start, QUIRE_ANYWHERE);
	assert_int_equal(c->reserved[2].nid, 1);
	assert_int_equal(c->reserved[3].nid, QUIRE_ANY_NODE);
	assert_int_equal(c->boot, QUIRE_BOOT_BOOTMEM);
	assert_false(c->reserve_memmap);
	assert_false(c->contents);
	assert_true(c->deterministic && c->deferred_init && c->panic_on_report);
	assert_true(c->memblock_debug);
	assert_true(c->seed == UINT64_MAX);
	assert_int_equal(c->vm.dirty_ratio, 40);
	assert_int_equal(c->vm.lowmem_reserve_ratio[1], 32);
	assert_int_equal(c->vm.lowmem_reserve_ratio[2], 0);
	assert_false(c->vm.transparent_hugepage);
	assert_true(c->vm.init_on_alloc && c->vm.init_on_free && c->vm.page_owner);
	assert_true(c->vm.shuffle && !c->vm.page_poison);
	assert_int_equal(c->slab.backend, QUIRE_SLAB_SLOB);
	assert_int_equal(c->slab.sheaves, 60);
	assert_int_equal(c->slab.min_order, 1);
	assert_int_equal(c->slab.max_order, 4);
	assert_int_equal(c->slab.min_objects, 9);
	assert_true(c->slab.nomerge && c->slab.freelist_random && c->slab.freelist_hardened);
	assert_string_equal(c->slab.debug, "FZ,kmalloc-*;U");
	assert_int_equal(c->failslab.interval, 2);
	assert_int_equal(c->failslab.probability, 30);
	assert_int_equal(c->failslab.space, 4096);
	assert_int_equal(c->failslab.times, -1);
	assert_int_equal(c->fail_page_alloc.times, 5);
}

static char *written(const struct quire_machine_config *c)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	machine_file_write(c, out);
	fclose(out);
	return text;
}

/* Every key; then what is written is read back, and written again is the same text. */
static void every_key_and_back(void **state)
{
	struct machine_file *file = machine_file_new(), *again;
	struct quire_machine_config c;
	struct machine_error e = { "" };
	char *first, *second;

	(void)state;
	machine_file_parse(file, "m", everything, strlen(everything), &e);
	assert_string_equal(e.text, "");
	assert_int_equal(machine_file_config(file, &c, &e), 0);
	check_everything(&c);
	again = machine_file_from_config(&c, "recording");
	first = written(&c);
	assert_int_equal(machine_file_config(again, &c, &e), 0);
	check_everything(&c);
	second = written(&c);
	assert_string_equal(first, second);
	free(first);
	free(second);
	machine_file_free(file);
	machine_file_free(again);
}

/* A description made from another one is changed by --set, and errors name its source. */
static void derived(void **state)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ram = { .start = 0, .end = 64 * M };
	struct machine_file *file;
	struct machine_error e;

	(void)state;
	c.ranges = &ram;
	c.nr_ranges = 1;
	file = machine_file_from_config(&c, "traces/boot-up");
	assert_int_equal(machine_file_set(file, "memory[0].end=32M", &e), 0);
	assert_int_equal(machine_file_set(file, "memory[1]={start: 64M, size: 1M}", &e), 0);
	assert_int_equal(machine_file_config(file, &c, &e), 0);
	assert_int_equal(c.nr_ranges, 2);
	assert_int_equal(c.ranges[0].end, 32 * M);
	assert_int_equal(machine_file_set(file, "memory[1].start=16M", &e), 0);
	assert_int_equal(machine_file_config(file, &c, &e), -22);
	assert_string_equal(e.text, "--set memory[1]={start: 64M, size: 1M}: "
				    "0x1000000-0x1100000 overlaps 0x0-0x2000000");
	machine_file_free(file);
}

static void missing_file(void **state)
{
	struct machine_file *file = machine_file_new();
	struct machine_error e;

	(void)state;
	assert_int_equal(machine_file_load(file, "/nowhere/m.yaml", &e), -22);
	assert_string_equal(e.text, "/nowhere/m.yaml: No such file or directory");
	assert_int_equal(machine_file_load(file, "/", &e), -22);
	assert_string_equal(e.text, "/: Is a directory");
	machine_file_free(file);
}

static void examples(void **state)
{
	static const char *const names[] = {
		"tiny-64m",	 "laptop-16g", "two-node",  "server-4t-8node",
		"highmem-32bit", "cma",	       "arm64-64k", "boot-slab",
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct machine_file *file = machine_file_new();
		struct quire_machine_config c;
		struct machine_error e = { "" };
		char path[256];

		snprintf(path, sizeof(path), "%s/%s.yaml", QUIRE_MACHINES, names[i]);
		machine_file_load(file, path, &e);
		assert_string_equal(e.text, "");
		machine_file_config(file, &c, &e);
		assert_string_equal(e.text, "");
		assert_string_equal(c.name, names[i]);
		machine_file_free(file);
	}
}

/* Text of a file, and the error it gives. */
static const struct {
	const char *text, *error;
} bad_files[] = {
	{ "", "m.yaml:1: needs a value" },
	{ "just words", "m.yaml:1: must be a map of keys, not a single value" },
	{ "name: x\nnodes: [\n", "m.yaml:3: not YAML: did not find expected node content, "
				 "while parsing a flow node" },
	{ "name: x\n\tnodes: y\n", "m.yaml:2: not YAML: found a tab character that violates "
				   "indentation, while scanning a plain scalar" },
	{ "name: \xff\n", "m.yaml:1: not YAML: invalid leading UTF-8 octet" },
	{ "name: x\nnode: 3\n", "m.yaml:2: unknown key 'node': did you mean 'nodes'?" },
	{ "name: x\nwhatever: 3\n", "m.yaml:2: unknown key 'whatever' (see quire-machine(5))" },
	{ "? [a]\n: 3\n", "m.yaml:1: a key must be a word" },
	{ "name: x\nname: y\n", "m.yaml:2: key 'name' is given twice" },
	{ "name: [x]\n", "m.yaml:1: name: must be a single value, not a list" },
	{ "name:\n", "m.yaml:1: name: needs a value" },
	{ "name: \"a\\0b\"\n", "m.yaml:1: name: holds a NUL character" },
	{ "nodes: 3\n", "m.yaml:1: nodes: must be a list, not a single value" },
	{ "nodes:\n  - 768M\n", "m.yaml:2: nodes[0]: must be a map of keys, not a single value" },
	{ "nodes:\n  - {memory: 1G}\n  - memory: 1.5G\n",
	  "m.yaml:3: nodes[1].memory: '1.5G' is not a size: a number, with K, M, G, T or P" },
	{ "nodes:\n  - {memory: 99999999P}\n",
	  "m.yaml:2: nodes[0].memory: '99999999P' is not a size: a number, with K, M, G, T or P" },
	{ "nodes:\n  - {memory: 4P}\n  - {memory: 1M}\n",
	  "m.yaml:3: nodes[1].memory: ends above 52-bit physical addresses" },
	{ "nodes:\n  - {memory: 1G, cpus: 2000}\n",
	  "m.yaml:2: nodes[0].cpus: '2000' is too large: at most 1024" },
	{ "nodes:\n  - {memory: 1G, cpus: 600}\n  - {cpus: 600}\n",
	  "m.yaml:3: nodes[1].cpus: too many CPUs in all" },
	{ "nodes:\n  - {memory: 1G, cpus: 0}\n", "m.yaml:1: nodes: no node has a CPU" },
	{ "nodes:\n  - {memory: 1G, cpus: 1}\ncpus: 1\n",
	  "m.yaml:3: cpus: the nodes give their CPUs already" },
	{ "nodes: [{memory: 1G, cpus: 1}]\ncpu_nodes: [0]\n",
	  "m.yaml:2: cpu_nodes: the nodes give their CPUs already" },
	{ "name: x\n", "m.yaml:1: memory: missing: list ranges under memory, or give nodes with "
		       "memory" },
	{ "nodes: [{memory: 1G}]\nmemory: [{start: 0, size: 1G}]\n",
	  "m.yaml:1: nodes: memory of nodes and a memory map: give one of both" },
	{ "memory: [{size: 1G}]\n", "m.yaml:1: memory[0]: needs a start" },
	{ "memory:\n- {start: 1G}\n", "m.yaml:2: memory[0]: needs an end or a size" },
	{ "memory:\n- {start: 1, end: 4, size: 3}\n",
	  "m.yaml:2: memory[0]: needs an end or a size" },
	{ "memory:\n- start: 0xffffffffffff0000\n  size: 1M\n",
	  "m.yaml:3: memory[0].size: ends above 64-bit addresses" },
	{ "memory:\n- {start: 0, size: 1G}\n- {start: 512M, size: 1G}\n",
	  "m.yaml:3: memory[1]: 0x20000000-0x60000000 overlaps 0x0-0x40000000" },
	{ "memory:\n- {start: 0, size: 1G, node: 1}\nnodes: [{}]\n",
	  "m.yaml:2: memory[0].node: no node 1: the machine has 1" },
	{ "memory:\n- {start: 0, size: 1G, type: ram}\n",
	  "m.yaml:2: memory[0].type: 'ram' must be usable, reserved, acpi or hole" },
	{ "memory:\n- {start: 0, size: 1G, flags: [hot]}\n",
	  "m.yaml:2: memory[0].flags: 'hot' must be hotplug, mirror or nomap" },
	{ "memory:\n- {start: 0, size: 1G, node: 64}\n",
	  "m.yaml:2: memory[0].node: '64' is too large: at most 63" },
	{ "nodes: [{memory: 1G}]\ndistances: [[10, 20]]\n",
	  "m.yaml:2: distances[0]: must have one number for each node" },
	{ "nodes: [{memory: 1G}]\ndistances: [[10], [20]]\n",
	  "m.yaml:2: distances: must have one row for each node" },
	{ "nodes: [{memory: 1G}]\ndistances:\n- [11]\n",
	  "m.yaml:3: distances[0]: node 0 is 11 away from itself: must be 10" },
	{ "nodes: [{memory: 1G}]\ncpus: 2\ncpu_nodes: [0]\n",
	  "m.yaml:3: cpu_nodes: must have as many entries as there are cpus" },
	{ "nodes: [{memory: 1G}]\ncpu_nodes: [0, 3]\n",
	  "m.yaml:2: cpu_nodes[1]: no node 3: the machine has 1" },
	{ "nodes: [{memory: 1G}]\nkernel:\n  failslab: 1,101,0,-1\n",
	  "m.yaml:3: kernel.failslab: '1,101,0,-1' must be INTERVAL,PROBABILITY,SPACE,TIMES: four "
	  "numbers, the second at most 100, the last at least -1" },
	{ "nodes: [{memory: 1G}]\npage_size: 8K\n",
	  "m.yaml:2: page_size: '8K' must be 4K, 16K or 64K" },
	{ "nodes: [{memory: 1G}]\nsection_size: 3M\n",
	  "m.yaml:2: section_size: '3M' is not a power of two" },
	{ "nodes: [{memory: 1G}]\nsection_size: 1M\n",
	  "m.yaml:2: section_size: 2^20 bytes: must be 2^22 (a block of the largest order) to "
	  "2^40" },
	{ "nodes: [{memory: 1G}]\nzones:\n  dma32: 8M\n",
	  "m.yaml:3: zones.dma32: 0x800000: must lie above the end of ZONE_DMA, 0x1000000 "
	  "(0: no such zone)" },
	{ "nodes: [{memory: 1G}]\nreserved:\n- {size: 1M}\n",
	  "m.yaml:3: reserved[0]: needs a name" },
	{ "nodes: [{memory: 1G}]\nreserved:\n- {name: a}\n",
	  "m.yaml:3: reserved[0]: needs a size" },
	{ "nodes: [{memory: 1G}]\nreserved:\n- {name: a, kind: cma, size: 1M}\n",
	  "m.yaml:3: reserved[0].kind: 'cma' must be kernel, no-map, reusable or pool" },
	{ "nodes: [{memory: 1G}]\nreserved:\n- {name: a, size: 1M, node: 7}\n",
	  "m.yaml:3: reserved[0].node: no node 7: the machine has 1" },
	{ "nodes: [{memory: 1G}]\nmode: fast\n",
	  "m.yaml:2: mode: 'fast' must be free-running or deterministic" },
	{ "nodes: [{memory: 1G}]\ndeferred_init: perhaps\n",
	  "m.yaml:2: deferred_init: 'perhaps' is neither true nor false" },
	{ "nodes: [{memory: 1G}]\nseed: -5\n", "m.yaml:2: seed: '-5' is not a number" },
	{ "nodes: [{memory: 1G}]\nsysctl:\n  vm.min_free_kbytes: abc\n",
	  "m.yaml:3: sysctl.vm.min_free_kbytes: 'abc' is not a number" },
	{ "nodes: [{memory: 1G}]\nsysctl:\n  vm.watermark_scale_factor: 5000\n",
	  "m.yaml:3: sysctl.vm.watermark_scale_factor: 5000: must be 1 to 3000" },
	{ "nodes: [{memory: 1G}]\nsysctl:\n  vm.lowmem_reserve_ratio: [1, 2, 3, 4, 5, 6, 7]\n",
	  "m.yaml:3: sysctl.vm.lowmem_reserve_ratio: too many: at most 6" },
	{ "nodes: [{memory: 1G}]\nsysctl:\n  vm.lowmem_reserve_ratio: 1\n",
	  "m.yaml:3: sysctl.vm.lowmem_reserve_ratio: must be a list, not a single value" },
	{ "nodes: [{memory: 1G}]\ncontents: book-keeping\nkernel:\n  page_poison: true\n",
	  "m.yaml:4: kernel.page_poison: needs frames with contents; this machine is "
	  "book-keeping only" },
	{ "nodes: [{memory: 1G}]\n---\nname: x\n",
	  "m.yaml:3: a second document: one file describes one machine" },
	{ "nodes: [{memory: 1G}]\n---\n\tx",
	  "m.yaml:3: not YAML: found character that cannot start "
	  "any token, while scanning for the next token" },
};

static void file_errors(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(bad_files) / sizeof(bad_files[0]); i++)
		assert_string_equal(read_text(bad_files[i].text, NULL), bad_files[i].error);
}

/* Applied to two_nodes. "" is no error. */
static const struct {
	const char *set, *error;
} sets[] = {
	{ "vm.min_free_kbytes=4096", "" },
	{ "sysctl.vm.min_free_kbytes=4096", "" },
	{ "dma=8M", "" },
	{ "nodes[1].memory=2G", "" },
	{ "nodes[2]={memory: 2G}", "" },
	{ "distances=[[10, 30], [30, 10]]", "" },
	{ "kernel={page_owner: true}", "" },
	{ "vm.min_free_kbytes=abc", "--set vm.min_free_kbytes=abc: 'abc' is not a number" },
	{ "vm.min_free_kbyte=1", "--set vm.min_free_kbyte=1: unknown key 'vm.min_free_kbyte': "
				 "did you mean 'vm.min_free_kbytes'?" },
	{ "zones.dam=1", "--set zones.dam=1: zones: unknown key 'dam': did you mean 'dma'?" },
	{ "memory=1T", "--set memory=1T: must be a list, not a single value; of one entry: --set "
		       "memory[0].start=..." },
	{ "distances=1", "--set distances=1: must be a list, not a single value" },
	{ "max_order=99", "--set max_order=99: 99: must be 1 to 20" },
	{ "dma=5000", "--set dma=5000: 0x1388: must be a multiple of the page size" },
	{ "zones={dma: 5000}",
	  "--set zones={dma: 5000}: zones.dma: 0x1388: must be a multiple of the page size" },
	{ "nodes=[{memory: 1G, cpu: 2}]",
	  "--set nodes=[{memory: 1G, cpu: 2}]: nodes[0]: unknown key 'cpu': did you mean 'cpus'?" },
	{ "nodes[7].memory=1G",
	  "--set nodes[7].memory=1G: nodes: '[7].memory' is no index: the list has 2" },
	{ "nodes[x]=1", "--set nodes[x]=1: nodes: '[x]' is no index: the list has 2" },
	{ "max_order[0]=1", "--set max_order[0]=1: max_order: '[0]' is no index: the list has 0" },
	{ "max_order.x=1", "--set max_order.x=1: max_order: there is nothing below 'max_order'" },
	{ "name=", "--set name=: needs a value" },
	{ "name", "--set name: must be KEY=VALUE" },
	{ "=1", "--set =1: must be KEY=VALUE" },
	{ "name=[", "--set name=[: not YAML: did not find expected node content, while parsing a "
		    "flow node" },
	{ "cpus=3", "--set cpus=3: the nodes give their CPUs already" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "=1",
	  "--set "
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaa=1: the key is too long" },
};

static void set_errors(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		assert_string_equal(read_text(two_nodes, sets[i].set), sets[i].error);
}

static void too_many(void **state)
{
	static char text[65536];
	unsigned int i, n;

	(void)state;
	n = (unsigned int)snprintf(text, sizeof(text), "nodes:\n");
	for (i = 0; i < 65; i++)
		n += (unsigned int)snprintf(text + n, sizeof(text) - n, "- {memory: 1M}\n");
	assert_string_equal(read_text(text, NULL), "m.yaml:66: nodes: too many: at most 64");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(simple_nodes), cmocka_unit_test(every_key_and_back),
		cmocka_unit_test(derived),	cmocka_unit_test(missing_file),
		cmocka_unit_test(examples),	cmocka_unit_test(file_errors),
		cmocka_unit_test(set_errors),	cmocka_unit_test(too_many),
	};

	return cmocka_run_group_tests_name("machine_file", tests, NULL, NULL);
}
