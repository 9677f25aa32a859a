/* SPDX-License-Identifier: MIT */
/*
 * test_named.c - named reservations and the memory map of a description, with both allocators.
 */
#include "boot_machine.h"

#include <quire/errno.h>

#include "boot/boot.h"

static struct boot_machine bm;

static const struct quire_reserved kinds[] = {
	{ .name = "image", .start = 0x200100, .size = 0x1000, .kind = QUIRE_RESERVED_KERNEL },
	{ .name = "tables",
	  .start = QUIRE_ANYWHERE,
	  .size = 100,
	  .kind = QUIRE_RESERVED_KERNEL,
	  .nid = QUIRE_ANY_NODE },
	{ .name = "firmware", .start = 0x300000, .size = 0x2000, .kind = QUIRE_RESERVED_NO_MAP },
	{ .name = "cma",
	  .start = QUIRE_ANYWHERE,
	  .size = 0x400000,
	  .kind = QUIRE_RESERVED_REUSABLE,
	  .nid = 0 },
	{ .name = "frame buffer",
	  .start = QUIRE_ANYWHERE,
	  .size = 0x800000,
	  .align = 0x800000,
	  .kind = QUIRE_RESERVED_POOL,
	  .nid = 1 },
};

static void describe(enum quire_boot_allocator boot, const struct quire_reserved *r,
		     unsigned int nr)
{
	boot_machine_config(&bm, "100-1000@0 2000-4000@1");
	bm.config.boot = boot;
	bm.config.reserved = r;
	bm.config.nr_reserved = nr;
}

/* Every byte of the @i-th is taken. */
static struct boot_named placed(unsigned int i)
{
	struct boot_named n;
	u64 pfn;

	assert_true(boot_named_reservation(bm.m, i, &n));
	assert_string_equal(n.name, kinds[i].name);
	assert_int_equal(n.kind, kinds[i].kind);
	assert_int_equal(n.end - n.start, kinds[i].size);
	for (pfn = n.start >> 12; pfn < (n.end + 0xfff) >> 12; pfn++)
		assert_true(boot_pfn_reserved(bm.m, pfn));
	return n;
}

static void all_kinds(enum quire_boot_allocator boot)
{
	struct boot_named n;

	describe(boot, kinds, 5);
	boot_machine_start(&bm);
	assert_int_equal(placed(0).start, 0x200100);
	placed(1);
	assert_int_equal(placed(2).start, 0x300000);
	n = placed(3); /* whole page blocks, on its node */
	assert_int_equal(n.start & 0x1fffff, 0);
	assert_true(n.end <= 0x1000000);
	n = placed(4);
	assert_int_equal(n.start & 0x7fffff, 0);
	assert_true(n.start >= 0x2000000);
	assert_false(boot_named_reservation(bm.m, 5, &n));
}

static void memblock_kinds(void **state)
{
	all_kinds(QUIRE_BOOT_MEMBLOCK);
	assert_false(memblock_is_map_memory(0x300000));
	assert_true(memblock_is_memory(0x300000));
	boot_machine_down(&bm);
}

static void bootmem_kinds(void **state)
{
	all_kinds(QUIRE_BOOT_BOOTMEM);
	assert_int_equal(quire_bootmem_validate(), 0);
	boot_machine_down(&bm);
}

/* The bitmap goes around what is named and stays above ZONE_DMA where it can. */
static void bitmap_around_named(void **state)
{
	static const struct quire_reserved low = {
		.name = "low", .start = 0x2000000, .size = 0x3000, .kind = QUIRE_RESERVED_KERNEL
	};

	describe(QUIRE_BOOT_BOOTMEM, &low, 1);
	bm.config.dma_limit = 0x800000;
	boot_machine_start(&bm);
	assert_int_equal(quire_bootmem_node(0)->quire_map_pfn, 0x800);
	assert_int_equal(quire_bootmem_node(1)->quire_map_pfn, 0x2003);
	boot_machine_down(&bm);
}

static int create(void)
{
	return quire_machine_create(&bm.config, quire_host_port(), &bm.m);
}

