/* SPDX-License-Identifier: MIT */
/*
 * test_slab_owners.c - objects in use by who allocated them, leaks of a cache and of a machine.
 */
#include "debug_cache.h"

struct sites {
	struct quire_slab_site at[16];
	unsigned int nr;
	int stop_after;
};

static int keep(const struct quire_slab_site *site, void *arg)
{
	struct sites *sites = arg;

	assert_true(sites->nr < ARRAY_SIZE(sites->at));
	sites->at[sites->nr++] = *site;
	return sites->stop_after && sites->nr == (unsigned int)sites->stop_after ? 7 : 0;
}

static __attribute__((noinline)) void *catch_two(struct kmem_cache *s)
{
	void *p = kmem_cache_alloc(s, GFP_KERNEL);

	assert_non_null(kmem_cache_alloc(s, GFP_KERNEL));
	return p;
}

static __attribute__((noinline)) void release(struct kmem_cache *s, void *p)
{
	kmem_cache_free(s, p);
	__asm__ volatile(""); /* no tail call: this function is the caller */
}

static bool in_function(unsigned long pc, const char *name)
{
	char symbol[128];
	unsigned int n = pm.port.symbol(pm.port.ctx, pc, symbol, sizeof(symbol));

	return n && !strncmp(symbol, name, strlen(name)) && symbol[strlen(name)] == '+';
}

static void by_call_stack(void **state)
{
	struct sites sites = { .nr = 0 };
	struct kmem_cache *s;
	volatile unsigned int rounds = 2; /* one call in the program, made twice */
	unsigned int i;
	void *p = NULL;

	debug_up(NULL);
	s = fish(100, DEBUG_ALL);
	for (i = 0; i < 40; i++)
		catch_one(s);
	quire_machine_advance_ns(pm.m, 8000000);
	pm.task.pid = 9;
	for (i = 0; i < rounds; i++)
		p = catch_two(s);
	release(s, p);
	assert_int_equal(quire_slab_sites(s, QUIRE_SLAB_ALLOCATED, keep, &sites), 0);
	assert_int_equal(sites.nr, 3); /* catch_two() calls from two places */
	assert_int_equal(sites.at[0].count, 40);
	assert_int_equal(sites.at[0].bytes, 4000);
	assert_true(in_function(sites.at[0].addr, "catch_one"));
	assert_true(in_function(sites.at[0].stack[0], "catch_one"));
	assert_true(in_function(sites.at[0].stack[1], "by_call_stack"));
	assert_int_equal(sites.at[0].min_age_ns, 8000000);
	assert_int_equal(sites.at[0].min_pid, 7);
	assert_int_equal(sites.at[0].max_pid, 7);
	assert_int_equal(sites.at[0].cpus[0], 1);
	assert_int_equal(sites.at[0].nodes, 1);
	assert_int_equal(sites.at[1].count + sites.at[2].count, 3);
	assert_true(in_function(sites.at[1].addr, "catch_two"));
	assert_int_equal(sites.at[1].min_pid, 9);
	assert_int_equal(quire_slab_live(s), 43);
	/* Who freed an object that is in use again. */
	assert_ptr_equal(catch_one(s), p);
	sites.nr = 0;
	assert_int_equal(quire_slab_sites(s, QUIRE_SLAB_FREED, keep, &sites), 0);
	assert_int_equal(sites.nr, 2);
	assert_int_equal(sites.at[0].count, 43);
	assert_int_equal(sites.at[0].addr, 0); /* never freed */
	assert_true(in_function(sites.at[1].addr, "release"));
	/* It stops when told. */
	sites = (struct sites){ .stop_after = 1 };
	assert_int_equal(quire_slab_sites(s, QUIRE_SLAB_ALLOCATED, keep, &sites), 7);
	assert_int_equal(sites.nr, 1);
	debug_down();
}

static void no_owners_kept(void **state)
{
	struct sites sites = { .nr = 0 };
	struct kmem_cache *s;
	unsigned int i;
	void *p[300];

	debug_up_cpus(NULL, 2, 1);
	s = fish(64, SLAB_NO_MERGE);
	for (i = 0; i < 300; i++)
		p[i] = catch_one(s);
	for (i = 0; i < 300; i += 3)
		kmem_cache_free(s, p[i]);
	assert_int_equal(quire_slab_sites(s, QUIRE_SLAB_ALLOCATED, keep, &sites), -ENODATA);
	assert_int_equal(quire_slab_live(s), 200);
	assert_int_equal(quire_cpu_enter(pm.m, 1), 0);
	assert_int_equal(quire_slab_live(s), 200);
	debug_down();
}

