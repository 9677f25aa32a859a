/* SPDX-License-Identifier: MIT */
/*
 * test_bootmem.c - bootmem: bits, partly used frames, goal, limit, frees.
 *
 * Most tests run on frames 0x100-0x140 of node 0 and 0x200-0x240 of node 1. There is
 * no ZONE_DMA, so each node's bitmap takes its first frame.
 */
#include "boot_machine.h"

#include <quire/errno.h>

static struct boot_machine bm;

static void start(const char *map, bool contents)
{
	boot_machine_config(&bm, map);
	bm.config.boot = QUIRE_BOOT_BOOTMEM;
	bm.config.contents = contents;
	bm.config.dma_limit = 0;
	boot_machine_start(&bm);
}

static int up(void **state)
{
	start("100-140@0 200-240@1", true);
	return 0;
}

static int down(void **state)
{
	assert_int_equal(quire_bootmem_validate(), 0);
	boot_machine_down(&bm);
	return 0;
}

static unsigned long phys(const void *p)
{
	return p ? (unsigned long)((const unsigned char *)p - quire_this_cpu->linear) : 0;
}

/* The taken frames of @node as ranges, counted from its first. */
static const char *taken(const bootmem_data_t *node)
{
	const unsigned long *map = node->node_bootmem_map;
	unsigned long frames = node->node_low_pfn - (node->node_boot_start >> 12), i, from;
	static char text[1024];
	size_t n = 0;

	text[0] = 0;
	for (i = 0; i < frames; i++) {
		if (!(map[i / 64] >> (i % 64) & 1))
			continue;
		for (from = i; i < frames && map[i / 64] >> (i % 64) & 1;)
			i++;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%lx-%lx", n ? " " : "", from,
				      i);
	}
	return text;
}

#define assert_taken(nid, text) assert_string_equal(taken(quire_bootmem_node(nid)), text)

static void fresh(void **state)
{
	const bootmem_data_t *node = quire_bootmem_node(1);

	assert_int_equal(node->node_boot_start, 0x200000);
	assert_int_equal(node->node_low_pfn, 0x240);
	assert_int_equal(node->last_success, 0x200000);
	assert_int_equal(node->last_pos | node->last_offset, 0);
	assert_ptr_equal(node->node_bootmem_map, quire_this_cpu->linear + 0x200000);
	assert_taken(0, "0-1"); /* the bitmap */
	assert_taken(1, "0-1");
	assert_null(quire_bootmem_node(2));
	assert_int_equal(bootmem_bootmap_pages(1), 1);
	assert_int_equal(bootmem_bootmap_pages(32768), 1);
	assert_int_equal(bootmem_bootmap_pages(32769), 2);
}

/* Small requests continue inside the last frame while the next one is free. */
static void partly_used_frames(void **state)
{
	const bootmem_data_t *node = quire_bootmem_node(0);

	assert_int_equal(phys(__alloc_bootmem(100, 64, 0)), 0x101000);
	assert_int_equal(node->last_pos, 1);
	assert_int_equal(node->last_offset, 100);
	assert_int_equal(phys(__alloc_bootmem(100, 64, 0)), 0x101080);
	assert_int_equal(node->last_offset, 0x80 + 100);
	assert_taken(0, "0-2");
	/* across the frame's end: what is left of it, and one more */
	assert_int_equal(phys(__alloc_bootmem(0x1000, 256, 0)), 0x101100);
	assert_int_equal(node->last_pos, 2);
	assert_int_equal(node->last_offset, 0x100);
	assert_taken(0, "0-3");
	/* exactly the rest: full */
	assert_int_equal(phys(__alloc_bootmem(0xf00, 16, 0)), 0x102100);
	assert_int_equal(node->last_offset, 0);
	assert_int_equal(node->last_pos, 2);
	/* page alignment never continues */
	assert_int_equal(phys(__alloc_bootmem(8, 0, 0)), 0x103000);
	assert_int_equal(phys(__alloc_bootmem(8, 0x1000, 0)), 0x104000);
	assert_int_equal(phys(__alloc_bootmem(8, 8, 0)), 0x104008);
	assert_taken(0, "0-5");
	/* no free frame behind the last one: what is left of it is not used */
	assert_int_equal(reserve_bootmem(0x105000, 1), 0);
	assert_int_equal(phys(__alloc_bootmem(8, 8, 0)), 0x106000);
	assert_silent(&bm);
}

