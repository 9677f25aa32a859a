/* SPDX-License-Identifier: MIT */
/*
 * rculist.h - lists that are read without a lock while one writer at a time changes them.
 *
 * 1. A node is published by the one store that makes it reachable, with release order; a reader's
 *    load depends on it and needs none.
 * 2. A removed node keeps its next, so that a reader that stands on it goes on; its memory is
 *    given back after a grace period (quire/rcupdate.h).
 *
 * Source: semantics of Linux 6.1 Documentation/RCU/listRCU.rst.
 */
#ifndef COMPAT_LINUX_RCULIST_H
#define COMPAT_LINUX_RCULIST_H

#include <linux/list.h>
#include <quire/rcupdate.h>

#define list_next_rcu(list) (*((struct list_head **)(&(list)->next)))

static inline void INIT_LIST_HEAD_RCU(struct list_head *list)
{
	WRITE_ONCE(list->next, list);
	WRITE_ONCE(list->prev, list);
}

static inline void __list_add_rcu(struct list_head *node, struct list_head *prev,
				  struct list_head *next)
{
	if (!__list_add_valid(node, prev, next))
		return;
	node->next = next;
	node->prev = prev;
	smp_store_release(&prev->next, node);
	next->prev = node;
}

static inline void list_add_rcu(struct list_head *node, struct list_head *head)
{
	__list_add_rcu(node, head, head->next);
}

static inline void list_add_tail_rcu(struct list_head *node, struct list_head *head)
{
	__list_add_rcu(node, head->prev, head);
}

/** list_del_rcu() - takes @node off; its next stays for readers that stand on it. */
static inline void list_del_rcu(struct list_head *node)
{
	__list_del_entry(node);
	node->prev = LIST_POISON2;
}

/** list_replace_rcu() - @fresh takes the place of @old in one step for readers. */
static inline void list_replace_rcu(struct list_head *old, struct list_head *fresh)
{
	fresh->next = old->next;
	fresh->prev = old->prev;
	smp_store_release(&fresh->prev->next, fresh);
	fresh->next->prev = fresh;
	old->prev = LIST_POISON2;
}

static inline void __quire_splice_rcu(struct list_head *list, struct list_head *prev,
				      struct list_head *next, void (*sync)(void))
{
	struct list_head *first = list->next, *last = list->prev;

	if (first == list)
		return;
	INIT_LIST_HEAD_RCU(list);
	sync();
	first->prev = prev;
	WRITE_ONCE(last->next, next);
	smp_store_release(&prev->next, first);
	next->prev = last;
}

/**
 * list_splice_init_rcu() - the nodes of @list go to the beginning of @head, _tail: to its end.
 * @sync: waits until no reader is in @list: who entered it before would never come to its end;
 * synchronize_rcu() and kin. Nobody else changes either list meanwhile. May sleep if @sync does.
 */
static inline void list_splice_init_rcu(struct list_head *list, struct list_head *head,
					void (*sync)(void))
{
	__quire_splice_rcu(list, head, head->next, sync);
}

static inline void list_splice_tail_init_rcu(struct list_head *list, struct list_head *head,
					     void (*sync)(void))
{
	__quire_splice_rcu(list, head->prev, head, sync);
}

#define list_entry_rcu(ptr, type, member) container_of(READ_ONCE(ptr), type, member)
#define list_first_or_null_rcu(ptr, type, member)                                       \
	({                                                                              \
		struct list_head *quire_head = (ptr);                                   \
		struct list_head *quire_next = READ_ONCE(quire_head->next);             \
		quire_next != quire_head ? list_entry(quire_next, type, member) : NULL; \
	})
/* The last argument, a condition under which no read-side section is needed, is not looked at. */
#define list_for_each_entry_rcu(pos, head, member, cond...)                \
	for (pos = list_entry_rcu((head)->next, __typeof__(*pos), member); \
	     !list_entry_is_head(pos, head, member);                       \
	     pos = list_entry_rcu(pos->member.next, __typeof__(*pos), member))
/** list_next_or_null_rcu() - the entry behind @ptr, a node of @head; NULL: it is the last. */
#define list_next_or_null_rcu(head, ptr, type, member)                                      \
	({                                                                                  \
		struct list_head *quire_next = READ_ONCE((ptr)->next);                      \
		quire_next != (head) ? list_entry(quire_next, type, member) : (type *)NULL; \
	})
#define list_for_each_entry_from_rcu(pos, head, member) \
	for (; !list_entry_is_head(pos, head, member);  \
	     pos = list_entry_rcu(pos->member.next, __typeof__(*pos), member))
