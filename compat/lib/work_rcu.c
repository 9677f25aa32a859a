/* SPDX-License-Identifier: MIT */
/*
 * work_rcu.c - work that is queued a grace period later; the contract stands in surface/work.h.
 *
 * The item is PENDING from queue_rcu_work() on: RCU's until the callback queues it.
 */
#include "work_internal.h"

static void queue_now(struct rcu_head *rcu)
{
	struct rcu_work *rwork = container_of(rcu, struct rcu_work, rcu);

	quire_work_insert(WORK_CPU_UNBOUND, rwork->wq, &rwork->work);
	quire_work_moved();
}

bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *rwork)
{
	if (!quire_work_claim(&rwork->work))
		return false;
	rwork->wq = wq;
	call_rcu(&rwork->rcu, queue_now);
	return true;
}

bool flush_rcu_work(struct rcu_work *rwork)
{
	bool pending = work_pending(&rwork->work);

	if (pending)
		rcu_barrier();
	return flush_work(&rwork->work) || pending;
}
