/* SPDX-License-Identifier: MIT */
/*
 * kunit_pool.c - several children at once; what they say comes in order.
 *
 *	done, told | done, waits for its turn | running, at most `jobs` | not started
 *	           ^ head                                              ^ tail
 *
 * No more than WINDOW children are between head and tail, so that one slow case holds up
 * a bounded amount of text.
 */
#include "kunit_internal.h"

#include <stdlib.h>

#define WINDOW	 64 /* power of two */
#define MAX_JOBS 64

struct pool {
	const struct kunit_pool_ops *ops;
	void *arg;
	struct kunit_child children[WINDOW];
	unsigned long head, tail;
	unsigned int running;
	bool exhausted;
};

static struct kunit_child *child_at(struct pool *pool, unsigned long i)
{
	return &pool->children[i % WINDOW];
}

static void start(struct pool *pool)
{
	struct kunit_child *child = child_at(pool, pool->tail);

	*child = (struct kunit_child){ .pipe = -1, .pidfd = -1 };
	if (!pool->ops->next(pool->arg, child)) {
		pool->exhausted = true;
		return;
	}
	pool->tail++;
	child->start_error = kunit_child_start(child);
	if (child->start_error)
		child->done = true;
	else
		pool->running++;
}

static void wait_for_one(struct pool *pool)
{
	struct kunit_child *running[MAX_JOBS];
	unsigned int nr = 0, i;
	unsigned long at;

	for (at = pool->head; at != pool->tail; at++)
		if (!child_at(pool, at)->done)
			running[nr++] = child_at(pool, at);
	if (!nr)
		return;
	kunit_child_poll(running, nr);
	for (i = 0; i < nr; i++)
		pool->running -= running[i]->done;
}

static void tell(struct pool *pool)
{
	while (pool->head != pool->tail && child_at(pool, pool->head)->done) {
		struct kunit_child *child = child_at(pool, pool->head++);

		pool->ops->done(pool->arg, child);
		kunit_child_free(child);
	}
}

void kunit_pool_run(const struct kunit_pool_ops *ops, void *arg)
{
	unsigned int jobs = kunit_options.jobs < MAX_JOBS ? kunit_options.jobs : MAX_JOBS;
	struct pool *pool = calloc(1, sizeof(*pool));

	if (!pool) {
		kunit_say(0, "# no memory for the runner itself");
		exit(1);
	}
	pool->ops = ops;
	pool->arg = arg;
	do {
		while (!pool->exhausted && pool->running < jobs && pool->tail - pool->head < WINDOW)
			start(pool);
		wait_for_one(pool);
		tell(pool);
	} while (!pool->exhausted || pool->head != pool->tail);
	free(pool);
}
