/* SPDX-License-Identifier: MIT */
/*
 * test_slab_abort.c - with panic_on_report, every misuse of objects ends the machine, after its
 * report: on each back end, with debugging and without.
 */
#include "abort/dies.h"

#include <quire/machine.h>
#include <quire/mm.h>
#include <quire/rcupdate.h>
#include <quire/slab.h>

/* struct way - a machine's back end and slub_debug=. */
struct way {
	enum quire_slab_backend backend;
	const char *debug;
};

static const struct way slub = { QUIRE_SLAB_SLUB, NULL }, slub_debug = { QUIRE_SLAB_SLUB, "FZPU" },
			slab = { QUIRE_SLAB_SLAB, NULL }, slob = { QUIRE_SLAB_SLOB, NULL };

static struct kmem_cache *s, *t;
static char *p;

static void boot(const void *way)
{
	struct quire_machine_config c = QUIRE_MACHINE_CONFIG_INIT;
	struct quire_mem_range ram = { .end = 64 << 20 };
	const struct way *w = way;
	struct quire_machine *m;

	c.ranges = &ram;
	c.nr_ranges = 1;
	c.panic_on_report = true;
	c.slab.debug = w->debug;
	c.slab.backend = w->backend;
	if (quire_machine_create(&c, quire_host_port(), &m) || quire_cpu_enter(m, 0))
		_exit(1);
	s = kmem_cache_create("fish", 64, 0, SLAB_NO_MERGE, NULL);
	t = kmem_cache_create("bird", 64, 0, SLAB_NO_MERGE, NULL);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	if (!s || !t || !p)
		_exit(1);
}

static void wrong_cache(void *ctx)
{
	boot(ctx);
	kmem_cache_free(t, p);
}

static void kfree_of_the_stack(void *ctx)
{
	char here;

	boot(ctx);
	kfree(&here);
}

static void free_of_the_stack(void *ctx)
{
	char here;

	boot(ctx);
	kmem_cache_free(s, &here);
}

static void large_twice(void *ctx)
{
	boot(ctx);
	p = kmalloc(20000, GFP_KERNEL);
	kfree(p);
	kfree(p);
}

static void inside_a_large_one(void *ctx)
{
	boot(ctx);
	kfree((char *)kmalloc(20000, GFP_KERNEL) + 4096);
}

static void page(void *ctx)
{
	boot(ctx);
	kfree(page_address(alloc_page(GFP_KERNEL)));
}

static void twice(void *ctx)
{
	boot(ctx);
	/* SLOB's page stays. */
	if (!kmem_cache_alloc(s, GFP_KERNEL))
		_exit(1);
	kmem_cache_free(s, p);
	kmem_cache_free(s, p);
}

static void kfree_twice(void *ctx)
{
	boot(ctx);
	p = kmalloc(40, GFP_KERNEL);
	kfree(p);
	kfree(p);
}

static void twice_before_readers_left(void *ctx)
{
	boot(ctx);
	s = kmem_cache_create("rcu", 64, 0, SLAB_TYPESAFE_BY_RCU, NULL);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	rcu_read_lock();
	kmem_cache_free(s, p);
	kmem_cache_free(s, p);
}

static void inside_a_page(void *ctx)
{
	boot(ctx);
	s = kmem_cache_create("whole", 4096, 0, 0, NULL);
	p = kmem_cache_alloc(s, GFP_KERNEL);
	kmem_cache_free(s, p + 64);
}

/* The CPU's array is full: the back end sees the free. */
static void inside_an_object(void *ctx)
{
	char *q[1000];
	int i;

	boot(ctx);
	for (i = 0; i < 1000; i++)
		q[i] = kmem_cache_alloc(s, GFP_KERNEL);
	for (i = 0; i < 1000; i++)
		kmem_cache_free(s, q[i] + 8);
}

static void leak(void *ctx)
{
	boot(ctx);
	kmem_cache_destroy(s);
}

static void size_of_the_stack(void *ctx)
{
	char here;

	boot(ctx);
	_exit(ksize(&here) != 0);
}

#define DIES(code, way, text)                                             \
	do {                                                              \
		expect_death(code, (void *)(unsigned long)&(way), text);  \
		expect_death(code, (void *)(unsigned long)&(way), ENDED); \
	} while (0)
#define ENDED "quire: slab "

static void misuse_ends_the_machine(const struct way *way)
{
	DIES(kfree_of_the_stack, *way, "is not memory of this machine's kmalloc()");
	DIES(free_of_the_stack, *way, "virt_to_cache: Object is not a Slab page!");
	DIES(large_twice, *way, "is neither an object nor the start of a large one");
	DIES(inside_a_large_one, *way, "is neither an object nor the start of a large one");
	DIES(page, *way, "is a page that kmalloc() did not give");
	DIES(size_of_the_stack, *way, "BUG: ksize() of ");
	DIES(leak, *way, "remaining");
}

static void on_slub(void **state)
{
	misuse_ends_the_machine(&slub);
	DIES(wrong_cache, slub, "cache_from_obj: Wrong slab cache. bird but object is from fish");
	DIES(twice, slub, "Object already free");
	DIES(inside_an_object, slub, "BUG fish: free of ");
}

static void on_slub_with_debugging(void **state)
{
	misuse_ends_the_machine(&slub_debug);
	DIES(wrong_cache, slub_debug, "cache_from_obj: Wrong slab cache. bird but object is from");
}

static void on_slab(void **state)
{
	misuse_ends_the_machine(&slab);
	DIES(wrong_cache, slab, "cache_from_obj: Wrong slab cache. bird but object is from fish");
	DIES(twice, slab, "BUG fish (SLAB): double free detected");
	DIES(inside_an_object, slab, "BUG fish (SLAB): free of what is no object");
}

static void on_slob(void **state)
{
	misuse_ends_the_machine(&slob);
	DIES(wrong_cache, slob, "BUG bird (SLOB): free of 0x");
	DIES(twice, slob, "BUG slob: 64 bytes at 0x");
	DIES(kfree_twice, slob, "BUG slob: kfree() of 0x");
	DIES(twice_before_readers_left, slob, "BUG rcu (SLOB): double free of 0x");
	DIES(inside_a_page, slob, "BUG whole (SLOB): free of 0x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_slub),
		cmocka_unit_test(on_slub_with_debugging),
		cmocka_unit_test(on_slab),
		cmocka_unit_test(on_slob),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