static void refused(void **state)
{
	static const struct quire_reserved outside = {
		.name = "cma", .start = 0x1000000, .size = 0x200000, .kind = QUIRE_RESERVED_REUSABLE
	};
	static const struct quire_reserved huge = { .name = "pool",
						    .start = QUIRE_ANYWHERE,
						    .size = 0x8000000,
						    .kind = QUIRE_RESERVED_POOL,
						    .nid = QUIRE_ANY_NODE };
	unsigned int boot;

	for (boot = 0; boot < 2; boot++) {
		describe((enum quire_boot_allocator)boot, &outside, 1);
		assert_int_equal(create(), -EINVAL);
		describe((enum quire_boot_allocator)boot, &huge, 1);
		assert_int_equal(create(), -ENOMEM);
	}
}

/* 64 bytes a frame from each node's own memory, above ZONE_DMA. */
static void memmap(void **state)
{
	unsigned int boot;
	u64 pfn, taken;

	for (boot = 0; boot < 2; boot++) {
		describe((enum quire_boot_allocator)boot, NULL, 0);
		bm.config.reserve_memmap = true;
		bm.config.dma_limit = 0x400000;
		boot_machine_start(&bm);
		for (taken = 0, pfn = 0x100; pfn < 0x400; pfn++)
			taken += boot_pfn_reserved(bm.m, pfn);
		assert_int_equal(taken, 0);
		for (pfn = 0x400; pfn < 0x1000; pfn++)
			taken += boot_pfn_reserved(bm.m, pfn);
		assert_int_equal(taken, 0xf00 * 64 / 4096 + boot); /* and bootmem's bitmap */
		for (taken = 0, pfn = 0x2000; pfn < 0x4000; pfn++)
			taken += boot_pfn_reserved(bm.m, pfn);
		assert_int_equal(taken, 0x2000 * 64 / 4096 + boot);
		boot_machine_down(&bm);
	}
}

/* Bytes that fill no frame are left out, in both. */
static void whole_pages(void **state)
{
	u64 first, end;
	unsigned int nid;

	describe(QUIRE_BOOT_MEMBLOCK, NULL, 0);
	bm.ranges[0].start += 0x10;
	bm.ranges[0].end += 0x400;
	boot_machine_start(&bm);
	assert_memory("101-1000@0 2000-4000@1");
	boot_machine_down(&bm);
	describe(QUIRE_BOOT_BOOTMEM, NULL, 0);
	bm.ranges[0].start += 0x10;
	bm.ranges[0].end += 0x400;
	boot_machine_start(&bm);
	assert_true(boot_mem_range(bm.m, 0, &first, &end, &nid));
	assert_int_equal(first, 0x101);
	assert_int_equal(end, 0x1000);
	assert_true(boot_pfn_reserved(bm.m, 0x100) && boot_pfn_reserved(bm.m, 0x1000));
	boot_machine_down(&bm);
}

static void boot_alloc_serves_both(void **state)
{
	unsigned int boot;
	u64 at;

	for (boot = 0; boot < 2; boot++) {
		describe((enum quire_boot_allocator)boot, NULL, 0);
		boot_machine_start(&bm);
		at = boot_alloc(bm.m, 0x3000, 0x4000, 0x2800000, 1);
		assert_true(at >= 0x2800000);
		assert_int_equal(at & 0x3fff, 0);
		assert_true(boot_pfn_reserved(bm.m, at >> 12));
		assert_true(boot_alloc(bm.m, 0x3000, 0x4000, 0, 0) < 0x1000000);
		assert_int_equal(boot_alloc(bm.m, 1ull << 30, 0x1000, 0, -1), 0);
		boot_machine_down(&bm);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memblock_kinds),
		cmocka_unit_test(bootmem_kinds),
		cmocka_unit_test(bitmap_around_named),
		cmocka_unit_test(refused),
		cmocka_unit_test(memmap),
		cmocka_unit_test(whole_pages),
		cmocka_unit_test(boot_alloc_serves_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
