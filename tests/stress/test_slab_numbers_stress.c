/* SPDX-License-Identifier: MIT */
/*
 * test_slab_numbers_stress.c - four CPUs make and destroy caches all the time, so that numbers,
 * CPUs' parts and marks of frames change hands, while others free what was allocated from
 * them. As many caches stand already as a row of parts has, nearly: some are in the first row and
 * some are not. To be run under ThreadSanitizer too.
 *
 * Objects are freed by kfree(), by kmem_cache_free() and many at once, here and on other CPUs;
 * meanwhile the fast paths are closed and opened, as by hooks. No free goes astray: a cache
 * that has none of its objects out is empty when it is destroyed.
 * QUIRE_OPS=n: caches per CPU, 250 by default.
 */
#include <pthread.h>
#include <sched.h>

#include "page_machine.h"
#include "seeded.h"

#include <quire/slab.h>

#include "slab/slab.h"

#include "stress.h"

#define CPUS	 4u
#define STANDING (SLAB_ROW - 24u)
#define OBJECTS	 40u
#define MAILBOX	 128u

/* What is posted: an object, of which cache, and where to say that it is freed. */
struct letter {
	unsigned long *object;
	struct kmem_cache *s;
	unsigned int *out;
};

struct mailbox {
	pthread_mutex_t lock;
	struct letter letters[MAILBOX];
	unsigned int nr;
};

struct worker {
	pthread_t thread;
	unsigned int cpu, out;
	uint64_t random;
	struct mailbox box;
};

static struct page_machine pm;
static struct worker workers[CPUS];
static struct kmem_cache *standing[STANDING];
static unsigned long ops;
static unsigned int running;

static void give(struct worker *w, const struct letter *l)
{
	void *object = l->object;

	must(*l->object == (unsigned long)l->s, "an object has another's contents");
	*l->object = 0;
	/* SLOB's kfree() knows no cache's objects. */
	if (pm.config.slab.backend != QUIRE_SLAB_SLOB && below(&w->random, 2))
		kfree(object);
	else
		kmem_cache_free(l->s, object);
	__atomic_fetch_sub(l->out, 1, __ATOMIC_RELEASE);
}

static void open_letters(struct worker *w)
{
	struct letter letters[MAILBOX];
	unsigned int nr;

	pthread_mutex_lock(&w->box.lock);
	nr = w->box.nr;
	memcpy(letters, w->box.letters, nr * sizeof(letters[0]));
	w->box.nr = 0;
	pthread_mutex_unlock(&w->box.lock);
	while (nr--)
		give(w, &letters[nr]);
}

static void post(struct worker *w, const struct letter *l)
{
	struct mailbox *box = &workers[below(&w->random, CPUS)].box;
	bool full;

	pthread_mutex_lock(&box->lock);
	full = box->nr == MAILBOX;
	if (!full)
		box->letters[box->nr++] = *l;
	pthread_mutex_unlock(&box->lock);
	if (full)
		give(w, l);
}

static void fill(struct worker *w, struct kmem_cache *s, void **p)
{
	unsigned int i = 0;

	if (below(&w->random, 4))
		for (; i < OBJECTS; i++)
			must((p[i] = kmem_cache_alloc_node(s, GFP_KERNEL,
							   (int)below(&w->random, 2))),
			     "no object");
	else
		must(kmem_cache_alloc_bulk(s, GFP_KERNEL, OBJECTS, p) == OBJECTS, "no objects");
	for (i = 0; i < OBJECTS; i++)
		*(unsigned long *)p[i] = (unsigned long)s;
}

