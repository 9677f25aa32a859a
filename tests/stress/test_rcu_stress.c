/* SPDX-License-Identifier: MIT */
/*
 * test_rcu_stress.c - readers follow a shared pointer while updaters replace what it points
 * to. To be run under ThreadSanitizer as well.
 *
 * An object says whether it is alive in plain memory; what is freed is poisoned by the
 * callback first, so that a grace period that ends too early shows as a dead object under
 * a reader (and as a race to ThreadSanitizer). Updaters free by call_rcu() with polls, by
 * synchronize_rcu(), and by rcu_barrier(); threads leave their CPU and come back.
 */
#include "page_machine.h"

#include <pthread.h>

#include <quire/atomic.h>
#include <quire/rcupdate.h>

#define CPUS	4
#define UPDATES 3000

#define ALIVE 0x600d
#define DEAD  0xdead

struct object {
	struct rcu_head rcu;
	unsigned long state;
};

static struct page_machine pm;
static struct object *shared;
static atomic_t made, freed, dead_seen, updaters;
static pthread_mutex_t update = PTHREAD_MUTEX_INITIALIZER;

static void free_object(struct rcu_head *head)
{
	struct object *object = container_of(head, struct object, rcu);

	object->state = DEAD;
	free(object);
	atomic_inc(&freed);
}

static struct object *replace(void)
{
	struct object *object = malloc(sizeof(*object)), *old;

	object->state = ALIVE;
	atomic_inc(&made);
	pthread_mutex_lock(&update);
	old = rcu_dereference_protected(shared, true);
	rcu_assign_pointer(shared, object);
	pthread_mutex_unlock(&update);
	return old;
}

static void *read_on(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg, turns = 0;

	while (atomic_read(&updaters)) {
		if (!(turns++ % 256)) {
			quire_cpu_leave();
			assert_int_equal(quire_cpu_enter(pm.m, cpu), 0);
		}
		rcu_read_lock();
		if (rcu_dereference(shared)->state != ALIVE)
			atomic_inc(&dead_seen);
		if (turns % 4 == 0) {
			rcu_read_lock();
			if (rcu_dereference(shared)->state != ALIVE)
				atomic_inc(&dead_seen);
			rcu_read_unlock();
		}
		rcu_read_unlock();
	}
	quire_cpu_leave();
	return NULL;
}

static void *update_on(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg, i;

	assert_int_equal(quire_cpu_enter(pm.m, cpu), 0);
	for (i = 0; i < UPDATES; i++) {
		struct object *old = replace();

		if (i % 16 == 3) {
			synchronize_rcu();
			free_object(&old->rcu);
		} else {
			call_rcu(&old->rcu, free_object);
		}
		if (i % 4 == 0)
			quire_rcu_poll();
		if (i % 64 == cpu)
			quire_rcu_poll_all();
		if (i % 256 == 7)
			rcu_barrier();
	}
	quire_cpu_leave();
	atomic_dec(&updaters);
	return NULL;
}

static void run(unsigned int nr_updaters)
{
	pthread_t threads[CPUS];
	unsigned int i;

	page_machine_config(&pm, 16);
	pm.config.deterministic = false;
	pm.config.nr_cpus = CPUS + 1;
	page_machine_start(&pm);
	quire_cpu_leave();
	shared = NULL;
	atomic_set(&made, 0);
	atomic_set(&freed, 0);
	atomic_set(&updaters, (int)nr_updaters);
	replace();
	for (i = 0; i < CPUS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						i < nr_updaters ? update_on : read_on,
						(void *)(uintptr_t)i),
				 0);
	for (i = 0; i < CPUS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_read(&dead_seen), 0);
	assert_int_equal(quire_cpu_enter(pm.m, CPUS), 0);
	rcu_barrier();
	assert_int_equal(atomic_read(&made) - atomic_read(&freed), 1);
	free(shared);
	page_machine_down(&pm);
}

static void one_updater(void **state)
{
	run(1);
}

static void two_updaters(void **state)
{
	run(2);
}

static void updaters_alone(void **state)
{
	run(CPUS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_updater),
		cmocka_unit_test(two_updaters),
		cmocka_unit_test(updaters_alone),
	};

	return cmocka_run_group_tests_name("rcu_stress", tests, NULL, NULL);
}
