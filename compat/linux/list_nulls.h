/* SPDX-License-Identifier: MIT */
/*
 * list_nulls.h - hash lists whose end says which list it is the end of.
 *
 * The last next is not NULL but an odd number: twice the list's number plus one. A lockless
 * reader that was carried to another list by a node that moved finds the wrong end, and starts
 * again.
 */
#ifndef COMPAT_LINUX_LIST_NULLS_H
#define COMPAT_LINUX_LIST_NULLS_H

#include <linux/list.h>

struct hlist_nulls_node {
	struct hlist_nulls_node *next, **pprev;
};
struct hlist_nulls_head {
	struct hlist_nulls_node *first;
};

#define NULLS_MARKER(value) (1ul | ((long)(value) << 1))
#define INIT_HLIST_NULLS_HEAD(ptr, nulls) \
	((ptr)->first = (struct hlist_nulls_node *)NULLS_MARKER(nulls))
#define HLIST_NULLS_HEAD_INIT(nulls)                                    \
	{                                                               \
		.first = (struct hlist_nulls_node *)NULLS_MARKER(nulls) \
	}
#define hlist_nulls_entry(ptr, type, member) container_of(ptr, type, member)

/** is_a_nulls() - is @ptr an end? get_nulls_value(): of which list? */
static inline int is_a_nulls(const struct hlist_nulls_node *ptr)
{
	return (unsigned long)ptr & 1;
}

static inline unsigned long get_nulls_value(const struct hlist_nulls_node *ptr)
{
	return (unsigned long)ptr >> 1;
}

static inline int hlist_nulls_empty(const struct hlist_nulls_head *h)
{
	return is_a_nulls(READ_ONCE(h->first));
}

static inline void hlist_nulls_add_head(struct hlist_nulls_node *n, struct hlist_nulls_head *h)
{
	struct hlist_nulls_node *first = h->first;

	n->next = first;
	n->pprev = &h->first;
	h->first = n;
	if (!is_a_nulls(first))
		first->pprev = &n->next;
}

static inline void hlist_nulls_del(struct hlist_nulls_node *n)
{
	WRITE_ONCE(*n->pprev, n->next);
	if (!is_a_nulls(n->next))
		n->next->pprev = n->pprev;
	n->pprev = LIST_POISON2;
}

#define hlist_nulls_for_each_entry(tpos, pos, head, member)                    \
	for (pos = (head)->first; !is_a_nulls(pos) && ({                       \
		     tpos = hlist_nulls_entry(pos, __typeof__(*tpos), member); \
		     1;                                                        \
	     });                                                               \
	     pos = pos->next)

#endif /* COMPAT_LINUX_LIST_NULLS_H */
