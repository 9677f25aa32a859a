/* SPDX-License-Identifier: MIT */
/*
 * held.c - what a task holds: spin locks and mutexes with the places where it took them, sections.
 *
 * 1. The list is the task's own, so that nobody else looks at it and it needs no lock. A lock that
 *    the core gives back for the task, or takes, does not appear in it. More than it has room for
 *    are counted; a lock that is given back and not in it is one of these.
 * 2. A task that ends, a KUnit case and a work function that do, must have given all back. What is
 *    left is reported once and forgotten; the locks themselves stay taken.
 *
 * Source: reports of Linux 6.1 with CONFIG_DEBUG_LOCK_ALLOC, as seen on running kernels.
 */
#include "task_internal.h"

void quire_held_add(const void *lock, unsigned long site)
{
	struct quire_task *t = quire_task_of(get_current());

	if (quire_held_listed(t) < QUIRE_MAX_HELD)
		t->held[quire_held_listed(t)] = (struct quire_held){ lock, site };
	else
		t->nr_unlisted++;
	t->nr_held++;
}

bool quire_held_remove(const void *lock)
{
	struct quire_task *t = quire_task_of(get_current());
	unsigned int i = quire_held_listed(t);

	while (i && t->held[i - 1].lock != lock)
		i--;
	if (!i && !t->nr_unlisted)
		return false;
	if (!i)
		t->nr_unlisted--;
	for (; i && i < quire_held_listed(t); i++)
		t->held[i - 1] = t->held[i];
	t->nr_held--;
	return true;
}

unsigned long quire_held_at(const void *lock)
{
	const struct quire_task *t = quire_task_of(get_current());
	unsigned int i;

	for (i = quire_held_listed(t); i; i--)
		if (t->held[i - 1].lock == lock)
			return t->held[i - 1].site;
	return 0;
}

/* --- ends -------------------------------------------------------------------------------- */

static int rcu_depth(void)
{
	return quire_current_machine() ? rcu_preempt_depth() : 0;
}

void quire_context_save(struct quire_context *context)
{
	const struct task_struct *task = get_current();

	context->preempt_count = task->preempt_count;
	context->nr_held = quire_task_of(task)->nr_held;
	context->rcu_depth = rcu_depth();
	context->irqs_off = task->irqs_off;
}

static void say_held(const struct quire_task *t, unsigned int from)
{
	unsigned int i, nr = t->nr_held - from;

	printk(KERN_ERR "%u lock%s held by %s/%d:\n", nr, nr == 1 ? "" : "s", t->task.comm,
	       t->task.pid);
	for (i = from; i < quire_held_listed(t); i++)
		printk(KERN_ERR " #%u: %pS, at: %pS\n", i - from, t->held[i].lock,
		       (void *)t->held[i].site);
}

static void say_work_left(const struct task_struct *task, const struct quire_context *before,
			  const void *func)
{
	const struct quire_task *t = quire_task_of(task);

	printk(KERN_ERR "BUG: workqueue leaked lock or atomic: %s/0x%08x/%d\n", task->comm,
	       task->preempt_count, task->pid);
	printk(KERN_ERR "     last function: %ps\n", func);
	if (t->nr_held > before->nr_held)
		say_held(t, before->nr_held);
}

static bool has_left(const struct task_struct *task, const struct quire_context *before)
{
	return quire_task_of(task)->nr_held > before->nr_held ||
	       task->preempt_count != before->preempt_count ||
	       (task->irqs_off && !before->irqs_off) || rcu_depth() > before->rcu_depth;
}

static void say_left(const struct task_struct *task, const struct quire_context *before)
{
	const struct quire_task *t = quire_task_of(task);
	int depth = rcu_depth();

	if (t->nr_held > before->nr_held) {
		printk(KERN_ERR "BUG: %s/%d still has locks held!\n", task->comm, task->pid);
		say_held(t, before->nr_held);
	} else if (task->preempt_count != before->preempt_count) {
		printk(KERN_ERR "BUG: %s/%d exited with preempt_count %d\n", task->comm, task->pid,
		       (int)task->preempt_count);
	} else if (task->irqs_off && !before->irqs_off) {
		printk(KERN_ERR "BUG: %s/%d exited with irqs disabled\n", task->comm, task->pid);
	}
	if (depth > before->rcu_depth)
		printk(KERN_ERR "BUG: %s/%d exited inside rcu_read_lock() (depth %d)\n", task->comm,
		       task->pid, depth);
}

/* Of those that were taken since, the last go first. */
static void forget_to(struct quire_task *t, unsigned int nr)
{
	while (t->nr_held > nr) {
		if (t->nr_unlisted)
			t->nr_unlisted--;
		t->nr_held--;
	}
}

void quire_context_check(const struct quire_context *before, const void *func)
{
	struct task_struct *task = get_current();
	struct quire_task *t = quire_task_of(task);

	if (!has_left(task, before))
		return;
	if (func)
		say_work_left(task, before, func);
	else
		say_left(task, before);
	dump_stack();
	task->preempt_count = before->preempt_count;
	task->irqs_off = before->irqs_off;
	forget_to(t, before->nr_held);
	while (rcu_depth() > before->rcu_depth)
		rcu_read_unlock();
}
