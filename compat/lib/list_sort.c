/* SPDX-License-Identifier: MIT */
/*
 * list_sort.c - merge sort of linked lists, bottom up, in place.
 *
 * 1. Sorted runs wait in an array: runs[k] has 2^k nodes or none, like the digits of a binary
 *    number. A new node is a run of one; while the place of its size is taken, the two merge
 *    into one of twice the size, and the carry goes on.
 * 2. At the end all runs merge, small ones first. Within a merge the run that was there first
 *    wins ties, and the runs of higher places are older: so the sort is stable.
 * 3. Runs are linked by next alone and end in NULL; prev is put right at the end.
 *
 * 64 places are more than there can be nodes.
 * Source: D. E. Knuth, "The Art of Computer Programming" 3, 5.2.4 (list merge sort).
 */
#include <linux/list_sort.h>

#define MAX_RUNS 64

static struct list_head *merge(void *priv, list_cmp_func_t cmp, struct list_head *older,
			       struct list_head *newer)
{
	struct list_head *first, **end = &first;

	while (older && newer) {
		struct list_head **from = cmp(priv, older, newer) > 0 ? &newer : &older;

		*end = *from;
		end = &(*from)->next;
		*from = *end;
	}
	*end = older ? older : newer;
	return first;
}

/* Nodes from @first on become the ring of @head. */
static void close_ring(struct list_head *head, struct list_head *first)
{
	struct list_head *prev = head;

	for (head->next = first; first; first = first->next) {
		first->prev = prev;
		prev = first;
	}
	prev->next = head;
	head->prev = prev;
}

void list_sort(void *priv, struct list_head *head, list_cmp_func_t cmp)
{
	struct list_head *runs[MAX_RUNS] = { NULL }, *node, *next, *sorted = NULL;
	unsigned int k;

	if (list_empty(head) || list_is_singular(head))
		return;
	for (node = head->next; node != head; node = next) {
		struct list_head *run = node;

		next = node->next;
		run->next = NULL;
		for (k = 0; runs[k]; k++) {
			run = merge(priv, cmp, runs[k], run);
			runs[k] = NULL;
		}
		runs[k] = run;
	}
	for (k = 0; k < MAX_RUNS; k++)
		if (runs[k])
			sorted = sorted ? merge(priv, cmp, runs[k], sorted) : runs[k];
	close_ring(head, sorted);
}
