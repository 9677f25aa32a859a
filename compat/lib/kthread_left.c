/* SPDX-License-Identifier: MIT */
/*
 * kthread_left.c - kthreads that live, for who wants to know which were left running.
 *
 * Those that serve the kernel itself (timers, RCU callbacks, workers of queues) are not told: they
 * come up at the first use of what they serve, and stay.
 */
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

unsigned long long quire_kthread_last(void)
{
	return READ_ONCE(alive.last);
}

static bool left(const struct quire_task *t, u64 after)
{
	return t->number > after && !t->service && !(READ_ONCE(t->task.flags) & PF_WQ_WORKER);
}

static unsigned int nr_left(u64 after)
{
	const struct quire_task *t;
	unsigned int nr = 0;

	pthread_mutex_lock(&quire_alive_lock);
	if (alive.process == getpid())
		list_for_each_entry (t, &alive.all, alive)
			nr += left(t, after);
	pthread_mutex_unlock(&quire_alive_lock);
	return nr;
}

static void say_left(const struct quire_task *t)
{
	printk(KERN_ERR "BUG: kthread %s/%d was left running, function %pS\n", t->task.comm,
	       t->task.pid, (const void *)t->fn);
}

void quire_kthreads_check(unsigned long long after)
{
	struct quire_task *t;
	unsigned int i;

	for (i = 0; i < TURNS && nr_left(after); i++)
		msleep(1);
	if (!nr_left(after))
		return;
	pthread_mutex_lock(&quire_alive_lock);
	list_for_each_entry (t, &alive.all, alive)
		if (left(t, after))
			say_left(t);
	pthread_mutex_unlock(&quire_alive_lock);
}
