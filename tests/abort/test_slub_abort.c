/* SPDX-License-Identifier: MIT */
/*
 * test_slub_abort.c - with panic_on_report, what SLUB debugging finds ends the machine, after the
 * report.
 */
#include "abort/dies.h"

#include <quire/machine.h>
#include <quire/slab_debug.h>

static struct kmem_cache *s;
static unsigned char *p;

static void boot(const char *debug)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ram = { .end = 64 << 20 };
	struct quire_machine *m;

	c.ranges = &ram;
	c.nr_ranges = 1;
	c.panic_on_report = true;
	c.slab.debug = debug;
	if (quire_machine_create(&c, quire_host_port(), &m) || quire_cpu_enter(m, 0))
		_exit(1);
	s = kmem_cache_create("fish", 64, 0, SLAB_NO_MERGE, NULL);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	if (!p)
		_exit(1);
}

static void overrun(void *ctx)
{
	boot("FZPU");
	p[64] = 1;
	kmem_cache_free(s, p);
}

static void use_after_free(void *ctx)
{
	boot("FZPU");
	kmem_cache_free(s, p);
	p[0] = 1;
	kmem_cache_alloc(s, GFP_KERNEL);
}

static void double_free(void *ctx)
{
	boot(NULL);
	kmem_cache_free(s, p);
	kmem_cache_free(s, p);
}

static void invalid_free(void *ctx)
{
	boot("FZPU");
	kmem_cache_free(s, p + 1);
}

static void leak(void *ctx)
{
	boot("FZPU");
	kmem_cache_destroy(s);
}

static void corruption_ends_the_machine(void **state)
{
	expect_death(overrun, NULL, "BUG fish (Not tainted): Right Redzone overwritten");
	expect_death(overrun, NULL, "Suspect: object 0x");
	expect_death(overrun, NULL, "quire: slab corruption in cache fish");
	expect_death(use_after_free, NULL, "BUG fish (Not tainted): Poison overwritten");
	expect_death(use_after_free, NULL, "quire: slab corruption in cache fish");
	expect_death(double_free, NULL, "BUG fish (Not tainted): Object already free");
	expect_death(invalid_free, NULL, "BUG fish (Not tainted): Invalid object pointer 0x");
	expect_death(leak, NULL, "Objects remaining in fish on __kmem_cache_shutdown()");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(corruption_ends_the_machine) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
