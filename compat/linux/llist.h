/* SPDX-License-Identifier: MIT */
/*
 * linux/llist.h - stacks that many push to without a lock, and one takes all of.
 *
 * llist_add() and llist_del_all() need no lock among each other; llist_del_first() needs that
 * nobody else takes nodes, as a node that goes and comes back would not be noticed.
 */
#ifndef COMPAT_LINUX_LLIST_H
#define COMPAT_LINUX_LLIST_H

#include "../surface/base.h"

struct llist_head {
	struct llist_node *first;
};

struct llist_node {
	struct llist_node *next;
};

#define LLIST_HEAD_INIT(name) \
	{                     \
		NULL          \
	}
#define LLIST_HEAD(name)	       struct llist_head name = LLIST_HEAD_INIT(name)
#define llist_entry(ptr, type, member) container_of(ptr, type, member)

static inline void init_llist_head(struct llist_head *list)
{
	list->first = NULL;
}

static inline bool llist_empty(const struct llist_head *head)
{
	return !READ_ONCE(head->first);
}

static inline struct llist_node *llist_next(struct llist_node *node)
{
	return node->next;
}

/** llist_add_batch() - the chain @first .. @last is put in front. Return: was the list empty? */
bool llist_add_batch(struct llist_node *first, struct llist_node *last, struct llist_head *head);
/** llist_del_first() - the node that was pushed last, or NULL. */
struct llist_node *llist_del_first(struct llist_head *head);
/** llist_reverse_order() - of a chain that llist_del_all() gave. Return: the one pushed first. */
struct llist_node *llist_reverse_order(struct llist_node *head);

static inline bool llist_add(struct llist_node *node, struct llist_head *head)
{
	return llist_add_batch(node, node, head);
}

/** llist_del_all() - all nodes, the one pushed last in front. */
static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	return xchg(&head->first, (struct llist_node *)NULL);
}

/* The same where nobody else is at the list. */
static inline bool __llist_add_batch(struct llist_node *first, struct llist_node *last,
				     struct llist_head *head)
{
	last->next = head->first;
	head->first = first;
	return !last->next;
}

static inline bool __llist_add(struct llist_node *node, struct llist_head *head)
{
	return __llist_add_batch(node, node, head);
}

static inline struct llist_node *__llist_del_all(struct llist_head *head)
{
	struct llist_node *first = head->first;

	head->first = NULL;
	return first;
}

/* The entry of @ptr, NULL of NULL. */
#define __quire_llist_at(ptr, type, member)                                    \
	({                                                                     \
		struct llist_node *quire_at = (ptr);                           \
		quire_at ? llist_entry(quire_at, type, member) : (type *)NULL; \
	})
#define llist_for_each(pos, node) for ((pos) = (node); (pos); (pos) = (pos)->next)
#define llist_for_each_safe(pos, n, node) \
	for ((pos) = (node); (pos) && ((n) = (pos)->next, true); (pos) = (n))
#define llist_for_each_entry(pos, node, member)                                 \
	for ((pos) = __quire_llist_at(node, __typeof__(*(pos)), member); (pos); \
	     (pos) = __quire_llist_at((pos)->member.next, __typeof__(*(pos)), member))
#define llist_for_each_entry_safe(pos, n, node, member)                                      \
	for ((pos) = __quire_llist_at(node, __typeof__(*(pos)), member);                     \
	     (pos) &&                                                                        \
	     ((n) = __quire_llist_at((pos)->member.next, __typeof__(*(pos)), member), true); \
	     (pos) = (n))

#endif /* COMPAT_LINUX_LLIST_H */
