/* SPDX-License-Identifier: MIT */
/*
 * bench/slab_threads.c - suite slab: workloads of two threads, each on a host CPU of its own.
 *
 *	same, batch	both run it at once; mean of their CPU times
 *	remote		the first allocates 4,096, the second frees them, in turns: the sum of both
 *			CPU times for a pair
 *	ring            the first allocates into a ring of 1,024, the second takes out and frees:
 *	wall
 *			time for a pair
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "slab.h"

struct ring {
	_Alignas(64) atomic_uint head;
	_Alignas(64) atomic_uint tail;
	_Alignas(64) void *slot[SLAB_RING_SLOTS];
};

struct shared {
	const struct slab_subject *subject;
	const struct slab_workload *w;
	void *ctx, **held;
	unsigned int scale;
	pthread_barrier_t turn;
	struct ring ring;
};

struct worker {
	struct shared *shared;
	unsigned int id, host_cpu;
	double ns;
};

static unsigned int rounds(const struct shared *s)
{
	return s->w->rounds / s->scale + 1;
}

static void remote(struct worker *me, struct slab_run *r)
{
	struct shared *s = me->shared;
	unsigned int i;
	double began;

	for (i = 0; i < 2 * rounds(s); i++) {
		pthread_barrier_wait(&s->turn);
		if ((i & 1) != me->id)
			continue;
		began = bench_thread_ns();
		s->subject->phase(r, s->w, !me->id, SLAB_REMOTE_OBJECTS);
		me->ns += bench_thread_ns() - began - r->clock_ns;
	}
	me->ns /= (double)rounds(s) * SLAB_REMOTE_OBJECTS;
}

static void produce(struct shared *s, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		while (i - atomic_load_explicit(&s->ring.tail, memory_order_acquire) ==
		       SLAB_RING_SLOTS)
			;
		s->ring.slot[i % SLAB_RING_SLOTS] = s->subject->one(s->ctx, s->w->size);
		atomic_store_explicit(&s->ring.head, i + 1, memory_order_release);
	}
}

static void consume(struct shared *s, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		while (atomic_load_explicit(&s->ring.head, memory_order_acquire) == i)
			;
		s->subject->none(s->ctx, s->ring.slot[i % SLAB_RING_SLOTS]);
		atomic_store_explicit(&s->ring.tail, i + 1, memory_order_release);
	}
}

static void ring(struct worker *me)
{
	const unsigned int n = rounds(me->shared);
	double began = bench_wall_ns();

	if (me->id)
		consume(me->shared, n);
	else
		produce(me->shared, n);
	me->ns = (bench_wall_ns() - began) / n;
}

static void *work(void *arg)
{
	struct worker *me = arg;
	struct shared *s = me->shared;
	struct slab_run *r = slab_run_new(s->scale, s->ctx);
	void **own = r->held;

	if (!bench_pin(me->host_cpu))
		bench_die("this process may not run on CPU %u", me->host_cpu);
	s->subject->enter(s->ctx, me->id);
	pthread_barrier_wait(&s->turn);
	if (s->w->kind == SLAB_REMOTE) {
		r->held = s->held;
		remote(me, r);
	} else if (s->w->kind == SLAB_RING) {
		ring(me);
	} else {
		me->ns = s->subject->run(r, s->w);
	}
	r->held = own;
	pthread_barrier_wait(&s->turn);
	s->subject->leave(s->ctx);
	slab_run_delete(r);
	return NULL;
}

double slab_threads_run(const struct bench_options *o, const struct slab_subject *subject,
			void *ctx, const struct slab_workload *w)
{
	struct slab_run *shared_run = slab_run_new(o->scale, ctx);
	struct shared s = {
		.subject = subject, .w = w, .ctx = ctx, .held = shared_run->held, .scale = o->scale
	};
	unsigned int cpus[1024], nr = bench_all_cpus(cpus, 1024), mine = 0, i;
	struct worker worker[2];
	pthread_t id[2];

	while (mine < nr && cpus[mine] != o->cpu)
		mine++;
	pthread_barrier_init(&s.turn, NULL, 2);
	for (i = 0; i < 2; i++) {
		worker[i] =
			(struct worker){ .shared = &s, .id = i, .host_cpu = cpus[(mine + i) % nr] };
		if (pthread_create(&id[i], NULL, work, &worker[i]))
			bench_die("cannot start a thread");
	}
	for (i = 0; i < 2; i++)
		pthread_join(id[i], NULL);
	pthread_barrier_destroy(&s.turn);
	slab_run_delete(shared_run);
	if (w->kind == SLAB_REMOTE)
		return worker[0].ns + worker[1].ns;
	if (w->kind == SLAB_RING)
		return worker[1].ns;
	return (worker[0].ns + worker[1].ns) / 2;
}
