/* SPDX-License-Identifier: MIT */
/*
 * list.h - circular lists (quire/list.h) and hash lists, whose head is one pointer.
 *
 *	hlist_head          a.node             b.node
 *	 first -----------> next ------------> next ---> NULL
 *	   ^                pprev                |
 *	   +-----------------'  ^      pprev ----'
 *	                        +-------'
 *
 * A node of a hash list knows the pointer that points at it, so that it can be taken off without
 * the head. A node that is on no list has pprev NULL (INIT_HLIST_NODE, hlist_del_init).
 *
 * A node that is added twice, or taken off twice, is reported as with CONFIG_DEBUG_LIST, and
 * the list is left as it is.
 *
 * No locking. Source: names and semantics of Linux 6.1 Documentation/core-api/kernel-api.rst.
 */
#ifndef COMPAT_LINUX_LIST_H
#define COMPAT_LINUX_LIST_H

#include <quire/list.h>

#include "../surface/base.h"

/* For nodes of any kind. */
#undef LIST_POISON1
#undef LIST_POISON2
#define LIST_POISON1 ((void *)0xdead000000000100ul)
#define LIST_POISON2 ((void *)0xdead000000000122ul)

/* --- the checks of CONFIG_DEBUG_LIST ------------------------------------------------------ */

/** quire_list_report_add(), _del() - reports @node, which cannot be added, or taken off. */
void quire_list_report_add(const struct list_head *node, const struct list_head *prev,
			   const struct list_head *next) __attribute__((cold));
void quire_list_report_del(const struct list_head *node) __attribute__((cold));

/* May @node go between @prev and @next? Told if not. */
static inline bool __list_add_valid(struct list_head *node, struct list_head *prev,
				    struct list_head *next)
{
	if (likely(prev && next && next->prev == prev && prev->next == next && node != prev &&
		   node != next))
		return true;
	quire_list_report_add(node, prev, next);
	return false;
}

/* Is @node on a whole list? Told if not. */
static inline bool __list_del_entry_valid(struct list_head *node)
{
	struct list_head *next = node->next, *prev = node->prev;

	if (likely(next && prev && next != LIST_POISON1 && prev != LIST_POISON2 &&
		   prev->next == node && next->prev == node))
		return true;
	quire_list_report_del(node);
	return false;
}

static inline void __list_add(struct list_head *node, struct list_head *prev,
			      struct list_head *next)
{
	if (!__list_add_valid(node, prev, next))
		return;
	next->prev = node;
	node->next = next;
	node->prev = prev;
	WRITE_ONCE(prev->next, node);
}

static inline void __list_del_entry(struct list_head *node)
{
	if (!__list_del_entry_valid(node))
		return;
	node->next->prev = node->prev;
	WRITE_ONCE(node->prev->next, node->next);
}

/* The core's functions end the machine where kernels go on, so these take their names. */
static inline void quire_kernel_list_add(struct list_head *node, struct list_head *head)
{
	__list_add(node, head, head->next);
}
#define list_add quire_kernel_list_add

static inline void quire_kernel_list_add_tail(struct list_head *node, struct list_head *head)
{
	__list_add(node, head->prev, head);
}
#define list_add_tail quire_kernel_list_add_tail

static inline void quire_kernel_list_del(struct list_head *node)
{
	__list_del_entry(node);
	node->next = LIST_POISON1;
	node->prev = LIST_POISON2;
}
#define list_del quire_kernel_list_del

static inline void quire_kernel_list_del_init(struct list_head *node)
{
	__list_del_entry(node);
	INIT_LIST_HEAD(node);
}
#define list_del_init quire_kernel_list_del_init

static inline void quire_kernel_list_del_init_careful(struct list_head *node)
{
	__list_del_entry(node);
	WRITE_ONCE(node->prev, node);
	__atomic_store_n(&node->next, node, __ATOMIC_RELEASE);
}
#define list_del_init_careful quire_kernel_list_del_init_careful

static inline void quire_kernel_list_move(struct list_head *node, struct list_head *head)
{
	__list_del_entry(node);
	list_add(node, head);
}
#define list_move quire_kernel_list_move

static inline void quire_kernel_list_move_tail(struct list_head *node, struct list_head *head)
{
	__list_del_entry(node);
	list_add_tail(node, head);
}
#define list_move_tail quire_kernel_list_move_tail

/* --- more of circular lists --------------------------------------------------------------- */

#define __list_del(p, n)                    \
	do {                                \
		(n)->prev = (p);            \
		WRITE_ONCE((p)->next, (n)); \
	} while (0)
#define list_for_each_rcu(pos, head) \
	for (pos = READ_ONCE((head)->next); !list_is_head(pos, (head)); pos = READ_ONCE(pos->next))
#define list_for_each_reverse(pos, head) list_for_each_prev (pos, head)

#define HLIST_HEAD_INIT       \
	{                     \
		.first = NULL \
	}
#define HLIST_HEAD(name)     struct hlist_head name = { .first = NULL }
#define INIT_HLIST_HEAD(ptr) ((ptr)->first = NULL)

/** INIT_HLIST_NODE() - @h is on no list. */
static inline void INIT_HLIST_NODE(struct hlist_node *h)
{
	h->next = NULL;
	h->pprev = NULL;
}

/** hlist_unhashed() - is @h on no list? _lockless: while others may add or remove it. */
static inline int hlist_unhashed(const struct hlist_node *h)
{
	return !h->pprev;
}

