/* SPDX-License-Identifier: MIT */
/*
 * test_config_check.c - each rule of hw/check.c: one wrong value in, key and reason out.
 *
 * Every row starts from the same sound machine: two nodes of 512 MiB, two CPUs,
 * a hole between, three reserved ranges.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <quire/errno.h>
#include <quire/machine.h>

#define M (1ull << 20)

/* struct sound - the description and all it points to, free to be spoilt. */
struct sound {
	struct quire_mem_range ranges[3];
	struct quire_reserved reserved[3];
	unsigned char distances[4], cpu_nid[2];
	struct quire_machine_config c;
};

static void sound_init(struct sound *s)
{
	*s = (struct sound){
		.ranges = {
			{ .start = 1024 * M, .end = 1536 * M, .nid = 1 },
			{ .start = 0, .end = 512 * M },
			{ .start = 512 * M, .end = 600 * M, .kind = QUIRE_RANGE_RESERVED },
		},
		.reserved = {
			{ .name = "image", .start = 1 * M, .size = 1000 },
			{ .name = "cma", .start = 16 * M, .size = 16 * M,
			  .kind = QUIRE_RESERVED_REUSABLE },
			{ .name = "pool", .start = QUIRE_ANYWHERE, .size = 24 * M,
			  .kind = QUIRE_RESERVED_POOL, .nid = QUIRE_ANY_NODE },
		},
		.distances = { 10, 20, 20, 10 },
		.cpu_nid = { 0, 1 },
		.c = QUIRE_MACHINE_CONFIG_INIT,
	};
	s->c.ranges = s->ranges;
	s->c.nr_ranges = 3;
	s->c.reserved = s->reserved;
	s->c.nr_reserved = 3;
	s->c.nr_nodes = s->c.nr_cpus = 2;
	s->c.distances = s->distances;
	s->c.cpu_nid = s->cpu_nid;
}

/* One rule: SPOIL is done to a sound machine s; KEY and TEXT must come out. */
#define RULE(name, SPOIL, KEY, TEXT)                                               \
	static void name(void **state)                                             \
	{                                                                          \
		struct quire_config_error e;                                       \
		struct sound s;                                                    \
                                                                                   \
		(void)state;                                                       \
		sound_init(&s);                                                    \
		SPOIL;                                                             \
		assert_int_equal(quire_machine_config_check(&s.c, &e), -EINVAL);   \
		assert_string_equal(e.key, KEY);                                   \
		assert_string_equal(e.text, TEXT);                                 \
		assert_int_equal(quire_machine_config_check(&s.c, NULL), -EINVAL); \
	}

RULE(page_shift, s.c.page_shift = 13, "page_shift", "13: must be 12 (4K), 14 (16K) or 16 (64K)")
RULE(max_order_zero, s.c.max_order = 0, "max_order", "0: must be 1 to 20")
RULE(max_order_large, s.c.max_order = 21, "max_order", "21: must be 1 to 20")
RULE(pageblock_order, s.c.pageblock_order = 11, "pageblock_order",
     "11: must be less than max_order (11)")
RULE(section_small, s.c.section_shift = 21, "section_shift",
     "2^21 bytes: must be 2^22 (a block of the largest order) to 2^40")
RULE(section_large, s.c.section_shift = 41, "section_shift",
     "2^41 bytes: must be 2^22 (a block of the largest order) to 2^40")
RULE(no_nodes, s.c.nr_nodes = 0, "nr_nodes", "0: must be 1 to 64")
RULE(many_nodes, s.c.nr_nodes = 65, "nr_nodes", "65: must be 1 to 64")
RULE(no_cpus, s.c.nr_cpus = 0, "nr_cpus", "0: must be 1 to 1024")
RULE(many_cpus, s.c.nr_cpus = 1025, "nr_cpus", "1025: must be 1 to 1024")
RULE(cpu_nid, s.cpu_nid[1] = 2, "cpu_nid[1]", "no node 2: the machine has 2")
RULE(distance_self, s.distances[3] = 11, "distances[1]",
     "node 1 is 11 away from itself: must be 10")
RULE(distance_other, s.distances[1] = 9, "distances[0]", "node 1 is 9 away: must be 10 to 255")
RULE(range_backwards, s.ranges[1].end = 0, "ranges[1].end", "0x0: must lie above the start, 0x0")
RULE(range_high, s.ranges[0].end = QUIRE_MAX_PHYSICAL + 1, "ranges[0].end",
     "0x10000000000001: physical addresses have at most 52 bits")
