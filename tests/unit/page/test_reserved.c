/* SPDX-License-Identifier: MIT */
/*
 * test_reserved.c - named reserved memory: pools, what they refuse, and the list of all kinds.
 */
#include "page_machine.h"

#include <quire/errno.h>
#include <quire/fault.h>
#include <quire/cma.h>
#include <quire/reserved.h>

#define MIB (1ull << 20)

static void up(struct page_machine *pm)
{
	page_machine_config(pm, 64);
	pm->reserved[0] = (struct quire_reserved){
		.name = "video", .start = 32 * MIB, .size = 16 * MIB, .kind = QUIRE_RESERVED_POOL
	};
	pm->reserved[1] = (struct quire_reserved){
		.name = "dsp", .start = 50 * MIB, .size = MIB, .kind = QUIRE_RESERVED_NO_MAP
	};
	pm->reserved[2] = (struct quire_reserved){ .name = "camera",
						   .start = QUIRE_ANYWHERE,
						   .size = 4 * MIB,
						   .nid = QUIRE_ANY_NODE,
						   .kind = QUIRE_RESERVED_REUSABLE };
	pm->reserved[3] = (struct quire_reserved){
		.name = "kernel", .start = MIB, .size = MIB, .kind = QUIRE_RESERVED_KERNEL
	};
	pm->config.nr_reserved = 4;
	page_machine_start(pm);
}

static void serves_what_no_order_does(void **state)
{
	static struct page_machine pm;
	u64 phys, second;

	up(&pm);
	assert_int_equal(quire_reserved_get("video", 9 * MIB, 0, &phys), 0);
	assert_int_equal(phys, 32 * MIB);
	assert_true(pfn_to_page(phys >> 12)->flags & 1ul << PG_reserved);
	assert_int_equal(quire_reserved_get("video", 5, 4 * MIB, &second), 0);
	assert_int_equal(second, 44 * MIB);
	assert_int_equal(quire_reserved_get("video", 7 * MIB, 0, &phys), -ENOMEM);
	assert_said(&pm, "quire_reserved_get: \"video\": no 7340032 bytes in a row are left; make "
			 "it larger in the machine file\n");
	assert_int_equal(quire_reserved_put("video", 32 * MIB, 9 * MIB), 0);
	assert_int_equal(quire_reserved_get("video", 12 * MIB, 0, &phys), 0);
	assert_int_equal(phys, 32 * MIB);
	assert_int_equal(quire_reserved_put("video", phys, 12 * MIB), 0);
	assert_int_equal(quire_reserved_put("video", second, 5), 0);
	assert_int_equal(quire_reserved_get("video", 16 * MIB, 0, &phys), 0);
	page_machine_down(&pm);
}

static void refuses_with_a_reason(void **state)
{
	static struct page_machine pm;
	u64 phys;

	up(&pm);
	assert_int_equal(quire_reserved_get("vidoe", MIB, 0, &phys), -ENOENT);
	assert_said(&pm, "quire_reserved_get: no reserved range \"vidoe\" in the machine file\n");
	assert_int_equal(quire_reserved_get("dsp", MIB, 0, &phys), -EINVAL);
	assert_said(&pm, "\"dsp\" is no pool; give it kind: pool in the machine file\n");
	forget(&pm);
	assert_int_equal(quire_reserved_get("video", 0, 0, &phys), -EINVAL);
	assert_int_equal(quire_reserved_get("video", MIB, 3, &phys), -EINVAL);
	assert_int_equal(quire_reserved_get("video", ~0ull, 0, &phys), -EINVAL);
	assert_int_equal(said(&pm, "make no sense\n"), 3);
	assert_int_equal(quire_reserved_get("video", 1ull << 40, 0, &phys), -ENOMEM);
	assert_int_equal(quire_reserved_put("camera", 0, MIB), -EINVAL);
	assert_int_equal(quire_reserved_put("none", 0, MIB), -ENOENT);
	page_machine_down(&pm);
}