static inline int hlist_unhashed_lockless(const struct hlist_node *h)
{
	return !READ_ONCE(h->pprev);
}

static inline int hlist_empty(const struct hlist_head *h)
{
	return !READ_ONCE(h->first);
}

static inline void __hlist_del(struct hlist_node *n)
{
	struct hlist_node *next = n->next, **pprev = n->pprev;

	WRITE_ONCE(*pprev, next);
	if (next)
		WRITE_ONCE(next->pprev, pprev);
}

/** hlist_del() - takes @n off its list and poisons it. */
static inline void hlist_del(struct hlist_node *n)
{
	__hlist_del(n);
	n->next = LIST_POISON1;
	n->pprev = LIST_POISON2;
}

/** hlist_del_init() - takes @n off its list if it is on one. */
static inline void hlist_del_init(struct hlist_node *n)
{
	if (hlist_unhashed(n))
		return;
	__hlist_del(n);
	INIT_HLIST_NODE(n);
}

static inline void hlist_add_head(struct hlist_node *n, struct hlist_head *h)
{
	struct hlist_node *first = h->first;

	WRITE_ONCE(n->next, first);
	if (first)
		WRITE_ONCE(first->pprev, &n->next);
	WRITE_ONCE(h->first, n);
	WRITE_ONCE(n->pprev, &h->first);
}

/** hlist_add_before() - adds @n before @next, which is on a list. */
static inline void hlist_add_before(struct hlist_node *n, struct hlist_node *next)
{
	WRITE_ONCE(n->pprev, next->pprev);
	WRITE_ONCE(n->next, next);
	WRITE_ONCE(next->pprev, &n->next);
	WRITE_ONCE(*n->pprev, n);
}

/** hlist_add_behind() - adds @n behind @prev, which is on a list. */
static inline void hlist_add_behind(struct hlist_node *n, struct hlist_node *prev)
{
	WRITE_ONCE(n->next, prev->next);
	WRITE_ONCE(prev->next, n);
	WRITE_ONCE(n->pprev, &prev->next);
	if (n->next)
		WRITE_ONCE(n->next->pprev, &n->next);
}

/** hlist_add_fake() - @n looks as if on a list, of its own: hlist_del() may be called. */
static inline void hlist_add_fake(struct hlist_node *n)
{
	n->pprev = &n->next;
}

static inline bool hlist_fake(const struct hlist_node *h)
{
	return h->pprev == &h->next;
}

/** hlist_is_singular_node() - is @n the only one on the list of @h? */
static inline bool hlist_is_singular_node(struct hlist_node *n, struct hlist_head *h)
{
	return !n->next && n->pprev == &h->first;
}

/** hlist_move_list() - @fresh takes over the nodes of @old, which is empty then. */
static inline void hlist_move_list(struct hlist_head *old, struct hlist_head *fresh)
{
	fresh->first = old->first;
	if (fresh->first)
		fresh->first->pprev = &fresh->first;
	old->first = NULL;
}

/** hlist_splice_init() - puts the nodes from->first .. @last before those of @to. */
static inline void hlist_splice_init(struct hlist_head *from, struct hlist_node *last,
				     struct hlist_head *to)
{
	if (to->first)
		to->first->pprev = &last->next;
	last->next = to->first;
	to->first = from->first;
	from->first->pprev = &to->first;
	from->first = NULL;
}

#define hlist_entry(ptr, type, member) container_of(ptr, type, member)
#define hlist_entry_safe(ptr, type, member)                                    \
	({                                                                     \
		__typeof__(ptr) quire_hn = (ptr);                              \
		quire_hn ? hlist_entry(quire_hn, type, member) : (type *)NULL; \
	})

#define hlist_for_each(pos, head) for (pos = (head)->first; pos; pos = pos->next)
#define hlist_for_each_safe(pos, n, head)                \
	for (pos = (head)->first; pos && ({              \
					  n = pos->next; \
					  1;             \
				  });                    \
	     pos = n)
#define hlist_for_each_entry(pos, head, member)                                      \
	for (pos = hlist_entry_safe((head)->first, __typeof__(*(pos)), member); pos; \
	     pos = hlist_entry_safe((pos)->member.next, __typeof__(*(pos)), member))
#define hlist_for_each_entry_continue(pos, member)                                        \
	for (pos = hlist_entry_safe((pos)->member.next, __typeof__(*(pos)), member); pos; \
	     pos = hlist_entry_safe((pos)->member.next, __typeof__(*(pos)), member))
#define hlist_for_each_entry_from(pos, member) \
	for (; pos; pos = hlist_entry_safe((pos)->member.next, __typeof__(*(pos)), member))
/* @n: a struct hlist_node * for the loop's own use; @pos may be removed. */
#define hlist_for_each_entry_safe(pos, n, head, member)                       \
	for (pos = hlist_entry_safe((head)->first, __typeof__(*pos), member); \
	     pos && ({                                                        \
		     n = pos->member.next;                                    \
		     1;                                                       \
	     });                                                              \
	     pos = hlist_entry_safe(n, __typeof__(*pos), member))

static inline size_t hlist_count_nodes(const struct hlist_head *head)
{
	const struct hlist_node *pos;
	size_t count = 0;

	hlist_for_each(pos, head) count++;
	return count;
}

#endif /* COMPAT_LINUX_LIST_H */