RULE(range_kind, s.ranges[0].kind = (enum quire_range_kind)4, "ranges[0].kind", "4: no such kind")
RULE(range_nid, s.ranges[0].nid = 2, "ranges[0].nid", "no node 2: the machine has 2")
RULE(range_flags, s.ranges[0].flags = 8, "ranges[0].flags", "0x8: unknown flags")
RULE(range_overlap, s.ranges[2].start = 512 * M - 1, "ranges[2]",
     "0x1fffffff-0x25800000 overlaps 0x0-0x20000000")
RULE(no_ranges, s.c.nr_ranges = 0, "ranges", "no usable memory: not one whole page frame")
RULE(null_ranges, s.c.ranges = NULL, "ranges", "NULL with nr_ranges 3")
RULE(many_ranges, s.c.nr_ranges = 1025, "ranges", "1025 of them: at most 1024")
RULE(no_frame, s.ranges[0].end = s.ranges[0].start + 4095;
     s.ranges[1].end = 4095, "ranges", "no usable memory: not one whole page frame")
RULE(dma_unaligned, s.c.dma_limit = 5000, "dma_limit",
     "0x1388: must be a multiple of the page size")
RULE(dma32_low, s.c.dma32_limit = 16 * M, "dma32_limit",
     "0x1000000: must lie above the end of ZONE_DMA, 0x1000000 (0: no such zone)")
RULE(lowmem_low, s.c.lowmem_limit = 896 * M, "lowmem_limit",
     "0x38000000: must lie above the end of ZONE_DMA32, 0x100000000 (0: no such zone)")
RULE(movable_core, s.c.movable_core = 1024 * M, "movable_core",
     "0x40000000: must be less than all memory, 0x40000000")
RULE(null_reserved, s.c.reserved = NULL, "reserved", "NULL with nr_reserved 3")
RULE(many_reserved, s.c.nr_reserved = 1025, "reserved", "1025 of them: at most 1024")
RULE(reserved_null_name, s.reserved[0].name = NULL, "reserved[0].name",
     "must have 1 to 64 characters")
RULE(reserved_no_name, s.reserved[0].name = "", "reserved[0].name", "must have 1 to 64 characters")
RULE(reserved_twice, s.reserved[2].name = "cma", "reserved[2].name",
     "\"cma\" is taken by an earlier range")
RULE(reserved_kind, s.reserved[0].kind = (enum quire_reserved_kind)4, "reserved[0].kind",
     "4: no such kind")
RULE(reserved_empty, s.reserved[0].size = 0, "reserved[0].size",
     "0x0: must be a positive multiple of 0x1")
RULE(reserved_block, s.reserved[1].size = 3 * M, "reserved[1].size",
     "0x300000: must be a positive multiple of 0x200000")
RULE(reserved_page, s.reserved[2].size = 5000, "reserved[2].size",
     "0x1388: must be a positive multiple of 0x1000")
RULE(reserved_align, s.reserved[2].align = 3 * M, "reserved[2].align",
     "0x300000: must be a power of two")
RULE(reserved_start, s.reserved[1].start = 17 * M, "reserved[1].start",
     "0x1100000: must be a multiple of 0x200000")
RULE(reserved_start_align, s.reserved[1].align = 64 * M, "reserved[1].start",
     "0x1000000: must be a multiple of 0x4000000")
RULE(reserved_high, s.reserved[0].start = QUIRE_MAX_PHYSICAL, "reserved[0].size",
     "ends above 52-bit physical addresses")
RULE(reserved_nid, s.reserved[2].nid = 2, "reserved[2].nid", "no node 2: the machine has 2")
RULE(reserved_overlap, s.reserved[0].size = 15 * M + 1, "reserved[1].start",
     "\"cma\" overlaps \"image\", 0x100000-0x1000001")
RULE(min_free, s.c.vm.min_free_kbytes = -2, "vm.min_free_kbytes",
     "-2: must be at least 0, or -1: computed")
RULE(scale_zero, s.c.vm.watermark_scale_factor = 0, "vm.watermark_scale_factor",
     "0: must be 1 to 3000")
RULE(scale_large, s.c.vm.watermark_scale_factor = 3001, "vm.watermark_scale_factor",
     "3001: must be 1 to 3000")
RULE(dirty, s.c.vm.dirty_ratio = 101, "vm.dirty_ratio", "101: must be 0 to 100")
RULE(boost, s.c.vm.watermark_boost_factor = 1073741825, "vm.watermark_boost_factor",
     "1073741825: must be 0 to 1073741824")
RULE(ratio, s.c.vm.lowmem_reserve_ratio[2] = 1073741825, "vm.lowmem_reserve_ratio[2]",
     "1073741825: must be 0 to 1073741824")