static void goal_and_limit(void **state)
{
	bootmem_data_t *node = quire_bootmem_node(0);

	assert_int_equal(phys(__alloc_bootmem_node(node, 0x1000, 0x1000, 0x120000)), 0x120000);
	assert_int_equal(node->last_success, 0x120000);
	/* from last_success on, where it lies behind the goal */
	assert_int_equal(phys(__alloc_bootmem_node(node, 0x1000, 0x1000, 0x110000)), 0x121000);
	/* a goal in no frame of the node counts as none */
	assert_int_equal(phys(__alloc_bootmem_node(node, 0x1000, 0x1000, 0x300000)), 0x101000);
	/* given up before failing */
	assert_int_equal(phys(__alloc_bootmem_node(node, 0x1d000, 0x1000, 0x124000)), 0x102000);
	assert_int_equal(quire_bootmem_alloc_phys(node, 0x2000, 0x1000, 0, 0x123000), 0);
	assert_reported(&bm, "bootmem alloc of 8192 bytes failed! (align 0x1000, goal 0x0, limit "
			     "0x123000;");
	assert_int_equal(quire_bootmem_alloc_phys(node, 0x2000, 0x1000, 0, 0x124000), 0x122000);
	assert_int_equal(quire_bootmem_alloc_phys(NULL, 0x1000, 0x1000, 0, 0x100000), 0);
	boot_machine_forget(&bm);
	assert_int_equal(quire_bootmem_alloc_phys(NULL, 0x30000, 0x1000, 0, 0), 0x201000);
}

static void alignment(void **state)
{
	bootmem_data_t *node = quire_bootmem_node(0);

	assert_int_equal(phys(__alloc_bootmem_node(node, 0x1000, 0x10000, 0)), 0x110000);
	assert_int_equal(phys(__alloc_bootmem_node(node, 0x3000, 0x4000, 0)), 0x104000);
	assert_int_equal(phys(__alloc_bootmem_node(node, 0x10001, 0x8000, 0)), 0x118000);
	assert_taken(0, "0-1 4-7 10-11 18-29");
}

static void other_nodes(void **state)
{
	bootmem_data_t *node = quire_bootmem_node(1);

	assert_int_equal(phys(alloc_bootmem_pages_node(node, 0x3f000)), 0x201000);
	assert_int_equal(phys(alloc_bootmem_node(node, 64)), 0x101000); /* any node */
	assert_null(__alloc_bootmem_low_node(node, 64, 64, 0));		/* only that node */
	assert_reported(&bm, "__alloc_bootmem_low_node: bootmem alloc of 64 bytes failed!");
	assert_int_equal(phys(alloc_bootmem_low(64)), 0x101040);
	assert_int_equal(phys(alloc_bootmem_low_pages(64)), 0x102000);
	assert_int_equal(phys(alloc_bootmem_pages(64)), 0x103000);
	assert_int_equal(phys(alloc_bootmem_low_pages_node(quire_bootmem_node(0), 1)), 0x104000);
	assert_null(__alloc_bootmem_nopanic(1 << 20, 64, 0));
	assert_silent(&bm);
	assert_null(__alloc_bootmem(1 << 20, 64, 0));
	assert_reported(&bm, "59 frames are free, the longest run has 59)");
}

static void free_moves_last_success(void **state)
{
	bootmem_data_t *node = quire_bootmem_node(0);

	assert_int_equal(phys(__alloc_bootmem(0x8000, 0x1000, 0x110000)), 0x110000);
	free_bootmem(0x113000, 0x1000);
	assert_int_equal(node->last_success, 0x110000); /* already lower */
	assert_int_equal(phys(__alloc_bootmem(0x4000, 0x1000, 0x110000)), 0x118000);
	assert_int_equal(node->last_success, 0x118000);
	free_bootmem_node(node, 0x111800, 0x1800); /* only whole frames: 0x112 */
	assert_int_equal(node->last_success, 0x112000);
	assert_taken(0, "0-1 10-12 14-1c");
	assert_int_equal(phys(__alloc_bootmem(0x1000, 0x1000, 0x110000)), 0x112000);
}

/* Freeing the partly used frame ends its use: Linux could go on inside of it. */
static void free_of_the_last_frame(void **state)
{
	const bootmem_data_t *node = quire_bootmem_node(0);

	assert_int_equal(phys(__alloc_bootmem(100, 64, 0)), 0x101000);
	free_bootmem(0x101000, 0x1000);
	assert_int_equal(node->last_offset, 0);
	assert_int_equal(phys(__alloc_bootmem(100, 64, 0x102000)), 0x102000);
	assert_taken(0, "0-1 2-3");
}

static void zeroed(void **state)
{
	unsigned char *p = __alloc_bootmem(0x2000, 0x1000, 0);
	unsigned int i;

	memset(p, 0x5a, 0x2000);
	free_bootmem(phys(p), 0x2000);
	assert_ptr_equal(__alloc_bootmem(0x2000, 0x1000, 0), p);
	for (i = 0; i < 0x2000; i++)
		assert_int_equal(p[i], 0);
}

