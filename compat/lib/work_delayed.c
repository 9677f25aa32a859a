/* SPDX-License-Identifier: MIT */
/*
 * work_delayed.c - work that a timer queues; the contract stands in surface/work.h.
 *
 *	owner of `work`	it is ...		and goes to
 *
 *	nobody		not PENDING		-> a task	queue_, mod_, cancel_
 *	a task		PENDING, nowhere	-> the timer	there is a delay
 *						-> wq->items	there is none
 *						-> nobody	it has been cancelled
 *	the timer	PENDING, timer pending	-> its function	the tick comes
 *						-> a task	mod_, cancel_, flush_
 *	its function	PENDING, nowhere	-> wq->items
 *	wq->items	PENDING, in the list	-> a task	mod_, cancel_
 *						-> nobody	a worker begins with it
 *
 * 1. Nowhere is on the way, which is short: quire_work_grab() says -EAGAIN, functions of any
 *    context spin, the _sync ones sleep until quire_work_moved(). But a task that waits for func()
 *    keeps the item (-ENOENT).
 * 2. `wq` and `cpu` are the owner's to write; the timer's function reads them.
 * 3. The timer is not armed under the queues' lock: that takes the scheduler's, which goes before
 *    (workqueue.c).
 */
#include <errno.h>

#include "touch.h"
#include "work_internal.h"

void delayed_work_timer_fn(struct timer_list *timer)
{
	struct delayed_work *dwork = from_timer(dwork, timer, timer);

	quire_work_insert(dwork->cpu, dwork->wq, &dwork->work);
	quire_work_moved();
}

void quire_init_delayed_work(struct delayed_work *dwork, work_func_t func)
{
	quire_touch(dwork, sizeof(*dwork));
	quire_init_work(&dwork->work, func);
	quire_timer_setup(&dwork->timer, delayed_work_timer_fn, 0);
}

/* @dwork is the caller's. */
static void arm(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork,
		unsigned long delay)
{
	if (!delay) {
		quire_work_insert(cpu, wq, &dwork->work);
	} else {
		dwork->wq = wq;
		dwork->cpu = cpu;
		mod_timer(&dwork->timer, jiffies + delay);
	}
	quire_work_moved();
}

bool queue_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork,
			   unsigned long delay)
{
	if (!quire_work_claim(&dwork->work))
		return false;
	arm(cpu, wq, dwork, delay);
	return true;
}

static int grab_delayed(struct delayed_work *dwork)
{
	int ret;

	if (!quire_work_is_set(&dwork->work, true))
		return -ENOENT;
	while ((ret = quire_work_grab(&dwork->work, &dwork->timer, 0)) == -EAGAIN)
		cpu_relax();
	return ret;
}

bool cancel_delayed_work(struct delayed_work *dwork)
{
	int ret = grab_delayed(dwork);

	if (ret >= 0)
		quire_work_let_go(&dwork->work);
	return ret > 0;
}

bool cancel_delayed_work_sync(struct delayed_work *dwork)
{
	return quire_work_cancel_sync(&dwork->work, &dwork->timer);
}

bool mod_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork,
			 unsigned long delay)
{
	int ret;

	if (!quire_work_is_set(&dwork->work, false))
		return false;
	ret = grab_delayed(dwork);
	if (ret >= 0)
		arm(cpu, wq, dwork, delay);
	return ret != 0; /* as Linux: also when it is being cancelled */
}

bool flush_delayed_work(struct delayed_work *dwork)
{
	if (del_timer_sync(&dwork->timer))
		arm(dwork->cpu, dwork->wq, dwork, 0);
	return flush_work(&dwork->work);
}
