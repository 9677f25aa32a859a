/* SPDX-License-Identifier: MIT */
/*
 * test_alloc.c - where memblock's allocations go.
 *
 * Most tests run on
 *	pages   10            40   50            80
 *	node    [=== node 0 ===]   [=== node 1 ===]
 */
#include "boot_machine.h"

#define MAP "10-40@0 50-80@1"

static int up(void **state)
{
	static struct boot_machine bm;

	boot_machine_up(&bm, MAP);
	*state = &bm;
	return 0;
}

static int down(void **state)
{
	assert_int_equal(quire_memblock_validate(), 0);
	boot_machine_down(*state);
	return 0;
}

static phys_addr_t phys(const void *p)
{
	return p ? (phys_addr_t)((const unsigned char *)p - quire_this_cpu->linear) : 0;
}

static void top_down(void **state)
{
	assert_int_equal(memblock_phys_alloc(PAGES(1), PAGES(1)), PAGES(0x7f));
	assert_int_equal(memblock_phys_alloc(0x100, 0x40), 0x7ef00);
	assert_int_equal(memblock_phys_alloc(PAGES(2), PAGES(4)), PAGES(0x7c));
	assert_int_equal(memblock_phys_alloc(PAGES(1), PAGES(1)), PAGES(0x7b));
	assert_int_equal(memblock_phys_alloc(0x80, 0x40), 0x7ee80);
	assert_reserved("7b-7e 7ee80+1180");
}

static void bottom_up(void **state)
{
	memblock_set_bottom_up(true);
	assert_true(memblock_bottom_up());
	assert_int_equal(memblock_phys_alloc(0x100, 0x40), PAGES(0x10));
	assert_int_equal(memblock_phys_alloc(PAGES(1), PAGES(4)), PAGES(0x14));
	assert_int_equal(memblock_phys_alloc(0x100, 0x400), 0x10400);
	assert_int_equal(memblock_phys_alloc(PAGES(0x2c), PAGES(1)), PAGES(0x50));
}

static void limits(void **state)
{
	assert_int_equal(memblock_phys_alloc_range(PAGES(1), PAGES(1), PAGES(0x20), PAGES(0x30)),
			 PAGES(0x2f));
	assert_int_equal(memblock_phys_alloc_range(PAGES(1), PAGES(1), PAGES(0x40), PAGES(0x50)),
			 0);
	assert_reported(*state, "memblock_phys_alloc_range: no room for 4096 bytes (align 0x1000, "
				"from 0x40000, to 0x50000, node -1); largest free range anywhere: "
				"196608 bytes");
	memblock_set_current_limit(PAGES(0x38));
	assert_int_equal(memblock_get_current_limit(), PAGES(0x38));
	assert_int_equal(memblock_phys_alloc(PAGES(1), PAGES(1)), PAGES(0x37));
	assert_int_equal(phys(memblock_alloc(PAGES(1), PAGES(1))), PAGES(0x36));
	/* beyond the limit only for those who name a range and no pointer */
	assert_int_equal(memblock_phys_alloc_range(PAGES(1), PAGES(1), 0, PAGES(0x60)),
			 PAGES(0x5f));
	assert_int_equal(phys(memblock_alloc_try_nid(PAGES(1), PAGES(1), 0, PAGES(0x60), -1)),
			 PAGES(0x35));
}

static void never_the_first_page(void **state)
{
	memblock_add(0, PAGES(2));
	assert_int_equal(memblock_phys_alloc_range(0x800, 0x40, 0, PAGES(1)), 0);
	assert_int_equal(memblock_phys_alloc_range(0x400, 0x40, 0x800, PAGES(1)), 0);
	assert_int_equal(memblock_phys_alloc_range(0x800, 0x40, 0, PAGES(2)), 0x1800);
	memblock_set_bottom_up(true);
	assert_int_equal(memblock_phys_alloc_range(0x800, 0x40, 0, PAGES(2)), 0x1000);
}

static void nodes(void **state)
{
	assert_int_equal(memblock_phys_alloc_try_nid(PAGES(1), PAGES(1), 0), PAGES(0x3f));
	assert_int_equal(phys(memblock_alloc_node(PAGES(1), PAGES(1), 0)), PAGES(0x3e));
	/* node 0 has no room: any node; but not for an exact one */
	assert_int_equal(phys(memblock_alloc_node(PAGES(0x2f), PAGES(1), 0)), PAGES(0x51));
	assert_null(memblock_alloc_exact_nid_raw(PAGES(0x2f), PAGES(1), 0, 0, 0));
	assert_reported(*state, "memblock_alloc_exact_nid_raw: no room");
	assert_int_equal(phys(memblock_alloc_exact_nid_raw(PAGES(0x2e), PAGES(1), 0, 0, 0)),
			 PAGES(0x10));
	assert_int_equal(memblock_alloc_range_nid(PAGES(1), PAGES(1), 0, 0, MAX_NUMNODES, false),
			 PAGES(0x50));
	assert_reported(*state, "MAX_NUMNODES means nothing");
}

