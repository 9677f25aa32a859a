/* SPDX-License-Identifier: MIT */
/*
 * test_handover.c - which blocks the page allocator is given, and what the audit finds.
 *
 * Blocks print as "frame:order" in hex.
 */
#include "boot_machine.h"

#include <quire/errno.h>

#include "boot/boot.h"
#include "boot/state.h"

static struct boot_machine bm;
static char blocks[4096];

static void got(void *ctx, u64 pfn, unsigned int order)
{
	size_t n = strlen(blocks);

	snprintf(blocks + n, sizeof(blocks) - n, "%s%llx:%x", n ? " " : "", (unsigned long long)pfn,
		 order);
	++*(unsigned int *)ctx;
}

static unsigned int nr_blocks;
static const struct boot_sink sink = { .ctx = &nr_blocks, .free_block = got };

static void count(void *ctx, u64 pfn, unsigned int order)
{
	++*(unsigned int *)ctx;
}

static const struct boot_sink counting_sink = { .ctx = &nr_blocks, .free_block = count };

static void start(const char *map, enum quire_boot_allocator boot)
{
	boot_machine_config(&bm, map);
	bm.config.boot = boot;
	bm.config.dma_limit = 0;
	boot_machine_start(&bm);
	blocks[0] = 0;
	nr_blocks = 0;
}

/* Each range in blocks as large as alignment and end allow. */
static void memblock_blocks(void **state)
{
	start("1-40@0 60-61@0 80-120@1", QUIRE_BOOT_MEMBLOCK);
	memblock_reserve(PAGES(8), 0x10); /* a byte takes the frame */
	memblock_reserve(PAGES(0x41) - 0x10, 0x10);
	assert_int_equal(boot_hand_over(bm.m, 10, &sink), 0x3f - 1 + 1 + 0xa0);
	assert_string_equal(blocks, "1:0 2:1 4:2 9:0 a:1 c:2 10:4 20:5 60:0 80:7 100:5");
	boot_machine_down(&bm);
}

static void memblock_max_order(void **state)
{
	start("0-2d@0", QUIRE_BOOT_MEMBLOCK);
	assert_int_equal(boot_hand_over(bm.m, 3, &sink), 0x2d);
	assert_string_equal(blocks, "0:3 8:3 10:3 18:3 20:3 28:2 2c:0");
	boot_machine_down(&bm);
}

/* Whole aligned words at once, else frame by frame, last the bitmap's own frame. */
static void bootmem_blocks(void **state)
{
	start("40-c8@0", QUIRE_BOOT_BOOTMEM);
	reserve_bootmem(PAGES(0x41), PAGES(0x3d)); /* leaves 7e, 7f of the first word */
	assert_int_equal(boot_hand_over(bm.m, 10, &sink), 2 + 64 + 8 + 1);
	assert_string_equal(blocks, "7e:0 7f:0 80:6 c0:0 c1:0 c2:0 c3:0 c4:0 c5:0 c6:0 c7:0 40:0");
	boot_machine_down(&bm);
}

/* Each frame is looked at a few times only: with a search to the node's end this took minutes. */
static void bootmem_large_node(void **state)
{
	boot_machine_config(&bm, "0-1000000@0"); /* 64 GiB */
	bm.config.boot = QUIRE_BOOT_BOOTMEM;
	bm.config.contents = false;
	boot_machine_start(&bm);
	nr_blocks = 0;
	blocks[0] = 0;
	assert_int_equal(boot_hand_over(bm.m, 10, &counting_sink), 0x1000000);
	assert_in_range(nr_blocks, 0x1000000 / 64, 0x1000000 / 64 + 3 * 512 + 64);
	boot_machine_down(&bm);
}

static void bootmem_not_aligned(void **state)
{
	start("41-c1@0", QUIRE_BOOT_BOOTMEM);
	assert_int_equal(boot_hand_over(bm.m, 10, &sink), 0x80);
	assert_int_equal(nr_blocks, 0x80); /* not one word of the bitmap is aligned */
	boot_machine_down(&bm);
	start("40-c0@0", QUIRE_BOOT_BOOTMEM);
	assert_int_equal(boot_hand_over(bm.m, 5, &sink), 0x80);
	assert_int_equal(nr_blocks, 0x80); /* a word is a block of order 6 */
	boot_machine_down(&bm);
}

