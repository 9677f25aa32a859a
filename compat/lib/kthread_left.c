/* SPDX-License-Identifier: MIT */
/*
 * kthread_left.c - kthreads that live, for who wants to know which were left running.
 *
 * Those that serve the kernel itself (timers, RCU callbacks, workers of queues) are not told: they
 * come up at the first use of what they serve, and stay. Left are those of a function that has more
 * of them than before: a driver that was stopped and started again has left none.
 */
#include <stdlib.h>
#include <unistd.h>

#include <linux/delay.h>

#include "kunit_services.h"
#include "task_internal.h"

#define TURNS 500 /* ms that a thread may take to end by itself */

pthread_mutex_t quire_alive_lock = PTHREAD_MUTEX_INITIALIZER; /* fork.c */
static struct {
	struct list_head all;
	u64 last;
	pid_t process; /* a child has none of its parent's threads */
} alive = { .all = LIST_HEAD_INIT(alive.all) };

/* struct noted - how many ran @fn. */
struct noted {
	int (*fn)(void *data);
	unsigned int nr;
};

static struct {
	struct noted *at;
	size_t nr, room;
	u64 last; /* the number of the youngest */
} before;

void quire_kthread_born(struct quire_task *t)
{
	pthread_mutex_lock(&quire_alive_lock);
	if (alive.process != getpid()) {
		alive.process = getpid();
		INIT_LIST_HEAD(&alive.all);
	}
	t->number = ++alive.last;
	list_add_tail(&t->alive, &alive.all);
	pthread_mutex_unlock(&quire_alive_lock);
}

void quire_kthread_gone(struct quire_task *t)
{
	pthread_mutex_lock(&quire_alive_lock);
	list_del(&t->alive);
	pthread_mutex_unlock(&quire_alive_lock);
}

static bool counts(const struct quire_task *t)
{
	return !t->service && !(READ_ONCE(t->task.flags) & PF_WQ_WORKER);
}

static struct noted *find(int (*fn)(void *data))
{
	size_t i;

	for (i = 0; i < before.nr; i++)
		if (before.at[i].fn == fn)
			return &before.at[i];
	return NULL;
}

/* Without memory it is not noted, and a new one of its function is one too many. */
static void note(const struct quire_task *t)
{
	struct noted *noted = find(t->fn);

	if (!noted && before.nr == before.room) {
		size_t room = before.room ? 2 * before.room : 16;
		struct noted *at = realloc(before.at, room * sizeof(*at));

		if (!at)
			return;
		before.at = at;
		before.room = room;
	}
	if (!noted) {
		noted = &before.at[before.nr++];
		*noted = (struct noted){ .fn = t->fn };
	}
	noted->nr++;
}

void quire_kthreads_note(void)
{
	const struct quire_task *t;

	pthread_mutex_lock(&quire_alive_lock);
	before.nr = 0;
	before.last = alive.last;
	if (alive.process == getpid())
		list_for_each_entry (t, &alive.all, alive)
			if (counts(t))
				note(t);
	pthread_mutex_unlock(&quire_alive_lock);
}

/* Is @t one of those that its function has more of? The youngest are. Lock held. */
static bool left(const struct quire_task *t)
{
	const struct noted *noted = find(t->fn);
	const struct quire_task *other;
	unsigned int older = 0;

	if (t->number <= before.last || !counts(t))
		return false;
	list_for_each_entry (other, &alive.all, alive)
		older += other->fn == t->fn && counts(other) && other->number < t->number;
	return older >= (noted ? noted->nr : 0);
}

static unsigned int nr_left(void)
{
	const struct quire_task *t;
	unsigned int nr = 0;

	pthread_mutex_lock(&quire_alive_lock);
	if (alive.process == getpid())
		list_for_each_entry (t, &alive.all, alive)
			nr += left(t);
	pthread_mutex_unlock(&quire_alive_lock);
	return nr;
}

static void say_left(const struct quire_task *t)
{
	printk(KERN_ERR "BUG: kthread %s/%d was left running, function %pS\n", t->task.comm,
	       t->task.pid, (const void *)t->fn);
}

void quire_kthreads_check(void)
{
	struct quire_task *t;
	unsigned int i;

	for (i = 0; i < TURNS && nr_left(); i++)
		msleep(1);
	if (!nr_left())
		return;
	pthread_mutex_lock(&quire_alive_lock);
	list_for_each_entry (t, &alive.all, alive)
		if (left(t))
			say_left(t);
	pthread_mutex_unlock(&quire_alive_lock);
}
