/* SPDX-License-Identifier: MIT */
/*
 * klist.c - lists that may be walked while they change; see linux/klist.h.
 *
 * 1. One lock per list guards its links, the references and the mark of removal. Which list a
 *    node is on is read without it: the mark may come, the list stays.
 * 2. klist_remove() puts a record on a list of waiters; who drops the last reference of a node
 *    marks the records of that node. The waiter yields until its record is marked.
 *
 * Lock order: a list's lock, then waiters_lock. put() is called with neither.
 */
#include <linux/klist.h>
#include <quire/port.h>

#define REMOVED 1ul

struct waiter {
	struct list_head link;
	const struct klist_node *node;
	bool done;
};

static spinlock_t waiters_lock;
static LIST_HEAD(waiters);

static struct klist *klist_of(const struct klist_node *n)
{
	return (struct klist *)((unsigned long)READ_ONCE(n->n_klist) & ~REMOVED);
}

static bool is_removed(const struct klist_node *n)
{
	return (unsigned long)n->n_klist & REMOVED;
}

void klist_init(struct klist *k, void (*get)(struct klist_node *), void (*put)(struct klist_node *))
{
	spin_lock_init(&k->k_lock);
	INIT_LIST_HEAD(&k->k_list);
	k->get = get;
	k->put = put;
}

/* Adds @n to @k right behind or before @where; get() runs before anybody can find it. */
static void add(struct klist *k, struct klist_node *n, struct list_head *where, bool behind)
{
	INIT_LIST_HEAD(&n->n_node);
	kref_init(&n->n_ref);
	n->n_klist = k;
	if (k->get)
		k->get(n);
	spin_lock(&k->k_lock);
	if (behind)
		list_add(&n->n_node, where);
	else
		list_add_tail(&n->n_node, where);
	spin_unlock(&k->k_lock);
}

void klist_add_head(struct klist_node *n, struct klist *k)
{
	add(k, n, &k->k_list, true);
}

void klist_add_tail(struct klist_node *n, struct klist *k)
{
	add(k, n, &k->k_list, false);
}

void klist_add_behind(struct klist_node *n, struct klist_node *pos)
{
	add(klist_of(pos), n, &pos->n_node, true);
}

void klist_add_before(struct klist_node *n, struct klist_node *pos)
{
	add(klist_of(pos), n, &pos->n_node, false);
}

/* The last reference is gone: off the list, and whoever waits may go on. */
static void release(struct kref *kref)
{
	struct klist_node *n = container_of(kref, struct klist_node, n_ref);
	struct waiter *waiter, *next;

	WARN_ON(!is_removed(n));
	list_del(&n->n_node);
	WRITE_ONCE(n->n_klist, NULL);
	spin_lock(&waiters_lock);
	list_for_each_entry_safe (waiter, next, &waiters, link) {
		if (waiter->node != n)
			continue;
		list_del(&waiter->link);
		smp_store_release(&waiter->done, true);
	}
	spin_unlock(&waiters_lock);
}

/* Drops a reference; @kill: the list's own. */
static void put(struct klist_node *n, bool kill)
{
	struct klist *k = klist_of(n);
	void (*call)(struct klist_node *) = k->put;
	bool last;

	spin_lock(&k->k_lock);
	if (kill) {
		WARN_ON(is_removed(n));
		WRITE_ONCE(n->n_klist, (void *)((unsigned long)n->n_klist | REMOVED));
	}
	last = kref_put(&n->n_ref, release);
	spin_unlock(&k->k_lock);
	if (last && call)
		call(n);
}

void klist_del(struct klist_node *n)
{
	put(n, true);
}

void klist_remove(struct klist_node *n)
{
	const struct quire_port *port = quire_host_port();
	struct waiter waiter = { .node = n };
	unsigned int turns = 0;

	spin_lock(&waiters_lock);
	list_add(&waiter.link, &waiters);
	spin_unlock(&waiters_lock);
	klist_del(n);
	while (!smp_load_acquire(&waiter.done))
		port->relax(port->ctx, turns++);
}

int klist_node_attached(struct klist_node *n)
{
	return READ_ONCE(n->n_klist) != NULL;
}

void klist_iter_init_node(struct klist *k, struct klist_iter *i, struct klist_node *n)
{
	i->i_klist = k;
	i->i_cur = n && kref_get_unless_zero(&n->n_ref) ? n : NULL;
}

void klist_iter_init(struct klist *k, struct klist_iter *i)
{
	klist_iter_init_node(k, i, NULL);
}

void klist_iter_exit(struct klist_iter *i)
{
	if (i->i_cur)
		put(i->i_cur, false);
	i->i_cur = NULL;
}

/* One step; removed nodes are passed over. The node stood on before is let go without the lock. */
static struct klist_node *step(struct klist_iter *i, bool forward)
{
	struct klist *k = i->i_klist;
	struct klist_node *from = i->i_cur, *found = NULL;
	struct list_head *at = from ? &from->n_node : &k->k_list;

	spin_lock(&k->k_lock);
	do {
		at = forward ? at->next : at->prev;
		if (at == &k->k_list)
			break;
		found = container_of(at, struct klist_node, n_node);
	} while (is_removed(found));
	if (at == &k->k_list)
		found = NULL;
	else
		kref_get(&found->n_ref);
	spin_unlock(&k->k_lock);
	if (from)
		put(from, false);
	i->i_cur = found;
	return found;
}

struct klist_node *klist_next(struct klist_iter *i)
{
	return step(i, true);
}

struct klist_node *klist_prev(struct klist_iter *i)
{
	return step(i, false);
}