static void free_all_node_by_node(void **state)
{
	start("40-c0@0 100-180@1", QUIRE_BOOT_BOOTMEM);
	assert_int_equal(quire_bootmem_alloc_phys(quire_bootmem_node(1), 0x3000, 0x1000, 0, 0),
			 PAGES(0x101));
	assert_int_equal(free_all_bootmem_node(quire_bootmem_node(0)), 0x80);
	assert_false(quire_bootmem_node(1)->quire_done);
	boot_machine_down(&bm);
}

static void late_frees_memblock(void **state)
{
	start("1-40@0", QUIRE_BOOT_MEMBLOCK);
	memblock_reserve(PAGES(8), PAGES(8));
	memblock_free_late(PAGES(8), PAGES(1));
	assert_reported(&bm, "has not handed over yet");
	assert_int_equal(boot_hand_over(bm.m, 10, &sink), 0x37);
	blocks[0] = 0;
	memblock_free_late(PAGES(8) + 1, PAGES(3));
	assert_string_equal(blocks, "9:0 a:0");
	memblock_free_late(PAGES(9), PAGES(1));
	assert_reported(&bm, "memblock_free_late: [0x9000-0x9fff] is not reserved as a whole");
	memblock_free_late(PAGES(0x10), PAGES(1));
	assert_reported(&bm, "is not reserved as a whole");
	assert_string_equal(blocks, "9:0 a:0");
	assert_true(memblock_is_reserved(PAGES(0xc)));
	memblock_reserve(PAGES(9), 1);
	assert_reported(&bm, "memblock_reserve: the boot allocator has handed over its memory");
	assert_null(memblock_alloc(64, 64));
	assert_reported(&bm, "use the page allocator");
	assert_int_equal(boot_hand_over(bm.m, 10, &sink), -EINVAL);
	assert_reported(&bm, "done already");
	assert_int_equal(boot_alloc(bm.m, 64, 64, 0, -1), 0);
	boot_machine_down(&bm);
}

/* Late frees that cut reservations make the list grow beside the frames. */
static void late_frees_grow_the_list(void **state)
{
	unsigned int i;

	start("1-400@0", QUIRE_BOOT_MEMBLOCK);
	memblock_reserve(PAGES(1), PAGES(0x3ff));
	assert_int_equal(boot_hand_over(bm.m, 10, &sink), 0);
	for (i = 0; i < 200; i++)
		memblock_free_late(PAGES(2 + 2 * i), PAGES(1));
	assert_int_equal(nr_blocks, 200);
	assert_int_equal(quire_memblock()->reserved.max, 256);
	assert_int_equal(quire_memblock_validate(), 0);
	assert_silent(&bm);
	boot_machine_down(&bm);
}

static void discard(void **state)
{
	unsigned int i;

	start("1-400@0", QUIRE_BOOT_MEMBLOCK);
	memblock_allow_resize();
	for (i = 0; i < 140; i++)
		memblock_reserve(PAGES(2 + 2 * i), PAGES(1));
	assert_int_equal(boot_hand_over(bm.m, 10, &sink), 0x3ff - 140 - 2);
	blocks[0] = 0;
	memblock_discard();
	assert_string_equal(blocks, "3fe:0 3ff:0"); /* the grown array */
	memblock_discard();
	assert_null(quire_memblock());
	assert_reported(&bm, "quire_memblock: memblock was discarded");
	memblock_free_late(PAGES(2), PAGES(1));
	assert_reported(&bm, "memblock was discarded, nothing can be checked");
	boot_machine_down(&bm);
}

static void late_frees_bootmem(void **state)
{
	start("40-c0@0", QUIRE_BOOT_BOOTMEM);
	reserve_bootmem(PAGES(0x48), PAGES(8));
	free_bootmem_late(PAGES(0x48), PAGES(1));
	assert_reported(&bm, "has not handed over yet");
	assert_int_equal(boot_hand_over(bm.m, 10, &sink), 0x78);
	blocks[0] = 0;
	free_bootmem_late(PAGES(0x48), PAGES(2));
	assert_string_equal(blocks, "48:0 49:0");
	free_bootmem_late(PAGES(0x49), PAGES(2));
	assert_reported(&bm, "is not taken: freed twice, or never allocated");
	free_bootmem_late(PAGES(0x50), PAGES(1));
	assert_reported(&bm, "is not taken");
	assert_string_equal(blocks, "48:0 49:0");
	assert_null(alloc_bootmem(64));
	assert_reported(&bm, "has handed over its memory");
	boot_machine_down(&bm);
}

