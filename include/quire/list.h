/* SPDX-License-Identifier: MIT */
/*
 * list.h - circular doubly linked lists, with Linux's names and semantics.
 *
 * 1. A list is a ring of struct list_head. One of them is the head and carries no data; the others
 *    sit inside the structures that are on the list. An empty list is a head that points at itself.
 *
 *	head ---> a.node ---> b.node ---+
 *	 ^  <---        <---            |
 *	 +------------------------------+     (prev runs the other way)
 *
 * 2. Adding and removing touch two neighbours and never branch, whatever the
 *    length: O(1). Only list_count_nodes() and the loops are O(n).
 *
 * Invariants, checked at each add and del in builds with QUIRE_WITH_DEBUG:
 *   L1  n->next->prev == n and n->prev->next == n for each n on a ring.
 *   L2  a removed node holds LIST_POISON1 and LIST_POISON2, so that a second
 *       removal, or a walk over it, is found and does not corrupt a ring.
 * A violation is reported in Linux's words ("list_del corruption. ...") and
 * ends the machine: a broken ring cannot be repaired.
 *
 * No locking here: a list belongs to whoever owns its head. Left out: RCU lists and list_sort().
 * Source: names and semantics of Linux 6.1 include/linux/list.h; own text.
 */
#ifndef QUIRE_LIST_H
#define QUIRE_LIST_H

#include <quire/api.h>
#include <quire/config.h>
#include <quire/types.h>

QUIRE_BEGIN_DECLS

/** LIST_POISON1 - next of a removed node; not a valid address. */
#define LIST_POISON1 ((struct list_head *)0xdead000000000100ul)
/** LIST_POISON2 - prev of a removed node; not a valid address. */
#define LIST_POISON2 ((struct list_head *)0xdead000000000122ul)

#define LIST_HEAD_INIT(name)     \
	{                        \
		&(name), &(name) \
	}
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)

/**
 * quire_list_bad_add() - reports that @node cannot go between @prev and @next (L1). No return.
 * quire_list_bad_del() - reports that @node is not on a whole ring (L1, L2). No return.
 */
QUIRE_PUBLIC void quire_list_bad_add(const struct list_head *node, const struct list_head *prev,
				     const struct list_head *next)
	__attribute__((__noreturn__, __cold__));
QUIRE_PUBLIC void quire_list_bad_del(const struct list_head *node)
	__attribute__((__noreturn__, __cold__));

/** INIT_LIST_HEAD() - makes @list an empty ring. */
static inline void INIT_LIST_HEAD(struct list_head *list)
{
	WRITE_ONCE(list->next, list);
	list->prev = list;
}

/** quire_list_insert() - puts @node between the neighbours @prev and @next. */
static inline void quire_list_insert(struct list_head *node, struct list_head *prev,
				     struct list_head *next)
{
	if (QUIRE_CONFIG_DEBUG &&
	    (prev->next != next || next->prev != prev || node == prev || node == next))
		quire_list_bad_add(node, prev, next);
	next->prev = node;
	node->next = next;
	node->prev = prev;
	WRITE_ONCE(prev->next, node); /* list_empty() may look without the lock */
}

/** list_add() - adds @node right after @head: the next to be taken from a stack. */
static inline void list_add(struct list_head *node, struct list_head *head)
{
	quire_list_insert(node, head, head->next);
}

/** list_add_tail() - adds @node right before @head: the last in a queue. */
static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	quire_list_insert(node, head->prev, head);
}

/** quire_list_unlink() - joins @node's neighbours; @node itself keeps its pointers. */
static inline void quire_list_unlink(struct list_head *node)
{
	struct list_head *next = node->next, *prev = node->prev;

	if (QUIRE_CONFIG_DEBUG && (next == LIST_POISON1 || prev == LIST_POISON2 ||
				   next->prev != node || prev->next != node))
		quire_list_bad_del(node);
	next->prev = prev;
	WRITE_ONCE(prev->next, next);
}

