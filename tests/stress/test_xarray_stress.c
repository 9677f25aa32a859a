/* SPDX-License-Identifier: MIT */
/*
 * test_xarray_stress.c - readers under RCU against writers. To be run under ThreadSanitizer too.
 *
 * Writers store and erase items, alone and as runs, in a small window and far behind it, so that
 * the tree grows, shrinks and changes its nodes all the time. An item says which indices it is
 * for, and dies by RCU: a reader who finds an item at an index that is not its own, or a dead one,
 * has been led astray. A few indices never change: those must always be found.
 */
#include "page_machine.h"

#include <pthread.h>

#include <quire/atomic.h>
#include <quire/idr.h>

#define CPUS	 4
#define ROUNDS	 4000
#define WINDOW	 256u
#define FAR	 (1ul << 30)
#define NR_FIXED 3

struct item {
	struct rcu_head rcu;
	unsigned long first, last;
	unsigned int alive;
};

static struct page_machine pm;
static DEFINE_XARRAY(array);
static DEFINE_IDA(ida);
static atomic_t writers, wrong;
static const unsigned long fixed[NR_FIXED] = { 300, FAR / 2 + 5, FAR + 1000 };

static unsigned int next_random(unsigned int *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void free_item(struct rcu_head *head)
{
	struct item *item = container_of(head, struct item, rcu);

	item->alive = 0;
	free(item);
}

static bool fits(const struct item *item, unsigned long index)
{
	return item->alive && item->first <= index && index <= item->last;
}

static void check(const struct item *item, unsigned long index)
{
	if (!fits(item, index))
		atomic_inc(&wrong);
}

static void store(unsigned long index, unsigned int order)
{
	XA_STATE_ORDER(xas, &array, index, order);
	struct item *item = malloc(sizeof(*item)), *old;

	item->first = xas.xa_index;
	item->last = item->first + (1ul << order) - 1;
	item->alive = 1;
	do {
		xas_lock(&xas);
		if (xas_find_conflict(&xas)) {
			xas_unlock(&xas);
			xas_destroy(&xas);
			free(item);
			item = NULL;
			break;
		}
		xas_store(&xas, item);
		xas_set_mark(&xas, XA_MARK_0);
		xas_unlock(&xas);
	} while (xas_nomem(&xas, GFP_KERNEL));
	if (item)
		return;
	old = xa_erase(&array, index);
	if (old)
		call_rcu(&old->rcu, free_item);
}

static void *write_on(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg, random = cpu, i, id;

	assert_int_equal(quire_cpu_enter(pm.m, cpu), 0);
	for (i = 0; i < ROUNDS; i++) {
		unsigned long index = next_random(&random) % WINDOW;

		if (next_random(&random) % 4 == 0)
			index += FAR;
		store(index, next_random(&random) % 5);
		id = (unsigned int)ida_alloc_min(&ida, next_random(&random) % 3000, GFP_KERNEL);
		ida_free(&ida, id);
		quire_rcu_poll();
	}
	atomic_dec(&writers);
	quire_cpu_leave();
	return NULL;
}

static void read_all(void)
{
	XA_STATE(xas, &array, 0);
	unsigned int seen = 0;
	struct item *item;

	rcu_read_lock();
	xas_for_each(&xas, item, ULONG_MAX)
	{
		if (xas_retry(&xas, item))
			continue;
		check(item, xas.xa_index);
		seen += xas.xa_index == fixed[0] || xas.xa_index == fixed[1] ||
			xas.xa_index == fixed[2];
	}
	if (seen < NR_FIXED)
		atomic_inc(&wrong);
	xas_set(&xas, 0);
	xas_for_each_marked(&xas, item, ULONG_MAX, XA_MARK_0)
	{
		if (xas_retry(&xas, item))
			continue;
		check(item, xas.xa_index);
	}
	rcu_read_unlock();
}

static void *read_on(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg, random = cpu, i;

	assert_int_equal(quire_cpu_enter(pm.m, cpu), 0);
	while (atomic_read(&writers)) {
		for (i = 0; i < 200; i++) {
			unsigned long index = next_random(&random) % WINDOW;
			struct item *item;

			rcu_read_lock();
			item = xa_load(&array, index);
			if (item)
				check(item, index);
			rcu_read_unlock();
			if (!xa_load(&array, fixed[i % NR_FIXED]))
				atomic_inc(&wrong);
		}
		read_all();
	}
	quire_cpu_leave();
	return NULL;
}

static void test_readers_and_writers(void **state)
{
	pthread_t threads[CPUS];
	unsigned long i, index;
	struct item *item;

	page_machine_config(&pm, 128);
	pm.config.deterministic = false;
	pm.config.nr_cpus = CPUS;
	page_machine_start(&pm);
	for (i = 0; i < NR_FIXED; i++)
		store(fixed[i], 0);
	quire_cpu_leave();
	atomic_set(&writers, 2);
	for (i = 0; i < CPUS; i++)
		pthread_create(&threads[i], NULL, i < 2 ? write_on : read_on, (void *)(uintptr_t)i);
	for (i = 0; i < CPUS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(quire_cpu_enter(pm.m, 0), 0);
	assert_int_equal(atomic_read(&wrong), 0);
	assert_int_equal(quire_xa_validate(&array), 0);
	assert_true(ida_is_empty(&ida));
	xa_for_each(&array, index, item)
	{
		xa_erase(&array, index);
		free(item);
	}
	assert_true(xa_empty(&array));
	rcu_barrier();
	page_machine_down(&pm);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_readers_and_writers) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
