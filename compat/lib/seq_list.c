/* SPDX-License-Identifier: MIT */
/*
 * seq_list.c - start() and next() of seq_files that show a list; the contract stands in
 * surface/seq.h.
 *
 * Links are loaded once, so that the _rcu functions, with a read-side section around them, are the
 * same: a node that left the list meanwhile still has its next.
 */
#include <linux/rculist.h>
#include <linux/seq_file.h>

struct list_head *seq_list_start(struct list_head *head, loff_t pos)
{
	struct list_head *at;

	for (at = READ_ONCE(head->next); at != head; at = READ_ONCE(at->next))
		if (!pos--)
			return at;
	return NULL;
}

struct list_head *seq_list_start_head(struct list_head *head, loff_t pos)
{
	return pos ? seq_list_start(head, pos - 1) : head;
}

struct list_head *seq_list_next(void *v, struct list_head *head, loff_t *ppos)
{
	struct list_head *next = READ_ONCE(((struct list_head *)v)->next);

	++*ppos;
	return next == head ? NULL : next;
}

struct hlist_node *seq_hlist_start(struct hlist_head *head, loff_t pos)
{
	struct hlist_node *at;

	for (at = READ_ONCE(head->first); at; at = READ_ONCE(at->next))
		if (!pos--)
			return at;
	return NULL;
}

struct hlist_node *seq_hlist_start_head(struct hlist_head *head, loff_t pos)
{
	return pos ? seq_hlist_start(head, pos - 1) : SEQ_START_TOKEN;
}

struct hlist_node *seq_hlist_next(void *v, struct hlist_head *head, loff_t *ppos)
{
	++*ppos;
	return v == SEQ_START_TOKEN ? READ_ONCE(head->first)
				    : READ_ONCE(((struct hlist_node *)v)->next);
}

struct list_head *seq_list_start_rcu(struct list_head *head, loff_t pos)
{
	return seq_list_start(head, pos);
}

struct list_head *seq_list_start_head_rcu(struct list_head *head, loff_t pos)
{
	return seq_list_start_head(head, pos);
}

struct list_head *seq_list_next_rcu(void *v, struct list_head *head, loff_t *ppos)
{
	return seq_list_next(v, head, ppos);
}

struct hlist_node *seq_hlist_start_rcu(struct hlist_head *head, loff_t pos)
{
	return seq_hlist_start(head, pos);
}

struct hlist_node *seq_hlist_start_head_rcu(struct hlist_head *head, loff_t pos)
{
	return seq_hlist_start_head(head, pos);
}

struct hlist_node *seq_hlist_next_rcu(void *v, struct hlist_head *head, loff_t *ppos)
{
	return seq_hlist_next(v, head, ppos);
}
