/* SPDX-License-Identifier: MIT */
/*
 * test_slab_stress.c - four threads are the CPUs of a machine of two nodes and allocate, free,
 * hand objects to each other, shrink, reap, tune and read counts, all at once, on each back end.
 *
 * Every object carries its owner's mark while it is held: one given to two threads shows. One
 * thread makes and destroys caches meanwhile. At the end all is given back, the validator is
 * content and no page of a slab is left. Meant for ThreadSanitizer, which then knows of every
 * unordered access. QUIRE_OPS=n: calls per thread, 40,000 by default.
 */
#include "slab_machine.h"

#include <pthread.h>

#include "stress.h"

#define CPUS	4u
#define LIVE	300u
#define MAILBOX 64u
#define CACHES	4u

struct object {
	unsigned long mark;
	unsigned long cache; /* index; CACHES: kmalloc's */
};

struct mailbox {
	pthread_mutex_t lock;
	struct object *object[MAILBOX];
	unsigned int used;
};

static struct stress {
	struct quire_machine *m;
	const struct slab_kind *kind;
	struct kmem_cache *cache[CACHES];
	unsigned long ops;
	struct mailbox box[CPUS];
	unsigned long errors;
} stress;

static void wrong(void)
{
	__atomic_fetch_add(&stress.errors, 1, __ATOMIC_RELAXED);
}

static struct object *take(uint64_t *rng)
{
	unsigned long which = stress_random(rng) % (CACHES + 1);
	gfp_t gfp = (stress_random(rng) % 2 ? GFP_KERNEL : GFP_ATOMIC) | __GFP_NOWARN;
	struct object *o;

	if (which == CACHES)
		o = kmalloc(sizeof(*o) + stress_random(rng) % 3000, gfp);
	else if (stress_random(rng) % 8)
		o = kmem_cache_alloc(stress.cache[which], gfp);
	else
		o = kmem_cache_alloc_node(stress.cache[which], gfp,
					  (int)(stress_random(rng) % stress.kind->nodes));
	if (!o)
		return NULL;
	o->mark = (unsigned long)o;
	o->cache = which;
	return o;
}

static void give(struct object *o)
{
	unsigned long which = o->cache;

	if (o->mark != (unsigned long)o)
		wrong();
	o->mark = 0;
	if (which == CACHES)
		kfree(o);
	else
		kmem_cache_free(stress.cache[which], o);
}

static void post(unsigned int cpu, struct object *o)
{
	struct mailbox *box = &stress.box[cpu];
	bool full;

	pthread_mutex_lock(&box->lock);
	full = box->used == MAILBOX;
	if (!full)
		box->object[box->used++] = o;
	pthread_mutex_unlock(&box->lock);
	if (full)
		give(o);
}

static void empty_mailbox(unsigned int cpu)
{
	struct mailbox *box = &stress.box[cpu], mine;

	pthread_mutex_lock(&box->lock);
	mine = *box;
	box->used = 0;
	pthread_mutex_unlock(&box->lock);
	while (mine.used--)
		give(mine.object[mine.used]);
}

static void bulk(uint64_t *rng)
{
	struct kmem_cache *s = stress.cache[stress_random(rng) % CACHES];
	size_t nr = 1 + stress_random(rng) % 40, i;
	struct object *o[40];

	if (!kmem_cache_alloc_bulk(s, GFP_KERNEL | __GFP_NOWARN, nr, (void **)o))
		return;
	for (i = 0; i < nr; i++)
		o[i]->mark = (unsigned long)o[i];
	for (i = 0; i < nr; i++)
		if (o[i]->mark != (unsigned long)o[i])
			wrong();
	kmem_cache_free_bulk(s, nr, (void **)o);
}

static void come_and_go(uint64_t *rng)
{
	struct kmem_cache *s =
		kmem_cache_create("passing", 16 + (unsigned int)(stress_random(rng) % 900), 0,
				  stress_random(rng) % 2 ? SLAB_NO_MERGE : 0, NULL);
	void *p[20] = { NULL };
	unsigned int i;

	for (i = 0; s && i < 20; i++)
		p[i] = kmem_cache_alloc(s, GFP_KERNEL | __GFP_NOWARN);
	for (i = 0; i < 20; i++)
		if (p[i])
			kmem_cache_free(s, p[i]);
	kmem_cache_destroy(s);
}

