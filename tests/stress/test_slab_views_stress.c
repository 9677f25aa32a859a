/* SPDX-License-Identifier: MIT */
/*
 * test_slab_views_stress.c - caches in use on four CPUs while they are made, merged, enlarged by a
 * merge, destroyed, shrunk, validated, set through /sys/kernel/slab and read as text, also by a
 * thread that is on no CPU; without debugging, with all of it, and on SLAB and SLOB.
 *
 * The machine's first requests come from all CPUs at once. Objects wait for readers on one CPU and
 * are waited for on another. At the end nothing is left and nobody was accused.
 * Meant for ThreadSanitizer. QUIRE_OPS=n: calls per thread, 2,500 by default. QUIRE_SEED=n.
 */
#include <pthread.h>
#include <sched.h>

#include "seeded.h"
#include "slab_machine.h"

#include <quire/proc.h>
#include <quire/slab_debug.h>

#include "stress.h"

#define CPUS 4u
#define HELD 200u

struct node {
	struct rcu_head rcu;
	unsigned long mark;
};

static struct page_machine pm;
static struct kmem_cache *shared; /* merges with what comes and goes */
static unsigned long ops;
static unsigned int running, reports, ready;

struct worker {
	pthread_t thread;
	unsigned int cpu, used;
	uint64_t random;
	void *p[HELD];
	bool kmalloced[HELD];
};

/* Only kmem_dump_obj() may speak. */
static bool heard(struct quire_report_listener *listener, enum quire_level level, const char *text,
		  size_t len)
{
	(void)listener;
	if (level > QUIRE_WARNING)
		return true;
	fprintf(stderr, "%.*s\n", (int)len, text);
	__atomic_fetch_add(&reports, 1, __ATOMIC_RELAXED);
	return true;
}

/* --- objects ----------------------------------------------------------------------------- */

static void give(struct worker *w, unsigned int at)
{
	if (w->kmalloced[at])
		kfree(w->p[at]);
	else
		kmem_cache_free(shared, w->p[at]);
	w->used--;
	w->p[at] = w->p[w->used];
	w->kmalloced[at] = w->kmalloced[w->used];
}

static void take(struct worker *w)
{
	static const gfp_t kinds[] = { GFP_KERNEL,
				       GFP_ATOMIC,
				       GFP_KERNEL | __GFP_RECLAIMABLE,
				       GFP_KERNEL | __GFP_ACCOUNT,
				       GFP_KERNEL | __GFP_DMA,
				       GFP_KERNEL | __GFP_ZERO };
	gfp_t gfp = kinds[below(&w->random, ARRAY_SIZE(kinds))] | __GFP_NOWARN;
	bool from_kmalloc = below(&w->random, 2);
	size_t size = 1 + below(&w->random, 2000);
	char *p = from_kmalloc ? kmalloc(size, gfp) : kmem_cache_alloc(shared, gfp & ~__GFP_DMA);

	if (!p)
		return;
	if (from_kmalloc)
		memset(p, 1, size);
	w->p[w->used] = p;
	w->kmalloced[w->used++] = from_kmalloc;
}

static void resize(struct worker *w)
{
	size_t size = 1 + below(&w->random, 300);
	char *p = kmalloc(size, GFP_KERNEL), *q;

	if (!p)
		return;
	memset(p, 2, size);
	q = krealloc(p, 1 + below(&w->random, 400), GFP_KERNEL | __GFP_ZERO);
	if (q && below(&w->random, 2))
		memset(q, 3, ksize(q));
	kfree(q ? q : p);
}

static void wait_for_readers(struct worker *w)
{
	struct node *node = kmalloc(sizeof(*node), GFP_KERNEL);

	if (node)
		kfree_rcu(node, rcu);
	if (below(&w->random, 16) == 0)
		kvfree_rcu_barrier();
	else
		quire_slab_poll();
}

/* A cache that may become one with @shared, whose objects are then as large as its own. */
static void come_and_go(struct worker *w)
{
	static const char *const names[] = { "guest-a", "guest-b", "guest-c", "guest-d" };
	slab_flags_t flags = below(&w->random, 3) ? 0 : SLAB_TYPESAFE_BY_RCU;
	struct kmem_cache *s =
		kmem_cache_create(names[w->cpu], 153 + below(&w->random, 8), 0, flags, NULL);
	void *p[12] = { NULL };
	unsigned int i;

	must(s, "no cache");
	for (i = 0; i < 12; i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL | __GFP_NOWARN);
	for (i = 0; i < 12; i++)
		if (p[i])
			kmem_cache_free(s, p[i]);
	kmem_cache_destroy(s);
}

/* --- views ------------------------------------------------------------------------------- */

static int count(const struct quire_slab_site *site, void *arg)
{
	*(unsigned long *)arg += site->count;
	return 0;
}

static void write_settings(struct worker *w)
{
	static const char *const files[] = {
		"min_partial", "cpu_partial", "remote_node_defrag_ratio",
		"failslab",    "shrink",      "validate"
	};
	static const char *const values[] = { "0", "1", "5", "30" };

	/* Many are refused: of a merged cache, of another back end. */
	(void)quire_slab_sysfs_write(shared, files[below(&w->random, ARRAY_SIZE(files))],
				     values[below(&w->random, ARRAY_SIZE(values))]);
}