/** list_del() - takes @node off its list and poisons it (L2). */
static inline void list_del(struct list_head *node)
{
	quire_list_unlink(node);
	node->next = LIST_POISON1;
	node->prev = LIST_POISON2;
}

/** list_del_init() - takes @node off its list; it may be added or removed again. */
static inline void list_del_init(struct list_head *node)
{
	quire_list_unlink(node);
	INIT_LIST_HEAD(node);
}

/** list_del_init_careful() - list_del_init() for a reader that uses list_empty_careful(). */
static inline void list_del_init_careful(struct list_head *node)
{
	quire_list_unlink(node);
	WRITE_ONCE(node->prev, node);
	__atomic_store_n(&node->next, node, __ATOMIC_RELEASE);
}

/** list_replace() - @fresh takes the place of @old, which keeps stale pointers. */
static inline void list_replace(struct list_head *old, struct list_head *fresh)
{
	fresh->next = old->next;
	fresh->next->prev = fresh;
	fresh->prev = old->prev;
	fresh->prev->next = fresh;
}

/** list_replace_init() - list_replace(), after which @old is an empty ring. */
static inline void list_replace_init(struct list_head *old, struct list_head *fresh)
{
	list_replace(old, fresh);
	INIT_LIST_HEAD(old);
}

/** list_swap() - @a and @b, on the same or on different lists, change places. */
static inline void list_swap(struct list_head *a, struct list_head *b)
{
	struct list_head mark;

	list_replace(a, &mark);
	list_replace(b, a);
	list_replace(&mark, b);
}

/** list_move() - takes @node off its list and adds it after @head. */
static inline void list_move(struct list_head *node, struct list_head *head)
{
	quire_list_unlink(node);
	list_add(node, head);
}

/** list_move_tail() - takes @node off its list and adds it before @head. */
static inline void list_move_tail(struct list_head *node, struct list_head *head)
{
	quire_list_unlink(node);
	list_add_tail(node, head);
}

/** list_bulk_move_tail() - moves [@first, @last], one run of one list, before @head. */
static inline void list_bulk_move_tail(struct list_head *head, struct list_head *first,
				       struct list_head *last)
{
	first->prev->next = last->next;
	last->next->prev = first->prev;

	head->prev->next = first;
	first->prev = head->prev;
	last->next = head;
	head->prev = last;
}

/** list_is_first() - is @node the first one on the list of @head? */
static inline int list_is_first(const struct list_head *node, const struct list_head *head)
{
	return node->prev == head;
}

/** list_is_last() - is @node the last one on the list of @head? */
static inline int list_is_last(const struct list_head *node, const struct list_head *head)
{
	return node->next == head;
}

/** list_is_head() - has a walk come back to @head? */
static inline int list_is_head(const struct list_head *node, const struct list_head *head)
{
	return node == head;
}

/** list_empty() - is nothing on the list of @head? May be asked without its lock. */
static inline int list_empty(const struct list_head *head)
{
	return READ_ONCE(head->next) == head;
}

/** list_empty_careful() - empty, and nobody is in the middle of list_del_init_careful()? */
static inline int list_empty_careful(const struct list_head *head)
{
	struct list_head *next = __atomic_load_n(&head->next, __ATOMIC_ACQUIRE);

	return next == head && next == READ_ONCE(head->prev);
}

/** list_is_singular() - is exactly one node on the list of @head? */
static inline int list_is_singular(const struct list_head *head)
{
	return !list_empty(head) && head->next == head->prev;
}

/** list_rotate_left() - the first node becomes the last. */
static inline void list_rotate_left(struct list_head *head)
{
	if (!list_empty(head))
		list_move_tail(head->next, head);
}

/** list_rotate_to_front() - turns the ring so that @node, which is on it, becomes the first. */
static inline void list_rotate_to_front(struct list_head *node, struct list_head *head)
{
	list_move_tail(head, node);
}