static void puts_are_exact(void **state)
{
	static struct page_machine pm;
	u64 a, b;

	up(&pm);
	assert_int_equal(quire_reserved_get("video", 3 * MIB, 0, &a), 0);
	assert_int_equal(quire_reserved_get("video", MIB, 0, &b), 0);
	assert_int_equal(quire_reserved_put("video", a, 2 * MIB), -EINVAL);
	assert_int_equal(quire_reserved_put("video", a, 4 * MIB), -EINVAL);
	assert_int_equal(quire_reserved_put("video", a + MIB, 2 * MIB), -EINVAL);
	assert_int_equal(quire_reserved_put("video", 31 * MIB, MIB), -EINVAL);
	assert_int_equal(quire_reserved_put("video", 48 * MIB, MIB), -EINVAL);
	assert_int_equal(quire_reserved_put("video", 40 * MIB, MIB), -EINVAL);
	assert_int_equal(quire_reserved_put("video", a, 0), -EINVAL);
	assert_int_equal(said(&pm, "no such piece was taken\n"), 7);
	assert_int_equal(said(&pm, "BUG: quire_reserved_put: \"video\": 0x"), 7);
	assert_int_equal(quire_reserved_put("video", a, 3 * MIB), 0);
	assert_int_equal(quire_reserved_put("video", a, 3 * MIB), -EINVAL);
	assert_int_equal(quire_reserved_put("video", b, MIB), 0);
	page_machine_down(&pm);
}

static void lists_every_kind(void **state)
{
	static struct page_machine pm;
	struct quire_reserved_info info;
	struct page *page;
	u64 phys;

	up(&pm);
	assert_int_equal(quire_reserved_get("video", MIB, 0, &phys), 0);
	page = cma_alloc(quire_cma_find(pm.m, "camera"), 10, 0, false);
	assert_true(quire_reserved_list(pm.m, 0, &info));
	assert_string_equal(info.name, "video");
	assert_int_equal(info.used_bytes, MIB);
	assert_int_equal(info.largest_free_bytes, 15 * MIB);
	assert_true(quire_reserved_list(pm.m, 1, &info));
	assert_int_equal(info.kind, QUIRE_RESERVED_NO_MAP);
	assert_int_equal(info.start, 50 * MIB);
	assert_int_equal(info.end, 51 * MIB);
	assert_int_equal(info.used_bytes, MIB);
	assert_int_equal(info.largest_free_bytes, 0);
	assert_true(quire_reserved_list(pm.m, 2, &info));
	assert_int_equal(info.used_bytes, 10 * 4096);
	assert_int_equal(info.largest_free_bytes, 4 * MIB - 10 * 4096);
	assert_true(quire_reserved_list(pm.m, 3, &info));
	assert_string_equal(info.name, "kernel");
	assert_false(quire_reserved_list(pm.m, 4, &info));
	cma_release(quire_cma_find(pm.m, "camera"), page, 10);
	page_machine_down(&pm);
	page_machine_config(&pm, 64);
	page_machine_start(&pm);
	assert_false(quire_reserved_list(pm.m, 0, &info));
	page_machine_down(&pm);
}

/* Every reservation of memory while the machine comes up fails in turn; nothing is left behind. */
static void failures_while_coming_up(void **state)
{
	static struct page_machine pm;
	struct quire_machine *m = NULL;
	unsigned int nth;
	int err = -1;

	for (nth = 1; err && nth < 50; nth++) {
		page_machine_config(&pm, 64);
		pm.reserved[0] = (struct quire_reserved){ .name = "camera",
							  .start = 32 * MIB,
							  .size = 4 * MIB,
							  .kind = QUIRE_RESERVED_REUSABLE };
		pm.reserved[1] = (struct quire_reserved){ .name = "video",
							  .start = 40 * MIB,
							  .size = 4 * MIB,
							  .kind = QUIRE_RESERVED_POOL };
		pm.config.nr_reserved = 2;
		pm.config.vm.page_owner = true;
		pm.config.lowmem_limit = 48 * MIB;
		pm.config.dma32_limit = 0;
		pm.config.fault_point = QUIRE_FAULT_PORT_RESERVE;
		pm.config.fault_nth = nth;
		err = quire_machine_create(&pm.config, &pm.port, &m);
		if (err)
			assert_int_equal(err, -ENOMEM);
	}
	assert_int_equal(err, 0);
	assert_true(nth > 8);
	quire_machine_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(serves_what_no_order_does),
		cmocka_unit_test(refuses_with_a_reason),
		cmocka_unit_test(puts_are_exact),
		cmocka_unit_test(lists_every_kind),
		cmocka_unit_test(failures_while_coming_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
