/* SPDX-License-Identifier: MIT */
/*
 * notifier.c - chains of callbacks; the contract stands in linux/notifier.h.
 *
 * A chain is a list that ends with NULL. It is changed by one at a time and walked by any number:
 * a block is complete before it is published, and one that leaves keeps its next, so who stands
 * on it goes on. A block may unregister itself from a raw chain while it is called: its next is
 * read before.
 */
#include <linux/notifier.h>

/* Where @nb belongs. NULL: it is there already, or, if @unique, its priority is. */
static struct notifier_block **place_of(struct notifier_block **at, const struct notifier_block *nb,
					bool unique, int *err)
{
	struct notifier_block **place = NULL;

	for (; *at; at = &(*at)->next) {
		if (*at == nb) {
			WARN(1, "notifier callback %ps already registered\n",
			     (void *)(uintptr_t)nb->notifier_call);
			*err = -EEXIST;
			return NULL;
		}
		if (unique && (*at)->priority == nb->priority && !place)
			*err = -EBUSY;
		if (!place && (*at)->priority < nb->priority)
			place = at;
	}
	if (*err)
		return NULL;
	return place ? place : at;
}

static int add(struct notifier_block **head, struct notifier_block *nb, bool unique)
{
	int err = 0;
	struct notifier_block **at = place_of(head, nb, unique, &err);

	if (!at)
		return err;
	nb->next = *at;
	rcu_assign_pointer(*at, nb);
	return 0;
}

static int take_off(struct notifier_block **at, const struct notifier_block *nb)
{
	for (; *at; at = &(*at)->next) {
		if (*at == nb) {
			rcu_assign_pointer(*at, nb->next);
			return 0;
		}
	}
	return -ENOENT;
}

/* Calls @most blocks at most. Return: what the last one said; *@calls: how many were called. */
static int call(struct notifier_block **head, unsigned long action, void *data, unsigned int most,
		unsigned int *calls)
{
	struct notifier_block *nb = rcu_dereference_raw(*head), *next;
	int ret = NOTIFY_DONE;

	for (*calls = 0; nb && *calls < most && !(ret & NOTIFY_STOP_MASK); nb = next) {
		next = rcu_dereference_raw(nb->next);
		ret = nb->notifier_call(nb, action, data);
		++*calls;
	}
	return ret;
}

static int call_all(struct notifier_block **head, unsigned long action, void *data)
{
	unsigned int calls;

	return call(head, action, data, UINT_MAX, &calls);
}

static int call_robust(struct notifier_block **head, unsigned long up, unsigned long down,
		       void *data)
{
	unsigned int calls, undone;
	int ret = call(head, up, data, UINT_MAX, &calls);

	if (ret & NOTIFY_STOP_MASK)
		call(head, down, data, calls - 1, &undone);
	return ret;
}

/* --- atomic chains ----------------------------------------------------------------------- */

static int add_to_atomic(struct atomic_notifier_head *nh, struct notifier_block *nb, bool unique)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&nh->lock, flags);
	ret = add(&nh->head, nb, unique);
	spin_unlock_irqrestore(&nh->lock, flags);
	return ret;
}

int atomic_notifier_chain_register(struct atomic_notifier_head *nh, struct notifier_block *nb)
{
	return add_to_atomic(nh, nb, false);
}

int atomic_notifier_chain_register_unique_prio(struct atomic_notifier_head *nh,
					       struct notifier_block *nb)
{
	return add_to_atomic(nh, nb, true);
}

int atomic_notifier_chain_unregister(struct atomic_notifier_head *nh, struct notifier_block *nb)
{
	unsigned long flags;
	int ret;

	might_sleep();
	spin_lock_irqsave(&nh->lock, flags);
	ret = take_off(&nh->head, nb);
	spin_unlock_irqrestore(&nh->lock, flags);
	synchronize_rcu();
	return ret;
}

int atomic_notifier_call_chain(struct atomic_notifier_head *nh, unsigned long action, void *data)
{
	int ret;

	(void)get_current(); /* on a CPU before its section begins */
	rcu_read_lock();
	ret = call_all(&nh->head, action, data);
	rcu_read_unlock();
	return ret;
}

bool atomic_notifier_call_chain_is_empty(struct atomic_notifier_head *nh)
{
	return !READ_ONCE(nh->head);
}

/* --- blocking chains --------------------------------------------------------------------- */

static int add_to_blocking(struct blocking_notifier_head *nh, struct notifier_block *nb,
			   bool unique)
{
	int ret;

	down_write(&nh->rwsem);
	ret = add(&nh->head, nb, unique);
	up_write(&nh->rwsem);
	return ret;
}

int blocking_notifier_chain_register(struct blocking_notifier_head *nh, struct notifier_block *nb)
{
	return add_to_blocking(nh, nb, false);
}

int blocking_notifier_chain_register_unique_prio(struct blocking_notifier_head *nh,
						 struct notifier_block *nb)
{
	return add_to_blocking(nh, nb, true);
}

int blocking_notifier_chain_unregister(struct blocking_notifier_head *nh, struct notifier_block *nb)
{
	int ret;

	down_write(&nh->rwsem);
	ret = take_off(&nh->head, nb);
	up_write(&nh->rwsem);
	return ret;
}

int blocking_notifier_call_chain(struct blocking_notifier_head *nh, unsigned long action,
				 void *data)
{
	int ret = NOTIFY_DONE;

	if (READ_ONCE(nh->head)) { /* an empty chain may be called in any context */
		down_read(&nh->rwsem);
		ret = call_all(&nh->head, action, data);
		up_read(&nh->rwsem);
	}
	return ret;
}

int blocking_notifier_call_chain_robust(struct blocking_notifier_head *nh, unsigned long up,
					unsigned long down, void *data)
{
	int ret = NOTIFY_DONE;

	if (READ_ONCE(nh->head)) {
		down_read(&nh->rwsem);
		ret = call_robust(&nh->head, up, down, data);
		up_read(&nh->rwsem);
	}
	return ret;
}

/* --- raw chains -------------------------------------------------------------------------- */

int raw_notifier_chain_register(struct raw_notifier_head *nh, struct notifier_block *nb)
{
	return add(&nh->head, nb, false);
}

int raw_notifier_chain_unregister(struct raw_notifier_head *nh, struct notifier_block *nb)
{
	return take_off(&nh->head, nb);
}

int raw_notifier_call_chain(struct raw_notifier_head *nh, unsigned long action, void *data)
{
	return call_all(&nh->head, action, data);
}

int raw_notifier_call_chain_robust(struct raw_notifier_head *nh, unsigned long up,
				   unsigned long down, void *data)
{
	return call_robust(&nh->head, up, down, data);
}