/**
 * list_cut_position() - moves everything up to and including @node to @list.
 * @list: receives; whatever it held is lost
 * @head: loses
 * @node: on @head's list; @head itself: nothing is moved
 */
static inline void list_cut_position(struct list_head *list, struct list_head *head,
				     struct list_head *node)
{
	struct list_head *rest = node->next;

	INIT_LIST_HEAD(list);
	if (list_empty(head) || node == head)
		return;
	list->next = head->next;
	list->next->prev = list;
	list->prev = node;
	node->next = list;
	head->next = rest;
	rest->prev = head;
}

/** list_cut_before() - moves everything before @node to @list; @node may be @head: all. */
static inline void list_cut_before(struct list_head *list, struct list_head *head,
				   struct list_head *node)
{
	INIT_LIST_HEAD(list);
	if (head->next == node)
		return;
	list->next = head->next;
	list->next->prev = list;
	list->prev = node->prev;
	list->prev->next = list;
	head->next = node;
	node->prev = head;
}

/** quire_list_splice_between() - puts the nodes of @list, not empty, between two neighbours. */
static inline void quire_list_splice_between(const struct list_head *list, struct list_head *prev,
					     struct list_head *next)
{
	struct list_head *first = list->next, *last = list->prev;

	first->prev = prev;
	prev->next = first;
	last->next = next;
	next->prev = last;
}

/** list_splice() - puts all of @list after @head; the head @list is stale then. */
static inline void list_splice(const struct list_head *list, struct list_head *head)
{
	if (!list_empty(list))
		quire_list_splice_between(list, head, head->next);
}

/** list_splice_tail() - puts all of @list before @head; the head @list is stale then. */
static inline void list_splice_tail(const struct list_head *list, struct list_head *head)
{
	if (!list_empty(list))
		quire_list_splice_between(list, head->prev, head);
}

/** list_splice_init() - list_splice(), after which @list is empty. */
static inline void list_splice_init(struct list_head *list, struct list_head *head)
{
	list_splice(list, head);
	INIT_LIST_HEAD(list);
}

/** list_splice_tail_init() - list_splice_tail(), after which @list is empty. */
static inline void list_splice_tail_init(struct list_head *list, struct list_head *head)
{
	list_splice_tail(list, head);
	INIT_LIST_HEAD(list);
}

#define list_entry(ptr, type, member)	    container_of(ptr, type, member)
#define list_first_entry(ptr, type, member) list_entry((ptr)->next, type, member)
#define list_last_entry(ptr, type, member)  list_entry((ptr)->prev, type, member)

/** list_first_entry_or_null() - the first entry, NULL when there is none. */
#define list_first_entry_or_null(ptr, type, member)                               \
	({                                                                        \
		struct list_head *quire_lh = (ptr);                               \
		struct list_head *quire_ln = READ_ONCE(quire_lh->next);           \
		quire_ln != quire_lh ? list_entry(quire_ln, type, member) : NULL; \
	})

/*
 * The node of @pos. In bytes, for @pos may stand for a head that lies in no entry: at the end
 * of a loop, or from list_prepare_entry(). To the compiler @pos->member would be out of bounds.
 */
#define quire_list_node(pos, member) \
	((struct list_head *)((char *)(pos) + offsetof(__typeof__(*(pos)), member)))
#define list_next_entry(pos, member) \
	list_entry(quire_list_node(pos, member)->next, __typeof__(*(pos)), member)
#define list_prev_entry(pos, member) \
	list_entry(quire_list_node(pos, member)->prev, __typeof__(*(pos)), member)

/** list_next_entry_circular() - the next entry, after the last one the first again. */
#define list_next_entry_circular(pos, head, member)                                              \
	(list_is_last(&(pos)->member, head) ? list_first_entry(head, __typeof__(*(pos)), member) \
					    : list_next_entry(pos, member))

/** list_prev_entry_circular() - the previous entry, before the first one the last again. */
#define list_prev_entry_circular(pos, head, member)                                              \
	(list_is_first(&(pos)->member, head) ? list_last_entry(head, __typeof__(*(pos)), member) \
					     : list_prev_entry(pos, member))

