/* SPDX-License-Identifier: MIT */
/*
 * test_flags.c - allocation flags by name and from other kernels' bits.
 */
#include "fixture.h"

#include <quire/gfp.h>

#include "trace/flags.h"

static uint32_t parse(const char *text)
{
	bool unknown = false;
	uint32_t v = gfp_parse(text, strlen(text), NULL, &unknown);

	assert_false(unknown);
	return v;
}

static void names(void **state)
{
	assert_int_equal(parse("none"), 0);
	assert_int_equal(parse("GFP_KERNEL"), 0xcc0);
	assert_int_equal(parse("GFP_ATOMIC"), 0xa20);
	assert_int_equal(parse("GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO"), 0x140dca);
	assert_int_equal(parse("__GFP_NOWARN|__GFP_NORETRY"), 0x12000);
	assert_int_equal(parse("GFP_TRANSHUGE_LIGHT"), 0x1c20ca);
	assert_int_equal(parse("GFP_NOFS|__GFP_ACCOUNT"), 0x400c40);
	assert_int_equal(parse("__GFP_IO|__GFP_FS|__GFP_RECLAIM"), 0xcc0);
	assert_int_equal(parse("0x12dc2"), 0x12dc2);
	assert_int_equal(parse("GFP_NOWAIT|0x100"), 0x900);
}

static void unknown_name(void **state)
{
	bool unknown = false;

	assert_int_equal(gfp_parse("GFP_KERNEL|__GFP_MAGIC", 22, NULL, &unknown), 0xcc0);
	assert_true(unknown);
}

/* A kernel of today: the bits of 6.10, without __GFP_ATOMIC, with a new flag. */
static void later_kernel(void **state)
{
	static const struct {
		const char *name;
		uint64_t value;
	} table[] = {
		{ "GFP_KERNEL", 0xcc0 },
		{ "__GFP_HIGHMEM", 0x02 },
		{ "GFP_DMA32", 0x04 },
		{ "__GFP_MOVABLE", 0x08 },
		{ "__GFP_RECLAIMABLE", 0x10 },
		{ "__GFP_HIGH", 0x20 },
		{ "__GFP_IO", 0x40 },
		{ "__GFP_FS", 0x80 },
		{ "__GFP_ZERO", 0x100 },
		{ "__GFP_DIRECT_RECLAIM", 0x400 },
		{ "__GFP_KSWAPD_RECLAIM", 0x800 },
		{ "__GFP_WRITE", 0x1000 },
		{ "__GFP_COMP", 0x80000 },
		{ "__GFP_ACCOUNT", 0x800000 },
		{ "__GFP_NO_OBJ_EXT", 0x1000000 },
	};
	struct gfp_map m = { 0 };

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		gfp_map_add(&m, table[i].name, table[i].value);
	assert_true(m.seen);
	assert_true(m.differs);
	assert_int_equal(gfp_map_apply(&m, 0xcc0), 0xcc0);
	assert_int_equal(gfp_map_apply(&m, 0xcc0 | 0x80000 | 0x100),
			 0xcc0 | __GFP_COMP | __GFP_ZERO);
	assert_int_equal(gfp_map_apply(&m, 0x800000), __GFP_ACCOUNT);
	assert_int_equal(gfp_map_apply(&m, 0x1000000), 0);
	assert_int_equal(gfp_map_apply(&m, 0x820), GFP_ATOMIC);
	assert_int_equal(gfp_map_apply(&m, 0xce0), 0xce0); /* may reclaim: not atomic */
}

static void same_kernel(void **state)
{
	struct gfp_map m = { 0 };

	gfp_map_add(&m, "__GFP_ATOMIC", __GFP_ATOMIC);
	gfp_map_add(&m, "__GFP_ZERO", __GFP_ZERO);
	gfp_map_add(&m, "GFP_KERNEL", GFP_KERNEL);
	gfp_map_add(&m, "__GFP_RECLAIM", __GFP_RECLAIM);
	assert_false(m.differs);
	assert_int_equal(gfp_map_apply(&m, 0x7fffff), 0x7fffff);
}

static void no_table(void **state)
{
	struct gfp_map m = { 0 };

	assert_int_equal(gfp_map_apply(&m, 0x12345), 0x12345);
}

static void results_and_zones(void **state)
{
	assert_int_equal(compact_status_parse("success", 7), 8);
	assert_int_equal(compact_status_parse("not_suitable_zone", 17), 0);
	assert_int_equal(compact_status_parse("succ", 4), -1);
	assert_int_equal(zone_index_parse("DMA32", 5), 1);
	assert_int_equal(zone_index_parse("Movable", 7), 3);
	assert_int_equal(zone_index_parse("", 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),	cmocka_unit_test(unknown_name),
		cmocka_unit_test(later_kernel), cmocka_unit_test(same_kernel),
		cmocka_unit_test(no_table),	cmocka_unit_test(results_and_zones),
	};

	return cmocka_run_group_tests_name("allocation flags", tests, NULL, NULL);
}
