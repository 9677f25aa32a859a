/* SPDX-License-Identifier: MIT */
/*
 * list_debug.c - reports of broken lists, in the words of Linux's; see linux/list.h.
 *
 * Source: messages of Linux 6.1 with CONFIG_DEBUG_LIST, as seen on running kernels.
 */
#include <linux/kernel.h>
#include <linux/list.h>

void quire_list_report_add(const struct list_head *node, const struct list_head *prev,
			   const struct list_head *next)
{
	if (!prev || !next)
		WARN(1, "list_add corruption. %s is NULL.\n", prev ? "next" : "prev");
	else if (next->prev != prev)
		WARN(1,
		     "list_add corruption. next->prev should be prev (%px), but was %px. "
		     "(next=%px).\n",
		     prev, next->prev, next);
	else if (prev->next != next)
		WARN(1,
		     "list_add corruption. prev->next should be next (%px), but was %px. "
		     "(prev=%px).\n",
		     next, prev->next, prev);
	else
		WARN(1, "list_add double add: new=%px, prev=%px, next=%px.\n", node, prev, next);
}

void quire_list_report_del(const struct list_head *node)
{
	const struct list_head *next = node->next, *prev = node->prev;

	if (!next || !prev)
		WARN(1, "list_del corruption, %px->%s is NULL\n", node, next ? "prev" : "next");
	else if (next == LIST_POISON1)
		WARN(1, "list_del corruption, %px->next is LIST_POISON1 (%px)\n", node, next);
	else if (prev == LIST_POISON2)
		WARN(1, "list_del corruption, %px->prev is LIST_POISON2 (%px)\n", node, prev);
	else if (prev->next != node)
		WARN(1,
		     "list_del corruption. prev->next should be %px, but was %px. "
		     "(prev=%px)\n",
		     node, prev->next, prev);
	else
		WARN(1,
		     "list_del corruption. next->prev should be %px, but was %px. "
		     "(next=%px)\n",
		     node, next->prev, next);
}
