/* SPDX-License-Identifier: MIT */
/* llist.c - what linux/llist.h does not do in line. */
#include <linux/llist.h>

bool llist_add_batch(struct llist_node *first, struct llist_node *last, struct llist_head *head)
{
	struct llist_node *was = READ_ONCE(head->first);

	do {
		last->next = was;
	} while (!try_cmpxchg(&head->first, &was, first));
	return !was;
}

struct llist_node *llist_del_first(struct llist_head *head)
{
	struct llist_node *first = smp_load_acquire(&head->first);

	while (first && !try_cmpxchg(&head->first, &first, READ_ONCE(first->next)))
		;
	return first;
}

struct llist_node *llist_reverse_order(struct llist_node *head)
{
	struct llist_node *turned = NULL, *next;

	for (; head; head = next) {
		next = head->next;
		head->next = turned;
		turned = head;
	}
	return turned;
}