static void look(struct worker *w)
{
	unsigned long counted = 0;

	switch (below(&w->random, 8)) {
	case 0:
		validate_slab_cache(shared);
		break;
	case 1:
		must(quire_slab_validate(), "the slab room is damaged");
		break;
	case 2:
		quire_slab_sites(shared, QUIRE_SLAB_ALLOCATED, count, &counted);
		break;
	case 3:
		quire_slab_leaks(count, &counted);
		break;
	case 4:
		kmem_cache_shrink(shared);
		break;
	case 5:
		if (w->used)
			must(kmem_dump_obj(w->p[0]), "an object of ours is none");
		break;
	default:
		write_settings(w);
	}
}

static void turn(struct worker *w)
{
	unsigned int what = below(&w->random, 256);

	if (what < 200) {
		if (w->used < HELD && below(&w->random, 100) < 53)
			take(w);
		else if (w->used)
			give(w, below(&w->random, w->used));
	} else if (what < 220) {
		resize(w);
	} else if (what < 240) {
		wait_for_readers(w);
	} else if (what < 248) {
		come_and_go(w);
	} else {
		look(w);
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned long i;

	must(!quire_cpu_enter(pm.m, w->cpu), "the CPU is taken");
	/* All at once: the room comes up. */
	__atomic_fetch_add(&ready, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&ready, __ATOMIC_RELAXED) < CPUS)
		sched_yield();
	kfree(kmalloc(100, GFP_KERNEL));
	if (!w->cpu)
		__atomic_store_n(&shared, kmem_cache_create("shared", 153, 0, 0, NULL),
				 __ATOMIC_RELEASE);
	while (!__atomic_load_n(&shared, __ATOMIC_ACQUIRE))
		sched_yield();
	for (i = 0; i < ops; i++)
		turn(w);
	while (w->used)
		give(w, w->used - 1);
	quire_cpu_leave();
	__atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* Reads what there is, whoever makes or destroys the caches meanwhile. */
static void *watch(void *arg)
{
	static const struct quire_proc_sink nowhere = { .write = stress_drop };
	char name[QUIRE_PROC_NAME];
	unsigned int i = 0;

	(void)arg;
	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE)) {
		if (quire_proc_name(pm.m, i++, name, sizeof(name)))
			(void)quire_proc_read(pm.m, name, &nowhere);
		else
			i = 0;
		if (i % 8 == 0)
			must(!quire_proc_read(pm.m, "slabinfo", &nowhere), "no slabinfo");
	}
	return NULL;
}

/* --- the machine ------------------------------------------------------------------------- */

static void up(enum quire_slab_backend backend, int sheaves, const char *debug)
{
	page_machine_config(&pm, 64);
	pm.ranges[0].end = 32ull << 20;
	pm.ranges[1] =
		(struct quire_mem_range){ .start = 32ull << 20, .end = 64ull << 20, .nid = 1 };
	pm.config.nr_ranges = pm.config.nr_nodes = 2;
	pm.config.nr_cpus = CPUS + 1; /* one for who reads */
	pm.config.deterministic = false;
	pm.config.slab.backend = backend;
	pm.config.slab.sheaves = sheaves;
	pm.config.slab.debug = debug;
	page_machine_start(&pm);
	quire_report_unlisten(pm.m, &pm.listener);
	pm.listener.line = heard;
	quire_report_listen(pm.m, &pm.listener);
	quire_cpu_leave();
}

static void run(enum quire_slab_backend backend, int sheaves, const char *debug)
{
	static struct worker workers[CPUS];
	pthread_t watcher;
	unsigned int i;

	ops = stress_ops(2500);
	seeded_begin("test_slab_views_stress", 1);
	up(backend, sheaves, debug);
	memset(workers, 0, sizeof(workers));
	running = CPUS;
	ready = reports = 0;
	shared = NULL;
	for (i = 0; i < CPUS; i++) {
		workers[i].cpu = i;
		workers[i].random = seeded_next();
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	assert_int_equal(pthread_create(&watcher, NULL, watch, NULL), 0);
	for (i = 0; i < CPUS; i++)
		pthread_join(workers[i].thread, NULL);
	pthread_join(watcher, NULL);
	assert_int_equal(quire_cpu_enter(pm.m, 0), 0);
	kvfree_rcu_barrier();
	seeded_assert(quire_slab_live(shared) == 0 || backend == QUIRE_SLAB_SLAB);
	kmem_cache_destroy(shared);
	seeded_assert(quire_slab_validate());
	seeded_assert(!reports);
	page_machine_down(&pm);
}

static void slub(void **state)
{
	(void)state;
	run(QUIRE_SLAB_SLUB, 0, NULL);
}

static void slub_with_sheaves(void **state)
{
	(void)state;
	run(QUIRE_SLAB_SLUB, 32, NULL);
}

static void slub_with_debugging(void **state)
{
	(void)state;
	run(QUIRE_SLAB_SLUB, 0, "FZPU");
}

static void slab(void **state)
{
	(void)state;
	run(QUIRE_SLAB_SLAB, 0, NULL);
}

static void slob(void **state)
{
	(void)state;
	run(QUIRE_SLAB_SLOB, 0, NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slub),
		cmocka_unit_test(slub_with_sheaves),
		cmocka_unit_test(slub_with_debugging),
		cmocka_unit_test(slab),
		cmocka_unit_test(slob),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