static void maintain(unsigned int cpu, uint64_t *rng)
{
	struct kmem_cache *s = stress.cache[stress_random(rng) % CACHES];
	unsigned int limit = 1 + (unsigned int)(stress_random(rng) % 100);
	struct quire_slabinfo info;

	switch (stress_random(rng) % 6) {
	case 0:
		kmem_cache_shrink(s);
		break;
	case 1:
		quire_slab_reap();
		break;
	case 2:
		if (stress.kind->backend == QUIRE_SLAB_SLAB &&
		    quire_slab_tune(s, limit, (limit + 1) / 2, limit % 9))
			wrong();
		break;
	case 3:
		quire_slabinfo(s, &info);
		if (info.active_objs > info.num_objs && stress.kind->backend != QUIRE_SLAB_SLUB)
			wrong();
		break;
	case 4:
		if (cpu == 0)
			come_and_go(rng);
		break;
	default:
		/* Free-running: the validator looks at one node, one CPU at a time. */
		if (stress.kind->backend == QUIRE_SLAB_SLOB && !quire_slab_validate())
			wrong();
	}
}

static void *run(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg, live = 0;
	struct object *o[LIVE];
	uint64_t rng = cpu + 1;
	unsigned long i;

	if (quire_cpu_enter(stress.m, cpu))
		wrong();
	for (i = 0; i < stress.ops; i++) {
		if (live < LIVE && stress_random(&rng) % 100 < 52) {
			o[live] = take(&rng);
			live += o[live] != NULL;
		} else if (live) {
			unsigned int at = (unsigned int)(stress_random(&rng) % live);

			if (stress_random(&rng) % 4)
				give(o[at]);
			else
				post((unsigned int)(stress_random(&rng) % CPUS), o[at]);
			o[at] = o[--live];
		}
		if (stress_random(&rng) % 128 == 0)
			bulk(&rng);
		if (stress_random(&rng) % 128 == 0)
			empty_mailbox(cpu);
		if (stress_random(&rng) % 512 == 0)
			maintain(cpu, &rng);
	}
	while (live--)
		give(o[live]);
	empty_mailbox(cpu);
	quire_cpu_leave();
	return NULL;
}

static void make_caches(void)
{
	static const struct {
		unsigned int size;
		slab_flags_t flags;
	} kinds[CACHES] = { { 16, SLAB_NO_MERGE },
			    { 200, SLAB_TYPESAFE_BY_RCU },
			    { 600, SLAB_HWCACHE_ALIGN | SLAB_NO_MERGE },
			    { 2500, SLAB_NO_MERGE } };
	unsigned int i;

	for (i = 0; i < CACHES; i++) {
		stress.cache[i] =
			kmem_cache_create("stress", kinds[i].size, 0, kinds[i].flags, NULL);
		assert_non_null(stress.cache[i]);
	}
}

static void four_cpus(struct slab_machine *sm)
{
	pthread_t thread[CPUS];
	unsigned int i;

	memset(&stress, 0, sizeof(stress));
	sm->pm.config.deterministic = false;
	sm->pm.config.nr_cpus = CPUS;
	stress.ops = stress_ops(40000);
	stress.kind = sm->kind;
	slab_machine_start(sm);
	stress.m = sm->pm.m;
	make_caches();
	for (i = 0; i < CPUS; i++)
		pthread_mutex_init(&stress.box[i].lock, NULL);
	quire_cpu_leave();
	for (i = 0; i < CPUS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, run, (void *)(uintptr_t)i), 0);
	for (i = 0; i < CPUS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(quire_cpu_enter(stress.m, 0), 0);
	for (i = 0; i < CPUS; i++)
		empty_mailbox(i);
	assert_int_equal(stress.errors, 0);
	for (i = 0; i < CACHES; i++)
		kmem_cache_destroy(stress.cache[i]);
	if (sm->pm.logged)
		fail_msg("something was reported:\n%s", sm->pm.log);
	slab_machine_down(sm);
}

int main(int argc, char **argv)
{
	static const struct slab_test tests[] = {
		{ "four_cpus", four_cpus },
	};

	return slab_run_tests("slab stress", tests, ARRAY_SIZE(tests), argc, argv);
}
