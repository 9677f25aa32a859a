/* SPDX-License-Identifier: MIT */
/*
 * test_boot_fault.c - every step of the boot room fails once.
 *
 * 1. A machine with named reservations, two nodes and reserve_memmap is created with
 *    the n-th pass through any fault point failing, n = 1, 2, ... until creation passes
 *    untouched: each time -ENOMEM, and the port has everything back.
 * 2. On a standing machine a scenario of reservations (which double the arrays) and
 *    allocations runs with the n-th pass failing: the lists are valid, and what the
 *    functions did not report as done was not done.
 *
 * The port counts what it gave.
 */
#include <quire/errno.h>
#include <quire/fault.h>

#include "boot/boot.h"
#include "boot_machine.h"

struct counting {
	struct quire_port port; /* the host's, with counted hooks */
	const struct quire_port *host;
	long reserved, mapped;
};

static void *count_reserve(void *ctx, size_t bytes)
{
	struct counting *c = ctx;
	void *p = c->host->reserve(c->host->ctx, bytes);

	c->reserved += p ? (long)bytes : 0;
	return p;
}

static void count_release(void *ctx, void *p, size_t bytes)
{
	struct counting *c = ctx;

	c->reserved -= (long)bytes;
	c->host->release(c->host->ctx, p, bytes);
}

static void *count_map(void *ctx, u64 bytes, bool aliased)
{
	struct counting *c = ctx;
	void *p = c->host->frames_map(c->host->ctx, bytes, aliased);

	c->mapped += p ? (long)bytes : 0;
	return p;
}

static void count_unmap(void *ctx, void *linear, u64 bytes)
{
	struct counting *c = ctx;

	c->mapped -= (long)bytes;
	c->host->frames_unmap(c->host->ctx, linear, bytes);
}

static u64 count_clock(void *ctx)
{
	struct counting *c = ctx;

	return c->host->clock_ns(c->host->ctx);
}

static void count_barrier(void *ctx)
{
	struct counting *c = ctx;

	c->host->barrier_all(c->host->ctx);
}

static void count_write(void *ctx, int level, const char *text, size_t n)
{
	(void)ctx;
	(void)level;
	(void)text;
	(void)n;
}

static void count_panic(void *ctx, const char *text)
{
	(void)ctx;
	fprintf(stderr, "%s\n", text);
	abort();
}

static struct counting counting = {
	.port = { .ctx = &counting,
		  .reserve = count_reserve,
		  .release = count_release,
		  .frames_map = count_map,
		  .frames_unmap = count_unmap,
		  .clock_ns = count_clock,
		  .barrier_all = count_barrier,
		  .write = count_write,
		  .panic = count_panic },
};

static const struct quire_reserved named[] = {
	{ .name = "image", .start = 0x200000, .size = 0x1000, .kind = QUIRE_RESERVED_KERNEL },
	{ .name = "firmware", .start = 0x300000, .size = 0x2000, .kind = QUIRE_RESERVED_NO_MAP },
	{ .name = "pool",
	  .start = QUIRE_ANYWHERE,
	  .size = 0x100000,
	  .kind = QUIRE_RESERVED_POOL,
	  .nid = QUIRE_ANY_NODE },
};

static struct boot_machine bm;

static void describe(enum quire_boot_allocator boot, bool contents)
{
	boot_machine_config(&bm, "100-1000@0 2000-3000@1");
	bm.config.boot = boot;
	bm.config.contents = contents;
	bm.config.reserve_memmap = true;
	bm.config.reserved = named;
	bm.config.nr_reserved = 3;
}

static unsigned int creations(enum quire_boot_allocator boot, bool contents)
{
	unsigned int n;
	int err;

	for (n = 1; n < 1000; n++) {
		describe(boot, contents);
		bm.config.fault_point = QUIRE_FAULT_ANY;
		bm.config.fault_nth = n;
		err = quire_machine_create(&bm.config, &counting.port, &bm.m);
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(counting.reserved, 0);
		assert_int_equal(counting.mapped, 0);
	}
	assert_false(quire_fault_disarm(bm.m)); /* nothing failed: all points were passed */
	quire_machine_destroy(bm.m);
	assert_int_equal(counting.reserved, 0);
	assert_int_equal(counting.mapped, 0);
	return n;
}

static void creation(void **state)
{
	counting.host = quire_host_port();
	assert_in_range(creations(QUIRE_BOOT_MEMBLOCK, true), 4, 100);
	assert_in_range(creations(QUIRE_BOOT_MEMBLOCK, false), 4, 100);
	assert_in_range(creations(QUIRE_BOOT_BOOTMEM, true), 4, 100);
	assert_in_range(creations(QUIRE_BOOT_BOOTMEM, false), 4, 100);
}

static unsigned long handed;

static void got(void *ctx, u64 pfn, unsigned int order)
{
	(void)ctx;
	(void)pfn;
	handed += 1ul << order;
}

/* Every reservation either stands or was refused; nothing in between. */
static void memblock_scenario(void)
{
	unsigned int i;

	memblock_allow_resize();
	for (i = 0; i < 300; i++) {
		u64 at = 0x400000 + i * 0x2000;
		phys_addr_t before = memblock_reserved_size();
		int err = memblock_reserve(at, 0x1000);

		assert_true(err == 0 || err == -ENOMEM);
		assert_int_equal(memblock_is_reserved(at), !err);
		if (err)
			assert_int_equal(memblock_reserved_size(), before);
	}
	for (i = 0; i < 20; i++) {
		phys_addr_t at = memblock_phys_alloc(0x1000, 0x1000);

		if (at)
			assert_true(memblock_is_region_reserved(at, 0x1000));
	}
	assert_int_equal(memblock_phys_free(0x400800, 0x100), 0);
	assert_int_equal(quire_memblock_validate(), 0);
}

static void bootmem_scenario(void)
{
	unsigned int i;

	for (i = 0; i < 20; i++)
		(void)quire_bootmem_alloc_phys(NULL, 0x1800, 0x100, 0, 0);
	assert_int_equal(quire_bootmem_validate(), 0);
}

static void scenario_of(enum quire_boot_allocator boot, bool contents)
{
	static const struct boot_sink sink = { .free_block = got };
	bool failed = true;
	unsigned int n;
	long frames;

	for (n = 1; failed; n++) {
		describe(boot, contents);
		assert_int_equal(quire_machine_create(&bm.config, &counting.port, &bm.m), 0);
		assert_int_equal(quire_cpu_enter(bm.m, 0), 0);
		quire_fault_arm(bm.m, QUIRE_FAULT_ANY, n);
		if (boot == QUIRE_BOOT_MEMBLOCK)
			memblock_scenario();
		else
			bootmem_scenario();
		handed = 0;
		frames = boot_hand_over(bm.m, 10, &sink);
		assert_true(frames == (long)handed || frames == -ENOMEM);
		failed = quire_fault_disarm(bm.m);
		assert_true(failed || frames == (long)handed);
		quire_cpu_leave();
		quire_machine_destroy(bm.m);
		assert_int_equal(counting.reserved, 0);
	}
	assert_in_range(n, 20, 200);
}

static void scenario(void **state)
{
	counting.host = quire_host_port();
	scenario_of(QUIRE_BOOT_MEMBLOCK, true);
	scenario_of(QUIRE_BOOT_MEMBLOCK, false);
	scenario_of(QUIRE_BOOT_BOOTMEM, true);
	scenario_of(QUIRE_BOOT_BOOTMEM, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(creation),
					    cmocka_unit_test(scenario) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