static void one_cache(struct worker *w)
{
	struct kmem_cache *s;
	void *p[OBJECTS];
	unsigned int i;
	char name[24];

	snprintf(name, sizeof(name), "fleeting-%u", w->cpu);
	s = kmem_cache_create(name, 16 + below(&w->random, 500), 0, SLAB_NO_MERGE, NULL);
	must(s, "no cache");
	fill(w, s, p);
	__atomic_store_n(&w->out, OBJECTS, __ATOMIC_RELAXED);
	for (i = 0; i < OBJECTS / 2; i++) {
		struct letter l = { p[i], s, &w->out };

		if (below(&w->random, 3))
			post(w, &l);
		else
			give(w, &l);
	}
	kmem_cache_free_bulk(s, OBJECTS / 2, p + i);
	__atomic_fetch_sub(&w->out, OBJECTS / 2, __ATOMIC_RELEASE);
	while (__atomic_load_n(&w->out, __ATOMIC_ACQUIRE)) {
		open_letters(w);
		sched_yield();
	}
	kmem_cache_destroy(s);
}

static void use_standing(struct worker *w)
{
	struct kmem_cache *s = standing[below(&w->random, STANDING)];
	void *p = kmem_cache_alloc(s, GFP_KERNEL);

	must(p, "no object");
	kmem_cache_free(s, p);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	unsigned long i;

	must(!quire_cpu_enter(pm.m, w->cpu), "the CPU is taken");
	for (i = 0; i < ops; i++) {
		one_cache(w);
		use_standing(w);
		open_letters(w);
		/* As hooks do that are set and taken away, but there are none. */
		if (w->cpu == 0 && i % 4 == 0)
			machine_set_attention(pm.m, i & 4 ? SLAB_ATTENTION_TRACE : 0,
					      i & 4 ? 0 : SLAB_ATTENTION_TRACE);
	}
	/* Others may still wait for what is in this box. */
	__atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&running, __ATOMIC_ACQUIRE)) {
		open_letters(w);
		sched_yield();
	}
	quire_cpu_leave();
	return NULL;
}

static void up(enum quire_slab_backend backend)
{
	char name[24];
	unsigned int i;

	page_machine_config(&pm, 64);
	pm.ranges[0].end = 32ull << 20;
	pm.ranges[1] =
		(struct quire_mem_range){ .start = 32ull << 20, .end = 64ull << 20, .nid = 1 };
	pm.config.nr_ranges = pm.config.nr_nodes = 2;
	pm.config.nr_cpus = CPUS;
	pm.config.deterministic = false;
	pm.config.slab.backend = backend;
	page_machine_start(&pm);
	for (i = 0; i < STANDING; i++) {
		snprintf(name, sizeof(name), "standing-%u", i);
		standing[i] = kmem_cache_create(name, 32, 0, SLAB_NO_MERGE, NULL);
		assert_non_null(standing[i]);
	}
	quire_cpu_leave();
}

static void run(enum quire_slab_backend backend)
{
	unsigned int i;

	ops = stress_ops(250);
	seeded_begin("test_slab_numbers_stress", 1);
	up(backend);
	running = CPUS;
	for (i = 0; i < CPUS; i++) {
		struct worker *w = &workers[i];

		pthread_mutex_init(&w->box.lock, NULL);
		w->cpu = i;
		w->random = seeded_next();
	}
	for (i = 0; i < CPUS; i++)
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	for (i = 0; i < CPUS; i++)
		pthread_join(workers[i].thread, NULL);
	assert_int_equal(quire_cpu_enter(pm.m, 0), 0);
	machine_set_attention(pm.m, 0, SLAB_ATTENTION_TRACE);
	for (i = 0; i < STANDING; i++)
		kmem_cache_destroy(standing[i]);
	seeded_assert(quire_slab_validate());
	assert_not_said(&pm, "still has objects");
	assert_not_said(&pm, "slab cache");
	assert_not_said(&pm, "kfree");
	assert_not_said(&pm, "BUG");
	page_machine_down(&pm);
}

static void slub(void **state)
{
	(void)state;
	run(QUIRE_SLAB_SLUB);
}

static void slab(void **state)
{
	(void)state;
	run(QUIRE_SLAB_SLAB);
}

static void slob(void **state)
{
	(void)state;
	run(QUIRE_SLAB_SLOB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slub),
		cmocka_unit_test(slab),
		cmocka_unit_test(slob),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
