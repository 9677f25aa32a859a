/* SPDX-License-Identifier: MIT */
/*
 * split.c - one entry of 2^order indices becomes entries of fewer.
 *
 *	order 9, to order 6, one level:	[E s s s s s s s]  ->  [E E E E E E E E]
 *	order 9, to order 2, two levels:	[E s s s s s s s]  ->  [n n n n n n n n], each node
 *							[E s s s E s s s ...]
 *
 * 1. Nodes are reserved beforehand (xas_split_alloc()), one for each slot of the old entry if
 *    the new entries stand a level below. No more than one level below: -ENOMEM.
 * 2. All slots read as the same entry before and after; siblings are rewritten from the last
 *    slot to the first, so that whatever a reader saw leads to the entry, or to "retry".
 */
#include <quire/report.h>

#include "xarray/internal.h"

static unsigned int slots_of(unsigned int order)
{
	return 1U << (order % XA_CHUNK_SHIFT);
}

void xas_split_alloc(struct xa_state *xas, void *entry, unsigned int order, gfp_t gfp)
{
	unsigned int nr = slots_of(order);

	(void)entry;
	if (xas->xa_shift + 2 * XA_CHUNK_SHIFT <= order) {
		quire_report(NULL, QUIRE_WARNING,
			     "xas_split_alloc: order %u to shift %u is more than one level\n",
			     order, xas->xa_shift);
		xas_set_err(xas, -ENOMEM);
		return;
	}
	if (xas->xa_shift + XA_CHUNK_SHIFT > order)
		return;
	while (nr--) {
		struct xa_node *node = xn_new(xas, gfp);

		if (!node) {
			xn_release(xas);
			xas_set_err(xas, -ENOMEM);
			return;
		}
		xn_push(xas, node);
	}
}

/* Slots [@first, @first + @nr) of @node become entries of @per slots each. */
static void fill(struct xa_node *node, unsigned int first, unsigned int nr, unsigned int per,
		 void *entry)
{
	unsigned int i = first + nr;

	while (i-- > first) {
		unsigned int proper = i & ~(per - 1);

		rcu_assign_pointer(node->slots[i], i == proper ? entry : xa_mk_sibling(proper));
	}
}

/* The marks of slot @from of @node, set in every @per-th slot of [@first, @first + @nr) of @to. */
static void copy_marks(const struct xa_node *node, unsigned int from, struct xa_node *to,
		       unsigned int first, unsigned int nr, unsigned int per)
{
	xa_mark_t mark;
	unsigned int i;

	for (mark = 0; mark <= XA_MARK_MAX; mark++) {
		unsigned long word = to->marks[mark][0];

		for (i = first; i < first + nr; i++) {
			word &= ~(1UL << i);
			if (xn_get_mark(node, from, mark) && (i & (per - 1)) == 0)
				word |= 1UL << i;
		}
		xn_put_marks(to, mark, word);
	}
}

static void push_down(struct xa_state *xas, struct xa_node *node, unsigned int first,
		      unsigned int nr, void *entry)
{
	unsigned int per = xas->xa_sibs + 1U, i = first + nr;

	while (i-- > first) {
		struct xa_node *child = xn_take(xas, xas->xa_shift, node, i);

		child->count = XA_CHUNK_SIZE;
		child->nr_values = xa_is_value(entry) ? XA_CHUNK_SIZE : 0;
		copy_marks(node, first, child, 0, XA_CHUNK_SIZE, per);
		fill(child, 0, XA_CHUNK_SIZE, per, entry);
		rcu_assign_pointer(node->slots[i], xa_mk_node(child));
		if (xa_is_value(entry))
			node->nr_values--;
		xn_update(xas, child);
	}
	copy_marks(node, first, node, first, nr, 1);
}

void xas_split(struct xa_state *xas, void *entry, unsigned int order)
{
	unsigned int nr = slots_of(order), first;
	struct xa_node *node;
	void *curr;

	curr = xn_load(xas);
	node = xas->xa_node;
	if (xas_not_node(node) || !curr || xas_top(node))
		return;
	first = xas->xa_offset & ~(nr - 1);
	if (xas->xa_shift < node->shift) {
		push_down(xas, node, first, nr, entry);
	} else {
		copy_marks(node, first, node, first, nr, xas->xa_sibs + 1U);
		fill(node, first, nr, xas->xa_sibs + 1U, entry);
	}
	xas->xa_offset = (unsigned char)first;
	xn_update(xas, node);
}