/* wanted node, any node; then both again without the lower bound */
static void min_addr_is_given_up(void **state)
{
	assert_int_equal(phys(memblock_alloc_try_nid(PAGES(1), PAGES(1), PAGES(0x30), 0, 0)),
			 PAGES(0x3f));
	assert_int_equal(phys(memblock_alloc_try_nid(PAGES(1), PAGES(1), PAGES(0x48), 0, 0)),
			 PAGES(0x7f));
	assert_int_equal(phys(memblock_alloc_try_nid(PAGES(1), PAGES(1), PAGES(0x90), 0, 0)),
			 PAGES(0x3e));
	assert_int_equal(phys(memblock_alloc_from(PAGES(1), PAGES(1), PAGES(0x90))), PAGES(0x7e));
	assert_int_equal(quire_memblock_alloc_phys(PAGES(1), PAGES(1), PAGES(0x90), 0, 0, true),
			 PAGES(0x3d));
	assert_silent(*state);
}

static void flags_of_memory(void **state)
{
	memblock_mark_hotplug(PAGES(0x70), PAGES(0x10));
	assert_int_equal(memblock_phys_alloc(PAGES(1), PAGES(1)), PAGES(0x7f));
	quire_memblock_set_movable_node(true);
	assert_true(movable_node_is_enabled());
	assert_int_equal(memblock_phys_alloc(PAGES(1), PAGES(1)), PAGES(0x6f));
	memblock_mark_nomap(PAGES(0x60), PAGES(0x10));
	assert_int_equal(memblock_phys_alloc(PAGES(1), PAGES(1)), PAGES(0x5f));
	memblock_remove(PAGES(0x5e), PAGES(1));
	memblock_add_node(PAGES(0x5e), PAGES(1), 1, MEMBLOCK_DRIVER_MANAGED);
	assert_int_equal(memblock_phys_alloc(PAGES(1), PAGES(1)), PAGES(0x5d));
	memblock_mark_mirror(PAGES(0x20), PAGES(2));
	assert_int_equal(memblock_phys_alloc(PAGES(1), PAGES(1)), PAGES(0x21));
	assert_silent(*state);
	assert_int_equal(memblock_phys_alloc(PAGES(2), PAGES(1)), PAGES(0x5b));
	assert_reported(*state, "Could not allocate 0x0000000000002000 bytes of mirrored memory");
}

/* A request never spans two regions, though they touch. */
static void not_across_nodes(void **state)
{
	memblock_add_node(PAGES(0x40), PAGES(0x10), 0, MEMBLOCK_NONE);
	assert_memory("10-50@0 50-80@1");
	assert_int_equal(memblock_phys_alloc(PAGES(0x40), PAGES(1)), PAGES(0x10));
	assert_int_equal(memblock_phys_alloc(PAGES(0x31), PAGES(1)), 0);
	assert_reported(*state, "largest free range anywhere: 196608 bytes");
}

static void zeroed_or_raw(void **state)
{
	unsigned char *p = memblock_alloc_raw(256, 64);
	unsigned int i;

	memset(p, 0x5a, 256);
	memblock_free(p, 256);
	assert_ptr_equal(memblock_alloc_raw(256, 64), p);
	assert_int_equal(p[255], 0x5a);
	memblock_free(p, 256);
	assert_ptr_equal(memblock_alloc(256, 64), p);
	for (i = 0; i < 256; i++)
		assert_int_equal(p[i], 0);
	memblock_free(NULL, 16);
	assert_silent(*state);
	memblock_free(&i, 16);
	assert_reported(*state, "is no address of this machine's memory");
	assert_int_equal(phys(memblock_alloc_low(64, 64)), 0x7fec0);
}

static void senseless_requests(void **state)
{
	assert_int_equal(memblock_phys_alloc(100, 0), 0x7ff80); /* 64 */
	assert_reported(*state, "alignment 0, taken as 64");
	assert_int_equal(memblock_phys_alloc(0, 64), 0);
	assert_reported(*state, "make no request");
	assert_int_equal(memblock_phys_alloc(64, 48), 0);
	assert_reported(*state, "make no request");
	assert_int_equal(memblock_phys_alloc(PHYS_ADDR_MAX, 64), 0);
	assert_int_equal(memblock_phys_alloc(64, (phys_addr_t)1 << 63), 0);
	assert_reserved("7ff80+64");
}

static void without_contents(void **state)
{
	struct boot_machine *bm = *state;
	unsigned int i;

	boot_machine_down(bm);
	boot_machine_config(bm, MAP);
	bm->config.contents = false;
	boot_machine_start(bm);
	assert_null(memblock_alloc(64, 64));
	assert_reported(bm, "frames of this machine have no contents");
	assert_int_equal(quire_memblock()->reserved.cnt, 1);
	assert_int_equal(quire_memblock_alloc_phys(64, 64, 0, 0, -1, false), 0x7ffc0);
	/* arrays grow beside the frames that are reserved for them */
	memblock_allow_resize();
	for (i = 0; i < 600; i++)
		assert_int_equal(memblock_reserve(0x10000 + i * 0x40, 0x20), 0);
	assert_int_equal(quire_memblock()->reserved.max, 1024);
	assert_int_equal(quire_memblock()->reserved.cnt, 602);
	assert_true(memblock_is_region_reserved(PAGES(0x79), PAGES(6))); /* 24 KiB */
	assert_silent(bm);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
	const struct CMUnitTest tests[] = {
		T(top_down),
		T(bottom_up),
		T(limits),
		T(never_the_first_page),
		T(nodes),
		T(min_addr_is_given_up),
		T(flags_of_memory),
		T(not_across_nodes),
		T(zeroed_or_raw),
		T(senseless_requests),
		T(without_contents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
