/* SPDX-License-Identifier: MIT */
/*
 * klist.h - lists that may be walked while nodes are added and removed.
 *
 * 1. A node is counted: by the list while it is on it, by each walk that stands on it. Removed
 *    nodes are passed over by walks; the last reference takes them off the list.
 * 2. klist_del() returns at once, klist_remove() when nobody stands on the node any more.
 *
 * Source: semantics of Linux 6.1 include/linux/klist.h as its users see them.
 */
#ifndef COMPAT_LINUX_KLIST_H
#define COMPAT_LINUX_KLIST_H

#include <linux/list.h>
#include <quire/spinlock.h>

struct klist_node;

/** struct klist - @get, @put: called when a node gains its first, loses its last reference. */
struct klist {
	spinlock_t k_lock;
	struct list_head k_list;
	void (*get)(struct klist_node *node);
	void (*put)(struct klist_node *node);
} __attribute__((__aligned__(sizeof(void *))));

#define KLIST_INIT(name, get_, put_)                                                     \
	{                                                                                \
		.k_lock = { 0 }, .k_list = LIST_HEAD_INIT((name).k_list), .get = (get_), \
		.put = (put_)                                                            \
	}
#define DEFINE_KLIST(name, get, put) struct klist name = KLIST_INIT(name, get, put)

/** struct klist_node - @n_klist: the list; bit 0: removed, but someone stands on it. */
struct klist_node {
	void *n_klist;
	struct list_head n_node;
	struct kref n_ref;
};

/** struct klist_iter - a walk; @i_cur: where it stands, with a reference. */
struct klist_iter {
	struct klist *i_klist;
	struct klist_node *i_cur;
};

void klist_init(struct klist *k, void (*get)(struct klist_node *),
		void (*put)(struct klist_node *));
/** klist_add_...() - @n goes to the front, the end, behind or before @pos. */
void klist_add_head(struct klist_node *n, struct klist *k);
void klist_add_tail(struct klist_node *n, struct klist *k);
void klist_add_behind(struct klist_node *n, struct klist_node *pos);
void klist_add_before(struct klist_node *n, struct klist_node *pos);
/** klist_del() - removes @n; walks do not find it any more, those on it may stay. */
void klist_del(struct klist_node *n);
/** klist_remove() - removes @n and waits until nobody stands on it. May sleep. */
void klist_remove(struct klist_node *n);
/** klist_node_attached() - is @n on a list? */
int klist_node_attached(struct klist_node *n);

/** klist_iter_init() - a walk over @k from the start; _node: that stands on @n. */
void klist_iter_init(struct klist *k, struct klist_iter *i);
void klist_iter_init_node(struct klist *k, struct klist_iter *i, struct klist_node *n);
/** klist_iter_exit() - ends a walk, also in the middle. */
void klist_iter_exit(struct klist_iter *i);
/** klist_next(), klist_prev() - steps on. Return: the node, referenced until the next step; NULL.
 */
struct klist_node *klist_next(struct klist_iter *i);
struct klist_node *klist_prev(struct klist_iter *i);

#endif /* COMPAT_LINUX_KLIST_H */