RULE(fraction, s.c.vm.percpu_pagelist_high_fraction = 7, "vm.percpu_pagelist_high_fraction",
     "7: must be 0 or at least 8")
RULE(poison, s.c.vm.page_poison = true;
     s.c.contents = false, "vm.page_poison",
     "needs frames with contents; this machine is book-keeping only")
RULE(boot, s.c.boot = (enum quire_boot_allocator)2, "boot", "2: no such boot allocator")
RULE(slab_backend, s.c.slab.backend = (enum quire_slab_backend)3, "slab.backend",
     "3: no such back end")
RULE(slab_sheaves, s.c.slab.sheaves = -2, "slab.sheaves", "-2: must be 0 to 1024, or -1: by size")
RULE(slab_sheaves_large, s.c.slab.sheaves = 1025, "slab.sheaves",
     "1025: must be 0 to 1024, or -1: by size")
RULE(slab_max_order, s.c.slab.max_order = 11, "slab.max_order",
     "11: must be less than max_order (11)")
RULE(slab_min_order, s.c.slab.min_order = 4, "slab.min_order",
     "4: must be at most slab_max_order (3) and less than max_order (11)")
RULE(slab_min_objects, s.c.slab.min_objects = 32768, "slab.min_objects",
     "32768: must be 0 to 32767")
RULE(slab_debug, s.c.slab.debug = "FZ,kmalloc-*;Q", "slab.debug",
     "'Q': must be letters of FZPUTAO, or -")
RULE(slab_debug_long, char longer[1025]; memset(longer, 'F', 1024); longer[1024] = '\0';
     s.c.slab.debug = longer, "slab.debug", "1024 characters: must be at most 1023")
RULE(failslab, s.c.failslab.probability = 101, "failslab", "probability 101: must be 0 to 100")
RULE(fail_page_alloc, s.c.fail_page_alloc.times = -2, "fail_page_alloc",
     "times -2: must be -1 or more")
RULE(fault, s.c.fault_point = 1000, "fault_point", "1000: no such point")

static void sound_machine(void **state)
{
	struct quire_config_error e = { "untouched", "" };
	char longest[1024] = "";
	struct sound s;

	(void)state;
	sound_init(&s);
	assert_int_equal(quire_machine_config_check(&s.c, &e), 0);
	assert_string_equal(e.key, "untouched");
	s.c.dma_limit = s.c.dma32_limit = 0;
	s.c.lowmem_limit = 896 * M;
	s.c.distances = s.c.cpu_nid = NULL;
	s.c.slab.debug = "FZ,kmalloc-*,dentry;-,names_cache;";
	assert_int_equal(quire_machine_config_check(&s.c, NULL), 0);
	memset(longest, 'F', 1023);
	s.c.slab.debug = longest;
	assert_int_equal(quire_machine_config_check(&s.c, NULL), 0);
}

int main(void)
{
#define T(name) cmocka_unit_test(name)
	static const struct CMUnitTest tests[] = {
		T(sound_machine),
		T(page_shift),
		T(max_order_zero),
		T(max_order_large),
		T(pageblock_order),
		T(section_small),
		T(section_large),
		T(no_nodes),
		T(many_nodes),
		T(no_cpus),
		T(many_cpus),
		T(cpu_nid),
		T(distance_self),
		T(distance_other),
		T(range_backwards),
		T(range_high),
		T(range_kind),
		T(range_nid),
		T(range_flags),
		T(range_overlap),
		T(no_ranges),
		T(null_ranges),
		T(many_ranges),
		T(no_frame),
		T(dma_unaligned),
		T(dma32_low),
		T(lowmem_low),
		T(movable_core),
		T(null_reserved),
		T(many_reserved),
		T(reserved_null_name),
		T(reserved_no_name),
		T(reserved_twice),
		T(reserved_kind),
		T(reserved_empty),
		T(reserved_block),
		T(reserved_page),
		T(reserved_align),
		T(reserved_start),
		T(reserved_start_align),
		T(reserved_high),
		T(reserved_nid),
		T(reserved_overlap),
		T(min_free),
		T(scale_zero),
		T(scale_large),
		T(boost),
		T(dirty),
		T(ratio),
		T(fraction),
		T(poison),
		T(boot),
		T(slab_backend),
		T(slab_sheaves),
		T(slab_sheaves_large),
		T(slab_max_order),
		T(slab_min_order),
		T(slab_min_objects),
		T(slab_debug),
		T(slab_debug_long),
		T(failslab),
		T(fail_page_alloc),
		T(fault),
	};

	return cmocka_run_group_tests_name("config_check", tests, NULL, NULL);
}