#define list_entry_is_head(pos, head, member) (quire_list_node(pos, member) == (head))

#define list_for_each(pos, head) \
	for (pos = (head)->next; !list_is_head(pos, (head)); pos = pos->next)
#define list_for_each_continue(pos, head) \
	for (pos = pos->next; !list_is_head(pos, (head)); pos = pos->next)
#define list_for_each_prev(pos, head) \
	for (pos = (head)->prev; !list_is_head(pos, (head)); pos = pos->prev)
/* The _safe loops may remove @pos, nothing else. */
#define list_for_each_safe(pos, n, head) \
	for (pos = (head)->next, n = pos->next; !list_is_head(pos, (head)); pos = n, n = pos->next)
#define list_for_each_prev_safe(pos, n, head) \
	for (pos = (head)->prev, n = pos->prev; !list_is_head(pos, (head)); pos = n, n = pos->prev)

#define list_for_each_entry(pos, head, member)                       \
	for (pos = list_first_entry(head, __typeof__(*pos), member); \
	     !list_entry_is_head(pos, head, member); pos = list_next_entry(pos, member))
#define list_for_each_entry_reverse(pos, head, member)              \
	for (pos = list_last_entry(head, __typeof__(*pos), member); \
	     !list_entry_is_head(pos, head, member); pos = list_prev_entry(pos, member))
/** list_prepare_entry() - @pos, or the head as an entry: where a _continue loop starts. */
#define list_prepare_entry(pos, head, member) \
	((pos) ? (pos) : list_entry(head, __typeof__(*pos), member))
#define list_for_each_entry_continue(pos, head, member)                                  \
	for (pos = list_next_entry(pos, member); !list_entry_is_head(pos, head, member); \
	     pos = list_next_entry(pos, member))
#define list_for_each_entry_continue_reverse(pos, head, member)                          \
	for (pos = list_prev_entry(pos, member); !list_entry_is_head(pos, head, member); \
	     pos = list_prev_entry(pos, member))
#define list_for_each_entry_from(pos, head, member) \
	for (; !list_entry_is_head(pos, head, member); pos = list_next_entry(pos, member))
#define list_for_each_entry_from_reverse(pos, head, member) \
	for (; !list_entry_is_head(pos, head, member); pos = list_prev_entry(pos, member))

#define list_for_each_entry_safe(pos, n, head, member)               \
	for (pos = list_first_entry(head, __typeof__(*pos), member), \
	    n = list_next_entry(pos, member);                        \
	     !list_entry_is_head(pos, head, member); pos = n, n = list_next_entry(n, member))
#define list_for_each_entry_safe_continue(pos, n, head, member)                    \
	for (pos = list_next_entry(pos, member), n = list_next_entry(pos, member); \
	     !list_entry_is_head(pos, head, member); pos = n, n = list_next_entry(n, member))
#define list_for_each_entry_safe_from(pos, n, head, member)                            \
	for (n = list_next_entry(pos, member); !list_entry_is_head(pos, head, member); \
	     pos = n, n = list_next_entry(n, member))
#define list_for_each_entry_safe_reverse(pos, n, head, member)      \
	for (pos = list_last_entry(head, __typeof__(*pos), member), \
	    n = list_prev_entry(pos, member);                       \
	     !list_entry_is_head(pos, head, member); pos = n, n = list_prev_entry(n, member))
/** list_safe_reset_next() - renews @n of a _safe loop after the list changed behind @pos. */
#define list_safe_reset_next(pos, n, member) n = list_next_entry(pos, member)

/** list_count_nodes() - how many nodes are on the list of @head. O(n). */
static inline size_t list_count_nodes(const struct list_head *head)
{
	const struct list_head *pos;
	size_t count = 0;

	list_for_each (pos, head)
		count++;
	return count;
}

QUIRE_END_DECLS

#endif /* QUIRE_LIST_H */