/* More sites than the table begins with. */
static __attribute__((noinline)) void *deep(struct kmem_cache *s, unsigned int bits,
					    unsigned int left)
{
	void *volatile p;

	if (!left)
		return kmem_cache_alloc(s, GFP_KERNEL);
	if (bits & 1)
		p = deep(s, bits >> 1, left - 1);
	else
		p = deep(s, bits >> 1, left - 1);
	return p;
}

static int count_sites(const struct quire_slab_site *site, void *arg)
{
	unsigned long *nr = arg;

	nr[0]++;
	nr[1] += site->count;
	return 0;
}

static void many_sites(void **state)
{
	unsigned long nr[2] = { 0 };
	struct kmem_cache *s;
	unsigned int i;

	debug_up(NULL);
	s = fish(64, DEBUG_ALL);
	for (i = 0; i < 2048; i++)
		assert_non_null(deep(s, i, 11));
	assert_int_equal(quire_slab_sites(s, QUIRE_SLAB_ALLOCATED, count_sites, nr), 0);
	assert_int_equal(nr[1], 2048);
	assert_true(nr[0] == 2048 || nr[0] == 1); /* a compiler may join the two calls */
	debug_down();
}

static void leaks_of_a_machine(void **state)
{
	struct kmem_cache *s, *t;
	struct sites sites = { .nr = 0 };

	debug_up("FZPU,fish,kmalloc-32");
	s = fish(64, 0);
	t = kmem_cache_create("bird", 64, 0, SLAB_NO_MERGE, NULL);
	forget(&pm);
	catch_one(s);
	catch_one(t);
	assert_non_null(kmalloc(20, GFP_KERNEL));
	assert_int_equal(quire_slab_leaks(keep, &sites), 0);
	/* bird, fish, kmalloc-32; their names, objects of kmalloc's, are nobody's leak */
	assert_int_equal(sites.nr, 3);
	assert_string_equal(sites.at[0].cache->name, "bird");
	assert_int_equal(sites.at[0].count, 1);
	assert_int_equal(sites.at[0].addr, 0);
	assert_string_equal(sites.at[1].cache->name, "fish");
	assert_true(in_function(sites.at[1].addr, "catch_one"));
	assert_int_equal(quire_slab_leaks_report(), 3);
	assert_lines("bird: 1 object, 64 bytes",
		     "fish: 1 object, 64 bytes, allocated in catch_one+0x* pid=7",
		     "        catch_one+0x*", "...",
		     "kmalloc-32: 1 object, 20 bytes, allocated in leaks_of_a_machine+0x* pid=7",
		     "        leaks_of_a_machine+0x*", "...");
	debug_down();
}

static int find_named(struct kmem_cache *s, void *arg)
{
	const char *name = *(const char **)arg;

	if (strcmp(s->name, name))
		return 0;
	*(struct kmem_cache **)arg = s;
	return 1;
}

/* Objects of the cache @name that the test below is said to have allocated. */
static unsigned long taken_of(const char *name)
{
	struct sites sites = { .nr = 0 };
	unsigned long taken = 0;
	const void *at = name;
	unsigned int i;

	assert_int_equal(quire_for_each_cache(find_named, &at), 1);
	assert_int_equal(quire_slab_sites((struct kmem_cache *)(unsigned long)at,
					  QUIRE_SLAB_ALLOCATED, keep, &sites),
			 0);
	for (i = 0; i < sites.nr; i++)
		if (in_function(sites.at[i].addr, "what_caches_take"))
			taken += sites.at[i].count;
	return taken;
}

/* Names are no leaks, of whichever cache; what a cache itself takes says who made it. */
static void what_caches_take(void **state)
{
	static const char name[] = "a cache whose name takes forty-eight bytes or so";
	struct sites sites = { .nr = 0 };
	struct kmem_cache *s[3];
	unsigned int i;

	debug_up("U,kmalloc-*,kmem_cache");
	for (i = 0; i < 3; i++) {
		s[i] = kmem_cache_create(name, 600 + 100 * i, 0, i ? 0 : SLAB_NO_MERGE, NULL);
		assert_true(in_function(s[i]->made_at, "what_caches_take"));
	}
	assert_ptr_equal(kmem_cache_create("another name", 700, 0, 0, NULL), s[1]);
	assert_int_equal(quire_slab_leaks(keep, &sites), 0);
	assert_int_equal(sites.nr, 0);
	assert_int_equal(taken_of("kmalloc-64"), 3);
	assert_int_equal(taken_of("kmem_cache"), 3);
	/* As large as a name, and none. */
	assert_non_null(kmalloc(sizeof(name), GFP_KERNEL));
	assert_int_equal(quire_slab_leaks_report(), 1);
	debug_down();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_call_stack),    cmocka_unit_test(no_owners_kept),
		cmocka_unit_test(many_sites),	    cmocka_unit_test(leaks_of_a_machine),
		cmocka_unit_test(what_caches_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
