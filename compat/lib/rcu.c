/* SPDX-License-Identifier: MIT */
/*
 * rcu.c - the kthread that runs RCU callbacks of the default machine.
 *
 * quire/rcupdate.h runs nothing by itself, and kernel code expects its callbacks to run while it
 * waits for them. The thread sleeps while nothing is queued; the first callback wakes it
 * (quire_rcu_notify), and from then on it polls every millisecond until all have run.
 * On a deterministic machine it is a task like others: it runs when the others sleep or yield.
 */
#include "task_internal.h"

#include <linux/rcupdate.h>
#include <linux/slab.h>

#define POLL_NS 1000000u

struct lockdep_map rcu_callback_map = { .name = "rcu_callback" };
struct lockdep_map rcu_lock_map = { .name = "rcu_read_lock" };
struct lockdep_map rcu_bh_lock_map = { .name = "rcu_read_lock_bh" };
struct lockdep_map rcu_sched_lock_map = { .name = "rcu_read_lock_sched" };

static struct task_struct *server;
static unsigned int wanted;

static int serve(void *arg)
{
	for (;;) {
		set_current_state(TASK_IDLE);
		if (!__atomic_exchange_n(&wanted, 0, __ATOMIC_SEQ_CST)) {
			schedule();
			continue;
		}
		do {
			set_current_state(TASK_IDLE);
			quire_schedule_until(quire_clock_peek() + POLL_NS);
			__set_current_state(TASK_RUNNING);
			quire_slab_poll(); /* what kfree_rcu() took on this CPU */
		} while (quire_rcu_poll_all());
	}
	return 0;
}

/* May be called with locks held: makes and wakes, and no more. */
static void first_callback(void *arg)
{
	struct task_struct *none = NULL, *task;

	if (__atomic_exchange_n(&wanted, 1, __ATOMIC_SEQ_CST))
		return;
	task = __atomic_load_n(&server, __ATOMIC_ACQUIRE);
	if (!task) {
		task = kthread_create(serve, NULL, "rcu");
		if (IS_ERR(task)) { /* polled by others, until the next callback tries again */
			__atomic_store_n(&wanted, 0, __ATOMIC_SEQ_CST);
			return;
		}
		quire_task_of(task)->service = true;
		if (!__atomic_compare_exchange_n(&server, &none, task, false, __ATOMIC_ACQ_REL,
						 __ATOMIC_ACQUIRE)) {
			WRITE_ONCE(quire_task_of(task)->should_stop, true);
			wake_up_process(task); /* another CPU was first: this one ends */
			task = none;
		}
	}
	wake_up_state(task, TASK_NORMAL | TASK_NEW);
}

bool quire_lock_is_held(const struct lockdep_map *map)
{
	if (map == &rcu_callback_map)
		return quire_rcu_calling();
	if (map == &rcu_lock_map || map == &rcu_bh_lock_map || map == &rcu_sched_lock_map)
		return rcu_read_lock_held();
	return map->depth > 0;
}

void quire_rcu_start(struct quire_machine *machine)
{
	server = NULL;
	wanted = 0;
	quire_rcu_notify(machine, first_callback, NULL);
}