#define list_for_each_entry_srcu(pos, head, member, cond) list_for_each_entry_rcu(pos, head, member)
#define list_for_each_entry_lockless(pos, head, member)	  list_for_each_entry_rcu(pos, head, member)
#define list_for_each_entry_continue_rcu(pos, head, member)                    \
	for (pos = list_entry_rcu(pos->member.next, __typeof__(*pos), member); \
	     !list_entry_is_head(pos, head, member);                           \
	     pos = list_entry_rcu(pos->member.next, __typeof__(*pos), member))

static inline void hlist_del_rcu(struct hlist_node *n)
{
	__hlist_del(n);
	WRITE_ONCE(n->pprev, LIST_POISON2);
}

static inline void hlist_del_init_rcu(struct hlist_node *n)
{
	if (hlist_unhashed(n))
		return;
	__hlist_del(n);
	WRITE_ONCE(n->pprev, NULL);
}

static inline void hlist_add_head_rcu(struct hlist_node *n, struct hlist_head *h)
{
	struct hlist_node *first = h->first;

	n->next = first;
	WRITE_ONCE(n->pprev, &h->first);
	smp_store_release(&h->first, n);
	if (first)
		WRITE_ONCE(first->pprev, &n->next);
}

/** hlist_add_tail_rcu() - @n becomes the last of @h. O(n). */
static inline void hlist_add_tail_rcu(struct hlist_node *n, struct hlist_head *h)
{
	struct hlist_node **at = &h->first;

	while (*at)
		at = &(*at)->next;
	n->next = NULL;
	WRITE_ONCE(n->pprev, at);
	smp_store_release(at, n);
}

/** hlist_add_before_rcu(), hlist_add_behind_rcu() - @n beside one that is on a list. */
static inline void hlist_add_before_rcu(struct hlist_node *n, struct hlist_node *next)
{
	WRITE_ONCE(n->pprev, next->pprev);
	n->next = next;
	smp_store_release(n->pprev, n);
	WRITE_ONCE(next->pprev, &n->next);
}

static inline void hlist_add_behind_rcu(struct hlist_node *n, struct hlist_node *prev)
{
	n->next = prev->next;
	WRITE_ONCE(n->pprev, &prev->next);
	smp_store_release(&prev->next, n);
	if (n->next)
		WRITE_ONCE(n->next->pprev, &n->next);
}

/** hlist_replace_rcu() - @fresh takes the place of @old in one step for readers. */
static inline void hlist_replace_rcu(struct hlist_node *old, struct hlist_node *fresh)
{
	fresh->next = old->next;
	WRITE_ONCE(fresh->pprev, old->pprev);
	smp_store_release(fresh->pprev, fresh);
	if (fresh->next)
		WRITE_ONCE(fresh->next->pprev, &fresh->next);
	WRITE_ONCE(old->pprev, LIST_POISON2);
}

#define hlist_first_rcu(head) (*((struct hlist_node **)(&(head)->first)))
#define hlist_next_rcu(node)  (*((struct hlist_node **)(&(node)->next)))
#define hlist_pprev_rcu(node) (*((struct hlist_node **)((node)->pprev)))
#define hlist_for_each_entry_rcu(pos, head, member, cond...)                                    \
	for (pos = hlist_entry_safe(READ_ONCE((head)->first), __typeof__(*(pos)), member); pos; \
	     pos = hlist_entry_safe(READ_ONCE((pos)->member.next), __typeof__(*(pos)), member))

#define hlist_for_each_entry_rcu_notrace(pos, head, member) \
	hlist_for_each_entry_rcu(pos, head, member)
#define hlist_for_each_entry_rcu_bh(pos, head, member) hlist_for_each_entry_rcu(pos, head, member)
#define hlist_for_each_entry_srcu(pos, head, member, cond) \
	hlist_for_each_entry_rcu(pos, head, member)
#define hlist_for_each_entry_continue_rcu(pos, member)                                          \
	for (pos = hlist_entry_safe(READ_ONCE((pos)->member.next), __typeof__(*(pos)), member); \
	     pos;                                                                               \
	     pos = hlist_entry_safe(READ_ONCE((pos)->member.next), __typeof__(*(pos)), member))
#define hlist_for_each_entry_from_rcu(pos, member) \
	for (; pos;                                \
	     pos = hlist_entry_safe(READ_ONCE((pos)->member.next), __typeof__(*(pos)), member))

#endif /* COMPAT_LINUX_RCULIST_H */