static void memory_for_the_page_room(void **state)
{
	u64 first, end;
	unsigned int nid;

	start("1-40@0 80-c0@1", QUIRE_BOOT_MEMBLOCK);
	memblock_mark_nomap(PAGES(0x10), PAGES(1));
	memblock_add(PAGES(0x50), PAGES(1)); /* of no node */
	memblock_add(PAGES(0x60), 0x10);     /* no frame */
	memblock_reserve(PAGES(0x20) + 5, 1);
	assert_true(boot_mem_range(bm.m, 2, &first, &end, &nid));
	assert_int_equal(first, 0x11);
	assert_int_equal(end, 0x40);
	assert_true(boot_mem_range(bm.m, 3, &first, &end, &nid));
	assert_int_equal(first, 0x50);
	assert_int_equal(nid, 0);
	assert_true(boot_mem_range(bm.m, 4, &first, &end, &nid));
	assert_int_equal(first, 0x80);
	assert_int_equal(nid, 1);
	assert_false(boot_mem_range(bm.m, 5, &first, &end, &nid));
	assert_true(boot_pfn_reserved(bm.m, 0)); /* no memory */
	assert_false(boot_pfn_reserved(bm.m, 1));
	assert_true(boot_pfn_reserved(bm.m, 0x10)); /* not mapped */
	assert_true(boot_pfn_reserved(bm.m, 0x20));
	assert_false(boot_pfn_reserved(bm.m, 0x21));
	assert_true(boot_pfn_reserved(bm.m, 0x60));
	assert_true(boot_pfn_reserved(bm.m, 0x1000));
	boot_machine_down(&bm);
}

/* Damaged lists: the audit names the frames and the rule. */
static void audit_finds_double_hand_over(void **state)
{
	start("1-20@0 40-60@0", QUIRE_BOOT_MEMBLOCK);
	quire_memblock()->memory.regions[1].base = PAGES(0x18);
	quire_memblock()->memory.regions[1].size = PAGES(0x10);
	assert_int_not_equal(quire_memblock_validate(), 0);
	assert_reported(&bm, "boot: I1: memory[0]");
	assert_int_equal(boot_hand_over(bm.m, 10, &sink), -EUCLEAN);
	assert_reported(&bm, "boot: H1: frames 0x18-0x1f are handed over again");
	boot_machine_down(&bm);
}

/* The list is out of order: what is found by address is not what is walked over. */
static void audit_finds_wrong_order(void **state)
{
	struct memblock_region *r, swap;

	start("1-20@0 40-60@0", QUIRE_BOOT_MEMBLOCK);
	r = quire_memblock()->memory.regions;
	swap = r[0];
	r[0] = r[1];
	r[1] = swap;
	assert_int_equal(boot_hand_over(bm.m, 10, &sink), -EUCLEAN);
	assert_reported(&bm, "boot: H2: frames 0x40-0x5f are handed over but not all free");
	boot_machine_down(&bm);
}

/* A block refused because it overlaps (H1) leaves frames that nobody gets. */
static void audit_finds_lost_frames(void **state)
{
	start("1-18@0 40-60@0", QUIRE_BOOT_MEMBLOCK);
	quire_memblock()->memory.regions[1].base = PAGES(0x10);
	quire_memblock()->memory.regions[1].size = PAGES(0x30);
	assert_int_equal(boot_hand_over(bm.m, 10, &sink), -EUCLEAN);
	assert_non_null(strstr(bm.log, "boot: H1: frames 0x10-0x1f are handed over again"));
	assert_non_null(
		strstr(bm.log, "boot: H3: frames 0x18-0x1f are free and were not handed over"));
	assert_reported(&bm, "boot: H4: ");
	boot_machine_down(&bm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memblock_blocks),
		cmocka_unit_test(memblock_max_order),
		cmocka_unit_test(bootmem_blocks),
		cmocka_unit_test(bootmem_large_node),
		cmocka_unit_test(bootmem_not_aligned),
		cmocka_unit_test(free_all_node_by_node),
		cmocka_unit_test(late_frees_memblock),
		cmocka_unit_test(late_frees_grow_the_list),
		cmocka_unit_test(discard),
		cmocka_unit_test(late_frees_bootmem),
		cmocka_unit_test(memory_for_the_page_room),
		cmocka_unit_test(audit_finds_double_hand_over),
		cmocka_unit_test(audit_finds_wrong_order),
		cmocka_unit_test(audit_finds_lost_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