static void misuse(void **state)
{
	assert_int_equal(reserve_bootmem(0x108001, 2), 0);
	assert_silent(&bm);
	reserve_bootmem(0x107000, 0x3000);
	assert_reported(&bm, "reserve_bootmem: hm, frames 0x108-0x108 reserved twice");
	assert_taken(0, "0-1 7-a");
	assert_int_equal(reserve_bootmem(0x180000, 0x1000), -EINVAL);
	assert_reported(&bm, "[0x180000, +0x1000) is no memory of any node");
	assert_int_equal(reserve_bootmem_node(quire_bootmem_node(0), 0x13f000, 0x2000), -EINVAL);
	assert_reported(&bm, "is not in node 0");
	free_bootmem(0x106000, 0x2000);
	assert_reported(&bm, "free_bootmem: [0x106000-0x107fff] is not taken: freed twice");
	free_bootmem(0x100000, 0x1000);
	assert_reported(&bm, "holds the bitmap");
	free_bootmem(0x13f000, 0x2000);
	assert_reported(&bm, "is not in the node");
	free_bootmem(0x180000, 0x1000);
	assert_reported(&bm, "is no memory");
	free_bootmem(0x107000, 0xfff); /* no whole frame */
	assert_silent(&bm);
	assert_null(__alloc_bootmem(0, 64, 0));
	assert_reported(&bm, "make no request");
	assert_null(__alloc_bootmem(8, 48, 0));
	boot_machine_forget(&bm);
	assert_taken(0, "0-1 7-a");
	memblock_phys_alloc(64, 64);
	assert_reported(&bm,
			"memblock_phys_alloc_range: this machine boots with bootmem, not memblock");
	assert_null(quire_memblock());
}

static void described_anew(void **state)
{
	bootmem_data_t *node = quire_bootmem_node(0);

	assert_int_equal(init_bootmem_node(node, 0x110, 0x100, 0x140), 8);
	assert_taken(0, "0-40");
	free_bootmem_node(node, 0x100000, 0x10000);
	free_bootmem_node(node, 0x111000, 0x1000);
	assert_taken(0, "10-11 12-40");
	assert_int_equal(phys(__alloc_bootmem(0x1000, 0x1000, 0)), 0x100000);
	assert_int_equal(init_bootmem_node(node, 0x150, 0x100, 0x140), 0);
	assert_reported(&bm, "no usable memory for a bitmap of 1 frames at frame 0x150");
	assert_int_equal(init_bootmem_node(node, 0x110, 0x140, 0x140), 0);
	assert_reported(&bm, "are no range");
	assert_int_equal(init_bootmem(0x120, 0x140), 40);
	assert_int_equal(node->node_boot_start, 0);
	free_bootmem(0x121000, 0x2000);
	assert_taken(0, "0-121 123-140");
}

static void without_contents(void **state)
{
	boot_machine_down(&bm);
	start("0-40@0 80-c0@1", false);
	assert_taken(0, "1-2"); /* the bitmap's frame is reserved all the same; never frame 0 */
	assert_null(alloc_bootmem(64));
	assert_reported(&bm, "frames of this machine have no contents");
	assert_int_equal(quire_bootmem_alloc_phys(NULL, 64, 64, 0, 0), 0x2000);
	assert_int_equal(quire_bootmem_alloc_phys(NULL, 64, 64, 0, 0), 0x2040);
	free_bootmem(0x2000, 0x1000);
	assert_int_equal(quire_bootmem_alloc_phys(NULL, 0x3e000, 0x1000, 0, 0), 0x2000);
	assert_int_equal(quire_bootmem_alloc_phys(NULL, 0x1000, 0x1000, 0, 0), 0x81000);
	assert_taken(0, "1-40"); /* frame 0 is free and is never given */
}

/* Nodes whose memory interleaves: each frame belongs to one, the other's bit stays taken. */
static void interleaved_nodes(void **state)
{
	boot_machine_down(&bm);
	start("100-110@0 110-120@1 120-130@0 130-140@1", true);
	assert_taken(0, "0-1 10-20");
	assert_taken(1, "0-1 10-20");
	reserve_bootmem(0x10e000, 0x4000);
	assert_reported(&bm, "reserve_bootmem: hm, frames 0x110-0x110 reserved twice");
	assert_taken(0, "0-1 e-20");
	assert_taken(1, "0-2 10-20");
	free_bootmem_node(quire_bootmem_node(0), 0x112000, 0x1000);
	assert_reported(&bm, "is not all memory of the node");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
	const struct CMUnitTest tests[] = {
		T(fresh),
		T(partly_used_frames),
		T(goal_and_limit),
		T(alignment),
		T(other_nodes),
		T(free_moves_last_success),
		T(free_of_the_last_frame),
		T(zeroed),
		T(misuse),
		T(described_anew),
		T(without_contents),
		T(interleaved_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
