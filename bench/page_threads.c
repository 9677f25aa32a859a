/* SPDX-License-Identifier: MIT */
/*
 * bench/page_threads.c - suite page: two threads that run a workload at once.
 */
#include "page_threads.h"

static void *thread_main(void *arg)
{
	struct page_thread *me = arg;
	struct page_threads *all = me->all;

	if (!bench_pin(me->host_cpu))
		bench_die("this process may not run on CPU %u", me->host_cpu);
	if (quire_cpu_enter(all->m, me->id))
		bench_die("cannot enter CPU %u of the machine", me->id);
	me->quire = page_run_new(all->scale, NULL, quire_this_cpu->mem_map);
	me->floor = page_run_new(all->scale, page_floor_new(), (struct page *)sizeof(struct page));
	for (;;) {
		struct page_run *r;

		pthread_barrier_wait(&all->begin);
		if (!all->running)
			break;
		if (me->id >= all->running) {
			pthread_barrier_wait(&all->end);
			continue;
		}
		r = all->run == page_floor_run ? me->floor : me->quire;
		r->check = all->check;
		me->ns = all->run(r, all->w);
		pthread_barrier_wait(&all->end);
	}
	quire_cpu_leave();
	page_floor_delete(me->floor->ctx);
	page_run_delete(me->floor);
	page_run_delete(me->quire);
	return NULL;
}

void page_threads_start(struct page_threads *t, const struct bench_options *o,
			const struct page_workload *w)
{
	unsigned int i, cpus[1024], nr = bench_all_cpus(cpus, 1024), mine = 0;

	while (mine < nr && cpus[mine] != o->cpu)
		mine++;
	t->m = page_machine_new(2);
	t->w = w;
	t->scale = o->scale;
	pthread_barrier_init(&t->begin, NULL, 3);
	pthread_barrier_init(&t->end, NULL, 3);
	for (i = 0; i < 2; i++) {
		t->thread[i] = (struct page_thread){ .all = t,
						     .id = i,
						     .host_cpu = cpus[(mine + i) % nr] };
		if (pthread_create(&t->id[i], NULL, thread_main, &t->thread[i]))
			bench_die("cannot start a thread");
	}
}

double page_threads_run(struct page_threads *t, unsigned int threads, page_run_fn run, bool check)
{
	double sum = 0;
	unsigned int i;

	t->running = threads;
	t->run = run;
	t->check = check;
	pthread_barrier_wait(&t->begin);
	pthread_barrier_wait(&t->end);
	for (i = 0; i < threads; i++)
		sum += t->thread[i].ns;
	return sum / threads;
}

void page_threads_stop(struct page_threads *t)
{
	unsigned int i;

	t->running = 0;
	pthread_barrier_wait(&t->begin);
	for (i = 0; i < 2; i++)
		pthread_join(t->id[i], NULL);
	pthread_barrier_destroy(&t->begin);
	pthread_barrier_destroy(&t->end);
	page_machine_delete(t->m);
}
